"""评选优秀党支部: the year's table, choosing one with a reason, and what follows."""

from bot.actions.buttons import Asked, pressed, said


@pressed("aa")
class YearTable(Asked):
    """Both terms of a school year, the review, and who is equal."""

    committee: int
    year: int


@pressed("ac")
class ChooseWinner(Asked):
    """Choose this branch, as a draft."""

    committee: int
    year: int
    branch: int


@pressed("ad")
class AwardCard(Asked):
    """Show what is chosen, or was decided."""

    award: int


@said
class TypedForAward(Asked):
    """This is the reason, or (经费…) what next year's budget is to do."""

    award: int
    text: str


@pressed("ae", final=True)
class GiveAward(Asked):
    """Decide it as I saw it, and tell everybody: its fingerprint."""

    award: int
    revision: int


@pressed("ag")
class Awarded(Asked):
    """Who is 优秀党支部, and why."""

    award: int


@pressed("ah")
class BudgetNote(Asked):
    """What this year's budget is to do for last year's 优秀党支部."""

    award: int


@pressed("ai")
class BudgetSeenTo(Asked):
    """That is seen to."""

    award: int


Awarding = (
    YearTable | ChooseWinner | AwardCard | TypedForAward | GiveAward | Awarded | BudgetNote | BudgetSeenTo
)
"""The screens of 评选优秀党支部."""
