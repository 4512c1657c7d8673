"""What a frame says, as an event of the conversation.

https://developer.work.weixin.qq.com/document/path/101463
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.channels.wecom.frames import Frame
from bot.channels.wecom.media import Fetched, LostError, TooLargeError, upload_of
from bot.channels.wecom.naming import name_of
from bot.conversation import Event

NAME = "wecom"
FILE_LIMIT = 20 * 1024 * 1024  # bytes of a file that is handed over
PRESSED, ENTERED = "template_card_event", "enter_chat"
TO_BOT = re.compile(r"^@\S+\s*")  # how a text in a group begins, which names the bot

Fetch = Callable[[str, str, str], Awaitable[Fetched | None]]
"""Of whom, from where, with which key; None: of nobody that is known. Raises LostError and TooLargeError."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button that was pressed: its key, and what the card is called."""

    key: str
    task_id: str


def pressed(frame: Frame) -> Pressed | None:
    """What was pressed on a card; None: it is something else, or cannot be read."""
    event = _dict(frame.body.get("event"))
    about = _dict(event.get(PRESSED))
    key, task = _text(about.get("event_key")), _text(about.get("task_id"))
    return Pressed(key, task) if frame.event == PRESSED and task else None


def sender(frame: Frame) -> str:
    """Who says or does it: the userid as given; empty where it is not said."""
    return _text(_dict(frame.body.get("from")).get("userid"))


def in_group(frame: Frame) -> bool:
    """Whether it comes from a group chat."""
    return frame.body.get("chattype") == "group" or bool(frame.body.get("chatid"))


def group_text(frame: Frame) -> str:
    """What a text in a group says to the bot."""
    return TO_BOT.sub("", _text(_dict(frame.body.get("text")).get("content"))).strip()


def key_of(frame: Frame) -> str:
    """What names a callback, the same when it is told again."""
    return (_text(frame.body.get("msgid")) or frame.req_id)[:64]


async def events(frame: Frame, fetch: Fetch) -> list[Event]:
    """What was typed, said or sent: one event, or one for each picture."""
    body, key = frame.body, key_of(frame)
    event = Event(
        NAME,
        sender(frame),
        key,
        message=key,
        marked=True,
        file_limit=FILE_LIMIT,
        quotes=_quoted(body),
    )
    kind = _text(body.get("msgtype"))
    about = _dict(body.get(kind))
    match kind:
        case "text":
            return [replace(event, text=_text(about.get("content")))]
        case "voice":
            if said := _text(about.get("content")).strip():
                return [replace(event, text=said, spoken=True)]
            return [replace(event, unreadable="voice")]
        case "image" | "file":
            return [await _sent(event, kind, about, fetch)]
        case "mixed":
            return await _mixed(event, about, fetch)
        case _:
            return [replace(event, unreadable="other")]


async def _mixed(event: Event, about: dict[str, Any], fetch: Fetch) -> list[Event]:
    """A text with pictures in it: the text goes along with the first of them."""
    parts = [_dict(part) for part in about.get("msg_item") or ()]
    texts = [_text(_dict(part.get("text")).get("content")) for part in parts if part.get("msgtype") == "text"]
    text = "\n".join(filter(None, (one.strip() for one in texts)))
    pictures = [_dict(part.get("image")) for part in parts if part.get("msgtype") == "image"]
    if not pictures:
        return [replace(event, text=text)]
    found = []
    for number, picture in enumerate(pictures):
        one = replace(event, key=f"{event.key}#{number}"[:64], group=event.key)
        one = replace(one, text=text if text and not number else None)
        found.append(await _sent(one, "image", picture, fetch))
    return found


async def _sent(event: Event, kind: str, about: dict[str, Any], fetch: Fetch) -> Event:
    try:
        file = await fetch(event.address, _text(about.get("url")), _text(about.get("aeskey")))
    except TooLargeError:
        return replace(event, unreadable="large")
    except LostError:
        return replace(event, unreadable="lost")
    if file is None:
        return replace(event, unreadable="early")
    named = replace(file, name=file.name or _text(about.get("filename")))
    return replace(event, upload=upload_of(named, kind))


def _quoted(body: dict[str, Any]) -> str | None:
    """The message that is answered, by its words: WeCom quotes what it says, and not what it is called."""
    quote = _dict(body.get("quote"))
    kind = _text(quote.get("msgtype"))
    said = _text(_dict(quote.get(kind)).get("content"))
    return name_of(said) if said.strip() else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
