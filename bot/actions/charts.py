"""Pictures of what other screens say: 雷达图, 走势图, 排名图."""

from bot.actions.buttons import Action, pressed


@pressed("va")
class RadarChart(Action):
    """The categories of a branch (雷达图), for the committee beside the mean. Term 0 is the current one."""

    branch: int
    term: int


@pressed("vb")
class TermsChart(Action):
    """A branch's official results of all terms (走势图)."""

    branch: int


@pressed("vc")
class StandingsChart(Action):
    """The table of branches (排名图), seen as by StandingsBy. Term 0 is the current one."""

    term: int
    category: int
    campus: int


Charting = RadarChart | TermsChart | StandingsChart
