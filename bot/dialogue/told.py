"""A number that is told with the name of what it is of, wherever it is typed: 11月党日 17/18, 满意度 17/18."""

from collections.abc import Callable

from bot.actions import Action, Task, TypedFact, TypedReport, Which, wire
from bot.dialogue.naming import Asker, button_month, month_of, titled
from bot.dialogue.work import Work
from bot.message import Reply
from bot.store import sayings, terms
from bot.values import Branch, Owing
from bot.words.grammar import Told, told
from jobs.duties.answers import Unclear, read_answer
from scoring.refusal import Refused

Do = Callable[[Work, Action], Reply]
"""bot.dialogue.respond, which stands above this file."""

LISTED = 12  # tasks of which it is asked which one is meant


def answer(asker: Asker, do: Do) -> Reply | None:
    """A number with the name of what it is of (11月党日 17/18) is the answer there; None when it is none."""
    work, own = asker.work, asker.own
    tells = told(asker.text, asker.called) if own else None
    if own is None or tells is None:
        return None
    open_ = _places(asker, own, tells)
    if len(open_) > 1:
        where = [(wire(Task(owed.id)), titled(owed)) for owed in open_[:LISTED]]
        number = sayings.add(
            work.session, me=work.me, text=tells.rest, places=where, heard=False, message=work.message
        )
        return do(work, Which(number))
    if open_:
        return do(work, TypedReport(open_[0].id, tells.rest))
    term = terms.term(work.session, 0, own.committee_id, work.today)
    known = [term.table.facts[kind] for kind in sorted(tells.facts) if kind in term.table.facts]
    if not known:
        return None
    period = button_month(term, month_of(tells.month, work.today)) if known[0].monthly else 0
    return do(work, TypedFact(own.id, term.id, known[0].number, period, tells.rest))


def _places(asker: Asker, own: Branch, tells: Told) -> list[Owing]:
    """The tasks of a branch that a number with a name can be the answer to."""
    month = month_of(tells.month, asker.work.today)
    return [owed for owed in asker.owed(own, tells.duties, month) if _reads(owed, tells.rest)]


def named(work: Work, text: str) -> tuple[str, list[tuple[str, str]]]:
    """What a text tells that begins with the name of a task (11月党日 17/18): the rest, and each task it may mean,
    as the action that shows it, with its title."""
    asker = Asker.of(work, "")
    own, tells = asker.own, told(text, asker.called)
    if own is None or tells is None or not tells.first:
        return text, []
    return tells.rest, [(wire(Task(owed.id)), titled(owed)) for owed in _places(asker, own, tells)]


def _reads(owed: Owing, text: str) -> bool:
    """Whether a text is an answer to a task, perhaps one of several meanings."""
    duty = owed.behind
    if duty is None:
        return False
    try:
        read_answer(duty, text)
    except Unclear:
        return True
    except Refused:
        return False
    return True
