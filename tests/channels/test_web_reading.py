"""Old eyes, small phones and screen readers: every kind of screen of every role, measured in a real browser."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from bot.actions import Action, Card, Home, is_final, wire
from bot.channels.web import live as web_live
from bot.channels.web.pages import Persona
from scoring.review import Electorate
from tests.browser import SIZE, Phone
from tests.channels.test_web_doors import Place, secretarys_code, served
from tests.channels.test_web_doors_page import be
from tests.chromium import needs_chromium
from tests.phone import World
from tests.voting import codes, opened

pytestmark = [needs_chromium, pytest.mark.slow]
TEXTS = ("16/18", "6优 7合 8 3.5（缺记录）", "3人请假", "2.5", "提交工会小结 12月20日前")
ROLES = ("secretary of 新源里", "officer", "member", "administrator")
SMALL, ZOOMED = (320, 568), (SIZE[0] // 2, SIZE[1] // 2)  # a page at 200 % has half the pixels
WINDOWS = {SIZE: ("130%", "200%", ""), SMALL: ("130%", "200%", ""), ZOOMED: ("",)}  # and sizes of type


@pytest.fixture
def gate(desk: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(web_live, "PAUSE", 0.01)
    yield from served(desk, lambda: [Persona("demo-1", "张敏", "常营主校区 · 支部书记")])


@pytest.fixture
def phone(new: Phone) -> Phone:
    return new


def screens(world: World, who: str) -> list[Action]:
    """An action for each kind of screen that this role can come to by buttons that can be taken back, or by a text."""
    phone, found, pressed = world.phone(who), dict[type[Action], Action](), set[type[Action]]()
    queue: list[Action] = [Home()]
    while queue:
        shown = phone.press(queue.pop(0)).screen
        found.setdefault(type(shown.here), shown.here)
        for button in shown.buttons:
            if type(button.action) not in pressed and not is_final(button.action):
                pressed.add(type(button.action))
                queue.append(button.action)
    for action in list(found.values()):
        for text in TEXTS:
            shown = phone.press(action).say(text).screen
            found.setdefault(type(shown.here), shown.here)
    return list(found.values())


def show(phone: Phone, action: Action) -> None:
    """Have the page show a screen, as it does when its history leads there."""
    phone.page.evaluate(
        """(here) => {
          const who = document.querySelector("meta[name=chat-who]").content;
          dispatchEvent(new PopStateEvent("popstate", { state: { at: 1, who, here } }));
        }""",
        wire(action),
    )
    phone.settled()


def violations(phone: Phone, but: str = "") -> list[str]:
    """What keeps somebody from using this page, but for one part of it."""
    if not phone.page.evaluate("'axe' in window"):
        phone.page.evaluate(AXE_SCRIPT)
    found = phone.page.evaluate(
        """(but) => axe.run(but ? { exclude: but } : document, { resultTypes: ["violations"] })
          .then((found) => found.violations)""",
        but,
    )
    return [
        f"{one['id']}: {node['html']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


# --- axe ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True])
def test_no_page_beside_the_chat_keeps_anybody_out(phone: Phone, gate: Place, dark: bool) -> None:
    phone.be(dark=dark)
    for path in ("/demo", f"/join/{secretarys_code(gate.world)}", "/join/WRONG234"):
        phone.page.goto(gate.url + path)
        assert violations(phone) == [], path
    be(phone, gate, "stranger").open(gate.url)
    assert phone.title == "输入邀请码"
    phone.say("你好")
    assert violations(phone) == []
    be(phone, gate, "officer").page.goto(f"{gate.url}/join/{secretarys_code(gate.world)}")
    assert violations(phone) == []


def ballots(phone: Phone, gate: Place) -> Iterator[str]:
    """The page where people vote: a code is asked for, a ballot is filled in, looked at once more, and cast."""
    opened(gate.world)
    code = codes(gate.world)[Electorate.EXPERTS][0]
    phone.page.goto(f"{gate.url}/vote/22223333")
    yield "a wrong code"
    phone.page.goto(f"{gate.url}/vote/{code}")
    for summary in phone.page.locator("summary").all():
        summary.click()
    phone.page.locator("fieldset label").first.click()
    phone.page.locator("textarea").first.fill("党日活动很有特色" * 20)
    yield "a ballot"
    phone.page.click("button[value=check]")
    yield "what was filled in"
    phone.page.click("button[value=cast]")
    yield "what was cast"


@pytest.mark.parametrize("dark", [False, True])
def test_no_ballot_keeps_anybody_out_or_is_scrolled_sideways(phone: Phone, gate: Place, dark: bool) -> None:
    phone.be(dark=dark)
    for what in ballots(phone, gate):
        assert violations(phone) == [], what
        assert over(phone) == [], what


# --- lines and type -----------------------------------------------------------------------------------------

CONTRAST = """() => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    pen.fillStyle = "#000"; pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
    const [r, g, b] = Array.from(pen.getImageData(0, 0, 1, 1).data, (n) => n / 255)
      .map((n) => (n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const around = (one) => {
    for (let at = one.parentElement; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/^rgba\\(.*, 0\\)$/.test(colour)) return light(colour);
    }
    return light(getComputedStyle(document.documentElement).backgroundColor);
  };
  return [...document.querySelectorAll("button, textarea, input:not([type=file], [type=hidden]), a.paper")]
    .filter((one) => one.offsetHeight)
    .map((one) => {
      const [line, ground] = [light(getComputedStyle(one).borderTopColor), around(one)];
      return [one.textContent || one.id, Math.max(line, ground) / Math.min(line, ground)];
    });
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_what_is_pressed_or_typed_into_has_a_line_that_is_seen(phone: Phone, gate: Place, dark: bool) -> None:
    phone.be(dark=dark)
    for path in ("/demo", f"/join/{secretarys_code(gate.world)}", "/join/WRONG234"):
        phone.page.goto(gate.url + path)
        weak = [one for one in phone.page.evaluate(CONTRAST) if one[1] < 3]
        assert weak == [], path
    be(phone, gate, "secretary of 新源里").open(gate.url)
    phone.page.route("**/say", lambda route: route.abort())
    phone.page.get_by_label("输入", exact=True).fill("自评")
    phone.button("发送").click()
    phone.button("重试").wait_for()
    phone.page.unroute("**/say")
    assert violations(phone) == []
    seen = phone.page.evaluate(CONTRAST)
    assert len(seen) > 8
    assert [one for one in seen if one[1] < 3] == []
    phone.tap("我的职务")
    phone.tap("邀请支委")
    assert "复制" in [one[0] for one in phone.page.evaluate(CONTRAST)]
    assert [one for one in phone.page.evaluate(CONTRAST) if one[1] < 3] == []


def enlarge(phone: Phone, root: str) -> None:
    """Have the phone's text size be another one."""
    phone.page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", root)
    phone.page.evaluate("dispatchEvent(new Event('resize'))")


OVER = """(roots) => roots.flatMap((root) => {
  document.documentElement.style.fontSize = root;
  dispatchEvent(new Event("resize"));
  return [document.documentElement, ...document.querySelectorAll("main, footer, .keys, .screen, .bubble, body")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.getBoundingClientRect().right > innerWidth + 1)
    .map((one) => `${root} ${one.tagName} ${one.className} ${one.scrollWidth} > ${one.clientWidth}`);
})"""


def over(phone: Phone) -> list[str]:
    """What is wider than its place, in any of the windows, with any size of type."""
    found = []
    for (width, height), roots in WINDOWS.items():
        phone.page.set_viewport_size({"width": width, "height": height})
        found += [f"{width}x{height} {one}" for one in phone.page.evaluate(OVER, roots)]
    return found


@pytest.mark.parametrize("who", ROLES)
def test_no_screen_keeps_anybody_out_or_is_scrolled_sideways(phone: Phone, gate: Place, who: str) -> None:
    """Each is drawn once: axe looks at it, on a dark page every second time, then it is shown at every size.

    The log above it stays the same: axe looks at it once on a light page and once on a dark one.
    """
    found = screens(gate.world, who)
    assert len(found) > 15
    be(phone, gate, who).open(gate.url)
    wrong = {}
    for n, action in enumerate(found):
        show(phone, action)
        phone.be(size=SIZE, dark=bool(n % 2))
        if complaints := [*violations(phone, "#log" if n > 1 else ""), *over(phone)]:
            wrong[wire(action)] = complaints
    assert wrong == {}


def test_no_page_beside_the_chat_is_scrolled_sideways(phone: Phone, gate: Place) -> None:
    for path in ("/demo", f"/join/{secretarys_code(gate.world)}", "/join/WRONG234"):
        phone.page.goto(gate.url + path)
        assert over(phone) == [], path


@pytest.mark.parametrize("root", ["100%", "130%", "200%"])
def test_type_grows_with_the_phones_text_size(phone: Phone, gate: Place, root: str) -> None:
    be(phone, gate, "secretary of 新源里").open(gate.url)
    phone.say("自评")
    enlarge(phone, root)
    sizes = phone.page.evaluate(
        """() => {
          const size = (one) => parseFloat(getComputedStyle(one).fontSize);
          return [...document.querySelectorAll("body *")].filter((one) => one.innerText && one.offsetHeight > 1)
            .map((one) => size(one) / size(document.documentElement));
        }"""
    )
    assert min(sizes) >= 1


@pytest.mark.parametrize(
    ("size", "root"), [(size, root) for size, roots in WINDOWS.items() for root in roots]
)
def test_the_standards_of_an_item_are_read_while_its_keys_stay(
    phone: Phone, gate: Place, size: tuple[int, int], root: str
) -> None:
    """The talk scrolls by itself, the keys by themselves, and neither takes the other's place."""
    sheet = gate.world.sheet(3)
    phone.be(size=size)
    be(phone, gate, "secretary of 新源里").open(gate.url)
    if sheet is None:
        phone.tap("开始自评")
        sheet = gate.world.sheet(3)
    assert sheet is not None
    show(phone, Card(sheet.id, 5))
    enlarge(phone, root)
    grades = [phone.page.locator("#keys button").nth(n) for n in range(3)]
    for line in phone.page.locator("#screen p").all():
        line.evaluate("(one) => one.scrollIntoView({ block: 'start' })")
        expect(line).to_be_in_viewport()
        for grade in grades:
            expect(grade).to_be_in_viewport(ratio=0.9)
    talk, kept = (
        phone.page.locator("#talk").bounding_box(),
        phone.page.evaluate("[scrollY, document.documentElement.scrollHeight - innerHeight]"),
    )
    assert talk is not None
    assert talk["height"] > size[1] / 4
    assert kept == [0, 0]
    last = phone.page.locator("#keys button").last
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport(ratio=0.9)


# --- what is read aloud -------------------------------------------------------------------------------------


def test_a_card_is_read_aloud_in_words(phone: Phone, gate: Place) -> None:
    who = "secretary of 新源里"
    be(phone, gate, who).open(gate.url)
    phone.say("自评")
    phone.tap("‹") if "‹" in phone.labels else None
    spoken = phone.page.get_by_role("region", name="当前内容")
    expect(spoken).to_be_visible()
    for name in ("上一项", "下一项"):
        expect(phone.page.get_by_role("button", name=name, exact=True)).to_have_count(1)
    assert "合格：" in phone.text
    assert "■" not in spoken.aria_snapshot()
    assert "□" not in spoken.aria_snapshot()
    assert "□" in phone.text


def test_of_options_one_hears_which_is_chosen(phone: Phone, gate: Place) -> None:
    who = "secretary of 新源里"
    be(phone, gate, who).open(gate.url)
    phone.say("自评")
    title = phone.title
    assert phone.page.locator("#keys button[aria-pressed]").count() == 0
    label = phone.labels[1]
    phone.tap(label)
    phone.tap("上一项")
    assert phone.title == title
    assert phone.labels[1] == f"✓{label}"
    pressed = [button.get_attribute("aria-pressed") for button in phone.page.locator("#keys button").all()]
    assert pressed[:3] == ["false", "true", "false"]
    assert set(pressed[3:]) == {None}
    expect(phone.page.get_by_role("button", name=label, exact=True, pressed=True)).to_have_count(1)


def test_suggested_and_chosen_differ_in_form_and_in_words(phone: Phone, gate: Place) -> None:
    who = "secretary"
    sheet = gate.world.sheet(0)
    assert sheet is not None
    be(phone, gate, who).open(gate.url)
    for number in range(1, 25):
        show(phone, Card(sheet.id, number))
        labels = phone.labels
        advised = next((n for n, one in enumerate(labels) if one.startswith("⭐")), None)
        if advised is not None:
            break
    assert advised is not None
    words = labels[advised][1:]
    button = phone.page.get_by_role("button", name=f"{words}，建议", exact=True)
    style = "(one) => [getComputedStyle(one).borderTopStyle, getComputedStyle(one).backgroundColor]"
    suggested = button.evaluate(style)
    assert suggested[0] == "dashed"
    button.click()
    phone.settled()
    show(phone, Card(sheet.id, number))
    chosen = phone.page.get_by_role("button", name=words, exact=True, pressed=True).evaluate(style)
    assert chosen[0] == "solid"
    assert chosen[1] != suggested[1]


def test_each_bubble_says_who_speaks(phone: Phone, gate: Place) -> None:
    be(phone, gate, "officer").open(gate.url)
    phone.say("胡言乱语")
    said = [" ".join(one.split()) for one in phone.page.locator("#log article").all_text_contents()]
    assert said[-2].startswith("您：胡言乱语")
    assert said[-1].startswith("支部星级：没看懂「胡言乱语」。")


# --- why nothing came of what was typed ---------------------------------------------------------------------


def test_why_a_text_was_refused_stays_under_it(phone: Phone, gate: Place) -> None:
    be(phone, gate, "officer").open(gate.url)
    phone.say("胡言乱语")
    phone.tap("我的职务")
    phone.page.reload()
    phone.settled()
    assert phone.said[-2] == "胡言乱语"
    assert phone.said[-1].startswith("没看懂「胡言乱语」。")
    assert phone.toast == ""


def test_why_a_text_was_refused_is_in_sight_above_a_long_screen(phone: Phone, gate: Place) -> None:
    phone.be(size=(390, 640))
    be(phone, gate, "member").open(gate.url)
    phone.say("评价双龙")
    phone.say("第99项优秀")
    why = phone.page.locator("#log > :last-child")
    expect(why).to_contain_text("99")
    expect(why).to_be_in_viewport(ratio=0.9)
    phone.tap("目录")
    phone.tap("总览")
    expect(phone.page.locator("#screen h1")).to_be_in_viewport()
