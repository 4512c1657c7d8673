"""Branches side by side: ranks (ties are decided here and nowhere else), gaps, trends, other rules."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from scoring.rubric import Edition
from scoring.sheet import Mark, Sheet
from scoring.stars import StarResult, result


@dataclass(frozen=True, slots=True)
class Entry:
    """A branch and the sheet that counts for it: official = 总支评价, else 自评 (预计)."""

    key: int
    name: str
    sheet: Sheet
    official: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A branch's row. `rank` is shared by equal totals (1, 1, 3) and None while the sheet is incomplete."""

    rank: int | None
    key: int
    name: str
    result: StarResult
    official: bool
    filled: int
    items: int
    """How many items its edition has."""


def standings(entries: Iterable[Entry]) -> tuple[Standing, ...]:
    """Complete sheets by total, best first, then by name; behind them the incomplete ones by `most`."""
    rows = [
        Standing(None, e.key, e.name, result(e.sheet), e.official, e.sheet.filled, len(e.sheet.edition.items))
        for e in entries
    ]
    rows.sort(key=lambda row: row.name)
    rows.sort(key=lambda row: row.result.least, reverse=True)
    rows.sort(key=lambda row: row.result.total is None)
    totals = [row.result.total for row in rows]
    return tuple(
        row if row.result.total is None else replace(row, rank=totals.index(row.result.total) + 1)
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class Gap:
    """An item both sides marked differently; `difference` = committee − self, in points."""

    number: int
    self_mark: Mark
    committee_mark: Mark
    difference: Decimal


def gaps(self_sheet: Sheet, committee_sheet: Sheet) -> tuple[Gap, ...]:
    """Items marked in both sheets with different points, the largest difference first, then by number."""
    both = sorted(self_sheet.marks.keys() & committee_sheet.marks.keys())
    pairs = [(number, self_sheet.marks[number], committee_sheet.marks[number]) for number in both]
    found = [Gap(n, own, theirs, theirs.points - own.points) for n, own, theirs in pairs]
    return tuple(sorted((gap for gap in found if gap.difference), key=lambda gap: -abs(gap.difference)))


@dataclass(frozen=True, slots=True)
class Trend:
    """What changed from one term to the next: `items` are (number, points before, points after)."""

    difference: Decimal | None
    """The later total minus the earlier one; None unless both sheets are complete."""
    items: tuple[tuple[int, Decimal, Decimal], ...]


def trend(before: Sheet, after: Sheet) -> Trend:
    """The later sheet against the earlier one, item by item."""
    changed = sorted(gaps(before, after), key=lambda gap: gap.number)
    complete = before.total is not None and after.total is not None
    return Trend(
        difference=after.least - before.least if complete else None,
        items=tuple((gap.number, gap.self_mark.points, gap.committee_mark.points) for gap in changed),
    )


def recount(sheet: Sheet, edition: Edition) -> Sheet:
    """The same grades under another edition's shares (试算); points typed with a reason stay as typed."""
    marks = {
        number: replace(mark, points=edition.points(number, mark.grade))
        if mark.points == sheet.edition.points(number, mark.grade)
        else mark
        for number, mark in sheet.marks.items()
    }
    return replace(sheet, edition=edition, marks=marks)


def trial(entries: Iterable[Entry], edition: Edition) -> tuple[tuple[int, StarResult, StarResult], ...]:
    """(key, result now, result under the other edition) of every entry; nothing is saved."""
    return tuple((e.key, result(e.sheet), result(recount(e.sheet, edition))) for e in entries)
