# ruff: noqa: E501 -- one pair of texts, one line
"""What another edition changes is said item by item and word by word, and nothing that it leaves is."""

from dataclasses import replace
from decimal import Decimal

import pytest

from scoring.comparison import Difference, changed, differences, measures
from scoring.edition_text import written
from scoring.rubric import Category, Edition, Grade, Item, Measure, load_edition
from tests.scoring.tables import JINSONG, SMALL


def with_item(edition: Edition, number: int, **other: object) -> Edition:
    """The edition with one item otherwise."""
    return replace(
        edition,
        categories=tuple(
            replace(
                one,
                items=tuple(replace(i, **other) if i.number == number else i for i in one.items),  # type: ignore[arg-type]
            )
            for one in edition.categories
        ),
    )


def said(old: Edition, new: Edition) -> dict[int, dict[str, str]]:
    """What is otherwise, by the numbers of the items and what it is of."""
    return {one.number: {part.of: part.words for part in one.said} for one in differences(old, new)}


def test_the_same_edition_has_no_difference_whatever_it_is_called() -> None:
    assert differences(JINSONG, replace(JINSONG, key="other")) == ()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("合格率达到80%。", "合格率达到85%。", "合格率达到删〔80%〕增〔85%〕。"),
        ("手册上交率100%。合格率达到90%。优秀率达到20%", "手册上交率100%。合格率达到95%。优秀率达到20%以上", "…100%。合格率达到删〔90%〕增〔95%〕。优秀率达到20%增〔以上〕"),
        ("每学期召开一次组织生活会，认真组织党员学习。", "每学期召开两次组织生活会，认真组织党员学习。", "每学期召开删〔一〕增〔两〕次组织生活会，认…"),
        ("有记录", "有记录、有照片", "有记录增〔、有照片〕"),
        ("有记录、有照片", "有照片", "删〔有记录、〕有照片"),
        ("甲乙丙丁", "子丑寅卯", "删〔甲乙丙丁〕增〔子丑寅卯〕"),
        ("一二三四五六七八九十甲乙丙丁戊己庚辛壬癸一二三四五六七八九十", "一三四五六七八九十甲乙丙丁戊己庚辛壬癸一二三四五六七八九", "一删〔二〕三四五六七八九十…二三四五六七八九删〔十〕"),
    ],
)  # fmt: skip
def test_a_text_is_compared_word_by_word_with_a_little_around(before: str, after: str, words: str) -> None:
    assert changed(before, after) == words


def test_what_holds_for_the_whole_table_comes_first() -> None:
    other = replace(
        JINSONG.with_rules({Grade.PASSED: Decimal("0.75")}, ((5, Decimal(88)), (4, Decimal(80)))),
        name="北京市劲松职业高中党支部星级管理制度（修订）",
        source="新的来源",
        weak_below=Decimal("0.7"),
        clauses=(*JINSONG.clauses[1:], "另加一句"),
    )
    assert said(JINSONG, other) == {
        0: {
            "名称": "…支部星级管理制度增〔（修订）〕",
            "来源": f"删〔{JINSONG.source}〕增〔新的来源〕",
            "合格得分": "删〔80 %〕增〔75 %〕",
            "星级": "删〔五星 90 分，四星 80 分，其余三星〕增〔五星 88 分，四星 80 分，其余三星〕",
            "薄弱环节": "删〔低于 80 %〕增〔低于 70 %〕",
            "条款": "增〔另加一句〕",
        }
    }
    assert f"删〔{JINSONG.clauses[0]}〕" in [part.words for part in differences(JINSONG, other)[0].said]


def test_an_item_says_what_is_otherwise_in_it() -> None:
    other = with_item(
        JINSONG,
        5,
        title="谈心",
        points=Decimal(6),
        standard=JINSONG.item(5).standard + "另加要求。",
        excellent="另写的",
        methods=("查看资料",),
        measures=(Measure("talks", "count", None, Decimal(6)),),
        typed=None,
    )
    found = said(JINSONG, other)
    assert list(found) == [0, 5]
    assert found[0] == {"党支部自身建设合计": "删〔22 分〕增〔24 分〕"}
    assert found[5]["分值"] == "删〔4 分〕增〔6 分〕"
    assert found[5]["短标题"] == "谈心删〔与满意度〕"
    assert found[5]["合格"].endswith("增〔另加要求。〕")
    assert found[5]["优秀"] == f"删〔{JINSONG.item(5).excellent}〕增〔另写的〕"
    assert found[5]["测评方式"] == f"删〔{JINSONG.item(5).method}〕增〔查看资料〕"
    assert found[5]["依据"].endswith("增〔谈心谈话 优秀 6 人〕")


