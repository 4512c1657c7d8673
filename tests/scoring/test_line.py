from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.line import (
    Change,
    Line,
    Said,
    changes,
    example,
    is_only_line,
    looks_like_line,
    parse_line,
    says_by_place,
    with_numbers,
)
from scoring.refusal import Refused
from scoring.rubric import Edition, Grade
from scoring.sheet import Mark, Sheet
from tests.scoring.tables import JINSONG, NUMBERS, SMALL, sheet, sheets, without, worth

FAILED, PASSED, EXCELLENT = Grade


def test_one_line_says_what_many_taps_would() -> None:
    assert parse_line("6优 7合 8 3.5 9优 17:16/18", JINSONG) == Line(
        (
            Said(6, EXCELLENT, None, ""),
            Said(7, PASSED, None, ""),
            Said(8, None, Decimal("3.5"), ""),
            Said(9, EXCELLENT, None, ""),
        ),
        ((17, 16, 18),),
    )


def test_words_punctuation_full_width_digits_and_reasons_are_understood() -> None:
    text = "6 优秀，7合格\uff1b8\uff1a3.5（缺一次记录） 10不合格\n１２：合。第13项不、14.优、15、优 16不合"
    assert parse_line(text, JINSONG).marks == (
        Said(6, EXCELLENT, None, ""),
        Said(7, PASSED, None, ""),
        Said(8, None, Decimal("3.5"), "缺一次记录"),
        Said(10, FAILED, None, ""),
        Said(12, PASSED, None, ""),
        Said(13, FAILED, None, ""),
        Said(14, EXCELLENT, None, ""),
        Said(15, EXCELLENT, None, ""),
        Said(16, FAILED, None, ""),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("6优7合", [(6, EXCELLENT, None, ""), (7, PASSED, None, "")]),
        ("6优第7项合", [(6, EXCELLENT, None, ""), (7, PASSED, None, "")]),
        ("6：优", [(6, EXCELLENT, None, "")]),
        ("6-优", [(6, EXCELLENT, None, "")]),
        ("6=优", [(6, EXCELLENT, None, "")]),
        ("8=3.5", [(8, None, Decimal("3.5"), "")]),
        ("8 : 3.5 分", [(8, None, Decimal("3.5"), "")]),
        ("8 3。5", [(8, None, Decimal("3.5"), "")]),
        ("8:3.5（ 缺\n（一次） ", None),
        ("8:3.5（ 缺\n两次 ）9优", [(8, None, Decimal("3.5"), "缺 两次"), (9, EXCELLENT, None, "")]),
        ("8优（有创新）", [(8, EXCELLENT, None, "有创新")]),
        ("8:3.5()", [(8, None, Decimal("3.5"), "")]),
        (" ,8:3.5, ", [(8, None, Decimal("3.5"), "")]),
    ],
)
def test_pieces_stand_apart_by_anything_or_nothing(
    text: str, said: list[tuple[int, Grade | None, Decimal | None, str]] | None
) -> None:
    if said is None:
        with pytest.raises(Refused):
            parse_line(text, JINSONG)
    else:
        assert list(parse_line(text, JINSONG).marks) == said


def test_a_grades_own_points_are_that_grade() -> None:
    assert parse_line("6 4 7 3.20 8 0（没有）", JINSONG).marks == (
        Said(6, EXCELLENT, None, ""),
        Said(7, PASSED, None, ""),
        Said(8, FAILED, None, "没有"),
    )


def test_a_fact_is_that_of_the_items_typed_ratio() -> None:
    assert parse_line("17 16 / 18,9=0/0", JINSONG) == Line((), ((17, 16, 18), (9, 0, 0)))


