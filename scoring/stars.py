"""A total becomes stars, and a sheet learns the cheapest way to the next one."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from scoring.numerals import rounded
from scoring.rubric import Category, Edition, Grade
from scoring.sheet import Sheet


def stars_of(edition: Edition, total: Decimal) -> int:
    """The stars of a total: from 90 five, from 80 four, else three (regulation, part 二, 5)."""
    return next((stars for stars, least in edition.stars if total >= least), edition.lowest)


@dataclass(frozen=True, slots=True)
class CategoryResult:
    """One 工作内容 of a sheet. `points` is None while one of its items is open."""

    name: str
    points: Decimal | None
    least: Decimal
    most: Decimal
    rate: Decimal | None
    """points / the category's points, 0..1, rounded as the screens say it; None while incomplete."""
    weak: bool
    """Whether it is certainly a 薄弱环节: even `most` stays below the edition's share (decision: 80 %)."""


@dataclass(frozen=True, slots=True)
class StarResult:
    """星级: the total and its stars, or the interval of both while the sheet is incomplete."""

    total: Decimal | None
    least: Decimal
    most: Decimal
    stars: int | None
    stars_least: int
    stars_most: int
    categories: tuple[CategoryResult, ...]
    weak: tuple[str, ...]
    """The names of the weak categories."""
    all_excellent: bool


def result(sheet: Sheet) -> StarResult:
    """What a sheet is worth now."""
    categories = tuple(_category(sheet, category) for category in sheet.edition.categories)
    total, least, most = sheet.total, sheet.least, sheet.most
    return StarResult(
        total=total,
        least=least,
        most=most,
        stars=None if total is None else stars_of(sheet.edition, total),
        stars_least=stars_of(sheet.edition, least),
        stars_most=stars_of(sheet.edition, most),
        categories=categories,
        weak=tuple(category.name for category in categories if category.weak),
        all_excellent=sheet.all_excellent,
    )


def _category(sheet: Sheet, category: Category) -> CategoryResult:
    least = sheet.earned(category.items)
    still = [item.points for item in category.items if item.number not in sheet.marks]
    most, complete = sum(still, least), not still
    return CategoryResult(
        name=category.name,
        points=least if complete else None,
        least=least,
        most=most,
        rate=_rate(least, category.points, sheet.edition.weak_below) if complete else None,
        weak=most < sheet.edition.weak_below * category.points,
    )


@lru_cache(maxsize=4096)
def _rate(points: Decimal, of: Decimal, weak_below: Decimal) -> Decimal:
    """Few sums are possible, and they come again on every screen of standings."""
    return rounded(Fraction(points) / Fraction(of), weak_below)


@dataclass(frozen=True, slots=True)
class WayUp:
    """The way to the next star: `distance` points are missing; `items` (number, gain) at 优秀 bring them."""

    target: int
    distance: Decimal
    items: tuple[tuple[int, Decimal], ...]


def next_star(sheet: Sheet) -> tuple[int, Decimal] | None:
    """The star above `least` and its threshold; None when there is none above."""
    above = [(stars, least) for stars, least in sheet.edition.stars if least > sheet.least]
    return above[-1] if above else None


def way_up(sheet: Sheet) -> WayUp | None:
    """The cheapest way to the star above `least`: fewest items, then least overshoot, then lowest numbers.

    An open item counts as liftable from 0. None when no star is above, or no set of items reaches it.
    """
    above = next_star(sheet)
    if above is None:
        return None
    target, threshold = above
    distance = threshold - sheet.least
    gains = [(number, gain) for number, gain in _gains(sheet) if gain > 0]
    chosen = _fewest([_cents(gain) for _, gain in gains], _cents(distance))
    return WayUp(target, distance, tuple(gains[i] for i in chosen)) if chosen else None


def _gains(sheet: Sheet) -> list[tuple[int, Decimal]]:
    now = {number: mark.points for number, mark in sheet.marks.items()}
    numbers = [item.number for item in sheet.edition.items]
    return [(n, sheet.edition.points(n, Grade.EXCELLENT) - now.get(n, Decimal(0))) for n in numbers]


def _cents(points: Decimal) -> int:
    return int(points * 100)


def _fewest(gains: list[int], distance: int) -> tuple[int, ...]:
    """The indices of the fewest gains that sum to at least `distance`, closest to it, earliest; () if none.

    Subset sums as bit sets: bit s of sums[i][k] says that k of the gains from the i-th on can sum to s.
    From the end, sums[i][k] = sums[i+1][k] | sums[i+1][k-1] << gains[i]; 24 items are a few hundred shifts.
    """
    sums = [[1] + [0] * len(gains)]
    for gain in reversed(gains):
        last = sums[0]
        sums.insert(0, [1] + [last[k] | last[k - 1] << gain for k in range(1, len(last))])
    count = next((k for k, reached in enumerate(sums[0]) if reached >> distance), 0)
    enough = sums[0][count] >> distance
    left = distance + (enough & -enough).bit_length() - 1  # the lowest bit set: the least overshoot
    chosen = []
    for i, gain in enumerate(gains):
        if count and left >= gain and sums[i + 1][count - 1] >> (left - gain) & 1:
            chosen.append(i)
            count, left = count - 1, left - gain
    return tuple(chosen)
