"""Notices under faults: none is lost and none comes twice, whoever dies and whatever the wire says."""

from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from time import sleep

import pytest
import sqlalchemy as sa
import structlog

from bot.store import chats, notices
from bot.store.database import Database
from bot.store.notices import Owed
from bot.store.tables import ADDRESS, NOTICE
from jobs import reminders
from jobs.duties.workdays import WorkDays
from tests.conftest import NOW, ZONE, Databases, trials
from tests.faults.postmen import Postmen
from tests.phone import World
from tests.store.at_once import at_once

TRIALS = {"sqlite": trials(65), "postgresql": trials(35)}
NOTICES, LIFE = 30, 0.04  # of one trial; LIFE: seconds until a postman is killed, at most
STARTS = trials(50)
SEED = 20171101
DAYS = WorkDays()


class Trial:
    """Thirty notices to eight people on a day of their own, half of them the last reminder before something is due."""

    def __init__(self, world: World, number: int) -> None:
        self.world, self.number = world, number
        self.day = NOW
        for _ in range(number):
            self.day = self.day.combine(
                DAYS.next_working(self.day.date() + timedelta(days=1)), NOW.time(), NOW.tzinfo
            )
        self.blocked = f"demo-{number % 8}"

    def owe(self) -> None:
        """Write them into the outbox; whoever blocked the bot yesterday has come back."""
        with self.world.database.write() as session:
            session.execute(sa.delete(NOTICE))
            session.execute(sa.update(ADDRESS).values(refused_at=None))
            owed = [
                Owed(
                    1 + n % 8,
                    f"{self.number}.{n}",
                    "hp",
                    self.day,
                    self.day + timedelta(hours=11),
                    said=f"{self.number}.{n}",
                    last=n % 2 == 0,
                )
                for n in range(NOTICES)
            ]
            assert notices.owe(session, committee_id=1, notices=owed) == NOTICES

    def check(self, arrived: Counter[str]) -> Counter[str]:
        """Each was sent, or is listed; none came twice, but one on its due day, marked. What became of them."""
        with self.world.database.read() as session:
            rows = session.execute(sa.select(NOTICE)).all()
            listed = {one.id for one in notices.undelivered(session, committee_id=1, limit=999)}
        mine = [row for row in rows if row.key.startswith(f"{self.number}.")]
        assert len(mine) == NOTICES
        for row in rows:
            assert row.state in ("sent", "uncertain", "failed", "expired"), row
            assert (row.id in listed) is (row.state != "sent"), row
        for row in mine:
            plain, marked = arrived[row.said], arrived[f"（补发）{row.said}"]
            assert plain <= 1, row
            assert marked <= row.last, row
            assert plain + marked or row.state != "sent", row
        return Counter(row.state for row in mine) + Counter("again" for row in mine if row.again)


@pytest.mark.random
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_no_notice_is_lost_and_none_comes_twice(kind: str, databases: Databases, tmp_path: Path) -> None:
    replicas = 1 if kind == "sqlite" else 2
    random, seen, killed = Random(SEED), Counter[str](), 0
    database = databases.give(kind, "demo")
    world = World(database, tmp_path, lambda: NOW)
    with database.write() as session:  # one of them has a second chat
        chat = chats.chat_at(session, channel="second", external="second", now=NOW).me
        chats.belongs(session, address_id=chat.address_id, person_id=world.me("secretary").person_id)
    url = database.url.render_as_string(hide_password=False)
    with Postmen(tmp_path, url, NOW) as postmen:
        for number in range(TRIALS[kind]):
            trial = Trial(world, number)
            trial.owe()
            postmen.time.until(trial.day)
            seeds = iter(range(number * 99, number * 99 + 99))
            for slot in range(replicas):
                postmen.start(slot, next(seeds), trial.blocked)
            for _ in range(replicas):
                sleep(random.uniform(0, LIFE))
                slot = random.randrange(replicas)
                killed += postmen.kill(slot)
                postmen.start(slot, next(seeds), trial.blocked)
            postmen.wait()
            seen += trial.check(Counter(postmen.arrived()))
        assert not postmen.complaints, "a deadlock would be one"
    print(f"{kind}: {killed} killed at work, {dict(seen)}")
    assert killed >= TRIALS[kind] / 2
    assert {"uncertain", "failed", "again"} <= set(seen)
    assert seen["sent"] > TRIALS[kind] * NOTICES / 2


def planned(database: Database) -> list[tuple[object, ...]]:
    """What is in the outbox, without its numbers."""
    columns = (NOTICE.c.person_id, NOTICE.c.key, NOTICE.c.action, NOTICE.c.send_at, NOTICE.c.last)
    with database.read() as session:
        rows = session.execute(sa.select(*columns).order_by(*columns[:2])).all()
    return [(*row[:3], row.send_at.astimezone(ZONE), row.last) for row in rows]


def ticked(database: Database, schedulers: int) -> list[tuple[object, ...]]:
    """What is owed after fifty days, on each of which these schedulers start together."""
    url = database.url.render_as_string(hide_password=False)
    several = [database, *(Database(url) for _ in range(schedulers - 1))]
    for number in range(STARTS):
        now = (NOW + timedelta(days=number)).replace(hour=8)
        at_once([partial(reminders.tick, one, now) for one in several])
    for one in several[1:]:
        one.close()
    return planned(database)


@pytest.mark.random
def test_two_schedulers_started_together_owe_what_one_alone_owes(databases: Databases) -> None:
    found = []
    for kind, schedulers in (("sqlite", 1), ("sqlite", 2), ("postgresql", 2)):
        with structlog.testing.capture_logs() as logged:
            found.append(ticked(databases.give(kind, "demo"), schedulers))
        assert not logged, "an exception in a committee is logged, and the next tick tries again"
    alone, *together = found
    assert len(alone) > STARTS
    assert together == [alone, alone]
