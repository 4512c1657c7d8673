"""Typed texts that wait for their confirmation: lines, and remarks that may be meant otherwise."""

from typing import NamedTuple

from sqlmodel import Session

from bot.permissions import Me
from bot.store.tables import DraftRow
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


def add(session: Session, *, me: Me, sheet_id: int, item: int, text: str, reason: str = "") -> int:
    """Keep a typed text until it is confirmed; returns its number."""
    assert me.person_id is not None
    row = DraftRow(sheet_id=sheet_id, person_id=me.person_id, item=item, text=text, reason=reason, at=me.now)
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def read(session: Session, *, me: Me, sheet_id: int, draft_id: int) -> Draft:
    """One's own typed text. Raises Refused."""
    row = session.get(DraftRow, draft_id)
    if row is None or row.sheet_id != sheet_id or row.person_id != me.person_id:
        raise Refused("没有找到这段输入。请重新输入。")
    return Draft(row.item, row.text, row.reason, row.saved, row.shown)


def saved(session: Session, draft_id: int) -> None:
    """Note that a typed text was saved, so that a repeated confirmation changes nothing."""
    session.get_one(DraftRow, draft_id).saved = True


def show(session: Session, draft_id: int, shown: str) -> None:
    """Note what stands where a typed text would change it, as it is shown now."""
    session.get_one(DraftRow, draft_id).shown = shown
