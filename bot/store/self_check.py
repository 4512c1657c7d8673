"""自检: whether what is stored agrees with itself, in one consistent view.

The history, replayed, says what stands in the sheets; files are what their names say; no row points into another
committee, into another branch, or nowhere. Nothing is put right here: somebody looks at what is found.
"""

import json
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.actions import UPLOAD_LIMIT
from bot.permissions import Rater
from bot.store import ownership
from bot.store.database import Database
from bot.store.evidence import Evidence
from bot.store.tables import BRANCH, COMMITTEE, EDITION, EVIDENCE, HISTORY, MARK, SHEET, TERM
from scoring.refusal import Refused
from scoring.rubric import OWN, Grade, own_key, read_edition
from scoring.sheet import Mark, Sheet

AT_ONCE = 500  # rows that are taken from the database


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree, in words for a person, and whose it is (0: no committee's alone)."""

    committee_id: int
    words: str


class _Named(NamedTuple):
    """A row that names a file."""

    sha256: str
    size: int
    name: str
    item: int
    branch: str
    committee: int


@dataclass(slots=True)
class _Paper:
    """A sheet as it is stored, and as its history says; `broken`: items whose history was found wrong already."""

    branch_id: int
    committee_id: int
    words: str
    edition: str
    submitted: bool
    replayed: dict[int, Mark] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    was_submitted: bool = False
    broken: set[int] = field(default_factory=set)

    def finding(self, item: int, words: str) -> Finding:
        """About an item of it."""
        return Finding(self.committee_id, f"{self.words}第 {item} 项{words}")


def findings(database: Database, evidence: Evidence, step: Callable[[], None]) -> Iterator[Finding]:
    """All that does not agree. `step` is called between two pieces of work."""
    with database.snapshot() as connection:
        connection.execution_options(compiled_cache=None)  # two hundred statements that are asked once a week
        yield from _sheets(connection, step)
        for committee, words in ownership.astray(connection, step):
            yield Finding(committee, words)
        step()
        yield from _editions(connection)
        named = [_Named._make(row) for row in connection.execute(_NAMED)]
    yield from _files(evidence, named, step)


# --- the history, replayed ----------------------------------------------------------------------------------------

_SHEETS = (
    sa.select(
        SHEET.c.id,
        SHEET.c.branch_id,
        BRANCH.c.committee_id,
        BRANCH.c.name.label("branch"),
        TERM.c.name.label("term"),
        SHEET.c.rater,
        SHEET.c.edition,
        SHEET.c.submitted_at,
    )
    .join(BRANCH, BRANCH.c.id == SHEET.c.branch_id)
    .join(TERM, TERM.c.id == SHEET.c.term_id)
    .order_by(SHEET.c.id)
)
_h = HISTORY.c
_CHANGES = (
    sa.select(_h.subject_id, _h.id, _h.committee_id, _h.branch_id, _h.subject, _h.item, _h.before, _h.after)
    .where(_h.subject.in_(("mark", "note", "sheet")))
    .order_by(_h.subject_id, _h.id)
)
_m = MARK.c
_MARKS = sa.select(_m.sheet_id, _m.item, _m.grade, _m.hundredths, _m.reason, _m.note, _m.change_id).order_by(
    _m.sheet_id, _m.item
)


def _sheets(connection: sa.Connection, step: Callable[[], None]) -> Iterator[Finding]:
    """One sheet after the other, however many there are, with its history and what stands in it."""
    rows = (_each(connection, statement) for statement in (_SHEETS, _CHANGES, _MARKS))
    for _, of_sheet in groupby(merge(*rows, key=_sheet), _sheet):
        step()
        found: dict[sa.Select[Any], list[Any]] = {_SHEETS: [], _CHANGES: [], _MARKS: []}
        for _, statement, row in of_sheet:
            found[statement].append(row)
        yield from _one_sheet(*found.values())


def _each(connection: sa.Connection, statement: sa.Select[Any]) -> Iterator[tuple[int, sa.Select[Any], Any]]:
    """Rows with the number of their sheet, in its order."""
    for row in connection.execute(statement, execution_options={"yield_per": AT_ONCE}):
        yield row[0], statement, row


def _sheet(found: tuple[int, sa.Select[Any], Any]) -> int:
    return found[0]


def _one_sheet(sheet: Sequence[Any], changes: Sequence[Any], marks: Sequence[Any]) -> Iterator[Finding]:
    """The sheet (none or one), what was changed in it, and what stands there."""
    paper = next(map(_paper, sheet), None)
    known: set[int] = set()  # changes of its marks
    for row in changes:
        if paper is None or (paper.branch_id, paper.committee_id) != (row.branch_id, row.committee_id):
            yield Finding(row.committee_id, f"修改记录 {row.id} 说的不是它那个支部的测评表")
            continue
        if row.subject == "mark":
            known.add(row.id)
        try:
            yield from _replay(paper, row)
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError, Refused):
            yield Finding(row.committee_id, f"{paper.words}的修改记录 {row.id} 读不出来")
    if paper is not None:
        yield from _stored(paper, marks, known)


