"""提醒设置: when a person wants to hear, and when not; and what they put off."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from bot.store.database import Session, put
from bot.store.tables import NOTICE, OCCURRENCE, PREFERENCE, SEAT, SNOOZE
from jobs.duties.hours import USUAL


@dataclass(frozen=True, slots=True)
class Preference:
    """The minute of the day at which a person hears, silence up to and including a day, a weekly summary; 文字模式."""

    minute: int = USUAL
    muted_until: date | None = None
    weekly: bool = False
    in_words: bool = False

    def muted(self, day: date) -> bool:
        """Whether the person wants to hear nothing on a day."""
        return self.muted_until is not None and day <= self.muted_until


_PREFERENCES = sa.select(
    PREFERENCE.c.person_id,
    PREFERENCE.c.minute,
    PREFERENCE.c.muted_until,
    PREFERENCE.c.weekly,
    PREFERENCE.c.in_words,
).where(PREFERENCE.c.person_id.in_(sa.bindparam("persons", expanding=True)))


def preferences(session: Session, person_ids: Iterable[int]) -> Mapping[int, Preference]:
    """What these persons set; who set nothing is left out."""
    rows = session.execute(_PREFERENCES, {"persons": list(person_ids)}).all()
    return {person: Preference(minute or USUAL, *wishes) for person, minute, *wishes in rows}


def preference(session: Session, person_id: int) -> Preference:
    """What one person set, else what is usual."""
    return preferences(session, [person_id]).get(person_id, Preference())


_SILENT_UNTIL = (
    sa.select(PREFERENCE.c.person_id)
    .join(SEAT, SEAT.c.person_id == PREFERENCE.c.person_id)
    .where(
        SEAT.c.committee_id == sa.bindparam("committee"),
        PREFERENCE.c.muted_until >= sa.bindparam("first"),
        PREFERENCE.c.muted_until < sa.bindparam("until"),
        ~sa.exists().where(
            NOTICE.c.person_id == SEAT.c.person_id,
            NOTICE.c.key.between(sa.bindparam("heard"), sa.bindparam("before")),
        ),
    )
    .distinct()
)


def silent_until(
    session: Session, committee_id: int, first: date, until: date, heard: tuple[str, str]
) -> list[int]:
    """The persons of a committee whose silence ended from a day on, before another, and who have no notice whose key
    lies between two."""
    since, before = heard
    asked = {"committee": committee_id, "first": first, "until": until, "heard": since, "before": before}
    return list(session.execute(_SILENT_UNTIL, asked).scalars())


def prefer(session: Session, person_id: int, **change: Any) -> None:
    """Set minute, muted_until, weekly or in_words."""
    session.execute(put(PREFERENCE, *change), {"person_id": person_id, **change})


_PUT_OFF = put(SNOOZE, "until")


def snooze(session: Session, *, person_id: int, occurrences: Iterable[int], until: date) -> None:
    """Hear of these again on that day, and not before."""
    rows = [{"person_id": person_id, "occurrence_id": number, "until": until} for number in occurrences]
    if rows:
        session.execute(_PUT_OFF, rows)


_SNOOZED_BY = sa.select(SNOOZE.c.occurrence_id, SNOOZE.c.until).where(
    SNOOZE.c.person_id == sa.bindparam("person"), SNOOZE.c.until > sa.bindparam("since")
)
_SNOOZED_IN = (
    sa.select(SNOOZE.c.occurrence_id, SNOOZE.c.person_id, SNOOZE.c.until)
    .join(OCCURRENCE, OCCURRENCE.c.id == SNOOZE.c.occurrence_id)
    .where(
        OCCURRENCE.c.committee_id == sa.bindparam("committee"),
        OCCURRENCE.c.done_at.is_(None),
        OCCURRENCE.c.cancelled.is_(False),
        SNOOZE.c.until > sa.bindparam("since"),
    )
)


def snoozed_by(session: Session, person_id: int, since: date) -> Mapping[int, date]:
    """What a person put off to a day after `since`, by occurrence."""
    rows = session.execute(_SNOOZED_BY, {"person": person_id, "since": since}).all()
    return {row.occurrence_id: row.until for row in rows}


def snoozed_in(session: Session, committee_id: int, since: date) -> Mapping[int, Mapping[int, date]]:
    """What the persons of a committee put off to a day after `since`: by occurrence, then by person."""
    rows = session.execute(_SNOOZED_IN, {"committee": committee_id, "since": since}).all()
    found: dict[int, dict[int, date]] = {}
    for occurrence, person, until in rows:
        found.setdefault(occurrence, {})[person] = until
    return found
