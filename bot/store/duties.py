"""工作任务 as people see them: what each body owes for which period, and what was answered."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import history
from bot.store.database import Session
from bot.store.history import About
from bot.store.tables import ASSIGNMENT, BRANCH, COMMITTEE, HISTORY, OCCURRENCE, PERSON, ROLL, TERM
from bot.values import COUNTED, Behind, Correction, Group, Owing
from jobs.duties.answers import NOT_DONE
from scoring.refusal import Refused

_o = OCCURRENCE.c
_OWING: sa.Select[Any] = (
    sa.select(
        _o.id,
        _o.committee_id,
        _o.branch_id,
        sa.func.coalesce(ROLL.c.name, ""),
        _o.term_id,
        TERM.c.edition,
        _o.duty,
        _o.period,
        _o.opens,
        _o.due,
        _o.answer,
        _o.done_at,
        sa.func.coalesce(PERSON.c.name, ""),
        sa.func.coalesce(ASSIGNMENT.c.title, ""),
        _o.changes,
        sa.func.coalesce(ASSIGNMENT.c.hour, ""),
        COMMITTEE.c.calendar_id,
        _o.waiting,
        _o.answered_at,
        TERM.c.published_at.is_not(None),
        TERM.c.closes,
        _o.told_on,
    )
    .join(COMMITTEE, COMMITTEE.c.id == _o.committee_id)
    .join(TERM, TERM.c.id == _o.term_id)
    .outerjoin(ASSIGNMENT, ASSIGNMENT.c.id == _o.assignment_id)
    .outerjoin(ROLL, (ROLL.c.branch_id == _o.branch_id) & (ROLL.c.term_id == _o.term_id))
    .outerjoin(PERSON, PERSON.c.id == _o.done_by)
    .where(_o.cancelled.is_(False))
    .order_by(_o.due, _o.id)
)
_ONE = _OWING.where(_o.id == sa.bindparam("number"))
_OF_BRANCH = _OWING.where(_o.branch_id == sa.bindparam("branch"), _o.term_id == sa.bindparam("term"))


def one(session: Session, occurrence_id: int) -> Owing:
    """One occurrence. Raises Refused when there is none."""
    row = session.execute(_ONE, {"number": occurrence_id}).first()
    if row is None:
        raise Refused("没有找到这项任务，可能已经取消。请回首页重新选择。")
    return Owing(*row)


def of_branch(session: Session, *, branch_id: int, term_id: int) -> tuple[Owing, ...]:
    """Everything a branch owes in a term, done or not, by due date."""
    return _all(session, _OF_BRANCH, branch=branch_id, term=term_id)


_since: sa.BindParameter[date] = sa.bindparam("since")
_until: sa.BindParameter[date] = sa.bindparam("until")
_OF_COMMITTEE = _o.committee_id == sa.bindparam("committee")
_IS_OPEN = (_o.done_at.is_(None), _o.cancelled.is_(False), _o.due.between(_since, _until))
_other = OCCURRENCE.alias("other").c
_OTHER_IS_OPEN = (_other.done_at.is_(None), _other.cancelled.is_(False))


def _groups(*where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """What is owed alike. Each group is sought from the one before in the index of what is open, and of each only as
    many bodies are counted as are said: what is read does not grow with what is open."""
    open_here = (_other.committee_id == sa.bindparam("committee"), *_OTHER_IS_OPEN, *where)

    def first(*which: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
        found = sa.select(_other.id).where(*open_here, *which)
        return found.order_by(_other.due, _other.duty, _other.period).limit(1).scalar_subquery()

    one = sa.select(_o.id, _o.due, _o.duty, _o.period, _o.opens, _o.term_id, _o.assignment_id, _o.branch_id)
    before = one.where(_o.id == first(_other.due.between(_since, _until))).cte("alike", recursive=True)
    its = before.c
    following = sa.func.coalesce(
        first(_other.due == its.due, _other.duty == its.duty, _other.period > its.period),
        first(_other.due == its.due, _other.duty > its.duty),
        first(_other.due > its.due, _other.due <= _until),
    )
    alike = before.union_all(one.join(before, _o.id == following)).c
    same = (*open_here, _other.due == alike.due, _other.duty == alike.duty, _other.period == alike.period)
    counted = sa.select(_other.id).where(*same).limit(COUNTED + 1).correlate(alike.id.table).subquery()
    return (
        sa.select(
            *(alike.duty, alike.period, TERM.c.edition, sa.func.coalesce(ASSIGNMENT.c.title, "")),
            *(alike.opens, alike.due, TERM.c.closes),
            sa.select(sa.func.count()).select_from(counted).scalar_subquery(),
            alike.id,
            sa.select(sa.func.max(_other.told_on))
            .where(*same, _other.told_on.is_not(None))
            .scalar_subquery(),
            sa.func.coalesce(BRANCH.c.name, ""),
            ~sa.exists().where(*same, _other.told_on.is_(None)),
        )
        .join(TERM, TERM.c.id == alike.term_id)
        .outerjoin(BRANCH, BRANCH.c.id == alike.branch_id)
        .outerjoin(ASSIGNMENT, ASSIGNMENT.c.id == alike.assignment_id)
        .order_by(alike.due, alike.duty, alike.period)
    )


_GROUPS = _groups()
_GROUPS_OF_BRANCHES = _groups(_other.branch_id.is_not(None))


def open_groups(
    session: Session, *, committee_id: int, since: date, until: date, committee_too: bool = False
) -> tuple[Group, ...]:
    """What a committee's branches (and the committee itself) still owe, due between two days, taken together."""
    query = _GROUPS if committee_too else _GROUPS_OF_BRANCHES
    rows = session.execute(query, {"committee": committee_id, "since": since, "until": until}).all()
    return tuple(Group(*row) for row in rows)


