"""What became of a frame that was sent to WeCom, as far as anybody can know; and what is written down of it."""

import asyncio
import itertools
import logging
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.channels.wecom.frames import (
    RESPOND,
    SEND,
    SUBSCRIBE,
    UPDATE,
    Frame,
    LateError,
    UnansweredError,
    read,
    written,
)
from bot.channels.wecom.media import LostError
from bot.channels.wecom.tenant import ABORT, Fault, Tenant
from bot.delivery import LimitedError, NotArrivedError, NotSentError, RefusedError, UndeliverableError
from tests.channels.wecom_fakes import (
    LIMIT,
    PROMPT,
    SECRET,
    Bot,
    Hands,
    card,
    connected,
    text,
    update,
)
from tests.conftest import trials


async def test_without_an_answer_nobody_knows(tenant: Tenant) -> None:
    zhang = tenant.person("zhangsan")
    await zhang.say("你好")
    tenant.fail(SEND, Fault(unanswered=True), Fault(drop=ABORT, after=True), Fault(drop=1000))
    async with connected(tenant, replace(PROMPT, answer=0.3)) as bot:
        for words in ("没有回执的", "断线前到的", "断线前没到的"):
            with pytest.raises(UnansweredError):
                await bot.connection.send("zhangsan", text(words))
        await bot.connection.send("zhangsan", text("后来的"))
    assert [shown.words for shown in zhang.chat.shown if shown.by_bot] == [
        "没有回执的",
        "断线前到的",
        "后来的",
    ]


async def test_what_is_passing_is_tried_again(tenant: Tenant) -> None:
    zhang = tenant.person("zhangsan")
    tenant.fail(SEND, Fault(846601), Fault(846602), Fault(6000), Fault(), *[Fault(-1)] * 4)
    async with connected(tenant) as bot:
        await zhang.say("你好")
        await bot.connection.send("zhangsan", text("到了"))
        with pytest.raises(NotSentError):
            await bot.connection.send("zhangsan", text("不到"))
    assert [shown.words for shown in zhang.chat.shown] == ["你好", "到了"]


async def test_over_the_limit_of_a_chat_it_is_told_to_wait(tenant: Tenant, hands: Hands) -> None:
    zhang, li = tenant.person("zhangsan"), tenant.person("lisi")
    async with connected(tenant) as bot:
        await zhang.say("你好")
        await li.say("你好")
        for number in range(30):
            await bot.connection.send("zhangsan", text(str(number)))
        with pytest.raises(LimitedError) as limited:
            await bot.connection.send("zhangsan", text("第 31 条"))
        await bot.connection.send("lisi", text("另一个聊天"))
        hands.now += limited.value.wait
        await bot.connection.send("zhangsan", text("第 31 条"))
        tenant.fail(SEND, Fault(45033))
        with pytest.raises(LimitedError):
            await bot.connection.send("zhangsan", text("并发"))
    assert len(zhang.chat.shown) == 32


async def test_a_chat_that_nobody_has_opened_takes_nothing(tenant: Tenant) -> None:
    zhang = tenant.person("zhangsan")
    await zhang.enter()
    async with connected(tenant) as bot:
        with pytest.raises(RefusedError, match="93006"):
            await bot.connection.send("zhangsan", text("喂"))
        await zhang.say("你好")
        with pytest.raises(RefusedError):
            await bot.connection.send("zhangsan", text("喂"), group=True)
        await bot.connection.send("zhangsan", text("你好"))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (card("t1", buttons=7), 40035),
        (card("m:12:7"), 42014),
        (card("used"), 42014),
        (text("字" * 6827), 45002),
        ({"msgtype": "file", "file": {"media_id": "gone"}}, 40007),
        ({"msgtype": "text", "text": {"content": "?"}}, 40008),
    ],
)
async def test_what_is_not_taken_as_it_is_cannot_be_delivered(tenant: Tenant, body: Any, code: int) -> None:
    zhang = tenant.person("zhangsan")
    async with connected(tenant) as bot:
        await zhang.say("你好")
        await bot.connection.send("zhangsan", card("used"))
        with pytest.raises(UndeliverableError, match=f"aibot_send_msg {code}"):
            await bot.connection.send("zhangsan", body)
    assert len(zhang.chat.shown) == 2


