"""What a file is called: its name as it was sent, with the ending that its content has."""

import re
from typing import Final

WORD, EXCEL, PPT = "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"
OPEN: Final = "application/vnd.openxmlformats-officedocument."

# Each kind by the ending it is given, with the endings it may keep. What WPS Office writes is what Word, Excel and
# PowerPoint once wrote, under endings of its own.
KINDS: Final[dict[str, dict[str, str]]] = {
    "jpg": {"jpg": "image/jpeg", "jpeg": "image/jpeg"},
    "png": {"png": "image/png"},
    "webp": {"webp": "image/webp"},
    "pdf": {"pdf": "application/pdf"},
    "ofd": {"ofd": "application/ofd"},
    "rtf": {"rtf": "application/rtf"},
    "doc": {"doc": WORD, "dot": WORD, "wps": "application/wps-office.wps"},
    "xls": {"xls": EXCEL, "xlt": EXCEL, "et": "application/wps-office.et"},
    "ppt": {"ppt": PPT, "pps": PPT, "pot": PPT, "dps": "application/wps-office.dps"},
    "docx": {"docx": f"{OPEN}wordprocessingml.document"},
    "dotx": {"dotx": f"{OPEN}wordprocessingml.template"},
    "docm": {"docm": "application/vnd.ms-word.document.macroEnabled.12"},
    "dotm": {"dotm": "application/vnd.ms-word.template.macroEnabled.12"},
    "xlsx": {"xlsx": f"{OPEN}spreadsheetml.sheet"},
    "xltx": {"xltx": f"{OPEN}spreadsheetml.template"},
    "xlsm": {"xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12"},
    "xltm": {"xltm": "application/vnd.ms-excel.template.macroEnabled.12"},
    "xlsb": {"xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.12"},
    "pptx": {"pptx": f"{OPEN}presentationml.presentation"},
    "ppsx": {"ppsx": f"{OPEN}presentationml.slideshow"},
    "potx": {"potx": f"{OPEN}presentationml.template"},
    "pptm": {"pptm": "application/vnd.ms-powerpoint.presentation.macroEnabled.12"},
    "ppsm": {"ppsm": "application/vnd.ms-powerpoint.slideshow.macroEnabled.12"},
}
PHOTOS: Final = frozenset({"jpg", "png", "webp"})
ENDINGS: Final = frozenset(ending for endings in KINDS.values() for ending in endings)

# Other endings that say what is in a file: where they are wrong they go, as the accepted ones do.
_OTHERS = (
    "jpe jfif jif heic heif hif avif bmp dib gif tif tiff svg wpt ett dpt txt htm html zip rar 7z exe bin tmp"
)
# What phones and browsers write behind a full name: (1), （1）, .1, " - 副本", .download
_ENDING = re.compile(
    rf"\.\s*({'|'.join(sorted({*ENDINGS, *_OTHERS.split()}, key=len, reverse=True))})"
    r"(?>(?:\W*(?:\d{1,3}(?!\d)|副本|copy|download))*)\W*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[a-z]+(?::|%3a)\d+", re.IGNORECASE)  # Android's for a file without a name: image:1641
STEM_LENGTH = 80


def fitted(name: str, kind: str) -> tuple[str, str]:
    """The name to keep a file of this kind under, and its type. An ending that fits stays as it was typed."""
    bare = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem, ending = "".join(c for c in bare if c.isprintable()), kind
    while found := _ending(stem):
        stem = stem[: found.start()]
        if found[1].lower() in KINDS[kind]:
            ending = found[1]
            break
    stem = stem.strip(" .")[:STEM_LENGTH].strip()
    if not stem or _NUMBER.fullmatch(stem):
        stem = "照片" if kind in PHOTOS else "材料"
    return f"{stem}.{ending}", KINDS[kind][ending.lower()]


def claimed(name: str) -> str:
    """The ending a name has, in small letters; empty: none that is known."""
    found = _ending("".join(c for c in name if c.isprintable()))
    return found[1].lower() if found else ""


def _ending(name: str) -> re.Match[str] | None:
    """The known ending of a name with what stands behind it: the last one of the name that reaches to its end."""
    starts = [n for n, c in enumerate(name[-40:], start=max(0, len(name) - 40)) if c == "."]
    return next((found for n in starts if (found := _ENDING.fullmatch(name, n))), None)
