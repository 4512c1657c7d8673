"""学期: an administrator adds terms, changes their names and days, deletes one that is empty."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import assert_never

from bot.actions import (
    AddTerm,
    AddTermOn,
    AskDeleteTerm,
    AskTermName,
    DeleteTerm,
    ProposeTerm,
    ProposeTermOn,
    TermCard,
    Terming,
    TermList,
    TypedNewTerm,
    TypedTerm,
    TypedTermName,
    day_number,
    number_day,
)
from bot.dialogue.arranging import UNCHANGED, saved
from bot.dialogue.award import remind_of_budget
from bot.dialogue.work import NotUnderstood, Work
from bot.message import Message, Reply
from bot.permissions import arrange
from bot.screens import terms as screens
from bot.store import laying_out, people
from bot.store import terms as store
from bot.store.arrangements import working_days
from bot.values import Term
from jobs.duties.calendar import TermDates, full_day, propose_terms, read_term, school_year, sensible
from scoring.pattern import pattern
from scoring.refusal import Refused, Unread

YEARS_AHEAD = 2  # school years after this one whose terms may be added
_TOLD_APART = pattern(r"[0-9零〇一二三四五六七八九十春秋]")  # 本学期 and 上学期 are words for others
FAR = timedelta(days=75)  # from the usual days, beyond which typed ones are of another term
LONGEST = 40  # characters of a name


def respond(work: Work, action: Terming) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    if isinstance(action, TermList | ProposeTerm | TypedNewTerm | ProposeTermOn | AddTerm | AddTermOn):
        arrange(work.me, action.committee)
    else:
        term = store.any_term(work.session, action.term)
        arrange(work.me, term.committee_id)
    match action:
        case TermList(committee):
            return Reply(_list(work, committee))
        case TermCard():
            return Reply(_term_card(work, term))
        case TypedTerm(_, text):
            return _change_term(work, term, text)
        case ProposeTerm(committee):
            return Reply(_propose_term(work, committee))
        case TypedNewTerm(committee, text):
            return Reply(_typed_new_term(work, committee, text))
        case ProposeTermOn(committee, starts, ends):
            usual, add = _next(work, committee)
            dates = replace(usual, starts=number_day(starts), ends=number_day(ends))
            return Reply(_propose_on(work, usual, dates, add))
        case AddTerm():
            return _add_term(work, action)
        case AddTermOn():
            return _add_term(work, action, (number_day(action.starts), number_day(action.ends)))
        case AskTermName():
            _check_open(term)
            return Reply(screens.ask_name(term))
        case TypedTermName(_, text):
            return _rename(work, term, text)
        case AskDeleteTerm():
            store.check_empty(work.session, term)
            return Reply(screens.ask_delete(term))
        case DeleteTerm():
            store.delete(work.session, me=work.me, term=term)
            return Reply(_list(work, term.committee_id), toast=f"已删除{term.name}")
        case _:
            assert_never(action)


def _list(work: Work, committee_id: int) -> Message:
    return screens.term_list(committee_id, store.terms_of(work.session, [committee_id]), work.today)


def _check_open(term: Term) -> None:
    if term.published:
        raise Refused(f"{term.name}的结果已公布，名称和日期不能再改。")


def _rename(work: Work, term: Term, text: str) -> Reply:
    _check_open(term)
    name = people.clean_name(text)
    if "学期" not in name or not _TOLD_APART.search(name):
        raise NotUnderstood(text, "学期名称请写上「学期」，例如：2026–2027学年第一学期。")
    if len(name) > LONGEST:
        raise Refused(f"学期名称最多 {LONGEST} 个字，请写短一些。")
    laying_out.hold_plan(work.session, committee_id=term.committee_id)
    if any(
        one.name == name and one.id != term.id for one in store.terms_of(work.session, [term.committee_id])
    ):
        raise Refused(f"已经有{name}了，请用别的名称。")
    changed = store.rename(work.session, me=work.me, term=term, name=name)
    card = _term_card(work, store.any_term(work.session, term.id))
    return Reply(card, toast=f"已改名为{name}" if changed else UNCHANGED)


def _change_term(work: Work, term: Term, text: str) -> Reply:
    _check_open(term)
    entered = working_days(work.session, term.committee_id).entered
    before = replace(term.dates, entered=entered)
    dates = _read(text, before)
    if dates.window is None and dates.closes < work.today <= before.closes:
        raise Refused(
            f"这样自评在{full_day(dates.closes)}就截止了，日期还没有改。真要这样，请连自评一起写，例如："
            f"{dates.starts} 至 {dates.ends}，自评 {dates.opens} 至 {dates.closes}。"
        )
    laying_out.hold_plan(work.session, committee_id=term.committee_id)
    others = store.terms_of(work.session, [term.committee_id])
    _apart(dates, [other for other in others if other.id != term.id])
    changed = store.change(work.session, me=work.me, term=term, dates=dates)
    return saved(changed, _term_card(work, store.any_term(work.session, term.id)))


def _term_card(work: Work, term: Term) -> Message:
    return screens.term_card(term, working_days(work.session, term.committee_id).entered)


def _proposals(today: date) -> dict[tuple[int, int], TermDates]:
    """The terms of this and the following school years by year and half, in order."""
    years = range(school_year(today), school_year(today) + YEARS_AHEAD + 1)
    return {(year, half): dates for year in years for half, dates in enumerate(propose_terms(year), start=1)}


def proposed(work: Work, committee_id: int) -> tuple[TermDates, AddTerm] | None:
    """The next term that a committee has not set, on its usual days, and what adds it; None where all are there."""
    present = store.terms_of(work.session, [committee_id])
    for key, dates in _proposals(work.today).items():
        if dates.ends >= work.today and not any(_same(dates, term) or _meet(dates, term) for term in present):
            dates = replace(dates, entered=working_days(work.session, committee_id).entered)
            return dates, AddTerm(committee_id, *key)
    return None


def _next(work: Work, committee_id: int) -> tuple[TermDates, AddTerm]:
    found = proposed(work, committee_id)
    if found is None:
        raise Refused("以后两个学年的学期都已设置，不用新增。")
    return found


def _propose_term(work: Work, committee_id: int) -> Message:
    return screens.propose_term(committee_id, *_next(work, committee_id))


def _typed_new_term(work: Work, committee_id: int, text: str) -> Message:
    """The next term on other days, to confirm."""
    usual, add = _next(work, committee_id)
    dates = _read(text, usual)
    if not dates.usual:
        raise Refused("这里只填起止日期；自评日期请在新增以后，点开学期再改。")
    return _propose_on(work, usual, dates, add)


def _propose_on(work: Work, usual: TermDates, dates: TermDates, add: AddTerm) -> Message:
    _check_near(sensible(dates), usual)
    _apart(dates, store.terms_of(work.session, [add.committee]))
    days = day_number(dates.starts), day_number(dates.ends)
    return screens.propose_term(add.committee, dates, AddTermOn(add.committee, add.year, add.half, *days))


def _read(text: str, term: TermDates) -> TermDates:
    """The term with the days of a text. Raises Refused, and NotUnderstood for a text that may mean something else."""
    try:
        return read_term(text, term)
    except Unread:
        raise NotUnderstood(text, "日期请写成 2026-09-01 至 2027-01-22。") from None


def _check_near(dates: TermDates, usual: TermDates) -> None:
    if max(abs(dates.starts - usual.starts), abs(dates.ends - usual.ends)) > FAR:
        days = f"{full_day(usual.starts)}至{full_day(usual.ends)}"
        raise Refused(f"{usual.name}一般是{days}，相差太远，请核对年份。")


def _add_term(work: Work, action: AddTerm | AddTermOn, days: tuple[date, date] | None = None) -> Reply:
    dates = _proposals(work.today).get((action.year, action.half))
    if dates is None:
        raise Refused("只能新增本学年和以后两个学年的学期。请点「新增学期」。")
    laying_out.hold_plan(work.session, committee_id=action.committee)
    present = store.terms_of(work.session, [action.committee])
    there = next((term for term in present if _same(dates, term)), None)
    if there:
        return Reply(_term_card(work, there), toast="这个学期已经有了")
    dates = replace(dates, entered=working_days(work.session, action.committee).entered)
    if days is not None:
        usual, dates = dates, sensible(replace(dates, starts=days[0], ends=days[1]))
        _check_near(dates, usual)
    _apart(dates, present)
    made = store.begin(work.session, me=work.me, committee_id=action.committee, dates=dates)
    remind_of_budget(work, action.committee)
    return saved(True, _term_card(work, made), f"已新增{made.name}")


def _same(dates: TermDates, term: Term) -> bool:
    return dates.name == term.name


def _meet(dates: TermDates, term: Term) -> bool:
    return dates.starts <= term.ends and term.starts <= dates.ends


def _apart(dates: TermDates, others: Iterable[Term]) -> None:
    for other in others:
        if _meet(dates, other):
            days = f"{full_day(other.starts)}至{full_day(other.ends)}"
            raise Refused(f"与{other.name}（{days}）重叠，请核对起止日期。")
