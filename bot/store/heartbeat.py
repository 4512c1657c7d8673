"""When something that should happen all the time last happened."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.store.database import Session, put
from bot.store.tables import HEARTBEAT

AHEAD = timedelta(minutes=1)  # what happened later than that from now is of a clock that was set back since
_BEAT = put(HEARTBEAT, "at")


def beat(session: Session, name: str, now: datetime) -> None:
    """It happened now."""
    session.execute(_BEAT, {"name": name, "at": now})


def last(session: Session, name: str) -> datetime | None:
    """When it last happened, if ever."""
    return session.execute(sa.select(HEARTBEAT.c.at).where(HEARTBEAT.c.name == name)).scalar()
