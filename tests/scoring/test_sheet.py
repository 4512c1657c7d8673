from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.refusal import Refused
from scoring.rubric import Grade
from scoring.sheet import Mark, Sheet, parse_points
from tests.scoring.tables import JINSONG, NUMBERS, SMALL, grades, sheet, sheets, without

EMPTY = Sheet(JINSONG)


def test_a_new_sheet_is_empty_and_open() -> None:
    assert (EMPTY.marks, EMPTY.submitted) == ({}, False)
    assert EMPTY.open == tuple(NUMBERS)
    assert EMPTY.filled == 0


def test_a_grade_brings_its_points() -> None:
    marked = EMPTY.graded(7, Grade.PASSED)
    assert marked.marks == {7: Mark(Grade.PASSED, Decimal("3.2"), "")}
    assert (marked.filled, 7 in marked.open) == (1, False)
    assert EMPTY.marks == {}


def test_other_points_stand_in_a_column_with_their_reason() -> None:
    assert EMPTY.pointed(8, Decimal("3.5"), " 缺 一次\n记录 ").marks[8] == Mark(
        Grade.PASSED, Decimal("3.5"), "缺 一次 记录"
    )


@pytest.mark.parametrize(
    ("points", "grade"), [("4", Grade.EXCELLENT), ("3.2", Grade.PASSED), ("0", Grade.FAILED)]
)
def test_a_grades_own_points_need_no_reason(points: str, grade: Grade) -> None:
    assert EMPTY.pointed(8, Decimal(points)).marks[8] == Mark(grade, Decimal(points))


def test_other_shares_have_own_points_too_even_off_the_tenths() -> None:
    three_quarters = Sheet(JINSONG.with_rules({Grade.PASSED: Decimal("0.75")}))
    assert three_quarters.pointed(3, Decimal("3.75")).marks[3] == Mark(Grade.PASSED, Decimal("3.75"))


REFUSED_MARKS = [
    ("no reason", 8, Mark(Grade.PASSED, Decimal("3.5")), "第 8 项给 3.5 分，请写一句原因。"),
    ("an empty reason", 8, Mark(Grade.PASSED, Decimal("3.5"), " \n"), "第 8 项给 3.5 分，请写一句原因。"),
    ("the wrong column", 8, Mark(Grade.EXCELLENT, Decimal("3.5"), "x"), "第 8 项 3.5 分应记在「合格」一栏。"),
    ("too many points", 8, Mark(Grade.EXCELLENT, Decimal("4.1"), "x"), "第 8 项最高 4 分，请填 0–4。"),
    ("negative points", 8, Mark(Grade.FAILED, Decimal("-0.1"), "x"), "得分不能小于 0，第 8 项请填 0–4。"),
    (
        "hundredths",
        8,
        Mark(Grade.PASSED, Decimal("3.55"), "x"),
        "得分最多一位小数，第 8 项请填 0–4，例如 3.5。",
    ),
    ("no number", 8, Mark(Grade.PASSED, Decimal("nan"), "x"), "第 8 项最高 4 分，请填 0–4。"),
    ("infinite points", 8, Mark(Grade.PASSED, Decimal("inf"), "x"), "第 8 项最高 4 分，请填 0–4。"),
    ("a long reason", 8, Mark(Grade.PASSED, Decimal("3.5"), "x" * 201), "第 8 项的原因请控制在 200 字以内。"),
    ("a long remark", 8, Mark(Grade.EXCELLENT, Decimal(4), "x" * 201), "第 8 项的原因请控制在 200 字以内。"),
    ("item 25", 25, Mark(Grade.PASSED, Decimal("3.2")), "没有第 25 项，请填 1–24。"),
]


