"""Chats: who is at an address, what stands there, and what was answered there lately."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from bot.permissions import Me, Role, Seat
from bot.store import outbox
from bot.store.database import Session, put, writes
from bot.store.ready import Ready
from bot.store.tables import ADDRESS, BRANCH, COMMITTEE, NOTICE, PERSON, PREFERENCE, SAYING, SEAT, WEB_LINE
from bot.values import UNOPENED, WEB_LOGIN, refusal
from scoring.refusal import Refused

SEEN_KEPT = 24  # events remembered per address, to answer a repeated one without doing it again
SHOWN_KEPT = 24  # messages of each chat of which it is known what they show, so that they can be quoted
BELOW_KEPT = 4  # notices under the last answer that a typed text may belong to: the newest
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Chat:
    """An address as an event finds it: who is there, the screen that stands, the events already answered.

    `below`: the notices that came under the last answer, the newest last, as actions; `album`: see dialogue/hearing.py;
    `shown`: what the last messages there show, as actions by the channel's names for them, the newest last; `notice`:
    the number and the action of the notice that the message asked about is; `refuses`: it took nothing until now.
    """

    me: Me
    screen: str
    seen: tuple[str, ...]
    heard_at: datetime | None = None
    below: tuple[str, ...] = ()
    album: str = ""
    shown: dict[str, str] = field(default_factory=dict)
    notice: tuple[int, str] | None = None
    refuses: bool = False


_ABOUT = (
    (NOTICE.c.address_id == ADDRESS.c.id)
    & (NOTICE.c.person_id == ADDRESS.c.person_id)
    & (NOTICE.c.message == sa.bindparam("about"))
)


def _who(*notice: Any, seat: sa.FromClause = SEAT) -> Any:
    """Who is at an address, with the seats that they hold: one row a seat."""
    return (
        sa.select(
            ADDRESS.c.id,
            ADDRESS.c.screen,
            ADDRESS.c.seen,
            ADDRESS.c.heard_at,
            ADDRESS.c.below,
            ADDRESS.c.album,
            ADDRESS.c.shown,
            ADDRESS.c.refused_at,
            PERSON.c.id,
            PERSON.c.name,
            PREFERENCE.c.in_words,
            *notice,
            seat.c.id,
            seat.c.role,
            seat.c.committee_id,
            COMMITTEE.c.name,
            seat.c.branch_id,
            BRANCH.c.name,
            BRANCH.c.closed_at.is_not(None),
        )
        .select_from(ADDRESS)
        .outerjoin(PERSON, PERSON.c.id == ADDRESS.c.person_id)
        .outerjoin(PREFERENCE, PREFERENCE.c.person_id == ADDRESS.c.person_id)
        .outerjoin(seat, (seat.c.person_id == PERSON.c.id) & seat.c.until.is_(None))
        .outerjoin(COMMITTEE, COMMITTEE.c.id == seat.c.committee_id)
        .outerjoin(BRANCH, BRANCH.c.id == seat.c.branch_id)
        .order_by(seat.c.id)
    )


_WHO = _who()
_THERE = (ADDRESS.c.channel == sa.bindparam("channel")) & (ADDRESS.c.external == sa.bindparam("external"))
_AT = Ready(_WHO.where(_THERE))
_NOTICE = (NOTICE.c.id, NOTICE.c.action)
_AT_ABOUT = Ready(_who(*_NOTICE).outerjoin(NOTICE, _ABOUT).where(_THERE))
_ITS_PERSON = sa.select(ADDRESS.c.person_id).where(_THERE).scalar_subquery()
_HELD = (
    sa.select(SEAT)
    .where(SEAT.c.person_id == _ITS_PERSON, SEAT.c.until.is_(None))
    .order_by(SEAT.c.id)
    .with_for_update(key_share=True)
    .cte("held")
)
_AT_TO_WRITE = Ready(_who(seat=_HELD).where(_THERE))
_AT_ABOUT_TO_WRITE = Ready(_who(*_NOTICE, seat=_HELD).outerjoin(NOTICE, _ABOUT).where(_THERE))
_BY = _WHO.where(ADDRESS.c.id == sa.bindparam("address"))
_NEW = put(ADDRESS)


def chat_at(
    session: Session,
    *,
    channel: str,
    external: str,
    now: datetime,
    create: bool = True,
    about: str | None = None,
    to_write: bool = False,
) -> Chat:
    """Who is at an address; an unknown address gets a row of its own unless `create` is off. One query.

    `about` is what the channel calls a message there. `to_write`: the seats stay theirs until the unit of work ends.
    It is the first thing to lock: whoever ends a seat waits here, before anything else of it is held.
    """
    held = to_write and writes(session)
    if about is not None:
        query = _AT_ABOUT_TO_WRITE if held else _AT_ABOUT
        rows = query(session, {"channel": channel, "external": external, "about": about})
    else:
        query = _AT_TO_WRITE if held else _AT
        rows = query(session, {"channel": channel, "external": external})
    if not rows and create:
        session.execute(_NEW, {"channel": channel, "external": external, "heard_at": now})
        rows = _AT(session, {"channel": channel, "external": external})
    if not rows:
        return Chat(Me(0, channel, now), "", ())
    _, screen, seen, heard_at, below, album, shown, refused_at = rows[0][:8]
    known = tuple(json.loads(seen)) if seen else ()
    number, action = rows[0][11:13]
    return Chat(
        _me(rows, channel, now),
        screen,
        known,
        heard_at,
        tuple(below.split()),
        album,
        shown=json.loads(shown) if shown else {},
        notice=(number, action) if about is not None and number is not None else None,
        refuses=refused_at is not None,
    )


def chat_of(session: Session, me: Me) -> Me:
    """Who is asking, with the seats they hold now. Raises Refused when the address went with its person's data."""
    rows = session.execute(_BY, {"address": me.address_id}).all()
    if not rows:
        raise Refused("您的个人资料刚刚删除了，这里没有您的记录了。请再发一次。")
    return _me(rows, me.channel, me.now)


