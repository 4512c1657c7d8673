"""整改 in the database: who owes a plan once results are published, and what is laid out for it."""

import pytest
import sqlalchemy as sa

from bot import actions
from bot.store import rectifications
from bot.store.tables import HISTORY, OCCURRENCE
from jobs import reminders
from scoring.rectification import Reasons
from tests.conftest import Clock
from tests.phone import World
from tests.published import evaluate, published


def laid_out(world: World) -> list[tuple[int, str, str, bool]]:
    """What is laid out for 整改: branch, period, day, whether it is cancelled."""
    with world.database.write() as session:
        reminders.lay_out(session, 1, world.clock().date())
    o = OCCURRENCE.c
    query = (
        sa.select(o.branch_id, o.period, o.due, o.cancelled)
        .where(o.duty == "rectification")
        .order_by(o.branch_id, o.due)
    )
    with world.database.read() as session:
        return [(b, period, f"{due:%m-%d}", gone) for b, period, due, gone in session.execute(query)]


def test_publication_asks_those_branches_for_a_plan_whose_results_ask_for_it(world: World) -> None:
    assert laid_out(world) == []
    published(world)
    own = world.branches[2]
    with world.database.read() as session:
        [plan] = rectifications.of_committee(session, committee_id=1, term_id=world.terms[0].id)
    assert (plan.branch, plan.owed_on) == (own, world.clock().date())
    assert plan.reasons == Reasons(3, (6,))
    days = ["01-11", "02-11", "03-11", "04-09", "05-11", "06-11"]
    assert [(b, day) for b, _, day, _ in laid_out(world)] == [(own.id, day) for day in days]
    assert laid_out(world)[0][1] == "2026-12-28"
    assert laid_out(world) == laid_out(world)


def test_a_plan_is_asked_for_once_and_its_checks_stay_beyond_its_term(world: World, clock: Clock) -> None:
    published(world)
    before = laid_out(world)
    for _ in range(3):
        clock.forward(days=40)
        assert laid_out(world) == before
    with world.database.read() as session:
        query = sa.select(sa.func.count()).select_from(HISTORY).where(HISTORY.c.subject == "rectification")
        count = session.execute(query).scalar()
    assert count == 1


@pytest.mark.parametrize("grades", ["合" * 24, "优" * 18 + "不" + "优" * 5])
def test_what_is_amended_asks_anew(world: World, grades: str) -> None:
    for branch in range(4):
        evaluate(world, branch, "优" * 24 if branch else grades)
    world.phone("administrator").say("公布").tap("确认公布")
    owed = "不" in grades
    with world.database.read() as session:
        assert bool(rectifications.owing(session, 1)) is owed
    phone = world.phone("member").press(actions.Result(world.branches[0].id, world.terms[0].id))
    phone.tap("更正").tap("19").say("5" if owed else "0").say("复核后改").tap("确认更正")
    assert "已更正" in phone.toast
    with world.database.read() as session:
        plan = rectifications.of_branch(session, branch=world.branches[0], term=world.terms[0])
    assert bool(plan.reasons) is not owed
