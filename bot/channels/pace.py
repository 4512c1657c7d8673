"""How fast a channel may send: its limits, kept from this side, so that the other one need not refuse anything."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MOST_CHATS = 1000  # whose last turn is remembered: a second of turns is far fewer
SECOND = 1.005  # seconds: an event loop that counts in milliseconds wakes a little early


class Pace:
    """Turns at sending: so many a second over all chats, evenly, and one now and then for each single chat.

    A turn is taken before a message is drawn, and drawing takes its time. So the call itself is held back once more,
    until the limit is kept however long this call and the ones before it take: nobody but the server knows when it
    counts a call, but it does so between its beginning and its answer.
    """

    def __init__(self, a_second: int, gap_of_chat: float) -> None:
        self._gap, self._gap_of_chat = 1 / a_second, gap_of_chat
        self._next = 0.0
        self._next_of: OrderedDict[str, float] = OrderedDict()
        self._answered: OrderedDict[str, float] = OrderedDict()
        self._room = asyncio.Semaphore(a_second)

    async def turn(self, chat: str) -> None:
        """Return when it is this chat's turn; turns are in the order of asking."""
        clock = asyncio.get_running_loop().time
        start = max(clock(), self._next_of.get(chat, 0.0))
        _keep(self._next_of, chat, start + self._gap_of_chat)
        await asyncio.sleep(max(0.0, start - clock()))
        slot = max(clock(), self._next)
        self._next = slot + self._gap
        await asyncio.sleep(slot - clock())

    def free(self, chat: str, gap: float) -> bool:
        """Take this chat's turn at once or, where it had one less than so many seconds ago, not at all."""
        now = asyncio.get_running_loop().time()
        if now < self._next_of.get(chat, 0.0):
            return False
        _keep(self._next_of, chat, now + gap)
        return True

    @asynccontextmanager
    async def call(self, chat: str) -> AsyncIterator[None]:
        """For the call that follows a turn: begins when it keeps the limit, whenever the server counts it."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._answered.get(chat, 0.0) + self._gap_of_chat * SECOND - time.monotonic())
        await self._room.acquire()
        try:
            yield
        finally:
            _keep(self._answered, chat, time.monotonic())
            loop.call_later(SECOND, self._room.release)


class Quota:
    """At most so many calls of a chat within each span, however close together: `Quota((25, 60.0), (900, 3600.0))`.

    For a server that drops silently what is too much. Spans are in seconds. A call counts from its answer on, as nobody
    but the server knows when it counts it.
    """

    def __init__(self, *spans: tuple[int, float]) -> None:
        self._spans = spans
        self._most = max(most for most, _ in spans)
        self._calls: OrderedDict[str, deque[list[float]]] = (
            OrderedDict()
        )  # when each may begin, then when it ended

    def wait(self, chat: str) -> float:
        """Seconds until this chat has a turn left."""
        return max(0.0, self._next(chat) - asyncio.get_running_loop().time())

    @asynccontextmanager
    async def call(self, chat: str) -> AsyncIterator[None]:
        """For a call: begins when it is this chat's turn; turns are in the order of asking."""
        clock = asyncio.get_running_loop().time
        counted = [self._next(chat)]
        self._calls.setdefault(chat, deque(maxlen=self._most)).append(counted)
        self._calls.move_to_end(chat)
        if len(self._calls) > MOST_CHATS:
            self._calls.popitem(last=False)
        await asyncio.sleep(counted[0] - clock())
        try:
            yield
        finally:
            counted[0] = clock()

    def _next(self, chat: str) -> float:
        calls = [at for [at] in self._calls.get(chat, ())]
        full = [calls[-most] + span for most, span in self._spans if len(calls) >= most]
        return max([asyncio.get_running_loop().time(), *calls[-1:], *full])


def _keep(times: OrderedDict[str, float], chat: str, at: float) -> None:
    times[chat] = at
    times.move_to_end(chat)
    if len(times) > MOST_CHATS:
        times.popitem(last=False)
