"""Typed texts that wait for their confirmation: lines, and remarks that may be meant otherwise."""

from typing import NamedTuple

import sqlalchemy as sa

from bot.permissions import Me
from bot.store.database import Session, insert
from bot.store.tables import DRAFT
from scoring.refusal import Refused


class Draft(NamedTuple):
    """What was typed on the card of an item (0: not on a card), the reason given later, and whether it was saved.

    `shown`: what stood in its place when it was shown.
    """

    item: int
    text: str
    reason: str
    saved: bool
    shown: str


_d = DRAFT.c
_MINE = sa.select(_d.item, _d.text, _d.reason, _d.saved, _d.shown).where(
    _d.id == sa.bindparam("draft"),
    _d.sheet_id == sa.bindparam("sheet"),
    _d.person_id == sa.bindparam("person"),
)


def add(session: Session, *, me: Me, sheet_id: int, item: int, text: str, reason: str = "") -> int:
    """Keep a typed text until it is confirmed; returns its number."""
    typed = {"item": item, "text": text, "reason": reason}
    return insert(session, DRAFT, sheet_id=sheet_id, person_id=me.person_id, at=me.now, **typed)


def read(session: Session, *, me: Me, sheet_id: int, draft_id: int) -> Draft:
    """One's own typed text. Raises Refused."""
    asked = {"draft": draft_id, "sheet": sheet_id, "person": me.person_id}
    row = session.execute(_MINE, asked).first()
    if row is None:
        raise Refused("没有找到这段输入。请重新输入。")
    return Draft(*row)


def saved(session: Session, draft_id: int) -> None:
    """Note that a typed text was saved, so that a repeated confirmation changes nothing."""
    session.execute(sa.update(DRAFT).where(_d.id == draft_id).values(saved=True))


def show(session: Session, draft_id: int, shown: str) -> None:
    """Note what stands where a typed text would change it, as it is shown now."""
    session.execute(sa.update(DRAFT).where(_d.id == draft_id).values(shown=shown))
