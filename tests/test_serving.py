"""What one process is made of: the channels that the settings want, started and stopped in order."""

import asyncio
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
import structlog

from bot import serving
from bot.channels.channel import Off, SettingsRefusedError, Talk
from bot.serving import Program
from bot.settings import Settings
from bot.stopped import Stopped
from bot.store import heartbeat, leases
from tests.channels.toy import Toy
from tests.conftest import ZONE
from tests.nursery import free_port
from tests.phone import World

TOKEN = "123456:a-token-of-this-test"
WECOM = {"wecom_bot_id": "a-bot", "wecom_bot_secret": "of-this-test"}
APP = {
    "wecom_corp_id": "ww1",
    "wecom_agent_id": "1000002",
    "wecom_app_secret": "of-this-test",
    "wecom_callback_token": "abc",
    "wecom_callback_aes_key": "a" * 43,
}
NO_TELEGRAM = "Telegram：没有设置 TELEGRAM_TOKEN"
NO_WECOM = "企业微信：没有设置 WECOM_BOT_ID"


def settings(folder: Path, **given: object) -> Settings:
    """Settings that no environment changes."""
    return Settings.model_validate({"data_dir": folder, "web_port": free_port(), **given})


@pytest.mark.parametrize(
    ("given", "on", "off"),
    [
        ({}, ["web", "wecom"], [NO_TELEGRAM]),
        ({"telegram_token": TOKEN}, ["telegram"], [NO_WECOM]),
        ({"telegram_token": TOKEN, "web_chat": "on"}, ["web", "telegram"], [NO_WECOM]),
        ({**WECOM, "telegram_token": TOKEN, "web_chat": "on"}, ["web", "telegram", "wecom"], []),
        ({**APP, "telegram_token": TOKEN, "web_chat": "on"}, ["web", "telegram", "wecom_app"], []),
        ({**APP, **WECOM, "web_chat": "on"}, ["web", "wecom", "wecom_app"], [NO_TELEGRAM]),
        ({"telegram_token": TOKEN, "wecom_group_key": "a-key"}, ["telegram", "wecom_group"], [NO_WECOM]),
    ],
)
def test_the_channels_are_those_that_the_settings_want(
    desk: World, tmp_path: Path, given: dict[str, str], on: list[str], off: list[str]
) -> None:
    program = Program(settings(tmp_path, **given), desk.database)
    assert [channel.name for channel in program.channels] == on
    assert program.off == off
    links = program.links("AB12CD34")
    known = {"web": "网页", "wecom": "企业微信"}  # Telegram's is not known before it has started
    if "wecom" not in on:  # whose link is the same
        known["wecom_app"] = "企业微信应用"
    assert [word for word, _ in links] == [known[name] for name in on if name in known]
    assert all(link.endswith("/join/AB12CD34") for _, link in links)


def test_the_key_of_the_web_chat_is_made_only_for_its_pages(desk: World, tmp_path: Path) -> None:
    for given in ({"telegram_token": TOKEN}, {}):
        program = Program(settings(tmp_path, **given), desk.database)
        program.links("AB12CD34")
        assert not (tmp_path / "secret.key").exists()
    for channel in program.channels:
        assert channel.routes()
    assert (tmp_path / "secret.key").exists()


class Noted(Toy):
    """A channel that notes what becomes of it, and is refused when a test says so."""

    def __init__(self, talk: Talk, name: str, notes: list[str]) -> None:
        super().__init__(talk)
        self.name, self.word, self.notes = name, name.capitalize(), notes
        self.refused: set[str] = set()

    async def start(self) -> str:
        """Note it."""
        self._note("start")
        return ""

    async def run(self) -> None:
        """Note it, and when it is cancelled."""
        self._note("run")
        try:
            await super().run()
        finally:
            self.notes.append(f"{self.name} ends")

    async def close(self) -> None:
        """Note it."""
        await super().close()
        self._note("close")

    def _note(self, what: str) -> None:
        self.notes.append(f"{self.name} {what}")
        if what in self.refused:
            raise SettingsRefusedError(f"{self.word} 不能用。")


