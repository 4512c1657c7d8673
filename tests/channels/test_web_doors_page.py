"""Joining, logging out and being refused, in a real browser at phone size with the real conversation behind it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Route

from bot.channels.web import live as web_live
from tests.browser import SIZE, Phone
from tests.channels.test_web_doors import SECRETARY, Browser, Place, secretarys_code, served
from tests.chromium import needs_chromium
from tests.conftest import Clock
from tests.phone import World

pytestmark = needs_chromium


@pytest.fixture
def gate(desk: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(web_live, "PAUSE", 0.05)
    yield from served(desk)


@pytest.fixture
def phone(new: Phone) -> Phone:
    return new


def be(phone: Phone, gate: Place, persona: str) -> Phone:
    """Have somebody of the demo logged in."""
    value = Browser(gate.url).be(World.PERSONAS[persona], gate.world).cookie
    phone.page.context.add_cookies([{"name": "chat", "value": value, "url": gate.url}])
    return phone


@pytest.mark.slow
def test_a_code_typed_by_somebody_new_lets_them_in_and_the_page_goes_on_as_theirs(
    phone: Phone, gate: Place
) -> None:
    phone.open(gate.url)
    before = phone.page.context.cookies()[0]["value"]
    phone.page.get_by_label("输入", exact=True).fill(secretarys_code(gate.world))
    phone.button("发送").click()
    phone.wait_for("这个月三件事")
    phone.settled()
    assert phone.said[-1] == f"✅ 加入成功\n职务：{SECRETARY}\n称呼可以在「我的职务」里修改。"
    assert phone.page.context.cookies()[0]["value"].split(".")[0] != before.split(".")[0]
    phone.tap("首页")
    phone.tap("我的职务")
    assert SECRETARY in phone.text


@pytest.mark.slow
def test_a_code_typed_by_somebody_who_is_in_leads_to_the_question_who_joins(
    phone: Phone, gate: Place
) -> None:
    be(phone, gate, "officer").open(gate.url)
    phone.page.get_by_label("输入", exact=True).fill(secretarys_code(gate.world))
    phone.button("发送").click()
    phone.button("换一个人加入").wait_for()
    assert (
        "这个浏览器现在是：常营主校区支委（常营主校区党支部 支委）" in phone.page.locator("body").inner_text()
    )
    phone.tap("换一个人加入")
    phone.wait_for("这个月三件事")
    assert not gate.world.me("officer").known


@pytest.mark.slow
def test_after_logging_out_nothing_of_the_person_is_left_on_the_page(phone: Phone, gate: Place) -> None:
    be(phone, gate, "officer").open(gate.url)
    phone.say("我的职务")
    assert phone.said == ["我的职务"]
    line = phone.page.get_by_label("输入", exact=True)
    phone.tap("退出登录")
    line.fill("没有写完的话")
    phone.button("确认退出登录").click()
    phone.wait_for("邀请码")
    phone.page.locator("#log .bubble").first.wait_for(state="detached")
    phone.settled()
    assert line.input_value() == ""
    assert "常营" not in phone.page.locator("body").inner_text()


@pytest.mark.slow
def test_a_page_that_is_logged_out_from_elsewhere_changes_by_itself(phone: Phone, gate: Place) -> None:
    other = gate.world.phone("officer").say("我的职务").tap("登录的设备").tap("在另一台设备上登录")
    code = next(line[1] for line in other.screen.lines if line[0] == "登录码")
    phone.open(f"{gate.url}/join/{code}")
    phone.tap("以常营主校区支委的身份登录")
    phone.wait_for("您好，常营主校区支委")
    other.say("我的职务").tap("登录的设备").tap("退出其他设备").tap("确认退出其他设备")
    phone.wait_for("邀请码")
    assert "常营" not in phone.text


@pytest.mark.slow
def test_an_expired_page_keeps_its_cookie_and_is_itself_again_when_the_clock_is_right(
    phone: Phone, gate: Place, clock: Clock
) -> None:
    be(phone, gate, "officer").open(gate.url)
    before = phone.page.context.cookies()[0]["value"]
    clock.forward(days=2557)
    phone.page.get_by_label("输入", exact=True).fill("写了一半")
    phone.button("发送").click()
    phone.button("刷新").wait_for()
    assert phone.notice == "您在这个浏览器上的登录已过期。请刷新页面，按提示继续。"
    phone.button("刷新").click()
    phone.page.get_by_role("heading", name="登录已过期").wait_for()
    assert phone.page.context.cookies()[0]["value"].split(".")[0] == before.split(".")[0]
    clock.forward(days=-2557)
    phone.open(gate.url)
    assert phone.title == "您好，常营主校区支委"
    assert phone.page.get_by_label("输入", exact=True).input_value() == "写了一半"


@pytest.mark.slow
def test_past_its_time_a_page_goes_on_by_a_code_that_is_typed(
    phone: Phone, gate: Place, clock: Clock
) -> None:
    be(phone, gate, "officer").open(gate.url)
    clock.forward(days=181)
    phone.open(gate.url)
    phone.page.get_by_label("邀请码").fill(secretarys_code(gate.world).lower())
    phone.tap("下一步")
    phone.tap("以常营主校区支委的身份继续")
    phone.wait_for("这个月三件事")


@pytest.mark.slow
def test_without_cookies_the_page_says_so_instead_of_connecting_for_ever(phone: Phone, gate: Place) -> None:
    def without(route: Route) -> None:
        answer = route.fetch()
        phone.page.context.clear_cookies()
        kept = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
        route.fulfill(response=answer, headers=kept)

    phone.page.route(gate.url + "/", without)
    phone.page.goto(gate.url)
    phone.button("刷新").wait_for()
    assert phone.notice.startswith("浏览器没有保存 Cookie，无法继续。请允许浏览器保存 Cookie")
    assert not phone.page.get_by_text("正在重新连接…").is_visible()


@pytest.mark.parametrize("path", ["/", "/join/"])
def test_where_no_script_may_run_the_page_says_so(browser: Chromium, gate: Place, path: str) -> None:
    code = secretarys_code(gate.world) if path == "/join/" else ""
    context = browser.new_context(java_script_enabled=False, viewport={"width": SIZE[0], "height": SIZE[1]})
    page = context.new_page()
    page.goto(gate.url + path + code)
    assert page.locator("noscript p").is_visible()
    assert "JavaScript" in page.locator("noscript p").inner_text()
    assert not page.locator("#late").is_visible()
    context.close()


def test_where_the_script_does_not_arrive_the_page_says_so_after_a_while(phone: Phone, gate: Place) -> None:
    phone.page.route("**/chat.js", lambda route: route.abort())
    phone.page.goto(gate.url)
    late = phone.page.get_by_text("页面没有打开完整。请检查网络后刷新")
    assert not late.is_visible()
    phone.page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    assert late.is_visible()
    phone.page.unroute_all()
    phone.open(gate.url)
    assert late.count() == 0


@pytest.mark.parametrize("width", [360, 430])
def test_the_page_of_a_link_is_large_enough_to_read_and_to_press(
    phone: Phone, gate: Place, width: int
) -> None:
    phone.be(size=(width, 844))
    be(phone, gate, "officer").open(f"{gate.url}/join/{secretarys_code(gate.world)}")
    measures = phone.page.evaluate(
        """() => ({
          over: document.documentElement.scrollWidth - innerWidth,
          keys: [...document.querySelectorAll("button")].filter((b) => b.offsetHeight).map((b) => b.offsetHeight),
          type: [...document.querySelectorAll("body *")].filter((e) => e.innerText && e.offsetHeight)
            .map((e) => parseFloat(getComputedStyle(e).fontSize)),
        })"""
    )
    assert measures["over"] <= 0
    assert min(measures["keys"]) >= 48
    assert len(measures["keys"]) == 2
    assert min(measures["type"]) >= 17
