"""How fast taps are answered, beside handlers of two libraries that answer and edit as we do and store nothing."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from bench import crowd, layers
from bench import postgresql as servers
from bench.crowd import Crowd
from bench.phones import ANSWER, EDIT, Phones
from bench.process import ROOT, Process, free_port
from bench.table import Goals, progress, table
from bot.actions import OpenSheet, wire
from bot.store import laying_out
from bot.store.database import Database
from tests.botapi import TOKEN, BotApi

HEAD = ("", "taps/s", "p50 ms", "p99 ms", "CPU ms/tap", "MB", "of aiogram's", "of its CPU")
AIOGRAM = ROOT / ".venv" / "aiogram" / "bin" / "python"
WARM_UP = 4  # sheets
LOOKED_AT = 40  # sheets, during which it is seen where the time goes


@dataclass
class _Rival:
    """One bot with its phones, and what it did in each round of a bench."""

    name: str
    phones: Phones
    process: Process
    database: Database | None = None
    built: Crowd | None = None
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    paces: dict[int, float] = field(default_factory=dict)  # taps a second, by how many tapped at once

    async def run(self, chats: Sequence[int], at_once: int) -> None:
        """One round."""
        before = self.process.cpu
        seconds, whole = await self.phones.mark(chats, at_once)
        self.process.check()
        self.rates.append(len(seconds) / whole)
        self.cpu.append((self.process.cpu - before) / len(seconds) * 1000)
        self.seconds += seconds

    def row(self, other: "_Rival") -> list[str]:
        """Its line in the table."""
        return [
            self.name,
            f"{median(self.rates):.0f}",
            f"{median(self.seconds) * 1000:.1f}",
            f"{self.slowest * 1000:.1f}",
            f"{median(self.cpu):.2f}",
            f"{self.process.memory():.0f}",
            f"{self.ratio(other):.2f}",
            f"{median(a / b for a, b in zip(self.cpu, other.cpu, strict=True)):.2f}",
        ]

    def ratio(self, other: "_Rival") -> float:
        """How many times its taps a second are the other's: the median of the rounds, each beside its own."""
        return median(a / b for a, b in zip(self.rates, other.rates, strict=True))

    @property
    def slowest(self) -> float:
        """The 99th percentile, in seconds."""
        return quantiles(self.seconds, n=100)[98]

    def forget(self) -> None:
        """Begin another bench."""
        self.rates, self.cpu, self.seconds = [], [], []


def run(folder: Path, now: datetime, goals: Goals, plan: dict[int, tuple[int, int]], *, every: bool) -> None:
    """Measure 1, 10, … secretaries at once (the keys) in so many rounds of so many sheets (the values).

    `every`: by webhook, and on PostgreSQL, too.
    """
    asyncio.run(_run(folder, now, goals, plan, every))


async def _run(
    folder: Path, now: datetime, goals: Goals, plan: dict[int, tuple[int, int]], every: bool
) -> None:
    count = WARM_UP + sum(rounds * sheets for rounds, sheets in plan.values()) + LOOKED_AT
    async with AsyncExitStack() as stack:
        rivals = await _rivals(stack, folder, count, now, every)
        ours, aiogram = rivals[0], rivals[-1]
        chats = iter(range(1, count + 1))
        for at_once, (rounds, number) in {0: (1, WARM_UP), **plan}.items():
            for lap in range(rounds):
                turn = [next(chats) for _ in range(number)]
                await _show_cards(rivals, turn)
                first = lap % len(rivals)
                for rival in rivals[first:] + rivals[:first]:
                    words = f"{at_once} at once, round {lap + 1} of {rounds}" if at_once else "warming up"
                    progress(f"taps: {words}, {rival.name}")
                    await rival.run(turn, at_once or 2)
            if at_once:
                laps = f"{rounds} rounds of {number} sheets, {number * crowd.ITEMS} taps, medians"
                table(f"Taps, {at_once} at once ({laps})", HEAD, [rival.row(aiogram) for rival in rivals])
                if at_once == 10:
                    _promise(goals, rivals)
            for rival in rivals:
                rival.paces[at_once] = median(rival.rates)
                rival.forget()
        if 100 in plan:
            many = ours.paces[100] / ours.paces[10]
            goals.add("taps/s at 100, of those at 10", f"{many:.2f}", "≥ 1", many >= 1)
        await _layers(ours, folder / "layers.raw", [next(chats) for _ in range(LOOKED_AT)])
        most = ours.process.memory("VmHWM")
        goals.add("memory after all taps, at most", f"{most:.0f} MB", "< 150 MB", most < 150)
        for rival in rivals:
            _count(rival, (count - (rival is not ours) * LOOKED_AT) * crowd.ITEMS, goals)


async def _layers(ours: _Rival, out: Path, chats: Sequence[int]) -> None:
    """Print where the time of a tap goes, ten at once."""
    await _show_cards([ours], chats)
    found = await layers.sampled(ours.process, out, ours.run(chats, 10))
    rows = [
        (name, f"{number / found.total() * 100:.0f} %", f"{number / found.total() * ours.cpu[-1]:.2f}")
        for name, number in found.most_common()
    ]
    table(f"Ours, 10 at once, looked at {layers.RATE} times a second", ("", "share", "CPU ms/tap"), rows)
    ours.forget()


