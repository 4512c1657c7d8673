"""Bringing a database to the shape this version needs, at every start."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import bot.store.tables  # noqa: F401  registers the tables
from bot.store.database import Database
from scoring.rubric import Refused


def migrate(database: Database) -> None:
    """Run what migrations are missing. Several processes may start at once: one migrates, the others wait.

    Raises Refused for a database that a newer version of the program has migrated.
    """
    with database.alone() as session:
        _revision_here(session.connection())
        upgrade(session.connection())


def upgrade(connection: sa.Connection, revision: str = "head") -> None:
    """Run the migrations up to one, on a connection whose transaction the caller ends."""
    command.upgrade(_config(connection), revision)


def revision_of(connection: sa.Connection) -> str | None:
    """The last migration that a database has seen."""
    return MigrationContext.configure(connection).get_current_revision()


def _revision_here(connection: sa.Connection) -> str | None:
    revision = revision_of(connection)
    if revision is not None and not known(revision):
        raise Refused("这个数据库来自更新的版本，请先升级程序。")
    return revision


def known(revision: object) -> bool:
    """Whether this version of the program has that migration."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


def pending(database: Database) -> bool:
    """Whether migrations are missing. Raises Refused as migrate() does."""
    with database.snapshot() as connection:
        return _revision_here(connection) != _scripts().get_current_head()


def differences(database: Database) -> list[object]:
    """What the migrations made otherwise than the tables say; empty when they agree."""
    with database.snapshot() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))


def revise(database: Database, message: str) -> None:
    """Write a new migration from what differs (for developers: `python -m bot.store.schema MESSAGE`)."""
    following = int(_scripts().get_current_head() or 0) + 1
    with database.engine.begin() as connection:
        command.revision(_config(connection), message, autogenerate=True, rev_id=f"{following:04}")


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


if __name__ == "__main__":
    import sys
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        scratch = Database(f"sqlite:///{folder}/scratch.db")
        migrate(scratch)
        revise(scratch, sys.argv[1])
