"""Everything that a database holds, to be compared with what it held before or with what another one holds."""

from typing import Any

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import METADATA

_ALL = {table.name: sa.select(table).order_by(*table.primary_key) for table in METADATA.sorted_tables}


def everything(database: Database, *but: str) -> dict[str, list[Any]]:
    """Each row of each table, but of these."""
    with database.snapshot() as connection:
        return {name: list(connection.execute(query)) for name, query in _ALL.items() if name not in but}
