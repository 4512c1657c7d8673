"""At which hour something is said: on working days, outside quiet hours, and never on the stroke.

Pure. Minutes count from midnight where the committee is.
"""

from datetime import date, datetime, time, timedelta

from jobs.duties.workdays import WorkDays

FIRST, LAST = 7 * 60 + 30, 21 * 60  # between these minutes of the day something may be said
USUAL = 8 * 60 + 30
CHOICES = (450, 480, 510, 540, 720, 1020, 1140, 1200)  # the hours a person may choose from
_SPREAD = 9  # minutes over which the persons of one hour are spread


def at(day: date, minute: int, person_id: int, now: datetime) -> datetime:
    """When a person hears on a day: one to nine minutes after the chosen hour, always the same for one person."""
    spread = 1 + person_id * 7 % _SPREAD
    return _clock(day, minute + spread, now)


def closing(day: date, now: datetime) -> datetime:
    """When quiet hours begin on a day: what was to be said before is not said afterwards."""
    return _clock(day, LAST, now)


def speaking(now: datetime, days: WorkDays) -> bool:
    """Whether something may be said now."""
    return days.works(now.date()) and FIRST <= now.hour * 60 + now.minute < LAST


def soon(now: datetime, person_id: int, days: WorkDays) -> datetime:
    """Now, or else in the morning of the next working day."""
    if speaking(now, days):
        return now
    day = now.date() if now.hour * 60 + now.minute < FIRST else now.date() + timedelta(days=1)
    return at(days.next_working(day), USUAL, person_id, now)


def _clock(day: date, minute: int, now: datetime) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), now.tzinfo)
