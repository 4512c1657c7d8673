"""工作安排: what an administrator arranges: duties, working days, terms; the ways to 支部, 群聊 and 评价表."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.actions import (
    Arrange,
    BranchList,
    ClearDay,
    DaysKept,
    DutyBranches,
    DutyCard,
    DutyList,
    Editions,
    EnteredDays,
    Everything,
    GroupChats,
    ResetDuty,
    SwitchDuty,
    TermList,
    TypedDays,
    TypedDuty,
    TypedDutyBranch,
    UndoDays,
    WorkingDays,
)
from bot.message import CHOSEN, Button, Line, Message, Row
from bot.screens import wording
from bot.screens.layout import back, column, grid, home_row
from bot.values import Branch
from jobs.duties.calendar import full_day, weekday_word
from jobs.duties.catalogue import AHEAD, Duty
from jobs.duties.occurrences import Occurrence
from jobs.duties.rules import CADENCES, Cadence, cadence
from jobs.duties.workdays import WorkDays

_HOW_OFTEN: Mapping[Cadence, str] = {
    "monthly": "每月",
    "term": "每学期",
    "yearly": "每年",
    "event": "事后",
}
BRANCHES = 40  # branches listed on one screen; beyond that a name is typed
NEXT_DAYS = 3  # coming due days shown on a card
DUTY_HINT = "例如：每月25日"
RHYTHM = f"每周第一个工作日提醒 {AHEAD} 天内到期和逾期的。"
DAYS_HINT = "例如：10月10日 上班"
_AFTER = {"result": "结果公布后才安排。", "review": "年度评议结束后才安排。", "award": "评选后才安排。"}


def menu(committee_id: int, committee: str) -> Message:
    """What can be arranged."""
    return Message(
        title=f"工作安排 · {committee}",
        lines=(
            ("任务目录", "启用、停用工作任务，改日期。"),
            ("放假调休", "录入放假和调休上班的日子，任务日期随之调整。"),
            ("学期", "新增学期，改起止日期和自评日期。"),
            ("支部", "新增支部，改名称和校区，撤销或合并。"),
            ("群聊", "哪些群可以看已公布的排名。"),
            ("评价表", "看现在用的，换成新的，从某个学期起用。"),
            ("导出全部", "各学期的成绩、材料，和人员、设置。"),
        ),
        rows=(
            (Button("任务目录", DutyList(committee_id, 0), main=True),),
            (Button("放假调休", WorkingDays(committee_id)), Button("学期", TermList(committee_id))),
            (Button("支部", BranchList(committee_id, 0)), Button("群聊", GroupChats(committee_id))),
            (Button("评价表", Editions(committee_id)), Button("导出全部", Everything(committee_id))),
            home_row(),
        ),
        here=Arrange(committee_id),
    )


# --- duties -----------------------------------------------------------------------------------------------------


def duty_list(committee_id: int, which: int, duties: Sequence[Duty]) -> Message:
    """The duties of one cadence, as the committee has them; what is on is marked ✓."""
    listed = [duty for duty in duties if CADENCES[cadence(duty.rules[0])] == which]
    buttons = [
        Button(f"{CHOSEN if duty.on else ''}{duty.title}", DutyCard(committee_id, 0, duty.number))
        for duty in listed
    ]
    tabs = tuple(
        Button(_HOW_OFTEN[how_often], DutyList(committee_id, number), main=number == which)
        for how_often, number in CADENCES.items()
    )
    return Message(
        title=f"任务目录 · {tabs[which].label}",
        lines=(
            f"共 {len(listed)} 项，✓ 是已启用的，有 {sum(duty.on for duty in listed)} 项。",
            "点开一项，可以查看和修改。",
        ),
        rows=(
            tabs,
            *grid(buttons, 2),
            back(Arrange(committee_id)),
        ),
        here=DutyList(committee_id, which),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyView:
    """A duty as a body has it now, as it would be without the body's own choice, and when it comes round next."""

    committee_id: int
    branch: Branch | None
    duty: Duty
    usual: Duty
    chosen: bool
    coming: Sequence[Occurrence]


def duty_card(view: DutyView, today: date) -> Message:
    """One duty: whether it is on, when it falls due and is named, and why; and what may be changed."""
    duty, usual, branch_id = view.duty, view.usual, view.branch.id if view.branch else 0
    lines: list[Line] = [("状态", f"{'已启用' if duty.on else '未启用'}{_whose(view)}")]
    lines.append(("日期", duty.rule + (f"（原来是{usual.rule}）" if duty.rules != usual.rules else "")))
    lines.append(("提醒", _reminds(duty)))
    lines.append(("接下来", _coming(view, today)))
    if duty.source:
        lines.append(("制度", wording.typeset(duty.source)))
    if duty.decision:
        lines.append(("说明", duty.decision))
    lines.append("要改日期，请按上面的写法输入新的日期；不写遇休息日怎么办，就是提前。")
    key = (view.committee_id, branch_id, duty.number)
    switch = (
        Button("停用", SwitchDuty(*key, 0)) if duty.on else Button("启用", SwitchDuty(*key, 1), main=True)
    )
    rows: list[Row] = [(switch, Button("恢复默认", ResetDuty(*key))) if view.chosen else (switch,)]
    if duty.who == "branch":
        rows.append(
            (Button("某支部单独安排", DutyBranches(view.committee_id, duty.number), short="单独安排"),)
        )
    if view.branch:
        rows.append((Button("全总支的安排", DutyCard(view.committee_id, 0, duty.number)),))
    catalogue = DutyList(view.committee_id, CADENCES[cadence(duty.rules[0])])
    rows.append(back(catalogue, "返回目录"))
    return Message(
        title=f"{duty.title} · {view.branch.name}" if view.branch else duty.title,
        lines=tuple(lines),
        rows=tuple(rows),
        here=DutyCard(*key),
        hears=lambda text: TypedDuty(*key, text),
        hint=DUTY_HINT,
    )


