"""看图: what other screens say, as 雷达图, 走势图 and 排名图; who may see the screen, sees its picture."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import assert_never

from bot.actions import (
    Charting,
    OverTerms,
    Profile,
    RadarChart,
    Result,
    Standings,
    StandingsBy,
    StandingsChart,
    TermsChart,
)
from bot.dialogue import profile, publishing, standings
from bot.dialogue.work import Work
from bot.message import Attachment, Button, Line, Message, Reply
from bot.paper import charts
from bot.screens import charts as screens
from bot.screens import profile as profile_screens
from bot.screens import publishing as publishing_screens
from bot.screens import standings as standings_screens
from bot.screens import wording
from bot.screens.scoring import category_lines
from bot.values import Branch, Term
from scoring.numerals import plain
from scoring.pattern import pattern
from scoring.profile import Comparison, Step
from scoring.refusal import Refused
from scoring.rubric import Edition
from scoring.sheet import Sheet
from scoring.standings import Standing
from scoring.stars import result

TERMS_DRAWN = 10  # the newest; more would not be legible on a phone
CROWDED = 6  # terms beside which a whole 第二学期 finds no room
_SCHOOL_YEAR = pattern(r"\d\d(\d\d)\D+\d\d(\d\d)学年(第.)学期")


def respond(work: Work, action: Charting) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case RadarChart(branch, term):
            me = work.me
            own = me.in_branch(branch) and not any(me.in_committee(seat.committee_id) for seat in me.seats)
            return Reply(_own_radar(work, branch, term) if own else _radar(work, branch, term))
        case TermsChart(branch):
            return Reply(_over_terms(*profile.in_a_row(work, branch)))
        case StandingsChart():
            view = publishing.opened(work, action.term)
            return Reply(_opened_table(view) if view else _table(work, action))
        case _:
            assert_never(action)


def _attached(name: str, chart: charts.Radar | charts.OverTerms | charts.Table) -> Attachment:
    return Attachment(f"{name}.png", charts.MIME, chart, wide=True)


# --- 雷达图 -------------------------------------------------------------------------------------------------------


def _radar(work: Work, branch_id: int, term_id: int) -> Message:
    """For the committee: beside the mean, where there is one."""
    view = profile.profile_view(work, branch_id, term_id)
    branch, term = view.branch, view.term
    drawn = None
    if view.beside is not None:
        drawn = radar_beside(branch, term, view.beside, official=view.official)
    way = Button("支部情况", Profile(branch.id, term.id), main=True)
    lines = profile_screens.profile(view).lines
    return screens.chart(f"雷达图 · {branch.name}", lines, drawn, RadarChart(branch.id, term.id), way)


def radar_beside(branch: Branch, term: Term, beside: Comparison, *, official: bool) -> Attachment:
    """A branch's 雷达图 with the mean."""
    return _drawn_radar(branch, term, _spokes(beside), "总支评价" if official else "自评")


def _own_radar(work: Work, branch_id: int, term_id: int) -> Message:
    """For the branch itself: of the sheet that counts, without the mean, which tells of others."""
    branch, term, sheet, official = standings.counting(work, branch_id, term_id)
    if sheet.open:
        raise Refused(f"还有 {len(sheet.open)} 项没有评，评完才能画图。")
    worth, kind = result(sheet), "总支评价" if official else "自评"
    lines: list[Line] = [
        ("学期", term.name),
        ("总分", f"{wording.total(worth)}（{kind}）"),
        *category_lines(sheet.edition, worth),
    ]
    drawn = _drawn_radar(branch, term, _spokes_of(sheet), kind)
    way = Button("看结果", Result(branch.id, term.id), main=True)
    return screens.chart(f"雷达图 · {branch.name}", lines, drawn, RadarChart(branch.id, term.id), way)


def _drawn_radar(branch: Branch, term: Term, spokes: tuple[charts.Spoke, ...], kind: str) -> Attachment:
    chart = charts.Radar(branch.name, term.name, kind, spokes, Fraction(term.table.weak_below))
    return _attached(f"雷达图 {branch.name}", chart)


def _spokes(beside: Comparison) -> tuple[charts.Spoke, ...]:
    """The categories beside the mean of all that are alike; without a mean where there is but one."""
    made = []
    for one in beside.categories:
        own, mean = Fraction(one.points) / Fraction(one.of), Fraction(one.mean) / Fraction(one.of)
        many = beside.count > 1
        said = (
            f"{plain(one.points)}，平均 {plain(one.mean)}"
            if many
            else f"{plain(one.points)} / {plain(one.of)}"
        )
        made.append(charts.Spoke(_marked(one.name, one.weak), said, own, mean if many else None))
    return tuple(made)


def _spokes_of(sheet: Sheet) -> tuple[charts.Spoke, ...]:
    return tuple(
        charts.Spoke(
            _marked(worth.name, worth.weak),
            f"{plain(worth.least)} / {plain(category.points)}",
            Fraction(worth.least) / Fraction(category.points),
            None,
        )
        for worth, category in zip(result(sheet).categories, sheet.edition.categories, strict=True)
    )


