"""Headless Chromium, one for all tests of a worker that follow each other, and which tests those are."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason=f"no Chromium: none of {', '.join(NAMES)} is on PATH"
)

_started: list[tuple["Playwright", "Browser"]] = []  # at most one


def browses(item: pytest.Item) -> bool:
    """Whether a test needs Chromium."""
    return needs_chromium.mark in item.iter_markers("skipif")


@contextmanager
def chromium() -> Iterator["Browser"]:
    """The browser; what is opened in it here is closed here.

    It takes a second to start, so it stays for the next test until `close_chromium`. So long no loop can run in this
    thread, for Playwright keeps one of its own.
    """
    if not _started:
        from playwright.sync_api import sync_playwright  # late, for it takes half a second

        playwright = sync_playwright().start()
        _started.append(
            (playwright, playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES)))
        )
    [(_, browser)] = _started
    others = list(browser.contexts)
    try:
        yield browser
    finally:
        for context in browser.contexts:
            if context not in others:
                context.close()


def close_chromium() -> None:
    """End the browser and Playwright, if they run."""
    while _started:
        playwright, browser = _started.pop()
        browser.close()
        playwright.stop()
