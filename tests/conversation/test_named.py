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
