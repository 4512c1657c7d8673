"""Pictures of what screens say: 雷达图, 走势图, 排名图, as PNG for a phone.

A chart is what is drawn: its texts as the screens print them, and the values that decide where things stand. The same
chart gives the same bytes. It is drawn when it is sent, not when its screen is, and a few are kept.
"""

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, partial

from bot.paper import desk

MIME = "image/png"
WIDTH = 1080  # pixels; a phone shows it at a third of that
KEPT = 32  # drawn charts, of some 60 to 200 KB each


@dataclass(frozen=True, slots=True)
class Spoke:
    """A category of 雷达图: how much of its points was earned and, where it is known, is in the mean (0..1)."""

    name: str
    said: str
    own: Fraction
    mean: Fraction | None


@dataclass(frozen=True, slots=True)
class Point:
    """A term of 走势图: what stands below it, its total, what is said of it."""

    term: tuple[str, ...]
    total: Decimal
    said: tuple[str, ...]
    joined: bool
    """Whether it may be compared with the one before: a line joins them."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A branch of 排名图; `firm`: its points are official, not 预计."""

    name: str
    said: str
    points: Decimal
    firm: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """A line across a chart: from these points on a total has its stars, or below them a category is weak."""

    said: str
    points: Decimal


class _Drawn:
    """What all charts can do."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """Names what the picture shows: other values, another name."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def read_bytes(self) -> bytes:
        """The picture as PNG. Blocks while it is drawn."""
        return desk.made(partial(_png, self))


@dataclass(frozen=True, slots=True)
class Radar(_Drawn):
    """雷达图: the categories of a branch, beside the mean where it is known; below `weak` (0..1) one is weak."""

    title: str
    term: str
    kind: str
    spokes: tuple[Spoke, ...]
    weak: Fraction


@dataclass(frozen=True, slots=True)
class OverTerms(_Drawn):
    """走势图: the totals of a branch, the oldest first."""

    title: str
    points: tuple[Point, ...]
    limits: tuple[Limit, ...]
    of: Decimal


@dataclass(frozen=True, slots=True)
class Table(_Drawn):
    """排名图: a bar for each branch, in the order of the table."""

    title: str
    bars: tuple[Bar, ...]
    limits: tuple[Limit, ...]
    of: Decimal


@dataclass(frozen=True, slots=True)
class Slip(_Drawn):
    """An invitation that is handed on: `whom` it is for (who, if said; branch, role), until when, how to come in.

    `leads`: what its QR code says, a link or the code alone; `scan`: what that is good for. `what` the code is called.
    """

    committee: str
    whom: tuple[str, ...]
    code: str
    until: str
    ways: tuple[str, ...]
    leads: str
    scan: str
    what: str = "邀请码"

    @property
    def spaced(self) -> str:
        """The code as it is easily read off: ABCD 2345."""
        return f"{self.code[:4]} {self.code[4:]}"


@lru_cache(maxsize=KEPT)
def _png(chart: _Drawn) -> bytes:
    desk.for_good("bot.paper.drawing")  # late: what draws takes half a second to load, and 50 MB
    from bot.paper import drawing

    match chart:
        case Radar():
            return drawing.radar(chart)
        case OverTerms():
            return drawing.over_terms(chart)
        case Table():
            return drawing.table(chart)
        case Slip():
            return drawing.slip(chart)
        case _:
            raise TypeError(chart)
