"""An album with a caption, from the phone into the evidence and back as one answer: on Telegram and on the page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.actions import Card, wire
from bot.channels.telegram import albums
from bot.channels.telegram import http as telegram_http
from bot.channels.telegram.channel import Telegram
from bot.channels.web.pages import Persona
from bot.permissions import Rater
from bot.store import chats, evidence, sheets
from bot.store.weblog import WebLog
from tests.botapi import TOKEN, BotApi
from tests.browser import Phone as Page
from tests.browser import serving, web_app
from tests.chromium import chromium, needs_chromium
from tests.conftest import ZONE, Clock
from tests.phone import World, picture
from tests.reminder_job import deliver, only_the_party_day

BRANCH = 3  # 新源里, whose sheet is not begun
WHO = "secretary of 新源里"
TEN = [picture(n) for n in range(10)]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are there, but short."""
    monkeypatch.setattr(albums, "ALBUM_PAUSE", 0.05)
    monkeypatch.setattr(telegram_http, "seconds", lambda _: 0.01)


@asynccontextmanager
async def running(world: World) -> AsyncIterator[tuple[BotApi, Telegram]]:
    async with BotApi() as api:
        bot = Telegram(world.conversation, TOKEN, api.url)
        await bot.start()
        polling = asyncio.create_task(bot.run())
        await api.until(bot.sends)
        try:
            yield api, bot
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            await bot.close()


def on_telegram(world: World) -> None:
    """新源里's secretary is in chat 77, on the card of item 7."""
    me = world.me(WHO)
    world.phone(WHO).say("自评")
    with world.database.write() as session:
        sheet = sheets.find(
            session, branch_id=world.branches[BRANCH].id, term_id=world.terms[0].id, rater=Rater.SELF
        )
        chat = chats.chat_at(session, channel="telegram", external="77", now=world.clock())
        chats.belongs(session, address_id=chat.me.address_id, person_id=me.person_id)
        chats.remember(session, chat=chat, screen=wire(Card(sheet or 0, 7)))


def kept(world: World, item: int) -> list[bytes]:
    with world.database.read() as session:
        files = evidence.files_of(
            session,
            branch_id=world.branches[BRANCH].id,
            term_id=world.terms[0].id,
            item=item,
            raters=[Rater.SELF],
        )
    return [world.evidence.where(file).read_bytes() for file in files]


def marked(world: World, item: int) -> tuple[Decimal, str]:
    file = world.sheet(BRANCH)
    assert file is not None
    mark = file.sheet.marks[item]
    return mark.points, mark.reason


async def test_an_album_of_ten_with_a_caption_on_telegram_under_flood_limits(world: World) -> None:
    on_telegram(world)
    async with running(world) as (api, _):
        phone = api.phone(77)
        api.fail("getFile", 429, times=3, retry_after=2)
        api.fail("file", drop="before")
        api.fail("sendMessage", 429, times=2, retry_after=2)
        phone.album(TEN, caption="3.5 缺一次记录")
        await phone.settle()
        shown = [message.text for message in phone.messages if message.by_bot]
    assert kept(world, 7) == TEN
    assert marked(world, 7) == (Decimal("3.5"), "缺一次记录")
    assert len(shown) == 1
    assert "第 7 项 已收到 10 份材料（现有 10 份）；第 7 项 已存 合格 3.5 分（缺一次记录）" in shown[0]
    assert shown[0].startswith("第 8 项")


async def test_a_strangers_files_are_left_where_they_are_and_a_secretarys_are_not(desk: World) -> None:
    on_telegram(desk)
    async with running(desk) as (api, _):
        stranger, secretary = api.phone(99), api.phone(77)
        for n in range(5):
            stranger.send_document(f"{n}.pdf", b"%PDF")
        secretary.send_photo(TEN[0])
        await stranger.settle()
        await secretary.settle()
        assert len(api.called("getFile")) == 1
    assert "请先发邀请码，加入以后再发文件。" in stranger.newest.text
    assert kept(desk, 7) == TEN[:1]


