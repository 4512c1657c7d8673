"""The app of WeCom as people use it: told over HTTP with its encryption, against the server API on loopback."""

from collections.abc import AsyncIterator

import pytest

from bot.actions import Home
from bot.channels.wecom.app.channel import WARNINGS
from bot.message import Button, Message
from bot.store import chats
from tests.conftest import Clock
from tests.conversation.test_returning import returned
from tests.everything import everything
from tests.files.making import saved
from tests.main_job import check_stored, invited, main_job
from tests.phone import World
from tests.reminder_job import REMINDED, check_reported, deliver, only_the_party_day, reminder_job
from tests.wecom import see_what_was_returned
from tests.wecom_api import Fault, WeComApi
from tests.wecom_app import Phone, at_home, running


@pytest.fixture
async def there() -> AsyncIterator[WeComApi]:
    async with WeComApi() as api:
        yield api


@pytest.mark.slow
async def test_the_main_job_on_cards(desk: World, there: WeComApi) -> None:
    async with running(desk.conversation, there) as side:
        phone = Phone(side, "LiMing")
        for verb, what, then in main_job(code := invited(desk)):
            await getattr(phone, verb)(f"绑定 {what}" if what == code else what)
            await phone.until(then)
        assert "已提交" in phone.said
        assert there.calls["message/send"] <= 8, "24 marks change one card, in answers that cost nothing"
    assert there.refused == []
    check_stored(desk)


@pytest.mark.slow
async def test_the_main_job_in_words_alone(desk: World, there: WeComApi) -> None:
    async with running(desk.conversation, there) as side:
        phone = Phone(side, "LiMing")
        for _, what, then in main_job(code := invited(desk)):
            await phone.say(f"绑定 {what}" if what == code else what)
            await phone.until(then)
            if what == code:
                await phone.say("文字模式")
                await phone.until("回复")
        assert "已提交" in phone.said
    assert len([one for one in phone.shown if one.versions]) <= 1, "the one by which somebody was greeted"
    assert there.refused == []
    check_stored(desk)


@pytest.mark.slow
async def test_a_reminder_is_answered_by_typing(desk: World, clock: Clock, there: WeComApi) -> None:
    only_the_party_day(desk, clock, "wecom_app", "liming")
    async with running(desk.conversation, there) as side:
        phone = Phone(side, "LiMing")
        await deliver(desk, clock, "wecom_app", side.app)
        await phone.until(REMINDED)
        for verb, what, then in reminder_job():
            await getattr(phone, verb)(what)
            await phone.until(then)
    assert there.refused == []
    check_reported(desk, clock)


async def test_standings_and_a_returned_sheet(desk: World, there: WeComApi) -> None:
    returned(desk)
    async with running(desk.conversation, there) as side:
        secretary = at_home(desk, "secretary of 双龙", side, "hanmei")
        await see_what_was_returned(secretary, at_home(desk, "member", side, "weiyuan"))
    assert there.refused == []


async def test_evidence_comes_as_a_picture_and_the_form_goes_as_a_file(desk: World, there: WeComApi) -> None:
    async with running(desk.conversation, there) as side:
        phone = at_home(desk, "secretary of 新源里", side, "liming")
        await phone.say("第7项")
        await phone.until("第 7 项")
        await phone.answered(phone.me.send("image", "手册.jpg", saved("JPEG")))
        await phone.until("已收到材料（第 1 份）")
        await phone.say("打印")
        await phone.until("测评表")
        await phone.tap("Excel")
        await phone.until("测评表")
        [form] = [one for one in phone.shown if one.kind == "file"]
        assert form.file_name.endswith("新源里校区党支部 测评表.xlsx")
        assert form.data.startswith(b"PK")
    assert there.refused == []


async def test_the_menu_says_its_words_and_opening_the_chat_shows_what_stands_once_a_day(
    desk: World, there: WeComApi
) -> None:
    async with running(desk.conversation, there) as side:
        stranger = Phone(side, "Newcomer")
        await stranger.answered(stranger.me.happens("subscribe"))
        assert "邀请码" in stranger.text
        assert there.calls["message/send"] == 0, "it is the answer"
        phone = at_home(desk, "secretary of 新源里", side, "liming")
        await phone.answered(phone.me.happens("enter_agent"))
        await phone.until("新源里")
        before = everything(desk.database)
        await phone.me.happens("enter_agent")
        assert len(phone.shown) == 1
        assert everything(desk.database) == before
        keys = [one for button in there.menu["button"] for one in button.get("sub_button", [button])]
        for one in keys:
            await phone.answered(phone.me.happens("click", one["key"]))
            assert "没有听懂" not in phone.text
    assert there.refused == []


