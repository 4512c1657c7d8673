"""The long connection of WeCom's bot against a strict stand-in of Tencent's side, over a real websocket on loopback."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.channels.channel import SettingsRefusedError
from bot.channels.wecom import subscription
from bot.channels.wecom.connection import Connection
from bot.channels.wecom.frames import (
    PING,
    RESPOND,
    SEND,
    SUBSCRIBE,
    UPDATE,
    UPLOAD_CHUNK,
    UPLOAD_FINISH,
    WELCOME,
    Frame,
    LateError,
    UnansweredError,
    read,
)
from bot.channels.wecom.line import Times
from bot.channels.wecom.media import LostError, TooLargeError, decrypted, named
from bot.channels.wecom.subscription import until_night
from bot.channels.wecom.tenant import ABORT, FETCH, Fault, Tenant
from bot.channels.wecom.tenant.files import Sent
from bot.delivery import LimitedError, NotSentError, RefusedError, UndeliverableError
from tests.conftest import NOW

PROMPT = Times(
    patience=60.0,
    answer=60.0,
    silence=60.0,
    pause=0.01,
    longest_pause=0.05,
    lease=0.01,
    after_kick=(0.01, 0.02),
)
SECRET = "a-test-secret-that-no-log-may-show"
LIMIT = 20 * 1024 * 1024


def text(content: str) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": content}}


def card(task_id: str, title: str = "第 7 项", buttons: int = 2) -> dict[str, Any]:
    keys = [{"text": f"按钮{n}", "style": 1, "key": f"m:12:7:{n}"} for n in range(1, buttons + 1)]
    shown = {"card_type": "button_interaction", "main_title": {"title": title}, "button_list": keys}
    return {"msgtype": "template_card", "template_card": {**shown, "task_id": task_id}}


def update(task_id: str, title: str, *userids: str) -> dict[str, Any]:
    changed = card(task_id, title)["template_card"]
    return {"response_type": "update_template_card", "userids": list(userids), "template_card": changed}


class Bot:
    """What hears over a connection: `heard` in its order, `answers` says what follows."""

    def __init__(self, url: str, times: Times, secret: str, clock: Callable[[], datetime]) -> None:
        self.heard: list[Frame] = []
        self.answers: Callable[[Frame], Any] | None = None
        self.ours = True
        self._asked = asyncio.Event()
        self.connection = Connection(url, "demo-bot", secret, self._hear, self._holds, clock, times)
        self.running: asyncio.Task[None] = asyncio.create_task(self.connection.run())
        self._came = asyncio.Event()

    async def _hear(self, frame: Frame) -> None:
        self.heard.append(frame)
        self._came.set()
        if self.answers:
            await self.answers(frame)

    async def _holds(self) -> bool:
        self._asked.set()
        return self.ours

    async def asks_again(self, times: int) -> None:
        """Wait until it has asked so often more whether it may connect."""
        for _ in range(times):
            self._asked.clear()
            await self._asked.wait()

    async def next(self) -> Frame:
        """The oldest frame that no test has looked at."""
        while not self.heard:
            self._came.clear()
            await self._came.wait()
        return self.heard.pop(0)


@asynccontextmanager
async def connected(
    tenant: Tenant, times: Times = PROMPT, *, clock: Callable[[], datetime] = lambda: NOW, wait: bool = True
) -> AsyncIterator[Bot]:
    bot = Bot(tenant.url, times, SECRET, clock)
    try:
        if wait:
            await bot.connection.ready(60)
        yield bot
    finally:
        bot.running.cancel()
        with suppress(asyncio.CancelledError, SettingsRefusedError):
            await bot.running
        await bot.connection.close()


class Hands:
    """The stand-in's clock, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
async def tenant(hands: Hands) -> AsyncIterator[Tenant]:
    async with Tenant(secret=SECRET, seconds=hands) as tenant:
        yield tenant


async def subscribed(tenant: Tenant, times: int) -> None:
    """Wait until the bot has subscribed so often."""
    await tenant.until(lambda: tenant.subscriptions == times)


# --- what comes in and what goes out -----------------------------------------------------------------------


