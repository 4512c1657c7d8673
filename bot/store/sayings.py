"""What was typed lately: to ask where it belongs, and to understand a message that was edited afterwards."""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bot.permissions import Me
from bot.store.database import Session, insert
from bot.store.tables import SAYING
from bot.values import Saying
from scoring.refusal import Refused

KEPT = 24  # texts of each chat, and files without one; who edits an older message is told so
_s = SAYING.c


_ROW = sa.select(_s.id, _s.text, _s.places, _s.heard, _s.message, _s.was, _s.files)
_ONE = _ROW.where(_s.id == sa.bindparam("number"), _s.address_id == sa.bindparam("address"))
_OF_MESSAGE = _ROW.where(
    _s.address_id == sa.bindparam("address"), _s.message == sa.bindparam("name")
).order_by(_s.at.desc(), _s.id.desc())
_MINE = _s.address_id == sa.bindparam("address")


def _forget(alike: sa.ColumnElement[bool]) -> sa.Delete:
    kept = sa.select(_s.id).where(_MINE, alike).order_by(_s.id.desc()).limit(KEPT)
    return sa.delete(SAYING).where(_MINE, alike, _s.id.not_in(kept))


_FORGET_TEXTS, _FORGET_FILES = _forget(_s.text != ""), _forget(_s.text == "")
_FORMER = sa.select(_s.text, _s.message).where(_MINE, _s.message.is_not(None), _s.text != "").order_by(_s.id)
_HEARD = (
    sa.update(SAYING)
    .where(_s.id == sa.bindparam("number"))
    .values(heard=True, places=sa.bindparam("there"), at=sa.bindparam("now", type_=_s.at.type))
)


def add(
    session: Session,
    *,
    me: Me,
    text: str,
    places: Sequence[tuple[str, str]],
    heard: bool,
    message: str | None = None,
    was: str = "",
    files: Sequence[tuple[str, str, str]] = (),
) -> int:
    """Keep a text, and forget the oldest of this chat; its number."""
    number = insert(
        session,
        SAYING,
        address_id=me.address_id,
        message=message,
        text=text,
        was=was,
        heard=heard,
        places=_written(places),
        files=_written(files) if files else "",
        at=me.now,
    )
    session.execute(_FORGET_TEXTS if text else _FORGET_FILES, {"address": me.address_id})
    return number


def read(session: Session, *, me: Me, saying_id: int) -> Saying:
    """A text that was typed in this chat. Raises Refused."""
    row = session.execute(_ONE, {"number": saying_id, "address": me.address_id}).one_or_none()
    if row is None:
        raise Refused("这句话已经过去很久了，请重新输入。")
    return _saying(row)


def of_message(session: Session, *, me: Me, message: str) -> tuple[Saying, ...]:
    """What a message in this chat said and was edited to, the last that was heard or came first."""
    rows = session.execute(_OF_MESSAGE, {"address": me.address_id, "name": message}).all()
    return tuple(_saying(row) for row in rows)


def heard(session: Session, *, me: Me, saying_id: int, place: tuple[str, str]) -> None:
    """A text was heard on a screen."""
    session.execute(_HEARD, {"number": saying_id, "there": _written([place]), "now": me.now})


def wait(session: Session, *, saying: Saying, file: tuple[str, str, str]) -> None:
    """A file (name, type, SHA-256) waits with a text until it is known where that belongs."""
    files = _written([*saying.files, file])
    session.execute(sa.update(SAYING).where(_s.id == saying.id).values(files=files))


def former(session: Session, *, me: Me, text: str) -> frozenset[str]:
    """What the messages of this chat that say this text said before they were edited."""
    rows = session.execute(_FORMER, {"address": me.address_id}).all()
    edited = {message for said, message in rows if said.strip() == text.strip()}
    return frozenset(said.strip() for said, message in rows if message in edited) - {text.strip()}


def _saying(row: Sequence[Any]) -> Saying:
    number, text, places, heard, message, was, files = row
    there = tuple((screen, words) for screen, words in json.loads(places))
    waiting = tuple((name, mime, digest) for name, mime, digest in json.loads(files or "[]"))
    return Saying(number, text, there, heard, message, was, waiting)


def _written(rows: Sequence[Sequence[str]]) -> str:
    return json.dumps([list(row) for row in rows], ensure_ascii=False)
