"""A channel as small as one can be: texts are posted to /toy/<chat>, and what is shown there is got from it.

The tests put this file into a copy of the project as bot/channels/toy/__init__.py; a real one is a folder like it.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels.channel import Off, Talk
from bot.channels.chats import Chat, Chats
from bot.channels.cutting import cut, octets
from bot.channels.limits import body_within
from bot.channels.pace import Pace
from bot.channels.underway import Underway
from bot.conversation import Event
from bot.health import Ailment
from bot.message import Message, Reply, plain
from bot.pressing import marks
from bot.settings import Settings

TEXT_LIMIT = 2048  # bytes

log = structlog.get_logger()


def made(settings: Settings, talk: Talk) -> "Toy | Off":
    """The channel, which needs no settings."""
    return Toy(talk)


class Toy:
    """The conversation in plain text, with the buttons as a list, long ones with their marks."""

    name, word = "toy", "玩具"
    way = "请先发送「首页」。"

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._chats, self._aside = Chats(Chat), Underway(self._failed)
        self._pace = Pace(100, 0.0)
        self.shown: dict[str, list[str]] = {}
        self.gate = asyncio.Event()  # cleared: nothing arrives
        self.gate.set()

    def link(self, code: str) -> str:
        """Nobody knows how to open it."""
        return ""

    def routes(self) -> list[Route]:
        """A chat of this channel."""
        return [
            Route("/toy/{chat}", self._said, methods=["POST"]),
            Route("/toy/{chat}", self._seen, methods=["GET"]),
        ]

    async def start(self) -> str:
        """There is nobody to introduce itself to."""
        return "玩具已就绪"

    async def run(self) -> None:
        """What is said comes over the server."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Let everything be shown."""
        await self._aside.end()

    async def check(self) -> AsyncIterator[str]:
        """It always works."""
        yield "✓ 玩具"

    def ailment(self) -> Ailment | None:
        """It always works."""
        return None

    def sends(self) -> bool:
        """It always can."""
        return True

    async def turn(self, address: str) -> None:
        """Wait until this chat may get a message."""
        await self._pace.turn(address)

    async def push(self, address: str, message: Message, *, stands: bool) -> None:
        """A message that nobody asked for."""
        async with self._chats.showing(address), self._pace.call(address):
            await self._send(address, message)

    async def _said(self, request: Request) -> Response:
        """A text, answered as soon as it is stored."""
        address, key = request.path_params["chat"], request.headers["x-key"]
        text = await body_within(request, TEXT_LIMIT)
        if text is None:
            raise HTTPException(413)
        await self.say(address, key, text.decode())
        return Response(status_code=204)

    async def say(self, address: str, key: str, text: str) -> None:
        """Somebody says something: heard when this returns, and answered soon."""
        async with self._chats.hearing(address) as chat:
            event = Event(self.name, address, key, text=text, marked=True)
            reply = await self._talk.hear_soon(event)
        chat.show_soon(self._aside, partial(self._show, address, reply))

    async def _seen(self, request: Request) -> Response:
        return JSONResponse(self.shown.get(request.path_params["chat"], []))

    async def _show(self, address: str, reply: Reply) -> None:
        if reply.receipt is not None:
            await self._send(address, reply.receipt)
        await self._send(address, reply.screen.headed(reply.toast))

    async def _send(self, address: str, message: Message) -> None:
        await self.gate.wait()
        named = {button: f"{mark}. {button.label}" for mark, button in marks(message).items()}
        listed = [named.get(button, button.label) for button in message.buttons]
        text = cut("\n".join([plain(message), *listed]), TEXT_LIMIT, octets)
        self.shown.setdefault(address, []).append(text)

    def _failed(self, error: BaseException) -> None:
        log.error("the toy is broken", exc_info=error)
