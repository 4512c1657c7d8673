"""How a unit of work runs, on SQLite and on PostgreSQL alike.

SQLite has one writer at a time, PostgreSQL many. What is read in order to be changed is therefore locked first, with
`lock()`: a query that waits for a lock still sees what it would have seen before the wait.
"""

import math
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql

from scoring.refusal import Refused
from scoring.rubric import SHELVES

ALONE = 0x57A2  # the number of PostgreSQL's advisory lock behind `alone()`
CONNECT_SECONDS = 10
CONNECTIONS = 20  # kept open, more than there are threads that have one: to open one costs four taps
IDLE_SECONDS = 1  # after which a connection may be gone, and is asked
OLDEST_SQLITE = (3, 35)  # the first that knows RETURNING
WAL_TRIES = 100
BUSY, AT_A_START = 5_000, 120_000  # milliseconds for which SQLite waits for another process
AT_ONCE = ("BEGIN IMMEDIATE",)
PATIENTLY = (f"PRAGMA busy_timeout={AT_A_START}", *AT_ONCE, f"PRAGMA busy_timeout={BUSY}")
_SHREDS, _GIVEN_BACK = "shreds", "given back"
PLANS = "-c plan_cache_mode=force_generic_plan"  # we look rows up by key: planning costs more than running
_EDITION_TEXT: sa.Select[Any] = (
    sa.select(sa.column("text"))
    .select_from(sa.table("edition"))
    .where(sa.column("key") == sa.bindparam("key"))
)

log = structlog.get_logger()


class AllUndoneError(Exception):
    """SQLite undid a whole unit of work when a part of it failed, as it may when a disk is full.

    https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
    """


class Session:
    """A unit of work on a connection: all of it is stored, or nothing.

    `info`: what is known of the work so far, beside the database; what is undone is not in it. An ORM's session would
    keep track of objects as well, which costs a quarter of a tap: there are none here (docs/decisions/0074).
    """

    __slots__ = ("_connection", "execute", "info")

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.execute = connection.execute
        self.info: dict[str, Any] = {}

    def connection(self) -> sa.Connection:
        """What it is done on."""
        return self._connection

    @property
    def dialect(self) -> str:
        """sqlite or postgresql."""
        return self._connection.dialect.name

    @contextmanager
    def part(self) -> Iterator["Session"]:
        """A unit of work within this one, on SQLite: undone if the block raises, else kept as far as this one is.

        What is known of it is its own. Raises AllUndoneError where nothing of this one can be kept any more.
        """
        part = Session(self._connection)
        self._driver("SAVEPOINT part")
        try:
            yield part
        except BaseException:
            self._driver("ROLLBACK TO part")
            self._driver("RELEASE part")
            raise
        self._driver("RELEASE part")
        if _SHREDS in part.info:
            shreds(self)

    def _driver(self, statement: str) -> None:
        """Past SQLAlchemy, which makes several objects for each statement: two of these are in every tap."""
        sqlite: Any = self._connection.connection.driver_connection
        try:
            sqlite.execute(statement).close()
        except sqlite3.Error as error:
            raise AllUndoneError from error

    def begin_nested(self) -> "Step":
        """Begin a step that can be undone by itself."""
        return Step(self, self._connection.begin_nested(), dict(self.info))


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a unit of work, and what was known before it."""

    session: Session
    savepoint: sa.NestedTransaction
    before: dict[str, Any]

    def commit(self) -> None:
        """Keep it, as far as the unit of work is kept."""
        self.savepoint.commit()

    def rollback(self) -> None:
        """Undo it."""
        self.savepoint.rollback()
        self.session.info = self.before


class Database:
    """An engine with its two kinds of work: `write()` and `read()`.

    SQLite has one writer at a time. Its own waiting is by sleeping and retrying, which is unfair and slow, so writers
    in this process take turns on a lock first; other processes are waited for by the busy timeout.
    """

    def __init__(self, url: str | sa.URL) -> None:
        """Raises Refused where the library of SQLite is too old."""
        self.url = sa.make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if self.sqlite:
            if sqlite3.sqlite_version_info < OLDEST_SQLITE:
                raise Refused(
                    f"SQLite 版本 {sqlite3.sqlite_version} 太旧，需要 {'.'.join(map(str, OLDEST_SQLITE))} 以上。"
                    "请升级系统，或用 DATABASE_URL 换成 PostgreSQL。"
                )
            pool: dict[str, Any] = {}
            if self.url.database and self.url.database != ":memory:" and "uri" not in self.url.query:
                Path(self.url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                pool = {"pool_use_lifo": True}  # whoever wrote last has read it all: ten reads a tap less
            self.engine = sa.create_engine(self.url, hide_parameters=True, **pool)
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = sa.create_engine(
                self.url.set(drivername="postgresql+psycopg"),
                pool_size=CONNECTIONS,
                hide_parameters=True,
                connect_args={"connect_timeout": CONNECT_SECONDS, "options": PLANS},
            )
            sa.event.listen(self.engine, "checkin", _given_back)
            sa.event.listen(self.engine, "checkout", self._taken)
        self._patient = self.engine.execution_options(begin=PATIENTLY)
        looks: dict[str, Any] = {"begin": ("BEGIN",)}
        if not self.sqlite:
            looks = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = self.engine.execution_options(**looks, looks=True)
        self._turn = threading.Lock()

    @contextmanager
    def write(self, *, patient: bool = False) -> Iterator[Session]:
        """A transaction that commits when the block ends and rolls back when it raises.

        `patient`: on SQLite, other processes are waited for as long as they may need at a start.
        """
        SHELVES.add(self)
        with self._turn if self.sqlite else nullcontext():
            with (self._patient if patient else self.engine).begin() as connection:
                session = Session(connection)
                try:
                    yield session
                except BaseException:
                    session.info.clear()
                    raise
            if self.sqlite and _SHREDS in session.info:
                self._shred()

    @contextmanager
    def alone(self) -> Iterator[Session]:
        """As write(), with nobody else in here, in any process: for what must happen once, such as migrating."""
        with self.write(patient=True) as session:
            if not self.sqlite:  # on SQLite, BEGIN IMMEDIATE makes the others wait
                session.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": ALONE})
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A view of one moment; nothing that is done in it is kept.

        PostgreSQL refuses to do it. There the end is a commit: at a rollback, psycopg forgets all that was planned.
        """
        SHELVES.add(self)
        with self._reader.connect() as connection:
            yield Session(connection)
            if not self.sqlite:
                connection.commit()

    @contextmanager
    def rehearse(self) -> Iterator[Session]:
        """As write(), but nothing of it is kept."""
        with self.write() as session:
            yield session
            session.connection().rollback()
            session.info.clear()

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """As read(), for going through whole tables."""
        SHELVES.add(self)
        with self._reader.connect() as connection, connection.begin():
            yield connection

    def shred(self) -> None:
        """Leave nothing in the files of what was deleted: it is written anew without it. Raises what SQLite says.

        Of PostgreSQL's files nothing is known here: its own vacuum takes what is dead.
        """
        if self.sqlite:
            with self._turn:
                self._rewrite()

    def _shred(self) -> None:
        """As shred(), after a unit of work that is stored already: what stands in the way now is gone at night."""
        try:
            self._rewrite()
        except sqlite3.Error:
            log.warning("not shredded", exc_info=True)

    def _rewrite(self) -> None:
        connection = self.engine.raw_connection()
        try:
            connection.cursor().execute("VACUUM")
            busy, *_ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise sqlite3.OperationalError("somebody still reads what was there before")
        finally:
            connection.close()

    def try_writing(self) -> None:
        """Write and take it back: raises what the database says when it only reads."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("CREATE TABLE written (n INTEGER)")
            connection.rollback()

    def _taken(self, connection: Any, record: Any, _fairy: Any) -> None:
        # As `pool_pre_ping`, which asks each time.
        if time.monotonic() - record.info.get(_GIVEN_BACK, math.inf) > IDLE_SECONDS:
            dialect: Any = self.engine.dialect
            try:
                dialect.do_ping(connection)
            except dialect.dbapi.Error as error:
                raise sa.exc.InvalidatePoolError from error

    def close(self) -> None:
        """Give all connections back."""
        SHELVES.discard(self)
        self.engine.dispose()

    def edition_text(self, key: str) -> str | None:
        """The text of a committee's own edition, if it is stored: rows name it, and scoring reads it but once."""
        with self.read() as session:
            text: str | None = session.execute(_EDITION_TEXT, {"key": key}).scalar()
        return text


