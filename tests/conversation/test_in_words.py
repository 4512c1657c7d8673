"""文字模式: switched by a word or a button, told to every screen that goes out, and enough for the whole product."""

import pytest

import bot.conversation
import bot.dialogue
from bot.actions import Action, Home, InWords, Preferences, wire
from bot.channels.wecom.cards import shown
from bot.channels.wecom.limits import APP
from bot.dialogue.work import Work
from bot.message import Button, Message, Reply
from bot.pressing import marks
from tests.cards import reply_for
from tests.conftest import Clock
from tests.main_job import check_stored, invited, main_job
from tests.phone import Phone, World
from tests.wire import Clockwork


def text_of(message: Message) -> str:
    """A screen as somebody sees it who sees text alone."""
    found = shown(message, APP)
    assert found.card is None
    return "".join(found.texts)


def say(phone: Phone, text: str) -> Phone:
    """Type on a channel that shows marks."""
    return phone.send(phone.event(text=text, marked=True))


def test_a_word_switches_and_another_one_switches_back(world: World) -> None:
    phone = world.phone("secretary").say("待办")
    assert phone.screen.in_words is False
    phone.say("文字模式")
    assert phone.toast == "以后在企业微信里只发文字。要换回来，回复：卡片模式"
    assert (phone.screen.title, phone.screen.in_words) == ("提醒设置", True)
    assert "只发文字。" in phone.text
    assert phone.say("首页").screen.in_words
    assert world.conversation.look(phone.channel, phone.address).screen.in_words
    assert not world.phone("officer").say("首页").screen.in_words, "it is this person's alone"
    phone.say("卡片模式")
    assert (phone.toast, phone.screen.in_words) == ("以后在企业微信里发卡片", False)
    assert phone.say("首页").screen.in_words is False


def test_it_is_a_button_in_the_settings_and_holds_on_all_channels_of_a_person(desk: World) -> None:
    phone = desk.phone("secretary").say("提醒设置")
    assert "发卡片。看不到卡片或按钮时，点「文字模式」。" in phone.text
    assert phone.tap("文字模式").labels[-2:] == ["卡片模式", "首页"]
    code = next(
        x[1]
        for x in phone.say("我的职务").tap("登录的设备").tap("在另一台设备上登录").screen.lines
        if x[0] == "登录码"
    )
    other = Phone(desk.conversation, "elsewhere").say(code)
    assert other.say("首页").screen.in_words
    other.say("提醒设置").tap("卡片模式")
    assert phone.say("首页").screen.in_words is False


def test_where_no_screen_is_a_card_there_is_nothing_to_switch(desk: World) -> None:
    phone = desk.phone("secretary")
    phone.conversation._running = {"web", "telegram"}
    assert phone.say("文字模式").toast == "文字模式只用于企业微信，这里不用换。"
    assert "文字模式" not in phone.say("提醒设置").labels


def test_a_refusal_a_receipt_and_a_reminder_are_in_words_too(world: World, clock: Clock) -> None:
    clockwork = Clockwork(world, clock)
    phone = world.phone("secretary of 新源里").say("文字模式")
    assert phone.say("天气").screen.in_words, "what was refused"
    phone.say("自评").say("1-24优").tap("保存").tap("提交").tap("确认提交")
    assert phone.reply.receipt is not None
    assert text_of(phone.reply.receipt)
    clock.forward(minutes=40)
    clockwork.tick()
    sent = {address: message.in_words for _, address, message in clockwork.wire.arrived}
    assert sent[phone.address] is True
    assert set(sent.values()) == {True, False}


def test_an_apology_is_in_words_too(desk: World, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = desk.phone("secretary").say("文字模式")

    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(bot.conversation, "hear", breaks)
    assert phone.say("首页").screen.title == "抱歉，出了点问题"
    assert phone.screen.in_words


def test_a_stranger_may_see_no_card_and_gets_words(desk: World) -> None:
    phone = desk.phone("stranger").say("你好")
    assert phone.reply.stranger
    assert "回复" in text_of(phone.screen)


def test_the_main_job_in_words_alone(world: World) -> None:
    phone = Phone(world.conversation, "words")
    seen = text_of(phone.screen)
    for verb, what, then in main_job(invited(world)):
        if verb == "tap":
            assert what in seen.splitlines()[-1] or f". {what}" in seen, (what, seen)
        say(phone, what)
        if then == "这个月三件事":  # just joined
            say(phone, "文字模式").say("这个月三件事")
        seen = text_of(phone.screen)
        assert then in seen
    check_stored(world)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["secretary of 新源里", "secretary", "officer", "member", "administrator"])
def test_every_button_is_pressed_by_its_words(desk: World, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Action] = []
    respond = bot.dialogue.respond

    def noted(work: Work, action: Action) -> Reply:
        asked.append(action)
        return respond(work, action)

    monkeypatch.setattr(bot.conversation, "respond", noted)
    phone = desk.phone(who).say("文字模式")
    queue: list[Action] = [Home(), Preferences()]
    drawn, typed = set[type[Action]](), set[type[Action]]()
    while queue:
        here = queue.pop(0)
        screen = phone.press(here).screen
        if type(screen.here) in drawn:
            continue
        drawn.add(type(screen.here))
        for button in screen.buttons:
            if type(button.action) in typed - {type(screen.here)} or isinstance(button.action, InWords):
                continue
            typed.add(type(button.action))
            if wire(phone.press(screen.here).screen.here) != wire(screen.here):
                break  # what was pressed before closed it
            now = {wire(one.action): one for one in phone.screen.buttons}.get(wire(button.action))
            if now is not None:
                queue += _type(phone, now, asked)
    assert len(typed) > 40


def _type(phone: Phone, button: Button, asked: list[Action]) -> list[Action]:
    """Reply what presses a button, as its text says; where that leads."""
    word = reply_for(button, marks(phone.screen))
    assert word in text_of(phone.screen)
    asked.clear()
    say(phone, word)
    assert button.action in asked, (word, phone.text, phone.toast)
    return [phone.screen.here]