def _marked(name: str, weak: bool) -> str:
    return f"⚠ {name}" if weak else name


# --- 走势图 -------------------------------------------------------------------------------------------------------


def _over_terms(branch: Branch, steps: Sequence[tuple[Term, Step]]) -> Message:
    lines = list(profile_screens.over_terms(branch, steps).lines)
    drawn, shown = None, steps[-TERMS_DRAWN:]
    if shown:
        tables = [term.table for term, _ in shown]
        chart = charts.OverTerms(
            title=f"{branch.name} 走势",
            points=tuple(
                charts.Point(
                    _short(term.name, len(shown) > CROWDED),
                    step.total,
                    (plain(step.total), wording.star(step.stars)),
                    step.change is not None,
                )
                for term, step in shown
            ),
            limits=_limits(tables[-1]) if len({table.stars for table in tables}) == 1 else (),
            of=max(table.total for table in tables),
        )
        drawn = _attached(f"走势图 {branch.name}", chart)
    if len(steps) > len(shown):
        lines.append(f"图上是最近 {len(shown)} 个学期。")
    way = Button("走势", OverTerms(branch.id), main=True)
    return screens.chart(f"走势图 · {branch.name}", lines, drawn, TermsChart(branch.id), way)


def _short(name: str, crowded: bool) -> tuple[str, ...]:
    """2025–2026学年第二学期 in two lines: 25–26 and 第二学期; any other name as it is."""
    found = _SCHOOL_YEAR.fullmatch(name)
    return (f"{found[1]}–{found[2]}", f"{found[3]}{'' if crowded else '学期'}") if found else (name,)


def _limits(edition: Edition) -> tuple[charts.Limit, ...]:
    """From which points on a total has more stars, the least first."""
    return tuple(
        charts.Limit(f"{wording.star(count)} {wording.points(least)}", least)
        for count, least in sorted(edition.stars)
    )


# --- 排名图 -------------------------------------------------------------------------------------------------------


def _table(work: Work, asked: StandingsChart) -> Message:
    """For the committee: what its table says, official or 预计."""
    seen = StandingsBy(asked.term, asked.category, asked.campus)
    view = standings.table_view(work, seen)
    term, category = view.term, view.category
    if category:
        title = f"{category.name} · {term.name}"
        bars = _bars(view.ranked, lambda row: standings_screens.worth_of(view, row))
        weak = term.table.weak_below * category.points
        limits: tuple[charts.Limit, ...] = (charts.Limit(f"{wording.points(weak)}，低于它为薄弱", weak),)
        drawn = _drawn_table(title, bars, limits, category.points)
    else:
        drawn = table_by_total(term, view.ranked)
    return screens.chart(
        f"排名图 · {term.name}",
        [line for line in standings_screens.table(view).lines if line != standings_screens.ON_BUTTONS],
        drawn,
        StandingsChart(term.id, asked.category, asked.campus),
        Button("看排名", standings_screens.seen_as(seen, term.id), main=True),
    )


def table_by_total(term: Term, ranked: Sequence[Standing]) -> Attachment | None:
    """排名图 by the total; None while no result is told."""
    bars = _bars(ranked, lambda row: standings_screens.total_of(row.result) if row.result else "")
    return _drawn_table(f"排名 · {term.name}", bars, _limits(term.table), term.table.total)


def _bars(ranked: Sequence[Standing], worth: Callable[[Standing], str]) -> tuple[charts.Bar, ...]:
    return tuple(
        charts.Bar(
            standings_screens.placed(row),
            f"{'' if row.place else '预计 '}{worth(row)}",
            row.points,
            row.place is not None,
        )
        for row in ranked[: standings_screens.SHOWN]
        if row.result
    )


def _opened_table(view: publishing_screens.OpenedView) -> Message:
    """For a branch: what the committee opened. Raises Refused where it keeps the totals to itself."""
    if not view.totals:
        raise Refused("党总支只公开了各支部的星级，没有公开分数，不能画图。")
    term = view.term
    return screens.chart(
        f"排名图 · {term.name}",
        publishing_screens.table(view).lines,
        opened_table(view),
        StandingsChart(term.id, 0, 0),
        Button("看排名", Standings(term.id), main=True),
    )


def opened_table(view: publishing_screens.OpenedView) -> Attachment | None:
    """排名图 of what the committee opened, totals among it; None while no branch has a place."""
    term = view.term
    bars = tuple(
        charts.Bar(
            f"{wording.place(row.place)} {view.named(row)}",
            standings_screens.total_of(row.result),
            row.points,
            True,
        )
        for row in view.ranked[: publishing_screens.LISTED]
        if row.result and row.place
    )
    return _drawn_table(f"排名 · {term.name}", bars, _limits(term.table), term.table.total)


def _drawn_table(
    title: str, bars: tuple[charts.Bar, ...], limits: tuple[charts.Limit, ...], of: Decimal
) -> Attachment | None:
    return _attached(title.replace(" · ", " "), charts.Table(title, bars, limits, of)) if bars else None
