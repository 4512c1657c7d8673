"""职务: who holds which seat in a committee or a branch."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.permissions import Role, Seat
from bot.store.database import Session
from bot.store.tables import BRANCH, COMMITTEE, NOTICE, PERSON, SEAT

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


_SECRETARIES = (
    sa.select(SEAT.c.branch_id, PERSON.c.name)
    .join(PERSON, PERSON.c.id == SEAT.c.person_id)
    .where(_HELD, SEAT.c.role == int(Role.SECRETARY))
    .order_by(SEAT.c.id)
)


def secretaries(session: Session, committee_id: int) -> dict[int, str]:
    """What the secretaries of each branch of a committee are called. One query."""
    found: dict[int, list[str]] = {}
    for branch, name in session.execute(_SECRETARIES, {"committee": committee_id}).all():
        found.setdefault(branch, []).append(name)
    return {branch: "、".join(names) for branch, names in found.items()}


_NAMES = sa.select(PERSON.c.name).join(SEAT, PERSON.c.id == SEAT.c.person_id).where(_HELD).distinct()


def names(session: Session, committee_id: int) -> tuple[str, ...]:
    """What all are called who hold a seat in a committee or one of its branches. One query."""
    return tuple(session.execute(_NAMES, {"committee": committee_id}).scalars())


def in_committee(session: Session, committee_id: int, *roles: Role) -> tuple[int, ...]:
    """Who holds one of these seats in a committee itself (member or administrator, if none is named), each once."""
    wanted = roles or (Role.MEMBER, Role.ADMINISTRATOR)
    asked = {"committee": committee_id, "roles": [int(role) for role in wanted]}
    return tuple(session.execute(_IN_COMMITTEE, asked).scalars())


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


_NEW_IN = (
    sa.select(SEAT.c.person_id)
    .where(
        _HELD,
        SEAT.c.since.between(
            sa.bindparam("since", type_=SEAT.c.since.type), sa.bindparam("now", type_=SEAT.c.since.type)
        ),
        ~sa.exists().where(
            NOTICE.c.person_id == SEAT.c.person_id,
            NOTICE.c.key.between(sa.bindparam("first"), sa.bindparam("last")),
        ),
    )
    .distinct()
)


def new_in(
    session: Session, committee_id: int, *, since: datetime, now: datetime, heard: tuple[str, str]
) -> list[int]:
    """Who took a seat in a committee since a moment, and has no notice whose key lies between two."""
    first, last = heard
    asked = {"committee": committee_id, "since": since, "now": now, "first": first, "last": last}
    return list(session.execute(_NEW_IN, asked).scalars())


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


def held_by(session: Session, person_id: int) -> tuple[Seat, ...]:
    """The seats a person holds now."""
    rows = session.execute(_SEATS, {"person": person_id}).all()
    return tuple(Seat(seat, Role(role), *where) for seat, role, *where in rows)


_UNTIL = sa.select(SEAT.c.until).where(SEAT.c.id == sa.bindparam("seat"))


def is_held(session: Session, seat_id: int) -> bool:
    """Whether a seat has not ended."""
    return session.execute(_UNTIL, {"seat": seat_id}).scalar_one() is None


def is_followed(session: Session, seat: Seat) -> bool:
    """Whether anybody else holds a seat of the same role in its committee."""
    others = sa.select(SEAT.c.id).where(
        SEAT.c.committee_id == seat.committee_id,
        SEAT.c.role == int(seat.role),
        SEAT.c.until.is_(None),
        SEAT.c.id != seat.id,
    )
    return session.execute(others.limit(1)).first() is not None


_OTHER_SECRETARIES = sa.select(SEAT.c.branch_id).where(
    SEAT.c.branch_id.in_(sa.bindparam("branches", expanding=True)),
    SEAT.c.id.not_in(sa.bindparam("seats", expanding=True)),
    SEAT.c.role == int(Role.SECRETARY),
    SEAT.c.until.is_(None),
)


def leading_alone(session: Session, held: Iterable[Seat]) -> tuple[Seat, ...]:
    """Those of these seats without which their branch has no secretary. One query."""
    led = [seat for seat in held if seat.role is Role.SECRETARY and not seat.closed]
    asked = {"branches": [seat.branch_id for seat in led], "seats": [seat.id for seat in led]}
    others = set(session.execute(_OTHER_SECRETARIES, asked).scalars())
    return tuple(seat for seat in led if seat.branch_id not in others)
