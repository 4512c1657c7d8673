"""One branch by itself: beside the mean of the others, what it lost, what stays weak, and its terms in a row."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from scoring.sheet import Sheet
from scoring.standings import Entry
from scoring.stars import CategoryResult, result, stars_of


@dataclass(frozen=True, slots=True)
class Beside:
    """Points (of a category, or the total) beside the mean of all that are alike, rounded half up to a hundredth."""

    name: str
    points: Decimal
    of: Decimal
    mean: Decimal
    weak: bool = False

    @property
    def difference(self) -> Decimal:
        """How far above the mean, as it is shown; negative below it."""
        return self.points - self.mean


@dataclass(frozen=True, slots=True)
class Comparison:
    """A branch beside all whose result is of the same kind, itself among them: how many, the total, each category."""

    count: int
    total: Beside
    categories: tuple[Beside, ...]


def comparison(mine: Entry, entries: Iterable[Entry]) -> Comparison:
    """Official beside official, submitted 自评 beside submitted 自评, under one edition; `mine` is one of them."""
    edition = mine.sheet.edition
    alike = [one for one in entries if one.told and _kind(one) == _kind(mine)]
    own = result(mine.sheet)
    others = [result(one.sheet) for one in alike]
    return Comparison(
        count=len(alike),
        total=Beside("总分", own.least, edition.total, mean([one.least for one in others])),
        categories=tuple(
            _beside(category, of.points, [one.categories[n] for one in others])
            for n, (category, of) in enumerate(zip(own.categories, edition.categories, strict=True))
        ),
    )


def _kind(entry: Entry) -> tuple[bool, str]:
    return entry.official, entry.sheet.edition.key


def _beside(own: CategoryResult, of: Decimal, every: list[CategoryResult]) -> Beside:
    return Beside(own.name, own.least, of, mean([one.least for one in every]), own.weak)


def mean(points: list[Decimal]) -> Decimal:
    """Their mean, rounded half up to a hundredth of a point."""
    return (sum(points, Decimal(0)) / len(points)).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Lost:
    """An item that did not earn all its points."""

    number: int
    points: Decimal
    of: Decimal

    @property
    def lost(self) -> Decimal:
        """How many points are missing."""
        return self.of - self.points


def lost(sheet: Sheet) -> tuple[Lost, ...]:
    """The marked items below all their points, what lost most first, then by number."""
    marked = [(item, mark) for item in sheet.edition.items if (mark := sheet.marks.get(item.number))]
    found = [Lost(item.number, mark.points, item.points) for item, mark in marked]
    return tuple(sorted((one for one in found if one.lost), key=lambda one: -one.lost))


def weak_again(before: Sheet, after: Sheet) -> tuple[int, ...]:
    """The items that are weak now and were weak before, by number; none where the editions differ.

    An item is weak as a category is: below the edition's share of its points (decision: 80 %).
    """
    if before.edition.key != after.edition.key:
        return ()
    return tuple(sorted(_weak(before) & _weak(after)))


def _weak(sheet: Sheet) -> set[int]:
    return {one.number for one in lost(sheet) if one.points < sheet.edition.weak_below * one.of}


@dataclass(frozen=True, slots=True)
class Step:
    """A term's official result, and how the total changed from the official one before it under the same edition."""

    total: Decimal
    stars: int
    change: Decimal | None


def over_terms(sheets: Iterable[Sheet]) -> tuple[Step, ...]:
    """What complete official sheets of one branch say in a row, the oldest first."""
    steps: list[Step] = []
    last: Sheet | None = None
    for sheet in sheets:
        alike = last is not None and last.edition.key == sheet.edition.key
        changed = sheet.least - last.least if last is not None and alike else None
        steps.append(Step(sheet.least, stars_of(sheet.edition, sheet.least), changed))
        last = sheet
    return tuple(steps)
