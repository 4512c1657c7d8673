"""A process with another clock than the machine's, by libfaketime; monotonic time stays what it is."""

import functools
import re
import shutil
import subprocess
from pathlib import Path

import pytest

needs_faketime = pytest.mark.skipif(shutil.which("faketime") is None, reason="no faketime")


@functools.cache
def _library() -> str:
    told = subprocess.run(["faketime", "-m", "-f", "+0", "env"], capture_output=True, text=True, check=True)
    return str(re.findall("^LD_PRELOAD=(.+)$", told.stdout, re.MULTILINE)[0])


def faketime(clock: Path) -> dict[str, str]:
    """The settings of a process that runs by the clock in this file: `+0`, `+3600`, `@2026-11-27 02:00:00` (UTC)."""
    return {
        "LD_PRELOAD": _library(),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",  # seconds; without a cache, each question for the time reads the file
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        "TZ": "UTC",
    }
