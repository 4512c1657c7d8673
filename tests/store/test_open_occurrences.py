"""What a committee asks of all its branches is read from one index, which holds what is open and nothing else."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.screens import wording
from bot.store import duties, terms
from bot.store.database import Database, Session
from bot.store.tables import BRANCH, OCCURRENCE
from bot.values import COUNTED
from jobs.duties.calendar import TermDates
from tests.phone import World

SINCE, UNTIL = date(2026, 9, 1), date(2027, 1, 31)


def plan(world: World, query: sa.Select[Any], **asked: Any) -> str:
    """How SQLite finds the rows of a query."""
    text = str(
        query.params(**asked, since=SINCE, until=UNTIL).compile(
            world.database.engine, compile_kwargs={"literal_binds": True}
        )
    )
    with world.database.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
    return "\n".join(row[3] for row in rows)


INDEX = "other USING COVERING INDEX ix_occurrence_open (committee_id=? AND "


@pytest.mark.parametrize("query", [duties._GROUPS_OF_BRANCHES, duties._GROUPS])
def test_the_next_group_is_sought_and_no_occurrence_is_read_to_count_it(
    desk: World, query: sa.Select[Any]
) -> None:
    found = plan(desk, query, committee=1)
    assert f"{INDEX}due>? AND due<?)" in found, "the first, and that of another day"
    assert f"{INDEX}due=? AND duty>?)" in found
    assert f"{INDEX}due=? AND duty=? AND period>?)" in found
    assert f"{INDEX}due=? AND duty=? AND period=?)" in found, "how many"
    assert f"{INDEX}due=? AND duty=? AND period=? AND told_on>?)" in found
    assert "SCAN occurrence" not in found


def test_who_owes_something_longest_is_read_in_the_order_of_the_index(desk: World) -> None:
    found = plan(desk, duties._BEHIND, committee=1, limit=4, skip=0)
    assert "occurrence USING COVERING INDEX ix_occurrence_open (committee_id=? AND due>? AND due<?)" in found
    assert (
        found.count("other USING INDEX ix_occurrence_open_of_branch (branch_id=? AND due>? AND due<?)") == 2
    )
    assert "ORDER BY" not in found, "nothing is sorted"


def test_what_one_branch_owes_is_found_by_the_branch(desk: World) -> None:
    found = plan(desk, duties._OF_ONE_BRANCH, branch=1)
    assert "occurrence USING INDEX ix_occurrence_open_of_branch (branch_id=?" in found


def test_what_a_branch_has_open_is_found_without_what_it_did_in_other_years(desk: World) -> None:
    found = plan(desk, duties._OPEN_OF_BRANCHES, branches=[1])
    assert "USING INDEX ix_occurrence_open_of_branch (branch_id=?" in found


def test_what_a_committee_itself_owes_is_found_as_its_own(desk: World) -> None:
    found = plan(desk, duties._OPEN_OF_COMMITTEES, committees=[1])
    assert "occurrence USING INDEX" in found
    assert "committee_id=?" in found


DAY, MORE = date(2026, 9, 4), COUNTED + 2


@pytest.fixture
def owing(empty: Database) -> Iterator[tuple[Session, int]]:
    """A committee of more branches than are counted, which owe nothing yet: branch n (from 1) has the number n."""
    with empty.write() as session:
        committee = terms.add_committee(session, name="总支", edition="jinsong_2017")
        dates = TermDates("本学期", SINCE, UNTIL)
        terms.add_term(session, committee_id=committee, dates=dates, edition="jinsong_2017")
        rows = [{"id": n, "committee_id": committee, "name": f"支部{n}"} for n in range(1, MORE + 1)]
        session.execute(sa.insert(BRANCH), rows)
        yield session, committee


def owe(owing: tuple[Session, int], branches: range, duty: str, period: str, due: date, **more: Any) -> None:
    session, committee = owing
    term = terms.terms_of(session, [committee])[0].id
    what = {"duty": duty, "period": period, "opens": due - timedelta(9), "due": due, **more}
    rows = [{"committee_id": committee, "branch_id": n, "body": n, "term_id": term, **what} for n in branches]
    session.execute(sa.insert(OCCURRENCE), rows)


def groups(owing: tuple[Session, int]) -> list[tuple[str, str, date, int, str]]:
    found = duties.open_groups(owing[0], committee_id=owing[1], since=SINCE, until=UNTIL)
    return [(one.duty, one.period, one.due, one.bodies, one.branch) for one in found]


def test_what_is_owed_alike_stands_together_and_is_counted_as_far_as_is_said(
    owing: tuple[Session, int],
) -> None:
    assert groups(owing) == []
    owe(owing, range(1, MORE + 1), "party_day", "2026-09", DAY)
    owe(owing, range(1, COUNTED + 1), "party_day", "2026-10", DAY)
    owe(owing, range(7, 9), "committee_meeting", "2026-09", DAY)
    owe(owing, range(7, 8), "committee_meeting", "2026-10", DAY + timedelta(1))
    owe(owing, range(8, 9), "committee_meeting", "2026-10", DAY + timedelta(2))
    owe(owing, range(9, 10), "committee_meeting", "2026-11", SINCE - timedelta(1))
    owe(owing, range(9, 10), "committee_meeting", "2026-12", UNTIL + timedelta(1))
    owe(owing, range(9, 10), "committee_meeting", "2027-01", DAY, cancelled=True)
    assert groups(owing) == [
        ("committee_meeting", "2026-09", DAY, 2, "支部7"),
        ("party_day", "2026-09", DAY, COUNTED + 1, "支部1"),
        ("party_day", "2026-10", DAY, COUNTED, "支部1"),
        ("committee_meeting", "2026-10", DAY + timedelta(1), 1, "支部7"),
        ("committee_meeting", "2026-10", DAY + timedelta(2), 1, "支部8"),
    ]
    behind = duties.behind(owing[0], committee_id=owing[1], since=SINCE, until=UNTIL, limit=2)
    assert [(one.branch_id, one.all) for one in behind] == [(1, COUNTED + 1), (2, COUNTED + 1)]


def test_the_last_day_on_which_some_are_told_is_known_and_whether_all_are(owing: tuple[Session, int]) -> None:
    days = [DAY + timedelta(n) for n in range(3)]
    owe(owing, range(1, 5), "party_day", "2026-09", DAY)
    owe(owing, range(5, 7), "party_day", "2026-09", DAY, told_on=days[2])
    owe(owing, range(7, 9), "party_day", "2026-09", DAY, told_on=days[1])
    owe(owing, range(1, 3), "party_day", "2026-10", DAY, told_on=days[1])
    owe(owing, range(3, 5), "party_day", "2026-10", DAY, told_on=days[2])
    owe(owing, range(1, 3), "party_day", "2026-11", DAY)
    found = duties.open_groups(owing[0], committee_id=owing[1], since=SINCE, until=UNTIL)
    assert [(one.bodies, one.told_on, one.all_told) for one in found] == [
        (8, days[2], False),
        (4, days[2], True),
        (2, None, False),
    ]


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([1], "1 项"),
        ([COUNTED], f"{COUNTED} 项"),
        ([COUNTED + 1], f"{COUNTED} 多项"),
        ([COUNTED, 3], f"{COUNTED + 3} 项"),
        ([COUNTED + 1, 3], f"{COUNTED + 3} 多项"),
    ],
)
def test_more_than_was_counted_is_said_to_be_more(counts: list[int], said: str) -> None:
    assert wording.many(*counts, unit="项") == said