def at_addresses(session: Session, *, channel: str, prefix: str) -> list[tuple[str, str, str]]:
    """Everybody at the addresses of a channel that begin so, as (address, name, seats)."""
    found = session.execute(
        sa.select(ADDRESS.c.external)
        .where(ADDRESS.c.channel == channel, ADDRESS.c.external.startswith(prefix))
        .order_by(ADDRESS.c.id)
    ).scalars()
    rows = [(external, _AT(session, {"channel": channel, "external": external})) for external in found.all()]
    people = [(external, _me(who, channel, NEVER)) for external, who in rows]
    return [(external, me.name, "、".join(s.words for s in me.seats)) for external, me in people]


def _me(rows: Sequence[Any], channel: str, now: datetime) -> Me:
    address_id, *_, person, name, in_words = rows[0][:11]
    seats = tuple(
        Seat(seat, Role(role), committee_id, committee, branch_id, branch or "", bool(closed))
        for *_, seat, role, committee_id, committee, branch_id, branch, closed in rows
        if seat is not None
    )
    return Me(address_id, channel, now, person, name or "", seats, bool(in_words))


_REMEMBER = Ready(
    sa.update(ADDRESS)
    .where(ADDRESS.c.id == sa.bindparam("address"))
    .values(
        screen=sa.bindparam("screen"),
        seen=sa.bindparam("seen"),
        below=sa.bindparam("below"),
        album=sa.bindparam("album"),
        shown=sa.bindparam("shown"),
        heard_at=sa.bindparam("at"),
        refused_at=None,
    )
)


def remember(session: Session, *, chat: Chat, screen: str) -> None:
    """Note what stands at an address now and all else that an event found or left there, and that it is alive."""
    kept = json.dumps(list(chat.seen)[-SEEN_KEPT:])
    there = {"address": chat.me.address_id, "screen": screen, "seen": kept, "at": chat.me.now}
    shown = json.dumps(dict(list(chat.shown.items())[-SHOWN_KEPT:])) if chat.shown else ""
    _REMEMBER(session, {**there, "below": " ".join(chat.below), "album": chat.album, "shown": shown})
    if chat.refuses:
        outbox.opened(session, person_id=chat.me.person_id, now=chat.me.now)


_IS_THERE = sa.update(ADDRESS).where(ADDRESS.c.id == sa.bindparam("address")).values(refused_at=None)
_HAS_GONE = (
    sa.update(ADDRESS)
    .where(ADDRESS.c.id == sa.bindparam("address"), ADDRESS.c.refused_at.is_(None))
    .values(refused_at=sa.bindparam("at"))
    .returning(ADDRESS.c.id)
)


def is_there(session: Session, *, chat: Chat) -> None:
    """A chat takes messages again."""
    session.execute(_IS_THERE, {"address": chat.me.address_id})
    outbox.opened(session, person_id=chat.me.person_id, now=chat.me.now)


def visited(session: Session, *, address_id: int, now: datetime) -> None:
    """Somebody was there, though nothing was said."""
    session.execute(sa.update(ADDRESS).where(ADDRESS.c.id == address_id).values(heard_at=now))


