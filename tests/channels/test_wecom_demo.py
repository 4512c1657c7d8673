"""WeCom tried without an enterprise: what the pages of the demo take, show and refuse."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from html import unescape
from pathlib import Path

import httpx
import pytest

from bot import demo
from bot.channels.channel import Off
from bot.channels.server import application
from bot.channels.wecom import made
from bot.channels.wecom.bot.channel import Bot
from bot.channels.wecom.demo import Demo
from bot.channels.wecom.demo.pages import NOT_OURS, STRANGER
from bot.lease import Lease, nobody_else
from bot.message import Message
from bot.permissions import Role
from bot.settings import Settings
from bot.store import chats
from tests.files.making import saved
from tests.phone import World, code_for

US = "http://demo.test"
WHO = World.PERSONAS["secretary of 新源里"]
PATIENCE = 10.0  # seconds


class Visitor:
    """Somebody with a page of the demo, as one of its people."""

    def __init__(self, channel: Demo, http: httpx.AsyncClient, who: str = WHO) -> None:
        self.channel, self.http, self.who = channel, http, who

    def be(self, who: str) -> "Visitor":
        """Somebody else."""
        return Visitor(self.channel, self.http, who)

    async def do(self, what: str, body: bytes = b"", kind: str = "", **asked: str) -> httpx.Response:
        """What the page's script sends."""
        headers = {"Origin": US, **({"Content-Type": kind} if kind else {})}
        return await self.http.post(
            f"/wecom/as/{self.who}/{what}", params=asked, content=body, headers=headers
        )

    async def say(self, text: str, **asked: str) -> None:
        """Type a text."""
        assert (await self.do("say", text.encode(), **asked)).status_code == 204

    async def press(self, words: str) -> None:
        """Press the newest button that begins so, its sign aside."""
        page, found = await self.page(), []
        for number, message in re.findall(r"<li data-number=(\d+)(.*?)</li>", page, re.DOTALL):
            found += [(number, key) for key, face in _keys(message) if face.lstrip("✓⭐").startswith(words)]
        card, key = found[-1]
        assert (await self.do("press", card=card, key=key)).status_code == 204

    async def page(self) -> str:
        """All that lies in the chat, as HTML."""
        return (await self.http.get(f"/wecom/as/{self.who}/messages")).text

    async def is_full(self) -> bool:
        """Whether the page is told that the bot has to wait."""
        return (await self.http.get(f"/wecom/as/{self.who}/messages")).headers["x-full"] == "1"

    async def sees(self, words: str) -> str:
        """Wait until these words are there; the page then."""
        chat = self.channel._tenant.person(self.who).chat
        async with asyncio.timeout(PATIENCE):
            await self.channel._tenant.until(
                lambda: any(
                    words in one.words or words in one.file_name or words in one.buttons for one in chat.shown
                )
            )
        page = unescape(await self.page())
        assert words in page
        return page


def _keys(message: str) -> list[tuple[str, str]]:
    return [(unescape(key), unescape(face)) for key, face in re.findall(r"value='(.*?)'>(.*?)<", message)]


@pytest.fixture
async def visitor(desk: World) -> AsyncIterator[Visitor]:
    people, bind = partial(demo.personas, desk.database), partial(demo.bind, desk.database, desk.clock())
    channel = Demo(desk.conversation, desk.clock, people, lambda who: bind(who, "wecom"), page=US)
    assert f"{US}/wecom" in await channel.start()
    running = asyncio.create_task(channel.run())
    app = application(channel.routes(), calendar=lambda _: None, ready=list, ailing=list)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=US) as http:
        yield Visitor(channel, http)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await channel.close()


async def test_three_items_are_marked_on_one_card(visitor: Visitor, desk: World) -> None:
    await visitor.do("enter")
    await visitor.sees("您好，新源里校区书记")
    await visitor.press("开始自评")
    for number, grade in ((1, "优秀"), (2, "不合格"), (3, "优秀")):
        await visitor.sees(f"第 {number} 项")
        await visitor.press(grade)
    assert (await visitor.sees("第 4 项")).count("<li") == 1, "it was changed in place"
    await visitor.press("更多")
    await visitor.sees("其他分值")
    own = desk.sheet(3)
    assert own is not None
    assert sorted(own.sheet.marks) == [1, 2, 3]
    assert visitor.channel._tenant.refused == []


async def test_whoever_has_not_opened_the_page_is_on_the_web_alone(visitor: Visitor, desk: World) -> None:
    assert _addresses(desk) == []
    for _ in range(2):
        await visitor.do("enter")
    assert _addresses(desk) == [WHO]
    assert (await visitor.sees("您好")).count("<li") == 1, "the chat was opened once"


async def test_a_text_may_be_spoken_and_may_quote(visitor: Visitor) -> None:
    await visitor.do("enter")
    await visitor.say("第7项", spoken="")
    await visitor.sees("第 7 项")
    [card] = re.findall(r"<li data-number=(\d+) class=bot><div class=card><h2>第 7 项", await visitor.page())
    await visitor.say("第9项")
    await visitor.sees("第 9 项")
    await visitor.say("优秀", quotes=card)
    await visitor.sees("第 7 项 已存 优秀")


