"""A number typed by hand, on a card, in a line or in 台账: where it goes, what else it may answer, and taking it back.

Where one task alone asks for the number, it is the answer to that task. Where several may, it stands in 台账 and is
offered to those that are open.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.actions import UndoFact, month_number
from bot.dialogue.answering import Typed, duty_behind, from_ledger, numbers_of, where_it_counts, write
from bot.dialogue.work import Work
from bot.message import Button, Message
from bot.screens import answering
from bot.screens import duties as screens
from bot.screens import ledger as ledger_screens
from bot.store import duties, facts, history
from bot.values import Branch, Owing, SheetFile, Term
from jobs.duties.answers import Answer, in_words, read_answer
from jobs.duties.catalogue import is_typed
from scoring.facts import Fact
from scoring.refusal import Refused


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of numbers that were typed: the change with which they can be taken back, if any, and the tasks that
    they closed, in words."""

    change: int | None
    closed: str = ""


def keep(work: Work, branch: Branch, term: Term, typed: Sequence[Fact], batch: int | None = None) -> Kept:
    """Write down numbers that were typed by hand; those that one task alone asks for are its answer.

    `batch` as of history.add().
    """
    if not typed:
        return Kept(batch)
    owing = duties.of_branch(work.session, branch_id=branch.id, term_id=term.id)
    closed: list[str] = []
    for fact in typed:
        owed = _alone(owing, fact, work)
        made = None
        if owed is not None and owed.behind is not None:
            answer = Answer(((fact.count, fact.of),))
            made = write(work, owed, answer, in_words(owed.behind, answer), Typed(batch))
        if made is None or owed is None or owed.behind is None:  # or somebody answered it meanwhile
            made = facts.record(work.session, me=work.me, branch=branch, term=term, facts=[fact], batch=batch)
            batch = batch or made
            continue
        batch = batch or made
        kind = [(fact.kind, fact.period)]
        facts.clear(work.session, me=work.me, branch=branch, term=term, kinds=kind, batch=batch)
        closed.append(answering.recorded(owed, duties.one(work.session, owed.id), owed.behind))
    return Kept(batch, "；".join(closed))


def _alone(owing: Sequence[Owing], fact: Fact, work: Work) -> Owing | None:
    """The open task whose answer a number is: it alone is asked for it, has opened, and is for its month."""
    kinds = {owed.duty for owed in owing if _asks(owed, fact, any_month=True)}
    asking = [owed for owed in owing if _asks(owed, fact)]
    if len(kinds) != 1 or len(asking) != 1:
        return None
    (owed,) = asking
    duty = owed.behind
    fits = duty is not None and len(duty.asks) == 1 and duty.closes != "file"
    return owed if fits and not owed.done and owed.opens <= work.today else None


def _asks(owed: Owing, fact: Fact, *, any_month: bool = False) -> bool:
    """Whether a task asks for a kind of number, for the same month."""
    duty = owed.behind
    if duty is None or not is_typed(duty):
        return False
    kinds = duty.asks or duty.adds  # what is only ticked says that it was done once
    kind = next((kind for kind in kinds if kind.key == fact.kind), None)
    return kind is not None and (any_month or not kind.monthly or owed.period[:7] == fact.period)


def offers(work: Work, branch: Branch, term: Term, typed: Sequence[Fact]) -> tuple[Button, ...]:
    """A button for each open task that numbers, typed by hand, may answer, too."""
    now = facts.recorded(work.session, branch_id=branch.id, term_id=term.id)
    standing = [fact for fact in typed if any(one.typed and one.fact == fact for one in now)]
    if not standing:
        return ()
    found: list[Button] = []
    for owed in duties.of_branch(work.session, branch_id=branch.id, term_id=term.id):
        duty = owed.behind
        if duty is None or owed.done or owed.opens > work.today:
            continue
        if any(_asks(owed, fact) for fact in standing) and (meant := from_ledger(owed, duty, now)):
            first = numbers_of(work, owed, duty, meant.answer)[0]
            found.append(answering.offer(owed, duty, first, meant.part, meant.total))
    return tuple(found)


def undo(branch: Branch, term: Term, place: tuple[str, str], change: int) -> UndoFact:
    """What takes a change back, beside the number of this kind and month."""
    kind, period = place
    return UndoFact(branch.id, term.id, term.table.facts[kind].number, month_number(period), change)


def beside(work: Work, file: SheetFile, screen: Message, typed: Sequence[Fact], kept: Kept) -> Message:
    """A sheet's screen on which numbers were typed: with the tasks they may answer, too, and the way to take them back.

    The marks of a line are taken back with its numbers.
    """
    found = offers(work, file.branch, file.term, typed)
    first = typed[0]
    back = undo(file.branch, file.term, (first.kind, first.period), kept.change) if kept.change else None
    return ledger_screens.beside(screen, found, back)


def take_back(work: Work, branch: Branch, term: Term, change: int, *, strict: bool) -> str:
    """Take back what one change and those made together with it did to numbers and tasks; in words, empty for nothing.

    Where something newer stands: raises Refused if `strict`, or leaves that as it is.
    """
    undone: list[str] = []
    for row in reversed(history.together(work.session, branch_id=branch.id, change=change)):
        before, after = (json.loads(said) if said else {} for said in (row.before, row.after))
        step = work.session.begin_nested()
        try:
            said = _step_back(work, branch, term, row, (before, after))
        except Refused:
            step.rollback()
            if strict:
                raise
            continue
        step.commit()
        undone += [said] if said else []
    return "、".join(dict.fromkeys(undone))


def _step_back(
    work: Work, branch: Branch, term: Term, row: Any, change: tuple[dict[str, Any], dict[str, Any]]
) -> str:
    before, after = change
    if row.subject == "fact" and (after or before).get("term") == term.id:
        if not facts.restore(work.session, me=work.me, branch=branch, term=term, before=before, after=after):
            raise Refused("这个数字后来又改过，不能撤销。请直接输入新的数字。")
        return term.table.facts[(after or before)["kind"]].title
    if row.subject != "occurrence" or not after.get("typed"):
        return ""
    owed = duties.one(work.session, row.subject_id)
    duty = duty_behind(owed)
    if owed.term_id != term.id or not is_typed(duty):
        return ""
    where_it_counts(work, owed)
    if not duties.was_last(work.session, owed=owed, change=row.id):
        raise Refused(f"「{screens.title(owed, duty)}」后来又改过，不能撤销。请打开这一项修改。")
    if was := before.get("answer"):
        write(work, owed, read_answer(duty, was), was)
    else:
        duties.reopen(work.session, me=work.me, owed=owed)
        facts.report(work.session, owed=owed, facts=())
    return f"「{screens.title(owed, duty)}」"
