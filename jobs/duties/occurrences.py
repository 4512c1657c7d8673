"""When a duty comes round, until when it is on time, and its colour."""

from dataclasses import dataclass
from datetime import date, timedelta

from jobs.duties.calendar import TermDates
from jobs.duties.catalogue import Duty, DutyChoice, settled
from jobs.duties.rules import cadence, due, numbered
from jobs.duties.workdays import WorkDays

SUNDAY_AFTER = 13  # days from a Monday to the end of the week after


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time a duty comes round (期次): `duty` is its key, `period` what it stands for.

    `closes` is the day on which the self-evaluation of its term closes; `told_on` a day on which it is said beside the
    weekly digests, as its own day was set too late for them.
    """

    duty: str
    period: str
    opens: date
    due: date
    closes: date = date.max
    told_on: date | None = None

    @property
    def counts_from(self) -> date:
        """The day after which it counts as overdue: nothing is before it was said."""
        return max(self.due, self.told_on or self.due)


def occurrences(
    duty: Duty,
    term: TermDates,
    term_key: str,
    days: WorkDays,
    *choices: DutyChoice,
    event: date | None = None,
) -> tuple[Occurrence, ...]:
    """Every time the duty comes round in a term, by due day; none while it is off.

    A duty that follows an event has occurrences only when its day is given; one without ignores it. An occurrence
    opens as many days ahead as its duty says, within the term, unless the duty says when.
    """
    duty = settled(duty, *choices)
    if not duty.on or (duty.event and event is None):
        return ()
    found = [
        Occurrence(
            duty.key, numbered(one.period, n), _opens(duty, one.day, term, days, event), one.day, term.closes
        )
        for n, rule in enumerate(duty.rules)
        for one in due(rule, term, term_key, days, event)
    ]
    return tuple(sorted(found, key=lambda occurrence: (occurrence.due, occurrence.period)))


def _opens(duty: Duty, day: date, term: TermDates, days: WorkDays, event: date | None) -> date:
    if duty.opens:
        return min(due(duty.opens, term, "", days)[0].day, day)
    first = days.previous_working(day - timedelta(days=duty.ahead))
    kind = cadence(duty.rules[0])
    if kind == "event" and event:
        return min(max(first, event), day)
    if kind == "yearly" or day < term.starts:
        return first
    return max(first, term.starts)


def answer_by(duty: Duty | None, due_day: date, closes: date = date.max, told_on: date | None = None) -> date:
    """The last day on which an answer is on time: the due day, or a later one on which that was said.

    What is held on its day is reported after it: by the end of the week after, at whose beginning it is asked for, and
    before self-evaluation closes, since it is of no use there later.
    """
    by = due_day
    if duty and duty.held:
        ends = due_day + timedelta(days=SUNDAY_AFTER - due_day.weekday())
        by = min(ends, closes) if due_day <= closes else ends
    return max(by, told_on) if told_on else by


def colour(today: date, due_day: date, by: date | None = None) -> str:
    """🟢 more than seven days left, 🟡 at most seven, 🟠 at most two, 🔴 overdue: once an answer `by` a day is late."""
    left = ((by if by and today > due_day else due_day) - today).days
    if left < 0:
        return "🔴"
    return "🟠" if left <= 2 else "🟡" if left <= 7 else "🟢"
