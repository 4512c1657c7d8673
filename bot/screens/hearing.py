"""Two questions about what was said: where it belongs, and whether it counts since it was edited."""

from bot.actions import Correct, Edited, Home, Place, TypedAgain, Which, read
from bot.message import Button, Message, Row
from bot.screens import wording
from bot.values import Saying

SHOWN = 200  # characters of a text that are repeated


def which(number: int, saying: Saying) -> Message:
    """A text may belong to several things: to which?"""
    rows: list[Row] = []
    names: list[str] = []
    for place, (_, words) in enumerate(saying.places):
        name = wording.short(words, 36)
        names.append(name)
        again = names.count(name)
        rows.append((Button(name if again == 1 else f"{name} {again}", Place(number, place)),))
    return Message(
        title="记到哪一项？",
        lines=(("您发的", wording.short(saying.text, SHOWN)), "还没有记。请选一项，或重新输入。"),
        rows=(*rows, (Button("都不记", Home()),)),
        here=Which(number),
        hears=lambda text: TypedAgain(number, text),
        hint="可重新输入",
    )


def edited(number: int, saying: Saying) -> Message:
    """A message says something else since it was edited: does that count?"""
    (place, _), *_ = saying.places
    was, now = (wording.short(text, SHOWN) for text in (saying.was, saying.text))
    return Message(
        title="要改吗？",
        lines=(f"{was} → {now}？", "您修改了发过的消息，原来的还没有改。"),
        rows=(
            (Button("改", Correct(number), main=True), Button("不改", read(place) or Home())),
            (Button("首页", Home()),),
        ),
        here=Edited(number),
    )
