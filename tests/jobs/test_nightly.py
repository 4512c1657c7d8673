"""A nightly job runs once for its day, in one process alone, and who should know hears of it once."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
import structlog

from bot.store import job_runs
from bot.store.database import Database
from bot.store.tables import NOTICE
from jobs.nightly import LASTS, Job, Nightly, Outcome, Step
from tests.conftest import NOW, ZONE, Clock
from tests.phone import World
from tests.store.at_once import at_once

DAY = timedelta(days=1)


@dataclass
class Work:
    """A job that notes when it was done, and goes as a test says."""

    world: World
    goes: Outcome = field(default_factory=lambda: Outcome("做好了"))
    done: list[datetime] = field(default_factory=list)
    weekday: int | None = None
    breaks: Exception | None = None

    def do(self, now: datetime, step: Step) -> Outcome:
        """Note it."""
        self.done.append(now)
        step()
        if self.breaks:
            raise self.breaks
        return self.goes

    @property
    def job(self) -> Job:
        """At two at night."""
        return Job("work", "夜间工作", time(2), self.do, "夜间工作恢复正常了。", self.weekday)

    def process(self, database: Database | None = None) -> Nightly:
        """A process that asks for it."""
        return Nightly(database or self.world.database, self.world.clock, [self.job])

    def ask(self, process: Nightly | None = None) -> None:
        """Ask once."""
        with structlog.testing.capture_logs():
            (process or self.process()).ask(self.job)

    @property
    def result(self) -> str:
        """How it went last."""
        with self.world.database.read() as session:
            run = job_runs.last(session, "work")
        return run.result if run else ""


@pytest.fixture
def work(world: World) -> Work:
    """A job that has never run."""
    return Work(world)


@pytest.mark.parametrize(
    ("weekday", "now", "day", "following"),
    [
        (None, "2026-12-28 09:05", "2026-12-28", "2026-12-29 02:00"),
        (None, "2026-12-28 01:59", "2026-12-27", "2026-12-28 02:00"),
        (None, "2026-12-28 02:00", "2026-12-28", "2026-12-29 02:00"),
        (6, "2026-12-28 09:05", "2026-12-27", "2027-01-03 02:00"),  # a Monday
        (6, "2026-12-27 01:00", "2026-12-20", "2026-12-27 02:00"),
        (6, "2026-12-27 02:00", "2026-12-27", "2027-01-03 02:00"),
    ],
)
def test_a_job_belongs_to_the_last_day_on_which_its_time_had_come(
    weekday: int | None, now: str, day: str, following: str
) -> None:
    job = Job("work", "", time(2), lambda now, step: Outcome(""), "", weekday)
    at = datetime.fromisoformat(now).replace(tzinfo=ZONE)
    assert job.day(at) == date.fromisoformat(day)
    assert job.next(at) == datetime.fromisoformat(following).replace(tzinfo=ZONE)


def test_it_runs_once_for_its_day_however_often_it_is_asked_for(work: Work, clock: Clock) -> None:
    clock.now = NOW.replace(hour=0)
    for _ in range(3 * 24 * 4):
        work.ask()
        clock.forward(minutes=15)
    nights = [NOW.replace(hour=2, minute=5) + n * DAY for n in range(3)]
    assert work.done == [NOW.replace(hour=0), *nights], "a job that has never run is owed at once"


def test_after_days_of_downtime_it_runs_once(work: Work, clock: Clock) -> None:
    work.ask()
    clock.forward(days=30)
    for _ in range(5):
        work.ask()
        clock.forward(minutes=5)
    assert len(work.done) == 2


def test_a_weekly_job_runs_in_each_week_once_after_downtime_too(work: Work, clock: Clock) -> None:
    work.weekday = 6
    for _ in range(28):
        work.ask()
        clock.forward(days=1)
    assert [(at.date() - NOW.date()).days for at in work.done] == [0, 6, 13, 20, 27]
    clock.forward(days=30)
    work.ask()
    work.ask()
    assert len(work.done) == 6


def test_a_clock_that_was_a_year_ahead_keeps_no_job_from_running(work: Work, clock: Clock) -> None:
    clock.now = NOW + 365 * DAY
    work.ask()
    clock.now = NOW
    work.ask()
    work.ask()
    assert len(work.done) == 2


@pytest.fixture
def replicas(work: Work) -> Iterator[list[Nightly]]:
    """Four processes with one database, each with connections of its own."""
    url = work.world.database.url.render_as_string(hide_password=False)
    with ExitStack() as stack:
        yield [work.process(stack.enter_context(closing(Database(url)))) for _ in range(4)]


def test_of_several_processes_that_ask_at_once_one_does_it(
    work: Work, replicas: list[Nightly], clock: Clock
) -> None:
    at_work, most = threading.Semaphore(1), list[bool]()

    def do(now: datetime, step: Step) -> Outcome:
        most.append(at_work.acquire(blocking=False))
        work.done.append(now)
        for _ in range(5):
            step()
        at_work.release()
        return work.goes

    job = Job("work", "", time(2), do, "")
    for lap in range(5):
        clock.now = NOW + lap * DAY
        at_once([partial(process.ask, job) for process in replicas for _ in range(2)])
    assert len(work.done) == 5
    assert all(most), "two were at it at a time"


def test_while_one_is_at_it_another_is_not_and_it_keeps_its_lease_by_going_on(
    work: Work, replicas: list[Nightly], clock: Clock
) -> None:
    one, other = replicas[:2]

    def long(now: datetime, step: Step) -> Outcome:
        for _ in range(60):
            clock.forward(minutes=1)
            step()
            work.ask(other)
        return Outcome("一个小时")

    one.ask(Job("work", "", time(2), long, ""))
    work.ask(other)
    assert (work.done, work.result) == ([], "一个小时")


def test_what_a_killed_process_left_another_one_does_when_its_lease_has_ended(
    work: Work, replicas: list[Nightly], clock: Clock
) -> None:
    class Killed(BaseException):
        pass

    def dies(now: datetime, step: Step) -> Outcome:
        raise Killed

    with pytest.raises(Killed):
        replicas[0].ask(Job("work", "", time(2), dies, ""))
    work.ask(replicas[1])
    assert work.done == []
    clock.now += LASTS
    work.ask(replicas[1])
    assert len(work.done) == 1


def test_whoever_lost_the_job_to_another_one_stops_and_says_nothing_of_it(
    work: Work, replicas: list[Nightly], clock: Clock
) -> None:
    one, other = replicas[:2]
    after: list[str] = []

    def sleeps(now: datetime, step: Step) -> Outcome:
        clock.now += 2 * LASTS
        work.ask(other)
        step()
        after.append("went on")
        return Outcome("太晚了")

    one.ask(Job("work", "", time(2), sleeps, ""))
    assert (len(work.done), after, work.result) == (1, [], "做好了")


def test_a_job_that_ends_after_it_was_taken_over_is_not_noted(
    work: Work, replicas: list[Nightly], clock: Clock
) -> None:
    def sleeps(now: datetime, step: Step) -> Outcome:
        clock.now += 2 * LASTS
        work.ask(replicas[1])
        return Outcome("晚了")

    with structlog.testing.capture_logs() as logged:
        replicas[0].ask(Job("work", "", time(2), sleeps, ""))
    assert work.result == "做好了"
    assert "a job was overtaken" in [line["event"] for line in logged]


def test_a_process_that_stops_leaves_its_job_to_the_next_one_at_once(
    work: Work, replicas: list[Nightly]
) -> None:
    def stopped(now: datetime, step: Step) -> Outcome:
        replicas[0].stop()
        step()
        raise AssertionError("it went on")

    replicas[0].ask(Job("work", "", time(2), stopped, ""))
    work.ask(replicas[1])
    assert len(work.done) == 1


# --- who hears of it ----------------------------------------------------------------------------------------------


def told(world: World) -> list[str]:
    """What the administrator, and nobody else, is owed of it, in its order."""
    asked = sa.select(NOTICE.c.person_id, NOTICE.c.said).where(NOTICE.c.key.startswith("x:work:"))
    with world.database.read() as session:
        rows = session.execute(asked.order_by(NOTICE.c.id)).all()
    assert {row.person_id for row in rows} <= {world.me("administrator").person_id}
    return [row.said for row in rows]


def test_what_goes_wrong_is_told_once_again_when_it_changes_and_well_again(work: Work, clock: Clock) -> None:
    said = {"满": "磁盘满了。", "坏": "磁盘坏了。"}
    for how in "好满满满坏坏好好满":
        work.goes = Outcome(how, failed=how != "好", said={0: said[how]} if how in said else {})
        clock.forward(days=1)
        work.ask()
        work.ask()
    assert told(work.world) == [said["满"], said["坏"], "夜间工作恢复正常了。", said["满"]]


def test_a_committee_hears_what_concerns_it_and_not_what_concerns_another(work: Work, clock: Clock) -> None:
    work.goes = Outcome("两处", failed=True, said={1: "第一个党总支的。", 2: "另一个党总支的。"})
    work.ask()
    assert told(work.world) == ["第一个党总支的。"]


def test_a_long_sentence_is_cut_to_what_a_notice_holds(work: Work) -> None:
    work.goes = Outcome("长", failed=True, said={0: "长" * 1000})
    work.ask()
    assert told(work.world) == ["长" * 200]


def test_a_job_that_breaks_is_noted_and_tried_again_on_its_next_day(work: Work, clock: Clock) -> None:
    work.breaks = ValueError("no such thing")
    for _ in range(3):
        work.ask()
    assert (len(work.done), work.result) == (1, "no such thing")
    clock.forward(days=1)
    work.breaks = None
    work.ask()
    assert (len(work.done), work.result) == (2, "做好了")
