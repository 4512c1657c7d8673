"""Who gets in by a link, a code and a cookie, over real HTTP, with the real conversation behind it."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing

import httpx
import pytest
from sqlmodel import col, select
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.web import guard as web_guard
from bot.channels.web import live as web_live
from bot.channels.web.pages import Persona
from bot.conversation import Conversation
from bot.demo import PERSONA, personas
from bot.permissions import Role
from bot.store import chats, invitations, seats
from bot.store.tables import AddressRow, HistoryRow, InvitationRow
from bot.store.weblog import WebLog
from tests.browser import serving, web_app
from tests.channels.web_fakes import Visitor
from tests.conftest import Clock
from tests.conversation.test_strangers import wrong_codes
from tests.objects import objects
from tests.phone import Phone, World, code_for

SECRET = "a secret of the tests only"


class Browser(Visitor):
    """A browser without a screen, and what a person reads and presses on its pages."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.page = ""
        self.keys: list[str] = []

    def be(self, address: str, world: World) -> "Browser":
        """Have the cookie of an address."""
        made = Response()
        web_guard.Door(SECRET, "", False, world.clock).admit(made, address)
        self.cookie = made.headers["set-cookie"].split(";")[0].removeprefix("chat=")
        return self

    @property
    def cookie(self) -> str:
        """What the browser keeps."""
        return self.http.cookies.get("chat", default="") or ""

    @cookie.setter
    def cookie(self, value: str) -> None:
        self.http.cookies.clear()
        self.http.cookies.set("chat", value, domain="127.0.0.1")

    def open(self, path: str = "/") -> httpx.Response:
        """Open a page, wherever that leads."""
        answer = super().open(path)
        while answer.has_redirect_location:
            answer = super().open(answer.headers["location"])
        self.page = answer.text
        self.keys = re.findall(r'name="key" value="(\w+)"', answer.text)
        return answer

    @property
    def text(self) -> str:
        """What is to be read, without what is hidden."""
        unread = r"<(form|p)[^>]* hidden>.*?</\1>|<noscript>.*?</noscript>|<span class=unseen>.*?</span>"
        body = re.sub(unread, "", self.page, flags=re.S)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body.partition("<body")[2].partition(">")[2]))

    @property
    def ways(self) -> list[str]:
        """The buttons that join."""
        return re.findall(r"<button name=who[^>]*>(.*?)</button>", self.page)

    def press(self, code: str, label: str) -> httpx.Response:
        """Press a button of the join page."""
        [who] = re.findall(rf"<button name=who value=(\w+)[^>]*>{label}</button>", self.page)
        form = {"token": self.token, "key": self.keys[0], "who": who}
        answer = self.http.post(f"/join/{code}", data=form, headers={"Accept": "text/html"})
        self.page = answer.text
        return answer

    def join(self, code: str, label: str = "加入") -> "Browser":
        """Open a link and press a button."""
        self.open(f"/join/{code}")
        answer = self.press(code, label)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        return self

    def who(self, world: World) -> str:
        """Who is there, with the seats, as the database has it."""
        address = self.cookie.partition(".")[0]
        with world.database.read() as session:
            chat = chats.chat_at(session, channel="web", external=address, now=world.clock(), create=False)
        return f"{chat.me.name}：" + "；".join(seat.words for seat in chat.me.seats)


class Place:
    """A web chat in front of a world."""

    def __init__(self, world: World, url: str, stack: ExitStack) -> None:
        self.world, self.url, self._stack = world, url, stack

    def browser(self, persona: str = "") -> Browser:
        """A browser: nobody's, or with somebody of the demo in it."""
        browser = Browser(self.url)
        self._stack.enter_context(closing(browser.http))
        return browser.be(World.PERSONAS[persona], self.world) if persona else browser


def served(world: World, people: Callable[[], Sequence[Persona]] | None = None) -> Iterator[Place]:
    app = web_app(
        world.conversation,
        WebLog(world.database),
        secret_key=SECRET,
        secure_cookies=False,
        personas=people,
        chat=True,
        ready=list,
        polls=world.polls,
        now=world.clock,
    )
    with ExitStack() as stack, serving(app) as url:
        yield Place(world, url, stack)


@pytest.fixture
def place(world: World) -> Iterator[Place]:
    yield from served(world)


@pytest.fixture
def gate(desk: World) -> Iterator[Place]:
    yield from served(desk)


MEMBER = "示范职业高中党总支 总支委员"
SECRETARY = "新源里校区党支部 支部书记"


