"""A workbook of the form that was filled in and sent back: read with care, compared with what stood in it at first.

What is no longer as it was made counts, and only in the columns of the reader whom it was made for. Everything else
that differs is refused with the cell in which it stands.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Final
from zipfile import ZipFile

from bot.files.office import COMPOUND
from bot.paper import cells
from bot.paper.cells import Formula, Value
from bot.paper.form import GRADES, HEADS, TITLE, TOTAL, Form
from bot.paper.form_xlsx import (
    COLUMNS,
    FIRST_ROW,
    IDENTITY,
    REASON,
    REASON_HEAD,
    SHEET,
    STOOD,
    cell,
    fingerprint,
)
from bot.paper.texts import inert
from bot.permissions import Rater
from scoring.line import Line, Said
from scoring.numerals import plain
from scoring.refusal import Refused
from scoring.rubric import Edition, Item
from scoring.sheet import REASON_LENGTH, Sheet, parse_points

NAMED: Final = 3  # cells that are named beside the first one
_ROWS_MOST: Final = 120  # of which anything is read; an edition has 90 items at most
_LOOKED_AT: Final = 2 * 1024**2  # bytes of a part in which it is looked for what makes a file a form

UNREADABLE = "这份测评表打不开，可能已损坏。请重新下载，填好后再发。"
TOO_LARGE = "这份测评表太大了。请去掉加进去的图片，或重新下载，填好后再发。"
UNKNOWN = (
    "这份文件不是从这里下载的 Excel 测评表，或另存时丢了标记。请重新下载，用 Excel 或 WPS 填好后再发；"
    "Word 文件和照片读不出分值，要附材料，请打开那一项再发。"
)
NOTHING = "表里没有新填的内容，没有要保存的。请在浅黄色的格里填好，存盘后再发。"
SEVERAL = f"文件里有几张「{SHEET}」，不知道以哪一张为准。请只留一张再发。"
OTHER_FORMAT = "这份测评表存成了别的格式，读不出填了什么。请另存为 .xlsx（Excel 工作簿）再发。"
WORD = "Word 的测评表只用来打印，读不出填了什么。请下载 Excel 的，填好后再发。"

# What a file of each kind holds, in which part, if it was made of a form to be filled in; and why it is not read.
_MARKS: Final = (
    ("docProps/custom.xml", f'"{IDENTITY}"', ""),
    ("xl/sharedStrings.xml", REASON_HEAD, ""),
    ("meta.xml", f'"{IDENTITY}"', OTHER_FORMAT),
    ("docProps/core.xml", f"title>{TITLE}", WORD),
)
_WORD, _EXCEL = "word/document.xml", "xl/workbook.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBack:
    """What a workbook says: whose form it is, what stood in the row of each item, and what stands in its cells now."""

    branch: int
    term: int
    edition: str
    rater: Rater
    stood: Sequence[str]
    cells: Mapping[tuple[int, int], Value]

    def at(self, row: int, column: int) -> Value | None:
        """What stands in a cell; None in an empty one, a Formula in one that is reckoned."""
        return self.cells.get((row, column))


def is_form(data: bytes) -> bool:
    """Whether a file is a form that was made here to be filled in, in whatever format it was saved since; or a form for
    Word."""
    return _marked(data) is not None


def _marked(data: bytes) -> str | None:
    """Why a form is not read that was saved as something else, empty for a workbook; None for any other file."""
    if data.startswith(COMPOUND):
        marked = IDENTITY.encode() in data or IDENTITY.encode("utf-16-le") in data
        return OTHER_FORMAT if marked else None
    if not data.startswith(b"PK\x03\x04") or cells.crowded(data):
        return None
    try:
        with ZipFile(BytesIO(data)) as archive:
            names = frozenset(archive.namelist())
            for name, mark, why in _MARKS:
                if name not in names or (why == WORD and _WORD not in names):
                    continue
                with archive.open(name) as part:
                    if mark.encode() in part.read(_LOOKED_AT):
                        return why or ("" if _EXCEL in names else OTHER_FORMAT)
    except Exception:  # whatever a zip can be made to do to its reader
        return None
    return None


def read(data: bytes) -> SentBack:
    """Read a workbook. Raises Refused when it is damaged, does too much to its reader, or was not made here."""
    if why := _marked(data):
        raise Refused(why)
    try:
        book = cells.read(data, SHEET, _ROWS_MOST, REASON + 1)
    except cells.TooLargeError:
        raise Refused(TOO_LARGE) from None
    except Exception:  # whatever a workbook can be made to do to its reader
        raise Refused(UNREADABLE) from None
    identity = re.fullmatch(
        r"(\d{1,9}) (\d{1,9}) ([a-z0-9_]{1,40}) ([01])", book.properties.get(IDENTITY, "")
    )
    if not identity:
        raise Refused(UNKNOWN)
    if SHEET not in book.sheets:
        raise Refused(f"文件里没有「{SHEET}」这张表。请重新下载，填好后再发。")
    if sum(name.startswith(SHEET) for name in book.sheets) > 1:
        raise Refused(SEVERAL)
    pieces = [book.properties.get(f"{STOOD} {n}", "") for n in range(1, 20)]
    return SentBack(
        branch=int(identity[1]),
        term=int(identity[2]),
        edition=identity[3],
        rater=Rater(int(identity[4])),
        stood="".join(pieces).split(" "),
        cells=book.cells,
    )


# --- what differs -------------------------------------------------------------------------------------------------


def line(sent: SentBack, form: Form, sheet: Sheet) -> Line:
    """What was filled in, as a typed line would say it.

    `form`: as it would be made now for the same reader. Refused with the first cell that is not as it should be, and
    where nothing differs.
    """
    items = form.edition.items
    if sent.edition != form.edition.key or len(sent.stood) != len(items):
        raise Refused("这份测评表的评价表版本和现在的不一样。请重新下载，填好后再发。")
    _check_frame(sent, form)
    said, wrong = list[Said](), list[_Cell]()
    for row, stood in enumerate(sent.stood, start=FIRST_ROW):
        try:
            if one := _said(sent, form.edition, row, stood):
                said.append(_explained(one, sheet))
                _try(one, sheet, (row, COLUMNS[sent.rater][0]))
        except _Cell as refused:
            wrong.append(refused)
    if wrong:
        others = [cell(*one.at) for one in wrong[1:]]
        more = f"（还有 {len(others)} 处要改：{'、'.join(others[:NAMED])}{'等' * (len(others) > NAMED)}）"
        raise Refused(f"{cell(*wrong[0].at)}：{str(wrong[0]).rstrip('。')}{more if others else ''}。")
    if not said:
        raise Refused(NOTHING)
    return Line(tuple(said), ())


def _explained(said: Said, sheet: Sheet) -> Said:
    """With the reason that these points have already, where the workbook gives none."""
    stands = sheet.marks.get(said.number)
    same = stands is not None and said.points == stands.points and not said.reason
    return said._replace(reason=stands.reason) if stands and same else said


def _try(said: Said, sheet: Sheet, at: tuple[int, int]) -> None:
    """Raises Refused, of a cell, where an item cannot be given that now."""
    try:
        Line((said,), ()).with_reason("待补原因").applied(sheet)
    except Refused as refused:
        raise _Cell((at[0], REASON) if len(said.reason) > REASON_LENGTH else at, str(refused)) from None


class _Cell(Refused):
    """Something in a cell is not as it should be."""

    def __init__(self, at: tuple[int, int], why: str) -> None:
        self.at = at
        super().__init__(why)


def _check_frame(sent: SentBack, form: Form) -> None:
    """Raises Refused where the title, the names, the heads or the words of an item are not the form's own."""
    own: dict[tuple[int, int], str] = {(0, 0): TITLE, (1, 0): form.named, (1, 2): form.timed}
    own |= {(2, column): text for column, text in enumerate(HEADS)} | {(3, REASON): REASON_HEAD}
    for rater, (first, last) in COLUMNS.items():
        own |= {(2, first): rater.word, (3, first): GRADES[0].word, (3, last): GRADES[1].word}
    for row, item in enumerate(form.edition.items, start=FIRST_ROW):
        own |= {(row, 1): item.standard, (row, 2): item.excellent, (row, 3): item.method}
        own[row, 4] = plain(item.points)
    below = FIRST_ROW + len(form.edition.items)
    own |= {(below, 0): TOTAL, (below, 4): plain(form.edition.total)}
    own |= {  # a category is named once on each page, wherever that begins
        (row, 0): item.category
        for row, item in enumerate(form.edition.items, start=FIRST_ROW)
        if sent.at(row, 0) is not None
    }
    for (row, column), text in own.items():
        if _plain(sent.at(row, column)) != "".join(text.split()):
            why = "和下载时不一样" if row != 1 else "和这里的支部、学期不一样"
            raise Refused(f"{cell(row, column)}：{why}。请重新下载，只在浅黄色的格里填，再发回来。")


