"""School years and terms, and days in words. Days in, days out: nobody here knows what day it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from jobs.duties.official import works
from scoring.numerals import halfwidth, quoted
from scoring.pattern import pattern
from scoring.refusal import Refused, Unread

ONE_DAY = timedelta(days=1)
CLOSES_BEFORE_END = timedelta(days=14)
SELF_EVALUATION = timedelta(days=14)  # from its first day to its last
COMMITTEE_NEEDS = 10  # working days after self-evaluation, in which the committee evaluates
MONTH_COUNTS_FROM = 10  # weekdays of a month inside the term, below which nothing monthly is expected
MONTH_LEAVES = 5  # those of them before self-evaluation closes: what is done later counts in no sheet


@dataclass(frozen=True, slots=True)
class TermDates:
    """The days of a term, and the span in which self-evaluation is open."""

    name: str
    starts: date
    ends: date
    window: tuple[date, date] | None = None
    """The first and last day of self-evaluation, where they are not the usual ones."""
    entered: frozenset[tuple[date, bool]] = frozenset()
    """The days of work or rest that a committee entered: the usual ones leave it time for its evaluation."""

    @property
    def opens(self) -> date:
        """Self-evaluation usually opens four weeks before the term ends."""
        return self.window[0] if self.window else self._usually[0]

    @property
    def closes(self) -> date:
        """Self-evaluation usually closes two weeks before the term ends."""
        return self.window[1] if self.window else self._usually[1]

    @property
    def usual(self) -> bool:
        """Whether self-evaluation is open when it usually is."""
        return (self.opens, self.closes) == self._usually

    @property
    def _usually(self) -> tuple[date, date]:
        closes = last_to_close(self.ends, self.entered)
        return max(closes - SELF_EVALUATION, self.starts), closes

    @property
    def year(self) -> int:
        """The year in which its school year begins."""
        return self.starts.year if self.half == 1 else self.starts.year - 1

    @property
    def half(self) -> int:
        """Which of the two terms of a school year it is: the second begins between January and July."""
        return 2 if self.starts.month < 8 else 1


@lru_cache(256)
def last_to_close(ends: date, entered: frozenset[tuple[date, bool]] = frozenset()) -> date:
    """The day on which self-evaluation closes before a term's last day, so that the committee has time afterwards.

    Two weeks before; as many days earlier as days off take from its ten working days, those that were entered, too.
    They end on the day on which it is to be ready, which is never 31 December.
    """
    known = dict(entered)
    day, left = ends, COMMITTEE_NEEDS
    while not known.get(day, works(day)) or (day.month, day.day) == (12, 31):
        day -= ONE_DAY
    while left:
        left -= known.get(day, works(day))
        day -= ONE_DAY
    return min(day, ends - CLOSES_BEFORE_END)


YEARS = range(2000, 2101)  # of all days and times that are stored: far from where reckoning with them ends
TERM_SHORTEST, TERM_LONGEST = timedelta(days=28), timedelta(days=300)


def sensible(term: TermDates) -> TermDates:
    """The same term; Refused when it is too short or too long, or its self-evaluation lies outside it."""
    if term.ends <= term.starts:
        raise Refused(
            f"结束日期{full_day(term.ends)}应在开始日期{full_day(term.starts)}之后，请核对起止日期。"
        )
    if not YEARS[0] <= term.starts.year <= term.ends.year <= YEARS[-1]:
        raise Refused(f"学期应在 {YEARS[0]} 年到 {YEARS[-1]} 年之间，请核对年份。")
    if not TERM_SHORTEST <= term.ends - term.starts <= TERM_LONGEST:
        raise Refused(f"{term.name}：学期应有 4 周到 300 天，请核对起止日期。")
    if not term.starts <= term.opens < term.closes <= term.ends:
        raise Refused(
            f"自评{full_day(term.opens)}至{full_day(term.closes)}应先后在学期之内，请一并写上自评日期。"
        )
    if term.closes > (latest := last_to_close(term.ends, term.entered)):
        raise Refused(
            f"自评截止后，总支评价要有 {COMMITTEE_NEEDS} 个工作日，请把自评截止定在{full_day(latest)}或以前。"
        )
    return term


def year_name(year: int) -> str:
    """The school year that begins in September of `year`: 2026–2027学年."""
    return f"{year}–{year + 1}学年"


def propose_terms(year: int) -> tuple[TermDates, TermDates]:
    """The two terms of the school year that begins in September of `year`, on the usual Beijing dates.

    A proposal: the education commission moves the winter holiday with the Spring Festival, so an administrator
    corrects it.
    """
    name = year_name(year)
    return (
        TermDates(f"{name}第一学期", date(year, 9, 1), date(year + 1, 1, 22)),
        TermDates(f"{name}第二学期", date(year + 1, 2, 22), date(year + 1, 7, 10)),
    )


PRESUMED_YEARS = 3


def presumed_terms(after: date) -> tuple[TermDates, ...]:
    """The terms of the next years, on the usual days, which are presumed where none is known after a day."""
    first = school_year(after)
    every = (term for year in range(first, first + PRESUMED_YEARS + 1) for term in propose_terms(year))
    return tuple(term for term in every if term.starts > after)


def school_year(day: date) -> int:
    """The year in whose September the school year of a day began."""
    return day.year if day.month >= 9 else day.year - 1


@lru_cache(256)
def months_expected(term: TermDates, today: date) -> tuple[str, ...]:
    """The months ("2026-09") of a term that are over and long enough for a monthly duty to be expected of them.

    Long enough also before self-evaluation closes: what is done later would count in no sheet.
    """
    months: dict[str, list[date]] = {}
    for day in _days(term.starts, term.ends):
        if day.weekday() < 5:
            months.setdefault(f"{day:%Y-%m}", []).append(day)
    over = f"{today:%Y-%m}"
    return tuple(
        month
        for month, days in months.items()
        if len(days) >= MONTH_COUNTS_FROM
        and sum(day < term.closes for day in days) >= MONTH_LEAVES
        and (month < over or today > term.ends)
    )


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def months_of(starts: date, ends: date) -> tuple[str, ...]:
    """Every month ("2026-09") that a term touches."""
    first, last = starts.year * 12 + starts.month - 1, ends.year * 12 + ends.month - 1
    return tuple(f"{m // 12:04d}-{m % 12 + 1:02d}" for m in range(first, last + 1))


# Days in words ------------------------------------------------------------------------------------------------

WEEKDAYS = "一二三四五六日"


def weekday_word(day: date) -> str:
    """周一 … 周日."""
    return "周" + WEEKDAYS[day.weekday()]


def month_day(day: date) -> str:
    """10月8日."""
    return f"{day.month}月{day.day}日"


def full_day(day: date) -> str:
    """2026年10月8日."""
    return f"{day.year}年{month_day(day)}"


def existing(year: int, month: int, day: int) -> date:
    """That day; Refused when the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        raise Refused(f"{year}年没有{month}月{day}日，请核对日期。") from None


