"""Filling a sheet: marks, points, notes, typed lines, submitting."""

from bot.actions.buttons import Action, pressed, said


@pressed("os")
class OpenSheet(Action):
    """Take me to the sheet of a branch and term, by rater (0 支部自评, 1 总支评价), at its first open item."""

    branch: int
    term: int
    rater: int


@pressed("c")
class Card(Action):
    """Show one item of a sheet."""

    sheet: int
    item: int


@pressed("g")
class Contents(Action):
    """Show the grid of all items (目录)."""

    sheet: int


@pressed("o")
class Overview(Action):
    """Show the sheet as a whole (总览)."""

    sheet: int


@pressed("m")
class Mark(Action):
    """An item gets a grade (2 优秀, 1 合格, 0 不合格) and the grade's points."""

    sheet: int
    item: int
    grade: int


@pressed("op")
class OtherPoints(Action):
    """I want to give an item other points than a grade's."""

    sheet: int
    item: int


@pressed("or")
class AskReason(Action):
    """I want to give an item these points (in tenths); which reason?"""

    sheet: int
    item: int
    tenths: int


@pressed("p")
class Points(Action):
    """An item gets these points (in tenths) for one of the common reasons (by number; 0 依据台账数字)."""

    sheet: int
    item: int
    tenths: int
    reason: int


@said
class TypedReason(Action):
    """An item gets these points for a reason in my own words."""

    sheet: int
    item: int
    tenths: int
    text: str


@said
class TypedOnCard(Action):
    """Typed on an item's card: a grade, points, a fact 「16/18」, a whole line, or a remark."""

    sheet: int
    item: int
    text: str


@pressed("yr")
class Remark(Action):
    """What was meant with a text that I typed on a card: points, a note, or something else?"""

    sheet: int
    draft: int


@pressed("yp")
class KeepAsPoints(Action):
    """The text that I typed gives the item points, or a grade, and says why."""

    sheet: int
    draft: int


@pressed("yn")
class KeepAsNote(Action):
    """The text that I typed belongs into the item's note (写进备注)."""

    sheet: int
    draft: int


@pressed("lq")
class LineDraft(Action):
    """Show what a typed line would change."""

    sheet: int
    draft: int


@said
class TypedLineReason(Action):
    """The reason for the other points in a typed line."""

    sheet: int
    draft: int
    text: str


@pressed("lc")
class SaveLine(Action):
    """Save what a typed line says."""

    sheet: int
    draft: int


@pressed("u")
class Undo(Action):
    """Take one change of a sheet back, if nothing newer stands on its items."""

    sheet: int
    change: int


@pressed("nt")
class Note(Action):
    """I want to write a note to an item (备注)."""

    sheet: int
    item: int


@said
class TypedNote(Action):
    """This is the note."""

    sheet: int
    item: int
    text: str


@pressed("nc", final=True)
class ClearNote(Action):
    """Remove the note of an item."""

    sheet: int
    item: int


@pressed("no")
class OverNote(Action):
    """A note of the committee is another member's; this is what I wrote (nothing: it is to be removed). Which stays?"""

    sheet: int
    draft: int


@pressed("nr", final=True)
class ReplaceNote(Action):
    """Let what I wrote take the place of the note that I was shown."""

    sheet: int
    draft: int


@pressed("w")
class WhyItem(Action):
    """Why this suggestion, these points: the sentence, the inputs, the formula, who and when (为什么)."""

    sheet: int
    item: int


@pressed("as")
class AskSubmit(Action):
    """I want to submit the sheet."""

    sheet: int


@pressed("s", final=True)
class Submit(Action):
    """Submit the sheet as I saw it, at this revision."""

    sheet: int
    revision: int


Scoring = (
    OpenSheet
    | Card
    | Contents
    | Overview
    | Mark
    | OtherPoints
    | AskReason
    | Points
    | TypedReason
    | TypedOnCard
    | Remark
    | KeepAsPoints
    | KeepAsNote
    | LineDraft
    | TypedLineReason
    | SaveLine
    | Undo
    | Note
    | TypedNote
    | ClearNote
    | OverNote
    | ReplaceNote
    | WhyItem
    | AskSubmit
    | Submit
)
