"""The pages themselves: the chat's, an invitation's, the demo's. All but the first need no script."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, quote
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.actions import Home, wire
from bot.channels.channel import Talk
from bot.channels.limits import Limits, body_within, network
from bot.channels.web.chat import ChatLog
from bot.channels.web.guard import Door, Visitor, new_address
from bot.channels.web.live import Live
from bot.channels.web.shape import (
    key_in,
    offer_shape,
    who_is,
)
from bot.conversation import Entered, Entry
from bot.message import Offer
from bot.screens.joining import expired, in_messenger, no_offer

FORM_LIMIT = 64 * 1024  # bytes
PAGE = Path(__file__).parent / "page"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
CODE_LIMIT = 200  # characters of what may be a code, with what was copied along
MESSENGERS = {
    "wxwork": "企业微信",
    "MicroMessenger": "微信",
    "DingTalk": "钉钉",
    " QQ/": "QQ",
    "Weibo": "微博",
}
"""What the browsers that are part of messengers say of themselves, the first that fits."""


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to try the bot as, in a demo: an address (ASCII), a name, and the role in words."""

    address: str
    name: str
    words: str


class PageRoutes:
    """What is answered with a page, and what its forms send."""

    def __init__(
        self,
        talk: Talk,
        log: ChatLog,
        door: Door,
        limits: Limits,
        live: Live,
        personas: Callable[[], Sequence[Persona]] | None,
        now: Callable[[], datetime],
        elsewhere: Mapping[str, str],
    ) -> None:
        self._elsewhere = elsewhere
        self._talk, self._log, self._door, self._limits, self._now = talk, log, door, limits, now
        self._live, self._personas = live, personas
        self._files = {path.name: path.read_bytes() for path in PAGE.iterdir()}

    async def home(self, request: Request) -> Response:
        visitor = self._visitor(request)
        picker, person = "", None
        if self._personas is not None:
            if visitor is None or visitor.expired:
                return RedirectResponse("/demo", 303)
            names = [person.name for person in await self._people() if person.address == visitor.address]
            picker = f'<span>{escape("".join(names))}</span> <a href="/demo">换个身份</a>'
        if visitor is not None:
            me = await asyncio.to_thread(self._talk.who, "web", visitor.address)
            if visitor.expired and me.person_id is not None:
                return self._show(visitor, expired(me.name))
            if me.person_id is not None:
                await asyncio.to_thread(self._talk.visited, "web", visitor.address)
            visitor, person = replace(visitor, expired=False), me.person_id
        visitor = visitor or Visitor(new_address())
        return self._page(
            "chat.html", visitor, picker=picker, first=wire(Home()), who=who_is(visitor.address, person)
        )

    async def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._files or Path(name).suffix not in TYPES:
            raise HTTPException(404)
        tag = f'"{hashlib.sha256(self._files[name]).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(self._files[name], media_type=TYPES[Path(name).suffix], headers=headers)

    async def typed_code(self, request: Request) -> Response:
        """A code typed on a page without a script."""
        return await self._offered(request, request.query_params.get("code", ""))

    async def invited(self, request: Request) -> Response:
        """What the code of a link gives."""
        return await self._offered(request, _code(request))

    async def _offered(self, request: Request, code: str) -> Response:
        """What a code gives. Nothing happens before a button is pressed: a preview of a link uses up no code."""
        self._door.check_look(request)
        visitor = self._visitor(request)
        offer = await asyncio.to_thread(
            self._talk.offer,
            "web",
            visitor.address if visitor else "",
            code[:CODE_LIMIT],
            network=network(request),
            expired=visitor is not None and visitor.expired,
        )
        within = messenger(request)
        if within and offer.ways:
            offer = replace(offer, lines=(*offer.lines, in_messenger(within)))
        return self._show(visitor, offer)

    async def join(self, request: Request) -> Response:
        code, (visitor, form) = _code(request), await self._form(request)
        self._limits.check("join", request, visitor.address)
        who, key = form.get("who", [""])[0], key_in(form.get("key", [""])[0])
        if who not in ("new", "me"):
            return RedirectResponse(f"/join/{quote(code)}", 303)
        fresh = self._door.fresh(visitor.address, key) if who == "new" else ""
        entry = Entry("web", visitor.address, key, code, fresh, visitor.expired, network(request))
        async with self._live.order(visitor.address):
            entered = await asyncio.to_thread(self._enter, entry)
        if entered.refusal:
            return self._show(visitor, no_offer(*entered.refusal))
        self._live.reseat(visitor.address)
        response = RedirectResponse("/", 303)
        self._door.admit(response, entered.address, visitor.since)
        return response

    def _enter(self, entry: Entry) -> Entered:
        """Let somebody in; the receipt stays in their log. Blocks."""
        entered = self._talk.enter(entry)
        if entered.receipt is not None:
            receipt = entered.receipt
            self._log.append(entered.address, False, receipt.title, receipt.lines, self._now())
        return entered

    def _show(self, visitor: Visitor | None, offer: Offer) -> Response:
        """An offer as a page that needs no script."""
        home = visitor is None or not visitor.expired
        shape = offer_shape(offer, home=home)
        visitor = visitor or Visitor(new_address())
        return self._page("join.html", visitor, **shape, key=uuid4().hex)

    async def demo(self, request: Request) -> Response:
        people = enumerate(await self._people())
        button = '<button name="n" formaction="/demo/{}"><b>{}</b><span>{}</span></button>'
        buttons = [button.format(n, escape(person.name), escape(person.words)) for n, person in people]
        links = "".join(f'<p><a href="{to}">{words}</a></p>' for to, words in self._elsewhere.items())
        visitor = self._visitor(request) or Visitor(new_address())
        return self._page("demo.html", visitor, buttons="\n".join(buttons), elsewhere=links, key=uuid4().hex)

    async def become(self, request: Request) -> Response:
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
        form = parse_qs((await body_within(request, FORM_LIMIT) or b"").decode("ascii", "replace"))
        return self._door.check_token(request, form.get("token", [""])[0]), form


def _code(request: Request) -> str:
    """What stands in the place of a link's code, whatever was copied along with it."""
    code: str = request.path_params["code"]
    return code[:CODE_LIMIT]


def messenger(request: Request) -> str:
    """The messenger in whose own browser a page is opened; empty where it is none that we know."""
    agent = request.headers.get("user-agent", "")
    return next((name for mark, name in MESSENGERS.items() if mark in agent), "")
