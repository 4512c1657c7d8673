"""What keeps the bot from being heard on Telegram: how long to wait for it to pass, and when somebody should look."""

import asyncio
import time

import structlog
from telegram.error import Conflict, InvalidToken, RetryAfter

from bot.channels.channel import SettingsRefusedError
from bot.channels.telegram.api import Api
from bot.channels.telegram.http import seconds
from bot.health import Ailment

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds; it doubles while Telegram is not available
PATIENCE = 180.0  # seconds of failures after which somebody should look

log = structlog.get_logger()


class Trouble:
    """The failures in a row, if there are any. `known`: Telegram has known this bot since it started."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._found: tuple[float, float, Exception] | None = None  # since when, at last, and which
        self.known = False

    async def pause(self, error: Exception, failures: int) -> None:
        """Wait as long as an error asks for; raise where waiting does not help."""
        now = time.monotonic()
        self._found = (self._found[0] if self._found else now, now, error)
        if isinstance(error, InvalidToken) and not (self.known and error.__cause__):
            raise unknown_token() from None  # with a cause it is no word of Telegram, but a page of some proxy
        wait = min(FIRST_PAUSE * 2.0 ** min(failures, 10), LONGEST_PAUSE)
        if isinstance(error, RetryAfter):
            wait = seconds(error)
        if isinstance(error, Conflict):
            wait = LONGEST_PAUSE
            log.error("another process receives this Telegram bot's updates: stop it, or use another token")
        log.warning("Telegram is not available", error=self._api.words(error), again_in=wait)
        await asyncio.sleep(wait)

    def is_over(self) -> None:
        """A call succeeded; but two that take turns at getting the updates both succeed now and then."""
        if self._found:
            _, last, error = self._found
            if not isinstance(error, Conflict) or time.monotonic() - last > 3 * LONGEST_PAUSE:
                self._found = None

    def forget(self) -> None:
        """Nothing is asked any more, so nothing fails."""
        self._found = None

    def ailment(self) -> Ailment | None:
        """What has kept the bot from being heard for minutes, if anything."""
        if self._found is None or self._found[1] - self._found[0] < PATIENCE:
            return None
        error = self._found[2]
        said = "连不上 Telegram，那里暂时收不到消息和提醒。请维护人员检查网络。"
        if isinstance(error, Conflict):
            said = "另一个程序也在用这个 Telegram 机器人，消息会时有时无。请维护人员停掉它。"
        elif isinstance(error, InvalidToken):
            said = "Telegram 不再认识这个机器人，那里收不到消息和提醒。请维护人员检查 TELEGRAM_TOKEN。"
        words = " ".join(self._api.words(error).split())
        return Ailment("telegram", f"Telegram does not work: {words}", said)


def unknown_token() -> SettingsRefusedError:
    """Nobody has this token (any more)."""
    return SettingsRefusedError("Telegram 不认识这个机器人，请检查 TELEGRAM_TOKEN 和 TELEGRAM_API_URL。")
