"""异议: a branch objects to its published result, and the committee answers."""

from typing import assert_never

from bot.actions import (
    AskObjection,
    Objecting,
    Objections,
    SendAnswer,
    SendAnswerSeen,
    SendObjection,
    ShowObjection,
    TypedAnswer,
    TypedObjection,
    fingerprint,
    wire,
)
from bot.dialogue.publishing import last_day, newest, tell
from bot.dialogue.work import Work
from bot.dialogue.written import written
from bot.message import Message, Reply
from bot.permissions import (
    Rater,
    Role,
    answer_objection,
    object_to,
    see_branch,
    see_standings,
)
from bot.screens import objecting as screens
from bot.screens import wording
from bot.store import publishing as store
from bot.store import seats, sheets, terms
from bot.values import Branch, Objection, Term
from scoring.refusal import Refused

CHANGED = "答复刚有改动，还没有发出，请再核对。"


def respond(work: Work, action: Objecting) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Objections(term):
            return Reply(_objections(work, term))
        case AskObjection(branch, term):
            return Reply(_ask_objection(work, branch, term))
        case TypedObjection(branch, term, text):
            where, when = _may_object(work, branch, term)
            number = store.draft_objection(
                work.session, me=work.me, branch=where, term=when, text=written(text)
            )
            return Reply(_objection(work, number))
        case ShowObjection(number):
            return Reply(_objection(work, number))
        case SendObjection(number):
            return _send_objection(work, number)
        case TypedAnswer(number, text):
            found = _to_answer(work, number)
            store.draft_answer(work.session, me=work.me, found=found, text=written(text))
            return Reply(_objection(work, number))
        case SendAnswer(number):
            _check_answering(work, store.objection(work.session, number))
            return Reply(_objection(work, number), toast=CHANGED)
        case SendAnswerSeen(number, revision):
            return _send_answer(work, number, revision)
        case _:
            assert_never(action)


def _objections(work: Work, term_id: int) -> Message:
    if term_id:
        committee_id = terms.any_term(work.session, term_id).committee_id
    else:
        committee_id = next((s.committee_id for s in work.me.seats if s.branch_id is None), 0)
    see_standings(work.me, committee_id)
    term = newest(work, committee_id, term_id)
    found = store.objections(work.session, committee_id=committee_id, term_id=term.id)
    return screens.objections(term, found, work.me.now)


def _may_object(work: Work, branch_id: int, term_id: int) -> tuple[Branch, Term]:
    """The branch and the published term to whose result its secretary may object now. Raises Refused."""
    of = terms.of_branch(work.session, branch_id)
    object_to(work.me, of.branch.id)
    term = newest(work, of.branch.committee_id, term_id)
    branch = of.named(term)
    until = last_day(work, term)
    if work.today > until:
        raise Refused(f"{term.name}的公示期到 {wording.day(until)}为止，已经结束，不能再提异议。")
    return branch, term


def _ask_objection(work: Work, branch_id: int, term_id: int) -> Message:
    branch, term = _may_object(work, branch_id, term_id)
    last = store.last_objection(work.session, branch=branch, term_id=term.id)
    if last is not None and last.answered_at is None:
        return _objection(work, last.id)
    return screens.ask_objection(branch, term, last_day(work, term))


def seen_by_me(work: Work, number: int) -> tuple[Objection, Term]:
    """An objection, and the term to whose results it is made, for whoever may see both. Raises Refused."""
    found = store.objection(work.session, number)
    see_branch(work.me, found.branch.committee_id, found.branch.id)
    return found, terms.any_term(work.session, found.term_id)


def _objection(work: Work, number: int) -> Message:
    me, found = work.me, store.objection(work.session, number)
    branch = found.branch
    see_branch(me, branch.committee_id, branch.id)
    mine = me.in_branch(branch.id)
    if found.sent_at is None and not mine:
        raise Refused("这条异议还没有提出。")
    of_committee, why_not = me.in_committee(branch.committee_id), ""
    if of_committee and found.sent_at is not None and found.answered_at is None:
        try:
            _check_answering(work, found)
        except Refused as refused:
            why_not = str(refused)
    answers = of_committee and found.sent_at is not None and found.answered_at is None and not why_not
    sheet = (
        sheets.find(work.session, branch_id=branch.id, term_id=found.term_id, rater=Rater.COMMITTEE)
        if answers
        else None
    )
    view = screens.ObjectionView(
        found=found,
        now=me.now,
        may_send=found.sent_at is None and me.in_branch(branch.id, Role.SECRETARY),
        may_answer=answers,
        why_not=why_not,
        of_committee=of_committee and not mine,
        sheet=sheet or 0,
    )
    return screens.objection(view)


def _check_answering(work: Work, found: Objection) -> None:
    branch = found.branch
    evaluated = store.evaluated(work.session, branch_id=branch.id, term_id=found.term_id)
    sits = seats.in_branches(work.session, branch.committee_id, [branch.id]).get(branch.id, ())
    others = frozenset(seats.in_committee(work.session, branch.committee_id)) - frozenset(sits)
    answer_objection(work.me, branch.committee_id, branch.id, evaluated, others)


def _send_objection(work: Work, number: int) -> Reply:
    found = store.objection(work.session, number, to_write=True)
    object_to(work.me, found.branch.id)
    if found.sent_at is not None:
        return Reply(_objection(work, number), toast="已经提出过了")
    _, term = _may_object(work, found.branch.id, found.term_id)
    store.send_objection(work.session, me=work.me, found=found)
    tell(
        work,
        seats.in_committee(work.session, found.branch.committee_id),
        found.branch,
        (f"q:{number}", wire(ShowObjection(number))),
        f"{found.branch.name}对{term.name}的结果提出异议。",
    )
    return Reply(_objection(work, number), toast="已提出，党总支马上收到")


def _to_answer(work: Work, number: int) -> Objection:
    """An objection to answer, locked until the unit of work ends. Raises Refused."""
    found = store.objection(work.session, number, to_write=True)
    _check_answering(work, found)
    if found.sent_at is None:
        raise Refused("这条异议还没有提出。")
    if found.answered_at is not None:
        raise Refused("这条异议已经答复了。")
    return found


def _send_answer(work: Work, number: int, revision: int) -> Reply:
    found = store.objection(work.session, number, to_write=True)
    _check_answering(work, found)
    if found.answered_at is not None:
        return Reply(_objection(work, number), toast="已经答复过了")
    if not found.answer:
        raise Refused("还没有写答复，请先输入。")
    if fingerprint(found.answer) != revision:
        return Reply(_objection(work, number), toast=CHANGED)
    store.send_answer(work.session, me=work.me, found=found)
    persons = seats.in_branches(work.session, found.branch.committee_id, [found.branch.id])
    tell(
        work,
        persons.get(found.branch.id, ()),
        found.branch,
        (f"qa:{number}", wire(ShowObjection(number))),
        f"党总支答复了{found.branch.name}的异议。",
    )
    return Reply(_objection(work, number), toast="已答复，支部马上收到")
