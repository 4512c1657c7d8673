"""A number that is told with the name of what it is of, wherever it is typed."""

import pytest

from bot.actions import Home, LineDraft, Task, Which, wire
from bot.store import duties
from tests.conversation.test_todo import ledger, on, owing
from tests.phone import Phone, World

WHO = "secretary of 新源里"


def answer(world: World, duty: str, period: str = "") -> str:
    """What is recorded as the answer of 新源里 to a duty (of a month)."""
    with world.database.read() as session:
        found = duties.of_branch(session, branch_id=world.branches[3].id, term_id=world.terms[0].id)
    return next(o.answer for o in found if o.duty == duty and period in ("", o.period))


@pytest.mark.parametrize(
    "text", ["11月党日 17/18", "11月份主题党日 应到18实到17", "党日11月17/18", "１１月党日活动17／18"]
)
def test_a_number_with_the_name_of_a_duty_answers_it(world: World, text: str) -> None:
    world.phone(WHO).say("首页").say(text)
    assert answer(world, "party_day", "2026-11").startswith("出勤 17/18")
    assert not answer(world, "party_day", "2026-12")


def test_where_several_are_open_it_is_asked_which(desk: World) -> None:
    phone = desk.phone(WHO).say("首页").say("党日 17/18")
    assert isinstance(phone.screen.here, Which)
    assert {"10月主题党日", "11月主题党日", "12月主题党日"} <= set(phone.labels)
    phone.tap("11月主题党日")
    assert answer(desk, "party_day", "2026-11").startswith("出勤 17/18")


def test_a_number_of_the_ledger_is_kept_by_its_name(world: World) -> None:
    world.phone(WHO).say("首页").say("满意度 17/18")
    assert str(ledger(world)["satisfaction", ""].count) == "17"


def test_a_name_wins_over_the_task_that_stands(desk: World) -> None:
    """17/18 under 党员集中学习 that begins with another duty's name is asked about."""
    phone = on(desk, "study").say("11月党日 17/18")
    assert isinstance(phone.screen.here, Which)
    assert not answer(desk, "study")
    phone.tap("11月主题党日")
    assert answer(desk, "party_day", "2026-11").startswith("出勤 17/18")
    assert not answer(desk, "study")


def test_a_theme_may_name_another_duty(desk: World) -> None:
    phone = on(desk, "party_day").say("17/18 观看党课")
    assert not isinstance(phone.screen.here, Which)
    assert "观看党课" in answer(desk, "party_day", owing(desk, "party_day").period)


def test_the_name_of_the_task_itself_is_no_theme(desk: World) -> None:
    task = owing(desk, "party_day")
    phone = on(desk, "party_day").say(f"{int(task.period[5:])}月党日 17/18")
    assert phone.screen.here == Task(task.id)
    assert "主题" not in answer(desk, "party_day", task.period)


@pytest.mark.parametrize("text", ["第5项优秀", "第五项改成合格", "5优"])
def test_a_mark_that_is_told_is_shown_before_it_is_saved(desk: World, text: str) -> None:
    phone = desk.phone(WHO).say("首页").say(text)
    assert isinstance(phone.screen.here, LineDraft)
    sheet = desk.sheet(3)
    assert sheet is None or 5 not in sheet.sheet.marks


def test_a_button_of_the_screen_comes_before_a_word_of_ones_own(desk: World) -> None:
    """结果 on another branch's screen is that branch's."""
    phone = desk.phone("member").say("双龙").tap("差多少").say("看结果")
    assert phone.screen.title == "结果 · 双龙校区党支部"


def test_a_kind_word_on_a_screen_leaves_it(desk: World) -> None:
    phone = on(desk, "study")
    here = wire(phone.screen.here)
    assert phone.say("谢谢").toast.startswith("不客气")
    assert wire(phone.screen.here) == here


def test_an_unclear_text_is_offered_what_is_nearest(desk: World) -> None:
    phone = desk.phone("member").say("首页").say("排明")
    assert "没看懂" in phone.toast
    assert phone.labels[0] == "排名"
    assert phone.screen.here == Home()
    assert "没看懂" in desk.phone("member").say("首页").say("阿嚏").toast


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("第二支部多少分", ["劲松校区党支部"]),
        ("校区", ["常营主校区党支部", "劲松校区党支部", "双龙校区党支部", "新源里校区党支部"]),
    ],
)
def test_a_branch_by_its_place_is_offered(desk: World, text: str, titles: list[str]) -> None:
    phone: Phone = desk.phone("member").say("首页").say(text)
    assert phone.labels[:-1] == titles
    assert phone.tap(titles[0]).screen.title == f"结果 · {titles[0]}"


@pytest.mark.parametrize(
    "text",
    [
        "12月党课 12/18",
        "9月党课 12/18",
        "10月读书心得 17/18",
        "双龙11月党日 17/18",
        "双龙读书心得 18/18",
        "上学期11月党日 17/18",
        "去年11月党日 17/18",
        "明天交读书心得 18/18",
        "计划读书心得 18/18",
        "党费 5",
        "党费 2026",
        "获奖登记 2026",
        "12月信息上报 25",
        "12月党课 12/18 没有开",
    ],
)
def test_what_may_be_of_another_month_branch_time_or_kind_is_not_written(desk: World, text: str) -> None:
    before = ledger(desk)
    phone = desk.phone(WHO).say("首页").say(text)
    assert ledger(desk) == before
    assert not answer(desk, "lecture")
    assert not answer(desk, "notes")
    assert not answer(desk, "party_day")
    assert phone.screen.here != Home() or phone.toast


def test_ones_own_branch_may_be_named_beside_it(desk: World) -> None:
    desk.phone(WHO).say("首页").say("新源里11月党日 17/18")
    assert answer(desk, "party_day", "2026-11") == "出勤 17/18，94.4 % · 志愿服务 否"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("第6项合格 第7项优秀", {6: "合格", 7: "优秀"}),
        ("第6、7、8项优秀", {6: "优秀", 7: "优秀", 8: "优秀"}),
        ("第5项改成不合格", {5: "不合格"}),
        ("第6项不是优秀", {}),
        ("第13项优秀还是合格", {}),
        ("第6项别给优秀", {}),
        ("第13项不合格吗", {}),
    ],
)
def test_grades_in_a_sentence_go_to_their_items_and_a_question_gives_none(
    desk: World, text: str, said: dict[int, str]
) -> None:
    phone = desk.phone(WHO).say("首页").say(text)
    assert isinstance(phone.screen.here, LineDraft) == bool(said)
    if said:
        phone.tap("保存")
        sheet = desk.sheet(3)
        assert sheet is not None
        assert {number: mark.grade.word for number, mark in sheet.sheet.marks.items()} == said


@pytest.mark.parametrize("text", ["周一提醒", "明天提醒我", "1月5日提醒我", "三天后提醒", "周五别提醒"])
def test_a_day_to_be_reminded_on_is_no_silence(desk: World, text: str) -> None:
    phone = desk.phone(WHO).say("首页").tap("提醒设置").say(text)
    assert "静音" in phone.toast
    assert "不提醒您" not in phone.toast
