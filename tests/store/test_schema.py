"""The shape of the database: what migrations make, where indexes begin, how times come back."""

from datetime import UTC, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

from bot.store import schema
from bot.store.database import Database
from scoring.refusal import Refused
from tests.nursery import Nursery
from tests.phone import World

TENANTS = {"committee_id", "branch_id", "sheet_id", "person_id", "term_id"}
BY_THEIR_OWN_NAME = {
    ("address", "channel"),  # how an event finds its person: before anybody knows which committee
    ("invitation", "code"),  # how a code finds its committee
    ("notice", "address_id"),  # which notice a message in a chat is, when it is quoted
    ("notice", "state"),  # the one queue: what is due next, whosever it is
    ("preference", "calendar_key"),  # how a calendar finds its person
    ("saying", "address_id"),  # what was typed in a chat, before anybody knows what it is about
    ("web_line", "external"),  # the web page's memory of an address
}


def test_migrations_make_what_the_tables_say(blank: Database) -> None:
    assert schema.pending(blank)
    schema.migrate(blank)
    assert not schema.pending(blank)
    assert schema.differences(blank) == []


def test_a_migration_is_found_by_the_name_of_its_file() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    written = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(written)) == schema.REVISIONS


def test_a_table_that_differs_from_the_migrations_is_found(blank: Database) -> None:
    schema.migrate(blank)
    with blank.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE branch DROP COLUMN campus")
    assert "campus" in str(schema.differences(blank))


def test_what_strangers_said_to_an_earlier_version_goes_with_the_migration(blank: Database) -> None:
    with blank.engine.begin() as connection:
        schema.upgrade(connection, schema.REVISIONS[schema.REVISIONS.index("0010") - 1])
        for statement in (
            "INSERT INTO person (id, name, joined_at) VALUES (1, '甲', '2026-12-01 00:00:00')",
            "INSERT INTO address (channel, external, person_id, screen, seen, tries) VALUES"
            " ('web', 'known', 1, '', '', 0), ('web', 'stranger', NULL, '', '', 0), ('telegram', 'gone', 1, '', '', 0)",
            "INSERT INTO web_line (external, at, mine, body) SELECT external, '2026-12-01 00:00:00', true, '[]' FROM ("
            "SELECT 'known' AS external UNION SELECT 'stranger' UNION SELECT 'gone' UNION SELECT 'nobody') AS said",
        ):
            connection.exec_driver_sql(statement)
        schema.upgrade(connection)
        assert connection.exec_driver_sql("SELECT external FROM web_line").scalars().all() == ["known"]


def test_migrating_again_changes_nothing(world: World) -> None:
    schema.migrate(world.database)
    assert schema.differences(world.database) == []
    assert len(world.branches) == 4


def test_two_processes_may_migrate_at_once(blank: Database, nursery: Nursery, tmp_path: Path) -> None:
    url = blank.url.render_as_string(hide_password=False)
    both = [nursery.start(tmp_path, "backup", f"{n}.zip", DATABASE_URL=url, WEB_CHAT="on") for n in range(2)]
    assert [one.wait() for one in both] == [0, 0], [one.err for one in both]
    assert schema.differences(blank) == []


def test_a_database_of_a_newer_version_is_refused_and_left_alone(empty: Database) -> None:
    with empty.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for attempt in (schema.migrate, schema.pending):
        with pytest.raises(Refused, match="更新的版本"):
            attempt(empty)


def test_every_index_and_unique_constraint_begins_with_the_tenant() -> None:
    beginnings = set()
    for table in SQLModel.metadata.sorted_tables:
        unique = [c for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
        for columns in [list(index.columns) for index in table.indexes] + [list(c.columns) for c in unique]:
            beginnings.add((table.name, columns[0].name))
    assert {b for b in beginnings if b[1] not in TENANTS} == BY_THEIR_OWN_NAME


def test_every_table_that_grows_hangs_on_a_tenant() -> None:
    tables = {
        table.name: {column.name for column in table.columns} for table in SQLModel.metadata.sorted_tables
    }
    hanging = {name for name, columns in tables.items() if columns & TENANTS}
    assert set(tables) - hanging == {"committee", "heartbeat", "person", "saying", "web_line"}


def test_times_come_back_aware_in_utc_and_mean_the_same_moment(world: World) -> None:
    file = world.sheet(2)
    assert file is not None
    assert file.submitted_at is not None
    assert file.submitted_at == world.clock()
    assert file.submitted_at.tzinfo is UTC
    assert {written.at.utcoffset() for written in file.written.values()} == {timedelta(0)}


def test_a_unit_of_work_that_breaks_leaves_nothing(world: World) -> None:
    rename = sa.text("UPDATE branch SET name = 'x' || name")
    with pytest.raises(ZeroDivisionError), world.database.write() as session:
        _ = session.connection().execute(rename).rowcount / 0
    assert world.branches[0].name == "常营主校区党支部"


def test_what_is_read_is_one_moment_though_others_write_meanwhile(world: World) -> None:
    count = sa.text("SELECT count(*) FROM branch")
    with world.database.read() as session:
        assert session.scalar(count) == 4
        with world.database.write() as other:
            other.connection().exec_driver_sql(
                "INSERT INTO branch (committee_id, name, campus) VALUES (1, '新支部', '')"
            )
        assert session.scalar(count) == 4
    with world.database.read() as session:
        assert session.scalar(count) == 5


def test_nothing_points_to_a_row_that_is_not_there(world: World) -> None:
    with pytest.raises(sa.exc.IntegrityError), world.database.write() as session:
        session.connection().exec_driver_sql(
            "INSERT INTO branch (committee_id, name, campus) VALUES (99, '无', '')"
        )
