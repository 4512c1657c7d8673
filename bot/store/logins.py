"""Where a person is logged in: on which devices, and how they come and go."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import chats, history, invitations, mailing
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
    which = [_a.id != me.address_id if others else _a.id == me.address_id]
    which += [_a.channel != mailing.CHANNEL]  # nobody is logged in there
    which += [~_a.external.startswith(kept)] if kept else []
    rows = session.execute(
        sa.update(ADDRESS)
        .where(_a.person_id == me.person_id, *which)
        .values(person_id=None, screen="", below="", album="")
        .returning(_a.id, _a.channel, _a.external)
    ).all()
    chats.forget_sayings(session, rows)
    if others:
        for made in invitations.open_of(session, me.now, INVITATION.c.person_id == me.person_id):
            invitations.void(session, me=me, made=made)
    if rows:
        _record(session, me, "out elsewhere" if others else "out", len(rows))
    return len(rows)


def _record(session: Session, me: Me, what: str, count: int) -> None:
    for seat in me.seats[:1]:
        about = About("login", me.person_id or 0, seat.committee_id, seat.branch_id, person=me.person_id)
        history.add(session, me, about, after={"what": what, "addresses": count})
