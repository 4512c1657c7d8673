"""The yardstick: python-telegram-bot as its own examples use it, with a handler that stores nothing.

`python -m bench.bare URL answer` only answers each press; `… edit` also changes the message, as much as ours does.
"""

import sys

from telegram import Message, Update
from telegram.ext import Application, CallbackQueryHandler, ContextTypes

from tests.botapi import TOKEN


async def answered(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    """A press gets a toast."""
    if update.callback_query is not None:
        await update.callback_query.answer("已存 4 分")


async def edited(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """A press gets a toast, and its message another first line."""
    await answered(update, context)
    query = update.callback_query
    if query is not None and isinstance(query.message, Message):
        text = f"第 {update.update_id} 项\n" + (query.message.text or "").partition("\n")[2]
        await query.edit_message_text(text, reply_markup=query.message.reply_markup)


def main(url: str, kind: str) -> None:
    """Poll until told to stop."""
    application = Application.builder().token(TOKEN).base_url(f"{url}/bot").concurrent_updates(True).build()
    application.add_handler(CallbackQueryHandler(edited if kind == "edit" else answered))
    application.run_polling()


if __name__ == "__main__":
    main(*sys.argv[1:])
