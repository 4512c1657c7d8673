"""A plan from three stars to its last 销号 and the next term: through the conversation, the page, and Telegram."""

import asyncio
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from bot.channels.telegram.channel import Telegram
from bot.message import plain
from tests.audit import Somebody
from tests.botapi import TOKEN, BotApi
from tests.browser import Phone as Page
from tests.channels.test_web_doors import served
from tests.channels.test_web_doors_page import be
from tests.channels.test_whole_term import OnTelegram, move_to_telegram
from tests.chromium import chromium, needs_chromium
from tests.conftest import Clock
from tests.phone import Phone, World
from tests.whole_plan import evaluated, whole_plan
from tests.wire import Clockwork

pytestmark = pytest.mark.slow


def test_a_whole_plan_through_the_conversation(world: World, clock: Clock) -> None:
    clockwork = Clockwork(world, clock)

    def notices(who: str) -> str:
        clockwork.carry()
        messages = clockwork.wire.at(World.PERSONAS[who])
        return "\n".join(f"{plain(one)}\n{[button.label for button in one.buttons]}" for one in messages)

    def file_of(phone: Somebody) -> bytes:
        assert isinstance(phone, Phone)
        assert phone.screen.attachment is not None
        return phone.screen.attachment.read()

    def sends(phone: Somebody, name: str, data: bytes) -> None:
        assert isinstance(phone, Phone)
        phone.attach(name, data)

    phones: dict[str, Phone] = {}
    evaluated(world)
    whole_plan(
        world,
        clock,
        lambda who: phones.setdefault(who, world.phone(who)),
        file_of=file_of,
        sends=sends,
        notices=notices,
    )


@needs_chromium
def test_a_whole_plan_through_the_page_at_phone_size(desk: World, clock: Clock, tmp_path: Path) -> None:
    evaluated(desk)
    with contextmanager(served)(desk) as gate, chromium() as browser:
        pages: list[Page] = []

        def page(who: str) -> Page:
            pages.append(be(Page.of(browser), gate, who).open(gate.url))
            return pages[-1]

        def file_of(phone: Somebody) -> bytes:
            assert isinstance(phone, Page)
            with phone.page.expect_download() as download:
                phone.page.locator("#screen a.paper").click()
            return Path(download.value.path()).read_bytes()

        def sends(phone: Somebody, name: str, data: bytes) -> None:
            assert isinstance(phone, Page)
            file = tmp_path / name
            file.write_bytes(data)
            phone.upload(file)

        whole_plan(desk, clock, page, file_of=file_of, sends=sends, in_detail=False)
        assert not [complaint for one in pages for complaint in one.complaints]


async def test_a_whole_plan_through_telegram(desk: World, clock: Clock) -> None:
    evaluated(desk)
    async with BotApi() as api:
        bot = Telegram(desk.conversation, TOKEN, api.url)
        await bot.start()
        polling = asyncio.create_task(bot.run())
        loop = asyncio.get_running_loop()
        postman = Clockwork(desk, clock).hire("telegram", {"telegram": bot})
        numbers = {who: 70 + n for n, who in enumerate(World.PERSONAS)}
        on: dict[OnTelegram, int] = {}

        def somebody(who: str) -> OnTelegram:
            move_to_telegram(desk, who, numbers[who])
            phone = OnTelegram(api.phone(numbers[who]), loop)
            on[phone] = numbers[who]
            return phone

        def of(phone: Somebody) -> tuple[OnTelegram, int]:
            assert isinstance(phone, OnTelegram)
            return phone, on[phone]

        def file_of(phone: Somebody) -> bytes:
            files = [message for message in api.phone(of(phone)[1]).messages if message.kind == "document"]
            return files[-1].data

        def sends(phone: Somebody, name: str, data: bytes) -> None:
            mover, number = of(phone)
            mover.moved(lambda: api.phone(number).send_document(name, data, "application/octet-stream"))

        def notices(who: str) -> str:
            asyncio.run_coroutine_threadsafe(postman.round(), loop).result(20)
            told = (message for message in api.phone(numbers[who]).messages if message.by_bot)
            return "\n".join(f"{message.text}\n{message.buttons}" for message in told)

        walk = partial(whole_plan, desk, clock, somebody, file_of=file_of, sends=sends, notices=notices)
        try:
            await asyncio.to_thread(walk)
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            await bot.close()
