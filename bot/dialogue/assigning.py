"""交办任务: typing a task, choosing its branches, giving it, seeing who has done it, taking it back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import assert_never

from bot.actions import (
    AskDue,
    AskTitle,
    AskWithdraw,
    Assign,
    Assigning,
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
    number_day,
    wire,
)
from bot.dialogue.branches import named_in, one_named
from bot.dialogue.drafting import UNTOLD, Reading, read_task, urges, whom_alone
from bot.dialogue.work import NotUnderstood, Work
from bot.message import Message, Reply
from bot.permissions import assign
from bot.screens import assigning as screens
from bot.store import assignments, notices, roll, seats, terms
from bot.store.arrangements import rhythm, working_days
from bot.store.notices import Owed
from bot.values import Assignment, Branch
from jobs.duties import hours
from jobs.duties.telling import reminded_of
from jobs.duties.workdays import WorkDays
from scoring.pattern import pattern
from scoring.refusal import Refused

TITLE_LENGTH = 100
RECENT = 8  # tasks listed
MOVES_LONGEST = 12  # letters of 「截止日期再推迟到」 and the like
_DATE = r"(?:截止|上报|提交|完成)?(?:日期|时间|期限|日)"
_MOVES = pattern(
    rf"(?:[请把将先再就还是应该不对错了,，。:：!！ ]|{_DATE})*"
    r"(?:(?:更改|修改|[改换调]|调整|变更|延|延期|延长|顺延|推迟|推后|提前|提早|放宽|截止|上?交|报)?(?:成|为|到|至|在|于)?)?"
    rf"(?:[吧了前哦,，。:：!！ ]|{_DATE}|截止|为止|好了|就行|即可|可以)*"
)


def respond(work: Work, action: Assigning) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Assign(committee):
            name = terms.committee_name(work.session, committee)
            assign(work.me, committee)
            given = assignments.recent(work.session, committee_id=committee, limit=RECENT)
            return Reply(screens.assign(committee, name, work.today, given))
        case TypedAssignment(committee, text):
            assign(work.me, committee)
            every = every_of(work, committee)
            _check_named(work, committee, text, every)
            read = _read(text, every, work.today)
            number = assignments.draft(
                work.session,
                me=work.me,
                committee_id=committee,
                title=read.title,
                due=read.due,
                hour=read.hour,
                branches=_some(read.branches, every),
            )
            return Reply(_show(work, number, every), toast=_unsure(read))
        case ShowAssignment(number):
            return Reply(_show(work, number))
        case RetypedAssignment(number, text):
            return _retyped(work, _draft(work, number), text)
        case AskDue(number):
            return Reply(screens.ask_due(_draft(work, number), work.today))
        case DueOn(number, day):
            plan, due = _draft(work, number), number_day(day)
            if due < work.today:
                raise Refused("这一天已经过去，请选今天或以后的日期。")
            assignments.rewrite(work.session, number, title=plan.title, due=due, hour=plan.hour)
            return Reply(_show(work, number), toast="已改为新的日期")
        case AskTitle(number):
            return Reply(screens.ask_title(_draft(work, number)))
        case TypedTitle(number, text):
            plan, title = _draft(work, number), _title(text)
            assignments.rewrite(work.session, number, title=title, due=plan.due, hour=plan.hour)
            return Reply(_show(work, number), toast="标题已改")
        case ChooseBranches(number):
            plan = _draft(work, number)
            every = every_of(work, plan.committee_id)
            return Reply(screens.branches(plan, every, _chosen(plan, every)))
        case AssignTo(number, branch, on):
            return _choose(work, _draft(work, number), branch, bool(on))
        case TypedBranch(number, text):
            plan = _draft(work, number)
            branch = one_named(work, plan.committee_id, text).id
            return _choose(work, plan, branch, not (plan.branches is None or branch in plan.branches))
        case Give(number):
            return _give(work, _plan(work, number, to_write=True))
        case AskWithdraw(number):
            plan = _given(work, number)
            return Reply(screens.ask_withdraw(plan, assignments.asked(work.session, plan)))
        case Withdraw(number):
            return _withdraw(work, _given(work, number))
        case _:
            assert_never(action)


# --- finding ----------------------------------------------------------------------------------------------------


def _plan(work: Work, number: int, *, to_write: bool = False) -> Assignment:
    """A task of one's committee; a draft is only for whoever made it. Raises Refused."""
    plan = assignments.one(work.session, number, to_write=to_write)
    assign(work.me, plan.committee_id)
    if plan.given_at is None and plan.made_by != work.me.person_id:
        raise Refused("这项任务还没有交办，只有起草的同志能看。")
    return plan


