"""The official form as other programs read it: every number where it belongs, every text inert, all of it on paper."""

import subprocess
import sys
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.paper import form_docx, form_xlsx
from bot.paper.form import Form
from bot.permissions import Rater
from bot.values import Branch
from scoring.numerals import plain
from scoring.rubric import Grade
from scoring.sheet import Sheet
from tests.paper.forms import EDITION, HOSTILE, cells, form, full, parts, sheets, texts
from tests.rendering import needs_libreoffice, printed

SURE = settings(max_examples=30, deadline=None, derandomize=True, database=None)


def words_of(form: Form) -> list[list[str]]:
    """The texts of the rows of a form in Word, each cell once, where it is merged as often as it is wide."""
    return [
        [cell.text for cell in row.cells]
        for row in Document(BytesIO(form_docx.document(form))).tables[0].rows
    ]


def expected(form: Form, number: int) -> list[Decimal | None]:
    """What stands in the four columns of an item, by the rule of decision 0004."""
    stands: list[Decimal | None] = []
    for rater in Rater:
        mark = form.sheets[rater].marks.get(number) if rater in form.sheets else None
        full = mark is not None and mark.points == EDITION.item(number).points
        stands += [mark.points if mark and full else None, mark.points if mark and not full else None]
    return stands


def test_the_table_is_the_regulations_word_for_word() -> None:
    sheet = cells(form_xlsx.workbook(form(full())))
    assert sheet["A1"].value == "党支部星级管理测评表"
    assert sheet["A2"].value == "支部名称：常营校区党支部"
    assert sheet["C2"].value == "统计时间：2026–2027学年第一学期"
    heads = [sheet.cell(3, column).value for column in (1, 2, 3, 4, 5, 6, 8)]
    assert heads == [
        "工作内容",
        "工作内容及目标要求",
        "优秀支部评价指标",
        "测评方式",
        "分值",
        "支部自评",
        "总支评价",
    ]
    assert [sheet.cell(4, column).value for column in (6, 7, 8, 9)] == ["优秀", "合格", "优秀", "合格"]
    rows = words_of(form(full()))
    for row, item in enumerate(EDITION.items, start=5):
        said = [item.standard, item.excellent, item.method]
        assert [sheet.cell(row, column).value for column in (2, 3, 4)] == said
        assert rows[row - 3][:5] == [item.category, *said, plain(item.points)]
    named = [sheet.cell(row, 1).value for row in range(5, 29) if sheet.cell(row, 1).value]
    assert list(dict.fromkeys(named)) == [category.name for category in EDITION.categories]


def test_no_name_is_a_command_of_the_footer() -> None:
    made = form(full(), branch=Branch(1, 1, "党建&P&G&[Picture]&D支部"))
    footer = ElementTree.fromstring(parts(form_xlsx.workbook(made))["xl/worksheets/sheet1.xml"]).findtext(  # noqa: S314  our own
        ".//{*}oddFooter"
    )
    assert footer is not None, "for a picture that there is none of, the whole footer would be left out"
    assert "党建＆P＆G＆[Picture]＆D支部" in footer
    commands = [piece[0] for piece in footer.split("&")[1:]]
    assert commands == ["L", '"', "8", "C", '"', "8", "P", "N", "R", '"', "8"]


@pytest.mark.slow
@SURE
@given(sheets(), sheets() | st.none())
def test_every_number_stands_where_its_grade_is_and_the_totals_are_the_sheets_own(
    own: Sheet, rated: Sheet | None
) -> None:
    made = form(own, rated)
    sheet = cells(form_xlsx.workbook(made))
    for row, item in enumerate(EDITION.items, start=5):
        read = [sheet.cell(row, column).value for column in (6, 7, 8, 9)]
        assert [None if one is None else Decimal(str(one)) for one in read] == expected(made, item.number)
    for column, one in ((6, own), (8, rated)):
        total = sheet.cell(29, column).value
        if one is None or not one.filled:
            assert not total
        else:
            assert total == (f"已评 {one.filled}/24" if one.total is None else float(one.total))


@pytest.mark.slow
@SURE
@given(sheets(), sheets())
def test_word_says_the_same(own: Sheet, rated: Sheet) -> None:
    made = form(own, rated)
    rows = words_of(made)
    for row, item in zip(rows[2:], EDITION.items, strict=False):
        assert row[5:] == ["" if one is None else plain(one) for one in expected(made, item.number)]
    assert rows[26][5] == made.total(Rater.SELF)
    assert rows[26][7] == made.total(Rater.COMMITTEE)
    assert [row[1] for row in rows[27:-1]] == list(made.remarks)


