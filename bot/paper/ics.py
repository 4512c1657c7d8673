"""Deadlines as iCalendar (RFC 5545): one to add by hand, or all of a person's to subscribe to.

The same entries always give the same bytes, so that a calendar that asks again can be told that nothing changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from bot.paper import desk

if TYPE_CHECKING:
    from icalendar import Calendar, Event

MIME = "text/calendar"
REFRESH = timedelta(hours=6)  # how often a subscribed calendar is asked to look again
_ALARM = timedelta(hours=-15)  # before the midnight on which the day begins: the day before at 09:00
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)  # a stamp for entries whose rows hold no moment


@dataclass(frozen=True, slots=True)
class Entry:
    """A day on which something is due. `changes` counts how often the day was moved.

    `uid` is its own for ever, and everywhere: a phone has other calendars too.
    """

    uid: str
    day: date
    title: str
    text: str
    changes: int = 0
    done_at: datetime | None = None


def single(entry: Entry) -> bytes:
    """The file of one entry, to be added to a calendar; adding it again moves it where it is now."""
    calendar = _calendar()
    calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def subscription(name: str, entries: Iterable[Entry]) -> bytes:
    """The calendar of all entries, under a name, to be followed by address."""
    calendar = _calendar()
    from icalendar import vDuration

    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", name)
    calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vDuration(REFRESH))
    for entry in entries:
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _calendar() -> "Calendar":
    desk.for_good("icalendar")
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("PRODID", "-//star-branch-bot//ZH")
    calendar.add("VERSION", "2.0")
    return calendar


def _event(entry: Entry) -> "Event":
    from icalendar import Alarm, Event

    event = Event()
    event.add("UID", f"{entry.uid}@star-branch-bot.invalid")
    event.add("SEQUENCE", entry.changes)
    event.add("DTSTAMP", (entry.done_at or _FIRST + timedelta(seconds=entry.changes)).astimezone(UTC))
    event.add("DTSTART", entry.day)
    event.add("DTEND", entry.day + timedelta(days=1))
    event.add("SUMMARY", f"✓ {entry.title}" if entry.done_at else entry.title)
    event.add("DESCRIPTION", entry.text)
    event.add("TRANSP", "TRANSPARENT")
    if entry.done_at is None:
        alarm = Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("DESCRIPTION", entry.title)
        alarm.add("TRIGGER", _ALARM)
        event.add_component(alarm)
    return event
