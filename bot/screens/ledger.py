"""台账: the numbers behind the items."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.actions import (
    AddEvidence,
    AskFact,
    Card,
    ClearFact,
    FactCard,
    FactKept,
    ItemFacts,
    Ledger,
    LedgerOf,
    MeantFact,
    OpenSheet,
    TypedFact,
    TypedOnCard,
    UndoFact,
    month_number,
)
from bot.message import CHOSEN, Button, Line, Message, Row
from bot.permissions import Me, Rater
from bot.screens import wording
from bot.screens.layout import back, column, grid, home_row
from bot.values import Branch, Recorded, SheetFile, Term
from scoring.facts import Fact
from scoring.rubric import Category, FactKind, Item


def instead(kind: FactKind, fact: Fact, known: Iterable[Fact]) -> str:
    """（原来 17/18）, where a number takes the place of another one."""
    before = next((f for f in known if (f.kind, f.period) == (fact.kind, fact.period)), fact)
    return "" if before == fact else f"（原来 {wording.number(kind, before.count, before.of)}）"


def kept(kind: FactKind, fact: Fact, before: Iterable[Recorded], closed: str) -> str:
    """The receipt for a number that was typed: what it takes the place of, and the task that it closed."""
    if closed:
        return closed
    month = f"{wording.month(fact.period)} " if kind.monthly else ""
    said = f"{kind.title} {month}{wording.number(kind, fact.count, fact.of)} 已记"
    was = next((r for r in before if (r.fact.kind, r.fact.period) == (fact.kind, fact.period)), None)
    reported = was and (was.instead_of if was.typed else was.fact)
    if reported and reported != fact:
        return f"{said}，代替任务报的 {wording.number(kind, reported.count, reported.of)}"
    return said + instead(kind, fact, [was.fact] if was else [])


def cleared(kind: FactKind, gone: bool, now: Iterable[Recorded], period: str) -> str:
    """The receipt for a number that was taken back: what counts again, or why it stays."""
    left = next((r.fact for r in now if (r.fact.kind, r.fact.period) == (kind.key, period)), None)
    if left is None:
        return f"{kind.title} 已删除" if gone else "这个数字已经删除"
    number = wording.number(kind, left.count, left.of)
    if gone:
        return f"{kind.title} 已改回任务报的 {number}"
    return f"{number} 是任务报的，请在「待办」里打开那项任务修改"


def beside(screen: Message, offers: Sequence[Button], undo: UndoFact | None) -> Message:
    """A screen on which numbers were typed, with the tasks they may answer, too, and the way to take them back."""
    lines = ("这个数如果也是下面任务的结果，点一下就不用再报。",) if offers else ()
    rows = column((*offers, *([Button("撤销刚才的数字", undo, short="撤销数字")] if undo else ())))
    return replace(screen, lines=(*screen.lines, *lines), rows=(*screen.rows[:-1], *rows, *screen.rows[-1:]))


COUNTED = "由交办任务自动统计"


def source(me: Me, recorded: Recorded) -> str:
    """Who recorded a fact and when, or that the bot counted it."""
    if recorded.at is None:
        return COUNTED
    return (
        f"{recorded.by} {wording.moment(recorded.at, me.now)}，{'手填' if recorded.typed else '在任务里报'}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerView:
    """台账 of a branch and term: what is recorded in it, and whether whoever looks may change that."""

    branch: Branch
    term: Term
    facts: Sequence[Recorded]
    writable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FactView:
    """One kind of fact for one month or the whole term, the months it has, and the sheet of who looks, if begun.

    `counted`: the bot counts it from the tasks that were given, so that nothing is typed. `offers`: the tasks that the
    number may answer, too. `change`: the one just made, that can be taken back; 0 for none.
    """

    kind: FactKind
    period: str
    months: Sequence[str]
    counted: bool
    sheet: int | None
    offers: Sequence[Button] = ()
    change: int = 0


def ledger(view: LedgerView) -> Message:
    """All facts of a branch and term, and a button for the facts of each category."""
    branch, term = view.branch, view.term
    edition = term.table
    lines = [line for kind in edition.facts.values() if (line := _line(kind, view.facts))]
    buttons = [
        Button(category.name, LedgerOf(branch.id, term.id, category.number))
        for category in edition.categories
    ]
    return Message(
        title=f"台账 · {branch.name}",
        lines=(*lines, "选一类查看或填写。")
        if lines
        else ("还没有数字。填一次，就会给相关各项提出建议。选一类开始。",),
        rows=(*grid(buttons, 2), _ways_back(view)),
        here=Ledger(branch.id, term.id),
    )


def ledger_of(view: LedgerView, category: Category, month: int) -> Message:
    """The facts that feed one category, one button for each."""
    branch, term = view.branch, view.term
    edition = term.table
    numbers = {item.number for item in category.items}
    kinds = [kind for kind in edition.facts.values() if numbers & set(edition.feeds(kind.key))]
    buttons = _fact_buttons(branch, term, kinds, month)
    return Message(
        title=f"台账 · {category.name}",
        lines=tuple(_line(kind, view.facts) or (kind.title, "还没有填") for kind in kinds)
        or ("这一类没有要填的数字。",),
        rows=(*grid(buttons, 2), (Button("全部台账", Ledger(branch.id, term.id)), *_ways_back(view))),
        here=LedgerOf(branch.id, term.id, category.number),
    )


def _fact_buttons(branch: Branch, term: Term, kinds: Sequence[FactKind], month: int) -> list[Button]:
    return [
        Button(kind.title, FactCard(branch.id, term.id, kind.number, month if kind.monthly else 0))
        for kind in kinds
    ]


def item_facts(file: SheetFile, item: Item, facts: Sequence[Recorded], month: int) -> Message:
    """The facts that one item counts, one button for each, and the way back to its card."""
    edition = file.sheet.edition
    keys = dict.fromkeys(measure.fact for measure in item.measures)
    kinds = [edition.facts[key] for key in keys]
    buttons = _fact_buttons(file.branch, file.term, kinds, month)
    return Message(
        title=f"台账 · 第 {item.number} 项 {item.title}",
        lines=tuple(_line(kind, facts) or (kind.title, "还没有填") for kind in kinds)
        or ("本项没有要填的数字。",),
        rows=(*grid(buttons, 2), back(Card(file.id, item.number), "返回本项", main=True)),
        here=ItemFacts(file.id, item.number),
        hears=lambda text: TypedOnCard(file.id, item.number, text),
        takes=lambda upload: AddEvidence(file.id, item.number, upload),
    )


def _line(kind: FactKind, facts: Sequence[Recorded]) -> Line | None:
    return numbers(kind, [recorded.fact for recorded in facts])


def numbers(kind: FactKind, facts: Iterable[Fact]) -> Line | None:
    """What is known of a kind, month by month where it is kept so; None where nothing is."""
    said = [fact for fact in facts if fact.kind == kind.key]
    parts = [
        f"{wording.month(f.period)} {wording.number(kind, f.count, f.of)}"
        if kind.monthly
        else wording.number(kind, f.count, f.of)
        for f in said
    ]
    return (kind.title, "，".join(parts)) if parts else None


def _ways_back(view: LedgerView) -> Row:
    if not view.writable:
        return home_row()
    return back(OpenSheet(view.branch.id, view.term.id, int(Rater.SELF)), "去自评")


def fact_card(me: Me, ledger: LedgerView, view: FactView) -> Message:
    """One kind of fact for one month or the whole term: what is recorded, and what to type."""
    branch, term, kind, period = ledger.branch, ledger.term, view.kind, view.period
    may_type = ledger.writable and not view.counted
    blank = "还没有到期或完成的任务" if view.counted else "还没有填"
    recorded = [r for r in ledger.facts if r.fact.kind == kind.key]
    current = next((r for r in recorded if r.fact.period == period), None)
    month = month_number(period)
    lines: list[Line] = [
        (
            wording.month(period),
            wording.number(kind, current.fact.count, current.fact.of) if current else blank,
        ),
    ]
    if current:
        lines.append(("记录", source(me, current)))
    reported = current.instead_of if current else None
    if reported:
        lines.append(f"手填的代替任务报的 {wording.number(kind, reported.count, reported.of)}。")
    feeds = term.table.feeds(kind.key)
    lines.append(("用于", "、".join(f"第 {n} 项 {term.table.item(n).title}" for n in feeds)))
    if may_type and current and not current.typed:
        lines.append("要改，请在「待办」里打开那项任务；直接输入的数会代替它。")
    if view.offers:
        lines.append("如果也是下面任务的结果，点一下就不用再报。")
    if may_type:
        lines.append(f"请直接输入{wording.parts(kind)}，例如：{kind.example}")
    elif view.counted:
        lines.append(f"{COUNTED}，不用填写。")
    rows: list[Row] = column(view.offers)
    if view.change:
        rows.append((Button("撤销", UndoFact(branch.id, term.id, kind.number, month, view.change)),))
    if kind.monthly:
        said = {r.fact.period for r in recorded}
        buttons = [
            Button(
                f"{CHOSEN if m in said else ''}{wording.month(m)}",
                FactCard(branch.id, term.id, kind.number, month_number(m)),
                main=m == period,
            )
            for m in view.months
        ]
        rows.append(tuple(buttons))
    if view.sheet is not None:
        rows.append(tuple(Button(f"第 {n} 项", Card(view.sheet, n)) for n in feeds[:5]))
    if current and current.typed and may_type:
        label = "删除这个数字"
        if reported:
            label = f"改回任务报的 {wording.number(kind, reported.count, reported.of)}"
        short = "改回" if reported else "删除数字"
        rows.append((Button(label, ClearFact(branch.id, term.id, kind.number, month), short=short),))
    rows.append((Button("全部台账", Ledger(branch.id, term.id)), *_ways_back(ledger)))
    return Message(
        title=f"{kind.title} · {branch.name}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=FactKept(branch.id, term.id, kind.number, month, view.change)
        if view.change
        else FactCard(branch.id, term.id, kind.number, month),
        hears=(lambda text: TypedFact(branch.id, term.id, kind.number, month, text)) if may_type else None,
        hint=typed_hint(kind) if may_type else "",
    )


def typed_hint(kind: FactKind) -> str:
    """What is to be typed: 实到/应到，例如：17/18."""
    return "，".join(filter(None, (wording.parts(kind), f"例如：{kind.example}")))


def ask_fact(branch: Branch, term: Term, asked: AskFact) -> Message:
    """A typed ratio may be meant otherwise: a button for each reading, and nothing is kept before."""
    kind = term.table.fact(asked.kind)
    readings = [(asked.count, asked.of)]
    if asked.also:
        readings.append((asked.of, 2 * asked.of - asked.count))
    said = [wording.asked(kind, count, of) for count, of in readings]
    question = f"{said[0]}，对吗？" if len(said) == 1 else "是哪一个？"
    place = (branch.id, term.id, kind.number, asked.month)
    return Message(
        title=f"请确认 · {kind.title}",
        lines=(question, "还没有记。"),
        rows=(
            *column(
                Button(f"对，{words}" if len(said) == 1 else words, MeantFact(*place, count, of), main=n == 0)
                for n, (words, (count, of)) in enumerate(zip(said, readings, strict=True))
            ),
            back(FactCard(*place), "不对，重新输入", short="不对"),
        ),
        here=asked,
        hears=lambda text: TypedFact(*place, text),
        hint=typed_hint(kind),
    )
