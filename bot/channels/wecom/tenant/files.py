"""Files at the stand-in: uploads in pieces, and what people send, encrypted behind an address for five minutes."""

import base64
import hashlib
import os
from binascii import Error as NotBase64Error
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import uuid4

from aiohttp import web
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bot.channels.wecom.tenant.chats import Json
from bot.channels.wecom.tenant.rules import A_MINUTE, AN_HOUR, LIMITED, MEDIA, PARAMETER, SYSTEM, Refusal

PIECE, PIECES = 512 * 1024, 100
MB = 1024 * 1024
LARGEST = {"image": 10 * MB, "video": 10 * MB, "voice": 2 * MB, "file": 20 * MB}  # bytes
SESSION, KEPT, ADDRESS = 1800.0, 3 * 86_400.0, 300.0  # seconds: an upload, a media_id, an address
MOST_PIECES = 4  # at the same time, as Tencent's own client sends them; more meet a system error


@dataclass
class Upload:
    """An upload that was begun, whichever connection goes on with it."""

    about: Json
    at: float
    pieces: dict[int, bytes] = field(default_factory=dict)


@dataclass
class Media:
    """A file that a media_id stands for."""

    kind: str
    name: str
    data: bytes
    at: float


class Uploads:
    """What the bot hands over, with Tencent's limits."""

    def __init__(self) -> None:
        self.flying = 0  # pieces at this moment
        self._begun: dict[str, Upload] = {}
        self._media: dict[str, Media] = {}
        self._when: deque[float] = deque()

    def begin(self, body: Json, now: float) -> Json:
        """The first of three steps."""
        size, pieces, kind = body.get("total_size"), body.get("total_chunks"), body.get("type")
        if kind not in LARGEST or not isinstance(size, int) or not 5 < size <= LARGEST[kind]:
            raise Refusal(PARAMETER, "type or total_size")
        if pieces != -(-size // PIECE) or pieces > PIECES or not body.get("filename"):
            raise Refusal(PARAMETER, "total_chunks or filename")
        for most, span in ((A_MINUTE, 60.0), (AN_HOUR, 3600.0)):
            if sum(at > now - span for at in self._when) >= most:
                raise Refusal(LIMITED, "api freq out of limit")
        self._when.append(now)
        upload_id = uuid4().hex
        self._begun[upload_id] = Upload(body, now)
        return {"upload_id": upload_id}

    def add(self, body: Json, now: float) -> Json:
        """A piece, counted from 0; the same one again changes nothing."""
        begun, index = self._of(body, now), body.get("chunk_index")
        if self.flying > MOST_PIECES:
            raise Refusal(SYSTEM, "system error")
        try:
            piece = base64.b64decode(body.get("base64_data", ""), validate=True)
        except (NotBase64Error, TypeError):
            raise Refusal(PARAMETER, "base64_data") from None
        if type(index) is not int or not 0 <= index < begun.about["total_chunks"] or len(piece) > PIECE:
            raise Refusal(PARAMETER, "chunk_index or its size")
        begun.pieces[index] = piece
        return {}

    def finish(self, body: Json, now: float) -> Json:
        """The last step."""
        begun = self._of(body, now)
        data = b"".join(begun.pieces[index] for index in sorted(begun.pieces))
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        if len(data) != begun.about["total_size"] or begun.about.get("md5", md5) != md5:
            raise Refusal(PARAMETER, "a piece is missing or wrong")
        del self._begun[body["upload_id"]]
        kind, media_id = begun.about["type"], uuid4().hex
        self._media[media_id] = Media(kind, begun.about["filename"], data, now)
        return {"type": kind, "media_id": media_id, "created_at": int(now)}

    def media(self, kind: str, body: Json, now: float) -> Media:
        """The file that a message names."""
        found = self._media.get(body.get("media_id", ""))
        if found is None or found.kind != kind or now - found.at > KEPT:
            raise Refusal(MEDIA, "invalid media_id")
        return found

    def _of(self, body: Json, now: float) -> Upload:
        begun = self._begun.get(body.get("upload_id", ""))
        if begun is None or now - begun.at > SESSION:
            raise Refusal(PARAMETER, "upload_id")
        return begun


class Sent:
    """What people send: encrypted, each with a key of its own, behind an address."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[str, bytes, float]] = {}

    def put(self, name: str, data: bytes, now: float) -> tuple[str, str]:
        """Where it lies, and its key as the bot is told it. What lay for too long is thrown away."""
        self._files = {place: file for place, file in self._files.items() if now - file[2] <= ADDRESS}
        key, place = os.urandom(32), uuid4().hex
        padding = 32 - len(data) % 32
        sealed = Cipher(AES(key), CBC(key[:16])).encryptor()
        padded = data + bytes([padding]) * padding
        self._files[place] = (name, sealed.update(padded) + sealed.finalize(), now)
        return place, base64.b64encode(key).decode()

    def answer(self, place: str, now: float) -> web.Response:
        """What is behind an address; its name is said as RFC 5987 has it."""
        name, data, at = self._files.get(place, ("", b"", float("-inf")))
        if now - at > ADDRESS:
            return web.Response(status=404)
        header = f"attachment; filename*=UTF-8''{quote(name)}"
        return web.Response(body=data, headers={"Content-Disposition": header})
