"""WeCom's server API as an app uses it: messages, cards that change, files, the menu.

https://developer.work.weixin.qq.com/document/path/90236 (messages), 94888 (updates), 90253 and 90254 (files), 90231 (menu).
"""

import asyncio
import hashlib
import io
import json
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import structlog
from yarl import URL

from bot.channels.pace import Quota
from bot.channels.wecom.codes import (
    BAD_MEDIA,
    BAD_TOKEN,
    BUSY,
    FOREIGN,
    SETTINGS,
    UnfitError,
    in_words,
    refusal,
)
from bot.channels.wecom.frames import UnansweredError
from bot.channels.wecom.media import Fetched, LostError, TooLargeError, named
from bot.channels.wecom.token import Token
from bot.delivery import LimitedError, NotSentError, RefusedError, UndeliverableError
from bot.settings import proxy_for

CONNECT, TOTAL, FILE = 10.0, 30.0, 120.0  # seconds to connect, for a call, for one with a file
CALLS = 20  # at the same time; too many are refused (45033)
TRIES = 3  # more, of what met something passing
QUOTA = ((25, 60.0), (900, 3600.0))  # messages to one member: above 30 and 1,000 they vanish without a word
LONGEST_TURN = 60.0  # seconds for which a message waits here for its turn
AGAIN = 1800  # seconds in which WeCom shows the same message to the same member once, where that is wanted
MOST_FILES = 100  # whose media_id is remembered
ANSWER = 1024 * 1024  # bytes of an answer that is no file
UNSAFE = re.compile(r'["\\\x00-\x1f\x7f]')  # characters that a file name in a header cannot have

