"""The outbox: how far each notice (提醒) has come on its way.

waiting → claimed → sending → sent. Nothing was called before `sending`, so a claim whose lease ran out goes back to
waiting; a `sending` whose lease ran out may have arrived and becomes uncertain. Every step after the claim names its
owner, so that a process which was thought dead changes nothing any more (fencing). A process claims what it can bring:
where the chat that is tried first is on a channel whose connection another process has, it leaves the notice to that.

Where nothing rings, sending → unseen → sent: it lies there, and is sent when somebody saw it. Nothing is called then.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from bot.store.database import Session
from bot.store.tables import ADDRESS, NOTICE
from bot.values import UNOPENED

LEASE = timedelta(minutes=2)
FARTHEST = timedelta(days=40)  # no notice is written longer before it is sent
MERGED = "并入下一次提醒"
BY_MAIL = "改发邮件"
UNREACHED = "连不上聊天渠道"
LETTER = "m:"  # how the key of a day's mail begins, which is about another notice
POSTING = "g:"  # how the key of what goes into a group chat begins: its person is who had it sent
NUDGES = ("n1:", "n2:")  # and those of the first and the second time that a committee reminds on a day
_n = NOTICE.c
_NOW = sa.bindparam("now", type_=_n.at.type)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice that a process carries now; `owner` names this one claim of it."""

    id: int
    committee_id: int
    person_id: int
    key: str
    action: str
    said: str
    expires_at: datetime
    last: bool
    again: bool
    tries: int
    owner: str


@dataclass(frozen=True, slots=True)
class Route:
    """The channels of a process in the `order` in which a person's chats are tried, and those it cannot send by now.

    Those by which letters go are not among them: each letter makes its own connection.
    """

    order: tuple[str, ...] = ()
    closed: frozenset[str] = frozenset()


ANY = Route()


@cache
def _closed(route: Route) -> sa.ColumnElement[bool]:
    """Whether the chat that is tried first is on a channel that is closed."""
    if not route.closed:
        return sa.false()
    place = sa.case({name: n for n, name in enumerate(route.order)}, value=ADDRESS.c.channel)
    first = (
        sa.select(sa.func.coalesce(sa.func.min(place), len(route.order)))
        .where(
            ADDRESS.c.person_id == _n.person_id,
            ADDRESS.c.refused_at.is_(None),
            ADDRESS.c.channel.in_(route.order),
        )
        .scalar_subquery()
    )
    theirs = ~_n.key.startswith(LETTER) & ~_n.key.startswith(POSTING)
    return first.in_([route.order.index(name) for name in route.closed]) & theirs


@cache
def _due(route: Route) -> sa.Select[Any]:
    waits = (_n.state == "waiting", _n.send_at <= _NOW, ~_closed(route) | (_n.expires_at <= _NOW))
    left = (_n.state.in_(("claimed", "sending")), _n.lease < _NOW)
    return sa.select(sa.select(_n.id).where(*waits).exists() | sa.select(_n.id).where(*left).exists())


def due(session: Session, *, now: datetime, route: Route = ANY) -> bool:
    """Whether anything is to be sent by a process, or was left behind by one that is gone."""
    return bool(session.execute(_due(route), {"now": now}).scalar())


