"""What an action works with: the open unit of work, who is asking, and the files."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date

from bot.dialogue.strangers import Strangers
from bot.message import Reply
from bot.permissions import Me
from bot.store.database import Session
from bot.store.evidence import Evidence
from bot.store.mailing import CHANNEL as MAIL
from scoring.numerals import quoted
from scoring.refusal import Refused, Unread


class NotUnderstood(Unread):
    """A typed text means nothing on the screen it was typed on; it may still be a word that is understood everywhere.

    When it is none, `offer` asks what it was meant for.
    """

    def __init__(self, text: str, advice: str, offer: Callable[[], Reply] | None = None) -> None:
        self.text, self.offer = text, offer
        super().__init__(f"没看懂{quoted(text)}。{advice}")


class Courtesy(Refused):
    """A sentence in return for a kind word; nothing changes."""


CARDS = frozenset({"wecom", "wecom_app"})
"""The channels whose screens are cards, by their names."""

Links = Callable[[str], Sequence[tuple[str, str]]]
"""The (channel, address) pairs under which an invitation code can be opened."""


def _closed() -> AbstractContextManager[Session]:
    raise RuntimeError("this work came without its database")


@dataclass(frozen=True, slots=True)
class Work:
    """One unit of work.

    `message` is what the channel calls the text or file that is heard, where it has names for messages.
    """

    session: Session
    me: Me
    evidence: Evidence
    links: Links
    name: str = ""  # what the channel calls the person, until they say otherwise
    marked: bool = False  # whether the channel shows the marks of buttons
    message: str | None = None
    calendars: str = ""  # where calendars are subscribed to, before the secret; empty: nowhere
    polls: str = ""  # where ballots are cast; empty: nowhere
    network: str = ""  # where the event came from, if the channel knows
    fresh: str = (
        ""  # the address at which somebody new joins, where the channel gives one; empty: at their own
    )
    kept: str = ""  # how addresses begin of which nobody is logged out; empty: none
    reading: Callable[[], AbstractContextManager[Session]] = (
        _closed  # for a file that is made after this work
    )
    file_limit: int | None = None  # bytes of a file that the channel carries; None: any
    channels: frozenset[str] | None = None  # those that run in this installation; None: all there are
    backups: int = 0  # how many nights a backup is kept; 0: none is made at night
    strangers: Strangers = field(default_factory=Strangers)

    @property
    def today(self) -> date:
        """The day it is where the committee is."""
        return self.me.now.date()

    @property
    def draws_cards(self) -> bool:
        """Whether screens are cards on a channel of this installation."""
        return self.channels is None or not self.channels.isdisjoint(CARDS)

    @property
    def mails(self) -> bool:
        """Whether mail is sent in this installation."""
        return self.channels is None or MAIL in self.channels

    def by(self, me: Me) -> "Work":
        """The same work with the asker's seats as they are now."""
        return replace(self, me=me)
