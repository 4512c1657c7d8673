"""Which branches are rated in a term, by the names that they have then: a term that is over keeps them."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from bot.store.database import Session, put
from bot.store.tables import BRANCH, DRAFT, EVIDENCE, HISTORY, MARK, ROLL, SHEET, TERM
from bot.values import Branch, Term

_OF_TERM = (
    sa.select(ROLL.c.branch_id, ROLL.c.name, ROLL.c.campus)
    .where(ROLL.c.term_id == sa.bindparam("term"))
    .order_by(ROLL.c.branch_id)
)
_IN_TERMS = (
    sa.select(ROLL.c.term_id, ROLL.c.branch_id, ROLL.c.name)
    .where(ROLL.c.term_id.in_(sa.bindparam("terms", expanding=True)))
    .order_by(ROLL.c.branch_id)
)
ASKED = (
    sa.select(ROLL.c.term_id, ROLL.c.branch_id)
    .join(BRANCH, BRANCH.c.id == ROLL.c.branch_id)
    .join(TERM, TERM.c.id == ROLL.c.term_id)
    .where(BRANCH.c.closed_at.is_(None) | TERM.c.published_at.is_(None))
)
"""Which branches are asked for anything in a term: once it is published, those that are closed are not."""
_ASKED_IN = ASKED.where(ROLL.c.term_id.in_(sa.bindparam("terms", expanding=True)))


def name_in(year: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    """What a branch is called in the last term of a school year that rates it; in none, what it is called now."""
    begun = sa.extract("year", TERM.c.starts)
    school_year = begun - sa.case((sa.extract("month", TERM.c.starts) < 8, 1), else_=0)  # as TermDates.year
    then = (
        sa.select(ROLL.c.name)
        .join(TERM, TERM.c.id == ROLL.c.term_id)
        .where(ROLL.c.branch_id == BRANCH.c.id, school_year == year)
        .order_by(TERM.c.starts.desc())
        .limit(1)
    )
    return sa.func.coalesce(then.correlate_except(ROLL, TERM).scalar_subquery(), BRANCH.c.name)


def of_term(session: Session, term: Term, limit: int | None = None) -> tuple[Branch, ...]:
    """The branches of a term, in the order in which they were set up; the first ones, if there is a limit."""
    return tuple(branch for branch, _ in with_campuses(session, term, limit))


def with_campuses(session: Session, term: Term, limit: int | None = None) -> tuple[tuple[Branch, str], ...]:
    """As of_term(), each with its campus."""
    query = _OF_TERM if limit is None else _OF_TERM.limit(limit)
    rows = session.execute(query, {"term": term.id}).all()
    return tuple((Branch(number, term.committee_id, name), campus) for number, name, campus in rows)


def in_terms(session: Session, term_ids: Sequence[int]) -> dict[int, dict[int, str]]:
    """What the branches of each term are called in it, by their numbers, in the order in which they were set up."""
    found: dict[int, dict[int, str]] = {number: {} for number in term_ids}
    for term, branch, name in session.execute(_IN_TERMS, {"terms": list(term_ids)}):
        found[term][branch] = name
    return found


def asked_in(session: Session, term_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """The numbers of the branches that are asked for anything in each term (see ASKED)."""
    found: dict[int, set[int]] = {number: set() for number in term_ids}
    for term, branch in session.execute(_ASKED_IN, {"terms": list(term_ids)}):
        found[term].add(branch)
    return {term: frozenset(branches) for term, branches in found.items()}


# --- who is rated -------------------------------------------------------------------------------------------------

_BEGIN_TERM = put(ROLL).from_select(
    ["term_id", "branch_id", "name", "campus"],
    sa.select(TERM.c.id, BRANCH.c.id, BRANCH.c.name, BRANCH.c.campus)
    .join_from(TERM, BRANCH, BRANCH.c.committee_id == TERM.c.committee_id)
    .where(TERM.c.id == sa.bindparam("term"), BRANCH.c.closed_at.is_(None)),
)
_JOIN = put(ROLL, "name", "campus").from_select(
    ["term_id", "branch_id", "name", "campus"],
    sa.select(TERM.c.id, BRANCH.c.id, BRANCH.c.name, BRANCH.c.campus)
    .join_from(TERM, BRANCH, BRANCH.c.committee_id == TERM.c.committee_id)
    .where(
        BRANCH.c.id == sa.bindparam("branch"),
        TERM.c.published_at.is_(None),
        TERM.c.ends >= sa.bindparam("since"),
    ),
)


def begin_term(session: Session, term_id: int) -> None:
    """All branches that are open are rated in a new term."""
    session.execute(_BEGIN_TERM, {"term": term_id})


def join(session: Session, branch_id: int, since: date = date.min) -> None:
    """A branch is rated in all terms that end on a day or later and are not published, as it is called now."""
    session.execute(_JOIN, {"branch": branch_id, "since": since})


def is_begun(sheet: sa.Table) -> sa.ColumnElement[bool]:
    """Whether anything stands, or ever stood, on a sheet or as its evidence: one that was only looked at is empty."""
    of = HISTORY.c.subject.in_(("mark", "note", "sheet")) & (HISTORY.c.subject_id == sheet.c.id)
    here = (EVIDENCE.c.branch_id == sheet.c.branch_id) & (EVIDENCE.c.term_id == sheet.c.term_id)
    return sa.or_(
        sa.exists().where(MARK.c.sheet_id == sheet.c.id).correlate(sheet),
        sa.exists().where(HISTORY.c.branch_id == sheet.c.branch_id, of).correlate(sheet),
        sa.exists().where(here).correlate(sheet),
    )


def drop_empty(session: Session, where: sa.ColumnElement[bool]) -> None:
    """Delete the sheets there that are not begun, with what was typed on them and not saved."""
    empty = (where, ~is_begun(SHEET))
    drafts = DRAFT.c.sheet_id.in_(sa.select(SHEET.c.id).where(*empty))
    session.execute(sa.delete(DRAFT).where(drafts))
    session.execute(sa.delete(SHEET).where(*empty))


def leave(session: Session, branch_id: int, term_ids: Sequence[int]) -> None:
    """A branch is not rated in these terms, in which nothing stands on its sheets."""
    drop_empty(session, (SHEET.c.branch_id == branch_id) & SHEET.c.term_id.in_(term_ids))
    session.execute(sa.delete(ROLL).where(ROLL.c.branch_id == branch_id, ROLL.c.term_id.in_(term_ids)))
