"""The screens of a whole sheet: the grid of its items, the overview, and submitting it."""

from dataclasses import dataclass

from bot.actions import (
    AskRest,
    AskSubmit,
    AskTakeBack,
    Card,
    Contents,
    OpenSheet,
    Overview,
    Result,
    Return,
    Submit,
    TypedOnCard,
    Undo,
    WayUp,
    WhyTotal,
)
from bot.message import Button, Line, Message, Row
from bot.permissions import Me, Rater, may_return_sheet
from bot.screens import wording
from bot.screens.layout import HOME, grid
from bot.screens.returned import on_overview
from bot.values import Branch, SheetFile
from scoring.agreement import Agreement, Apart
from scoring.line import example
from scoring.numerals import plain
from scoring.rubric import Edition, Grade, Item
from scoring.sheet import Mark as Scored
from scoring.stars import StarResult


def contents(file: SheetFile) -> Message:
    """All items by their titles, a category below the other: where one stands, and one tap to any of them."""
    sheet, rows = file.sheet, list[Row]()
    lines: list[Line] = [wording.marked(sheet.filled, sheet.edition)]
    for category in sheet.edition.categories:
        first, last = category.items[0].number, category.items[-1].number
        done = sum(item.number in sheet.marks for item in category.items)
        which = f"第 {first}–{last} 项" if last > first else f"第 {first} 项"
        lines.append((category.name, f"{which} {done}/{len(category.items)}"))
        rows += grid([_entry(file, item) for item in category.items], 2)
    rows.append((Button("总览", Overview(file.id)), HOME))
    return Message(
        title=f"目录 · {file.branch.name}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=Contents(file.id),
        hears=lambda text: TypedOnCard(file.id, 0, text),
        hint=f"可输入项号，或一行：{example(sheet.edition, '{} {}')}",
    )


def _entry(file: SheetFile, item: Item) -> Button:
    """7 优 《手册》填写与讲评; an item that is still open has a point for its grade."""
    mark = file.sheet.marks.get(item.number)
    label = f"{item.number} {brief(file.sheet.edition, item.number, mark)} {wording.short(item.title, 20)}"
    return Button(label, Card(file.id, item.number))