def is_deadlock(error: Exception) -> bool:
    """Whether PostgreSQL ended this unit of work because it and another one waited for each other.

    https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    return getattr(getattr(error, "orig", None), "sqlstate", None) == "40P01"


def writes(session: Session) -> bool:
    """Whether a unit of work may change anything: one that only reads waits for nobody."""
    return not session.connection().get_execution_options().get("looks")


def shreds(session: Session) -> None:
    """What this unit of work deletes is to be in no file once it is stored."""
    session.info[_SHREDS] = True


def lock(session: Session, table: sa.Table, number: int) -> None:
    """Hold a row until the unit of work ends: what is read behind this line, nobody else is changing."""
    if writes(session) and session.dialect != "sqlite":  # there, who writes holds everything
        session.execute(_locking(table), {"number": number})


@cache
def _locking(table: sa.Table) -> sa.Select[Any]:
    key = table.c.id
    return sa.select(key).where(key == sa.bindparam("number")).with_for_update(key_share=True)


def insert(session: Session, table: sa.Table, **values: Any) -> int:
    """Add a row, in which the columns that are not named hold what is usual; returns its number."""
    return int(session.execute(_inserting(table), values).scalar_one())


@cache
def _inserting(table: sa.Table) -> Any:
    return sa.insert(table).returning(table.c.id)


def put(
    table: sa.Table, *columns: str, key: Sequence[str] = (), where: Any = None, **reckoned: Any
) -> postgresql.Insert:
    """A statement that adds rows, and says what happens where one with the same key is there already.

    The key is the primary one unless another is named. Of the row that is there, these `columns` are changed to what
    they are in the new one, and those that are `reckoned` from both, if it is one `where` something holds; it stays
    as it is if no columns are named. SQLite learned this form from PostgreSQL: one statement serves both.
    """
    statement = postgresql.insert(table)
    if not columns:
        return statement.on_conflict_do_nothing(index_elements=key or None)
    return statement.on_conflict_do_update(
        index_elements=key or [column.name for column in table.primary_key],
        set_={**{name: statement.excluded[name] for name in columns}, **reckoned},
        where=where,
    )


def new(table: sa.Table) -> Any:
    """The columns of the row that `put` would add, where it finds one with the same key."""
    return postgresql.insert(table).excluded


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN is deferred: it loses concurrent read-modify-writes.
    connection.isolation_level = None
    for pragma in (f"busy_timeout={BUSY}", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    for left in reversed(range(WAL_TRIES)):
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError:  # the one change that the busy timeout does not wait for
            if not left:
                raise
            time.sleep(0.05)


def _given_back(_connection: Any, record: Any) -> None:
    record.info[_GIVEN_BACK] = time.monotonic()


def _begin_sqlite(connection: sa.Connection) -> None:
    for statement in connection.get_execution_options().get("begin", AT_ONCE):
        connection.exec_driver_sql(statement)
