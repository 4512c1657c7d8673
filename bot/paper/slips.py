"""邀请码单: eight slips on a page of A4, to be cut along the broken lines; each says for whom its code is and how to
come in by it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Final

from bot.message import Made
from bot.paper import desk, word
from bot.paper.charts import Slip

if TYPE_CHECKING:
    from docx.table import Table, _Cell

MIME: Final = word.MIME
_ROWS: Final = 4  # on a page, of two slips each
_HIGH, _TEXT, _CODE = 66.0, 59.0, 36.0  # millimetres: a slip, its text, its QR code
_LONG: Final = 12  # signs of a name that fill a line of large letters
_CUT: Final = 'w:val="dashed" w:sz="6" w:space="0" w:color="808080"'


def sheet(slips: Sequence[Slip], title: str, made: datetime) -> Made:
    """The slips as a file that is made when it is fetched; nothing of a code stands in its name."""
    named = hashlib.sha256(repr(slips).encode()).hexdigest()
    return Made(f"docx {named}", partial(desk.made, partial(document, slips, title, made)))


def document(slips: Sequence[Slip], title: str, made: datetime) -> bytes:
    """The slips as a file of Word."""
    from docx.shared import Mm, Pt

    document = word.new(title, made, margins=(10, 14))
    table = document.add_table(rows=-(-len(slips) // 2), cols=4)
    _lay_out(table)
    for row in table.rows:
        row.height = Mm(_HIGH)
    for n, slip in enumerate(slips):
        cells = table.rows[n // 2].cells  # four of them are made anew each time that they are asked for
        _write(cells[n % 2 * 2], slip)
        _draw(cells[n % 2 * 2 + 1], slip)
    last = document.add_paragraph()  # without one behind its last table Word mends a document
    word.write(last, "", size=1)
    last.paragraph_format.line_spacing = Pt(1)
    return word.finished(document, made)


def _lay_out(table: "Table") -> None:
    """Broken lines around each slip and none between its text and its QR code; no row is cut by a page."""
    from docx.enum.table import WD_ROW_HEIGHT_RULE
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls
    from docx.shared import Mm

    table.autofit = False
    for column, width in zip(table.columns, (_TEXT, _CODE) * 2, strict=True):
        column.width = Mm(width)  # LibreOffice goes by this, Word by that of the cells
    sides = "".join(f"<w:{side} {_CUT}/>" for side in ("top", "left", "bottom", "right", "insideH"))
    table._tbl.tblPr.append(parse_xml(f"<w:tblBorders {nsdecls('w')}>{sides}</w:tblBorders>"))
    for row in table.rows:
        row.height_rule = WD_ROW_HEIGHT_RULE.EXACTLY
        row._tr.get_or_add_trPr().append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
        for n, (cell, width) in enumerate(zip(row.cells, (_TEXT, _CODE) * 2, strict=True)):
            cell.width = Mm(width)
            if n == 1:
                line = f"<w:tcBorders {nsdecls('w')}><w:right {_CUT}/></w:tcBorders>"
                cell._tc.get_or_add_tcPr().append(parse_xml(line))


def _write(cell: "_Cell", slip: Slip) -> None:
    from docx.enum.table import WD_ALIGN_VERTICAL

    cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    said = [
        (slip.committee, 8.0, False),
        *((text, 10.0 if n or len(text) > _LONG else 13.0, n == 0) for n, text in enumerate(slip.whom)),
        (slip.what, 8.0, False),
        (slip.spaced, 17.0, True),
        (slip.until, 9.0, False),
        *((way, 9.0, False) for way in slip.ways),
    ]
    for n, (text, size, bold) in enumerate(said):
        paragraph = cell.paragraphs[0] if n == 0 else cell.add_paragraph()
        word.write(paragraph, text, size=size, bold=bold, font=word.HEI if bold else word.SONG)


def _draw(cell: "_Cell", slip: Slip) -> None:
    from docx.enum.table import WD_ALIGN_VERTICAL
    from docx.shared import Mm

    cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    word.middle(cell.paragraphs[0])
    cell.paragraphs[0].add_run().add_picture(BytesIO(qr(slip.leads)), width=Mm(_CODE - 6))
    word.write(below := cell.add_paragraph(), slip.scan, size=8)
    word.middle(below)


def qr(text: str) -> bytes:
    """A QR code as PNG."""
    import segno

    out = BytesIO()
    segno.make(text, error="m").save(out, kind="png", scale=8, border=3)
    return out.getvalue()
