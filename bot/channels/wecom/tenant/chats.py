"""What lies in the chats of the stand-in: plain data, for whoever draws it and for tests."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(eq=False)
class Shown:
    """A message in a chat. Of a card `versions` holds what it was sent as and every update, the last is drawn."""

    kind: str  # text, markdown, stream, template_card, image, file, voice, video
    text: str = ""
    versions: list[Json] = field(default_factory=list)
    file_name: str = ""
    data: bytes = b""
    by_bot: bool = True

    @property
    def card(self) -> Json:
        """The card as it is drawn now; empty for anything else."""
        return self.versions[-1] if self.versions else {}

    @property
    def task_id(self) -> str:
        """What a card is called; updates do not change it."""
        return str(self.versions[0]["task_id"]) if self.versions else ""

    @property
    def buttons(self) -> dict[str, str]:
        """What can be pressed on a card: the keys by their words, those of its menu last."""
        menu = self.card.get("action_menu", {}).get("action_list", [])
        submit = [self.card["submit_button"]] if "submit_button" in self.card else []
        return {one["text"]: one["key"] for one in [*self.card.get("button_list", []), *submit, *menu]}

    @property
    def words(self) -> str:
        """All that can be read on it, a line each."""
        if not self.versions:
            return self.text
        title, rows = self.card.get("main_title", {}), self.card.get("horizontal_content_list", [])
        lines = [title.get("title"), title.get("desc"), self.card.get("sub_title_text")]
        lines += [f"{row['keyname']}：{row.get('value', '')}" for row in rows]
        return "\n".join(line for line in lines if line)


@dataclass(eq=False)
class Chat:
    """A chat with the bot: of one person, or a group. `opened`: somebody has written to the bot here."""

    address: str
    group: bool = False
    opened: bool = False
    shown: list[Shown] = field(default_factory=list)
    sent: deque[float] = field(default_factory=deque)  # when the bot's frames of the last hour came
    blocked_until: float = 0.0

    @property
    def newest(self) -> Shown:
        """The newest message of the bot."""
        return [one for one in self.shown if one.by_bot][-1]


@dataclass(eq=False)
class Told:
    """Something the bot was told under a req_id, which it can answer: a message, a first visit, a press."""

    chat: Chat
    at: float
    kind: str  # message, enter_chat, template_card_event
    pressed: Shown | None = None
    stream: Shown | None = None
    stream_id: str = ""
    stream_open: bool = False
    answered: int = 0