def _draft(work: Work, number: int) -> Assignment:
    plan = _plan(work, number, to_write=True)
    if plan.given_at is not None:
        raise Refused("这项任务已经交办，不能再改；需要时可以撤回，重新交办。")
    return plan


def _given(work: Work, number: int) -> Assignment:
    plan = _plan(work, number, to_write=True)
    if plan.given_at is None:
        raise Refused("这项任务还没有交办，不用撤回。")
    return plan


def every_of(work: Work, committee_id: int) -> tuple[Branch, ...]:
    """The branches that can be given a task: those of this term."""
    return roll.of_term(work.session, terms.term(work.session, 0, committee_id, work.today))


def _check_named(work: Work, committee_id: int, text: str, every: Sequence[Branch]) -> None:
    """Raise Refused where a text names a branch that is closed: it would be taken for all others."""
    others = {branch.id for branch in every}
    known = terms.branches_and_campuses(work.session, [committee_id])
    closed = [branch for branch, _ in known if branch.id not in others]
    if closed and (mentions := named_in(text, closed)) and not named_in(text, every):
        raise Refused(f"{mentions[0].branches[0].name}已撤销，不能交办。请写现在的支部。")


def _read(text: str, branches: Sequence[Branch], today: date, before: Assignment | None = None) -> Reading:
    """A typed task. Raises Refused.

    A day with no task, 1月25日 or 延到周五, moves the task that was typed `before`, and with no hour keeps its hour.
    """
    found = read_task(text, branches, today)
    if len(found.title) <= MOVES_LONGEST and _MOVES.fullmatch(found.title):
        if before is None:
            raise Refused("请写明要做什么，例如：12月20日前交工会活动小结。")
        return replace(found, title=before.title, hour=found.hour or before.hour)
    return replace(found, title=_title(found.title))


def _title(text: str) -> str:
    """What a task is called, on one line. Raises Refused."""
    title = " ".join(text.split())
    if not title:
        raise Refused("请写明要做什么，例如：交工会活动小结。")
    if len(title) > TITLE_LENGTH:
        raise Refused(f"任务写得太长了，请不要超过 {TITLE_LENGTH} 个字。")
    return title


def _some(branches: frozenset[int] | None, every: Sequence[Branch]) -> frozenset[int] | None:
    """These branches; None where they are all."""
    return None if branches is None or branches == {b.id for b in every} else branches


def _unsure(read: Reading) -> str:
    """What is said of a branch that could not be told."""
    if read.unknown == UNTOLD:
        return "没有认准交给哪些支部，请选一下"
    return f"没有认准「{read.unknown}」是哪个支部，请选一下" if read.unknown else ""


def _retyped(work: Work, before: Assignment, text: str) -> Reply:
    """What a draft is to say instead: all of it, its day alone, or its branches alone."""
    every = every_of(work, before.committee_id)
    if (alone := whom_alone(text, every)) is not None:
        if urges(text):
            raise NotUnderstood(text, "要提醒支部，请输入「催办」；这项任务没有改动。")
        assignments.choose(work.session, before.id, _some(alone.branches, every))
        return Reply(_show(work, before.id, every), toast="已改为新的支部")
    read = _read(text, every, work.today, before)
    assignments.rewrite(work.session, before.id, title=read.title, due=read.due, hour=read.hour)
    if read.named:
        assignments.choose(work.session, before.id, _some(read.branches, every))
    toast = "已改为新的日期" if read.title == before.title else "已按新的内容修改"
    return Reply(_show(work, before.id, every), toast=_unsure(read) or toast)


