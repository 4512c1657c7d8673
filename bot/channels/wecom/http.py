"""Requests of WeCom's server API, each sorted by what became of it: an app's with its token, a group's with its key.

https://developer.work.weixin.qq.com/document/path/90664
"""

import asyncio
import io
import json
import re
from collections.abc import Mapping
from typing import Any

import aiohttp
from yarl import URL

from bot.channels.wecom.frames import UnansweredError
from bot.channels.wecom.media import Fetched, TooLargeError, named
from bot.delivery import NotSentError
from bot.settings import proxy_for

CONNECT, TOTAL, FILE = 10.0, 30.0, 120.0  # seconds to connect, for a request, for one with a file
AT_ONCE = 20  # requests at the same time; too many are refused (45033)
ANSWER = 1024 * 1024  # bytes of an answer that is no file
BUSY = -1
UNSAFE = re.compile(r'["\\\x00-\x1f\x7f]')  # characters that a file name in a header cannot have

Json = dict[str, Any]


class Http:
    """WeCom's server at an address."""

    def __init__(self, url: str) -> None:
        self._url = URL(url)
        self._room = asyncio.Semaphore(AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """End all connections; a later request makes new ones."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(
        self,
        method: str,
        call: str,
        query: Mapping[str, Any],
        data: Any = None,
        *,
        total: float = TOTAL,
        limit: int = 0,
    ) -> Json:
        """What the server answers to one request, `limit` bytes at most: JSON, or a file (then as `file`).

        Raises NotSentError and UnansweredError. The texts of aiohttp's errors hold the address, and with it what is
        secret, so only their names go on.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(proxy=proxy_for(str(self._url)))
        timeout = aiohttp.ClientTimeout(total=total, connect=CONNECT)
        headers = {"Content-Type": "application/json"} if isinstance(data, bytes) else {}
        url = (self._url / "cgi-bin" / call).with_query(query)
        try:
            async with (
                self._room,
                self._session.request(
                    method, url, data=data, headers=headers, timeout=timeout, allow_redirects=False
                ) as answer,
            ):
                return await _read(call, answer, limit)
        except (
            aiohttp.ClientConnectorError,
            aiohttp.ClientHttpProxyError,
            aiohttp.ConnectionTimeoutError,
        ) as error:
            raise NotSentError(f"{call}: no connection ({type(error).__name__})") from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise UnansweredError(f"{call}: {type(error).__name__}") from None


async def _read(call: str, answer: aiohttp.ClientResponse, limit: int) -> Json:
    if answer.status != 200:
        raise UnansweredError(f"{call}: {answer.status}")
    disposition = answer.headers.get("Content-Disposition", "")
    data = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        data += chunk
        if len(data) > (limit if disposition else ANSWER):
            raise TooLargeError if disposition else UnansweredError(f"{call}: too long")
    if disposition:
        return {"file": Fetched(named(disposition), bytes(data))}
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UnansweredError(f"{call}: no JSON")
    return found


def code_in(answer: Json) -> int:
    """The errcode of an answer; 0 where it has none."""
    code = answer.get("errcode", 0)
    return code if type(code) is int else BUSY


def written(body: Json) -> bytes:
    """A body of JSON. Its letters stay UTF-8: with escapes it is refused (40033)."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def form_of(name: str, data: bytes) -> aiohttp.FormData:
    """A file as it is handed over. Its name stays raw UTF-8: percent-encoded as RFC 2231 wants it, the file counts as
    empty (44001)."""
    made = aiohttp.FormData(quote_fields=False)
    made.add_field(
        "media", io.BytesIO(data), filename=UNSAFE.sub("_", name), content_type="application/octet-stream"
    )
    return made
