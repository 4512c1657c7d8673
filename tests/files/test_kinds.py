"""What a file is: its content decides, its name follows; else a sentence says what to do."""

import random
import subprocess
import sys
import zlib
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from bot.actions import UPLOAD_LIMIT
from bot.files import apart, take
from bot.files.names import PHOTOS
from scoring.refusal import Refused
from tests.conftest import trials
from tests.files import making
from tests.files.making import PLACE, WHEN, compound, package, pdf, saved, zipped

ROOT = Path(__file__).parents[2]

jpg, png, webp, heic = (partial(saved, form) for form in ("JPEG", "PNG", "WEBP", "HEIF"))
doc = partial(compound, {"WordDocument": making.WORD})
xls = partial(compound, {"Workbook": making.BOOK})
ppt = partial(compound, making.SLIDES)
docx, xlsx, pptx = (partial(package, kind) for kind in ("docx", "xlsx", "pptx"))
ofd = partial(zipped, making.OFD)


def rtf() -> bytes:
    return rb"{\rtf1\ansi \'bc\'c6}" + b"\r\n\x00"


MIME = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "ofd": "application/ofd",
    "rtf": "application/rtf",
    "doc": "application/msword",
    "wps": "application/wps-office.wps",
    "xls": "application/vnd.ms-excel",
    "et": "application/wps-office.et",
    "ppt": "application/vnd.ms-powerpoint",
    "dps": "application/wps-office.dps",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "dotx": "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    "docm": "application/vnd.ms-word.document.macroEnabled.12",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "ppsx": "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
}
CONTENTS: dict[str, Callable[[], bytes]] = {
    "jpg": jpg,
    "png": png,
    "webp": webp,
    "pdf": pdf,
    "ofd": ofd,
    "rtf": rtf,
    "doc": doc,
    "xls": xls,
    "ppt": ppt,
    "docx": docx,
    "xlsx": xlsx,
    "pptx": pptx,
}
KEEPS = {"jpg": {"jpeg"}, "doc": {"wps"}, "xls": {"et"}, "ppt": {"dps"}}


@pytest.mark.parametrize(
    "content", [pytest.param(kind, marks=pytest.mark.slow) if kind == "pdf" else kind for kind in CONTENTS]
)
def test_under_every_ending_the_content_decides(content: str) -> None:
    data = CONTENTS[content]()
    for ending in ("", *MIME, "heic", "zip", "exe"):
        fits = ending == content or ending in KEEPS.get(content, ())
        right = ending if fits else content
        assert take(f"计划.{ending}", data) == (f"计划.{right}", MIME[right], data)
        assert take(f"计划.{ending}".upper(), data).name == f"计划.{ending.upper() if fits else content}"


@pytest.mark.parametrize("content", CONTENTS)
def test_without_a_name_a_file_is_called_by_its_kind(content: str) -> None:
    stem = "照片" if content in ("jpg", "png", "webp") else "材料"
    name = {"": "", "ofd": "image:1641", "doc": "document%3A77", "png": "  .  "}.get(content, "")
    assert take(name, CONTENTS[content]())[:2] == (f"{stem}.{content}", MIME[content])


