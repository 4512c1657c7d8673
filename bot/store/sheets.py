"""测评表: from rows to the scoring room's Sheet and back, with every change written into the history."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.permissions import Me, Rater, shown_to_branch, shown_to_committee
from bot.store import history
from bot.store.database import Session, put, writes
from bot.store.history import About
from bot.store.ready import Ready
from bot.store.tables import (
    BRANCH,
    EVIDENCE,
    FACT,
    HISTORY,
    MARK,
    MEASURE,
    OCCURRENCE,
    PERSON,
    RECTIFICATION,
    REPORTED,
    RETURNED,
    ROLL,
    SHEET,
    TERM,
)
from bot.store.terms import TERM_COLUMNS, term_of
from bot.values import Background, Branch, Rectified, Returned, SheetFile, Term, Written
from jobs.duties.answers import one_number
from jobs.duties.assignments import Given
from scoring.facts import Fact
from scoring.line import changes
from scoring.refusal import Refused
from scoring.rubric import Grade, read_edition
from scoring.sheet import Mark, Sheet


@lru_cache(4096)
def mark_of(grade: int, hundredths: int, reason: str) -> Mark:
    """A mark as it is stored. Few of them differ, and many are read at each tap."""
    return Mark(Grade(grade), Decimal(hundredths) / 100, reason)


@dataclass(slots=True)
class Half:
    """A sheet while its rows are read."""

    edition: str
    submitted_at: datetime | None
    submitted_by: str
    marks: dict[int, Mark] = field(default_factory=dict)
    written: dict[int, Written] = field(default_factory=dict)

    def sheet(self) -> Sheet:
        """The sheet as the scoring room knows it."""
        return Sheet(
            read_edition(self.edition),
            self.marks,
            submitted=self.submitted_at is not None,
        )


# The two queries behind every tap, built once: building them anew costs more than running them. The first says where
# a sheet belongs and, to write, locks it; the second sees what was written before that lock was granted.


# Who writes on a sheet holds its term, too, with all others who do: a publication waits for them, and they for it.
def _place(term: sa.FromClause) -> sa.Select[Any]:
    """Where a sheet belongs; its term as it is there."""
    return (
        sa.select(
            SHEET.c.rater,
            ROLL.c.branch_id,
            term.c.committee_id,
            ROLL.c.name,
            *(term.c[column.name] for column in TERM_COLUMNS),
        )
        .select_from(SHEET)
        .join(ROLL, (ROLL.c.branch_id == SHEET.c.branch_id) & (ROLL.c.term_id == SHEET.c.term_id))
        .join(term, term.c.id == SHEET.c.term_id)
        .where(SHEET.c.id == sa.bindparam("sheet"))
    )


_ITS_TERM = sa.select(SHEET.c.term_id).where(SHEET.c.id == sa.bindparam("sheet")).scalar_subquery()
_PLACE = Ready(_place(TERM))
_PLACE_TO_WRITE = Ready(
    _place(
        sa.select(*TERM_COLUMNS).where(TERM.c.id == _ITS_TERM).with_for_update(read=True).cte("held")
    ).with_for_update(of=SHEET, key_share=True)
)


_THIS = TERM.alias("this")


def _here(table: sa.Table) -> sa.ColumnElement[bool]:
    return (table.c.branch_id == sa.bindparam("branch")) & (table.c.term_id == sa.bindparam("term"))


class _Row(NamedTuple):
    """A row of what stands in a sheet or behind it: `what` it is says which of the others mean anything."""

    what: str
    rater: int
    item: int
    number: Any
    of: Any
    text: str
    more: str
    at: datetime
    change: int
    by: str | None
    due: date
    who: int | None


_NOTHING: dict[str, sa.ColumnElement[Any]] = {
    **dict.fromkeys(("rater", "item", "number", "of", "change"), sa.literal_column("0")),
    **dict.fromkeys(("text", "more", "by"), sa.literal_column("''")),
    "at": sa.cast(sa.null(), SHEET.c.submitted_at.type),
    "due": sa.cast(sa.null(), OCCURRENCE.c.due.type),
    "who": sa.cast(sa.null(), MARK.c.person_id.type),
}


def _rows(what: str, **columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """The rows of one kind, with the columns that mean anything in it."""
    every = {"what": sa.literal_column(f"'{what}'"), **_NOTHING, **columns}
    return sa.select(*(every[name].label(name) for name in _Row._fields))


_LAST_TERM = (
    sa.select(TERM.c.id)
    .join(_THIS, (_THIS.c.committee_id == TERM.c.committee_id) & (TERM.c.starts < _THIS.c.starts))
    .where(_THIS.c.id == sa.bindparam("term"))
    .order_by(TERM.c.starts.desc())
    .limit(1)
    .scalar_subquery()
)
_PAST = TERM.alias("past")
_EDITION = sa.select(_THIS.c.edition).where(_THIS.c.id == sa.bindparam("term")).scalar_subquery()
_ROWS = sa.union_all(
    _rows(
        "sheet",
        rater=SHEET.c.rater,
        number=SHEET.c.id,
        text=SHEET.c.edition,
        at=SHEET.c.submitted_at,
        by=PERSON.c.name,
    )
    .outerjoin(PERSON, PERSON.c.id == SHEET.c.submitted_by)
    .where(_here(SHEET)),
    _rows(
        "mark",
        rater=SHEET.c.rater,
        item=MARK.c.item,
        number=MARK.c.grade,
        of=MARK.c.hundredths,
        text=MARK.c.reason,
        more=MARK.c.note,
        at=MARK.c.at,
        change=MARK.c.change_id,
        by=PERSON.c.name,
        who=MARK.c.person_id,
    )
    .select_from(SHEET)
    .join(MARK, MARK.c.sheet_id == SHEET.c.id)
    .outerjoin(PERSON, PERSON.c.id == MARK.c.person_id)
    .where(_here(SHEET)),
    _rows(
        "returned",
        item=RETURNED.c.item,
        number=sa.case((RETURNED.c.ended_at.is_(None), 1), else_=0),
        text=RETURNED.c.reason,
        more=RETURNED.c.was,
        at=RETURNED.c.at,
        change=RETURNED.c.change_id,
        by=PERSON.c.name,
    )
    .select_from(SHEET)
    .join(RETURNED, RETURNED.c.sheet_id == SHEET.c.id)
    .join(PERSON, PERSON.c.id == RETURNED.c.person_id)
    .where(_here(SHEET), RETURNED.c.change_id > 0),
    *(
        _rows(what, number=of.c.count, of=of.c.of, text=of.c.kind, more=of.c.period).where(_here(of))
        for what, of in (("fact", FACT), ("reported", REPORTED))
    ),
    _rows("file", rater=EVIDENCE.c.rater, item=EVIDENCE.c.item, number=sa.func.count())
    .where(_here(EVIDENCE), EVIDENCE.c.removed_at.is_(None))
    .group_by(EVIDENCE.c.item, EVIDENCE.c.rater),
    _rows(
        "measure",
        item=MEASURE.c.item,
        number=sa.case((MEASURE.c.accepted_at.is_not(None), 1), else_=0),
        text=MEASURE.c.text,
    )
    .select_from(RECTIFICATION)
    .join(
        MEASURE,
        (MEASURE.c.branch_id == RECTIFICATION.c.branch_id)
        & (MEASURE.c.rectification_id == RECTIFICATION.c.id),
    )
    .join(_PAST, _PAST.c.id == RECTIFICATION.c.term_id)
    .where(
        _PAST.c.edition == _EDITION,  # in another one the item of this number is another item
        RECTIFICATION.c.branch_id == sa.bindparam("branch"),
        RECTIFICATION.c.submitted_at.is_not(None),
        RECTIFICATION.c.term_id == _LAST_TERM,
        MEASURE.c.item > 0,
        MEASURE.c.dropped_at.is_(None),
    ),
    _rows("task", at=OCCURRENCE.c.done_at, due=OCCURRENCE.c.due).where(
        _here(OCCURRENCE), OCCURRENCE.c.assignment_id.is_not(None), OCCURRENCE.c.cancelled.is_(False)
    ),
)
_CONTENT = Ready(_ROWS)


_NUMBERS = (
    sa.select(SHEET.c.branch_id, SHEET.c.id)
    .join(BRANCH, BRANCH.c.id == SHEET.c.branch_id)
    .where(
        BRANCH.c.committee_id == sa.bindparam("committee"),
        SHEET.c.term_id == sa.bindparam("term"),
        SHEET.c.rater == int(Rater.COMMITTEE),
    )
)


def rated_in(session: Session, *, committee_id: int, term_id: int) -> dict[int, int]:
    """The numbers of a committee's own sheets of a term, by branch."""
    asked = {"committee": committee_id, "term": term_id}
    return {row.branch_id: row.id for row in session.execute(_NUMBERS, asked)}


