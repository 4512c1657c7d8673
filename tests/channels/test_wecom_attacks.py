"""What WeCom did not sign is not heard, whatever is sent, and keeps nobody from being answered."""

import asyncio
import json
import logging
import socket
from collections.abc import Callable

import httpx
import pytest
import structlog

from bot.channels.limits import Buckets
from bot.channels.wecom.app import callback
from bot.channels.wecom.crypto import Sealed
from tests.channels.wecom_callbacks import KEY, PATH, SEAL, TOKEN, App, WeCom, enclosed, said, served

BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE x [<!ENTITY a0 "lol">{BOMB}]><xml><Content>&a9;</Content></xml>'


def near(signature: str) -> str:
    return signature[:-1] + ("0" if signature[-1] != "0" else "1")


@pytest.mark.parametrize(
    ("attack", "status"),
    [
        (lambda w, s: w.post(s, msg_signature="0" * 40), 403),
        (lambda w, s: w.post(s, msg_signature=""), 403),
        (lambda w, s: w.post(s, msg_signature=near(s.signature)), 403),
        (lambda w, s: w.post(s, msg_signature=s.signature.upper()), 403),
        (lambda w, s: w.post(s, msg_signature="是" * 40), 403),
        (lambda w, s: w.post(s, msg_signature=s.signature + "\0"), 403),
        (lambda w, s: w.post(s, nonce="\0"), 403),
        (lambda w, s: w.post(s, timestamp=str(int(s.timestamp) + 1)), 403),
        (lambda w, s: w.http.post(PATH, content=enclosed(s.encrypted)), 403),
        (lambda w, s: w.post(s, enclosed(w.sealed(said("0 分")).encrypted)), 403),  # another body
        (lambda w, s: w.post(w.sealed(said("4.5"), -callback.OLD - 1)), 403),  # an old one again
        (lambda w, s: w.post(w.sealed(said("4.5"), callback.EARLY + 1)), 403),
        (lambda w, s: w.post(SEAL.sealed(said("4.5").encode(), "1e9", "nonce")), 403),
        (lambda w, s: w.post(SEAL.sealed(said("4.5").encode(), "1" * 5000, "nonce")), 403),
        (lambda w, s: w.post(s, BOMB.encode()), 400),
        (lambda w, s: w.post(s, BOMB.encode() + enclosed("A" * 64)), 403),
        (lambda w, s: w.post(w.sealed(BOMB)), 400),  # even signed
        (lambda w, s: w.post(w.sealed("<!DOCTYPE xml>" + said("4.5"))), 400),
        (lambda w, s: w.post(s, b""), 400),
        (lambda w, s: w.post(s, b"\0" * 1000), 400),
        (lambda w, s: w.post(s, enclosed(s.encrypted[:-8] + "\0" + s.encrypted[-7:])), 400),
        (lambda w, s: w.post(s, b"<Encrypt>" * 5000), 400),
        (lambda w, s: w.post(s, json.dumps({"encrypt": s.encrypted}).encode()), 400),
        (lambda w, s: w.post(s, enclosed("A" * 65_536)), 413),
        (lambda w, s: w.post(w.sealed(said("4.5", ToUserName="wwEXAMPLE0000000002"))), 403),
        (lambda w, s: w.post(w.sealed(said("4.5", AgentID="1000003"))), 403),
        (lambda w, s: w.post(w.sealed(said("4.5", AgentID=""))), 403),
        (lambda w, s: w.post(w.sealed(said("4.5", FromUserName=""))), 400),
        (lambda w, s: w.post(w.sealed(said("4.5", CreateTime="now"))), 400),
        (lambda w, s: w.post(w.sealed("<xml>")), 400),
        (lambda w, s: w.post(w.sealed("")), 400),
        (lambda w, s: w.post(w.sealed("<a>" * 20_000)), 413),
        (lambda w, s: w.post(w.sealed("<a>" * 10_000)), 400),
        (lambda w, s: w.http.put(PATH, content=b"x"), 405),
    ],
)
def test_what_wecom_did_not_sign_is_not_heard(
    wecom: WeCom, app: App, attack: Callable[[WeCom, Sealed], httpx.Response], status: int
) -> None:
    response = attack(wecom, wecom.sealed(said("4.5")))
    assert response.status_code == status
    assert app.heard == []
    assert wecom.tell(said("好", 2))["Content"] == "第 1 条：好"