def _plain(value: Value | None) -> str:
    """What stands in a cell, without blanks: some programs put line ends elsewhere."""
    return "".join(_number(value).split())


def _number(value: Value | None) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return "" if value is None else str(value)


def _said(sent: SentBack, edition: Edition, row: int, stood: str) -> Said | None:
    """What was filled in for the item of a row; None where nothing was."""
    item, was = edition.items[row - FIRST_ROW], stood.split("|")
    if len(was) != 2 * len(COLUMNS) + 1:
        raise Refused(UNKNOWN)
    points: Decimal | None = None
    for rater, columns in COLUMNS.items():
        before = was[2 * rater : 2 * rater + 2]
        now = [_points(sent.at(row, c), edition, item, (row, c)) for c in columns]
        same = [plain(one) if one is not None else "" for one in now] == before
        if rater is sent.rater:
            changed = not same
            points = _own(now, item, row, columns) if changed else next(filter(_is, now), None)
        elif not same:
            at = next(c for c, old, new in zip(columns, before, now, strict=True) if _is(new) or old)
            raise _Cell((row, at), f"「{rater.word}」这一栏不由您填，请恢复原样。")
    if isinstance(sent.at(row, REASON), Formula):
        raise _Cell((row, REASON), "这里是公式，请直接写原因。")
    reason = inert(_number(sent.at(row, REASON)))
    explained = fingerprint(reason) != was[-1]
    if not changed and not explained:
        return None
    if points is None:
        raise _Cell((row, REASON), f"写了原因，第 {item.number} 项还没有分值，请一起填上。")
    if (grade := edition.grade_of(item.number, points)) is None:
        return Said(item.number, None, points, reason)
    return Said(item.number, grade, None, reason if explained else "")  # else it is why it was something else