def open_file(session: Session, sheet_id: int, *, to_write: bool = False) -> SheetFile:
    """A sheet by its number, with the facts, files and tasks behind it and, as far as whoever fills it may see that,
    the other rater's view. Raises Refused.

    Two queries. `to_write`: nobody else changes it until the unit of work ends.
    """
    place = _PLACE_TO_WRITE if to_write and writes(session) else _PLACE
    found = place(session, {"sheet": sheet_id})
    if not found:
        raise Refused("没有找到这张测评表。请回首页重新选择。")
    rater, branch, committee, name, *columns = found[0]
    term = term_of(columns)
    found_here = _content(session, branch, term, Rater(rater))
    own, other = found_here.halves[rater], found_here.halves.get(1 - rater)
    sheet, back = own.sheet(), found_here.returned
    if rater == Rater.SELF and back is not None and back.open and not sheet.submitted:
        sheet = replace(sheet, submitted=True).returned(back.opens, back.change)
    return SheetFile(
        id=sheet_id,
        branch=Branch(branch, committee, name),
        term=term,
        rater=Rater(rater),
        sheet=sheet,
        written=own.written,
        submitted_at=own.submitted_at,
        submitted_by=own.submitted_by,
        other=other.sheet() if other else None,
        behind=found_here.behind,
        other_id=found_here.numbers.get(1 - rater, 0),
        returned=back,
        beside=other.written if other else {},
    )


