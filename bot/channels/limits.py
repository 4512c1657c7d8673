"""How often one address, and one network (perhaps a whole school), may ask the server for what; and how much."""

import ipaddress
import time
from asyncio import timeout
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from typing import IO

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

BODY_SECONDS = 180  # a body that takes longer is given up


class Buckets:
    """Token buckets by name: `burst` at once, `per_second` in the long run; the stalest are forgotten."""

    def __init__(
        self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic, most: int = 20_000
    ) -> None:
        self._rate, self._burst, self._clock, self._most = per_second, burst, clock, most
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # name -> tokens, when

    def take(self, name: str) -> float:
        """Take one token: 0 when there was one, otherwise the seconds until there will be."""
        now = self._clock()
        level, then = self._levels.pop(name, (self._burst, now))
        level = min(self._burst, level + (now - then) * self._rate)
        wait = 0.0 if level >= 1 else (1 - level) / self._rate
        self._levels[name] = (level if wait else level - 1, now)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
        return wait

    def waits(self, name: str) -> float:
        """The seconds until there is a token, which is not taken: 0 where there is one."""
        now = self._clock()
        level, then = self._levels.get(name, (self._burst, now))
        level += (now - then) * self._rate
        return 0.0 if level >= 1 else (1 - level) / self._rate

    def knows(self, name: str) -> bool:
        """Whether a token was taken lately that is not back yet."""
        now = self._clock()
        level, then = self._levels.get(name, (self._burst, now))
        return level + (now - then) * self._rate < self._burst


class Guesses:
    """How often codes may be tried that are wrong: by one network, and over all.

    Once they are too many over all, networks are refused that guessed themselves: who has a right code is let in.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._own, self._every = Buckets(300 / 3600, 300, clock), Buckets(3000 / 3600, 3000, clock)

    def check(self, request: Request) -> None:
        """Refuse a network that guessed too often."""
        name = network(request)
        wait = self._own.waits(name)
        if not wait and self._own.knows(name):
            wait = self._every.waits("")
        if wait:
            minutes = int(wait) // 60 + 1
            raise HTTPException(
                429, f"输错的次数太多了，请等 {minutes} 分钟再试。", {"Retry-After": str(int(wait) + 1)}
            )

    def wrong(self, request: Request) -> None:
        """Count a wrong code."""
        self._own.take(network(request))
        self._every.take("")


class Limits:
    """How often one address, and one network (perhaps a whole school), may do what."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        def both(rate: float, burst: float, crowd: int) -> tuple[Buckets, Buckets]:
            return Buckets(rate, burst, clock), Buckets(rate * crowd, burst * crowd, clock)

        self._kinds = {
            "say": both(20, 60, 10),
            "look": both(5, 60, 20),
            "seen": both(5, 60, 20),
            "upload": both(30 / 60, 30, 10),
            "join": both(60 / 3600, 60, 2),
        }

    def check(self, kind: str, request: Request, address: str | None) -> None:
        """Count one request; too many are refused with the time to wait."""
        by_address, by_network = self._kinds[kind]
        wait = by_network.take(network(request))
        if address is not None:
            wait = max(wait, by_address.take(address))
        if wait:
            seconds = int(wait) + 1
            span = f"{seconds} 秒" if seconds < 90 else f"{seconds // 60 + 1} 分钟"
            raise HTTPException(429, f"操作太快了，请等 {span}再试。", {"Retry-After": str(seconds)})


def network(request: Request) -> str:
    """The network that a request comes from."""
    return network_of(request.client.host if request.client else "")


def unmapped(host: str) -> str:
    """An IPv4 address that is written as one of IPv6 (::ffff:127.0.0.1) as itself; any other host as it is."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ip.ipv4_mapped) if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped else host


@lru_cache(4096)
def network_of(host: str) -> str:
    """An IP address; of IPv6 the /64 that one household has, as addresses there cost nothing."""
    try:
        ip = ipaddress.ip_address(unmapped(host).partition("%")[0])
    except ValueError:
        return host
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))


async def body_within(request: Request, limit: int) -> bytes | None:
    """The request's body, or None when it is longer than the limit; reading stops there."""
    body = BytesIO()
    return body.getvalue() if await body_into(request, limit, body) else None


async def body_into(request: Request, limit: int, place: IO[bytes]) -> bool:
    """Write the request's body into a file as it comes; False when it is longer than the limit."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or len(declared) > 12 or int(declared) > limit:
        return False
    try:
        async with timeout(BODY_SECONDS):
            async for part in request.stream():
                place.write(part)
                if place.tell() > limit:
                    return False
    except (TimeoutError, ClientDisconnect):
        raise HTTPException(408, "没有收完，请再发一次。") from None
    return True
