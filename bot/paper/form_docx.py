"""The official form as a document of Word, to be printed, or filled in by hand."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bot.paper import word
from bot.paper.form import DATED, GRADES, HEADS, REMARKS, SIGNED, TITLE, TOTAL, Form
from bot.paper.texts import inert
from bot.paper.word import put, write
from bot.permissions import Rater
from scoring.numerals import plain

if TYPE_CHECKING:
    from docx.table import _Cell

_WIDTHS: Final = (17.0, 83.0, 83.0, 22.0, 10.0, 12.5, 12.5, 12.5, 12.5)  # millimetres
_SIZE: Final = 10.0  # points
_HEADS: Final = 2  # rows

Cells = list[tuple["_Cell", ...]]


def document(form: Form) -> bytes:
    """The form as a file of Word."""
    made = word.new(f"{TITLE} {inert(form.branch.name)}", form.made, across=True)
    title = made.add_paragraph()
    word.middle(title)
    write(title, TITLE, size=18, bold=True)
    write(made.add_paragraph(), f"{form.named}　　　　　　{form.timed}", size=11)
    every, remarks = len(form.edition.items), form.remarks
    cells = word.table(made, _HEADS + every + 1 + len(remarks) + 1, _WIDTHS)
    word.repeat(made, _HEADS)
    _head(cells)
    _items(cells[_HEADS:], form)
    below = cells[_HEADS + every :]
    _total(below[0], form)
    for row, remark in zip(below[1:-1], remarks, strict=True):
        put(row[1].merge(row[-1]), remark, size=_SIZE, centred=False)
    if remarks:
        put(below[1][0].merge(below[-2][0]), REMARKS, size=_SIZE, bold=True)
    for (first, last), said in zip(((0, 1), (2, len(_WIDTHS) - 1)), SIGNED, strict=True):
        text = f"\n{said[0]}\n\n{said[1]}{'　' * 8}{DATED}\n"
        put(below[-1][first].merge(below[-1][last]), text, size=11, centred=False)
    word.foot(made, *form.footer)
    return word.finished(made, form.made)


def _head(cells: Cells) -> None:
    for column, text in enumerate(HEADS):
        put(cells[0][column].merge(cells[1][column]), text, size=_SIZE, bold=True)
    for rater in Rater:
        first = len(HEADS) + 2 * rater
        put(cells[0][first].merge(cells[0][first + 1]), rater.word, size=_SIZE, bold=True)
        for n, grade in enumerate(GRADES):
            put(cells[1][first + n], grade.word, size=_SIZE, bold=True)


def _items(cells: Sequence[tuple["_Cell", ...]], form: Form) -> None:
    for row, item in zip(cells, form.edition.items, strict=False):
        put(row[1], item.standard, size=_SIZE, centred=False)
        put(row[2], item.excellent, size=_SIZE, centred=False)
        put(row[3], item.method, size=_SIZE)
        put(row[4], plain(item.points), size=_SIZE)
        points = [one for rater in Rater for one in form.points(rater, item.number)]
        for cell, one in zip(row[5:], points, strict=True):
            put(cell, "" if one is None else plain(one), size=_SIZE)
    for category in form.edition.categories:
        first, last = category.items[0].number - 1, category.items[-1].number - 1
        put(cells[first][0].merge(cells[last][0]), category.name, size=_SIZE, bold=True)


def _total(row: tuple["_Cell", ...], form: Form) -> None:
    put(row[0].merge(row[3]), TOTAL, size=_SIZE, bold=True)
    put(row[4], plain(form.edition.total), size=_SIZE, bold=True)
    for rater in Rater:
        first = len(HEADS) + 2 * rater
        put(row[first].merge(row[first + 1]), form.total(rater), size=_SIZE, bold=True)
