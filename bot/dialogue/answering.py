"""An answer to a duty and the numbers it says: written down, read again, and held against what was typed by hand."""

from collections.abc import Iterable, Sequence

from bot.dialogue.work import Work
from bot.store import duties, facts, terms
from bot.values import Branch, Owing, Recorded, Term
from jobs.duties.answers import Answer, enough, facts_of, in_words, read_answer
from jobs.duties.catalogue import Duty, is_typed
from scoring.facts import Fact
from scoring.refusal import Refused


def duty_behind(owed: Owing) -> Duty:
    """The duty of an occurrence. Raises Refused when the catalogue no longer has it."""
    if owed.behind is None:
        raise Refused("这项任务已经不在目录里了。请在「待办」里查看其他任务。")
    return owed.behind


def where_it_counts(work: Work, owed: Owing) -> tuple[Branch, Term] | None:
    """The branch and term whose numbers an answer changes; None for what the committee itself owes."""
    term = terms.any_term(work.session, owed.term_id)
    if term.published:
        raise Refused(f"{term.name}的结果已公布，不能再改。")
    return (terms.branch(work.session, owed.branch_id), term) if owed.branch_id else None


def write(work: Work, owed: Owing, understood: Answer, answer: str, batch: int | None) -> int | None:
    """Write down what a task's answer is from now on, and the numbers it says.

    With too little it stays open till its day, and closes then. Returns the number of the change; None where somebody
    answered meanwhile. `batch` as of history.add().
    """
    duty = duty_behind(owed)
    said = numbers_of(work, owed, duty, understood)
    done = enough(duty, said) or work.today >= owed.due
    where = where_it_counts(work, owed)
    change = duties.answer(work.session, me=work.me, owed=owed, said=answer, done=done, batch=batch)
    if change is not None and where:
        facts.report(work.session, owed=owed, facts=said)
        _settle(work, *where, said, batch or change)
    return change


def numbers_of(work: Work, owed: Owing, duty: Duty, understood: Answer) -> tuple[Fact, ...]:
    """What an answer says; whether it was on time is decided by the first one."""
    first = owed.answered_at.astimezone(work.me.now.tzinfo).date() if owed.answered_at else work.today
    return facts_of(duty, understood, owed.period, first <= owed.by)


def _settle(work: Work, branch: Branch, term: Term, said: Iterable[Fact], batch: int) -> None:
    """What was typed by hand need not stay where the answers say the same."""
    kinds = {(fact.kind, fact.period) for fact in said}
    now = facts.recorded(work.session, branch_id=branch.id, term_id=term.id)
    alike = [(one.fact.kind, one.fact.period) for one in now if one.fact == one.instead_of]
    kept = [key for key in alike if key in kinds]
    facts.clear(work.session, me=work.me, branch=branch, term=term, kinds=kept, batch=batch)


def recorded(owed: Owing, duty: Duty) -> Answer | None:
    """What is recorded; None for an answer of a version that read it otherwise, or of what closes by itself."""
    said = owed.answer or ("是" if duty.closes in ("tick", "file") else "")
    try:
        return read_answer(duty, said) if said else None
    except Refused:
        return None


def from_ledger(owed: Owing, duty: Duty, now: Sequence[Recorded]) -> Answer | None:
    """The answer to a task that the numbers typed by hand make up; None where they do not make up one.

    Of a party day that is the attendance: whether it was volunteer service is typed with it.
    """
    if not is_typed(duty) or not duty.asks or duty.closes == "file":
        return None
    empty = Answer(tuple((0, 0 if kind.form == "ratio" else None) for kind in duty.asks))
    keys = [(fact.kind, fact.period) for fact in facts_of(duty, empty, owed.period)]
    typed = {(one.fact.kind, one.fact.period): one.fact for one in now if one.typed}
    asked = keys[:1] if duty.closes == "party_day" else keys[: len(duty.asks)]
    if not all(key in typed for key in asked):
        return None
    numbers = [(typed[key].count, typed[key].of) for key in asked]
    answer = Answer((*numbers, *((0, None) for _ in duty.asks[len(asked) :])))
    try:
        return answer if read_answer(duty, in_words(duty, answer)) == answer else None
    except Refused:
        return None


def differing(work: Work, owed: Owing, duty: Duty) -> tuple[Recorded, ...]:
    """The numbers typed by hand that stand in the place of what this answer, with others, says otherwise."""
    understood = recorded(owed, duty)
    if owed.branch_id is None or not duty.facts or understood is None or owed.answered_at is None:
        return ()
    kinds = {(fact.kind, fact.period) for fact in numbers_of(work, owed, duty, understood)}
    now = facts.recorded(work.session, branch_id=owed.branch_id, term_id=owed.term_id)
    return tuple(
        one
        for one in now
        if one.instead_of and one.fact != one.instead_of and (one.fact.kind, one.fact.period) in kinds
    )
