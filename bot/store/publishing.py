"""What comes after a term was published: objections of its branches, and amendments of its marks."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bot.permissions import Me, Openness, Rater
from bot.store import history, sheets
from bot.store.database import Session, insert, lock
from bot.store.history import About
from bot.store.tables import AMENDMENT, BRANCH, COMMITTEE, HISTORY, OBJECTION, PERSON, ROLL, SHEET, TERM
from bot.values import After, Amendment, Branch, Objection, SheetFile, Term
from scoring.refusal import Refused
from scoring.sheet import Mark, Sheet

_o, _a = OBJECTION.c, AMENDMENT.c
_ANSWERER = PERSON.alias()

# --- objections -------------------------------------------------------------------------------------------------

_OBJECTIONS = (
    sa.select(
        _o.id,
        _o.branch_id,
        _o.committee_id,
        ROLL.c.name,
        _o.term_id,
        _o.text,
        PERSON.c.name,
        _o.sent_at,
        _o.answer,
        sa.func.coalesce(_ANSWERER.c.name, ""),
        _o.answered_at,
    )
    .select_from(OBJECTION)
    .join(ROLL, (ROLL.c.branch_id == _o.branch_id) & (ROLL.c.term_id == _o.term_id))
    .join(PERSON, PERSON.c.id == _o.made_by)
    .outerjoin(_ANSWERER, _ANSWERER.c.id == _o.answered_by)
    .order_by(_o.id)
)
_OF_TERM = _OBJECTIONS.where(
    _o.committee_id == sa.bindparam("committee"), _o.term_id == sa.bindparam("term"), _o.sent_at.is_not(None)
)
_OF_BRANCH = _OBJECTIONS.where(
    _o.committee_id == sa.bindparam("committee"),
    _o.term_id == sa.bindparam("term"),
    _o.branch_id == sa.bindparam("branch"),
)
_ONE = _OBJECTIONS.where(_o.id == sa.bindparam("objection"))


def _objection(row: Any) -> Objection:
    number, branch, committee, name, *rest = row
    return Objection(number, Branch(branch, committee, name), *rest)


def objections(session: Session, *, committee_id: int, term_id: int) -> tuple[Objection, ...]:
    """What was objected to the results of a committee's term, in the order in which it came."""
    rows = session.execute(_OF_TERM, {"committee": committee_id, "term": term_id})
    return tuple(map(_objection, rows))


def last_objection(session: Session, *, branch: Branch, term_id: int) -> Objection | None:
    """A branch's last objection in a term, or its draft."""
    asked = {"committee": branch.committee_id, "term": term_id, "branch": branch.id}
    rows = session.execute(_OF_BRANCH, asked).all()
    return _objection(rows[-1]) if rows else None


def objection(session: Session, objection_id: int, *, to_write: bool = False) -> Objection:
    """An objection by its number. Raises Refused. `to_write`: nobody else changes it until the unit of work ends."""
    if to_write:
        lock(session, OBJECTION, objection_id)
    row = session.execute(_ONE, {"objection": objection_id}).first()
    if row is None:
        raise Refused("没有找到这条异议。请回首页重新选择。")
    return _objection(row)


def draft_objection(session: Session, *, me: Me, branch: Branch, term: Term, text: str) -> int:
    """Keep what a branch objects to until it is sent: one at a time. Raises Refused while another one is open."""
    lock(session, BRANCH, branch.id)
    last = last_objection(session, branch=branch, term_id=term.id)
    if last is not None and last.sent_at is not None and last.answered_at is None:
        raise Refused("已经提出的异议还没有答复，答复以后才能再提。")
    if last is not None and last.sent_at is None:
        values = {"text": text, "made_by": me.person_id, "made_at": me.now}
        session.execute(sa.update(OBJECTION).where(_o.id == last.id).values(**values))
        return last.id
    return insert(
        session,
        OBJECTION,
        committee_id=branch.committee_id,
        branch_id=branch.id,
        term_id=term.id,
        text=text,
        made_by=me.person_id,
        made_at=me.now,
    )


def _on(found: Objection) -> About:
    return About("objection", found.id, found.branch.committee_id, found.branch.id)


def send_objection(session: Session, *, me: Me, found: Objection) -> None:
    """The committee has it from now on."""
    values = {"sent_at": me.now, "made_by": me.person_id}
    session.execute(sa.update(OBJECTION).where(_o.id == found.id).values(**values))
    history.add(session, me, _on(found), after={"text": found.text})


def draft_answer(session: Session, *, me: Me, found: Objection, text: str) -> None:
    """Keep what is answered until it is sent."""
    values = {"answer": text, "answered_by": me.person_id}
    session.execute(sa.update(OBJECTION).where(_o.id == found.id).values(**values))


def send_answer(session: Session, *, me: Me, found: Objection) -> None:
    """The branch has the answer from now on."""
    values = {"answered_at": me.now, "answered_by": me.person_id}
    session.execute(sa.update(OBJECTION).where(_o.id == found.id).values(**values))
    history.add(session, me, _on(found), before={"text": found.text}, after={"answer": found.answer})


