"""The HTTP client below PTB: what went wrong, and whether Telegram can have acted on the call."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from telegram import Bot
from telegram.error import BadRequest, NetworkError, RetryAfter, TimedOut
from telegram.request import RequestData

from bot.channels.telegram import http as telegram_http
from bot.channels.telegram.http import AiohttpRequest, NotSentError, TooLargeError, patiently
from tests.botapi import TOKEN, USERNAME, BotApi


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        yield api


@pytest.fixture
async def http() -> AsyncIterator[AiohttpRequest]:
    http = AiohttpRequest()
    yield http
    await http.shutdown()


async def test_a_call_that_finds_no_server_was_surely_not_sent(http: AiohttpRequest) -> None:
    with pytest.raises(NotSentError):
        await http.post(f"http://127.0.0.1:1/bot{TOKEN}/getMe")


async def test_a_connection_that_breaks_leaves_open_whether_the_call_arrived(
    api: BotApi, http: AiohttpRequest
) -> None:
    api.fail("getMe", drop="after")
    with pytest.raises(NetworkError) as caught:
        await http.post(f"{api.url}/bot{TOKEN}/getMe")
    assert not isinstance(caught.value, NotSentError)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


async def test_an_answer_that_does_not_come_is_a_time_out(api: BotApi, http: AiohttpRequest) -> None:
    release = asyncio.Event()
    api.fail("getMe", until=release)
    with pytest.raises(TimedOut):
        await http.post(f"{api.url}/bot{TOKEN}/getMe", RequestData(), read_timeout=0.05)
    release.set()


@pytest.mark.parametrize("status", [200, 502, 503])
@pytest.mark.parametrize("page", ["<html>Bad Gateway</html>", "", "[]", "{}", "[" * 100_000, '{"ok": true}'])
async def test_the_page_of_a_proxy_is_a_failure_of_the_network(
    api: BotApi, http: AiohttpRequest, status: int, page: str
) -> None:
    api.fail("getMe", status, page=page)
    with pytest.raises(NetworkError) as caught:
        await http.post(f"{api.url}/bot{TOKEN}/getMe")
    assert not isinstance(caught.value, BadRequest | NotSentError)


async def test_a_proxy_from_the_environment_is_not_used(
    api: BotApi, http: AiohttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert await http.post(f"{api.url}/bot{TOKEN}/getMe")


async def test_it_can_be_used_again_after_it_was_shut_down(api: BotApi, http: AiohttpRequest) -> None:
    bot = Bot(TOKEN, f"{api.url}/bot", request=http, get_updates_request=http)
    for _ in range(2):
        assert (await bot.get_me()).username == USERNAME
        await http.shutdown()


async def test_a_download_stops_at_its_limit(api: BotApi, http: AiohttpRequest) -> None:
    url = f"{api.url}/file/bot{TOKEN}/documents/{api.keep(b'0' * 100_000, 'bin')['file_id']}"
    assert len(await http.download(url, 100_000)) == 100_000
    with pytest.raises(TooLargeError):
        await http.download(url, 99_999)
    with pytest.raises(NetworkError, match="404"):
        await http.download(url + "x", 99_999)


def failing(*errors: Exception) -> Callable[[], Awaitable[int]]:
    """A call that raises these and then returns how often it was made."""
    left, made = list(errors), 0

    async def call() -> int:
        nonlocal made
        made += 1
        if left:
            raise left.pop(0)
        return made

    return call


@pytest.mark.parametrize(
    ("errors", "repeatable", "made"),
    [
        ([], False, 1),
        ([RetryAfter(0)] * 5, False, 6),
        ([NotSentError("down")] * 4, False, 5),
        ([NotSentError("down")] * 5, False, None),
        ([TimedOut()], False, None),
        ([NetworkError("Bad gateway")], False, None),
        ([TimedOut(), NetworkError("Bad gateway")], True, 3),
        ([TimedOut()] * 4, True, 5),
        ([TimedOut()] * 5, True, None),
        ([BadRequest("Message is not modified")], True, None),
    ],
)
async def test_only_what_is_safe_is_repeated_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch, errors: list[Exception], repeatable: bool, made: int | None
) -> None:
    monkeypatch.setattr(telegram_http, "PAUSE", 0)
    call = failing(*errors)
    if made is None:
        with pytest.raises(type(errors[-1])):
            await patiently(call, repeatable=repeatable)
    else:
        assert await patiently(call, repeatable=repeatable) == made
