"""Why a file is not taken, each in a sentence that says what to do."""

import re
from typing import Final

from bot.actions import UPLOAD_LIMIT

ACCEPTED: Final = "照片、PDF、Word、Excel、PPT、WPS 或 OFD 文件"
EMPTY: Final = "文件是空的，请重新选择。"
TOO_LARGE: Final = f"文件太大，请不要超过 {UPLOAD_LIMIT // 1024 // 1024} MB。可以压缩或拍照后再发。"
TOO_MANY_PIXELS: Final = "这张照片的像素太多。请截图后再发。"
DAMAGED: Final = "文件打不开，可能没有传完整或已损坏。请重新导出或拍照后再发。"
LOCKED: Final = "这份文件有密码，别人打不开。请去掉密码再发。"
LOCKED_SHEET: Final = "这份表格有密码或工作簿保护，别人打不开。请去掉密码和保护再发。"
OLD_WPS: Final = "这份 WPS 文件打不开。请在 WPS 里另存为 .docx、.xlsx、.pptx，或导出为 PDF 再发。"
ARCHIVE: Final = "压缩包不能作依据。请解压后一份一份地发。"
PROGRAM: Final = f"程序不能作依据。请发{ACCEPTED}。"
OPEN_DOCUMENT: Final = "OpenDocument 文件不能作依据。请另存为 .docx、.xlsx、.pptx，或导出为 PDF 再发。"
APPLE: Final = "Pages、Numbers、Keynote 文件不能作依据。请导出为 PDF 再发。"
OTHER: Final = "这种文件暂不能作依据。请截图，或导出为 PDF 再发。"

# What else is sent, by what it begins with; https://en.wikipedia.org/wiki/List_of_file_signatures
_SIGNS: Final = (
    (
        rb"....ftypM4[AB]|ID3|\xff[\xe2-\xfb]|\x02?#!(?:AMR|SILK)|RIFF....WAVE|OggS|fLaC",
        "录音不能作依据。请发照片或文件。",
    ),
    (
        rb"....(?:ftyp|moov|mdat|wide)|\x1a\x45\xdf\xa3|FLV\x01|RIFF....AVI |\x00\x00\x01[\xb3\xba]|0&\xb2\x75",
        "视频不能作依据。请截图后再发。",
    ),
    (rb"GIF8", "GIF 动图不能作依据。请截图后再发。"),
    (rb"II\*\x00|MM\x00\*", "TIFF 图片不能作依据。请导出为 PDF 或 JPG 再发。"),
    (
        rb"8BPS|\x00\x00[\x01\x02]\x00|\x00\x00\x00\x0cj(?:P  |XL )|\xff\x0a|(?i:\s*(?:<\?xml[^>]*>\s*)?<svg)",
        "这种图片不能作依据。请截图后再发。",
    ),
    (rb"Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ|PK\x05\x06|PK00PK|.{257}ustar", ARCHIVE),
    (rb"MZ|\x7fELF|#!|dex\n|\xca\xfe\xba\xbe|\xcf\xfa\xed\xfe", PROGRAM),
    (
        rb"(?i:(?:\xef\xbb\xbf)?\s*(?:<(?:!doctype|html|head|body|meta|table|div|script|style|\?xml)|mime-version:))",
        "网页格式的文件不能作依据。请截图，或用 Word、Excel 打开，另存为 .docx、.xlsx 再发。",
    ),
)
_TEXT: Final = "纯文本不能作依据。请截图，或另存为 Word、PDF 再发。"
_LOOKED_AT: Final = 1024  # bytes


def why(data: bytes) -> str:
    """What to say of a file that is none of the accepted kinds; empty when its content says nothing."""
    begins = data[:_LOOKED_AT]
    for signs, words in _SIGNS:
        if re.match(signs, begins, re.DOTALL):
            return words
    return _TEXT if _is_text(begins) else ""


def _is_text(data: bytes) -> bool:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    for encoding in ("utf-8", "gb18030"):
        text = data.decode(encoding, "ignore")  # a character may be cut at the end
        if len(data) - len(text.encode(encoding)) < 4 and not re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text):
            return True
    return False
