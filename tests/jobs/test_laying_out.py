"""Laying out: what a committee and its branches chose, in as few writes as it takes, and done things untouched."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from bot.store import laying_out, terms
from bot.store.tables import DUTY_CHOICE, CommitteeRow, DutyChoiceRow, OccurrenceRow
from jobs import reminders
from jobs.duties.calendar import TermDates
from tests.conftest import Clock
from tests.objects import objects
from tests.phone import World


@pytest.fixture(params=[0, 100], autouse=True, ids=["large committee", "small committee"])
def large(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, whether it takes one unit of work or many."""
    monkeypatch.setattr(reminders, "LARGE", request.param)


Row = tuple[int, int, str, str, date, date, bool, int]


def rows(world: World) -> set[Row]:
    """Every occurrence as it stands."""
    o = OccurrenceRow
    with world.database.read() as session:
        found = select(o.id, o.body, o.duty, o.period, o.opens, o.due, o.cancelled, o.changes)  # type: ignore[call-overload]
        return set(objects(session).exec(found).all())


def standing(world: World, duty: str) -> dict[int, list[date]]:
    """The due days of what is not cancelled of a duty, by body."""
    found: dict[int, list[date]] = {}
    for _, body, key, _, _, due, cancelled, _ in sorted(rows(world), key=lambda row: row[5]):
        if key == duty and not cancelled:
            found.setdefault(body, []).append(due)
    return found


def choose(world: World, body: int, duty: str, **chosen: Any) -> None:
    """A committee (0) or a branch chooses, or (nothing) forgets its choice; the next tick lays out again."""
    with world.database.write() as session:
        session.execute(
            sa.delete(DutyChoiceRow).where(col(DutyChoiceRow.body) == body, col(DutyChoiceRow.duty) == duty)
        )
        if chosen:
            session.execute(sa.insert(DUTY_CHOICE), {"committee_id": 1, "body": body, "duty": duty, **chosen})
        session.execute(sa.update(CommitteeRow).values(laid_out_on=None))


def test_what_fell_due_before_the_committee_began_is_not_asked_for(world: World, clock: Clock) -> None:
    today, mine = clock().date(), world.branches[3].id  # it did nothing yet

    def asked() -> set[date]:
        return {due for _, body, _, _, _, due, cancelled, _ in rows(world) if body == mine and not cancelled}

    before = asked()
    assert min(before) < today < max(before)
    with world.database.write() as session:
        session.execute(sa.update(CommitteeRow).values(begins_on=today, laid_out_on=None))
    reminders.tick(world.database, clock())
    assert asked() == {due for due in before if due >= today}


def test_a_branch_has_its_own_day_and_the_others_theirs(world: World, clock: Clock) -> None:
    usual, mine = standing(world, "party_day"), world.branches[3].id  # it did nothing yet
    done = {row for row in rows(world) if row[1] == mine and row[2] == "party_day"}
    choose(world, mine, "party_day", rule="每月第2个周三，遇休息日顺延")
    reminders.tick(world.database, clock())
    moved = standing(world, "party_day")
    assert {body: days for body, days in moved.items() if body != mine} == {
        body: days for body, days in usual.items() if body != mine
    }
    assert moved[mine] != usual[mine]
    assert {row for row in rows(world) if row[7]} < {row for row in rows(world) if row[1] == mine}
    choose(world, mine, "party_day")
    reminders.tick(world.database, clock())
    assert standing(world, "party_day") == usual
    assert len({row for row in rows(world) if row[1] == mine and row[2] == "party_day"}) == len(done)


def test_a_duty_switched_off_goes_and_comes_back_as_the_same_one(world: World, clock: Clock) -> None:
    before = rows(world)
    choose(world, 0, "summary", active=False)
    reminders.tick(world.database, clock())
    assert standing(world, "summary") == {}
    choose(world, 0, "summary")
    reminders.tick(world.database, clock())
    assert rows(world) == before


def test_only_a_branch_that_switched_a_duty_off_is_without_it(world: World, clock: Clock) -> None:
    mine = world.branches[1].id
    choose(world, mine, "summary", active=False)
    reminders.tick(world.database, clock())
    assert standing(world, "summary").keys() == {branch.id for branch in world.branches} - {mine}


def test_a_branch_switches_on_what_the_committee_leaves_off(world: World, clock: Clock) -> None:
    mine = world.branches[2].id
    choose(world, mine, "group_meeting", active=True)
    reminders.tick(world.database, clock())
    assert standing(world, "group_meeting").keys() == {mine}


def test_a_new_branch_owes_what_the_others_owe(world: World, clock: Clock) -> None:
    with world.database.write() as session:
        new = terms.add_branch(session, committee_id=1, name="新校区党支部", campus="新校区")
        session.execute(sa.update(CommitteeRow).values(laid_out_on=None))
    reminders.tick(world.database, clock())
    for duty in ("plan", "summary", "party_day"):
        found = standing(world, duty)
        assert found[new] == found[world.branches[0].id]


def test_what_changes_while_it_is_laid_out_is_laid_out_by_the_next_tick(world: World, clock: Clock) -> None:
    with world.database.read() as session:
        stale = reminders.plan(session, 1, clock().date())
        steps = stale.steps(session)
    choose(world, 0, "summary", active=False)
    with world.database.write() as session:
        for step in steps:
            step(session)
        assert reminders.plan(session, 1, clock().date()) != stale
        waiting = laying_out.waiting(session, today=clock().date())
        assert [number for number, laid_out, _ in waiting if not laid_out] == [1]
    reminders.tick(world.database, clock() + timedelta(seconds=20))
    assert standing(world, "summary") == {}


def test_another_committee_is_left_alone(world: World, clock: Clock) -> None:
    with world.database.write() as session:
        other = terms.add_committee(session, name="邻校党总支", edition="jinsong_2017")
        branch = terms.add_branch(session, committee_id=other, name="邻校党支部", campus="邻校")
        terms.add_term(
            session,
            committee_id=other,
            dates=TermDates("第一学期", date(2026, 9, 1), date(2027, 1, 22)),
            edition="jinsong_2017",
        )
    before = rows(world)
    reminders.tick(world.database, clock())
    new = rows(world) - before
    assert before <= rows(world)
    assert {row[1] for row in new} == {0, branch}
