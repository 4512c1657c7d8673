"""交流汇报 of a school year: its day, the order of the branches, the task for their materials, the minutes."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import history
from bot.store.database import Session, lock, put
from bot.store.history import About
from bot.store.tables import ASSIGNMENT, EXCHANGE, OCCURRENCE, PERSON
from bot.values import Material, Meeting

_e, _o = EXCHANGE.c, OCCURRENCE.c
_ONE = (
    sa.select(
        _e.id,
        _e.held_on,
        _e.hour,
        _e.order,
        _e.minutes_at,
        sa.func.coalesce(PERSON.c.name, ""),
        sa.func.coalesce(_e.assignment_id, 0),
        ASSIGNMENT.c.given_at.is_not(None),
        sa.func.coalesce(ASSIGNMENT.c.made_by, 0),
    )
    .outerjoin(PERSON, PERSON.c.id == _e.minutes_by)
    .outerjoin(ASSIGNMENT, ASSIGNMENT.c.id == _e.assignment_id)
    .where(_e.committee_id == sa.bindparam("committee"), _e.year == sa.bindparam("year"))
)
_BEGIN = put(EXCHANGE, key=("committee_id", "year"))
_MATERIALS = sa.select(_o.branch_id, _o.id, _o.due, _o.done_at.is_not(None)).where(
    _o.committee_id == sa.bindparam("committee"),
    _o.assignment_id == sa.bindparam("task"),
    _o.cancelled.is_(False),
)


def of_year(session: Session, *, committee_id: int, year: int) -> Meeting:
    """The meeting of a school year; without a number where nothing of it is set. One query."""
    row = session.execute(_ONE, {"committee": committee_id, "year": year}).first()
    if row is None:
        return Meeting(committee_id, year)
    number, held_on, hour, order, *rest = row
    numbers = tuple(map(int, order.split(","))) if order else ()
    minutes_at, by, task, given, made_by = rest
    return Meeting(
        committee_id, year, number, held_on, hour, numbers, minutes_at, by, task, bool(given), made_by
    )


def to_change(session: Session, *, committee_id: int, year: int) -> Meeting:
    """The same, begun now if it was not, and held until the unit of work ends."""
    found = of_year(session, committee_id=committee_id, year=year)
    if not found.id:
        session.execute(_BEGIN, {"committee_id": committee_id, "year": year})
        found = of_year(session, committee_id=committee_id, year=year)
    lock(session, EXCHANGE, found.id)
    return of_year(session, committee_id=committee_id, year=year)


def hold_on(session: Session, *, me: Me, meeting: Meeting, day: date, hour: str) -> None:
    """The meeting is on this day, at this hour (empty: none is set)."""
    before = {"day": meeting.held_on.isoformat() if meeting.held_on else "", "hour": meeting.hour}
    _set(session, me, meeting, before, {"day": day.isoformat(), "hour": hour}, held_on=day, hour=hour)


def put_in_order(session: Session, *, me: Me, meeting: Meeting, order: tuple[int, ...], drawn: bool) -> None:
    """The branches speak in this order, which was `drawn` by lot or typed; empty: in that of the roll."""
    said = {"order": list(order), "drawn": drawn}
    _set(session, me, meeting, {"order": list(meeting.order)}, said, order=",".join(map(str, order)))


def tick_minutes(session: Session, *, me: Me, meeting: Meeting, there: bool) -> None:
    """Somebody says that there are minutes, or takes that back."""
    at, by = (me.now, me.person_id) if there else (None, None)
    was = {"minutes": meeting.minutes_at is not None}
    _set(session, me, meeting, was, {"minutes": there}, minutes_at=at, minutes_by=by)


def _set(
    session: Session, me: Me, meeting: Meeting, before: dict[str, Any], after: dict[str, Any], **values: Any
) -> None:
    session.execute(sa.update(EXCHANGE).where(_e.id == meeting.id).values(**values))
    history.add(session, me, About("exchange", meeting.id, meeting.committee_id), before=before, after=after)


def ask_by(session: Session, *, meeting: Meeting, assignment_id: int) -> None:
    """This task asks for the materials, once it is given: until then it is a draft, which concerns nobody."""
    session.execute(sa.update(EXCHANGE).where(_e.id == meeting.id).values(assignment_id=assignment_id))


def materials(session: Session, meeting: Meeting) -> dict[int, Material]:
    """What the branches are asked to hand in, by branch: nothing where the task was taken back. One query."""
    if not meeting.given:
        return {}
    rows = session.execute(_MATERIALS, {"committee": meeting.committee_id, "task": meeting.task}).all()
    return {branch: Material(task, due, bool(done)) for branch, task, due, done in rows}
