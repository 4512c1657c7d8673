"""A process of our own on loopback: started with its own folder, measured from /proc, ended by its number."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")


class Process:
    """`python -m MODULE …` in a folder, with only the settings that are given; `by`: which Python."""

    def __init__(self, folder: Path, *arguments: str, by: str = sys.executable, **settings: str) -> None:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self._said = folder / f"{arguments[0]}.log"
        self.began = time.perf_counter()
        with self._said.open("ab") as log:
            self._process = subprocess.Popen(
                [by, "-m", *arguments],
                cwd=folder,  # a developer's .env is not read
                env={**kept, "PYTHONPATH": str(ROOT), **settings},
                stdout=log,
                stderr=log,
            )

    @property
    def number(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def cpu(self) -> float:
        """Seconds of CPU that it used so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def files(self) -> int:
        """How many files and connections it has open."""
        return len(list(Path(f"/proc/{self._process.pid}/fd").iterdir()))

    def memory(self, kind: str = "VmRSS") -> float:
        """MB that it holds now, or (VmHWM) held at most."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith(f"{kind}:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"no {kind}")

    def check(self) -> None:
        """Raises when it has ended by itself."""
        if self._process.poll() is not None:
            raise RuntimeError(f"a process ended: {self._said.read_text()[-2000:]}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """Ask it to end, and see that it does."""
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def running(folder: Path, *arguments: str, **settings: str) -> Iterator[Process]:
    """A process for as long as it is needed."""
    process = Process(folder, *arguments, **settings)
    try:
        yield process
    finally:
        process.end()


def free_port() -> int:
    """A port nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def wait_until_ready(process: Process, port: int) -> float:
    """Seconds from the start of a bot until /readyz says so."""
    while time.perf_counter() - process.began < 60:
        process.check()
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with suppress(OSError):
            asked.request("GET", "/readyz")
            if asked.getresponse().status == 200:
                return time.perf_counter() - process.began
        asked.close()
        time.sleep(0.005)
    raise RuntimeError("it was not ready in a minute")
