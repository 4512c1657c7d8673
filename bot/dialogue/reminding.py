"""提醒: what falls to be said to a person, putting it off, 提醒设置, 催办, and what did not arrive."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import assert_never

from bot.actions import (
    Action,
    ByMail,
    Chase,
    ChaseBranches,
    ChaseDuties,
    ChaseTask,
    Home,
    InWords,
    Mute,
    Nudge,
    NudgeAll,
    NudgeBranch,
    Overview,
    Preferences,
    Reminder,
    Reminding,
    SetHour,
    Settle,
    Snooze,
    SnoozeAll,
    Task,
    Todo,
    TypedMute,
    Undelivered,
    Weekly,
    number_day,
    wire,
)
from bot.dialogue import home
from bot.dialogue.answering import duty_behind
from bot.dialogue.duties import answers, see
from bot.dialogue.terms import proposed
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import Role, read_inbox, see_standings
from bot.screens import duties as tasks
from bot.screens import reminding as screens
from bot.store import (
    chats,
    duties,
    history,
    joining,
    mailing,
    notices,
    people,
    preferences,
    seats,
    sheets,
    terms,
)
from bot.store.arrangements import Arrangements, arrangements, working_days
from bot.store.database import Session
from bot.store.history import About
from bot.store.notices import Owed
from bot.store.outbox import NUDGES
from bot.values import UNOPENED, Behind, Branch, Group, Owing, Page, Reached, refusal
from jobs.duties import hours
from jobs.duties.calendar import in_vacation
from jobs.duties.catalogue import Duty
from jobs.duties.days import COUNT
from jobs.duties.due import parse_period
from jobs.duties.occurrences import Occurrence
from jobs.duties.telling import LOOK_AHEAD, LOOK_BACK, asks_for_term, named, tells, tells_committee
from jobs.duties.workdays import WorkDays
from scoring.pattern import pattern
from scoring.refusal import Refused, Unread

SOON = timedelta(days=7)
ONE_DAY, LONGEST_SNOOZE, LONGEST_MUTE = timedelta(days=1), timedelta(days=100), timedelta(days=62)
NAMED, LISTED = 200, 9
ASKED = 100  # branches of which 催办 says whom a reminder reaches
SO_LONG_LONGEST = 20  # letters of 「请三天内不要提醒我」 and the like


def respond(work: Work, action: Reminding) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Reminder():
            return Reply(_digest(work, action))
        case Snooze(task, until):
            return _snooze(work, task, until)
        case SnoozeAll(day, since, until):
            return _snooze_all(work, Reminder(day, since), until)
        case Preferences():
            return Reply(_preferences(work))
        case SetHour(minute):
            return _set_hour(work, minute)
        case Mute(until):
            return _mute(work, number_day(until) if until else None)
        case TypedMute(text):
            return _mute(work, None if _AGAIN.fullmatch(text.strip()) else _mute_end(work, text))
        case Weekly(on):
            return _weekly(work, bool(on))
        case InWords(on):
            return _in_words(work, bool(on))
        case Chase(committee):
            return Reply(_chase(work, committee))
        case ChaseBranches():
            return Reply(_chase_branches(work, action))
        case ChaseDuties():
            return Reply(_chase_duties(work, action))
        case ChaseTask(task):
            return Reply(_chase_task(work, task))
        case Nudge():
            return _nudge(work, action)
        case NudgeBranch():
            return _nudge_branch(work, action)
        case NudgeAll(committee):
            return _of_everything(work, committee, action, None)
        case Undelivered(committee):
            return Reply(_undelivered(work, committee))
        case Settle(notice):
            return _settle(work, notice)
        case _:
            assert_never(action)


def overtaken(work: Work, action: Action) -> bool:
    """Whether what a notice shows was done before the notice left. Raises Refused."""
    if isinstance(action, Todo):
        return not tasks_soon(work, action.branch)
    if isinstance(action, ByMail):  # it says that an address took nothing
        box = mailing.mailbox(work.session, work.me.person_id or 0, now=work.me.now)
        return not (box.refused or box.asked_refused)
    if isinstance(action, Overview):  # it says that a sheet was returned
        back = sheets.open_file(work.session, action.sheet).returned
        return back is None or not back.open
    return isinstance(action, Task) and duties.one(work.session, action.task).done


def tell_of_silence(
    session: Session, committee_id: int, *, person_id: int, chat: chats.Address, now: datetime
) -> None:
    """A chat takes nothing: tell the people beside its person, or else the administrators, once a day."""
    name, why = people.name_of(session, person_id), refusal(chat.channel)
    notices.tell(
        session,
        committee_id=committee_id,
        persons=seats.beside(session, committee_id, person_id),
        key=f"r:{chat.id}:{now:%Y-%m-%d}",
        action=wire(Home()),
        said=f"{name}{why}，收不到提醒，请转告一声：打开以后发一句话。"
        if why == UNOPENED
        else f"{name}的聊天收不到提醒了，可能停用了机器人，请转告一声。",
        now=now,
    )


def sheet_again(work: Work, sheet: int) -> list[tuple[Owing, Duty]]:
    """The self-evaluation that a branch of mine owes once more, while its sheet is returned. Raises Refused."""
    file = sheets.open_file(work.session, sheet)
    if not work.me.in_branch(file.branch.id) or file.returned is None or not file.returned.open:
        return []
    owed = duties.of_branch(work.session, branch_id=file.branch.id, term_id=file.term.id)
    return tasks.behind([one for one in owed if one.duty == "self_sheet" and not one.done])


def tasks_soon(work: Work, branch: int) -> list[tuple[Owing, Duty]]:
    """What a branch owes and 催办 reminds of: late, or due within a week."""
    since, until = work.today - LOOK_BACK, work.today + SOON
    return tasks.behind(
        duties.open_for(work.session, branch_ids=[branch], committee_ids=[], since=since, until=until)
    )


def tasks_in(work: Work, reminder: Reminder) -> list[tuple[Owing, Duty]]:
    """What a reminder still names of the asker's own tasks."""
    arranged = {c: arrangements(work.session, c) for c in {s.committee_id for s in work.me.seats}}
    return _told(work, arranged, number_day(reminder.day), number_day(reminder.since))


