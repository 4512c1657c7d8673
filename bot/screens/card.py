"""The screens of one item: its card, other points, a reason, a note, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.actions import (
    AddEvidence,
    Agree,
    AskReason,
    AskRest,
    Card,
    ClearNote,
    Contents,
    Evaluate,
    EvaluatePoints,
    Evidence,
    FromItem,
    ItemFacts,
    KeepAsNote,
    Mark,
    Note,
    OtherPoints,
    OverNote,
    Overview,
    Points,
    ReplaceNote,
    ReturnItem,
    TypedNote,
    TypedOnCard,
    TypedReason,
    Undo,
    WhyItem,
)
from bot.message import ADVISED, CHOSEN, Button, Line, Message, Row
from bot.permissions import Me, Rater, may_return_sheet
from bot.screens import wording
from bot.screens.layout import HOME, back, grid
from bot.screens.returned import on_card
from bot.screens.wording import scored as scored
from bot.values import SheetFile
from scoring.agreement import Apart
from scoring.facts import Suggestion
from scoring.numerals import percent, plain
from scoring.rubric import Edition, Grade, Item

REASONS = ("依据台账数字", "部分完成", "材料不全", "未按时完成", "效果一般")
"""The common reasons for other points, by the number that travels in the button; kept for ever."""

STEPS_MOST = 20  # steps in which other points are offered, whatever an item is worth


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """An item's card: what suggests its grade, and whether it can be marked.

    On the committee's: why the item is marked by itself, if it is; and whether the rest can be taken over from 自评.
    """

    hint: Suggestion
    writable: bool
    apart: Apart | None = None
    rest: bool = False
    measure: bool = False
    """Whether whoever looks may take down measures (整改)."""


def card(me: Me, file: SheetFile, number: int, view: CardView) -> Message:
    """One item with its standards, what suggests its grade, and one tap for each grade."""
    sheet, edition, hint, writable = file.sheet, file.sheet.edition, view.hint, view.writable
    item = edition.item(number)
    lines: list[Line] = [
        f"{item.category} · {wording.points(item.points)} · {wording.marked(sheet.filled, edition)}",
        *(on_card(file, number) if file.rater is Rater.SELF else ()),
        ("合格", wording.typeset(item.standard)),
        ("优秀", wording.typeset(item.excellent)),
        ("测评方式", item.method),
    ]
    if file.rater is Rater.COMMITTEE:
        lines += [*_beside(file, number, view.apart), *on_card(file, number)]
    lines += _rectified(file, number)
    lines += _hint(edition, number, hint)
    written, mark = file.written.get(number), sheet.marks.get(number)
    if mark and written:
        lines.append(("现在", f"{scored(mark)} · {written.by} {wording.moment(written.at, me.now)}"))
    if written and written.note:
        lines.append(("备注", written.note))
    rows: list[Row] = [(_evidence(file, item),)]
    if writable:
        rows = [_grades(file, item, hint), *_agreeing(file, item, view.rest), _more(file, item, hint)]
    last = len(edition.items)
    to_last = Button("‹", Card(file.id, number - 1 if number > 1 else last), name="上一项")
    to_next = Button("›", Card(file.id, number + 1 if number < last else 1), name="下一项")
    foremost = _foremost(rows, to_last, to_next) if writable else (to_last, to_next)
    rows.append((to_last, Button("目录", Contents(file.id)), Button("总览", Overview(file.id)), to_next))
    rows.append(_ways(me, file, item, writable))
    rows += _measure(me, file, number) if view.measure else []
    return Message(
        title=f"第 {number} 项 · {item.title}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=Card(file.id, number),
        foremost=foremost,
        hears=lambda text: TypedOnCard(file.id, number, text),
        takes=lambda upload: AddEvidence(file.id, number, upload),
        hint=_typed_hint(edition, item) if file.rater is Rater.SELF else "如：优秀、3.5 缺记录",
    )


def _beside(file: SheetFile, number: int, apart: Apart | None) -> list[Line]:
    """What the branch gave itself and noted, once it has submitted that."""
    if file.other is None:
        back = file.returned is not None and file.returned.open
        return [("自评", "已退回，等支部重新提交" if back else "还没有提交，现在只能看台账。")]
    mark, written = file.other.marks.get(number), file.beside.get(number)
    warned = f" ⚠ {apart.word}" if apart else ""
    lines: list[Line] = [("自评", f"{scored(mark)}{warned}" if mark else "没有评")]
    if written and written.note:
        lines.append(("自评备注", written.note))
    return lines


def _rectified(file: SheetFile, number: int) -> list[Line]:
    """What was to be done about the item after an earlier term; 再次 where it fails again."""
    mark = file.sheet.marks.get(number)
    again = mark is not None and mark.grade is not Grade.EXCELLENT
    return [
        (
            "上学期整改" + "（再次）" * again,
            f"{wording.short(one.text, 60)}（{'已销号' if one.accepted else '未完成'}）",
        )
        for one in file.behind.rectified
        if one.item == number
    ]


def _agreeing(file: SheetFile, item: Item, rest: bool) -> list[Row]:
    """On the committee's card: the branch's own mark by one tap, and all that is left where that can be."""
    own = file.other.marks.get(item.number) if file.rater is Rater.COMMITTEE and file.other else None
    if own is None:
        return []
    sign = CHOSEN if file.sheet.marks.get(item.number) == own else ""
    same = Agree(file.id, item.number, int(own.points * 100), file.seen(item.number))
    others = (Button("其余都同自评", AskRest(file.id), main=True, short="都同自评"),) if rest else ()
    return [(Button(f"{sign}同自评", same), *others)]


def _typed_hint(edition: Edition, item: Item) -> str:
    """What may be typed on a branch's own card: 如：3.5 缺记录、实到/应到 16/18."""
    if not item.typed:
        return "如：优秀、3.5 缺记录"
    kind = edition.facts[item.typed]
    return "如：3.5 缺记录、" + f"{wording.parts(kind)} {kind.example}".strip()


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
        sign = CHOSEN if chosen else ADVISED if advised else ""
        mark_it: Mark | Evaluate = Mark(file.id, item.number, int(grade))
        if file.rater is Rater.COMMITTEE:
            mark_it = Evaluate(file.id, item.number, int(grade), file.seen(item.number))
        buttons.append(Button(f"{sign}{grade.word} {plain(worth)}", mark_it, main=advised or chosen))
    return tuple(buttons)


