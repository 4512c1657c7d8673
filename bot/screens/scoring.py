"""The screens of filling a sheet: the item card, the grid, the overview, and what they ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.actions import (
    AddEvidence,
    AskReason,
    AskSubmit,
    Card,
    ClearNote,
    Contents,
    Evidence,
    ItemFacts,
    KeepAsNote,
    KeepAsPoints,
    LineDraft,
    Mark,
    Note,
    OtherPoints,
    Overview,
    Points,
    Remark,
    Result,
    SaveLine,
    Submit,
    TypedLineReason,
    TypedNote,
    TypedOnCard,
    TypedReason,
    Undo,
    WayUp,
    WhyItem,
    WhyTotal,
)
from bot.message import Button, Line, Message, Row
from bot.permissions import Me, Rater
from bot.screens import wording
from bot.screens.layout import HOME, back, grid
from bot.values import SheetFile
from scoring.facts import Suggestion
from scoring.line import Change
from scoring.numerals import plain
from scoring.rubric import Edition, Grade, Item
from scoring.sheet import Mark as Scored
from scoring.stars import StarResult

REASONS = ("依据台账数字", "部分完成", "材料不全", "未按时完成", "效果一般")
"""The common reasons for other points, by the number that travels in the button; kept for ever."""


def card(me: Me, file: SheetFile, number: int, hint: Suggestion, writable: bool) -> Message:
    """One item with its standards, what suggests its grade, and one tap for each grade."""
    sheet, edition = file.sheet, file.sheet.edition
    item = edition.item(number)
    lines: list[Line] = [
        f"{item.category} · {wording.points(item.points)} · {wording.marked(sheet.filled, edition)}",
        ("合格", wording.typeset(item.standard)),
        ("优秀", wording.typeset(item.excellent)),
        ("测评方式", item.method),
    ]
    if file.rater is Rater.COMMITTEE:
        self_mark = file.other.marks.get(number) if file.other else None
        lines.append(("自评", scored(self_mark) if self_mark else "还没有"))
    lines += _hint(edition, number, hint)
    written, mark = file.written.get(number), sheet.marks.get(number)
    if mark and written:
        lines.append(("现在", f"{scored(mark)} · {written.by} {wording.moment(written.at, me.now)}"))
    if written and written.note:
        lines.append(("备注", written.note))
    rows: list[Row] = [(_evidence(file, item),)]
    if writable:
        rows = [_grades(file, item, hint), _more(file, item, hint)]
    last = len(edition.items)
    rows.append(
        (
            Button("‹", Card(file.id, number - 1 if number > 1 else last)),
            Button("目录", Contents(file.id)),
            Button("总览", Overview(file.id)),
            Button("›", Card(file.id, number + 1 if number < last else 1)),
        )
    )
    rows.append(_ways(file, item, writable))
    return Message(
        title=f"第 {number} 项 · {item.title}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=Card(file.id, number),
        hears=lambda text: TypedOnCard(file.id, number, text),
        takes=lambda upload: AddEvidence(file.id, number, upload),
        hint="如：3.5 缺记录、16/18" if item.typed else "如：优秀、3.5 缺记录",
    )


def scored(mark: Scored) -> str:
    """优秀 4 分, or with its reason 合格 3.5 分（缺一次记录）."""
    words = f"{mark.grade.word} {wording.points(mark.points)}"
    return f"{words}（{mark.reason}）" if mark.reason else words


def _hint(edition: Edition, number: int, hint: Suggestion) -> list[Line]:
    reasons = "；".join(hint.reasons)
    if hint.outcome == "not_countable":
        return []
    if hint.outcome == "suggested" and hint.grade is not None:
        other = _other(edition, number, hint)
        return [("建议", f"{wording.points(other) if other is not None else hint.grade.word} — {reasons}")]
    if hint.outcome == "judgement":
        return [("台账", reasons)]
    missing = f"还缺：{'、'.join(hint.missing)}"
    return [("台账", f"{reasons}；{missing}" if reasons else missing)]


def _other(edition: Edition, number: int, hint: Suggestion) -> Decimal | None:
    """The suggested points, when they are not those of the suggested grade."""
    if hint.grade is None or hint.points is None or hint.points == edition.points(number, hint.grade):
        return None
    return hint.points


def _grades(file: SheetFile, item: Item, hint: Suggestion) -> Row:
    edition, mark = file.sheet.edition, file.sheet.marks.get(item.number)
    other = _other(edition, item.number, hint)
    buttons = []
    for grade in (Grade.EXCELLENT, Grade.PASSED, Grade.FAILED):
        worth = edition.points(item.number, grade)
        chosen = mark is not None and (mark.grade, mark.points) == (grade, worth)
        advised = hint.outcome == "suggested" and hint.grade is grade and other is None
        sign = "✓" if chosen else "⭐" if advised else ""
        buttons.append(
            Button(
                f"{sign}{grade.word} {plain(worth)}",
                Mark(file.id, item.number, int(grade)),
                main=advised or chosen,
            )
        )
    return tuple(buttons)


def _more(file: SheetFile, item: Item, hint: Suggestion) -> Row:
    written, other = file.written.get(item.number), _other(file.sheet.edition, item.number, hint)
    buttons = [
        Button("其他分值", OtherPoints(file.id, item.number)),
        Button("备注 ✓" if written and written.note else "备注", Note(file.id, item.number)),
        _evidence(file, item),
    ]
    if hint.outcome == "suggested" and other is not None:
        advised = Points(file.id, item.number, int(other * 10), 0)
        buttons.insert(0, Button(f"⭐{wording.points(other)}", advised, main=True))
    return tuple(buttons)


def _evidence(file: SheetFile, item: Item) -> Button:
    files = file.behind.files.get(item.number, 0)
    return Button(f"依据 {files}" if files else "依据", Evidence(file.id, item.number))


def _ways(file: SheetFile, item: Item, writable: bool) -> Row:
    buttons = [Button("为什么", WhyItem(file.id, item.number))]
    if item.measures:
        buttons.append(Button("台账", ItemFacts(file.id, item.number)))
    if writable and file.last_change:
        buttons.append(Button("撤销", Undo(file.id, file.last_change)))
    buttons.append(HOME)
    return tuple(buttons)


def contents(file: SheetFile) -> Message:
    """The grid of all items: where one stands, and one tap to any of them."""
    sheet = file.sheet
    buttons = []
    for item in sheet.edition.items:
        mark = sheet.marks.get(item.number)
        buttons.append(
            Button(f"{item.number} {_short(sheet.edition, item.number, mark)}", Card(file.id, item.number))
        )
    rows = grid(buttons, 4)
    rows.append((Button("总览", Overview(file.id)), HOME))
    lines: list[Line] = [
        wording.marked(sheet.filled, sheet.edition),
        *(
            (category.name, f"第 {category.items[0].number}–{category.items[-1].number} 项")
            if len(category.items) > 1
            else (category.name, f"第 {category.items[0].number} 项")
            for category in sheet.edition.categories
        ),
    ]
    return Message(
        title=f"目录 · {file.branch.name}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=Contents(file.id),
        hears=lambda text: TypedOnCard(file.id, 0, text),
        hint="可输入项号，或一行：6优 7合 8 3.5",
    )


def _short(edition: Edition, number: int, mark: Scored | None) -> str:
    if mark is None:
        return "·"
    if edition.grade_of(number, mark.points) is mark.grade:
        return {Grade.EXCELLENT: "优", Grade.PASSED: "合", Grade.FAILED: "不"}[mark.grade]
    return plain(mark.points)


def overview(me: Me, file: SheetFile, result: StarResult, writable: bool, may_submit: bool) -> Message:
    """The sheet as a whole: total or interval, stars, categories, what is missing, and submitting it."""
    sheet = file.sheet
    lines: list[Line] = [
        ("进度", wording.marked(sheet.filled, sheet.edition)),
        ("总分" if result.total is not None else "总分区间", f"{wording.total(result)}"),
        ("星级", f"{wording.star_span(result)}"),
        *category_lines(sheet.edition, result),
    ]
    if sheet.open and sheet.filled:
        lines.append(("未评", "、".join(f"{n}" for n in sheet.open)))
    if result.all_excellent:
        lines.append(_all_excellent(sheet.edition))
    rows: list[Row] = []
    if sheet.submitted and file.submitted_at:
        whom = "；修改请联系党总支退回" if file.rater is Rater.SELF else ""
        lines.append(("已提交", f"{file.submitted_by} {wording.moment(file.submitted_at, me.now)}{whom}"))
        rows.append((Button("看结果", Result(file.branch.id, file.term.id), main=True),))
    elif writable:
        first = sheet.next_open(0)
        if first is not None:
            rows.append((Button(f"继续填第 {first} 项", Card(file.id, first), main=True),))
        elif may_submit:
            rows.append((Button("提交", AskSubmit(file.id), main=True),))
        else:
            lines.append(("提交", "请支部书记提交"))
    rows.append(
        (
            Button("目录", Contents(file.id)),
            Button("差多少", WayUp(file.branch.id, file.term.id)),
            Button("为什么", WhyTotal(file.branch.id, file.term.id)),
        )
    )
    last = [HOME]
    if writable and file.last_change:
        last.insert(0, Button("撤销", Undo(file.id, file.last_change)))
    rows.append(tuple(last))
    return Message(
        title=f"总览 · {file.branch.name} {file.rater.word}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=Overview(file.id),
        hears=lambda text: TypedOnCard(file.id, 0, text),
        hint="可输入一行：6优 7合 8 3.5（原因）",
    )


def category_lines(edition: Edition, result: StarResult) -> list[Line]:
    """One line a category: points of points, and whether it is weak."""
    lines: list[Line] = []
    for category, worth in zip(edition.categories, result.categories, strict=True):
        span = (
            plain(worth.least) if worth.least == worth.most else f"{plain(worth.least)}–{plain(worth.most)}"
        )
        lines.append((category.name, f"{span} / {plain(category.points)}{' ⚠ 薄弱' if worth.weak else ''}"))
    return lines


def _all_excellent(edition: Edition) -> Line:
    return ("提示", f"{len(edition.items)} 项全部为优秀，请再核对一遍。")


def ask_submit(file: SheetFile, result: StarResult) -> Message:
    """Submit is one of two things that ask for confirmation."""
    lines: list[Line] = [
        ("总分", wording.total(result)),
        ("星级", wording.star_span(result)),
        "提交后不能再改；需要修改时由党总支退回。",
    ]
    if result.all_excellent:
        lines.insert(2, _all_excellent(file.sheet.edition))
    return Message(
        title=f"提交{file.rater.word}？",
        lines=tuple(lines),
        rows=(
            (Button("确认提交", Submit(file.id, file.sheet.revision), main=True),),
            (Button("再看看", Overview(file.id)),),
        ),
        here=AskSubmit(file.id),
    )


def receipt(me: Me, file: SheetFile, result: StarResult) -> Message:
    """What stays in the chat after submitting: total, stars, time."""
    return Message(
        title=f"✅ 已提交 · {file.branch.name}",
        lines=(
            f"{file.term.name} {file.rater.word}",
            ("总分", wording.total(result)),
            ("星级", wording.star_span(result)),
            ("提交", f"{me.name} {wording.moment(me.now, me.now)}"),
        ),
    )


def other_points(file: SheetFile, item: Item) -> Message:
    """Ask for points other than a grade's."""
    most = int(item.points * 10)
    values = [
        tenths
        for tenths in range(most - 5, -1, -5)
        if file.sheet.edition.grade_of(item.number, Decimal(tenths) / 10) is None
    ]
    buttons = [Button(plain(Decimal(t) / 10), AskReason(file.id, item.number, t)) for t in values]
    rows = grid(buttons, 5)
    return Message(
        title=f"第 {item.number} 项 · 其他分值",
        lines=(
            f"请选择，或输入 0 到 {plain(item.points)} 的分值（一位小数）和原因，例如：",
            f"{plain(item.points - Decimal('0.5'))} 缺一次记录",
        ),
        rows=(*rows, back(Card(file.id, item.number))),
        here=OtherPoints(file.id, item.number),
        hears=lambda text: TypedOnCard(file.id, item.number, text),
        takes=lambda upload: AddEvidence(file.id, item.number, upload),
        hint="例如：3.5 缺一次记录",
    )


