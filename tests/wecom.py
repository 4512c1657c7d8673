"""Somebody with WeCom on the phone, in a chat with the bot that runs against the stand-in of Tencent's side."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

from bot.channels.channel import SettingsRefusedError, Talk
from bot.channels.wecom.allowance import Allowance
from bot.channels.wecom.bot import Bot, Hold
from bot.channels.wecom.limits import BOT, broken
from bot.channels.wecom.line import Times
from bot.channels.wecom.tenant import Tenant
from bot.channels.wecom.tenant.chats import Shown
from tests.channels.wecom_fakes import PROMPT
from tests.conftest import NOW

PATIENCE = 20.0  # seconds
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


def alone(name: str, holder: str, lasts: timedelta) -> bool:
    """No other process is there."""
    return True


@asynccontextmanager
async def running(
    talk: Talk, there: Tenant, *, hold: Hold = alone, times: Times = PROMPT
) -> AsyncIterator[Bot]:
    """The channel as the program runs it."""
    bot = bot_of(talk, there, hold=hold, times=times)
    task = asyncio.create_task(bot.run())
    try:
        await bot.turn("nobody")
        yield bot
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, SettingsRefusedError):
            await task
        await bot.close()


def bot_of(talk: Talk, there: Tenant, *, hold: Hold = alone, times: Times = PROMPT) -> Bot:
    """The channel on the same clock as Tencent's side."""
    time = there.seconds
    assert isinstance(time, Time)
    return Bot(
        talk,
        there.url,
        ("demo-bot", "demo-secret"),
        lambda: NOW,
        hold,
        page="https://bot.example.cn",
        allowance=Allowance(time, time.sleep),
        times=times,
    )


class Phone:
    """What a person sees and does: reads the newest message, presses a button by its words, types."""

    def __init__(self, there: Tenant, userid: str) -> None:
        self.tenant, self.person = there, there.person(userid)

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

    async def say(self, text: str) -> None:
        """Type a text and wait for an answer."""
        await self._answered(self.person.say(text))

    async def tap(self, label: str) -> None:
        """Press a button, by its label or what stands on the card for it, turning pages until it is there."""
        for _ in range(3):
            async with asyncio.timeout(PATIENCE):
                await self.tenant.until(lambda: self.shown[-1].buttons)
            card = self.shown[-1]
            for name, key in card.buttons.items():
                if label in (name, _meant(card, name)):
                    await self._answered(self.person.press(card, key))
                    return
            await self._answered(self.person.press(card, card.buttons["更多"]))
        raise AssertionError(f"no button 「{label}」 on {self.shown[-1].card}")

    async def until(self, words: str) -> None:
        """Wait until something is shown."""
        async with asyncio.timeout(PATIENCE):
            await self.tenant.until(lambda: self.shown and words in self.text)

    async def _answered(self, doing: Awaitable[object]) -> None:
        before = self._seen()
        self.tenant.seconds.now += THINKING  # type: ignore[attr-defined]
        await doing
        async with asyncio.timeout(PATIENCE):
            await self.tenant.until(lambda: self._seen() > before)

    def _seen(self) -> int:
        return len(self.shown) + sum(len(one.versions) for one in self.shown)


def _meant(card: Shown, name: str) -> str:
    """The whole label of a button of which only a part stands on it."""
    rows = card.card.get("horizontal_content_list", [])
    return next((row.get("value", "") for row in rows if row["keyname"] == name), name)


def _read(markdown: str) -> str:
    """A text as it is drawn."""
    return re.sub(r"\\([^\n])", r"\1", markdown).replace("  \n", "\n")
