"""Pictures of what other screens say: 雷达图, 走势图, 排名图."""

from bot.actions.buttons import Asked, pressed


@pressed("va")
class RadarChart(Asked):
    """The categories of a branch (雷达图), for the committee beside the mean. Term 0 is the current one."""

    branch: int
    term: int


@pressed("vb")
class TermsChart(Asked):
    """A branch's official results of all terms (走势图)."""

    branch: int


@pressed("vc")
class StandingsChart(Asked):
    """The table of branches (排名图), seen as by StandingsBy. Term 0 is the current one."""

    term: int
    category: int
    campus: int


Charting = RadarChart | TermsChart | StandingsChart
