"""A form that was filled in and sent back: what it would change, and every way in which it is no longer our form."""

import random
import re
from contextlib import suppress
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from bot.paper import form_xlsx, sent_back
from bot.paper.form import Form
from bot.permissions import Rater
from scoring.line import Line, Said, changes
from scoring.refusal import Refused
from scoring.rubric import Grade
from scoring.sheet import Sheet
from tests.paper.forms import EDITION, changed, filled_in, form, full, sheets
from tests.rendering import converted, needs_libreoffice, saved_again

SURE = settings(max_examples=20, deadline=None, derandomize=True, database=None)
NEW = Sheet(EDITION)
AGAIN = "请重新下载，只在浅黄色的格里填，再发回来。"


def read(data: bytes, made: Form, now: Sheet) -> Line:
    """What a workbook changes on a sheet that stands as it is now."""
    return sent_back.line(sent_back.read(data), made, now)


def refused(cells: dict[str, Any], sheet: Sheet = NEW, **said: Any) -> str:
    """Why a form with something else in these cells is refused."""
    made = form(sheet, **{"fills": Rater.SELF, **said})
    with pytest.raises(Refused) as why:
        read(filled_in(made, cells), made, sheet)
    return str(why.value)


@pytest.mark.slow
@SURE
@given(sheets(), st.integers(0, 2**32))
def test_a_good_one_changes_exactly_what_was_filled_in(sheet: Sheet, seed: int) -> None:
    luck, made = random.Random(seed), form(sheet, fills=Rater.SELF)
    cells: dict[str, Any] = {}
    wanted = sheet
    for item in luck.sample(EDITION.items, 5):
        row, points = item.number + 4, Decimal(luck.randint(0, int(item.points * 10))) / 10
        full = points == item.points
        cells |= {f"F{row}": float(points) if full else None, f"G{row}": None if full else float(points)}
        cells[f"J{row}"] = reason = (
            f"另有原因 {seed}" if EDITION.grade_of(item.number, points) is None else ""
        )
        wanted = wanted.pointed(item.number, points, reason)
    if not changes(sheet, wanted):
        return
    line = read(filled_in(made, cells), made, sheet)
    assert changes(sheet, line.applied(sheet)) == changes(sheet, wanted)


def test_what_was_marked_in_the_chat_meanwhile_is_not_put_back() -> None:
    made = form(full(), fills=Rater.SELF)
    now = full().graded(9, Grade.PASSED)
    line = read(filled_in(made, {"F5": None, "G5": 3.2}), form(now, fills=Rater.SELF), now)
    assert line.marks == (Said(1, Grade.PASSED, None, ""),)


def test_numbers_may_be_typed_as_texts_and_other_points_without_a_reason_need_one() -> None:
    made = form(NEW, fills=Rater.SELF)
    line = read(
        filled_in(made, {"F5": "4分", "G6": "３．５", "G7": 0, "G8": 2.5, "J8": "缺\n记录 ①（二）"}),
        made,
        NEW,
    )
    assert line.marks == (
        Said(1, Grade.EXCELLENT, None, ""),
        Said(2, None, Decimal("3.5"), ""),
        Said(3, Grade.FAILED, None, ""),
        Said(4, None, Decimal("2.5"), "缺 记录 ①（二）"),
    )
    assert line.needs_reason == (2,)