def secretarys_code(world: World, uses: int = 1) -> str:
    return code_for(world, Role.SECRETARY, world.branches[3].id, uses)


def uses_left(world: World, code: str) -> int:
    with world.database.read() as session:
        return objects(session).exec(select(InvitationRow.uses_left).where(InvitationRow.code == code)).one()


def holders(world: World, role: Role, branch: int | None) -> int:
    with world.database.read() as session:
        if branch is None:
            return len(seats.in_committee(session, 1, role))
        return len(seats.in_branches(session, 1, [branch]).get(branch, ()))


# --- the page of a link -------------------------------------------------------------------------------------


def test_the_page_of_a_link_names_the_seat_who_invites_and_until_when(gate: Place) -> None:
    browser = gate.browser()
    browser.open(f"/join/{secretarys_code(gate.world)}")
    for words in (SECRETARY, "示范职业高中党总支", "系统管理员", "到 1月11日 09:05"):
        assert words in browser.text
    assert browser.ways == ["加入"]
    phone = gate.world.phone("secretary").say("我的职务").tap("邀请支委")
    code = next(line[1] for line in phone.screen.lines if line[0] == "邀请码")
    browser.open(f"/join/{code}")
    assert "邀请人 常营主校区书记" in browser.text
    phone.say("我的职务").tap("移交")
    code = next(line[1] for line in phone.screen.lines if line[0] == "移交码")
    browser.open(f"/join/{code}")
    assert "随即移交给您" in browser.text


def test_names_on_the_page_are_text_and_never_markup(gate: Place) -> None:
    phone = gate.world.phone("secretary").say("我的职务").tap("改称呼").say("<b onclick=1>'&\"")
    phone.tap("邀请支委")
    code = next(line[1] for line in phone.screen.lines if line[0] == "邀请码")
    browser = gate.browser("secretary")
    browser.open(f"/join/{code}")
    assert "<b onclick" not in browser.page
    assert browser.page.count("&lt;b onclick=1&gt;&#x27;&amp;&quot;") >= 3
    browser.open(f"/join/{code}?<script>")
    assert "<script>" not in browser.page


def test_a_second_persons_link_asks_who_joins_and_adds_nothing_to_the_first(place: Place) -> None:
    world, code = place.world, secretarys_code(place.world)
    browser = place.browser("officer")
    before = browser.who(world)
    assert before == "常营主校区支委：常营主校区党支部 支委"
    browser.open(f"/join/{code}")
    assert "这个浏览器现在是 常营主校区支委（常营主校区党支部 支委）" in browser.text
    assert browser.ways == ["以常营主校区支委的身份加入", "换一个人加入"]
    assert "常营主校区支委在这个浏览器上退出登录，职务和已填的内容保留" in browser.text
    browser.join(code, "换一个人加入")
    assert browser.who(world) == f"支部书记：{SECRETARY}"
    assert world.me("officer").person_id is None, "the old cookie is nobody's any more"
    with world.database.read() as session:
        left = seats.in_branches(session, 1, [world.branches[0].id])[world.branches[0].id]
    assert len(left) == 2, "the officer keeps the seat"


def test_whoever_says_so_gets_the_second_seat_as_the_same_person(place: Place) -> None:
    browser = place.browser("officer").join(secretarys_code(place.world), "以常营主校区支委的身份加入")
    assert browser.who(place.world) == f"常营主校区支委：常营主校区党支部 支委；{SECRETARY}"


def test_a_link_whose_seat_one_has_says_so_and_uses_nothing_up(gate: Place) -> None:
    code = secretarys_code(gate.world, uses=2)
    browser = gate.browser().join(code)
    browser.open(f"/join/{code}")
    assert "您已经有这个职务" in browser.text
    assert browser.ways == ["换一个人加入"]
    gate.browser().join(code)
    browser.open(f"/join/{code}")
    assert "您已经加入了" in browser.text
    assert browser.ways == []
    assert "打开聊天页面" in browser.text