def for_committee(session: Session, *, branch_id: int, term: Term) -> tuple[dict[Rater, Sheet], Background]:
    """Those of a branch's sheets that have a mark and its committee sees, and what is behind them. One query."""
    found = _content(session, branch_id, term, Rater.COMMITTEE)
    return {Rater(rater): half.sheet() for rater, half in found.halves.items() if half.marks}, found.behind


def to_print(
    session: Session, *, branch_id: int, term: Term, on: Rater
) -> dict[Rater, tuple[Sheet, Mapping[int, Written]]]:
    """A rater's sheet of a branch with who wrote what and, as far as that rater sees it, the other one. One query."""
    halves = _content(session, branch_id, term, on).halves
    return {Rater(rater): (half.sheet(), half.written) for rater, half in halves.items()}


class _Content(NamedTuple):
    """What stands on a branch's sheets of a term, and behind them; `numbers`: of both sheets."""

    halves: dict[int, Half]
    numbers: dict[int, int]
    behind: Background
    returned: Returned | None


def _content(session: Session, branch: int, term: Term, on: Rater) -> _Content:
    """What stands on a sheet and, as far as its rater sees that, on the other one; and what is behind it."""
    asked = {"branch": branch, "term": term.id}
    rows = list(map(_Row._make, _CONTENT(session, asked)))
    halves = {
        row.rater: Half(row.text, row.at, row.by or "")
        for row in rows
        if row.what == "sheet" and (row.rater == on or _beside(on, row.at is not None, term.published))
    }
    typed: list[Fact] = []
    reported: list[Fact] = []
    files: dict[int, int] = {}
    given: list[Given] = []
    rectified: list[Rectified] = []
    for row in rows:
        match row.what:
            case "mark" if half := halves.get(row.rater):
                if row.number is not None:
                    half.marks[row.item] = mark_of(row.number, row.of, row.text)
                half.written[row.item] = Written(row.by or "", row.at, row.change, row.more, row.who)
            case "fact":
                typed.append(Fact(row.text, row.number, row.of, row.more))
            case "reported":
                reported.append(Fact(row.text, row.number, row.of, row.more))
            case "file" if row.rater == on or (row.rater < on and row.rater in halves):
                files[row.item] = files.get(row.item, 0) + row.number
            case "measure":
                rectified.append(Rectified(row.item, row.text, bool(row.number)))
            case "task":
                given.append(Given(row.due, row.at))
    numbers = {row.rater: row.number for row in rows if row.what == "sheet"}
    behind = Background(one_number(typed, reported), files, tuple(given), tuple(rectified))
    return _Content(halves, numbers, behind, _returned([row for row in rows if row.what == "returned"]))


def _returned(rows: list[_Row]) -> Returned | None:
    """The last return among these rows."""
    last = max((row.change for row in rows), default=0)
    these = [row for row in rows if row.change == last]
    if not these:
        return None
    was = {
        int(number): mark
        for row in these
        for number, said in json.loads(row.more or "{}").items()
        if (mark := _mark(said))
    }
    reasons = {row.item: row.text for row in sorted(these, key=lambda row: row.item)}
    return Returned(last, these[0].by or "", these[0].at, bool(these[0].number), reasons, was)


