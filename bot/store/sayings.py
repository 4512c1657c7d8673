"""What was typed lately: to ask where it belongs, and to understand a message that was edited afterwards."""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

import bot.store.tables  # noqa: F401  registers the tables
from bot.permissions import Me
from bot.values import Saying
from scoring.refusal import Refused

KEPT = 24  # texts of each chat; who edits an older message is told so
_SAYING = SQLModel.metadata.tables["saying"]
_s = _SAYING.c


_ROW = sa.select(_s.id, _s.text, _s.places, _s.heard, _s.message, _s.was)
_ONE = _ROW.where(_s.id == sa.bindparam("number"), _s.address_id == sa.bindparam("address"))
_OF_MESSAGE = _ROW.where(
    _s.address_id == sa.bindparam("address"), _s.message == sa.bindparam("name")
).order_by(_s.at.desc(), _s.id.desc())
_MINE = _s.address_id == sa.bindparam("address")
_FORGET = sa.delete(_SAYING).where(
    _MINE, _s.id.not_in(sa.select(_s.id).where(_MINE).order_by(_s.id.desc()).limit(KEPT))
)
_HEARD = (
    sa.update(_SAYING)
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
) -> int:
    """Keep a text, and forget the oldest of this chat; its number."""
    row = sa.insert(_SAYING).values(
        address_id=me.address_id,
        message=message,
        text=text,
        was=was,
        heard=heard,
        places=_written(places),
        at=me.now,
    )
    number = session.execute(row.returning(_s.id)).scalar_one()
    session.execute(_FORGET, {"address": me.address_id})
    return int(number)


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


def _saying(row: Sequence[Any]) -> Saying:
    number, text, places, heard, message, was = row
    return Saying(number, text, tuple((p, w) for p, w in json.loads(places)), heard, message, was)


def _written(places: Sequence[tuple[str, str]]) -> str:
    return json.dumps([list(place) for place in places], ensure_ascii=False)
