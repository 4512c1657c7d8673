"""A table over as many pages as it takes, as a workbook and as a document: 汇总表, 整改台账."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Final, NamedTuple

from bot.paper import excel, measure, word
from bot.paper.texts import inert
from bot.paper.word import Cell, write
from scoring.numerals import plain

_TITLE: Final = 16  # points
_LOWEST, _HIGHEST = 24.0, 400.0  # points of a row; Excel has rows of 409 at most
_SMALLEST: Final = 6.0  # points of a letter, where a text is so long that its row would be too high

Content = str | int | Decimal | None


class Column(NamedTuple):
    """What stands above a column, how wide it is in millimetres, and whether its texts stand in the middle."""

    head: str
    width: float
    centred: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A table of a committee; its texts are inert. `name`: of the term or school year, `table`: of the rating table;
    `size`: of letters, in points; `across`: its paper."""

    what: str
    committee: str
    name: str
    table: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Content]]
    made: datetime
    size: float
    across: bool = False

    @property
    def title(self) -> str:
        """2026–2027学年第一学期整改台账."""
        return f"{inert(self.name)}{self.what}"

    @property
    def footer(self) -> tuple[str, str]:
        """Whose it is, and of which edition, printed when."""
        when = f"{self.made:%Y}年{self.made.month}月{self.made.day}日 {self.made:%H:%M}"
        return inert(self.committee)[:40], f"《{self.table[:40]}》 {when} 打印"

    @property
    def content(self) -> str:
        """Says what stands on it, but for the time of printing."""
        return repr((self.committee, self.title, self.table, self.rows))

    @property
    def widths(self) -> list[float]:
        """How wide the columns are, in millimetres."""
        return [column.width for column in self.columns]


def workbook(listing: Listing) -> bytes:
    """The table as a file of Excel; numbers can be reckoned with."""
    out, size = BytesIO(), listing.size
    book = excel.new(out, listing.title, listing.made)
    sheet, look = book.add_worksheet(listing.what), excel.Looks(book)
    if listing.across:
        sheet.set_landscape()
    excel.page(sheet, listing.widths, listing.footer)
    right = len(listing.columns) - 1
    excel.merged(sheet, (0, 0, 0, right), listing.title, look(bold=True, font_size=_TITLE, align="center"))
    sheet.set_row(0, 36)
    excel.merged(sheet, (1, 0, 1, right), inert(listing.committee), look(font_size=size))
    sheet.set_row(1, _LOWEST)
    head = look(border=1, align="center", bold=True, font_size=size)
    for at, column in enumerate(listing.columns):
        sheet.write_string(2, at, column.head, head)
    sheet.set_row(2, _LOWEST)
    for at, row in enumerate(listing.rows, start=3):
        high = _LOWEST
        for n, (cell, column) in enumerate(zip(row, listing.columns, strict=True)):
            fits, needs = _fitting(_text(cell), column.width, size)
            high = max(high, needs)
            how = look(border=1, font_size=fits, **({"align": "center"} if column.centred else {}))
            if isinstance(cell, str):
                sheet.write_string(at, n, cell, how)
            elif cell is None:
                sheet.write_blank(at, n, None, how)
            else:
                sheet.write_number(at, n, float(cell), how)
        sheet.set_row(at, high)
    sheet.repeat_rows(2)
    sheet.freeze_panes(3, 2)
    book.close()
    return out.getvalue()


def _fitting(text: str, width: float, size: float) -> tuple[float, float]:
    """The largest letters with which a text in a column is not too high for a row, and how high it is then."""
    while (high := measure.height([(text, width)], size)) > _HIGHEST and size > _SMALLEST:
        size -= 1
    return size, min(high, _HIGHEST)


def document(listing: Listing) -> bytes:
    """The table as a file of Word."""
    made = word.new(listing.title, listing.made, across=listing.across, margins=(14, 15))
    title = made.add_paragraph()
    word.middle(title)
    write(title, listing.title, size=_TITLE, bold=True)
    write(made.add_paragraph(), inert(listing.committee), size=listing.size)
    size = listing.size
    heads = [Cell(column.head, size, bold=True) for column in listing.columns]
    rows = [
        [
            Cell(_text(said), size, centred=column.centred)
            for said, column in zip(row, listing.columns, strict=True)
        ]
        for row in listing.rows
    ]
    word.table(made, [heads, *rows], listing.widths, heads=1)
    word.foot(made, *listing.footer)
    return word.finished(made, listing.made)


def _text(cell: Content) -> str:
    if isinstance(cell, Decimal):
        return plain(cell)
    return "" if cell is None else str(cell)
