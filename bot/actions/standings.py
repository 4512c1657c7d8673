"""Results: 排名, 结果, 差多少, 为什么."""

from bot.actions.buttons import Action, pressed


@pressed("st")
class Standings(Action):
    """Show a term's table of branches (排名); term 0 is the current one."""

    term: int


@pressed("gr")
class StandingsBy(Action):
    """The same table by the points of one category (0: by total), and of one campus alone (0: of all).

    `campus` is the number of a branch of that campus: campuses have names only.
    """

    term: int
    category: int
    campus: int


@pressed("gw")
class StandingsWays(Action):
    """By which category, and of which campus, is the table to be seen? It stands as StandingsBy."""

    term: int
    category: int
    campus: int


@pressed("r")
class Result(Action):
    """Show a branch's result for a term (结果); term 0 is the current one."""

    branch: int
    term: int


@pressed("wu")
class WayUp(Action):
    """How far is the next star, and what is the cheapest way there (差多少)?"""

    branch: int
    term: int


@pressed("wt")
class WhyTotal(Action):
    """Why this total and these stars (为什么)?"""

    branch: int
    term: int


Ranking = Standings | StandingsBy | StandingsWays | Result | WayUp | WhyTotal
