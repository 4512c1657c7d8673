"""Who is here: seats, codes and logins, and what somebody told the administrator."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.permissions import Role, Seat
from bot.values.branches import Branch

WEB_LOGIN = timedelta(days=180)  # from the last visit; then the page asks for a new code


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
