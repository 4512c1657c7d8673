"""What a channel does aside: when it closes, that ends by itself for a while, and is ended then."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

CLOSING = 5.0  # seconds for what is under way when the bot stops


class Underway:
    """Tasks nobody waits for. `failed` is told of each that raises."""

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin something that goes on by itself."""
        _ = self.follow(work)

    def follow(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin something whose end somebody may want to know."""
        self._tasks.add(task := asyncio.create_task(work))
        task.add_done_callback(self._ended)
        return task

    async def end(self) -> None:
        """Let everything finish for a while, and what it starts; then cancel the rest. Before connections close."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._failed(error)
