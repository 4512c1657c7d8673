"""台账 in the database: one place for each number, and a history without gaps."""

import json
from itertools import pairwise

from sqlmodel import col, select

from bot.permissions import Rater
from bot.store import facts, sheets
from bot.store.database import lock
from bot.store.tables import BRANCH, HistoryRow
from bot.values import Recorded
from scoring.facts import Fact
from tests.objects import objects
from tests.phone import World
from tests.store.at_once import at_once


def record(world: World, *said: Fact, who: str = "secretary") -> None:
    me, branch, term = world.me(who), world.branches[3], world.terms[0]
    with world.database.write() as session:
        facts.record(session, me=me, branch=branch, term=term, facts=said)


def recorded(world: World) -> tuple[Recorded, ...]:
    with world.database.read() as session:
        return facts.recorded(session, branch_id=world.branches[3].id, term_id=world.terms[0].id)


def history(world: World) -> list[HistoryRow]:
    with world.database.read() as session:
        return list(
            objects(session).exec(
                select(HistoryRow)
                .where(HistoryRow.subject == "fact", HistoryRow.branch_id == world.branches[3].id)
                .order_by(col(HistoryRow.id))
            )
        )


def test_a_number_takes_the_place_of_the_earlier_one_and_both_are_in_the_history(world: World) -> None:
    record(world, Fact("attendance", 16, 18, "2026-12"), Fact("talks", 3))
    record(world, Fact("attendance", 17, 18, "2026-12"), who="officer")
    record(world, Fact("attendance", 17, 18, "2026-12"))  # nothing new
    officer, secretary = world.me("officer"), world.me("secretary")
    assert recorded(world) == (
        Recorded(Fact("attendance", 17, 18, "2026-12"), officer.name, world.clock()),
        Recorded(Fact("talks", 3), secretary.name, world.clock()),
    )
    last = history(world)[-1]
    number = {"kind": "attendance", "period": "2026-12", "of": 18, "term": world.terms[0].id}
    assert json.loads(last.before) == {**number, "count": 16}
    assert json.loads(last.after) == {**number, "count": 17}
    assert (last.person_id, last.channel, last.at) == (officer.person_id, "web", world.clock())
    assert len(history(world)) == 3


def test_months_and_kinds_each_have_a_place_of_their_own(world: World) -> None:
    said = (Fact("attendance", 16, 18, "2026-11"), Fact("attendance", 16, 18, "2026-12"), Fact("talks", 0))
    record(world, *said)
    assert tuple(row.fact for row in recorded(world)) == said
    with world.database.write() as session:
        branch, term = world.branches[3], world.terms[0]
        sheet = sheets.begin(session, branch_id=branch.id, term=term, rater=Rater.SELF)
        behind = sheets.open_file(session, sheet).behind
    assert set(behind.facts) == set(said)
    assert behind.files == {}


def test_a_number_recorded_by_mistake_can_be_removed_once(world: World) -> None:
    record(world, Fact("talks", 3))
    me, branch, term = world.me("secretary"), world.branches[3], world.terms[0]
    answers = []
    for _ in range(2):
        with world.database.write() as session:
            answers.append(facts.clear(session, me=me, branch=branch, term=term, kinds=[("talks", "")]))
    assert answers[0]
    assert answers[1] is None
    assert recorded(world) == ()
    assert json.loads(history(world)[-1].before)["count"] == 3
    assert history(world)[-1].after == ""


def test_two_people_recording_the_same_number_at_once_keep_one_with_a_history_without_gaps(
    world: World,
) -> None:
    def write(first: int) -> None:
        for count in range(first, 20, 2):
            record(world, Fact("talks", count))

    at_once([lambda: write(0), lambda: write(1)])
    rows = history(world)
    assert len(rows) == 20
    assert rows[0].before == ""
    for one, next_one in pairwise(rows):
        assert next_one.before == one.after
    assert [row.fact.count for row in recorded(world)] == [json.loads(rows[-1].after)["count"]]


def test_reading_and_writing_behind_a_lock_loses_nothing(world: World) -> None:
    record(world, Fact("talks", 0))
    me, branch, term = world.me("secretary"), world.branches[3], world.terms[0]

    def count_up() -> None:
        for _ in range(15):
            with world.database.write() as session:
                lock(session, BRANCH, branch.id)
                (now,) = facts.recorded(session, branch_id=branch.id, term_id=term.id)
                more = Fact("talks", now.fact.count + 1)
                facts.record(session, me=me, branch=branch, term=term, facts=[more])

    at_once([count_up] * 4)
    assert [row.fact.count for row in recorded(world)] == [60]
