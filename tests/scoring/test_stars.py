from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.rubric import Edition, Grade
from scoring.sheet import Sheet
from scoring.stars import CategoryResult, WayUp, result, stars_of, way_up
from tests.scoring.tables import JINSONG, SMALL, sheet, sheets, without

totals = st.integers(0, 10_000).map(lambda cents: Decimal(cents) / 100)


@pytest.mark.parametrize(
    ("total", "stars"),
    [
        ("0", 3),
        ("79.9", 3),
        ("79.99", 3),
        ("80", 4),
        ("80.0", 4),
        ("89.9", 4),
        ("89.99", 4),
        ("90", 5),
        ("100", 5),
    ],
)
def test_above_includes_the_number(total: str, stars: int) -> None:
    assert stars_of(JINSONG, Decimal(total)) == stars


@given(totals, totals)
def test_more_points_never_mean_fewer_stars(one: Decimal, other: Decimal) -> None:
    assert stars_of(JINSONG, min(one, other)) <= stars_of(JINSONG, max(one, other))


def test_all_excellent_is_100_points_and_five_stars() -> None:
    found = result(sheet(every=Grade.EXCELLENT))
    assert (found.total, found.stars, found.weak, found.all_excellent) == (Decimal(100), 5, (), True)


def test_all_passed_is_80_points_four_stars_and_no_weak_category() -> None:
    found = result(sheet(every=Grade.PASSED))
    assert (str(found.total), found.stars, found.weak, found.all_excellent) == ("80.0", 4, (), False)


def test_a_tenth_below_all_passed_is_three_stars() -> None:
    found = result(sheet(every=Grade.PASSED, _1="3.1"))
    assert (found.total, found.stars) == (Decimal("79.9"), 3)
    assert found.weak == ("党支部自身建设",)


def test_all_failed_is_still_three_stars() -> None:
    found = result(sheet(every=Grade.FAILED))
    assert (found.total, found.stars, len(found.weak)) == (Decimal(0), 3, 6)


def test_an_empty_sheet_may_become_anything() -> None:
    found = result(Sheet(JINSONG))
    assert (found.total, found.stars) == (None, None)
    assert (found.stars_least, found.stars_most, found.weak) == (3, 5, ())
    assert (found.least, found.most) == (Decimal(0), Decimal(100))


@given(sheets(), st.data())
def test_whatever_the_open_items_become_the_stars_stay_in_the_interval(
    made: Sheet, data: st.DataObject
) -> None:
    before = result(made)
    for number in made.open:
        made = made.graded(number, data.draw(st.sampled_from(Grade)))
    after = result(made)
    assert after.stars is not None
    assert before.stars_least <= after.stars <= before.stars_most
    assert before.least <= after.least == after.total == after.most <= before.most
    assert set(before.weak) <= set(after.weak)


@given(sheets())
def test_categories_add_up_to_the_sheet(made: Sheet) -> None:
    found = result(made)
    assert sum(category.least for category in found.categories) == made.least
    assert sum(category.most for category in found.categories) == made.most
    assert [category.name for category in found.categories] == [
        category.name for category in JINSONG.categories
    ]


def test_a_complete_category_has_points_and_a_rate_rounded_as_screens_say_it() -> None:
    made = sheet(SMALL).pointed(1, Decimal(24)).pointed(2, Decimal("12.3"), "原因")
    # 36.3 of 55 is 0.66; of the second category nothing is known.
    assert result(made).categories == (
        CategoryResult("甲", Decimal("36.3"), Decimal("36.3"), Decimal("36.3"), Decimal("0.66"), weak=True),
        CategoryResult("乙", None, Decimal(0), Decimal(45), None, weak=False),
    )
    nearly = result(made.pointed(2, Decimal("19.7"), "原因")).categories[0]
    assert (nearly.rate, nearly.weak) == (Decimal("0.795"), True)  # 43.7 / 55 = 0.7945…


def test_amounts_are_decimals_even_where_nothing_is_marked() -> None:
    found = result(Sheet(SMALL))
    amounts = [found.least, found.most] + [n for c in found.categories for n in (c.least, c.most)]
    assert all(isinstance(amount, Decimal) for amount in amounts)


def test_a_category_is_weak_below_four_fifths_and_not_at_it() -> None:
    assert result(sheet(SMALL, every=Grade.PASSED)).weak == ()
    assert result(sheet(SMALL, every=Grade.PASSED, _5="7.9")).weak == ("乙",)


def test_an_incomplete_category_is_weak_only_when_it_cannot_recover() -> None:
    assert result(sheet(SMALL, _3="11")).weak == ()  # at most 36 of 45
    assert result(sheet(SMALL, _3="10.9")).weak == ("乙",)


