"""What only one process may do, with several processes on the database of a test."""

from datetime import timedelta

from bot.lease import Lease
from bot.store import leases
from tests.phone import World


def leased(world: World, name: str, holder: str) -> Lease:
    """A lease as the process of this name asks for it, by the clock of the world."""

    def hold(lasts: timedelta) -> bool:
        with world.database.write() as session:
            return leases.hold(session, name, holder=holder, now=world.clock(), lasts=lasts) is not None

    return Lease(name, hold)
