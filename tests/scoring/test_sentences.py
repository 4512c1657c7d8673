"""Every sentence that the rules can say: no requirement that is not the regulation's, and one style of spacing."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from pathlib import Path

import pytest

import scoring
from scoring.facts import Fact, suggest
from scoring.rubric import FactKind, Item
from tests.scoring.tables import JINSONG, MEANT, NUMBERS

MONTHS = ("2026-09", "2026-10", "2026-12")
SOURCES = sorted(Path(scoring.__file__).parent.glob("*.py"))
HAN = "\u4e00-\u9fff"


def told(kind: FactKind) -> Iterator[tuple[Fact, ...]]:
    """A kind of fact as it may stand: not at all, none, too few, enough, in some months or in all."""
    counts = {
        "tick": (0, 1),
        "count": (0, 1, 2, 3, 4, 5, 9, 10),
        "ratio": (0, 100, 299, 300, 799, 800, 8996, 900, 1000),
    }
    yield ()
    if kind.of_zero:
        yield (Fact(kind.key, 0, 0),)
    for count in counts[kind.form]:
        of = {"ratio": 10_000 if count > 1000 else 1000}.get(kind.form)
        if kind.monthly:
            yield (Fact(kind.key, count, of, MONTHS[0]),)
            yield tuple(Fact(kind.key, count, of, month) for month in MONTHS)
        yield (Fact(kind.key, count, of),)


@lru_cache
def said(number: int) -> frozenset[str]:
    """Every reason that may stand beside an item, and what may be missing."""
    kinds = [JINSONG.facts[key] for key in dict.fromkeys(m.fact for m in JINSONG.item(number).measures)]
    every: set[str] = set()
    for known in product(*(tuple(told(kind)) for kind in kinds)):
        for final in (True, False):
            made = suggest(JINSONG, number, sum(known, ()), MONTHS, final)
            every.update(made.reasons, made.missing)
    return frozenset(every)


def requirements(item: Item) -> Iterator[tuple[str, str, str, str]]:
    """What an item is said to ask for: the fact, the grade, the words of the requirement, the sentence."""
    titles = {kind.title: kind.key for kind in JINSONG.facts.values()}
    for sentence in said(item.number):
        for grade, words in re.findall(r"达到(优秀|合格)要求([^，]*)", sentence):
            [title] = [title for title in titles if sentence.startswith(f"{title} ")]
            yield titles[title], grade, words, sentence


@pytest.mark.slow
@pytest.mark.parametrize("number", NUMBERS)
def test_no_sentence_shows_a_requirement_that_the_regulation_does_not_have(number: int) -> None:
    item = JINSONG.item(number)
    for fact, grade, words, sentence in requirements(item):
        text = item.standard if grade == "合格" else item.excellent
        meant = MEANT.get((number, fact, grade), "")
        shown = re.search(r"[0-9.]+( %)?", words)
        literal = shown and re.search(rf"(?<![0-9.]){shown[0].replace(' ', '')}(?![0-9%])", text)
        assert literal or (meant and meant in text), sentence
        assert " 0 %" not in words, sentence


def test_the_walk_comes_by_every_kind_of_sentence() -> None:
    every = frozenset().union(*map(said, (2, 6, 9, 18, 19)))
    assert "党员活动出勤 8996/10000 = 89.96 %，达到合格要求 80 %，未达到优秀要求 90 %" in every
    for part in ("供参考", "视为做到", "报了 1 个月", "个月中最少", "目前", "优秀还要看", "自评开始后再看"):
        assert any(part in sentence for sentence in every), part


@pytest.mark.slow
@pytest.mark.parametrize("number", NUMBERS)
def test_every_reason_has_one_style_of_spacing_and_months_in_words(number: int) -> None:
    for sentence in said(number):
        bare = re.sub("[0-9]+月", "", sentence)
        assert not re.search(
            rf"[{HAN}][0-9]|[0-9][{HAN}%]|%[{HAN}]|  | [，。；：、（）]|[，。；：、（] ", bare
        ), sentence
        assert not re.search("[0-9]{4}-[0-9]{2}", sentence), sentence


NUMBER = re.compile(
    r"\b(number|count|of|points|plain|percent|len|LENGTH|LARGEST|\w+_(MOST|LENGTH)|expected|one|_span)\b"
)


def written() -> Iterator[tuple[str, ast.JoinedStr]]:
    """Every sentence in Chinese with something put in, in the source of the rules."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr) and re.search(f"[{HAN}]", ast.unparse(node)):
                yield f"{path.name}:{node.lineno}", node


def glued(node: ast.JoinedStr) -> bool:
    """Whether a number that is put in touches a Chinese letter or %."""
    parts = [
        "" if isinstance(part, ast.FormattedValue) else str(ast.literal_eval(part)) for part in node.values
    ]
    for at, part in enumerate(node.values):
        if isinstance(part, ast.FormattedValue) and NUMBER.search(ast.unparse(part.value)):
            before, behind = parts[at - 1] if at else "", "".join(parts[at + 1 : at + 2])
            if re.search(f"[{HAN}]$", before) or re.match(f"[{HAN}%]", behind):
                return True
    return False


def test_every_sentence_of_the_rules_sets_its_numbers_apart() -> None:
    sentences = list(written())
    assert len(sentences) > 50
    assert [where for where, node in sentences if glued(node)] == []


def test_a_number_that_touches_a_letter_is_found() -> None:
    wrong = ("f'第{number}项'", "f'最多{LENGTH} 字'", "f'{plain(x)}%'", "f'{len(x)}项'")
    right = ("f'第 {number} 项'", "f'{int(period[5:])}月'", "f'{quoted(text)}里有'", "f'{plain(x)} %'")
    for texts, found in ((wrong, True), (right, False)):
        for text in texts:
            node = ast.parse(text, mode="eval").body
            assert isinstance(node, ast.JoinedStr)
            assert glued(node) is found, text
