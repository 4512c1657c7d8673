"""The clock of the machine is set while the bot runs: it ticks on, nothing grows, and nobody becomes a stranger."""

import asyncio
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from bot.channels.web.guard import COOKIE_SECONDS
from bot.health import Health
from bot.setup import EXAMPLE
from bot.store import heartbeat, notices, outbox
from bot.store.database import Database
from bot.store.notices import Owed
from bot.store.outbox import LEASE
from bot.store.tables import NOTICE, OCCURRENCE
from jobs import reminders, schedule
from tests.channels.web_fakes import Visitor
from tests.conftest import NOW, ZONE, Clock
from tests.faketime import faketime, needs_faketime
from tests.nursery import Child, Nursery, free_port
from tests.phone import World
from tests.wire import Clockwork

YEARS = timedelta(days=7 * 365)
COOKIE = timedelta(seconds=COOKIE_SECONDS)
STEPS = {
    "ten seconds on": timedelta(seconds=10),
    "ten seconds back": timedelta(seconds=-10),
    "eight hours back": timedelta(hours=-8),
    "seven years on": YEARS,
}


# The bell -----------------------------------------------------------------------------------------------------------


@contextmanager
def bell(
    monkeypatch: pytest.MonkeyPatch, *, every: float, look: float
) -> Iterator[tuple[list[datetime], time_machine.Traveller]]:
    """When it rang, and a clock that can be set."""
    monkeypatch.setattr(schedule, "EVERY", timedelta(seconds=every))
    monkeypatch.setattr(schedule, "LOOK", look)
    with time_machine.travel(datetime.now(UTC), tick=True) as traveller:
        yield [], traveller


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it, ten seconds at most."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  a worker thread makes it so
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("step", "look"), [*((step, 0.01) for step in STEPS.values()), (STEPS["seven years on"], 60.0)]
)
async def test_the_bell_goes_on_when_the_clock_is_set(
    monkeypatch: pytest.MonkeyPatch, step: timedelta, look: float
) -> None:
    with bell(monkeypatch, every=0.02, look=look) as (rang, traveller):
        ringing = asyncio.create_task(
            schedule.ring(lambda: rang.append(datetime.now(ZONE)), lambda: datetime.now(ZONE), ZONE)
        )
        await until(lambda: len(rang) > 1)
        before = datetime.now(ZONE)
        traveller.shift(step)
        more = len(rang) + 3
        await until(lambda: len(rang) >= more)  # APScheduler's own interval would first list 11 billion rings
        assert abs(rang[-1] - before - step) < timedelta(seconds=10)
        ringing.cancel()
        with suppress(asyncio.CancelledError):
            await ringing


async def test_nightly_jobs_are_asked_beside_the_tick_one_at_a_time_and_at_once_when_the_clock_was_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks, asked, goes_on = list[bool](), list[str](), threading.Event()
    monkeypatch.setattr(schedule, "ASKED", timedelta(hours=1))

    def long() -> None:
        asked.append("long")
        goes_on.wait()

    with bell(monkeypatch, every=0.02, look=0.01) as (_, traveller):
        bells = {"long": long, "next": lambda: asked.append("next")}
        ringing = asyncio.create_task(
            schedule.ring(lambda: ticks.append(True), lambda: datetime.now(ZONE), ZONE, bells)
        )
        await until(lambda: len(ticks) > 1)
        assert asked == []
        traveller.shift(timedelta(hours=-8))
        await until(lambda: bool(asked))
        more = len(ticks) + 3
        await until(lambda: len(ticks) >= more)  # which do not wait for it
        assert asked in (["long"], ["next", "long"]), "two at a time"
        goes_on.set()
        await until(lambda: sorted(asked) == ["long", "next"])
        ringing.cancel()
        with suppress(asyncio.CancelledError):
            await ringing


async def test_the_bell_rings_at_once_when_the_clock_was_set_and_at_no_other_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule, "LOOK", 0.01)
    clock, was_set = Clock(), list[bool]()
    loop = asyncio.get_running_loop()
    start = loop.time()
    watching = asyncio.create_task(
        schedule.watch(
            lambda: clock.now + timedelta(seconds=loop.time() - start), lambda: was_set.append(True)
        )
    )
    await asyncio.sleep(0.05)
    clock.forward(seconds=1.5)  # as a clock that is put right little by little
    await asyncio.sleep(0.05)
    assert not was_set
    for n, step in enumerate((-10, 10, -8 * 3600, YEARS.total_seconds()), start=1):
        clock.forward(seconds=step)
        await until(lambda n=n: len(was_set) == n)  # type: ignore[misc]
        await asyncio.sleep(0.03)
        assert len(was_set) == n
    watching.cancel()