def test_a_dead_code_says_which_and_what_to_do_instead_of_a_form(gate: Place, clock: Clock) -> None:
    world = gate.world
    used, void, late = (secretarys_code(world, uses=n) for n in (1, 2, 3))
    gate.browser().join(used)
    with world.database.write() as session:
        made = invitations.invitation_with(session, text=void, now=clock())
        assert made is not None
        invitations.cancel(session, me=world.me("administrator"), made=made)
    browser = gate.browser()
    for code, words in (
        (used, "这个邀请码已经用过。请向给您邀请码的同志要一个新的。"),
        (void, "这个邀请码已作废。请向给您邀请码的同志要一个新的。"),
        (
            "ABCD2345",
            "这里没有找到这个邀请码：可能抄错了一位，也可能是别的单位的邀请。请核对后再输入，或请给您邀请码的同志重新发。",
        ),
        ("ABC", "这不像邀请码。邀请码是 8 位字母和数字。请核对后再输入"),
        ("-", "这不像邀请码。"),
    ):
        browser.open(f"/join/{code}")
        assert words in browser.text
        assert browser.ways == []
        assert 'action="/join"' in browser.page, "another code can be typed"
    clock.forward(days=15)
    browser.open(f"/join/{late}")
    assert "这个邀请码已过期" in browser.text


def test_a_used_link_names_who_to_ask_and_tells_whoever_used_it_elsewhere_how_to_go_on(gate: Place) -> None:
    phone = gate.world.phone("secretary").say("我的职务").tap("邀请支委")
    code = next(line[1] for line in phone.screen.lines if line[0] == "邀请码")
    in_wechat, elsewhere = gate.browser().join(code), gate.browser()
    elsewhere.open(f"/join/{code}")
    assert "这个邀请码已经用过。请向邀请您的常营主校区书记要一个新的。" in elsewhere.text
    assert "用过的时间 12月28日 09:05" in elsewhere.text
    assert "如果是您自己用的（例如先在微信、QQ 里打开过链接），您已经加入了" in elsewhere.text
    assert "「我的职务」—「登录的设备」要一个登录码，输入到这里" in elsewhere.text
    assert elsewhere.ways == []
    in_wechat.open(f"/join/{code}")
    assert "您已经加入了" in in_wechat.text
    address = in_wechat.cookie.partition(".")[0]
    there = (
        Phone(gate.world.conversation, address).say("我的职务").tap("登录的设备").tap("在另一台设备上登录")
    )
    log_in = next(line[1] for line in there.screen.lines if line[0] == "登录码")
    elsewhere.join(log_in, "以支委的身份登录")
    assert elsewhere.who(gate.world) == in_wechat.who(gate.world) == "支委：常营主校区党支部 支委"


def test_the_page_of_a_code_that_was_cancelled_or_is_late_names_who_to_ask(gate: Place, clock: Clock) -> None:
    phone = gate.world.phone("secretary").say("我的职务").tap("邀请支委")
    void = next(line[1] for line in phone.screen.lines if line[0] == "邀请码")
    phone.tap("再要一个")
    late = next(line[1] for line in phone.screen.lines if line[0] == "邀请码")
    phone.say("我的职务").tap("邀请支委").tap("取消这个邀请码")
    browser = gate.browser()
    browser.open(f"/join/{void}")
    assert "这个邀请码已作废。请向邀请您的常营主校区书记要一个新的。" in browser.text
    clock.forward(days=15)
    browser.open(f"/join/{late}")
    assert "这个邀请码已过期。请向邀请您的常营主校区书记要一个新的。" in browser.text
    assert "微信" not in browser.text, "nobody used it"


@pytest.mark.parametrize(
    "around", ["{}。", "{}，请打开", "邀请码：{}", "{} ", "{}/", "{}?from=singlemessage"]
)
def test_a_link_is_understood_with_what_was_copied_along(gate: Place, around: str) -> None:
    browser = gate.browser()
    browser.open(f"/join/{around.format(secretarys_code(gate.world))}")
    assert SECRETARY in browser.text
    assert browser.ways == ["加入"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("ABCD234", "这里有 7 位，可能没有复制完整"),
        ("ABCD23456", "这里有 9 位，可能没有复制完整"),
        ("ABCD0I34", "邀请码里没有 0、I 这样容易看错的字母和数字"),
        ("ABCD2345", "这里没有找到这个邀请码：可能抄错了一位，也可能是别的单位的邀请"),
        ("您好", "这不像邀请码。邀请码是 8 位字母和数字"),
        ("", "这不像邀请码。邀请码是 8 位字母和数字"),
    ],
)
def test_a_mistyped_link_says_what_is_wrong_and_takes_another_code(
    gate: Place, typed: str, says: str
) -> None:
    browser = gate.browser()
    browser.open(f"/join/{typed}")
    assert says in browser.text
    assert browser.ways == []
    assert "下一步" in browser.text


