"""台账: the numbers of a branch in a term, typed once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import assignments, history
from bot.store.database import Session, lock, put
from bot.store.history import About
from bot.store.tables import BRANCH, FACT, PERSON
from bot.values import Branch, Recorded, Term
from jobs.duties.answers import added_up, taken_back
from jobs.duties.assignments import with_counted
from scoring.facts import Fact

_f = FACT.c
_RECORDED = (
    sa.select(_f.kind, _f.count, _f.of, _f.period, PERSON.c.name, _f.at)
    .join(PERSON, PERSON.c.id == _f.person_id)
    .where(_f.branch_id == sa.bindparam("branch"), _f.term_id == sa.bindparam("term"))
    .order_by(_f.kind, _f.period)
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


def recorded(session: Session, *, branch_id: int, term_id: int) -> tuple[Recorded, ...]:
    """All facts of a branch and term with who recorded them, by kind and month."""
    rows = session.execute(_RECORDED, {"branch": branch_id, "term": term_id}).all()
    return tuple(
        Recorded(Fact(kind, count, of, period), name, at) for kind, count, of, period, name, at in rows
    )


def known(session: Session, *, branch_id: int, term_id: int, now: datetime) -> tuple[Recorded, ...]:
    """As `recorded`, with what is counted from the given tasks in the place of what was typed. Two queries."""
    given = assignments.given(session, branch_id=branch_id, term_id=term_id)
    typed = {r.fact: r for r in recorded(session, branch_id=branch_id, term_id=term_id)}
    return tuple(typed.get(fact, Recorded(fact, "", None)) for fact in with_counted(typed, given, now))


def record(session: Session, *, me: Me, branch: Branch, term: Term, facts: Sequence[Fact]) -> None:
    """Write facts down, each in the place of an earlier one of the same kind and month."""
    standing = _standing(session, branch, term)
    for fact in facts:
        key = (fact.kind, fact.period)
        before = standing.get(key)
        if before == fact:
            continue
        row = {"branch_id": branch.id, "term_id": term.id, "kind": fact.kind, "period": fact.period}
        row |= {"count": fact.count, "of": fact.of, "person_id": me.person_id, "at": me.now}
        about = About("fact", session.execute(_PUT, row).scalar_one(), branch.committee_id, branch.id)
        was = {"count": before.count, "of": before.of} if before else None
        history.add(session, me, about, before=was, after=_said(fact))
        standing[key] = fact


def add(session: Session, *, me: Me, branch: Branch, term: Term, facts: Sequence[Fact]) -> None:
    """Add an answer's numbers to what stands: several duties and months may bear on one fact."""
    standing = _standing(session, branch, term)
    so_far = [standing[key] for key in dict.fromkeys((f.kind, f.period) for f in facts) if key in standing]
    record(session, me=me, branch=branch, term=term, facts=added_up((*so_far, *facts)))


def take_back(session: Session, *, me: Me, branch: Branch, term: Term, facts: Sequence[Fact]) -> None:
    """Subtract an answer's numbers from what stands."""
    standing = _standing(session, branch, term)
    for fact in facts:
        if so_far := standing.get((fact.kind, fact.period)):
            if left := taken_back(so_far, fact):
                record(session, me=me, branch=branch, term=term, facts=[left])
            else:
                clear(session, me=me, branch=branch, term=term, kind=fact.kind, period=fact.period)


def clear(session: Session, *, me: Me, branch: Branch, term: Term, kind: str, period: str) -> bool:
    """Remove a fact that was recorded by mistake; whether there was one."""
    before = _standing(session, branch, term).get((kind, period))
    if before is None:
        return False
    here = {"branch": branch.id, "term": term.id, "kind": kind, "period": period}
    about = About("fact", session.execute(_CLEAR, here).scalar_one(), branch.committee_id, branch.id)
    history.add(session, me, about, before=_said(before))
    return True


def _standing(session: Session, branch: Branch, term: Term) -> dict[tuple[str, str], Fact]:
    """What is recorded, by kind and month, when nobody else is changing it."""
    lock(session, BRANCH, branch.id)
    known = recorded(session, branch_id=branch.id, term_id=term.id)
    return {(r.fact.kind, r.fact.period): r.fact for r in known}


def _said(fact: Fact) -> dict[str, Any]:
    return {"kind": fact.kind, "period": fact.period, "count": fact.count, "of": fact.of}