@cache
def _next(route: Route) -> sa.Select[Any]:
    return (
        sa.select(_n.id)
        .where(_n.state == "waiting", _n.send_at <= _NOW, _n.expires_at > _NOW, ~_closed(route))
        .order_by(_n.send_at, _n.id)
        .limit(sa.bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


_CLAIM = (
    sa.update(NOTICE)
    .where(_n.id.in_(sa.bindparam("numbers", expanding=True)), _n.state == "waiting")
    .values(state="claimed", owner=sa.bindparam("owner"), lease=sa.bindparam("lease"))
    .returning(
        _n.id,
        _n.committee_id,
        _n.person_id,
        _n.key,
        _n.action,
        _n.said,
        _n.expires_at,
        _n.last,
        _n.again,
        _n.tries,
        _n.owner,
    )
)


def claim(
    session: Session, *, owner: str, now: datetime, limit: int, route: Route = ANY
) -> tuple[Claimed, ...]:
    """Take what is due, nobody carries and this process can bring; several processes never take the same."""
    numbers = list(session.execute(_next(route), {"now": now, "limit": limit}).scalars())
    if not numbers:
        return ()
    taken = session.execute(_CLAIM, {"numbers": numbers, "owner": owner, "lease": now + LEASE}).all()
    return tuple(sorted((Claimed(*row) for row in taken), key=lambda notice: numbers.index(notice.id)))


_FREE = (
    sa.update(NOTICE)
    .where(_n.state == "claimed", _n.lease < _NOW)
    .values(state="waiting", owner="", lease=None)
)


@cache
def _expire(route: Route) -> sa.Update:
    why = sa.case((_n.problem != "", _n.problem), (_closed(route), UNREACHED), else_="过了时间没有发出")
    return (
        sa.update(NOTICE)
        .where(_n.state == "waiting", _n.expires_at <= _NOW)
        .values(state="expired", at=_NOW, problem=why)
    )


def recover(session: Session, *, now: datetime, route: Route = ANY) -> None:
    """What a process left behind: claims go back, calls without an answer are uncertain; what expired stays."""
    session.execute(_FREE, {"now": now})
    for statement in _LOST:
        session.execute(statement, {"now": now, "why": "发送时程序中断，不知道是否送达"})
    session.execute(_expire(route), {"now": now})


_SET_BACK = (
    sa.update(NOTICE)
    .where(_n.state.in_(("claimed", "sending")), _n.lease > sa.bindparam("no_lease", type_=_n.at.type))
    .values(lease=_NOW),
    sa.update(NOTICE)
    .where((_n.state == "expired") | ((_n.state == "void") & (_n.problem == MERGED)))
    .where(_n.at > _NOW, _n.expires_at > _NOW)
    .values(state="waiting", at=None, problem=""),
    sa.update(NOTICE).where(_n.state == "unseen", _n.at > _NOW).values(at=_NOW),
    sa.update(NOTICE)
    .where(_n.state == "waiting", _n.send_at > sa.bindparam("far", type_=_n.at.type))
    .values(state="expired", at=_NOW, problem="写下这条提醒时系统时间不对，没有发出"),
)


def set_back(session: Session, *, now: datetime) -> None:
    """The clock was set back since the outbox was written: nothing is to wait for as long as that.

    Claims are up; what ended unsent because of the hour waits again; what was written for a day far off is given up.
    """
    times = {"now": now, "no_lease": now + 2 * LEASE, "far": now + FARTHEST}
    for statement in _SET_BACK:
        session.execute(statement, times)


def sending(session: Session, *, notice_id: int, owner: str, address_id: int | None, now: datetime) -> bool:
    """Note that the channel is called next; False when the claim is no longer ours, or its time is over."""
    change = {"state": "sending", "address_id": address_id, "lease": now + LEASE}
    return _step(session, notice_id, owner, "claimed", change, in_time=now)


def sent(session: Session, *, notice_id: int, owner: str, now: datetime, message: str | None = None) -> bool:
    """It arrived; `message` is what the channel calls it, where a message has a name."""
    change = {"state": "sent", "at": now, "lease": None, "message": message}
    return _step(session, notice_id, owner, "sending", change)


def unseen(session: Session, *, notice_id: int, owner: str, now: datetime) -> bool:
    """It lies where its person has yet to look (等待查看)."""
    return _step(session, notice_id, owner, "sending", {"state": "unseen", "at": now, "lease": None})


_LIES = (
    _n.state == "unseen",
    _n.at <= sa.bindparam("looked", type_=_n.at.type),
    _n.address_id.in_(
        sa.select(ADDRESS.c.id).where(
            ADDRESS.c.channel == sa.bindparam("channel"), ADDRESS.c.external == sa.bindparam("external")
        )
    ),
)
_SEEN = sa.update(NOTICE).where(*_LIES).values(state="sent", at=_NOW).returning(_n.id)


def lies(session: Session, *, channel: str, external: str, looked: datetime) -> bool:
    """Whether something lay unseen at an address when somebody looked there."""
    asked = {"channel": channel, "external": external, "looked": looked}
    return session.execute(sa.select(_n.id).where(*_LIES).limit(1), asked).first() is not None


def seen(session: Session, *, channel: str, external: str, looked: datetime, now: datetime) -> int:
    """What lay at an address when its page looked was shown there: it is sent. How many notices that were."""
    asked = {"channel": channel, "external": external, "looked": looked, "now": now}
    return len(session.execute(_SEEN, asked).all())


def is_sending(session: Session, *, notice_id: int, owner: str) -> bool:
    """Whether a call of the channel is under way in this claim."""
    which = (_n.id == notice_id, _n.owner == owner, _n.state == "sending")
    return session.execute(sa.select(_n.id).where(*which)).first() is not None


def void(session: Session, *, notice_id: int, owner: str, now: datetime) -> bool:
    """There is nothing left to say, so nothing is sent."""
    return _step(session, notice_id, owner, "sending", {"state": "void", "at": now, "lease": None})


def dropped(session: Session, *, notice_id: int, owner: str, now: datetime, problem: str) -> bool:
    """It is not sent, and nobody need see to it."""
    change = {"state": "void", "at": now, "lease": None, "problem": problem}
    return _step(session, notice_id, owner, "claimed", change)


def leave(session: Session, *, notice_id: int, owner: str) -> bool:
    """Nothing was tried: another process can bring it, or this one later."""
    return _step(session, notice_id, owner, "claimed", {"state": "waiting", "owner": "", "lease": None})


_AWAITED = (
    sa.select(_n.action)
    .where(
        _n.person_id == sa.bindparam("person"),
        (_n.action == sa.bindparam("action")) | (_n.at >= sa.bindparam("since", type_=_n.at.type)),
        (_n.state == "unseen") | ((_n.state == "void") & (_n.problem == BY_MAIL)),
    )
    .order_by(_n.at, _n.id)
)


def awaited(session: Session, *, person_id: int, action: str, since: datetime) -> list[str]:
    """What a person has yet to see, as the actions that draw it, the earliest first: this one, and all since a moment.

    It lies in a page, or went nowhere.
    """
    asked = {"person": person_id, "action": action, "since": since}
    return list(dict.fromkeys(session.execute(_AWAITED, asked).scalars()))


def later(session: Session, *, notice_id: int, owner: str, at: datetime, problem: str, tries: int) -> bool:
    """It surely did not arrive: try again then."""
    change = {
        "state": "waiting",
        "send_at": at,
        "owner": "",
        "lease": None,
        "problem": problem,
        "tries": tries,
    }
    return _step(session, notice_id, owner, "sending", change)


_OPENED = sa.update(NOTICE).where(
    _n.person_id == sa.bindparam("person"), _n.state == "failed", _n.problem == UNOPENED
)
_IN_TIME = _OPENED.where(_n.expires_at > _NOW).values(
    state="waiting", send_at=_NOW, at=None, owner="", lease=None, problem=""
)
_TOO_LATE = _OPENED.where(_n.expires_at <= _NOW).values(state="void")


def opened(session: Session, *, person_id: int | None, now: datetime) -> None:
    """A person has opened the chat: what it did not take is sent now, and what is no longer of use need not be."""
    for statement in (_IN_TIME, _TOO_LATE):
        session.execute(statement, {"person": person_id, "now": now})


def failed(session: Session, *, notice_id: int, owner: str, state: str, now: datetime, problem: str) -> bool:
    """There is no way to deliver what is in this state; an administrator sees it."""
    change = {"state": "failed", "at": now, "problem": problem, "lease": None}
    return _step(session, notice_id, owner, state, change)


def uncertain(session: Session, *, notice_id: int, owner: str, now: datetime, problem: str) -> None:
    """Nobody knows whether it arrived: held, or sent once more if it is the last."""
    for statement in _OURS:
        session.execute(statement, {"now": now, "why": problem, "notice": notice_id, "ours": owner})


def _unsure(*which: sa.ColumnElement[bool]) -> tuple[sa.Update, sa.Update]:
    """What happens to calls without an answer: the last ones are made once more, the others are held."""
    why: sa.BindParameter[str] = sa.bindparam("why")
    once_more = (
        sa.update(NOTICE)
        .where(*which, _n.last, _n.again.is_(False), _n.expires_at > _NOW)
        .values(state="waiting", again=True, send_at=_NOW, owner="", lease=None, problem=why)
    )
    hold = sa.update(NOTICE).where(*which).values(state="uncertain", at=_NOW, lease=None, problem=why)
    return once_more, hold


_LOST = _unsure(_n.state == "sending", _n.lease < _NOW)
_OURS = _unsure(_n.id == sa.bindparam("notice"), _n.owner == sa.bindparam("ours"), _n.state == "sending")
_STEP = (
    sa.update(NOTICE)
    .where(_n.id == sa.bindparam("notice"), _n.owner == sa.bindparam("ours"), _n.state == sa.bindparam("was"))
    .returning(_n.id)
)
_STEP_IN_TIME = _STEP.where(_n.expires_at > _NOW)


def _step(
    session: Session,
    notice_id: int,
    owner: str,
    state: str,
    change: dict[str, Any],
    *,
    in_time: datetime | None = None,
) -> bool:
    """Change a notice that is in this state and still ours (and has not expired at a moment); whether it was."""
    which = {"notice": notice_id, "ours": owner, "was": state}
    if in_time is None:
        done = session.execute(_STEP, {**which, **change})
    else:
        done = session.execute(_STEP_IN_TIME, {**which, **change, "now": in_time})
    return bool(done.all())


def refused(
    session: Session, *, notice_id: int, owner: str, address_id: int, now: datetime, problem: str
) -> bool:
    """The channel takes nothing for this chat until its person writes again; another chat may do."""
    session.execute(sa.update(ADDRESS).where(ADDRESS.c.id == address_id).values(refused_at=now))
    return _step(
        session, notice_id, owner, "sending", {"state": "claimed", "problem": problem, "lease": now + LEASE}
    )
