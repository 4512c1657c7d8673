"""Bringing a database to the shape this version needs, at every start.

Alembic is imported by what needs it: most starts find nothing to do, and it takes a fifth of a start.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import METADATA
from scoring.refusal import Refused

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).with_name("migrations")
REVISIONS = tuple(sorted(file.name[:4] for file in MIGRATIONS.glob("versions/[0-9]*.py")))
"""The names of all migrations, in their order: each file begins with its number."""


def migrate(database: Database) -> None:
    """Run what migrations are missing. Several processes may start at once: one migrates, the others wait.

    Raises Refused for a database that a newer version of the program has migrated.
    """
    with database.alone() as session:
        if _missing(session.connection()):
            upgrade(session.connection())


def upgrade(connection: sa.Connection, revision: str = "head") -> None:
    """Run the migrations up to one, on a connection whose transaction the caller ends."""
    from alembic import command

    command.upgrade(_config(connection), revision)


def revision_of(connection: sa.Connection) -> str | None:
    """The last migration that a database has seen."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")))


def known(revision: object) -> bool:
    """Whether this version of the program has that migration."""
    return revision in REVISIONS


def pending(database: Database) -> bool:
    """Whether migrations are missing. Raises Refused as migrate() does."""
    with database.snapshot() as connection:
        return _missing(connection)


def _missing(connection: sa.Connection) -> bool:
    revision = revision_of(connection)
    if revision is not None and not known(revision):
        raise Refused("这个数据库来自更新的版本，请先升级程序。")
    return revision != REVISIONS[-1]


def differences(database: Database) -> list[object]:
    """What the migrations made otherwise than the tables say; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.snapshot() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, METADATA))


def revise(database: Database, message: str) -> None:
    """Write a new migration from what differs (for developers: `python -m bot.store.schema MESSAGE`)."""
    from alembic import command

    number = f"{int(REVISIONS[-1]) + 1:04}"
    with database.engine.begin() as connection:
        command.revision(_config(connection), message, autogenerate=True, rev_id=number)


def _config(connection: sa.Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


if __name__ == "__main__":
    import sys
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        scratch = Database(f"sqlite:///{folder}/scratch.db")
        migrate(scratch)
        revise(scratch, sys.argv[1])
