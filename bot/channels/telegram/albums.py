"""What is sent together gets one answer: it waits a moment for the rest."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from telegram import Message as Received

from bot.channels.chats import Chat
from bot.channels.underway import Underway
from bot.message import Reply

ALBUM_PAUSE = 1.0  # seconds that an answer waits for the rest of what was sent together


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """What is to be shown once all that was sent together is heard."""

    group: str
    source: Received
    reply: Reply


@dataclass(eq=False, slots=True)
class AlbumChat(Chat):
    """A chat on Telegram.

    `album`: the answer to what was sent together, while more of it may come; `coming`: how much of what has arrived.
    """

    album: Answer | None = None
    coming: Counter[str] = field(default_factory=Counter)

    def gather(self, answer: Answer, aside: Underway, show: Callable[[Answer], None]) -> None:
        """Hold an answer back while more of what was sent together may come: the last one answers for all."""
        before, self.album = self.album, answer
        if before is None:
            aside.start(self._close(show))
        else:  # what only an earlier answer brings is not lost
            receipt = answer.reply.receipt or before.reply.receipt
            commands = answer.reply.commands or before.reply.commands
            stays = answer.reply.stays or before.reply.stays
            reply = replace(answer.reply, receipt=receipt, commands=commands, stays=stays)
            self.album = replace(answer, reply=reply)

    async def _close(self, show: Callable[[Answer], None]) -> None:
        """Show an album's answer when nothing of it has come for a while and nothing is on its way."""
        last = None
        while self.album and (self.album is not last or self.coming[last.group]):
            last = self.album
            await asyncio.sleep(ALBUM_PAUSE)
        self.show_album(show)

    def show_album(self, show: Callable[[Answer], None]) -> None:
        """Show it now, if there is one."""
        answer, self.album = self.album, None
        if answer:
            show(answer)
