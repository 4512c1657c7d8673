"""A table of many rows, on paper: however long a text is, it stands there whole."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bot.paper import listing, measure, register
from bot.paper.listing import Listing
from bot.values import Branch, Registered
from tests.paper.forms import MADE, TERM, cells
from tests.rendering import needs_libreoffice, printed

LONG = "对照要求整改，逐条落实，" * 41 + "到此写完。"
NAME = "北京市劲松职业高中常营校区与双龙校区联合第一党支部委员会"
ROW = Registered(
    number=1,
    branch=Branch(1, 1, "双龙校区党支部"),
    item=15,
    title="积极分子党课活动",
    lost=Decimal("0.8"),
    text="每月底检查一次，记在支部手册里。",
    post="组织委员",
    due=date(2026, 12, 26),
    report="",
    files=(1, 2),
    opinion="",
    closed_at=MADE,
    accepted_at=MADE,
)
LONGEST = {
    "a measure": replace(ROW, text=LONG),
    "a report": replace(ROW, report=LONG),
    "an opinion": replace(ROW, opinion=LONG, branch=Branch(1, 1, NAME)),
    "all three": replace(ROW, text=LONG, report=LONG, opinion=LONG),
}


def made(*rows: Registered) -> Listing:
    return register.listing(rows, "示范职业高中党总支", TERM, MADE)


@pytest.mark.parametrize("row", LONGEST.values(), ids=LONGEST)
def test_a_row_is_as_high_as_its_longest_text(row: Registered) -> None:
    assert len(LONG) == 497
    table = made(row)
    sheet = cells(listing.workbook(table))
    for cell, width in zip(sheet[4], table.widths, strict=True):
        needs = measure.height([(str(cell.value or ""), width)], cell.font.sz)
        assert needs - 1 <= sheet.row_dimensions[4].height <= 409, "a row is a number of pixels"


def test_only_what_is_long_is_smaller() -> None:
    sheet = cells(listing.workbook(made(LONGEST["an opinion"], ROW)))
    assert {cell.font.sz for cell in sheet[5]} == {10}
    assert [cell.font.sz < 10 for cell in sheet[4]] == [False] * 7 + [True, False]


@needs_libreoffice
@pytest.mark.slow
@pytest.mark.parametrize("ending", ["xlsx", "docx"])
def test_printed_no_text_is_cut(tmp_path: Path, ending: str) -> None:
    table = made(*LONGEST.values(), *[ROW] * 20)
    data = (listing.workbook if ending == "xlsx" else listing.document)(table)
    pages = printed(data, ending, tmp_path)
    assert {(round(page.width), round(page.height)) for page in pages} == {(297, 210)}
    text = "".join(page.text for page in pages)
    assert text.count("到此写完。") == 6
    assert text.count("2026.12.26") == text.count("2026.12.28") == 24
    for number, page in enumerate(pages, start=1):
        assert f"第{number}页共{len(pages)}页" in page.text
        assert "完成情况" in page.text, "the heads are repeated"