# What is in the database --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("beat", "unfit"),
    [
        (timedelta(0), []),
        (timedelta(seconds=-80), []),
        (timedelta(seconds=50), []),
        (timedelta(seconds=-100), ["the clock stands still"]),
        (timedelta(seconds=70), ["the clock stands still"]),
        (timedelta(hours=8), ["the clock stands still"]),
    ],
)
def test_a_tick_of_long_ago_or_of_the_future_is_none(
    world: World, clock: Clock, beat: timedelta, unfit: list[str]
) -> None:
    health = Health(world.database, clock, {})
    assert health.unfit() == ["the clock stands still"]
    health.look()
    clock.now -= beat
    assert health.unfit() == unfit


def _rows(world: World) -> list[tuple[object, ...]]:
    with world.database.read() as session:
        return [tuple(row) for row in session.execute(sa.select(OCCURRENCE).order_by(OCCURRENCE.c.id)).all()]


@pytest.mark.parametrize("step", [YEARS, timedelta(days=3), timedelta(hours=-8), timedelta(days=-1)])
def test_who_was_to_be_reminded_is_reminded_though_the_clock_was_wrong_for_a_while(
    world: World, clock: Clock, step: timedelta
) -> None:
    clock.now = NOW.replace(hour=0, minute=1)
    clockwork = Clockwork(world, clock)
    clockwork.tick()
    owed = _rows(world)
    clock.now += step
    clockwork.tick()
    clock.now = NOW.replace(hour=0, minute=2)
    clockwork.tick()
    assert _rows(world) == owed, "nothing is withdrawn, and nothing twice"
    for day in range(2):
        clock.now = NOW.replace(hour=12) + timedelta(days=day)
        clockwork.tick()
    for number in (3, 4, 5, 6, 7):
        assert 1 <= clockwork.wire.count[f"demo-{number}"] <= 2
    assert len({(address, str(message.here)) for _, address, message in clockwork.wire.arrived}) == len(
        clockwork.wire.arrived
    ), "nobody hears the same twice"


@pytest.mark.parametrize("state", ["claimed", "sending"])
def test_what_a_dead_process_left_is_not_held_for_as_long_as_the_clock_was_set_back(
    world: World, clock: Clock, state: str
) -> None:
    clockwork, now = Clockwork(world, clock), clock.now
    owed = Owed(
        world.me("secretary").person_id or 0, "n", "hp", now - timedelta(hours=9), now + timedelta(hours=9)
    )
    with world.database.write() as session:
        notices.owe(session, committee_id=1, notices=[owed])
        (claimed,) = outbox.claim(session, owner="dead", now=now, limit=9)
        heartbeat.beat(session, "tick", now)
        if state == "sending":
            outbox.sending(session, notice_id=claimed.id, owner="dead", address_id=4, now=now)
    clock.forward(hours=-8)
    clockwork.tick()
    clock.forward(seconds=1)
    clockwork.tick()
    with world.database.read() as session:
        found = session.execute(sa.select(NOTICE.c.state).where(NOTICE.c.key == "n")).scalar_one()
    assert found == {"claimed": "sent", "sending": "uncertain"}[state]


def test_a_lease_of_this_clock_is_kept(world: World, clock: Clock) -> None:
    clockwork, now = Clockwork(world, clock), clock.now
    owed = Owed(world.me("secretary").person_id or 0, "n", "hp", now, now + timedelta(hours=9))
    with world.database.write() as session:
        notices.owe(session, committee_id=1, notices=[owed])
        assert outbox.claim(session, owner="alive", now=now, limit=9)
    clock.forward(seconds=-LEASE.total_seconds() / 2)
    asyncio.run(clockwork.postman.round())
    assert not clockwork.wire.arrived


