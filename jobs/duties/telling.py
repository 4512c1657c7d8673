"""Who is told what on which day: the one rule behind what is owed to people and what they are shown.

The rhythm: one digest on the first working day of a week, with what falls due within eleven days or before the next
one, what was held and is to be reported, and what is overdue; and one more on the working day before what has an eve
(主题党日, the close of 学期自评, with what was held shortly before). Nobody hears anything between two terms: the first
digest of a term names all. What was set too late for the weekly digest before its day is said on a day of its own.

A digest of a day covers what falls to be said after another day, `since`: the last on which something was said.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from jobs.duties.calendar import ONE_DAY
from jobs.duties.catalogue import AHEAD, Duty
from jobs.duties.occurrences import Occurrence, answer_by
from jobs.duties.workdays import WorkDays

SOON = timedelta(days=AHEAD)
OVERDUE_TIMES = 8  # weekly digests that name what is overdue
ESCALATED = 3  # at which of them the committee hears
JUST_BEFORE = timedelta(days=2)  # a weekly digest so short before an eve says enough: none on the eve as well
LONGEST_VACATION = timedelta(weeks=9)
# What was due before is not asked for any more.
LOOK_BACK = timedelta(weeks=OVERDUE_TIMES + 1) + LONGEST_VACATION
TERM_AHEAD = timedelta(weeks=6)  # before a term ends, in which the next one is to be set
LOOK_AHEAD = timedelta(days=220)  # the longest `ahead`, and the rest days it may be moved over

Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The working days of a committee, and its terms, as spans in order.

    `until`: the last day of the last one that was set; the others are presumed. The end of time where none are.
    """

    days: WorkDays
    terms: tuple[Span, ...]
    until: date = date.max

    def speaks(self, day: date) -> bool:
        """Whether anybody may hear anything on a day: a working day of a term."""
        return self.days.works(day) and any(first <= day <= last for first, last in self.terms)

    def spoke(self, day: date) -> date:
        """The last day on which anybody could hear anything, before another; the day before it where there is none."""
        found = self.days.previous_working(day - ONE_DAY)
        if self.speaks(found):
            return found
        ends = max((last for _, last in self.terms if last < day), default=None)
        return self.days.previous_working(ends) if ends else found

    def speaks_next(self, day: date) -> date:
        """The day itself, or the first one after it on which somebody may hear something; a working day if no term is
        to come."""
        found = self.days.next_working(day)
        if self.speaks(found):
            return found
        starts = min((first for first, _ in self.terms if first >= found), default=None)
        return self.days.next_working(starts) if starts else found

    def weekly(self, since: date, until: date) -> Sequence[date]:
        """The days of the weekly digests after one day and no later than another."""
        every = self._weekly
        return every[bisect_right(every, since) : bisect_right(every, until)]

    def next_weekly(self, day: date) -> date:
        """The weekly digest after a day; the end of time where no term is known that has it."""
        every = self._weekly
        at = bisect_right(every, day)
        return every[at] if at < len(every) else date.max

    def nth_weekly(self, day: date, n: int) -> date:
        """The n-th weekly digest after a day, from 1."""
        every = self._weekly
        at = bisect_right(every, day) + n - 1
        return every[at] if at < len(every) else date.max

    def begun(self, day: date) -> date:
        """The last weekly digest before a day, or the day before it."""
        every = self._weekly
        at = bisect_left(every, day)
        return every[at - 1] if at else day - ONE_DAY

    @property
    def _weekly(self) -> tuple[date, ...]:
        return _weekly(frozenset(self.days.overrides.items()), self.terms)


@lru_cache(256)
def _weekly(entered: frozenset[tuple[date, bool]], terms: tuple[Span, ...]) -> tuple[date, ...]:
    """The first working day of every week of these terms, within the term."""
    days = WorkDays(dict(entered))
    found: list[date] = []
    for first, last in terms:
        monday = first - timedelta(days=first.weekday())
        while monday <= last:
            week = (monday + timedelta(days=n) for n in range(7))
            found += [day for day in week if first <= day <= last and days.works(day)][:1]
            monday += timedelta(weeks=1)
    return tuple(found)


def wants_term(ends: date, day: date) -> bool:
    """Whether it is time to set the term that follows the last one: from the week that is six weeks before its end."""
    return day + timedelta(days=6 - day.weekday()) >= ends - TERM_AHEAD


def asks_for_term(rhythm: Rhythm, since: date, until: date) -> bool:
    """Whether an administrator is told that no term follows the last one that was set.

    By the weekly digest of the week that is six weeks before its end, and by each one after it.
    """
    return any(wants_term(rhythm.until, day) for day in rhythm.weekly(since, until))


