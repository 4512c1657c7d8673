"""备注: who wrote the note of an item last, as the history says; what it says stands beside the mark (sheets.py)."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from bot.store.database import Session
from bot.store.tables import HISTORY, PERSON
from bot.values import SheetFile


class NotedBy(NamedTuple):
    """Who wrote a note, and when."""

    person_id: int | None
    by: str
    at: datetime


_h = HISTORY.c
_LAST = (
    sa.select(_h.person_id, PERSON.c.name, _h.at)
    .outerjoin(PERSON, PERSON.c.id == _h.person_id)
    .where(
        _h.branch_id == sa.bindparam("branch"),
        _h.subject == "note",
        _h.subject_id == sa.bindparam("sheet"),
        _h.item == sa.bindparam("item"),
    )
    .order_by(_h.id.desc())
    .limit(1)
)


def last(session: Session, file: SheetFile, item: int) -> NotedBy | None:
    """Who wrote the note of an item last; None where nobody did."""
    asked = {"branch": file.branch.id, "sheet": file.id, "item": item}
    row = session.execute(_LAST, asked).first()
    return NotedBy(row.person_id, row.name or "", row.at) if row else None
