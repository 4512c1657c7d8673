"""Things that are called by any part of their names: a branch, a duty, a number of 台账."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Generic, TypeVar

from scoring.numerals import halfwidth, whole
from scoring.pattern import pattern

_KIND = pattern("党总支|党支部|支部|委员会|校区|学校")  # what many names end in says nothing
_PART = 2  # letters; fewer may stand in any text
_ORDINAL = pattern(r"第?([0-9]{1,2}|[一二三四五六七八九十]+)(?=党?支部?|党总支)")
_COUNTED = pattern("第?(?:[0-9]+|[一二三四五六七八九十]+)")
_NAME = pattern(r"[\w·]+")

T = TypeVar("T", bound=Hashable)


def core(name: str) -> str:
    """The name without what many names end in: 新源里 for 新源里校区党支部; the whole name where that is all."""
    return _KIND.sub("", halfwidth(name)).strip() or name


def ordinal(name: str) -> int:
    """Which one it is by its name: 2 of 教工第二党支部, 0 where it does not say."""
    found = _ORDINAL.search(name)
    return whole(found[1]) if found else 0


class Names(Generic[T]):
    """Names, each of something. With `parts`, a part of a name means all whose names have it."""

    def __init__(self, named: Mapping[T, Sequence[str]], *, parts: bool = False) -> None:
        self._parts: dict[str, set[T]] = {}
        self._whole: dict[str, set[T]] = {}
        for thing, names in named.items():
            for name in filter(None, names):
                self._whole.setdefault(halfwidth(name).lower(), set()).add(thing)
                for part in _parts(name) if parts else ():
                    self._parts.setdefault(part, set()).add(thing)

    def at(self, text: str, start: int) -> Iterator[tuple[int, frozenset[T]]]:
        """Where each name or part of one that begins there ends, and what is called so."""
        for end in range(len(text), start + _PART - 1, -1):
            piece = text[start:end]
            found = self._whole.get(piece) or self._parts.get(piece)
            if found:
                yield end, frozenset(found)


@lru_cache(1000)  # names change seldom, and are asked for with every text
def _parts(name: str) -> tuple[str, ...]:
    """Each part of a name that may stand for it; of what many names end in no part does."""
    found = []
    for run in _NAME.findall(halfwidth(name).lower()):
        inside = {at for kind in _KIND.finditer(run) for at in range(kind.start() + 1, kind.end())}
        for start in range(len(run)):
            for end in range(start + _PART, len(run) + 1):
                said = _KIND.sub("", run[start:end])
                if len(said) >= _PART and not {start, end} & inside and not _COUNTED.fullmatch(said):
                    found.append(run[start:end])
    return tuple(found)
