"""Who is at an address, which seats they hold, and the codes that give seats."""

import json
import re
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from bot.permissions import NO_INVITATION, Me, Role, Seat, may_invite
from bot.store import history
from bot.store.database import lock, put
from bot.store.history import About
from bot.store.tables import (
    ADDRESS,
    BRANCH,
    COMMITTEE,
    INVITATION,
    NOTICE,
    PERSON,
    SAYING,
    SEAT,
    WEB_LINE,
    AddressRow,
    BranchRow,
    CommitteeRow,
    InvitationRow,
    PersonRow,
    SeatRow,
)
from bot.values import Invitation
from scoring.numerals import halfwidth
from scoring.refusal import Refused

NAME_LENGTH = 20  # characters
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that are read for one another
CODE_LENGTH = 8
_CODE = re.compile(f"[{CODE_LETTERS}]{{{CODE_LENGTH}}}")
_LETTER = f"[{CODE_LETTERS}]"
_CODE_IN_LINK = re.compile(
    rf"(?:(?:/|%2F)join(?:/|%2F)|[?&]start=|/start\s)({_LETTER}{{{CODE_LENGTH}}})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_CODE_BY_NAME = re.compile(
    rf"(?:[请交]码[是为:=\s]*|(?:码|code)[:=]\s*)({_LETTER}{{4}}[\s·._—–-]?{_LETTER}{{4}})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_CODE_AMONG_WORDS = re.compile(rf"(?<![0-9A-Za-z/=@.])({_LETTER}{{{CODE_LENGTH}}})(?![0-9A-Za-z/=@])")
SEEN_KEPT = 24  # events remembered per address, to answer a repeated one without doing it again
SHOWN_KEPT = 24  # messages of each chat of which it is known what they show, so that they can be quoted
TRIES, TRIES_SPAN = 5, timedelta(hours=1)
NEVER = datetime.min.replace(tzinfo=UTC)
INVITATION_LIFE, HAND_OVER_LIFE, LOG_IN_LIFE = timedelta(days=14), timedelta(days=2), timedelta(days=2)
_BLANK = re.compile("[\\s\u115f\u1160\u2800\u3164\uffa0\U0001d159]+")  # six letters and symbols have no ink
_EMOJI = "[\U0001f000-\U0001faff\u2190-\u2bff\ufe0f]"
_JOINER = re.compile(
    f"(?<!{_EMOJI})\u200d|\u200d(?!{_EMOJI})"
)  # it makes one emoji of two, and joins nothing else


NO_CODE = "没有找到这个邀请码。请核对后再发，或向给您邀请码的同志要一个新的。"


class WrongCode(Refused):
    """There is no such code: what a guess gets."""


@dataclass(frozen=True, slots=True)
class Chat:
    """An address as an event finds it: who is there, the screen that stands, the events already answered.

    `below`: the notices that came under the last answer, the newest last, as actions; `album`: see dialogue/hearing.py;
    `shown`: what the last messages there show, as actions by the channel's names for them, the newest last; `notice`:
    the number and the action of the notice that the message asked about is.
    """

    me: Me
    screen: str
    seen: tuple[str, ...]
    heard_at: datetime | None = None
    below: tuple[str, ...] = ()
    album: str = ""
    shown: dict[str, str] = field(default_factory=dict)
    notice: tuple[int, str] | None = None


def chat_at(
    session: Session,
    *,
    channel: str,
    external: str,
    now: datetime,
    create: bool = True,
    about: str | None = None,
) -> Chat:
    """Who is at an address; an unknown address gets a row of its own unless `create` is off. One query.

    `about` is what the channel calls a message there.
    """
    if about is not None:
        rows = session.execute(_AT_ABOUT, {"channel": channel, "external": external, "about": about}).all()
    else:
        rows = session.execute(_AT, {"channel": channel, "external": external}).all()
    if not rows and create:
        session.execute(_NEW, {"channel": channel, "external": external, "heard_at": now})
        rows = session.execute(_AT, {"channel": channel, "external": external}).all()
    if not rows:
        return Chat(Me(0, channel, now), "", ())
    _, screen, seen, heard_at, below, album, shown = rows[0][:7]
    known = tuple(json.loads(seen)) if seen else ()
    number, action = rows[0][9:11]
    notice = (number, action) if about is not None and number is not None else None
    there = json.loads(shown) if shown else {}
    return Chat(_me(rows, channel, now), screen, known, heard_at, tuple(below.split()), album, there, notice)


def chat_of(session: Session, me: Me) -> Me:
    """Who is asking, with the seats they hold now."""
    return _me(session.execute(_BY, {"address": me.address_id}).all(), me.channel, me.now)


def at_addresses(session: Session, *, channel: str, prefix: str) -> list[tuple[str, str, str]]:
    """Everybody at the addresses of a channel that begin so, as (address, name, seats)."""
    found = session.exec(
        select(AddressRow.external)
        .where(AddressRow.channel == channel, col(AddressRow.external).startswith(prefix))
        .order_by(col(AddressRow.id))
    ).all()
    rows = [
        (external, session.execute(_AT, {"channel": channel, "external": external}).all())
        for external in found
    ]
    people = [(external, _me(who, channel, NEVER)) for external, who in rows]
    return [(external, me.name, "、".join(s.words for s in me.seats)) for external, me in people]


def _me(rows: Sequence[Any], channel: str, now: datetime) -> Me:
    address_id, *_, person, name = rows[0][:9]
    seats = tuple(
        Seat(seat, Role(role), committee_id, committee, branch_id, branch or "")
        for *_, seat, role, committee_id, committee, branch_id, branch in rows
        if seat is not None
    )
    return Me(address_id, channel, now, person, name or "", seats)


_ABOUT = (
    (NOTICE.c.address_id == ADDRESS.c.id)
    & (NOTICE.c.person_id == ADDRESS.c.person_id)
    & (NOTICE.c.message == sa.bindparam("about"))
)


def _who(*notice: Any) -> Any:
    return (
        sa.select(
            ADDRESS.c.id,
            ADDRESS.c.screen,
            ADDRESS.c.seen,
            ADDRESS.c.heard_at,
            ADDRESS.c.below,
            ADDRESS.c.album,
            ADDRESS.c.shown,
            PERSON.c.id,
            PERSON.c.name,
            *notice,
            SEAT.c.id,
            SEAT.c.role,
            SEAT.c.committee_id,
            COMMITTEE.c.name,
            SEAT.c.branch_id,
            BRANCH.c.name,
        )
        .select_from(ADDRESS)
        .outerjoin(PERSON, PERSON.c.id == ADDRESS.c.person_id)
        .outerjoin(SEAT, (SEAT.c.person_id == PERSON.c.id) & SEAT.c.until.is_(None))
        .outerjoin(COMMITTEE, COMMITTEE.c.id == SEAT.c.committee_id)
        .outerjoin(BRANCH, BRANCH.c.id == SEAT.c.branch_id)
        .order_by(SEAT.c.id)
    )


_WHO = _who()
_THERE = (ADDRESS.c.channel == sa.bindparam("channel")) & (ADDRESS.c.external == sa.bindparam("external"))
_AT = _WHO.where(_THERE)
_AT_ABOUT = _who(NOTICE.c.id, NOTICE.c.action).outerjoin(NOTICE, _ABOUT).where(_THERE)
_BY = _WHO.where(ADDRESS.c.id == sa.bindparam("address"))
_NEW = put(ADDRESS)
_REMEMBER = (
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
    session.execute(_REMEMBER, {**there, "below": " ".join(chat.below), "album": chat.album, "shown": shown})


_REFUSES = sa.select(ADDRESS.c.refused_at.is_not(None)).where(ADDRESS.c.id == sa.bindparam("address"))
_IS_THERE = sa.update(ADDRESS).where(ADDRESS.c.id == sa.bindparam("address")).values(refused_at=None)
_HAS_GONE = (
    sa.update(ADDRESS)
    .where(ADDRESS.c.id == sa.bindparam("address"), ADDRESS.c.refused_at.is_(None))
    .values(refused_at=sa.bindparam("at"))
    .returning(ADDRESS.c.id)
)


def refuses(session: Session, *, address_id: int) -> bool:
    """Whether a chat takes nothing, as far as its channel has said."""
    return bool(session.execute(_REFUSES, {"address": address_id}).scalar())


def is_there(session: Session, *, address_id: int) -> None:
    """A chat takes messages again."""
    session.execute(_IS_THERE, {"address": address_id})


def visited(session: Session, *, address_id: int, now: datetime) -> None:
    """Somebody was there, though nothing was said."""
    session.execute(sa.update(ADDRESS).where(ADDRESS.c.id == address_id).values(heard_at=now))


def has_gone(session: Session, *, address_id: int, now: datetime) -> bool:
    """A chat takes nothing until its person writes again; whether it did before."""
    return bool(session.execute(_HAS_GONE, {"address": address_id, "at": now}).all())


BELOW_KEPT = 4  # notices under the last answer that a typed text may belong to: the newest
_STOOD = (
    sa.select(ADDRESS.c.screen, ADDRESS.c.below)
    .where(ADDRESS.c.id == sa.bindparam("address"))
    .with_for_update()
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


_HELD = SEAT.c.until.is_(None) & (SEAT.c.committee_id == sa.bindparam("committee"))
_IN_BRANCHES = (
    sa.select(SEAT.c.branch_id, SEAT.c.person_id)
    .where(_HELD, SEAT.c.branch_id.is_not(None))
    .distinct()
    .order_by(SEAT.c.person_id)
)
_IN_THESE_BRANCHES = _IN_BRANCHES.where(SEAT.c.branch_id.in_(sa.bindparam("branches", expanding=True)))
_IN_COMMITTEE = (
    sa.select(SEAT.c.person_id)
    .where(_HELD, SEAT.c.branch_id.is_(None), SEAT.c.role.in_(sa.bindparam("roles", expanding=True)))
    .distinct()
    .order_by(SEAT.c.person_id)
)


def in_branches(
    session: Session, committee_id: int, branch_ids: Sequence[int] | None = None
) -> dict[int, tuple[int, ...]]:
    """Who holds a seat in each branch of a committee, or in these branches, each once. One query."""
    asked: dict[str, object] = {"committee": committee_id}
    if branch_ids is None:
        rows = session.execute(_IN_BRANCHES, asked).all()
    else:
        rows = session.execute(_IN_THESE_BRANCHES, {**asked, "branches": branch_ids}).all()
    found: dict[int, list[int]] = {}
    for branch, person in rows:
        found.setdefault(branch, []).append(person)
    return {branch: tuple(persons) for branch, persons in found.items()}


def in_committee(session: Session, committee_id: int, *roles: Role) -> tuple[int, ...]:
    """Who holds one of these seats in a committee itself (member or administrator, if none is named), each once."""
    wanted = roles or (Role.MEMBER, Role.ADMINISTRATOR)
    asked = {"committee": committee_id, "roles": [int(role) for role in wanted]}
    return tuple(session.execute(_IN_COMMITTEE, asked).scalars())


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
    _forget_sayings(session, rows)
    session.execute(sa.update(NOTICE).where(NOTICE.c.address_id.in_(numbers)).values(address_id=None))
    session.execute(sa.delete(ADDRESS).where(a.id.in_(numbers)))
    return len(rows)


def _forget_sayings(session: Session, addresses: Sequence[Any]) -> None:
    """Delete what was said at addresses, and what their pages kept of it."""
    pages = [row.external for row in addresses if row.channel == "web"]
    session.execute(sa.delete(WEB_LINE).where(WEB_LINE.c.external.in_(pages)))
    session.execute(sa.delete(SAYING).where(SAYING.c.address_id.in_([row.id for row in addresses])))


def belongs(session: Session, *, address_id: int, person_id: int | None) -> None:
    """An address is one of a person's; nobody's without one."""
    session.execute(sa.update(ADDRESS).where(ADDRESS.c.id == address_id).values(person_id=person_id))


def beside(session: Session, committee_id: int, person_id: int) -> tuple[int, ...]:
    """The others in a person's branches, who can pass something on; without any, the administrators."""
    own = sa.select(SEAT.c.branch_id).where(
        SEAT.c.committee_id == committee_id, SEAT.c.person_id == person_id, SEAT.c.until.is_(None)
    )
    branches = [branch for branch in session.execute(own).scalars() if branch]
    there = in_branches(session, committee_id, branches).values() if branches else ()
    others = tuple(sorted({person for persons in there for person in persons} - {person_id}))
    administrators = in_committee(session, committee_id, Role.ADMINISTRATOR)
    return others or tuple(person for person in administrators if person != person_id)


_SEATS = (
    sa.select(
        SEAT.c.id,
        SEAT.c.role,
        SEAT.c.committee_id,
        COMMITTEE.c.name,
        SEAT.c.branch_id,
        sa.func.coalesce(BRANCH.c.name, ""),
    )
    .select_from(SEAT)
    .join(COMMITTEE, COMMITTEE.c.id == SEAT.c.committee_id)
    .outerjoin(BRANCH, BRANCH.c.id == SEAT.c.branch_id)
    .where(SEAT.c.person_id == sa.bindparam("person"), SEAT.c.until.is_(None))
)


def _seats(session: Session, person_id: int) -> tuple[Seat, ...]:
    """The seats a person holds now."""
    rows = session.execute(_SEATS, {"person": person_id}).all()
    return tuple(Seat(seat, Role(role), *where) for seat, role, *where in rows)


def names(session: Session, person_ids: Iterable[int]) -> dict[int, str]:
    """What these persons are called."""
    rows = session.execute(sa.select(PERSON.c.id, PERSON.c.name).where(PERSON.c.id.in_(list(person_ids))))
    return {row.id: row.name for row in rows.all()}


def name_of(session: Session, person_id: int) -> str:
    """What a person is called."""
    return str(session.execute(sa.select(PERSON.c.name).where(PERSON.c.id == person_id)).scalar_one())


def seat_of(session: Session, seat: SeatRow) -> Seat:
    """The seat as a value, with the names of its committee and branch."""
    committee = session.get_one(CommitteeRow, seat.committee_id)
    branch = session.get_one(BranchRow, seat.branch_id) if seat.branch_id else None
    assert seat.id is not None
    return Seat(
        seat.id,
        Role(seat.role),
        seat.committee_id,
        committee.name,
        seat.branch_id,
        branch.name if branch else "",
    )


def clean_name(text: str) -> str:
    """What a person can be called, of what was typed or what a channel calls them: one line, all of it visible.

    Not shortened, and empty when nothing is left: what has no ink is a space, what steers the text is dropped.
    """
    form = _BLANK.sub(" ", unicodedata.normalize("NFC", text)).strip()
    form = _JOINER.sub("", "".join(c for c in form if c.isprintable() or c == "\u200d"))
    inked = any(unicodedata.category(c)[0] not in "CMZ" for c in form)
    return " ".join(form.split()) if inked else ""


def new_code() -> str:
    """A fresh invitation code: about 39 bits, so that five guesses an hour never meet one."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def clean_code(text: str) -> str:
    """The code in what was typed or pasted, in any letters, with spaces or dashes, in a link, in a whole invitation.

    Empty when there is none.
    """
    form = halfwidth(text)
    if code := _plain_code(form):
        return code
    found = {word for word in _CODE_AMONG_WORDS.findall(form) if not word.isdecimal()}
    return found.pop() if len(found) == 1 else ""


def _plain_code(form: str) -> str:
    named = _CODE_IN_LINK.search(form) or _CODE_BY_NAME.search(form)
    letters = re.sub(r"[^0-9A-Za-z\u4e00-\u9fff@=]", "", named[1] if named else form).upper()
    return letters if _CODE.fullmatch(letters) else ""


def looks_like_code(text: str, *, anywhere: bool = True) -> bool:
    """Whether a text is a code or a link to one, or (`anywhere`) has one in it."""
    return bool(clean_code(text) if anywhere else _plain_code(halfwidth(text)))


def invite(
    session: Session,
    *,
    committee_id: int,
    branch_id: int | None,
    role: Role,
    now: datetime,
    made_by: int | None,
    uses: int = 1,
    life: timedelta = INVITATION_LIFE,
    seat_id: int | None = None,
    person_id: int | None = None,
    channel: str = "",
    besides: int = 0,
) -> Invitation:
    """The still open invitation that this person made for this role, or a new one: asking twice makes one code.

    With `besides`, one made after the invitation of that number. See InvitationRow for `seat_id` and `person_id`.
    """
    row = session.exec(
        select(InvitationRow)
        .where(
            InvitationRow.committee_id == committee_id,
            InvitationRow.branch_id == branch_id,
            InvitationRow.role == int(role),
            InvitationRow.seat_id == seat_id,
            InvitationRow.person_id == person_id,
            InvitationRow.made_by == made_by,
            InvitationRow.uses_left == uses,
            InvitationRow.expires_at > now + life / 2,
            col(InvitationRow.ended_at).is_(None),
            col(InvitationRow.id) > besides,
        )
        .order_by(col(InvitationRow.id))
    ).first()
    if row is None:
        row = InvitationRow(
            committee_id=committee_id,
            branch_id=branch_id,
            role=int(role),
            seat_id=seat_id,
            person_id=person_id,
            code=new_code(),
            uses_left=uses,
            expires_at=now + life,
            made_by=made_by,
            made_at=now,
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        history.add(
            session,
            Me(0, channel, now, made_by),
            About("invitation", row.id, committee_id, branch_id),
            after={"role": int(role), "seat": seat_id} | ({"person": person_id} if person_id else {}),
        )
    return _invitations(session, now, INVITATION.c.id == row.id)[0]


def invitation(session: Session, *, invitation_id: int, now: datetime) -> Invitation:
    """An invitation, whoever made it and whatever became of it. Raises Refused when there is none."""
    found = _invitations(session, now, INVITATION.c.id == invitation_id)
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
    which = [INVITATION.c.committee_id == committee_id, *_is_open(now)]
    if branch_id is not None:
        which.append(INVITATION.c.branch_id == branch_id)
    if before:
        which.append(INVITATION.c.id >= before if newer else INVITATION.c.id < before)
    return _invitations(session, now, *which, newest=not newer, limit=limit)


def count_open(
    session: Session, *, committee_ids: Sequence[int], now: datetime
) -> dict[tuple[int, int | None], int]:
    """How many invitations can be used, by committee and branch (None: in the committee itself)."""
    rows = session.execute(
        sa.select(INVITATION.c.committee_id, INVITATION.c.branch_id, sa.func.count())
        .where(INVITATION.c.committee_id.in_(committee_ids), *_is_open(now))
        .group_by(INVITATION.c.committee_id, INVITATION.c.branch_id)
    ).all()
    return {(committee, branch): count for committee, branch, count in rows}


def invitation_with(session: Session, *, text: str, now: datetime) -> Invitation | None:
    """The invitation whose code this is, whatever became of it."""
    found = _invitations(session, now, INVITATION.c.code == clean_code(text))
    return found[0] if found else None


def cancel(session: Session, *, me: Me, made: Invitation) -> None:
    """Make an open invitation void. Raises Refused when it is open no more."""
    row = session.get_one(InvitationRow, made.id, with_for_update=True, populate_existing=True)
    if closed := _closed(row, me.now):
        raise Refused(f"这个{made.kind}{closed}，不用再取消。")
    _void(session, row, me)


def _void(session: Session, row: InvitationRow, me: Me) -> None:
    row.ended_at = me.now
    _note_uses(session, row, me, before=row.uses_left, after=0)


def _spend(session: Session, row: InvitationRow, me: Me) -> None:
    """Use a code up where no seat begins, whose row of history would say so."""
    row.uses_left -= 1
    _note_uses(session, row, me, before=row.uses_left + 1, after=row.uses_left)


def _note_uses(session: Session, row: InvitationRow, me: Me, *, before: int, after: int) -> None:
    assert row.id is not None
    history.add(
        session,
        me,
        About("invitation", row.id, row.committee_id, row.branch_id),
        before={"uses": before},
        after={"uses": after},
    )


def _is_open(now: datetime) -> list[sa.ColumnElement[bool]]:
    found = INVITATION.c
    return [found.ended_at.is_(None), found.uses_left > 0, found.expires_at > now]


def _closed(row: Any, now: datetime) -> str:
    """Why a code no longer works; empty while it does."""
    if row.uses_left < 1:
        return "已经用过"
    if row.ended_at is not None:
        return "已作废"
    return "已过期" if row.expires_at <= now else ""


def _invitations(
    session: Session,
    now: datetime,
    *which: sa.ColumnElement[bool],
    newest: bool = True,
    limit: int | None = None,
) -> tuple[Invitation, ...]:
    number = INVITATION.c.id
    order = number.desc() if newest else number
    rows = session.execute(_MADE.where(*which).order_by(order).limit(limit)).all()
    return tuple(
        Invitation(
            row.id,
            row.code,
            row.committee_id,
            row.committee,
            row.branch_id,
            row.branch or "",
            Role(row.role),
            moves=row.seat_id is not None,
            person_id=row.person_id,
            person=row.person or "",
            uses_left=row.uses_left,
            made_by=row.made_by,
            by=row.by or "",
            made_at=row.made_at,
            expires_at=row.expires_at,
            closed=_closed(row, now),
        )
        for row in rows
    )


_ENTERS = PERSON.alias()
_MADE = (
    sa.select(
        INVITATION,
        COMMITTEE.c.name.label("committee"),
        BRANCH.c.name.label("branch"),
        PERSON.c.name.label("by"),
        _ENTERS.c.name.label("person"),
    )
    .select_from(INVITATION)
    .join(COMMITTEE, COMMITTEE.c.id == INVITATION.c.committee_id)
    .outerjoin(BRANCH, BRANCH.c.id == INVITATION.c.branch_id)
    .outerjoin(PERSON, PERSON.c.id == INVITATION.c.made_by)
    .outerjoin(_ENTERS, _ENTERS.c.id == INVITATION.c.person_id)
)


def hand_over(session: Session, *, me: Me, seat: Seat) -> Invitation:
    """The one-time code that moves a seat to whoever uses it."""
    return invite(
        session,
        committee_id=seat.committee_id,
        branch_id=seat.branch_id,
        role=seat.role,
        now=me.now,
        made_by=me.person_id,
        life=HAND_OVER_LIFE,
        seat_id=seat.id,
        channel=me.channel,
    )


def log_in_code(session: Session, *, me: Me) -> Invitation:
    """The one-time code with which a person logs in somewhere else."""
    seat = me.seats[0]
    return invite(
        session,
        committee_id=seat.committee_id,
        branch_id=seat.branch_id,
        role=seat.role,
        now=me.now,
        made_by=me.person_id,
        life=LOG_IN_LIFE,
        person_id=me.person_id,
        channel=me.channel,
    )


def count_try(session: Session, *, me: Me) -> None:
    """Count a wrong code against this address."""
    address = session.get_one(AddressRow, me.address_id)
    if address.tries_since is None or not timedelta(0) <= me.now - address.tries_since < TRIES_SPAN:
        address.tries, address.tries_since = 0, me.now
    address.tries += 1


def blocked_until(session: Session, *, me: Me) -> datetime | None:
    """When this address may try a code again, if its tries are used up; it stays locked until the unit of work ends."""
    lock(session, ADDRESS, me.address_id)
    address = session.get(AddressRow, me.address_id)
    if address is None or address.tries_since is None or address.tries < TRIES:
        return None
    until = address.tries_since + TRIES_SPAN
    return until if address.tries_since <= me.now < until else None


def usable(session: Session, *, text: str, now: datetime) -> Invitation:
    """What a code gives. Raises Refused for a code that gives nothing (any more), and WrongCode for none."""
    made = invitation_with(session, text=text, now=now)
    if made is None:
        raise WrongCode(NO_CODE)
    _check(session, session.get_one(InvitationRow, made.id), now)
    return made


def join(session: Session, *, me: Me, text: str, name: str, spend: bool = False) -> Seat:
    """Take the seat that a code gives. Raises Refused for a code that gives none (any more), changing nothing.

    `name` is what a channel calls the person. A seat that is held already needs no code, unless one is to be spent.
    """
    lock(session, ADDRESS, me.address_id)
    me = chat_of(session, me)
    row = _find_code(session, text)
    held = holds(me, row)
    if held is not None and not spend:
        return held
    old = _check(session, row, me.now)
    if row.person_id is not None:
        raise Refused("这是登录码，不是邀请码。")
    if held is not None:
        _spend(session, row, me)
        return held
    row.uses_left -= 1
    if old is not None:
        _end(session, old, me)
    person_id = me.person_id
    if person_id is None:
        called = clean_name(clean_name(name)[:NAME_LENGTH]) or Role(row.role).word
        person = PersonRow(name=called, joined_at=me.now)
        session.add(person)
        session.flush()
        person_id = person.id
        session.exec(
            update(AddressRow).where(col(AddressRow.id) == me.address_id).values(person_id=person_id)
        )
    assert person_id is not None
    seat = SeatRow(
        committee_id=row.committee_id,
        branch_id=row.branch_id,
        person_id=person_id,
        role=row.role,
        since=me.now,
    )
    session.add(seat)
    session.flush()
    _record(session, seat, me, person_id, "joined")
    return seat_of(session, seat)


def holds(me: Me, given: Invitation | InvitationRow) -> Seat | None:
    """The seat that I hold already, if it is the one that an invitation gives."""
    if given.person_id is not None:
        return None
    wanted = (given.committee_id, given.branch_id, Role(given.role))
    return next((s for s in me.seats if (s.committee_id, s.branch_id, s.role) == wanted), None)


def log_in(session: Session, *, me: Me, text: str, spend: bool = False) -> None:
    """Let an address be the person's whose 登录码 this is. Raises Refused, changing nothing.

    Who is logged in there already needs no code, unless one is to be spent.
    """
    lock(session, ADDRESS, me.address_id)
    me = chat_of(session, me)
    row = _find_code(session, text)
    if row.person_id is not None and row.person_id == me.person_id and not spend:
        return
    _check(session, row, me.now)
    if row.person_id is None:
        raise Refused("这是邀请码，不是登录码。")
    if me.known and me.person_id != row.person_id:
        raise Refused(f"这里现在是{me.name}。请先在「我的职务」里退出登录，再用这个登录码。")
    belongs(session, address_id=me.address_id, person_id=row.person_id)
    now = chat_of(session, me)
    _spend(session, row, now)
    _record_log_in(session, now, "in", 1)


@dataclass(frozen=True, slots=True)
class Device:
    """Where somebody is logged in: the channel, when something last came from there, whether it is here."""

    channel: str
    heard_at: datetime | None
    here: bool


def devices(session: Session, *, me: Me) -> tuple[Device, ...]:
    """Where a person is logged in, here first, then as lately as something came from there."""
    a = ADDRESS.c
    rows = session.execute(sa.select(a.id, a.channel, a.heard_at).where(a.person_id == me.person_id)).all()
    found = [Device(row.channel, row.heard_at, row.id == me.address_id) for row in rows]
    return tuple(sorted(found, key=lambda one: (one.here, one.heard_at or NEVER), reverse=True))


def log_out(session: Session, *, me: Me, others: bool, kept: str = "") -> int:
    """Let nobody be at this address, or at all others of this person; seats stay, and what was said there goes.

    With the others, what lets somebody be one of them goes too: open 登录码. Addresses that begin with `kept` stay.
    Returns how many addresses that were.
    """
    if me.person_id is None:
        return 0
    a = ADDRESS.c
    which = [a.id != me.address_id if others else a.id == me.address_id]
    which += [~a.external.startswith(kept)] if kept else []
    rows = session.execute(
        sa.update(ADDRESS)
        .where(a.person_id == me.person_id, *which)
        .values(person_id=None, screen="", below="", album="")
        .returning(a.id, a.channel, a.external)
    ).all()
    _forget_sayings(session, rows)
    if others:
        codes = select(InvitationRow).where(InvitationRow.person_id == me.person_id, *_is_open(me.now))
        for row in session.exec(codes.with_for_update()):
            _void(session, row, me)
    if rows:
        _record_log_in(session, me, "out elsewhere" if others else "out", len(rows))
    return len(rows)


def _record_log_in(session: Session, me: Me, what: str, count: int) -> None:
    for seat in me.seats[:1]:
        history.add(
            session,
            me,
            About("login", me.person_id or 0, seat.committee_id, seat.branch_id, person=me.person_id),
            after={"what": what, "addresses": count},
        )


def _find_code(session: Session, text: str) -> InvitationRow:
    """The invitation with this code, whatever became of it, locked; before it, the seat that it hands over.

    In this order everybody locks who ends a seat with its codes. Raises WrongCode.
    """
    found = session.execute(
        sa.select(INVITATION.c.id, INVITATION.c.committee_id, INVITATION.c.seat_id).where(
            INVITATION.c.code == clean_code(text)
        )
    ).first()
    if found is None:
        raise WrongCode(NO_CODE)
    if found.seat_id is not None:
        lock(session, COMMITTEE, found.committee_id)
        lock(session, SEAT, found.seat_id)
    return session.get_one(InvitationRow, found.id, with_for_update=True, populate_existing=True)


def _check(session: Session, row: InvitationRow, now: datetime) -> SeatRow | None:
    """Let a code pass that still works and whose maker may still give what it gives; the seat it moves.

    Raises Refused.
    """
    old = session.get_one(SeatRow, row.seat_id) if row.seat_id is not None else None
    if row.uses_left > 0 and old is not None and old.until is not None:
        raise Refused("原来的职务已经变动，这个移交码不能再用。请联系管理员。")
    if row.uses_left > 0 and row.person_id is not None and not _seats(session, row.person_id):
        raise Refused("职务已经变动，这个登录码不能再用。请联系管理员。")
    if row.uses_left > 0 and old is None and row.person_id is None and not _maker_may(session, row):
        raise Refused("发出这个邀请码的同志职务已经变动，邀请码随之作废。请向管理员要一个新的。")
    if closed := _closed(row, now):
        if row.person_id is not None:
            raise Refused(f"这个登录码{closed}。请在已登录的设备上再要一个，或向管理员要新的邀请码。")
        kind = "邀请码" if row.seat_id is None else "移交码"
        raise Refused(f"这个{kind}{closed}。请向给您邀请码的同志要一个新的。")
    return old


def _maker_may(session: Session, row: InvitationRow) -> bool:
    """Whether who made an invitation might make it now; what was made at the terminal stays good."""
    if row.made_by is None:
        return True
    maker = Me(0, "", row.made_at, row.made_by, seats=_seats(session, row.made_by))
    return may_invite(maker, row.committee_id, row.branch_id, Role(row.role))


def rename(session: Session, *, me: Me, name: str) -> None:
    """Call a person otherwise; each body in which they hold a seat has that in its history."""
    session.exec(update(PersonRow).where(col(PersonRow.id) == me.person_id).values(name=name))
    for committee_id, branch_id in dict.fromkeys((seat.committee_id, seat.branch_id) for seat in me.seats):
        history.add(
            session,
            me,
            About("person", me.person_id or 0, committee_id, branch_id, person=me.person_id),
            before={"name": me.name},
            after={"name": name},
        )


def leave(session: Session, *, me: Me, seat: Seat) -> None:
    """End one's own seat. Raises Refused for the last administrator, whom nobody could follow."""
    lock(session, COMMITTEE, seat.committee_id)
    lock(session, SEAT, seat.id)
    row = session.get_one(SeatRow, seat.id)
    if row.until is not None:
        raise Refused("这个职务已不在您名下。")
    if seat.role is Role.ADMINISTRATOR:
        others = session.exec(
            select(SeatRow.id).where(
                SeatRow.committee_id == seat.committee_id,
                SeatRow.role == int(Role.ADMINISTRATOR),
                col(SeatRow.until).is_(None),
                SeatRow.id != seat.id,
            )
        ).first()
        if others is None:
            raise Refused("您是唯一的管理员。请先用「移交」把职务交给别人，再退出。")
    _end(session, row, me)


def _end(session: Session, row: SeatRow, me: Me) -> None:
    """End a seat, and with it the codes that its holder could no longer make. The caller has locked it.

    With the last one goes what was said where its holder is logged in.
    """
    row.until = me.now
    _record(session, row, me, row.person_id, "left")
    session.flush()
    left = Me(0, me.channel, me.now, row.person_id, seats=_seats(session, row.person_id))
    made = session.exec(
        select(InvitationRow)
        .where(
            *_is_open(me.now),
            (col(InvitationRow.person_id) == row.person_id)
            | (col(InvitationRow.committee_id) == row.committee_id)
            & (
                (col(InvitationRow.seat_id) == row.id)
                | (col(InvitationRow.seat_id).is_(None) & (col(InvitationRow.made_by) == row.person_id))
            ),
        )
        .order_by(col(InvitationRow.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for one in made:
        if one.person_id is not None:
            ends = not left.known
        else:
            ends = one.seat_id is not None or not may_invite(
                left, one.committee_id, one.branch_id, Role(one.role)
            )
        if ends:
            _void(session, one, replace(me, person_id=me.person_id or row.person_id))
    if not left.known:
        a = ADDRESS.c
        theirs = sa.select(a.id, a.channel, a.external).where(a.person_id == row.person_id)
        _forget_sayings(session, session.execute(theirs).all())


def _record(session: Session, row: SeatRow, me: Me, person_id: int, what: str) -> None:
    assert row.id is not None
    history.add(
        session,
        replace(me, person_id=me.person_id or person_id),
        About("seat", row.id, row.committee_id, row.branch_id, person=person_id),
        after={"person": person_id, "role": row.role, "what": what},
    )
