"""更正: which mark of a published 总支评价 is amended, to what and why; what was amended."""

from collections.abc import Sequence
from datetime import datetime

from bot.actions import (
    Amend,
    AmendItem,
    AmendItems,
    AmendTo,
    Result,
    ShowAmendment,
    TypedAmended,
    TypedAmendment,
)
from bot.message import Button, Invitation, Line, Message, Row
from bot.screens import wording
from bot.screens.layout import back, grid
from bot.values import Amendment, SheetFile
from scoring import stars
from scoring.numerals import plain
from scoring.sheet import Sheet


def amend_items(file: SheetFile) -> Message:
    """Which mark is to be amended."""
    marks = file.sheet.marks
    buttons = [
        Button(f"第 {item.number} 项 {plain(marks[item.number].points)}", AmendItem(file.id, item.number))
        for item in file.sheet.edition.items
        if item.number in marks
    ]
    return Message(
        title=f"更正 · {file.branch.name}",
        lines=(
            ("学期", file.term.name),
            "公布后的更正是一项决定：改前改后、原因和决定人都会记下，并告诉这个支部和党总支。",
            "更正哪一项？",
        ),
        rows=(*grid(buttons, 3), back(Result(file.branch.id, file.term.id), "看结果")),
        here=AmendItems(file.id),
        hears=lambda text: TypedAmended(file.id, 0, text),
        hint="可输入项号，例如：24",
    )


def amend_item(file: SheetFile, number: int) -> Message:
    """What an item should be worth."""
    item, mark, edition = file.sheet.edition.item(number), file.sheet.marks[number], file.sheet.edition
    worth = {edition.points(number, grade): grade for grade in edition.shares}
    buttons = [
        Button(f"{grade.word} {wording.points(points)}", AmendTo(file.id, number, int(points * 100)))
        for points, grade in sorted(worth.items(), reverse=True)
        if points != mark.points
    ]
    return Message(
        title=f"更正 第 {number} 项 {item.title}",
        lines=(
            ("支部", file.branch.name),
            (
                "现在",
                f"{mark.grade.word} {wording.points(mark.points)}{f'（{mark.reason}）' if mark.reason else ''}",
            ),
            f"应为多少分？点一个，或直接输入 0–{plain(item.points)} 的分数。",
        ),
        rows=(*grid(buttons, 2), back(AmendItems(file.id), "选别的项")),
        here=AmendItem(file.id, number),
        hears=lambda text: TypedAmended(file.id, number, text),
        hint="例如：3.5",
    )


def amend_to(file: SheetFile, number: int, hundredths: int, change: str) -> Message:
    """Why an item should be worth that."""
    return Message(
        title=f"更正 第 {number} 项 {file.sheet.edition.item(number).title}",
        lines=(
            ("支部", file.branch.name),
            ("更正", change),
            Invitation("请输入原因和依据，会一起告诉支部。"),
        ),
        rows=(back(AmendItem(file.id, number), "改分数"),),
        here=AmendTo(file.id, number, hundredths),
        hears=lambda text: TypedAmendment(file.id, number, hundredths, text),
        hint="例如：复核手册，补计一人",
    )


def amendment(file: SheetFile, found: Amendment, after: Sheet, now: datetime) -> Message:
    """An amendment, to be decided, with what becomes of the total; or as it was decided."""
    before, then = stars.result(file.sheet), stars.result(after)
    lines: list[Line] = [
        ("项目", f"第 {found.item} 项 {file.sheet.edition.item(found.item).title}"),
        ("更正", _change(found)),
        ("原因", found.reason),
    ]
    rows: list[Row] = []
    if found.decided_at is None:
        lines.append(("总分", f"{wording.worth(before)} → {wording.worth(then)}"))
        lines.append("确认后马上生效，不能撤回；支部和党总支都会收到。")
        rows.append((Button("确认更正", Amend(found.id), main=True),))
    else:
        lines.append(("决定", f"{found.by} {wording.moment(found.decided_at, now)}"))
        lines.append(("总分", wording.worth(before)))
    rows.append(back(AmendItems(file.id), "更正其他项", short="更正其他"))
    return Message(
        title=f"更正 · {file.branch.name}", lines=tuple(lines), rows=tuple(rows), here=ShowAmendment(found.id)
    )


def amended_lines(amended: Sequence[Amendment], now: datetime) -> list[Line]:
    """What was amended, by whom, when and why."""
    return [
        (
            f"更正 第 {one.item} 项",
            f"{_change(one)}。{one.reason}（{one.by} {wording.moment(one.decided_at or now, now)}）",
        )
        for one in amended
    ]


def _change(one: Amendment) -> str:
    return f"{wording.points(one.was)} → {wording.points(one.points)}"
