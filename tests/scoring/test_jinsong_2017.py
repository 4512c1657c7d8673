"""The school's table, against the school's own text beside this file."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from scoring.rubric import Grade, Item
from tests.scoring.tables import JINSONG, MEANT, NUMBERS

REGULATION = (Path(__file__).parent / "regulation.txt").read_text(encoding="utf-8")
ROWS = [
    re.split(r"\s+", row.strip()) for row in REGULATION.partition("优秀 合格 优秀 合格\n")[2].splitlines()
]


@pytest.mark.parametrize("item", JINSONG.items, ids=lambda item: f"{item.number}")
def test_every_cell_of_an_item_is_the_regulations_word_for_word(item: Item) -> None:
    cells = [item.standard, item.excellent, *item.methods, str(item.points)]
    assert ROWS[item.number - 1][-len(cells) :] == cells


def test_what_stands_before_the_cells_is_the_name_of_the_category_on_its_first_row() -> None:
    before = ["".join(row[: -3 - len(item.methods)]) for row, item in zip(ROWS, JINSONG.items, strict=True)]
    assert [name for name in before if name] == [category.name for category in JINSONG.categories]
    first = [category.items[0].number for category in JINSONG.categories]
    assert [number for number, name in enumerate(before, 1) if name] == first


def test_the_six_categories_are_those_the_regulation_lists() -> None:
    assert "、".join(category.name for category in JINSONG.categories) in REGULATION
    assert all(item.category == category.name for category in JINSONG.categories for item in category.items)


def test_24_items_in_categories_of_22_30_17_8_5_and_18_make_100_points() -> None:
    assert [item.number for item in JINSONG.items] == list(NUMBERS)
    assert [category.points for category in JINSONG.categories] == [22, 30, 17, 8, 5, 18]
    assert [len(category.items) for category in JINSONG.categories] == [5, 7, 4, 2, 1, 5]
    assert JINSONG.total == 100


def test_stars_are_those_of_the_regulation() -> None:
    assert "总分90分以上为五星支部,80分以上为四星,80分一下为三星" in REGULATION
    assert (JINSONG.stars, JINSONG.lowest) == (((5, Decimal(90)), (4, Decimal(80))), 3)


def test_grades_earn_the_whole_four_fifths_or_nothing() -> None:
    assert JINSONG.shares == {Grade.EXCELLENT: 1, Grade.PASSED: Decimal("0.8"), Grade.FAILED: 0}
    assert JINSONG.weak_below == Decimal("0.8")


def test_the_edition_names_itself_and_its_source() -> None:
    assert JINSONG.key == "jinsong_2017"
    assert JINSONG.name in REGULATION
    assert "2017-12-01" in JINSONG.source
    assert "2017-12-01" in REGULATION


def test_short_titles_are_different_and_at_most_10_characters() -> None:
    titles = {item.title for item in JINSONG.items}
    assert len(titles) == 24
    assert all(len(title) <= 10 for title in titles)


def test_sources_of_an_assessment_are_joined_in_one_line() -> None:
    assert JINSONG.item(1).method == "支部汇报、支部手册"
    assert JINSONG.item(20).method == "支部汇报、档案材料、党员评议结果"


THRESHOLDS = """
 2 committee_minutes   monthly     -    1
 2 satisfaction        shown       -    -
 3 unfinished          at_most     0    -
 3 plan                count       -    1
 3 summary             count       -    1
 3 satisfaction        rate        -    0.9
 4 completion          rate        0.9  1
 4 timeliness          rate        0.8  0.9
 5 talks               count       3    5
 5 satisfaction        rate        0.8  0.9
 5 attendance          rate        -    0.9
 6 attendance          rate        0.8  0.9
 7 handbook_in         rate        1    1
 7 handbook_passed     rate        0.9  0.9
 7 handbook_excellent  rate        0.2  0.3
 8 party_days          monthly     1    -
 8 attendance          rate        0.8  0.9
 8 volunteer           count       -    1
 9 low_rated_talked    rate        1    1
 9 talks               shown       -    -
