"""What the channel asks of whoever keeps the codes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.values import MailedCode


class Codes(Protocol):
    """The codes that are to be mailed. Its methods block."""

    def take(self, now: datetime) -> Sequence[MailedCode]:
        """Those to be mailed now, each for one process alone."""

    def sent(self, code: MailedCode) -> None:
        """It arrived, or may have."""

    def later(self, code: MailedCode, now: datetime) -> None:
        """It surely did not arrive: it is taken again after a while."""

    def refused(self, code: MailedCode, now: datetime) -> None:
        """Its address takes nothing."""
