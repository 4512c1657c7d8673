"""What people tell the administrator."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import history
from bot.store.database import Session, insert, lock
from bot.store.history import About
from bot.store.tables import COMMITTEE, FEEDBACK, PERSON
from bot.values import Opinion

MOST, SPAN = 5, timedelta(hours=1)  # messages of one person
_f = FEEDBACK.c
_LATELY = (
    sa.select(_f.at)
    .where(
        _f.committee_id == sa.bindparam("committee"),
        _f.person_id == sa.bindparam("person"),
        _f.at > sa.bindparam("since", type_=_f.at.type),
        _f.at <= sa.bindparam("now", type_=_f.at.type),
    )
    .order_by(_f.at.desc())
    .limit(MOST)
)


def full_until(session: Session, *, me: Me, committee_id: int) -> datetime | None:
    """When a person may leave a message again, if there were enough lately. The committee stays locked."""
    lock(session, COMMITTEE, committee_id)
    asked = {"committee": committee_id, "person": me.person_id, "since": me.now - SPAN, "now": me.now}
    lately = session.execute(_LATELY, asked).scalars().all()
    return lately[-1] + SPAN if len(lately) == MOST else None


def send(session: Session, *, me: Me, committee_id: int, text: str) -> int:
    """Leave a message for the administrator of a committee; its number."""
    number = insert(
        session, FEEDBACK, committee_id=committee_id, person_id=me.person_id, at=me.now, text=text
    )
    history.add(session, me, About("feedback", number, committee_id))
    return number


def inbox(
    session: Session, *, committee_id: int, before: int = 0, newer: bool = False, limit: int = 10
) -> tuple[Opinion, ...]:
    """The messages numbered below `before` (0: all), newest first; or, `newer`, the others, oldest first."""
    which = [_f.committee_id == committee_id]
    if before:
        which.append(_f.id >= before if newer else _f.id < before)
    rows = session.execute(
        sa.select(_f.id, PERSON.c.name, _f.at, _f.text)
        .join(PERSON, PERSON.c.id == _f.person_id)
        .where(*which)
        .order_by(_f.id if newer else _f.id.desc())
        .limit(limit)
    ).all()
    return tuple(Opinion(*row) for row in rows)
