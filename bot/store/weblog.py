"""The web chat's own memory: the frozen lines above the live screen."""

import json
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.message import Line
from bot.store import outbox
from bot.store.database import Database, insert
from bot.store.tables import WEB_LINE
from bot.values import LogLine

KEPT = 200  # lines kept per chat
_w = WEB_LINE.c
_HERE = _w.external == sa.bindparam("address")
_RECENT = sa.select(_w.mine, _w.body, _w.at).where(_HERE).order_by(_w.id.desc()).limit(sa.bindparam("limit"))
_FORGET = sa.delete(WEB_LINE).where(
    _HERE, _w.id.not_in(sa.select(_w.id).where(_HERE).order_by(_w.id.desc()).limit(KEPT))
)


class WebLog:
    """What was said at each web address. Its methods block and are units of work of their own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, address: str, mine: bool, title: str, lines: Sequence[Line], at: datetime) -> None:
        """Add one bubble; beyond the last 200 the oldest go."""
        body = json.dumps(
            [title, *([line] if isinstance(line, str) else list(line) for line in lines)], ensure_ascii=False
        )
        with self._database.write() as session:
            insert(session, WEB_LINE, external=address, at=at, mine=mine, body=body)
            session.execute(_FORGET, {"address": address})

    def recent(self, address: str, limit: int = 50) -> list[LogLine]:
        """The newest bubbles, oldest first."""
        with self._database.read() as session:
            rows = session.execute(_RECENT, {"address": address, "limit": limit}).all()
        return [_line(*row) for row in reversed(rows)]

    def shown(self, address: str, looked: datetime, now: datetime) -> int:
        """Somebody saw all that was there when a page looked; how many notices waited for that."""
        with self._database.read() as session:
            if not outbox.lies(session, channel="web", external=address, looked=looked):
                return 0
        with self._database.write() as session:
            return outbox.seen(session, channel="web", external=address, looked=looked, now=now)


def _line(mine: bool, body: str, at: datetime) -> LogLine:
    title, *parts = json.loads(body)
    lines = tuple(part[0] if len(part) == 1 else (part[0], part[1]) for part in parts)
    return LogLine(mine, title, lines, at)
