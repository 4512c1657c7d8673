"""The webhook of a group (群机器人) as a channel: what is published goes into the group, and nothing is heard there.

https://developer.work.weixin.qq.com/document/path/99110
"""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator

import structlog
from starlette.routing import Route

from bot.channels.channel import SettingsRefusedError
from bot.channels.cutting import MORE
from bot.channels.pace import Quota
from bot.channels.wecom.frames import LIMITED, PENALTY, UnansweredError
from bot.channels.wecom.http import BUSY, Http, Json, code_in, form_of, written
from bot.channels.wecom.tables import tabled
from bot.delivery import LimitedError, NotArrivedError, NotSentError, UndeliverableError
from bot.health import Ailment
from bot.message import Attachment, Message
from bot.values import WEBHOOK

QUOTA = (18, 60.0)  # calls in so many seconds: the server takes 20
TEXT = 4096  # bytes of a markdown_v2; more is refused (40058)
PICTURE = 2 * 1024 * 1024  # bytes
PICTURES = ("image/jpeg", "image/png")
GONE = 93000
WORDS = {
    GONE: "企业微信不认识这个群机器人（93000）。它可能被移出了群，或 WECOM_GROUP_KEY 不对："
    "请在群的「消息推送」里核对 Webhook 地址。",
    40058: "内容太长，企业微信不收（40058）。",
    40007: "文件在企业微信那里已经过期（40007），请再发一次。",
}
SMALL = "检查.txt", "只验证密钥，没有发到群里。".encode()

log = structlog.get_logger()


class Webhook:
    """The group that has this `key`, at the `address` by which rows know it."""

    name, word = WEBHOOK, "企业微信群机器人"
    way = None

    def __init__(self, url: str, key: str, address: str) -> None:
        self._http, self._key, self._address = Http(url), key, address
        self._quota = Quota(QUOTA)

    def link(self, code: str) -> str:
        """Nobody comes in by a group."""
        return ""

    def routes(self) -> list[Route]:
        """Nothing is asked here."""
        return []

    # --- starting and stopping -----------------------------------------------------------------------------

    async def check(self) -> AsyncIterator[str]:
        """Hand over a small file, which no message shows: the key is right if it is taken."""
        try:
            await self._upload(*SMALL)
        except NotSentError as wrong:
            raise SettingsRefusedError(f"连不上企业微信（{wrong}），请检查 WECOM_API_URL 和网络。") from None
        except LimitedError:
            raise SettingsRefusedError("调用太频繁，企业微信要求暂停一分钟，请稍后再检查。") from None
        except NotArrivedError as wrong:
            raise SettingsRefusedError(str(wrong)) from None
        yield "✓ 企业微信群机器人：密钥有效（没有往群里发任何内容）"

    async def start(self) -> str:
        """A server that is down now may be up when there is something to send."""
        return ""

    async def run(self) -> None:
        """Nothing is heard; what goes out is pushed."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """End all connections."""
        await self._http.close()

    def ailment(self) -> Ailment | None:
        """Who had something sent is told of it; nobody else misses anything."""
        return None

    # --- sending -------------------------------------------------------------------------------------------

    def sends(self) -> bool:
        """Each message makes its own call."""
        return True

    async def turn(self, address: str) -> None:
        """Wait until the group may be sent something."""
        await asyncio.sleep(self._quota.wait(self._address))

    async def push(self, address: str, message: Message, *, stands: bool) -> None:
        """A table, a picture or a file; raises what bot.delivery sorts failures by."""
        if address != self._address:
            raise UndeliverableError("群机器人已经换了，请在「群聊」里重新打开")
        if message.attachment is None:
            first, *more = tabled(message, TEXT - len(f"\n\n{MORE}".encode()))
            content = f"{first}\n\n{MORE}" if more else first
            await self._send({"msgtype": "markdown_v2", "markdown_v2": {"content": content}})
        else:
            await self._attach(message.attachment)

    async def _attach(self, file: Attachment) -> None:
        data = await asyncio.to_thread(file.read)
        if file.mime in PICTURES and len(data) <= PICTURE:
            md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
            image = {"base64": base64.b64encode(data).decode(), "md5": md5}
            await self._send({"msgtype": "image", "image": image})
            return
        media_id = await self._upload(file.name, data)
        await self._send({"msgtype": "file", "file": {"media_id": media_id}})

    async def _upload(self, name: str, data: bytes) -> str:
        """Hand over a file; its media_id. Never uncertain: as long as no message names it, nothing arrived."""
        try:
            form = form_of(name, data)
            answer = await self._call("webhook/upload_media", form, type="file")
        except UnansweredError as error:
            raise NotSentError(str(error)) from None
        media_id = answer.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise NotSentError("an upload has no media_id")
        return media_id

    async def _send(self, body: Json) -> None:
        await self._call("webhook/send", written(body))

    async def _call(self, call: str, data: object, **query: str) -> Json:
        async with self._quota.call(self._address):
            answer = await self._http.ask("POST", call, {"key": self._key, **query}, data)
        code = code_in(answer)
        if code:
            log.warning("wecom refuses what should be in a group", call=call, errcode=code)
            raise _refusal(code)
        return answer


def _refusal(code: int) -> NotArrivedError:
    """What a code that is not 0 means: it surely did not arrive."""
    if code in LIMITED:
        return LimitedError(PENALTY)
    if code == BUSY:
        return NotSentError("webhook -1")
    return UndeliverableError(WORDS.get(code, f"企业微信拒绝了（错误码 {code}）。"))
