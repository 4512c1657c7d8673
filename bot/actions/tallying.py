"""What is entered by hand beside the ballots of 年度评议: paper ballots, weights, what experts say over their names."""

from bot.actions.buttons import Asked, pressed, said


@pressed("ys")
class PaperBallots(Asked):
    """Paper ballots that are counted by hand: of which groups there are any."""

    review: int


@pressed("yt")
class PaperOfGroup(Asked):
    """Paper ballots of a group: how many, and of which branches they are entered."""

    review: int
    group: int


@said
class TypedPaperBallots(Asked):
    """There are so many paper ballots of this group."""

    review: int
    group: int
    text: str


@pressed("yu")
class PaperOfBranch(Asked):
    """What the paper ballots of a group gave a branch."""

    review: int
    group: int
    branch: int


@said
class TypedPaperCounts(Asked):
    """The paper ballots of a group gave this branch so much."""

    review: int
    group: int
    branch: int
    text: str


@pressed("xz")
class AskDropPaper(Asked):
    """Ask before what was counted of this group is deleted."""

    review: int
    group: int


@pressed("yv")
class DropPaper(Asked):
    """There are no paper ballots of this group."""

    review: int
    group: int


@pressed("yw")
class ReviewWeights(Asked):
    """How much each group counts beside the committee."""

    review: int


@said
class TypedWeights(Asked):
    """Each group counts so much."""

    review: int
    text: str


@pressed("yx")
class Experts(Asked):
    """What experts said of a branch (0: of all) over their names."""

    review: int
    branch: int


@said
class TypedExpert(Asked):
    """An expert said this of a branch."""

    review: int
    branch: int
    text: str


@pressed("tz")
class AskDropExpert(Asked):
    """Ask before what an expert said is deleted."""

    review: int
    opinion: int


@pressed("yy")
class DropExpert(Asked):
    """This was written down wrongly."""

    review: int
    opinion: int


Tallying = (
    PaperBallots
    | PaperOfGroup
    | TypedPaperBallots
    | PaperOfBranch
    | TypedPaperCounts
    | AskDropPaper
    | DropPaper
    | ReviewWeights
    | TypedWeights
    | Experts
    | TypedExpert
    | AskDropExpert
    | DropExpert
)
"""The screens of what is entered by hand."""
