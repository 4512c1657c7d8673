"""Postmen that are killed: real processes that carry the outbox over a wire full of faults.

They are forked from one process that has imported everything and keeps no connection. `python -m tests.faults.postmen`
is that process: it reads "start", "kill" and "wait" from its standard input. What arrives is noted in a file, and the
time is in another one: both outlive a kill. Time passes when no postman has anything to do.
"""

import asyncio
import contextlib
import gc
import logging
import mmap
import os
import signal
import struct
import subprocess
import sys
import traceback
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[2]
MOST = 2  # postmen at a time
IDLE = 125  # seconds that pass when nobody has anything to do: a lease is over then
HANGS = 150  # seconds that a call may take: longer than a lease


class Time:
    """The time it is for all processes, and which of them are busy."""

    def __init__(self, folder: Path, start: datetime) -> None:
        self._start, path = start, folder / "time"
        if not path.exists():
            path.write_bytes(bytes(8 * (1 + MOST)))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)

    def __call__(self) -> datetime:
        """Now."""
        return self._start + timedelta(seconds=self._get(0))

    def until(self, now: datetime) -> None:
        """It is now so late."""
        self._put(0, (now - self._start).total_seconds())

    def passes(self, seconds: float) -> None:
        """Some time passes, for everybody."""
        self._put(0, self._get(0) + seconds)

    def busy(self, slot: int, busy: bool) -> None:
        """Whether a postman has something to do."""
        self._put(1 + slot, float(busy))

    def idle(self) -> bool:
        """Whether nobody has."""
        return not any(self._get(1 + slot) for slot in range(MOST))

    def _get(self, n: int) -> float:
        return float(struct.unpack_from("d", self._map, 8 * n)[0])

    def _put(self, n: int, value: float) -> None:
        struct.pack_into("d", self._map, 8 * n, value)


class Postmen:
    """`with Postmen(folder, url, start) as postmen`, then start() and kill(), as often as you like."""

    def __init__(self, folder: Path, url: str, start: datetime) -> None:
        self._folder, self._url, self._start = folder, url, start
        self.time = Time(folder, start)
        self._log, self._arrived = folder / "postmen.log", folder / "arrived"
        self._arrived.touch()
        self._read = 0

    def __enter__(self) -> "Postmen":
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.faults.postmen",
                    self._folder,
                    self._url,
                    self._start.isoformat(),
                ],
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def start(self, slot: int, seed: int, blocked: str) -> None:
        """Start a postman; this chat of the first channel takes nothing."""
        self._tell(f"start {slot} {seed} {blocked}")

    def kill(self, slot: int) -> bool:
        """Kill a postman with SIGKILL; whether it was still at work."""
        said = self._tell(f"kill {slot}")
        if said not in ("0", str(-signal.SIGKILL)):
            raise AssertionError(self.complaints[-3000:])
        return said != "0"

    def wait(self) -> None:
        """Wait until all are done. Raises when one broke."""
        if self._tell("wait") != "0":
            raise AssertionError(self.complaints[-3000:])

    @property
    def complaints(self) -> str:
        """What they have logged as errors."""
        return self._log.read_text(encoding="utf-8")

    def arrived(self) -> list[str]:
        """What arrived since the last time, by its first line."""
        with self._arrived.open(encoding="utf-8") as file:
            file.seek(self._read)
            found = file.read()
            self._read = file.tell()
        return found.splitlines()

    def _tell(self, words: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{words}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


def _serve(folder: Path, url: str, start: datetime) -> None:
    """Be the process that postmen are forked from."""
    import sqlalchemy as sa
    import structlog

    from bot import delivery as delivering
    from bot.delivery import Delivery, LimitedError, NotSentError, RefusedError
    from bot.message import Message
    from bot.store import notices
    from bot.store.database import Database
    from bot.store.notices import OPEN, Owed
    from tests.conftest import careless
    from tests.phone import World
    from tests.wire import Here

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    delivering.LANES = 10  # so that one postman does not take all there is
    database, time = Database(url), Time(folder, start)
    if database.sqlite:
        sa.event.listen(database.engine, "connect", careless)
    conversation = World(database, folder, time).conversation
    still = sa.text(f"SELECT count(*) FROM notice WHERE state IN {OPEN}")  # noqa: S608  our own words
    note = os.open(folder / "arrived", os.O_WRONLY | os.O_APPEND)

    class Faulty:
        """10 % limited, 10 % 502, 10 % of the answers lost, some not sent, some that hang; at times no connection."""

        def __init__(self, random: Random, blocked: str) -> None:
            self._random, self._blocked = random, blocked

        way = "从首页打开"

        def sends(self) -> bool:
            return self._random.random() > 0.1

        async def turn(self, address: str) -> None:
            await asyncio.sleep(0)

        async def push(self, address: str, message: Message, *, stands: bool) -> None:
            roll = self._random.random()
            if address == self._blocked:
                raise RefusedError("blocked")
            if roll < 0.1:
                raise LimitedError(5)
            if roll < 0.13:
                raise NotSentError
            if roll < 0.15:
                time.passes(HANGS)
            if not 0.2 < roll < 0.25:
                os.write(note, f"{message.lines[0]}\n".encode())
            if 0.2 < roll < 0.3:
                raise RuntimeError("502")
            if 0.3 < roll < 0.4:
                raise TimeoutError
            await asyncio.sleep(0.0005)

    async def carry(slot: int, seed: int, blocked: str) -> None:
        asyncio.get_running_loop().set_default_executor(Here())
        random = Random(seed)
        channels = {"web": Faulty(random, blocked), "second": Faulty(random, "")}
        delivery = Delivery(database, conversation, channels, time, f"{slot}.{seed}")
        while True:
            time.busy(slot, True)
            taken = await delivery.round()
            time.busy(slot, False)
            if taken:
                continue
            with database.read() as session:
                if not session.execute(still).scalar():
                    return
            if time.idle():
                time.passes(IDLE)
            else:
                await asyncio.sleep(0.01)

    with database.write() as session:
        warm = Owed(1, "warm", "hp", start, start + timedelta(hours=1))
        notices.owe(session, committee_id=1, notices=[warm])
    asyncio.run(carry(0, 0, ""))  # its statements are compiled
    database.close()
    gc.collect()
    gc.freeze()  # what is not touched is not copied
    children: dict[int, int] = {}

    def begin(slot: int, seed: int, blocked: str) -> None:
        children[slot] = os.fork()
        if children[slot]:
            return
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        status = 1
        try:
            asyncio.run(carry(slot, seed, blocked))
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)

    def end(slot: int, kill: bool) -> int:
        child = children.pop(slot)
        if kill:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        time.busy(slot, False)
        return status

    for line in sys.stdin:
        match line.split():
            case ["start", slot, seed, blocked]:
                begin(int(slot), int(seed), blocked)
                print("started", flush=True)
            case ["kill", slot]:
                print(end(int(slot), True), flush=True)
            case _:
                print(max([abs(end(slot, False)) for slot in list(children)]), flush=True)
    for slot in list(children):
        end(slot, True)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3]))
