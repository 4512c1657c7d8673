"""What either side of WeCom takes in a message: the limits of texts and of template cards.

There are two dialects: that of the bot (智能机器人) and that of an app (自建应用). Where a limit is only advice to an
app, the bot's holds for both: a longer text is cut on a phone.
https://developer.work.weixin.qq.com/document/path/101032 (bot), …/path/90236 (app), …/path/94888 (updates by an app)
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TITLE, DESC, SUB = 26, 30, 112  # characters of main_title, and of the text below it
ROWS, ROW_NAME, ROW_VALUE = 6, 5, 30  # horizontal_content_list: how many, and the characters of each
BUTTONS, BUTTON = 6, 10  # how many, and characters
KEY, OPTION_ID, TASK_ID = 1024, 128, 128  # bytes

_TASK_ID = re.compile(r"[0-9A-Za-z_@-]+")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One side of WeCom. `text`: the bytes of a text; `option`: the characters of an option.

    `tables`: whether a text can have a table in it.
    """

    name: str
    text: int
    option: int
    row_types: frozenset[int]
    fields: frozenset[str]  # of a card, besides those that both take
    button_fields: frozenset[str]
    always_named: bool  # whether every card needs a task_id, not only those that answer
    tables: bool


BOT = Dialect("bot", 20_480, 10, frozenset({0, 1, 3}), frozenset({"feedback"}), frozenset(), True, True)
"""`source` is none of its fields: a card with one is acknowledged and not drawn."""
APP = Dialect(
    "app",
    2_048,
    16,
    frozenset({0, 1, 2, 3}),
    frozenset({"source", "replace_text"}),
    frozenset({"type", "url"}),
    False,
    False,
)

Wrong = Iterator[str]
Check = Callable[[Any, str], Wrong]


def broken(card: Mapping[str, Any], dialect: Dialect, *, event: str | None = None) -> list[str]:
    """What is wrong with a template card, field by field; nothing where it can be sent.

    `event` is the task_id of the event that the card answers, of an update: it must be the card's own.
    """
    kind = card.get("card_type")
    if kind not in _NEEDS:
        return [f"card_type: {kind!r}"]
    wrong = list(_fields(_card(dialect))(card, ""))
    wrong += [f"{name}: missing" for name in _NEEDS[kind] if name not in card]
    if not card.get("main_title", {}).get("title") and not (
        kind == "text_notice" and card.get("sub_title_text")
    ):
        wrong.append("main_title.title: missing")
    answers = kind in ANSWERS or "action_menu" in card
    if "task_id" not in card and (answers or dialect.always_named):
        wrong.append("task_id: missing")
    if event is not None and card.get("task_id") != event:
        wrong.append(f"task_id: not {event}, which is answered")
    keys = [
        one.get("key") for one in card.get("button_list", ()) if isinstance(one, Mapping) and "url" not in one
    ]
    if len(set(keys)) < len(keys):
        wrong.append("button_list: the same key twice")
    return wrong


ANSWERS = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})
"""The cards with something to press or choose."""
_NEEDS: Mapping[Any, tuple[str, ...]] = {
    "text_notice": ("card_action",),
    "news_notice": ("main_title", "card_image", "card_action"),
    "button_interaction": ("main_title", "button_list"),
    "vote_interaction": ("main_title", "checkbox", "submit_button"),
    "multiple_interaction": ("main_title", "select_list", "submit_button"),
}


