"""Done, put off, silenced, opened again and nudged at random, between planning, claiming, drawing and sending.

Each step of the postman is taken by itself, as another process would take it while people do other things.
"""

import shutil
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bot.actions import Done, Mute, NotDone, Nudge, Snooze, Task, day_number
from bot.delivery import Delivery, Unseen
from bot.message import Message
from bot.screens import reminding
from bot.screens.duties import titled
from bot.store import duties
from bot.store.chats import Address
from bot.store.database import Database
from bot.store.notices import DIGEST
from bot.store.outbox import Claimed
from bot.store.tables import NOTICE
from bot.values import Owing
from jobs import reminders
from jobs.duties.catalogue import read_duties
from jobs.duties.occurrences import Occurrence
from jobs.duties.telling import Rhythm, named
from jobs.duties.workdays import WorkDays
from tests.conftest import NOW, Clock, careless, sqlite_database, trials
from tests.jobs.test_year import names
from tests.phone import World
from tests.wire import Clockwork

DAYS = WorkDays()
WHO = {"secretary": 0, "officer": 0, "secretary of 新源里": 3}  # who does what, and in which branch
TASKS = ("handbook", "summary", "life_meeting")
ANSWERS = {"handbook": "18 18 17 6", "life_meeting": "都有"}
FIRST = NOW.replace(hour=8, minute=42)  # Monday 28 December 2026
EXAMPLES, STEPS = trials(25), 25
Key = tuple[str, int]  # a persona, and an occurrence


def event(
    name: str, **details: st.SearchStrategy[object]
) -> st.SearchStrategy[tuple[str, dict[str, object]]]:
    """Something that happens: a method below and what it is given."""
    return st.tuples(st.just(name), st.fixed_dictionaries(details))


EVENTS = (
    event(
        "somebody",
        does=st.sampled_from(("reports", "puts off", "puts off", "opens again", "mutes", "nudges")),
        who=st.sampled_from(sorted(WHO)),
        some=st.sampled_from((TASKS, TASKS[:1], TASKS[1:])),
        days=st.integers(0, 3),
    ),
    event("wait", hours=st.sampled_from((0.03, 0.05, 3, 12.3))),
    event("next_morning", days=st.integers(1, 2), up=st.booleans(), carrying=st.booleans()),
    event(
        "step",
        does=st.sampled_from(("claim", "claim one", "draw", "draw", "send", "carry")),
        n=st.integers(0, 5),
        answer=st.sampled_from(("sent", "lies", "lost", "limited", "dies")),
    ),
)


@dataclass
class Flight:
    """A notice in the hands of a postman; drawn when `message` is there."""

    postman: Delivery
    notice: Claimed
    chat: Address
    message: Message | None = None
    before: "Model | None" = None  # what was known before it was drawn
    day: date = date.min  # on which it was drawn


@dataclass
class PutOff:
    """What somebody wants to hear of again on a day.

    Once a plan was made that has to hold it, it must be said; if it was done just then, it may be.
    """

    until: date
    must: bool = False
    may: bool = False


@dataclass
class Model:
    """What was said, and what is still to be said."""

    put_off: dict[Key, PutOff] = field(default_factory=dict)
    named: dict[Key, date] = field(default_factory=dict)  # the last digest that named it
    digests: Counter[tuple[str, date, bool]] = field(default_factory=Counter)
    muted: dict[str, date] = field(default_factory=dict)
    silenced: set[Key] = field(default_factory=set)  # put off to a day of silence: may be said after it


