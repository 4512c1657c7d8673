"""Two processes on one database: each thing is done by one of them, and by the other when that dies or stops."""

import asyncio
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from bot.channels.wecom.tenant import Tenant
from bot.store import chats, heartbeat, notices
from bot.store.notices import Owed
from bot.store.tables import LEASE, NOTICE
from tests.botapi import TOKEN, BotApi
from tests.conftest import ZONE, Databases
from tests.faults.test_mail_kill import wait_for
from tests.nursery import Child, Nursery, free_port
from tests.phone import World
from tests.wecom import Phone, at_home, tenant

CONFLICT = "another process receives"
PEOPLE = ("secretary", "officer", "secretary of 劲松")  # on both, on WeCom and on Telegram


@dataclass
class Two:
    """An installation of two processes, with WeCom, Telegram and a database around it."""

    world: World
    folder: Path
    nursery: Nursery
    there: Tenant
    api: BotApi
    processes: list[Child] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Start one more process, in a folder of its own."""
        self.ports.append(free_port())
        settings = {
            "DATA_DIR": str(self.folder / f"data-{len(self.ports)}"),
            "DATABASE_URL": self.world.database.url.render_as_string(hide_password=False),
            "WEB_CHAT": "demo",
            "WEB_PORT": str(self.ports[-1]),
            "WECOM_BOT_ID": "demo-bot",
            "WECOM_BOT_SECRET": "demo-secret",
            "WECOM_BOT_URL": self.there.url,
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_URL": self.api.url,
        }
        self.processes.append(self.nursery.start(self.folder, "run", **settings))

    @property
    def err(self) -> str:
        """What they have complained of."""
        return "".join(process.err for process in self.processes)

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is so."""
        await wait_for(lambda: bool(true()), lambda: self.err[-3000:])

    def on_telegram(self, who: str, chat: int) -> None:
        """A persona has a chat with the bot there, too."""
        with self.world.database.write() as session:
            there = chats.chat_at(session, channel="telegram", external=str(chat), now=self.world.clock())
            chats.belongs(session, address_id=there.me.address_id, person_id=self.world.me(who).person_id)
        self.api.phone(chat)

    def ready(self, number: int) -> str:
        """What a process says of itself; empty while it does not listen."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.ports[number]}/readyz", trust_env=False).text
        except httpx.TransportError:
            return ""

    def owe(self, called: str, times: int) -> None:
        """Owe each of three people so many notices, due now."""
        now = self.world.clock()
        with self.world.database.write() as session:
            for who in PEOPLE:
                person = self.world.me(who).person_id or 0
                keys = [f"{called} {n} {who}" for n in range(times)]
                owed = [Owed(person, key, "hp", now, now + timedelta(hours=1), said=key) for key in keys]
                notices.owe(session, committee_id=1, notices=owed)

    def owed(self, called: str) -> Counter[tuple[str, int, str]]:
        """What became of them: state, how often one was surely not sent, and why."""
        columns = (NOTICE.c.state, NOTICE.c.tries, NOTICE.c.problem)
        with self.world.database.read() as session:
            rows = session.execute(sa.select(*columns).where(NOTICE.c.key.startswith(f"{called} ")))
            return Counter((state, tries, problem) for state, tries, problem in rows)

    def arrived(self, called: str) -> Counter[str]:
        """How often each arrived, wherever that was."""
        cards = [one.words for userid in ("liming", "hanmei") for one in Phone(self.there, userid).shown]
        texts = [one.text for chat in (77, 78) for one in self.api.phone(chat).messages if one.by_bot]
        lines = [line for text in (*cards, *texts) for line in text.splitlines()]
        return Counter(line for line in lines if line.startswith(f"{called} "))

    @property
    def answers(self) -> int:
        """How often the one who wrote on Telegram was answered."""
        shown = [one.text for one in self.api.phone(78).messages if one.by_bot]
        return sum("first " not in text and "second " not in text for text in shown)

    def ticked_since(self, when: datetime) -> bool:
        """Whether one of them ticked after a moment."""
        with self.world.database.read() as session:
            last = heartbeat.last(session, "tick")
        return last is not None and last > when

    def leases(self) -> dict[str, bool]:
        """Whether somebody holds each lease."""
        with self.world.database.read() as session:
            rows = session.execute(sa.select(LEASE.c.name, LEASE.c.until)).all()
        return {name: until > self.world.clock() for name, until in rows}

    def end_leases(self) -> None:
        """A minute passes since somebody died."""
        with self.world.database.write() as session:
            session.execute(sa.update(LEASE).values(until=self.world.clock() - timedelta(seconds=1)))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_each_thing_is_done_once_whichever_process_lives(
    kind: str, databases: Databases, tmp_path: Path, nursery: Nursery
) -> None:
    world = World(databases.give(kind, "demo"), tmp_path, lambda: datetime.now(ZONE))
    async with tenant() as there, BotApi() as api:
        two = Two(world, tmp_path, nursery, there, api)
        for who, userid in (("secretary", "liming"), ("officer", "hanmei")):
            at_home(world, who, there, userid)
        for who, chat in (("secretary", 77), ("secretary of 劲松", 78)):
            two.on_telegram(who, chat)
        two.start()
        await two.until(lambda: there.subscriptions == 1 and api.offsets)
        two.start()
        for number in (0, 1):
            await two.until(partial(two.ready, number))
            assert two.ready(number) == "ready"

        two.owe("first", times=3)
        await two.until(lambda: two.owed("first") == {("sent", 0, ""): 9})
        assert set(two.arrived("first").values()) == {1}
        assert len(two.arrived("first")) == 9

        first, second = two.processes
        await asyncio.to_thread(first.kill)
        two.owe("second", times=2)
        api.phone(78).say("首页")
        died = world.clock()
        two.end_leases()
        await two.until(lambda: there.subscriptions == 2)
        await two.until(lambda: two.owed("second") == {("sent", 0, ""): 6})
        assert set(two.arrived("second").values()) == {1}
        assert len(two.arrived("second")) == 6
        assert set(two.arrived("first").values()) == {1}
        await two.until(lambda: two.ticked_since(died))
        await two.until(lambda: two.answers == 1)

        second.tell(signal.SIGTERM)
        assert await asyncio.to_thread(second.wait) == 0
        assert two.answers == 1
        assert two.leases() == {"wecom": False, "telegram": False, "tick": False}
        assert CONFLICT not in two.err