def _whose(view: DutyView) -> str:
    if view.branch:
        return "，本支部单独安排" if view.chosen else "，与全总支相同"
    return "，已调整" if view.chosen else ""


def _reminds(duty: Duty) -> str:
    """In which digests it is named."""
    said = RHYTHM
    if duty.ahead > AHEAD:
        said = f"提前 {duty.ahead} 天说一次；{said}"
    if duty.eve:
        said += "前一个工作日再提醒一次。"
    return said + "办完以后请支部填报。" * duty.held


def _coming(view: DutyView, today: date) -> str:
    if not view.duty.on:
        return "未启用，不安排。"
    if view.duty.event:
        return _AFTER[view.duty.event]
    days = [f"{_in_year(o.due, today)}（{weekday_word(o.due)}）" for o in view.coming[:NEXT_DAYS]]
    return "、".join(days) or "已设置的学期里没有了。"


def _in_year(day: date, today: date) -> str:
    return wording.day(day) if day.year == today.year else full_day(day)


def duty_branches(
    committee_id: int, duty: Duty, branches: Sequence[Branch], chosen: frozenset[int]
) -> Message:
    """The branches for which a duty may be arranged otherwise; those that have it so come first, marked ✓."""
    ordered = sorted(branches, key=lambda branch: branch.id not in chosen)
    rows = column(
        Button(
            f"{CHOSEN if branch.id in chosen else ''}{branch.name}",
            DutyCard(committee_id, branch.id, duty.number),
        )
        for branch in ordered[:BRANCHES]
    )
    lines: list[Line] = ["请选择支部。✓ 是已单独安排的，其余与全总支相同。"]
    if len(ordered) > BRANCHES:
        lines.append(f"共 {len(ordered)} 个支部，这里列出 {BRANCHES} 个；其余请输入支部名称。")
    rows.append(back(DutyCard(committee_id, 0, duty.number)))
    return Message(
        title=f"单独安排 · {duty.title}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=DutyBranches(committee_id, duty.number),
        hears=lambda text: TypedDutyBranch(committee_id, duty.number, text),
        hint="可输入支部名称",
    )


# --- working days -----------------------------------------------------------------------------------------------


def working_days(committee_id: int, days: WorkDays, today: date, until: date, change: int) -> Message:
    """The coming holidays year by year, the weekends that are worked, and the months in which days were entered.

    `change`: the one with which days were just entered, and that can be taken back; 0 for none.
    """
    lines: list[Line] = []
    for year in range(today.year, until.year + 1):
        since, last = max(today, date(year, 1, 1)), min(until, date(year, 12, 31))
        parts = [f"{_span(h.first, h.last)}{h.name}" for h in days.holidays(since, last)]
        if worked := [wording.day(day) for day in days.weekends_worked(since, last)]:
            parts.append(f"上班：{'、'.join(worked)}")
        mark = "（暂定，调休还没有公布）" if days.provisional(year) else ""
        lines.append((f"{year}年{mark}", "；".join(parts) or "没有放假和调休了"))
    lines.append("要调整，请输入，例如：10月10日 上班。也可以把国务院的放假通知粘贴进来。")
    months: dict[int, int] = {}
    for day in sorted(days.overrides):
        if day >= today:
            month = day.year * 100 + day.month
            months[month] = months.get(month, 0) + 1
    buttons = [
        Button(f"{month // 100}年{month % 100}月已录 {count} 天", EnteredDays(committee_id, month))
        for month, count in months.items()
    ]
    return Message(
        title="放假调休",
        lines=tuple(lines),
        rows=(
            *([(Button("撤销", UndoDays(committee_id, change)),)] if change else []),
            *grid(buttons, 2),
            back(Arrange(committee_id)),
        ),
        here=DaysKept(committee_id, change) if change else WorkingDays(committee_id),
        hears=lambda text: TypedDays(committee_id, text),
        hint=DAYS_HINT,
    )


def _span(first: date, last: date) -> str:
    if first == last:
        return wording.day(first)
    same = (first.year, first.month) == (last.year, last.month)
    return f"{wording.day(first)}至{f'{last.day}日' if same else wording.day(last)}"


def entered_days(committee_id: int, month: int, days: WorkDays) -> Message:
    """What was entered for the days of a month, each with a button that takes it back."""
    entered = [day for day in sorted(days.overrides) if day.year * 100 + day.month == month]
    buttons = [
        Button(f"删除 {wording.day(day)}{works(days.overrides[day])}", ClearDay(committee_id, _number(day)))
        for day in entered
    ]
    plain = WorkDays()
    lines: list[Line] = [
        (f"{wording.day(day)} {weekday_word(day)}", f"{works(days.overrides[day])}，{_known(plain, day)}")
        for day in entered
    ]
    return Message(
        title=f"放假调休 · {month // 100}年{month % 100}月",
        lines=(*lines, "删除后按国家公布的日历。") if lines else ("这个月没有录入的日子。",),
        rows=(
            *grid(buttons, 2),
            back(WorkingDays(committee_id), main=True),
        ),
        here=EnteredDays(committee_id, month),
    )


def works(on: bool) -> str:
    """上班 or 放假."""
    return "上班" if on else "放假"


def _known(plain: WorkDays, day: date) -> str:
    why = plain.why(day)
    return f"日历上是{why}" if why != weekday_word(day) else f"日历上{'上班' if plain.works(day) else '休息'}"


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
