"""交办任务: the day, the weekday and the hour that a committee member types, as they are shown, kept and told."""

from datetime import date, datetime

import pytest

from bot.actions import Assign, ShowAssignment, Task
from bot.store import assignments
from bot.values import Assignment
from tests.conftest import ZONE, Clock
from tests.conversation.test_assigning import OWN, draft, give, tasks
from tests.conversation.test_bad_input import kept
from tests.phone import Phone, World


@pytest.fixture(autouse=True)
def december(clock: Clock) -> None:
    """It is Thursday 3 December 2026."""
    clock.now = datetime(2026, 12, 3, 10, 0, tzinfo=ZONE)


def stored(world: World, phone: Phone) -> Assignment:
    assert isinstance(phone.screen.here, ShowAssignment)
    with world.database.read() as session:
        return assignments.one(session, phone.screen.here.assignment)


@pytest.mark.parametrize(
    ("text", "day", "hour", "task", "shown"),
    [
        ("1.18日前交表", date(2027, 1, 18), "", "交表", "2027年1月18日（周一，工作日）"),
        ("1. 交表 12月18日", date(2026, 12, 18), "", "交表", "12月18日（周五，工作日）"),
        ("12月15日至20日完成走访", date(2026, 12, 20), "", "完成走访", "12月20日（周日，休息日）"),
        (
            "请各支部于12月20日（星期日）17:00前报送工会活动小结",
            date(2026, 12, 20),
            "17:00",
            "请各支部报送工会活动小结",
            "12月20日（周日，休息日）17:00",
        ),
        ("交第3.2节材料 12月18日", date(2026, 12, 18), "", "交第3.2节材料", "12月18日（周五，工作日）"),
        ("两周内交表", date(2026, 12, 17), "", "交表", "12月17日（周四，工作日）"),
        ("10天之内交表", date(2026, 12, 13), "", "交表", "12月13日（周日，休息日）"),
        ("元月18日交表", date(2027, 1, 18), "", "交表", "2027年1月18日（周一，工作日）"),
        ("20261218 交表", date(2026, 12, 18), "", "交表", "12月18日（周五，工作日）"),
        ("12月18日下班前交表", date(2026, 12, 18), "下班前", "交表", "12月18日（周五，工作日）下班前"),
    ],
)
def test_what_was_understood_is_shown_and_kept(
    world: World, text: str, day: date, hour: str, task: str, shown: str
) -> None:
    phone = draft(world, text)
    assert ("任务", task) in phone.screen.lines
    assert ("截止", shown) in phone.screen.lines
    plan = stored(world, phone)
    assert (plan.due, plan.hour, plan.title) == (day, hour, task)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("12月20日（周一）前交表", "2026年12月20日是周日，不是周一，请核对日期。"),
        (
            "12月18日前报名，12月20日前交表",
            "有 2 个日期（12月18日、12月20日），请只写一个，其他的请分开交办。",
        ),
        ("12月20日起交表", "「12月20日起」没有说到哪一天截止，请写明，例如 12月20日前。"),
        (
            "每月20日交表",
            "「每月20日」是经常性的工作，请管理员在「工作安排」里设置；交办任务请写一个日期。",
        ),
        ("12月中旬交表", "「12月中旬」不能确定是哪一天，请写明几月几日，例如 12月20日前。"),
    ],
)
def test_a_doubtful_day_is_refused_and_nothing_is_kept(world: World, text: str, sentence: str) -> None:
    before = kept(world)
    assert draft(world, text).toast == sentence
    assert kept(world) == before


def test_the_branches_see_the_hour_wherever_they_see_the_day(world: World) -> None:
    give(world, "请各支部于12月20日（星期日）17:00前报送工会活动小结")
    (task,) = tasks(world)
    assert (task.due, task.hour) == (date(2026, 12, 20), "17:00")
    phone = world.phone(OWN).press(Task(task.id))
    assert "12月20日 17:00，还有 17 天" in phone.text
    assert "12月20日（周日）17:00" in phone.tap("为什么").text
    assert "12月20日 17:00" in phone.tap("返回").tap("日历").text
    assert phone.screen.attachment is not None
    assert "截止：12月20日 17:00" in phone.screen.attachment.read().decode().replace("\r\n ", "")
    assert "12月20日 17:00" in phone.say("待办").text
    assert "12月20日（周日，休息日）17:00" in world.phone("member").press(Assign(1)).tap("1.").text


def test_the_hour_goes_when_the_draft_is_typed_again_without_one(world: World) -> None:
    phone = draft(world, "12月18日17:00前交表")
    assert stored(world, phone).hour == "17:00"
    assert isinstance(phone.screen.here, ShowAssignment)
    phone.press(phone.screen.here).say("12月18日前交表")
    assert stored(world, phone).hour == ""
    assert "17:00" not in phone.text


def test_on_time_counts_by_the_day_though_an_hour_is_named(world: World, clock: Clock) -> None:
    give(world, "12月18日17:00前交表")
    clock.now = datetime(2026, 12, 18, 23, 0, tzinfo=ZONE)
    world.phone(OWN).press(Task(tasks(world)[0].id)).tap("已完成")
    member = world.phone("member").press(Assign(1)).tap("1.")
    assert "按时完成：新源里校区党支部" in member.text


def test_silence_lasts_until_the_day_that_fits_its_weekday(desk: World) -> None:
    phone = desk.phone(OWN).say("首页").tap("提醒设置").say("到12月20日（周一）")
    assert phone.toast == "2026年12月20日是周日，不是周一，请核对日期。"
    assert phone.say("12月15日至20日（周日）").toast == "到12月20日为止不提醒您"
    assert "到 12月20日为止" in phone.text
