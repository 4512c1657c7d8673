"""台账: the numbers behind the items."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.actions import (
    AddEvidence,
    Card,
    ClearFact,
    FactCard,
    ItemFacts,
    Ledger,
    LedgerOf,
    OpenSheet,
    TypedFact,
    TypedOnCard,
)
from bot.message import Button, Line, Message, Row
from bot.permissions import Me, Rater
from bot.screens import wording
from bot.screens.layout import back, grid, home_row
from bot.values import Branch, Recorded, SheetFile, Term
from scoring.facts import Fact
from scoring.rubric import Category, FactKind, Item


def number(kind: FactKind, count: int, of: int | None) -> str:
    """A fact's number as people write it: 17/18, 5 人, 是."""
    if kind.form == "ratio":
        return f"{count}/{of}"
    if kind.form == "tick":
        return "是" if count else "否"
    return f"{count} {kind.unit}"


def instead(kind: FactKind, fact: Fact, known: Iterable[Fact]) -> str:
    """（原来 17/18）, where a number takes the place of another one."""
    before = next((f for f in known if (f.kind, f.period) == (fact.kind, fact.period)), fact)
    return "" if before == fact else f"（原来 {number(kind, before.count, before.of)}）"


def month_words(period: str) -> str:
    """2026-09 as 9月; the whole term as 本学期."""
    return f"{int(period[5:])}月" if period else "本学期"


COUNTED = "由交办任务自动统计"


def source(me: Me, recorded: Recorded) -> str:
    """Who recorded a fact and when, or that the bot counted it."""
    return f"{recorded.by} {wording.moment(recorded.at, me.now)}" if recorded.at else COUNTED


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

    `counted`: the bot counts it from the tasks that were given, so that nothing is typed.
    """

    kind: FactKind
    period: str
    months: Sequence[str]
    counted: bool
    sheet: int | None


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
    said = [r.fact for r in facts if r.fact.kind == kind.key]
    parts = [
        f"{month_words(f.period)} {number(kind, f.count, f.of)}"
        if kind.monthly
        else number(kind, f.count, f.of)
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
    month = int(period.replace("-", "")) if period else 0
    lines: list[Line] = [
        (month_words(period), number(kind, current.fact.count, current.fact.of) if current else blank),
    ]
    if current:
        lines.append(("记录", source(me, current)))
    feeds = term.table.feeds(kind.key)
    lines.append(("用于", "、".join(f"第 {n} 项 {term.table.item(n).title}" for n in feeds)))
    if may_type:
        lines.append(f"请直接输入，例如：{kind.example}")
    elif view.counted:
        lines.append(f"{COUNTED}，不用填写。")
    rows: list[Row] = []
    if kind.monthly:
        said = {r.fact.period for r in recorded}
        buttons = [
            Button(
                f"{'✓' if m in said else ''}{month_words(m)}",
                FactCard(branch.id, term.id, kind.number, int(m.replace("-", ""))),
                main=m == period,
            )
            for m in view.months
        ]
        rows.append(tuple(buttons))
    if view.sheet is not None:
        rows.append(tuple(Button(f"第 {n} 项", Card(view.sheet, n)) for n in feeds[:5]))
    if current and may_type:
        rows.append((Button("删除这个数字", ClearFact(branch.id, term.id, kind.number, month)),))
    rows.append((Button("全部台账", Ledger(branch.id, term.id)), *_ways_back(ledger)))
    return Message(
        title=f"{kind.title} · {branch.name}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=FactCard(branch.id, term.id, kind.number, month),
        hears=(lambda text: TypedFact(branch.id, term.id, kind.number, month, text)) if may_type else None,
        hint=f"例如：{kind.example}" if may_type else "",
    )
