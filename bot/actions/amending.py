"""更正: amending a mark of a published 总支评价."""

from bot.actions.buttons import Action, pressed, said


@pressed("qi")
class AmendItems(Action):
    """Which mark of a published 总支评价 is to be amended (更正)?"""

    sheet: int


@pressed("qm")
class AmendItem(Action):
    """What should an item of a published 总支评价 be worth?"""

    sheet: int
    item: int


@said
class TypedAmended(Action):
    """These are the points an item should be worth; of item 0: its number, perhaps with them."""

    sheet: int
    item: int
    text: str


@pressed("qp")
class AmendTo(Action):
    """An item should be worth so many hundredths of a point; why?"""

    sheet: int
    item: int
    hundredths: int


@said
class TypedAmendment(Action):
    """An item should be worth so many hundredths of a point, for this reason: a draft, until it is decided."""

    sheet: int
    item: int
    hundredths: int
    text: str


@pressed("qw")
class ShowAmendment(Action):
    """Show an amendment, to be decided."""

    amendment: int


@pressed("qx", final=True)
class Amend(Action):
    """Amend the mark, as it was shown, confirmed."""

    amendment: int


Amending = AmendItems | AmendItem | TypedAmended | AmendTo | TypedAmendment | ShowAmendment | Amend
