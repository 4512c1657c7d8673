"""排名, 支部情况, 试算 and 走势 of a committee with 50 branches, among few and among many such committees."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import sqlalchemy as sa

from bench import crowd
from bench import postgresql as servers
from bench.statements import Statements
from bench.table import Goals, progress, table
from bot.actions import (
    Action,
    Differences,
    LostPoints,
    OverTerms,
    Profile,
    RadarChart,
    Standings,
    StandingsBy,
    StandingsChart,
    Trial,
    wire,
)
from bot.conversation import Conversation, Event
from bot.permissions import Rater
from bot.serving import settle
from bot.store import schema, terms
from bot.store.database import Database
from bot.store.evidence import Evidence
from bot.store.tables import BranchRow, MarkRow, PersonRow, SheetRow, TermRow
from jobs.duties.calendar import TermDates
from scoring.rubric import Grade, read_edition
from scoring.trial import Part, Rule

BRANCHES = 50
FEW = 10
HEAD = ("", "statements", "p50 ms", "p99 ms", "CPU ms", "growth", "growth of CPU")


@dataclass
class _Place:
    """A conversation in front of one of so many committees, and what its screens cost."""

    database: Database
    conversation: Conversation
    chat: str
    screens: dict[str, Action]
    statements: Statements
    counts: dict[str, set[int]] = field(default_factory=dict)
    wall: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)

    def show(self, number: int) -> None:
        """Every screen once."""
        for name, action in self.screens.items():
            event = Event(crowd.CHANNEL, self.chat, f"s{number}{name}", press=wire(action))
            before = self.statements.count
            cpu, wall = time.thread_time(), time.perf_counter()
            reply = self.conversation.hear(event)
            self.wall.setdefault(name, []).append((time.perf_counter() - wall) * 1000)
            self.cpu.setdefault(name, []).append((time.thread_time() - cpu) * 1000)
            if reply.toast or name not in reply.screen.title:
                raise RuntimeError(f"{name} was not shown: {reply.screen.title} {reply.toast}")
            if found := self.statements.count - before:
                self.counts.setdefault(name, set()).add(found)

    def forget(self) -> None:
        """Begin anew, after warming up; the statements were counted meanwhile."""
        for noted in (self.wall, self.cpu):
            noted.clear()
        self.statements.stop()


def run(
    folder: Path, now: datetime, goals: Goals, *, many: int, years: int, rounds: int, postgresql: bool
) -> None:
    """Measure a committee among FEW and among `many`, each with so many years of complete sheets."""
    with ExitStack() as stack:
        address: Callable[[int], str] = lambda size: f"sqlite:///{folder / str(size)}.db"  # noqa: E731
        _measure("SQLite", address, folder, now, goals, (many, years, rounds))
        if postgresql:
            progress("standings: starting a PostgreSQL of our own")
            server = stack.enter_context(servers.postgresql())
            _measure(
                "PostgreSQL",
                lambda size: servers.new_database(server, f"of_{size}_committees"),
                folder,
                now,
                goals,
                (many, years, rounds),
            )


def _measure(
    kind: str,
    address: Callable[[int], str],
    folder: Path,
    now: datetime,
    goals: Goals,
    plan: tuple[int, int, int],
) -> None:
    many, years, rounds = plan
    places = []
    for size in (FEW, many):
        marks = size * BRANCHES * 2 * years * len(Rater) * crowd.ITEMS
        progress(f"standings: {kind}, building {size} committees, {marks:,} marks")
        places.append(_place(Database(address(size)), size, years, folder, now))
    settle()  # as the process does
    for number in range(rounds + 3):
        if number == 3:
            for place in places:
                place.forget()
        for place in places if number % 2 else reversed(places):
            place.show(number)
    for place in places:
        place.database.close()
    _report(kind, places[0], places[1], many, goals)


def _place(database: Database, committees: int, years: int, folder: Path, now: datetime) -> _Place:
    newest = _build(database, committees, years, now)
    member = crowd.join_committee(database, crowd.Crowd(1, newest, BRANCHES), now)
    conversation = Conversation(database, Evidence(folder / "evidence"), lambda: now, lambda _: ())
    category = read_edition(crowd.EDITION).categories[0].number
    rules = [Rule(Part.SHARE, Grade.PASSED, read_edition(crowd.EDITION).shares[Grade.FAILED]).code, 0, 0, 0]
    screens: dict[str, Action] = {
        "排名": StandingsBy(newest, category, 0),
        "排名 ": Standings(newest),
        "支部情况": Profile(1, newest),
        "丢分": LostPoints(1, newest),
        "差距": Differences(1, newest),
        "走势": OverTerms(1),
        "雷达图": RadarChart(1, newest),
        "排名图": StandingsChart(newest, 0, 0),
        "试算": Trial(newest, *rules),
    }
    return _Place(database, conversation, str(member), screens, Statements(database))


def _build(database: Database, committees: int, years: int, now: datetime) -> int:
    """So many committees with all their sheets submitted; the number of the first one's newest term."""
    schema.migrate(database)
    with database.write() as session:
        bodies = [
            terms.add_committee(session, name=f"第{number}党总支", edition=crowd.EDITION)
            for number in range(1, committees + 1)
        ]
        numbers = crowd.numbers_to(committees * BRANCHES).c.n
        crowd.fill(session, PersonRow, name="总支委员", joined_at=now)
        crowd.fill(
            session,
            BranchRow,
            committee_id=(numbers - 1) // BRANCHES + 1,
            name=sa.literal("支部") + sa.cast(numbers, sa.String),
            campus="本部",
        )
        for body in bodies:  # each term knows the branches that are there when it is added
            for half in range(2 * years):
                end = now.date() + timedelta(days=14 - 182 * half)
                dates = TermDates(f"前 {half} 学期", end - timedelta(days=100), end)
                terms.add_term(session, committee_id=body, dates=dates, edition=crowd.EDITION)
        newest = terms.terms_of(session, [1])[0].id
    branch: Any = BranchRow
    term: Any = TermRow
    sheet: Any = SheetRow
    worth = crowd.worth_of_grades()
    for first in range(1, committees + 1, 10):
        with database.write() as session:
            if not database.sqlite:  # millions of rows are not looked up one by one
                session.execute(sa.text("SET LOCAL session_replication_role = replica"))
            these = branch.committee_id.between(first, first + 9)
            for rater in Rater:
                crowd.fill(
                    session,
                    SheetRow,
                    branch.__table__.join(term.__table__, (term.committee_id == branch.committee_id) & these),
                    branch_id=branch.id,
                    term_id=term.id,
                    rater=int(rater),
                    edition=crowd.EDITION,
                    submitted_at=now,
                    submitted_by=1,
                )
            crowd.fill(
                session,
                MarkRow,
                sheet.__table__.join(branch.__table__, (branch.id == sheet.branch_id) & these).join(
                    worth, worth.c.grade == (sheet.id + worth.c.item) % len(Grade)
                ),
                sheet_id=sheet.id,
                item=worth.c.item,
                grade=worth.c.grade,
                hundredths=worth.c.hundredths,
                reason="",
                note="",
                person_id=1,
                at=now,
                change_id=0,
            )
    crowd.settle(database)
    return newest


