"""The web chat: one page for a phone, with a log of what was said and one live screen edited in place.

A press or a text is posted to /say, a file to /upload; the answer is JSON (shape). What is sent together
has one group. /events tells each open page its whole state and later what changed elsewhere (live). A
request that changes something carries the page's token (guard).
"""

import asyncio
import hashlib
import re
from collections import Counter as Counted
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template
from tempfile import SpooledTemporaryFile
from time import monotonic, perf_counter
from typing import Generic, Protocol, TypeVar
from urllib.parse import parse_qs, quote, unquote
from uuid import uuid4

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.actions import UPLOAD_LIMIT, Upload
from bot.channels.calendar import calendar_route
from bot.channels.web.guard import (
    EXPIRED,
    RELOAD,
    Door,
    Limits,
    SecurityHeaders,
    Visitor,
    body_into,
    body_within,
    broken,
    network,
    new_address,
    refused,
)
from bot.channels.web.live import Live
from bot.channels.web.shape import (
    as_json,
    bubble_shape,
    clean,
    event_in,
    key_in,
    offer_shape,
    screen_shape,
    who_is,
)
from bot.conversation import Conversation, Entered, Entry, Event
from bot.message import Line, Message, Offer, Reply
from bot.screens.joining import expired, no_offer
from bot.values import LogLine
from scoring.numerals import halfwidth

JSON_LIMIT = 64 * 1024  # bytes of a typed text; what the bot takes is shorter, and it says so itself
LATELY = 1.0  # seconds for which an operator's question keeps its answer
FILES_AT_ONCE = 3  # that one address may be sending
LOG_LIMIT = 50  # bubbles shown above the screen
REMEMBERED = 10_000  # keys of recent events, so that a text sent again is not shown twice
PAGE = Path(__file__).parent / "page"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")

T = TypeVar("T")

EVENTS = Counter("web_events", "Events heard by the web chat", ["kind"])
SECONDS = Histogram("web_answer_seconds", "Seconds from an event to its answer", ["kind"])


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to try the bot as, in a demo: an address (ASCII), a name, and the role in words."""

    address: str
    name: str
    words: str


class ChatLog(Protocol):
    """What was said at each address. Its methods block."""

    def append(self, address: str, mine: bool, title: str, lines: Sequence[Line], at: datetime) -> None:
        """Add one bubble."""

    def recent(self, address: str, limit: int = 50) -> Sequence[LogLine]:
        """The newest bubbles, oldest first."""


def web_app(
    conversation: Conversation,
    log: ChatLog,
    *,
    secret_key: str,
    base_url: str = "",
    secure_cookies: bool,
    personas: Callable[[], Sequence[Persona]] | None,
    chat: bool,
    ready: Callable[[], list[str]],
    ailing: Callable[[], list[str]] = list,
    routes: Sequence[Route] = (),
    now: Callable[[], datetime],
) -> Starlette:
    """The HTTP application: health, metrics, calendars, other channels' `routes`, and the chat page when `chat` is on.

    `personas` is for a demo only: whoever opens the page chooses who to be. `ready` says why there should be
    no traffic, and `ailing` what else does not work.
    `app.state.close()` ends the open streams; a server calls it when it shuts down. `app.state.channel` is the chat
    as bot.delivery knows channels.
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
    page = _Chat(conversation, log, Door(secret_key, base_url, secure_cookies, now), personas, now)
    app = Starlette(
        routes=[*health, calendar_route(conversation.calendar), *routes, *(page.routes() if chat else ())],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={HTTPException: refused, Exception: broken},
    )
    app.router.redirect_slashes = False  # it would lead to whatever host the request names
    app.state.close, app.state.channel = page.live.close, page
    return app


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