_EVALUATED = (
    sa.select(HISTORY.c.person_id)
    .join(SHEET, SHEET.c.id == HISTORY.c.subject_id)
    .where(
        HISTORY.c.branch_id == sa.bindparam("branch"),
        HISTORY.c.subject.in_(("mark", "sheet")),
        ~sa.exists().where(
            _a.sheet_id == SHEET.c.id,
            _a.item == HISTORY.c.item,
            _a.person_id == HISTORY.c.person_id,
            _a.decided_at == HISTORY.c.at,
        ),
        SHEET.c.branch_id == sa.bindparam("branch"),
        SHEET.c.term_id == sa.bindparam("term"),
        SHEET.c.rater == int(Rater.COMMITTEE),
        HISTORY.c.person_id.is_not(None),
    )
    .distinct()
)


def evaluated(session: Session, *, branch_id: int, term_id: int) -> frozenset[int]:
    """Who marked or submitted a branch's 总支评价; an amendment is no evaluation."""
    return frozenset(session.execute(_EVALUATED, {"branch": branch_id, "term": term_id}).scalars())


# --- amendments -------------------------------------------------------------------------------------------------

_AMENDMENTS = (
    sa.select(
        _a.id,
        _a.sheet_id,
        _a.item,
        _a.was,
        _a.hundredths,
        _a.reason,
        _a.person_id,
        PERSON.c.name,
        _a.decided_at,
    )
    .join(PERSON, PERSON.c.id == _a.person_id)
    .order_by(_a.decided_at, _a.id)
)
_ONE_AMENDMENT = _AMENDMENTS.where(_a.id == sa.bindparam("amendment"))


def _amendment(row: Any) -> Amendment:
    number, sheet, item, was, points, *rest = row
    return Amendment(number, sheet, item, Decimal(was) / 100, Decimal(points) / 100, *rest)


def amendment(session: Session, amendment_id: int) -> Amendment:
    """An amendment by its number. Raises Refused."""
    row = session.execute(_ONE_AMENDMENT, {"amendment": amendment_id}).first()
    if row is None:
        raise Refused("没有找到这条更正。请回首页重新选择。")
    return _amendment(row)


def draft_amendment(session: Session, *, me: Me, file: SheetFile, item: int, mark: Mark, reason: str) -> int:
    """Keep what an item should be worth until it is decided."""
    return insert(
        session,
        AMENDMENT,
        sheet_id=file.id,
        item=item,
        was=int(file.sheet.marks[item].points * 100),
        hundredths=int(mark.points * 100),
        reason=reason,
        person_id=me.person_id,
        made_at=me.now,
    )


def amend(
    session: Session, *, me: Me, file: SheetFile, found: Amendment, after: Sheet, branches: Sequence[int]
) -> SheetFile:
    """Write the decision and the new mark down, with what was before; returns the file as it is then.

    Whoever is in one of these `branches` looks again: places may have changed.
    """
    session.execute(sa.update(AMENDMENT).where(_a.id == found.id).values(decided_at=me.now))
    about = About(
        "amendment", found.id, file.branch.committee_id, file.branch.id, found.item, branches=branches
    )
    before = {"worth": str(found.was)}
    history.add(session, me, about, before=before, after={"worth": str(found.points), "why": found.reason})
    return sheets.save(session, me=me, file=file, after=after)


# --- what stands beside a published result ------------------------------------------------------------------------

_LAST_OBJECTION = (
    sa.select(sa.func.max(_o.id))
    .where(
        _o.committee_id == TERM.c.committee_id,
        _o.term_id == TERM.c.id,
        _o.branch_id == sa.bindparam("branch"),
    )
    .correlate(TERM)
    .scalar_subquery()
)
_AFTER = (
    sa.select(
        TERM.c.published_at,
        COMMITTEE.c.openness,
        SHEET.c.id,
        _LAST_OBJECTION,
        _a.id,
        _a.sheet_id,
        _a.item,
        _a.was,
        _a.hundredths,
        _a.reason,
        _a.person_id,
        PERSON.c.name,
        _a.decided_at,
    )
    .select_from(TERM)
    .join(COMMITTEE, COMMITTEE.c.id == TERM.c.committee_id)
    .outerjoin(
        SHEET,
        (SHEET.c.term_id == TERM.c.id)
        & (SHEET.c.branch_id == sa.bindparam("branch"))
        & (SHEET.c.rater == int(Rater.COMMITTEE)),
    )
    .outerjoin(AMENDMENT, (_a.sheet_id == SHEET.c.id) & _a.decided_at.is_not(None))
    .outerjoin(PERSON, PERSON.c.id == _a.person_id)
    .where(TERM.c.id == sa.bindparam("term"))
    .order_by(_a.decided_at, _a.id)
)


def after(session: Session, *, branch_id: int, term_id: int) -> After | None:
    """What stands beside a branch's published result; None for a term that is not published. One query."""
    rows = session.execute(_AFTER, {"branch": branch_id, "term": term_id}).all()
    if not rows or rows[0].published_at is None:
        return None
    published_at, openness, sheet, objection, *_ = rows[0]
    amended = tuple(_amendment(row[4:]) for row in rows if row[4] is not None)
    return After(published_at, Openness(openness), sheet or 0, objection or 0, amended)