NAMES = [
    ("image:1641", "照片.jpg"),
    ("", "照片.jpg"),
    (".", "照片.jpg"),
    ("jpg", "jpg.jpg"),
    ("照片.jfif", "照片.jpg"),
    ("照片.JPG ", "照片.JPG"),
    ("照片.JPEG", "照片.JPEG"),
    ("照片.jpg.", "照片.jpg"),
    ("照片. jpg", "照片.jpg"),
    ("照片.jpg(1)", "照片.jpg"),
    ("照片.jpg （2）", "照片.jpg"),
    ("照片(1).jpg", "照片(1).jpg"),
    ("照片.jpg.1", "照片.jpg"),
    ("照片.JPG1", "照片.JPG"),
    ("照片.jpg副本", "照片.jpg"),
    ("照片.jpg - 副本 (2)", "照片.jpg"),
    ("照片.docx(1)", "照片.jpg"),
    ("照片.jpg.download", "照片.jpg"),
    ("照片.png.heic", "照片.jpg"),
    ("照片.jpg.png", "照片.jpg"),
    ("照片.docx.jpg", "照片.docx.jpg"),
    ("照片.exe", "照片.jpg"),
    ("微信图片_20261218093000", "微信图片_20261218093000.jpg"),
    ("2026.12.18", "2026.12.18.jpg"),
    ("第1.2项", "第1.2项.jpg"),
    ("会议.v2.jpg", "会议.v2.jpg"),
    ("照片.jpg20261218", "照片.jpg20261218.jpg"),
    ("C:\\相册\\照片.png", "照片.jpg"),
    ("primary:DCIM/照片.png", "照片.jpg"),
    ("a\nb\u202egnp.jpg", "abgnp.jpg"),
    ("会" * 500 + ".png", "会" * 80 + ".jpg"),
    ("." + "1" * 5000 + ".jpg" + "1" * 5000, "1" * 80 + ".jpg"),
]


@pytest.mark.parametrize(("sent", "kept"), NAMES)
def test_a_name_gets_the_right_ending_and_keeps_what_else_it_says(sent: str, kept: str) -> None:
    assert take(sent, jpg())[:2] == (kept, "image/jpeg")


def second_part_name() -> bytes:
    return zipped(
        {"[Content_Types].xml": making.types("docx", "word/document2.xml"), "word/document2.xml": "<main/>"}
    )


def kind_by_default() -> bytes:
    types = making.types("docx").replace('Override PartName="/word/document.xml"', 'Default Extension="xml"')
    return zipped({"[Content_Types].xml": types.encode("utf-16"), "word\\document.xml": "<main/>"})


TAKEN: list[tuple[str, str, Callable[[], bytes], str, str]] = [
    # what, the name sent, what is in it, the name kept, the type kept
    ("a PDF behind a blank line", "计划.pdf", lambda: b"\r\n" + pdf(), "计划.pdf", "pdf"),
    ("a PDF behind a BOM", "计划.pdf", lambda: b"\xef\xbb\xbf" + pdf(), "计划.pdf", "pdf"),
    ("a PDF behind 1,000 bytes", "计划", lambda: b"x" * 1000 + pdf(), "计划.pdf", "pdf"),
    ("a PDF before zeros", "计划.pdf", lambda: pdf() + bytes(5000), "计划.pdf", "pdf"),
    ("a PDF of 300 pages", "计划.pdf", partial(pdf, 300), "计划.pdf", "pdf"),
    ("a PDF that only may not be changed", "计划.pdf", partial(pdf, user=""), "计划.pdf", "pdf"),
    ("a doc that is RTF", "计划.doc", rtf, "计划.rtf", "rtf"),
    ("a text of WPS", "计划.wps", doc, "计划.wps", "wps"),
    ("a table of WPS", "计划.ET", xls, "计划.ET", "et"),
    ("slides of WPS", "计划.dps", ppt, "计划.dps", "dps"),
    ("a text of WPS that is docx", "计划.wps", docx, "计划.docx", "docx"),
    ("a table of Excel 95", "表.xls", partial(compound, {"Book": making.BOOK}), "表.xls", "xls"),
    ("a template", "计划.docx", partial(package, "dotx"), "计划.dotx", "dotx"),
    ("a docx with macros", "计划.docx", partial(package, "docm"), "计划.docm", "docm"),
    ("a table with macros", "表.xlsm", partial(package, "xlsm"), "表.xlsm", "xlsm"),
    ("a binary table", "表.xlsb", partial(package, "xlsb"), "表.xlsb", "xlsb"),
    ("a slide show", "党课.pptx", partial(package, "ppsx"), "党课.ppsx", "ppsx"),
    ("a docx with its text in a second part", "计划.docx", second_part_name, "计划.docx", "docx"),
    ("a docx of another writer", "计划.docx", kind_by_default, "计划.docx", "docx"),
    ("a copy of a docx", "计划.docx(1)", docx, "计划.docx", "docx"),
    ("a HEIC", "IMG_1641.HEIC", heic, "IMG_1641.jpg", "jpg"),
    ("a HEIC called JPG", "IMG_1641.JPG", heic, "IMG_1641.JPG", "jpg"),
    ("a BMP", "画图.bmp", partial(saved, "BMP"), "画图.jpg", "jpg"),
    ("an AVIF", "图.avif", partial(saved, "AVIF"), "图.jpg", "jpg"),
    (
        "a picture of one pixel",
        "点.png",
        partial(saved, "PNG", image=Image.new("1", (1, 1))),
        "点.png",
        "png",
    ),
    ("a huge JPEG", "大.jpg", lambda: making.wide(jpg(), 12_000, 12_000), "大.jpg", "jpg"),
    ("a JPEG of 20 MB", "大.jpg", partial(making.large_jpeg, UPLOAD_LIMIT), "大.jpg", "jpg"),
    ("a PDF of 20 MB", "大.pdf", lambda: pdf() + bytes(UPLOAD_LIMIT - len(pdf())), "大.pdf", "pdf"),
    ("a photo with its film", "动态.jpg", lambda: jpg() + making.FILM, "动态.jpg", "jpg"),
]


