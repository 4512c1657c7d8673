"""What is done at night: backups that are kept and restored, a disk that fails, and what is cleaned away."""

import errno
import json
import os
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from prometheus_client import REGISTRY

from bot.actions import Upload
from bot.health import Health, failed_job, old_backup
from bot.message import plain
from bot.permissions import Rater, Role
from bot.store import backup as backups
from bot.store import heartbeat, job_runs, sayings
from bot.store.database import Database
from bot.store.tables import ENTRY, EVIDENCE, INVITATION, NOTICE, WEB_LINE
from bot.store.weblog import WebLog
from jobs.chores import CODES_KEPT, FILES_KEPT, back_up, check, chores, clean
from jobs.nightly import Nightly, Outcome
from tests.conftest import NOW, Clock
from tests.phone import PNG, Phone, World, code_for, picture
from tests.wire import Clockwork

KEEP = 3
HERE = ("backup", "cleaning", "self_check")


def nothing() -> None:
    """Go on."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups go."""
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


def attach(world: World, data: bytes) -> Path:
    """A file of a branch; where it lies."""
    me, branch, term = world.me("secretary"), world.branches[0], world.terms[0]
    with world.database.write() as session:
        upload = Upload("照片.png", "", data)
        world.evidence.attach(
            session, me=me, branch=branch, term=term, rater=Rater.SELF, item=1, upload=upload
        )
        digest = session.execute(
            sa.select(EVIDENCE.c.sha256).order_by(EVIDENCE.c.id.desc()).limit(1)
        ).scalar_one()
    return world.evidence.path(digest)


def night(world: World, folder: Path | None, clock: Clock) -> None:
    """The next night comes, and each job is asked for."""
    clock.now = datetime.combine(clock.now.date() + timedelta(days=1), time(4, 30), clock.now.tzinfo)
    nightly = Nightly(world.database, clock, chores(world.database, world.evidence.folder, folder, KEEP))
    with structlog.testing.capture_logs():
        for job in nightly.jobs:
            nightly.ask(job)


def went(world: World, name: str) -> job_runs.Run:
    """How a job went."""
    with world.database.read() as session:
        run = job_runs.last(session, name)
    assert run is not None
    return run


# --- backups ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_each_night_a_backup_is_made_and_the_newest_are_kept(
    world: World, folder: Path, clock: Clock
) -> None:
    for other in ("mine.zip", "starbot-before-upgrade.zip"):
        (folder / other).write_bytes(b"")
    for _ in range(5):
        night(world, folder, clock)
    names = sorted(path.name for path in folder.iterdir())
    days = ["starbot-2026-12-31.zip", "starbot-2027-01-01.zip", "starbot-2027-01-02.zip"]
    assert names == ["mine.zip", *days, "starbot-before-upgrade.zip"]
    assert not went(world, "backup").failed
    with world.database.read() as session:
        assert heartbeat.last(session, "backup") == clock.now


@pytest.mark.slow
def test_a_nightly_backup_can_be_restored(desk: World, folder: Path, clock: Clock) -> None:
    path = attach(desk, PNG)
    night(desk, folder, clock)
    (made,) = folder.iterdir()
    with closing(Database(f"sqlite:///{folder}/restored.db")) as restored:
        account = backups.restore(restored, folder / "evidence", made, lambda done, of: None)
        assert account.missing == ()
        assert (folder / "evidence" / path.parent.name / path.name).read_bytes() == PNG
        assert check(restored, folder / "evidence", clock(), nothing) == Outcome("没有发现问题")


def test_what_a_killed_process_left_of_a_backup_goes(desk: World, folder: Path, clock: Clock) -> None:
    (folder / "starbot-2026-12-27.zip.abc.partial").write_bytes(b"half")
    (folder / "another.zip.abc.partial").write_bytes(b"half")
    night(desk, folder, clock)
    assert sorted(path.name for path in folder.iterdir()) == [
        "another.zip.abc.partial",
        "starbot-2026-12-29.zip",
    ]


