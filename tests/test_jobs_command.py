"""`python -m bot jobs` and what `check` says of backups: real processes, in a folder of their own."""

from contextlib import closing
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from bot.setup import EXAMPLE
from bot.store import job_runs
from bot.store.job_runs import Run
from tests.conftest import ZONE
from tests.nursery import Nursery
from tests.test_command_line import Terminal


@pytest.fixture
def terminal(tmp_path: Path, nursery: Nursery) -> Terminal:
    """A committee whose backups go into a folder."""
    terminal = Terminal(tmp_path, nursery)
    (tmp_path / "backups").mkdir()
    terminal.environment["BACKUP_DIR"] = "backups"
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    return terminal


@pytest.mark.slow
def test_jobs_lists_each_with_its_next_and_its_last_run(terminal: Terminal) -> None:
    listed = terminal.bot("jobs").went_well().out
    for name in (
        "tick（安排和提醒）",
        "backup（夜间备份）",
        "cleaning（夜间清理）",
        "self_check（每周自检）",
    ):
        assert name in listed
    assert listed.count("还没有做过") == listed.count("运行后几分钟内") == 3
    now = datetime.now(ZONE)
    day = now.date() if now.time() >= time(2) else now.date() - timedelta(days=1)
    with closing(terminal.database()) as database, database.write() as session:
        job_runs.note(session, "backup", Run(day, now, False, "已备份 7 条记录"))
        job_runs.note(session, "self_check", Run(day, now, True, "发现 1 处对不上：\n一份材料"))
    listed = terminal.bot("jobs").went_well().out
    assert f"{day + timedelta(days=1)} 02:00\n  上次：{now:%Y-%m-%d %H:%M} ✓ 已备份 7 条记录\n" in listed
    assert f"04:00\n  上次：{now:%Y-%m-%d %H:%M} ✗ 发现 1 处对不上：\n    一份材料\n" in listed
    without = terminal.bot("jobs", BACKUP_DIR="").went_well().out
    assert "backup" not in without.partition("–")[0]
    assert "没有设置 BACKUP_DIR，夜里不自动备份" in without


@pytest.mark.slow
def test_check_tries_the_folder_of_backups(terminal: Terminal) -> None:
    good = terminal.bot("check").went_well().out
    assert f"✓ 备份文件夹：{terminal.folder / 'backups'}，留最新 14 份" in good
    terminal.bot("check", BACKUP_DIR="gone").refused("gone：没有这个文件夹或文件")
    terminal.bot("check", BACKUP_DIR="data/backups").refused("BACKUP_DIR 不能在数据文件夹 DATA_DIR 里")
    terminal.bot("check", BACKUP_KEEP="0").refused("BACKUP_KEEP：应是 1 到 65535 的整数")
