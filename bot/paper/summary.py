"""汇总表: all branches of a term in one table, as a workbook and as a document."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Final

from bot.paper import excel, measure, word
from bot.paper.texts import inert
from bot.paper.word import put, write
from scoring.numerals import plain

HEADS: Final = ("序号", "党支部", "书记", "自评得分", "评定得分", "星级", "备注")
_WIDTHS: Final = (12.0, 46.0, 28.0, 20.0, 20.0, 16.0, 38.0)  # millimetres
_SIZE: Final = 11.0  # points


@dataclass(frozen=True, slots=True)
class Row:
    """A branch: its secretary, the totals of its submitted sheets, its stars in words, and what is to be said."""

    branch: str
    secretary: str
    own: Decimal | None
    rated: Decimal | None
    stars: str
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The table of a committee's branches in a term, printed when."""

    committee: str
    term: str
    edition: str
    rows: Sequence[Row]
    made: datetime

    @property
    def title(self) -> str:
        """2026–2027学年第一学期党支部星级评定汇总表."""
        return f"{inert(self.term)}党支部星级评定汇总表"

    @property
    def footer(self) -> tuple[str, str]:
        """Whose it is, and of which edition, printed when."""
        when = f"{self.made:%Y}年{self.made.month}月{self.made.day}日 {self.made:%H:%M}"
        return inert(self.committee)[:40], f"《{self.edition[:40]}》 {when} 打印"

    @property
    def content(self) -> str:
        """Says what stands on it, but for the time of printing."""
        return repr((self.committee, self.title, self.edition, tuple(self.rows)))


def workbook(summary: Summary) -> bytes:
    """The table as a file of Excel."""
    out = BytesIO()
    book = excel.new(out, summary.title, summary.made)
    sheet, look = book.add_worksheet("汇总表"), excel.Looks(book)
    excel.page(sheet, _WIDTHS, summary.footer)
    excel.merged(
        sheet, (0, 0, 0, len(HEADS) - 1), summary.title, look(bold=True, font_size=16, align="center")
    )
    sheet.set_row(0, 40)
    excel.merged(sheet, (1, 0, 1, len(HEADS) - 1), inert(summary.committee), look(font_size=_SIZE))
    sheet.set_row(1, 24)
    middle, left = look(border=1, align="center", font_size=_SIZE), look(border=1, font_size=_SIZE)
    for column, text in enumerate(HEADS):
        sheet.write_string(2, column, text, look(border=1, align="center", bold=True, font_size=_SIZE))
    sheet.set_row(2, 24)
    for n, row in enumerate(summary.rows, start=1):
        at, texts = n + 2, (inert(row.branch), inert(row.secretary))
        sheet.write_number(at, 0, n, middle)
        for column, text in enumerate(texts, start=1):
            sheet.write_string(at, column, text, left)
        for column, points in ((3, row.own), (4, row.rated)):
            if points is None:
                sheet.write_blank(at, column, None, middle)
            else:
                sheet.write_number(at, column, float(points), middle)
        sheet.write_string(at, 5, row.stars, middle)
        sheet.write_string(at, 6, row.remark, left)
        said = [*zip((*texts, row.remark), (_WIDTHS[1], _WIDTHS[2], _WIDTHS[6]), strict=True)]
        sheet.set_row(at, max(measure.height(said, _SIZE), 24))
    sheet.repeat_rows(2)
    sheet.freeze_panes(3, 0)
    book.close()
    return out.getvalue()


def document(summary: Summary) -> bytes:
    """The table as a file of Word."""
    made = word.new(summary.title, summary.made)
    title = made.add_paragraph()
    word.middle(title)
    write(title, summary.title, size=16, bold=True)
    write(made.add_paragraph(), inert(summary.committee), size=_SIZE)
    cells = word.table(made, len(summary.rows) + 1, _WIDTHS)
    word.repeat(made, 1)
    for cell, text in zip(cells[0], HEADS, strict=True):
        put(cell, text, size=_SIZE, bold=True)
    for n, (row, of) in enumerate(zip(cells[1:], summary.rows, strict=True), start=1):
        said = (str(n), inert(of.branch), inert(of.secretary), _points(of.own), _points(of.rated), of.stars)
        for cell, text in zip(row, (*said, of.remark), strict=True):
            put(cell, text, size=_SIZE)
    word.foot(made, *summary.footer)
    return word.finished(made, summary.made)


def _points(points: Decimal | None) -> str:
    return "" if points is None else plain(points)
