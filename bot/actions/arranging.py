"""工作安排: duties and working days."""

from bot.actions.buttons import Action, pressed, said


@pressed("zm")
class Arrange(Action):
    """What can an administrator arrange (工作安排): duties, working days, terms?"""

    committee: int


@pressed("zl")
class DutyList(Action):
    """Show the catalogue (任务目录), by how often its duties come round: 0 monthly, 1 term, 2 yearly, 3 event."""

    committee: int
    cadence: int


@pressed("zd")
class DutyCard(Action):
    """Show one duty (by its number in the catalogue) as a branch has it; branch 0 is the committee."""

    committee: int
    branch: int
    duty: int


@pressed("zs")
class SwitchDuty(Action):
    """A duty is on (1) or off (0), for a branch or (0) the committee."""

    committee: int
    branch: int
    duty: int
    on: int


@pressed("zr")
class ResetDuty(Action):
    """A duty is again as it was before the branch or (0) the committee chose (恢复默认)."""

    committee: int
    branch: int
    duty: int


@said
class TypedDuty(Action):
    """Typed on a duty's card: its rule."""

    committee: int
    branch: int
    duty: int
    text: str


@pressed("zb")
class DutyBranches(Action):
    """For which branch is a duty to be arranged otherwise (某支部单独安排)?"""

    committee: int
    duty: int


@said
class TypedDutyBranch(Action):
    """For the branch of this name."""

    committee: int
    duty: int
    text: str


@pressed("zw")
class WorkingDays(Action):
    """Show the coming holidays and the weekends that are worked (放假调休), and take corrections."""

    committee: int


@said
class TypedDays(Action):
    """These days are worked or off: 「10月10日 上班」, or the year's notice."""

    committee: int
    text: str


@pressed("zk")
class DaysKept(Action):
    """As WorkingDays, where days were just entered: with the way to take that change back."""

    committee: int
    change: int


@pressed("zu")
class UndoDays(Action):
    """Take back the days that were entered with this change."""

    committee: int
    change: int


@pressed("ze")
class EnteredDays(Action):
    """Show what was entered for the days of a month (202610)."""

    committee: int
    month: int


@pressed("zx")
class ClearDay(Action):
    """A day (20261010) is again what the calendar says."""

    committee: int
    day: int


Arranging = (
    Arrange
    | DutyList
    | DutyCard
    | SwitchDuty
    | ResetDuty
    | TypedDuty
    | DutyBranches
    | TypedDutyBranch
    | WorkingDays
    | TypedDays
    | DaysKept
    | UndoDays
    | EnteredDays
    | ClearDay
)
