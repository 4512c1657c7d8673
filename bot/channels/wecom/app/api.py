"""WeCom's server API as an app uses it: messages, cards that change, files, the menu.

https://developer.work.weixin.qq.com/document/path/90236 (messages), 94888 (updates), 90253 (files), 90231 (menu).
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bot.channels.pace import Quota
from bot.channels.wecom.app.calls import Calls
from bot.channels.wecom.app.codes import StaleMediaError
from bot.channels.wecom.frames import UnansweredError
from bot.channels.wecom.http import Json, form_of
from bot.channels.wecom.media import Fetched, LostError
from bot.delivery import LimitedError, NotArrivedError, NotSentError, RefusedError

QUOTA = ((25, 60.0), (900, 3600.0))  # messages to one member: above 30 and 1,000 they vanish without a word
LONGEST_TURN = 60.0  # seconds for which a message waits here for its turn
AGAIN = 300  # seconds in which WeCom shows the same message to the same member once, where that is wanted
CARD = "template_card"
MOST_FILES = 100  # whose media_id is remembered


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that arrived; `response_code` changes its card once, within 72 hours (empty: it has none)."""

    msgid: str
    response_code: str = field(repr=False)


class Api:
    """One app (`agent_id`) of one corp. `pause` is the first pause, in seconds, before something is tried again.

    Its calls raise the errors of bot/delivery.py where nothing arrived (UnfitError and AlreadySentError of codes.py
    among them, LateError of frames.py), and UnansweredError where nobody knows.
    """

    def __init__(self, url: str, corp_id: str, agent_id: int, secret: str, pause: float = 1.0) -> None:
        self._calls, self._agent_id = Calls(url, corp_id, secret, pause), agent_id
        self._quota = Quota(*QUOTA)
        self._files: OrderedDict[str, str] = OrderedDict()  # media_ids by kind, name and content

    async def close(self) -> None:
        """End all connections."""
        await self._calls.close()

    async def name(self) -> str:
        """What the app is called: shows that settings and console agree. Raises UnfitError where they do not."""
        answer = await self._calls.get("agent/get", agentid=self._agent_id)
        return str(answer.get("name", ""))

    async def send(self, user: str, kind: str, content: Mapping[str, Any], *, once: bool = False) -> Sent:
        """Put a message (kind: text, markdown, image, file, template_card) into the chat of a member.

        `once`: it is shown once however often it comes, so it is repeated when no answer came: a card because no two
        have the same task_id, anything else where it is the same within five minutes. Waits for the member's turn;
        raises LimitedError where that is over a minute away, RefusedError for who is not reached.
        """
        wait = self._quota.wait(user.casefold())
        if wait > LONGEST_TURN:
            raise LimitedError(wait)
        body = {"touser": user, "msgtype": kind, "agentid": self._agent_id, kind: content}
        if once and kind != CARD:
            body |= {"enable_duplicate_check": 1, "duplicate_check_interval": AGAIN}
        async with self._quota.call(user.casefold()):
            answer = await self._calls.post("message/send", body, again=once)
        _reached(user, f"{answer.get('invaliduser') or ''}|{answer.get('unlicenseduser') or ''}".split("|"))
        return Sent(str(answer.get("msgid", "")), str(answer.get("response_code", "")))

    async def update(self, user: str, response_code: str, card: Mapping[str, Any]) -> None:
        """Show a member another card instead of the one that gave this code, which is used up by it.

        Raises LateError for a code that is used up or older than 72 hours: send a card of its own.
        """
        await self._update(user, response_code, {"template_card": card})

    async def update_button(self, user: str, response_code: str, name: str) -> None:
        """All buttons of a card become this one, which cannot be pressed. Raises as `update`."""
        await self._update(user, response_code, {"button": {"replace_name": name}})

    async def _update(self, user: str, response_code: str, shown: Json) -> None:
        body = {"userids": [user], "agentid": self._agent_id, "response_code": response_code, **shown}
        answer = await self._calls.post("message/update_template_card", body)
        _reached(user, answer.get("invaliduser") or [])

    async def send_file(self, user: str, name: str, data: bytes, kind: str = "file") -> Sent:
        """Put a file (or kind: image) into the chat of a member. One that was sent to others is not uploaded again."""
        digest = await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
        key = f"{kind} {name} {digest}"
        if media_id := self._files.get(key):
            try:
                return await self.send(user, kind, {"media_id": media_id})
            except StaleMediaError:
                pass
        media_id = self._files[key] = await self.upload(kind, name, data)
        if len(self._files) > MOST_FILES:
            self._files.popitem(last=False)
        return await self.send(user, kind, {"media_id": media_id})

    async def upload(self, kind: str, name: str, data: bytes) -> str:
        """Hand over a file (kind: file, image, voice, video); its media_id, which is good for three days."""
        answer = await self._calls.upload("media/upload", partial(form_of, name, data), type=kind)
        media_id = answer.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise NotSentError("an upload has no media_id")
        return media_id

    async def fetch(self, media_id: str, limit: int) -> Fetched:
        """A file that somebody sent, up to so many bytes. Raises media.TooLargeError and media.LostError."""
        try:
            found = await self._calls.download("media/get", limit, media_id=media_id)
        except (NotArrivedError, UnansweredError) as error:
            raise LostError(type(error).__name__) from None
        if found is None:
            raise LostError("no file")
        return found

    async def create_menu(self, buttons: list[Json]) -> None:
        """The menu below the chat, for everybody: up to three buttons, of which each may hold five."""
        await self._calls.post("menu/create", {"button": buttons}, again=True, agentid=self._agent_id)


def _reached(user: str, missed: list[Any]) -> None:
    """Raises RefusedError for a member whom WeCom names, in small letters, among those that it did not reach."""
    if user.casefold() in {str(one).casefold() for one in missed}:
        raise RefusedError("invaliduser")