def test_a_link_of_another_place_that_is_typed_says_where_it_leads(gate: Place) -> None:
    browser = gate.browser()
    browser.open(str(httpx.URL("/join", params={"code": "https://other.example/join/ABCD2345"})))
    assert "这个链接是 other.example 的，这里没有找到这个邀请码。请直接点开那个链接。" in browser.text
    phone = Phone(gate.world.conversation, "new")
    assert "这个链接是 t.me/other_bot 的" in phone.say("https://t.me/other_bot?start=ABCD2345").text
    assert "可能抄错了一位" in phone.say("http://127.0.0.1:8000/join/ABCD2345").text


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 14) MQQBrowser/6.2 MicroMessenger/8.0.49 WeChat/arm64", "微信"),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 QQ/9.0.30 V1_IPH_SQ", "QQ"),
        ("Mozilla/5.0 (Linux) wxwork/4.1.0 MicroMessenger/7.0.1", "企业微信"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36", ""),
    ],
)
def test_the_browser_of_a_messenger_is_named_before_the_code_is_used_there(
    gate: Place, agent: str, name: str
) -> None:
    code, browser = secretarys_code(gate.world), gate.browser()
    browser.http.headers["user-agent"] = agent
    browser.open(f"/join/{code}")
    assert (f"您正在{name}里打开" in browser.text) == bool(name)
    assert ("在哪里点按钮加入，以后就在哪里用" in browser.text) == bool(name)
    assert uses_left(gate.world, code) == 1


def test_the_page_names_school_seat_and_who_made_the_code_of_every_kind(gate: Place) -> None:
    committee = "党总支 示范职业高中党总支"
    phone = gate.world.phone("member").say("我的职务").tap("移交")
    moves = next(line[1] for line in phone.screen.lines if line[0] == "移交码")
    phone.say("我的职务").tap("登录的设备").tap("在另一台设备上登录")
    log_in = next(line[1] for line in phone.screen.lines if line[0] == "登录码")
    for code, words in (
        (code_for(gate.world, Role.MEMBER), (committee, f"职务 {MEMBER}", "邀请人 系统管理员")),
        (secretarys_code(gate.world), (committee, f"职务 {SECRETARY}", "邀请人 系统管理员")),
        (moves, (committee, f"职务 {MEMBER}", "移交人 总支委员甲")),
        (log_in, (committee, "您将登录为 总支委员甲", f"职务 {MEMBER}", "登录码由 总支委员甲自己生成")),
    ):
        browser = gate.browser()
        browser.open(f"/join/{code}")
        for word in words:
            assert word in browser.text, browser.text


def test_a_code_may_be_typed_on_the_page_in_any_way(gate: Place) -> None:
    code = secretarys_code(gate.world)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code)
    for typed in (code, code.lower(), f" {code[:4]} {code[4:]} ", wide):
        browser = gate.browser()
        browser.http.get("/join", params={"code": typed})
        browser.open(str(httpx.URL("/join", params={"code": typed})))
        assert SECRETARY in browser.text


@pytest.mark.slow
def test_previews_of_a_right_link_use_nothing_up_and_leave_no_trace(place: Place) -> None:
    code = secretarys_code(place.world)
    for _ in range(70):
        place.browser().open(f"/join/{code}")
    assert uses_left(place.world, code) == 1
    with place.world.database.read() as session:
        assert len(objects(session).exec(select(AddressRow)).all()) == 8


def test_looking_at_wrong_links_counts_as_guessing_by_chat_and_by_network(gate: Place, clock: Clock) -> None:
    right = secretarys_code(gate.world)
    browser = gate.browser()
    browser.open()
    for code in wrong_codes(5):
        browser.open(f"/join/{code}")
        assert "没有找到" in browser.text
    browser.open(f"/join/{right}")
    assert "这个聊天试错的次数太多了" in browser.text
    assert browser.ways == []
    for code in wrong_codes(60)[5:]:
        gate.browser().open(f"/join/{code}")
    newcomer = gate.browser()
    newcomer.open(f"/join/{right}")
    assert "您所在的网络试错的次数太多了，请在 12月28日 10:05 后再试" in newcomer.text
    newcomer.open()
    assert "您所在的网络试错" in str(newcomer.say(text=right).json()["screen"])
    clock.forward(hours=1)
    newcomer.join(right)


# --- whose cookie it is -------------------------------------------------------------------------------------


