"""An app of WeCom is told what was said over real HTTP, answers once, and takes nothing that WeCom did not sign."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from wechatpy.work.crypto import WeChatCrypto

from bot.channels.server import application
from bot.channels.wecom import callback, passive
from bot.channels.wecom.callback import Callback
from bot.channels.wecom.crypto import Seal, Sealed
from bot.channels.wecom.inner import Inner
from bot.channels.wecom.passive import Answer
from tests.browser import serving
from tests.conftest import Clock

ROOT = Path(__file__).parents[2]
KNOWN: dict[str, Any] = json.loads(Path(__file__).with_name("wecom_vectors.json").read_text(encoding="utf-8"))
PLAIN: dict[str, str] = {vector["name"]: vector["plain"] for vector in KNOWN["vectors"]}
TOKEN, KEY, CORP, AGENT = KNOWN["token"], KNOWN["encodingAESKey"], KNOWN["corp"], 1000002
SEAL = Seal.of(TOKEN, KEY, CORP)
PATH = "/wecom"

NODE = shutil.which("node")
PLACES = [ROOT / "node_modules", *map(Path, filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)))]
PACKAGES = next((place for place in PLACES if (place / "@wecom" / "crypto").is_dir()), None)
needs_package = pytest.mark.skipif(
    NODE is None or PACKAGES is None,
    reason="no Node.js on PATH, or no @wecom/crypto in node_modules or NODE_PATH",
)


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
        self.http, self.clock = httpx.Client(base_url=url, timeout=60, trust_env=False), clock

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


@pytest.fixture
def app(clock: Clock) -> App:
    return App(clock)


@pytest.fixture
def wecom(app: App) -> Iterator[WeCom]:
    with served(app) as wecom:
        yield wecom


# --- the address is tried out -------------------------------------------------------------------------------


def prove(wecom: WeCom, sealed: Sealed) -> httpx.Response:
    query = {"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}
    return wecom.http.get(PATH, params={**query, "echostr": sealed.encrypted})


def test_the_console_gets_the_exact_bytes(wecom: WeCom) -> None:
    answer = prove(wecom, wecom.sealed("1616140317555161061"))
    assert (answer.status_code, answer.content) == (200, b"1616140317555161061")


def test_nobody_has_a_message_decrypted_there(wecom: WeCom) -> None:
    assert prove(wecom, wecom.sealed(said("4.5"))).status_code == 403


def test_a_wrong_signature_proves_nothing(wecom: WeCom) -> None:
    good = wecom.sealed("1616140317555161061")
    assert prove(wecom, Sealed(good.encrypted, "0" * 40, good.timestamp, good.nonce)).status_code == 403
    assert wecom.http.get(PATH).status_code == 403


# --- what is told -------------------------------------------------------------------------------------------


def test_a_text_is_heard_and_answered(wecom: WeCom, app: App) -> None:
    answer = wecom.tell(said("17/18"))
    [inner] = app.heard
    assert (inner.user, inner.sender, inner.kind, inner.content) == ("zhangsan", "ZhangSan", "text", "17/18")
    assert (answer["ToUserName"], answer["FromUserName"]) == ("ZhangSan", CORP)
    assert (answer["MsgType"], answer["Content"]) == ("text", "第 1 条：17/18")


@pytest.mark.parametrize("name", ["text", "menu_click", "enter_agent", "button", "vote", "menu_event"])
def test_everything_of_the_vectors_is_heard(wecom: WeCom, app: App, name: str) -> None:
    wecom.tell(PLAIN[name])
    [inner] = app.heard
    assert inner.user == "zhangsan"
    assert inner.kind == ("text" if name == "text" else "event")
    assert inner.response_code == {"button": "RC_1", "vote": "RC_2", "menu_event": "RC_3"}.get(name, "")


def test_what_wecom_does_to_the_app_is_handed_on(wecom: WeCom, app: App) -> None:
    wecom.tell(said("", MsgType="event", Event="inactive_alert", FromUserName="sys", MsgId=""))
    assert [inner.about_the_app for inner in app.heard] == [True]


def test_nothing_to_say_is_an_empty_answer(wecom: WeCom, app: App) -> None:
    async def nothing(_: Inner) -> None:
        return None

    app.does = nothing
    response = wecom.post(wecom.sealed(said("好")))
    assert (response.status_code, response.content) == (200, b"")


def test_what_comes_again_has_one_effect_and_the_same_answer(wecom: WeCom, app: App) -> None:
    answers = [wecom.tell(said("好"))["Content"] for _ in range(3)]
    assert answers == ["第 1 条：好"] * 3
    assert len(app.heard) == 1


def test_it_has_one_effect_while_the_first_is_still_heard(wecom: WeCom, app: App) -> None:
    go = threading.Event()

    async def slowly(inner: Inner) -> Answer:
        await asyncio.to_thread(go.wait, 60)
        return passive.text("好了")

    app.does = slowly
    answers: list[str] = []

    def tell() -> None:
        answers.append(wecom.tell(said("好"))["Content"])

    asked = [threading.Thread(target=tell) for _ in range(3)]
    for one in asked:
        one.start()
    go.set()
    for one in asked:
        one.join()
    assert answers == ["好了"] * 3
    assert len(app.heard) == 1


def test_the_key_is_the_same_in_another_process(app: App) -> None:
    keys = []
    for _ in range(2):
        with served(app) as wecom:
            wecom.tell(PLAIN["button"])
            wecom.tell(said("好"))
        keys.append([inner.key for inner in app.heard[-2:]])
    assert keys[0] == keys[1]


def test_two_presses_within_a_second_are_two(wecom: WeCom, app: App) -> None:
    wecom.tell(PLAIN["button"])
    wecom.tell(PLAIN["button"].replace("RC_1", "RC_9"))
    assert len({inner.key for inner in app.heard}) == 2


def test_what_takes_too_long_is_told_later_and_once(app: App) -> None:
    go = threading.Event()

    async def slowly(inner: Inner) -> Answer:
        await asyncio.to_thread(go.wait, 60)
        return passive.text("好了")

    app.does = slowly
    with served(app, within=0.01) as wecom:
        assert wecom.tell(said("好")) == {}
        assert wecom.tell(said("好")) == {}
        go.set()
        assert app.later.wait(60)
        assert wecom.tell(said("好")) == {}
    assert [(inner.content, answer) for inner, answer in app.told_later] == [("好", passive.text("好了"))]
    assert len(app.heard) == 1


def test_what_broke_is_heard_again(wecom: WeCom, app: App) -> None:
    async def breaks(_: Inner) -> None:
        raise RuntimeError

    app.does = breaks
    assert wecom.post(wecom.sealed(said("好"))).status_code == 503
    app.does = app.counts
    assert wecom.tell(said("好"))["Content"] == "第 2 条：好"


def test_answers_are_kept_for_a_while_and_only_so_many(
    wecom: WeCom, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "MOST_KEPT", 3)
    for number in (1, 2, 3, 4, 1):
        wecom.tell(said("好", number))
    assert len(app.heard) == 5
    app.clock.forward(seconds=callback.KEPT + 1)
    wecom.tell(said("好", 4))
    assert len(app.heard) == 6


# --- Tencent's and others' programs -------------------------------------------------------------------------


def test_another_program_opens_the_answer(wecom: WeCom) -> None:
    sealed = wecom.sealed(said("好"))
    outer = elements(wecom.post(sealed).text)
    theirs = WeChatCrypto(TOKEN, KEY, CORP)
    plain = theirs.decrypt_message(outer, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
    assert elements(plain)["Content"] == "第 1 条：好"


@needs_package
@pytest.mark.slow
def test_tencents_package_asks_and_opens_the_answer(wecom: WeCom, app: App) -> None:
    about = {"TOKEN": TOKEN, "KEY": KEY, "CORP": CORP, "PACKAGES": str(PACKAGES), "PATH": os.environ["PATH"]}
    run = [str(NODE), str(Path(__file__).with_name("wecom_crypto.cjs"))]
    with subprocess.Popen(run, env=about, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdin
        assert node.stdout

        def ask(**line: str) -> dict[str, str]:
            assert node.stdin
            assert node.stdout
            node.stdin.write(json.dumps(line) + "\n")
            node.stdin.flush()
            found: dict[str, str] = json.loads(node.stdout.readline())
            return found

        for number, content in enumerate(("4.5", "优秀", "x" * 500)):
            theirs = ask(seal=said(content, number))
            response = wecom.post(Sealed(theirs["encrypted"], theirs["signature"], "1798419900", "nonce"))
            outer = elements(response.text)
            opened = ask(open=outer["Encrypt"])
            assert opened["id"] == CORP
            assert elements(opened["message"])["Content"] == f"第 {number + 1} 条：{content}"
        node.stdin.close()
    assert [inner.content for inner in app.heard] == ["4.5", "优秀", "x" * 500]


# --- attacks ------------------------------------------------------------------------------------------------

BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE x [<!ENTITY a0 "lol">{BOMB}]><xml><Content>&a9;</Content></xml>'


def near(signature: str) -> str:
    return signature[:-1] + ("0" if signature[-1] != "0" else "1")


@pytest.mark.parametrize(
    ("attack", "status"),
    [
        (lambda w, s: w.post(s, msg_signature="0" * 40), 403),
        (lambda w, s: w.post(s, msg_signature=""), 403),
        (lambda w, s: w.post(s, msg_signature=near(s.signature)), 403),
        (lambda w, s: w.post(s, msg_signature=s.signature.upper()), 403),
        (lambda w, s: w.post(s, msg_signature="是" * 40), 403),
        (lambda w, s: w.post(s, msg_signature=s.signature + "\0"), 403),
        (lambda w, s: w.post(s, nonce="\0"), 403),
        (lambda w, s: w.post(s, timestamp=str(int(s.timestamp) + 1)), 403),
        (lambda w, s: w.http.post(PATH, content=enclosed(s.encrypted)), 403),
        (lambda w, s: w.post(s, enclosed(w.sealed(said("0 分")).encrypted)), 403),  # another body
        (lambda w, s: w.post(w.sealed(said("4.5"), -callback.OLD - 1)), 403),  # an old one again
        (lambda w, s: w.post(w.sealed(said("4.5"), callback.EARLY + 1)), 403),
        (lambda w, s: w.post(SEAL.sealed(said("4.5").encode(), "1e9", "nonce")), 403),
        (lambda w, s: w.post(SEAL.sealed(said("4.5").encode(), "1" * 5000, "nonce")), 403),
        (lambda w, s: w.post(s, BOMB.encode()), 400),
        (lambda w, s: w.post(s, BOMB.encode() + enclosed("A" * 64)), 403),
        (lambda w, s: w.post(w.sealed(BOMB)), 400),  # even signed
        (lambda w, s: w.post(s, b""), 400),
        (lambda w, s: w.post(s, b"\0" * 1000), 400),
        (lambda w, s: w.post(s, enclosed(s.encrypted[:-8] + "\0" + s.encrypted[-7:])), 400),
        (lambda w, s: w.post(s, b"<Encrypt>" * 5000), 400),
        (lambda w, s: w.post(s, json.dumps({"encrypt": s.encrypted}).encode()), 400),
        (lambda w, s: w.post(s, enclosed("A" * 65_536)), 413),
        (lambda w, s: w.post(w.sealed(said("4.5", ToUserName="wwEXAMPLE0000000002"))), 403),
        (lambda w, s: w.post(w.sealed(said("4.5", AgentID="1000003"))), 403),
        (lambda w, s: w.post(w.sealed(said("4.5", AgentID=""))), 403),
        (lambda w, s: w.post(w.sealed(said("4.5", FromUserName=""))), 400),
        (lambda w, s: w.post(w.sealed(said("4.5", CreateTime="now"))), 400),
        (lambda w, s: w.post(w.sealed("<xml>")), 400),
        (lambda w, s: w.post(w.sealed("")), 400),
        (lambda w, s: w.post(w.sealed("<a>" * 20_000)), 413),
        (lambda w, s: w.post(w.sealed("<a>" * 10_000)), 400),
        (lambda w, s: w.http.put(PATH, content=b"x"), 405),
    ],
)
def test_what_wecom_did_not_sign_is_not_heard(
    wecom: WeCom, app: App, attack: Callable[[WeCom, Sealed], httpx.Response], status: int
) -> None:
    response = attack(wecom, wecom.sealed(said("4.5")))
    assert response.status_code == status
    assert app.heard == []
    assert wecom.tell(said("好", 2))["Content"] == "第 1 条：好"


def test_what_is_around_it_is_not_read(wecom: WeCom, app: App) -> None:
    """It has no signature: a lie there changes nothing."""
    sealed = wecom.sealed(said("好"))
    assert wecom.opened(wecom.post(sealed, enclosed(sealed.encrypted, "<ToUserName>other</ToUserName>")))
    bare = f"<xml><Encrypt>{sealed.encrypted}</Encrypt></xml>".encode()
    assert wecom.opened(wecom.post(sealed, bare))
    assert len(app.heard) == 1


def test_control_characters_of_a_text_are_left_out(wecom: WeCom, app: App) -> None:
    wecom.tell(said("优\x00秀\x0b"))
    assert [inner.content for inner in app.heard] == ["优秀"]


@pytest.mark.slow
def test_honest_callbacks_are_answered_while_strangers_attack(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "ARRIVING", 0.5)
    with served(app) as wecom:
        asyncio.run(_attacked(wecom))
    assert sorted(inner.content for inner in app.heard) == sorted(f"honest {n}" for n in range(60))


async def _attacked(wecom: WeCom) -> None:
    url = wecom.http.base_url
    good = wecom.sealed(said("0 分"))
    query = f"?msg_signature={near(good.signature)}&timestamp={good.timestamp}&nonce={good.nonce}"

    async def raw(head: str, *pieces: bytes, then: float = 0.0) -> bytes:
        reader, writer = await asyncio.open_connection(url.host, url.port)
        try:
            writer.write(f"POST {PATH}{query} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(then)
            return await reader.readline()
        except ConnectionError:
            return b"HTTP/1.1 4.. gone"
        finally:
            writer.close()

    large = [b"x" * 1_000_000] * 50
    attacks = [
        *(raw("Content-Length: 50000000", *large) for _ in range(3)),
        *(raw("Transfer-Encoding: chunked", b"f4240\r\n", *large) for _ in range(3)),
        *(raw("Content-Length: 5000", b"<xml>") for _ in range(20)),  # and no more
        *(raw("Content-Length: 5000", *[b"<"] * 20, then=0.1) for _ in range(20)),
        *(raw(f"Content-Length: {len(BOMB)}", BOMB.encode()) for _ in range(20)),
        *(
            raw(f"Content-Length: {len(enclosed(good.encrypted))}", enclosed(good.encrypted))
            for _ in range(50)
        ),
    ]

    async def honest(number: int) -> None:
        sealed = wecom.sealed(said(f"honest {number}", number))
        right = {"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}
        response = await http.post(PATH, params=right, content=enclosed(sealed.encrypted))
        assert wecom.opened(response)["Content"].endswith(f"：honest {number}")

    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as http:
        came = await asyncio.gather(*attacks, *(honest(number) for number in range(60)))
    assert {line.split()[1][:1] for line in came if line is not None} == {b"4"}


def test_a_slow_sender_is_given_up(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback, "ARRIVING", 0.05)
    with served(app) as wecom:
        url = wecom.http.base_url
        with socket.create_connection((url.host, url.port or 80)) as line:
            line.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<xml>".encode())
            assert line.makefile("rb").readline().split()[1] == b"408"
    assert app.heard == []
