"""台账: showing, recording and removing the facts of a branch."""

from typing import assert_never

from bot.actions import (
    AskFact,
    ClearFact,
    FactCard,
    FactKept,
    ItemFacts,
    Keeping,
    Ledger,
    LedgerOf,
    MeantFact,
    TypedFact,
    UndoFact,
    month_number,
)
from bot.dialogue import card, numbers
from bot.dialogue.opening import to_fill, to_see
from bot.dialogue.place import place
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import Rater, keep_facts
from bot.screens import ledger as screens
from bot.store import assignments, facts, history, sheets
from bot.values import Branch, Recorded, Term
from jobs.duties.assignments import Given, check_typed
from jobs.duties.calendar import months_of
from jobs.duties.catalogue import COUNTED
from jobs.duties.ratios import Doubtful, read_number
from scoring.facts import Fact, parse_fact
from scoring.refusal import Refused
from scoring.rubric import FactKind


def respond(work: Work, action: Keeping) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    if isinstance(action, ItemFacts):
        return Reply(_of_item(work, action))
    branch, term = place(work, action.branch, action.term)
    match action:
        case Ledger():
            return Reply(screens.ledger(_ledger(work, branch, term)))
        case LedgerOf(_, _, number):
            category = term.table.category(number)
            month = month_number(_this_month(work, term))
            return Reply(screens.ledger_of(_ledger(work, branch, term), category, month))
        case FactCard(_, _, number, month):
            kind = term.table.fact(number)
            return Reply(_card(work, branch, term, kind, _period(work, term, kind, month)))
        case FactKept(_, _, number, month, change):
            kind = term.table.fact(number)
            period = _period(work, term, kind, month)
            return Reply(_kept(work, _ledger(work, branch, term), kind, period, change))
        case TypedFact(_, _, number, month, text):
            _keep(work, branch, term)
            kind = term.table.fact(number)
            check_typed(kind, _given(work, branch, term, kind))
            period = _period(work, term, kind, month)
            try:
                fact = Fact(kind.key, *read_number(kind, text), period)
            except Doubtful as doubtful:
                return Reply(
                    screens.ask_fact(branch, term, asked_about(branch, term, kind, period, doubtful))
                )
            return _record(work, branch, term, fact)
        case AskFact(_, _, number, month, count, of, _):
            _keep(work, branch, term)
            kind = term.table.fact(number)
            _period(work, term, kind, month)
            parse_fact(f"{count}/{of}", kind)
            return Reply(screens.ask_fact(branch, term, action))
        case MeantFact(_, _, number, month, count, of):
            _keep(work, branch, term)
            kind = term.table.fact(number)
            check_typed(kind, _given(work, branch, term, kind))
            period = _period(work, term, kind, month)
            return _record(work, branch, term, Fact(kind.key, *parse_fact(f"{count}/{of}", kind), period))
        case ClearFact(_, _, number, month):
            _keep(work, branch, term)
            kind = term.table.fact(number)
            period = _period(work, term, kind, month)
            check_typed(kind, _given(work, branch, term, kind))
            gone = facts.clear(work.session, me=work.me, branch=branch, term=term, kinds=[(kind.key, period)])
            toast = screens.cleared(kind, gone is not None, _known(work, branch, term), period)
            return Reply(_kept(work, _ledger(work, branch, term), kind, period, gone), toast=toast)
        case UndoFact(_, _, number, month, change):
            _keep(work, branch, term)
            kind = term.table.fact(number)
            toast = _take_back(work, branch, term, change)
            return Reply(_card(work, branch, term, kind, _period(work, term, kind, month)), toast=toast)
        case _:
            assert_never(action)


def _keep(work: Work, branch: Branch, term: Term) -> None:
    keep_facts(work.me, branch.committee_id, branch.id)
    if term.published:
        raise Refused(f"{term.name}的结果已公布，台账不能再改。")


def _record(work: Work, branch: Branch, term: Term, fact: Fact) -> Reply:
    """Write down a number that was typed by hand, unless it stands there already."""
    kind, known = term.table.facts[fact.kind], _known(work, branch, term)
    done = numbers.keep(work, branch, term, [fact])
    toast = screens.kept(kind, fact, known, done.closed)
    return Reply(_kept(work, _ledger(work, branch, term), kind, fact.period, done.change), toast=toast)


def asked_about(branch: Branch, term: Term, kind: FactKind, period: str, doubtful: Doubtful) -> AskFact:
    """The question about a ratio that may be meant otherwise."""
    (count, of), *others = doubtful.readings
    return AskFact(branch.id, term.id, kind.number, month_number(period), count, of, int(bool(others)))


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
    return _kept(work, _ledger(work, branch, term), kind, period, None)


def _kept(work: Work, ledger: screens.LedgerView, kind: FactKind, period: str, change: int | None) -> Message:
    """One kind of fact, what else its number may answer, and the way to take a change back, if one was just made."""
    branch, term = ledger.branch, ledger.term
    rater = Rater.SELF if work.me.in_branch(branch.id) else Rater.COMMITTEE
    sheet = sheets.find(work.session, branch_id=branch.id, term_id=term.id, rater=rater)
    here = (one.fact for one in ledger.facts if (one.fact.kind, one.fact.period) == (kind.key, period))
    fact = next(here, None)
    view = screens.FactView(
        kind=kind,
        period=period,
        months=months_of(term.starts, term.ends),
        counted=bool(_given(work, branch, term, kind)),
        sheet=sheet,
        offers=numbers.offers(work, branch, term, [fact]) if fact and ledger.writable else (),
        change=change or 0,
    )
    return screens.fact_card(work.me, ledger, view)


def _take_back(work: Work, branch: Branch, term: Term, change: int) -> str:
    """Take a change of numbers back, with the marks that were saved in one line with it. Raises Refused."""
    undone = numbers.take_back(work, branch, term, change, strict=True)
    together = history.together(work.session, branch_id=branch.id, change=change)
    marked = {row.subject_id for row in together if row.subject == "mark"}
    toasts = [card.undo(work, to_fill(work, sheet), change).toast for sheet in sorted(marked)]
    return "；".join([*([f"已撤销：{undone}"] if undone else []), *toasts]) or "这个数字已经撤销过了"


def _of_item(work: Work, action: ItemFacts) -> Message:
    file = to_see(work, action.sheet)
    item = file.sheet.edition.item(action.item)
    recorded = _known(work, file.branch, file.term)
    month = month_number(_this_month(work, file.term))
    return screens.item_facts(file, item, recorded, month)