async def test_an_album_goes_on_where_it_began_when_the_bot_was_started_anew_in_between(world: World) -> None:
    on_telegram(world)
    async with running(world) as (api, _):
        phone = api.phone(77)
        phone.album(TEN[:4], caption="3.5 缺一次记录", group="one album")
        await phone.settle()
    later = World(world.database, world.folder, world.clock)
    async with running(later) as (api, _):
        phone = api.phone(77)
        for _ in range(50):  # Telegram counts its messages on
            api.next_message()
        phone.album(TEN[4:], group="one album")
        await phone.settle()
        assert (
            "第 7 项 已收到 10 份材料（现有 10 份）；第 7 项 已存 合格 3.5 分（缺一次记录）"
            in phone.newest.text
        )
    assert kept(world, 7) == TEN


async def test_a_reminder_is_answered_by_a_quote_with_a_photo_on_telegram(desk: World, clock: Clock) -> None:
    only_the_party_day(desk, clock, "telegram", "77")
    async with running(desk) as (api, bot):
        phone = api.phone(77)
        await deliver(desk, clock, "telegram", bot)
        reminder, phone.owed = phone.newest, 0
        phone.say("自评")
        await phone.settle()
        phone.send_photo(TEN[0], caption="17/18 参观香山", reply_to=reminder)
        await phone.settle()
        assert "12月主题党日 已完成，谢谢" in phone.newest.text
        phone.edit("16/18 参观香山")
        await phone.settle()
        assert "17/18 参观香山 → 16/18 参观香山？" in phone.newest.text
        phone.tap("改")
        await phone.settle()
        assert "16/18" in phone.newest.text
    assert kept(desk, 8) == TEN[:1]


async def test_an_older_screen_that_is_quoted_is_meant_on_telegram(world: World) -> None:
    on_telegram(world)
    async with running(world) as (api, bot):
        phone = api.phone(77)
        phone.say("优")  # the card of item 7, which nobody has seen yet
        await phone.settle()
        eight = phone.newest
        await api.until(lambda: "77" not in bot._chats)
        phone.say("待办")
        await phone.settle()
        phone.send_photo(TEN[0], caption="3.5 缺一次记录", reply_to=eight)
        await phone.settle()
    assert kept(world, 8) == TEN[:1]
    assert marked(world, 8) == (Decimal("3.5"), "缺一次记录")


async def test_of_two_albums_at_once_on_telegram_each_photo_goes_to_its_item(world: World) -> None:
    on_telegram(world)
    async with running(world) as (api, _):
        phone = api.phone(77)
        phone.album(TEN[:1], caption="优", group="a")
        await phone.settle()
        phone.album(TEN[1:2], group="b")
        phone.album(TEN[2:4], group="a")
        phone.album(TEN[4:6], group="b")
        await phone.settle()
    assert kept(world, 7) == [TEN[0], *TEN[2:4]]
    assert kept(world, 8) == [TEN[1], *TEN[4:6]]


@needs_chromium
@pytest.mark.slow
def test_files_with_a_caption_on_the_page_at_phone_size(desk: World, tmp_path: Path) -> None:
    app = web_app(
        desk.conversation,
        WebLog(desk.database),
        secret_key="a key for this test alone, long enough",
        secure_cookies=False,
        personas=lambda: [Persona("demo-6", "新源里书记", "支部书记")],
        chat=True,
        ready=list,
        now=lambda: datetime.now(ZONE),
    )
    for n, data in enumerate(TEN):
        (tmp_path / f"{n}.png").write_bytes(data)
    with serving(app) as url, chromium() as browser:
        page = Page.of(browser).open(url)
        page.page.get_by_role("button").first.click()
        page.settled()
        page.say("自评")
        page.tap("目录")
        page.page.locator("#keys button", has_text="7 ·").first.click()
        page.settled()
        page.upload(*(tmp_path / f"{n}.png" for n in range(10)), typed="3.5 缺一次记录")
        assert page.title.startswith("第 8 项")
        assert page.toast == "第 7 项 已收到 10 份材料（现有 10 份）；第 7 项 已存 合格 3.5 分（缺一次记录）"
        assert page.said[-11:] == ["3.5 缺一次记录", *(f"📎 {n}.png" for n in range(10))]
    assert kept(desk, 7) == TEN
    assert marked(desk, 7) == (Decimal("3.5"), "缺一次记录")
