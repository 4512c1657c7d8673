"""A sheet's whole life, by rules in any order, against a plain dictionary that remembers what was said."""

from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from scoring.refusal import Refused
from scoring.rubric import Grade
from scoring.sheet import Sheet
from tests.scoring.tables import SMALL, grades

numbers = st.integers(1, 5)


class SheetLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.sheet = Sheet(SMALL)
        self.said: dict[int, Decimal] = {}
        self.submitted = False

    def change(self, after: Sheet, said: dict[int, Decimal]) -> None:
        self.sheet, self.said = after, said

    @precondition(lambda self: not self.submitted)
    @rule(number=numbers, grade=grades)
    def grade(self, number: int, grade: Grade) -> None:
        self.change(self.sheet.graded(number, grade), {**self.said, number: SMALL.points(number, grade)})

    @precondition(lambda self: not self.submitted)
    @rule(number=numbers, tenths=st.integers(0, 100))
    def point(self, number: int, tenths: int) -> None:
        points = Decimal(tenths) / 10
        after = self.sheet.pointed(number, points, "" if SMALL.grade_of(number, points) else "原因")
        self.change(after, {**self.said, number: points})

    @precondition(lambda self: not self.submitted and len(self.said) == 5)
    @rule()
    def submit(self) -> None:
        self.sheet = self.sheet.submit(self.sheet.revision)
        self.submitted = True

    @precondition(lambda self: self.submitted)
    @rule()
    def give_back(self) -> None:
        self.sheet = self.sheet.returned()
        self.submitted = False

    @rule(number=st.sampled_from([0, 6, -1]), grade=grades)
    def mark_nowhere(self, number: int, grade: Grade) -> None:
        with pytest.raises(Refused):
            self.sheet.graded(number, grade)

    @rule(number=numbers, points=st.sampled_from(["-0.1", "30.1", "0.05", "nan"]))
    def mark_impossibly(self, number: int, points: str) -> None:
        with pytest.raises(Refused):
            self.sheet.pointed(number, Decimal(points), "原因")

    @rule(late=st.integers(1, 3))
    def submit_stale(self, late: int) -> None:
        with pytest.raises(Refused):
            self.sheet.submit(self.sheet.revision - late)

    @precondition(lambda self: self.submitted or len(self.said) < 5)
    @rule()
    def submit_too_early_or_twice(self) -> None:
        with pytest.raises(Refused):
            self.sheet.submit(self.sheet.revision)

    @precondition(lambda self: self.submitted)
    @rule(number=numbers, grade=grades)
    def mark_too_late(self, number: int, grade: Grade) -> None:
        with pytest.raises(Refused):
            self.sheet.graded(number, grade)

    @invariant()
    def the_sheet_is_what_was_said(self) -> None:
        assert {n: mark.points for n, mark in self.sheet.marks.items()} == self.said
        assert self.sheet.submitted == self.submitted

    @invariant()
    def the_interval_holds(self) -> None:
        assert self.sheet.least == sum(self.said.values())
        assert self.sheet.most - self.sheet.least == sum(SMALL.item(n).points for n in self.sheet.open)
        assert (self.sheet.total is None) == bool(self.sheet.open)


TestSheetLife = SheetLife.TestCase
TestSheetLife.settings = settings(max_examples=40, stateful_step_count=30)
