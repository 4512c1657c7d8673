"""The back button, a reload, two tabs, what came unseen, and what can be copied: the page between other pages."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from bot.message import Message, ToCopy
from tests.browser import Phone, serving
from tests.channels.web_fakes import PEOPLE, Place
from tests.chromium import needs_chromium

pytestmark = [needs_chromium, pytest.mark.slow]


@pytest.fixture
def phone(url: str, new: Phone) -> Iterator[Phone]:
    """A phone on the page, whose browser remembers nothing in the end."""
    yield new.open(url)
    new.page.evaluate("localStorage.clear()")


def back(phone: Phone, title: str) -> None:
    """Press the browser's back button, and see that screen."""
    phone.page.go_back()
    phone.page.locator("#screen h1").get_by_text(title, exact=True).wait_for()
    phone.settled()


# --- the back button ----------------------------------------------------------------------------------------


def test_the_back_button_goes_one_screen_back_and_the_forward_button_on_again(
    phone: Phone, place: Place
) -> None:
    phone.tap("开始")
    phone.tap("优秀")
    phone.tap("优秀")
    assert phone.title == "第 3 项"
    back(phone, "第 2 项")
    back(phone, "第 1 项")
    assert [event.press for event in place.talk.heard[3:]] == ["c:1:2", "c:1:1"]
    phone.page.go_forward()
    phone.wait_for("第 2 项")
    phone.settled()
    back(phone, "第 1 项")
    back(phone, "首页")


def test_the_back_button_never_leaves_the_chat(phone: Phone, url: str) -> None:
    phone.tap("开始")
    phone.tap("优秀")
    for _ in range(6):
        phone.page.go_back()
        phone.page.wait_for_function("history.state?.here")
        assert phone.page.url.rstrip("/") == url
    assert phone.title == "首页"
    phone.page.get_by_text("已经是首页了。").wait_for()
    phone.tap("开始")
    back(phone, "首页")


def test_nor_does_an_impatient_finger(phone: Phone, url: str) -> None:
    phone.tap("开始")
    phone.tap("优秀")
    for _ in range(8):
        phone.page.go_back()
    phone.wait_for("首页")
    phone.settled()
    assert phone.page.url.rstrip("/") == url


def test_from_a_screen_that_a_page_was_opened_on_the_back_button_leads_home(
    phone: Phone, place: Place, url: str
) -> None:
    phone.tap("开始")
    second = Phone(phone.page.context.new_page()).open(url)
    assert second.title == "第 1 项"
    back(second, "首页")
    second.page.close()


def test_after_a_reload_the_back_button_goes_on_from_there(phone: Phone, url: str) -> None:
    phone.tap("开始")
    phone.tap("优秀")
    phone.page.reload()
    phone.settled()
    assert phone.title == "第 2 项"
    back(phone, "第 1 项")
    phone.page.reload()
    phone.settled()
    back(phone, "首页")
    phone.page.go_back()
    phone.page.get_by_text("已经是首页了。").wait_for()
    assert phone.page.url.rstrip("/") == url


def test_what_does_not_change_the_screen_is_no_step_back(phone: Phone) -> None:
    phone.tap("开始")
    phone.say("16/18")
    phone.say("17/18")
    back(phone, "首页")


def test_a_text_that_leads_to_another_screen_is_one(phone: Phone) -> None:
    phone.tap("开始")
    phone.say("show 别的")
    assert phone.title == "您说了"
    back(phone, "第 1 项")


def test_in_two_tabs_each_has_its_own_way_back(phone: Phone, url: str) -> None:
    phone.tap("开始")
    phone.tap("优秀")
    second = Phone(phone.page.context.new_page()).open(url)
    second.tap("优秀")
    assert second.title == "第 3 项"
    phone.wait_for("第 3 项")
    back(second, "第 2 项")
    phone.wait_for("第 2 项")
    back(phone, "第 1 项")
    second.wait_for("第 1 项")
    second.page.close()


def test_a_step_back_that_cannot_be_asked_for_is_asked_again(phone: Phone) -> None:
    phone.tap("开始")
    phone.page.route("**/say", lambda route: route.abort())
    phone.page.go_back()
    phone.button("重试").wait_for()
    phone.page.unroute("**/say")
    phone.tap("重试")
    assert phone.title == "首页"


# --- what is new --------------------------------------------------------------------------------------------


