"""What is written down as it was typed: not what asks the bot for something, thanks it, or says nothing at all."""

from collections.abc import Callable

import pytest

from bot import actions
from bot.actions import Rectify, TypedLineReason, TypedReason
from bot.dialogue.meant import PROSE
from bot.permissions import Rater
from bot.pressing import heard
from bot.words.grammar import courteous, grammar, taught
from tests.conversation.test_bad_input import kept
from tests.conversation.test_rectifying import OWNER, accepted, lay_out, plan_of, submitted
from tests.phone import Phone, World
from tests.published import objected, published

Field = Callable[[World], Phone]


def opinion(desk: World) -> Phone:
    return desk.phone("officer").say("提意见")


def answer_to_an_opinion(desk: World) -> Phone:
    opinion(desk).say("字太小，请放大")
    return desk.phone("administrator").say("意见").tap("答复 1")


def objection(desk: World) -> Phone:
    published(desk)
    return desk.phone(OWNER).say("结果").tap("提出异议")


def answer_to_an_objection(desk: World) -> Phone:
    objected(desk)
    return desk.phone("administrator").say("异议").tap("双龙")


def note(desk: World) -> Phone:
    return desk.phone("secretary of 新源里").say("自评").say("目录").tap("6 ·").tap("备注")


def reason_for_points(desk: World) -> Phone:
    return desk.phone("secretary of 新源里").say("自评").say("目录").tap("6 ·").tap("其他分值").tap("3.5")


def reason_for_a_line(desk: World) -> Phone:
    return desk.phone("secretary of 新源里").say("自评").say("6项3.5分")


def reason_to_return(desk: World) -> Phone:
    return desk.phone("member").say("退回双龙").tap("7 ")


def reason_to_return_a_plan(desk: World) -> Phone:
    return _to_the_plan(desk).tap("退回")


def guidance(desk: World) -> Phone:
    return _to_the_plan(desk).tap("写指导意见")


def _to_the_plan(desk: World) -> Phone:
    submitted(desk)
    return desk.phone("member").press(Rectify(desk.branches[2].id, desk.terms[0].id))


def measure(desk: World) -> Phone:
    published(desk)
    lay_out(desk)
    return desk.phone(OWNER).say("首页").tap("整改").tap("写一条措施")


def measure_that_is_planned(desk: World) -> Phone:
    published(desk)
    lay_out(desk)
    return desk.phone(OWNER).say("首页").tap("整改").tap("采用全部 24 条建议").tap("第 1 条")


def report(desk: World) -> Phone:
    accepted(desk)
    return desk.phone(OWNER).press(actions.MeasureCard(plan_of(desk).measures[0].id))


def reason_to_send_back(desk: World) -> Phone:
    report(desk).say("已建立台账").tap("已完成")
    return desk.phone("member").press(actions.MeasureCard(plan_of(desk).measures[0].id)).tap("退回")


def reason_to_amend(desk: World) -> Phone:
    published(desk)
    file = desk.sheet(2, Rater.COMMITTEE)
    assert file is not None
    return desk.phone("administrator").press(actions.AmendItem(file.id, 24)).tap("合格")


def campus(desk: World) -> Phone:
    return desk.phone("administrator").press(actions.BranchList(1, 0)).tap("双龙").tap("改校区")


def title_of_a_task(desk: World) -> Phone:
    return desk.phone("administrator").say("1月20日前交工会活动小结").tap("标题：")


def own_name(desk: World) -> Phone:
    return desk.phone("officer").say("改称呼")


FIELDS: tuple[Field, ...] = (
    opinion,
    answer_to_an_opinion,
    objection,
    answer_to_an_objection,
    note,
    reason_for_points,
    reason_for_a_line,
    reason_to_return,
    reason_to_return_a_plan,
    guidance,
    measure,
    measure_that_is_planned,
    report,
    reason_to_send_back,
    reason_to_amend,
    campus,
    own_name,
)


@pytest.mark.parametrize("field", FIELDS)
def test_what_asks_or_thanks_the_bot_or_says_nothing_is_not_written_down(desk: World, field: Field) -> None:
    phone = field(desk)
    assert isinstance(heard("已核对", phone.screen), (*PROSE, TypedReason, TypedLineReason))
    here, before = phone.screen.here, kept(desk)
    for text in (
        "谢谢",
        "好的",
        "？",
        "……",
        *["👍"] * (field is not own_name),
        "催办",
        "整改台账",
        "人员",
        "几星",
        "谁没完成",
        "提醒设置",
    ):
        phone.press(here).say(text)
        assert phone.toast or phone.screen.here != here, f"{text} is not answered"
    assert kept(desk) == before


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("缺照片", reason_to_return),
        ("材料呢？", reason_to_return),
        ("没有台账", reason_to_send_back),
        ("台账已补", report),
        ("整改完成了", report),
        ("还没有交", report),
        ("都怎么改的已写进计划", report),
        ("学期总结已交", report),
        ("已开主题党日", report),
        ("95%", note),
        ("已核", note),
        ("第5项怎么扣分了？", objection),
        ("已收到，谢谢您", answer_to_an_opinion),
        ("同意", answer_to_an_objection),
        ("提醒太早了", opinion),
        ("李老师", own_name),
        ("😀", own_name),
        ("年度评议", title_of_a_task),
        ("1月20日前", measure_that_is_planned),
        ("1.20", measure_that_is_planned),
        ("组织委员", measure_that_is_planned),
        ("落实三会一课", measure),
        ("现在可以了。", opinion),
    ],
)
def test_what_says_something_is_written_down_however_short(desk: World, text: str, field: Field) -> None:
    phone = field(desk)
    before = kept(desk)
    phone.say(text)
    assert kept(desk) != before, phone.toast


def test_a_task_may_be_called_as_what_asks_the_bot_for_something_but_not_thanks(desk: World) -> None:
    phone = title_of_a_task(desk)
    here, before = phone.screen.here, kept(desk)
    for text in ("谢谢", "好的", "？"):
        phone.press(here).say(text)
    assert kept(desk) == before


def test_why_it_was_not_written_down_is_said(desk: World) -> None:
    assert report(desk).say("？").toast == "没有记下「？」。请写一句完整的话，或点下面的按钮。"


def test_how_a_measure_went_is_no_question(desk: World) -> None:
    phone = report(desk)
    before = kept(desk)
    assert phone.say("怎么办").toast == "没有记下「怎么办」。请写这条措施做了什么，例如：已建立台账。"
    assert phone.say("12:00").toast.startswith("没有记下「12:00」")
    assert phone.say("我们几星").screen.title == "结果 · 双龙校区党支部"
    assert kept(desk) == before


def test_who_may_not_do_it_is_told_so_and_nothing_is_written_down(desk: World) -> None:
    phone = report(desk)
    before = kept(desk)
    assert "各支部的情况由党总支查看" in phone.say("催办").toast
    assert kept(desk) == before


def test_an_example_that_names_something_may_be_written_down() -> None:
    assert taught("整改台账！")
    assert courteous("好的，谢谢")
    assert not taught("主题党日")
    assert not courteous("好的，我们改")
    named = {phrase.example for phrase in grammar().phrases if "branch" in set().union(*phrase.needs)}
    assert not [example for example in named if taught(example) and "一支部" in example]
