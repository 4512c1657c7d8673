"""汇总表: all branches of a term, their totals and stars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from bot.paper.listing import Column, Listing
from bot.paper.texts import inert
from bot.values import Term

COLUMNS: Final = (
    Column("序号", 12),
    Column("党支部", 46, centred=False),
    Column("书记", 31, centred=False),
    Column("自评得分", 20),
    Column("评定得分", 20),
    Column("星级", 16),
    Column("备注", 35, centred=False),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A branch: its secretary, the totals of its submitted sheets, its stars in words, and what is to be said."""

    branch: str
    secretary: str
    own: Decimal | None
    rated: Decimal | None
    stars: str
    remark: str


def listing(rows: Sequence[Row], committee: str, term: Term, made: datetime) -> Listing:
    """The table of a committee's branches in a term, printed when."""
    return Listing(
        what="党支部星级评定汇总表",
        committee=committee,
        name=term.name,
        table=term.table.name,
        columns=COLUMNS,
        rows=[
            (n, inert(row.branch), inert(row.secretary), row.own, row.rated, row.stars, row.remark)
            for n, row in enumerate(rows, start=1)
        ],
        made=made,
        size=11,
    )
