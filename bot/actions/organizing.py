"""支部: an administrator adds branches, renames them, says on which campus they are, closes and merges them."""

from bot.actions.buttons import Asked, pressed, said


@pressed("vd")
class BranchList(Asked):
    """Show the branches of a committee: the page of a number, 0 the first."""

    committee: int
    number: int


@pressed("ve")
class BranchCard(Asked):
    """Show one branch: its names, its campus, who leads it."""

    branch: int


@pressed("vh")
class AskName(Asked):
    """I want to call a branch otherwise."""

    branch: int


@pressed("vf")
class AskCampus(Asked):
    """I want to say on which campus a branch is."""

    branch: int


@pressed("vg")
class NewBranch(Asked):
    """I want to add a branch to a committee."""

    committee: int


@pressed("vi")
class AskClose(Asked):
    """I want to close a branch (撤销) or, with another one, to merge it into that (合并)."""

    branch: int
    into: int


@pressed("vj")
class AskInto(Asked):
    """Into which branch is this one merged? A page of a number, 0 the first."""

    branch: int
    number: int


@pressed("vk")
class CloseBranch(Asked):
    """A branch is closed, or merged into another: from a term on or (0) from those on that are not set yet."""

    branch: int
    into: int
    term: int


@pressed("vl")
class ReopenBranch(Asked):
    """A branch that was closed goes on."""

    branch: int


@said
class TypedNewBranch(Asked):
    """This is the name of a new branch."""

    committee: int
    text: str


@said
class TypedBranchName(Asked):
    """A branch has this name from now on."""

    branch: int
    text: str


@said
class TypedCampus(Asked):
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
