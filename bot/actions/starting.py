"""Starting as a branch's secretary: 这个月三件事, and what the one before hands over (移交包)."""

from bot.actions.buttons import Action, pressed


@pressed("ya")
class ThisMonth(Action):
    """The three most urgent things of a branch this month (这个月三件事); with its 移交包 if `pack` is 1."""

    branch: int
    pack: int


@pressed("yb")
class HandoverPack(Action):
    """What is open in a branch, on one page for whoever takes over (移交包)."""

    branch: int


Starting = ThisMonth | HandoverPack