def _points(file: SheetFile, item: Item, tenths: int, reason: int) -> Points | EvaluatePoints:
    """Give an item these points; on the committee's sheet, if it stands as it is shown."""
    if file.rater is Rater.SELF:
        return Points(file.id, item.number, tenths, reason)
    return EvaluatePoints(file.id, item.number, tenths, reason, file.seen(item.number))


def _more(file: SheetFile, item: Item, hint: Suggestion) -> Row:
    written, other = file.written.get(item.number), _other(file.sheet.edition, item.number, hint)
    buttons = [
        Button("其他分值", OtherPoints(file.id, item.number)),
        Button(f"{CHOSEN if written and written.note else ''}备注", Note(file.id, item.number)),
        _evidence(file, item),
    ]
    if hint.outcome == "suggested" and other is not None:
        advised = _points(file, item, int(other * 10), 0)
        buttons.insert(0, Button(f"{ADVISED}{wording.points(other)}", advised, main=True))
    return tuple(buttons)


def _foremost(rows: Sequence[Row], to_last: Button, to_next: Button) -> Row:
    """What marking takes: the grades, the branch's own mark where it can be taken over, the items on either side."""
    grades, (same, *_) = rows[0], rows[1]
    return (*grades, same, to_next) if isinstance(same.action, Agree) else (*grades, to_last, to_next)


def _evidence(file: SheetFile, item: Item) -> Button:
    files = file.behind.files.get(item.number, 0)
    return Button(f"依据 {files}" if files else "依据", Evidence(file.id, item.number))


def _ways(me: Me, file: SheetFile, item: Item, writable: bool) -> Row:
    buttons = [Button("为什么", WhyItem(file.id, item.number))]
    if item.measures:
        buttons.append(Button("台账", ItemFacts(file.id, item.number)))
    if file.returnable and may_return_sheet(me, file.branch.committee_id, file.branch.id):
        buttons.append(Button("退回", ReturnItem(file.returnable, item.number)))
    if writable and (change := file.to_undo(me)):
        buttons.append(Button("撤销", Undo(file.id, change)))
    buttons.append(HOME)
    return tuple(buttons)


def _measure(me: Me, file: SheetFile, number: int) -> list[Row]:
    """The way to take down a measure (整改): for this item or, where one has just marked another alone, for that."""
    own = {n: w.change for n, w in file.written.items() if w.person_id == me.person_id}
    last = [n for n, change in own.items() if change == max(own.values())]
    ways = [(number, "记一条整改措施")]
    if len(last) == 1:  # of several that were marked at once none is meant
        ways.append((last[0], f"第 {last[0]} 项记一条整改措施"))
    for one, label in ways:
        mark = file.sheet.marks.get(one)
        if mark is not None and mark.grade is not Grade.EXCELLENT:
            return [(Button(label, FromItem(file.id, one), short="记整改"),)]
    return []


