"""A remark is never a score: what is typed on a card gives points only where nothing else can be meant."""

import os
from decimal import Decimal

import pytest

from bot.actions import Card, Note, OtherPoints
from scoring.rubric import Grade
from scoring.sheet import Mark
from tests.conversation.test_filling import marks, on
from tests.phone import Phone, World
from tests.scoring.remarks import LINES, clear_points, remarks

SECRETARY = "secretary of 新源里"
ASKED = "这句话怎么记？"


def sheet_of(phone: Phone) -> int:
    return int(getattr(phone.screen.here, "sheet", 0))


def attendance(world: World) -> str:
    """The ledger of attendance, as its secretary reads it."""
    return world.phone(SECRETARY).say("首页").say("台账").text


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("3人请假", "记 3 分"),
        ("4次会议都有记录", "记 4 分"),
        ("0次缺席", "记 0 分"),
        ("3月份缺一次", "记 3 分"),
        ("1号会议室开的会", "记 1 分"),
        ("3 人请假", "记 3 分"),
        ("1、会议有计划；2、有记录", None),
        ("会议有计划", None),
        ("四分", "记 4 分"),
        ("三点五分", "记 3.5 分"),
        ("给3分", "记 3 分"),
        ("扣0.5分，缺一次记录", "记 3.5 分"),
        ("优秀，有创新", "记 4 分"),
        ("合格，2人", None),
        ("5 缺记录", None),
        ("4 缺少党员大会记录", "记 4 分"),
        ("4分 缺一次记录", "记 4 分"),
        ("4分扣0.5分", "记 3.5 分"),
        ("3点5分", "记 3.5 分"),
        ("4 党员大会 优", None),
        ("6优，其他合格", None),
        ("3.55 缺记录", None),
    ],
)
def test_a_remark_on_a_card_is_asked_about(desk: World, text: str, offered: str | None) -> None:
    phone = on(desk, 6).say(text)
    assert phone.screen.title == f"第 6 项 · {ASKED}"
    assert text in phone.text
    assert [label for label in phone.labels if label.startswith("记")] == ([offered] if offered else [])
    assert marks(desk) == {}
    phone.tap("写进备注")
    assert phone.screen.title.startswith("第 6 项"), "one is where one was"
    file = desk.sheet(3)
    assert file is not None
    assert file.written[6].note == text
    assert marks(desk) == {}


def test_what_is_asked_about_can_be_kept_as_points_with_its_words_as_the_reason(world: World) -> None:
    phone = on(world, 6).say("3人请假")
    again = phone.screen.buttons[1].action
    phone.tap("记 3 分")
    assert marks(world) == {6: Mark(Grade.PASSED, Decimal(3), "3人请假")}
    assert "第 6 项 已存 合格 3 分（3人请假）" in phone.toast
    assert phone.screen.title.startswith("第 7 项")
    phone.press(Card(sheet_of(phone), 6)).tap("优秀")
    phone.press(again)
    assert "已经记过了" in phone.toast
    assert marks(world)[6].grade is Grade.EXCELLENT


def test_a_remark_is_put_behind_the_note_that_is_there(world: World) -> None:
    phone = on(world, 6).say("3人请假").tap("写进备注").say("4次会议都有记录").tap("写进备注")
    assert "3人请假\n4次会议都有记录" in phone.text


