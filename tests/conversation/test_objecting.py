"""异议: confirmed, told, answered by who did not evaluate, and until when."""

from datetime import timedelta

import pytest

from bot import actions
from bot.permissions import Rater, Role
from tests.conftest import Clock
from tests.phone import World, code_for
from tests.published import amended, evaluate, heard, mailed, objected, published
from tests.wire import Clockwork


@pytest.mark.slow
def test_an_objection_is_confirmed_told_answered_by_who_did_not_evaluate_and_told_back(
    world: World, clock: Clock
) -> None:
    for who in World.PERSONAS:
        world.phone(who).say("首页")
    phone = objected(world)
    assert phone.toast == "已提出，党总支马上收到"
    clockwork = Clockwork(world, clock)
    clockwork.tick()
    for who in ("administrator", "member", "other member"):
        assert "双龙校区党支部对2026–2027学年第一学期的结果提出异议。" in heard(clockwork, who)
    objection = getattr(phone.screen.here, "objection", 0)
    evaluator = world.phone("member").press(actions.ShowObjection(objection))
    assert "请由没有参加评价的同志答复" in evaluator.text
    evaluator.press(actions.SendAnswer(objection))
    assert "请由没有参加评价的同志答复" in evaluator.toast
    other = world.phone("other member").press(actions.ShowObjection(objection)).say("已复核，维持原评价。")
    assert "维持原评价" not in phone.press(actions.ShowObjection(objection)).text, (
        "a draft is the committee's"
    )
    other.tap("确认答复")
    assert "维持原评价" in phone.press(actions.ShowObjection(objection)).text
    clockwork.tick()
    assert "党总支答复了双龙校区党支部的异议。" in heard(clockwork, "secretary of 双龙")


def test_who_amends_has_not_evaluated_by_that(desk: World) -> None:
    phone = objected(desk)
    objection = getattr(phone.screen.here, "objection", 0)
    amended(desk, who="other member").tap("确认更正")
    other = desk.phone("other member").press(actions.ShowObjection(objection)).say("已经更正")
    assert other.tap("确认答复").toast == "已答复，支部马上收到"


def test_where_everybody_evaluated_who_did_answers_all_the_same(desk: World) -> None:
    for who in ("administrator", "other member"):
        evaluate(desk, 2, "合" * 24 if who == "administrator" else "合" * 23 + "不", submits=False, who=who)
    phone = objected(desk)
    objection = getattr(phone.screen.here, "objection", 0)
    member = desk.phone("member").press(actions.ShowObjection(objection)).say("维持")
    assert member.tap("确认答复").toast == "已答复，支部马上收到"


def test_nobody_answers_for_a_branch_in_which_they_sit(desk: World) -> None:
    phone = objected(desk)
    objection = getattr(phone.screen.here, "objection", 0)
    other = desk.phone("other member").say(code_for(desk, Role.OFFICER, desk.branches[2].id))
    assert "您在这个支部任职" in other.press(actions.ShowObjection(objection)).text
    other.press(actions.SendAnswer(objection))
    assert "您在这个支部任职" in other.toast
    amends = desk.sheet(2, Rater.COMMITTEE)
    assert amends is not None
    assert "您在这个支部任职" in other.press(actions.AmendItems(amends.id)).toast


def test_one_objection_is_open_at_a_time(desk: World) -> None:
    phone = objected(desk)
    assert phone.say("结果").tap("提出异议").screen.title == "异议 · 双龙校区党支部"
    with desk.database.read() as session:
        me = desk.me("secretary of 双龙")
    assert me.person_id
    assert "已经提出的异议还没有答复" in _typed(desk, "secretary of 双龙", 2)
    assert "没有查看" in _typed(desk, "secretary", 2)
    assert "异议由支部书记提出" in _typed(desk, "officer", 0)
    del session


def _typed(world: World, who: str, branch: int) -> str:
    """What is said to a text that was typed where one objects, whether one may or not."""
    phone = world.phone(who)
    with pytest.MonkeyPatch.context() as patch:
        action = actions.TypedObjection(world.branches[branch].id, world.terms[0].id, "请复核")
        patch.setattr("bot.conversation.read", lambda _: action)
        return phone.send(phone.event(press="any")).toast


def test_a_word_that_is_understood_everywhere_is_no_answer(desk: World) -> None:
    phone = objected(desk)
    objection = getattr(phone.screen.here, "objection", 0)
    administrator = desk.phone("administrator").press(actions.ShowObjection(objection)).say("异议")
    assert administrator.screen.title.startswith("异议 · 2026–2027")
    assert "确认答复" not in administrator.tap("双龙").labels


def test_after_the_period_it_is_refused_and_said_why(desk: World, clock: Clock) -> None:
    published(desk)
    phone = desk.phone("secretary of 双龙").say("结果").tap("提出异议").say("第24项有记录")
    send = next(button.action for button in phone.screen.buttons if button.label == "确认提出")
    clock.now += timedelta(days=8)  # 1月5日, the last day
    assert "提出异议" in desk.phone("secretary of 双龙").say("结果").labels
    clock.now += timedelta(days=1)
    assert "提出异议" not in desk.phone("secretary of 双龙").say("结果").labels
    assert "公示期到 1月5日为止，已经结束" in phone.press(send).toast


def test_a_letter_says_that_an_objection_waits_until_it_is_answered_and_then_that_it_is(desk: World) -> None:
    objection = actions.ShowObjection(getattr(objected(desk).screen.here, "objection", 0))
    waits = ("有支部对2026–2027学年第一学期的评定结果提出异议，请打开网页查看。",)
    assert mailed(desk, "administrator", objection) == waits
    assert mailed(desk, "secretary of 双龙", objection) == ()
    assert mailed(desk, "secretary", objection) == (), "it is not theirs to see"
    desk.phone("other member").press(objection).say("维持原评价").tap("确认答复")
    assert mailed(desk, "administrator", objection) == ()
    answered = ("对2026–2027学年第一学期评定结果的异议已答复，请打开网页查看。",)
    assert mailed(desk, "secretary of 双龙", objection) == answered


def test_an_answer_that_somebody_else_rewrote_is_not_sent_unseen(desk: World) -> None:
    phone = objected(desk)
    objection = getattr(phone.screen.here, "objection", 0)
    one = desk.phone("other member").press(actions.ShowObjection(objection)).say("维持原评价")
    desk.phone("administrator").press(actions.ShowObjection(objection)).say("同意更正")
    assert one.tap("确认答复").toast == "答复刚有改动，还没有发出，请再核对。"
    assert "同意更正" in one.text
    assert "同意更正" not in phone.press(actions.ShowObjection(objection)).text
    assert one.press(actions.SendAnswer(objection)).toast == "答复刚有改动，还没有发出，请再核对。"
    assert one.tap("确认答复").toast == "已答复，支部马上收到"
