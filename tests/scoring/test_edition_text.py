# ruff: noqa: E501 -- one spoiled edition, one line
"""An edition as text: what is written is read again, whatever it says; its key follows from it and from nothing else."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import rubric
from scoring.edition_text import alike, body, own, written
from scoring.refusal import EditionRefused
from scoring.rubric import Edition, Grade, load_edition, own_key, packaged, read_edition, reading_only
from scoring.trial import Part, Rule, adopted
from tests.scoring.tables import JINSONG, SMALL, SMALL_TOML

words = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=10)


@st.composite
def editions(draw: st.DrawFn) -> Edition:
    """The school's edition with other words, points and rules."""
    said = [
        replace(
            item,
            title=draw(words),
            standard=draw(words) + item.standard,
            excellent=item.excellent + draw(words),
            methods=tuple(draw(st.lists(words, min_size=1, max_size=3))),
            measures=item.measures[: draw(st.integers(0, 2))] if item.typed is None else item.measures,
        )
        for item in JINSONG.items
    ]
    tenths = draw(st.integers(1, 30))
    said[0] = replace(said[0], points=said[0].points - Decimal(tenths) / 10)
    said[1] = replace(said[1], points=said[1].points + Decimal(tenths) / 10)
    categories = tuple(
        replace(one, items=tuple(item for item in said if item.category == one.name))
        for one in JINSONG.categories
    )
    passed = Decimal(draw(st.integers(1, 999))) / 1000
    changed = replace(
        JINSONG,
        key=f"other_{tenths}",
        categories=categories,
        clauses=tuple(draw(st.lists(words, max_size=2))),
    )
    return changed.with_rules({Grade.PASSED: passed})


def test_what_comes_with_the_program_is_written_as_it_is_read() -> None:
    assert packaged() == ("jinsong_2017",)
    assert load_edition(written(JINSONG)) == JINSONG
    assert load_edition(written(SMALL)) == SMALL
    assert written(load_edition(written(JINSONG))) == written(JINSONG)


@pytest.mark.slow
@given(editions())
def test_whatever_an_edition_says_is_read_again(edition: Edition) -> None:
    assert load_edition(written(edition)) == edition
    mine, text = own(edition)
    assert mine.key == own_key(text)
    assert load_edition(text, mine.key) == mine
    assert alike(mine, edition)


def test_texts_with_signs_and_lines_and_an_edition_without_facts_are_written_too() -> None:
    item = replace(
        SMALL.items[1], standard='他说"好"\\了\n第二行\t。', excellent="§ ü 𠮷", unasked=(), measures=()
    )
    bare = replace(
        SMALL,
        categories=(replace(SMALL.categories[0], items=(replace(item, number=1, points=Decimal(100)),)),),
        facts={},
    )
    assert load_edition(written(bare)) == bare


def test_another_word_is_another_key_and_the_name_of_the_key_is_none() -> None:
    mine, text = own(JINSONG)
    assert own(replace(JINSONG, key="nobody"))[0] == mine
    assert own(replace(JINSONG, name="另一张"))[0].key != mine.key
    assert "key" not in text.splitlines()[0]
    assert text == body(JINSONG)
    assert len(mine.key) == 36
    assert own_key("评价表") == "own_bbf3b49419af97649c40d38f84038fc9", "for ever: it stands in rows"
    assert not alike(mine, JINSONG.with_rules({Grade.PASSED: Decimal("0.7")}))


def test_an_own_edition_is_read_where_it_is_kept_and_a_miss_is_asked_again() -> None:
    mine, text = own(replace(JINSONG, name="自定的一张"))
    with (
        reading_only(dict[str, str]().get),
        pytest.raises(EditionRefused, match=r"^没有自定的评价表「own_.*请从备份恢复。$"),
    ):
        read_edition(mine.key)
    with reading_only({mine.key: text + "# 改过"}.get), pytest.raises(EditionRefused, match="被改动过"):
        read_edition(mine.key)
    empty, shelf = Shelf({}), Shelf({mine.key: text})
    rubric.SHELVES.add(empty)
    with pytest.raises(EditionRefused, match="没有自定的评价表"):
        read_edition(mine.key)
    rubric.SHELVES.add(shelf)
    assert read_edition(mine.key) == mine
    assert shelf.asked == 1
    assert read_edition(mine.key) is read_edition(mine.key)
    assert shelf.asked == 1, "an own edition never changes, so it is read once"
    rubric._read.cache_clear()


