"""Committees, branches and terms: where and when something is scored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.permissions import Me, Openness
from bot.store import history, laying_out, roll
from bot.store.database import Session, insert, lock
from bot.store.history import About
from bot.store.tables import BRANCH, COMMITTEE, METADATA, OCCURRENCE, ROLL, SHEET, TERM
from bot.values import Branch, Term
from jobs.duties.calendar import TermDates
from scoring.refusal import Refused

NO_BRANCH = "没有找到这个支部。请回首页重新选择。"
NO_TERM = "没有找到这个学期。请回首页重新选择。"
TERM_COLUMNS = (
    TERM.c.id,
    TERM.c.committee_id,
    TERM.c.name,
    TERM.c.starts,
    TERM.c.ends,
    TERM.c.opens,
    TERM.c.closes,
    TERM.c.published_at,
    TERM.c.edition,
)
"""The columns of which a term is made."""
_BRANCH = sa.select(BRANCH.c.id, BRANCH.c.committee_id, BRANCH.c.name).where(
    BRANCH.c.id == sa.bindparam("branch")
)
_ONE = sa.select(*TERM_COLUMNS).where(TERM.c.id == sa.bindparam("term"))
_TERMS = (
    sa.select(*TERM_COLUMNS)
    .where(TERM.c.committee_id.in_(sa.bindparam("committees", expanding=True)))
    .order_by(TERM.c.starts.desc())
)


def term_of(columns: Sequence[Any]) -> Term:
    """The columns of TERM_COLUMNS as a value."""
    number, committee, name, starts, ends, opens, closes, published_at, edition = columns
    return Term(number, committee, name, starts, ends, opens, closes, published_at is not None, edition)


def branch(session: Session, branch_id: int) -> Branch:
    """One branch. Raises Refused when it does not exist."""
    row = session.execute(_BRANCH, {"branch": branch_id}).first()
    if row is None:
        raise Refused(NO_BRANCH)
    return Branch(*row)


def term(session: Session, term_id: int, committee_id: int, today: date) -> Term:
    """A term of a committee by its number; 0 is the current one. Raises Refused when there is none."""
    if term_id == 0:
        return current(terms_of(session, [committee_id]), committee_id, today)
    found = any_term(session, term_id)
    if found.committee_id != committee_id:
        raise Refused(NO_TERM)
    return found


def any_term(session: Session, term_id: int) -> Term:
    """A term by its number, of whichever committee: the caller checks whose. Raises Refused when there is none."""
    row = session.execute(_ONE, {"term": term_id}).first()
    if row is None:
        raise Refused(NO_TERM)
    return term_of(row)


def terms_of(session: Session, committee_ids: Sequence[int]) -> tuple[Term, ...]:
    """All terms of these committees, newest first."""
    return tuple(map(term_of, session.execute(_TERMS, {"committees": committee_ids})))


_BESIDE = (
    sa.select(*TERM_COLUMNS)
    .where(
        TERM.c.committee_id
        == sa.select(TERM.c.committee_id).where(TERM.c.id == sa.bindparam("term")).scalar_subquery()
    )
    .order_by(TERM.c.starts.desc())
)


def beside(session: Session, term_id: int) -> tuple[Term, ...]:
    """All terms of the committee whose term this is, newest first. Raises Refused when there is no such term."""
    found = tuple(map(term_of, session.execute(_BESIDE, {"term": term_id})))
    if not found:
        raise Refused(NO_TERM)
    return found


def current(terms: Sequence[Term], committee_id: int, today: date) -> Term:
    """The newest term of a committee that has begun, else its first. Raises Refused when it has none."""
    own = [t for t in terms if t.committee_id == committee_id]
    if not own:
        raise Refused("还没有设置学期。管理员在「工作安排」里新增学期后，就可以用了。")
    return next((t for t in own if t.starts <= today), own[-1])


def next_starts(terms: Sequence[Term], committee_id: int, today: date) -> date | None:
    """When the next term of a committee begins that was set, if one was."""
    return min((t.starts for t in terms if t.committee_id == committee_id and t.starts > today), default=None)


def before(terms: Sequence[Term], term: Term) -> Term | None:
    """The term before this one."""
    return next((t for t in terms if t.committee_id == term.committee_id and t.starts < term.starts), None)


@dataclass(frozen=True, slots=True)
class InTerms:
    """A branch as it is called now, and all terms of its committee, the newest first, with its name in each; None
    where it is not rated."""

    branch: Branch
    terms: tuple[tuple[Term, str | None], ...]

    @property
    def every(self) -> tuple[Term, ...]:
        """The terms alone."""
        return tuple(term for term, _ in self.terms)

    @property
    def rated(self) -> tuple[Term, ...]:
        """Those in which it is rated."""
        return tuple(term for term, name in self.terms if name is not None)

    def rated_in(self, term_id: int, today: date) -> tuple[Branch, Term]:
        """The branch as it is rated in a term; 0 is this one or, of a closed branch, its last. Raises Refused."""
        if term_id:
            found = next((term for term in self.every if term.id == term_id), None)
            if found is None:
                raise Refused(NO_TERM)
            return self.named(found), found
        now = current(self.every, self.branch.committee_id, today)
        then = next(
            (term for term, name in self.terms if name is not None and term.starts <= now.starts), now
        )
        return self.named(then), then

    def named(self, term: Term) -> Branch:
        """The branch by its name in a term. Raises Refused where it is not rated in it."""
        name = next((name for one, name in self.terms if one.id == term.id), None)
        if name is None:
            raise Refused(f"{self.branch.name}没有参加{term.name}的评价，请选别的学期或支部。")
        return Branch(self.branch.id, self.branch.committee_id, name)


_IN_TERMS = (
    sa.select(BRANCH.c.id, BRANCH.c.committee_id, BRANCH.c.name, ROLL.c.name, *TERM_COLUMNS)
    .select_from(BRANCH)
    .outerjoin(TERM, TERM.c.committee_id == BRANCH.c.committee_id)
    .outerjoin(ROLL, (ROLL.c.term_id == TERM.c.id) & (ROLL.c.branch_id == BRANCH.c.id))
    .where(BRANCH.c.id == sa.bindparam("branch"))
    .order_by(TERM.c.starts.desc())
)


def of_branch(session: Session, branch_id: int) -> InTerms:
    """A branch in all its terms. One query. Raises Refused when it does not exist."""
    rows = session.execute(_IN_TERMS, {"branch": branch_id}).all()
    if not rows:
        raise Refused(NO_BRANCH)
    number, committee, name = rows[0][:3]
    found = tuple((term_of(row[4:]), row[3]) for row in rows if row[4] is not None)
    return InTerms(Branch(number, committee, name), found)


_BRANCHES = (
    sa.select(BRANCH.c.id, BRANCH.c.name)
    .where(BRANCH.c.committee_id == sa.bindparam("committee"), BRANCH.c.closed_at.is_(None))
    .order_by(BRANCH.c.id)
)
_COUNT_BRANCHES = (
    sa.select(sa.func.count())
    .select_from(BRANCH)
    .where(BRANCH.c.committee_id == sa.bindparam("committee"), BRANCH.c.closed_at.is_(None))
)


def branches_of(session: Session, committee_id: int, limit: int | None = None) -> tuple[Branch, ...]:
    """The branches of a committee that are open, in the order in which they were set up; the first ones, if there is a
    limit."""
    query = _BRANCHES if limit is None else _BRANCHES.limit(limit)
    rows = session.execute(query, {"committee": committee_id}).all()
    return tuple(Branch(number, committee_id, name) for number, name in rows)


def count_branches(session: Session, committee_id: int) -> int:
    """How many open branches a committee has."""
    return int(session.execute(_COUNT_BRANCHES, {"committee": committee_id}).scalar_one())


_NAMES = (
    sa.select(BRANCH.c.id, BRANCH.c.committee_id, BRANCH.c.name, BRANCH.c.campus)
    .where(BRANCH.c.committee_id.in_(sa.bindparam("committees", expanding=True)))
    .order_by(BRANCH.c.id)
)


def branches_and_campuses(session: Session, committee_ids: Sequence[int]) -> tuple[tuple[Branch, str], ...]:
    """All branches of these committees, closed ones too, in the order in which they were set up, with their campus."""
    rows = session.execute(_NAMES, {"committees": committee_ids}).all()
    return tuple((Branch(number, committee, name), campus or "") for number, committee, name, campus in rows)


_COMMITTEE = sa.select(COMMITTEE.c.name, COMMITTEE.c.edition, COMMITTEE.c.begins_on).where(
    COMMITTEE.c.id == sa.bindparam("committee")
)


def committee_name(session: Session, committee_id: int) -> str:
    """The name of a committee. Raises Refused when it does not exist."""
    row = session.execute(_COMMITTEE, {"committee": committee_id}).first()
    if row is None:
        raise Refused("没有找到这个党总支。请回首页重新选择。")
    return str(row.name)


def begins_on(session: Session, committee_id: int) -> date | None:
    """The day from which a committee's duties are asked for; None: all of them are."""
    row = session.execute(_COMMITTEE, {"committee": committee_id}).first()
    return row.begins_on if row else None


