"""A document for Word and WPS on A4: its fonts, its page, and the cells of its tables."""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from bot.files.names import KINDS

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Cell, _Row
    from docx.text.paragraph import Paragraph
    from docx.text.run import Run

MIME: Final = KINDS["docx"]["docx"]
SONG, FANG_SONG, HEI = "宋体", "仿宋", "黑体"  # where there are none, LibreOffice takes Noto or 思源


def new(
    title: str, made: datetime, *, across: bool = False, margins: tuple[float, float] = (15, 15)
) -> "Document":
    """An empty document on A4, upright or across; its margins in millimetres at the sides, and above and below."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.oxml.ns import qn
    from docx.shared import Mm

    document = Document()
    said = document.core_properties
    said.title, said.author, said.comments = title, "", ""
    said.created = said.modified = made.astimezone(UTC).replace(tzinfo=None)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Mm(297), Mm(210)) if across else (Mm(210), Mm(297))
    section.left_margin = section.right_margin = Mm(margins[0])
    section.top_margin = section.bottom_margin = Mm(margins[1])
    section.footer_distance = Mm(8)
    return document


def write(paragraph: "Paragraph", text: str, *, size: float, font: str = SONG, bold: bool = False) -> "Run":
    """Text at the end of a paragraph, which stands close to its neighbours."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(text)
    run.font.name, run.font.size, run.font.bold = font, Pt(size), bold
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return run


def put(cell: "_Cell", text: str, *, size: float, bold: bool = False, centred: bool = True) -> None:
    """A text as the content of a cell, a line of it a paragraph; its lines are as high whatever the font is."""
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.shared import Pt

    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    for n, line in enumerate(text.split("\n")):
        paragraph = cell.add_paragraph() if n else cell.paragraphs[0]
        if centred:
            middle(paragraph)
        write(paragraph, line, size=size, bold=bold)
        paragraph.paragraph_format.line_spacing = Pt(size * 1.3)


def middle(paragraph: "Paragraph") -> None:
    """Put a paragraph into the middle of its line."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def table(document: "Document", rows: int, widths: Sequence[float]) -> list[tuple["_Cell", ...]]:
    """A table with lines around its cells, its columns as wide in millimetres; its cells, row by row."""
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.shared import Mm

    made = document.add_table(rows, len(widths), style="Table Grid")
    made.autofit, made.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    _narrow(made)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Mm(width)
    for row in made.rows:
        _mark_row(row, "w:cantSplit")
    cells = [row.cells for row in made.rows]
    for row_of in cells:
        for cell, width in zip(row_of, widths, strict=True):
            cell.width = Mm(width)
    return cells


def _narrow(made: "Table") -> None:
    """Leave less room beside the text of each cell than Word does."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for side, twentieths in (("top", 20), ("left", 50), ("bottom", 20), ("right", 50)):  # of a point
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(twentieths))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    made._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption")


def repeat(document: "Document", rows: int) -> None:
    """Repeat the first rows of the last table on each page."""
    for row in document.tables[-1].rows[:rows]:
        _mark_row(row, "w:tblHeader")


def _mark_row(row: "_Row", name: str) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement(name))


def foot(document: "Document", left: str, right: str) -> None:
    """第 1 页 共 4 页, and something said at the foot of each page."""
    paragraph = document.sections[0].footer.paragraphs[0]
    write(paragraph, f"{left}　　第 ", size=8)
    _field(paragraph, "PAGE")
    write(paragraph, " 页 共 ", size=8)
    _field(paragraph, "NUMPAGES")
    write(paragraph, f" 页　　{right}", size=8)
    middle(paragraph)


def _field(paragraph: "Paragraph", code: str) -> None:
    """A number that Word reckons: https://learn.microsoft.com/openspecs/office_standards/ms-oi29500 (17.16)."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", "", "end"):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = code
        write(paragraph, "", size=8)._element.append(part)


def finished(document: "Document", made: datetime) -> bytes:
    """The document as a file; made at the same time of the same, it is the same."""
    written, out = BytesIO(), BytesIO()
    document.save(written)
    with ZipFile(written) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for entry in source.infolist():
            info = ZipInfo(entry.filename, made.timetuple()[:6])
            info.compress_type = ZIP_DEFLATED
            target.writestr(info, source.read(entry))
    return out.getvalue()
