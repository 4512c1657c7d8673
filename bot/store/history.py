"""Who changed what, when, through which channel, from what to what. Rows are only ever added.

Whoever writes a row announces it: here alone it is decided which open pages look again, once the unit of work is
stored. They watch topics: `b` with the number of a branch is for its people, `c` for the people of a committee itself,
`a` for everybody in a committee and its branches, `i` for a committee's administrators, `s` for a branch's secretaries,
`p` for one person, wherever they are. Whom a row concerns follows from what it is about:

* A `login` or a `calendar` address is for that person alone.
* What a committee arranges for all, a `term`, a `day`, an `exchange` or a `duty_choice` of no branch, its `openness`
  and the `edition` in force, is for everybody.
* What only administrators see, `feedback`, a `group` chat and a `notice` that did not arrive, is for them; a `seat` and
  an `invitation` change the list of open codes, which a branch's secretaries see, too.
* Everything else is for the committee and, if it is a branch's, for that branch. From the branch are kept a `nudge` and
  what is `hidden`: the committee's own sheet of a term that is not published.
* An `assignment` and an `amendment` are for the `branches` that they concern, too.
* A `seat` and the name of a `person` are for that person, too.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import sqlalchemy as sa

from bot.permissions import Me, Role
from bot.store.database import Session
from bot.store.ready import Ready
from bot.store.tables import HISTORY

_PRIVATE = frozenset({"login", "calendar"})
_FOR_ALL = frozenset({"term", "day", "duty_choice", "openness", "exchange", "edition"})
_OF_ADMINISTRATORS = frozenset({"feedback", "notice", "group", "seat", "invitation"})
_KEPT_FROM_BRANCH = frozenset({"nudge"})
_CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class About:
    """What a row is about: the kind of thing, its number, whose it is, and, of a sheet, which item.

    `person`, `branches` and `hidden` say whom it concerns, as above.
    """

    subject: str
    id: int
    committee_id: int
    branch_id: int | None = None
    item: int | None = None
    person: int | None = None
    branches: Collection[int] = ()
    hidden: bool = False

    @property
    def topics(self) -> set[str]:
        """Whose open pages look again."""
        topics = set() if self.person is None else {f"p{self.person}"}
        if self.branch_id is None and self.subject in _FOR_ALL:
            topics.add(f"a{self.committee_id}")
        elif self.subject in _OF_ADMINISTRATORS:
            topics |= {f"i{self.committee_id}"} | ({f"s{self.branch_id}"} if self.branch_id else set())
        elif self.subject not in _PRIVATE:
            kept = self.branch_id is None or self.hidden or self.subject in _KEPT_FROM_BRANCH
            own = () if kept else (self.branch_id,)
            topics |= {f"c{self.committee_id}", *(f"b{branch}" for branch in (*own, *self.branches))}
        return topics


def add(
    session: Session,
    me: Me,
    about: About,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    batch: int | None = None,
) -> int:
    """Write one change down and announce it; returns its number.

    `batch` is the number of the first change made together with it.
    """
    session.info[_CHANGED] = changed(session) | about.topics
    [(number,)] = _ADD(session, {**_row(me, about, before, after), "batch": batch})
    return int(number)


_ADD = Ready(
    sa.insert(HISTORY).returning(HISTORY.c.id),
    *(column.name for column in HISTORY.columns if column is not HISTORY.c.id),
)
_ADD_ALL = sa.insert(HISTORY)


def add_all(session: Session, me: Me, said: Sequence[tuple[About, dict[str, Any]]]) -> None:
    """Write down and announce what several things are, which were nothing before. One statement."""
    session.info[_CHANGED] = changed(session).union(*(about.topics for about, _ in said))
    if said:
        session.execute(_ADD_ALL, [_row(me, about, None, after) for about, after in said])


def _row(me: Me, about: About, before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "committee_id": about.committee_id,
        "branch_id": about.branch_id,
        "person_id": me.person_id,
        "channel": me.channel,
        "at": me.now,
        "subject": about.subject,
        "subject_id": about.id,
        "item": about.item,
        "before": json.dumps(before, ensure_ascii=False) if before else "",
        "after": json.dumps(after, ensure_ascii=False) if after else "",
    }


_TOGETHER = (
    sa.select(HISTORY.c.id, HISTORY.c.subject, HISTORY.c.subject_id, HISTORY.c.before, HISTORY.c.after)
    .where((HISTORY.c.id == sa.bindparam("change")) | (HISTORY.c.batch == sa.bindparam("change")))
    .order_by(HISTORY.c.id)
)
_OF_BRANCH = _TOGETHER.where(
    HISTORY.c.branch_id == sa.bindparam("branch"), HISTORY.c.subject.in_(("fact", "occurrence", "mark"))
)
_DAYS = _TOGETHER.where(
    HISTORY.c.branch_id.is_(None),
    HISTORY.c.committee_id == sa.bindparam("committee"),
    HISTORY.c.subject == "day",
)


def together(session: Session, *, branch_id: int, change: int) -> Sequence[Any]:
    """The changes of a branch's numbers, tasks and marks that were made together with one, in their order.

    Each as (id, subject, subject_id, before, after).
    """
    return session.execute(_OF_BRANCH, {"branch": branch_id, "change": change}).all()


_LAST = (
    sa.select(HISTORY.c.id, HISTORY.c.before)
    .where(HISTORY.c.subject == sa.bindparam("subject"), HISTORY.c.subject_id == sa.bindparam("number"))
    .order_by(HISTORY.c.id.desc())
    .limit(1)
)
_LAST_OF_BRANCH = _LAST.where(HISTORY.c.branch_id == sa.bindparam("branch"))
_LAST_OF_COMMITTEE = _LAST.where(HISTORY.c.branch_id.is_(None))


def before_last(session: Session, about: About, change: int) -> str | None:
    """What something was before its last change, if that is this one; None where another one followed."""
    asked = {"subject": about.subject, "number": about.id}
    if about.branch_id is None:
        row = session.execute(_LAST_OF_COMMITTEE, asked).first()
    else:
        row = session.execute(_LAST_OF_BRANCH, {**asked, "branch": about.branch_id}).first()
    return str(row.before) if row and row.id == change else None


def days_together(session: Session, *, committee_id: int, change: int) -> Sequence[Any]:
    """As together(), of the days that a committee entered."""
    return session.execute(_DAYS, {"committee": committee_id, "change": change}).all()


def changed(session: Session) -> frozenset[str]:
    """The topics of what was written down in a unit of work; what was rolled back is none of it."""
    topics: frozenset[str] = session.info.get(_CHANGED, frozenset())
    return topics


def watched(me: Me) -> frozenset[str]:
    """The topics of somebody's pages."""
    topics = set() if me.person_id is None else {f"p{me.person_id}"}
    for seat in me.seats:
        match seat.role:
            case Role.SECRETARY:
                topics |= {f"s{seat.branch_id}", f"b{seat.branch_id}", f"a{seat.committee_id}"}
            case Role.OFFICER:
                topics |= {f"b{seat.branch_id}", f"a{seat.committee_id}"}
            case Role.ADMINISTRATOR:
                topics |= {f"i{seat.committee_id}", f"c{seat.committee_id}", f"a{seat.committee_id}"}
            case Role.MEMBER:
                topics |= {f"c{seat.committee_id}", f"a{seat.committee_id}"}
            case _:
                assert_never(seat.role)
    return frozenset(topics)
