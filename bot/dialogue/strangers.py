"""What is kept of those who are nobody yet: in memory, and little. A restart forgets it."""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

GUESSES, GUESSES_SPAN = 60, timedelta(hours=1)  # a school has one network; the length of a code is the wall
KEPT = 2_000  # strangers, and networks, that are remembered: the latest

K = TypeVar("K")
V = TypeVar("V")


class _Latest(OrderedDict[K, V]):
    """What was put in, of which only the latest is kept."""

    def put(self, key: K, value: V) -> None:
        """Put something in, as the latest."""
        self[key] = value
        self.move_to_end(key)
        if len(self) > KEPT:
            self.popitem(last=False)


class Strangers:
    """Where strangers stand, and how many wrong codes came from their networks. For several threads at once.

    A stranger gets a row in the database with the first code that is tried there, to count the tries of that chat.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._standing: _Latest[tuple[str, str], tuple[str, tuple[str, ...]]] = _Latest()
        self._guesses: _Latest[str, tuple[datetime, int]] = _Latest()

    def standing(self, channel: str, external: str) -> tuple[str, tuple[str, ...]]:
        """The screen that stands at an address, and the last event that was answered there."""
        return self._standing.get((channel, external), ("", ()))

    def stand(self, channel: str, external: str, screen: str, key: str) -> None:
        """Let a screen stand at an address, as the answer to an event."""
        with self._lock:
            self._standing.put((channel, external), (screen, (key,)))

    def blocked_until(self, network: str, now: datetime) -> datetime | None:
        """When a code from a network is tried again, if too many wrong ones came from there. "" is no network."""
        since, count = self._guesses.get(network, (now, 0))
        return since + GUESSES_SPAN if count >= GUESSES and since <= now < since + GUESSES_SPAN else None

    def guessed(self, network: str, now: datetime) -> None:
        """Count a wrong code against a network."""
        if not network:
            return
        with self._lock:
            since, count = self._guesses.get(network, (now, 0))
            if not since <= now < since + GUESSES_SPAN:
                since, count = now, 0
            self._guesses.put(network, (since, count + 1))
