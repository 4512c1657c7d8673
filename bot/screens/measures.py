"""整改措施: one measure as it is planned, carried out and closed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.actions import (
    AcceptMeasure,
    Action,
    AddMeasureFile,
    AskSendBack,
    Card,
    CloseMeasure,
    DropMeasure,
    DueBy,
    MeasureCard,
    MeasureFile,
    Rectify,
    ReopenMeasure,
    Responsible,
    RestoreMeasure,
    SendBackFor,
    TypedOnMeasure,
    TypedSendBack,
    day_number,
)
from bot.message import CHOSEN, Attachment, Button, Invitation, Line, Message, Row
from bot.permissions import Me
from bot.screens import wording
from bot.screens.layout import back, column, grid
from bot.values import File, Measure, Rectification
from scoring.numerals import plain
from scoring.rectification import Problem

POSTS = ("支部书记", "组织委员", "宣传委员", "纪检委员", "青年委员", "全体支委")
"""Who sees to a measure, by the number that travels in the button; kept for ever."""


def drafted(found: Problem) -> str:
    """The words of a measure that answers a standard which was not met."""
    return f"对照要求整改：{wording.typeset(found.standard)}"


def headed(plan: Rectification, one: Measure) -> str:
    """What a measure answers: 第 7 项 党员手册, or 支部自定."""
    item = plan.item(one)
    return f"第 {item.number} 项 {item.title}" if item else "支部自定"


def lost(plan: Rectification, one: Measure) -> str:
    """How the item stands in the published result: 合格，扣 0.8 分; empty where it says nothing."""
    item = plan.item(one)
    if item is None or one.mark is None:
        return ""
    return f"{one.mark.grade.word}，扣 {plain(item.points - one.mark.points)} 分"


def state(plan: Rectification, one: Measure, today: date) -> str:
    """How far a measure is: 已销号, 已报完成，等销号, 已退回, 超期 3 天, or until when."""
    if one.accepted:
        return "✅ 已销号"
    if one.closed:
        return "已报完成，等总支销号"
    if not plan.accepted:
        return f"{wording.day(one.due)}前" if one.due else "还没有定时限"
    sent_back = "已退回，" if one.returned_at else ""
    if one.due and one.late(today):
        return f"🔴 {sent_back}超期 {(today - one.due).days} 天"
    return f"{sent_back}{wording.day(one.due)}前" if one.due else sent_back.rstrip("，")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureView:
    """A measure for whoever looks: which of its steps are theirs.

    `edits`: to word it, and set its post and day; `reports`: to say how it went; `reviews`: to accept it, or send it
    back; `why_not`: why they may not. `days`: what may be chosen as its day. `sheet`: the one it was taken down from.
    """

    plan: Rectification
    one: Measure
    files: Sequence[File] = ()
    edits: bool = False
    reports: bool = False
    reviews: bool = False
    why_not: str = ""
    days: Sequence[tuple[str, date]] = ()
    sheet: int = 0
    revision: int = 0


def measure(me: Me, view: MeasureView) -> Message:
    """A measure, and what can be done with it now."""
    plan, one = view.plan, view.one
    how = lost(plan, one)
    lines: list[Line] = [
        ("存在问题", f"{headed(plan, one)}{f'（{how}）' if how else ''}"),
        ("整改措施", one.text),
    ]
    if one.suggested:
        lines.append("这是党总支的建议" + ("。" if plan.term.published else "，结果公布以后支部才能看到。"))
    if not one.suggested or plan.term.published:
        lines += [
            ("责任人", one.post or "还没有定"),
            ("整改时限", f"{wording.day(one.due)}前" if one.due else "还没有定"),
        ]
    if one.dropped_at is not None:
        lines.append("这条已经删除。")
        rows: list[Row] = [(Button("恢复这条", RestoreMeasure(one.id), main=True),)] if view.edits else []
        return _card(view, lines, rows, None)
    if plan.accepted:
        lines += _course(me, view)
    rows, says = _steps(view)
    return _card(view, [*lines, *says], rows, _heard(view))


def _course(me: Me, view: MeasureView) -> list[Line]:
    """How it went, and what the committee said."""
    one = view.one
    lines: list[Line] = [("完成情况", one.report or "还没有报")]
    if view.files:
        lines.append(("附件", f"{len(view.files)} 份"))
    if one.closed_at:
        lines.append(("支部报完成", f"{one.closer} {wording.moment(one.closed_at, me.now)}"))
    if one.returned_at and one.reply:
        lines.append(("总支退回", f"{one.reply}（{wording.moment(one.returned_at, me.now)}）"))
    if one.accepted_at:
        lines.append(("销号", f"{one.acceptor} {wording.moment(one.accepted_at, me.now)}"))
    elif one.closed or one.returned_at or one.late(me.now.date()):
        lines.append(("现在", state(view.plan, one, me.now.date())))
    return lines


def _steps(view: MeasureView) -> tuple[list[Row], list[Line]]:
    """The buttons that are theirs who looks, and what they are invited to."""
    one = view.one
    if view.edits and one.suggested and not view.plan.term.published:
        return [(Button("删除", DropMeasure(one.id)),)], [Invitation("要改，请直接输入新的内容。")]
    if view.edits:
        posts = [
            Button(f"{CHOSEN if one.post == post else ''}{post}", Responsible(one.id, n))
            for n, post in enumerate(POSTS)
        ]
        days = [
            Button(f"{CHOSEN if one.due == day else ''}{word}", DueBy(one.id, day_number(day)))
            for word, day in view.days
        ]
        invites = Invitation("要改，请直接输入：新的措施，或责任人（写职务），或日期，例如：1月15日前。")
        return [*grid(posts, 3), *grid(days, 3), (Button("删除", DropMeasure(one.id)),)], [invites]
    if view.reports and one.closed:
        return [(Button("撤回，还没有完成", ReopenMeasure(one.id), short="撤回"),)], []
    if view.reports:
        invites = Invitation("请直接输入进展或完成情况，每月至少报一次；也可以直接发照片或文件。")
        close = Button("已完成，报总支销号", CloseMeasure(one.id), main=True, short="报销号")
        return [(close,)] if one.report else [], [invites]
    if view.reviews and one.closed:
        accept = Button("同意销号", AcceptMeasure(one.id, view.revision), main=True)
        label = "重新打开" if one.accepted else "退回"
        again = Button(label, AskSendBack(one.id))
        return [(again,) if one.accepted else (accept, again)], []
    return [], [view.why_not] if view.why_not and one.closed and not one.accepted else []


def _heard(view: MeasureView) -> Callable[[str], Action] | None:
    number = view.one.id
    return (lambda text: TypedOnMeasure(number, text)) if view.edits or view.reports else None


def _card(
    view: MeasureView, lines: Sequence[Line], rows: Sequence[Row], hears: Callable[[str], Action] | None
) -> Message:
    plan, one = view.plan, view.one
    shown = column(
        Button(f"{n}. {file.name[-24:]}", MeasureFile(one.id, file.id))
        for n, file in enumerate(view.files, start=1)
    )
    where = back(Rectify(plan.branch.id, plan.term.id), "全部措施", main=not rows)
    if view.sheet:
        where = (Button("返回本项", Card(view.sheet, one.item)), *where)
    takes = (lambda upload: AddMeasureFile(one.id, upload)) if view.reports and not one.closed else None
    return Message(
        title=f"措施 · {headed(plan, one)}",
        lines=(("支部", plan.branch.name), *lines),
        rows=(*rows, *shown, where),
        here=MeasureCard(one.id),
        hears=hears,
        takes=takes,
        hint="可输入措施、职务或日期" if view.edits else "请输入完成情况" if takes else "",
    )


def send_back(plan: Rectification, one: Measure, reason: int) -> Message:
    """Why a measure is sent back, to be typed and confirmed; `reason`: its fingerprint."""
    rows: list[Row] = [back(MeasureCard(one.id))]
    lines: list[Line] = [("整改措施", one.text), ("完成情况", one.report or "还没有报")]
    if one.reply and one.returned_at is None:
        lines += [("退回的原因", one.reply), Invitation("请核对。要改，请重新输入。")]
        rows.insert(0, (Button("确认退回", SendBackFor(one.id, reason), main=True),))
    else:
        lines.append(Invitation("请直接输入退回的原因：还差什么，怎样才算完成。输入后还会请您核对。"))
    return Message(
        title=f"退回措施 · {headed(plan, one)}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=AskSendBack(one.id),
        hears=lambda text: TypedSendBack(one.id, text),
        hint="请输入退回的原因",
    )


def one_file(me: Me, one: Measure, file: File, data: Path) -> Message:
    """A file of a measure, shown."""
    return Message(
        title=file.name,
        lines=(f"{file.by} {wording.moment(file.at, me.now)}",),
        rows=(back(MeasureCard(one.id), main=True),),
        here=MeasureFile(one.id, file.id),
        attachment=Attachment(file.name, file.mime, data),
    )
