"""The screens of 交办任务: typing a task, its draft, its branches, and who has done it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from bot.actions import (
    AskDue,
    AskTitle,
    AskWithdraw,
    Assign,
    AssignTo,
    ChooseBranches,
    DueOn,
    Give,
    RetypedAssignment,
    ShowAssignment,
    Task,
    TypedAssignment,
    TypedBranch,
    TypedTitle,
    Withdraw,
    day_number,
)
from bot.message import CHOSEN, Button, Line, Message, Row
from bot.permissions import Me
from bot.screens import wording
from bot.screens.duties import by_day
from bot.screens.layout import back, column, grid, home_row
from bot.values import Asked, Assignment, Branch, Progress, Term
from jobs.duties.assignments import kept
from jobs.duties.calendar import weekday_word
from jobs.duties.catalogue import TIMELINESS
from jobs.duties.workdays import WorkDays
from scoring.numerals import percent

EXAMPLE = "12月20日前交工会活动小结"
LISTED = 30  # branches with a button of their own
CHIP = 24  # characters of a button that still stand in one line
NAMED = 8  # branches named in one line


def assign(committee_id: int, committee: str, today: date, recent: Sequence[Progress]) -> Message:
    """What to type, and what was given lately."""
    lines: list[Line] = [f"请直接输入任务和截止日期，例如：{EXAMPLE}。只给几个支部时，把支部名称写在前面。"]
    rows: list[Row] = []
    for n, task in enumerate(recent, start=1):
        label = f"{n}. {wording.short(task.title)}"
        done = f"完成 {task.done}/{task.of}" if task.of else "已撤回"
        over = not task.of or task.done == task.of
        lines.append(
            (label, f"{wording.day(task.due)}截止，{done}" if over else f"{by_day(today, task.due)}，{done}")
        )
        rows.append((Button(label, ShowAssignment(task.id)),))
    return Message(
        title=f"交办任务 · {committee}",
        lines=tuple(lines),
        rows=(*rows, home_row()),
        here=Assign(committee_id),
        hears=lambda text: TypedAssignment(committee_id, text),
        hint=f"例如：{EXAMPLE}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A task as it was understood, in its term and among its committee's working days; `every`: how many branches
    there are, of whom some are chosen."""

    plan: Assignment
    days: WorkDays
    term: Term
    chosen: Sequence[Branch]
    every: int


def draft(view: DraftView, today: date) -> Message:
    """A task as it was understood, to be confirmed, corrected by typing it again, or dropped."""
    plan, term, chosen = view.plan, view.term, view.chosen
    lines: list[Line] = [
        ("任务", plan.title),
        ("截止", _due(plan, view.days, today)),
        ("交给", _whom(chosen, view.every)),
    ]
    if plan.due > term.ends:
        lines.append(f"截止日在本学期（{wording.day(term.ends)}结束）之后，请在本学期结果公布前完成。")
    lines.append("还没有交办。哪里不对，点下面的那一条改，也可以重新输入。")
    rows: list[Row] = [(Button("确认交办", Give(plan.id), main=True),)] if chosen else []
    rows += column(
        (
            Button(
                f"支部：{_short_whom(chosen, view.every)}",
                ChooseBranches(plan.id),
                main=not chosen,
                short="支部",
            ),
            Button(f"日期：{_short_due(plan)}", AskDue(plan.id), short="日期"),
            Button(f"标题：{wording.short(plan.title, CHIP)}", AskTitle(plan.id), short="标题"),
        )
    )
    rows.append(back(Assign(plan.committee_id), "取消"))
    return Message(
        title="请核对",
        lines=tuple(lines),
        rows=tuple(rows),
        here=ShowAssignment(plan.id),
        hears=lambda text: RetypedAssignment(plan.id, text),
        hint="可重新输入，或只写新的日期、支部",
    )


def ask_due(plan: Assignment, today: date) -> Message:
    """By which day: a button for each of the days that are named most, or any day typed."""
    monday = today - timedelta(days=today.weekday())
    named = {
        "明天": today + timedelta(days=1),
        "本周五": monday + timedelta(days=4),
        "下周一": monday + timedelta(days=7),
        "下周五": monday + timedelta(days=11),
        "月底": today + relativedelta(day=31),
    }
    days = {day: name for name, day in reversed(named.items()) if day >= today}
    buttons = [
        Button(f"{days[day]} {wording.day(day)}", DueOn(plan.id, day_number(day)), short=days[day])
        for day in sorted(days)
    ]
    return Message(
        title="截止到哪一天？",
        lines=(("任务", plan.title), ("现在是", _short_due(plan)), "点一个，或直接输入日期。"),
        rows=(*grid(buttons, 2), back(ShowAssignment(plan.id), "不改了")),
        here=AskDue(plan.id),
        hears=lambda text: RetypedAssignment(plan.id, text),
        hint="例如：12月20日、下周五",
    )


def ask_title(plan: Assignment) -> Message:
    """What a draft is to be called."""
    return Message(
        title="任务叫什么？",
        lines=(("现在是", plan.title), "请直接输入新的标题，不用写日期和支部。"),
        rows=(back(ShowAssignment(plan.id), "不改了", main=True),),
        here=AskTitle(plan.id),
        hears=lambda text: TypedTitle(plan.id, text),
        hint="例如：交工会活动小结",
    )


