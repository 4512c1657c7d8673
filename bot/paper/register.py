"""整改台账: the measures of all branches after a term in one table, as a workbook and as a document, A4 across."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Final

from bot.paper import excel, measure, word
from bot.paper.texts import inert
from bot.paper.word import put, write
from bot.values import Registered
from scoring.numerals import plain

HEADS: Final = (
    "序号",
    "党支部",
    "存在问题",
    "整改措施",
    "责任人",
    "整改时限",
    "完成情况",
    "总支意见",
    "销号",
)
_WIDTHS: Final = (11.0, 30.0, 40.0, 60.0, 20.0, 24.0, 38.0, 24.0, 20.0)  # millimetres
_SHORT: Final = frozenset({0, 4, 5, 8})  # columns whose texts stand in the middle
_SIZE: Final = 10.0  # points
_HIGHEST: Final = 400.0  # points; Excel has rows of 409 at most


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPaper:
    """The 整改台账 of a committee after a term, printed when."""

    committee: str
    term: str
    edition: str
    rows: Sequence[Registered]
    made: datetime

    @property
    def title(self) -> str:
        """2026–2027学年第一学期整改台账."""
        return f"{inert(self.term)}整改台账"

    @property
    def footer(self) -> tuple[str, str]:
        """Whose it is, and of which edition, printed when."""
        when = f"{self.made:%Y}年{self.made.month}月{self.made.day}日 {self.made:%H:%M}"
        return inert(self.committee)[:40], f"《{self.edition[:40]}》 {when} 打印"

    @property
    def content(self) -> str:
        """Says what stands on it, but for the time of printing."""
        return repr((self.committee, self.title, self.edition, tuple(self.rows)))

    def texts(self, row: Registered) -> tuple[str, ...]:
        """What stands in the cells of a row, under HEADS."""
        loss = f"（扣 {plain(row.lost)} 分）" if row.lost is not None else ""
        annexes = f"附件 {'、'.join(map(str, row.files))}" if row.files else ""
        return (
            str(row.number),
            inert(row.branch.name),
            f"第 {row.item} 项 {inert(row.title)}{loss}" if row.item else "支部自定",
            inert(row.text),
            inert(row.post),
            _day(row.due) if row.due else "",
            "\n".join(part for part in (inert(row.report), annexes) if part),
            inert(row.opinion),
            self._cleared(row),
        )

    def _cleared(self, row: Registered) -> str:
        if row.accepted_at is None:
            return "待销号" if row.closed_at else ""
        return _day(row.accepted_at.astimezone(self.made.tzinfo))


def _day(value: date) -> str:
    """2027.1.7: it stays on one line of a narrow cell."""
    return f"{value.year}.{value.month}.{value.day}"


def workbook(register: RegisterPaper) -> bytes:
    """The table as a file of Excel."""
    out = BytesIO()
    book = excel.new(out, register.title, register.made)
    sheet, look = book.add_worksheet("整改台账"), excel.Looks(book)
    sheet.set_landscape()
    excel.page(sheet, _WIDTHS, register.footer)
    right = len(HEADS) - 1
    excel.merged(sheet, (0, 0, 0, right), register.title, look(bold=True, font_size=16, align="center"))
    sheet.set_row(0, 36)
    excel.merged(sheet, (1, 0, 1, right), inert(register.committee), look(font_size=_SIZE))
    sheet.set_row(1, 22)
    for column, text in enumerate(HEADS):
        sheet.write_string(2, column, text, look(border=1, align="center", bold=True, font_size=_SIZE))
    sheet.set_row(2, 24)
    middle, left = look(border=1, align="center", font_size=_SIZE), look(border=1, font_size=_SIZE)
    for at, row in enumerate(register.rows, start=3):
        texts = register.texts(row)
        sheet.write_number(at, 0, row.number, middle)
        for column, text in enumerate(texts[1:], start=1):
            sheet.write_string(at, column, text, middle if column in _SHORT else left)
        high = measure.height(zip(texts, _WIDTHS, strict=True), _SIZE)
        sheet.set_row(at, min(max(high, 24), _HIGHEST))
    sheet.repeat_rows(2)
    sheet.freeze_panes(3, 2)
    book.close()
    return out.getvalue()


def document(register: RegisterPaper) -> bytes:
    """The table as a file of Word."""
    made = word.new(register.title, register.made, across=True, margins=(14, 15))
    title = made.add_paragraph()
    word.middle(title)
    write(title, register.title, size=16, bold=True)
    write(made.add_paragraph(), inert(register.committee), size=_SIZE)
    cells = word.table(made, len(register.rows) + 1, _WIDTHS)
    word.repeat(made, 1)
    for cell, text in zip(cells[0], HEADS, strict=True):
        put(cell, text, size=_SIZE, bold=True)
    for row, of in zip(cells[1:], register.rows, strict=True):
        for column, (cell, text) in enumerate(zip(row, register.texts(of), strict=True)):
            put(cell, text, size=_SIZE, centred=column in _SHORT)
    word.foot(made, *register.footer)
    return word.finished(made, register.made)
