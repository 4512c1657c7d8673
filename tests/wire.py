"""A channel whose wire is made up: what it says to each message is decided by the test."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from bot.delivery import Channel, Delivery
from bot.message import Message
from bot.store import chats, notices, outbox
from bot.store.notices import Owed
from jobs import reminders
from tests.conftest import Clock
from tests.phone import World


def lose_a_notice(world: World, committee: int = 1, key: str = "lost") -> int:
    """One notice that did not arrive, for the administrator's list of a committee; its number."""
    now = world.clock()
    owed = Owed(world.me("member").person_id or 0, key, "h", now, now + timedelta(hours=1))
    with world.database.write() as session:
        notices.owe(session, committee_id=committee, notices=[owed])
        lost = next(n for n in outbox.claim(session, owner="one", now=now, limit=99) if n.key == key)
        outbox.failed(
            session, notice_id=lost.id, owner="one", state="claimed", now=now, problem="聊天已停用机器人"
        )
    return lost.id


def refuse_mail(world: World, who: str, address: str) -> None:
    """A persona has a mail address that takes nothing any more."""
    with world.database.write() as session:
        chat = chats.chat_at(session, channel="mail", external=address, now=world.clock())
        chats.belongs(session, address_id=chat.me.address_id, person_id=world.me(who).person_id)
        chats.has_gone(session, address_id=chat.me.address_id, now=world.clock())


def alone(what: Coroutine[Any, Any, object]) -> None:
    """Run it to its end, in a thread of its own where a loop runs here: that of a browser that is open."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(what)
    else:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, what).result()


class Here(ThreadPoolExecutor):
    """Runs what it is given at once, in the same thread: a switch would cost more than most steps."""

    def submit(self, what: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Run it."""
        future: Future[Any] = Future()
        try:
            future.set_result(what(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


class Wire:
    """Keeps what arrived, as (when, address, message); `says` may raise what the channel would say.

    `open`: it has its connection.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.arrived: list[tuple[datetime, str, Message]] = []
        self.says: Callable[[str, Message], None] = lambda address, message: None
        self.way = "请从首页打开这一项再填。"
        self.open = True

    def sends(self) -> bool:
        """Whether it has its connection."""
        return self.open

    async def turn(self, address: str) -> None:
        """Nobody waits."""

    async def push(self, address: str, message: Message, *, stands: bool) -> str | None:
        """Arrives, unless the test says otherwise; its name is its number among all that arrived."""
        self.says(address, message)
        self.arrived.append((self.clock(), address, message))
        return f"n{len(self.arrived)}"

    def at(self, address: str) -> list[Message]:
        """What arrived in one chat."""
        return [message for _, where, message in self.arrived if where == address]

    @property
    def count(self) -> Counter[str]:
        """How many messages arrived in each chat."""
        return Counter(address for _, address, _ in self.arrived)


class Clockwork:
    """A world in which time passes: ticks and deliveries, on a wire."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world, self.clock = world, clock
        self.wire = Wire(clock)
        self.postman = self.hire("one")

    def hire(self, owner: str, channels: Mapping[str, Channel] | None = None) -> Delivery:
        """Another process that carries notices, on the wire alone or on these channels."""
        wires = channels or {"web": self.wire}
        return Delivery(self.world.database, self.world.conversation, wires, self.clock, owner)

    def tick(self) -> None:
        """The clock strikes once, and what is due is carried."""
        reminders.tick(self.world.database, self.clock())
        self.carry()

    def carry(self) -> None:
        """What is due is carried, and nothing else happens."""
        alone(self._carry())

    async def _carry(self) -> None:
        asyncio.get_running_loop().set_default_executor(Here())
        while await self.postman.round():
            pass

    def until(self, end: datetime, step: timedelta = timedelta(minutes=10)) -> None:
        """Let time pass, tick by tick."""
        while self.clock.now < end:
            self.clock.now += step
            self.tick()

    def address(self, who: str) -> str:
        """Where a persona is."""
        return World.PERSONAS[who]

    def add_chat(self, who: str, channel: str, external: str) -> None:
        """Give a persona another chat."""
        with self.world.database.write() as session:
            me = self.world.me(who)
            chat = chats.chat_at(session, channel=channel, external=external, now=self.clock())
            chats.belongs(session, address_id=chat.me.address_id, person_id=me.person_id or 0)
