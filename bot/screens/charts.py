"""雷达图, 走势图, 排名图: a picture, and beside it the same numbers in words."""

from collections.abc import Sequence

from bot.actions import Action
from bot.message import Attachment, Button, Line, Message
from bot.screens.layout import HOME


def chart(title: str, lines: Sequence[Line], drawn: Attachment | None, here: Action, to: Button) -> Message:
    """The lines of the screen that is drawn, without a picture while there is nothing to draw; `to` is the way back."""
    return Message(title=title, lines=tuple(lines), rows=((to, HOME),), here=here, attachment=drawn)
