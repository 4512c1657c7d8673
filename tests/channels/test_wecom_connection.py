"""WeCom's long connection against a strict stand-in of Tencent's side, over a real websocket on loopback."""

import asyncio
from dataclasses import replace

import pytest

from bot.channels.channel import SettingsRefusedError
from bot.channels.wecom.bot import subscription
from bot.channels.wecom.bot.connection import Connection
from bot.channels.wecom.bot.subscription import until_night
from bot.channels.wecom.frames import (
    PING,
    RESPOND,
    SEND,
    SUBSCRIBE,
    UPDATE,
    WELCOME,
    Frame,
    UnansweredError,
    read,
)
from bot.channels.wecom.tenant import ABORT, Fault, Tenant
from bot.delivery import NotSentError
from tests.channels.wecom_fakes import (
    PROMPT,
    SECRET,
    Bot,
    Hands,
    card,
    connected,
    subscribed,
    text,
    update,
)
from tests.conftest import NOW

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
        assert await group.send_file("a.txt", b"x") == ""
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
            await asyncio.sleep(0.05)
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
    writers = [await calls.get() for _ in range(3)]
    bot.running.cancel()
    await bot.connection.close()
    for writer in writers:
        writer.close()
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
    assert not tenant.frames


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
        assert (len(tenant.frames), bot.connection.ailment()) == (0, None)
        tenant.fail(SUBSCRIBE, *[Fault(drop=1000)] * 1000)
        bot.ours = True
        await tenant.until(lambda: len(tenant.frames) == 3)
        assert bot.connection.ailment() is not None
        bot.ours = False
        await bot.asks_again(5)
        assert bot.connection.ailment() is None  # what another process cannot reach is not ours to tell


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
