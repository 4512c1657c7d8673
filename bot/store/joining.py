"""How seats begin and end: by a code that gives one or moves one, and by leaving."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.actions import SeatEnded, wire
from bot.permissions import Me, Role, Seat, may_invite
from bot.store import chats, history, invitations, mailing, notices, people, seats
from bot.store.database import Session, insert, lock
from bot.store.history import About
from bot.store.notices import DIGEST, OPEN
from bot.store.tables import ADDRESS, BRANCH, COMMITTEE, ENTRY, INVITATION, NOTICE, PERSON, SEAT
from bot.values import Invitation, Newcomer
from scoring.refusal import Refused


def join(session: Session, *, me: Me, text: str, name: str, spend: bool = False) -> Seat:
    """Take the seat that a code gives. Raises Refused for a code that gives none (any more), changing nothing.

    `name` is what a channel calls the person. A seat that is held already needs no code, unless one is to be spent.
    """
    lock(session, ADDRESS, me.address_id)
    me = chats.chat_of(session, me)
    made = invitations.take(session, text=text, now=me.now)
    held = holds(me, made)
    if held is not None and not spend:
        return held
    invitations.check(session, made)
    if made.person_id is not None:
        raise Refused("这是登录码，不是邀请码。")
    if held is not None:
        invitations.spend(session, me=me, made=made)
        return held
    invitations.use(session, made=made)
    if made.seat_id is not None:
        holder = _end(session, made.seat_id, me)
        if holder != made.made_by:  # who handed it over knows
            _tell(session, made.committee_id, made.seat_id, holder, me.now)
    if me.person_id is None:
        called = people.clean_name(people.clean_name(name)[: people.NAME_LENGTH]) or made.role.word
        me = replace(me, person_id=insert(session, PERSON, name=called, joined_at=me.now))
        chats.belongs(session, address_id=me.address_id, person_id=me.person_id)
    assert me.person_id is not None
    invitations.entered(session, made=made, person_id=me.person_id, now=me.now, joins=True)
    number = insert(
        session,
        SEAT,
        committee_id=made.committee_id,
        branch_id=made.branch_id,
        person_id=me.person_id,
        role=int(made.role),
        since=me.now,
    )
    about = About("seat", number, made.committee_id, made.branch_id, person=me.person_id)
    after = {"person": me.person_id, "role": int(made.role), "what": "joined"}
    history.add(session, me, about, after=after)
    return Seat(number, made.role, made.committee_id, made.committee, made.branch_id, made.branch)


def holds(me: Me, made: Invitation) -> Seat | None:
    """The seat that I hold already, if it is the one that an invitation gives."""
    if made.person_id is not None:
        return None
    wanted = (made.committee_id, made.branch_id, made.role)
    return next((s for s in me.seats if (s.committee_id, s.branch_id, s.role) == wanted), None)


# Who came in -------------------------------------------------------------------------------------------------

_e = ENTRY.c
_CAME = (
    sa.select(
        _e.id,
        PERSON.c.name,
        INVITATION.c.role,
        sa.func.coalesce(BRANCH.c.name, "").label("branch"),
        _e.at,
    )
    .select_from(ENTRY)
    .join(INVITATION, INVITATION.c.id == _e.invitation_id)
    .join(PERSON, PERSON.c.id == _e.person_id)
    .outerjoin(BRANCH, BRANCH.c.id == INVITATION.c.branch_id)
    .where(
        INVITATION.c.person_id.is_(None),
        _e.committee_id.in_(sa.bindparam("committees", expanding=True)),
        _e.person_id != sa.func.coalesce(_e.made_by, 0),
    )
    .order_by(_e.id.desc())
)
_BY_CODE = _CAME.where(_e.invitation_id == sa.bindparam("invitation"))
_BY_MINE = _CAME.where(_e.made_by == sa.bindparam("person"))
_UNSEEN = _BY_MINE.where(_e.seen_at.is_(None))
_UNTOLD = ~sa.exists().where(
    NOTICE.c.person_id == _e.made_by,
    NOTICE.c.key.between(DIGEST, sa.bindparam("before")),
    NOTICE.c.state.in_((*OPEN, "sent", "uncertain")),
    NOTICE.c.send_at >= _e.at,
)
_NEWS = _UNSEEN.where(_UNTOLD)
_HEARERS = (
    sa.select(_e.made_by)
    .join(SEAT, (SEAT.c.person_id == _e.made_by) & SEAT.c.until.is_(None))
    .where(
        _e.committee_id == sa.bindparam("committee"),
        SEAT.c.committee_id == _e.committee_id,
        _e.made_by.is_not(None),
        _e.seen_at.is_(None),
        _UNTOLD,
    )
    .distinct()
)


def came_by(session: Session, *, made: Invitation) -> tuple[Newcomer, ...]:
    """Who took a seat by a code, the newest first."""
    return _came(session, _BY_CODE, committees=[made.committee_id], invitation=made.id)


def newcomers(session: Session, *, me: Me, limit: int) -> tuple[Newcomer, ...]:
    """Who took a seat by the codes that I made, the newest first, at most so many."""
    return _came(session, _BY_MINE.limit(limit), committees=_committees(me), person=me.person_id)


def unseen(session: Session, *, me: Me) -> tuple[Newcomer, ...]:
    """Of these, whom I have not seen yet."""
    return _came(session, _UNSEEN, committees=_committees(me), person=me.person_id)


def news(session: Session, *, me: Me, day: date) -> tuple[Newcomer, ...]:
    """Of these, who came after the last digest that I got before that of a day."""
    asked = {"committees": _committees(me), "person": me.person_id, "before": _last_before(day)}
    return _came(session, _NEWS, **asked)


def hear_of_newcomers(session: Session, *, committee_id: int, day: date) -> list[int]:
    """Who has not heard of somebody who joined by their codes, in a digest before that of a day."""
    return list(session.execute(_HEARERS, {"committee": committee_id, "before": _last_before(day)}).scalars())


def see(session: Session, *, me: Me, entry: int) -> None:
    """Whoever came by my codes, up to an entry of a number, I have seen."""
    mine = (_e.committee_id.in_(_committees(me)), _e.made_by == me.person_id, _e.seen_at.is_(None))
    session.execute(sa.update(ENTRY).where(*mine, _e.id <= entry).values(seen_at=me.now))


def _last_before(day: date) -> str:
    return f"{DIGEST}{(day - timedelta(days=1)).isoformat()}"


def _committees(me: Me) -> list[int]:
    return sorted({seat.committee_id for seat in me.seats})


def _came(session: Session, query: sa.Select[Any], **asked: Any) -> tuple[Newcomer, ...]:
    rows = session.execute(query, asked).all()
    return tuple(Newcomer(row.id, _words(row), row.at) for row in rows)


def _words(row: Any) -> str:
    """双龙校区支部书记 李老师; without the name, where nobody gave one."""
    seat = f"{row.branch.removesuffix('党支部')}{Role(row.role).word}"
    return seat if row.name == Role(row.role).word else f"{seat} {row.name}"


# Leaving -----------------------------------------------------------------------------------------------------


def leave(session: Session, *, me: Me, seat: Seat) -> None:
    """End one's own seat. Raises Refused for the last administrator, whom nobody could follow."""
    lock(session, SEAT, seat.id)
    lock(session, COMMITTEE, seat.committee_id)
    if not seats.is_held(session, seat.id):
        raise Refused("这个职务已不在您名下。")
    if seat.role is Role.ADMINISTRATOR and not seats.is_followed(session, seat):
        raise Refused("您是唯一的管理员。请先用「移交」把职务交给别人，再退出。")
    _end(session, seat.id, me)