def test_an_item_whose_numbers_decide_nothing_any_more_is_named() -> None:
    shown = tuple(Measure(one.fact, "shown") for one in JINSONG.item(6).measures)
    found = differences(JINSONG, with_item(JINSONG, 6, measures=shown, typed=None))
    assert [(one.number, one.unmeasured) for one in found] == [(6, True)]
    assert "（只显示）" in found[0].said[0].words
    back = differences(with_item(JINSONG, 6, measures=shown, typed=None), JINSONG)
    assert not back[0].unmeasured


def test_items_and_categories_that_are_new_or_gone_are_said_whole() -> None:
    last = JINSONG.categories[-1]
    more = Item(
        25, "新类别", "新的一项", "新要求", "新指标", ("查看资料",), Decimal(1), (Measure("talks", "shown"),)
    )
    plain = replace(more, number=26, title="另一项", measures=())
    bigger = replace(JINSONG, categories=(*JINSONG.categories, Category(7, "新类别", (more, plain))))
    found = said(JINSONG, bigger)
    assert found[0] == {"类别": "增〔新类别〕"}
    assert found[25] == {
        "新增": "增〔新的一项，1 分，新类别〕",
        "合格": "增〔新要求〕",
        "优秀": "增〔新指标〕",
        "测评方式": "增〔查看资料〕",
        "依据": "增〔谈心谈话（只显示）〕",
    }
    assert "依据" not in found[26]
    gone = said(bigger, JINSONG)
    assert gone[0] == {"类别": "删〔新类别〕"}
    assert gone[25] == {"删除": "删〔新的一项，1 分，新类别〕"}
    renamed = replace(JINSONG, categories=(*JINSONG.categories[:-1], replace(last, name="其他各项工作")))
    assert said(JINSONG, renamed)[0] == {"类别": "其他增〔各项〕工作"}


def test_facts_and_words_that_no_number_asks_about_are_said_too() -> None:
    facts = {key: kind for key, kind in JINSONG.facts.items() if key != "petitions"}
    facts["talks"] = replace(facts["talks"], unit="人次", monthly=True, of_zero=True)
    facts["walks"] = replace(JINSONG.facts["satisfaction"], key="walks", title="走访", number=99)
    found = differences(JINSONG, replace(JINSONG, facts=facts))
    assert [part.words for part in found[0].said] == [
        "删〔谈心谈话（人，数量，例如 5，编号 2）〕增〔谈心谈话（人次，数量，按月，可以是 0/0，例如 5，编号 2）〕",
        "删〔越级上访〕",
        "增〔走访（人，比例：满意/参评，例如 45/50，编号 99）〕",
    ]
    numbers = [item.number for item in JINSONG.items if item.unasked]
    number = numbers[0]
    gone = JINSONG.item(number).unasked[0]
    changed_words = (*JINSONG.item(number).unasked[1:], JINSONG.item(number).excellent[:4])
    found = differences(JINSONG, with_item(JINSONG, number, unasked=changed_words))
    assert found == (
        Difference(
            number,
            JINSONG.item(number).title,
            ((*found[0].said[0][:1], f"删〔{gone}〕增〔{JINSONG.item(number).excellent[:4]}〕"),),  # type: ignore[arg-type]
        ),
    )


def test_measures_are_said_in_words() -> None:
    assert measures(JINSONG.item(1), JINSONG) == "没有"
    assert measures(JINSONG.item(18), JINSONG) == "信息上报（每月） 合格 2 篇；信息上报 优秀 10 篇"
    assert measures(JINSONG.item(23), JINSONG) == "获奖（每项一分）"
    assert "无故未完成（不超过） 合格 0 项" in measures(JINSONG.item(3), JINSONG)
    assert measures(SMALL.item(1), SMALL) == "帮扶 合格 100 %；出勤 合格 80 %，优秀 90 %；直接输入的是出勤"


def test_what_is_compared_may_be_read_from_a_text() -> None:
    assert differences(JINSONG, load_edition(written(JINSONG))) == ()
