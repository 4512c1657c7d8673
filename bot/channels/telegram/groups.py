"""Group chats: 排名 for whoever may ask for it there; everybody else is told to write in private.

In a group a bot with privacy mode hears commands alone, https://core.telegram.org/bots/features#privacy-mode
"""

import asyncio
import re
from functools import partial
from typing import Any

from telegram import Chat as TelegramChat
from telegram import ChatMember, Update
from telegram import Message as Received
from telegram.error import ChatMigrated

from bot.channels.channel import Talk
from bot.channels.pace import Pace
from bot.channels.telegram.api import Api
from bot.channels.telegram.http import patiently
from bot.channels.telegram.shape import shape
from bot.channels.underway import Underway
from bot.conversation import Group
from bot.message import Message

COMMANDS = (("standings", "排名"),)
PRIVATELY = "为保护支部数据，请私聊我使用。"
COMMAND = re.compile(r"(/\w+)(?:@(\w+))?\s*")
GAP = 3.0  # seconds: 20 messages a minute, https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
GONE = (ChatMember.BANNED, ChatMember.LEFT)


class Groups:
    """What is heard and said in group chats. Whoever types is known by the private chat, which has the same number."""

    def __init__(self, talk: Talk, api: Api, pace: Pace, aside: Underway) -> None:
        self._talk, self._api, self._pace, self._aside = talk, api, pace, aside

    async def hear(self, update: Update, chat: TelegramChat, username: str) -> None:
        """Anything that comes from a group chat but a press; what it changes is stored when this returns."""
        address, message = str(chat.id), update.message
        if update.my_chat_member:
            if update.my_chat_member.new_chat_member.status in GONE:
                await asyncio.to_thread(self._talk.group_left, "telegram", address)
        elif message is None:
            return
        elif message.migrate_to_chat_id:
            await self._moved(address, str(message.migrate_to_chat_id))
        elif message.migrate_from_chat_id:
            await self._moved(str(message.migrate_from_chat_id), address)
        elif command := _command(message, username):
            await self._answer_to(command, message, chat, username)

    async def _moved(self, address: str, to: str) -> None:
        await asyncio.to_thread(self._talk.group_moved, "telegram", address, to)

    async def _answer_to(self, command: str, message: Received, chat: TelegramChat, username: str) -> None:
        group = Group("telegram", str(chat.id), chat.title or "")
        person = str(message.from_user.id) if message.from_user else ""
        answer = await asyncio.to_thread(self._talk.ask_in_group, group, person, command)
        if answer is None:
            self._aside.start(self._send(chat.id, Message("", (PRIVATELY,)), username))
        elif self._pace.free(group.address, GAP):
            self._aside.start(self._send(chat.id, answer, username))

    async def _send(self, chat: int, answer: Message, username: str) -> None:
        """One message, whose only button leads to the private chat."""
        there = {"text": "私聊", "url": f"https://t.me/{username}"}
        said: dict[str, Any] = {**shape(answer), "reply_markup": {"inline_keyboard": [[there]]}}
        try:
            await patiently(partial(self._api.send, "sendMessage", chat_id=chat, **said))
        except ChatMigrated as moved:
            await self._moved(str(chat), str(moved.new_chat_id))
            await patiently(partial(self._api.send, "sendMessage", chat_id=moved.new_chat_id, **said))


def _command(message: Received, username: str) -> str:
    """A command without the bot's own name; empty for anything else, also for another bot's."""
    found = COMMAND.match(message.text or "")
    if found is None or (found[2] or username).lower() != username.lower():
        return ""
    return found[1].lower()
