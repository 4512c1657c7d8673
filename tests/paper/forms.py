"""Forms with any marks, and what other programs read in them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.paper import form_xlsx
from bot.paper.form import Form
from bot.permissions import Rater
from bot.values import Branch, Term
from scoring.rubric import Edition, Grade, read_edition
from scoring.sheet import Sheet
from tests.conftest import ZONE

EDITION = read_edition("jinsong_2017")
MADE = datetime(2026, 12, 28, 9, 5, tzinfo=ZONE)
TERM = Term(
    2,
    1,
    "2026–2027学年第一学期",
    date(2026, 9, 1),
    date(2027, 1, 20),
    date(2026, 12, 20),
    date(2027, 1, 5),
    True,
    EDITION.key,
)
HOSTILE = (
    "=cmd|'/c calc'!A1",
    "+1",
    "-1",
    "@SUM(A1)",
    "a\tb\nc\r\x00\x07\ufffe",
    "http://x.invalid",
    "<b>&amp;",
    "_x0041_",
)
texts = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@st.composite
def sheets(draw: st.DrawFn, edition: Edition = EDITION) -> Sheet:
    """A sheet with any marks, or none, on its items."""
    sheet = Sheet(edition)
    for item in edition.items:
        said = draw(st.sampled_from(["", "grade", "grade", "points"]))
        if said == "grade":
            sheet = sheet.graded(item.number, draw(st.sampled_from(list(Grade))))
        elif said == "points":
            tenths = draw(st.integers(0, int(item.points * 10)))
            reason = draw(texts).strip() or "缺记录"
            sheet = sheet.pointed(item.number, Decimal(tenths) / 10, reason)
    return sheet


def form(own: Sheet | None = None, rated: Sheet | None = None, **said: Any) -> Form:
    """A form of 常营, with as many sheets as are given."""
    given = {Rater.SELF: own, Rater.COMMITTEE: rated}
    seen = {rater: sheet for rater, sheet in given.items() if sheet is not None}
    return Form(
        **{"branch": Branch(1, 1, "常营校区党支部"), "term": TERM, "sheets": seen, "made": MADE, **said}
    )


def full(grade: Grade = Grade.EXCELLENT) -> Sheet:
    """A sheet on which all items have the same grade."""
    sheet = Sheet(EDITION)
    for item in EDITION.items:
        sheet = sheet.graded(item.number, grade)
    return sheet


def cells(data: bytes) -> Any:
    """The first sheet of a workbook, its formulas as the numbers that were written with them."""
    return load_workbook(BytesIO(data), data_only=True).worksheets[0]


def parts(data: bytes) -> dict[str, str]:
    """The parts of an office file that are text, by their names."""
    with ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {
            name: archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith((".xml", ".rels"))
        }


def filled_in(form: Form, cells: Mapping[str, Any]) -> bytes:
    """The workbook of a form with something else in some of its cells, as another program saves it."""
    return changed(form_xlsx.workbook(form), cells)


def changed(data: bytes, cells: Mapping[str, Any]) -> bytes:
    """A workbook with something else in some of its cells, as another program saves it."""
    book, out = load_workbook(BytesIO(data)), BytesIO()
    for at, value in cells.items():
        book.worksheets[0][at] = value
    book.save(out)
    return out.getvalue()
