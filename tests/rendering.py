"""What a file looks like on paper: LibreOffice prints it, and its pages are looked at."""

import shutil
import subprocess
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

NAMES = ("soffice", "libreoffice")
OFFICE = next(filter(None, map(shutil.which, NAMES)), None)
needs_libreoffice = pytest.mark.skipif(
    OFFICE is None, reason=f"no LibreOffice: none of {', '.join(NAMES)} is on PATH"
)
MM = 72 / 25.4


@dataclass(frozen=True)
class Page:
    """A printed page: its size in millimetres, and all that can be read on it, without blanks."""

    width: float
    height: float
    text: str


def printed(data: bytes, ending: str, folder: Path) -> list[Page]:
    """The pages of a file as they come out of a printer."""
    pages = PdfReader(BytesIO(converted(data, ending, "pdf", folder))).pages
    return [
        Page(
            float(page.mediabox.width) / MM,
            float(page.mediabox.height) / MM,
            "".join(page.extract_text().split()),
        )
        for page in pages
    ]


def saved_again(data: bytes, ending: str, folder: Path) -> bytes:
    """A file as another program writes it that has read it."""
    return converted(data, ending, ending, folder)


def converted(data: bytes, ending: str, to: str, folder: Path) -> bytes:
    """A file as another program saves it as another kind.

    What LibreOffice keeps for its user, which takes it longer to make than to print, lies beside the folder of this
    test: one for all tests of this worker.
    """
    file, out = folder / f"file.{ending}", folder / "out"
    file.write_bytes(data)
    home = f"-env:UserInstallation={(folder.parent / 'office').as_uri()}"
    subprocess.run(
        [str(OFFICE), "--headless", home, "--convert-to", to, "--outdir", str(out), str(file)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return (out / f"file.{to}").read_bytes()
