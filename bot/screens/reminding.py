"""提醒: a day's digest, 提醒设置, 催办, and what did not arrive."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.actions import (
    Action,
    AddTerm,
    ByMail,
    CalendarLink,
    Chase,
    ChaseBranches,
    ChaseDuties,
    ChaseTask,
    InviteMenu,
    InWords,
    Mute,
    Nudge,
    NudgeAll,
    Preferences,
    Reminder,
    SetHour,
    Settle,
    SnoozeAll,
    Task,
    Todo,
    TypedMute,
    Undelivered,
    Weekly,
    day_number,
)
from bot.message import CHOSEN, Button, Line, Message, Row
from bot.permissions import Me
from bot.screens import duties as tasks
from bot.screens import wording
from bot.screens.joining import joined_line, joined_row
from bot.screens.layout import HOME, back, column, grid, home_row, part, turning
from bot.values import (
    COUNTED,
    UNOPENED,
    Behind,
    Group,
    Lying,
    Mailbox,
    Newcomer,
    Owing,
    Page,
    Problem,
    Reached,
)
from jobs.duties import hours
from jobs.duties.calendar import TermDates
from jobs.duties.catalogue import Duty
from jobs.duties.occurrences import colour

LISTED = 8  # tasks whose buttons have their names; where there are more, they have the numbers of the lines
SAID = 6  # overdue tasks that get a line: the last ones
SHOWN, THINGS = 4, 3  # branches, and things they owe alike, with which 催办 begins
FEW = 3  # branches named in a line
LYING = 8  # persons named in whose page a notice waits
NUDGED = 12  # branches that get a button of their own
TO_REPORT, COMING, OVERDUE = "要填报的", "快到期的", "已超期的"
VACATION = "现在是假期，不用办，也不提醒；没做完的，开学第一个工作日一起列给各支部。"
SPANS = ((3, "静音 3 天"), (7, "静音 1 周"), (14, "静音 2 周"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TermWanted:
    """No term follows the last one, which ends on a day: what is proposed, and what adds it."""

    ends: date
    dates: TermDates
    add: AddTerm


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """What a person is reminded of: `told` is their own, `late` stands with the branches of a committee.

    `wanted`: an administrator is asked for the next term. `joined`: who took a seat by the person's codes.

    `until` is the day to which it can be put off, `count` how many digests there were this month; `missed` the first of
    the days on which something was to be said and nothing was.
    """

    told: Sequence[tuple[Owing, Duty]]
    late: Sequence[tuple[str, Group, Duty]]
    committee_id: int
    until: date
    count: int
    missed: date | None
    wanted: TermWanted | None = None
    joined: Sequence[Newcomer] = ()


def digest(me: Me, action: Reminder, view: DigestView) -> Message:
    """What a person is reminded of; a single task of their own can be answered right here."""
    today, told, late = me.now.date(), view.told, view.late
    several = len({owed.branch_id for owed, _ in told}) > 1
    snooze = Button(
        f"{tasks.again(today, view.until)}再提醒",
        SnoozeAll(action.day, action.since, day_number(view.until)),
        short="再提醒",
    )
    ends = (*_beside(view, today), *_missed(view.missed), _count(view.count))
    if len(told) == 1 and not late:
        (owed, duty), *_ = told
        one = tasks.task(me, owed, duty, True)
        return Message(
            title=f"提醒 · {one.title}",
            lines=(*one.lines, *ends),
            rows=(*one.rows[:-1], *_beside_rows(view), (snooze, *one.rows[-1])),
            here=action,
            hears=one.hears,
            takes=one.takes,
            hint=one.hint,
        )
    lines: list[Line] = []
    rows: list[Row] = []
    shown: list[tuple[Owing, Duty]] = []
    groups = [
        (heading, every, every[-SAID:] if heading == OVERDUE else every)
        for heading, every in _groups(told, today)
    ]
    listed = [one for _, _, some in groups for one in some]
    names = tasks.apart([(_name(owed, duty, several), owed) for owed, duty in listed])
    for heading, every, some in groups:
        if len(groups) > 1:
            lines.append(f"{heading} {len(every)} 项：")
        lines += [
            (f"{n}. {names[n - 1]}", tasks.standing(today, owed, duty))
            for n, (owed, duty) in enumerate(some, start=len(shown) + 1)
        ]
        if len(some) < len(every):
            lines.append(f"还有 {len(every) - len(some)} 项更早的，请在「待办」里看。")
        shown += some
    short = len(shown) > LISTED
    buttons = [
        Button(f"{n}" if short else f"{n}. {names[n - 1]}", Task(owed.id), main=n == 1)
        for n, (owed, _) in enumerate(shown, start=1)
    ]
    rows += grid(buttons, 6) if short else column(buttons)
    if late and told:
        lines.append("各支部还没完成：")
    lines += [_late(name, group, duty, today) for name, group, duty in late]
    if late:
        rows.append((Button("催办", Chase(view.committee_id), main=not told),))
    rows += _beside_rows(view)
    own = next((s.branch_id for s in me.seats if s.branch_id), None)
    if told:
        rows.append((snooze, *([Button("待办", Todo(own))] if own else [])))
    rows.append((Button("提醒设置", Preferences()), HOME))
    return Message(
        title=f"提醒 · {_things(len(told), len(late)) or ('设置下学期' if view.wanted else '有人加入')}",
        lines=(*lines, *ends),
        rows=tuple(rows),
        here=action,
    )


def _beside(view: DigestView, today: date) -> list[Line]:
    """What a digest says beside what is to be done: that no term follows, and who joined, in a line each."""
    lines: list[Line] = []
    if view.wanted:
        wanted = view.wanted
        ends = "已于" if wanted.ends < today else "到"
        lines.append(
            (
                "下学期还没有设置",
                f"最后一个学期{ends} {wording.day(wanted.ends)}结束。下学期一般是 {_term_span(wanted)}，"
                "点按钮就按这个日期设好，以后可以改。",
            )
        )
    return lines + joined_line(view.joined)


def _beside_rows(view: DigestView) -> list[Row]:
    rows: list[Row] = []
    if view.wanted:
        only = not (view.told or view.late)
        rows.append(
            (Button(f"设下学期：{_term_span(view.wanted)}", view.wanted.add, main=only, short="设学期"),)
        )
    return rows + joined_row(view.joined)


def _term_span(wanted: TermWanted) -> str:
    return f"{wording.day(wanted.dates.starts)}至{wording.day(wanted.dates.ends)}"


def _groups(told: Sequence[tuple[Owing, Duty]], today: date) -> list[tuple[str, list[tuple[Owing, Duty]]]]:
    """What is to be reported, what falls due, and what is overdue, under a heading each; none that is empty."""
    found: dict[str, list[tuple[Owing, Duty]]] = {TO_REPORT: [], COMING: [], OVERDUE: []}
    for owed, duty in told:
        overdue, over = owed.by < today, owed.due < today
        found[OVERDUE if overdue else TO_REPORT if over else COMING].append((owed, duty))
    return [(heading, group) for heading, group in found.items() if group]


def _name(owed: Owing, duty: Duty, several: bool) -> str:
    """What a task is called, with its branch where several are told of."""
    name = tasks.title(owed, duty)
    return f"{owed.branch.removesuffix('党支部')} {name}" if several and owed.branch else name


def _things(told: int, late: int) -> str:
    parts = [f"{told} 项要办"] * bool(told) + [f"{late} 项各支部还没完成"] * bool(late)
    return "，".join(parts)


def _late(name: str, group: Group, duty: Duty, today: date) -> tuple[str, str]:
    return name, f"{tasks.when(today, group, duty)}，{wording.many(group.bodies, unit='个支部')}还没完成"


def _missed(since: date | None) -> tuple[Line, ...]:
    return (f"{wording.day(since)}以来的提醒，都在这一条里。",) if since else ()


def _count(count: int) -> str:
    return f"本月第 {count} 次提醒。"


# 提醒设置 -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesView:
    """When a person hears, and by what: whether a chat of theirs `rings`, and where their `mail` goes (None: there is
    none here). `in_words`: whether 文字模式 is on (None: there are no cards here)."""

    minute: int
    muted_until: date | None
    weekly: bool
    of_committee: bool
    rings: bool
    mail: Mailbox | None
    in_words: bool | None = None


def preferences(me: Me, view: PreferencesView) -> Message:
    """When a person hears of duties, and by what."""
    minute, muted_until = view.minute, view.muted_until
    lines: list[Line] = [
        ("时间", f"{_clock(minute)} 后几分钟，一天最多一次。"),
        ("哪天", "每周第一个工作日；主题党日、自评截止的前一个工作日再说一次。寒暑假不提醒。"),
        ("怎么提醒", _how(view)),
    ]
    muted = muted_until is not None and muted_until >= me.now.date()
    if muted and muted_until:
        lines.append(("静音", f"到 {wording.day(muted_until)}为止，期间不提醒。"))
    lines.append("想静音到某一天，可以直接输入，例如：到1月20日")
    choices = [
        Button(f"{CHOSEN if at == minute else ''}{_clock(at)}", SetHour(at), main=at == minute)
        for at in hours.CHOICES
    ]
    rows = grid(choices, 4)
    ends = [(label, me.now.date() + timedelta(days=span)) for span, label in SPANS]
    rows.append(tuple(Button(label, Mute(day_number(end))) for label, end in ends))
    if muted:
        rows.append((Button("恢复提醒", Mute(0), main=True),))
    if view.of_committee:
        weekly = view.weekly
        lines.append(("每周汇总", "每周第一个工作日，各支部逾期和快到期的工作。" if weekly else "没有开启。"))
        rows.append(
            (
                Button(
                    "不要每周汇总" if weekly else "要每周汇总",
                    Weekly(int(not weekly)),
                    short="不要汇总" if weekly else "要汇总",
                ),
            )
        )
    mail = [Button("邮件提醒", ByMail())] if view.mail is not None else []
    ways = (Button("日历订阅", CalendarLink()), *mail)
    if view.in_words is None:
        rows.append((*ways, HOME))
    else:
        shown = "只发文字。" if view.in_words else "发卡片。看不到卡片或按钮时，点「文字模式」。"
        lines.append(("企业微信", shown))
        switch = Button("卡片模式" if view.in_words else "文字模式", InWords(int(not view.in_words)))
        rows += [ways, (switch, HOME)]
    return Message(
        title="提醒设置",
        lines=tuple(lines),
        rows=tuple(rows),
        here=Preferences(),
        hears=TypedMute,
        hint="例如：到1月20日",
    )


def _how(view: PreferencesView) -> str:
    """What rings, and what only waits to be looked at."""
    box = view.mail or Mailbox()
    mailed = (
        ""
        if not box.address
        else "邮箱拒收，已经停用，请点「邮件提醒」。"
        if box.refused
        else f"邮件发到 {box.address}。"
    )
    if view.rings:
        return f"发到聊天里，手机会响。{mailed and f'聊天收不到时，{mailed}'}"
    waits = "网页打开着才看得到，没打开时在网页里等您，手机不会响。"
    if mailed:
        return f"{waits}{mailed}"
    ways = "「日历订阅」" if view.mail is None else "「日历订阅」或「邮件提醒」"
    return f"{waits}想让手机自己响，请点{ways}。"


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


# 催办 ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaseView:
    """What a committee itself owes (`own`); its branches that are `behind`, and what the first of them owe (`owing`).

    `groups`: what they all owe alike; `reached`: whom a reminder reaches; `vacation`: whether it is between terms.
    """

    committee_id: int
    committee: str
    own: Sequence[Owing]
    behind: Sequence[Behind]
    owing: Sequence[Owing]
    groups: Sequence[Group]
    reached: Reached
    vacation: bool


def chase(view: ChaseView, today: date) -> Message:
    """What the committee itself has to do; the branches that are behind, and what is late or due within a week.

    One tap reminds a branch, or all, of everything.
    """
    known = [(group, duty) for group in view.groups if (duty := group.behind)]
    duties = part(_by_duty(known, today), 0, THINGS, tasks.MOST)
    every = view.behind[0].all if view.behind else 0
    shown = part(view.behind, 0, SHOWN, tasks.MOST).shown
    mine = tasks.behind(view.own)
    lines: list[Line] = [
        tasks.how_urgent(today, ((group, group.bodies) for group, _ in known))
        or "没有逾期和一周内到期的工作。"
    ]
    if view.vacation:
        lines.insert(0, VACATION)
    lines += _of_the_first(len(view.behind), every, view.reached)
    rows = column(
        Button(tasks.line_of(today, f"党总支：{tasks.title(owed, duty)}", owed, duty), Task(owed.id))
        for owed, duty in mine
    )
    rows += _by_branch(shown, view.owing, view.reached, today)
    rest = f"还有 {every - len(shown)} 个支部" if every <= COUNTED else "其余支部"
    others = [Button(rest, ChaseBranches(view.committee_id, 1))]
    everybody = _everybody(every, view.reached, NudgeAll(view.committee_id, 0))
    rows += [row] if (row := (*(others if every > len(shown) else []), *everybody)) else []
    rows += column(duties.shown)
    ends = [
        Button(f"还有 {len(known) - len(duties.shown)} 项", ChaseDuties(view.committee_id, 1), short="其余")
    ]
    invite = [Button("邀请人员", InviteMenu(view.committee_id, 0))]
    last = (ends if duties.older else []) + (invite if view.reached.invites and _empty(view.reached) else [])
    rows.append((*last, HOME) if rows else home_row(main=True))
    return Message(
        title=f"催办 · {view.committee}", lines=tuple(lines), rows=tuple(rows), here=Chase(view.committee_id)
    )


def _by_branch(branches: Sequence[Behind], owing: Sequence[Owing], who: Reached, today: date) -> list[Row]:
    """A row for each branch: how much it owes of each urgency, which opens its 待办; and one tap that reminds it.

    Where nobody holds a seat, whoever may invites somebody instead.
    """
    rows: list[Row] = []
    empty = _empty(who)
    for one in branches:
        found = Counter(colour(today, o.due, o.by) for o in owing if o.branch_id == one.branch_id)
        marks = " ".join(f"{sign}{found[sign]}" for sign in tasks.URGENCY if found[sign])
        look = Button(f"{one.branch.removesuffix('党支部')} {marks}", Todo(one.branch_id))
        nudge = replace(tasks.remind(one.branch_id, one.branch), main=False)
        way = _to_invite(one.branch_id, one.branch, who) if _short(one.branch) in empty else [nudge]
        rows.append((look, *way))
    return rows


def _by_duty(known: Sequence[tuple[Group, Duty]], today: date) -> list[Button]:
    """A button for each thing that branches owe alike, with how many: 🔴 10月主题党日，3 个支部，超期 3 天."""
    order = tasks.urgent_first(today, known)
    names = tasks.apart([(tasks.titled(duty, group.period), group) for group, duty in order])
    return [
        Button(tasks.line_of(today, name, group, duty, f"，{_whose(group)}"), ChaseTask(group.first))
        for name, (group, duty) in zip(names, order, strict=True)
    ]


def _whose(group: Group) -> str:
    return (
        group.branch.removesuffix("党支部")
        if group.bodies == 1
        else wording.many(group.bodies, unit="个支部")
    )


def chase_branches(
    here: ChaseBranches, page: Page[Behind], owing: Sequence[Owing], who: Reached, today: date
) -> Message:
    """A page of the branches that are behind."""
    return Message(
        title="催办 · 各支部",
        lines=(f"共 {wording.many(page.shown[0].all, unit='个支部')}还有没完成的工作。", *reached(who)),
        rows=(
            *_by_branch(page.shown, owing, who, today),
            *turning(page, lambda n: ChaseBranches(here.committee, n) if n else Chase(here.committee)),
            back(Chase(here.committee), "催办"),
        ),
        here=here,
    )


def chase_duties(here: ChaseDuties, groups: Sequence[Group], today: date) -> Message:
    """A page of what branches owe alike."""
    known = [(group, duty) for group in groups if (duty := group.behind)]
    page = part(_by_duty(known, today), here.page, THINGS, tasks.MOST)
    at = 0 if page.newer is None else page.newer + 1
    return Message(
        title="催办 · 各项工作",
        lines=(tasks.how_urgent(today, ((group, group.bodies) for group, _ in known)),),
        rows=(
            *column(page.shown),
            *turning(page, lambda n: ChaseDuties(here.committee, n) if n else Chase(here.committee)),
            back(Chase(here.committee), "催办"),
        ),
        here=ChaseDuties(here.committee, at),
    )


def chase_task(here: ChaseTask, today: date, group: Group, owing: Sequence[Owing], who: Reached) -> Message:
    """Who still owes one thing; one tap reminds one branch or all."""
    (_, duty), *_ = tasks.behind(owing)
    names = [_short(owed.branch) for owed in owing]
    more = f"{'等' if group.bodies > len(names) else '，共'} {wording.many(group.bodies, unit='个支部')}"
    all_of_them = [replace(one, main=True) for one in _everybody(group.bodies, who, Nudge(here.task, 1, 0))]
    listed = part(owing, 0, NUDGED, NUDGED).shown
    rows = column(all_of_them)
    empty = _empty(who)
    for owed in listed:
        if _short(owed.branch) in empty:
            rows += column(_to_invite(owed.branch_id or 0, owed.branch, who))
        else:
            rows += column([Button(f"提醒 {_short(owed.branch)}", Nudge(owed.id, 0, 0))])
    rows.append(back(Chase(owing[0].committee_id), "催办"))
    unnamed = [("还没完成", "、".join(names) + more)] if group.bodies > len(listed) else []
    return Message(
        title=f"催办 · {tasks.titled(duty, group.period)}",
        lines=(
            ("日期" if duty.held else "截止", tasks.when(today, group, duty)),
            *unnamed,
            *_of_the_first(len(owing), group.bodies, who),
        ),
        rows=tuple(rows),
        here=here,
    )


# --- whom it reaches --------------------------------------------------------------------------------------------

NOBODY = ""  # why a branch is not reached in which nobody holds a seat
_REASONS = {
    "muted": "设了静音",
    "mailed": "今天的邮件已经发出，一天只发一封",
    "unopened": UNOPENED,
    "refused": "聊天停用了机器人",
    "closed": "所用的聊天渠道没有开通",
    "out": "没有登录或登录已过期",
}


def reached(who: Reached) -> list[Line]:
    """Whom a reminder does not reach now, or only when the page is opened; and who was reminded today."""
    empty, others = _nobody(who)
    found = (
        ("今天发过提醒", _named(who.today)),
        ("要打开网页才看得到", _named(who.on_page)),
        ("提醒不到", "；".join(f"{_named(names)}（{why}）" for why, names in others)),
        ("没有人可提醒", f"{_named(empty)}，要先发邀请码" if empty else ""),
    )
    return [line for line in found if line[1]]


def _of_the_first(asked: int, every: int, who: Reached) -> list[Line]:
    """Whom a reminder reaches, where of very many branches only the first were asked about."""
    found = reached(who)
    return [f"前 {asked} 个支部里：", *found] if found and every > asked else found


def _named(names: Sequence[str]) -> str:
    """常营、劲松; where they are many, the first ones and how many there are."""
    some = "、".join(part(names, 0, FEW, FEW).shown)
    return some if len(names) <= FEW + 1 else f"{some} 等 {len(names)} 个支部"


def _counted(names: Sequence[str]) -> str:
    """The only one by its name, or how many they are."""
    return names[0] if len(names) == 1 else f"{len(names)} 个支部"


def _nobody(who: Reached) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Where nobody holds a seat; and the others that are not reached, by the reason."""
    found: dict[str, list[str]] = {}
    for name, why in who.nobody:
        found.setdefault(why, []).append(name)
    empty = found.pop(NOBODY, [])
    return empty, [(_REASONS[why], names) for why, names in found.items()]