# --- a day's digest ---------------------------------------------------------------------------------------------


def _digest(work: Work, action: Reminder) -> Message:
    me, day, since = work.me, number_day(action.day), number_day(action.since)
    committees = sorted({s.committee_id for s in me.seats})
    arranged = {c: arrangements(work.session, c) for c in committees}
    told, late = _named(work, arranged, day, since)
    committee_id = next((body for body in committees if me.in_committee(body)), 0)
    wanted = _wanted(work, arranged, day, since)
    came = joining.news(work.session, me=me, day=day)
    if not (told or late or wanted or came):
        own = any(seat.role.of_branch for seat in me.seats)
        how = "要改，请在「待办」里点「已完成」。" if own else ""
        raise Refused(f"这条提醒里的事都办好了，谢谢！{how}")
    first = arranged[committees[0]]
    count = notices.digests_this_month(work.session, person_id=me.person_id or 0, day=day)
    until = first.rhythm.speaks_next(work.today + ONE_DAY)
    missed = first.rhythm.speaks_next(since + ONE_DAY)
    joined = people.joined_at(work.session, me.person_id or 0).astimezone(me.now.tzinfo).date()
    known = joined <= missed < day and notices.digested(work.session, committee_ids=committees, before=day)
    view = screens.DigestView(
        told=told,
        late=late,
        committee_id=committee_id,
        until=until,
        count=max(count, 1),
        missed=missed if known else None,
        wanted=wanted,
        joined=came,
    )
    return screens.digest(me, action, view)


def names_in(
    work: Work, reminder: Reminder
) -> tuple[list[tuple[Owing, Duty]], list[tuple[str, Group, Duty]]]:
    """What a reminder still names: of the asker's own tasks, and of what branches owe."""
    arranged = {c: arrangements(work.session, c) for c in sorted({s.committee_id for s in work.me.seats})}
    return _named(work, arranged, number_day(reminder.day), number_day(reminder.since))


def _named(
    work: Work, arranged: dict[int, Arrangements], day: date, since: date
) -> tuple[list[tuple[Owing, Duty]], list[tuple[str, Group, Duty]]]:
    late = [
        one
        for body, here in arranged.items()
        if work.me.in_committee(body)
        for one in _late(work, body, here, day, since)
    ]
    return _told(work, arranged, day, since), late


