"""Where the processor time of a tap goes: the running bot is looked at from outside, some hundred times a second."""

import asyncio
import signal
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path

from bench.process import ROOT, Process

PY_SPY = ROOT / ".venv" / "aiogram" / "bin" / "py-spy"
RATE = 200  # a second
LAYERS = {  # a sample belongs to the first of these whose words stand in one of its frames
    "commit": (
        "Transaction.commit (",
        "Engine.begin (",
        "Session.part (",
        "Session._driver (",
        "_begin_sqlite (",
    ),
    "statements": ("(sqlalchemy/", "(bot/store/ready.py"),
    "hear": ("Conversation.",),
    "show": ("Screens.", "Chat._show ("),
    "receive": ("(bot/channels/telegram/", "(uvicorn/", "(starlette/"),
}
REST = "loop"
WAITS = "_worker (concurrent/"  # a thread that has nothing to do


async def sampled(process: Process, out: Path, work: Awaitable[None]) -> Counter[str]:
    """In which layer a process was while something was done, in samples. Nothing where py-spy may not look."""
    asked = ("record", "-p", str(process.number), "-r", str(RATE), "-f", "raw", "-o", str(out), "-d", "600")
    quiet = asyncio.subprocess.DEVNULL
    looking = await asyncio.create_subprocess_exec(PY_SPY, *asked, stdout=quiet, stderr=quiet)
    try:
        await work
    finally:
        with suppress(ProcessLookupError):
            looking.send_signal(signal.SIGINT)  # it writes down what it saw
        await looking.wait()
    return await asyncio.to_thread(_read, out)


def _read(out: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in out.read_text().splitlines() if out.exists() else ():
        frames, _, number = line.rpartition(" ")
        if not frames.rpartition(";")[2].startswith(WAITS):
            found[_layer(frames)] += int(number)
    return found


def _layer(frames: str) -> str:
    return next((name for name, words in LAYERS.items() if any(word in frames for word in words)), REST)
