"""What tests of channels answer instead of the conversation."""

import asyncio

from bot.conversation import Conversation, Event
from bot.message import Reply


class MadeUp(Conversation):
    """Answers made up by a test, each in a thread of its own: one that is held holds up no other."""

    async def hear_soon(self, event: Event) -> Reply:
        """As the test's `hear`."""
        return await asyncio.to_thread(self.hear, event)
