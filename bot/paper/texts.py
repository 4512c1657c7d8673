"""What people wrote, as it may stand in a file or be a part of its name: letters alone, nothing that acts."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

LENGTH: Final = 60  # letters of a part of a path: file systems take 255 bytes, and a letter has up to four
NAME_LENGTH: Final = 40  # letters of one part of a name; Windows takes 255 of a whole path
NAME_BYTES: Final = 240  # of a name with all its parts and its ending, in UTF-8

# What no XML may hold, and what turns the direction of the text that follows (https://www.unicode.org/reports/tr9/).
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]+"
)
_IN_PATHS = re.compile(r'[\\/:*?"<>|]+')
# Names of devices on Windows, with any ending: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[\d¹²³])\s*(\.|$)")


def inert(text: str) -> str:
    """The text on one line, without what nobody sees."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def file_name(*parts: str, ending: str) -> str:
    """The name of a file that every system takes: 2026–2027学年第一学期 常营校区党支部 测评表.xlsx.

    What it is, its last part, is kept whole; where a system could not take all of the others, their ends go.
    """
    kept = [_IN_PATHS.sub("", inert(part)).replace(".", "")[:NAME_LENGTH].strip() for part in parts]
    what = f"{kept.pop()}.{ending}"
    room = NAME_BYTES - len(what.encode())
    said = " ".join(filter(None, kept)).encode()[:room].decode(errors="ignore").strip()
    return f"{said} {what}" if said else what


def fit(name: str) -> str:
    """What people call something, as a part of a path that every system takes; its ending is kept."""
    clean = _IN_PATHS.sub("_", inert(name)).strip(". ") or "_"
    if _RESERVED.match(clean):
        clean = f"_{clean}"
    if len(clean) > LENGTH:
        stem, dot, ending = clean.rpartition(".")
        ending = dot + ending if dot and ending.isalnum() and len(ending) < 8 else ""
        clean = (stem if ending else clean)[: LENGTH - len(ending)].rstrip(". ") + ending
    return clean


def other(name: str, taken: set[str]) -> str:
    """The name, with a number before its ending if another one is taken that some system could not tell from it: with
    other capitals, or accents written otherwise. It is taken from now on."""
    stem, dot, ending = name.rpartition(".")
    if not dot or "/" in ending:
        stem, dot, ending = name, "", ""
    found, number = name, 1
    while (same := unicodedata.normalize("NFC", found).casefold()) in taken:
        number += 1
        found = f"{stem}（{number}）{dot}{ending}"
    taken.add(same)
    return found


def folders(names: Iterable[str]) -> dict[str, str]:
    """What the folder of each is called: no two the same, though two names may fit as one."""
    taken = set[str]()
    return {name: other(fit(name), taken) for name in names}
