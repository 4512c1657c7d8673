"""What the benches build is what the program would have built, and can be shown."""

from datetime import datetime
from pathlib import Path

import pytest

from bench import crowd, standings
from bot.store.database import Database
from bot.store.evidence import Evidence
from bot.store.self_check import findings
from tests.conftest import ZONE

NOW = datetime(2026, 11, 18, 8, tzinfo=ZONE)


@pytest.mark.slow
def test_a_crowd_agrees_with_itself(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'bot.db'}")
    crowd.build(database, 3, NOW)
    assert list(findings(database, Evidence(tmp_path), lambda: None)) == []
    database.close()


@pytest.mark.slow
def test_the_screens_of_standings_are_shown(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'bot.db'}")
    place = standings._place(database, 1, 1, tmp_path, NOW)
    place.show(0)
    assert place.counts.keys() == place.screens.keys()
    database.close()
