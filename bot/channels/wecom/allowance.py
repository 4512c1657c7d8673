"""How many frames a chat may be sent: WeCom counts all of them, 30 a minute and 1,000 an hour, and blocks whoever is over.

https://developer.work.weixin.qq.com/document/path/101463; whether updates of a card count is not said, so they do here.
"""

import asyncio
from collections import OrderedDict, deque

LIMITS = ((25, 60.0), (900, 3600.0))  # frames in so many seconds: below WeCom's own
LONGEST = max(span for _, span in LIMITS)
MOST_CHATS = 10_000  # of which is remembered what was sent lately


class Allowance:
    """What each chat was sent lately. What can wait, waits for its turn; what cannot is counted all the same."""

    def __init__(self) -> None:
        self._sent: OrderedDict[str, deque[float]] = OrderedDict()

    async def turn(self, chat: str) -> None:
        """Wait until this chat may be sent a frame, and count it."""
        while (pause := self._pause(chat)) > 0.0:
            await asyncio.sleep(pause)
        self.count(chat)

    def count(self, chat: str) -> None:
        """A frame leaves now, as an answer that would be too late if it waited."""
        sent = self._sent.setdefault(chat, deque())
        sent.append(_now())
        self._sent.move_to_end(chat)
        if len(self._sent) > MOST_CHATS:
            self._sent.popitem(last=False)

    def _pause(self, chat: str) -> float:
        now, sent = _now(), self._sent.get(chat, deque())
        while sent and sent[0] <= now - LONGEST:
            sent.popleft()
        waits = [sent[-most] + span - now for most, span in LIMITS if len(sent) >= most]
        return max(waits, default=0.0)


def _now() -> float:
    return asyncio.get_running_loop().time()