@pytest.mark.parametrize(
    ("sent", "make", "kept", "kind"), [row[1:] for row in TAKEN], ids=[row[0] for row in TAKEN]
)
def test_what_is_sound_is_taken(sent: str, make: Callable[[], bytes], kept: str, kind: str) -> None:
    taken = take(sent, make())
    assert taken[:2] == (kept, MIME[kind])
    assert take("", taken.data).data == taken.data, "what was taken is taken again as it is"


def huge() -> bytes:
    return saved("PNG", image=Image.new("1", (12_000, 12_000)))


@pytest.mark.slow
def test_a_picture_of_12_000_by_12_000_pixels_is_taken_without_being_decoded() -> None:
    data = huge()
    assert take("大.png", data) == ("大.png", "image/png", data)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def huge_heic() -> bytes:
    return making.wide(saved("HEIF", image=making.gradient(64, 64)), 12_000, 12_000)


def odt() -> bytes:
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text"})


LOCKED, DAMAGED, ARCHIVE = "请去掉密码再发", "重新导出或拍照", "请解压后"
REFUSED: list[tuple[str, str, Callable[[], bytes], str]] = [
    # what, the name sent, what is in it, what the sentence says to do
    ("nothing", "照片.jpg", lambda: b"", "请重新选择"),
    ("more than 20 MB", "照片.jpg", partial(making.large_jpeg, UPLOAD_LIMIT + 1), "不要超过 20 MB"),
    ("a PDF with a password", "计划.pdf", partial(pdf, user="secret"), LOCKED),
    (
        "a docx with a password",
        "计划.docx",
        partial(compound, {"EncryptionInfo": b"x", "EncryptedPackage": b"x"}),
        LOCKED,
    ),
    ("a doc with a password", "计划.doc", partial(compound, {"WordDocument": making.WORD_LOCKED}), LOCKED),
    ("an xls with a password", "表.xls", partial(compound, {"Workbook": making.BOOK_LOCKED}), "请去掉密码和保护"),
    ("a ppt with a password", "课.ppt", partial(compound, making.SLIDES_LOCKED), LOCKED),
    ("an OFD with a password", "计划.ofd", lambda: zipped(making.OFD | {"Encryptions.xml": "<E/>"}), LOCKED),
    ("a docx of 4 bytes", "计划.docx", lambda: b"PK\x03\x04", DAMAGED),
    ("a docx cut off", "计划.docx", lambda: docx()[:-30], DAMAGED),
    ("a changed docx", "计划.docx", lambda: flipped(docx(), docx().index(b"word/document.xml") + 19), DAMAGED),
    ("a docx without its text", "计划.docx", lambda: zipped({"[Content_Types].xml": making.types("docx")}), DAMAGED),
    ("a docx whose text is empty", "计划.docx", lambda: package("docx", **{"word/document.xml": ""}), DAMAGED),
    ("a docx without its types", "计划.docx", lambda: zipped({"word/document.xml": "<main/>"}), ARCHIVE),
    ("an OFD without a document", "计划.ofd", lambda: zipped({"OFD.xml": making.OFD["OFD.xml"]}), DAMAGED),
    ("a doc cut off", "计划.doc", lambda: doc()[:-600], DAMAGED),
    ("the head of a doc", "计划.doc", lambda: doc()[:8], DAMAGED),
    ("a doc of zeros", "计划.doc", partial(compound, {"WordDocument": bytes(99)}), DAMAGED),
    ("an xls of zeros", "表.xls", partial(compound, {"Workbook": bytes(99)}), DAMAGED),
    ("an RTF cut off", "计划.rtf", lambda: rb"{\rtf1\ansi {\'bc", DAMAGED),
    ("a PDF cut off", "计划.pdf", lambda: pdf(9)[: len(pdf(9)) // 2], DAMAGED),
    ("the head of a PDF", "计划.pdf", lambda: b"%PDF-1.7\n", DAMAGED),
    ("a PDF behind 2,000 bytes", "计划.pdf", lambda: bytes(2000) + pdf(), DAMAGED),
    ("a JPEG cut off", "照片.jpg", lambda: jpg()[:-9], DAMAGED),
    ("a JPEG cut off before its picture", "照片.jpg", lambda: jpg()[:40], DAMAGED),
    ("a JPEG without a picture", "照片.jpg", lambda: b"\xff\xd8\xff\xd9", DAMAGED),
    ("a PNG cut off", "照片.png", lambda: png()[:-9], DAMAGED),
    ("a PNG that lost its beginning", "照片.png", lambda: png()[1:], DAMAGED),
    ("a changed PNG", "照片.png", lambda: flipped(png(), png().index(b"IDAT") + 8), DAMAGED),
    ("a WebP cut off", "照片.webp", lambda: webp()[:-9], DAMAGED),
    ("a WebP without a picture", "照片.webp", lambda: b"RIFF\x04\x00\x00\x00WEBP", DAMAGED),
    ("a HEIC cut off", "照片.heic", lambda: heic()[:-99], DAMAGED),
    ("a huge HEIC", "照片.heic", huge_heic, "截图"),
    ("a text of Works", "计划.wps", partial(compound, {"MatOST": b"x"}), "在 WPS 里另存为 .docx"),
    ("a mail", "邮件.msg", partial(compound, {"__properties_version1.0": b"x"}), "截图，或导出为 PDF"),
    ("an OpenDocument text", "计划.odt", odt, "另存为 .docx"),
    ("a text of Pages", "计划.pages", lambda: zipped({"Index/Document.iwa": "x"}), "导出为 PDF"),
    ("a zip", "材料.zip", lambda: zipped({"计划.docx": docx(), "计划.pdf": pdf()}), ARCHIVE),
    ("a zip called docx", "计划.docx", lambda: zipped({"照片.jpg": jpg()}), ARCHIVE),
    ("a rar", "材料.rar", lambda: b"Rar!\x1a\x07\x01\x00" + bytes(50), ARCHIVE),
    ("a 7z", "材料.7z", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(50), ARCHIVE),
    ("an app", "程序.apk", lambda: zipped({"AndroidManifest.xml": "x"}), "程序不能作依据。请发照片"),
    ("a program", "程序.exe", lambda: b"MZ\x90\x00" + bytes(50), "程序不能作依据。请发照片"),
    ("a program called PDF", "计划.pdf", lambda: b"MZ\x90\x00" + bytes(50), "程序不能作依据。请发照片"),
    ("a video", "会议.mp4", lambda: b"\x00\x00\x00\x18ftypisom" + bytes(50), "视频不能作依据。请截图"),
    ("a video of an iPhone", "会议.mov", lambda: b"\x00\x00\x00\x14ftypqt  " + bytes(50), "视频不能作依据。请截图"),
    ("a video called JPG", "照片.jpg", lambda: b"\x00\x00\x00\x18ftypmp42" + bytes(50), "视频不能作依据。请截图"),
    ("a recording", "录音.m4a", lambda: b"\x00\x00\x00\x18ftypM4A " + bytes(50), "录音不能作依据。请发照片"),
    ("a recording of Android", "录音.amr", lambda: b"#!AMR\n" + bytes(50), "录音不能作依据。请发照片"),
    ("a WAV called WebP", "照片.webp", lambda: b"RIFF\x24\x00\x00\x00WAVEfmt ", "录音不能作依据。请发照片"),
    ("a GIF", "动图.gif", partial(saved, "GIF"), "GIF 动图不能作依据。请截图"),
    ("a TIFF", "扫描.tif", partial(saved, "TIFF"), "导出为 PDF 或 JPG"),
    ("an SVG", "图.svg", lambda: b"<?xml version='1.0'?><svg onload='alert(1)'/>", "截图"),
    ("a page", "页.html", lambda: b"<!DOCTYPE html><script>", "截图，或用 Word、Excel 打开"),
    ("an xls that is a page", "表.xls", lambda: b"\r\n<table><tr><td>1</td></tr></table>", "另存为 .docx、.xlsx"),
    ("a doc that is a page", "表.doc", lambda: b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "另存为 .docx"),
    ("a text", "记录.txt", "三会一课记录".encode, "截图，或另存为 Word"),
    ("a text in GBK", "记录.txt", partial("三会一课记录".encode, "gbk"), "截图，或另存为 Word"),
    ("a text called docx", "记录.docx", "三会一课记录".encode, "截图，或另存为 Word"),
    ("zeros called JPG", "照片.jpg", lambda: bytes(99), DAMAGED),
    ("zeros", "文件", lambda: bytes(99), "截图，或导出为 PDF"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "make", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_cannot_be_taken_is_refused_in_a_sentence_that_says_what_to_do(
    sent: str, make: Callable[[], bytes], words: str
) -> None:
    with pytest.raises(Refused) as refused:
        take(sent, make())
    sentence = str(refused.value)
    assert words in sentence
    assert sentence.endswith("。")
    assert "请" in sentence
    assert len(sentence) <= 60


def test_a_picture_that_gets_too_large_as_a_jpeg_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved("BMP")
    monkeypatch.setattr("bot.files.UPLOAD_LIMIT", len(data))
    with pytest.raises(Refused, match="文件太大"):
        take("画图.bmp", data)


# --- what is kept of a photo ------------------------------------------------------------------------------------


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_the_place_is_taken_out_of_a_photo_and_its_picture_orientation_and_date_are_not(form: str) -> None:
    data = saved(form, placed=True)
    assert 0x8825 in opened(data).getexif()
    assert PLACE in data
    kept = take("照片", data).data
    assert PLACE not in kept
    image = opened(kept)
    assert image.tobytes() == opened(data).tobytes()
    exif = image.getexif()
    assert dict(exif) == {0x0112: 6, 0x0132: WHEN, 0x010F: "HUAWEI", 0x8769: exif[0x8769]}
    assert exif.get_ifd(0x8769) == {0x9003: WHEN, 0x9011: "+08:00"}
    assert exif.get_ifd(0x8825) == {}
    assert take("又一张", saved(form, placed=True)).data == kept, "the same photo twice is one"
    assert take("下载", kept).data == kept


def test_a_png_keeps_when_it_was_made() -> None:
    kept = take("截图.png", saved("PNG", placed=True)).data
    assert opened(kept).info["Creation Time"] == WHEN


@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
def test_a_photo_that_becomes_a_jpeg_keeps_way_up_and_date_but_no_place(form: str) -> None:
    data = saved(form, placed=True)
    kept = take("IMG_1641", data).data
    assert PLACE not in kept
    image = opened(kept)
    assert image.format == "JPEG"
    exif = image.getexif()
    assert (exif[0x0132], exif.get_ifd(0x8769)[0x9003], exif.get_ifd(0x8825)) == (WHEN, WHEN, {})
    upright = image if exif.get(0x0112, 1) == 1 else image.transpose(Image.Transpose.ROTATE_270)
    assert upright.size == (8, 16)
    assert upright.convert("L").getpixel((7, 8)) < upright.convert("L").getpixel((0, 8)) - 200  # type: ignore[operator]
    assert take("又一张", data).data == kept


def test_a_photo_keeps_its_colours() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for form in ("JPEG", "PNG", "WEBP", "HEIF"):
        out = BytesIO()
        making.gradient().save(out, form, icc_profile=profile)
        assert opened(take("照片", out.getvalue()).data).info["icc_profile"] == profile


def test_what_is_transparent_becomes_white() -> None:
    data = saved("HEIF", image=Image.new("RGBA", (64, 64), (0, 0, 0, 0)))
    assert opened(take("图标", data).data).getpixel((9, 9)) == (255, 255, 255)


@pytest.mark.parametrize(
    "exif", [b"", b"Exif\x00\x00", b"MM\x00*\x00\x00\x00\x08\xff\xff", bytes(99), b"\xff" * 60_000]
)
def test_a_photo_with_spoiled_exif_is_taken_without(exif: bytes) -> None:
    data = jpg()
    sent = data[:2] + making.segment(0xE1, b"Exif\x00\x00" + exif) + data[2:]
    assert take("照片.jpg", sent).data == data


def test_of_a_photo_with_a_preview_behind_it_the_photo_is_kept() -> None:
    out = BytesIO()
    making.gradient().save(out, "MPO", save_all=True, append_images=[making.gradient(4, 4)])
    kept = opened(take("照片.jpg", out.getvalue()).data)
    assert (kept.format, kept.size) == ("JPEG", (16, 8))
    assert kept.tobytes() == opened(out.getvalue()).tobytes()


def test_a_progressive_jpeg_with_restarts_is_the_same_picture() -> None:
    out = BytesIO()
    making.gradient(200, 100).save(out, "JPEG", progressive=True, restart_marker_rows=1)
    assert take("照片.jpg", out.getvalue()).data == out.getvalue()


@pytest.mark.parametrize("content", [kind for kind in CONTENTS if kind != "pdf"])
def test_whatever_is_changed_in_a_file_it_is_taken_or_refused(content: str) -> None:
    chance = random.Random(content)
    form = content.replace("jpg", "jpeg")
    whole = saved(form, placed=True) if content in PHOTOS else CONTENTS[content]()
    for _ in range(trials(500)):
        changed = bytearray(whole)
        for _ in range(chance.choice((1, 2, 30))):
            at = chance.randrange(2, min(len(changed), 1500))
            changed[at : at + chance.choice((0, 1, 1, 4))] = chance.randbytes(chance.choice((0, 1, 1, 4)))
        try:
            name, mime, _ = take("", bytes(changed))
        except Refused:
            continue
        assert MIME[name.rsplit(".", 1)[1]] == mime


# --- what is meant to do harm -------------------------------------------------------------------------------------


def bomb() -> bytes:
    """A PDF of 200 kB that needs gigabytes to be opened."""
    packed = zlib.compress(b"10 0 <</Type/Catalog/Pages 2 0 R/X[" + b"[]" * 50_000_000 + b"]>>", 9)
    head = b"%PDF-1.7\n"
    stream = b"1 0 obj<</Type/ObjStm/N 1/First 5/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    body = head + stream + packed + b"\nendstream endobj\n"
    rows = bytes(6) + b"\x01" + len(head).to_bytes(4) + b"\x00" + bytes(48) + b"\x02\x00\x00\x00\x01\x00"
    table = b"11 0 obj<</Type/XRef/Size 11/W[1 4 1]/Root 10 0 R/Length %d>>stream\n" % len(rows)
    return body + table + rows + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % len(body)


def many_segments() -> bytes:
    return b"\xff\xd8" + b"\xff\xc0\x00\x02" * (UPLOAD_LIMIT // 4 - 1)


def many_chunks() -> bytes:
    empty = bytes(4) + b"IDAT" + zlib.crc32(b"IDAT").to_bytes(4)
    return png()[:33] + empty * ((UPLOAD_LIMIT - 33) // len(empty))


def many_entries() -> bytes:
    entry = b"PK\x01\x02" + bytes(24) + b"\x01\x00" + bytes(16) + b"x"
    head, count = b"PK\x03\x04" + bytes(26), UPLOAD_LIMIT // len(entry) - 2
    ending = (
        bytes(8) + (count * len(entry)).to_bytes(4, "little") + len(head).to_bytes(4, "little") + bytes(2)
    )
    return head + entry * count + b"PK\x05\x06" + ending


def packed_zeros() -> bytes:
    return package(
        "docx", **{"word/document.xml": bytes(200_000_000), "[Content_Types].xml": bytes(200_000_000)}
    )


HARMFUL: dict[str, Callable[[], bytes]] = {
    "an object stream of gigabytes": bomb,
    "millions of segments": many_segments,
    "millions of chunks": many_chunks,
    "a zip of many entries": many_entries,
    "a zip of many zeros": packed_zeros,
    "a PDF that never ends": lambda: b"%PDF-1.7\n1 0 obj" + b"[" * (UPLOAD_LIMIT - 20),
    "a photo of 20 MB": partial(making.large_jpeg, UPLOAD_LIMIT),
    "a HEIC that is larger than it says": partial(making.wide, saved("HEIF"), 60_000, 60_000),
}
MEASURED = """
import resource, sys, tracemalloc
from bot.files import take
from scoring.refusal import Refused
data = open(sys.argv[1], "rb").read()
tracemalloc.start()
try:
    take("a.pdf", data)
except Refused:
    pass
print(tracemalloc.get_traced_memory()[1] >> 20, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its memory")
@pytest.mark.parametrize("harm", HARMFUL)
def test_no_file_takes_more_memory_than_there_is(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "harm"
    path.write_bytes(HARMFUL[harm]())
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, path], capture_output=True, text=True, check=True, cwd=ROOT
    )
    here, beside = map(int, done.stdout.split())
    assert here < 64
    assert beside < 800


def test_what_crashes_the_process_apart_is_a_damaged_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    killed = tmp_path / "killed.py"
    killed.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(apart, "__file__", str(killed))
    with pytest.raises(Refused, match=DAMAGED):
        take("计划.pdf", pdf())


def test_what_never_ends_is_a_damaged_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    endless = tmp_path / "endless.py"
    endless.write_text("while True: pass")
    monkeypatch.setattr(apart, "__file__", str(endless))
    monkeypatch.setattr(apart, "SECONDS", 0.1)
    with pytest.raises(Refused, match=DAMAGED):
        take("计划.pdf", pdf())


def test_a_library_that_is_missing_is_not_blamed_on_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.py"
    missing.write_text("import nothing_of_this_name")
    monkeypatch.setattr(apart, "__file__", str(missing))
    with pytest.raises(RuntimeError, match="nothing_of_this_name"):
        take("计划.pdf", pdf())
