"""WeCom's server API on loopback and the members behind it, for tests of an app.

It keeps the limits of https://developer.work.weixin.qq.com/document/path/90236 and its codes, is strict where a page
leaves something open, and can be told to fail. What vanishes there without a word vanishes here, too.
"""

import asyncio
import json
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

from aiohttp import web

from bot.channels.wecom import limits
from tests.wecom_members import Media, Member, Shown

Json = dict[str, Any]

CORP, AGENT, SECRET = "wwEXAMPLE0000000001", 1000002, "an-app-secret-that-no-log-may-show"
CODE, MEDIA = 72 * 3600.0, 3 * 86_400.0  # seconds
TEXT = 2048  # bytes
MB = 1024 * 1024
LARGEST = {"image": 10 * MB, "voice": 2 * MB, "video": 10 * MB, "file": 20 * MB}  # bytes
ESCAPE = re.compile(rb"\\u[0-9a-fA-F]{4}")
FILE_NAME = re.compile(rb'filename="([^"\r\n]*)"')


class RefusedError(Exception):
    """What is answered instead: a code and a text for people."""

    def __init__(self, code: int, errmsg: str = "") -> None:
        super().__init__(errmsg)
        self.code, self.errmsg = code, errmsg or f"error {code}"


@dataclass(frozen=True)
class Fault:
    """One call that goes wrong: with a code, a page instead of JSON, or no answer, perhaps `after` its effect."""

    code: int = 0
    errmsg: str = ""
    page: int = 0
    drop: bool = False
    after: bool = False
    until: asyncio.Event | None = None


