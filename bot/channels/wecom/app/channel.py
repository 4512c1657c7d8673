"""The app (自建应用) as a channel: told over HTTP, at an address that WeCom must reach.

What is not answered in time comes again, also to a process that was started meanwhile; the conversation knows what it
was told before, so it has one effect.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any, TypeVar

import structlog
from starlette.routing import Route

from bot.actions import UPLOAD_LIMIT, wire
from bot.channels.channel import SettingsRefusedError, Talk
from bot.channels.chats import Chat, Chats
from bot.channels.underway import Underway
from bot.channels.wecom import joining
from bot.channels.wecom.app.api import Api
from bot.channels.wecom.app.callback import Callback
from bot.channels.wecom.app.codes import UnfitError
from bot.channels.wecom.app.inner import Inner
from bot.channels.wecom.app.passive import Answer
from bot.channels.wecom.app.screens import Screens
from bot.channels.wecom.cards import asks_for_more, page_of
from bot.channels.wecom.crypto import Seal
from bot.channels.wecom.frames import UnansweredError
from bot.channels.wecom.media import LostError, TooLargeError, upload_of
from bot.channels.wecom.naming import named_by
from bot.conversation import Event
from bot.delivery import NotArrivedError
from bot.health import Ailment
from bot.message import Message, Reply

NAME = "wecom_app"
PATH = "/wecom/callback"
FILE_LIMIT = 20 * 1024 * 1024  # bytes of a file that is handed over
AGAIN, LONGEST = (
    5.0,
    300.0,
)  # seconds until the app introduces itself again after a failure; the most, as that doubles
ENTERED = ("subscribe", "enter_agent")
WORD = "say:"  # how the key of a menu's button begins; behind it stands what it says for whoever presses it
MENU = (
    {"type": "click", "name": "首页", "key": f"{WORD}首页"},
    {"type": "click", "name": "待办", "key": f"{WORD}待办"},
    {
        "name": "更多",
        "sub_button": [
            {"type": "click", "name": word, "key": f"{WORD}{word}"}
            for word in ("排名", "测评表", "文字模式", "卡片模式", "帮助")
        ],
    },
)
WARNINGS = {
    "inactive_alert": "企业微信提醒：应用很久没有人用，快要被停用了。请几位老师在应用里发一句话。",
    "low_active_alert": "企业微信提醒：用应用的人太少，快要受限制了。请几位老师在应用里发一句话。",
    "low_active": "企业微信说用应用的人太少，已经限制了它，提醒可能送不到。可在企业微信管理后台恢复。",
    "close_inactive_agent": "企业微信已停用很久没有人用的应用，提醒送不到。可在企业微信管理后台重新启用。",
}
"""What WeCom does to an app that is hardly used; what else it does means that all is well again."""
ALERTS = ("inactive_alert", "low_active_alert")  # which the next member who says something does away with

T = TypeVar("T")

log = structlog.get_logger()


class App:
    """The conversation with an app of WeCom. `page` is how the addresses of this program's own pages begin."""

    name, word = NAME, "企业微信应用"
    way = "填写请点「打开」，或直接回复。"

    def __init__(
        self,
        talk: Talk,
        api: Api,
        seal: Seal,
        agent_id: int,
        now: Callable[[], datetime],
        *,
        page: str = "",
    ) -> None:
        self._talk, self._api, self._now, self._page = talk, api, now, page
        self._callback = Callback(seal, agent_id, self._heard, self._late, now)
        self._aside = Underway(self._failed)
        self._chats = Chats(Chat)
        self._screens = Screens(api)
        self._seen: set[str] = set()  # who was there on this day
        self._day = date.min
        self._unfit = ""  # why nothing can be sent
        self._warning = ""  # what WeCom did last to an app that is hardly used

    def link(self, code: str) -> str:
        """A page with what is to be sent to the app: no link of WeCom carries a code into a chat."""
        return joining.link_to(self._page, code)

    def routes(self) -> list[Route]:
        """What WeCom calls, and the page that a code leads to."""
        return [*self._callback.routes(PATH), *joining.routes()]

    # --- starting and stopping -----------------------------------------------------------------------------

    async def check(self) -> AsyncIterator[str]:
        """Ask for the app's name, which changes nothing. Raises SettingsRefusedError."""
        try:
            name = await self._api.name()
        except UnfitError as unfit:
            raise SettingsRefusedError(f"企业微信应用：{unfit}") from None
        except (NotArrivedError, UnansweredError) as error:
            log.info("wecom's server cannot be asked", error=str(error))
            raise SettingsRefusedError(
                "连不上企业微信的接口。请检查网络、代理和 WECOM_API_URL，过一会儿再试。"
            ) from None
        finally:
            await self._api.close()
        yield f"✓ 企业微信应用「{name}」"
        yield f"… 企业微信应用：管理后台「接收消息」的 URL 请填 {self._page or 'https://您的域名'}{PATH}，程序运行时才能保存"

    async def start(self) -> str:
        """Nothing has to be known before it runs."""
        return ""

    async def run(self) -> None:
        """Give the app its menu; from then on everything comes by callbacks, until cancelled."""
        pause = AGAIN
        while True:
            try:
                await self._noting(self._api.create_menu(list(MENU)))
                break
            except UnfitError as unfit:
                raise SettingsRefusedError(f"企业微信应用：{unfit}") from None
            except (NotArrivedError, UnansweredError) as error:
                log.warning("the menu of WeCom's app cannot be made", error=str(error))
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST)
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Let what is under way end, then the connections."""
        await self._callback.close()
        await self._aside.end()
        await self._api.close()

    def ailment(self) -> Ailment | None:
        """What keeps people from being heard or told, if anything."""
        if self._unfit:
            return Ailment(NAME, "WeCom's app cannot send", self._unfit)
        if self._warning:
            return Ailment(NAME, f"WeCom's app: {self._warning}", WARNINGS[self._warning], span="%G-W%V")
        return None

    # --- hearing -------------------------------------------------------------------------------------------

    async def _heard(self, inner: Inner) -> Answer | None:
        """Something was said or happened; what is answered at once."""
        if inner.about_the_app:
            log.warning("wecom does something to the app", what=inner.event)
            self._warning = inner.event if inner.event in WARNINGS else ""
            return None
        self._warning = "" if self._warning in ALERTS else self._warning
        first = self._first_today(inner.user)
        async with self._chats.hearing(inner.user) as chat:
            match inner.event if inner.kind == "event" else "said":
                case "template_card_event":
                    return await self._press(inner, chat)
                case "unsubscribe":
                    await asyncio.to_thread(self._talk.reaches, NAME, inner.user, False)
                case event if event in ENTERED and first:
                    look = await asyncio.to_thread(self._talk.look, NAME, inner.user)
                    return self._answered(inner, chat, look)
                case "said" | "click":
                    return await self._said(inner, chat)
        return None

    def _first_today(self, user: str) -> bool:
        """Whether somebody is here for the first time on this day: to whom opening the chat shows what stands."""
        if self._day != (today := self._now().date()):
            self._day = today
            self._seen.clear()
        first = user not in self._seen
        self._seen.add(user)
        return first

    async def _press(self, inner: Inner, chat: Chat) -> Answer | None:
        if page := page_of(inner.event_key):
            reply = await asyncio.to_thread(self._talk.look, NAME, inner.user)
            answer = self._screens.turned(inner, page, reply.screen)
        else:
            pressed, of = inner.event_key, named_by(inner.task_id)
            reply = await self._answer(chat, replace(_event(inner), press=pressed, message=of))
            answer = self._screens.pressed(inner, reply)
        if answer is None:
            self._show(chat, partial(self._screens.below, inner.user, reply, press=True))
            answer = self._screens.closed(reply.screen)
        return answer

    async def _said(self, inner: Inner, chat: Chat) -> Answer | None:
        event = await self._event(inner)
        if not asks_for_more(event.text):
            return self._answered(inner, chat, await self._answer(chat, event))
        look = await asyncio.to_thread(self._talk.look, NAME, inner.user)
        if not self._screens.has_pages(look.screen):
            return self._answered(inner, chat, await self._answer(chat, event))
        reply = await self._answer(chat, replace(event, text=None, press=wire(look.screen.here)))
        self._show(chat, partial(self._screens.turn_on, inner.user, reply.screen))
        return None

    async def _event(self, inner: Inner) -> Event:
        """What was typed or sent, or said by a button of the menu."""
        event = _event(inner)
        match inner.kind:
            case "text":
                return replace(event, text=inner.content)
            case "event":
                return replace(event, text=inner.event_key.removeprefix(WORD))
            case "image" | "file":
                return await self._sent(inner, event)
            case "voice":
                return replace(event, unreadable="voice")
            case _:
                return replace(event, unreadable="other")

    async def _sent(self, inner: Inner, event: Event) -> Event:
        """A file that somebody sent; a stranger's is left where it is."""
        if (await asyncio.to_thread(self._talk.look, NAME, inner.user)).stranger:
            return replace(event, unreadable="early")
        try:
            file = await self._api.fetch(inner.media_id, UPLOAD_LIMIT)
        except TooLargeError:
            return replace(event, unreadable="large")
        except LostError:
            return replace(event, unreadable="lost")
        return replace(event, upload=upload_of(file, inner.kind))

    async def _answer(self, chat: Chat, event: Event) -> Reply:
        if not (chat.waiting or chat.showing.locked()):  # every answer so far was shown
            event = replace(event, screen=self._screens.newest(event.address))
        return await self._talk.hear_soon(event)

    # --- showing -------------------------------------------------------------------------------------------

    def _answered(self, inner: Inner, chat: Chat, reply: Reply) -> Answer | None:
        """What was said is answered at once, where a text alone does and nothing else waits, or below."""
        if not (chat.waiting or chat.showing.locked()) and (answer := self._screens.said(inner, reply)):
            return answer
        self._show(chat, partial(self._screens.below, inner.user, reply))
        return None

    def _show(self, chat: Chat, show: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if not chat.show_soon(self._aside, show):
            log.info("a flood in a chat of WeCom is not answered")

    async def _late(self, inner: Inner, answer: Answer) -> None:
        """An answer for which WeCom does not wait any more."""
        look = await asyncio.to_thread(self._talk.look, NAME, inner.user)
        async with self._chats.showing(inner.user):
            await self._screens.late(inner, answer, look.screen)

    # --- reminding -----------------------------------------------------------------------------------------

    def sends(self) -> bool:
        """Each message makes its own call."""
        return True

    async def turn(self, address: str) -> None:
        """A message waits for its turn when it is sent."""

    async def push(self, address: str, message: Message, *, stands: bool) -> str:
        """A new message in a chat; raises what bot.delivery sorts failures by."""
        async with self._chats.showing(address):
            return await self._noting(self._screens.push(address, message, stands=stands))

    async def _noting(self, sending: Awaitable[T]) -> T:
        """Send something, and note whether WeCom takes anything at all from us."""
        try:
            sent = await sending
        except UnfitError as unfit:
            self._unfit = f"企业微信应用：{unfit}"
            raise
        self._unfit = ""
        return sent

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, UnfitError):
            self._unfit = f"企业微信应用：{error}"
        if isinstance(error, (NotArrivedError, UnansweredError)):
            log.warning("WeCom did not take an answer", error=type(error).__name__)
        else:
            log.error("the app's channel is broken", exc_info=error)


def _event(inner: Inner) -> Event:
    return Event(NAME, inner.user, inner.key, message=inner.key, marked=True, file_limit=FILE_LIMIT)
