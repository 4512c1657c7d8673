"""Returning (退回) a branch's self sheet, and taking one's own submission back."""

from bot.actions.buttons import Action, pressed, said


@pressed("rt")
class Return(Action):
    """What of a branch's sheet do I want to return (退回)? Once it is returned: what was, and why?"""

    sheet: int


@pressed("ri")
class ReturnItem(Action):
    """I want to return an item (0: the whole sheet); for which reason?"""

    sheet: int
    item: int


@said
class TypedReturn(Action):
    """Typed where items are chosen: the number of one, and why it is returned."""

    sheet: int
    text: str


@said
class TypedReturnReason(Action):
    """This is why the item (0: the whole sheet) is returned."""

    sheet: int
    item: int
    text: str


@pressed("rd")
class DropReturn(Action):
    """The item (0: the whole sheet) is not to be returned after all."""

    sheet: int
    item: int


@pressed("ra", final=True)
class ReturnSheet(Action):
    """Return what I chose, as I saw it, at this revision; the branch is told."""

    sheet: int
    revision: int


@pressed("rb")
class AskTakeBack(Action):
    """I want to take the committee's submission (总支评价) back."""

    sheet: int


@pressed("rv")
class TakeBack(Action):
    """The committee's sheet, submitted as I saw it at this revision, is open again."""

    sheet: int
    revision: int


Returning = (
    Return | ReturnItem | TypedReturn | TypedReturnReason | DropReturn | ReturnSheet | AskTakeBack | TakeBack
)
