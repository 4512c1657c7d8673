"""The web chat's own memory: the frozen lines above the live screen."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, delete, select

from bot.message import Line
from bot.store.database import Database
from bot.store.tables import WebLineRow
from bot.values import LogLine

KEPT = 200  # lines kept per chat


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
            session.add(WebLineRow(external=address, at=at, mine=mine, body=body))
            session.flush()
            mine_here = col(WebLineRow.external) == address
            kept = select(WebLineRow.id).where(mine_here).order_by(col(WebLineRow.id).desc()).limit(KEPT)
            session.exec(delete(WebLineRow).where(mine_here, col(WebLineRow.id).not_in(kept)))

    def recent(self, address: str, limit: int = 50) -> list[LogLine]:
        """The newest bubbles, oldest first."""
        with self._database.read() as session:
            rows = session.exec(
                select(WebLineRow)
                .where(WebLineRow.external == address)
                .order_by(col(WebLineRow.id).desc())
                .limit(limit)
            ).all()
        return [_line(row) for row in reversed(rows)]


def _line(row: WebLineRow) -> LogLine:
    title, *parts = json.loads(row.body)
    lines = tuple(part[0] if len(part) == 1 else (part[0], part[1]) for part in parts)
    return LogLine(row.mine, title, lines, row.at)
