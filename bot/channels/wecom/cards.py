"""A Message as WeCom shows it: a template card, with a text before it where the card has no room.

A card has six buttons. A longer screen has up to three pages of five, turned by 更多, each with a part of its text.
Phones cut the text of a button after four 汉字: for a longer label a short one or a mark stands on the button, and the
whole label in a row above. What finds no place among fifteen buttons is said as a word to reply with: a long list where
there is one, or else the last ones.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.actions import wire
from bot.channels.wecom.limits import BUTTONS, DESC, ROW_NAME, ROW_VALUE, ROWS, SUB, TITLE, Dialect
from bot.channels.wecom.tables import tabled
from bot.channels.wecom.words import ends, replies, split, spoken
from bot.message import CHOSEN, Button, Message, ToCopy, plain
from bot.pressing import SEEN, close, columns, marks

PAGES, EACH = 3, BUTTONS - 1  # pages of a screen, and the buttons of each beside the one that turns it
LIST = 6  # buttons of one kind that make a list
MORE, FIRST = "更多", "第一页"
GOES_ON = "…"
MAIN, OTHER = 1, 4  # how a button looks: blue, grey

_TURN = re.compile(r"page:([1-9])")


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen as it is sent: the texts first, in their order, each within the dialect's bytes; then the card.

    A text with a table in it is Markdown, every other one is plain. The card has no task_id yet, and is the one that
    was asked for of so many `pages`. None: text alone.
    """

    texts: tuple[str, ...]
    card: dict[str, Any] | None
    pages: int = 1


def shown(message: Message, dialect: Dialect, *, page: int | None = None, in_words: bool = False) -> Shown:
    """A screen as a card, or as text alone where nothing is to be pressed or whoever reads it wants words.

    `page`: the page that 更多 asked for, of a screen whose texts were sent before: the card alone.
    """
    pressed, typed = _shared(message)
    if in_words or message.in_words or not pressed:
        return Shown(split(spoken(message), dialect.text), None)
    keys = _keys(message, pressed)
    long = [f"{key.row[0]}. {key.row[1]}" for key in keys if key.row and not _fits_row(*key.row)]
    said = replies(message, typed)
    whole = replace(message, lines=(*message.lines, *long, *said))
    texts: tuple[str, ...] = ()
    table = dialect.tables and bool(message.columns)
    cards = [] if table or _copied(message) or len(said) > 1 else _cards(whole, keys)
    if not cards:
        texts = tabled(whole, dialect.text) if table else split(plain(whole), dialect.text)
        cards = _cards(replace(message, title=message.title[:TITLE], lines=("详见上面的文字。",)), keys)
    number = page if page is not None and page <= len(cards) else 1
    return Shown(texts if page is None else (), cards[number - 1], len(cards))


def page_of(key: str) -> int | None:
    """Which page a pressed button asks for; None: its key is an action's wire form."""
    asked = _TURN.fullmatch(key)
    return int(asked[1]) if asked else None


def asks_for_more(text: str | None) -> bool:
    """Whether 更多 was typed, or said, instead of pressed on a card."""
    return (text or "").strip(" 。！") == MORE


def _copied(message: Message) -> bool:
    """Whether something is to be taken elsewhere: a card's text cannot be copied."""
    parts = (line if isinstance(line, str) else line[1] for line in message.lines)
    return any(isinstance(part, ToCopy) for part in parts)


def _shared(message: Message) -> tuple[list[Button], list[Button]]:
    """The buttons that cards have, the foremost first and each action once, and those that are typed."""
    once = {button.action: button for button in reversed((*message.foremost, *message.buttons))}
    typed = [button for button in message.buttons if once[button.action] != button]
    others = [button for button in message.buttons if button not in (*message.foremost, *typed)]
    if len(message.buttons) > PAGES * EACH:
        kind, count = Counter(type(button.action) for button in others).most_common(1)[0]
        typed += [button for button in others if type(button.action) is kind] if count >= LIST else []
    pressed = [*message.foremost, *(button for button in others if button not in typed)]
    return pressed[: PAGES * EACH], typed + pressed[PAGES * EACH :]


# --- the buttons ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Key:
    """A button on a card, and the row that says its label whole, where it does not."""

    shape: dict[str, Any]
    row: tuple[str, str] | None = None