def _empty(who: Reached) -> set[str]:
    return {name for name, why in who.nobody if why == NOBODY}


def _everybody(count: int, who: Reached, action: Action) -> list[Button]:
    """One tap that reminds so many branches, with how many of them it reaches where that is not all."""
    reachable = len(who.at_once) + len(who.on_page)
    some = (
        reachable + len(who.nobody) == count and who.nobody
    )  # of very many branches only the first are asked about
    if count < 2 or (some and not reachable):
        return []
    label = (
        f"提醒全部（{reachable} 个能提醒到）" if some else f"提醒全部 {wording.many(count, unit='个支部')}"
    )
    return [Button(label, action, short="提醒全部")]


def _to_invite(branch_id: int, branch: str, who: Reached) -> list[Button]:
    return [Button(f"发邀请码 {_short(branch)}", InviteMenu(who.invites, branch_id))] if who.invites else []


def _short(branch: str) -> str:
    return branch.removesuffix("党支部")


def reminded(who: Reached, later: bool) -> str:
    """What became of a reminder, truly: whom it reached, whom it will when they open the page, and whom it does not."""
    when = "，下个工作日早上发出" if later else ""
    parts = [f"已提醒 {_counted(who.at_once)}{when}"] if who.at_once else []
    parts += [f"{_counted(who.on_page)}要打开网页才看得到，提醒已留在网页上{when}"] if who.on_page else []
    return "；".join(parts + _missed_out(who))


