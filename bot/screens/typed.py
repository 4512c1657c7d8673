"""What was typed on a card, before it is kept: a remark, and a line that would change several items."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.actions import (
    AddEvidence,
    Card,
    Contents,
    KeepAsNote,
    KeepAsPoints,
    LineDraft,
    Remark,
    SaveLine,
    TypedLineReason,
    TypedOnCard,
)
from bot.message import Button, Line, Message, Row
from bot.screens import wording
from bot.screens.card import scored
from bot.screens.layout import back, column
from bot.values import SheetFile
from scoring.line import Change
from scoring.numerals import plain
from scoring.rubric import Item
from scoring.sheet import Mark as Scored
from scoring.stars import StarResult


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarkView:
    """A text on an item's card that may be a remark: the points or `numbers` it may name, or `why` it is no line."""

    draft: int
    item: Item
    text: str
    offered: Scored | None = None
    why: str = ""
    numbers: Sequence[Button] = ()


def remark(file: SheetFile, view: RemarkView) -> Message:
    """Ask what a remark was meant for: the note, the points it may name, or something else."""
    number, offered = view.item.number, view.offered
    lines: list[Line] = [("您发的", view.text.strip()), *([view.why] if view.why else [])]
    rows: list[Row] = column(view.numbers)
    rows.append((Button("写进备注", KeepAsNote(file.id, view.draft), main=not rows),))
    if offered is not None:
        label = f"记 {plain(offered.points)} 分"
        rows.append((Button(label, KeepAsPoints(file.id, view.draft)),))
        lines.append(
            f"点「{label}」，第 {number} 项就记 {offered.grade.word} {wording.points(offered.points)}，这句话作原因。"
        )
    lines.append(f"都不是，请重新输入：优秀、合格、不合格，或 0–{plain(view.item.points)} 的分值和原因。")
    rows.append(back(Card(file.id, number)))
    return Message(
        title=f"第 {number} 项 · 这句话怎么记？",
        lines=tuple(lines),
        rows=tuple(rows),
        here=Remark(file.id, view.draft),
        hears=lambda again: TypedOnCard(file.id, number, again),
        takes=lambda upload: AddEvidence(file.id, number, upload),
        hint="也可以重新输入",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """What a typed line would change: marks, numbers, the result; `typed_on` is the card's item, or 0."""

    draft: int
    changes: Sequence[Change]
    facts: Sequence[str]
    before: StarResult
    after: StarResult
    needs_reason: Sequence[int]
    typed_on: int


def line_draft(file: SheetFile, view: LineView) -> Message:
    """What a typed line would change, with the new total, before it is saved."""
    draft, typed_on = view.draft, view.typed_on
    lines: list[Line] = []
    for change in view.changes:
        item = file.sheet.edition.item(change.number)
        was = scored(change.before) if change.before else "未评"
        lines.append(
            f"{change.number} {item.title}：{was} → {scored(change.after) if change.after else '未评'}"
        )
    lines += [("台账", fact) for fact in view.facts]
    if not view.changes and not view.facts:
        lines.append("与现在的内容相同，没有要改的。")
    before, after = wording.total(view.before), wording.total(view.after)
    lines.append(("总分", f"{before} → {after} {wording.star_span(view.after)}"))
    rows: list[Row] = []
    if view.needs_reason:
        numbers = "、".join(str(n) for n in view.needs_reason)
        lines.append(f"第 {numbers} 项是其他分值，请先回复一句原因，再保存。")
    elif view.changes or view.facts:
        rows.append((Button("保存", SaveLine(file.id, draft), main=True),))
    if typed_on:
        rows.append((Button(f"写进第 {typed_on} 项备注", KeepAsNote(file.id, draft), short="写进备注"),))
    rows.append(back(Card(file.id, typed_on) if typed_on else Contents(file.id), "不保存"))
    return Message(
        title="请核对",
        lines=tuple(lines),
        rows=tuple(rows),
        here=LineDraft(file.id, draft),
        hears=(lambda text: TypedLineReason(file.id, draft, text))
        if view.needs_reason
        else (lambda text: TypedOnCard(file.id, typed_on, text)),
        takes=(lambda upload: AddEvidence(file.id, typed_on, upload)) if typed_on else None,
        hint="请输入原因" if view.needs_reason else "可重新输入一行",
    )
