"""Files as phones, computers and vandals make them, small and true to their formats."""

import zipfile
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from typing import Any

import pillow_heif
import pypdf
from PIL import Image, PngImagePlugin

pillow_heif.register_heif_opener(thumbnails=False)

WHEN = "2026:12:18 09:30:00"
PLACE = b"39.9042N,116.4074E"  # what a test looks for afterwards
XMP = b"<x:xmpmeta><rdf:Description exif:GPSLatitude='" + PLACE + b"'/></x:xmpmeta>"
FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x30moovudta\xa9xyz" + PLACE


# --- photos ---------------------------------------------------------------------------------------------------


def exif(orientation: int = 6) -> bytes:
    """EXIF with the way up, the date, the camera, and the place in four ways."""
    tags = Image.Exif()
    tags.update({0x0112: orientation, 0x0132: WHEN, 0x010F: "HUAWEI", 0x010E: PLACE.decode()})
    tags.get_ifd(0x8769).update(
        {0x9003: WHEN, 0x9011: "+08:00", 0x927C: PLACE, 0x9286: b"ASCII\0\0\0" + PLACE}
    )
    tags.get_ifd(0x8825).update(
        {1: "N", 2: (39.0, 54.0, 15.12), 3: "E", 4: (116.0, 24.0, 26.64), 29: "2026:12:18"}
    )
    return tags.tobytes()


def gradient(width: int = 16, height: int = 8) -> Image.Image:
    """A picture on which every turn and flip can be seen."""
    return Image.linear_gradient("L").resize((width, height)).convert("RGB")


def saved(form: str, *, placed: bool = False, image: Image.Image | None = None) -> bytes:
    """A picture in a format, with or without the place in every corner that the format has."""
    out, more = BytesIO(), dict[str, Any]()
    if placed:
        more = {"exif": exif()} | ({"xmp": XMP} if form in ("JPEG", "WEBP", "HEIF") else {})
        more |= {"comment": PLACE} if form == "JPEG" else {}
    if placed and form == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        text.add_text("Comment", PLACE.decode())
        text.add_text("Raw profile type exif", PLACE.decode(), zip=True)
        text.add_text("Creation Time", WHEN)
        more["pnginfo"] = text
    (image or gradient()).save(out, form, **more)
    data = out.getvalue()
    if placed and form == "JPEG":
        data = (
            data[:2]
            + segment(0xED, b"Photoshop 3.0\x00" + PLACE)
            + segment(0xEB, b"JP\x00\x01" + PLACE)
            + data[2:]
        )
    return data + FILM if placed and form != "HEIF" else data


def segment(marker: int, body: bytes) -> bytes:
    """One segment of a JPEG."""
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2) + body


def large_jpeg(size: int) -> bytes:
    """A JPEG of so many bytes."""
    data = saved("JPEG")
    return data[:-2] + bytes(size - len(data)) + data[-2:]


def wide(data: bytes, width: int, height: int) -> bytes:
    """A JPEG or a HEIC that says it is so wide and high."""
    if data.startswith(b"\xff\xd8"):
        at = data.index(b"\xff\xc0") + 5
        return data[:at] + height.to_bytes(2) + width.to_bytes(2) + data[at + 4 :]
    at = data.index(b"ispe") + 8
    return data[:at] + width.to_bytes(4) + height.to_bytes(4) + data[at + 8 :]


# --- documents ------------------------------------------------------------------------------------------------


