"""The Bot API under one token: PTB's Bot, quicker calls beside it, and what may be said of an error."""

from typing import Any
from urllib.parse import urlsplit

from telegram import Bot

from bot.channels.telegram.http import READ, AiohttpRequest


class Api:
    """Where a bot is called, https://core.telegram.org/bots/api#making-requests"""

    def __init__(self, token: str, url: str) -> None:
        calls, files = f"{url.rstrip('/')}/bot", f"{url.rstrip('/')}/file/bot"
        self.token = token
        self.public = (urlsplit(url).hostname or "").endswith("telegram.org")
        self.files = f"{files}{token}/"
        self.http = AiohttpRequest()
        self.bot = Bot(token, calls, files, request=self.http, get_updates_request=self.http)
        self._calls = f"{calls}{token}/"

    async def send(self, method: str, *, read: float = READ, **parameters: Any) -> Any:
        """The result of one call that carries no file."""
        return await self.http.send(self._calls + method, read=read, **parameters)

    async def close(self) -> None:
        """Close the connections."""
        await self.http.shutdown()

    def words(self, error: Exception) -> str:
        """An error in one line, without the token."""
        return f"{type(error).__name__}: {error}".replace(self.token, "…")[:300]
