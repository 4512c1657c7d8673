"""What the page's script asks: say this, take this file, tell me what is new."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import SpooledTemporaryFile
from time import perf_counter
from typing import Protocol
from urllib.parse import quote, unquote

from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from bot.actions import UPLOAD_LIMIT, Upload
from bot.channels.channel import Talk
from bot.channels.limits import Limits, body_into, body_within, network
from bot.channels.server import RELOAD
from bot.channels.web.guard import EXPIRED, Door
from bot.channels.web.live import Live
from bot.channels.web.shape import (
    as_json,
    bubble_shape,
    clean,
    event_in,
    key_in,
    screen_shape,
    turn_in,
    who_is,
)
from bot.conversation import Event
from bot.message import Line, Reply, Streamed
from bot.values import LogLine

SEEN_LIMIT = 1024  # bytes of what a page says it shows
JSON_LIMIT = 64 * 1024  # bytes of a typed text; what the bot takes is shorter, and it says so itself
FILES_AT_ONCE = 3  # that one address may be sending
LOG_LIMIT = 50  # bubbles shown above the screen
REMEMBERED = 10_000  # keys of recent events, so that a text sent again is not shown twice

EVENTS = Counter("web_events", "Events heard by the web chat", ["kind"])
SHOWN = Counter("web_notices_shown", "Notices that waited in the web chat until somebody saw them")
SECONDS = Histogram("web_answer_seconds", "Seconds from an event to its answer", ["kind"])


class ChatLog(Protocol):
    """What was said at each address. Its methods block."""

    def append(self, address: str, mine: bool, title: str, lines: Sequence[Line], at: datetime) -> None:
        """Add one bubble."""

    def recent(self, address: str, limit: int = 50) -> Sequence[LogLine]:
        """The newest bubbles, oldest first."""

    def shown(self, address: str, looked: datetime, now: datetime) -> int:
        """Somebody saw all that was there when a page looked; how many notices waited for that."""


class ChatRoutes:
    """What is answered with JSON, or with a stream of it."""

    def __init__(
        self, talk: Talk, log: ChatLog, door: Door, limits: Limits, now: Callable[[], datetime]
    ) -> None:
        self._talk, self._log, self._door, self._limits, self._now = talk, log, door, limits, now
        self._uploads = asyncio.Semaphore(8)  # files in memory at a time
        self._logged: OrderedDict[tuple[str, str], None] = OrderedDict()
        self.live = Live(partial(talk.watches, "web"), self._state, self._shown, now)
        talk.subscribe(self.live.changed)

    async def say(self, request: Request) -> Response:
        address = self._sender(request, "say")
        body = await body_within(request, JSON_LIMIT)
        if body is None:
            raise HTTPException(413, "文字太长了，请分几次发送。")
        event = event_in(address, body)
        event = replace(event, fresh=self._door.fresh(address, event.key) if event.text else "")
        said = (event.text,) if event.text else ()
        return await self._answer(event, request, said)

    async def upload(self, request: Request) -> Response:
        address = self._sender(request, "upload")
        key, group = key_in(request.headers.get("x-chat-key", "")), request.headers.get("x-chat-group")
        group = None if group is None else key_in(group)
        name = clean(unquote(request.headers.get("x-file-name", ""))).replace("\\", "/").rpartition("/")[2]
        name = name[-200:]
        mime = request.headers.get("content-type", "").partition(";")[0].strip().lower()[:100]
        said = (f"📎 {name or '未命名'}",)
        if not (await asyncio.to_thread(self._talk.who, "web", address)).known:  # nothing of theirs is read
            return await self._answer(Event("web", address, key, unreadable="other"), request, said)
        chat = self.live.chats.at(address)
        if not chat.take(FILES_AT_ONCE):
            raise HTTPException(429, "前面的文件还没有发完，请稍等再发。", {"Retry-After": "5"})
        try:
            with SpooledTemporaryFile(
                max_size=JSON_LIMIT
            ) as file:  # a slow one waits on disk, in nobody's way
                whole = await body_into(request, UPLOAD_LIMIT, file)
                async with self._uploads:
                    event = Event("web", address, key, unreadable="large", group=group)
                    if whole:
                        file.seek(0)
                        upload = Upload(name, mime or "application/octet-stream", file.read())
                        event = Event("web", address, key, upload=upload, group=group)
                    return await self._answer(event, request, said)
        finally:
            chat.leave()

    async def events(self, request: Request) -> Response:
        address = self._door.inside(request)
        self._limits.check("look", request, address)
        if address is None:
            why = self._door.why_unknown(request)
            if "text/event-stream" not in request.headers.get("accept", ""):
                raise HTTPException(401, why)
            return Response(b"event: refused\ndata: %s\n\n" % as_json(why), media_type="text/event-stream")
        stranger = not (await asyncio.to_thread(self._talk.who, "web", address)).known
        if self.live.full:
            raise HTTPException(503, "打开的页面太多了，请稍后再试。", {"Retry-After": "30"})
        stream = self.live.stream(address, request.query_params.get("tab", "")[:64], stranger=stranger)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def seen(self, request: Request) -> Response:
        """The page is looked at, and has drawn this turn of its stream."""
        address = self._sender(request, "seen")
        turn = turn_in(await body_within(request, SEEN_LIMIT) or b"")
        await self.live.saw(address, request.headers.get("x-chat-tab", "")[:64], turn)
        return Response(status_code=204)

    async def file(self, request: Request) -> Response:
        """The attachment of the screen that stands at the visitor's address, and of no other."""
        address = self._door.inside(request)
        self._limits.check("look", request, address)
        if address is None:
            raise HTTPException(404)
        found = (await asyncio.to_thread(self._talk.look, "web", address)).screen.attachment
        if found is None or request.query_params.get("v") not in (None, found.digest):
            raise HTTPException(404)
        place = "inline" if found.picture else "attachment"
        headers = {
            "Content-Type": found.mime
            if re.fullmatch(r"[\w.+-]+/[\w.+-]+", found.mime)
            else "application/octet-stream",
            "Content-Disposition": f"{place}; filename*=UTF-8''{quote(found.name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }
        if isinstance(found.data, Path):  # from the disk as it is read: nobody's slowness holds it in memory
            return FileResponse(found.data, headers=headers)
        if isinstance(found.data, Streamed):  # as it is made, in threads of their own
            return StreamingResponse(found.data.chunks(), headers=headers)
        return Response(await asyncio.to_thread(found.read), headers=headers)

    def _sender(self, request: Request, kind: str) -> str:
        """The visitor whose page sent this request."""
        visitor = self._door.check_token(request, request.headers.get("x-chat-token", ""))
        if visitor.expired:
            raise HTTPException(403, EXPIRED, RELOAD)
        self._limits.check(kind, request, visitor.address)
        return visitor.address

    # --- one event ---

    async def _answer(self, event: Event, request: Request, said: tuple[str, ...]) -> Response:
        """Let the conversation hear an event; its answer as JSON. `said` is what the log shows as mine."""
        kind = (
            "press" if event.press else "text" if event.text else "upload" if event.upload else "unreadable"
        )
        EVENTS.labels(kind).inc()
        start = perf_counter()
        tab = request.headers.get("x-chat-tab", "")[:64]
        event = replace(event, network=network(request))
        async with self.live.order(event.address):
            with self.live.answering(event.address, tab):
                at = self._now()
                reply = await self._talk.hear_soon(event)
                shaped = partial(self._shaped, event, reply, said, at)
                reads = said or reply.receipt is not None or reply.stays or reply.commands is not None
                answer = await asyncio.to_thread(shaped) if reads else shaped()
        if reply.commands is not None:
            self.live.reseat(event.address)
        SECONDS.labels(kind).observe(perf_counter() - start)
        response = Response(answer, media_type="application/json")
        if reply.at:
            self._door.admit(response, reply.at)
        return response

    def _shaped(self, event: Event, reply: Reply, said: tuple[str, ...], at: datetime) -> bytes:
        """The answer as JSON; the log keeps what was said. Blocks, unless nothing was and nobody came or went."""
        lines: list[tuple[bool, str, Sequence[Line]]] = [(True, "", said)] if said else []
        if reply.receipt is not None:
            lines.append((False, reply.receipt.title, reply.receipt.lines))
        toast = reply.toast
        if toast and reply.stays:
            lines.append((False, "", (toast,)))
            toast = ""
        if (
            lines
            and not reply.stranger
            and not reply.opens
            and (event.address, event.key) not in self._logged
        ):
            for line in lines:
                self._log.append(reply.at or event.address, *line, at)
            self._remember(event)
        turn = self.live.turn()
        shown = [bubble_shape(*line, at) for line in lines]
        answer = {"turn": turn, "screen": screen_shape(reply.screen), "toast": toast, "log": shown}
        if reply.commands is not None:  # somebody may be here now, or nobody any more
            person = self._talk.who("web", event.address).person_id
            answer["who"] = who_is(event.address, person)
        if reply.at or reply.opens:
            answer["go"] = "/" if reply.at else f"/join/{reply.opens}"
        return as_json(answer)

    def _remember(self, event: Event) -> None:
        self._logged[event.address, event.key] = None
        if len(self._logged) > REMEMBERED:
            self._logged.popitem(last=False)

    def _shown(self, address: str, looked: datetime) -> None:
        """Somebody saw on a page of this address what was there when it looked. Blocks."""
        if count := self._log.shown(address, looked, self._now()):
            SHOWN.inc(count)

    def _state(self, address: str) -> bytes:
        """What a page of this address should show now. Blocks."""
        seen = self._talk.look("web", address)
        said = () if seen.stranger else self._log.recent(address, LOG_LIMIT)
        log = [bubble_shape(b.mine, b.title, b.lines, b.at) for b in said]
        state = {
            "who": who_is(address, seen.person),
            "screen": screen_shape(seen.screen),
            "log": log,
            "stranger": seen.stranger,
        }
        return as_json(state)
