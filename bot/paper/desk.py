"""Where papers and charts are made while people are being answered: one at a time, and what is left is cleared away.

The collector stops everybody while it looks. So it never meets the rubbish of many papers at once, nor the libraries.
"""

import gc
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

_DESK = ThreadPoolExecutor(1, "desk")
"""Memory is that of one paper, and of one font, which each thread would load for itself."""


def made(make: Callable[[], bytes]) -> bytes:
    """What this makes. Blocks until it is its turn and done; what is made at the desk may not come here again."""
    return _DESK.submit(_made, make).result()


def _made(make: Callable[[], bytes]) -> bytes:
    try:
        return make()
    finally:
        gc.collect()  # a figure or a document points at itself; fifteen figures left lying held everybody up for 250 ms


def for_good(module: str) -> None:
    """Load a large library, once: it stays for ever, and the collector passes over it from now on."""
    if module in sys.modules:
        return
    gc.disable()
    try:
        import_module(module)
    finally:
        gc.freeze()
        gc.collect()  # quick now; without it, the size of what was frozen decides how much rubbish may lie about
        gc.enable()
