"""The screens of 退回: choosing items, a reason for each, what was returned; and taking a submission back."""

from collections.abc import Mapping

from bot.actions import (
    AskTakeBack,
    DropReturn,
    Overview,
    Result,
    Return,
    ReturnItem,
    ReturnSheet,
    TakeBack,
    TypedReturn,
    TypedReturnReason,
)
from bot.message import CHOSEN, Button, Line, Message, Row
from bot.permissions import Me
from bot.screens import wording
from bot.screens.layout import back, grid
from bot.screens.returned import which, why_with_marks
from bot.screens.scoring import brief
from bot.values import SheetFile
from scoring.rubric import Item
from scoring.stars import StarResult

WHOLE = "整张退回"
SUCH = "缺会议记录"


def draft(file: SheetFile, reasons: Mapping[int, str], revision: int) -> Message:
    """What is to be returned so far, with its reasons, and all items to choose from."""
    lines: list[Line] = [(f"第 {n} 项" if n else "整张", reason) for n, reason in reasons.items()]
    rows: list[Row] = []
    if reasons:
        opens = "各项都可以改" if 0 in reasons else "只有这几项可以改"
        lines.append(f"确认后马上通知支部，{opens}，改好再提交。还要退回别的项，请继续点。")
        label = "确认整张退回" if 0 in reasons else f"确认退回 {len(reasons)} 项"
        rows.append((Button(label, ReturnSheet(file.id, revision), main=True, short="确认退回"),))
    else:
        lines.append("点要退回的项，再写一句原因。整张都要重新核对的，点「整张退回」。")
    edition = file.sheet.edition
    items = [
        Button(
            f"{CHOSEN if item.number in reasons else ''}{item.number} "
            f"{brief(edition, item.number, file.sheet.marks.get(item.number))} {wording.short(item.title, 20)}",
            ReturnItem(file.id, item.number),
        )
        for item in edition.items
    ]
    rows.append((Button(f"{CHOSEN if 0 in reasons else ''}{WHOLE}", ReturnItem(file.id, 0)),))
    rows += grid(items, 2)
    rows.append(back(Overview(file.id), "看自评"))
    return Message(
        title=f"退回自评 · {file.branch.name}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=Return(file.id),
        hears=lambda text: TypedReturn(file.id, text),
        hint=f"可输入项号和原因，如：7 {SUCH}",
    )


def reason(file: SheetFile, item: Item | None, written: str) -> Message:
    """Ask why an item, or (None) the whole sheet, is returned."""
    number = item.number if item else 0
    lines: list[Line] = []
    if item:
        mark = file.sheet.marks.get(number)
        lines.append(("自评", wording.scored(mark) if mark else "未评"))
        note = file.written[number].note if number in file.written else ""
        lines += [("备注", note)] if note else []
    rows: list[Row] = [back(Return(file.id), "返回")]
    if written:
        lines += [("原因", written), "输入新的原因会替换它。"]
        rows.insert(
            0,
            (Button("不退回这一项" if item else "不整张退回", DropReturn(file.id, number), short="不退回"),),
        )
    else:
        lines.append("为什么退回？请输入一句话，支部会看到。")
    return Message(
        title=f"退回第 {number} 项 · {item.title}" if item else f"{WHOLE} · {file.branch.name}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=ReturnItem(file.id, number),
        hears=lambda text: TypedReturnReason(file.id, number, text),
        hint=f"请输入原因，如：{SUCH}" if item else "请输入原因",
    )


def given(me: Me, file: SheetFile) -> Message:
    """What was returned, and that the branch has yet to answer; then its page turns to what was changed."""
    return Message(
        title=f"已退回 · {file.branch.name}",
        lines=(
            *(why_with_marks(me, file.returned) if file.returned else ()),
            "支部改好后会重新提交。提交后，在总览里能看到退回后改了什么。",
        ),
        rows=(back(Result(file.branch.id, file.term.id), "看结果", main=True),),
        here=Overview(file.id),
    )


def told(reasons: Mapping[int, str], until: str) -> str:
    """What the people of the branch are told, beside the sheet itself."""
    return f"党总支退回了自评（{which(tuple(reasons))}），请按原因改好，{until}重新提交。"


def ask_take_back(file: SheetFile, result: StarResult) -> Message:
    """Taking the committee's own submission back asks for confirmation."""
    return Message(
        title="撤回总支评价？",
        lines=(
            ("支部", file.branch.name),
            ("总分", wording.total(result)),
            "撤回后可以再改；重新提交以前，这个支部没有名次。",
        ),
        rows=(
            (Button("确认撤回", TakeBack(file.id, file.sheet.revision), main=True),),
            back(Overview(file.id), "不撤回"),
        ),
        here=AskTakeBack(file.id),
    )