# The days of a term, typed ------------------------------------------------------------------------------------

TERM_TEXT_LONGEST = 100
_DATED = r"(?:(?P<y{0}>[0-9]{{4}})[-/.年])?(?P<m{0}>[0-9]{{1,2}})[-/.月](?P<d{0}>[0-9]{{1,2}})[日号]?"
_FROM_TO = pattern(f"{_DATED.format(1)}起?[至到~—–-]+{_DATED.format(2)}止?")


def in_vacation(term: TermDates, next_starts: date | None, day: date) -> bool:
    """Whether a day is between terms: before this one, or after it and before the next, which is presumed to begin on
    its usual day while none is set."""
    return day < term.starts or term.ends < day < (next_starts or usually_begins(term))


def usually_begins(term: TermDates) -> date:
    """When the term after one begins, on the usual days."""
    return presumed_terms(term.ends)[0].starts


def read_term(text: str, term: TermDates) -> TermDates:
    """The term with the days a text gives it: 「2026-09-01 至 2027-01-22」, 「自评 1月1日至1月15日」, or both.

    A year left out is the one that fits the term. Self-evaluation follows the end of the term unless it is typed, or
    was before. Refused: what cannot be read, a day that does not exist, days in the wrong order.
    """
    if len(text) > TERM_TEXT_LONGEST:
        raise Refused(f"学期日期太长了，请不要超过 {TERM_TEXT_LONGEST} 个字。")
    compact = re.sub(r"[\s,、。:;]", "", halfwidth(text))
    days, asked, window = compact.partition("自评")
    if days or not asked:
        starts, ends = _from_to(days, text, date(term.starts.year, 1, 1))
        term = replace(term, starts=starts, ends=ends, window=None if term.usual else term.window)
    if asked:
        term = replace(term, window=_from_to(window, text, term.starts))
        if term.closes - term.opens > TERM_LONGEST:  # without a year, the earlier day is the next year's
            raise Refused(f"{quoted(text.strip())}的先后反了，请先写较早的一天。")
    return sensible(term)


def _from_to(compact: str, text: str, after: date) -> tuple[date, date]:
    found = _FROM_TO.fullmatch(compact)
    if not found:
        raise Unread(f"没有看懂{quoted(text.strip())}，请写成 2026-09-01 至 2027-01-22。")
    first = _first_after(found, "1", after)
    return first, _first_after(found, "2", first)


def _first_after(found: re.Match[str], which: str, after: date) -> date:
    """The day as written; without a year, the first such day from a day on."""
    month, day = int(found["m" + which]), int(found["d" + which])
    year = found["y" + which]
    if year is None:
        return existing(after.year + ((month, day) < (after.month, after.day)), month, day)
    return existing(int(year), month, day)
