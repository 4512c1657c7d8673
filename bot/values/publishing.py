"""What follows a publication: 公示, 异议, 更正."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from bot.permissions import Openness
from bot.values.branches import Branch


@dataclass(frozen=True, slots=True)
class Objection:
    """异议 of a branch to its published result. A draft without `sent_at`, its answer without `answered_at`."""

    id: int
    branch: Branch
    term_id: int
    text: str
    by: str
    sent_at: datetime | None
    answer: str
    answered_by: str
    answered_at: datetime | None


class NoticeText(NamedTuple):
    """公示, part by part: what stands before and behind the lines of the branches, who signs it and the day."""

    title: str
    opens: str
    branches: tuple[str, ...]
    closes: str
    signed: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Amendment:
    """更正 of one mark of a published 总支评价, from some points to others. A draft without `decided_at`."""

    id: int
    sheet_id: int
    item: int
    was: Decimal
    points: Decimal
    reason: str
    person_id: int
    by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class After:
    """What stands beside a published result: since when, what branches see of one another, the number of the 总支评价
    and of the branch's last objection (0: none), and what was amended."""

    published_at: datetime
    openness: Openness
    sheet: int
    objection: int
    amended: tuple[Amendment, ...]
