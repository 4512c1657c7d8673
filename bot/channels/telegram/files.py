"""Files that people send: fetched from Telegram, or from the disk of a Bot API server of our own."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from telegram.error import TelegramError

from bot.actions import UPLOAD_LIMIT, Upload
from bot.channels.telegram.api import Api
from bot.channels.telegram.http import TooLargeError, patiently

AT_ONCE = 4  # bounds the memory that files in flight take

log = structlog.get_logger()


class Files:
    """What is behind the names that messages give to files."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._downloads = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, file: Any, name: str, mime: str) -> Upload | str:
        """A file that was sent, or why there is none: large, lost. https://core.telegram.org/bots/api#getfile"""
        if (file.file_size or 0) > UPLOAD_LIMIT:
            return "large"
        try:
            async with self._downloads:
                ask = partial(self._api.send, "getFile", file_id=file.file_id)
                path = str((await patiently(ask, repeatable=True)).get("file_path", ""))
                if Path(path).is_absolute():
                    data = await asyncio.to_thread(self._on_disk, Path(path))
                else:
                    load = partial(self._api.http.download, self._api.files + path, UPLOAD_LIMIT)
                    data = await patiently(load, repeatable=True)
        except TooLargeError:
            return "large"
        except (TelegramError, OSError, ValueError) as error:  # the last: a path that cannot be one
            log.warning("a file could not be fetched from Telegram", error=self._api.words(error))
            return "large" if "file is too big" in str(error).lower() else "lost"
        return Upload(name, mime, data)

    def _on_disk(self, path: Path) -> bytes:
        """A file that a Bot API server of our own keeps on this machine, in its folder for this bot and nowhere else.

        https://core.telegram.org/bots/api#using-a-local-bot-api-server
        """
        path, token = path.resolve(), self._api.token
        if self._api.public or not {token, token.replace(":", "~")} & set(path.parent.parts):
            raise PermissionError("the server names a file that is not in its folder for this bot")
        if not path.is_file():
            raise FileNotFoundError("the server's folder for this bot is not the same on this machine")
        with path.open("rb") as file:
            data = file.read(UPLOAD_LIMIT + 1)
        if len(data) > UPLOAD_LIMIT:
            raise TooLargeError
        return data
