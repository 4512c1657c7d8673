"""When something falls due: date rules, and the days they give in a term."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, assert_never

from dateutil.relativedelta import relativedelta, weekday

from jobs.duties.calendar import ONE_DAY, TermDates, months_expected
from jobs.duties.workdays import WorkDays

Shift = Literal["before", "after", "none"]
Edge = Literal["start", "end", "opens", "closes"]
Cadence = Literal["monthly", "term", "yearly", "event"]
CADENCES: Mapping[Cadence, int] = {"monthly": 0, "term": 1, "yearly": 2, "event": 3}
"""The numbers travel in buttons: they are for ever."""

EVERY_MONTH = tuple(range(1, 13))
LAST = -1


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A fixed day of the month, or its last day where the month is shorter."""

    day: int
    shift: Shift
    months: tuple[int, ...] = EVERY_MONTH


@dataclass(frozen=True, slots=True)
class MonthWeekday:
    """The n-th such weekday of the month (0 is Monday), or the last where there is none."""

    nth: int
    weekday: int
    shift: Shift
    months: tuple[int, ...] = EVERY_MONTH


@dataclass(frozen=True, slots=True)
class MonthWorkday:
    """The n-th working day of the month, or the last."""

    nth: int
    months: tuple[int, ...] = EVERY_MONTH


@dataclass(frozen=True, slots=True)
class FromTerm:
    """So many days after (before, when negative) the first or last day of term, or of self-evaluation.

    Of every term or, once a year, of the first (1) or second (2) of the school year.
    """

    edge: Edge
    days: int
    shift: Shift
    half: int = 0


@dataclass(frozen=True, slots=True)
class TermWeek:
    """A weekday of the n-th week of term."""

    week: int
    weekday: int
    shift: Shift


@dataclass(frozen=True, slots=True)
class MidTerm:
    """Half-way through the term."""

    shift: Shift


@dataclass(frozen=True, slots=True)
class Yearly:
    """A day of the year, every year or every few years counted from `since`."""

    month: int
    day: int
    shift: Shift
    every: int = 1
    since: int = 0


@dataclass(frozen=True, slots=True)
class AfterEvent:
    """So many days and months after something that happened; again every month, `times` in all."""

    days: int
    months: int
    shift: Shift
    times: int = 1


Monthly = MonthDay | MonthWeekday | MonthWorkday
Rule = Monthly | FromTerm | TermWeek | MidTerm | Yearly | AfterEvent


@dataclass(frozen=True, slots=True)
class Due:
    """A due day and the period it stands for: "2026-09", the term's key, "2027", or the day of the event."""

    period: str
    day: date


def cadence(rule: Rule) -> Cadence:
    """How often a rule comes round. A duty keeps its cadence whatever is chosen: its periods hang on it."""
    match rule:
        case MonthDay() | MonthWeekday() | MonthWorkday():
            return "monthly"
        case FromTerm(half=0) | TermWeek() | MidTerm():
            return "term"
        case Yearly() | FromTerm():
            return "yearly"
        case AfterEvent():
            return "event"
        case _:
            assert_never(rule)


def due(
    rule: Rule, term: TermDates, term_key: str, days: WorkDays, event: date | None = None
) -> tuple[Due, ...]:
    """The due days of a term, in order, each moved off non-working days as the rule says.

    What would fall on 31 December moves as well, as off a day without work.

    monthly  One for every month long enough to count (`months_expected`), inside that month, after the term's first
             working day and before self-evaluation closes: a day that shifting would carry out goes the other way,
             and one that is written outside these days lies as far on in them as it does in the month.
    term     One, under the term's key, inside the term if the day as written is.
    yearly   One, when the day as written lies inside the term, or is counted from this one.
    event    From the event's day; nothing without one.
    """
    match rule:
        case MonthDay() | MonthWeekday() | MonthWorkday():
            return tuple(
                Due(month, _in_month(rule, term, month, days))
                for month in _long_months(term)
                if int(month[5:]) in rule.months
            )
        case FromTerm(half=half) if half:
            day = _in_term(rule, term, days)
            return (Due(str(day.year), day),) if half == term.half else ()
        case FromTerm() | TermWeek() | MidTerm():
            return (Due(term_key, _in_term(rule, term, days)),)
        case Yearly():
            return tuple(
                Due(str(day.year), shifted(day, rule.shift, days))
                for day in _in_years(rule, term.starts.year, term.ends.year)
                if term.starts <= day <= term.ends
            )
        case AfterEvent():
            return () if event is None else _after_event(rule, event, days)
        case _:
            assert_never(rule)


def shifted(day: date, shift: Shift, days: WorkDays) -> date:
    """The day, or the nearest working day on the side the shift says; never the last day of the year."""
    if shift == "none":
        return day
    return _before(day, days) if shift == "before" else _after(day, days)


def _before(day: date, days: WorkDays) -> date:
    found = days.previous_working(day)
    return days.previous_working(found - ONE_DAY) if _ends_year(found) else found