async def test_a_text_is_heard_and_answered_and_a_notice_follows(tenant: Tenant) -> None:
    zhang = tenant.person("zhangsan")
    async with connected(tenant) as bot:
        await zhang.say("17/18")
        frame = await bot.next()
        assert (frame.chat, frame.body["text"]) == ("zhangsan", {"content": "17/18"})
        await bot.connection.reply(frame, RESPOND, text("已记下 17/18"))
        await bot.connection.send("zhangsan", text("| 支部 | 分 |"))
    assert [shown.words for shown in zhang.chat.shown] == ["17/18", "已记下 17/18", "| 支部 | 分 |"]
    assert [frame["body"]["chat_type"] for frame in tenant.frames if frame["cmd"] == SEND] == [1]
    assert (tenant.refused, tenant.undrawn) == ([], [])


async def test_a_visit_is_welcomed_by_a_card_that_is_changed_in_place(tenant: Tenant) -> None:
    zhang = tenant.person("zhangsan")
    async with connected(tenant) as bot:
        await zhang.enter()
        visit = await bot.next()
        assert visit.event == "enter_chat"
        await bot.connection.reply(visit, WELCOME, card("t1"))
        await zhang.tap("按钮2")
        press = await bot.next()
        pressed = press.body["event"]["template_card_event"]
        assert (press.event, pressed["event_key"], pressed["task_id"]) == (
            "template_card_event",
            "m:12:7:2",
            "t1",
        )
        await bot.connection.reply(press, UPDATE, update("t1", "第 8 项", "zhangsan"))
    [shown] = zhang.chat.shown
    assert (shown.words, len(shown.versions)) == ("第 8 项", 2)


async def test_voice_a_quote_and_a_group_are_heard(tenant: Tenant) -> None:
    zhang, group = tenant.person("zhangsan"), tenant.person("zhangsan", group="wr1")
    async with connected(tenant) as bot:
        await zhang.speak("十七比十八")
        assert (await bot.next()).body["voice"] == {"content": "十七比十八"}
        await bot.connection.send("zhangsan", text("请报出席人数。"))
        await zhang.say("17/18", quotes=zhang.chat.newest)
        assert (await bot.next()).body["quote"]["text"]["content"] == "请报出席人数。"
        await group.say("排名")
        frame = await bot.next()
        assert (frame.chat, frame.body["text"]["content"]) == ("wr1", "@星级 排名")
        await bot.connection.send("wr1", text("第一名"), group=True)
    assert group.chat.newest.words == "第一名"


async def test_what_is_said_is_heard_in_its_order_and_a_chat_has_one_frame_in_flight(hands: Hands) -> None:
    async with Tenant(secret=SECRET, seconds=hands, latency=0.01) as tenant, connected(tenant) as bot:
        zhang, li = tenant.person("zhangsan"), tenant.person("lisi")
        for number in range(10):
            await zhang.say(str(number))
            await li.say(str(number))
        frames = [await bot.next() for _ in range(20)]
        assert [frame.body["text"]["content"] for frame in frames if frame.chat == "lisi"] == list(
            "0123456789"
        )
        replies = [bot.connection.reply(frame, RESPOND, text("好")) for frame in frames]
        twice = [bot.connection.reply(frames[0], RESPOND, text("又")) for _ in range(3)]
        await asyncio.gather(*replies, *twice, *(bot.connection.send("lisi", text("提醒")) for _ in range(3)))
    assert tenant.refused == []
    assert sum(shown.by_bot for chat in tenant.chats.values() for shown in chat.shown) == 26


async def test_control_characters_in_a_frame_are_no_obstacle(tenant: Tenant) -> None:
    tenant.raw = True
    async with connected(tenant) as bot:
        await tenant.person("zhangsan").say("第一行\n第二行\x07\t完")
        assert (await bot.next()).body["text"]["content"] == "第一行\n第二行\t完"


