"""A Sheet: all marks of one branch, one term, one rater.

A sheet is a value. Every change gives a new sheet, or is Refused and changes nothing:

    open --graded / pointed / marked--> open --submit, complete--> submitted --returned--> open

What is returned in single items is open in these alone; the others are `locked`.

What is not marked yet is never counted as zero: the sheet has an interval, `least` to `most`, and a total
only when it is complete (product decision: incomplete sheet).
"""

import json
import re
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType

from scoring.numerals import halfwidth, plain, quoted
from scoring.refusal import Refused, Unread
from scoring.rubric import Edition, Grade, Item

REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """得分: the column an item stands in, its points, and why they differ from the grade's points."""

    grade: Grade
    points: Decimal
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """测评表. Marking the very same mark again is no change.

    `locked`: the items that stay as they are, of a sheet that was returned (退回) in others. `since`: which return it
    is that it answers, as a number that is another one each time; 0 for none.
    """

    edition: Edition
    marks: Mapping[int, Mark] = field(default_factory=dict)
    submitted: bool = False
    locked: frozenset[int] = frozenset()
    since: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "marks", MappingProxyType(dict(self.marks)))

    @property
    def least(self) -> Decimal:
        """The total if every open item earned nothing."""
        return self.earned(self.edition.items)

    def earned(self, items: Iterable[Item]) -> Decimal:
        """What these items have earned, in points; an open one nothing."""
        return sum((self.marks[one.number].points for one in items if one.number in self.marks), Decimal(0))

    @property
    def most(self) -> Decimal:
        """The total if every open item earned all its points."""
        return sum((self.edition.item(number).points for number in self.open), self.least)

    @property
    def total(self) -> Decimal | None:
        """The sum of all points; None while an item is open."""
        return None if self.open else self.least

    @property
    def open(self) -> tuple[int, ...]:
        """The numbers of the items without a mark."""
        return tuple(item.number for item in self.edition.items if item.number not in self.marks)

    @property
    def filled(self) -> int:
        """How many items have a mark."""
        return len(self.edition.items) - len(self.open)

    @property
    def all_excellent(self) -> bool:
        """Whether every item stands in the column 优秀: flagged, never blocked."""
        return not self.open and all(mark.grade is Grade.EXCELLENT for mark in self.marks.values())

    @property
    def revision(self) -> int:
        """A fingerprint of the marks, the same for the same marks: what a person saw who confirms (31 bits).

        After a return it is another one: who confirmed before has not seen that.
        """
        said: list[object] = [
            (n, int(m.grade), int(m.points * 100), m.reason) for n, m in sorted(self.marks.items())
        ]
        said += [self.since] if self.since else []
        return zlib.crc32(json.dumps(said).encode()) & 0x7FFFFFFF

    def next_open(self, after: int) -> int | None:
        """The first open item behind `after`, else the first open one at all; None when complete."""
        return next((number for number in self.open if number > after), next(iter(self.open), None))

    def graded(self, number: int, grade: Grade) -> "Sheet":
        """With the grade's own points for an item. Refused: no such item, submitted."""
        return self.marked(number, Mark(grade, self.edition.points(number, grade)))

    def pointed(self, number: int, points: Decimal, reason: str = "") -> "Sheet":
        """With other points for an item; the column follows from them.

        A grade's own points need no reason. Refused: no such item, submitted, points out of range or step, a
        reason that is missing or longer than 200 characters.
        """
        item = self.edition.item(number)
        grade = self.edition.grade_of(number, points)
        if grade is None:
            _check_points(points, item)
            grade = self.edition.column(number, points)
        return self.marked(number, Mark(grade, points, " ".join(reason.split())))

    def marked(self, number: int, mark: Mark) -> "Sheet":
        """With this mark on an item, checked like a typed one. Refused: as `pointed`, or a wrong column."""
        item = self.edition.item(number)
        if mark.points != self.edition.points(number, mark.grade):
            _check_points(mark.points, item)
            if mark.grade is not (column := self.edition.column(number, mark.points)):
                raise Refused(f"第 {number} 项 {plain(mark.points)} 分应记在「{column.word}」一栏。")
            if not mark.reason.strip():
                raise Refused(f"第 {number} 项给 {plain(mark.points)} 分，请写一句原因。")
        if len(mark.reason) > REASON_LENGTH:
            raise Refused(f"第 {number} 项的原因请控制在 {REASON_LENGTH} 字以内。")
        return self._with({**self.marks, number: mark})

    def submit(self, revision: int) -> "Sheet":
        """Submitted, if it is complete and still the revision the person saw; Refused otherwise."""
        if self.submitted:
            raise Refused("这份测评表已经提交，不用再次提交。")
        if revision != self.revision:
            raise Refused("测评表在您确认前有改动，请查看后重新提交。")
        if self.open:
            raise Refused(
                f"还有 {len(self.open)} 项未评：第 {'、'.join(map(str, self.open))} 项，评完后再提交。"
            )
        return replace(self, submitted=True)

    def returned(self, items: Collection[int] = (), since: int = 0) -> "Sheet":
        """Open again with all its marks (退回): in these items or, if none is named, in all of them.

        Refused: it is not submitted, no such item.
        """
        if not self.submitted:
            raise Refused("这份测评表还没有提交，不需要退回。")
        wanted = {self.edition.item(number).number for number in items}
        locked = frozenset(i.number for i in self.edition.items) - wanted if wanted else frozenset()
        return replace(self, submitted=False, locked=locked, since=since)

    def unlocked(self, number: int) -> None:
        """Raises Refused for an item that was not returned with others."""
        if number in self.locked:
            back = "、".join(f"{i.number}" for i in self.edition.items if i.number not in self.locked)
            raise Refused(
                f"总支退回的是第 {back} 项，第 {number} 项不能改。这一项也要改的，请告诉党总支退回。"
            )

    def amended(self, number: int, points: Decimal, reason: str) -> "Sheet":
        """With other points for an item of a sheet that stays submitted (更正).

        Refused: as `pointed`, not submitted, the points it has.
        """
        if not self.submitted:
            raise Refused("这份测评表还没有提交，直接修改即可。")
        after = replace(self, submitted=False).pointed(number, points, reason)
        if after.marks[number].points == self.marks[number].points:
            raise Refused(f"第 {number} 项本来就是 {plain(points)} 分，不用更正。")
        return replace(after, submitted=True)

    def _with(self, marks: Mapping[int, Mark]) -> "Sheet":
        if self.submitted:
            raise Refused("测评表已提交，不能再改；结果以总支评价为准。")
        for number in sorted(self.locked):
            if marks.get(number) != self.marks.get(number):
                self.unlocked(number)
        return self if marks == self.marks else replace(self, marks=marks)


