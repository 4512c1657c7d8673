"""Which job rings when: the only file that knows APScheduler.

APScheduler is a bell and nothing more. Its jobs live in memory; what is owed is in the database, and a missed ring is
made up for by the next one. It waits for a time of day, and the clock of a machine can be set: so the next ring is
reckoned from now, and when the clock was set the bell rings at once.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from prometheus_client import Histogram

EVERY = timedelta(seconds=20)  # between two ticks
LOOK = 5.0  # seconds between two looks at the clock
STEP = 2.0  # seconds that it may gain or lose between them

log = structlog.get_logger()
SECONDS = Histogram("tick_seconds", "Seconds that a tick took")


class _FromNow(BaseTrigger):  # type: ignore[misc]  # it ships no types
    """Rings next EVERY from now. An interval of APScheduler's would list each ring that a jump of years left out."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """When the bell rings next."""
        return now + EVERY


async def ring(tick: Callable[[], None], clock: Callable[[], datetime], zone: ZoneInfo) -> None:
    """Call `tick` in a worker thread, every twenty seconds and when the clock was set, until cancelled."""
    scheduler = AsyncIOScheduler(timezone=zone)
    scheduler.add_executor("threadpool", "threads", max_workers=1)
    scheduler.add_job(
        SECONDS.time()(tick),
        _FromNow(),
        id="tick",
        executor="threads",
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
    try:
        await watch(clock, lambda: scheduler.modify_job("tick", next_run_time=clock()))
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