10 linked_masses       rate        1    1
10 linked_front        rate        1    -
10 linked_students     rate        -    1
11 statistics          count       -    1
11 dues_late           at_most     -    0
12 life_meeting        count       1    -
12 life_minutes        count       -    1
12 life_summaries      count       -    1
12 life_measures       count       -    1
13 development_delays  at_most     0    -
13 development_plan    count       -    1
13 activists_plan      count       -    1
15 activist_activities count       -    2
15 activist_talks      count       -    2
15 talks               shown       -    -
16 probation_delays    at_most     0    0
17 studies             monthly     1    -
17 notes               rate        1    1
17 attendance          rate        -    0.9
18 reports             monthly     2    -
18 reports             count       -    10
19 petitions           at_most     0    0
19 satisfaction        shown       -    -
20 satisfaction        shown       -    -
23 awards              points_each -    -
24 cadre_records       count       -    1
24 integrity           count       -    1
"""


def test_every_number_an_item_asks_for_is_in_this_table() -> None:
    def cell(limit: Decimal | None) -> str:
        return "-" if limit is None else str(limit)

    measures = [(item.number, measure) for item in JINSONG.items for measure in item.measures]
    rows = [[str(n), m.fact, m.how, cell(m.passed), cell(m.excellent)] for n, m in measures]
    assert rows == [line.split() for line in THRESHOLDS.strip().splitlines()]


@pytest.mark.parametrize("item", JINSONG.items, ids=lambda item: f"{item.number}")
def test_every_requirement_of_an_item_stands_in_the_regulation(item: Item) -> None:
    meant = dict(MEANT)
    for measure in item.measures:
        ratio = JINSONG.facts[measure.fact].form == "ratio"
        for limit, grade, text in (
            (measure.passed, "合格", item.standard),
            (measure.excellent, "优秀", item.excellent),
        ):
            if limit is None:
                continue
            number = f"{limit:.0%}" if ratio else rf"{limit}(?![0-9%])"
            if words := meant.pop((item.number, measure.fact, grade), None):
                assert words in text
            else:
                assert re.search(rf"(?<![0-9]){number}", text), (measure.fact, grade)
    assert not any(number == item.number for number, _, _ in meant), "nothing is listed for nothing"


def test_what_the_excellent_text_names_and_nobody_asks() -> None:
    assert {item.number: item.unasked for item in JINSONG.items if item.unasked} == {
        9: ("党员整改有成效",),
        11: ("党支部档案管理规范、齐全",),
        15: ("上好党课", "党员参与率高"),
        16: ("征求意见", "外调", "票决制"),
        19: ("群众对党员、干部评价认可度高",),
    }


@pytest.mark.parametrize(
    ("fact", "items"),
    [
        ("attendance", (5, 6, 8, 17)),
        ("satisfaction", (2, 3, 5, 19, 20)),
        ("talks", (5, 9, 15)),
        ("reports", (18,)),
        ("handbook_in", (7,)),
        ("nothing_known", ()),
    ],
)
def test_one_fact_feeds_many_items(fact: str, items: tuple[int, ...]) -> None:
    assert JINSONG.feeds(fact) == items


def test_every_fact_feeds_an_item() -> None:
    assert all(JINSONG.feeds(fact) for fact in JINSONG.facts)


def test_what_is_reported_month_by_month() -> None:
    monthly = {kind.key for kind in JINSONG.facts.values() if kind.monthly}
    assert monthly == {"attendance", "committee_minutes", "party_days", "studies", "reports"}


def test_where_nothing_to_do_counts_as_done() -> None:
    of_zero = {kind.key for kind in JINSONG.facts.values() if kind.of_zero}
    assert of_zero == {"completion", "timeliness", "low_rated_talked", "linked_front"}


def test_the_ratio_a_typed_line_means() -> None:
    typed = {item.number: item.typed for item in JINSONG.items if item.typed}
    assert typed == {
        2: "committee_minutes",
        3: "satisfaction",
        4: "completion",
        5: "satisfaction",
        6: "attendance",
        7: "handbook_in",
        8: "attendance",
        9: "low_rated_talked",
        10: "linked_masses",
        17: "attendance",
    }
