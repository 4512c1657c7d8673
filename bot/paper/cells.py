"""What stands in the cells of a workbook that somebody sent: read part by part, and of each no more than it can need.

A library reads a workbook as a whole: of 20 kB that name one sheet a hundred thousand times it makes minutes. Here only
five parts are looked at, each once, and what is read grows as they do. https://ecma-international.org/publications-and-standards/standards/ecma-376/
(part 1, 18: SpreadsheetML); names are compared without their namespaces, of which there are two.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import Final
from xml.etree.ElementTree import Element, XMLParser
from zipfile import ZipFile

LARGEST: Final = 4 * 1024**2  # bytes of a workbook; ours have 13 kB, and Excel's own twice that
ENTRIES: Final = 200  # parts of a workbook; ours have 12
_PART: Final = 2 * 1024**2  # bytes of a part unpacked; ours have 50 kB
_DIGITS: Final = 15  # of a number, which is all that Excel keeps and shows
_POWER: Final = 99  # of ten, in a number that anybody types: written out, a larger one fills the memory
_CELL: Final = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_ESCAPED: Final = re.compile(
    "_x(00(?:[01][0-9A-Fa-f]|5[Ff]))_"
)  # part 1, 22.9.2.19: what no XML may hold, and _ where it would be read as such

At = tuple[int, int]


class Formula(str):
    """What is reckoned from other cells."""

    __slots__ = ()


Value = str | Decimal | bool | Formula


@dataclass(frozen=True, slots=True)
class Book:
    """The custom properties of a workbook, the names of its sheets, and what stands in the cells of one of them, by row
    and column from 0."""

    properties: Mapping[str, str]
    sheets: tuple[str, ...]
    cells: Mapping[At, Value]


class TooLargeError(Exception):
    """A workbook holds more than anybody fills in."""


def crowded(data: bytes) -> bool:
    """Whether a zip has more entries than a workbook does: each costs its reader half a kB."""
    return data.count(b"PK\x01\x02") > ENTRIES


def read(data: bytes, sheet: str, rows: int, columns: int) -> Book:
    """The properties and, of the sheet of this name, the first rows and columns.

    Raises TooLargeError, and whatever else a damaged or hostile workbook can be made to do to its reader.
    """
    if len(data) > LARGEST or crowded(data):
        raise TooLargeError
    with ZipFile(BytesIO(data)) as archive:
        properties = {
            said.get("name", ""): "".join(said.itertext())
            for name in ("docProps/custom.xml",)
            if name in archive.NameToInfo
            for said in _all(_part(archive, name), "property")
        }
        listed = {
            one.get("name", ""): _related(one) for one in _all(_part(archive, "xl/workbook.xml"), "sheet")
        }
        cells: dict[At, Value] = {}
        if sheet in listed:
            ways = _part(archive, "xl/_rels/workbook.xml.rels")
            [target] = (
                w.get("Target", "") for w in _all(ways, "Relationship") if w.get("Id") == listed[sheet]
            )
            texts = _texts(archive) if "xl/sharedStrings.xml" in archive.NameToInfo else []
            place = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            cells = dict(_cells(_part(archive, place), texts, rows, columns))
    return Book(properties, tuple(listed), cells)


def _part(archive: ZipFile, name: str) -> Element:
    """A part, if it is no larger than it may be and defines no entities."""
    with archive.open(name) as part:
        content = part.read(_PART + 1)
    if len(content) > _PART:
        raise TooLargeError
    if b"<!DOCTYPE" in content.replace(b"\x00", b""):  # it may be UTF-16
        raise ValueError(name)
    parser = XMLParser()  # noqa: S314  entities are what is wrong with it, and there are none
    parser.feed(content)
    made: Element = parser.close()
    return made


def _called(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _all(root: Element, name: str) -> Iterator[Element]:
    return (one for one in root.iter() if _called(one) == name)


def _related(sheet: Element) -> str:
    """r:id, in either namespace."""
    return next((value for name, value in sheet.items() if name.endswith("}id")), "")


def _texts(archive: ZipFile) -> list[str]:
    """The texts that cells share, by their number."""
    return [_text(one) for one in _part(archive, "xl/sharedStrings.xml") if _called(one) == "si"]


def _text(rich: Element) -> str:
    """What is written, in however many fonts, without how it is pronounced (rPh)."""
    pieces = (
        piece
        for one in rich
        for piece in ([one] if _called(one) == "t" else one if _called(one) == "r" else ())
    )
    said = "".join(piece.text or "" for piece in pieces if _called(piece) == "t")
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), said)


def _cells(root: Element, texts: list[str], rows: int, columns: int) -> Iterator[tuple[At, Value]]:
    for data in root:
        if _called(data) != "sheetData":
            continue
        row = -1
        for line in data:
            row = int(line.get("r", row + 2)) - 1
            column = -1
            for one in line if row < rows else ():
                row, column = _at(one, row, column)
                if row < rows and column < columns and (value := _value(one, texts)) not in (None, ""):
                    yield (row, column), value


def _at(cell: Element, row: int, before: int) -> At:
    """Where a cell stands: as it says, or behind the one before it."""
    if not (found := _CELL.fullmatch(cell.get("r", ""))):
        return row, before + 1
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, column - 1


def _value(cell: Element, texts: list[str]) -> Value | None:
    inside = {_called(one): one for one in cell}
    kind, said = cell.get("t", "n"), inside["v"].text or "" if "v" in inside else ""
    if "f" in inside:
        return Formula(f"={inside['f'].text or ''}")
    if kind == "inlineStr":
        return _text(inside["is"]) if "is" in inside else ""
    if not said:
        return None
    if kind == "s":
        return texts[int(said)]
    if kind == "b":
        return said.strip() == "1"
    return _number(said) if kind == "n" else said


def _number(said: str) -> Decimal | str:
    """A number as Excel shows it: 3.2 for 3.1999999999999997; what is none stays as it is written."""
    try:
        number = Decimal(said)
    except InvalidOperation:
        return said
    fit = number.is_finite() and abs(number.adjusted()) <= _POWER
    return Decimal(f"{number:.{_DIGITS}g}") if fit else said
