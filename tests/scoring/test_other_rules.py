from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.refusal import Refused, Unread
from scoring.rubric import Grade
from scoring.sheet import Sheet
from scoring.standings import Entry
from scoring.trial import RULES_MOST, Part, Rule, Tried, in_words, read_rules, rule_of, standing_value, tried
from tests.scoring.tables import JINSONG, SMALL, sheet, sheets, without

SHARE, STARS, WEIGHT = Part
PASSED = Rule(SHARE, 1, Decimal("0.75"))
FIVE = Rule(STARS, 5, Decimal(85))
BUILDING = next(one.number for one in JINSONG.categories if one.name == "思想建设")

READ = {
    "合格75% 五星85": [PASSED, FIVE],
    "合格75%，五星85分": [PASSED, FIVE],
    "合格７５％": [PASSED],
    "合格 0.75": [PASSED],
    "合格75": [PASSED],
    "合得75%": [PASSED],
    "把合格改成75%": [PASSED],
    "如果合格按0.75算，85分以上五星": [PASSED, FIVE],
    "五星改为85": [FIVE],
    "五星85分以上": [FIVE],
    "五星级=85": [FIVE],
    "85以上五星，75以上四星": [FIVE, Rule(STARS, 4, Decimal(75))],
    "五星88.5": [Rule(STARS, 5, Decimal("88.5"))],
    "思想建设1.5倍": [Rule(WEIGHT, BUILDING, Decimal("1.5"))],
    "思想建设×2": [Rule(WEIGHT, BUILDING, Decimal(2))],
    "思想建设权重 150%": [Rule(WEIGHT, BUILDING, Decimal("1.5"))],
    "思想0.5倍": [Rule(WEIGHT, BUILDING, Decimal("0.5"))],
    "不合格10%": [Rule(SHARE, 0, Decimal("0.1"))],
    "优秀1": [Rule(SHARE, 2, Decimal(1))],
}
UNREAD = (
    "",
    "天气",
    "合格",
    "75",
    "75%",
    "合格75% 天气",
    "六星85",
    "建设2倍",
    "五星85%",
    "合格2倍",
    "3人请假",
    "6优 7合",
)
REFUSED = {
    "三星70": "三星没有分数线，可以试：五星、四星。",
    "合格105%": "合格这样写不行，得分比例请写 0% 到 100%",
    "合格33.33%": "最多一位小数",
    "五星185": "五星这样写不行，分数线请写 0 到 100",
    "五星85.55": "最多一位小数",
    "思想建设10倍": "思想建设这样写不行，倍数请写 0 到 9.99",
    "合格75 合格70": "合格写了两次，请只保留一个。",
    "合格75 五星85 四星75 思想建设2倍 党政配合2倍": "一次最多试 4 处",
}


def official(key: int, made: Sheet) -> Entry:
    return Entry(key, f"支部{key}", replace(made, submitted=True), True)


@pytest.mark.parametrize("text", READ)
def test_a_line_of_rules_is_read_whole(text: str) -> None:
    assert list(read_rules(text, JINSONG)) == READ[text]


@pytest.mark.parametrize("text", UNREAD)
def test_what_is_no_line_of_rules_is_not_read(text: str) -> None:
    with pytest.raises(Unread, match="可以写成：合格75% 五星85"):
        read_rules(text, JINSONG)


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_tried_says_why_and_what_can(text: str) -> None:
    with pytest.raises(Refused, match=REFUSED[text]) as refused:
        read_rules(text, JINSONG)
    assert not isinstance(refused.value, Unread)


def test_an_edition_without_thresholds_has_none_to_try() -> None:
    with pytest.raises(Refused, match="五星没有分数线，可以写成"):
        read_rules("五星85", JINSONG.with_rules(stars=()))


@st.composite
def rules(draw: st.DrawFn) -> tuple[Rule, ...]:
    """Rules that an edition may have, as they may be typed."""
    share = draw(st.integers(0, 1000)) / Decimal(1000)
    five = draw(st.integers(801, 1000)) / Decimal(10)
    four = draw(st.integers(0, 800)) / Decimal(10)
    weight = draw(st.integers(1, 999)) / Decimal(100)
    every = [Rule(SHARE, 1, share), Rule(STARS, 5, five), Rule(STARS, 4, four), Rule(WEIGHT, 21, weight)]
    return tuple(draw(st.lists(st.sampled_from(every), max_size=RULES_MOST, unique_by=lambda rule: rule[:2])))


