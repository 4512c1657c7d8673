"""文字模式: a screen as text alone, in which every button is a word, a number or a letter to reply with."""

import re
from collections.abc import Sequence

from bot.actions import is_final
from bot.channels.cutting import octets
from bot.message import Button, Message, plain
from bot.pressing import marks, own_number

_ENDS = re.compile(r"[。；，、：！？]")
_WORD = re.compile(r"[!-~]{2}")


def spoken(message: Message) -> str:
    """The whole screen: its lines, then what may be replied."""
    return "\n".join([plain(message), *replies(message, message.buttons)]).strip()


def replies(message: Message, buttons: Sequence[Button]) -> list[str]:
    """Lines that say how these buttons of a screen are pressed by a reply.

    Long ones stand in a list with their marks; what cannot be taken back is asked for in words alone.
    """
    marked = {button: mark for mark, button in marks(message).items() if not is_final(button.action)}
    listed = [
        button.label if own_number(button) == marked[button] else f"{marked[button]}. {button.label}"
        for button in buttons
        if button in marked
    ]
    named = "、".join(button.name or button.label for button in buttons if button not in marked)
    letters = any(mark.isalpha() for mark in marked.values())
    head = [f"回复{'字母' if letters else '编号'}："] if listed else []
    return [*head, *listed, *([f"{'也可以' if listed else ''}回复：{named}"] if named else [])]


def split(text: str, limit: int) -> tuple[str, ...]:
    """The text in pieces of so many bytes at most, cut at a line's end where there is one. Joined they are the text."""
    pieces = []
    while octets(text) > limit:
        head = text.encode()[:limit].decode(errors="ignore")
        piece = text[: head.rfind("\n", 1) + 1] or text[: ends(text, len(head))]
        pieces.append(piece)
        text = text[len(piece) :]
    return (*pieces, text)


def ends(text: str, most: int) -> int:
    """How many of the first characters are best kept together: to the end of a line, of a sentence or a part of one.

    A number or a Latin word is not cut, unless it is half as long as that.
    """
    if len(text) <= most:
        return len(text)
    line = text.rfind("\n", most // 2, most) + 1
    part = max((found.end() for found in _ENDS.finditer(text, most // 2, most)), default=0)
    between = (n for n in range(most, most // 2, -1) if not _WORD.fullmatch(text[n - 1 : n + 1]))
    return line or part or next(between, most)