def add_committee(
    session: Session, *, name: str, edition: str, demo: bool = False, begins_on: date | None = None
) -> int:
    """A new committee; returns its number. What falls due before `begins_on` is not asked for."""
    return insert(session, COMMITTEE, name=name, edition=edition, demo=demo, begins_on=begins_on)


def edition_of(session: Session, committee_id: int) -> str:
    """The rating table of a committee's new terms."""
    return str(session.execute(_COMMITTEE, {"committee": committee_id}).one().edition)


def change_edition(session: Session, committee_id: int, edition: str) -> bool:
    """Score new terms with another rating table; False when it is that one already."""
    changed = session.execute(
        sa.update(COMMITTEE)
        .where(COMMITTEE.c.id == committee_id, COMMITTEE.c.edition != edition)
        .values(edition=edition)
        .returning(COMMITTEE.c.id)
    )
    return bool(changed.all())


def editions(session: Session) -> dict[str, frozenset[int]]:
    """Every rating table that is in use, with the committees that use it themselves or in a term."""
    found = sa.union(
        sa.select(COMMITTEE.c.edition, COMMITTEE.c.id), sa.select(TERM.c.edition, TERM.c.committee_id)
    )
    used: dict[str, frozenset[int]] = {}
    for edition, committee_id in session.execute(found):
        used[edition] = used.get(edition, frozenset()) | {committee_id}
    return used


