"""A task as it is typed: for whom it is, until when, and its title; nothing is given before it is confirmed."""

from datetime import date, datetime

import pytest

from bot.dialogue.branches import named_in
from bot.dialogue.drafting import read_task, reads_as_task, whom_alone
from bot.values import Branch
from scoring.refusal import Refused
from tests.conftest import ZONE, Clock
from tests.conversation.test_assigning import draft, tasks
from tests.conversation.test_bad_input import kept
from tests.conversation.test_days_of_tasks import stored
from tests.phone import World

TODAY = date(2026, 12, 3)  # a Thursday


def branches(*names: str) -> tuple[Branch, ...]:
    return tuple(Branch(number, 1, name) for number, name in enumerate(names, start=1))


CAMPUSES = branches("常营主校区党支部", "劲松校区党支部", "双龙校区党支部", "新源里校区党支部")
NUMBERED = branches("第一党支部", "第二党支部", "退休第三党支部", "机关党支部")
CHANGYING, JINSONG, SHUANGLONG, XINYUANLI = 1, 2, 3, 4
MONDAY, FRIDAY, ON_20TH, ON_18TH = (
    date(2026, 12, 7),
    date(2026, 12, 4),
    date(2026, 12, 20),
    date(2026, 12, 18),
)


@pytest.mark.parametrize(
    ("text", "whom", "due", "title"),
    [
        ("让新源里校区下周一前交计划", {XINYUANLI}, MONDAY, "交计划"),
        ("请各支部周五前报名单", None, FRIDAY, "报名单"),
        ("双龙和常营 12月20日前交工会活动小结", {SHUANGLONG, CHANGYING}, ON_20TH, "交工会活动小结"),
        ("12月20日前交工会活动小结", None, ON_20TH, "交工会活动小结"),
        ("让双龙下周一前交计划", {SHUANGLONG}, MONDAY, "交计划"),
        ("下周一前让新源里交计划", {XINYUANLI}, MONDAY, "交计划"),
        ("通知双龙：下周一前交计划", {SHUANGLONG}, MONDAY, "交计划"),
        ("麻烦双龙校区党支部在下周一前交一下计划哦", {SHUANGLONG}, MONDAY, "交计划"),
        ("双龙下周一前把计划交上来", {SHUANGLONG}, MONDAY, "交计划"),
        ("请大家下周五前把名单报一下哈", None, date(2026, 12, 11), "报名单"),
        ("请双龙、常营、劲松三个支部12月18日前报送名册，谢谢", {1, 2, 3}, ON_18TH, "报送名册"),
        ("各位书记，请于12月18日前上报年度总结，辛苦了", None, ON_18TH, "上报年度总结"),
        ("除双龙外各支部12月18日前交表", {1, 2, 4}, ON_18TH, "交表"),
        ("12月18日前交表（双龙、常营）", {1, 3}, ON_18TH, "交表"),
        ("12月18日前，让双龙交小结，附照片三张", {3}, ON_18TH, "交小结，附照片三张"),
        ("请双龙书记12月18日前来党办领材料", {3}, ON_18TH, "来党办领材料"),
        ("请全体支部12月18日前都要交自评", None, ON_18TH, "交自评"),
        ("请务必12月18日前提交需求清单", None, ON_18TH, "提交需求清单"),
        ("请新源里12月20号之前把工会活动小结交了", {4}, ON_20TH, "交工会活动小结"),
        ("提醒双龙下周一前交计划", {3}, MONDAY, "交计划"),
        ("请书记们周五前交自评", None, FRIDAY, "交自评"),
        ("给双龙布置：周五前交表", {3}, FRIDAY, "交表"),
        ("只让双龙周五前交表", {3}, FRIDAY, "交表"),
        ("周五前交表，双龙和常营", {1, 3}, FRIDAY, "交表"),
        ("@双龙 周五前交表", {3}, FRIDAY, "交表"),
        ("让双龙、常营周五前各交一份照片", {1, 3}, FRIDAY, "各交一份照片"),
        ("让新源里校区的支委周五前交计划", {4}, FRIDAY, "交计划"),
        ("双龙以外的支部12月18日前交材料", {1, 2, 4}, ON_18TH, "交材料"),
        ("各支部（双龙除外）12月18日前交名单", {1, 2, 4}, ON_18TH, "交名单"),
        ("给双龙：12月18日前补交照片", {3}, ON_18TH, "补交照片"),
        # where it is not told plainly for whom, nobody is chosen
        ("不要让双龙交，其他支部12月18日前交", set(), ON_18TH, "不要让双龙交，其他支部交"),
        ("常营和双龙不用交，劲松12月18日前交", set(), ON_18TH, "常营和双龙不用交，劲松交"),
        ("12月18日前，双龙报10人，劲松报5人", set(), ON_18TH, "双龙报10人，劲松报5人"),
        ("除王庄外12月18日前交名单", set(), ON_18TH, "除王庄外交名单"),
        ("东校区12月18日前交计划", set(), ON_18TH, "交计划"),
        # what belongs to the task stays in its title
        ("12月20日前交双龙校区调研报告", None, ON_20TH, "交双龙校区调研报告"),
        ("12月18日前通知党员参加组织生活会", None, ON_18TH, "通知党员参加组织生活会"),
        ("12月18日前给双龙校区送慰问品", None, ON_18TH, "给双龙校区送慰问品"),
        ("请假登记表12月18日前交", None, ON_18TH, "请假登记表交"),
    ],
)
def test_a_typed_task_says_for_whom_until_when_and_what(
    text: str, whom: set[int] | None, due: date, title: str
) -> None:
    read = read_task(text, CAMPUSES, TODAY)
    assert (read.branches, read.due, read.title) == (None if whom is None else frozenset(whom), due, title)
    assert bool(read.unknown) == (whom == set())
    assert reads_as_task(text, CAMPUSES)


