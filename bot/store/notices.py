"""提醒 as rows: what the bot owes whom, and how far each has come on its way (the outbox).

waiting → claimed → sending → sent. Nothing was called before `sending`, so a claim whose lease ran out goes back to
waiting; a `sending` whose lease ran out may have arrived and becomes uncertain. Every step after the claim names its
owner, so that a process which was thought dead changes nothing any more (fencing).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from bot.store.arrangements import working_days
from bot.store.database import put
from bot.store.tables import ADDRESS, NOTICE, PERSON
from bot.values import WEB_LOGIN, Problem
from jobs.duties import hours
from scoring.refusal import Refused

LEASE = timedelta(minutes=2)
FARTHEST = timedelta(days=40)  # no notice is written longer before it is sent
MERGED = "并入下一次提醒"
_n = NOTICE.c
OPEN = ("waiting", "claimed", "sending")
HELD = ("uncertain", "failed", "expired")
DIGEST = "d:"  # how the key of a day's digest begins


@dataclass(frozen=True, slots=True)
class Owed:
    """A notice to be written: to whom, what draws it, when, and until when it is of use.

    `said` is a sentence above what is drawn. `last`: nothing comes after it, so it is sent once more, marked, when
    nobody knows whether it arrived.
    """

    person_id: int
    key: str
    action: str
    send_at: datetime
    expires_at: datetime
    said: str = ""
    last: bool = False


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
class Address:
    """A chat of a person: where a notice can go."""

    id: int
    channel: str
    external: str


_KEY = ("person_id", "key")
_OWE = put(NOTICE, key=_KEY).returning(_n.id)
_OWE_ANEW = put(
    NOTICE,
    *(
        "committee_id",
        "action",
        "said",
        "state",
        "send_at",
        "expires_at",
        "last",
        "again",
        "owner",
        "tries",
        "problem",
    ),
    key=_KEY,
    where=sa.or_(*(_n.state == state for state in ("failed", "expired", "void"))),
).returning(_n.id)


def owe(session: Session, *, committee_id: int, notices: Iterable[Owed], anew: bool = False) -> int:
    """Write notices into the outbox, each once for its person and key; how many are new.

    `anew`: one that surely did not arrive is owed again.
    """
    rows = [
        {
            "committee_id": committee_id,
            "person_id": n.person_id,
            "key": n.key,
            "action": n.action,
            "said": n.said,
            "send_at": n.send_at,
            "expires_at": n.expires_at,
            "last": n.last,
        }
        for n in notices
    ]
    write = _OWE_ANEW if anew else _OWE
    return sum(
        len(session.execute(write, rows[start : start + 1000]).all()) for start in range(0, len(rows), 1000)
    )


def tell(
    session: Session,
    *,
    committee_id: int,
    persons: Iterable[int],
    key: str,
    action: str,
    said: str,
    now: datetime,
    due: date | None = None,
) -> int:
    """Owe persons a notice now, or after quiet hours; how many are new.

    With the day it is `due`, a notice on that day or later is the last one.
    """
    days = working_days(session, committee_id)
    at = {person: hours.soon(now, person, days) for person in persons}
    return owe(
        session,
        committee_id=committee_id,
        notices=[
            Owed(
                person,
                key,
                action,
                moment,
                hours.closing(moment.date(), now),
                said,
                last=due is not None and due <= moment.date(),
            )
            for person, moment in at.items()
        ],
    )


# Carrying -----------------------------------------------------------------------------------------------------


_NOW = sa.bindparam("now", type_=_n.at.type)
_DUE = sa.select(
    sa.select(_n.id).where(_n.state == "waiting", _n.send_at <= _NOW).exists()
    | sa.select(_n.id).where(_n.state.in_(("claimed", "sending")), _n.lease < _NOW).exists()
)


def due(session: Session, *, now: datetime) -> bool:
    """Whether anything is to be sent, or was left behind by a process that is gone."""
    return bool(session.execute(_DUE, {"now": now}).scalar())


_NEXT = (
    sa.select(_n.id)
    .where(_n.state == "waiting", _n.send_at <= _NOW, _n.expires_at > _NOW)
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


def claim(session: Session, *, owner: str, now: datetime, limit: int) -> tuple[Claimed, ...]:
    """Take what is due and nobody carries; several processes never take the same."""
    numbers = list(session.execute(_NEXT, {"now": now, "limit": limit}).scalars())
    if not numbers:
        return ()
    taken = session.execute(_CLAIM, {"numbers": numbers, "owner": owner, "lease": now + LEASE}).all()
    return tuple(sorted((Claimed(*row) for row in taken), key=lambda notice: numbers.index(notice.id)))


_FREE = (
    sa.update(NOTICE)
    .where(_n.state == "claimed", _n.lease < _NOW)
    .values(state="waiting", owner="", lease=None)
)
_EXPIRE = (
    sa.update(NOTICE)
    .where(_n.state == "waiting", _n.expires_at <= _NOW)
    .values(
        state="expired", at=_NOW, problem=sa.func.coalesce(sa.func.nullif(_n.problem, ""), "过了时间没有发出")
    )
)


def recover(session: Session, *, now: datetime) -> None:
    """What a process left behind: claims go back, calls without an answer are uncertain; what expired stays."""
    session.execute(_FREE, {"now": now})
    for statement in _LOST:
        session.execute(statement, {"now": now, "why": "发送时程序中断，不知道是否送达"})
    session.execute(_EXPIRE, {"now": now})


_SET_BACK = (
    sa.update(NOTICE)
    .where(_n.state.in_(("claimed", "sending")), _n.lease > sa.bindparam("no_lease", type_=_n.at.type))
    .values(lease=_NOW),
    sa.update(NOTICE)
    .where((_n.state == "expired") | ((_n.state == "void") & (_n.problem == MERGED)))
    .where(_n.at > _NOW, _n.expires_at > _NOW)
    .values(state="waiting", at=None, problem=""),
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


_REACHED_AT = (
    sa.select(ADDRESS.c.id, ADDRESS.c.channel, ADDRESS.c.external)
    .where(ADDRESS.c.person_id == sa.bindparam("person"), ADDRESS.c.refused_at.is_(None))
    .order_by(ADDRESS.c.id.desc())
)


def addresses(session: Session, person_id: int) -> tuple[Address, ...]:
    """Where a person can be reached: the chats whose channel has not refused."""
    return tuple(Address(*row) for row in session.execute(_REACHED_AT, {"person": person_id}).all())


_CHATS = sa.select(
    ADDRESS.c.person_id, ADDRESS.c.channel, ADDRESS.c.external, ADDRESS.c.refused_at, ADDRESS.c.heard_at
).where(ADDRESS.c.person_id.in_(sa.bindparam("persons", expanding=True)))
UNREACHABLE = ("refused", "closed", "out")


def unreachable(
    session: Session,
    person_ids: Iterable[int],
    *,
    now: datetime,
    channels: Collection[str] | None = None,
    kept: str = "",
) -> dict[int, str]:
    """Who of these persons has no chat that a notice reaches, and why: the first of these that one of them gives.

    "refused": the channel takes nothing for it; "closed": it is on none of the `channels` that run here (None: all
    do); "out": nobody is logged in any more. Nobody is logged out of addresses that begin with `kept`.
    """
    persons = list(person_ids)
    found: dict[int, set[str]] = {person: {"out"} for person in persons}
    for person, channel, external, refused_at, heard_at in session.execute(_CHATS, {"persons": persons}):
        stays = channel != "web" or heard_at is None or bool(kept and external.startswith(kept))
        if channels is not None and channel not in channels:
            found[person].add("closed")
        elif refused_at is not None:
            found[person].add("refused")
        elif stays or now - heard_at <= WEB_LOGIN:
            found[person].add("")
    return {
        person: next(why for why in UNREACHABLE if why in whys)
        for person, whys in found.items()
        if "" not in whys
    }


def sending(session: Session, *, notice_id: int, owner: str, address_id: int, now: datetime) -> bool:
    """Note that the channel is called next; False when the claim is no longer ours, or its time is over."""
    change = {"state": "sending", "address_id": address_id, "lease": now + LEASE}
    return _step(session, notice_id, owner, "claimed", change, in_time=now)


def sent(session: Session, *, notice_id: int, owner: str, now: datetime, message: str | None = None) -> bool:
    """It arrived; `message` is what the channel calls it, where a message has a name."""
    change = {"state": "sent", "at": now, "lease": None, "message": message}
    return _step(session, notice_id, owner, "sending", change)


def is_sending(session: Session, *, notice_id: int, owner: str) -> bool:
    """Whether a call of the channel is under way in this claim."""
    which = (_n.id == notice_id, _n.owner == owner, _n.state == "sending")
    return session.execute(sa.select(_n.id).where(*which)).first() is not None


def void(session: Session, *, notice_id: int, owner: str, now: datetime) -> bool:
    """There is nothing left to say, so nothing is sent."""
    return _step(session, notice_id, owner, "sending", {"state": "void", "at": now, "lease": None})


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


def next_of_kind(
    session: Session, *, committee_id: int, persons: Iterable[int], kind: str, span: timedelta, now: datetime
) -> datetime | None:
    """When these persons may next get a notice whose key begins so, `span` after the last one.

    None: one is on its way already, and draws what there is when it leaves.
    """
    rows = session.execute(
        sa.select(_n.state, _n.send_at).where(
            _n.committee_id == committee_id, _n.person_id.in_(list(persons)), _n.key.startswith(kind)
        )
    ).all()
    if any(row.state in OPEN and row.send_at > now for row in rows):
        return None
    last = max((row.send_at for row in rows if now - span < row.send_at <= now), default=now - span)
    return last.astimezone(now.tzinfo) + span


_IS_MISSED = (
    _n.committee_id == sa.bindparam("committee"),
    _n.state.in_(("waiting", "expired")) | ((_n.state == "claimed") & (_n.lease < _NOW)),
    _n.expires_at <= _NOW,
    _n.key.startswith(DIGEST),
)
_MISSED = sa.select(_n.person_id, _n.action).where(*_IS_MISSED)
_VOID_MISSED = (
    sa.update(NOTICE)
    .where(*_IS_MISSED, _n.person_id.in_(sa.bindparam("persons", expanding=True)))
    .values(state="void", at=_NOW, problem=MERGED)
)


def missed(session: Session, *, committee_id: int, now: datetime) -> dict[int, list[str]]:
    """The digests that were never sent in their day, by person, as their actions."""
    rows = session.execute(_MISSED, {"committee": committee_id, "now": now}).all()
    found: dict[int, list[str]] = {}
    for person, action in rows:
        found.setdefault(person, []).append(action)
    return found


def void_missed(session: Session, *, committee_id: int, person_ids: Sequence[int], now: datetime) -> None:
    """The digests that these persons missed are merged into the next."""
    session.execute(_VOID_MISSED, {"committee": committee_id, "now": now, "persons": list(person_ids)})


def reused(session: Session, notice_id: int) -> None:
    """The message that a notice was shows another screen from now on."""
    session.execute(sa.update(NOTICE).where(_n.id == notice_id).values(message=None))


# Looking ------------------------------------------------------------------------------------------------------


_ARRIVES = _n.state.in_((*OPEN, "sent", "uncertain"))
_HEARD = sa.select(_n.person_id, _n.state).where(
    _n.person_id.in_(sa.bindparam("persons", expanding=True)), _n.send_at >= sa.bindparam("since"), _ARRIVES
)
_DIGESTS = (
    sa.select(sa.func.count())
    .select_from(NOTICE)
    .where(
        _n.person_id == sa.bindparam("person"),
        _n.key.between(sa.bindparam("first"), sa.bindparam("last_key")),
        _ARRIVES,
    )
)


def heard_today(session: Session, *, person_ids: Sequence[int], since: datetime) -> dict[int, bool]:
    """Who of these persons has been sent something since a moment, or is about to be; whether it has arrived."""
    asked = {"persons": list(person_ids), "since": since}
    found: dict[int, bool] = {}
    for person, state in session.execute(_HEARD, asked).all():
        found[person] = found.get(person, False) or state == "sent"
    return found


def digests_this_month(session: Session, *, person_id: int, day: date) -> int:
    """How many digests a person got in a month up to and including a day."""
    first, last = (f"{DIGEST}{d.isoformat()}" for d in (day.replace(day=1), day))
    asked = {"person": person_id, "first": first, "last_key": last}
    return int(session.execute(_DIGESTS, asked).scalar_one())


def undelivered(session: Session, *, committee_id: int, limit: int) -> tuple[Problem, ...]:
    """未送达: what may not have arrived or could not be delivered, newest first."""
    return _problems(session, _n.committee_id == committee_id, limit)


def problem(session: Session, notice_id: int) -> Problem:
    """One of them. Raises Refused when it is none any more."""
    found = _problems(session, _n.id == notice_id, 1)
    if not found:
        raise Refused("这条提醒已经处理过了。")
    return found[0]


def settle(session: Session, notice_id: int) -> None:
    """Somebody took care of it."""
    session.execute(sa.update(NOTICE).where(_n.id == notice_id, _n.state.in_(HELD)).values(state="void"))


def _problems(session: Session, which: sa.ColumnElement[bool], limit: int) -> tuple[Problem, ...]:
    rows = session.execute(
        sa.select(
            _n.id,
            _n.committee_id,
            PERSON.c.name,
            _n.at,
            _n.state,
            _n.problem,
        )
        .join(PERSON, PERSON.c.id == _n.person_id)
        .where(which, _n.state.in_(HELD))
        .order_by(_n.id.desc())
        .limit(limit)
    ).all()
    return tuple(Problem(*row) for row in rows)
