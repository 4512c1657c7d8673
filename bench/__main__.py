"""All on loopback, in folders of its own: half an hour, or five minutes with --quick; --only names one of them."""

import argparse
import tempfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bench import archive, charts, clock, delivery, pages, paper, queries, standings, start, strangers, taps
from bench.table import Goals, progress

BENCHES = (
    "start",
    "charts",
    "paper",
    "queries",
    "standings",
    "taps",
    "pages",
    "clock",
    "delivery",
    "archive",
    "strangers",
)


def main() -> None:
    """Run the benches that are asked for, all of them by default, and print whether the goals are kept."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a first impression: fewer taps, no PostgreSQL")
    parser.add_argument("--only", choices=BENCHES, help="one of the benches")
    asked = parser.parse_args()
    now, goals = datetime.now(ZoneInfo("Asia/Shanghai")), Goals()
    with tempfile.TemporaryDirectory(prefix="bench") as made:
        folders = {name: Path(made) / name for name in BENCHES}
        for folder in folders.values():
            folder.mkdir()
        if asked.only in (None, "start"):
            start.run(folders["start"], goals, times=2 if asked.quick else 5)
        if asked.only in (None, "charts"):
            charts.run(goals, times=3 if asked.quick else 20)
        if asked.only in (None, "paper"):
            paper.run(goals, times=3 if asked.quick else 20)
        if asked.only in (None, "queries"):
            queries.run(
                folders["queries"], now, goals, marks=200 if asked.quick else 1500, postgresql=not asked.quick
            )
        if asked.only in (None, "standings"):
            standings.run(
                folders["standings"],
                now,
                goals,
                many=20 if asked.quick else 200,
                years=2 if asked.quick else 10,
                rounds=30 if asked.quick else 300,
                postgresql=not asked.quick,
            )
        if asked.only in (None, "taps"):
            quick, thorough = {1: (1, 2), 10: (2, 10)}, {1: (5, 4), 10: (5, 20), 100: (5, 100)}
            plan = quick if asked.quick else thorough
            taps.run(folders["taps"], now, goals, plan, every=not asked.quick)
        if asked.only in (None, "pages"):
            pages.run(folders["pages"], now, goals, pages=1000, seconds=5 if asked.quick else 20)
        if asked.only in (None, "clock"):
            size = 1_000 if asked.quick else 10_000
            clock.run(folders["clock"], goals, branches=size, years=10, postgresql=not asked.quick)
        if asked.only in (None, "delivery"):
            delivery.run(folders["delivery"], now, goals, count=600 if asked.quick else 10_000)
        if asked.only in (None, "archive"):
            files, rounds = (20, 1) if asked.quick else (500, 3)
            archive.run(folders["archive"], now, goals, files=files, rounds=rounds)
        if asked.only in (None, "strangers"):
            strangers.run(folders["strangers"], goals, seconds=5 if asked.quick else 60)
        goals.show()
    progress("done")


if __name__ == "__main__":
    main()
