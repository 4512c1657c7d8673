"""台账: the numbers of a branch in a term."""

from bot.actions.buttons import Action, pressed, said


@pressed("lg")
class Ledger(Action):
    """Show the term's facts of a branch (台账)."""

    branch: int
    term: int


@pressed("fi")
class ItemFacts(Action):
    """Show the facts that one item counts, and take them."""

    sheet: int
    item: int


@pressed("lk")
class LedgerOf(Action):
    """Show the facts that feed one category of items (by its number in the edition)."""

    branch: int
    term: int
    category: int


@pressed("f")
class FactCard(Action):
    """Show one kind of fact (by its number in the edition) for a month (202609; 0 the whole term), and take it."""

    branch: int
    term: int
    kind: int
    month: int


@said
class TypedFact(Action):
    """This is the number."""

    branch: int
    term: int
    kind: int
    month: int
    text: str


@pressed("fq")
class AskFact(Action):
    """What I typed may mean this ratio, or be meant otherwise: ask. `also` (1): the second number may be who came, and
    the difference who is missing besides."""

    branch: int
    term: int
    kind: int
    month: int
    count: int
    of: int
    also: int


@pressed("fy")
class MeantFact(Action):
    """What I typed means this ratio."""

    branch: int
    term: int
    kind: int
    month: int
    count: int
    of: int


@pressed("fc")
class ClearFact(Action):
    """Remove a number that was recorded by mistake."""

    branch: int
    term: int
    kind: int
    month: int


@pressed("fk")
class FactKept(Action):
    """As FactCard, where the number was just changed: with the way to take that change back."""

    branch: int
    term: int
    kind: int
    month: int
    change: int


@pressed("fu")
class UndoFact(Action):
    """Take this change of a number back, and what was changed together with it."""

    branch: int
    term: int
    kind: int
    month: int
    change: int


Keeping = (
    Ledger
    | LedgerOf
    | ItemFacts
    | FactCard
    | TypedFact
    | AskFact
    | MeantFact
    | ClearFact
    | FactKept
    | UndoFact
)