def _beside(on: Rater, submitted: bool, published: bool) -> bool:
    """Whether whoever fills a sheet sees the other rater's."""
    if on is Rater.SELF:
        return shown_to_branch(Rater.COMMITTEE, published)
    return shown_to_committee(Rater.SELF, submitted)


_BEGIN = put(SHEET).from_select(
    ["branch_id", "term_id", "rater", "edition"],
    sa.select(
        sa.bindparam("branch", type_=sa.Integer),
        TERM.c.id,
        sa.bindparam("rater", type_=sa.Integer),
        TERM.c.edition,
    )
    .where(TERM.c.id == sa.bindparam("term"))
    .with_for_update(read=True),  # nobody puts another edition in force meanwhile
)
_FIND = sa.select(SHEET.c.id).where(_here(SHEET), SHEET.c.rater == sa.bindparam("rater"))


def find(session: Session, *, branch_id: int, term_id: int, rater: Rater) -> int | None:
    """The number of a branch's sheet, if it was begun."""
    asked = {"branch": branch_id, "term": term_id, "rater": int(rater)}
    return session.execute(_FIND, asked).scalar()


def begin(session: Session, *, branch_id: int, term: Term, rater: Rater) -> int:
    """The number of a branch's sheet, begun now if it was not. Opening twice, even at once, begins one."""
    found = find(session, branch_id=branch_id, term_id=term.id, rater=rater)
    if found is not None:
        return found
    session.execute(_BEGIN, {"branch": branch_id, "term": term.id, "rater": int(rater)})
    found = find(session, branch_id=branch_id, term_id=term.id, rater=rater)
    assert found is not None
    return found


def save(session: Session, *, me: Me, file: SheetFile, after: Sheet, taken: bool = False) -> SheetFile:
    """Write down what differs between a file's sheet and `after`; returns the file as it is then.

    `taken`: it is 自评 that is taken over in one go, and each row says of how many items.
    """
    first: int | None = None
    written = dict(file.written)
    changed = changes(file.sheet, after)
    together = {"taken": len(changed)} if taken else {}
    for number, _, now in changed:
        change = history.add(
            session,
            me,
            _about(file, "mark", number),
            before=_was(file, number),
            after={**noted(now), **together},
            batch=first,
        )
        first = first or change  # what is saved together is taken back together
        _put(session, me, file, number, now, first)
        note = written[number].note if number in written else ""
        written[number] = Written(me.name, me.now, first, note, me.person_id)
    return replace(file, sheet=after, written=written)


def save_note(session: Session, *, me: Me, file: SheetFile, item: int, note: str) -> None:
    """Write down the note of an item; an empty one removes it."""
    written = file.written.get(item)
    if (written.note if written else "") == note:
        return
    before = {"note": written.note} if written and written.note else None
    after = {"note": note} if note else None
    history.add(session, me, _about(file, "note", item), before=before, after=after)
    values = {"sheet_id": file.id, "item": item, "note": note, "person_id": me.person_id}
    session.execute(_PUT_NOTE, {**values, "at": me.now, "change_id": 0})


_CHANGES = (
    sa.select(HISTORY.c.item, HISTORY.c.before)
    .where(
        HISTORY.c.branch_id == sa.bindparam("branch"),
        HISTORY.c.subject == "mark",
        HISTORY.c.subject_id == sa.bindparam("sheet"),
        (HISTORY.c.id == sa.bindparam("change")) | (HISTORY.c.batch == sa.bindparam("change")),
    )
    .order_by(HISTORY.c.id)
)


def undo(session: Session, *, me: Me, file: SheetFile, change: int) -> tuple[int, ...]:
    """Take a change (and what was made together with it) back, where nothing newer stands on its items.

    Returns the items that were restored. The mark row points at the change before it again, so that taking back can
    go on, step by step.
    """
    rows = session.execute(_CHANGES, {"branch": file.branch.id, "sheet": file.id, "change": change}).all()
    restored = []
    for item, said in rows:
        written = file.written.get(item)
        if written is None or written.change != change or item in file.sheet.locked:
            continue
        before = json.loads(said) if said else {}
        mark = _mark(before)
        after = {**noted(mark), "undoes": change}
        history.add(session, me, _about(file, "mark", item), before=_was(file, item), after=after)
        _put(session, me, file, item, mark, before.get("change", 0))
        restored.append(item)
    return tuple(restored)


