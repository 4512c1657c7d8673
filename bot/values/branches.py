"""党支部, and the pages of a long list."""

from dataclasses import dataclass
from typing import Generic, TypeVar


@dataclass(frozen=True, slots=True)
class Branch:
    """党支部 with its committee."""

    id: int
    committee_id: int
    name: str


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """What is shown of a long list, newest first, and what names the pages on either side, None where there is none."""

    shown: tuple[T, ...]
    newer: int | None
    older: int | None
