"""交办任务, and 交流汇报 with its materials."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.values.branches import Branch
from jobs.duties.assignments import Given
from jobs.duties.calendar import year_name


@dataclass(frozen=True, slots=True)
class Assignment:
    """交办任务: what is asked of which branches (None: of all) by a day; a draft of `made_by` until it is given."""

    id: int
    committee_id: int
    title: str
    due: date
    branches: frozenset[int] | None
    made_by: int
    by: str
    given_at: datetime | None
    hour: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many branches have done a task, of those who were given it and are still asked."""

    id: int
    title: str
    due: date
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A branch that was given a task: whether it has done it, and whether it need not any more.

    `task` is its occurrence, with the text and the number of files that answer it.
    """

    branch: str
    given: Given
    cancelled: bool
    task: int = 0
    answer: str = ""
    files: int = 0


@dataclass(frozen=True, slots=True)
class Meeting:
    """交流汇报 of a school year. `id` 0: nothing is set yet.

    `order`: the numbers of the branches as they speak; empty: as they stand in the roll. `task`: what asks them for
    their materials (0: nothing does), a draft of `made_by` until it is `given`.
    """

    committee_id: int
    year: int
    id: int = 0
    held_on: date | None = None
    hour: str = ""
    order: tuple[int, ...] = ()
    minutes_at: datetime | None = None
    minutes_by: str = ""
    task: int = 0
    given: bool = False
    made_by: int = 0

    @property
    def name(self) -> str:
        """The school year: 2026–2027学年."""
        return year_name(self.year)

    def ordered(self, branches: Sequence[Branch]) -> tuple[Branch, ...]:
        """These branches in the order in which they speak; whoever came later stands behind."""
        known = {branch.id: branch for branch in branches}
        first = [known[number] for number in dict.fromkeys(self.order) if number in known]
        return (*first, *(branch for branch in branches if branch not in first))


@dataclass(frozen=True, slots=True)
class Material:
    """What a branch was asked to hand in for the meeting: its occurrence, its day, and whether it is handed in."""

    task: int
    due: date
    done: bool
