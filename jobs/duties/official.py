"""The Chinese calendar as it is announced, or expected where it is not: without what an administrator entered."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.util import find_spec
from types import ModuleType

from holidays import country_holidays


def _without_the_world() -> None:
    """Let the first question load one country: the package would load all 250, with 8 MB that stay."""
    name = "holidays.countries"
    if name not in sys.modules and (found := find_spec(name)):
        sys.modules[name] = package = ModuleType(name)
        package.__path__ = list(found.submodule_search_locations or ())


_without_the_world()


@dataclass(frozen=True, slots=True)
class Official:
    """A year and its two neighbours: days off by name, weekend days that are worked, and whether they are announced."""

    off: Mapping[date, str]
    made_up: frozenset[date]
    announced: bool


@lru_cache(maxsize=64)
def official(year: int) -> Official:
    """The calendar of a year."""
    # A notice may ask for a make-up day in the December before: the neighbours are asked as well.
    known = country_holidays("CN", years=(year - 1, year, year + 1), language="zh_CN")
    made_up = frozenset(known.weekend_workdays)
    return Official(dict(known), made_up, any(day.year == year for day in made_up))


def works(day: date) -> bool:
    """Whether people work on a day, as far as the calendar says."""
    known = official(day.year)
    return day in known.made_up if day.weekday() >= 5 else day not in known.off
