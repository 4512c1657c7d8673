"""The official form as a document of Word, to be printed, or filled in by hand."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from bot.paper import word
from bot.paper.form import DATED, GRADES, HEADS, REMARKS, SIGNED, TITLE, TOTAL, Form
from bot.paper.texts import inert
from bot.paper.word import Cell, write
from bot.permissions import Rater
from scoring.numerals import plain

_WIDTHS: Final = (17.0, 83.0, 83.0, 22.0, 10.0, 12.5, 12.5, 12.5, 12.5)  # millimetres
_HEADS: Final = 2  # rows

Row = list[Cell | None]
_middle = partial(Cell, size=10)
_left, _bold = partial(_middle, centred=False), partial(_middle, bold=True)


def document(form: Form) -> bytes:
    """The form as a file of Word."""
    made = word.new(f"{TITLE} {inert(form.branch.name)}", form.made, across=True)
    title = made.add_paragraph()
    word.middle(title)
    write(title, TITLE, size=18, bold=True)
    write(made.add_paragraph(), f"{form.named}　　　　　　{form.timed}", size=11)
    rows = [*_head(), *_items(form), _total(form), *_remarks(form), _signed()]
    word.table(made, rows, _WIDTHS, heads=_HEADS)
    word.foot(made, *form.footer)
    return word.finished(made, form.made)


def _head() -> Iterator[Row]:
    yield [*map(_bold, HEADS), *(_bold(rater.word, across=len(GRADES)) for rater in Rater)]
    yield [*(None for _ in HEADS), *(_bold(grade.word) for _ in Rater for grade in GRADES)]


def _items(form: Form) -> Iterator[Row]:
    for category in form.edition.categories:
        for n, item in enumerate(category.items):
            points = [one for rater in Rater for one in form.points(rater, item.number)]
            yield [
                None if n else _bold(category.name),
                _left(item.standard),
                _left(item.excellent),
                _middle(item.method),
                _middle(plain(item.points)),
                *(_middle("" if one is None else plain(one)) for one in points),
            ]


def _total(form: Form) -> Row:
    totals = [_bold(form.total(rater), across=len(GRADES)) for rater in Rater]
    return [_bold(TOTAL, across=len(HEADS) - 1), _bold(plain(form.edition.total)), *totals]


def _remarks(form: Form) -> Iterator[Row]:
    for n, remark in enumerate(form.remarks):
        yield [None if n else _bold(REMARKS), _left(remark, across=len(_WIDTHS) - 1)]


def _signed() -> Row:
    texts = [f"\n{who}\n\n{seal}{'　' * 8}{DATED}\n" for who, seal in SIGNED]
    places = zip(texts, (2, len(_WIDTHS) - 2), strict=True)
    return [Cell(text, 11, centred=False, across=columns) for text, columns in places]
