"""工作安排: an administrator switches duties and changes their days, enters working days."""

import re
from datetime import date
from typing import assert_never

from bot.actions import (
    Arrange,
    Arranging,
    ClearDay,
    DaysKept,
    DutyBranches,
    DutyCard,
    DutyList,
    EnteredDays,
    ResetDuty,
    SwitchDuty,
    TypedDays,
    TypedDuty,
    TypedDutyBranch,
    UndoDays,
    WorkingDays,
)
from bot.dialogue import branches
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import arrange
from bot.screens import arranging as screens
from bot.store import terms
from bot.store.arrangements import (
    Arrangements,
    arrangements,
    choose_duty,
    clear_day,
    enter_days,
    forget_choice,
    undo_days,
    working_days,
)
from bot.values import Branch
from jobs.duties.calendar import (
    CLOSES_BEFORE_END,
    existing,
    full_day,
    school_year,
)
from jobs.duties.catalogue import Duty, choose, numbered
from jobs.duties.occurrences import occurrences
from jobs.duties.rules import CADENCES, FromTerm, Rule, TermWeek
from jobs.duties.workdays import read_days
from scoring.refusal import Refused

SAVED = "已保存，任务日期会在一分钟内更新"
UNCHANGED = "本来就是这样，没有改动"
YEARS_AHEAD = 2  # school years after this one whose terms may be added
NAMED_DAYS = 3
LAST_WEEK = 20  # of a term, about: later ones lie after self-evaluation


