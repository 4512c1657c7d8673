"""A sheet with all that stands on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.permissions import Me, Rater
from bot.values.branches import Branch
from bot.values.terms import Term
from jobs.duties.assignments import Given, with_counted
from scoring.facts import Fact
from scoring.sheet import Mark, Sheet


@dataclass(frozen=True, slots=True)
class Written:
    """Who wrote an item last, when, and the number of that change; and the note beside it."""

    by: str
    at: datetime
    change: int
    note: str = ""
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Rectified:
    """上学期整改: a measure of last term's plan that was handed in, and whether it was accepted (销号)."""

    item: int
    text: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class Background:
    """What stands behind the items of a branch and term: facts, how many files each item has, the tasks given, and the
    measures of last term's plan."""

    facts: tuple[Fact, ...]
    files: dict[int, int]
    given: tuple[Given, ...]
    rectified: tuple[Rectified, ...] = ()

    def known(self, now: datetime) -> tuple[Fact, ...]:
        """The facts, with what is counted from the given tasks in the place of what was typed."""
        return with_counted(self.facts, self.given, now)


@dataclass(frozen=True, slots=True)
class Returned:
    """退回 of a 自评: in which change, by whom, when, why by item (0: the whole sheet), and the marks of what is to be
    looked at again, as they were submitted.

    `open`: until the branch submits again.
    """

    change: int
    by: str
    at: datetime
    open: bool
    reasons: Mapping[int, str]
    was: Mapping[int, Mark]

    @property
    def whole(self) -> bool:
        """Whether all items are open."""
        return 0 in self.reasons

    @property
    def items(self) -> tuple[int, ...]:
        """The items with a reason of their own."""
        return tuple(sorted(number for number in self.reasons if number))

    @property
    def opens(self) -> tuple[int, ...]:
        """The items that are open; none stands for all."""
        return () if self.whole else self.items


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A sheet with all that stands on it: where it belongs, who wrote what, and the other rater's view.

    `other` is None as long as whoever fills this one may not see it; `beside` are the notes and times that go with it,
    `other_id` is its number (0: not begun). `returned`: how the branch's sheet was last returned.
    """

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
    beside: Mapping[int, Written] = field(default_factory=dict)
    other_id: int = 0
    returned: Returned | None = None

    @property
    def raters(self) -> tuple[Rater, ...]:
        """Whose files stand on it: the committee has the branch's beside its own, a branch only its own."""
        both = self.rater is Rater.COMMITTEE and self.other is not None
        return tuple(Rater) if both else (self.rater,)

    @property
    def last_change(self) -> int:
        """The newest change that can be taken back, 0 when there is none."""
        return max((w.change for n, w in self.written.items() if n not in self.sheet.locked), default=0)

    @property
    def returnable(self) -> int:
        """The number of the branch's sheet, where it stands submitted and can be returned; 0 where it cannot."""
        if self.term.published:
            return 0
        if self.rater is Rater.SELF:
            return self.id if self.sheet.submitted else 0
        return self.other_id if self.other is not None else 0

    @property
    def untouched(self) -> tuple[int, ...]:
        """The items that were returned with a reason and not marked since, while the sheet is open for it."""
        back = self.returned
        if self.rater is not Rater.SELF or back is None or not back.open:
            return ()
        return tuple(n for n in back.items if n not in self.written or self.written[n].change < back.change)

    def to_undo(self, me: Me) -> int:
        """The newest change that somebody takes back, 0 when there is none: anybody's on a branch's sheet, on the
        committee's only one's own."""
        own = self.rater is Rater.SELF
        return max((w.change for w in self.written.values() if own or w.person_id == me.person_id), default=0)

    def seen(self, item: int) -> int:
        """The number of the change that says what stands on an item: what a card carries that shows it. 0: nothing."""
        written = self.written.get(item)
        return written.change if written else 0

    def note(self, item: int) -> str:
        """What is noted beside an item; empty where nothing is."""
        written = self.written.get(item)
        return written.note if written else ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact with who recorded it and when; without a time, the bot counted it from the tasks that were given.

    `typed`: by hand, perhaps `instead_of` what the answers to duties add up to.
    """

    fact: Fact
    by: str
    at: datetime | None
    typed: bool = True
    instead_of: Fact | None = None


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
