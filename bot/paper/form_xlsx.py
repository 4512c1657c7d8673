"""The official form as a workbook, to be printed, or filled in and sent back.

A workbook does not fit its rows to their texts, so their heights are reckoned, and so are the pages: a category is
named again on each. The two totals are formulas, so that they follow what is changed in it.
"""

import zlib
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

from bot.paper import excel, measure
from bot.paper.excel import SIZE, Looks, merged
from bot.paper.form import DATED, GRADES, HEADS, REMARKS, SIGNED, TITLE, TOTAL, Form
from bot.paper.texts import inert
from bot.permissions import Rater
from scoring.numerals import plain
from scoring.rubric import Item

if TYPE_CHECKING:
    from decimal import Decimal

    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

SHEET: Final = "测评表"
FIRST_ROW: Final = 4  # of the items, counted from 0
COLUMNS: Final = {Rater.SELF: (5, 6), Rater.COMMITTEE: (7, 8)}
REASON: Final = 9  # the column beside the table, for why points are no grade's own; it is not printed
REASON_HEAD: Final = "其他分值的原因（不打印）"
IDENTITY, STOOD, PIECE = "star branch", "star marks", 250  # properties; Excel takes 255 letters of each

_WIDTHS: Final = (13.0, 83.0, 83.0, 21.0, 10.0, 11.0, 11.0, 11.0, 11.0)  # millimetres
_RIGHT: Final = len(_WIDTHS) - 1
_REASON_WIDTH: Final = 45.0
_PAGE: Final = (
    455.0  # points of an A4 page, less its margins and the heads that are repeated, and some reserve
)
_ABOVE: Final = 62.0  # points of the title and of the names, which stand on the first page alone
_HIGHEST: Final = 400.0  # points; Excel has rows of 409 at most


def workbook(form: Form) -> bytes:
    """The form as a file of Excel."""
    out = BytesIO()
    book = excel.new(out, f"{TITLE} {inert(form.branch.name)}", form.made)
    sheet, look = book.add_worksheet(SHEET), Looks(book)
    sheet.set_landscape()
    excel.page(sheet, (*_WIDTHS, _REASON_WIDTH), form.footer)
    _head(sheet, look, form)
    breaks, row = [], FIRST_ROW
    pages = measure.pages([(item, _height(item)) for item in form.edition.items], _PAGE - _ABOVE, _PAGE)
    for items in pages:
        breaks.append(row)
        row = _items(sheet, look, form, row, items)
    room = _PAGE - sum(map(_height, pages[-1])) - _ABOVE * (len(pages) == 1)
    row = _below(_Rows(sheet, row, room, breaks), look, form)
    sheet.set_h_pagebreaks(breaks[1:])
    sheet.repeat_rows(FIRST_ROW - 2, FIRST_ROW - 1)
    sheet.print_area(0, 0, row, _RIGHT)
    sheet.freeze_panes(FIRST_ROW, 1)
    if form.fills is not None:
        _to_fill(sheet, look, form, form.fills)
    _identify(book, form)
    book.close()
    return out.getvalue()


def _head(sheet: "Worksheet", look: Looks, form: Form) -> None:
    merged(sheet, (0, 0, 0, _RIGHT), TITLE, look(bold=True, font_size=18, align="center"))
    sheet.set_row(0, 36)
    merged(sheet, (1, 0, 1, 1), form.named, look(font_size=11, text_wrap=False, shrink=True))
    merged(sheet, (1, 2, 1, _RIGHT), form.timed, look(font_size=11))
    sheet.set_row(1, 26)
    head = look(bold=True, align="center", border=1)
    for column, text in enumerate(HEADS):
        merged(sheet, (2, column, 3, column), text, head)
    for rater, (first, last) in COLUMNS.items():
        merged(sheet, (2, first, 2, last), rater.word, head)
        for column, grade in zip((first, last), GRADES, strict=True):
            sheet.write_string(3, column, grade.word, head)
    sheet.set_row(2, 18)
    sheet.set_row(3, 18)


def _height(item: Item) -> float:
    texts = (item.standard, item.excellent, item.method)
    return measure.height(zip(texts, _WIDTHS[1:4], strict=True), SIZE)


def _items(sheet: "Worksheet", look: Looks, form: Form, row: int, items: Sequence[Item]) -> int:
    """The rows of the items of one page; the row below them."""
    left, middle = look(border=1), look(border=1, align="center")
    begins = row
    for n, item in enumerate(items):
        sheet.set_row(row, _height(item))
        sheet.write_string(row, 1, item.standard, left)
        sheet.write_string(row, 2, item.excellent, left)
        sheet.write_string(row, 3, item.method, middle)
        sheet.write_number(row, 4, float(item.points), middle)
        for rater, columns in COLUMNS.items():
            for column, points in zip(columns, form.points(rater, item.number), strict=True):
                _points(sheet, (row, column), points, middle)
        if n + 1 == len(items) or items[n + 1].category != item.category:
            merged(sheet, (begins, 0, row, 0), item.category, look(border=1, align="center", bold=True))
            begins = row + 1
        row += 1
    return row


def _points(sheet: "Worksheet", at: tuple[int, int], points: "Decimal | None", look: "Format") -> None:
    if points is None:
        sheet.write_blank(*at, None, look)
    else:
        sheet.write_number(*at, float(points), look)


