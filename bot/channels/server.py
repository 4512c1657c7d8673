"""The program's own web server: health, metrics, calendars, and what each channel answers on it.

It knows no channel: each brings its routes. Every answer has the security headers, every refusal is one sentence.
"""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Generic, TypeVar

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channels.calendar import calendar_route
from bot.channels.connections import config
from bot.stopped import Stopped, reason

LATELY = 1.0  # seconds for which an operator's question keeps its answer
RELOAD = {"X-Chat-Reload": "1"}  # the page's script offers to reload
SENTENCES = {404: "没有这个页面。", 405: "这个地址不接受这种请求。"}
NO_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL)

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}

T = TypeVar("T")


def application(
    routes: Sequence[Route],
    *,
    calendar: Callable[[str], bytes | None],
    ready: Callable[[], list[str]],
    ailing: Callable[[], list[str]],
) -> Starlette:
    """The HTTP application: health, metrics, calendars, and the channels' `routes`.

    `ready` says why there should be no traffic, and `ailing` what else does not work.
    """

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    wrong_now, counted = Lately(ready), Lately(generate_latest)

    async def readyz(_: Request) -> Response:
        wrong = await wrong_now()
        return PlainTextResponse("\n".join(wrong or ["ready", *ailing()]), 503 if wrong else 200)

    async def metrics(_: Request) -> Response:
        return Response(await counted(), media_type=CONTENT_TYPE_LATEST)

    health = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    app = Starlette(
        routes=[*health, calendar_route(calendar), *routes],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={HTTPException: refused, Exception: broken},
    )
    app.router.redirect_slashes = False  # it would lead to whatever host the request names
    return app


class Server(uvicorn.Server):
    """Uvicorn, but leaving the signals to whoever has more than a web server to stop."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(config(app))

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        """Do not."""
        return contextlib.nullcontext()


def listen(host: str, port: int) -> socket.socket:
    """The listening socket. Raises Stopped when the address is none of this machine's, or the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, TypeError, ValueError) as wrong:  # the last two: a name that no host can have
        listening.close()
        raise Stopped(_unheard(wrong, host, port)) from None
    listening.listen(512)
    return listening


def _unheard(wrong: Exception, host: str, port: int) -> str:
    """Why nobody can listen there, and which of the two settings is to be corrected."""
    if isinstance(wrong, socket.gaierror):
        why = "找不到这个地址"
    elif isinstance(wrong, OSError):
        if wrong.errno not in NO_ADDRESS:
            taken = wrong.errno == errno.EADDRINUSE
            how = "请关掉占用它的程序，或用 WEB_PORT 换一个端口。" if taken else "请用 WEB_PORT 换一个端口。"
            return f"{host} 的端口 {port} 用不了（{reason(wrong)}）。{how}"
        why = "本机没有这个地址"
    else:
        why = "不是地址"
    return f"地址 {host} 用不了（{why}）。请把 WEB_HOST 改成本机的地址，例如 127.0.0.1。"


class Lately(Generic[T]):
    """What a function that blocks said last, asked anew once a second at most, however many want to know."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask, self._order = ask, asyncio.Lock()
        self._said: tuple[float, T] | None = None

    async def __call__(self) -> T:
        async with self._order:
            now = monotonic()
            if self._said is None or now - self._said[0] >= LATELY:
                self._said = now, await asyncio.to_thread(self._ask)
            return self._said[1]


class SecurityHeaders:
    """ASGI middleware: every answer carries the security headers that it does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, with the headers added."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_guarded)


async def refused(request: Request, error: Exception) -> Response:
    """A refusal as one sentence: JSON for the page's script, text for a person."""
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    sentence = SENTENCES.get(error.status_code, error.detail) if error.detail.isascii() else error.detail
    if "text/html" in request.headers.get("accept", ""):
        return PlainTextResponse(sentence, error.status_code, headers)
    reload = headers.pop("X-Chat-Reload", None) is not None
    return JSONResponse({"error": sentence, "reload": reload}, error.status_code, headers)


async def broken(_: Request, error: Exception) -> Response:
    """The server logs the traceback; the person gets a sentence."""
    return JSONResponse({"error": "出错了，没有完成这次操作。请稍后再试。"}, 500, SECURITY_HEADERS)
