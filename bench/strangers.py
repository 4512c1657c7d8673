"""What strangers cost: attacks without a login on the web chat, each alone and all together, beside an honest tap.

The attackers come from another address of the loopback range than the honest person, as from another network.
"""

import asyncio
import json
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import aiohttp

from bench.process import Process, free_port, running, wait_until_ready
from bench.table import Goals, progress, table

CONNECTIONS = 20  # of each attack
ATTACKERS, HONEST = "127.0.0.2", "127.0.0.1"
REST = 12.0  # seconds after an attack in which what it held is to come back: more than a head may take
PAUSE = 0.05  # seconds between two honest taps
REFUSED = (aiohttp.ClientError, OSError, asyncio.IncompleteReadError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Cost:
    """What an attack cost: bytes on disk, MB of memory at most and afterwards, files afterwards, honest seconds."""

    disk: int
    memory: float
    kept: float
    files: int
    taps: int
    p99: float


class Site:
    """A demo under attack."""

    def __init__(self, port: int) -> None:
        self.port, self.url = port, f"http://{HONEST}:{port}"

    async def raw(self, head: bytes, more: bytes = b"") -> None:
        """One connection that says something and goes on saying it until it is refused."""
        reader, writer = await asyncio.open_connection(HONEST, self.port, local_addr=(ATTACKERS, 0))
        try:
            writer.write(head)
            while more and not reader.at_eof():
                writer.write(more)
                await writer.drain()
                await asyncio.sleep(0.01)
            await reader.read()
        finally:
            writer.close()

    @asynccontextmanager
    async def visitor(self) -> AsyncIterator[tuple[aiohttp.ClientSession, dict[str, str]]]:
        """A stranger with a fresh cookie, and the headers of its page."""
        connector = aiohttp.TCPConnector(local_addr=(ATTACKERS, 0))
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as session:
            page = await (await session.get(f"{self.url}/demo")).text()
            found = re.search(r'token" value="([^"]+)"', page)
            yield session, {"X-Chat-Token": found[1] if found else "", "X-Chat-Key": uuid4().hex}


async def _cookie(site: Site) -> None:
    await site.raw(
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: chat="
        + rb'"'
        + rb"\a" * 3700
        + b'"\r\n\r\n'
    )


async def _head(site: Site) -> None:
    await site.raw(b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"a" * 4096)


async def _silence(site: Site) -> None:
    await site.raw(b"")


async def _unread(site: Site) -> None:
    await site.raw(b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n", b"x")


async def _untaken(site: Site) -> None:
    _, writer = await asyncio.open_connection(HONEST, site.port, local_addr=(ATTACKERS, 0))
    try:
        writer.write(b"GET /static/chat.js HTTP/1.1\r\nHost: x\r\n\r\n" * 500)
        await asyncio.sleep(40)
    finally:
        writer.close()


async def _text(site: Site) -> None:
    async with site.visitor() as (session, headers):
        for _ in range(20):
            said = {"key": uuid4().hex, "text": "x" * 60_000}
            await session.post(f"{site.url}/say", json=said, headers=headers)


async def _file(site: Site) -> None:
    async def slowly() -> object:
        for _ in range(50):
            yield b"x" * 1000
            await asyncio.sleep(0.1)

    async with site.visitor() as (session, headers):
        headers["Content-Length"] = "50000"
        await session.post(f"{site.url}/upload", data=slowly(), headers=headers)


async def _stream(site: Site) -> None:
    async with site.visitor() as (session, _):
        answer = await session.get(f"{site.url}/events?tab={uuid4().hex}")
        await asyncio.wait_for(answer.content.read(), 20)


async def _code(site: Site) -> None:
    async with site.visitor() as (session, headers):
        said = {"key": uuid4().hex, "text": uuid4().hex[:8].upper().translate(str.maketrans("01", "23"))}
        await session.post(f"{site.url}/say", json=said, headers=headers)


async def _pages(site: Site) -> None:
    async with site.visitor() as (session, _):
        for path in ("/", "/demo", "/readyz", "/metrics", "/static/chat.js") * 5:
            await (await session.get(site.url + path)).read()


ATTACKS: dict[str, Callable[[Site], Awaitable[None]]] = {
    "cookies that Python unquotes": _cookie,
    "heads without an end": _head,
    "connections that say nothing": _silence,
    "bodies that nobody reads": _unread,
    "answers that are not taken": _untaken,
    "texts of 60 kB": _text,
    "slow files": _file,
    "event streams": _stream,
    "wrong codes": _code,
    "pages and questions": _pages,
}


async def _attack(site: Site, attack: Callable[[Site], Awaitable[None]], until: float) -> None:
    while time.monotonic() < until:
        with suppress(*REFUSED):
            async with asyncio.timeout(until - time.monotonic()):
                await attack(site)
        await asyncio.sleep(0.001)


async def _honest(site: Site, until: float) -> list[float]:
    """The seconds of each tap of a secretary who goes through a sheet."""
    seconds: list[float] = []
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        page = await (await session.get(f"{site.url}/demo")).text()
        token = re.findall(r'token" value="([^"]+)"', page)[0]
        persona = next(n for n, who in enumerate(re.findall(r"<b>(.*?)</b>", page)) if "新源里" in who)
        await session.post(f"{site.url}/demo/{persona}", data={"token": token, "key": uuid4().hex})
        page = await (await session.get(f"{site.url}/")).text()
        headers = {"X-Chat-Token": re.findall(r'chat-token" content="([^"]+)"', page)[0]}

        async def say(**said: str) -> dict[str, object]:
            began = time.perf_counter()
            answer = await session.post(f"{site.url}/say", json={"key": uuid4().hex, **said}, headers=headers)
            shown: dict[str, object] = json.loads(await answer.read())
            seconds.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE)  # not more taps than one address may send
            return shown["screen"]  # type: ignore[return-value]

        screen = await say(text="自评")
        while time.monotonic() < until:
            presses = [button["press"] for row in screen["rows"] for button in row]  # type: ignore[attr-defined]
            grades = [press for press in presses if press.startswith("m:")]
            screen = await (say(press=grades[len(seconds) % 3]) if grades else say(text="目录"))
            if not grades:
                screen = await say(text=str(1 + len(seconds) % 24))
    return seconds


async def _measure(site: Site, process: Process, data: Path, attacks: list[str], seconds: float) -> Cost:
    memory, disk, files = process.memory(), _size(data), process.files
    until = time.monotonic() + seconds
    most = memory

    async def watch() -> None:
        nonlocal most
        while time.monotonic() < until:
            most = max(most, process.memory())
            await asyncio.sleep(0.2)

    attackers = [_attack(site, ATTACKS[name], until) for name in attacks for _ in range(CONNECTIONS)]
    honest = asyncio.create_task(_honest(site, until))
    await asyncio.gather(honest, watch(), *attackers)
    taps = honest.result()
    await asyncio.sleep(REST)
    process.check()
    p99 = sorted(taps)[int(len(taps) * 0.99) - 1]
    return Cost(
        _size(data) - disk, most - memory, process.memory() - memory, process.files - files, len(taps), p99
    )


def _size(folder: Path) -> int:
    """Bytes on disk, with all that was written in its place: the log before that grows and shrinks by itself."""
    for database in folder.glob("*.db"):
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())


