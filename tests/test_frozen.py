"""What is in buttons and rows for ever: `frozen.txt` has every tag with its fields, and every number that is stored.

A new one gets a line there, by hand; a line is never changed and never taken out. What is given up keeps its line with
`gone` before it, and nothing else is ever called so.
"""

import ast
import difflib
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import bot.actions
import bot.permissions
import bot.screens.card
import bot.store.tables
import bot.values
import jobs.duties.rules
import scoring.review
import scoring.rubric
from bot.actions import ChooseWinner, Mark
from bot.actions.buttons import Action, pressed, read, tags, wire
from bot.dialogue import ANSWERS
from bot.store.notices import DIGEST
from bot.store.outbox import LETTER, NUDGES, POSTING
from bot.values import WEBHOOK, Owing, Term
from jobs.duties.assignments import ASSIGNED
from jobs.duties.catalogue import load_duties
from jobs.duties.catalogue import numbered as duty_numbered
from jobs.duties.rules import numbered
from scoring.rubric import load_edition

ROOT = Path(__file__).parents[1]
WRITTEN = (ROOT / "tests" / "frozen.txt").read_text(encoding="utf-8").splitlines()
FROZEN = [line for line in WRITTEN if not line.startswith("gone ")]
EDITIONS = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "scoring" / "editions").glob("*.toml"))
}
BUTTONS, PERMISSIONS, GRADES, REASONS, CADENCES, EDITION, DUTIES = (
    (ROOT / path).read_text(encoding="utf-8")
    for path in (
        "bot/actions/buttons.py",
        "bot/permissions.py",
        "scoring/rubric.py",
        "bot/screens/card.py",
        "jobs/duties/rules.py",
        "scoring/editions/jinsong_2017.toml",
        "jobs/duties/duties.toml",
    )
)


def of_actions(module: Any) -> list[str]:
    """Every tag, in order, with its action and the fields in theirs."""
    return [
        " ".join(["tag", tag, cls.__name__, *cls.__struct_fields__])
        for tag, cls in sorted(module.tags().items())
    ]


def of_final(module: Any) -> list[str]:
    """The tags of what cannot be taken back, which no digit presses."""
    return [f"final {tag}" for tag, cls in sorted(module.tags().items()) if module.is_final_kind(cls)]


def of_numbers(kind: str, numbers: Any) -> list[str]:
    """An enumeration, or a table of numbers."""
    if isinstance(numbers, type):
        return [f"{kind} {one.value} {one.name}" for one in numbers]  # type: ignore[attr-defined]
    named = numbers.items() if isinstance(numbers, dict) else ((word, n) for n, word in enumerate(numbers))
    return [f"{kind} {number} {name}" for name, number in named]


def of_edition(text: str) -> list[str]:
    """The categories, items and 台账 of an edition."""
    edition = tomllib.loads(text)
    key, categories = edition["key"], edition["categories"]
    return [
        *(f"category {key} {one['number']} {one['name']}" for one in categories),
        *(f"item {key} {item['number']} {item['title']}" for one in categories for item in one["items"]),
        *(
            f"fact {key} {kind['number']} {name} {kind['form']}{' monthly' * kind.get('monthly', False)}"
            f" {kind['title']} {kind['unit']}"  # they stand in answers that are stored
            for name, kind in edition["facts"].items()
        ),
    ]


def of_duties(text: str) -> list[str]:
    """The catalogue."""
    return [
        " ".join(
            [
                "duty",
                str(duty["number"]),
                duty["key"],
                duty["closes"],
                *duty.get("asks", ()),
                *duty.get("adds", ()),
            ]
        )
        for duty in tomllib.loads(text)["duties"]
    ]


def test_nothing_that_travels_or_is_stored_has_changed() -> None:
    now = [
        *of_actions(bot.actions),
        *of_final(bot.actions),
        *of_numbers("role", bot.permissions.Role),
        *of_numbers("rater", bot.permissions.Rater),
        *of_numbers("openness", bot.permissions.Openness),
        *of_numbers("part", bot.values.Part),
        *of_numbers("grade", scoring.rubric.Grade),
        *of_numbers("electorate", scoring.review.Electorate),
        *of_numbers("reason", bot.screens.card.REASONS),
        *of_numbers("cadence", jobs.duties.rules.CADENCES),
    ]
    for edition in EDITIONS.values():
        now += of_edition(edition)
    now += [*of_duties(DUTIES), *(f"state {state}" for state in bot.store.tables.STATES)]
    different = list(difflib.unified_diff(FROZEN, now, "frozen", "now", lineterm="", n=0))
    if different:
        pytest.fail("\n".join(different), pytrace=False)
    called = [calling(line) for line in WRITTEN]
    assert len(called) == len(set(called)), "what is given up is never called so again"