def test_a_cookie_that_somebody_planted_does_not_hold_the_seat(place: Place) -> None:
    attacker, victim = place.browser(), place.browser()
    attacker.open()
    victim.cookie = attacker.cookie
    victim.join(secretarys_code(place.world))
    assert victim.who(place.world) == f"支部书记：{SECRETARY}"
    assert attacker.who(place.world) == "："
    attacker.open()
    assert attacker.who(place.world) == "："


@pytest.mark.parametrize(
    "planted", ["chat=garbage; ", "chat=; ", "chat=x.y.z; chat=\\a\\a; ", f"chat={'x' * 5000}; "]
)
def test_a_cookie_of_no_value_that_somebody_planted_replaces_no_good_one(gate: Place, planted: str) -> None:
    browser = gate.browser("officer")
    good = browser.cookie
    browser.http.cookies.clear()
    browser.http.headers["Cookie"] = f"{planted}chat={good}"
    assert browser.open().headers["set-cookie"].startswith(f"chat={World.PERSONAS['officer']}.")
    assert browser.say(press="h").json()["screen"]["title"] == "您好，常营主校区支委"


def test_among_many_cookies_of_no_value_the_good_one_is_found(gate: Place) -> None:
    browser = gate.browser("officer")
    planted = "".join(f"chat={n}.{n}.{n}; " for n in range(100))
    browser.http.headers["Cookie"] = f"{planted}chat={browser.cookie}"  # and no others
    browser.http.cookies.clear()
    assert browser.open().headers["set-cookie"].startswith(f"chat={World.PERSONAS['officer']}.")


def test_a_strangers_good_cookie_before_ours_does_not_take_its_place(gate: Place) -> None:
    browser = gate.browser("officer")
    stranger = gate.browser()
    stranger.open()
    browser.http.headers["Cookie"] = f"chat={stranger.cookie}; chat={browser.cookie}"
    browser.http.cookies.clear()
    assert "set-cookie" not in browser.open().headers


def test_over_https_no_site_beside_ours_can_plant_a_cookie(place: Place) -> None:
    door = web_guard.Door(SECRET, "https://party.example.cn", True, place.world.clock)

    def asked(*cookies: str) -> Request:
        return Request({"type": "http", "headers": [(b"cookie", "; ".join(cookies).encode())]})

    def given(address: str) -> str:
        made = Response()
        door.admit(made, address)
        return made.headers["set-cookie"].split(";")[0]

    planted, ours = given("planted").replace("__Host-", ""), given("ours")
    assert ours.startswith("__Host-chat=ours.")
    found = door.visitor(asked(planted, ours))
    assert found is not None
    assert (found.address, found.contested) == ("ours", False)
    earlier = door.visitor(asked(ours.replace("__Host-", "")))  # of before there was a safe name
    assert earlier is not None
    assert earlier.address == "ours"


@pytest.mark.parametrize(
    "seen", [{"Sec-Fetch-Dest": "image"}, {"Sec-Fetch-Dest": "iframe"}, {"Sec-Purpose": "prefetch"}]
)
def test_what_nobody_looks_at_is_no_guess(gate: Place, seen: dict[str, str]) -> None:
    with httpx.Client(trust_env=False, headers=seen) as page:
        for n in range(70):
            assert page.get(f"{gate.url}/join/ABCD{n + 2222}").status_code == 403
    assert gate.world.conversation.offer(
        "web", "", secretarys_code(gate.world), network="127.0.0.1", expired=False
    ).ways


def test_a_cookie_that_somebody_planted_does_not_hold_a_seat_by_a_typed_code(place: Place) -> None:
    attacker, victim = place.browser(), place.browser()
    attacker.open()
    victim.cookie = attacker.cookie
    victim.open()
    answer = victim.say(text=secretarys_code(place.world)).json()
    assert answer["go"] == "/"
    assert victim.who(place.world) == f"支部书记：{SECRETARY}"
    assert attacker.who(place.world) == "："
    victim.open()
    with victim.events() as states:
        state = next(states)
    assert state["screen"]["title"].startswith("这个月三件事")
    assert state["log"][-1]["title"] == "✅ 加入成功"


def test_a_lost_answer_to_a_typed_code_is_had_again_with_the_old_cookie(place: Place) -> None:
    code, browser = secretarys_code(place.world), place.browser()
    browser.open()
    before = browser.cookie
    browser.say(text=code, key="the-key-of-this-text")
    inside = browser.cookie
    browser.cookie = before
    assert browser.say(text=code, key="the-key-of-this-text").json()["go"] == "/"
    assert browser.cookie.partition(".")[0] == inside.partition(".")[0]
    assert holders(place.world, Role.SECRETARY, place.world.branches[3].id) == 2


