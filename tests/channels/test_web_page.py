"""The chat page on a phone: headless Chromium at 390 × 844, driven by what is written on it."""

import socket
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from bot.actions import UPLOAD_LIMIT
from bot.message import Button, Message
from tests.browser import Phone, serving
from tests.channels.web_fakes import PEOPLE, START, Place, card
from tests.chromium import needs_chromium

pytestmark = needs_chromium
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture
def phone(url: str, new: Phone) -> Phone:
    return new.open(url)


def keys_of(place: Place) -> list[str]:
    return [event.key for event in place.talk.heard]


# --- doing --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_press_changes_the_one_screen_in_place_and_its_toast_passes(phone: Phone) -> None:
    phone.tap("开始")
    assert phone.labels == ["优秀", "合格", "不合格", "首页"]
    phone.tap("优秀")
    assert phone.toast == "第1项 已存"
    assert phone.title == "第 2 项"
    assert phone.text.split("\n") == ["第 2 项", "合格：有计划", "已填 2/24"]
    assert phone.said == []
    phone.tap("首页")
    assert phone.toast == ""


@pytest.mark.slow
def test_taps_in_a_row_all_arrive(phone: Phone, place: Place) -> None:
    phone.tap("开始")
    for _ in range(6):
        phone.tap("优秀")
    assert phone.title == "第 7 项"
    assert [event.press for event in place.talk.heard[1:]] == [f"m:1:{n}:2" for n in range(1, 7)]


@pytest.mark.slow
def test_a_text_stays_above_the_new_screen_and_so_does_its_receipt(phone: Phone) -> None:
    phone.say("16/18")
    phone.say("提交")
    assert phone.said == ["16/18", "提交", "已提交\n88.6 分"]
    assert phone.toast == "收到 提交"
    phone.page.reload()
    phone.settled()
    assert phone.said == ["16/18", "提交", "已提交\n88.6 分"]


def test_enter_sends_and_shift_enter_makes_a_line(phone: Phone, place: Place) -> None:
    line = phone.page.get_by_label("输入", exact=True)
    line.press_sequentially("一")
    line.press("Shift+Enter")
    line.press_sequentially("二")
    line.press("Enter")
    phone.settled()
    assert [event.text for event in place.talk.heard] == ["一\n二"]
    assert line.input_value() == ""


@pytest.mark.slow
def test_after_enter_the_first_tap_on_a_button_counts(phone: Phone, place: Place) -> None:
    """The finger takes the focus from the input line, and nothing moves away from under it."""
    line = phone.page.get_by_label("输入", exact=True)
    line.press_sequentially("12/25 17/18")
    line.press("Enter")
    phone.wait_for("哪一个是出勤？")
    phone.settled()
    before = phone.button("出勤 3").bounding_box()
    assert before is not None
    phone.page.mouse.move(before["x"] + 30, before["y"] + 4)
    phone.page.mouse.down()
    phone.page.mouse.up()
    phone.settled()
    assert [event.press for event in place.talk.heard] == [None, "c:1:3"]


@pytest.mark.slow
def test_a_toast_covers_neither_the_screen_nor_its_buttons(phone: Phone) -> None:
    phone.say("12/25 17/18")
    with_toast = phone.button("出勤 1").bounding_box()
    toast, talk, shown = (
        phone.page.locator(place).bounding_box() for place in ("#toast.shown", "#talk", "#screen")
    )
    assert toast is not None
    assert talk is not None
    assert shown is not None
    assert with_toast is not None
    assert shown["y"] + shown["height"] <= talk["y"] + talk["height"] <= toast["y"]
    assert toast["y"] + toast["height"] <= with_toast["y"]


@pytest.mark.slow
def test_buttons_work_by_keyboard_and_the_focus_stays(phone: Phone) -> None:
    phone.button("开始").focus()
    phone.page.keyboard.press("Enter")
    phone.settled()
    expect(phone.button("优秀")).to_be_focused()
    phone.page.keyboard.press("Tab")
    phone.page.keyboard.press("Space")
    phone.settled()
    assert phone.title == "第 2 项"
    expect(phone.button("合格")).to_be_focused()


