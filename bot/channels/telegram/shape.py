"""A Message as Telegram shows it: HTML, and a keyboard below."""

from html import escape
from typing import Any

from bot.actions import wire
from bot.channels.cutting import MORE, fitting
from bot.message import Message, ToCopy

TEXT_LIMIT = 4096  # characters, before they are escaped; https://core.telegram.org/bots/api#sendmessage
NO_PREVIEW = {"is_disabled": True}


def shape(message: Message) -> dict[str, Any]:
    """What sendMessage and editMessageText take of it."""
    rows = [
        [{"text": button.label, "callback_data": wire(button.action)} for button in row]
        for row in message.rows
    ]
    return {
        "text": as_html(message),
        "parse_mode": "HTML",
        "link_preview_options": NO_PREVIEW,
        **({"reply_markup": {"inline_keyboard": rows}} if rows else {}),
    }


def as_html(message: Message) -> str:
    """The text in Telegram's HTML, cut at a line's end. https://core.telegram.org/bots/api#html-style"""
    rows = [(message.title, ""), *[("", "")] * bool(message.lines)] if message.title else []
    for line in message.lines:
        label, text = ("", line) if isinstance(line, str) else (f"{line[0]}：", line[1])
        if isinstance(text, ToCopy):  # a tap on code copies it
            rows.append((label, text))
            continue
        first, *others = text.split("\n")
        rows += [(label, first), *(("", other) for other in others)]
    kept = fitting([bold + text for bold, text in rows], TEXT_LIMIT)
    shown = [(f"<b>{escape(bold)}</b>" if bold else "") + _html(text) for bold, text in rows[:kept]]
    return "\n".join(shown if kept == len(rows) else [*shown, MORE])


def _html(text: str) -> str:
    return f"<code>{escape(text)}</code>" if isinstance(text, ToCopy) else escape(text)
