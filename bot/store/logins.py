"""Where a person is logged in: on which devices, and how they come and go."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import calendars, chats, history, invitations, mailing
from bot.store.chats import NEVER
from bot.store.database import Session, lock
from bot.store.history import About
from bot.store.tables import ADDRESS, INVITATION
from scoring.refusal import Refused

_a = ADDRESS.c


def log_in(session: Session, *, me: Me, text: str, spend: bool = False) -> None:
    """Let an address be the person's whose 登录码 this is. Raises Refused, changing nothing.

    Who is logged in there already needs no code, unless one is to be spent.
    """
    lock(session, ADDRESS, me.address_id)
    me = chats.chat_of(session, me)
    made = invitations.take(session, text=text, now=me.now)
    if made.person_id is not None and made.person_id == me.person_id and not spend:
        return
    invitations.check(session, made)
    if made.person_id is None:
        raise Refused("这是邀请码，不是登录码。")
    if me.known and me.person_id != made.person_id:
        raise Refused(f"这里现在是{me.name}。请先在「我的职务」里退出登录，再用这个登录码。")
    chats.belongs(session, address_id=me.address_id, person_id=made.person_id)
    me = chats.chat_of(session, me)
    invitations.spend(session, me=me, made=made)
    _record(session, me, "in", 1)


@dataclass(frozen=True, slots=True)
class Device:
    """Where somebody is logged in: the channel, when something last came from there, whether it is here."""

    channel: str
    heard_at: datetime | None
    here: bool


def devices(session: Session, *, me: Me) -> tuple[Device, ...]:
    """Where a person is logged in, here first, then as lately as something came from there."""
    theirs = (_a.person_id == me.person_id, _a.channel != mailing.CHANNEL)
    rows = session.execute(sa.select(_a.id, _a.channel, _a.heard_at).where(*theirs))
    found = [Device(channel, heard_at, number == me.address_id) for number, channel, heard_at in rows]
    return tuple(sorted(found, key=lambda one: (one.here, one.heard_at or NEVER), reverse=True))


def log_out(session: Session, *, me: Me, others: bool, kept: str = "") -> int:
    """Let nobody be at this address, or at all others of this person; seats stay, and what was said there goes.

    With the others, what lets somebody be one of them goes too: open 登录码. Addresses that begin with `kept` stay.
    Returns how many addresses that were.
    """
    if me.person_id is None:
        return 0
    count = _leave(session, me.person_id, _a.id != me.address_id if others else _a.id == me.address_id, kept)
    if others:
        _void_codes(session, me, INVITATION.c.person_id == me.person_id)
    if count:
        _record(session, me, "out elsewhere" if others else "out", count)
    return count


def cut_off(
    session: Session, *, me: Me, committee_id: int, person_id: int, address_id: int, kept: str = ""
) -> int:
    """Log a person out at one address, or (0) everywhere: their phone is lost. Returns how many addresses that were.

    Their seats stay; what else lets somebody be them, or in by them, goes: all open codes of theirs, and the address of
    their calendar. Addresses that begin with `kept` stay.
    """
    count = _leave(session, person_id, _a.id == address_id if address_id else sa.true(), kept)
    i = INVITATION.c
    _void_codes(session, me, (i.person_id == person_id) | (i.made_by == person_id))
    if key := calendars.key_of(session, person_id):
        calendars.renew(session, me=me, old=key, whose=person_id)
    if count:
        about = About("login", person_id, committee_id, person=person_id)
        history.add(session, me, about, after={"what": "cut off", "addresses": count})
    return count


def _leave(session: Session, person_id: int, which: sa.ColumnElement[bool], kept: str) -> int:
    """Let a person be no more at these of their addresses, where what was said goes; how many that were."""
    stay = [~_a.external.startswith(kept)] if kept else []
    rows = session.execute(
        sa.update(ADDRESS)
        .where(_a.person_id == person_id, which, *stay)
        .where(_a.channel != mailing.CHANNEL)  # nobody is logged in there
        .values(person_id=None, screen="", below="", album="")
        .returning(_a.id, _a.channel, _a.external)
    ).all()
    chats.forget_sayings(session, rows)
    return len(rows)


def _void_codes(session: Session, me: Me, which: sa.ColumnElement[bool]) -> None:
    for made in invitations.open_of(session, me.now, which):
        invitations.void(session, me=me, made=made)


def _record(session: Session, me: Me, what: str, count: int) -> None:
    for seat in me.seats[:1]:
        about = About("login", me.person_id or 0, seat.committee_id, seat.branch_id, person=me.person_id)
        history.add(session, me, about, after={"what": what, "addresses": count})
