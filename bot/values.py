"""The values that the store reads, the dialogue passes on and the screens show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Generic, NamedTuple, TypeVar

from bot.message import Line
from bot.permissions import Me, Openness, Rater, Role, Seat
from jobs.duties.assignments import Given, duty_of, with_counted
from jobs.duties.calendar import TermDates, year_name
from jobs.duties.catalogue import Duty
from jobs.duties.occurrences import answer_by
from scoring.facts import Fact
from scoring.rectification import Reasons
from scoring.review import Electorate
from scoring.rubric import Edition, Item, load_edition, read_edition
from scoring.sheet import Mark, Sheet

WEBHOOK = "wecom_group"
"""The channel of the group chat that this installation sends into and hears nothing from (群机器人)."""
UNOPENED, BLOCKED = "还没有打开企业微信里的机器人", "聊天已停用机器人"
OUT_OF_RANGE = "不在企业微信应用的可见范围里"
WEB_LOGIN = timedelta(days=180)  # from the last visit; then the page asks for a new code


def refusal(channel: str) -> str:
    """Why a chat takes nothing: WeCom's bot reaches who has opened its chat, and its app who may use it."""
    return {"wecom": UNOPENED, "wecom_app": OUT_OF_RANGE}.get(channel, BLOCKED)


@dataclass(frozen=True, slots=True)
class Term:
    """学期: its days, and whether its results are published."""

    id: int
    committee_id: int
    name: str
    starts: date
    ends: date
    opens: date
    closes: date
    published: bool
    edition: str

    @property
    def key(self) -> str:
        """What stands for it in the period of a duty that comes round once a term; it is stored, and for ever."""
        return f"T{self.id}"

    @property
    def table(self) -> Edition:
        """The rating table that counts in it."""
        return read_edition(self.edition)

    @property
    def dates(self) -> TermDates:
        """Its days, for the rules that find due days in it."""
        return TermDates(self.name, self.starts, self.ends, (self.opens, self.closes))

    @property
    def year(self) -> int:
        """The year in whose autumn its school year begins."""
        return self.dates.year


@dataclass(frozen=True, slots=True)
class KeptEdition:
    """评价表版本 that a committee keeps: by whom and when it was sent, and whether it was ever in force.

    `text` is empty for one that comes with the program; `reason` is why it is to be in force, until it is.
    """

    id: int
    committee_id: int
    key: str
    name: str
    text: str
    reason: str
    by: str
    made_at: datetime
    adopted_at: datetime | None

    @property
    def table(self) -> Edition:
        """The rating table itself."""
        return load_edition(self.text, self.key) if self.text else read_edition(self.key)

    @property
    def draft(self) -> bool:
        """Whether it was never in force."""
        return self.adopted_at is None


@dataclass(frozen=True, slots=True)
class Adopted:
    """How an edition was put in force last: by whom, when, from which term on, and why."""

    by: str
    at: datetime
    since: str
    reason: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """A term from which an edition may be in force, or why it may not; no term: those that are added later."""

    term: Term | None
    edition: str
    """What is in force there."""
    why: str = ""

    @property
    def name(self) -> str:
        """The term, in words."""
        return self.term.name if self.term else "以后新增的学期"

    @property
    def number(self) -> int:
        """As a button carries it."""
        return self.term.id if self.term else 0


@dataclass(frozen=True, slots=True)
class Branch:
    """党支部 with its committee."""

    id: int
    committee_id: int
    name: str


@dataclass(frozen=True, slots=True)
class GroupChat:
    """A group chat that a committee knows: whether 排名 is shown there, and who last switched that, and when."""

    id: int
    committee_id: int
    name: str
    shows: bool
    switched_by: str
    switched_at: datetime | None
    channel: str
    address: str

    @property
    def posted_to(self) -> bool:
        """Whether nobody asks there: what is published is sent into it (群机器人)."""
        return self.channel == WEBHOOK


class Part(IntEnum):
    """What is sent into a group chat, one message each. The numbers travel in buttons and stand in rows, for ever."""

    TABLE = 0
    PICTURE = 1
    FILE = 2

    @property
    def word(self) -> str:
        """What people call it."""
        return ("表格", "排名图", "Excel 文件")[self]


@dataclass(frozen=True, slots=True)
class Posted:
    """A part that somebody had sent into a group chat: as it was at a `revision`, the how-manieth attempt, how far it
    has come (the state of its notice) and why, by whom, and when."""

    revision: int
    part: Part
    attempt: int
    state: str
    why: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """Who wrote an item last, when, and the number of that change; and the note beside it."""

    by: str
    at: datetime
    change: int
    note: str = ""
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Rectified:
    """上学期整改: a measure of last term's plan that was handed in, and whether it was accepted (销号)."""

    item: int
    text: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class Background:
    """What stands behind the items of a branch and term: facts, how many files each item has, the tasks given, and the
    measures of last term's plan."""

    facts: tuple[Fact, ...]
    files: dict[int, int]
    given: tuple[Given, ...]
    rectified: tuple[Rectified, ...] = ()

    def known(self, now: datetime) -> tuple[Fact, ...]:
        """The facts, with what is counted from the given tasks in the place of what was typed."""
        return with_counted(self.facts, self.given, now)