@pytest.mark.parametrize(
    "babble", ["", "no json", "[]", "null", "7", "[" * 100_000, '{"headers":[],"body":3}']
)
async def test_what_is_no_frame_is_passed_over(tenant: Tenant, babble: str) -> None:
    async with connected(tenant) as bot:
        await tenant.babble(babble)
        await tenant.person("zhangsan").say("在吗")
        assert (await bot.next()).body["text"]["content"] == "在吗"
    assert tenant.subscriptions == 1


def test_of_a_frame_of_other_types_nothing_is_taken_for_granted() -> None:
    frame = read(
        '{"cmd":1,"headers":{"req_id":2},"body":{"from":"x","event":[],"chatid":5},"errcode":"0"}', 1.0
    )
    assert frame == Frame("", "", {"from": "x", "event": [], "chatid": 5}, None, 1.0)
    assert (frame.chat, frame.event) == ("", "")


async def test_what_is_under_way_is_answered_when_the_bot_stops(tenant: Tenant) -> None:
    zhang, stopped = tenant.person("zhangsan"), asyncio.Event()
    async with connected(tenant) as bot:

        async def answer(frame: Frame) -> None:
            await stopped.wait()
            await bot.connection.reply(frame, RESPOND, text("记下了"))

        bot.answers = answer
        await zhang.say("17/18")
        await bot.next()
        bot.running.cancel()
        await asyncio.wait({bot.running})
        stopped.set()
    assert zhang.chat.newest.words == "记下了"


# --- the connection ends and comes back --------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1011, ABORT])
async def test_after_every_end_it_comes_back(tenant: Tenant, code: int) -> None:
    zhang = tenant.person("zhangsan")
    async with connected(tenant) as bot:
        await zhang.say("你好")
        for times in (2, 3):
            await tenant.drop(code)
            await subscribed(tenant, times)
        await bot.connection.send("zhangsan", text("还在"))
    assert zhang.chat.newest.words == "还在"


async def test_a_server_that_is_away_is_waited_for(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscription, "PATIENCE", 0.0)
    tenant.fail(SUBSCRIBE, Fault(drop=ABORT), Fault(unanswered=True), Fault(846601), Fault(drop=1000))
    async with connected(tenant, replace(PROMPT, answer=0.2), wait=False) as bot:
        await tenant.until(lambda: len(tenant.frames) == 2)
        ailment = bot.connection.ailment()
        assert ailment is not None
        assert ailment.said == "连不上企业微信，那里暂时收不到消息和提醒。请维护人员检查网络。"
        await bot.connection.ready(60)
        assert bot.connection.ailment() is None
    assert len([frame for frame in tenant.frames if frame["cmd"] == SUBSCRIBE]) == 5


async def test_a_server_that_takes_a_connection_and_says_nothing_is_left() -> None:
    calls: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    mute = await asyncio.start_server(lambda _, writer: calls.put_nowait(writer), "127.0.0.1", 0)
    url = f"ws://127.0.0.1:{mute.sockets[0].getsockname()[1]}/"
    bot = Bot(url, replace(PROMPT, connect=0.05), SECRET, lambda: NOW)
    for _ in range(3):
        (await calls.get()).close()
    bot.running.cancel()
    await bot.connection.close()
    mute.close()
    await mute.wait_closed()


async def test_silence_is_the_end_of_a_connection(tenant: Tenant) -> None:
    async with connected(tenant, replace(PROMPT, beat=0.05, silence=0.2)) as bot:
        tenant.silent = True
        await tenant.until(lambda: tenant.connections == 0)
        tenant.silent = False
        await bot.connection.ready(60)
    assert {tuple(frame) for frame in tenant.frames if frame["cmd"] == PING} == {("cmd", "headers")}


@pytest.mark.slow
async def test_any_frame_is_life_even_without_a_req_id(tenant: Tenant) -> None:
    tenant.anonymous = True
    async with connected(tenant, replace(PROMPT, beat=0.05, silence=1.0)):
        await tenant.until(lambda: sum(frame["cmd"] == PING for frame in tenant.frames) == 30)
    assert tenant.subscriptions == 1


async def test_a_heartbeat_that_finds_no_subscription_is_the_end_of_a_connection(tenant: Tenant) -> None:
    async with connected(tenant, replace(PROMPT, beat=0.05)):
        tenant.forget()
        await subscribed(tenant, 2)