class _Chat:
    """The chat's routes around one conversation."""

    def __init__(
        self,
        conversation: Conversation,
        log: ChatLog,
        door: Door,
        personas: Callable[[], Sequence[Persona]] | None,
        now: Callable[[], datetime],
    ) -> None:
        self._conversation, self._log, self._door, self._personas, self._now = (
            conversation,
            log,
            door,
            personas,
            now,
        )
        self._limits = Limits()
        self._uploads = asyncio.Semaphore(8)  # files in memory at a time
        self._sending: Counted[str] = Counted()  # files on their way, by address
        self._logged: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._files = {path.name: path.read_bytes() for path in PAGE.iterdir()}
        self.live = Live(self._state, now)
        conversation.subscribe(self.live.changed)

    def routes(self) -> list[Route]:
        """Every route of the chat; the personas' only in a demo."""

        def route(
            path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str = "GET"
        ) -> Route:
            async def guarded(request: Request) -> Response:
                self._door.check_host(request)
                if method == "POST":
                    self._door.check_origin(request)
                return await endpoint(request)

            return Route(path, guarded, methods=[method])

        return [
            route("/", self._home),
            route("/static/{name}", self._static),
            route("/say", self._say, "POST"),
            route("/upload", self._upload, "POST"),
            route("/events", self._events),
            route("/file", self._file),
            route("/join", self._typed_code),
            route("/join/{code}", self._invited),
            route("/join/{code}", self._join, "POST"),
            *(
                [route("/demo", self._demo), route("/demo/{n}", self._become, "POST")]
                if self._personas
                else []
            ),
        ]

    # --- reminding ---

    way = "请从首页打开这一项再填。"  # a bubble has no buttons

    async def turn(self, address: str) -> None:
        """A page may get a message at any time."""

    async def push(self, address: str, message: Message, *, stands: bool) -> None:
        """A bubble in the log, and the screen that stands now on every open page."""
        await asyncio.to_thread(self._log.append, address, False, message.title, message.lines, self._now())
        self.live.reseat(address)

    # --- pages ---

    async def _home(self, request: Request) -> Response:
        visitor = self._visitor(request)
        picker, person = "", None
        if self._personas is not None:
            if visitor is None or visitor.expired:
                return RedirectResponse("/demo", 303)
            names = [person.name for person in await self._people() if person.address == visitor.address]
            picker = f'<span>{escape("".join(names))}</span> <a href="/demo">换个身份</a>'
        if visitor is not None:
            me = await asyncio.to_thread(self._conversation.who, "web", visitor.address)
            if visitor.expired and me.person_id is not None:
                return self._show(visitor, expired(me.name), "")
            if me.person_id is not None:
                await asyncio.to_thread(self._conversation.visited, "web", visitor.address)
            visitor, person = replace(visitor, expired=False), me.person_id
        visitor = visitor or Visitor(new_address())
        return self._page("chat.html", visitor, picker=picker, who=who_is(visitor.address, person))

    async def _static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._files or Path(name).suffix not in TYPES:
            raise HTTPException(404)
        tag = f'"{hashlib.sha256(self._files[name]).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(self._files[name], media_type=TYPES[Path(name).suffix], headers=headers)

    async def _typed_code(self, request: Request) -> Response:
        """A code typed on a page without a script."""
        self._visitor(request)
        code = "".join(re.findall(r"[0-9A-Za-z]+", halfwidth(request.query_params.get("code", ""))))[:64]
        return RedirectResponse(f"/join/{code or '-'}", 303)

    async def _invited(self, request: Request) -> Response:
        """What a code gives. Nothing happens before a button is pressed: a preview of a link uses up no code."""
        self._door.check_look(request)
        code, visitor = _code(request), self._visitor(request)
        offer = await asyncio.to_thread(
            self._conversation.offer,
            "web",
            visitor.address if visitor else "",
            code,
            network=network(request),
            expired=visitor is not None and visitor.expired,
        )
        return self._show(visitor, offer, code)

    async def _join(self, request: Request) -> Response:
        code, (visitor, form) = _code(request), await self._form(request)
        self._limits.check("join", request, visitor.address)
        who, key = form.get("who", [""])[0], key_in(form.get("key", [""])[0])
        if who not in ("new", "me"):
            return RedirectResponse(f"/join/{code}", 303)
        fresh = self._door.fresh(visitor.address, key) if who == "new" else ""
        entry = Entry("web", visitor.address, key, code, fresh, visitor.expired, network(request))
        async with self.live.order(visitor.address):
            entered = await asyncio.to_thread(self._enter, entry)
        if entered.refusal:
            return self._show(visitor, no_offer(entered.refusal), code)
        self.live.reseat(visitor.address)
        response = RedirectResponse("/", 303)
        self._door.admit(response, entered.address, visitor.since)
        return response

    def _enter(self, entry: Entry) -> Entered:
        """Let somebody in; the receipt stays in their log. Blocks."""
        entered = self._conversation.enter(entry)
        if entered.receipt is not None:
            receipt = entered.receipt
            self._log.append(entered.address, False, receipt.title, receipt.lines, self._now())
        return entered

    def _show(self, visitor: Visitor | None, offer: Offer, code: str) -> Response:
        """An offer as a page that needs no script."""
        home = visitor is None or not visitor.expired
        shape = offer_shape(offer, home=home)
        visitor = visitor or Visitor(new_address())
        return self._page("join.html", visitor, **shape, action=f"/join/{code}", key=uuid4().hex)

    async def _demo(self, request: Request) -> Response:
        people = enumerate(await self._people())
        button = '<button name="n" formaction="/demo/{}"><b>{}</b><span>{}</span></button>'
        buttons = [button.format(n, escape(person.name), escape(person.words)) for n, person in people]
        visitor = self._visitor(request) or Visitor(new_address())
        return self._page("demo.html", visitor, buttons="\n".join(buttons), key=uuid4().hex)

    async def _become(self, request: Request) -> Response:
        await self._form(request)
        people = {str(n): person for n, person in enumerate(await self._people())}
        chosen = people.get(request.path_params["n"])
        if chosen is None:
            raise HTTPException(404)
        response = RedirectResponse("/", 303)
        self._door.admit(response, chosen.address)
        return response

    def _visitor(self, request: Request) -> Visitor | None:
        """Who looks at a page; whoever looks too often is refused."""
        visitor = self._door.visitor(request)
        self._limits.check("look", request, visitor.address if visitor else None)
        return visitor

    async def _people(self) -> Sequence[Persona]:
        """Whom one can be in the demo."""
        return await asyncio.to_thread(self._personas) if self._personas else ()

    def _page(self, name: str, visitor: Visitor, **values: str) -> Response:
        """A page from its template; the visitor gets a fresh cookie, unless that could cost a login."""
        token = self._door.token(visitor.address)
        response = Response(
            Template(self._files[name].decode()).substitute(values, token=token), media_type="text/html"
        )
        if not (visitor.expired or visitor.contested):
            self._door.admit(response, visitor.address, visitor.since)
        return response

    async def _form(self, request: Request) -> tuple[Visitor, dict[str, list[str]]]:
        """The visitor, and what is in a form that our page sent."""
        form = parse_qs((await body_within(request, JSON_LIMIT) or b"").decode("ascii", "replace"))
        return self._door.check_token(request, form.get("token", [""])[0]), form

    # --- what the page's script asks ---

    async def _say(self, request: Request) -> Response:
        address = self._sender(request, "say")
        body = await body_within(request, JSON_LIMIT)
        if body is None:
            raise HTTPException(413, "文字太长了，请分几次发送。")
        event = event_in(address, body)
        event = replace(event, fresh=self._door.fresh(address, event.key) if event.text else "")
        said = (event.text,) if event.text else ()
        return await self._answer(event, request, said)

    async def _upload(self, request: Request) -> Response:
        address = self._sender(request, "upload")
        key, group = key_in(request.headers.get("x-chat-key", "")), request.headers.get("x-chat-group")
        group = None if group is None else key_in(group)
        name = clean(unquote(request.headers.get("x-file-name", ""))).replace("\\", "/").rpartition("/")[2]
        name = name[-200:]
        mime = request.headers.get("content-type", "").partition(";")[0].strip().lower()[:100]
        said = (f"📎 {name or '未命名'}",)
        if not (
            await asyncio.to_thread(self._conversation.who, "web", address)
        ).known:  # nothing of theirs is read
            return await self._answer(Event("web", address, key, unreadable="other"), request, said)
        if self._sending[address] >= FILES_AT_ONCE:
            raise HTTPException(429, "前面的文件还没有发完，请稍等再发。", {"Retry-After": "5"})
        self._sending[address] += 1
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
            self._sending[address] -= 1
            self._sending += Counted()  # forget who sends nothing

    async def _events(self, request: Request) -> Response:
        address = self._door.inside(request)
        self._limits.check("look", request, address)
        if address is None:
            why = self._door.why_unknown(request)
            if "text/event-stream" not in request.headers.get("accept", ""):
                raise HTTPException(401, why)
            return Response(b"event: refused\ndata: %s\n\n" % as_json(why), media_type="text/event-stream")
        stranger = not (await asyncio.to_thread(self._conversation.who, "web", address)).known
        if self.live.full:
            raise HTTPException(503, "打开的页面太多了，请稍后再试。", {"Retry-After": "30"})
        stream = self.live.stream(address, request.query_params.get("tab", "")[:64], stranger=stranger)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def _file(self, request: Request) -> Response:
        """The attachment of the screen that stands at the visitor's address, and of no other."""
        address = self._door.inside(request)
        self._limits.check("look", request, address)
        if address is None:
            raise HTTPException(404)
        found = (await asyncio.to_thread(self._conversation.look, "web", address)).screen.attachment
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
        return Response(found.data, headers=headers)

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
                answer, reply = await asyncio.to_thread(self._hear, event, said)
        if reply.commands is not None:
            self.live.reseat(event.address)
        SECONDS.labels(kind).observe(perf_counter() - start)
        response = Response(answer, media_type="application/json")
        if reply.at:
            self._door.admit(response, reply.at)
        return response

    def _hear(self, event: Event, said: tuple[str, ...]) -> tuple[bytes, Reply]:
        """The answer as JSON; the log keeps what was said. Blocks."""
        at = self._now()
        reply = self._conversation.hear(event)
        lines: list[tuple[bool, str, Sequence[Line]]] = [(True, "", said)] if said else []
        if reply.receipt is not None:
            lines.append((False, reply.receipt.title, reply.receipt.lines))
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
        answer = {"turn": turn, "screen": screen_shape(reply.screen), "toast": reply.toast, "log": shown}
        if reply.commands is not None:  # somebody may be here now, or nobody any more
            person = self._conversation.who("web", event.address).person_id
            answer["who"] = who_is(event.address, person)
        if reply.at or reply.opens:
            answer["go"] = "/" if reply.at else f"/join/{reply.opens}"
        return as_json(answer), reply

    def _remember(self, event: Event) -> None:
        self._logged[event.address, event.key] = None
        if len(self._logged) > REMEMBERED:
            self._logged.popitem(last=False)

    def _state(self, address: str) -> tuple[bytes, frozenset[str]]:
        """What a page of this address should show now, and the topics it watches. Blocks."""
        topics = self._conversation.watches("web", address)
        seen = self._conversation.look("web", address)
        said = () if seen.stranger else self._log.recent(address, LOG_LIMIT)
        log = [bubble_shape(b.mine, b.title, b.lines, b.at) for b in said]
        state = {"who": who_is(address, seen.person), "screen": screen_shape(seen.screen), "log": log}
        return as_json(state), topics


def _code(request: Request) -> str:
    code: str = request.path_params["code"]
    if not CODE.fullmatch(code):
        raise HTTPException(404, "这个邀请链接不完整，请重新打开。")
    return code
