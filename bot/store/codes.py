"""The letters of a code: 邀请码, 移交码, 登录码; and how often a chat may try a wrong one."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.permissions import Me
from bot.store.database import Session, lock
from bot.store.tables import ADDRESS
from scoring.numerals import halfwidth

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that are read for one another
CODE_LENGTH = 8
_CODE = re.compile(f"[{CODE_LETTERS}]{{{CODE_LENGTH}}}")
_LETTER = f"[{CODE_LETTERS}]"
_CODE_IN_LINK = re.compile(
    rf"(?:(?:/|%2F)join(?:/|%2F)|[?&]start=|/start\s)({_LETTER}{{{CODE_LENGTH}}})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_CODE_BY_NAME = re.compile(
    rf"(?:[请交]码[是为:=\s]*|(?:码|code)[:=]\s*)({_LETTER}{{4}}[\s·._—–-]?{_LETTER}{{4}})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_CODE_AMONG_WORDS = re.compile(rf"(?<![0-9A-Za-z/=@.])({_LETTER}{{{CODE_LENGTH}}})(?![0-9A-Za-z/=@])")
TRIES, TRIES_SPAN = 5, timedelta(hours=1)


def new_code() -> str:
    """A fresh invitation code: about 39 bits, so that five guesses an hour never meet one."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def proof_of(code: str) -> int:
    """A number by which who has a code shows that, where its letters may not stand; 31 bits."""
    return int.from_bytes(hashlib.sha256(code.encode()).digest()[:4]) >> 1


def clean_code(text: str) -> str:
    """The code in what was typed or pasted, in any letters, with spaces or dashes, in a link, in a whole invitation.

    Empty when there is none.
    """
    form = halfwidth(text)
    if code := _plain_code(form):
        return code
    found = {word for word in _CODE_AMONG_WORDS.findall(form) if not word.isdecimal()}
    return found.pop() if len(found) == 1 else ""


def _plain_code(form: str) -> str:
    named = _CODE_IN_LINK.search(form) or _CODE_BY_NAME.search(form)
    letters = re.sub(r"[^0-9A-Za-z\u4e00-\u9fff@=]", "", named[1] if named else form).upper()
    return letters if _CODE.fullmatch(letters) else ""


def looks_like_code(text: str, *, anywhere: bool = True) -> bool:
    """Whether a text is a code or a link to one, or (`anywhere`) has one in it."""
    return bool(clean_code(text) if anywhere else _plain_code(halfwidth(text)))


_MISREAD = "01ILOU"
_HOST = re.compile(r"https?://([^/\s?#@]{1,200})/([^\s?]{0,100})", re.IGNORECASE)


def unlike(text: str) -> tuple[list[str], int]:
    """What is wrong with a text that is to be a code: its letters that no code has, or how many letters it has."""
    letters = re.sub(r"[\s·._—–-]", "", halfwidth(text)).upper()
    if not re.fullmatch("[0-9A-Z]{4,12}", letters):
        return [], 0
    wrong = [letter for letter in dict.fromkeys(letters) if letter in _MISREAD]
    return (wrong, 0) if len(letters) == CODE_LENGTH else ([], len(letters))


def host_in(text: str, ours: Sequence[str]) -> str:
    """Where a link in a text leads, if to none of `ours` (how links of ours begin): a host, or a bot of Telegram."""
    found = _HOST.search(halfwidth(text))
    if found is None or any(found[0].lower().startswith(url.split("?")[0].lower()) for url in ours):
        return ""
    host = found[1].lower()
    return f"{host}/{found[2]}" if host in ("t.me", "telegram.me") else host


_TRIED = sa.select(ADDRESS.c.tries, ADDRESS.c.tries_since).where(ADDRESS.c.id == sa.bindparam("address"))
_COUNT = (
    sa.update(ADDRESS)
    .where(ADDRESS.c.id == sa.bindparam("address"))
    .values(tries=sa.bindparam("count"), tries_since=sa.bindparam("since"))
)


def count_try(session: Session, *, me: Me) -> None:
    """Count a wrong code against this address."""
    tries, since = session.execute(_TRIED, {"address": me.address_id}).one()
    if since is None or not timedelta(0) <= me.now - since < TRIES_SPAN:
        tries, since = 0, me.now
    session.execute(_COUNT, {"address": me.address_id, "count": tries + 1, "since": since})


def blocked_until(session: Session, *, me: Me) -> datetime | None:
    """When this address may try a code again, if its tries are used up; it stays locked until the unit of work ends."""
    lock(session, ADDRESS, me.address_id)
    row = session.execute(_TRIED, {"address": me.address_id}).first()
    if row is None or row.tries_since is None or row.tries < TRIES:
        return None
    until: datetime = row.tries_since + TRIES_SPAN
    return until if row.tries_since <= me.now < until else None