def _card(dialect: Dialect) -> Mapping[str, Check]:
    """The fields of a card and what each must be."""
    row = _fields(
        {
            "type": _number(dialect.row_types),
            "keyname": _text(ROW_NAME),
            "value": _text(ROW_VALUE, least=0),
            "url": _text(),
            "media_id": _text(),
            "userid": _text(),
        },
        "keyname",
    )
    button = {
        "text": _text(BUTTON),
        "style": _number(range(1, 5)),
        "key": _octets(KEY),
        "type": _number(range(2)),
        "url": _text(),
    }
    options = {"id": _octets(OPTION_ID), "text": _text(dialect.option)}
    selector: dict[str, Check] = {
        "question_key": _octets(KEY),
        "title": _text(),
        "option_list": _many(_fields(options, "id", "text"), 10),
        "selected_id": _octets(OPTION_ID),
        "disable": _flag,
    }
    pair = _fields({"title": _text(TITLE), "desc": _text(DESC, least=0)})
    fields: dict[str, Check] = {
        "card_type": _text(),
        "main_title": pair,
        "emphasis_content": _fields({"title": _text(BUTTON), "desc": _text(15)}),
        "quote_area": _fields(
            {"type": _number(range(3)), "url": _text(), "title": _text(), "quote_text": _text()}
        ),
        "sub_title_text": _text(SUB, least=0),
        "horizontal_content_list": _many(row, ROWS, least=0),
        "vertical_content_list": _many(pair, 4, least=0),
        "card_image": _fields({"url": _text(), "aspect_ratio": _ratio}, "url"),
        "jump_list": _many(
            _fields(
                {"type": _number(range(4)), "title": _text(), "url": _text(), "question": _text()}, "title"
            ),
            3,
            least=0,
        ),
        "card_action": _fields({"type": _number(range(1, 3)), "url": _text()}, "type"),
        "button_selection": _fields(selector, "question_key", "option_list"),
        "button_list": _many(
            _fields(
                {name: button[name] for name in ("text", "style", "key", *dialect.button_fields)}, "text"
            ),
            BUTTONS,
        ),
        "checkbox": _fields(
            {
                "question_key": _octets(KEY),
                "mode": _number(range(2)),
                "option_list": _many(_fields({**options, "is_checked": _flag}, "id", "text"), 20),
                "disable": _flag,
            },
            "question_key",
            "option_list",
        ),
        "select_list": _many(_fields(selector, "question_key", "option_list"), 3),
        "submit_button": _fields({"text": _text(BUTTON), "key": _octets(KEY)}, "text", "key"),
        "action_menu": _fields(
            {
                "desc": _text(),
                "action_list": _many(_fields({"text": _text(), "key": _octets(KEY)}, "text", "key"), 3),
            },
            "action_list",
        ),
        "task_id": _task_id,
    }
    own: dict[str, Check] = {
        "source": _fields({"icon_url": _text(), "desc": _text(), "desc_color": _number(range(4))}),
        "replace_text": _text(BUTTON),
        "feedback": _fields({"id": _text()}, "id"),
    }
    return fields | {name: own[name] for name in dialect.fields}


def _fields(known: Mapping[str, Check], *needed: str) -> Check:
    def check(value: Any, where: str) -> Wrong:
        if not isinstance(value, Mapping):
            yield f"{where}: not an object"
            return
        at = f"{where}." if where else ""
        yield from (f"{at}{name}: missing" for name in needed if name not in value)
        for name, one in value.items():
            yield from known[name](one, f"{at}{name}") if name in known else (f"{at}{name}: unknown",)

    return check


def _many(each: Check, most: int, least: int = 1) -> Check:
    def check(value: Any, where: str) -> Wrong:
        if not isinstance(value, Sequence) or isinstance(value, str):
            yield f"{where}: not a list"
        elif not least <= len(value) <= most:
            yield f"{where}: {len(value)}, not {least} to {most}"
        else:
            for number, one in enumerate(value):
                yield from each(one, f"{where}[{number}]")

    return check


def _text(most: int | None = None, least: int = 1) -> Check:
    def check(value: Any, where: str) -> Wrong:
        if not isinstance(value, str):
            yield f"{where}: not a text"
        elif len(value) < least or (most is not None and len(value) > most):
            yield f"{where}: {len(value)} characters, not {least} to {most}"

    return check


def _octets(most: int) -> Check:
    def check(value: Any, where: str) -> Wrong:
        if not isinstance(value, str) or not 1 <= len(value.encode()) <= most:
            yield f"{where}: not 1 to {most} bytes"

    return check


def _number(among: frozenset[int] | range) -> Check:
    def check(value: Any, where: str) -> Wrong:
        if type(value) is not int or value not in among:
            yield f"{where}: {value!r}"

    return check


def _flag(value: Any, where: str) -> Wrong:
    if not isinstance(value, bool):
        yield f"{where}: {value!r}"


def _ratio(value: Any, where: str) -> Wrong:
    if not isinstance(value, int | float) or not 1.3 <= value <= 2.25:
        yield f"{where}: {value!r}, not 1.3 to 2.25"


def _task_id(value: Any, where: str) -> Wrong:
    if not isinstance(value, str) or len(value) > TASK_ID or not _TASK_ID.fullmatch(value):
        yield f"{where}: {value!r}"
