"""Mail: notify only. A letter a day of what no chat rang for, and the codes by which people confirm their address.

Nothing is heard here. What a letter says is drawn by the conversation; what it looks like is in letters.py, how it is
handed over, and what the server's answers mean, in smtp.py.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from email.message import EmailMessage

import structlog
from starlette.routing import Route

from bot.channels.channel import SettingsRefusedError
from bot.channels.mail import letters
from bot.channels.mail.codes import Codes
from bot.channels.mail.smtp import ServerRefusedError, Smtp
from bot.channels.pace import Pace
from bot.delivery import NotArrivedError, NotSentError, RefusedError
from bot.health import Ailment
from bot.message import Message
from bot.settings import MailServer
from bot.values import MailedCode

A_SECOND = 2  # letters: mail providers take few at once from one sender
PAUSE = 2.0  # seconds between two looks for codes that are to be mailed
PATIENCE = timedelta(minutes=5)  # of failures, after which somebody should look

log = structlog.get_logger()


class Mail:
    """Letters to the addresses that people gave; `link` leads back to our page, and is empty where there is none."""

    name, word = "mail", "邮件"
    way = None

    def __init__(self, server: MailServer, link: str, codes: Codes, now: Callable[[], datetime]) -> None:
        self._server, self._link, self._codes, self._now = server, link, codes, now
        self._smtp, self._pace = Smtp(server), Pace(A_SECOND, 0.0)
        self._failing: tuple[datetime, NotArrivedError] | None = None  # since when, and with what at last

    def link(self, code: str) -> str:
        """Nobody comes in by mail."""
        return ""

    def routes(self) -> list[Route]:
        """Nothing is asked here."""
        return []

    # --- starting and stopping ---

    async def check(self) -> AsyncIterator[str]:
        """Log in at the server."""
        try:
            await self._smtp.try_login()
        except ServerRefusedError as wrong:
            hint = "QQ、163 等邮箱要用授权码，不是登录密码。" if "登录" in wrong.words else ""
            raise SettingsRefusedError(f"邮件服务器{wrong.words}，请检查 SMTP_URL。{hint}") from None
        except NotSentError as wrong:
            raise SettingsRefusedError(
                f"连不上邮件服务器 {self._server.host}:{self._server.port}（{wrong}），请检查 SMTP_URL 和网络。"
            ) from None
        yield f"✓ 邮件：{self._server.host}:{self._server.port}"

    async def start(self) -> str:
        """A server that is down now may be up when there is something to send."""
        return f"邮件提醒：{self._server.host}"

    async def run(self) -> None:
        """Mail codes until cancelled; letters are pushed."""
        while True:
            try:
                for code in await asyncio.to_thread(self._codes.take, self._now()):
                    await self._mail(code)
            except Exception as wrong:
                log.error("codes cannot be mailed", error=type(wrong).__name__)
            await asyncio.sleep(PAUSE)

    async def close(self) -> None:
        """Each letter had a connection of its own."""

    def ailment(self) -> Ailment | None:
        """What has kept letters from being sent for a while, or for good."""
        if self._failing is None:
            return None
        since, wrong = self._failing
        if isinstance(wrong, ServerRefusedError):
            said = f"提醒邮件发不出去：邮件服务器{wrong.words}。请维护人员检查 SMTP_URL 和 MAIL_FROM。"
        elif self._now() - since >= PATIENCE:
            said = "连不上邮件服务器，提醒邮件暂时发不出去。请维护人员检查网络和 SMTP_URL。"
        else:
            return None
        return Ailment("mail", f"mail does not work: {wrong}", said)

    # --- telling ---

    def sends(self) -> bool:
        """Each letter makes its own connection."""
        return True

    async def turn(self, address: str) -> None:
        """Wait until the server may get a letter."""
        await self._pace.turn(address)

    async def push(self, address: str, message: Message, *, stands: bool) -> None:
        """The letter of the day."""
        await self._send(
            letters.notice(self._server.sender, address, self._link, message, self._now()), address
        )

    async def _mail(self, code: MailedCode) -> None:
        await self._pace.turn(code.address)
        try:
            await self._send(letters.code(self._server.sender, code, self._now()), code.address)
        except RefusedError:
            await asyncio.to_thread(self._codes.refused, code, self._now())
        except NotArrivedError as wrong:
            log.warning("a code was not mailed", code=code.id, error=str(wrong))
            await asyncio.to_thread(self._codes.later, code, self._now())
        except Exception as wrong:  # it may have arrived: who has nothing asks for another one
            log.warning("nobody knows whether a code was mailed", code=code.id, error=type(wrong).__name__)
            await asyncio.to_thread(self._codes.sent, code)
        else:
            await asyncio.to_thread(self._codes.sent, code)

    async def _send(self, letter: EmailMessage, to: str) -> None:
        try:
            await self._smtp.hand_over(letter, to)
        except NotSentError as wrong:
            self._failing = (self._failing[0] if self._failing else self._now(), wrong)
            raise
        self._failing = None
