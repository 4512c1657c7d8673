"""Whether the process is fit for traffic, and what else does not work: in words, as a metric, as a notice."""

import resource
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import structlog
from prometheus_client import REGISTRY

from bot.health import Ailment, Health, few_files, old_backup
from bot.message import plain
from bot.store import heartbeat
from bot.store.database import Database
from jobs import reminders
from tests.conftest import NOW, Clock
from tests.phone import World
from tests.wire import Clockwork

AILMENT = Ailment("telegram", "Telegram does not work", "连不上 Telegram，请维护人员检查网络。")


@pytest.fixture
def clockwork(world: World, clock: Clock) -> Clockwork:
    """The demo in the morning."""
    return Clockwork(world, clock)


def looked(health: Health, clockwork: Clockwork) -> list[str]:
    """Look, let notices arrive, and what the administrator has got by now."""
    with structlog.testing.capture_logs():
        health.look()
    clockwork.tick()
    return [text for message in clockwork.wire.at("demo-0") if "Telegram" in (text := plain(message))]


def test_what_ails_is_said_measured_and_told_to_the_administrators_once_a_day(
    clockwork: Clockwork, clock: Clock
) -> None:
    ailing: list[Ailment] = []
    database = clockwork.world.database
    health = Health(
        database, clock, {"telegram": lambda: ailing[0] if ailing else None, "other": lambda: None}
    )
    assert looked(health, clockwork) == []
    assert health.ailing() == []
    assert REGISTRY.get_sample_value("ailing", {"kind": "telegram"}) == 0
    ailing.append(AILMENT)
    for _ in range(3):
        clock.forward(minutes=5)
        told = looked(health, clockwork)
    assert [AILMENT.said in text for text in told] == [True]
    assert "demo-1" not in {
        address for _, address, message in clockwork.wire.arrived if AILMENT.said in plain(message)
    }
    assert health.ailing() == ["Telegram does not work"]
    assert health.unfit() == [], "another process would not do better"
    assert REGISTRY.get_sample_value("ailing", {"kind": "telegram"}) == 1
    assert REGISTRY.get_sample_value("ailing", {"kind": "other"}) == 0
    restarted = Health(database, clock, {"telegram": lambda: AILMENT})
    assert len(looked(restarted, clockwork)) == 1
    clock.forward(days=1)
    assert len(looked(restarted, clockwork)) == 2
    ailing.clear()
    assert len(looked(health, clockwork)) == 2
    assert health.ailing() == []
    assert REGISTRY.get_sample_value("ailing", {"kind": "telegram"}) == 0


def test_at_night_the_administrators_are_left_in_peace(clockwork: Clockwork, clock: Clock) -> None:
    clock.now = NOW.replace(hour=22)
    health = Health(clockwork.world.database, clock, {"telegram": lambda: AILMENT})
    assert looked(health, clockwork) == []
    clock.now = (NOW + timedelta(days=1)).replace(hour=9)
    clockwork.tick()
    assert any(AILMENT.said in plain(message) for message in clockwork.wire.at("demo-0"))


def test_a_backup_of_more_than_a_week_ago_is_old_and_the_first_week_is_free(
    empty: Database, clock: Clock
) -> None:
    check = partial(old_backup, empty, clock)
    assert check() is None
    clock.forward(days=8)
    assert check() is None
    clock.forward(days=1)
    found = check()
    assert found is not None
    assert (found.words, "已经 9 天没有备份" in found.said) == ("no backup for 9 days", True)
    with empty.write() as session:
        heartbeat.beat(session, "backup", clock.now)
    assert check() is None


def test_an_old_backup_is_told_of_once_a_week(clockwork: Clockwork, clock: Clock) -> None:
    database = clockwork.world.database
    health = Health(database, clock, {"backup": partial(old_backup, database, clock)})
    told = {}
    for day in (0, 8, 9, 10, 14, 15):  # from a Monday on
        clock.now = NOW + timedelta(days=day)
        looked(health, clockwork)
        told[day] = sum("没有备份" in plain(message) for message in clockwork.wire.at("demo-0"))
    assert told == {0: 0, 8: 0, 9: 1, 10: 1, 14: 2, 15: 2}


def test_without_a_database_the_process_is_unfit(
    tmp_path_factory: pytest.TempPathFactory, clock: Clock
) -> None:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('none')}/bot.db")
    assert Health(database, clock, {}).unfit() == ["database unreachable"]
    database.close()


def test_a_process_answers_for_its_own_clock_whichever_reminds(world: World, clock: Clock) -> None:
    reminds, stuck = (Health(world.database, clock, {}) for _ in range(2))
    stuck.look()
    for _ in range(5):
        clock.forward(seconds=20)
        reminders.tick(world.database, clock())
        reminds.look()
    assert (reminds.unfit(), stuck.unfit()) == ([], ["the clock stands still"])


def test_files_that_run_out_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (30, 4096))
    for n in range(14):
        (tmp_path / str(n)).touch()
    assert few_files(tmp_path) is None
    (tmp_path / "one more").touch()
    ailment = few_files(tmp_path)
    assert ailment is not None
    assert ailment.words == "15 of 30 files are open"
    assert "LimitNOFILE" in ailment.said
    assert few_files(tmp_path / "nowhere") is None
    monkeypatch.undo()
    assert few_files() is None
