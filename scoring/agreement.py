"""What the committee may take over from a branch's 自评 in one go, and which items it marks one by one before that."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum

from scoring.facts import Suggestion
from scoring.sheet import Mark, Sheet


class Apart(IntEnum):
    """Why an item is marked by itself: where several reasons hold, the first of them is told."""

    RETURNED = 1
    CONTRADICTED = 2
    OTHER_POINTS = 3

    @property
    def word(self) -> str:
        """The reason on screen."""
        return ("", "退回过", "与台账不一致", "其他分值")[self]


@dataclass(frozen=True, slots=True)
class Agreement:
    """A submitted 自评 beside the committee's sheet, and the items of it that are marked one by one, with why."""

    own: Sheet
    apart: Mapping[int, Apart]

    def waiting(self, sheet: Sheet) -> tuple[int, ...]:
        """The items that are marked one by one and are not yet, by number."""
        return tuple(number for number in sheet.open if number in self.apart)

    def rest(self, sheet: Sheet) -> tuple[int, ...]:
        """The items that can be taken over together: all that are open, and none as long as one waits."""
        return () if self.waiting(sheet) else sheet.open

    def next_open(self, sheet: Sheet, after: int) -> int | None:
        """The item to look at behind `after`: those that wait come first; None when the sheet is complete."""
        waiting = self.waiting(sheet)
        behind = next((number for number in waiting if number > after), next(iter(waiting), None))
        return sheet.next_open(after) if behind is None else behind

    def taken(self, sheet: Sheet) -> Sheet:
        """The committee's sheet with the rest as the branch marked it, reasons too. Refused as `Sheet.marked`."""
        for number in self.rest(sheet):
            sheet = sheet.marked(number, self.own.marks[number])
        return sheet


def agreement(
    own: Sheet, hints: Mapping[int, Suggestion], returned: Collection[int] = frozenset()
) -> Agreement:
    """Which items of a submitted 自评 are marked one by one: those that were `returned`, those that the numbers
    contradict, and those with points that are no grade's own. `hints` has what the numbers suggest, by item."""
    apart = {}
    for number, mark in sorted(own.marks.items()):
        if number in returned:
            apart[number] = Apart.RETURNED
        elif contradicts(hints[number], mark):
            apart[number] = Apart.CONTRADICTED
        elif mark.points != own.edition.points(number, mark.grade):
            apart[number] = Apart.OTHER_POINTS
    return Agreement(own, apart)


def contradicts(hint: Suggestion, mark: Mark) -> bool:
    """Whether the numbers suggest something else than a mark, or rule its grade out while some are missing."""
    if hint.outcome == "suggested":
        return (hint.grade, hint.points) != (mark.grade, mark.points)
    return hint.at_most is not None and mark.grade > hint.at_most
