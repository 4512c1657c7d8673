"""打包下载 of a term with much evidence: what it costs the process, and whoever taps meanwhile.

A member takes it over the page, then over Telegram in parts; a secretary goes on marking. Taps are timed from the
press to the new card, the event loop by how long /healthz takes (pulse).
"""

import asyncio
import hashlib
import itertools
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import IO
from uuid import uuid4

import aiohttp
import sqlalchemy as sa

from bench import crowd
from bench.phones import ANSWER, EDIT, Phones
from bench.process import Process, free_port, running, wait_until_ready
from bench.table import Goals, progress, table
from bot.actions import Mark, OpenSheet, TermArchive, TermFiles, wire
from bot.permissions import Me, Rater, Role
from bot.store import invitations, laying_out, terms
from bot.store.database import Database
from bot.store.evidence import Evidence
from bot.store.tables import EVIDENCE
from tests.botapi import TOKEN, BotApi, Phone, Shown

BRANCHES = 50
FILE = 1024**2  # bytes of a file; nothing of it can be packed
MOST = 50 * 1000**2  # bytes of a file that a bot may send, https://core.telegram.org/bots/api#senddocument
TAPPER = 1  # the chat of the secretary who goes on marking
TAKE = """
import shutil, sys, urllib.request
asked = urllib.request.Request(sys.argv[1], headers={"Cookie": sys.argv[2]})
with urllib.request.urlopen(asked) as answer, open(sys.argv[3], "wb") as file:
    shutil.copyfileobj(answer, file, 1024 * 1024)
"""


@dataclass(frozen=True, slots=True)
class _Installation:
    """A committee with a full term behind it: a member's chat, a code for another one, a sheet to mark."""

    built: crowd.Crowd
    term_id: int  # of the evidence
    member: int
    code: str
    sheet: int
    files: frozenset[str]  # SHA-256


@dataclass(frozen=True, slots=True)
class _Cost:
    """What went on while something was done: seconds, MB more at most, seconds of taps and of the event loop."""

    name: str
    seconds: float
    memory: float
    taps: list[float]
    pulse: list[float]

    @property
    def p99(self) -> float:
        """Milliseconds of a tap that 99 of 100 stay below; 0 without taps."""
        return sorted(self.taps)[int(len(self.taps) * 0.99) - 1] * 1000 if self.taps else 0.0

    @property
    def held(self) -> float:
        """Milliseconds for which the event loop was held at most."""
        return max(self.pulse) * 1000

    def row(self) -> tuple[str, ...]:
        """Its line in the table."""
        taps = (f"{median(self.taps) * 1000:.0f}", f"{self.p99:.0f}") if self.taps else ("–", "–")
        often = sorted(self.pulse)[int(len(self.pulse) * 0.99) - 1] * 1000
        return (
            self.name,
            f"{self.seconds:.1f}",
            f"{self.memory:.0f}",
            str(len(self.taps)),
            *taps,
            f"{often:.0f}",
            f"{self.held:.0f}",
        )


def run(folder: Path, now: datetime, goals: Goals, *, files: int, rounds: int) -> None:
    """Take the archive of a term with so many files of 1 MB, so many times over the page and once over Telegram."""
    asyncio.run(_run(folder, now, goals, files, rounds))