@pytest.mark.parametrize(
    ("number", "mark", "sentence"),
    [case[1:] for case in REFUSED_MARKS],
    ids=[case[0] for case in REFUSED_MARKS],
)
def test_an_impossible_mark_is_refused_in_one_sentence(number: int, mark: Mark, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        EMPTY.marked(number, mark)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("points", ["4.1", "-1", "3.55", "nan", "inf"])
def test_impossible_points_are_refused_whatever_the_reason(points: str) -> None:
    with pytest.raises(Refused):
        EMPTY.pointed(8, Decimal(points), "原因")


@pytest.mark.parametrize("reason", [" ", "x" * 201])
def test_other_points_are_refused_without_a_reason_or_with_a_long_one(reason: str) -> None:
    with pytest.raises(Refused, match="原因"):
        EMPTY.pointed(8, Decimal("3.5"), reason)


def test_an_item_that_does_not_exist_is_refused_in_every_change() -> None:
    for number in (0, 25):
        with pytest.raises(Refused, match="没有第"):
            EMPTY.pointed(number, Decimal(1), "x")
        with pytest.raises(Refused, match="没有第"):
            EMPTY.graded(number, Grade.PASSED)


def test_a_mark_may_carry_a_remark_and_a_reason_of_200_characters() -> None:
    assert EMPTY.marked(8, Mark(Grade.EXCELLENT, Decimal(4), "好")).marks[8].reason == "好"
    assert len(EMPTY.pointed(8, Decimal("3.5"), "x" * 200).marks[8].reason) == 200


@given(sheets(), st.sampled_from(NUMBERS), grades)
def test_marking_the_very_same_mark_again_changes_nothing(made: Sheet, number: int, grade: Grade) -> None:
    once = made.graded(number, grade)
    assert once.graded(number, grade) is once
    assert (once.revision == made.revision) == (made.marks.get(number) == once.marks[number])


@given(sheets(SMALL), sheets(SMALL))
def test_revisions_are_equal_exactly_when_the_marks_are(one: Sheet, other: Sheet) -> None:
    assert (one.revision == other.revision) == (one.marks == other.marks)
    assert replace(one, marks=dict(reversed(list(one.marks.items())))).revision == one.revision


def test_a_revision_differs_when_any_one_thing_differs_and_not_for_the_same_number_written_otherwise() -> (
    None
):
    mark = Mark(Grade.PASSED, Decimal(3), "5缺")
    others = [
        {},
        {2: mark},
        {1: replace(mark, grade=Grade.EXCELLENT)},
        {1: replace(mark, points=Decimal("3.5"), reason="缺")},
        {1: replace(mark, points=Decimal(35), reason="缺")},
        {1: replace(mark, reason="5缺 ")},
        {1: replace(mark, reason='5缺"], [2, 1, 300, "')},
        {1: mark, 2: mark},
    ]
    revisions = [Sheet(JINSONG, marks).revision for marks in ({1: mark}, *others)]
    assert len(set(revisions)) == len(revisions)
    assert Sheet(JINSONG, {1: replace(mark, points=Decimal("3.00"))}).revision == revisions[0]


@given(sheets())
def test_open_items_make_an_interval_and_a_complete_sheet_a_total(made: Sheet) -> None:
    open_points = sum((JINSONG.item(number).points for number in made.open), Decimal(0))
    assert made.most - made.least == open_points
    assert 0 <= made.least <= made.most <= 100
    assert made.total == (None if made.open else made.least)
    assert made.filled + len(made.open) == 24


@given(sheets(), st.data())
def test_an_interval_only_ever_narrows_as_items_are_marked(made: Sheet, data: st.DataObject) -> None:
    if made.open:
        after = made.graded(data.draw(st.sampled_from(made.open)), data.draw(grades))
        assert made.least <= after.least <= after.most <= made.most


def test_totals_are_exact() -> None:
    assert str(sheet(every=Grade.PASSED).total) == "80.0"
    assert str(sheet(every=Grade.EXCELLENT).total) == "100"
    assert sheet(every=Grade.FAILED).total == 0
    assert sheet(every=Grade.PASSED, _1="3.3").total == Decimal("80.1")
    assert (EMPTY.least, EMPTY.most, EMPTY.total) == (Decimal(0), Decimal(100), None)


def test_all_excellent_is_said_only_of_a_complete_sheet() -> None:
    assert sheet(every=Grade.EXCELLENT).all_excellent
    assert not without(sheet(every=Grade.EXCELLENT), 24).all_excellent
    assert not sheet(every=Grade.EXCELLENT, _24="3.9").all_excellent


def test_the_next_open_item_is_behind_the_last_one_and_then_from_the_start() -> None:
    made = without(sheet(SMALL, every=Grade.PASSED), 2, 4)
    assert [made.next_open(after) for after in range(6)] == [2, 2, 4, 4, 2, 2]
    assert sheet(SMALL, every=Grade.PASSED).next_open(0) is None


def test_a_complete_sheet_is_submitted_at_the_revision_the_person_saw() -> None:
    complete = sheet(every=Grade.PASSED)
    submitted = complete.submit(complete.revision)
    assert submitted.submitted
    assert submitted.marks == complete.marks
    assert submitted.revision == complete.revision


def test_a_stale_submission_is_refused() -> None:
    complete = sheet(every=Grade.PASSED)
    for revision in (complete.revision - 1, complete.revision + 1):
        with pytest.raises(Refused) as refused:
            complete.submit(revision)
        assert str(refused.value) == "测评表在您确认前有改动，请查看后重新提交。"


def test_an_incomplete_submission_is_refused_naming_the_open_items() -> None:
    made = without(sheet(every=Grade.PASSED), 3, 17)
    with pytest.raises(Refused) as refused:
        made.submit(made.revision)
    assert str(refused.value) == "还有 2 项未评：第 3、17 项，评完后再提交。"


def test_a_second_submission_is_refused() -> None:
    complete = sheet(every=Grade.PASSED)
    with pytest.raises(Refused) as refused:
        complete.submit(complete.revision).submit(complete.revision)
    assert str(refused.value) == "这份测评表已经提交，不用再次提交。"


def test_a_submitted_sheet_is_read_only() -> None:
    complete = sheet(every=Grade.PASSED)
    submitted = complete.submit(complete.revision)
    changes: list[Callable[[], Sheet]] = [
        lambda: submitted.graded(1, Grade.EXCELLENT),
        lambda: submitted.graded(1, Grade.PASSED),
        lambda: submitted.pointed(1, Decimal("3.5"), "原因"),
        lambda: submitted.marked(1, Mark(Grade.FAILED, Decimal(0))),
    ]
    for change in changes:
        with pytest.raises(Refused) as refused:
            change()
        assert str(refused.value) == "测评表已提交，不能再改；结果以总支评价为准。"


def test_a_returned_sheet_is_open_with_all_its_marks() -> None:
    complete = sheet(every=Grade.PASSED)
    returned = complete.submit(complete.revision).returned()
    assert returned.submitted is False
    assert returned.marks == complete.marks


def test_only_a_submitted_sheet_is_returned() -> None:
    with pytest.raises(Refused) as refused:
        EMPTY.returned()
    assert str(refused.value) == "这份测评表还没有提交，不需要退回。"


def test_of_single_items_that_are_returned_only_these_are_open() -> None:
    complete = sheet(every=Grade.PASSED)
    back = complete.submit(complete.revision).returned({7, 8}, since=5)
    assert back.graded(7, Grade.EXCELLENT).marks[7].grade is Grade.EXCELLENT
    assert back.graded(9, Grade.PASSED) == back, "the very same mark is no change"
    with pytest.raises(Refused) as refused:
        back.graded(9, Grade.EXCELLENT)
    said = "总支退回的是第 7、8 项，第 9 项不能改。这一项也要改的，请告诉党总支退回。"
    assert str(refused.value) == said
    back.unlocked(8)
    again = back.submit(back.revision)
    assert again.returned().locked == frozenset()
    with pytest.raises(Refused):
        again.returned({99})


def test_who_confirmed_before_a_return_has_not_seen_it() -> None:
    complete = sheet(every=Grade.PASSED)
    back = complete.submit(complete.revision).returned(since=5)
    assert (back.marks, back.locked) == (complete.marks, frozenset())
    with pytest.raises(Refused):
        back.submit(complete.revision)
    assert back.submit(back.revision).submitted
    assert back.revision != back.submit(back.revision).returned(since=6).revision


def test_nobody_can_change_a_sheet_in_passing() -> None:
    given_marks = {1: Mark(Grade.PASSED, Decimal("3.2"))}
    made = Sheet(JINSONG, given_marks)
    given_marks.clear()
    assert 1 in made.marks
    with pytest.raises(TypeError):
        made.marks[2] = Mark(Grade.PASSED, Decimal("3.2"))  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("3.5", "3.5"),
        ("３.５", "3.5"),
        ("3。5", "3.5"),
        (" 3.50 分 ", "3.5"),
        ("0", "0"),
        ("4", "4"),
        ("04", "4"),
        ("0000000000000000003.5", None),
        ("000000000000000003.5", "3.5"),
    ],
)
def test_typed_points_are_read_in_every_form(text: str, points: str | None) -> None:
    if points is None:
        with pytest.raises(Refused):
            parse_points(text, JINSONG.item(8))
    else:
        assert str(parse_points(text, JINSONG.item(8))) == points


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "请填第 8 项的得分，0–4。"),
        (" 分", "请填第 8 项的得分，0–4。"),
        ("9" * 5000, "得分写得太长了，第 8 项请填 0–4。"),
        ("四分", "没有看懂「四分」，第 8 项请填 0–4 的数字，例如 3.5。"),
        (" 1e1 ", "没有看懂「1e1」，第 8 项请填 0–4 的数字，例如 3.5。"),
        ("3.", "没有看懂「3.」，第 8 项请填 0–4 的数字，例如 3.5。"),
        ("nan", "没有看懂「nan」，第 8 项请填 0–4 的数字，例如 3.5。"),
        ("٣", "没有看懂「٣」，第 8 项请填 0–4 的数字，例如 3.5。"),
        ("-1", "得分不能小于 0，第 8 项请填 0–4。"),
        ("5.1", "第 8 项最高 4 分，请填 0–4。"),
        ("3.25", "得分最多一位小数，第 8 项请填 0–4，例如 3.5。"),
    ],
)
def test_unreadable_points_are_refused_each_in_its_own_sentence(text: str, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_points(text, JINSONG.item(8))
    assert str(refused.value) == sentence


@given(st.text(max_size=30))
def test_whatever_is_typed_gives_points_in_range_or_a_refusal(text: str) -> None:
    try:
        points = parse_points(text, JINSONG.item(8))
    except Refused:
        return
    assert points in [Decimal(tenth) / 10 for tenth in range(41)]


def test_an_amended_sheet_stays_submitted_and_says_why() -> None:
    complete = sheet(every=Grade.PASSED)
    sent = complete.submit(complete.revision)
    amended = sent.amended(24, Decimal("2.5"), " 复核 记录 ")
    assert amended.submitted is True
    assert amended.marks[24] == Mark(Grade.PASSED, Decimal("2.5"), "复核 记录")
    assert {n: mark for n, mark in amended.marks.items() if n != 24} == {
        n: mark for n, mark in sent.marks.items() if n != 24
    }
    assert amended.amended(24, Decimal(4), "复核").marks[24].grade is Grade.EXCELLENT


@pytest.mark.parametrize(
    ("points", "reason", "sentence"),
    [
        ("3.2", "复核", "不用更正"),
        ("2.5", " ", "请写一句原因"),
        ("9", "复核", "最高 4 分"),
        ("3.33", "复核", "一位小数"),
    ],
)
def test_what_cannot_be_amended_is_refused(points: str, reason: str, sentence: str) -> None:
    complete = sheet(every=Grade.PASSED)
    with pytest.raises(Refused, match=sentence):
        complete.submit(complete.revision).amended(24, Decimal(points), reason)
    with pytest.raises(Refused, match="还没有提交"):
        complete.amended(24, Decimal(4), "复核")
