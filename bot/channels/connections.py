"""HTTP behind uvicorn, with an end to what a stranger could make endless: a request's head, its time, connections.

uvicorn waits for ever for the head of a request, for a body that nobody reads, and for a client to take its answer;
and its parser copies a header line anew with each piece of it that arrives, so one endless line would take all the
time there is. Bodies that are read are bounded where that happens (limits).
"""

import asyncio
import contextlib
import time
from asyncio.events import TimerHandle
from collections import Counter

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.channels.limits import network_of, unmapped

HEAD_LIMIT = 32 * 1024  # bytes of a request line and its headers; a browser's are two kilobytes
HEAD_SECONDS = 10.0  # for them to arrive
REST_SECONDS = (
    30.0  # for the rest of a body whose request is answered, and for the client to take what is written
)
REUSED = 150  # seconds for the next request: proxies keep what they hold for one or two minutes, and use it till then
CONNECTIONS = 4000  # open at a time; less where the process may not open as many files
FILES_BESIDE = 200  # that the process needs for everything else
QUIET = 60.0  # seconds between two lines of the log that say the same

log = structlog.get_logger()


class Guarded(HttpToolsProtocol):
    """One connection. When there are too many, one of those for which the server waits gives way."""

    connections_at_most = CONNECTIONS
    _said_at = -QUIET

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        if self.client:  # a socket for both kinds of addresses reports IPv4 in the form of IPv6
            self.client = (unmapped(self.client[0]), self.client[1])
        self._head: int | None = 0  # bytes of it so far; None once it is complete
        self._end = b""  # the last bytes of it
        self._late: TimerHandle | None = None
        self._untaken: TimerHandle | None = None
        self._since = time.monotonic()
        self._network = network_of(self.client[0] if self.client else "")
        transport.set_write_buffer_limits(0)  # pause_writing is called as soon as something is not taken
        self._wait()
        if len(self.connections) > self.connections_at_most:
            self._make_room()

    def _make_room(self) -> None:
        """One that the server waits for gives way: of the network with most connections, that of longest ago."""
        guarded = [other for other in self.connections if isinstance(other, Guarded) and other is not self]
        of = Counter(other._network for other in guarded)
        order = {other: (other._answering, -of[other._network], other._since) for other in guarded}
        min(guarded, key=lambda other: order[other]).transport.abort()
        now = time.monotonic()
        if now - Guarded._said_at >= QUIET:
            Guarded._said_at = now
            log.warning(
                "too many connections: the one waited for longest gives way", open=len(self.connections)
            )

    @property
    def _answering(self) -> bool:
        """Whether the client has done its part: sent a request, and taken what there is of the answer."""
        return bool(self.cycle and not self.cycle.response_complete) and (
            self._head is not None and self._untaken is None
        )

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head before the parser gets it."""
        if self._head is not None:
            end = (self._end + data).find(b"\r\n\r\n")
            self._head += len(data) if end < 0 else end
            self._end = data[-3:]
            if self._head > HEAD_LIMIT:
                self._refuse(b"431 Request Header Fields Too Large")
                return
            if self._late is None:
                self._wait()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """The head is there. A body whose length is not said is not taken: what follows it could be endless, too."""
        self._head = None
        self._stop_waiting()
        if any(name == b"transfer-encoding" for name, _ in self.headers):
            self._refuse(b"411 Length Required")
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body, unless its request was refused."""
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The next request begins with a head of its own."""
        self._head, self._end, self._since = 0, b"", time.monotonic()
        self._stop_waiting()
        if not self.transport.is_closing():
            super().on_message_complete()
            if self.cycle.response_complete:  # before the body was there
                self._wait()

    def on_response_complete(self) -> None:
        """Who was answered before their body was there may send its rest, for a time."""
        self._since = time.monotonic()
        if self._head is None and not self.pipeline:
            self._late = self.loop.call_later(REST_SECONDS, self.transport.close)
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client does not take what is written: for a time."""
        super().pause_writing()
        self._since = time.monotonic()
        self._untaken = self.loop.call_later(REST_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has taken everything."""
        self._stop_pausing()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any more."""
        self._stop_waiting()
        self._stop_pausing()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._late = self.loop.call_later(HEAD_SECONDS, self._refuse, b"408 Request Timeout")

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _stop_pausing(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def _refuse(self, status: bytes) -> None:
        self._stop_waiting()
        self.transport.write(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        self.transport.close()


def config(app: ASGIApp) -> uvicorn.Config:
    """How the application is served: by guarded connections, as many as the process may open files for."""
    Guarded.connections_at_most = min(CONNECTIONS, max(_files() - FILES_BESIDE, 16))
    return uvicorn.Config(
        app,
        http=Guarded,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=REUSED,
        timeout_graceful_shutdown=5,
        server_header=False,
    )


def _files() -> int:
    """How many files the process may have open, after asking for as many as it may ask for."""
    try:
        import resource
    except ImportError:  # Windows
        return CONNECTIONS + FILES_BESIDE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + FILES_BESIDE
    if soft < wanted:
        more = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return soft
