"""公布: publishing a term, the notice of it, objections to it, and amendments after it."""

from bot.actions.buttons import Asked, pressed, said


@pressed("pc")
class CheckList(Asked):
    """Can a term be published (公布), and what is missing for it? Term 0 is the current one."""

    term: int


@pressed("pu", final=True)
class Publish(Asked):
    """Publish a term, as its totals were when they were seen."""

    term: int
    revision: int


@pressed("pr")
class Outcome(Asked):
    """What came out for my branches in a term that was published?"""

    term: int


@pressed("po")
class AskOpenness(Asked):
    """What do branches see of one another's published results?"""

    committee: int


@pressed("ps")
class SetOpenness(Asked):
    """Branches see nothing (0), the stars (1), or stars, totals and places (2) of one another, once published."""

    committee: int
    openness: int


@pressed("pn")
class PublicNotice(Asked):
    """Show the text that announces a term's results (公示); term 0 is the newest that was published."""

    term: int


@pressed("ql")
class Objections(Asked):
    """Which objections (异议) are there to a term's results? Term 0 is the newest that was published."""

    term: int


@pressed("qa")
class AskObjection(Asked):
    """I want to object to the published result of my branch; term 0 is the newest that was published."""

    branch: int
    term: int


@said
class TypedObjection(Asked):
    """This is what a branch objects to: a draft, until it is sent."""

    branch: int
    term: int
    text: str


@pressed("qv")
class ShowObjection(Asked):
    """Show an objection, with what was answered."""

    objection: int


@pressed("qs", final=True)
class SendObjection(Asked):
    """Send an objection to the committee, confirmed."""

    objection: int


@said
class TypedAnswer(Asked):
    """This is answered to an objection: a draft, until it is sent."""

    objection: int
    text: str


@pressed("qt", final=True)
class SendAnswer(Asked):
    """Send the answer to an objection to its branch, confirmed."""

    objection: int


@pressed("qi")
class AmendItems(Asked):
    """Which mark of a published 总支评价 is to be amended (更正)?"""

    sheet: int


@pressed("qm")
class AmendItem(Asked):
    """What should an item of a published 总支评价 be worth?"""

    sheet: int
    item: int


@said
class TypedAmended(Asked):
    """These are the points an item should be worth."""

    sheet: int
    item: int
    text: str


@pressed("qp")
class AmendTo(Asked):
    """An item should be worth so many hundredths of a point; why?"""

    sheet: int
    item: int
    hundredths: int


@said
class TypedAmendment(Asked):
    """An item should be worth so many hundredths of a point, for this reason: a draft, until it is decided."""

    sheet: int
    item: int
    hundredths: int
    text: str


@pressed("qw")
class ShowAmendment(Asked):
    """Show an amendment, to be decided."""

    amendment: int


@pressed("qx", final=True)
class Amend(Asked):
    """Amend the mark, as it was shown, confirmed."""

    amendment: int


Publishing = (
    CheckList
    | Publish
    | Outcome
    | AskOpenness
    | SetOpenness
    | PublicNotice
    | Objections
    | AskObjection
    | TypedObjection
    | ShowObjection
    | SendObjection
    | TypedAnswer
    | SendAnswer
    | AmendItems
    | AmendItem
    | TypedAmended
    | AmendTo
    | TypedAmendment
    | ShowAmendment
    | Amend
)
