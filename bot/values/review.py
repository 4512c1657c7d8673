"""年度评议 and 评选优秀党支部."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.values.branches import Branch
from scoring.review import Electorate
from scoring.rubric import Edition, read_edition


@dataclass(frozen=True, slots=True)
class Review:
    """年度评议 of a school year, named by the year in which it begins; a draft until it is opened.

    `branches`: those on the ballot. `own`: whether one's own branch may be marked. By group: `voters` have a code each
    (应到), `present` and `issued` were counted by the office (实到, 发出), `returned` codes were used (收回), which is
    known once it is closed, and `weights` are in percent.
    """

    id: int
    committee_id: int
    year: int
    edition: str
    branches: tuple[int, ...]
    own: bool
    voters: Mapping[Electorate, int]
    present: Mapping[Electorate, int]
    issued: Mapping[Electorate, int]
    returned: Mapping[Electorate, int]
    weights: Mapping[Electorate, int]
    opened_at: datetime | None
    closed_at: datetime | None
    voided_at: datetime | None

    @property
    def state(self) -> str:
        """draft, open, closed or void."""
        if self.voided_at is not None:
            return "void"
        if self.closed_at is not None:
            return "closed"
        return "draft" if self.opened_at is None else "open"

    @property
    def table(self) -> Edition:
        """The rating table whose categories are on the ballot."""
        return read_edition(self.edition)


@dataclass(frozen=True, slots=True)
class BallotPaper:
    """What a code gives: one ballot of a group in a round that is open, for these branches."""

    review: Review
    group: Electorate
    committee: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class ExpertOpinion:
    """What an expert said of a branch over their own name."""

    id: int
    branch_id: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Award:
    """优秀党支部 of a school year and why: a draft until it is decided.

    `note` is for next year's budget, and done since `noted_at`.
    """

    id: int
    committee_id: int
    year: int
    branch: Branch
    reason: str
    note: str
    decided_at: datetime | None
    noted_at: datetime | None
