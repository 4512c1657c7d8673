"""A typed line: `6优 7合 8 3.5 9优 17:16/18` says in one message what many taps would.

A line is a row of pieces, apart by spaces, commas or nothing. A piece is an item's number and one of
    a grade     6优  7 合格  第10项不合格
    points      8 3.5  8:3.5(缺一次记录)
    a fact      17:16/18
It is read whole or refused whole.
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from scoring.facts import parse_fact
from scoring.numerals import halfwidth, quoted
from scoring.rubric import Edition, Grade, Refused
from scoring.sheet import Mark, Sheet, parse_points

LENGTH = 1000
EXAMPLE = "6优 7合 8:3.5（缺记录） 17:16/18"

_END = r"(?=[\s,;、。(0-9第]|$)"
_REASON = r"(?:\s*\((?P<reason>[^()]*)\))?"
_NUMBER = r"第?(?P<number>[0-9]{1,2})(?![0-9])项?"
_GRADE = re.compile(rf"{_NUMBER}[\s:=、.-]*(?P<grade>优秀|优|不合格|不合|不|合格|合){_END}{_REASON}")
_FACT = re.compile(rf"{_NUMBER}(?:\s*[:=]\s*|\s+)(?P<fact>-?[0-9]+\s*/\s*-?[0-9]+)(?=[\s,;、。]|$)")
_POINTS = re.compile(
    rf"{_NUMBER}(?:\s*[:=]\s*|\s+)(?P<points>-?[0-9]+(?:\.[0-9]+)?)(?:\s*分)?(?=[\s,;、。(]|$){_REASON}"
)
_BETWEEN = re.compile(r"[\s,;、。]+")


class Said(NamedTuple):
    """What a line says of an item: a grade, or points that are no grade's own."""

    number: int
    grade: Grade | None
    points: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line as read, in the order it was typed."""

    marks: tuple[Said, ...]
    facts: tuple[tuple[int, int, int], ...]
    """(item, count, of) of the fact an item's ratio stands for: its `Item.typed`."""

    @property
    def needs_reason(self) -> tuple[int, ...]:
        """The items given other points without a reason."""
        return tuple(said.number for said in self.marks if said.grade is None and not said.reason)

    def with_reason(self, text: str) -> "Line":
        """The line with this reason wherever one is needed; Refused when it is empty."""
        reason = " ".join(text.split())
        if not reason:
            raise Refused("请写一句原因。")
        needed = self.needs_reason
        return replace(
            self, marks=tuple(s._replace(reason=reason) if s.number in needed else s for s in self.marks)
        )

    def applied(self, sheet: Sheet) -> Sheet:
        """The sheet with every mark of the line; Refused as a whole when one of them is."""
        for number, grade, points, reason in self.marks:
            if points is not None:
                sheet = sheet.pointed(number, points, reason)
            elif grade is not None:
                sheet = sheet.marked(number, Mark(grade, sheet.edition.points(number, grade), reason))
        return sheet


class Change(NamedTuple):
    """One item's mark before and after; None where it has none."""

    number: int
    before: Mark | None
    after: Mark | None


def changes(before: Sheet, after: Sheet) -> tuple[Change, ...]:
    """The items whose mark differs between two sheets, by number."""
    numbers = sorted(before.marks.keys() | after.marks.keys())
    every = (Change(n, before.marks.get(n), after.marks.get(n)) for n in numbers)
    return tuple(change for change in every if change.before != change.after)


def parse_line(text: str, edition: Edition) -> Line:
    """The line a person typed.

    Refused, in one sentence: empty, more than 1,000 characters, a piece that cannot be read, an item that
    does not exist or comes twice, points or a fact out of range, a fact on an item without a ratio.
    """
    if len(text) > LENGTH:
        raise Refused(f"一次最多写 {LENGTH} 字，请分几次发送。")
    form = halfwidth(text)
    marks: list[Said] = []
    facts: list[tuple[int, int, int]] = []
    at = _skip(form, 0)
    while at < len(form):
        if not (piece := _piece(form, at)):
            unread = _BETWEEN.split(form[at:])[0]
            raise Refused(f"没有看懂{quoted(unread)}，可以这样写：{EXAMPLE}。")
        if piece.re is _FACT:
            facts.append(_fact(piece, edition))
        else:
            marks.append(_mark(piece, text, edition))
        at = _skip(form, piece.end())
    if not marks and not facts:
        raise Refused(f"请写测评点和得分，例如 {EXAMPLE}。")
    _check_once([said.number for said in marks])
    _check_once([number for number, _, _ in facts])
    return Line(tuple(marks), tuple(facts))


def looks_like_line(text: str, edition: Edition) -> bool:
    """Whether a text is clearly meant as a line: it begins with an item and a value; 4 or 16/18 does not."""
    form = halfwidth(text[:LENGTH])
    piece = _piece(form, _skip(form, 0))
    return piece is not None and (piece.re is _GRADE or 1 <= int(piece["number"]) <= len(edition.items))


def _skip(form: str, at: int) -> int:
    between = _BETWEEN.match(form, at)
    return between.end() if between else at


def _piece(form: str, at: int) -> re.Match[str] | None:
    return next(filter(None, (pattern.match(form, at) for pattern in (_GRADE, _FACT, _POINTS))), None)


def _mark(piece: re.Match[str], text: str, edition: Edition) -> Said:
    item = edition.item(int(piece["number"]))
    # Without a reason its span is (-1, -1): an empty slice.
    reason = " ".join(text[slice(*piece.span("reason"))].split())
    if piece.re is _GRADE:
        return Said(item.number, Grade.read(piece["grade"]), None, reason)
    points = parse_points(piece["points"], item)
    if (grade := edition.grade_of(item.number, points)) is not None:
        return Said(item.number, grade, None, reason)
    return Said(item.number, None, points, reason)


def _fact(piece: re.Match[str], edition: Edition) -> tuple[int, int, int]:
    item = edition.item(int(piece["number"]))
    if item.typed is None:
        raise Refused(f"第{item.number}项没有可以这样填的比例，请直接写优、合或得分。")
    count, of = parse_fact(piece["fact"], edition.facts[item.typed])
    return item.number, count, of or 0


def _check_once(numbers: list[int]) -> None:
    for number in numbers:
        if numbers.count(number) > 1:
            raise Refused(f"第{number}项写了不止一次，请只保留一个。")
