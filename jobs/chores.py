"""What is done at night: 备份, 清理 and, once a week, 自检. When and by whom: nightly.py."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from time import sleep

from bot.stopped import reason
from bot.store import backup as backups
from bot.store import cleaning, forgetting, heartbeat, self_check
from bot.store.database import Database, Session
from bot.store.evidence import Evidence
from bot.values import WEB_LOGIN
from jobs.nightly import Job, Outcome, Step
from scoring.refusal import Refused

SUNDAY = 6
PREFIX, SUFFIX = "starbot-", ".zip"
DAYS = "[0-9]" * 4 + "-" + "[0-9]" * 2 + "-" + "[0-9]" * 2
CODES_KEPT = timedelta(days=365)  # after a code has ended: until then its page says why it gives nothing
FILES_KEPT = timedelta(
    days=7
)  # of which no row says anything: far longer than it takes to send or to restore one
FORGOTTEN_SHREDDED = timedelta(days=7)  # how long after a person's data was deleted
AT_ONCE = 500  # rows that are deleted in one unit of work, so that nobody waits long for it
BREATH = 0.01  # seconds between two units of work, in which those who wait for the database get it
LISTED = 50  # findings that are kept in words
ASK = "请维护人员运行 python -m bot jobs 查看"


def chores(database: Database, evidence: Path, folder: Path | None, keep: int) -> tuple[Job, ...]:
    """The nightly jobs of an installation. `folder`: where backups go, `keep` of them; without one none is made."""
    jobs = [
        Job("cleaning", "夜间清理", time(3), partial(clean, database, evidence), "夜间清理恢复正常了。"),
        Job(
            "self_check",
            "每周自检",
            time(4),
            partial(check, database, evidence),
            "每周自检没有再发现问题。",
            weekday=SUNDAY,
        ),
    ]
    if folder is not None:
        back_up_there = partial(back_up, database, evidence, folder, keep)
        jobs.insert(0, Job("backup", "夜间备份", time(2), back_up_there, "夜间备份恢复正常了。"))
    return tuple(jobs)


def back_up(
    database: Database, evidence: Path, folder: Path, keep: int, now: datetime, step: Step
) -> Outcome:
    """Write today's backup into a folder, and keep so many there, the newest."""
    target = folder / f"{PREFIX}{now.date()}{SUFFIX}"
    try:
        if not folder.is_dir():  # a disk that is not there: its folder must not grow on another one
            raise Refused(f"没有备份文件夹 {folder}")
        for left in folder.glob(f"{PREFIX}{DAYS}{SUFFIX}.*.partial"):  # of a process that was killed
            left.unlink(missing_ok=True)
        done = backups.backup(database, evidence, target, lambda *_: step())
    except (OSError, Refused) as wrong:
        if isinstance(wrong, OSError):
            wrong.filename = str(folder)  # the same words every night, whatever file it was
        why = reason(wrong).removesuffix("。")
        said = (
            f"夜间备份没有做成（{why}），机器坏了数据会丢。请维护人员检查备份文件夹，弄好后当晚会自动再做。"
        )
        return Outcome(f"没有做成：{why}", failed=True, said={0: said})
    with database.write() as session:
        heartbeat.beat(session, "backup", now)
    for old in sorted(folder.glob(f"{PREFIX}{DAYS}{SUFFIX}"))[:-keep]:
        old.unlink(missing_ok=True)
    lost = f"；{len(done.missing)} 份依据材料的文件已经丢失，不在其中" if done.missing else ""
    return Outcome(f"已备份 {done.rows} 条记录到 {target}{lost}")


def clean(database: Database, evidence: Path, now: datetime, step: Step) -> Outcome:
    """Delete codes that ended a year ago unused, lines of web chats older than a login, files that no row names."""
    codes = _in_turns(database, partial(cleaning.forget_codes, before=now - CODES_KEPT, limit=AT_ONCE), step)
    lines = _in_turns(database, partial(cleaning.forget_lines, before=now - WEB_LOGIN, limit=AT_ONCE), step)

    def named() -> frozenset[str]:
        with database.read() as session:
            return cleaning.named_files(session)

    with database.read() as session:
        forgotten = forgetting.lately(session, since=now - FORGOTTEN_SHREDDED)
    if forgotten:  # what could not be written anew at once, as somebody was still reading
        step()
        database.shred()
    files = Evidence(evidence).sweep(named, before=now - FILES_KEPT, step=step)
    return Outcome(f"清理了 {codes} 个过期的码、{lines} 行旧聊天记录、{files} 个没有用到的文件")


def _in_turns(database: Database, forget: Callable[[Session], int], step: Step) -> int:
    """Delete a number of rows at a time until there are none; how many were."""
    found, total = AT_ONCE, 0
    while found == AT_ONCE:
        step()
        with database.write() as session:
            found = forget(session)
        total += found
        sleep(BREATH)
    return total


def check(database: Database, evidence: Path, now: datetime, step: Step) -> Outcome:
    """Whether what is stored agrees with itself; each committee's administrators hear what concerns it."""
    counted: Counter[int] = Counter()
    first: dict[int, str] = {}
    lines: list[str] = []
    for one in self_check.findings(database, Evidence(evidence), step):
        counted[one.committee_id] += 1
        first.setdefault(one.committee_id, one.words[:90])
        if len(lines) < LISTED:
            lines.append(one.words)
    if not counted:
        return Outcome("没有发现问题")
    said = {}
    for committee, words in first.items():
        number = sum(counted[whose] for whose in {0, committee})
        more = f"等 {number} 处" if number > 1 else ""
        said[committee] = f"每周自检发现数据对不上：{words}{more}。{ASK}，再从备份里核对。"
    total = counted.total()
    if total > LISTED:
        lines.append(f"……一共 {total} 处")
    return Outcome("\n".join([f"发现 {total} 处对不上：", *lines]), failed=True, said=said)
