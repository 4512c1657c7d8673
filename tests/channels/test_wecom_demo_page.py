"""The demo of WeCom as it is started and used: a process, and a phone with its page."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import httpx
import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser import SIZE
from tests.chromium import chromium, needs_chromium
from tests.faketime import faketime, needs_faketime
from tests.files.making import saved
from tests.nursery import Nursery, free_port
from tests.wecom_page import Chat

pytestmark = [needs_chromium, pytest.mark.slow]


@pytest.fixture
def url(nursery: Nursery, tmp_path: Path) -> Iterator[str]:
    """A program with nothing configured."""
    yield from _running(nursery, tmp_path)


@pytest.fixture
def url_in_the_morning(nursery: Nursery, tmp_path: Path) -> Iterator[str]:
    """As url, but it is ten in the morning of a working day, when people may be told something."""
    (clock := tmp_path / "clock").write_text("@2026-11-27 02:00:00")
    yield from _running(nursery, tmp_path, **faketime(clock))


def _running(nursery: Nursery, tmp_path: Path, **clock: str) -> Iterator[str]:
    address = f"http://127.0.0.1:{(port := free_port())}"
    start = nursery.start_whole if clock else nursery.start
    child = start(tmp_path, "run", DATA_DIR=str(tmp_path), WEB_PORT=str(port), **clock)
    deadline = monotonic() + 120
    while not _ready(address) or f"企业微信（演示）：{address}/wecom" not in child.out:
        assert child.running(), child.err
        assert monotonic() < deadline
        sleep(0.05)
    yield address
    child.kill()


def _ready(address: str) -> bool:
    with suppress(httpx.ConnectError):
        return httpx.get(f"{address}/readyz", trust_env=False).status_code == 200
    return False


@pytest.fixture
def chat(url: str) -> Iterator[Chat]:
    """The phone of the secretary of 新源里."""
    with phone(url) as chat:
        yield chat


@contextmanager
def phone(url: str) -> Iterator[Chat]:
    """A phone in front of this program."""
    with chromium() as browser:
        context = browser.new_context(
            viewport={"width": SIZE[0], "height": SIZE[1]}, has_touch=True, locale="zh-CN"
        )
        context.set_default_timeout(10_000)
        page, wrong = context.new_page(), list[str]()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        yield Chat(page).open(url, "新源里校区书记")
        assert wrong == []


def test_items_are_marked_pages_are_turned_and_files_come_and_go(chat: Chat, tmp_path: Path) -> None:
    chat.tap("开始自评")
    for number, grade in ((1, "优秀"), (2, "不合格"), (3, "优秀")):
        chat.sees(f"第 {number} 项").tap(grade)
    chat.sees("第 4 项")
    assert chat.messages.count() == 1, "one card, changed in place"
    chat.tap("更多")
    chat.sees("其他分值").tap("依据")
    chat.sees("请直接发照片或文件")
    picture = tmp_path / "手册.jpg"
    picture.write_bytes(saved("JPEG"))
    chat.page.get_by_label("发送图片或文件").set_input_files(picture)
    chat.sees("已收到材料（第 1 份）")
    chat.say("打印")
    chat.sees("测评表 · 新源里校区党支部").tap("1")
    with chat.page.expect_download() as arriving:
        chat.page.get_by_role("link", name=".xlsx").click()
    arriving.value.save_as(tmp_path / "form.xlsx")
    assert arriving.value.suggested_filename.endswith("新源里校区党支部 测评表.xlsx")
    form = openpyxl.load_workbook(tmp_path / "form.xlsx").active
    assert form is not None
    assert "新源里" in str(list(form.iter_rows(max_row=4, values_only=True)))


def test_in_words_a_message_is_quoted_and_a_text_spoken(chat: Chat) -> None:
    chat.say("文字模式")
    chat.sees("卡片模式").say("第7项")
    chat.sees("回复：优秀")
    assert chat.messages.last.locator(".card").count() == 0
    chat.messages.last.get_by_role("button", name="引用").click()
    quoted = chat.page.locator("#quoted")
    expect(quoted).to_contain_text("引用：第 7 项")
    chat.say("优秀")
    chat.sees("第 7 项 已存 优秀")
    expect(quoted).to_be_hidden()
    chat.say("合格", spoken=True)
    chat.sees("您发的：合格").sees("还没有记。")


@needs_faketime
def test_a_reminder_comes_by_itself(url_in_the_morning: str) -> None:
    with phone(url_in_the_morning) as chat:
        member = Chat(chat.page.context.new_page()).open(url_in_the_morning, "总支委员甲")
        member.say("催办")
        member.sees("提醒 新源里校区").tap("3")
        member.sees("已提醒")
        chat.sees("党总支提醒您")


def test_the_demo_leads_there_and_back(chat: Chat, url: str) -> None:
    chat.page.goto(url)
    chat.page.get_by_role("link", name="在企业微信里试用").click()
    chat.page.get_by_role("link", name="用网页聊天试用").click()
    expect(chat.page).to_have_url(f"{url}/demo")


@pytest.mark.parametrize("dark", [False, True])
def test_the_pages_keep_nobody_out(chat: Chat, url: str, dark: bool) -> None:
    page = chat.page
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_viewport_size({"width": 320, "height": 568})
    chat.say("打印")
    chat.tap("1")
    chat.sees("测评表")
    for where in (page.url, f"{url}/wecom"):
        page.goto(where)
        page.locator("#messages li, .people a").first.wait_for()
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, "nothing is scrolled sideways"
