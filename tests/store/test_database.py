"""The units of work: what is kept of them, and what is not."""

import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.store import terms
from bot.store.database import Database, Session
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
