"""Codes that give something: a seat (邀请码), a seat that is handed over (移交码), another device (登录码)."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.permissions import NO_INVITATION, Me, Role, Seat, may_invite
from bot.store import history, seats
from bot.store.codes import clean_code, new_code
from bot.store.database import Session, insert, lock
from bot.store.history import About
from bot.store.tables import BRANCH, COMMITTEE, ENTRY, HISTORY, INVITATION, PERSON, SEAT
from bot.values import Invitation, Invitee
from scoring.refusal import Refused

INVITATION_LIFE, HAND_OVER_LIFE, LOG_IN_LIFE = timedelta(days=14), timedelta(days=2), timedelta(days=2)
NO_CODE = "这里没有找到这个邀请码：可能抄错了一位，也可能是别的单位的邀请。请核对后再输入，或请给您邀请码的同志重新发。"


class WrongCode(Refused):
    """There is no such code: what a guess gets."""


class Closed(Refused):
    """A code that gave something once, and gives nothing any more: which, with whom to ask in its sentence."""

    def __init__(self, made: Invitation, sentence: str) -> None:
        self.made = made
        super().__init__(sentence)


_i = INVITATION.c
_ENTERS = PERSON.alias()
_MADE = (
    sa.select(
        _i.id,
        _i.code,
        _i.committee_id,
        COMMITTEE.c.name.label("committee"),
        _i.branch_id,
        BRANCH.c.name.label("branch"),
        _i.role,
        _i.seat_id,
        _i.person_id,
        _ENTERS.c.name.label("person"),
        _i.uses_left,
        _i.made_by,
        PERSON.c.name.label("by"),
        _i.made_at,
        _i.expires_at,
        _i.ended_at,
        sa.select(sa.func.max(ENTRY.c.at))
        .where(ENTRY.c.committee_id == _i.committee_id, ENTRY.c.invitation_id == _i.id)
        .scalar_subquery()
        .label("used_at"),
    )
    .select_from(INVITATION)
    .join(COMMITTEE, COMMITTEE.c.id == _i.committee_id)
    .outerjoin(BRANCH, BRANCH.c.id == _i.branch_id)
    .outerjoin(PERSON, PERSON.c.id == _i.made_by)
    .outerjoin(_ENTERS, _ENTERS.c.id == _i.person_id)
)
_MADE_TO_WRITE = _MADE.with_for_update(of=INVITATION)


# Making -------------------------------------------------------------------------------------------------------


def invite(
    session: Session,
    *,
    me: Me,
    committee_id: int,
    branch_id: int | None,
    role: Role,
    uses: int = 1,
    besides: int = 0,
) -> Invitation:
    """The still open invitation that I made for this role, or a new one: asking twice makes one code.

    With `besides`, one made after the invitation of that number.
    """
    gives = {"committee_id": committee_id, "branch_id": branch_id, "role": int(role)}
    return _code(session, me, gives, INVITATION_LIFE, uses, besides)


def alone(session: Session, committee_id: int) -> None:
    """Nobody else invites many to a committee's seats until the unit of work ends."""
    lock(session, COMMITTEE, committee_id)


_MAKE_ALL = sa.insert(INVITATION).returning(_i.id, _i.code)  # in no order that is promised


def invite_all(session: Session, *, me: Me, committee_id: int, invitees: Sequence[Invitee]) -> None:
    """A new invitation for each of these, and in the history for whom it is. Two statements, however many they are."""
    codes = [new_code() for _ in invitees]
    alike: dict[str, Any] = {
        "committee_id": committee_id,
        "made_by": me.person_id,
        "uses_left": 1,
        "made_at": me.now,
        "expires_at": me.now + INVITATION_LIFE,
    }
    rows = [
        {**alike, "branch_id": one.branch.id if one.branch else None, "role": int(one.role), "code": code}
        for one, code in zip(invitees, codes, strict=True)
    ]
    if not rows:
        return
    numbers = {code: number for number, code in session.execute(_MAKE_ALL, rows).all()}
    said = []
    for one, code in zip(invitees, codes, strict=True):
        about = About("invitation", numbers[code], committee_id, one.branch.id if one.branch else None)
        called = {"for": one.name} if one.name else {}
        said.append((about, {"role": int(one.role), "seat": None, **called}))
    history.add_all(session, me, said)


