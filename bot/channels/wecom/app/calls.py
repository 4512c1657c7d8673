"""Calls of WeCom's server API: with the token of an app, again where that helps, and sorted by what became of them.

https://developer.work.weixin.qq.com/document/path/90664 and 91039 (token)
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import structlog
from yarl import URL

from bot.channels.wecom.app.codes import (
    BAD_TOKEN,
    BUSY,
    FOREIGN,
    SETTINGS,
    TWICE,
    UnfitError,
    in_words,
    refusal,
)
from bot.channels.wecom.app.token import Token
from bot.channels.wecom.frames import UnansweredError
from bot.channels.wecom.media import Fetched, TooLargeError, named
from bot.delivery import NotArrivedError, NotSentError
from bot.settings import proxy_for

CONNECT, TOTAL, FILE = 10.0, 30.0, 120.0  # seconds to connect, for a call, for one with a file
AT_ONCE = 20  # calls at the same time; too many are refused (45033)
TRIES = 3  # more, of what met something passing
ANSWER = 1024 * 1024  # bytes of an answer that is no file

Json = dict[str, Any]
Made = Callable[[], Any]  # a body, made anew for each try

log = structlog.get_logger()


class Calls:
    """What is asked of the server. `pause` is the first pause, in seconds, before something is tried again.

    Raises the errors of bot/delivery.py where a call surely had no effect, UnansweredError where nobody knows. With
    `again` it may be repeated, once, although it may have had one.
    """

    def __init__(self, url: str, corp_id: str, secret: str, pause: float) -> None:
        self._url, self._pause = URL(url), pause
        self._credentials = {"corpid": corp_id, "corpsecret": secret}
        self._token = Token(self._fetch_token)
        self._room = asyncio.Semaphore(AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """End all connections; a later call makes new ones."""
        await self._token.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, call: str, **query: str | int) -> Json:
        """What the server says, changing nothing."""
        return await self._call("GET", call, query, lambda: None, again=True)

    async def post(self, call: str, body: Json, *, again: bool = False, **query: str | int) -> Json:
        """Have the server do something."""
        written = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()  # 40033: no escapes
        return await self._call("POST", call, query, lambda: written, again=again)

    async def upload(self, call: str, form: Made, **query: str) -> Json:
        """Hand over a file, in a form. Never uncertain: as long as no message names it, nothing arrived."""
        try:
            return await self._call("POST", call, query, form, again=True, total=FILE)
        except UnansweredError as error:
            raise NotSentError(str(error)) from None

    async def download(self, call: str, limit: int, **query: str) -> Fetched | None:
        """A file of up to so many bytes, or None where the answer is none. Raises TooLargeError, too."""
        answer = await self._call("GET", call, query, lambda: None, again=True, total=FILE, limit=limit)
        found = answer.get("file")
        return found if isinstance(found, Fetched) else None

    async def _call(
        self,
        method: str,
        call: str,
        query: Mapping[str, str | int],
        body: Made,
        *,
        again: bool,
        total: float = TOTAL,
        limit: int = 0,
    ) -> Json:
        """What is answered. A token that is over is renewed once; what is passing is tried again after a pause."""
        lost: UnansweredError | None = (
            None  # once a call may have arrived, no later refusal says that it did not
        )
        renewed, failures = False, 0
        while True:
            try:
                token = await self._token.get()
                asked = {"access_token": token, **query}
                answer = await self._ask(method, call, asked, body(), total, limit)
            except UnansweredError as error:
                if lost or not again:
                    raise
                lost = error
                continue
            except NotArrivedError as error:
                if not isinstance(error, NotSentError) or isinstance(error, UnfitError) or failures == TRIES:
                    raise lost or error from None
            else:
                code = _code(answer)
                if code == 0:
                    return answer
                log.warning("wecom refuses a call", call=call, errcode=code)
                if code in BAD_TOKEN and not renewed:
                    renewed = True
                    self._token.drop(token)
                    continue
                if code != BUSY or failures == TRIES:
                    refused = refusal(call, code, str(answer.get("errmsg", "")))
                    raise refused if code == TWICE or lost is None else lost
            await asyncio.sleep(self._pause * 2.0**failures)
            failures += 1

    async def _fetch_token(self) -> tuple[str, float]:
        try:
            answer = await self._ask("GET", "gettoken", self._credentials, None)
        except UnansweredError as error:
            raise NotSentError(str(error)) from None
        code, token, lasts = _code(answer), answer.get("access_token"), answer.get("expires_in")
        if code:
            log.warning("wecom gives no token", errcode=code)
            if code in SETTINGS or code == FOREIGN:
                raise UnfitError(in_words(code, str(answer.get("errmsg", ""))))
            raise refusal("gettoken", code, "")
        if not isinstance(token, str) or not token or not isinstance(lasts, int | float):
            raise NotSentError("gettoken: no token")
        return token, float(lasts)

    async def _ask(
        self,
        method: str,
        call: str,
        query: Mapping[str, Any],
        data: Any,
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


def _code(answer: Json) -> int:
    """The errcode of an answer; 0 where it has none."""
    code = answer.get("errcode", 0)
    return code if type(code) is int else BUSY
