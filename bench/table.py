"""How a bench speaks: lines of progress while it works, and a table of what it found beside its goals."""

import platform
import sys
import time
import unicodedata
from collections.abc import Sequence
from statistics import median

_began = time.monotonic()


def progress(words: str) -> None:
    """What is being done, for whoever waits."""
    print(f"[{time.monotonic() - _began:4.0f} s] {words}", file=sys.stderr, flush=True)


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table; the first column is words, the others numbers."""
    widths = [max(_width(row[n]) for row in (head, *rows)) for n in range(len(head))]
    print(f"\n{title}")
    for row in (head, ["-" * width for width in widths], *rows):
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row[:1], widths, strict=False)]
        cells += [
            " " * (width - _width(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True)
        ]
        print("  " + "  ".join(cells).rstrip(), flush=True)


def pace() -> float:
    """Milliseconds of a fixed piece of work: how fast the machine is now. Two hours of one machine differ by a half."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        sum(n * n % 7 for n in range(1_000_000))
        took.append(time.perf_counter() - began)
    return median(took) * 1000


class Goals:
    """What was promised, and whether it was kept."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, ...]] = []
        self._pace = pace()

    def add(self, what: str, measured: str, goal: str, kept: bool) -> None:
        """One promise and what was measured."""
        self._rows.append((what, measured, goal, "kept" if kept else "MISSED"))

    def show(self) -> bool:
        """Print them; whether all were kept."""
        table("Goals", ("", "measured", "goal", ""), self._rows)
        work = f"A fixed piece of work took {self._pace:.0f} ms before and {pace():.0f} ms after"
        print(f"{work}, on Python {platform.python_version()} in {sys.base_prefix}.")
        return all(row[3] == "kept" for row in self._rows)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