def _told(work: Work, arranged: dict[int, Arrangements], day: date, since: date) -> list[tuple[Owing, Duty]]:
    """What is still mine to do and is named after `since`, unless I put it off beyond this day."""
    me = work.me
    owing = duties.open_for(
        work.session,
        branch_ids=[s.branch_id for s in me.seats if s.branch_id],
        committee_ids=[c for c in arranged if me.in_committee(c)],
        since=day - LOOK_BACK,
        until=day + LOOK_AHEAD,
    )
    snoozed = preferences.snoozed_by(work.session, me.person_id or 0, since)
    if older := snoozed.keys() - {owed.id for owed in owing}:  # what was put off is said, however late it is
        put_off = (owed for owed in duties.open_of(work.session, older) if answers(me, owed))
        owing = tuple(sorted((*owing, *put_off), key=lambda owed: (owed.due, owed.id)))
    found = []
    for owed, usual in tasks.behind(owing):
        here = arranged[owed.committee_id]
        duty = here.of(usual, owed.branch_id)
        occurrence = Occurrence(owed.duty, owed.period, owed.opens, owed.due, owed.closes, owed.told_on)
        lead = named(occurrence, duty, here.rhythm, since, day)
        if tells(lead, snoozed.get(owed.id), day):
            found.append((owed, duty))
    return found


def _wanted(
    work: Work, arranged: dict[int, Arrangements], day: date, since: date
) -> screens.TermWanted | None:
    """The next term that an administrator is asked for in the digest of a day, as long as there is none."""
    for seat in work.me.seats:
        rhythm = arranged[seat.committee_id].rhythm
        if seat.role is Role.ADMINISTRATOR and asks_for_term(rhythm, since, day):
            found = proposed(work, seat.committee_id)
            if found is None:
                return None
            dates, add = found
            return screens.TermWanted(ends=rhythm.until, dates=dates, add=add)
    return None


def _late(
    work: Work, committee_id: int, arranged: Arrangements, day: date, since: date
) -> list[tuple[str, Group, Duty]]:
    """What branches owe for three weeks and is said now, or, once a week for who asked, all that is late or soon."""
    weekly = preferences.preference(work.session, work.me.person_id or 0).weekly
    groups = duties.open_groups(
        work.session, committee_id=committee_id, since=day - LOOK_BACK, until=day + SOON
    )
    found = []
    for group in groups:
        duty = group.behind
        if duty and tells_committee(duty, group.counts_from, arranged.rhythm, since, day, weekly):
            found.append((tasks.titled(duty, group.period), group, duty))
    return found


def _snooze(work: Work, task: int, until: int) -> Reply:
    owed = see(work, task)
    day = _later(work, until)
    if not answers(work.me, owed):
        raise Refused("这项工作由支部书记和支委填报，不用提醒您。")
    if not owed.done:
        preferences.snooze(work.session, person_id=work.me.person_id or 0, occurrences=[owed.id], until=day)
    screen = tasks.task(work.me, owed, duty_behind(owed), True)
    return Reply(screen, toast=f"好的，{tasks.again(work.today, day)}再提醒您")


def _snooze_all(work: Work, reminder: Reminder, until: int) -> Reply:
    day = _later(work, until)
    told = [owed.id for owed, _ in tasks_in(work, reminder)]
    preferences.snooze(work.session, person_id=work.me.person_id or 0, occurrences=told, until=day)
    return Reply(home.home(work), toast=f"好的，{tasks.again(work.today, day)}再提醒您")


def _later(work: Work, until: int) -> date:
    day = number_day(until)
    if not work.today < day <= work.today + LONGEST_SNOOZE:
        raise Refused("这个按钮已经过期，请在「待办」里查看。")
    return day


# --- preferences ------------------------------------------------------------------------------------------------


def _preferences(work: Work) -> Message:
    wish = preferences.preference(work.session, work.me.person_id or 0)
    me = work.me.person_id or 0
    mine = chats.addresses(work.session, me)
    box = mailing.mailbox(work.session, me, now=work.me.now)
    view = screens.PreferencesView(
        minute=wish.minute,
        muted_until=wish.muted_until,
        weekly=wish.weekly,
        of_committee=any(work.me.in_committee(s.committee_id) for s in work.me.seats),
        rings=any(chats.way_of(one.channel) == chats.RINGS for one in mine),
        mail=box if work.mails else None,
        in_words=wish.in_words if work.draws_cards else None,
    )
    return screens.preferences(work.me, view)


