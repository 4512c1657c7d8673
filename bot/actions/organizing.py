"""支部: an administrator adds branches, renames them, says on which campus they are, closes and merges them."""

from bot.actions.buttons import Action, pressed, said


@pressed("vd")
class BranchList(Action):
    """Show the branches of a committee: the page of a number, 0 the first."""

    committee: int
    number: int


@pressed("ve")
class BranchCard(Action):
    """Show one branch: its names, its campus, who leads it."""

    branch: int


@pressed("vh")
class AskName(Action):
    """I want to call a branch otherwise."""

    branch: int


@pressed("vf")
class AskCampus(Action):
    """I want to say on which campus a branch is."""

    branch: int


@pressed("vg")
class NewBranch(Action):
    """I want to add a branch to a committee."""

    committee: int


@pressed("vi")
class AskClose(Action):
    """I want to close a branch (撤销) or, with another one, to merge it into that (合并)."""

    branch: int
    into: int


@pressed("vj")
class AskInto(Action):
    """Into which branch is this one merged? A page of a number, 0 the first."""

    branch: int
    number: int


@pressed("vk")
class CloseBranch(Action):
    """A branch is closed, or merged into another: from a term on or (0) from those on that are not set yet."""

    branch: int
    into: int
    term: int


@pressed("vl")
class ReopenBranch(Action):
    """A branch that was closed goes on."""

    branch: int


@said
class TypedNewBranch(Action):
    """This is the name of a new branch."""

    committee: int
    text: str


@said
class TypedBranchName(Action):
    """A branch has this name from now on."""

    branch: int
    text: str


@said
class TypedCampus(Action):
    """A branch is on this campus."""

    branch: int
    text: str


Organizing = (
    BranchList
    | BranchCard
    | AskName
    | AskCampus
    | NewBranch
    | AskClose
    | AskInto
    | CloseBranch
    | ReopenBranch
    | TypedNewBranch
    | TypedBranchName
    | TypedCampus
)
"""The screens of 支部: the list, one branch, a new one, the end of one."""