@given(rules())
def test_a_rule_is_the_same_behind_its_button(made: tuple[Rule, ...]) -> None:
    for rule in made:
        assert rule_of(rule.code, SMALL) == rule
        assert 0 < rule.code < 2**31


def test_what_a_button_carries_of_a_rule_is_for_ever() -> None:
    assert (PASSED.code, FIVE.code) == (110_750, 520_850)
    assert Rule(WEIGHT, 21, Decimal("1.5")).code == 2_130_150


@pytest.mark.parametrize("code", [1, 40_001, 90_000, 311_000, 620_850, 999_030_100, 2_000_011_999])
def test_a_number_that_is_no_rule_of_the_edition_is_refused(code: int) -> None:
    with pytest.raises(Refused):
        rule_of(code, JINSONG)


@given(st.lists(sheets(SMALL, complete=True), max_size=4), rules())
def test_every_total_and_star_is_worked_out_from_the_marks(
    made: list[Sheet], asked: tuple[Rule, ...]
) -> None:
    share = next((rule.value for rule in asked if rule.part is SHARE), Decimal("0.8"))
    least = {5: Decimal(90), 4: Decimal(80)} | {r.number: r.value for r in asked if r.part is STARS}
    weight = next((rule.value for rule in asked if rule.part is WEIGHT), Decimal(1))
    worth = {n: (Decimal(p), weight if n < 3 else Decimal(1)) for n, p in enumerate((30, 25, 20, 15, 10), 1)}
    found = {one.key: one for one in tried((official(k, one) for k, one in enumerate(made)), asked)}
    assert found.keys() == set(range(len(made)))
    whole = sum(Fraction(points) * Fraction(times) for points, times in worth.values())
    for key, one in enumerate(made):
        earned = Fraction(0)
        for number, (points, times) in worth.items():
            mark = one.marks[number]
            own = {Grade.EXCELLENT: points, Grade.PASSED: points * Decimal("0.8"), Grade.FAILED: Decimal(0)}
            if mark.grade is Grade.PASSED and mark.points == own[Grade.PASSED]:
                counted = (points * share).quantize(Decimal("0.01"), ROUND_HALF_UP)
            else:
                counted = mark.points
            earned += Fraction(counted) * Fraction(times)
        exact = 100 * earned / whole
        assert abs(Fraction(found[key].new_total) - exact) <= Fraction(1, 200)
        assert found[key].total == sum(mark.points for mark in one.marks.values())
        for total, stars, lines in (
            (found[key].total, found[key].stars, {5: Decimal(90), 4: Decimal(80)}),
            (found[key].new_total, found[key].new_stars, least),
        ):
            assert stars == (5 if total >= lines[5] else 4 if total >= lines[4] else 3)


@given(st.lists(sheets(complete=True), max_size=4))
def test_without_rules_nothing_changes(made: list[Sheet]) -> None:
    for one in tried((official(k, one) for k, one in enumerate(made)), ()):
        assert (one.total, one.stars) == (one.new_total, one.new_stars)


def test_only_official_results_are_tried_the_best_new_total_first() -> None:
    every = [
        official(1, sheet(every=Grade.PASSED)),
        official(2, sheet(every=Grade.EXCELLENT)),
        official(3, without(sheet(every=Grade.EXCELLENT), 1)),
        Entry(4, "自评", replace(sheet(every=Grade.EXCELLENT), submitted=True), False),
    ]
    assert tried(every, [PASSED]) == (
        Tried(2, "支部2", Decimal(100), 5, Decimal(100), 5),
        Tried(1, "支部1", Decimal(80), 4, Decimal(75), 3),
    )


def test_rules_that_contradict_one_another_are_refused() -> None:
    with pytest.raises(Refused, match="请把有关的一起写"):
        tried([official(1, sheet(every=Grade.PASSED))], [Rule(STARS, 5, Decimal(70))])
    with pytest.raises(Refused, match="倍数不能都是 0"):
        tried(
            [official(1, sheet(SMALL, every=Grade.PASSED))],
            [Rule(WEIGHT, 21, Decimal(0)), Rule(WEIGHT, 22, Decimal(0))],
        )


def test_a_rule_is_said_beside_what_stands() -> None:
    said = [(in_words(r, r.value), in_words(r, standing_value(r, JINSONG))) for r in (PASSED, FIVE)]
    assert said == [("75 %", "80 %"), ("85 分", "90 分")]
    weight = Rule(WEIGHT, BUILDING, Decimal("1.5"))
    assert (in_words(weight, weight.value), standing_value(weight, JINSONG)) == ("1.5 倍", Decimal(1))
