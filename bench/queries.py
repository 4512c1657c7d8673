"""What one mark costs the database, and that it costs the same in a committee of any size."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from statistics import median

import sqlalchemy as sa

from bench import crowd
from bench import postgresql as servers
from bench.statements import Statements
from bench.table import Goals, progress, table
from bot.actions import Mark, wire
from bot.conversation import Conversation, Event
from bot.store.database import Database
from bot.store.evidence import Evidence
from bot.store.tables import MARK

SIZES = (10, 1_000, 10_000)
PHONES = 10  # secretaries who tap in each committee
HEAD = ("branches", "statements a mark", "ms a mark", "CPU ms a mark", "growth", "growth of CPU")


@dataclass
class _Place:
    """A conversation in front of one committee, and what its marks cost."""

    database: Database
    conversation: Conversation
    sheets: dict[int, int]  # chat -> its sheet
    statements: Statements
    counts: set[int] = field(default_factory=set)
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def mark(self, number: int) -> None:
        """The next mark of the next secretary; when all sheets are full they are emptied, which is not timed."""
        chats = list(self.sheets)
        turn = number % (len(chats) * crowd.ITEMS)
        if turn == 0:
            with self.database.write() as session:
                session.execute(sa.delete(MARK).where(MARK.c.sheet_id.in_(self.sheets.values())))
        chat, item = chats[turn % len(chats)], turn // len(chats) + 1
        event = Event(
            crowd.CHANNEL, str(chat), f"q{number}", press=wire(Mark(self.sheets[chat], item, number % 3))
        )
        before = self.statements.count
        cpu, wall = time.thread_time(), time.perf_counter()
        reply = self.conversation.hear(event)
        self.wall.append((time.perf_counter() - wall) * 1000)
        self.cpu.append((time.thread_time() - cpu) * 1000)
        if "已存" not in reply.toast:
            raise RuntimeError(f"the mark was not stored: {reply.toast}")
        self.counts |= {found} if (found := self.statements.count - before) else set()

    def forget(self) -> None:
        """Begin anew, after warming up; the statements were counted meanwhile."""
        for noted in (self.wall, self.cpu):
            noted.clear()
        self.statements.stop()


def run(folder: Path, now: datetime, goals: Goals, marks: int, postgresql: bool) -> None:
    """Measure so many marks in committees of each size, taking turns."""
    with ExitStack() as stack:
        address: Callable[[int], str] = lambda size: f"sqlite:///{folder / str(size)}.db"  # noqa: E731
        _measure("SQLite", address, folder, now, goals, marks)
        if postgresql:
            progress("queries: starting a PostgreSQL of our own")
            server = stack.enter_context(servers.postgresql())
            _measure(
                "PostgreSQL",
                lambda size: servers.new_database(server, f"of_{size}"),
                folder,
                now,
                goals,
                marks,
            )


def _measure(
    kind: str, address: Callable[[int], str], folder: Path, now: datetime, goals: Goals, marks: int
) -> None:
    databases, places = [], []
    for size in SIZES:
        progress(f"queries: {kind}, building {size:,} branches")
        databases.append(Database(address(size)))
        places.append(_place(databases[-1], size, folder, now))
    for number in range(marks + 50):
        if number == 50:
            for place in places:
                place.forget()
        if number % 500 == 0:
            progress(f"queries: {kind}, mark {number} of {marks}")
        first = number % len(places)
        for place in places[first:] + places[:first]:
            place.mark(number)
    for database in databases:
        database.close()
    _report(kind, places, goals)


def _place(database: Database, size: int, folder: Path, now: datetime) -> _Place:
    built = crowd.build(database, size, now)
    chosen = Random(size).sample(range(1, size + 1), PHONES)
    sheets = {chat: crowd.begin_sheet(database, built, chat, now) for chat in chosen}
    conversation = Conversation(database, Evidence(folder / "evidence"), lambda: now, lambda _: ())
    return _Place(database, conversation, sheets, Statements(database))


def _report(kind: str, places: Sequence[_Place], goals: Goals) -> None:
    small = places[0]

    def growth(costs: list[float], others: list[float]) -> float:
        return (median(costs) / median(others) - 1) * 100

    rows = [
        (
            f"{size:,}",
            "–".join(str(n) for n in sorted({min(place.counts), max(place.counts)})),
            f"{median(place.wall):.2f}",
            f"{median(place.cpu):.2f}",
            f"{growth(place.wall, small.wall):+.1f} %",
            f"{growth(place.cpu, small.cpu):+.1f} %",
        )
        for size, place in zip(SIZES, places, strict=True)
    ]
    table(f"One mark on {kind} ({len(small.wall)} marks in each, taking turns, medians)", HEAD, rows)
    most = max(max(place.counts) for place in places)
    same = all(place.counts == small.counts for place in places)
    goals.add(
        f"statements a mark, {kind}",
        f"{most}{'' if same else ', differing'}",
        "≤ 6, the same",
        most <= 6 and same,
    )
    worst = max(growth(place.wall, small.wall) for place in places)
    goals.add(f"cost from 10 to 10,000 branches, {kind}", f"{worst:+.1f} %", "< +10 %", worst < 10)
