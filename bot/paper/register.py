"""整改台账: the measures of all branches after a term, A4 across."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from bot.paper.listing import Column, Content, Listing
from bot.paper.texts import inert
from bot.values import Registered, Term
from scoring.numerals import plain

COLUMNS: Final = (
    Column("序号", 10),
    Column("党支部", 26, centred=False),
    Column("存在问题", 36, centred=False),
    Column("整改措施", 55, centred=False),
    Column("责任人", 20),
    Column("整改时限", 24),
    Column("完成情况", 43, centred=False),
    Column("总支意见", 29, centred=False),
    Column("销号", 24),
)


def listing(rows: Sequence[Registered], committee: str, term: Term, made: datetime) -> Listing:
    """The 整改台账 of a committee after a term, printed when."""
    return Listing(
        what="整改台账",
        committee=committee,
        name=term.name,
        table=term.table.name,
        columns=COLUMNS,
        rows=[_cells(row, made) for row in rows],
        made=made,
        size=10,
        across=True,
    )


def _cells(row: Registered, made: datetime) -> tuple[Content, ...]:
    loss = f"\n扣 {plain(row.lost)} 分" if row.lost is not None else ""
    annexes = f"附件 {'、'.join(map(str, row.files))}" if row.files else ""
    return (
        row.number,
        inert(row.branch.name),
        f"第 {row.item} 项 {inert(row.title)}{loss}" if row.item else "支部自定",
        inert(row.text),
        inert(row.post),
        _day(row.due) if row.due else "",
        "\n".join(part for part in (inert(row.report), annexes) if part),
        inert(row.opinion),
        _cleared(row, made),
    )


def _cleared(row: Registered, made: datetime) -> str:
    if row.accepted_at is None:
        return "待销号" if row.closed_at else ""
    return _day(row.accepted_at.astimezone(made.tzinfo))


def _day(value: date) -> str:
    """2027.1.7: it stays on one line of a narrow cell."""
    return f"{value.year}.{value.month}.{value.day}"
