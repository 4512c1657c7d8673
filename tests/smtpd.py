"""A mail server on this machine: takes letters as a real one does, and what a test wants to go wrong does."""

import asyncio
import email
import ssl
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class PostOffice:
    """`letters` as (address, letter) in their order. `says` answers an address (RCPT), `ends` a letter (DATA).

    What `ends` raises (ConnectionError) ends the connection without an answer; `hold` keeps it back. `login`: who may,
    as (user, password); None: anybody. With `tls` it offers STARTTLS, and `encrypted` says which letters came so.
    """

    letters: list[tuple[str, EmailMessage]] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    says: Callable[[str], str] = lambda address: "250 OK"
    ends: Callable[[str], str] = lambda address: "250 OK"
    login: tuple[str, str] | None = None
    tls: ssl.SSLContext | None = None
    encrypted: list[bool] = field(default_factory=list)
    hold: asyncio.Event | None = None
    logins: int = 0
    host: str = "127.0.0.1"
    port: int = 0
    _server: asyncio.Server | None = None

    async def open(self) -> "PostOffice":
        """Listen; on the port of before, if it was open before."""

        def protocol() -> SMTP:
            with warnings.catch_warnings(
                action="ignore"
            ):  # a login without TLS, which is for this machine alone
                return SMTP(
                    self,
                    hostname="post.invalid",
                    tls_context=self.tls,
                    authenticator=self._logs_in if self.login else None,
                    auth_required=self.login is not None,
                    auth_require_tls=False,
                    loop=asyncio.get_running_loop(),
                )

        self._server = await asyncio.get_running_loop().create_server(protocol, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def close(self) -> None:
        """Nobody is there any more."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    @property
    def url(self) -> str:
        """As SMTP_URL names it."""
        return f"smtp://{self.host}:{self.port}"

    def to(self, address: str) -> list[str]:
        """The texts of the letters to an address."""
        return [text(letter) for where, letter in self.letters if where == address]

    def _logs_in(self, server: SMTP, session: Session, envelope: Envelope, way: str, said: Any) -> AuthResult:
        given = cast(LoginPassword, said)
        self.logins += 1
        known = (given.login.decode(), given.password.decode()) == self.login
        return AuthResult(success=known, handled=False)

    async def handle_RCPT(  # noqa: N802  the library calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """An address is given."""
        self.tried.append(address)
        answer = self.says(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """A letter is given; it is here, whatever is answered."""
        letter = email.message_from_bytes(cast(bytes, envelope.content), policy=default)
        self.letters += [(address, letter) for address in envelope.rcpt_tos]
        self.encrypted.append(session.ssl is not None)
        if self.hold is not None:
            await self.hold.wait()
        try:
            return self.ends(envelope.rcpt_tos[0])
        except ConnectionError:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "250 OK"


def text(letter: EmailMessage) -> str:
    """What a letter says."""
    return str(letter.get_content()).replace("\r\n", "\n")


@asynccontextmanager
async def post_office(**how: Any) -> AsyncIterator[PostOffice]:
    """A server that is open."""
    office = await PostOffice(**how).open()
    try:
        yield office
    finally:
        await office.close()
