"""支部: added, renamed with their history, put on a campus; `setup` makes no second one of a renamed one."""

import pytest
from sqlmodel import col, select

from bot.setup import Plan, carry_out
from bot.store.tables import HistoryRow
from jobs.duties.calendar import propose_terms
from scoring.refusal import Refused
from tests.phone import Phone, World


def card(world: World, name: str) -> Phone:
    """An administrator before one branch."""
    return world.phone("administrator").say("首页").tap("工作安排").tap("支部").tap(name)


def test_a_branch_is_added_and_everywhere_at_once(world: World) -> None:
    phone = world.phone("administrator").say("首页").tap("工作安排").tap("支部").tap("新增支部")
    phone.say("东坝校区党支部")
    assert phone.toast == "已新增东坝校区党支部，请邀请书记"
    assert ("书记", "还没有，请点「邀请」") in phone.screen.lines
    assert [branch.name for branch in world.branches][-1] == "东坝校区党支部"
    assert any("东坝校区" in label for label in phone.say("排名").labels)
    assert "邀请 东坝校区 书记" in phone.say("谁没加入").labels


def test_a_renamed_branch_keeps_its_sheet_its_people_and_its_old_name(world: World) -> None:
    before = world.sheet(0, term=1)
    assert before is not None
    phone = card(world, "常营主校区党支部").tap("改名").say("常营第一党支部")
    assert phone.toast == "已改名为常营第一党支部"
    assert phone.screen.title == "常营第一党支部"
    assert ("曾用名", "常营主校区党支部") in phone.screen.lines
    after = world.sheet(0, term=1)
    assert after is not None
    assert (after.id, after.sheet.marks) == (before.id, before.sheet.marks)
    assert "常营第一党支部 支部书记" in world.phone("secretary").say("我的职务").text
    assert phone.tap("改名").say("常营第一党支部").toast == "本来就是这样，没有改动"
    with world.database.read() as session:
        row = session.exec(select(HistoryRow).order_by(col(HistoryRow.id).desc())).first()
    assert row is not None
    assert (row.subject, row.before, row.after) == (
        "branch",
        '{"name": "常营主校区党支部"}',
        '{"name": "常营第一党支部"}',
    )


def test_a_branch_that_is_called_as_before_again_has_no_former_name_of_it(desk: World) -> None:
    phone = card(desk, "常营").tap("改名").say("常营第一党支部").tap("改名").say("常营主校区党支部")
    assert ("曾用名", "常营第一党支部") in phone.screen.lines


def test_a_name_that_another_branch_has_or_had_is_refused(desk: World) -> None:
    phone = card(desk, "常营").tap("改名").say("劲松校区党支部")
    assert phone.toast == "已经有「劲松校区党支部」了，请用别的名称。"
    card(desk, "常营").tap("改名").say("常营第一党支部")
    phone = desk.phone("administrator").say("增加支部").tap("新增支部").say("常营主校区党支部")
    assert phone.toast == "「常营主校区党支部」是常营第一党支部的曾用名，会弄混，请用别的名称。"
    assert len(desk.branches) == 4


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("党" * 40 + "支部", "支部名称最多 40 个字，请写短一些。"),
        ("增加支部", ""),
        ("东坝", "支部名称请写全，以「支部」结尾，例如：东坝校区党支部。"),
    ],
)
def test_what_is_no_name_makes_no_branch(desk: World, text: str, says: str) -> None:
    phone = desk.phone("administrator").say("增加支部").tap("新增支部").say(text)
    assert says in phone.toast
    assert len(desk.branches) == 4


def test_a_known_word_typed_where_a_name_is_asked_makes_no_branch(desk: World) -> None:
    phone = desk.phone("administrator").say("增加支部").tap("新增支部").say("排名")
    assert phone.screen.title.startswith("排名")
    assert len(desk.branches) == 4


def test_the_campus_is_typed_and_standings_go_by_it(desk: World) -> None:
    phone = card(desk, "双龙").tap("改校区").say("东坝校区")
    assert phone.toast == "校区已改"
    assert ("校区", "东坝校区") in phone.screen.lines
    assert "东坝校区" in " ".join(phone.say("排名").tap("按类别或校区看").labels)


def test_setup_makes_no_second_branch_of_a_renamed_one(desk: World) -> None:
    card(desk, "常营").tap("改名").say("常营第一党支部")
    names = ("常营主校区党支部", "劲松校区党支部", "东坝校区党支部")
    plan = Plan("示范职业高中党总支", "", names, tuple(propose_terms(2030)))
    with pytest.raises(Refused, match="常营主校区党支部 已改名为 常营第一党支部。请在文件里改成现在的名称"):
        carry_out(desk.database, plan, desk.clock())
    assert len(desk.branches) == 4, "nothing of the file was added"


@pytest.mark.parametrize("who", ["secretary", "member"])
def test_only_an_administrator_changes_branches(desk: World, who: str) -> None:
    assert "管理员" in desk.phone(who).say("首页").say("增加支部").toast
