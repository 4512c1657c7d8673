"""School years, terms and working days. Pure: days in, days out; nobody here knows what day it is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

from holidays import country_holidays

from scoring.numerals import halfwidth, quoted
from scoring.refusal import Refused

OPENS_BEFORE_END = timedelta(days=21)
CLOSES_BEFORE_END = timedelta(days=7)
MONTH_COUNTS_FROM = 10  # weekdays of a month inside the term, below which nothing monthly is expected


@dataclass(frozen=True, slots=True)
class TermDates:
    """The days of a term, and the span in which self-evaluation is open (product.md section 3)."""

    name: str
    starts: date
    ends: date
    window: tuple[date, date] | None = None
    """The first and last day of self-evaluation, where they are not the usual ones."""

    @property
    def opens(self) -> date:
        """Self-evaluation usually opens three weeks before the term ends."""
        return self.window[0] if self.window else self.ends - OPENS_BEFORE_END

    @property
    def closes(self) -> date:
        """Self-evaluation usually closes one week before the term ends."""
        return self.window[1] if self.window else self.ends - CLOSES_BEFORE_END

    @property
    def usual(self) -> bool:
        """Whether self-evaluation is open when it usually is."""
        return (self.opens, self.closes) == (self.ends - OPENS_BEFORE_END, self.ends - CLOSES_BEFORE_END)


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
    return term


def propose_terms(year: int) -> tuple[TermDates, TermDates]:
    """The two terms of the school year that begins in September of `year`, on the usual Beijing dates.

    A proposal: the education commission moves the winter holiday with the Spring Festival, so an administrator
    corrects it.
    """
    name = f"{year}–{year + 1}学年"
    return (
        TermDates(f"{name}第一学期", date(year, 9, 1), date(year + 1, 1, 22)),
        TermDates(f"{name}第二学期", date(year + 1, 2, 22), date(year + 1, 7, 10)),
    )


def school_year(day: date) -> int:
    """The year in whose September the school year of a day began."""
    return day.year if day.month >= 9 else day.year - 1


@lru_cache(256)
def months_expected(starts: date, ends: date, today: date) -> tuple[str, ...]:
    """The months ("2026-09") of a term that are over and long enough for a monthly duty to be expected of them."""
    months: dict[str, int] = {}
    day = starts
    while day <= ends:
        month = f"{day:%Y-%m}"
        months[month] = months.get(month, 0) + (day.weekday() < 5)
        day += timedelta(days=1)
    over = f"{today:%Y-%m}"
    return tuple(m for m, days in months.items() if days >= MONTH_COUNTS_FROM and (m < over or today > ends))


def months_of(starts: date, ends: date) -> tuple[str, ...]:
    """Every month ("2026-09") that a term touches."""
    first, last = starts.year * 12 + starts.month - 1, ends.year * 12 + ends.month - 1
    return tuple(f"{m // 12:04d}-{m % 12 + 1:02d}" for m in range(first, last + 1))


# Working days -------------------------------------------------------------------------------------------------

ONE_DAY = timedelta(days=1)
WEEKDAYS = "一二三四五六日"
_PAID_FOR = "休息日"  # how the library begins the name of a day off that a make-up day pays for
_MARKS = re.compile(r"（[^）]*）")  # （补假）, （推定）: how a day came to be off, not which festival it is


def weekday_word(day: date) -> str:
    """周一 … 周日."""
    return "周" + WEEKDAYS[day.weekday()]


@dataclass(frozen=True, slots=True)
class _Official:
    """A year and its two neighbours as the library knows them."""

    off: Mapping[date, str]
    made_up: frozenset[date]
    announced: bool


@lru_cache(maxsize=64)
def _official(year: int) -> _Official:
    # A notice may ask for a make-up day in the December before: the neighbours are asked as well.
    known = country_holidays("CN", years=(year - 1, year, year + 1), language="zh_CN")
    made_up = frozenset(known.weekend_workdays)
    return _Official(dict(known), made_up, any(day.year == year for day in made_up))


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days off, the weekends around them included: what for, from the first to the last."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class WorkDays:
    """The working days of the Chinese calendar; a day an administrator has entered wins over what is known."""

    overrides: Mapping[date, bool] = field(default_factory=dict)

    def works(self, day: date) -> bool:
        """Whether people work on this day."""
        entered = self.overrides.get(day)
        if entered is not None:
            return entered
        official = _official(day.year)
        return day in official.made_up if day.weekday() >= 5 else day not in official.off

    def why(self, day: date) -> str:
        """In words: 国庆节放假, 调休上班, 管理员调整, or the day of the week, which says it all."""
        official = _official(day.year)
        if day in self.overrides:
            return "管理员调整"
        if day in official.off:
            return f"{_festival(day, official)}放假"
        return "调休上班" if day in official.made_up else weekday_word(day)

    def provisional(self, year: int) -> bool:
        """Whether the year's make-up days are not known: neither announced in the library nor entered.

        A notice that was entered shows by having both, days off and weekend days to work; a single corrected
        day is no notice.
        """
        entered = {
            works for day, works in self.overrides.items() if day.year == year and _changes(day, works)
        }
        return not _official(year).announced and entered != {True, False}

    def holidays(self, since: date, until: date) -> tuple["Holiday", ...]:
        """Every stretch of days off between two days that is more than a weekend, in order."""
        found, day = [], since
        while day <= until:
            first = day
            while not self.works(day):
                day += ONE_DAY
            if off := [first + timedelta(days=n) for n in range((day - first).days)]:
                known = [_festival(d, _official(d.year)) for d in off if d in _official(d.year).off]
                if known or any(d in self.overrides for d in off):
                    found.append(Holiday("、".join(dict.fromkeys(known)) or "放假", first, off[-1]))
            day += ONE_DAY
        return tuple(found)

    def weekends_worked(self, since: date, until: date) -> tuple[date, ...]:
        """The Saturdays and Sundays between two days on which people work."""
        days = (since + timedelta(days=n) for n in range((until - since).days + 1))
        return tuple(day for day in days if day.weekday() >= 5 and self.works(day))

    def next_working(self, day: date) -> date:
        """The day itself or the first working day after it."""
        while not self.works(day):
            day += ONE_DAY
        return day

    def previous_working(self, day: date) -> date:
        """The day itself or the last working day before it."""
        while not self.works(day):
            day -= ONE_DAY
        return day

    def nth_working(self, year: int, month: int, n: int) -> date:
        """The n-th working day of a month; the last one where there are fewer."""
        working = [day for day in _days_of(year, month) if self.works(day)]
        return working[n - 1] if n <= len(working) else self.last_working(year, month)

    def last_working(self, year: int, month: int) -> date:
        """The last working day of a month; its last day where nobody works all month."""
        *_, last = days = tuple(_days_of(year, month))
        return next((day for day in reversed(days) if self.works(day)), last)


def _changes(day: date, works: bool) -> bool:
    """Whether an entered day is a weekend day to work or any day off: what a notice is made of."""
    return not works or day.weekday() >= 5


def _days_of(year: int, month: int) -> Iterator[date]:
    day = date(year, month, 1)
    while day.month == month:
        yield day
        day += ONE_DAY


def _festival(day: date, official: _Official) -> str:
    """The festival a day off belongs to; a day paid for by a make-up day belongs to the one it adjoins."""
    near = [*_stretch(day, -ONE_DAY, official), *_stretch(day, ONE_DAY, official)]
    names = [official.off[d] for d in near if d in official.off]
    festivals = [name for name in names if not name.startswith(_PAID_FOR)]
    return _MARKS.sub("", (festivals or ["调休"])[0]).replace("; ", "、")


def _stretch(day: date, step: timedelta, official: _Official) -> Iterator[date]:
    """The days without work from this one on."""
    while day in official.off or (day.weekday() >= 5 and day not in official.made_up):
        yield day
        day += step


# The State Council's notice, pasted ---------------------------------------------------------------------------

NOTICE_LONGEST = 4000
_LONGEST_HOLIDAY = 31
_DAY = r"(?:(?P<y{0}>[0-9]{{4}})年)?(?:(?P<m{0}>[0-9]{{1,2}})月)?(?P<d{0}>[0-9]{{1,2}})日(?:\((?P<in{0}>[^()]*)\))?"
_SPAN = re.compile(_DAY.format(1) + r"(?:[至到~—–-]+" + _DAY.format(2) + r")?")
_VERB = re.compile(r"(?P<off>放假调休|放假|休息|调休)|(?P<on>上班|补班)")
_COUNT = re.compile(r",?共?(?P<count>[0-9]{1,2})天")
_BETWEEN = re.compile(r"[、,和及]+")
_ASIDE = re.compile(r"[,、]*(?:不调休|与周末连休)")
_HEADING = re.compile(
    r"(?:[一二三四五六七八九十]+、)?(?:元旦|春节|清明节|劳动节|端午节|中秋节|国庆节|[、和])*:?"
)
_PROSE = re.compile(
    r"关于|部分节假日安排|各省|经国务院批准|现将|国务院办公厅|\(?国办发|鼓励|节假日期间|\(此件"
)
_WEEKDAY = re.compile(r"(?:周|星期)([一二三四五六日天])")


def read_overrides(text: str, year: int) -> dict[date, bool]:
    """The days a pasted text names, True to work and False off: 「10月10日 上班」, or the year's whole notice.

    Refused, each in its own sentence: nothing, too long, a piece that cannot be read, a day that does not exist,
    a day of the week or a number of days that contradicts the dates, a day both off and worked.
    """
    if not text.strip():
        raise Refused("请粘贴放假安排，例如 10月10日 上班。")
    if len(text) > NOTICE_LONGEST:
        raise Refused(f"放假安排太长了，请不要超过 {NOTICE_LONGEST} 个字。")
    found: dict[date, bool] = {}
    for piece in re.split(r"[。;\n]|如下:", halfwidth(text)):
        for day, works in _read_piece(re.sub(r"\s+", "", piece), year):
            if found.setdefault(day, works) is not works:
                raise Refused(f"{month_day(day)}既写了放假又写了上班，请核对。")
    if not found:
        raise Refused("没有看到放假或上班的日期，例如 10月1日至7日 放假。")
    return found


YEARS_AWAY = 2


def read_days(text: str, today: date) -> dict[date, bool]:
    """As `read_overrides`, for the year that is written; without one this year, or the next once all days are past.

    Refused as there, and when the year is more than two away.
    """
    written = [int(year) for year in re.findall(r"([0-9]{4})年", halfwidth(text))]
    if written:
        year = max(written)
        if abs(year - today.year) > YEARS_AWAY:
            raise Refused(f"{year}年太远了，请填{today.year}年前后的日期。")
        return read_overrides(text, year)
    wrong: Refused | None = None
    for year in (today.year, today.year + 1):
        try:
            found = read_overrides(text, year)
        except Refused as refused:
            wrong = wrong or refused
        else:
            if max(found) >= today:
                return found
    raise wrong or Refused("这些日期都已过去，请写明年份。")


def _read_piece(piece: str, year: int) -> Iterator[tuple[date, bool]]:
    if _PROSE.match(piece) or re.fullmatch(rf"{year - 1}年[0-9]+月[0-9]+日", piece):
        return  # what a notice says around its days, and the day it was signed, always in the year before
    at = _end(_HEADING.match(piece), 0)
    while at < len(piece):
        days: list[date] = []
        while span := _SPAN.match(piece, at):
            days += _span(span, year, days[-1] if days else None)
            at = _end(_BETWEEN.match(piece, span.end()), span.end())
        verb = _VERB.match(piece, at)
        if not days or not verb:
            raise Refused(f"没有看懂{quoted(piece)}，请写成 10月10日 上班 或 10月1日至7日 放假。")
        at = verb.end()
        if count := _COUNT.match(piece, at):
            if int(count["count"]) != len(days):
                raise Refused(
                    f"{month_day(days[0])}起写的是 {len(days)} 天，不是 {count['count']} 天，请核对。"
                )
            at = count.end()
        at = _end(_ASIDE.match(piece, at), at)
        at = _end(_BETWEEN.match(piece, at), at)
        yield from ((day, verb["on"] is not None) for day in days)


def _end(match: re.Match[str] | None, at: int) -> int:
    return match.end() if match else at


def _span(span: re.Match[str], year: int, before: date | None) -> list[date]:
    """The days from the first to the second day written; a month or year left out is that of the day before."""
    first = _written(span, "1", year, before)
    if span["d2"] is None:
        return [first]
    last = _written(span, "2", first.year, first)
    if not first < last < first + timedelta(days=_LONGEST_HOLIDAY):
        raise Refused(f"{quoted(span[0])}的起止日期不对，请核对。")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _written(span: re.Match[str], which: str, year: int, before: date | None) -> date:
    month = span["m" + which] or (before.month if before else None)
    if month is None:
        raise Refused(f"{quoted(span[0])}没有写月份，请核对。")
    day = existing(int(span["y" + which] or year), int(month), int(span["d" + which]))
    if abs(day.year - year) > 1:
        raise Refused(f"{quoted(span[0])}不在{year}年前后，请核对年份。")
    weekday = _WEEKDAY.search(span["in" + which] or "")
    if weekday and weekday[1].replace("天", "日") != WEEKDAYS[day.weekday()]:
        raise Refused(f"{month_day(day)}是{weekday_word(day)}，不是周{weekday[1]}，请核对年份和日期。")
    return day


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
_FROM_TO = re.compile(f"{_DATED.format(1)}起?[至到~—–-]+{_DATED.format(2)}止?")


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
        term = TermDates(term.name, starts, ends, None if term.usual else term.window)
    if asked:
        term = replace(term, window=_from_to(window, text, term.starts))
    return sensible(term)


def _from_to(compact: str, text: str, after: date) -> tuple[date, date]:
    found = _FROM_TO.fullmatch(compact)
    if not found:
        raise Refused(f"没有看懂{quoted(text.strip())}，请写成 2026-09-01 至 2027-01-22。")
    first = _first_after(found, "1", after)
    return first, _first_after(found, "2", first)


def _first_after(found: re.Match[str], which: str, after: date) -> date:
    """The day as written; without a year, the first such day from a day on."""
    month, day = int(found["m" + which]), int(found["d" + which])
    year = found["y" + which]
    if year is None:
        return existing(after.year + ((month, day) < (after.month, after.day)), month, day)
    return existing(int(year), month, day)
