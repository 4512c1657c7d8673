"""Who is at an address, which seats they hold, and the codes that give seats."""

import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select, update

from bot.permissions import Me, Role, Seat
from bot.store import history
from bot.store.database import INSERTS, lock
from bot.store.tables import AddressRow, BranchRow, CommitteeRow, InvitationRow, PersonRow, SeatRow
from bot.values import Invitation
from scoring.numerals import halfwidth
from scoring.rubric import Refused

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that are read for one another
CODE_LENGTH = 8
_CODE = re.compile(f"[{CODE_LETTERS}]{{{CODE_LENGTH}}}")
_CODE_IN_LINK = re.compile(
    rf"(?:/join/|[?&]start=|/start\s)([{CODE_LETTERS}]{{{CODE_LENGTH}}})(?![0-9A-Za-z])", re.IGNORECASE
)
SEEN_KEPT = 24  # events remembered per address, to answer a repeated one without doing it again
TRIES, TRIES_SPAN = 5, timedelta(hours=1)
NEVER = datetime.min.replace(tzinfo=UTC)
INVITATION_LIFE, HAND_OVER_LIFE = timedelta(days=14), timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Chat:
    """An address as an event finds it: who is there, the screen that stands, the events already answered.

    `below`: the notices that came under the last answer, the newest last, as actions; `album`: see dialogue/hearing.py;
    `notice`: the number and the action of the notice that the message asked about is.
    """

    me: Me
    screen: str
    seen: tuple[str, ...]
    heard_at: datetime | None = None
    below: tuple[str, ...] = ()
    album: str = ""
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
        blank = {"channel": channel, "external": external, "tries": 0}
        blank |= dict.fromkeys(("screen", "seen", "below", "album"), "")
        insert = INSERTS[session.get_bind().dialect.name](_ADDRESS)
        session.execute(insert.values(**blank).on_conflict_do_nothing())
        rows = session.execute(_AT, {"channel": channel, "external": external}).all()
    if not rows:
        return Chat(Me(0, channel, now), "", ())
    _, screen, seen, heard_at, below, album = rows[0][:6]
    known = tuple(json.loads(seen)) if seen else ()
    number, action = rows[0][8:10]
    notice = (number, action) if about is not None and number is not None else None
    return Chat(_me(rows, channel, now), screen, known, heard_at, tuple(below.split()), album, notice)


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
    address_id, *_, person, name = rows[0][:8]
    seats = tuple(
        Seat(seat, Role(role), committee_id, committee, branch_id, branch or "")
        for *_, seat, role, committee_id, committee, branch_id, branch in rows
        if seat is not None
    )
    return Me(address_id, channel, now, person, name or "", seats)


_ADDRESS, _PERSON = SQLModel.metadata.tables["address"], SQLModel.metadata.tables["person"]
_SEAT, _BRANCH = SQLModel.metadata.tables["seat"], SQLModel.metadata.tables["branch"]
_COMMITTEE, _NOTICE = SQLModel.metadata.tables["committee"], SQLModel.metadata.tables["notice"]
_ABOUT = (
    (_NOTICE.c.address_id == _ADDRESS.c.id)
    & (_NOTICE.c.person_id == _ADDRESS.c.person_id)
    & (_NOTICE.c.message == sa.bindparam("about"))
)


def _who(*notice: Any) -> Any:
    return (
        sa.select(
            _ADDRESS.c.id,
            _ADDRESS.c.screen,
            _ADDRESS.c.seen,
            _ADDRESS.c.heard_at,
            _ADDRESS.c.below,
            _ADDRESS.c.album,
            _PERSON.c.id,
            _PERSON.c.name,
            *notice,
            _SEAT.c.id,
            _SEAT.c.role,
            _SEAT.c.committee_id,
            _COMMITTEE.c.name,
            _SEAT.c.branch_id,
            _BRANCH.c.name,
        )
        .select_from(_ADDRESS)
        .outerjoin(_PERSON, _PERSON.c.id == _ADDRESS.c.person_id)
        .outerjoin(_SEAT, (_SEAT.c.person_id == _PERSON.c.id) & _SEAT.c.until.is_(None))
        .outerjoin(_COMMITTEE, _COMMITTEE.c.id == _SEAT.c.committee_id)
        .outerjoin(_BRANCH, _BRANCH.c.id == _SEAT.c.branch_id)
        .order_by(_SEAT.c.id)
    )


