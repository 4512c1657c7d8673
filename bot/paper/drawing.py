"""How charts are drawn: one card of its own colours, which reads on a light page and on a dark one.

Places are pixels from the top left corner. Nothing is told by colour alone: what is a branch's own is a whole line with
discs, the mean a broken one with squares, and what is 预计 is hatched. Red and blue differ for every kind of sight.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from io import BytesIO
from itertools import groupby
from math import cos, pi, sin
from typing import Any

import segno
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontPath, FontProperties, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from PIL import Image

from bot.paper.charts import WIDTH, Limit, OverTerms, Radar, Slip, Table

CARD, INK, SOFT, GRID = "#fffdfa", "#221d19", "#5f564d", "#d9cfc2"
OWN, MEAN, LIMIT, PALE = "#a3201d", "#1f4f91", "#6b4a0a", "#f2dedb"
EDGE = 40  # pixels left free at the sides
LARGE, BIG, SMALL = 52, 46, 40  # pixels: 16, 14 and 12 of a phone's
SIMPLIFIED = 2  # the face of the collection that has the shapes of simplified Chinese
FONT = FontPath(str(files("noto_cjk_sans_otc") / "NotoSansCJK-Regular.ttc"), SIMPLIFIED)
DPI = 100
COLOURS = 64
STRIP = 512  # lines of a picture that get their colours at a time


class _Card:
    """A sheet of so many pixels, on which is drawn."""

    def __init__(self, height: int, title: str) -> None:
        figure = Figure(figsize=(WIDTH / DPI, height / DPI), dpi=DPI, facecolor=CARD)
        self._canvas: Any = FigureCanvasAgg(figure)  # some of its methods have no types
        self._axes: Axes = figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(height, 0)
        self._axes.axis("off")
        self._axes.add_artist(
            Rectangle((2, 2), WIDTH - 4, height - 4, fill=False, edgecolor=GRID, linewidth=3)
        )
        self.text(EDGE, 62, self.fitted(title, WIDTH - 2 * EDGE, LARGE), LARGE)

    def text(self, x: float, y: float, said: str, size: float = BIG, **how: Any) -> None:
        """One line of text; its middle is at this height, and it begins here unless it is aligned otherwise."""
        said = _known(said)
        how = {"color": INK, "ha": "left", "va": "center_baseline", **how}
        self._axes.text(x, y, said, fontproperties=_font(size), parse_math=False, **how)

    def line(self, points: Sequence[tuple[float, float]], **how: Any) -> None:
        """A line through these points."""
        xs, ys = zip(*points, strict=True)
        self._axes.add_line(Line2D(xs, ys, **how))

    def ticks(self, points: Sequence[tuple[float, float]], top: float, bottom: float, **how: Any) -> None:
        """Short upright lines below these points, from so far to so far, drawn in one go."""
        if points:
            xs, ys = zip(*points, strict=True)
            self._axes.vlines(xs, [y + top for y in ys], [y + bottom for y in ys], **how)

    def area(self, points: Sequence[tuple[float, float]], **how: Any) -> None:
        """A closed outline through these points."""
        self._axes.add_patch(Polygon(list(points), closed=True, **how))

    def bar(self, x: float, y: float, width: float, height: float, **how: Any) -> None:
        """A rectangle from its top left corner."""
        self._axes.add_patch(Rectangle((x, y), width, height, **how))

    def width(self, said: str, size: float) -> float:
        """How wide a text is."""
        renderer = self._canvas.get_renderer()
        return float(renderer.get_text_width_height_descent(_known(said), _font(size), ismath=False)[0])

    def fitted(self, said: str, most: float, size: float) -> str:
        """The text, cut where it is wider than that."""
        if len(said) * size <= most or self.width(said, size) <= most:  # none is wider than its height
            return said
        wide = bisect(range(1, len(said)), most, key=lambda signs: self.width(f"{said[:signs]}…", size))
        return f"{said[:wide]}…"

    def png(self) -> bytes:
        """The picture in few colours, a third of the size; there is no date in it, so that it is always the same."""
        self._canvas.draw()
        size = self._canvas.get_width_height()
        drawn = Image.frombuffer("RGBA", size, self._canvas.buffer_rgba())
        third = drawn.resize((size[0] // 3, size[1] // 3), Image.Resampling.NEAREST).convert("RGB")
        colours = third.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few = Image.new("P", size)
        few.putpalette(colours.getpalette() or [])
        for top in range(0, size[1], STRIP):  # 50 branches are 26 MB: no second one of them
            strip = drawn.crop((0, top, size[0], min(top + STRIP, size[1]))).convert("RGB")
            few.paste(strip.quantize(palette=colours, dither=Image.Dither.NONE), (0, top))
        out = BytesIO()
        few.save(out, "PNG")
        return out.getvalue()


def _known(said: str) -> str:
    """The text without what the font has no sign for (😀): a name may have anything in it."""
    font = get_font(FONT)  # one for each thread
    return "".join(sign for sign in said if font.get_char_index(ord(sign)))


def _font(pixels: float) -> FontProperties:
    return FontProperties(fname=FONT, size=pixels * 72 / DPI)


def _floor(values: Sequence[Fraction | Decimal], step: int, most: int) -> int:
    """Where a scale begins: a multiple of `step` that leaves a whole one or more below the least value."""
    least = min((Fraction(value) for value in values), default=Fraction(most + step))
    return max(0, min(most, int((least - step) // step) * step))


# --- 雷达图 -------------------------------------------------------------------------------------------------------

RADIUS, CENTRE = 320, (WIDTH / 2, 740)


def radar(chart: Radar) -> bytes:
    """A spoke for each category, from the least that the scale shows in the centre to all its points."""
    card = _Card(1320, chart.title)
    every = [rate * 100 for spoke in chart.spokes for rate in (spoke.own, spoke.mean) if rate is not None]
    least = _floor(every, 20, 60)
    ways = [pi / 2 - 2 * pi * n / len(chart.spokes) for n in range(len(chart.spokes))]

    def at(way: float, rate: Fraction) -> tuple[float, float]:
        reach = RADIUS * float((rate * 100 - least) / (100 - least))
        return CENTRE[0] + reach * cos(way), CENTRE[1] - reach * sin(way)

    for level in range(least + 20, 101, 20):
        card.area([at(way, Fraction(level, 100)) for way in ways], fill=False, edgecolor=GRID, linewidth=2)
    for way in ways:
        card.line([CENTRE, at(way, Fraction(1))], color=GRID, linewidth=2)
    if chart.weak * 100 > least:
        outline = [at(way, chart.weak) for way in ways]
        card.area(outline, fill=False, edgecolor=LIMIT, linewidth=2.5, linestyle=(0, (1.5, 2)))
    means = [
        (way, spoke.mean) for way, spoke in zip(ways, chart.spokes, strict=True) if spoke.mean is not None
    ]
    own = [at(way, spoke.own) for way, spoke in zip(ways, chart.spokes, strict=True)]
    card.area(own, facecolor=OWN, alpha=0.16)
    if means:
        _mean(card, [at(way, rate) for way, rate in means])
    _own(card, own)
    for level in range(least + 20 * (least == 0), 101, 20):
        x, y = at(pi / 2, Fraction(level, 100))
        card.text(x + 12, y + (0 if level < 100 else 14), f"{level} %", 28, color=SOFT)
    _names(card, chart, [at(way, Fraction(1)) for way in ways], ways)
    card.text(EDGE, 132, card.fitted(chart.term, WIDTH - 2 * EDGE, SMALL), SMALL, color=SOFT)
    _legend(card, chart.kind, bool(means))
    says = f"⚠ 薄弱：低于点线（{_percent(chart.weak)}）"
    card.text(EDGE, 1272, f"{says}；圆心 {least} %" if least else says, SMALL, color=SOFT)
    return card.png()


def _percent(rate: Fraction) -> str:
    return f"{float(rate * 100):g} %"


def _mean(card: _Card, points: Sequence[tuple[float, float]]) -> None:
    closed = [*points, points[0]]
    look = {"markersize": 13, "markerfacecolor": CARD, "markeredgewidth": 3}
    card.line(closed, color=MEAN, linewidth=4, linestyle=(0, (4, 2)), marker="s", **look)


def _own(card: _Card, points: Sequence[tuple[float, float]]) -> None:
    card.line([*points, points[0]], color=OWN, linewidth=5, marker="o", markersize=14)


def _legend(card: _Card, kind: str, mean: bool) -> None:
    y = 205
    card.line([(EDGE, y), (EDGE + 90, y)], color=OWN, linewidth=5, marker="o", markersize=14)
    card.text(EDGE + 110, y, kind)
    if mean:
        x = EDGE + 150 + card.width(kind, BIG) + 40
        look = {"markersize": 13, "markerfacecolor": CARD, "markeredgewidth": 3}
        card.line([(x, y), (x + 90, y)], color=MEAN, linewidth=4, linestyle=(0, (4, 2)), marker="s", **look)
        card.text(x + 110, y, "平均")


def _names(card: _Card, chart: Radar, ends: Sequence[tuple[float, float]], ways: Sequence[float]) -> None:
    """Each category at its end, with what is said of it: left and right at the edges, where there is room."""
    for spoke, (x, y), way in zip(chart.spokes, ends, ways, strict=True):
        side = 0 if abs(cos(way)) < 0.1 else 1 if cos(way) > 0 else -1
        x, align = ((x, "center"), (WIDTH - EDGE, "right"), (EDGE, "left"))[side]
        middle = y - 72 - 18 * abs(side) if sin(way) > -0.1 else y + 72 + 18 * abs(side)
        most = WIDTH / 2 if side == 0 else WIDTH / 2 - EDGE - 30
        card.text(x, middle - 25, card.fitted(spoke.name, most, BIG), ha=align)
        card.text(x, middle + 27, card.fitted(spoke.said, most, SMALL), SMALL, ha=align)


# --- 走势图 -------------------------------------------------------------------------------------------------------


def over_terms(chart: OverTerms) -> bytes:
    """A point for each term from left to right; a line joins those that may be compared."""
    card = _Card(940, chart.title)
    left, right, top, bottom = 110, WIDTH - 110, 285, 800
    of = int(chart.of)
    least = _floor([point.total for point in chart.points], 10, max(0, of - 30))
    tight = len(chart.points) > 6

    def height(points: Decimal) -> float:
        return bottom - (bottom - top) * float((points - least) / (chart.of - least))

    step = (right - left) / max(1, len(chart.points) - 1)
    xs = [left + step * n for n in range(len(chart.points))] if len(chart.points) > 1 else [WIDTH / 2]
    card.line([(EDGE, bottom), (WIDTH - EDGE, bottom)], color=SOFT, linewidth=3)
    card.text(EDGE, bottom - 24, f"{least}", 28, color=SOFT)
    for limit in chart.limits:
        if limit.points > least:
            y = height(limit.points)
            card.line([(EDGE, y), (WIDTH - EDGE, y)], color=LIMIT, linewidth=2.5, linestyle=(0, (1.5, 2)))
    for n, (x, point) in enumerate(zip(xs, chart.points, strict=True)):
        if n and point.joined:
            before = (xs[n - 1], height(chart.points[n - 1].total))
            card.line([before, (x, height(point.total))], color=OWN, linewidth=5)
    for n, (x, point) in enumerate(zip(xs, chart.points, strict=True)):
        y = height(point.total)
        card.line([(x, y)], color=OWN, marker="o", markersize=16)
        beside = [one.total for one in chart.points[max(0, n - 1) : n + 2] if one is not point]
        up = bool(beside) and min(beside) > point.total  # both lines go up from here
        under = up and y + 46 * (len(point.said) + 1) < bottom  # where the names of the terms begin
        for row, said in enumerate(point.said if under else reversed(point.said)):
            at = y + 46 + 46 * row if under else y - 46 - 46 * row
            card.text(x, at, said, SMALL if tight else BIG, ha="center", bbox=_under())
        for n, said in enumerate(point.term):
            card.text(x, bottom + 46 + 46 * n, said, 32 if tight else SMALL, ha="center")
    _limits(card, "点线", chart.limits, 138)
    return card.png()


def _under() -> dict[str, Any]:
    """What keeps a number legible where a line runs behind it."""
    return {"facecolor": CARD, "alpha": 0.8, "edgecolor": "none", "pad": 1}


def _limits(card: _Card, drawn: str, limits: Sequence[Limit], y: float) -> None:
    """What the lines across a chart are, and how they are drawn."""
    if limits:
        said = f"{drawn}：{'，'.join(limit.said for limit in limits)}"
        card.text(EDGE, y, card.fitted(said, WIDTH - 2 * EDGE, SMALL), SMALL, color=SOFT)


# --- 排名图 -------------------------------------------------------------------------------------------------------

ROW = 118  # pixels from one branch to the next


def table(chart: Table) -> bytes:
    """A bar for each branch from 0 on, so that its length is its points; its name and number stand above."""
    begins = 212 if chart.limits else 130
    card = _Card(begins + ROW * len(chart.bars) + 40, chart.title)
    wide = WIDTH - 2 * EDGE

    def reach(points: Decimal) -> float:
        return wide * float(points / chart.of)

    tops = [begins + ROW * n for n in range(len(chart.bars))]
    for y, bar in zip(tops, chart.bars, strict=True):
        card.text(EDGE, y, card.fitted(bar.name, wide - card.width(bar.said, BIG) - 30, BIG))
        card.text(WIDTH - EDGE, y, bar.said, ha="right")
        card.bar(EDGE, y + 32, wide, 38, facecolor="#f3ede4", edgecolor="none")
        look = {"facecolor": OWN} if bar.firm else {"facecolor": PALE, "hatch": "//"}
        card.bar(EDGE, y + 32, reach(bar.points), 38, edgecolor=OWN, linewidth=2, **look)
    across = [(EDGE + reach(limit.points), y) for y in tops for limit in chart.limits]
    for colour, thick in ((CARD, 7), (INK, 3)):
        card.ticks(across, 33, 69, colors=colour, linewidths=thick, zorder=3)
    _limits(card, "细线", chart.limits, 138)
    return card.png()


# --- 邀请码 -------------------------------------------------------------------------------------------------------

CODE = 600  # pixels of a QR code
BLANK = 4  # of its modules left free around it, https://www.qrcode.com/en/howto/code.html


def slip(chart: Slip) -> bytes:
    """Whose invitation it is in large letters, the code to be typed, and below it the QR code."""
    wide, whom, ways = WIDTH - 2 * EDGE, chart.whom, (chart.until, *chart.ways)
    top = 330 + 70 * len(whom)  # of the QR code
    card = _Card(top + CODE + 110 + 60 * len(ways), chart.what)
    card.text(EDGE, 140, card.fitted(chart.committee, wide, SMALL), SMALL, color=SOFT)
    for n, said in enumerate(whom):
        card.text(EDGE, 215 + 70 * n, card.fitted(said, wide, SMALL if n else LARGE), SMALL if n else LARGE)
    card.text(WIDTH / 2, top - 60, chart.spaced, 96, ha="center", color=OWN)
    _modules(card, chart.leads, (WIDTH - CODE) / 2, top)
    card.text(WIDTH / 2, top + CODE, chart.scan, SMALL, ha="center", color=SOFT)
    for n, said in enumerate(ways):
        card.text(EDGE, top + CODE + 90 + 60 * n, card.fitted(said, wide, SMALL), SMALL)
    return card.png()


def _modules(card: _Card, text: str, left: float, top: float) -> None:
    """A QR code from its top left corner: a bar for each run of dark modules of a line."""
    rows = [bytes(row) for row in segno.make(text, error="m").matrix]
    size = CODE // (len(rows) + 2 * BLANK)
    left, top = (round(at + (CODE - size * len(rows)) / 2) for at in (left, top))
    look = {"facecolor": "black", "edgecolor": "none", "linewidth": 0, "antialiased": False}
    for y, row in enumerate(rows):
        for x, run in _runs(row):
            card.bar(left + size * x, top + size * y, size * run, size, **look)


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    """Where dark modules begin in a line, and how many stand side by side."""
    x = 0
    for dark, run in groupby(row):
        long = len(list(run))
        if dark:
            yield x, long
        x += long
