"""Telegram, driven from a phone as a person would, through PTB and a Bot API server on loopback."""

import asyncio
import io
import logging
import os
import threading
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
import uvicorn
from starlette.applications import Starlette
from telegram.error import RetryAfter

from bot.actions import Contents, Home
from bot.channels import chats, underway
from bot.channels.channel import SettingsRefusedError
from bot.channels.telegram import albums, files, trouble
from bot.channels.telegram import http as telegram_http
from bot.channels.telegram import polling as polling_module
from bot.channels.telegram.channel import BODY_LIMIT, FILE_LIMIT, Telegram
from bot.channels.telegram.groups import PRIVATELY
from bot.channels.telegram.http import seconds
from bot.channels.telegram.shape import TEXT_LIMIT, as_html
from bot.conversation import Event, Group
from bot.message import Attachment, Button, Message, Reply, Streamed, ToCopy
from tests.botapi import TOKEN, USERNAME, BotApi, Phone
from tests.browser import Server
from tests.channels.made_up import MadeUp

SECRET = "a-webhook-secret"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
CHAT = {"id": 11, "type": "private", "first_name": "李"}
PERSON = {"id": 11, "is_bot": False, "first_name": "李"}
SENT = {"message_id": 9, "date": 1, "chat": CHAT, "from": PERSON}
PICTURE = {"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}


class Heard(MadeUp):
    """A conversation that notes what it hears and answers with `replies`, or with what it heard."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.replies: list[Reply] = []
        self.held: dict[str, threading.Event] = {}  # by address: hear blocks until it is set
        self.waiting: set[str] = set()
        self.reached: list[tuple[str, str, bool]] = []
        self.strangers: set[str] = set()
        self.asked: list[tuple[Group, str, str]] = []
        self.left: list[str] = []

    def reaches(self, channel: str, address: str, takes: bool) -> None:
        """Note it."""
        self.reached.append((channel, address, takes))

    def ask_in_group(self, group: Group, person: str, text: str) -> Message | None:
        """Nobody is known in any group."""
        self.asked.append((group, person, text))
        return None

    def group_left(self, channel: str, address: str) -> None:
        """Note it."""
        self.left.append(address)

    def look(self, channel: str, address: str, message: str | None = None) -> Reply:
        """Say whether it is a stranger."""
        return Reply(screen(channel), stranger=address in self.strangers)

    def hear(self, event: Event) -> Reply:
        """Note it, wait while the address is held, answer."""
        if event.address in self.held:
            self.waiting.add(event.address)
            assert self.held[event.address].wait(10)
        self.events.append(event)
        return self.replies.pop(0) if self.replies else Reply(screen(self.words(event)))

    @staticmethod
    def words(event: Event) -> str:
        """What was said, in one word."""
        upload = event.upload.name if event.upload else None
        return event.text or event.press or upload or event.unreadable or ""


def screen(title: str, *lines: str | tuple[str, str], file: Attachment | None = None) -> Message:
    """A screen with two buttons."""
    rows = ((Button("首页", Home()), Button("目录", Contents(7), main=True)),)
    return Message(title, lines, rows, attachment=file)


@dataclass
class Stage:
    """A running bot, the server it talks to, a phone, and the conversation behind."""

    api: BotApi
    heard: Heard
    bot: Telegram
    phone: Phone
    stop: Callable[[], Awaitable[None]]
    webhook: str = ""

    async def say(self, text: str, *replies: Reply) -> None:
        """Type a text, let the bot answer with these replies, wait for it."""
        self.heard.replies += replies
        self.phone.say(text)
        await self.phone.settle()

    async def tap(self, label: str, *replies: Reply) -> None:
        """Press a button, let the bot answer with these replies, wait for it."""
        self.heard.replies += replies
        self.phone.tap(label)
        await self.phone.settle()


@asynccontextmanager
async def polling(api: BotApi, heard: Heard) -> AsyncIterator[Stage]:
    """A bot that polls."""
    bot = Telegram(heard, TOKEN, api.url)
    await bot.start()
    poll = asyncio.create_task(bot.run())

    async def stop() -> None:
        poll.cancel()
        with suppress(asyncio.CancelledError):
            await poll

    try:
        yield Stage(api, heard, bot, api.phone(11), stop)
    finally:
        await stop()
        await bot.close()


@asynccontextmanager
async def webhook(api: BotApi, heard: Heard) -> AsyncIterator[Stage]:
    """A bot behind a webhook, served by uvicorn as in production."""
    app = Starlette()
    server = Server(uvicorn.Config(app, "127.0.0.1", 0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await api.until(lambda: server.started)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/telegram"
    bot = Telegram(heard, TOKEN, api.url, webhook_url=url, webhook_secret=SECRET)
    app.routes.extend(bot.routes())
    await bot.start()

    async def stop() -> None:
        server.should_exit = True
        await serving

    try:
        yield Stage(api, heard, bot, api.phone(11), stop, webhook=url)
    finally:
        await stop()
        await bot.close()


async def checked(bot: Telegram) -> list[str]:
    """What `check` says of a bot."""
    return [line async for line in bot.check()]


WAYS = {"polling": polling, "webhook": webhook}
Make = Callable[..., Telegram]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are there, but short."""
    monkeypatch.setattr(trouble, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(polling_module, "PAUSE", 0.01)
    monkeypatch.setattr(telegram_http, "PAUSE", 0.01)


@pytest.fixture
def heard() -> Iterator[Heard]:
    heard = Heard()
    yield heard
    for held in heard.held.values():
        held.set()


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        yield api


@pytest.fixture
async def make(heard: Heard) -> AsyncIterator[Make]:
    """Make a bot that is not started."""
    made: list[Telegram] = []

    def make(url: str, token: str = TOKEN, **more: Any) -> Telegram:
        made.append(Telegram(heard, token, url, **more))
        return made[-1]

    yield make
    for bot in made:
        await bot.close()


@pytest.fixture(params=list(WAYS))
async def stage(request: pytest.FixtureRequest, api: BotApi, heard: Heard) -> AsyncIterator[Stage]:
    """Everything that must hold by polling and by webhook alike."""
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(WAYS[request.param](api, heard))


@pytest.fixture
async def polled(api: BotApi, heard: Heard) -> AsyncIterator[Stage]:
    async with polling(api, heard) as stage:
        yield stage


@pytest.fixture
async def pushed(api: BotApi, heard: Heard) -> AsyncIterator[Stage]:
    async with webhook(api, heard) as stage:
        yield stage


# --- what is said reaches the conversation -------------------------------------------------------------


async def test_a_text_is_heard_with_address_key_and_name_and_answered_with_a_new_message(
    stage: Stage,
) -> None:
    await stage.say("排名")
    (event,) = stage.heard.events
    number = stage.phone.messages[0].message_id
    assert event == Event(
        "telegram",
        "11",
        f"m{number}",
        text="排名",
        name="李书记",
        message=f"{number}",
        file_limit=FILE_LIMIT,
    )
    assert stage.phone.newest.text == "排名"
    assert stage.phone.newest.buttons == ["首页", "目录"]


async def test_a_press_is_heard_by_its_data_and_changes_the_message_in_place(stage: Stage) -> None:
    await stage.say("/start")
    await stage.tap("目录", Reply(screen("目录"), toast="第7项 已存 4分"))
    assert stage.heard.events[-1].press == "g:7"
    assert stage.heard.events[-1].key == "q1"
    assert [m.text for m in stage.phone.messages] == ["/start", "目录"]
    assert stage.phone.toasts == ["第7项 已存 4分"]


async def test_a_deep_link_brings_its_code_and_the_bots_own_name_is_taken_off_a_command(stage: Stage) -> None:
    await stage.say("/start AB12CD34")
    await stage.say(f"/help@{USERNAME.upper()} 排名")
    await stage.say("/help@another_bot")
    assert [event.text for event in stage.heard.events] == [
        "/start AB12CD34",
        "/help 排名",
        "/help@another_bot",
    ]
    assert stage.bot.link("AB12CD34") == f"https://t.me/{USERNAME}?start=AB12CD34"


async def test_the_same_delivery_under_its_own_or_a_new_update_id_has_the_same_key(stage: Stage) -> None:
    first = stage.phone.say("3.5 缺记录")
    await stage.phone.settle()
    stage.api.redeliver(first)
    await stage.phone.settle()
    stage.api.redeliver(first, new_id=True)
    await stage.phone.settle()
    second = stage.phone.tap("首页")
    await stage.phone.settle()
    stage.api.redeliver(second, new_id=True)
    await stage.phone.settle()
    keys = [event.key for event in stage.heard.events]
    assert keys[0] == keys[1] == keys[2] != keys[3] == keys[4]


async def test_an_update_that_is_delivered_again_while_it_is_heard_is_heard_once(pushed: Stage) -> None:
    pushed.heard.held["11"] = threading.Event()
    update = pushed.phone.say("一")
    await pushed.api.until(lambda: "11" in pushed.heard.waiting)
    body = {"update_id": update, "message": pushed.api.pending[0]["message"]}
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    async with aiohttp.ClientSession() as client:
        again = asyncio.create_task(client.post(pushed.webhook, json=body, headers=headers))
        await asyncio.wait({again}, timeout=0.1)
        assert not again.done()
        pushed.heard.held["11"].set()
        async with await again as answer:
            assert answer.status == 200
    await pushed.phone.settle()
    assert len(pushed.heard.events) == 1


async def test_service_messages_and_places_that_move_are_confirmed_and_not_answered(stage: Stage) -> None:
    await stage.say("一")
    stage.phone.pin()
    stage.phone.move()
    stage.phone.say("三")
    await stage.phone.settle()
    assert [event.text for event in stage.heard.events] == ["一", "三"]
    await stage.api.until(lambda: not stage.api.pending)


async def test_who_blocks_and_unblocks_the_bot_is_heard_of_and_not_answered(stage: Stage) -> None:
    stage.phone.block()
    stage.phone.unblock()
    await stage.say("一")
    assert stage.heard.reached == [("telegram", "11", False), ("telegram", "11", True)]
    assert [m.text for m in stage.phone.messages if m.by_bot] == ["一"]
    stage.api.group().block()
    await stage.say("二")
    assert len(stage.heard.reached) == 2
    await stage.api.until(lambda: stage.heard.left == ["-500"])


async def test_an_edit_names_its_message_and_each_edit_has_a_key_of_its_own(stage: Stage) -> None:
    await stage.say("12/18")
    (first,) = stage.heard.events
    update = stage.phone.edit("17/18")
    await stage.phone.settle()
    stage.api.redeliver(update, new_id=True)
    await stage.phone.settle()
    stage.phone.edit("18/18")
    await stage.phone.settle()
    _, edit, again, other = stage.heard.events
    assert (edit.edits, edit.text, edit.message) == (first.message, "17/18", None)
    assert edit.key == again.key
    assert len({first.key, edit.key, other.key}) == 3


async def test_an_answer_names_what_it_quotes_but_for_the_screen_that_stands(stage: Stage) -> None:
    await stage.say("/start")
    screen_then = stage.phone.newest
    await stage.say("一")
    stage.phone.say("二", reply_to=stage.phone.newest)
    await stage.phone.settle()
    stage.phone.say("三", reply_to=screen_then)
    await stage.phone.settle()
    quotes = [event.quotes for event in stage.heard.events]
    assert quotes == [None, None, None, str(screen_then.message_id)]


async def test_an_event_names_the_message_that_shows_what_stands_once_all_answers_are_shown(
    stage: Stage,
) -> None:
    shown = []
    for act in (stage.say("/start"), stage.say("一"), stage.tap("目录"), stage.say("二")):
        await act
        await stage.api.until(lambda: "11" not in stage.bot._chats)  # nothing is under way
        shown.append(str(stage.phone.newest.message_id))
    stage.heard.held["11"] = threading.Event()
    stage.phone.say("三")
    stage.phone.say("四")
    await stage.api.until(lambda: "11" in stage.heard.waiting)
    stage.heard.held["11"].set()
    await stage.phone.settle()
    names = [event.screen for event in stage.heard.events]
    assert names == [None, shown[0], shown[1], shown[2], shown[3], None]
    assert shown[1] == shown[2], "a press changes its message"


async def test_a_press_names_the_message_it_was_pressed_on(stage: Stage) -> None:
    await stage.say("/start")
    await stage.tap("目录")
    assert stage.heard.events[-1].message == str(stage.phone.newest.message_id)


async def test_a_reminder_that_does_not_stand_keeps_its_buttons_and_can_be_quoted(stage: Stage) -> None:
    await stage.say("/start")
    name = await stage.bot.push("11", screen("提醒"), stands=False)
    reminder, stage.phone.owed = stage.phone.newest, 0
    await stage.say("一")
    assert reminder.buttons == ["首页", "目录"]
    stage.phone.say("17/18", reply_to=reminder)
    await stage.phone.settle()
    assert stage.heard.events[-1].quotes == name == str(reminder.message_id)


async def test_what_the_bot_cannot_use_is_heard_by_its_kind(stage: Stage) -> None:
    for send in (stage.phone.voice, stage.phone.sticker, stage.phone.location):
        send()
        await stage.phone.settle()
    assert [event.unreadable for event in stage.heard.events] == ["voice", "sticker", "other"]


# --- order and concurrency -----------------------------------------------------------------------------


async def test_a_chat_is_heard_and_answered_in_order(stage: Stage) -> None:
    said = [f"第{n}句" for n in range(20)]
    for text in said:
        stage.phone.say(text)
    await stage.phone.settle()
    assert [event.text for event in stage.heard.events] == said
    assert [m.text for m in stage.phone.messages if m.by_bot] == said


async def test_a_chat_that_is_held_up_does_not_hold_another(stage: Stage) -> None:
    stage.heard.held["11"] = threading.Event()
    stage.phone.say("慢")
    await stage.api.until(lambda: "11" in stage.heard.waiting)
    other = stage.api.phone(12)
    for text in ("快", "再来"):
        other.say(text)
        await other.settle()
    assert [event.text for event in stage.heard.events] == ["快", "再来"]
    stage.heard.held["11"].set()
    await stage.phone.settle()


async def test_a_download_that_takes_long_holds_its_chat_only(stage: Stage) -> None:
    release = asyncio.Event()
    stage.api.fail("file", until=release)
    stage.phone.send_document("计划.pdf", b"%PDF")
    stage.phone.say("后")
    other = stage.api.phone(12)
    other.say("快")
    await other.settle()
    assert [event.text for event in stage.heard.events] == ["快"]
    release.set()
    await stage.phone.settle()
    assert [Heard.words(event) for event in stage.heard.events] == ["快", "计划.pdf", "后"]


async def test_more_updates_than_may_be_in_flight_are_all_heard(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling_module, "MOST_IN_FLIGHT", 3)
    phones = [stage.api.phone(100 + n) for n in range(20)]
    for phone in phones:
        phone.say("在")
    for phone in phones:
        await phone.settle()
    assert len(stage.heard.events) == 20


async def test_a_chat_that_sends_a_lot_takes_no_place_from_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling_module, "MOST_IN_FLIGHT", 2)
    stage.heard.held["11"] = threading.Event()
    for n in range(10):
        stage.phone.say(str(n))
    await stage.api.until(lambda: "11" in stage.heard.waiting)
    other = stage.api.phone(12)
    other.say("快")
    await other.settle()
    assert [event.text for event in stage.heard.events] == ["快"]
    stage.heard.held["11"].set()
    await stage.phone.settle()
    assert [event.text for event in stage.heard.events] == ["快", *map(str, range(10))]


async def test_what_waits_for_a_place_is_not_confirmed_by_what_came_later(
    api: BotApi, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling_module, "MOST_IN_FLIGHT", 1)
    heard.held["12"] = threading.Event()
    api.phone(11).say("一")
    waits = api.phone(12).say("二")
    last = api.phone(11).say("三")
    async with polling(api, heard):
        await api.until(lambda: "12" in heard.waiting)
        assert [event.text for event in heard.events] == ["一", "三"]
        await api.until(lambda: api.offsets[-1] == waits)
        heard.held["12"].set()
        await api.until(lambda: api.offsets[-1] > last)
    assert [event.text for event in heard.events] == ["一", "三", "二"]


async def test_a_flood_is_stored_though_not_all_of_it_is_shown(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chats, "MOST_WAITING", 2)
    release = asyncio.Event()
    stage.api.fail("sendMessage", until=release)
    for n in range(10):
        stage.phone.say(str(n))
    await stage.api.until(lambda: len(stage.heard.events) == 10)
    release.set()
    await stage.api.until(lambda: len([m for m in stage.phone.messages if m.by_bot]) >= 2)


# --- an update is confirmed after its commit -----------------------------------------------------------


async def test_polling_confirms_an_update_only_when_it_is_committed(polled: Stage) -> None:
    polled.heard.held["11"] = threading.Event()
    update = polled.phone.say("慢")
    await polled.api.until(lambda: "11" in polled.heard.waiting)
    other = polled.api.phone(12)
    other.say("快")
    await other.settle()  # a later update is committed, and polls went on
    polls = len(polled.api.offsets)
    await polled.api.until(lambda: len(polled.api.offsets) > polls + 1)
    assert max(polled.api.offsets) <= update
    polled.heard.held["11"].set()
    await polled.api.until(lambda: max(polled.api.offsets) > update + 1)
    assert len(polled.heard.events) == 2


@pytest.mark.slow
async def test_polling_does_not_spin_while_an_update_is_in_flight(polled: Stage) -> None:
    polled.heard.held["11"] = threading.Event()
    polled.phone.say("慢")
    await polled.api.until(lambda: "11" in polled.heard.waiting)
    before = len(polled.api.offsets)
    await asyncio.sleep(0.7)
    assert len(polled.api.offsets) - before <= 5
    polled.heard.held["11"].set()
    await polled.phone.settle()


async def test_a_bot_that_dies_before_the_commit_gets_the_update_again(api: BotApi, heard: Heard) -> None:
    heard.held["11"] = threading.Event()
    async with polling(api, heard) as dying:
        dying.phone.say("别丢")
        await api.until(lambda: "11" in heard.waiting)
        await dying.stop()
        after = Heard()
        async with polling(api, after) as reborn:
            await reborn.phone.settle()
            assert [event.text for event in after.events] == ["别丢"]
        heard.held["11"].set()


async def test_the_webhook_says_200_only_after_the_commit_and_before_the_answer(pushed: Stage) -> None:
    pushed.heard.held["11"] = threading.Event()
    release = asyncio.Event()
    pushed.api.fail("sendMessage", until=release)
    pushed.phone.say("慢")
    await pushed.api.until(lambda: "11" in pushed.heard.waiting)
    assert pushed.api.webhook_statuses == []
    pushed.heard.held["11"].set()
    await pushed.api.until(lambda: pushed.api.webhook_statuses == [200])
    assert not [m for m in pushed.phone.messages if m.by_bot]
    release.set()
    await pushed.phone.settle()


async def test_the_webhook_does_not_say_200_to_what_the_stop_of_the_bot_cut_off(
    pushed: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(underway, "CLOSING", 0.05)
    release = asyncio.Event()
    pushed.api.fail("file", until=release)
    pushed.phone.send_document("计划.pdf", b"%PDF")
    await pushed.api.until(lambda: pushed.api.called("getFile"))
    await pushed.bot.close()
    await pushed.api.until(lambda: pushed.api.webhook_statuses)
    assert pushed.api.webhook_statuses[0] == 503
    release.set()
    await pushed.phone.settle()  # it is delivered again


async def test_what_was_under_way_is_shown_before_the_bot_closes(api: BotApi, heard: Heard) -> None:
    async with polling(api, heard) as stage:
        release = asyncio.Event()
        api.fail("sendMessage", until=release)
        stage.phone.say("最后一句")
        await api.until(lambda: heard.events)
        await stage.stop()
        asyncio.get_running_loop().call_later(0.1, release.set)
    assert stage.phone.newest.text == "最后一句"


async def test_a_broken_conversation_is_logged_and_does_not_stop_the_bot(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with structlog.testing.capture_logs() as logs:
        stage.heard.replies.append(None)  # type: ignore[arg-type]
        stage.phone.say("一")
        await stage.api.until(lambda: any(log["log_level"] == "error" for log in logs))
    stage.phone.owed = 0
    await stage.say("二")
    assert stage.phone.newest.text == "二"


# --- the webhook's door --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secret", "body", "status"),
    [
        ("", b"{}", 403),
        ("a-webhook-secreT", b"{}", 403),
        ("密", b"{}", 403),
        (SECRET, b"not json", 400),
        (SECRET, b"[]", 400),
        (SECRET, b"{}", 400),
        (SECRET, b'{"update_id": "x", "message": 3}', 400),
        (SECRET, b'{"update_id": [1], "message": {}}', 400),
        (SECRET, b'{"update_id": true}', 400),
        (SECRET, b'{"message": {}}', 400),
        (SECRET, b"\xff", 400),
        (SECRET, b"5", 400),
        (SECRET, b'{"update_id": 1, "message": {"poll": 7}}', 200),
        (SECRET, b'{"update_id": 1, "message": 7}', 200),
        (SECRET, b'{"update_id": 1, "callback_query": {"message": "x"}}', 200),
        (SECRET, b"[" * 100_000, 400),
        (SECRET, b" " * (BODY_LIMIT + 1), 413),
        (SECRET, b'{"update_id": 1}', 200),
    ],
)
async def test_only_telegram_comes_in(pushed: Stage, secret: str, body: bytes, status: int) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    async with (
        aiohttp.ClientSession() as client,
        client.post(pushed.webhook, data=io.BytesIO(body), headers=headers) as answer,
    ):
        assert answer.status == status
    assert pushed.heard.events == []


def test_a_webhook_without_a_secret_is_refused() -> None:
    with pytest.raises(SettingsRefusedError, match="TELEGRAM_WEBHOOK_SECRET"):
        Telegram(Heard(), TOKEN, "http://127.0.0.1:1", webhook_url="https://example.org/telegram")


async def test_the_webhook_is_set_with_its_secret_and_polling_takes_it_away(
    api: BotApi, heard: Heard
) -> None:
    async with webhook(api, heard):
        assert api.webhook["secret_token"] == SECRET
    async with polling(api, heard) as stage:
        assert api.webhook == {}
        assert stage.bot.routes() == []


# --- what is shown -------------------------------------------------------------------------------------


async def test_whatever_people_type_is_shown_as_they_typed_it(polled: Stage) -> None:
    nasty = "<b>&\"'</i> <script>&amp;"
    await polled.say("一", Reply(screen(nasty, nasty, (nasty, nasty))))
    assert polled.phone.newest.text == f"{nasty}\n\n{nasty}\n{nasty}：{nasty}"
    assert polled.phone.newest.html.startswith("<b>&lt;b&gt;&amp;")


def test_the_title_and_the_labels_are_bold() -> None:
    message = Message("第7项", ("《党员手册》", ("分值", "4 分\n满分")))
    assert as_html(message) == "<b>第7项</b>\n\n《党员手册》\n<b>分值：</b>4 分\n满分"
    assert as_html(Message("只有标题")) == "<b>只有标题</b>"


@pytest.mark.parametrize("length", [0, 1, 2])
async def test_a_screen_that_is_too_long_is_cut_at_the_end_of_a_line(polled: Stage, length: int) -> None:
    fits = TEXT_LIMIT - len("标题\n\n") - 40 * 101  # room for forty lines of a hundred and a last one
    lines = ["<" * 100] * 40 + ["😀" * (fits + length)]
    await polled.say("一", Reply(screen("标题", *lines)))
    text = polled.phone.newest.text
    assert len(text) <= TEXT_LIMIT
    assert text.split("\n")[2:] == (lines if length == 0 else [*lines[:40], "…"])


async def test_a_typed_text_gets_its_toast_on_top_and_the_old_screen_loses_its_buttons(stage: Stage) -> None:
    await stage.say("/start")
    old = stage.phone.newest
    await stage.say("4", Reply(screen("第8项", "测评方式"), toast="第7项 已存 4分"))
    assert stage.phone.newest.text == "第8项\n\n第7项 已存 4分\n测评方式"
    await stage.api.until(lambda: not old.buttons)
    assert stage.phone.newest.buttons


async def test_a_receipt_of_a_press_takes_the_place_of_the_pressed_message(stage: Stage) -> None:
    await stage.say("/start")
    receipt = Message("已提交", rows=((Button("首页", Home()),),))
    await stage.tap("首页", Reply(screen("首页"), receipt=receipt, toast="已提交"))
    shown = [(m.text, bool(m.buttons)) for m in stage.phone.messages if m.by_bot]
    assert shown == [("已提交", False), ("首页", True)]


async def test_why_nothing_came_of_a_text_stays_when_a_button_is_pressed(stage: Stage) -> None:
    await stage.say("胡言乱语", Reply(screen("首页"), toast="没看懂「胡言乱语」。", stays=True))
    [refused] = [message for message in stage.phone.messages if message.by_bot]
    assert refused.text == "首页\n\n没看懂「胡言乱语」。"
    await stage.tap("目录", Reply(screen("目录")))
    assert [(m.text, m.buttons) for m in stage.phone.messages if m.by_bot] == [
        ("没看懂「胡言乱语」。", []),
        ("目录", ["首页", "目录"]),
    ]
    await stage.tap("首页", Reply(screen("首页")))
    assert [m.text for m in stage.phone.messages if m.by_bot] == ["没看懂「胡言乱语」。", "首页"]


async def test_such_a_line_stays_when_a_notice_came_below_it(stage: Stage) -> None:
    await stage.say("胡言乱语", Reply(screen("首页"), toast="没看懂。", stays=True))
    await stage.bot.push("11", screen("提醒"), stands=True)
    [refused] = [message for message in stage.phone.messages if message.text.startswith("首页")]
    stage.heard.replies.append(Reply(screen("目录")))
    stage.phone.press(refused, "h")
    await stage.api.until(lambda: stage.phone.newest.text == "目录")
    assert [m.text for m in stage.phone.messages if m.by_bot] == ["没看懂。", "提醒", "目录"]


async def test_a_receipt_of_a_press_below_such_a_line_is_a_message_of_its_own(stage: Stage) -> None:
    await stage.say("胡言乱语", Reply(screen("首页"), toast="没看懂。", stays=True))
    await stage.tap("目录", Reply(screen("总览"), receipt=Message("已提交")))
    assert [m.text for m in stage.phone.messages if m.by_bot] == ["没看懂。", "已提交", "总览"]


@pytest.mark.parametrize(
    ("toast", "to_be_closed"),
    [
        ("第 9 项 已存 不合格 0 分", False),
        ("还没有保存：总支委员甲 12月28日 09:05 把第 9 项评为 不合格 0 分，请看后再定", True),
    ],
)
async def test_a_toast_that_nobody_reads_in_passing_is_closed_by_hand(
    stage: Stage, toast: str, to_be_closed: bool
) -> None:
    await stage.say("/start")
    await stage.tap("首页", Reply(screen("首页"), toast=toast))
    assert (stage.phone.toasts, stage.phone.alerts) == (([], [toast]) if to_be_closed else ([toast], []))


async def test_what_was_done_passes_with_the_next_press(stage: Stage) -> None:
    await stage.say("16/18", Reply(screen("首页"), toast="已记"))
    await stage.tap("目录", Reply(screen("目录")))
    assert [m.text for m in stage.phone.messages if m.by_bot] == ["目录"]


def test_a_code_and_an_address_are_copied_by_a_tap_on_them() -> None:
    lines = (("邀请码", ToCopy("ABCD2345")), ToCopy("https://a.example/?a=1&b=2"), "给本人。")
    assert as_html(Message("邀请", lines)) == (
        "<b>邀请</b>\n\n<b>邀请码：</b><code>ABCD2345</code>\n"
        "<code>https://a.example/?a=1&amp;b=2</code>\n给本人。"
    )


async def test_a_receipt_of_a_text_comes_before_the_screen(stage: Stage) -> None:
    await stage.say("AB12CD34", Reply(screen("首页"), receipt=Message("欢迎")))
    assert [(m.text, bool(m.buttons)) for m in stage.phone.messages if m.by_bot] == [
        ("欢迎", False),
        ("首页", True),
    ]


async def test_a_file_is_sent_before_its_screen_and_keeps_its_chinese_name(stage: Stage) -> None:
    await stage.say("/start")
    old = stage.phone.newest
    document = Attachment("党员学习 计划“一”.pdf", "application/pdf", b"%PDF" * 500_000)
    await stage.tap("首页", Reply(screen("依据", file=document)))
    await stage.say("图", Reply(screen("依据", file=Attachment("照片.png", "image/png", PNG))))
    sent = [(m.kind, m.file_name, m.data) for m in stage.phone.messages if m.by_bot]
    assert sent == [
        ("text", "", b""),
        ("document", document.name, document.data),
        ("text", "", b""),
        ("photo", "照片.png", PNG),
        ("text", "", b""),
    ]
    assert not old.buttons


@pytest.mark.slow
async def test_a_file_that_is_made_is_made_once_and_sent_again_when_telegram_says_wait(polled: Stage) -> None:
    made = []

    def chunks() -> Iterator[bytes]:
        made.append(1)
        yield from (b"zip" * 100_000, b"end")

    polled.api.fail("sendDocument", 429, retry_after=1)
    archive = Attachment("学期.zip", "application/zip", Streamed("学期 3", chunks))
    await polled.say("导出", Reply(screen("导出", file=archive)))
    sent = [m for m in polled.phone.messages if m.kind == "document"]
    assert [(m.file_name, m.data) for m in sent] == [("学期.zip", b"zip" * 100_000 + b"end")]
    assert made == [1]


async def test_a_file_name_cannot_break_the_form_and_an_odd_picture_goes_as_a_file(polled: Stage) -> None:
    odd = Attachment('a"\r\nX: y/b.png', "image/png", b"no picture")
    await polled.say("图", Reply(screen("依据", file=odd)))
    sent = [m for m in polled.phone.messages if m.kind == "document"]
    assert [(m.file_name, m.data) for m in sent] == [("a___X: y_b.png", b"no picture")]


async def test_a_file_that_cannot_be_sent_does_not_cost_the_screen(polled: Stage) -> None:
    polled.api.fail("sendDocument", 500)
    await polled.say("一", Reply(screen("依据", file=Attachment("a.pdf", "application/pdf", b"%PDF"))))
    assert polled.phone.newest.text == "依据"


async def test_a_person_gets_the_commands_that_telegram_takes(stage: Stage) -> None:
    commands = (("start", "开始"), ("自评", "自评"), ("rank", "排名"), ("Rank", "排名"), ("r" * 33, "长"))
    await stage.say("/start", Reply(screen("首页"), commands=commands))
    await stage.api.until(lambda: stage.phone.commands is not None)
    assert stage.phone.commands == [
        {"command": "start", "description": "开始"},
        {"command": "rank", "description": "排名"},
    ]
    assert [one["command"] for one in stage.api.default_commands] == ["start", "help"]
    assert [one["command"] for one in stage.api.group_commands] == ["standings"]


# --- groups --------------------------------------------------------------------------------------------


async def test_a_group_is_told_to_write_in_private_and_is_no_chat_of_anybodys(stage: Stage) -> None:
    await stage.say("/start")
    group = stage.api.group()
    for text in ("排名", "/start@another_bot", f"/start@{USERNAME}", "/help"):
        group.say(text)
    group.press(stage.phone.newest, "g:7")
    group.sticker()
    await stage.api.until(lambda: group.alerts and len([m for m in group.messages if m.by_bot]) == 2)
    assert [m.text for m in group.messages if m.by_bot] == [PRIVATELY, PRIVATELY]
    assert group.newest.rows == [[{"text": "私聊", "url": f"https://t.me/{USERNAME}"}]]
    assert group.alerts == [PRIVATELY]
    assert len(stage.heard.events) == 1
    there = Group("telegram", "-500", "支部群")
    assert stage.heard.asked == [(there, "500", "/start"), (there, "500", "/help")]


# --- files that people send ----------------------------------------------------------------------------


async def test_a_photo_arrives_in_its_largest_size_and_with_its_caption(stage: Stage) -> None:
    stage.phone.send_photo(PNG, caption="4分")
    await stage.phone.settle()
    (event,) = stage.heard.events
    assert event.upload is not None
    assert (event.text, event.group) == ("4分", None)
    assert (event.upload.mime, event.upload.data) == ("image/jpeg", PNG)


async def test_what_was_sent_together_is_heard_one_by_one_and_answered_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(albums, "ALBUM_PAUSE", 0.05)
    stage.phone.album([PNG + bytes([n]) for n in range(10)], caption="3.5 缺一次记录")
    await stage.phone.settle()
    events = stage.heard.events
    assert [event.upload.data for event in events if event.upload] == [PNG + bytes([n]) for n in range(10)]
    assert [event.text for event in events] == ["3.5 缺一次记录", *[None] * 9]
    assert len({event.group for event in events}) == 1
    assert events[0].group
    await asyncio.sleep(0.15)
    assert len([m for m in stage.phone.messages if m.by_bot]) == 1


@pytest.mark.slow
async def test_an_albums_answer_comes_before_that_to_what_was_said_after_it(stage: Stage) -> None:
    stage.heard.replies += [Reply(screen("一")), Reply(screen("二")), Reply(screen("三"))]
    stage.phone.album([PNG, PNG + b"2"])
    stage.phone.say("三")
    await stage.phone.settle()
    assert [m.text for m in stage.phone.messages if m.by_bot] == ["二", "三"]


@pytest.mark.slow
async def test_what_only_the_first_of_an_album_brought_is_shown_with_the_last(stage: Stage) -> None:
    stage.heard.replies += [Reply(screen("一"), receipt=Message("已提交")), Reply(screen("二"))]
    stage.phone.album([PNG, PNG + b"2"])
    stage.phone.say("三")
    await stage.phone.settle()
    assert [m.text for m in stage.phone.messages if m.by_bot][:2] == ["已提交", "二"]


async def test_a_picture_that_is_long_in_coming_is_waited_for(
    polled: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(albums, "ALBUM_PAUSE", 0.02)
    release = asyncio.Event()
    polled.api.fail("file")  # the first one comes at once
    polled.api.fail("file", until=release)
    polled.phone.album([PNG, PNG + b"2"])
    await polled.api.until(lambda: len(polled.heard.events) == 1)
    await asyncio.sleep(0.1)
    assert not [m for m in polled.phone.messages if m.by_bot]
    release.set()
    await polled.phone.settle()
    assert len(polled.heard.events) == 2
    assert len([m for m in polled.phone.messages if m.by_bot]) == 1


async def test_an_album_under_flood_control_is_all_heard_and_answered_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(albums, "ALBUM_PAUSE", 0.05)
    waits: list[float] = []

    def shortened(error: RetryAfter) -> float:
        waits.append(seconds(error))
        return 0.01

    monkeypatch.setattr(telegram_http, "seconds", shortened)
    stage.api.fail("getFile", 429, times=4, retry_after=3)
    stage.api.fail("sendMessage", 429, times=2, retry_after=5)
    stage.phone.album([PNG + bytes([n]) for n in range(10)])
    await stage.phone.settle()
    assert len([event for event in stage.heard.events if event.upload]) == 10
    assert sorted(waits) == [3, 3, 3, 3, 5, 5]
    assert len([m for m in stage.phone.messages if m.by_bot]) == 1


async def test_each_picture_of_an_album_is_confirmed_when_it_is_committed_not_when_it_is_answered(
    polled: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(albums, "ALBUM_PAUSE", 30.0)
    monkeypatch.setattr(underway, "CLOSING", 0.05)
    *_, last = polled.phone.album([PNG, PNG + b"2", PNG + b"3"])
    await polled.api.until(lambda: any(offset > last for offset in polled.api.offsets))
    assert len(polled.heard.events) == 3
    assert not [m for m in polled.phone.messages if m.by_bot]
    polled.phone.owed = 0
    await polled.say("到了吗")  # shows it at once
    await polled.api.until(lambda: len([m for m in polled.phone.messages if m.by_bot]) == 2)


async def test_a_caption_of_what_the_bot_cannot_use_is_heard(stage: Stage) -> None:
    stage.phone.video(caption="17/18 参观香山")
    await stage.phone.settle()
    (event,) = stage.heard.events
    assert (event.unreadable, event.text) == ("other", "17/18 参观香山")


async def test_a_document_arrives_with_its_chinese_name(stage: Stage) -> None:
    stage.phone.send_document("支部工作 计划.pdf", b"%PDF 1")
    await stage.phone.settle()
    upload = stage.heard.events[0].upload
    assert upload is not None
    assert (upload.name, upload.mime, upload.data) == ("支部工作 计划.pdf", "application/pdf", b"%PDF 1")


async def test_a_file_that_says_it_is_too_large_is_not_fetched(stage: Stage) -> None:
    stage.phone.send_document("大.pdf", b"%PDF", size=30 * 1024 * 1024)
    await stage.phone.settle()
    assert stage.heard.events[0].unreadable == "large"
    assert stage.api.called("getFile") == []


async def test_a_strangers_file_is_not_fetched_and_he_is_answered(stage: Stage) -> None:
    stage.heard.strangers.add("11")
    stage.phone.send_document("计划.pdf", b"%PDF")
    stage.phone.send_photo(PNG, caption="看看")
    await stage.phone.settle()
    assert [(event.unreadable, event.text) for event in stage.heard.events] == [
        ("early", None),
        ("early", "看看"),
    ]
    assert stage.api.called("getFile") == []


async def test_a_file_that_hides_its_size_is_cut_off(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "UPLOAD_LIMIT", 200_000)
    stage.phone.send_document("大.pdf", b"0" * 200_001, size=10)
    await stage.phone.settle()
    stage.phone.send_document("恰好.pdf", b"0" * 200_000, size=10)
    await stage.phone.settle()
    assert [event.unreadable for event in stage.heard.events] == ["large", None]


async def test_a_file_that_telegram_finds_too_big_is_large(polled: Stage) -> None:
    polled.api.fail("getFile", 400, description="Bad Request: file is too big")
    polled.phone.send_document("大.pdf", b"0", size=10)
    await polled.phone.settle()
    assert polled.heard.events[0].unreadable == "large"


async def test_a_download_is_tried_again_and_a_lost_file_is_heard_as_lost(polled: Stage) -> None:
    polled.api.fail("file", drop="before")
    polled.phone.send_document("一.pdf", b"%PDF")
    await polled.phone.settle()
    polled.api.fail("file", 404, times=5)
    polled.phone.send_document("二.pdf", b"%PDF")
    await polled.phone.settle()
    assert [Heard.words(event) for event in polled.heard.events] == ["一.pdf", "lost"]


async def test_a_server_of_our_own_gives_files_by_their_place_on_this_machine(
    polled: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    polled.api.folder = tmp_path
    polled.phone.send_document("计划.pdf", b"%PDF 1")
    await polled.phone.settle()
    (event,) = polled.heard.events
    assert event.upload is not None
    assert (event.upload.name, event.upload.data) == ("计划.pdf", b"%PDF 1")
    monkeypatch.setattr(files, "UPLOAD_LIMIT", 200_000)
    polled.phone.send_document("大.pdf", b"0" * 200_001, size=10)
    await polled.phone.settle()
    polled.phone.send_document("恰好.pdf", b"0" * 200_000, size=10)
    await polled.phone.settle()
    assert [event.unreadable for event in polled.heard.events] == [None, "large", None]


@pytest.mark.parametrize(
    "names",
    [
        "secret.key",
        "{token}/../secret.key",
        "{token}/link",
        "{token}/folder",
        "{token}/pipe",
        "{token}/nothing",
    ],
)
async def test_a_server_of_our_own_gives_no_other_file(polled: Stage, tmp_path: Path, names: str) -> None:
    there = tmp_path / TOKEN
    (there / "folder").mkdir(parents=True)
    (tmp_path / "secret.key").write_text("秘密")
    (there / "link").symlink_to(tmp_path / "secret.key")
    os.mkfifo(there / "pipe")
    polled.api.names["f0.bin"] = str(tmp_path / names.format(token=TOKEN))
    polled.phone.send_document("计划.pdf", b"%PDF")
    await polled.phone.settle()
    (event,) = polled.heard.events
    assert (event.unreadable, event.upload) == ("lost", None)


# --- what goes wrong on the way out --------------------------------------------------------------------


async def test_a_double_tap_whose_screen_is_the_same_is_not_an_error(stage: Stage) -> None:
    await stage.say("/start")
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            await stage.tap("首页", Reply(screen("同一屏"), toast="好"))
        await stage.say("二")
    assert stage.phone.toasts == ["好", "好"]
    assert len([m for m in stage.phone.messages if m.by_bot]) == 2
    assert logs == []


async def test_a_press_that_is_too_old_to_be_answered_still_does_what_it_says(stage: Stage) -> None:
    await stage.say("/start")
    stage.api.fail("answerCallbackQuery", 400, description="Bad Request: query is too old")
    stage.phone.tap("首页")
    await stage.api.until(lambda: stage.phone.newest.text == "h")
    stage.phone.open_queries.clear()


@pytest.mark.parametrize("answer", ["message to edit not found", "message can't be edited"])
async def test_a_message_that_cannot_be_edited_is_sent_anew(stage: Stage, answer: str) -> None:
    await stage.say("/start")
    stage.api.fail("editMessageText", 400, description=f"Bad Request: {answer}")
    await stage.tap("首页", Reply(screen("新的一屏")))
    assert [m.text for m in stage.phone.messages if m.by_bot] == ["/start", "新的一屏"]


async def test_a_press_on_a_message_that_was_deleted_is_answered_below(stage: Stage) -> None:
    await stage.say("/start")
    deleted = stage.phone.newest
    stage.phone.delete(deleted)
    stage.phone.press(deleted, "g:7")
    await stage.phone.settle()
    assert stage.phone.newest.text == "g:7"


@pytest.mark.slow
async def test_flood_control_holds_its_chat_only_and_nothing_is_lost(stage: Stage) -> None:
    stage.api.fail("sendMessage", 429, retry_after=1)
    stage.phone.say("一")
    await stage.api.until(lambda: stage.api.called("sendMessage"))
    other = stage.api.phone(12)
    other.say("二")
    await other.settle()
    assert not [m for m in stage.phone.messages if m.by_bot]
    await stage.phone.settle()
    assert stage.phone.newest.text == "一"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 502},
        {"status": 502, "page": "<html>Bad Gateway</html>"},
        {"drop": "before"},
        {"drop": "after"},
    ],
)
async def test_an_edit_is_tried_again(polled: Stage, fault: dict[str, object]) -> None:
    await polled.say("/start")
    polled.api.fail("editMessageText", **fault)  # type: ignore[arg-type]
    await polled.tap("首页", Reply(screen("新的一屏")))
    await polled.api.until(lambda: len(polled.api.called("editMessageText")) == 2)
    assert [m.text for m in polled.phone.messages if m.by_bot] == ["新的一屏"]


async def test_an_edit_that_fails_for_long_comes_as_a_new_message(polled: Stage) -> None:
    await polled.say("/start")
    polled.api.fail("editMessageText", 500, times=telegram_http.TRIES)
    await polled.tap("首页", Reply(screen("新的一屏")))
    assert [m.text for m in polled.phone.messages if m.by_bot] == ["/start", "新的一屏"]
    await polled.tap("首页", Reply(screen("再一屏")))
    assert [m.text for m in polled.phone.messages if m.by_bot] == ["/start", "再一屏"]


@pytest.mark.parametrize("fault", [{"status": 500}, {"drop": "before"}, {"drop": "after"}])
async def test_a_send_that_may_have_arrived_is_not_repeated(polled: Stage, fault: dict[str, object]) -> None:
    polled.api.fail("sendMessage", **fault)  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as logs:
        polled.phone.say("一")
        await polled.api.until(lambda: any(log["log_level"] == "warning" for log in logs))
    polled.phone.owed = 0
    await polled.say("二")
    assert len(polled.api.called("sendMessage")) == 2
    assert polled.phone.newest.text == "二"


async def test_a_person_who_blocked_the_bot_is_let_go_with_one_line_in_the_log(stage: Stage) -> None:
    stage.phone.blocked = True
    with structlog.testing.capture_logs() as logs:
        stage.phone.say("一")
        await stage.api.until(lambda: logs)
        other = stage.api.phone(12)
        other.say("二")
        await other.settle()
    assert len(logs) == 1
    assert len(stage.api.called("sendMessage")) == 2


# --- what goes wrong on the way in ---------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 502},
        {"status": 502, "page": "<html>Bad Gateway</html>"},
        {"status": 404, "page": "<html>Not Found</html>"},
        {"status": 200, "page": "{}"},
        {"status": 200, "page": '{"ok": true, "result": {}}'},
        {"status": 429, "retry_after": 1},
        {"drop": "before"},
        {"drop": "after"},
    ],
)
async def test_polling_survives(api: BotApi, heard: Heard, fault: dict[str, object]) -> None:
    api.fail("getUpdates", times=2, **fault)  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as logs:
        async with polling(api, heard) as stage:
            await stage.say("一")
    assert stage.phone.newest.text == "一"
    assert len([log for log in logs if log["event"] == "Telegram is not available"]) == 2