def ask_reason(file: SheetFile, item: Item, points: Decimal) -> Message:
    """Ask why an item gets these points."""
    tenths = int(points * 10)
    return Message(
        title=f"第 {item.number} 项 · {wording.points(points)}",
        lines=("为什么是这个分值？请选一个原因，或直接输入一句话。",),
        rows=(
            tuple(Button(REASONS[n], Points(file.id, item.number, tenths, n)) for n in (1, 2)),
            tuple(Button(REASONS[n], Points(file.id, item.number, tenths, n)) for n in (3, 4)),
            back(Card(file.id, item.number)),
        ),
        here=AskReason(file.id, item.number, tenths),
        hears=lambda text: TypedReason(file.id, item.number, tenths, text),
        takes=lambda upload: AddEvidence(file.id, item.number, upload),
        hint="请输入原因",
    )


def note(file: SheetFile, item: Item) -> Message:
    """Ask for a note."""
    written = file.written.get(item.number)
    text = written.note if written else ""
    rows: list[Row] = [back(Card(file.id, item.number))]
    if text:
        rows.insert(0, (Button("删除备注", ClearNote(file.id, item.number)),))
    return Message(
        title=f"第 {item.number} 项 · 备注",
        lines=(("备注", text), "输入新的内容会替换它。") if text else ("请输入备注，最多 500 字。",),
        rows=tuple(rows),
        here=Note(file.id, item.number),
        hears=lambda typed: TypedNote(file.id, item.number, typed),
        takes=lambda upload: AddEvidence(file.id, item.number, upload),
        hint="请输入备注",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarkView:
    """A text on an item's card that may be a remark: the points it may name, or `why` it is no line."""

    draft: int
    item: Item
    text: str
    offered: Scored | None = None
    why: str = ""


def meant(file: SheetFile, view: RemarkView) -> Message:
    """Ask what a remark was meant for: the note, the points it may name, or something else."""
    number, offered = view.item.number, view.offered
    lines: list[Line] = [("您发的", view.text.strip()), *([view.why] if view.why else [])]
    rows: list[Row] = [(Button("写进备注", KeepAsNote(file.id, view.draft), main=True),)]
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
        rows.append((Button(f"写进第 {typed_on} 项备注", KeepAsNote(file.id, draft)),))
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


def why_item(me: Me, file: SheetFile, item: Item, hint: Suggestion, inputs: Sequence[str]) -> Message:
    """The sentences, inputs and formula behind an item's points and suggestion, who and when, and the edition."""
    edition = file.sheet.edition
    shares = "，".join(f"{g.word} {plain(edition.points(item.number, g))}" for g in reversed(Grade))
    lines: list[Line] = [
        ("依据", f"《{edition.name}》第 {item.number} 项，{item.category}，{wording.points(item.points)}"),
        ("合格", wording.typeset(item.standard)),
        ("优秀", wording.typeset(item.excellent)),
        ("分值", f"{shares}（按分值的 {'、'.join(_percent(edition.shares[g]) for g in reversed(Grade))}）"),
    ]
    mark, written = file.sheet.marks.get(item.number), file.written.get(item.number)
    if mark and written:
        lines.append(("得分", f"{scored(mark)} · {written.by} {wording.moment(written.at, me.now)}"))
    else:
        lines.append(("得分", "还没有评"))
    if hint.outcome == "not_countable":
        lines.append(("建议", "本项由您判断，没有可计算的数字。"))
    else:
        lines += _hint(edition, item.number, hint)
        lines += [("台账", text) for text in inputs]
    return Message(
        title=f"为什么 · 第 {item.number} 项",
        lines=tuple(lines),
        rows=(back(Card(file.id, item.number), "返回本项"),),
        here=WhyItem(file.id, item.number),
        hears=lambda text: TypedOnCard(file.id, item.number, text),
        takes=lambda upload: AddEvidence(file.id, item.number, upload),
    )


def _percent(share: Decimal) -> str:
    return f"{plain(share * 100)}%"
