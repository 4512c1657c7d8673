"""Doing what only one of several processes may do: while the lease is held, and no longer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from threading import Event, Lock

import pytest
import structlog
from prometheus_client import REGISTRY

from bot import lease as module
from bot.lease import Lease


class Row:
    """A lease that several processes ask for; a test may take it away, or the database with it."""

    def __init__(self) -> None:
        self.holder, self.asked, self.asking, self.most = "", 0, 0, 0
        self.broken, self.answers = False, Event()
        self.answers.set()
        self._lock = Lock()

    def of(self, name: str) -> Lease:
        """The lease as a process asks for it."""

        def hold(lasts: timedelta) -> bool:
            with self._lock:
                self.asked += 1
                self.asking += 1
                self.most = max(self.most, self.asking)
            try:
                assert self.answers.wait(10)
                if self.broken:
                    raise ConnectionError
                if self.holder not in ("", name):
                    return False
                self.holder = name if lasts else ""
                return True
            finally:
                with self._lock:
                    self.asking -= 1

        return Lease("test", hold)


class Work:
    """What is done while it is held."""

    def __init__(self) -> None:
        self.begun, self.ended = 0, 0
        self.fails = asyncio.Event()

    async def __call__(self) -> None:
        """Work until cancelled, or until the test lets it fail."""
        self.begun += 1
        try:
            await self.fails.wait()
            raise LookupError
        finally:
            self.ended += 1

    async def until(self, *, begun: int, ended: int) -> None:
        """Wait until it has begun and ended so often."""
        async with asyncio.timeout(10):
            while (self.begun, self.ended) != (begun, ended):  # noqa: ASYNC110  nobody tells of it
                await asyncio.sleep(0.002)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease is asked for all the time, and lasts for a fifth of a second."""
    monkeypatch.setattr(module, "RENEWED", 0.01)
    monkeypatch.setattr(module, "TRIED", 0.01)
    monkeypatch.setattr(module, "LASTS", timedelta(seconds=0.2))


@asynccontextmanager
async def doing(lease: Lease, work: Work) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(lease.while_held(work))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, LookupError):
            await task
        await lease.give_back()


async def test_the_second_begins_when_the_first_gives_it_back() -> None:
    row, first, second = Row(), Work(), Work()
    mine, other = row.of("a"), row.of("b")
    async with doing(mine, first) as task:
        await first.until(begun=1, ended=0)
        assert mine.held
        async with doing(other, second):
            asked = row.asked
            while row.asked < asked + 9:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
            assert (second.begun, other.held) == (0, False)
            task.cancel()
            await first.until(begun=1, ended=1)
            assert second.begun == 0, "what was under way may have to end first"
            await mine.give_back()
            await second.until(begun=1, ended=0)
            assert (mine.held, other.held) == (False, True)
            assert REGISTRY.get_sample_value("lease_held", {"name": "test"}) == 1


async def test_who_loses_it_stops_and_goes_on_when_it_is_free_again() -> None:
    row, work = Row(), Work()
    async with doing(row.of("a"), work):
        await work.until(begun=1, ended=0)
        row.holder = "another"
        await work.until(begun=1, ended=1)
        row.holder = ""
        await work.until(begun=2, ended=1)


async def test_who_cannot_renew_it_stops_in_time_and_goes_on_afterwards() -> None:
    row, work = Row(), Work()
    with structlog.testing.capture_logs() as logs:
        async with doing(row.of("a"), work):
            await work.until(begun=1, ended=0)
            row.broken = True
            await work.until(begun=1, ended=1)
            row.broken = False
            await work.until(begun=2, ended=1)
    assert {"a lease cannot be renewed"} == {log["event"] for log in logs}


async def test_a_database_that_does_not_answer_is_asked_once_and_the_work_stops_in_time() -> None:
    row, work = Row(), Work()
    async with doing(row.of("a"), work):
        await work.until(begun=1, ended=0)
        row.answers.clear()
        await work.until(begun=1, ended=1)
        await asyncio.sleep(0.05)
        assert row.most == 1
        row.answers.set()
        await work.until(begun=2, ended=1)


async def test_what_the_work_raises_is_raised_and_another_process_may_try() -> None:
    row, work = Row(), Work()
    lease = row.of("a")
    work.fails.set()
    with pytest.raises(LookupError):
        await lease.while_held(work)
    assert (row.holder, lease.held) == ("", False)


async def test_what_was_asked_before_it_is_given_back_does_not_take_it_again() -> None:
    row = Row()
    lease = row.of("a")
    assert await lease.holds()
    row.answers.clear()
    asking = asyncio.create_task(lease.holds())
    while not row.asking:  # noqa: ASYNC110
        await asyncio.sleep(0.002)
    giving = asyncio.create_task(lease.give_back())
    row.answers.set()
    await asyncio.gather(asking, giving)
    assert row.holder == ""


async def test_what_was_never_held_is_not_given_back() -> None:
    row = Row()
    await row.of("a").give_back()
    assert row.asked == 0


async def test_where_the_database_is_gone_it_is_given_back_without_a_word() -> None:
    row = Row()
    lease = row.of("a")
    assert await lease.holds()
    row.broken = True
    await lease.give_back()
    assert not lease.held
