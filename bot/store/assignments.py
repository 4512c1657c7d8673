"""交办任务 as rows: a draft, whom it is for, and how it became one occurrence for each branch."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import history
from bot.store.database import Session, insert, writes
from bot.store.history import About
from bot.store.tables import ASSIGNMENT, BRANCH, EVIDENCE, OCCURRENCE, PERSON, ROLL, TASK_FILE
from bot.values import Asked, Assignment, Progress
from jobs.duties.assignments import ASSIGNED, Given
from scoring.refusal import Refused

EVERYBODY, NOBODY = "", "0"  # what stands for all branches, and for none


def draft(
    session: Session,
    *,
    me: Me,
    committee_id: int,
    title: str,
    due: date,
    hour: str,
    branches: frozenset[int] | None = None,
) -> int:
    """Keep a task, for all branches (None) or some, until it is given; returns its number."""
    return insert(
        session,
        ASSIGNMENT,
        committee_id=committee_id,
        title=title,
        due=due,
        hour=hour,
        branches=_written(branches),
        made_by=me.person_id,
        made_at=me.now,
    )


def one(session: Session, assignment_id: int, *, to_write: bool = False) -> Assignment:
    """A task by its number. Raises Refused. `to_write`: nobody else changes it until the unit of work ends."""
    query = (
        sa.select(
            ASSIGNMENT.c.id,
            ASSIGNMENT.c.committee_id,
            ASSIGNMENT.c.title,
            ASSIGNMENT.c.due,
            ASSIGNMENT.c.branches,
            ASSIGNMENT.c.made_by,
            PERSON.c.name,
            ASSIGNMENT.c.given_at,
            ASSIGNMENT.c.hour,
        )
        .join(PERSON, PERSON.c.id == ASSIGNMENT.c.made_by)
        .where(ASSIGNMENT.c.id == assignment_id)
    )
    row = session.execute(
        query.with_for_update(of=ASSIGNMENT) if to_write and writes(session) else query
    ).first()
    if row is None:
        raise Refused("没有找到这项任务。请回首页重新选择。")
    number, committee_id, title, due, branches, made_by, by, given_at, hour = row
    chosen = None if branches == EVERYBODY else frozenset(map(int, branches.split(","))) - {int(NOBODY)}
    return Assignment(number, committee_id, title, due, chosen, made_by, by, given_at, hour)


def rewrite(session: Session, assignment_id: int, *, title: str, due: date, hour: str) -> None:
    """Let a draft say something else."""
    _set(session, assignment_id, title=title, due=due, hour=hour)


def take_over(session: Session, *, me: Me, assignment_id: int) -> None:
    """A draft of somebody else is mine from now on."""
    _set(session, assignment_id, made_by=me.person_id, made_at=me.now)


def choose(session: Session, assignment_id: int, branches: frozenset[int] | None) -> None:
    """Note which branches a draft is for; None for all."""
    _set(session, assignment_id, branches=_written(branches))


def _written(branches: frozenset[int] | None) -> str:
    if branches is None:
        return EVERYBODY
    return ",".join(map(str, sorted(branches))) or NOBODY


def give(
    session: Session,
    *,
    me: Me,
    assignment: Assignment,
    branch_ids: Sequence[int],
    term_id: int,
    told_on: date | None,
) -> dict[int, int]:
    """Ask these branches for a draft from today on; the number of each branch's occurrence.

    They are reminded on the day `told_on`, beside the weekly digests.
    """
    _set(session, assignment.id, given_at=me.now)
    rows = [
        {
            "committee_id": assignment.committee_id,
            "branch_id": branch_id,
            "body": branch_id,
            "term_id": term_id,
            "duty": ASSIGNED,
            "period": f"a{assignment.id}",
            "opens": me.now.date(),
            "due": assignment.due,
            "assignment_id": assignment.id,
            "told_on": told_on,
        }
        for branch_id in branch_ids
    ]
    made = session.execute(
        sa.insert(OCCURRENCE).returning(OCCURRENCE.c.branch_id, OCCURRENCE.c.id), rows
    ).all()
    after: dict[str, Any] = {
        "title": assignment.title,
        "due": assignment.due.isoformat(),
        "branches": len(rows),
    }
    if assignment.hour:
        after["hour"] = assignment.hour
    tasks = {row.branch_id: row.id for row in made}
    history.add(session, me, _about(assignment, tasks), after=after)
    return tasks


def recent(session: Session, *, committee_id: int, limit: int) -> tuple[Progress, ...]:
    """The tasks a committee gave last, newest first, with how many branches have done each. One query."""
    last = (
        sa.select(ASSIGNMENT.c.id, ASSIGNMENT.c.title, ASSIGNMENT.c.due)
        .where(ASSIGNMENT.c.committee_id == committee_id, ASSIGNMENT.c.given_at.is_not(None))
        .order_by(ASSIGNMENT.c.id.desc())
        .limit(limit)
        .subquery()
    )
    asked = (
        (OCCURRENCE.c.committee_id == committee_id)
        & (OCCURRENCE.c.assignment_id == last.c.id)
        & OCCURRENCE.c.cancelled.is_(False)
    )
    rows: Sequence[Any] = session.execute(
        sa.select(*last.c, sa.func.count(OCCURRENCE.c.done_at), sa.func.count(OCCURRENCE.c.id))
        .select_from(last)
        .outerjoin(OCCURRENCE, asked)
        .group_by(*last.c)
        .order_by(last.c.id.desc())
    ).all()
    return tuple(Progress(*row) for row in rows)


def asked(session: Session, assignment: Assignment) -> tuple[Asked, ...]:
    """Every branch that was given a task, in the order in which the branches were set up."""
    files = (
        sa.select(sa.func.count())
        .select_from(TASK_FILE)
        .join(EVIDENCE, EVIDENCE.c.id == TASK_FILE.c.evidence_id)
        .where(TASK_FILE.c.occurrence_id == OCCURRENCE.c.id, EVIDENCE.c.removed_at.is_(None))
        .correlate(OCCURRENCE)
        .scalar_subquery()
    )
    o = OCCURRENCE.c
    rows = session.execute(
        sa.select(
            sa.func.coalesce(ROLL.c.name, BRANCH.c.name), o.due, o.done_at, o.cancelled, o.id, o.answer, files
        )
        .join(BRANCH, BRANCH.c.id == o.branch_id)
        .outerjoin(ROLL, (ROLL.c.branch_id == o.branch_id) & (ROLL.c.term_id == o.term_id))
        .where(_of(assignment))
        .order_by(o.branch_id)
    ).all()
    return tuple(Asked(name, Given(due, done), *rest) for name, due, done, *rest in rows)


def withdraw(session: Session, *, me: Me, assignment: Assignment) -> tuple[int, ...]:
    """Cancel a task where it is still open; the branches that need not do it any more."""
    gone = session.execute(
        sa.update(OCCURRENCE)
        .where(_of(assignment), OCCURRENCE.c.done_at.is_(None), OCCURRENCE.c.cancelled.is_(False))
        .values(cancelled=True)
        .returning(OCCURRENCE.c.branch_id)
    ).scalars()
    branches = tuple(gone)
    if branches:
        after = {"withdrawn": True, "branches": len(branches)}
        history.add(session, me, _about(assignment, branches), before={"withdrawn": False}, after=after)
    return branches


_MINE = sa.select(OCCURRENCE.c.assignment_id).where(OCCURRENCE.c.id == sa.bindparam("number"))
_WITHDRAWN = (
    sa.select(OCCURRENCE.c.id)
    .where(
        OCCURRENCE.c.committee_id == sa.bindparam("committee"),
        OCCURRENCE.c.assignment_id == _MINE.scalar_subquery(),
        OCCURRENCE.c.cancelled,
    )
    .limit(1)
)


def is_withdrawn(session: Session, *, committee_id: int, occurrence_id: int) -> bool:
    """Whether the task behind an occurrence was withdrawn from those who had not done it."""
    asked = {"committee": committee_id, "number": occurrence_id}
    return session.execute(_WITHDRAWN, asked).first() is not None


_GIVEN = sa.select(OCCURRENCE.c.due, OCCURRENCE.c.done_at).where(
    OCCURRENCE.c.branch_id == sa.bindparam("branch"),
    OCCURRENCE.c.term_id == sa.bindparam("term"),
    OCCURRENCE.c.assignment_id.is_not(None),
    OCCURRENCE.c.cancelled.is_(False),
)


def given(session: Session, *, branch_id: int, term_id: int) -> tuple[Given, ...]:
    """The tasks that a branch was given in a term and that were not taken back."""
    rows = session.execute(_GIVEN, {"branch": branch_id, "term": term_id}).all()
    return tuple(Given(*row) for row in rows)


def _of(assignment: Assignment) -> sa.ColumnElement[bool]:
    return (OCCURRENCE.c.committee_id == assignment.committee_id) & (
        OCCURRENCE.c.assignment_id == assignment.id
    )


def _set(session: Session, assignment_id: int, **values: Any) -> None:
    session.execute(sa.update(ASSIGNMENT).where(ASSIGNMENT.c.id == assignment_id).values(**values))


def _about(assignment: Assignment, branches: Collection[int]) -> About:
    return About("assignment", assignment.id, assignment.committee_id, branches=branches)
