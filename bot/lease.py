"""What only one of several processes may do at a time, and how a process goes on doing it.

A lease is a row (bot/store/leases.py). It ends by itself unless it is renewed: where a process dies or hangs another
one goes on, and who cannot renew it, because the database is away, stops in time.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from threading import Lock
from time import monotonic
from typing import Any

import structlog
from prometheus_client import Gauge

LASTS = timedelta(seconds=60)
RENEWED, TRIED = 20.0, 5.0  # seconds between two renewals, and between two tries while another process has it
NEVER = float("-inf")

Hold = Callable[[timedelta], bool]
"""Whether this process holds a lease for so long from now on; for no time, it gives it back. It blocks."""

log = structlog.get_logger()
HELD = Gauge("lease_held", "1 while this process does what only one may", ["name"])


def nobody_else(lasts: timedelta) -> bool:
    """Hold what no other process wants."""
    return True


class Lease:
    """One thing that only one process may do, such as hearing what people say to a bot."""

    def __init__(self, name: str, hold: Hold) -> None:
        self._name, self._hold = name, hold
        self._ends = NEVER  # by a clock that nobody sets
        self._turn = Lock()
        self._asking: asyncio.Task[None] | None = None

    @property
    def held(self) -> bool:
        """Whether this process holds it, as far as it knows: nobody is asked."""
        return monotonic() < self._ends

    def hold(self) -> bool:
        """Take it, or renew it, for a minute from now on; whether that succeeded. It blocks."""
        with self._turn:
            began = monotonic()
            ours = self._hold(LASTS)
            self._ends = began + LASTS.total_seconds() if ours else NEVER
            HELD.labels(self._name).set(ours)
            return ours

    async def holds(self) -> bool:
        """As hold(), without blocking."""
        return await asyncio.to_thread(self.hold)

    async def give_back(self) -> None:
        """Let another process have it at once. Where the database is gone, it ends by itself."""
        await asyncio.to_thread(self._give_back)

    async def while_held(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Wait until this process may do it, and let it `work`; until cancelled, which does not give it back.

        When it is lost the work is cancelled, and begins anew when it is held again. What the work raises is raised,
        and the lease is given back then.
        """
        while True:
            if await self._renewed():
                await self._let(work())
            await asyncio.sleep(TRIED)

    async def _let(self, work: Coroutine[Any, Any, None]) -> None:
        working = asyncio.create_task(work)
        try:
            while self.held:
                await asyncio.wait([working], timeout=RENEWED)
                if working.done():
                    await self.give_back()
                    return working.result()
                await self._renewed()
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _renewed(self) -> bool:
        """Whether it is held once it was asked for. Nobody waits for an answer beyond its end."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        left = self._ends - monotonic()
        await asyncio.wait([self._asking], timeout=left if left > 0 else TRIED)
        return self.held

    async def _ask(self) -> None:
        try:
            await self.holds()
        except Exception as error:  # whatever ails the database: it is asked again
            log.warning("a lease cannot be renewed", name=self._name, error=type(error).__name__)

    def _give_back(self) -> None:
        with self._turn:  # what was asked before comes before
            if self._ends > NEVER:
                self._ends = NEVER
                HELD.labels(self._name).set(0)
                with suppress(Exception):
                    self._hold(timedelta())
