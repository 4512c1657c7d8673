"""Files over the long connection: out in pieces, in from an address that holds them encrypted for five minutes."""

import asyncio
import base64
import hashlib
import mimetypes
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.actions import Upload
from bot.channels.wecom.crypto import BLOCK, decrypt
from bot.channels.wecom.frames import UPLOAD_CHUNK, UPLOAD_FINISH, UPLOAD_INIT, UnansweredError
from bot.delivery import LimitedError, NotArrivedError, NotSentError, UndeliverableError
from bot.settings import proxy_for

PIECE = 512 * 1024  # bytes before base64; the most there may be
TRIES = 3  # at each step of an upload, and at a download
SESSION = 1800.0  # seconds for which WeCom keeps a begun upload, whichever connection goes on with it
DOWNLOAD = 30.0  # seconds
EXTENDED = re.compile(r"filename\*\s*=\s*UTF-8'[^']*'([^;\s]+)", re.IGNORECASE)  # RFC 5987
SIMPLE = re.compile(r'filename\s*=\s*(?:"([^"]*)"|([^;\s]+))', re.IGNORECASE)
GENERIC = "application/octet-stream"

Ask = Callable[[str, dict[str, Any], float | None], Awaitable[dict[str, Any]]]


class TooLargeError(Exception):
    """A file that was sent is over the limit."""


class LostError(Exception):
    """A file that was sent cannot be fetched or opened (any more)."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was sent; `name` is empty where the server gave none."""

    name: str
    data: bytes = field(repr=False)


def upload_of(file: Fetched, kind: str) -> Upload:
    """A file as the conversation takes it; what WeCom says of it (kind: image, file) names what has no name."""
    picture = kind == "image"
    name = file.name or ("照片.jpg" if picture else "文件")
    return Upload(name, mimetypes.guess_type(name)[0] or ("image/jpeg" if picture else GENERIC), file.data)


async def upload(ask: Ask, kind: str, name: str, data: bytes, pause: float) -> str:
    """Hand a file over (kind: file, image, voice, video); its media_id, which is good for three days.

    One piece after the other: pieces side by side are answered with a system error. `ask` sends one frame and waits so
    many seconds for a connection (None: as usual). Raises NotSentError, LimitedError and UndeliverableError, never
    what means uncertainty: as long as no message names the file, nothing arrived.
    """
    loop = asyncio.get_running_loop()
    md5 = await asyncio.to_thread(lambda: hashlib.md5(data, usedforsecurity=False).hexdigest())
    pieces = range(0, len(data), PIECE)
    about = {"type": kind, "filename": name, "total_size": len(data), "total_chunks": len(pieces), "md5": md5}
    begun = await _tried(ask, UPLOAD_INIT, about, pause)
    kept = {"upload_id": begun.get("upload_id")}
    until = loop.time() + SESSION
    for index, start in enumerate(pieces):
        piece = base64.b64encode(data[start : start + PIECE]).decode()
        await _tried(ask, UPLOAD_CHUNK, {**kept, "chunk_index": index, "base64_data": piece}, pause, until)
    media = (await _tried(ask, UPLOAD_FINISH, kept, pause, until)).get("media_id")
    if not isinstance(media, str) or not media:
        raise NotSentError("an upload has no media_id")
    return media


async def _tried(
    ask: Ask, cmd: str, body: dict[str, Any], pause: float, until: float | None = None
) -> dict[str, Any]:
    """One step of an upload, which may be repeated; `until` it waits for a connection."""
    loop = asyncio.get_running_loop()
    for tries in range(1, TRIES + 1):
        try:
            return await ask(cmd, body, None if until is None else max(until - loop.time(), 0.0))
        except LimitedError:
            raise
        except (NotArrivedError, UnansweredError) as error:
            if tries == TRIES:
                if isinstance(error, UndeliverableError):
                    raise
                raise NotSentError(f"an upload failed: {error}") from None
        await asyncio.sleep(pause * tries)
    raise AssertionError


async def fetch(url: str, aeskey: str, limit: int, pause: float) -> Fetched:
    """What somebody sent, decrypted. Raises TooLargeError as soon as it is over the limit, and LostError."""
    for tries in range(1, TRIES + 1):
        try:
            name, data = await _downloaded(url, limit + BLOCK)
            break
        except (ClientError, OSError, ValueError, TimeoutError) as error:  # their words may hold the address
            if tries == TRIES or isinstance(error, ValueError) or getattr(error, "status", 500) < 500:
                raise LostError(type(error).__name__) from None
            await asyncio.sleep(pause * tries)
    try:
        plain = await asyncio.to_thread(decrypted, data, aeskey) if aeskey else data
    except ValueError as error:
        raise LostError(str(error)) from None
    if len(plain) > limit:
        raise TooLargeError
    return Fetched(name, plain)


async def _downloaded(url: str, limit: int) -> tuple[str, bytes]:
    session = ClientSession(proxy=proxy_for(url), timeout=ClientTimeout(total=DOWNLOAD))
    async with session, session.get(url, max_redirects=3) as answer:
        answer.raise_for_status()
        data = bytearray()
        async for chunk in answer.content.iter_chunked(PIECE):
            data += chunk
            if len(data) > limit:
                raise TooLargeError
        return named(answer.headers.get("Content-Disposition", "")), bytes(data)


def named(disposition: str) -> str:
    """The file name in a Content-Disposition, without folders; empty where there is none."""
    found = EXTENDED.search(disposition) or SIMPLE.search(disposition)
    name = unquote(next(filter(None, found.groups()), "")) if found else ""
    return name.replace("\\", "/").rsplit("/", 1)[-1]


def decrypted(data: bytes, aeskey: str) -> bytes:
    """A file as it was before WeCom encrypted it. Raises ValueError.

    https://developer.work.weixin.qq.com/document/path/101463
    """
    try:
        key = base64.b64decode(aeskey + "=" * (-len(aeskey) % 4), validate=True)
    except ValueError:
        raise ValueError("base64") from None
    return decrypt(key, data)