def _missed_out(who: Reached) -> list[str]:
    empty, others = _nobody(who)
    parts = [f"没有人可提醒：{_counted(empty)}，要先发邀请码"] if empty else []
    left = "；".join(f"{_counted(names)}（{why}）" for why, names in others)
    return parts + ([f"提醒不到：{left}"] if left else [])


def not_reminded(who: Reached) -> str:
    """Why nobody could be reminded, and what to do."""
    other = "" if all(why == NOBODY for _, why in who.nobody) else "请用其他方式告诉他们。"
    return f"{'；'.join(_missed_out(who))}。{other}"


def nudge_again(again: Action, to: Action, heard: int, waiting: int, done: Reached) -> Message:
    """Some heard something today already, or will: ask before they hear again. `done`: what was done for the others."""
    parts = [f"{heard} 人今天已收到提醒"] * bool(heard) + [f"{waiting} 人已安排提醒，本人还没有看到"] * bool(
        waiting
    )
    said = reminded(done, later=False)
    return Message(
        title="今天已经提醒过" if heard else "已经安排了提醒",
        lines=(*([f"{said}。"] if said else []), f"有 {'；'.join(parts)}。要再提醒一次吗？"),
        rows=(
            (Button("再提醒一次", again, short="再提醒"),),
            back(to, "不用了", main=True),
        ),
        here=to,
    )


