"""A Bot API server on loopback and the phones behind it, for tests and benches.

It keeps the promises and the limits of https://core.telegram.org/bots/api that the bot relies on, answers as
Telegram does (descriptions included), and can be told to fail. `python -m tests.botapi PORT` serves it alone,
with `POST /phone/{chat}` ({"say": text} or {"tap": label}) to move a phone from another process.
"""

import asyncio
import html
import json
import re
import sys
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web

Json = dict[str, Any]

TOKEN = "123456:a-test-token-that-no-log-may-show"
USERNAME = "jinsong_star_bot"
TAGS = ("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote")
JSON_FIELDS = (
    "allowed_updates",
    "commands",
    "limit",
    "offset",
    "reply_markup",
    "scope",
    "show_alert",
    "timeout",
)
HTML = re.compile(r"<(?P<end>/?)(?P<tag>[a-zA-Z][\w-]*)(?:\s[^<>]*)?>|(?P<stray><)")


class RefusedError(Exception):
    """What the server answers instead of a result."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


@dataclass
class Fault:
    """One call that goes wrong. `drop` closes the connection, before or after the call took effect.

    `page` is what a proxy says instead of the server.
    """

    status: int = 0
    description: str = "made to fail"
    retry_after: int = 0
    drop: str = ""
    until: asyncio.Event | None = None
    page: str | None = None


@dataclass
class Call:
    """One call of the bot, as it arrived."""

    method: str
    sent: Json
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)


@dataclass
class Shown:
    """A message as the phone shows it now."""

    message_id: int
    text: str
    html: str = ""
    rows: list[list[Json]] = field(default_factory=list)
    by_bot: bool = True
    kind: str = "text"
    file_name: str = ""
    data: bytes = b""

    @property
    def buttons(self) -> list[str]:
        """The labels, in reading order."""
        return [button["text"] for row in self.rows for button in row]


class Phone:
    """A person (or a group) in one chat with the bot."""

    def __init__(self, api: "BotApi", chat_id: int, name: str, kind: str) -> None:
        self._api, self.chat_id, self.name, self.kind = api, chat_id, name, kind
        self.messages: list[Shown] = []
        self.toasts: list[str] = []
        self.alerts: list[str] = []
        self.commands: list[Json] | None = None
        self.blocked = False
        self.owed = 0  # events that a screen must follow
        self.open_queries: set[str] = set()
        self.last: Json = {}  # the last message that was sent or edited
        self.sender: Phone | None = None  # who is at it, in a group
        self.moved_to = 0  # the supergroup that a group became

    @property
    def newest(self) -> Shown:
        """The newest message of the bot."""
        return [message for message in self.messages if message.by_bot][-1]

    def say(self, text: str, reply_to: Shown | None = None) -> int:
        """Type a text, perhaps as an answer to a message; returns the update's id, as all of these do."""
        number = self._api.next_message()
        self.messages.append(Shown(number, text, by_bot=False))
        return self.send(text=text, message_id=number, **self._quoting(reply_to))

    def tap(self, label: str) -> int:
        """Press the button with this label on the newest message that has it."""
        for message in reversed(self.messages):
            for button in (button for row in message.rows for button in row):
                if button["text"] == label:
                    return self.press(message, button["callback_data"])
        raise AssertionError(
            f"no button 「{label}」; there are {[m.buttons for m in self.messages if m.rows]}"
        )

    def press(self, message: Shown, data: str) -> int:
        """Send a button's data as if pressed on a message, whether it has such a button or not."""
        query_id = str(self._api.next_query())
        self.open_queries.add(query_id)
        query = {"id": query_id, "from": self._person(), "chat_instance": "1", "data": data}
        query["message"] = self._api.as_json(self, message)
        if message not in self.messages:  # https://core.telegram.org/bots/api#inaccessiblemessage
            query["message"] = {"message_id": message.message_id, "chat": self.chat(), "date": 0}
        return self._api.deliver("callback_query", query, self)

    def send_photo(
        self, data: bytes, caption: str = "", size: int | None = None, reply_to: Shown | None = None
    ) -> int:
        """Send a picture in two sizes, the larger being `data`."""
        return self.send(photo=self._photo(data, size), **_caption(caption), **self._quoting(reply_to))

    def album(self, photos: Sequence[bytes], caption: str = "", group: str = "") -> list[int]:
        """Send pictures together, the first with a caption: one message each, and one answer is owed to all."""
        group = group or f"g{self._api.next_message()}"
        return [
            self.send(
                photo=self._photo(data),
                media_group_id=group,
                owed=int(n == 0),
                **_caption(caption if n == 0 else ""),
            )
            for n, data in enumerate(photos)
        ]

    def video(self, caption: str = "") -> int:
        """Send a video."""
        about = {"width": 640, "height": 480, "duration": 3}
        return self.send(video={**self._api.keep(b"x", "mp4"), **about}, **_caption(caption))

    def _photo(self, data: bytes, size: int | None = None) -> list[Json]:
        small, large = self._api.keep(data[:10], "jpg"), self._api.keep(data, "jpg")
        return [
            {**small, "width": 90, "height": 90, "file_size": 10},
            {**large, "width": 1280, "height": 1280, "file_size": len(data) if size is None else size},
        ]

    def _quoting(self, message: Shown | None) -> Json:
        """A message that is answered, https://core.telegram.org/bots/api#message"""
        return {"reply_to_message": self._api.as_json(self, message)} if message else {}

    def send_document(
        self, name: str, data: bytes, mime: str = "application/pdf", size: int | None = None
    ) -> int:
        """Send a file; `size` is what Telegram claims its size to be."""
        about = {"file_name": name, "mime_type": mime, "file_size": len(data) if size is None else size}
        return self.send(document={**self._api.keep(data, "bin"), **about})

    def sticker(self) -> int:
        """Send a sticker."""
        about = {"width": 512, "height": 512, "is_animated": False, "is_video": False, "type": "regular"}
        return self.send(sticker={**self._api.keep(b"x", "webp"), **about})

    def voice(self) -> int:
        """Send a voice message."""
        return self.send(voice={**self._api.keep(b"x", "ogg"), "duration": 3})

    def location(self) -> int:
        """Send a place."""
        return self.send(location={"longitude": 116.5, "latitude": 39.9})

    def pin(self) -> int:
        """Pin a message: a service message nobody has to answer."""
        pinned = self._api.as_json(self, self.messages[-1])
        return self.send(pinned_message=pinned, owed=0)

    def edit(self, text: str) -> int:
        """Edit what was last sent: a text, or the caption of a picture."""
        photo = "photo" in self.last
        self.last |= {"caption" if photo else "text": text, "edit_date": int(time.time()) + 1}
        return self.send(kind="edited_message", **self.last)

    def move(self) -> int:
        """Send a place that has moved: an edit of something that nobody typed."""
        place = {"longitude": 116.6, "latitude": 39.9}
        return self.send(location=place, kind="edited_message", edit_date=int(time.time()), owed=0)

    def block(self) -> int:
        """Block the bot, which hears of it."""
        self.blocked = True
        return self._is("kicked", "member")

    def unblock(self) -> int:
        """Let the bot write again, which hears of it."""
        self.blocked = False
        return self._is("member", "kicked")

    def _is(self, now: str, before: str) -> int:
        """The bot is something else in this chat, https://core.telegram.org/bots/api#chatmemberupdated"""
        bot = {"id": 123456, "is_bot": True, "first_name": "星级", "username": USERNAME}
        member = {
            f"{when}_chat_member": {"user": bot, "status": status}
            | ({"until_date": 0} if status == "kicked" else {})
            for when, status in (("new", now), ("old", before))
        }
        change = {"chat": self.chat(), "from": self._person(), "date": int(time.time()), **member}
        return self._api.deliver("my_chat_member", change, self, 0)

    def delete(self, message: Shown) -> None:
        """Delete a message of the bot on this side."""
        self.messages.remove(message)

    async def settle(self) -> None:
        """Wait until every event got a screen with buttons and every press its answer."""
        await self._api.until(lambda: self.owed <= 0 and not self.open_queries, f"{self!r} is not answered")
        self.owed = 0

    def hears(self, sender: "Phone", text: str) -> int:
        """Somebody types a text in this group."""
        self.sender = sender
        return self.say(text)

    def become(self, chat_id: int) -> "Phone":
        """The group becomes a supergroup with another number, which both tell the bot."""
        there = self._api.group(chat_id)
        self.moved_to = chat_id
        self.send(migrate_to_chat_id=chat_id, owed=0)
        there.send(migrate_from_chat_id=self.chat_id, owed=0)
        return there

    def _person(self) -> Json:
        if self.sender is not None:
            return self.sender._person()
        return {"id": abs(self.chat_id), "is_bot": False, "first_name": self.name}

    def chat(self) -> Json:
        """The chat as Telegram describes it."""
        called = {"first_name": self.name} if self.kind == "private" else {"title": self.name}
        return {"id": self.chat_id, "type": self.kind, **called}

    def send(self, kind: str = "message", owed: int = 1, **content: Any) -> int:
        """Send a message with this content, as the API describes it."""
        about = {"message_id": self._api.next_message(), "date": int(time.time()), "chat": self.chat()}
        self.last = {**about, "from": self._person(), **content}
        return self._api.deliver(kind, dict(self.last), self, owed)

    def __repr__(self) -> str:
        shown = [(message.text, message.buttons) for message in self.messages]
        return f"<phone {self.chat_id}: {shown}, owed {self.owed}, unanswered {self.open_queries}>"


