"""What a web chat with a thousand open pages costs, and how fast it answers beside them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from uuid import uuid4

import aiohttp
import sqlalchemy as sa
from starlette.responses import Response

from bench import crowd
from bench.process import Process, free_port, running, wait_until_ready
from bench.table import Goals, progress, table
from bot.actions import Mark, wire
from bot.channels.web.guard import COOKIE, Door
from bot.store import laying_out
from bot.store.database import Database
from bot.store.tables import ADDRESS

KEY = "only-for-this-bench-" * 2
NETWORKS = 40  # from which the pages come, in the loopback range
TAPPING = 20  # secretaries who tap at once, each at an even pace
A_SECOND = 200  # taps of all of them
SETTLES = 3.0  # seconds


class _Visitors:
    """People with a page open, each with a cookie that the bot takes for its own."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._door = Door(KEY, "", False, lambda: datetime.now(UTC))
        self._sessions: list[aiohttp.ClientSession] = []
        self.states = 0  # that came over streams

    @asynccontextmanager
    async def there(self) -> AsyncIterator[None]:
        """While they are connected."""
        for number in range(NETWORKS):
            wire_of = aiohttp.TCPConnector(limit=0, local_addr=(f"127.0.1.{number + 1}", 0))
            jar = aiohttp.DummyCookieJar()
            self._sessions.append(aiohttp.ClientSession(connector=wire_of, cookie_jar=jar))
        try:
            yield
        finally:
            for session in self._sessions:
                await session.close()

    def _headers(self, chat: int) -> dict[str, str]:
        response = Response()
        self._door.admit(response, str(chat))
        cookie = response.headers["set-cookie"].partition(";")[0]
        assert cookie.startswith(COOKIE)
        return {"Cookie": cookie, "X-Chat-Token": self._door.token(str(chat)), "X-Chat-Tab": f"tab{chat}"}

    async def listen(self, chat: int, opened: asyncio.Semaphore) -> None:
        """Open a page's stream and take all that comes, until cancelled."""
        session, first = self._sessions[chat % NETWORKS], True
        waits = aiohttp.ClientTimeout(total=None)
        address = f"{self._url}/events?tab=tab{chat}"
        async with session.get(address, headers=self._headers(chat), timeout=waits) as answer:
            answer.raise_for_status()
            async for line in answer.content:
                if line.startswith(b"event: state"):
                    self.states += 1
                    if first:
                        opened.release()
                    first = False

    async def tap(self, sheets: Iterator[tuple[int, int]], begins: float, until: float) -> list[float]:
        """Fill one sheet after the other at an even pace; the seconds of each tap from when it was to begin."""
        seconds, due = list[float](), begins
        for chat, sheet in sheets:
            session, headers = self._sessions[chat % NETWORKS], self._headers(chat)
            for item in range(1, crowd.ITEMS + 1):
                if due >= until:
                    return seconds
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                said = {"key": uuid4().hex, "press": wire(Mark(sheet, item, item % 3))}
                async with session.post(f"{self._url}/say", json=said, headers=headers) as answer:
                    toast = json.loads(await answer.read())["toast"]
                if "已存" not in toast:
                    raise RuntimeError(f"the mark was not stored: {toast}")
                seconds.append(time.perf_counter() - due)
                due += TAPPING / A_SECOND
        raise RuntimeError("there are too few sheets")


def run(folder: Path, now: datetime, goals: Goals, pages: int, seconds: float) -> None:
    """Measure beside so many pages for so many seconds."""
    progress(f"pages: building {pages // 2} branches")
    database = Database(f"sqlite:///{folder / 'bot.db'}")
    built = crowd.build(database, pages // 2, now)
    sheets = [(chat, crowd.begin_sheet(database, built, chat, now)) for chat in range(1, pages // 2 + 1)]
    with database.write() as session:
        laying_out.reminded(session, committee_id=built.committee_id, today=now.date())
        session.execute(sa.update(ADDRESS).values(channel="web"))
    database.close()
    port = free_port()
    settings = {"WEB_PORT": str(port), "SECRET_KEY": KEY, "LOG_LEVEL": "WARNING", "WEB_CHAT": "on"}
    settings |= {"DATA_DIR": str(folder / "data"), "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}"}
    with running(folder, "bot", "run", **settings) as process:
        wait_until_ready(process, port)
        asyncio.run(_measure(process, _Visitors(port), goals, sheets, pages, seconds))


async def _measure(
    process: Process,
    visitors: _Visitors,
    goals: Goals,
    sheets: list[tuple[int, int]],
    pages: int,
    seconds: float,
) -> None:
    rows, waiting = [], iter(sheets)
    async with visitors.there():
        await _taps(visitors, waiting, 2)  # what is needed once costs no page
        empty = process.memory()
        cpu = process.cpu
        taps = await _taps(visitors, waiting, seconds)
        rows.append(("no page", *_costs(taps, process, cpu, empty)))
        progress(f"pages: opening {pages}")
        opened = asyncio.Semaphore(0)
        chats = [
            chat for n in range(1, pages // 2 + 1) for chat in (n, -n)
        ]  # a secretary, and an officer beside
        async with asyncio.TaskGroup() as group:
            streams = []
            for chat in chats:
                streams.append(group.create_task(visitors.listen(chat, opened)))
                await opened.acquire()
            await asyncio.sleep(SETTLES)
            a_page = (process.memory() - empty) * 1024 / pages
            progress(f"pages: {A_SECOND} taps a second for {seconds:.0f} s")
            cpu, came = process.cpu, visitors.states
            taps = await _taps(visitors, waiting, seconds)
            came = visitors.states - came
            rows.append((f"{pages:,} pages", *_costs(taps, process, cpu, empty)))
            cpu = process.cpu
            await asyncio.sleep(seconds)
            idle = (process.cpu - cpu) / seconds
            for stream in streams:
                stream.cancel()
    table(
        f"Web chat: {A_SECOND} taps a second of {TAPPING} secretaries for {seconds:.0f} s",
        ("", "taps", "p50 ms", "p99 ms", "CPU ms/tap", "more MB than with none"),
        rows,
    )
    print(
        f"{came / seconds:.0f} states a second came to other pages. {idle:.3f} of a processor without taps."
    )
    p99 = quantiles(taps, n=100)[98] * 1000
    goals.add(f"a tap beside {pages:,} pages, p99", f"{p99:.0f} ms", "< 100 ms", p99 < 100)
    goals.add("memory of an open page", f"{a_page:.0f} kB", "< 100 kB", a_page < 100)


def _costs(taps: list[float], process: Process, cpu: float, empty: float) -> tuple[str, ...]:
    cuts, each = quantiles(taps, n=100), (process.cpu - cpu) / len(taps)
    found = (cuts[49] * 1000, cuts[98] * 1000, each * 1000)
    return str(len(taps)), *(f"{one:.1f}" for one in found), f"{process.memory() - empty:.0f}"


async def _taps(visitors: _Visitors, sheets: Iterator[tuple[int, int]], seconds: float) -> list[float]:
    begins = time.perf_counter()
    each = [
        visitors.tap(sheets, begins + n / A_SECOND, begins + seconds)  # they share the sheets
        for n in range(TAPPING)
    ]
    return [one for found in await asyncio.gather(*each) for one in found]
