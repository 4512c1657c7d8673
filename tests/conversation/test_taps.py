"""How many taps the main tasks take, from Home: the table in the guide's appendix, each row done on a phone."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.actions import OpenSheet
from bot.permissions import Rater
from bot.store import terms
from jobs import reminders
from tests.agreeing import submit_as_the_numbers_say
from tests.phone import Phone, World
from tests.published import evaluate as evaluate_all

GUIDE = Path(__file__).parents[2] / "docs/guide.zh.md"
ROW = re.compile(
    r"^\| (?P<who>[^|]+) \| (?P<task>[^|]+) \| (?P<taps>\d+)(?: 次)?(?P<typed>[^|]*) \|", re.MULTILINE
)


class Counted(Phone):
    """A phone that counts what is tapped and what is typed."""

    taps = typed = 0

    def tap(self, label: str) -> "Counted":
        """Press a button, counted."""
        self.taps += 1
        super().tap(label)
        return self

    def say(self, text: str, *, message: str | None = None, quotes: str | None = None) -> "Counted":
        """Type a text, counted."""
        self.typed += 1
        super().say(text, message=message, quotes=quotes)
        return self


def score(phone: Counted) -> None:
    phone.tap("开始自评")
    for _ in range(24):
        phone.tap("优秀")
    phone.tap("提交").tap("确认提交")
    assert phone.toast == "已提交"


def report(phone: Counted) -> None:
    phone.tap("待办").tap("10月主题党日").say("17/18")
    assert "已完成" in phone.toast


def item(phone: Counted) -> None:
    phone.tap("开始自评").tap("目录").tap("19 ·").tap("优秀")
    assert "已存" in phone.toast


def done(phone: Counted) -> None:
    phone.tap("待办").tap("学期总结").tap("已完成")
    assert "已完成" in phone.toast


def result(phone: Counted) -> None:
    phone.tap("结果")
    assert phone.screen.title.startswith("结果")


def colleague(phone: Counted) -> None:
    phone.tap("我的职务").tap("邀请支委")
    assert "邀请码" in phone.text


def hour(phone: Counted) -> None:
    phone.tap("提醒设置").tap("12:00")
    assert phone.toast == "以后 12:00 后提醒您"


def evaluate(phone: Counted) -> None:
    phone.tap("评价 双龙校区")
    for _ in range(24):
        phone.tap("合格")
    phone.tap("提交").tap("确认提交")
    assert phone.toast == "已提交"


def agree(phone: Counted) -> None:
    phone.tap("评价 常营主校区")
    rest(phone)


def rest(phone: Counted) -> None:
    phone.tap("其余都同自评").tap("确认同自评").tap("提交").tap("确认提交")
    assert phone.toast == "已提交"


def agree_with_all(phone: Counted) -> None:
    agree(phone)
    for campus in ("劲松", "双龙", "新源里"):
        phone.tap(f"下一个支部，{campus}")
        rest(phone)


def give_back(phone: Counted) -> None:
    phone.tap("评价 双龙校区").tap("总览").tap("退回自评")
    phone.tap("7 ").say("缺会议记录").tap("8 ").say("没有照片").tap("确认退回 2 项")
    assert phone.toast == "已退回，并通知支部"


def chase_everything(phone: Counted) -> None:
    phone.tap("催办").tap("提醒 新源里校区")
    assert "新源里校区" in phone.toast
    assert ("今天发过提醒", "新源里校区") in phone.screen.lines


def chase_all(phone: Counted) -> None:
    phone.tap("催办").tap("提醒全部 4 个支部")
    assert ("今天发过提醒", "常营主校区、劲松校区、双龙校区、新源里校区") in phone.screen.lines


def chase_one_thing(phone: Counted) -> None:
    phone.tap("催办").tap("10月主题党日").tap("提醒 新源里校区")
    assert "新源里校区" in phone.toast


def give(phone: Counted) -> None:
    phone.tap("交办任务").say("1月8日前交工会活动小结").tap("确认交办")
    assert "已交办" in phone.toast


def rank(phone: Counted) -> None:
    phone.tap("排名")
    assert phone.screen.title.startswith("排名")


def owes(phone: Counted) -> None:
    phone.tap("催办").tap("新源里校区 ")
    assert phone.screen.title == "待办 · 新源里校区党支部"


def invite(phone: Counted) -> None:
    phone.tap("我的职务").tap("邀请人员").tap("双龙校区").tap("支部书记")
    assert "邀请码" in phone.text


def invite_all(phone: Counted) -> None:
    phone.tap("人员").tap("邀请人员").tap("一次邀请多人").tap("给这 1 个支部的书记生成邀请码")
    assert phone.screen.attachment is not None


def remove(phone: Counted) -> None:
    phone.tap("人员").tap("双龙校区书记").tap("移除").tap("确认移除")
    assert phone.toast.startswith("已移除 双龙校区书记")


def cut_off(phone: Counted) -> None:
    phone.tap("人员").tap("双龙校区书记").tap("丢手机").tap("全部退出")
    assert phone.toast.startswith("已退出 双龙校区书记")


def replace_somebody(phone: Counted) -> None:
    phone.tap("人员").tap("双龙校区书记").tap("发移交码")
    assert "移交码" in phone.text


def not_joined(phone: Counted) -> None:
    phone.tap("人员").tap("谁没加入")
    assert phone.screen.title.startswith("未用的邀请码")


def holiday(phone: Counted) -> None:
    phone.tap("工作安排").tap("放假调休").say("1月8日 放假")
    assert "1月8日" in phone.text


def publish(phone: Counted) -> None:
    member = Phone(phone.conversation, World.PERSONAS[MEMBER])
    for branch in range(1, 5):
        member.press(OpenSheet(branch, 0, int(Rater.COMMITTEE))).say("1-24合")
        member.tap("保存").tap("提交").tap("确认提交")
    phone.tap("排名").tap("公布").tap("确认公布")
    assert phone.toast.startswith("已公布")


def add_a_branch(world: World) -> None:
    with world.database.write() as session:
        terms.add_branch(session, committee_id=1, name="东坝党支部", campus="")


def publish_three_stars(world: World) -> None:
    for branch, grades in enumerate(("优" * 24, "优" * 24, "优" * 24, "合" * 23 + "不")):
        evaluate_all(world, branch, grades)
    world.phone("administrator").say("公布").tap("确认公布")
    with world.database.write() as session:
        reminders.lay_out(session, 1, world.clock().date())


def rectify(phone: Counted) -> None:
    phone.tap("整改").tap("采用全部").tap("提交整改").tap("确认提交")
    assert phone.toast.startswith("已提交")


def fail_one(world: World) -> None:
    world.phone(SECRETARY).say("自评").say("7不").tap("保存")


def note_measure(phone: Counted) -> None:
    phone.say("第7项").tap("记一条整改措施")
    assert phone.toast == "第 7 项已记下一条整改措施，可以再改"


def hand_in_plan(world: World) -> None:
    publish_three_stars(world)
    rectify(Counted(world.conversation, World.PERSONAS[SECRETARY]))


def agree_with_plan(phone: Counted) -> None:
    phone.tap("排名").tap("整改台账").tap("新源里").tap("同意")
    assert phone.toast == "已同意，支部马上收到"


def register_file(phone: Counted) -> None:
    phone.tap("排名").tap("整改台账").tap("台账 Excel")
    assert phone.screen.attachment is not None


def own_chart(phone: Counted) -> None:
    phone.tap("结果").tap("看图")
    assert phone.screen.attachment is not None


def all_in_a_chart(phone: Counted) -> None:
    phone.tap("排名").tap("看图")
    assert phone.screen.attachment is not None


def download(phone: Counted) -> None:
    phone.tap("打印").tap("打包下载").tap("下载")
    assert phone.screen.attachment is not None


def see_register(phone: Counted) -> None:
    phone.tap("排名").tap("整改台账")
    assert "新源里校区：评为三星" in phone.text


def print_own(phone: Counted) -> None:
    phone.tap("结果").tap("打印测评表").tap("Word")
    assert phone.screen.attachment is not None


def print_other(phone: Counted) -> None:
    phone.tap("打印").tap("双龙").tap("Excel")
    assert phone.screen.attachment is not None


def print_all(phone: Counted) -> None:
    phone.tap("打印").tap("汇总表 Excel")
    assert phone.screen.attachment is not None


SECRETARY, MEMBER, ADMINISTRATOR = "secretary of 新源里", "member", "administrator"
WHO = {"支部书记": SECRETARY, "总支委员": MEMBER, "管理员": ADMINISTRATOR}
Task = Callable[[Counted], None]
TASKS: dict[tuple[str, str], Task] = {
    (SECRETARY, "填完 24 项并提交"): score,
    (SECRETARY, "报一次主题党日的出勤"): report,
    (SECRETARY, "完成一项待办"): done,
    (SECRETARY, "从目录打开一项并评分"): item,
    (SECRETARY, "看本支部的结果"): result,
    (SECRETARY, "打印本支部的测评表"): print_own,
    (SECRETARY, "邀请支委"): colleague,
    (SECRETARY, "换提醒时间"): hour,
    (SECRETARY, "采用建议，提交整改"): rectify,
    (SECRETARY, "给没有评优秀的一项记一条整改措施"): note_measure,
    (SECRETARY, "看本支部的雷达图"): own_chart,
    (MEMBER, "看整改台账"): see_register,
    (MEMBER, "整改台账存成文件"): register_file,
    (MEMBER, "同意整改"): agree_with_plan,
    (MEMBER, "看排名图"): all_in_a_chart,
    (MEMBER, "评完一个支部并提交"): evaluate,
    (MEMBER, "与自评一致时，评完一个支部并提交"): agree,
    (MEMBER, "与自评一致时，评完四个支部并提交"): agree_with_all,
    (MEMBER, "退回自评的两项"): give_back,
    (MEMBER, "提醒一个支部的全部工作"): chase_everything,
    (MEMBER, "提醒全部支部的全部工作"): chase_all,
    (MEMBER, "提醒一个支部的一项工作"): chase_one_thing,
    (MEMBER, "看一个支部还差什么"): owes,
    (MEMBER, "交办一项任务"): give,
    (MEMBER, "看排名"): rank,
    (MEMBER, "打印一个支部的测评表"): print_other,
    (MEMBER, "打印汇总表"): print_all,
    (MEMBER, "打包下载"): download,
    (ADMINISTRATOR, "公布一个学期的结果"): publish,
    (ADMINISTRATOR, "邀请支部书记"): invite,
    (ADMINISTRATOR, "给缺书记的支部一次发邀请码并打印"): invite_all,
    (ADMINISTRATOR, "录入一天放假"): holiday,
    (ADMINISTRATOR, "看谁没加入"): not_joined,
    (ADMINISTRATOR, "移除一个职务"): remove,
    (ADMINISTRATOR, "给职务换人"): replace_somebody,
    (ADMINISTRATOR, "手机丢了，退出它的登录"): cut_off,
}


PREPARED: dict[Task, Callable[[World], None]] = {
    invite_all: add_a_branch,
    rectify: publish_three_stars,
    note_measure: fail_one,
    own_chart: publish_three_stars,
    see_register: publish_three_stars,
    register_file: publish_three_stars,
    agree_with_plan: hand_in_plan,
    all_in_a_chart: publish_three_stars,
    agree: submit_as_the_numbers_say,
    agree_with_all: submit_as_the_numbers_say,
}
MOST: dict[Task, int] = {  # taps
    invite_all: 4,
    agree: 6,
    agree_with_all: 25,
    print_own: 3,
    print_other: 3,
    rectify: 4,
    note_measure: 2,
    register_file: 3,
}
TYPED = {"": 0, "输入一次": 1, "输入两次": 2}


def table() -> dict[tuple[str, str], tuple[int, int]]:
    """The guide's table: taps and typed texts, by who and what."""
    appendix = GUIDE.read_text(encoding="utf-8").partition("## 附录：点几下")[2]
    return {
        (WHO[row["who"].strip()], row["task"].strip()): (int(row["taps"]), TYPED[row["typed"].strip("，")])
        for row in ROW.finditer(appendix)
    }


def test_the_guide_has_a_row_for_each_task() -> None:
    assert table().keys() == TASKS.keys()


@pytest.mark.parametrize(("who", "task"), TASKS)
def test_a_task_takes_no_more_taps_than_the_guide_says(desk: World, who: str, task: str) -> None:
    if (prepare := PREPARED.get(TASKS[who, task])) is not None:
        prepare(desk)
    phone = Counted(desk.conversation, World.PERSONAS[who])
    phone.send(phone.event(text="首页"))
    TASKS[who, task](phone)
    assert (phone.taps, phone.typed) == table()[who, task]
    assert phone.taps <= MOST.get(TASKS[who, task], phone.taps)
