"""The school year's table, from which the committee chooses 优秀党支部: both terms, their mean, and the review's part.

It orders, and shows what is equal; it never chooses (regulation, part 二, 3: by the points and the experts' opinions).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from scoring.review import Box, Count, Electorate, carried, combined, in_points, score
from scoring.rubric import Edition


@dataclass(frozen=True, slots=True)
class YearRow:
    """A branch's school year. `totals`: its official totals, a term each; None where it has none.

    `mean` is exact, of the terms that it has a total in; `scores`: what each box of the review gives it; `points`:
    the mean with the review's part. `rank` is 0 where nothing is to be ordered; `shared`: another one has the same.
    """

    key: int
    name: str
    totals: tuple[Decimal | None, ...]
    mean: Fraction | None = None
    scores: tuple[Decimal | None, ...] = ()
    points: Decimal | None = None
    rank: int = 0
    shared: bool = False


def year(
    rows: Iterable[YearRow], boxes: Sequence[Box], weights: Mapping[Electorate, int], edition: Edition
) -> tuple[YearRow, ...]:
    """The rows in their order: by points, then by name. Equal points have the same rank (1, 2, 2, 4)."""
    shares = carried(boxes, weights)
    found = [_reckoned(row, boxes, shares, edition) for row in rows]
    points = sorted((row.points for row in found if row.points is not None), reverse=True)
    ranked = [
        row
        if row.points is None
        else replace(row, rank=points.index(row.points) + 1, shared=points.count(row.points) > 1)
        for row in found
    ]
    return tuple(sorted(ranked, key=lambda row: (row.rank == 0, row.rank, row.name)))


def _reckoned(row: YearRow, boxes: Sequence[Box], shares: Sequence[Fraction], edition: Edition) -> YearRow:
    nothing = (Count(),) * len(edition.categories)
    counts = [box.tally.get(row.key, nothing) for box in boxes]
    scores = [score(of_branch, edition) for of_branch in counts]
    row = replace(row, scores=tuple(None if one is None else in_points(one) for one in scores))
    totals = [Fraction(total) for total in row.totals if total is not None]
    if not totals:
        return row
    mean = sum(totals, Fraction(0)) / len(totals)
    return replace(row, mean=mean, points=in_points(combined(mean, counts, shares, edition)))
