"""The people of the stand-in: what somebody does in a chat with the bot becomes a callback, and lies in the chat."""

from typing import TYPE_CHECKING

from bot.channels.wecom.frames import HAPPENED, SAID
from bot.channels.wecom.tenant.chats import Chat, Json, Shown

if TYPE_CHECKING:
    from bot.channels.wecom.tenant import Tenant

BOT = "星级"  # what a group calls the bot


class Person:
    """Somebody with a userid, in the own chat with the bot, or in a group.

    What they do returns the req_id under which the bot was told; empty when nobody listened.
    """

    def __init__(self, tenant: "Tenant", userid: str, chat: Chat) -> None:
        self._tenant, self.userid, self.chat = tenant, userid, chat

    async def enter(self) -> str:
        """Open the chat for the first time of a day."""
        return await self._happens("enter_chat", {})

    async def say(self, text: str, quotes: Shown | None = None) -> str:
        """Type a text, perhaps as an answer to a message."""
        body: Json = {"text": {"content": f"@{BOT} {text}" if self.chat.group else text}}
        if quotes is not None:
            body["quote"] = {"msgtype": "text", "text": {"content": quotes.words}}
        return await self._says("text", body, Shown("text", text, by_bot=False))

    async def speak(self, text: str) -> str:
        """Say something: the bot gets what was recognised."""
        return await self._says("voice", {"voice": {"content": text}}, Shown("voice", text, by_bot=False))

    async def send_picture(self, data: bytes, name: str = "照片.jpg") -> str:
        """Send a picture."""
        return await self._says(
            "image", {"image": self._tenant.lay_down(name, data)}, _sent("image", name, data)
        )

    async def send_file(self, name: str, data: bytes) -> str:
        """Send a file."""
        return await self._says(
            "file", {"file": self._tenant.lay_down(name, data)}, _sent("file", name, data)
        )

    async def send_mixed(self, text: str, *pictures: bytes) -> str:
        """Send a text with pictures in it."""
        items: list[Json] = [{"msgtype": "text", "text": {"content": text}}]
        laid = [self._tenant.lay_down(f"{number}.jpg", data) for number, data in enumerate(pictures, start=1)]
        items += [{"msgtype": "image", "image": image} for image in laid]
        return await self._says("mixed", {"mixed": {"msg_item": items}}, Shown("mixed", text, by_bot=False))

    async def send_other(self, kind: str) -> str:
        """Send what the bot has no use for: a video, a place, a card of another app."""
        return await self._says(kind, {kind: {}}, Shown(kind, by_bot=False))

    async def tap(self, label: str) -> str:
        """Press the button with these words on the newest card that has it."""
        for shown in reversed(self.chat.shown):
            if label in shown.buttons:
                return await self.press(shown, shown.buttons[label])
        raise LookupError(
            f"no button 「{label}」; there are {[list(s.buttons) for s in self.chat.shown if s.versions]}"
        )

    async def press(self, shown: Shown, key: str, selected: dict[str, list[str]] | None = None) -> str:
        """Send a button's key as if pressed on a card, with what is selected on it by question."""
        items = [
            {"question_key": question, "option_ids": {"option_id": options}}
            for question, options in (selected or {}).items()
        ]
        pressed: Json = {"card_type": shown.card["card_type"], "event_key": key, "task_id": shown.task_id}
        if items:
            pressed["selected_items"] = {"selected_item": items}
        return await self._happens("template_card_event", {"template_card_event": pressed}, shown)

    async def _says(self, kind: str, content: Json, shown: Shown) -> str:
        self.chat.shown.append(shown)
        if self.chat.group and kind not in ("text", "mixed"):
            return ""  # in a group the bot hears what names it
        self.chat.opened = True
        return await self._tenant.tell(self, SAID, {"msgtype": kind, **content}, "message")

    async def _happens(self, kind: str, content: Json, pressed: Shown | None = None) -> str:
        body = {"msgtype": "event", "event": {"eventtype": kind, **content}}
        return await self._tenant.tell(self, HAPPENED, body, kind, pressed)


def _sent(kind: str, name: str, data: bytes) -> Shown:
    return Shown(kind, file_name=name, data=data, by_bot=False)
