"""The numbers of a term worked out again, by nothing but the printed table and the changes that were written down."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.permissions import Rater
from bot.store.tables import HISTORY, MEASURE, RECTIFICATION, SHEET
from tests.phone import World

TABLE = {
    "党支部自身建设": (4, 4, 5, 5, 4),
    "党员教育管理": (4, 4, 4, 5, 4, 5, 4),
    "发展党员工作": (5, 4, 4, 4),
    "思想建设": (4, 4),
    "党政配合": (5,),
    "其他工作": (3, 3, 3, 5, 4),
}
OF = {n: Decimal(of) for n, of in enumerate((of for points in TABLE.values() for of in points), start=1)}
WORDS = {5: "五星", 4: "四星", 3: "三星"}
SAID = sa.select(HISTORY.c.subject_id, HISTORY.c.item, HISTORY.c.after).order_by(HISTORY.c.id)


def said(number: Decimal) -> str:
    """3.2, 4, 80."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def stars(total: Decimal) -> int:
    """From 90 five, from 80 four, else three."""
    return 5 if total >= 90 else 4 if total >= 80 else 3


def mean(points: Iterable[Decimal]) -> Decimal:
    """To a hundredth, half up."""
    every = list(points)
    return (sum(every, Decimal(0)) / len(every)).quantize(Decimal("0.01"), ROUND_HALF_UP)


class Category(NamedTuple):
    """What a category came to, of how much."""

    points: Decimal
    of: Decimal

    @property
    def weak(self) -> str:
        """How a screen marks less than four fifths."""
        return " ⚠ 薄弱" if self.points * 5 < self.of * 4 else ""

    @property
    def rate(self) -> str:
        """In per cent, to a tenth."""
        return said((100 * self.points / self.of).quantize(Decimal("0.1"), ROUND_HALF_UP))


@dataclass(frozen=True)
class Sheet:
    """The points of each item."""

    points: dict[int, Decimal]

    @property
    def total(self) -> Decimal:
        """Their sum."""
        return sum(self.points.values(), Decimal(0))

    @property
    def stars(self) -> int:
        """What it earns."""
        return stars(self.total)

    @property
    def categories(self) -> dict[str, Category]:
        """The same by category, in the order of the table."""
        left, found = iter(sorted(OF)), {}
        for name, of in TABLE.items():
            numbers = [next(left) for _ in of]
            found[name] = Category(
                sum((self.points[n] for n in numbers), Decimal(0)), sum((OF[n] for n in numbers), Decimal(0))
            )
        return found

    @property
    def if_passed_earned_three_quarters(self) -> Decimal:
        """The total if 合格 earned 75 % of an item's points."""
        fewer = (
            OF[n] * Decimal("0.75") if p == OF[n] * Decimal("0.8") else p for n, p in self.points.items()
        )
        return sum(fewer, Decimal(0))


class Mark(NamedTuple):
    """What stands on an item, and why where that is no grade's own."""

    points: Decimal
    reason: str


def of_sheet(
    world: World, subject: str, branch: int, rater: Rater, term: int
) -> list[tuple[int, dict[str, Any]]]:
    """What the changes of a branch's sheet say, in their order, each with its item: "mark", "note" or "sheet"."""
    own = (SHEET.c.branch_id == world.branches[branch].id) & (SHEET.c.term_id == world.terms[term].id)
    number = sa.select(SHEET.c.id).where(own, SHEET.c.rater == int(rater)).scalar_subquery()
    with world.database.read() as session:
        rows = session.execute(SAID.where(HISTORY.c.subject == subject, HISTORY.c.subject_id == number)).all()
    return [(row.item, json.loads(row.after or "{}")) for row in rows]


def marks(world: World, branch: int, rater: Rater = Rater.COMMITTEE, term: int = 0) -> dict[int, Mark]:
    """What all changes of a branch's sheet that were ever written down come to, item by item."""
    found = {
        item: Mark(Decimal(said["points"]), said["reason"]) if said.get("points") else None
        for item, said in of_sheet(world, "mark", branch, rater, term)
    }
    return {item: mark for item, mark in sorted(found.items()) if mark}


def notes(world: World, branch: int, rater: Rater, term: int = 0) -> dict[int, str]:
    """What was noted beside the items, in the same way."""
    found = {item: said.get("note", "") for item, said in of_sheet(world, "note", branch, rater, term)}
    return {item: note for item, note in found.items() if note}


def submitted(world: World, branch: int, rater: Rater, term: int = 0) -> bool:
    """Whether a branch's sheet was submitted, and not taken back since."""
    said = [bool(said["submitted"]) for _, said in of_sheet(world, "sheet", branch, rater, term)]
    return said[-1] if said else False


def written(world: World, branch: int, rater: Rater = Rater.COMMITTEE, term: int = 0) -> Sheet | None:
    """The points of a branch's sheet; None while an item is open."""
    found = marks(world, branch, rater, term)
    return Sheet({item: mark.points for item, mark in found.items()}) if found.keys() == OF.keys() else None


def measures(world: World, branch: int, term: int = 0) -> list[dict[str, Any]]:
    """The measures of a branch after a term that the committee sees, as their changes say: its own suggestions, and all
    others once they are handed in."""
    plan, m = RECTIFICATION.c, MEASURE.c
    own = (plan.branch_id == world.branches[branch].id) & (plan.term_id == world.terms[term].id)
    every = sa.select(m.id, m.suggested).join(RECTIFICATION, plan.id == m.rectification_id).where(own)
    of_plan = (HISTORY.c.subject == "rectification") & HISTORY.c.subject_id.in_(sa.select(plan.id).where(own))
    with world.database.read() as session:
        suggested = {row.id: row.suggested for row in session.execute(every)}
        of_one = (HISTORY.c.subject == "measure") & HISTORY.c.subject_id.in_(suggested)
        said = [json.loads(row.after) for row in session.execute(SAID.where(of_plan))]
        rows = session.execute(SAID.where(of_one)).all()
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row.subject_id, {"item": row.item or 0}).update(json.loads(row.after))
    handed_in = any([one["submitted_at"] for one in said if "submitted_at" in one][-1:])
    return [one for n, one in found.items() if not one.get("dropped_at") and (handed_in or suggested[n])]


def worked_out(world: World, branch: int, rater: Rater = Rater.COMMITTEE, term: int = 0) -> Sheet:
    """The same of a sheet that is complete."""
    found = written(world, branch, rater, term)
    assert found is not None
    return found


def place(own: Decimal, every: Iterable[Decimal]) -> tuple[str, str]:
    """(并列 or nothing, the rank) among these totals."""
    totals = list(every)
    return ("并列" if totals.count(own) > 1 else "", str(1 + sum(other > own for other in totals)))
