"""The values that the store reads, the dialogue passes on and the screens show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.message import Line
from bot.permissions import Rater, Role
from scoring.facts import Fact
from scoring.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Term:
    """学期: its days, and whether its results are published."""

    id: int
    committee_id: int
    name: str
    starts: date
    ends: date
    opens: date
    closes: date
    published: bool
    edition: str


@dataclass(frozen=True, slots=True)
class Branch:
    """党支部 with its committee."""

    id: int
    committee_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Written:
    """Who wrote an item last, when, and the number of that change; and the note beside it."""

    by: str
    at: datetime
    change: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Background:
    """What stands behind the items of a branch and term: its facts, and how many files each item has."""

    facts: tuple[Fact, ...]
    files: dict[int, int]


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A sheet with all that stands on it: where it belongs, who wrote what, and the other rater's view."""

    id: int
    branch: Branch
    term: Term
    rater: Rater
    sheet: Sheet
    written: Mapping[int, Written]
    submitted_at: datetime | None
    submitted_by: str
    other: Sheet | None
    behind: Background

    @property
    def last_change(self) -> int:
        """The newest change that can be taken back, 0 when there is none."""
        return max((w.change for w in self.written.values()), default=0)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact with who recorded it and when."""

    fact: Fact
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class File:
    """An attached file: what it is, who attached it, when."""

    id: int
    item: int
    name: str
    mime: str
    size: int
    by: str
    at: datetime
    sha256: str
    rater: Rater


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code and what it gives. `moves` marks the code that hands a seat over; `open` says whether it still works."""

    id: int
    code: str
    words: str
    expires_at: datetime
    committee_id: int
    branch_id: int | None
    role: Role
    moves: bool
    open: bool


@dataclass(frozen=True, slots=True)
class LogLine:
    """A frozen bubble of a web chat: what was typed (mine), a receipt."""

    mine: bool
    title: str
    lines: tuple[Line, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Owing:
    """An occurrence as people see it: what a branch (or, without one, the committee) owes, and whether it is done."""

    id: int
    committee_id: int
    branch_id: int | None
    branch: str
    term_id: int
    duty: str
    period: str
    opens: date
    due: date
    answer: str
    done_at: datetime | None
    done_by: str
    assigned: str = ""
    """What a task that the committee gave is called; empty for a duty of the catalogue."""
    changes: int = 0
    """How often its day was moved."""

    @property
    def done(self) -> bool:
        """Whether it is closed."""
        return self.done_at is not None


@dataclass(frozen=True, slots=True)
class Problem:
    """A notice that may not have arrived: to whom, since when, uncertain or failed, and why."""

    id: int
    committee_id: int
    name: str
    at: datetime
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class Group:
    """What many bodies owe alike and have not done: the same duty, period and day. `first` is one of them."""

    duty: str
    period: str
    assigned: str
    opens: date
    due: date
    bodies: int
    first: int