def test_what_is_around_it_is_not_read(wecom: WeCom, app: App) -> None:
    """It has no signature: a lie there changes nothing."""
    sealed = wecom.sealed(said("好"))
    assert wecom.opened(wecom.post(sealed, enclosed(sealed.encrypted, "<ToUserName>other</ToUserName>")))
    bare = f"<xml><Encrypt>{sealed.encrypted}</Encrypt></xml>".encode()
    assert wecom.opened(wecom.post(sealed, bare))
    assert len(app.heard) == 1


def test_control_characters_of_a_text_are_left_out(wecom: WeCom, app: App) -> None:
    wecom.tell(said("优\x00秀\x0b"))
    assert [inner.content for inner in app.heard] == ["优秀"]


@pytest.mark.slow
def test_honest_callbacks_are_answered_while_strangers_attack(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "ARRIVING", 0.5)
    with served(app) as wecom:
        asyncio.run(_attacked(wecom))
    assert sorted(inner.content for inner in app.heard) == sorted(f"honest {n}" for n in range(60))


async def _attacked(wecom: WeCom) -> None:
    url = wecom.http.base_url
    good = wecom.sealed(said("0 分"))
    query = f"?msg_signature={near(good.signature)}&timestamp={good.timestamp}&nonce={good.nonce}"

    async def raw(head: str, *pieces: bytes, then: float = 0.0) -> bytes:
        reader, writer = await asyncio.open_connection(url.host, url.port)
        try:
            writer.write(f"POST {PATH}{query} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(then)
            return await reader.readline()
        except ConnectionError:
            return b"HTTP/1.1 4.. gone"
        finally:
            writer.close()

    large = [b"x" * 1_000_000] * 50
    attacks = [
        *(raw("Content-Length: 50000000", *large) for _ in range(3)),
        *(raw("Transfer-Encoding: chunked", b"f4240\r\n", *large) for _ in range(3)),
        *(raw("Content-Length: 5000", b"<xml>") for _ in range(20)),  # and no more
        *(raw("Content-Length: 5000", *[b"<"] * 20, then=0.1) for _ in range(20)),
        *(raw(f"Content-Length: {len(BOMB)}", BOMB.encode()) for _ in range(20)),
        *(
            raw(f"Content-Length: {len(enclosed(good.encrypted))}", enclosed(good.encrypted))
            for _ in range(50)
        ),
    ]

    async def honest(number: int) -> None:
        sealed = wecom.sealed(said(f"honest {number}", number))
        right = {"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}
        response = await http.post(PATH, params=right, content=enclosed(sealed.encrypted))
        assert wecom.opened(response)["Content"].endswith(f"：honest {number}")

    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as http:
        came = await asyncio.gather(*attacks, *(honest(number) for number in range(60)))
    assert {line.split()[1][:1] for line in came if line is not None} == {b"4"}


def test_a_slow_sender_is_given_up(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback, "ARRIVING", 0.05)
    with served(app) as wecom:
        url = wecom.http.base_url
        with socket.create_connection((url.host, url.port or 80)) as line:
            line.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<xml>".encode())
            assert line.makefile("rb").readline().split()[1] == b"408"
    assert app.heard == []


def test_a_flood_of_strangers_is_a_few_lines_and_nothing_of_it_is_logged(
    wecom: WeCom, app: App, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "_noted", Buckets(per_second=0.001, burst=10))
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        for number in range(50):
            sealed = wecom.sealed(said(f"密语 {number}"))
            assert wecom.post(sealed, msg_signature="0" * 40).status_code == 403
        assert wecom.tell(said("密语", 2))["Content"] == "第 1 条：密语"
    assert len(lines) == 10
    for secret in ("密语", TOKEN, KEY, "ZhangSan"):
        assert secret not in str(lines) + caplog.text
