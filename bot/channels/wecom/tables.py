"""A screen whose lines are rows of a table, as the markdown of WeCom's bot and of a group's webhook draws one.

https://developer.work.weixin.qq.com/document/path/101463 (bot), 99110 (webhook, as markdown_v2)
"""

import re
from collections.abc import Iterator, Sequence

from bot.channels.cutting import octets
from bot.channels.wecom.markdown import Markdown, escaped, read
from bot.channels.wecom.words import split
from bot.message import Cells, Line, Message

_CELL = re.compile(r"((?:\\.|[^|\\])*)\|")


def tabled(message: Message, limit: int) -> tuple[Markdown, ...]:
    """A screen's text in pieces of so many bytes at most, cut between two lines.

    A table that goes on in the next piece has its head again there.
    """
    head = f"{_row(message.columns)}\n{'|' + ' --- |' * len(message.columns)}\n"
    pieces, before = [""], False
    for row, line in _lines(message, limit // 2):
        opens = head if row else ""
        between = ("\n" if row else "  \n") if row == before else f"\n\n{opens}"
        if pieces[-1] and octets(pieces[-1] + between + line) <= limit:
            pieces[-1] += between + line
        else:
            pieces[len(pieces) - (not pieces[-1]) :] = [opens + line]
        before = row
    return tuple(map(Markdown, pieces))


def _lines(message: Message, most: int) -> Iterator[tuple[bool, str]]:
    """Each line as markdown, and whether it is a row; one that is too long comes in parts."""
    for line in (message.title, *message.lines):
        if cells := _cells(line):
            yield True, _row(cells)
            continue
        text = line if isinstance(line, str) else f"{line[0]}：{line[1]}"
        yield from ((False, escaped(part)) for part in split(text, most) if part)


def _cells(line: Line) -> tuple[str, ...]:
    """The cells of a line that is a row; none of any other one."""
    return line[1].cells if isinstance(line, tuple) and isinstance(line[1], Cells) else ()


def _row(cells: Sequence[str]) -> str:
    return "".join(f"| {escaped(' '.join(cell.split()))} " for cell in cells) + "|"


def is_row(line: str) -> bool:
    """Whether a line of such a text belongs to a table: nothing that people wrote begins so."""
    return line.startswith("|")


def rows_in(markdown: str) -> tuple[tuple[str, ...], ...]:
    """The rows of the tables in such a text, heads among them, as they are shown."""
    return tuple(
        tuple(read(cell).strip() for cell in _CELL.findall(line[1:]))
        for line in markdown.splitlines()
        if is_row(line) and not line.startswith("| --- |")
    )