def _in_words(work: Work, on: bool) -> Reply:
    """The answer itself is in words, or a card, already."""
    if not work.draws_cards:
        raise Refused("文字模式只用于企业微信，这里不用换。")
    preferences.prefer(work.session, work.me.person_id or 0, in_words=on)
    toast = "以后在企业微信里只发文字。要换回来，回复：卡片模式" if on else "以后在企业微信里发卡片"
    return Reply(replace(_preferences(work), in_words=on), toast=toast)


def _set_hour(work: Work, minute: int) -> Reply:
    if minute not in hours.CHOICES:
        raise Refused("提醒时间请从按钮里选。")
    preferences.prefer(work.session, work.me.person_id or 0, minute=minute)
    return Reply(_preferences(work), toast=f"以后 {minute // 60}:{minute % 60:02d} 后提醒您")


_AGAIN = pattern(
    r"(?:请|可以|还是|重新|现在|马上|要|继续|照常)*(?:(?:恢复|开始|打开|开启)(?:提醒|通知)?|(?:取消|解除|关闭|结束|停止|不要?|别)(?:再)?(?:静音|免打扰)"
    r"|提醒我?)(?:了|吧|我|一下)*[。！!]?"
)
_SILENT = r"(?:请|先|我|静音|免打扰|安静|暂停|(?:不要?|别|勿)(?:再)?(?:提醒|打扰)我?|提醒|[吧了,，。 ])*"
_SO_LONG = pattern(
    rf"({_SILENT}(?:(?:{COUNT}|半)\s*(?:天|个?(?:周|星期|礼拜)|个半?月)|[一1]个?半月|半个月))({_SILENT})"
)


_WANTS_TO_HEAR = pattern("提醒|叫我|通知|告诉|喊我")
_NOT = pattern("不|别|勿|免|静音|停|安静|打扰|恢复|取消")
_UNTIL = pattern("[到至前内起从]|为止|天|周末|[这本下]个?(?:周|星期|月)|一周|两周|半")


def _mute_end(work: Work, text: str) -> date:
    if _WANTS_TO_HEAR.search(text) and not _NOT.search(text):
        raise Unread("要换提醒的时间，请点上面的时间；要静音，请写到哪一天，例如：到1月20日。")
    if _NOT.search(text) and _WANTS_TO_HEAR.search(text) and not _UNTIL.search(text) and "今" not in text:
        raise Unread("静音从今天开始，请写到哪一天为止，例如：到1月20日。")
    if re.search("[寒暑]假", text):
        raise Refused("寒假、暑假期间不提醒，不用设静音。要静音到某一天，请写明日期，例如：到1月20日。")
    try:
        so_long = _SO_LONG.fullmatch(text.strip()) if len(text) <= SO_LONG_LONGEST else None
        starts, ends = parse_period("{}内{}".format(*so_long.groups()) if so_long else text, work.today)
    except Refused as wrong:
        if "没有看到" in str(wrong):
            raise Unread("请写明静音到哪一天，例如：到1月20日。要恢复提醒，请写「恢复」。") from None
        raise
    if starts > work.today:
        since, until = (f"{day.month}月{day.day}日" for day in (starts, ends))
        raise Refused(f"静音从今天开始，不能等到{since}。请到{since}再来设置，或写：到{until}。")
    return ends


def _mute(work: Work, until: date | None) -> Reply:
    if until is not None and not work.today <= until <= work.today + LONGEST_MUTE:
        raise Refused("静音最长两个月，请选近一些的日期。" if until > work.today else "这一天已经过去了。")
    me = work.me.person_id or 0
    muted = preferences.preference(work.session, me).muted(work.today)
    # Silence that ends now has kept away what it has kept away, as one that was to end yesterday.
    ended = work.today - ONE_DAY if muted else None
    preferences.prefer(work.session, me, muted_until=until or ended)
    toast = f"到{until.month}月{until.day}日为止不提醒您" if until else "已恢复提醒"
    return Reply(_preferences(work), toast=toast)


