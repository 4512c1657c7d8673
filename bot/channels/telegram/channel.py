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
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import BotCommandScopeAllGroupChats, ChatMember
from telegram import Message as Received
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.actions import UPLOAD_LIMIT, Upload
from bot.channels.channel import SettingsRefusedError, Talk
from bot.channels.chats import Chats
from bot.channels.limits import body_within
from bot.channels.pace import Pace
from bot.channels.telegram.albums import AlbumChat, Answer
from bot.channels.telegram.api import Api
from bot.channels.telegram.files import Files
from bot.channels.telegram.groups import COMMANDS as IN_GROUPS
from bot.channels.telegram.groups import PRIVATELY, Groups
from bot.channels.telegram.http import NotSentError, seconds
from bot.channels.telegram.polling import poll
from bot.channels.telegram.shape import shape
from bot.channels.telegram.showing import Screens
from bot.channels.telegram.trouble import Trouble, unknown_token
from bot.channels.telegram.updates import KINDS, Press, number_of, read
from bot.channels.underway import Underway
from bot.conversation import Event
from bot.delivery import LimitedError, RefusedError, UndeliverableError
from bot.delivery import NotSentError as Unsent
from bot.health import Ailment
from bot.lease import Lease, nobody_else
from bot.message import Message, Reply

COMMANDS = (("start", "开始"), ("help", "帮助"))
FILE_LIMIT = 45 * 1024 * 1024  # bytes; below the 50 MB of https://core.telegram.org/bots/api#senddocument
BODY_LIMIT = 1024 * 1024  # bytes of an update; Telegram's are a few kilobytes
A_SECOND = 30  # messages to all chats; https://core.telegram.org/bots/faq#broadcasting-to-users
GAP_OF_CHAT = 1.0  # seconds between two to one chat; the same page
GONE = ("chat not found", "user is deactivated", "peer_id_invalid")

log = structlog.get_logger()


