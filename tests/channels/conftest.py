"""What tests of channels share: the page on fakes, a phone with a real browser; Tencent's side of WeCom."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.sync_api import Browser

from bot.channels.wecom.app.api import Api
from bot.channels.wecom.tenant import Tenant
from tests.browser import Phone, serving
from tests.channels.web_fakes import Place
from tests.channels.wecom_callbacks import App, WeCom, served
from tests.channels.wecom_calls import calling
from tests.channels.wecom_fakes import SECRET, Hands
from tests.chromium import chromium
from tests.conftest import Clock
from tests.wecom_api import WeComApi


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


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
async def tenant(hands: Hands) -> AsyncIterator[Tenant]:
    async with Tenant(secret=SECRET, seconds=hands) as tenant:
        yield tenant


@pytest.fixture
def app(clock: Clock) -> App:
    return App(clock)


@pytest.fixture
def wecom(app: App) -> Iterator[WeCom]:
    with served(app) as wecom:
        yield wecom


@pytest.fixture
async def server(hands: Hands) -> AsyncIterator[WeComApi]:
    async with WeComApi(hands) as server:
        server.member("ZhangSan")
        yield server


@pytest.fixture
async def api(server: WeComApi) -> AsyncIterator[Api]:
    async with calling(server) as api:
        yield api