def look_away(phone: Phone, away: bool) -> None:
    """Put another page before this one, or take it away."""
    phone.page.evaluate(
        """(away) => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => away });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        away,
    )


def tell(place: Place, *texts: str) -> None:
    """Let notices arrive."""
    [address] = place.talk.screens
    for text in texts:
        place.time += timedelta(seconds=1)
        place.log.append(address, False, "提醒", (text,), place.time)
    place.talk.tell("telegram", "5", frozenset({"b1"}))


def icon(phone: Phone) -> str:
    return phone.page.locator("#icon").get_attribute("href") or ""


def test_what_comes_while_nobody_looks_is_counted_in_the_title_and_on_the_icon(
    phone: Phone, place: Place
) -> None:
    phone.tap("开始")
    look_away(phone, True)
    tell(place, "主题党日 还有 1 天", "信息上报 今天截止")
    expect(phone.page).to_have_title("(2) 支部星级")
    expect(phone.page.locator("#icon")).to_have_attribute("href", re.compile("^data:image/png;base64,"))
    two = icon(phone)
    tell(place, "支委会 逾期 1 天")
    expect(phone.page).to_have_title("(3) 支部星级")
    expect(phone.page.locator("#icon")).not_to_have_attribute("href", two)
    look_away(phone, False)
    expect(phone.page).to_have_title("支部星级")
    assert icon(phone).endswith("/static/star.svg")


def test_what_comes_while_one_looks_is_not_counted_nor_what_one_says_oneself(
    phone: Phone, place: Place
) -> None:
    phone.say("16/18")
    tell(place, "主题党日 还有 1 天")
    phone.page.locator("#log").get_by_text("主题党日").wait_for()
    assert phone.page.title() == "支部星级"
    look_away(phone, True)
    phone.say("17/18")
    assert phone.page.title() == "支部星级"


def test_what_another_tab_showed_is_not_counted_and_a_reload_forgets_nothing(
    phone: Phone, place: Place, url: str
) -> None:
    phone.tap("开始")
    look_away(phone, True)
    tell(place, "主题党日 还有 1 天")
    expect(phone.page).to_have_title("(1) 支部星级")
    second = Phone(phone.page.context.new_page()).open(url)
    expect(phone.page).to_have_title("支部星级")
    assert second.page.title() == "支部星级"
    second.page.close()


# --- what can be copied -------------------------------------------------------------------------------------


@pytest.mark.parametrize("secure", [True, False])
def test_a_code_and_an_address_are_copied_with_one_tap(phone: Phone, place: Place, secure: bool) -> None:
    """Over plain http there is no clipboard to write to: then it is selected and copied."""
    phone.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    if not secure:
        phone.page.evaluate(
            """() => {
              navigator.clipboard.writeText = () => Promise.reject(new DOMException("", "NotAllowedError"));
            }"""
        )
    phone.tap("开始")
    [address] = place.talk.screens
    lines = (
        ("邀请码", ToCopy("ABCD2345")),
        ("网页链接", ToCopy("https://a.example/join/ABCD2345")),
        "给本人。",
    )
    place.talk.screens[address] = Message("邀请", lines)
    place.talk.tell("telegram", "5", frozenset({"b1"}))
    phone.wait_for("ABCD2345")
    assert phone.page.get_by_text("复制", exact=True).count() == 2
    for name, text in (("复制邀请码", "ABCD2345"), ("复制网页链接", "https://a.example/join/ABCD2345")):
        phone.button(name).focus()
        phone.page.keyboard.press("Enter")
        phone.page.locator("#toast").get_by_text("已复制").wait_for()
        assert phone.page.evaluate("navigator.clipboard.readText()") == text
        expect(phone.button(name)).to_be_focused()
    phone.page.context.clear_permissions()


def test_a_calendars_address_is_a_link_that_opens_no_empty_page(phone: Phone, place: Place) -> None:
    phone.say("show webcal://a.example/calendar/x.ics")
    link = phone.page.locator("#screen p").first.get_by_role("link")
    assert link.get_attribute("href") == "webcal://a.example/calendar/x.ics"
    assert link.get_attribute("target") is None


# --- files --------------------------------------------------------------------------------------------------


def test_files_are_offered_only_where_one_is_taken(phone: Phone) -> None:
    files = phone.page.get_by_label("发送照片或文件")
    expect(files).to_be_visible()
    assert files.get_attribute("multiple") is not None
    assert files.get_attribute("accept") is None
    phone.tap("开始")
    expect(files).not_to_be_visible()
    expect(phone.page.get_by_label("拍照")).not_to_be_visible()


def test_a_photo_is_taken_with_the_camera(phone: Phone, place: Place) -> None:
    camera = phone.page.get_by_label("拍照")
    assert camera.get_attribute("capture") == "environment"
    assert camera.get_attribute("accept") == "image/*"
    camera.set_input_files({"name": "照片.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff"})
    phone.settled()
    assert [event.upload.name for event in place.talk.heard if event.upload] == ["照片.jpg"]


# --- who is who ---------------------------------------------------------------------------------------------


def test_a_step_back_to_what_was_somebody_elses_leads_home(made: Phone, place: Place) -> None:
    with serving(place.app(personas=lambda: PEOPLE)) as url:
        phone = made.open(url)
        phone.tap("张敏 常营主校区 · 支部书记")
        phone.settled()
        phone.tap("开始")
        phone.tap("优秀")
        second = Phone(phone.page.context.new_page()).open(f"{url}/demo")
        second.tap("王芳 总支委员")
        phone.page.get_by_text("王芳").wait_for()
        phone.settled()
        phone.tap("开始")
        heard = len(place.talk.heard)
        for _ in range(3):
            phone.page.go_back()
        phone.wait_for("首页")
        phone.settled()
        assert {event.press for event in place.talk.heard[heard:]} == {"h"}
        second.page.close()
    made.forget()


def test_a_page_that_nobody_sees_goes_on_listening(made: Phone, place: Place) -> None:
    with serving(place.app()) as url:
        made.page.clock.install()
        phone = made.open(url)
        phone.tap("开始")
        look_away(phone, True)
        phone.page.clock.fast_forward("02:00")
        tell(place, "主题党日 还有 1 天")
        expect(phone.page).to_have_title("(1) 支部星级")
        look_away(phone, False)
        phone.page.locator("#log").get_by_text("主题党日").wait_for()
        assert phone.page.title() == "支部星级"
    made.page.evaluate("localStorage.clear()")
    made.page.clock.resume()
    made.forget()