def remove(session: Session, *, me: Me, seat: Seat) -> None:
    """Take a seat from its holder, whose next tap finds it gone. Raises Refused when that is done already.

    Whoever is in the middle of a tap ends it first: what is written then stands before this in the history.
    """
    lock(session, SEAT, seat.id)
    lock(session, COMMITTEE, seat.committee_id)
    if not seats.is_held(session, seat.id):
        raise Refused("这个职务已经变动了，不用再移除。")
    holder = _end(session, seat.id, me, "removed")
    _tell(session, seat.committee_id, seat.id, holder, me.now)


def _tell(session: Session, committee_id: int, seat_id: int, person_id: int, now: datetime) -> None:
    """Owe a person the notice that somebody else ended a seat of theirs."""
    notices.tell(
        session,
        committee_id=committee_id,
        persons=[person_id],
        key=f"s:{seat_id}",
        action=wire(SeatEnded(seat_id)),
        said="您的职务有变动。",
        now=now,
    )


_END = (
    sa.update(SEAT)
    .where(SEAT.c.id == sa.bindparam("seat"))
    .values(until=sa.bindparam("now"))
    .returning(SEAT.c.committee_id, SEAT.c.branch_id, SEAT.c.person_id, SEAT.c.role)
)


def _end(session: Session, number: int, me: Me, what: str = "left") -> int:
    """End a seat, and with it the codes that its holder could no longer make; whose it was. The caller has locked it.

    With the last one goes what was said where its holder is logged in, and their mail address.
    """
    committee_id, branch_id, person_id, role = session.execute(_END, {"seat": number, "now": me.now}).one()
    by = replace(me, person_id=me.person_id or person_id)
    about = About("seat", number, committee_id, branch_id, person=person_id)
    history.add(session, by, about, after={"person": person_id, "role": role, "what": what})
    left = Me(0, me.channel, me.now, person_id, seats=seats.held_by(session, person_id))
    i = INVITATION.c
    theirs = (i.seat_id == number) | (i.made_by == person_id)
    which = (i.person_id == person_id) | ((i.committee_id == committee_id) & theirs)
    for made in invitations.open_of(session, me.now, which):
        if _falls(made, number, left):
            invitations.void(session, me=by, made=made)
    if not left.known:
        chats.forget_sayings_of(session, person_id)
        mailing.forget(session, person_id)
    return int(person_id)


def _falls(made: Invitation, number: int, left: Me) -> bool:
    """Whether a code ends with the seat of this number, its holder being `left` with what they hold beside it."""
    if made.person_id is not None:
        return not left.known
    if made.seat_id == number:
        return True
    if any(seat.id == made.seat_id for seat in left.seats):
        return False
    return not may_invite(left, made.committee_id, made.branch_id, made.role)
