"""年度评议: what the ballots of five groups say of each branch, and how much of it may be shown.

A ballot has a mark for each category of each branch, or none (弃权). A mark earns the table's share of its category's
points, so a branch has a total on the same scale of 100 as on its sheet.

Nobody is to be known by a ballot: a group is shown from LEAST ballots on. Smaller ones are shown together as 其他代表
once they are as many, and otherwise count in nothing at all. Everything else that is shown (totals, orders, means) is
worked out from what is shown here and from nothing besides, so that no difference of two numbers says more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from math import floor
from typing import NamedTuple

from scoring.numerals import plain
from scoring.rubric import Edition, Grade

LEAST = 5
"""Ballots from which on a group is shown by itself (product decision: the regulation is silent)."""
WEIGHTS_MOST = 100  # percent, of all groups together


class Electorate(IntEnum):
    """Who evaluates beside the committee (regulation, part 二, 2). The numbers stand in rows and are kept for ever."""

    EXPERTS = 1
    OFFICERS = 2
    MEMBERS = 3
    MASSES = 4
    PARTIES = 5

    @property
    def word(self) -> str:
        """The group on screen."""
        return ("", "党建专家", "支部委员", "党员", "群众", "民主党派代表")[self]


Marks = tuple[Grade | None, ...]
"""What one ballot gives one branch: a mark a category, in the table's order; None is 弃权."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """评议票: of which group it is, and its marks by the numbers of the branches.

    `group`: None where it is shown together with those of other groups: of which it was is not kept.
    """

    group: Electorate | None
    marks: Mapping[int, Marks]

    @property
    def valid(self) -> bool:
        """Whether it says anything (有效票): one that abstains everywhere does not."""
        return any(mark is not None for marks in self.marks.values() for mark in marks)

    @property
    def uniform(self) -> bool:
        """Whether it gives every category of every branch the same mark, where there are several."""
        every = [mark for marks in self.marks.values() for mark in marks]
        return len(self.marks) > 1 and every[0] is not None and len(set(every)) == 1


class Count(NamedTuple):
    """How many ballots gave a category of a branch which mark."""

    excellent: int = 0
    passed: int = 0
    failed: int = 0
    abstained: int = 0

    @property
    def marks(self) -> int:
        """How many gave any."""
        return self.excellent + self.passed + self.failed


Tally = Mapping[int, tuple[Count, ...]]
"""By the numbers of the branches, a count a category."""


def tally(ballots: Iterable[Ballot], branches: Sequence[int], edition: Edition) -> Tally:
    """How often which mark was given. A branch that a ballot does not name has 弃权 from it."""
    order = (Grade.EXCELLENT, Grade.PASSED, Grade.FAILED, None)
    width = len(edition.categories)
    found = {branch: [[0] * len(order) for _ in range(width)] for branch in branches}
    for ballot in ballots:
        for branch, counts in found.items():
            for count, mark in zip(counts, ballot.marks.get(branch, (None,) * width), strict=True):
                count[order.index(mark)] += 1
    return {branch: tuple(Count(*count) for count in counts) for branch, counts in found.items()}


@dataclass(frozen=True, slots=True)
class Box:
    """The ballots of a group, or of several together, as they may be shown.

    `groups`: whose they are; several are 其他代表. `uniform`: how many give the same mark throughout. `paper`: they
    were counted by hand.
    """

    groups: tuple[Electorate, ...]
    ballots: int
    tally: Tally
    valid: int = 0
    uniform: int = 0
    paper: bool = False

    @property
    def name(self) -> str:
        """群众, 其他代表, 群众（纸质票）."""
        name = self.groups[0].word if len(self.groups) == 1 else "其他代表"
        return f"{name}（纸质票）" if self.paper else name


class Shown(NamedTuple):
    """What may be shown of a round: the boxes, and how many ballots count in nothing, as they are too few."""

    boxes: tuple[Box, ...]
    uncounted: int


class Few(NamedTuple):
    """The groups that returned too few ballots to be shown by themselves, and how many ballots those are."""

    groups: tuple[Electorate, ...]
    ballots: int

    @property
    def counts(self) -> bool:
        """Whether they are enough together."""
        return self.ballots >= LEAST


def few(returned: Mapping[Electorate, int]) -> Few:
    """Which groups are shown together, or not at all, by how many ballots each returned."""
    groups = tuple(group for group in Electorate if 0 < returned.get(group, 0) < LEAST)
    return Few(groups, sum(returned[group] for group in groups))


def shown(
    ballots: Sequence[Ballot],
    returned: Mapping[Electorate, int],
    branches: Sequence[int],
    edition: Edition,
    *,
    paper: Sequence[Box] = (),
) -> Shown:
    """The boxes that may be shown: groups from LEAST ballots on, the smaller ones together if they are as many.

    `paper`: boxes that were counted by hand. They stand by themselves: added to the ballots of a group that is hidden
    they would give it away to whoever knows them.
    """
    small = few(returned)
    boxes = [
        _box((group,), [ballot for ballot in ballots if ballot.group is group], branches, edition)
        for group in Electorate
        if returned.get(group, 0) >= LEAST
    ]
    if small.counts:
        pooled = [ballot for ballot in ballots if ballot.group is None]
        boxes.append(_box(small.groups, pooled, branches, edition))
    return Shown((*boxes, *paper), 0 if small.counts else small.ballots)


def _box(
    groups: tuple[Electorate, ...], ballots: Sequence[Ballot], branches: Sequence[int], edition: Edition
) -> Box:
    valid = sum(ballot.valid for ballot in ballots)
    return Box(
        groups,
        len(ballots),
        tally(ballots, branches, edition),
        valid,
        sum(ballot.uniform for ballot in ballots),
    )


def category_share(count: Count, edition: Edition) -> Fraction | None:
    """What a category earned of its points, 0..1: the mean of the marks; None where everybody abstained."""
    if not count.marks:
        return None
    earned = zip((Grade.EXCELLENT, Grade.PASSED, Grade.FAILED), count[:3], strict=True)
    return sum((Fraction(edition.shares[grade]) * n for grade, n in earned), Fraction(0)) / count.marks


def score(counts: Sequence[Count], edition: Edition) -> Fraction | None:
    """What a box gives a branch, of 100 points; None where a category has no mark at all."""
    total = Fraction(0)
    for category, count in zip(edition.categories, counts, strict=True):
        share = category_share(count, edition)
        if share is None:
            return None
        total += share * Fraction(category.points)
    return total


def in_points(exact: Fraction) -> Decimal:
    """Rounded to a hundredth of a point, half up, as points are everywhere."""
    return Decimal(plain(Decimal(floor(exact * 100 + Fraction(1, 2))) / 100))


def carried(boxes: Sequence[Box], weights: Mapping[Electorate, int]) -> tuple[Fraction, ...]:
    """The percent that each box carries: of a group with paper ballots and others, each by its number of ballots.

    A group that is pooled brings its weight into the pool, unless it has a box of its own besides.
    """
    own = {
        group: sum(box.ballots for box in boxes if box.groups == (group,))
        for box in boxes
        for group in box.groups[: len(box.groups) == 1]
    }
    return tuple(
        Fraction(weights.get(box.groups[0], 0) * box.ballots, own[box.groups[0]])
        if len(box.groups) == 1
        else Fraction(sum(weights.get(group, 0) for group in box.groups if group not in own))
        for box in boxes
    )


def combined(
    total: Fraction, counts: Sequence[Sequence[Count]], shares: Sequence[Fraction], edition: Edition
) -> Fraction:
    """A branch's total with what the boxes give it: the committee's has what they leave of 100 percent.

    `counts`: the branch's in each box; `shares`: the percent that each box carries. One that gives it no score leaves
    its share to the committee.
    """
    left, found = Fraction(WEIGHTS_MOST), Fraction(0)
    for of_branch, share in zip(counts, shares, strict=True):
        given = score(of_branch, edition)
        if given is not None:
            left, found = left - share, found + share * given
    return (found + left * total) / WEIGHTS_MOST
