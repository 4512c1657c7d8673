"""A stand-in of Tencent's side of the long connection, on loopback: for the demo without a tenant, and for tests.

It keeps what each chat was sent, lets people press, type and send, refuses what Tencent refuses with its codes, and can
be told to fail. It is strict: what a document leaves open it decides against the bot.
"""

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

from aiohttp import WSCloseCode, WSMsgType, web

from bot.channels.wecom.frames import HAPPENED, PING, SUBSCRIBE, UPLOAD_CHUNK
from bot.channels.wecom.tenant import rules
from bot.channels.wecom.tenant.chats import Chat, Json, Shown, Told
from bot.channels.wecom.tenant.exchange import Exchange
from bot.channels.wecom.tenant.faults import ABORT as ABORT
from bot.channels.wecom.tenant.faults import FETCH as FETCH
from bot.channels.wecom.tenant.faults import Fault as Fault
from bot.channels.wecom.tenant.files import Sent
from bot.channels.wecom.tenant.people import Person
from bot.channels.wecom.tenant.rules import CheckCard, Refusal

LARGEST = 32 * 1024 * 1024  # bytes of a frame that is read at all


@dataclass(eq=False)
class Socket:
    """A connection of the bot."""

    ws: web.WebSocketResponse
    request: web.Request
    subscribed: bool = False