def test_a_text_of_people_is_no_formula_link_or_number_and_breaks_no_file() -> None:
    own = full()
    for item, text in zip(EDITION.items, HOSTILE, strict=False):
        own = own.pointed(item.number, Decimal("0.5"), text)
    made = form(
        own, notes={Rater.SELF: {9: HOSTILE[0]}}, branch=Branch(1, 1, "=HYPERLINK(1)"), fills=Rater.SELF
    )
    data = form_xlsx.workbook(made)
    book = load_workbook(BytesIO(data))
    formulas = [
        cell.coordinate for row in book.worksheets[0].iter_rows() for cell in row if cell.data_type == "f"
    ]
    assert formulas == ["F29"], "our own total alone"
    assert not any(cell.hyperlink for row in book.worksheets[0].iter_rows() for cell in row)
    assert cells(data)["J5"].value == HOSTILE[0]
    for file in (data, form_docx.document(made)):
        for text in parts(file).values():
            ElementTree.fromstring(text)  # noqa: S314  our own
    assert f"第 1 项 支部自评 0.5 分：{HOSTILE[0]}" in [row[1] for row in words_of(made)]


@pytest.mark.slow
@SURE
@given(texts, texts)
def test_any_name_and_note_can_be_printed(name: str, note: str) -> None:
    made = form(full(), branch=Branch(1, 1, name), notes={Rater.SELF: {3: note}})
    assert cells(form_xlsx.workbook(made))["A2"].value.startswith("支部名称：")
    ElementTree.fromstring(parts(form_docx.document(made))["word/document.xml"])  # noqa: S314


def test_remarks_stand_only_where_something_is_written() -> None:
    assert "备注" not in {
        cell.value for row in cells(form_xlsx.workbook(form(full()))).iter_rows() for cell in row
    }
    assert not any("备注" in cell for row in words_of(form(full())) for cell in row)
    noted = form(full().pointed(8, Decimal("3.5"), "缺一次记录"), notes={Rater.SELF: {9: "见手册"}})
    said = ["第 8 项 支部自评 3.5 分：缺一次记录", "第 9 项 支部自评备注：见手册"]
    assert list(noted.remarks) == said
    assert [cells(form_xlsx.workbook(noted)).cell(row, 2).value for row in (30, 31)] == said


def test_the_same_form_at_the_same_time_is_the_same_file() -> None:
    made = form(full(), fills=Rater.SELF)
    assert form_xlsx.workbook(made) == form_xlsx.workbook(made)
    assert form_docx.document(made) == form_docx.document(made)


LONG = "会议记录不全，期末已经补齐，见支部手册第十二页；" * 8


@needs_libreoffice
@pytest.mark.slow
@pytest.mark.parametrize("ending", ["xlsx", "docx"])
@pytest.mark.parametrize("much", [False, True])
def test_printed_it_fits_the_width_of_at_most_four_pages_and_no_word_is_cut(
    ending: str, much: bool, tmp_path: Path
) -> None:
    own, rated = full(), full(Grade.PASSED)
    if much:
        own = own.pointed(8, Decimal("3.5"), LONG[:200])
    made = form(own, rated, notes={Rater.COMMITTEE: {9: LONG}} if much else {})
    pages = printed(
        form_xlsx.workbook(made) if ending == "xlsx" else form_docx.document(made), ending, tmp_path
    )
    assert len(pages) <= 4
    text = "".join(page.text for page in pages)
    for n, page in enumerate(pages, start=1):
        assert (round(page.width), round(page.height)) == (297, 210)
        assert f"第{n}页共{len(pages)}页" in page.text
        assert "优秀支部评价指标" in page.text, "the heads stand on each page"
        assert "总支评价" in page.text, "as wide as the page"
        assert "2026年12月28日09:05打印" in page.text
    for item in EDITION.items:
        for words in (item.standard, item.excellent):
            assert set(words) - set(text) - set(" ") == set()
            assert "".join(words.split())[-8:] in text, f"the end of item {item.number}"
    for words in (
        "支部书记（签字）：",
        "总支（章）：",
        "合计",
        "100",
        *[remark.replace(" ", "")[-8:] for remark in made.remarks],
    ):
        assert words in text


@pytest.mark.slow
def test_what_writes_files_is_imported_when_a_file_is_wanted() -> None:
    known = "import sys, bot.dialogue; print(*{'xlsxwriter', 'openpyxl', 'docx', 'lxml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", known], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
