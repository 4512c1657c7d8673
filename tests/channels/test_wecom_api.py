"""An app of WeCom calls its server: one token for all, nothing twice, errors by what became of the message."""

import asyncio
import json
import logging
from typing import Any

import aiohttp
import pytest
import structlog

from bot.channels.wecom.app import api as wecom_api
from bot.channels.wecom.app.api import Api
from bot.channels.wecom.app.codes import AlreadySentError, UnfitError, in_words
from bot.channels.wecom.frames import UnansweredError
from bot.channels.wecom.http import AT_ONCE
from bot.delivery import LimitedError, NotSentError, RefusedError, UndeliverableError
from tests.channels.wecom_calls import TEXT, a_card, calling, shown
from tests.channels.wecom_fakes import Hands
from tests.wecom_api import AGENT, SECRET, Fault, WeComApi

# --- the token ----------------------------------------------------------------------------------------------


async def test_fifty_calls_at_once_fetch_one_token(server: WeComApi, api: Api) -> None:
    await asyncio.gather(*(api.name() for _ in range(50)))
    assert server.calls["gettoken"] == 1


@pytest.mark.parametrize("code", [40014, 42001, 40001])
async def test_a_token_that_is_over_in_mid_flight_is_fetched_once(
    server: WeComApi, api: Api, code: int
) -> None:
    assert await api.name() == "星级党支部"
    go = asyncio.Event()
    server.fail("agent/get", *[Fault(code, until=go)] * 50)
    server.expire()
    calls = asyncio.gather(*(api.name() for _ in range(50)))
    await server.busy(AT_ONCE)
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/cgi-bin/other"):
        assert server.most_at_once == AT_ONCE + 1  # this one
    go.set()
    assert await calls == ["星级党支部"] * 50
    assert server.calls["gettoken"] == 2


async def test_a_token_that_is_refused_again_is_not_asked_for_for_ever(server: WeComApi, api: Api) -> None:
    server.fail("message/send", *[Fault(42001)] * 2)
    with pytest.raises(NotSentError):
        await api.send("ZhangSan", "text", TEXT)
    assert server.calls["gettoken"] == 2


async def test_a_wrong_secret_is_a_sentence_and_is_not_tried_again(server: WeComApi) -> None:
    async with calling(server, secret="wrong") as api:
        for _ in range(3):
            with pytest.raises(UnfitError, match="WECOM_APP_SECRET"):
                await api.send("ZhangSan", "text", TEXT)
    assert server.calls["gettoken"] == 1


@pytest.mark.parametrize(
    ("wrong", "name"), [({"corp_id": "x"}, "WECOM_CORP_ID"), ({"agent_id": 7}, "WECOM_AGENT_ID")]
)
async def test_a_setting_that_is_wrong_is_named(server: WeComApi, wrong: dict[str, Any], name: str) -> None:
    async with calling(server, **wrong) as api:
        with pytest.raises(UnfitError, match=name):
            await api.name()


async def test_an_address_that_is_not_allowed_is_named(server: WeComApi, api: Api) -> None:
    server.fail(
        "message/send",
        Fault(60020, "not allow to access from your ip, hint: [1], from ip: 203.0.113.7, more"),
    )
    with pytest.raises(UnfitError, match=r"企业可信IP」里加上 203\.0\.113\.7 ，"):
        await api.send("ZhangSan", "text", TEXT)
    assert "公网地址" in in_words(60020, "")
    assert "99999" in in_words(99999, "")


# --- messages -----------------------------------------------------------------------------------------------


async def test_a_text_arrives_as_it_is(server: WeComApi, api: Api) -> None:
    await api.send("ZhangSan", "text", TEXT)
    await api.send("zhangsan", "markdown", {"content": "**排名**"})
    assert shown(server) == [TEXT, {"content": "**排名**"}]


async def test_who_cannot_be_reached_is_refused_whatever_the_letters(server: WeComApi, api: Api) -> None:
    for userid in ("LiSi", "lisi"):
        with pytest.raises(RefusedError):
            await api.send(userid, "text", TEXT)


async def test_a_name_that_is_missed_does_not_hold_for_the_others(server: WeComApi, api: Api) -> None:
    """Part of the members not reached: errcode 0, and the names in small letters."""
    answer = await api._calls.post(
        "message/send", {"touser": "LiSi|ZhangSan", "msgtype": "text", "agentid": AGENT, "text": TEXT}
    )
    assert answer["invaliduser"] == "lisi"
    wecom_api._reached("ZhangSan", ["lisi"])
    with pytest.raises(RefusedError):
        wecom_api._reached("LiSi", ["lisi"])


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(45009), LimitedError),
        (Fault(45033), LimitedError),
        (Fault(81013), RefusedError),
        (Fault(60111), RefusedError),
        (Fault(42014), AlreadySentError),
        (Fault(40035), UndeliverableError),
        (Fault(41016), UndeliverableError),
        (Fault(48002), UnfitError),
        (Fault(page=502), UnansweredError),
        (Fault(page=200), UnansweredError),
        (Fault(drop=True), UnansweredError),
        (Fault(drop=True, after=True), UnansweredError),
    ],
)
async def test_errors_say_what_became_of_the_message(
    server: WeComApi, api: Api, fault: Fault, error: type[Exception]
) -> None:
    server.fail("message/send", fault)
    with pytest.raises(error) as caught:
        await api.send("ZhangSan", "text", TEXT)
    assert type(caught.value) is error
    assert server.calls["message/send"] == 1
    assert len(shown(server)) == (1 if fault.after else 0)


