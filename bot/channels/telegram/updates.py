"""What Telegram sends, https://core.telegram.org/bots/api#update: of each update only what is used is looked at."""

from dataclasses import dataclass
from typing import Any

import structlog
from telegram import Bot, Chat, Update

from bot.channels.telegram.http import numbers

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
USED = (
    "message_id date chat from text caption edit_date media_group_id photo document migrate_to_chat_id "
    "migrate_from_chat_id"
)  # of a message
OTHER = "video video_note audio animation location venue contact poll dice game story paid_media checklist"
TYPES = {  # of the fields that are used and whose types PTB does not look at
    **dict.fromkeys(("text", "caption", "media_group_id", "data", "status"), str),
    **dict.fromkeys(("file_id", "file_name", "mime_type", "first_name", "last_name", "title"), str),
    **dict.fromkeys(("message_id", "file_size", "migrate_to_chat_id", "migrate_from_chat_id"), int),
}
UNUSABLE = {"voice": "voice", "sticker": "sticker", **dict.fromkeys(OTHER.split(), "other")}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed, https://core.telegram.org/bots/api#callbackquery: most of what comes.

    `chat`: None where a message was passed on into a chat that the bot does not know; `private`: with the bot alone.
    """

    query: str
    data: str
    name: str
    chat: int | None
    private: bool
    message: int | None


def read(number: int, sent: dict[str, Any], bot: Bot) -> Update | Press | None:
    """An update, of which only what is used is looked at; None if even that cannot be read."""
    try:
        used = _used(sent)
        _check(used)
        query = used.get("callback_query")
        return _press(query) if query is not None else Update.de_json(used, bot)
    except Exception as error:  # whatever PTB stumbles over; what it says may hold what somebody wrote
        kinds = [kind for kind in KINDS if kind in sent]
        log.warning(
            "an update cannot be read and is passed over",
            update=number,
            kinds=kinds,
            error=type(error).__name__,
        )
        return None


def _press(query: dict[str, Any]) -> Press:
    who, message = query["from"], query.get("message") or {}
    chat = message.get("chat") or {}
    names = (who["first_name"], who.get("last_name"))
    return Press(
        query=query["id"],
        data=query.get("data") or "",
        name=" ".join(name for name in names if name),
        chat=chat.get("id"),
        private=chat.get("type") == Chat.PRIVATE,
        message=message.get("message_id"),
    )


def number_of(sent: Any) -> int | None:
    """What an update is called; None: it is none, or has no name by which it can be confirmed."""
    number = sent.get("update_id") if isinstance(sent, dict) else None
    return number if type(number) is int else None


def chat_of(sent: dict[str, Any]) -> int | None:
    """The chat that an update came from, as far as anybody can tell before it is read."""
    for kind in KINDS:
        part = sent.get(kind)
        if kind == "callback_query" and isinstance(part, dict):
            part = part.get("message")
        chat = part.get("chat") if isinstance(part, dict) else None
        number = chat.get("id") if isinstance(chat, dict) else None
        if type(number) is int:
            return number
    return None


def _check(part: Any) -> None:
    """Raise a TypeError where a field that is used is not of its type, however deep it is."""
    if isinstance(part, list):
        for one in part:
            _check(one)
    elif isinstance(part, dict):
        for name, value in part.items():
            if value is not None and name in TYPES and type(value) is not TYPES[name]:
                raise TypeError(name)
            if name == "chat" and type(value["id"]) is not int:
                raise TypeError(name)
            _check(value)


def _used(sent: dict[str, Any]) -> dict[str, Any]:
    """An update with what is used of its messages: what else they hold, in whichever shape, makes none unreadable."""
    used = {kind: sent[kind] for kind in ("update_id", *KINDS) if kind in sent}
    for kind in ("message", "edited_message"):
        if message := used.get(kind):
            used[kind] = {name: message[name] for name in USED.split() if name in message}
            if quoted := message.get("reply_to_message"):
                used[kind]["reply_to_message"] = numbers(quoted)
            if unusable := next((word for name, word in UNUSABLE.items() if message.get(name)), None):
                used[kind]["unusable"] = unusable
    if (query := used.get("callback_query")) and query.get("message"):
        used["callback_query"] = {**query, "message": numbers(query["message"])}
    if (member := used.get("my_chat_member")) and member["new_chat_member"]["status"] is None:
        raise TypeError("status")
    return used
