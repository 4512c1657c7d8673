"""A text that is longer than a channel takes is cut at a line's end; a line of 「…」 says so.

Some channels count characters (`len`), others the bytes of UTF-8 (`octets`).
"""

from collections.abc import Callable, Sequence

MORE = "…"


def octets(text: str) -> int:
    """How many bytes a text has on the wire."""
    return len(text.encode())


def fitting(lines: Sequence[str], limit: int, size: Callable[[str], int] = len) -> int:
    """How many of the lines can be shown: all, or so many that a line of 「…」 fits below them."""
    room = limit
    for number, line in enumerate(lines):
        room -= size(line) + size("\n")
        if room < (size(MORE) if number + 1 < len(lines) else -size("\n")):
            return number
    return len(lines)


def cut(text: str, limit: int, size: Callable[[str], int] = len) -> str:
    """The text, or as much of it as fits."""
    lines = text.split("\n")
    kept = fitting(lines, limit, size)
    return text if kept == len(lines) else "\n".join([*lines[:kept], MORE])
