"""How somebody comes in who was given a code: a page with the words to send to the bot, and 复制."""

from pathlib import Path
from string import Template

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.store.codes import clean_code

JOIN, STATIC = "/wecom/join/", "/wecom/static/"
PAGE = Path(__file__).parent / "page"
TYPES = {".css": "text/css", ".js": "text/javascript"}
LONGEST = 40  # characters of what may be a code


def words(code: str) -> str:
    """What is sent to the bot."""
    return f"绑定 {code}"


def link_to(pages: str, code: str) -> str:
    """The page's address; empty where people reach no page of ours."""
    return f"{pages}{JOIN}{code}" if pages else ""


def routes() -> list[Route]:
    """The page and what it is made of. It tells nobody whether a code is good."""
    return [Route(f"{JOIN}{{code}}", _page), Route(f"{STATIC}{{name}}", _static)]


async def _page(request: Request) -> Response:
    typed = request.path_params["code"]
    code = clean_code(typed) if len(typed) <= LONGEST else None
    if not code:
        raise HTTPException(404)
    page = Template(_FILES["join.html"].decode()).substitute(words=words(code))
    return Response(page, media_type="text/html")


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _FILES or Path(name).suffix not in TYPES:
        raise HTTPException(404)
    return Response(_FILES[name], media_type=TYPES[Path(name).suffix])


_FILES = {path.name: path.read_bytes() for path in PAGE.iterdir()}
