"""The long connection of the bot (智能机器人): what comes in over it, and what is sent."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any

import structlog

from bot.channels.chats import Chat, Chats
from bot.channels.underway import Underway
from bot.channels.wecom import media
from bot.channels.wecom.bot.line import Times
from bot.channels.wecom.bot.subscription import Subscription
from bot.channels.wecom.frames import (
    GROUP,
    NOT_SUBSCRIBED,
    PASSING,
    SEND,
    SINGLE,
    UPDATE,
    WELCOME,
    Frame,
    LateError,
    UnansweredError,
    new_id,
    refusal,
)
from bot.delivery import NotArrivedError
from bot.health import Ailment

REPEATS = 3  # of a frame that met something passing
DOWNLOADS = 4  # at once: bounds the memory that files in flight take

log = structlog.get_logger()


class Connection:
    """A bot's connection to `url`, with the errors of bot/delivery.py.

    `heard` gets each message and event in a task of its own, begun in their order. `holds` says whether this process
    may connect. `clock` is the time on the wall.
    """

    def __init__(
        self,
        url: str,
        bot_id: str,
        secret: str,
        heard: Callable[[Frame], Coroutine[Any, Any, None]],
        holds: Callable[[], Awaitable[bool]],
        clock: Callable[[], datetime],
        times: Times | None = None,
    ) -> None:
        self._times = times or Times()
        self._aside = Underway(self._failed)
        self._subscription = Subscription(
            url, (bot_id, secret), lambda frame: self._aside.start(heard(frame)), holds, clock, self._times
        )
        self._keeping: asyncio.Task[None] | None = None
        self._chats = Chats(Chat)
        self._uploading = asyncio.Lock()
        self._downloads = asyncio.Semaphore(DOWNLOADS)

    async def run(self) -> None:
        """Keep the connection until cancelled, which ends nothing that is under way: that is for `close`.

        Raises SettingsRefusedError where trying again does not help.
        """
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._subscription.keep())
        await asyncio.shield(self._keeping)

    def at(self, url: str) -> None:
        """Connect to this address from now on."""
        self._subscription.url = url

    async def try_once(self) -> None:
        """Subscribe and leave again, which takes the bot from whoever holds it. Raises SettingsRefusedError."""
        await self._subscription.try_once()

    async def close(self) -> None:
        """Let what is under way end for a while, then end the connection."""
        await self._aside.end()
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
            await self._aside.end()  # what came in the meantime

    def ailment(self) -> Ailment | None:
        """What has kept people from being heard for minutes, if anything."""
        return self._subscription.ailment()

    @property
    def up(self) -> bool:
        """Whether the bot is subscribed, as far as anybody knows."""
        return self._subscription.up

    async def ready(self, seconds: float) -> None:
        """Wait until the bot is subscribed; raises NotSentError when it is not for so long."""
        await self._subscription.line(seconds)

    async def reply(self, to: Frame, cmd: str, body: dict[str, Any]) -> None:
        """Answer what was said or what happened; one frame at a time in a chat, and so for each req_id.

        Raises LateError where the time for that is over, and as `send`.
        """
        async with self._chats.showing(to.chat or to.req_id):
            if cmd in (UPDATE, WELCOME) and asyncio.get_running_loop().time() - to.at > self._times.window:
                raise LateError(cmd)
            await self._ask(cmd, body, to.req_id)

    async def send(self, chat: str, body: dict[str, Any], *, group: bool = False) -> None:
        """Put a message into a chat (a userid, or the id of a group) that asked for none.

        Raises the errors of bot.delivery where it surely did not arrive: NotSentError, LimitedError, RefusedError
        (nobody has opened this chat), UndeliverableError. Any other (UnansweredError) means that nobody knows.
        """
        async with self._chats.showing(chat):
            await self._ask(SEND, {"chatid": chat, "chat_type": GROUP if group else SINGLE, **body})

    async def upload(self, name: str, data: bytes, kind: str = "file") -> str:
        """Hand over a file (or kind: image); its media_id. One after the other. Raises as `send`, never uncertain."""
        async with self._uploading:
            return await media.upload(self._ask_upload, kind, name, data, self._times.pause / 2)

    async def fetch(self, url: str, aeskey: str, limit: int) -> media.Fetched:
        """A file that somebody sent, up to so many bytes. Raises media.TooLargeError and media.LostError."""
        async with self._downloads:
            return await media.fetch(url, aeskey, limit, self._times.pause / 2)

    async def _ask_upload(self, cmd: str, body: dict[str, Any], patience: float | None) -> dict[str, Any]:
        return await self._ask(cmd, body, seconds=self._times.upload, patience=patience)

    async def _ask(
        self,
        cmd: str,
        body: dict[str, Any],
        req_id: str = "",
        *,
        seconds: float | None = None,
        patience: float | None = None,
    ) -> dict[str, Any]:
        """What the answer to a frame holds.

        On a connection that turns out to have lost its subscription nothing arrives, so the frame goes once more over
        the next one; what meets something passing goes again after a pause.
        """
        resent, failures = False, 0
        while True:
            line = await self._subscription.line(self._times.patience if patience is None else patience)
            answer = await line.ask(cmd, req_id or new_id(cmd), body, seconds or self._times.answer)
            code = answer.errcode
            if code == 0:
                return answer.body
            log.warning("wecom refuses a frame", cmd=cmd, errcode=code)
            if code == NOT_SUBSCRIBED:
                line.end()
            if code == NOT_SUBSCRIBED and not resent:
                resent = True
            elif code in PASSING and failures < REPEATS:
                await asyncio.sleep(self._times.pause / 2 * 2.0**failures)
                failures += 1
            else:
                raise refusal(cmd, code)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, (NotArrivedError, UnansweredError)):
            log.warning("WeCom did not take an answer", error=type(error).__name__)
        else:
            log.error("the WeCom channel is broken", exc_info=error)
