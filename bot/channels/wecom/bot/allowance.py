"""How many frames a chat may be sent: WeCom counts 30 a minute and 1,000 an hour, and blocks whoever is over.

https://developer.work.weixin.qq.com/document/path/101463; whether updates of a card
count is not said, so they do here.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

WAITING = ((25, 60.0), (900, 3600.0))  # frames in so many seconds, of those that can wait
AT_ONCE = ((29, 60.0), (990, 3600.0))  # of all: what cannot wait goes before, and below WeCom's own limits
LONGEST = max(span for _, span in AT_ONCE)
MOST_CHATS = 10_000  # of which is remembered what was sent lately


@dataclass(eq=False, slots=True)
class _Sent:
    """What a chat was sent lately: when, and until when it takes nothing."""

    times: deque[float] = field(default_factory=deque)
    blocked: float = 0.0


class Allowance:
    """What each chat was sent lately. `seconds` is the clock; `sleep` waits on it."""

    def __init__(
        self,
        seconds: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._seconds, self._sleep = seconds, sleep
        self._chats: OrderedDict[str, _Sent] = OrderedDict()

    async def turn(self, chat: str) -> None:
        """Wait until this chat may be sent a frame, and count it."""
        while (pause := self._pause(chat, WAITING)) > 0.0:
            await self._sleep(pause)
        self._count(chat)

    def take(self, chat: str) -> bool:
        """Count a frame that has to leave now; False: this chat is full, and it must not."""
        free = self._pause(chat, AT_ONCE) <= 0.0
        if free:
            self._count(chat)
        return free

    def block(self, chat: str, seconds: float) -> None:
        """WeCom takes nothing for this chat for so long."""
        self._of(chat).blocked = self._seconds() + seconds

    def _count(self, chat: str) -> None:
        self._of(chat).times.append(self._seconds())

    def _of(self, chat: str) -> _Sent:
        sent = self._chats.setdefault(chat, _Sent())
        self._chats.move_to_end(chat)
        if len(self._chats) > MOST_CHATS:
            self._chats.popitem(last=False)
        return sent

    def _pause(self, chat: str, limits: tuple[tuple[int, float], ...]) -> float:
        """Seconds until the chat may be sent something."""
        sent, now = self._chats.get(chat, _Sent()), self._seconds()
        while sent.times and sent.times[0] <= now - LONGEST:
            sent.times.popleft()
        full = [sent.times[-most] + span - now for most, span in limits if len(sent.times) >= most]
        return max(sent.blocked - now, *full, 0.0)