_WHO = _who()
_THERE = (_ADDRESS.c.channel == sa.bindparam("channel")) & (_ADDRESS.c.external == sa.bindparam("external"))
_AT = _WHO.where(_THERE)
_AT_ABOUT = _who(_NOTICE.c.id, _NOTICE.c.action).outerjoin(_NOTICE, _ABOUT).where(_THERE)
_BY = _WHO.where(_ADDRESS.c.id == sa.bindparam("address"))
_REMEMBER = (
    sa.update(_ADDRESS)
    .where(_ADDRESS.c.id == sa.bindparam("address"))
    .values(
        screen=sa.bindparam("screen"),
        seen=sa.bindparam("seen"),
        below=sa.bindparam("below"),
        album=sa.bindparam("album"),
        heard_at=sa.bindparam("at"),
        refused_at=None,
    )
)


def remember(session: Session, *, chat: Chat, screen: str) -> None:
    """Note what stands at an address now and all else that an event found or left there, and that it is alive."""
    kept = json.dumps(list(chat.seen)[-SEEN_KEPT:])
    there = {"address": chat.me.address_id, "screen": screen, "seen": kept, "at": chat.me.now}
    session.execute(_REMEMBER, {**there, "below": " ".join(chat.below), "album": chat.album})


BELOW_KEPT = 4  # notices under the last answer that a typed text may belong to: the newest
_STOOD = (
    sa.select(_ADDRESS.c.screen, _ADDRESS.c.below)
    .where(_ADDRESS.c.id == sa.bindparam("address"))
    .with_for_update()
)
_STAND = (
    sa.update(_ADDRESS)
    .where(_ADDRESS.c.id == sa.bindparam("address"))
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


_HELD = _SEAT.c.until.is_(None) & (_SEAT.c.committee_id == sa.bindparam("committee"))
_IN_BRANCHES = (
    sa.select(_SEAT.c.branch_id, _SEAT.c.person_id)
    .where(_HELD, _SEAT.c.branch_id.is_not(None))
    .distinct()
    .order_by(_SEAT.c.person_id)
)
_IN_THESE_BRANCHES = _IN_BRANCHES.where(_SEAT.c.branch_id.in_(sa.bindparam("branches", expanding=True)))
_IN_COMMITTEE = (
    sa.select(_SEAT.c.person_id)
    .where(_HELD, _SEAT.c.branch_id.is_(None), _SEAT.c.role.in_(sa.bindparam("roles", expanding=True)))
    .distinct()
    .order_by(_SEAT.c.person_id)
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


def belongs(session: Session, *, address_id: int, person_id: int | None) -> None:
    """An address is one of a person's; nobody's without one."""
    session.execute(sa.update(_ADDRESS).where(_ADDRESS.c.id == address_id).values(person_id=person_id))


def beside(session: Session, committee_id: int, person_id: int) -> tuple[int, ...]:
    """The others in a person's branches, who can pass something on; without any, the administrators."""
    own = sa.select(_SEAT.c.branch_id).where(
        _SEAT.c.committee_id == committee_id, _SEAT.c.person_id == person_id, _SEAT.c.until.is_(None)
    )
    branches = [branch for branch in session.execute(own).scalars() if branch]
    there = in_branches(session, committee_id, branches).values() if branches else ()
    others = tuple(sorted({person for persons in there for person in persons} - {person_id}))
    administrators = in_committee(session, committee_id, Role.ADMINISTRATOR)
    return others or tuple(person for person in administrators if person != person_id)


def names(session: Session, person_ids: Iterable[int]) -> dict[int, str]:
    """What these persons are called."""
    rows = session.execute(sa.select(_PERSON.c.id, _PERSON.c.name).where(_PERSON.c.id.in_(list(person_ids))))
    return {row.id: row.name for row in rows.all()}


def name_of(session: Session, person_id: int) -> str:
    """What a person is called."""
    return str(session.execute(sa.select(_PERSON.c.name).where(_PERSON.c.id == person_id)).scalar_one())


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
    found = {word.upper() for word in re.findall(r"(?<![0-9A-Za-z/=])[0-9A-Za-z]{8}(?![0-9A-Za-z/])", form)}
    codes = [word for word in found if _CODE.fullmatch(word)]
    return codes[0] if len(codes) == 1 else ""


def _plain_code(form: str) -> str:
    linked = _CODE_IN_LINK.search(form)
    whole = re.sub(r"[\s._—–-]", "", form).upper()
    return linked[1].upper() if linked else whole if _CODE.fullmatch(whole) else ""


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
    channel: str = "",
    besides: int = 0,
) -> Invitation:
    """The still open invitation that this person made for this role, or a new one: asking twice makes one code.

    With `besides`, one made after the invitation of that number.
    """
    row = session.exec(
        select(InvitationRow)
        .where(
            InvitationRow.committee_id == committee_id,
            InvitationRow.branch_id == branch_id,
            InvitationRow.role == int(role),
            InvitationRow.seat_id == seat_id,
            InvitationRow.made_by == made_by,
            InvitationRow.uses_left == uses,
            InvitationRow.expires_at > now + life / 2,
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
            me=Me(0, channel, now, made_by),
            committee_id=committee_id,
            branch_id=branch_id,
            subject="invitation",
            subject_id=row.id,
            after={"role": int(role), "seat": seat_id},
        )
    return _invitation(session, row, now)


def invitation(session: Session, *, me: Me, invitation_id: int) -> Invitation:
    """An invitation that this person made. Raises Refused."""
    row = session.get(InvitationRow, invitation_id)
    if row is None or me.person_id is None or row.made_by != me.person_id:
        raise Refused("没有找到这个邀请。请在「我的职务」里重新生成。")
    return _invitation(session, row, me.now)


def _invitation(session: Session, row: InvitationRow, now: datetime) -> Invitation:
    return Invitation(
        row.id or 0,
        row.code,
        _words(session, row),
        row.expires_at,
        row.committee_id,
        row.branch_id,
        Role(row.role),
        moves=row.seat_id is not None,
        open=row.uses_left > 0 and row.expires_at > now,
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


def count_try(session: Session, *, me: Me) -> None:
    """Count a wrong code against this address."""
    address = session.get_one(AddressRow, me.address_id)
    if address.tries_since is None or me.now - address.tries_since >= TRIES_SPAN:
        address.tries, address.tries_since = 0, me.now
    address.tries += 1


def blocked_until(session: Session, *, me: Me) -> datetime | None:
    """When this address may try a code again, if its tries are used up."""
    address = session.get_one(AddressRow, me.address_id)
    if address.tries_since is None or address.tries < TRIES or me.now - address.tries_since >= TRIES_SPAN:
        return None
    return address.tries_since + TRIES_SPAN


def find_code(session: Session, text: str) -> InvitationRow | None:
    """The invitation with this code, used or not. The row stays locked until the unit of work ends."""
    return session.exec(
        select(InvitationRow).where(InvitationRow.code == clean_code(text)).with_for_update()
    ).first()


def join(session: Session, *, me: Me, text: str, name: str) -> Seat:
    """Take the seat that a code gives. Raises Refused for a wrong, used or expired code, changing nothing."""
    lock(session, AddressRow, me.address_id)
    me = chat_of(session, me)
    row = find_code(session, text)
    if row is None:
        raise Refused("没有找到这个邀请码。请核对后再发，或向给您邀请码的同志要一个新的。")
    held = next(
        (
            s
            for s in me.seats
            if (s.committee_id, s.branch_id, s.role) == (row.committee_id, row.branch_id, Role(row.role))
        ),
        None,
    )
    if held is not None:
        return held
    if row.uses_left < 1:
        raise Refused("这个邀请码已经用过了。请向给您邀请码的同志要一个新的。")
    if row.expires_at <= me.now:
        raise Refused("这个邀请码已过期。请向给您邀请码的同志要一个新的。")
    if row.seat_id is not None:
        lock(session, SeatRow, row.seat_id)
        old = session.get_one(SeatRow, row.seat_id)
        if old.until is not None:
            raise Refused("原来的职务已经变动，这个移交码不能再用。请联系管理员。")
        _end(session, old, me)
    person_id = me.person_id
    if person_id is None:
        person = PersonRow(name=name or Role(row.role).word, joined_at=me.now)
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
    row.uses_left -= 1
    session.flush()
    _record(session, seat, me, person_id, "joined")
    return seat_of(session, seat)


def rename(session: Session, *, me: Me, name: str) -> None:
    """Call a person otherwise."""
    session.exec(update(PersonRow).where(col(PersonRow.id) == me.person_id).values(name=name))
    for seat in me.seats[:1]:
        history.add(
            session,
            me=me,
            committee_id=seat.committee_id,
            branch_id=seat.branch_id,
            subject="person",
            subject_id=me.person_id or 0,
            before={"name": me.name},
            after={"name": name},
        )


def leave(session: Session, *, me: Me, seat: Seat) -> None:
    """End one's own seat. Raises Refused for the last administrator, whom nobody could follow."""
    lock(session, CommitteeRow, seat.committee_id)
    lock(session, SeatRow, seat.id)
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
    row.until = me.now
    _record(session, row, me, row.person_id, "left")


def _record(session: Session, row: SeatRow, me: Me, person_id: int, what: str) -> None:
    assert row.id is not None
    history.add(
        session,
        me=replace(me, person_id=me.person_id or person_id),
        committee_id=row.committee_id,
        branch_id=row.branch_id,
        subject="seat",
        subject_id=row.id,
        after={"person": person_id, "role": row.role, "what": what},
    )


def _words(session: Session, row: InvitationRow) -> str:
    branch = session.get_one(BranchRow, row.branch_id) if row.branch_id else None
    body = branch.name if branch else session.get_one(CommitteeRow, row.committee_id).name
    return f"{body} {Role(row.role).word}"