class WeComApi:
    """The server: `async with WeComApi() as api`, `api.member("ZhangSan")`, `api.fail("gettoken", Fault(-1))`."""

    def __init__(self, seconds: Callable[[], float] = lambda: 0.0) -> None:
        self.seconds, self.url = seconds, ""
        self.calls: Counter[str] = Counter()
        self.refused: list[tuple[str, int, str]] = []
        self.members: dict[str, Member] = {}
        self.media: dict[str, Media] = {}
        self.menu: Json = {}
        self.lasts = 7200
        self._changed = asyncio.Event()
        self.at_once = self.most_at_once = 0
        self._tokens: dict[str, float] = {}
        self._codes: dict[str, tuple[Member, Shown, float]] = {}
        self._task_ids: set[str] = set()
        self._said: dict[tuple[str, str], float] = {}
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=32 * MB)
        app.router.add_route("*", "/cgi-bin/{call:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def member(self, userid: str) -> Member:
        """Somebody in the app's visible range; userids differ in more than capitals."""
        return self.members.setdefault(userid.lower(), Member(userid))

    def fail(self, call: str, *faults: Fault) -> None:
        """Let the next calls of this go wrong, one after the other; Fault() is one that goes well."""
        self._faults[call].extend(faults)

    async def busy(self, calls: int) -> None:
        """Wait until so many calls are being answered at the same time."""
        while self.at_once < calls:
            self._changed.clear()
            await self._changed.wait()

    def expire(self) -> None:
        """All tokens that were given are over."""
        self._tokens = dict.fromkeys(self._tokens, -1.0)

    def receive(self, kind: str, name: str, data: bytes) -> str:
        """A member sends a file to the app; its media_id."""
        media_id = uuid4().hex
        self.media[media_id] = Media(kind, name, data, self.seconds())
        return media_id

    def click(self, member: Member) -> str:
        """The response_code that comes with a press on the newest card of a member."""
        card = next(shown for shown in reversed(member.messages) if shown.kind == "template_card")
        return self.code(member, card)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        call = request.match_info["call"]
        self.calls[call] += 1
        self.at_once += 1
        self._changed.set()
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._faulty(call, request)
        finally:
            self.at_once -= 1

    async def _faulty(self, call: str, request: web.Request) -> web.StreamResponse:
        fault = self._faults[call].popleft() if self._faults[call] else Fault()
        body = await request.read()
        if fault.until is not None:
            await fault.until.wait()
        if fault.page:
            return web.Response(status=fault.page, text="<html>a proxy</html>")
        try:
            if fault.code:
                raise RefusedError(fault.code, fault.errmsg)
            answer = {} if fault.drop and not fault.after else self._called(call, request, body)
        except RefusedError as refused:
            self.refused.append((call, refused.code, refused.errmsg))
            return web.json_response({"errcode": refused.code, "errmsg": refused.errmsg})
        if fault.drop and request.transport is not None:
            request.transport.abort()
        if isinstance(answer, Media):  # the name as it is, in UTF-8
            disposition = f'attachment; filename="{answer.name}"'
            return web.Response(body=answer.data, headers={"Content-Disposition": disposition})
        return web.json_response({"errcode": 0, "errmsg": "ok", **answer})

    def _called(self, call: str, request: web.Request, body: bytes) -> Json | Media:
        query = request.query
        if call == "gettoken":
            return self._get_token(query.get("corpid", ""), query.get("corpsecret", ""))
        token = query.get("access_token", "")
        if token not in self._tokens:
            raise RefusedError(40014 if token else 41001)
        if self._tokens[token] <= self.seconds():
            raise RefusedError(42001)
        match request.method, call:
            case "GET", "agent/get":
                check(query.get("agentid") == str(AGENT), 40056)
                return {"agentid": AGENT, "name": "星级党支部"}
            case "GET", "media/get":
                return self._media(query.get("media_id", ""))
            case "POST", "media/upload":
                return self._upload(query.get("type", ""), request, body)
            case "POST", "menu/create":
                check(query.get("agentid") == str(AGENT), 40056)
                return self._menu(json_in(body))
            case "POST", "message/send":
                return self._send(json_in(body))
            case "POST", "message/update_template_card":
                return self._update(json_in(body))
        raise RefusedError(40066, "invalid url")

    def _get_token(self, corp: str, secret: str) -> Json:
        check(corp == CORP, 40013)
        check(secret == SECRET, 40001)
        token = f"token-that-no-log-may-show-{uuid4().hex}"
        self._tokens[token] = self.seconds() + self.lasts
        return {"access_token": token, "expires_in": self.lasts}

    def _send(self, body: Json) -> Json:
        check(body.get("agentid") == AGENT and type(body["agentid"]) is int, 40056)
        kind = body.get("msgtype")
        if kind not in ("text", "markdown", "image", "file", "template_card"):
            raise RefusedError(40008)
        content = body.get(kind)
        check(isinstance(content, dict), 40035)
        assert isinstance(content, dict)
        named = str(body.get("touser", "")).split("|")
        found = {name: self.members.get(name.lower()) for name in named}
        missed = sorted(name.lower() for name, member in found.items() if member is None)
        check(len(missed) < len(found), 81013)
        if kind == "template_card":
            self._check_card(content)
            check(content.get("task_id") not in self._task_ids, 42014)
            self._task_ids |= {content["task_id"]} if "task_id" in content else set()
        elif kind in ("image", "file"):
            check(self._media(str(content.get("media_id"))).kind == kind, 40007)
        else:
            text = content.get("content")
            check(isinstance(text, str) and text != "", 44004)
            check(kind == "text" or len(str(text).encode()) <= TEXT, 45002)
        codes = [self._show(member, kind, content, body) for member in found.values() if member]
        return {"invaliduser": "|".join(missed), "msgid": uuid4().hex, "response_code": codes[0]}

    def _show(self, member: Member, kind: str, content: Json, body: Json) -> str:
        now = self.seconds()
        if body.get("enable_duplicate_check"):
            same = (member.userid, json.dumps([kind, content], sort_keys=True))
            if now < self._said.get(same, -1.0):
                return ""
            self._said[same] = now + body.get("duplicate_check_interval", 1800)
        shown = Shown(kind, content, now)
        if not member.take(shown):
            return ""
        return self.code(member, shown) if content.get("card_type") in limits.ANSWERS else ""

    def code(self, member: Member, shown: Shown) -> str:
        """A response_code that changes a card once."""
        code = uuid4().hex
        self._codes[code] = member, shown, self.seconds()
        return code

    def _update(self, body: Json) -> Json:
        check(body.get("agentid") == AGENT, 40056)
        userids = body.get("userids")
        check(isinstance(userids, list) and len(userids) > 0, 40035)
        assert isinstance(userids, list)
        member, shown, at = self._codes.pop(body.get("response_code", ""), (None, None, 0.0))
        if member is None or shown is None or self.seconds() > at + CODE:
            raise RefusedError(60140)
        missed = [one.lower() for one in userids if one.lower() != member.userid.lower()]
        if "button" in body:
            check(bool(body["button"].get("replace_name")), 40035)
            shown.content = {**shown.content, "replace_text": body["button"]["replace_name"]}
        else:
            card = body.get("template_card")
            check(isinstance(card, dict), 40035)
            assert isinstance(card, dict)
            check(not any("url" in button for button in card.get("button_list", ())), 42039)
            self._check_card(card)
            shown.content = {**card, "task_id": shown.content["task_id"]}
        return {"invaliduser": missed}

    def _check_card(self, card: Json) -> None:
        """The limits of a card: those that the bot checks by itself, with the codes of the server."""
        wrong = limits.broken(card, limits.APP)
        for where, code in (("task_id", 42014), ("main_title.title: missing", 41016), ("", 40058)):
            if found := [one for one in wrong if one.startswith(where)]:
                raise RefusedError(code, found[0])

    def _upload(self, kind: str, request: web.Request, body: bytes) -> Json:
        check(kind in LARGEST, 40004)
        name, data = file_in(request, body)
        check(5 < len(data) <= LARGEST[kind], 40006)
        media_id = self.receive(kind, name, data)
        return {"type": kind, "media_id": media_id, "created_at": "1380000000"}

    def _media(self, media_id: str) -> Media:
        media = self.media.get(media_id)
        if media is None or self.seconds() > media.at + MEDIA:
            raise RefusedError(40007)
        return media

    def _menu(self, menu: Json) -> Json:
        buttons = menu.get("button", [])
        check(1 <= len(buttons) <= 3, 40016)
        for button in buttons:
            check(0 < len(button["name"].encode()) <= 16, 40018)
            inside = button.get("sub_button", [])
            check(len(inside) <= 5, 40023)
            for one in inside or [button]:
                check(one.get("type") in ("click", "view"), 40017)
                check(len(one["name"].encode()) <= 40, 40018)
                check(0 < len(one.get("key", one.get("url", "")).encode()) <= 128, 40019)
        self.menu = menu
        return {}


def file_in(request: web.Request, body: bytes) -> tuple[str, bytes]:
    """The name and the bytes of a file that is handed over in a form."""
    check(request.content_type == "multipart/form-data", 41005)
    head, _, rest = body.partition(b"\r\n\r\n")
    check(b'name="media"' in head, 41005)
    name = FILE_NAME.search(head)
    if name is None or b"filename*" in head:  # RFC 2231 is not understood
        raise RefusedError(44001, "empty media data")
    boundary = head.partition(b"\r\n")[0]
    return name[1].decode(), rest.rpartition(b"\r\n" + boundary)[0]


def check(right: bool, code: int) -> None:
    """Refuse what is not right."""
    if not right:
        raise RefusedError(code)


def json_in(body: bytes) -> Json:
    """An object of JSON, its letters as they are."""
    check(not ESCAPE.search(body), 40033)
    try:
        found = json.loads(body)
    except ValueError:
        raise RefusedError(47001) from None
    check(isinstance(found, dict), 47001)
    return dict(found)
