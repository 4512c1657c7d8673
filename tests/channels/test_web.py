"""The web chat over real HTTP on loopback: who, from where, how often, files, joining, the demo."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, suppress
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route

from bot.actions import UPLOAD_LIMIT
from bot.channels import server
from bot.channels.limits import Buckets, Limits, network
from bot.channels.server import SECURITY_HEADERS
from bot.dialogue.strangers import GUESSES
from bot.message import Attachment, Message, Streamed
from tests.browser import serving
from tests.channels.web_fakes import PEOPLE, Place, Visitor
from tests.nursery import ROOT

KEY = "a-Calendars_Secret-of-this-Test0"


@pytest.fixture
def demo(place: Place) -> Iterator[str]:
    with serving(place.app(personas=lambda: PEOPLE)) as address:
        yield address


@pytest.fixture
def visitor(url: str) -> Iterator[Visitor]:
    with Visitor(url) as it:
        it.open()
        yield it


# --- saying -------------------------------------------------------------------------------------------------


def test_a_press_is_answered_with_the_new_screen_and_a_toast(visitor: Visitor, place: Place) -> None:
    answer = visitor.say(press="m:1:3:2").json()
    assert answer["toast"] == "第3项 已存"
    assert answer["log"] == []
    assert answer["screen"]["title"] == "第 4 项"
    assert answer["screen"]["lines"] == [["合格", "有计划"], [None, "已填 2/24"]]
    assert answer["screen"]["rows"][0][0] == {"label": "优秀", "press": "m:1:4:2", "main": True}
    assert answer["screen"]["attachment"] is None
    assert place.talk.heard[0].press == "m:1:3:2"
    assert place.talk.heard[0].channel == "web"


def test_a_text_and_its_receipt_stay_in_the_log(visitor: Visitor, place: Place) -> None:
    answer = visitor.say(text="提交").json()
    assert [(b["mine"], b["title"], b["lines"]) for b in answer["log"]] == [
        (True, "", [[None, "提交"]]),
        (False, "已提交", [[None, "88.6 分"]]),
    ]
    [lines] = place.log.said.values()
    assert [line.lines for line in lines] == [("提交",), ("88.6 分",)]


def test_a_text_sent_again_with_its_key_is_heard_with_the_same_key_and_logged_once(
    visitor: Visitor, place: Place
) -> None:
    key = str(uuid4())
    first, again = visitor.say(text="提交", key=key).json(), visitor.say(text="提交", key=key).json()
    assert [event.key for event in place.talk.heard] == [key, key]
    assert first["log"] == again["log"]
    assert again["turn"] > first["turn"]
    assert [len(lines) for lines in place.log.said.values()] == [2]


def test_what_no_database_stores_is_taken_out_of_a_text(visitor: Visitor, place: Place) -> None:
    answer = visitor.http.post(
        "/say", content=b'{"key":"12345678","text":"a\\u0000b\\ud800c"}', headers=visitor.headers
    )
    assert answer.status_code == 200
    assert place.talk.heard[0].text == "ab?c"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"key":"12345678"}',
        b'{"key":"short","text":"x"}',
        b'{"key":"12345678 ","text":"x"}',
        b'{"key":12345678,"text":"x"}',
        b'{"key":"12345678","text":5}',
        b'{"key":"12345678","text":" "}',
        b'{"key":"12345678","press":""}',
        b'{"key":"12345678","press":"h","text":"x"}',
        b'{"key":"12345678","unreadable":"anything"}',
        b'{"key":"12345678","text":"x","group":"short"}',
        b'{"key":"12345678","text":"x","group":7}',
        b'{"key":"12345678","press":"h","group":"12345678"}',
    ],
)
def test_a_malformed_request_gets_one_sentence_and_is_not_heard(
    visitor: Visitor, place: Place, body: bytes
) -> None:
    answer = visitor.http.post("/say", content=body, headers=visitor.headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "没有看懂这个请求，请刷新页面再试。")
    assert place.talk.heard == []


def test_a_body_over_64_kb_is_refused_and_a_long_text_below_it_is_for_the_conversation_to_refuse(
    visitor: Visitor, place: Place
) -> None:
    answer = visitor.say(text="长" * 30_000)
    assert (answer.status_code, answer.json()["error"]) == (413, "文字太长了，请分几次发送。")
    assert visitor.say(text="x" * 5_000).status_code == 200
    assert len(place.talk.heard) == 1


def test_a_breakdown_is_one_sentence_too(visitor: Visitor, place: Place) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("of this test")

    place.log.append = fail  # type: ignore[method-assign, assignment]
    answer = visitor.say(text="x")
    assert (answer.status_code, answer.json()["error"]) == (500, "出错了，没有完成这次操作。请稍后再试。")
    assert answer.headers["content-security-policy"]


# --- who ----------------------------------------------------------------------------------------------------


def test_a_new_visitor_gets_an_address_of_128_bits_in_a_guarded_cookie(url: str, place: Place) -> None:
    with Visitor(url) as one, Visitor(url) as two:
        cookie = one.open().headers["set-cookie"]
        two.open()
        one.say(press="h"), two.say(press="h")
    assert re.fullmatch(r"chat=\S+; HttpOnly; Max-Age=34560000; Path=/; SameSite=lax", cookie)
    addresses = [event.address for event in place.talk.heard]
    assert len(set(addresses)) == 2
    assert all(len(address) == 22 for address in addresses)


def test_the_cookie_is_secure_behind_https(place: Place) -> None:
    with serving(place.app(secure_cookies=True)) as url, Visitor(url) as visitor:
        assert "Secure" in visitor.open().headers["set-cookie"]


def test_a_returning_visitor_keeps_the_address_and_the_cookie_is_renewed(url: str, place: Place) -> None:
    with Visitor(url) as visitor:
        for _ in range(3):  # 450 days, never more than 180 between two visits
            visitor.open()
            visitor.say(press="h")
            place.time += timedelta(days=150)
    assert len({event.address for event in place.talk.heard}) == 1


def test_somebody_nobody_knows_keeps_the_address_of_an_old_cookie(url: str, place: Place) -> None:
    with Visitor(url) as visitor:
        visitor.open()
        visitor.say(press="h")
        place.time += timedelta(days=181)
        assert visitor.say(press="h").status_code == 403
        visitor.open()
        assert visitor.say(press="h").status_code == 200
    assert len({event.address for event in place.talk.heard}) == 1


@pytest.mark.parametrize("back", [timedelta(seconds=10), timedelta(hours=8), timedelta(days=7 * 365)])
def test_a_cookie_from_before_the_clock_was_set_back_is_good(url: str, place: Place, back: timedelta) -> None:
    with Visitor(url) as visitor:
        visitor.open()
        visitor.say(press="h")
        place.time -= back
        assert visitor.say(press="h").status_code == 200
        visitor.open()
        assert visitor.say(press="h").status_code == 200
        place.time += back
        assert visitor.say(press="h").status_code == 200
    assert len({event.address for event in place.talk.heard}) == 1


@pytest.mark.parametrize("spoil", ["other", "cut", "empty", "foreign"])
def test_a_forged_cookie_is_a_new_visitor(visitor: Visitor, place: Place, spoil: str) -> None:
    visitor.say(press="h")
    cookie = visitor.http.cookies["chat"]
    address, rest = cookie.split(".", 1)
    forged = {"other": f"{address[:-1]}!.{rest}", "cut": cookie[:-3], "empty": "", "foreign": "demo-1.x.y"}[
        spoil
    ]
    visitor.http.cookies.set("chat", forged, domain="127.0.0.1")
    assert visitor.say(press="h").status_code == 403
    assert visitor.http.get("/events").status_code == 401
    visitor.http.cookies.clear()
    visitor.http.headers["Cookie"] = f"chat={forged}"
    assert f"chat={address}." not in visitor.open().headers["set-cookie"]
    assert len(place.talk.heard) == 1


# --- from where ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"X-Chat-Token": ""},
        {"X-Chat-Token": "forged"},
        {"X-Chat-Token": "é"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/say", "/upload"])
def test_a_request_from_elsewhere_is_refused_and_not_heard(
    visitor: Visitor, place: Place, path: str, change: dict[str, str]
) -> None:
    headers = {name.encode(): value.encode() for name, value in (visitor.headers | change).items()}
    answer = visitor.http.post(path, json={"key": "12345678", "text": "x"}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["error"].endswith("。")
    assert place.talk.heard == []


def test_a_page_of_another_visitor_gives_no_right_to_speak_for_this_one(url: str, place: Place) -> None:
    with Visitor(url) as one, Visitor(url) as two:
        one.open(), two.open()
        answer = one.say(headers=two.headers, text="x")
    assert (answer.status_code, answer.json()["reload"]) == (403, True)


def test_forms_are_refused_without_their_token_or_from_another_site(demo: str, place: Place) -> None:
    with Visitor(demo) as visitor:
        visitor.open("/demo")
        good = {"token": visitor.token, "key": "12345678"}
        for path in ("/demo/0", "/join/ABC"):
            assert visitor.http.post(path, data=good | {"token": "x"}).status_code == 403
            cross = {"Sec-Fetch-Site": "cross-site", "Origin": "null"}
            assert visitor.http.post(path, data=good, headers=cross).status_code == 403
    assert place.talk.heard == []


def test_with_a_public_address_another_host_name_is_refused(place: Place) -> None:
    with serving(place.app(base_url="https://bot.school.example")) as url, Visitor(url) as visitor:
        assert visitor.http.get("/", headers={"Host": "evil.example"}).status_code == 400
        assert visitor.http.get("/healthz", headers={"Host": "10.0.0.7"}).status_code == 200
        assert visitor.http.get("/", headers={"Host": "bot.school.example"}).status_code == 200
        visitor.open()
        assert visitor.say(press="h").status_code == 200
        headers = visitor.headers | {"Origin": "https://bot.school.example"}
        assert visitor.say(headers=headers, press="h").status_code == 200


def test_every_route_carries_the_security_headers(place: Place) -> None:
    app = place.app(personas=lambda: PEOPLE)
    paths = [route.path for route in app.routes if isinstance(route, Route)]
    assert len(paths) == len(app.routes) > 10
    with serving(app) as url, Visitor(url) as visitor:
        for path in [*paths, "/nothing/here"]:
            filled = path.replace("{name}", "chat.js").replace("{code}", "ABC").replace("{n:int}", "0")
            for method in ("GET", "POST"):
                with visitor.http.stream(method, filled) as answer:
                    for name, value in SECURITY_HEADERS.items():
                        own = name == "Cache-Control" and filled.startswith("/static")
                        assert own or answer.headers.get(name) == value, (method, path, name)


def test_the_page_holds_no_inline_script_or_style_and_names_no_other_host(demo: str) -> None:
    with Visitor(demo) as visitor:
        for path in ("/demo", "/", "/join/ABC", "/static/chat.js", "/static/draw.js", "/static/chat.css"):
            text = visitor.open(path).text
            assert len(text) > 500, path
            assert not re.search(
                r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|innerHTML|https?://[a-z]", text
            )


# --- how often ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_too_many_presses_are_refused_with_a_sentence_and_a_time(visitor: Visitor, place: Place) -> None:
    answers = [visitor.say(press="h") for _ in range(200)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].headers["retry-after"] == "1"
    assert refused[0].json()["error"] == "操作太快了，请等 1 秒再试。"
    assert len(place.talk.heard) == 200 - len(refused) >= 60


def test_joining_is_limited_by_the_hour(visitor: Visitor, place: Place) -> None:
    visitor.open("/join/ABC")
    token = visitor.token
    statuses = [
        visitor.http.post("/join/ABC", data={"token": token, "key": f"key-{n:08}", "who": "me"}).status_code
        for n in range(62)
    ]
    assert statuses == [303] * 60 + [429] * 2
    assert len(place.talk.entries) == 60


def test_the_manual_says_how_many_may_join_from_one_network() -> None:
    limits, request, count = Limits(lambda: 0.0), Request({"type": "http", "client": ("10.0.0.5", 1)}), 0
    with suppress(HTTPException):
        while True:
            limits.check("join", request, str(count))
            count += 1
    manual = (ROOT / "docs/operating.md").read_text()
    assert f"joining, {count} at once and {count} an hour for one network" in manual
    assert f"after {GUESSES} wrong" in manual
    assert f"{GUESSES} from one network" in (ROOT / "README.md").read_text()


def test_a_bucket_refills_and_the_memory_of_buckets_is_bounded() -> None:
    time = [0.0]
    buckets = Buckets(per_second=2, burst=3, clock=lambda: time[0], most=10)
    assert [buckets.take("a") for _ in range(5)] == [0, 0, 0, 0.5, 0.5]
    time[0] += 0.5
    assert [buckets.take("a"), buckets.take("a")] == [0, 0.5]
    for n in range(9):
        buckets.take(str(n))
    assert buckets.take("a") == 0.5, "ten are remembered"
    for n in range(10):
        buckets.take(str(n))
    assert buckets.take("a") == 0, "and no more"


# --- files --------------------------------------------------------------------------------------------------


def test_a_file_arrives_with_its_name_type_and_bytes_and_is_shown_on_the_screen(
    visitor: Visitor, place: Place
) -> None:
    answer = visitor.upload("%E8%AE%A1%E5%88%92%20a.png", "image/png; x=y", b"\x89PNG data").json()
    upload = place.talk.heard[0].upload
    assert upload is not None
    assert (upload.name, upload.mime, upload.data) == ("计划 a.png", "image/png", b"\x89PNG data")
    assert answer["log"][0]["lines"] == [[None, "📎 计划 a.png"]]
    shown = answer["screen"]["attachment"]
    assert (shown["name"], shown["picture"]) == ("计划 a.png", True)
    file = visitor.http.get(shown["url"])
    assert file.content == b"\x89PNG data"
    assert file.headers["content-type"] == "image/png"
    assert file.headers["content-disposition"] == "inline; filename*=UTF-8''%E8%AE%A1%E5%88%92%20a.png"
    assert file.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert file.headers["x-content-type-options"] == "nosniff"


def test_a_file_that_is_made_comes_as_it_is_made(visitor: Visitor, place: Place) -> None:
    visitor.open()
    visitor.say(text="导出")
    [address] = place.talk.screens
    made = Streamed("3", lambda: iter([b"zip" * 100_000, b"end"]))
    place.talk.screens[address] = Message("导出", attachment=Attachment("学期.zip", "application/zip", made))
    file = visitor.http.get("/file")
    assert file.content == b"zip" * 100_000 + b"end"
    assert "content-length" not in file.headers
    assert file.headers["content-disposition"].startswith("attachment;")


def test_the_page_lets_any_file_be_chosen_for_its_name_says_little(visitor: Visitor) -> None:
    (field,) = re.findall(r'<input id="file"[^>]*>', visitor.open("/").text)
    assert "accept" not in field


def test_a_file_without_a_name_arrives_without_one(visitor: Visitor, place: Place) -> None:
    answer = visitor.upload("", "image/png", b"data").json()
    upload = place.talk.heard[0].upload
    assert upload is not None
    assert upload.name == ""
    assert answer["log"][0]["lines"] == [[None, "📎 未命名"]]


@pytest.mark.parametrize("mime", ["text/html", "image/svg+xml", "application/pdf", "nonsense"])
def test_what_is_not_a_picture_is_downloaded_never_shown(visitor: Visitor, mime: str) -> None:
    url = visitor.upload("x.html", mime, b"<script>alert(1)</script>").json()["screen"]["attachment"]["url"]
    file = visitor.http.get(url)
    assert file.headers["content-disposition"].startswith("attachment;")
    assert file.headers["content-type"] == (mime if "/" in mime else "application/octet-stream")


def test_only_the_own_current_screens_file_can_be_had(url: str) -> None:
    with Visitor(url) as owner, Visitor(url) as other, Visitor(url) as stranger:
        owner.open(), other.open()
        first = owner.upload("a.pdf", "application/pdf", b"one").json()["screen"]["attachment"]["url"]
        assert [v.http.get(first).status_code for v in (owner, other, stranger)] == [200, 404, 404]
        owner.upload("b.pdf", "application/pdf", b"two")
        assert owner.http.get(first).status_code == 404
        owner.say(press="h")
        assert owner.http.get("/file").status_code == 404


@pytest.mark.parametrize("name", ["..%2F..%2Fetc%2Fpasswd", "C%3A%5Cdir%5Cpasswd", "passwd%00", "%FF/passwd"])
def test_a_file_name_is_only_a_name(visitor: Visitor, place: Place, name: str) -> None:
    visitor.upload(name, "text/plain", b"x")
    assert place.talk.heard[0].upload is not None
    assert place.talk.heard[0].upload.name == "passwd"


def test_a_file_over_the_limit_is_told_to_the_conversation_without_its_bytes(
    visitor: Visitor, place: Place
) -> None:
    told = visitor.upload("big.pdf", "application/pdf", b"x" * (UPLOAD_LIMIT + 1)).json()
    spared = visitor.say(unreadable="large").json()
    assert {answer["toast"] for answer in (told, spared)} == {"文件太大了，最多 20 MB。"}
    assert [(event.unreadable, event.upload) for event in place.talk.heard] == [("large", None)] * 2


def test_what_is_sent_together_has_one_group(visitor: Visitor, place: Place) -> None:
    visitor.say(text="3.5 缺一次记录", group="a-group-of-files")
    visitor.upload("a.png", "image/png", b"x", group="a-group-of-files")
    visitor.say(unreadable="large", group="a-group-of-files")
    visitor.upload("b.png", "image/png", b"x" * (UPLOAD_LIMIT + 1), group="a-group-of-files")
    visitor.say(text="3.5")
    groups = [event.group for event in place.talk.heard]
    assert groups == ["a-group-of-files"] * 4 + [None]


def test_a_file_whose_group_is_forged_is_not_heard(visitor: Visitor, place: Place) -> None:
    assert visitor.upload("a.png", "image/png", b"x", group="a b").status_code == 400
    assert place.talk.heard == []


def test_a_file_of_exactly_the_limit_is_taken(visitor: Visitor, place: Place) -> None:
    assert visitor.upload("big.pdf", "application/pdf", b"x" * UPLOAD_LIMIT).status_code == 200
    assert place.talk.heard[0].upload is not None


# --- a phone's calendar -------------------------------------------------------------------------------------


def test_a_calendar_is_read_at_its_secret_address_without_a_cookie(url: str, place: Place) -> None:
    place.talk.calendars[KEY] = "BEGIN:VCALENDAR 党支部".encode()
    answer = httpx.get(f"{url}/calendar/{KEY}.ics", trust_env=False)
    assert answer.status_code == 200
    assert answer.text == "BEGIN:VCALENDAR 党支部"
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "set-cookie" not in answer.headers


def test_a_calendar_that_has_not_changed_is_not_sent_again(url: str, place: Place) -> None:
    place.talk.calendars[KEY] = b"BEGIN:VCALENDAR"
    with Visitor(url) as phone:
        tag = phone.http.get(f"/calendar/{KEY}.ics").headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}'):
            again = phone.http.get(f"/calendar/{KEY}.ics", headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        place.talk.calendars[KEY] = b"BEGIN:VCALENDAR changed"
        assert phone.http.get(f"/calendar/{KEY}.ics", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("key", ["a" * 32, "a" * 31, "a" * 5000, "..%2F..%2Fetc%2Fpasswd", "a%00b", "日历"])
def test_whatever_opens_no_calendar_gets_the_same_answer(url: str, place: Place, key: str) -> None:
    place.talk.calendars[KEY] = b"BEGIN:VCALENDAR"
    with Visitor(url) as phone:
        answer = phone.http.get(f"/calendar/{key}.ics", headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
        if "%2F" not in key:
            assert answer.text == "没有这个日历，地址可能已经换过。请在「日历订阅」里查看。"
        assert phone.http.post(f"/calendar/{KEY}.ics").status_code == 405


@pytest.mark.slow
def test_guessing_calendars_is_limited(url: str) -> None:
    with Visitor(url) as phone:
        statuses = (phone.http.get(f"/calendar/{n:032}.ics").status_code for n in range(20_000))
        assert next(statuses) == 404
        assert next(status for status in statuses if status != 404) == 429


# --- joining and the demo -----------------------------------------------------------------------------------


def test_looking_at_an_invitation_uses_nothing_up_and_its_button_joins_once(url: str, place: Place) -> None:
    with Visitor(url) as visitor:
        page = visitor.open("/join/ABC-123_x")
        assert "加入" in page.text
        assert place.talk.heard == []
        key = re.search(r'name="key" value="(\w+)"', page.text)
        assert key is not None
        before = visitor.http.cookies["chat"]
        for _ in range(2):  # the answer is lost the first time, and with it its cookie
            visitor.http.cookies.clear()
            visitor.http.cookies.set("chat", before, domain="127.0.0.1")
            form = {"token": visitor.token, "key": key[1], "who": "new"}
            answer = visitor.http.post("/join/ABC-123_x", data=form)
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
    first, again = place.talk.entries
    assert first == again
    assert (first.code, first.key, first.network) == ("ABC-123_x", key[1], "127.0.0.1")
    assert re.fullmatch(r"[\w-]{22}", first.fresh)
    assert first.fresh != first.address
    assert visitor.http.cookies["chat"].startswith(f"{first.fresh}.")


@pytest.mark.parametrize("typed", ["a%22%3E%3Cb", "", "AB/CD", "%E8%AF%B7%E6%89%93%E5%BC%80", "A" * 300])
def test_a_broken_invitation_link_is_a_page_and_what_stands_in_it_no_markup(
    visitor: Visitor, typed: str
) -> None:
    page = visitor.open(f"/join/{typed}")
    assert (page.status_code, page.headers["content-type"][:9]) == (200, "text/html")
    assert 'a"><b' not in page.text


def test_in_the_demo_one_chooses_who_to_be(demo: str, place: Place) -> None:
    with Visitor(demo) as visitor:
        assert visitor.open("/").headers["location"] == "/demo"
        page = visitor.open("/demo").text
        assert all(person.name in page and person.words in page for person in PEOPLE)
        form = {"token": visitor.token, "key": "12345678"}
        assert visitor.http.post("/demo/1", data=form).headers["location"] == "/"
        page = visitor.open("/").text
        assert "王芳" in page
        assert "换个身份" in page
        visitor.say(press="h")
        visitor.open("/demo")
        for n in ("9", "-1", "1.0", "01", "x", "９", "1" * 5000):
            nobody = visitor.http.post(f"/demo/{n}", data=form | {"token": visitor.token})
            assert nobody.status_code == 404, n[:9]
    assert place.talk.heard[0].address == "demo-2"


def test_outside_the_demo_there_are_no_personas(visitor: Visitor) -> None:
    page = visitor.open("/")
    assert page.status_code == 200
    assert "换个身份" not in page.text
    assert visitor.http.get("/demo").status_code == 404
    assert visitor.http.post("/demo/0", data={"token": visitor.token, "key": "12345678"}).status_code == 404


# --- the operator's routes ----------------------------------------------------------------------------------


def test_health_readiness_and_metrics(
    visitor: Visitor, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LATELY", 0)
    assert visitor.http.get("/healthz").text == "ok"
    assert visitor.http.get("/readyz").status_code == 200
    place.ailing = ["no backup for 9 days", "Telegram does not work"]
    ready = visitor.http.get("/readyz")
    assert (ready.status_code, ready.text) == (200, "ready\nno backup for 9 days\nTelegram does not work")
    place.wrong = ["数据库连不上。", "机器人令牌无效。"]
    unready = visitor.http.get("/readyz")
    assert (unready.status_code, unready.text) == (503, "数据库连不上。\n机器人令牌无效。")
    visitor.say(press="h")
    metrics = visitor.http.get("/metrics").text
    assert 'web_events_total{kind="press"}' in metrics
    assert place.talk.heard[0].address not in metrics


def test_who_asks_often_whether_all_is_well_costs_one_look_a_second(visitor: Visitor, place: Place) -> None:
    asked = []
    place.wrong = []

    def ready() -> list[str]:
        asked.append(1)
        return []

    with serving(place.app(ready=ready)) as address:
        for _ in range(20):
            assert visitor.http.get(f"{address}/readyz").text == "ready"
    assert 1 <= len(asked) < 10


def test_without_the_chat_only_the_operators_and_other_channels_routes_are_there(place: Place) -> None:
    async def hook(_: object) -> httpx.Response:
        raise AssertionError

    app = place.app(chat=False, routes=[Route("/telegram", hook, methods=["POST"])])
    place.talk.calendars[KEY] = b"BEGIN:VCALENDAR"
    there = ("/healthz", "/readyz", "/metrics", f"/calendar/{KEY}.ics")
    elsewhere = ("/", "/say", "/events", "/demo")
    with serving(app) as url, Visitor(url) as visitor:
        found = {path: visitor.http.get(path).status_code for path in (*there, "/telegram", *elsewhere)}
    assert found == dict.fromkeys(there, 200) | {"/telegram": 405} | dict.fromkeys(elsewhere, 404)


def test_static_files_are_served_by_name_and_revalidated(visitor: Visitor) -> None:
    script = visitor.http.get("/static/chat.js")
    assert script.headers["content-type"].startswith("text/javascript")
    again = visitor.http.get("/static/chat.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304
    for name in ("chat.html", "nothing.js", "..%2Fweb.py", "%2e%2e/web.py"):
        assert visitor.http.get(f"/static/{name}").status_code == 404


def test_a_pages_own_script_stays_short() -> None:
    from bot.channels.web.pages import PAGE

    scripts = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in PAGE.glob("*.js")}
    assert scripts.keys() >= {"chat.js", "draw.js"}
    assert max(scripts.values()) < 350


def test_the_answer_is_json_in_utf_8(visitor: Visitor) -> None:
    answer = visitor.say(text="提交")
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.content.decode("utf-8"))["toast"] == "收到 提交"


# --- strangers ----------------------------------------------------------------------------------------------


def test_nothing_that_a_stranger_says_is_kept(visitor: Visitor, place: Place) -> None:
    place.talk.known = False
    answer = visitor.say(text="x" * 60_000).json()
    assert answer["log"][0]["mine"]
    assert place.log.said == {}


def test_a_strangers_file_is_not_read(visitor: Visitor, place: Place) -> None:
    place.talk.known = False
    assert visitor.upload("big.pdf", "application/pdf", b"x" * 100_000).status_code == 200
    [event] = place.talk.heard
    assert (event.upload, event.unreadable) == (None, "other")
    assert place.log.said == {}


def test_slow_files_of_some_hold_up_nobody_elses(url: str, place: Place) -> None:
    def halves() -> Iterator[bytes]:
        yield b"x"
        assert place.talk.gate.wait(10)
        yield b"x"

    def send(visitor: Visitor) -> int:
        headers = visitor.headers | {
            "X-Chat-Key": str(uuid4()),
            "X-File-Name": "a.pdf",
            "Content-Length": "2",
        }
        return visitor.http.post("/upload", content=halves(), headers=headers).status_code

    place.talk.gate.clear()
    with ExitStack() as stack, ThreadPoolExecutor(20) as pool:
        visitors = [stack.enter_context(Visitor(url)) for _ in range(13)]
        for visitor in visitors:
            visitor.open()
        slow = [pool.submit(send, visitor) for visitor in visitors[:12]]
        own = [pool.submit(send, visitors[0]) for _ in range(3)]
        place.talk.gate.set()
        assert visitors[12].upload("quick.pdf", "application/pdf", b"xx").status_code == 200
        assert [sent.result() for sent in slow] == [200] * 12
        assert {sent.result() for sent in own} <= {200, 429}


def test_one_visitor_sends_three_files_at_a_time_and_others_theirs(url: str, place: Place) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(4) as pool:
        busy, other = (stack.enter_context(Visitor(url)) for _ in range(2))
        busy.open()
        other.open()
        place.talk.gate.clear()
        stack.callback(place.talk.gate.set)
        answers = as_completed([pool.submit(busy.upload, "a.pdf", "application/pdf", b"x") for _ in range(4)])
        refused = next(answers).result()
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        theirs = pool.submit(other.upload, "b.pdf", "application/pdf", b"x")
        place.talk.gate.set()
        assert [answer.result().status_code for answer in answers] == [200, 200, 200]
        assert theirs.result().status_code == 200
        assert busy.upload("a.pdf", "application/pdf", b"x").status_code == 200


@pytest.mark.parametrize("path", ["/say/", "/static/", "//evil.example.com/", "/demo/" + "9" * 5000])
def test_no_redirect_trusts_the_host_and_no_number_is_too_long(demo: str, path: str) -> None:
    with Visitor(demo) as visitor:
        visitor.open("/demo")
        headers = {"Host": "evil.example.com"}
        for method in ("GET", "POST"):
            data = {"token": visitor.token, "key": "12345678"} if method == "POST" else None
            answer = visitor.http.request(method, demo + path, headers=headers, data=data)
            assert 400 <= answer.status_code < 500
            assert "location" not in answer.headers


def test_pages_are_not_to_be_had_at_any_speed(url: str) -> None:
    with Visitor(url) as visitor:
        visitor.open()
        statuses = {visitor.http.get("/").status_code for _ in range(100)}
    assert statuses == {200, 429}


def test_an_ipv4_address_that_is_written_as_ipv6_is_one_network() -> None:
    def asked(host: str) -> Request:
        return Request({"type": "http", "client": (host, 1)})

    assert network(asked("::ffff:203.0.113.7")) == network(asked("203.0.113.7")) == "203.0.113.7"
    assert network(asked("::ffff:203.0.113.8")) != network(asked("::ffff:203.0.113.7"))
    assert network(asked("2001:db8::1")) == network(asked("2001:db8::2"))


def test_the_network_of_an_event_is_told(visitor: Visitor, place: Place) -> None:
    visitor.say(text="ABCD2345")
    assert place.talk.heard[0].network == "127.0.0.1"
