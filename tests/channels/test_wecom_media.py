"""Files to and from WeCom: in pieces, over several connections, encrypted, under Chinese names."""

import asyncio
import base64
from contextlib import suppress
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bot.channels.wecom.frames import (
    UPLOAD_CHUNK,
    UPLOAD_FINISH,
)
from bot.channels.wecom.media import LostError, TooLargeError, decrypted, fetch, named
from bot.channels.wecom.tenant import ABORT, FETCH, Fault, Tenant
from bot.channels.wecom.tenant.files import Sent
from bot.delivery import LimitedError, NotSentError, UndeliverableError
from tests.channels.wecom_fakes import (
    LIMIT,
    PROMPT,
    SECRET,
    Bot,
    Hands,
    connected,
)

LARGE = bytes(range(256)) * 4800  # 1.2 MB: three pieces


def pieces(tenant: Tenant) -> list[int]:
    """The pieces as they came."""
    return [frame["body"]["chunk_index"] for frame in tenant.frames if frame["cmd"] == UPLOAD_CHUNK]


async def deliver(bot: Bot, tenant: Tenant, name: str = "第三季度.xlsx") -> bytes:
    """Upload a file and send it; what lies in the chat then."""
    zhang = tenant.person("zhangsan")
    await zhang.say("导出")
    media = await bot.connection.upload(name, LARGE)
    await bot.connection.send("zhangsan", {"msgtype": "file", "file": {"media_id": media}})
    assert zhang.chat.newest.file_name == name
    return zhang.chat.newest.data


async def test_a_file_goes_in_pieces_of_512_kib_one_after_the_other(hands: Hands) -> None:
    async with Tenant(secret=SECRET, seconds=hands, latency=0.01) as tenant:
        async with connected(tenant) as bot:
            files = await asyncio.gather(*(deliver(bot, tenant, f"{name}.xlsx") for name in ("一", "一")))
        assert files == [LARGE, LARGE]
        assert pieces(tenant) == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize(
    "fault", [Fault(drop=ABORT), Fault(drop=1000, after=True), Fault(846609), Fault(40035)]
)
async def test_an_upload_goes_on_over_the_next_connection(tenant: Tenant, fault: Fault) -> None:
    tenant.fail(UPLOAD_CHUNK, Fault(), fault, fault)
    async with connected(tenant) as bot:
        assert await deliver(bot, tenant) == LARGE
    assert pieces(tenant) == [0, 1, 1, 1, 2]
    assert tenant.subscriptions == (1 if fault.errcode == 40035 else 3)


async def test_an_upload_that_has_begun_waits_longer_for_a_connection(tenant: Tenant) -> None:
    tenant.fail(UPLOAD_CHUNK, Fault(), Fault(drop=1000))
    async with connected(tenant, replace(PROMPT, patience=0.01)) as bot:
        bot.ours = False  # while this holds, nobody connects again
        uploading = asyncio.create_task(deliver(bot, tenant))
        await tenant.until(lambda: tenant.connections == 0)
        await bot.asks_again(20)
        bot.ours = True
        assert await uploading == LARGE


async def test_a_piece_is_repeated_twice(tenant: Tenant) -> None:
    tenant.fail(UPLOAD_CHUNK, *[Fault(40035)] * 3)
    async with connected(tenant) as bot:
        with pytest.raises(UndeliverableError):
            await bot.connection.upload("a.xlsx", b"x" * 100)
        tenant.fail(UPLOAD_CHUNK, Fault(45009))
        with pytest.raises(LimitedError):
            await bot.connection.upload("a.xlsx", b"x" * 100)
    assert pieces(tenant) == [0, 0, 0, 0]


@pytest.mark.slow
async def test_an_upload_is_never_uncertain(tenant: Tenant) -> None:
    tenant.fail(UPLOAD_FINISH, *[Fault(unanswered=True)] * 3)
    async with connected(tenant, replace(PROMPT, upload=0.3)) as bot:
        with pytest.raises(NotSentError):
            await bot.connection.upload("a.xlsx", b"x" * 100)