def told_late(due: date, rhythm: Rhythm, since: date) -> date | None:
    """When is said that something falls due on a day, if that was settled after all that was said on the day `since`.

    None where the weekly digest says it in time.
    """
    day = rhythm.speaks_next(since + ONE_DAY)
    return day if due < max(rhythm.next_weekly(day - ONE_DAY), day) else None


def reminded_of(due: date, rhythm: Rhythm, given: date) -> date | None:
    """When somebody who was given a task on a day is reminded of it, if no weekly digest names it before its due day.

    On the working day before; None where that is not after the day on which it was given.
    """
    day = rhythm.days.previous_working(due - ONE_DAY)
    return day if day > given and rhythm.speaks(day) and not rhythm.weekly(given, day) else None


def named(occurrence: Occurrence, duty: Duty, rhythm: Rhythm, since: date, until: date) -> int | None:
    """How many days before its due day (negative: after it) an occurrence is last named in a span; None if it is not.

    While it is open; what is overdue is named by eight weekly digests.
    """
    days = [day for day in rhythm.weekly(since, until) if _names(occurrence, duty, rhythm, day)]
    others = (_eve(occurrence, duty, rhythm), _asked(occurrence, duty, rhythm), occurrence.told_on)
    days += [day for day in others if day and since < day <= until]
    return (occurrence.due - max(days)).days if days else None


def _names(occurrence: Occurrence, duty: Duty, rhythm: Rhythm, day: date) -> bool:
    due, opens = occurrence.due, occurrence.opens
    if day <= due and due <= rhythm.next_weekly(day):
        return True
    if day < opens:
        return False
    if day <= due:
        return due - day <= SOON or not rhythm.weekly(opens - ONE_DAY, day - ONE_DAY)
    return len(rhythm.weekly(occurrence.counts_from, day)) <= OVERDUE_TIMES + duty.held


def _eve(occurrence: Occurrence, duty: Duty, rhythm: Rhythm) -> date | None:
    if not duty.eve:
        return None
    day = rhythm.days.previous_working(occurrence.due - ONE_DAY)
    just_named = rhythm.weekly(day - JUST_BEFORE - ONE_DAY, day - ONE_DAY)
    return None if just_named or day < occurrence.opens or not rhythm.speaks(day) else day


def _asked(occurrence: Occurrence, duty: Duty, rhythm: Rhythm) -> date | None:
    """The working day before self-evaluation closes, when what was held shortly before is asked for once more."""
    due, closes = occurrence.due, occurrence.closes
    if not duty.held or closes == date.max or answer_by(duty, due, closes) != closes:
        return None
    day = rhythm.days.previous_working(rhythm.days.previous_working(closes) - ONE_DAY)
    just_before = day - JUST_BEFORE - ONE_DAY
    just_named = rhythm.weekly(max(due, just_before) if due < day else just_before, day)
    return None if just_named or due > day or not rhythm.speaks(day) else day


def is_last(occurrence: Occurrence, duty: Duty, rhythm: Rhythm, day: date) -> bool:
    """Whether a digest of a day is the last that names an occurrence before it is due."""
    eve = _eve(occurrence, duty, rhythm)
    return day <= occurrence.due < rhythm.next_weekly(day) and (eve is None or eve <= day)


def tells(lead: int | None, put_off: date | None, day: date) -> bool:
    """Whether somebody whose it is to do is told of what is open.

    `lead` is the one of `named` in the digest's span. Who put it off until a day hears of it then, and not before.
    """
    return lead is not None if put_off is None else put_off <= day


def sums_up(rhythm: Rhythm, since: date, day: date, weekly: bool) -> bool:
    """Whether a member of the committee, who may want a `weekly` summary of what is late or soon, gets it on a day."""
    return weekly and bool(rhythm.weekly(since, day))


def escalates(duty: Duty, due: date, rhythm: Rhythm, since: date, until: date) -> bool:
    """Whether the third weekly digest that names something as overdue falls after `since` and no later than `until`."""
    return since < rhythm.nth_weekly(due, ESCALATED + duty.held) <= until


def tells_committee(duty: Duty, due: date, rhythm: Rhythm, since: date, day: date, weekly: bool) -> bool:
    """Whether a member of the committee is told of what branches owe that was due, or will be, on a day."""
    return sums_up(rhythm, since, day, weekly) or escalates(duty, due, rhythm, since, day)