def branches(plan: Assignment, every: Sequence[Branch], chosen: Sequence[Branch]) -> Message:
    """Whom a task is for: a button for each of the first branches, a typed name for any."""
    on = {b.id for b in chosen}
    lines: list[Line] = [("任务", plan.title), ("交给", _whom(chosen, len(every)))]
    if len(every) > LISTED:
        lines.append(f"这里列出前 {LISTED} 个支部；其他支部请输入名称，再输入一次就取消。")
    else:
        lines.append("点支部选上或取消，也可以输入支部名称。")
    buttons = [
        Button(f"{CHOSEN if b.id in on else ''}{b.name}", AssignTo(plan.id, b.id, int(b.id not in on)))
        for b in every[:LISTED]
    ]
    rows = grid(buttons, 2)
    rows.append((Button("全选", AssignTo(plan.id, 0, 1)), Button("全不选", AssignTo(plan.id, 0, 0))))
    rows.append(back(ShowAssignment(plan.id), "选好了", main=True))
    return Message(
        title="选择支部",
        lines=tuple(lines),
        rows=tuple(rows),
        here=ChooseBranches(plan.id),
        hears=lambda text: TypedBranch(plan.id, text),
        hint="可输入支部名称",
    )


def given(me: Me, plan: Assignment, days: WorkDays, asked: Sequence[Asked]) -> Message:
    """A task that was given: who has done it, who is late, 完成率 and 及时率."""
    today = me.now.date()
    still = [a for a in asked if not a.cancelled]
    done = [a for a in still if a.given.done_at]
    open_ = [a.branch for a in still if not a.given.done_at]
    lines: list[Line] = [("任务", plan.title), ("截止", _due(plan, days, today))]
    if plan.given_at:
        lines.append(("交办", f"{plan.by} {wording.moment(plan.given_at, me.now)}"))
    if still:
        lines.append(("完成率", _rate(len(done), len(still))))
    for fact in kept([a.given for a in still], me.now):
        if fact.kind == TIMELINESS:
            lines.append(("及时率", _rate(fact.count, fact.of or 0)))
    groups = (
        ("按时完成", [a.branch for a in done if a.given.on_time(me.now)]),
        ("逾期完成", [a.branch for a in done if not a.given.on_time(me.now)]),
        ("逾期未完成" if plan.due < today else "还没有完成", open_),
    )
    lines += [(words, _names(names)) for words, names in groups if names]
    if len(still) < len(asked):
        lines.append(f"已撤回，{len(asked) - len(still)} 个支部不用再做。")
    answered = [a for a in still if a.answer or a.files][:LISTED]
    lines += [(a.branch, _answer(a)) for a in answered]
    rows = grid([Button(f"看{wording.short(a.branch, 20)}", Task(a.task)) for a in answered], 2)
    if open_:
        rows.append((Button("撤回", AskWithdraw(plan.id)),))
    rows.append(back(Assign(plan.committee_id), "交办任务", main=True))
    return Message(
        title=f"交办 · {wording.short(plan.title)}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=ShowAssignment(plan.id),
    )


def ask_withdraw(plan: Assignment, asked: Sequence[Asked]) -> Message:
    """Taking a task back asks for confirmation: the branches have been told of it."""
    done = sum(a.given.done_at is not None for a in asked)
    open_ = sum(not a.cancelled for a in asked) - done
    return Message(
        title="撤回这项任务？",
        lines=(("任务", plan.title), f"{open_} 个支部不用再做，{done} 个支部已完成的保留。"),
        rows=(
            (Button("确认撤回", Withdraw(plan.id), main=True),),
            back(ShowAssignment(plan.id), "不撤回"),
        ),
        here=AskWithdraw(plan.id),
    )


def _due(plan: Assignment, days: WorkDays, today: date) -> str:
    """12月20日（周日，休息日）17:00, with the year where it is another one."""
    day = plan.due
    year = f"{day.year}年" if day.year != today.year else ""
    kind = "工作日" if days.works(day) else "休息日"
    why = dict.fromkeys((weekday_word(day), days.why(day), kind))
    return f"{year}{wording.day(day)}（{'，'.join(why)}）{plan.hour}"


def _answer(asked: Asked) -> str:
    """What a branch answered: its text, and how many files."""
    files = f"{asked.files} 份材料" if asked.files else ""
    return "，".join(filter(None, (wording.short(asked.answer, 60), files)))


def _short_due(plan: Assignment) -> str:
    return f"{wording.day_and_hour(plan.due, plan.hour)}（{weekday_word(plan.due)}）"


def _short_whom(chosen: Sequence[Branch], every: int) -> str:
    if not chosen:
        return "请选择"
    if len(chosen) == every:
        return f"全部 {every} 个"
    if len(chosen) == 1:
        return wording.short(chosen[0].name, CHIP)
    names = "、".join(b.name.removesuffix("党支部") for b in chosen)
    return names if len(names) <= CHIP else f"{len(chosen)} 个"


def _whom(chosen: Sequence[Branch], every: int) -> str:
    if not chosen:
        return "还没有选择支部"
    if len(chosen) == every:
        return f"全部 {every} 个支部"
    return f"{len(chosen)} 个支部：{_names([b.name for b in chosen])}"


def _names(branches: Sequence[str]) -> str:
    more = f"等 {len(branches)} 个支部" if len(branches) > NAMED else ""
    return "、".join(branches[:NAMED]) + more


def _rate(count: int, of: int) -> str:
    return f"{count}/{of} = {percent(Decimal(count) / of)}"
