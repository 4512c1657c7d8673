"""Many sheets at once, for standings, results and Home: one query each, whatever the number of branches."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from bot.permissions import Rater
from bot.store.sheets import Half
from scoring.rubric import Grade
from scoring.sheet import Mark, Sheet

_BRANCH, _SHEET, _MARK = (SQLModel.metadata.tables[name] for name in ("branch", "sheet", "mark"))
_SHEETS = (
    sa.select(
        _SHEET.c.branch_id,
        _SHEET.c.rater,
        _SHEET.c.edition,
        _SHEET.c.submitted_at,
        _MARK.c.item,
        _MARK.c.grade,
        _MARK.c.hundredths,
        _MARK.c.reason,
    )
    .outerjoin(_MARK, _MARK.c.sheet_id == _SHEET.c.id)
    .where(_SHEET.c.term_id == sa.bindparam("term"))
)
_OF_BRANCH = _SHEETS.where(_SHEET.c.branch_id == sa.bindparam("branch"))
_OF_COMMITTEE = _SHEETS.join(_BRANCH, _BRANCH.c.id == _SHEET.c.branch_id).where(
    _BRANCH.c.committee_id == sa.bindparam("committee")
)
_PROGRESS = (
    sa.select(
        _SHEET.c.branch_id,
        _SHEET.c.term_id,
        _SHEET.c.rater,
        _SHEET.c.submitted_at,
        sa.func.count(_MARK.c.grade),
    )
    .outerjoin(_MARK, _MARK.c.sheet_id == _SHEET.c.id)
    .where(
        _SHEET.c.branch_id.in_(sa.bindparam("branches", expanding=True)),
        _SHEET.c.term_id.in_(sa.bindparam("terms", expanding=True)),
    )
    .group_by(_SHEET.c.branch_id, _SHEET.c.term_id, _SHEET.c.rater, _SHEET.c.submitted_at)
)
_SUBMITTED = (
    sa.select(sa.func.count())
    .select_from(_SHEET)
    .where(_SHEET.c.term_id == sa.bindparam("term"), _SHEET.c.submitted_at.is_not(None))
)
_COUNTS = sa.select(
    sa.select(sa.func.count())
    .select_from(_BRANCH)
    .where(_BRANCH.c.committee_id == sa.bindparam("committee"))
    .scalar_subquery(),
    _SUBMITTED.where(_SHEET.c.rater == int(Rater.SELF)).scalar_subquery(),
    _SUBMITTED.where(_SHEET.c.rater == int(Rater.COMMITTEE)).scalar_subquery(),
)

Sheets = dict[tuple[int, Rater], Sheet]


def of_branch(session: Session, *, term_id: int, branch_id: int) -> Sheets:
    """A branch's sheets of a term, by (branch, rater)."""
    return _read(session.execute(_OF_BRANCH, {"term": term_id, "branch": branch_id}).all())


def of_committee(session: Session, *, term_id: int, committee_id: int) -> Sheets:
    """All sheets of a committee's term, by (branch, rater)."""
    return _read(session.execute(_OF_COMMITTEE, {"term": term_id, "committee": committee_id}).all())


def _read(rows: Sequence[Any]) -> Sheets:
    found: dict[tuple[int, Rater], Half] = {}
    for branch_id, rater, edition, submitted_at, item, grade, hundredths, reason in rows:
        key = (branch_id, Rater(rater))
        half = found.get(key)
        if half is None:
            half = found[key] = Half(edition, submitted_at, "")
        if grade is not None:
            half.marks[item] = Mark(Grade(grade), Decimal(hundredths) / 100, reason)
    return {key: half.sheet() for key, half in found.items()}


def progress(
    session: Session, *, branch_ids: Sequence[int], term_ids: Sequence[int]
) -> dict[tuple[int, int, Rater], tuple[int, bool]]:
    """How many items are marked and whether it is submitted, by (branch, term, rater)."""
    rows = session.execute(_PROGRESS, {"branches": list(branch_ids), "terms": list(term_ids)}).all()
    return {(b, t, Rater(r)): (n, submitted is not None) for b, t, r, submitted, n in rows}


def counts(session: Session, *, committee_id: int, term_id: int) -> tuple[int, int, int]:
    """A committee's branches, how many submitted their self sheet, how many the committee submitted."""
    row = session.execute(_COUNTS, {"committee": committee_id, "term": term_id}).one()
    return row[0], row[1], row[2]