@dataclass(frozen=True, slots=True)
class Returned:
    """退回 of a 自评: in which change, by whom, when, why by item (0: the whole sheet), and the marks of what is to be
    looked at again, as they were submitted.

    `open`: until the branch submits again.
    """

    change: int
    by: str
    at: datetime
    open: bool
    reasons: Mapping[int, str]
    was: Mapping[int, Mark]

    @property
    def whole(self) -> bool:
        """Whether all items are open."""
        return 0 in self.reasons

    @property
    def items(self) -> tuple[int, ...]:
        """The items with a reason of their own."""
        return tuple(sorted(number for number in self.reasons if number))

    @property
    def opens(self) -> tuple[int, ...]:
        """The items that are open; none stands for all."""
        return () if self.whole else self.items


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A sheet with all that stands on it: where it belongs, who wrote what, and the other rater's view.

    `other` is None as long as whoever fills this one may not see it; `beside` are the notes and times that go with it,
    `other_id` is its number (0: not begun). `returned`: how the branch's sheet was last returned.
    """

    id: int
    branch: Branch
    term: Term
    rater: Rater
    sheet: Sheet
    written: Mapping[int, Written]
    submitted_at: datetime | None
    submitted_by: str
    other: Sheet | None
    behind: Background
    beside: Mapping[int, Written] = field(default_factory=dict)
    other_id: int = 0
    returned: Returned | None = None

    @property
    def raters(self) -> tuple[Rater, ...]:
        """Whose files stand on it: the committee has the branch's beside its own, a branch only its own."""
        both = self.rater is Rater.COMMITTEE and self.other is not None
        return tuple(Rater) if both else (self.rater,)

    @property
    def last_change(self) -> int:
        """The newest change that can be taken back, 0 when there is none."""
        return max((w.change for n, w in self.written.items() if n not in self.sheet.locked), default=0)

    @property
    def returnable(self) -> int:
        """The number of the branch's sheet, where it stands submitted and can be returned; 0 where it cannot."""
        if self.term.published:
            return 0
        if self.rater is Rater.SELF:
            return self.id if self.sheet.submitted else 0
        return self.other_id if self.other is not None else 0

    @property
    def untouched(self) -> tuple[int, ...]:
        """The items that were returned with a reason and not marked since, while the sheet is open for it."""
        back = self.returned
        if self.rater is not Rater.SELF or back is None or not back.open:
            return ()
        return tuple(n for n in back.items if n not in self.written or self.written[n].change < back.change)

    def to_undo(self, me: Me) -> int:
        """The newest change that somebody takes back, 0 when there is none: anybody's on a branch's sheet, on the
        committee's only one's own."""
        own = self.rater is Rater.SELF
        return max((w.change for w in self.written.values() if own or w.person_id == me.person_id), default=0)

    def seen(self, item: int) -> int:
        """The number of the change that says what stands on an item: what a card carries that shows it. 0: nothing."""
        written = self.written.get(item)
        return written.change if written else 0

    def note(self, item: int) -> str:
        """What is noted beside an item; empty where nothing is."""
        written = self.written.get(item)
        return written.note if written else ""


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
    draft without `returned_at`.
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


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact with who recorded it and when; without a time, the bot counted it from the tasks that were given.

    `typed`: by hand, perhaps `instead_of` what the answers to duties add up to.
    """

    fact: Fact
    by: str
    at: datetime | None
    typed: bool = True
    instead_of: Fact | None = None


@dataclass(frozen=True, slots=True)
class File:
    """An attached file: what it is, who attached it, when."""

    id: int
    item: int
    name: str
    mime: str
    size: int
    by: str
    at: datetime
    sha256: str
    rater: Rater


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code and what it gives, who made it (None: somebody at the terminal), when, and how often it can be used.

    With `seat_id` it hands that seat over; with `person_id` it is a 登录码, by which that person logs in
    somewhere else. `closed` says why a code no longer works, and is empty while it does.
    """

    id: int
    code: str
    committee_id: int
    committee: str
    branch_id: int | None
    branch: str
    role: Role
    seat_id: int | None
    person_id: int | None
    person: str
    uses_left: int
    made_by: int | None
    by: str
    made_at: datetime
    expires_at: datetime
    closed: str
    used_at: datetime | None
    """When it was last used; None also where that was before this was written down."""

    @property
    def words(self) -> str:
        """The seat it gives: 常营主校区党支部 支部书记; of a 登录码, who logs in by it."""
        return self.person if self.person_id else f"{self.branch or self.committee} {self.role.word}"

    @property
    def moves(self) -> bool:
        """Whether it hands a seat over."""
        return self.seat_id is not None

    @property
    def kind(self) -> str:
        """What its code is called."""
        return "登录码" if self.person_id else "移交码" if self.moves else "邀请码"