_TAKEN = (
    sa.select(sa.func.count())
    .select_from(SHEET)
    .join(MARK, MARK.c.sheet_id == SHEET.c.id)
    .join(HISTORY, HISTORY.c.id == MARK.c.change_id)
    .where(
        SHEET.c.branch_id == sa.bindparam("branch"),
        SHEET.c.term_id == sa.bindparam("term"),
        SHEET.c.rater == int(Rater.COMMITTEE),
        MARK.c.grade.is_not(None),
        HISTORY.c.after.contains('"taken": ', autoescape=True),
    )
)


def taken_over(session: Session, *, branch_id: int, term_id: int) -> int:
    """How many marks of a branch's 总支评价 stand as they were taken over from 自评 in one go (其余都同自评).

    The history knows: what is marked anew since counts no more, what is put back by 撤销 counts again.
    """
    return int(session.execute(_TAKEN, {"branch": branch_id, "term": term_id}).scalar_one())


def _about(file: SheetFile, subject: str, item: int | None = None) -> About:
    hidden = not shown_to_branch(file.rater, file.term.published)
    return About(subject, file.id, file.branch.committee_id, file.branch.id, item, hidden=hidden)


def _was(file: SheetFile, item: int) -> dict[str, Any]:
    """What a file says of an item, and which change said so."""
    written = file.written.get(item)
    said = noted(file.sheet.marks.get(item))
    return {**said, "change": written.change} if written and written.change else said


def noted(mark: Mark | None) -> dict[str, Any]:
    """A mark as it is written down; nothing for none."""
    return (
        {} if mark is None else {"grade": int(mark.grade), "points": str(mark.points), "reason": mark.reason}
    )


def _mark(said: dict[str, Any]) -> Mark | None:
    return Mark(Grade(said["grade"]), Decimal(said["points"]), said["reason"]) if "grade" in said else None


def _put(session: Session, me: Me, file: SheetFile, item: int, mark: Mark | None, change: int) -> None:
    values = {
        "sheet_id": file.id,
        "item": item,
        "grade": None if mark is None else int(mark.grade),
        "hundredths": None if mark is None else int(mark.points * 100),
        "reason": "" if mark is None else mark.reason,
        "note": "",
        "person_id": me.person_id,
        "at": me.now,
        "change_id": change,
    }
    _PUT_MARK(session, values)


_PUT_MARK = Ready(
    put(MARK, "grade", "hundredths", "reason", "person_id", "at", "change_id"),
    *(column.name for column in MARK.columns),
)
_PUT_NOTE = put(MARK, "note")


def submit(session: Session, *, me: Me, file: SheetFile) -> None:
    """Write down that a sheet is submitted; a return of it is answered with that."""
    session.execute(
        sa.update(SHEET).where(SHEET.c.id == file.id).values(submitted_at=me.now, submitted_by=me.person_id)
    )
    if file.rater is Rater.SELF and file.returned and file.returned.open:
        session.execute(_ANSWER, {"sheet": file.id, "now": me.now})
    history.add(session, me, _about(file, "sheet"), after=_submission(file))


_ANSWER = (
    sa.update(RETURNED)
    .where(
        RETURNED.c.sheet_id == sa.bindparam("sheet"),
        RETURNED.c.change_id > 0,
        RETURNED.c.ended_at.is_(None),
    )
    .values(ended_at=sa.bindparam("now", type_=RETURNED.c.ended_at.type))
)


def _submission(file: SheetFile) -> dict[str, Any]:
    return {"submitted": True, "total": str(file.sheet.total), "revision": file.sheet.revision}


def reopen(session: Session, *, me: Me, file: SheetFile, reasons: Mapping[int, str] | None = None) -> int:
    """Write down that a submitted sheet is open again, with its marks; returns the number of the change.

    `reasons`: why it was returned, by item (0: the whole sheet); None where who submitted it took it back.
    """
    session.execute(
        sa.update(SHEET).where(SHEET.c.id == file.id).values(submitted_at=None, submitted_by=None)
    )
    why = {} if reasons is None else {"returned": {str(n): reason for n, reason in reasons.items()}}
    after = {"submitted": False, **why}
    return history.add(session, me, _about(file, "sheet"), before=_submission(file), after=after)
