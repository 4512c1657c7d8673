"""What is laid out: each duty that a body owes for a period becomes a row, once a day and after each change.

What is asked often is a statement that is built once, above the function that asks it: building it anew, and finding
out that it is the same, costs more than running it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.store.database import Session, lock, new, put
from bot.store.roll import ASKED
from bot.store.tables import BRANCH, COMMITTEE, DUTY_CHOICE, OCCURRENCE, ROLL, TERM

_o = OCCURRENCE.c


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
    `event`: they are those to whom something happened, whatever they chose.
    """

    duty: str
    bodies: tuple[int, ...] | None
    wanted: tuple[Wanted, ...]
    event: bool = False


def lay_out(
    session: Session, *, committee_id: int, share: Share, wanted: Wanted, told_on: date | None = None
) -> None:
    """Let these bodies owe this, on these days; what is done stays untouched, what is right already is not written.

    To whom its day is new, is told on a day of its own, if there is one; what comes back stays as late as it was.
    """
    own = share.bodies == (0,)
    statement = _lay_out(own, share.bodies is not None and not own, share.event)
    asked = {"wanted_term": wanted.term_id, "wanted_period": wanted.period}
    asked |= {
        "wanted_opens": wanted.opens,
        "wanted_due": wanted.due,
        "duty": share.duty,
        "wanted_told": told_on,
    }
    bodies = {} if own or share.bodies is None else {"bodies": share.bodies}
    session.execute(statement, {"committee": committee_id, **asked, **bodies})


@cache
def _lay_out(own: bool, some: bool, event: bool) -> Any:
    """How the committee itself, some branches, or all that did not choose are let owe something."""
    values: dict[str, Any] = {
        "committee_id": sa.bindparam("committee", type_=sa.Integer),
        "term_id": sa.bindparam("wanted_term", type_=sa.Integer),
        "duty": sa.bindparam("duty", type_=sa.String),
        "period": sa.bindparam("wanted_period", type_=sa.String),
        "opens": sa.bindparam("wanted_opens", type_=sa.Date),
        "due": sa.bindparam("wanted_due", type_=sa.Date),
        "answer": sa.literal(""),
        "waiting": sa.literal(""),
        "cancelled": sa.literal(False),
        "changes": sa.literal(0),
        "told_on": sa.bindparam("wanted_told", type_=sa.Date),
    }
    bodies = _bodies(own, some, event).subquery()
    as_it_should_be = (
        sa.select(_o.id)
        .where(
            _o.committee_id == values["committee_id"],
            _o.body == bodies.c.body,
            _o.duty == values["duty"],
            _o.period == values["period"],
            _o.done_at.is_not(None)
            | sa.and_(
                _o.term_id == values["term_id"],
                _o.opens == values["opens"],
                _o.due == values["due"],
                _o.cancelled.is_(False),
            ),
        )
        .exists()
    )
    rows = sa.select(
        bodies.c.branch_id, bodies.c.body, *(value.label(name) for name, value in values.items())
    ).where(~as_it_should_be)
    write = put(
        OCCURRENCE,
        *("term_id", "opens", "due", "cancelled"),
        key=("committee_id", "body", "duty", "period"),
        where=_o.done_at.is_(None),
        changes=_o.changes + sa.cast(_o.due != new(OCCURRENCE).due, sa.Integer),
        told_on=sa.case(
            (_o.due != new(OCCURRENCE).due, new(OCCURRENCE).told_on),
            (_o.cancelled & (new(OCCURRENCE).told_on <= _o.due), new(OCCURRENCE).told_on),
            else_=_o.told_on,
        ),
    )
    return write.from_select(["branch_id", "body", *values], rows, include_defaults=False)