def test_a_question_can_be_answered_by_typing_anew_or_left(world: World) -> None:
    phone = on(world, 6).say("3人请假").say("3.5 缺一次记录")
    assert marks(world) == {6: Mark(Grade.PASSED, Decimal("3.5"), "缺一次记录")}
    phone.say("3人请假").tap("返回")
    assert phone.screen.title.startswith("第 7 项")
    phone.say("不清楚").attach("照片.png")
    assert "第 7 项 已收到材料" in phone.toast


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("3.5 缺一次记录", Mark(Grade.PASSED, Decimal("3.5"), "缺一次记录")),
        ("2，材料不全", Mark(Grade.PASSED, Decimal(2), "材料不全")),
        ("3.5 2人请假", Mark(Grade.PASSED, Decimal("3.5"), "2人请假")),
        ("3分 2人请假", Mark(Grade.PASSED, Decimal(3), "2人请假")),
        ("3分缺记录", Mark(Grade.PASSED, Decimal(3), "缺记录")),
        ("4", Mark(Grade.EXCELLENT, Decimal(4))),
        ("3.2分", Mark(Grade.PASSED, Decimal("3.2"))),
        ("优秀。", Mark(Grade.EXCELLENT, Decimal(4))),
        ("优秀👍", Mark(Grade.EXCELLENT, Decimal(4))),
        ("4分！", Mark(Grade.EXCELLENT, Decimal(4))),
        ("优秀4分", Mark(Grade.EXCELLENT, Decimal(4))),
        ("3.2（合格）", Mark(Grade.PASSED, Decimal("3.2"))),
        ("3.5 合格，缺一次记录", Mark(Grade.PASSED, Decimal("3.5"), "缺一次记录")),
        ("合格（缺一次记录）", Mark(Grade.PASSED, Decimal("3.2"), "缺一次记录")),
        ("3.5【缺一次记录】", Mark(Grade.PASSED, Decimal("3.5"), "缺一次记录")),
        ("0 没有开展", Mark(Grade.FAILED, Decimal(0), "没有开展")),
    ],
)
def test_what_is_plainly_points_is_saved_and_shown(desk: World, text: str, mark: Mark) -> None:
    phone = on(desk, 6).say(text)
    assert marks(desk) == {6: mark}
    assert "第 6 项 已存" in phone.toast


def test_three_points_without_a_reason_are_asked_for_one(world: World) -> None:
    phone = on(world, 6).say("3分")
    assert "为什么是这个分值" in phone.text
    assert marks(world) == {}


@pytest.mark.parametrize("card", [1, 6])
@pytest.mark.parametrize("text", LINES)
def test_what_is_nearly_a_line_is_shown_as_one_and_saved_on_confirmation(
    desk: World, card: int, text: str
) -> None:
    phone = on(desk, card).say(text)
    assert phone.screen.title == "请核对", phone.toast
    assert marks(desk) == {}
    if "其他分值" in phone.text:
        phone.say("材料不全")
    phone.tap("保存")
    assert {str(n): str(m.points) for n, m in marks(desk).items()} == LINES[text]


def test_a_line_that_was_a_remark_can_be_put_into_the_note(desk: World) -> None:
    phone = on(desk, 1).say("4 交办任务 优")
    assert "4 完成交办任务：未评 → 优秀 5 分（交办任务）" in phone.text
    phone.tap("写进第 1 项备注")
    assert "4 交办任务 优" in phone.text
    assert marks(desk) == {}


@pytest.mark.parametrize("text", ["12/18 到会", "1 7/18", "17.5/18", "17/18 志愿", "第17/18期", "17/18/19"])
def test_a_ratio_with_anything_beside_it_is_no_attendance(desk: World, text: str) -> None:
    before = attendance(desk)
    on(desk, 6).say(text)
    assert attendance(desk) == before
    assert marks(desk) == {}


@pytest.mark.parametrize("text", ["取消", "不", "不对", "保存", "四分", "改成3", "优秀吧", "16/18"])
def test_an_answer_or_a_score_is_no_reason(desk: World, text: str) -> None:
    phone = on(desk, 6).say("3.5").say(text)
    assert phone.screen.title == "第 6 项 · 3.5 分"
    assert "请写一句原因" in phone.toast
    assert "请写一句原因" in phone.press(Card(sheet_of(phone), 6)).say("7优 8 3.5").say(text).toast
    assert marks(desk) == {}


def test_two_numbers_for_one_fact_are_refused(desk: World) -> None:
    before = attendance(desk)
    phone = on(desk, 6).say("6:16/18 8:17/18")
    assert "两个不同的数" in phone.toast
    assert attendance(desk) == before


@pytest.mark.parametrize(
    ("text", "saved"), [("优", 4), ("3", None), ("7合", None), ("3人请假", "3人请假"), ("3 缺记录", "缺记录")]
)
def test_where_a_reason_is_asked_for_a_remark_is_the_reason_and_a_score_is_a_score(
    desk: World, text: str, saved: object
) -> None:
    phone = on(desk, 6).say("3.5").say(text)
    found = marks(desk).get(6)
    assert (found and (found.reason or found.points)) == saved
    assert phone.screen.title.startswith(
        "第 7 项" if saved else "请核对" if text == "7合" else "第 6 项 · 3 分"
    )


