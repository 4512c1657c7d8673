"""How many statements a database is given."""

from typing import Any

import sqlalchemy as sa

from bot.store.database import Database

NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")


class Statements:
    """Counts them until it is stopped: while somebody listens, those of every tap go a longer way (`Ready`)."""

    def __init__(self, database: Database) -> None:
        self.count, self._engine = 0, database.engine
        sa.event.listen(self._engine, "before_cursor_execute", self._note)

    def _note(self, _conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.count += not statement.lstrip().upper().startswith(NOT_COUNTED)

    def stop(self) -> None:
        """Count no more."""
        sa.event.remove(self._engine, "before_cursor_execute", self._note)