def test_an_item_may_be_given_a_grade_and_a_fact() -> None:
    both = parse_line("17优 17:16/18", JINSONG)
    assert (len(both.marks), len(both.facts)) == (1, 1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "请写测评点和得分，例如 6优 7合 8:3.5（缺记录） 17:16/18。"),
        (" ,。\n", "请写测评点和得分，例如 6优 7合 8:3.5（缺记录） 17:16/18。"),
        ("6优 25优", "没有第 25 项，请填 1–24。"),
        ("0优", "没有第 0 项，请填 1–24。"),
        ("25:16/18", "没有第 25 项，请填 1–24。"),
        ("6优 7合 6合", "第 6 项写了不止一次，请只保留一个。"),
        ("17:16/18 17:17/18", "第 17 项写了不止一次，请只保留一个。"),
        ("6优 二十五合", "没有第 25 项，请填 1–24。"),
        ("6优 有创新 7和", "没有看懂「7和」，可以这样写：6优 7合 8:3.5（缺记录） 17:16/18。"),
        ("6优 谢谢(大家)", "没有看懂「(大家)」，可以这样写：6优 7合 8:3.5（缺记录） 17:16/18。"),
        ("5-5优", "没有看懂「5-5优」，可以这样写：1-5优。"),
        ("1 2 3优", "没有看懂「1 2」，几项一起请写成 1、2、3优，分值请写成 8:3.5。"),
        ("6优，其余合格", "没有看懂「其余合」，请写明是哪几项，例如 1-5优。"),
        ("4 党员大会 优", "「党员大会」是第 6 项，不是第 4 项，请核对。"),
        ("1-3优 2-4合", "第 2 项写了不止一次，请只保留一个。"),
        ("6优\n6优", "第 6 项写了不止一次，请只保留一个。"),
        ("6优良", "没有看懂「6优良」，可以这样写：6优 7合 8:3.5（缺记录） 17:16/18。"),
        ("123优", "没有看懂「123优」，可以这样写：6优 7合 8:3.5（缺记录） 17:16/18。"),
        ("6 7合", "没有看懂「6」，可以这样写：6优 7合 8:3.5（缺记录） 17:16/18。"),
        ("8:3.5.5", "没有看懂「8:3.5.5」，可以这样写：6优 7合 8:3.5（缺记录） 17:16/18。"),
        ("8:3.5(缺一", "没有看懂「(缺一」，可以这样写：6优 7合 8:3.5（缺记录） 17:16/18。"),
        ("6优 7和 8不", "没有看懂「7和」，可以这样写：6优 7合 8:3.5（缺记录） 17:16/18。"),
        ("5-1优", "没有看懂「5-1优」，可以这样写：1-5优。"),
        ("8 4.5", "第 8 项最高 4 分，请填 0–4。"),
        ("8:-1", "得分不能小于 0，第 8 项请填 0–4。"),
        ("8:3.55", "得分最多一位小数，第 8 项请填 0–4，例如 3.5。"),
        ("17:19/18", "「党员活动出勤」19/18 的前一个数不能大于后一个数，例如 17/18。"),
        ("17:-1/18", "「党员活动出勤」不能是负数，例如 17/18。"),
        ("1:16/18", "第 1 项没有可以这样填的比例，请直接写优、合或得分。"),
        ("6" * 1001, "一次最多写 1000 字，请分几次发送。"),
    ],
)
def test_a_line_is_refused_whole_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_line(text, JINSONG)
    assert str(refused.value) == sentence


def test_a_line_of_1000_characters_is_read() -> None:
    assert len(parse_line("6优" + " " * 998, JINSONG).marks) == 1


@given(st.text(alphabet="0123456789优合不格秀第项：/.,;。 ()（）：３，缺\n-", max_size=30))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    try:
        line = parse_line(text, JINSONG)
    except Refused:
        return
    assert line.marks or line.facts


@given(sheets(complete=True))
def test_a_sheet_written_as_a_line_is_read_back(made: Sheet) -> None:
    text = " ".join(
        f"{n}:{mark.points}({mark.reason})" if mark.reason else f"{n}{mark.grade.word}"
        for n, mark in made.marks.items()
    )
    read = parse_line(text, JINSONG).applied(Sheet(JINSONG))
    assert {n: mark.points for n, mark in read.marks.items()} == {n: m.points for n, m in made.marks.items()}
    assert read.total == made.total


def test_words_in_a_line_are_the_reason_of_the_item_before_them() -> None:
    assert parse_line("6优 有创新，7合 缺2次 一二合 8:3.5 缺一次记录 9优", JINSONG).marks == (
        Said(6, EXCELLENT, None, "有创新"),
        Said(7, PASSED, None, "缺2次 一二合"),
        Said(8, None, Decimal("3.5"), "缺一次记录"),
        Said(9, EXCELLENT, None, ""),
    )


