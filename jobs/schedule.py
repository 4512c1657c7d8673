"""Which job rings when: the only file that knows APScheduler.

APScheduler is a bell and nothing more. Its jobs live in memory; what is owed is in the database, and a missed ring is
made up for by the next one. It waits for a time of day, and the clock of a machine can be set: so the next ring is
reckoned from now, and when the clock was set the bell rings at once.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from prometheus_client import Histogram

EVERY = timedelta(seconds=20)  # between two ticks
ASKED = timedelta(minutes=5)  # between two questions whether a nightly job is owed
LOOK = 5.0  # seconds between two looks at the clock
STEP = 2.0  # seconds that it may gain or lose between them

log = structlog.get_logger()
SECONDS = Histogram("tick_seconds", "Seconds that a tick took")


class _FromNow(BaseTrigger):  # type: ignore[misc]  # it ships no types
    """Rings next `every` from now. An interval of APScheduler's would list each ring that a jump of years left out."""

    def __init__(self, every: timedelta) -> None:
        self._every = every

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """When the bell rings next."""
        return now + self._every


async def ring(
    tick: Callable[[], None],
    clock: Callable[[], datetime],
    zone: ZoneInfo,
    nightly: Mapping[str, Callable[[], None]] = MappingProxyType({}),
) -> None:
    """Call `tick` in a worker thread, every twenty seconds and when the clock was set, until cancelled.

    The `nightly` jobs are asked, by name, whether they are owed, every five minutes and when the clock was set, one at
    a time in a thread of their own: reminders do not wait for a backup.
    """
    scheduler = AsyncIOScheduler(timezone=zone)
    bells = {"tick": (SECONDS.time()(tick), EVERY)} | {name: (ask, ASKED) for name, ask in nightly.items()}
    for executor in ("tick", "nightly"):
        scheduler.add_executor("threadpool", executor, max_workers=1)
    for name, (call, every) in bells.items():
        scheduler.add_job(
            call,
            _FromNow(every),
            id=name,
            name=name,
            executor="tick" if name == "tick" else "nightly",
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def at_once() -> None:
        for name in bells:
            scheduler.modify_job(name, next_run_time=clock())

    scheduler.start()
    try:
        await watch(clock, at_once)
    finally:
        scheduler.shutdown(wait=False)


async def watch(clock: Callable[[], datetime], was_set: Callable[[], object]) -> None:
    """Call `was_set` when the clock has not gone as time does, until cancelled."""
    time = asyncio.get_running_loop().time  # never set
    before = clock().timestamp() - time()
    while True:
        await asyncio.sleep(LOOK)
        now = clock().timestamp() - time()
        if abs(now - before) > STEP:
            log.warning("the clock was set", seconds=round(now - before))
            was_set()
        before = now
