"""总支评价: marks that several members give on one sheet, and what is taken over from 自评.

A mark carries the change number that its card showed (0: none), so that nobody overwrites what they have not seen.
"""

from bot.actions.buttons import Action, pressed


@pressed("em")
class Evaluate(Action):
    """An item gets a grade (2 优秀, 1 合格, 0 不合格) and its points, if it stands as I saw it."""

    sheet: int
    item: int
    grade: int
    seen: int


@pressed("ep")
class EvaluatePoints(Action):
    """An item gets these points (in tenths) for one of the common reasons, if it stands as I saw it."""

    sheet: int
    item: int
    tenths: int
    reason: int
    seen: int


@pressed("ea")
class Agree(Action):
    """An item gets what the branch gave it (同自评), these points (in hundredths), if both stand as I saw them."""

    sheet: int
    item: int
    hundredths: int
    seen: int


@pressed("ee")
class AskRest(Action):
    """What would be taken over from 自评 at once (其余都同自评), and what total would that make?"""

    sheet: int


@pressed("ew")
class TakeRest(Action):
    """Take all that is open over from 自评, if both sheets stand as I saw them, at these revisions."""

    sheet: int
    revision: int
    own: int


Evaluating = Evaluate | EvaluatePoints | Agree | AskRest | TakeRest
