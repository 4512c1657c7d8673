"""The web chat: one page for a phone, with a log of what was said and one live screen edited in place.

A press or a text is posted to /say, a file to /upload; the answer is JSON (shape). What is sent together
has one group. /events tells each open page its whole state and later what changed elsewhere (live), and the page says
to /seen which of that somebody looked at. A request that changes something carries the page's token (guard).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.channel import Off, Talk
from bot.channels.limits import Limits
from bot.channels.web.ballot import BallotRoutes, Polls
from bot.channels.web.chat import ChatLog, ChatRoutes
from bot.channels.web.guard import Door
from bot.channels.web.key import secret_key
from bot.channels.web.live import Live
from bot.channels.web.pages import PageRoutes, Persona
from bot.delivery import Unseen
from bot.health import Ailment
from bot.message import Message
from bot.settings import Settings


def made(
    settings: Settings,
    talk: Talk,
    log: ChatLog,
    now: Callable[[], datetime],
    personas: Callable[[], Sequence[Persona]],
    polls: Polls,
) -> "Web | Off":
    """The channel as the settings want it; `personas` are whom one can be in a demo, `polls` where ballots go."""
    if settings.chat == "off":
        return Off()
    return Web(
        talk,
        log,
        address=settings.address,
        base_url=settings.web_url,
        secret_key=partial(secret_key, settings),
        secure_cookies=settings.address.startswith("https://"),
        personas=personas if settings.chat == "demo" else None,
        elsewhere={"/wecom": "在企业微信里试用"} if settings.wecom_demo else {},
        polls=polls,
        now=now,
    )


class Web:
    """The conversation on a page. `personas` is for a demo only: whoever opens the page chooses who to be, or goes
    `elsewhere`: words by address.

    `address` is where people find the page, `base_url` the only name under which it answers, if one was set. The key
    that signs cookies is asked for when the page's routes are: no other command makes one.
    """

    name, word = "web", "网页"
    way = "请从首页打开这一项再填。"  # a bubble has no buttons

    def __init__(
        self,
        talk: Talk,
        log: ChatLog,
        *,
        address: str,
        base_url: str,
        secret_key: Callable[[], str],
        secure_cookies: bool,
        personas: Callable[[], Sequence[Persona]] | None,
        now: Callable[[], datetime],
        elsewhere: Mapping[str, str] | None = None,
        polls: Polls | None = None,
    ) -> None:
        self._polls = polls
        self._elsewhere = elsewhere or {}
        self._talk, self._log, self._personas, self._now = talk, log, personas, now
        self._address, self._base_url = address, base_url
        self._secret_key, self._secure_cookies = secret_key, secure_cookies
        self._limits = Limits()

    def link(self, code: str) -> str:
        """The page that says what a code gives."""
        return f"{self._address}/join/{code}"

    # --- starting and stopping ---

    async def check(self) -> AsyncIterator[str]:
        """Nobody else is needed for it; whether the port is free is tried for the whole program."""
        nothing: tuple[str, ...] = ()
        for line in nothing:
            yield line

    async def start(self) -> str:
        """Where the page is."""
        return f"网页聊天：{self._address}{'  (演示数据，可换身份)' if self._personas else ''}"

    async def run(self) -> None:
        """Serve pages until cancelled: then the open ones are let go, for which the server would wait."""
        try:
            await asyncio.Event().wait()
        finally:
            self.live.close()

    async def close(self) -> None:
        """The server has answered what was under way."""

    def ailment(self) -> Ailment | None:
        """It works as long as the program does."""
        return None

    # --- being asked ---

    def routes(self) -> list[Route]:
        """Every route of the chat; the personas' only in a demo."""
        pages = PageRoutes(
            self._talk,
            self._log,
            self._door,
            self._limits,
            self.live,
            self._personas,
            self._now,
            self._elsewhere,
        )
        chat, route = self._chat, self._route
        return [
            route("/", pages.home),
            route("/static/{name}", pages.static),
            route("/say", chat.say, "POST"),
            route("/upload", chat.upload, "POST"),
            route("/events", chat.events),
            route("/seen", chat.seen, "POST"),
            route("/file", chat.file),
            route("/join", pages.typed_code),
            route("/join/{code:path}", pages.invited),
            route("/join/{code:path}", pages.join, "POST"),
            *(self._ballots(self._polls) if self._polls else []),
            *(
                [route("/demo", pages.demo), route("/demo/{n}", pages.become, "POST")]
                if self._personas
                else []
            ),
        ]

    def _ballots(self, polls: Polls) -> list[Route]:
        ballot = BallotRoutes(polls, self._limits, self._door.token)
        return [
            self._route("/vote", ballot.door),
            self._route("/vote/{code:path}", ballot.door),
            self._route("/vote", ballot.form, "POST"),
        ]

    def _route(
        self, path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str = "GET"
    ) -> Route:
        async def guarded(request: Request) -> Response:
            self._door.check_host(request)
            if method == "POST":
                self._door.check_origin(request)
            return await endpoint(request)

        return Route(path, guarded, methods=[method])

    @cached_property
    def _door(self) -> Door:
        return Door(self._secret_key(), self._base_url, self._secure_cookies, self._now)

    @cached_property
    def _chat(self) -> ChatRoutes:
        return ChatRoutes(self._talk, self._log, self._door, self._limits, self._now)

    @property
    def live(self) -> Live:
        """The open pages."""
        return self._chat.live

    # --- reminding ---

    def sends(self) -> bool:
        """A page is a row that any process can write."""
        return True

    async def turn(self, address: str) -> None:
        """A page may get a message at any time."""

    async def push(self, address: str, message: Message, *, stands: bool) -> Unseen:
        """A bubble in the log, and the screen that stands now: unseen until somebody looks at a page with it."""
        await asyncio.to_thread(self._log.append, address, False, message.title, message.lines, self._now())
        self.live.arrived(address)
        return Unseen()
