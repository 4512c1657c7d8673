"""A bot on WeCom's long connection, and the clock of the stand-in that it is connected to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

from bot.channels.channel import SettingsRefusedError
from bot.channels.wecom.bot.connection import Connection
from bot.channels.wecom.bot.line import Times
from bot.channels.wecom.frames import Frame
from bot.channels.wecom.tenant import Tenant
from tests.conftest import NOW

PROMPT = Times(
    patience=60.0,
    answer=60.0,
    silence=60.0,
    pause=0.01,
    longest_pause=0.05,
    lease=0.01,
    after_kick=(0.01, 0.02),
)
SECRET = "a-test-secret-that-no-log-may-show"
LIMIT = 20 * 1024 * 1024


def text(content: str) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": content}}


def card(task_id: str, title: str = "第 7 项", buttons: int = 2) -> dict[str, Any]:
    keys = [{"text": f"按钮{n}", "style": 1, "key": f"m:12:7:{n}"} for n in range(1, buttons + 1)]
    shown = {"card_type": "button_interaction", "main_title": {"title": title}, "button_list": keys}
    return {"msgtype": "template_card", "template_card": {**shown, "task_id": task_id}}


def update(task_id: str, title: str, *userids: str) -> dict[str, Any]:
    changed = card(task_id, title)["template_card"]
    return {"response_type": "update_template_card", "userids": list(userids), "template_card": changed}


class Bot:
    """What hears over a connection: `heard` in its order, `answers` says what follows."""

    def __init__(self, url: str, times: Times, secret: str, clock: Callable[[], datetime]) -> None:
        self.heard: list[Frame] = []
        self.answers: Callable[[Frame], Any] | None = None
        self.ours = True
        self._asked = asyncio.Event()
        self.connection = Connection(url, "demo-bot", secret, self._hear, self._holds, clock, times)
        self.running: asyncio.Task[None] = asyncio.create_task(self.connection.run())
        self._came = asyncio.Event()

    async def _hear(self, frame: Frame) -> None:
        self.heard.append(frame)
        self._came.set()
        if self.answers:
            await self.answers(frame)

    async def _holds(self) -> bool:
        self._asked.set()
        return self.ours

    async def asks_again(self, times: int) -> None:
        """Wait until it has asked so often more whether it may connect."""
        for _ in range(times):
            self._asked.clear()
            await self._asked.wait()

    async def next(self) -> Frame:
        """The oldest frame that no test has looked at."""
        while not self.heard:
            self._came.clear()
            await self._came.wait()
        return self.heard.pop(0)


@asynccontextmanager
async def connected(
    tenant: Tenant, times: Times = PROMPT, *, clock: Callable[[], datetime] = lambda: NOW, wait: bool = True
) -> AsyncIterator[Bot]:
    bot = Bot(tenant.url, times, SECRET, clock)
    try:
        if wait:
            await bot.connection.ready(60)
        yield bot
    finally:
        bot.running.cancel()
        with suppress(asyncio.CancelledError, SettingsRefusedError):
            await bot.running
        await bot.connection.close()


class Hands:
    """The stand-in's clock, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


async def subscribed(tenant: Tenant, times: int) -> None:
    """Wait until the bot has subscribed so often."""
    await tenant.until(lambda: tenant.subscriptions == times)
