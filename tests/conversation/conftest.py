"""One walk through all screens of all roles, for all that look at what was shown on it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from bot.permissions import Role
from tests.conftest import Clock, sqlite_database
from tests.phone import World, code_for
from tests.walking import Walk, everywhere


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """Everybody walked everywhere, on SQLite; a reviewer too, who is no persona of the demo."""
    folder, clock = tmp_path_factory.mktemp("walk"), Clock()
    with closing(sqlite_database(folder / "walk.db", "demo")) as database:
        with pytest.MonkeyPatch.context() as monkeypatch:
            world = World(database, folder, clock)
            monkeypatch.setitem(World.PERSONAS, "reviewer", "reviewer")
            world.phone("reviewer").say(code_for(world, Role.REVIEWER))
            walk = Walk(world, monkeypatch)
            everywhere(world, clock, walk)
            walk.walk("reviewer")
        yield walk
