"""What is on record of a term, as flat tables: what the committee may see of it, for files that leave the chat.

The names of tables and columns are what docs/export.md says of the json; they are for ever, within a version.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

import sqlalchemy as sa

from bot.permissions import Rater, Role
from bot.store.database import Session
from bot.store.roll import name_in
from bot.store.tables import (
    AMENDMENT,
    AWARD,
    BRANCH,
    COMMITTEE,
    DAY,
    DUTY_CHOICE,
    EVIDENCE,
    FACT,
    FEEDBACK,
    HISTORY,
    MARK,
    MEASURE,
    MEASURE_FILE,
    OBJECTION,
    OCCURRENCE,
    PERSON,
    RECTIFICATION,
    REPORTED,
    RETURNED,
    ROLL,
    SEAT,
    SHEET,
    TERM,
)
from bot.values import Term
from scoring.rubric import Grade

Row = Mapping[str, Any]

RATERS = {Rater.SELF: "self", Rater.COMMITTEE: "committee"}
RATERS_BY_NAME = {name: rater for rater, name in RATERS.items()}
ROLES = {
    Role.SECRETARY: "secretary",
    Role.OFFICER: "officer",
    Role.MEMBER: "member",
    Role.ADMINISTRATOR: "administrator",
}
GRADES = {Grade.EXCELLENT: "excellent", Grade.PASSED: "passed", Grade.FAILED: "failed"}


@dataclass(frozen=True, slots=True)
class Kept:
    """An evidence file that a row names: whose, of which item and side, and under which SHA-256 it lies.

    `annex`: its number in the 整改台账, when it shows how a measure went and is of no item; else 0.
    """

    branch: str
    item: int
    rater: Rater
    name: str
    size: int
    sha256: str
    annex: int


_OF_TERM: sa.BindParameter[int] = sa.bindparam("term")
_HERE = ROLL.c.term_id == _OF_TERM
_SEEN = sa.or_(SHEET.c.rater == int(Rater.COMMITTEE), SHEET.c.submitted_at.is_not(None))
"""What the committee sees of a sheet: its own, and a branch's once it is submitted (docs/decisions/0036)."""
_SHEETS = SHEET.join(ROLL, ROLL.c.branch_id == SHEET.c.branch_id)
_BY_BRANCH = ROLL.c.branch_id
_p = PERSON.c

