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
            "报送工会活动小结",
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
    desk: World, text: str, day: date, hour: str, task: str, shown: str
) -> None:
    phone = draft(desk, text)
    assert ("任务", task) in phone.screen.lines
    assert ("截止", shown) in phone.screen.lines
    plan = stored(desk, phone)
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
            "「每月20日」是经常性的工作，由管理员在「工作安排」里设置；交办任务请写一个日期。",
        ),
        ("12月中旬交表", "「12月中旬」不能确定是哪一天，请写明几月几日，例如 12月20日前。"),
    ],
)
def test_a_doubtful_day_is_refused_and_nothing_is_kept(desk: World, text: str, sentence: str) -> None:
    before = kept(desk)
    assert draft(desk, text).toast == sentence
    assert kept(desk) == before


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
    phone.say("待办").turn_to("🟢 交办：报送工会活动小结，12月20日 17:00")
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
    assert phone.say("到12月20日（周日）").toast == "到12月20日为止不提醒您"
    assert "到 12月20日为止" in phone.text


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("3天", "12月6日"),
        ("三天内", "12月6日"),
        ("一周", "12月10日"),
        ("静音一周", "12月10日"),
        ("一周不提醒", "12月10日"),
        ("请3天别提醒我", "12月6日"),
        ("两个星期", "12月17日"),
        ("半个月", "12月18日"),
        ("一个月", "1月3日"),
        ("10天吧", "12月13日"),
        ("到1月20日", "1月20日"),
        ("今天到1月20日", "1月20日"),
        ("12月3日至1月20日不提醒", "1月20日"),
        ("12月1日至12月20日", "12月20日"),
        ("周五前", "12月4日"),
    ],
)
def test_silence_for_a_while_or_until_a_day_begins_today(desk: World, text: str, until: str) -> None:
    phone = desk.phone(OWN).say("首页").tap("提醒设置").say(text)
    assert phone.toast == f"到{until}为止不提醒您"


@pytest.mark.parametrize(
    ("text", "starts", "ends"),
    [
        ("1月25日至2月2日不提醒", "1月25日", "2月2日"),
        ("12月15日至20日（周日）", "12月15日", "12月20日"),
        ("明天到周日", "12月4日", "12月6日"),
        ("下周一至下周五静音", "12月7日", "12月11日"),
        ("从12月10日起至12月20日", "12月10日", "12月20日"),
    ],
)
def test_silence_that_would_begin_later_is_refused(desk: World, text: str, starts: str, ends: str) -> None:
    phone = desk.phone(OWN).say("首页").tap("提醒设置")
    before = kept(desk)
    said = f"静音从今天开始，不能等到{starts}。请到{starts}再来设置，或写：到{ends}。"
    assert phone.say(text).toast == said
    assert kept(desk) == before


@pytest.mark.parametrize("text", ["恢复", "恢复提醒", "不静音", "取消静音", "不要静音了", "提醒我吧"])
def test_silence_is_ended_by_saying_so(desk: World, text: str) -> None:
    phone = desk.phone(OWN).say("首页").tap("提醒设置").say("三天内")
    assert phone.say(text).toast == "已恢复提醒"


@pytest.mark.parametrize("text", ["永远", "不静音到底", "恢复到周", "放假", "3"])
def test_what_names_no_end_of_silence_is_told_how(desk: World, text: str) -> None:
    toast = desk.phone(OWN).say("首页").tap("提醒设置").say(text).toast
    assert toast == "请写明静音到哪一天，例如：到1月20日。要恢复提醒，请写「恢复」。"


@pytest.mark.parametrize(
    "text",
    [
        "1月25日",
        "1月25日前",
        "改成1月25日",
        "改为1月25日前",
        "改到1.25前",
        "交到1月25日",
        "延到1月25日",
        "延期到1月25日",
        "延期至1月25日吧",
        "推迟到1月25日",
        "截止日期改为1月25日",
        "日期改成1月25日",
        "时间：1月25日",
        "请改成1月25日。",
        "截止1月25日",
        "不对，1月25日",
        "应该是1月25日",
        "还是1月25日前交吧",
        "1月25日截止",
        "2027年1月25日（周一）",
    ],
)
def test_a_day_alone_moves_the_draft_and_keeps_the_task(desk: World, text: str) -> None:
    phone = draft(desk, "12月18日17:00前交工会小结")
    assert phone.say(text).toast == "已改为新的日期"
    plan = stored(desk, phone)
    assert (plan.due, plan.hour, plan.title) == (date(2027, 1, 25), "17:00", "交工会小结")


@pytest.mark.parametrize(
    ("text", "day", "hour", "task"),
    [
        ("延到周五", date(2026, 12, 4), "17:00", "交工会小结"),
        ("提前到明天下班前", date(2026, 12, 4), "下班前", "交工会小结"),
        ("改成12月20日 8:30", date(2026, 12, 20), "8:30", "交工会小结"),
        ("月底", date(2026, 12, 31), "17:00", "交工会小结"),
        ("1月25日前报名单", date(2027, 1, 25), "", "报名单"),
        ("1月25日前改稿", date(2027, 1, 25), "", "改稿"),
    ],
)
def test_an_hour_or_a_task_beside_the_day_takes_the_place_of_the_old_one(
    desk: World, text: str, day: date, hour: str, task: str
) -> None:
    phone = draft(desk, "12月18日17:00前交工会小结").say(text)
    plan = stored(desk, phone)
    assert (plan.due, plan.hour, plan.title) == (day, hour, task)


@pytest.mark.parametrize("text", ["改成1月25日", "1月25日", "延到周五", "交到1月25日"])
def test_a_day_alone_is_no_task(desk: World, text: str) -> None:
    before = kept(desk)
    assert draft(desk, text).toast == "请写明要做什么，例如：12月20日前交工会活动小结。"
    assert kept(desk) == before
