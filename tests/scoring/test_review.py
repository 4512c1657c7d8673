from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.review import (
    LEAST,
    Ballot,
    Box,
    Count,
    Electorate,
    Marks,
    Shown,
    carried,
    combined,
    few,
    in_points,
    score,
    shown,
    tally,
)
from scoring.rubric import Grade
from scoring.year import YearRow, year
from tests.scoring.tables import JINSONG

FAILED, PASSED, EXCELLENT = Grade
EXPERTS, OFFICERS, MEMBERS, MASSES, PARTIES = Electorate
WIDTH = len(JINSONG.categories)
BEST: Marks = (EXCELLENT,) * WIDTH
GOOD: Marks = (PASSED,) * WIDTH
NOTHING: Marks = (None,) * WIDTH


def opened(cast: Sequence[Ballot], paper: Sequence[Box] = ()) -> Shown:
    """What may be shown of these ballots for branch 1 once their round is closed."""
    return shown(*sealed(cast), [1], JINSONG, paper=paper)


def sealed(cast: Sequence[Ballot]) -> tuple[list[Ballot], dict[Electorate, int]]:
    """The ballots as they stay once a round is closed, and how many each group returned."""
    returned = {group: sum(one.group is group for one in cast) for group in Electorate}
    small = few(returned)
    kept = [one for one in cast if one.group not in small.groups]
    kept += [replace(one, group=None) for one in cast if one.group in small.groups and small.counts]
    return kept, returned


def ballots(group: Electorate, *given: Marks) -> list[Ballot]:
    """Ballots of a group for branch 1, which leave branch 2 out."""
    return [Ballot(group, {1: marks}) for marks in given]


def test_a_ballot_is_worth_the_tables_shares_of_its_categories() -> None:
    [box], _ = opened(ballots(MASSES, BEST, BEST, BEST, GOOD, GOOD))
    assert score(box.tally[1], JINSONG) == Fraction(92)  # three times 100 and twice 80
    assert in_points(Fraction(92)) == Decimal(92)
    assert (box.name, box.ballots, box.valid, box.uniform) == ("群众", 5, 5, 0)


@pytest.mark.parametrize(
    ("exact", "points"),
    [
        (Fraction(200, 3), "66.67"),
        (Fraction(86405, 1000), "86.41"),
        (Fraction(864049, 10000), "86.4"),
        (Fraction(100), "100"),
    ],
)
def test_a_mean_is_rounded_half_up_to_a_hundredth(exact: Fraction, points: str) -> None:
    assert str(in_points(exact)) == points


def test_who_abstains_is_in_no_mean_and_a_category_without_a_mark_leaves_no_score() -> None:
    counts = tally(ballots(MEMBERS, NOTHING, BEST), [1, 2], JINSONG)
    assert counts[1][0] == Count(1, 0, 0, 1)
    assert score(counts[1], JINSONG) == 100
    assert score(counts[2], JINSONG) is None


def test_what_says_nothing_is_not_valid_and_what_says_one_thing_throughout_is_mentioned() -> None:
    silent, alike = Ballot(MASSES, {1: NOTHING, 2: NOTHING}), Ballot(MASSES, {1: BEST, 2: BEST})
    assert (silent.valid, silent.uniform, alike.valid, alike.uniform) == (False, False, True, True)
    assert not Ballot(MASSES, {1: BEST}).uniform  # of one branch it is an opinion


def test_small_groups_are_shown_together_once_they_are_five() -> None:
    some = [*ballots(EXPERTS, BEST, BEST), *ballots(PARTIES, GOOD)]
    boxes, uncounted = opened([*some, *ballots(MASSES, *[GOOD] * 5)])
    assert ([box.name for box in boxes], uncounted) == (["群众"], 3)
    boxes, uncounted = opened([*some, *ballots(OFFICERS, GOOD, GOOD)])
    assert ([(box.name, box.ballots) for box in boxes], uncounted) == ([("其他代表", 5)], 0)
    assert score(boxes[0].tally[1], JINSONG) == Fraction(88)


def test_paper_ballots_stand_by_themselves() -> None:
    paper = Box((MASSES,), 10, tally(ballots(MASSES, *[BEST] * 10), [1], JINSONG), paper=True)
    boxes, uncounted = opened(ballots(MASSES, GOOD, GOOD), [paper])
    assert ([box.name for box in boxes], uncounted) == (["群众（纸质票）"], 2)


