"""Calls of WeCom's server API: with the token of an app, again where that helps, and sorted by what became of them.

https://developer.work.weixin.qq.com/document/path/90664 and 91039 (token)
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from bot.channels.wecom.app.codes import BAD_TOKEN, FOREIGN, SETTINGS, TWICE, UnfitError, in_words, refusal
from bot.channels.wecom.app.token import Token
from bot.channels.wecom.frames import UnansweredError
from bot.channels.wecom.http import BUSY, FILE, TOTAL, Http, Json, code_in, written
from bot.channels.wecom.media import Fetched
from bot.delivery import NotArrivedError, NotSentError

TRIES = 3  # more, of what met something passing

Made = Callable[[], Any]  # a body, made anew for each try

log = structlog.get_logger()


class Calls:
    """What is asked of the server. `pause` is the first pause, in seconds, before something is tried again.

    Raises the errors of bot/delivery.py where a call surely had no effect, UnansweredError where nobody knows. With
    `again` it may be repeated, once, although it may have had one.
    """

    def __init__(self, url: str, corp_id: str, secret: str, pause: float) -> None:
        self._http, self._pause = Http(url), pause
        self._credentials = {"corpid": corp_id, "corpsecret": secret}
        self._token = Token(self._fetch_token)

    async def close(self) -> None:
        """End all connections; a later call makes new ones."""
        await self._token.close()
        await self._http.close()

    async def get(self, call: str, **query: str | int) -> Json:
        """What the server says, changing nothing."""
        return await self._call("GET", call, query, lambda: None, again=True)

    async def post(self, call: str, body: Json, *, again: bool = False, **query: str | int) -> Json:
        """Have the server do something."""
        text = written(body)
        return await self._call("POST", call, query, lambda: text, again=again)

    async def upload(self, call: str, form: Made, **query: str) -> Json:
        """Hand over a file, in a form. Never uncertain: as long as no message names it, nothing arrived."""
        try:
            return await self._call("POST", call, query, form, again=True, total=FILE)
        except UnansweredError as error:
            raise NotSentError(str(error)) from None

    async def download(self, call: str, limit: int, **query: str) -> Fetched | None:
        """A file of up to so many bytes, or None where the answer is none. Raises TooLargeError, too."""
        answer = await self._call("GET", call, query, lambda: None, again=True, total=FILE, limit=limit)
        found = answer.get("file")
        return found if isinstance(found, Fetched) else None

    async def _call(
        self,
        method: str,
        call: str,
        query: Mapping[str, str | int],
        body: Made,
        *,
        again: bool,
        total: float = TOTAL,
        limit: int = 0,
    ) -> Json:
        """What is answered. A token that is over is renewed once; what is passing is tried again after a pause."""
        lost: UnansweredError | None = (
            None  # once a call may have arrived, no later refusal says that it did not
        )
        renewed, failures = False, 0
        while True:
            try:
                token = await self._token.get()
                asked = {"access_token": token, **query}
                answer = await self._http.ask(method, call, asked, body(), total=total, limit=limit)
            except UnansweredError as error:
                if lost or not again:
                    raise
                lost = error
                continue
            except NotArrivedError as error:
                if not isinstance(error, NotSentError) or isinstance(error, UnfitError) or failures == TRIES:
                    raise lost or error from None
            else:
                code = code_in(answer)
                if code == 0:
                    return answer
                log.warning("wecom refuses a call", call=call, errcode=code)
                if code in BAD_TOKEN and not renewed:
                    renewed = True
                    self._token.drop(token)
                    continue
                if code != BUSY or failures == TRIES:
                    refused = refusal(call, code, str(answer.get("errmsg", "")))
                    raise refused if code == TWICE or lost is None else lost
            await asyncio.sleep(self._pause * 2.0**failures)
            failures += 1

    async def _fetch_token(self) -> tuple[str, float]:
        try:
            answer = await self._http.ask("GET", "gettoken", self._credentials)
        except UnansweredError as error:
            raise NotSentError(str(error)) from None
        code, token, lasts = code_in(answer), answer.get("access_token"), answer.get("expires_in")
        if code:
            log.warning("wecom gives no token", errcode=code)
            if code in SETTINGS or code == FOREIGN:
                raise UnfitError(in_words(code, str(answer.get("errmsg", ""))))
            raise refusal("gettoken", code, "")
        if not isinstance(token, str) or not token or not isinstance(lasts, int | float):
            raise NotSentError("gettoken: no token")
        return token, float(lasts)
