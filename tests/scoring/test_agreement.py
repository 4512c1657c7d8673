"""What is taken over from 自评 in one go, and what is marked one by one before."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.agreement import Agreement, Apart, agreement, contradicts
from scoring.facts import Outcome, Suggestion
from scoring.refusal import Refused
from scoring.rubric import Grade
from scoring.sheet import Mark, Sheet
from tests.scoring.tables import SMALL, sheet

NOTHING = Suggestion("not_countable")
EMPTY = Sheet(SMALL)
OWN = sheet(SMALL, every=Grade.PASSED)
NUMBERS = tuple(item.number for item in SMALL.items)


def test_the_numbers_contradict_what_they_do_not_suggest_or_rule_out() -> None:
    passed, excellent = Mark(Grade.PASSED, Decimal("3.2")), Mark(Grade.EXCELLENT, Decimal(4))
    suggested = Suggestion("suggested", Grade.PASSED, Decimal("3.2"))
    assert not contradicts(suggested, passed)
    assert contradicts(suggested, excellent)
    assert contradicts(suggested, replace(passed, points=Decimal(3)))
    unsure: tuple[Outcome, ...] = ("not_enough", "judgement")
    for outcome in unsure:
        assert contradicts(Suggestion(outcome, at_most=Grade.PASSED), excellent)
        assert not contradicts(Suggestion(outcome, at_most=Grade.PASSED), passed)
        assert not contradicts(Suggestion(outcome, at_most=Grade.EXCELLENT), passed)
    assert not contradicts(NOTHING, excellent)


def agreed(*returned: int, **hints: Suggestion) -> Agreement:
    """Beside OWN, whose item 2 has other points; hints by "item 3" as i3."""
    own = OWN.pointed(2, Decimal("0.1"), "原因")
    found = {number: hints.get(f"i{number}", NOTHING) for number in NUMBERS}
    return agreement(own, found, returned)


def test_what_was_returned_contradicted_or_pointed_is_marked_one_by_one_and_comes_first() -> None:
    excellent = Suggestion("suggested", Grade.EXCELLENT, SMALL.item(4).points)
    found = agreed(4, 5, i4=excellent, i3=replace(excellent, points=SMALL.item(3).points))
    assert found.apart == {
        2: Apart.OTHER_POINTS,
        3: Apart.CONTRADICTED,
        4: Apart.RETURNED,
        5: Apart.RETURNED,
    }
    assert found.waiting(EMPTY) == (2, 3, 4, 5)
    assert [found.next_open(EMPTY, after) for after in (0, 2, 5)] == [2, 3, 2]
    assert found.rest(EMPTY) == ()
    assert found.taken(EMPTY) == EMPTY
    marked = EMPTY
    for number in found.apart:
        marked = marked.graded(number, Grade.FAILED)
    assert found.waiting(marked) == ()
    assert found.rest(marked) == marked.open == (1,)
    assert [found.next_open(marked, after) for after in (0, 5)] == [1, 1]
    whole = found.taken(marked)
    assert whole.marks[1] == OWN.marks[1]
    assert {whole.marks[number].grade for number in found.apart} == {Grade.FAILED}
    assert found.next_open(whole, 0) is None


def test_where_nothing_is_apart_all_is_taken_over() -> None:
    found = agreement(OWN, dict.fromkeys(NUMBERS, NOTHING))
    assert found.apart == {}
    assert found.rest(EMPTY) == NUMBERS
    assert found.taken(EMPTY).marks == OWN.marks


def test_a_mark_that_could_not_be_typed_is_not_taken_over_either() -> None:
    wrong = replace(OWN, marks={**OWN.marks, 1: Mark(Grade.PASSED, Decimal("0.1"))})
    with pytest.raises(Refused):
        Agreement(wrong, {}).taken(EMPTY)


def test_each_reason_has_a_word() -> None:
    assert [one.word for one in Apart] == ["退回过", "与台账不一致", "其他分值"]


@given(st.data())
def test_whatever_is_marked_the_rest_is_what_is_open_once_nothing_waits(data: st.DataObject) -> None:
    every = st.sampled_from(Grade)
    own, theirs = EMPTY, EMPTY
    for number in NUMBERS:
        own = own.graded(number, data.draw(every))
    grades = {number: data.draw(every) for number in NUMBERS}
    hints = {
        number: Suggestion("suggested", grade, SMALL.points(number, grade))
        for number, grade in grades.items()
    }
    for number in data.draw(st.sets(st.sampled_from(NUMBERS))):
        theirs = theirs.graded(number, data.draw(every))
    found = agreement(own, hints)
    differ = {number for number in NUMBERS if grades[number] is not own.marks[number].grade}
    assert found.apart.keys() == differ
    waiting = differ & set(theirs.open)
    assert set(found.waiting(theirs)) == waiting
    assert found.rest(theirs) == (() if waiting else theirs.open)
    whole = found.taken(theirs)
    assert (whole.total is None) == bool(waiting)
    assert {n: m for n, m in whole.marks.items() if n in theirs.marks} == theirs.marks
    first = found.next_open(theirs, 0)
    assert first == (min(waiting) if waiting else min(theirs.open, default=None))
