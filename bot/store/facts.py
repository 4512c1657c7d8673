"""台账: the numbers of a branch in a term, each known once.

A number has its sources: what each duty's answer says, always as the answer is now, and what was typed by hand. What
was typed stands in the place of all answers for its kind and period until it is taken back.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import assignments, history
from bot.store.database import Session, lock, put
from bot.store.history import About
from bot.store.tables import BRANCH, FACT, OCCURRENCE, PERSON, REPORTED
from bot.values import Branch, Owing, Recorded, Term
from jobs.duties.answers import added_up, one_number
from jobs.duties.assignments import Given, with_counted
from scoring.facts import Fact

_f, _r = FACT.c, REPORTED.c
_SOURCES = sa.union_all(
    sa.select(sa.literal(1), _f.kind, _f.count, _f.of, _f.period, PERSON.c.name, _f.at)
    .join(PERSON, PERSON.c.id == _f.person_id)
    .where(_f.branch_id == sa.bindparam("branch"), _f.term_id == sa.bindparam("term")),
    sa.select(sa.literal(0), _r.kind, _r.count, _r.of, _r.period, PERSON.c.name, OCCURRENCE.c.answered_at)
    .join(OCCURRENCE, OCCURRENCE.c.id == _r.occurrence_id)
    .outerjoin(PERSON, PERSON.c.id == OCCURRENCE.c.done_by)
    .where(_r.branch_id == sa.bindparam("branch"), _r.term_id == sa.bindparam("term")),
)
_PUT = put(FACT, "count", "of", "person_id", "at", key=("branch_id", "term_id", "kind", "period")).returning(
    _f.id
)
_CLEAR = (
    sa.delete(FACT)
    .where(
        _f.branch_id == sa.bindparam("branch"),
        _f.term_id == sa.bindparam("term"),
        _f.kind == sa.bindparam("kind"),
        _f.period == sa.bindparam("period"),
    )
    .returning(_f.id)
)
_FORGET_REPORT = sa.delete(REPORTED).where(_r.occurrence_id == sa.bindparam("occurrence"))


def recorded(session: Session, *, branch_id: int, term_id: int) -> tuple[Recorded, ...]:
    """The one number of every kind and month with who said it last, by kind and month. One query."""
    typed: dict[tuple[str, str], Recorded] = {}
    reported: dict[tuple[str, str], list[Recorded]] = {}
    for by_hand, kind, count, of, period, name, at in session.execute(
        _SOURCES, {"branch": branch_id, "term": term_id}
    ).all():
        one = Recorded(Fact(kind, count, of, period), name or "", at, typed=bool(by_hand))
        if by_hand:
            typed[kind, period] = one
        else:
            reported.setdefault((kind, period), []).append(one)
    found = []
    for key in sorted(typed.keys() | reported.keys()):
        said = reported.get(key, [])
        (total,) = added_up(one.fact for one in said) or (None,)
        if hand := typed.get(key):
            found.append(Recorded(hand.fact, hand.by, hand.at, instead_of=total))
        elif total is not None:
            last = max(said, key=lambda one: (one.at is not None, one.at))
            found.append(Recorded(total, last.by, last.at, typed=False))
    return tuple(found)


def known(session: Session, *, branch_id: int, term_id: int, now: datetime) -> tuple[Recorded, ...]:
    """As `recorded`, with what is counted from the given tasks in the place of what was typed. Two queries."""
    given = assignments.given(session, branch_id=branch_id, term_id=term_id)
    typed = {r.fact: r for r in recorded(session, branch_id=branch_id, term_id=term_id)}
    return tuple(typed.get(fact, Recorded(fact, "", None)) for fact in with_counted(typed, given, now))


def _numbers(
    facts: Callable[[sa.Table], sa.ColumnElement[bool]], tasks: sa.ColumnElement[bool]
) -> sa.CompoundSelect[Any]:
    """What several branches typed and reported, and the tasks that they were given."""
    return sa.union_all(
        *(
            sa.select(
                sa.literal(what),
                of.c.term_id,
                of.c.branch_id,
                of.c.kind,
                of.c.count,
                of.c.of,
                of.c.period,
                sa.cast(sa.null(), OCCURRENCE.c.due.type).label("due"),
                sa.cast(sa.null(), OCCURRENCE.c.done_at.type).label("done_at"),
            )
            .join(BRANCH, BRANCH.c.id == of.c.branch_id)
            .where(facts(of))
            for what, of in (("fact", FACT), ("reported", REPORTED))
        ),
        sa.select(
            sa.literal("task"),
            OCCURRENCE.c.term_id,
            OCCURRENCE.c.branch_id,
            sa.literal(""),
            sa.literal(0),
            sa.literal(0),
            sa.literal(""),
            OCCURRENCE.c.due,
            OCCURRENCE.c.done_at,
        ).where(
            tasks,
            OCCURRENCE.c.branch_id.is_not(None),
            OCCURRENCE.c.assignment_id.is_not(None),
            OCCURRENCE.c.cancelled.is_(False),
        ),
    )


def _of_some(of: sa.Table) -> sa.ColumnElement[bool]:
    return of.c.branch_id.in_(sa.bindparam("branches", expanding=True)) & of.c.term_id.in_(
        sa.bindparam("terms", expanding=True)
    )


_IN_TERMS = _numbers(_of_some, _of_some(OCCURRENCE))
_EVERY_BRANCH = _numbers(
    lambda of: (BRANCH.c.committee_id == sa.bindparam("committee")) & (of.c.term_id == sa.bindparam("term")),
    (OCCURRENCE.c.committee_id == sa.bindparam("committee")) & (OCCURRENCE.c.term_id == sa.bindparam("term")),
)


def of_committee(
    session: Session, *, committee_id: int, term_id: int, now: datetime
) -> dict[int, tuple[Fact, ...]]:
    """The numbers of a term as the sheets of a committee's branches see them, by branch. One query."""
    asked = {"committee": committee_id, "term": term_id}
    found = _added_up(session.execute(_EVERY_BRANCH, asked).all(), now)
    return {branch: facts for (_, branch), facts in found.items()}


