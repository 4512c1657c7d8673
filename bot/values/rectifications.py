"""整改: plans, their measures, the rows of the 台账."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from bot.permissions import Me
from bot.values.branches import Branch
from bot.values.terms import Term
from scoring.rectification import Reasons
from scoring.rubric import Item
from scoring.sheet import Mark


@dataclass(frozen=True, slots=True)
class Measure:
    """整改措施 for an item (0: of none), the post that sees to it, and by when.

    The branch's `report` says how it went; who closed it and who accepted that (销号) are two people. `reply` says why
    it was sent back, and is a draft without `returned_at`. `mark`: the published one of the item.
    """

    id: int
    item: int
    text: str
    post: str
    due: date | None
    suggested: bool
    dropped_at: datetime | None
    report: str
    reported_at: datetime | None
    closed_at: datetime | None
    closed_by: int | None
    closer: str
    reply: str
    returned_at: datetime | None
    accepted_at: datetime | None
    acceptor: str
    mark: Mark | None = None

    @property
    def closed(self) -> bool:
        """Whether the branch says that it is done."""
        return self.closed_at is not None

    @property
    def accepted(self) -> bool:
        """销号: whether the committee agrees that it is done."""
        return self.accepted_at is not None

    def late(self, today: date) -> bool:
        """Whether its day is past and it is not closed."""
        return self.due is not None and self.due < today and not self.closed


@dataclass(frozen=True, slots=True)
class Rectification:
    """整改 of a branch after a term, with those of its measures that whoever looks may see. `id` 0: not begun.

    `owed_on`: from which day a result asks for it, for these `reasons`. `reply` says why it was returned, and is a
    draft without `returned_at`; `advice` is a draft of `guidance`.
    """

    id: int
    branch: Branch
    term: Term
    reasons: Reasons = field(default_factory=Reasons)
    owed_on: date | None = None
    submitted_at: datetime | None = None
    submitted_by: int | None = None
    submitter: str = ""
    reply: str = ""
    returned_at: datetime | None = None
    accepted_at: datetime | None = None
    acceptor: str = ""
    guidance: str = ""
    guide: str = ""
    advice: str = ""
    measures: tuple[Measure, ...] = ()
    dropped: tuple[Measure, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the committee agrees with the plan: from then on its measures are closed one by one."""
        return self.accepted_at is not None

    @property
    def handed_in(self) -> bool:
        """Whether it lies with the committee, or has its agreement."""
        return self.submitted_at is not None

    @property
    def done(self) -> bool:
        """Whether every measure is closed and accepted."""
        return self.accepted and bool(self.measures) and all(one.accepted for one in self.measures)

    def late(self, today: date) -> int:
        """How many of its measures are overdue."""
        return sum(one.late(today) for one in self.measures) if self.accepted else 0

    def item(self, measure: Measure) -> Item | None:
        """The item that a measure is for."""
        return self.term.table.item(measure.item) if measure.item else None

    def seen(self, me: Me) -> "Rectification":
        """As somebody may see it.

        A plan is the branch's own until it is handed in; what the committee suggests is its own until the term is
        published.
        """
        own, committee = me.in_branch(self.branch.id), me.in_committee(self.branch.committee_id)

        def may(one: Measure) -> bool:
            if one.suggested and (committee or self.term.published):
                return True
            return not one.suggested and (own or self.handed_in)

        def told(one: Measure) -> Measure:
            return one if committee or one.returned_at else replace(one, reply="")

        return replace(
            self,
            measures=tuple(told(one) for one in self.measures if may(one)),
            dropped=tuple(told(one) for one in self.dropped if may(one)),
            reply=self.reply if committee or self.returned_at else "",
            advice=self.advice if committee else "",
        )


@dataclass(frozen=True, slots=True)
class Registered:
    """A row of the 整改台账: 序号, 支部, 存在问题 (the item and the points it lost), 整改措施, 责任人, 整改时限,
    完成情况 with the numbers of its files, 总支意见, 销号 (when)."""

    number: int
    branch: Branch
    item: int
    title: str
    lost: Decimal | None
    text: str
    post: str
    due: date | None
    report: str
    files: tuple[int, ...]
    opinion: str
    closed_at: datetime | None
    accepted_at: datetime | None
