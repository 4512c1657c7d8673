"""When something that should happen all the time last happened."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

import bot.store.tables  # noqa: F401  registers the tables
from bot.store.database import INSERTS

AHEAD = timedelta(minutes=1)  # what happened later than that from now is of a clock that was set back since
_HEARTBEAT = SQLModel.metadata.tables["heartbeat"]
_BEAT = {
    name: (row := insert(_HEARTBEAT)).on_conflict_do_update(
        index_elements=["name"], set_={"at": row.excluded.at}
    )
    for name, insert in INSERTS.items()
}


def beat(session: Session, name: str, now: datetime) -> None:
    """It happened now."""
    session.execute(_BEAT[session.get_bind().dialect.name], {"name": name, "at": now})


def last(session: Session, name: str) -> datetime | None:
    """When it last happened, if ever."""
    return session.execute(sa.select(_HEARTBEAT.c.at).where(_HEARTBEAT.c.name == name)).scalar()
