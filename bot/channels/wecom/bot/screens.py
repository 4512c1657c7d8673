"""Putting screens into chats of the bot: a press changes its card in place, everything else brings a fresh one below.

A card can be changed within five seconds of a press on it, never otherwise. Where that is too late, or a text or a file
goes along, the card that was pressed says that it goes on below, if it still can, and a fresh one comes.
"""

import asyncio
from dataclasses import replace
from typing import Any

import structlog

from bot.channels.wecom.bot.allowance import Allowance
from bot.channels.wecom.bot.connection import Connection
from bot.channels.wecom.cards import Shown, shown
from bot.channels.wecom.frames import RESPOND, UPDATE, WELCOME, Frame, LateError, UnansweredError
from bot.channels.wecom.limits import BOT
from bot.channels.wecom.markdown import Markdown, escaped
from bot.channels.wecom.naming import name_of, named_by, words_of
from bot.channels.wecom.standing import NO_FILE, Standing, alone, before, below, kind_of, last, receipt, stays
from bot.delivery import LimitedError, NotArrivedError
from bot.message import Attachment, Message, Reply

TRIES = 3  # of a frame that was surely not sent
PLAIN = replace(BOT, text=BOT.text // 2)  # bytes: what keeps markdown from meaning anything takes room, too

Json = dict[str, Any]

log = structlog.get_logger()


class Screens(Standing):
    """What stands in each chat of the bot, and how it gets there."""

    def __init__(self, connection: Connection, allowance: Allowance) -> None:
        super().__init__()
        self._connection, self._allowance = connection, allowance

    async def welcome(self, frame: Frame, screen: Message) -> None:
        """What somebody sees who opens the chat: the screen that stands, in one frame."""
        found = shown(screen, PLAIN)
        body, name = _last(found)
        if found.card is None:  # a welcome takes no markdown
            body = {"msgtype": "text", "text": {"content": "\n".join(found.texts)}}
        if await self._at_once(frame, WELCOME, body):
            self.stands(frame.chat, name, name)
        else:
            await self._fresh(frame.chat, found)

    async def turn_page(self, frame: Frame, task_id: str, page: int, screen: Message) -> None:
        """Another page of the screen that stands, on the card that was pressed."""
        found = shown(screen, PLAIN, page=page)
        if found.card is None or not await self._update(frame, task_id, found.card, page):
            await self._fresh(frame.chat, shown(screen, PLAIN))

    def has_pages(self, screen: Message) -> bool:
        """Whether a screen goes on behind 更多."""
        return shown(screen, PLAIN).pages > 1

    async def turn_on(self, frame: Frame, screen: Message, *, quoted: bool) -> None:
        """The page after the one that stands, on a fresh card below the 更多 that was typed; of an older card that was
        quoted, the second."""
        page = (1 if quoted else self.page(frame.chat)) % shown(screen, PLAIN).pages + 1
        found = shown(screen, PLAIN, page=page if page > 1 else None)
        await self._fresh(frame.chat, found, frame, page)

    async def pressed(self, frame: Frame, task_id: str, reply: Reply) -> None:
        """The answer to a press on a card."""
        chat, screen = frame.chat, reply.screen.headed(reply.toast)
        found = shown(screen, PLAIN)
        if not alone(reply, found):
            await self._close(frame, task_id, reply.screen)
        elif found.card and await self._update(frame, task_id, found.card):
            return
        await self._along(chat, reply)
        await self._fresh(chat, found)

    async def said(self, frame: Frame, reply: Reply) -> None:
        """The answer to what was typed or sent: a fresh message below it."""
        chat, screen = frame.chat, reply.screen
        if toast := stays(reply):
            await self._text(chat, toast)
        else:
            screen = screen.headed(reply.toast)
        await self._along(chat, reply)
        await self._fresh(chat, shown(screen, PLAIN), answering=frame)

    async def push(self, chat: str, message: Message, *, stands: bool) -> str:
        """A message that nobody asked for; its name. Raises what bot.delivery sorts failures by.

        Its own frame comes last: what goes before it may arrive twice, it does not.
        """
        found = shown(message, PLAIN)
        body, name = _last(found)
        for text in before(found):
            await self._connection.send(chat, _markdown(text))
            await self._allowance.turn(chat)
        await self._connection.send(chat, body)
        if stands:
            self.stands(chat, name, name)
        return name

    async def tell_group(self, group: str, text: str) -> None:
        """A text for a group; none where it was told enough lately."""
        if self._allowance.take(group):
            await self._connection.send(group, _markdown(text), group=True)

    # --- frames --------------------------------------------------------------------------------------------

    async def _update(self, frame: Frame, task_id: str, card: Json, page: int = 1) -> bool:
        """Change the card that was pressed; False when it surely was not."""
        body = {
            "response_type": "update_template_card",
            "userids": [frame.chat],
            "template_card": {**card, "task_id": task_id},
        }
        changed = await self._at_once(frame, UPDATE, body)
        if changed:
            self.stands(frame.chat, named_by(task_id), name_of(words_of(card)), page)
        return changed

    async def _at_once(self, frame: Frame, cmd: str, body: Json) -> bool:
        """Answer an event that can be answered for a few seconds; False when that surely did not succeed."""
        if not self._allowance.take(frame.chat):
            return False
        try:
            await self._connection.reply(frame, cmd, body)
        except LimitedError as limited:
            self._allowance.block(frame.chat, limited.wait)
            return False
        except NotArrivedError as error:
            log.info("WeCom did not take an answer at once", cmd=cmd, error=type(error).__name__)
            return False
        except UnansweredError:  # it may be there: never the same again
            log.info("WeCom did not say whether an answer arrived", cmd=cmd)
        return True

    async def _close(self, frame: Frame, task_id: str, screen: Message) -> None:
        """Of the card that was pressed, what is left is a way to what came below."""
        if card := below(screen, PLAIN):
            await self._update(frame, task_id, card)

    async def _along(self, chat: str, reply: Reply) -> None:
        """What goes before a screen: a receipt, which stays in the chat, and a file."""
        for text in receipt(reply, PLAIN):
            await self._text(chat, text)
        if reply.screen.attachment is not None:
            try:
                await self._attach(chat, reply.screen.attachment)
            except (NotArrivedError, UnansweredError) as error:
                log.warning("a file could not be sent to WeCom", error=type(error).__name__)
                await self._text(chat, NO_FILE)

    async def _fresh(self, chat: str, found: Shown, answering: Frame | None = None, page: int = 1) -> None:
        """A screen below all else, its own frame as an answer to what was said."""
        for text in before(found):
            await self._text(chat, text)
        body, name = _last(found)
        await self._send(chat, body, answering)
        self.stands(chat, name, name, page)

    async def _text(self, chat: str, text: str) -> None:
        await self._send(chat, _markdown(text))

    async def _send(self, chat: str, body: Json, answering: Frame | None = None) -> None:
        """Send a frame, again when it was surely not sent; what WeCom says nothing of is not repeated."""
        for tries in range(1, TRIES + 1):
            await self._allowance.turn(chat)
            try:
                if answering is None:
                    await self._connection.send(chat, body)
                else:
                    await self._connection.reply(answering, RESPOND, body)
                return
            except LimitedError as limited:
                self._allowance.block(chat, limited.wait)
                if tries == TRIES:
                    raise
            except LateError:
                answering = None
            except UnansweredError:
                log.info("WeCom did not say whether an answer arrived")
                return

    async def _attach(self, chat: str, file: Attachment) -> None:
        data = await asyncio.to_thread(file.read)
        kind = kind_of(file, len(data))
        media = await self._connection.upload(file.name, data, kind)
        await self._send(chat, {"msgtype": kind, kind: {"media_id": media}})


def _last(found: Shown) -> tuple[Json, str]:
    """The frame that ends a screen, and its name."""
    message, name = last(found)
    return _markdown(message) if isinstance(message, str) else _card(message), name


def _card(card: Json) -> Json:
    return {"msgtype": "template_card", "template_card": card}


def _markdown(text: str) -> Json:
    content = text if isinstance(text, Markdown) else escaped(text.strip("\n"))
    return {"msgtype": "markdown", "markdown": {"content": content}}
