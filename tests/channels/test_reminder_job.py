"""A reminder arrives and is answered by typing: in the conversation alone, on the page, and on Telegram."""

import asyncio
from datetime import datetime
from functools import partial

import pytest

from bot.channels.telegram.channel import Telegram
from bot.channels.web.pages import Persona
from bot.store.weblog import WebLog
from tests.botapi import TOKEN, BotApi
from tests.browser import Phone as Page
from tests.browser import serving, web_app
from tests.channels.test_main_job import shown
from tests.chromium import chromium, needs_chromium
from tests.conftest import ZONE, Clock
from tests.phone import Phone, World
from tests.reminder_job import REMINDED, check_reported, deliver, only_the_party_day, reminder_job
from tests.wire import Wire


def test_a_reminder_answered_through_the_conversation_alone(world: World, clock: Clock) -> None:
    only_the_party_day(world, clock, "web", "alone")
    wire = Wire(clock)
    asyncio.run(deliver(world, clock, "web", wire))
    assert [message.title for message in wire.at("alone")] == [REMINDED]
    phone = Phone(world.conversation, "alone")
    for verb, what, then in reminder_job():
        getattr(phone, verb)(what)
        assert then in phone.text, (verb, what)
    check_reported(world, clock)


@pytest.mark.slow
@needs_chromium
def test_a_reminder_answered_on_the_page_at_phone_size(desk: World, clock: Clock) -> None:
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
    with serving(app) as url, chromium() as browser:
        page = Page.of(browser).open(url)
        page.page.get_by_role("button").first.click()
        page.settled()
        only_the_party_day(desk, clock, "web", "demo-6")
        loop = app.state.channel.live._loop
        asyncio.run_coroutine_threadsafe(deliver(desk, clock, "web", app.state.channel), loop).result(20)
        page.page.get_by_text(f"来了新消息：{REMINDED}").wait_for()
        page.tap("打开")
        page.wait_for(REMINDED)
        for verb, what, then in reminder_job():
            getattr(page, verb)(what)
            assert then in page.text, (verb, what)
        assert any(REMINDED in said for said in page.said), "the reminder stays in the chat"
    check_reported(desk, clock)


async def test_a_reminder_answered_on_telegram(desk: World, clock: Clock) -> None:
    only_the_party_day(desk, clock, "telegram", "77")
    async with BotApi() as api:
        bot = Telegram(desk.conversation, TOKEN, api.url)
        await bot.start()
        polling = asyncio.create_task(bot.run())
        try:
            phone = api.phone(77)
            await api.until(bot.sends)
            await deliver(desk, clock, "telegram", bot)
            await api.until(partial(shown, phone, REMINDED), "the reminder")
            for verb, what, then in reminder_job():
                getattr(phone, verb)(what)
                await api.until(partial(shown, phone, then), f"{what} → {then}")
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            await bot.close()
    check_reported(desk, clock)
