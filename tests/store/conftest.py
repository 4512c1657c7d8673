"""A database that nobody has touched yet, of either kind."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from bot.store.database import Database
from tests.conftest import new_database


@pytest.fixture(scope="session")
def scratch(postgres: str, worker_id: str) -> str:
    """The address of a PostgreSQL database of this worker's own."""
    return new_database(postgres, f"scratch_{worker_id}")


@pytest.fixture(params=["to sqlite", "to postgresql"])
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables, beside the one that a test may have already."""
    url = f"sqlite:///{tmp_path / 'blank.db'}"
    if request.param == "to postgresql":
        url = request.getfixturevalue("scratch")
        with psycopg.connect(url) as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    with closing(Database(url)) as database:
        yield database
