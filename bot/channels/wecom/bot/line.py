"""One websocket to WeCom from its opening to its end: frames in and out, each answer to its frame, heartbeats."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import structlog
from aiohttp import ClientError, ClientWebSocketResponse, WSMsgType

from bot.channels.wecom.frames import (
    HAPPENED,
    NOT_SUBSCRIBED,
    PING,
    SAID,
    Frame,
    UnansweredError,
    new_id,
    read,
    written,
)

OVER = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Times:
    """How long what takes, in seconds. Tests shorten them."""

    connect: float = 15.0
    beat: float = 30.0  # between two heartbeats
    silence: float = 75.0  # without any frame: two heartbeats were not answered, the connection is dead
    answer: float = 5.0  # for writing a frame, and then for its answer; usual are 0.25 to 0.45
    upload: float = 30.0  # the same for a piece of a file, on a slow line
    patience: float = 5.0  # how long what is to be sent waits for a connection
    pause: float = 1.0  # before the first try to connect again, twice that before the next
    longest_pause: float = 30.0
    lease: float = 5.0  # between two questions whether the connection is ours
    window: float = 5.0  # after a press or a first visit, in which it can be answered in place
    after_kick: tuple[float, float] = (60.0, 120.0)  # at random between them
    kicks: float = 600.0  # a second kick within this time ends it


class Answer(NamedTuple):
    """What WeCom says to a frame: 0 or what is wrong, and what it asked for."""

    errcode: int
    body: dict[str, Any]


class Line:
    """One socket. `heard` gets what was said and what happened; it must not wait for anything."""

    def __init__(self, socket: ClientWebSocketResponse, heard: Callable[[Frame], None], times: Times) -> None:
        self._socket, self._heard, self._times = socket, heard, times
        self._answers: dict[str, asyncio.Future[Frame | None]] = {}  # None: the connection was lost
        self._ended = asyncio.Event()
        self.subscribed = self.kicked = self.renewed = False

    @property
    def usable(self) -> bool:
        """Whether frames can be sent."""
        return self.subscribed and not self._ended.is_set() and not self._socket.closed

    async def ask(self, cmd: str, req_id: str, body: dict[str, Any], seconds: float) -> Answer:
        """Send a frame and wait for its answer, each for so many seconds.

        Raises UnansweredError where nobody knows what came of it.
        """
        text = written(cmd, req_id, body)
        answer: asyncio.Future[Frame | None] = asyncio.get_running_loop().create_future()
        self._answers[req_id] = answer
        log.debug("wecom frame sent", cmd=cmd, req_id=req_id)
        try:
            await self._write(text, seconds)
            async with asyncio.timeout(seconds):
                frame = await answer
        except TimeoutError:
            raise UnansweredError(f"{cmd} was not answered") from None
        finally:
            self._answers.pop(req_id, None)
        if frame is None or frame.errcode is None:
            raise UnansweredError(f"{cmd}: the connection was lost")
        return Answer(frame.errcode, frame.body)

    async def listen(self) -> None:
        """Take frames until the socket ends, somebody else takes the bot over, or nothing comes for too long."""
        try:
            while not self._ended.is_set():
                async with asyncio.timeout(self._times.silence):
                    message = await self._socket.receive()
                if message.type in OVER:
                    log.info("wecom connection closed", code=self._socket.close_code)
                    return
                if message.type is WSMsgType.TEXT:
                    self._take(read(message.data, asyncio.get_running_loop().time()))
        except TimeoutError:
            log.warning("wecom is silent")
        finally:
            self.end()

    async def beat(self) -> None:
        """Send heartbeats. Whatever comes is life, an answer to them (which may name no req_id) is not awaited."""
        while True:
            await asyncio.sleep(self._times.beat)
            with suppress(UnansweredError):
                await self._write(written(PING, new_id(PING), None), self._times.answer)

    async def renew_in(self, seconds: float) -> None:
        """End this line after so long, as soon as no answer is awaited."""
        await asyncio.sleep(seconds)
        while self._answers:
            await asyncio.wait(self._answers.values())
        self.renewed = True
        self.end()

    async def over(self) -> None:
        """Wait until it has ended."""
        await self._ended.wait()

    def end(self) -> None:
        """It is dead, whatever the socket says: what waits for an answer gets none."""
        self._ended.set()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result(None)

    async def _write(self, text: str, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._socket.send_str(text)
        except (TimeoutError, ClientError, OSError) as error:
            self.end()
            raise UnansweredError(f"the connection was lost while writing ({type(error).__name__})") from None

    def _take(self, frame: Frame | None) -> None:
        if frame is None:
            log.warning("wecom sent something that is no frame")
            return
        log.debug("wecom frame", cmd=frame.cmd, req_id=frame.req_id, errcode=frame.errcode)
        if frame.event == "disconnected_event":
            self.kicked = True
            self.end()
        elif frame.cmd in (SAID, HAPPENED):
            self._heard(frame)
        elif answer := self._answer_of(frame):
            if not answer.done():
                answer.set_result(frame)
        elif frame.errcode == NOT_SUBSCRIBED:  # the answer to a heartbeat
            self.end()

    def _answer_of(self, frame: Frame) -> asyncio.Future[Frame | None] | None:
        """Who waits for this answer; until the subscription is answered that alone can be meant."""
        if frame.cmd:
            return None
        if not self.subscribed:
            return next(iter(self._answers.values()), None)
        return self._answers.get(frame.req_id)
