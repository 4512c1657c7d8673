"""A school year's end through the conversation, Telegram and the page; everybody votes on a page of its own."""

import asyncio
from contextlib import contextmanager

import httpx
import pytest

from bot.channels.telegram.channel import Telegram
from bot.message import plain
from tests.botapi import TOKEN, BotApi
from tests.browser import Phone as Page
from tests.channels.test_ballot_page import page
from tests.channels.test_web_doors import served
from tests.channels.test_web_doors_page import be
from tests.channels.test_whole_term import OnTelegram, move_to_telegram
from tests.chromium import chromium, needs_chromium
from tests.conftest import Clock
from tests.phone import World
from tests.whole_year import whole_year
from tests.wire import Clockwork


@pytest.mark.slow
def test_a_school_years_end_through_the_conversation(world: World, clock: Clock) -> None:
    clockwork = Clockwork(world, clock)

    def notices(who: str) -> str:
        clockwork.carry()
        return "\n".join(plain(message) for message in clockwork.wire.at(World.PERSONAS[who]))

    with page(world) as http:
        whole_year(world, clock, world.phone, http, notices)


@pytest.mark.slow
async def test_a_school_years_end_through_telegram(desk: World, clock: Clock) -> None:
    async with BotApi() as api:
        bot = Telegram(desk.conversation, TOKEN, api.url)
        await bot.start()
        polling = asyncio.create_task(bot.run())
        loop = asyncio.get_running_loop()
        postman = Clockwork(desk, clock).hire("telegram", {"telegram": bot})

        def number(who: str) -> int:
            return 70 + list(World.PERSONAS).index(who)

        def somebody(who: str) -> OnTelegram:
            move_to_telegram(desk, who, number(who))
            return OnTelegram(api.phone(number(who)), loop)

        def notices(who: str) -> str:
            asyncio.run_coroutine_threadsafe(postman.round(), loop).result(60)
            return "\n".join(message.text for message in api.phone(number(who)).messages if message.by_bot)

        def steps() -> None:
            with page(desk) as http:
                whole_year(desk, clock, somebody, http, notices)

        try:
            await asyncio.to_thread(steps)
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            await bot.close()


@pytest.mark.slow
@needs_chromium
def test_a_school_years_end_through_the_page_at_phone_size(desk: World, clock: Clock) -> None:
    with contextmanager(served)(desk) as gate, chromium() as browser:
        pages: dict[str, Page] = {}

        def somebody(who: str) -> Page:
            return pages.setdefault(who, be(Page.of(browser), gate, who).open(gate.url))

        with httpx.Client(base_url=gate.url, trust_env=False, timeout=60) as http:
            whole_year(desk, clock, somebody, http)
        assert not [complaint for one in pages.values() for complaint in one.complaints]
