"""学期 and the editions of the rating table that count in them."""

from dataclasses import dataclass
from datetime import date, datetime

from jobs.duties.calendar import TermDates
from scoring.rubric import Edition, load_edition, read_edition


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

    @property
    def key(self) -> str:
        """What stands for it in the period of a duty that comes round once a term; it is stored, and for ever."""
        return f"T{self.id}"

    @property
    def table(self) -> Edition:
        """The rating table that counts in it."""
        return read_edition(self.edition)

    @property
    def dates(self) -> TermDates:
        """Its days, for the rules that find due days in it."""
        return TermDates(self.name, self.starts, self.ends, (self.opens, self.closes))

    @property
    def year(self) -> int:
        """The year in whose autumn its school year begins."""
        return self.dates.year


@dataclass(frozen=True, slots=True)
class KeptEdition:
    """评价表版本 that a committee keeps: by whom and when it was sent, and whether it was ever in force.

    `text` is empty for one that comes with the program; `reason` is why it is to be in force, until it is.
    """

    id: int
    committee_id: int
    key: str
    name: str
    text: str
    reason: str
    by: str
    made_at: datetime
    adopted_at: datetime | None

    @property
    def table(self) -> Edition:
        """The rating table itself."""
        return load_edition(self.text, self.key) if self.text else read_edition(self.key)

    @property
    def draft(self) -> bool:
        """Whether it was never in force."""
        return self.adopted_at is None


@dataclass(frozen=True, slots=True)
class Adopted:
    """How an edition was put in force last: by whom, when, from which term on, and why."""

    by: str
    at: datetime
    since: str
    reason: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """A term from which an edition may be in force, or why it may not; no term: those that are added later."""

    term: Term | None
    edition: str
    """What is in force there."""
    why: str = ""

    @property
    def name(self) -> str:
        """The term, in words."""
        return self.term.name if self.term else "以后新增的学期"

    @property
    def number(self) -> int:
        """As a button carries it."""
        return self.term.id if self.term else 0