class BotApi:
    """The server: `async with BotApi() as api`, then `api.phone(1)`, `api.fail("sendMessage", 500)`."""

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self.url = ""
        self.calls: list[Call] = []
        self.folder: Path | None = None  # where a server that runs with --local keeps files
        self.names: dict[str, str] = {}  # paths that it makes up, by file id
        self.pending: list[Json] = []  # updates that the bot has not confirmed
        self.webhook: Json = {}
        self.webhook_statuses: list[int] = []
        self.default_commands: list[Json] = []
        self.group_commands: list[Json] = []
        self.offsets: list[int] = []
        self._phones: dict[int, Phone] = {}
        self._sent: dict[int, tuple[Json, Phone, int]] = {}
        self._places: dict[int, int] = {}  # of what has no update id, by its id() here
        self._again: set[int] = set()  # update ids to hand out below the confirmed offset
        self._files: dict[str, bytes] = {}
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._allowed: list[str] = []
        self._last_update, self._last_message, self._last_query = 1000, 0, 0
        self._poll = 0
        self._bell = asyncio.Event()
        self._pushing: dict[int, asyncio.Task[None]] = {}
        self._closed = False
        self._methods: dict[str, Callable[[Call], Awaitable[Any]]] = {
            "getMe": self._get_me,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getUpdates": self._get_updates,
            "sendMessage": self._send_message,
            "editMessageText": self._edit_message_text,
            "editMessageReplyMarkup": self._edit_message_reply_markup,
            "answerCallbackQuery": self._answer_callback_query,
            "sendPhoto": self._send_photo,
            "sendDocument": self._send_document,
            "sendChatAction": self._send_chat_action,
            "getFile": self._get_file,
            "setMyCommands": self._set_my_commands,
        }

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=60 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._bot_method)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        app.router.add_post("/phone/{chat}", self._move_phone)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._client = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed = True
        self.ring()
        for task in self._pushing.values():
            task.cancel()
        await asyncio.gather(*self._pushing.values(), return_exceptions=True)
        await self._client.close()
        await self._runner.cleanup()

    # --- for the test --------------------------------------------------------------------------------------

    def phone(self, chat_id: int, name: str = "李书记") -> Phone:
        """The phone of a person; the same one each time."""
        return self._phones.setdefault(chat_id, Phone(self, chat_id, name, "private"))

    def group(self, chat_id: int = -500) -> Phone:
        """A group chat that the bot is in."""
        return self._phones.setdefault(chat_id, Phone(self, chat_id, "支部群", "supergroup"))

    def fail(self, method: str, status: int = 0, times: int = 1, **fault: Any) -> None:
        """Let the next calls of a method ("file" for downloads) go wrong, see Fault."""
        self._faults[method] += [Fault(status, **fault) for _ in range(times)]

    def redeliver(self, update_id: int, *, new_id: bool = False) -> int:
        """Deliver an update once more, as Telegram may, under its own or a new id."""
        update, phone, owed = self._sent[update_id]
        if new_id:
            kind = next(key for key in update if key != "update_id")
            return self.deliver(kind, update[kind], phone, owed)
        phone.owed += owed
        self._again.add(update_id)
        self._queue(update)
        return update_id

    def called(self, method: str) -> list[Json]:
        """What the bot sent with each call of a method."""
        return [call.sent for call in self.calls if call.method == method]

    async def until(self, condition: Callable[[], object], otherwise: str = "it did not happen") -> None:
        """Wait for a condition, ten seconds at most."""
        try:
            async with asyncio.timeout(10):
                while not condition():
                    with suppress(TimeoutError):  # a condition may be outside the server: look again
                        await asyncio.wait_for(self._bell.wait(), 0.05)
        except TimeoutError:
            raise AssertionError(f"{otherwise}; the last calls: {self.calls[-5:]}") from None

    # --- for the phones ------------------------------------------------------------------------------------

    def ring(self) -> None:
        """Wake everybody who waits for a change."""
        self._bell.set()
        self._bell = asyncio.Event()

    def next_message(self) -> int:
        """A fresh message id."""
        self._last_message += 1
        return self._last_message

    def next_query(self) -> int:
        """A fresh callback query id."""
        self._last_query += 1
        return self._last_query

    def keep(self, data: bytes, ending: str) -> Json:
        """Store a file; its ids."""
        file_id = f"f{len(self._files)}.{ending}"
        self._files[file_id] = data
        return {"file_id": file_id, "file_unique_id": f"u{file_id}"}

    def deliver(self, kind: str, content: Json, phone: Phone, owed: int = 1) -> int:
        """Queue an update for the bot."""
        self._last_update += 1
        update = {"update_id": self._last_update, kind: content}
        self._sent[self._last_update] = update, phone, owed
        if self._allowed and kind not in self._allowed:
            return self._last_update
        phone.owed += owed
        self._queue(update)
        return self._last_update

    def deliver_raw(self, update: Any, phone: Phone) -> int:
        """Queue what is no proper update; its place in the queue."""
        self._last_update += 1
        if isinstance(update, dict) and "update_id" not in update:
            update = {"update_id": self._last_update, **update}
        self._places[id(update)] = self._last_update
        self._sent[self._last_update] = update, phone, 0
        self._queue(update)
        return self._last_update

    def _place(self, update: Any) -> int:
        return self._places[id(update)] if id(update) in self._places else int(update["update_id"])

    def as_json(self, phone: Phone, message: Shown) -> Json:
        """A message of the bot as the API describes it."""
        bot = {"id": 123456, "is_bot": True, "first_name": "星级", "username": USERNAME}
        about = {
            "message_id": message.message_id,
            "date": int(time.time()),
            "chat": phone.chat(),
            "from": bot,
        }
        markup = {"reply_markup": {"inline_keyboard": message.rows}} if message.rows else {}
        return {**about, "from": bot, "text": message.text, **markup}

    def _queue(self, update: Json) -> None:
        self.pending.append(update)
        self.pending.sort(key=self._place)
        if self.webhook:
            self._push()
        self.ring()

    # --- the webhook ---------------------------------------------------------------------------------------

    def _push(self) -> None:
        """One request at a time for a chat, chats side by side, as Telegram does it."""
        for update in self.pending:
            chat = self._sent[self._place(update)][1].chat_id
            if chat not in self._pushing:
                self._pushing[chat] = asyncio.create_task(self._push_chat(chat))

    async def _push_chat(self, chat: int) -> None:
        def oldest() -> Json | None:
            mine = (one for one in self.pending if self._sent[self._place(one)][1].chat_id == chat)
            return next(mine, None)

        while self.webhook and (update := oldest()):
            secret = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
            try:
                async with self._client.post(self.webhook["url"], json=update, headers=secret) as answer:
                    status = answer.status
            except aiohttp.ClientError:
                status = 0
            self.webhook_statuses.append(status)
            if status == 200:
                self.pending.remove(update)
            else:
                await asyncio.sleep(0.05)
            self.ring()
        del self._pushing[chat]

    # --- HTTP ----------------------------------------------------------------------------------------------

    async def _bot_method(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != TOKEN:
            return _refusal(RefusedError(401, "Unauthorized"))
        method = request.match_info["method"]
        call = await _read(request, method)
        fault = await self._fault(method)
        try:
            if fault and fault.drop == "before":
                return _hang_up(request)
            if fault and fault.page is not None:
                return web.Response(status=fault.status, text=fault.page)
            if fault and fault.status:
                wait = {"retry_after": fault.retry_after} if fault.retry_after else {}
                raise RefusedError(fault.status, fault.description, **wait)
            if method not in self._methods:
                raise RefusedError(404, "Not Found")
            result = await self._methods[method](call)
            if fault and fault.drop == "after":
                return _hang_up(request)
            return web.json_response({"ok": True, "result": result})
        except RefusedError as refused:
            return _refusal(refused)
        finally:
            self.calls.append(call)
            self.ring()

    async def _fault(self, method: str) -> Fault | None:
        fault = self._faults[method].popleft() if self._faults[method] else None
        if fault and fault.until:
            await fault.until.wait()
        return fault

    async def _file(self, request: web.Request) -> web.StreamResponse:
        fault = await self._fault("file")
        if fault and fault.drop:
            return _hang_up(request)
        data = self._files.get(request.match_info["path"].removeprefix("documents/"))
        if request.match_info["token"] != TOKEN or data is None or (fault and fault.status):
            return web.Response(status=fault.status if fault else 404)
        return web.Response(body=data)

    async def _move_phone(self, request: web.Request) -> web.Response:
        phone, move = self.phone(int(request.match_info["chat"])), await request.json()
        if "say" in move:
            phone.say(move["say"])
        else:
            phone.tap(move["tap"])
        await phone.settle()
        newest = [message for message in phone.messages if message.rows][-1]
        return web.json_response(
            {"text": newest.text, "buttons": newest.buttons, "toast": "".join(phone.toasts[-1:])}
        )

    # --- the methods ---------------------------------------------------------------------------------------

    async def _get_me(self, _: Call) -> Json:
        return {"id": 123456, "is_bot": True, "first_name": "星级", "username": USERNAME}

    async def _set_webhook(self, call: Call) -> bool:
        self.webhook, self._allowed = call.sent, call.sent.get("allowed_updates", [])
        self._push()
        return True

    async def _delete_webhook(self, _: Call) -> bool:
        self.webhook = {}
        return True

    async def _get_updates(self, call: Call) -> list[Json]:
        if self.webhook:
            text = "can't use getUpdates method while webhook is active"
            raise RefusedError(409, f"Conflict: {text}; use deleteWebhook to delete the webhook first")
        self._poll = mine = self._poll + 1
        self.ring()  # ends the poll of another process
        self._allowed = call.sent.get("allowed_updates", self._allowed)
        offset, end = call.sent.get("offset", 0), time.monotonic() + call.sent.get("timeout", 0)
        self.offsets.append(offset)
        self.pending = [
            one for one in self.pending if self._place(one) >= offset or self._place(one) in self._again
        ]
        self.ring()
        while not self.pending and not self._closed and (left := end - time.monotonic()) > 0:
            bell = self._bell
            try:
                await asyncio.wait_for(bell.wait(), left)
            except TimeoutError:
                break
            if self._poll != mine:
                raise RefusedError(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
        batch = self.pending[: call.sent.get("limit", 100)]
        self._again -= {self._place(one) for one in batch}
        return batch

    async def _send_message(self, call: Call) -> Json:
        phone = self._to(call)
        message = Shown(self.next_message(), *_text(call))
        message.rows = _rows(call)
        return self._show(phone, message)

    async def _edit_message_text(self, call: Call) -> Json:
        phone, message = self._of(call)
        text, source = _text(call)
        rows = _rows(call)
        phone.owed -= bool(rows)
        if (message.html, message.rows) == (source, rows):
            raise _not_modified()
        message.text, message.html, message.rows = text, source, rows
        return self.as_json(phone, message)

    async def _edit_message_reply_markup(self, call: Call) -> Json:
        phone, message = self._of(call)
        rows = _rows(call)
        if message.rows == rows:
            raise _not_modified()
        message.rows = rows
        return self.as_json(phone, message)

    async def _answer_callback_query(self, call: Call) -> bool:
        query_id, text = str(call.sent["callback_query_id"]), call.sent.get("text", "")
        if len(text) > 200:
            raise RefusedError(400, "Bad Request: MESSAGE_TOO_LONG")
        for phone in self._phones.values():
            if query_id in phone.open_queries:
                phone.open_queries.remove(query_id)
                if text:
                    (phone.alerts if call.sent.get("show_alert") else phone.toasts).append(text)
                return True
        text = "query is too old and response timeout expired or query ID is invalid"
        raise RefusedError(400, f"Bad Request: {text}")

    async def _send_photo(self, call: Call) -> Json:
        if not call.files["photo"][1].startswith((b"\x89PNG", b"\xff\xd8")):
            raise RefusedError(400, "Bad Request: IMAGE_PROCESS_FAILED")
        return self._send_file(call, "photo")

    async def _send_document(self, call: Call) -> Json:
        return self._send_file(call, "document")

    async def _send_chat_action(self, call: Call) -> bool:
        self._to(call)
        return True

    def _send_file(self, call: Call, kind: str) -> Json:
        name, data = call.files[kind]
        message = Shown(self.next_message(), "", kind=kind, file_name=name, data=data)
        return self._show(self._to(call), message)

    async def _get_file(self, call: Call) -> Json:
        file_id = call.sent["file_id"]
        if file_id not in self._files:
            raise RefusedError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(self._files[file_id]) > 20 * 1024 * 1024 and not self.folder:
            raise RefusedError(400, "Bad Request: file is too big")
        path = f"documents/{file_id}"
        if self.folder:  # as with --local
            path = self._on_disk(self.folder / TOKEN / path, self._files[file_id])
        return {
            "file_id": file_id,
            "file_unique_id": f"u{file_id}",
            "file_path": self.names.get(file_id, path),
        }

    @staticmethod
    def _on_disk(path: Path, data: bytes) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return str(path)

    async def _set_my_commands(self, call: Call) -> bool:
        commands, scope = call.sent["commands"], call.sent.get("scope", {})
        for one in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", one["command"]) or not one["description"]:
                raise RefusedError(400, "Bad Request: BOT_COMMAND_INVALID")
        if scope.get("type") == "chat":
            self._phones[int(scope["chat_id"])].commands = commands
        elif scope.get("type") == "all_group_chats":
            self.group_commands = commands
        else:
            self.default_commands = commands
        return True

    def _to(self, call: Call) -> Phone:
        phone = self._phones.get(int(call.sent["chat_id"]))
        if phone is None:
            raise RefusedError(400, "Bad Request: chat not found")
        if phone.moved_to:
            text = "group chat was upgraded to a supergroup chat"
            raise RefusedError(400, f"Bad Request: {text}", migrate_to_chat_id=phone.moved_to)
        if phone.blocked:
            raise RefusedError(403, "Forbidden: bot was blocked by the user")
        return phone

    def _of(self, call: Call) -> tuple[Phone, Shown]:
        phone, number = self._to(call), int(call.sent["message_id"])
        for message in phone.messages:
            if message.message_id == number and message.by_bot:
                return phone, message
        raise RefusedError(400, "Bad Request: message to edit not found")

    def _show(self, phone: Phone, message: Shown) -> Json:
        phone.messages.append(message)
        phone.owed -= bool(message.rows)
        return self.as_json(phone, message)


def _caption(text: str) -> Json:
    return {"caption": text} if text else {}


def _not_modified() -> RefusedError:
    text = "specified new message content and reply markup are exactly the same as a current content"
    return RefusedError(400, f"Bad Request: message is not modified: {text} and reply markup of the message")


def _refusal(refused: RefusedError) -> web.Response:
    body: Json = {"ok": False, "error_code": refused.status, "description": refused.description}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return web.json_response(body, status=refused.status)


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _read(request: web.Request, method: str) -> Call:
    """The call's parameters from JSON, a form or a multipart body; text that holds JSON is read."""
    call = Call(method, {})
    if request.content_type == "application/json":
        call.sent = await request.json()
    else:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                call.files[name] = value.filename, value.file.read()
            else:
                call.sent[name] = value
    for name in JSON_FIELDS:
        if isinstance(call.sent.get(name), str):
            call.sent[name] = json.loads(call.sent[name])
    return call


def _text(call: Call) -> tuple[str, str]:
    """The text as it is shown, and as it was sent."""
    source = str(call.sent.get("text", ""))
    shown = (_parse(source) if call.sent.get("parse_mode") == "HTML" else source).strip()
    if not shown:
        raise RefusedError(400, "Bad Request: message text is empty")
    if (
        len(shown) > 4096
    ):  # characters, not UTF-16 units: measured, https://github.com/FerroxLabs/wayland/issues/934
        raise RefusedError(400, "Bad Request: message is too long")
    return shown, source


def _parse(source: str) -> str:
    """The text without its tags, https://core.telegram.org/bots/api#html-style"""
    opened: list[str] = []
    for found in HTML.finditer(source):
        tag = (found["tag"] or "").lower()
        if found["stray"] or tag not in TAGS:
            at = f'Unsupported start tag "{tag}" at byte offset {found.start()}'
            raise RefusedError(400, f"Bad Request: can't parse entities: {at}")
        if not found["end"]:
            opened.append(tag)
        elif not opened or opened.pop() != tag:
            raise RefusedError(400, f'Bad Request: can\'t parse entities: Unmatched end tag "{tag}"')
    if opened:
        raise RefusedError(400, f"Bad Request: can't parse entities: Can't find end tag \"{opened[-1]}\"")
    return html.unescape(HTML.sub("", source))


def _rows(call: Call) -> list[list[Json]]:
    rows: list[list[Json]] = (call.sent.get("reply_markup") or {}).get("inline_keyboard", [])
    buttons = [button for row in rows for button in row]
    if len(buttons) > 100:
        raise RefusedError(400, "Bad Request: reply markup is too long")
    for button in buttons:
        if not button["text"]:
            raise RefusedError(400, "Bad Request: text buttons are unallowed in the inline keyboard")
        if "url" not in button and not 1 <= len(button["callback_data"].encode()) <= 64:
            raise RefusedError(400, "Bad Request: BUTTON_DATA_INVALID")
    return rows


async def _serve(port: int) -> None:
    async with BotApi(port) as api:
        print(api.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
