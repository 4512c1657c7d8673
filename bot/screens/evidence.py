"""依据材料: the files behind the items."""

from collections.abc import Sequence
from pathlib import Path

from bot.actions import AddEvidence, Card, Evidence, RemoveEvidence, ShowEvidence, TypedOnCard
from bot.files import ACCEPTED
from bot.message import Attachment, Button, Line, Message, Row
from bot.permissions import Me, Rater
from bot.screens import wording
from bot.screens.layout import back, column
from bot.values import File, SheetFile


def evidence(me: Me, file: SheetFile, item: int, files: Sequence[File], writable: bool) -> Message:
    """The files of an item, each behind a button; a sent file is attached, a typed text is heard as on its card."""
    lines: list[Line] = [
        (f.name, f"{max(1, f.size // 1024)} KB · {f.by} {wording.moment(f.at, me.now)}") for f in files
    ]
    if not files:
        lines.append("还没有材料。")
    if file.rater is Rater.COMMITTEE and file.other is None:
        lines.append("支部附的材料，在自评提交后显示。")
    if writable:
        lines.append(f"请直接发照片或文件，就附在这一项。可以发{ACCEPTED}。")
        lines.append("打分也可以直接输入，例如：优秀、3.5 缺一次记录。")
    rows = column(
        Button(f"{n}. {f.name[-24:]}", ShowEvidence(file.id, f.id)) for n, f in enumerate(files, start=1)
    )
    rows.append(back(Card(file.id, item), "返回本项", main=True))
    return Message(
        title=f"依据 · 第 {item} 项 {file.sheet.edition.item(item).title}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=Evidence(file.id, item),
        hears=lambda text: TypedOnCard(file.id, item, text),
        takes=lambda upload: AddEvidence(file.id, item, upload),
        hint="发材料，或输入：优秀" if writable else "",
    )


def one_file(me: Me, file: SheetFile, shown: File, data: Path, writable: bool) -> Message:
    """One file, shown."""
    rows: list[Row] = [(Button("返回", Evidence(file.id, shown.item), main=True),)]
    if writable:
        rows.append((Button("移除这份材料", RemoveEvidence(file.id, shown.id), short="移除"),))
    return Message(
        title=shown.name,
        lines=(f"第 {shown.item} 项 · {shown.by} {wording.moment(shown.at, me.now)}",),
        rows=tuple(rows),
        here=ShowEvidence(file.id, shown.id),
        hears=lambda text: TypedOnCard(file.id, shown.item, text),
        takes=lambda upload: AddEvidence(file.id, shown.item, upload),
        attachment=Attachment(shown.name, shown.mime, data),
    )
