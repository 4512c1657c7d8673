"""评选优秀党支部: the year's table, choosing one with a reason, and what follows."""

from bot.actions.buttons import Action, pressed, said


@pressed("aa")
class YearTable(Action):
    """Both terms of a school year, the review, and who is equal."""

    committee: int
    year: int


@pressed("ac")
class ChooseWinner(Action):
    """Choose this branch, as a draft."""

    committee: int
    year: int
    branch: int


@pressed("ad")
class AwardCard(Action):
    """Show what is chosen, or was decided."""

    award: int


@said
class TypedForAward(Action):
    """This is the reason, or (经费…) what next year's budget is to do."""

    award: int
    text: str


@pressed("ae", final=True)
class GiveAward(Action):
    """Decide it as I saw it, and tell everybody: its fingerprint."""

    award: int
    revision: int


@pressed("ag")
class Awarded(Action):
    """Who is 优秀党支部, and why."""

    award: int


@pressed("ah")
class BudgetNote(Action):
    """What this year's budget is to do for last year's 优秀党支部."""

    award: int


@pressed("ai")
class BudgetSeenTo(Action):
    """That is seen to."""

    award: int


Awarding = (
    YearTable | ChooseWinner | AwardCard | TypedForAward | GiveAward | Awarded | BudgetNote | BudgetSeenTo
)
"""The screens of 评选优秀党支部."""
