"""测评表: from rows to the scoring room's Sheet and back, with every change written into the history.

A sheet's revision is a fingerprint of its marks: it says exactly what a person saw, costs no query of its own, and
is the same again after a change was taken back.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select, update

from bot.permissions import Me, Rater
from bot.store import history
from bot.store.database import INSERTS, lock
from bot.store.tables import (
    HistoryRow,
    SheetRow,
)
from bot.values import Branch, SheetFile, Term, Written
from scoring.line import changes
from scoring.rubric import Grade, Refused, read_edition
from scoring.sheet import Mark, Sheet


@dataclass(slots=True)
class Half:
    """A sheet while its rows are read."""

    id: int
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
            revision=fingerprint(self.marks),
        )


def fingerprint(marks: Mapping[int, Mark]) -> int:
    """A number that is equal for equal marks: what a person saw when they pressed Submit."""
    said = [(n, int(m.grade), int(m.points * 100), m.reason) for n, m in sorted(marks.items())]
    return zlib.crc32(json.dumps(said).encode()) & 0x7FFFFFFF


# The query behind every tap, built once: building it anew costs more than running it.
_BRANCH, _TERM = SQLModel.metadata.tables["branch"], SQLModel.metadata.tables["term"]
_SHEET, _MARK = SQLModel.metadata.tables["sheet"], SQLModel.metadata.tables["mark"]
_PERSON, _HISTORY = SQLModel.metadata.tables["person"], SQLModel.metadata.tables["history"]
_TWIN, _SUBMITTER = _SHEET.alias("twin"), _PERSON.alias("submitter")
_FILE = (
    sa.select(
        _BRANCH.c.id,
        _BRANCH.c.committee_id,
        _BRANCH.c.name,
        _TERM.c.id,
        _TERM.c.name,
        _TERM.c.starts,
        _TERM.c.ends,
        _TERM.c.opens,
        _TERM.c.closes,
        _TERM.c.published_at,
        _TERM.c.edition,
        _TWIN.c.id,
        _TWIN.c.rater,
        _TWIN.c.edition,
        _TWIN.c.submitted_at,
        _SUBMITTER.c.name,
        _MARK.c.item,
        _MARK.c.grade,
        _MARK.c.hundredths,
        _MARK.c.reason,
        _MARK.c.note,
        _MARK.c.at,
        _MARK.c.change_id,
        _PERSON.c.name,
    )
    .select_from(_SHEET)
    .join(_TWIN, (_TWIN.c.branch_id == _SHEET.c.branch_id) & (_TWIN.c.term_id == _SHEET.c.term_id))
    .join(_BRANCH, _BRANCH.c.id == _SHEET.c.branch_id)
    .join(_TERM, _TERM.c.id == _SHEET.c.term_id)
    .outerjoin(_SUBMITTER, _SUBMITTER.c.id == _TWIN.c.submitted_by)
    .outerjoin(_MARK, _MARK.c.sheet_id == _TWIN.c.id)
    .outerjoin(_PERSON, _PERSON.c.id == _MARK.c.person_id)
    .where(_SHEET.c.id == sa.bindparam("sheet"))
)


def open_file(session: Session, sheet_id: int, *, to_write: bool = False) -> SheetFile:
    """A sheet by its number, with the other rater's view of the same branch and term. Raises Refused.

    One query; `to_write`, one more on PostgreSQL, and it stays as it is until the unit of work ends.
    """
    if to_write:
        lock(session, SheetRow, sheet_id)
    rows = session.execute(_FILE, {"sheet": sheet_id}).all()
    if not rows:
        raise Refused("没有找到这张测评表。请回首页重新选择。")
    halves = _halves(row[11:] for row in rows)
    rater = next(rater for rater, half in halves.items() if half.id == sheet_id)
    own, other = halves[rater], halves.get(Rater(1 - rater))
    branch_id, committee_id, branch, term_id, term, starts, ends, opens, closes, published, edition = rows[0][
        :11
    ]
    return SheetFile(
        id=sheet_id,
        branch=Branch(branch_id, committee_id, branch),
        term=Term(term_id, committee_id, term, starts, ends, opens, closes, published is not None, edition),
        rater=rater,
        sheet=own.sheet(),
        written=own.written,
        submitted_at=own.submitted_at,
        submitted_by=own.submitted_by,
        other=other.sheet() if other else None,
    )


def _halves(rows: Any) -> dict[Rater, Half]:
    halves: dict[Rater, Half] = {}
    for (
        sheet,
        rater,
        edition,
        submitted_at,
        submitter,
        item,
        grade,
        hundredths,
        reason,
        note,
        at,
        change,
        by,
    ) in rows:
        half = halves.get(rater)
        if half is None:
            half = halves[Rater(rater)] = Half(sheet, edition, submitted_at, submitter or "")
        if item is not None:
            if grade is not None:
                half.marks[item] = Mark(Grade(grade), Decimal(hundredths) / 100, reason)
            half.written[item] = Written(by or "", at, change, note)
    return halves


def find(session: Session, *, branch_id: int, term_id: int, rater: Rater) -> int | None:
    """The number of a branch's sheet, if it was begun."""
    return session.exec(
        select(SheetRow.id).where(
            SheetRow.branch_id == branch_id, SheetRow.term_id == term_id, SheetRow.rater == int(rater)
        )
    ).first()