async def _run(folder: Path, now: datetime, goals: Goals, files: int, rounds: int) -> None:
    progress(f"archive: writing {files} MB of evidence")
    found, port = _build(folder, now, files), free_port()
    async with BotApi() as api:
        settings = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url, "WEB_CHAT": "on"}
        places = {"WEB_PORT": str(port), "DATA_DIR": str(folder), "LOG_LEVEL": "WARNING"}
        with running(folder, "bot", "run", **settings, **places) as process:
            await asyncio.to_thread(wait_until_ready, process, port)
            bench = _Bench(folder, process, port, api, found)
            costs = await bench.measure(rounds)
    head = ("", "seconds", "MB more", "taps", "p50 ms", "p99 ms", "loop p99 ms", "loop most ms")
    table(f"打包下载: {files} MB of evidence, {BRANCHES} branches", head, [cost.row() for cost in costs])
    pages = [cost for cost in costs if "page" in cost.name]
    most = max(cost.memory for cost in costs)
    # The first one loads what draws charts, about 60 MB, whatever evidence there is.
    goals.add("memory that an archive takes", f"{most:.0f} MB", "< 128 MB", most < 128)
    slow = median(cost.p99 for cost in pages)
    goals.add("a tap beside an archive, p99", f"{slow:.0f} ms", "< 100 ms", slow < 100)
    held = median(cost.held for cost in costs[1:])
    goals.add("the event loop held by an archive", f"{held:.0f} ms", "< 50 ms", held < 50)
    goals.add(
        "the largest part on Telegram", f"{bench.largest / 1e6:.1f} MB", "< 50 MB", bench.largest < MOST
    )


