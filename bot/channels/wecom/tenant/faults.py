"""What the stand-in can be told to do wrong."""

import asyncio
from dataclasses import dataclass

FETCH = "GET"  # what a download is called: its faults are statuses
ABORT = 1006  # no close frame: the connection is gone


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one frame. `drop`: the connection ends with this code, before or `after` it took effect.

    `until`: before anything else it lies about until then.
    """

    errcode: int = 0
    unanswered: bool = False
    drop: int = 0
    after: bool = False
    until: asyncio.Event | None = None