@pytest.mark.parametrize("persona", ["", "officer"])
@pytest.mark.parametrize("label", ["new", "me"])
def test_a_form_sent_twice_gives_one_seat_and_the_same_cookie(place: Place, persona: str, label: str) -> None:
    if not persona and label == "me":
        label = "new"
    code, browser = secretarys_code(place.world), place.browser(persona)
    browser.open(f"/join/{code}")
    before, form = browser.cookie, {"token": browser.token, "key": browser.keys[0], "who": label}
    addresses = set()
    for _ in range(3):
        browser.cookie = before
        assert browser.http.post(f"/join/{code}", data=form).headers["location"] == "/"
        addresses.add(browser.cookie.partition(".")[0])
    assert len(addresses) == 1
    assert SECRETARY in browser.who(place.world)
    assert holders(place.world, Role.SECRETARY, place.world.branches[3].id) == 2


def test_another_form_does_not_find_the_address_of_the_first(gate: Place) -> None:
    code, browser = secretarys_code(gate.world), gate.browser()
    browser.open()
    planted = browser.cookie
    browser.join(code)
    attacker = gate.browser()
    attacker.cookie = planted
    attacker.open(f"/join/{code}")
    assert "已经用过" in attacker.text
    form = {"token": attacker.token, "key": "f" * 32, "who": "new"}
    answer = attacker.http.post(f"/join/{code}", data=form)
    assert "已经用过" in answer.text
    assert attacker.who(gate.world) == "："


def test_who_pressed_as_whoever_left_meanwhile_joins_as_nobody(gate: Place) -> None:
    code, browser = secretarys_code(gate.world), gate.browser("officer")
    browser.open(f"/join/{code}")
    gate.world.phone("officer").say("我的职务").tap("退出登录").tap("确认退出登录")
    browser.press(code, "以常营主校区支委的身份加入")
    assert "这里的登录已经变了，没有加入。请重新打开邀请链接。" in browser.text
    assert uses_left(gate.world, code) == 1


@pytest.mark.parametrize("who", ["", "administrator", "0"])
def test_a_form_that_does_not_say_who_joins_leads_back_to_the_page(gate: Place, who: str) -> None:
    code, browser = secretarys_code(gate.world), gate.browser("officer")
    browser.open(f"/join/{code}")
    form = {"token": browser.token, "key": browser.keys[0], "who": who}
    assert browser.http.post(f"/join/{code}", data=form).headers["location"] == f"/join/{code}"
    assert uses_left(gate.world, code) == 1


def test_a_code_that_somebody_types_leads_to_the_page_that_asks_who_joins(place: Place) -> None:
    code, browser = secretarys_code(place.world), place.browser("officer")
    browser.open()
    for typed in (code, f"/start {code}", f"您好，邀请码：{code}"):
        browser.say(text="邀请码")
        answer = browser.say(text=typed).json()
        assert answer["go"] == f"/join/{code}"
        assert uses_left(place.world, code) == 1
    assert "没有找到" in str(browser.say(text="ABCD2345").json()["screen"])


# --- how long -----------------------------------------------------------------------------------------------


def test_past_180_days_the_page_asks_for_a_new_link_and_keeps_who_it_was(place: Place, clock: Clock) -> None:
    browser = place.browser("officer")
    browser.open()
    clock.forward(days=181)
    before = browser.cookie
    refused = browser.say(text="首页")
    assert (refused.status_code, refused.json()["reload"]) == (403, True)
    assert refused.json()["error"] == "您在这个浏览器上的登录已过期。请刷新页面，按提示继续。"
    assert browser.upload("a.png", "image/png", b"x").status_code == 403
    assert browser.http.get("/file").status_code == 404
    assert "set-cookie" not in browser.open().headers
    assert "登录已过期" in browser.text
    assert "请要一个新的邀请链接" in browser.text
    assert "set-cookie" not in browser.open("/join/ABCD2345").headers
    assert browser.cookie == before
    code = secretarys_code(place.world)
    assert "set-cookie" not in browser.open(f"/join/{code}").headers
    assert browser.ways == ["以常营主校区支委的身份继续", "换一个人加入"]
    browser.press(code, "以常营主校区支委的身份继续")
    assert browser.who(place.world) == f"常营主校区支委：常营主校区党支部 支委；{SECRETARY}"
    browser.open()
    assert browser.say(press="h").status_code == 200


