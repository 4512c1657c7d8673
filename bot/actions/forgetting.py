"""删除个人资料: whoever holds no seat any more is nobody here; what they did stays, without a name."""

from bot.actions.buttons import Action, pressed


@pressed("uj")
class Departed(Action):
    """Show who held a seat in a committee and holds none there now (已离任): the page of a number, 0 the first."""

    committee: int
    number: int


@pressed("uk")
class AskForget(Action):
    """What would be deleted of a person of a committee, and what stays?"""

    committee: int
    person: int


@pressed("ul", final=True)
class Forget(Action):
    """Delete a person's data, confirmed; seats that they hold in that committee are taken from them first."""

    committee: int
    person: int


@pressed("um")
class AskForgetMe(Action):
    """What would be deleted of me, who holds no seat any more?"""


@pressed("un", final=True)
class ForgetMe(Action):
    """Delete my own data, confirmed."""


Forgetting = Departed | AskForget | Forget | AskForgetMe | ForgetMe