@pytest.mark.parametrize("what", ["text", "card", "upload", "reply"])
async def test_what_meets_no_subscription_goes_once_more_over_the_next_connection(
    tenant: Tenant, what: str
) -> None:
    zhang = tenant.person("zhangsan")
    async with connected(tenant) as bot:
        await zhang.say("你好")
        frame = await bot.next()
        tenant.forget()
        match what:
            case "text":
                await bot.connection.send("zhangsan", text("到了"))
            case "card":
                await bot.connection.send("zhangsan", card("t1", "到了"))
            case "upload":
                media = await bot.connection.upload("到了.txt", b"x" * 600_000)
                await bot.connection.send("zhangsan", {"msgtype": "file", "file": {"media_id": media}})
            case _:
                await bot.connection.reply(frame, RESPOND, text("到了"))
    assert tenant.subscriptions == 2
    [shown] = [shown for shown in zhang.chat.shown if shown.by_bot]
    assert "到了" in shown.words + shown.file_name


async def test_a_frame_that_meets_no_subscription_twice_is_surely_not_sent(tenant: Tenant) -> None:
    tenant.fail(SEND, Fault(846609), Fault(846609))
    async with connected(tenant) as bot:
        with pytest.raises(NotSentError):
            await bot.connection.send("zhangsan", text("喂"))
        await subscribed(tenant, 3)


async def test_without_a_connection_nothing_is_sent(tenant: Tenant) -> None:
    async with connected(tenant, replace(PROMPT, patience=0.05), wait=False) as bot:
        bot.ours = False
        with pytest.raises(NotSentError):
            await bot.connection.send("zhangsan", text("喂"))
    assert tenant.frames == []


@pytest.mark.slow
async def test_a_write_that_hangs_is_the_end_of_a_connection_and_hearing_goes_on_meanwhile(
    tenant: Tenant,
) -> None:
    zhang = tenant.person("zhangsan")
    async with connected(tenant, replace(PROMPT, answer=1.0)) as bot:
        tenant.stop_reading()
        sending = asyncio.create_task(bot.connection.send("zhangsan", text("长" * 10_000_000)))
        await zhang.say("在吗")
        assert (await bot.next()).body["text"]["content"] == "在吗"
        with pytest.raises(UnansweredError):
            await sending
        await bot.connection.ready(60)
        await bot.connection.send("zhangsan", text("在"))
    assert zhang.chat.newest.words == "在"


# --- whose the bot is --------------------------------------------------------------------------------------


async def test_credentials_that_are_refused_stop_it_after_five_tries(tenant: Tenant) -> None:
    bot = Bot(tenant.url, PROMPT, "wrong-secret", lambda: NOW)
    with pytest.raises(SettingsRefusedError) as refused:
        await bot.running
    await bot.connection.close()
    assert str(refused.value) == "企业微信不认识这个机器人。请检查 WECOM_BOT_ID 和 WECOM_BOT_SECRET。"
    assert [frame["cmd"] for frame in tenant.frames] == [SUBSCRIBE] * 5


async def test_only_a_subscription_makes_up_for_refused_credentials(tenant: Tenant) -> None:
    tenant.fail(SUBSCRIBE, *[Fault(853000)] * 4, Fault(), Fault(drop=1000), *[Fault(853000)] * 4)
    async with connected(tenant):
        await tenant.drop(1000)
        await subscribed(tenant, 2)
    assert len(tenant.frames) == 11


async def test_it_connects_only_while_the_lease_is_ours(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "PATIENCE", 0.0)
    async with connected(tenant, wait=False) as bot:
        bot.ours = False
        await bot.asks_again(5)
        assert (tenant.frames, bot.connection.ailment()) == ([], None)
        bot.ours = True
        await bot.connection.ready(60)


async def test_a_lease_that_nobody_can_read_is_not_ours(tenant: Tenant) -> None:
    tries = iter([OSError("no database"), OSError("no database")])

    async def holds() -> bool:
        if wrong := next(tries, None):
            raise wrong
        return True

    async def heard(frame: Frame) -> None: ...

    connection = Connection(tenant.url, "demo-bot", SECRET, heard, holds, lambda: NOW, PROMPT)
    running = asyncio.create_task(connection.run())
    await connection.ready(60)
    running.cancel()
    await connection.close()


