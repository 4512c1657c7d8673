# ruff: noqa: E501 -- one spoiled edition, one line
from decimal import Decimal
from pathlib import Path

import pytest

from scoring import rubric
from scoring.refusal import EditionRefused, Refused
from scoring.rubric import FactKind, Grade, Measure, load_edition, read_edition
from tests.scoring.tables import JINSONG, SMALL, SMALL_TOML


def test_the_integers_of_grades_are_for_ever() -> None:
    assert [(grade.name, int(grade), grade.word) for grade in Grade] == [
        ("FAILED", 0, "不合格"),
        ("PASSED", 1, "合格"),
        ("EXCELLENT", 2, "优秀"),
    ]


@pytest.mark.parametrize(
    ("word", "grade"),
    [
        ("优秀", Grade.EXCELLENT),
        ("优", Grade.EXCELLENT),
        ("合格", Grade.PASSED),
        (" 合\n", Grade.PASSED),
        ("不合格", Grade.FAILED),
        ("不合", Grade.FAILED),
        ("不", Grade.FAILED),
        ("良", None),
        ("", None),
    ],
)
def test_a_grade_is_read_from_its_word_or_a_short_form(word: str, grade: Grade | None) -> None:
    assert Grade.read(word) is grade


@pytest.mark.parametrize(
    ("grade", "points"), [(Grade.EXCELLENT, "4"), (Grade.PASSED, "3.2"), (Grade.FAILED, "0")]
)
def test_a_grade_earns_its_share_of_an_item_exactly(grade: Grade, points: str) -> None:
    assert str(JINSONG.points(1, grade)) == points


def test_points_with_a_third_decimal_place_are_rounded_half_up() -> None:
    thirds = JINSONG.with_rules({Grade.PASSED: Decimal("0.33625")})
    assert thirds.points(1, Grade.PASSED) == Decimal("1.35")  # 1.345
    assert thirds.points(3, Grade.PASSED) == Decimal("1.68")  # 1.68125


@pytest.mark.parametrize("number", [0, 25, -1])
def test_an_item_that_does_not_exist_is_refused(number: int) -> None:
    with pytest.raises(Refused) as refused:
        JINSONG.item(number)
    assert str(refused.value) == f"没有第 {number} 项，请填 1–24。"


def test_points_belong_to_a_grade_or_stand_between() -> None:
    assert JINSONG.grade_of(1, Decimal("3.20")) is Grade.PASSED
    assert JINSONG.grade_of(1, Decimal(4)) is Grade.EXCELLENT
    assert JINSONG.grade_of(1, Decimal(0)) is Grade.FAILED
    assert JINSONG.grade_of(1, Decimal("3.5")) is None


def test_where_two_grades_earn_the_same_the_points_belong_to_the_end_of_the_scale() -> None:
    assert JINSONG.with_rules({Grade.PASSED: Decimal(1)}).grade_of(1, Decimal(4)) is Grade.EXCELLENT
    assert JINSONG.with_rules({Grade.PASSED: Decimal(0)}).grade_of(1, Decimal(0)) is Grade.FAILED


def test_the_paper_has_two_columns_and_nothing_stands_in_neither() -> None:
    assert JINSONG.column(1, Decimal(4)) is Grade.EXCELLENT
    assert JINSONG.column(1, Decimal("3.9")) is Grade.PASSED
    assert JINSONG.column(1, Decimal("0.1")) is Grade.PASSED
    assert JINSONG.column(1, Decimal(0)) is Grade.FAILED
    nine_tenths = JINSONG.with_rules({Grade.EXCELLENT: Decimal("0.9")})
    assert nine_tenths.column(1, Decimal("3.8")) is Grade.EXCELLENT


