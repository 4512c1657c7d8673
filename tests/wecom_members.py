"""The members behind WeCom's server on loopback: what each sees, and what never reaches them."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

A_MINUTE, AN_HOUR = (30, 60.0), (1000, 3600.0)  # messages to one member; what is more is dropped silently


@dataclass
class Shown:
    """A message as its member sees it now."""

    kind: str
    content: Json
    at: float
    code: str = ""


@dataclass
class Member:
    """Somebody who may use the app."""

    userid: str
    messages: list[Shown] = field(default_factory=list)
    sent: deque[float] = field(default_factory=lambda: deque(maxlen=AN_HOUR[0]))
    dropped: int = 0

    def take(self, shown: Shown) -> bool:
        """Get a message, unless it is too much."""
        if any(sum(at > shown.at - span for at in self.sent) >= most for most, span in (A_MINUTE, AN_HOUR)):
            self.dropped += 1
            return False
        self.sent.append(shown.at)
        self.messages.append(shown)
        return True


@dataclass
class Media:
    """What a media_id stands for."""

    kind: str
    name: str
    data: bytes
    at: float
