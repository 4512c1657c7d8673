"""A zip file that is made while it is sent: whoever waits for it gets its beginning at once."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.paper.texts import fit, other

CHUNK = 64 * 1024  # bytes of a file that are read at once


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive: its path, as folders and a name, and its bytes, what makes them, or where they lie.

    What lies nowhere is left out; whoever lists the members says so.
    """

    path: Sequence[str]
    data: bytes | Callable[[], bytes] | Path

    @property
    def name(self) -> str:
        """The path as it stands in the archive."""
        return "/".join(fit(part) for part in self.path)


def zipped(members: Iterable[Member], now: datetime) -> Iterator[bytes]:
    """The archive, a piece at a time; a member is asked for when those before it have been taken.

    Two members never bear the same name: the second gets a number.
    """
    out, taken = _Out(), set[str]()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            if isinstance(member.data, Path) and not member.data.is_file():
                continue
            about = zipfile.ZipInfo(other(member.name, taken), now.timetuple()[:6])
            # Photos and office files are packed already: deflating them again costs time and saves nothing.
            about.compress_type = (
                zipfile.ZIP_STORED if isinstance(member.data, Path) else zipfile.ZIP_DEFLATED
            )
            with archive.open(about, "w") as inside:
                for piece in _pieces(member.data):
                    inside.write(piece)
                    yield from out.taken()
    yield from out.taken()


def parts(sizes: Sequence[int], limit: int) -> list[list[int]]:
    """Which of the files with these sizes, in bytes, go together where an archive may have so many, in their order.

    A file that is larger by itself is a part of its own.
    """
    found: list[list[int]] = []
    room = 0
    for number, size in enumerate(sizes):
        if not found or size > room:
            found.append([])
            room = limit
        found[-1].append(number)
        room -= size
    return found


class _Out(io.RawIOBase):
    """Where the archive is written to; what is there is taken away at once."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._written += data
        return len(data)

    def taken(self) -> Iterator[bytes]:
        if self._written:
            yield bytes(self._written)
            self._written.clear()


def _pieces(data: bytes | Callable[[], bytes] | Path) -> Iterator[bytes]:
    if not isinstance(data, Path):
        yield data if isinstance(data, bytes) else data()
        return
    with data.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece
