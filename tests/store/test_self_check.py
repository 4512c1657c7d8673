"""The self-check finds each kind of damage, and nothing where there is none."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bot import demo
from bot.permissions import Rater
from bot.store import schema, terms
from bot.store.database import Database
from bot.store.self_check import Finding, findings
from bot.store.tables import (
    ASSIGNMENT,
    BRANCH,
    DUTY_CHOICE,
    EVIDENCE,
    EXCHANGE,
    HISTORY,
    MARK,
    OCCURRENCE,
    RECTIFICATION,
    REPORTED,
    SEAT,
    SHEET,
    TERM,
)
from jobs.duties.calendar import TermDates
from tests.conftest import NOW
from tests.phone import World
from tests.published import amended, objected

Damage = Callable[[World, sa.Connection], None]


def found(world: World) -> list[Finding]:
    """What the self-check says."""
    return list(findings(world.database, world.evidence, lambda: None))


@pytest.fixture
def lived_in(world: World) -> World:
    """A committee with a file, notes, an amendment and a task, and a neighbour in the same database."""
    phone = world.phone("secretary of 新源里").say("首页").tap("开始自评").tap("优秀").tap("‹")
    card = phone.screen.here
    phone.attach("照片.png").press(card).tap("备注").say("缺一次记录")
    world.phone("member").say("首页").tap("交办任务").say("明天交走访照片").tap("确认交办")
    objected(world)
    amended(world).tap("确认更正")
    with world.database.write() as session:
        other = terms.add_committee(session, name="邻校党总支", edition="jinsong_2017")
        terms.add_branch(session, committee_id=other, name="邻校党支部", campus="")
        dates = TermDates("邻校学期", NOW.date().replace(month=9, day=1), NOW.date())
        terms.add_term(session, committee_id=other, dates=dates, edition="jinsong_2017")
    return world


@pytest.mark.slow
def test_in_a_healthy_database_nothing_is_found(lived_in: World) -> None:
    assert found(lived_in) == []


@pytest.mark.slow
def test_in_the_demo_nothing_is_found(empty: Database, world: World) -> None:
    schema.migrate(empty)
    demo.build(empty, NOW)
    assert list(findings(empty, world.evidence, lambda: None)) == []


# --- ten and more damages ------------------------------------------------------------------------------------------


def _sheet(connection: sa.Connection, rater: Rater = Rater.SELF) -> Any:
    """A sheet of the newest term with a mark on its first item."""
    asked = sa.select(SHEET).join(MARK, MARK.c.sheet_id == SHEET.c.id).where(SHEET.c.rater == int(rater))
    return connection.execute(asked.where(MARK.c.item == 1).order_by(SHEET.c.id.desc())).first()


def _foreign(connection: sa.Connection, table: sa.Table) -> int:
    """The number of a row of the neighbour's."""
    return int(connection.execute(sa.select(sa.func.max(table.c.id))).scalar_one())


def _change(connection: sa.Connection, table: sa.Table, where: Any = None, **values: Any) -> None:
    """Change one row, the newest, past everything that watches."""
    key = next(iter(table.primary_key))
    newest = sa.select(sa.func.max(key)).where(where if where is not None else sa.true())
    changed = connection.execute(
        sa.update(table)
        .where(key == newest.scalar_subquery(), where if where is not None else sa.true())
        .values(values)
    )
    assert changed.rowcount >= 1


def mark_without_history(world: World, connection: sa.Connection) -> None:
    """A mark that nobody made."""
    sheet = connection.execute(
        sa.select(SHEET.c.id)
        .join(BRANCH)
        .where(BRANCH.c.name.startswith("新源里"), SHEET.c.submitted_at.is_(None))
    ).scalar()
    values = {"item": 20, "grade": 2, "hundredths": 100, "person_id": 1, "at": NOW, "change_id": 0}
    connection.execute(sa.insert(MARK).values(sheet_id=sheet, **values))