_SOMETHING = sa.select(_other.id).where(
    _other.branch_id == BRANCH.c.id, *_OTHER_IS_OPEN, _other.due.between(_since, _until)
)
# Looked up branch by branch: as a join, PostgreSQL would read all that is open.
_OWES_SOMETHING = _SOMETHING.limit(1).scalar_subquery().is_not(None)
_OWES_OLDER = sa.exists().where(
    _other.branch_id == _o.branch_id,
    *_OTHER_IS_OPEN,
    _other.due.between(_since, _o.due),
    (_other.due < _o.due) | (_other.id < _o.id),
)
_SOME_BEHIND = (
    sa.select(BRANCH.c.id)
    .where(BRANCH.c.committee_id == sa.bindparam("committee"), _OWES_SOMETHING)
    .limit(COUNTED + 1)
    .subquery()
)
_ALL_BEHIND = sa.select(sa.func.count()).select_from(_SOME_BEHIND).scalar_subquery()
# In the order of the whole index: only so many rows are read as are shown, and none is sorted or added up.
_BEHIND = (
    sa.select(_o.branch_id, BRANCH.c.name, _ALL_BEHIND)
    .join(BRANCH, BRANCH.c.id == _o.branch_id)
    .where(_OF_COMMITTEE, *_IS_OPEN, ~_OWES_OLDER)
    .order_by(_o.due, _o.duty, _o.period, _o.told_on, _o.branch_id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
    .offset(sa.bindparam("skip", type_=sa.Integer))
)


def behind(
    session: Session, *, committee_id: int, since: date, until: date, limit: int, skip: int = 0
) -> tuple[Behind, ...]:
    """The branches that owe something due between two days, those that owe it longest first; `limit` after `skip`."""
    asked = {"committee": committee_id, "since": since, "until": until, "limit": limit, "skip": skip}
    return tuple(Behind(*row) for row in session.execute(_BEHIND, asked).all())


_BY_BRANCH, _OF_ONE_BRANCH = (
    sa.select(_o.branch_id, BRANCH.c.name, sa.func.count(), sa.func.min(_o.id))
    .join(BRANCH, BRANCH.c.id == _o.branch_id)
    .where(whose, *_IS_OPEN)
    .group_by(_o.branch_id, BRANCH.c.name)
    .order_by(_o.branch_id)
    for whose in (_OF_COMMITTEE, _o.branch_id == sa.bindparam("branch"))
)


def open_by_branch(
    session: Session, *, committee_id: int, since: date, until: date, branch_id: int | None = None
) -> tuple[tuple[int, str, int, int], ...]:
    """Every branch that owes something due between two days, its name, how many things and the first of them; or one
    branch alone."""
    days = {"since": since, "until": until}
    if branch_id is None:
        rows = session.execute(_BY_BRANCH, {"committee": committee_id, **days}).all()
    else:
        rows = session.execute(_OF_ONE_BRANCH, {"branch": branch_id, **days}).all()
    return tuple(tuple(row) for row in rows)


_OPEN_ALIKE = sa.select(_o.id, _o.branch_id, _o.duty, _o.period, _o.opens, _o.due, _o.told_on).where(
    _OF_COMMITTEE,
    _o.done_at.is_(None),
    _o.cancelled.is_(False),
    _o.due.in_(sa.bindparam("dues", expanding=True)) | _o.id.in_(sa.bindparam("also", expanding=True)),
)


def open_alike(
    session: Session, *, committee_id: int, groups: Iterable[tuple[str, str, date]], also: Iterable[int] = ()
) -> tuple[tuple[int, int | None, str, str, date, date, date | None], ...]:
    """Who still owes what these groups (duty, period, due) say, and these occurrences: number, branch, duty, period,
    opens, due, told on."""
    asked = {"committee": committee_id, "dues": list({due for _, _, due in groups}), "also": list(also)}
    rows = session.execute(_OPEN_ALIKE, asked).all()
    wanted, numbers = set(groups), set(also)
    return tuple(tuple(row) for row in rows if (row.duty, row.period, row.due) in wanted or row.id in numbers)


_OF_BRANCHES = _o.branch_id.in_(sa.bindparam("branches", expanding=True))
_OF_COMMITTEES = (_o.body == 0) & _o.committee_id.in_(sa.bindparam("committees", expanding=True))
_OPEN = _OWING.where(_o.done_at.is_(None), _o.due.between(_since, _until))
_OPEN_OF_BRANCHES, _OPEN_OF_COMMITTEES, _OPEN_OF_BOTH = (
    _OPEN.where(whose) for whose in (_OF_BRANCHES, _OF_COMMITTEES, _OF_BRANCHES | _OF_COMMITTEES)
)


def open_for(
    session: Session, *, branch_ids: Sequence[int], committee_ids: Sequence[int], since: date, until: date
) -> tuple[Owing, ...]:
    """What these branches, and these committees themselves, still owe and is due between two days."""
    days = {"since": since, "until": until}
    if not committee_ids:  # an OR is slower to look up
        return _all(session, _OPEN_OF_BRANCHES, branches=branch_ids, **days)
    if not branch_ids:
        return _all(session, _OPEN_OF_COMMITTEES, committees=committee_ids, **days)
    return _all(session, _OPEN_OF_BOTH, branches=branch_ids, committees=committee_ids, **days)


_OPEN_OF_THESE = _OWING.where(_o.done_at.is_(None), _o.id.in_(sa.bindparam("numbers", expanding=True)))


def open_of(session: Session, numbers: Collection[int]) -> tuple[Owing, ...]:
    """Which of these occurrences are still open, whenever they were due."""
    return _all(session, _OPEN_OF_THESE, numbers=list(numbers))


def owing_groups(
    session: Session, *, committee_id: int, groups: Sequence[Group], limit: int | None
) -> tuple[Owing, ...]:
    """Who owes what these groups say, as long as `limit` lasts (None: all of them)."""
    query = _OWING.where(
        _o.committee_id == committee_id,
        _o.branch_id.is_not(None),
        _o.done_at.is_(None),
        sa.tuple_(_o.duty, _o.period).in_([(g.duty, g.period) for g in groups]),
        _o.due.in_({g.due for g in groups}),
    )
    return tuple(Owing(*row) for row in session.execute(query.limit(limit)).all())


_DUE_SINCE = _OWING.where(_OF_BRANCHES | _OF_COMMITTEES, _o.due >= _since)


def due_since(
    session: Session, *, branch_ids: Collection[int], committee_ids: Collection[int], since: date
) -> tuple[Owing, ...]:
    """What branches and committees themselves owe from a day on, done or not, by due date."""
    whose = {"branches": list(branch_ids), "committees": list(committee_ids)}
    return _all(session, _DUE_SINCE, **whose, since=since)


def _all(session: Session, query: sa.Select[Any], **values: object) -> tuple[Owing, ...]:
    return tuple(Owing(*row) for row in session.execute(query, values).all())


def put_answer(
    session: Session,
    *,
    me: Me,
    owed: Owing,
    said: str,
    done: bool,
    batch: int | None = None,
    typed: bool = False,
) -> int | None:
    """Write down what was answered, for the first time or instead of an earlier answer, and whether that closes it.

    When and by whom it was answered first stays; an honest no is no first answer to what is done later. Returns the
    number of the change; None, and nothing is changed, when somebody answered since `owed` was read. `batch` as of
    history.add(); `typed`: as a number of 台账, with which it can be taken back.
    """
    now = sa.bindparam("now", me.now, type_=_o.answered_at.type)
    first = now if owed.answer == NOT_DONE else sa.func.coalesce(_o.answered_at, now)
    changed = session.execute(
        sa.update(OCCURRENCE)
        .where(
            _o.id == owed.id,
            _o.answer == owed.answer,
            _o.done_at.is_not(None) if owed.done else _o.done_at.is_(None),
        )
        .values(
            answer=said,
            waiting="",
            answered_at=first,
            done_at=first if done else None,
            done_by=sa.func.coalesce(_o.done_by, me.person_id),
        )
        .returning(_o.id)
    ).all()
    if not changed:
        return None
    after = {"done": done, "answer": said} | ({"typed": True} if typed else {})
    return history.add(session, me, _about(owed), before=_was(owed), after=after, batch=batch)


def close(session: Session, *, me: Me, owed: Owing, answer: str) -> bool:
    """Write down that a task is done; False when somebody had done it already."""
    return put_answer(session, me=me, owed=owed, said=answer, done=True) is not None


def ask(session: Session, *, owed: Owing, text: str) -> None:
    """Keep a text that waits for the choice of how it is meant; a later one takes its place."""
    session.execute(sa.update(OCCURRENCE).where(_o.id == owed.id).values(waiting=text))


def reopen(session: Session, *, me: Me, owed: Owing) -> int | None:
    """It was not done after all: it is open as if nobody had answered; None when it was so already.

    Returns the number of the change, with which the answer can be put back.
    """
    by = session.execute(sa.select(_o.done_by).where(_o.id == owed.id)).scalar()
    opened = session.execute(
        sa.update(OCCURRENCE)
        .where(_o.id == owed.id, _o.answered_at.is_not(None))
        .values(done_at=None, done_by=None, answered_at=None, answer="", waiting="")
        .returning(_o.id)
    ).all()
    if not opened:
        return None
    at = owed.answered_at.isoformat() if owed.answered_at else None
    return history.add(
        session, me, _about(owed), before={**_was(owed), "at": at, "by": by}, after={"done": False}
    )


def put_back(session: Session, *, me: Me, owed: Owing, change: int) -> str | None:
    """Put back the answer that a change took away, as of when it was given; None where something newer stands."""
    before = json.loads(history.before_last(session, _about(owed), change) or "{}")
    if owed.answered_at is not None or not before.get("at"):
        return None
    at = datetime.fromisoformat(before["at"])
    values = {"answer": before["answer"], "answered_at": at, "done_by": before["by"]}
    session.execute(
        sa.update(OCCURRENCE).where(_o.id == owed.id).values(**values, done_at=at if before["done"] else None)
    )
    after = {"done": before["done"], "answer": before["answer"]}
    history.add(session, me, _about(owed), before={"done": False}, after=after)
    return str(before["answer"])


def was_last(session: Session, *, owed: Owing, change: int) -> bool:
    """Whether nothing happened to a task since a change."""
    return history.before_last(session, _about(owed), change) is not None


_SHEETS = ("self_sheet", "committee_sheets")  # what closes with a sheet, and opens again with it
_CLOSE_SHORT = (
    sa.update(OCCURRENCE)
    .where(
        _o.committee_id == sa.bindparam("committee"),
        _o.due.between(_since, _until),
        _o.done_at.is_(None),
        _o.answered_at.is_not(None),
        _o.duty.not_in(_SHEETS),
        _o.cancelled.is_(False),
    )
    .values(done_at=_o.answered_at)
    .returning(_o.id, _o.branch_id, _o.answer)
)


def close_short(session: Session, *, committee_id: int, since: date, until: date, me: Me) -> None:
    """Close what was answered with too little and fell due between two days: it was waited for more till then."""
    days = {"committee": committee_id, "since": since, "until": until}
    for number, branch_id, said in session.execute(_CLOSE_SHORT, days).all():
        about = About("occurrence", number, committee_id, branch_id)
        was = {"done": False, "answer": said}
        history.add(session, me, about, before=was, after={"done": True, "answer": said})


_CHANGES = (
    sa.select(HISTORY.c.before, HISTORY.c.after, PERSON.c.name, HISTORY.c.at)
    .outerjoin(PERSON, PERSON.c.id == HISTORY.c.person_id)
    .where(
        HISTORY.c.branch_id == sa.bindparam("branch"),
        HISTORY.c.subject == "occurrence",
        HISTORY.c.subject_id == sa.bindparam("number"),
    )
    .order_by(HISTORY.c.id)
)


def corrections(session: Session, owed: Owing) -> tuple[Correction, ...]:
    """How the answer that counts now was corrected since it was first given, the first correction first."""
    found: list[Correction] = []
    rows = session.execute(_CHANGES, {"branch": owed.branch_id, "number": owed.id}).all()
    for before, after, name, at in rows:
        was, now = (json.loads(said).get("answer", "") if said else "" for said in (before, after))
        if not was or not now:
            found.clear()
        elif was != now:
            found.append(Correction(was, now, name or "", at))
    return tuple(found)


def close_duty(session: Session, *, me: Me, branch_id: int, term_id: int, duty: str) -> None:
    """Close what the bot itself sees done: a sheet submitted closes its duty."""
    for owed in of_branch(session, branch_id=branch_id, term_id=term_id):
        if owed.duty == duty and not owed.done:
            close(session, me=me, owed=owed, answer="")


_COMMITTEES_OWN = _OWING.where(
    _o.committee_id == sa.bindparam("committee"),
    _o.branch_id.is_(None),
    _o.term_id == sa.bindparam("term"),
    _o.duty == sa.bindparam("duty"),
)


def close_committees(session: Session, *, me: Me, committee_id: int, term_id: int, duty: str) -> None:
    """As close_duty(), for a duty of the committee itself."""
    for owed in _all(session, _COMMITTEES_OWN, committee=committee_id, term=term_id, duty=duty):
        if not owed.done:
            close(session, me=me, owed=owed, answer="")


def open_again(
    session: Session, *, me: Me, branch_id: int, term_id: int, duty: str, until: date
) -> date | None:
    """What the bot itself saw done is to be done once more, and is not late before a day: its first answer counts.

    Returns by when it is asked for; None where it is not asked for at all.
    """
    for owed in of_branch(session, branch_id=branch_id, term_id=term_id):
        if owed.duty == duty:
            _open_again(session, me, owed, max(owed.by, until))
            return max(owed.by, until)
    return None


def open_committees_again(session: Session, *, me: Me, committee_id: int, term_id: int, duty: str) -> None:
    """As open_again(), for a duty of the committee itself; its day stays."""
    for owed in _all(session, _COMMITTEES_OWN, committee=committee_id, term=term_id, duty=duty):
        if owed.done:
            _open_again(session, me, owed, owed.by)


def _open_again(session: Session, me: Me, owed: Owing, by: date) -> None:
    told_on = by if by > owed.by else owed.told_on
    session.execute(sa.update(OCCURRENCE).where(_o.id == owed.id).values(done_at=None, told_on=told_on))
    history.add(session, me, _about(owed), before=_was(owed), after={**_was(owed), "done": False})


def _about(owed: Owing) -> About:
    return About("occurrence", owed.id, owed.committee_id, owed.branch_id)


def _was(owed: Owing) -> dict[str, bool | str]:
    return {"done": owed.done, "answer": owed.answer}