class _Rows:
    """Rows below the items; what finds no room on a page begins the next one."""

    def __init__(self, sheet: "Worksheet", row: int, room: float, breaks: list[int]) -> None:
        self.sheet, self.row, self._room, self._breaks = sheet, row - 1, room, breaks

    def next(self, high: float) -> int:
        """The next row, so many points high."""
        self.row += 1
        if high > self._room:
            self._breaks.append(self.row)
            self._room = _PAGE
        self._room -= high
        self.sheet.set_row(self.row, high)
        return self.row


def _below(rows: _Rows, look: Looks, form: Form) -> int:
    """The totals, what was remarked, and where it is signed; the last row."""
    sheet, bold, left = rows.sheet, look(border=1, align="center", bold=True), look(border=1)
    row = rows.next(22)
    merged(sheet, (row, 0, row, 3), TOTAL, bold)
    sheet.write_number(row, 4, float(form.edition.total), bold)
    for rater, (first, last) in COLUMNS.items():
        merged(sheet, (row, first, row, last), "", bold)
        if rater in form.sheets:
            _total(sheet, (row, first), form, rater, bold)
    for n, remark in enumerate(form.remarks):
        high = measure.height([(remark, sum(_WIDTHS[1:]))], SIZE)
        row = rows.next(min(high, _HIGHEST))
        sheet.write_string(row, 0, "" if n else REMARKS, bold)
        merged(sheet, (row, 1, row, _RIGHT), remark, left)
    row = rows.next(84)
    sign = look(border=1, font_size=11)
    for (first, last), said in zip(((0, 1), (2, _RIGHT)), SIGNED, strict=True):
        text = f"\n{said[0]}\n\n{said[1]}{'　' * 12}{DATED}"
        merged(sheet, (row, first, row, last), text, sign)
    return row


def _total(sheet: "Worksheet", at: tuple[int, int], form: Form, rater: Rater, look: "Format") -> None:
    """The sum of a rater's points; how far it is while some are open, for these are not zero."""
    every = len(form.edition.items)
    first, last = COLUMNS[rater]
    area = f"{cell(FIRST_ROW, first)}:{cell(FIRST_ROW + every - 1, last)}"
    told = f'IF(COUNT({area}),"已评 "&COUNT({area})&"/{every}","")'
    total = form.sheets[rater].total
    value = form.total(rater) if total is None else float(total)
    sheet.write_formula(*at, f"=IF(COUNT({area})={every},ROUND(SUM({area}),2),{told})", look, value)


def cell(row: int, column: int) -> str:
    """F5 of a row and a column counted from 0."""
    return f"{chr(ord('A') + column)}{row + 1}"


# --- to be filled in and sent back --------------------------------------------------------------------------------


def _to_fill(sheet: "Worksheet", look: Looks, form: Form, rater: Rater) -> None:
    """Let the reader write in the own columns and the reasons alone, and say what can stand there."""
    mine = look(border=1, align="center", locked=False, bg_color="#FFF9E5")
    head, reason = look(bold=True, align="center", border=4), look(locked=False, border=4, num_format="@")
    sheet.write_string(FIRST_ROW - 1, REASON, REASON_HEAD, head)
    for row, item in enumerate(form.edition.items, start=FIRST_ROW):
        for column, points, grade in zip(
            COLUMNS[rater], form.points(rater, item.number), GRADES, strict=True
        ):
            _points(sheet, (row, column), points, mine)
            full = grade is GRADES[0]
            most = plain(item.points)
            allowed = {
                "validate": "decimal",
                "criteria": "between",
                "minimum": float(item.points) if full else 0.0,
                "maximum": float(item.points),
                "error_title": SHEET,
                "error_message": f"优秀请填 {most}。" if full else f"请填 0–{most} 的分值，最多一位小数。",
            }
            sheet.data_validation(row, column, row, column, allowed)
        mark = form.mark(rater, item.number)
        sheet.write_string(row, REASON, inert(mark.reason) if mark else "", reason)
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _identify(book: "Workbook", form: Form) -> None:
    """Say in properties whose form it is, and what stood in it when it was made: of one in which nothing may be filled
    in, too, so that it is known for what it is when it comes back."""
    identity = f"{form.branch.id} {form.term.id} {form.edition.key} {int(form.reader)}"
    book.set_custom_property(IDENTITY, identity, "text")
    stood = " ".join(_standing(form))
    for n, start in enumerate(range(0, len(stood), PIECE), start=1):
        book.set_custom_property(f"{STOOD} {n}", stood[start : start + PIECE], "text")


def _standing(form: Form) -> list[str]:
    """What stands in the row of each item, as a word: 4|||3.2|1a2b3c4d for 优秀 4, by the committee 合格 3.2, and which
    reason the reader gave, where there is a column for it."""
    words = []
    for item in form.edition.items:
        cells = [plain(p) if p is not None else "" for one in Rater for p in form.points(one, item.number)]
        mark = form.mark(form.fills, item.number) if form.fills is not None else None
        words.append("|".join([*cells, fingerprint(mark.reason if mark else "")]))
    return words


def fingerprint(reason: str) -> str:
    """Stands for a reason; empty for none."""
    kept = inert(reason)
    return f"{zlib.crc32(kept.encode()):x}" if kept else ""
