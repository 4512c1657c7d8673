from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from scoring.rubric import Grade
from scoring.sheet import Mark, Sheet
from scoring.standings import Entry, Gap, Place, Trend, changes, gaps, recount, standings, trend, trial
from scoring.stars import result
from tests.scoring.tables import JINSONG, SMALL, sheet, sheets, without

PASSED = sheet(every=Grade.PASSED)
EXCELLENT = sheet(every=Grade.EXCELLENT)
OTHER = JINSONG.with_rules({Grade.PASSED: Decimal("0.75")})


def entry(key: int, name: str, made: Sheet, official: bool = True) -> Entry:
    return Entry(key, name, replace(made, submitted=not made.open), official)


def test_equal_totals_share_a_place_and_the_next_one_is_skipped() -> None:
    same_total = sheet(every=Grade.PASSED, _1="3.5", _2="2.9")
    rows = standings(
        [
            entry(1, "丙", PASSED),
            entry(2, "乙", EXCELLENT),
            entry(3, "甲", same_total),
            entry(4, "丁", PASSED.graded(1, Grade.FAILED)),
        ]
    )
    assert [(row.name, row.place) for row in rows] == [
        ("乙", Place(1, False, 4, 4)),
        ("丙", Place(2, True, 4, 4)),
        ("甲", Place(2, True, 4, 4)),
        ("丁", Place(4, False, 4, 4)),
    ]


def test_what_is_submitted_stands_below_without_a_place_and_of_the_rest_only_the_progress_is_told() -> None:
    rows = standings(
        [
            entry(1, "甲", without(EXCELLENT, 1, 2), official=False),
            entry(2, "乙", without(EXCELLENT, 1), official=False),
            entry(3, "丙", EXCELLENT, official=False),
            entry(4, "丁", Sheet(JINSONG), official=False),
            entry(5, "戊", sheet(every=Grade.FAILED)),
            entry(6, "己", PASSED, official=False),
            Entry(7, "庚", EXCELLENT, False),
            Entry(8, "辛", EXCELLENT, True),
        ]
    )
    assert [(row.key, row.name, row.official, row.filled, row.items) for row in rows] == [
        (5, "戊", True, 24, 24),
        (3, "丙", False, 24, 24),
        (6, "己", False, 24, 24),
        (1, "甲", False, 22, 24),
        (2, "乙", False, 23, 24),
        (4, "丁", False, 0, 24),
        (7, "庚", False, 24, 24),
        (8, "辛", False, 24, 24),
    ]
    assert [row.place for row in rows] == [Place(1, False, 1, 8), *[None] * 7]
    assert [row.result for row in rows[:3]] == [
        result(replace(made, submitted=True)) for made in (sheet(every=Grade.FAILED), EXCELLENT, PASSED)
    ]
    assert [row.result for row in rows[3:]] == [None] * 5, "what is not submitted tells no marks"


def test_where_everything_is_equal_the_given_order_stays() -> None:
    rows = standings([entry(key, "同名", PASSED) for key in (7, 3, 5)])
    assert [(row.place, row.key) for row in rows] == [(Place(1, True, 3, 3), key) for key in (7, 3, 5)]


def test_no_branches_no_standings() -> None:
    assert standings([]) == ()


@given(st.lists(st.tuples(sheets(SMALL), st.booleans()), max_size=6))
def test_a_rank_is_one_more_than_the_number_of_better_official_totals(made: list[tuple[Sheet, bool]]) -> None:
    rows = standings(entry(key, f"支部{key}", one, official) for key, (one, official) in enumerate(made))
    totals = [one.total for one, official in made if official and one.total is not None]
    assert sorted(row.key for row in rows) == list(range(len(made)))
    for row in rows:
        one, official = made[row.key]
        assert (row.result is None) == (one.total is None)
        if not official or one.total is None:
            assert row.place is None
            continue
        better = sum(other > one.total for other in totals)
        assert row.place == Place(1 + better, totals.count(one.total) > 1, len(totals), len(made))
    ranks = [row.place.rank for row in rows if row.place is not None]
    assert ranks == sorted(ranks)
    assert all(row.place is None for row in rows[len(ranks) :])