def test_opening_the_page_is_a_visit_that_is_noted_once_a_day(place: Place, clock: Clock) -> None:
    def heard() -> object:
        with place.world.database.read() as session:
            address = place.world.phone("officer").address
            return (
                objects(session).exec(select(AddressRow.heard_at).where(AddressRow.external == address)).one()
            )

    browser = place.browser("officer")
    first = heard()
    clock.forward(hours=23)
    browser.open()
    assert heard() == first
    clock.forward(hours=1)
    browser.open()
    second = heard()
    assert second == clock()
    clock.forward(days=181)
    browser.open()
    assert "登录已过期" in browser.text
    assert heard() == second


def test_a_link_to_the_seat_one_has_renews_the_login_once(place: Place, clock: Clock) -> None:
    used = code_for(place.world, Role.OFFICER, place.world.branches[0].id, uses=2)
    browser = place.browser().join(used)
    clock.forward(days=181)
    browser.open(f"/join/{used}")
    assert "已过期" in browser.text
    assert browser.ways == []
    code = code_for(place.world, Role.OFFICER, place.world.branches[0].id)
    browser.open(f"/join/{code}")
    before, token, key = browser.cookie, browser.token, browser.keys[0]
    for _ in range(2):
        browser.cookie = before
        form = {"token": token, "key": key, "who": "me"}
        assert browser.http.post(f"/join/{code}", data=form).headers["location"] == "/"
    assert uses_left(place.world, code) == 0
    assert browser.who(place.world) == "支委：常营主校区党支部 支委"
    browser.open()
    assert browser.say(press="h").status_code == 200


@pytest.mark.parametrize("step", [{"hours": -8}, {"seconds": -10}, {"days": -400}, {"days": 2557}])
def test_whatever_the_clock_says_the_person_is_in_again_when_it_is_right(
    gate: Place, clock: Clock, step: dict[str, float]
) -> None:
    browser, right = gate.browser("officer"), clock.now
    browser.open()
    clock.forward(**step)
    browser.open()
    browser.open("/join/ABCD2345")
    if step.get("days", 0) <= 0:
        assert browser.say(press="h").status_code == 200
    clock.now = right
    browser.open()
    assert browser.say(press="h").json()["screen"]["title"] == "您好，常营主校区支委"


@pytest.fixture
def demo(desk: World) -> Iterator[Place]:
    desk.conversation = Conversation(desk.database, desk.evidence, desk.clock, lambda _: (), "", PERSONA)
    yield from served(desk, lambda: [Persona(*one) for one in personas(desk.database)])


def test_in_the_demo_an_expired_persona_is_chosen_anew(demo: Place, clock: Clock) -> None:
    browser = demo.browser("secretary")
    clock.forward(days=181)
    assert browser.http.get("/").headers["location"] == "/demo"


def test_in_the_demo_nobody_is_logged_out_of_what_all_may_be(demo: Place) -> None:
    browser = demo.browser("secretary")
    browser.open()
    answer = browser.say(press="sx:0").json()
    assert answer["toast"] == "演示里的身份一直保留，不用退出。请点页面上方的「换个身份」。"
    browser.join(secretarys_code(demo.world), "换一个人加入")
    assert browser.who(demo.world) == f"支部书记：{SECRETARY}"
    assert demo.world.me("secretary").known


# --- without cookies ----------------------------------------------------------------------------------------


def test_without_cookies_a_form_a_text_and_a_file_say_what_to_do(gate: Place) -> None:
    code, browser = secretarys_code(gate.world), gate.browser()
    browser.open(f"/join/{code}")
    browser.http.cookies.clear()
    sentence = "浏览器没有保存 Cookie，无法继续。请允许浏览器保存 Cookie（不要用无痕模式），再刷新页面。"
    assert browser.press(code, "加入").text == sentence
    browser.open()
    browser.http.cookies.clear()
    for answer in (browser.say(text="你好"), browser.upload("a.png", "image/png", b"x")):
        assert (answer.status_code, answer.json()) == (403, {"error": sentence, "reload": True})
    stream = browser.http.get("/events", headers={"Accept": "text/event-stream"})
    assert stream.text.startswith("event: refused\ndata: ")
    assert sentence in stream.text
    assert uses_left(gate.world, code) == 1


# --- logging out and in elsewhere ---------------------------------------------------------------------------


