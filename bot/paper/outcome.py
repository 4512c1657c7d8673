"""星级评定结果: a published term as far as it is opened, for a group chat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.paper.listing import Column, Listing
from bot.paper.texts import inert
from bot.values import Term

PLACE, BRANCH, TOTAL, STARS = (
    Column("名次", 24),
    Column("党支部", 90, centred=False),
    Column("总分", 30),
    Column("星级", 38),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A branch: its place and stars in words, and its total."""

    branch: str
    place: str
    total: Decimal | None
    stars: str


def listing(rows: Sequence[Row], committee: str, term: Term, made: datetime, *, totals: bool) -> Listing:
    """The branches of a committee in the order in which they are told; places and totals where these are opened."""
    return Listing(
        what="党支部星级评定结果",
        committee=committee,
        name=term.name,
        table=term.table.name,
        columns=(PLACE, BRANCH, TOTAL, STARS) if totals else (BRANCH, STARS),
        rows=[
            (row.place, inert(row.branch), row.total, row.stars) if totals else (inert(row.branch), row.stars)
            for row in rows
        ],
        made=made,
        size=12,
    )
