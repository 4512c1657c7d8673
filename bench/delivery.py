"""How fast notices leave when very many are due at once: at Telegram's limit, and never over it."""

import asyncio
import time
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import crowd
from bench.phones import Ignored
from bench.process import free_port, running
from bench.table import Goals, progress, table
from bot.actions import Reminder, day_number, wire
from bot.store import notices
from bot.store.database import Database
from bot.store.notices import Owed
from bot.store.tables import COMMITTEE, NOTICE
from jobs import reminders
from tests.botapi import TOKEN, BotApi, Call, RefusedError

A_SECOND, A_CHAT = 30, 1  # https://core.telegram.org/bots/faq#broadcasting-to-users
TWICE = 20  # every so manieth person is owed two notices: the second waits for its chat
LOOK_BACK = timedelta(days=60)


class _Strict(BotApi):
    """A Bot API server that takes so many messages in any second, and one for each chat."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = Ignored()
        self.arrived: list[float] = []
        self.refused = 0
        self._last: deque[float] = deque(maxlen=A_SECOND)
        self._last_of: dict[int, float] = {}

    async def _send_message(self, call: Call) -> dict[str, Any]:
        now, chat = time.perf_counter(), int(call.sent["chat_id"])
        full = len(self._last) == A_SECOND and now - self._last[0] < 1
        if full or now - self._last_of.get(chat, -A_CHAT) < A_CHAT:
            self.refused += 1
            raise RefusedError(429, "Too Many Requests: retry after 1", retry_after=1)
        self._last.append(now)
        self._last_of[chat] = now
        self.arrived.append(now)
        return await super()._send_message(call)


def run(folder: Path, now: datetime, goals: Goals, count: int) -> None:
    """Let so many notices leave over Telegram."""
    asyncio.run(_run(folder, now, goals, count))


async def _run(folder: Path, now: datetime, goals: Goals, count: int) -> None:
    progress(f"delivery: building a committee that owes {count:,} notices")
    database = Database(f"sqlite:///{folder / 'bot.db'}")
    built = crowd.build(database, count, now)
    _owe(database, built, now, count)
    settings = {"DATA_DIR": str(folder), "TELEGRAM_TOKEN": TOKEN, "WEB_CHAT": "off"}
    async with _Strict() as api:
        for chat in range(1, count + 1):
            api.phone(chat)
        settings |= {"TELEGRAM_API_URL": api.url, "WEB_PORT": str(free_port())}
        with running(folder, "bot", "run", **settings) as process:
            await api.until(lambda: api.arrived, "nothing is sent")
            memory, cpu = process.memory(), process.cpu
            while (sent := len(api.arrived)) < count:
                progress(f"delivery: {sent:,} of {count:,}")
                await asyncio.sleep(5)
                process.check()
                if len(api.arrived) == sent:
                    raise RuntimeError(f"only {sent} of {count} were sent")
            span, cpu = api.arrived[-1] - api.arrived[0], process.cpu - cpu
            growth = process.memory("VmHWM") - memory
            await asyncio.sleep(1)  # until the last is written down
    rate = (count - 1) / span
    row = (f"{count:,}", f"{rate:.2f}", str(api.refused), f"{cpu / count * 1000:.1f}", f"{growth:.0f}")
    head = ("", "a second", "refused (429)", "CPU ms each", "MB more")
    table("Notices over Telegram, in a committee where everybody owes something", head, [row])
    goals.add("notices a second", f"{rate:.2f}", "30 ± 3 %", abs(rate / A_SECOND - 1) <= 0.03)
    goals.add("refused by Telegram's limit", f"{api.refused}", "0", api.refused == 0)
    goals.add("memory more after all notices", f"{growth:.0f} MB", "< 40 MB", growth < 40)
    states = _states(database)
    goals.add("notices that are written down as sent", f"{states}", f"{count:,}", states == {"sent": count})
    database.close()


def _owe(database: Database, built: crowd.Crowd, now: datetime, count: int) -> None:
    reminders.tick(database, now.replace(hour=22))  # lays out; it is too late to remind
    action = wire(Reminder(day_number(now.date()), day_number((now - LOOK_BACK).date())))
    with database.write() as session:
        session.execute(sa.update(COMMITTEE).values(reminded_on=now.date()))
        notices.owe(
            session,
            committee_id=built.committee_id,
            notices=[
                Owed(person, f"d:{n}", action, now, now + timedelta(days=1))
                for n, person in enumerate(_persons(count))
            ],
        )


def _persons(count: int) -> list[int]:
    """Who is owed each notice: now and then the one who was owed the one before; not at the end, where all wait."""
    return [n if n % TWICE == 0 and 0 < n < count - 100 else n + 1 for n in range(count)]


def _states(database: Database) -> dict[str, int]:
    with database.read() as session:
        return dict(
            tuple(row)
            for row in session.execute(
                sa.select(NOTICE.c.state, sa.func.count()).group_by(NOTICE.c.state)
            ).all()
        )