async def test_a_press_is_answered_in_place_for_five_seconds(tenant: Tenant, hands: Hands) -> None:
    zhang = tenant.person("zhangsan")
    async with connected(tenant) as bot:
        await zhang.say("你好")
        await bot.next()
        await bot.connection.send("zhangsan", card("t1"))
        await zhang.tap("按钮1")
        hands.now += 6
        late = await bot.next()
        with pytest.raises(LateError, match="846605"):
            await bot.connection.reply(late, UPDATE, update("t1", "晚了", "zhangsan"))
        with pytest.raises(LateError):  # known here, and not asked
            await bot.connection.reply(
                replace(late, at=late.at - 6), UPDATE, update("t1", "晚了", "zhangsan")
            )
        await bot.connection.send("zhangsan", card("t2", "新的一张"))
    assert [frame["cmd"] for frame in tenant.frames].count(UPDATE) == 1
    assert zhang.chat.newest.words == "新的一张"


@pytest.mark.random
@pytest.mark.parametrize("seed", range(trials(30)))
async def test_whatever_happens_what_is_said_of_a_message_is_true(seed: int) -> None:
    """It arrived once, or surely not, or nobody knows and it did not arrive twice."""
    chance = random.Random(seed)
    faults = [
        *(Fault(code) for code in (846609, 846601, 6000, 45009, 93006, 42014, 123456)),
        *(Fault(drop=code, after=after) for code in (1000, 1011, ABORT) for after in (False, True)),
        Fault(unanswered=True),
    ]
    hours = itertools.count(0.0, 1800.0)  # no limit is ever met
    async with Tenant(secret=SECRET, seconds=lambda: next(hours)) as tenant:
        tenant.fail(SEND, *(chance.choice(faults) for _ in range(12)))
        tenant.fail(
            SUBSCRIBE, *(chance.choice([Fault(), Fault(drop=1000), Fault(846601)]) for _ in range(10))
        )
        chats = ["zhangsan", "lisi", "wangwu"]
        said: dict[str, type[BaseException] | None] = {}

        async def send(bot: Bot, number: int) -> None:
            try:
                await bot.connection.send(chats[number % 3], text(str(number)))
                said[str(number)] = None
            except (NotArrivedError, UnansweredError) as error:
                said[str(number)] = type(error)

        for chat in chats:
            await tenant.person(chat).say("你好")
        async with connected(tenant, replace(PROMPT, answer=0.1)) as bot:
            await asyncio.gather(*(send(bot, number) for number in range(20)))
        arrived = Counter(
            shown.words for chat in tenant.chats.values() for shown in chat.shown if shown.by_bot
        )
    assert len(said) == 20
    for number, error in said.items():
        may = {0, 1} if error is UnansweredError else {0} if error else {1}
        assert arrived[number] in may, (number, error)
    assert None in said.values()


@given(st.text() | st.binary().map(lambda data: data.decode(errors="replace")))
def test_whatever_comes_is_a_frame_or_none(sent: str) -> None:
    frame = read(sent, 1.0)
    assert frame is None or isinstance(frame.chat + frame.event, str)


@pytest.mark.slow
@given(st.dictionaries(st.text(), st.text() | st.lists(st.integers())))
def test_a_body_is_heard_as_it_was_written(body: Any) -> None:
    frame = read(written("cmd", "r1", body), 1.0)
    assert frame == Frame("cmd", "r1", body, None, 1.0)


async def test_no_secret_and_nothing_that_was_said_is_logged(
    tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    zhang = tenant.person("zhangsan")
    with capture_logs() as logged:
        async with connected(tenant, replace(PROMPT, answer=0.3)) as bot:
            tenant.fail(SEND, Fault(42014), Fault(unanswered=True), Fault(drop=ABORT))
            await zhang.send_file("机密名单.docx", b"the content")
            sent = (await bot.next()).body["file"]
            await bot.connection.fetch(sent["url"], sent["aeskey"], LIMIT)
            await tenant.babble("机密乱码")
            for _ in range(3):
                with pytest.raises((UndeliverableError, UnansweredError)):
                    await bot.connection.send("zhangsan", text("机密通知"))
            await bot.connection.ready(60)
            await zhang.say("机密回答")
            await bot.connection.reply(await bot.next(), RESPOND, text("机密答复"))
            await bot.connection.upload("机密表.xlsx", b"the content")
            with pytest.raises(LostError):
                await bot.connection.fetch(sent["url"] + "0", sent["aeskey"], LIMIT)
    written = repr(logged) + caplog.text
    assert {"aibot_send_msg", "aibot_msg_callback", "42014"} <= {
        word for word in ("aibot_send_msg", "aibot_msg_callback", "42014") if word in written
    }
    for hidden in (SECRET, "机密", sent["aeskey"], sent["url"], "the content"):
        assert hidden not in written
