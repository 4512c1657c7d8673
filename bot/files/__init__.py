"""What a file is: its content decides, its name follows, and where a photo was taken is taken out.

Pure: a name and bytes in; a name, a type and bytes out, or Refused with one sentence that says what to do.
"""

import re
from typing import Final, NamedTuple

from bot.actions import UPLOAD_LIMIT
from bot.files import apart, office, photos
from bot.files.names import ENDINGS, claimed, fitted
from bot.files.refusals import ACCEPTED, DAMAGED, EMPTY, OTHER, TOO_LARGE, why
from scoring.refusal import Refused

__all__ = ["ACCEPTED", "TOO_LARGE", "Taken", "needs_decoding", "take"]

# What the pictures of the ISO format that are still pictures begin with; https://mp4ra.org/registered-types/brands
_STILL: Final = re.compile(rb"....ftyp(?:hei[cxms]|hev[cx]|mif1|msf1|avi[fs])", re.DOTALL)
_BMP: Final = re.compile(rb"BM.{12}(?:\x0c|\x28|\x40|\x6c|\x7c)\x00\x00\x00", re.DOTALL)
_PDF_WITHIN: Final = 1024  # bytes before %PDF- that readers put up with


class Taken(NamedTuple):
    """A file as it is kept."""

    name: str
    mime: str
    data: bytes


def take(name: str, data: bytes) -> Taken:
    """Judge a file by its content, and tidy it. The same bytes come out alike. Raises Refused."""
    if not data:
        raise Refused(EMPTY)
    if len(data) > UPLOAD_LIMIT:
        raise Refused(TOO_LARGE)
    kind, kept = _judged(name, data)
    if len(kept) > UPLOAD_LIMIT:  # as another kind of picture it may be larger
        raise Refused(TOO_LARGE)
    return Taken(*fitted(name, kind), kept)


def needs_decoding(data: bytes) -> bool:
    """Whether a file is a picture that becomes another one, which takes a second rather than a hundredth of one."""
    return bool(_STILL.match(data) or _BMP.match(data))


def _judged(name: str, data: bytes) -> tuple[str, bytes]:
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg", photos.jpeg(data)
    if data.startswith(photos.PNG):
        return "png", photos.png(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp", photos.webp(data)
    if needs_decoding(data):
        return "jpg", photos.jpeg(apart.as_jpeg(data))
    if data.startswith(b"PK\x03\x04"):
        return office.zipped(data), data
    if data.startswith(office.COMPOUND):
        return office.compound(name, data), data
    if data.startswith(rb"{\rtf"):
        return office.rich(data), data
    if b"%PDF-" in data[: _PDF_WITHIN + 5]:
        apart.read_pdf(data)
        return "pdf", data
    raise Refused(why(data) or (DAMAGED if claimed(name) in ENDINGS else OTHER))
