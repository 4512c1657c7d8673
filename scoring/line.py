"""A typed line: `6优 7合 8 3.5 9优 17:16/18` says in one message what many taps would.

A line is a row of pieces, apart by spaces, stops, slashes, emoji or nothing. A piece is an item's number and one of
    a grade     6优  7 合格  第10项不合格  1)优  also of several items: 1-5优  3、4合
    points      8 3.5  8:3.5(缺一次记录)
    a fact      17:16/18
Words behind a grade or points, or between an item and its grade, are its reason. It is read whole or refused whole,
and whoever typed it sees what it would change before anything is saved.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple
from unicodedata import numeric

from scoring.facts import parse_fact
from scoring.numerals import halfwidth, plain, quoted, whole
from scoring.refusal import Refused
from scoring.remark import starts_with_counter
from scoring.rubric import Edition, Grade
from scoring.sheet import Mark, Sheet, parse_points

LENGTH = 1000

_ITEM = r"(?:第\s*)?[0-9]{1,2}(?![0-9])(?:\s*项)?"
_APART = r"(?:\s*[-~–—至到、,/&+]\s*[和与及]?|[和与及])"
_ITEMS = rf"\(?(?P<items>{_ITEM}(?:{_APART}{_ITEM}){{0,23}})"
_MARK = r"[\s:=、,.。)>~–—-]"
_LINK = "(?:全部|[全都均])?[是为评给得]?"
_GRADES = r"(?P<grade>优秀|优|不合格|不合|不|合格|合)(?=[^\w]|[0-9第]|$)"
_REASON = r"(?:\s*\((?![0-9]+\))(?P<reason>[^()]*)\))?"
_NUM = r"(?P<points>-?[0-9]+(?:\.[0-9]+)?)(?:\s*分)?"
# A piece is known by the pattern that found it, so these are not pattern().
_GRADE = re.compile(rf"{_ITEMS}{_MARK}*{_LINK}{_GRADES}{_REASON}")
_NAMED = re.compile(rf"\(?(?P<items>{_ITEM}){_MARK}+(?P<reason>[^\W\d_]{{2,12}})[\s:]+{_GRADES}")
_FACT = re.compile(rf"(?P<items>{_ITEM})(?:\s*[:=]\s*|\s+)(?P<fact>-?[0-9]+\s*/\s*-?[0-9]+)(?=[^\w./]|$)")
_POINTS = re.compile(
    rf"(?P<items>{_ITEM})(?:\s*(?:[=]|:(?![0-5][0-9](?![0-9])))\s*|\s+|(?<=项)|得){_NUM}(?=\.?(?:[^\w.:%/~–—-]|$)){_REASON}"
)
_PATTERNS = (_GRADE, _NAMED, _FACT, _POINTS)
_BETWEEN = re.compile(r"[^\w(]+")
_NEXT = re.compile(r"\(|第?[0-9]+")
_GLUED = re.compile(r"[^\W\d_]")
_IN_CHINESE = re.compile(r"(?:第\s*)?([一二三四五六七八九十]{1,3})(?:\s*项)?(?=[\s:=、.-]*(?:优|合|不))")
_CIRCLED = re.compile("[①-⑳㉑-㉟]")
_REST = re.compile("(?:其余|其他|其它|剩下|剩余).{0,6}[优合]")
_RANGE = re.compile(r"[-~–—至到]")
_THE_REST = rf"(?:其余|其他|其它|剩下|剩余|余下)的?(?:各项|几项|项)?{_LINK}(?P<rest>优秀|优|不合格|合格|合)"
_ALL = re.compile(
    r"(?:(?:全部|所有|整张表?|每一?|各|全)的?(?:[项条]|测评点)?|(?P<count>[0-9]{1,2})[项条个](?=[全都均]))"
    rf"{_LINK}(?P<grade>优秀|优|不合格|合格|合)[了吧。!]*"
)
_PLACES = re.compile(
    r"(?:前面?的?(?P<first>[0-9一二三四五六七八九十]{1,3})[项条个]"
    rf"{_LINK}(?P<grade>优秀|优|不合格|合格|合))?[\s,;。]*(?:{_THE_REST})?[了吧。!]*"
)
_NAMED_AND_REST = re.compile(rf"(?P<named>.+?)[\s,;、。]*{_THE_REST}[了吧。!]*", re.DOTALL)


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


def example(edition: Edition, points: str = "", ratio: bool = False) -> str:
    """A line to show somebody, of items that an edition has: 6优 7合; with `points` 「{} {}」 6优 7合 8 3.5."""
    last = len(edition.items)
    first = 6 if last >= 8 else 1
    pieces = [f"{first}优", *([f"{first + 1}合"] if first < last else ())]
    if points and first + 2 <= last and (worth := _other_points(edition, first + 2)):
        pieces.append(points.format(first + 2, plain(worth)))
    typed = [item.number for item in edition.items if item.typed]
    if ratio and typed:
        pieces.append(f"{17 if 17 in typed else typed[-1]}:16/18")
    return " ".join(pieces)


def _whole(edition: Edition) -> str:
    return example(edition, "{}:{}（缺记录）", ratio=True)


def _other_points(edition: Edition, number: int) -> Decimal | None:
    """Points that are no grade's own, nor a whole number, which could be an item's: 3.5, or near the most."""
    most = edition.item(number).points
    some = (Decimal("3.5"), most - Decimal("0.5"), *(most - Decimal(n) / 10 for n in range(1, 10)))
    fit = (one for one in some if 0 < one < most and one % 1 and edition.grade_of(number, one) is None)
    return next(fit, None)


def parse_line(text: str, edition: Edition) -> Line:
    """The line a person typed. An item of its own counts before a range: `1-24优，7合`.

    Refused, in one sentence: empty, more than 1,000 characters, a piece that cannot be read, an item that
    does not exist or comes twice, points or a fact out of range, a fact on an item without a ratio.
    """
    if len(text) > LENGTH:
        raise Refused(f"一次最多写 {LENGTH} 字，请分几次发送。")
    text = _numbered(text)
    form = halfwidth(text)
    marks: dict[int, tuple[Said, bool]] = {}
    facts: list[tuple[int, int, int]] = []
    at = _skip(form, 0)
    while at < len(form):
        piece = _piece(form, at)
        if not piece:
            raise Refused(f"没有看懂{quoted(_unread(form, at))}，可以这样写：{_whole(edition)}。")
        if piece.re is _FACT:
            facts.append(_fact(piece, edition))
            at = _skip(form, piece.end())
            continue
        (start, end), at = _words(form, piece)
        reason = " ".join(text[start:end].split()).rstrip(" ，,；;。、")
        if found := _REST.search(reason):
            raise Refused(f"没有看懂{quoted(found[0])}，请写明是哪几项，例如 1-5优。")
        numbers = tuple(_items(piece))
        for number in numbers:
            _keep(marks, _mark(number, piece, reason, edition), len(numbers) > 1)
    if not marks and not facts:
        raise Refused(f"请写测评点和得分，例如 {_whole(edition)}。")
    _check_once([number for number, _, _ in facts])
    return Line(tuple(said for said, _ in marks.values()), tuple(facts))


def with_numbers(text: str, sheet: Sheet) -> str:
    """A text that says by their place which items it is of (前6项优秀，其余合格; 1-5合 其余优; 全部优秀) as numbers.

    其余 are those that it does not name and that have no mark. Any other text as it is.
    """
    form, most = halfwidth(_numbered(text)).strip(), len(sheet.edition.items)
    if (every := _ALL.fullmatch(form)) and every["count"] in (None, str(most)):
        return f"1-{most}{every['grade']}"
    found = _PLACES.fullmatch(form)
    if found is None or not any(found.groups()):
        return _with_rest(form, sheet) or text
    first = whole(found["first"] or "")
    rest = [number for number in sheet.open if number > first]
    if (found["first"] and not 1 <= first <= most) or (found["rest"] and not rest):
        return text
    pieces = [f"1-{first}{found['grade']}" if first > 1 else f"1{found['grade']}"] if first else []
    pieces += [f"{'、'.join(map(str, rest))}{found['rest']}"] if found["rest"] else []
    return " ".join(pieces)


def says_by_place(text: str) -> bool:
    """Whether a text gives grades to items that it names by their place alone: 前6项优秀, 其余合格, 全部优秀."""
    form = halfwidth(_numbered(text)).strip()
    found = _PLACES.fullmatch(form)
    return bool(_ALL.fullmatch(form) or (found and any(found.groups())))


def _with_rest(form: str, sheet: Sheet) -> str:
    """A line of several items with their grades, and the numbers of the rest with what they are given.

    Empty for any other text: of one item, 其余 may be part of a remark.
    """
    found = _NAMED_AND_REST.fullmatch(form)
    if found is None:
        return ""
    line, named, at = found["named"], set[int](), _skip(form, 0)
    while at < len(line):
        piece = _piece(line, at)
        if piece is None or piece.re is not _GRADE:
            return ""
        named |= set(_items(piece))
        at = _skip(line, piece.end())
    rest = [number for number in sheet.open if number not in named]
    return f"{line} {'、'.join(map(str, rest))}{found['rest']}" if rest and len(named) > 1 else ""


def looks_like_line(text: str, edition: Edition) -> bool:
    """Whether a text is meant as a line: it begins with an item and a value; 4, 16/18 and 3 4次会议 do not."""
    form = halfwidth(_numbered(text[:LENGTH]))
    piece = _piece(form, _skip(form, 0))
    if piece is None or not 1 <= next(_items(piece)) <= len(edition.items):
        return piece is not None and piece.re is _GRADE
    return piece.re is not _POINTS or not starts_with_counter(form[piece.end() :])


def names_an_item(text: str, edition: Edition) -> bool:
    """Whether a text speaks of an item: its title (党员大会), 第7项, or what it is given: 「缺记录 7合」, 其余优秀."""
    form = halfwidth(_numbered(text))
    starts = (found.start() for found in re.finditer(r"(?<![0-9.第])(?=第?[0-9])", form))
    titled = any(form in item.title for item in edition.items if form)
    valued = any(
        re.search(rf"{head}[\s:]*(?:优|合格|不合|[0-9])", form)
        for item in edition.items
        for head in re.split("[与和]", item.title)
        if len(head) > 2
    )
    numbered = re.search(r"第\s*[0-9一二三四五六七八九十]+\s*项|(?<![0-9])[0-9]{1,2}\s*项(?![目])", form)
    return titled or valued or bool(numbered or _REST.search(form)) or any(_piece(form, at) for at in starts)


def is_only_line(text: str) -> bool:
    """Whether a text has no words beside numbers and grades, so that there is nothing in it to keep."""
    return len(re.sub("优秀|不?合格|第|项|分|[优合不]|[^\u4e00-\u9fff]", "", text)) < 2


def _numbered(text: str) -> str:
    """The text with the numbers of items as digits: 第六项优秀 七合 ⑧优 as 6优秀 7合 8优."""
    text = _CIRCLED.sub(lambda found: str(int(numeric(found[0]))), text)
    return _IN_CHINESE.sub(lambda found: str(whole(found[1]) or found[0]), text)


def _keep(marks: dict[int, tuple[Said, bool]], said: Said, many: bool) -> None:
    """Keep what a piece says of an item; of several items at once it says less than of one alone."""
    before = marks.get(said.number)
    if before is not None and many is before[1]:
        raise Refused(f"第 {said.number} 项写了不止一次，请只保留一个。")
    if not many or before is None:
        marks[said.number] = said, many


def _unread(form: str, at: int) -> str:
    return form[at : re.compile(r"[\s,;、。]|$").search(form, at).start()]  # type: ignore[union-attr]


def _skip(form: str, at: int) -> int:
    between = _BETWEEN.match(form, at)
    return between.end() if between else at


def _piece(form: str, at: int) -> re.Match[str] | None:
    found = next(filter(None, (pattern.match(form, at) for pattern in _PATTERNS)), None)
    return None if found and found.re is _NAMED and starts_with_counter(found["reason"]) else found


def _items(piece: re.Match[str]) -> Iterator[int]:
    """The numbers of the items that a piece speaks of, a range written out; Refused when it runs backwards."""
    before: re.Match[str] | None = None
    for found in re.finditer("[0-9]+", piece["items"]):
        if before is not None and _RANGE.search(piece["items"], before.end(), found.start()):
            if int(found[0]) <= int(before[0]):
                raise Refused(f"没有看懂{quoted(piece[0])}，可以这样写：1-5优。")
            yield from range(int(before[0]) + 1, int(found[0]))
        yield int(found[0])
        before = found


def _words(form: str, piece: re.Match[str]) -> tuple[tuple[int, int], int]:
    """Where the reason of a piece stands, in brackets or as words apart from it; and where the next piece begins."""
    if piece["reason"] is not None:
        return piece.span("reason"), _skip(form, piece.end())
    at = _skip(form, piece.end())
    numbers = (found.start() for found in _NEXT.finditer(form, at))
    end = next((n for n in numbers if _ends(form, at, n)), len(form))
    following = _piece(form, at)
    if piece.re is _POINTS and following is not None and _is_list(piece, next(_items(following))):
        raise Refused(f"没有看懂{quoted(piece[0])}，几项一起请写成 1、2、3优，分值请写成 8:3.5。")
    return (at, end), _skip(form, end)


def _is_list(piece: re.Match[str], following: int) -> bool:
    """Whether what reads as points rather goes on counting items: 1 2 3优."""
    points = piece["points"]
    return points.isdecimal() and next(_items(piece)) < int(points) < following


def _ends(form: str, at: int, n: int) -> bool:
    """Whether the words from a place end at a number or bracket: there a piece begins, or what cannot be read.

    2次 in 「缺2次」 and 「3人请假」 behind a grade are words.
    """
    if form[n] == "(" or _piece(form, n):
        return True
    if n > at and _GLUED.match(form, n - 1):
        return False
    return not starts_with_counter(re.sub("^第?[0-9]+", "", form[n:]))


def _mark(number: int, piece: re.Match[str], reason: str, edition: Edition) -> Said:
    item = edition.item(number)
    if piece.re is _NAMED:
        other = next((i for i in edition.items if reason in i.title or i.title in reason), item)
        if other is not item and reason not in item.title:
            raise Refused(f"「{reason}」是第 {other.number} 项，不是第 {number} 项，请核对。")
    if piece.re is not _POINTS:
        return Said(item.number, Grade.read(piece["grade"]), None, reason)
    points = parse_points(piece["points"], item)
    if (grade := edition.grade_of(item.number, points)) is not None:
        return Said(item.number, grade, None, reason)
    return Said(item.number, None, points, reason)


def _fact(piece: re.Match[str], edition: Edition) -> tuple[int, int, int]:
    item = edition.item(next(_items(piece)))
    if item.typed is None:
        raise Refused(f"第 {item.number} 项没有可以这样填的比例，请直接写优、合或得分。")
    count, of = parse_fact(piece["fact"], edition.facts[item.typed])
    return item.number, count, of or 0


def _check_once(numbers: list[int]) -> None:
    for number in numbers:
        if numbers.count(number) > 1:
            raise Refused(f"第 {number} 项写了不止一次，请只保留一个。")