def calling(line: str) -> tuple[str, ...]:
    """What a line says is taken: a tag, or a number of a kind, and of an edition."""
    kind, *words = line.removeprefix("gone ").split()
    return (kind, *words[: 2 if kind in ("category", "item", "fact") else 1])


def test_what_stands_in_rows_as_text_is_what_it_was() -> None:
    day = date(2026, 9, 18)
    term = Term(7, 1, "", day, day, day, day, False, "jinsong_2017")
    assert term.key == "T7", "the period of what comes round once a term"
    assert numbered("2026-09", 1) == "2026-09/2", "of what comes round twice"
    owed = Owing(12, 1, 2, "", 7, "", "plan", "T7", day, day, "", None, "", calendar_id="c")
    assert owed.uid == "c-12", "in calendars"
    assert (DIGEST, LETTER, *NUDGES, POSTING) == ("d:", "m:", "n1:", "n2:", "g:"), "the key of a notice"
    assert WEBHOOK == "wecom_group", "the channel of a group chat"
    assert ASSIGNED == "assignment"


def test_a_button_carries_integers_alone_under_a_tag_of_its_own() -> None:
    with pytest.raises(TypeError, match="tag 'm' is taken by Mark"):

        @pressed("m")
        class Again(Action):
            sheet: int

    with pytest.raises(TypeError, match="Typed: a button carries integers only"):

        @pressed("zz")
        class Typed(Action):
            sheet: int
            text: str

    assert "zz" not in tags()


def test_an_action_is_a_value() -> None:
    mark = read(wire(Mark(12, 7, 2)))
    assert (mark, hash(mark)) == (Mark(12, 7, 2), hash(Mark(12, 7, 2)))
    assert isinstance(mark, Mark)
    assert mark not in {ChooseWinner(12, 7, 2), Mark(12, 7, 1)}
    with pytest.raises(AttributeError):
        mark.grade = 1  # type: ignore[misc]  # what a button says is not changed by who reads it


def test_every_action_stands_in_the_union_of_its_subject() -> None:
    for action in bot.actions.all_actions():
        assert action in ANSWERS, (
            f"{action.__name__} stands in no union: add it to that of {action.__module__}"
        )
    assert len(ANSWERS) == len(bot.actions.all_actions())


# The comparison sees every change: each of them is made here, one by one, in a copy of the source. ---------------


def scope(line: str) -> tuple[str, ...]:
    """What a line is compared within: its kind, and its edition if it has one."""
    kind, first, *_ = line.split()
    return (kind, first) if kind in ("category", "item", "fact") else (kind,)


def changed(lines: list[str]) -> str:
    """What the comparison would name: the lines that are frozen otherwise, or in another order."""
    kinds = {scope(line) for line in lines}
    frozen = [line for line in FROZEN if scope(line) in kinds]
    return "\n".join(difflib.unified_diff(frozen, lines, lineterm="", n=0))


def run(source: str) -> Any:
    """A module made of a source."""
    module = ModuleType("changed_copy")
    sys.modules["changed_copy"] = module  # where dataclasses look their own module up
    try:
        exec(compile(source, "changed_copy", "exec"), module.__dict__)  # noqa: S102  our own source
    finally:
        del sys.modules["changed_copy"]
    return module


def actions_apart() -> Iterator[tuple[str, str, list[str]]]:
    """Each action that a button sends: its tag, the source of its class, its fields."""
    for file in sorted((ROOT / "bot" / "actions").glob("*.py")):
        text = file.read_text(encoding="utf-8")
        lines = text.splitlines(keepends=True)
        for node in ast.parse(text).body:
            if not isinstance(node, ast.ClassDef):
                continue
            start = min((one.lineno for one in node.decorator_list), default=node.lineno) - 1
            source = "".join(lines[start : node.end_lineno])
            if tag := re.match(r'@pressed\("(\w+)"', source):
                named = (one.target for one in node.body if isinstance(one, ast.AnnAssign))
                yield tag[1], source, [one.id for one in named if isinstance(one, ast.Name)]


@pytest.mark.slow
def test_a_changed_tag_name_or_field_of_any_action_is_named() -> None:
    tried, seen = 0, set()
    for tag, source, names in actions_apart():
        others = [
            re.sub(rf'@pressed\("{tag}"', f'@pressed("{tag}x"', source),
            re.sub(r"^class (\w+)", r"class \1X", source, flags=re.M),
        ]
        others += [re.sub(rf"^    {name}: int", f"    {name}x: int", source, flags=re.M) for name in names]
        others += [
            re.sub(rf"^    {one}: int\n    {two}: int", f"    {two}: int\n    {one}: int", source, flags=re.M)
            for one, two in pairwise(names)
        ]
        assert of_actions(run(BUTTONS + source)) == [
            line for line in FROZEN if line.startswith(f"tag {tag} ")
        ]
        for other in others:
            assert other != source
            [line] = of_actions(run(BUTTONS + other))
            assert line not in FROZEN, line
        assert changed(
            [line for line in FROZEN if not line.startswith(f"tag {tag} ") and line.startswith("tag ")]
        )
        tried += len(others)
        seen.add(tag)
    assert tried > 300
    assert seen == {line.split()[1] for line in FROZEN if line.startswith("tag ")}


