"""交流汇报: the year's meeting in which the branches report, and their page for it (年度小结).

A school year is named by the year in whose September it begins; 0 is the one it is now.
"""

from bot.actions.buttons import Action, pressed, said


@pressed("x1")
class Exchange(Action):
    """When is the meeting of a school year, in which order do the branches speak, what have they handed in?"""

    committee: int
    year: int


@said
class TypedExchange(Action):
    """This is its day (6月20日), or the order in which the branches speak (顺序 双龙 常营)."""

    committee: int
    year: int
    text: str


@pressed("x2")
class DrawLots(Action):
    """Draw the order by lot (抽签), in the place of the one that I saw: its fingerprint."""

    committee: int
    year: int
    revision: int


@pressed("x3")
class OrderOfRoll(Action):
    """The branches speak in the order in which they stand in the roll."""

    committee: int
    year: int


@pressed("x4")
class AskMaterials(Action):
    """I want to ask the branches for their materials: make a task of it, which I confirm."""

    committee: int
    year: int


@pressed("x5")
class TickMinutes(Action):
    """There are minutes of the meeting (on 1), or there are none after all (0)."""

    committee: int
    year: int
    on: int


@pressed("x6")
class Summaries(Action):
    """Of which branch do I want the page (年度小结), from the first (0), second … page of the list?"""

    committee: int
    year: int
    page: int


@pressed("x7")
class SummariesFile(Action):
    """The pages of all branches in one file of Word."""

    committee: int
    year: int


@pressed("x8")
class BranchExchange(Action):
    """When is the meeting, when does this branch speak, and what does it still owe?"""

    branch: int
    year: int


@pressed("x9")
class SummaryPage(Action):
    """What a branch did in a school year, on one page of Word (年度小结)."""

    branch: int
    year: int


Exchanging = (
    Exchange
    | TypedExchange
    | DrawLots
    | OrderOfRoll
    | AskMaterials
    | TickMinutes
    | Summaries
    | SummariesFile
    | BranchExchange
    | SummaryPage
)
"""The screens of 交流汇报: of the committee, of a branch, and the pages of the branches."""