def other_points(world: World, connection: sa.Connection) -> None:
    """Points that are other ones than the history says."""
    sheet = _sheet(connection)
    connection.execute(
        sa.update(MARK).where(MARK.c.sheet_id == sheet.id, MARK.c.item == 1).values(hundredths=1)
    )


def mark_gone(world: World, connection: sa.Connection) -> None:
    """A mark that was deleted."""
    sheet = _sheet(connection)
    connection.execute(sa.delete(MARK).where(MARK.c.sheet_id == sheet.id, MARK.c.item == 1))


def other_note(world: World, connection: sa.Connection) -> None:
    """A note that nobody wrote."""
    sheet = _sheet(connection)
    connection.execute(
        sa.update(MARK).where(MARK.c.sheet_id == sheet.id, MARK.c.item == 1).values(note="没有人写过")
    )


def history_gone(world: World, connection: sa.Connection) -> None:
    """A change that is no longer written down."""
    row = connection.execute(
        sa.select(sa.func.min(HISTORY.c.id)).where(HISTORY.c.subject == "mark", HISTORY.c.item == 24)
    ).scalar()
    connection.execute(sa.delete(HISTORY).where(HISTORY.c.id == row))


def history_changed(world: World, connection: sa.Connection) -> None:
    """A total that a submission did not have."""
    row = connection.execute(
        sa.select(HISTORY).where(HISTORY.c.subject == "sheet", HISTORY.c.after.contains("total"))
    ).first()
    assert row is not None
    connection.execute(
        sa.update(HISTORY).where(HISTORY.c.id == row.id).values(after='{"submitted": true, "total": "1"}')
    )


def history_unreadable(world: World, connection: sa.Connection) -> None:
    """A change that says nothing."""
    _change(connection, HISTORY, HISTORY.c.subject == "mark", after="{")


def change_of_no_sheet(world: World, connection: sa.Connection) -> None:
    """A change of a sheet that is not there, behind all others."""
    _change(connection, HISTORY, HISTORY.c.subject == "mark", subject_id=9999)


def change_by_another_branch(world: World, connection: sa.Connection) -> None:
    """A change of this branch's sheet that is written down as the neighbour's."""
    _change(connection, HISTORY, HISTORY.c.subject == "mark", branch_id=_foreign(connection, BRANCH))


def mark_behind_a_change_of_another_sheet(world: World, connection: sa.Connection) -> None:
    """A mark whose last change is one of another sheet."""
    sheet = _sheet(connection)
    other = sa.select(sa.func.min(HISTORY.c.id)).where(
        HISTORY.c.subject == "mark", HISTORY.c.subject_id != sheet.id
    )
    connection.execute(
        sa.update(MARK)
        .where(MARK.c.sheet_id == sheet.id, MARK.c.item == 1)
        .values(change_id=other.scalar_subquery())
    )


def submitted_by_nobody(world: World, connection: sa.Connection) -> None:
    """A sheet that nobody submitted."""
    _change(connection, SHEET, SHEET.c.submitted_at.is_(None), submitted_at=NOW)


def file_changed(world: World, connection: sa.Connection) -> None:
    """One byte more in a file."""
    (path,) = world.evidence.folder.glob("??/*")
    path.write_bytes(path.read_bytes() + b"x")


def file_gone(world: World, connection: sa.Connection) -> None:
    """A file that was deleted."""
    (path,) = world.evidence.folder.glob("??/*")
    path.unlink()


def other_size(world: World, connection: sa.Connection) -> None:
    """A row that says another size."""
    _change(connection, EVIDENCE, size=1)


def evidence_of_another_term(world: World, connection: sa.Connection) -> None:
    """A file behind an item of the neighbour's term."""
    _change(connection, EVIDENCE, term_id=_foreign(connection, TERM))


def seat_in_another_branch(world: World, connection: sa.Connection) -> None:
    """A seat of this committee in the neighbour's branch."""
    _change(connection, SEAT, SEAT.c.branch_id.is_not(None), branch_id=_foreign(connection, BRANCH))