_TABLES: dict[str, sa.Select[Any]] = {
    "branches": sa.select(ROLL.c.name.label("branch"), ROLL.c.campus).where(_HERE).order_by(_BY_BRANCH),
    "sheets": sa.select(
        ROLL.c.name.label("branch"), SHEET.c.rater, SHEET.c.submitted_at, _p.name.label("submitted_by")
    )
    .select_from(_SHEETS.outerjoin(PERSON, _p.id == SHEET.c.submitted_by))
    .where(_HERE, SHEET.c.term_id == _OF_TERM)
    .order_by(_BY_BRANCH, SHEET.c.rater),
    "marks": sa.select(
        ROLL.c.name.label("branch"),
        SHEET.c.rater,
        MARK.c.item,
        MARK.c.grade,
        MARK.c.hundredths.label("points"),
        MARK.c.reason,
        MARK.c.note,
        _p.name.label("by"),
        MARK.c.at,
    )
    .select_from(_SHEETS.join(MARK, MARK.c.sheet_id == SHEET.c.id).join(PERSON, _p.id == MARK.c.person_id))
    .where(_HERE, SHEET.c.term_id == _OF_TERM, _SEEN)
    .order_by(_BY_BRANCH, SHEET.c.rater, MARK.c.item),
    "returned": sa.select(
        ROLL.c.name.label("branch"),
        RETURNED.c.item,
        RETURNED.c.reason,
        _p.name.label("by"),
        RETURNED.c.at,
        RETURNED.c.ended_at,
    )
    .select_from(
        _SHEETS.join(RETURNED, RETURNED.c.sheet_id == SHEET.c.id).join(PERSON, _p.id == RETURNED.c.person_id)
    )
    .where(_HERE, SHEET.c.term_id == _OF_TERM, RETURNED.c.change_id > 0)
    .order_by(_BY_BRANCH, RETURNED.c.at, RETURNED.c.item),
    "objections": sa.select(
        ROLL.c.name.label("branch"),
        OBJECTION.c.text,
        OBJECTION.c.sent_at,
        sa.case((OBJECTION.c.answered_at.is_(None), ""), else_=OBJECTION.c.answer).label("answer"),
        OBJECTION.c.answered_at,
    )
    .select_from(OBJECTION.join(ROLL, ROLL.c.branch_id == OBJECTION.c.branch_id))
    .where(_HERE, OBJECTION.c.term_id == _OF_TERM, OBJECTION.c.sent_at.is_not(None))
    .order_by(OBJECTION.c.sent_at, OBJECTION.c.id),
    "amendments": sa.select(
        ROLL.c.name.label("branch"),
        AMENDMENT.c.item,
        AMENDMENT.c.was.label("before"),
        AMENDMENT.c.hundredths.label("after"),
        AMENDMENT.c.reason,
        _p.name.label("by"),
        AMENDMENT.c.decided_at,
    )
    .select_from(
        _SHEETS.join(AMENDMENT, AMENDMENT.c.sheet_id == SHEET.c.id).join(
            PERSON, _p.id == AMENDMENT.c.person_id
        )
    )
    .where(_HERE, SHEET.c.term_id == _OF_TERM, AMENDMENT.c.decided_at.is_not(None))
    .order_by(AMENDMENT.c.decided_at, AMENDMENT.c.id),
    "typed_facts": sa.select(
        ROLL.c.name.label("branch"),
        FACT.c.kind,
        FACT.c.period,
        FACT.c.count,
        FACT.c.of,
        _p.name.label("by"),
        FACT.c.at,
    )
    .select_from(
        FACT.join(ROLL, ROLL.c.branch_id == FACT.c.branch_id).join(PERSON, _p.id == FACT.c.person_id)
    )
    .where(_HERE, FACT.c.term_id == _OF_TERM)
    .order_by(_BY_BRANCH, FACT.c.kind, FACT.c.period),
    "reported_facts": sa.select(
        ROLL.c.name.label("branch"),
        REPORTED.c.kind,
        REPORTED.c.period,
        REPORTED.c.count,
        REPORTED.c.of,
        _p.name.label("by"),
        OCCURRENCE.c.answered_at.label("at"),
    )
    .select_from(
        REPORTED.join(ROLL, ROLL.c.branch_id == REPORTED.c.branch_id)
        .join(OCCURRENCE, OCCURRENCE.c.id == REPORTED.c.occurrence_id)
        .outerjoin(PERSON, _p.id == OCCURRENCE.c.done_by)
    )
    .where(_HERE, REPORTED.c.term_id == _OF_TERM)
    .order_by(_BY_BRANCH, REPORTED.c.kind, REPORTED.c.period, OCCURRENCE.c.id),
    "changes": sa.select(
        HISTORY.c.id.label("change"),
        ROLL.c.name.label("branch"),
        SHEET.c.rater,
        HISTORY.c.subject,
        HISTORY.c.item,
        HISTORY.c.before,
        HISTORY.c.after,
        HISTORY.c.channel,
        _p.name.label("by"),
        HISTORY.c.at,
    )
    .select_from(
        _SHEETS.join(
            HISTORY,
            (HISTORY.c.branch_id == SHEET.c.branch_id)
            & HISTORY.c.subject.in_(("mark", "note", "sheet"))
            & (HISTORY.c.subject_id == SHEET.c.id),
        ).outerjoin(PERSON, _p.id == HISTORY.c.person_id)
    )
    .where(_HERE, SHEET.c.term_id == _OF_TERM, _SEEN)
    .order_by(HISTORY.c.id),
}
_FILES = (
    sa.select(
        ROLL.c.name, EVIDENCE.c.item, EVIDENCE.c.rater, EVIDENCE.c.name, EVIDENCE.c.size, EVIDENCE.c.sha256
    )
    .select_from(
        EVIDENCE.join(ROLL, ROLL.c.branch_id == EVIDENCE.c.branch_id)
        .outerjoin(
            SHEET,
            (SHEET.c.branch_id == EVIDENCE.c.branch_id)
            & (SHEET.c.term_id == EVIDENCE.c.term_id)
            & (SHEET.c.rater == EVIDENCE.c.rater),
        )
        .outerjoin(
            MEASURE_FILE,
            (MEASURE_FILE.c.branch_id == EVIDENCE.c.branch_id)
            & (MEASURE_FILE.c.evidence_id == EVIDENCE.c.id),
        )
        .outerjoin(
            MEASURE,
            (MEASURE.c.branch_id == MEASURE_FILE.c.branch_id) & (MEASURE.c.id == MEASURE_FILE.c.measure_id),
        )
        .outerjoin(RECTIFICATION, RECTIFICATION.c.id == MEASURE.c.rectification_id)
    )
    .where(
        _HERE,
        EVIDENCE.c.term_id == _OF_TERM,
        EVIDENCE.c.removed_at.is_(None),
        sa.case(
            (
                EVIDENCE.c.item == 0,
                RECTIFICATION.c.submitted_at.is_not(None) & MEASURE.c.dropped_at.is_(None),
            ),
            else_=(EVIDENCE.c.rater == int(Rater.COMMITTEE)) | SHEET.c.submitted_at.is_not(None),
        ),
    )
    .order_by(_BY_BRANCH, EVIDENCE.c.item, MEASURE.c.id, EVIDENCE.c.rater, EVIDENCE.c.id)
)
_NAME = sa.select(COMMITTEE.c.name).where(COMMITTEE.c.id == sa.bindparam("committee"))