class House:
    """A process with channels that note what becomes of them."""

    def __init__(self, world: World, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.notes: list[str] = []
        self.refused: dict[str, set[str]] = {}
        self.on = ["web", "telegram"]
        self._settings, self._world = settings(folder, web_chat="on"), world
        self.url = f"http://127.0.0.1:{self._settings.web_port}"
        for name in self.on:
            monkeypatch.setattr(getattr(serving, name), "made", self._maker(name))

    def _maker(self, name: str) -> Callable[..., Noted | Off]:
        def made(_: Settings, talk: Talk, *more: object) -> Noted | Off:
            channel = Noted(talk, name, self.notes)
            channel.refused = self.refused.get(name, set())
            return channel if name in self.on else Off()

        return made

    async def serve(self) -> None:
        """Run until told to stop."""
        await serving._serve(self._settings, self._world.database)

    async def until(self, note: str, times: int = 1) -> None:
        """Wait until it was noted so often."""
        async with asyncio.timeout(10):
            while self.notes.count(note) < times:  # noqa: ASYNC110  nobody tells of a note
                await asyncio.sleep(0.005)


@pytest.fixture
def house(desk: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    return House(desk, tmp_path, monkeypatch)


@pytest.mark.slow
async def test_at_the_stop_nothing_new_is_taken_then_what_is_under_way_ends_then_all_is_closed(
    house: House,
) -> None:
    serve = asyncio.create_task(house.serve())
    await house.until("telegram run")
    async with httpx.AsyncClient(base_url=house.url, trust_env=False) as http:
        assert (await http.get("/healthz")).status_code == 200
        signal.raise_signal(signal.SIGTERM)
        await serve
        with pytest.raises(httpx.ConnectError):
            await http.get("/healthz")
    assert sorted(house.notes[:4]) == ["telegram run", "telegram start", "web run", "web start"]
    assert sorted(house.notes[4:6]) == ["telegram ends", "web ends"]
    assert sorted(house.notes[6:]) == ["telegram close", "web close"]


async def test_where_another_process_reminds_it_does_not_and_is_ready_all_the_same(
    house: House, desk: World
) -> None:
    with desk.database.write() as session:
        now, lasts = datetime.now(ZONE), timedelta(minutes=1)
        leases.hold(session, "tick", holder="another", now=now, lasts=lasts)
    serve = asyncio.create_task(house.serve())
    await house.until("telegram run")
    async with httpx.AsyncClient(base_url=house.url, trust_env=False) as http:
        assert (await http.get("/readyz")).text == "ready"
        assert 'lease_held{name="tick"} 0.0' in (await http.get("/metrics")).text
        signal.raise_signal(signal.SIGTERM)
        await serve
    with desk.database.read() as session:
        assert heartbeat.last(session, "tick") is None


async def test_who_reminded_leaves_it_to_the_next_at_the_stop(house: House, desk: World) -> None:
    serve = asyncio.create_task(house.serve())
    await house.until("telegram run")
    signal.raise_signal(signal.SIGTERM)
    await serve
    with desk.database.write() as session:
        assert heartbeat.last(session, "tick") is not None
        now, lasts = datetime.now(ZONE), timedelta(minutes=1)
        assert leases.hold(session, "tick", holder="another", now=now, lasts=lasts) == 2


async def test_a_channel_that_is_refused_at_the_start_ends_the_process_in_a_sentence(house: House) -> None:
    house.refused = {"telegram": {"start"}}
    with pytest.raises(Stopped, match="Telegram 不能用。"):
        await house.serve()
    assert house.notes[-2:] == ["web close", "telegram close"]


async def test_what_is_refused_later_stops_one_channel_alone_and_is_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "AGAIN", 0.01)
    house.refused = {"telegram": {"run"}}
    with structlog.testing.capture_logs() as logs:
        serve = asyncio.create_task(house.serve())
        await house.until("telegram run", times=3)
        await house.until("web run")
        signal.raise_signal(signal.SIGTERM)
        await serve
    assert "web ends" in house.notes
    assert {"event": "Telegram has stopped", "why": "Telegram 不能用。", "log_level": "error"} in logs


async def test_what_is_refused_later_ends_the_process_where_there_is_no_other_channel(house: House) -> None:
    house.on, house.refused = ["telegram"], {"telegram": {"run"}}
    with pytest.raises(Stopped, match="Telegram 不能用。"):
        await house.serve()