class _Bench:
    """A running installation, somebody who taps, and somebody who takes an archive."""

    def __init__(self, folder: Path, process: Process, port: int, api: BotApi, found: _Installation) -> None:
        self._folder, self._process, self._port, self._api = folder, process, port, api
        self._found, self._phones = found, Phones(api, ANSWER, EDIT)
        self._pressed = itertools.count()
        self.largest = 0  # bytes of a part

    async def measure(self, rounds: int) -> list[_Cost]:
        """Nobody takes anything; then the page, so many times; then Telegram."""
        opens = wire(OpenSheet(TAPPER, self._found.built.term_id, int(Rater.SELF)))
        await self._phones.open_sheets([TAPPER], lambda _: opens)
        for _ in range(50):
            await self._tap()
        costs = [await self._cost("nobody takes anything", asyncio.sleep(8), tapping=True)]
        async with self._page() as (session, url):
            cookie = "; ".join(f"{one.key}={one.value}" for one in session.cookie_jar)
            for number in range(1, rounds + 1):
                path = self._folder / "taken.zip"
                take = asyncio.to_thread(
                    subprocess.run, [sys.executable, "-c", TAKE, url, cookie, str(path)], check=True
                )
                costs.append(await self._cost(f"the page, {number}", take, tapping=True))
                progress(f"archive: {path.stat().st_size:,} bytes")
                await asyncio.to_thread(self._check, path)
        return [*costs, await self._cost("Telegram", self._by_telegram(), tapping=False)]

    async def _cost(self, name: str, work: Awaitable[object], *, tapping: bool) -> _Cost:
        """Do something, and see what it costs."""
        progress(f"archive: {name}")
        folder = self._folder / name
        folder.mkdir()
        done, taps, before = asyncio.Event(), list[float](), self._process.memory()
        most = before

        async def tap() -> None:
            while not done.is_set():
                taps.append(await self._tap())

        async def watch() -> None:
            nonlocal most
            while not done.is_set():
                most = max(most, self._process.memory())
                await asyncio.sleep(0.02)

        with running(folder, "bench.pulse", str(self._port)):
            beside = asyncio.gather(watch(), *([tap()] if tapping else []))
            began = time.perf_counter()
            await work
            seconds = time.perf_counter() - began
            done.set()
            await beside
        self._process.check()
        pulse = [float(line) for line in (folder / "bench.pulse.log").read_text().split("\n")[:-1]]
        return _Cost(name, seconds, most - before, taps, pulse)

    async def _tap(self) -> float:
        """The next mark of a sheet that is marked over and over: no two in a row show the same card."""
        lap, item = divmod(next(self._pressed), crowd.ITEMS)
        return await self._phones.press(TAPPER, wire(Mark(self._found.sheet, item + 1, lap % 3)))

    @asynccontextmanager
    async def _page(self) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
        """A member who joined by the page, and the address of the archive there."""
        url = f"http://127.0.0.1:{self._port}"
        async with aiohttp.ClientSession(url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            join = f"/join/{self._found.code}"
            page = await (await session.get(join)).text()
            form = {"token": re.findall(r'token" value="([^"]+)"', page)[0], "key": uuid4().hex}
            page = await (await session.post(join, data={**form, "who": "new"})).text()
            headers = {"X-Chat-Token": re.findall(r'chat-token" content="([^"]+)"', page)[0]}
            press = {"key": uuid4().hex, "press": wire(TermArchive(self._found.term_id, 0))}
            shown = await (await session.post("/say", json=press, headers=headers)).json()
            yield session, url + shown["screen"]["attachment"]["url"]

    async def _by_telegram(self) -> None:
        """All parts, one after the other."""
        phone = self._api.phone(self._found.member)
        phone.say("/start")
        await phone.settle()
        phone.press(phone.newest, wire(TermFiles(self._found.term_id)))
        await phone.settle()
        parts = [one for row in phone.newest.rows for one in row if one["callback_data"].startswith("fz:")]
        files = set[str]()
        for part in parts:
            progress(f"archive: Telegram, {part['text']}")
            phone.press(phone.newest, part["callback_data"])
            sent = await self._sent(phone)
            self.largest = max(self.largest, len(sent.data))
            files |= await asyncio.to_thread(_evidence, BytesIO(sent.data))
            phone.messages.remove(sent)
            await phone.settle()
        if files != self._found.files:
            raise RuntimeError(f"{len(self._found.files - files)} files are in no part")

    async def _sent(self, phone: Phone) -> Shown:
        """The file that arrives at a phone. Raises AssertionError when it does not come."""
        for _ in range(30):
            with suppress(AssertionError):  # a part may take longer than a test waits
                await self._api.until(lambda: any(one.kind == "document" for one in phone.messages))
                return next(one for one in phone.messages if one.kind == "document")
        raise AssertionError("no file came over Telegram")

    def _check(self, path: Path) -> None:
        with path.open("rb") as file:
            found = _evidence(file)
        if found != self._found.files:
            raise RuntimeError(f"{len(self._found.files - found)} files are not in the archive")


def _evidence(file: IO[bytes]) -> set[str]:
    """The SHA-256 of each file of evidence in an archive that opens."""
    with zipfile.ZipFile(file) as archive:
        if (broken := archive.testzip()) is not None:
            raise RuntimeError(f"{broken} is broken")
        return {
            hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if name.startswith("材料/")
        }


def _build(folder: Path, now: datetime, files: int) -> _Installation:
    """A committee whose last term has all sheets submitted, and so many files."""
    database, kept = Database(f"sqlite:///{folder / 'bot.db'}"), Evidence(folder / "evidence")
    built = crowd.build(database, BRANCHES, now)
    digests = []
    for _ in range(files):
        data = os.urandom(FILE)
        kept.keep(data)
        digests.append(kept.digest(data))
    with database.write() as session:
        laying_out.reminded(session, committee_id=built.committee_id, today=now.date())
        last = next(
            one.id for one in terms.terms_of(session, [built.committee_id]) if one.id != built.term_id
        )
        about = {"term_id": last, "mime": "image/jpeg", "size": FILE, "at": now}
        rows = [
            {
                **about,
                "branch_id": 1 + n % BRANCHES,
                "item": 1 + n // BRANCHES % crowd.ITEMS,
                "rater": int(Rater.SELF),
                "name": f"照片{n}.jpg",
                "sha256": digest,
                "person_id": 1 + n % BRANCHES,
            }
            for n, digest in enumerate(digests)
        ]
        session.execute(sa.insert(EVIDENCE), rows)
        made = invitations.invite(
            session,
            me=Me(0, "", now),
            committee_id=built.committee_id,
            branch_id=None,
            role=Role.MEMBER,
        )
    member, sheet = (
        crowd.join_committee(database, built, now),
        crowd.begin_sheet(database, built, TAPPER, now),
    )
    crowd.settle(database)
    database.close()
    return _Installation(built, last, member, made.code, sheet, frozenset(digests))
