"""Many sheets at once, for standings, results and Home: one query each, whatever the number of branches."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from bot.permissions import Rater
from bot.store.database import Session
from bot.store.sheets import Half, mark_of
from bot.store.tables import BRANCH, MARK, ROLL, SHEET
from bot.values import Branch
from scoring.sheet import Sheet

_ROWS = sa.select(
    SHEET.c.term_id,
    SHEET.c.branch_id,
    SHEET.c.rater,
    SHEET.c.edition,
    SHEET.c.submitted_at,
    MARK.c.item,
    MARK.c.grade,
    MARK.c.hundredths,
    MARK.c.reason,
).outerjoin(MARK, MARK.c.sheet_id == SHEET.c.id)
_SHEETS = _ROWS.where(SHEET.c.term_id == sa.bindparam("term"))
_OF_BRANCH = _SHEETS.where(SHEET.c.branch_id == sa.bindparam("branch"))
_OF_COMMITTEE = _SHEETS.join(BRANCH, BRANCH.c.id == SHEET.c.branch_id).where(
    BRANCH.c.committee_id == sa.bindparam("committee")
)
_OFFICIAL = sa.and_(SHEET.c.rater == int(Rater.COMMITTEE), SHEET.c.submitted_at.is_not(None))
_WITH_LAST = _ROWS.join(BRANCH, BRANCH.c.id == SHEET.c.branch_id).where(
    BRANCH.c.committee_id == sa.bindparam("committee"),
    SHEET.c.term_id.in_((sa.bindparam("term"), sa.bindparam("last"))),
    sa.or_(SHEET.c.term_id == sa.bindparam("term"), _OFFICIAL),
)
_IN_TERMS = _ROWS.where(
    SHEET.c.branch_id.in_(sa.bindparam("branches", expanding=True)),
    SHEET.c.term_id.in_(sa.bindparam("terms", expanding=True)),
)
_OVER_TERMS = _ROWS.where(SHEET.c.branch_id == sa.bindparam("branch"), _OFFICIAL)
_PROGRESS = (
    sa.select(
        SHEET.c.branch_id,
        SHEET.c.term_id,
        SHEET.c.rater,
        SHEET.c.submitted_at,
        sa.func.count(MARK.c.grade),
    )
    .outerjoin(MARK, MARK.c.sheet_id == SHEET.c.id)
    .where(
        SHEET.c.branch_id.in_(sa.bindparam("branches", expanding=True)),
        SHEET.c.term_id.in_(sa.bindparam("terms", expanding=True)),
    )
    .group_by(SHEET.c.branch_id, SHEET.c.term_id, SHEET.c.rater, SHEET.c.submitted_at)
)
_SUBMITTED = (
    sa.select(sa.func.count())
    .select_from(SHEET)
    .where(SHEET.c.term_id == sa.bindparam("term"), SHEET.c.submitted_at.is_not(None))
)
_COUNTS = sa.select(
    sa.select(sa.func.count())
    .select_from(ROLL)
    .where(ROLL.c.term_id == sa.bindparam("term"))
    .scalar_subquery(),
    _SUBMITTED.where(SHEET.c.rater == int(Rater.SELF)).scalar_subquery(),
    _SUBMITTED.where(SHEET.c.rater == int(Rater.COMMITTEE)).scalar_subquery(),
)

_RATING = SHEET.alias()
_NEXT = (
    sa.select(ROLL.c.branch_id, ROLL.c.name)
    .join(
        SHEET,
        (SHEET.c.branch_id == ROLL.c.branch_id)
        & (SHEET.c.term_id == ROLL.c.term_id)
        & (SHEET.c.rater == int(Rater.SELF)),
    )
    .outerjoin(
        _RATING,
        (_RATING.c.branch_id == ROLL.c.branch_id)
        & (_RATING.c.term_id == SHEET.c.term_id)
        & (_RATING.c.rater == int(Rater.COMMITTEE)),
    )
    .where(
        ROLL.c.term_id == sa.bindparam("term"),
        ROLL.c.branch_id.not_in(sa.bindparam("but", expanding=True)),
        SHEET.c.submitted_at.is_not(None),
        _RATING.c.submitted_at.is_(None),
    )
    .order_by(ROLL.c.branch_id <= sa.bindparam("after"), ROLL.c.branch_id)
    .limit(1)
)

Sheets = dict[tuple[int, Rater], Sheet]


def of_branch(session: Session, *, term_id: int, branch_id: int) -> Sheets:
    """A branch's sheets of a term that have a mark, by (branch, rater): one that was only opened says nothing."""
    return _read(session.execute(_OF_BRANCH, {"term": term_id, "branch": branch_id}).all())


