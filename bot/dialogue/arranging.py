"""工作安排: an administrator switches duties and changes their days, enters working days, keeps the terms."""

import re
from collections.abc import Iterable
from datetime import date
from typing import assert_never

from bot.actions import (
    AddTerm,
    Arrange,
    ClearDay,
    DutyBranches,
    DutyCard,
    DutyList,
    EnteredDays,
    ProposeTerm,
    ResetDuty,
    SwitchDuty,
    TermCard,
    TermList,
    TypedDays,
    TypedDuty,
    TypedDutyBranch,
    TypedTerm,
    WorkingDays,
)
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import arrange
from bot.screens import arranging as screens
from bot.store import duties, terms
from bot.store.arrangements import arrangements, choose_duty, clear_day, enter_days, forget_choice
from bot.values import Branch, Term
from jobs.duties.calendar import TermDates, existing, full_day, propose_terms, read_term, school_year
from jobs.duties.catalogue import Duty, choose, read_duties
from jobs.duties.occurrences import occurrences
from jobs.duties.workdays import read_days
from scoring.numerals import quoted
from scoring.refusal import Refused

Arranging = (
    Arrange
    | DutyList
    | DutyCard
    | SwitchDuty
    | ResetDuty
    | TypedDuty
    | DutyBranches
    | TypedDutyBranch
    | WorkingDays
    | TypedDays
    | EnteredDays
    | ClearDay
    | TermList
    | TermCard
    | TypedTerm
    | ProposeTerm
    | AddTerm
)
SAVED = "已保存，任务日期会在一分钟内更新"
UNCHANGED = "本来就是这样，没有改动"
YEARS_AHEAD = 2  # school years after this one whose terms may be added
NAMED_DAYS = 3


