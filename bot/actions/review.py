"""年度评议 of a school year: setting it up, opening, closing, and what came of it."""

from bot.actions.buttons import Action, pressed, said


@pressed("yc")
class YearEnd(Action):
    """How far is the end of this school year (0: the one that is ending)?"""

    committee: int
    year: int


@pressed("yd")
class PrepareReview(Action):
    """Set up a round of 年度评议."""

    committee: int
    year: int


@pressed("ye")
class ReviewCard(Action):
    """Show a round: what is set up, how many have voted, what came of it."""

    review: int


@said
class TypedCounts(Action):
    """So many there are of each group: voters, or those who came, or ballots that were handed out."""

    review: int
    text: str


@pressed("yf")
class SetOwnBranch(Action):
    """One's own branch may be marked (1), or not (0)."""

    review: int
    may: int


@pressed("yg")
class OpenReview(Action):
    """Open it as I saw it set up: its fingerprint."""

    review: int
    revision: int


@pressed("yh")
class BallotCodes(Action):
    """The codes, to be printed and cut."""

    review: int


@pressed("yi")
class BallotSlide(Action):
    """The way to the page where people vote, as a picture to be projected."""

    review: int


@pressed("yj")
class AskCloseReview(Action):
    """Ask before it is closed."""

    review: int


@pressed("yk", final=True)
class CloseReview(Action):
    """Close it for good."""

    review: int


@pressed("yl")
class AskVoidReview(Action):
    """Ask before it counts for nothing."""

    review: int


@pressed("ym", final=True)
class VoidReview(Action):
    """It counts for nothing: its codes and ballots are deleted."""

    review: int


@pressed("yo")
class BranchReview(Action):
    """What a round says of one branch."""

    review: int
    branch: int


@pressed("yq")
class BallotOpinions(Action):
    """What ballots said of a branch in words, page by page."""

    review: int
    branch: int
    page: int


Reviewing = (
    YearEnd
    | PrepareReview
    | ReviewCard
    | TypedCounts
    | SetOwnBranch
    | OpenReview
    | BallotCodes
    | BallotSlide
    | AskCloseReview
    | CloseReview
    | AskVoidReview
    | VoidReview
    | BranchReview
    | BallotOpinions
)
"""The screens of 年度评议."""
