"""Bots that are killed: real processes of `python -m bot run`, forked from one that has imported everything.

A start costs a fork instead of a second of imports. `python -m tests.faults.nursery` is that process: it reads
"start" and "kill" from its standard input, and ends, with its bot, when that closes.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import IO

ROOT = Path(__file__).parents[2]


class Nursery:
    """`with Nursery(folder, TELEGRAM_TOKEN=…) as nursery`, then start() and kill(), as often as you like."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.log = folder / "bot.log"
        self._folder, self._settings = folder, settings

    def __enter__(self) -> "Nursery":
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.nursery"],
                cwd=self._folder,  # a developer's .env is not read
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self._settings},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        _pipe(self._process.stdin).close()
        self._process.wait(10)
        _pipe(self._process.stdout).close()

    def start(self) -> None:
        """Start a bot. It is not ready yet when this returns."""
        self._tell("start")

    def kill(self) -> None:
        """Kill the bot with SIGKILL, and see it dead. Raises when it was dead before."""
        said = self._tell("kill")
        if said != str(-signal.SIGKILL):
            raise AssertionError(f"the bot ended by itself ({said}): {self.log.read_text()[-3000:]}")

    def _tell(self, word: str) -> str:
        stdin = _pipe(self._process.stdin)
        stdin.write(f"{word}\n")
        stdin.flush()
        return _pipe(self._process.stdout).readline().strip()


def free_port() -> int:
    """A port nobody uses, out of the range from which outgoing connections get theirs: it is free after a kill too."""
    while True:
        port = Random().randrange(20_000, 30_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


def _serve() -> None:
    """Be the process that bots are forked from: import and warm up what does not depend on the settings."""
    import uvicorn.protocols.http.httptools_impl  # noqa: F401  imported late otherwise
    import uvloop  # noqa: F401

    from bot import __main__ as product
    from bot.store import schema
    from bot.store.database import Database

    scratch = Database("sqlite://")
    schema.migrate(scratch)
    scratch.close()
    child = 0
    for line in sys.stdin:
        if line.strip() == "start":
            child = os.fork()
            if child == 0:
                _become(product.main)
            print("started", flush=True)
        else:
            print(_kill(child), flush=True)
            child = 0
    if child:
        _kill(child)


def _become(main: Callable[[list[str]], None]) -> None:
    """Be a bot, in a fresh fork."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    status = 70
    try:
        main(["run"])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _kill(child: int) -> int:
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    _serve()