class Shelf:
    """Where editions are kept, in memory."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts, self.asked = texts, 0

    def edition_text(self, key: str) -> str | None:
        self.asked += 1
        return self.texts.get(key)


LONG = "长" * 501
SPOILED = [
    ("a control character", '"合格一"', '"合格\\u0007"', "第 1 项的 standard 里有看不见的字符，请重新输入这一处。"),
    ("too long a standard", '"合格一"', f'"{LONG}"', "第 1 项的合格要求有 501 个字，最多 500 个，请写短一些。"),
    ("too long a source", '"测试"', f'"{LONG}"', "评价表的 source 有 501 个字，最多 200 个，请写短一些。"),
    ("too long a unit", '"人次"', '"一二三四五六七八九十一二三"', "台账 attendance 的单位、例子或两个数的名称有 13 个字，最多 12 个，请写短一些。"),
    ("endless digits", "weak_below = 0.8", "weak_below = 0.8000001", "评价表的 weak_below 小数太长，最多 6 位。"),
    ("a tiny number", "weak_below = 0.8", "weak_below = 1e-999999999", "评价表的 weak_below 小数太长，最多 6 位。"),
    ("too many clauses", "lowest", "clauses = [" + '"一句",' * 31 + "]\nlowest", "条款有 31 个，最多 30 个，请减少一些。"),
    ("no end", "[shares]", "x = [1,", "评价表不是有效的 TOML 文件：第"),
    ("half a line", "lowest = 3", "lowest =", "评价表不是有效的 TOML 文件：第"),
    ("a very long number", "lowest = 3", f"lowest = {'9' * 5000}", "评价表不是有效的 TOML 文件：里面有读不了的数或结构。"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "says"), [case[1:] for case in SPOILED], ids=[case[0] for case in SPOILED]
)
def test_what_no_screen_can_show_is_refused(old: str, new: str, says: str) -> None:
    assert old in SMALL_TOML
    with pytest.raises(EditionRefused) as refused:
        load_edition(SMALL_TOML.replace(old, new, 1))
    assert str(refused.value).startswith(says)


def test_a_file_that_ends_too_soon_is_said_to_be_unfinished() -> None:
    with pytest.raises(EditionRefused) as refused:
        load_edition('key = "small')
    assert str(refused.value) in (
        "评价表不是有效的 TOML 文件：文件没有写完。",
        "评价表不是有效的 TOML 文件：第 1 行第 12 个字符看不懂。",
    )


# --- what 试算 would make of it -----------------------------------------------------------------------------------


def rule(part: Part, number: int, value: str) -> Rule:
    return Rule(part, number, Decimal(value))


def test_rules_become_an_edition_of_their_own() -> None:
    made = adopted(JINSONG, [rule(Part.SHARE, 1, "0.75"), rule(Part.STARS, 5, "88")])
    assert made.shares == {Grade.FAILED: 0, Grade.PASSED: Decimal("0.75"), Grade.EXCELLENT: 1}
    assert made.stars == ((5, Decimal(88)), (4, Decimal(80)))
    assert made.categories == JINSONG.categories
    assert load_edition(written(made)) == made


def test_a_weight_becomes_points_where_they_are_exact_tenths() -> None:
    made = adopted(SMALL, [rule(Part.WEIGHT, category.number, "2") for category in SMALL.categories])
    assert [item.points for item in made.items] == [item.points for item in SMALL.items], (
        "all twice is as it was"
    )
    with pytest.raises(Exception, match=r"^按这个倍数，第 1 项要由 4 分改为 3\.85 分，合计仍是 100；"):
        adopted(JINSONG, [rule(Part.WEIGHT, 4, "1.5")])
    with pytest.raises(Exception, match=r"^倍数不能都是 0"):
        adopted(SMALL, [rule(Part.WEIGHT, category.number, "0") for category in SMALL.categories])
    with pytest.raises(Exception, match="分值应大于 0"):
        adopted(SMALL, [rule(Part.WEIGHT, SMALL.categories[0].number, "0")])