@pytest.mark.slow
def test_a_disk_that_fails_is_told_once_and_when_it_is_well_again(
    world: World, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    clockwork = Clockwork(world, clock)
    told = []
    for how in ("well", "full", "full", "full"):
        with monkeypatch.context() as disk:
            if how == "full":
                disk.setattr(os, "fsync", full)
            night(world, folder, clock)
        clock.now = clock.now.replace(hour=10)
        clockwork.tick()
        said = [plain(message) for message in clockwork.wire.at("demo-0")]
        told.append(sum("夜间备份没有做成" in text and "磁盘已满" in text for text in said))
        if how == "full":
            assert [path.name for path in folder.iterdir()] == ["starbot-2026-12-29.zip"], "no half of one"
            assert went(world, "backup").failed
    assert told == [0, 1, 1, 1]
    night(world, folder, clock)
    night(world, folder, clock)
    with world.database.read() as session:
        asked = sa.select(NOTICE.c.said).where(NOTICE.c.key.startswith("x:backup:")).order_by(NOTICE.c.id)
        sentences = session.execute(asked).scalars().all()
    assert [sentence[:8] for sentence in sentences] == ["夜间备份没有做成", "夜间备份恢复正常"]


@pytest.mark.parametrize("how", ["none", "file", "link"])
def test_a_folder_that_is_none_is_said_and_never_made(desk: World, folder: Path, how: str) -> None:
    there = folder / "disk"
    if how == "file":
        there.write_text("a file")
    elif how == "link":
        there.symlink_to(folder / "nowhere")
    found = back_up(desk.database, desk.evidence.folder, there, KEEP, NOW, nothing)
    assert found.failed
    assert "没有备份文件夹" in found.said[0]
    assert not there.is_dir()


@pytest.mark.slow
def test_a_failure_is_a_metric_and_a_line_for_whoever_runs_it_and_tells_nobody_twice(
    desk: World, folder: Path, clock: Clock
) -> None:
    checks = {
        "backup": lambda: old_backup(desk.database, clock),
        "backup_job": lambda: failed_job(desk.database, "backup"),
    }
    health = Health(desk.database, clock, checks)

    def look() -> list[str]:
        with structlog.testing.capture_logs():
            health.look()
        return health.ailing()

    night(desk, folder, clock)
    assert look() == []
    made = REGISTRY.get_sample_value("backup_timestamp_seconds")
    assert made == clock.now.timestamp()
    night(desk, folder / "gone", clock)
    assert look() == ["backup failed on 2026-12-30"]
    assert REGISTRY.get_sample_value("ailing", {"kind": "backup_job"}) == 1
    assert REGISTRY.get_sample_value("backup_timestamp_seconds") == made
    assert health.unfit() in ([], ["the clock stands still"]), "no other process would do better"
    with desk.database.read() as session:
        keys = session.execute(sa.select(NOTICE.c.key).where(NOTICE.c.key.startswith("x:"))).scalars().all()
    assert len(keys) == 1
    night(desk, folder, clock)
    assert look() == []
    assert REGISTRY.get_sample_value("ailing", {"kind": "backup_job"}) == 0


# --- the self-check -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_the_self_check_finds_is_one_message_until_it_changes(world: World, clock: Clock) -> None:
    paths = [attach(world, picture(number)) for number in (1, 2)]
    spoilt = [path.read_bytes() for path in paths]

    def told() -> list[str]:
        for _ in range(7):
            night(world, None, clock)
        with world.database.read() as session:
            asked = (
                sa.select(NOTICE.c.said).where(NOTICE.c.key.startswith("x:self_check:")).order_by(NOTICE.c.id)
            )
            return list(session.execute(asked).scalars())

    assert told() == []
    paths[0].write_bytes(b"other")
    (first,) = told()
    assert "常营主校区党支部第 1 项的材料「照片.png」的文件被改动过" in first
    assert "python -m bot jobs" in first
    assert told() == [first]
    paths[1].write_bytes(b"other")
    assert "等 2 处" in told()[1]
    for path, data in zip(paths, spoilt, strict=True):
        path.write_bytes(data)
    assert told()[2:] == ["每周自检没有再发现问题。"]
    assert went(world, "self_check").result == "没有发现问题"


# --- cleaning -----------------------------------------------------------------------------------------------------


def test_codes_go_a_year_after_their_end_but_not_those_that_somebody_used(world: World, clock: Clock) -> None:
    used = code_for(world, Role.MEMBER)
    Phone(world.conversation, "new").say(used)
    forgotten = code_for(world, Role.SECRETARY, world.branches[0].id)
    newest = code_for(world, Role.OFFICER, world.branches[1].id)

    def codes() -> set[str]:
        clean(world.database, world.evidence.folder, clock(), nothing)
        with world.database.read() as session:
            return set(session.execute(sa.select(INVITATION.c.code)).scalars())

    before = codes()
    assert {used, forgotten, newest} <= before
    clock.now += CODES_KEPT
    assert codes() == before, "they could be used for a fortnight"
    clock.forward(days=15)
    left = codes()
    assert left & {used, forgotten, newest} == {used, newest}, (
        "SQLite would give the number of the newest again"
    )
    with world.database.read() as session:
        entered = set(session.execute(sa.select(ENTRY.c.invitation_id)).scalars())
        kept = set(session.execute(sa.select(INVITATION.c.id)).scalars())
    assert entered <= kept


def test_lines_of_a_web_chat_go_when_a_login_would_be_over(world: World, clock: Clock) -> None:
    weblog = WebLog(world.database)
    for title in ("旧的", "新的"):
        weblog.append("demo-3", True, title, (), clock())
        clock.forward(days=100)
    clean(world.database, world.evidence.folder, clock(), nothing)
    assert [line.title for line in weblog.recent("demo-3")] == ["新的"]


def test_many_rows_go_a_number_at_a_time(desk: World, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"external": "a", "at": NOW, "mine": True, "body": json.dumps(["x"])} for _ in range(1201)]
    with desk.database.write() as session:
        session.execute(sa.insert(WEB_LINE), rows)
    steps: list[bool] = []
    outcome = clean(
        desk.database, desk.evidence.folder, NOW + timedelta(days=200), lambda: steps.append(True)
    )
    assert "1201 行旧聊天记录" in outcome.result
    assert len(steps) >= 4