async def test_files_go_both_ways(visitor: Visitor) -> None:
    await visitor.do("enter")
    await visitor.say("第7项")
    await visitor.sees("第 7 项")
    assert (await visitor.do("send", saved("JPEG"), "image/jpeg", name="手册.jpg")).status_code == 204
    await visitor.sees("已收到材料（第 1 份）")
    await visitor.say("打印")
    await visitor.sees("测评表 · 新源里校区党支部")
    await visitor.press("1")
    page = await visitor.sees(".xlsx")
    [place] = re.findall(r"<a class=file href='(.*?)'", page)
    file = await visitor.http.get(place)
    assert file.content.startswith(b"PK")
    assert file.headers["content-disposition"].endswith("%E6%B5%8B%E8%AF%84%E8%A1%A8.xlsx")
    [picture] = re.findall(r"<img src='(.*?)'", page)
    assert (await visitor.http.get(picture)).headers["content-type"] == "image/jpeg"


async def test_in_words_there_is_no_card(visitor: Visitor) -> None:
    await visitor.do("enter")
    await visitor.say("文字模式")
    await visitor.sees("卡片模式")
    await visitor.say("打印")
    page = await visitor.sees("Excel")
    assert page.count("<div class=card>") == 1, "the first screen was one"


async def test_a_reminder_arrives_by_itself(visitor: Visitor) -> None:
    await visitor.do("enter")
    await visitor.sees("您好")
    await visitor.channel.push(WHO, Message("本周待办", ("请填报。",)), stands=False)
    assert "请填报。" in await visitor.sees("本周待办")


async def test_a_new_colleague_joins_by_a_code(visitor: Visitor, desk: World) -> None:
    new, code = visitor.be(STRANGER[0]), code_for(desk, Role.SECRETARY, branch=2)
    await new.do("enter")
    await new.sees("邀请码")
    await new.say(f"绑定 {code}")
    await new.sees("劲松校区党支部")


async def test_a_page_is_told_nothing_twice(visitor: Visitor) -> None:
    await visitor.do("enter")
    await visitor.sees("您好")
    place = f"/wecom/as/{WHO}/messages"
    seen = (await visitor.http.get(place)).headers["x-seen"]
    assert (await visitor.http.get(place, params={"seen": seen})).status_code == 204


async def test_who_works_there_can_be_chosen_and_nobody_else(visitor: Visitor) -> None:
    page = (await visitor.http.get("/wecom")).text
    assert f'<a href="/wecom/as/{WHO}"><b>新源里校区书记</b>' in page
    assert "新源里校区书记" in (await visitor.http.get(f"/wecom/as/{WHO}")).text
    for path in ("/wecom/as/nobody", "/wecom/as/nobody/messages", f"/wecom/as/{WHO}/file/7", "/wecom/look/x"):
        assert (await visitor.http.get(path)).status_code == 404
    assert (await visitor.be("nobody").do("say", b"a")).status_code == 404
    for name in ("chat.css", "chat.js"):
        assert (await visitor.http.get(f"/wecom/look/{name}")).status_code == 200


async def test_a_page_of_another_site_does_nothing(visitor: Visitor) -> None:
    for headers in ({}, {"Origin": "http://evil.test"}, {"Origin": US, "Sec-Fetch-Site": "cross-site"}):
        answer = await visitor.http.post(f"/wecom/as/{WHO}/say", content="首页", headers=headers)
        assert answer.status_code == 403
        assert answer.json()["error"] == NOT_OURS
    assert await visitor.page() == ""


async def test_what_is_not_there_cannot_be_pressed_or_quoted(visitor: Visitor) -> None:
    await visitor.do("enter")
    await visitor.sees("您好")
    for what, asked in (
        ("press", {"card": "0", "key": "m:1:1:9"}),
        ("press", {"card": "1", "key": "h"}),
        ("press", {"card": "x", "key": "h"}),
        ("say", {"quotes": "9"}),
    ):
        answer = await visitor.do(what, b"a", **asked)
        assert answer.status_code == 400
        assert "请" in answer.json()["error"]
    assert (await visitor.page()).count("<li") == 1


async def test_what_was_typed_is_no_html(visitor: Visitor) -> None:
    await visitor.do("enter")
    await visitor.say("<b>1</b> \\*")
    assert "&lt;b&gt;1&lt;/b&gt; \\*" in await visitor.page()


async def test_whoever_is_too_quick_is_told_why_it_takes_a_while(visitor: Visitor) -> None:
    await visitor.do("enter")
    await visitor.sees("您好")
    assert not await visitor.is_full()
    for _ in range(24):
        await visitor.press("更多" if "更多" in await visitor.page() else "第一页")
    async with asyncio.timeout(PATIENCE):
        await visitor.channel._tenant.until(lambda: len(visitor.channel._tenant.person(WHO).chat.sent) >= 25)
    assert await visitor.is_full()


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, Demo),
        ({"web_chat": "on"}, Off),
        ({"telegram_token": "123456:a"}, Off),
        ({"wecom_bot_id": "a", "wecom_bot_secret": "b"}, Bot),
        ({"wecom_bot_id": "a", "wecom_bot_secret": "b", "web_chat": "demo"}, Bot),
    ],
)
def test_outside_of_the_demo_and_beside_a_real_bot_there_is_none(
    desk: World, tmp_path: Path, given: dict[str, str], kind: type
) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, **given})
    talk = desk.conversation
    assert type(made(settings, talk, desk.clock, Lease("wecom", nobody_else), list, lambda _: None)) is kind


def _addresses(world: World) -> list[str]:
    with world.database.read() as session:
        return [one for one, *_ in chats.at_addresses(session, channel="wecom", prefix="")]
