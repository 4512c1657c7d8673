"""Telegram. Its library and ours are loaded where it is used."""

from bot.channels.channel import Channel, Off, Talk
from bot.lease import Lease
from bot.settings import Settings, proxy_for


def made(settings: Settings, talk: Talk, lease: Lease) -> Channel | Off:
    """The channel as the settings want it; `lease`: of asking for updates."""
    token = settings.telegram_token.get_secret_value()
    if not token:
        return Off("Telegram：没有设置 TELEGRAM_TOKEN")
    from bot.channels.telegram.channel import Telegram

    secret = settings.telegram_webhook_secret.get_secret_value()
    return Telegram(
        talk,
        token,
        settings.telegram_api_url,
        webhook_url=settings.telegram_webhook_url or None,
        webhook_secret=secret or None,
        by_proxy=bool(proxy_for(settings.telegram_api_url)),
        lease=lease,
    )
