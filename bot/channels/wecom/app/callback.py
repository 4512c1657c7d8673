"""The address at which WeCom tells an app what was said and what happened, and takes the answer.

A callback that is not answered within five seconds comes again, three times in all
(https://developer.work.weixin.qq.com/document/path/90238). So whatever takes longer is taken with an empty
answer and told later, and what comes again gets the answer that was given. Only what is signed is parsed.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.limits import Buckets, body_within
from bot.channels.underway import Underway
from bot.channels.wecom.app import passive
from bot.channels.wecom.app.inner import Inner, read
from bot.channels.wecom.app.passive import Answer
from bot.channels.wecom.crypto import ForgedError, Seal, Sealed

LARGEST = 64 * 1024  # bytes of a callback; WeCom's have up to ten thousand
ARRIVING = 5.0  # seconds for it to arrive: after that WeCom has given it up
WITHIN = 3.0  # seconds to answer in; WeCom waits for five
OLD, EARLY = (
    600,
    300,
)  # seconds that its time may differ from ours; what is older might be sent by somebody again
KEPT = float(OLD + EARLY)  # seconds for which an answer is kept: as long as what it answers could come again
MOST_KEPT = 2000  # answers
ENCRYPTED = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>")
TIME = re.compile(r"[0-9]{1,11}")
ECHO = re.compile(rb"[0-9A-Za-z+/=_-]{1,128}")  # what the console sends to try an address is a number

log = structlog.get_logger()

Heard = Callable[[Inner], Awaitable[Answer | None]]
Later = Callable[[Inner, Answer], Coroutine[Any, Any, None]]


@dataclass(eq=False)
class Hearing:
    """Something that was told: being heard, or answered. `late`: nobody waits for the answer any more."""

    at: float
    task: asyncio.Task[None] = field(init=False)
    answer: Answer | None = None
    late: bool = False


class Callback:
    """Takes callbacks for one app.

    `heard` gets each message and event once, in a task of its own, and says what is answered; what takes longer than
    `within` seconds is handed to `later`. Where `heard` raises, WeCom sends it again. `clock` is the time on the wall.
    """

    def __init__(
        self,
        seal: Seal,
        agent_id: int,
        heard: Heard,
        later: Later,
        clock: Callable[[], datetime],
        within: float = WITHIN,
    ) -> None:
        self._seal, self._agent_id = seal, str(agent_id)
        self._heard, self._later, self._clock, self._within = heard, later, clock, within
        self._hearings: OrderedDict[str, Hearing] = OrderedDict()  # by key, the oldest first
        self._aside = Underway(lambda error: log.error("a callback of WeCom is broken", exc_info=error))

    def routes(self, path: str) -> list[Route]:
        """What is answered at this path."""
        return [Route(path, self.prove, methods=["GET"]), Route(path, self.take, methods=["POST"])]

    async def close(self) -> None:
        """Let what is being heard end for a while."""
        await self._aside.end()

    async def prove(self, request: Request) -> Response:
        """The console tries the address out: show that we have the key."""
        echo = request.query_params.get("echostr", "").replace(" ", "+")
        plain = self._opened(request, echo)
        if not ECHO.fullmatch(plain):  # or else whoever saw a message pass could have it decrypted here
            raise _refusal(403, "echo")
        return PlainTextResponse(plain)

    async def take(self, request: Request) -> Response:
        """Something was said or happened."""
        inner = self._inner(self._opened(request, await _encrypted(request)))
        hearing = self._hearing(inner)
        await asyncio.wait({hearing.task}, timeout=self._within)
        if not hearing.task.done():
            hearing.late = True
        elif hearing.task.cancelled() or hearing.task.exception():
            raise HTTPException(503, "没有完成，请再发一次。")
        if hearing.answer is None:
            return Response()
        return Response(self._sealed(hearing.answer, inner), media_type="application/xml")

    def _opened(self, request: Request, encrypted: str) -> bytes:
        """What is inside, if it is WeCom that sends it, and now."""
        query = request.query_params
        names = ("msg_signature", "timestamp", "nonce")
        signature, timestamp, nonce = (query.get(name, "") for name in names)
        try:
            plain = self._seal.opened(Sealed(encrypted, signature, timestamp, nonce))
        except ForgedError as error:
            raise _refusal(403, str(error)) from None
        if not TIME.fullmatch(timestamp) or not -EARLY <= self._now() - int(timestamp) <= OLD:
            raise _refusal(403, "the time, or the clock of this machine")
        return plain

    def _inner(self, plain: bytes) -> Inner:
        """What was told, if it is for this app: nothing in it may name another one."""
        try:
            said = read(plain)
            inner = Inner.of(said)
        except ValueError as error:
            raise _refusal(400, str(error)) from None
        if said.get("ToUserName") != self._seal.receiver:
            raise _refusal(403, "corp")
        if said.get("AgentID", self._agent_id) != self._agent_id:
            raise _refusal(403, "agent")
        return inner

    def _hearing(self, inner: Inner) -> Hearing:
        """What came of it, or is about to: begun unless it was before."""
        now = self._now()
        while self._hearings:
            oldest = next(iter(self._hearings.values()))
            if len(self._hearings) < MOST_KEPT and now - oldest.at <= KEPT:
                break
            self._hearings.popitem(last=False)
        hearing = self._hearings.get(inner.key)
        if hearing is None:
            hearing = self._hearings[inner.key] = Hearing(now)
            hearing.task = self._aside.follow(self._hear(inner, hearing))
        return hearing

    async def _hear(self, inner: Inner, hearing: Hearing) -> None:
        try:
            answer = await self._heard(inner)
        except BaseException:
            self._hearings.pop(inner.key, None)  # when it comes again, it is heard again
            raise
        if not hearing.late:
            hearing.answer = answer
        elif answer is not None:
            self._aside.start(self._later(inner, answer))

    def _sealed(self, answer: Answer, inner: Inner) -> str:
        now = int(self._now())
        plain = passive.written(answer, to=inner.sender, sender=self._seal.receiver, at=now)
        sealed = self._seal.sealed(plain, str(now), token_hex(8))
        return (
            f"<xml><Encrypt><![CDATA[{sealed.encrypted}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{sealed.signature}]]></MsgSignature>"
            f"<TimeStamp>{sealed.timestamp}</TimeStamp><Nonce><![CDATA[{sealed.nonce}]]></Nonce></xml>"
        )

    def _now(self) -> float:
        return self._clock().timestamp()


async def _encrypted(request: Request) -> str:
    """What a callback encloses; what stands around it proves nothing and is not read."""
    try:
        async with asyncio.timeout(ARRIVING):
            body = await body_within(request, LARGEST)
    except TimeoutError:
        raise _refusal(408, "too slow") from None
    if body is None:
        raise _refusal(413, "too large")
    found = ENCRYPTED.search(body)
    if found is None:
        raise _refusal(400, "nothing encrypted")
    return found[1].decode()


_noted = Buckets(per_second=1 / 60, burst=10)  # lines of the log: anybody can fill it


def _refusal(status: int, why: str) -> HTTPException:
    if not _noted.take("refused"):
        log.warning("a callback is not taken as WeCom's", why=why)
    return HTTPException(status, "这不是企业微信发来的请求。")
