"""Telegram: updates in, by polling or webhook; HTML messages with inline keyboards out.

An update is confirmed (the next getUpdates offset, the webhook's 200) only after its `hear` returned, so
after its commit; the answer goes out afterwards. Within a chat everything is in order; chats do not wait for
each other. An update that cannot be read is logged, confirmed and passed over: it holds up no other.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import re
import time
from collections import Counter, OrderedDict
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import (
    Bot,
    BotCommandScopeChat,
    CallbackQuery,
    ChatMember,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Update,
)
from telegram import Message as Received
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.actions import UPLOAD_LIMIT, Upload, wire
from bot.channels.telegram.http import (
    READ,
    AiohttpRequest,
    NotSentError,
    Pace,
    TooLargeError,
    numbers,
    patiently,
    seconds,
)
from bot.conversation import Conversation, Event
from bot.delivery import LimitedError, RefusedError, UndeliverableError
from bot.delivery import NotSentError as Unsent
from bot.health import Ailment
from bot.message import TEXT_LIMIT, Attachment, Message, Reply

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
COMMANDS = (("start", "开始"), ("help", "帮助"))
COMMAND_NAME = re.compile(r"[a-z0-9_]{1,32}")  # https://core.telegram.org/bots/api#botcommand
PRIVATELY = "为保护支部数据，请私聊我使用。"
USED = "message_id date chat from text caption edit_date media_group_id photo document"  # of a message
OTHER = "video video_note audio animation location venue contact poll dice game story paid_media checklist"
TYPES = {  # of the fields that are used and whose types PTB does not look at
    **dict.fromkeys(("text", "caption", "media_group_id", "data", "status"), str),
    **dict.fromkeys(("file_id", "file_name", "mime_type", "first_name", "last_name"), str),
    **dict.fromkeys(("message_id", "file_size"), int),
}
UNUSABLE = {"voice": "voice", "sticker": "sticker", **dict.fromkeys(OTHER.split(), "other")}
LONG_POLL = 25  # seconds
CLOSING = 5.0  # seconds for what is under way when the bot stops
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds; it doubles while Telegram is not available
PATIENCE = 180.0  # seconds of failures after which somebody should look
MOST_IN_FLIGHT = 64  # chats of which something was taken and is not committed
MOST_WAITING = 20  # answers one chat may be owed; a flood beyond that is stored but not shown
ALBUM_PAUSE = 1.0  # seconds that an answer waits for the rest of what was sent together
MOST_SCREENS = 10_000  # chats whose newest screen is remembered, to take its buttons away when it is outdated
BODY_LIMIT = 1024 * 1024  # bytes of an update; Telegram's are a few kilobytes
TOAST_LIMIT = 200  # characters; https://core.telegram.org/bots/api#answercallbackquery
PHOTO_LIMIT = 10 * 1024 * 1024  # bytes; https://core.telegram.org/bots/api#sendphoto
A_SECOND = 30  # messages to all chats; https://core.telegram.org/bots/faq#broadcasting-to-users
GAP_OF_CHAT = 1.0  # seconds between two to one chat; the same page
GONE = ("chat not found", "user is deactivated", "peer_id_invalid")
NO_PREVIEW = {"is_disabled": True}

log = structlog.get_logger()


class SettingsRefusedError(Exception):
    """Telegram cannot be used as it is configured; the text says why."""


@dataclass(frozen=True, eq=False, slots=True)
class _Answer:
    """What is to be shown once all that was sent together is heard."""

    group: str
    source: Received
    reply: Reply


@dataclass(eq=False, slots=True, weakref_slot=True)
class _Chat:
    """The two queues of a chat: what is being heard, and what is being shown.

    `album`: the answer to what was sent together, while more of it may come; `coming`: how much of what has arrived.
    """

    hearing: asyncio.Lock = field(default_factory=asyncio.Lock)
    showing: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    album: _Answer | None = None
    coming: Counter[str] = field(default_factory=Counter)


class Telegram:
    """The conversation on Telegram. `webhook_url` is the public address that leads to POST /telegram."""

    def __init__(
        self,
        conversation: Conversation,
        token: str,
        api_url: str = "https://api.telegram.org",
        *,
        webhook_url: str | None = None,
        webhook_secret: str | None = None,
    ) -> None:
        if webhook_url and not webhook_secret:
            raise SettingsRefusedError("使用 webhook 时请设置 TELEGRAM_WEBHOOK_SECRET。")
        logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)  # it logs the token and texts
        self.username = ""  # known after start()
        self._conversation, self._token = conversation, token
        self._webhook_url, self._webhook_secret = webhook_url, webhook_secret or ""
        calls, files = f"{api_url.rstrip('/')}/bot", f"{api_url.rstrip('/')}/file/bot"
        self._public = (urlsplit(api_url).hostname or "").endswith("telegram.org")
        self._files, self._calls = f"{files}{token}/", f"{calls}{token}/"
        self._http = AiohttpRequest()
        self._trouble: tuple[float, float, Exception] | None = None  # since when, at last, and which
        self._bot = Bot(token, calls, files, request=self._http, get_updates_request=self._http)
        self._work: set[asyncio.Task[None]] = set()
        self._hearing: dict[int, asyncio.Task[None]] = {}  # by update id
        self._chats: WeakValueDictionary[int, _Chat] = WeakValueDictionary()  # those with something in flight
        self._screens: OrderedDict[int, int] = OrderedDict()  # chat id -> message id
        self._pace = Pace(A_SECOND, GAP_OF_CHAT)
        self._downloads = asyncio.Semaphore(4)  # bounds the memory that files in flight take

    def deep_link(self, code: str) -> str:
        """The link that opens the bot with a code, https://core.telegram.org/bots/features#deep-linking"""
        return f"https://t.me/{self.username}?start={code}"

    # --- starting and stopping -----------------------------------------------------------------------------

    async def check(self) -> str:
        """Ask Telegram once who this bot is; raises SettingsRefusedError when that does not succeed."""
        try:
            return (await self._bot.get_me()).username or ""
        except InvalidToken:
            raise _unknown_token() from None
        except TelegramError as error:
            raise SettingsRefusedError(
                f"连不上 Telegram（{self._words(error)}）。请检查网络和 TELEGRAM_API_URL。"
            ) from None

    async def start(self) -> None:
        """Introduce the bot, waiting for a network that is not there yet; raises SettingsRefusedError."""
        failures = 0
        while True:
            try:
                self.username = (await self._bot.get_me()).username or ""
                if url := self._webhook_url:
                    await self._bot.set_webhook(url, allowed_updates=KINDS, secret_token=self._webhook_secret)
                else:
                    await self._bot.delete_webhook(drop_pending_updates=False)
                await self._bot.set_my_commands(COMMANDS)
                self._works()
                return
            except BadRequest as error:
                raise SettingsRefusedError(
                    f"Telegram 不接受这个 webhook 地址（{self._words(error)}）。请检查 TELEGRAM_WEBHOOK_URL。"
                ) from None
            except TelegramError as error:
                await self._pause(error, failures)
                failures += 1

    def ailment(self) -> Ailment | None:
        """What has kept the bot from being heard on Telegram for minutes, if anything."""
        if self._trouble is None or self._trouble[1] - self._trouble[0] < PATIENCE:
            return None
        error = self._trouble[2]
        said = "连不上 Telegram，那里暂时收不到消息和提醒。请维护人员检查网络。"
        if isinstance(error, Conflict):
            said = "另一个程序也在用这个 Telegram 机器人，消息会时有时无。请维护人员停掉它。"
        elif isinstance(error, InvalidToken):
            said = "Telegram 不再认识这个机器人，那里收不到消息和提醒。请维护人员检查 TELEGRAM_TOKEN。"
        return Ailment("telegram", f"Telegram does not work: {' '.join(self._words(error).split())}", said)

    async def close(self) -> None:
        """Once poll() has ended: let what is under way finish for a while; the rest comes again later."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                while self._work:
                    await asyncio.wait(self._work)
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._http.shutdown()

    # --- receiving -----------------------------------------------------------------------------------------

    async def poll(self) -> None:
        """Receive updates until cancelled, https://core.telegram.org/bots/api#getupdates

        The offset is the oldest update that is not committed. Telegram delivers that and all later ones again
        at each call, so those in flight are skipped, and one that brings no other is not repeated at once.
        A place in flight is a chat's: what else it sends waits behind its own, and takes no place from others.
        """
        taken: dict[int, asyncio.Task[None]] = {}
        chats: dict[int, int | None] = {}  # of what is taken
        offset, newest, failures, strange = 0, -1, 0, False
        while True:
            try:
                sent = await self._updates(offset)
            except Exception as error:  # a TelegramError, or whatever an answer that is none leads to
                await self._pause(error, failures)
                failures += 1
                continue
            failures = 0
            self._works()
            in_flight = {task for task in taken.values() if not task.done()}
            numbered = {number: one for one in sent if (number := _number(one)) is not None}
            busy = {chats[number] for number, task in taken.items() if not task.done()}
            fresh = []
            for number in (number for number in numbered if number not in taken):
                chat = _chat_of(numbered[number])
                if chat in busy or len(busy) < MOST_IN_FLIGHT:
                    busy.add(chat)
                    chats[number], taken[number] = chat, self._take(number, numbered[number])
                    fresh.append(number)
            before, strange = strange, any(_number(one) is None for one in sent)
            if strange and not before:
                log.warning("an update without a number came from Telegram and is passed over")
            if fresh:  # most are committed in a moment: then the next call need not bring them again
                await asyncio.wait([taken[number] for number in fresh], timeout=0.25)
            elif in_flight:
                await asyncio.wait(in_flight, timeout=0.3, return_when=asyncio.FIRST_COMPLETED)
            elif strange:
                await asyncio.sleep(FIRST_PAUSE)
            newest = max([newest, *taken])
            later = [number for number in numbered if number not in taken]
            offset = min([*later, *(n for n, task in taken.items() if not task.done())], default=newest + 1)
            if strange and not (fresh or in_flight):  # what comes alone has the next number, if it has one
                offset = newest + 2
            taken = {number: task for number, task in taken.items() if number >= offset}
            chats = {number: chats[number] for number in taken}

    async def _updates(self, offset: int) -> list[Any]:
        """What getUpdates brings, as it was sent: PTB would read all of it or nothing."""
        sent = await self._http.send(
            f"{self._calls}getUpdates",
            read=READ + LONG_POLL,
            offset=offset,
            timeout=LONG_POLL,
            allowed_updates=KINDS,
        )
        if not isinstance(sent, list):
            raise NetworkError("getUpdates brought no list")
        return sent

    async def _pause(self, error: Exception, failures: int) -> None:
        """Wait as long as an error asks for; raise where waiting does not help."""
        now = time.monotonic()
        self._trouble = (self._trouble[0] if self._trouble else now, now, error)
        if isinstance(error, InvalidToken) and not (self.username and error.__cause__):
            raise _unknown_token() from None  # with a cause it is no word of Telegram, but a page of some proxy
        wait = min(FIRST_PAUSE * 2.0 ** min(failures, 10), LONGEST_PAUSE)
        if isinstance(error, RetryAfter):
            wait = seconds(error)
        if isinstance(error, Conflict):
            wait = LONGEST_PAUSE
            log.error("another process receives this Telegram bot's updates: stop it, or use another token")
        log.warning("Telegram is not available", error=self._words(error), again_in=wait)
        await asyncio.sleep(wait)

    def _works(self) -> None:
        """What was wrong is over; but two that take turns at getting the updates both succeed now and then."""
        if self._trouble:
            _, last, error = self._trouble
            if not isinstance(error, Conflict) or time.monotonic() - last > 3 * LONGEST_PAUSE:
                self._trouble = None

    def routes(self) -> list[Route]:
        """The webhook's route; none when updates are polled."""
        return [Route("/telegram", self._webhook, methods=["POST"])] if self._webhook_url else []

    async def _webhook(self, request: Request) -> Response:
        """One update; Telegram repeats it until it gets a 200, https://core.telegram.org/bots/api#setwebhook"""
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), self._webhook_secret.encode()):
            return Response(status_code=403)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_LIMIT:
                return Response(status_code=413)
        try:
            sent = json.loads(body)
        except (ValueError, RecursionError):
            return Response(status_code=400)
        if (number := _number(sent)) is None:
            return Response(status_code=400)
        task = self._take(number, sent)
        await asyncio.wait({task})
        return Response(status_code=503 if task.cancelled() else 200)

    # --- hearing -------------------------------------------------------------------------------------------

    def _take(self, number: int, sent: dict[str, Any]) -> asyncio.Task[None]:
        """Start to hear an update, once; the task is done when it is committed."""
        if number not in self._hearing:
            self._hearing[number] = task = asyncio.create_task(self._hear(number, sent))
            task.add_done_callback(lambda _: self._hearing.pop(number))
            self._keep(task)
        return self._hearing[number]

    def _read(self, number: int, sent: dict[str, Any]) -> Update | None:
        """An update, of which only what is used is looked at; None if even that cannot be read."""
        try:
            used = _used(sent)
            _check(used)
            return Update.de_json(used, self._bot)
        except Exception as error:  # whatever PTB stumbles over; what it says may hold what somebody wrote
            kinds = [kind for kind in KINDS if kind in sent]
            log.warning(
                "an update cannot be read and is passed over",
                update=number,
                kinds=kinds,
                error=type(error).__name__,
            )
            return None

    async def _hear(self, number: int, sent: dict[str, Any]) -> None:
        update = self._read(number, sent)
        if update is None:
            return
        source, chat = update.callback_query or update.message or update.edited_message, update.effective_chat
        if update.my_chat_member and chat and chat.type == chat.PRIVATE:
            takes = update.my_chat_member.new_chat_member.status not in (ChatMember.BANNED, ChatMember.LEFT)
            queues = self._chats.setdefault(chat.id, _Chat())
            async with queues.hearing:
                await asyncio.to_thread(self._conversation.reaches, "telegram", str(chat.id), takes)
            return
        if source is None:
            return  # a channel's post, a member's coming and going
        if chat is None or chat.type != chat.PRIVATE:
            if update.edited_message is None:
                self._aside(self._point_to_private_chat(source))
            return
        queues = self._chats.setdefault(chat.id, _Chat())
        group = "" if isinstance(source, CallbackQuery) else source.media_group_id or ""
        queues.coming[group] += 1
        try:
            async with queues.hearing:
                await self._answer_to(source, queues, chat.id, edited=source is update.edited_message)
        finally:
            queues.coming[group] -= 1

    async def _answer_to(
        self, source: CallbackQuery | Received, queues: _Chat, chat: int, *, edited: bool
    ) -> None:
        """Let the conversation hear what came, and show its answer aside."""
        event = await self._event(source, chat, edited=edited)
        if event is None:
            return
        if not (queues.waiting or queues.showing.locked() or queues.album):  # every answer so far was shown
            standing = self._screens.get(chat)
            event = replace(event, screen=None if standing is None else str(standing))
        reply = await asyncio.to_thread(self._conversation.hear, event)
        if queues.album and queues.album.group != event.group:
            self._show_album(queues, chat)
        if event.group and isinstance(source, Received):
            self._gather(queues, chat, _Answer(event.group, source, reply))
        else:
            self._show_soon(queues, chat, source, reply)

    async def _event(self, source: CallbackQuery | Received, chat: int, *, edited: bool) -> Event | None:
        """What was pressed, typed, sent or edited; None for a service message."""
        name = source.from_user.full_name if source.from_user else ""
        if isinstance(source, CallbackQuery):
            pressed = str(source.message.message_id) if source.message else None
            press, key = source.data or "", f"q{source.id}"
            return Event("telegram", str(chat), key, press=press, name=name, message=pressed)
        number, text = str(source.message_id), source.caption if source.text is None else source.text
        if text is not None:
            text = re.sub(rf"^(/\w+)@{self.username}\b", r"\1", text, flags=re.IGNORECASE)
        if edited:
            if text is None and not (source.photo or source.document):
                return None  # a place that moves
            state = hashlib.sha256(f"{source.edit_date} {text}".encode()).hexdigest()[:16]
            return Event("telegram", str(chat), f"m{number}e{state}", name=name, edits=number, text=text)
        event = Event(
            "telegram",
            str(chat),
            f"m{number}",
            name=name,
            text=text,
            message=number,
            quotes=self._quoted(chat, source),
            group=source.media_group_id,
        )
        if source.text is not None:
            return event
        if unusable := source.api_kwargs.get("unusable"):
            return replace(event, unreadable=unusable)
        if source.photo:
            sizes = [size for size in source.photo if (size.file_size or 0) <= UPLOAD_LIMIT] or source.photo
            file = await self._fetch(chat, sizes[-1], f"照片{source.message_id}.jpg", "image/jpeg")
        elif document := source.document:
            mime = document.mime_type or "application/octet-stream"
            file = await self._fetch(chat, document, document.file_name or "文件", mime)
        else:
            return None
        return replace(event, unreadable=file) if isinstance(file, str) else replace(event, upload=file)

    def _quoted(self, chat: int, source: Received) -> str | None:
        """The message that is answered; None where that is the screen that stands."""
        quoted = source.reply_to_message
        known = quoted is None or quoted.message_id == self._screens.get(chat)
        return None if known or quoted is None else str(quoted.message_id)

    async def _fetch(self, chat: int, file: Any, name: str, mime: str) -> Upload | str:
        """A file that was sent, or why there is none: large, lost, or early, for a stranger's is not asked for.

        https://core.telegram.org/bots/api#getfile
        """
        if (await asyncio.to_thread(self._conversation.look, "telegram", str(chat))).stranger:
            return "early"
        if (file.file_size or 0) > UPLOAD_LIMIT:
            return "large"
        try:
            async with self._downloads:
                ask = partial(self._http.send, f"{self._calls}getFile", file_id=file.file_id)
                path = str((await patiently(ask, repeatable=True)).get("file_path", ""))
                if Path(path).is_absolute():
                    data = await asyncio.to_thread(self._on_disk, Path(path))
                else:
                    url = self._files + path
                    data = await patiently(lambda: self._http.download(url, UPLOAD_LIMIT), repeatable=True)
        except TooLargeError:
            return "large"
        except (TelegramError, OSError, ValueError) as error:  # the last: a path that cannot be one
            log.warning("a file could not be fetched from Telegram", error=self._words(error))
            return "large" if "file is too big" in str(error).lower() else "lost"
        return Upload(name, mime, data)

    def _on_disk(self, path: Path) -> bytes:
        """A file that a Bot API server of our own keeps on this machine, in its folder for this bot and nowhere else.

        https://core.telegram.org/bots/api#using-a-local-bot-api-server
        """
        path = path.resolve()
        if self._public or not {self._token, self._token.replace(":", "~")} & set(path.parent.parts):
            raise PermissionError("the server names a file that is not in its folder for this bot")
        if not path.is_file():
            raise FileNotFoundError("the server's folder for this bot is not the same on this machine")
        with path.open("rb") as file:
            data = file.read(UPLOAD_LIMIT + 1)
        if len(data) > UPLOAD_LIMIT:
            raise TooLargeError
        return data

    # --- showing -------------------------------------------------------------------------------------------

    def _gather(self, queues: _Chat, chat: int, answer: _Answer) -> None:
        """Hold an answer back while more of what was sent together may come: the last one answers for all."""
        before, queues.album = queues.album, answer
        if before is None:
            self._aside(self._close_album(queues, chat))
        else:  # what only an earlier answer brings is not lost
            receipt = answer.reply.receipt or before.reply.receipt
            commands = answer.reply.commands or before.reply.commands
            queues.album = replace(answer, reply=replace(answer.reply, receipt=receipt, commands=commands))

    async def _close_album(self, queues: _Chat, chat: int) -> None:
        """Show an album's answer when nothing of it has come for a while and nothing is on its way."""
        last = None
        while queues.album and (queues.album is not last or queues.coming[last.group]):
            last = queues.album
            await asyncio.sleep(ALBUM_PAUSE)
        self._show_album(queues, chat)

    def _show_album(self, queues: _Chat, chat: int) -> None:
        answer, queues.album = queues.album, None
        if answer:
            self._show_soon(queues, chat, answer.source, answer.reply)

    def _show_soon(self, queues: _Chat, chat: int, source: CallbackQuery | Received, reply: Reply) -> None:
        if queues.waiting < MOST_WAITING:
            queues.waiting += 1
            self._aside(self._show(queues, chat, source, reply))

    async def _show(self, queues: _Chat, chat: int, source: CallbackQuery | Received, reply: Reply) -> None:
        pressed = None
        if isinstance(source, CallbackQuery):
            pressed = source.message.message_id if source.message else None
            self._aside(self._answer(source, reply.toast))
        async with queues.showing:
            queues.waiting -= 1
            await self._present(chat, pressed, reply)
            if reply.commands is not None:
                fit = [pair for pair in reply.commands if COMMAND_NAME.fullmatch(pair[0])]
                scope = BotCommandScopeChat(chat)
                await patiently(lambda: self._bot.set_my_commands(fit, scope), repeatable=True)

    async def _present(self, chat: int, pressed: int | None, reply: Reply) -> None:
        """A press changes its message in place; a text, a receipt or a file brings a fresh message below."""
        screen, file, outdated = reply.screen, reply.screen.attachment, pressed
        if pressed is None:
            screen, outdated = screen.headed(reply.toast), self._screens.get(chat)
        elif reply.receipt is None and file is None:
            self._remember(chat, await self._edit(chat, pressed, screen))
            return
        if reply.receipt is not None:
            receipt = replace(reply.receipt, rows=())
            if pressed is None:
                await self._send(chat, receipt)
            else:
                outdated = None
                await self._edit(chat, pressed, receipt)
        if file is not None:
            try:
                await self._attach(chat, file)
            except NetworkError as error:
                log.warning("a file could not be sent to Telegram", chat=chat, error=self._words(error))
        self._remember(chat, await self._send(chat, screen))
        if outdated is not None:
            retire = partial(self._bot.edit_message_reply_markup, chat, outdated)
            with suppress(BadRequest):  # it was deleted, or has no buttons any more
                await patiently(retire, repeatable=True)

    async def _send(self, chat: int, screen: Message) -> int:
        shape = _shape(screen)
        sent = await patiently(lambda: self._http.send(f"{self._calls}sendMessage", chat_id=chat, **shape))
        return int(sent["message_id"])

    async def _edit(self, chat: int, number: int, screen: Message) -> int:
        """Change a message in place, or send a new one when that cannot be; which message it is now."""
        shape: dict[str, Any] = {"chat_id": chat, "message_id": number, **_shape(screen)}
        try:
            await patiently(
                lambda: self._http.send(f"{self._calls}editMessageText", **shape), repeatable=True
            )
        except NetworkError as error:  # a BadRequest, too
            return number if "not modified" in str(error) else await self._send(chat, screen)
        return number

    async def _attach(self, chat: int, file: Attachment) -> None:
        name = re.sub(r'[\x00-\x1f\x7f"\\/]', "_", file.name)
        data = await asyncio.to_thread(file.read)
        if file.picture and len(data) <= PHOTO_LIMIT:
            with suppress(BadRequest):  # too long and narrow for a photo: it goes as a file
                await patiently(lambda: self._bot.send_photo(chat, data, filename=name))
                return
        await patiently(lambda: self._bot.send_document(chat, data, filename=name))

    async def _answer(self, query: CallbackQuery, toast: str, alert: bool = False) -> None:
        """Take the waiting mark off the pressed button and show the toast."""
        said: dict[str, Any] = {
            "callback_query_id": query.id,
            "text": toast[:TOAST_LIMIT],
            "show_alert": alert,
        }
        answer = partial(self._http.send, f"{self._calls}answerCallbackQuery", **said)
        with suppress(BadRequest):  # "query is too old": nobody waits for it any more
            await patiently(answer, repeatable=True)

    async def _point_to_private_chat(self, source: CallbackQuery | Received) -> None:
        """In a group: nothing of a branch is shown, and only a command is answered."""
        if isinstance(source, CallbackQuery):
            await self._answer(source, PRIVATELY, alert=True)
            return
        command = re.match(r"/\w+(?:@(\w+))?", source.text or "")
        if command is None or (command[1] or self.username).lower() != self.username.lower():
            return
        there = InlineKeyboardMarkup.from_button(
            InlineKeyboardButton("私聊", f"https://t.me/{self.username}")
        )
        await patiently(lambda: self._bot.send_message(source.chat_id, PRIVATELY, reply_markup=there))

    # --- reminding -----------------------------------------------------------------------------------------

    way = "填写请点「打开」，或引用这条消息回复。"

    async def turn(self, address: str) -> None:
        """Wait until this chat may get a message that it did not ask for."""
        await self._pace.turn(address)

    async def push(self, address: str, message: Message, *, stands: bool) -> str:
        """A new message in a chat; raises what bot.delivery sorts failures by."""
        chat = int(address)
        queues = self._chats.setdefault(chat, _Chat())
        async with queues.showing:
            try:
                async with self._pace.call(address):
                    sent = await self._http.send(f"{self._calls}sendMessage", chat_id=chat, **_shape(message))
            except RetryAfter as error:
                raise LimitedError(seconds(error)) from None
            except Forbidden as error:
                raise RefusedError(self._words(error)) from None
            except BadRequest as error:
                gone = any(word in str(error).lower() for word in GONE)
                raise (RefusedError if gone else UndeliverableError)(self._words(error)) from None
            except (NotSentError, InvalidToken) as error:
                raise Unsent(self._words(error)) from None
            if stands:
                self._remember(chat, int(sent["message_id"]))
        return str(sent["message_id"])

    # --- keeping track -------------------------------------------------------------------------------------

    def _remember(self, chat: int, message: int) -> None:
        self._screens[chat] = message
        self._screens.move_to_end(chat)
        if len(self._screens) > MOST_SCREENS:
            self._screens.popitem(last=False)

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        self._keep(asyncio.create_task(work))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._work.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, TelegramError):  # Forbidden: the person has blocked the bot
            log.warning("Telegram did not take an answer", error=self._words(error))
        elif error is not None:
            log.error("the Telegram channel is broken", exc_info=error)

    def _words(self, error: Exception) -> str:
        return f"{type(error).__name__}: {error}".replace(self._token, "…")[:300]


