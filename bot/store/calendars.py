"""日历订阅 as rows: the secret under which a person's calendar is read, and whose it is."""

import secrets
from datetime import datetime

import sqlalchemy as sa

from bot.permissions import Me, Role, Seat
from bot.store import history
from bot.store.database import Session, put
from bot.store.history import About
from bot.store.tables import PREFERENCE, SEAT

KEY_BYTES = 24  # 192 random bits: 32 letters that nobody guesses


def key_of(session: Session, person_id: int | None) -> str | None:
    """The secret of a person's calendar, if they have one."""
    return session.execute(
        sa.select(PREFERENCE.c.calendar_key).where(PREFERENCE.c.person_id == person_id)
    ).scalar()


def renew(session: Session, *, me: Me, old: str | None, whose: int | None = None) -> bool:
    """Put a new secret in the place of this old one, of mine or of whose it is; False when another stands there."""
    person = whose or me.person_id
    new = secrets.token_urlsafe(KEY_BYTES)
    write = put(PREFERENCE, "calendar_key", where=PREFERENCE.c.calendar_key.is_not_distinct_from(old))
    values = {"person_id": person, "calendar_key": new}
    changed = bool(session.execute(write.returning(PREFERENCE.c.person_id), values).all())
    for seat in me.seats[:1] if changed else ():
        about = About("calendar", person or 0, seat.committee_id, seat.branch_id, person=person)
        history.add(session, me, about, after={"address": "new" if old is None else "changed"})
    return changed


def holder(session: Session, *, key: str, now: datetime) -> Me | None:
    """Whose calendar a secret opens, with the seats they hold now; None when nobody has it. One query."""
    rows = session.execute(
        sa.select(PREFERENCE.c.person_id, SEAT.c.id, SEAT.c.role, SEAT.c.committee_id, SEAT.c.branch_id)
        .select_from(PREFERENCE)
        .outerjoin(SEAT, (SEAT.c.person_id == PREFERENCE.c.person_id) & SEAT.c.until.is_(None))
        .where(PREFERENCE.c.calendar_key == key)
        .order_by(SEAT.c.id)
    ).all()
    if not rows:
        return None
    seats = tuple(
        Seat(seat, Role(role), committee, "", branch) for _, seat, role, committee, branch in rows if seat
    )
    return Me(0, "calendar", now, rows[0].person_id, seats=seats)
