"""Rows as objects, as tests look at them: SQLModel's own session on the connection of a unit of work."""

import sqlmodel

from bot.store.database import Session


def objects(session: Session) -> sqlmodel.Session:
    """The same one for all of a unit of work; what is changed in it is stored by its flush()."""
    if "objects" not in session.info:
        session.info["objects"] = sqlmodel.Session(session.connection())
    found: sqlmodel.Session = session.info["objects"]
    return found
