"""The page of the demo of WeCom in headless Chromium: a chat with the bot, driven by what is written on its cards."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

# The newest message is the bot's, and is not what it was: a card that was pressed is another one then.
ANSWERED = """(before) => {
  const last = document.querySelector("#messages li:last-child");
  return last && last.classList.contains("bot") && last.outerHTML !== before;
}"""


class Chat:
    """The chat of one person."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.messages = page.locator("#messages li")

    @property
    def last(self) -> str:
        """All that is written on the newest message."""
        return self.messages.last.inner_text()

    def open(self, url: str, name: str) -> "Chat":
        """Choose who to be on the page of all."""
        self.page.goto(f"{url}/wecom")
        self.page.get_by_role("link", name=name).click()
        return self.sees("您好")

    def sees(self, words: str) -> "Chat":
        """Wait until the newest message says this."""
        expect(self.messages.last).to_contain_text(words)
        return self

    def tap(self, words: str) -> None:
        """Press the first button of the newest message that begins so, its sign aside, and wait for the answer."""
        button = self.messages.last.get_by_role("button", name=re.compile(rf"^\W*{re.escape(words)}")).first
        self._answered(button.click)

    def say(self, text: str, *, spoken: bool = False) -> None:
        """Type a text, and wait for the answer; `spoken`: as if it were said."""
        self.page.get_by_label("输入", exact=True).fill(text)
        how = self.page.get_by_role("button", name="语音" if spoken else "发送", exact=True)
        self._answered(how.click)

    def _answered(self, do: Callable[[], None]) -> None:
        before = self.messages.last.evaluate("(last) => last.outerHTML")
        do()
        self.page.wait_for_function(ANSWERED, arg=before)
