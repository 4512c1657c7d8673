"""整改: which result owes a plan, and which words of which standard its measures answer."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given

from scoring.profile import lost
from scoring.rectification import Reasons, named, problem, problems, reasons
from scoring.rubric import Grade
from scoring.sheet import Sheet
from scoring.stars import result
from tests.scoring.tables import JINSONG, SMALL, sheet, sheets, without

PASSED = sheet(every=Grade.PASSED)


def failing(*numbers: int) -> Sheet:
    """Every item 优秀 but these, which are 不合格."""
    made = sheet(every=Grade.EXCELLENT)
    for number in numbers:
        made = made.graded(number, Grade.FAILED)
    return made


def test_four_stars_without_a_weak_category_owe_nothing() -> None:
    assert PASSED.total == 80
    assert reasons(PASSED) == Reasons()
    assert not reasons(PASSED)


def test_three_stars_owe_a_plan_and_so_does_a_weak_category_of_a_five_star_branch() -> None:
    three = PASSED.graded(1, Grade.FAILED)
    assert reasons(three) == Reasons(3, (1,))
    five = failing(19)
    assert result(five).stars == 5
    weak = reasons(five)
    assert weak.stars == 0
    assert named(JINSONG, weak) == ("党政配合",)
    assert weak


def test_what_is_not_complete_owes_nothing_yet() -> None:
    assert not reasons(without(sheet(every=Grade.FAILED), 24))


def test_where_no_stars_have_a_threshold_none_are_low() -> None:
    flat = replace(JINSONG, stars=())
    assert reasons(sheet(flat, every=Grade.PASSED)) == Reasons()


@pytest.mark.parametrize(("grade", "words"), [(Grade.FAILED, "standard"), (Grade.PASSED, "excellent")])
def test_a_problem_quotes_the_standard_that_was_not_met(grade: Grade, words: str) -> None:
    found = problem(PASSED.graded(7, grade), 7)
    assert found is not None
    assert found.standard == getattr(JINSONG.item(7), words)
    assert found.lost == JINSONG.item(7).points - JINSONG.points(7, grade)


def test_what_is_excellent_or_not_marked_is_no_problem() -> None:
    assert problem(failing(), 7) is None
    assert problem(Sheet(JINSONG), 7) is None


def test_points_of_ones_own_stand_in_their_column() -> None:
    found = problem(failing().pointed(7, Decimal("2.5"), "缺记录"), 7)
    assert found is not None
    assert (found.grade, found.lost) == (Grade.PASSED, Decimal("1.5"))


def test_a_three_star_branch_answers_for_all_that_is_not_excellent_the_largest_loss_first() -> None:
    made = PASSED.graded(20, Grade.FAILED).graded(3, Grade.FAILED).graded(5, Grade.EXCELLENT)
    assert reasons(made).stars == 3
    found = problems(made, reasons(made))
    assert [one.item.number for one in found][:2] == [3, 20]
    assert 5 not in [one.item.number for one in found]
    assert len(found) == 23


def test_a_branch_with_more_stars_answers_for_its_weak_categories_alone() -> None:
    made = failing(19, 21).graded(1, Grade.PASSED)
    why = reasons(made)
    assert named(JINSONG, why) == ("党政配合",)
    assert [one.item.number for one in problems(made, why)] == [19]


@given(sheets(SMALL, complete=True))
def test_what_a_plan_answers_was_lost_and_is_never_excellent(made: Sheet) -> None:
    why = reasons(made)
    found = problems(made, why)
    assert {one.item.number for one in found} <= {one.number for one in lost(made)}
    assert all(made.marks[one.item.number].grade is not Grade.EXCELLENT for one in found)
    assert [one.lost for one in found] == sorted((one.lost for one in found), reverse=True)
    assert tuple(named(SMALL, why)) == result(made).weak


@given(sheets(SMALL, complete=True))
def test_a_plan_is_owed_for_the_lowest_stars_and_for_nothing_else_than_they_or_what_is_weak(
    made: Sheet,
) -> None:
    worth, why = result(made), reasons(made)
    assert bool(why.stars) == (worth.stars == SMALL.lowest)
    assert len(why.weak) == len(worth.weak)


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        (Reasons(), Reasons(3, (1,)), Reasons(3, (1,))),
        (Reasons(3, (1,)), Reasons(3, (1, 4)), Reasons(0, (4,))),
        (Reasons(0, (1, 4)), Reasons(3, (4,)), Reasons(3)),
        (Reasons(3, (1,)), Reasons(3, (1,)), Reasons()),
        (Reasons(3, (1,)), Reasons(), Reasons()),
    ],
)
def test_which_reasons_are_new(before: Reasons, after: Reasons, new: Reasons) -> None:
    assert after.beyond(before) == new
    assert bool(after.beyond(before)) is bool(new)
