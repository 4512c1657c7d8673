"""The numbers that are handed to the drawing of a chart, compared with what the history comes to."""

from fractions import Fraction

from bot.message import Message
from bot.paper.charts import OverTerms, Radar, Table
from bot.permissions import Rater
from tests.audit import agree
from tests.on_paper import Papers
from tests.reckoning import TABLE, WORDS, Category, mean, place, said, submitted, worked_out


def chart(screen: Message) -> Radar | OverTerms | Table:
    """What the picture of a screen is drawn from."""
    assert screen.attachment is not None, screen
    assert isinstance(screen.attachment.data, Radar | OverTerms | Table)
    return screen.attachment.data


class Drawn(Papers):
    """What the charts of a term must be drawn from."""

    def radar(self, shown: Radar | OverTerms | Table, branch: int, *, beside: bool) -> None:
        """雷达图: each category of the sheet that counts, beside the mean of those of its kind."""
        assert isinstance(shown, Radar)
        [(rater, sheet)] = [(rater, sheet) for n, rater, sheet in self.counting if n == branch]
        alike = [one for _, whose, one in self.counting if whose is rater]
        wanted = []
        for name, own in sheet.categories.items():
            middle = mean(one.categories[name].points for one in alike)
            told = beside and len(alike) > 1
            second = f"，平均 {said(middle)}" if told else f" / {said(own.of)}"
            of_mean = Fraction(middle) / Fraction(own.of) if told else None
            worth = said(own.points) + second
            wanted.append((_marked(name, own), worth, Fraction(own.points) / Fraction(own.of), of_mean))
        agree([(one.name, one.said, one.own, one.mean) for one in shown.spokes], wanted)
        agree((shown.title, shown.weak), (self.names[branch], Fraction(4, 5)))

    def over_terms(self, shown: Radar | OverTerms | Table, branch: int, *, own: bool) -> None:
        """走势图: the official totals, the oldest first; of a branch itself those that are published."""
        assert isinstance(shown, OverTerms)
        terms = [
            n
            for n, term in reversed(list(enumerate(self.world.terms)))
            if submitted(self.world, branch, Rater.COMMITTEE, n) and (term.published or not own)
        ]
        every = [worked_out(self.world, branch, term=n) for n in terms]
        agree(
            [(point.total, point.said) for point in shown.points],
            [(one.total, (said(one.total), WORDS[one.stars])) for one in every],
        )
        agree([point.joined for point in shown.points], [n > 0 for n in range(len(every))])
        agree(([limit.points for limit in shown.limits], shown.of), ([80, 90], 100))

    def table(self, shown: Radar | OverTerms | Table, category: str = "") -> None:
        """排名图: a bar for each total that is told, the official ones with their places."""
        assert isinstance(shown, Table)
        official = {n: sheet for n, rater, sheet in self.counting if rater is Rater.COMMITTEE}
        worth = {n: one.categories[category].points if category else one.total for n, _, one in self.counting}
        wanted = []
        for n, _, sheet in self.counting:
            name, firm = self.names[n].removesuffix("党支部"), n in official
            shared, rank = place(worth[n], [worth[one] for one in official]) if firm else ("", "")
            if category:
                one = sheet.categories[category]
                told = f"{said(one.points)} 分 {one.rate} %{one.weak}"
            else:
                told = f"{said(sheet.total)} 分 {'★' * sheet.stars}"
            called = f"{shared}第 {rank} 名 {name}" if firm else name
            wanted.append((called, told if firm else f"预计 {told}", worth[n], firm))
        agree(sorted((bar.name, bar.said, bar.points, bar.firm) for bar in shown.bars), sorted(wanted))
        heights = [bar.points for bar in shown.bars if bar.firm]
        agree(heights, sorted(heights, reverse=True))
        agree(shown.of, sum(TABLE[category]) if category else 100)


def _marked(name: str, worth: Category) -> str:
    return f"⚠ {name}" if worth.weak else name