def other_points(file: SheetFile, item: Item) -> Message:
    """Ask for points other than a grade's."""
    most = int(item.points * 10)
    others = [
        tenths
        for tenths in range(most - 1, -1, -1)
        if file.sheet.edition.grade_of(item.number, Decimal(tenths) / 10) is None
    ]
    step = next(tenths for tenths in (5, 10, 20, 50) if most <= tenths * STEPS_MOST)
    values = [tenths for tenths in others if (most - tenths) % step == 0]
    such = next(iter(values or others), 0)
    buttons = [Button(plain(Decimal(t) / 10), AskReason(file.id, item.number, t)) for t in values]
    return Message(
        title=f"第 {item.number} 项 · 其他分值",
        lines=(
            *_standing(file, item),
            f"请选择，或输入 0 到 {plain(item.points)} 的分值（一位小数）和原因，例如：",
            f"{plain(Decimal(such) / 10)} 缺一次记录",
        ),
        rows=(*grid(buttons, 5), back(Card(file.id, item.number))),
        here=OtherPoints(file.id, item.number),
        hears=lambda text: TypedOnCard(file.id, item.number, text),
        takes=lambda upload: AddEvidence(file.id, item.number, upload),
        hint="例如：3.5 缺一次记录",
    )


def _standing(file: SheetFile, item: Item) -> tuple[Line, ...]:
    """On the committee's sheet what stands on an item, and who gave it: the buttons below replace that alone."""
    mark, written = file.sheet.marks.get(item.number), file.written.get(item.number)
    if file.rater is Rater.SELF or mark is None or written is None:
        return ()
    return (("现在", f"{scored(mark)} · {written.by}"),)


def ask_reason(file: SheetFile, item: Item, points: Decimal) -> Message:
    """Ask why an item gets these points."""
    tenths = int(points * 10)
    return Message(
        title=f"第 {item.number} 项 · {wording.points(points)}",
        lines=(*_standing(file, item), "为什么是这个分值？请选一个原因，或直接输入一句话。"),
        rows=(
            tuple(Button(REASONS[n], _points(file, item, tenths, n)) for n in (1, 2)),
            tuple(Button(REASONS[n], _points(file, item, tenths, n)) for n in (3, 4)),
            back(Card(file.id, item.number)),
        ),
        here=AskReason(file.id, item.number, tenths),
        hears=lambda text: TypedReason(file.id, item.number, tenths, text),
        takes=lambda upload: AddEvidence(file.id, item.number, upload),
        hint="请输入原因",
    )


def note(file: SheetFile, item: Item) -> Message:
    """Ask for a note."""
    text = file.note(item.number)
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
class OverNoteView:
    """A note that stands, whose and since when; and a draft that is to take its place, in words (none: it is to go)."""

    number: int
    draft: int
    text: str
    stands: str
    by: str
    at: datetime


def over_note(me: Me, file: SheetFile, view: OverNoteView) -> Message:
    """Another member's note is seen before it is replaced or removed."""
    number, stands = view.number, view.stands or "（已删除）"
    lines: list[Line] = [("现在的备注", f"{stands}（{view.by} {wording.moment(view.at, me.now)}）")]
    rows: list[Row] = [(Button("删除这条备注", ReplaceNote(file.id, view.draft), main=True),)]
    if view.text:
        lines += [("您写的", view.text), "还没有保存。"]
        both = (Button("两条都留", KeepAsNote(file.id, view.draft), main=True),)
        rows = [(*both, Button("换成我写的", ReplaceNote(file.id, view.draft)))]
    else:
        lines.append("这是别的委员写的，还没有删除。")
    return Message(
        title=f"第 {number} 项 · 备注",
        lines=tuple(lines),
        rows=(*rows, back(Card(file.id, number), "不改")),
        here=OverNote(file.id, view.draft),
        hears=lambda typed: TypedNote(file.id, number, typed),
        hint="也可以重新输入备注",
    )


def why_item(me: Me, file: SheetFile, item: Item, hint: Suggestion, inputs: Sequence[str]) -> Message:
    """The sentences, inputs and formula behind an item's points and suggestion, who and when, and the edition."""
    edition = file.sheet.edition
    shares = "，".join(f"{g.word} {plain(edition.points(item.number, g))}" for g in reversed(Grade))
    lines: list[Line] = [
        ("依据", f"《{edition.name}》第 {item.number} 项，{item.category}，{wording.points(item.points)}"),
        ("合格", wording.typeset(item.standard)),
        ("优秀", wording.typeset(item.excellent)),
        ("分值", f"{shares}（按分值的 {'、'.join(percent(edition.shares[g]) for g in reversed(Grade))}）"),
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