def _weekly(work: Work, on: bool) -> Reply:
    if not any(work.me.in_committee(s.committee_id) for s in work.me.seats):
        raise Refused("每周汇总发给总支委员和管理员。")
    preferences.prefer(work.session, work.me.person_id or 0, weekly=on)
    return Reply(_preferences(work), toast="每周第一个工作日给您汇总" if on else "不再发每周汇总")


# --- chasing ----------------------------------------------------------------------------------------------------


def _chase(work: Work, committee: int) -> Message:
    see_standings(work.me, committee)
    since, until = work.today - LOOK_BACK, work.today + SOON
    found = duties.behind(work.session, committee_id=committee, since=since, until=until, limit=ASKED)
    owing = duties.open_for(
        work.session,
        branch_ids=[one.branch_id for one in found[: screens.SHOWN]],
        committee_ids=[committee],
        since=since,
        until=work.today + LOOK_AHEAD,
    )
    groups = duties.open_groups(work.session, committee_id=committee, since=since, until=until)
    view = screens.ChaseView(
        committee_id=committee,
        committee=next(s.committee for s in work.me.seats if s.committee_id == committee),
        own=[owed for owed in owing if owed.branch_id is None and owed.opens <= work.today],
        behind=found,
        owing=[owed for owed in owing if owed.branch_id and owed.due <= until],
        groups=groups,
        reached=_looked(work, committee, found),
        vacation=_vacation(work, committee),
    )
    return screens.chase(view, work.today)


def _vacation(work: Work, committee: int) -> bool:
    found = terms.terms_of(work.session, [committee])
    if not found:
        return False
    term = terms.current(found, committee, work.today)
    return in_vacation(term.dates, terms.next_starts(found, committee, work.today), work.today)


def _looked(work: Work, committee: int, bodies: Sequence[Behind | Owing]) -> Reached:
    """Whom a reminder would reach in these branches, for somebody who looks and may perhaps invite."""
    found = _reached({one.branch_id or 0: one.branch for one in bodies}, _ways(work, bodies))
    return replace(found, invites=committee if work.me.in_committee(committee, Role.ADMINISTRATOR) else 0)


def _chase_branches(work: Work, here: ChaseBranches) -> Message:
    """A page of them; the whole screen where there is none (any more)."""
    see_standings(work.me, here.committee)
    since, until, most = work.today - LOOK_BACK, work.today + SOON, tasks.MOST
    skip = screens.SHOWN + (here.page - 1) * most
    found = duties.behind(
        work.session, committee_id=here.committee, since=since, until=until, limit=most + 1, skip=max(skip, 0)
    )
    if not found or not here.page:
        return _chase(work, here.committee)
    older = here.page + 1 if len(found) > most else None
    found = found[:most]
    branches = [one.branch_id for one in found]
    owing = duties.open_for(work.session, branch_ids=branches, committee_ids=[], since=since, until=until)
    who = _looked(work, here.committee, found)
    return screens.chase_branches(here, Page(found, here.page - 1, older), owing, who, work.today)


def _chase_duties(work: Work, here: ChaseDuties) -> Message:
    see_standings(work.me, here.committee)
    since, until = work.today - LOOK_BACK, work.today + SOON
    groups = duties.open_groups(work.session, committee_id=here.committee, since=since, until=until)
    return screens.chase_duties(here, groups, work.today) if groups else _chase(work, here.committee)


def _alike(work: Work, task: int, limit: int | None) -> tuple[Owing, Group, tuple[Owing, ...]]:
    """An occurrence, and all that owe the same. Raises Refused."""
    owed = duties.one(work.session, task)
    see_standings(work.me, owed.committee_id)
    if not owed.branch_id:
        raise Refused("这是党总支自己的工作，请在「催办」里打开办理。")
    group = Group(
        owed.duty, owed.period, owed.edition, owed.assigned, owed.opens, owed.due, owed.closes, 0, owed.id
    )
    alike = duties.owing_groups(work.session, committee_id=owed.committee_id, groups=[group], limit=limit)
    return owed, group, alike