def add_branch(session: Session, *, committee_id: int, name: str, campus: str, since: date = date.min) -> int:
    """A new branch, rated in what is not published and ends on a day or later; laid out at the next tick; returns its
    number."""
    laying_out.lay_out_again(session, committee_id=committee_id)
    number = insert(session, BRANCH, committee_id=committee_id, name=name, campus=campus)
    roll.join(session, number, since)
    return number


def add_term(session: Session, *, committee_id: int, dates: TermDates, edition: str) -> Term:
    """A new term, laid out at the next tick."""
    laying_out.lay_out_again(session, committee_id=committee_id)
    number = insert(
        session, TERM, committee_id=committee_id, name=dates.name, edition=edition, **_days(dates)
    )
    roll.begin_term(session, number)
    return any_term(session, number)


def change(session: Session, *, me: Me, term: Term, dates: TermDates) -> bool:
    """Give a term other days; False when it has them already."""
    before, after = _said(any_term(session, term.id).dates), _said(dates)
    if before == after:
        return False
    session.execute(sa.update(TERM).where(TERM.c.id == term.id).values(**_days(dates)))
    laying_out.lay_out_again(session, committee_id=term.committee_id)
    history.add(session, me, About("term", term.id, term.committee_id), before=before, after=after)
    return True


def keep_usual(
    session: Session,
    *,
    me: Me,
    committee_id: int,
    before: frozenset[tuple[date, bool]],
    after: frozenset[tuple[date, bool]],
) -> None:
    """Days were entered: self-evaluation that is usual stays so, if it closes today or later, as it does then."""
    today = me.now.date()
    for term in terms_of(session, [committee_id]):
        was = replace(term.dates, entered=before)
        usual = replace(was, window=None, entered=after)
        if was.usual and not term.published and min(term.closes, usual.closes) >= today:
            change(session, me=me, term=term, dates=usual)


def begin(session: Session, *, me: Me, committee_id: int, dates: TermDates) -> Term:
    """An administrator adds a term, scored under the committee's edition."""
    edition = edition_of(session, committee_id)
    made = add_term(session, committee_id=committee_id, dates=dates, edition=edition)
    history.add(session, me, About("term", made.id, committee_id), after=_said(dates))
    return made


def rename(session: Session, *, me: Me, term: Term, name: str) -> bool:
    """Call a term otherwise; False when it is called so."""
    if term.name == name:
        return False
    session.execute(sa.update(TERM).where(TERM.c.id == term.id).values(name=name))
    about = About("term", term.id, term.committee_id)
    history.add(session, me, about, before={"name": term.name}, after={"name": name})
    return True


# What the program makes, for every term or as soon as somebody looks.
_MADE = {ROLL.name, OCCURRENCE.name, SHEET.name}
_DONE_IN = (
    *(table for table in METADATA.sorted_tables if "term_id" in table.c and table.name not in _MADE),
    sa.select(OCCURRENCE.c.term_id)
    .where(
        OCCURRENCE.c.done_at.is_not(None)
        | (OCCURRENCE.c.answer != "")
        | (OCCURRENCE.c.waiting != "")
        | OCCURRENCE.c.assignment_id.is_not(None)
    )
    .subquery(),
    sa.select(SHEET.c.term_id).where(roll.is_begun(SHEET)).subquery(),
)
_OF_ITS_TASKS = tuple(table for table in METADATA.sorted_tables if "occurrence_id" in table.c)