def numbers_otherwise() -> Iterator[tuple[str, str, str]]:
    """Each number of the enumerations and tables, changed: which it was, the source, and what it is in."""
    for kind, source, opening in (
        ("role", PERMISSIONS, "class Role"),
        ("rater", PERMISSIONS, "class Rater"),
        ("openness", PERMISSIONS, "class Openness"),
        ("grade", GRADES, "class Grade"),
    ):
        start = source.index(opening)
        end = source.index("    @property", start)
        for found in re.finditer(r"^    ([A-Z]+) = (\d+)$", source[start:end], re.M):
            at = start + found.start(2)
            yield found[1], source[:at] + "9" + source[at:], kind
            at = start + found.end(1)
            yield found[1], source[:at] + "_X" + source[at:], kind
    start = CADENCES.index("CADENCES: ")
    for found in re.finditer(r'"(\w+)": (\d)', CADENCES[start : CADENCES.index("}", start)]):
        at = start + found.start(2)
        yield found[1], CADENCES[:at] + "9" + CADENCES[at:], "cadence"
    start = REASONS.index("REASONS = ")
    for found in re.finditer(r'"(\w+)"', REASONS[start : REASONS.index(")", start)]):
        at = start + found.end(1)
        yield found[1], REASONS[:at] + "了" + REASONS[at:], "reason"


@pytest.mark.slow
def test_a_changed_number_of_a_role_rater_grade_cadence_or_reason_is_named() -> None:
    names = {"role": "Role", "rater": "Rater", "openness": "Openness", "grade": "Grade"}
    names |= {"cadence": "CADENCES", "reason": "REASONS"}
    tried = list(numbers_otherwise())
    for name, source, kind in tried:
        assert name in changed(of_numbers(kind, getattr(run(source), names[kind]))), (kind, name)
    assert {kind for _, _, kind in tried} == names.keys()


def data_otherwise(text: str, opening: str) -> Iterator[str]:
    """Data with one of its parts under another number or name, or two neighbours in each other's place."""
    starts = [found.start() for found in re.finditer(opening, text, re.M)]
    for start in starts:
        yield text[:start] + re.sub(r"number = (\d+)", r"number = 9\1", text[start:], count=1)
        yield text[:start] + re.sub(
            r'^(key = "|title = "|name = "|\[facts\.)', r"\1x", text[start:], count=1, flags=re.M
        )
    for one, two in pairwise(starts):
        end = next((start for start in starts if start > two), None)
        if end is not None:
            yield text[:one] + text[two:end] + text[one:two] + text[end:]


@pytest.mark.parametrize(
    ("text", "opening", "lines"),
    [
        *(
            (text, opening, of_edition)
            for text in EDITIONS.values()
            for opening in (r"^\[\[categories\]\]$", r"^\[\[categories\.items\]\]$", r"^\[facts\.")
        ),
        (DUTIES, r"^\[\[duties\]\]$", of_duties),
    ],
)
def test_data_under_another_number_or_name_or_in_another_order_is_named(
    text: str, opening: str, lines: Any
) -> None:
    assert changed(lines(text)) == ""
    tried = list(data_otherwise(text, opening))
    assert len(tried) >= 3 * len(re.findall(opening, text, re.M)) - 2
    for other in tried:
        assert other != text
        assert changed(lines(other)) != ""


def test_a_duty_or_a_fact_put_in_the_middle_leaves_the_others_their_numbers() -> None:
    fact = '[facts.walks]\nnumber = 99\ntitle = "走访"\nunit = "次"\nform = "count"\nexample = "3"\n\n'
    duty = (
        '[[duties]]\nnumber = 99\nkey = "walks"\ntitle = "走访"\nrule = "期中，遇休息日提前"\ndecision = "走访群众。"\n'
        'who = "branch"\ncloses = "count"\nasks = ["walks"]\non = true\n\n'
    )
    with_fact = load_edition(EDITION.replace("[facts.talks]", f"{fact}[facts.talks]"))
    middle = DUTIES.index("[[duties]]", len(DUTIES) // 2)
    with_duty = load_duties(DUTIES[:middle] + duty + DUTIES[middle:], with_fact)
    assert list(with_fact.facts)[1] == "walks"
    assert "walks" in list(with_duty)[5:-5]
    for line in FROZEN:
        kind, *words = line.split()
        if kind == "duty":
            assert duty_numbered(with_duty, int(words[0])).key == words[1]
        elif kind == "fact":
            assert with_fact.fact(int(words[1])).key == words[2]