@dataclass(frozen=True, slots=True)
class Invitee:
    """Who is to get a code for a seat: of a branch, or (None) of the committee. `name` is empty where nobody said."""

    role: Role
    branch: Branch | None
    name: str = ""

    @property
    def words(self) -> str:
        """王芳，双龙校区党支部 支部书记; without the name, where nobody said one."""
        seat = f"{self.branch.name} {self.role.word}" if self.branch else self.role.word
        return f"{self.name}，{seat}" if self.name else seat


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who took a seat by a code: under which number that is written down, the seat and who, when."""

    entry: int
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HeldSeat:
    """A seat and since when it is held; `until`: when it ended."""

    seat: Seat
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """Where a person is logged in: the channel, when something last came from there, whether it takes nothing."""

    id: int
    channel: str
    heard_at: datetime | None
    refuses: bool


FORGOTTEN = "已删除的人"
"""What a person is called of whom nothing is kept: see bot/store/forgetting.py."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds seats in a committee or its branches: which, and where they are logged in, last used first.

    `mail`: whether letters go to an address of theirs.
    """

    person: int
    name: str
    seats: tuple[HeldSeat, ...]
    logins: tuple[Login, ...] = ()
    mail: bool = False

    @property
    def seen(self) -> datetime | None:
        """When something last came from them."""
        return max((one.heard_at for one in self.logins if one.heard_at), default=None)


@dataclass(frozen=True, slots=True)
class Opinion:
    """意见: what somebody told the administrator, when, and the answer: a draft until `answered_at`."""

    id: int
    committee_id: int
    person_id: int
    name: str
    at: datetime
    text: str
    answer: str
    answered_by: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class LogLine:
    """A frozen bubble of a web chat: what was typed (mine), a receipt."""

    mine: bool
    title: str
    lines: tuple[Line, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Owing:
    """An occurrence as people see it: what a branch (or, without one, the committee) owes, and whether it is done."""

    id: int
    committee_id: int
    branch_id: int | None
    branch: str
    term_id: int
    edition: str
    """Its term's."""
    duty: str
    period: str
    opens: date
    due: date
    answer: str
    """What was understood; what is open may have been answered with too little."""
    done_at: datetime | None
    done_by: str
    assigned: str = ""
    """What a task that the committee gave is called; empty for a duty of the catalogue."""
    changes: int = 0
    """How often its day was moved."""
    hour: str = ""
    """Until when on its day, where a task says so: 17:00, 下班前."""
    calendar_id: str = ""
    """Its committee's, which no other installation has."""
    waiting: str = ""
    """A typed text that waits for the choice of how it is meant."""
    answered_at: datetime | None = None
    """When it was first answered; a correction does not change that."""
    published: bool = False
    """Whether the results of its term are published: then a branch answers nothing any more."""
    closes: date = date.max
    """When the self-evaluation of its term closes."""
    told_on: date | None = None
    """When its day is said beside the weekly digests, as it was set too late for them."""

    @property
    def behind(self) -> Duty | None:
        """The duty behind it; None when the catalogue knows it no more."""
        return duty_of(self.duty, self.assigned, self.edition)

    @property
    def by(self) -> date:
        """The last day on which an answer is on time."""
        return answer_by(self.behind, self.due, self.closes, self.told_on)

    @property
    def uid(self) -> str:
        """What it is called in calendars, for ever."""
        return f"{self.calendar_id}-{self.id}"

    @property
    def done(self) -> bool:
        """Whether it is closed."""
        return self.done_at is not None


