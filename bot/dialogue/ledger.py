"""台账: showing, recording and removing the facts of a branch."""

from typing import assert_never

from bot.actions import ClearFact, FactCard, ItemFacts, Keeping, Ledger, LedgerOf, TypedFact
from bot.dialogue.opening import to_see
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import Rater, keep_facts, see_branch
from bot.screens import ledger as screens
from bot.store import assignments, facts, sheets, terms
from bot.values import Branch, Recorded, Term
from jobs.duties.assignments import Given, check_typed
from jobs.duties.calendar import months_of
from jobs.duties.catalogue import COUNTED
from scoring.facts import Fact, parse_fact
from scoring.refusal import Refused
from scoring.rubric import FactKind


def respond(work: Work, action: Keeping) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    if isinstance(action, ItemFacts):
        return Reply(_of_item(work, action))
    branch = terms.branch(work.session, action.branch)
    see_branch(work.me, branch.committee_id, branch.id)
    term = terms.term(work.session, action.term, branch.committee_id, work.today)
    match action:
        case Ledger():
            return Reply(screens.ledger(_ledger(work, branch, term)))
        case LedgerOf(_, _, number):
            category = term.table.category(number)
            month = int(_this_month(work, term).replace("-", ""))
            return Reply(screens.ledger_of(_ledger(work, branch, term), category, month))
        case FactCard(_, _, number, month):
            kind = term.table.fact(number)
            return Reply(_card(work, branch, term, kind, _period(work, term, kind, month)))
        case TypedFact(_, _, number, month, text):
            _keep(work, branch, term)
            kind = term.table.fact(number)
            check_typed(kind, _given(work, branch, term, kind))
            period = _period(work, term, kind, month)
            fact = Fact(kind.key, *parse_fact(text, kind), period)
            known = [one.fact for one in _known(work, branch, term)]
            facts.record(work.session, me=work.me, branch=branch, term=term, facts=[fact])
            toast = f"{kind.title} {screens.number(kind, fact.count, fact.of)} 已记"
            toast += screens.instead(kind, fact, known)
            return Reply(_card(work, branch, term, kind, period), toast=toast)
        case ClearFact(_, _, number, month):
            _keep(work, branch, term)
            kind = term.table.fact(number)
            period = _period(work, term, kind, month)
            check_typed(kind, _given(work, branch, term, kind))
            gone = facts.clear(
                work.session, me=work.me, branch=branch, term=term, kind=kind.key, period=period
            )
            toast = f"{kind.title} 已删除" if gone else "这个数字已经删除"
            return Reply(_card(work, branch, term, kind, period), toast=toast)
        case _:
            assert_never(action)


def _keep(work: Work, branch: Branch, term: Term) -> None:
    keep_facts(work.me, branch.committee_id, branch.id)
    if term.published:
        raise Refused(f"{term.name}的结果已公布，台账不能再改。")


def _may_keep(work: Work, branch: Branch, term: Term) -> bool:
    try:
        _keep(work, branch, term)
    except Refused:
        return False
    return True


def _this_month(work: Work, term: Term) -> str:
    return f"{min(max(work.today, term.starts), term.ends):%Y-%m}"


def _period(work: Work, term: Term, kind: FactKind, month: int) -> str:
    """The period of a kind: a month of the term (0 is this one), or the empty one for the whole term."""
    if not kind.monthly:
        return ""
    if month == 0:
        return _this_month(work, term)
    period = f"{month // 100:04d}-{month % 100:02d}"
    if period not in months_of(term.starts, term.ends):
        raise Refused("这个月不在本学期内。请选择学期里的月份。")
    return period


def _known(work: Work, branch: Branch, term: Term) -> tuple[Recorded, ...]:
    return facts.known(work.session, branch_id=branch.id, term_id=term.id, now=work.me.now)


def _ledger(work: Work, branch: Branch, term: Term) -> screens.LedgerView:
    recorded, writable = _known(work, branch, term), _may_keep(work, branch, term)
    return screens.LedgerView(branch=branch, term=term, facts=recorded, writable=writable)


def _given(work: Work, branch: Branch, term: Term, kind: FactKind) -> tuple[Given, ...]:
    """The tasks that a kind of fact is counted from; none for a kind that is typed."""
    if kind.key not in COUNTED:
        return ()
    return assignments.given(work.session, branch_id=branch.id, term_id=term.id)


def _card(work: Work, branch: Branch, term: Term, kind: FactKind, period: str) -> Message:
    months = months_of(term.starts, term.ends)
    counted = bool(_given(work, branch, term, kind))
    rater = Rater.SELF if work.me.in_branch(branch.id) else Rater.COMMITTEE
    sheet = sheets.find(work.session, branch_id=branch.id, term_id=term.id, rater=rater)
    view = screens.FactView(kind=kind, period=period, months=months, counted=counted, sheet=sheet)
    return screens.fact_card(work.me, _ledger(work, branch, term), view)


def _of_item(work: Work, action: ItemFacts) -> Message:
    file = to_see(work, action.sheet)
    item = file.sheet.edition.item(action.item)
    recorded = _known(work, file.branch, file.term)
    month = int(_this_month(work, file.term).replace("-", ""))
    return screens.item_facts(file, item, recorded, month)
