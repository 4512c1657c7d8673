"""The bot (智能机器人) as a channel: over the long connection, which needs no public address.

A callback is told once: WeCom does not repeat what a process that died had heard. What a press or a text changed is
stored before it is answered, so whoever presses again sees the truth.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from starlette.routing import Route

from bot.actions import UPLOAD_LIMIT, wire
from bot.channels.channel import SettingsRefusedError, Talk
from bot.channels.chats import Chat, Chats
from bot.channels.underway import Underway
from bot.channels.wecom import joining
from bot.channels.wecom.bot.allowance import Allowance
from bot.channels.wecom.bot.connection import Connection
from bot.channels.wecom.bot.hearing import (
    ENTERED,
    FILE_LIMIT,
    NAME,
    Pressed,
    events,
    group_text,
    in_group,
    key_of,
    pressed,
    sender,
)
from bot.channels.wecom.bot.line import Times
from bot.channels.wecom.bot.screens import Screens
from bot.channels.wecom.cards import asks_for_more, page_of
from bot.channels.wecom.frames import Frame, UnansweredError
from bot.channels.wecom.limits import BOT
from bot.channels.wecom.media import Fetched
from bot.channels.wecom.naming import named_by
from bot.channels.wecom.tables import tabled
from bot.conversation import Event, Group
from bot.delivery import NotArrivedError
from bot.health import Ailment
from bot.lease import Lease
from bot.message import Message, Reply

STANDINGS = "/standings"
IN_GROUPS = (STANDINGS, "排名", "结果", "星级")
PRIVATELY = "为保护支部数据，请私聊我使用。"

log = structlog.get_logger()


class Bot:
    """The conversation with a bot of WeCom, in the process that holds the `lease` of it.

    `page` is how the addresses of this program's own pages begin.
    """

    name, word = NAME, "企业微信"
    way = "填写请点「打开」，或引用这条消息回复。"

    def __init__(
        self,
        talk: Talk,
        url: str,
        bot: tuple[str, str],
        now: Callable[[], datetime],
        lease: Lease,
        *,
        page: str = "",
        allowance: Allowance | None = None,
        times: Times | None = None,
    ) -> None:
        self._talk, self._lease, self._page = talk, lease, page
        self._stopped = ""  # why it does not try any more
        self._aside = Underway(self._failed)
        self._chats = Chats(Chat)
        self._allowance = allowance or Allowance()
        self._connection = Connection(url, *bot, self._heard, lease.holds, now, times)
        self._screens = Screens(self._connection, self._allowance)

    def link(self, code: str) -> str:
        """A page with what is to be sent to the bot: no link of WeCom carries a code into a chat."""
        return joining.link_to(self._page, code)

    def routes(self) -> list[Route]:
        """The page that a code leads to."""
        return joining.routes()

    # --- starting and stopping -----------------------------------------------------------------------------

    async def check(self) -> AsyncIterator[str]:
        """Subscribe once; raises SettingsRefusedError where that does not succeed.

        It would take the connection from a program that is running, which holds the lease: then it only says so.
        """
        try:
            ours = await self._lease.holds()
        except Exception:  # before the first start there is no table of leases
            yield "– 企业微信：数据库还没有准备好，先不连接。启动一次以后再检查"
            return
        if not ours:
            yield "– 企业微信：另一个正在运行的程序在用这个机器人，没有另外连接"
            return
        try:
            await self._connection.try_once()
        finally:
            await self.close()
        yield "✓ 企业微信机器人"

    async def start(self) -> str:
        """Nothing is to be introduced: the connection comes up by itself."""
        return ""

    async def run(self) -> None:
        """Hear people until cancelled; raises SettingsRefusedError where trying again does not help."""
        try:
            await self._lease.while_held(self._connection.run)
        except SettingsRefusedError as refused:
            self._stopped = str(refused)
            raise

    async def close(self) -> None:
        """Let what is under way end, then the connection; another process may have it at once."""
        await self._aside.end()
        await self._connection.close()
        await self._lease.give_back()

    def ailment(self) -> Ailment | None:
        """What has kept people from being heard for minutes, or for good, if anything."""
        if self._stopped:
            return Ailment(NAME, "WeCom's bot has stopped", self._stopped)
        return self._connection.ailment()

    # --- hearing -------------------------------------------------------------------------------------------

    async def _heard(self, frame: Frame) -> None:
        """Something was said or happened, in its order."""
        if in_group(frame):
            await self._in_group(frame)
            return
        address = sender(frame)
        if not address:
            return
        async with self._chats.hearing(address) as chat:
            if press := pressed(frame):
                await self._press(frame, chat, press)
            elif frame.event == ENTERED:
                await asyncio.to_thread(self._talk.reaches, NAME, address, True)
                look = await asyncio.to_thread(self._talk.look, NAME, address)
                self._show(chat, partial(self._screens.welcome, frame, look.screen))
            elif not frame.event:
                await self._said(frame, chat)

    async def _press(self, frame: Frame, chat: Chat, press: Pressed) -> None:
        address = sender(frame)
        if page := page_of(press.key):
            look = await asyncio.to_thread(self._talk.look, NAME, address)
            turn = partial(self._screens.turn_page, frame, press.task_id, page, look.screen)
            self._show(chat, turn)
            return
        event = Event(
            NAME,
            address,
            key_of(frame),
            press=press.key,
            message=named_by(press.task_id),
            marked=True,
            file_limit=FILE_LIMIT,
        )
        reply = await self._answer(chat, event)
        self._show(chat, partial(self._screens.pressed, frame, press.task_id, reply))

    async def _said(self, frame: Frame, chat: Chat) -> None:
        """What was typed, said or sent; of pictures sent together the last answer tells all."""
        reply: Reply | None = None
        for event in await events(frame, self._fetch):
            event = replace(event, quotes=self._screens.quoted(event.address, event.quotes))
            if asks_for_more(event.text) and await self._turned_on(frame, chat, event):
                return
            reply = await self._answer(chat, event)
        if reply is not None:
            self._show(chat, partial(self._screens.said, frame, reply))

    async def _turned_on(self, frame: Frame, chat: Chat, event: Event) -> bool:
        """Whether the screen that stands, or the one that is quoted, goes on: its next page comes, and it stands."""
        look = await asyncio.to_thread(self._talk.look, NAME, event.address, event.quotes)
        if not self._screens.has_pages(look.screen):
            return False
        press = replace(event, text=None, quotes=None, message=event.quotes, press=wire(look.screen.here))
        reply = await self._answer(chat, press)
        quoted = event.quotes is not None
        self._show(chat, partial(self._screens.turn_on, frame, reply.screen, quoted=quoted))
        return True

    async def _fetch(self, address: str, url: str, aeskey: str) -> Fetched | None:
        """A file that somebody sent; None: of a stranger, whose file is left where it is."""
        if (await asyncio.to_thread(self._talk.look, NAME, address)).stranger:
            return None
        return await self._connection.fetch(url, aeskey, UPLOAD_LIMIT)

    async def _answer(self, chat: Chat, event: Event) -> Reply:
        if not (chat.waiting or chat.showing.locked()):  # every answer so far was shown
            event = replace(event, screen=self._screens.newest(event.address))
        return await self._talk.hear_soon(event)

    async def _in_group(self, frame: Frame) -> None:
        """In a group the bot is asked for the standings, and nothing else."""
        if frame.event or frame.body.get("msgtype") not in ("text", "mixed"):
            return
        answer: Message | None = None
        if group_text(frame) in IN_GROUPS:
            group = Group(NAME, frame.chat)
            answer = await asyncio.to_thread(self._talk.ask_in_group, group, sender(frame), STANDINGS)
        said = PRIVATELY if answer is None else tabled(answer, BOT.text)[0]
        self._aside.start(self._screens.tell_group(frame.chat, said))

    # --- showing -------------------------------------------------------------------------------------------

    def _show(self, chat: Chat, show: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if not chat.show_soon(self._aside, show):
            log.info("a flood in a chat of WeCom is not answered")

    # --- reminding -----------------------------------------------------------------------------------------

    def sends(self) -> bool:
        """This process has the bot's connection."""
        return self._connection.up

    async def turn(self, address: str) -> None:
        """Wait until this chat may get a message that it did not ask for."""
        await self._allowance.turn(address)

    async def push(self, address: str, message: Message, *, stands: bool) -> str:
        """A new message in a chat; raises what bot.delivery sorts failures by."""
        async with self._chats.showing(address):
            return await self._screens.push(address, message, stands=stands)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, (NotArrivedError, UnansweredError)):
            log.warning("WeCom did not take an answer", error=type(error).__name__)
        else:
            log.error("the WeCom channel is broken", exc_info=error)
