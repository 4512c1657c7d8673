"""What nobody needs any more: codes that ended long ago, old lines of web chats, files that no row names."""

import json
from datetime import datetime

import sqlalchemy as sa

from bot.store.database import Session
from bot.store.tables import ENTRY, EVIDENCE, INVITATION, SAYING, WEB_LINE

_i, _w = INVITATION.c, WEB_LINE.c
_BEFORE = sa.bindparam("before", type_=_i.expires_at.type)
_LIMIT: sa.BindParameter[int] = sa.bindparam("limit")
_UNUSED = ~sa.exists().where(ENTRY.c.committee_id == _i.committee_id, ENTRY.c.invitation_id == _i.id)
_NEWEST = sa.select(
    sa.func.max(_i.id)
).scalar_subquery()  # stays: SQLite would give its number to the next one
_ENDED_CODES = sa.select(_i.id).where(
    sa.func.coalesce(_i.ended_at, _i.expires_at) < _BEFORE, _UNUSED, _i.id < _NEWEST
)
_FORGET_CODES = sa.delete(INVITATION).where(_i.id.in_(_ENDED_CODES.limit(_LIMIT)))
_FORGET_LINES = sa.delete(WEB_LINE).where(_w.id.in_(sa.select(_w.id).where(_w.at < _BEFORE).limit(_LIMIT)))


def forget_codes(session: Session, *, before: datetime, limit: int) -> int:
    """Delete up to so many codes that ended before a moment and that nobody ever used; how many were."""
    return _deleted(session, _FORGET_CODES, before, limit)


def forget_lines(session: Session, *, before: datetime, limit: int) -> int:
    """Delete up to so many lines of web chats that were written before a moment; how many were."""
    return _deleted(session, _FORGET_LINES, before, limit)


def _deleted(session: Session, statement: sa.Delete, before: datetime, limit: int) -> int:
    result = session.execute(statement, {"before": before, "limit": limit})
    return result.rowcount


def named_files(session: Session) -> frozenset[str]:
    """The SHA-256 of each file that a row names: 依据材料, removed or not, and what waits to be put somewhere."""
    evidence = session.execute(sa.select(EVIDENCE.c.sha256).distinct()).scalars()
    waiting = session.execute(sa.select(SAYING.c.files).where(SAYING.c.files != "")).scalars()
    return frozenset(evidence) | {digest for files in waiting for _, _, digest in json.loads(files)}
