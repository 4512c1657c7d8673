"""提醒 as rows: what the bot owes whom, when, and what became of it. How it gets there: `outbox.py`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from bot.store.arrangements import working_days
from bot.store.database import Session, put
from bot.store.outbox import LETTER, MERGED, POSTING
from bot.store.tables import BRANCH, NOTICE, PERSON, SEAT
from bot.values import Lying, Problem
from jobs.duties import hours
from scoring.refusal import Refused

_n = NOTICE.c
_NOW = sa.bindparam("now", type_=_n.at.type)
OPEN = ("waiting", "claimed", "sending")
HELD = ("uncertain", "failed", "expired")
IN_GROUP = "发到群里"  # instead of a person, where a group chat should have it
HELD_UP = timedelta(minutes=2)  # after which what is due is no longer just about to be sent
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


_LEAVES = (
    sa.select(_n.id)
    .where(
        _n.person_id == sa.bindparam("person"),
        _n.key == sa.bindparam("key"),
        _n.state.in_(("waiting", "claimed")),
    )
    .with_for_update()
)


def leaves(session: Session, *, person_id: int, key: str) -> bool:
    """Whether a notice is still to be drawn; it is not before this unit of work ends."""
    return session.execute(_LEAVES, {"person": person_id, "key": key}).first() is not None


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


_ARRIVES = _n.state.in_((*OPEN, "unseen", "sent", "uncertain"))
_HEARD = sa.select(_n.person_id, _n.state).where(
    _n.person_id.in_(sa.bindparam("persons", expanding=True)),
    _n.send_at >= sa.bindparam("since"),
    _ARRIVES,
    ~_n.key.startswith(POSTING),
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
    """Who of these persons has been sent something since a moment, or is about to be; whether it was seen or rang."""
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


_DIGESTED = sa.select(
    sa.exists().where(
        _n.committee_id.in_(sa.bindparam("committees", expanding=True)),
        _n.key.startswith(DIGEST),
        _n.key < sa.bindparam("today"),
    )
)


def digested(session: Session, *, committee_ids: Sequence[int], before: date) -> bool:
    """Whether anybody in these committees was owed a digest before a day."""
    asked = {"committees": list(committee_ids), "today": f"{DIGEST}{before.isoformat()}"}
    return bool(session.execute(_DIGESTED, asked).scalar_one())


def undelivered(session: Session, *, committee_id: int, limit: int) -> tuple[Problem, ...]:
    """未送达: what may not have arrived or could not be delivered, newest first."""
    return _problems(session, _n.committee_id == committee_id, limit)


_BRANCH_OF = sa.func.coalesce(
    sa.select(sa.func.min(BRANCH.c.name))
    .join(SEAT, SEAT.c.branch_id == BRANCH.c.id)
    .where(SEAT.c.person_id == PERSON.c.id, SEAT.c.until.is_(None))
    .correlate(PERSON)
    .scalar_subquery(),
    "",
)
_LATE = sa.bindparam("late", type_=_n.send_at.type)
_HELD = (_n.state == "waiting") & ((_n.send_at <= _LATE) | (_n.tries > 0)) & ~_n.key.startswith(LETTER)
_SINCE = sa.func.min(sa.func.coalesce(_n.at, _n.send_at))
_UNSEEN = (
    sa.select(PERSON.c.name, _SINCE, sa.func.count(), _BRANCH_OF, _n.state)
    .join(PERSON, PERSON.c.id == _n.person_id)
    .where(_n.committee_id == sa.bindparam("committee"), (_n.state == "unseen") | _HELD)
    .group_by(_n.person_id, PERSON.c.id, PERSON.c.name, _n.state)
    .order_by(_SINCE, _n.person_id)
)


def unseen(session: Session, *, committee_id: int, now: datetime) -> tuple[Lying, ...]:
    """In whose page notices lie that nobody has looked at (等待查看), and for whom some have been due for a while
    (等待发送), the longest waiting first."""
    rows = session.execute(_UNSEEN, {"committee": committee_id, "late": now - HELD_UP}).all()
    return tuple(
        Lying(name, since, count, branch, state == "waiting") for name, since, count, branch, state in rows
    )


_ON_ITS_WAY = sa.select(sa.func.count()).where(
    _n.committee_id == sa.bindparam("committee"),
    _n.state.in_(("claimed", "sending")) | ((_n.state == "waiting") & (_n.send_at <= _NOW) & ~_HELD),
)


def on_their_way(session: Session, *, committee_id: int, now: datetime) -> int:
    """How many notices are just being sent, or have just become due."""
    asked = {"committee": committee_id, "now": now, "late": now - HELD_UP}
    return int(session.execute(_ON_ITS_WAY, asked).scalar_one())


def problem(session: Session, notice_id: int) -> Problem:
    """One of them. Raises Refused when it is none any more."""
    found = _problems(session, _n.id == notice_id, 1)
    if not found:
        raise Refused("这条提醒已经处理过了。")
    return found[0]


def settle(session: Session, notice_id: int) -> None:
    """Somebody took care of it."""
    session.execute(sa.update(NOTICE).where(_n.id == notice_id, _n.state.in_(HELD)).values(state="void"))


_IS_POSTING = _n.key.startswith(POSTING)


def _problems(session: Session, which: sa.ColumnElement[bool], limit: int) -> tuple[Problem, ...]:
    rows = session.execute(
        sa.select(
            _n.id,
            _n.committee_id,
            sa.case((_IS_POSTING, IN_GROUP), else_=PERSON.c.name),
            _n.at,
            _n.state,
            _n.problem,
            sa.case((_IS_POSTING, ""), else_=_BRANCH_OF),
        )
        .join(PERSON, PERSON.c.id == _n.person_id)
        .where(which, _n.state.in_(HELD))
        .order_by(_n.id.desc())
        .limit(limit)
    ).all()
    return tuple(Problem(*row) for row in rows)