REMARKS = tuple(remarks())
CLEARLY = tuple(clear_points())


def test_a_title_of_another_item_than_the_number_is_asked_about(desk: World) -> None:
    phone = on(desk, 1).say("4 党员大会 优")
    assert "「党员大会」是第 6 项，不是第 4 项" in phone.text
    assert marks(desk) == {}


def test_the_tables_are_as_large_as_they_should_be() -> None:
    assert len(REMARKS) > 2000
    assert len(CLEARLY) + len(LINES) > 500


def try_remarks(world: World, texts: tuple[str, ...]) -> list[str]:
    """The remarks that changed a mark or a number unasked, wherever points or a text are waited for."""
    phone, wrong = on(world, 6), []
    sheet, before = sheet_of(phone), attendance(world)
    places = [Card(sheet, item) for item in (6, 9, 20)] + [OtherPoints(sheet, item) for item in (6, 9, 20)]
    for n, text in enumerate(texts):
        phone.press(places[n % len(places)]).say(text)
        if n % 3 == 0:
            phone.press(Card(sheet, 1)).say("8 2.5").say(text)
        if marks(world):
            wrong.append(text)
            phone.press(Card(sheet, 1)).tap("撤销")
    phone.press(Note(sheet, 6)).say(texts[0])
    file = world.sheet(3)
    assert file is not None
    assert file.written[6].note == texts[0].strip()
    if attendance(world) != before:
        wrong.append("a number in the ledger")
    return wrong


def test_a_sample_of_remarks_gives_no_points(desk: World) -> None:
    assert try_remarks(desk, REMARKS[::40]) == []


@pytest.mark.slow
def test_hundreds_of_remarks_give_no_points(desk: World) -> None:
    """With TRIALS=long, all two thousand."""
    assert try_remarks(desk, REMARKS if os.environ.get("TRIALS") == "long" else REMARKS[1::4]) == []


def try_clear(world: World, texts: tuple[tuple[str, Decimal, str], ...]) -> list[str]:
    """The texts that did not save exactly their points and their reason at once."""
    sheet, wrong = sheet_of(on(world, 6)), []
    phone = world.phone(SECRETARY)
    for n, (text, points, reason) in enumerate(texts):
        item = (6, 9, 20)[n % 3]
        phone.press(Card(sheet, item) if n % 2 else OtherPoints(sheet, item)).say(text)
        grade = Grade.FAILED if not points else Grade.PASSED
        if marks(world) != {item: Mark(grade, points, reason)}:
            wrong.append(text)
        else:
            phone.tap("撤销")
    return wrong


def test_a_sample_of_clear_points_is_saved_at_once(desk: World) -> None:
    assert try_clear(desk, CLEARLY[::13]) == []


@pytest.mark.slow
def test_five_hundred_clear_points_are_saved_at_once(desk: World) -> None:
    assert try_clear(desk, CLEARLY) == []


@pytest.mark.parametrize("at", ["自评", "首页", "目录", "待办"])
@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("前面六项都是优秀", 6),
        ("前24项优秀", 24),
        ("剩下的全优秀", 24),
        ("前6项优秀，其余合格", 24),
        ("全部优秀", 24),
        ("第3项不合格 缺记录", 1),
        ("3不合格（缺记录）4优", 2),
    ],
)
def test_items_named_by_their_place_are_shown_with_the_new_total_before_they_are_saved(
    desk: World, at: str, text: str, counts: int
) -> None:
    phone = desk.phone(SECRETARY).say(at).say(text)
    assert "请核对" in phone.text
    assert "总分" in phone.text
    assert not marks(desk, 3), "nothing is saved unasked"
    phone.tap("保存")
    assert len(marks(desk, 3)) == counts


@pytest.mark.parametrize("text", ["第3项不合格是什么标准", "第7项优秀 怎么评", "上学期第3项不合格 为什么"])
def test_what_asks_about_a_grade_gives_none(desk: World, text: str) -> None:
    phone = desk.phone(SECRETARY).say("首页").say(text)
    assert "请核对" not in phone.text
    file = desk.sheet(3)
    assert file is None or not file.written
