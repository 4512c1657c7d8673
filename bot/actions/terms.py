"""学期: an administrator adds terms, changes their names and days, deletes one that is empty."""

from bot.actions.buttons import Action, pressed, said


@pressed("zt")
class TermList(Action):
    """Show the terms of a committee (学期)."""

    committee: int


@pressed("zc")
class TermCard(Action):
    """Show the days of one term, and take others."""

    term: int


@said
class TypedTerm(Action):
    """These are the term's days: 「2026-09-01 至 2027-01-22」, 「自评 1月1日至1月15日」."""

    term: int
    text: str


@pressed("zp")
class ProposeTerm(Action):
    """Which term is missing next (新增学期)?"""

    committee: int


@pressed("zn")
class AddTerm(Action):
    """Add the first (1) or second (2) term of the school year that begins in a year, on its usual days."""

    committee: int
    year: int
    half: int


@said
class TypedNewTerm(Action):
    """The term that is missing next has these days."""

    committee: int
    text: str


@pressed("zg")
class ProposeTermOn(Action):
    """The term that is missing next, from one day to another: show it, to be added."""

    committee: int
    starts: int
    ends: int


@pressed("zv")
class AddTermOn(Action):
    """Add the first (1) or second (2) term of the school year that begins in a year, from one day to another."""

    committee: int
    year: int
    half: int
    starts: int
    ends: int


@pressed("zj")
class AskTermName(Action):
    """I want to call a term otherwise."""

    term: int


@said
class TypedTermName(Action):
    """A term has this name from now on."""

    term: int
    text: str


@pressed("zh")
class AskDeleteTerm(Action):
    """I want to delete a term in which nothing was done."""

    term: int


@pressed("zy", final=True)
class DeleteTerm(Action):
    """Delete it."""

    term: int


Terming = (
    TermList
    | TermCard
    | TypedTerm
    | ProposeTerm
    | TypedNewTerm
    | ProposeTermOn
    | AddTerm
    | AddTermOn
    | AskTermName
    | TypedTermName
    | AskDeleteTerm
    | DeleteTerm
)
"""The screens of 学期: the list, one term, the next one."""
