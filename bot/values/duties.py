"""工作任务: what is owed, by whom, and whom a reminder reaches."""

from dataclasses import dataclass
from datetime import date, datetime

from jobs.duties.assignments import duty_of
from jobs.duties.catalogue import Duty
from jobs.duties.occurrences import answer_by

COUNTED = 500
"""So many bodies are counted; of more, it is said that there are more."""


@dataclass(frozen=True, slots=True)
class Owing:
    """An occurrence as people see it: what a branch (or, without one, the committee) owes, and whether it is done."""

    id: int
    committee_id: int
    branch_id: int | None
    branch: str
    term_id: int
    edition: str
    """Its term's."""
    duty: str
    period: str
    opens: date
    due: date
    answer: str
    """What was understood; what is open may have been answered with too little."""
    done_at: datetime | None
    done_by: str
    assigned: str = ""
    """What a task that the committee gave is called; empty for a duty of the catalogue."""
    changes: int = 0
    """How often its day was moved."""
    hour: str = ""
    """Until when on its day, where a task says so: 17:00, 下班前."""
    calendar_id: str = ""
    """Its committee's, which no other installation has."""
    waiting: str = ""
    """A typed text that waits for the choice of how it is meant."""
    answered_at: datetime | None = None
    """When it was first answered; a correction does not change that."""
    published: bool = False
    """Whether the results of its term are published: then a branch answers nothing any more."""
    closes: date = date.max
    """When the self-evaluation of its term closes."""
    told_on: date | None = None
    """When its day is said beside the weekly digests, as it was set too late for them."""

    @property
    def behind(self) -> Duty | None:
        """The duty behind it; None when the catalogue knows it no more."""
        return duty_of(self.duty, self.assigned, self.edition)

    @property
    def by(self) -> date:
        """The last day on which an answer is on time."""
        return answer_by(self.behind, self.due, self.closes, self.told_on)

    @property
    def uid(self) -> str:
        """What it is called in calendars, for ever."""
        return f"{self.calendar_id}-{self.id}"

    @property
    def done(self) -> bool:
        """Whether it is closed."""
        return self.done_at is not None


@dataclass(frozen=True, slots=True)
class Correction:
    """An answer that was put in the place of another one: by whom, and when."""

    was: str
    now: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """What many bodies owe alike and have not done: the same duty, period and day. `first` is one of them.

    `bodies`: how many owe it, or more than COUNTED.
    """

    duty: str
    period: str
    edition: str
    assigned: str
    opens: date
    due: date
    closes: date
    bodies: int
    first: int
    told_on: date | None = None
    """The last day on which one of them is told beside the weekly digests."""
    branch: str = ""
    """The name of one of the branches: of the only one, where `bodies` is 1; empty for the committee itself."""
    all_told: bool = False
    """Whether all of them are told on such a day; else others are asked as usual, and may be late before."""

    @property
    def counts_from(self) -> date:
        """The day after which it counts as overdue."""
        return max(self.due, self.told_on or self.due)

    @property
    def by(self) -> date:
        """The last day on which an answer is on time, of those who are late first."""
        return answer_by(self.behind, self.due, self.closes, self.told_on if self.all_told else None)

    @property
    def behind(self) -> Duty | None:
        """The duty behind it; None when the catalogue knows it no more."""
        return duty_of(self.duty, self.assigned, self.edition)


@dataclass(frozen=True, slots=True)
class Behind:
    """A branch that owes something, and how many such branches there are, or more than COUNTED."""

    branch_id: int
    branch: str
    all: int


@dataclass(frozen=True, slots=True)
class Reached:
    """Which branches a reminder reaches: at once, or only when somebody opens the page; and which not, and why.

    `today`: which the committee has reminded today already. `invites`: the committee in which the one who looks may
    invite (0: none).
    """

    at_once: tuple[str, ...] = ()
    on_page: tuple[str, ...] = ()
    nobody: tuple[tuple[str, str], ...] = ()
    today: tuple[str, ...] = ()
    invites: int = 0
