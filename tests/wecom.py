"""Somebody with WeCom on the phone, in a chat with the bot that runs against the stand-in of Tencent's side."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from functools import partial

from bot.channels.channel import SettingsRefusedError, Talk
from bot.channels.wecom.bot.allowance import Allowance
from bot.channels.wecom.bot.channel import Bot
from bot.channels.wecom.bot.hearing import NAME
from bot.channels.wecom.bot.line import Times
from bot.channels.wecom.cards import FIRST, MORE, PAGES
from bot.channels.wecom.limits import BOT, broken
from bot.channels.wecom.tenant import Tenant
from bot.channels.wecom.tenant.chats import Shown
from bot.lease import Lease, nobody_else
from bot.store import chats
from tests.channels.wecom_fakes import PROMPT
from tests.conftest import NOW
from tests.phone import World

PATIENCE = 3.0  # seconds
THINKING = 2.0  # seconds between two things that a person does


class Time:
    """What both sides count seconds by: a person takes one for each thing they do, and whoever waits moves it on."""

    def __init__(self) -> None:
        self.now, self.waited = 1_000_000.0, 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self.now += seconds
        self.waited += seconds
        await asyncio.sleep(0)


def tenant(time: Time | None = None) -> Tenant:
    """Tencent's side, with every limit of cards."""
    return Tenant(broken=partial(broken, dialect=BOT), seconds=time or Time())


@asynccontextmanager
async def running(
    talk: Talk, there: Tenant, *, lease: Lease | None = None, times: Times = PROMPT
) -> AsyncIterator[Bot]:
    """The channel as the program runs it."""
    bot = bot_of(talk, there, lease=lease, times=times)
    task = asyncio.create_task(bot.run())
    try:
        async with patience():
            await bot._connection.ready(PATIENCE)
        yield bot
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, SettingsRefusedError):
            await task
        await bot.close()


def bot_of(talk: Talk, there: Tenant, *, lease: Lease | None = None, times: Times = PROMPT) -> Bot:
    """The channel on the same clock as Tencent's side."""
    time = there.seconds
    assert isinstance(time, Time)
    return Bot(
        talk,
        there.url,
        ("demo-bot", "demo-secret"),
        lambda: NOW,
        lease or Lease(NAME, nobody_else),
        page="https://bot.example.cn",
        allowance=Allowance(time, time.sleep),
        times=times,
    )


def patience() -> asyncio.Timeout:
    """As long as somebody waits for something."""
    return asyncio.timeout(PATIENCE)


class Phone:
    """What a person sees and does: reads the newest message, presses a button by its words, types."""

    def __init__(self, there: Tenant, userid: str, group: str = "") -> None:
        self.tenant, self.person = there, there.person(userid, group)

    @property
    def shown(self) -> list[Shown]:
        """What the bot put into the chat."""
        return [one for one in self.person.chat.shown if one.by_bot]

    @property
    def text(self) -> str:
        """What stands in the newest message and, where its text came before it, in that."""
        card = self.shown[-1].words
        before = [one.text for one in self.shown[-2:-1]] if "详见上面的文字" in card else []
        return "\n".join([*map(_read, before), _read(card)])

    @property
    def said(self) -> str:
        """All that was ever shown."""
        return "\n".join(_read(one.words) for one in self.shown)

    async def say(self, text: str, quotes: Shown | None = None) -> None:
        """Type a text, perhaps as an answer to a message, and wait for an answer."""
        await self.answered(self.person.say(text, quotes))

    async def tap(self, label: str) -> None:
        """Press a button, by its label or a part of it, turning pages until it is there."""
        async with patience():
            await self.tenant.until(lambda: self.shown[-1].buttons)
        for _ in range(PAGES):
            if key := _key(self.shown[-1], label):
                await self.answered(self.person.press(self.shown[-1], key))
                return
            await self._turn()
        raise AssertionError(f"no button 「{label}」 on {self.shown[-1].card}")

    async def until(self, words: str) -> None:
        """Wait until something is shown, turning pages until it is there."""
        for _ in range(PAGES):
            try:
                async with patience():
                    await self.tenant.until(lambda: words in self.text or MORE in self.shown[-1].buttons)
            except TimeoutError:
                break
            if words in self.text:
                return
            await self._turn()
        raise AssertionError(f"not 「{words}」, but {self.text}")

    async def _turn(self) -> None:
        buttons = self.shown[-1].buttons
        await self.answered(self.person.press(self.shown[-1], buttons.get(MORE) or buttons[FIRST]))

    async def answered(self, doing: Awaitable[object]) -> None:
        """Do something, and wait until something is shown."""
        before = self._seen()
        self.tenant.seconds.now += THINKING  # type: ignore[attr-defined]
        await doing
        async with patience():
            await self.tenant.until(lambda: self._seen() > before)

    def _seen(self) -> int:
        return len(self.shown) + sum(len(one.versions) for one in self.shown)


def _key(card: Shown, label: str) -> str:
    """The key of the button that has this label, or of which it is a part; empty when there is none."""
    rows = {row["keyname"]: row.get("value", "") for row in card.card.get("horizontal_content_list", [])}
    labels = {rows.get(name, name): key for name, key in card.buttons.items()}
    labels |= card.buttons
    return labels.get(label) or next((key for name, key in labels.items() if label in name), "")


def _read(markdown: str) -> str:
    """A text as it is drawn."""
    return re.sub(r"\\([^\n])", r"\1", markdown).replace("  \n", "\n")


def at_home(world: World, who: str, there: Tenant, userid: str) -> Phone:
    """A persona has a chat with the bot, which they have written to before."""
    bound(world, who, "wecom", userid)
    phone = Phone(there, userid)
    phone.person.chat.opened = True
    return phone


async def on_item_7(world: World, there: Tenant) -> Phone:
    """新源里's secretary before the item that takes files and notes alike."""
    phone = at_home(world, "secretary of 新源里", there, "liming")
    await phone.say("第7项")
    await phone.until("第 7 项")
    return phone


async def see_what_was_returned(secretary: "Phone", member: "Phone") -> None:
    """双龙's secretary finds what was returned and puts it right; a member finds 排名. On any kind of chat."""
    await secretary.say("首页")
    await secretary.until("被退回")
    await secretary.tap("改自评")
    await secretary.until("缺会议记录")
    await secretary.tap("合格")
    await secretary.until("第 8 项")
    await member.say("排名")
    await member.until("排名")
    assert "劲松" in member.text


def bound(world: World, who: str, channel: str, userid: str) -> None:
    """An address of a channel is a persona's."""
    me = world.me(who)
    with world.database.write() as session:
        chat = chats.chat_at(session, channel=channel, external=userid, now=world.clock())
        chats.belongs(session, address_id=chat.me.address_id, person_id=me.person_id)
