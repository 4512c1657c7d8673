"""The webhook of a group (群机器人) on loopback, for tests: what the group sees, and what is refused.

It keeps the limits of https://developer.work.weixin.qq.com/document/path/99110, is strict where that page leaves
something open, and can be told to fail.
"""

import asyncio
import base64
import binascii
import hashlib
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

from aiohttp import web

from tests.wecom_api import Fault, RefusedError, check, file_in, json_in
from tests.wecom_members import Media

Json = dict[str, Any]

KEY = "693a91f6-7xxx-4bc4-97a0-that-no-log-may-show"
A_MINUTE, SPAN = 20, 60.0  # messages, in so many seconds
TEXT, PICTURE, FILE = 4096, 2 * 1024 * 1024, 20 * 1024 * 1024  # bytes
MEDIA = 3 * 86_400.0  # seconds
PATIENCE = 40.0  # seconds
SIGNS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}


@dataclass(frozen=True)
class Seen:
    """A message in the group: its kind, what it says, or the file and what that is called."""

    kind: str
    text: str = ""
    data: bytes = b""
    name: str = ""


class GroupApi:
    """`async with GroupApi() as api`, and `api.seen` is what stands in the group."""

    def __init__(self, seconds: Callable[[], float] = lambda: 0.0) -> None:
        self.seconds, self.url = seconds, ""
        self.seen: list[Seen] = []
        self.calls: Counter[str] = Counter()
        self.refused: list[tuple[str, int]] = []
        self._media: dict[str, Media] = {}
        self._faults: deque[Fault] = deque()
        self._changed = asyncio.Event()
        self._sent: deque[float] = deque(maxlen=A_MINUTE)
        self._blocked = 0.0

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_post("/cgi-bin/webhook/{call}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def fail(self, *faults: Fault) -> None:
        """Let the next messages go wrong, one after the other; Fault() is one that goes well."""
        self._faults.extend(faults)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds; it is looked at when a call comes and when it was judged."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await self._changed.wait()

    def _has_changed(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        call, body = request.match_info["call"], await request.read()
        self.calls[call] += 1
        self._has_changed()
        fault = self._faults.popleft() if call == "send" and self._faults else Fault()
        if fault.until is not None:
            await fault.until.wait()
        if fault.page:
            return web.Response(status=fault.page, text="<html>a proxy</html>")
        try:
            check(request.query.get("key") == KEY, 93000)
            check(not fault.code, fault.code)
            answer = {} if fault.drop and not fault.after else self._called(call, request, body)
        except RefusedError as refused:
            self.refused.append((call, refused.code))
            return web.json_response({"errcode": refused.code, "errmsg": f"{refused.errmsg}, key {KEY}"})
        if fault.drop and request.transport is not None:
            request.transport.abort()
        return web.json_response({"errcode": 0, "errmsg": "ok", **answer})

    def _called(self, call: str, request: web.Request, body: bytes) -> Json:
        if call == "upload_media":
            check(request.query.get("type") == "file", 40004)
            name, data = file_in(request, body)
            check(5 < len(data) <= FILE, 40006)
            media_id = uuid4().hex
            self._media[media_id] = Media("file", name, data, self.seconds())
            return {"type": "file", "media_id": media_id, "created_at": "1380000000"}
        check(call == "send", 40066)
        self._count()
        self.seen.append(self._message(json_in(body)))
        self._has_changed()
        return {}

    def _count(self) -> None:
        now = self.seconds()
        check(now >= self._blocked, 45009)
        if len(self._sent) == A_MINUTE and self._sent[0] > now - SPAN:
            self._blocked = now + SPAN
            raise RefusedError(45009)
        self._sent.append(now)

    def _message(self, body: Json) -> Seen:
        kind = str(body.get("msgtype"))
        check(kind in ("markdown_v2", "image", "file"), 40008)
        check(set(body) == {"msgtype", kind} and isinstance(body[kind], dict), 40035)
        about = body[kind]
        if kind == "markdown_v2":
            text = about.get("content")
            check(isinstance(text, str) and text.strip() != "", 44004)
            check(len(text.encode()) <= TEXT, 40058)
            return Seen("markdown_v2", text)
        if kind == "image":
            return Seen("image", data=_picture(about))
        media = self._media.get(str(about.get("media_id")))
        if media is None or self.seconds() > media.at + MEDIA:
            raise RefusedError(40007)
        return Seen("file", data=media.data, name=media.name)


def _picture(about: Json) -> bytes:
    try:
        data = base64.b64decode(about.get("base64", ""), validate=True)
    except binascii.Error:
        raise RefusedError(40035) from None
    check(0 < len(data) <= PICTURE, 40009)
    check(any(data.startswith(sign) for sign in SIGNS), 40005)
    check(about.get("md5") == hashlib.md5(data, usedforsecurity=False).hexdigest(), 301019)
    return data