def _chase_task(work: Work, task: int) -> Message:
    owed, group, alike = _alike(work, task, NAMED)
    if not alike:
        return _chase(work, owed.committee_id)
    duty_behind(owed)
    found = duties.open_groups(work.session, committee_id=owed.committee_id, since=owed.due, until=owed.due)
    whole = next((g for g in found if (g.duty, g.period) == (owed.duty, owed.period)), group)
    who = _looked(work, owed.committee_id, alike)
    return screens.chase_task(ChaseTask(task), work.today, whole, alike, who)


# --- reminding --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Target:
    """What a branch is to be reminded of: what shows it, how the outbox calls it, when it is due (one thing alone)."""

    branch_id: int
    branch: str
    shows: Action
    key: str
    due: date | None


def _ways(work: Work, bodies: Iterable[Behind | Owing | _Target], day: date | None = None) -> chats.Ways:
    """How a reminder of a day reaches who holds a seat in these branches."""
    return chats.reach(
        work.session,
        [one.branch_id or 0 for one in bodies],
        now=work.me.now,
        day=day or work.today,
        channels=work.channels,
        kept=work.kept,
    )


def _reached(names: Mapping[int, str], ways: chats.Ways) -> Reached:
    """The branches by how a reminder reaches the first of their people, and why it does not."""
    best: dict[str, list[str]] = {}
    for branch, name in sorted(names.items()):
        theirs = [one.way for one in ways.get(branch, {}).values()]
        best.setdefault(min(theirs, key=chats.WAYS.index, default=screens.NOBODY), []).append(_short(name))
    at_once = best.pop(chats.RINGS, []) + best.pop(chats.MAIL, [])
    on_page = best.pop(chats.ON_PAGE, [])
    nudged = {branch for branch, some in ways.items() if any(one.nudged for one in some.values())}
    today = [_short(name) for branch, name in sorted(names.items()) if branch in nudged]
    nobody = [(name, why) for why, some in best.items() for name in some]
    return Reached(tuple(at_once), tuple(on_page), tuple(nobody), tuple(today))


def _short(name: str) -> str:
    return name.removesuffix("党支部")


def _nudge(work: Work, nudge: Nudge) -> Reply:
    """Remind one branch, or all that owe the same, of one thing."""
    owed, _, alike = _alike(work, nudge.task, None)
    targets = [
        _Target(one.branch_id or 0, one.branch, Task(one.id), f"{one.id}", one.due)
        for one in alike
        if nudge.everybody or one.id == owed.id
    ]
    if not targets:
        return Reply(_chase_task(work, nudge.task), toast="已经完成，不用提醒了")
    about = About("nudge", owed.id, owed.committee_id, None if nudge.everybody else owed.branch_id)
    told = _remind(work, about, targets, nudge.again, of_nudges=False)
    if told.heard + told.waiting and not nudge.again:
        again, here = Nudge(nudge.task, nudge.everybody, 1), ChaseTask(nudge.task)
        return Reply(screens.nudge_again(again, here, told.heard, told.waiting, told.reached))
    return Reply(_chase_task(work, nudge.task), toast=told.words)


def _nudge_branch(work: Work, nudge: NudgeBranch) -> Reply:
    """Remind one branch of everything."""
    branch = terms.branch(work.session, nudge.branch)
    return _of_everything(work, branch.committee_id, nudge, branch)


def _of_everything(work: Work, committee: int, nudge: NudgeBranch | NudgeAll, branch: Branch | None) -> Reply:
    """Remind a branch, or all, of what 催办 shows; of a single thing so that it can be answered at once."""
    see_standings(work.me, committee)
    since, until = work.today - LOOK_BACK, work.today + SOON
    whose = branch.id if branch else None
    found = duties.open_by_branch(
        work.session, committee_id=committee, since=since, until=until, branch_id=whose
    )
    targets = [
        _Target(number, name, Task(first) if count == 1 else Todo(number), f"b{number}", None)
        for number, name, count, first in found
    ]
    if not targets:
        return Reply(_chase(work, committee), toast="没有逾期和一周内到期的工作，不用提醒了")
    about = About("nudge", whose or 0, committee, whose)
    told = _remind(work, about, targets, nudge.again, of_nudges=True)
    if told.heard + told.waiting and not nudge.again:
        again = NudgeBranch(branch.id, 1) if branch else NudgeAll(committee, 1)
        return Reply(screens.nudge_again(again, Chase(committee), told.heard, told.waiting, told.reached))
    return Reply(_chase(work, committee), toast=told.words)