def _bodies(own: bool, some: bool, event: bool) -> Any:
    if own:
        return sa.select(sa.cast(sa.null(), sa.Integer).label("branch_id"), sa.literal(0).label("body"))
    of = (
        ROLL if event else ASKED.subquery()
    ).c  # what follows from a result is asked of closed branches, too
    branches = sa.select(of.branch_id, of.branch_id.label("body")).where(
        of.term_id == sa.bindparam("wanted_term", type_=sa.Integer)
    )
    if some:
        return branches.where(of.branch_id.in_(sa.bindparam("bodies", expanding=True)))
    chose = sa.select(DUTY_CHOICE.c.body).where(
        DUTY_CHOICE.c.committee_id == sa.bindparam("committee", type_=sa.Integer),
        DUTY_CHOICE.c.duty == sa.bindparam("duty", type_=sa.String),
        DUTY_CHOICE.c.body != 0,
    )
    return branches.where(of.branch_id.not_in(chose))


_CHOSE = (  # whether a branch chose for itself what an occurrence is about
    sa.select(DUTY_CHOICE.c.body)
    .where(
        DUTY_CHOICE.c.committee_id == sa.bindparam("committee"),
        DUTY_CHOICE.c.body == _o.body,
        DUTY_CHOICE.c.duty == _o.duty,
        DUTY_CHOICE.c.body != 0,
    )
    .correlate(OCCURRENCE)
    .exists()
)
_STANDS = (_o.body == 0, _o.duty, _o.term_id, _o.period, _o.opens, _o.due, _o.done_at.is_not(None))
_STANDING = (
    sa.select(*_STANDS, sa.func.count())
    .where(
        _o.committee_id == sa.bindparam("committee"),
        _o.term_id.in_(sa.bindparam("terms", expanding=True)),
        _o.cancelled.is_(False),
        ~_CHOSE,
    )
    .group_by(*_STANDS)
)


def standing(
    session: Session, *, committee_id: int, term_ids: Sequence[int]
) -> Counter[tuple[bool, str, Wanted]]:
    """How many branches owe what already, and (True) the committee itself, by duty; what is done has no days.

    Branches that chose for themselves are left out.
    """
    rows = session.execute(_STANDING, {"committee": committee_id, "terms": list(term_ids)}).all()
    found: Counter[tuple[bool, str, Wanted]] = Counter()
    for own, duty, term, period, opens, due, done, count in rows:
        days = (date.min, date.min) if done else (opens, due)
        found[bool(own), duty, Wanted(term, period, *days)] += count
    return found


_LAID = (
    sa.select(_o.id)
    .where(
        _o.committee_id == sa.bindparam("committee"),
        _o.term_id.in_(sa.bindparam("terms", expanding=True)),
        _o.done_at.is_(None),
        _o.cancelled.is_(False),
        _o.assignment_id.is_(None),
    )
    .order_by(_o.id)
)
_OUTDATED_OF_SOME = _LAID.where(
    _o.body.in_(sa.bindparam("bodies", expanding=True)),
    _o.duty == sa.bindparam("duty"),
    _o.period.not_in(sa.bindparam("periods", expanding=True)),
)
_OUTDATED = _LAID.where(
    _o.body != 0, ~_CHOSE, sa.tuple_(_o.duty, _o.period).not_in(sa.bindparam("usual", expanding=True))
)


def outdated(
    session: Session, *, committee_id: int, term_ids: Sequence[int], shares: Sequence[Share]
) -> list[int]:
    """What is open in these terms and in none of the shares."""
    where = {"committee": committee_id, "terms": list(term_ids)}
    found: list[int] = []
    for share in shares:
        if share.bodies is not None:
            own = {"bodies": share.bodies, "duty": share.duty, "periods": [w.period for w in share.wanted]}
            found += session.execute(_OUTDATED_OF_SOME, {**where, **own}).scalars()
    usual = [
        (share.duty, wanted.period)
        for share in shares
        if share.bodies is None or share.event
        for wanted in share.wanted
    ]
    found += session.execute(_OUTDATED, {**where, "usual": usual}).scalars()
    return found


def withdraw(session: Session, *, occurrences: Sequence[int]) -> None:
    """Cancel these, as long as they are open."""
    session.execute(
        sa.update(OCCURRENCE).where(_o.id.in_(occurrences), _o.done_at.is_(None)).values(cancelled=True)
    )


