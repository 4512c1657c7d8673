"""The walk finds a way back everywhere, and a label or a digit presses what it should."""

import os
from dataclasses import replace

import pytest

from bot.actions import ReturnPlan, Say, Send, SendAnswer, SendBack, Unreadable, all_actions, is_final, wire
from bot.conversation import Event
from bot.pressing import heard, marks
from bot.store import self_check
from tests.conftest import Clock
from tests.phone import World
from tests.walking import TEXTS, Walk, everywhere

OLD = {ReturnPlan, SendAnswer, SendBack}  # what no screen makes any more, and old buttons still ask for


@pytest.mark.slow
def test_from_a_members_home_every_kind_of_button_leads_somewhere_with_a_way_back(
    desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = Walk(desk, monkeypatch, enough=2)
    desk.phone("member").say("首页")
    walk.walk("member")
    assert not walk.wrong, "\n".join(walk.wrong[:20])


@pytest.mark.slow
def test_from_every_home_every_button_leads_somewhere_with_a_way_back(walked: Walk) -> None:
    assert not walked.wrong, "\n".join(walked.wrong[:20])
    assert set(all_actions()) - walked.reached == OLD


@pytest.mark.slow
def test_after_the_walk_what_is_stored_agrees_with_itself(walked: Walk) -> None:
    world = walked.world
    assert list(self_check.findings(world.database, world.evidence, lambda: None)) == []
    with world.database.snapshot() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM history").scalar_one() > 500


@pytest.mark.slow
@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_from_every_home_every_kind_of_button_leads_somewhere_on_postgresql_too(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole walk takes two minutes there. What a text means does not depend on the database: few are typed."""
    whole = os.environ.get("TRIALS") == "long"
    walk = Walk(world, monkeypatch) if whole else Walk(world, monkeypatch, enough=3, texts=TEXTS[::4])
    everywhere(world, clock, walk)
    assert not walk.wrong, "\n".join(walk.wrong[:20])
    if whole:
        assert set(all_actions()) - walk.reached == OLD


def test_a_typed_label_presses_the_button_and_a_number_only_one_that_shows_it(desk: World) -> None:
    phone = desk.phone("secretary of 新源里").say("首页")
    phone.say("开始自评")
    assert phone.screen.title.startswith("第 1 项")
    phone.say("目录")
    assert phone.screen.title.startswith("目录")
    phone.say("7")
    assert phone.screen.title.startswith("第 7 项")
    phone.say("首页").say("2")
    assert "没看懂「2」" in phone.toast, "no digit stands in front of a button there"


@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("digit", ["1", "2", "3", "１"])
def test_a_digit_submits_nothing_and_gives_up_nothing(desk: World, marked: bool, digit: str) -> None:
    phone = desk.phone("secretary of 新源里").say("自评").say("1-24优").tap("保存").tap("提交")
    phone.send(replace(phone.event(text=digit), marked=marked))
    file = desk.sheet(3)
    assert file is not None
    assert file.sheet.total == 100
    assert not file.sheet.submitted
    phone.say("我的职务").tap("退出")
    phone.send(replace(phone.event(text=digit), marked=marked))
    assert desk.me("secretary of 新源里").seats


def test_a_digit_presses_the_button_that_shows_it(desk: World) -> None:
    phone = (
        desk.phone("member")
        .say("首页")
        .tap("交办任务")
        .say("12月30日前交小结")
        .tap("确认交办")
        .tap("交办任务")
    )
    assert phone.say("1").screen.title == "交办 · 交小结"


def test_where_marks_are_shown_a_mark_presses_but_not_what_cannot_be_taken_back(
    desk: World,
) -> None:
    phone = desk.phone("member").say("首页")
    assert list(marks(phone.screen)) == ["1", "2", "3"], "接着评 is short enough"
    for mark, button in marks(phone.screen).items():
        assert button.label.startswith("评价 ")
        assert heard(mark, phone.screen, marked=True) is button.action
        assert heard(mark, phone.screen) is None
    assert heard("4", phone.screen, marked=True) is None, "no button has it"
    leaving = desk.phone("secretary").say("我的职务").tap("登录的设备").tap("退出登录").screen
    button = next(button for button in leaving.buttons if button.label == "确认退出登录")
    assert is_final(button.action)
    bare = replace(leaving, rows=((replace(button, short=""),),))
    assert marks(bare) == {"1": bare.buttons[0]}
    assert heard("1", bare, marked=True) is None
    assert heard("确认退出", leaving, marked=True) is None, "its short label neither"
    assert heard("确认退出登录", leaving) is button.action


def test_an_event_of_no_known_kind_is_answered(desk: World) -> None:
    phone = desk.phone("secretary")
    event = replace(phone.event(text="x"), text=None)
    assert isinstance(event, Event)
    phone.send(event)
    assert "这种消息暂时用不了" in phone.toast


def test_actions_that_no_button_makes_are_the_said_ones() -> None:
    for action in (Say("x"), Send, Unreadable("voice")):
        with pytest.raises((KeyError, TypeError)):
            wire(action)  # type: ignore[arg-type]
