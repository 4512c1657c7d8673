"""Documents of Word, Excel, PowerPoint, WPS Office, and OFD: which one it is, sound, and open to everybody."""

import re
import zipfile
from io import BytesIO
from typing import Final

import olefile

from bot.files.names import claimed
from bot.files.refusals import (
    APPLE,
    ARCHIVE,
    DAMAGED,
    LOCKED,
    LOCKED_SHEET,
    OLD_WPS,
    OPEN_DOCUMENT,
    OTHER,
    PROGRAM,
)
from scoring.refusal import Refused

COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# The kind of an Office Open XML package by the type of its main part (ECMA-376, part 1), behind application/vnd.
_MAIN: Final = {
    b"openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    b"openxmlformats-officedocument.wordprocessingml.template.main+xml": "dotx",
    b"ms-word.document.macroenabled.main+xml": "docm",
    b"ms-word.template.macroenabledtemplate.main+xml": "dotm",
    b"openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
    b"openxmlformats-officedocument.spreadsheetml.template.main+xml": "xltx",
    b"ms-excel.sheet.macroenabled.main+xml": "xlsm",
    b"ms-excel.template.macroenabled.main+xml": "xltm",
    b"ms-excel.sheet.binary.macroenabled.main": "xlsb",
    b"openxmlformats-officedocument.presentationml.presentation.main+xml": "pptx",
    b"openxmlformats-officedocument.presentationml.slideshow.main+xml": "ppsx",
    b"openxmlformats-officedocument.presentationml.template.main+xml": "potx",
    b"ms-powerpoint.presentation.macroenabled.main+xml": "pptm",
    b"ms-powerpoint.slideshow.macroenabled.main+xml": "ppsm",
}
_TYPE: Final = re.compile(rb"""["']application/vnd\.([\w.+-]+)["']""")
_PLACES: Final = {"d": "word/document", "x": "xl/workbook", "p": "ppt/presentation"}  # …2.xml happens too
_TYPES: Final = "[Content_Types].xml"
_ENTRIES: Final = 10_000  # in a package; each costs half a kB of memory
_READ: Final = 2**24  # bytes unpacked of one entry at most: nothing that is packed gets larger here


def zipped(data: bytes) -> str:
    """The kind of a document in a zip. Raises Refused when it is another zip, has a password or is damaged."""
    if data.count(b"PK\x01\x02") > _ENTRIES:
        raise Refused(ARCHIVE)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _kind(archive)
    except Refused:
        raise
    except Exception:  # whatever a zip can be made to do to its reader
        raise Refused(DAMAGED) from None


def _kind(archive: zipfile.ZipFile) -> str:
    entries = {entry.filename.replace("\\", "/").lower(): entry for entry in archive.infolist()}
    if _TYPES.lower() in entries:
        types = _read(archive, entries[_TYPES.lower()]).replace(b"\x00", b"").lower()  # it may be UTF-16
        kind = next((_MAIN[found] for found in _TYPE.findall(types) if found in _MAIN), "")
        if not kind:
            raise Refused(OTHER)
        place = _PLACES["p" if kind.startswith(("pp", "po")) else kind[0]]
        main = [entry for name, entry in entries.items() if name.startswith(place)]
        if not any(_read(archive, entry) for entry in main):
            raise Refused(DAMAGED)
        return kind
    if "ofd.xml" in entries:
        if "encryptions.xml" in entries:
            raise Refused(LOCKED)
        if b"OFD" not in _read(archive, entries["ofd.xml"]) or not any(
            "/document" in name for name in entries
        ):
            raise Refused(DAMAGED)
        return "ofd"
    if "mimetype" in entries and b"opendocument" in _read(archive, entries["mimetype"]):
        raise Refused(OPEN_DOCUMENT)
    if {"index/document.iwa", "index.zip"} & set(entries):
        raise Refused(APPLE)
    raise Refused(PROGRAM if "androidmanifest.xml" in entries else ARCHIVE)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.flag_bits & 1:
        raise Refused(LOCKED)
    with archive.open(entry) as part:
        return part.read(_READ)


def compound(name: str, data: bytes) -> str:
    """The kind of a compound file of Word, Excel or PowerPoint 97–2003, or of WPS. Raises Refused."""
    try:
        with olefile.OleFileIO(BytesIO(data)) as file:
            kind = _sound(file)
    except Refused:
        raise
    except Exception:  # whatever a compound file can be made to do to its reader
        raise Refused(DAMAGED) from None
    if not kind:
        raise Refused(OLD_WPS if claimed(name) in ("wps", "wpt", "et", "ett", "dps", "dpt") else OTHER)
    return kind


def _sound(file: olefile.OleFileIO) -> str:
    if file.exists("EncryptedPackage"):
        raise Refused(LOCKED)
    if file.exists("WordDocument"):
        begins = _stream(file, "WordDocument")
        if begins[:2] not in (b"\xec\xa5", b"\xdc\xa5"):
            raise Refused(DAMAGED)
        if begins[11] & 1:  # fEncrypted, [MS-DOC] 2.5.2
            raise Refused(LOCKED)
        return "doc"
    for book in ("Workbook", "Book"):
        if file.exists(book):
            _open_book(_stream(file, book))
            return "xls"
    if file.exists("PowerPoint Document"):
        _stream(file, "PowerPoint Document")
        if _stream(file, "Current User")[12:16] == b"\xdf\xc4\xd1\xf3":  # headerToken, [MS-PPT] 2.3.2
            raise Refused(LOCKED)
        return "ppt"
    return ""


def _open_book(records: bytes) -> None:
    """Raises Refused unless a workbook begins, and with no FilePass among the first records ([MS-XLS] 2.4.117)."""
    if records[:1] != b"\x09":
        raise Refused(DAMAGED)
    at = 0
    for _ in range(20):
        if records[at : at + 2] == b"\x2f\x00":
            raise Refused(LOCKED_SHEET)
        at += 4 + int.from_bytes(records[at + 2 : at + 4], "little")


def _stream(file: olefile.OleFileIO, name: str) -> bytes:
    data: bytes = file.openstream(name).read()
    if len(data) < max(file.get_size(name), 16):
        raise Refused(DAMAGED)
    return data


def rich(data: bytes) -> str:
    """The kind of a document in Rich Text Format. Raises Refused when it is cut off."""
    if not data.rstrip(b"\x00\r\n\t ").endswith(b"}"):
        raise Refused(DAMAGED)
    return "rtf"
