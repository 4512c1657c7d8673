"""An app of WeCom is told what was said over real HTTP, hears it once, and answers at once or later."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import httpx
import pytest
from wechatpy.work.crypto import WeChatCrypto

from bot.channels.wecom.app import callback, passive
from bot.channels.wecom.app.inner import Inner
from bot.channels.wecom.app.passive import Answer
from bot.channels.wecom.crypto import Sealed
from tests.channels.wecom_callbacks import (
    CORP,
    KEY,
    PATH,
    PLAIN,
    TOKEN,
    App,
    WeCom,
    elements,
    said,
    served,
)

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node")
PLACES = [ROOT / "node_modules", *map(Path, filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)))]
PACKAGES = next((place for place in PLACES if (place / "@wecom" / "crypto").is_dir()), None)
needs_package = pytest.mark.skipif(
    NODE is None or PACKAGES is None,
    reason="no Node.js on PATH, or no @wecom/crypto in node_modules or NODE_PATH",
)


# --- the address is tried out -------------------------------------------------------------------------------


def prove(wecom: WeCom, sealed: Sealed) -> httpx.Response:
    query = {"msg_signature": sealed.signature, "timestamp": sealed.timestamp, "nonce": sealed.nonce}
    return wecom.http.get(PATH, params={**query, "echostr": sealed.encrypted})


def test_the_console_gets_the_exact_bytes(wecom: WeCom) -> None:
    answer = prove(wecom, wecom.sealed("1616140317555161061"))
    assert (answer.status_code, answer.content) == (200, b"1616140317555161061")


def test_a_plus_that_lost_its_escape_is_still_one(wecom: WeCom) -> None:
    sealed = next(
        one for one in iter(lambda: wecom.sealed("1616140317555161061"), None) if "+" in one.encrypted
    )
    query = f"msg_signature={sealed.signature}&timestamp={sealed.timestamp}&nonce={sealed.nonce}"
    with socket.create_connection((wecom.http.base_url.host, wecom.http.base_url.port or 80)) as line:
        line.sendall(f"GET {PATH}?{query}&echostr={sealed.encrypted} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert line.makefile("rb").readline().split()[1] == b"200"


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
