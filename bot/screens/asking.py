"""The screens after a typed text that no screen asked for: which of several is meant, and what it may have been."""

from collections.abc import Sequence
from dataclasses import replace

from bot.message import Button, Message
from bot.screens.layout import column, home_row


def which(title: str, sentence: str, ways: Sequence[Button]) -> Message:
    """Several things fit what was typed."""
    return Message(title=title, lines=(sentence,), rows=(*column(ways), home_row()))


def offering(screen: Message, ways: Sequence[Button]) -> Message:
    """The screen that stands, with what an unclear text may have meant on top of its buttons."""
    lines = (*screen.lines, "您是不是要找下面这几项？")
    return replace(screen, lines=lines, rows=(*column(ways), *screen.rows))
