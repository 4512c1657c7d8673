"""A statement that is ready gives the same rows, and fails in the same way, as one that SQLAlchemy executes."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store import chats, sheets
from bot.store.database import Session
from bot.store.ready import Ready
from bot.store.tables import ADDRESS, HISTORY, MARK, OCCURRENCE
from tests.phone import World

NOW = datetime(2026, 12, 28, 1, 5, tzinfo=UTC)
PLACE = {"channel": "web", "external": "demo-3"}
READ: dict[str, tuple[Ready, dict[str, Any]]] = {
    "who": (chats._AT, PLACE),
    "who, to write": (chats._AT_TO_WRITE, PLACE),
    "who, about a message": (chats._AT_ABOUT, {**PLACE, "about": "5"}),
    "who, about a message, to write": (chats._AT_ABOUT_TO_WRITE, {**PLACE, "about": "5"}),
    "nobody": (chats._AT, {"channel": "web", "external": "nobody"}),
    "the place of a sheet": (sheets._PLACE, {"sheet": 1}),
    "the place of a sheet, to write": (sheets._PLACE_TO_WRITE, {"sheet": 1}),
    "what is on a sheet": (sheets._CONTENT, {"branch": 1, "term": 2}),
    "what is on another one": (sheets._CONTENT, {"branch": 2, "term": 1}),
    "days, hours, yes and no": (
        Ready(
            sa.select(OCCURRENCE.c.due, OCCURRENCE.c.answered_at, OCCURRENCE.c.cancelled)
            .where(OCCURRENCE.c.due > sa.bindparam("day"), OCCURRENCE.c.cancelled == sa.bindparam("no"))
            .order_by(OCCURRENCE.c.id)
        ),
        {"day": NOW.date(), "no": False},
    ),
}


@pytest.mark.parametrize("name", READ)
def test_its_rows_are_those_of_sqlalchemy(world: World, name: str) -> None:
    ready, values = READ[name]
    with world.database.write() as session:
        found = [tuple(row) for row in ready(session, values)]
        assert found == [tuple(row) for row in session.execute(ready._statement, values).all()]
        assert bool(found) is (name != "nobody")
    with world.database.read() as session:  # where it is the first that is asked
        if "to write" not in name:
            assert [tuple(row) for row in ready(session, values)] == found


def test_who_looks_at_all_statements_sees_it(world: World) -> None:
    seen: list[str] = []
    ready, values = READ["who"]
    with world.database.read() as session:
        found = ready(session, values)
    look = lambda *a: seen.append(a[2])  # noqa: E731
    sa.event.listen(world.database.engine, "before_cursor_execute", look)
    try:
        with world.database.read() as session:
            assert list(map(tuple, ready(session, values))) == list(map(tuple, found))
    finally:
        sa.event.remove(world.database.engine, "before_cursor_execute", look)
    assert [statement for statement in seen if "address" in statement]


def test_what_it_writes_is_kept_with_the_unit_of_work_or_undone_with_it(world: World) -> None:
    change = Ready(
        sa.update(ADDRESS)
        .where(ADDRESS.c.external == sa.bindparam("there"))
        .values(screen=sa.bindparam("stands"), heard_at=sa.bindparam("at"), refused_at=None)
    )
    read = sa.select(ADDRESS.c.screen, ADDRESS.c.heard_at).where(ADDRESS.c.external == "demo-3")
    with world.database.write() as session:
        assert list(change(session, {"there": "demo-3", "stands": "kept", "at": NOW})) == []
    with world.database.rehearse() as session:
        change(session, {"there": "demo-3", "stands": "undone", "at": NOW})
        assert session.execute(read).all() == [("undone", NOW)]
    with world.database.read() as session:
        assert session.execute(read).all() == [("kept", NOW)]


def test_what_goes_wrong_is_what_sqlalchemy_says(world: World) -> None:
    values = {"sheet_id": 10**6, "item": 1, "grade": 0, "hundredths": 400, "reason": "", "note": ""}
    with pytest.raises(sa.exc.IntegrityError) as told, world.database.write() as session:
        sheets._PUT_MARK(session, {**values, "person_id": 1, "at": NOW, "change_id": 1})
    assert told.value.orig is not None
    assert "400" not in str(told.value)  # no value of anybody goes into a log


def test_it_goes_on_after_a_fault_and_on_a_connection_that_was_made_anew(world: World) -> None:
    ready, values = READ["what is on a sheet"]
    broken = Ready(sa.select(sa.column("none")).select_from(ADDRESS))
    with world.database.engine.connect() as connection:
        found = ready(Session(connection), values)
        with pytest.raises(sa.exc.DBAPIError):
            broken(Session(connection), {})
        connection.rollback()
        assert found == ready(Session(connection), values) != []
        connection.invalidate()
        connection.rollback()
        assert found == ready(Session(connection), values)


def test_what_we_would_have_to_fill_in_is_refused(world: World) -> None:
    some = Ready(sa.insert(HISTORY).returning(HISTORY.c.id), "committee_id", "at", "subject", "subject_id")
    many = Ready(sa.select(MARK.c.item).where(MARK.c.item.in_(sa.bindparam("items", expanding=True))))
    for ready, values in ((some, {}), (many, {"items": [1, 2]})):
        with pytest.raises(ValueError, match="not known before"), world.database.write() as session:
            ready(session, values)
