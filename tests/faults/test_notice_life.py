"""What becomes of a notice: refused, limited, without an answer, left behind by a dead process, overtaken."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
import structlog

import bot.conversation
from bot.actions import Done, Nudge, Snooze
from bot.delivery import LimitedError, NotSentError, RefusedError
from bot.message import Message, plain
from bot.store import chats, notices, outbox
from bot.store.notices import Owed
from bot.store.outbox import LEASE, Claimed
from bot.store.tables import DAY, NOTICE
from bot.values import Problem
from jobs import reminders
from tests.conftest import NOW, Clock
from tests.conversation.test_todo import owing
from tests.phone import Phone, World
from tests.wire import Clockwork, Wire

MORNING = NOW.replace(hour=9, minute=5)  # Monday 28 December 2026
BLOCKED = "Forbidden: bot was blocked by the user"


@pytest.fixture
def clockwork(desk: World, clock: Clock) -> Clockwork:
    """The demo in the morning, before anything was said."""
    clock.now = MORNING
    return Clockwork(desk, clock)


@pytest.fixture
def replicas(world: World, clock: Clock) -> Clockwork:
    """The same on a database of each kind, for what several processes do to one another."""
    clock.now = MORNING
    return Clockwork(world, clock)


def owe(clockwork: Clockwork, who: str, key: str = "n", *, last: bool = False, hours: float = 5) -> None:
    """One notice to a persona, due now; it says its key."""
    world, now = clockwork.world, clockwork.clock.now
    owed = Owed(
        world.me(who).person_id or 0, key, "hp", now, now + timedelta(hours=hours), said=key, last=last
    )
    with world.database.write() as session:
        notices.owe(session, committee_id=1, notices=[owed])


def state(clockwork: Clockwork, key: str = "n") -> str:
    """What became of a notice."""
    with clockwork.world.database.read() as session:
        return str(session.execute(sa.select(NOTICE.c.state).where(NOTICE.c.key == key)).scalar_one())


def held(clockwork: Clockwork) -> tuple[Problem, ...]:
    """What the administrators see under 未送达."""
    with clockwork.world.database.read() as session:
        return notices.undelivered(session, committee_id=1, limit=99)


def carry(clockwork: Clockwork) -> None:
    """The postman carries what is due."""
    while asyncio.run(clockwork.postman.round()):
        pass


def answer(*errors: Exception | None, at: str = "") -> Callable[[str, Message], None]:
    """A channel that gives these answers one after the other (None: it arrived), then takes everything."""
    left = list(errors)

    def says(address: str, message: Message) -> None:
        if at in ("", address) and left and (error := left.pop(0)):
            raise error

    return says


class LosesAnswers(Wire):
    """A wire on which everything arrives and the first answers never come back."""

    lost = 1

    async def push(self, address: str, message: Message, *, stands: bool) -> str | None:
        """It arrives; the caller does not hear of it."""
        name = await super().push(address, message, stands=stands)
        if self.lost:
            self.lost -= 1
            raise TimeoutError
        return name


# One channel's answer ---------------------------------------------------------------------------------------------


def test_a_chat_that_is_limited_holds_up_nobody_else_and_hears_when_its_time_has_come(
    clockwork: Clockwork,
) -> None:
    owe(clockwork, "secretary", "limited")
    for who in ("officer", "secretary of 劲松", "secretary of 双龙"):
        owe(clockwork, who, f"to {who}")
    clockwork.wire.says = answer(LimitedError(30), at="demo-3")
    carry(clockwork)
    assert clockwork.wire.count == {"demo-4": 1, "demo-5": 1, "demo-7": 1}
    clockwork.clock.forward(seconds=29)
    carry(clockwork)
    assert "demo-3" not in clockwork.wire.count
    clockwork.clock.forward(seconds=2)
    carry(clockwork)
    assert clockwork.wire.count["demo-3"] == 1
    assert not held(clockwork)


@pytest.mark.slow
def test_what_was_surely_not_sent_is_tried_again_ever_less_often_and_listed_when_its_day_is_over(
    clockwork: Clockwork,
) -> None:
    owe(clockwork, "secretary", hours=1)
    tries: list[datetime] = []

    def unreachable(address: str, message: Message) -> None:
        tries.append(clockwork.clock.now)
        raise NotSentError

    clockwork.wire.says = unreachable
    while clockwork.clock.now < MORNING + timedelta(minutes=70):
        clockwork.clock.forward(seconds=20)
        carry(clockwork)
    gaps = [(after - before).total_seconds() for before, after in pairwise(tries)]
    assert gaps == [20, 60, 180, 600, 600, 600, 600, 600]
    assert [(p.state, p.why) for p in held(clockwork)] == [("expired", "连不上聊天渠道")]


def test_a_refused_chat_is_marked_and_the_other_chat_of_the_person_is_used(clockwork: Clockwork) -> None:
    clockwork.add_chat("secretary", "second", "other chat")
    clockwork.postman = clockwork.hire("two", {"web": clockwork.wire, "second": clockwork.wire})
    clockwork.wire.says = lambda address, message: _refuse(address == "demo-3")
    owe(clockwork, "secretary", "first")
    carry(clockwork)
    assert clockwork.wire.at("other chat")[0].lines[0] == "first"
    assert state(clockwork, "first") == "sent"
    tried: list[str] = []
    clockwork.wire.says = lambda address, message: tried.append(address)
    owe(clockwork, "secretary", "second")
    carry(clockwork)
    assert "demo-3" not in tried, "it is not asked again"
    assert clockwork.wire.count["other chat"] == 2


def _refuse(wanted: bool) -> None:
    if wanted:
        raise RefusedError(BLOCKED)


def test_those_beside_a_person_who_blocked_the_bot_are_told_once_a_day(clockwork: Clockwork) -> None:
    clockwork.wire.says = lambda address, message: _refuse(address == "demo-3")
    for n in range(3):
        owe(clockwork, "secretary", f"n{n}")
        carry(clockwork)
        clockwork.world.phone("secretary").say("首页")  # comes back, and is refused again
    (told,) = clockwork.wire.at("demo-7")
    assert "常营主校区书记的聊天收不到提醒了" in plain(told)
    assert [p.why for p in held(clockwork)] == ["聊天已停用机器人"] * 3
    clockwork.clock.forward(days=1)
    owe(clockwork, "secretary", "tomorrow")
    carry(clockwork)
    assert clockwork.wire.count["demo-7"] == 2


def test_without_anybody_beside_the_administrator_is_told(clockwork: Clockwork) -> None:
    clockwork.wire.says = lambda address, message: _refuse(address == "demo-6")
    owe(clockwork, "secretary of 新源里")
    carry(clockwork)
    assert "新源里校区书记的聊天收不到提醒了" in plain(clockwork.wire.at("demo-0")[0])


def _says(phone: Phone) -> None:
    phone.say("首页", message="m1")


def _is_refused_a_text(phone: Phone) -> None:
    assert "太长" in phone.say("好" * 9000, message="m1").toast


def _is_refused_a_press(phone: Phone) -> None:
    assert phone.press(Nudge(1, 0, 0)).toast


def _is_refused_an_edit(phone: Phone) -> None:
    assert phone.edit("m99", "17/18").toast


def _meets_a_fault(phone: Phone) -> None:
    with pytest.MonkeyPatch.context() as broken, structlog.testing.capture_logs():
        broken.setattr(bot.conversation, "respond", None)
        assert "出错了" in phone.say("首页", message="m1").toast


def _unblocks(phone: Phone) -> None:
    phone.conversation.reaches(phone.channel, phone.address, takes=True)


@pytest.mark.parametrize(
    "comes",
    [_says, _is_refused_a_text, _is_refused_a_press, _is_refused_an_edit, _meets_a_fault, _unblocks],
)
def test_a_chat_from_which_something_comes_is_used_again(
    replicas: Clockwork, comes: Callable[[Phone], None]
) -> None:
    clockwork = replicas
    clockwork.wire.says = answer(RefusedError(BLOCKED), at="demo-3")
    owe(clockwork, "secretary", "refused")
    carry(clockwork)
    owe(clockwork, "secretary", "has no chat")
    carry(clockwork)
    assert [p.why for p in held(clockwork)] == ["聊天已停用机器人"] * 2
    comes(clockwork.world.phone("secretary"))
    owe(clockwork, "secretary", "hears again")
    carry(clockwork)
    assert [message.lines[0] for message in clockwork.wire.at("demo-3")] == ["hears again"]


def test_an_event_that_is_delivered_again_is_no_sign_of_life(clockwork: Clockwork) -> None:
    phone = clockwork.world.phone("secretary")
    phone.send(said := phone.event(text="首页"))
    clockwork.wire.says = answer(RefusedError(BLOCKED), at="demo-3")
    owe(clockwork, "secretary", "refused")
    carry(clockwork)
    phone.send(said)
    owe(clockwork, "secretary", "has no chat")
    carry(clockwork)
    assert [p.why for p in held(clockwork)] == ["聊天已停用机器人"] * 2


def test_who_blocks_the_bot_is_not_written_to_and_those_beside_them_are_told_once(
    replicas: Clockwork,
) -> None:
    for _ in range(2):
        replicas.world.conversation.reaches("web", "demo-3", takes=False)
    owe(replicas, "secretary")
    carry(replicas)
    assert "demo-3" not in replicas.wire.count
    (told,) = replicas.wire.at("demo-7")
    assert "常营主校区书记的聊天收不到提醒了" in plain(told)
    assert [p.why for p in held(replicas)] == ["聊天已停用机器人"]


def test_who_blocks_one_of_two_chats_hears_in_the_other_and_nobody_is_told(clockwork: Clockwork) -> None:
    clockwork.add_chat("secretary", "web", "second")
    clockwork.world.conversation.reaches("web", "demo-3", takes=False)
    owe(clockwork, "secretary")
    carry(clockwork)
    assert clockwork.wire.count == {"second": 1}


def test_a_stranger_who_blocks_the_bot_leaves_nothing(clockwork: Clockwork) -> None:
    for takes in (False, True):
        clockwork.world.conversation.reaches("web", "a stranger", takes)
    with clockwork.world.database.read() as session:
        found = chats.chat_at(
            session, channel="web", external="a stranger", now=clockwork.clock.now, create=False
        )
    assert not found.me.address_id


# Nobody knows -----------------------------------------------------------------------------------------------------


def test_what_may_have_arrived_is_held_and_listed(clockwork: Clockwork) -> None:
    clockwork.wire.says = answer(TimeoutError())
    owe(clockwork, "secretary")
    carry(clockwork)
    clockwork.until(MORNING + timedelta(hours=6), timedelta(hours=1))
    assert [(p.state, p.why) for p in held(clockwork)] == [
        ("uncertain", "没有收到渠道的回答，不知道是否送达")
    ]


def test_on_the_due_day_it_is_sent_once_more_and_marked(replicas: Clockwork) -> None:
    wire = LosesAnswers(replicas.clock)
    replicas.postman = replicas.hire("two", {"web": wire})
    owe(replicas, "secretary", "today", last=True)
    carry(replicas)
    assert [message.lines[0] for message in wire.at("demo-3")] == ["today", "（补发）today"]
    assert state(replicas, "today") == "sent"
    wire.lost = 9
    owe(replicas, "officer", "lost again", last=True)
    carry(replicas)
    assert [message.lines[0] for message in wire.at("demo-7")] == ["lost again", "（补发）lost again"]
    assert [p.state for p in held(replicas)] == ["uncertain"]


# Dead and slow processes ------------------------------------------------------------------------------------------


def claimed(clockwork: Clockwork) -> Claimed:
    """The one notice that is due, claimed by the first process."""
    (notice,) = clockwork.postman.claim(9)
    return notice


def test_a_claim_whose_process_died_is_taken_by_another_after_its_lease(replicas: Clockwork) -> None:
    owe(replicas, "secretary")
    claimed(replicas)
    other = replicas.hire("two")
    replicas.clock.now += LEASE
    assert asyncio.run(other.round()) == 0, "the lease still holds"
    replicas.clock.forward(seconds=1)
    assert asyncio.run(other.round()) == 1
    assert replicas.wire.count == {"demo-3": 1}


@pytest.mark.parametrize("step", ["begin", "confirm", "postpone", "hold", "give_up", "mark_refused"])
def test_who_was_thought_dead_changes_nothing_any_more(replicas: Clockwork, step: str) -> None:
    owe(replicas, "secretary")
    first, second = replicas.postman, replicas.hire("two")
    notice = claimed(replicas)
    (chat,) = first.find_chats(notice)
    if step not in ("begin", "give_up"):
        assert first.begin(notice, chat)
    replicas.clock.now += LEASE + timedelta(seconds=1)
    with replicas.world.database.write() as session:
        outbox.recover(session, now=replicas.clock.now)
        session.execute(sa.update(NOTICE).values(state="waiting"))  # as its second claim, or the one for 补发
    (again,) = second.claim(9)
    if step not in ("begin", "give_up"):
        assert second.begin(again, chat)
    before = state(replicas)
    late: dict[str, Callable[[], object]] = {
        "begin": lambda: first.begin(notice, chat),
        "confirm": lambda: first.confirm(notice, chat, "1", True),
        "postpone": lambda: first.postpone(notice, 5, "x", 1),
        "hold": lambda: first.hold(notice, "x"),
        "give_up": lambda: first.give_up(notice, "x", "claimed"),
        "mark_refused": lambda: first.mark_refused(notice, chat, "x"),
    }
    late[step]()
    assert state(replicas) == before
    if step in ("begin", "give_up"):
        assert second.begin(again, chat)
    assert second.confirm(again, chat, "2", True) == "sent"


def test_a_process_that_was_late_is_not_taken_for_itself(replicas: Clockwork) -> None:
    """One process alone: what it claimed the first time is over when it claims the same notice again."""
    owe(replicas, "secretary", last=True)
    notice = claimed(replicas)
    (chat,) = replicas.postman.find_chats(notice)
    assert replicas.postman.begin(notice, chat)
    replicas.clock.now += LEASE + timedelta(seconds=1)
    again = claimed(replicas)
    assert again.again
    assert replicas.postman.begin(again, chat)
    replicas.postman.postpone(notice, 5, "the first call is limited after all", 0)
    assert state(replicas) == "sending"


def test_a_call_whose_process_died_is_uncertain_and_on_the_due_day_made_once_more(
    replicas: Clockwork,
) -> None:
    owe(replicas, "secretary", "held")
    owe(replicas, "officer", "once more", last=True)
    for notice in replicas.postman.claim(9):
        (chat,) = replicas.postman.find_chats(notice)
        assert replicas.postman.begin(notice, chat)
    replicas.clock.now += LEASE + timedelta(seconds=1)
    asyncio.run(replicas.hire("two").round())
    assert [message.lines[0] for _, _, message in replicas.wire.arrived] == ["（补发）once more"]
    assert [(p.state, p.why) for p in held(replicas)] == [("uncertain", "发送时程序中断，不知道是否送达")]


def test_a_database_that_is_away_for_a_moment_costs_no_notice(replicas: Clockwork) -> None:
    owe(replicas, "secretary")
    engine, notice = replicas.world.database.engine, claimed(replicas)

    def away(connection: sa.Connection) -> None:
        raise sa.exc.OperationalError("BEGIN", {}, Exception("the server is restarting"))

    sa.event.listen(engine, "begin", away)
    with structlog.testing.capture_logs() as logged:
        asyncio.run(replicas.postman.carry(notice))
    sa.event.remove(engine, "begin", away)
    assert [line["event"] for line in logged] == ["the outbox cannot be written"]
    replicas.clock.now += LEASE + timedelta(seconds=1)
    carry(replicas)
    assert replicas.wire.count == {"demo-3": 1}


# Overtaken --------------------------------------------------------------------------------------------------------


def test_what_waited_until_quiet_hours_is_not_sent_in_them(clockwork: Clockwork) -> None:
    """A channel's turn may come late."""
    owe(clockwork, "secretary", hours=1)
    notice = claimed(clockwork)
    (chat,) = clockwork.postman.find_chats(notice)
    clockwork.clock.forward(hours=1)
    assert clockwork.postman.begin(notice, chat) is None
    carry(clockwork)
    clockwork.clock.now += LEASE
    carry(clockwork)
    assert not clockwork.wire.arrived
    assert [p.state for p in held(clockwork)] == ["expired"]