class Telegram:
    """The conversation on Telegram. `webhook_url` is the public address that leads to POST /telegram.

    Without one, the process that holds the `lease` asks for updates: Telegram gives them to one.
    """

    name, word = "telegram", "Telegram"
    way = "填写请点「打开」，或引用这条消息回复。"

    def __init__(
        self,
        talk: Talk,
        token: str,
        api_url: str = "https://api.telegram.org",
        *,
        webhook_url: str | None = None,
        webhook_secret: str | None = None,
        by_proxy: bool = False,
        lease: Lease | None = None,
    ) -> None:
        if webhook_url and not webhook_secret:
            raise SettingsRefusedError("使用 webhook 时请设置 TELEGRAM_WEBHOOK_SECRET。")
        logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)  # it logs the token and texts
        self.username = ""  # known after start() or check()
        self._talk, self._by_proxy = talk, by_proxy
        self._webhook_url, self._webhook_secret = webhook_url, webhook_secret or ""
        self._lease = lease or Lease(self.name, nobody_else)
        self._api = Api(token, api_url)
        self._trouble = Trouble(self._api)
        self._files, self._screens = Files(self._api), Screens(self._api)
        self._aside = Underway(self._failed)
        self._chats = Chats(AlbumChat)
        self._hearing: dict[int, asyncio.Task[None]] = {}  # by update id
        self._pace = Pace(A_SECOND, GAP_OF_CHAT)
        self._groups = Groups(talk, self._api, self._pace, self._aside)

    def link(self, code: str) -> str:
        """The link that opens the bot with a code, https://core.telegram.org/bots/features#deep-linking"""
        return f"https://t.me/{self.username}?start={code}" if self.username else ""

    # --- starting and stopping -----------------------------------------------------------------------------

    async def check(self) -> AsyncIterator[str]:
        """Ask Telegram once who this bot is; raises SettingsRefusedError when that does not succeed."""
        if self._by_proxy:
            yield "– 经环境变量指定的代理连接 Telegram"
        try:
            self.username = (await self._api.bot.get_me()).username or ""
        except InvalidToken:
            raise unknown_token() from None
        except TelegramError as error:
            raise SettingsRefusedError(
                f"连不上 Telegram（{self._api.words(error)}）。请检查网络和 TELEGRAM_API_URL。"
            ) from None
        yield f"✓ Telegram:@{self.username}"

    async def start(self) -> str:
        """Introduce the bot, waiting for a network that is not there yet; raises SettingsRefusedError."""
        failures, bot = 0, self._api.bot
        while True:
            try:
                self.username = (await bot.get_me()).username or ""
                self._trouble.known = bool(self.username)
                if url := self._webhook_url:
                    await bot.set_webhook(url, allowed_updates=KINDS, secret_token=self._webhook_secret)
                else:
                    await bot.delete_webhook(drop_pending_updates=False)
                await bot.set_my_commands(COMMANDS)
                await bot.set_my_commands(IN_GROUPS, BotCommandScopeAllGroupChats())
                break
            except BadRequest as error:
                raise SettingsRefusedError(
                    f"Telegram 不接受这个 webhook 地址（{self._api.words(error)}）。请检查 TELEGRAM_WEBHOOK_URL。"
                ) from None
            except TelegramError as error:
                await self._trouble.pause(error, failures)
                failures += 1
        self._trouble.is_over()
        log.info("telegram ready", bot=self.username, by="webhook" if self._webhook_url else "polling")
        return ""

    async def run(self) -> None:
        """Receive updates until cancelled; raises SettingsRefusedError when the token is withdrawn."""
        if self._webhook_url:
            await asyncio.Event().wait()
        await self._lease.while_held(self._poll)

    def ailment(self) -> Ailment | None:
        """What has kept the bot from being heard on Telegram for minutes, if anything."""
        return self._trouble.ailment()

    async def close(self) -> None:
        """Once run() has ended: let what is under way finish for a while; the rest comes again later."""
        await self._aside.end()
        await self._api.close()
        await self._lease.give_back()

    # --- receiving -----------------------------------------------------------------------------------------

    def routes(self) -> list[Route]:
        """The webhook's route; none when updates are polled."""
        return [Route("/telegram", self._webhook, methods=["POST"])] if self._webhook_url else []

    async def _webhook(self, request: Request) -> Response:
        """One update; Telegram repeats it until it gets a 200, https://core.telegram.org/bots/api#setwebhook"""
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), self._webhook_secret.encode()):
            return Response(status_code=403)
        body = await body_within(request, BODY_LIMIT)
        if body is None:
            return Response(status_code=413)
        try:
            sent = json.loads(body)
        except (ValueError, RecursionError):
            return Response(status_code=400)
        if (number := number_of(sent)) is None:
            return Response(status_code=400)
        task = self._take(number, sent)
        await asyncio.wait({task})
        return Response(status_code=503 if task.cancelled() else 200)

    async def _poll(self) -> None:
        try:
            await poll(self._api, self._trouble, self._take)
        except asyncio.CancelledError:  # another process may ask from here on
            self._trouble.forget()
            raise

    # --- hearing -------------------------------------------------------------------------------------------

    def _take(self, number: int, sent: dict[str, Any]) -> asyncio.Task[None]:
        """Start to hear an update, once; the task is done when it is committed."""
        if number not in self._hearing:
            self._hearing[number] = task = self._aside.follow(self._hear(number, sent))
            task.add_done_callback(lambda _: self._hearing.pop(number))
        return self._hearing[number]

    async def _hear(self, number: int, sent: dict[str, Any]) -> None:
        update = read(number, sent, self._api.bot)
        if update is None:
            return
        if isinstance(update, Press):
            if update.chat is not None and update.private:
                await self._hear_in(update.chat, update)
            else:  # on a screen that was passed on
                self._aside.start(self._screens.answer(update.query, PRIVATELY, alert=True))
            return
        source, chat = update.message or update.edited_message, update.effective_chat
        if update.my_chat_member and chat and chat.type == chat.PRIVATE:
            takes = update.my_chat_member.new_chat_member.status not in (ChatMember.BANNED, ChatMember.LEFT)
            async with self._chats.hearing(str(chat.id)):
                await asyncio.to_thread(self._talk.reaches, "telegram", str(chat.id), takes)
            return
        if chat is None or chat.type != chat.PRIVATE:
            if chat is not None:
                async with self._chats.hearing(str(chat.id)):
                    await self._groups.hear(update, chat, self.username)
            return
        if source is not None:  # not a member's coming and going
            await self._hear_in(chat.id, source, edited=source is update.edited_message)

    async def _hear_in(self, chat: int, source: Press | Received, *, edited: bool = False) -> None:
        """Hear what came in a chat, after all that came there before."""
        queues = self._chats.at(str(chat))
        group = "" if isinstance(source, Press) else source.media_group_id or ""
        queues.coming[group] += 1
        try:
            async with queues.hearing:
                await self._answer_to(source, queues, chat, edited=edited)
        finally:
            queues.coming[group] -= 1

    async def _answer_to(
        self, source: Press | Received, queues: AlbumChat, chat: int, *, edited: bool
    ) -> None:
        """Let the conversation hear what came, and show its answer aside."""
        event = await self._event(source, chat, edited=edited)
        if event is None:
            return
        if not (queues.waiting or queues.showing.locked() or queues.album):  # every answer so far was shown
            standing = self._screens.newest(chat)
            event = replace(event, screen=None if standing is None else str(standing))
        reply = await self._talk.hear_soon(event)

        def show(answer: Answer) -> None:
            self._show_soon(queues, chat, answer.source, answer.reply)

        if queues.album and queues.album.group != event.group:
            queues.show_album(show)
        if event.group and isinstance(source, Received):
            queues.gather(Answer(event.group, source, reply), self._aside, show)
        else:
            self._show_soon(queues, chat, source, reply)

    async def _event(self, source: Press | Received, chat: int, *, edited: bool) -> Event | None:
        """What was pressed, typed, sent or edited; None for a service message."""
        if isinstance(source, Press):
            return Event(
                "telegram",
                str(chat),
                f"q{source.query}",
                press=source.data,
                name=source.name,
                message=None if source.message is None else str(source.message),
                file_limit=FILE_LIMIT,
            )
        name = source.from_user.full_name if source.from_user else ""
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
            file_limit=FILE_LIMIT,
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
        known = quoted is None or quoted.message_id == self._screens.newest(chat)
        return None if known or quoted is None else str(quoted.message_id)

    async def _fetch(self, chat: int, file: Any, name: str, mime: str) -> Upload | str:
        """A file that was sent, or why there is none; a stranger's is not asked for."""
        if (await asyncio.to_thread(self._talk.look, self.name, str(chat))).stranger:
            return "early"
        return await self._files.fetch(file, name, mime)

    # --- showing -------------------------------------------------------------------------------------------

    def _show_soon(self, queues: AlbumChat, chat: int, source: Press | Received, reply: Reply) -> None:
        pressed = source.message if isinstance(source, Press) else None
        shown = queues.show_soon(self._aside, lambda: self._screens.show(chat, pressed, reply))
        if shown and isinstance(source, Press):
            self._aside.start(self._screens.answer(source.query, reply.toast))

    # --- reminding -----------------------------------------------------------------------------------------

    def sends(self) -> bool:
        """Whoever hears people sends as well: it keeps the pace, and knows which message stands."""
        return bool(self._webhook_url) or self._lease.held

    async def turn(self, address: str) -> None:
        """Wait until this chat may get a message that it did not ask for."""
        await self._pace.turn(address)

    async def push(self, address: str, message: Message, *, stands: bool) -> str:
        """A new message in a chat; raises what bot.delivery sorts failures by."""
        chat = int(address)
        async with self._chats.showing(address):
            try:
                async with self._pace.call(address):
                    sent = await self._api.send("sendMessage", chat_id=chat, **shape(message))
            except RetryAfter as error:
                raise LimitedError(seconds(error)) from None
            except Forbidden as error:
                raise RefusedError(self._api.words(error)) from None
            except BadRequest as error:
                gone = any(word in str(error).lower() for word in GONE)
                raise (RefusedError if gone else UndeliverableError)(self._api.words(error)) from None
            except (NotSentError, InvalidToken) as error:
                raise Unsent(self._api.words(error)) from None
            if stands:
                self._screens.remember(chat, int(sent["message_id"]))
        return str(sent["message_id"])

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, TelegramError):  # Forbidden: the person has blocked the bot
            log.warning("Telegram did not take an answer", error=self._api.words(error))
        else:
            log.error("the Telegram channel is broken", exc_info=error)