async def test_kicked_once_it_comes_back_and_kicked_twice_it_stops(tenant: Tenant) -> None:
    async with connected(tenant) as bot:
        await tenant.kick()
        await subscribed(tenant, 2)
        await tenant.kick()
        with pytest.raises(SettingsRefusedError, match="另一个程序也在用这个企业微信机器人"):
            await bot.running
        assert tenant.connections == 0
        with pytest.raises(NotSentError):
            await asyncio.wait_for(bot.connection.ready(0.01), 60)


async def test_a_kick_much_later_counts_anew(tenant: Tenant) -> None:
    async with connected(tenant, replace(PROMPT, kicks=0.0)):
        for times in (2, 3, 4):
            await tenant.kick()
            await subscribed(tenant, times)


async def test_kicked_by_the_process_that_has_the_lease_it_waits(tenant: Tenant) -> None:
    async with connected(tenant) as bot:
        for times in (2, 3):
            bot.ours = False
            await tenant.kick()
            await bot.asks_again(5)
            assert tenant.subscriptions == times - 1
            bot.ours = True
            await subscribed(tenant, times)


async def test_every_night_there_is_a_fresh_connection(hands: Hands) -> None:
    nearly = NOW.replace(hour=3, minute=16, second=59, microsecond=800_000)
    nights = iter([nearly])
    async with Tenant(secret=SECRET, seconds=hands, latency=0.4) as tenant:
        async with connected(tenant, clock=lambda: next(nights, NOW)) as bot:
            await tenant.person("zhangsan").say("你好")
            await bot.connection.send(
                "zhangsan", text("夜里")
            )  # is answered before the connection is renewed
            await subscribed(tenant, 2)
        assert tenant.refused == []


def test_until_night() -> None:
    assert until_night(NOW.replace(hour=3, minute=16, second=0)) == 60
    assert until_night(NOW.replace(hour=3, minute=17, second=0)) == 86_400
    assert until_night(NOW.replace(hour=9, minute=17, second=0)) == 18 * 3600


# --- what came of a frame ----------------------------------------------------------------------------------


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


# --- files -------------------------------------------------------------------------------------------------

LARGE = bytes(range(256)) * 4800  # 1.2 MB: three pieces


def pieces(tenant: Tenant) -> list[int]:
    """The pieces as they came."""
    return [frame["body"]["chunk_index"] for frame in tenant.frames if frame["cmd"] == UPLOAD_CHUNK]


async def deliver(bot: Bot, tenant: Tenant, name: str = "第三季度.xlsx") -> bytes:
    """Upload a file and send it; what lies in the chat then."""
    zhang = tenant.person("zhangsan")
    await zhang.say("导出")
    media = await bot.connection.upload(name, LARGE)
    await bot.connection.send("zhangsan", {"msgtype": "file", "file": {"media_id": media}})
    assert zhang.chat.newest.file_name == name
    return zhang.chat.newest.data


async def test_a_file_goes_in_pieces_of_512_kib_one_after_the_other(hands: Hands) -> None:
    async with Tenant(secret=SECRET, seconds=hands, latency=0.01) as tenant:
        async with connected(tenant) as bot:
            files = await asyncio.gather(*(deliver(bot, tenant, f"{name}.xlsx") for name in ("一", "一")))
        assert files == [LARGE, LARGE]
        assert pieces(tenant) == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize(
    "fault", [Fault(drop=ABORT), Fault(drop=1000, after=True), Fault(846609), Fault(40035)]
)
async def test_an_upload_goes_on_over_the_next_connection(tenant: Tenant, fault: Fault) -> None:
    tenant.fail(UPLOAD_CHUNK, Fault(), fault, fault)
    async with connected(tenant) as bot:
        assert await deliver(bot, tenant) == LARGE
    assert pieces(tenant) == [0, 1, 1, 1, 2]
    assert tenant.subscriptions == (1 if fault.errcode == 40035 else 3)


