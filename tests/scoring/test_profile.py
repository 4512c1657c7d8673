from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from scoring.profile import Beside, Lost, Step, comparison, lost, over_terms, weak_again
from scoring.rubric import Grade
from scoring.sheet import Sheet
from scoring.standings import Entry
from tests.scoring.tables import JINSONG, SMALL, sheet, sheets, without

PASSED = sheet(every=Grade.PASSED)
EXCELLENT = sheet(every=Grade.EXCELLENT)
RENAMED = replace(JINSONG, key="another")


def entry(key: int, made: Sheet, official: bool = True, submitted: bool = True) -> Entry:
    return Entry(key, f"支部{key}", replace(made, submitted=submitted), official)


def test_a_branch_stands_beside_all_whose_result_is_of_the_same_kind() -> None:
    mine = entry(1, PASSED)
    others = [
        entry(2, EXCELLENT),
        entry(3, EXCELLENT, official=False),
        entry(4, EXCELLENT, submitted=False),
        entry(5, without(EXCELLENT, 1)),
        entry(6, sheet(RENAMED, every=Grade.FAILED)),
    ]
    found = comparison(mine, [mine, *others])
    assert (found.count, found.total) == (2, Beside("总分", Decimal(80), Decimal(100), Decimal(90)))
    assert found.categories[0] == Beside("党支部自身建设", Decimal("17.6"), Decimal(22), Decimal("19.8"))
    assert found.categories[0].difference == Decimal("-2.2")
    alone = comparison(others[1], [mine, *others])
    assert (alone.count, alone.total.mean, alone.total.difference) == (1, Decimal(100), Decimal(0))


@given(st.lists(st.tuples(sheets(SMALL, complete=True), st.booleans()), min_size=1, max_size=5))
def test_each_mean_is_the_sum_of_the_marks_by_their_number_to_a_hundredth(
    made: list[tuple[Sheet, bool]],
) -> None:
    entries = [entry(key, one, official) for key, (one, official) in enumerate(made)]
    found = comparison(entries[0], entries)
    alike = [one for one, official in made if official == made[0][1]]
    assert found.count == len(alike)
    for beside, numbers in ((found.categories[0], (1, 2)), (found.categories[1], (3, 4, 5))):
        points = [Fraction(sum(one.marks[n].points for n in numbers)) for one in alike]
        exact = sum(points, Fraction(0)) / len(points)
        assert abs(Fraction(beside.mean) - exact) <= Fraction(1, 200)
        assert beside.mean == beside.mean.quantize(Decimal("0.01"))
        assert Fraction(beside.points) == points[0]
        assert beside.points - beside.mean == beside.difference
    assert found.total.points == sum(one.points for one in found.categories)


def test_what_lost_most_comes_first_then_by_number_and_an_open_item_lost_nothing() -> None:
    made = without(sheet(every=Grade.EXCELLENT, _3="4", _8="2", _9="4.5", _5="2"), 24)
    assert lost(made) == (
        Lost(5, Decimal(2), Decimal(4)),
        Lost(8, Decimal(2), Decimal(4)),
        Lost(3, Decimal(4), Decimal(5)),
        Lost(9, Decimal("4.5"), Decimal(5)),
    )
    assert lost(EXCELLENT) == ()


@given(sheets())
def test_what_is_lost_and_what_is_earned_are_all_the_points_of_the_marked_items(made: Sheet) -> None:
    found = lost(made)
    whole = sum(item.points for item in made.edition.items if item.number in made.marks)
    assert sum(one.lost for one in found) + made.least == whole
    assert [one.lost for one in found] == sorted((one.lost for one in found), reverse=True)
    assert all(one.lost > 0 for one in found)


def test_weak_again_is_what_is_below_four_fifths_in_both_terms() -> None:
    before = sheet(every=Grade.PASSED, _3="3.9", _6="0", _8="3.1")
    after = sheet(every=Grade.PASSED, _3="3.9", _6="3.2", _8="0", _9="1")
    assert weak_again(before, after) == (3, 8)
    assert weak_again(PASSED, PASSED) == (), "what meets the standard is not weak"
    assert weak_again(sheet(RENAMED, every=Grade.FAILED), sheet(every=Grade.FAILED)) == ()


@given(st.lists(st.tuples(sheets(SMALL, complete=True), st.booleans()), max_size=6))
def test_each_term_is_worked_out_from_its_marks_and_those_of_the_term_before(
    made: list[tuple[Sheet, bool]],
) -> None:
    every = [replace(one, edition=replace(SMALL, key="other")) if moved else one for one, moved in made]
    totals = [sum((mark.points for mark in one.marks.values()), Decimal(0)) for one in every]
    steps = over_terms(every)
    assert [step.total for step in steps] == totals
    assert [step.stars for step in steps] == [5 if t >= 90 else 4 if t >= 80 else 3 for t in totals]
    for n, step in enumerate(steps):
        alike = n > 0 and made[n][1] == made[n - 1][1]
        assert step.change == (totals[n] - totals[n - 1] if alike else None)


def test_terms_in_a_row_are_compared_under_one_edition_only() -> None:
    steps = over_terms([PASSED, EXCELLENT, sheet(RENAMED, every=Grade.FAILED), sheet(RENAMED, _1="1")])
    assert steps[:3] == (
        Step(Decimal(80), 4, None),
        Step(Decimal(100), 5, Decimal(20)),
        Step(Decimal(0), 3, None),
    )
    assert steps[3].change == 1
    assert over_terms([]) == ()
