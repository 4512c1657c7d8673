"""A branch by itself: 支部情况, 丢分, 差距, 走势."""

from bot.actions.buttons import Action, pressed


@pressed("gb")
class Profile(Action):
    """How does a branch stand beside the others (支部情况)? Term 0 is the current one."""

    branch: int
    term: int


@pressed("gl")
class LostPoints(Action):
    """On which items did a branch lose points (丢分), and what do its numbers say?"""

    branch: int
    term: int


@pressed("gd")
class Differences(Action):
    """Where do 自评 and 总支评价 differ (差距)?"""

    branch: int
    term: int


@pressed("vo")
class OverTerms(Action):
    """A branch's official results of all terms (走势)."""

    branch: int


Profiling = Profile | LostPoints | Differences | OverTerms