def test_an_item_alone_counts_before_several_and_points_before_a_list() -> None:
    alone = parse_line("3、4优 3合", JINSONG)
    assert [(said.number, said.grade) for said in alone.marks] == [(3, PASSED), (4, EXCELLENT)]
    assert parse_line("3 3 4优", JINSONG).needs_reason == (3,)
    assert parse_line("1 2 2优", JINSONG).needs_reason == (1,)
    assert parse_line("6优 缺A4 7合", JINSONG).marks[0].reason == "缺A4"
    assert parse_line("6优 缺 A4 7合", JINSONG).marks[0].reason == "缺 A4"


@pytest.mark.parametrize(
    ("edition", "line"),
    [
        (JINSONG, "6优 7合 8:3.5（缺） 17:16/18"),
        (SMALL, "1优 2合 3:3.5（缺） 1:16/18"),
        (worth("100"), "1优"),
        (worth("50", "50"), "1优 2合 2:16/18"),
        (worth("49.9", "50", "0.1"), "1优 2合 3:16/18"),
        (worth("49.5", "50", "0.5"), "1优 2合 3:0.3（缺） 3:16/18"),
        (worth("49", "50", "1"), "1优 2合 3:0.5（缺） 3:16/18"),
        (worth(*["12.5"] * 8), "6优 7合 8:3.5（缺） 8:16/18"),
        (worth(*["5"] * 20), "6优 7合 8:3.5（缺） 20:16/18"),
    ],
)
def test_an_example_is_a_line_of_the_edition(edition: Edition, line: str) -> None:
    assert example(edition, "{}:{}（缺）", ratio=True) == line
    assert parse_line(line, edition).applied(Sheet(edition)).marks
    assert example(edition) == " ".join(piece for piece in line.split() if ":" not in piece)


@pytest.mark.parametrize(
    ("text", "only"), [("6优 记录", False), ("6优 7合格", True), ("第6项优", True), ("6优 缺记录", False)]
)
def test_a_line_may_hold_words_worth_keeping(text: str, only: bool) -> None:
    assert is_only_line(text) is only


@pytest.mark.parametrize(
    "text",
    [
        "6优",
        "6优 人请假",
        "第6项优秀",
        " 6 合格 7优",
        "17:16/18",
        "17 16/18",
        "8 3.5",
        "8:3.5（缺记录）",
        "25优",
        "６优",
        "24 4",
        "1 0",
    ],
)
def test_what_begins_with_an_item_and_a_value_looks_like_a_line(text: str) -> None:
    assert looks_like_line(text, JINSONG)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4",
        "3.5",
        "16/18",
        "3.5 缺记录",
        "排名",
        "优秀",
        "6优良",
        "2026优",
        "25 4",
        "0 4",
        "30:16/18",
        "4 2次没有记录",
        "8 3 人请假",
    ],
)
def test_a_lone_number_or_free_text_does_not_look_like_a_line(text: str) -> None:
    assert not looks_like_line(text, JINSONG)


@given(st.text())
def test_any_text_may_be_asked_whether_it_is_a_line(text: str) -> None:
    assert looks_like_line(text, JINSONG) in (True, False)


def test_other_points_need_a_reason_and_one_reason_may_serve_them_all() -> None:
    line = parse_line("6优 7 3.5 8:3.6（缺记录） 9 4.1", JINSONG)
    assert line.needs_reason == (7, 9)
    filled = line.with_reason(" 活动 不足 ")
    assert [said.reason for said in filled.marks] == ["", "活动 不足", "缺记录", "活动 不足"]
    assert filled.needs_reason == ()
    with pytest.raises(Refused) as refused:
        line.with_reason(" \n")
    assert str(refused.value) == "请写一句原因。"


def test_a_reason_leaves_facts_alone() -> None:
    assert parse_line("7 3.5 17:16/18", JINSONG).with_reason("原因").facts == ((17, 16, 18),)


def test_an_applied_line_marks_what_it_says() -> None:
    after = parse_line("6优（有创新） 7合 8:3.5（缺一次记录）", JINSONG).applied(sheet(every=FAILED))
    assert [after.marks[number] for number in (6, 7, 8, 9)] == [
        Mark(EXCELLENT, Decimal(4), "有创新"),
        Mark(PASSED, Decimal("3.2")),
        Mark(PASSED, Decimal("3.5"), "缺一次记录"),
        Mark(FAILED, Decimal(0)),
    ]


