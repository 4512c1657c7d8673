"""Which button a typed text presses, and by what a button is called where its label is not seen whole."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from itertools import chain, count

from bot.actions import Action, is_final
from bot.message import Button, Message

SEEN = 8  # columns of a label that are always seen: four 汉字; phones cut the buttons of WeCom there

_SOFT = re.compile(r"^(?:看看?|点|去|回到?|打开)|[呀啊吧呢了哦。！!~]+$")
_NUMBER = re.compile(r"(?:第 )?(\d+)(?:\.? | 项 |$)")


def labelled(text: str, message: Message) -> Action | None:
    """The action of the button whose label was typed, in full, or of the row that begins with it; or None.

    看 before it and 吧 behind it say nothing, unless what the button does cannot be taken back.
    """
    typed = close(text)
    for word in filter(None, dict.fromkeys((typed, _SOFT.sub("", typed)))):
        for name in _NAMES:
            for button in message.buttons:
                if word == close(name(button)) and (word == typed or not is_final(button.action)):
                    return button.action
    return None


def _bare(button: Button) -> str:
    return button.words.strip("🔴🟠🟡🟢 ")


_NAMES: tuple[Callable[[Button], str], ...] = (
    lambda button: button.label,
    lambda button: button.words,
    lambda button: button.name,
    _bare,
    lambda button: _bare(button).partition("，")[0],
)
"""What may be typed of a label, the most exact first."""


def close(text: str) -> str:
    """A text without its blanks."""
    return "".join(text.split())


def heard(text: str, message: Message, marked: bool = False) -> Action | None:
    """What a typed text means on this screen, or None when the screen does not say.

    A button's label presses the button everywhere, and so does the name with which a row of a list begins. A number
    presses a button only where people see it: in front of the label (「2. 信息上报」), or as its mark where the channel
    shows marks and short labels (`marked`); never one that cannot be taken back.
    """
    if (pressed := labelled(text, message)) is not None:
        return pressed
    word = unicodedata.normalize("NFKC", close(text)).upper()
    safe = [button for button in message.buttons if not is_final(button.action)]
    for button in safe:
        if word.isdecimal() and button.label.startswith(f"{word}. "):
            return button.action
    if marked:
        shown = {
            **marks(message),
            **{button.short.upper(): button for button in message.buttons if button.short},
        }
        if word in shown and shown[word] in safe:
            return shown[word].action
    return message.hears(text.strip()) if message.hears is not None else None


def marks(message: Message) -> Mapping[str, Button]:
    """The buttons that are told apart by a mark where their labels are not seen whole, or are the same, in their order.

    It is the number with which the label begins; else another number or, where numbers mean something else, a letter:
    on a screen that hears what is typed, or whose labels are numbers or begin with them.
    """
    buttons = message.buttons
    known = [close(button.words) for button in buttons]
    marked = [
        button
        for place, button in enumerate(buttons)
        if known[place] in known[:place] or not (button.short or columns(known[place]) <= SEEN)
    ]
    if not marked:
        return {}
    taken = message.hears is not None or any(map(own_number, buttons))
    words = {close(name(button)) for button in buttons for name in _NAMES}
    found: dict[str, Button] = {}
    for button in marked:
        own = own_number(button)
        others = (_letter(n) if taken else str(n + 1) for n in count())
        candidates = chain([own] if own else [], others)
        found[next(mark for mark in candidates if mark not in found and mark not in words)] = button
    return found


def own_number(button: Button) -> str:
    """The number with which a label begins (「7 优 党员手册」, 「第 7 项 4」); empty where it begins with none."""
    found = _NUMBER.match(button.words)
    return found[1] if found else ""


def _letter(number: int) -> str:
    """A … Z, then AA … ZZ."""
    return chr(ord("A") + number % 26) * (number // 26 + 1)


def columns(text: str) -> int:
    """How wide a text is: a 汉字 or a picture takes two columns, a Latin letter or a digit one."""
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WFA" or letter > "\u2000" else 1 for letter in text
    )
