"""The access_token by which an app calls WeCom's server: fetched once for all who need it, and before it ends.

https://developer.work.weixin.qq.com/document/path/91039: it lasts two hours or less, and asking often is guarded.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bot.channels.wecom.app.codes import UnfitError

EARLY = 300.0  # seconds before its end from which on it is not used any more
HELD = 60.0  # seconds in which nobody asks again after the credentials were refused


class Token:
    """`fetch` gives a token and the seconds that it lasts; it raises what `get` raises."""

    def __init__(self, fetch: Callable[[], Awaitable[tuple[str, float]]]) -> None:
        self._fetch = fetch
        self._value, self._until = "", 0.0
        self._refused: tuple[UnfitError, float] | None = None
        self._fetching: asyncio.Task[str] | None = None

    async def get(self) -> str:
        """The token; one that is fetched already, or is just being fetched."""
        now = asyncio.get_running_loop().time()
        if self._value and now < self._until:
            return self._value
        if self._refused and now < self._refused[1]:
            raise self._refused[0]
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._renewed())
            self._fetching.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._fetching)  # whoever gives up waiting leaves it to the others

    def drop(self, token: str) -> None:
        """This one was refused: no more of it, unless somebody has fetched another one since."""
        if self._value == token:
            self._value = ""

    async def close(self) -> None:
        """Fetch no more."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    async def _renewed(self) -> str:
        clock = asyncio.get_running_loop().time
        asked = clock()
        try:
            self._value, lasts = await self._fetch()
        except UnfitError as error:
            self._refused = error, clock() + HELD
            raise
        self._until = asked + max(lasts - EARLY, lasts / 2)
        return self._value
