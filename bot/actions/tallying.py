"""What is entered by hand beside the ballots of 年度评议: paper ballots, weights, what experts say over their names."""

from bot.actions.buttons import Action, pressed, said


@pressed("ys")
class PaperBallots(Action):
    """Paper ballots that are counted by hand: of which groups there are any."""

    review: int


@pressed("yt")
class PaperOfGroup(Action):
    """Paper ballots of a group: how many, and of which branches they are entered."""

    review: int
    group: int


@said
class TypedPaperBallots(Action):
    """There are so many paper ballots of this group."""

    review: int
    group: int
    text: str


@pressed("yu")
class PaperOfBranch(Action):
    """What the paper ballots of a group gave a branch."""

    review: int
    group: int
    branch: int


@said
class TypedPaperCounts(Action):
    """The paper ballots of a group gave this branch so much."""

    review: int
    group: int
    branch: int
    text: str


@pressed("xz")
class AskDropPaper(Action):
    """Ask before what was counted of this group is deleted."""

    review: int
    group: int


@pressed("yv")
class DropPaper(Action):
    """There are no paper ballots of this group."""

    review: int
    group: int


@pressed("yw")
class ReviewWeights(Action):
    """How much each group counts beside the committee."""

    review: int


@said
class TypedWeights(Action):
    """Each group counts so much."""

    review: int
    text: str


@pressed("yx")
class Experts(Action):
    """What experts said of a branch (0: of all) over their names."""

    review: int
    branch: int


@said
class TypedExpert(Action):
    """An expert said this of a branch."""

    review: int
    branch: int
    text: str


@pressed("tz")
class AskDropExpert(Action):
    """Ask before what an expert said is deleted."""

    review: int
    opinion: int


@pressed("yy")
class DropExpert(Action):
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