def files(session: Session, term: Term) -> tuple[Kept, ...]:
    """The evidence files of a term that the committee may see, by branch and item. One query.

    Those of measures are numbered as the 整改台账 does it (rectifications.register).
    """
    asked = {"term": term.id, "committee": term.committee_id}
    annex = count(1)
    return tuple(
        Kept(branch, item, Rater(rater), name, size, sha256, 0 if item else next(annex))
        for branch, item, rater, name, size, sha256 in session.execute(_FILES, asked).all()
    )


def committee_name(session: Session, term: Term) -> str:
    """Whose term it is."""
    return str(session.execute(_NAME, {"committee": term.committee_id}).scalar_one())


def tables(session: Session, term: Term) -> dict[str, list[Row]]:
    """All there is on record of a term, by the name of each table. As many queries as there are tables."""
    asked = {"term": term.id, "committee": term.committee_id}
    return {
        name: [_plain(dict(row)) for row in session.execute(statement, asked).mappings().all()]
        for name, statement in _TABLES.items()
    }


_OF_COMMITTEE: dict[str, sa.Select[Any]] = {
    "branches": sa.select(BRANCH.c.name.label("branch"), BRANCH.c.campus, BRANCH.c.closed_at)
    .where(BRANCH.c.committee_id == sa.bindparam("committee"))
    .order_by(BRANCH.c.id),
    "terms": sa.select(
        TERM.c.name.label("term"),
        TERM.c.starts,
        TERM.c.ends,
        TERM.c.opens,
        TERM.c.closes,
        TERM.c.published_at,
    )
    .where(TERM.c.committee_id == sa.bindparam("committee"))
    .order_by(TERM.c.starts),
    "seats": sa.select(
        _p.name.label("person"), BRANCH.c.name.label("branch"), SEAT.c.role, SEAT.c.since, SEAT.c.until
    )
    .select_from(
        SEAT.join(PERSON, _p.id == SEAT.c.person_id).outerjoin(BRANCH, BRANCH.c.id == SEAT.c.branch_id)
    )
    .where(SEAT.c.committee_id == sa.bindparam("committee"))
    .order_by(SEAT.c.id),
    "working_days": sa.select(DAY.c.day, DAY.c.works)
    .where(DAY.c.committee_id == sa.bindparam("committee"))
    .order_by(DAY.c.day),
    "duty_choices": sa.select(
        BRANCH.c.name.label("branch"), DUTY_CHOICE.c.duty, DUTY_CHOICE.c.active, DUTY_CHOICE.c.rule
    )
    .select_from(DUTY_CHOICE.outerjoin(BRANCH, BRANCH.c.id == DUTY_CHOICE.c.body))
    .where(DUTY_CHOICE.c.committee_id == sa.bindparam("committee"))
    .order_by(DUTY_CHOICE.c.body, DUTY_CHOICE.c.duty),
    "awards": sa.select(
        AWARD.c.year,
        name_in(AWARD.c.year).label("branch"),
        AWARD.c.reason,
        AWARD.c.note,
        AWARD.c.decided_at,
    )
    .select_from(AWARD.join(BRANCH, BRANCH.c.id == AWARD.c.branch_id))
    .where(AWARD.c.committee_id == sa.bindparam("committee"), AWARD.c.decided_at.is_not(None))
    .order_by(AWARD.c.year),
    "opinions": sa.select(
        _p.name.label("person"),
        FEEDBACK.c.at,
        FEEDBACK.c.text,
        sa.case((FEEDBACK.c.answered_at.is_(None), ""), else_=FEEDBACK.c.answer).label("answer"),
        FEEDBACK.c.answered_at,
    )
    .select_from(FEEDBACK.join(PERSON, _p.id == FEEDBACK.c.person_id))
    .where(FEEDBACK.c.committee_id == sa.bindparam("committee"))
    .order_by(FEEDBACK.c.id),
}


def of_committee(session: Session, committee_id: int) -> dict[str, list[Row]]:
    """What is on record of a committee beside its terms: branches, terms, seats with their holders, days, choices of
    duties, 意见. As many queries as there are tables."""
    return {
        name: [
            _plain(dict(row)) for row in session.execute(statement, {"committee": committee_id}).mappings()
        ]
        for name, statement in _OF_COMMITTEE.items()
    }


_POINTS = ("points", "before", "after")


def _plain(row: Mapping[str, Any]) -> Row:
    """A row in what json knows: points as decimal text, moments in ISO 8601, codes by their names."""
    return {name: _value(name, value, row) for name, value in row.items()}


def _value(name: str, value: Any, row: Mapping[str, Any]) -> Any:
    if value is None:
        return None
    if name == "rater":
        return RATERS[Rater(value)]
    if name == "role":
        return ROLES[Role(value)]
    if name == "grade":
        return GRADES[Grade(value)]
    if name in _POINTS and isinstance(value, int):
        return str(Decimal(value) / 100)
    if name in _POINTS and "change" in row:
        return json.loads(value) if value else None
    return value.isoformat() if hasattr(value, "isoformat") else value
