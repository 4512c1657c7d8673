"""What is done once on its day, by one process alone: when, how it went, and who hears of it.

Whether a job is owed is in the database, as everything is: the row of its last run says for which day that was. So it
is asked for every few minutes, runs once after days of downtime, and a process that dies leaves it to the next one that
asks. A lease keeps it to one process; whoever loses it stops at the next step.
"""

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import partial

import structlog

from bot.actions import Home, wire
from bot.permissions import Role
from bot.stopped import reason
from bot.store import job_runs, leases, notices, seats, terms
from bot.store.database import Database, Session
from bot.store.job_runs import Run
from scoring.refusal import Refused

LASTS = timedelta(minutes=5)  # that a job keeps to a process which does not say that it goes on
SAID = 200  # characters of a sentence above a notice

Step = Callable[[], None]
"""Called by a job between two steps that take seconds at most: raises Ended when it must not go on."""

log = structlog.get_logger()


class Ended(Exception):  # noqa: N818  nothing is wrong with the job
    """The process stops, or another one has taken the job over."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job went, in words for whoever runs the bot.

    `said`: what a committee's administrators should know, by its number (0: every committee); nothing: all is well.
    They hear it once, and again when it changes.
    """

    result: str
    failed: bool = False
    said: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """A job with its time of day, and its weekday (0: Monday) if it is not done daily.

    `do` is given the time it is, and a Step. `well`: what administrators hear when nothing is wrong any more.
    """

    name: str
    word: str
    at: time
    do: Callable[[datetime, Step], Outcome]
    well: str
    weekday: int | None = None

    def day(self, now: datetime) -> date:
        """The last day on which its time had come."""
        day = now.date() if now.time() >= self.at else now.date() - timedelta(days=1)
        return day if self.weekday is None else day - timedelta(days=(day.weekday() - self.weekday) % 7)

    def owed(self, run: Run | None, now: datetime) -> bool:
        """Whether it has not run for that day. A run of a day to come is of a clock that was set back since."""
        return run is None or not self.day(now) <= run.day <= now.date()

    def next(self, now: datetime) -> datetime:
        """When it is owed next, once it is not owed any more."""
        day = self.day(now) + timedelta(days=1 if self.weekday is None else 7)
        return datetime.combine(day, self.at, now.tzinfo)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One run of a job: the lease is held in its name, under a number that is another one if somebody came between."""

    job: Job
    day: date
    holder: str
    number: int = 0


class Nightly:
    """The jobs of one process. Its methods block."""

    def __init__(self, database: Database, clock: Callable[[], datetime], jobs: Sequence[Job]) -> None:
        self.jobs = tuple(jobs)
        self._database, self._clock = database, clock
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Let the job that is under way end at its next step; another process, or the next start, does it anew."""
        self._stopping.set()

    def ask(self, job: Job) -> None:
        """Do a job if it is owed and nobody else is at it."""
        now = self._clock()
        with self._database.read() as session:
            if not job.owed(job_runs.last(session, job.name), now):
                return
        turn = self._begin(job, now)
        if turn is None:
            return
        log.info("a job begins", job=job.name)
        try:
            outcome = job.do(now, self._step(turn))
        except Ended:
            log.info("a job was left", job=job.name)
            with self._database.write() as session:
                self._hold(session, turn, timedelta())
            return
        except Exception as wrong:
            log.exception("a job failed", job=job.name)
            outcome = Outcome(reason(wrong), failed=True, said={0: _failed(job, wrong)})
        self._end(turn, outcome)

    def _hold(self, session: Session, turn: _Turn, lasts: timedelta = LASTS) -> int | None:
        return leases.hold(session, turn.job.name, holder=turn.holder, now=self._clock(), lasts=lasts)

    def _begin(self, job: Job, now: datetime) -> _Turn | None:
        """A turn of the job, if nobody else is at it: whoever had it before may have done it meanwhile."""
        turn = _Turn(job, job.day(now), secrets.token_hex(8))
        with self._database.write() as session:
            number = self._hold(session, turn)
            if number is None:
                return None
            if not job.owed(job_runs.last(session, job.name), now):
                self._hold(session, turn, timedelta())
                return None
        return replace(turn, number=number)

    def _step(self, turn: _Turn) -> Step:
        held = self._clock()

        def step() -> None:
            nonlocal held
            now = self._clock()
            if self._stopping.is_set():
                raise Ended
            if not timedelta(0) <= now - held < LASTS / 5:
                with self._database.write() as session:
                    if self._hold(session, turn) != turn.number:
                        raise Ended
                held = now

        return step

    def _end(self, turn: _Turn, outcome: Outcome) -> None:
        """Note how it went and tell who should know, unless another process is at it by now."""
        job, now = turn.job, self._clock()
        with self._database.write() as session:
            if self._hold(session, turn, timedelta()) != turn.number:
                log.warning("a job was overtaken", job=job.name)
                return
            before = job_runs.last(session, job.name)
            told = _tell(session, job, outcome, before.told if before else {}, now)
            job_runs.note(session, job.name, Run(turn.day, now, outcome.failed, outcome.result, told))
        say = log.warning if outcome.failed else log.info
        say("a job ended", job=job.name, result=outcome.result)


def _failed(job: Job, wrong: Exception) -> str:
    why = f"（{reason(wrong)}）" if isinstance(wrong, OSError | Refused) else ""
    return f"{job.word}没有做成{why}。请维护人员运行 python -m bot jobs 查看，处理后会自动再做。"


def _tell(
    session: Session, job: Job, outcome: Outcome, before: Mapping[int, str], now: datetime
) -> dict[int, str]:
    """Owe administrators a notice of what they have not heard; what holds by now, by committee."""
    told = {}
    for committee_id, _, _ in terms.committees(session):
        words = (outcome.said.get(committee_id) or outcome.said.get(0, ""))[:SAID]
        if words:
            told[committee_id] = words
        if words != before.get(committee_id, ""):
            notices.tell(
                session,
                committee_id=committee_id,
                persons=seats.in_committee(session, committee_id, Role.ADMINISTRATOR),
                key=f"x:{job.name}:{now:%Y-%m-%d %H:%M}",
                action=wire(Home()),
                said=words or job.well,
                now=now,
            )
    return told


def bells(nightly: Nightly) -> dict[str, Callable[[], None]]:
    """What asks for each job, by its name."""
    return {job.name: partial(nightly.ask, job) for job in nightly.jobs}