def test_a_groups_weight_goes_to_its_own_ballots_and_the_rest_to_the_committee() -> None:
    own = opened(ballots(MASSES, *[GOOD] * 10)).boxes
    paper = Box((MASSES,), 30, tally(ballots(MASSES, *[BEST] * 30), [1], JINSONG), paper=True)
    some = [*ballots(EXPERTS, *[BEST] * 3), *ballots(PARTIES, *[BEST] * 3)]
    pool = opened(some).boxes
    weights = {MASSES: 20, EXPERTS: 10, PARTIES: 5, OFFICERS: 30}
    boxes = (*own, *pool, paper)
    shares = carried(boxes, weights)
    assert [*map(int, shares)] == [5, 15, 15]
    counts = [box.tally[1] for box in boxes]
    assert combined(Fraction(90), counts, shares, JINSONG) == Fraction(5 * 80 + 30 * 100 + 65 * 90, 100)
    assert combined(Fraction(90), [(Count(),) * WIDTH] * 3, shares, JINSONG) == 90
    lone = Box((MASSES,), 8, paper.tally, paper=True)
    pooled = Box((MASSES, PARTIES), 6, paper.tally)
    # Whose paper carries the weight brings none into the pool.
    assert [*map(int, carried([lone, pooled], weights))] == [20, 5]


def test_the_years_table_orders_by_points_and_shows_what_is_equal() -> None:
    boxes = opened(ballots(MASSES, *[GOOD] * 5)).boxes
    rows = [
        YearRow(3, "丙", (Decimal(88), Decimal(90))),
        YearRow(1, "甲", (Decimal(90), Decimal(88))),
        YearRow(2, "乙", (None, Decimal(95))),
        YearRow(4, "丁", (None, None)),
    ]
    table = year(rows, boxes, {}, JINSONG)
    assert [(row.name, row.rank, row.shared, row.points) for row in table] == [
        ("乙", 1, False, Decimal(95)),
        ("丙", 2, True, Decimal(89)),
        ("甲", 2, True, Decimal(89)),
        ("丁", 0, False, None),
    ]
    assert [row.scores for row in table if row.name in "甲丙"] == [(None,), (Decimal(80),)]
    weighed = year(rows, boxes, {MASSES: 50}, JINSONG)
    assert [(row.name, row.points) for row in weighed][1:3] == [("丙", Decimal(89)), ("甲", Decimal("84.5"))]


# --- nobody is to be known by a ballot ----------------------------------------------------------------------------

MARKS = st.tuples(*[st.sampled_from([None, *Grade])] * WIDTH)
SIZES = st.fixed_dictionaries(dict.fromkeys(Electorate, st.integers(0, 8)))


def seen(cast: Sequence[Ballot], weights: Mapping[Electorate, int], total: Decimal) -> object:
    """Everything that stays of a round, and all that is shown of it."""
    boxes, uncounted = shown(*sealed(cast), [1, 2], JINSONG)
    rows = [YearRow(1, "甲", (total,)), YearRow(2, "乙", (Decimal(85),))]
    return sorted(map(str, sealed(cast)[0])), boxes, uncounted, year(rows, boxes, weights, JINSONG)


@given(
    SIZES,
    st.data(),
    st.lists(st.fixed_dictionaries(dict.fromkeys(Electorate, st.integers(0, 20))), min_size=1, max_size=4),
)
def test_whatever_is_weighed_a_hidden_group_changes_nothing_that_is_shown(
    sizes: dict[Electorate, int], data: st.DataObject, weights: list[dict[Electorate, int]]
) -> None:
    """No difference of what is shown says anything of a hidden group: all of it stays, however that group voted."""
    cast = {group: [data.draw(MARKS) for _ in range(size)] for group, size in sizes.items()}
    small = [group for group, size in sizes.items() if size < LEAST]
    hidden = sum(sizes[group] for group in small) < LEAST

    def box(of: Mapping[Electorate, Sequence[Marks]]) -> list[Ballot]:
        return [Ballot(group, {1: marks, 2: GOOD}) for group, given in of.items() for marks in given]

    other = {
        group: [data.draw(MARKS) for _ in given] if hidden and group in small else given
        for group, given in cast.items()
    }
    for one in weights:
        assert seen(box(cast), one, Decimal(88)) == seen(box(other), one, Decimal(88))
    if hidden:
        return
    # Shown together, they are the same whichever of the small groups gave which ballot.
    pooled = [marks for group in small for marks in cast[group]]
    turned = iter(pooled[1:] + pooled[:1])
    exchanged = {
        group: [next(turned) for _ in given] if group in small else given for group, given in cast.items()
    }
    for one in weights:
        assert seen(box(cast), one, Decimal(88)) == seen(box(exchanged), one, Decimal(88))
