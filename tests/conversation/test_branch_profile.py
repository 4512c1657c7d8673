"""支部情况, 丢分, 差距, 走势: every number is worked out again from the marks; who sees what; how many statements."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from bot.actions import Action, Differences, LostPoints, OverTerms, Profile, Result, Standings
from bot.permissions import Rater, Role
from bot.store import terms
from scoring.numerals import plain
from scoring.rubric import Grade, read_edition
from tests.agreeing import submit_as_the_numbers_say
from tests.conversation.test_results import rate
from tests.phone import Phone, World, code_for

LINES = read_edition("jinsong_2017").categories


def points_of(world: World, branch: int, rater: Rater, term: int) -> dict[int, Decimal]:
    """The points of each item, as the database has them."""
    file = world.sheet(branch, rater, term)
    assert file is not None
    return {number: mark.points for number, mark in file.sheet.marks.items()}


def added(points: Iterable[Decimal]) -> Decimal:
    return sum(points, Decimal(0))


def lines_of(phone: Phone) -> dict[str, str]:
    return {line[0]: line[1] for line in phone.screen.lines if isinstance(line, tuple)}


def test_each_category_stands_beside_the_mean_of_all_branches(desk: World) -> None:
    phone = desk.phone("member").press(Profile(desk.branches[2].id, desk.terms[1].id))
    every = [points_of(desk, n, Rater.COMMITTEE, 1) for n in range(4)]
    said = lines_of(phone)
    for name, numbers in (
        *((category.name, [item.number for item in category.items]) for category in LINES),
        ("总分", range(1, 25)),
    ):
        sums = [added(marks[n] for n in numbers) for marks in every]
        mean = (added(sums) / 4).quantize(Decimal("0.01"), ROUND_HALF_UP)
        apart = sums[2] - mean
        word = f"{'高' if apart > 0 else '低'} {plain(abs(apart))}" if apart else "持平"
        assert said[name].removesuffix(" ⚠ 薄弱") == f"{plain(sums[2])}，平均 {plain(mean)}，{word}", name
    assert said["名次"] == "第 4 名，共 4 个支部"


def test_it_is_one_tap_from_the_result_and_from_the_table(desk: World) -> None:
    assert desk.phone("member").say("双龙").tap("支部情况").screen.title == "支部情况 · 双龙校区党支部"
    table = desk.phone("member").press(Standings(desk.terms[1].id))
    assert table.tap("双龙校区党支部").screen.title == "支部情况 · 双龙校区党支部"
    assert table.tap("看结果").screen.title == "结果 · 双龙校区党支部"


def test_what_is_expected_is_compared_with_what_is_expected(desk: World) -> None:
    rate(desk, "劲松校区党支部", "优" * 24)
    phone = desk.phone("member").press(Profile(desk.branches[2].id, 0))
    assert "下面是已提交的自评；还没有别的支部可比，不列平均分。" in phone.text
    assert "平均" not in phone.text.replace("平均分", "")
    assert phone.tap("评价这个支部").screen.title.startswith("第 ")


def test_of_what_is_not_submitted_the_profile_tells_the_progress_alone(desk: World) -> None:
    phone = desk.phone("member").press(Profile(desk.branches[1].id, 0))
    assert "已评 24/24" in phone.text
    assert "分" not in phone.text.replace("得分", "").replace("各类", "").replace("丢分", "")
    assert "自评还没有提交" in phone.tap("丢分").text
    assert "自评还没有提交" in phone.press(Differences(desk.branches[1].id, 0)).text


def test_lost_points_come_largest_first_with_the_numbers_behind_them(desk: World) -> None:
    phone = desk.phone("member").press(LostPoints(desk.branches[0].id, desk.terms[1].id))
    marks = points_of(desk, 0, Rater.COMMITTEE, 1)
    items = {item.number: item for category in LINES for item in category.items}
    gone = {n: items[n].points - marks[n] for n in items if items[n].points > marks[n]}
    assert f"丢分 {len(gone)} 项，共 {plain(added(gone.values()))} 分" in phone.text
    shown = [label for label in lines_of(phone) if label.startswith("第 ")]
    assert shown == [f"第 {n} 项 {items[n].title}" for n in sorted(gone, key=lambda n: (-gone[n], n))]
    now = desk.phone("member").press(LostPoints(desk.branches[2].id, 0))
    assert "这些项的台账：" in now.text
    assert "党员活动出勤" in now.text


def test_gaps_come_largest_first_with_both_marks(desk: World) -> None:
    own, theirs = (points_of(desk, 2, rater, 1) for rater in Rater)
    phone = desk.phone("member").press(Differences(desk.branches[2].id, desk.terms[1].id))
    apart = sorted((n for n in own if own[n] != theirs[n]), key=lambda n: (-abs(theirs[n] - own[n]), n))
    said = [line for line in phone.screen.lines if isinstance(line, tuple) and line[0].startswith("第 ")]
    assert len(said) == len(apart)
    for n, (label, text) in zip(apart, said, strict=True):
        word = "高" if theirs[n] > own[n] else "低"
        assert label.startswith(f"第 {n} 项 ")
        assert (
            text
            == f"自评 {plain(own[n])}，总支 {plain(theirs[n])}，{word} {plain(abs(theirs[n] - own[n]))} 分"
        )
    assert f"自评 {plain(added(own.values()))} 分，总支 {plain(added(theirs.values()))} 分" in phone.text


def test_gaps_of_a_sheet_in_work_are_of_its_marked_items(desk: World) -> None:
    here = Differences(desk.branches[2].id, 0)
    phone = desk.phone("member").press(here)
    assert "总支还没有评" in phone.text
    phone.say("首页").tap("评价 双龙校区党支部").tap("不合格")
    assert "总支评价还在填写（1/24），先比已评的项。" in phone.press(here).text
    assert "自评 3.2，总支 0，低 3.2 分" in phone.text


def test_what_was_weak_last_term_and_still_is_is_said(desk: World) -> None:
    before = points_of(desk, 2, Rater.COMMITTEE, 1)
    weak = [n for n, points in before.items() if points == 0]
    rate(desk, "双龙校区党支部", "合" * 5 + "不" + "合" * 11 + "不" + "合" * 6)
    said = lines_of(desk.phone("member").press(Profile(desk.branches[2].id, 0)))
    assert {6, 18, 23} == set(weak)
    assert said["上学期也薄弱"] == "第 6 项 党员大会与出勤、第 18 项 宣传与信息上报"


def test_a_trend_is_of_official_results_and_to_the_branch_of_published_ones(desk: World) -> None:
    rate(desk, "双龙校区党支部")
    before = added(points_of(desk, 2, Rater.COMMITTEE, 1).values())
    here = OverTerms(desk.branches[2].id)
    committee = desk.phone("member").press(here)
    first = f"{plain(before)} 分 ★★★"
    assert committee.screen.lines[:2] == (
        (desk.terms[0].name, f"80 分 ★★★★，升 {plain(80 - before)}"),
        (desk.terms[1].name, first),
    )
    secretary = desk.phone("secretary of 双龙").say("结果").tap("走势")
    assert secretary.screen.lines[:-1] == ((desk.terms[1].name, first),)
    with desk.database.write() as session:
        terms.publish(session, me=desk.me("administrator"), term=desk.terms[0])
    assert secretary.press(here).screen.lines == committee.screen.lines
    assert "没有查看这项内容的权限" in desk.phone("secretary").press(here).toast


def test_a_branch_never_sees_how_it_stands_beside_the_others(desk: World) -> None:
    for action in (Profile, LostPoints, Differences):
        for term in (0, desk.terms[1].id):
            refused = desk.phone("secretary").press(action(desk.branches[0].id, term))
            assert "排名由党总支查看" in refused.toast
    assert "支部情况" not in desk.phone("secretary").say("结果").labels


def test_who_sits_in_the_branch_too_is_not_sent_to_evaluate_it(desk: World) -> None:
    member = desk.phone("member").say(code_for(desk, Role.OFFICER, desk.branches[2].id))
    assert "评价这个支部" not in member.press(Profile(desk.branches[2].id, 0)).labels


def statements(world: World, phone: Phone, action: Action) -> int:
    """How many statements the answer to a button costs."""
    found: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            found.append(statement)

    sa.event.listen(world.database.engine, "before_cursor_execute", note)
    phone.press(action)
    sa.event.remove(world.database.engine, "before_cursor_execute", note)
    return len(found)


@pytest.mark.parametrize("term", [0, 1])
def test_each_screen_costs_six_statements_at_most(desk: World, term: int) -> None:
    phone = desk.phone("member").press(Result(desk.branches[2].id, 0))
    when = desk.terms[term].id
    for action in (Profile, LostPoints, Differences):
        assert statements(desk, phone, action(desk.branches[2].id, when)) <= 6
    assert statements(desk, phone, OverTerms(desk.branches[2].id)) <= 6


def test_a_grade_of_every_kind_reads_the_same_on_both_databases(world: World) -> None:
    rate(world, "新源里校区党支部", "优合不" * 8)
    phone = world.phone("member").press(Profile(world.branches[3].id, 0))
    marks = points_of(world, 3, Rater.COMMITTEE, 0)
    edition = read_edition("jinsong_2017")
    order = {"优": Grade.EXCELLENT, "合": Grade.PASSED, "不": Grade.FAILED}
    expected = added(
        edition.points(n, order[word]) for n, word in zip(sorted(marks), "优合不" * 8, strict=True)
    )
    assert added(marks.values()) == expected
    assert lines_of(phone)["总分"] == f"{plain(expected)} / 100"
    assert world.phone("member").press(OverTerms(world.branches[3].id)).text.count("分 ★") == 2


def test_how_many_marks_were_taken_over_in_one_go_is_said(desk: World) -> None:
    submit_as_the_numbers_say(desk, 2)
    phone = desk.phone("member").say("首页").tap("评价 双龙校区").tap("其余都同自评").tap("确认同自评")
    phone.tap("提交").tap("确认提交")
    assert lines_of(phone.press(Profile(desk.branches[2].id, 0)))["其中"] == "24 项一次同自评"
