"""The web chat's JSON: a screen, a bubble, an event; and an offer as HTML."""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException

from bot.actions import wire
from bot.channels.web.guard import UNREADABLE
from bot.conversation import Event
from bot.message import CHOSEN, Attachment, Button, Line, Message, Offer, ToCopy

LINE = "<p><b class=label>{}</b><span class=unseen>：</span>{}</p>"
WAY = "<button name=who value={}{}>{}</button><p>{}</p>"
KEY = re.compile(r"[A-Za-z0-9-]{8,64}")


def screen_shape(screen: Message) -> dict[str, Any]:
    """A screen as the page's script takes it."""
    file = screen.attachment
    return {
        "title": screen.title,
        "lines": _lines(screen.lines),
        "rows": [[_key(button, screen) for button in row] for row in screen.rows],
        "hint": screen.hint,
        "attachment": file and _file(file),
        "here": wire(screen.here),
        "takes": screen.takes is not None,
    }


def _file(file: Attachment) -> dict[str, Any]:
    shape: dict[str, Any] = {"name": file.name, "picture": file.picture, "url": f"/file?v={file.digest}"}
    return {**shape, "wide": True} if file.wide else shape


def _key(button: Button, screen: Message) -> dict[str, Any]:
    """A button; of what is left out there is none."""
    shape: dict[str, Any] = {"label": button.label, "press": wire(button.action), "main": button.main}
    if button.sign:
        shape["sign"] = button.sign
    if button.name:
        shape["name"] = button.name
    if type(button.action) in screen.options:
        shape["chosen"] = button.sign == CHOSEN
    return shape


def bubble_shape(mine: bool, title: str, lines: Sequence[Line], at: datetime) -> dict[str, Any]:
    """A frozen bubble of the log as the page's script takes it."""
    return {"mine": mine, "title": title, "lines": _lines(lines), "at": at.isoformat(timespec="milliseconds")}


def offer_shape(offer: Offer, *, home: bool) -> dict[str, str]:
    """An offer as the template of its page takes it; `home`: whether the chat can be opened from there."""
    lines = [
        f"<p>{escape(line)}</p>" if isinstance(line, str) else LINE.format(*map(escape, line))
        for line in offer.lines
    ]
    ways = [
        WAY.format("new" if way.new else "me", " class=main" * (n == 0), escape(way.label), escape(way.words))
        for n, way in enumerate(offer.ways)
    ]
    return {
        "title": escape(offer.title),
        "action": f"/join/{quote(offer.uses, safe='')}",
        "lines": "".join(lines),
        "ways": "".join(ways),
        "noways": "" if ways else "hidden",
        "nocode": "" if offer.code else "hidden",
        "nohome": "" if home else "hidden",
    }


def _lines(lines: Sequence[Line]) -> list[list[str | bool | None]]:
    """Each as its label, its text and, where that is there to be copied, true."""
    pairs = [(None, line) if isinstance(line, str) else line for line in lines]
    return [[label, text, *[True] * isinstance(text, ToCopy)] for label, text in pairs]


def who_is(address: str, person: int | None) -> str:
    """Tells one person's state from another's: somebody changes persona in a second tab, or logs out elsewhere."""
    return hashlib.sha256(f"{address} {person}".encode()).hexdigest()[:8]


def as_json(value: Any) -> bytes:
    """The value as bytes of JSON in one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def clean(text: str) -> str:
    """The text without what no database stores: NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def key_in(text: object) -> str:
    """The key of an event, refused when it is not one."""
    if not isinstance(text, str) or not KEY.fullmatch(text):
        raise HTTPException(400, UNREADABLE)
    return text


def turn_in(body: bytes) -> int:
    """The number of a turn in a body of /seen."""
    try:
        match json.loads(body):
            case {"turn": int(turn)}:
                return turn
    except (ValueError, RecursionError):
        pass
    raise HTTPException(400, UNREADABLE)


def event_in(address: str, body: bytes) -> Event:
    """The event in a body of /say: a key, and one of press, text, unreadable; perhaps the group of the last two."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise HTTPException(400, UNREADABLE)
    key = key_in(said.get("key"))
    group = key_in(said["group"]) if "group" in said and "press" not in said else None
    match {
        name: value for name, value in said.items() if name != "key" and (group is None or name != "group")
    }:
        case {"press": str(press), **other} if press and not other:
            return Event("web", address, key, press=clean(press))
        case {"text": str(text), **other} if text.strip() and not other:
            return Event("web", address, key, text=clean(text), group=group)
        case {"unreadable": "large", **other} if not other:
            return Event("web", address, key, unreadable="large", group=group)
    raise HTTPException(400, UNREADABLE)
