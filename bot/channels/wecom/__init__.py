"""WeCom (企业微信): the bot over a long connection, which needs no public address, and the self-built app over HTTP."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.channels.channel import Off, Talk
from bot.channels.wecom import bot
from bot.channels.wecom.bot import Bot
from bot.lease import Lease
from bot.settings import Settings


def made(
    settings: Settings,
    talk: Talk,
    now: Callable[[], datetime],
    lease: Lease,
    people: Callable[[], Sequence[tuple[str, str, str]]],
    bind: Callable[[str], None],
) -> Bot | Off:
    """The bot as the settings want it; `lease`: of its only connection.

    In a demo without a bot it is tried by `people`: (userid, name, what they do); `bind` lets one of them be known.
    """
    if settings.wecom_demo:
        from bot.channels.wecom.demo import Demo  # with a server of its own, that nothing else needs

        return Demo(talk, now, people, bind, page=settings.pages)
    return bot.made(settings, talk, now, lease)
