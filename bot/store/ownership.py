"""Whose a row is, and which rows point to something of another committee or branch, or to nothing.

It follows from the foreign keys, so that a new table is looked at without a word here.
"""

from collections.abc import Callable, Iterator

import sqlalchemy as sa

from bot.store.tables import ASSIGNMENT, BRANCH, COMMITTEE, DUTY_CHOICE, EXCHANGE, METADATA, OCCURRENCE

_OF_NO_TENANT = ("person", "address")  # people may be at home in several committees
_LEADS = (
    "branch_id",
    "sheet_id",
    "occurrence_id",
    "rectification_id",
    "invitation_id",
    "review_id",
)  # to whose a row is


def _target(column: sa.Column[int]) -> sa.Table | None:
    """What a column points to."""
    return next((key.column.table for key in column.foreign_keys), None)


def _committee(table: sa.FromClause, of: sa.Table) -> sa.ColumnElement[int] | None:
    """The committee that a row is of; None where it is of none. `table` is `of`, or stands for it."""
    if of is COMMITTEE:
        return table.c.id
    if "committee_id" in of.c:
        return table.c.committee_id
    for name in _LEADS:
        if name in of.c and (above := _target(of.c[name])) is not None:
            owner = above.alias()
            committee = _committee(owner, above)
            if committee is not None:
                return sa.select(committee).where(owner.c.id == table.c[name]).scalar_subquery()
    return None


def _apart() -> Iterator[tuple[str, sa.Select[int, int]]]:
    """For each foreign key what is wrong with it, in words, and the query of how many rows, by committee."""
    for table in METADATA.sorted_tables:
        own = _committee(table, table)
        for column in table.columns:
            above = _target(column)
            if above is None:
                continue
            there = above.alias("there")
            joined = table.outerjoin(there, there.c.id == column)
            whose = sa.literal(0) if own is None else sa.func.coalesce(own, 0)
            counted = sa.select(whose.label("whose"), sa.func.count()).select_from(joined).group_by("whose")
            where = f"{table.name} 表的 {column.name}"
            yield f"{where} 指向不存在的记录", counted.where(column.is_not(None), there.c.id.is_(None))
            theirs = None if above.name in _OF_NO_TENANT else _committee(there, above)
            if own is not None and theirs is not None:
                yield f"{where} 指向别的党总支", counted.where(own != theirs)
            if "branch_id" in table.c and "branch_id" in above.c:
                yield f"{where} 指向别的支部", counted.where(table.c.branch_id != there.c.branch_id)


_BODIES = (
    (
        "occurrence 表的 body 不是它的支部",
        OCCURRENCE,
        OCCURRENCE.c.body != sa.func.coalesce(OCCURRENCE.c.branch_id, 0),
    ),
    (
        "duty_choice 表的 body 是别的党总支的支部",
        DUTY_CHOICE,
        (DUTY_CHOICE.c.body != 0)
        & ~sa.exists().where(
            BRANCH.c.id == DUTY_CHOICE.c.body, BRANCH.c.committee_id == DUTY_CHOICE.c.committee_id
        ),
    ),
)


def astray(connection: sa.Connection, step: Callable[[], None]) -> Iterator[tuple[int, str]]:
    """What points where it must not, as (committee, words); 0 where it is no committee's."""
    for words, query in _apart():
        step()
        for committee, count in connection.execute(query):
            yield committee, f"{words}（{count} 行）"
    for words, table, wrong in _BODIES:
        whose = table.c.committee_id
        for row in connection.execute(
            sa.select(whose, sa.func.count().label("rows")).where(wrong).group_by(whose)
        ):
            yield row.committee_id, f"{words}（{row.rows} 行）"
    branches = {row.id: row.committee_id for row in connection.execute(_BRANCHES)}
    for number, committee, asked_of in connection.execute(_ASSIGNED):
        if any(branches.get(int(branch)) != committee for branch in asked_of.split(",") if branch != "0"):
            yield committee, f"交办任务 {number} 交给了别的党总支的支部"
    for year, committee, order in connection.execute(_IN_ORDER):
        if any(branches.get(int(branch)) != committee for branch in order.split(",")):
            yield committee, f"{year} 学年交流汇报的顺序里有别的党总支的支部"


_BRANCHES = sa.select(BRANCH.c.id, BRANCH.c.committee_id)
_IN_ORDER = sa.select(EXCHANGE.c.year, EXCHANGE.c.committee_id, EXCHANGE.c.order).where(
    EXCHANGE.c.order != ""
)
_ASSIGNED = sa.select(ASSIGNMENT.c.id, ASSIGNMENT.c.committee_id, ASSIGNMENT.c.branches).where(
    ASSIGNMENT.c.branches != ""
)