def has_gone(session: Session, *, address_id: int, now: datetime) -> bool:
    """A chat takes nothing until its person writes again; whether it did before."""
    return bool(session.execute(_HAS_GONE, {"address": address_id, "at": now}).all())


_STOOD = (
    sa.select(ADDRESS.c.screen, ADDRESS.c.below)
    .where(ADDRESS.c.id == sa.bindparam("address"))
    .with_for_update(key_share=True)  # two notices that are on their way to it hold its key already
)
_STAND = (
    sa.update(ADDRESS)
    .where(ADDRESS.c.id == sa.bindparam("address"))
    .values(screen=sa.bindparam("stands"), below=sa.bindparam("below"))
)


def arrive(session: Session, *, address_id: int, screen: str, asks: bool, stands: bool = False) -> None:
    """A notice comes under the last answer: it may ask for something, and be the screen that stands from now on."""
    stood, below = session.execute(_STOOD, {"address": address_id}).one()
    kept = [one for one in below.split() if one != screen or not stands]
    if asks and screen not in kept:
        kept.append(screen)
    after = {"stands": screen if stands else stood, "below": " ".join(kept[-BELOW_KEPT:])}
    if after != {"stands": stood, "below": below}:
        session.execute(_STAND, {"address": address_id, **after})


def stay_away(session: Session, *, address_id: int, screen: str, stood: str) -> None:
    """A notice that was to come did not: what stood there stands again, unless something else does by now."""
    stands, below = session.execute(_STOOD, {"address": address_id}).one()
    after = {"stands": stood if stands == screen else stands}
    after["below"] = " ".join(one for one in below.split() if one != screen)
    session.execute(_STAND, {"address": address_id, **after})


def belongs(session: Session, *, address_id: int, person_id: int | None) -> None:
    """An address is one of a person's; nobody's without one."""
    session.execute(sa.update(ADDRESS).where(ADDRESS.c.id == address_id).values(person_id=person_id))


