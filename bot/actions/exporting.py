"""导出: everything on record of a term, or of a committee, as files that leave the chat."""

from bot.actions.buttons import Action, pressed


@pressed("ft")
class TermFiles(Action):
    """What is in the archive of a term (0: the current one), how large it is, and in which parts it comes."""

    term: int


@pressed("fz")
class TermArchive(Action):
    """The archive of a term: the part of this number, counted from 1; 0: all of it in one file."""

    term: int
    part: int


@pressed("fe")
class Everything(Action):
    """What is on record of a committee, term by term?"""

    committee: int


@pressed("fd")
class EverythingArchive(Action):
    """All terms of a committee in one archive, with its people, branches and settings."""

    committee: int


Exporting = TermFiles | TermArchive | Everything | EverythingArchive
