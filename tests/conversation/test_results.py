"""排名, 结果, 差多少, 为什么: what counts, who sees it, and what it says."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.actions import Result, Standings
from bot.message import plain
from bot.screens import standings as screens
from bot.store import terms
from bot.values import Branch, Term
from scoring.rubric import Edition, Grade
from tests.conftest import Clock
from tests.phone import Phone, World
from tests.scoring.tables import JINSONG, sheet

BRANCH = Branch(1, 1, "东校区党支部")
TERM = Term(
    id=1,
    committee_id=1,
    name="第一学期",
    starts=date(2026, 9, 1),
    ends=date(2027, 1, 22),
    opens=date(2027, 1, 1),
    closes=date(2027, 1, 15),
    published=True,
    edition="jinsong_2017",
)


def rate(world: World, branch: str, grades: str = "合" * 24) -> Phone:
    """A member evaluates a branch, in the order in which the items are shown, and submits."""
    phone = world.phone("member").say("首页").tap(f"评价 {branch}")
    for _ in grades:
        item = getattr(phone.screen.here, "item", 0)
        phone.tap({"优": "优秀", "合": "合格", "不": "不合格"}[grades[item - 1]])
    return phone.tap("提交").tap("确认提交")


def test_official_results_have_places_submitted_ones_are_expected_and_the_rest_shows_progress(
    desk: World,
) -> None:
    rate(desk, "新源里校区党支部")
    assert desk.phone("member").say("排名").screen.lines == (
        ("第 1 名 新源里校区", "80 分 ★★★★，降 8.8"),
        "下面的按已提交的自评预计，不排名次：",
        ("双龙校区", "预计 89.8 分 ★★★★"),
        "自评还没有提交的，按钮上是已评的项数。",
        "名次按总支评价排，分数相同的并列。",
        "升、降：与上学期的总支评价相比。",
    )
    assert desk.phone("member").say("排名").labels[:4] == [
        "新源里校区党支部",
        "双龙校区党支部",
        "常营主校区 12/24",
        "劲松校区 24/24",
    ]
    rate(desk, "劲松校区党支部", "优" * 24)
    lines = [line for line in desk.phone("member").say("排名").screen.lines if isinstance(line, tuple)]
    assert lines[:2] == [
        ("第 1 名 劲松校区", "100 分 ★★★★★，升 8.2"),
        ("第 2 名 新源里校区", "80 分 ★★★★，降 8.8"),
    ]


def test_without_an_official_result_nobody_has_a_place(desk: World) -> None:
    table = desk.phone("member").say("排名")
    assert not any(line[0].startswith(("第", "并列")) for line in table.screen.lines)
    assert "双龙校区：预计 89.8 分" in table.text
    assert "名次：总支评价提交后才有名次" in desk.phone("member").say("双龙").text
    assert "名次：总支评价公布后才有名次" in desk.phone("secretary of 双龙").say("结果").text


@pytest.mark.slow
def test_a_place_is_the_same_on_every_screen_that_shows_one(desk: World) -> None:
    """The table, a branch's result by its button and by its typed name, and a secretary's own, once published."""
    grades = {"常营": "合" * 24, "劲松": "优" + "合" * 23, "双龙": "合" * 24, "新源里": "合" * 23 + "不"}
    for branch, word in grades.items():
        rate(desk, branch, word)
    with desk.database.write() as session:
        terms.publish(session, me=desk.me("administrator"), term=desk.terms[0])
    expected = {"劲松": "第 1 名", "常营": "并列第 2 名", "双龙": "并列第 2 名", "新源里": "第 4 名"}
    for term in (0, 1):
        table = desk.phone("member").press(Standings(desk.terms[term].id))
        places = {
            line[0].split(" 名 ")[1].split("校区")[0].removesuffix("主"): line[0].split(" 名 ")[0] + " 名"
            for line in table.screen.lines
            if isinstance(line, tuple)
        }
        assert places == expected or term == 1
        for branch, place in places.items():
            named = desk.phone("member").say(branch) if term == 0 else None
            there = next(one for one in desk.branches if branch in one.name)
            seen = [
                *([named.text] if named else []),
                desk.phone("member").press(Result(there.id, desk.terms[term].id)).text,
                desk.phone("secretary" if branch == "常营" else f"secretary of {branch}")
                .press(Result(there.id, desk.terms[term].id))
                .text,
            ]
            for text in seen:
                assert f"名次：{place}，共 4 个支部\n" in text, (branch, term)


def test_while_some_are_rated_a_place_says_of_how_many(desk: World) -> None:
    rate(desk, "双龙")
    assert "名次：第 1 名，共 4 个支部，已评 1 个" in desk.phone("member").say("双龙").text


def test_a_secretary_sees_no_other_branch_beside_the_own_place(desk: World) -> None:
    text = desk.phone("secretary of 双龙").press(Result(desk.branches[2].id, desk.terms[1].id)).text
    assert "名次：第 4 名，共 4 个支部" in text
    assert not any(branch.name in text for branch in desk.branches if "双龙" not in branch.name)


def test_equal_totals_share_a_place(desk: World) -> None:
    for branch in ("常营主校区党支部", "双龙校区党支部", "劲松校区党支部"):
        rate(desk, branch)
    assert desk.phone("member").say("排名").text.count("并列第 1 名 ") == 3


def test_a_branch_name_shows_its_result_to_the_committee(desk: World) -> None:
    phone = desk.phone("member").say("双龙")
    assert phone.screen.title == "结果 · 双龙校区党支部"
    assert "请选择支部" in phone.say("校区").text
    assert "没看懂" in phone.say("火星校区").toast


def test_a_secretary_sees_the_own_branch_only(desk: World) -> None:
    phone = desk.phone("secretary")
    assert "其他支部由党总支查看，结果没有对各支部公开" in phone.press(Standings(0)).toast
    assert "没有查看这项内容的权限" in phone.press(Result(desk.branches[1].id, 0)).toast
    assert "其他支部由党总支查看" in phone.say("双龙校区党支部").toast
    assert phone.say("常营").screen.title == "结果 · 常营主校区党支部"


def test_a_branch_sees_the_committees_result_only_after_publishing(desk: World) -> None:
    rate(desk, "双龙校区党支部")
    secretary = desk.phone("secretary of 双龙").say("结果")
    assert "支部自评" in secretary.text
    assert "80 分" not in secretary.text
    last = secretary.tap("2025–2026")
    assert "总支评价" in last.text
    assert "第 4 名" in last.text


def test_the_change_from_last_term_is_shown(desk: World) -> None:
    assert "比上学期" in desk.phone("secretary of 双龙").say("结果").text


def test_three_stars_owe_a_rectification_plan(desk: World) -> None:
    rate(desk, "新源里校区党支部", "合" * 12 + "不" * 12)
    text = desk.phone("member").say("新源里").text
    assert "三星" in text
    assert "整改措施" in text
    assert "薄弱" in text


@pytest.mark.parametrize(
    ("grades", "distance"),
    [("合" * 24, "还差 10 分"), ("优" * 24, "已经达到五星"), ("不" * 24, "还差 80 分")],
)
def test_the_way_to_the_next_star(desk: World, grades: str, distance: str) -> None:
    phone = desk.phone("secretary of 新源里").say("自评")
    for grade in grades:
        phone.tap({"优": "优秀", "合": "合格", "不": "不合格"}[grade])
    phone.tap("差多少")
    assert distance in phone.text
    if "还差" in distance:
        first = next(label for label in phone.labels if label.startswith("第 "))
        assert phone.tap(first).screen.title.startswith(first)


def test_a_sheet_in_work_shows_an_interval_and_both_ends(desk: World) -> None:
    text = desk.phone("secretary").say("自评").tap("总览").text
    assert "49.2–97.2 分" in text
    assert "三星至五星" in text


def test_why_behind_a_total_names_rules_parts_and_the_edition(desk: World) -> None:
    text = desk.phone("secretary of 双龙").say("结果").tap("为什么").text
    for part in ("星级管理制度", "优秀得 100 %", "90 分以上五星", "含本数", "1:3.2 2:4", "89.8 分"):
        assert part in text, part


FOUR_AT_MOST = replace(JINSONG, lowest=2).with_rules(stars=((4, Decimal(80)), (3, Decimal(60))))
ONE_STAR = JINSONG.with_rules(stars=())
MODEST = JINSONG.with_rules({Grade.EXCELLENT: Decimal("0.85")})


@pytest.mark.parametrize(
    ("edition", "every", "said"),
    [
        (JINSONG, Grade.EXCELLENT, "已经达到五星的分数，请保持。"),
        (FOUR_AT_MOST, Grade.EXCELLENT, "已经达到四星的分数，请保持。"),
        (FOUR_AT_MOST, Grade.FAILED, "目标：★★★☆☆ 三星，还差 60 分"),
        (ONE_STAR, Grade.FAILED, "已经达到三星的分数，请保持。"),
        (MODEST, Grade.PASSED, "按这份评价表，各项都提到优秀也达不到五星。"),
    ],
)
def test_the_way_up_names_the_stars_of_its_edition(edition: Edition, every: Grade, said: str) -> None:
    assert said in plain(screens.way_up(BRANCH, TERM, sheet(edition, every=every), None))


@pytest.mark.parametrize(
    ("edition", "every", "said"),
    [
        (JINSONG, Grade.FAILED, "三星支部要制定整改措施并落实。"),
        (FOUR_AT_MOST, Grade.FAILED, "二星支部要制定整改措施并落实。"),
        (FOUR_AT_MOST, Grade.PASSED, ""),
        (ONE_STAR, Grade.PASSED, ""),
    ],
)
def test_only_the_lowest_of_several_stars_owes_a_plan(edition: Edition, every: Grade, said: str) -> None:
    view = screens.ResultView(
        branch=BRANCH,
        term=TERM,
        sheet=sheet(edition, every=every),
        official=True,
        trend=None,
        was_official=False,
        standing=None,
        of_committee=True,
        terms=(),
        may_open=None,
    )
    shown = plain(screens.result(view))
    assert (said in shown) if said else ("整改措施" not in shown)


@pytest.mark.parametrize(
    ("edition", "said"),
    [
        (JINSONG, "星级：90 分以上五星；80 分以上四星；其余三星。「以上」含本数。"),
        (FOUR_AT_MOST, "星级：80 分以上四星；60 分以上三星；其余二星。「以上」含本数。"),
        (ONE_STAR, "星级：不设分数线，都是三星。"),
    ],
)
def test_why_says_where_the_stars_of_its_edition_begin(edition: Edition, said: str) -> None:
    assert said in plain(screens.why_total(BRANCH, TERM, sheet(edition), 0)).splitlines()


def test_all_pass_is_four_stars_exactly(desk: World) -> None:
    rate(desk, "新源里校区党支部")
    assert "四星" in desk.phone("member").say("新源里").text


def test_without_terms_everybody_is_told_so(empty, tmp_path, clock: Clock) -> None:  # type: ignore[no-untyped-def]
    from bot.permissions import Me, Role
    from bot.store import invitations

    with empty.write() as session:
        committee = terms.add_committee(session, name="新党总支", edition="jinsong_2017")
        branch = terms.add_branch(session, committee_id=committee, name="第一党支部", campus="")
        codes = [
            invitations.invite(
                session, me=Me(0, "", clock()), committee_id=committee, branch_id=b, role=r
            ).code
            for b, r in ((branch, Role.SECRETARY), (None, Role.ADMINISTRATOR))
        ]
    desk = World(empty, tmp_path, clock)
    for code, words in zip(codes, (("自评", "结果", "台账"), ("排名",)), strict=True):
        phone = Phone(desk.conversation, code).say(code)
        assert "还没有设置学期" in phone.text
        for word in words:
            assert "还没有设置学期" in phone.say(word).toast
            assert phone.screen.title.startswith("您好")
