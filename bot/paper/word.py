"""A document for Word and WPS on A4: its fonts, its page, and the cells of its tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from bot.files.names import KINDS
from bot.paper import desk
from bot.paper.texts import inert

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph
    from docx.text.run import Run

MIME: Final = KINDS["docx"]["docx"]
SIZE: Final = 9.5  # points of the letters of a page that holds much
_SIGN: Final = 3.5  # millimetres that a sign of this size takes, and some room
_ONE_LINE: Final = 90.0  # millimetres of a column
SONG, FANG_SONG, HEI = "宋体", "仿宋", "黑体"  # where there are none, LibreOffice takes Noto or 思源


def new(
    title: str, made: datetime, *, across: bool = False, margins: tuple[float, float] = (15, 15)
) -> "Document":
    """An empty document on A4, upright or across; its margins in millimetres at the sides, and above and below."""
    desk.for_good("docx")
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


def middle(paragraph: "Paragraph") -> None:
    """Put a paragraph into the middle of its line."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: each line of its text is a paragraph, and as high whatever the font is.

    `size`: of letters, in points. `across`: how many columns it covers.
    """

    text: str
    size: float
    bold: bool = False
    centred: bool = True
    across: int = 1


def table(
    document: "Document", rows: Sequence[Sequence[Cell | None]], widths: Sequence[float], *, heads: int
) -> None:
    """A table with lines around its cells, its columns as wide in millimetres; its first rows stand on each page.

    None: the cell above goes on in this column. It is written as text, for python-docx takes half a millisecond a cell;
    the elements and their order: ECMA-376, part 1, 17.4.
    """
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    twentieths = [round(width / 25.4 * 1440) for width in widths]  # of a point
    grid = "".join(f'<w:gridCol w:w="{wide}"/>' for wide in twentieths)
    said = "".join(
        _row(row, below, twentieths, head=n < heads)
        for n, (row, below) in enumerate(zip(rows, [*rows[1:], ()], strict=True))
    )
    made = parse_xml(f"<w:tbl {nsdecls('w')}>{_LOOK}<w:tblGrid>{grid}</w:tblGrid>{said}</w:tbl>")
    document.element.body[-1].addprevious(made)


# Less room beside the text of each cell than Word leaves.
_LOOK: Final = (
    '<w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:type="auto" w:w="0"/><w:jc w:val="center"/>'
    '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="20" w:type="dxa"/><w:left w:w="50" w:type="dxa"/>'
    '<w:bottom w:w="20" w:type="dxa"/><w:right w:w="50" w:type="dxa"/></w:tblCellMar>'
    '<w:tblLook w:val="04A0" w:firstRow="1" w:lastRow="0" w:firstColumn="1" w:lastColumn="0" w:noHBand="0"'
    ' w:noVBand="1"/></w:tblPr>'
)


def _row(
    row: Sequence[Cell | None], below: Sequence[Cell | None], widths: Sequence[int], *, head: bool
) -> str:
    goes_on = {column for column, cell in _placed(below) if cell is None}
    cells = (
        _cell(cell, sum(widths[column : column + (cell.across if cell else 1)]), goes_on=column in goes_on)
        for column, cell in _placed(row)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' * head}</w:trPr>{''.join(cells)}</w:tr>"


def _placed(row: Sequence[Cell | None]) -> Iterator[tuple[int, Cell | None]]:
    """Each cell with the column in which it begins."""
    column = 0
    for cell in row:
        yield column, cell
        column += cell.across if cell else 1


def _cell(cell: Cell | None, width: int, *, goes_on: bool) -> str:
    wide = f'<w:tcW w:w="{width}" w:type="dxa"/>'
    if cell is None:
        return f"<w:tc><w:tcPr>{wide}<w:vMerge/></w:tcPr><w:p/></w:tc>"
    across = f'<w:gridSpan w:val="{cell.across}"/>' if cell.across > 1 else ""
    down = '<w:vMerge w:val="restart"/>' if goes_on else ""
    begins = (
        f'<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="{round(cell.size * 26)}" w:lineRule="exact"/>'
        f"{_CENTRED * cell.centred}</w:pPr><w:r><w:rPr>{_FONT}{'<w:b/>' * cell.bold}"
        f'<w:sz w:val="{round(cell.size * 2)}"/></w:rPr><w:t xml:space="preserve">'
    )
    text = "".join(f"{begins}{escape(line)}</w:t></w:r></w:p>" for line in cell.text.split("\n"))
    return f'<w:tc><w:tcPr>{wide}{across}{down}<w:vAlign w:val="center"/></w:tcPr>{text}</w:tc>'


_CENTRED: Final = '<w:jc w:val="center"/>'
_FONT: Final = f'<w:rFonts w:ascii="{SONG}" w:hAnsi="{SONG}" w:eastAsia="{SONG}"/>'


def heading(document: "Document", text: str) -> None:
    """The head of a part of a page."""
    from docx.shared import Pt

    write(paragraph := document.add_paragraph(), text, size=11, bold=True, font=HEI)
    paragraph.paragraph_format.space_before = Pt(7)


def part(
    document: "Document",
    head: str,
    columns: Sequence[tuple[str, float]],
    rows: Sequence[Sequence[str]],
    nothing: str,
) -> None:
    """A part of a page: its head, and a table of columns with their widths; or that there is nothing."""
    heading(document, head)
    if not rows:
        write(document.add_paragraph(), nothing, size=SIZE)
        return
    heads = [Cell(name, SIZE, bold=True) for name, _ in columns]
    widths = [width for _, width in columns]
    cells = [
        [
            Cell(cut(inert(said), width), SIZE, centred=n > 0)
            for n, (said, width) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    ]
    table(document, [heads, *cells], widths, heads=1)


def cut(text: str, width: float) -> str:
    """As much of a text as two lines of a column hold; one line of a wide one."""
    fits = int(width / _SIGN) * (1 if width >= _ONE_LINE else 2)
    return text if len(text) <= fits else f"{text[: fits - 1]}…"


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
