"""退回 as rows: what a member of the committee is about to return, what was, and which sheets are open for it."""

import json
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from bot.permissions import Me, Rater
from bot.store import sheets
from bot.store.database import Session, put
from bot.store.tables import RETURNED, ROLL, SHEET
from bot.values import Branch, SheetFile

_r = RETURNED.c
_MINE = (
    _r.sheet_id == sa.bindparam("sheet"),
    _r.person_id == sa.bindparam("person"),
    _r.change_id == 0,
    _r.ended_at.is_(None),
)
_DRAFT = sa.select(_r.item, _r.reason).where(*_MINE).order_by(_r.item)
_PROPOSE = put(RETURNED, "reason", "at", "ended_at", key=("sheet_id", "person_id", "item", "change_id"))
_DROP = (
    sa.update(RETURNED)
    .where(*_MINE, _r.item == sa.bindparam("which"))
    .values(ended_at=sa.bindparam("now", type_=_r.ended_at.type))
)
_GIVE = (
    sa.update(RETURNED)
    .where(*_MINE, _r.item == sa.bindparam("which"))
    .values(
        change_id=sa.bindparam("change"),
        was=sa.bindparam("marks"),
        at=sa.bindparam("now", type_=_r.at.type),
    )
)


def draft(session: Session, *, me: Me, sheet_id: int) -> dict[int, str]:
    """What somebody is about to return of a sheet: the reasons by item (0: of the whole sheet), in their order."""
    rows = session.execute(_DRAFT, {"sheet": sheet_id, "person": me.person_id}).all()
    return {row.item: row.reason for row in rows}


def propose(session: Session, *, me: Me, sheet_id: int, item: int, reason: str) -> None:
    """Keep why an item (0: the whole sheet) is to be returned, in the place of what was typed before."""
    values = {"sheet_id": sheet_id, "person_id": me.person_id, "item": item, "reason": reason}
    session.execute(_PROPOSE, {**values, "at": me.now, "ended_at": None})


def drop(session: Session, *, me: Me, sheet_id: int, item: int) -> None:
    """Leave an item out of what is to be returned."""
    session.execute(_DROP, {"sheet": sheet_id, "person": me.person_id, "which": item, "now": me.now})


def give(session: Session, *, me: Me, file: SheetFile, reasons: Mapping[int, str]) -> int:
    """Return a sheet for what somebody drafted, with its marks as they were submitted; the number of the change."""
    change = sheets.reopen(session, me=me, file=file, reasons=reasons)
    marks = {number: sheets.noted(mark) for number, mark in sorted(file.sheet.marks.items())}
    whose = {"sheet": file.id, "person": me.person_id, "change": change, "now": me.now}
    rows = [
        {**whose, "which": item, "marks": json.dumps(marks if not item else {item: marks[item]})}
        for item in reasons
    ]
    session.execute(_GIVE, rows)
    return change


_OPEN = (
    sa.select(SHEET.c.branch_id, SHEET.c.term_id, _r.item)
    .join(RETURNED, _r.sheet_id == SHEET.c.id)
    .where(
        SHEET.c.branch_id.in_(sa.bindparam("branches", expanding=True)),
        SHEET.c.term_id.in_(sa.bindparam("terms", expanding=True)),
        SHEET.c.rater == int(Rater.SELF),
        _r.change_id > 0,
        _r.ended_at.is_(None),
    )
    .order_by(_r.item)
)


def open_in(
    session: Session, *, branch_ids: Sequence[int], term_ids: Sequence[int]
) -> dict[tuple[int, int], tuple[int, ...]]:
    """Which sheets of branches are open as they were returned: the items (0: all), by (branch, term)."""
    found: dict[tuple[int, int], tuple[int, ...]] = {}
    asked = {"branches": list(branch_ids), "terms": list(term_ids)}
    for branch, term, item in session.execute(_OPEN, asked).all():
        found[branch, term] = (*found.get((branch, term), ()), item)
    return found


_RATED = SHEET.alias()
_BACK = (
    sa.select(SHEET.c.branch_id, ROLL.c.name)
    .join(ROLL, (ROLL.c.branch_id == SHEET.c.branch_id) & (ROLL.c.term_id == SHEET.c.term_id))
    .join(RETURNED, (_r.sheet_id == SHEET.c.id) & (_r.change_id > 0))
    .outerjoin(
        _RATED,
        (_RATED.c.branch_id == SHEET.c.branch_id)
        & (_RATED.c.term_id == SHEET.c.term_id)
        & (_RATED.c.rater == int(Rater.COMMITTEE)),
    )
    .where(
        SHEET.c.term_id == sa.bindparam("term"),
        SHEET.c.rater == int(Rater.SELF),
        SHEET.c.submitted_at.is_not(None),
        _RATED.c.submitted_at.is_(None) | (_RATED.c.submitted_at < SHEET.c.submitted_at),
    )
    .group_by(SHEET.c.branch_id, ROLL.c.name)
    .order_by(SHEET.c.branch_id)
)


def back_in(session: Session, *, committee_id: int, term_id: int) -> tuple[Branch, ...]:
    """The branches that submitted again what was returned to them, and were not evaluated since."""
    asked = {"committee": committee_id, "term": term_id}
    return tuple(Branch(row.branch_id, committee_id, row.name) for row in session.execute(_BACK, asked))