def begin(session: Session, *, branch_id: int, term: Term, rater: Rater) -> int:
    """The number of a branch's sheet, begun now if it was not. Opening twice, even at once, begins one."""
    found = find(session, branch_id=branch_id, term_id=term.id, rater=rater)
    if found is not None:
        return found
    values = {"branch_id": branch_id, "term_id": term.id, "rater": int(rater), "edition": term.edition}
    session.execute(
        INSERTS[session.get_bind().dialect.name](_SHEET).values(**values).on_conflict_do_nothing()
    )
    found = find(session, branch_id=branch_id, term_id=term.id, rater=rater)
    assert found is not None
    return found


def save(session: Session, *, me: Me, file: SheetFile, after: Sheet) -> SheetFile:
    """Write down what differs between a file's sheet and `after`; returns the file as it is then."""
    first: int | None = None
    written = dict(file.written)
    for number, before, now in changes(file.sheet, after):
        change = _note_change(session, me, file, number, _said(before), _said(now), batch=first)
        first = first or change  # what is saved together is taken back together
        _put(session, me, file, number, now, first)
        written[number] = Written(me.name, me.now, first, written[number].note if number in written else "")
    return replace(file, sheet=replace(after, revision=fingerprint(after.marks)), written=written)


def save_note(session: Session, *, me: Me, file: SheetFile, item: int, note: str) -> None:
    """Write down the note of an item; an empty one removes it."""
    written = file.written.get(item)
    if (written.note if written else "") == note:
        return
    before = {"note": written.note} if written and written.note else None
    history.add(
        session,
        committee_id=file.branch.committee_id,
        branch_id=file.branch.id,
        person_id=me.person_id,
        channel=me.channel,
        at=me.now,
        subject="note",
        subject_id=file.id,
        item=item,
        before=before,
        after={"note": note} if note else None,
    )
    values = {"sheet_id": file.id, "item": item, "reason": "", "note": note, "person_id": me.person_id}
    session.execute(_PUT_NOTE[session.get_bind().dialect.name], {**values, "at": me.now, "change_id": 0})


def undo(session: Session, *, me: Me, file: SheetFile, change: int) -> tuple[int, ...]:
    """Take a change (and what was made together with it) back, where nothing newer stands on its items.

    Returns the items that were restored. The mark row points at the change before it again, so that taking back can
    go on, step by step.
    """
    rows = session.exec(
        select(HistoryRow).where(
            HistoryRow.branch_id == file.branch.id,
            HistoryRow.subject == "mark",
            HistoryRow.subject_id == file.id,
            (col(HistoryRow.id) == change) | (col(HistoryRow.batch) == change),
        )
    ).all()
    restored = []
    for row in rows:
        assert row.item is not None
        written = file.written.get(row.item)
        if written is None or written.change != change:
            continue
        before = json.loads(row.before) if row.before else {}
        mark = _mark(before)
        _note_change(
            session, me, file, row.item, _said(file.sheet.marks.get(row.item)), _said(mark), undoes=change
        )
        _put(session, me, file, row.item, mark, before.get("change", 0))
        restored.append(row.item)
    return tuple(restored)


def _note_change(
    session: Session,
    me: Me,
    file: SheetFile,
    item: int,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    batch: int | None = None,
    undoes: int | None = None,
) -> int:
    written = file.written.get(item)
    if written and written.change:
        before = {**before, "change": written.change}
    if undoes:
        after = {**after, "undoes": undoes}
    return history.add(
        session,
        committee_id=file.branch.committee_id,
        branch_id=file.branch.id,
        person_id=me.person_id,
        channel=me.channel,
        at=me.now,
        subject="mark",
        subject_id=file.id,
        item=item,
        before=before,
        after=after,
        batch=batch,
    )


def _said(mark: Mark | None) -> dict[str, Any]:
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
    session.execute(_PUT_MARK[session.get_bind().dialect.name], values)


def _upsert(insert: Any, *keep: str) -> Any:
    """Insert a mark's row, or change what is not kept of the row that is there; each database has its own form."""
    row = insert(_MARK)
    changed = {c.name: row.excluded[c.name] for c in _MARK.c if c.name not in ("sheet_id", "item", *keep)}
    return row.on_conflict_do_update(index_elements=["sheet_id", "item"], set_=changed)


_PUT_MARK = {name: _upsert(insert, "note") for name, insert in INSERTS.items()}
_PUT_NOTE = {
    name: _upsert(insert, "grade", "hundredths", "reason", "person_id", "at", "change_id")
    for name, insert in INSERTS.items()
}


def submit(session: Session, *, me: Me, file: SheetFile) -> None:
    """Write down that a sheet is submitted."""
    session.exec(
        update(SheetRow)
        .where(col(SheetRow.id) == file.id)
        .values(submitted_at=me.now, submitted_by=me.person_id)
    )
    history.add(
        session,
        committee_id=file.branch.committee_id,
        branch_id=file.branch.id,
        person_id=me.person_id,
        channel=me.channel,
        at=me.now,
        subject="sheet",
        subject_id=file.id,
        after={"submitted": True, "total": str(file.sheet.total), "revision": file.sheet.revision},
    )
