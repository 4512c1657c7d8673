"""No number is doubled or lost, and no correction makes an answer late: histories at random against a plain model."""

import os
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.actions import (
    Action,
    AlsoFor,
    ClearFact,
    FactKept,
    NotDone,
    TakeReported,
    Tick,
    TypedCorrection,
    TypedFact,
    TypedOnCard,
    TypedReport,
    UndoFact,
)
from bot.dialogue import respond
from bot.dialogue.work import Work
from bot.message import Reply
from bot.permissions import Rater
from bot.store import duties, facts, sheets
from bot.values import Branch, Owing, Term
from jobs.duties.catalogue import Duty
from scoring.refusal import Refused
from scoring.rubric import FactKind
from tests.phone import World

HISTORIES = {"sqlite": 10_000, "postgresql": 1_000}
SHARE = {"all": 20, "long": 1}.get(os.environ.get("TRIALS", ""), 200)  # one of so many is tried
SHARDS = 4
STEPS = 8
DUTIES = ("party_day", "study", "reports", "talks", "handbook", "committee_meeting", "life_meeting", "notes")
KINDS = (
    "attendance",
    "reports",
    "talks",
    "handbook_in",
    "committee_minutes",
    "party_days",
    "volunteer",
    "notes",
)
Key = tuple[str, str]
Number = tuple[int, int | None]


@dataclass
class Answered:
    """What a task's answer says, and the day on which it was first answered."""

    numbers: dict[Key, Number]
    first: date


@dataclass
class Model:
    """What should stand: numbers by hand, and those of answers."""

    hand: dict[Key, Number] = field(default_factory=dict)
    answers: dict[int, Answered] = field(default_factory=dict)
    touched: Counter[int] = field(default_factory=Counter)
    """How often something happened to a task: nothing is taken back over what happened since."""

    def reported(self, key: Key) -> Number | None:
        """What all answers say together."""
        said = [answer.numbers[key] for answer in self.answers.values() if key in answer.numbers]
        if not said:
            return None
        of = None if said[0][1] is None else sum(of or 0 for _, of in said)
        return sum(count for count, _ in said), of

    def numbers(self) -> dict[Key, Number]:
        """The one number of every kind and month."""
        keys = {key for answer in self.answers.values() for key in answer.numbers}
        reported = {key: self.reported(key) for key in keys}
        return {**{key: number for key, number in reported.items() if number}, **self.hand}

    def answer(self, task: int, numbers: dict[Key, Number], today: date) -> None:
        first = self.answers[task].first if task in self.answers else today
        self.answers[task] = Answered(numbers, first)
        self.touched[task] += 1
        for key in numbers:
            if self.hand.get(key) == self.reported(key):
                del self.hand[key]

    def copy(self) -> "Model":
        answers = {task: replace(one) for task, one in self.answers.items()}
        return Model(dict(self.hand), answers, Counter(self.touched))