_DONE_WITH = (
    sa.select(_o.id)
    .join(BRANCH, BRANCH.c.id == _o.branch_id)
    .join(TERM, TERM.c.id == _o.term_id)
    .where(
        _o.committee_id == sa.bindparam("committee"),
        _o.done_at.is_(None),
        _o.cancelled.is_(False),
        _o.duty.not_in(sa.bindparam("but", expanding=True)),
        BRANCH.c.closed_at.is_not(None),
        TERM.c.published_at.is_not(None),
    )
)


def done_with(session: Session, *, committee_id: int, but: Sequence[str]) -> list[int]:
    """What closed branches still owe of terms that are published: nobody asks for it any more, but for some duties."""
    return list(session.execute(_DONE_WITH, {"committee": committee_id, "but": list(but)}).scalars())


def end(session: Session, *, branch_id: int, term_ids: Sequence[int]) -> None:
    """Cancel whatever a branch owes in these terms, tasks that were given too, as long as it is open."""
    session.execute(
        sa.update(OCCURRENCE)
        .where(_o.branch_id == branch_id, _o.term_id.in_(term_ids), _o.done_at.is_(None))
        .values(cancelled=True)
    )


def cancel(session: Session, *, committee_id: int, term_id: int, duty: str) -> None:
    """The committee itself does not owe a duty of a term any more, as long as it is open."""
    own = (_o.committee_id == committee_id, _o.branch_id.is_(None), _o.term_id == term_id, _o.duty == duty)
    session.execute(sa.update(OCCURRENCE).where(*own, _o.done_at.is_(None)).values(cancelled=True))


_LAID_OUT, _REMINDED = (
    sa.func.coalesce(day == sa.bindparam("today"), sa.false())  # a later day is one of a clock that was wrong
    for day in (COMMITTEE.c.laid_out_on, COMMITTEE.c.reminded_on)
)
_WAITING = (
    sa.select(COMMITTEE.c.id, _LAID_OUT, _REMINDED)
    .where(sa.not_(sa.and_(_LAID_OUT, _REMINDED)))
    .order_by(COMMITTEE.c.id)
)


def waiting(session: Session, *, today: date) -> list[tuple[int, bool, bool]]:
    """The committees that were not laid out or not reminded today: (number, laid out, reminded)."""
    rows = session.execute(_WAITING, {"today": today}).all()
    return [(number, bool(one), bool(other)) for number, one, other in rows]


_REMINDED_ON = sa.select(COMMITTEE.c.reminded_on).where(COMMITTEE.c.id == sa.bindparam("committee"))
_NOTE_REMINDED, _NOTE_LAID_OUT = (
    sa.update(COMMITTEE)
    .where(COMMITTEE.c.id == sa.bindparam("committee"))
    .values({name: sa.bindparam("today")})
    for name in ("reminded_on", "laid_out_on")
)


def reminded_on(session: Session, committee_id: int) -> date | None:
    """The last day whose reminders a committee's people were owed."""
    return session.execute(_REMINDED_ON, {"committee": committee_id}).scalar()


def reminded(session: Session, *, committee_id: int, today: date) -> None:
    """Note that a committee's people are owed today's reminders."""
    session.execute(_NOTE_REMINDED, {"committee": committee_id, "today": today})


def laid_out(session: Session, *, committee_id: int, today: date) -> None:
    """Note that a committee was laid out today."""
    session.execute(_NOTE_LAID_OUT, {"committee": committee_id, "today": today})


def hold_plan(session: Session, *, committee_id: int) -> None:
    """Nobody else lays a committee out, or changes what it is laid out from, until this unit of work ends."""
    lock(session, COMMITTEE, committee_id)


def lay_out_again(session: Session, *, committee_id: int) -> None:
    """Its days, duties or terms change: the next tick lays the committee out."""
    session.execute(_NOTE_LAID_OUT, {"committee": committee_id, "today": None})