def test_the_hint_is_the_placeholder(phone: Phone) -> None:
    line = phone.page.get_by_label("输入", exact=True)
    assert line.get_attribute("placeholder") == "如 16/18"
    phone.tap("开始")
    assert line.get_attribute("placeholder") == "可直接输入"


@pytest.mark.slow
def test_the_second_tap_of_a_double_tap_does_nothing(phone: Phone, place: Place) -> None:
    phone.tap("开始")
    phone.button("优秀").dblclick(delay=30)
    phone.page.wait_for_timeout(300)
    phone.settled()
    assert phone.title == "第 2 项"
    assert [event.press for event in place.talk.heard] == ["c:1:1", "m:1:1:2"]


@pytest.mark.slow
def test_of_taps_during_a_slow_answer_the_last_one_counts(phone: Phone, place: Place) -> None:
    phone.tap("开始")
    place.talk.gate.clear()
    for label in ("优秀", "合格", "不合格"):
        phone.button(label).click(force=True)
    assert phone.button("不合格").get_attribute("class") == "sent"
    place.talk.gate.set()
    phone.settled()
    assert [event.press for event in place.talk.heard] == ["c:1:1", "m:1:1:2", "m:1:1:0"]


def heard_but_answer_lost(route: Route) -> None:
    route.fetch()
    route.abort()


# --- when the network fails ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_text_that_cannot_be_sent_stays_in_the_input_and_is_retried_with_its_key(
    phone: Phone, place: Place
) -> None:
    lost: list[str] = []

    def noted(route: Route) -> None:
        lost.append((route.request.post_data_json or {})["key"])
        heard_but_answer_lost(route)

    phone.page.route("**/say", noted)
    line = phone.page.get_by_label("输入", exact=True)
    line.fill("提交")
    phone.button("发送").click()
    phone.button("重试").wait_for()
    assert phone.notice == "没有连上，请检查网络。"
    assert line.input_value() == "提交"
    phone.page.unroute("**/say")
    phone.tap("重试")
    assert line.input_value() == ""
    assert phone.notice == ""
    assert len(phone.said) == 2
    assert len(lost) == 3
    assert set(keys_of(place)) == set(lost)


@pytest.mark.slow
def test_a_short_failure_is_not_noticed(phone: Phone, place: Place) -> None:
    phone.page.route("**/say", lambda route: route.abort(), times=1)
    phone.tap("开始")
    assert phone.title == "第 1 项"
    assert phone.notice == ""


@pytest.mark.slow
def test_an_unsent_text_survives_a_reload(phone: Phone) -> None:
    phone.page.get_by_label("输入", exact=True).fill("写了一半")
    phone.page.reload()
    phone.settled()
    assert phone.page.get_by_label("输入", exact=True).input_value() == "写了一半"


def test_a_refusal_is_shown_as_its_sentence_and_the_text_comes_back(phone: Phone) -> None:
    phone.page.route(
        "**/say",
        lambda route: route.fulfill(
            status=429, json={"error": "操作太快了，请等 1 秒再试。", "reload": False}
        ),
    )
    phone.say("16/18")
    assert phone.notice == "操作太快了，请等 1 秒再试。"
    assert phone.page.get_by_label("输入", exact=True).input_value() == "16/18"