@pytest.mark.parametrize(
    "update",
    [
        {"message": {"text": "秘密"}},
        {"message": ["秘密"]},
        {"message": "秘密"},
        {"message": {"message_id": 9, "date": 1, "chat": {"id": 11}, "text": "秘密"}},
        {"message": {"message_id": 9, "date": "秘密", "chat": {"id": 11, "type": "private"}}},
        {"edited_message": {"message_id": 9, "text": "秘密"}},
        {"callback_query": {"id": "1", "data": "秘密"}},
        {"callback_query": ["秘密"]},
        {"callback_query": {"id": "1", "from": {"id": 11}, "message": {"text": "秘密"}}},
        {"my_chat_member": {"chat": "秘密"}},
        {"my_chat_member": {"chat": CHAT, "from": PERSON, "date": 1}},
        {"my_chat_member": {"chat": CHAT, "from": PERSON, "date": 1, "new_chat_member": {"status": 5}}},
        {"my_chat_member": {"chat": CHAT, "from": PERSON, "date": 1, "new_chat_member": {"status": None}}},
        {"callback_query": {"id": "1", "from": PERSON, "chat_instance": "1", "data": 5, "message": SENT}},
        {"message": {**SENT, "text": 5}},
        {"message": {**SENT, "text": "秘密", "from": {**PERSON, "first_name": 5}}},
        {"message": {**SENT, "text": ["秘密"]}},
        {"message": {**SENT, "message_id": "秘密", "text": "一"}},
        {"message": {**SENT, "chat": {**CHAT, "id": "秘密"}, "text": "一"}},
        {"message": {**SENT, "caption": 5, "media_group_id": "g", "photo": [PICTURE]}},
        {"message": {**SENT, "media_group_id": ["秘密"], "photo": [PICTURE]}},
        {"message": {**SENT, "photo": [{**PICTURE, "file_size": "秘密"}]}},
        {"message": {**SENT, "document": {"file_id": "f", "file_unique_id": "u", "file_name": 5}}},
    ],
)
async def test_an_update_that_cannot_be_read_is_logged_confirmed_and_passed_over(
    stage: Stage, caplog: pytest.LogCaptureFixture, update: dict[str, object]
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logs:
        number = stage.api.deliver_raw(update, stage.phone)
        await stage.say("一")
        await stage.api.until(lambda: not stage.api.pending)
    (log,) = logs
    assert (log["event"], log["update"]) == ("an update cannot be read and is passed over", number)
    assert log["kinds"] == list(update)
    assert [event.text for event in stage.heard.events] == ["一"]
    assert "秘密" not in caplog.text + str(logs)


@pytest.mark.parametrize(
    "poll",
    [{"id": "1", "question": "同意吗", "options": [{"text": "同意", "voter_count": 0}]}, {"id": 5}, ["x"]],
)
async def test_a_poll_as_another_server_sends_it_is_one_that_cannot_be_used(
    stage: Stage, poll: object
) -> None:
    stage.phone.send(poll=poll, caption="看这个")
    await stage.phone.settle()
    (event,) = stage.heard.events
    assert (event.unreadable, event.text) == ("other", "看这个")


async def test_what_else_a_message_holds_makes_it_none_the_less_readable(stage: Stage) -> None:
    odd = {"poll": {"id": 5}, "message_id": 3, "chat": stage.phone.chat()}
    stage.phone.send(
        text="17/18",
        reply_to_message=odd,
        pinned_message=5,
        entities="x",
        forward_origin=[],
        new_kind={"a": 1},
    )
    await stage.phone.settle()
    (event,) = stage.heard.events
    assert (event.text, event.quotes) == ("17/18", "3")


@pytest.mark.parametrize("number", [[5], "5", None, True, 1.5])
async def test_what_has_no_number_is_passed_over_and_holds_up_nobody(polled: Stage, number: object) -> None:
    with structlog.testing.capture_logs() as logs:
        await polled.say("一")
        polled.api.deliver_raw({"update_id": number, "message": {"text": "秘密"}}, polled.phone)
        await polled.say("二")
        polled.api.deliver_raw(number, polled.phone)
        await polled.api.until(lambda: not polled.api.pending)
        await polled.say("三")
    assert [event.text for event in polled.heard.events] == ["一", "二", "三"]
    assert {log["event"] for log in logs} == {
        "an update without a number came from Telegram and is passed over"
    }
    assert len(logs) <= 2


async def test_a_batch_of_nothing_readable_is_passed_over_in_one_go(polled: Stage) -> None:
    for _ in range(50):
        polled.api.deliver_raw({"message": {}, "poll": 1, "callback_query": 7}, polled.phone)
    await polled.say("一")
    assert [event.text for event in polled.heard.events] == ["一"]
    assert len(polled.api.offsets) < 10


async def test_failures_that_last_for_minutes_are_an_ailment_until_it_works_again(
    polled: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert polled.bot.ailment() is None
    polled.api.fail("getUpdates", 500, times=3)
    polled.phone.say("一")  # ends the call that waits
    await polled.api.until(lambda: not polled.api._faults["getUpdates"])
    assert polled.bot.ailment() is None, "a moment is nothing"
    await polled.phone.settle()
    monkeypatch.setattr(trouble, "PATIENCE", 0.02)
    polled.api.fail("getUpdates", 500, times=200, description=f"a server that repeats {TOKEN}")
    polled.phone.say("二")
    await polled.api.until(polled.bot.ailment)
    found = polled.bot.ailment()
    assert found is not None
    assert (found.kind, "检查网络" in found.said) == ("telegram", True)
    assert "NetworkError" in found.words
    assert TOKEN not in found.words
    polled.api._faults["getUpdates"].clear()
    await polled.api.until(lambda: polled.bot.ailment() is None)


async def test_two_processes_that_take_turns_are_an_ailment_though_each_succeeds_now_and_then(
    polled: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "PATIENCE", 0.02)
    monkeypatch.setattr(trouble, "LONGEST_PAUSE", 0.05)
    for n in range(3):
        polled.api.fail("getUpdates", 409, description="Conflict: terminated by other getUpdates request")
        await polled.say(f"{n}")
    found = polled.bot.ailment()
    assert found is not None
    assert "另一个程序" in found.said
    await asyncio.sleep(4 * 0.05)
    await polled.say("四")
    assert polled.bot.ailment() is None


async def test_a_second_process_is_named_in_the_log(api: BotApi, heard: Heard) -> None:
    api.fail("getUpdates", 409, description="Conflict: terminated by other getUpdates request")
    with structlog.testing.capture_logs() as logs:
        async with polling(api, heard):
            await api.until(lambda: any("another process" in log["event"] for log in logs))


async def test_a_token_that_is_withdrawn_ends_polling_with_a_clear_sentence(api: BotApi, make: Make) -> None:
    bot = make(api.url)
    await bot.start()
    api.fail("getUpdates", 401, description="Unauthorized")
    with pytest.raises(SettingsRefusedError, match="请检查 TELEGRAM_TOKEN"):
        await bot.run()


async def test_a_wrong_token_is_refused_at_the_start_with_a_clear_sentence(api: BotApi, make: Make) -> None:
    bot = make(api.url, token="1:wrong")
    for ask in (bot.start(), checked(bot)):
        with pytest.raises(SettingsRefusedError, match="请检查 TELEGRAM_TOKEN"):
            await ask


async def test_a_webhook_that_telegram_refuses_is_a_clear_sentence(api: BotApi, make: Make) -> None:
    api.fail("setWebhook", 400, description="Bad Request: bad webhook: HTTPS url must be provided")
    bot = make(api.url, webhook_url="http://example.org/telegram", webhook_secret=SECRET)
    with pytest.raises(SettingsRefusedError, match="Bad webhook: https url must be provided"):
        await bot.start()


async def test_the_bot_waits_at_the_start_for_a_network_that_is_not_there(api: BotApi, heard: Heard) -> None:
    api.fail("getMe", drop="before")
    async with polling(api, heard) as stage:
        assert stage.bot.username == USERNAME
        assert await checked(stage.bot) == [f"✓ Telegram:@{USERNAME}"]


async def test_an_unreachable_server_is_a_clear_sentence(make: Make) -> None:
    with pytest.raises(SettingsRefusedError, match="连不上 Telegram（NotSentError"):
        await checked(make("http://127.0.0.1:1"))


# --- secrets -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://127.0.0.1:99999", "nonsense", "ftp://a"])
async def test_no_error_holds_the_token(make: Make, address: str) -> None:
    with pytest.raises(SettingsRefusedError) as caught:
        await checked(make(address))
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


async def test_no_log_holds_the_token_or_what_people_say(
    api: BotApi, heard: Heard, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for method in ("getMe", "getUpdates", "sendMessage", "editMessageText", "answerCallbackQuery", "getFile"):
        api.fail(method, 500, description=f"a server that repeats /bot{TOKEN}/{method}")
        api.fail(method, drop="after")
    async with polling(api, heard) as stage:
        stage.phone.say("秘密")
        await api.until(lambda: len(api.called("sendMessage")) == 1)
        stage.phone.say("秘密")
        await api.until(lambda: len(api.called("sendMessage")) == 2)
        stage.phone.send_document("秘密.pdf", b"%PDF")
        stage.phone.say("秘密")
        await api.until(lambda: len(api.called("sendMessage")) >= 4)
        stage.phone.press(stage.phone.newest, "h")
        await api.until(lambda: len(api.called("editMessageText")) == 3 and not stage.phone.open_queries)
    printed = caplog.text + "".join(capsys.readouterr())
    assert "…" in printed
    assert TOKEN not in printed
    assert "秘密" not in printed
