"""When a duty comes round, is reminded of, and is late."""

from dataclasses import dataclass
from datetime import date, timedelta

from jobs.duties.calendar import TermDates
from jobs.duties.catalogue import Duty, DutyChoice, settled
from jobs.duties.rules import cadence, due, numbered
from jobs.duties.workdays import WorkDays

OVERDUE_WEEKS = 8
LOOK_BACK = timedelta(weeks=OVERDUE_WEEKS + 1)  # what was due before is not asked for any more
LOOK_AHEAD = timedelta(days=220)  # the longest lead, and the rest days it may be moved over
ESCALATED_AFTER = timedelta(weeks=3)  # with the third weekly reminder the committee sees what is overdue
LONGEST_REST = 14  # days without work in a row, at most: a lead day in them moves before them


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time a duty comes round (期次): `duty` is its key, `period` what it stands for."""

    duty: str
    period: str
    opens: date
    due: date


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
    opens when it is first reminded of, within the term, unless the duty says when.
    """
    duty = settled(duty, *choices)
    if not duty.on or (duty.event and event is None):
        return ()
    found = [
        Occurrence(duty.key, numbered(one.period, n), _opens(duty, one.day, term, days, event), one.day)
        for n, rule in enumerate(duty.rules)
        for one in due(rule, term, term_key, days, event)
    ]
    return tuple(sorted(found, key=lambda occurrence: (occurrence.due, occurrence.period)))


def _opens(duty: Duty, day: date, term: TermDates, days: WorkDays, event: date | None) -> date:
    if duty.opens:
        return min(due(duty.opens, term, "", days)[0].day, day)
    first = days.previous_working(day - timedelta(days=max(duty.leads, default=0)))
    kind = cadence(duty.rules[0])
    if kind == "event" and event:
        return min(max(first, event), day)
    if kind == "yearly" or day < term.starts:
        return first
    return max(first, term.starts)


def reminder_days(
    occurrence: Occurrence, leads: tuple[int, ...], days: WorkDays
) -> tuple[tuple[date, int], ...]:
    """The working days on which an occurrence is reminded of while it is open, each with its lead.

    A lead day without work moves to the working day before; one before the opening to the first working day from
    then on; none comes after the due day. Where leads meet on a day the smallest stays. After the due day, weekly
    for eight weeks on the next working day: leads -7, -14 …
    """
    last = days.previous_working(occurrence.due)
    first = min(days.next_working(occurrence.opens), last)
    found = {
        max(first, days.previous_working(occurrence.due - timedelta(days=lead))): lead
        for lead in sorted({*leads, 0}, reverse=True)
    }
    for week in range(1, OVERDUE_WEEKS + 1):
        found[days.next_working(occurrence.due + timedelta(weeks=week))] = -7 * week
    return tuple(sorted(found.items()))


def reminded(
    occurrence: Occurrence, leads: tuple[int, ...], days: WorkDays, since: date, until: date
) -> int | None:
    """The lead of the last reminder that falls after `since` and no later than `until`; None when none does."""
    if until < occurrence.opens or until < occurrence.due - timedelta(
        days=max(leads, default=0) + LONGEST_REST
    ):
        return None
    found = [lead for day, lead in reminder_days(occurrence, leads, days) if since < day <= until]
    return found[-1] if found else None


def escalates(due_day: date, days: WorkDays, since: date, until: date) -> bool:
    """Whether the third weekly reminder of what was due on a day falls after `since` and no later than `until`."""
    return since < days.next_working(due_day + ESCALATED_AFTER) <= until


def colour(today: date, due_day: date) -> str:
    """🟢 more than seven days left, 🟡 at most seven, 🟠 at most two, 🔴 overdue."""
    left = (due_day - today).days
    if left < 0:
        return "🔴"
    return "🟠" if left <= 2 else "🟡" if left <= 7 else "🟢"
