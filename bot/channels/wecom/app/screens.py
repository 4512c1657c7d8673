"""Putting screens into the chats of an app: a press changes its card in the answer, everything else comes below.

The answer to a callback costs nothing, where every message to a member counts. So a card that was pressed becomes what
follows, and a text alone is said there, too.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import structlog

from bot.channels.wecom.app import passive
from bot.channels.wecom.app.api import Api
from bot.channels.wecom.app.codes import AlreadySentError
from bot.channels.wecom.app.inner import Inner
from bot.channels.wecom.app.passive import Answer
from bot.channels.wecom.cards import Shown, shown
from bot.channels.wecom.frames import UnansweredError
from bot.channels.wecom.limits import APP
from bot.channels.wecom.naming import name_of, named_by, words_of
from bot.channels.wecom.standing import (
    NO_FILE,
    Json,
    Standing,
    alone,
    before,
    below,
    kind_of,
    last,
    receipt,
    stays,
)
from bot.delivery import LimitedError, NotArrivedError
from bot.message import Attachment, Message, Reply

TRIES = 3  # of a message that was surely not sent

T = TypeVar("T")

log = structlog.get_logger()


class Screens(Standing):
    """What stands in each chat of the app, and how it gets there."""

    def __init__(self, api: Api) -> None:
        super().__init__()
        self._api = api

    # --- in the answer to a callback -----------------------------------------------------------------------

    def turned(self, inner: Inner, page: int, screen: Message) -> Answer | None:
        """Another page of the screen that stands, on the card that was pressed; None: it comes below."""
        found = shown(screen, APP, page=page)
        return self._in_place(inner, found.card, page) if found.card else None

    def pressed(self, inner: Inner, reply: Reply) -> Answer | None:
        """The answer to a press, in place; None: it comes below."""
        found = shown(reply.screen.headed(reply.toast), APP)
        return self._in_place(inner, found.card) if found.card and alone(reply, found) else None

    def closed(self, screen: Message) -> Answer | None:
        """What is left of a card that was pressed: a way to what comes below."""
        card = below(screen, APP)
        return passive.card(card) if card else None

    def said(self, inner: Inner, reply: Reply) -> Answer | None:
        """The answer to something said where that is one text; None: it comes below."""
        found = shown(reply.screen.headed(reply.toast), APP)
        along = reply.receipt is not None or reply.screen.attachment is not None
        if found.card is not None or len(found.texts) > 1 or along:
            return None
        [text] = found.texts
        name = name_of(text)
        self.stands(inner.user, name, name)
        return passive.text(text)

    def _in_place(self, inner: Inner, card: Json, page: int = 1) -> Answer:
        self.stands(inner.user, named_by(inner.task_id), name_of(words_of(card)), page)
        return passive.card({**card, "task_id": inner.task_id})

    # --- below ---------------------------------------------------------------------------------------------

    async def below(self, chat: str, reply: Reply, *, press: bool = False) -> None:
        """What was answered, as fresh messages: what stays in the chat, a file, the screen."""
        screen, toast = reply.screen, "" if press else stays(reply)
        texts = [toast] if toast else []
        screen = screen if toast else screen.headed(reply.toast)
        for text in (*texts, *receipt(reply, APP)):
            await self._text(chat, text)
        if screen.attachment is not None:
            await self._attach(chat, screen.attachment)
        await self._fresh(chat, shown(screen, APP))

    def has_pages(self, screen: Message) -> bool:
        """Whether a screen goes on behind 更多."""
        return shown(screen, APP).pages > 1

    async def turn_on(self, chat: str, screen: Message) -> None:
        """The page after the one that stands, on a fresh card below the 更多 that was typed."""
        page = self.page(chat) % shown(screen, APP).pages + 1
        await self._fresh(chat, shown(screen, APP, page=page if page > 1 else None), page)

    async def late(self, inner: Inner, answer: Answer, screen: Message) -> None:
        """An answer that came too late for its callback: the card changes all the same, or a fresh one comes."""
        if answer.kind == "text":
            await self._text(inner.user, answer.content["content"])
            return
        try:
            await self._api.update(inner.user, inner.response_code, answer.content["template_card"])
        except (NotArrivedError, UnansweredError) as error:
            log.info("a card of WeCom could not be changed", error=type(error).__name__)
            await self._fresh(inner.user, shown(screen, APP))

    async def push(self, chat: str, message: Message, *, stands: bool) -> str:
        """A message that nobody asked for; its name. Raises what bot.delivery sorts failures by."""
        found = shown(message, APP)
        for text in before(found):
            await self._api.send(chat, "text", {"content": text}, once=True)
        end, name = last(found)
        await self._end(chat, end, once=True)
        if stands:
            self.stands(chat, name, name)
        return name

    async def _fresh(self, chat: str, found: Shown, page: int = 1) -> None:
        for text in before(found):
            await self._text(chat, text)
        end, name = last(found)
        await _tried(lambda: self._end(chat, end))
        self.stands(chat, name, name, page)

    async def _end(self, chat: str, end: Json | str, *, once: bool = False) -> None:
        if isinstance(end, str):
            await self._api.send(chat, "text", {"content": end}, once=once)
        else:
            with suppress(AlreadySentError):  # no other card has its task_id: it is there
                await self._api.send(chat, "template_card", end, once=True)

    async def _text(self, chat: str, text: str) -> None:
        await _tried(lambda: self._api.send(chat, "text", {"content": text.strip("\n")}))

    async def _attach(self, chat: str, file: Attachment) -> None:
        data = await asyncio.to_thread(file.read)
        try:
            await _tried(lambda: self._api.send_file(chat, file.name, data, kind_of(file, len(data))))
        except (NotArrivedError, UnansweredError) as error:
            log.warning("a file could not be sent to WeCom", error=type(error).__name__)
            await self._text(chat, NO_FILE)


async def _tried(send: Callable[[], Awaitable[T]]) -> T | None:
    """Send something, again when WeCom asks to wait; what it says nothing of is not repeated (None)."""
    for tries in range(1, TRIES + 1):
        try:
            return await send()
        except LimitedError as limited:
            if tries == TRIES:
                raise
            await asyncio.sleep(limited.wait)
        except UnansweredError:
            log.info("WeCom did not say whether an answer arrived")
            break
    return None
