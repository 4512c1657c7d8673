"""Whether this process is fit for traffic; and what else does not work, so that somebody hears of it.

Another process in its place would help against the first kind only: no database, or a clock that stands still. It is
this process's own, whoever of several reminds. What is wrong outside of it (a channel that cannot be reached, a backup
that nobody makes) is a line in the text of /readyz, a metric, and a notice to the administrators.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from prometheus_client import Gauge
from sqlalchemy.exc import SQLAlchemyError

from bot.actions import Home, wire
from bot.permissions import Role
from bot.store import heartbeat, job_runs, notices, seats, terms
from bot.store.database import Database
from jobs.duties.catalogue import check_edition
from scoring.refusal import Refused

FILES_SPARE = 16  # files that one look at the database and one at a folder need, and some more
DEAD_AFTER = timedelta(seconds=90)  # without a tick of this process
BACKUP = timedelta(days=8)  # between two backups: one a week, and a day to make it

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

log = structlog.get_logger()
AILING = Gauge("ailing", "1 while this does not work", ["kind"])
BACKED_UP = Gauge(
    "backup_timestamp_seconds", "When the last backup was made, or the bot first ran, in seconds since 1970"
)


@dataclass(frozen=True, slots=True)
class Ailment:
    """Something that does not work though the process does.

    `words` are for whoever runs the bot, `said` is a sentence for the administrators, who hear it once in each `span`:
    the day or the week, as strftime writes it; it is empty where they were told already. `concerns`: those committees'
    (None: all of them).
    """

    kind: str
    words: str
    said: str
    span: str = "%Y-%m-%d"
    concerns: frozenset[int] | None = None


class Health:
    """`checks` by kind: each says what ails, if anything does. They may block."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        checks: dict[str, Callable[[], Ailment | None]],
    ) -> None:
        self._database, self._clock, self._checks = database, clock, checks
        self._looked: datetime | None = None
        self._found: list[Ailment] = []
        self._told: dict[str, str] = {}  # by kind: the span in which it was said last

    def unfit(self) -> list[str]:
        """Why this process should get no traffic."""
        try:
            with self._database.read() as session:
                heartbeat.last(session, "tick")
        except SQLAlchemyError:
            return ["database unreachable"]
        last = self._looked
        ticks = last is not None and -heartbeat.AHEAD <= self._clock() - last < DEAD_AFTER
        return [] if ticks else ["the clock stands still"]

    def ailing(self) -> list[str]:
        """What else did not work at the last look."""
        return [ailment.words for ailment in self._found]

    def look(self) -> None:
        """Ask what ails, note it in the metrics, and owe the administrators a notice of what they have not heard.

        It is a part of each tick: by it the process knows that its clock goes.
        """
        self._looked = now = self._clock()
        self._found = [ailment for check in self._checks.values() if (ailment := check())]
        for kind in self._checks:
            AILING.labels(kind).set(any(ailment.kind == kind for ailment in self._found))
        for ailment in self._found:
            span = now.strftime(ailment.span)
            if self._told.get(ailment.kind) != span:
                log.warning("something does not work", kind=ailment.kind, words=ailment.words)
                if ailment.said:
                    self._tell(ailment, span, now)
                self._told[ailment.kind] = span

    def _tell(self, ailment: Ailment, span: str, now: datetime) -> None:
        with self._database.write() as session:
            for committee_id, _, _ in terms.committees(session):
                if ailment.concerns is not None and committee_id not in ailment.concerns:
                    continue
                notices.tell(
                    session,
                    committee_id=committee_id,
                    persons=seats.in_committee(session, committee_id, Role.ADMINISTRATOR),
                    key=f"x:{ailment.kind}:{span}",
                    action=wire(Home()),
                    said=ailment.said,
                    now=now,
                )


def wrong_edition(database: Database) -> Ailment | None:
    """Whether a rating table is in use that the program does not have, or that its duties do not fit."""
    with database.read() as session:
        used = terms.editions(session)
    for edition, committees in sorted(used.items()):
        try:
            check_edition(edition)
        except Refused as refused:
            said = f"{refused}没有改正以前，不再安排和提醒工作任务。"
            return Ailment("edition", f"edition {edition}: no duties", said, concerns=committees)
    return None


def few_files(opened: Path = Path("/proc/self/fd")) -> Ailment | None:
    """Whether hardly another file or connection can be opened. Where the system lists what is open (Linux)."""
    if resource is None or not opened.exists():
        return None
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        used = len(os.listdir(opened))
    except OSError:  # it is a file that cannot be opened
        used = most
    if most == resource.RLIM_INFINITY or most - used >= FILES_SPARE:
        return None
    return Ailment(
        "files",
        f"{used} of {most} files are open",
        "同时打开的文件和连接快到系统上限了，新的连接会失败。请维护人员调高 LimitNOFILE，并查看有没有异常的连接。",
    )


def old_backup(database: Database, clock: Callable[[], datetime]) -> Ailment | None:
    """Whether nobody has made a backup for more than a week; the time begins when the bot first runs."""
    now = clock()
    with database.read() as session:
        last = heartbeat.last(session, "backup")
    if last is None:
        with database.write() as session:
            heartbeat.beat(session, "backup", now)
        return None
    BACKED_UP.set(last.timestamp())
    if now - last <= BACKUP:
        return None
    days = (now - last).days
    return Ailment(
        "backup",
        f"no backup for {days} days",
        f"已经 {days} 天没有备份了，机器坏了数据会丢。请维护人员运行 python -m bot backup。",
        span="%G-W%V",
    )


def failed_job(database: Database, name: str) -> Ailment | None:
    """Whether a nightly job went wrong when it ran last; it has told the administrators itself, once."""
    with database.read() as session:
        run = job_runs.last(session, name)
    if run is None or not run.failed:
        return None
    return Ailment(f"{name}_job", f"{name.replace('_', '-')} failed on {run.day}", "", span="%G")
