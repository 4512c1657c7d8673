"""Who brings a notice where a connection belongs to one process: the one that has it, and the others leave it alone."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.delivery import RefusedError
from bot.message import plain
from bot.store import notices, outbox
from bot.store.notices import Owed
from bot.store.outbox import Route
from bot.store.tables import NOTICE
from tests.conftest import Clock
from tests.phone import World
from tests.wire import Clockwork, Wire

CLOSED = Route(("wecom", "telegram", "web"), frozenset({"wecom"}))


class Process:
    """One of several on a database: the channels it has, the last one tried first, and a postman."""

    def __init__(self, clockwork: Clockwork, name: str, *, without: str = "") -> None:
        self.wires = {kind: Wire(clockwork.clock) for kind in ("wecom", "telegram", "web")}
        for kind in without.split():
            self.wires[kind].open = False
        self.postman = clockwork.hire(name, self.wires)

    def carries(self) -> int:
        """How many notices it claims and tries to bring."""
        return asyncio.run(self.postman.round())

    @property
    def brought(self) -> list[tuple[str, str]]:
        """What it brought, by channel and first line."""
        return [(kind, at[2].lines[0]) for kind, wire in self.wires.items() for at in wire.arrived]  # type: ignore[misc]


@pytest.fixture
def clockwork(world: World, clock: Clock) -> Clockwork:
    """The demo in the morning; a secretary has a chat on each channel, another one on the page alone."""
    clockwork = Clockwork(world, clock)
    clockwork.add_chat("secretary", "telegram", "77")
    clockwork.add_chat("secretary", "wecom", "liming")
    return clockwork


def owe(clockwork: Clockwork, *said: str, who: str = "secretary", hours: float = 2) -> None:
    """Write notices into the outbox, due now."""
    now, person = clockwork.clock.now, clockwork.world.me(who).person_id or 0
    owed = [Owed(person, one, "hp", now, now + timedelta(hours=hours), said=one) for one in said]
    with clockwork.world.database.write() as session:
        notices.owe(session, committee_id=1, notices=owed)


def row(clockwork: Clockwork, key: str) -> tuple[str, int, str]:
    """What became of a notice: its state, how often it was surely not sent, and why."""
    columns = (NOTICE.c.state, NOTICE.c.tries, NOTICE.c.problem)
    with clockwork.world.database.read() as session:
        state, tries, problem = session.execute(sa.select(*columns).where(NOTICE.c.key == key)).one()
    return state, tries, problem


def test_the_process_with_the_connection_brings_it_and_the_other_does_not_even_claim_it(
    clockwork: Clockwork,
) -> None:
    other, holder = Process(clockwork, "other", without="wecom"), Process(clockwork, "holder")
    owe(clockwork, "first", "second")
    assert other.carries() == 0
    with clockwork.world.database.read() as session:
        assert not outbox.due(session, now=clockwork.clock.now, route=CLOSED), "it need not even look"
    assert holder.carries() == 2
    assert holder.brought == [("wecom", "first"), ("wecom", "second")]
    assert other.brought == []
    assert row(clockwork, "first") == ("sent", 0, "")


def test_what_another_channel_comes_first_for_is_brought_all_the_same(clockwork: Clockwork) -> None:
    process = Process(clockwork, "one", without="wecom")
    owe(clockwork, *(f"held {n}" for n in range(40)))
    clockwork.clock.forward(seconds=1)
    owe(clockwork, "on the page", who="officer")
    assert process.carries() == 1, "those that are held up take no place from others"
    assert process.brought == [("web", "on the page")]


def test_where_each_of_two_has_another_connection_nothing_waits_for_both(clockwork: Clockwork) -> None:
    """The chat that is tried first decides, whichever else is open."""
    with_wecom = Process(clockwork, "wecom", without="telegram")
    with_telegram = Process(clockwork, "telegram", without="wecom")
    owe(clockwork, "to both")
    clockwork.add_chat("officer", "telegram", "78")
    owe(clockwork, "to Telegram", who="officer")
    assert (with_wecom.carries(), with_telegram.carries()) == (1, 1)
    assert with_wecom.brought == [("wecom", "to both")]
    assert with_telegram.brought == [("telegram", "to Telegram")]


def test_a_chat_that_refuses_leaves_it_to_the_process_with_the_next_one(clockwork: Clockwork) -> None:
    with_wecom = Process(clockwork, "wecom", without="telegram")
    with_telegram = Process(clockwork, "telegram", without="wecom")

    def refuses(*_: object) -> None:
        raise RefusedError("93006")

    with_wecom.wires["wecom"].says = refuses
    owe(clockwork, "refused")
    for _ in range(2):
        with_wecom.carries()
    assert [kind for kind, said in with_wecom.brought if said == "refused"] == []
    with_telegram.carries()
    assert with_telegram.brought == [("telegram", "refused")]
    assert row(clockwork, "refused")[:2] == ("sent", 0)


def test_a_connection_that_is_lost_after_the_claim_costs_nothing(clockwork: Clockwork) -> None:
    process, other = Process(clockwork, "one"), Process(clockwork, "other")
    owe(clockwork, "claimed")
    [claimed] = process.postman.claim(9)
    process.wires["wecom"].open = False
    asyncio.run(process.postman.carry(claimed))
    assert row(clockwork, "claimed") == ("waiting", 0, "")
    other.carries()
    assert other.brought == [("wecom", "claimed")]


def test_where_nobody_is_connected_it_waits_and_the_administrators_see_for_whom(clockwork: Clockwork) -> None:
    process = Process(clockwork, "one", without="wecom telegram")
    owe(clockwork, "waits", hours=2)
    process.carries()
    phone = clockwork.world.phone("administrator").say("首页").tap("未送达")
    assert phone.screen.lines == ("还有 1 条正在发送。",)
    clockwork.clock.forward(minutes=3)
    process.carries()
    assert row(clockwork, "waits") == ("waiting", 0, "")
    text = plain(phone.say("首页").tap("未送达").screen)
    assert "等待发送：常营主校区书记" in text
    assert "会自动发出" in text
    assert "正在发送" not in text
    process.wires["wecom"].open = True
    process.carries()
    assert process.brought == [("wecom", "waits")]
    assert phone.say("首页").tap("未送达").screen.lines == ("提醒都送到了。",)


def test_what_nobody_could_bring_in_its_time_says_why(clockwork: Clockwork) -> None:
    process = Process(clockwork, "one", without="wecom")
    owe(clockwork, "held up", hours=1)
    owe(clockwork, "forgotten", who="officer", hours=1)
    clockwork.clock.forward(hours=2)
    process.carries()
    assert row(clockwork, "held up") == ("expired", 0, "连不上聊天渠道")
    assert row(clockwork, "forgotten") == ("expired", 0, "过了时间没有发出")


def test_a_letter_waits_for_no_connection(clockwork: Clockwork) -> None:
    now = clockwork.clock.now
    letter = Owed(clockwork.world.me("secretary").person_id or 0, "m:x", "hp", now, now + timedelta(hours=1))
    with clockwork.world.database.write() as session:
        notices.owe(session, committee_id=1, notices=[letter])
        assert outbox.due(session, now=now, route=CLOSED)
        assert [one.key for one in outbox.claim(session, owner="a", now=now, limit=9, route=CLOSED)] == [
            "m:x"
        ]