def run(folder: Path, goals: Goals, seconds: float) -> None:
    """Attack a demo in each way for so many seconds, and in all of them at once."""
    port, rows = free_port(), []
    with running(folder, "bot", "run", WEB_PORT=str(port), LOG_LEVEL="WARNING") as process:
        wait_until_ready(process, port)
        site, data = Site(port), folder / "data"
        asyncio.run(_measure(site, process, data, list(ATTACKS), 4))  # what is needed once costs nobody
        worst = Cost(0, 0, 0, 0, 0, 0)
        for name, attacks in (*((name, [name]) for name in ATTACKS), ("all of them", list(ATTACKS))):
            progress(f"strangers: {name}, {seconds:.0f} s")
            cost = asyncio.run(_measure(site, process, data, attacks, seconds))
            rows.append(
                (
                    name,
                    f"{cost.disk / 1000:.0f}",
                    f"{cost.memory:.0f}",
                    f"{cost.kept:.0f}",
                    f"{cost.files}",
                    f"{cost.taps}",
                    f"{cost.p99 * 1000:.0f}",
                )
            )
            pairs = zip(
                (worst.disk, worst.memory, worst.kept, worst.files, 0, worst.p99),
                (cost.disk, cost.memory, cost.kept, cost.files, 0, cost.p99),
                strict=True,
            )
            worst = Cost(*(max(pair) for pair in pairs))  # type: ignore[arg-type]
    table(
        f"Strangers, {CONNECTIONS} connections of each kind, {seconds:.0f} s",
        ("", "disk kB", "memory MB", "kept MB", "files kept", "honest taps", "p99 ms"),
        rows,
    )
    goals.add("what strangers leave on disk", f"{worst.disk / 1e6:.2f} MB", "< 1 MB", worst.disk < 1e6)
    goals.add("memory that strangers take", f"{worst.memory:.0f} MB", "< 50 MB", worst.memory < 50)
    goals.add("memory that strangers keep", f"{worst.kept:.0f} MB", "< 50 MB", worst.kept < 50)
    goals.add("files that strangers keep open", f"{worst.files}", "< 10", worst.files < 10)
    goals.add(
        "an honest tap beside strangers, p99", f"{worst.p99 * 1000:.0f} ms", "< 500 ms", worst.p99 < 0.5
    )
