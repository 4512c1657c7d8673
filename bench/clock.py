"""What the clock costs in a large committee: laying a term out, a tick with much or nothing to say, its screens."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bench import crowd
from bench import postgresql as servers
from bench.statements import Statements
from bench.table import Goals, progress, table
from bot.actions import Action, Chase, Home, Mark, Reminder, Todo, day_number, wire
from bot.conversation import Conversation, Event
from bot.store.database import Database
from bot.store.evidence import Evidence
from bot.store.tables import COMMITTEE, NOTICE, OCCURRENCE
from jobs import reminders

MORNING = datetime(2026, 11, 18, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Wednesday on which much is due
EVENING = MORNING.replace(hour=22)  # nothing is said any more: a tick lays out and no more
ONE_DAY = timedelta(days=1)
IDLE = 200  # ticks with nothing to do
ASKED = 15  # times each screen is asked for
SCREENS = (
    "首页, a secretary",
    "待办, a secretary",
    "提醒, a secretary",
    "提醒, the committee",
    "催办, the committee",
)


@dataclass(frozen=True)
class _Work:
    """What a piece of the clock's work took, and the longest that a secretary waited for a mark meanwhile."""

    seconds: float
    cpu: float
    rows: int
    waited: float

    def row(self, name: str) -> tuple[str, ...]:
        return (
            name,
            f"{self.seconds:.2f}",
            f"{self.cpu:.2f}",
            f"{self.rows:,}",
            f"{self.waited * 1000:.0f}",
        )


class _Place:
    """A committee, the conversation in front of it and its clock."""

    def __init__(self, kind: str, database: Database, folder: Path, branches: int) -> None:
        self.kind, self.database = kind, database
        self.crowd = crowd.build(database, branches, MORNING)
        self.member = crowd.join_committee(database, self.crowd, MORNING)
        self.sheet = crowd.begin_sheet(database, self.crowd, branches, MORNING)
        self.conversation = Conversation(
            database, Evidence(folder / "evidence"), lambda: MORNING, lambda _: ()
        )
        self._events = 0

    def ask(self, chat: int, action: Action) -> float:
        """Seconds of one press."""
        self._events += 1
        began = time.perf_counter()
        event = Event(crowd.CHANNEL, str(chat), f"q{self._events}", press=wire(action))
        reply = self.conversation.hear(event)
        took = time.perf_counter() - began
        if type(reply.screen.here).__name__ != type(action).__name__ and not isinstance(action, Mark):
            raise RuntimeError(f"{action} was not shown: {reply.toast}")
        return took

    def work(self, now: datetime, counted: sa.Table) -> _Work:
        """One tick, while the last secretary goes on marking."""
        before, done, waited = self._count(counted), threading.Event(), [0.0]

        def mark() -> None:
            while not done.wait(0.02):
                waited.append(self.ask(self.crowd.branches, Mark(self.sheet, 1 + len(waited) % 24, 1)))

        marking = threading.Thread(target=mark)
        marking.start()
        began, cpu = time.perf_counter(), time.thread_time()
        reminders.tick(self.database, now)
        seconds, cpu = time.perf_counter() - began, time.thread_time() - cpu
        done.set()
        marking.join()
        return _Work(seconds, cpu, self._count(counted) - before, max(waited))

    def idle(self, now: datetime) -> float:
        """The median milliseconds of a tick that finds everything done."""
        reminders.tick(self.database, now)
        return statistics.median(self._timed(now) for _ in range(IDLE)) * 1000

    def _timed(self, now: datetime) -> float:
        began = time.perf_counter()
        reminders.tick(self.database, now)
        return time.perf_counter() - began

    def screens(self) -> list[tuple[float, int]]:
        """The median milliseconds and the statements of each of SCREENS."""
        crowd.settle(self.database)
        reminder = Reminder(*(day_number((MORNING - days * ONE_DAY).date()) for days in (0, 14)))
        found = []
        for chat, action in (
            (1, Home()),
            (1, Todo(1)),
            (1, reminder),
            (self.member, reminder),
            (self.member, Chase(self.crowd.committee_id)),
        ):
            statements = Statements(self.database)
            self.ask(chat, action)
            statements.stop()
            took = statistics.median(self.ask(chat, action) for _ in range(ASKED))
            found.append((took * 1000, statements.count))
        return found

    def busy(self) -> list[tuple[float, int]]:
        """The screens of a committee in which all do what they owe: one thing in thirteen is still open."""
        o = OCCURRENCE.c
        with self.database.write() as session:
            session.execute(sa.update(OCCURRENCE).where(o.id % 13 != 0).values(done_at=MORNING))
        found = self.screens()
        with self.database.write() as session:
            session.execute(sa.update(OCCURRENCE).values(done_at=None))
        return found

    def remind(self, open_branches: int) -> _Work:
        """One tick of a morning on which so many branches, of two people each, have something to do."""
        o = OCCURRENCE.c
        with self.database.write() as session:
            session.execute(sa.delete(NOTICE))
            session.execute(
                sa.update(COMMITTEE).values(laid_out_on=MORNING.date(), reminded_on=MORNING.date() - ONE_DAY)
            )
            session.execute(
                sa.update(OCCURRENCE)
                .where(o.term_id == self.crowd.term_id, o.body > open_branches)
                .values(done_at=MORNING)
            )
        work = self.work(MORNING, NOTICE)
        with self.database.write() as session:
            session.execute(sa.update(OCCURRENCE).where(o.term_id == self.crowd.term_id).values(done_at=None))
        return work

    def _count(self, counted: sa.Table) -> int:
        with self.database.read() as session:
            return int(session.execute(sa.select(sa.func.count()).select_from(counted)).scalar_one())


