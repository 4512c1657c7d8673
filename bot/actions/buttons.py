"""What a button carries, and what registers as an action.

An action is a frozen value. Pressing a button sends its *wire form*, the tag and the integers, at most 64 bytes
(Telegram's limit for callback_data): ``Mark(sheet=12, item=7, grade=2)`` is ``m:12:7:2``. A message stays clickable
for ever, so tags are never reused or changed, and an action is absolute ("item 7 is 优秀"), never relative ("next").
An action that carries typed text or a file has no wire form: it is made by the screen that asked for it.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TypeVar, dataclass_transform

from msgspec import Struct

from scoring.refusal import Refused

WIRE_LIMIT = 64  # bytes; https://core.telegram.org/bots/api#inlinekeyboardbutton
LARGEST = 2**31 - 1  # the widest integer both databases store in a key column
UPLOAD_LIMIT = (
    20 * 1024 * 1024
)  # bytes; Telegram's getFile serves no more, https://core.telegram.org/bots/api#getfile


@dataclass_transform(frozen_default=True)  # for type checkers: what inherits from it is frozen, too
class Action(Struct, frozen=True):
    """Something a person asks: base of all actions, no more than a name for them.

    There are hundreds: as dataclasses they took a third of a second of each start. One with another field is made with
    `msgspec.structs.replace`.
    """


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrived: its name, the type the sender claims, and its bytes (checked by the store)."""

    name: str
    mime: str
    data: bytes


_by_tag: dict[str, type[Action]] = {}
_tags: dict[type[Action], str] = {}
_said: list[type[Action]] = []
_final: set[type[Action]] = set()

A = TypeVar("A", bound=Action)


def pressed(tag: str, *, final: bool = False) -> Callable[[type[A]], type[A]]:
    """Make a class an action that a button can send, under a tag that is kept for ever.

    `final`: what it does cannot be taken back, so it is asked for in words or by its button, never by a typed digit.
    """

    def register(cls: type[A]) -> type[A]:
        if tag in _by_tag:
            raise TypeError(f"tag {tag!r} is taken by {_by_tag[tag].__name__}")
        if any(kind is not int for kind in cls.__annotations__.values()):
            raise TypeError(f"{cls.__name__}: a button carries integers only")
        _by_tag[tag], _tags[cls] = cls, tag
        if final:
            _final.add(cls)
        return cls

    return register


def said(cls: type[A]) -> type[A]:
    """Make a class an action that only a typed text or a sent file can make."""
    _said.append(cls)
    return cls


def all_actions() -> tuple[type[Action], ...]:
    """Every registered action, for the tests that go through them all."""
    return (*_by_tag.values(), *_said)


def tags() -> Mapping[str, type[Action]]:
    """The actions that a button can send, by tag."""
    return MappingProxyType(_by_tag)


def is_final(action: Action) -> bool:
    """Whether what an action does cannot be taken back."""
    return is_final_kind(type(action))


def is_final_kind(kind: type[Action]) -> bool:
    """Whether what the actions of a kind do cannot be taken back."""
    return kind in _final


def wire(action: Action) -> str:
    """The text that travels in a button. Raises KeyError for an action that only text can make."""
    kind = type(action)
    return ":".join([_tags[kind], *[str(int(getattr(action, name))) for name in kind.__struct_fields__]])


def read(data: str) -> Action | None:
    """The action behind a button's data, or None when the data is not ours (forged, damaged, from another bot)."""
    tag, *numbers = data.split(":") if len(data) <= WIRE_LIMIT else [""]
    cls = _by_tag.get(tag)
    if cls is None or len(numbers) != len(cls.__struct_fields__):
        return None
    if not all(n.isascii() and n.isdecimal() and len(n) <= 10 and int(n) <= LARGEST for n in numbers):
        return None
    return cls(*map(int, numbers))


def fingerprint(seen: str) -> int:
    """What a button says of the text that was seen by whoever presses it (31 bits)."""
    return zlib.crc32(seen.encode()) & 0x7FFFFFFF


def day_number(day: date) -> int:
    """A day as a button carries it: 20261228."""
    return day.year * 10000 + day.month * 100 + day.day


def month_number(period: str) -> int:
    """A month as a button carries it: 202612 for "2026-12"; 0 for the whole term."""
    return int(period.replace("-", "") or 0)


def number_day(number: int) -> date:
    """The day behind such a number. Raises Refused when there is no such day."""
    try:
        return date(number // 10000, number // 100 % 100, number % 100)
    except ValueError:
        raise Refused("这个按钮已经失效，请回首页重新选择。") from None
