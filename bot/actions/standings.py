"""Results: 排名, 结果, 差多少, 为什么."""

from bot.actions.buttons import Asked, pressed


@pressed("st")
class Standings(Asked):
    """Show a term's table of branches (排名); term 0 is the current one."""

    term: int


@pressed("r")
class Result(Asked):
    """Show a branch's result for a term (结果); term 0 is the current one."""

    branch: int
    term: int


@pressed("wu")
class WayUp(Asked):
    """How far is the next star, and what is the cheapest way there (差多少)?"""

    branch: int
    term: int


@pressed("wt")
class WhyTotal(Asked):
    """Why this total and these stars (为什么)?"""

    branch: int
    term: int


Ranking = Standings | Result | WayUp | WhyTotal
