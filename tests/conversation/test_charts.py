"""看图: the numbers in a picture are those on its screen, and it shows nobody more than its screen does."""

from decimal import Decimal

import pytest

from bot.actions import (
    Action,
    OverTerms,
    Profile,
    RadarChart,
    SetOpenness,
    Standings,
    StandingsBy,
    StandingsChart,
    TermsChart,
)
from bot.message import plain
from bot.paper import charts
from bot.permissions import Openness, Rater
from scoring.numerals import plain as number
from tests.conversation.test_branch_profile import points_of, statements
from tests.conversation.test_results import rate
from tests.phone import Phone, World


def drawn(phone: Phone) -> charts.Radar | charts.OverTerms | charts.Table:
    """What the picture of this screen shows."""
    file = phone.screen.attachment
    assert file is not None
    assert file.picture
    assert isinstance(file.data, charts.Radar | charts.OverTerms | charts.Table)
    return file.data


def radar(phone: Phone) -> charts.Radar:
    chart = drawn(phone)
    assert isinstance(chart, charts.Radar)
    return chart


def bars(phone: Phone) -> tuple[charts.Bar, ...]:
    chart = drawn(phone)
    assert isinstance(chart, charts.Table)
    return chart.bars


def test_the_radar_has_the_numbers_of_the_profile_and_of_the_marks(desk: World) -> None:
    phone = desk.phone("member").press(Profile(desk.branches[2].id, desk.terms[1].id))
    said = phone.screen.lines
    chart = radar(phone.tap("看图"))
    assert phone.screen.lines == said, "the picture's screen says the same in words"
    every = [points_of(desk, n, Rater.COMMITTEE, 1) for n in range(4)]
    for spoke, category in zip(chart.spokes, desk.terms[1].table.categories, strict=True):
        sums = [sum((marks[item.number] for item in category.items), Decimal(0)) for marks in every]
        assert spoke.said.startswith(f"{number(sums[2])}，平均 ")
        assert any(line[1].startswith(spoke.said) for line in said if line[0] == category.name)
        assert float(spoke.own) == pytest.approx(float(sums[2] / category.points))
        assert spoke.mean is not None
        assert float(spoke.mean) == pytest.approx(
            float(sum(sums, Decimal(0)) / 4 / category.points), abs=0.01
        )
        assert spoke.name.startswith("⚠") == (sums[2] / category.points < Decimal("0.8"))
    assert phone.tap("支部情况").screen.title == "支部情况 · 双龙校区党支部"


def test_a_branch_sees_its_own_radar_without_the_mean(desk: World) -> None:
    phone = desk.phone("secretary of 双龙").press(RadarChart(desk.branches[2].id, desk.terms[1].id))
    assert all(spoke.mean is None for spoke in radar(phone).spokes)
    assert "平均" not in plain(phone.screen)
    assert [spoke.said for spoke in radar(phone).spokes] == [
        line[1].removesuffix(" ⚠ 薄弱") for line in phone.screen.lines[2:]
    ]


def test_before_publication_a_branch_draws_its_own_marks_not_the_committees(desk: World) -> None:
    rate(desk, "双龙校区党支部", "不" * 24)
    chart = radar(desk.phone("secretary of 双龙").say("结果").tap("看图"))
    assert chart.kind == "自评"
    assert sum(spoke.own for spoke in chart.spokes) > 4
    assert radar(desk.phone("member").press(RadarChart(desk.branches[2].id, 0))).kind == "总支评价"


def test_of_an_incomplete_sheet_there_is_no_picture_and_it_says_why(desk: World) -> None:
    phone = desk.phone("secretary").say("结果")
    assert "看图" not in phone.labels
    phone.press(RadarChart(desk.branches[0].id, 0))
    assert phone.toast == "还有 12 项没有评，评完才能画图。"
    member = desk.phone("member").press(Profile(desk.branches[0].id, 0))
    assert "看图" not in member.labels
    member.press(RadarChart(desk.branches[0].id, 0))
    assert member.screen.attachment is None
    assert "自评" in member.text
    assert "首页" in member.labels


def test_a_branch_alone_is_drawn_without_a_mean(desk: World) -> None:
    phone = desk.phone("member").press(Profile(desk.branches[2].id, 0)).tap("看图")
    assert radar(phone).kind == "自评"
    assert all(spoke.mean is None for spoke in radar(phone).spokes)


