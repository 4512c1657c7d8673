"""试算: which totals and stars other rules would change; nothing is saved, nobody is told."""

from collections.abc import Sequence
from typing import assert_never

from bot.actions import Trial, Trying, TypedTrial
from bot.dialogue.standings import entries, of_term
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import Role
from bot.screens import trial as screens
from bot.store import results, roll
from bot.values import Term
from scoring.trial import Rule, other, read_rules, rule_of, tried


def respond(work: Work, action: Trying) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    every, term = of_term(work, action.term)
    match action:
        case Trial(_, first, second, third, fourth):
            rules = [rule_of(code, term.table) for code in (first, second, third, fourth) if code]
        case TypedTrial(_, text):
            rules = list(read_rules(text, term.table))
        case _:
            assert_never(action)
    return Reply(_tried(work, every, term, rules))


def _tried(work: Work, every: Sequence[Term], term: Term, rules: Sequence[Rule]) -> Message:
    other(term.table, rules)  # what contradicts itself is refused, whether there are results or not
    branches = roll.of_term(work.session, term)
    found = results.of_committee(work.session, term_id=term.id, committee_id=term.committee_id)
    adopts = work.me.in_committee(term.committee_id, Role.ADMINISTRATOR)
    return screens.trial(every, term, rules, tried(entries(branches, term, found), rules), adopts=adopts)
