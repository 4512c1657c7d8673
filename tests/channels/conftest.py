"""What tests of the web chat share: its page on fakes, and a phone with a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import Phone, chromium, serving
from tests.channels.web_fakes import Place


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def url(place: Place) -> Iterator[str]:
    with serving(place.app()) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a file."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def made(browser: Browser) -> Phone:
    return Phone.of(browser)


@pytest.fixture
def new(made: Phone) -> Iterator[Phone]:
    """A phone that has not opened the page yet; nothing in its browser's console is wrong in the end."""
    yield made
    complaints = list(made.complaints)
    made.forget()
    assert complaints == []
