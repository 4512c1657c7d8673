"""The official form with other words and points, sent as another rating table: which item a row is, what it keeps."""

from dataclasses import replace
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from openpyxl import load_workbook

from bot.paper import form_xlsx
from bot.paper.sent_edition import read
from scoring.comparison import differences
from scoring.edition_text import own
from scoring.rubric import Edition
from scoring.sheet import Sheet
from tests.paper.forms import EDITION, changed, form

FORM = form_xlsx.workbook(form(Sheet(EDITION)))
RATE = "手册上交率100%。合格率达到90%。优秀率达到20%"
STANDARD = EDITION.item(7).standard.replace("合格率达到90%", "合格率达到95%")


def sent(cells: dict[str, Any]) -> Edition:
    """What the form says with something else in these cells."""
    return own(read(changed(FORM, cells), EDITION))[0]


def with_rows(at: int, rows: list[list[Any]], gone: int = 0, **cells: Any) -> Edition:
    """What it says with other rows in the place of so many, as a person does it in Excel: merged cells are split."""
    book, out = load_workbook(BytesIO(changed(FORM, cells))), BytesIO()
    sheet = book.worksheets[0]
    for area in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(area))
    if gone:
        sheet.delete_rows(at, gone)
    if rows:
        sheet.insert_rows(at, len(rows))
    for n, row in enumerate(rows):
        for column, value in enumerate(row, start=1):
            sheet.cell(at + n, column, value)
    book.save(out)
    return own(read(out.getvalue(), EDITION))[0]


def test_the_form_as_it_is_printed_is_todays_table() -> None:
    assert read(FORM, EDITION) == EDITION
    assert sent({}) == replace(EDITION, key=sent({}).key)


def test_a_form_that_lost_its_properties_is_read_too() -> None:
    out = BytesIO()
    with ZipFile(BytesIO(FORM)) as before, ZipFile(out, "w") as after:
        for name in before.namelist():
            if name != "docProps/custom.xml":
                after.writestr(name, before.read(name))
    assert read(out.getvalue(), EDITION) == EDITION


def test_other_points_leave_everything_else() -> None:
    made = sent({"E5": 3, "E6": "5"})
    assert [str(item.points) for item in made.items[:3]] == ["3", "5", "5"]
    assert made.item(2).measures == EDITION.item(2).measures
    assert [one.number for one in differences(EDITION, made)] == [1, 2]


def test_an_item_with_other_words_suggests_nothing_but_shows_its_numbers() -> None:
    made = sent({"B11": STANDARD})
    item = made.item(7)
    assert item.standard == STANDARD
    assert item.title == "党员手册"
    assert {one.how for one in item.measures} == {"shown"}
    assert [one.fact for one in item.measures] == ["handbook_in", "handbook_passed", "handbook_excellent"]
    assert item.typed is None
    assert [(one.number, one.unmeasured) for one in differences(EDITION, made)] == [(7, True)]


def test_words_that_no_number_asks_about_go_with_their_sentence() -> None:
    number = next(item.number for item in EDITION.items if item.unasked)
    item = EDITION.item(number)
    made = sent({f"C{number + 4}": item.excellent.replace(item.unasked[0], "")})
    assert made.item(number).unasked == item.unasked[1:]


def test_line_ends_and_blanks_are_no_change() -> None:
    text = EDITION.item(7).standard
    made = sent({"B11": f" {text[:20]}\n{text[20:]} ", "D11": " 支部手册、 党员手册"})
    assert differences(EDITION, made) == ()
    assert made.item(7).methods == EDITION.item(7).methods


def test_a_row_put_in_between_is_a_new_item_and_the_others_keep_what_they_are() -> None:
    row = [None, "定期开展走访慰问，做好记录。", "走访面达到100%。", "查看资料、支部汇报", 1]
    made = with_rows(7, [row, [None] * 5], E5=3)
    assert len(made.items) == 25
    new = made.item(3)
    assert (new.title, new.category, new.methods) == (
        "定期开展走访慰问",
        "党支部自身建设",
        ("查看资料", "支部汇报"),
    )
    assert new.measures == ()
    for number in range(4, 26):
        was = EDITION.item(number - 1)
        assert replace(made.item(number), number=was.number, points=was.points) == was


def test_a_row_that_is_deleted_and_one_that_moved_take_their_item_along() -> None:
    made = with_rows(6, [], gone=1, E5=8)
    assert [item.title for item in made.items] == [item.title for item in EDITION.items if item.number != 2]
    two, three = EDITION.item(2), EDITION.item(3)
    words = {
        f"{'BC'[n]}{row}": text
        for row, item in ((6, three), (7, two))
        for n, text in enumerate((item.standard, item.excellent))
    }
    moved = sent({**words, "D6": three.method, "D7": two.method, "E6": 5, "E7": 4})
    assert [item.title for item in moved.items[:3]] == ["支委会分工履职", three.title, two.title]
    assert moved.item(3).measures == two.measures


def test_a_category_with_another_name_keeps_its_number_and_a_new_one_gets_a_new_one() -> None:
    made = sent({"A5": "支部建设"})
    assert [(one.number, one.name) for one in made.categories][:2] == [(1, "支部建设"), (2, "党员教育管理")]
    row = ["特色工作", "形成支部工作品牌，有案例、有成效。", "在全校推广。", "实地检查", 1]
    more = with_rows(29, [row], E5=3)
    assert [(one.number, one.name) for one in more.categories][-1] == (7, "特色工作")


def test_an_item_that_is_written_anew_is_another_one() -> None:
    made = sent({"B5": "完全不同的新要求，和原来没有关系。", "C5": "全新的指标", "D5": "座谈"})
    assert made.item(1).title == "完全不同的新要求"
    assert made.item(1).methods == ("座谈",)