@dataclass(frozen=True, slots=True)
class _Told:
    """What became of a reminder, in words; how many persons had heard something today, or were about to, and were left
    out for that."""

    reached: Reached
    words: str
    heard: int = 0
    waiting: int = 0


def _remind(work: Work, about: About, targets: Sequence[_Target], again: int, *, of_nudges: bool) -> _Told:
    """Owe a notice to everybody in these branches whom one reaches, and say truly whom. Raises Refused for nobody.

    Unless `again`, who heard something today already is left out; `of_nudges`: who was reminded by the committee today.
    """
    days = working_days(work.session, about.committee_id)
    ways = _ways(work, targets, hours.soon(work.me.now, 0, days).date())
    names = {one.branch_id: one.branch for one in targets}
    whom = [
        (one, person)
        for one in targets
        for person, reach in ways.get(one.branch_id, {}).items()
        if reach.way in chats.REACHED
    ]
    if not whom:
        raise Refused(screens.not_reminded(_reached(names, ways)))
    midnight = work.me.now.replace(hour=0, minute=0, second=0, microsecond=0)
    heard = notices.heard_today(work.session, person_ids=[person for _, person in whom], since=midnight)
    if of_nudges:
        nudged = {person for some in ways.values() for person, one in some.items() if one.nudged}
        left_out = {person: arrived for person, arrived in heard.items() if person in nudged}
    else:
        left_out = heard
    asked = [(one, person) for one, person in whom if again or person not in left_out]
    told = notices.owe(
        work.session,
        committee_id=about.committee_id,
        notices=[_nudged(work, one, person, days, second=person in heard) for one, person in asked],
        anew=True,
    )
    history.add(work.session, work.me, about, after={"told": told})
    reached = _reached({b: name for b, name in names.items() if again or _open(b, ways, left_out)}, ways)
    later = not hours.speaking(work.me.now, days)
    words = screens.reminded(reached, later)
    if not told and asked:
        others = screens.reminded(Reached(nobody=reached.nobody), later)
        words = "；".join(filter(None, ("今天已经提醒过两次了，请明天再提醒", others)))
    elif told < len(asked):
        words += f"；{len(asked) - told} 人今天已经提醒过两次"
    arrived = sum(left_out.values())
    return _Told(reached, words, arrived, len(left_out) - arrived)


def _open(branch: int, ways: chats.Ways, left_out: Collection[int]) -> bool:
    """Whether not everybody of a branch is left out."""
    return not ways.get(branch) or any(person not in left_out for person in ways[branch])


def _nudged(work: Work, target: _Target, person: int, days: WorkDays, *, second: bool) -> Owed:
    """A branch is reminded of one thing at most twice a day, and outside quiet hours only."""
    at = hours.soon(work.me.now, person, days)
    return Owed(
        person,
        f"{NUDGES[second]}{work.today.isoformat()}:{target.key}",
        wire(target.shows),
        at,
        hours.closing(at.date(), work.me.now),
        said="党总支提醒您：",
        last=target.due is not None and target.due <= at.date(),
    )


# --- what did not arrive ----------------------------------------------------------------------------------------


def _undelivered(work: Work, committee: int) -> Message:
    name = terms.committee_name(work.session, committee)
    read_inbox(work.me, committee)
    view = screens.UndeliveredView(
        committee_id=committee,
        committee=name,
        problems=notices.undelivered(work.session, committee_id=committee, limit=LISTED),
        lying=notices.unseen(work.session, committee_id=committee, now=work.me.now),
        sending=notices.on_their_way(work.session, committee_id=committee, now=work.me.now),
    )
    return screens.undelivered(work.me, view)


def _settle(work: Work, notice: int) -> Reply:
    problem = notices.problem(work.session, notice)
    read_inbox(work.me, problem.committee_id)
    notices.settle(work.session, notice)
    about = About("notice", notice, problem.committee_id)
    history.add(work.session, work.me, about, after={"settled": True})
    return Reply(_undelivered(work, problem.committee_id), toast="已记下")
