"""WeCom (企业微信): the bot over a long connection, which needs no public address, and the self-built app over HTTP."""

from bot.channels.wecom.bot import made as made
