"""WeCom (企业微信): the bot over a long connection, which needs no public address, the self-built app over HTTP, and
the webhook of a group. The libraries and ours are loaded where one of them is used.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.channels.channel import Channel, Off, Talk
from bot.lease import Lease
from bot.settings import Settings


def made(
    settings: Settings,
    talk: Talk,
    now: Callable[[], datetime],
    lease: Lease,
    people: Callable[[], Sequence[tuple[str, str, str]]],
    bind: Callable[[str], None],
) -> Channel | Off:
    """The bot as the settings want it; `lease`: of its only connection.

    In a demo without a bot it is tried by `people`: (userid, name, what they do); `bind` lets one of them be known.
    """
    if settings.wecom_demo:
        from bot.channels.wecom.demo import Demo

        return Demo(talk, now, people, bind, page=settings.pages)
    if not settings.wecom_bot_id:
        return Off("" if settings.wecom_corp_id else "企业微信：没有设置 WECOM_BOT_ID")
    from bot.channels.wecom.bot.channel import Bot

    bot = settings.wecom_bot_id, settings.wecom_bot_secret.get_secret_value()
    return Bot(talk, settings.wecom_bot_url, bot, now, lease, page=settings.pages)


def made_app(settings: Settings, talk: Talk, now: Callable[[], datetime]) -> Channel | Off:
    """The app as the settings want it."""
    if not settings.wecom_corp_id:
        return Off()
    from bot.channels.wecom.app.api import Api
    from bot.channels.wecom.app.channel import App
    from bot.channels.wecom.crypto import Seal

    seal = Seal.of(
        settings.wecom_callback_token.get_secret_value(),
        settings.wecom_callback_aes_key.get_secret_value(),
        settings.wecom_corp_id,
    )
    agent, secret = int(settings.wecom_agent_id), settings.wecom_app_secret.get_secret_value()
    api = Api(settings.wecom_api_url, settings.wecom_corp_id, agent, secret)
    return App(talk, api, seal, agent, now, page=settings.pages)


def made_group(settings: Settings) -> Channel | Off:
    """The group's webhook as the settings want it."""
    if not settings.wecom_group:
        return Off()
    from bot.channels.wecom.group import Webhook

    key = settings.wecom_group_key.get_secret_value()
    return Webhook(settings.wecom_api_url, key, settings.wecom_group)