def hand_over(session: Session, *, me: Me, seat: Seat) -> Invitation:
    """The one-time code that moves a seat to whoever uses it."""
    return _code(session, me, {**_of(seat), "seat_id": seat.id}, HAND_OVER_LIFE)


def log_in_code(session: Session, *, me: Me) -> Invitation:
    """The one-time code with which a person logs in somewhere else."""
    return _code(session, me, {**_of(me.seats[0]), "person_id": me.person_id}, LOG_IN_LIFE)


def _of(seat: Seat) -> dict[str, Any]:
    return {"committee_id": seat.committee_id, "branch_id": seat.branch_id, "role": int(seat.role)}


def _code(
    session: Session, me: Me, gives: dict[str, Any], life: timedelta, uses: int = 1, besides: int = 0
) -> Invitation:
    gives = {"seat_id": None, "person_id": None, **gives, "made_by": me.person_id, "uses_left": uses}
    number = session.execute(
        sa.select(_i.id)
        .where(
            *(_i[name] == value for name, value in gives.items()),
            _i.expires_at > me.now + life / 2,
            _i.ended_at.is_(None),
            _i.id > besides,
        )
        .order_by(_i.id)
        .limit(1)
    ).scalar()
    if number is None:
        times = {"made_at": me.now, "expires_at": me.now + life}
        number = insert(session, INVITATION, **gives, **times, code=new_code())
        about = About("invitation", number, gives["committee_id"], gives["branch_id"])
        person = {"person": gives["person_id"]} if gives["person_id"] else {}
        history.add(session, me, about, after={"role": gives["role"], "seat": gives["seat_id"], **person})
    return invitation(session, invitation_id=number, now=me.now)


# Looking ------------------------------------------------------------------------------------------------------


def invitation(session: Session, *, invitation_id: int, now: datetime) -> Invitation:
    """An invitation, whoever made it and whatever became of it. Raises Refused when there is none."""
    found = _invitations(session, now, _i.id == invitation_id)
    if not found:
        raise Refused(NO_INVITATION)
    return found[0]


def open_invitations(
    session: Session,
    *,
    committee_id: int,
    branch_id: int | None = None,
    now: datetime,
    before: int = 0,
    newer: bool = False,
    limit: int | None = None,
) -> tuple[Invitation, ...]:
    """What can be used in a committee, or in a branch of it, the newest first.

    Those numbered below `before` (0: all); or, `newer`, the others, the oldest first.
    """
    which = [_i.committee_id == committee_id, *_is_open(now)]
    if branch_id is not None:
        which.append(_i.branch_id == branch_id)
    if before:
        which.append(_i.id >= before if newer else _i.id < before)
    return _invitations(session, now, *which, newest=not newer, limit=limit)


def count_open(
    session: Session, *, committee_ids: Sequence[int], now: datetime
) -> dict[tuple[int, int | None], int]:
    """How many invitations can be used, by committee and branch (None: in the committee itself)."""
    rows = session.execute(
        sa.select(_i.committee_id, _i.branch_id, sa.func.count())
        .where(_i.committee_id.in_(committee_ids), *_is_open(now))
        .group_by(_i.committee_id, _i.branch_id)
    ).all()
    return {(committee, branch): count for committee, branch, count in rows}


_AWAITED = sa.select(_i.branch_id).where(
    _i.committee_id == sa.bindparam("committee"),
    _i.role == int(Role.SECRETARY),
    _i.branch_id.is_not(None),
    _i.person_id.is_(None),
    _i.ended_at.is_(None),
    _i.uses_left > 0,
    _i.expires_at > sa.bindparam("now", type_=_i.expires_at.type),
)


def awaited(session: Session, *, committee_id: int, now: datetime) -> frozenset[int]:
    """The branches for whose secretary somebody has a code that can be used. One query."""
    return frozenset(session.execute(_AWAITED, {"committee": committee_id, "now": now}).scalars())


