"""What a committee asks of all its branches is read from one index, which holds what is open and nothing else."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store import duties
from tests.phone import World

DAYS = {"since": date(2026, 9, 1), "until": date(2027, 1, 31)}


def plan(world: World, query: sa.Select[Any], **asked: Any) -> str:
    """How SQLite finds the rows of a query."""
    text = str(
        query.params(**asked, **DAYS).compile(world.database.engine, compile_kwargs={"literal_binds": True})
    )
    with world.database.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
    return "\n".join(row[3] for row in rows)


@pytest.mark.parametrize("query", [duties._GROUPS_OF_BRANCHES, duties._GROUPS_TOLD_ALIKE])
def test_no_occurrence_is_read_to_count_what_is_open(desk: World, query: sa.Select[Any]) -> None:
    assert "occurrence USING COVERING INDEX ix_occurrence_open (committee_id=?" in plan(
        desk, query, committee=1
    )


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