def test_an_edition_is_read_whole() -> None:
    assert (SMALL.key, SMALL.name, SMALL.source) == ("small", "小评价表", "测试")
    assert SMALL.facts["coverage"] == FactKind(
        "coverage", "帮扶", "人", "ratio", "2/2", of_zero=True, number=12
    )
    assert SMALL.facts["reports"] == FactKind("reports", "上报", "篇", "count", "3", monthly=True, number=13)
    assert SMALL.item(1).measures == (
        Measure("coverage", "rate", Decimal(1)),
        Measure("attendance", "rate", Decimal("0.8"), Decimal("0.9")),
    )
    assert (SMALL.item(1).typed, SMALL.item(2).typed) == ("attendance", None)
    assert SMALL.item(1).method == "手册、汇报"
    assert [category.points for category in SMALL.categories] == [55, 45]
    assert SMALL.clauses == ()


def test_facts_and_categories_are_called_by_their_numbers() -> None:
    assert SMALL.fact(13) is SMALL.facts["reports"]
    assert SMALL.category(22) is SMALL.categories[1]
    for call in (SMALL.fact, SMALL.category):
        for number in (0, 1, 99):
            with pytest.raises(Refused, match="请从「全部台账」里选择"):
                call(number)


def test_a_sentence_is_found_in_the_words_of_its_items() -> None:
    assert SMALL.quoting("优秀二") == (2,)
    assert SMALL.quoting("合格") == (1, 2, 3, 4, 5)
    assert SMALL.quoting("别的") == ()
    assert "每学期各支部根据要求做出自评" in JINSONG.clauses
    assert SMALL.says("优秀二")
    assert not SMALL.says("每学期各支部根据要求做出自评")
    assert JINSONG.says("各支部根据要求")


def test_without_a_choice_a_typed_ratio_means_the_first_one() -> None:
    assert load_edition(SMALL_TOML.replace('typed = "attendance"\n', "")).item(1).typed == "coverage"


def test_space_around_a_text_does_not_count() -> None:
    assert load_edition(SMALL_TOML.replace('"合格一"', '" 合格一\\n"')).item(1).standard == "合格一"


def test_an_edition_is_read_once() -> None:
    assert read_edition("jinsong_2017") is read_edition("jinsong_2017")


@pytest.mark.parametrize("key", ["nobody_1999", "../rubric", "", "Jinsong_2017"])
def test_an_unknown_edition_is_refused(key: str) -> None:
    with pytest.raises(EditionRefused) as refused:
        read_edition(key)
    assert str(refused.value) == f"没有评价表版本「{key}」，请核对名称，或先把它的文件放进 scoring/editions。"


def test_an_edition_is_called_as_its_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("small", "another"):
        (tmp_path / f"{name}.toml").write_text(SMALL_TOML, encoding="utf-8")
    monkeypatch.setattr(rubric, "EDITIONS", tmp_path)
    assert read_edition("small") == SMALL
    with pytest.raises(
        EditionRefused, match=r"^评价表文件 another\.toml 里的 key 是 small，应与文件名相同。$"
    ):
        read_edition("another")
    rubric._read.cache_clear()