Json = dict[str, Any]
Ask = Callable[[str], Awaitable[Json]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that arrived; `response_code` changes its card once, within 72 hours (empty: it has none)."""

    msgid: str
    response_code: str = field(repr=False)


class Api:
    """One app (`agent_id`) of one corp. `pause` is the first pause, in seconds, before something is tried again.

    Its calls raise the errors of bot/delivery.py where nothing arrived (UnfitError and AlreadySentError of codes.py among
    them, LateError of frames.py), and UnansweredError where nobody knows.
    """

    def __init__(self, url: str, corp_id: str, agent_id: int, secret: str, pause: float = 1.0) -> None:
        self._url, self._agent_id, self._pause = URL(url), agent_id, pause
        self._credentials = {"corpid": corp_id, "corpsecret": secret}
        self._token = Token(self._fetch_token)
        self._quota = Quota(*QUOTA)
        self._files: OrderedDict[str, str] = OrderedDict()  # media_ids by kind, name and content
        self._room = asyncio.Semaphore(CALLS)
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """End all connections."""
        await self._token.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def name(self) -> str:
        """What the app is called: shows that settings and console agree. Raises UnfitError where they do not."""
        answer = await self._get("agent/get", {"agentid": self._agent_id})
        return str(answer.get("name", ""))

    async def send(self, user: str, kind: str, content: Mapping[str, Any], *, once: bool = False) -> Sent:
        """Put a message (kind: text, markdown, image, file, template_card) into the chat of a member.

        `once`: the same again within half an hour is not shown, so it may be repeated when no answer came. Waits for the
        member's turn; raises LimitedError where that is more than a minute away, RefusedError for who cannot be reached.
        """
        wait = self._quota.wait(user.casefold())
        if wait > LONGEST_TURN:
            raise LimitedError(wait)
        await self._quota.turn(user.casefold())
        body = {"touser": user, "msgtype": kind, "agentid": self._agent_id, kind: content}
        if once:
            body |= {"enable_duplicate_check": 1, "duplicate_check_interval": AGAIN}
        answer = await self._post("message/send", body, again=once)
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
        answer = await self._post("message/update_template_card", body)
        _reached(user, answer.get("invaliduser") or [])

    async def send_file(self, user: str, name: str, data: bytes, kind: str = "file") -> Sent:
        """Put a file (or kind: image) into the chat of a member. One that was sent to others is not uploaded again."""
        digest = await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())
        key = f"{kind} {name} {digest}"
        if media_id := self._files.get(key):
            try:
                return await self.send(user, kind, {"media_id": media_id})
            except UndeliverableError as error:
                if f" {BAD_MEDIA}" not in str(error):
                    raise
        media_id = self._files[key] = await self.upload(kind, name, data)
        if len(self._files) > MOST_FILES:
            self._files.popitem(last=False)
        return await self.send(user, kind, {"media_id": media_id})

    async def upload(self, kind: str, name: str, data: bytes) -> str:
        """Hand over a file (kind: file, image, voice, video); its media_id, which is good for three days.

        Its name stays raw UTF-8: percent-encoded as RFC 2231 wants it, the file counts as empty (44001).
        """

        async def ask(token: str) -> Json:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field(
                "media",
                io.BytesIO(data),
                filename=UNSAFE.sub("_", name),
                content_type="application/octet-stream",
            )
            return await self._ask("POST", "media/upload", {"access_token": token, "type": kind}, form, FILE)

        try:
            media_id = (await self._call("media/upload", ask, again=True)).get("media_id")
        except UnansweredError as error:  # as long as no message names the file, nothing arrived
            raise NotSentError(str(error)) from None
        if not isinstance(media_id, str) or not media_id:
            raise NotSentError("an upload has no media_id")
        return media_id

    async def fetch(self, media_id: str, limit: int) -> Fetched:
        """A file that somebody sent, up to so many bytes. Raises media.TooLargeError and media.LostError."""

        async def ask(token: str) -> Json:
            query = {"access_token": token, "media_id": media_id}
            return await self._ask("GET", "media/get", query, None, FILE, limit)

        try:
            answer = await self._call("media/get", ask, again=True)
        except (NotSentError, LimitedError, UndeliverableError, UnansweredError) as error:
            raise LostError(type(error).__name__) from None
        found = answer.get("file")
        if not isinstance(found, Fetched):
            raise LostError("no file")
        return found

    async def create_menu(self, buttons: list[Json]) -> None:
        """The menu below the chat, for everybody: up to three buttons, of which each may hold five."""
        await self._post("menu/create", {"button": buttons}, again=True, agentid=self._agent_id)

    async def _get(self, call: str, query: Json) -> Json:
        async def ask(token: str) -> Json:
            return await self._ask("GET", call, {"access_token": token, **query}, None)

        return await self._call(call, ask, again=True)

    async def _post(self, call: str, body: Json, *, again: bool = False, **query: int) -> Json:
        written = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()  # 40033: no escapes

        async def ask(token: str) -> Json:
            return await self._ask("POST", call, {"access_token": token, **query}, written)

        return await self._call(call, ask, again=again)

    async def _call(self, call: str, ask: Ask, *, again: bool) -> Json:
        """What a call answers. A token that is over is renewed once; what is passing is tried again after a pause.

        `again`: it may be repeated, once, although it may have arrived.
        """
        renewed = lost = False
        failures = 0
        while True:
            try:
                token = await self._token.get()
                answer = await ask(token)
            except UnfitError:
                raise
            except NotSentError:
                if failures == TRIES:
                    raise
            except UnansweredError:
                if lost or not again:
                    raise
                lost = True
                continue
            else:
                code = _code(answer)
                if code == 0:
                    return answer
                log.warning("wecom refuses a call", call=call, errcode=code)
                if code in BAD_TOKEN and not renewed:
                    renewed = True
                    self._token.drop(token)
                    continue
                if code != BUSY or failures == TRIES:
                    raise refusal(call, code, str(answer.get("errmsg", "")))
            await asyncio.sleep(self._pause * 2.0**failures)
            failures += 1

    async def _fetch_token(self) -> tuple[str, float]:
        try:
            answer = await self._ask("GET", "gettoken", self._credentials, None)
        except UnansweredError as error:
            raise NotSentError(str(error)) from None
        code, token, lasts = _code(answer), answer.get("access_token"), answer.get("expires_in")
        if code:
            log.warning("wecom gives no token", errcode=code)
            if code in SETTINGS or code == FOREIGN:
                raise UnfitError(in_words(code, str(answer.get("errmsg", ""))))
            raise refusal("gettoken", code, "")
        if not isinstance(token, str) or not token or not isinstance(lasts, int | float):
            raise NotSentError("gettoken: no token")
        return token, float(lasts)

    async def _ask(
        self,
        method: str,
        call: str,
        query: Mapping[str, Any],
        data: Any,
        total: float = TOTAL,
        limit: int = 0,
    ) -> Json:
        """What the server answers to one request, `limit` bytes at most: JSON, or a file (then as `file`).

        Raises NotSentError and UnansweredError. The texts of aiohttp's errors hold the address, and with it what is
        secret, so only their names go on.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(proxy=proxy_for(str(self._url)))
        timeout = aiohttp.ClientTimeout(total=total, connect=CONNECT)
        headers = {"Content-Type": "application/json"} if isinstance(data, bytes) else {}
        url = (self._url / "cgi-bin" / call).with_query(query)
        try:
            async with (
                self._room,
                self._session.request(
                    method, url, data=data, headers=headers, timeout=timeout, allow_redirects=False
                ) as answer,
            ):
                return await _read(call, answer, limit)
        except (
            aiohttp.ClientConnectorError,
            aiohttp.ClientHttpProxyError,
            aiohttp.ConnectionTimeoutError,
        ) as error:
            raise NotSentError(f"{call}: no connection ({type(error).__name__})") from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise UnansweredError(f"{call}: {type(error).__name__}") from None


async def _read(call: str, answer: aiohttp.ClientResponse, limit: int) -> Json:
    if answer.status != 200:
        raise UnansweredError(f"{call}: {answer.status}")
    disposition = answer.headers.get("Content-Disposition", "")
    data = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        data += chunk
        if len(data) > (limit if disposition else ANSWER):
            raise TooLargeError
    if disposition:
        return {"file": Fetched(named(disposition), bytes(data))}
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UnansweredError(f"{call}: no JSON")
    return found


def _code(answer: Json) -> int:
    """The errcode of an answer; 0 where it has none."""
    code = answer.get("errcode", 0)
    return code if type(code) is int else BUSY


def _reached(user: str, missed: list[Any]) -> None:
    """Raises RefusedError for a member whom WeCom names, in small letters, among those that it did not reach."""
    if user.casefold() in {str(one).casefold() for one in missed}:
        raise RefusedError("invaliduser")
