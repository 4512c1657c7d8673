"""What a stranger's connection can cost: a bounded head in a bounded time, and never another's place."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from bot.channels import connections
from bot.channels.connections import Guarded
from tests.browser import Server, serving
from tests.channels.web_fakes import Place, Visitor


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    with serving(Place().app()) as address:
        yield address


def connected(url: str, here: str = "127.0.0.1") -> socket.socket:
    host, _, port = url.removeprefix("http://").rpartition(":")
    return socket.create_connection((host, int(port)), timeout=5, source_address=(here, 0))


def answer(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000,
        b"GET /" + b"a" * 40_000,
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 8_000,
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: chat=" + b'"' + rb"\a" * 20_000 + b'"\r\n\r\n',
    ],
)
def test_a_head_over_32_kb_is_refused(url: str, head: bytes) -> None:
    with closing(connected(url)) as connection:
        connection.sendall(head)
        assert answer(connection).startswith(b"HTTP/1.1 431 ")
    assert httpx.get(f"{url}/healthz", trust_env=False).text == "ok"


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX: slowly"])
def test_a_head_that_does_not_come_is_given_up(url: str, begun: bytes) -> None:
    with closing(connected(url)) as connection:
        connection.sendall(begun)
        assert answer(connection).startswith(b"HTTP/1.1 408 ")


def test_the_head_of_a_second_request_on_the_connection_is_bounded_too(url: str) -> None:
    with closing(connected(url)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000)
        assert answer(connection).startswith(b"HTTP/1.1 431 ")


@pytest.mark.slow
def test_a_proxy_may_use_a_connection_again_that_it_has_kept(url: str) -> None:
    with closing(connected(url)) as connection:
        for pause in 6, 0:  # uvicorn itself gives up after five
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
            time.sleep(pause)


def test_a_body_without_a_length_is_refused(url: str) -> None:
    with closing(connected(url)) as connection:
        connection.sendall(b"POST /say HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ")
        assert answer(connection).startswith(b"HTTP/1.1 411 ")


def test_a_large_body_behind_a_head_in_pieces_is_no_head(url: str) -> None:
    with Visitor(url) as visitor, closing(connected(url)) as connection:
        visitor.open()
        cookie = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
        head = (
            f"POST /upload HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nX-Chat-Token: {visitor.token}\r\n"
            "X-Chat-Key: 12345678\r\nContent-Length: 100000\r\nConnection: close\r\n\r"
        )
        connection.sendall(head.encode())
        connection.sendall(b"\n" + b"x" * 100_000)
        assert answer(connection).startswith(b"HTTP/1.1 200 ")


def test_when_there_are_too_many_connections_the_one_that_waits_longest_gives_way(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 60)
    monkeypatch.setattr(Guarded, "connections_at_most", 5)
    idle = [connected(url) for _ in range(20)]
    assert httpx.get(f"{url}/healthz", trust_env=False).text == "ok"
    gone = 0
    for connection in idle:
        connection.settimeout(0.05)
        try:
            gone += connection.recv(1) == b""
        except TimeoutError:
            pass
        except ConnectionResetError:
            gone += 1
        connection.close()
    assert 15 <= gone < 20


UNREAD = b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"
UNTAKEN = b"GET /static/chat.js HTTP/1.1\r\nHost: x\r\n\r\n" * 500


def holding(url: str, request: bytes) -> socket.socket:
    """A connection that was answered and holds on: it sends a body that nobody reads, or takes no answer."""
    connection = socket.socket()
    connection.settimeout(5)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    host, _, port = url.removeprefix("http://").rpartition(":")
    connection.connect((host, int(port)))
    connection.sendall(request)
    if request is UNREAD:
        assert connection.recv(65536).startswith(b"HTTP/1.1 405 ")
        connection.sendall(b"x")
    return connection


@pytest.mark.parametrize("request_", [UNREAD, UNTAKEN])
def test_who_holds_on_after_the_answer_is_given_up(
    url: str, monkeypatch: pytest.MonkeyPatch, request_: bytes
) -> None:
    monkeypatch.setattr(connections, "REST_SECONDS", 0.2)
    with closing(holding(url, request_)) as connection:
        time.sleep(0.4)  # for an answer that is not taken until then
        answer(connection)  # ends


@pytest.mark.parametrize("request_", [UNREAD, UNTAKEN])
def test_those_who_hold_on_give_way(url: str, monkeypatch: pytest.MonkeyPatch, request_: bytes) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 60)
    monkeypatch.setattr(Guarded, "connections_at_most", 5)
    held = [holding(url, request_) for _ in range(8)]
    for _ in range(10):
        with Visitor(url) as visitor:
            assert visitor.http.get("/healthz").text == "ok"
    for connection in held:
        connection.close()


def test_the_network_with_most_connections_gives_way(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 60)
    monkeypatch.setattr(Guarded, "connections_at_most", 5)
    with closing(connected(url, "127.0.0.2")) as other:
        many = [connected(url) for _ in range(10)]
        other.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer(other).endswith(b"ok")
        for connection in many:
            connection.close()


def test_after_a_body_that_nobody_read_the_connection_is_of_use_again(url: str) -> None:
    with closing(connected(url)) as connection:
        connection.sendall(b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 405 ")
        connection.sendall(b"abcGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer(connection).startswith(b"HTTP/1.1 200 ")


def test_a_cookie_that_python_would_unquote_for_minutes_is_no_cookie(url: str) -> None:
    for value in ('"' + r"\a" * 3_000 + '"', r"\073" * 2_000, "a" * 10_000):
        page = httpx.get(url, headers={"Cookie": f"x=1; chat={value}; y=2"}, trust_env=False)
        assert page.status_code == 200
        assert "chat=" in page.headers["set-cookie"]


def test_as_many_connections_are_taken_as_files_may_be_open() -> None:
    async def app(*_: object) -> None:
        await asyncio.sleep(0)

    connections.config(app)
    assert 16 <= Guarded.connections_at_most <= connections.CONNECTIONS


def test_a_proxy_on_this_machine_is_believed_where_the_socket_takes_both_kinds_of_addresses() -> None:
    seen: list[tuple[str, int]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["client"])
        await PlainTextResponse("ok")(scope, receive, send)

    with closing(socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)) as both:
        server = Server(connections.config(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [both]}, daemon=True)
        thread.start()
        headers = {"X-Forwarded-For": "192.0.2.7"}
        for host in ("127.0.0.1", "[::1]"):
            address = f"http://{host}:{both.getsockname()[1]}/"
            assert httpx.get(address, headers=headers, trust_env=False).text == "ok"
        server.should_exit = True
        thread.join(10)
    assert [host for host, _ in seen] == ["192.0.2.7", "192.0.2.7"]
