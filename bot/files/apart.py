"""Reading what only a large library can read, in a process of its own.

A PDF of 200 kB may need 7 GB and half a minute to open, and a picture may hide as much. Here memory and time have an
end, and should a library crash, it was a damaged file and not the bot.
"""

import subprocess
import sys
from io import BytesIO
from threading import Lock
from typing import Final

if __name__ != "__main__":  # the process below imports nothing of ours: it starts in a twentieth of a second
    from bot.files.refusals import DAMAGED, LOCKED, TOO_MANY_PIXELS
    from scoring.refusal import Refused

MEMORY: Final = 768 * 1024**2  # bytes, of address space
SECONDS: Final = 10
PIXELS: Final = 64_000_000  # in a picture that has to be decoded: 12 bytes of memory each
QUALITY: Final = 90
_BROKEN, _DAMAGED, _LOCKED, _TOO_MANY = 1, 2, 3, 4  # how the process ends, besides 0: sound
_turn = Lock()  # so that all of them together need no more than one


def read_pdf(data: bytes) -> None:
    """Open a PDF as a browser would. Raises Refused when it has a password or cannot be opened."""
    _run("pdf", data)


def as_jpeg(data: bytes) -> bytes:
    """A picture that not everything shows (HEIC, AVIF, BMP) as one that everything does. Raises Refused."""
    return _run("picture", data)


def _run(kind: str, data: bytes) -> bytes:
    try:
        with _turn:
            done = subprocess.run(  # noqa: S603
                [sys.executable, "-I", __file__, kind], input=data, capture_output=True, timeout=SECONDS
            )
    except subprocess.TimeoutExpired:
        raise Refused(DAMAGED) from None
    if done.returncode == _BROKEN:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    if done.returncode:
        raise Refused({_LOCKED: LOCKED, _TOO_MANY: TOO_MANY_PIXELS}.get(done.returncode, DAMAGED))
    return done.stdout


def _open_pdf(data: bytes) -> None:
    import pypdfium2 as pdfium

    try:
        pdf = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        no_key = error.err_code in (pdfium.raw.FPDF_ERR_PASSWORD, pdfium.raw.FPDF_ERR_SECURITY)
        sys.exit(_LOCKED if no_key else _DAMAGED)
    for page in {0, len(pdf) - 1}:  # of a file that was cut off, the last page is missing
        pdf.get_page_size(page)


def _convert(data: bytes) -> None:
    import pillow_heif
    from PIL import Image

    pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None  # the limit is ours
    image: Image.Image = Image.open(BytesIO(data), formats=("HEIF", "AVIF", "BMP"))
    if image.width * image.height > PIXELS:
        sys.exit(_TOO_MANY)
    exif, colours = image.info.get("exif") or b"", image.info.get("icc_profile")
    if image.has_transparency_data:
        sheet = Image.new("RGB", image.size, "white")
        sheet.paste(image, mask=image.convert("RGBA"))
        image = sheet
    out = BytesIO()
    exif = exif if len(exif) < 2**16 - 16 else b""  # more a JPEG cannot hold
    image.convert("RGB").save(out, "JPEG", quality=QUALITY, exif=exif, icc_profile=colours)
    sys.stdout.buffer.write(out.getbuffer())


if __name__ == "__main__":
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 2 * SECONDS))  # nobody may be left to end it
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        {"pdf": _open_pdf, "picture": _convert}[sys.argv[1]](sys.stdin.buffer.read())
    except ImportError:
        raise
    except Exception:  # whatever else is wrong is wrong with the file
        sys.exit(_DAMAGED)
