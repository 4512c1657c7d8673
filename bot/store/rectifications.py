"""整改: the plans that results ask for, their measures, and how far these are closed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from bot.permissions import Me, Rater
from bot.store import history
from bot.store.database import Session, lock, put
from bot.store.history import About
from bot.store.sheets import mark_of
from bot.store.tables import EVIDENCE, MARK, MEASURE, MEASURE_FILE, PERSON, RECTIFICATION, ROLL, SHEET, TERM
from bot.store.terms import TERM_COLUMNS, term_of
from bot.values import Branch, Measure, Rectification, Registered, Term
from scoring.rectification import Reasons
from scoring.refusal import Refused

NO_MEASURE = "没有找到这条整改措施。请回首页重新选择。"
_r, _m = RECTIFICATION.c, MEASURE.c
_SUBMITTER, _ACCEPTOR, _GUIDE, _CLOSER, _CLEARER = (
    PERSON.alias(name) for name in ("submitter", "acceptor", "guide", "closer", "clearer")
)
_PLAN = (
    _r.id,
    _r.branch_id,
    _r.committee_id,
    ROLL.c.name,
    *TERM_COLUMNS,
    _r.reasons,
    _r.owed_on,
    _r.submitted_at,
    _r.submitted_by,
    sa.func.coalesce(_SUBMITTER.c.name, ""),
    _r.reply,
    _r.returned_at,
    _r.accepted_at,
    sa.func.coalesce(_ACCEPTOR.c.name, ""),
    _r.guidance,
    sa.func.coalesce(_GUIDE.c.name, ""),
    _r.advice,
)
_MEASURE = (
    _m.id,
    _m.item,
    _m.text,
    _m.post,
    _m.due,
    _m.suggested,
    _m.dropped_at,
    _m.report,
    _m.reported_at,
    _m.closed_at,
    _m.closed_by,
    sa.func.coalesce(_CLOSER.c.name, ""),
    _m.reply,
    _m.returned_at,
    _m.accepted_at,
    sa.func.coalesce(_CLEARER.c.name, ""),
)
_ROWS = (
    sa.select(*_PLAN, *_MEASURE, MARK.c.grade, MARK.c.hundredths, MARK.c.reason)
    .select_from(RECTIFICATION)
    .join(ROLL, (ROLL.c.branch_id == _r.branch_id) & (ROLL.c.term_id == _r.term_id))
    .join(TERM, TERM.c.id == _r.term_id)
    .outerjoin(MEASURE, (_m.branch_id == _r.branch_id) & (_m.rectification_id == _r.id))
    .outerjoin(
        SHEET,
        (SHEET.c.branch_id == _r.branch_id)
        & (SHEET.c.term_id == _r.term_id)
        & (SHEET.c.rater == int(Rater.COMMITTEE))
        & TERM.c.published_at.is_not(None),
    )
    .outerjoin(MARK, (MARK.c.sheet_id == SHEET.c.id) & (MARK.c.item == _m.item))
    .outerjoin(_SUBMITTER, _SUBMITTER.c.id == _r.submitted_by)
    .outerjoin(_ACCEPTOR, _ACCEPTOR.c.id == _r.accepted_by)
    .outerjoin(_GUIDE, _GUIDE.c.id == _r.guided_by)
    .outerjoin(_CLOSER, _CLOSER.c.id == _m.closed_by)
    .outerjoin(_CLEARER, _CLEARER.c.id == _m.accepted_by)
    .order_by(_r.branch_id, _r.id, _m.id)
)
_ONE = _ROWS.where(_r.id == sa.bindparam("plan"))
_OF_BRANCH = _ROWS.where(_r.branch_id == sa.bindparam("branch"), _r.term_id == sa.bindparam("term"))
_OF_TERM = _ROWS.where(_r.committee_id == sa.bindparam("committee"), _r.term_id == sa.bindparam("term"))
_IN_TERMS = _ROWS.where(
    _r.branch_id.in_(sa.bindparam("branches", expanding=True)),
    _r.term_id.in_(sa.bindparam("terms", expanding=True)),
)
_OF_MEASURE = _ROWS.where(
    _r.id == sa.select(_m.rectification_id).where(_m.id == sa.bindparam("measure")).scalar_subquery()
)


def _plans(rows: Sequence[Any]) -> tuple[Rectification, ...]:
    """The plans of these rows, each with its measures."""
    found: dict[int, Rectification] = {}
    measures: dict[int, list[Measure]] = {}
    for row in rows:
        found.setdefault(row[0], _plan(row))
        if row[len(_PLAN)] is not None:
            measures.setdefault(row[0], []).append(_measure(row[len(_PLAN) :]))
    return tuple(
        replace(
            plan,
            measures=tuple(one for one in measures.get(plan.id, ()) if one.dropped_at is None),
            dropped=tuple(one for one in measures.get(plan.id, ()) if one.dropped_at is not None),
        )
        for plan in found.values()
    )


def _plan(row: Any) -> Rectification:
    number, branch, committee, name = row[:4]
    term, rest = row[4 : 4 + len(TERM_COLUMNS)], row[4 + len(TERM_COLUMNS) : len(_PLAN)]
    reasons, *columns = rest
    said = json.loads(reasons) if reasons else {}
    why = Reasons(said.get("stars", 0), tuple(said.get("weak", ())))
    return Rectification(number, Branch(branch, committee, name), term_of(term), why, *columns)


def _measure(columns: Any) -> Measure:
    *own, grade, hundredths, reason = columns
    return Measure(*(*own, None if grade is None else mark_of(grade, hundredths, reason)))


def of_branch(session: Session, *, branch: Branch, term: Term) -> Rectification:
    """The plan of a branch after a term; one that is not begun has no number. One query."""
    rows = session.execute(_OF_BRANCH, {"branch": branch.id, "term": term.id}).all()
    return next(iter(_plans(rows)), Rectification(0, branch, term))


def of_committee(session: Session, *, committee_id: int, term_id: int) -> tuple[Rectification, ...]:
    """All plans of a committee after a term. One query."""
    return _plans(session.execute(_OF_TERM, {"committee": committee_id, "term": term_id}).all())


def in_terms(
    session: Session, *, branch_ids: Sequence[int], term_ids: Sequence[int]
) -> tuple[Rectification, ...]:
    """All plans of these branches after these terms. One query."""
    return _plans(session.execute(_IN_TERMS, {"branches": branch_ids, "terms": term_ids}).all())


_RUNNING = _ROWS.where(_r.branch_id == sa.bindparam("branch")).where(
    _r.owed_on.is_not(None) | _m.id.is_not(None)
)


def running(session: Session, branch_id: int) -> tuple[Rectification, ...]:
    """The plans of a branch that are owed or have measures and are not done, the oldest first. One query."""
    plans = _plans(session.execute(_RUNNING, {"branch": branch_id}).all())
    return tuple(plan for plan in plans if not plan.done and (plan.owed_on or plan.measures))


def one(session: Session, plan_id: int, *, to_write: bool = False) -> Rectification:
    """A plan by its number. Raises Refused. `to_write`: nobody else changes it until the unit of work ends."""
    if to_write:
        lock(session, RECTIFICATION, plan_id)
    found = _plans(session.execute(_ONE, {"plan": plan_id}).all())
    if not found:
        raise Refused("没有找到这份整改。请回首页重新选择。")
    return found[0]


_PLAN_OF = sa.select(_m.rectification_id).where(_m.id == sa.bindparam("measure"))


def of_measure(session: Session, measure_id: int, *, to_write: bool = False) -> tuple[Rectification, Measure]:
    """A measure by its number, with its plan. Raises Refused. `to_write` as of one()."""
    if to_write and (number := session.execute(_PLAN_OF, {"measure": measure_id}).scalar()):
        lock(session, RECTIFICATION, number)
    for plan in _plans(session.execute(_OF_MEASURE, {"measure": measure_id}).all()):
        for found in (*plan.measures, *plan.dropped):
            if found.id == measure_id:
                return plan, found
    raise Refused(NO_MEASURE)


# --- what is owed -----------------------------------------------------------------------------------------------

_BEGIN = put(RECTIFICATION, key=("branch_id", "term_id"))
_OWE = put(RECTIFICATION, "reasons", "owed_on", key=("branch_id", "term_id"))


def begin(session: Session, *, branch: Branch, term: Term) -> Rectification:
    """The plan of a branch after a term, begun now if it was not, held until the unit of work ends."""
    found = of_branch(session, branch=branch, term=term)
    if not found.id:
        values = {"committee_id": branch.committee_id, "branch_id": branch.id, "term_id": term.id}
        session.execute(_BEGIN, values)
        found = of_branch(session, branch=branch, term=term)
    return one(session, found.id, to_write=True)


def owe(
    session: Session, *, me: Me, branch: Branch, term: Term, why: Reasons, on: date
) -> Rectification | None:
    """From a day on a result asks a branch for a plan, for these reasons; without any it asks for none any more.

    The plan as it was, which this changes nothing of; None where nothing was to be done.
    """
    before = of_branch(session, branch=branch, term=term)
    if before.reasons == why:
        return None
    said = json.dumps({"stars": why.stars, "weak": why.weak}) if why else ""
    values = {"committee_id": branch.committee_id, "branch_id": branch.id, "term_id": term.id}
    since = (before.owed_on or on) if why else None
    session.execute(_OWE, {**values, "reasons": said, "owed_on": since})
    now = of_branch(session, branch=branch, term=term)
    history.add(session, me, _about(now), before=_why(before.reasons), after=_why(why))
    return before


def _why(why: Reasons) -> dict[str, Any]:
    return {"stars": why.stars, "weak": list(why.weak)}


@dataclass(frozen=True, slots=True)
class Owed:
    """A plan that is owed and not done: whose, after which term, since when, and whether it is submitted."""

    branch_id: int
    term: Term
    since: date
    submitted: bool


_OPEN = (
    sa.select(_r.branch_id, _r.owed_on, _r.submitted_at.is_not(None), *TERM_COLUMNS)
    .join(TERM, TERM.c.id == _r.term_id)
    .where(
        _r.committee_id == sa.bindparam("committee"),
        _r.owed_on.is_not(None),
        _r.accepted_at.is_(None)
        | sa.select(_m.id)
        .where(
            _m.branch_id == _r.branch_id,
            _m.rectification_id == _r.id,
            _m.dropped_at.is_(None),
            _m.accepted_at.is_(None),
        )
        .exists(),
    )
    .order_by(_r.term_id, _r.branch_id)
)


def owing(session: Session, committee_id: int) -> tuple[Owed, ...]:
    """Which branches of a committee owe a plan that is not done. One query."""
    rows = session.execute(_OPEN, {"committee": committee_id}).all()
    return tuple(Owed(branch, term_of(term), since, bool(done)) for branch, since, done, *term in rows)


# --- changing -----------------------------------------------------------------------------------------------------


def _about(plan: Rectification, measure: Measure | None = None) -> About:
    hidden = measure is not None and measure.suggested and not plan.term.published
    subject, number = ("measure", measure.id) if measure else ("rectification", plan.id)
    item = measure.item if measure else None
    return About(subject, number, plan.branch.committee_id, plan.branch.id, item, hidden=hidden)


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, date) else value for name, value in values.items()}


def change(session: Session, *, me: Me, plan: Rectification, **values: Any) -> int:
    """Write columns of a plan, and what they were, down; the number of the change."""
    session.execute(sa.update(RECTIFICATION).where(_r.id == plan.id).values(**values))
    was = {name: getattr(plan, name) for name in values if hasattr(plan, name)}
    return history.add(session, me, _about(plan), before=_said(was), after=_said(values))


def change_measure(session: Session, *, me: Me, plan: Rectification, measure: Measure, **values: Any) -> int:
    """As change(), of a measure."""
    session.execute(
        sa.update(MEASURE)
        .where(_m.branch_id == plan.branch.id, _m.rectification_id == plan.id, _m.id == measure.id)
        .values(**values)
    )
    was = {name: getattr(measure, name) for name in values if hasattr(measure, name)}
    return history.add(session, me, _about(plan, measure), before=_said(was), after=_said(values))


def draft(session: Session, *, plan: Rectification, measure: Measure | None = None, reply: str) -> None:
    """Keep why a plan, or a measure, is to be returned until that is confirmed."""
    if measure is None:
        session.execute(sa.update(RECTIFICATION).where(_r.id == plan.id).values(reply=reply))
    else:
        own = (_m.branch_id == plan.branch.id, _m.id == measure.id)
        session.execute(sa.update(MEASURE).where(*own).values(reply=reply))


def advise(session: Session, *, plan: Rectification, advice: str) -> None:
    """Keep what the committee is about to say of a plan until that is sent."""
    session.execute(sa.update(RECTIFICATION).where(_r.id == plan.id).values(advice=advice))


_ADD = sa.insert(MEASURE).returning(_m.id, _m.item, _m.text)  # in no order that is promised


def add_measures(
    session: Session,
    *,
    me: Me,
    plan: Rectification,
    said: Sequence[tuple[int, str]],
    suggested: bool = False,
    **more: Any,
) -> list[int]:
    """Add measures (the item, 0: of none, and its words; all different) to a plan, perhaps with their post and day.

    Gives their numbers. Two statements, however many they are.
    """
    of = {"branch_id": plan.branch.id, "rectification_id": plan.id, "suggested": suggested, **more}
    made = {"made_by": me.person_id, "made_at": me.now}
    rows = [{**of, "item": item, "text": text, **made} for item, text in said]
    if not rows:
        return []
    made_as = {(item, text): number for number, item, text in session.execute(_ADD, rows).all()}
    numbers = [made_as[one] for one in said]
    hidden = suggested and not plan.term.published
    where = (plan.branch.committee_id, plan.branch.id)
    history.add_all(
        session,
        me,
        [
            (About("measure", number, *where, item or None, hidden=hidden), _said({"text": text, **more}))
            for number, (item, text) in zip(numbers, said, strict=True)
        ],
    )
    return numbers


# --- 整改台账 -----------------------------------------------------------------------------------------------------


_FILES_OF_TERM = (
    sa.select(MEASURE_FILE.c.measure_id)
    .select_from(RECTIFICATION)
    .join(MEASURE, (_m.branch_id == _r.branch_id) & (_m.rectification_id == _r.id))
    .join(
        MEASURE_FILE,
        (MEASURE_FILE.c.branch_id == _r.branch_id) & (MEASURE_FILE.c.measure_id == _m.id),
    )
    .join(EVIDENCE, EVIDENCE.c.id == MEASURE_FILE.c.evidence_id)
    .where(
        _r.committee_id == sa.bindparam("committee"),
        _r.term_id == sa.bindparam("term"),
        EVIDENCE.c.removed_at.is_(None),
        _m.dropped_at.is_(None),
    )
    .order_by(_r.branch_id, _m.id, EVIDENCE.c.id)
)


def register(session: Session, *, me: Me, committee_id: int, term_id: int) -> tuple[Registered, ...]:
    """All rows of a committee's 整改台账 after a term, as somebody may see them, branch by branch. Two queries.

    Files are numbered from 1 through the whole register, in its order.
    """
    plans = of_committee(session, committee_id=committee_id, term_id=term_id)
    files: dict[int, tuple[int, ...]] = {}
    rows = session.execute(_FILES_OF_TERM, {"committee": committee_id, "term": term_id}).scalars()
    for number, measure in enumerate(rows, start=1):
        files[measure] = (*files.get(measure, ()), number)
    found = [(plan, one) for plan in (plan.seen(me) for plan in plans) for one in plan.measures]
    return tuple(
        _row(number, plan, one, files.get(one.id, ())) for number, (plan, one) in enumerate(found, start=1)
    )


def _row(number: int, plan: Rectification, one: Measure, files: tuple[int, ...]) -> Registered:
    item = plan.item(one)
    return Registered(
        number=number,
        branch=plan.branch,
        item=one.item,
        title=item.title if item else "",
        lost=item.points - one.mark.points if item and one.mark else None,
        text=one.text,
        post=one.post,
        due=one.due,
        report=one.report,
        files=files,
        opinion=one.reply if one.returned_at else "",
        closed_at=one.closed_at,
        accepted_at=one.accepted_at,
    )


# --- the next term --------------------------------------------------------------------------------------------------

_THEN = TERM.alias("then")
_LATER, _EDITION = (
    sa.select(column).where(_THEN.c.id == sa.bindparam("term")).scalar_subquery()
    for column in (_THEN.c.starts, _THEN.c.edition)
)
_AFTER = (
    sa.select(
        TERM.c.id, TERM.c.name, SHEET.c.rater, MARK.c.item, MARK.c.grade, MARK.c.hundredths, MARK.c.reason
    )
    .select_from(SHEET)
    .join(TERM, TERM.c.id == SHEET.c.term_id)
    .join(MARK, MARK.c.sheet_id == SHEET.c.id)
    .where(
        SHEET.c.branch_id == sa.bindparam("branch"),
        TERM.c.starts > _LATER,
        TERM.c.edition == _EDITION,  # in another one the item of this number is another item
        MARK.c.grade.is_not(None),
        SHEET.c.submitted_at.is_not(None),
        (SHEET.c.rater == int(Rater.SELF)) | TERM.c.published_at.is_not(None),
    )
    .order_by(TERM.c.starts, SHEET.c.rater)
)


def next_marks(session: Session, *, branch_id: int, term_id: int) -> tuple[str, Rater, dict[int, Any]] | None:
    """The marks of a branch in the term after: of its published 总支评价, till then of its submitted 自评; the term's
    name and whose marks they are with them. None while there are none, and of another edition. One query."""
    rows = session.execute(_AFTER, {"branch": branch_id, "term": term_id}).all()
    first = [row for row in rows if row.id == rows[0].id]
    if not first:
        return None
    rater = first[-1].rater
    marks = {r.item: mark_of(r.grade, r.hundredths, r.reason) for r in first if r.rater == rater}
    return first[0].name, Rater(rater), marks
