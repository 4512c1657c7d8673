"""The stand-in of Tencent's side is right: Tencent's own client talks to it unchanged; it refuses as Tencent does."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.channels.wecom.frames import RESPOND, UPDATE, WELCOME
from bot.channels.wecom.tenant import Fault, Tenant
from tests.channels.wecom_fakes import SECRET

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node")
PLACES = [ROOT / "node_modules", *map(Path, filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)))]
SDK = next((place for place in PLACES if (place / "@wecom" / "aibot-node-sdk").is_dir()), None)
needs_sdk = pytest.mark.skipif(
    NODE is None or SDK is None,
    reason="no Node.js on PATH, or no @wecom/aibot-node-sdk in node_modules or NODE_PATH",
)


class Client:
    """Tencent's client in a process of its own; `next` is what it tells next."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def next(self) -> Any:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, "the client has ended"
        return json.loads(line)


@asynccontextmanager
async def client(tenant: Tenant, secret: str = SECRET) -> AsyncIterator[Client]:
    about = {
        "WECOM_BOT_URL": tenant.url,
        "WECOM_BOT_SECRET": secret,
        "SDK": str(SDK),
        "PATH": os.environ["PATH"],
    }
    process = await asyncio.create_subprocess_exec(
        str(NODE), str(Path(__file__).with_name("wecom_sdk.mjs")), env=about, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Client(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@needs_sdk
@pytest.mark.slow
async def test_tencents_own_client_is_served() -> None:
    async with Tenant(secret=SECRET, latency=0.01) as tenant, client(tenant) as bot:
        assert await bot.next() == "authenticated"
        zhang = tenant.person("zhangsan")
        await zhang.enter()
        await tenant.until(lambda: len(zhang.chat.shown) == 1)
        assert zhang.chat.newest.words == "欢迎"
        for word, shown in {"回复": "收到", "流": "正在写完", "卡片": "第 7 项", "提醒": "提醒"}.items():
            await zhang.say(word)
            assert await bot.next() == [word, 0]
            assert zhang.chat.newest.words == shown
        await zhang.tap("按钮2")
        [card] = [shown for shown in zhang.chat.shown if shown.versions]
        await tenant.until(lambda: len(card.versions) == 2)
        assert card.words == "按了 k2"
        await zhang.say("上传")
        assert await bot.next() == ["上传", 0]
        assert (zhang.chat.newest.file_name, len(zhang.chat.newest.data)) == ("第三季度.xlsx", 1_228_800)
        await zhang.send_file("党支部 记录.txt", "会议".encode())
        assert await bot.next() == ["党支部 记录.txt", "会议"]
        await tenant.until(lambda: any(frame["cmd"] == "ping" for frame in tenant.frames))
        assert (tenant.refused, tenant.undrawn) == ([], [])
        await tenant.drop(1011)
        assert await bot.next() == "code: 1011"
        assert await bot.next() == "authenticated"
        await tenant.kick()
        assert await bot.next() == "New connection established, server disconnected this connection"
        assert tenant.subscriptions == 2


@needs_sdk
@pytest.mark.slow
async def test_tencents_own_client_is_refused_with_tencents_codes() -> None:
    async with Tenant(secret=SECRET, latency=0.05) as tenant, client(tenant) as bot:
        assert await bot.next() == "authenticated"
        zhang, li = tenant.person("zhangsan"), tenant.person("lisi")
        await li.say("回复")
        assert await bot.next() == ["回复", 0]
        codes = {"七个": 40035, "冒号": 42014, "没有类型": 93006, "错用": 846605, "许多": 45009}
        for word, code in codes.items():
            await zhang.say(word)
            assert await bot.next() == [word, code]
        await zhang.say("同时")
        assert await bot.next() == ["同时", 0]
        await tenant.until(lambda: len(tenant.refused) == len(codes) + 1)
        assert tenant.refused[-1] == (RESPOND, 6000, "another frame is in flight")
        assert len([shown for shown in li.chat.shown if shown.by_bot]) == 30


@needs_sdk
@pytest.mark.slow
async def test_tencents_own_client_gives_up_with_credentials_that_are_refused() -> None:
    async with Tenant(secret=SECRET) as tenant, client(tenant, "wrong") as bot:
        said = [await bot.next() for _ in range(7)]
    refused = "Authentication failed: invalid bot_id or secret (code: 853000)"
    assert said == [refused, "code: 1006"] * 3 + ["WS_AUTH_FAILURE_EXHAUSTED"]


# --- what no client of anybody's would send ----------------------------------------------------------------


class Raw:
    """A client without any sense: frames as they are typed."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def put(self, cmd: str, body: Any = None, req_id: str = "r1") -> None:
        frame = {"cmd": cmd, "headers": {"req_id": req_id}}
        await self._socket.send_json(frame if body is None else {**frame, "body": body})

    async def code(self, cmd: str, body: Any = None, req_id: str = "r1") -> int:
        """Send a frame; the code in its answer."""
        await self.put(cmd, body, req_id)
        return int((await self.answer())["errcode"])

    async def answer(self) -> dict[str, Any]:
        while True:
            came: dict[str, Any] = await self._socket.receive_json()
            if "cmd" not in came:
                return came

    async def ended(self) -> int | None:
        await self._socket.receive()
        return self._socket.close_code


@asynccontextmanager
async def raw(tenant: Tenant, *, subscribed: bool = True) -> AsyncIterator[Raw]:
    async with aiohttp.ClientSession() as session, session.ws_connect(tenant.url) as socket:
        talks = Raw(socket)
        if subscribed:
            assert await talks.code("aibot_subscribe", {"bot_id": "demo-bot", "secret": SECRET}) == 0
        yield talks


MARKDOWN = {"msgtype": "markdown", "markdown": {"content": "好"}}


def notice(**fields: Any) -> dict[str, Any]:
    card = {"card_type": "text_notice", "main_title": {"title": "通知"}, "task_id": "n1"}
    return {
        "msgtype": "template_card",
        "template_card": {**card, "card_action": {"type": 1, "url": "https://x"}, **fields},
    }


async def test_open_is_not_subscribed(tenant: Tenant) -> None:
    async with raw(tenant, subscribed=False) as bot:
        assert await bot.code("ping") == 846609
        assert await bot.code("aibot_send_msg", {"chatid": "a", "chat_type": 1, **MARKDOWN}) == 846609
        assert await bot.code("aibot_subscribe", {"bot_id": "demo-bot", "secret": "no"}) == 853000


async def test_a_heartbeat_with_a_body_is_followed_by_the_end(tenant: Tenant) -> None:
    async with raw(tenant) as bot:
        assert await bot.code("ping") == 0
        await bot.put("ping", {})
        assert await bot.ended() == 1008


async def test_the_newest_connection_has_the_bot(tenant: Tenant) -> None:
    async with raw(tenant) as old, raw(tenant) as new:
        assert await old.code("ping") == 846609
        assert await new.code("ping") == 0


async def test_an_event_takes_one_command_for_its_time(tenant: Tenant) -> None:
    zhang = tenant.person("zhangsan")
    welcome = {"msgtype": "text", "text": {"content": "欢迎"}}
    async with raw(tenant) as bot:
        said, visit = await zhang.say("你好"), await zhang.enter()
        assert await bot.code(RESPOND, MARKDOWN, said) == 0
        assert await bot.code(RESPOND, welcome, said) == 40008
        assert await bot.code(WELCOME, welcome, said) == 846605
        assert await bot.code(RESPOND, MARKDOWN, visit) == 846605
        assert await bot.code(WELCOME, welcome, visit) == 0
        assert await bot.code(WELCOME, welcome, visit) == 846605
        assert await bot.code(UPDATE, {}, visit) == 846605
        assert await bot.code(RESPOND, MARKDOWN, "unheard of") == 846605


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (notice(), 0),
        (notice(task_id="任务"), 42014),
        (notice(task_id="a" * 129), 42014),
        (notice(card_action={"type": 0}), 40035),
        (notice(card_type="poem"), 40035),
        (notice(card_type="button_interaction"), 40035),
        (notice(button_list=[{"text": "开", "type": 1, "url": "https://x"}]), 42039),
        ({"msgtype": "template_card"}, 40008),
        ({"msgtype": "stream_with_template_card", "stream_with_template_card": {}}, 40008),
        ({"msgtype": "stream", "stream": {"id": "s", "finish": True, "content": "x", "msg_item": []}}, 40035),
        ({"msgtype": "markdown", "markdown": {"content": ""}}, 40035),
        ({"msgtype": "markdown", "markdown": {"content": 3}}, 40035),
    ],
)
async def test_what_a_message_may_be(tenant: Tenant, body: Any, code: int) -> None:
    async with raw(tenant) as bot:
        assert await bot.code(RESPOND, body, await tenant.person("zhangsan").say("你好")) == code


async def test_a_card_can_be_answered_with_ok_and_not_be_drawn(tenant: Tenant) -> None:
    zhang = tenant.person("zhangsan")
    async with raw(tenant) as bot:
        said = await zhang.say("你好")
        assert await bot.code(RESPOND, notice(source={"desc": "党建"}), said) == 0
        assert await bot.code(RESPOND, notice(task_id="n2"), said) == 0
        [card] = [shown for shown in zhang.chat.shown if shown.by_bot]
        press = await zhang.press(card, "k1")

        def update(**fields: Any) -> dict[str, Any]:
            card = notice(**fields)["template_card"]
            return {"response_type": "update_template_card", "userids": ["zhangsan"], "template_card": card}

        assert await bot.code(UPDATE, update(task_id="other"), press) == 0
        assert await bot.code(UPDATE, {**update(task_id="n2"), "userids": ["lisi"]}, press) == 0
        assert await bot.code(UPDATE, update(task_id="n2", main_title={}), press) == 41016
        assert await bot.code(UPDATE, notice(task_id="n2"), press) == 40035
        assert len(card.versions) == 1
        assert [why for _, why in tenant.undrawn] == ["source", "task_id is not that of the event", "userids"]
        assert await bot.code(UPDATE, update(task_id="n2", main_title={"title": "新"}), press) == 0
        assert card.words == "新"


async def test_while_a_stream_is_open_nothing_else_is_taken(tenant: Tenant) -> None:
    def stream(content: str, *, finish: bool) -> dict[str, Any]:
        return {"msgtype": "stream", "stream": {"id": "s1", "content": content, "finish": finish}}

    zhang = tenant.person("zhangsan")
    async with raw(tenant) as bot:
        said = await zhang.say("你好")
        assert await bot.code(RESPOND, stream("正在", finish=False), said) == 0
        assert await bot.code(RESPOND, MARKDOWN, said) == 6000
        assert await bot.code(RESPOND, stream("写完了", finish=True), said) == 0
        assert await bot.code(RESPOND, MARKDOWN, said) == 0
    assert [shown.words for shown in zhang.chat.shown if shown.by_bot] == ["写完了", "好"]


async def test_the_inside_of_a_card_is_judged_by_whoever_knows_cards() -> None:
    def broken(card: dict[str, Any]) -> list[str]:
        return ["标题太长"] if len(card["main_title"]["title"]) > 26 else []

    async with Tenant(secret=SECRET, broken=broken) as tenant, raw(tenant) as bot:
        said = await tenant.person("zhangsan").say("你好")
        assert await bot.code(RESPOND, notice(main_title={"title": "字" * 27}), said) == 40035
        assert await bot.code(RESPOND, notice(main_title={"title": "字" * 26}), said) == 0
    assert [why for _, _, why in tenant.refused] == ["标题太长"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, 0),
        ({"type": "poem"}, 40035),
        ({"total_size": 5}, 40035),
        ({"total_size": 21 * 1024 * 1024, "total_chunks": 42}, 40035),
        ({"total_chunks": 2}, 40035),
        ({"filename": ""}, 40035),
    ],
)
async def test_how_an_upload_may_begin(tenant: Tenant, fields: dict[str, Any], code: int) -> None:
    async with raw(tenant) as bot:
        begun = {"type": "file", "filename": "a.txt", "total_size": 6, "total_chunks": 1, **fields}
        assert await bot.code("aibot_upload_media_init", begun) == code


async def test_an_upload_is_complete_or_no_file(tenant: Tenant) -> None:
    async with raw(tenant) as bot:
        begun = {"type": "file", "filename": "a.txt", "total_size": 6, "total_chunks": 1, "md5": "0" * 32}
        await bot.put("aibot_upload_media_init", begun)
        kept = {"upload_id": (await bot.answer())["body"]["upload_id"]}
        assert await bot.code("aibot_upload_media_finish", kept) == 40035
        piece = {**kept, "chunk_index": 0, "base64_data": "YWJjZGVm"}
        assert await bot.code("aibot_upload_media_chunk", {**piece, "chunk_index": 1}) == 40035
        assert await bot.code("aibot_upload_media_chunk", {**piece, "base64_data": "?"}) == 40035
        assert await bot.code("aibot_upload_media_chunk", {**piece, "upload_id": "no"}) == 40035
        assert await bot.code("aibot_upload_media_chunk", piece) == 0
        assert await bot.code("aibot_upload_media_finish", kept) == 40035  # the md5 is of another file


async def test_nobody_is_told_when_the_bot_is_away_and_what_nobody_offers_cannot_be_pressed(
    tenant: Tenant,
) -> None:
    zhang = tenant.person("zhangsan")
    assert await zhang.say("有人吗") == ""
    with pytest.raises(LookupError, match="优秀"):
        await zhang.tap("优秀")
    tenant.fail("ping", Fault(45009))
    async with raw(tenant) as bot:
        assert [await bot.code("ping") for _ in range(2)] == [45009, 0]