def in_terms(
    session: Session, *, branch_ids: Sequence[int], term_ids: Sequence[int], now: datetime
) -> dict[tuple[int, int], tuple[Fact, ...]]:
    """The same of these branches in these terms, by (term, branch). One query."""
    asked = {"branches": list(branch_ids), "terms": list(term_ids)}
    return _added_up(session.execute(_IN_TERMS, asked).all(), now)


def _added_up(rows: Sequence[Any], now: datetime) -> dict[tuple[int, int], tuple[Fact, ...]]:
    typed: dict[tuple[int, int], list[Fact]] = {}
    reported: dict[tuple[int, int], list[Fact]] = {}
    given: dict[tuple[int, int], list[Given]] = {}
    for what, term, branch, kind, count, of, period, due, done_at in rows:
        if what == "task":
            given.setdefault((term, branch), []).append(Given(due, done_at))
        else:
            said = typed if what == "fact" else reported
            said.setdefault((term, branch), []).append(Fact(kind, count, of, period))
    return {
        key: with_counted(one_number(typed.get(key, ()), reported.get(key, ())), given.get(key, ()), now)
        for key in typed.keys() | reported.keys() | given.keys()
    }


# What the answers to duties say -------------------------------------------------------------------------------


def report(session: Session, *, owed: Owing, facts: Sequence[Fact]) -> None:
    """Let these be the numbers of a branch's answer to a duty; none where it is open again."""
    session.execute(_FORGET_REPORT, {"occurrence": owed.id})
    whose = {"occurrence_id": owed.id, "branch_id": owed.branch_id, "term_id": owed.term_id}
    rows = [{**whose, "kind": f.kind, "period": f.period, "count": f.count, "of": f.of} for f in facts]
    if rows:
        session.execute(sa.insert(REPORTED), rows)


# What is typed by hand ----------------------------------------------------------------------------------------


def record(
    session: Session, *, me: Me, branch: Branch, term: Term, facts: Iterable[Fact], batch: int | None = None
) -> int | None:
    """Write down what was typed by hand, each in the place of an earlier number of the same kind and month.

    Returns the number of the change, with which it can be taken back; None where nothing is new. `batch` as of
    history.add(): the first of the changes that are made together.
    """
    standing = _standing(session, branch, term)
    for fact in facts:
        before = standing.get((fact.kind, fact.period))
        if before == fact:
            continue
        row = {"branch_id": branch.id, "term_id": term.id, "kind": fact.kind, "period": fact.period}
        row |= {"count": fact.count, "of": fact.of, "person_id": me.person_id, "at": me.now}
        about = About("fact", session.execute(_PUT, row).scalar_one(), branch.committee_id, branch.id)
        was = _said(before, term) if before else None
        change = history.add(session, me, about, before=was, after=_said(fact, term), batch=batch)
        batch = batch or change
        standing[fact.kind, fact.period] = fact
    return batch


def clear(
    session: Session,
    *,
    me: Me,
    branch: Branch,
    term: Term,
    kinds: Collection[tuple[str, str]],
    batch: int | None = None,
) -> int | None:
    """Take back what was typed by hand of these kinds and months: what the answers say counts again, if they do.

    Returns as record() does.
    """
    standing = _standing(session, branch, term)
    for kind, period in kinds:
        before = standing.get((kind, period))
        if before is None:
            continue
        here = {"branch": branch.id, "term": term.id, "kind": kind, "period": period}
        about = About("fact", session.execute(_CLEAR, here).scalar_one(), branch.committee_id, branch.id)
        change = history.add(session, me, about, before=_said(before, term), batch=batch)
        batch = batch or change
    return batch


def restore(
    session: Session, *, me: Me, branch: Branch, term: Term, before: dict[str, Any], after: dict[str, Any]
) -> bool:
    """Take back one change of what was typed by hand, as the history has it; False when a newer one followed."""
    said = after or before
    key = (said["kind"], said["period"])
    now = _standing(session, branch, term).get(key)
    if (_said(now, term) if now else {}) != after:
        return False
    if before:
        fact = Fact(before["kind"], before["count"], before["of"], before["period"])
        record(session, me=me, branch=branch, term=term, facts=[fact])
    else:
        clear(session, me=me, branch=branch, term=term, kinds=[key])
    return True


def _standing(session: Session, branch: Branch, term: Term) -> dict[tuple[str, str], Fact]:
    """What was typed by hand, by kind and month, when nobody else is changing it."""
    lock(session, BRANCH, branch.id)
    now = recorded(session, branch_id=branch.id, term_id=term.id)
    return {(one.fact.kind, one.fact.period): one.fact for one in now if one.typed}


def _said(fact: Fact, term: Term) -> dict[str, Any]:
    number = {"kind": fact.kind, "period": fact.period, "count": fact.count, "of": fact.of}
    return {**number, "term": term.id}
