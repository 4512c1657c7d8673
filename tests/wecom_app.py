"""Somebody with WeCom on the phone, in the chat of an app: what they do is told over HTTP, signed and encrypted."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import httpx

from bot.channels.channel import Talk
from bot.channels.server import Server, application
from bot.channels.wecom import limits
from bot.channels.wecom.app.api import Api
from bot.channels.wecom.app.channel import PATH, App
from bot.channels.wecom.crypto import Seal, Sealed
from bot.channels.wecom.tenant.chats import Shown
from tests import wecom
from tests.conftest import NOW
from tests.phone import World
from tests.wecom_api import AGENT, CORP, SECRET, WeComApi
from tests.wecom_members import Shown as Message

TOKEN, KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"  # of Tencent's own example
SEAL = Seal.of(TOKEN, KEY, CORP)
MANY = ("horizontal_content_list", "button_list")
NUMBERS = ("style", "type")
NUMBER = itertools.count(7_000_000_000_000_000_000)


@asynccontextmanager
async def running(talk: Talk, there: WeComApi) -> AsyncIterator["Tencent"]:
    """The channel as the program runs it, and the side that calls it."""
    app = app_of(talk, there, NOW)
    listening = socket.create_server(("127.0.0.1", 0))
    web = application(app.routes(), calendar=lambda _: None, ready=list, ailing=list)
    server = Server(web)
    tasks = [asyncio.create_task(server.serve(sockets=[listening])), asyncio.create_task(app.run())]
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        async with asyncio.timeout(30), httpx.AsyncClient(base_url=url, trust_env=False) as http:
            side = Tencent(there, http, lambda: NOW, app)
            await side.until(lambda: bool(there.menu) and server.started)
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
            side.http = http
            yield side
    finally:
        tasks[1].cancel()
        server.should_exit = True
        await asyncio.gather(*tasks, return_exceptions=True)
        await app.close()


def app_of(talk: Talk, there: WeComApi, now: datetime) -> App:
    """The channel, which calls this server."""
    api = Api(there.url, CORP, AGENT, SECRET, pause=0.01)
    return App(talk, api, SEAL, AGENT, lambda: now, page="https://bot.example.cn")


class Tencent:
    """What tells the app what its members do, and takes its answers."""

    def __init__(
        self, api: WeComApi, http: httpx.AsyncClient, clock: Callable[[], datetime], app: App | None = None
    ) -> None:
        self.api, self.http, self.clock, self._app = api, http, clock, app
        self.seconds = wecom.Time()

    @property
    def app(self) -> App:
        """The channel that runs here."""
        assert self._app is not None
        return self._app

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is true."""
        while not true():  # noqa: ASYNC110  its messages come over a wire
            await asyncio.sleep(0.005)

    async def post(self, plain: str) -> httpx.Response:
        """Tell the app something."""
        sealed = SEAL.sealed(plain.encode(), str(int(self.clock().timestamp())), "nonce")
        asked = {"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}
        around = f"<ToUserName>{CORP}</ToUserName><AgentID>{AGENT}</AgentID>"
        body = f"<xml>{around}<Encrypt>{sealed.encrypted}</Encrypt></xml>"
        return await self.http.post(PATH, params=asked, content=body.encode())

    async def tell(self, plain: str) -> Element | None:
        """Tell the app something that it takes; what is in its answer."""
        answer = await self.post(plain)
        assert answer.status_code == 200, answer.text
        if not answer.content:
            return None
        outer = {one.tag: one.text or "" for one in ElementTree.fromstring(answer.content)}  # noqa: S314
        sealed = Sealed(*(outer[name] for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")))
        return ElementTree.fromstring(SEAL.opened(sealed))  # noqa: S314


class Person:
    """A member of the app. `shown` is what lies in the chat; a card that changed has a version for each look."""

    def __init__(self, side: Tencent, userid: str) -> None:
        self.side, self.member = side, side.api.member(userid)
        self._seen: list[tuple[Any, Shown]] = []

    @property
    def shown(self) -> list[Shown]:
        """What the app put into the chat."""
        for message in self.member.messages[len(self._seen) :]:
            self._seen.append((message, self._drawn(message.kind, message.content)))
        for message, shown in self._seen:  # what changed since by its response_code
            if shown.versions and message.content is not shown.versions[-1]:
                shown.versions.append(message.content)
        return [shown for _, shown in self._seen]

    def _drawn(self, kind: str, content: dict[str, Any]) -> Shown:
        if kind == "template_card":
            return Shown(kind, versions=[content])
        if kind in ("image", "file"):
            media = self.side.api.media[content["media_id"]]
            return Shown(kind, file_name=media.name, data=media.data)
        return Shown(kind, content["content"])

    async def say(self, text: str, quotes: Shown | None = None) -> None:
        """Type a text."""
        assert quotes is None, "an app is not told what is quoted"
        await self.tell(self.xml(MsgType="text", Content=_cdata(text), MsgId=str(next(NUMBER))))

    async def send(self, kind: str, name: str, data: bytes) -> None:
        """Send a picture (kind: image)."""
        media = self.side.api.receive(kind, name, data)
        await self.tell(self.xml(MsgType=kind, MediaId=media, MsgId=str(next(NUMBER))))

    async def happens(self, event: str, key: str = "") -> None:
        """Open the chat, come into the visible range, press a button of the menu."""
        await self.tell(self.xml(MsgType="event", Event=event, EventKey=_cdata(key)))

    def pressed(self, card: Shown, key: str) -> str:
        """The callback of a press."""
        message = next(message for message, shown in self._seen if shown is card)
        code = self.side.api.code(self.member, message)
        return self.xml(
            MsgType="event",
            Event="template_card_event",
            EventKey=_cdata(key),
            TaskId=card.task_id,
            CardType="button_interaction",
            ResponseCode=code,
        )

    async def press(self, card: Shown, key: str) -> None:
        """Press a button of a card."""
        await self.tell(self.pressed(card, key), card)

    async def tell(self, plain: str, card: Shown | None = None) -> None:
        """Tell the app something, and show its answer: a text, or what the card became."""
        answer = await self.side.tell(plain)
        if answer is None:
            return
        kind = answer.findtext("MsgType")
        if kind == "text":
            assert card is None, "a press takes no text"
            self._say(answer.findtext("Content") or "")
            return
        assert kind == "update_template_card"
        assert card is not None
        found = _card(answer.find("TemplateCard")) | {"task_id": card.task_id}
        assert limits.broken(found, limits.APP, event=card.task_id) == []
        message = next(message for message, shown in self._seen if shown is card)
        message.content = found

    def _say(self, text: str) -> None:
        assert len(text.encode()) <= limits.APP.text
        shown = self.shown  # all that came before
        self.member.messages.append(Message("text", {"content": text}, at=0.0))
        assert len(self.shown) == len(shown) + 1

    def xml(self, **changed: str) -> str:
        """A message of this person."""
        about = {
            "ToUserName": CORP,
            "FromUserName": self.member.userid,
            "CreateTime": str(int(self.side.clock().timestamp())),
            "AgentID": str(AGENT),
        }
        return f"<xml>{''.join(f'<{tag}>{text}</{tag}>' for tag, text in {**about, **changed}.items())}</xml>"


class Phone(wecom.Phone):
    """As tests.wecom.Phone, with the app."""

    def __init__(self, side: Tencent, userid: str) -> None:
        self.me = Person(side, userid)
        self.tenant, self.person = side, self.me  # type: ignore[assignment]

    @property
    def shown(self) -> list[Shown]:
        """What the app put into the chat."""
        return self.me.shown


def _cdata(text: str) -> str:
    return f"<![CDATA[{text}]]>"


def _card(found: Element | None) -> dict[str, Any]:
    """A card from its XML, as message/send takes it."""
    assert found is not None
    return dict(_fields(found))


def _fields(element: Element) -> Iterator[tuple[str, Any]]:
    for tag in dict.fromkeys(one.tag for one in element):
        every = [_value(one) for one in element.findall(tag)]
        name = _name(tag)
        yield name, every if name in MANY else every[0]


def _value(element: Element) -> Any:
    text = element.text or ""
    if len(element):
        return dict(_fields(element))
    return int(text) if _name(element.tag) in NUMBERS else text


def _name(tag: str) -> str:
    known = {"KeyName": "keyname", "UserId": "userid"}
    return known.get(tag) or "".join(f"_{one.lower()}" if one.isupper() else one for one in tag).lstrip("_")


def at_home(world: World, who: str, side: Tencent, userid: str) -> Phone:
    """A persona has a chat with the app."""
    wecom.bound(world, who, "wecom_app", userid.casefold())
    return Phone(side, userid)