@cache
def pdf(pages: int = 1, *, user: str | None = None) -> bytes:
    """A PDF; with a password to open it or, when that is empty, only one to change it."""
    writer, out = pypdf.PdfWriter(), BytesIO()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if user is not None:
        writer.encrypt(user, "owner", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def zipped(entries: Mapping[str, bytes | str]) -> bytes:
    """A zip of these."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


OPEN = "openxmlformats-officedocument."
MAIN = {
    "docx": ("word/document.xml", f"{OPEN}wordprocessingml.document.main+xml"),
    "dotx": ("word/document.xml", f"{OPEN}wordprocessingml.template.main+xml"),
    "docm": ("word/document.xml", "ms-word.document.macroEnabled.main+xml"),
    "xlsx": ("xl/workbook.xml", f"{OPEN}spreadsheetml.sheet.main+xml"),
    "xlsm": ("xl/workbook.xml", "ms-excel.sheet.macroEnabled.main+xml"),
    "xlsb": ("xl/workbook.bin", "ms-excel.sheet.binary.macroEnabled.main"),
    "pptx": ("ppt/presentation.xml", f"{OPEN}presentationml.presentation.main+xml"),
    "ppsx": ("ppt/presentation.xml", f"{OPEN}presentationml.slideshow.main+xml"),
}


def types(kind: str, part: str = "") -> str:
    """The list of types in a package of a kind."""
    main, content = MAIN[kind]
    return (
        '<?xml version="1.0"?><Types><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        f'relationships+xml"/><Override PartName="/{part or main}" ContentType="application/vnd.{content}"/></Types>'
    )


def package(kind: str, **more: bytes | str) -> bytes:
    """A document of Word, Excel or PowerPoint."""
    return zipped(
        {"[Content_Types].xml": types(kind), "_rels/.rels": "<R/>", MAIN[kind][0]: "<main/>"} | more
    )


OFD = {
    "OFD.xml": '<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>',
    "Doc_0/Document.xml": "<ofd:Document/>",
}
WORD = b"\xec\xa5\xc1\x00" + bytes(20)
WORD_LOCKED = b"\xec\xa5\xc1\x00" + bytes(6) + b"\x00\x13" + bytes(20)
BOF = b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(12)
BOOK = BOF + b"\xe1\x00\x02\x00\xb0\x04" + b"\x0a\x00\x00\x00"
BOOK_LOCKED = BOF + b"\x86\x00\x00\x00" + b"\x2f\x00\x06\x00" + bytes(6)
SLIDES = {
    "PowerPoint Document": b"\x0f\x00\xe8\x03" + bytes(40),
    "Current User": bytes(12) + b"\x5f\xc0\x91\xe3",
}
SLIDES_LOCKED = SLIDES | {"Current User": bytes(12) + b"\xdf\xc4\xd1\xf3"}


@cache
def _compound(streams: tuple[tuple[str, bytes], ...]) -> bytes:
    sector, none, end = 512, b"\xff\xff\xff\xff", b"\xfe\xff\xff\xff"
    padded = [
        (name, body.ljust(4096, b"\x00")) for name, body in streams
    ]  # so that none is among the small ones
    table, body, entries, at = b"", b"", [_entry("Root Entry", 5, none, 1, -2, 0)], 2
    for number, (name, data) in enumerate(padded, start=1):
        right = number + 1 if number < len(padded) else -1
        entries.append(_entry(name, 2, right.to_bytes(4, "little", signed=True), -1, at, len(data)))
        data = data.ljust(-(-len(data) // sector) * sector, b"\x00")
        many = len(data) // sector
        table += b"".join((at + n + 1).to_bytes(4, "little") for n in range(many - 1)) + end
        at, body = at + many, body + data
    while len(entries) % 4:
        entries.append(bytes(68) + none * 3 + bytes(48))
    assert len(entries) == 4, "the directory is one sector"
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + b"\x3e\x00\x03\x00\xfe\xff\x09\x00\x06\x00"
        + bytes(10)
    )
    head += (1).to_bytes(4, "little") + (1).to_bytes(4, "little") + bytes(4) + (4096).to_bytes(4, "little")
    head += end + bytes(4) + end + bytes(4) + bytes(4) + none * 108
    fat = (b"\xfd\xff\xff\xff" + end + table).ljust(sector, b"\xff")
    assert len(fat) == sector, "the table is one sector"
    return head + fat + b"".join(entries) + body


def _entry(name: str, kind: int, right: bytes, child: int, start: int, size: int) -> bytes:
    text = (name + "\x00").encode("utf-16-le")
    return (
        text.ljust(64, b"\x00")
        + len(text).to_bytes(2, "little")
        + bytes([kind, 1])
        + b"\xff\xff\xff\xff"
        + right
        + child.to_bytes(4, "little", signed=True)
        + bytes(36)
        + start.to_bytes(4, "little", signed=True)
        + size.to_bytes(8, "little")
    )


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with up to three streams; see [MS-CFB]."""
    return _compound(tuple(streams.items()))
