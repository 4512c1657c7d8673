"""Several processes with one Telegram bot: one of them polls, and another one when that has ended."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa
import structlog

from bot import lease
from bot.channels.telegram.channel import Telegram
from bot.store.tables import LEASE
from tests.botapi import TOKEN, BotApi
from tests.channels.test_telegram import SECRET, Heard
from tests.conftest import Clock
from tests.leased import leased
from tests.phone import World

FOREIGN = "another process receives this Telegram bot's updates: stop it, or use another token"


class Process:
    """One of several that have the bot."""

    def __init__(self, world: World, api: BotApi, name: str) -> None:
        self.heard = Heard()
        self.bot = Telegram(self.heard, TOKEN, api.url, lease=leased(world, "telegram", name))
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """As the program starts it."""
        await self.bot.start()
        self._running = asyncio.create_task(self.bot.run())

    async def die(self) -> None:
        """It does nothing more, and gives nothing back."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    async def stop(self) -> None:
        """As the program stops it."""
        await self.die()
        await self.bot.close()

    @property
    def texts(self) -> list[str | None]:
        """What it heard."""
        return [event.text for event in self.heard.events]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for the lease asks all the time."""
    monkeypatch.setattr(lease, "TRIED", 0.01)
    monkeypatch.setattr(lease, "RENEWED", 0.02)


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        yield api


@pytest.fixture
async def two(world: World, api: BotApi) -> AsyncIterator[tuple[Process, Process]]:
    """Two processes, of which the first polls."""
    first, second = (Process(world, api, name) for name in ("first", "second"))
    await first.start()
    await api.until(lambda: first.bot.sends())
    await second.start()
    yield first, second
    for held in first.heard.held.values():
        held.set()
    await first.stop()
    await second.stop()


async def test_one_hears_everything_and_nobody_is_in_conflict(
    two: tuple[Process, Process], api: BotApi
) -> None:
    first, second = two
    with structlog.testing.capture_logs() as logs:
        for text in ("一", "二", "三"):
            api.phone(11).say(text)
            await api.phone(11).settle()
    assert (first.texts, second.texts) == (["一", "二", "三"], [])
    assert (first.bot.sends(), second.bot.sends()) == (True, False)
    assert FOREIGN not in {log["event"] for log in logs}
    assert first.bot.ailment() is second.bot.ailment() is None


async def test_a_process_without_a_lease_is_named_as_before(
    two: tuple[Process, Process], api: BotApi
) -> None:
    foreign = Telegram(Heard(), TOKEN, api.url)
    with structlog.testing.capture_logs() as logs:
        await foreign.start()
        polling = asyncio.create_task(foreign.run())
        await api.until(lambda: FOREIGN in {log["event"] for log in logs})
        polling.cancel()
        with suppress(asyncio.CancelledError):
            await polling
        await foreign.close()


async def test_what_is_said_after_one_stopped_is_heard_by_the_other_at_once(
    two: tuple[Process, Process], api: BotApi
) -> None:
    first, second = two
    api.phone(11).say("一")
    await api.phone(11).settle()
    await first.stop()
    api.phone(11).say("二")
    await api.phone(11).settle()
    assert (first.texts, second.texts[-1:]) == (["一"], ["二"])


async def test_while_one_stops_what_it_hears_ends_before_the_other_begins(
    two: tuple[Process, Process], api: BotApi
) -> None:
    first, second = two
    first.heard.held["11"] = threading.Event()
    api.phone(11).say("一")
    await api.until(lambda: first.heard.waiting)
    stopping = asyncio.create_task(first.stop())
    api.phone(11).say("二")
    await asyncio.sleep(0.1)
    assert second.texts == [], "order in a chat is kept"
    first.heard.held["11"].set()
    await stopping
    await api.until(lambda: second.texts[-1:] == ["二"])


async def test_what_a_dead_process_had_taken_is_heard_by_the_other_when_its_lease_is_over(
    two: tuple[Process, Process], api: BotApi, clock: Clock
) -> None:
    first, second = two
    first.heard.held["11"] = threading.Event()
    api.phone(11).say("一")
    await api.until(lambda: first.heard.waiting)
    await first.die()
    api.phone(11).say("二")
    await asyncio.sleep(0.1)
    assert second.texts == [], "nobody knows that it is dead"
    clock.forward(seconds=61)
    await api.until(lambda: second.texts == ["一", "二"])


async def test_who_lost_the_lease_stops_polling_though_it_lives(
    two: tuple[Process, Process], api: BotApi, world: World, clock: Clock
) -> None:
    first, second = two
    with world.database.write() as session:  # it was away for more than a minute
        until = clock() + timedelta(minutes=1)
        session.execute(sa.update(LEASE).values(holder="second", until=until))
    await api.until(lambda: second.bot.sends() and not first.bot.sends())
    api.phone(11).say("一")
    await api.phone(11).settle()
    assert (first.texts, second.texts) == ([], ["一"])


async def test_behind_a_webhook_every_process_hears_and_sends(world: World, api: BotApi) -> None:
    bots = [
        Telegram(
            Heard(),
            TOKEN,
            api.url,
            webhook_url="https://bot.example.cn/telegram",
            webhook_secret=SECRET,
            lease=leased(world, "telegram", name),
        )
        for name in ("first", "second")
    ]
    assert [bot.sends() for bot in bots] == [True, True]
    for bot in bots:
        await bot.close()