@dataclass(frozen=True, slots=True)
class Correction:
    """An answer that was put in the place of another one: by whom, and when."""

    was: str
    now: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The confirmed `address` of a person, empty without one, and whether it `refused`.

    `asked`: another one, or the same once more, to which a code is to be mailed; `asked_sent`: it was; `asked_refused`:
    it took none.
    """

    address: str = ""
    refused: bool = False
    asked: str = ""
    asked_sent: bool = False
    asked_refused: bool = False


@dataclass(frozen=True, slots=True)
class MailedCode:
    """A code on its way to an address, which it confirms; `failures`: how often it could not be sent."""

    id: int
    person_id: int
    address: str = field(repr=False)
    code: str = field(repr=False)
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Lying:
    """Notices that a person has not seen: how many, since when. `branch` as of Problem.

    They lie in the web page, which was not opened since, or are `held`: the channel has no connection.
    """

    name: str
    since: datetime
    count: int
    branch: str
    held: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """A notice that may not have arrived: to whom, since when, uncertain or failed, and why.

    `branch`: in which that person sits; empty where in none.
    """

    id: int
    committee_id: int
    name: str
    at: datetime
    state: str
    why: str
    branch: str


@dataclass(frozen=True, slots=True)
class Group:
    """What many bodies owe alike and have not done: the same duty, period and day. `first` is one of them."""

    duty: str
    period: str
    edition: str
    assigned: str
    opens: date
    due: date
    closes: date
    bodies: int
    first: int
    told_on: date | None = None
    """The last day on which one of them is told beside the weekly digests."""
    branch: str = ""
    """The name of one of the branches: of the only one, where `bodies` is 1; empty for the committee itself."""
    told_late: int = 0
    """How many of them are told on such a day; the others are asked as usual, and may be late before."""

    @property
    def counts_from(self) -> date:
        """The day after which it counts as overdue."""
        return max(self.due, self.told_on or self.due)

    @property
    def by(self) -> date:
        """The last day on which an answer is on time, of those who are late first."""
        told_on = self.told_on if self.told_late == self.bodies else None
        return answer_by(self.behind, self.due, self.closes, told_on)

    @property
    def behind(self) -> Duty | None:
        """The duty behind it; None when the catalogue knows it no more."""
        return duty_of(self.duty, self.assigned, self.edition)


@dataclass(frozen=True, slots=True)
class Behind:
    """A branch that owes something, and how many such branches there are."""

    branch_id: int
    branch: str
    all: int


@dataclass(frozen=True, slots=True)
class Reached:
    """Which branches a reminder reaches: at once, or only when somebody opens the page; and which not, and why.

    `today`: which the committee has reminded today already. `invites`: the committee in which the one who looks may
    invite (0: none).
    """

    at_once: tuple[str, ...] = ()
    on_page: tuple[str, ...] = ()
    nobody: tuple[tuple[str, str], ...] = ()
    today: tuple[str, ...] = ()
    invites: int = 0


@dataclass(frozen=True, slots=True)
class Assignment:
    """交办任务: what is asked of which branches (None: of all) by a day; a draft of `made_by` until it is given."""

    id: int
    committee_id: int
    title: str
    due: date
    branches: frozenset[int] | None
    made_by: int
    by: str
    given_at: datetime | None
    hour: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many branches have done a task, of those who were given it and are still asked."""

    id: int
    title: str
    due: date
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A branch that was given a task: whether it has done it, and whether it need not any more.

    `task` is its occurrence, with the text and the number of files that answer it.
    """

    branch: str
    given: Given
    cancelled: bool
    task: int = 0
    answer: str = ""
    files: int = 0


@dataclass(frozen=True, slots=True)
class Meeting:
    """交流汇报 of a school year. `id` 0: nothing is set yet.

    `order`: the numbers of the branches as they speak; empty: as they stand in the roll. `task`: what asks them for
    their materials (0: nothing does), a draft of `made_by` until it is `given`.
    """

    committee_id: int
    year: int
    id: int = 0
    held_on: date | None = None
    hour: str = ""
    order: tuple[int, ...] = ()
    minutes_at: datetime | None = None
    minutes_by: str = ""
    task: int = 0
    given: bool = False
    made_by: int = 0

    @property
    def name(self) -> str:
        """The school year: 2026–2027学年."""
        return year_name(self.year)

    def ordered(self, branches: Sequence[Branch]) -> tuple[Branch, ...]:
        """These branches in the order in which they speak; whoever came later stands behind."""
        known = {branch.id: branch for branch in branches}
        first = [known[number] for number in dict.fromkeys(self.order) if number in known]
        return (*first, *(branch for branch in branches if branch not in first))


@dataclass(frozen=True, slots=True)
class Material:
    """What a branch was asked to hand in for the meeting: its occurrence, its day, and whether it is handed in."""

    task: int
    due: date
    done: bool


@dataclass(frozen=True, slots=True)
class Saying:
    """A typed text and the screens (as actions, with a few words) where it was heard or, until then, may belong.

    `message` is what the channel calls it; `was` the text that it corrects, or the answer that it is to replace;
    `files` what was sent with it and waits with it: name, type and SHA-256 of each. A file alone has an empty text.
    """

    id: int
    text: str
    places: tuple[tuple[str, str], ...]
    heard: bool
    message: str | None
    was: str
    files: tuple[tuple[str, str, str], ...] = ()


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """What is shown of a long list, newest first, and what names the pages on either side, None where there is none."""

    shown: tuple[T, ...]
    newer: int | None
    older: int | None


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
