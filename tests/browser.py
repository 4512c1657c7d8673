"""A server on loopback, and a phone in front of it: the chat page in headless Chromium, driven by label."""

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Self

import uvicorn
from playwright.sync_api import Browser, Locator, Page
from starlette.applications import Starlette
from starlette.routing import Route

from bot.channels import connections
from bot.channels.channel import Channel
from bot.channels.server import application
from bot.channels.web import Web
from bot.channels.web.ballot import Polls
from bot.channels.web.chat import ChatLog
from bot.channels.web.pages import Persona
from bot.conversation import Conversation

SIZE = (390, 844)


def web_app(
    conversation: Conversation,
    log: ChatLog,
    *,
    secret_key: str,
    base_url: str = "",
    secure_cookies: bool,
    personas: Callable[[], Sequence[Persona]] | None,
    chat: bool,
    ready: Callable[[], list[str]],
    ailing: Callable[[], list[str]] = list,
    routes: Sequence[Route] = (),
    polls: Polls | None = None,
    now: Callable[[], datetime],
) -> Starlette:
    """The program's server with the chat on it, if that is on; `app.state.channel` is the chat."""
    page = Web(
        conversation,
        log,
        address=base_url,
        base_url=base_url,
        secret_key=lambda: secret_key,
        secure_cookies=secure_cookies,
        personas=personas,
        polls=polls,
        now=now,
    )
    app = application(
        [*routes, *(page.routes() if chat else ())],
        calendar=conversation.calendar,
        ready=ready,
        ailing=ailing,
    )
    app.state.close, app.state.channel = page.live.close if chat else lambda: None, page
    return app


class Server(uvicorn.Server):
    """Uvicorn, that ends at once when it is told to. A channel that is more than pages runs `beside` it."""

    beside: Channel | None = None
    end_pages: Callable[[], None] = staticmethod(lambda: None)  # what is open ends on the server's loop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's own, once the channel is there."""
        if self.beside is not None:
            await self.beside.start()
            self._running = asyncio.create_task(self.beside.run())
        await super().startup(sockets)

    async def main_loop(self) -> None:
        """As uvicorn's own, but it looks ten times as often whether it should end, and reckons its date once."""
        await self.on_tick(0)
        while not await self.on_tick(1):  # noqa: ASYNC110  uvicorn knows no event to wait for
            await asyncio.sleep(0.01)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's own, but without its pauses of a tenth of a second."""
        self.end_pages()
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        async with asyncio.timeout(self.config.timeout_graceful_shutdown):
            while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110  nor one here
                await asyncio.sleep(0.002)
        if self.beside is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            await self.beside.close()


@contextmanager
def serving(app: Starlette, port: int = 0, beside: Channel | None = None) -> Iterator[str]:
    """The app behind uvicorn on a loopback port; the address to open."""
    listener = socket.create_server(("127.0.0.1", port))
    config = connections.config(app)
    server = Server(config)
    server.beside, server.end_pages = beside, app.state.close
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = monotonic() + 60
    try:
        while not server.started:
            assert thread.is_alive()
            assert monotonic() < deadline
            sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


class Phone:
    """The chat page as a person uses it: by what is written on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []  # of the browser: an error in a script, a breach of our own policy
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if "Policy" in line.text else None)

    @classmethod
    def of(cls, browser: Browser) -> Self:
        """A phone of its own: no cookie, no history."""
        context = browser.new_context(has_touch=True, locale="zh-CN")
        context.set_default_timeout(10_000)
        phone = cls(context.new_page())
        phone.be()
        return phone

    def be(self, *, dark: bool = False, size: tuple[int, int] = SIZE) -> None:
        """Have a screen of this size and these colours."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.emulate_media(color_scheme="dark" if dark else "light")

    def forget(self) -> None:
        """Be a new phone, which Chromium takes a second to make: leave the page, keep no cookie and no history."""
        self.page.unroute_all()
        if self.page.url != "about:blank":
            self.page.evaluate("sessionStorage.clear()")
        self.page.context.clear_cookies()
        self.complaints.clear()
        self.be()

    def open(self, url: str) -> "Phone":
        """Go to an address and wait until the page can be used."""
        self.page.goto(url)
        if self.page.locator("#talk").count():
            self.settled()
        return self

    def settled(self) -> None:
        """Wait until everything done so far was answered and shown."""
        self.page.locator("#talk[aria-busy=false]").wait_for()

    def button(self, label: str) -> Locator:
        """The button with exactly this label, or with this name, by which it is read aloud."""
        written = self.page.locator("button").filter(has_text=re.compile(rf"^\s*{re.escape(label)}\s*$"))
        return written.or_(self.page.get_by_role("button", name=label, exact=True))

    def tap(self, label: str) -> None:
        """Press a button and wait for the answer."""
        self.button(label).click()
        if self.page.locator("#talk").count():
            self.settled()

    def say(self, text: str) -> None:
        """Type a text, send it, and wait for the answer."""
        self.page.get_by_label("输入", exact=True).fill(text)
        self.button("发送").click()
        self.settled()

    def upload(self, *paths: str | Path, typed: str = "") -> None:
        """Choose files, perhaps after something was typed, and wait for the answer."""
        if typed:
            self.page.get_by_label("输入", exact=True).fill(typed)
        self.page.get_by_label("发送照片或文件").set_input_files(list(paths))
        self.settled()

    def wait_for(self, text: str) -> None:
        """Wait until the live screen shows a text."""
        self.page.locator("#screen").get_by_text(text).first.wait_for()

    @property
    def title(self) -> str:
        """The heading of the live screen."""
        return self.page.locator("#screen h1").inner_text()

    @property
    def text(self) -> str:
        """Everything the live screen says."""
        return _lines(self.page.locator("#screen").inner_text())

    @property
    def labels(self) -> list[str]:
        """What is written on the buttons, in reading order."""
        return self.page.locator("#keys button").all_inner_texts()

    @property
    def said(self) -> list[str]:
        """The frozen bubbles without their times, oldest first."""
        bubbles = self.page.locator("#log .bubble").all()
        return ["\n".join(bubble.locator("h2, p").all_inner_texts()) for bubble in bubbles]

    @property
    def toast(self) -> str:
        """The last passing message."""
        return self.page.locator("#toast").inner_text()

    @property
    def notice(self) -> str:
        """The sentence above the buttons when something went wrong; empty when all is well."""
        place = self.page.locator("#notice")
        return place.locator("span").inner_text() if place.is_visible() else ""


def _lines(text: str) -> str:
    return re.sub(r"\n\s*", "\n", text).strip()