def forget_strangers(session: Session, *, before: datetime, limit: int) -> int:
    """Delete up to so many addresses of nobody that were last heard before a moment, and what was said there.

    Returns how many were found.
    """
    a = ADDRESS.c
    rows = session.execute(
        sa.select(a.id, a.channel, a.external)
        .where(a.person_id.is_(None), a.heard_at.is_(None) | (a.heard_at < before))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    numbers = [row.id for row in rows]
    forget_sayings(session, rows)
    session.execute(sa.update(NOTICE).where(NOTICE.c.address_id.in_(numbers)).values(address_id=None))
    session.execute(sa.delete(ADDRESS).where(a.id.in_(numbers)))
    return len(rows)


def forget_sayings(session: Session, addresses: Sequence[Any]) -> None:
    """Delete what was said at addresses, and what their pages kept of it."""
    pages = [row.external for row in addresses if row.channel == "web"]
    session.execute(sa.delete(WEB_LINE).where(WEB_LINE.c.external.in_(pages)))
    here = [row.id for row in addresses]
    session.execute(sa.delete(SAYING).where(SAYING.c.address_id.in_(here)))
    lies = NOTICE.c.address_id.in_(here) & (NOTICE.c.state == "unseen")
    session.execute(sa.update(NOTICE).where(lies).values(state="void"))


def forget_sayings_of(session: Session, person_id: int) -> None:
    """Delete what was said wherever a person is logged in."""
    a = ADDRESS.c
    theirs = sa.select(a.id, a.channel, a.external).where(a.person_id == person_id)
    forget_sayings(session, session.execute(theirs).all())


@dataclass(frozen=True, slots=True)
class Address:
    """A chat of a person: where a notice can go."""

    id: int
    channel: str
    external: str


_REACHED_AT = (
    sa.select(ADDRESS.c.id, ADDRESS.c.channel, ADDRESS.c.external)
    .where(ADDRESS.c.person_id == sa.bindparam("person"), ADDRESS.c.refused_at.is_(None))
    .order_by(ADDRESS.c.heard_at.desc().nulls_last(), ADDRESS.c.id.desc())
)


def addresses(session: Session, person_id: int) -> tuple[Address, ...]:
    """Where a person can be reached: the chats whose channel has not refused, the one last used first."""
    return tuple(Address(*row) for row in session.execute(_REACHED_AT, {"person": person_id}).all())


_REFUSING = (
    sa.select(ADDRESS.c.channel)
    .where(ADDRESS.c.person_id == sa.bindparam("person"), ADDRESS.c.refused_at.is_not(None))
    .order_by(ADDRESS.c.heard_at.desc().nulls_last(), ADDRESS.c.id.desc())
)


def refusing(session: Session, person_id: int) -> tuple[str, ...]:
    """The channels of the chats of a person that take nothing, the one last used first."""
    return tuple(session.execute(_REFUSING, {"person": person_id}).scalars())


RINGS, MAIL, ON_PAGE, MUTED = "rings", "mail", "page", "muted"
WAYS = (RINGS, MAIL, ON_PAGE, MUTED, "mailed", "unopened", "refused", "closed", "out")
"""How a notice reaches a person, best first: at once, by a letter, or when a page is looked at; or why it does not."""
REACHED = (RINGS, MAIL, ON_PAGE)
_KIND = {"mail": MAIL, "web": ON_PAGE}  # every other channel is a chat whose phone rings
_NUDGED = (
    sa.select(NOTICE.c.id)
    .where(
        NOTICE.c.person_id == SEAT.c.person_id,
        NOTICE.c.key.startswith(sa.bindparam("first")) | NOTICE.c.key.startswith(sa.bindparam("second")),
        NOTICE.c.state.not_in(("failed", "expired", "void")),
    )
    .exists()
)
_MAILED = (
    sa.select(NOTICE.c.id)
    .where(
        NOTICE.c.person_id == SEAT.c.person_id,
        NOTICE.c.key == sa.bindparam("letter"),
        NOTICE.c.state.in_(("sending", "sent", "uncertain")),
    )
    .exists()
)
_REACH = (
    sa.select(
        SEAT.c.branch_id,
        SEAT.c.person_id,
        ADDRESS.c.channel,
        ADDRESS.c.external,
        ADDRESS.c.refused_at,
        ADDRESS.c.heard_at,
        PREFERENCE.c.muted_until,
        _NUDGED,
        _MAILED,
    )
    .select_from(SEAT)
    .outerjoin(ADDRESS, ADDRESS.c.person_id == SEAT.c.person_id)
    .outerjoin(PREFERENCE, PREFERENCE.c.person_id == SEAT.c.person_id)
    .where(SEAT.c.branch_id.in_(sa.bindparam("branches", expanding=True)), SEAT.c.until.is_(None))
    .order_by(SEAT.c.person_id)
)


def way_of(channel: str) -> str:
    """How what is sent over a channel reaches people: it rings, is a letter, or waits on a page."""
    return _KIND.get(channel, RINGS)


@dataclass(frozen=True, slots=True)
class Reach:
    """How a notice reaches a person (one of WAYS), and whether the committee has reminded them today already."""

    way: str
    nudged: bool


Ways = dict[int, dict[int, Reach]]
"""How a notice reaches each person, by branch."""


def reach(
    session: Session,
    branch_ids: Collection[int],
    *,
    now: datetime,
    day: date,
    channels: Collection[str] | None = None,
    kept: str = "",
) -> Ways:
    """How a notice of a day reaches who holds a seat in these branches: by branch and person, none where nobody does.

    "muted": they want silence; "mailed": the one letter of that day has left; "unopened", "refused": the channel takes
    nothing for any of their chats, as nobody opened it yet or somebody blocked it; "closed": these are on none of the
    `channels` that run here (None: all do); "out": nobody is logged in any more. Nobody
    is logged out of addresses that begin with `kept`. One query.
    """
    first, second = (f"{begins}{now.date().isoformat()}:" for begins in outbox.NUDGES)
    asked = {"branches": list(branch_ids), "first": first, "second": second}
    asked["letter"] = f"{outbox.LETTER}{day.isoformat()}"
    found: Ways = {}
    for branch, person, channel, external, refused_at, heard_at, muted_until, *said in session.execute(
        _REACH, asked
    ):
        nudged, mailed = said
        stays = channel != "web" or heard_at is None or bool(kept and external.startswith(kept))
        if muted_until is not None and muted_until >= day:
            way = MUTED
        elif channel is None:
            way = "out"
        elif channels is not None and channel not in channels:
            way = "closed"
        elif refused_at is not None:
            way = "unopened" if refusal(channel) == UNOPENED else "refused"
        elif mailed and way_of(channel) == MAIL:
            way = "mailed"
        elif stays or now - heard_at <= WEB_LOGIN:
            way = way_of(channel)
        else:
            way = "out"
        known = found.setdefault(branch, {})
        best = min(way, known[person].way, key=WAYS.index) if person in known else way
        known[person] = Reach(best, bool(nudged))
    return found
