"""The open pages: what changed elsewhere reaches each of them as a server-sent event."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from prometheus_client import Gauge

from bot.channels.chats import Chat, Chats

HEARTBEAT = 15.0  # seconds; a proxy closes a stream that is silent for long, and the page notices a dead one
PAUSE = 1.0  # seconds between a change and looking at it, so that many changes make one look
GAP = 0.05  # seconds for which a look lets those go first who tap
WRITTEN = 2.0  # seconds until the outbox knows for sure what was put into the log
PAGES_PER_ADDRESS = 8  # the longest open one gives way
PAGES = 2000
PAGES_OF_STRANGERS = 200  # the longest open one gives way: they take no seated person's place

OPEN = Gauge("web_open_pages", "Pages that listen for changes")


@dataclass(eq=False)
class Page:
    """One open page. `shown` is the state it got last, empty when it may show another by now.

    `turn` is the number under which it got a state last, `looked` when that state was last found to be what is there;
    `seen` is the number of the one that it said somebody sees.
    """

    address: str
    tab: str
    stranger: bool = False
    topics: frozenset[str] = frozenset()
    shown: bytes = b""
    turn: int = 0
    looked: datetime | None = None
    seen: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """There may be something new to show."""
        self.woken.set()

    def close(self) -> None:
        """End the stream; the page will come back by itself if it still wants to."""
        self.closed.set()
        self.woken.set()


class Live:
    """All open pages, and the order of turns at each address.

    `watches` gives the topics of an address, `state` what it should see now as one line of JSON; `shown` is told that
    somebody saw all that was there at a moment, which only a page can tell: a hidden one has its stream as well. They
    block.
    A turn is one event or one look at an address; its number tells a page which of two states is newer.
    """

    def __init__(
        self,
        watches: Callable[[str], frozenset[str]],
        state: Callable[[str], bytes],
        shown: Callable[[str, datetime], None],
        now: Callable[[], datetime],
    ) -> None:
        self._watches, self._state, self._shown, self._now = watches, state, shown, now
        self._pages: dict[Page, None] = {}  # the longest open one first
        self._at: dict[str, list[Page]] = defaultdict(list)  # the same, by address
        self._watching: dict[str, set[Page]] = defaultdict(set)  # by topic
        self._busy: set[str] = set()
        self.chats = Chats(Chat)
        self._looking = asyncio.Semaphore(1)  # a look at a time: who taps shares the processor with no more
        self._quiet = asyncio.Event()  # while no event is being answered
        self._quiet.set()
        self._turns = count(int(now().timestamp() * 1000))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def full(self) -> bool:
        """Whether no further page can listen."""
        return self._closed or len(self._pages) >= PAGES

    def turn(self) -> int:
        """The number of a new turn."""
        return next(self._turns)

    def order(self, address: str) -> AbstractAsyncContextManager[Chat]:
        """During a turn: at one address things happen one after the other."""
        return self.chats.hearing(address)

    @contextmanager
    def answering(self, address: str, tab: str) -> Iterator[None]:
        """While a tab's event is answered its own change needs no push; then the other tabs look again."""
        self._busy.add(address)
        self._quiet.clear()
        try:
            yield
        finally:
            self._busy.discard(address)
            if not self._busy:
                self._quiet.set()
            for page in self._at.get(address, ()):
                page.shown = b""
                if page.tab != tab:
                    page.wake()

    def reseat(self, address: str) -> None:
        """The seats at this address changed, and with them the topics its pages watch."""
        for page in self._at.get(address, ()):
            page.wake()

    async def saw(self, address: str, tab: str, turn: int) -> None:
        """A page says that somebody looks at it, and that it has drawn the state of this turn."""
        for page in tuple(self._at.get(address, ())):
            if (page.tab, page.turn) == (tab, turn):
                page.seen = turn
                await self._tell(page)

    async def _tell(self, page: Page) -> None:
        """What was there when a page last looked was seen, if its state was."""
        if page.looked is not None and page.seen == page.turn and not page.stranger:
            await asyncio.to_thread(self._shown, page.address, page.looked)

    def arrived(self, address: str) -> None:
        """Something came to this address: its pages show it, and once more when the outbox knows of it."""
        self.reseat(address)
        asyncio.get_running_loop().call_later(WRITTEN, self.reseat, address)

    def changed(self, channel: str, address: str, topics: frozenset[str]) -> None:
        """Something changed; may be called from any thread."""
        self._soon(self._wake, address if channel == "web" else "", topics)

    def _soon(self, do: Callable[..., None], *arguments: object) -> None:
        """Let the loop do this, in the order in which threads ask for it."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop was closed: nobody listens any more
                self._loop.call_soon_threadsafe(do, *arguments)

    def _wake(self, address: str, topics: frozenset[str]) -> None:
        for page in set[Page]().union(*(self._watching.get(topic, ()) for topic in topics)):
            if page.address != address:
                page.wake()
        if address not in self._busy:
            self.reseat(address)

    def _watch(self, page: Page, topics: frozenset[str]) -> None:
        """A page hears of these topics from now on, as long as it is open."""
        topics = topics if page in self._pages else frozenset()
        for topic in page.topics - topics:
            self._watching[topic].discard(page)
            if not self._watching[topic]:
                del self._watching[topic]
        for topic in topics - page.topics:
            self._watching[topic].add(page)
        page.topics = topics

    def close(self) -> None:
        """End all streams, for a server that shuts down."""
        self._closed = True
        for page in self._pages:
            page.close()

    async def stream(self, address: str, tab: str, *, stranger: bool) -> AsyncIterator[bytes]:
        """The events of one page: the state now, then each state that differs from the last one."""
        self._loop = asyncio.get_running_loop()
        page = self._open(address, tab, stranger)
        try:
            page.wake()
            while not page.closed.is_set():
                try:
                    await asyncio.wait_for(page.woken.wait(), HEARTBEAT)
                except TimeoutError:
                    yield b": still here\nevent: beat\ndata: 1\n\n"
                    continue
                page.woken.clear()
                if not page.closed.is_set():
                    looked = self._now()
                    news = await self._news(page)
                    page.looked = looked
                    if news:
                        yield news
                    else:
                        await self._tell(page)  # the very same was seen
                with suppress(TimeoutError):
                    await asyncio.wait_for(page.closed.wait(), PAUSE)
        finally:
            del self._pages[page]
            self._watch(page, frozenset())
            self._at[address].remove(page)
            if not self._at[address]:
                del self._at[address]
            OPEN.dec()

    def _open(self, address: str, tab: str, stranger: bool) -> Page:
        """A new page; the oldest of an address, or of strangers, with too many gives way."""
        strangers = [page for page in self._pages if page.stranger] if stranger else []
        for pages, most in ((self._at[address], PAGES_PER_ADDRESS), (strangers, PAGES_OF_STRANGERS)):
            if len(pages) >= most:
                pages[0].close()
        page = Page(address, tab, stranger)
        self._pages[page] = None
        self._at[address].append(page)
        OPEN.inc()
        return page

    async def _news(self, page: Page) -> bytes:
        """The event that brings a page up to date; empty when it is.

        While it waits for the looks of others, what its own address says is answered.
        """
        async with self._looking:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._quiet.wait(), GAP)
            async with self.order(page.address):
                state = await asyncio.to_thread(self._read, page)
                turn = self.turn()
                if state == page.shown:
                    return b""
                page.shown, page.turn = state, turn
        return b"id: %d\nevent: state\ndata: %s\n\n" % (turn, state)

    def _read(self, page: Page) -> bytes:
        """What a page should show. It watches before it looks: what changes meanwhile makes it look again."""
        self._soon(self._watch, page, self._watches(page.address))
        return self._state(page.address)
