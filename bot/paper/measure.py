"""How many lines a text takes, and where a table is cut: a workbook does not find that out by itself.

Chinese letters are as wide as they are high, all others count half. Whoever opens a file may have other fonts than
those that are named, so what is reckoned here leaves some room.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Final, TypeVar

T = TypeVar("T")
_LINE: Final = 1.45  # of the size of a letter: Noto and 思源 need that much, 宋体 less
_PADDING: Final = 5.0  # points, above and below together
_SIDES: Final = 2.2  # millimetres, left and right together
_MM: Final = 72 / 25.4  # points


def lines(text: str, width: float, size: float) -> int:
    """How many lines a text takes in a cell of a width in millimetres, its letters of a size in points."""
    fits = max((width - _SIDES) * _MM / size - 1, 1)  # a line may end early, for no line begins with a comma
    return sum(max(ceil(_letters(part) / fits), 1) for part in text.split("\n"))


def height(cells: Iterable[tuple[str, float]], size: float) -> float:
    """The height in points of a row of (text, width in millimetres)."""
    return max(lines(text, width, size) for text, width in cells) * size * _LINE + _PADDING


def _letters(text: str) -> float:
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.55 for c in text)


def pages(rows: Sequence[tuple[T, float]], first: float, others: float) -> list[list[T]]:
    """Rows with their heights, page by page: as many as there is room for on the first page and on the others."""
    made: list[list[T]] = [[]]
    room = first
    for row, high in rows:
        if made[-1] and high > room:
            made.append([])
            room = others
        made[-1].append(row)
        room -= high
    return made
