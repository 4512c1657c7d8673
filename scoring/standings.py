"""Branches side by side: ranks (ties are decided here and nowhere else), gaps, trends, other rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from scoring.rubric import Edition
from scoring.sheet import Mark, Sheet
from scoring.stars import CategoryResult, StarResult, result


@dataclass(frozen=True, slots=True)
class Entry:
    """A branch and the sheet that counts for it: official = 总支评价, else 自评, which is 预计 once it is submitted."""

    key: int
    name: str
    sheet: Sheet
    official: bool

    @property
    def told(self) -> bool:
        """Whether its total may be told: it is submitted and complete."""
        return self.sheet.submitted and self.sheet.total is not None


@dataclass(frozen=True, slots=True)
class Standing:
    """A branch's row.

    `place` is set for official results alone, `result` for them and for what is submitted, which is 预计; of anything
    else only the progress is told.
    """

    key: int
    name: str
    official: bool
    filled: int
    items: int
    """How many items its edition has."""
    result: StarResult | None = None
    place: "Place | None" = None
    category: CategoryResult | None = None
    """The one by which the branches are ordered; None where they are by their totals."""

    @property
    def points(self) -> Decimal:
        """What it is ordered by; 0 where nothing is told."""
        if self.category is not None:
            return self.category.least
        return self.result.least if self.result else Decimal(0)


@dataclass(frozen=True, slots=True)
class Place:
    """名次: the rank, whether another branch has the same one (1, 2, 2, 4), and how many of all branches have one."""

    rank: int
    shared: bool
    ranked: int
    of: int


def standings(entries: Iterable[Entry], category: int = 0) -> tuple[Standing, ...]:
    """Official results by total, best first; behind them submitted 自评; then the others, in the order they came.

    Of those with a total, what is equal stands by name. Nothing else decides a place. `category`: by the points of the
    category of that number instead, places too; Refused when an edition has none.
    """
    rows = [_row(entry, category) for entry in entries]
    rows.sort(key=lambda row: row.name if row.result else "")
    rows.sort(key=lambda row: row.points, reverse=True)
    rows.sort(key=lambda row: (not row.official, row.result is None))
    points = [row.points for row in rows if row.official]
    return tuple(
        replace(row, place=_place(row.points, points, len(rows))) if row.official else row for row in rows
    )


def _row(entry: Entry, category: int) -> Standing:
    sheet, worth = entry.sheet, result(entry.sheet) if entry.told else None
    return Standing(
        key=entry.key,
        name=entry.name,
        official=entry.official and entry.told,
        filled=sheet.filled,
        items=len(sheet.edition.items),
        result=worth,
        category=_category(sheet.edition, worth, category) if worth and category else None,
    )


def _category(edition: Edition, worth: StarResult, number: int) -> CategoryResult:
    return worth.categories[edition.categories.index(edition.category(number))]


def _place(own: Decimal, every: list[Decimal], of: int) -> Place:
    return Place(every.index(own) + 1, every.count(own) > 1, len(every), of)


def changes(entries: Iterable[Entry], before: Mapping[int, Sheet], category: int = 0) -> dict[int, Decimal]:
    """By how much official results rose (or, negative, fell) from the official sheets of the term before, by key.

    Like with like: what is not official, has none before or another edition is left out. `category` as in standings().
    """
    found = {}
    for entry in entries:
        earlier = before.get(entry.key)
        if earlier is None or earlier.edition.key != entry.sheet.edition.key:
            continue
        if entry.official and entry.told and replace(entry, sheet=earlier).told:
            found[entry.key] = _points(entry.sheet, category) - _points(earlier, category)
    return found


def _points(sheet: Sheet, category: int) -> Decimal:
    """What a sheet has earned, or a category of it."""
    return sheet.earned((sheet.edition.category(category) if category else sheet.edition).items)


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