def respond(work: Work, action: Arranging) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    if isinstance(action, TermCard | TypedTerm):
        term = terms.any_term(work.session, action.term)
        arrange(work.me, term.committee_id)
        return _change_term(work, term, action.text) if isinstance(action, TypedTerm) else _term_card(term)
    arrange(work.me, action.committee)
    match action:
        case Arrange(committee):
            return Reply(screens.menu(committee, terms.committee_name(work.session, committee)))
        case DutyList(committee, cadence):
            return Reply(_duty_list(work, committee, cadence))
        case DutyCard(committee, branch, duty):
            return Reply(_duty_card(work, committee, branch, duty))
        case SwitchDuty(committee, branch, duty, on):
            return _choose(work, committee, branch, duty, active=bool(on))
        case TypedDuty(committee, branch, duty, text):
            leads = re.match(r"\s*提前\s*[:：]?", text)
            if leads:
                return _choose(
                    work, committee, branch, duty, leads=text[leads.end() :].replace("天", "").strip()
                )
            return _choose(work, committee, branch, duty, rule=text.strip())
        case ResetDuty(committee, branch, duty):
            key = _whose(work, committee, branch, duty)[1].key
            gone = forget_choice(work.session, me=work.me, committee_id=committee, body=branch, duty=key)
            return _saved(gone, _duty_card(work, committee, branch, duty))
        case DutyBranches(committee, duty):
            return Reply(_duty_branches(work, committee, duty, terms.branches_of(work.session, committee)))
        case TypedDutyBranch(committee, duty, text):
            return Reply(_named_branch(work, committee, duty, text))
        case WorkingDays(committee):
            return Reply(_working_days(work, committee))
        case TypedDays(committee, text):
            return _enter_days(work, committee, text)
        case EnteredDays(committee, month):
            return Reply(_entered_days(work, committee, month))
        case ClearDay(committee, number):
            day = existing(number // 10_000, number // 100 % 100, number % 100)
            gone = clear_day(work.session, me=work.me, committee_id=committee, day=day)
            return _saved(gone, _entered_days(work, committee, number // 100))
        case TermList(committee):
            return Reply(screens.term_list(committee, terms.terms_of(work.session, [committee]), work.today))
        case ProposeTerm(committee):
            return Reply(_propose_term(work, committee))
        case AddTerm():
            return _add_term(work, action)
        case _:
            assert_never(action)


def _saved(changed: bool, screen: Message, toast: str = SAVED) -> Reply:
    return Reply(screen, toast=toast if changed else UNCHANGED)


# --- duties -----------------------------------------------------------------------------------------------------


def _catalogue(place: int) -> Duty:
    duties = tuple(read_duties().values())
    if place >= len(duties):
        raise Refused("目录里没有这项任务。请从「任务目录」里选择。")
    return duties[place]


def _whose(work: Work, committee_id: int, branch_id: int, place: int) -> tuple[Branch | None, Duty]:
    """The branch, when one is named, and the duty that it or the committee has. Raises Refused."""
    duty = _catalogue(place)
    if not branch_id:
        return None, duty
    branch = terms.branch(work.session, branch_id)
    if branch.committee_id != committee_id:
        raise Refused("没有找到这个支部。请回首页重新选择。")
    if duty.who != "branch":
        raise Refused(f"「{duty.title}」是党总支的工作，不能按支部安排。")
    return branch, duty


def _duty_list(work: Work, committee_id: int, which: int) -> Message:
    if which >= len(screens.CADENCES):
        raise Refused("没有这一类任务。请从「任务目录」里选择。")
    catalogue = read_duties()
    arranged = arrangements(work.session, committee_id, catalogue)
    return screens.duty_list(committee_id, which, [arranged.of(duty, None) for duty in catalogue.values()])


def _duty_card(work: Work, committee_id: int, branch_id: int, place: int) -> Message:
    branch, duty = _whose(work, committee_id, branch_id, place)
    arranged = arrangements(work.session, committee_id, {duty.key: duty})
    chosen = arranged.choices_for(branch_id or None, duty.key)
    coming = [
        occurrence
        for term in reversed(terms.terms_of(work.session, [committee_id]))
        if term.ends >= work.today
        for occurrence in occurrences(duty, term.dates, f"T{term.id}", arranged.days, *chosen)
        if occurrence.due >= work.today
    ]
    view = screens.DutyView(
        committee_id,
        branch,
        place,
        arranged.of(duty, branch_id or None),
        arranged.of(duty, None) if branch else duty,
        (branch_id, duty.key) in arranged.choices,
        coming,
    )
    return screens.duty_card(view, work.today)


def _choose(
    work: Work,
    committee_id: int,
    branch_id: int,
    place: int,
    *,
    active: bool | None = None,
    rule: str | None = None,
    leads: str | None = None,
) -> Reply:
    """Save one choice for a duty: on or off, its rule, or its leads."""
    _, duty = _whose(work, committee_id, branch_id, place)
    said = {"active": active, "rule": rule, "leads": leads}
    chosen = {name: value for name, value in said.items() if value is not None}
    if rule == "" or (leads is not None and not leads):
        raise Refused(f"请写明日期或提前的天数，例如 {duty.rule}，或 提前 5、1。")
    choose(duty, rule=rule or "", leads=leads or "")
    changed = choose_duty(
        work.session, me=work.me, committee_id=committee_id, body=branch_id, duty=duty.key, **chosen
    )
    return _saved(changed, _duty_card(work, committee_id, branch_id, place))


def _duty_branches(work: Work, committee_id: int, place: int, branches: tuple[Branch, ...]) -> Message:
    duty = _catalogue(place)
    if duty.who != "branch":
        raise Refused(f"「{duty.title}」是党总支的工作，不能按支部安排。")
    arranged = arrangements(work.session, committee_id, {duty.key: duty})
    return screens.duty_branches(committee_id, place, duty, branches, arranged.own_choices)


def _named_branch(work: Work, committee_id: int, place: int, text: str) -> Message:
    word = text.strip()
    found = terms.branches_named(work.session, [committee_id], word) if word else ()
    exact = tuple(branch for branch in found if branch.name == word) or found
    if not exact:
        raise Refused(f"没有名称里有{quoted(word)}的支部，请核对。")
    if len(exact) == 1:
        return _duty_card(work, committee_id, exact[0].id, place)
    return _duty_branches(work, committee_id, place, exact)


# --- working days -----------------------------------------------------------------------------------------------


def _working_days(work: Work, committee_id: int) -> Message:
    until = date(school_year(work.today) + 2, 8, 31)
    days = arrangements(work.session, committee_id, {}).days
    return screens.working_days(committee_id, days, work.today, until)


def _entered_days(work: Work, committee_id: int, month: int) -> Message:
    if not 1 <= month % 100 <= 12:
        raise Refused("没有这个月。请从「放假调休」里选择。")
    return screens.entered_days(committee_id, month, arrangements(work.session, committee_id, {}).days)


def _enter_days(work: Work, committee_id: int, text: str) -> Reply:
    days = read_days(text, work.today)
    changed = enter_days(work.session, me=work.me, committee_id=committee_id, days=days)
    named = [f"{full_day(day)}{screens.works(on)}" for day, on in sorted(changed.items())]
    more = f"等 {len(named)} 天" if len(named) > NAMED_DAYS else ""
    toast = f"已保存：{'、'.join(named[:NAMED_DAYS])}{more}，任务日期会在一分钟内更新"
    return _saved(bool(changed), _working_days(work, committee_id), toast)


# --- terms ------------------------------------------------------------------------------------------------------


def _term_card(term: Term) -> Reply:
    return Reply(screens.term_card(term))


def _change_term(work: Work, term: Term, text: str) -> Reply:
    if term.published:
        raise Refused(f"{term.name}的结果已公布，日期不能再改。")
    dates = read_term(text, term.dates)
    duties.hold_plan(work.session, committee_id=term.committee_id)
    others = terms.terms_of(work.session, [term.committee_id])
    _apart(dates, [other for other in others if other.id != term.id])
    changed = terms.change(work.session, me=work.me, term=term, dates=dates)
    screen = screens.term_card(terms.any_term(work.session, term.id))
    return _saved(changed, screen)


def _proposals(today: date) -> dict[tuple[int, int], TermDates]:
    """The terms of this and the following school years by year and half, in order."""
    years = range(school_year(today), school_year(today) + YEARS_AHEAD + 1)
    return {(year, half): dates for year in years for half, dates in enumerate(propose_terms(year), start=1)}


def _propose_term(work: Work, committee_id: int) -> Message:
    present = terms.terms_of(work.session, [committee_id])
    for key, dates in _proposals(work.today).items():
        if dates.ends >= work.today and not any(_same(dates, term) or _meet(dates, term) for term in present):
            return screens.propose_term(committee_id, dates, AddTerm(committee_id, *key))
    raise Refused("以后两个学年的学期都已设置，不用新增。")


def _add_term(work: Work, action: AddTerm) -> Reply:
    dates = _proposals(work.today).get((action.year, action.half))
    if dates is None:
        raise Refused("只能新增本学年和以后两个学年的学期。请点「新增学期」。")
    duties.hold_plan(work.session, committee_id=action.committee)
    present = terms.terms_of(work.session, [action.committee])
    there = next((term for term in present if _same(dates, term)), None)
    if there:
        return Reply(screens.term_card(there), toast="这个学期已经有了")
    _apart(dates, present)
    made = terms.begin(work.session, me=work.me, committee_id=action.committee, dates=dates)
    return _saved(True, screens.term_card(made), f"已新增{made.name}")


def _same(dates: TermDates, term: Term) -> bool:
    return dates.name == term.name


def _meet(dates: TermDates, term: Term) -> bool:
    return dates.starts <= term.ends and term.starts <= dates.ends


def _apart(dates: TermDates, others: Iterable[Term]) -> None:
    for other in others:
        if _meet(dates, other):
            days = f"{full_day(other.starts)}至{full_day(other.ends)}"
            raise Refused(f"与{other.name}（{days}）重叠，请核对起止日期。")
