"""The group chat that is sent into: known, switched on, and what arrives there."""

from datetime import timedelta

from bot.message import plain
from bot.permissions import Openness
from bot.store import groups, outbox, terms
from bot.values import WEBHOOK
from tests.conftest import Clock
from tests.phone import Phone, World
from tests.wire import Clockwork, Wire

ADDRESS = "0123456789abcdef"


def set_up(world: World, address: str = ADDRESS) -> None:
    """Whoever runs the bot wrote the group's key into the settings, and started it."""
    groups.post_into(world.database, address, world.clock())


def open_results(world: World, openness: Openness) -> None:
    """Branches see so much of one another."""
    with world.database.write() as session:
        terms.open_to_branches(session, me=world.me("administrator"), committee_id=1, chosen=openness)


def switched_on(world: World, openness: Openness = Openness.TOTALS, address: str = ADDRESS) -> None:
    """The group is known and switched on by the administrator."""
    set_up(world, address)
    with world.database.write() as session:
        group = groups.webhook(session, 1)
        assert group is not None
        groups.switch(session, me=world.me("administrator"), group=group, on=True)
    open_results(world, openness)


def asked(world: World, who: str = "administrator") -> Phone:
    """Somebody who publishes looks at what would be sent of this term."""
    return world.phone(who).say("公布").tap("发到群里")


def lose(world: World) -> None:
    """Nobody knows whether what was confirmed has arrived in the group."""
    now = world.clock() + timedelta(seconds=10)
    with world.database.write() as session:
        for one in outbox.claim(session, owner="one", now=now, limit=99):
            if one.key.startswith(outbox.POSTING):
                outbox.sending(session, notice_id=one.id, owner="one", address_id=None, now=now)
                outbox.uncertain(
                    session, notice_id=one.id, owner="one", now=now, problem="没有收到渠道的回答"
                )


class Group(Clockwork):
    """A world in which time passes, and its group: what arrives there is on a wire of its own."""

    def __init__(self, world: World, clock: Clock) -> None:
        super().__init__(world, clock)
        self.there = Wire(clock)
        self.postman = self.hire("one", {"web": self.wire, WEBHOOK: self.there})

    def carry_all(self) -> None:
        """All parts are due, and carried."""
        for _ in range(3):
            self.carry()
            self.clock.forward(seconds=4)
        self.carry()

    @property
    def seen(self) -> list[str]:
        """What stands in the group: the title of a text, the name of a file."""
        return [one.attachment.name if one.attachment else plain(one) for _, _, one in self.there.arrived]
