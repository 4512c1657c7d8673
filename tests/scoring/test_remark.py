"""What is plainly points and what is not, over the tables of remarks.toml; and what a remark may be offered as."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.line import looks_like_line, names_an_item, parse_line
from scoring.refusal import Refused
from scoring.remark import agreed, is_score, lacking, nearly, plain_points, starts_with_counter
from scoring.rubric import Grade
from scoring.sheet import Mark, Sheet, parse_points
from tests.scoring.remarks import LINES, clear_points, remarks
from tests.scoring.tables import JINSONG


def points(text: str) -> tuple[str, str] | None:
    """What is saved without a question."""
    told = plain_points(text)
    named = looks_like_line(text, JINSONG) or (told is not None and names_an_item(told[1], JINSONG))
    return None if named else told


def test_no_remark_is_points_a_grade_or_a_line() -> None:
    wrong = [r for r in remarks() if points(r) or agreed(r, JINSONG, 6) or (r != "不" and Grade.read(r))]
    assert wrong == []
    for remark in remarks():
        if looks_like_line(remark, JINSONG):
            with pytest.raises(Refused):
                parse_line(remark, JINSONG)


def test_what_is_plainly_points_is_read_with_its_reason() -> None:
    for text, worth, reason in clear_points():
        told = points(text)
        assert told is not None, text
        assert (parse_points(told[0], JINSONG.item(6)), told[1]) == (worth, reason), text


@pytest.mark.parametrize("text", LINES)
def test_a_line_gives_each_item_what_it_says(text: str) -> None:
    line = parse_line(text, JINSONG)
    if line.needs_reason:
        line = line.with_reason("材料不全")
    assert {str(n): str(m.points) for n, m in line.applied(Sheet(JINSONG)).marks.items()} == LINES[text]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("3.5", ("3.5", "")),
        ("3分", ("3分", "")),
        ("3.5 缺记录", ("3.5", "缺记录")),
        ("3.5，缺记录", ("3.5", "缺记录")),
        ("3.5(缺记录)", ("3.5", "缺记录")),
        ("3。5（ 缺（两次） 记录 ）。", ("3.5", "缺（两次） 记录")),
        ("3.5（缺记录", ("3.5", "缺记录")),
        ("3.5分：缺记录。", ("3.5", "缺记录。")),
        ("3.5分（缺记录）", ("3.5", "缺记录")),
        ("3.5分缺记录", ("3.5", "缺记录")),
        ("3 分工不明确", ("3", "分工不明确")),
        ("3，", ("3", "")),
        ("-1 缺席", None),
        ("-1.5 缺席", ("-1.5", "缺席")),
        ("90%", ("90%", "")),
        ("3.5.5", ("3.5.5", "")),
        ("3.5（有创新）", ("3.5", "有创新")),
        ("3.5 有创新", None),
        ("3.5（缺记录）谢谢大家", None),
        ("3.5 ！缺记录", None),
        ("3.5 到5次没有记录", None),
        ("3.5 优 缺记录", None),
        ("3.5 17/18没签到", None),
        ("3 12月没有记录", None),
        ("3.5 12月没有记录", ("3.5", "12月没有记录")),
        ("3.5缺记录", None),
        ("3.5（缺）记录", None),
        ("3.5.5 缺", None),
        ("3分工不明确", None),
        ("3分！", ("3分", "")),
        ("3.5 ！", ("3.5", "")),
        ("3。", None),
        ("3👍", None),
        ("3.5 17/18", None),
        ("3.5 4", None),
        ("3.5 2.", None),
        ("1e3", None),
        ("16/18", None),
        ("缺记录", None),
        ("", None),
    ],
)
def test_points_are_plain_only_with_the_end_or_a_mark_behind_them(
    text: str, told: tuple[str, str] | None
) -> None:
    assert points(text) == told


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("3人请假", Mark(Grade.PASSED, Decimal(3), "3人请假")),
        (" 3  人请假 ", Mark(Grade.PASSED, Decimal(3), "3 人请假")),
        ("4次会议都有记录", Mark(Grade.EXCELLENT, Decimal(4), "4次会议都有记录")),
        ("0次缺席", Mark(Grade.FAILED, Decimal(0), "0次缺席")),
        ("三分", Mark(Grade.PASSED, Decimal(3), "三分")),
        ("两点五分吧", Mark(Grade.PASSED, Decimal("2.5"), "两点五分吧")),
        ("给3分", Mark(Grade.PASSED, Decimal(3), "给3分")),
        ("扣了0.5分", Mark(Grade.PASSED, Decimal("3.5"), "扣了0.5分")),
        ("减5分", None),
        ("4分扣0.5分", Mark(Grade.PASSED, Decimal("3.5"), "4分扣0.5分")),
        ("3.5 扣0.5 缺记录", Mark(Grade.PASSED, Decimal("3.5"), "3.5 扣0.5 缺记录")),
        ("2减1", None),
        ("3点5分", Mark(Grade.PASSED, Decimal("3.5"), "3点5分")),
        ("得3.5", Mark(Grade.PASSED, Decimal("3.5"), "得3.5")),
        ("优秀：1、2", None),
        ("1e3", None),
        ("3.", Mark(Grade.PASSED, Decimal(3), "3.")),
        ("3" + "人" * 199, Mark(Grade.PASSED, Decimal(3), "3" + "人" * 199)),
        ("本项得3.5分，缺记录", Mark(Grade.PASSED, Decimal("3.5"), "本项得3.5分，缺记录")),
        ("减0.5分 缺记录", Mark(Grade.PASSED, Decimal("3.5"), "减0.5分 缺记录")),
        ("3D打印", None),
        ("3~5人谈心", None),
        ("合格，缺一次", Mark(Grade.PASSED, Decimal("3.2"), "合格，缺一次")),
        ("1、有计划", None),
        ("1）有计划", None),
        ("3-5人谈心", None),
        ("3/5到会", None),
        ("3%的党员", None),
        ("5人请假", None),
        ("2.55人", None),
        ("有计划", None),
        ("合影已交", None),
        ("3" + "人" * 200, None),
    ],
)
def test_a_remark_is_offered_as_the_points_it_names(text: str, mark: Mark | None) -> None:
    assert nearly(text, JINSONG, 6) == mark


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("优秀4分", Mark(Grade.EXCELLENT, Decimal(4))),
        ("优秀（4分）", Mark(Grade.EXCELLENT, Decimal(4))),
        ("4分（优秀）", Mark(Grade.EXCELLENT, Decimal(4))),
        ("3.2 合格", Mark(Grade.PASSED, Decimal("3.2"))),
        ("合格 3.5 缺一次记录", Mark(Grade.PASSED, Decimal("3.5"), "缺一次记录")),
        ("优秀（材料齐全）", Mark(Grade.EXCELLENT, Decimal(4), "材料齐全")),
        ("合格，缺一次记录。", Mark(Grade.PASSED, Decimal("3.2"), "缺一次记录")),
        ("合格 3.5 有创新", Mark(Grade.PASSED, Decimal("3.5"), "有创新")),
        ("3.5 合格，缺一次记录。", Mark(Grade.PASSED, Decimal("3.5"), "缺一次记录")),
        ("合格（缺  一次记录）", Mark(Grade.PASSED, Decimal("3.2"), "缺 一次记录")),
        ("合格，2人缺席", Mark(Grade.PASSED, Decimal("3.2"), "2人缺席")),
        ("合格（" + "缺" * 200 + "）", Mark(Grade.PASSED, Decimal("3.2"), "缺" * 200)),
        ("优秀3分", None),
        ("合格 3.5", None),
        ("合格 3.5 谢谢", None),
        ("优秀9分", None),
        ("合格3人", None),
        ("优秀 有创新", None),
        ("合格（缺" + "记" * 200 + "）", None),
        ("4 优秀", None),
        ("优秀", None),
    ],
)
def test_a_grade_with_its_points_or_its_reason_is_plain(text: str, mark: Mark | None) -> None:
    assert agreed(text, JINSONG, 6) == mark


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("四分", True),
        ("改成3", True),
        ("应该是3分", True),
        ("优秀吧", True),
        ("合格，缺一次", True),
        ("16/18", True),
        ("缺一次记录", False),
        ("3人请假", False),
        ("合格率不够", False),
        ("三次会议没有记录", False),
    ],
)
def test_a_score_is_told_from_a_reason(text: str, score: bool) -> None:
    assert is_score(text) is score


@given(
    st.text(alphabet="0123456789.。、，,：:（）() 分人次个优合不缺会-/第三👍扣", max_size=20),
    st.sampled_from([6, 9, 20]),
)
def test_whatever_is_offered_can_be_saved(text: str, number: int) -> None:
    mark = nearly(text, JINSONG, number)
    if mark is not None:
        assert Sheet(JINSONG).marked(number, mark).marks == {number: mark}


@pytest.mark.parametrize("text", ["人请假", " 人", "，次", "小时", "KM", "（二）班"])
def test_counting_goes_on_behind_a_number(text: str) -> None:
    assert starts_with_counter(text)


def test_a_reason_that_full_marks_contradict_is_known() -> None:
    assert lacking("缺一次记录")
    assert not lacking("有创新，不少于两次")


@pytest.mark.parametrize("text", ["人员不齐", "部分完成", "个别党员", "不及时", "缺一次", ""])
def test_a_word_that_only_begins_like_a_counter_counts_nothing(text: str) -> None:
    assert not starts_with_counter(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("缺记录 7合", True),
        ("缺记录7合", True),
        ("党员大会", True),
        ("第7项优", True),
        ("主题党日 优秀", True),
        ("支委会合格", True),
        ("党务公开优", True),
        ("给第7项", True),
        ("7项没写", True),
        ("7项目", False),
        ("出勤3次", False),
        ("缺记录", False),
        ("", False),
    ],
)
def test_a_reason_that_names_an_item_is_known(text: str, named: bool) -> None:
    assert names_an_item(text, JINSONG) is named


def test_points_out_of_range_are_left_to_whoever_reads_them() -> None:
    told = plain_points("9 缺记录")
    assert told == ("9", "缺记录")
    with pytest.raises(Refused, match="最高 4 分"):
        parse_points(told[0], JINSONG.item(6))
