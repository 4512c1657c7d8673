"""What persons are called."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import history
from bot.store.database import Session
from bot.store.history import About
from bot.store.tables import PERSON

NAME_LENGTH = 20  # characters
_BLANK = re.compile("[\\s\u115f\u1160\u2800\u3164\uffa0\U0001d159]+")  # six letters and symbols have no ink
_EMOJI = "[\U0001f000-\U0001faff\u2190-\u2bff\ufe0f]"
_JOINER = re.compile(
    f"(?<!{_EMOJI})\u200d|\u200d(?!{_EMOJI})"
)  # it makes one emoji of two, and joins nothing else


def names(session: Session, person_ids: Iterable[int]) -> dict[int, str]:
    """What these persons are called."""
    rows = session.execute(sa.select(PERSON.c.id, PERSON.c.name).where(PERSON.c.id.in_(list(person_ids))))
    return {row.id: row.name for row in rows.all()}


def name_of(session: Session, person_id: int) -> str:
    """What a person is called."""
    return str(session.execute(sa.select(PERSON.c.name).where(PERSON.c.id == person_id)).scalar_one())


def joined_at(session: Session, person_id: int) -> datetime:
    """When a person first took a seat."""
    found = session.execute(sa.select(PERSON.c.joined_at).where(PERSON.c.id == person_id)).scalar_one()
    assert isinstance(found, datetime)
    return found


def clean_name(text: str) -> str:
    """What a person can be called, of what was typed or what a channel calls them: one line, all of it visible.

    Not shortened, and empty when nothing is left: what has no ink is a space, what steers the text is dropped.
    """
    form = _BLANK.sub(" ", unicodedata.normalize("NFC", text)).strip()
    form = _JOINER.sub("", "".join(c for c in form if c.isprintable() or c == "\u200d"))
    inked = any(unicodedata.category(c)[0] not in "CMZ" for c in form)
    return " ".join(form.split()) if inked else ""


def rename(session: Session, *, me: Me, name: str) -> None:
    """Call a person otherwise; each body in which they hold a seat has that in its history."""
    session.execute(sa.update(PERSON).where(PERSON.c.id == me.person_id).values(name=name))
    for committee_id, branch_id in dict.fromkeys((seat.committee_id, seat.branch_id) for seat in me.seats):
        history.add(
            session,
            me,
            About("person", me.person_id or 0, committee_id, branch_id, person=me.person_id),
            before={"name": me.name},
            after={"name": name},
        )
