"""The pages of the demo: who works in the invented enterprise, and the chat of each with the bot.

A page asks each second whether its chat has changed. Only pages of this program may do anything: whoever they are is in
the address, for all of it is invented.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from html import escape
from pathlib import Path
from string import Template
from time import monotonic
from urllib.parse import quote, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.limits import body_within
from bot.channels.wecom.bot.allowance import WAITING
from bot.channels.wecom.demo.drawing import message_html
from bot.channels.wecom.tenant import Tenant
from bot.channels.wecom.tenant.chats import Chat
from bot.channels.wecom.tenant.people import Person

PATH = "/wecom"
PAGE = Path(__file__).parent / "page"
TYPES = {".css": "text/css", ".js": "text/javascript"}
PICTURES = ("image/jpeg", "image/png")
NEWEST = 100  # messages of a chat that are drawn
TEXT_LIMIT, FILE_LIMIT = 64 * 1024, 100 * 1024 * 1024  # bytes; WeCom takes files of 100 MB
STRANGER = ("new-colleague", "新同事", "还没有绑定，可以试试邀请码")
NOT_OURS = "这个请求不是从本页面发出的，没有执行。"

Colleague = tuple[str, str, str]
"""Somebody to try WeCom as: the userid, the name, and what they do."""


class Pages:
    """What is answered with a page, and what its script asks and sends."""

    def __init__(
        self, tenant: Tenant, people: Callable[[], Sequence[Colleague]], bind: Callable[[str], None]
    ) -> None:
        self._tenant, self._people, self._bind = tenant, people, bind
        self._files = {path.name: path.read_bytes() for path in PAGE.iterdir()}
        self._userids = set[str]()

    def routes(self) -> list[Route]:
        """All of them."""
        chat = f"{PATH}/as/{{who}}"
        return [
            Route(PATH, self._everybody),
            Route(f"{PATH}/look/{{name}}", self._static),
            Route(chat, self._chat),
            Route(f"{chat}/messages", self._messages),
            Route(f"{chat}/file/{{n:int}}", self._file),
            self._done(f"{chat}/enter", self._enter),
            self._done(f"{chat}/say", self._say),
            self._done(f"{chat}/press", self._press),
            self._done(f"{chat}/send", self._send),
        ]

    async def open_chats(self) -> None:
        """Let everybody have written to the bot before: only then may it write to them."""
        self._userids = {userid for userid, *_ in await self._colleagues()}
        for userid in self._userids:
            self._tenant.person(userid).chat.opened = True

    # --- pages -----------------------------------------------------------------------------------------------

    async def _everybody(self, _: Request) -> Response:
        link = '<a href="{}/as/{}"><b>{}</b><span>{}</span></a>'
        links = [
            link.format(PATH, quote(userid), escape(name), escape(words))
            for userid, name, words in await self._colleagues()
        ]
        return self._page("people.html", people="\n".join(links))

    async def _chat(self, request: Request) -> Response:
        names = {userid: name for userid, name, _ in await self._colleagues()}
        name = names.get(request.path_params["who"])
        if name is None:
            raise HTTPException(404)
        return self._page("chat.html", name=escape(name))

    async def _static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._files or Path(name).suffix not in TYPES:
            raise HTTPException(404)
        return Response(self._files[name], media_type=TYPES[Path(name).suffix])

    async def _messages(self, request: Request) -> Response:
        """The newest messages, each a list item; nothing when the page has them already (`seen`)."""
        who = self._person(request)
        shown = who.chat.shown
        first = max(0, len(shown) - NEWEST)
        place = f"{PATH}/as/{quote(who.userid)}/file"
        drawn = "\n".join(
            message_html(one, n, f"{place}/{n}") for n, one in enumerate(shown[first:], start=first)
        )
        tag = hashlib.sha256(drawn.encode()).hexdigest()[:16]
        headers = {"X-Seen": tag, "X-Full": "1" if _is_full(who.chat) else "0"}
        if request.query_params.get("seen") == tag:
            return Response(status_code=204, headers=headers)
        return Response(drawn, media_type="text/html", headers=headers)

    async def _file(self, request: Request) -> Response:
        who = self._person(request)
        shown = who.chat.shown[request.path_params["n"] : request.path_params["n"] + 1]
        if not shown or not shown[0].file_name:
            raise HTTPException(404)
        [one] = shown
        kind = "inline" if one.kind == "image" else "attachment"
        return Response(
            one.data,
            media_type="image/jpeg" if one.kind == "image" else "application/octet-stream",
            headers={"Content-Disposition": f"{kind}; filename*=UTF-8''{quote(one.file_name)}"},
        )

    # --- what people do --------------------------------------------------------------------------------------

    async def _enter(self, request: Request) -> None:
        """The chat is opened, for the first time since this program runs."""
        who = self._person(request)
        if who.userid != STRANGER[0]:
            await asyncio.to_thread(self._bind, who.userid)
        if not who.chat.shown:
            await who.enter()

    async def _say(self, request: Request) -> None:
        """A text, perhaps quoting a message, or spoken."""
        who = self._person(request)
        text = (await self._body(request, TEXT_LIMIT)).decode(errors="replace").strip()
        if not text:
            return
        if "spoken" in request.query_params:
            await who.speak(text)
        elif quotes := request.query_params.get("quotes", ""):
            await who.say(text, who.chat.shown[_number(quotes, len(who.chat.shown))])
        else:
            await who.say(text)

    async def _press(self, request: Request) -> None:
        """A button on a card."""
        who, asked = self._person(request), request.query_params
        shown = who.chat.shown[_number(asked.get("card", ""), len(who.chat.shown))]
        if asked.get("key") not in shown.buttons.values():
            raise HTTPException(400, "这个按钮已经变了，请看新的卡片。")
        await who.press(shown, asked["key"])

    async def _send(self, request: Request) -> None:
        """A picture or a file."""
        who, name = self._person(request), request.query_params.get("name", "")[:200] or "文件"
        data = await self._body(request, FILE_LIMIT)
        if request.headers.get("content-type") in PICTURES:
            await who.send_picture(data, name)
        else:
            await who.send_file(name, data)

    # --- each of them ----------------------------------------------------------------------------------------

    def _done(self, path: str, do: Callable[[Request], Awaitable[None]]) -> Route:
        async def answered(request: Request) -> Response:
            _check_ours(request)
            await self._tenant.until(lambda: self._tenant.subscriptions)  # nothing is told twice
            await do(request)
            return Response(status_code=204)

        return Route(path, answered, methods=["POST"])

    def _person(self, request: Request) -> Person:
        userid = request.path_params["who"]
        if userid not in self._userids:
            raise HTTPException(404)
        return self._tenant.person(userid)

    async def _colleagues(self) -> list[Colleague]:
        return [*await asyncio.to_thread(self._people), STRANGER]

    async def _body(self, request: Request, limit: int) -> bytes:
        body = await body_within(request, limit)
        if body is None:
            raise HTTPException(413, "太大了，企业微信发不出去。")
        return body

    def _page(self, file: str, **values: str) -> Response:
        return Response(Template(self._files[file].decode()).substitute(values), media_type="text/html")


def _number(text: str, below: int) -> int:
    """The number of a message."""
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) >= below:
        raise HTTPException(400, "没有这条消息，请刷新页面。")
    return int(text)


def _is_full(chat: Chat) -> bool:
    """Whether the bot has to wait before it may send more here."""
    most, span = WAITING[0]
    return sum(at > monotonic() - span for at in chat.sent) >= most


def _check_ours(request: Request) -> None:
    """Refuse what another site's page sent."""
    origin, host = request.headers.get("origin", ""), request.headers.get("host", "")
    if (
        urlsplit(origin).netloc != host
        or request.headers.get("sec-fetch-site", "same-origin") != "same-origin"
    ):
        raise HTTPException(403, NOT_OURS)