def test_a_line_without_a_needed_reason_is_refused_as_a_whole() -> None:
    before = sheet(every=FAILED)
    with pytest.raises(Refused, match="请写一句原因"):
        parse_line("6优 7 3.5", JINSONG).applied(before)
    assert before == sheet(every=FAILED)


def test_a_fact_changes_no_mark_and_neither_does_saying_nothing() -> None:
    assert Line((Said(6, None, None, ""),), ((17, 16, 18),)).applied(Sheet(JINSONG)) == Sheet(JINSONG)


def test_changes_are_the_marks_that_differ_by_number() -> None:
    before = sheet(_9="5", _7="3.2", _6="4")
    after = without(before, 6).graded(7, EXCELLENT).graded(1, PASSED)
    assert changes(before, after) == (
        Change(1, None, Mark(PASSED, Decimal("3.2"))),
        Change(6, Mark(EXCELLENT, Decimal(4), "原因"), None),
        Change(7, Mark(PASSED, Decimal("3.2"), "原因"), Mark(EXCELLENT, Decimal(4))),
    )


@given(sheets(), st.sampled_from(NUMBERS), st.sampled_from(Grade))
def test_nothing_changes_without_a_change_and_one_mark_changes_one_item(
    made: Sheet, number: int, grade: Grade
) -> None:
    assert changes(made, made) == ()
    assert {change.number for change in changes(made, made.graded(number, grade))} <= {number}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("前面六项都是优秀", "1-6优秀"),
        ("前6项优秀，其余合格", "1-6优秀 9、10、11、12合格"),
        ("前6项优秀 剩下的全部合格。", "1-6优秀 9、10、11、12合格"),
        ("第一项不算，前1项优", "第一项不算，前1项优"),
        ("前1项优", "1优"),
        ("剩下的全优秀", "3、9、10、11、12优秀"),
        ("其余都不合格", "3、9、10、11、12不合格"),
        ("3不合格 其余合格", "3不合格 其余合格"),
        ("3、9不合格，其余合格", "3、9不合格 10、11、12合格"),
        ("9-11不合格其余全部合格。", "9-11不合格 3、12合格"),
        ("第三项优 九优，剩下的合格", "3优 9优 10、11、12合格"),
        ("3优 9 3.5，剩下的合格", "3优 9 3.5，剩下的合格"),
        ("3优 缺记录 其余合格", "3优 缺记录 其余合格"),
        ("3 9 10 11 12优 其余合格", "3 9 10 11 12优 其余合格"),
        ("全部优秀", "1-24优秀"),
        ("全优", "1-24优"),
        ("全部都是合格。", "1-24合格"),
        ("所有项都优秀了", "1-24优秀"),
        ("24项全部优秀", "1-24优秀"),
        ("23项全部优秀", "23项全部优秀"),
        ("24项优秀", "24项优秀"),
        ("全部优秀党员", "全部优秀党员"),
        ("前0项优秀", "前0项优秀"),
        ("前25项优秀", "前25项优秀"),
        ("剩下两项优秀", "剩下两项优秀"),
        ("剩下的材料优秀", "剩下的材料优秀"),
        ("6优 7合", "6优 7合"),
        ("", ""),
    ],
)
def test_items_that_are_named_by_their_place_become_a_line(text: str, line: str) -> None:
    filled = Sheet(JINSONG)
    for number in (1, 2, 4, 5, 6, 7, 8, *range(13, 25)):
        filled = filled.graded(number, PASSED)
    assert with_numbers(text, filled) == line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("前面六项都是优秀", True),
        ("剩下的全优秀", True),
        ("全部优秀", True),
        ("第六项优秀", False),
        ("3不合格 其余合格", False),
        ("全部优秀党员", False),
        ("", False),
    ],
)
def test_a_text_says_grades_by_place_alone_or_does_not(text: str, said: bool) -> None:
    assert says_by_place(text) is said


def test_where_nothing_is_left_the_rest_is_not_guessed() -> None:
    assert (
        with_numbers("剩下的全优秀", parse_line("1-24合", JINSONG).applied(Sheet(JINSONG))) == "剩下的全优秀"
    )