def test_what_was_written_years_ahead_is_listed_and_holds_up_nothing(world: World, clock: Clock) -> None:
    clockwork = Clockwork(world, clock)
    clock.now += YEARS
    reminders.tick(world.database, clock.now)
    world.phone("secretary").say("提意见").say("字太小了")
    clock.now = NOW
    clockwork.tick()
    with world.database.read() as session:
        (problem,) = notices.undelivered(session, committee_id=1, limit=9)
    assert "系统时间不对" in problem.why
    world.phone("officer").say("提意见").say("颜色太浅")
    clockwork.tick()
    digest, *opinions = clockwork.wire.at("demo-0")
    assert digest.title.startswith("提醒")
    assert len(opinions) == 1


# The whole process --------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Installation:
    """A bot with a secretary on its page, on a machine whose clock is set by a file."""

    process: Child
    database: Database
    visitor: Visitor
    clock: Path
    step: timedelta = timedelta(0)

    @property
    def now(self) -> datetime:
        """The time on that machine."""
        return datetime.now(UTC) + self.step

    def set(self, step: timedelta) -> None:
        """Set its clock, so far from the right time."""
        self.step = step
        self.clock.with_suffix(".new").write_text(f"{int(step.total_seconds()):+d}")
        self.clock.with_suffix(".new").rename(self.clock)

    @property
    def tick(self) -> datetime:
        """When it last ticked."""
        with self.database.read() as session:
            last = heartbeat.last(session, "tick")
        assert last is not None
        return last

    @property
    def memory(self) -> int:
        """What it holds, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) // 1024

    def greets(self) -> bool:
        """Whether the page still knows who asks."""
        answer = self.visitor.say(text="首页")
        return answer.status_code == 200 and "劲松校区党支部" in answer.text

    @property
    def ready(self) -> str:
        """What it says of itself first."""
        return self.visitor.http.get("/readyz").text.partition("\n")[0]


@pytest.fixture
def install(nursery: Nursery, tmp_path: Path) -> Iterator[Callable[[str], Installation]]:
    """Start a bot in a folder of this name."""
    made: list[Installation] = []

    def start(name: str) -> Installation:
        folder = tmp_path / name
        folder.mkdir()
        port, clock = free_port(), folder / "clock"
        (folder / "school.toml").write_text(EXAMPLE, encoding="utf-8")
        settings = {"WEB_CHAT": "on", "WEB_PORT": f"{port}", "TERM": "dumb"}
        nursery.start(folder, "setup", "school.toml", **settings).wait()
        invited = nursery.start(
            folder, "invite", "--role", "secretary", "--branch", "劲松校区党支部", **settings
        )
        assert invited.wait() == 0
        (code,) = re.findall("邀请码：([2-9A-Z]{8})\n", invited.out)
        clock.write_text("+0")
        process = nursery.start_whole(folder, "run", **settings, **faketime(clock))
        visitor = Visitor(f"http://127.0.0.1:{port}")
        made.append(Installation(process, Database(f"sqlite:///{folder}/data/bot.db"), visitor, clock))
        within_a_minute(lambda: listens(port))
        visitor.open()
        assert "加入成功" in visitor.say(text=code).text
        visitor.open()
        return made[-1]

    yield start
    for one in made:
        one.visitor.http.close()
        one.database.close()
        if one.process.running():
            one.process.kill()


def listens(port: int) -> bool:
    """Whether the web server answers."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def within_a_minute(condition: Callable[[], bool]) -> None:
    """Wait for something that has a minute to happen."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@needs_faketime
@pytest.mark.slow
def test_a_whole_process_goes_on_when_its_clock_is_set_and_set_right(
    install: Callable[[str], Installation],
) -> None:
    all_of_them = {install(f"{n}"): step for n, step in enumerate(STEPS.values())}
    before = {one: one.memory for one in all_of_them}
    for one, step in all_of_them.items():
        assert one.greets()
        one.set(step)
    for _ in range(2):
        seen = {one: one.tick for one in all_of_them}
        for one, step in all_of_them.items():
            within_a_minute(lambda one=one, seen=seen[one]: one.tick != seen)  # type: ignore[misc]
            assert abs(one.now - one.tick) < timedelta(seconds=30), step
            assert one.ready == "ready", step
    for one, step in all_of_them.items():
        assert one.memory - before[one] < 50, step
        if step < COOKIE:
            assert one.greets(), step
        one.set(timedelta(0))
    for one, step in all_of_them.items():
        within_a_minute(lambda one=one: abs(one.now - one.tick) < timedelta(seconds=5))  # type: ignore[misc]
        assert one.greets(), step
        assert one.ready == "ready"