def _after(day: date, days: WorkDays) -> date:
    found = days.next_working(day)
    return days.next_working(found + ONE_DAY) if _ends_year(found) else found


def _ends_year(day: date) -> bool:
    return (day.month, day.day) == (12, 31)


@lru_cache(maxsize=256)
def _long_months(term: TermDates) -> tuple[str, ...]:
    return months_expected(term, term.ends + ONE_DAY)


def _in_month(rule: Monthly, term: TermDates, period: str, days: WorkDays) -> date:
    first = date.fromisoformat(f"{period}-01")
    last = first + relativedelta(day=31)
    begins = days.next_working(days.next_working(term.starts) + ONE_DAY)
    low, high = max(first, begins), min(last, _before(term.closes, days) - ONE_DAY)
    written = _written(rule, first, days)
    shift = "before" if isinstance(rule, MonthWorkday) else rule.shift
    if low <= written <= high:
        return _kept(written, shift, low, high, days)
    inside = _working(low, high, days)
    if not inside:
        return min(max(written, low), high)
    return inside[(written.day - 1) * (len(inside) - 1) // (last.day - 1)]


def _working(first: date, last: date, days: WorkDays) -> list[date]:
    """The working days from one day to another."""
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in span if days.works(day) and not _ends_year(day)]


def _written(rule: Monthly, first: date, days: WorkDays) -> date:
    match rule:
        case MonthDay(day):
            return first + relativedelta(day=day)
        case MonthWeekday():
            return _nth_weekday(rule, first)
        case MonthWorkday(nth):
            if nth == LAST:
                return days.last_working(first.year, first.month)
            return days.nth_working(first.year, first.month, nth)
        case _:
            assert_never(rule)


def _nth_weekday(rule: MonthWeekday, first: date) -> date:
    day = first + relativedelta(weekday=weekday(rule.weekday, max(rule.nth, 1)))
    if rule.nth == LAST or day.month != first.month:
        return first + relativedelta(day=31, weekday=weekday(rule.weekday, LAST))
    return day


def _kept(day: date, shift: Shift, low: date, high: date, days: WorkDays) -> date:
    """Shifted, and never out of `low` … `high`: the other way instead, or not at all where nobody works."""
    if shift == "none":
        return day
    ways = (_before(day, days), _after(day, days))
    inside = [d for d in (ways if shift == "before" else reversed(ways)) if low <= d <= high]
    return inside[0] if inside else day


def _in_term(rule: FromTerm | TermWeek | MidTerm, term: TermDates, days: WorkDays) -> date:
    day = _counted(rule, term)
    last = term.ends
    match rule:
        case TermWeek() | MidTerm() if (
            rule.shift != "none"
        ):  # week ten of a short term is after what it feeds
            last = term.closes
            day = min(day, last)
        case FromTerm(edge="opens" | "closes"):  # so early a window leaves no day in the term
            day = max(day, term.starts)
        case FromTerm(edge="end", days=distance) if distance <= 0:
            day = max(day, term.starts)
        case _:
            pass
    if term.starts <= day <= term.ends:
        return _kept(day, rule.shift, term.starts, last, days)
    return shifted(day, rule.shift, days)


def _counted(rule: FromTerm | TermWeek | MidTerm, term: TermDates) -> date:
    match rule:
        case FromTerm(edge, distance):
            edges = {"start": term.starts, "end": term.ends, "opens": term.opens, "closes": term.closes}
            return edges[edge] + timedelta(days=distance)
        case TermWeek(week, day_of_week, _):
            first = term.starts
            # A term that begins on a weekend has its first week after it.
            monday = first + relativedelta(weekday=weekday(0, 1 if first.weekday() >= 5 else LAST))
            return monday + timedelta(weeks=week - 1, days=day_of_week)
        case MidTerm():
            return term.starts + (term.ends - term.starts) // 2
        case _:
            assert_never(rule)


def _in_years(rule: Yearly, first: int, last: int) -> tuple[date, ...]:
    years = [year for year in range(first, last + 1) if _comes_round(rule, year)]
    return tuple(date(year, rule.month, 1) + relativedelta(day=rule.day) for year in years)


def _comes_round(rule: Yearly, year: int) -> bool:
    return year >= rule.since and (year - rule.since) % rule.every == 0


def _after_event(rule: AfterEvent, event: date, days: WorkDays) -> tuple[Due, ...]:
    first = event + relativedelta(months=rule.months, days=rule.days)
    nominal = [first + relativedelta(months=n) for n in range(rule.times)]
    return tuple(
        Due(numbered(event.isoformat(), n), shifted(day, rule.shift, days)) for n, day in enumerate(nominal)
    )


def numbered(period: str, n: int) -> str:
    """The period of the first, second, third … due day of one kind: p, p/2, p/3."""
    return period if n == 0 else f"{period}/{n + 1}"
