"""待办 and one task: what is owed, until when, and what closes it."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from bot.actions import (
    Action,
    CalendarLink,
    Chase,
    Done,
    Finished,
    Ledger,
    Missed,
    MoreTodo,
    NudgeBranch,
    OpenSheet,
    Preferences,
    Rectify,
    Reopen,
    ReportFile,
    Snooze,
    Task,
    TaskCalendar,
    Tick,
    Todo,
    TypedCorrection,
    TypedReport,
    Upload,
    WhyTask,
    day_number,
)
from bot.message import Button, Invitation, Line, Message, Row
from bot.permissions import Me, Rater
from bot.screens import wording
from bot.screens.layout import HOME, back, column, grid, home_row, part, turning
from bot.values import Branch, Group, Owing
from jobs.duties.answers import NOT_DONE, example, lacking
from jobs.duties.assignments import ASSIGNED
from jobs.duties.catalogue import Duty, is_typed
from jobs.duties.occurrences import colour
from jobs.duties.rules import AfterEvent
from jobs.duties.workdays import WorkDays
from scoring.rubric import FactKind

FIRST, MOST = 6, 12  # tasks on the first page of a list, and on each that follows
LABEL = 38  # characters of a button's label that a phone still shows
URGENCY, SPANS = "🔴🟠🟡🟢", ("超期", "2 天内", "7 天内", "更晚")
RECENT = 36  # finished ones
Thing = TypeVar("Thing", bound=Owing | Group)
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


def title(owed: Owing, duty: Duty) -> str:
    """What a task is called."""
    return titled(duty, owed.period)


def titled(duty: Duty, period: str) -> str:
    """A duty, led by what sets this time of it apart: 10月主题党日, 第 2 次谈心谈话; a given task is cut to fit."""
    if duty.key == ASSIGNED:
        return f"交办：{wording.short(duty.title)}"
    day, _, time = period.partition("/")
    month = f"{int(day[5:])}月" if _MONTH.fullmatch(day) else ""
    comes_again = len(duty.rules) > 1 or any(isinstance(r, AfterEvent) and r.times > 1 for r in duty.rules)
    return f"{month}{f'第 {time or 1} 次' if time or comes_again else ''}{duty.title}"


def apart(names: Sequence[tuple[str, Owing | Group]]) -> list[str]:
    """What things are called in one list: where two would have one name, by their days, too, and else by their place.

    Two tasks that the committee called alike; one month of a duty that falls on two days in two branches.
    """
    called = [name for name, _ in names]
    alike = Counter(called)
    for n, (name, owed) in enumerate(names):
        if alike[name] > 1:
            called[n] = (
                f"{name}（{wording.day_and_hour(owed.due, owed.hour if isinstance(owed, Owing) else '')}）"
            )
    alike, seen = Counter(called), Counter[str]()
    for n, name in enumerate(called):
        seen[name] += 1
        if alike[name] > 1:
            called[n] = f"{name} 之{seen[name]}"
    return called


def behind(owing: Sequence[Owing]) -> list[tuple[Owing, Duty]]:
    """Each thing owed with its duty; what the catalogue does not know any more is left out."""
    return [(owed, duty) for owed in owing if (duty := owed.behind)]


def when(today: date, owed: Owing | Group, duty: Duty) -> str:
    """🟠 12月3日 17:00，还有 2 天; of what is held and then answered by a day: 🟡 12月3日开展，12月13日前请填报."""
    hour = owed.hour if isinstance(owed, Owing) else ""
    return by_day(today, owed.due, hour, owed.by, "开展" if duty.held else "")


def by_day(today: date, due: date, hour: str = "", by: date | None = None, held: str = "") -> str:
    """As when(), of a day; `held` says what happens on it."""
    by = by or due
    left, late, please = (due - today).days, (today - by).days, "请填报" if held else "请完成"
    if left > 0:
        rest = f"还有 {left} 天"
    elif left == 0:
        rest, held = f"今天{held or '截止'}", ""
    elif late <= 0:
        rest = f"{wording.day(by)}前{please}"
    else:
        rest = f"{please}，已超期 {late} 天" if held else f"已超期 {late} 天"
    return f"{colour(today, due, by)} {wording.day_and_hour(due, hour)}{held}，{rest}"


def standing(today: date, owed: Owing, duty: Duty) -> str:
    """When something that is open falls due, and how far it is: 🟡 12月25日，还有 5 天；已报 1 篇，还差 1 篇."""
    due = when(today, owed, duty)
    if owed.answered_at is None or not duty.asks:
        return due
    return f"{due}；已报{answered(owed, duty).removeprefix(duty.asks[0].title)}"


def brief(today: date, owed: Owing | Group, duty: Duty) -> str:
    """How urgent something is, in few words for a button: 超期 3 天, 12月3日 17:00, 今天截止, 12月25日，还差 1 篇."""
    left, late, held = (owed.due - today).days, (today - owed.by).days, "开展" if duty.held else ""
    if late > 0:
        said = f"超期 {late} 天"
    elif left > 0:
        said = wording.day_and_hour(owed.due, owed.hour if isinstance(owed, Owing) else "") + held
    elif left == 0:
        said = f"今天{held or '截止'}"
    else:
        said = f"{wording.day(owed.by)}前{'请填报' if held else '请完成'}"
    if isinstance(owed, Owing) and owed.answered_at is not None and duty.asks:
        said += f"，{answered(owed, duty).rpartition('，')[2]}"
    return said


def line_of(today: date, name: str, owed: Owing | Group, duty: Duty, more: str = "") -> str:
    """A thing of a list as the label of its button, its name cut where that is too long: 🔴 10月主题党日，超期 3 天."""
    sign, said = colour(today, owed.due, owed.by), f"{more}，{brief(today, owed, duty)}"
    return f"{sign} {wording.short(name, LABEL - len(sign) - len(said) - 1)}{said}"


def urgent_first(today: date, things: Sequence[tuple[Thing, Duty]]) -> list[tuple[Thing, Duty]]:
    """Things by urgency, 🔴 🟠 🟡 🟢, each by its day; but among the first are some that can still be in time."""
    order: list[tuple[Thing, Duty]] = sorted(
        things,
        key=lambda one: (URGENCY.index(colour(today, one[0].due, one[0].by)), one[0].due),
    )
    late = [one for one in order if one[0].by < today]
    others = order[len(late) :]
    kept = min(len(others), max(FIRST // 2, FIRST - len(late)))
    room = FIRST - kept
    return [*late[:room], *others[:kept], *late[room:], *others[kept:]]


def how_urgent(today: date, things: Iterable[tuple[Owing | Group, int]]) -> str:
    """How many things (each counted so often) there are of each urgency: 🔴 超期 3 项，🟡 7 天内 1 项."""
    found: dict[str, list[int]] = {}
    for owed, count in things:
        found.setdefault(colour(today, owed.due, owed.by), []).append(count)
    said = zip(URGENCY, SPANS, strict=True)
    return "，".join(
        f"{sign} {words} {wording.many(*found[sign], unit='项')}" for sign, words in said if sign in found
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoView:
    """What a branch owes this term (`owing`, done or not) and of the one `before`; which page of it, from 0.

    `own`: whether one of the branch looks; the committee may remind it instead.
    """

    branch: Branch
    owing: Sequence[Owing]
    before: Sequence[Owing]
    page: int
    own: bool


def todo(view: TodoView, today: date) -> Message:
    """What a branch owes: what is open now by urgency, each a button; what comes; the way to what is done."""
    known, earlier = behind(view.owing), behind(view.before)
    former = {owed.id for owed, _ in earlier}
    now = [*earlier, *((o, duty) for o, duty in known if not o.done and o.opens <= today)]
    later = [(o, duty) for o, duty in known if not o.done and o.opens > today]
    order = urgent_first(today, now)
    names = apart(
        [(f"上学期 {title(o, duty)}" if o.id in former else title(o, duty), o) for o, duty in order]
    )
    buttons = [
        Button(line_of(today, name, owed, duty), Task(owed.id), main=view.own and n == 0)
        for n, (name, (owed, duty)) in enumerate(zip(names, order, strict=True))
    ]
    page = part(buttons, view.page, FIRST, MOST)
    lines: list[Line] = [how_urgent(today, ((o, 1) for o, _ in now)) or "现在没有要办的事。"]
    if later and not page.newer:
        following, duty = later[0]
        until = wording.day_and_hour(following.due, following.hour) + ("开展" if duty.held else "截止")
        lines.append(f"之后还有 {len(later)} 项，最近是{title(following, duty)}，{until}。")

    def to(number: int) -> Todo | MoreTodo:
        return MoreTodo(view.branch.id, number) if number else Todo(view.branch.id)

    rows = [] if view.own or not now else column([remind(view.branch.id, view.branch.name)])
    rows += column(page.shown)
    others, done = len(buttons) - len(page.shown), sum(o.done for o, _ in known)
    ways = (
        [Button(f"还有 {others} 项", to(page.older), short="其余")]
        if page.older and page.newer is None
        else []
    )
    ways += [Button(f"已完成 {done} 项", Finished(view.branch.id), short="已完成")] if done else []
    rows += [] if page.newer is None else turning(page, to)
    rows += [tuple(ways)] if ways else []
    if view.own:
        rows.append((Button("提醒设置", Preferences()), Button("日历订阅", CalendarLink()), HOME))
    else:
        rows.append(back(Chase(view.branch.committee_id), "催办"))
    at = 0 if page.newer is None else page.newer + 1
    return Message(title=f"待办 · {view.branch.name}", lines=tuple(lines), rows=tuple(rows), here=to(at))


def remind(branch_id: int, branch: str) -> Button:
    """One tap that reminds a branch of all it owes."""
    return Button(f"提醒 {branch.removesuffix('党支部')}", NudgeBranch(branch_id, 0), main=True)


def finished(me: Me, branch: Branch, owing: Sequence[Owing]) -> Message:
    """What a branch has done this term, the last first: what was reported, and the way to put it right."""
    done = [(o.done_at, o, duty) for o, duty in behind(owing) if o.done_at]
    done.sort(key=lambda one: one[0], reverse=True)
    names = apart([(title(owed, duty), owed) for _, owed, duty in done[:RECENT]])
    lines: list[Line] = []
    for n, (at, owed, duty) in enumerate(done[:RECENT], start=1):
        late = "，逾期" if at.astimezone(me.now.tzinfo).date() > owed.by else ""
        said = f"：{wording.short(answered(owed, duty))}" if owed.answer else ""
        lines.append((f"{n}. {names[n - 1]}", f"{owed.done_by} {wording.moment(at, me.now)}{late}{said}"))
    if len(done) > RECENT:
        lines.append(f"还有 {len(done) - RECENT} 项更早完成的没有列出。")
    if not done:
        lines.append("本学期还没有完成的工作。")
    elif me.in_branch(branch.id):
        lines.append("填错了，点编号打开，再点「改」。")
    numbers = [Button(f"{n}", Task(owed.id)) for n, (_, owed, _) in enumerate(done[:RECENT], start=1)]
    rows = grid(numbers, 6)
    rows.append(back(Todo(branch.id), "待办", main=True))
    return Message(
        title=f"已完成 · {branch.name}", lines=tuple(lines), rows=tuple(rows), here=Finished(branch.id)
    )


def again(today: date, until: date) -> str:
    """明天, or the day that is meant."""
    return "明天" if (until - today).days == 1 else wording.day(until)


def task(me: Me, owed: Owing, duty: Duty, may_answer: bool, until: date | None = None) -> Message:
    """One thing that is owed, and what closes it; it can be put off to the day `until`."""
    today = me.now.date()
    lines: list[Line] = [("支部", owed.branch)] if owed.branch else []
    if duty.title not in title(owed, duty):
        lines.append(("任务", duty.title))
    rows: list[Row] = []
    typed = may_answer and is_typed(duty)
    takes = file(owed, duty) if may_answer else None
    if owed.done_at is not None:
        label = "已填报" if owed.answer == NOT_DONE else "已完成"
        lines.append((label, f"{owed.done_by} {wording.moment(owed.done_at, me.now)}"))
        if owed.answer:
            lines.append(("记下的是", answered(owed, duty)))
        if typed:
            rows.append((Button("改", Reopen(owed.id)),))
    else:
        if owed.answered_at is not None and owed.answer:
            lines.append(("已报", answered(owed, duty)))
        elif owed.answered_at is not None and duty.closes == "sheet":
            lines.append("自评被退回，请按原因改好，重新提交。")
        lines.append(("日期" if duty.held else "截止", when(today, owed, duty)))
        if may_answer and duty.closes == "sheet":
            there = OpenSheet(owed.branch_id or 0, owed.term_id, int(Rater.SELF))
            rows.append((Button("去自评", there, main=True),))
        elif may_answer and duty.closes == "sheets":
            lines.append("回首页，逐个评价各支部；都提交后自动完成。")
        elif may_answer and duty.things:
            lines.append(f"完成以后回答：{question(duty)}")
            rows += column(ticks(owed, duty, 0))
        elif may_answer and duty.closes in ("tick", "file"):
            rows.append((Button("已完成", Done(owed.id), main=True),))
            lines.append("完成了就点「已完成」。")
            if duty.key != ASSIGNED and owed.due <= today:
                rows[-1] = (*rows[-1], Button("没有完成", Missed(owed.id)))
        elif typed and owed.answered_at is not None:
            lines.append(Invitation(f"又有了就输入总数，例如：{duty.least} {duty.asks[0].unit}"))
            rows.append((Button("改", Reopen(owed.id)),))
        elif typed:
            lines.append(Invitation(f"办完后直接输入{_what(duty)}，例如：{example(duty)}"))
        if owed.published and owed.branch_id and duty.event != "result":
            lines.append("这个学期的结果已公布，不再填报。")
        if takes and may_answer and duty.closes in ("tick", "file"):
            also = (
                "也可以直接发照片或文件。" if duty.closes == "file" else "照片或文件可以直接发来，作为材料。"
            )
            if duty.key == ASSIGNED:
                also = "也可以直接发文字、照片或文件作答复。"
            lines.append(Invitation(also))
    if duty.event == "result" and owed.branch_id:
        rows.insert(0, (Button("打开整改", Rectify(owed.branch_id, owed.term_id), main=True),))
        lines.append("整改措施交党总支同意，以后每月报一次进展；报了就自动完成。")
    if until and typed and not owed.done:
        rows.append(
            (Button(f"{again(today, until)}再提醒", Snooze(owed.id, day_number(until)), short="再提醒"),)
        )
    ways = [Button("为什么", WhyTask(owed.id))]
    if not owed.done:
        ways.append(Button("日历", TaskCalendar(owed.id)))
    if owed.branch_id:
        ways += [Button("台账", Ledger(owed.branch_id, owed.term_id)), Button("待办", Todo(owed.branch_id))]
    rows += [tuple(ways), home_row()]
    return Message(
        title=title(owed, duty),
        lines=tuple(lines),
        rows=tuple(rows),
        here=Task(owed.id),
        hears=report(owed.id) if typed else None,
        takes=takes,
        hint=typed_hint(duty) if typed and not owed.done else "",
    )


def answered(owed: Owing, duty: Duty) -> str:
    """What was answered, and what is lacking."""
    if owed.answer == NOT_DONE:
        return owed.answer if owed.done else "还没有完成"
    if not duty.least or not (less := lacking(duty, owed.answer)):
        return owed.answer
    unit = duty.asks[0].unit
    return f"{owed.answer}，" + (f"不足 {duty.least} {unit}" if owed.done else f"还差 {less} {unit}")


def _what(duty: Duty) -> str:
    """What is to be typed, where the example alone does not say it."""
    new = "这次新增的" if duty.closes == "count" and len(duty.rules) > 1 else ""
    if duty.closes == "party_day":
        return f"出勤{_bracketed(duty.asks[0])}、主题"
    if duty.closes == "numbers":
        return ""
    if [kind.title for kind in duty.asks] == [duty.title]:
        return f"{new}{duty.asks[0].unit}数" if new else parts(duty)
    return new + "、".join(f"{kind.title}{_bracketed(kind)}" for kind in duty.asks)


def _bracketed(kind: FactKind) -> str:
    return f"（{named}）" if (named := wording.parts(kind)) else ""


def parts(duty: Duty) -> str:
    """What the numbers of the one ratio are that a duty asks for: 实到/应到; empty where there is not one."""
    one = len(duty.asks) == 1 or duty.closes == "party_day"
    return wording.parts(duty.asks[0]) if one and not duty.things and duty.closes != "file" else ""


def typed_hint(duty: Duty) -> str:
    """What is to be typed: 实到/应到，例如：17/18."""
    if duty.key == ASSIGNED:
        return "可直接写答复"
    return "，".join(filter(None, (parts(duty), f"例如：{example(duty)}")))


def question(duty: Duty) -> str:
    return f"有没有{'、'.join(duty.things)}？"


def ticks(owed: Owing, duty: Duty, instead: int) -> list[Button]:
    """Buttons for what is asked one by one: all of it, written out, or each by itself."""
    wanted = len(duty.things)
    if wanted == 1:
        return [
            Button(f"有{duty.things[0]}", Tick(owed.id, 1, 1, instead), main=True, short="有"),
            Button(f"没有{duty.things[0]}", Tick(owed.id, 1, 0, instead), short="没有"),
        ]
    every = f"{'、'.join(duty.things)}都有"
    return [
        Button(every, Tick(owed.id, wanted, (1 << wanted) - 1, instead), main=True, short="都有"),
        Button("逐项回答", Tick(owed.id, 0, 0, instead)),
    ]


def correction(number: int) -> Callable[[str], Action]:
    return lambda text: TypedCorrection(number, text)


def report(number: int) -> Callable[[str], Action]:
    return lambda text: TypedReport(number, text)


def file(owed: Owing, duty: Duty) -> Callable[[Upload], Action] | None:
    """Where a file for a task goes; None where it serves no item."""
    if not is_typed(duty) or owed.branch_id is None or not duty.items:
        return None
    return lambda upload: ReportFile(owed.id, upload)


def why(owed: Owing, duty: Duty, days: WorkDays, may_answer: bool) -> Message:
    """The sentence behind a task, how its day is found, and the items it serves."""
    lines: list[Line] = []
    if duty.source:
        lines.append(("制度", wording.typeset(duty.source)))
    if duty.decision:
        lines.append(("说明", duty.decision))
    this = f"{wording.day(owed.due)}（{days.why(owed.due)}）{owed.hour}"
    lines.append(("日期", f"{duty.rule}；这一次是 {this}" if duty.rules else this))
    if duty.items:
        every = duty.closes in ("sheet", "sheets")
        lines.append(
            (
                "用于",
                f"全部 {len(duty.items)} 项" if every else f"测评表第 {'、'.join(map(str, duty.items))} 项",
            )
        )
    return Message(
        title=f"为什么 · {duty.title}",
        lines=tuple(lines),
        rows=(back(Task(owed.id), main=True),),
        here=WhyTask(owed.id),
        hears=report(owed.id) if may_answer and is_typed(duty) else None,
        takes=file(owed, duty) if may_answer else None,
    )