async def test_a_piece_is_repeated_twice(tenant: Tenant) -> None:
    tenant.fail(UPLOAD_CHUNK, *[Fault(40035)] * 3)
    async with connected(tenant) as bot:
        with pytest.raises(UndeliverableError):
            await bot.connection.upload("a.xlsx", b"x" * 100)
        tenant.fail(UPLOAD_CHUNK, Fault(45009))
        with pytest.raises(LimitedError):
            await bot.connection.upload("a.xlsx", b"x" * 100)
    assert pieces(tenant) == [0, 0, 0, 0]


@pytest.mark.slow
async def test_an_upload_is_never_uncertain(tenant: Tenant) -> None:
    tenant.fail(UPLOAD_FINISH, *[Fault(unanswered=True)] * 3)
    async with connected(tenant, replace(PROMPT, upload=0.3)) as bot:
        with pytest.raises(NotSentError):
            await bot.connection.upload("a.xlsx", b"x" * 100)


async def test_a_file_that_was_sent_is_fetched_and_opened(tenant: Tenant, hands: Hands) -> None:
    zhang = tenant.person("zhangsan")
    async with connected(tenant) as bot:
        await zhang.send_file("党支部 会议记录（三）.docx", LARGE)
        sent = (await bot.next()).body["file"]
        fetched = await bot.connection.fetch(sent["url"], sent["aeskey"], LIMIT)
        assert (fetched.name, fetched.data) == ("党支部 会议记录（三）.docx", LARGE)
        with pytest.raises(TooLargeError):
            await bot.connection.fetch(sent["url"], sent["aeskey"], len(LARGE) - 1)
        with pytest.raises(TooLargeError):
            await bot.connection.fetch(sent["url"], sent["aeskey"], 100)
        tenant.fail(FETCH, Fault(503), Fault(502))
        assert (await bot.connection.fetch(sent["url"], sent["aeskey"], LIMIT)).data == LARGE
        tenant.fail(FETCH, *[Fault(503)] * 3)
        for key in (sent["aeskey"], "A" * 43):
            with pytest.raises(LostError):
                await bot.connection.fetch(sent["url"], key, LIMIT)
        hands.now += 301
        with pytest.raises(LostError):
            await bot.connection.fetch(sent["url"], sent["aeskey"], LIMIT)
        with pytest.raises(LostError):
            await bot.connection.fetch("no address", sent["aeskey"], LIMIT)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 31, 32, 33])
def test_a_file_is_opened_whatever_its_length(size: int) -> None:
    sent = Sent()
    place, key = sent.put("a", b"z" * size, 0.0)
    body = sent.answer(place, 0.0).body
    assert isinstance(body, bytes)
    assert decrypted(body, key) == decrypted(body, key.rstrip("=")) == b"z" * size


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "A" * 43),
        (b"x" * 15, "A" * 43),
        (b"x" * 32, "A" * 43),
        (b"x" * 32, "AAAA"),
        (b"x" * 32, "是" * 43),
    ],
)
def test_a_file_that_cannot_be_opened_is_none(data: bytes, key: str) -> None:
    with pytest.raises(ValueError, match="file"):
        decrypted(data, key)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename*=UTF-8''%E7%AC%AC%E4%B8%89.xlsx", "第三.xlsx"),
        ("attachment; filename=\"x.xlsx\"; filename*=utf-8'zh'%E7%AC%AC.xlsx", "第.xlsx"),
        ('attachment; filename="%E7%AC%AC.xlsx"', "第.xlsx"),
        ("attachment; filename=a.xlsx; size=3", "a.xlsx"),
        ('attachment; filename="第 三.xlsx"', "第 三.xlsx"),
        ("attachment; filename*=UTF-8''..%2F..%5Cx.sh", "x.sh"),
        ("attachment", ""),
        ('attachment; filename=""', ""),
        ("", ""),
    ],
)
def test_how_a_file_is_named(disposition: str, name: str) -> None:
    assert named(disposition) == name


# --- what is written down ----------------------------------------------------------------------------------


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
