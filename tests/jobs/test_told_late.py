"""What is set in the middle of a week, or given then, is told of before it falls due; nothing is late before."""

from datetime import date
from pathlib import Path

import pytest

from bot.actions import Arrange, DutyCard
from bot.permissions import Me, Role
from bot.store.arrangements import choose_duty, enter_days
from jobs.duties.catalogue import read_duties
from tests.jobs.running import DAY, Running

pytestmark = pytest.mark.slow

REPORTS = read_duties("jinsong_2017")["reports"]
GROUP = read_duties("jinsong_2017")["group_meeting"]


def november(folder: Path) -> Running:
    """From Friday 30 October 2026 on; on Tuesday 10 November at ten."""
    running = Running(folder, date(2026, 10, 30))
    running.join("secretary")
    running.until(date(2026, 11, 10), 10)
    return running


def typed(running: Running, duty: int, *what: str) -> None:
    admin = running.join("admin", Role.ADMINISTRATOR)
    admin.press(DutyCard(running.committee, 0, duty))
    for one in what:
        if one == "启用":
            admin.tap(one)
        else:
            admin.say(one)


def test_a_day_that_is_moved_before_the_next_digest_is_said_on_the_next_working_day(tmp_path: Path) -> None:
    running = november(tmp_path)
    typed(running, REPORTS.number, "每月第2个周四")
    running.until(date(2026, 11, 16))
    assert running.owed("reports", "2026-11").due == date(2026, 11, 12)
    said = running.of("secretary", "11月信息上报")
    assert said["11-11"].startswith("🟠 11月12日，还有 1 天") or "11月12日，还有 1 天" in said["11-11"]
    assert "已超期" in said["11-16"]


def test_a_duty_that_is_switched_on_is_said_on_the_next_working_day(tmp_path: Path) -> None:
    running = november(tmp_path)
    typed(running, GROUP.number, "启用", "每月12日")
    running.until(date(2026, 11, 16))
    assert list(running.of("secretary", "11月党小组会")) == ["11-11", "11-16"]


def test_a_day_that_is_moved_into_the_past_is_late_from_the_day_on_which_it_was_said(tmp_path: Path) -> None:
    running = november(tmp_path)
    typed(running, REPORTS.number, "每月5日")
    running.until(date(2026, 11, 16))
    owed = running.owed("reports", "2026-11")
    assert (owed.due, owed.by) == (date(2026, 11, 5), date(2026, 11, 11))
    said = running.of("secretary", "11月信息上报")
    assert "11月11日前请完成" in said["11-11"]
    assert "已超期 5 天" in said["11-16"], "from the day on which it was said"


def test_days_off_that_are_entered_move_a_day_and_it_is_said(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2026, 12, 20))
    running.join("secretary")
    running.until(date(2026, 12, 22), 10)
    before = running.owed("reports", "2026-12").due
    assert before == date(2026, 12, 25)
    with running.world.database.write() as session:
        off = {date(2026, 12, 24) + n * DAY: False for n in range(5)}
        enter_days(session, me=Me(1, "a", running.clock()), committee_id=running.committee, days=off)
    running.until(date(2027, 1, 4))
    assert running.owed("reports", "2026-12").due == date(2026, 12, 23)
    assert "12月23日，今天截止" in running.of("secretary", "12月信息上报")["12-23"]


def test_self_evaluation_that_is_made_to_close_sooner_is_said(tmp_path: Path) -> None:
    running = Running(tmp_path, date(2026, 12, 27))
    running.join("secretary")
    running.until(date(2026, 12, 29), 10)
    admin = running.join("admin", Role.ADMINISTRATOR)
    admin.press(Arrange(running.committee)).tap("学期").tap("第一学期").say("自评 12月21日至12月31日")
    running.until(date(2027, 1, 4))
    sheet = running.owed("self_sheet")
    assert sheet.due == date(2026, 12, 30), "never on 31 December"
    assert sheet.by == date(2026, 12, 30)
    assert "12-30" in running.of("secretary", "学期自评")


def test_what_was_named_with_its_day_is_not_said_again(tmp_path: Path) -> None:
    running = november(tmp_path)
    with running.world.database.write() as session:  # off and on again: the same day, within the week
        for active in (False, True):
            choose_duty(
                session,
                me=Me(1, "a", running.clock()),
                committee_id=running.committee,
                body=0,
                duty="study",
                active=active,
            )
    running.until(date(2026, 11, 16))
    assert list(running.of("secretary", "11月党员集中学习")) == ["11-09", "11-16"]


def test_a_given_task_is_said_once_more_before_its_day_unless_a_digest_named_it(tmp_path: Path) -> None:
    running = november(tmp_path)
    admin = running.join("admin", Role.ADMINISTRATOR)
    for text in ("11月11日前交甲", "11月13日前交乙", "11月16日前交丙", "11月19日前交丁"):
        admin.say("首页").tap("交办任务").say(text)
        admin.tap("确认交办")
    given = len(running.work.wire.arrived)
    running.until(date(2026, 11, 11), 0)
    del running.work.wire.arrived[: given + 4]  # each was told of when it was given
    running.until(date(2026, 11, 20))
    assert list(running.of("secretary", "交办：交甲")) == ["11-16"], "the day before, it was given"
    assert next(iter(running.of("secretary", "交办：交乙"))) == "11-12"
    assert list(running.of("secretary", "交办：交丙"))[:2] == ["11-13", "11-16"]
    assert list(running.of("secretary", "交办：交丁")) == ["11-16"]
