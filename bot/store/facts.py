"""台账: the numbers of a branch in a term, typed once."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from bot.permissions import Me
from bot.store import assignments, history
from bot.store.database import lock
from bot.store.tables import BRANCH, FACT, PERSON, FactRow
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
    lock(session, BRANCH, branch.id)
    for fact in facts:
        row = session.exec(_one(branch, term, fact.kind, fact.period)).first()
        before = None if row is None else {"count": row.count, "of": row.of}
        after = {"count": fact.count, "of": fact.of}
        if before == after:
            continue
        assert me.person_id is not None
        if row is None:
            row = FactRow(
                branch_id=branch.id,
                term_id=term.id,
                kind=fact.kind,
                period=fact.period,
                count=fact.count,
                of=fact.of,
                person_id=me.person_id,
                at=me.now,
            )
            session.add(row)
        else:
            row.count, row.of, row.person_id, row.at = fact.count, fact.of, me.person_id, me.now
        session.flush()
        _note(session, me, branch, row.id or 0, before, {"kind": fact.kind, "period": fact.period, **after})


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


def _standing(session: Session, branch: Branch, term: Term) -> dict[tuple[str, str], Fact]:
    lock(session, BRANCH, branch.id)
    known = recorded(session, branch_id=branch.id, term_id=term.id)
    return {(r.fact.kind, r.fact.period): r.fact for r in known}


def clear(session: Session, *, me: Me, branch: Branch, term: Term, kind: str, period: str) -> bool:
    """Remove a fact that was recorded by mistake; whether there was one."""
    lock(session, BRANCH, branch.id)
    row = session.exec(_one(branch, term, kind, period)).first()
    if row is None:
        return False
    _note(
        session,
        me,
        branch,
        row.id or 0,
        {"kind": kind, "period": period, "count": row.count, "of": row.of},
        None,
    )
    session.exec(delete(FactRow).where(col(FactRow.id) == row.id))
    return True


def _one(branch: Branch, term: Term, kind: str, period: str):  # type: ignore[no-untyped-def]
    return select(FactRow).where(
        FactRow.branch_id == branch.id,
        FactRow.term_id == term.id,
        FactRow.kind == kind,
        FactRow.period == period,
    )


def _note(
    session: Session,
    me: Me,
    branch: Branch,
    fact_id: int,
    before: dict[str, object] | None,
    after: dict[str, object] | None,
) -> None:
    history.add(
        session,
        me=me,
        committee_id=branch.committee_id,
        branch_id=branch.id,
        subject="fact",
        subject_id=fact_id,
        before=before,
        after=after,
    )
