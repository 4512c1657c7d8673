"""整改 after results that were published before there was any: asked for once, and from today on."""

import pytest
import sqlalchemy as sa

from bot.store import rectifications
from bot.store.tables import HEARTBEAT, HISTORY, OCCURRENCE, RECTIFICATION
from jobs import reminders
from tests.conftest import Clock
from tests.phone import World
from tests.published import published

PLANS = OCCURRENCE.c.duty == "rectification"


def forget_plans(world: World) -> None:
    """The database of a program that published and did not know of 整改."""
    with world.database.write() as session:
        session.execute(sa.delete(RECTIFICATION))
        session.execute(sa.delete(HISTORY).where(HISTORY.c.subject == "rectification"))
        session.execute(sa.delete(HEARTBEAT))


def owed(world: World) -> list[tuple[int, str]]:
    """Which branches owe a plan, and since when."""
    with world.database.read() as session:
        return [(one.branch_id, f"{one.since:%m-%d}") for one in rectifications.owing(session, 1)]


@pytest.mark.slow
def test_a_result_published_before_plans_existed_asks_for_one_from_today_on(
    world: World, clock: Clock
) -> None:
    published(world)
    forget_plans(world)
    clock.forward(days=70)  # 8 March
    reminders.tick(world.database, clock())
    assert owed(world) == [(world.branches[2].id, "03-08")]
    with world.database.read() as session:
        days = session.execute(
            sa.select(OCCURRENCE.c.due)
            .where(PLANS, OCCURRENCE.c.cancelled.is_(False))
            .order_by(OCCURRENCE.c.due)
        )
        assert f"{days.scalars().first():%m-%d}" == "03-22"
    phone = world.phone("secretary of 双龙").say("整改")
    assert "采用全部 24 条建议" in phone.labels


@pytest.mark.slow
def test_it_asks_once_and_not_for_what_no_longer_asks(world: World, clock: Clock) -> None:
    published(world)
    reminders.tick(world.database, clock())
    before = owed(world)
    with world.database.write() as session:
        session.execute(sa.update(RECTIFICATION).values(reasons="", owed_on=None))
    clock.forward(days=1)
    reminders.tick(world.database, clock())
    assert before
    assert owed(world) == []


def test_what_is_long_past_is_asked_for_no_more(world: World, clock: Clock) -> None:
    published(world)
    forget_plans(world)
    clock.forward(days=200)
    reminders.tick(world.database, clock())
    assert owed(world) == []
    with world.database.read() as session:
        assert not session.execute(sa.select(sa.func.count()).where(PLANS)).scalar()
