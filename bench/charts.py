"""How long a chart takes to draw: the first one of a process, which loads what draws, and later ones."""

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from statistics import median
from time import perf_counter

from bench.table import Goals, progress, table
from bot.paper.charts import Bar, Limit, OverTerms, Point, Radar, Spoke, Table
from scoring.rubric import read_edition

BRANCHES = 50
_FIRST = "from bench import charts; print(charts.seconds(charts.radar(0)))"


def radar(number: int) -> Radar:
    """A 雷达图, another one for each number."""
    spokes = [
        Spoke(category.name, "20.4，平均 19.83", Fraction(80 + number % 20, 100), Fraction(9, 10))
        for category in read_edition("jinsong_2017").categories
    ]
    return Radar(f"第{number}支部", "2025–2026学年第二学期", "总支评价", tuple(spokes), Fraction(4, 5))


def over_terms(number: int) -> OverTerms:
    """A 走势图 of ten terms."""
    points = [
        Point(("25–26", "第二"), Decimal(80 + n + number % 10), ("86.4", "四星"), n > 0) for n in range(10)
    ]
    limits = (Limit("四星 80 分", Decimal(80)), Limit("五星 90 分", Decimal(90)))
    return OverTerms(f"第{number}支部", tuple(points), limits, Decimal(100))


def standings(number: int, branches: int = BRANCHES) -> Table:
    """A 排名图 of so many branches."""
    bars = [
        Bar(f"第 {n} 名 支部{number}", "86.4 分 ★★★★", Decimal(100 - n), n % 3 > 0)
        for n in range(1, branches + 1)
    ]
    return Table("排名", tuple(bars), (Limit("五星 90 分", Decimal(90)),), Decimal(100))


def seconds(chart: Radar | OverTerms | Table) -> float:
    """How long it takes to draw one that was not drawn before."""
    start = perf_counter()
    chart.read_bytes()
    return perf_counter() - start


def run(goals: Goals, times: int) -> None:
    """Draw each kind so many times, and the first one in as many new processes."""
    progress("charts")
    first = [
        float(
            subprocess.run([sys.executable, "-c", _FIRST], capture_output=True, text=True, check=True).stdout
        )
        for _ in range(min(times, 5))
    ]
    seconds(radar(-1))
    later = {
        "雷达图": [seconds(radar(n)) for n in range(times)],
        "走势图 of ten terms": [seconds(over_terms(n)) for n in range(times)],
        "排名图 of 6 branches": [seconds(standings(n, 6)) for n in range(times)],
        f"排名图 of {BRANCHES} branches": [seconds(standings(n)) for n in range(times)],
    }
    rows = [("the first of a process", f"{median(first) * 1000:.0f}", f"{max(first) * 1000:.0f}")]
    rows += [(name, f"{median(took) * 1000:.0f}", f"{max(took) * 1000:.0f}") for name, took in later.items()]
    table(f"Charts ({times} of each)", ("", "median ms", "most ms"), rows)
    goals.add("the first chart", f"{median(first) * 1000:.0f} ms", "< 1000 ms", median(first) < 1)
    slow = max(median(took) for took in later.values())
    goals.add("a later chart", f"{slow * 1000:.0f} ms", "< 300 ms", slow < 0.3)