def _paper(row: Any) -> _Paper:
    words = f"{row.branch}{row.term}{Rater(row.rater).word}"
    return _Paper(row.branch_id, row.committee_id, words, row.edition, row.submitted_at is not None)


def _replay(paper: _Paper, row: Any) -> Iterator[Finding]:
    """What one change says, onto a sheet."""
    before, after = (json.loads(side or "{}") for side in (row.before, row.after))
    if row.subject == "sheet":
        paper.was_submitted = bool(after["submitted"])
        total = Sheet(read_edition(paper.edition), paper.replayed).total
        if paper.was_submitted and total != Decimal(after["total"]):
            yield Finding(paper.committee_id, f"{paper.words}提交时的总分和修改记录对不上")
    elif row.subject == "note":
        if paper.notes.get(row.item, "") != before.get("note", "") and row.item not in paper.broken:
            paper.broken.add(row.item)
            yield paper.finding(row.item, "备注的修改记录前后接不上")
        paper.notes[row.item] = after.get("note", "")
    else:
        if paper.replayed.get(row.item) != _mark(before) and row.item not in paper.broken:
            paper.broken.add(row.item)
            yield paper.finding(row.item, "得分的修改记录前后接不上")
        mark = _mark(after)
        if mark is None:
            paper.replayed.pop(row.item, None)
        else:
            paper.replayed[row.item] = mark


def _mark(said: dict[str, Any]) -> Mark | None:
    return Mark(Grade(said["grade"]), Decimal(said["points"]), said["reason"]) if "grade" in said else None


def _stored(paper: _Paper, marks: Sequence[Any], known: Set[int]) -> Iterator[Finding]:
    """What stands in a sheet beside what its history says."""
    for row in marks:
        mark = (
            None if row.grade is None else Mark(Grade(row.grade), Decimal(row.hundredths) / 100, row.reason)
        )
        if mark != paper.replayed.get(row.item):
            without = row.item not in paper.replayed
            yield paper.finding(row.item, "的得分没有修改记录" if without else "的得分和修改记录对不上")
        elif row.change_id and row.change_id not in known:
            yield paper.finding(row.item, "的得分指向的修改记录不在了")
        if row.note != paper.notes.get(row.item, ""):
            yield paper.finding(row.item, "的备注和修改记录对不上")
    for item in paper.replayed.keys() - {row.item for row in marks}:
        yield paper.finding(item, "的得分在修改记录里有，表上没有")
    if paper.submitted != paper.was_submitted:
        yield Finding(paper.committee_id, f"{paper.words}是否已提交，和修改记录对不上")


# --- the tables by which is rated -----------------------------------------------------------------------------------

_USED = sa.union(
    sa.select(COMMITTEE.c.id.label("committee_id"), COMMITTEE.c.edition),
    sa.select(TERM.c.committee_id, TERM.c.edition),
    sa.select(BRANCH.c.committee_id, SHEET.c.edition).join(BRANCH, BRANCH.c.id == SHEET.c.branch_id),
)


def _editions(connection: sa.Connection) -> Iterator[Finding]:
    """Whether each table that is kept is the one it says, and each that is named is kept by its committee."""
    kept = {(row.committee_id, row.key): row for row in connection.execute(sa.select(EDITION))}
    for (committee, _), row in kept.items():
        if row.text and own_key(row.text) != row.key:
            yield Finding(committee, f"评价表「{row.name}」（第 {row.id} 行）的内容被改动过")
    for row in connection.execute(_USED):
        if row.edition.startswith(OWN) and (row.committee_id, row.edition) not in kept:
            yield Finding(row.committee_id, f"用到的评价表 {row.edition} 不在了")


# --- files --------------------------------------------------------------------------------------------------------

_NAMED = (
    sa.select(
        EVIDENCE.c.sha256,
        EVIDENCE.c.size,
        EVIDENCE.c.name,
        EVIDENCE.c.item,
        BRANCH.c.name,
        BRANCH.c.committee_id,
    )
    .join(BRANCH, BRANCH.c.id == EVIDENCE.c.branch_id)
    .order_by(EVIDENCE.c.sha256, EVIDENCE.c.id)
)


def _files(evidence: Evidence, named: list[_Named], step: Callable[[], None]) -> Iterator[Finding]:
    """Whether the files that rows name are what their names say; each is read once."""
    last, what = "", ""
    size: int | None = None
    for row in named:
        if row.sha256 != last:
            step()
            last, (what, size) = row.sha256, _looked_at(evidence, row.sha256)
        wrong = what or ("的大小不对" if size != row.size else "")
        if wrong:
            yield Finding(row.committee, f"{row.branch}第 {row.item} 项的材料「{row.name}」{wrong}")


def _looked_at(evidence: Evidence, digest: str) -> tuple[str, int | None]:
    """What is wrong with a file, and how many bytes it has."""
    try:
        path: Path = evidence.path(digest)
        if path.stat().st_size > UPLOAD_LIMIT:
            return "的文件被改动过", None
        data = path.read_bytes()
    except OSError:
        return "的文件读不到了", None
    return ("" if Evidence.digest(data) == digest else "的文件被改动过"), len(data)
