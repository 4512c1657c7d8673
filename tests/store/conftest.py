"""A database that nobody has touched yet, of either kind."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from bot.store.database import Database

_numbers = count()


@pytest.fixture(params=["to sqlite", "to postgresql"])
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables, beside the one that a test may have already."""
    if request.param == "to sqlite":
        database = Database(f"sqlite:///{tmp_path / 'blank.db'}")
        yield database
        database.close()
        return
    uri, name = request.getfixturevalue("postgres"), f"blank{next(_numbers)}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    database = Database(sa.make_url(uri).set(database=name).render_as_string(hide_password=False))
    yield database
    database.close()  # it goes with its server: dropping it now would take longer than the test
