"""The committee's time zone decides, whatever the server believes."""

import time
from collections.abc import Iterator
from datetime import UTC

import pytest

from bot.message import plain
from tests.conftest import NOW, Clock
from tests.phone import World
from tests.wire import Clockwork


@pytest.fixture(params=["UTC", "Asia/Shanghai", "America/New_York", "Nowhere/At_All"])
def server_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The server's own idea of where it is."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.slow
def test_a_digest_comes_at_the_committees_hour_on_the_committees_day(
    server_zone: str, desk: World, clock: Clock
) -> None:
    clock.now = NOW.replace(day=28, hour=0, minute=1)  # a Monday, and still Sunday the 27th in UTC
    clockwork = Clockwork(desk, clock)
    clockwork.until(NOW.replace(day=28, hour=10, minute=0))
    said = {(at.astimezone(UTC).hour, at.astimezone(UTC).date().day) for at, _, _ in clockwork.wire.arrived}
    assert said == {(0, 28)}, server_zone
    assert "12月28日，今天截止" in plain(clockwork.wire.at("demo-3")[0])