def mine(session: Session, *, me: Me, committee_id: int) -> tuple[Invitation, ...]:
    """What I invited to in a committee and its branches and nobody has used, the oldest first. One query."""
    own = (_i.committee_id == committee_id, _i.made_by == me.person_id, _i.seat_id.is_(None))
    return _invitations(session, me.now, *own, _i.person_id.is_(None), *_is_open(me.now), newest=False)


_FOR = sa.select(HISTORY.c.subject_id, HISTORY.c.after).where(
    HISTORY.c.committee_id == sa.bindparam("committee"),
    HISTORY.c.at >= sa.bindparam("since", type_=HISTORY.c.at.type),
    HISTORY.c.subject == "invitation",
    HISTORY.c.subject_id.in_(sa.bindparam("numbers", expanding=True)),
    HISTORY.c.before == "",
)


def whom(session: Session, made: Sequence[Invitation]) -> dict[int, str]:
    """For whom these invitations of one committee are, by their numbers, where somebody said a name. One query."""
    if not made:
        return {}
    asked = {
        "committee": made[0].committee_id,
        "since": min(one.made_at for one in made),
        "numbers": [one.id for one in made],
    }
    said = ((number, json.loads(after)) for number, after in session.execute(_FOR, asked).all())
    return {number: after["for"] for number, after in said if "for" in after}


def invitation_with(session: Session, *, text: str, now: datetime) -> Invitation | None:
    """The invitation whose code this is, whatever became of it."""
    found = _invitations(session, now, _i.code == clean_code(text))
    return found[0] if found else None


def open_of(session: Session, now: datetime, which: sa.ColumnElement[bool]) -> tuple[Invitation, ...]:
    """What can be used of these, the oldest first; nobody else changes them until the unit of work ends."""
    return _invitations(session, now, which, *_is_open(now), newest=False, to_write=True)


def _is_open(now: datetime) -> list[sa.ColumnElement[bool]]:
    return [_i.ended_at.is_(None), _i.uses_left > 0, _i.expires_at > now]


def _invitations(
    session: Session,
    now: datetime,
    *which: sa.ColumnElement[bool],
    newest: bool = True,
    limit: int | None = None,
    to_write: bool = False,
) -> tuple[Invitation, ...]:
    made = _MADE_TO_WRITE if to_write else _MADE
    rows = session.execute(made.where(*which).order_by(_i.id.desc() if newest else _i.id).limit(limit)).all()
    return tuple(_invitation(row, now) for row in rows)


def _invitation(row: Any, now: datetime) -> Invitation:
    closed = "已过期" if row.expires_at <= now else ""
    if row.uses_left < 1:
        closed = "已经用过"
    elif row.ended_at is not None:
        closed = "已作废"
    return Invitation(
        row.id,
        row.code,
        row.committee_id,
        row.committee,
        row.branch_id,
        row.branch or "",
        Role(row.role),
        seat_id=row.seat_id,
        person_id=row.person_id,
        person=row.person or "",
        uses_left=row.uses_left,
        made_by=row.made_by,
        by=_called(row.by or "", row.branch or "", row.committee),
        made_at=row.made_at,
        expires_at=row.expires_at,
        closed=closed,
        used_at=row.used_at,
    )


# Using and ending ---------------------------------------------------------------------------------------------


def usable(session: Session, *, text: str, now: datetime) -> Invitation:
    """What a code gives. Raises Refused for a code that gives nothing (any more), and WrongCode for none."""
    made = invitation_with(session, text=text, now=now)
    if made is None:
        raise WrongCode(NO_CODE)
    check(session, made)
    return made


def take(session: Session, *, text: str, now: datetime) -> Invitation:
    """The invitation with this code, whatever became of it, locked; before it, the seat that it hands over.

    In this order everybody locks who ends a seat with its codes. Raises WrongCode.
    """
    which = _i.code == clean_code(text)
    found = session.execute(sa.select(_i.id, _i.committee_id, _i.seat_id).where(which)).first()
    if found is None:
        raise WrongCode(NO_CODE)
    if found.seat_id is not None:
        lock(session, SEAT, found.seat_id)
        lock(session, COMMITTEE, found.committee_id)
    return _invitations(session, now, _i.id == found.id, to_write=True)[0]