def parse_points(text: str, item: Item) -> Decimal:
    """The points a person typed for an item: `3.5`, `３。５`, `3.5分`.

    Refused, each in its own sentence naming the range: nothing, too long, not a number, below 0, above the
    item's points, more than one decimal place (product decision: other points).
    """
    typed = halfwidth(text).strip().removesuffix("分").strip()
    if not typed:
        raise Refused(f"请填第 {item.number} 项的得分，{_span(item)}。")
    if len(typed) > 20:
        raise Refused(f"得分写得太长了，第 {item.number} 项请填 {_span(item)}。")
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", typed):
        raise Unread(
            f"没有看懂{quoted(text.strip())}，第 {item.number} 项请填 {_span(item)} 的数字，例如 3.5。"
        )
    points = Decimal(typed)
    _check_points(points, item)
    return Decimal(plain(points))


def _check_points(points: Decimal, item: Item) -> None:
    if not points.is_finite() or points > item.points:
        raise Refused(f"第 {item.number} 项最高 {plain(item.points)} 分，请填 {_span(item)}。")
    if points < 0:
        raise Refused(f"得分不能小于 0，第 {item.number} 项请填 {_span(item)}。")
    if points % Decimal("0.1"):
        raise Refused(f"得分最多一位小数，第 {item.number} 项请填 {_span(item)}，例如 3.5。")


def _span(item: Item) -> str:
    return f"0–{plain(item.points)}"