def test_a_reason_that_stands_is_kept_and_one_of_former_points_goes() -> None:
    stands = NEW.pointed(8, Decimal("3.5"), "缺记录")
    made = form(stands, fills=Rater.SELF)
    assert read(filled_in(made, {"G12": 2.5}), made, stands).marks == (
        Said(8, None, Decimal("2.5"), "缺记录"),
    )
    full = read(filled_in(made, {"G12": None, "F12": 4}), made, stands)
    assert full.marks == (Said(8, Grade.EXCELLENT, None, ""),)
    told = read(filled_in(made, {"J12": "缺两次"}), made, stands)
    assert told.marks == (Said(8, None, Decimal("3.5"), "缺两次"),)


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"G12": 9}, "G12：第 8 项最高 4 分，请填 0–4。"),
        ({"G12": -1}, "G12：得分不能小于 0，第 8 项请填 0–4。"),
        ({"G12": 3.55}, "G12：得分最多一位小数，第 8 项请填 0–4，例如 3.5。"),
        ({"G12": "优秀"}, "G12：没有看懂「优秀」，第 8 项请填 0–4 的数字，例如 3.5。"),
        ({"G12": True}, "G12：没有看懂，第 8 项请填 0–4 的数字。"),
        ({"G12": "=1+1"}, "G12：这里是公式，请直接填分值。"),
        ({"J12": "=1+1", "G12": 3}, "J12：这里是公式，请直接写原因。"),
        ({"F12": 4, "G12": 3.2}, "G12：第 8 项的优秀和合格都填了，请只留一个。"),
        ({"F12": 3.5}, "F12：优秀是满分 4 分；3.5 分请填在「合格」一栏（G12）。"),
        ({"G12": 4}, "G12：4 分是满分，请填在「优秀」一栏（F12）。"),
        ({"I12": 3.2}, "I12：「总支评价」这一栏不由您填，请恢复原样。"),
        ({"J12": "只有原因"}, "J12：写了原因，第 8 项还没有分值，请一起填上。"),
        ({"G12": 3, "J12": "长" * 201}, "J12：第 8 项的原因请控制在 200 字以内。"),
        ({"G12": 9, "G13": 9, "F15": 1}, "G12：第 8 项最高 4 分，请填 0–4（还有 2 处要改：G13、F15）。"),
        ({"B12": "别的要求"}, "B12：和下载时不一样。" + AGAIN),
        ({"E12": 5}, "E12：和下载时不一样。" + AGAIN),
        ({"F4": "合格"}, "F4：和下载时不一样。" + AGAIN),
        ({"A29": ""}, "A29：和下载时不一样。" + AGAIN),
        ({"A5": "别的类别", "F5": 4}, "A5：和下载时不一样。" + AGAIN),
        ({"E29": 99, "F5": 4}, "E29：和下载时不一样。" + AGAIN),
        ({"J4": None, "K4": "原因", "G12": 3.5, "K12": "缺记录"}, "J4：和下载时不一样。" + AGAIN),
        (
            {"A2": "支部名称：双龙校区党支部"},
            "A2：和这里的支部、学期不一样。请重新下载，只在浅黄色的格里填，再发回来。",
        ),
        (
            {"C2": "统计时间：上学期"},
            "C2：和这里的支部、学期不一样。请重新下载，只在浅黄色的格里填，再发回来。",
        ),
        ({}, sent_back.NOTHING),
        ({"K12": "别处"}, sent_back.NOTHING),
    ],
)
def test_what_is_wrong_is_said_with_its_cell(cells: dict[str, Any], why: str) -> None:
    assert refused(cells) == why


def test_a_mark_that_was_taken_out_is_asked_about_and_an_item_that_is_closed_stays() -> None:
    assert refused({"F12": None}, full()) == "F12：第 8 项原来的得分没有了；不改请恢复，要改请填新的分值。"
    back = full().submit(full().revision).returned([9], 1)
    assert refused({"F12": None, "G12": 3.2}, back) == (
        "F12：总支退回的是第 9 项，第 8 项不能改。这一项也要改的，请告诉党总支退回。"
    )


def test_a_row_that_was_inserted_or_deleted_is_noticed() -> None:
    made = form(NEW, fills=Rater.SELF)
    for edit in ("insert_rows", "delete_rows"):
        book, out = load_workbook(BytesIO(form_xlsx.workbook(made))), BytesIO()
        for area in list(book.worksheets[0].merged_cells.ranges):
            book.worksheets[0].unmerge_cells(str(area))
        getattr(book.worksheets[0], edit)(9)
        book.save(out)
        with pytest.raises(Refused, match=r"^B9：和下载时不一样"):
            read(out.getvalue(), made, NEW)


