"""Calls of the Bot API, and the connection of WeCom, by a proxy that the environment names: a real one, on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from telegram.error import NetworkError

from bot.channels.telegram.http import AiohttpRequest, NotSentError
from bot.channels.wecom.bot.connection import Connection
from bot.delivery import NotSentError as Unsent
from tests.conftest import NOW

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n" + b'{"ok":true,"result":42}'
REFUSAL = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"


@asynccontextmanager
async def listening(says: bytes) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that gives one answer to everything: its address, and what it was asked."""
    asked: list[str] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(says)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without proxies."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def call(url: str) -> object:
    http = AiohttpRequest()
    try:
        return await http.send(url, chat_id=1)
    finally:
        await http.shutdown()


async def test_the_long_connection_of_wecom_goes_by_the_proxy_which_learns_the_host_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def heard(frame: object) -> None: ...

    async def holds() -> bool:
        return True

    async with listening(REFUSAL) as (proxy, asked):
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy}")
        wecom = Connection("wss://wecom.example.invalid", "bot", "secret", heard, holds, lambda: NOW)
        running = asyncio.create_task(wecom.run())
        while not asked:
            with pytest.raises(Unsent):
                await wecom.ready(0.05)
        running.cancel()
        await wecom.close()
    assert asked[0].startswith("CONNECT wecom.example.invalid:443 HTTP/1.1\r\n")


async def test_a_call_goes_by_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(ANSWER) as (proxy, asked):
        monkeypatch.setenv("http_proxy", f"http://bot:pass@{proxy}")
        assert await call("http://api.example.invalid/bot1:x/getMe") == 42
    assert asked[0].startswith("POST http://api.example.invalid/bot1:x/getMe HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic Ym90OnBhc3M=\r\n" in asked[0]


async def test_by_https_the_proxy_learns_the_host_and_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(REFUSAL) as (proxy, asked):
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy}")
        with pytest.raises(NotSentError) as refused:
            await call("https://api.example.invalid/bot1:token/sendMessage")
    assert asked[0].startswith("CONNECT api.example.invalid:443 HTTP/1.1\r\n")
    assert "token" not in "".join(asked) + str(refused.value)


async def test_a_server_on_this_machine_is_called_without_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(REFUSAL) as (proxy, refused), listening(ANSWER) as (server, asked):
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy}")
        assert await call(f"http://{server}/bot1:x/getMe") == 42
        assert await call(f"http://{server.replace('127.0.0.1', 'localhost')}/bot1:x/getMe") == 42
    assert (len(asked), refused) == (2, [])


async def test_what_the_environment_excepts_is_called_without_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with listening(ANSWER) as (proxy, asked):
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy}")
        monkeypatch.setenv("NO_PROXY", "localhost,.example.invalid")
        with pytest.raises(NetworkError):
            await call("http://api.example.invalid/bot1:x/getMe")
    assert asked == []
