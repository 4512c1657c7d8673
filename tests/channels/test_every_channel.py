"""What every channel promises: order in each chat, no chat in another one's way, and an end in order.

Telegram and WeCom against servers on this machine that behave as theirs, the web chat and the toy behind uvicorn; each
runs as the program runs it.
"""

import asyncio
import re
import socket
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest

from bot.channels import chats, underway
from bot.channels.channel import Channel
from bot.channels.connections import config
from bot.channels.server import application
from bot.channels.telegram.channel import Telegram
from bot.channels.web import Web
from bot.channels.wecom.frames import RESPOND
from bot.channels.wecom.tenant import Fault
from bot.conversation import Event, Listener
from bot.message import Message, Reply
from bot.permissions import Me, Role, Seat
from tests.botapi import TOKEN, BotApi
from tests.browser import Server
from tests.channels.made_up import MadeUp
from tests.channels.toy import Toy
from tests.channels.web_fakes import Log
from tests.wecom import bot_of, tenant
from tests.wecom_api import WeComApi
from tests.wecom_app import Person, Tencent, app_of

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ONE, OTHER = "11", "12"  # two chats


class Held(MadeUp):
    """Answers each text with itself, and does not finish with those that are held."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.heard: list[str] = []
        self.held: dict[str, threading.Event] = defaultdict(threading.Event)

    def hear(self, event: Event) -> Reply:
        """Wait while it is held."""
        text = event.text or ""
        self.begun.append(text)
        if text in self.held:
            assert self.held[text].wait(10)
        self.heard.append(text)
        return Reply(Message(text))

    def look(self, channel: str, address: str, message: str | None = None) -> Reply:
        """Nothing stands."""
        return Reply(Message("首页"))

    def who(self, channel: str, address: str) -> Me:
        """Everybody has a seat."""
        return Me(1, channel, NOW, None, "", (Seat(1, Role.SECRETARY, 1, "总支", 1, "支部"),))

    def visited(self, channel: str, address: str) -> None:
        """Nothing is noted."""

    def subscribe(self, listener: Listener) -> None:
        """Nothing changes."""


class Run:
    """A channel on a server of its own, started and stopped as bot/serving.py does it."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        app = application(channel.routes(), calendar=lambda _: None, ready=list, ailing=list)
        self._server = Server(config(app))
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Be there for people."""
        self._tasks = [asyncio.create_task(self._server.serve(sockets=[self._socket]))]
        await until(lambda: self._server.started)
        await self.channel.start()
        self._tasks.append(asyncio.create_task(self.channel.run()))

    async def stop(self) -> None:
        """Take nothing new, let end what is under way, close the connections."""
        if self._tasks:
            self._tasks[1].cancel()
            self._server.should_exit = True
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._tasks = []
            await self.channel.close()


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  conversations and wires are in threads and tasks of their own
            await asyncio.sleep(0.005)


class People:
    """Those who write over HTTP: to the web chat from a page that they opened, to the toy as they are."""

    def __init__(self, run: Run, page: bool) -> None:
        self._run, self._page = run, page
        self._http = {
            chat: httpx.AsyncClient(base_url=run.url, trust_env=False, verify=False)  # noqa: S501  loopback
            for chat in (ONE, OTHER)
        }
        self._tokens: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._shown: dict[str, list[tuple[int, str]]] = defaultdict(list)

    def shown(self, chat: str) -> list[str]:
        """What the page has shown, in the order of the turns: two answers may pass each other on their way."""
        return [title for _, title in sorted(self._shown[chat])]

    async def open(self) -> None:
        """Open the page."""
        for chat, http in self._http.items() if self._page else ():
            found = re.search(r'chat-token" content="([^"]+)"', (await http.get("/")).text)
            assert found
            self._tokens[chat] = found[1]

    def say(self, chat: str, text: str) -> None:
        """Send a text."""
        self._tasks.add(asyncio.create_task(self._say(chat, text)))

    async def _say(self, chat: str, text: str) -> None:
        with suppress(httpx.HTTPError):  # nobody is there any more
            if not self._page:
                await self._http[chat].post(f"/toy/{chat}", content=text, headers={"x-key": str(uuid4())})
                return
            headers = {"X-Chat-Token": self._tokens[chat]}
            sent = {"key": str(uuid4()), "text": text}
            answer = (await self._http[chat].post("/say", json=sent, headers=headers)).json()
            self._shown[chat].append((answer["turn"], answer["screen"]["title"]))

    async def leave(self) -> None:
        """Go away."""
        await asyncio.gather(*self._tasks)
        for http in self._http.values():
            await http.aclose()


@dataclass
class Stage:
    """A channel that runs, and people who write to it."""

    talk: Held
    run: Run
    say: Callable[[str, str], None]  # in a chat, without waiting for the answer
    shown: Callable[[str], list[str]]  # what a chat was answered
    block: Callable[[], None] = lambda: None  # nothing arrives in any chat
    unblock: Callable[[], None] = lambda: None


async def on_telegram(talk: Held, stack: AsyncExitStack) -> Stage:
    api = await stack.enter_async_context(BotApi())
    release = asyncio.Event()
    run = Run(Telegram(talk, TOKEN, api.url))
    await run.begin()
    return Stage(
        talk,
        run,
        lambda chat, text: _ignore(api.phone(int(chat)).say(text)),
        lambda chat: [message.text for message in api.phone(int(chat)).messages if message.by_bot],
        lambda: api.fail("sendMessage", until=release),
        release.set,
    )


def _ignore(_: object) -> None:
    pass


async def on_the_web(talk: Held, stack: AsyncExitStack) -> Stage:
    page = Web(
        talk,
        Log(),
        address="",
        base_url="",
        secret_key=lambda: "a key for this test alone, long enough",
        secure_cookies=False,
        personas=None,
        now=lambda: NOW,
    )
    run = Run(page)
    await run.begin()
    people = People(run, page=True)
    await people.open()
    stack.push_async_callback(people.leave)
    return Stage(talk, run, people.say, people.shown)


async def on_the_toy(talk: Held, stack: AsyncExitStack) -> Stage:
    toy = Toy(talk)
    run = Run(toy)
    await run.begin()
    people = People(run, page=False)
    stack.push_async_callback(people.leave)
    return Stage(talk, run, people.say, lambda chat: toy.shown.get(chat, []), toy.gate.clear, toy.gate.set)


async def on_wecom(talk: Held, stack: AsyncExitStack) -> Stage:
    there = await stack.enter_async_context(tenant())
    channel = bot_of(talk, there)
    release = asyncio.Event()
    run = Run(channel)
    await run.begin()
    await there.until(lambda: there.subscriptions)
    tasks: set[asyncio.Task[str]] = set()

    def say(chat: str, text: str) -> None:
        tasks.add(asyncio.create_task(there.person(chat).say(text)))

    def shown(chat: str) -> list[str]:
        return [message.text for message in there.person(chat).chat.shown if message.by_bot]

    return Stage(talk, run, say, shown, lambda: there.fail(RESPOND, Fault(until=release)), release.set)


async def on_the_app(talk: Held, stack: AsyncExitStack) -> Stage:
    """The app of WeCom, whose answers to texts are the answers to callbacks."""
    there = await stack.enter_async_context(WeComApi())
    app = app_of(talk, there, NOW)
    run = Run(app)
    await run.begin()
    http = await stack.enter_async_context(httpx.AsyncClient(base_url=run.url, trust_env=False, timeout=20))
    side = Tencent(there, http, lambda: NOW, app)
    people = {chat: Person(side, chat) for chat in (ONE, OTHER)}
    tasks: set[asyncio.Task[None]] = set()

    async def try_to_say(chat: str, text: str) -> None:
        with suppress(httpx.HTTPError):  # nobody is there any more
            await people[chat].say(text)

    def say(chat: str, text: str) -> None:
        tasks.add(asyncio.create_task(try_to_say(chat, text)))

    return Stage(talk, run, say, lambda chat: [one.text for one in people[chat].shown])


CHANNELS = {
    "telegram": on_telegram,
    "web": on_the_web,
    "wecom": on_wecom,
    "wecom_app": on_the_app,
    "toy": on_the_toy,
}
THAT_SHOW_ASIDE = ("telegram", "wecom", "toy")  # the web chat's answer is the answer to a request


@pytest.fixture(params=list(CHANNELS))
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    talk = Held()
    async with AsyncExitStack() as stack:
        stage = await CHANNELS[request.param](talk, stack)
        yield stage
        for held in talk.held.values():
            held.set()
        stage.unblock()
        await stage.run.stop()


async def test_a_chat_is_heard_and_answered_in_order_and_no_other_waits_for_it(stage: Stage) -> None:
    held = stage.talk.held["一"]
    stage.say(ONE, "一")
    await until(lambda: stage.talk.begun == ["一"])
    stage.say(ONE, "二")
    stage.say(OTHER, "三")
    await until(lambda: stage.shown(OTHER) == ["三"])
    assert stage.talk.begun == ["一", "三"]
    assert stage.shown(ONE) == []
    held.set()
    await until(lambda: stage.shown(ONE) == ["一", "二"])


@pytest.mark.parametrize("stage", THAT_SHOW_ASIDE, indirect=True)
async def test_of_a_flood_all_is_heard_and_not_more_than_its_share_is_shown(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chats, "MOST_WAITING", 2)
    stage.block()
    for number in range(8):
        stage.say(ONE, str(number))
        await until(lambda: len(stage.talk.heard) == number + 1)  # noqa: B023  it is done within the turn
    stage.unblock()
    await until(lambda: len(stage.shown(ONE)) == 3)
    stage.say(ONE, "后来")
    await until(lambda: stage.shown(ONE) == ["0", "1", "2", "后来"])


async def test_what_is_under_way_at_the_stop_is_answered_and_nothing_new_is_taken(stage: Stage) -> None:
    held = stage.talk.held["一"]
    stage.say(ONE, "一")
    await until(lambda: stage.talk.begun == ["一"])
    asyncio.get_running_loop().call_later(0.05, held.set)
    await stage.run.stop()
    await until(lambda: stage.shown(ONE) == ["一"])
    stage.say(OTHER, "太晚")
    await asyncio.sleep(0.02)
    assert stage.talk.begun == ["一"]


@pytest.mark.parametrize("stage", THAT_SHOW_ASIDE, indirect=True)
async def test_what_does_not_end_by_itself_is_ended(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(underway, "CLOSING", 0.05)
    stage.block()
    stage.say(ONE, "一")
    await until(lambda: stage.talk.heard == ["一"])
    async with asyncio.timeout(3):
        await stage.run.stop()
    assert stage.shown(ONE) == []
