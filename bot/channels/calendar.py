"""A person's calendar at its secret address, for a phone's calendar, which brings no cookie."""

import asyncio
import hashlib
import re
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.limits import Limits

KEY = re.compile(r"[A-Za-z0-9_-]{32}")


def calendar_route(calendar: Callable[[str], bytes | None]) -> Route:
    """GET /calendar/<secret>.ics. `calendar` knows what a secret opens, or None; it blocks."""
    limits = Limits()

    async def serve(request: Request) -> Response:
        limits.check("look", request, None)
        key = request.path_params["key"]
        data = await asyncio.to_thread(calendar, key) if KEY.fullmatch(key) else None
        if data is None:
            raise HTTPException(404, "没有这个日历，地址可能已经换过。请在「日历订阅」里查看。")
        tag = hashlib.sha256(data).hexdigest()[:16]
        headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
        if tag in request.headers.get("if-none-match", ""):  # a proxy that compresses marks it as weak
            return Response(status_code=304, headers=headers)
        return Response(data, media_type="text/calendar", headers=headers)

    return Route("/calendar/{key}.ics", serve)
