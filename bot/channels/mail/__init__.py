"""Mail. Its library and ours are loaded where it is used."""

from collections.abc import Callable
from datetime import datetime

from bot.channels.channel import Channel, Off
from bot.channels.mail.codes import Codes
from bot.settings import Settings


def made(settings: Settings, codes: Codes, now: Callable[[], datetime]) -> Channel | Off:
    """The channel as the settings want it."""
    server = settings.mail_server
    if server is None:
        return Off()
    from bot.channels.mail.channel import Mail

    link = f"{settings.address}/" if settings.web_url or settings.chat != "off" else ""
    return Mail(server, link, codes, now)
