"""试算: what was understood is shown back, every total is worked out again, and nothing is kept."""

from decimal import Decimal

import pytest

from bot.actions import LARGEST, Standings, Trial, TypedTrial, read, wire
from bot.permissions import Rater
from scoring.numerals import plain
from scoring.rubric import Grade, read_edition
from tests.conversation.test_branch_profile import added, statements
from tests.everything import everything
from tests.phone import Phone, World

ITEMS = {item.number: item for item in read_edition("jinsong_2017").items}


def trying(world: World, text: str = "") -> Phone:
    """A member tries rules on last term's results."""
    phone = world.phone("member").press(Standings(world.terms[1].id)).tap("试算")
    return phone.say(text) if text else phone


def test_each_total_is_worked_out_again_from_the_marks(desk: World) -> None:
    phone = trying(desk, "合格75% 五星89.7")
    lines = [line for line in phone.screen.lines if isinstance(line, tuple)]
    assert lines[:2] == [("合格", "75 %（现在 80 %）"), ("五星", "89.7 分（现在 90 分）")]
    moved = 0
    for n, branch in enumerate(desk.branches):
        file = desk.sheet(n, Rater.COMMITTEE, 1)
        assert file is not None
        now = added(mark.points for mark in file.sheet.marks.values())
        share = {Grade.EXCELLENT: Decimal(1), Grade.PASSED: Decimal("0.75"), Grade.FAILED: Decimal(0)}
        then = added(ITEMS[i].points * share[mark.grade] for i, mark in file.sheet.marks.items())
        stars = [
            "四三五"[(now >= 90) * 2 or (now < 80)],
            "四三五"[(then >= Decimal("89.7")) * 2 or (then < 80)],
        ]
        moved += stars[0] != stars[1]
        said = f"{stars[0]}星 → {stars[1]}星" if stars[0] != stars[1] else f"仍是{stars[1]}星"
        assert (
            branch.name.removesuffix("党支部"),
            f"{plain(now)} → {plain(then)} 分，{said}",
        ) in lines
    assert f"4 个支部：总分变 4 个，星级变 {moved} 个。" in phone.text


def test_the_buttons_offer_what_is_near_and_lead_on(desk: World) -> None:
    phone = trying(desk)
    assert phone.labels[:4] == ["合格 75 %", "合格 85 %", "五星 85 分", "五星 95 分"]
    by_button = phone.tap("合格 75 %").screen
    assert "合格 75 %" not in phone.labels
    assert trying(desk, "合格75%").screen.lines == by_button.lines
    elsewhere = phone.tap("看 2026–2027")
    assert "这个学期还没有总支评价" in elsewhere.text
    assert "合格：75 %（现在 80 %）" in elsewhere.text


def test_nothing_is_kept_and_nobody_is_told(desk: World) -> None:
    phone = trying(desk)
    before = everything(desk.database, "address", "web_line")
    phone.say("合格75% 五星85").say("思想建设2倍").tap("五星 85 分")
    assert everything(desk.database, "address", "web_line") == before
    assert "第 1 名 常营主校区：96.6 分" in phone.tap("看排名").text


def test_what_is_typed_on_it_that_is_no_rule_means_what_it_means_elsewhere(desk: World) -> None:
    phone = trying(desk)
    assert "可以写成：合格75% 五星85" in phone.say("合格75% 天气").toast
    assert phone.say("双龙多少分").screen.title.startswith("结果")
    assert trying(desk, "三星70").toast == "三星没有分数线，可以试：五星、四星。"
    assert "请把有关的一起写" in trying(desk, "五星70").toast


def test_a_line_that_begins_with_the_word_is_tried_from_anywhere(desk: World) -> None:
    phone = desk.phone("member").say("首页").say("上学期试算合格75% 五星85")
    assert phone.screen.lines == trying(desk, "合格75% 五星85").screen.lines
    assert desk.phone("member").say("首页").say("试算").screen.here == Trial(desk.terms[0].id, 0, 0, 0, 0)


def test_it_is_the_committees(desk: World) -> None:
    for action in (Trial(0, 0, 0, 0, 0), Trial(desk.terms[1].id, 0, 0, 0, 0)):
        assert "排名由党总支查看" in desk.phone("secretary").press(action).toast


def test_a_rule_that_is_damaged_is_refused(desk: World) -> None:
    for wrong in (1, 99, 77_777, LARGEST):
        refused = desk.phone("member").press(Trial(desk.terms[1].id, wrong, 0, 0, 0))
        assert refused.toast, wrong


def test_four_rules_fit_into_a_button(desk: World) -> None:
    phone = trying(desk, "合格75.5% 五星85.5 四星75.5 思想建设1.55倍")
    there = phone.screen.here
    assert repr(read(wire(there))) == repr(there)
    assert phone.press(there).screen.lines == phone.screen.lines
    assert len(wire(Trial(LARGEST, *[999_939_999] * 4)).encode()) <= 64


@pytest.mark.parametrize("text", ["", "合格75%"])
def test_it_costs_six_statements_at_most(desk: World, text: str) -> None:
    here = trying(desk, text).screen.here
    assert isinstance(here, Trial)
    assert statements(desk, desk.phone("member"), here) <= 6


def test_it_reads_the_same_on_both_databases(world: World) -> None:
    phone = trying(world, "合格75% 五星85")
    assert isinstance(phone.screen.here, Trial)
    assert phone.screen.hears is not None
    assert isinstance(phone.screen.hears("合格75%"), TypedTrial)
    assert "新源里校区：88.8 → 86 分，四星 → 五星" in phone.text
