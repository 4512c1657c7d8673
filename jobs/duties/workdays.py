"""Working days: the Chinese calendar as it is known, and what an administrator types where it is not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from jobs.duties import official
from jobs.duties.calendar import ONE_DAY, WEEKDAYS, existing, month_day, weekday_word
from jobs.duties.official import Official
from scoring.numerals import halfwidth, quoted
from scoring.pattern import pattern
from scoring.refusal import Refused, Unread

_PAID_FOR = "休息日"  # how the library begins the name of a day off that a make-up day pays for
_MARKS = pattern(r"（[^）]*）")  # （补假）, （推定）: how a day came to be off, not which festival it is


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

    @property
    def entered(self) -> frozenset[tuple[date, bool]]:
        """The days that were entered, each with whether it is one of work."""
        return frozenset(self.overrides.items())

    def works(self, day: date) -> bool:
        """Whether people work on this day."""
        entered = self.overrides.get(day)
        if entered is not None:
            return entered
        return official.works(day)

    def why(self, day: date) -> str:
        """In words: 国庆节放假, 调休上班, 管理员调整, or the day of the week, which says it all."""
        known = official.official(day.year)
        if day in self.overrides:
            return "管理员调整"
        if day in known.off:
            return f"{_festival(day, known)}放假"
        return "调休上班" if day in known.made_up else weekday_word(day)

    def provisional(self, year: int) -> bool:
        """Whether the year's make-up days are not known: neither announced in the library nor entered.

        A notice that was entered shows by having both, days off and weekend days to work; a single corrected
        day is no notice.
        """
        entered = {
            works for day, works in self.overrides.items() if day.year == year and _changes(day, works)
        }
        return not official.official(year).announced and entered != {True, False}

    def holidays(self, since: date, until: date) -> tuple["Holiday", ...]:
        """Every stretch of days off between two days that is more than a weekend, in order."""
        found, day = [], since
        while day <= until:
            first = day
            while not self.works(day):
                day += ONE_DAY
            if off := [first + timedelta(days=n) for n in range((day - first).days)]:
                years = {d: official.official(d.year) for d in off}
                known = [_festival(d, year) for d, year in years.items() if d in year.off]
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

    def working_after(self, day: date, n: int) -> date:
        """The n-th working day after a day, which itself does not count."""
        for _ in range(n):
            day = self.next_working(day + ONE_DAY)
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


def _festival(day: date, known: Official) -> str:
    """The festival a day off belongs to; a day paid for by a make-up day belongs to the one it adjoins."""
    near = [*_stretch(day, -ONE_DAY, known), *_stretch(day, ONE_DAY, known)]
    names = [known.off[d] for d in near if d in known.off]
    festivals = [name for name in names if not name.startswith(_PAID_FOR)]
    return _MARKS.sub("", (festivals or ["调休"])[0]).replace("; ", "、")


def _stretch(day: date, step: timedelta, known: Official) -> Iterator[date]:
    """The days without work from this one on."""
    while day in known.off or (day.weekday() >= 5 and day not in known.made_up):
        yield day
        day += step


# The State Council's notice, pasted ---------------------------------------------------------------------------

_LONGEST_HOLIDAY = 31
_DAY = r"(?:(?P<y{0}>[0-9]{{4}})年)?(?:(?P<m{0}>[0-9]{{1,2}})月)?(?P<d{0}>[0-9]{{1,2}})日(?:\((?P<in{0}>[^()]*)\))?"
_SPAN = pattern(_DAY.format(1) + r"(?:[至到~—–-]+" + _DAY.format(2) + r")?")
_VERB = pattern(r"(?P<off>放假调休|放假|休息|调休)|(?P<on>上班|补班)")
_COUNT = pattern(r",?共?(?P<count>[0-9]{1,2})天")
_BETWEEN = pattern(r"[、,和及]+")
_ASIDE = pattern(r"[,、]*(?:不调休|与周末连休)")
_HEADING = pattern(
    r"(?:[一二三四五六七八九十]+、)?(?:元旦|春节|清明节|劳动节|端午节|中秋节|国庆节|[、和])*:?"
)
_PROSE = pattern(r"关于|部分节假日安排|各省|经国务院批准|现将|国务院办公厅|\(?国办发|鼓励|节假日期间|\(此件")
_WEEKDAY = pattern(r"(?:周|星期)([一二三四五六日天])")


def read_overrides(text: str, year: int) -> dict[date, bool]:
    """The days a pasted text names, True to work and False off: 「10月10日 上班」, or the year's whole notice.

    Refused, each in its own sentence: nothing, a piece that cannot be read, a day that does not exist,
    a day of the week or a number of days that contradicts the dates, a day both off and worked.
    """
    if not text.strip():
        raise Refused("请粘贴放假安排，例如 10月10日 上班。")
    found: dict[date, bool] = {}
    for piece in re.split(r"[。;\n]|如下:", halfwidth(text)):
        for day, works in _read_piece(re.sub(r"\s+", "", piece), year):
            if found.setdefault(day, works) is not works:
                raise Refused(f"{month_day(day)}既写了放假又写了上班，请核对。")
    if not found:
        raise Unread("没有看到放假或上班的日期，例如 10月1日至7日 放假。")
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
            raise Unread(f"没有看懂{quoted(piece)}，请写成 10月10日 上班 或 10月1日至7日 放假。")
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