def aged(path: Path, now: datetime = NOW) -> Path:
    """A file that has lain there for long."""
    path.parent.mkdir(parents=True, exist_ok=True)
    long_ago = (now - 2 * FILES_KEPT).timestamp()
    os.utime(path, (long_ago, long_ago))
    return path


def orphan(world: World, data: bytes = b"nobody's") -> Path:
    """A file that no row names."""
    path = world.evidence.keep(data)
    assert path is not None
    return aged(path)


def test_files_that_no_row_names_go_when_they_are_old(desk: World) -> None:
    named = aged(attach(desk, PNG))
    removed = aged(attach(desk, picture(1)))
    with desk.database.write() as session:
        session.execute(sa.update(EVIDENCE).where(EVIDENCE.c.sha256 == removed.name).values(removed_at=NOW))
    waiting = orphan(desk, picture(2))  # until it is said where it belongs
    with desk.database.write() as session:
        files = [("照片.png", "image/png", waiting.name)]
        sayings.add(
            session, me=desk.me("secretary"), text="", places=[("h", "首页")], heard=False, files=files
        )
    fresh, old = desk.evidence.keep(b"just sent"), orphan(desk)
    assert fresh is not None
    os.utime(fresh, (NOW.timestamp(), NOW.timestamp()))
    half = named.with_name(".abc")
    half.write_bytes(b"half an upload")
    aged(half)
    outcome = clean(desk.database, desk.evidence.folder, NOW, nothing)
    assert "2 个没有用到的文件" in outcome.result
    assert not old.exists()
    assert not half.exists()
    assert all(path.exists() for path in (named, removed, waiting, fresh))


@pytest.mark.parametrize("moment", ["before it is put aside", "after"])
def test_a_file_that_is_sent_again_at_that_moment_stays(
    desk: World, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    data = picture(7)
    path, replace, now = orphan(desk, data), os.replace, datetime.now(UTC)  # as the disk has it
    aged(path, now)

    def racing(source: Path | str, target: Path | str) -> None:
        if Path(source) != path or "sent" in sent:
            replace(source, target)
            return
        sent.append("sent")
        if moment != "after":
            attach(desk, data)
        replace(source, target)
        if moment == "after":
            attach(desk, data)

    sent: list[str] = []
    monkeypatch.setattr(os, "replace", racing)
    clean(desk.database, desk.evidence.folder, now, nothing)
    assert sent == ["sent"]
    assert path.read_bytes() == data
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert check(desk.database, desk.evidence.folder, NOW, nothing).result == "没有发现问题"


def test_what_was_put_aside_when_the_process_died_comes_back_if_it_is_named(desk: World) -> None:
    path = attach(desk, PNG)
    aside = aged(path).rename(path.with_name(f".{path.name}.aside"))
    clean(desk.database, desk.evidence.folder, NOW, nothing)
    assert path.read_bytes() == PNG
    assert not aside.exists()
