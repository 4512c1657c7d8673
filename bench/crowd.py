"""A committee of any size, built in a few statements: two people a branch, two terms, the last one filled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from bot.permissions import Rater, Role
from bot.store import schema, sheets, terms
from bot.store.database import Database
from bot.store.tables import (
    AddressRow,
    BranchRow,
    HistoryRow,
    MarkRow,
    PersonRow,
    SeatRow,
    SheetRow,
)
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
        last = _term(session, committee, "上学期", now, -130)
        this = _term(session, committee, "本学期", now, 14)
        _fill_branches(session, committee, branches, now)
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
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    return Crowd(committee, this, branches)


def begin_sheet(database: Database, crowd: Crowd, branch_id: int, now: datetime) -> int:
    """The number of a branch's sheet of this term."""
    with database.write() as session:
        term = terms.term(session, crowd.term_id, crowd.committee_id, now.date())
        return sheets.begin(session, branch_id=branch_id, term=term, rater=Rater.SELF)


def marks_stored(database: Database, crowd: Crowd) -> int:
    """How many marks this term's sheets hold."""
    of_sheet = (col(SheetRow.id) == MarkRow.sheet_id) & (col(SheetRow.term_id) == crowd.term_id)
    with database.read() as session:
        return session.exec(select(sa.func.count()).select_from(MarkRow).join(SheetRow, of_sheet)).one()


def _term(session: Session, committee: int, name: str, now: datetime, ends: int) -> int:
    end = now.date() + timedelta(days=ends)
    starts, opens, closes = (end - timedelta(days=days) for days in (100, 21, 7))
    return terms.add_term(
        session,
        committee_id=committee,
        name=name,
        starts=starts,
        ends=end,
        opens=opens,
        closes=closes,
        edition=EDITION,
    ).id


def _fill_branches(session: Session, committee: int, branches: int, now: datetime) -> None:
    number = _numbers(branches).c.n
    own: dict[str, Any] = {"committee_id": committee}
    _fill(session, BranchRow, **own, id=number, name=_named("支部", number), campus="本部")
    for role, chat, person in (
        (Role.SECRETARY, number, number),
        (Role.OFFICER, -number, number + branches),
    ):
        _fill(session, PersonRow, id=person, name=_named(role.word, number), joined_at=now)
        external = sa.cast(chat, sa.String)
        _fill(
            session,
            AddressRow,
            channel=CHANNEL,
            external=external,
            person_id=person,
            screen="",
            seen="",
            tries=0,
        )
        _fill(session, SeatRow, **own, branch_id=number, person_id=person, role=int(role), since=now)


def _fill_sheets(session: Session, committee: int, term: int, branches: int, now: datetime) -> None:
    number = _numbers(branches).c.n
    for rater in Rater:
        _fill(
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
    edition = read_edition(EDITION)
    worth = (
        sa.values(*(sa.column(name, sa.Integer) for name in ("item", "grade", "hundredths")), name="worth")
        .data(
            [
                (n, int(g), int(edition.points(n, g) * Decimal(100)))
                for n in range(1, ITEMS + 1)
                for g in Grade
            ]
        )
        .cte()
    )
    sheet: Any = SheetRow
    graded = sheet.__table__.join(worth, worth.c.grade == (sheet.id + worth.c.item) % len(Grade))
    change = (sheet.id - 1) * ITEMS + worth.c.item
    told = (
        sa.literal('{"grade": ')
        + sa.cast(worth.c.grade, sa.String)
        + sa.literal(', "points": "4", "reason": ""}')
    )
    said: dict[str, Any] = {"person_id": sheet.branch_id, "at": now, "item": worth.c.item}
    _fill(
        session,
        MarkRow,
        graded,
        **said,
        sheet_id=sheet.id,
        grade=worth.c.grade,
        hundredths=worth.c.hundredths,
        reason="",
        note="",
        change_id=change,
    )
    _fill(
        session,
        HistoryRow,
        graded,
        **said,
        id=change,
        committee_id=committee,
        branch_id=sheet.branch_id,
        channel=CHANNEL,
        subject="mark",
        subject_id=sheet.id,
        before="",
        after=told,
    )


def _numbers(count: int) -> sa.CTE:
    """The rows 1, 2, … count."""
    numbers = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
    return numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < count))


def _named(word: str, number: Any) -> Any:
    return sa.literal(word) + sa.cast(number, sa.String)


def _fill(session: Session, table: type[SQLModel], source: Any = None, **values: Any) -> None:
    """Insert a row for each row of a source; a value is the same in all, or made from the source."""
    columns = sa.inspect(table).columns
    made = [
        v if isinstance(v, sa.SQLColumnExpression) else sa.literal(v, columns[k].type)
        for k, v in values.items()
    ]
    rows = sa.select(*made) if source is None else sa.select(*made).select_from(source)
    session.execute(sa.insert(table).from_select(list(values), rows, include_defaults=False))
