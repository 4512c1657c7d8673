"""Turning the pages of what is listed with the newest first.

A page is named by the number that all on it are below, so a button shows the same however much is added meanwhile.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from bot.values import Page


class Numbered(Protocol):
    """What has a number that grows with time."""

    @property
    def id(self) -> int:
        """Its number."""


T = TypeVar("T", bound=Numbered)


def page(
    before: int, read: Callable[[bool], Sequence[T]], fitting: Callable[[Sequence[T]], Sequence[T]]
) -> Page[T]:
    """The page below a number (0: the newest).

    `read(False)` gives what is below it, newest first, `read(True)` all else, oldest first, each at least one more
    than fits; `fitting` gives the first of them that fit, at least one.
    """
    below = read(False)
    shown = fitting(below)
    older = shown[-1].id if len(shown) < len(below) else None
    newer = None
    if before:
        above = read(True)
        next_page = fitting(above)
        newer = 0 if len(next_page) == len(above) else next_page[-1].id + 1
    return Page(tuple(shown), newer, older)