async def test_more_is_typed_as_well(desk: World, there: WeComApi) -> None:
    async with running(desk.conversation, there) as side:
        phone = at_home(desk, "secretary of 新源里", side, "liming")
        await phone.say("首页")
        await phone.until("新源里")
        first = phone.shown[-1].buttons
        await phone.say("更多")
        await side.until(lambda: len(phone.shown) == 2)
        second = phone.shown[-1].buttons
        assert not set(first) - {"更多"} & set(second) - {"更多", "第一页"}


async def test_a_press_that_takes_long_changes_the_card_later(desk: World, there: WeComApi) -> None:
    async with running(desk.conversation, there) as side:
        side.app._callback._within = 0.0
        phone = at_home(desk, "secretary of 新源里", side, "liming")
        await phone.say("第7项")
        await phone.until("第 7 项")
        sent = len(phone.shown)
        await phone.tap("优秀")
        await phone.until("第 8 项")
        assert len(phone.shown) == sent, "it is the same card"
        assert there.calls["message/update_template_card"] == 1
        there.fail("message/update_template_card", Fault(60140))
        await phone.tap("优秀")
        await phone.until("第 9 项")
        assert len(phone.shown) == sent + 1, "its code was used up: a fresh one comes"


async def test_what_comes_again_gets_the_same_answer_and_has_one_effect(desk: World, there: WeComApi) -> None:
    async with running(desk.conversation, there) as side:
        phone = at_home(desk, "secretary of 新源里", side, "liming")
        await phone.say("第7项")
        await phone.until("第 7 项")
        card = phone.shown[-1]
        key = next(key for name, key in card.buttons.items() if "优秀" in name)
        told = phone.me.pressed(card, key)
        answers = [await side.tell(told) for _ in range(3)]
        assert {answer.findtext(".//MainTitle/Title") for answer in answers if answer is not None} == {
            "第 8 项 · 主题党日"
        }
    file = desk.sheet(3)
    assert file is not None
    assert len(file.sheet.marks) == 1


async def test_a_member_who_leaves_gets_nothing_until_they_come_back(desk: World, there: WeComApi) -> None:
    async with running(desk.conversation, there) as side:
        phone = at_home(desk, "secretary of 新源里", side, "liming")
        await phone.me.happens("unsubscribe")
        assert "wecom_app" not in reached(desk, "secretary of 新源里")
        await phone.say("首页")
        await phone.until("新源里")
        assert "wecom_app" in reached(desk, "secretary of 新源里")


def reached(world: World, who: str) -> set[str]:
    """By which channels notices reach somebody."""
    person = world.me(who).person_id
    assert person
    with world.database.read() as session:
        return {one.channel for one in chats.addresses(session, person)}


async def test_what_wecom_does_to_an_unused_app_is_an_ailment_until_it_is_well(
    desk: World, there: WeComApi
) -> None:
    async with running(desk.conversation, there) as side:
        phone = at_home(desk, "secretary of 新源里", side, "liming")
        person = phone.me
        await person.happens("close_inactive_agent")
        ailment = side.app.ailment()
        assert ailment is not None
        assert ailment.said == WARNINGS["close_inactive_agent"]
        await person.happens("reopen_inactive_agent")
        assert side.app.ailment() is None
        await person.happens("inactive_alert")
        assert side.app.ailment() is not None
        await phone.say("首页")
        assert side.app.ailment() is None, "somebody uses it"


async def test_a_card_whose_answer_is_lost_is_sent_once(desk: World, there: WeComApi) -> None:
    async with running(desk.conversation, there) as side:
        there.member("LiMing")
        button = ((Button("首页", Home()),),)
        for message in (Message("提醒", ("明天开会。",)), Message("提醒", ("明天开会。",), button)):
            there.fail("message/send", Fault(drop=True, after=True))
            await side.app.push("LiMing", message, stands=False)
    assert [one.kind for one in there.member("LiMing").messages] == ["text", "template_card"]
