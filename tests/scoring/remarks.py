"""The tables of remarks.toml, combined: two thousand remarks, five hundred clear points and lines."""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from pathlib import Path

TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
LINES: dict[str, dict[str, str]] = TABLES["lines"]


def remarks() -> Iterator[str]:
    """More than two thousand remarks, none of them twice; none may become points unasked."""
    t = TABLES
    whole = ("in_chinese", "dates", "lists", "ranges", "with_emoji", "others", "found")
    found = dict.fromkeys(remark for name in whole for remark in t[name])
    found |= dict.fromkeys(map("".join, product(t["numbers"], t["counters"], t["goes_on"])))
    found |= dict.fromkeys(map("".join, product("0123", " ", t["counters"], t["goes_on"][:3])))
    found |= dict.fromkeys(map("".join, product("1234", t["never_apart"], t["clauses"])))
    found |= dict.fromkeys(map("".join, product("123", "，", "24", t["counters"], ["请假"])))
    yield from found


def clear_points() -> Iterator[tuple[str, Decimal, str]]:
    """(text, points, reason) of more than four hundred texts that are plainly points on an item of 3 points or more."""
    apart, points_of = TABLES["apart"], TABLES["points"].items()
    parts = [(typed, worth) for typed, worth in points_of if "分" in typed]
    combined = (*product(TABLES["reasons"], points_of), *product(TABLES["reasons_of_parts"], parts))
    for n, (reason, (typed, points)) in enumerate(combined):
        mark = apart[n % len(apart)]
        yield f"{typed}{mark}{reason}{ {'（': '）', '(': ')'}.get(mark, '') }", Decimal(points), reason
