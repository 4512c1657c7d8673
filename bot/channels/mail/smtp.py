"""A letter is handed to a mail server; what its answers mean.

Until the letter itself is on its way nothing has arrived, whatever goes wrong. From then on only an answer says so:
without one nobody knows, and the error is whatever it was. What is raised names nobody: a server's words may.
"""

import asyncio
import ssl
from contextlib import suppress
from email.message import EmailMessage

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from bot.delivery import NotSentError, RefusedError, UndeliverableError
from bot.settings import MailServer

BEFORE, AFTER = 45.0, 45.0  # seconds until the letter is on its way, and for its answer: a lease is longer
HERE = "localhost"  # what we call ourselves: asking for the name of this machine may take long


class ServerRefusedError(NotSentError):
    """The server takes nothing from us as it is set up, so somebody should look: `words` say why."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Smtp:
    """One mail server; each letter has a connection of its own."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def hand_over(self, letter: EmailMessage, to: str) -> None:
        """Give a letter to the server. Raises the errors of bot.delivery where it surely did not take it."""
        client = self._client()
        try:
            await self._begin(client, to)
            await self._send(client, letter)
        finally:
            client.close()

    async def try_login(self) -> None:
        """Connect and log in. Raises NotSentError."""
        client = self._client()
        try:
            await self._begin(client, "")
            with suppress(SMTPException, OSError, TimeoutError):
                await client.quit(timeout=5)
        finally:
            client.close()

    def _client(self) -> SMTP:
        server = self._server
        encrypted = bool(server.password) and not server.local
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            use_tls=server.tls,
            # Offered, it is taken; a password goes through nothing else. Nobody listens on the way to this machine.
            start_tls=False if server.tls else True if encrypted else None,
            validate_certs=not server.local,
            local_hostname=HERE,
            timeout=BEFORE,
        )

    async def _begin(self, client: SMTP, to: str) -> None:
        """All that comes before the letter, as far as its address. Raises NotSentError and RefusedError."""
        try:
            async with asyncio.timeout(BEFORE):
                await client.connect()
                if to:
                    await client.mail(self._server.sender[1])
                    await client.rcpt(to)
        except SMTPRecipientRefused as wrong:
            if _for_good(wrong):
                raise RefusedError(f"RCPT {wrong.code}") from None
            raise NotSentError(f"RCPT {wrong.code}") from None
        except SMTPAuthenticationError as wrong:
            if _for_good(wrong):
                raise ServerRefusedError(f"登录被拒绝（{wrong.code}）") from None
            raise NotSentError(f"AUTH {wrong.code}") from None
        except SMTPSenderRefused as wrong:
            if _for_good(wrong):
                raise ServerRefusedError(f"不接受发件人（{wrong.code}）") from None
            raise NotSentError(f"MAIL {wrong.code}") from None
        except SMTPResponseException as wrong:
            raise NotSentError(f"answer {wrong.code}") from None
        except (SMTPException, OSError, TimeoutError) as wrong:
            if isinstance(wrong, ssl.SSLError) or isinstance(wrong.__cause__, ssl.SSLError):
                raise ServerRefusedError("的加密连接建立不了（证书或端口不对）") from None
            raise NotSentError(type(wrong).__name__) from None

    async def _send(self, client: SMTP, letter: EmailMessage) -> None:
        """The letter, and its answer. Without one, whatever went wrong is raised: nobody knows."""
        try:
            async with asyncio.timeout(AFTER):
                await client.data(letter.as_bytes())
        except SMTPDataError as wrong:
            if _for_good(wrong):
                raise UndeliverableError(f"DATA {wrong.code}") from None
            raise NotSentError(f"DATA {wrong.code}") from None
        with suppress(SMTPException, OSError, TimeoutError):  # it has the letter
            await client.quit(timeout=5)


def _for_good(wrong: SMTPResponseException) -> bool:
    """Whether it would say the same tomorrow."""
    return wrong.code >= 500