def test_nobody_is_nudged_about_what_was_done_meanwhile(clockwork: Clockwork) -> None:
    world, summary = clockwork.world, owing(clockwork.world, "summary")
    world.phone("member").press(Nudge(summary.id, 0, 0))
    world.phone("secretary of 新源里").press(Done(summary.id))
    carry(clockwork)
    assert not clockwork.wire.arrived
    assert not held(clockwork)


def test_a_digest_that_waited_all_day_in_vain_is_in_the_next_one(clockwork: Clockwork) -> None:
    """The process comes back at night: what it could not say is over, but not forgotten."""
    reminders.tick(clockwork.world.database, clockwork.clock.now)
    clockwork.clock.now = MORNING.replace(hour=22)
    carry(clockwork)
    assert not clockwork.wire.arrived
    assert {p.state for p in held(clockwork)} == {"expired"}
    clockwork.clock.now = MORNING + timedelta(days=1)
    clockwork.tick()
    assert "《党员手册》上交与讲评" in plain(clockwork.wire.at("demo-6")[0])
    assert not held(clockwork), "it is said now"


def test_a_digest_that_a_dead_process_had_claimed_is_in_the_next_one(replicas: Clockwork) -> None:
    reminders.tick(replicas.world.database, replicas.clock.now)
    assert replicas.postman.claim(99)
    replicas.clock.now = MORNING + timedelta(days=1)
    replicas.postman = replicas.hire("two")
    replicas.tick()
    assert "《党员手册》上交与讲评" in plain(replicas.wire.at("demo-6")[0])
    assert not held(replicas)


def test_what_was_put_off_to_a_day_that_became_a_day_of_rest_returns_on_the_next_working_day(
    clockwork: Clockwork,
) -> None:
    world, handbook = clockwork.world, owing(clockwork.world, "handbook")
    clockwork.tick()
    world.phone("secretary of 新源里").press(Snooze(handbook.id, 20261229))
    with world.database.write() as session:
        session.execute(sa.insert(DAY).values(committee_id=1, day=date(2026, 12, 29), works=False))
    said = []
    for day in (29, 30, 31):
        clockwork.clock.now = MORNING.replace(day=day)
        clockwork.tick()
        said.append([plain(m) for at, who, m in clockwork.wire.arrived if who == "demo-6" and at.day == day])
    assert said[0] == []
    assert "《党员手册》上交与讲评" in said[1][0]
    assert "《党员手册》上交与讲评" not in str(said[2])
