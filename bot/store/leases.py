"""Which process does what only one may do at a time, such as holding a bot's only connection.

A lease ends by itself: who does not renew it in time may lose it to somebody else. Its number grows with each new
holder and never comes back, so that whoever was thought dead can be told from whoever holds it now (fencing).
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.store.database import Session, put
from bot.store.tables import LEASE

FARTHEST = timedelta(minutes=10)  # no lease is longer: what ends later is of a clock that was set back since

_l = LEASE.c
_ADD = put(LEASE)
_TAKE = (
    sa.update(LEASE)
    .where(
        _l.name == sa.bindparam("of"),
        (_l.holder == sa.bindparam("by"))
        | (_l.until <= sa.bindparam("now", type_=_l.until.type))
        | (_l.until > sa.bindparam("farthest", type_=_l.until.type)),
    )
    .values(
        holder=sa.bindparam("by"),
        until=sa.bindparam("ends"),
        number=_l.number + sa.case((_l.holder == sa.bindparam("by"), 0), else_=1),
    )
    .returning(_l.number)
)
_END = (
    sa.update(LEASE)
    .where(_l.holder == sa.bindparam("by"))
    .values(until=sa.bindparam("now", type_=_l.until.type))
)


def hold(session: Session, name: str, *, holder: str, now: datetime, lasts: timedelta) -> int | None:
    """Take a lease, or renew one's own, from now on for so long; for no time at all, it is given back.

    Its number, or None: another process holds it. `holder` names a process as long as it lives. The clocks of
    processes that share a database may differ by less than a lease lasts.
    """
    session.execute(_ADD, {"name": name, "holder": "", "until": now, "number": 0})
    wished = {"of": name, "by": holder, "ends": now + lasts, "now": now, "farthest": now + FARTHEST}
    return session.execute(_TAKE, wished).scalar()


def end(session: Session, *, holder: str, now: datetime) -> None:
    """Whoever held these is dead: they are free."""
    session.execute(_END, {"by": holder, "now": now})
