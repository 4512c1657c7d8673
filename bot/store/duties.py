"""工作任务 as rows: what each body owes for which period, and what was answered."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from bot.permissions import Me
from bot.store import history
from bot.store.database import INSERTS, lock
from bot.store.tables import CommitteeRow
from bot.values import Group, Owing
from scoring.rubric import Refused

_OCCURRENCE, _BRANCH, _PERSON, _COMMITTEE, _ASSIGNMENT, _CHOICE = (
    SQLModel.metadata.tables[name]
    for name in ("occurrence", "branch", "person", "committee", "assignment", "duty_choice")
)
_OWING = (
    sa.select(
        _OCCURRENCE.c.id,
        _OCCURRENCE.c.committee_id,
        _OCCURRENCE.c.branch_id,
        sa.func.coalesce(_BRANCH.c.name, ""),
        _OCCURRENCE.c.term_id,
        _OCCURRENCE.c.duty,
        _OCCURRENCE.c.period,
        _OCCURRENCE.c.opens,
        _OCCURRENCE.c.due,
        _OCCURRENCE.c.answer,
        _OCCURRENCE.c.done_at,
        sa.func.coalesce(_PERSON.c.name, ""),
        sa.func.coalesce(_ASSIGNMENT.c.title, ""),
        _OCCURRENCE.c.changes,
    )
    .outerjoin(_ASSIGNMENT, _ASSIGNMENT.c.id == _OCCURRENCE.c.assignment_id)
    .outerjoin(_BRANCH, _BRANCH.c.id == _OCCURRENCE.c.branch_id)
    .outerjoin(_PERSON, _PERSON.c.id == _OCCURRENCE.c.done_by)
    .where(_OCCURRENCE.c.cancelled.is_(False))
    .order_by(_OCCURRENCE.c.due, _OCCURRENCE.c.id)
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One time a duty comes round, as the catalogue asks for it now."""

    term_id: int
    period: str
    opens: date
    due: date


@dataclass(frozen=True, slots=True)
class Share:
    """What some bodies owe of one duty.

    `bodies` are branches that chose for themselves, or 0 for the committee; None is every branch that did not choose.
    """

    duty: str
    bodies: tuple[int, ...] | None
    wanted: tuple[Wanted, ...]


def lay_out(session: Session, *, committee_id: int, share: Share, wanted: Wanted) -> None:
    """Let these bodies owe this, on these days; what is done stays untouched, what is right already is not written."""
    o = _OCCURRENCE.c
    values = {
        "committee_id": committee_id,
        "term_id": wanted.term_id,
        "duty": share.duty,
        "period": wanted.period,
        "opens": wanted.opens,
        "due": wanted.due,
        "answer": "",
        "cancelled": False,
        "changes": 0,
    }
    bodies = _bodies(committee_id, share).subquery()
    as_it_should_be = (
        sa.select(o.id)
        .where(
            o.committee_id == committee_id,
            o.body == bodies.c.body,
            o.duty == share.duty,
            o.period == wanted.period,
            o.done_at.is_not(None)
            | sa.and_(
                o.term_id == wanted.term_id,
                o.opens == wanted.opens,
                o.due == wanted.due,
                o.cancelled.is_(False),
            ),
        )
        .exists()
    )
    rows = sa.select(
        bodies.c.branch_id,
        bodies.c.body,
        *(sa.literal(value, o[name].type).label(name) for name, value in values.items()),
    ).where(~as_it_should_be)
    insert = INSERTS[session.get_bind().dialect.name](_OCCURRENCE)
    insert = insert.from_select(["branch_id", "body", *values], rows, include_defaults=False)
    new = insert.excluded
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["committee_id", "body", "duty", "period"],
            set_={
                **{name: new[name] for name in ("term_id", "opens", "due", "cancelled")},
                "changes": o.changes + sa.cast(o.due != new.due, sa.Integer),
            },
            where=o.done_at.is_(None),
        )
    )


