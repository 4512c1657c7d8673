"""An app that calls WeCom's server on loopback, and what its members see."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.channels.wecom.app.api import Api
from tests.channels.wecom_fakes import card
from tests.wecom_api import AGENT, CORP, SECRET, WeComApi

TEXT = {"content": "第三季度：请在 10月15日前交 <资料>。"}


@asynccontextmanager
async def calling(server: WeComApi, **other: Any) -> AsyncIterator[Api]:
    about = {"corp_id": CORP, "agent_id": AGENT, "secret": SECRET, "pause": 0.01}
    api = Api(server.url, **{**about, **other})
    try:
        yield api
    finally:
        await api.close()


def shown(server: WeComApi, userid: str = "ZhangSan") -> list[Any]:
    return [message.content for message in server.member(userid).messages]


def a_card(task_id: str, title: str = "第 7 项", buttons: int = 2) -> dict[str, Any]:
    found: dict[str, Any] = card(task_id, title, buttons)["template_card"]
    return found
