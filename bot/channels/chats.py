"""Order and measure in each chat: things happen one after the other, and no chat has more waiting than its share.

What was said in a chat is heard in its order, and what is answered is shown in its order; chats do not wait for each
other. A chat is remembered only while something of it is under way.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

from bot.channels.underway import Underway

MOST_WAITING = 20  # answers one chat may be owed; a flood beyond that is stored but not shown


@dataclass(eq=False, slots=True, weakref_slot=True)
class Chat:
    """The two queues of a chat, and how much waits in it. Hold it, not its locks alone, as long as that does."""

    hearing: asyncio.Lock = field(default_factory=asyncio.Lock)
    showing: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0

    def take(self, most: int) -> bool:
        """Take one of so many places for what waits; False when there is none. `leave` gives it back."""
        free = self.waiting < most
        self.waiting += free
        return free

    def leave(self) -> None:
        """Give a place back."""
        self.waiting -= 1

    def show_soon(self, aside: Underway, show: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Show something, aside, once all before it was shown; False when too much waits: that is not shown."""
        if not self.take(MOST_WAITING):
            return False
        aside.start(self._show(show))
        return True

    async def _show(self, show: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async with self.showing:
            self.leave()
            await show()


C = TypeVar("C", bound=Chat)


class Chats(Generic[C]):
    """The chats of a channel that have something under way, by address."""

    def __init__(self, kind: type[C]) -> None:
        self._kind = kind
        self._chats: WeakValueDictionary[str, C] = WeakValueDictionary()

    def at(self, address: str) -> C:
        """The chat at an address."""
        chat = self._chats.get(address)
        if chat is None:
            self._chats[address] = chat = self._kind()
        return chat

    @asynccontextmanager
    async def hearing(self, address: str) -> AsyncIterator[C]:
        """While one thing is heard in a chat; what comes meanwhile waits."""
        chat = self.at(address)
        async with chat.hearing:
            yield chat

    @asynccontextmanager
    async def showing(self, address: str) -> AsyncIterator[C]:
        """While one thing is shown in a chat; what comes meanwhile waits."""
        chat = self.at(address)
        async with chat.showing:
            yield chat

    def __contains__(self, address: str) -> bool:
        return address in self._chats
