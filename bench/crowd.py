"""A committee of any size, built in a few statements: two people a branch, two terms, the last one filled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from bot.permissions import Rater, Role
from bot.store import schema, sheets, terms
from bot.store.database import Database, Session, insert
from bot.store.tables import (
    ADDRESS,
    MARK,
    OCCURRENCE,
    PERSON,
    SEAT,
    SHEET,
    AddressRow,
    BranchRow,
    HistoryRow,
    MarkRow,
    OccurrenceRow,
    PersonRow,
    SeatRow,
    SheetRow,
)
from jobs.duties.calendar import TermDates
from scoring.rubric import Grade, read_edition

CHANNEL = "telegram"
EDITION = "jinsong_2017"
ITEMS = 24


@dataclass(frozen=True)
class Crowd:
    """A committee that was built: the secretary of branch n (from 1) is in chat n, the officer in chat -n."""

    committee_id: int
    term_id: int
    branches: int


def build(database: Database, branches: int, now: datetime) -> Crowd:
    """Fill an empty database."""
    schema.migrate(database)
    with database.write() as session:
        committee = terms.add_committee(session, name="区属学校党总支", edition=EDITION)
        _fill_branches(session, committee, branches, now)
        last = _term(session, committee, "上学期", now, -130)
        this = _term(session, committee, "本学期", now, 14)
        _fill_sheets(session, committee, last, branches, now)
        if not database.sqlite:
            for table in ("branch", "person", "sheet", "history"):  # their numbers were given, not drawn
                drawn = sa.func.pg_get_serial_sequence(table, "id")
                session.execute(
                    sa.select(
                        sa.func.setval(
                            drawn,
                            sa.select(sa.func.max(sa.column("id")))
                            .select_from(sa.table(table))
                            .scalar_subquery(),
                        )
                    )
                )
    settle(database)
    return Crowd(committee, this, branches)


def join_committee(database: Database, crowd: Crowd, now: datetime) -> int:
    """The chat of a member of the committee, who joins it now."""
    with database.write() as session:
        person = insert(session, PERSON, name=Role.MEMBER.word, joined_at=now)
        insert(session, ADDRESS, channel=CHANNEL, external=str(person), person_id=person)
        seat = {"committee_id": crowd.committee_id, "person_id": person, "role": int(Role.MEMBER)}
        insert(session, SEAT, **seat, since=now)
        return person


def remember(database: Database, crowd: Crowd, years: int, now: datetime) -> int:
    """Give each branch so many school years more, with everything done that it owes this term; how many that are."""
    with database.write() as session:
        usual = [
            (o.duty, o.period, o.opens, o.due)
            for o in session.execute(
                sa.select(OCCURRENCE).where(
                    OCCURRENCE.c.branch_id == 1, OCCURRENCE.c.term_id == crowd.term_id
                )
            )
        ]
        past = [
            (_term(session, crowd.committee_id, f"前 {half} 学期", now, -130 - 182 * half), half)
            for half in range(1, 2 * years + 1)
        ]
    done = (
        sa.values(
            sa.column("term", sa.Integer),
            *(sa.column(name, sa.String) for name in ("duty", "period")),
            *(sa.column(name, sa.Date) for name in ("opens", "due")),
            name="done",
        )
        .data(
            [
                (term, duty, f"{period}-{half}", *(day - timedelta(days=182 * half) for day in (opens, due)))
                for term, half in past
                for duty, period, opens, due in usual
            ]
        )
        .cte()
    )
    branch: Any = BranchRow
    for first in range(1, crowd.branches + 1, 1000):
        with database.write() as session:
            if not database.sqlite:  # a million rows are not looked up one by one
                session.execute(sa.text("SET LOCAL session_replication_role = replica"))
            fill(
                session,
                OccurrenceRow,
                branch.__table__.join(done, branch.id.between(first, first + 999)),
                committee_id=crowd.committee_id,
                branch_id=branch.id,
                body=branch.id,
                term_id=done.c.term,
                duty=done.c.duty,
                period=done.c.period,
                opens=done.c.opens,
                due=done.c.due,
                answer="17/18",
                done_at=now,
                done_by=branch.id,
                cancelled=False,
                changes=0,
            )
    settle(database)
    return len(past) * len(usual) * crowd.branches


def begin_sheet(database: Database, crowd: Crowd, branch_id: int, now: datetime) -> int:
    """The number of a branch's sheet of this term."""
    with database.write() as session:
        term = terms.term(session, crowd.term_id, crowd.committee_id, now.date())
        return sheets.begin(session, branch_id=branch_id, term=term, rater=Rater.SELF)


def marks_stored(database: Database, crowd: Crowd) -> int:
    """How many marks this term's sheets hold."""
    of_sheet = (SHEET.c.id == MARK.c.sheet_id) & (SHEET.c.term_id == crowd.term_id)
    with database.read() as session:
        count = sa.select(sa.func.count()).select_from(MARK).join(SHEET, of_sheet)
        return int(session.execute(count).scalar_one())


def _term(session: Session, committee: int, name: str, now: datetime, ends: int) -> int:
    end = now.date() + timedelta(days=ends)
    dates = TermDates(name, end - timedelta(days=100), end)
    return terms.add_term(session, committee_id=committee, dates=dates, edition=EDITION).id