# 未送达 -------------------------------------------------------------------------------------------------------

_STATES = {"uncertain": "不确定是否送达", "failed": "没有送达", "expired": "没有发出"}


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliveredView:
    """What did not arrive in a committee, who has not seen something yet, and how many notices are on their way."""

    committee_id: int
    committee: str
    problems: Sequence[Problem]
    lying: Sequence[Lying]
    sending: int


def undelivered(me: Me, view: UndeliveredView) -> Message:
    """The notices that did not arrive or may not have, newest first; and for whom one waits: in a page, or to leave."""
    lines: list[Line] = [
        (f"{n}. {_person(p)} {wording.moment(p.at, me.now)}", f"{_STATES[p.state]}：{p.why}")
        for n, p in enumerate(view.problems, start=1)
    ]
    settle = [Button(f"{n} 已处理", Settle(p.id)) for n, p in enumerate(view.problems, start=1)]
    if view.problems:
        lines.append("请用其他方式告诉他们，然后点「已处理」。")
    if held := [one for one in view.lying if one.held]:
        lines.append(("等待发送", _waiting(held)))
        lines.append("聊天渠道还没有连上或正忙，会自动发出。急事请打个电话。")
    if lying := [one for one in view.lying if not one.held]:
        since = wording.moment(min(one.since for one in lying), me.now)
        lines.append(("等待查看", f"{_waiting(lying)}，{'最早' if len(lying) > 1 else ''}从 {since} 起"))
        lines.append("提醒已在网页里，他们打开网页才看得到。急事请打个电话。")
    if view.sending:
        lines.append(f"还有 {view.sending} 条正在发送。")
    return Message(
        title=f"未送达 · {view.committee}",
        lines=tuple(lines) or ("提醒都送到了。",),
        rows=(*grid(settle, 3), home_row(main=True)),
        here=Undelivered(view.committee_id),
    )


def _waiting(people: Sequence[Lying]) -> str:
    some = "、".join(map(_person, people[:LYING]))
    return f"{some}等 {len(people)} 人" if len(people) > LYING else some


def _person(one: Problem | Lying) -> str:
    """A person with the branch, where the name does not hold it: 支部书记（双龙校区）."""
    branch = one.branch.removesuffix("党支部")
    return one.name if not branch or branch in one.name else f"{one.name}（{branch}）"
