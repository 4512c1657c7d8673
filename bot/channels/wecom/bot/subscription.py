"""The bot's subscription, kept up whatever happens to it.

Tencent lets one connection of a bot live, the newest: a process connects only while it holds the lease, and does not
fight for the bot. Open is not subscribed, and a subscription can get lost on an open socket (846609): that is the end
of the connection, as are a close of any code, silence, and a write that hangs. Every end leads to a new connection.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum
from secrets import SystemRandom

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWSTimeout
from yarl import URL

from bot.channels.channel import SettingsRefusedError
from bot.channels.wecom.bot.line import Line, Times
from bot.channels.wecom.frames import BAD_CREDENTIALS, SUBSCRIBE, Frame, UnansweredError, new_id
from bot.delivery import NotSentError
from bot.health import Ailment
from bot.settings import proxy_for

TRIES = 5  # with credentials that are refused; more would look like guessing
PATIENCE = 180.0  # seconds without a connection after which somebody should look
CLOSING = 1.0  # seconds for saying goodbye
NIGHT = (
    3,
    17,
)  # after a reconnection group messages may stay away until the next: everybody sleeps, no full hour
UNKNOWN = "企业微信不认识这个机器人。请检查 WECOM_BOT_ID 和 WECOM_BOT_SECRET。"
UNREACHED = "连不上企业微信。请检查网络和 WECOM_BOT_URL。"
TAKEN = "另一个程序也在用这个企业微信机器人，这里已停止接收。请停掉那一个，再重新启动这里。"

log = structlog.get_logger()


class End(Enum):
    """How a connection ended."""

    UNREACHED = "not reached"
    UNKNOWN = "credentials refused"
    LOST = "lost"
    KICKED = "taken over"
    RENEWED = "renewed"


class Subscription:
    """Of a bot, at `url`. `heard` gets each message and event, in their order; it must not wait for anything.

    `holds` says whether this process may connect. `clock` is the time on the wall, for the fresh connection of each
    night.
    """

    def __init__(
        self,
        url: str,
        credentials: tuple[str, str],
        heard: Callable[[Frame], None],
        holds: Callable[[], Awaitable[bool]],
        clock: Callable[[], datetime],
        times: Times,
    ) -> None:
        self.url, self._credentials = url, credentials
        self._heard, self._holds, self._clock, self._times = heard, holds, clock, times
        self._line: Line | None = None
        self._subscribed = asyncio.Condition()
        self._down_since: float | None = None

    async def keep(self) -> None:
        """Connect, and again after every end: later and later after connections that did not hold for a while.

        Tencent guards subscriptions against whoever spins. Raises SettingsRefusedError where that does not help.
        """
        time, times, random = asyncio.get_running_loop().time, self._times, SystemRandom()
        failures, refused, kicked = 0, 0, float("-inf")
        while True:
            await self._own()
            self._down_since = self._down_since or time()
            began = time()
            end = await self._live()
            log.info("wecom connection ended", how=end.value)
            if end in (End.LOST, End.KICKED, End.RENEWED):
                refused = 0
            if time() - began > times.longest_pause:
                failures = 0
            if end is End.KICKED and await self._ours():
                if time() - kicked < times.kicks:
                    raise SettingsRefusedError(TAKEN)
                kicked = time()
                await asyncio.sleep(random.uniform(*times.after_kick))
            if end in (End.KICKED, End.RENEWED):
                continue
            refused += end is End.UNKNOWN
            if refused == TRIES:
                raise SettingsRefusedError(UNKNOWN)
            pause = min(times.pause * 2.0 ** min(failures, 10), times.longest_pause)
            failures += 1
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))

    async def try_once(self) -> None:
        """Subscribe and leave again. Raises SettingsRefusedError where that does not succeed."""
        living = asyncio.create_task(self._live())
        subscribed = asyncio.create_task(self.line(self._times.connect + self._times.answer))
        try:
            await asyncio.wait([living, subscribed], return_when=asyncio.FIRST_COMPLETED)
            if living.done() or subscribed.exception():
                unknown = living.done() and living.result() is End.UNKNOWN
                raise SettingsRefusedError(UNKNOWN if unknown else UNREACHED)
        finally:
            for task in (living, subscribed):
                task.cancel()
            await asyncio.gather(living, subscribed, return_exceptions=True)

    @property
    def up(self) -> bool:
        """Whether the connection is subscribed, as far as anybody knows."""
        return self._line is not None and self._line.usable

    async def line(self, seconds: float) -> Line:
        """The connection, once it is subscribed; raises NotSentError when it is not for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._subscribed:
                while self._line is None or not self._line.usable:
                    await self._subscribed.wait()
                return self._line
        raise NotSentError("there is no connection to WeCom")

    def ailment(self) -> Ailment | None:
        """What has kept people from being heard for minutes, if anything."""
        since = self._down_since
        if since is None or asyncio.get_running_loop().time() - since < PATIENCE:
            return None
        said = "连不上企业微信，那里暂时收不到消息和提醒。请维护人员检查网络。"
        return Ailment("wecom", "the long connection to WeCom is down", said)

    async def _own(self) -> None:
        """Wait until this process may connect; what another one does meanwhile is no ailment."""
        while not await self._ours():
            self._down_since = None
            await asyncio.sleep(self._times.lease)

    async def _ours(self) -> bool:
        try:
            return await self._holds()
        except Exception as error:  # a database that is away for a moment ends no channel
            log.warning("nobody knows who holds the wecom connection", error=type(error).__name__)
            return False

    async def _live(self) -> End:
        """One connection, from its opening to its end."""
        proxy = proxy_for(str(URL(self.url).with_scheme("http" if self.url.startswith("ws:") else "https")))
        try:
            async with ClientSession(proxy=proxy, timeout=ClientTimeout(total=None)) as session:
                async with asyncio.timeout(self._times.connect):
                    goodbye = ClientWSTimeout(ws_close=CLOSING)
                    socket = await session.ws_connect(self.url, timeout=goodbye)
                line = Line(socket, self._heard, self._times)
                try:
                    return await self._used(line)
                finally:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(2 * CLOSING):
                            await socket.close()
        except (ClientError, OSError, ValueError, TimeoutError) as error:
            log.warning("wecom cannot be reached", error=type(error).__name__)
            return End.UNREACHED

    async def _used(self, line: Line) -> End:
        tasks = [asyncio.create_task(line.listen()), asyncio.create_task(line.beat())]
        try:
            if end := await self._refused(line):
                return end
            tasks.append(asyncio.create_task(line.renew_in(until_night(self._clock()))))
            line.subscribed, self._down_since = True, None
            async with self._subscribed:
                self._line = line
                self._subscribed.notify_all()
            await line.over()
            return End.KICKED if line.kicked else End.RENEWED if line.renewed else End.LOST
        finally:
            line.end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _refused(self, line: Line) -> End | None:
        """Subscribe; None when that succeeded."""
        bot_id, secret = self._credentials
        body = {"bot_id": bot_id, "secret": secret}
        try:
            answer = await line.ask(SUBSCRIBE, new_id(SUBSCRIBE), body, self._times.answer)
        except UnansweredError:
            return End.KICKED if line.kicked else End.UNREACHED
        log.info("wecom answers the subscription", errcode=answer.errcode)
        if answer.errcode == 0:
            return None
        return End.UNKNOWN if answer.errcode == BAD_CREDENTIALS else End.UNREACHED


def until_night(now: datetime) -> float:
    """Seconds until the next hour at which nobody is at work."""
    hour, minute = NIGHT
    at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return ((at if at > now else at + timedelta(days=1)) - now).total_seconds()