def standing(
    session: Session, *, committee_id: int, term_ids: Sequence[int]
) -> Counter[tuple[bool, str, Wanted]]:
    """How many branches owe what already, and (True) the committee itself, by duty; what is done has no days.

    Branches that chose for themselves are left out.
    """
    o = _OCCURRENCE.c
    alike = (o.body == 0, o.duty, o.term_id, o.period, o.opens, o.due, o.done_at.is_not(None))
    rows = session.execute(
        sa.select(*alike, sa.func.count())
        .where(
            o.committee_id == committee_id,
            o.term_id.in_(list(term_ids)),
            o.cancelled.is_(False),
            ~_chose(committee_id).correlate(_OCCURRENCE).exists(),
        )
        .group_by(*alike)
    ).all()
    found: Counter[tuple[bool, str, Wanted]] = Counter()
    for own, duty, term, period, opens, due, done, count in rows:
        days = (date.min, date.min) if done else (opens, due)
        found[bool(own), duty, Wanted(term, period, *days)] += count
    return found


def _chose(committee_id: int) -> sa.Select[tuple[int]]:
    """Whether a branch chose for itself what an occurrence is about."""
    return sa.select(_CHOICE.c.body).where(
        _CHOICE.c.committee_id == committee_id,
        _CHOICE.c.body == _OCCURRENCE.c.body,
        _CHOICE.c.duty == _OCCURRENCE.c.duty,
        _CHOICE.c.body != 0,
    )


def outdated(
    session: Session, *, committee_id: int, term_ids: Sequence[int], shares: Sequence[Share]
) -> list[int]:
    """What is open in these terms and in none of the shares."""
    o = _OCCURRENCE.c
    known = sa.select(o.id).where(
        o.committee_id == committee_id,
        o.term_id.in_(list(term_ids)),
        o.done_at.is_(None),
        o.cancelled.is_(False),
        o.assignment_id.is_(None),
    )
    found: list[int] = []
    for share in shares:
        if share.bodies is not None:
            periods = [wanted.period for wanted in share.wanted]
            own = known.where(o.body.in_(share.bodies), o.duty == share.duty, o.period.not_in(periods))
            found += session.execute(own).scalars()
    usual = [
        (share.duty, wanted.period) for share in shares if share.bodies is None for wanted in share.wanted
    ]
    if usual:
        known = known.where(sa.tuple_(o.duty, o.period).not_in(usual))
    chose = _chose(committee_id).correlate(_OCCURRENCE).exists()
    found += session.execute(known.where(o.body != 0, ~chose).order_by(o.id)).scalars()
    return found


def withdraw(session: Session, *, occurrences: Sequence[int]) -> None:
    """Cancel these, as long as they are open."""
    session.execute(
        sa.update(_OCCURRENCE)
        .where(_OCCURRENCE.c.id.in_(occurrences), _OCCURRENCE.c.done_at.is_(None))
        .values(cancelled=True)
    )


def _bodies(committee_id: int, share: Share) -> Any:
    if share.bodies == (0,):
        return sa.select(sa.cast(sa.null(), sa.Integer).label("branch_id"), sa.literal(0).label("body"))
    branches = sa.select(_BRANCH.c.id.label("branch_id"), _BRANCH.c.id.label("body")).where(
        _BRANCH.c.committee_id == committee_id
    )
    if share.bodies is not None:
        return branches.where(_BRANCH.c.id.in_(share.bodies))
    chose = sa.select(_CHOICE.c.body).where(
        _CHOICE.c.committee_id == committee_id, _CHOICE.c.duty == share.duty, _CHOICE.c.body != 0
    )
    return branches.where(_BRANCH.c.id.not_in(chose))


def unlaid(session: Session, *, today: date) -> list[int]:
    """The committees whose occurrences were not laid out today."""
    return [number for number, laid_out, _ in waiting(session, today=today) if not laid_out]


def waiting(session: Session, *, today: date) -> list[tuple[int, bool, bool]]:
    """The committees that were not laid out or not reminded today: (number, laid out, reminded)."""
    laid_out = sa.func.coalesce(_COMMITTEE.c.laid_out_on >= today, sa.false())
    reminded = sa.func.coalesce(_COMMITTEE.c.reminded_on >= today, sa.false())
    rows = session.execute(
        sa.select(_COMMITTEE.c.id, laid_out, reminded)
        .where(sa.not_(sa.and_(laid_out, reminded)))
        .order_by(_COMMITTEE.c.id)
    ).all()
    return [(number, bool(one), bool(other)) for number, one, other in rows]


