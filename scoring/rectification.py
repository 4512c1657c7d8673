"""整改: why a result owes a plan, and what its measures answer: the words of the standard that was not met."""

from dataclasses import dataclass
from decimal import Decimal

from scoring.rubric import Edition, Grade, Item
from scoring.sheet import Sheet
from scoring.stars import stars_of


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a branch owes a plan: its stars, where they are the lowest (else 0), and its weak categories by number."""

    stars: int = 0
    weak: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        """Whether it owes one at all."""
        return bool(self.stars or self.weak)

    def beyond(self, before: "Reasons") -> "Reasons":
        """Those that were none before."""
        new = tuple(number for number in self.weak if number not in before.weak)
        return Reasons(0 if before.stars else self.stars, new)


def reasons(sheet: Sheet) -> Reasons:
    """Why a complete result owes a plan (regulation, part 二, 4 and 5); an incomplete one owes none.

    The lowest stars do; an edition without thresholds has none that are low. So does a category below the edition's
    share of its points (decision: 80 %).
    """
    edition, total = sheet.edition, sheet.total
    if total is None:
        return Reasons()
    stars = stars_of(edition, total)
    low = bool(edition.stars) and stars == edition.lowest
    weak = (
        category.number
        for category in edition.categories
        if sum((sheet.marks[i.number].points for i in category.items), Decimal(0))
        < edition.weak_below * category.points
    )
    return Reasons(stars if low else 0, tuple(weak))


@dataclass(frozen=True, slots=True)
class Problem:
    """存在问题: an item that is not 优秀, the points it lost, and the words of the standard that was not met."""

    item: Item
    grade: Grade
    lost: Decimal
    standard: str


def problem(sheet: Sheet, number: int) -> Problem | None:
    """What a measure for an item answers: of 不合格 the standard of 合格, of 合格 that of 优秀; None for any other."""
    item, mark = sheet.edition.item(number), sheet.marks.get(number)
    if mark is None or mark.grade is Grade.EXCELLENT:
        return None
    standard = item.standard if mark.grade is Grade.FAILED else item.excellent
    return Problem(item, mark.grade, item.points - mark.points, standard)


def problems(sheet: Sheet, why: Reasons) -> tuple[Problem, ...]:
    """What a plan has to answer, the largest loss first, then by number.

    All items that are not 优秀 where the stars are the lowest; else those of the weak categories.
    """
    every = (
        found
        for category in sheet.edition.categories
        if why.stars or category.number in why.weak
        for item in category.items
        if (found := problem(sheet, item.number))
    )
    return tuple(sorted(every, key=lambda one: (-one.lost, one.item.number)))


def named(edition: Edition, why: Reasons) -> tuple[str, ...]:
    """The weak categories by name, in the edition's order."""
    return tuple(one.name for one in edition.categories if one.number in why.weak)