def _number(sent: Any) -> int | None:
    """What an update is called; None: it is none, or has no name by which it can be confirmed."""
    number = sent.get("update_id") if isinstance(sent, dict) else None
    return number if type(number) is int else None


def _chat_of(sent: dict[str, Any]) -> int | None:
    """The chat that an update came from, as far as anybody can tell before it is read."""
    for kind in KINDS:
        part = sent.get(kind)
        if kind == "callback_query" and isinstance(part, dict):
            part = part.get("message")
        chat = part.get("chat") if isinstance(part, dict) else None
        number = chat.get("id") if isinstance(chat, dict) else None
        if type(number) is int:
            return number
    return None


def _check(part: Any) -> None:
    """Raise a TypeError where a field that is used is not of its type, however deep it is."""
    if isinstance(part, list):
        for one in part:
            _check(one)
    elif isinstance(part, dict):
        for name, value in part.items():
            if value is not None and name in TYPES and type(value) is not TYPES[name]:
                raise TypeError(name)
            if name == "chat" and type(value["id"]) is not int:
                raise TypeError(name)
            _check(value)


def _used(sent: dict[str, Any]) -> dict[str, Any]:
    """An update with what is used of its messages: what else they hold, in whichever shape, makes none unreadable."""
    used = {kind: sent[kind] for kind in ("update_id", *KINDS) if kind in sent}
    for kind in ("message", "edited_message"):
        if message := used.get(kind):
            used[kind] = {name: message[name] for name in USED.split() if name in message}
            if quoted := message.get("reply_to_message"):
                used[kind]["reply_to_message"] = numbers(quoted)
            if unusable := next((word for name, word in UNUSABLE.items() if message.get(name)), None):
                used[kind]["unusable"] = unusable
    if (query := used.get("callback_query")) and query.get("message"):
        used["callback_query"] = {**query, "message": numbers(query["message"])}
    if (member := used.get("my_chat_member")) and member["new_chat_member"]["status"] is None:
        raise TypeError("status")
    return used


