"""How buttons are laid out: side by side, one below another, and the ways out at the bottom of a screen."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.actions import Action, Home
from bot.message import Button, Row
from bot.values import Page

T = TypeVar("T")
HOME = Button("首页", Home())


def grid(buttons: Sequence[Button], width: int) -> list[Row]:
    """So many buttons side by side, and the next ones below."""
    return [tuple(buttons[n : n + width]) for n in range(0, len(buttons), width)]


def column(buttons: Iterable[Button]) -> list[Row]:
    """One button below another."""
    return [(button,) for button in buttons]


def turning(page: Page[T], to: Callable[[int], Action]) -> list[Row]:
    """The pages on either side of this one; no row where there is none."""
    ways = [Button("上一页", to(page.newer))] if page.newer is not None else []
    ways += [Button("下一页", to(page.older), short="更多")] if page.older is not None else []
    return [tuple(ways)] if ways else []


def part(things: Sequence[T], number: int, first: int, most: int) -> Page[T]:
    """A page of a long list by its number: `first` things on page 0, `most` on each other; the last for one beyond.

    A single one that would be left stands where the way to it would.
    """
    begins = first + (len(things) == first + 1)
    pages = [tuple(things[:begins])]
    pages += [tuple(things[n : n + most]) for n in range(begins, len(things), most)]
    number = min(number, len(pages) - 1)
    return Page(
        pages[number], number - 1 if number else None, number + 1 if number + 1 < len(pages) else None
    )


def back(to: Action, label: str = "返回", *, main: bool = False, short: str = "") -> Row:
    """The last row of a screen that lies behind another one: back to that, or home."""
    return (Button(label, to, main=main, short=short), HOME)


def home_row(*, main: bool = False) -> Row:
    """The last row of a screen that lies behind none."""
    return (replace(HOME, main=main),)
