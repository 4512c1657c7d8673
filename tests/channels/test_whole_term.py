"""A whole term, as those go through it who take part: through the conversation, the page, and Telegram."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import contextmanager

import pytest

from bot.channels.telegram.channel import Telegram
from bot.message import plain
from bot.store import chats
from tests.botapi import TOKEN, BotApi, Shown
from tests.botapi import Phone as Chat
from tests.browser import Phone as Page
from tests.channels.test_web_doors import served
from tests.channels.test_web_doors_page import be
from tests.chromium import chromium, needs_chromium
from tests.conftest import Clock
from tests.phone import World
from tests.whole_term import whole_term
from tests.wire import Clockwork


@pytest.mark.slow
def test_a_whole_term_through_the_conversation(world: World, clock: Clock) -> None:
    clockwork = Clockwork(world, clock)

    def notices(who: str) -> str:
        clockwork.carry()
        return "\n".join(plain(message) for message in clockwork.wire.at(World.PERSONAS[who]))

    whole_term(world, world.phone, notices=notices)


@pytest.mark.slow
@needs_chromium
def test_a_whole_term_through_the_page_at_phone_size(desk: World) -> None:
    with contextmanager(served)(desk) as gate, chromium() as browser:
        pages: dict[str, Page] = {}

        def page(who: str) -> Page:
            return pages.setdefault(who, be(Page.of(browser), gate, who).open(gate.url))

        def follows(page: object, text: str) -> None:
            assert isinstance(page, Page)
            page.wait_for(text)

        whole_term(desk, page, follows=follows, in_detail=[2])
        assert not [complaint for one in pages.values() for complaint in one.complaints]


class OnTelegram:
    """A persona's phone on Telegram, moved from outside the loop in which the bot runs."""

    def __init__(self, chat: Chat, loop: asyncio.AbstractEventLoop) -> None:
        self._chat, self._loop, self.steps = chat, loop, 0

    @property
    def _live(self) -> Shown:
        return next(message for message in reversed(self._chat.messages) if message.rows)

    @property
    def text(self) -> str:
        """What the newest message with buttons says."""
        return self._live.text

    @property
    def labels(self) -> Sequence[str]:
        """Its buttons."""
        return self._live.buttons

    @property
    def toast(self) -> str:
        """What passed last."""
        return "".join(self._chat.toasts[-1:])

    def say(self, text: str) -> None:
        """Type a text and wait for the answer."""
        self.moved(lambda: self._chat.say(text))

    def tap(self, label: str) -> None:
        """Press a button of the newest message and wait for the answer."""
        data = {button["text"]: button["callback_data"] for row in self._live.rows for button in row}
        self.moved(lambda: self._chat.press(self._live, data[label]))

    def moved(self, move: Callable[[], object]) -> None:
        """Do something with the phone and wait for the answer."""

        async def settled() -> None:
            self.steps += 1
            self._chat.owed = 0  # a notice that came meanwhile was no answer
            move()
            await self._chat.settle()

        asyncio.run_coroutine_threadsafe(settled(), self._loop).result(20)


@pytest.mark.slow
async def test_a_whole_term_through_telegram(desk: World, clock: Clock) -> None:
    async with BotApi() as api:
        bot = Telegram(desk.conversation, TOKEN, api.url)
        await bot.start()
        polling = asyncio.create_task(bot.run())
        loop = asyncio.get_running_loop()
        postman = Clockwork(desk, clock).hire("telegram", {"telegram": bot})

        def number(who: str) -> int:
            return 70 + list(World.PERSONAS).index(who)

        phones: list[OnTelegram] = []

        def somebody(who: str) -> OnTelegram:
            move_to_telegram(desk, who, number(who))
            phones.append(OnTelegram(api.phone(number(who)), loop))
            return phones[-1]

        def notices(who: str) -> str:
            asyncio.run_coroutine_threadsafe(postman.round(), loop).result(20)
            return "\n".join(message.text for message in api.phone(number(who)).messages if message.by_bot)

        try:
            await asyncio.to_thread(whole_term, desk, somebody, notices=notices)
            answers = [call for call in api.calls if call.method != "getUpdates"]
            assert len(answers) < 2.2 * sum(phone.steps for phone in phones), (
                "two calls a step, three with a receipt"
            )
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
            await bot.close()


def move_to_telegram(world: World, who: str, number: int) -> None:
    """A persona has a chat on Telegram, and no other one."""
    me = world.me(who)
    with world.database.write() as session:
        chat = chats.chat_at(session, channel="telegram", external=str(number), now=world.clock())
        chats.belongs(session, address_id=me.address_id, person_id=None)
        chats.belongs(session, address_id=chat.me.address_id, person_id=me.person_id)
