"""All on loopback, in folders of its own: under five minutes, or 40 seconds with --quick."""

import argparse
import tempfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bench import queries, start, taps
from bench.table import Goals, progress


def main() -> None:
    """Run the benches that are asked for, all of them by default, and print whether the goals are kept."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a first impression: fewer taps, no PostgreSQL")
    parser.add_argument("--only", choices=("start", "queries", "taps"), help="one of the benches")
    asked = parser.parse_args()
    now, goals = datetime.now(ZoneInfo("Asia/Shanghai")), Goals()
    with tempfile.TemporaryDirectory(prefix="bench") as made:
        folders = {name: Path(made) / name for name in ("start", "queries", "taps")}
        for folder in folders.values():
            folder.mkdir()
        if asked.only in (None, "start"):
            start.run(folders["start"], goals, times=2 if asked.quick else 5)
        if asked.only in (None, "queries"):
            queries.run(
                folders["queries"], now, goals, marks=200 if asked.quick else 1500, postgresql=not asked.quick
            )
        if asked.only in (None, "taps"):
            quick, thorough = {1: (1, 2), 10: (1, 10)}, {1: (5, 4), 10: (5, 20), 100: (2, 100)}
            taps.run(folders["taps"], now, goals, quick if asked.quick else thorough)
        goals.show()
    progress("done")


if __name__ == "__main__":
    main()
