"""HTTP for python-telegram-bot on aiohttp: one session, the environment's proxy, no token in any exception.

PTB raises its own errors from the status codes (telegram.request.BaseRequest). This adds what no status can
tell: whether a failed call can have reached Telegram (NotSentError, or another NetworkError: nobody knows).
"""

import asyncio
import io
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import aiohttp
from telegram.error import BadRequest, NetworkError, RetryAfter, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.settings import proxy_for

os.environ["PTB_TIMEDELTA"] = "1"  # without it PTB 22 warns each time it raises RetryAfter

CONNECT, READ, UPLOAD, DOWNLOAD = 5.0, 10.0, 60.0, 60.0  # seconds
PAUSE = 0.5  # seconds before the first repetition, twice that before the next
TRIES = 5  # eight seconds, in which most proxies and networks are back
CHUNK = 64 * 1024
JSON = {"Content-Type": "application/json"}

T = TypeVar("T")


class NotSentError(NetworkError):
    """No connection came about, so Telegram cannot have acted on the call: repeating it is safe."""


class TooLargeError(Exception):
    """A download is over the limit."""


class AiohttpRequest(BaseRequest):
    """Calls of the Bot API, https://core.telegram.org/bots/api#making-requests."""

    __slots__ = ("_session",)

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None  # made in the running loop, at the first call

    @property
    def read_timeout(self) -> float:
        """Seconds without a byte after which an answer counts as lost; PTB adds the time of a long poll."""
        return READ

    async def initialize(self) -> None:
        """Nothing to do: the session is made when it is first needed."""

    async def shutdown(self) -> None:
        """Close the session; a later call makes a new one."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """The status and body of one call; the timeouts of connecting and pooling are fixed."""
        read = READ if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
        write = (
            UPLOAD if write_timeout is None or write_timeout is BaseRequest.DEFAULT_NONE else write_timeout
        )
        sent: dict[str, Any] = {}
        if request_data is not None and request_data.contains_files:
            sent = {"data": _form(request_data)}
        elif request_data is not None:
            sent = {"data": json.dumps(request_data.parameters).encode(), "headers": JSON}
        return await self._call(method, url, read, read + max(write, UPLOAD), **sent)

    async def send(self, url: str, *, read: float = READ, **parameters: Any) -> Any:
        """The result of one call that carries no file, with PTB's errors but without its parsing (0.4 ms a call)."""
        return await self.post(url, cast(RequestData, _Plain(parameters)), read_timeout=read)

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """As PTB's, leaving out the message that an answer repeats: only its number and chat are used.

        Raises NetworkError for what is no answer of the Bot API, such as the page of a proxy.
        """
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or not answer.keys() & {"result", "description"}:
            raise NetworkError("the answer is not one of the Bot API")
        result = answer.get("result")
        if isinstance(result, dict) and result.keys() >= {"message_id", "chat"}:
            answer["result"] = numbers(result)
        return answer

    async def download(self, url: str, limit: int) -> bytes:
        """The file at url; raises TooLargeError as soon as more than `limit` bytes came."""
        status, data = await self._call("GET", url, READ, DOWNLOAD, limit=limit)
        if status != 200:
            raise NetworkError(f"the file server answered {status}")
        return data

    async def _call(
        self, method: str, url: str, read: float | None, total: float, limit: int | None = None, **sent: Any
    ) -> tuple[int, bytes]:
        if self._session is None:
            self._session = aiohttp.ClientSession(proxy=proxy_for(url))  # all calls are to one server
        timeout = aiohttp.ClientTimeout(total=total, connect=CONNECT, sock_read=read)
        try:
            async with self._session.request(
                method, URL(url), timeout=timeout, allow_redirects=False, **sent
            ) as answer:
                if limit is None:
                    return answer.status, await answer.read()
                data = bytearray()
                async for chunk in answer.content.iter_chunked(CHUNK):
                    data += chunk
                    if len(data) > limit:
                        raise TooLargeError
                return answer.status, bytes(data)
        # The texts of aiohttp's errors may hold the URL and with it the token: only their names go on.
        except (
            aiohttp.ClientConnectorError,
            aiohttp.ClientHttpProxyError,
            aiohttp.ConnectionTimeoutError,
        ) as error:
            raise NotSentError(f"no connection ({type(error).__name__})") from None
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NetworkError(f"the connection failed ({type(error).__name__})") from None


class _Plain:
    """What PTB's RequestData is to a call, without the copying and converting."""

    contains_files = False

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.parameters = parameters


def numbers(message: dict[str, Any]) -> dict[str, Any]:
    """Of a message, what tells which one it is."""
    return {"message_id": message["message_id"], "date": 0, "chat": message["chat"]}


def _form(request_data: RequestData) -> aiohttp.FormData:
    """A multipart form whose file names stay UTF-8: Telegram shows a percent-encoded name as it is."""
    form = aiohttp.FormData(quote_fields=False)
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in request_data.multipart_data.items():
        stream = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, stream, filename=filename, content_type=mime)
    return form


async def patiently(call: Callable[[], Awaitable[T]], *, repeatable: bool = False) -> T:
    """Make a call; wait when Telegram says so, repeat what may be repeated or was surely not sent."""
    failures = 0
    while True:
        try:
            return await call()
        except RetryAfter as error:
            await asyncio.sleep(seconds(error))
        except BadRequest:
            raise
        except NetworkError as error:
            failures += 1
            if failures == TRIES or not (repeatable or isinstance(error, NotSentError)):
                raise
            await asyncio.sleep(PAUSE * 2.0 ** (failures - 1))


def seconds(error: RetryAfter) -> float:
    """How long Telegram wants to be left alone, https://core.telegram.org/bots/api#responseparameters"""
    wait = error.retry_after
    return float(wait) if isinstance(wait, int) else wait.total_seconds()