class History:
    """One history: what a person does to numbers, on the bot and on the model."""

    def __init__(self, world: World, work: Work, chance: random.Random) -> None:
        self.work, self.chance, self.model = work, chance, Model()
        self.branch: Branch = world.branches[3]
        self.term: Term = next(t for t in world.terms if t.starts <= work.today <= t.ends)
        self.sheet = sheets.begin(work.session, branch_id=self.branch.id, term=self.term, rater=Rater.SELF)
        self.changes: list[tuple[UndoFact, Model, Model]] = []
        self.said: list[Action] = []
        self.months = sorted({owed.period for owed in self.owing() if owed.duty == "reports"})

    def owing(self) -> list[Owing]:
        found = duties.of_branch(self.work.session, branch_id=self.branch.id, term_id=self.term.id)
        return [owed for owed in found if owed.duty in DUTIES]

    def do(self, action: Action) -> Reply | None:
        """What it answers; None where it is refused, and nothing is kept."""
        self.said.append(action)
        step = self.work.session.begin_nested()
        try:
            reply = respond(self.work, action)
        except Refused:
            step.rollback()
            return None
        step.commit()
        return reply

    def step(self) -> None:
        """One thing more, and what should stand then does."""
        getattr(
            self,
            self.chance.choice(
                (
                    "answers",
                    "answers",
                    "corrects",
                    "opens",
                    "types",
                    "types",
                    "clears",
                    "undoes",
                    "holds",
                    "waits",
                    "on_a_card",
                )
            ),
        )()
        self.check()

    # --- what a person does -------------------------------------------------------------------------------------

    def answers(self) -> None:
        owed = self.chance.choice(self.owing())
        action, numbers = self.answer_to(owed)
        reply = self.do(action)
        if reply is not None and not owed.done:
            self.model.answer(owed.id, numbers, self.work.today)
            self.accept(reply)

    def corrects(self) -> None:
        done = [owed for owed in self.owing() if owed.id in self.model.answers]
        if done:
            owed = self.chance.choice(done)
            action, numbers = self.answer_to(owed, again=True)
            if self.do(action) is not None:
                self.model.answer(owed.id, numbers, self.work.today)

    def opens(self) -> None:
        owed = self.chance.choice(self.owing())
        self.do(NotDone(owed.id))
        if self.model.answers.pop(owed.id, None):
            self.model.touched[owed.id] += 1

    def types(self) -> None:
        kind, period = self.place()
        self.typed(kind, period, TypedFact(*self.where(kind, period), self.number(kind)))

    def on_a_card(self) -> None:
        kind = self.term.table.facts["attendance"]
        text = self.number(kind)
        self.typed(kind, f"{self.work.today:%Y-%m}", TypedOnCard(self.sheet, 6, text), text)

    def typed(self, kind: FactKind, period: str, action: Action, text: str = "") -> None:
        before = self.model.copy()
        alone = self.alone(kind, period)
        count, _, of = (text or getattr(action, "text", "")).partition("/")
        number: Number = (int(count), int(of) if of else None)
        reply = self.do(action)
        assert reply is not None, action
        key = (kind.key, period)
        if alone is None:
            self.model.hand[key] = number
        else:
            self.model.hand.pop(key, None)
            self.model.answer(alone.id, self.facts_of(alone, [number]), self.work.today)
        undo = next((b.action for b in reply.screen.buttons if isinstance(b.action, UndoFact)), None)
        if undo is not None:
            self.changes.append((undo, before, self.model.copy()))
        self.accept(reply)

    def accept(self, reply: Reply) -> None:
        """Perhaps the number is what another task asks for, too; perhaps what was reported holds."""
        self.check()
        offered = [b.action for b in reply.screen.buttons if isinstance(b.action, AlsoFor | TakeReported)]
        if not offered or self.chance.random() < 0.4:
            return
        action = self.chance.choice(offered)
        if self.do(action) is None:
            return
        owed = duties.one(self.work.session, action.task)
        if isinstance(action, TakeReported):
            for key in self.differing(owed):
                del self.model.hand[key]
            return
        duty = behind(owed)
        asked = duty.asks[:1] if duty.closes == "party_day" else duty.asks
        keys = [(kind.key, owed.period[:7] if kind.monthly else "") for kind in asked]
        numbers = self.facts_of(owed, [self.share(key) for key in keys])
        self.model.answer(owed.id, numbers, self.work.today)
        for key in keys:
            self.model.hand.pop(key, None)

    def share(self, key: Key) -> Number:
        """What a number typed by hand says of one task: all of it, or the rest of a total."""
        (count, of), others = self.model.hand[key], self.model.reported(key)
        if others is None or (of is not None and of <= (others[1] or 0)):
            return count, of
        return count - others[0], None if of is None else of - (others[1] or 0)

    def differing(self, owed: Owing) -> list[Key]:
        """What was typed by hand and the answer to a task, with others, says otherwise."""
        hand, numbers = self.model.hand, self.model.answers[owed.id].numbers
        quiet = {("volunteer", "")} if owed.duty == "party_day" and not numbers["volunteer", ""][0] else set()
        return sorted(k for k in numbers.keys() - quiet if k in hand and hand[k] != self.model.reported(k))

    def clears(self) -> None:
        kind, period = self.place()
        before = self.model.copy()
        reply = self.do(ClearFact(*self.where(kind, period)))
        assert reply is not None
        self.model.hand.pop((kind.key, period), None)
        if isinstance(here := reply.screen.here, FactKept):
            undo = UndoFact(here.branch, here.term, here.kind, here.month, here.change)
            self.changes.append((undo, before, self.model.copy()))

    def undoes(self) -> None:
        if not self.changes:
            return
        undo, before, after = self.changes.pop(self.chance.randrange(len(self.changes)))
        hand = {k for k in before.hand.keys() | after.hand.keys() if before.hand.get(k) != after.hand.get(k)}
        tasks = {t for t in after.answers if before.answers.get(t) != after.answers[t]}
        stands = all(self.model.hand.get(k) == after.hand.get(k) for k in hand) and all(
            t in self.model.answers and self.model.touched[t] == after.touched[t] for t in tasks
        )
        done = self.do(undo)
        if not stands:
            assert done is None, undo
            return
        assert done is not None, undo
        for task in tasks:
            if task in before.answers:
                self.model.answer(task, before.answers[task].numbers, self.work.today)
            else:
                del self.model.answers[task]
                self.model.touched[task] += 1
        for key in hand:
            if key in before.hand:
                self.model.hand[key] = before.hand[key]
            else:
                self.model.hand.pop(key, None)

    def holds(self) -> None:
        """An old button: what was reported holds."""
        done = list(self.model.answers)
        if not done:
            return
        owed = duties.one(self.work.session, self.chance.choice(done))
        keys = self.differing(owed)
        count, of = self.model.hand[keys[0]] if keys else (0, None)
        if self.do(TakeReported(owed.id, count, of or 0)) is not None:
            for key in keys:
                del self.model.hand[key]

    def waits(self) -> None:
        """Days pass; what was answered with too little closes when its day is over."""
        me = replace(self.work.me, now=self.work.me.now + timedelta(days=self.chance.randrange(1, 9)))
        if me.now.date() > self.term.ends:
            return
        self.work = replace(self.work, me=me)
        before = {owed.id for owed in self.owing() if not owed.done}
        duties.close_short(
            self.work.session,
            committee_id=self.branch.committee_id,
            since=self.term.starts,
            until=me.now.date() - timedelta(days=1),
            me=me,
        )
        self.model.touched.update(owed.id for owed in self.owing() if owed.done and owed.id in before)

    # --- what it is made of -------------------------------------------------------------------------------------

    def answer_to(self, owed: Owing, *, again: bool = False) -> tuple[Action, dict[Key, Number]]:
        """An answer to a task, and the numbers it says."""
        duty, roll = behind(owed), self.chance.randrange
        report = TypedCorrection if again else TypedReport
        if duty.things:
            yes = roll(1 << len(duty.things))
            ticks: list[Number] = [
                (yes >> n & 1, 1 if kind.form == "ratio" else None) for n, kind in enumerate(duty.asks)
            ]
            return Tick(owed.id, len(duty.things), yes, int(again)), self.facts_of(owed, ticks)
        if duty.closes == "numbers":
            of = roll(1, 19)
            handed = roll(of + 1)
            passed = roll(handed + 1)
            best = roll(passed + 1)
            text = f"应交{of} 上交{handed} 合格{passed} 优秀{best}"
            return report(owed.id, text), self.facts_of(owed, [(handed, of), (passed, of), (best, of)])
        if duty.closes == "count":
            number = roll(5)
            return report(owed.id, str(number)), self.facts_of(owed, [(number, None)])
        count = roll(13, 19)
        numbers: list[Number] = [(count, 18)]
        served = roll(2) if duty.closes == "party_day" else 0
        if duty.closes == "party_day":
            numbers.append((served, None))
        return report(owed.id, f"{count}/18{' 志愿' * served}"), self.facts_of(owed, numbers)

    def facts_of(self, owed: Owing, numbers: list[Number]) -> dict[Key, Number]:
        duty = behind(owed)
        numbers = [*numbers, *((0, None) for _ in duty.asks[len(numbers) :]), *((1, None) for _ in duty.adds)]
        said = zip((*duty.asks, *duty.adds), numbers, strict=True)
        return {(kind.key, owed.period[:7] if kind.monthly else ""): number for kind, number in said}

    def alone(self, kind: FactKind, period: str) -> Owing | None:
        asking = [o for o in self.owing() if kind in behind(o).asks]
        there = [o for o in asking if not kind.monthly or o.period == period]
        if len({o.duty for o in asking}) != 1 or len(there) != 1 or len(behind(there[0]).asks) != 1:
            return None
        return there[0] if there[0].opens <= self.work.today and not there[0].done else None

    def place(self) -> tuple[FactKind, str]:
        kind = self.term.table.facts[self.chance.choice(KINDS)]
        return kind, self.chance.choice(self.months) if kind.monthly else ""

    def where(self, kind: FactKind, period: str) -> tuple[int, int, int, int]:
        return self.branch.id, self.term.id, kind.number, int(period.replace("-", "") or 0)

    def number(self, kind: FactKind) -> str:
        if kind.form == "ratio":
            return f"{self.chance.randrange(15, 19)}/18"
        return str(self.chance.randrange(5))

    # --- what must hold -----------------------------------------------------------------------------------------

    def check(self) -> None:
        """What stands is what the model says: each number once, and each answer at its first time."""
        session, expected = self.work.session, self.model.numbers()
        now = facts.recorded(session, branch_id=self.branch.id, term_id=self.term.id)
        assert {(r.fact.kind, r.fact.period): (r.fact.count, r.fact.of) for r in now} == expected, self.said
        by_hand = {(r.fact.kind, r.fact.period) for r in now if r.typed}
        assert by_hand == self.model.hand.keys(), self.said
        for owed in self.owing():
            answered = self.model.answers.get(owed.id)
            assert (owed.answered_at is None) == (answered is None), self.said
            if answered is None:
                assert not owed.done
                continue
            zone = self.work.me.now.tzinfo
            assert owed.answered_at.astimezone(zone).date() == answered.first, self.said  # type: ignore[union-attr]
            lacking = owed.duty == "reports" and sum(count for count, _ in answered.numbers.values()) < 2
            if not lacking:
                assert owed.done, self.said
            if owed.done_at is not None:
                assert owed.done_at == owed.answered_at, self.said


def behind(owed: Owing) -> Duty:
    duty = owed.behind
    assert duty is not None
    return duty


def histories(world: World, number: int, seed: int) -> None:
    chance = random.Random(seed)
    start = world.clock().replace(month=11, day=20)
    with world.database.write() as session:
        me: Any = replace(world.me("secretary of 新源里"), now=start)
        work = Work(session, me, world.evidence, lambda code: [])
        for _ in range(number):
            step = session.begin_nested()
            history = History(world, work, chance)
            for _ in range(STEPS):
                history.step()
            behind_sheet = sheets.open_file(session, history.sheet).behind.facts
            expected = history.model.numbers()
            assert {(f.kind, f.period): (f.count, f.of) for f in behind_sheet} == expected, history.said
            step.rollback()


@pytest.mark.random
@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_number_is_doubled_or_lost(world: World, shard: int) -> None:
    number = HISTORIES["sqlite" if "sqlite" in str(world.database.engine.url) else "postgresql"]
    histories(world, number // SHARE // SHARDS, seed=shard)