def _keys(message: Message, buttons: Sequence[Button]) -> list[_Key]:
    marked = {button: mark for mark, button in marks(message).items()}
    found = []
    for button in buttons:
        text, name = _face(button, marked.get(button, ""))
        style = MAIN if button.main else OTHER
        shape = {"text": text, "style": style, "key": wire(button.action)}
        found.append(_Key(shape, (name, button.label) if name else None))
    return found


def _face(button: Button, mark: str) -> tuple[str, str]:
    """What stands on a button, and the name under which its whole label stands in a row; none where it is whole."""
    if mark:
        return mark, mark
    if fits := _seen(button.label):
        return fits, ""
    if button.short:
        return _seen(f"{button.sign}{button.short}") or button.short, button.short
    return _seen(button.words), "已选" if button.sign == CHOSEN else "建议"


def _seen(label: str) -> str:
    """The label, without its blanks where it needs their room; empty where it is cut all the same."""
    return next((text for text in (label, close(label)) if columns(text) <= SEEN), "")


def _turn(page: int, pages: int) -> dict[str, Any]:
    """The button that turns the page; the last one goes back to the first."""
    text, to = (MORE, page + 1) if page < pages else (FIRST, 1)
    return {"text": text, "style": OTHER, "key": f"page:{to}"}


# --- the pages --------------------------------------------------------------------------------------------------


def _cards(message: Message, keys: Sequence[_Key]) -> list[dict[str, Any]]:
    """The pages of a screen, as few as can be; none when its text is too long for three."""
    for pages in range(1, PAGES + 1):
        each = EACH if pages > 1 else BUTTONS
        groups = [keys[n : n + each] for n in range(0, len(keys), each)]
        if len(groups) <= pages and (cards := _Sheet(message).pages(groups, pages)):
            return cards
    return []


class _Sheet:
    """The text of a screen while it is laid out over pages.

    Short (label, text) pairs become rows; everything else is one running text, below the title.
    """

    def __init__(self, message: Message) -> None:
        running: list[str] = []
        self._rows: list[tuple[str, str]] = []
        for line in message.lines:
            if isinstance(line, str):
                running.append(line)
            elif _fits_row(*line):
                self._rows.append(line)
            else:
                running.append(f"{line[0]}：{line[1]}")
        self._title = {"title": message.title}
        if running and running[0] == message.lines[0] and len(running[0]) <= DESC and "\n" not in running[0]:
            self._title["desc"] = running.pop(0)
        if len(self._title["title"]) > TITLE:
            running.insert(0, message.title)
            self._title["title"] = message.title[: TITLE - 1] + GOES_ON
        self._text = "\n".join(running).strip("\n")

    def pages(self, groups: Sequence[Sequence[_Key]], pages: int) -> list[dict[str, Any]]:
        """So many cards, each with its buttons; none when the text does not fit. Few buttons stand on each page."""
        cards = []
        for page in range(1, pages + 1):
            keys = groups[(page - 1) % len(groups)]
            named = [_row(*key.row) for key in keys if key.row]
            sub = self._take(SUB)
            rows = self._take_rows(ROWS - len(named), goes_on=page > 1)
            buttons = [key.shape for key in keys]
            cards.append(
                {
                    "card_type": "button_interaction",
                    "main_title": self._title,
                    **({"sub_title_text": sub} if sub else {}),
                    **({"horizontal_content_list": rows + named} if rows + named else {}),
                    "button_list": [*buttons, _turn(page, pages)] if pages > 1 else buttons,
                }
            )
        return [] if self._text or self._rows else cards

    def _take(self, most: int) -> str:
        """The next part of the running text."""
        kept = ends(self._text, most)
        part, self._text = self._text[:kept], self._text[kept:].lstrip("\n")
        return part.rstrip("\n")

    def _take_rows(self, room: int, *, goes_on: bool) -> list[dict[str, str]]:
        """The next rows; behind the first page the running text goes on in those that are left."""
        rows = [_row(label, text) for label, text in self._rows[:room]]
        del self._rows[:room]
        while goes_on and self._text and len(rows) < room:
            line = self._text.partition("\n")[0]
            rows.append(_row(GOES_ON, self._take(ends(line, ROW_VALUE))))
        return rows


def _fits_row(label: str, text: str) -> bool:
    return 1 <= len(label) <= ROW_NAME and len(text) <= ROW_VALUE and "\n" not in text


def _row(label: str, text: str) -> dict[str, str]:
    kept = text if len(text) <= ROW_VALUE else text[: ROW_VALUE - 1] + GOES_ON
    return {"keyname": label, "value": kept}
