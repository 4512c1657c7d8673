"""School years and terms. Pure: days in, days out; nobody here knows what day it is."""

from dataclasses import dataclass
from datetime import date, timedelta

OPENS_BEFORE_END = timedelta(days=21)
CLOSES_BEFORE_END = timedelta(days=7)
MONTH_COUNTS_FROM = 10  # weekdays of a month inside the term, below which nothing monthly is expected


@dataclass(frozen=True, slots=True)
class TermDates:
    """A term as proposed: its days, and the span in which self-evaluation is open (product.md section 3)."""

    name: str
    starts: date
    ends: date

    @property
    def opens(self) -> date:
        """Self-evaluation opens three weeks before the term ends."""
        return self.ends - OPENS_BEFORE_END

    @property
    def closes(self) -> date:
        """Self-evaluation closes one week before the term ends."""
        return self.ends - CLOSES_BEFORE_END


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
