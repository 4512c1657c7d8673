"""排名 by category and campus, and its change from last term: worked out again from the marks."""

from collections.abc import Iterable
from decimal import Decimal

import pytest

from bot.actions import Standings, StandingsBy, StandingsWays
from bot.permissions import Rater
from bot.store import terms
from bot.store.tables import ROLL
from scoring.numerals import plain
from scoring.rubric import read_edition
from tests.conversation.test_branch_profile import added, points_of, statements
from tests.conversation.test_results import rate
from tests.phone import Phone, World

CATEGORIES = read_edition("jinsong_2017").categories


def rows_of(phone: Phone) -> list[tuple[str, str]]:
    """The lines of branches that have a place."""
    return [line for line in phone.screen.lines if isinstance(line, tuple) and " 名 " in line[0]]


def short(world: World, branch: int) -> str:
    return world.branches[branch].name.removesuffix("党支部")


def sums(world: World, numbers: Iterable[int], term: int) -> list[Decimal]:
    """What each branch earned on these items, officially."""
    every = [points_of(world, n, Rater.COMMITTEE, term) for n in range(4)]
    return [added(marks[n] for n in numbers) for marks in every]


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda one: str(one.number))
def test_by_a_category_the_branches_stand_by_its_points(desk: World, category) -> None:  # type: ignore[no-untyped-def]
    phone = desk.phone("member").press(StandingsBy(desk.terms[1].id, category.number, 0))
    assert f"按这一类排：{category.name}，满分 {plain(category.points)} 分" in phone.text
    points = sums(desk, [item.number for item in category.items], 1)
    rows = rows_of(phone)
    assert [text.split(" 分")[0] for _, text in rows] == [plain(p) for p in sorted(points, reverse=True)]
    for n, own in enumerate(points):
        place, text = next(row for row in rows if row[0].endswith(f" 名 {short(desk, n)}"))
        better = sum(other > own for other in points)
        assert place.removeprefix("并列").startswith(f"第 {better + 1} 名")
        assert place.startswith("并列") == (points.count(own) > 1)
        assert ("薄弱" in text) == (own < category.points * Decimal("0.8"))
        rate_shown = Decimal(text.split(" 分 ")[1].split(" %")[0])
        assert abs(rate_shown - own / category.points * 100) <= Decimal("0.05")


def test_the_change_is_the_difference_of_official_totals(desk: World) -> None:
    rate(desk, "双龙校区党支部", "优合" * 12)
    now = added(points_of(desk, 2, Rater.COMMITTEE, 0).values())
    then = added(points_of(desk, 2, Rater.COMMITTEE, 1).values())
    ((_, text),) = rows_of(desk.phone("member").say("排名"))
    assert text == f"{plain(now)} 分 ★★★★★，升 {plain(now - then)}"
    category = CATEGORIES[1]
    numbers = [item.number for item in category.items]
    apart = added(points_of(desk, 2, Rater.COMMITTEE, 0)[n] for n in numbers) - added(
        points_of(desk, 2, Rater.COMMITTEE, 1)[n] for n in numbers
    )
    ((_, text),) = rows_of(desk.phone("member").press(StandingsBy(desk.terms[0].id, category.number, 0)))
    assert text.endswith(f"，升 {plain(apart)}")


def test_of_the_first_term_and_of_what_is_expected_no_change_is_told(desk: World) -> None:
    last = desk.phone("member").press(Standings(desk.terms[1].id))
    assert len(rows_of(last)) == 4
    assert "升" not in last.text
    assert "降" not in last.text
    assert "双龙校区：预计 89.8 分 ★★★★\n" in desk.phone("member").say("排名").text


def test_of_a_campus_only_its_branches_are_listed_with_their_places_among_all(desk: World) -> None:
    with desk.database.write() as session:
        one = terms.add_branch(session, committee_id=1, name="双龙二党支部", campus="双龙校区")
    rate(desk, "双龙二", "合" * 24)
    rate(desk, "劲松", "优" * 24)
    phone = desk.phone("member").say("排名").tap("按类别或校区看").tap("双龙校区")
    assert "校区：双龙校区" in phone.text
    assert rows_of(phone) == [("第 2 名 双龙二", "80 分 ★★★★")]
    assert phone.labels[:2] == ["双龙二党支部", "双龙校区党支部"]
    assert not any("劲松" in label or "常营" in label for label in phone.labels)
    by_the_other = desk.phone("member").press(StandingsBy(desk.terms[0].id, 0, one))
    assert by_the_other.screen.lines == phone.screen.lines, "each branch of a campus names it"
    chosen = phone.tap("按类别或校区看")
    assert "✓双龙校区" in chosen.labels
    both = chosen.tap("党员教育管理")
    assert "校区：双龙校区\n按这一类排：党员教育管理" in both.text
    assert both.tap("看 2025–2026").screen.here == StandingsBy(
        desk.terms[1].id, CATEGORIES[1].number, desk.branches[2].id
    )


def test_one_campus_alone_is_not_offered(desk: World) -> None:
    with desk.database.write() as session:
        session.execute(ROLL.update().values(campus="本校"))
    phone = desk.phone("member").press(StandingsWays(0, 0, 0))
    assert "校区" not in phone.text
    assert "本校" not in phone.labels


@pytest.mark.parametrize("action", [StandingsBy, StandingsWays])
def test_a_category_or_campus_that_is_not_there_is_refused_with_the_way_to_choose(
    desk: World, action: type[StandingsBy | StandingsWays]
) -> None:
    phone = desk.phone("member").say("排名")
    for wrong in (action(desk.terms[0].id, 999, 0), action(desk.terms[0].id, 0, 999)):
        assert "请点「按类别或校区看」重新选择" in phone.press(wrong).toast
    assert "没有找到这个学期" in phone.press(action(999, 0, 0)).toast
    assert "排名由党总支查看" in desk.phone("secretary").press(action(0, 0, 0)).toast


def test_the_table_costs_six_statements_at_most_however_it_is_seen(desk: World) -> None:
    phone = desk.phone("member").say("排名")
    for term in (0, desk.terms[0].id, desk.terms[1].id):
        for category, campus in ((0, 0), (CATEGORIES[0].number, 0), (0, desk.branches[1].id)):
            assert statements(desk, phone, StandingsBy(term, category, campus)) <= 6
            assert statements(desk, phone, StandingsWays(term, category, campus)) <= 6
    assert statements(desk, phone, Standings(desk.terms[1].id)) <= 6


def test_it_reads_the_same_on_both_databases(world: World) -> None:
    rate(world, "双龙校区党支部", "优合" * 12)
    assert rows_of(world.phone("member").say("排名")) == [("第 1 名 双龙校区", "90.6 分 ★★★★★，升 19")]