SPOILED = [
    ("not TOML", "key =", "key ==", None),
    ("a number no machine can read", "points = 30", "points = 1e9999999999999999999999", None),
    ("a missing key", 'key = "small"\n', "", "评价表缺少 key。"),
    ("an unknown key", "lowest", "color = 1\nlowest", "评价表有不认识的内容 color。"),
    ("an unknown key of an item", "number = 2\n", "number = 2\ncolor = 1\n", "第 2 项有不认识的内容 color。"),
    ("an unknown key of a category", 'name = "甲"\n', 'name = "甲"\ncolor = 1\n', "甲有不认识的内容 color。"),
    ("an unknown key of a measure", "excellent = 3 }", "excellent = 3, x = 1 }", "第 3 项的指标有不认识的内容 x。"),
    ("an unknown key of a fact", 'example = "5"\n', 'example = "5"\nx = 1\n', "台账 talks 有不认识的内容 x。"),
    ("an unknown key of a star", "least = 80 }", "least = 80, x = 1 }", "评价表的 stars有不认识的内容 x。"),
    ("an unknown grade", "failed = 0\n", "failed = 0\ngood = 1\n", "评价表的 shares有不认识的内容 good。"),
    ("a text that is a number", 'name = "甲"', "name = 7", "评价表的 categories的 name 应是文字。"),
    ("an empty text", '"合格一"', '" "', "第 1 项的 standard 是空的。"),
    ("an empty 优秀 text", '"优秀二"', '""', "第 2 项的 excellent 是空的。"),
    ("no methods", 'methods = ["手册", "汇报"]', "methods = []", "第 1 项的 methods 是空的。"),
    ("an empty method", '"手册", "汇报"', '"手册", ""', "第 1 项的 methods 是空的。"),
    ("a method that is a number", '"手册", "汇报"', '"手册", 3', "第 1 项的 methods 应是文字。"),
    ("methods that are a text", 'methods = ["手册", "汇报"]', 'methods = "手册"', "第 1 项的 methods 应是文字的列表。"),
    ("a number that is a text", "number = 1\n", 'number = "1"\n', "甲的 items的 number 应是整数。"),
    ("a truth where a number belongs", "lowest = 3", "lowest = true", "评价表的 lowest 应是整数。"),
    ("a truth where points belong", "points = 30", "points = true", "第 1 项的 points 应是数。"),
    ("a number where a truth belongs", "of_zero = true", "of_zero = 1", "台账 coverage 的 of_zero 应是 true 或 false。"),
    ("points that are a text", "points = 30", 'points = "30"', "第 1 项的 points 应是数。"),
    ("points that are no number", "points = 30", "points = nan", "第 1 项的 points 应是 0 到 1000 之间的数。"),
    ("negative points", "points = 30", "points = -1", "第 1 项的 points 应是 0 到 1000 之间的数。"),
    ("huge points", "points = 30", "points = 1001", "第 1 项的 points 应是 0 到 1000 之间的数。"),
    ("points of nothing", "points = 30", "points = 0", "第 1 项的分值 0 应大于 0，最多一位小数。"),
    ("points in hundredths", "points = 30", "points = 30.05", "第 1 项的分值 30.05 应大于 0，最多一位小数。"),
    ("a sum that is not 100", "points = 30", "points = 30.1", "各项分值合计 100.1，应为 100。"),
    ("an item twice", "number = 2\n", "number = 1\n", "第 1 项出现了不止一次。"),
    ("a gap between items", "number = 5\n", "number = 6\n", "缺少第 5 项。"),
    ("a title of 11 characters", '"第一"', '"一二三四五六七八九十一"', "第 1 项的短标题「一二三四五六七八九十一」超过 10 个字。"),
    ("categories that are a text", '[[categories]]\nnumber = 21\nname = "甲"', 'categories = "甲"', None),
    ("a fact that is not defined", 'fact = "talks"', 'fact = "walks"', "第 2 项用到的台账 walks 没有定义。"),
    ("an unknown how", 'how = "at_most"', 'how = "about"', "第 2 项的 how 是 about，只能是 rate、count、at_most、monthly、points_each、shown。"),
    ("a rate of a count", 'how = "at_most"', 'how = "rate"', "第 2 项的台账 talks 不能用 rate 计算。"),
    ("a month's number of what is not monthly", 'how = "at_most"', 'how = "monthly"', "第 2 项的台账 talks 不能用 monthly 计算。"),
    ("a count of a ratio", 'fact = "coverage", how = "rate"', 'fact = "coverage", how = "count"', "第 1 项的台账 coverage 不能用 count 计算。"),
    ("a limit on a tick", 'fact = "plan", how = "count"', 'fact = "plan", how = "at_most"', "第 5 项的台账 plan 不能用 at_most 计算。"),
    ("a point for each tick", 'fact = "plan", how = "count", excellent = 1', 'fact = "plan", how = "points_each"', "第 5 项的台账 plan 不能用 points_each 计算。"),
    ("a month's number of a tick", 'fact = "plan", how = "count"', 'fact = "plan", how = "monthly"', "第 5 项的台账 plan 不能用 monthly 计算。"),
    ("a month's number of a monthly tick", 'form = "count"\nexample = "3"', 'form = "tick"\nexample = "3"', "第 3 项的台账 reports 不能用 monthly 计算。"),
    ("a measure without a number", ", passed = 2, excellent = 1", "", "第 2 项的台账 talks 缺少合格或优秀的数值。"),
    ("a number where points are counted", 'how = "points_each"', 'how = "points_each", passed = 1', "第 4 项的台账 reports 不需要合格或优秀的数值。"),
    ("a measure beside counted points", '[{ fact = "reports", how = "points_each" }]', '[{ fact = "reports", how = "points_each" }, { fact = "talks", how = "count", passed = 1 }]', "第 4 项按数量计分，不能再有别的指标。"),
    ("合格 asking for more than 优秀", "passed = 0.8, excellent = 0.9", "passed = 0.91, excellent = 0.9", "第 1 项的台账 attendance 合格要求高于优秀要求。"),
    ("合格 allowing less than 优秀", "passed = 2, excellent = 1", "passed = 0, excellent = 1", "第 2 项的台账 talks 合格要求高于优秀要求。"),
    ("a rate above 1", "passed = 0.8, excellent = 0.9", "passed = 0.8, excellent = 1.1", "第 1 项的台账 attendance 是比例，数值应在 0 到 1 之间。"),
    ("half a talk", "passed = 2, excellent = 1", "passed = 2.5, excellent = 1", "第 2 项的台账 talks 按数量计算，数值应是整数。"),
    ("a number for what is only shown", 'how = "at_most", ', 'how = "shown", ', "第 2 项的台账 talks 不需要合格或优秀的数值。"),
    ("words that the text does not have", 'typed = "attendance"', 'unasked = ["有整改"]', "第 1 项的 unasked 「有整改」不在本项优秀的原文里，请照原文写。"),
    ("no words where they are promised", 'typed = "attendance"', "unasked = []", "第 1 项的 unasked 是空的。"),
    ("a typed fact of another item", 'typed = "attendance"', 'typed = "talks"', "第 1 项的 typed 是 talks，应是本项的一个比例台账。"),
    ("a fact's key in capitals", "[facts.talks]", "[facts.Talks]", "台账名 Talks 只能用小写字母和下划线，最多 24 个。"),
    ("a fact's key of 25 letters", "[facts.talks]", f"[facts.{'a' * 25}]", f"台账名 {'a' * 25} 只能用小写字母和下划线，最多 24 个。"),
    ("an unknown form", 'form = "tick"', 'form = "tock"', "台账 plan 的 form 是 tock，只能是 ratio、count、tick。"),
    ("two words for a count", 'form = "count"\nexample = "5"', 'form = "count"\nexample = "5"\nparts = ["已谈", "应谈"]', "台账 talks 的 parts 是比例前后两个数的名称，应是两个词。"),
    ("one word for a ratio", 'example = "17/18"', 'example = "17/18"\nparts = ["实到"]', "台账 attendance 的 parts 是比例前后两个数的名称，应是两个词。"),
    ("a share above 1", "excellent = 1\npassed = 0.8", "excellent = 1.1\npassed = 0.8", "得分比例应在 0 到 1 之间。"),
    ("a weak line above 1", "weak_below = 0.8", "weak_below = 1.5", "得分比例应在 0 到 1 之间。"),
    ("合格 earning more than 优秀", "excellent = 1\npassed", "excellent = 0.7\npassed", "得分比例应从不合格到优秀依次不降。"),
    ("stars that ascend", "stars = 5, least = 90", "stars = 4, least = 90", "星级应从高到低排列，不重复，最低星级在最后。"),
    ("the lowest star on top", "lowest = 3", "lowest = 4", "星级应从高到低排列，不重复，最低星级在最后。"),
    ("star thresholds that ascend", "least = 90", "least = 70", "星级分数线应从高到低排列，在 0 到 100 之间。"),
    ("equal star thresholds", "least = 90", "least = 80", "星级分数线应从高到低排列，在 0 到 100 之间。"),
    ("a star beyond 100 points", "least = 90", "least = 101", "星级分数线应从高到低排列，在 0 到 100 之间。"),
    ("a sixth star", "stars = 5, least = 90", "stars = 6, least = 90", "星级应在 1 到 5 之间。"),
    ("a star of nothing", "stars = 4, least = 80", "stars = 0, least = 80", "星级应在 1 到 5 之间。"),
    ("a lowest star of nothing", "lowest = 3", "lowest = 0", "星级应在 1 到 5 之间。"),
    ("a lowest star below nothing", "lowest = 3", "lowest = -1", "星级应在 1 到 5 之间。"),
    ("a category without an item", '[[categories]]\nnumber = 22', '[[categories]]\nnumber = 23\nname = "丙"\nitems = []\n\n[[categories]]\nnumber = 22', "丙没有测评点，请至少写一项。"),
    ("two categories of one name", 'name = "乙"', 'name = "甲"', "有两个类别都叫「甲」，请改用不同的名称。"),
    ("two facts of one title", 'title = "帮扶"', 'title = " 出勤"', "有两个台账都叫「出勤」，请改用不同的名称。"),
    ("a category's name of 21 characters", 'name = "乙"', f'name = "{"乙" * 21}"', f"类别的名称「{'乙' * 12}…」超过 20 个字。"),
    ("a fact's title of 21 characters", 'title = "帮扶"', f'title = "{"扶" * 21}"', f"台账 coverage 的名称「{'扶' * 12}…」超过 20 个字。"),
    ("two facts of one number", "number = 12\n", "number = 11\n", "台账的编号 11 应大于 0，不重复。"),
    ("two categories of one number", "number = 22\n", "number = 21\n", "类别的编号 21 应大于 0，不重复。"),
    ("a fact without a number", "number = 12\n", "", "台账 coverage 缺少 number。"),
    ("a category of the number 0", "number = 21\n", "number = 0\n", "类别的编号 0 应大于 0，不重复。"),
    ("facts that are a list", "[facts.talks]", "[[facts.talks]]", "评价表的 facts的 talks 应是表。"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"), [case[1:] for case in SPOILED], ids=[case[0] for case in SPOILED]
)
def test_a_spoiled_edition_is_refused_in_one_sentence(right: str, wrong: str, sentence: str | None) -> None:
    assert right in SMALL_TOML
    with pytest.raises(EditionRefused) as refused:
        load_edition(SMALL_TOML.replace(right, wrong, 1))
    said = str(refused.value)
    assert said.endswith("。")
    assert "\n" not in said
    if sentence is None:
        assert said.startswith("评价表不是有效的 TOML 文件：")
    else:
        assert said == sentence


def test_items_stand_in_the_order_of_their_numbers() -> None:
    swapped = SMALL_TOML.replace("number = 1\n", "number = 9\n").replace("number = 2\n", "number = 1\n")
    with pytest.raises(EditionRefused) as refused:
        load_edition(swapped.replace("number = 9\n", "number = 2\n"))
    assert str(refused.value) == "各项应按编号从小到大排列。"


def test_several_measures_beside_each_other_may_not_count_points() -> None:
    both = '[{ fact = "talks", how = "count", passed = 1 }, { fact = "reports", how = "points_each" }]'
    with pytest.raises(EditionRefused, match="第 4 项按数量计分"):
        load_edition(SMALL_TOML.replace('[{ fact = "reports", how = "points_each" }]', both))


def test_rules_at_the_ends_of_their_ranges_are_allowed() -> None:
    level = SMALL_TOML.replace("passed = 0.8\nfailed = 0", "passed = 1\nfailed = 1")
    edition = load_edition(level.replace("least = 90", "least = 100").replace("least = 80", "least = 0"))
    assert set(edition.shares.values()) == {1}
    assert edition.stars == ((5, Decimal(100)), (4, Decimal(0)))


def test_an_edition_without_stars_has_only_the_lowest() -> None:
    starless = load_edition(SMALL_TOML.replace(SMALL_TOML.splitlines()[4], "stars = []"))
    assert (starless.stars, starless.lowest) == ((), 3)


def test_a_title_may_have_10_characters_and_a_fact_key_24() -> None:
    assert load_edition(SMALL_TOML.replace('"第一"', f'"{"一" * 10}"')).item(1).title == "一" * 10
    assert "a" * 24 in load_edition(SMALL_TOML.replace("talks", "a" * 24)).facts


def test_a_category_and_a_fact_may_be_called_by_20_characters() -> None:
    named = load_edition(SMALL_TOML.replace('"甲"', f'"{"甲" * 20}"').replace('"帮扶"', f'"{"扶" * 20}"'))
    assert (named.categories[0].name, named.facts["coverage"].title) == ("甲" * 20, "扶" * 20)


def many(items: int) -> str:
    """An edition with so many items."""
    head, last = SMALL_TOML.partition("[[categories]]")[0], items - 1
    one = '[[categories.items]]\nnumber = {}\ntitle = "一"\npoints = {}\nstandard = "一"\nexcellent = "一"\nmethods = ["一"]\nmeasures = []\n'
    worth = [Decimal(1)] * last + [Decimal(100 - last)]
    rows = [one.format(n, points) for n, points in enumerate(worth, start=1)]
    return "\n".join((head, '[[categories]]\nnumber = 1\nname = "甲"\n', *rows))


def test_an_edition_has_as_many_items_as_a_message_has_buttons_for() -> None:
    assert len(load_edition(many(90)).items) == 90
    with pytest.raises(EditionRefused) as refused:
        load_edition(many(91))
    assert str(refused.value) == "测评点有 91 项，最多 90 项，请合并一些。"


def test_points_may_have_tenths() -> None:
    tenths = SMALL_TOML.replace("points = 30", "points = 30.1").replace("points = 25", "points = 24.9")
    assert load_edition(tenths).item(1).points == Decimal("30.1")


def test_equal_thresholds_are_not_out_of_order() -> None:
    equal = SMALL_TOML.replace("passed = 0.8, excellent = 0.9", "passed = 0.9, excellent = 0.9")
    equal = equal.replace("passed = 2, excellent = 1", "passed = 0, excellent = 0")
    assert load_edition(equal).item(2).measures == (Measure("talks", "at_most", Decimal(0), Decimal(0)),)


def test_other_shares_leave_everything_else_as_it_was() -> None:
    changed = JINSONG.with_rules(shares={Grade.PASSED: Decimal("0.75")})
    assert changed.shares == {Grade.EXCELLENT: 1, Grade.PASSED: Decimal("0.75"), Grade.FAILED: 0}
    assert (changed.items, changed.stars, changed.key) == (JINSONG.items, JINSONG.stars, JINSONG.key)
    assert JINSONG.shares[Grade.PASSED] == Decimal("0.8")


def test_other_stars_leave_everything_else_as_it_was() -> None:
    changed = JINSONG.with_rules(stars=((5, Decimal(95)), (4, Decimal(85))))
    assert changed.stars == ((5, Decimal(95)), (4, Decimal(85)))
    assert changed.shares == JINSONG.shares
    assert JINSONG.with_rules(stars=()).stars == ()
    with pytest.raises(EditionRefused, match="星级应在 1 到 5 之间"):
        JINSONG.with_rules(stars=((6, Decimal(90)),))


def test_other_rules_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(EditionRefused, match="得分比例应从不合格到优秀依次不降"):
        JINSONG.with_rules(shares={Grade.FAILED: Decimal("0.9")})
    with pytest.raises(EditionRefused, match="得分比例应在 0 到 1 之间"):
        JINSONG.with_rules(shares={Grade.FAILED: Decimal("nan")})
    with pytest.raises(EditionRefused, match="星级分数线"):
        JINSONG.with_rules(stars=((5, Decimal("nan")),))
    with pytest.raises(EditionRefused, match="星级分数线"):
        JINSONG.with_rules(stars=((5, Decimal(80)), (4, Decimal(90))))


def test_nobody_can_change_an_edition_in_passing() -> None:
    with pytest.raises(TypeError):
        JINSONG.shares[Grade.PASSED] = Decimal(1)  # type: ignore[index]
    with pytest.raises(AttributeError):
        JINSONG.facts.clear()  # type: ignore[attr-defined]
