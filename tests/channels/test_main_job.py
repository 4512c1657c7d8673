"""The same transcript through the conversation alone, the page in headless Chromium, and Telegram both ways."""

import asyncio
import socket
from datetime import datetime
from functools import partial

import pytest
import uvicorn

from bot.channels.telegram.channel import Telegram
from bot.store.weblog import WebLog
from tests.botapi import TOKEN, BotApi
from tests.botapi import Phone as TelegramPhone
from tests.browser import Phone as Page
from tests.browser import Server, serving, web_app
from tests.chromium import chromium, needs_chromium
from tests.conftest import ZONE
from tests.main_job import check_stored, invited, main_job
from tests.phone import Phone, World


def test_the_main_job_through_the_conversation_alone(world: World) -> None:
    phone = Phone(world.conversation, "new")
    for verb, what, then in main_job(invited(world)):
        getattr(phone, verb)(what)
        assert then in phone.text, (verb, what)
    check_stored(world)


@pytest.mark.slow
@needs_chromium
def test_the_main_job_through_the_page_at_phone_size(desk: World) -> None:
    app = web_app(
        desk.conversation,
        WebLog(desk.database),
        secret_key="a key for this test alone, long enough",
        secure_cookies=False,
        personas=None,
        chat=True,
        ready=list,
        now=lambda: datetime.now(ZONE),
    )
    with serving(app) as url, chromium() as browser:
        page = Page.of(browser).open(url)
        for verb, what, then in main_job(invited(desk)):
            getattr(page, verb)(what)
            assert then in page.text, (verb, what)
        assert any("已提交" in said for said in page.said), "the receipt stays in the chat"
    check_stored(desk)


async def test_the_main_job_through_telegram_by_polling(desk: World) -> None:
    async with BotApi() as api:
        bot = Telegram(desk.conversation, TOKEN, api.url)
        await bot.start()
        polling = asyncio.create_task(bot.run())
        try:
            await _through(api, desk)
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            await bot.close()
    check_stored(desk)


async def test_the_main_job_through_telegram_by_webhook(desk: World) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/telegram"
    async with BotApi() as api:
        bot = Telegram(
            desk.conversation, TOKEN, api.url, webhook_url=url, webhook_secret="a-secret-for-this-test"
        )
        app = web_app(
            desk.conversation,
            WebLog(desk.database),
            secret_key="a key for this test alone, long enough",
            secure_cookies=False,
            personas=None,
            chat=False,
            ready=list,
            routes=bot.routes(),
            now=lambda: datetime.now(ZONE),
        )
        server = Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        serving_task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await bot.start()
            await _through(api, desk)
        finally:
            server.should_exit = True
            await serving_task
            await bot.close()
    check_stored(desk)


async def _through(api: BotApi, world: World) -> None:
    phone = api.phone(77)
    code = invited(world)
    for verb, what, then in main_job(code):
        getattr(phone, verb)(f"/start {code}" if what == code else what)
        await api.until(partial(shown, phone, then), f"{what} → {then}")
    assert any("已提交" in message.text for message in phone.messages)


def shown(phone: TelegramPhone, text: str) -> bool:
    return text in phone.messages[-1].text
