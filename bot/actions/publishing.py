"""公布: publishing a term, what branches hear and see of it, and the notice of it."""

from bot.actions.buttons import Action, pressed


@pressed("pc")
class CheckList(Action):
    """Can a term be published (公布), and what is missing for it? Term 0 is the current one."""

    term: int


@pressed("pu", final=True)
class Publish(Action):
    """Publish a term, as its totals were when they were seen."""

    term: int
    revision: int


@pressed("pr")
class Outcome(Action):
    """What came out for my branches in a term that was published?"""

    term: int


@pressed("po")
class AskOpenness(Action):
    """What do branches see of one another's published results?"""

    committee: int


@pressed("ps")
class SetOpenness(Action):
    """Branches see nothing (0), the stars (1), or stars, totals and places (2) of one another, once published."""

    committee: int
    openness: int


@pressed("pn")
class PublicNotice(Action):
    """Show the text that announces a term's results (公示); term 0 is the newest that was published."""

    term: int


Publishing = CheckList | Publish | Outcome | AskOpenness | SetOpenness | PublicNotice