def of_committee(session: Session, *, term_id: int, committee_id: int) -> Sheets:
    """All sheets of a committee's term that have a mark, by (branch, rater)."""
    return _read(session.execute(_OF_COMMITTEE, {"term": term_id, "committee": committee_id}).all())


def with_last(
    session: Session, *, committee_id: int, term_id: int, last_id: int
) -> tuple[Sheets, dict[int, Sheet]]:
    """All sheets of a committee's term, and of the term before (0: none) the official ones, by branch. One query."""
    asked = {"committee": committee_id, "term": term_id, "last": last_id}
    rows = session.execute(_WITH_LAST, asked).all()
    last = _read([row for row in rows if row.term_id != term_id])
    return _read([row for row in rows if row.term_id == term_id]), {
        branch: sheet for (branch, _), sheet in last.items()
    }


def over_terms(session: Session, *, branch_id: int) -> dict[int, Sheet]:
    """A branch's official sheets of all its terms, by term. One query."""
    found = _by_term(session.execute(_OVER_TERMS, {"branch": branch_id}).all())
    return {term: sheet for term, sheets in found.items() for sheet in sheets.values()}


def in_terms(session: Session, *, branch_ids: Sequence[int], term_ids: Sequence[int]) -> dict[int, Sheets]:
    """All sheets of these branches in these terms that have a mark, by term. One query."""
    asked = {"branches": list(branch_ids), "terms": list(term_ids)}
    return _by_term(session.execute(_IN_TERMS, asked).all())


def _by_term(rows: Sequence[Any]) -> dict[int, Sheets]:
    by_term: dict[int, list[Any]] = {}
    for row in rows:
        by_term.setdefault(row.term_id, []).append(row)
    return {term: _read(some) for term, some in by_term.items()}


def _read(rows: Sequence[Any]) -> Sheets:
    found: dict[tuple[int, Rater], Half] = {}
    for _, branch_id, rater, edition, submitted_at, item, grade, hundredths, reason in rows:
        key = (branch_id, Rater(rater))
        half = found.get(key)
        if half is None:
            half = found[key] = Half(edition, submitted_at, "")
        if grade is not None:
            half.marks[item] = mark_of(grade, hundredths, reason)
    return {key: half.sheet() for key, half in found.items() if half.marks}


def progress(
    session: Session, *, branch_ids: Sequence[int], term_ids: Sequence[int]
) -> dict[tuple[int, int, Rater], tuple[int, bool]]:
    """How many items are marked and whether it is submitted, by (branch, term, rater)."""
    rows = session.execute(_PROGRESS, {"branches": list(branch_ids), "terms": list(term_ids)}).all()
    return {(b, t, Rater(r)): (n, submitted is not None) for b, t, r, submitted, n in rows}


def counts(session: Session, *, term_id: int) -> tuple[int, int, int]:
    """The branches of a term, how many submitted their self sheet, how many the committee submitted."""
    row = session.execute(_COUNTS, {"term": term_id}).one()
    return row[0], row[1], row[2]


def next_to_evaluate(
    session: Session, *, committee_id: int, term_id: int, but: Collection[int], after: int = 0
) -> Branch | None:
    """The branch behind `after`, round the committee, that submitted its self sheet and is not evaluated; none of
    `but`."""
    asked = {"term": term_id, "but": list(but), "after": after}
    row = session.execute(_NEXT, asked).first()
    return Branch(row.branch_id, committee_id, row.name) if row else None
