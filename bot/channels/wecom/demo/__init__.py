"""WeCom without an enterprise: the bot against the stand-in of Tencent's side, in this process, and a page before it.

All that is typed and pressed there goes the bot's own way: over a websocket on loopback, with WeCom's limits.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial

from starlette.routing import Route

from bot.channels.channel import Talk
from bot.channels.wecom.bot.channel import Bot
from bot.channels.wecom.bot.hearing import NAME
from bot.channels.wecom.demo.pages import PATH, Colleague, Pages
from bot.channels.wecom.limits import BOT, broken
from bot.channels.wecom.tenant import Tenant
from bot.lease import Lease, nobody_else

BOT_ID, SECRET = "demo-bot", "demo-secret"


class Demo(Bot):
    """The bot of an invented enterprise. `people` work there; `bind` lets one of them be known by a userid.

    `page` is how the addresses of this program's own pages begin.
    """

    def __init__(
        self,
        talk: Talk,
        now: Callable[[], datetime],
        people: Callable[[], Sequence[Colleague]],
        bind: Callable[[str], None],
        *,
        page: str,
    ) -> None:
        super().__init__(talk, "", (BOT_ID, SECRET), now, Lease(NAME, nobody_else), page=page)
        self._there = f"{page}{PATH}"
        self._tenant = Tenant(BOT_ID, SECRET, broken=partial(broken, dialect=BOT))
        self._pages = Pages(self._tenant, people, bind)
        self._open = AsyncExitStack()

    def routes(self) -> list[Route]:
        """Beside the bot's own: the people of the enterprise, and the phone of each."""
        return [*super().routes(), *self._pages.routes()]

    async def check(self) -> AsyncIterator[str]:
        """Nobody else is needed for it."""
        nothing: tuple[str, ...] = ()
        for line in nothing:
            yield line

    async def start(self) -> str:
        """The enterprise is there, and everybody in it has written to the bot before."""
        await self._open.enter_async_context(self._tenant)
        self._connection.at(self._tenant.url)
        await self._pages.open_chats()
        return f"企业微信（演示）：{self._there}"

    async def close(self) -> None:
        """The enterprise goes last."""
        await super().close()
        await self._open.aclose()
