"""One yardstick: python-telegram-bot as its own examples use it, with a handler that stores nothing.

`python -m bench.bare URL TOKEN` answers each press and changes its message, as much as ours does.
"""

import sys

from telegram import Message, Update
from telegram.ext import Application, CallbackQueryHandler, ContextTypes


async def edited(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    """A press gets a toast, and its message another first line."""
    query = update.callback_query
    if query is None:
        return
    await query.answer("已存 4 分")
    if isinstance(query.message, Message):
        text = f"第 {update.update_id} 项\n" + (query.message.text or "").partition("\n")[2]
        await query.edit_message_text(text, reply_markup=query.message.reply_markup)


def main(url: str, token: str) -> None:
    """Poll until told to stop."""
    application = Application.builder().token(token).base_url(f"{url}/bot").concurrent_updates(True).build()
    application.add_handler(CallbackQueryHandler(edited))
    application.run_polling()


if __name__ == "__main__":
    main(*sys.argv[1:])
