"""What goes wrong between the bot of WeCom and Tencent: the state is right, one effect, and people see the truth."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.channels.channel import SettingsRefusedError
from bot.channels.wecom.frames import RESPOND, SEND, UPDATE
from bot.channels.wecom.tenant import ABORT, Fault, Tenant
from bot.store.tables import HISTORY
from tests.channels.wecom_fakes import PROMPT, subscribed
from tests.conftest import Clock
from tests.leased import leased
from tests.main_job import invited, main_job
from tests.phone import World
from tests.reminder_job import BRANCH, REMINDED, deliver, only_the_party_day
from tests.wecom import Phone, Time, at_home, bot_of, patience, running, tenant

WHO = "secretary of 新源里"


async def on_item_7(world: World, there: Tenant) -> Phone:
    """The secretary is on the card of an item."""
    phone = at_home(world, WHO, there, "liming")
    await phone.say("第7项")
    await phone.until("第 7 项")
    return phone


@contextmanager
def one_mark(world: World) -> Iterator[None]:
    """Exactly one mark is given: item 7 is 优秀."""
    before = changes(world)
    yield
    file = world.sheet(BRANCH)
    assert file is not None
    assert int(file.sheet.marks[7].grade) == 2
    assert changes(world) == before + 1


def changes(world: World) -> int:
    """How often a mark was changed."""
    with world.database.read() as session:
        marks = sa.select(sa.func.count()).select_from(HISTORY).where(HISTORY.c.subject == "mark")
        return int(session.execute(marks).scalar_one())


async def test_a_press_that_is_answered_too_late_brings_a_fresh_card(desk: World) -> None:
    late = replace(PROMPT, window=-1.0)
    async with tenant() as there, running(desk.conversation, there, times=late):
        phone = await on_item_7(desk, there)
        card = phone.shown[-1]
        with one_mark(desk):
            await phone.tap("优秀")
            await phone.until("第 8 项")
        assert phone.shown[-1] is not card
        assert len(card.versions) == 1
        assert "第 7 项 已存" in phone.text
    assert there.refused == []


async def test_an_answer_that_nobody_acknowledged_is_not_given_twice(desk: World) -> None:
    hasty = replace(PROMPT, answer=0.1)
    async with tenant() as there, running(desk.conversation, there, times=hasty):
        phone = await on_item_7(desk, there)
        sent = len(phone.shown)
        there.fail(UPDATE, Fault(unanswered=True))
        with one_mark(desk):
            await phone.tap("优秀")
            await phone.until("第 8 项")
        there.fail(SEND, Fault(unanswered=True))
        there.fail(RESPOND, Fault(unanswered=True))
        await phone.say("首页")
        await phone.say("自评")
        await phone.until("第 1 项")
        assert len(phone.shown) == sent + 2
    assert there.refused == []


@pytest.mark.parametrize("code", [846609, 846601, 6000])
async def test_a_press_is_answered_though_the_subscription_is_lost_or_something_is_busy(
    desk: World, code: int
) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = await on_item_7(desk, there)
        there.fail(UPDATE, Fault(code))
        with one_mark(desk):
            await phone.tap("优秀")
            await phone.until("第 8 项")


@pytest.mark.parametrize("code", [ABORT, 1000, 1001, 1011])
async def test_whose_answer_was_lost_with_the_connection_presses_again(desk: World, code: int) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = await on_item_7(desk, there)
        card = phone.shown[-1]
        key = next(key for name, key in card.buttons.items() if "优秀" in name)
        there.fail(UPDATE, Fault(drop=code))
        with one_mark(desk):
            await phone.person.press(card, key)
            async with patience():
                await subscribed(there, 2)
            await phone.answered(phone.person.press(card, key))
            await phone.until("第 8 项")


async def test_a_chat_that_is_full_is_left_alone_for_a_minute_and_answered_then(desk: World) -> None:
    async with tenant(time := Time()) as there, running(desk.conversation, there):
        phone = await on_item_7(desk, there)
        there.fail(UPDATE, Fault(45009))
        with one_mark(desk):
            await phone.tap("优秀")
            await phone.until("第 8 项")
        assert time.waited >= 60.0
        assert [code for _, code, _ in there.refused] == [45009]


async def test_a_bot_that_was_kicked_comes_back_and_is_answered(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = await on_item_7(desk, there)
        await there.kick()
        async with patience():
            await subscribed(there, 2)
        with one_mark(desk):
            await phone.tap("优秀")
            await phone.until("第 8 项")


async def test_a_bot_that_is_taken_twice_stops_and_the_administrators_hear_why(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there) as bot:
        assert bot.ailment() is None
        await there.kick()
        async with patience():
            await subscribed(there, 2)
        await there.kick()
        with pytest.raises(SettingsRefusedError, match="另一个程序也在用这个企业微信机器人"):
            await bot.run()
        ailment = bot.ailment()
        assert ailment is not None
        assert "另一个程序也在用这个企业微信机器人" in ailment.said


async def test_what_is_told_twice_counts_once(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = await on_item_7(desk, there)
        with one_mark(desk):
            await phone.tap("优秀")
            await phone.until("第 8 项")
            await phone.answered(there.tell_again())
            await phone.until("第 8 项")


async def test_a_button_of_an_older_card_does_what_it_says_and_the_card_shows_what_is(desk: World) -> None:
    async with tenant() as there, running(desk.conversation, there):
        phone = await on_item_7(desk, there)
        old = phone.shown[-1]
        await phone.say("首页")
        with one_mark(desk):
            key = next(key for name, key in old.buttons.items() if "优秀" in name)
            await phone.answered(phone.person.press(old, key))
            async with patience():
                await there.until(lambda: "第 8 项" in old.words)
        await phone.answered(phone.person.press(old, "no key of ours"))
        assert old.buttons, "there is a way on"
    assert there.undrawn == []


async def test_a_reminder_waits_for_the_connection_and_comes_as_soon_as_it_is_there(
    desk: World, clock: Clock
) -> None:
    only_the_party_day(desk, clock, "wecom", "liming")
    async with tenant() as there:
        phone = Phone(there, "liming")
        phone.person.chat.opened = True
        away = bot_of(desk.conversation, there)
        assert not away.sends()
        await deliver(desk, clock, "wecom", away)
        async with running(desk.conversation, there) as bot:
            await deliver(desk, clock, "wecom", bot)
            await phone.until(REMINDED)
        assert not bot.sends()
    assert len(phone.shown) == 1


async def test_of_two_processes_one_is_heard_and_the_other_when_the_lease_is_over(
    world: World, clock: Clock
) -> None:
    first, other = (leased(world, "wecom", name) for name in ("first", "other"))
    async with tenant() as there, running(world.conversation, there, lease=first):
        second = bot_of(world.conversation, there, lease=other)
        assert [line async for line in second.check()] == [
            "– 企业微信：另一个正在运行的程序在用这个机器人，没有另外连接"
        ]
        assert there.subscriptions == 1
        clock.forward(minutes=2)  # the first has not renewed it: it is dead, as far as anybody knows
        assert [line async for line in second.check()] == ["✓ 企业微信机器人"]
        assert there.subscriptions == 2


async def test_no_log_holds_what_people_say_or_a_secret(
    desk: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = invited(desk)
    async with tenant() as there, running(desk.conversation, there):
        phone = Phone(there, "liming")
        for verb, what, then in list(main_job(code))[:8]:
            await getattr(phone, verb)(f"绑定 {what}" if what == code else what)
            await phone.until(then)
        there.fail(UPDATE, Fault(45009))
        await phone.tap("优秀")
        await phone.say("这个那个")
    logged = "".join(capsys.readouterr()) + caplog.text
    assert UPDATE in logged, "it is there to be read"
    for private in (code, "demo-secret", "3人请假", "优秀", "这个那个", "第 1 项", "liming", "m:"):
        assert private not in logged
