"""异议: the objections to a term's results, one of them, and its answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.actions import (
    Action,
    AmendItems,
    AskObjection,
    Objections,
    Result,
    SendAnswerSeen,
    SendObjection,
    ShowObjection,
    Standings,
    TypedAnswer,
    TypedObjection,
    fingerprint,
)
from bot.message import Button, Invitation, Line, Message, Row
from bot.screens import wording
from bot.screens.layout import back, column, home_row
from bot.values import Branch, Objection, Term

LISTED = 60  # objections in the lines of one screen


def ask_objection(branch: Branch, term: Term, until: date) -> Message:
    """What a branch objects to, to be typed."""
    return Message(
        title=f"提出异议 · {branch.name}",
        lines=(
            ("学期", term.name),
            ("期限", f"到 {wording.day(until)}为止"),
            Invitation("请直接输入：对哪一项、哪里有异议，有什么依据。输入后还会请您核对。"),
        ),
        rows=(back(Result(branch.id, term.id), "看结果"),),
        here=AskObjection(branch.id, term.id),
        hears=lambda text: TypedObjection(branch.id, term.id, text),
        hint="例如：第7项手册全部上交，请复核",
    )


def objections(term: Term, found: Sequence[Objection], now: datetime) -> Message:
    """What was objected to a term's results, the open ones first."""
    ordered = sorted(found, key=lambda one: one.answered_at is not None)
    rows = column(
        Button(
            f"{n}. {one.branch.name}（{'已答复' if one.answered_at else '待答复'}）", ShowObjection(one.id)
        )
        for n, one in enumerate(ordered[:LISTED], start=1)
    )
    lines: list[Line] = [
        (f"{n}. {one.branch.name} {wording.moment(one.sent_at or now, now)}", wording.short(one.text, 40))
        for n, one in enumerate(ordered[:LISTED], start=1)
    ]
    return Message(
        title=f"异议 · {term.name}",
        lines=tuple(lines) or ("没有异议。",),
        rows=(*rows, back(Standings(term.id), "看排名", main=not rows)),
        here=Objections(term.id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionView:
    """An objection for whoever looks: whether it is theirs to send, to answer, or why they may not answer."""

    found: Objection
    now: datetime
    may_send: bool
    may_answer: bool
    why_not: str
    of_committee: bool
    sheet: int


def objection(view: ObjectionView) -> Message:
    """An objection: as a draft to be sent, or with its answer, which is a draft until it is sent."""
    found, lines, rows, hint = view.found, list[Line](), list[Row](), ""
    hears: Callable[[str], Action] | None = None
    when = wording.moment(found.sent_at, view.now) if found.sent_at else "还没有提出"
    lines.append((f"{found.by}（{when}）", found.text))
    if found.sent_at is None and view.may_send:
        lines.append(Invitation("请核对。要改，请重新输入。提出后不能撤回，党总支马上收到。"))
        rows.append((Button("确认提出", SendObjection(found.id), main=True),))
        branch, term = found.branch.id, found.term_id
        hears, hint = (lambda text: TypedObjection(branch, term, text)), "可重新输入"
    elif found.answered_at is not None:
        lines.append(
            (f"答复 {found.answered_by}（{wording.moment(found.answered_at, view.now)}）", found.answer)
        )
    elif view.may_answer:
        if found.answer:
            lines.append((f"答复 {found.answered_by}（还没有发出）", found.answer))
            rows.append((Button("确认答复", SendAnswerSeen(found.id, fingerprint(found.answer)), main=True),))
        number = found.id
        hears, hint = (lambda text: TypedAnswer(number, text)), "请输入答复"
        again = (
            "要改，请重新输入；发出后不能撤回。"
            if found.answer
            else "请直接输入答复；确实有误的，先更正再答复。"
        )
        lines.append(Invitation(again))
    elif found.sent_at is not None:
        lines.append(view.why_not or "党总支还没有答复。")
    if view.of_committee:
        rows.append(
            (
                Button("看结果", Result(found.branch.id, found.term_id)),
                Button("全部异议", Objections(found.term_id)),
            )
        )
        amends = view.may_answer and view.sheet
        rows.append(back(AmendItems(view.sheet), "更正") if amends else home_row())
    else:
        rows.append(back(Result(found.branch.id, found.term_id), "看结果"))
    return Message(
        title=f"异议 · {found.branch.name}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=ShowObjection(found.id),
        hears=hears,
        hint=hint,
    )