@given(
    st.lists(st.tuples(sheets(SMALL), st.booleans()), max_size=6),
    st.sampled_from([(21, (1, 2)), (22, (3, 4, 5))]),
)
def test_by_a_category_a_rank_counts_the_better_official_points_of_its_items(
    made: list[tuple[Sheet, bool]], category: tuple[int, tuple[int, ...]]
) -> None:
    number, items = category
    rows = standings(
        [entry(key, f"支部{key}", one, official) for key, (one, official) in enumerate(made)], number
    )
    points = {
        key: sum((one.marks[n].points for n in items), Decimal(0))
        for key, (one, _) in enumerate(made)
        if one.total is not None
    }
    official = [points[key] for key in points if made[key][1]]
    assert sorted(row.key for row in rows) == list(range(len(made)))
    for row in rows:
        assert row.points == points.get(row.key, 0)
        assert (row.category is None) == (row.key not in points)
        if row.place is not None:
            better = sum(other > points[row.key] for other in official)
            shared = official.count(points[row.key]) > 1
            assert row.place == Place(1 + better, shared, len(official), len(made))
        else:
            assert row.key not in points or not made[row.key][1]


def test_a_change_is_told_of_like_with_like_alone() -> None:
    renamed = replace(JINSONG, key="another")
    before = {key: replace(PASSED, submitted=True) for key in (1, 2, 3)}
    before |= {4: replace(sheet(renamed, every=Grade.PASSED), submitted=True), 6: PASSED}
    now = [
        entry(1, "甲", EXCELLENT),
        entry(2, "乙", EXCELLENT, official=False),
        entry(3, "丙", without(EXCELLENT, 1)),
        entry(4, "丁", EXCELLENT),
        entry(5, "戊", EXCELLENT),
        entry(6, "己", EXCELLENT),
    ]
    assert changes(now, before) == {1: Decimal(20)}
    assert changes(now, before, JINSONG.categories[0].number) == {1: Decimal("4.4")}
    assert changes([entry(1, "甲", PASSED)], before) == {1: Decimal(0)}


def test_gaps_come_largest_first_and_only_where_both_sides_marked() -> None:
    own = without(sheet(every=Grade.EXCELLENT), 24)
    theirs = without(sheet(every=Grade.EXCELLENT, _3="3", _5="3", _8="2.0", _24="1"), 9)
    assert [(gap.number, gap.difference) for gap in gaps(own, theirs)] == [
        (3, Decimal(-2)),
        (8, Decimal(-2)),
        (5, Decimal(-1)),
    ]
    assert gaps(theirs, own)[0] == Gap(
        3, Mark(Grade.PASSED, Decimal(3), "原因"), Mark(Grade.EXCELLENT, Decimal(5)), Decimal(2)
    )


def test_a_gap_upwards_counts_like_one_downwards() -> None:
    own, theirs = sheet(_1="1", _3="5"), sheet(_1="3", _3="4")
    assert [(gap.number, gap.difference) for gap in gaps(own, theirs)] == [(1, Decimal(2)), (3, Decimal(-1))]


def test_the_same_points_for_another_reason_are_no_gap() -> None:
    assert gaps(sheet(_1="3.5"), Sheet(JINSONG).pointed(1, Decimal("3.5"), "另一个原因")) == ()


def test_a_trend_is_the_difference_of_totals_and_what_changed_by_number() -> None:
    later = sheet(every=Grade.PASSED, _3="5", _2="3.5")
    assert trend(PASSED, later) == Trend(
        Decimal("1.3"), ((2, Decimal("3.2"), Decimal("3.5")), (3, Decimal(4), Decimal(5)))
    )


def test_a_trend_with_an_incomplete_sheet_has_no_difference_of_totals() -> None:
    assert trend(PASSED, without(EXCELLENT, 1)).difference is None
    assert trend(without(PASSED, 1), EXCELLENT).difference is None
    assert len(trend(without(PASSED, 1), EXCELLENT).items) == 23


def test_a_recount_keeps_the_grades_and_what_was_typed() -> None:
    made = sheet(every=Grade.PASSED, _1="3.5")
    counted = recount(made, OTHER)
    assert counted.marks[1] == made.marks[1]
    assert counted.marks[3] == Mark(Grade.PASSED, Decimal("3.75"))
    assert counted.total == Decimal("75.5")
    assert (counted.submitted, counted.edition) == (made.submitted, OTHER)


def test_a_recount_keeps_a_remark_on_a_grade() -> None:
    remarked = Sheet(JINSONG).marked(1, Mark(Grade.PASSED, Decimal("3.2"), "好"))
    assert recount(remarked, OTHER).marks[1] == Mark(Grade.PASSED, Decimal(3), "好")


@given(sheets())
def test_a_recount_under_the_same_rules_changes_nothing(made: Sheet) -> None:
    assert recount(made, JINSONG) == made


def test_a_trial_shows_every_branch_now_and_under_the_other_rules() -> None:
    tried = trial([entry(7, "甲", PASSED), entry(3, "乙", EXCELLENT)], OTHER)
    assert [(key, now.stars, then.stars) for key, now, then in tried] == [(7, 4, 3), (3, 5, 5)]
    assert tried[0][1] == result(PASSED)
    assert tried[0][2].total == Decimal(75)