def _unknown_token() -> SettingsRefusedError:
    return SettingsRefusedError("Telegram 不认识这个机器人，请检查 TELEGRAM_TOKEN 和 TELEGRAM_API_URL。")


def _shape(message: Message) -> dict[str, Any]:
    rows = [
        [{"text": button.label, "callback_data": wire(button.action)} for button in row]
        for row in message.rows
    ]
    return {
        "text": as_html(message),
        "parse_mode": "HTML",
        "link_preview_options": NO_PREVIEW,
        **({"reply_markup": {"inline_keyboard": rows}} if rows else {}),
    }


def as_html(message: Message) -> str:
    """The text in Telegram's HTML, cut at a line's end. https://core.telegram.org/bots/api#html-style"""
    rows = [(message.title, ""), *[("", "")] * bool(message.lines)]
    for line in message.lines:
        label, text = ("", line) if isinstance(line, str) else (f"{line[0]}：", line[1])
        first, *others = text.split("\n")
        rows += [(label, first), *(("", other) for other in others)]
    shown: list[str] = []
    room = TEXT_LIMIT
    for number, (bold, text) in enumerate(rows, start=1):
        room -= len(bold) + len(text) + 1
        if room < (1 if number < len(rows) else -1):  # every line but the last leaves room for 「…」
            return "\n".join([*shown, "…"])
        shown.append((f"<b>{escape(bold)}</b>" if bold else "") + escape(text))
    return "\n".join(shown)
