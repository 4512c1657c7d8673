"""The demo of WeCom as it is started and used: a process, and a phone with its page."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import httpx
import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser import SIZE, chromium, needs_chromium
from tests.files.making import saved
from tests.nursery import Nursery, free_port

pytestmark = [needs_chromium, pytest.mark.slow]


@pytest.fixture
def url(nursery: Nursery, tmp_path: Path) -> Iterator[str]:
    """A program with nothing configured."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    child = nursery.start(tmp_path, "run", DATA_DIR=str(tmp_path), WEB_PORT=str(port))
    deadline = monotonic() + 30
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
def page(url: str) -> Iterator[Page]:
    """The phone of the secretary of 新源里, as one comes there from the demo's first page."""
    with chromium() as browser:
        context = browser.new_context(
            viewport={"width": SIZE[0], "height": SIZE[1]}, has_touch=True, locale="zh-CN"
        )
        context.set_default_timeout(10_000)
        page, wrong = context.new_page(), list[str]()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        page.goto(url)
        page.get_by_role("link", name="在企业微信里试用").click()
        page.get_by_role("link", name="新源里校区书记").click()
        yield page
        assert wrong == []


def _tap(page: Page, words: str) -> None:
    """Press the first button of the newest message that begins so, a sign (⭐, ✓) aside."""
    last = page.locator("#messages li").last
    last.get_by_role("button", name=re.compile(rf"^\W*{re.escape(words)}")).first.click()


def _say(page: Page, text: str) -> None:
    page.get_by_label("输入", exact=True).fill(text)
    page.get_by_role("button", name="发送", exact=True).click()


def _last(page: Page, words: str) -> None:
    expect(page.locator("#messages li").last).to_contain_text(words)


def test_items_are_marked_pages_are_turned_and_files_come_and_go(page: Page, tmp_path: Path) -> None:
    _last(page, "您好，新源里校区书记")
    _tap(page, "开始自评")
    for number, grade in ((1, "优秀"), (2, "不合格"), (3, "优秀")):
        _last(page, f"第 {number} 项")
        _tap(page, grade)
    _last(page, "第 4 项")
    assert page.locator("#messages li").count() == 1, "one card, changed in place"
    _tap(page, "更多")
    _last(page, "其他分值")
    _tap(page, "依据")
    _last(page, "请直接发照片或文件")
    picture = tmp_path / "手册.jpg"
    picture.write_bytes(saved("JPEG"))
    page.get_by_label("发送图片或文件").set_input_files(picture)
    _last(page, "已收到材料（第 1 份）")
    _say(page, "打印")
    _last(page, "测评表 · 新源里校区党支部")
    _tap(page, "1")
    with page.expect_download() as arriving:
        page.get_by_role("link", name=".xlsx").click()
    arriving.value.save_as(tmp_path / "form.xlsx")
    assert arriving.value.suggested_filename.endswith("新源里校区党支部 测评表.xlsx")
    form = openpyxl.load_workbook(tmp_path / "form.xlsx").active
    assert form is not None
    assert "新源里" in str(list(form.iter_rows(max_row=4, values_only=True)))


def test_in_words_a_message_is_quoted_and_a_text_spoken(page: Page) -> None:
    _last(page, "您好")
    _say(page, "文字模式")
    _last(page, "卡片模式")
    _say(page, "第7项")
    _last(page, "回复：优秀")
    assert page.locator("#messages li").last.locator(".card").count() == 0
    page.locator("#messages li").last.get_by_role("button", name="引用").click()
    expect(page.locator("#quoted")).to_contain_text("引用：第 7 项")
    _say(page, "优秀")
    _last(page, "第 7 项 已存 优秀")
    expect(page.locator("#quoted")).to_be_hidden()
    page.get_by_label("输入", exact=True).fill("合格")
    page.get_by_role("button", name="语音", exact=True).click()
    _last(page, "您发的：合格")
    _last(page, "还没有记。")


def test_a_reminder_comes_by_itself(page: Page, url: str) -> None:
    _last(page, "您好")
    with page.context.browser.new_context() as context:  # type: ignore[union-attr]
        member = context.new_page()
        member.goto(f"{url}/wecom")
        member.get_by_role("link", name="总支委员甲").click()
        _last(member, "您好")
        _say(member, "催办")
        _last(member, "提醒 新源里校区")
        _tap(member, "3")
        _last(member, "已提醒")
    _last(page, "党总支提醒您")
