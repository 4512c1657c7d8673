"""The units of work: what is kept of them, and what is not."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from bot.store import database, terms
from bot.store.database import Database, Session, insert, new, put
from bot.store.tables import ADDRESS
from scoring.refusal import Refused
from tests.everything import everything
from tests.phone import World


def change(session: Session) -> None:
    terms.add_branch(session, committee_id=1, name="新支部", campus="")
    assert len(terms.branches_of(session, 1)) == 5


def test_of_a_look_and_of_a_rehearsal_nothing_is_kept(world: World) -> None:
    before = everything(world.database)
    with suppress(sa.exc.DBAPIError), world.database.read() as session:
        change(session)
    with world.database.rehearse() as session:
        change(session)
    assert everything(world.database) == before
    with world.database.write() as session:
        change(session)
    assert len(world.branches) == 5


def test_a_look_sees_one_moment(world: World) -> None:
    with world.database.read() as session:
        assert len(terms.branches_of(session, 1)) == 4
        with world.database.write() as other:
            change(other)
        assert len(terms.branches_of(session, 1)) == 4


def test_a_new_row_holds_what_is_usual_where_nothing_is_said(world: World) -> None:
    with world.database.write() as session:
        number = insert(session, ADDRESS, channel="web", external="new")
        a = ADDRESS.c
        row = session.execute(sa.select(a.screen, a.tries, a.person_id).where(a.id == number)).one()
    assert tuple(row) == ("", 0, None)


def test_a_row_that_is_there_is_left_or_changed_as_the_statement_says(world: World) -> None:
    a, named = ADDRESS.c, ("channel", "external")
    there = {"channel": "web", "external": "there"}
    with world.database.write() as session:
        number = insert(session, ADDRESS, **there, screen="h", tries=2)

        def then(statement: sa.Executable) -> tuple[str, int]:
            session.execute(statement, {**there, "screen": "x", "tries": 1})
            screen, tries = session.execute(sa.select(a.screen, a.tries).where(a.id == number)).one()
            return screen, tries

        assert then(put(ADDRESS)) == ("h", 2)
        assert then(put(ADDRESS, key=named)) == ("h", 2)
        assert then(put(ADDRESS, "screen", key=named, where=a.tries > 2)) == ("h", 2)
        assert then(put(ADDRESS, "screen", key=named)) == ("x", 2)
        assert then(put(ADDRESS, "screen", key=named, tries=a.tries + new(ADDRESS).tries)) == ("x", 3)


@pytest.mark.parametrize(
    ("version", "words"), [((3, 34, 1), "SQLite 版本 3.34.1 太旧，需要 3.35 以上"), ((3, 35, 0), "")]
)
def test_a_library_of_sqlite_that_is_too_old_is_refused_before_a_file_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], words: str
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    monkeypatch.setattr(sqlite3, "sqlite_version", ".".join(map(str, version)))
    try:
        Database(f"sqlite:///{tmp_path / 'data/bot.db'}").close()
        said = ""
    except Refused as refused:
        said = str(refused)
    assert words in said
    assert (tmp_path / "data").exists() is not bool(words)
    Database("postgresql://bot@127.0.0.1:1/bot").close()


def backends(database: Database) -> set[int]:
    """The connections that PostgreSQL has to a database."""
    asking = sa.text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    with database.read() as session:
        return set(session.execute(asking).scalars())


@pytest.fixture
def served(scratch: str) -> Iterator[Database]:
    """An empty database of PostgreSQL, behind an engine of our own."""
    with closing(Database(scratch)) as database:
        yield database


def test_what_was_open_at_once_on_postgresql_stays_open(served: Database) -> None:
    seen: set[int] = set()
    for _ in range(3):
        with ExitStack() as stack:
            for _ in range(8):
                stack.enter_context(served.read())
            seen |= backends(served)
    assert (len(seen), backends(served)) == (9, seen)


def test_a_connection_that_the_server_ended_while_nobody_used_it_is_replaced(
    served: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served.read(), served.read():
        pass
    with psycopg.connect(served.url.render_as_string(hide_password=False), autocommit=True) as server:
        ended = server.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert ended == [(True,), (True,)]
    monkeypatch.setattr(database, "IDLE_SECONDS", 0)
    for _ in range(3):
        with served.write() as session:
            assert session.execute(sa.select(1)).scalar() == 1


def test_only_a_connection_that_nobody_used_for_a_while_is_asked_whether_it_is_there(
    served: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    dialect: Any = served.engine.dialect
    ping = dialect.do_ping

    def asking(connection: object) -> object:
        asked.append(connection)
        return ping(connection)

    monkeypatch.setattr(dialect, "do_ping", asking)
    for idle, often in [(600, 0), (0, 2)]:
        monkeypatch.setattr(database, "IDLE_SECONDS", idle)
        for _ in range(2):
            with served.read():
                pass
        assert len(asked) == often


@pytest.mark.slow(7)
def test_at_a_start_another_process_is_waited_for_longer_than_by_a_tap(tmp_path: Path) -> None:
    here = Database(f"sqlite:///{tmp_path / 'one.db'}")
    with here.write() as session:
        session.execute(sa.text("CREATE TABLE made (number INTEGER)"))
    with closing(
        sqlite3.connect(tmp_path / "one.db", check_same_thread=False, isolation_level=None)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        released = threading.Timer(database.BUSY / 1000 + 1, other.execute, ("COMMIT",))
        released.start()
        with here.alone() as session:
            session.execute(sa.text("INSERT INTO made VALUES (1)"))
            assert session.execute(sa.text("PRAGMA busy_timeout")).scalar() == database.BUSY
        released.join()
    here.close()
