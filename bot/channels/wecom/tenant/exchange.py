"""What a frame does at the stand-in that may do it: messages, cards and their updates, streams, files."""

import asyncio
from collections.abc import Callable

from bot.channels.wecom.frames import SEND, UPDATE, UPLOAD_CHUNK, UPLOAD_FINISH, UPLOAD_INIT
from bot.channels.wecom.tenant import rules
from bot.channels.wecom.tenant.chats import Chat, Json, Shown, Told
from bot.channels.wecom.tenant.files import Uploads
from bot.channels.wecom.tenant.rules import CheckCard, Refusal


class Exchange:
    """The chats, and what the bot was told in them. `broken` judges the inside of a card: what is wrong, in words.

    `undrawn`: cards that were answered with ok and are not to be seen, and why.
    """

    def __init__(self, broken: CheckCard, seconds: Callable[[], float], latency: float) -> None:
        self._broken, self._seconds, self._latency = broken, seconds, latency
        self.chats: dict[str, Chat] = {}
        self.told: dict[str, Told] = {}
        self.undrawn: list[tuple[Json, str]] = []
        self._uploads = Uploads()
        self._task_ids: set[str] = set()
        self._flying: set[str] = set()

    async def apply(self, cmd: str, req_id: str, body: Json) -> Json | None:
        """Let a frame take effect; what its answer holds. Raises Refusal."""
        if cmd in (UPLOAD_INIT, UPLOAD_CHUNK, UPLOAD_FINISH):
            return await self._upload(cmd, body)
        told = self.told.get(req_id)
        chat = self.chats.get(body.get("chatid", "")) if cmd == SEND else told.chat if told else None
        busy = {req_id, chat.address if chat else req_id}
        if busy & self._flying:
            raise Refusal(rules.BUSY, "another frame is in flight")
        self._flying |= busy
        try:
            await asyncio.sleep(self._latency)
            if cmd == SEND:
                self._show(rules.check_chat(chat, body), body, rules.check_message(body, rules.SENT))
            elif cmd in rules.FITS:
                self._reply(rules.check_reply(told, cmd, body, self._seconds()), cmd, body)
            else:
                raise Refusal(rules.PARAMETER, "cmd")
        finally:
            self._flying -= busy
        return None

    async def _upload(self, cmd: str, body: Json) -> Json:
        step = {
            UPLOAD_INIT: self._uploads.begin,
            UPLOAD_CHUNK: self._uploads.add,
            UPLOAD_FINISH: self._uploads.finish,
        }[cmd]
        self._uploads.flying += 1
        try:
            await asyncio.sleep(self._latency)
            return step(body, self._seconds())
        finally:
            self._uploads.flying -= 1

    def _reply(self, told: Told, cmd: str, body: Json) -> None:
        if cmd == UPDATE:
            self._update(told, body)
            return
        kind = rules.check_message(body, rules.KINDS[cmd])
        if kind == "stream":
            self._stream(told, body["stream"])
        else:
            self._show(told.chat, body, kind)
        told.answered += 1

    def _update(self, told: Told, body: Json) -> None:
        """Change the card that was pressed. One with another task_id is answered with ok, and nothing is drawn."""
        card = rules.check_card(body.get("template_card"), self._broken, update=True)
        rules.check_rate(told.chat, self._seconds())
        userids, pressed = body.get("userids"), told.pressed
        if pressed is None or card["task_id"] != pressed.task_id:
            self.undrawn.append((card, "task_id is not that of the event"))
        elif "source" in card:
            self.undrawn.append((card, "source"))
        elif userids and not told.chat.group and told.chat.address not in userids:
            self.undrawn.append((card, "userids"))
        else:
            pressed.versions.append(card)

    def _stream(self, told: Told, stream: Json) -> None:
        rules.check_rate(told.chat, self._seconds())
        if told.stream is None:
            told.stream, told.stream_id = Shown("stream"), stream.get("id", "")
            told.chat.shown.append(told.stream)
        told.stream.text, told.stream_open = stream.get("content", ""), not stream.get("finish")

    def _show(self, chat: Chat, body: Json, kind: str) -> None:
        now, content = self._seconds(), body[kind]
        shown = Shown(kind, content.get("content", ""))
        if kind == "template_card":
            card = rules.check_card(content, self._broken, update=False)
            if card["task_id"] in self._task_ids:
                raise Refusal(rules.TASK_ID, "task_id was used before")
            shown.versions.append(card)
        elif kind in rules.MEDIA_KINDS:
            media = self._uploads.media(kind, content, now)
            shown.file_name, shown.data = media.name, media.data
        rules.check_rate(chat, now)
        if kind == "template_card":
            self._task_ids.add(shown.task_id)
            if "source" in shown.card:
                self.undrawn.append((shown.card, "source"))
                return
        chat.shown.append(shown)
