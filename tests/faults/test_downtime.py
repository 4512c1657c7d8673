"""The bot was down: what fell due meanwhile is said once, merged, and only what is still of use."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot.actions import Done, Nudge
from bot.message import plain
from bot.screens import reminding
from bot.screens.duties import titled
from bot.store import duties, notices, terms
from jobs.duties.calendar import TermDates
from jobs.duties.catalogue import read_duties
from jobs.duties.telling import LOOK_BACK
from tests.conftest import NOW, Clock, sqlite_database
from tests.conversation.test_todo import owing
from tests.jobs.test_year import names
from tests.phone import World
from tests.wire import Clockwork

STOPPED = NOW.replace(
    hour=8, minute=30
)  # on Monday 28 December 2026, when the day's digests are owed and none left
DAY = timedelta(days=1)
HOURS = (0.1, 8, 9.5, 12)  # of the ticks on a day
MERGED = "12月28日以来的提醒"
Said = dict[tuple[str, date], list[str]]


def working(file: Path) -> Iterator[Clockwork]:
    """A demo of its own, with the clock at half past eight and the day's digests owed."""
    database, clock = sqlite_database(file, "demo"), Clock(STOPPED)
    with database.write() as session:  # the next term, in which it comes back
        dates = TermDates("下学期", date(2027, 2, 10), date(2027, 7, 10))
        terms.add_term(session, committee_id=1, dates=dates, edition="jinsong_2017")
    clockwork = Clockwork(World(database, file.parent, clock), clock)
    clockwork.tick()
    assert not clockwork.wire.arrived
    yield clockwork
    database.close()


def work_on(clockwork: Clockwork, last: date) -> None:
    """Tick as usual until the noon of a day."""
    end = datetime.combine(last, NOW.timetz(), NOW.tzinfo).replace(hour=12, minute=30)
    midnight = clockwork.clock.now.replace(hour=0, minute=0, second=0)
    while midnight < end:
        for hour in HOURS:
            if clockwork.clock.now < midnight + timedelta(hours=hour) < end:
                clockwork.clock.now = midnight + timedelta(hours=hour)
                clockwork.tick()
        midnight += DAY


def said(clockwork: Clockwork) -> Said:
    """What each chat was told on each day: never two messages."""
    found: Said = {}
    for at, address, message in clockwork.wire.arrived:
        assert (address, at.date()) not in found, f"{address} heard twice on {at}"
        found[address, at.date()] = names(message)
    return found


@pytest.fixture(scope="module", autouse=True)
def in_full() -> Iterator[None]:
    """A digest lists all it names, so that it can be compared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reminding, "SAID", 100)
        yield


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Said]:
    """What is said when the bot is never down, and nobody does anything."""
    for clockwork in working(tmp_path_factory.mktemp("undisturbed") / "bot.db"):
        work_on(clockwork, date(2027, 2, 16))
        yield said(clockwork)


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Clockwork]:
    """The same, when it goes down."""
    yield from working(tmp_path / "bot.db")


def given_up(clockwork: Clockwork, today: date) -> set[str]:
    """What is overdue for so long that nobody asks for it any more."""
    oldest = today - LOOK_BACK
    with clockwork.world.database.read() as session:
        groups = duties.open_groups(
            session, committee_id=1, since=date.min, until=date.max, committee_too=True
        )
    named = [(titled(read_duties("jinsong_2017")[group.duty], group.period), group.due) for group in groups]
    return {name for name, due in named if due < oldest} - {name for name, due in named if due >= oldest}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("down", "first"),
    [
        (timedelta(minutes=1), date(2026, 12, 28)),
        (timedelta(hours=1), date(2026, 12, 28)),
        (3 * DAY, date(2026, 12, 31)),
        (40 * DAY, date(2027, 2, 11)),  # it comes back in the spring festival, between the terms
    ],
    ids=["1 minute", "1 hour", "3 days", "40 days"],
)
def test_on_return_everybody_hears_once_of_all_that_is_still_to_be_done(
    stopped: Clockwork, undisturbed: Said, down: timedelta, first: date
) -> None:
    stopped.clock.now += down
    stopped.world.phone("secretary of 新源里").press(Done(owing(stopped.world, "summary").id))
    work_on(stopped, first + 5 * DAY)
    heard = said(stopped)
    assert min(day for _, day in heard) == first
    over, addresses = given_up(stopped, first), {address for address, _ in undisturbed}
    for address in addresses:
        closed = {"学期总结"} if address == "demo-6" else set()
        for day in (first + n * DAY for n in range(6)):
            meant = {
                name
                for (where, on), named in undisturbed.items()
                if where == address and (on == day or on < day == first)
                for name in named
            }
            assert set(heard.get((address, day), ())) == meant - closed - over, f"{address} on {day}"
    merged = {at.date() for at, _, message in stopped.wire.arrived if MERGED in plain(message)}
    assert merged == ({first} if first > STOPPED.date() else set())


def test_a_nudge_is_not_sent_when_its_day_is_over(stopped: Clockwork) -> None:
    stopped.world.phone("member").press(Nudge(owing(stopped.world, "summary").id, 0, 1))
    stopped.clock.now += 3 * DAY
    work_on(stopped, stopped.clock.now.date())
    assert not [message for message in stopped.wire.at("demo-6") if "党总支提醒您" in plain(message)]
    with stopped.world.database.read() as session:
        (nudge,) = notices.undelivered(session, committee_id=1, limit=9)
    assert (nudge.state, nudge.why) == ("expired", "过了时间没有发出")
