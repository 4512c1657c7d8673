"""Who is told what in a day's digest: the one rule behind what is owed to people and what they are shown.

A digest of a day covers what falls to be said after another day, `since`: the last on which something was said.
"""

from datetime import date

from jobs.duties.hours import begins_week
from jobs.duties.occurrences import escalates
from jobs.duties.workdays import WorkDays


def tells(lead: int | None, put_off: date | None, day: date) -> bool:
    """Whether somebody whose it is to do is told of what is open.

    `lead` is that of its last reminder in the digest's span, None without one. Who put it off until a day hears of it
    then, and not before.
    """
    return lead is not None if put_off is None else put_off <= day


def sums_up(day: date, days: WorkDays, weekly: bool) -> bool:
    """Whether a member of the committee, who may want a `weekly` summary of what is late or soon, gets it on a day."""
    return weekly and begins_week(day, days)


def tells_committee(due: date, days: WorkDays, since: date, day: date, weekly: bool) -> bool:
    """Whether a member of the committee is told of what branches owe that was due, or will be, on a day."""
    return sums_up(day, days, weekly) or escalates(due, days, since, day)
