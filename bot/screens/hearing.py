"""Two questions about what was said: where it belongs, and whether it counts instead of what counts now."""

from bot.actions import Correct, Edited, Home, Place, TypedAgain, WaitWith, Which, read
from bot.message import Button, Line, Message, Row
from bot.screens import wording
from bot.screens.layout import home_row
from bot.values import Saying

SHOWN = 200  # characters of a text that are repeated


def which(number: int, saying: Saying) -> Message:
    """A text may belong to several things: to which? Or to one, where it is not sure that it is understood."""
    rows: list[Row] = []
    names: list[str] = []
    for place, (_, words) in enumerate(saying.places):
        name = wording.short(words, 36)
        names.append(name)
        again = names.count(name)
        rows.append((Button(name if again == 1 else f"{name} {again}", Place(number, place)),))
    lines: list[Line] = [("您发的", wording.short(saying.text, SHOWN))]
    if saying.files:
        lines.append(f"还有 {len(saying.files)} 份材料，选好后一起收下。")
    one = len(rows) == 1
    return Message(
        title="记到这里吗？" if one else "记到哪一项？",
        lines=(*lines, f"还没有记。请{'点下面的按钮' if one else '选一项'}，或重新输入。"),
        rows=(*rows, (Button("不记" if one else "都不记", Home()),)),
        here=Which(number),
        hears=lambda text: TypedAgain(number, text),
        takes=lambda upload: WaitWith(number, upload),
        hint="可重新输入",
    )


def edited(number: int, saying: Saying, read_as: str) -> Message:
    """A message says something else since it was edited, or something was answered that is done: does that count?

    `read_as`: what would be recorded of it.
    """
    (place, task), *_ = saying.places
    was, now = (wording.short(text, SHOWN) for text in (saying.was, read_as if task else saying.text))
    if task:
        lines = (f"「{task}」已完成，记下的是：{was}", f"要改成 {now}？")
    elif was:
        lines = (f"{was} → {now}？", "您修改了发过的消息，原来的还没有改。")
    else:
        lines = (f"{now}？", "您给发过的照片或文件加了说明，还没有记。")
    return Message(
        title="要改吗？",
        lines=lines,
        rows=(
            (Button("改", Correct(number), main=True), Button("不改", read(place) or Home())),
            home_row(),
        ),
        here=Edited(number),
    )
