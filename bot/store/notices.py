"""提醒 as rows: what the bot owes whom, and how far each has come on its way (the outbox).

waiting → claimed → sending → sent. Nothing was called before `sending`, so a claim whose lease ran out goes back to
waiting; a `sending` whose lease ran out may have arrived and becomes uncertain. Every step after the claim names its
owner, so that a process which was thought dead changes nothing any more (fencing).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

import bot.store.tables  # noqa: F401  registers the tables
from bot.store.arrangements import arrangements
from bot.store.database import INSERTS
from bot.values import Problem
from jobs import hours
from scoring.refusal import Refused

LEASE = timedelta(minutes=2)
_NOTICE, _ADDRESS, _PERSON = (SQLModel.metadata.tables[name] for name in ("notice", "address", "person"))
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


def owe(session: Session, *, committee_id: int, notices: Iterable[Owed]) -> int:
    """Write notices into the outbox, each once for its person and key; how many are new."""
    rows = [
        {
            "committee_id": committee_id,
            "person_id": n.person_id,
            "key": n.key,
            "action": n.action,
            "said": n.said,
            "state": "waiting",
            "send_at": n.send_at,
            "expires_at": n.expires_at,
            "last": n.last,
            "again": False,
            "owner": "",
            "tries": 0,
            "problem": "",
        }
        for n in notices
    ]
    insert = INSERTS[session.get_bind().dialect.name](_NOTICE)
    put = insert.on_conflict_do_nothing(index_elements=["person_id", "key"]).returning(_NOTICE.c.id)
    return sum(
        len(session.execute(put, rows[start : start + 1000]).all()) for start in range(0, len(rows), 1000)
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
    days = arrangements(session, committee_id, {}).days
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


def due(session: Session, *, now: datetime) -> bool:
    """Whether anything is to be sent, or was left behind by a process that is gone."""
    soon = (_NOTICE.c.state == "waiting") & (_NOTICE.c.send_at <= now)
    stale = _NOTICE.c.state.in_(("claimed", "sending")) & (_NOTICE.c.lease < now)
    query = sa.select(
        sa.select(_NOTICE.c.id).where(soon).exists() | sa.select(_NOTICE.c.id).where(stale).exists()
    )
    return bool(session.execute(query).scalar())


def claim(session: Session, *, owner: str, now: datetime, limit: int) -> tuple[Claimed, ...]:
    """Take what is due and nobody carries; several processes never take the same."""
    due = (
        sa.select(_NOTICE.c.id)
        .where(_NOTICE.c.state == "waiting", _NOTICE.c.send_at <= now, _NOTICE.c.expires_at > now)
        .order_by(_NOTICE.c.send_at, _NOTICE.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    numbers = list(session.execute(due).scalars())
    if not numbers:
        return ()
    names = (
        "id",
        "committee_id",
        "person_id",
        "key",
        "action",
        "said",
        "expires_at",
        "last",
        "again",
        "tries",
        "owner",
    )
    taken = session.execute(
        sa.update(_NOTICE)
        .where(_NOTICE.c.id.in_(numbers), _NOTICE.c.state == "waiting")
        .values(state="claimed", owner=owner, lease=now + LEASE)
        .returning(*(_NOTICE.c[name] for name in names))
    ).all()
    return tuple(sorted((Claimed(*row) for row in taken), key=lambda notice: numbers.index(notice.id)))


def recover(session: Session, *, now: datetime) -> None:
    """What a process left behind: claims go back, calls without an answer are uncertain; what expired stays."""
    stale = _NOTICE.c.lease < now
    session.execute(
        sa.update(_NOTICE)
        .where(_NOTICE.c.state == "claimed", stale)
        .values(state="waiting", owner="", lease=None)
    )
    lost = (_NOTICE.c.state == "sending") & stale
    _uncertain(session, lost, now, "发送时程序中断，不知道是否送达")
    session.execute(
        sa.update(_NOTICE)
        .where(_NOTICE.c.state == "waiting", _NOTICE.c.expires_at <= now)
        .values(
            state="expired",
            at=now,
            problem=sa.func.coalesce(sa.func.nullif(_NOTICE.c.problem, ""), "过了时间没有发出"),
        )
    )


def addresses(session: Session, person_id: int) -> tuple[Address, ...]:
    """Where a person can be reached: the chats whose channel has not refused."""
    rows = session.execute(
        sa.select(_ADDRESS.c.id, _ADDRESS.c.channel, _ADDRESS.c.external)
        .where(_ADDRESS.c.person_id == person_id, _ADDRESS.c.refused_at.is_(None))
        .order_by(_ADDRESS.c.id.desc())
    ).all()
    return tuple(Address(*row) for row in rows)


def sending(session: Session, *, notice_id: int, owner: str, address_id: int, now: datetime) -> bool:
    """Note that the channel is called next; False when the claim is no longer ours, or its time is over."""
    change = {"state": "sending", "address_id": address_id, "lease": now + LEASE}
    return _step(session, notice_id, owner, "claimed", change, _NOTICE.c.expires_at > now)


def sent(session: Session, *, notice_id: int, owner: str, now: datetime) -> bool:
    """It arrived."""
    return _step(session, notice_id, owner, "sending", {"state": "sent", "at": now, "lease": None})


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
    ours = (_NOTICE.c.id == notice_id) & (_NOTICE.c.owner == owner) & (_NOTICE.c.state == "sending")
    _uncertain(session, ours, now, problem)


def _uncertain(session: Session, which: sa.ColumnElement[bool], now: datetime, problem: str) -> None:
    once_more = which & _NOTICE.c.last & _NOTICE.c.again.is_(False) & (_NOTICE.c.expires_at > now)
    session.execute(
        sa.update(_NOTICE)
        .where(once_more)
        .values(state="waiting", again=True, send_at=now, owner="", lease=None, problem=problem)
    )
    session.execute(
        sa.update(_NOTICE).where(which).values(state="uncertain", at=now, lease=None, problem=problem)
    )


def _step(
    session: Session,
    notice_id: int,
    owner: str,
    state: str,
    change: dict[str, Any],
    *also: sa.ColumnElement[bool],
) -> bool:
    """Change a notice that is in this state and still ours; whether it was."""
    ours = (_NOTICE.c.id == notice_id, _NOTICE.c.owner == owner, _NOTICE.c.state == state, *also)
    done = session.execute(sa.update(_NOTICE).where(*ours).values(**change).returning(_NOTICE.c.id)).all()
    return bool(done)


def refused(
    session: Session, *, notice_id: int, owner: str, address_id: int, now: datetime, problem: str
) -> bool:
    """The channel takes nothing for this chat until its person writes again; another chat may do."""
    session.execute(sa.update(_ADDRESS).where(_ADDRESS.c.id == address_id).values(refused_at=now))
    return _step(
        session, notice_id, owner, "sending", {"state": "claimed", "problem": problem, "lease": now + LEASE}
    )


def missed(session: Session, *, committee_id: int, now: datetime) -> dict[int, list[str]]:
    """The digests that were never sent in their day, by person, as their actions."""
    rows = session.execute(
        sa.select(_NOTICE.c.person_id, _NOTICE.c.action).where(*_is_missed(committee_id, now))
    ).all()
    found: dict[int, list[str]] = {}
    for person, action in rows:
        found.setdefault(person, []).append(action)
    return found


def void_missed(session: Session, *, committee_id: int, person_ids: Sequence[int], now: datetime) -> None:
    """The digests that these persons missed are merged into the next."""
    session.execute(
        sa.update(_NOTICE)
        .where(*_is_missed(committee_id, now), _NOTICE.c.person_id.in_(person_ids))
        .values(state="void", at=now, problem="并入下一次提醒")
    )


def _is_missed(committee_id: int, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _NOTICE.c.committee_id == committee_id,
        _NOTICE.c.state.in_(("waiting", "expired"))
        | ((_NOTICE.c.state == "claimed") & (_NOTICE.c.lease < now)),
        _NOTICE.c.expires_at <= now,
        _NOTICE.c.key.startswith(DIGEST),
    )


# Looking ------------------------------------------------------------------------------------------------------


def heard_today(session: Session, *, person_ids: Sequence[int], since: datetime) -> frozenset[int]:
    """Who of these persons has been sent something since a moment, or is about to be."""
    rows = session.execute(
        sa.select(_NOTICE.c.person_id).where(
            _NOTICE.c.person_id.in_(list(person_ids)),
            _NOTICE.c.send_at >= since,
            _NOTICE.c.state.in_((*OPEN, "sent", "uncertain")),
        )
    ).scalars()
    return frozenset(rows)


def digests_this_month(session: Session, *, person_id: int, day: date) -> int:
    """How many digests a person got in a month up to and including a day."""
    first, last = (f"{DIGEST}{d.isoformat()}" for d in (day.replace(day=1), day))
    query = (
        sa.select(sa.func.count())
        .select_from(_NOTICE)
        .where(
            _NOTICE.c.person_id == person_id,
            _NOTICE.c.key.between(first, last),
            _NOTICE.c.state.in_((*OPEN, "sent", "uncertain")),
        )
    )
    return int(session.execute(query).scalar_one())


def undelivered(session: Session, *, committee_id: int, limit: int) -> tuple[Problem, ...]:
    """未送达: what may not have arrived or could not be delivered, newest first."""
    return _problems(session, _NOTICE.c.committee_id == committee_id, limit)


def problem(session: Session, notice_id: int) -> Problem:
    """One of them. Raises Refused when it is none any more."""
    found = _problems(session, _NOTICE.c.id == notice_id, 1)
    if not found:
        raise Refused("这条提醒已经处理过了。")
    return found[0]


def settle(session: Session, notice_id: int) -> None:
    """Somebody took care of it."""
    session.execute(
        sa.update(_NOTICE).where(_NOTICE.c.id == notice_id, _NOTICE.c.state.in_(HELD)).values(state="void")
    )


def _problems(session: Session, which: sa.ColumnElement[bool], limit: int) -> tuple[Problem, ...]:
    rows = session.execute(
        sa.select(
            _NOTICE.c.id,
            _NOTICE.c.committee_id,
            _PERSON.c.name,
            _NOTICE.c.at,
            _NOTICE.c.state,
            _NOTICE.c.problem,
        )
        .join(_PERSON, _PERSON.c.id == _NOTICE.c.person_id)
        .where(which, _NOTICE.c.state.in_(HELD))
        .order_by(_NOTICE.c.id.desc())
        .limit(limit)
    ).all()
    return tuple(Problem(*row) for row in rows)
