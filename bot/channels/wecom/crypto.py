"""WeCom's encryption: of callbacks and of the answers to them (signed, too), and of files.

https://developer.work.weixin.qq.com/document/path/90968: AES-256-CBC whose IV is the key's first half, padded as
PKCS#7 does, but to blocks of 32. Inside: 16 random bytes, the length of the text, the text, and whom it is for.
"""

import base64
import hmac
import os
import re
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Self

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 32  # PKCS#7 pads to 1..32 bytes, though AES has blocks of 16
RANDOM = 16  # bytes before the text, so that no two are encrypted alike
LENGTH = 4  # bytes that hold the length of the text, the first the highest


class ForgedError(ValueError):
    """A text is not from whoever has the token and the key, or not for us; the words say what shows it."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A text as it travels."""

    encrypted: str
    signature: str
    timestamp: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Seal:
    """What both sides have: the token that signs, the key that encrypts, and whom it is for (receiveid, a CorpID)."""

    token: str = field(repr=False)
    key: bytes = field(repr=False)
    receiver: str

    @classmethod
    def of(cls, token: str, aes_key: str, receiver: str) -> Self:
        """With the EncodingAESKey, 43 characters of base64. Raises ValueError for anything else."""
        if not re.fullmatch(r"[A-Za-z0-9+/]{43}", aes_key):
            raise ValueError("an EncodingAESKey has 43 characters of base64")
        return cls(token, base64.b64decode(aes_key + "="), receiver)

    def signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """What proves that whoever sends this has the token."""
        signed = "".join(sorted((self.token, timestamp, nonce, encrypted)))
        return sha1(signed.encode(errors="surrogatepass"), usedforsecurity=False).hexdigest()

    def opened(self, sealed: Sealed) -> bytes:
        """The text inside, once everything about it is right. Raises ForgedError."""
        right = self.signature(sealed.timestamp, sealed.nonce, sealed.encrypted)
        if not hmac.compare_digest(right.encode(), sealed.signature.encode(errors="surrogatepass")):
            raise ForgedError("signature")
        try:
            data = base64.b64decode(sealed.encrypted, validate=True)
        except ValueError:
            raise ForgedError("base64") from None
        try:
            plain = decrypt(self.key, data)
        except ValueError as error:
            raise ForgedError(str(error)) from None
        start = RANDOM + LENGTH
        end = start + int.from_bytes(plain[RANDOM:start], "big")
        if not start <= end <= len(plain):
            raise ForgedError("length")
        if not hmac.compare_digest(plain[end:], self.receiver.encode()):
            raise ForgedError("receiveid")
        return plain[start:end]

    def sealed(self, text: bytes, timestamp: str, nonce: str, *, random: bytes | None = None) -> Sealed:
        """A text as it may travel; `random`: the 16 bytes before it, where they must be known."""
        before = os.urandom(RANDOM) if random is None else random
        inside = before + len(text).to_bytes(LENGTH, "big") + text + self.receiver.encode()
        encrypted = base64.b64encode(encrypt(self.key, inside)).decode()
        return Sealed(encrypted, self.signature(timestamp, nonce, encrypted), timestamp, nonce)


def decrypt(key: bytes, data: bytes) -> bytes:
    """What was encrypted with a key of 32 bytes. Raises ValueError, in a word: what of it is wrong."""
    if len(key) != 32:
        raise ValueError("key")
    if not data or len(data) % 16:
        raise ValueError("size")
    opening = Cipher(AES(key), CBC(key[:16])).decryptor()
    plain = opening.update(data) + opening.finalize()
    padding = plain[-1]
    if not 1 <= padding <= BLOCK or not plain.endswith(bytes([padding]) * padding):
        raise ValueError("padding")
    return plain[:-padding]


def encrypt(key: bytes, plain: bytes) -> bytes:
    """A text encrypted, as `decrypt` opens it."""
    padding = BLOCK - len(plain) % BLOCK
    closing = Cipher(AES(key), CBC(key[:16])).encryptor()
    return closing.update(plain + bytes([padding]) * padding) + closing.finalize()