def respond(work: Work, action: Arranging) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    arrange(work.me, action.committee)
    match action:
        case Arrange(committee):
            return Reply(screens.menu(committee, terms.committee_name(work.session, committee)))
        case DutyList(committee, cadence):
            return Reply(_duty_list(work, committee, cadence))
        case DutyCard(committee, branch, duty):
            return Reply(_duty_card(work, committee, branch, duty))
        case SwitchDuty() | TypedDuty():
            return _choose(work, action)
        case ResetDuty(committee, branch, duty):
            _, found = _whose(work, arrangements(work.session, committee), branch, duty)
            gone = forget_choice(
                work.session, me=work.me, committee_id=committee, body=branch, duty=found.key
            )
            return saved(gone, _duty_card(work, committee, branch, duty))
        case DutyBranches(committee, duty):
            return Reply(_duty_branches(work, committee, duty, terms.branches_of(work.session, committee)))
        case TypedDutyBranch(committee, duty, text):
            return Reply(_named_branch(work, committee, duty, text))
        case WorkingDays(committee):
            return Reply(_working_days(work, committee))
        case DaysKept(committee, change):
            return Reply(_working_days(work, committee, change))
        case UndoDays(committee, change):
            undone = undo_days(work.session, me=work.me, committee_id=committee, change=change)
            toast = f"已撤销 {len(undone)} 天，任务日期会在一分钟内更新"
            return saved(bool(undone), _working_days(work, committee), toast)
        case TypedDays(committee, text):
            return _enter_days(work, committee, text)
        case EnteredDays(committee, month):
            return Reply(_entered_days(work, committee, month))
        case ClearDay(committee, number):
            day = existing(number // 10_000, number // 100 % 100, number % 100)
            gone = clear_day(work.session, me=work.me, committee_id=committee, day=day)
            return saved(gone, _entered_days(work, committee, number // 100))
        case _:
            assert_never(action)


def saved(changed: bool, screen: Message, toast: str = SAVED) -> Reply:
    return Reply(screen, toast=toast if changed else UNCHANGED)


# --- duties -----------------------------------------------------------------------------------------------------


def _whose(work: Work, arranged: Arrangements, branch_id: int, number: int) -> tuple[Branch | None, Duty]:
    """The branch, when one is named, and the duty of a number in the catalogue. Raises Refused."""
    duty = numbered(arranged.catalogue, number)
    if not branch_id:
        return None, duty
    branch = terms.branch(work.session, branch_id)
    if branch.committee_id != arranged.committee_id:
        raise Refused("没有找到这个支部。请回首页重新选择。")
    _check_of_branches(duty)
    return branch, duty


def _check_of_branches(duty: Duty) -> None:
    if duty.who != "branch":
        raise Refused(f"「{duty.title}」是党总支的工作，不能按支部安排。")


def _duty_list(work: Work, committee_id: int, which: int) -> Message:
    if which not in CADENCES.values():
        raise Refused("没有这一类任务。请从「任务目录」里选择。")
    arranged = arrangements(work.session, committee_id)
    duties = [arranged.of(duty, None) for duty in arranged.catalogue.values()]
    return screens.duty_list(committee_id, which, duties)


def _duty_card(work: Work, committee_id: int, branch_id: int, number: int) -> Message:
    arranged = arrangements(work.session, committee_id)
    branch, duty = _whose(work, arranged, branch_id, number)
    chosen = arranged.choices_for(branch_id or None, duty.key)
    coming = [
        occurrence
        for term in reversed(terms.terms_of(work.session, [committee_id]))
        if term.ends >= work.today
        for occurrence in occurrences(duty, term.dates, term.key, arranged.days, *chosen)
        if occurrence.due >= work.today
    ]
    view = screens.DutyView(
        committee_id=committee_id,
        branch=branch,
        duty=arranged.of(duty, branch_id or None),
        usual=arranged.of(duty, None) if branch else duty,
        chosen=(branch_id, duty.key) in arranged.choices,
        coming=coming,
    )
    return screens.duty_card(view, work.today)


def _choose(work: Work, action: SwitchDuty | TypedDuty) -> Reply:
    """Save one choice for a duty: on or off, or its rule."""
    committee_id, branch_id = action.committee, action.branch
    _, duty = _whose(work, arrangements(work.session, committee_id), branch_id, action.duty)
    chosen = {"active": bool(action.on)} if isinstance(action, SwitchDuty) else _typed(duty, action.text)
    changed = choose_duty(
        work.session, me=work.me, committee_id=committee_id, body=branch_id, duty=duty.key, **chosen
    )
    return saved(changed, _duty_card(work, committee_id, branch_id, action.duty))


def _typed(duty: Duty, text: str) -> dict[str, str]:
    """The rule that was typed for a duty. Raises Refused when it cannot be read."""
    said = text.strip()
    if re.match(r"提前\s*[:：]?\s*[0-9〇零一二两三四五六七八九十半]", said):
        raise Refused(f"提醒的天数不用设，{screens.RHYTHM}要改日期，请输入，例如：{duty.rule}。")
    if not said:
        raise Refused(f"请写明日期，例如 {duty.rule}。")
    choice = choose(duty, rule=said)
    if duty.facts and any(_too_late(rule) for rule in choice.rules or ()):
        raise Refused(f"「{duty.title}」的数字要用于自评，请定在自评截止以前，例如 自评截止前7天。")
    return {"rule": said}


def _too_late(rule: Rule) -> bool:
    """Whether a day lies after self-evaluation usually closes, whatever the term."""
    match rule:
        case FromTerm(edge="closes", days=days):
            return days > 0
        case FromTerm(edge="end", days=days):
            return days > -CLOSES_BEFORE_END.days
        case TermWeek(week=week):
            return week > LAST_WEEK
        case _:
            return False


def _duty_branches(work: Work, committee_id: int, number: int, among: tuple[Branch, ...]) -> Message:
    arranged = arrangements(work.session, committee_id)
    duty = numbered(arranged.catalogue, number)
    _check_of_branches(duty)
    own = frozenset(body for body, key in arranged.choices if body and key == duty.key)
    return screens.duty_branches(committee_id, duty, among, own)


def _named_branch(work: Work, committee_id: int, number: int, text: str) -> Message:
    found = branches.named(work, committee_id, text)
    if len(found) == 1:
        return _duty_card(work, committee_id, found[0].id, number)
    return _duty_branches(work, committee_id, number, found)


# --- working days -----------------------------------------------------------------------------------------------


def _working_days(work: Work, committee_id: int, change: int = 0) -> Message:
    until = date(school_year(work.today) + 2, 8, 31)
    days = working_days(work.session, committee_id)
    return screens.working_days(committee_id, days, work.today, until, change)


def _entered_days(work: Work, committee_id: int, month: int) -> Message:
    if not 1 <= month % 100 <= 12:
        raise Refused("没有这个月。请从「放假调休」里选择。")
    return screens.entered_days(committee_id, month, working_days(work.session, committee_id))


def _enter_days(work: Work, committee_id: int, text: str) -> Reply:
    if re.search("[寒暑]假", text):
        raise Refused(
            "寒假、暑假就是两个学期之间，期间不提醒，不用录入。要改日期，请在「学期」里改起止日期。"
        )
    days = read_days(text, work.today)
    changed, change = enter_days(work.session, me=work.me, committee_id=committee_id, days=days)
    named = [f"{full_day(day)}{screens.works(on)}" for day, on in sorted(changed.items())]
    more = f"等 {len(named)} 天" if len(named) > NAMED_DAYS else ""
    toast = f"已保存：{'、'.join(named[:NAMED_DAYS])}{more}，任务日期会在一分钟内更新"
    return saved(bool(changed), _working_days(work, committee_id, change or 0), toast)