def test_after_logging_out_the_page_knows_nobody_and_shows_nothing_of_them(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_live, "PAUSE", 0.01)
    browser = place.browser("officer")
    browser.open()
    browser.say(text="这是我说的话")
    with browser.events("another tab") as states:
        mine = next(states)
        assert "这是我说的话" in str(mine["log"])
        browser.say(press="ax:0")
        answer = browser.say(press="sx:0").json()
        assert answer["who"] != mine["who"]
        state = next(state for state in states if state["who"] != mine["who"])
    assert state["who"] == answer["who"]
    assert state["log"] == []
    assert "邀请码" in str(state["screen"])
    assert answer["toast"] == "已退出登录"
    browser.open()
    assert browser.who(place.world) == "："


def test_after_the_last_seat_the_page_shows_nothing_that_was_said_and_can_log_out(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_live, "PAUSE", 0.01)
    browser = place.browser("officer")
    browser.open()
    browser.say(text="这是我说的话")
    [seat] = place.world.me("officer").seats
    with browser.events("another tab") as states:
        assert "这是我说的话" in str(next(states)["log"])
        browser.say(press=f"lv:{seat.id}")
        state = next(state for state in states if "您目前没有职务" in str(state["screen"]))
        assert state["log"] == []
        assert "退出登录" in str(state["screen"])
    assert browser.say(press="sx:0").json()["toast"] == "已退出登录"
    assert browser.who(place.world) == "："


def test_what_was_kept_of_somebody_who_left_long_ago_is_not_shown(place: Place) -> None:
    browser = place.browser("officer")
    browser.open()
    phone = place.world.phone("officer").say("我的职务").tap("退出").tap("确认退出")
    WebLog(place.world.database).append(phone.address, True, "", ("以前的话",), place.world.clock())
    with browser.events() as states:
        assert next(states)["log"] == []


def test_logging_out_elsewhere_changes_the_open_pages_there_at_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_live, "PAUSE", 0.01)
    world = place.world
    phone = world.phone("officer").say("我的职务").tap("登录的设备").tap("在另一台设备上登录")
    code = next(line[1] for line in phone.screen.lines if line[0] == "登录码")
    lost = place.browser()
    lost.open(f"/join/{code}")
    assert "您将登录为 常营主校区支委" in lost.text
    lost.join(code, "以常营主校区支委的身份登录")
    assert lost.who(world) == "常营主校区支委：常营主校区党支部 支委"
    lost.open()
    with lost.events() as states:
        assert next(states)["screen"]["title"] == "您好，常营主校区支委"
        phone.say("我的职务").tap("登录的设备").tap("退出其他设备").tap("确认退出其他设备")
        state = next(state for state in states if "您好，" not in state["screen"]["title"])
    assert "邀请码" in str(state["screen"])
    assert lost.who(world) == "："
    assert world.me("officer").known


def test_a_code_to_log_in_where_somebody_else_is_asks_and_changes_the_browser(place: Place) -> None:
    world = place.world
    phone = world.phone("officer").say("我的职务").tap("登录的设备").tap("在另一台设备上登录")
    code = next(line[1] for line in phone.screen.lines if line[0] == "登录码")
    browser = place.browser("member")
    browser.open(f"/join/{code}")
    assert browser.ways == ["换成常营主校区支委登录"]
    browser.join(code, "换成常营主校区支委登录")
    assert browser.who(world) == "常营主校区支委：常营主校区党支部 支委"
    assert world.me("member").person_id is None
    browser.open(f"/join/{code}")
    assert "您已经登录了" in browser.text
    stranger = place.browser()
    stranger.open(f"/join/{code}")
    assert "这个登录码已经用过" in stranger.text
    with world.database.read() as session:
        said = (
            objects(session)
            .exec(select(HistoryRow.after).where(HistoryRow.subject == "login").order_by(col(HistoryRow.id)))
            .all()
        )
    assert said == ['{"what": "out", "addresses": 1}', '{"what": "in", "addresses": 1}']


def test_a_seat_handed_over_by_link_names_who_gets_it(gate: Place) -> None:
    phone = gate.world.phone("secretary").say("我的职务").tap("移交")
    code = next(line[1] for line in phone.screen.lines if line[0] == "移交码")
    own = gate.browser("secretary")
    own.open(f"/join/{code}")
    assert "您已经有这个职务" in own.text
    assert (
        Phone(gate.world.conversation, World.PERSONAS["secretary"])
        .say("首页")
        .screen.title.startswith("您好")
    )
    gate.browser().join(code)
    assert not gate.world.me("secretary").known
