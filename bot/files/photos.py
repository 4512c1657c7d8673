"""What is kept of a photo: the picture as it was taken, bit by bit, which way up it is, when, and with what camera.

A list of what stays is shorter and surer than one of the places that may name a place: EXIF, XMP, IPTC, comments, maker
notes, previews, and the film that some phones append. So the rest goes, wherever it stands. Nothing is decoded, so a
photo of any size is taken.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any, Final

from bot.files.refusals import DAMAGED
from scoring.refusal import Refused

PNG: Final = b"\x89PNG\r\n\x1a\n"
_PARTS: Final = 100_000  # of which a picture may consist: a phone's has some hundreds

# Tags of EXIF, https://www.cipa.jp/std/documents/download_e.html?DC-008-Translation-2023-E
_TEXTS: Final = (0x010F, 0x0110, 0x0132)  # maker, model, date
_EXIF_IFD: Final = 0x8769
_ORIENTATION, _COLOURS = 0x0112, 0xA001
_TEXTS_WITHIN: Final = (
    0x9003,
    0x9004,
    0x9010,
    0x9011,
    0x9012,
    0x9290,
    0x9291,
    0x9292,
)  # dates, offsets, fractions
_EXIF_LENGTH: Final = 2**16  # bytes; as much as a JPEG can hold

_MARKER: Final = re.compile(rb"\xff[^\x00\xff]")
_BEHIND_SCAN: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD8)))  # markers without a length
_SCAN, _END = 0xDA, 0xD9
_SIZES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SAID: Final = frozenset(
    (*range(0xE0, 0xF0), 0xFE)
)  # what applications say of a picture, and comments; but for
_SHOWN: Final = {(0xE0, b"JFIF"), (0xE2, b"ICC_"), (0xEE, b"Adob")}  # what its pixels and colours mean

# Chunks of PNG that change how it looks, or say when it was made; https://www.w3.org/TR/png-3/#11Chunks
_CHUNKS: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs hIST tIME acTL fcTL fdAT".split()
)
_MADE: Final = b"Creation Time\x00"
# https://developers.google.com/speed/webp/docs/riff_container
_WEBP: Final = frozenset((b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def jpeg(data: bytes) -> bytes:
    """A JPEG without the rest. Raises Refused when it is cut off or none."""
    kept, sized, exif = [b"\xff\xd8"], False, b""
    for marker, whole in _segments(data):
        body = whole[4:]
        sized |= marker in _SIZES and int.from_bytes(body[3:5]) > 0
        if marker == 0xE1 and body.startswith(b"Exif\x00") and not exif:
            exif = b"Exif\x00\x00" + _lasting(body)
            if len(exif) > 6:
                kept.append(b"\xff\xe1" + (len(exif) + 2).to_bytes(2) + exif)
        elif marker not in _SAID or (marker, body[:4]) in _SHOWN:
            kept.append(whole)
    if not sized:
        raise Refused(DAMAGED)
    return b"".join(kept)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each segment of a JPEG with its marker, a scan with what it describes, up to the end of the first picture."""
    at, scanned = 2, False
    for _ in range(_PARTS):
        found = _MARKER.search(data, at)
        if found is None:
            break
        begin, marker = found.start(), data[found.start() + 1]
        at = found.end()
        if marker == _END:
            if not scanned:
                break
            yield marker, b"\xff\xd9"
            return
        if marker in _ALONE:
            continue
        length = int.from_bytes(data[at : at + 2])
        at += length
        if length < 2 or at > len(data):
            break
        if marker == _SCAN:
            scanned = True
            behind = _BEHIND_SCAN.search(data, at)
            if behind is None:
                break
            at = behind.start()
        yield marker, data[begin:at]
    raise Refused(DAMAGED)


def png(data: bytes) -> bytes:
    """A PNG without the rest. Raises Refused when it is cut off, changed or none."""
    kept, at, seen = [PNG], len(PNG), set[bytes]()
    for _ in range(_PARTS):
        head = data[at : at + 8]
        kind, end = head[4:], at + 12 + int.from_bytes(head[:4])
        if end > len(data) or (not seen and (kind != b"IHDR" or end - at != 25)):
            break
        whole = data[at:end]
        body, at = whole[8:-4], end
        if kind in _CHUNKS or (kind == b"tEXt" and body.startswith(_MADE)):
            if zlib.crc32(whole[4:-4]) != int.from_bytes(whole[-4:]):
                break
            kept.append(whole)
        elif kind == b"eXIf" and kind not in seen and (body := _lasting(body)):
            kept.append(_chunk(kind, body))
        seen.add(kind)
        if kind == b"IEND":
            if b"IDAT" not in seen or 0 in struct.unpack(">II", kept[1][8:16]):
                break
            return b"".join(kept)
    raise Refused(DAMAGED)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def webp(data: bytes) -> bytes:
    """A WebP without the rest. Raises Refused when it is cut off or none."""
    end, at, kept, seen = 8 + int.from_bytes(data[4:8], "little"), 12, list[bytes](), set[bytes]()
    exif = False
    if end > len(data) + 1:  # the last byte may be padding that was forgotten
        raise Refused(DAMAGED)
    while at + 8 <= end and len(kept) < _PARTS:
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
        first = (kind, length) == (b"VP8X", 10) or kind in (b"VP8 ", b"VP8L")
        if len(body) < length or (kind == b"VP8X" if seen else not first):
            raise Refused(DAMAGED)
        if kind == b"EXIF" and kind not in seen:
            body = _lasting(body)
            exif = bool(body)
        if kind in _WEBP or (kind == b"EXIF" and exif and kind not in seen):
            kept.append(kind + len(body).to_bytes(4, "little") + body + b"\x00" * (len(body) % 2))
        seen.add(kind)
    if not seen & {b"VP8 ", b"VP8L", b"ANMF"}:
        raise Refused(DAMAGED)
    if b"VP8X" in seen:
        flags = kept[0][8] & ~(_HAS_EXIF | _HAS_XMP) | _HAS_EXIF * exif
        kept[0] = kept[0][:8] + bytes([flags]) + kept[0][9:]
    inside = b"WEBP" + b"".join(kept)
    return b"RIFF" + len(inside).to_bytes(4, "little") + inside


def _lasting(exif: bytes) -> bytes:
    """What lasts of EXIF, or nothing. It is written anew: what nothing points to any more would otherwise stay."""
    from PIL import Image  # a sixtieth of a second that only photos cost

    if len(exif) > _EXIF_LENGTH:
        return b""
    old, new = Image.Exif(), Image.Exif()
    try:
        old.load(exif)
        within = old.get_ifd(_EXIF_IFD)
        new.update(_texts(old, _TEXTS))
        if old.get(_ORIENTATION) in range(1, 9):
            new[_ORIENTATION] = old[_ORIENTATION]
        lasting = _texts(within, _TEXTS_WITHIN)
        if within.get(_COLOURS) in (1, 2, 0xFFFF):
            lasting[_COLOURS] = within[_COLOURS]
    except Exception:  # whatever is wrong with it: a photo shows without
        return b""
    if lasting:
        new.get_ifd(_EXIF_IFD).update(lasting)
    return new.tobytes() if new or lasting else b""


def _texts(tags: Any, wanted: tuple[int, ...]) -> dict[int, Any]:
    found = {tag: tags.get(tag) for tag in wanted}
    return {tag: text for tag, text in found.items() if isinstance(text, str) and text}