def _promise(goals: Goals, rivals: Sequence[_Rival]) -> None:
    """What is promised of ten at once."""
    ours, others = rivals[0], {rival.name: rival for rival in rivals[1:]}
    for name, least in (("aiogram", 1.0), ("python-telegram-bot", 2.0)):
        if other := others.get(name):
            ratio = ours.ratio(other)
            goals.add(f"taps/s at 10, ours / {name}", f"{ratio:.2f}", f"≥ {least:.0f}", ratio >= least)
    if other := others.get("ours on PostgreSQL"):
        ratio = other.ratio(ours)
        goals.add("taps/s at 10, PostgreSQL / SQLite", f"{ratio:.2f}", "≥ 0.7", ratio >= 0.7)
    cpu, slow = median(ours.cpu), ours.slowest * 1000
    goals.add("CPU a tap at 10", f"{cpu:.2f} ms", "≤ 2.3 ms, aim 2", cpu <= 2.3)
    goals.add("p99 at 10", f"{slow:.0f} ms", "< 60 ms", slow < 60)


def _count(rival: _Rival, answered: int, goals: Goals) -> None:
    """After a power cut, all marks that were answered are stored."""
    if rival.database is None or rival.built is None:
        return
    rival.process.kill()
    stored = crowd.marks_stored(rival.database, rival.built)
    goals.add(f"marks stored, {rival.name}, killed", f"{stored}", f"{answered}", stored == answered)


async def _show_cards(rivals: Iterable[_Rival], chats: Sequence[int]) -> None:
    """Bring each chat of ours to its first card; the others get the same taps on the same cards."""
    card = None
    for rival in rivals:
        if built := rival.built:
            await rival.phones.open_sheets(chats, partial(_opening, built.term_id))
            card = rival.phones.card(chats[0])
        elif card is not None:
            rival.phones.show(chats, card)


def _opening(term: int, chat: int) -> str:
    return wire(OpenSheet(chat, term, 0))


async def _rivals(
    stack: AsyncExitStack, folder: Path, count: int, now: datetime, every: bool
) -> list[_Rival]:
    """The bots, each on a Bot API server of its own in this process; one is tapped at a time. aiogram is the last."""
    found = [await _ours(stack, "ours", folder / "ours", f"sqlite:///{folder / 'bot.db'}", count, now)]
    if every:
        place = f"sqlite:///{folder / 'webhook.db'}"
        found.append(await _ours(stack, "ours by webhook", folder / "webhook", place, count, now))
        server = stack.enter_context(servers.postgresql())
        place = servers.new_database(server, "of_taps")
        found.append(await _ours(stack, "ours on PostgreSQL", folder / "postgresql", place, count, now))
    for name, by, module in (
        ("python-telegram-bot", None, "bench.bare"),
        ("aiogram", str(AIOGRAM), "bench.aiogram_bot"),
    ):
        api = await stack.enter_async_context(BotApi())
        chosen = {"by": by} if by else {}
        process = Process(folder, module, api.url, TOKEN, **chosen)
        stack.push_async_callback(asyncio.to_thread, process.end)  # its last words are to our server
        found.append(_Rival(name, Phones(api, ANSWER, EDIT), process))
        await api.until(partial(len, api.offsets), f"{name} does not poll")
    return found


async def _ours(
    stack: AsyncExitStack, name: str, folder: Path, place: str, count: int, now: datetime
) -> _Rival:
    """A bot of ours on a database of its own."""
    progress(f"taps: building {count} branches, {name}")
    database = Database(place)
    stack.callback(database.close)
    built = crowd.build(database, count, now)
    with database.write() as session:  # a reminder would take the cards away, and time
        laying_out.reminded(session, committee_id=built.committee_id, today=now.date())
    if database.sqlite:
        with database.engine.connect() as connection:
            full = connection.exec_driver_sql("PRAGMA synchronous").scalar()
        print(f"{name}: PRAGMA synchronous = {full} (2 is FULL)")
    api = await stack.enter_async_context(BotApi())
    port = str(free_port())
    settings = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url, "WEB_CHAT": "off", "WEB_PORT": port}
    settings |= {"DATA_DIR": str(folder), "DATABASE_URL": place}
    if name.endswith("webhook"):
        settings |= {
            "TELEGRAM_WEBHOOK_URL": "https://bot.example/telegram",
            "TELEGRAM_WEBHOOK_SECRET": "only-for-this-bench",
        }
    process = Process(folder.parent, "bot", "run", **settings)
    stack.push_async_callback(asyncio.to_thread, process.end)
    await api.until(lambda: bool(api.webhook or api.offsets), f"{name} does not listen")
    if api.webhook:  # Telegram only knows https, and we have no name
        api.webhook["url"] = f"http://127.0.0.1:{port}/telegram"
    return _Rival(name, Phones(api, ANSWER, EDIT), process, database, built)
