"""A lease: one process at a time, until it ends by itself."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from bot.store import leases
from tests.phone import World
from tests.store.at_once import at_once

MINUTE = timedelta(minutes=1)


def hold(world: World, holder: str, now: datetime, lasts: timedelta = MINUTE) -> int | None:
    with world.database.write() as session:
        return leases.hold(session, "wecom", holder=holder, now=now, lasts=lasts)


def test_one_holds_it_and_another_only_when_it_ended(world: World) -> None:
    now = world.clock()
    assert hold(world, "a", now) == 1
    assert hold(world, "b", now + 0.9 * MINUTE) is None
    assert hold(world, "a", now + 0.9 * MINUTE) == 1
    assert hold(world, "b", now + 1.8 * MINUTE) is None
    assert hold(world, "b", now + 1.9 * MINUTE) == 2
    assert hold(world, "a", now + 2 * MINUTE) is None


def test_a_number_never_comes_back(world: World) -> None:
    now = world.clock()
    numbers = [hold(world, holder, now + n * MINUTE) for n, holder in enumerate("abacab")]
    assert numbers == [1, 2, 3, 4, 5, 6]


def test_what_is_given_back_is_free_at_once(world: World) -> None:
    now = world.clock()
    assert hold(world, "a", now) == hold(world, "a", now, timedelta()) == 1
    assert hold(world, "b", now) == 2


def test_what_the_dead_held_is_free_at_once_and_nobody_elses(world: World) -> None:
    now = world.clock()
    assert hold(world, "dead", now) == 1
    with world.database.write() as session:
        assert leases.hold(session, "tick", holder="alive", now=now, lasts=MINUTE) == 1
        leases.end(session, holder="dead", now=now)
        assert leases.hold(session, "tick", holder="b", now=now, lasts=MINUTE) is None
    assert hold(world, "b", now) == 2


def test_a_clock_that_is_set_back_frees_it(world: World) -> None:
    now = world.clock()
    assert hold(world, "a", now + timedelta(days=300)) == 1
    assert hold(world, "b", now) == 2


def test_of_many_at_once_one_holds_it(world: World) -> None:
    now = world.clock()
    for lap in range(5):
        asking = [partial(hold, world, f"{holder}{lap}", now + lap * MINUTE) for holder in "abcd"]
        assert sorted(at_once(asking), key=str) == [lap + 1, None, None, None]


@pytest.mark.parametrize("other", ["tick", "telegram"])
def test_leases_of_other_names_are_others(world: World, other: str) -> None:
    now = world.clock()
    assert hold(world, "a", now) == 1
    with world.database.write() as session:
        assert leases.hold(session, other, holder="b", now=now, lasts=MINUTE) == 1
