"""What people tell the administrator."""

from datetime import datetime

from sqlmodel import Session, col, select

from bot.permissions import Me
from bot.store.tables import FeedbackRow, PersonRow


def send(session: Session, *, me: Me, committee_id: int, text: str) -> int:
    """Leave a message for the administrator of a committee; its number."""
    assert me.person_id is not None
    row = FeedbackRow(committee_id=committee_id, person_id=me.person_id, at=me.now, text=text)
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def inbox(session: Session, *, committee_id: int, limit: int = 10) -> tuple[tuple[str, datetime, str], ...]:
    """The newest messages as (who, when, text)."""
    rows = session.exec(
        select(PersonRow.name, FeedbackRow.at, FeedbackRow.text)
        .join(PersonRow, col(PersonRow.id) == FeedbackRow.person_id)
        .where(FeedbackRow.committee_id == committee_id)
        .order_by(col(FeedbackRow.id).desc())
        .limit(limit)
    ).all()
    return tuple((name, at, text) for name, at, text in rows)