def test_there_is_no_way_up_from_five_stars() -> None:
    assert way_up(sheet(every=Grade.EXCELLENT)) is None
    assert way_up(sheet(every=Grade.EXCELLENT, _3="0", _4="0")) is None  # exactly 90


def test_from_all_passed_eleven_items_lead_exactly_to_five_stars() -> None:
    way = way_up(sheet(every=Grade.PASSED))
    assert way is not None
    assert (way.target, way.distance) == (5, Decimal(10))
    # Items of 5 points gain 1, items of 4 gain 0.8: ten items bring at most 9.4, eleven can bring exactly 10.
    assert [number for number, _ in way.items] == [1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 19]
    assert sum(gain for _, gain in way.items) == 10


def test_the_nearest_star_comes_first_and_an_open_item_counts_from_nothing() -> None:
    made = without(sheet(SMALL, every=Grade.EXCELLENT), 1)
    assert way_up(made) == WayUp(4, Decimal(10), ((1, Decimal(30)),))


def test_among_equally_few_items_the_least_overshoot_wins_and_then_the_lowest_numbers() -> None:
    made = sheet(SMALL, every=Grade.EXCELLENT, _1="0", _5="0")  # 60: gains 30, 10
    assert way_up(made) == WayUp(4, Decimal(20), ((1, Decimal(30)),))
    made = sheet(SMALL, every=Grade.EXCELLENT, _2="10", _3="5", _4="1")  # 56: gains 15, 15, 14
    assert way_up(made) == WayUp(4, Decimal(24), ((2, Decimal(15)), (4, Decimal(14))))


def test_where_no_set_of_items_is_enough_there_is_no_way() -> None:
    modest = JINSONG.with_rules({Grade.EXCELLENT: Decimal("0.85")})
    made = sheet(modest, every=Grade.PASSED)
    assert (result(made).stars, way_up(made)) == (4, None)
    assert way_up(sheet(modest, every=Grade.EXCELLENT)) is None


def by_trying_everything(made: Sheet) -> tuple[int, ...]:
    """The numbers of the cheapest set, found the slow way."""
    edition = made.edition
    now = {item.number: Decimal(0) for item in edition.items} | {n: m.points for n, m in made.marks.items()}
    gains = {n: edition.points(n, Grade.EXCELLENT) - points for n, points in now.items()}
    liftable = [n for n, gain in gains.items() if gain > 0]
    missing = min(least for _, least in edition.stars if least > made.least) - made.least
    sets = [
        s for size in range(1, 6) for s in combinations(liftable, size) if sum(gains[n] for n in s) >= missing
    ]
    return min(sets, key=lambda s: (len(s), sum(gains[n] for n in s), s), default=())


@given(sheets(SMALL), st.sampled_from(["1", "0.95", "0.9"]), st.sampled_from(["0.8", "0.755"]))
def test_the_way_up_is_the_cheapest_of_all_sets(made: Sheet, excellent: str, passed: str) -> None:
    edition = SMALL.with_rules({Grade.EXCELLENT: Decimal(excellent), Grade.PASSED: Decimal(passed)})
    made = Sheet(edition, made.marks)
    way = way_up(made)
    if made.least >= 90:
        assert way is None
    else:
        assert tuple(n for n, _ in (way.items if way else ())) == by_trying_everything(made)


@given(sheets())
def test_the_way_up_really_leads_there_and_not_with_an_item_less(made: Sheet) -> None:
    way = way_up(made)
    if way is None:
        assert result(made).stars_least == 5
        return
    assert way.target == result(made).stars_least + 1
    assert made.least + way.distance in (Decimal(80), Decimal(90))
    lifted = made
    for number, gain in way.items:
        lifted = lifted.graded(number, Grade.EXCELLENT)
        assert gain == lifted.least - made.least - sum(g for n, g in way.items if n < number)
    assert stars_of(JINSONG, lifted.least) >= way.target
    smallest = min(gain for _, gain in way.items)
    assert sum(gain for _, gain in way.items) - smallest < way.distance


def test_the_way_up_of_another_edition_has_its_own_stars() -> None:
    strict: Edition = SMALL.with_rules(stars=((5, Decimal(100)),))
    assert way_up(sheet(strict, every=Grade.PASSED)) == WayUp(
        5, Decimal("20.0"), tuple((n, SMALL.item(n).points / 5) for n in range(1, 6))
    )


def test_a_cent_short_is_short() -> None:
    odd = SMALL.with_rules({Grade.EXCELLENT: Decimal("0.999")}, stars=((4, Decimal(10)),))
    # The last item brings 9.99 of the 10 points, the one before it 14.985, rounded half up.
    assert way_up(Sheet(odd)) == WayUp(4, Decimal(10), ((4, Decimal("14.99")),))