def reminded_on(session: Session, committee_id: int) -> date | None:
    """The last day whose reminders a committee's people were owed."""
    return session.execute(
        sa.select(_COMMITTEE.c.reminded_on).where(_COMMITTEE.c.id == committee_id)
    ).scalar()


def reminded(session: Session, *, committee_id: int, today: date) -> None:
    """Note that a committee's people are owed today's reminders."""
    session.execute(sa.update(_COMMITTEE).where(_COMMITTEE.c.id == committee_id).values(reminded_on=today))


def laid_out(session: Session, *, committee_id: int, today: date) -> None:
    """Note that a committee was laid out today."""
    session.execute(sa.update(_COMMITTEE).where(_COMMITTEE.c.id == committee_id).values(laid_out_on=today))


def hold_plan(session: Session, *, committee_id: int) -> None:
    """Nobody else lays a committee out, or changes what it is laid out from, until this unit of work ends."""
    lock(session, CommitteeRow, committee_id)


def lay_out_again(session: Session, *, committee_id: int) -> None:
    """Its days, duties or terms change: the next tick lays the committee out."""
    session.execute(sa.update(_COMMITTEE).where(_COMMITTEE.c.id == committee_id).values(laid_out_on=None))


def one(session: Session, occurrence_id: int) -> Owing:
    """One occurrence. Raises Refused when there is none."""
    row = session.execute(_OWING.where(_OCCURRENCE.c.id == occurrence_id)).first()
    if row is None:
        raise Refused("没有找到这项任务，可能已经取消。请在「待办」里查看。")
    return Owing(*row)


def of_branch(session: Session, *, branch_id: int, term_id: int) -> tuple[Owing, ...]:
    """Everything a branch owes in a term, done or not, by due date."""
    return _all(session, _OCCURRENCE.c.branch_id == branch_id, _OCCURRENCE.c.term_id == term_id)


def open_groups(
    session: Session, *, committee_id: int, since: date, until: date, committee_too: bool = False
) -> tuple[Group, ...]:
    """What a committee's branches (and the committee itself) still owe, due between two days, taken together."""
    assigned = sa.func.coalesce(_ASSIGNMENT.c.title, "")
    alike = (_OCCURRENCE.c.duty, _OCCURRENCE.c.period, assigned, _OCCURRENCE.c.opens, _OCCURRENCE.c.due)
    query = (
        sa.select(*alike, sa.func.count(), sa.func.min(_OCCURRENCE.c.id))
        .select_from(_OCCURRENCE)
        .outerjoin(_ASSIGNMENT, _ASSIGNMENT.c.id == _OCCURRENCE.c.assignment_id)
        .where(
            _OCCURRENCE.c.committee_id == committee_id,
            _OCCURRENCE.c.done_at.is_(None),
            _OCCURRENCE.c.cancelled.is_(False),
            _OCCURRENCE.c.due.between(since, until),
        )
        .group_by(*alike)
        .order_by(_OCCURRENCE.c.due, _OCCURRENCE.c.duty)
    )
    if not committee_too:
        query = query.where(_OCCURRENCE.c.branch_id.is_not(None))
    return tuple(Group(*row) for row in session.execute(query).all())


def open_alike(
    session: Session, *, committee_id: int, groups: Iterable[tuple[str, str, date]], also: Iterable[int] = ()
) -> tuple[tuple[int, int | None, str, str, date, date], ...]:
    """Who still owes what these groups (duty, period, due) say, and these occurrences: number, branch, duty, period,
    opens, due."""
    o = _OCCURRENCE.c
    dues = {due for _, _, due in groups}
    rows = session.execute(
        sa.select(o.id, o.branch_id, o.duty, o.period, o.opens, o.due).where(
            o.committee_id == committee_id,
            o.done_at.is_(None),
            o.cancelled.is_(False),
            o.due.in_(dues) | o.id.in_(list(also)),
        )
    ).all()
    wanted, numbers = set(groups), set(also)
    return tuple(tuple(row) for row in rows if (row.duty, row.period, row.due) in wanted or row.id in numbers)


