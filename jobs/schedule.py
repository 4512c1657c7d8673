"""Which job rings when: the only file that knows APScheduler.

APScheduler is a bell and nothing more. Its jobs live in memory; what is owed is in the database, and a missed ring is
made up for by the next one.
"""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from prometheus_client import Histogram

EVERY = 20  # seconds between two ticks
SECONDS = Histogram("tick_seconds", "Seconds that a tick took")


def ring(tick: Callable[[], None], zone: ZoneInfo) -> AsyncIOScheduler:
    """A scheduler that calls `tick` in a worker thread, every twenty seconds; shut it down at the end."""
    scheduler = AsyncIOScheduler(timezone=zone)
    scheduler.add_executor("threadpool", "threads", max_workers=1)
    scheduler.add_job(
        SECONDS.time()(tick),
        "interval",
        seconds=EVERY,
        id="tick",
        executor="threads",
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
    return scheduler
