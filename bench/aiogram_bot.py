"""The other yardstick: aiogram as its own examples use it, with a handler that stores nothing.

`python -m bench.aiogram_bot URL TOKEN` in an environment of its own, without ours: it wants another pydantic.
"""

import asyncio
import sys

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import CallbackQuery, Message

dispatcher = Dispatcher()
edits = 0


@dispatcher.callback_query()
async def edited(query: CallbackQuery) -> None:
    """A press gets a toast, and its message another first line."""
    global edits
    await query.answer("已存 4 分")
    if isinstance(query.message, Message):
        edits += 1
        text = f"第 {edits} 项\n" + (query.message.text or "").partition("\n")[2]
        await query.message.edit_text(text, reply_markup=query.message.reply_markup)


def main(url: str, token: str) -> None:
    """Poll until told to stop."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    asyncio.run(dispatcher.start_polling(Bot(token, session=session)))


if __name__ == "__main__":
    main(*sys.argv[1:])
