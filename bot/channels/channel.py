"""What a channel is to the program, and what the conversation is to a channel.

A channel is one folder beside this file. It brings what was pressed, typed and sent to the conversation as Events, and
gives the Replies its own shape. What channels share is in the files beside the folders: order in a chat and floods
(chats), what ends at the stop (underway), how fast (pace) and how long (cutting), and the server (server, limits).
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.routing import Route

from bot import delivery
from bot.conversation import Entered, Entry, Event, Group, Listener
from bot.health import Ailment
from bot.message import Message, Offer, Reply
from bot.permissions import Me


class SettingsRefusedError(Exception):
    """A channel cannot be used as it is configured; the text says why."""


@dataclass(frozen=True, slots=True)
class Off:
    """Instead of a channel that the settings leave out; `words` say so to whoever runs `check`, if anything need be."""

    words: str = ""


class Channel(delivery.Channel, Protocol):
    """A channel as the program runs it; with `way`, `sends`, `turn` and `push`, by which notices arrive.

    It starts, runs until that is cancelled, and is closed. In between it hears and answers people by itself.
    """

    @property
    def name(self) -> str:
        """What it is called in rows and events, for ever."""

    @property
    def word(self) -> str:
        """What people call it."""

    def link(self, code: str) -> str:
        """The link by which somebody comes in with a code; empty while there is none (yet)."""

    def routes(self) -> Sequence[Route]:
        """What it answers on the program's own server."""

    async def start(self) -> str:
        """Introduce itself, however long the other side takes; what to tell whoever started it, if anything.

        Raises SettingsRefusedError.
        """

    async def run(self) -> None:
        """Take events until cancelled, which ends nothing that is under way. Raises SettingsRefusedError."""

    async def close(self) -> None:
        """After `run`, and after the server: let what is under way end for a while, then close all connections."""

    def check(self) -> AsyncIterator[str]:
        """Try it out, in lines for `python -m bot check`; its links are known then. Raises SettingsRefusedError."""

    def ailment(self) -> Ailment | None:
        """What has kept people from being heard here for a while, if anything."""


class Talk(Protocol):
    """The conversation as a channel knows it. Its methods block: call them with asyncio.to_thread.

    All but the first, by which nearly everything comes: what several chats say at once is heard together.
    """

    async def hear_soon(self, event: Event) -> Reply:
        """Answer one event. When this returns, what the reply says is stored."""

    def look(self, channel: str, address: str, message: str | None = None) -> Reply:
        """The screen that stands at an address now, or that a message there shows if that is known; nothing changes."""

    def who(self, channel: str, address: str) -> Me:
        """Who is at this address."""

    def reaches(self, channel: str, address: str, takes: bool) -> None:
        """Whether a chat takes messages from now on, for channels that are told so."""

    def ask_in_group(self, group: Group, person: str, text: str) -> Message | None:
        """What a group chat is shown after a command of whoever is at the address `person`; None: as everybody."""

    def group_moved(self, channel: str, address: str, to: str) -> None:
        """A group chat has another address from now on."""

    def group_left(self, channel: str, address: str) -> None:
        """The bot is no longer in a group chat."""

    def offer(self, channel: str, address: str, code: str, *, network: str, expired: bool) -> Offer:
        """What a code would give, for channels that ask before somebody joins."""

    def enter(self, entry: Entry) -> Entered:
        """Let somebody in by a code that was offered."""

    def visited(self, channel: str, address: str) -> None:
        """Somebody was there without saying anything, for channels where that keeps them logged in."""

    def watches(self, channel: str, address: str) -> frozenset[str]:
        """The topics whose changes this address may want to see at once."""

    def subscribe(self, listener: Listener) -> None:
        """Call listener(channel, address, topics) after each commit that changed something, from its thread."""
