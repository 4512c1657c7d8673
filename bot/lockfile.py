"""Who ran from this folder before: known to be dead as soon as the lock of its file is free.

The system frees a lock when its process ends, however it does. So what is started again after a kill need not wait
until the leases of the dead one have run out.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

FILE = "running"
LONGEST = 64  # bytes of a name


@contextmanager
def locked(folder: Path, name: str, bury: Callable[[str], None]) -> Iterator[None]:
    """While the process of this name runs: `bury` is told the name of the one before it, once that is dead.

    Where another one still runs from here, or nobody can lock a file, nothing is known and nobody is buried.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if _lock(file):
            if before := os.pread(file, LONGEST, 0).decode("ascii", "ignore"):
                bury(before)
            os.pwrite(file, name.encode(), 0)  # all names are as long
        yield
    finally:
        os.close(file)


def _lock(file: int) -> bool:
    if fcntl is None:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