def _days(work: Work, plan: Assignment) -> WorkDays:
    return working_days(work.session, plan.committee_id)


def _chosen(plan: Assignment, every: tuple[Branch, ...]) -> tuple[Branch, ...]:
    return every if plan.branches is None else tuple(b for b in every if b.id in plan.branches)


# --- showing ----------------------------------------------------------------------------------------------------


def _show(work: Work, number: int, every: tuple[Branch, ...] = ()) -> Message:
    plan = _plan(work, number)
    days = _days(work, plan)
    if plan.given_at is not None:
        return screens.given(work.me, plan, days, assignments.asked(work.session, plan))
    every = every or every_of(work, plan.committee_id)
    term = terms.term(work.session, 0, plan.committee_id, work.today)
    view = screens.DraftView(plan=plan, days=days, term=term, chosen=_chosen(plan, every), every=len(every))
    return screens.draft(view, work.today)


# --- choosing ---------------------------------------------------------------------------------------------------


def _choose(work: Work, plan: Assignment, branch_id: int, on: bool) -> Reply:
    """Add a branch to a draft or take it out; branch 0 is all of them."""
    branches = every_of(work, plan.committee_id)
    every = frozenset(b.id for b in branches)
    if branch_id and branch_id not in every:
        raise Refused("没有找到这个支部。请重新选择。")
    which = frozenset({branch_id}) if branch_id else every
    before = every if plan.branches is None else plan.branches & every
    after = before | which if on else before - which
    plan = replace(plan, branches=None if after == every else after)
    assignments.choose(work.session, plan.id, plan.branches)
    return Reply(screens.branches(plan, branches, _chosen(plan, branches)), toast=f"已选 {len(after)} 个支部")


# --- giving and taking back -------------------------------------------------------------------------------------


def _give(work: Work, plan: Assignment) -> Reply:
    if plan.given_at is not None:
        return Reply(_show(work, plan.id), toast="已经交办过了")
    if plan.due < work.today:
        raise Refused("截止日期已经过去，请重新输入任务和日期。")
    chosen = _chosen(plan, every_of(work, plan.committee_id))
    if not chosen:
        raise Refused("还没有选择支部，请先选一个。")
    term = terms.term(work.session, 0, plan.committee_id, work.today)
    if term.published:
        raise Refused(f"{term.name}的结果已公布，支部不能再填报；请等新学期设置好后再交办。")
    tasks = assignments.give(
        work.session,
        me=work.me,
        assignment=plan,
        branch_ids=[b.id for b in chosen],
        term_id=term.id,
        told_on=reminded_of(plan.due, rhythm(work.session, plan.committee_id), work.today),
    )
    _tell(work, plan, tasks)
    return Reply(_show(work, plan.id), toast=f"已交办 {len(tasks)} 个支部")


def _tell(work: Work, plan: Assignment, tasks: dict[int, int]) -> None:
    """Owe everybody in these branches one notice, even who sits in two of them."""
    asked = None if plan.branches is None else tuple(tasks)
    sits = seats.in_branches(work.session, plan.committee_id, asked)
    task_of = {person: tasks[branch] for branch, persons in sits.items() for person in persons}
    days, now, owed = _days(work, plan), work.me.now, []
    for person, task in task_of.items():
        at = hours.soon(now, person, days)
        # Given in the evening for a day without work: it is past when they hear of it, and they hear of it.
        until = hours.closing(max(plan.due, at.date()), now)
        owed.append(Owed(person, f"a:{plan.id}", wire(Task(task)), at, until, "党总支交办了新任务。"))
    notices.owe(work.session, committee_id=plan.committee_id, notices=owed)


def _withdraw(work: Work, plan: Assignment) -> Reply:
    gone = assignments.withdraw(work.session, me=work.me, assignment=plan)
    return Reply(_show(work, plan.id), toast="已撤回" if gone else "没有要撤回的了")
