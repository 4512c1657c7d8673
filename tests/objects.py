"""Rows as objects, as tests look at them: SQLModel's own session on the connection of a unit of work."""

import sqlmodel

from bot.store.database import Session


def objects(session: Session) -> sqlmodel.Session:
    """To look at, all of a unit of work in one; what is changed in them is not stored."""
    if "objects" not in session.info:
        session.info["objects"] = sqlmodel.Session(session.connection())
    found: sqlmodel.Session = session.info["objects"]
    return found