def check_empty(session: Session, term: Term) -> None:
    """Raise Refused where anybody wrote anything in a term."""
    if term.published or any(
        session.execute(sa.select(sa.exists().where(table.c.term_id == term.id))).scalar_one()
        for table in _DONE_IN
    ):
        raise Refused(f"{term.name}里已经填过东西，不能删除。日期或名称不对，可以修改。")


def delete(session: Session, *, me: Me, term: Term) -> None:
    """Delete a term with what was laid out for it. Raises Refused where anybody wrote anything in it."""
    laying_out.hold_plan(session, committee_id=term.committee_id)
    lock(session, TERM, term.id)
    check_empty(session, term)
    tasks = sa.select(OCCURRENCE.c.id).where(OCCURRENCE.c.term_id == term.id)
    for table in _OF_ITS_TASKS:
        session.execute(sa.delete(table).where(table.c.occurrence_id.in_(tasks)))
    roll.drop_empty(session, SHEET.c.term_id == term.id)
    for table in (OCCURRENCE, ROLL):
        session.execute(sa.delete(table).where(table.c.term_id == term.id))
    session.execute(sa.delete(TERM).where(TERM.c.id == term.id))
    laying_out.lay_out_again(session, committee_id=term.committee_id)
    before = {"name": term.name, **_said(term.dates)}
    history.add(
        session, me, About("term", term.id, term.committee_id), before=before, after={"deleted": True}
    )


def _days(dates: TermDates) -> dict[str, date]:
    return {"starts": dates.starts, "ends": dates.ends, "opens": dates.opens, "closes": dates.closes}


def _said(dates: TermDates) -> dict[str, str]:
    return {name: day.isoformat() for name, day in _days(dates).items()}


def committees(session: Session) -> tuple[tuple[int, str, bool], ...]:
    """Every committee as (number, name, whether it is a demo's)."""
    c = COMMITTEE.c
    rows = session.execute(sa.select(c.id, c.name, c.demo).order_by(c.id)).all()
    return tuple((number, name, demo) for number, name, demo in rows)


_PUBLISHED_AT = sa.select(TERM.c.published_at).where(TERM.c.id == sa.bindparam("term"))


def published_at(session: Session, term_id: int) -> datetime | None:
    """Since when a term's results are official; None while they are not."""
    found: datetime | None = session.execute(_PUBLISHED_AT, {"term": term_id}).scalar()
    return found


_PUBLISHED_SINCE = (
    sa.select(*TERM_COLUMNS)
    .where(TERM.c.published_at >= sa.bindparam("since"))
    .order_by(TERM.c.committee_id, TERM.c.starts.desc())
)


def newest_published(session: Session, since: datetime) -> tuple[Term, ...]:
    """Of each committee the newest term, among those that were published since then."""
    found: dict[int, Term] = {}
    for row in session.execute(_PUBLISHED_SINCE, {"since": since}).all():
        term = term_of(row)
        found.setdefault(term.committee_id, term)
    return tuple(found.values())


def to_publish(session: Session, term_id: int) -> Term:
    """A term on whose sheets nobody writes before this unit of work ends. Raises Refused when there is none."""
    lock(session, TERM, term_id)
    return any_term(session, term_id)


def publish(session: Session, *, me: Me, term: Term, revision: int = 0) -> None:
    """Make a term's results official; `revision` is that of the totals that were confirmed."""
    session.execute(sa.update(TERM).where(TERM.c.id == term.id).values(published_at=me.now))
    after = {"published": True, "revision": revision}
    history.add(session, me, About("term", term.id, term.committee_id), after=after)


_OPENNESS = sa.select(COMMITTEE.c.openness).where(COMMITTEE.c.id == sa.bindparam("committee"))


def openness(session: Session, committee_id: int) -> Openness:
    """What a committee's branches see of one another's published results."""
    return Openness(session.execute(_OPENNESS, {"committee": committee_id}).scalar() or 0)


def open_to_branches(session: Session, *, me: Me, committee_id: int, chosen: Openness) -> bool:
    """Let branches see that of one another's published results; False when they do already."""
    lock(session, COMMITTEE, committee_id)
    before = openness(session, committee_id)
    if before is chosen:
        return False
    session.execute(sa.update(COMMITTEE).where(COMMITTEE.c.id == committee_id).values(openness=int(chosen)))
    about = About("openness", committee_id, committee_id)
    history.add(session, me, about, before={"shown": before.name}, after={"shown": chosen.name})
    return True
