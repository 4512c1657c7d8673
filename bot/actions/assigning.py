"""交办任务: giving a task to branches."""

from bot.actions.buttons import Action, pressed, said


@pressed("ga")
class Assign(Action):
    """I want to give branches a task (交办任务); what was given lately?"""

    committee: int


@said
class TypedAssignment(Action):
    """This is the task and its due day: 「12月20日前交工会活动小结」."""

    committee: int
    text: str


@pressed("an")
class ShowAssignment(Action):
    """Show a task: as a draft to be confirmed or, once it is given, who has done it."""

    assignment: int


@said
class RetypedAssignment(Action):
    """The draft of a task should say this instead."""

    assignment: int
    text: str


@pressed("ab")
class ChooseBranches(Action):
    """Whom do I want to give the task?"""

    assignment: int


@pressed("at")
class AssignTo(Action):
    """A branch is to get the task (on 1) or not (on 0); branch 0 means every branch."""

    assignment: int
    branch: int
    on: int


@said
class TypedBranch(Action):
    """A branch's name: it is to get the task or, if it was chosen, not."""

    assignment: int
    text: str


@pressed("ay")
class AskDue(Action):
    """By which day is the draft to be done?"""

    assignment: int


@pressed("du")
class DueOn(Action):
    """The draft is to be done by this day (20261228)."""

    assignment: int
    day: int


@pressed("ak")
class AskTitle(Action):
    """What is the draft to be called?"""

    assignment: int


@said
class TypedTitle(Action):
    """The draft is to be called this, its day and branches stay."""

    assignment: int
    text: str


@pressed("gv", final=True)
class Give(Action):
    """Give the task to the branches that are chosen, confirmed."""

    assignment: int


@pressed("aw")
class AskWithdraw(Action):
    """I want to take a task back."""

    assignment: int


@pressed("wd", final=True)
class Withdraw(Action):
    """Take a task back, confirmed: whoever has not done it need not."""

    assignment: int


Assigning = (
    Assign
    | TypedAssignment
    | ShowAssignment
    | RetypedAssignment
    | ChooseBranches
    | AssignTo
    | TypedBranch
    | AskDue
    | DueOn
    | AskTitle
    | TypedTitle
    | Give
    | AskWithdraw
    | Withdraw
)
