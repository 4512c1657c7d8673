"""Real processes of the bot, forked from one that has imported everything: a start costs a fork, not a second.

`python -m tests.nursery` is that process. It reads its orders from its standard input, a line of JSON each, and ends,
with all its children, when that closes.
"""

import contextlib
import gc
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from pathlib import Path
from random import Random
from typing import IO, Any

ROOT = Path(__file__).parents[1]


class Child:
    """A process of the bot. What it prints is in two files of its folder, `.out-1` and `.err-1` or a higher number."""

    def __init__(self, nursery: "Nursery", pid: int, out: Path, err: Path) -> None:
        self._nursery, self.pid = nursery, pid
        self._out, self._err = out, err

    def wait(self) -> int:
        """Wait until it ends; its exit code."""
        return int(self._nursery.order(wait=self.pid))

    def running(self) -> bool:
        """Whether it has not ended."""
        return self._nursery.order(poll=self.pid) is None

    def kill(self) -> None:
        """Kill it with SIGKILL, and see it dead. Raises when it had ended by itself."""
        self.tell(signal.SIGKILL)
        if (code := self.wait()) != -signal.SIGKILL:
            raise AssertionError(f"the bot ended by itself ({code}): {self.err[-3000:]}")

    def tell(self, what: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, what)

    @property
    def out(self) -> str:
        """What it has printed."""
        return self._out.read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        """What it has complained of."""
        return self._err.read_text(encoding="utf-8")


class Nursery:
    """`with Nursery() as nursery`, then start(), as often as you like."""

    def __enter__(self) -> "Nursery":
        self._count = itertools.count(1)
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.nursery"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        _pipe(self._process.stdin).close()
        self._process.wait(10)
        _pipe(self._process.stdout).close()

    def start(self, folder: Path, *arguments: str, **settings: str) -> Child:
        """Start `python -m bot` in a folder, with these settings alone. It is not ready yet when this returns."""
        return self._start(folder, False, arguments, settings)

    def start_whole(self, folder: Path, *arguments: str, **settings: str) -> Child:
        """As start(), with all that a start by hand does, imports too."""
        return self._start(folder, True, arguments, settings)

    def _start(
        self, folder: Path, whole: bool, arguments: tuple[str, ...], settings: dict[str, str]
    ) -> Child:
        number = next(self._count)
        out, err = folder / f".out-{number}", folder / f".err-{number}"
        order = [str(folder), whole, arguments, settings, str(out), str(err)]
        return Child(self, int(self.order(start=order)), out, err)

    def order(self, **order: object) -> Any:
        """Have it do something; its answer."""
        print(json.dumps(order), file=_pipe(self._process.stdin), flush=True)
        return json.loads(_pipe(self._process.stdout).readline())


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
    import segno  # noqa: F401  this and the next are imported late otherwise
    import uvicorn.protocols.http.httptools_impl  # noqa: F401
    import uvloop  # noqa: F401

    import bot.channels.mail.channel
    import bot.channels.telegram.channel
    import bot.channels.wecom.app.channel
    import bot.channels.wecom.demo
    import bot.channels.wecom.group
    import bot.command_line
    import bot.setup  # noqa: F401
    from bot.store import schema
    from bot.store.database import Database
    from jobs.duties.official import official

    official(2026)
    scratch = Database("sqlite://")
    schema.migrate(scratch)
    scratch.close()
    gc.collect()
    gc.freeze()  # what is not touched is not copied
    children: set[int] = set()
    for line in sys.stdin:
        match json.loads(line):
            case {"start": order}:
                child = os.fork()
                if child == 0:
                    _become(*order)
                children.add(child)
                said: int | None = child
            case {"wait": child}:
                said = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                children.discard(child)
            case {"poll": child}:
                ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                said = None if ended is None else ended.si_status
        print(json.dumps(said), flush=True)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _become(
    folder: str, whole: bool, arguments: list[str], settings: dict[str, str], out: str, err: str
) -> None:
    """Be a bot, in a fresh fork."""
    from bot import command_line as product

    os.chdir(folder)  # a developer's .env is not read
    os.environ.update(settings)  # of the environment of the tests, nothing is here
    for number, path, how in ((0, os.devnull, os.O_RDONLY), (1, out, os.O_WRONLY), (2, err, os.O_WRONLY)):
        os.dup2(os.open(path, how | os.O_CREAT), number)
    if whole:
        os.execv(sys.executable, [sys.executable, "-W", "error", "-m", "bot", *arguments])  # noqa: S606
    status = 70
    try:
        product.main(arguments)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve()