@pytest.mark.slow
def test_while_the_server_is_away_a_bar_says_so_and_the_page_comes_back_by_itself(
    new: Phone, place: Place
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with serving(place.app(), port) as url:
        phone = new.open(url)
        phone.tap("开始")
    phone.page.get_by_text("正在重新连接…").wait_for()
    for address in place.talk.screens:
        place.talk.screens[address] = card(9)
    with serving(place.app(), port):
        phone.wait_for("第 9 项")
        assert not phone.page.get_by_text("正在重新连接…").is_visible()
        phone.tap("优秀")
        assert phone.title == "第 10 项"


# --- what comes from elsewhere ------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_change_elsewhere_appears_by_itself(phone: Phone, place: Place) -> None:
    phone.tap("开始")
    [address] = place.talk.screens
    place.talk.screens[address] = card(7)
    place.log.append(address, False, "提醒", ("主题党日 还有 1 天",), START)
    place.talk.tell("telegram", "5", frozenset({"b1"}))
    phone.wait_for("第 7 项")
    assert phone.said[0].startswith("提醒")


@pytest.mark.slow
def test_choosing_another_persona_in_one_tab_changes_the_other(new: Phone, place: Place) -> None:
    with serving(place.app(personas=lambda: PEOPLE)) as url:
        phone = new.open(url)
        phone.tap("张敏 常营主校区 · 支部书记")
        phone.settled()
        second = Phone(phone.page.context.new_page()).open(url)
        second.page.get_by_role("link", name="换个身份").click()
        second.tap("王芳 总支委员")
        phone.page.get_by_text("王芳").wait_for()
        phone.settled()
        phone.tap("开始")
        assert place.talk.heard[-1].address == "demo-2"
        second.page.close()


@pytest.mark.slow
def test_an_invitation_is_accepted_by_one_button(phone: Phone, url: str, place: Place) -> None:
    phone.open(f"{url}/join/ABC123")
    assert place.talk.entries == []
    phone.tap("加入")
    phone.settled()
    assert [entry.code for entry in place.talk.entries] == ["ABC123"]
    assert phone.title == "首页"


# --- showing ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_markup_in_a_text_is_shown_literally(phone: Phone, place: Place) -> None:
    attack = '<img src=x onerror="document.title=1"><script>document.title=2</script>&lt;b&gt;'
    phone.say(f"show {attack}")
    assert attack in phone.text
    assert f"show {attack}" in phone.said[0]
    [address] = place.talk.screens
    label = "<b>按</b>"
    place.talk.screens[address] = Message(
        attack, ((attack, attack),), ((Button(label, card(1).here),),), hint=attack
    )
    phone.page.reload()
    phone.settled()
    assert phone.title == attack
    assert phone.labels == [label]
    assert phone.page.locator("main img, main script, #keys b").count() == 0
    assert phone.page.title() == "支部星级"


@pytest.mark.slow
def test_addresses_become_safe_links_and_other_schemes_do_not(phone: Phone) -> None:
    phone.say('show 见 https://a.example/x?y=1&z="onclick=1"。(http://b.example)javascript:alert(1)')
    links = phone.page.locator("#screen p").first.get_by_role("link")
    assert links.all_inner_texts() == ["https://a.example/x?y=1&z=", "http://b.example"]
    assert links.first.get_attribute("rel") == "noopener noreferrer"


@pytest.mark.slow
def test_a_picture_is_sent_and_shown_and_a_document_offered(phone: Phone, tmp_path: Path) -> None:
    picture, paper = tmp_path / "照片.png", tmp_path / "计划 'a\".txt"
    picture.write_bytes(PNG)
    paper.write_text("计划")
    phone.upload(picture)
    image = phone.page.get_by_role("img", name="照片.png")
    image.wait_for()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    phone.upload(paper)
    with phone.page.expect_download() as download:
        phone.page.get_by_role("link", name="计划").click()
    assert download.value.path().read_text() == "计划"
    assert "📎 照片.png" in phone.said[0]


def test_a_file_that_is_too_large_is_not_even_sent(phone: Phone, place: Place, tmp_path: Path) -> None:
    big = tmp_path / "big.pdf"
    with big.open("wb") as file:
        file.truncate(UPLOAD_LIMIT + 1)
    phone.upload(big)
    assert phone.toast == "文件太大了，最多 20 MB。"
    assert [event.unreadable for event in place.talk.heard] == ["large"]


def files(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_bytes(PNG)
    return [folder / name for name in names]


@pytest.mark.slow
def test_several_files_and_what_was_typed_go_together_the_text_first(
    phone: Phone, place: Place, tmp_path: Path
) -> None:
    phone.upload(*files(tmp_path, "一.png", "二.png", "三.png"), typed="3.5 缺一次记录")
    text, *sent = place.talk.heard
    assert (text.text, text.upload) == ("3.5 缺一次记录", None)
    assert [event.upload.name for event in sent if event.upload] == ["一.png", "二.png", "三.png"]
    assert len({event.group for event in place.talk.heard}) == 1
    assert text.group
    assert phone.said == ["3.5 缺一次记录", "📎 一.png", "📎 二.png", "📎 三.png"]
    assert phone.page.get_by_label("输入", exact=True).input_value() == ""
    phone.upload(*files(tmp_path, "四.png"))
    assert place.talk.heard[-1].group not in (None, text.group)


@pytest.mark.slow
def test_files_that_cannot_be_sent_are_all_sent_again_with_their_keys_and_their_text(
    phone: Phone, place: Place, tmp_path: Path
) -> None:
    phone.page.route("**/say", lambda route: route.abort())
    phone.page.get_by_label("输入", exact=True).fill("3.5 缺一次记录")
    phone.page.get_by_label("发送照片或文件").set_input_files(files(tmp_path, "一.png", "二.png"))
    phone.button("重试").wait_for()
    assert phone.page.get_by_label("输入", exact=True).input_value() == "3.5 缺一次记录"
    phone.page.unroute("**/say")
    phone.page.route("**/upload", heard_but_answer_lost, times=3)
    phone.button("重试").click()
    phone.button("重试").wait_for()
    assert phone.page.get_by_label("输入", exact=True).input_value() == ""
    phone.tap("重试")
    assert [event.text for event in place.talk.heard if event.text] == ["3.5 缺一次记录"]
    names = {event.key: event.upload.name for event in place.talk.heard if event.upload}
    assert sorted(names.values()) == ["一.png", "二.png"]
    assert len({event.group for event in place.talk.heard}) == 1
    assert phone.said == ["3.5 缺一次记录", "📎 一.png", "📎 二.png"]


@pytest.mark.slow
@pytest.mark.parametrize(("width", "dark"), [(360, False), (390, True), (430, False), (1280, True)])
def test_type_is_large_buttons_are_high_and_nothing_is_cut_off(
    new: Phone, url: str, width: int, dark: bool
) -> None:
    new.be(dark=dark, size=(width, 844))
    phone = new.open(url)
    phone.say("show " + "很长的一句话没有空格" * 60 + "x" * 300)
    phone.tap("开始") if "开始" in phone.labels else None
    measures = phone.page.evaluate(
        """() => ({
          over: document.documentElement.scrollWidth - innerWidth,
          keys: [...document.querySelectorAll("#keys button, .send, .takes .clip:not(.camera)")]
            .map((b) => b.offsetHeight),
          type: [...document.querySelectorAll("body *")].filter((e) => e.innerText && e.offsetHeight)
            .map((e) => parseFloat(getComputedStyle(e).fontSize)),
          wide: document.body.offsetWidth,
          bottom: innerHeight - document.querySelector("footer").getBoundingClientRect().bottom,
        })"""
    )
    assert measures["over"] <= 0
    assert min(measures["keys"]) >= 48
    assert min(measures["type"]) >= 17
    assert measures["wide"] == min(width, 480)
    assert measures["bottom"] == 0


@pytest.mark.slow
def test_the_buttons_stand_still_from_card_to_card(phone: Phone) -> None:
    phone.tap("开始")
    places = set()
    for _ in range(3):
        box = phone.button("优秀").bounding_box()
        assert box is not None
        places.add((box["x"], box["y"], box["width"], box["height"]))
        phone.tap("优秀")
    assert len(places) == 1


@pytest.mark.slow
def test_a_long_screen_is_shown_from_its_title(phone: Phone) -> None:
    phone.say("show " + "很长的一句话。" * 200)
    title = phone.page.locator("#screen h1").bounding_box()
    talk = phone.page.locator("#talk").bounding_box()
    assert title is not None
    assert talk is not None
    assert 0 < title["y"] - talk["y"] < 40
