"""Putting screens into chats: a press changes its message in place, everything else brings a fresh one below."""

import asyncio
import re
import tempfile
from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import structlog
from telegram import BotCommandScopeChat, InputFile
from telegram.constants import ChatAction
from telegram.error import BadRequest, NetworkError

from bot.channels.telegram.api import Api
from bot.channels.telegram.http import patiently
from bot.channels.telegram.shape import shape
from bot.message import Attachment, Message, Reply, Streamed

COMMAND_NAME = re.compile(r"[a-z0-9_]{1,32}")  # https://core.telegram.org/bots/api#botcommand
MOST_SCREENS = 10_000  # chats whose newest screen is remembered, to take its buttons away when it is outdated
TOAST_LIMIT = 200  # characters; https://core.telegram.org/bots/api#answercallbackquery
PASSING = 30  # characters: a toast stays for about three seconds, in which nobody reads more; the page's stays longer
LONG_UPLOAD = 600.0  # seconds
PHOTO_LIMIT = 10 * 1024 * 1024  # bytes; https://core.telegram.org/bots/api#sendphoto

T = TypeVar("T")

log = structlog.get_logger()


def _put(found: OrderedDict[int, T], chat: int, value: T) -> None:
    """Remember something of a chat; of too many, the one of which nothing was remembered for longest is forgotten."""
    found[chat] = value
    found.move_to_end(chat)
    if len(found) > MOST_SCREENS:
        found.popitem(last=False)


class Screens:
    """The newest screen of each chat, by its message."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._newest: OrderedDict[int, int] = OrderedDict()  # chat id -> message id
        self._lines: OrderedDict[int, tuple[int, str]] = OrderedDict()  # chat id -> message id, its line

    def newest(self, chat: int) -> int | None:
        """The message that shows what stands, as far as is known."""
        return self._newest.get(chat)

    def remember(self, chat: int, message: int) -> None:
        """From now on this message shows what stands."""
        _put(self._newest, chat, message)

    async def show(self, chat: int, pressed: int | None, reply: Reply) -> None:
        """An answer to a press on this message, or to something that was said, and the commands that fit now."""
        await self._present(chat, pressed, reply)
        if reply.commands is not None:
            fit = [pair for pair in reply.commands if COMMAND_NAME.fullmatch(pair[0])]
            scope = BotCommandScopeChat(chat)
            await patiently(lambda: self._api.bot.set_my_commands(fit, scope), repeatable=True)

    async def answer(self, query: str, toast: str, alert: bool = False) -> None:
        """Take the waiting mark off the pressed button and show the toast; a long one has to be closed by hand."""
        said: dict[str, Any] = {
            "callback_query_id": query,
            "text": toast[:TOAST_LIMIT],
            "show_alert": alert or len(toast) > PASSING,
        }
        with suppress(BadRequest):  # "query is too old": nobody waits for it any more
            await patiently(partial(self._api.send, "answerCallbackQuery", **said), repeatable=True)

    async def _present(self, chat: int, pressed: int | None, reply: Reply) -> None:
        """A press changes its message in place; a text, a receipt or a file brings a fresh message below.

        Of a message on which stands why nothing came of a text, a press leaves that line.
        """
        screen, file, outdated = reply.screen, reply.screen.attachment, pressed
        heads, line = self._lines.get(chat, (None, ""))
        stays = reply.toast if pressed is None and reply.stays else ""
        if pressed is None:
            screen, outdated = screen.headed(reply.toast), self.newest(chat)
        elif pressed == heads:
            del self._lines[chat]
            await self._edit(chat, pressed, Message("", (line,)))
            pressed = outdated = None
        elif reply.receipt is None and file is None:
            self.remember(chat, await self._edit(chat, pressed, screen))
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
                log.warning("a file could not be sent to Telegram", chat=chat, error=self._api.words(error))
        fresh = await self._send(chat, screen)
        self.remember(chat, fresh)
        if stays:
            _put(self._lines, chat, (fresh, stays))
        if outdated is not None:
            retire = partial(self._api.bot.edit_message_reply_markup, chat, outdated)
            with suppress(BadRequest):  # it was deleted, or has no buttons any more
                await patiently(retire, repeatable=True)

    async def _send(self, chat: int, screen: Message) -> int:
        sent = await patiently(partial(self._api.send, "sendMessage", chat_id=chat, **shape(screen)))
        return int(sent["message_id"])

    async def _edit(self, chat: int, number: int, screen: Message) -> int:
        """Change a message in place, or send a new one when that cannot be; which message it is now."""
        said: dict[str, Any] = {"chat_id": chat, "message_id": number, **shape(screen)}
        try:
            await patiently(partial(self._api.send, "editMessageText", **said), repeatable=True)
        except NetworkError as error:  # a BadRequest, too
            return number if "not modified" in str(error) else await self._send(chat, screen)
        return number

    async def _attach(self, chat: int, file: Attachment) -> None:
        name = re.sub(r'[\x00-\x1f\x7f"\\/]', "_", file.name)
        if isinstance(file.data, Streamed):
            await self._attach_made(chat, file.data, name)
            return
        data = await asyncio.to_thread(file.read)
        if file.picture and len(data) <= PHOTO_LIMIT:
            with suppress(BadRequest):  # too long and narrow for a photo: it goes as a file
                await patiently(lambda: self._api.bot.send_photo(chat, data, filename=name))
                return
        await patiently(lambda: self._api.bot.send_document(chat, data, filename=name))

    async def _attach_made(self, chat: int, made: Streamed, name: str) -> None:
        """Make a file on disk, then send it from there; meanwhile the chat says that a file is coming."""
        with suppress(NetworkError):
            await self._api.bot.send_chat_action(chat, ChatAction.UPLOAD_DOCUMENT)
        with tempfile.NamedTemporaryFile() as kept:

            def make() -> None:
                kept.writelines(made.chunks())
                kept.flush()

            async def send() -> None:
                with await asyncio.to_thread(open, kept.name, "rb") as file:  # a call closes what it sends
                    document = InputFile(file, name, read_file_handle=False)
                    await self._api.bot.send_document(chat, document, write_timeout=LONG_UPLOAD)

            await asyncio.to_thread(make)
            await patiently(send)