def open_for(
    session: Session, *, branch_ids: Sequence[int], committee_ids: Sequence[int], since: date, until: date
) -> tuple[Owing, ...]:
    """What these branches, and these committees themselves, still owe and is due between two days."""
    own = _OCCURRENCE.c.branch_id.in_(branch_ids)
    theirs = _OCCURRENCE.c.committee_id.in_(committee_ids) & _OCCURRENCE.c.branch_id.is_(None)
    whose = (
        own if not committee_ids else theirs if not branch_ids else own | theirs
    )  # an OR is slower to look up
    return _all(session, whose, _OCCURRENCE.c.done_at.is_(None), _OCCURRENCE.c.due.between(since, until))


def owing_groups(
    session: Session, *, committee_id: int, groups: Sequence[Group], limit: int | None
) -> tuple[Owing, ...]:
    """Who owes what these groups say, as long as `limit` lasts (None: all of them)."""
    query = _OWING.where(
        _OCCURRENCE.c.committee_id == committee_id,
        _OCCURRENCE.c.branch_id.is_not(None),
        _OCCURRENCE.c.done_at.is_(None),
        sa.tuple_(_OCCURRENCE.c.duty, _OCCURRENCE.c.period).in_([(g.duty, g.period) for g in groups]),
        _OCCURRENCE.c.due.in_({g.due for g in groups}),
    )
    return tuple(Owing(*row) for row in session.execute(query.limit(limit)).all())


def due_since(
    session: Session, *, branch_ids: Collection[int], committee_ids: Collection[int], since: date
) -> tuple[Owing, ...]:
    """What branches and committees themselves owe from a day on, done or not, by due date."""
    own = _OCCURRENCE.c.branch_id.is_(None) & _OCCURRENCE.c.committee_id.in_(committee_ids)
    return _all(session, _OCCURRENCE.c.branch_id.in_(branch_ids) | own, _OCCURRENCE.c.due >= since)


def _all(session: Session, *where: Any) -> tuple[Owing, ...]:
    return tuple(Owing(*row) for row in session.execute(_OWING.where(*where)).all())


def close(session: Session, *, me: Me, owed: Owing, answer: str) -> bool:
    """Write down that a task is done; False when somebody had done it already."""
    done = session.execute(
        sa.update(_OCCURRENCE)
        .where(_OCCURRENCE.c.id == owed.id, _OCCURRENCE.c.done_at.is_(None))
        .values(done_at=me.now, done_by=me.person_id, answer=answer)
        .returning(_OCCURRENCE.c.id)
    ).all()
    if done:
        _note(session, me, owed, {"done": True, "answer": answer})
    return bool(done)


def reopen(session: Session, *, me: Me, owed: Owing) -> bool:
    """Take a report back: the task is open again; False when it was open already."""
    opened = session.execute(
        sa.update(_OCCURRENCE)
        .where(_OCCURRENCE.c.id == owed.id, _OCCURRENCE.c.done_at.is_not(None))
        .values(done_at=None, done_by=None, answer="")
        .returning(_OCCURRENCE.c.id)
    ).all()
    if opened:
        _note(session, me, owed, {"done": False})
    return bool(opened)


def close_duty(session: Session, *, me: Me, branch_id: int, term_id: int, duty: str) -> None:
    """Close what the bot itself sees done: a sheet submitted closes its duty."""
    for owed in of_branch(session, branch_id=branch_id, term_id=term_id):
        if owed.duty == duty and not owed.done:
            close(session, me=me, owed=owed, answer="")


def close_committees(session: Session, *, me: Me, committee_id: int, term_id: int, duty: str) -> None:
    """As close_duty(), for a duty of the committee itself."""
    own = (
        _OCCURRENCE.c.committee_id == committee_id,
        _OCCURRENCE.c.branch_id.is_(None),
        _OCCURRENCE.c.term_id == term_id,
        _OCCURRENCE.c.duty == duty,
    )
    for owed in _all(session, *own):
        if not owed.done:
            close(session, me=me, owed=owed, answer="")


def _note(session: Session, me: Me, owed: Owing, after: dict[str, Any]) -> None:
    history.add(
        session,
        me=me,
        committee_id=owed.committee_id,
        branch_id=owed.branch_id,
        subject="occurrence",
        subject_id=owed.id,
        before={"done": owed.done, "answer": owed.answer},
        after=after,
    )