class Tenant:
    """One enterprise with one bot. `seconds` is its clock; `latency` how long a frame is on its way to its answer.

    `broken` judges the inside of a card: what is wrong with it, in words; the rules of frames are its own.
    """

    def __init__(
        self,
        bot_id: str = "demo-bot",
        secret: str = "demo-secret",  # noqa: S107  of nothing
        *,
        broken: CheckCard = lambda card: (),
        seconds: Callable[[], float] = time.monotonic,
        latency: float = 0.0,
    ) -> None:
        self._credentials = {"bot_id": bot_id, "secret": secret}
        self.seconds = seconds
        self._exchange, self._sent = Exchange(broken, seconds, latency), Sent()
        self.frames: deque[Json] = deque(maxlen=1000)  # as they came, but for what is in files
        self.refused: list[tuple[str, int, str]] = []  # command, code, why
        self.subscriptions = 0
        self.silent = self.anonymous = self.raw = (
            False  # no answers; answers without req_id; raw control characters
        )
        self.url = ""
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._tasks: set[asyncio.Task[None]] = set()
        self._sockets: list[Socket] = []
        self._changed = asyncio.Event()

    @property
    def chats(self) -> dict[str, Chat]:
        """What lies in the chats, by the userid or the id of the group."""
        return self._exchange.chats

    @property
    def undrawn(self) -> list[tuple[Json, str]]:
        """Cards that were answered with ok and are not to be seen, and why."""
        return self._exchange.undrawn

    @property
    def connections(self) -> int:
        """How many sockets of the bot are open."""
        return len(self._sockets)

    # --- the server ----------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes([web.get("/", self._serve), web.get("/media/{place}", self._media)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"ws://127.0.0.1:{self._port}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        for socket in list(self._sockets):
            await self._end(socket, WSCloseCode.GOING_AWAY)
        for task in self._tasks:
            task.cancel()
        await self._runner.cleanup()

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds; it is looked at after every frame and every end of a connection."""
        while not holds():
            await self._changed.wait()

    # --- people --------------------------------------------------------------------------------------------

    def person(self, userid: str, group: str = "") -> Person:
        """Somebody in the own chat, or in a group."""
        address = group or userid
        return Person(self, userid, self.chats.setdefault(address, Chat(address, group=bool(group))))

    async def tell(
        self, who: Person, cmd: str, content: Json, kind: str, pressed: Shown | None = None
    ) -> str:
        """Tell the bot; the req_id, or empty when it is not there: it will not be told again."""
        req_id, now = uuid4().hex, self.seconds()
        self._exchange.told[req_id] = Told(who.chat, now, kind, pressed)
        place = (
            {"chattype": "group", "chatid": who.chat.address} if who.chat.group else {"chattype": "single"}
        )
        about = {
            "msgid": uuid4().hex,
            "aibotid": self._credentials["bot_id"],
            "create_time": int(now),
            **place,
        }
        body = {**about, "from": {"userid": who.userid}, **content}
        self._last = cmd, req_id, body
        told = await self._call(*self._last)
        self._has_changed()
        return req_id if told else ""

    async def tell_again(self) -> None:
        """Tell the bot once more what it was told last."""
        await self._call(*self._last)

    def lay_down(self, name: str, data: bytes) -> Json:
        """What the bot is told of a file that somebody sends."""
        place, key = self._sent.put(name, data, self.seconds())
        return {"url": f"http://127.0.0.1:{self._port}/media/{place}", "aeskey": key}

    # --- what goes wrong -----------------------------------------------------------------------------------

    def fail(self, cmd: str, *faults: Fault) -> None:
        """The next frames of this command meet these faults, one each."""
        self._faults[cmd].extend(faults)

    def pending(self, cmd: str) -> int:
        """How many of these faults are yet to be met."""
        return len(self._faults[cmd])

    async def kick(self) -> None:
        """A newer connection takes the bot over: this one is told, and gets nothing any more."""
        await self._call(
            HAPPENED, uuid4().hex, {"msgtype": "event", "event": {"eventtype": "disconnected_event"}}
        )
        self.forget()

    def forget(self) -> None:
        """The subscription is lost, though the socket stays open: every frame is answered with 846609."""
        for socket in self._sockets:
            socket.subscribed = False

    async def drop(self, code: int) -> None:
        """End the connection with a close code; ABORT: without any."""
        for socket in list(self._sockets):
            await self._end(socket, code)

    async def babble(self, text: str) -> None:
        """Send what may be no frame at all."""
        for socket in self._sockets:
            await socket.ws.send_str(text)

    def stop_reading(self) -> None:
        """Take no byte any more from the connections there are: what is written to them piles up."""
        for socket in self._sockets:
            if socket.request.transport is not None:
                socket.request.transport.pause_reading()

    async def _end(self, socket: Socket, code: int) -> None:
        socket.subscribed = False
        if code == ABORT:
            if socket.request.transport is not None:
                socket.request.transport.abort()
        else:
            await socket.ws.close(code=code)

    # --- frames --------------------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(max_msg_size=LARGEST, timeout=0.5)
        await ws.prepare(request)
        self._sockets.append(socket := Socket(ws, request))
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    task = asyncio.create_task(self._take(socket, json.loads(message.data)))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
        finally:
            self._sockets.remove(socket)
            self._has_changed()
        return ws

    async def _media(self, request: web.Request) -> web.Response:
        if self._faults[FETCH]:
            return web.Response(status=self._faults[FETCH].popleft().errcode)
        return self._sent.answer(request.match_info["place"], self.seconds())

    async def _call(self, cmd: str, req_id: str, body: Json) -> bool:
        """Send a callback to the connection that is subscribed, if there is one."""
        text = json.dumps({"cmd": cmd, "headers": {"req_id": req_id}, "body": body}, ensure_ascii=False)
        for socket in self._sockets:
            if socket.subscribed:
                with suppress(ConnectionError):
                    await socket.ws.send_str(_raw(text) if self.raw else text)
                    return True
        return False

    async def _take(self, socket: Socket, frame: Json) -> None:
        """Judge a frame, let it take effect, and answer it."""
        cmd, req_id = frame.get("cmd", ""), frame.get("headers", {}).get("req_id", "")
        self.frames.append(_without_content(frame))
        fault = self._faults[cmd].popleft() if self._faults[cmd] else Fault()
        answer: Json = {"headers": {"req_id": req_id}, "errcode": 0, "errmsg": "ok"}
        if self.anonymous and cmd in (PING, SUBSCRIBE):
            del answer["headers"]
        if fault.until:
            await fault.until.wait()
        try:
            if fault.drop and not fault.after:
                await self._end(socket, fault.drop)
                return
            if fault.errcode:
                raise Refusal(fault.errcode, "made to fail")
            if body := await self._apply(socket, cmd, req_id, frame):
                answer["body"] = body
        except Refusal as refusal:
            self.refused.append((cmd, refusal.errcode, refusal.why))
            answer |= {"errcode": refusal.errcode, "errmsg": refusal.why}
        self._has_changed()
        if fault.drop:
            await self._end(socket, fault.drop)
        elif not (self.silent or fault.unanswered or socket.ws.closed):
            with suppress(ConnectionError):  # it has gone
                await socket.ws.send_str(json.dumps(answer, ensure_ascii=False))

    async def _apply(self, socket: Socket, cmd: str, req_id: str, frame: Json) -> Json | None:
        body = frame.get("body")
        if cmd == SUBSCRIBE:
            await self._subscribe(socket, body)
            return None
        if not socket.subscribed:
            raise Refusal(rules.NOT_SUBSCRIBED, "not subscribed")
        if cmd == PING:
            if "body" in frame:
                await self._end(socket, WSCloseCode.POLICY_VIOLATION)
            return None
        if not isinstance(body, dict):
            raise Refusal(rules.PARAMETER, "body")
        return await self._exchange.apply(cmd, req_id, body)

    async def _subscribe(self, socket: Socket, body: Any) -> None:
        if body != self._credentials:
            raise Refusal(rules.BAD_CREDENTIALS, "invalid bot_id or secret")
        await self.kick()  # the newest connection wins
        socket.subscribed = True
        self.subscriptions += 1

    def _has_changed(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _without_content(frame: Json) -> Json:
    if frame.get("cmd") != UPLOAD_CHUNK:
        return frame
    return {**frame, "body": {**frame["body"], "base64_data": "…"}}


def _raw(text: str) -> str:
    """As Tencent sends it now and then: control characters inside of JSON strings as they are."""
    return text.replace("\\n", "\n").replace("\\u0007", "\x07").replace("\\t", "\t")