async def test_a_file_that_was_sent_is_fetched_and_opened(tenant: Tenant, hands: Hands) -> None:
    zhang = tenant.person("zhangsan")
    async with connected(tenant) as bot:
        await zhang.send_file("党支部 会议记录（三）.docx", LARGE)
        sent = (await bot.next()).body["file"]
        fetched = await bot.connection.fetch(sent["url"], sent["aeskey"], LIMIT)
        assert (fetched.name, fetched.data) == ("党支部 会议记录（三）.docx", LARGE)
        with pytest.raises(TooLargeError):
            await bot.connection.fetch(sent["url"], sent["aeskey"], len(LARGE) - 1)
        with pytest.raises(TooLargeError):
            await bot.connection.fetch(sent["url"], sent["aeskey"], 100)
        await zhang.send_file("a.txt", b"x" * 33)
        small = (await bot.next()).body["file"]
        with pytest.raises(TooLargeError):  # which only shows when it is open
            await bot.connection.fetch(small["url"], small["aeskey"], 32)
        tenant.fail(FETCH, Fault(503), Fault(502))
        assert (await bot.connection.fetch(sent["url"], sent["aeskey"], LIMIT)).data == LARGE
        tenant.fail(FETCH, Fault(404))
        with pytest.raises(LostError):
            await bot.connection.fetch(sent["url"], sent["aeskey"], LIMIT)
        tenant.fail(FETCH, *[Fault(503)] * 3)
        for key in (sent["aeskey"], "A" * 43):
            with pytest.raises(LostError):
                await bot.connection.fetch(sent["url"], key, LIMIT)
        hands.now += 301
        with pytest.raises(LostError):
            await bot.connection.fetch(sent["url"], sent["aeskey"], LIMIT)
        with pytest.raises(LostError):
            await bot.connection.fetch("no address", sent["aeskey"], LIMIT)


async def test_a_file_without_an_end_is_left_at_the_limit() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with suppress(ConnectionError):
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        writer.close()

    async with await asyncio.start_server(endless, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(TooLargeError):
            await fetch(f"http://127.0.0.1:{port}/", "", 1_000_000, 0.0)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 31, 32, 33])
def test_a_file_is_opened_whatever_its_length(size: int) -> None:
    sent = Sent()
    place, key = sent.put("a", b"z" * size, 0.0)
    body = sent.answer(place, 0.0).body
    assert isinstance(body, bytes)
    assert decrypted(body, key) == decrypted(body, key.rstrip("=")) == b"z" * size


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "A" * 43),
        (b"x" * 15, "A" * 43),
        (b"x" * 32, "A" * 43),
        (b"x" * 32, "AAAA"),
        (b"x" * 32, "是" * 43),
    ],
)
def test_a_file_that_cannot_be_opened_is_none(data: bytes, key: str) -> None:
    with pytest.raises(ValueError, match=r"^(base64|key|size|padding)$"):
        decrypted(data, key)


@pytest.mark.parametrize("ending", [b"\x01\x02", b"\x00\x00", b"\x21" * 33])
def test_a_file_that_is_padded_wrongly_is_none(ending: bytes) -> None:
    key = bytes(range(32))
    sealed = Cipher(AES(key), CBC(key[:16])).encryptor()
    data = sealed.update(ending.rjust(64, b"x")) + sealed.finalize()
    with pytest.raises(ValueError, match="padding"):
        decrypted(data, base64.b64encode(key).decode())


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename*=UTF-8''%E7%AC%AC%E4%B8%89.xlsx", "第三.xlsx"),
        ("attachment; filename=\"x.xlsx\"; filename*=utf-8'zh'%E7%AC%AC.xlsx", "第.xlsx"),
        ('attachment; filename="%E7%AC%AC.xlsx"', "第.xlsx"),
        ("attachment; filename=a.xlsx; size=3", "a.xlsx"),
        ('attachment; filename="第 三.xlsx"', "第 三.xlsx"),
        ("attachment; filename*=UTF-8''..%2F..%5Cx.sh", "x.sh"),
        ("attachment", ""),
        ('attachment; filename=""', ""),
        ("", ""),
    ],
)
def test_how_a_file_is_named(disposition: str, name: str) -> None:
    assert named(disposition) == name
