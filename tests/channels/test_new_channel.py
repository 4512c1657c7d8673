"""A new channel is a folder and a line: the toy carries the main job and a reminder, and nothing else had to change."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from bot.channels.channel import Channel
from bot.store.database import Database
from tests.channels import toy
from tests.channels.toy import Toy
from tests.conftest import ZONE, Clock
from tests.main_job import check_stored, invited, main_job
from tests.nursery import ROOT, free_port
from tests.phone import World
from tests.reminder_job import REMINDED, check_reported, deliver, only_the_party_day, reminder_job

LINE = '            telegram.made(settings, talk, lease("telegram")),\n'
OURS = "            toy.made(settings, talk),\n"
IMPORT = "from bot.channels import mail, telegram, web, wecom\n"


class Chat:
    """Somebody who writes to the toy, wherever it runs."""

    def __init__(self, http: httpx.Client, name: str) -> None:
        self._http, self._path = http, f"/toy/{name}"

    def say(self, text: str) -> None:
        """Send a text, and wait for what is shown then."""
        before = len(self.shown)
        self._http.post(self._path, content=text, headers={"x-key": str(uuid4())}).raise_for_status()
        wait_for(lambda: len(self.shown) > before)

    tap = say  # a button is pressed by its label

    @property
    def shown(self) -> list[str]:
        """All that was shown so far."""
        return list(self._http.get(self._path).raise_for_status().json())


def wait_for(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project with the toy in it."""
    for room in ("scoring", "jobs", "bot"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    folder = tmp_path / "bot" / "channels" / "toy"
    folder.mkdir()
    shutil.copy(toy.__file__, folder / "__init__.py")
    root = tmp_path / "bot" / "serving.py"
    text = root.read_text(encoding="utf-8")
    assert text.count(LINE) == text.count(IMPORT) == 1
    text = text.replace(LINE, LINE + OURS)
    root.write_text(text.replace(IMPORT, IMPORT.replace("telegram", "telegram, toy")), encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_the_main_job_through_a_channel_that_was_just_put_there(copy: Path) -> None:
    port = str(free_port())
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(copy / "data"), "WEB_PORT": port}
    python = [sys.executable, "-W", "error", "-m"]
    with subprocess.Popen(
        [*python, "bot", "run"], cwd=copy, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            wait_for(lambda: answers(port))
            world = World(
                Database(f"sqlite:///{copy / 'data' / 'demo.db'}"), copy, lambda: datetime.now(ZONE)
            )
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as http:
                chat = Chat(http, "new")
                for verb, what, then in main_job(invited(world)):
                    getattr(chat, verb)(what)
                    assert then in chat.shown[-1], (verb, what)
                assert any("已提交" in text for text in chat.shown), "the receipt stays in the chat"
            check_stored(world)
            world.database.close()
        finally:
            process.terminate()
        assert process.wait(20) == 0
        assert process.stdout is not None
        said = process.stdout.read()
    assert "玩具已就绪" in said
    assert "网页聊天" in said, "the others are there, too"
    checked = subprocess.run(
        [*python, "bot", "check"], cwd=copy, env=environment, capture_output=True, text=True, check=True
    )
    assert "✓ 玩具" in checked.stdout


def answers(port: str) -> bool:
    """Whether somebody listens."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200
    except httpx.ConnectError:
        return False


@pytest.mark.slow
def test_the_contracts_hold_with_a_channel_that_they_do_not_name(copy: Path) -> None:
    lint = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", lint], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


async def test_a_reminder_answered_on_the_toy(desk: World, clock: Clock) -> None:
    channel: Channel = Toy(desk.conversation)
    only_the_party_day(desk, clock, channel.name, "77")
    await deliver(desk, clock, channel.name, channel)
    assert isinstance(channel, Toy)
    assert [text.partition("\n")[0] for text in channel.shown["77"]] == [REMINDED]
    for _, what, then in reminder_job():
        before = len(channel.shown["77"])
        await channel.say("77", str(uuid4()), what)
        async with asyncio.timeout(10):
            while len(channel.shown["77"]) == before:  # noqa: ASYNC110  nobody is told of what is shown
                await asyncio.sleep(0.001)
        assert then in channel.shown["77"][-1], what
    check_reported(desk, clock)