def test_the_row_of_terms_has_the_numbers_of_its_screen(desk: World) -> None:
    rate(desk, "双龙校区党支部", "优" * 24)
    phone = desk.phone("member").press(OverTerms(desk.branches[2].id))
    newest_first = [line[1] for line in phone.screen.lines if isinstance(line, tuple)]
    chart = drawn(phone.tap("看图"))
    assert isinstance(chart, charts.OverTerms)
    assert [point.said[0] for point in chart.points] == ["71.6", "100"]
    assert all(
        f"{point.said[0]} 分 " in line
        for point, line in zip(chart.points, reversed(newest_first), strict=True)
    )
    assert [point.joined for point in chart.points] == [False, True]
    assert [limit.points for limit in chart.limits] == [80, 90]
    own = desk.phone("secretary of 双龙").press(TermsChart(desk.branches[2].id))
    chart = drawn(own)
    assert isinstance(chart, charts.OverTerms)
    assert [point.said[0] for point in chart.points] == ["71.6"], "what is not published is the committee's"


def test_the_table_has_a_bar_for_each_total_that_its_screen_tells(desk: World) -> None:
    rate(desk, "新源里校区党支部", "合" * 24)
    phone = desk.phone("member").say("排名")
    told = {line[0]: line[1].partition("，")[0] for line in phone.screen.lines if isinstance(line, tuple)}
    found = bars(phone.tap("看图"))
    assert {bar.name: bar.said for bar in found} == told
    assert [(bar.points, bar.firm) for bar in found] == [(80, True), (Decimal("89.8"), False)]
    assert "按钮上" not in phone.text
    assert phone.tap("看排名").screen.title.startswith("排名 · ")


def test_the_table_of_a_category_and_a_campus_is_drawn_as_it_is_seen(desk: World) -> None:
    seen = StandingsBy(desk.terms[1].id, desk.terms[1].table.categories[0].number, desk.branches[2].id)
    phone = desk.phone("member").press(seen).tap("看图")
    chart = drawn(phone)
    assert isinstance(chart, charts.Table)
    assert chart.of == desk.terms[1].table.categories[0].points
    assert [bar.name for bar in chart.bars] == ["第 4 名 双龙校区"]
    assert phone.tap("看排名").screen.here == seen


def test_branches_see_the_bars_only_where_totals_are_opened(desk: World) -> None:
    asked = StandingsChart(desk.terms[1].id, 0, 0)
    for openness, why in ((Openness.OWN, "其他支部由党总支查看"), (Openness.STARS, "没有公开分数")):
        desk.phone("administrator").press(SetOpenness(1, int(openness)))
        phone = desk.phone("secretary of 双龙").press(asked)
        assert why in phone.toast
        assert phone.screen.attachment is None
    assert "看图" not in desk.phone("secretary of 双龙").press(Standings(desk.terms[1].id)).labels
    desk.phone("administrator").press(SetOpenness(1, int(Openness.TOTALS)))
    phone = desk.phone("secretary of 双龙").press(Standings(desk.terms[1].id)).tap("看图")
    assert [bar.name for bar in bars(phone)][3] == "第 4 名 双龙校区（本支部）"
    assert all(bar.said.partition(" 分")[0] in phone.text for bar in bars(phone))


def test_a_picture_costs_no_more_statements_than_a_tap_may(desk: World) -> None:
    member, own = desk.phone("member"), desk.phone("secretary of 双龙")
    branch, term = desk.branches[2].id, desk.terms[1].id
    asked: list[tuple[Phone, Action]] = [
        (member, RadarChart(branch, term)),
        (member, TermsChart(branch)),
        (member, StandingsChart(term, 0, 0)),
        (own, RadarChart(branch, term)),
        (own, TermsChart(branch)),
    ]
    for phone, action in asked:
        assert statements(desk, phone, action) <= 6, action


def test_a_look_at_the_screen_again_finds_the_same_picture_undrawn(desk: World) -> None:
    charts._png.cache_clear()
    phone = desk.phone("member").press(TermsChart(desk.branches[2].id))
    again = desk.phone("member").screen.attachment
    assert again is not None
    assert phone.screen.attachment is not None
    assert again.digest == phone.screen.attachment.digest
    assert charts._png.cache_info().misses == 0, "it is drawn when it is sent"
    assert again.read() == phone.screen.attachment.read()
    assert charts._png.cache_info().misses == 1
