"""人员: who holds which seat in a committee, since when, and where they are logged in."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.permissions import Role, Seat
from bot.store import mailing
from bot.store.database import Session
from bot.store.tables import ADDRESS, BRANCH, COMMITTEE, HISTORY, PERSON, SEAT
from bot.values import HeldSeat, Holder, Login
from scoring.refusal import Refused

NOBODY = "没有找到这位同志，可能已经不在这里任职了。请在「人员」里重新选择。"
ENDED = "这个职务已经变动了，请回首页重新选择。"
_SEATS = (
    sa.select(
        SEAT.c.id,
        SEAT.c.role,
        SEAT.c.committee_id,
        COMMITTEE.c.name.label("committee"),
        SEAT.c.branch_id,
        sa.func.coalesce(BRANCH.c.name, "").label("branch"),
        SEAT.c.since,
        SEAT.c.until,
        SEAT.c.person_id,
        PERSON.c.name,
    )
    .select_from(SEAT)
    .join(PERSON, PERSON.c.id == SEAT.c.person_id)
    .join(COMMITTEE, COMMITTEE.c.id == SEAT.c.committee_id)
    .outerjoin(BRANCH, BRANCH.c.id == SEAT.c.branch_id)
)
_HELD = _SEATS.where(SEAT.c.committee_id == sa.bindparam("committee"), SEAT.c.until.is_(None)).order_by(
    sa.func.coalesce(SEAT.c.branch_id, 0), SEAT.c.role, SEAT.c.id
)
_HELD_BY = _HELD.where(SEAT.c.person_id == sa.bindparam("person"))
_EVER = _SEATS.where(
    SEAT.c.committee_id == sa.bindparam("committee"), PERSON.c.deleted_at.is_(None)
).order_by(SEAT.c.until.desc().nulls_first(), SEAT.c.id.desc())
_EVER_BY = _EVER.where(SEAT.c.person_id == sa.bindparam("person"))
_STAYS = SEAT.alias()
_DEPARTED = _EVER.where(
    ~sa.exists().where(
        _STAYS.c.committee_id == SEAT.c.committee_id,
        _STAYS.c.person_id == SEAT.c.person_id,
        _STAYS.c.until.is_(None),
    )
)
_ONE = _SEATS.where(SEAT.c.id == sa.bindparam("seat"))
_ADDRESSES = (
    sa.select(
        ADDRESS.c.person_id,
        ADDRESS.c.id,
        ADDRESS.c.channel,
        ADDRESS.c.heard_at,
        ADDRESS.c.refused_at.is_not(None).label("refuses"),
    )
    .where(ADDRESS.c.person_id.in_(sa.bindparam("persons", expanding=True)))
    .order_by(ADDRESS.c.heard_at.desc().nulls_last(), ADDRESS.c.id)
)


def holders(session: Session, committee_id: int) -> tuple[Holder, ...]:
    """Who holds a seat in a committee or its branches: the committee's own people first. Two queries."""
    return _holders(session, session.execute(_HELD, {"committee": committee_id}).all())


def holder(session: Session, committee_id: int, person_id: int) -> Holder:
    """One of them. Raises Refused when that person holds no seat there."""
    rows = session.execute(_HELD_BY, {"committee": committee_id, "person": person_id}).all()
    if not rows:
        raise Refused(NOBODY)
    return _holders(session, rows)[0]


def departed(session: Session, committee_id: int) -> tuple[Holder, ...]:
    """Who held a seat in a committee or its branches and holds none there now, with those they held, the last ones
    first: whoever left last is first. One query."""
    found: dict[int, Holder] = {}
    for row in session.execute(_DEPARTED, {"committee": committee_id}).all():
        known = found.get(row.person_id, Holder(row.person_id, row.name, ()))
        found[row.person_id] = replace(known, seats=(*known.seats, _held(row)))
    return tuple(found.values())


def of_person(session: Session, committee_id: int, person_id: int) -> Holder:
    """Somebody with the seats that they hold or held in a committee, those they hold first. Raises Refused."""
    rows = session.execute(_EVER_BY, {"committee": committee_id, "person": person_id}).all()
    if not rows:
        raise Refused(NOBODY)
    return Holder(person_id, rows[0].name, tuple(map(_held, rows)))


def seat(session: Session, seat_id: int) -> tuple[HeldSeat, int, str]:
    """A seat, whether or not it is held still, with its holder's number and name. Raises Refused when there is none."""
    row = session.execute(_ONE, {"seat": seat_id}).first()
    if row is None:
        raise Refused(ENDED)
    return _held(row), row.person_id, row.name


_ENDED = (
    sa.select(PERSON.c.name, HISTORY.c.after)
    .select_from(HISTORY)
    .join(PERSON, PERSON.c.id == HISTORY.c.person_id)
    .where(HISTORY.c.subject == "seat", HISTORY.c.subject_id == sa.bindparam("seat"))
    .where(HISTORY.c.committee_id == sa.bindparam("committee"))
    .order_by(HISTORY.c.id.desc())
    .limit(1)
)


def ended_by(session: Session, found: Seat) -> tuple[str, bool]:
    """Who wrote down that a seat ended, and whether they took it away; who is new follows under the holder's name."""
    row = session.execute(_ENDED, {"seat": found.id, "committee": found.committee_id}).first()
    return (str(row.name), json.loads(row.after).get("what") == "removed") if row else ("", True)


def _holders(session: Session, rows: Sequence[Any]) -> tuple[Holder, ...]:
    seats: dict[int, list[HeldSeat]] = {}
    names = {row.person_id: row.name for row in rows}
    for row in rows:
        seats.setdefault(row.person_id, []).append(_held(row))
    there: dict[int, list[Any]] = {}
    for one in session.execute(_ADDRESSES, {"persons": list(seats)}).all():
        there.setdefault(one.person_id, []).append(one)
    return tuple(
        Holder(
            person,
            names[person],
            tuple(held),
            tuple(
                Login(one.id, one.channel, one.heard_at, one.refuses)
                for one in there.get(person, ())
                if one.channel != mailing.CHANNEL
            ),
            any(one.channel == mailing.CHANNEL and not one.refuses for one in there.get(person, ())),
        )
        for person, held in seats.items()
    )


def _held(row: Any) -> HeldSeat:
    since: datetime = row.since
    found = Seat(row.id, Role(row.role), row.committee_id, row.committee, row.branch_id, row.branch)
    return HeldSeat(found, since, row.until)
