"""An answer to a duty and the numbers it says: written down, read again, and held against what was typed by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.dialogue.work import Work
from bot.store import duties, facts, terms
from bot.values import Branch, Owing, Recorded, Term
from jobs.duties.answers import NOT_DONE, Answer, added_up, enough, facts_of, in_words, read_answer
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
    if owed.branch_id is None:
        return None
    term = terms.any_term(work.session, owed.term_id)
    if term.published:
        raise Refused(f"{term.name}的结果已公布，不能再改。")
    return Branch(owed.branch_id, owed.committee_id, owed.branch), term


@dataclass(frozen=True, slots=True)
class Typed:
    """That an answer was typed as a number of 台账, together with the changes of a batch, if any (history.add)."""

    batch: int | None = None


def write(work: Work, owed: Owing, understood: Answer, answer: str, typed: Typed | None = None) -> int | None:
    """Write down what a task's answer is from now on, and the numbers it says.

    With too little, or an honest no, it stays open till its day, and closes then. Returns the number of the change;
    None where somebody answered meanwhile.
    """
    duty = duty_behind(owed)
    said = numbers_of(work, owed, duty, understood)
    done = (understood.done and enough(duty, said)) or work.today >= owed.due
    where = where_it_counts(work, owed)
    batch = typed.batch if typed else None
    change = duties.put_answer(
        work.session, me=work.me, owed=owed, said=answer, done=done, batch=batch, typed=typed is not None
    )
    if change is not None and where:
        facts.report(work.session, owed=owed, facts=said)
        _settle(work, *where, said, batch or change)
    return change


def numbers_of(work: Work, owed: Owing, duty: Duty, understood: Answer) -> tuple[Fact, ...]:
    """What an answer says; whether it was on time is decided by the first one."""
    told = owed.answered_at if owed.answer != NOT_DONE else None
    first = told.astimezone(work.me.now.tzinfo).date() if told else work.today
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


@dataclass(frozen=True, slots=True)
class FromLedger:
    """The answer to a task that numbers typed by hand make up, with the kinds and months of those, and how it is meant.

    `part`: others have reported for the same kind and month, and this is what they leave of the total that was typed.
    `total`: others have, and this comes to it; what both are together then.
    """

    answer: Answer
    keys: tuple[tuple[str, str], ...]
    part: bool = False
    total: Fact | None = None


def from_ledger(owed: Owing, duty: Duty, now: Sequence[Recorded]) -> FromLedger | None:
    """The answer to a task that the numbers typed by hand make up; None where they do not make up one.

    Of a party day it is the attendance: whether it was volunteer service is typed with it.
    """
    if not is_typed(duty) or not duty.facts:
        return None
    empty = Answer(tuple((0, 0 if kind.form == "ratio" else None) for kind in duty.asks))
    keys = tuple((fact.kind, fact.period) for fact in facts_of(duty, empty, owed.period))
    typed = {(one.fact.kind, one.fact.period): one for one in now if one.typed}
    asked = keys[:1] if duty.closes in ("party_day", "file") or not duty.asks else keys[: len(duty.asks)]
    if not all(key in typed for key in asked):
        return None
    there = [typed[key] for key in asked]
    shares = [_share(one) for one in there]
    if any(share is None for share in shares):
        return None
    if duty.closes == "file" or not duty.asks:  # it is done, as many times as was typed
        done = there[0].instead_of is None and there[0].fact.count > 0
        return FromLedger(read_answer(duty, "是"), asked) if done else None
    numbers = [(share.count, share.of) for share in shares if share]
    answer = Answer((*numbers, *((0, None) for _ in duty.asks[len(asked) :])))
    try:
        if read_answer(duty, in_words(duty, answer)) != answer:
            return None
    except Refused:
        return None
    part = numbers[0] != (there[0].fact.count, there[0].fact.of)
    others = there[0].instead_of
    (total,) = added_up((others, there[0].fact)) if others and not part else (None,)
    return FromLedger(answer, asked, part, total)


def _share(typed: Recorded) -> Fact | None:
    """What a number typed by hand says of one task, where others have reported, too; None where nothing makes sense.

    If it is more than they say it is the total, and says the rest; an attendance that is none may be one of several.
    """
    fact, others = typed.fact, typed.instead_of
    if others is None:
        return fact
    count = fact.count - others.count
    if fact.of is None:
        return replace(fact, count=count) if count > 0 else None
    of = fact.of - (others.of or 0)
    if of <= 0:
        return fact
    return replace(fact, count=count, of=of) if 0 <= count <= of else None


def differing(work: Work, owed: Owing, duty: Duty) -> tuple[Recorded, ...]:
    """The numbers typed by hand that stand in the place of what this answer, with others, says otherwise."""
    understood = recorded(owed, duty)
    if owed.branch_id is None or not duty.facts or understood is None or owed.answered_at is None:
        return ()
    said = numbers_of(work, owed, duty, understood)
    # A party day that was no volunteer service says nothing against one that was.
    kinds = {(f.kind, f.period) for f in said if f.count or duty.closes != "party_day" or f.of is not None}
    now = facts.recorded(work.session, branch_id=owed.branch_id, term_id=owed.term_id)
    return tuple(
        one
        for one in now
        if one.instead_of and one.fact != one.instead_of and (one.fact.kind, one.fact.period) in kinds
    )