def _report(kind: str, few: _Place, many: _Place, size: int, goals: Goals) -> None:
    def growth(costs: list[float], others: list[float]) -> float:
        return (median(costs) / median(others) - 1) * 100

    rows = [
        (
            name,
            "–".join(str(n) for n in sorted(many.counts[name] | few.counts[name])),
            f"{median(many.wall[name]):.1f}",
            f"{quantiles(many.wall[name], n=100)[98]:.1f}",
            f"{median(many.cpu[name]):.1f}",
            f"{growth(many.wall[name], few.wall[name]):+.1f} %",
            f"{growth(many.cpu[name], few.cpu[name]):+.1f} %",
        )
        for name in many.screens
    ]
    table(f"Screens of {BRANCHES} branches among {size} committees on {kind}, growth from {FEW}", HEAD, rows)
    most = max(max(counts) for place in (few, many) for counts in place.counts.values())
    goals.add(f"statements a screen of standings, {kind}", f"{most}", "≤ 6", most <= 6)
    slow = max(quantiles(many.wall[name], n=100)[98] for name in many.screens)
    goals.add(f"p99 of standings, {kind}", f"{slow:.0f} ms", "< 100 ms", slow < 100)
    worst = max(growth(many.wall[name], few.wall[name]) for name in many.screens)
    goals.add(f"standings from {FEW} to {size} committees, {kind}", f"{worst:+.1f} %", "< +10 %", worst < 10)
