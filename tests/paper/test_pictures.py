"""Charts as pictures: readable files of the expected size, the same each time, and no sign is missing in any."""

import subprocess
import sys
import threading
import warnings
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from io import BytesIO

import pytest
from PIL import Image

from bot.paper import charts, drawing
from bot.paper.charts import Bar, Limit, OverTerms, Point, Radar, Slip, Spoke, Table
from scoring.rubric import read_edition

EDITION = read_edition("jinsong_2017")
LONG = "北京市劲松职业高中常营校区与双龙校区联合第一党支部委员会"
LIMITS = (Limit("四星 80 分", Decimal(80)), Limit("五星 90 分", Decimal(90)))

Chart = Radar | OverTerms | Table | Slip


def radar(*rates: str, means: str = "", names: tuple[str, ...] = ()) -> Radar:
    """A radar of these rates, all beside one mean."""
    names = names or tuple(category.name for category in EDITION.categories)
    mean = Fraction(means) if means else None
    spokes = [
        Spoke(name, f"{rate}，平均 {means}", Fraction(rate), mean)
        for name, rate in zip(names, rates, strict=False)
    ]
    return Radar(LONG, "2025–2026学年第二学期", "总支评价", tuple(spokes), Fraction(4, 5))


def row(*totals: str) -> OverTerms:
    """A chart of these totals, a term each."""
    points = [
        Point((f"{20 + n // 2}–{21 + n // 2}", "第二"), Decimal(total), (total, "四星"), n > 0)
        for n, total in enumerate(totals)
    ]
    return OverTerms("双龙校区党支部 走势", tuple(points), LIMITS, Decimal(100))


def table(count: int) -> Table:
    """A table of so many branches; every third is 预计."""
    bars = [
        Bar(f"并列第 {n} 名 {LONG}", f"{100 - n} 分 ★★★★★", Decimal(100 - n), n % 3 > 0) for n in range(count)
    ]
    return Table("排名 · 2025–2026学年第二学期", tuple(bars), LIMITS, Decimal(100))


def slip(*whom: str) -> Slip:
    """An invitation for somebody."""
    ways = ("网页：扫码加入", "Telegram：打开机器人，发邀请码", "企业微信：打开机器人，发邀请码")
    leads, until = "https://xingji.example/join/ABCD2345", "有效期到 1月11日 09:05，用一次"
    return Slip("示范职业高中党总支", whom, "ABCD2345", until, ways, leads, "扫码加入")


CHARTS: dict[str, Chart] = {
    "slip of somebody": slip("王芳", LONG, "支部书记"),
    "slip of a seat": slip(LONG, "支部书记"),
    "radar beside the mean": radar("0.92", "1", "0.7", "0.85", "0.9", "0.8", means="0.88"),
    "radar alone": radar("0.92", "1", "0.7", "0.85", "0.9", "0.8"),
    "radar of nothing earned": radar("0", "0", "0", "0", "0", "0", means="0"),
    "radar of all earned": radar("1", "1", "1", "1", "1", "1"),
    "radar of one category": radar("0.9"),
    "radar of nine long names": radar(*["0.9"] * 9, names=(LONG,) * 9, means="0.8"),
    "one term": row("86.4"),
    "two terms": row("86.4", "79.9"),
    "ten terms": row("78.4", "80", "90", "100", "0", "91.2", "89.99", "85", "85", "86.25"),
    "terms of several editions": replace(row("78", "110"), limits=(), of=Decimal(120)),
    "one branch": table(1),
    "fifty branches": table(50),
}
EACH = [
    pytest.param(chart, id=name, marks=[pytest.mark.slow] if name == "fifty branches" else [])
    for name, chart in CHARTS.items()
]


def opened(png: bytes) -> Image.Image:
    image = Image.open(BytesIO(png))
    image.load()
    return image.convert("RGB")


@pytest.mark.parametrize("chart", EACH)
def test_a_chart_is_a_picture_as_wide_as_promised_with_something_on_it_the_same_each_time(
    chart: Chart,
) -> None:
    drawn = chart.read_bytes()
    charts._png.cache_clear()
    assert chart.read_bytes() == drawn
    assert chart.name == replace(chart).name
    image = opened(drawn)
    assert image.width == charts.WIDTH
    assert image.width + image.height <= 10_000, "https://core.telegram.org/bots/api#sendphoto"
    assert max(image.height / image.width, image.width / image.height) <= 20
    colours = image.getcolors(maxcolors=image.width * image.height) or []
    assert sum(count for count, _ in colours) - max(colours)[0] > 5_000, "almost nothing is drawn"


def test_another_number_makes_another_picture_and_another_name() -> None:
    one, other = row("86.4", "79.9"), row("86.4", "80")
    assert one.name != other.name
    assert one.read_bytes() != other.read_bytes()


@pytest.mark.slow
def test_every_sign_that_screens_print_is_in_the_font() -> None:
    signs = (
        "".join(category.name for category in EDITION.categories)
        + "★☆⚠薄弱平均预计并列第名（本支部）–·…，。：；%"
    )
    signs += "".join(item.title for item in EDITION.items) + "常营劲松双龙新源里校区党支部䶮𬭚㙓"
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of a glyph that is missing
        for start in range(0, len(signs), 12):
            replace(row("86.4"), title=signs[start : start + 12]).read_bytes()


def test_a_sign_that_no_font_has_is_left_out_and_stops_nothing() -> None:
    assert opened(replace(row("86.4"), title="支部😀").read_bytes()).width == charts.WIDTH


def test_a_formula_in_a_name_is_a_name() -> None:
    assert opened(replace(row("86.4"), title=r"$\frac{支部$ $x$").read_bytes()).width == charts.WIDTH


@pytest.mark.slow
def test_threads_that_draw_at_once_get_what_one_alone_gets() -> None:
    wanted = [row("86.4", str(n)) for n in range(70, 76)]
    alone = [one.read_bytes() for one in wanted]
    charts._png.cache_clear()
    got: dict[int, bytes] = {}

    def draw(n: int) -> None:
        got[n] = wanted[n].read_bytes()

    threads = [threading.Thread(target=draw, args=(n,)) for n in range(len(wanted))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [got[n] for n in range(len(wanted))] == alone


def test_red_and_blue_stay_apart_for_those_who_do_not_see_red() -> None:
    """The two lines differ in lightness or in blue, which every kind of colour blindness leaves."""
    own, mean = (tuple(int(c[n : n + 2], 16) for n in (1, 3, 5)) for c in (drawing.OWN, drawing.MEAN))
    assert abs(own[2] - mean[2]) > 80


@pytest.mark.slow
def test_nothing_that_draws_is_loaded_before_the_first_chart() -> None:
    code = "import sys, bot.serving, bot.dialogue; print('matplotlib' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