class NoticeLife(RuleBasedStateMachine):
    """The demo committee in the weeks around the end of a term."""

    template: ClassVar[Path]
    folder: ClassVar[Path]
    world: ClassVar[World]
    clock: ClassVar[Clock] = Clock()

    @initialize()
    def begin(self) -> None:
        """A fresh copy of the demo on the same engine: its statements are compiled already."""
        self.world.database.close()
        for ending in ("-wal", "-shm"):
            (self.folder / f"bot.db{ending}").unlink(missing_ok=True)
        shutil.copy(self.template, self.folder / "bot.db")
        self.clock.now = FIRST
        self.clockwork = Clockwork(self.world, self.clock)
        self.postmen = [self.clockwork.postman, self.clockwork.hire("two")]
        self.flights: list[Flight] = []
        self.model = Model()
        self.persona = {self.world.me(who).person_id: who for who in WHO}
        self.branches, self.term = self.world.branches, self.world.terms[0].id
        self.rhythm = Rhythm(DAYS, tuple((term.starts, term.ends) for term in reversed(self.world.terms)))
        self.planned: date | None = None
        self.tick()

    # Looking ----------------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """The day it is."""
        return self.clock.now.date()

    def owing(self, who: str) -> list[Owing]:
        """All that a persona's branch owes this term."""
        with self.world.database.read() as session:
            return list(duties.of_branch(session, branch_id=self.branches[WHO[who]].id, term_id=self.term))

    def state(self, notice: Claimed) -> str:
        """What became of a notice."""
        with self.world.database.read() as session:
            return str(
                session.execute(sa.select(NOTICE.c.state).where(NOTICE.c.id == notice.id)).scalar_one()
            )

    def task(self, who: str, duty: str) -> Owing:
        """The last occurrence of a duty."""
        return [owed for owed in self.owing(who) if owed.duty == duty][-1]

    def muted(self, who: str) -> bool:
        """Whether a persona wants to hear nothing today."""
        return self.model.muted.get(who, date.min) >= self.today

    @rule(what=st.one_of(EVENTS))
    def happens(self, what: tuple[str, dict[str, object]]) -> None:
        """One rule for everything: of several, Hypothesis leaves some out in most examples."""
        name, details = what
        getattr(self, name)(**details)

    # People -----------------------------------------------------------------------------------------------------

    def somebody(self, does: str, who: str, some: tuple[str, ...], days: int) -> None:
        """Somebody does something about some of their tasks, or wants silence for some days."""
        owing = [self.task(who, duty) for duty in some]
        if does == "reports":
            self.report(who, owing)
        elif does == "puts off":
            self.put_off(who, owing, DAYS.next_working(self.today + timedelta(days=max(days, 1))))
        elif does == "opens again":
            for owed in owing:
                self.world.phone(who).press(NotDone(owed.id))
        elif does == "mutes":
            until = self.today + timedelta(days=days - 2)
            self.world.phone(who).press(Mute(day_number(until) if days >= 2 else 0))
            self.model.muted[who] = until
        else:
            self.world.phone("member").press(Nudge(owing[0].id, days % 2, 1))

    def report(self, who: str, owing: list[Owing]) -> None:
        """It is done, and nobody of the branch hears of it any more."""
        for owed in owing:
            phone = self.world.phone(who).press(Task(owed.id))
            if owed.duty in ANSWERS:
                phone.say(ANSWERS[owed.duty])
            else:
                phone.press(Done(owed.id))
            assert self.task(who, owed.duty).done

    def put_off(self, who: str, owing: list[Owing], until: date) -> None:
        """It is to be said on a later day, and not before."""
        for owed in owing:
            self.world.phone(who).press(Snooze(owed.id, day_number(until)))
            if not owed.done:
                self.model.put_off[who, owed.id] = PutOff(until)

    # Time -------------------------------------------------------------------------------------------------------

    def wait(self, hours: float) -> None:
        """Time passes, and nobody does anything."""
        self.clock.forward(hours=hours)

    def next_morning(self, days: int, up: bool, carrying: bool) -> None:
        """It is some days later, at the time of reminders; the bot was up, or the days were not even planned."""
        for _ in range(days):
            self.clock.now = self.clock.now.replace(hour=0, minute=1) + timedelta(days=1)
            if up:
                self.tick()
        self.clock.now = self.clock.now.replace(hour=8, minute=42)
        self.tick()
        if carrying:
            self.carry()

    def tick(self) -> None:
        """The day is planned, unless it was or is over."""
        reminders.tick(self.world.database, self.clock.now)
        if self.planned == self.today or not self.rhythm.speaks(self.today) or self.clock.now.hour >= 21:
            return
        self.planned = self.today
        for (who, number), wish in list(self.model.put_off.items()):
            if wish.until > self.today:
                continue
            owed = next(o for o in self.owing(who) if o.id == number)
            if self.muted(who):
                del self.model.put_off[who, number]
                self.model.silenced.add((who, number))
            else:
                wish.must, wish.may = wish.must or not owed.done, True

    # Carrying ---------------------------------------------------------------------------------------------------

    def step(self, does: str, n: int, answer: str) -> None:
        """One step of one of the postmen."""
        if does == "carry":
            self.carry()
        elif does.startswith("claim"):
            self.claim(n % 2, 9 if does == "claim" else 1)
        elif does == "draw" and (waiting := [flight for flight in self.flights if flight.message is None]):
            self.draw(waiting[n % len(waiting)])
        elif does == "send" and (drawn := [flight for flight in self.flights if flight.message is not None]):
            self.send(drawn[n % len(drawn)], answer)

    def carry(self) -> None:
        """A quiet while, in which everything that is claimed or due goes its usual way."""
        self.claim(0, 99)
        for flight in [flight for flight in self.flights if flight.message is None]:
            self.draw(flight)
        for flight in list(self.flights):
            self.send(flight, "sent")

    def claim(self, n: int, most: int) -> None:
        """A postman takes what is due."""
        postman = self.postmen[n]
        for notice in postman.claim(most):
            for chat in postman.find_chats(notice):
                self.flights.append(Flight(postman, notice, chat))

    def draw(self, flight: Flight) -> None:
        """A claimed notice is drawn, and the channel is called next."""
        flight.day = self.today
        flight.before, merged = deepcopy(self.model), self.state(flight.notice) == "void"
        drawn = flight.postman.begin(flight.notice, flight.chat)
        flight.message = drawn.message if drawn else None
        if flight.message is not None:
            self.check(flight, flight.message)
            return
        self.flights.remove(flight)
        who = self.persona.get(flight.notice.person_id)
        if merged or not flight.notice.key.startswith(DIGEST):
            return
        if who and self.state(flight.notice) == "void":
            done = {owed.id for owed in self.owing(who) if owed.done}
            for key in self.possible(who):
                assert self.muted(who) or key[1] in done, "there was something to say"
                del self.model.put_off[key]

    def send(self, flight: Flight, answer: str) -> None:
        """The channel answers, or not."""
        self.flights.remove(flight)
        if answer == "sent":
            flight.postman.confirm(flight.notice, flight.chat, None, True)
        elif answer == "lies":  # in a page, until somebody looks
            flight.postman.confirm(flight.notice, flight.chat, Unseen(), True)
        elif answer == "lost":
            flight.postman.hold(flight.notice, "lost")
        elif answer == "limited":
            flight.postman.postpone(flight.notice, 5, "limited", 0)
            if self.state(flight.notice) == "waiting" and not flight.notice.again:
                self.forget(flight)

    # What must be so --------------------------------------------------------------------------------------------

    def check(self, flight: Flight, message: Message) -> None:
        """A message that may arrive now names nothing that is done, and comes when it may."""
        who = self.persona.get(flight.notice.person_id)
        assert DAYS.works(self.today)
        assert timedelta(hours=7, minutes=30) <= self.clock.now - self.clock.now.replace(hour=0, minute=0)
        assert self.clock.now.hour < 21
        if who is None:
            return
        assert not self.muted(who)
        owing = [(titled(read_duties("jinsong_2017")[o.duty], o.period), o) for o in self.owing(who)]
        if not flight.notice.key.startswith(DIGEST):
            assert message.title in {name for name, o in owing if not o.done}
            return
        told = set(names(message))
        assert told
        assert told <= {name for name, o in owing if not o.done}, "it is done"
        self.model.digests[who, self.today, flight.notice.again] += 1
        if flight.notice.again:
            return
        alone = Counter(name for name, _ in owing)
        for name, owed in owing:
            if alone[name] == 1 and not owed.done:
                self.check_one(who, owed, name in told)
        for key in self.possible(who):
            del self.model.put_off[key]  # it was said, or is done

    def check_one(self, who: str, owed: Owing, told: bool) -> None:
        """What was put off is said on its day, and everything else on its own days."""
        wish = self.model.put_off.get((who, owed.id))
        before = self.model.named.get((who, owed.id), FIRST.date() - timedelta(days=1))
        if wish and wish.until > self.today:
            assert not told, f"{owed.duty} was put off to {wish.until}"
        elif wish and wish.must:
            assert told, f"{owed.duty} was put off to {wish.until} and did not return"
        elif told and not (wish and wish.may) and (who, owed.id) not in self.model.silenced:
            occurrence = Occurrence(owed.duty, owed.period, owed.opens, owed.due, owed.closes, owed.told_on)
            duty = read_duties("jinsong_2017")[owed.duty]
            reason = named(occurrence, duty, self.rhythm, before, self.today)
            assert reason is not None, f"{owed.duty} has no reason"
        if told:
            self.model.named[who, owed.id] = self.today

    def possible(self, who: str) -> list[Key]:
        """What a persona put off and today's digest is to say."""
        return [key for key, wish in self.model.put_off.items() if key[0] == who and wish.may]

    def forget(self, flight: Flight) -> None:
        """A message surely did not arrive: it is drawn once more, for the same reasons."""
        who = self.persona.get(flight.notice.person_id)
        if who is None or flight.before is None or not flight.notice.key.startswith(DIGEST):
            return
        self.model.digests[who, flight.day, flight.notice.again] -= 1
        for key, wish in flight.before.put_off.items():
            if key[0] == who:
                self.model.put_off.setdefault(key, wish)
        for key in [key for key in self.model.named if key[0] == who]:
            del self.model.named[key]
        self.model.named |= {key: on for key, on in flight.before.named.items() if key[0] == who}

    @invariant()
    def one_digest_a_day(self) -> None:
        """And on the due day one more, marked."""
        if hasattr(self, "model"):
            assert not self.model.digests or max(self.model.digests.values()) <= 1


@pytest.mark.random
def test_nobody_hears_of_what_is_done_or_when_they_want_silence_and_what_was_put_off_returns_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "SAID", 100)  # a digest lists all it names, so that it can be compared
    database = Database(f"sqlite:///{tmp_path / 'bot.db'}")
    sa.event.listen(database.engine, "connect", careless)
    sqlite_database(tmp_path / "template.db", "demo").close()
    NoticeLife.template, NoticeLife.folder = tmp_path / "template.db", tmp_path
    NoticeLife.world = World(database, tmp_path, NoticeLife.clock)
    run_state_machine_as_test(
        NoticeLife,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],  # making a failure shorter takes minutes
        ),
    )
    database.close()
