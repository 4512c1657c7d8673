"""Who changed what, when, through which channel, from what to what. Rows are only ever added."""

import json
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

import bot.store.tables  # noqa: F401  registers the tables
from bot.permissions import Me

_HISTORY = SQLModel.metadata.tables["history"]
_ADD = sa.insert(_HISTORY).returning(_HISTORY.c.id)


def add(
    session: Session,
    *,
    me: Me,
    committee_id: int,
    branch_id: int | None,
    subject: str,
    subject_id: int,
    item: int | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    batch: int | None = None,
) -> int:
    """Write one change down; returns its number. `batch` is the number of the first change made together with it."""
    values = {
        "committee_id": committee_id,
        "branch_id": branch_id,
        "person_id": me.person_id,
        "channel": me.channel,
        "at": me.now,
        "subject": subject,
        "subject_id": subject_id,
        "item": item,
        "before": json.dumps(before, ensure_ascii=False) if before else "",
        "after": json.dumps(after, ensure_ascii=False) if after else "",
        "batch": batch,
    }
    return int(session.execute(_ADD, values).scalar_one())
