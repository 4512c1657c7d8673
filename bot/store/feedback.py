"""What people tell the administrator, and what is answered."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import history
from bot.store.database import Session, insert, lock
from bot.store.history import About
from bot.store.tables import COMMITTEE, FEEDBACK, PERSON
from bot.values import Opinion
from scoring.refusal import Refused

_f, _BY = FEEDBACK.c, PERSON.alias()
_OPINIONS = (
    sa.select(
        _f.id,
        _f.committee_id,
        _f.person_id,
        PERSON.c.name,
        _f.at,
        _f.text,
        _f.answer,
        sa.func.coalesce(_BY.c.name, ""),
        _f.answered_at,
    )
    .join(PERSON, PERSON.c.id == _f.person_id)
    .outerjoin(_BY, _BY.c.id == _f.answered_by)
)
MOST, SPAN = 5, timedelta(hours=1)  # messages of one person
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
        _OPINIONS.where(*which).order_by(_f.id if newer else _f.id.desc()).limit(limit)
    ).all()
    return tuple(Opinion(*row) for row in rows)


_OWN = _OPINIONS.where(_f.person_id == sa.bindparam("person")).order_by(_f.id.desc())
_ONE = _OPINIONS.where(_f.id == sa.bindparam("opinion"))


def own(session: Session, *, person_id: int, limit: int) -> tuple[Opinion, ...]:
    """What a person told, the newest first. One query."""
    return tuple(Opinion(*row) for row in session.execute(_OWN.limit(limit), {"person": person_id}).all())


def one(session: Session, opinion_id: int, *, to_write: bool = False) -> Opinion:
    """One of them by its number. Raises Refused. `to_write`: nobody else answers it until the unit of work ends."""
    if to_write:
        lock(session, FEEDBACK, opinion_id)
    row = session.execute(_ONE, {"opinion": opinion_id}).first()
    if row is None:
        raise Refused("没有找到这条意见。请回首页重新选择。")
    return Opinion(*row)


def draft_answer(session: Session, *, me: Me, opinion_id: int, text: str) -> None:
    """Keep what is to be answered until it is sent."""
    values = {"answer": text, "answered_by": me.person_id}
    session.execute(sa.update(FEEDBACK).where(_f.id == opinion_id).values(**values))


def answer(session: Session, *, me: Me, opinion: Opinion) -> None:
    """What was written is the answer."""
    values = {"answered_by": me.person_id, "answered_at": me.now}
    session.execute(sa.update(FEEDBACK).where(_f.id == opinion.id).values(**values))
    about = About("feedback", opinion.id, opinion.committee_id, person=opinion.person_id)
    history.add(session, me, about, after={"answered": True})
