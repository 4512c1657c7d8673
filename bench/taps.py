"""How fast taps are answered, beside bare python-telegram-bot handlers that store nothing."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from bench import crowd
from bench.phones import ANSWER, EDIT, Phones
from bench.process import Process, free_port
from bench.table import Goals, progress, table
from bot.actions import OpenSheet, wire
from bot.store import laying_out
from bot.store.database import Database
from tests.botapi import TOKEN, BotApi

HEAD = ("", "taps/s", "p50 ms", "p99 ms", "CPU ms/tap", "MB", "ratio of taps/s", "ratio of CPU")


@dataclass
class _Rival:
    """One bot with its phones, and what it did in each round of a bench."""

    name: str
    phones: Phones
    process: Process
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    async def run(self, chats: Sequence[int], at_once: int) -> None:
        """One round."""
        before = self.process.cpu
        seconds, whole = await self.phones.mark(chats, at_once)
        self.process.check()
        self.rates.append(len(seconds) / whole)
        self.cpu.append((self.process.cpu - before) / len(seconds) * 1000)
        self.seconds += seconds

    def row(self, bare: "_Rival") -> list[str]:
        """Its line in the table."""
        return [
            self.name,
            f"{median(self.rates):.0f}",
            f"{median(self.seconds) * 1000:.1f}",
            f"{self.slowest * 1000:.1f}",
            f"{median(self.cpu):.2f}",
            f"{self.process.memory():.0f}",
            f"{self.ratio(bare):.2f}",
            f"{median(a / b for a, b in zip(self.cpu, bare.cpu, strict=True)):.2f}",
        ]

    def ratio(self, bare: "_Rival") -> float:
        """How many times its taps a second are the other's: the median of the rounds, each beside its own."""
        return median(a / b for a, b in zip(self.rates, bare.rates, strict=True))

    @property
    def slowest(self) -> float:
        """The 99th percentile."""
        return quantiles(self.seconds, n=100)[98]

    def forget(self) -> None:
        """Begin another bench."""
        self.rates, self.cpu, self.seconds = [], [], []


def run(folder: Path, now: datetime, goals: Goals, plan: dict[int, tuple[int, int]]) -> None:
    """Measure 1, 10, … secretaries at once (the keys) in so many rounds of so many sheets (the values)."""
    asyncio.run(_run(folder, now, goals, plan))


async def _run(folder: Path, now: datetime, goals: Goals, plan: dict[int, tuple[int, int]]) -> None:
    warm_up = 4
    count = warm_up + sum(rounds * sheets for rounds, sheets in plan.values())
    progress(f"taps: building {count} branches")
    database = Database(f"sqlite:///{folder / 'bot.db'}")
    built = crowd.build(database, count, now)
    with database.write() as session:  # a reminder would take the cards away, and time
        laying_out.reminded(session, committee_id=built.committee_id, today=now.date())
    async with AsyncExitStack() as stack:
        ours, bare, _ = rivals = await _rivals(stack, folder)
        chats = iter(range(1, count + 1))
        for at_once, (rounds, number) in {0: (1, warm_up), **plan}.items():
            for lap in range(rounds):
                turn = [next(chats) for _ in range(number)]
                await ours.phones.open_sheets(turn, lambda chat: wire(OpenSheet(chat, built.term_id, 0)))
                for rival in rivals[1:]:  # they get the same taps on the same cards
                    rival.phones.show(turn, ours.phones.card(turn[0]))
                for rival in rivals[lap % 3 :] + rivals[: lap % 3]:
                    words = f"{at_once} at once, round {lap + 1} of {rounds}" if at_once else "warming up"
                    progress(f"taps: {words}, {rival.name}")
                    await rival.run(turn, at_once or 2)
            if at_once:
                laps = f"{rounds} rounds of {number} sheets, {number * crowd.ITEMS} taps, medians"
                table(f"Taps, {at_once} at once ({laps})", HEAD, [rival.row(bare) for rival in rivals])
                if at_once == 10:
                    ratio = ours.ratio(bare)
                    goals.add(
                        "taps/s at 10, ours / bare that only answers",
                        f"{ratio:.2f}",
                        "≥ 0.6, aim 2",
                        ratio >= 0.6,
                    )
                    slow = ours.slowest * 1000
                    goals.add("p99 at 10", f"{slow:.0f} ms", "< 150 ms", slow < 150)
            for rival in rivals:
                rival.forget()
        most = ours.process.memory("VmHWM")
        goals.add("memory after all taps, at most", f"{most:.0f} MB", "< 150 MB", most < 150)
    stored = crowd.marks_stored(database, built)
    goals.add(
        "marks stored of those answered", f"{stored}", f"{count * crowd.ITEMS}", stored == count * crowd.ITEMS
    )
    database.close()


async def _rivals(stack: AsyncExitStack, folder: Path) -> list[_Rival]:
    """The three bots, each on a Bot API server of its own in this process; one is tapped at a time."""
    found = []
    for name, answers in (
        ("ours, durable", (ANSWER, EDIT)),
        ("bare, answers", (ANSWER,)),
        ("bare, answers and edits", (ANSWER, EDIT)),
    ):
        api = await stack.enter_async_context(BotApi())
        if name.startswith("ours"):
            settings = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url, "WEB_CHAT": "off"}
            places = {"WEB_PORT": str(free_port()), "DATA_DIR": str(folder)}
            process = Process(folder, "bot", "run", **settings, **places)
        else:
            process = Process(folder, "bench.bare", api.url, "edit" if EDIT in answers else "answer")
        stack.push_async_callback(asyncio.to_thread, process.end)  # its last words are to our server
        found.append(_Rival(name, Phones(api, *answers), process))
        await api.until(partial(len, api.offsets), f"{name} does not poll")
    return found