def check(session: Session, made: Invitation) -> None:
    """Let a code pass that still works and whose maker may still give what it gives. Raises Closed."""
    if made.person_id is not None:
        if made.uses_left > 0 and not seats.held_by(session, made.person_id):
            raise Closed(made, "职务已经变动，这个登录码不能再用。请要一个新的邀请码。")
        if made.closed:
            again = "请在已登录的设备上再要一个，或要一个新的邀请码。"
            raise Closed(made, f"这个登录码{made.closed}。{again}")
        return
    may = _maker_may(session, made)
    if made.uses_left > 0 and not may:
        whose = "原来的" if made.moves else f"{made.by or '发出这个邀请码的同志'}的"
        raise Closed(made, f"{whose}职务已经变动，这个{made.kind}随之作废。{_ask(made, may)}")
    if made.closed:
        raise Closed(made, f"这个{made.kind}{made.closed}。{_ask(made, may)}")


def _called(name: str, branch: str, committee: str) -> str:
    """A maker's name, with where they are if it only says a role: 管理员（示范职业高中党总支）."""
    role = next((role for role in Role if role.word == name), None)
    if role is None:
        return name
    return f"{name}（{branch if role.of_branch and branch else committee}）"


def _ask(made: Invitation, may: bool) -> str:
    """Whom to ask for another one: who made it, if they `may` still; else the committee."""
    if not may:
        return f"请向{made.committee}的管理员要一个新的邀请码。"
    does = "移交职务给您的" if made.moves else "邀请您的"
    return f"请向{does}{made.by}要一个新的。" if made.by else "请向给您邀请码的同志要一个新的。"


def _maker_may(session: Session, made: Invitation) -> bool:
    """Whether who made a code might make it now; what was made at the terminal stays good.

    A seat that is handed over must be held, by its maker or by somebody whom they may replace.
    """
    if made.seat_id is not None and not seats.is_held(session, made.seat_id):
        return False
    if made.made_by is None:
        return True
    maker = Me(0, "", made.made_at, made.made_by, seats=seats.held_by(session, made.made_by))
    if any(seat.id == made.seat_id for seat in maker.seats):
        return True
    return may_invite(maker, made.committee_id, made.branch_id, made.role)


def use(session: Session, *, made: Invitation) -> None:
    """Use a code once: the seat that begins by it has a row of history that says so."""
    session.execute(sa.update(INVITATION).where(_i.id == made.id).values(uses_left=_i.uses_left - 1))


def entered(session: Session, *, made: Invitation, person_id: int, now: datetime, joins: bool) -> None:
    """Write down who used a code. Whoever made it is to hear of it if somebody else `joins`."""
    insert(
        session,
        ENTRY,
        committee_id=made.committee_id,
        invitation_id=made.id,
        made_by=made.made_by,
        person_id=person_id,
        at=now,
        seen_at=None if joins and person_id != made.made_by else now,
    )


def spend(session: Session, *, me: Me, made: Invitation) -> None:
    """Use a code up where no seat begins."""
    assert me.person_id is not None
    use(session, made=made)
    entered(session, made=made, person_id=me.person_id, now=me.now, joins=False)
    uses = {"uses": made.uses_left - 1}
    history.add(session, me, _about(made), before={"uses": made.uses_left}, after=uses)


def cancel(session: Session, *, me: Me, made: Invitation) -> None:
    """Make an open invitation void. Raises Refused when it is open no more."""
    now = _invitations(session, me.now, _i.id == made.id, to_write=True)[0]
    if now.closed:
        raise Refused(f"这个{now.kind}{now.closed}，不用再取消。")
    void(session, me=me, made=now)


def void(session: Session, *, me: Me, made: Invitation) -> None:
    """Make an open invitation void, which the caller has locked."""
    session.execute(sa.update(INVITATION).where(_i.id == made.id).values(ended_at=me.now))
    history.add(session, me, _about(made), before={"uses": made.uses_left}, after={"uses": 0})


def _about(made: Invitation) -> About:
    return About("invitation", made.id, made.committee_id, made.branch_id)
