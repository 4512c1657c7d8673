"""What people wrote, as it may stand in a file or be a part of its name: letters alone, nothing that acts."""

import re
from typing import Final

LENGTH: Final = 60  # letters of a part of a path: file systems take 255 bytes, and a letter has up to four
NAME_LENGTH: Final = 40  # letters of one part of a name; Windows takes 255 of a whole path

# What no XML may hold, and what turns the direction of the text that follows (https://www.unicode.org/reports/tr9/).
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]+"
)
_IN_PATHS = re.compile(r'[\\/:*?"<>|]+')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")  # names of devices on Windows


def inert(text: str) -> str:
    """The text on one line, without what nobody sees."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def file_name(*parts: str, ending: str) -> str:
    """The name of a file that every system takes: 2026–2027学年第一学期 常营校区党支部 测评表.xlsx."""
    kept = (_IN_PATHS.sub("", inert(part)).replace(".", "")[:NAME_LENGTH].strip() for part in parts)
    return f"{' '.join(part for part in kept if part)}.{ending}"


def fit(name: str) -> str:
    """What people call something, as a part of a path that every system takes; its ending is kept."""
    clean = _IN_PATHS.sub("_", inert(name)).strip(". ") or "_"
    if _RESERVED.match(clean):
        clean = f"_{clean}"
    if len(clean) > LENGTH:
        stem, dot, ending = clean.rpartition(".")
        ending = dot + ending if dot and len(ending) < 8 else ""
        clean = (stem or clean)[: LENGTH - len(ending)] + ending
    return clean
