"""The shape of the database: what migrations make, where indexes begin, how times come back."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

from bot.store import duties, schema
from bot.store.database import Database
from bot.store.facts import recorded
from jobs.duties.calendar import TermDates
from scoring.refusal import Refused
from tests.nursery import Nursery
from tests.phone import World

EDITION = "jinsong_2017"
TENANTS = {"committee_id", "branch_id", "sheet_id", "person_id", "term_id", "review_id"}
BY_THEIR_OWN_NAME = {
    ("address", "channel"),  # how an event finds its person: before anybody knows which committee
    ("invitation", "code"),  # how a code finds its committee
    ("notice", "address_id"),  # which notice a message in a chat is, when it is quoted
    ("notice", "state"),  # the one queue: what is due next, whosever it is
    ("preference", "calendar_key"),  # how a calendar finds its person
    ("saying", "address_id"),  # what was typed in a chat, before anybody knows what it is about
    ("web_line", "external"),  # the web page's memory of an address
}


def add(connection: sa.Connection, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Add rows to a table as it was then. What they hold tells of what kind its columns are."""
    kinds = {name: sa.literal(value).type for row in rows for name, value in row.items() if value is not None}
    there = sa.table(table, *(sa.column(name, kinds.get(name)) for name in rows[0]))
    connection.execute(sa.insert(there), [dict(row) for row in rows])


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_sums_of_an_earlier_version_are_told_apart_into_answers_and_what_was_typed(blank: Database) -> None:
    done = datetime(2026, 11, 9, 2, tzinfo=UTC)
    days = {"starts": date(2026, 9, 1), "ends": date(2027, 1, 22)}
    days |= {"opens": date(2027, 1, 1), "closes": date(2027, 1, 15)}
    mine = {"committee_id": 1, "branch_id": 1, "body": 1, "term_id": 1, "opens": date(2026, 9, 1)}
    mine |= {"done_by": 1, "cancelled": False, "changes": 0}
    names = ("duty", "period", "due", "answer", "done_at")
    occurrences = [
        dict(zip(names, row, strict=True))
        for row in (  # the numbers of three are in a sum; with one of which something was typed
            ("reports", "2026-11", date(2026, 11, 25), "信息上报 3 篇", done),
            ("party_day", "2026-11", date(2026, 11, 6), "出勤 17/18，94.4 % · 志愿服务 否", done),
            ("study", "2026-11", date(2026, 11, 20), "党员活动出勤 16/18，88.8 %", done),
            ("talks", "t", date(2026, 11, 11), "谈心谈话 3 人", done),
            ("plan", "t", date(2026, 11, 8), "", done),
            ("committee_meeting", "2026-11", date(2026, 11, 10), "支委会有记录/召开 1/1，100 %", done),
            ("notes", "t", date(2027, 1, 1), "17/18 18/18", None),
        )
    ]
    columns = ("kind", "period", "count", "of")
    facts = [
        dict(zip(columns, row, strict=True))
        for row in (
            ("attendance", "2026-11", 33, 36),
            ("committee_minutes", "", 1, 1),
            ("party_days", "2026-11", 1, None),
            ("plan", "", 0, None),
            ("reports", "2026-11", 6, None),
            ("studies", "2026-11", 1, None),
            ("talks", "", 5, None),
            ("volunteer", "", 0, None),
        )
    ]
    with blank.engine.begin() as connection:
        schema.upgrade(connection, schema.REVISIONS[schema.REVISIONS.index("0012") - 1])
        for table, rows in (
            ("committee", [{"id": 1, "name": "c", "edition": EDITION, "demo": False, "calendar_id": "x"}]),
            ("branch", [{"id": 1, "committee_id": 1, "name": "b", "campus": ""}]),
            ("term", [{"id": 1, "committee_id": 1, "name": "t", "edition": EDITION, **days}]),
            ("person", [{"id": 1, "name": "p", "joined_at": done}]),
            ("occurrence", [{**mine, **occurrence} for occurrence in occurrences]),
            ("fact", [{"branch_id": 1, "term_id": 1, "person_id": 1, "at": done, **fact} for fact in facts]),
        ):
            add(connection, table, rows)
        schema.upgrade(connection)
    with blank.read() as session:
        now = recorded(session, branch_id=1, term_id=1)
        (notes,) = (o for o in duties.of_branch(session, branch_id=1, term_id=1) if o.duty == "notes")
    assert {(r.fact.kind, r.fact.count, r.fact.of) for r in now if not r.typed} == {
        ("attendance", 33, 36),
        ("committee_minutes", 1, 1),
        ("party_days", 1, None),
        ("plan", 0, None),
        ("studies", 1, None),
        ("volunteer", 0, None),
    }
    by_hand = {(r.fact.kind, r.fact.count, r.instead_of.count) for r in now if r.typed and r.instead_of}
    assert by_hand == {("reports", 6, 3), ("talks", 5, 3)}
    assert (notes.answer, notes.waiting, notes.done) == ("", "17/18 18/18", False)


def test_migrating_again_changes_nothing(world: World) -> None:
    schema.migrate(world.database)
    assert schema.differences(world.database) == []
    assert len(world.branches) == 4


@pytest.mark.slow
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
    assert set(tables) - hanging == {
        *("committee", "heartbeat", "job_run", "lease", "person", "saying", "web_line")
    }


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
        assert session.execute(count).scalar() == 4
        with world.database.write() as other:
            other.connection().exec_driver_sql(
                "INSERT INTO branch (committee_id, name, campus) VALUES (1, '新支部', '')"
            )
        assert session.execute(count).scalar() == 4
    with world.database.read() as session:
        assert session.execute(count).scalar() == 5


def test_nothing_points_to_a_row_that_is_not_there(world: World) -> None:
    with pytest.raises(sa.exc.IntegrityError), world.database.write() as session:
        session.connection().exec_driver_sql(
            "INSERT INTO branch (committee_id, name, campus) VALUES (99, '无', '')"
        )


@pytest.mark.slow
def test_a_term_with_the_window_that_was_usual_gets_the_usual_one_of_now(blank: Database) -> None:
    ends = date.today() + timedelta(days=60)
    usual = TermDates("t", ends - timedelta(days=120), ends)
    then = (ends - timedelta(days=21), ends - timedelta(days=7))
    stored = [  # usual then; chosen; published; over
        (ends, *then, None),
        (ends, then[0], then[1] - timedelta(days=1), None),
        (ends, *then, datetime(2026, 1, 1, tzinfo=UTC)),
        (date(2026, 1, 22), date(2026, 1, 1), date(2026, 1, 15), None),
    ]
    with blank.engine.begin() as connection:
        schema.upgrade(connection, schema.REVISIONS[schema.REVISIONS.index("0013") - 1])
        committee = {"id": 1, "name": "c", "edition": EDITION, "demo": False, "calendar_id": "x"}
        add(connection, "committee", [committee])
        names = ("id", "committee_id", "name", "edition", "starts", "ends", "opens", "closes", "published_at")
        terms = [
            dict(zip(names, (n, 1, "t", EDITION, row[0] - timedelta(days=120 + n), *row), strict=True))
            for n, row in enumerate(stored, start=1)
        ]
        add(connection, "term", terms)
        schema.upgrade(connection)
        found = connection.exec_driver_sql("SELECT opens, closes FROM term ORDER BY id").all()
    windows = [tuple(str(day) for day in row) for row in found]
    assert windows[0] == (str(usual.opens), str(usual.closes))
    assert windows[1:] == [(str(row[1]), str(row[2])) for row in stored[1:]]
