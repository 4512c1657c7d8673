"""May this request be answered? Who asks, and from which page."""

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from urllib.parse import urlsplit

from itsdangerous import BadSignature, Signer, TimestampSigner
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.server import RELOAD
from bot.values import WEB_LOGIN

COOKIE = "chat"
SAFE_COOKIE = "__Host-chat"  # over https, where no site beside ours can set it; browsers guard the prefix
COOKIE_SECONDS = (
    400 * 24 * 3600
)  # browsers keep none for longer; https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html
COOKIE_LIMIT = 200  # characters; an address with its time and signature has 80
COOKIES_READ = 180  # of that name; browsers keep no more for one site
NO_COOKIE = "浏览器没有保存 Cookie，无法继续。请允许浏览器保存 Cookie（不要用无痕模式），再刷新页面。"
OUTDATED = "页面已过期，请刷新后再试。"
EXPIRED = "您在这个浏览器上的登录已过期。请刷新页面，按提示继续。"
UNREADABLE = "没有看懂这个请求，请刷新页面再试。"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class _At(TimestampSigner):
    """A TimestampSigner at a moment."""

    def __init__(self, secret_key: str, at: datetime) -> None:
        super().__init__(secret_key, salt="chat cookie", digest_method=hashlib.sha256, key_derivation="hmac")
        self._at = at

    def get_timestamp(self) -> int:
        """The time that a signature carries, in seconds."""
        return int(self._at.timestamp())


@dataclass(frozen=True, slots=True)
class Visitor:
    """The address in a cookie that we signed, when that was, and whether the login there is over.

    `contested`: there are cookies of other addresses, too, and a new one might take the place of the right one.
    """

    address: str
    since: datetime | None = None
    expired: bool = False
    contested: bool = False


class Door:
    """Knows visitors by their signed cookie, and our own page by its token, its Origin and its Host."""

    def __init__(self, secret_key: str, base_url: str, secure: bool, now: Callable[[], datetime]) -> None:
        self._secret, self._now = secret_key, now
        self._tokens, self._fresh = (
            Signer(secret_key, salt=salt, digest_method=hashlib.sha256, key_derivation="hmac")
            for salt in ("page token", "fresh address")
        )
        self._base = urlsplit(base_url)
        self._secure = secure

    def visitor(self, request: Request) -> Visitor | None:
        """Who sent a request, by its cookie; None without one, or when it is forged.

        Whatever the clock says, a cookie of ours stays one; a time in the future is as good as now.
        """
        now = self._now()
        signer, found = _At(self._secret, now), dict[str, datetime]()
        for value in _cookies(request):
            with suppress(BadSignature, UnicodeError):
                address, since = signer.unsign(value, return_timestamp=True)
                found.setdefault(address.decode(), since)
        for name, since in found.items():
            return Visitor(name, since, now - since > WEB_LOGIN, len(found) > 1)
        return None

    def inside(self, request: Request) -> str | None:
        """The address of a visitor whose login is not over."""
        visitor = self.visitor(request)
        return None if visitor is None or visitor.expired else visitor.address

    def admit(self, response: Response, address: str, since: datetime | None = None) -> None:
        """Make whoever gets this response the visitor of an address, from now on.

        `since`: the time of the cookie that they have. It never becomes an earlier one, for the clock may be wrong now.
        """
        now = self._now()
        value = _At(self._secret, max(now, since or now)).sign(address).decode()
        response.set_cookie(
            SAFE_COOKIE if self._secure else COOKIE,
            value,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=self._secure,
        )

    def fresh(self, address: str, key: str) -> str:
        """The address at which a visitor joins by the event of this key: known to us alone, and found again by us."""
        return self._fresh.get_signature(f"{address} {key}").decode()[:22]

    def token(self, address: str) -> str:
        """What a page of this visitor sends along to show that it is ours."""
        return self._tokens.get_signature(address).decode()

    def check_host(self, request: Request) -> None:
        """Refuse a request to another host name than ours (DNS rebinding), when we know ours."""
        host = request.headers.get("host", "").lower()
        if self._base.netloc.lower() not in ("", host) and _name(host) not in LOOPBACK:
            raise HTTPException(400, f"请用 {self._base.geturl()} 打开。")

    def check_origin(self, request: Request) -> None:
        """Refuse a request that another site's page sent.

        A form on a no-referrer page says 「Origin: null」: then Sec-Fetch-Site and the token decide.
        """
        origin = request.headers.get("origin", "null")
        host = request.headers.get("host", "")
        ours = ("null", f"{self._base.scheme}://{self._base.netloc}", f"http://{host}", f"https://{host}")
        if origin not in ours or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise HTTPException(403, "这个请求不是从本页面发出的，没有执行。")

    def check_look(self, request: Request) -> None:
        """Refuse what a person does not look at: pictures and frames in another site's page, and what is fetched early.

        https://www.w3.org/TR/fetch-metadata/
        """
        early = request.headers.get("sec-purpose") is not None
        if early or request.headers.get("sec-fetch-dest", "document") != "document":
            raise HTTPException(403, "请直接打开这个链接。")

    def check_token(self, request: Request, token: str) -> Visitor:
        """Who sent a request from a page of theirs; refused when the page is not theirs (any more)."""
        visitor = self.visitor(request)
        if visitor is None:
            raise HTTPException(403, self.why_unknown(request), RELOAD)
        if not compare_digest(self.token(visitor.address).encode(), token.encode()):
            raise HTTPException(403, OUTDATED, RELOAD)
        return visitor

    def why_unknown(self, request: Request) -> str:
        """Why somebody is not inside, in a sentence."""
        if self.visitor(request) is not None:
            return EXPIRED
        return OUTDATED if _cookies(request) else NO_COOKIE


def _cookies(request: Request) -> list[str]:
    """The values of our cookie; of the plain name, which a site beside ours may set, too, if there is no safe one.

    Ours is never quoted, and Python may unquote for minutes.
    """
    pairs = [
        pair.strip().partition("=")
        for header in request.headers.getlist("cookie")
        for pair in header.split(";")
    ]
    safe, plain = (
        [value for name, _, value in pairs if name == ours and 0 < len(value) <= COOKIE_LIMIT]
        for ours in (SAFE_COOKIE, COOKIE)
    )
    return (safe or plain)[:COOKIES_READ]


def new_address() -> str:
    """The address of a new visitor: 128 random bits."""
    return secrets.token_urlsafe(16)


def _name(host: str) -> str | None:
    """The name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
