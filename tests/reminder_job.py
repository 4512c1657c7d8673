"""A reminder answered by typing, as steps that every channel must carry: 17/18 closes it and fills the sheet."""

from collections.abc import Iterator
from datetime import timedelta

from bot.delivery import Channel, Delivery
from bot.store import chats, duties, facts
from jobs import reminders
from scoring.facts import Fact
from tests.conftest import Clock
from tests.phone import World

BRANCH = 3  # 新源里, whose sheet is not begun
DAY = "2026-12-21"  # a Monday: the third weekly reminder after its party day


def only_the_party_day(world: World, clock: Clock, channel: str, external: str) -> None:
    """The branch owes its party day alone, its secretary has one chat, and it is the morning of a reminder."""
    clock.now = clock.now.fromisoformat(f"{DAY}T00:01:00+08:00")
    me = world.me("secretary of 新源里")
    with world.database.write() as session:
        for owed in duties.of_branch(session, branch_id=world.branches[BRANCH].id, term_id=world.terms[0].id):
            if (owed.duty, owed.period) != ("party_day", "2026-12"):
                duties.close(session, me=me, owed=owed, answer="")
        chats.belongs(session, address_id=me.address_id, person_id=None)
        chat = chats.chat_at(session, channel=channel, external=external, now=clock())
        chats.belongs(session, address_id=chat.me.address_id, person_id=me.person_id)
        chats.remember(session, chat=chat, screen="h")
    reminders.tick(world.database, clock())
    clock.now += timedelta(hours=8, minutes=50)


async def deliver(world: World, clock: Clock, name: str, channel: Channel) -> None:
    """The postman's round, for those who are on this channel."""
    await Delivery(world.database, world.conversation, {name: channel}, clock, "one").round()


REMINDED = "提醒 · 12月主题党日"


def reminder_job() -> Iterator[tuple[str, str, str]]:
    """(verb, what, what the screen says then), once the reminder stands."""
    yield "say", "17/18", "17/18"
    yield "say", "待办", "现在没有要办的事"
    yield "say", "自评", "第 1 项"
    yield "tap", "目录", "目录"
    yield "say", "6", "17/18 = 94.4 %"
    yield "tap", "⭐优秀 4", "第 7 项"


def check_reported(world: World, clock: Clock) -> None:
    """What it leaves: closed for everybody, an attendance, a party day, and item 6 marked as suggested."""
    with world.database.read() as session:
        owing = duties.of_branch(session, branch_id=world.branches[BRANCH].id, term_id=world.terms[0].id)
        known = facts.recorded(session, branch_id=world.branches[BRANCH].id, term_id=world.terms[0].id)
    assert {owed.done for owed in owing if owed.duty == "party_day"} == {True}
    assert Fact("attendance", 17, 18, "2026-12") in [one.fact for one in known]
    file = world.sheet(BRANCH)
    assert file is not None
    assert int(file.sheet.marks[6].grade) == 2