def run(folder: Path, goals: Goals, branches: int, years: int, postgresql: bool) -> None:
    """Measure a committee of so many branches, without and with so many years behind it."""
    with ExitStack() as stack:
        for kind, address in _databases(stack, folder, postgresql):
            progress(f"clock: {kind}, building {branches:,} branches")
            database = Database(address())
            _measure(_Place(kind, database, folder, branches), goals, years)
            database.close()


def _databases(stack: ExitStack, folder: Path, postgresql: bool) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "SQLite", lambda: f"sqlite:///{folder / 'clock.db'}"
    if postgresql:
        server = stack.enter_context(servers.postgresql())
        yield "PostgreSQL", lambda: servers.new_database(server, "clock")


def _measure(place: _Place, goals: Goals, years: int) -> None:
    kind, branches = place.kind, place.crowd.branches
    progress(f"clock: {kind}, ticks")
    first = place.work(EVENING - ONE_DAY, OCCURRENCE)
    again = place.work(EVENING, OCCURRENCE)
    half = min(5_000, branches)
    spoken = {number: place.remind(number) for number in (0, 50, half, branches)}
    idle, screens, busy = place.idle(EVENING), place.screens(), place.busy()
    progress(f"clock: {kind}, {years} years more")
    past = crowd.remember(place.database, place.crowd, years, MORNING)
    progress(f"clock: {kind}, ticks after {years} years")
    again_old = place.work(EVENING + ONE_DAY, OCCURRENCE)
    spoken_old = place.remind(half)
    idle_old, screens_old = place.idle(EVENING + ONE_DAY), place.screens()

    head = (f"{branches:,} branches on {kind}", "seconds", "CPU", "rows", "longest tap ms")
    table(
        f"The clock's work; {past:,} occurrences of {years} years come in between",
        head,
        [
            first.row("a term is laid out"),
            again.row("… and looked through, the next day"),
            again_old.row(f"… with {years} years behind it"),
            *(work.row(f"a morning with {number * 2:,} to be told") for number, work in spoken.items()),
            spoken_old.row(f"… {half * 2:,}, with {years} years behind it"),
        ],
    )
    table(
        "A tick with nothing to do, and screens (medians)",
        ("", "statements", "ms", "ms where most is done", f"ms after {years} years", "ratio"),
        [
            ("a tick", "2", f"{idle:.2f}", "", f"{idle_old:.2f}", f"{idle_old / idle:.2f}"),
            *(
                (name, str(count), f"{new:.1f}", f"{few:.1f}", f"{old:.1f}", f"{old / new:.2f}")
                for name, (new, count), (few, _), (old, _) in zip(
                    SCREENS, screens, busy, screens_old, strict=True
                )
            ),
        ],
    )
    for name, (new, _), (few, _) in list(zip(SCREENS, screens, busy, strict=True))[-2:]:
        goals.add(f"{name}, {kind}, most is done", f"{few:.0f} ms", "< 20 ms", few < 20)
        goals.add(f"{name}, {kind}, nothing is done", f"{new:.0f} ms", "< 20 ms", new < 20)
    longer = screens_old[0][0] / screens[0][0]
    goals.add(f"{SCREENS[0]}, {kind}, after {years} years", f"× {longer:.2f}", "< 1.25", longer < 1.25)
    most = max(idle, idle_old)
    goals.add(f"a tick with nothing to do, {kind}", f"{most:.2f} ms", "< 10 ms", most < 10)
    growth = idle_old / idle  # such a tick reads a row of each committee and nothing that lies behind it
    goals.add(f"… that {years} years behind it make no longer", f"× {growth:.2f}", "< 1.5", growth < 1.5)
    told = spoken[half].rows
    goals.add(f"digests owed of {half * 2:,}, {kind}", f"{told:,}", f"{half * 2:,}", told >= half * 2)
    waits = max(work.waited for work in (first, again, again_old, *spoken.values(), spoken_old))
    goals.add(f"longest tap beside the clock, {kind}", f"{waits * 1000:.0f} ms", "< 1000 ms", waits < 1)