def _is(points: Decimal | None) -> bool:
    return points is not None


def _points(value: Value | None, edition: Edition, item: Item, at: tuple[int, int]) -> Decimal | None:
    """The points that stand in a cell. Raises Refused."""
    if isinstance(value, Formula):
        raise _Cell(at, "这里是公式，请直接填分值。")
    if isinstance(value, bool):
        raise _Cell(at, f"没有看懂，第 {item.number} 项请填 0–{plain(item.points)} 的数字。")
    text = inert(_number(value))
    if not text:
        return None
    if re.fullmatch(r"\d{1,3}\.\d{2}", text) and edition.grade_of(item.number, Decimal(text)) is not None:
        return Decimal(text)  # a grade's own points may have two places
    try:
        return parse_points(text, item)
    except Refused as refused:
        raise _Cell(at, str(refused)) from None


def _own(now: Sequence[Decimal | None], item: Item, row: int, columns: Sequence[int]) -> Decimal:
    """The points that were filled in, in the one column in which they can stand. Raises Refused."""
    excellent, passed = now
    here, there = ((row, column) for column in columns)
    most = plain(item.points)
    if excellent is not None and passed is not None:
        raise _Cell(there, f"第 {item.number} 项的优秀和合格都填了，请只留一个。")
    if excellent is not None:
        if excellent != item.points:
            raise _Cell(
                here, f"优秀是满分 {most} 分；{plain(excellent)} 分请填在「合格」一栏（{cell(*there)}）。"
            )
        return excellent
    if passed is None:
        raise _Cell(here, f"第 {item.number} 项原来的得分没有了；不改请恢复，要改请填新的分值。")
    if passed == item.points:
        raise _Cell(there, f"{most} 分是满分，请填在「优秀」一栏（{cell(*here)}）。")
    return passed
