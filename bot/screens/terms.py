"""The screens of 学期: the list, one term, the next one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.actions import (
    AddTerm,
    AddTermOn,
    Arrange,
    AskDeleteTerm,
    AskTermName,
    CheckList,
    DeleteTerm,
    ProposeTerm,
    ProposeTermOn,
    TermCard,
    TermList,
    TypedNewTerm,
    TypedTerm,
    TypedTermName,
)
from bot.message import Button, Line, Message, Row
from bot.screens.layout import back, column
from bot.values import Term
from jobs.duties.calendar import TermDates, full_day

TERM_HINT = "例如：2026-09-01 至 2027-01-22"
NAME_HINT = "例如：2026–2027学年第一学期"


def term_list(committee_id: int, terms: Sequence[Term], today: date) -> Message:
    """The newest terms of a committee, with a button for the next."""
    rows = column(Button(f"{term.name}{_state(term, today)}", TermCard(term.id)) for term in terms[:12])
    return Message(
        title="学期",
        lines=("点开一个学期，可以查看和修改名称、日期。" if terms else "还没有学期，请点「新增学期」。",),
        rows=(
            *rows,
            (Button("新增学期", ProposeTerm(committee_id), main=not terms),),
            back(Arrange(committee_id)),
        ),
        here=TermList(committee_id),
    )


def _state(term: Term, today: date) -> str:
    if term.published:
        return "（已公布）"
    return "（本学期）" if term.starts <= today <= term.ends else ""


def term_card(term: Term, entered: frozenset[tuple[date, bool]]) -> Message:
    """The days of a term, and what to type for others; what is usual hangs on the days that were entered."""
    dates = replace(term.dates, entered=entered)
    lines = [*_days(dates)]
    if term.published:
        lines.append("结果已公布，日期不能再改。")
    else:
        follows = "自评日期随期末调整" if dates.usual else "另定的自评日期不变"
        lines.append(f"要改起止日期，请输入，例如：2026-09-01 至 2027-01-22。{follows}。")
        lines.append("要另定自评日期，请输入，例如：自评 2026-12-25 至 2027-01-08。")
    return Message(
        title=term.name,
        lines=tuple(lines),
        rows=(*_ways(term), back(TermList(term.committee_id), main=True)),
        here=TermCard(term.id),
        hears=None if term.published else lambda text: TypedTerm(term.id, text),
        hint="" if term.published else TERM_HINT,
    )


def _ways(term: Term) -> list[Row]:
    if term.published:
        return [(Button("公示和公开", CheckList(term.id), short="公示公开"),)]
    return [
        (
            Button("公布", CheckList(term.id)),
            Button("改名称", AskTermName(term.id)),
            Button("删除", AskDeleteTerm(term.id)),
        )
    ]


def ask_name(term: Term) -> Message:
    """What a term is called from now on."""
    return Message(
        title=f"改名称 · {term.name}",
        lines=(f"请输入新的名称，{NAME_HINT}。",),
        rows=(back(TermCard(term.id), "不改", main=True),),
        here=AskTermName(term.id),
        hears=lambda text: TypedTermName(term.id, text),
        hint=NAME_HINT,
    )


def ask_delete(term: Term) -> Message:
    """A term in which nothing was done goes for good, so it is asked once."""
    return Message(
        title="删除学期？",
        lines=(
            ("学期", term.name),
            *_days(term.dates),
            "这个学期里还没有填过东西。删除后它的任务和提醒都取消。",
        ),
        rows=((Button("确认删除", DeleteTerm(term.id)), Button("不删除", TermCard(term.id), main=True)),),
        here=AskDeleteTerm(term.id),
    )


def _days(term: TermDates) -> tuple[Line, ...]:
    aside = "" if term.usual else "（另定）"
    return (
        ("起止", f"{full_day(term.starts)}至{full_day(term.ends)}"),
        ("自评", f"{full_day(term.opens)}至{full_day(term.closes)}{aside}"),
    )


def propose_term(committee_id: int, term: TermDates, add: AddTerm | AddTermOn) -> Message:
    """The next term that is missing, on its usual days or on those that were typed, to confirm."""
    return Message(
        title="新增学期",
        lines=(
            ("学期", term.name),
            *_days(term),
            "日期按北京常年的校历推算。" if isinstance(add, AddTerm) else "按您输入的日期。",
            "不对的话，请输入起止日期，例如：2026-09-01 至 2027-01-22；新增后也可以修改。",
        ),
        rows=(
            (Button("确认新增", add, main=True),),
            back(TermList(committee_id)),
        ),
        here=ProposeTerm(committee_id)
        if isinstance(add, AddTerm)
        else ProposeTermOn(committee_id, add.starts, add.ends),
        hears=lambda text: TypedNewTerm(committee_id, text),
        hint=TERM_HINT,
    )