def brief(edition: Edition, number: int, mark: Scored | None) -> str:
    """优, 合, 不, or other points; a point for what is open."""
    if mark is None:
        return "·"
    if edition.grade_of(number, mark.points) is mark.grade:
        return {Grade.EXCELLENT: "优", Grade.PASSED: "合", Grade.FAILED: "不"}[mark.grade]
    return plain(mark.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewView:
    """A sheet as a whole: its result, and what whoever looks may do; `following` is the item to go on with.

    Of the committee's: what it may take over from 自评 (None while that is not submitted), how many marks were taken
    over in one go, and the branch that is evaluated next.
    """

    result: StarResult
    writable: bool
    may_submit: bool
    following: int | None
    agreed: Agreement | None = None
    taken: int = 0
    then: Branch | None = None


def overview(me: Me, file: SheetFile, view: OverviewView) -> Message:
    """The sheet as a whole: total or interval, stars, categories, what is missing, and submitting it."""
    sheet, result, writable = file.sheet, view.result, view.writable
    lines: list[Line] = [
        *on_overview(me, file),
        ("进度", wording.marked(sheet.filled, sheet.edition)),
        ("总分" if result.total is not None else "总分区间", f"{wording.total(result)}"),
        ("星级", f"{wording.star_span(result)}"),
        *category_lines(sheet.edition, result),
    ]
    if sheet.open and sheet.filled:
        lines.append(("未评", "、".join(f"{n}" for n in sheet.open)))
    if view.taken:
        lines.append(("其中", f"{view.taken} 项一次同自评"))
    if result.all_excellent:
        lines.append(_all_excellent(sheet.edition))
    rows: list[Row] = []
    if sheet.submitted and file.submitted_at:
        lines.append(("已提交", f"{file.submitted_by} {wording.moment(file.submitted_at, me.now)}"))
        if file.rater is Rater.SELF and me.in_branch(file.branch.id) and not file.term.published:
            lines.append("提交后不能再改；要改的请告诉党总支，退回后再改。结果以总支评价为准。")
        if view.then is not None:
            rows.append((_next(view.then, file),))
        rows.append((Button("看结果", Result(file.branch.id, file.term.id), main=view.then is None),))
    elif writable:
        if file.rater is Rater.COMMITTEE:
            lines += _one_by_one(file, view.agreed)
        back = file.untouched
        if back:
            rows += grid([Button(f"改第 {n} 项", Card(file.id, n), main=n == back[0]) for n in back], 4)
        if view.following is not None and view.following not in back:
            together = view.agreed is not None and bool(view.agreed.rest(sheet))
            go_on = Button(
                f"继续填第 {view.following} 项",
                Card(file.id, view.following),
                main=not together,
                short="继续填",
            )
            rows += (
                [(Button("其余都同自评", AskRest(file.id), main=True, short="都同自评"),)] if together else []
            )
            rows.append((go_on,))
        elif view.may_submit:
            rows.append((Button("提交", AskSubmit(file.id), main=not back),))
        else:
            lines.append(("提交", "请支部书记提交"))
    rows += _returning(me, file)
    rows.append(
        (
            Button("目录", Contents(file.id)),
            Button("差多少", WayUp(file.branch.id, file.term.id)),
            Button("为什么", WhyTotal(file.branch.id, file.term.id)),
        )
    )
    last = [HOME]
    if writable and (change := file.to_undo(me)):
        last.insert(0, Button("撤销", Undo(file.id, change)))
    rows.append(tuple(last))
    return Message(
        title=f"总览 · {file.branch.name} {file.rater.word}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=Overview(file.id),
        hears=lambda text: TypedOnCard(file.id, 0, text),
        hint=f"可输入一行：{example(sheet.edition, '{} {}（原因）')}",
    )


def _one_by_one(file: SheetFile, agreed: Agreement | None) -> list[Line]:
    """Which items the committee marks one by one before it may take the rest over, each kind with why."""
    if agreed is None:
        back = file.returned is not None and file.returned.open
        return [] if back else [("自评", "还没有提交，现在只能看台账。")]
    waiting = agreed.waiting(file.sheet)
    said = []
    for why in Apart:
        numbers = "、".join(str(number) for number in waiting if agreed.apart[number] is why)
        said += [f"第 {numbers} 项（{why.word}）"] if numbers else []
    return [("先逐项评", f"{'，'.join(said)}；评完后，其余的可以一次同自评。")] if said else []


def _next(branch: Branch, file: SheetFile) -> Button:
    """下一个支部，双龙校区: by its name, for a button never says only 下一个."""
    name = wording.short(branch.name.removesuffix("党支部"), 24)
    return Button(
        f"下一个支部，{name}",
        OpenSheet(branch.id, file.term.id, int(Rater.COMMITTEE)),
        main=True,
        short="下个支部",
    )


def _returning(me: Me, file: SheetFile) -> list[Row]:
    """What the committee may do about a submission, the branch's and its own, until the term is published."""
    if file.term.published or not may_return_sheet(me, file.branch.committee_id, file.branch.id):
        return []
    if file.rater is Rater.SELF:
        return [(Button("退回", Return(file.id)),)] if file.returnable else []
    row: list[Button] = []
    if file.returnable:
        row += [Button("看自评", Overview(file.other_id)), Button("退回自评", Return(file.other_id))]
    elif file.returned and file.returned.open:
        row.append(Button("自评已退回", Return(file.other_id), short="已退回"))
    if file.sheet.submitted:
        row.append(Button("撤回提交", AskTakeBack(file.id)))
    return [tuple(row)] if row else []


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


def ask_submit(file: SheetFile, result: StarResult, taken: int) -> Message:
    """Submit is one of two things that ask for confirmation; `taken`: how many marks were taken over in one go."""
    lines: list[Line] = [
        ("总分", wording.total(result)),
        ("星级", wording.star_span(result)),
        "请核对好再提交，公布以前可以撤回。"
        if file.rater is Rater.COMMITTEE
        else "提交后不能再改，请核对好再提交。",
    ]
    if result.all_excellent:
        lines.insert(2, _all_excellent(file.sheet.edition))
    if taken:
        lines.insert(2, ("其中", f"{taken} 项一次同自评"))
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
