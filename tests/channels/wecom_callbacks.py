"""An app of WeCom behind its address, and Tencent's side of it: signs, encrypts, posts and opens the answer."""

import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx

from bot.channels.server import application
from bot.channels.wecom.app import passive
from bot.channels.wecom.app.callback import Callback
from bot.channels.wecom.app.inner import Inner
from bot.channels.wecom.app.passive import Answer
from bot.channels.wecom.crypto import Seal, Sealed
from tests.browser import serving
from tests.conftest import Clock

KNOWN: dict[str, Any] = json.loads(Path(__file__).with_name("wecom_vectors.json").read_text(encoding="utf-8"))
PLAIN: dict[str, str] = {vector["name"]: vector["plain"] for vector in KNOWN["vectors"]}
TOKEN, KEY, CORP, AGENT = KNOWN["token"], KNOWN["encodingAESKey"], KNOWN["corp"], 1000002
SEAL = Seal.of(TOKEN, KEY, CORP)
PATH = "/wecom"


class App:
    """What is behind the address: `heard` in its order; `does` says what is answered, or takes its time."""

    def __init__(self, clock: Clock) -> None:
        self.heard: list[Inner] = []
        self.told_later: list[tuple[Inner, Answer]] = []
        self.does: Callable[[Inner], Awaitable[Answer | None]] = self.counts
        self.clock = clock
        self.later = threading.Event()

    def served(self, within: float = 60.0) -> Callback:
        return Callback(SEAL, AGENT, self._hear, self._later, self.clock, within)

    async def counts(self, inner: Inner) -> Answer | None:
        return passive.text(f"第 {len(self.heard)} 条：{inner.content}")

    async def _hear(self, inner: Inner) -> Answer | None:
        self.heard.append(inner)
        return await self.does(inner)

    async def _later(self, inner: Inner, answer: Answer) -> None:
        self.told_later.append((inner, answer))
        self.later.set()


class WeCom:
    """Tencent's side: signs, encrypts, posts, and opens the answer."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False, verify=False)  # noqa: S501  loopback
        self.clock = clock

    def sealed(self, plain: str, at: float = 0.0) -> Sealed:
        return SEAL.sealed(plain.encode(), str(int(self.clock().timestamp() + at)), "nonce")

    def post(self, sealed: Sealed, body: bytes | None = None, **query: str) -> httpx.Response:
        asked = {"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}
        body = enclosed(sealed.encrypted) if body is None else body
        return self.http.post(PATH, params={**asked, **query}, content=body)

    def tell(self, plain: str) -> dict[str, str]:
        """Tell the app something that it takes; the elements of its answer."""
        return self.opened(self.post(self.sealed(plain)))

    def opened(self, response: httpx.Response) -> dict[str, str]:
        assert response.status_code == 200, response.text
        if not response.content:
            return {}
        outer = elements(response.text)
        sealed = Sealed(*(outer[name] for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")))
        return elements(SEAL.opened(sealed).decode())


def elements(xml: str) -> dict[str, str]:
    return {one.tag: one.text or "" for one in ElementTree.fromstring(xml)}  # noqa: S314


def enclosed(encrypted: str, around: str = f"<ToUserName><![CDATA[{CORP}]]></ToUserName>") -> bytes:
    return f"<xml>{around}<AgentID>{AGENT}</AgentID><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()


def said(content: str, number: int = 1, **changed: str) -> str:
    about = {
        "ToUserName": CORP,
        "FromUserName": "ZhangSan",
        "CreateTime": "1798419900",
        "MsgType": "text",
        "Content": content,
        "MsgId": str(7_000_000_000_000_000_000 + number),
        "AgentID": str(AGENT),
    }
    return (
        "<xml>"
        + "".join(f"<{name}>{value}</{name}>" for name, value in {**about, **changed}.items())
        + "</xml>"
    )


@contextmanager
def served(app: App, within: float = 60.0) -> Iterator[WeCom]:
    routes = app.served(within).routes(PATH)
    web = application(routes, calendar=lambda _: None, ready=list, ailing=list)
    web.state.close = lambda: None
    with serving(web) as url:
        wecom = WeCom(url, app.clock)
        with wecom.http:
            yield wecom