def plan_of_another_branch(world: World, connection: sa.Connection) -> None:
    """A plan of the neighbour's branch."""
    _change(connection, RECTIFICATION, branch_id=_foreign(connection, BRANCH))


def number_of_another_branch(world: World, connection: sa.Connection) -> None:
    """A number that an answer of one branch gives to another one."""
    row = connection.execute(sa.select(REPORTED)).first()
    assert row is not None
    connection.execute(
        sa.update(REPORTED)
        .where(REPORTED.c.occurrence_id == row.occurrence_id)
        .values(branch_id=1 + row.branch_id % 4)
    )


def duty_of_another_body(world: World, connection: sa.Connection) -> None:
    """A duty whose body is not its branch."""
    _change(connection, OCCURRENCE, OCCURRENCE.c.branch_id.is_not(None), body=99)


def choice_for_another_branch(world: World, connection: sa.Connection) -> None:
    """A choice for the neighbour's branch."""
    values = {"committee_id": 1, "body": _foreign(connection, BRANCH), "duty": "talks", "active": False}
    connection.execute(sa.insert(DUTY_CHOICE).values(values))


def task_for_another_branch(world: World, connection: sa.Connection) -> None:
    """A task that the neighbour's branch is to do."""
    _change(connection, ASSIGNMENT, branches=f"1,{_foreign(connection, BRANCH)}")


def order_with_another_branch(world: World, connection: sa.Connection) -> None:
    """A meeting at which the neighbour's branch is to speak."""
    order = f"1,{_foreign(connection, BRANCH)}"
    connection.execute(sa.insert(EXCHANGE).values(committee_id=1, year=2026, order=order))


DAMAGES: dict[Damage, str] = {
    mark_without_history: "第 20 项的得分没有修改记录",
    other_points: "第 1 项的得分和修改记录对不上",
    mark_gone: "第 1 项的得分在修改记录里有，表上没有",
    other_note: "第 1 项的备注和修改记录对不上",
    history_gone: "第 24 项",
    history_changed: "提交时的总分和修改记录对不上",
    history_unreadable: "读不出来",
    change_of_no_sheet: "说的不是它那个支部的测评表",
    change_by_another_branch: "说的不是它那个支部的测评表",
    mark_behind_a_change_of_another_sheet: "第 1 项的得分指向的修改记录不在了",
    submitted_by_nobody: "是否已提交，和修改记录对不上",
    file_changed: "「照片.png」的文件被改动过",
    file_gone: "「照片.png」的文件读不到了",
    other_size: "「照片.png」的大小不对",
    evidence_of_another_term: "evidence 表的 term_id 指向别的党总支",
    seat_in_another_branch: "seat 表的 branch_id 指向别的党总支",
    plan_of_another_branch: "rectification 表的 branch_id 指向别的党总支",
    number_of_another_branch: "reported 表的 occurrence_id 指向别的支部",
    duty_of_another_body: "occurrence 表的 body 不是它的支部",
    choice_for_another_branch: "duty_choice 表的 body 是别的党总支的支部",
    task_for_another_branch: "交给了别的党总支的支部",
    order_with_another_branch: "2026 学年交流汇报的顺序里有别的党总支的支部",
}


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_each_damage_is_found_and_said_to_whom_it_concerns(lived_in: World, damage: Damage) -> None:
    with lived_in.database.engine.begin() as connection:
        damage(lived_in, connection)
    said = found(lived_in)
    assert any(DAMAGES[damage] in one.words for one in said), said
    assert {one.committee_id for one in said} == {1}


@pytest.mark.slow
@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_row_that_points_nowhere_is_found(lived_in: World) -> None:
    with lived_in.database.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        connection.exec_driver_sql("UPDATE evidence SET person_id = 999")
        connection.commit()
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]
    (one,) = found(lived_in)
    assert (one.committee_id, one.words) == (1, "evidence 表的 person_id 指向不存在的记录（1 行）")