def _fill_branches(session: Session, committee: int, branches: int, now: datetime) -> None:
    number = numbers_to(branches).c.n
    own: dict[str, Any] = {"committee_id": committee}
    fill(session, BranchRow, **own, id=number, name=_named("支部", number), campus="本部")
    for role, chat, person in (
        (Role.SECRETARY, number, number),
        (Role.OFFICER, -number, number + branches),
    ):
        fill(session, PersonRow, id=person, name=_named(role.word, number), joined_at=now)
        external = sa.cast(chat, sa.String)
        fill(
            session,
            AddressRow,
            channel=CHANNEL,
            external=external,
            person_id=person,
            screen="",
            seen="",
            tries=0,
        )
        fill(session, SeatRow, **own, branch_id=number, person_id=person, role=int(role), since=now)


def _fill_sheets(session: Session, committee: int, term: int, branches: int, now: datetime) -> None:
    number = numbers_to(branches).c.n
    for rater in Rater:
        fill(
            session,
            SheetRow,
            id=number + branches * rater,
            branch_id=number,
            term_id=term,
            rater=int(rater),
            edition=EDITION,
            submitted_at=now,
            submitted_by=number,
        )
    worth = worth_of_grades()
    sheet: Any = SheetRow
    graded = sheet.__table__.join(worth, worth.c.grade == (sheet.id + worth.c.item) % len(Grade))
    change = (sheet.id - 1) * ITEMS + worth.c.item
    told = (
        sa.literal('{"grade": ')
        + sa.cast(worth.c.grade, sa.String)
        + sa.literal(', "points": "')
        + worth.c.points
        + sa.literal('", "reason": ""}')
    )
    said: dict[str, Any] = {"person_id": sheet.branch_id, "at": now}
    changed: dict[str, Any] = {"committee_id": committee, "branch_id": sheet.branch_id, "channel": CHANNEL}
    changed |= {"subject_id": sheet.id, "before": "", **said}
    fill(
        session,
        MarkRow,
        graded,
        **said,
        item=worth.c.item,
        sheet_id=sheet.id,
        grade=worth.c.grade,
        hundredths=worth.c.hundredths,
        reason="",
        note="",
        change_id=change,
    )
    fill(
        session,
        HistoryRow,
        graded,
        **changed,
        id=change,
        subject="mark",
        item=worth.c.item,
        after=told,
    )
    total = _totals()
    fill(
        session,
        HistoryRow,
        sheet.__table__.join(total, total.c.shift == sheet.id % len(Grade)),
        **changed,
        id=branches * len(Rater) * ITEMS + sheet.id,
        subject="sheet",
        item=0,
        after=sa.literal('{"submitted": true, "total": "') + total.c.total + sa.literal('"}'),
    )


def worth_of_grades() -> sa.CTE:
    """What each grade of each item earns, as rows."""
    edition = read_edition(EDITION)
    return (
        sa.values(
            *(sa.column(name, sa.Integer) for name in ("item", "grade", "hundredths")),
            sa.column("points", sa.String),
            name="worth",
        )
        .data(
            [
                (n, int(g), int(points * Decimal(100)), str(points))
                for n in range(1, ITEMS + 1)
                for g in Grade
                for points in [edition.points(n, g)]
            ]
        )
        .cte()
    )


def _totals() -> sa.CTE:
    """What the marks of a sheet earn together, by the remainder of its number."""
    edition = read_edition(EDITION)
    grades = [[(n, Grade((shift + n) % len(Grade))) for n in range(1, ITEMS + 1)] for shift in Grade]
    sums = [sum((edition.points(*one) for one in sheet), Decimal(0)) for sheet in grades]
    columns = (sa.column("shift", sa.Integer), sa.column("total", sa.String))
    return sa.values(*columns, name="totals").data([(n, str(total)) for n, total in enumerate(sums)]).cte()


def settle(database: Database) -> None:
    """Let the database do now what it would else do while something is measured."""
    mode = {} if database.sqlite else {"isolation_level": "AUTOCOMMIT"}
    with database.engine.connect().execution_options(**mode) as connection:
        connection.exec_driver_sql("ANALYZE" if database.sqlite else "VACUUM ANALYZE")
        connection.commit()
        if database.sqlite:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        else:
            connection.exec_driver_sql("CHECKPOINT")


def numbers_to(count: int) -> sa.CTE:
    """The rows 1, 2, … count."""
    numbers = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
    return numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < count))


def _named(word: str, number: Any) -> Any:
    return sa.literal(word) + sa.cast(number, sa.String)


def fill(session: Session, table: type[SQLModel], source: Any = None, **values: Any) -> None:
    """Insert a row for each row of a source; a value is the same in all, or made from the source."""
    columns = sa.inspect(table).columns
    made = [
        v if isinstance(v, sa.SQLColumnExpression) else sa.literal(v, columns[k].type)
        for k, v in values.items()
    ]
    rows = sa.select(*made) if source is None else sa.select(*made).select_from(source)
    session.execute(sa.insert(table).from_select(list(values), rows, include_defaults=False))