@pytest.mark.parametrize(
    "text", ["让望京校区下周一前交计划", "让第十一支部下周一前交计划", "让校区下周一前交计划"]
)
def test_a_branch_that_is_not_known_is_not_all_of_them(text: str) -> None:
    read = read_task(text, CAMPUSES, TODAY)
    assert (read.branches, read.title) == (frozenset(), "交计划")
    assert read.unknown


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("让一支部周五前交表", 1),
        ("让第一支部周五前交表", 1),
        ("1支部周五前交表", 1),
        ("请第2党支部周五前交表", 2),
        ("让退休周五前交表", 3),
        ("三支部周五前交表", 3),
        ("机关周五前交表", 4),
        ("机关党支部周五前交表", 4),
    ],
)
def test_a_branch_is_found_by_its_number_and_by_a_part_of_its_name(text: str, number: int) -> None:
    assert read_task(text, NUMBERED, TODAY).branches == frozenset({number})


def test_two_branches_that_a_name_fits_are_both_named_and_none_is_chosen() -> None:
    found = named_in("让东校下周一前交计划", branches("东校一党支部", "东校二党支部"))
    assert [len(mention.branches) for mention in found] == [2]
    read = read_task("让东校下周一前交计划", branches("东校一党支部", "东校二党支部"), TODAY)
    assert read.branches == frozenset()
    assert read.unknown == "东校一党支部、东校二党支部"


@pytest.mark.parametrize(
    "text",
    ["让双龙交计划", "通知各支部开会", "月底前交表", "让大家报名", "12月中旬前交表", "12月20日截止报名"],
)
def test_what_reads_as_a_task(text: str) -> None:
    assert reads_as_task(text, CAMPUSES)


@pytest.mark.parametrize(
    "text",
    [
        "谁还没交",
        "谁12月20日前没交",
        "请双龙",
        "评价双龙",
        "提醒双龙",
        "自评什么时候截止",
        "菜单",
        "12月20日前",
        "双龙多少分",
        "请假",
        "12月20日开会",
        "截止日期",
        "谢谢",
        "请各支部注意",
        "让双龙校区",
        "上学期排名",
        "之前的排名",
        "12月20日前交了吗",
    ],
)
def test_what_is_no_task(text: str) -> None:
    assert not reads_as_task(text, CAMPUSES)


@pytest.mark.parametrize(("text", "whom"), [("双龙和常营", {1, 3}), ("只给双龙", {3}), ("改成各支部", None)])
def test_branches_alone_are_told_from_a_task(text: str, whom: set[int] | None) -> None:
    alone = whom_alone(text, CAMPUSES)
    assert alone is not None
    assert alone.branches == (None if whom is None else frozenset(whom))
    assert whom_alone("双龙交计划", CAMPUSES) is None
    assert whom_alone("下周五", CAMPUSES) is None


def test_no_day_is_refused() -> None:
    with pytest.raises(Refused, match="截止日期"):
        read_task("让双龙交计划", CAMPUSES, TODAY)


# --- on the screen ----------------------------------------------------------------------------------------------


@pytest.fixture
def december(clock: Clock) -> None:
    """It is Thursday 3 December 2026."""
    clock.now = datetime(2026, 12, 3, 10, 0, tzinfo=ZONE)


@pytest.mark.usefixtures("december")
def test_the_reading_is_shown_as_chips_and_given_by_a_tap_of_its_own(world: World) -> None:
    phone = draft(world, "让新源里校区下周一前交计划")
    assert phone.labels[:4] == ["确认交办", "支部：新源里校区党支部", "日期：12月7日（周一）", "标题：交计划"]
    assert [len(tasks(world, n)) for n in range(4)] == [0, 0, 0, 0]
    phone.tap("确认交办")
    assert [len(tasks(world, n)) for n in range(4)] == [0, 0, 0, 1]


@pytest.mark.usefixtures("december")
def test_each_chip_changes_its_part_alone(world: World) -> None:
    phone = draft(world, "让新源里校区下周一17:00前交计划")
    phone.tap("日期：").tap("下周五")
    plan = stored(world, phone)
    assert (plan.due, plan.hour, plan.title) == (date(2026, 12, 11), "17:00", "交计划")
    phone.tap("日期：").say("12月20日")
    assert stored(world, phone).due == ON_20TH
    phone.tap("标题：").say("交学期工作计划")
    phone.tap("支部：").tap("双龙").tap("选好了")
    plan = stored(world, phone)
    assert (plan.due, plan.title) == (ON_20TH, "交学期工作计划")
    assert plan.branches == frozenset({world.branches[2].id, world.branches[3].id})


@pytest.mark.usefixtures("december")
def test_branches_typed_alone_change_the_branches_alone(world: World) -> None:
    phone = draft(world, "12月20日前交小结").say("双龙和常营")
    plan = stored(world, phone)
    assert plan.branches == frozenset({world.branches[0].id, world.branches[2].id})
    assert (plan.title, plan.due) == ("交小结", ON_20TH)
    assert stored(world, phone.say("各支部")).branches is None


@pytest.mark.usefixtures("december")
def test_an_unknown_branch_is_said_and_nothing_can_be_given_before_one_is_chosen(desk: World) -> None:
    phone = draft(desk, "让望京校区下周一前交计划")
    assert "没有认准「望京校区」" in phone.toast
    assert "还没有选择支部" in phone.text
    assert "确认交办" not in phone.labels


@pytest.mark.usefixtures("december")
def test_a_task_without_a_title_is_refused(world: World) -> None:
    before = kept(world)
    assert "请写明要做什么" in draft(world, "让双龙下周一前").toast
    assert kept(world) == before
