"""Other rating tables than the school's: a small one, and a large one whose items have other numbers."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jobs.duties import assignments, catalogue
from scoring import rubric
from scoring.numerals import plain

SCHOOLS = Path(__file__).parents[1] / "scoring" / "editions" / "jinsong_2017.toml"
SMALL, LARGE, POOR = "five_items", "thirty_items", "no_handbook"


def texts() -> dict[str, str]:
    """The editions by key.

    five_items has five of the school's items, thirty_items its 24 from the last to the first and six more in a seventh
    category. no_handbook lacks what the duties ask for.
    """
    school = tomllib.loads(SCHOOLS.read_text(encoding="utf-8"), parse_float=Decimal)
    items = [item for category in school["categories"] for item in category["items"]]
    kept = [{**items[n - 1], "points": 20} for n in (17, 12, 8, 7, 4)]
    small = [("党员教育管理", kept[:3]), ("党支部自身建设", kept[3:])]
    more = [
        {**items[20], "title": f"新增第{n}项", "standard": f"新增要求{n}。", "points": 1}
        for n in "一二三四五六"
    ]
    large = [
        (
            category["name"],
            [{**i, "points": i["points"] - (i["points"] == 5)} for i in reversed(category["items"])],
        )
        for category in reversed(school["categories"])
    ]
    spare = 100 - sum(Decimal(i["points"]) for _, some in [*large, ("新增工作", more)] for i in some)
    large[0][1][0]["points"] += spare
    without = {key: kind for key, kind in school["facts"].items() if not key.startswith("handbook")}
    poor = [
        (name, [{**i, "points": 25} for i in some if i["title"] != items[6]["title"]]) for name, some in small
    ]
    return {
        SMALL: _written({**school, "key": SMALL}, small),
        LARGE: _written({**school, "key": LARGE}, [*large, ("新增工作", more)]),
        POOR: _written({**school, "key": POOR, "facts": without}, poor),
    }


def _written(edition: dict[str, Any], categories: list[tuple[str, list[dict[str, Any]]]]) -> str:
    """An edition as a file says it, its items numbered anew."""
    head = {key: value for key, value in edition.items() if key not in ("facts", "shares", "categories")}
    parts = [*(f"{key} = {_value(value)}" for key, value in head.items()), "[shares]"]
    parts += [f"{grade} = {_value(share)}" for grade, share in edition["shares"].items()]
    for key, kind in edition["facts"].items():
        parts += [f"[facts.{key}]", *(f"{name} = {_value(value)}" for name, value in kind.items())]
    number = 0
    for n, (name, items) in enumerate(categories, start=1):
        parts += ["[[categories]]", f"number = {n}", f"name = {_value(name)}"]
        for item in items:
            number += 1
            parts += [
                "[[categories.items]]",
                *(f"{k} = {_value(v)}" for k, v in {**item, "number": number}.items()),
            ]
    return "\n".join(parts) + "\n"


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | Decimal():
            return plain(Decimal(value))
        case str():
            return f'"{value}"'
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case dict():
            return f"{{ {', '.join(f'{key} = {_value(one)}' for key, one in value.items())} }}"
        case _:
            raise TypeError(value)


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """While the program comes with these editions, too."""
    for key, text in {**texts(), "jinsong_2017": SCHOOLS.read_text(encoding="utf-8")}.items():
        (folder / f"{key}.toml").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rubric, "EDITIONS", folder)
        _forget()
        try:
            yield
        finally:
            _forget()


def _forget() -> None:
    for read in (rubric._read, catalogue.read_duties, assignments.assigned):
        read.cache_clear()
