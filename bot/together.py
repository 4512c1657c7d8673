"""What is asked while something else is being done waits, and is then done together."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

MOST = 20  # done together: the first of them waits for the last

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Together(Generic[Asked, Answer]):
    """Does what is asked in a thread, one batch after the other. `do` blocks; it has an answer for each."""

    def __init__(self, do: Callable[[Sequence[Asked]], Sequence[Answer]]) -> None:
        self._do = do
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._doing: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Answer:
        """The answer. Raises what `do` raises. Once it is asked, it is done, even if nobody waits any more."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._doing is None:
            self._doing = asyncio.create_task(self._all())
        return await answer

    async def _all(self) -> None:
        try:
            while batch := self._waiting[:MOST]:
                del self._waiting[:MOST]
                await self._batch(batch)
        finally:
            self._doing = None

    async def _batch(self, batch: Sequence[tuple[Asked, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await asyncio.to_thread(self._do, [asked for asked, _ in batch])
        except Exception as error:
            for _, waiting in batch:
                if not waiting.done():
                    waiting.set_exception(error)
            return
        for (_, waiting), answer in zip(batch, answers, strict=True):
            if not waiting.done():
                waiting.set_result(answer)
