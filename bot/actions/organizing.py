"""支部: an administrator adds branches, renames them, says on which campus they are."""

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
    BranchList | BranchCard | AskName | AskCampus | NewBranch | TypedNewBranch | TypedBranchName | TypedCampus
)
