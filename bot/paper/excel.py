"""A workbook for Excel and WPS that is printed on A4: its looks, its page, and text that stays text.

No text becomes a formula, a link or a number, and none is read as one where somebody types on in its cell.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from bot.files.names import KINDS
from bot.paper import desk

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MIME: Final = KINDS["xlsx"]["xlsx"]
FONT, SIZE = "宋体", 10  # where there is none, LibreOffice takes Noto or 思源
_A4: Final = 9


class Looks:
    """What cells look like, each look made once."""

    def __init__(self, book: "Workbook") -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __call__(self, **look: Any) -> "Format":
        """The look of this name, on top of what all cells have."""
        key = tuple(sorted(look.items()))
        if key not in self._made:
            every = {"font_name": FONT, "font_size": SIZE, "valign": "vcenter", "text_wrap": True}
            self._made[key] = self._book.add_format({**every, "quote_prefix": True, **look})
        return self._made[key]


def new(out: BytesIO, title: str, made: datetime) -> "Workbook":
    """An empty workbook."""
    desk.for_good("xlsxwriter")
    from xlsxwriter import Workbook

    meaning = ("strings_to_formulas", "strings_to_urls", "strings_to_numbers")
    book = Workbook(out, {"in_memory": True, **dict.fromkeys(meaning, False)})
    book.set_properties({"title": title, "created": made.astimezone(UTC).replace(tzinfo=None)})
    return book


def page(sheet: "Worksheet", widths: Sequence[float], footer: tuple[str, str]) -> None:
    """A4, as wide as the table (columns in millimetres), the pages counted, and something said at the foot of each.

    A machine without the named fonts has wider columns: so it is told to fit one page. In a footer & begins a command,
    such as &P or &G; what people wrote has a full-width one instead, as Excel's own && still means a picture to others.
    """
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.75)
    sheet.center_horizontally()
    sheet.fit_to_pages(1, 0)
    sheet.print_black_and_white()
    left, right = (text.replace("&", "＆") for text in footer)
    sheet.set_footer(f'&L&"{FONT}"&8 {left}&C&"{FONT}"&8 第 &P 页 共 &N 页&R&"{FONT}"&8 {right}')
    for column, width in enumerate(widths):
        sheet.set_column_pixels(column, column, round(width / 25.4 * 96))


def merged(sheet: "Worksheet", area: tuple[int, int, int, int], text: str, look: "Format") -> None:
    """A text over an area: first row and column, last row and column."""
    if area[:2] != area[2:]:
        sheet.merge_range(*area, "", look)
    sheet.write_string(area[0], area[1], text, look)
