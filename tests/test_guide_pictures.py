"""The pictures of the guide: each is shown somewhere, is small, and can be taken again."""

import os
import re
from pathlib import Path

import pytest
from PIL import Image

from tests.chromium import needs_chromium
from tests.pictures import FOLDER, PICTURES, SHARP, SIZE, take_all

ROOT = Path(__file__).parents[1]
SHOWN = re.compile(r"pictures/([\w-]+)\.png")
LARGEST = 60 * 1024  # bytes: pages are read on phones


def test_each_picture_is_shown_and_each_that_is_shown_is_there() -> None:
    shown = {
        name
        for page in ("docs/guide.zh.md", "docs/wecom.zh.md", "README.md")
        for name in SHOWN.findall((ROOT / page).read_text(encoding="utf-8"))
    }
    assert shown == {picture.name for picture in PICTURES}
    assert shown == {path.stem for path in FOLDER.iterdir()}


@pytest.mark.parametrize("name", [picture.name for picture in PICTURES])
def test_a_picture_is_small(name: str) -> None:
    assert (FOLDER / f"{name}.png").stat().st_size < LARGEST


@needs_chromium
@pytest.mark.slow
def test_the_pictures_can_be_taken_again(tmp_path: Path) -> None:
    """With TRIALS=long, all of them."""
    taken = PICTURES if os.environ.get("TRIALS") == "long" else PICTURES[::4]
    take_all(tmp_path, lambda _: None, taken)
    for picture in taken:
        image = Image.open(tmp_path / f"{picture.name}.png")
        assert image.size == tuple(int(side * SHARP) for side in SIZE)
        assert len(image.convert("RGB").getcolors() or ()) > 8, "there is a screen on it"