def repacked(data: bytes, **parts: bytes) -> bytes:
    """A workbook with other bytes in some of its parts."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, parts.get(name.rsplit("/")[-1].removesuffix(".xml"), source.read(name)))
    return out.getvalue()


ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><sst>&a;</sst>'


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        ({"sheet1": b"<worksheet>" + b" " * 5_000_000 + b"</worksheet>"}, sent_back.TOO_LARGE),
        ({"sharedStrings": ENTITY}, sent_back.UNREADABLE),
        ({"sharedStrings": ENTITY.decode().encode("utf-16")}, sent_back.UNREADABLE),
        ({"sheet1": b"<worksheet><sheetData>"}, sent_back.UNREADABLE),
        ({"workbook": b"no xml"}, sent_back.UNREADABLE),
    ],
)
def test_what_would_harm_its_reader_is_refused_before_it_is_unfolded(
    harm: dict[str, bytes], why: str
) -> None:
    data = form_xlsx.workbook(form(NEW, fills=Rater.SELF))
    with pytest.raises(Refused) as refusal:
        sent_back.read(repacked(data, **harm))
    assert str(refusal.value) == why


def test_a_merge_over_everything_and_a_cell_at_the_end_of_the_world_cost_nothing() -> None:
    made = form(NEW, fills=Rater.SELF)
    data = form_xlsx.workbook(made)
    with ZipFile(BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    sheet = sheet.replace("</sheetData>", far).replace("<mergeCells", '<mergeCells x="1"', 1)
    sheet = sheet.replace('<mergeCell ref="A1:I1"/>', '<mergeCell ref="A1:XFD1048576"/>')
    with pytest.raises(Refused, match=sent_back.NOTHING):
        read(repacked(data, sheet1=sheet.encode()), made, NEW)


def written(at: str, xml: str) -> bytes:
    """The workbook of an empty form with another cell in the place of one, as it stands in the file."""
    data = form_xlsx.workbook(form(NEW, fills=Rater.SELF))
    with ZipFile(BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    made, found = re.subn(rf'<c r="{at}"[^>]*/>', f'<c r="{at}"{xml}', sheet)
    assert found == 1
    return repacked(data, sheet1=made.encode())


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        ("><v>3.1999999999999997</v></c>", "3.2"),
        ("><v>3.2000000000000002</v></c>", "3.2"),
        ("><v>-0</v></c>", "0"),
        (' t="str"><v>3.2</v></c>', "3.2"),
        (
            ' t="inlineStr"><is><r><t>3.</t></r><r><t>２</t></r><rPh sb="0" eb="1"><t>9</t></rPh></is></c>',
            "3.2",
        ),
        (' t="inlineStr"><is><t>_x0009_3.2_x000D_</t></is></c>', "3.2"),
    ],
)
def test_a_number_is_read_as_excel_shows_it(xml: str, said: str) -> None:
    [mark] = read(written("G12", xml), form(NEW, fills=Rater.SELF), NEW).marks
    assert (mark.number, mark.grade) == (8, EDITION.grade_of(8, Decimal(said)))


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        ("><v>1e400</v></c>", "没有看懂「1e400」"),
        ("><v>1e999999999</v></c>", "没有看懂「1e999999999」"),
        ("><v>1e-999999999</v></c>", "没有看懂「1e-999999999」"),
        ("><v>NaN</v></c>", "没有看懂「NaN」"),
        ("><v>sNaN</v></c>", "没有看懂「sNaN」"),
        (f"><v>{'9' * 5000}</v></c>", "得分写得太长了"),
        ("><v>46000</v></c>", "第 8 项最高 4 分"),
        (' t="e"><v>#REF!</v></c>', "没有看懂「#REF!」"),
        (' t="d"><v>2026-03-05</v></c>', "没有看懂「2026-03-05」"),
        ("><f>1+1</f><v>2</v></c>", "这里是公式"),
        ('><f t="shared" si="0"/><v>2</v></c>', "这里是公式"),
    ],
)
def test_what_is_no_number_of_points_is_said_with_its_cell(xml: str, why: str) -> None:
    with pytest.raises(Refused, match=f"^G12：{re.escape(why)}"):
        read(written("G12", xml), form(NEW, fills=Rater.SELF), NEW)


@pytest.mark.parametrize(
    ("part", "tag", "unit"),
    [
        ("workbook", b"</sheets>", b'<sheet name="a" sheetId="9" r:id="rId1"/>'),
        ("styles", b"</fonts>", b"<font/>"),
        ("sharedStrings", b"</sst>", b"<si><r><t>a</t></r></si>"),
        ("sheet1", b"</row>", b"<c><v>1</v></c>"),
    ],
)
def test_what_is_said_many_times_is_looked_at_once(part: str, tag: bytes, unit: bytes) -> None:
    made = form(NEW, fills=Rater.SELF)
    data = form_xlsx.workbook(made)
    with ZipFile(BytesIO(data)) as archive:
        name = next(one for one in archive.namelist() if one.endswith(f"/{part}.xml"))
        content = archive.read(name).replace(tag, unit * (1_900_000 // len(unit)) + tag, 1)
    with pytest.raises(Refused, match=sent_back.NOTHING):
        read(repacked(data, **{part: content}), made, NEW)


def test_excels_strict_kind_of_workbook_is_read_too() -> None:
    made, kinds = (
        form(NEW, fills=Rater.SELF),
        (b"spreadsheetml/2006/main", b"officeDocument/2006/relationships"),
    )
    data = filled_in(made, {"F5": 4})
    with ZipFile(BytesIO(data)) as archive:
        parts = {name.rsplit("/")[-1].removesuffix(".xml"): archive.read(name) for name in archive.namelist()}
    for old, new in zip(kinds, (b"spreadsheetml/main", b"officeDocument/relationships"), strict=True):
        for name, content in parts.items():
            parts[name] = content.replace(
                b"http://schemas.openxmlformats.org/" + old, b"http://purl.oclc.org/ooxml/" + new
            )
    assert read(repacked(data, workbook=parts["workbook"], sheet1=parts["sheet1"]), made, NEW).marks == (
        Said(1, Grade.EXCELLENT, None, ""),
    )


def test_of_a_form_and_its_copy_in_one_file_neither_is_taken() -> None:
    made = form(NEW, fills=Rater.SELF)
    book, out = load_workbook(BytesIO(filled_in(made, {"F5": 4}))), BytesIO()
    book.copy_worksheet(book.worksheets[0])["F6"] = 4
    book.save(out)
    with pytest.raises(Refused, match=sent_back.SEVERAL):
        read(out.getvalue(), made, NEW)


def test_a_form_that_lost_its_properties_is_still_known_as_one() -> None:
    data = form_xlsx.workbook(form(NEW, fills=Rater.SELF))
    lost = repacked(data, custom=b"<Properties/>")
    assert sent_back.is_form(lost)
    with pytest.raises(Refused, match=sent_back.UNKNOWN):
        sent_back.read(lost)


def test_another_workbook_is_no_form_and_a_cut_off_or_changed_one_raises_nothing_else() -> None:
    out = BytesIO()
    Workbook().save(out)
    assert not sent_back.is_form(out.getvalue())
    assert not sent_back.is_form(b"PK\x03\x04nothing")
    assert sent_back.is_form(form_xlsx.workbook(form(NEW))), "one that nobody fills in is known, too"
    data = form_xlsx.workbook(form(NEW, fills=Rater.SELF))
    assert sent_back.is_form(data)
    luck = random.Random(51)
    for _ in range(60):
        broken = bytearray(data)
        for _ in range(luck.randint(1, 6)):
            broken[luck.randrange(len(broken))] = luck.randrange(256)
        with suppress(Refused):
            sent_back.read(bytes(broken[: luck.choice([len(data), luck.randrange(len(data))])]))


def test_a_form_of_another_edition_is_refused() -> None:
    data = form_xlsx.workbook(form(NEW, fills=Rater.SELF))
    with ZipFile(BytesIO(data)) as archive:
        custom = archive.read("docProps/custom.xml").replace(EDITION.key.encode(), b"jinsong_2018")
    with pytest.raises(Refused, match="评价表版本和现在的不一样"):
        read(repacked(data, custom=custom), form(NEW, fills=Rater.SELF), NEW)


@needs_libreoffice
@pytest.mark.slow
def test_libreoffice_saves_it_so_that_it_is_still_read(tmp_path: Path) -> None:
    stands = full().pointed(8, Decimal("3.5"), "缺记录")
    made = form(stands, full(Grade.PASSED), fills=Rater.SELF)
    again = saved_again(form_xlsx.workbook(made), "xlsx", tmp_path)
    assert sent_back.is_form(again)
    with pytest.raises(Refused, match=sent_back.NOTHING):
        read(again, made, stands)
    assert read(changed(again, {"F5": None, "G5": 3.2}), made, stands).marks == (
        Said(1, Grade.PASSED, None, ""),
    )


@needs_libreoffice
@pytest.mark.slow
@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_saved_as_something_else_it_says_what_to_do(ending: str, tmp_path: Path) -> None:
    saved = converted(form_xlsx.workbook(form(NEW, fills=Rater.SELF)), "xlsx", ending, tmp_path)
    assert sent_back.is_form(saved)
    with pytest.raises(Refused) as why:
        sent_back.read(saved)
    assert str(why.value) == sent_back.OTHER_FORMAT
    made = form(NEW, fills=Rater.SELF)
    with pytest.raises(Refused, match=sent_back.NOTHING):
        read(converted(saved, ending, "xlsx", tmp_path), made, NEW)