async def test_a_limit_says_for_how_long(server: WeComApi, api: Api) -> None:
    server.fail("message/send", Fault(45009))
    with pytest.raises(LimitedError) as caught:
        await api.send("ZhangSan", "text", TEXT)
    assert caught.value.wait == 60


async def test_a_server_that_is_busy_is_asked_three_times_more(server: WeComApi, api: Api) -> None:
    server.fail("message/send", *[Fault(-1)] * 3)
    await api.send("ZhangSan", "text", TEXT)
    server.fail("message/send", *[Fault(-1)] * 4)
    with pytest.raises(NotSentError):
        await api.send("ZhangSan", "text", TEXT)
    assert server.calls["message/send"] == 8
    assert len(shown(server)) == 1


async def test_a_server_that_is_too_busy_for_a_token_is_asked_again(server: WeComApi, api: Api) -> None:
    server.fail("gettoken", *[Fault(-1)] * 3)
    await api.send("ZhangSan", "text", TEXT)
    assert server.calls["gettoken"] == 4


async def test_without_a_server_nothing_was_sent() -> None:
    async with WeComApi() as server:
        pass
    async with calling(server) as api:
        with pytest.raises(NotSentError):
            await api.send("ZhangSan", "text", TEXT)


@pytest.mark.parametrize("then", [[Fault(-1)] * 4, [Fault(45009)], [Fault(drop=True)], [Fault(81013)]])
async def test_what_may_have_arrived_is_not_said_to_have_failed(
    server: WeComApi, api: Api, then: list[Fault]
) -> None:
    server.fail("message/send", Fault(drop=True, after=True), *then)
    with pytest.raises(UnansweredError):
        await api.send("ZhangSan", "text", TEXT, once=True)
    assert len(shown(server)) == 1


async def test_a_card_whose_answer_is_lost_is_found_there(server: WeComApi, api: Api) -> None:
    server.fail("message/send", Fault(drop=True, after=True))
    with pytest.raises(AlreadySentError):
        await api.send("ZhangSan", "template_card", a_card("t1"), once=True)
    assert len(shown(server)) == 1


async def test_a_reminder_whose_answer_is_lost_goes_again_and_is_shown_once(
    server: WeComApi, api: Api
) -> None:
    server.fail("message/send", Fault(drop=True, after=True))
    await api.send("ZhangSan", "text", TEXT, once=True)
    assert server.calls["message/send"] == 2
    assert len(shown(server)) == 1


# --- how fast -----------------------------------------------------------------------------------------------


async def test_what_would_vanish_is_not_sent(
    server: WeComApi, monkeypatch: pytest.MonkeyPatch, hands: Hands
) -> None:
    """The server's clock and the program's are one; whoever waits moves it on."""
    loop, start = asyncio.get_running_loop(), hands.now
    async with calling(server) as api:
        clock = loop.time
        monkeypatch.setattr(loop, "time", lambda: clock() + hands.now - start)
        server.seconds = loop.time
        for number in range(60):
            hands.now += api._quota.wait("zhangsan")
            await api.send("ZhangSan", "text", {"content": str(number)})
    assert [one["content"] for one in shown(server)] == [str(number) for number in range(60)]
    assert server.member("ZhangSan").dropped == 0
    assert hands.now - start > 100


async def test_a_turn_that_is_far_away_is_a_limit(
    server: WeComApi, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wecom_api, "QUOTA", ((2, 3600.0),))
    async with calling(server) as slow:
        for _ in range(2):
            await slow.send("ZhangSan", "text", TEXT)
        with pytest.raises(LimitedError) as caught:
            await slow.send("zhangsan", "text", TEXT)
    assert 3000 < caught.value.wait <= 3600
    assert len(shown(server)) == 2


async def test_the_server_drops_the_31st_of_a_minute_without_a_word(server: WeComApi) -> None:
    for _ in range(2):  # two processes know nothing of each other
        async with calling(server) as api:
            for number in range(20):
                await api.send("ZhangSan", "text", {"content": str(number)})
    assert (len(shown(server)), server.member("ZhangSan").dropped) == (30, 10)


# --- logs ---------------------------------------------------------------------------------------------------


async def test_no_log_shows_what_is_secret_or_was_said(
    server: WeComApi, api: Api, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    structlog.reset_defaults()
    server.fail("message/send", Fault(42001), Fault(40035, "invalid parameter 第三季度"))
    said = list[str]()
    for fault in (None, Fault(drop=True), Fault(page=502)):
        if fault:
            server.fail("message/send", fault)
        with pytest.raises((UndeliverableError, UnansweredError)) as caught:
            await api.send("ZhangSan", "text", TEXT)
        said.append(repr(caught.value))
    sent = await api.send("ZhangSan", "template_card", a_card("t1"))
    said += [repr(sent), caplog.text, *capfd.readouterr()]
    everything = json.dumps(said, ensure_ascii=False)
    assert "wecom refuses a call" in everything
    for secret in (SECRET, "no-log-may-show", "第三季度", sent.response_code):
        assert secret not in everything


@pytest.mark.slow
async def test_a_thousand_reminders_go_out_with_no_refusal(server: WeComApi, api: Api) -> None:
    members = [server.member(f"member{number}") for number in range(1000)]
    await asyncio.gather(*(api.send(member.userid, "text", TEXT, once=True) for member in members))
    assert {len(member.messages) for member in members} == {1}
    assert server.refused == []
    assert server.calls["gettoken"] == 1
