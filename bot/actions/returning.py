"""Returning (退回) a branch's self sheet, and taking one's own submission back."""

from bot.actions.buttons import Asked, pressed, said


@pressed("rt")
class Return(Asked):
    """What of a branch's sheet do I want to return (退回)? Once it is returned: what was, and why?"""

    sheet: int


@pressed("ri")
class ReturnItem(Asked):
    """I want to return an item (0: the whole sheet); for which reason?"""

    sheet: int
    item: int


@said
class TypedReturn(Asked):
    """Typed where items are chosen: the number of one, and why it is returned."""

    sheet: int
    text: str


@said
class TypedReturnReason(Asked):
    """This is why the item (0: the whole sheet) is returned."""

    sheet: int
    item: int
    text: str


@pressed("rd")
class DropReturn(Asked):
    """The item (0: the whole sheet) is not to be returned after all."""

    sheet: int
    item: int


@pressed("ra", final=True)
class ReturnSheet(Asked):
    """Return what I chose, as I saw it, at this revision; the branch is told."""

    sheet: int
    revision: int


@pressed("rb")
class AskTakeBack(Asked):
    """I want to take the committee's submission (总支评价) back."""

    sheet: int


@pressed("rv")
class TakeBack(Asked):
    """The committee's sheet, submitted as I saw it at this revision, is open again."""

    sheet: int
    revision: int


Returning = (
    Return | ReturnItem | TypedReturn | TypedReturnReason | DropReturn | ReturnSheet | AskTakeBack | TakeBack
)
