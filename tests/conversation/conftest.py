"""One walk through all screens of all roles, for all that look at what was shown on it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.conftest import Clock, sqlite_database
from tests.phone import World
from tests.walking import Walk, everywhere


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Everybody walked everywhere, on SQLite."""
    folder, clock = tmp_path_factory.mktemp("walk"), Clock()
    with closing(sqlite_database(folder / "walk.db", "demo")) as database:
        with pytest.MonkeyPatch.context() as monkeypatch:
            world = World(database, folder, clock)
            walk = Walk(world, monkeypatch)
            everywhere(world, clock, walk)
        yield walk
