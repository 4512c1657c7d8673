"""What is stored. A row says what was said, by whom, when; what it means is computed from it, never stored.

SQLModel does not validate tables, so no rule lives here: only identity, uniqueness, presence and ranges.
Every table that grows hangs on a committee, a branch or a sheet, and its index begins there. Times are UTC, aware.

The classes say what a table is; the tables themselves, of which the store builds its statements, stand at the end.
"""

import json
import re
import secrets
from collections.abc import Callable, Container, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

from bot.permissions import Openness, Rater, Role
from jobs.duties.calendar import YEARS
from jobs.duties.catalogue import check_edition
from scoring.review import Electorate
from scoring.rubric import Grade, own_key, packaged, reading_only

SQLModel.model_config["defer_build"] = True  # of what never validates, no validator is built
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _time(nullable: bool = False) -> Any:
    return Field(default=None, sa_type=UTCDateTime, nullable=nullable)


def _open(name: str, *columns: str) -> sa.Index:
    """An index of the occurrences that are still to be done: it grows with them, and not with the years."""
    kept, no = "done_at IS NULL AND cancelled IS", ("0", "false")
    sqlite, postgresql = (sa.text(f"{kept} {one}") for one in no)
    return sa.Index(name, *columns, sqlite_where=sqlite, postgresql_where=postgresql)


def _usual(value: Any, fits: Callable[[Any], bool] | None = None, **how: Any) -> Any:
    """A column that holds this where a new row does not say otherwise."""
    kept = _fit(fits) if fits else {}
    return Field(default=value, nullable=False, sa_column_kwargs={"default": value, **kept}, **how)


def _text(length: int | None = None) -> Any:
    return _usual("", sa_type=sa.String(length) if length else sa.Text())


def _fit(fits: Callable[[Any], bool]) -> dict[str, Any]:
    """What a restored value must be, beyond the type of its column; nothing that this program writes is otherwise.

    Raises Refused for a value that is well written, but that this installation has nothing for.
    """
    return {"info": {"fits": fits}}


def _one_of(known: Container[int], default: Any = ..., **how: Any) -> Any:
    return Field(
        default=default, sa_type=sa.SmallInteger, sa_column_kwargs=_fit(lambda value: value in known), **how
    )


def _item(least: int = 1, **how: Any) -> Any:
    """The number of an item: the edition says how many there are."""
    return Field(sa_type=sa.SmallInteger, sa_column_kwargs=_fit(range(least, 1000).__contains__), **how)


def _edition() -> Any:
    return _usual("", _known, sa_type=sa.String(40))


def _known(edition: str) -> bool:
    check_edition(edition)
    return True


def _is_edition(row: Mapping[str, Any]) -> bool:
    """Whether the key of a row of editions is that of its text, which can be read and whose duties fit it."""
    text, key = row["text"], row["key"]
    if not text:
        return key in packaged()
    with reading_only({key: text}.get):
        return key == own_key(text) and len(text) <= EDITION_MOST and _known(key)


def _json(shape: Callable[[Any], bool], empty: bool = True) -> Any:
    """A text that holds JSON of a shape, or perhaps nothing."""

    def fits(text: str) -> bool:
        try:
            return shape(json.loads(text)) if text else empty
        except (ValueError, RecursionError):
            return False

    return _usual("", fits, sa_type=sa.Text())


def _texts(value: Any, *lengths: int) -> bool:
    """Whether it is a list of texts, of so many."""
    return (
        isinstance(value, list)
        and (not lengths or len(value) in lengths)
        and all(isinstance(one, str) for one in value)
    )


def _rows(value: Any, *lengths: int) -> bool:
    return isinstance(value, list) and all(_texts(row, *lengths) for row in value)


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _objects(value: Any) -> bool:
    """Albums: of the last groups, or the one that an earlier version kept."""
    return _object(value) or (isinstance(value, list) and all(map(_object, value)))


def _words(value: Any) -> bool:
    """An object whose values are texts."""
    return _object(value) and _texts(list(value.values()))


def _by_number(value: Any) -> bool:
    """Texts by the numbers of what they are about."""
    return _words(value) and all(number.isdecimal() for number in value)


def _counts(value: Any) -> bool:
    """Whole numbers by the numbers of what they are counted for."""
    return _object(value) and all(
        number.isdecimal() and type(count) is int and count in range(LARGEST + 1)
        for number, count in value.items()
    )


def _votes(value: Any) -> bool:
    """By the numbers of branches a letter a category: the number of a grade, or - for none."""
    return _by_number(value) and all(re.fullmatch("[012-]{1,99}", marks) for marks in value.values())


def _tallies(value: Any) -> bool:
    """By the numbers of branches four counts a category."""
    return _object(value) and all(
        number.isdecimal()
        and isinstance(rows, list)
        and all(
            isinstance(row, list) and len(row) == 4 and _counts(dict(zip("1234", row, strict=True)))
            for row in rows
        )
        for number, rows in value.items()
    )


def _bubble(value: Any) -> bool:
    """A title, and lines of one part or two."""
    return isinstance(value, list) and _texts(value[:1], 1) and _rows(value[1:], 1, 2)


def _change(value: Any) -> bool:
    """One side of a change; a mark on it is one that can be taken back to."""
    if not _object(value) or "grade" not in value:
        return _object(value)
    try:
        points = Decimal(value.get("points"))
    except (ArithmeticError, TypeError, ValueError):
        return False
    return (
        value["grade"] in tuple(Grade)
        and points.is_finite()
        and isinstance(value.get("reason"), str)
        and isinstance(value.get("change", 0), int)
    )


def _marks(value: Any) -> bool:
    """Marks by the numbers of their items."""
    return _object(value) and all(
        number.isdecimal() and _change(mark) and "grade" in mark for number, mark in value.items()
    )


def _mime(text: str) -> bool:
    return re.fullmatch(r"[\w.+-]+/[\w.+-]+", text, re.ASCII) is not None


def _numbers(text: str) -> bool:
    return not text or re.fullmatch("[0-9]{1,9}(,[0-9]{1,9})*", text) is not None


def _new_calendar_id() -> str:
    return secrets.token_hex(8)


EDITION_MOST = 400_000  # letters of an edition's text, more than any can have; the school's has 13,000
CODE_STATES = ("asked", "sending", "sent", "refused", "over")
LARGEST = 10_000  # voters of a group
STATES = ("waiting", "claimed", "sending", "sent", "uncertain", "failed", "expired", "void", "unseen")


class CommitteeRow(SQLModel, table=True):
    """党总支: the tenant. `demo` marks invented data, which demo mode may show and nothing else may.

    `openness`: what its branches see of one another's published results.
    `calendar_id` is random: it stands in the names of its calendar entries, which no other installation may give.
    """

    __tablename__ = "committee"
    id: int | None = Field(default=None, primary_key=True)
    name: str = _text(80)
    edition: str = _edition()
    demo: bool = _usual(False)
    calendar_id: str = Field(
        default_factory=_new_calendar_id,
        sa_type=sa.String(16),
        nullable=False,
        sa_column_kwargs={"default": _new_calendar_id},
    )
    begins_on: date | None = None  # what fell due before that day is not asked for; None: everything is
    laid_out_on: date | None = None  # the last day on which its occurrences were laid out
    reminded_on: date | None = None  # the last day whose reminders were written into the outbox
    openness: int = _usual(0, tuple(Openness).__contains__, sa_type=sa.SmallInteger)


class EditionRow(SQLModel, table=True):
    """评价表版本 that a committee keeps: a draft until it is in force from a term, first at `adopted_at`.

    `text` is what scoring/edition_text.py writes, without the key, which follows from it and so never means another
    one; empty for one that comes with the program. `reason`: what was typed, for the history once it is in force.
    """

    __tablename__ = "edition"
    __table_args__ = (sa.UniqueConstraint("committee_id", "key"), {"info": {"fits": _is_edition}})
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    key: str = _text(40)
    name: str = _text(200)
    text: str = _text()
    reason: str = _text()
    made_by: int | None = Field(default=None, foreign_key="person.id")
    made_at: datetime = _time()
    adopted_at: datetime | None = _time(nullable=True)


class BranchRow(SQLModel, table=True):
    """党支部, as it is called now. Since `closed_at`, 撤销 or 合并, new terms do not know it."""

    __tablename__ = "branch"
    __table_args__ = (sa.UniqueConstraint("committee_id", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    name: str = _text(80)
    campus: str = _text(80)
    closed_at: datetime | None = _time(nullable=True)


class TermRow(SQLModel, table=True):
    """学期. Self-evaluation is open from `opens` to `closes`; results are official from `published_at`."""

    __tablename__ = "term"
    __table_args__ = (
        sa.UniqueConstraint("committee_id", "starts"),
        sa.CheckConstraint("starts < ends", name="order"),
    )
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    name: str = _text(40)
    starts: date
    ends: date
    opens: date
    closes: date
    edition: str = _edition()
    published_at: datetime | None = _time(nullable=True)


class RollRow(SQLModel, table=True):
    """参评名册: a branch that is rated in a term, by the name and on the campus that it has then."""

    __tablename__ = "roll"
    term_id: int = Field(foreign_key="term.id", primary_key=True)
    branch_id: int = Field(foreign_key="branch.id", primary_key=True)
    name: str = _text(80)
    campus: str = _text(80)


class PersonRow(SQLModel, table=True):
    """人员: only those who use the bot. Party members as such are never stored.

    `deleted_at`: since when nothing is kept of them. Their row stays, without a name, for what they did.
    """

    __tablename__ = "person"
    id: int | None = Field(default=None, primary_key=True)
    name: str = _text(40)
    joined_at: datetime = _time()
    deleted_at: datetime | None = _time(nullable=True)


class AddressRow(SQLModel, table=True):
    """A chat on a channel. `screen` is the action that shows what stands there; `seen` the last events answered.

    `below`: the notices that came under the last answer, as actions. `album`: files that come one by one but were sent
    together, and what became of them so far. `shown`: what each of the last messages there shows.
    """

    __tablename__ = "address"
    __table_args__ = (
        sa.UniqueConstraint("channel", "external"),
        sa.Index("ix_address_person_id", "person_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    channel: str = _text(16)
    external: str = _text(128)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    screen: str = _text(64)
    seen: str = _json(_texts)
    below: str = _text()
    album: str = _json(_objects)
    shown: str = _json(_words)
    tries: int = _usual(0)
    tries_since: datetime | None = _time(nullable=True)
    heard_at: datetime | None = _time(nullable=True)  # when something last came from there
    refused_at: datetime | None = _time(nullable=True)  # since when the channel takes nothing for it


class GroupChatRow(SQLModel, table=True):
    """群聊: a group chat in which a committee's own people asked for 排名, which is shown there where it `shows`."""

    __tablename__ = "group_chat"
    __table_args__ = (sa.UniqueConstraint("committee_id", "channel", "external"),)
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    channel: str = _text(16)
    external: str = _text(128)
    name: str = _text(80)
    shows: bool = _usual(False)
    switched_by: int | None = Field(default=None, foreign_key="person.id")
    switched_at: datetime | None = _time(nullable=True)


class SeatRow(SQLModel, table=True):
    """职务: a role in a committee (branch_id empty) or in a branch, until it is left, removed or handed over."""

    __tablename__ = "seat"
    __table_args__ = (
        sa.Index("ix_seat_person_id", "person_id"),
        sa.Index("ix_seat_committee_id_branch_id", "committee_id", "branch_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    branch_id: int | None = Field(default=None, foreign_key="branch.id")
    person_id: int = Field(foreign_key="person.id")
    role: int = _one_of(tuple(Role))
    since: datetime = _time()
    until: datetime | None = _time(nullable=True)


class InvitationRow(SQLModel, table=True):
    """邀请码: gives a seat, or moves one (`seat_id` is then the seat handed over). Used up when `uses_left` is 0.

    With `person_id` it is a 登录码 and gives no seat: whoever uses it is that person. Its role and branch mean nothing.

    `ended_at`: since when it is void, as it was cancelled or its maker may not invite any more.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        sa.UniqueConstraint("code"),
        sa.Index("ix_invitation_committee_id_branch_id", "committee_id", "branch_id"),
        sa.CheckConstraint("uses_left >= 0", name="uses_left"),
    )
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    branch_id: int | None = Field(default=None, foreign_key="branch.id")
    role: int = _one_of(tuple(Role))
    seat_id: int | None = Field(default=None, foreign_key="seat.id")
    person_id: int | None = Field(default=None, foreign_key="person.id")
    code: str = _text(16)
    uses_left: int = _usual(1)
    expires_at: datetime = _time()
    made_by: int | None = Field(default=None, foreign_key="person.id")
    made_at: datetime = _time()
    ended_at: datetime | None = _time(nullable=True)


class EntryRow(SQLModel, table=True):
    """A code was used: by whom, when, and whether whoever made it (None: nobody here) has seen that."""

    __tablename__ = "entry"
    __table_args__ = (
        sa.Index("ix_entry_committee_id_invitation_id", "committee_id", "invitation_id"),
        sa.Index("ix_entry_committee_id_made_by_seen_at", "committee_id", "made_by", "seen_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    invitation_id: int = Field(foreign_key="invitation.id")
    made_by: int | None = Field(default=None, foreign_key="person.id")
    person_id: int = Field(foreign_key="person.id")
    at: datetime = _time()
    seen_at: datetime | None = _time(nullable=True)


class SheetRow(SQLModel, table=True):
    """测评表: one branch, one term, one rater (0 支部自评, 1 总支评价), under the edition it is scored with."""

    __tablename__ = "sheet"
    __table_args__ = (sa.UniqueConstraint("branch_id", "term_id", "rater"),)
    id: int | None = Field(default=None, primary_key=True)
    branch_id: int = Field(foreign_key="branch.id")
    term_id: int = Field(foreign_key="term.id", index=True)
    rater: int = _one_of(tuple(Rater))
    edition: str = _edition()
    submitted_at: datetime | None = _time(nullable=True)
    submitted_by: int | None = Field(default=None, foreign_key="person.id")


class MarkRow(SQLModel, table=True):
    """得分 of one item (grade and hundredths of a point; both empty when taken back), its note, and its last change."""

    __tablename__ = "mark"
    __table_args__ = {"info": {"together": ("grade", "hundredths")}}
    sheet_id: int = Field(foreign_key="sheet.id", primary_key=True)
    item: int = _item(primary_key=True)
    grade: int | None = _one_of(tuple(Grade), None)
    hundredths: int | None = Field(
        default=None, sa_column_kwargs=_fit(range(100 * 100 + 1).__contains__)
    )  # of 100 points
    reason: str = _text()
    note: str = _text()
    person_id: int = Field(foreign_key="person.id")
    at: datetime = _time()
    change_id: int = Field(sa_type=sa.Integer)


class ObjectionRow(SQLModel, table=True):
    """异议 of a branch to its published result: a draft until it is sent, and so is what is answered."""

    __tablename__ = "objection"
    __table_args__ = (sa.Index("ix_objection_committee_id_term_id", "committee_id", "term_id"),)
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    branch_id: int = Field(foreign_key="branch.id")
    term_id: int = Field(foreign_key="term.id", index=True)
    text: str = _text()
    made_by: int = Field(foreign_key="person.id")
    made_at: datetime = _time()
    sent_at: datetime | None = _time(nullable=True)
    answer: str = _text()
    answered_by: int | None = Field(default=None, foreign_key="person.id")
    answered_at: datetime | None = _time(nullable=True)


class AmendmentRow(SQLModel, table=True):
    """更正 of one mark of a published 总支评价, with what it was before and why: a draft until it is decided."""

    __tablename__ = "amendment"
    id: int | None = Field(default=None, primary_key=True)
    sheet_id: int = Field(foreign_key="sheet.id", index=True)
    item: int = _item()
    was: int = Field(
        sa_column_kwargs=_fit(range(100 * 100 + 1).__contains__)
    )  # hundredths of a point, as below
    hundredths: int = Field(sa_column_kwargs=_fit(range(100 * 100 + 1).__contains__))
    reason: str = _text()
    person_id: int = Field(foreign_key="person.id")
    made_at: datetime = _time()
    decided_at: datetime | None = _time(nullable=True)


class RectificationRow(SQLModel, table=True):
    """整改 of a branch after a term: its plan. A draft of the branch until it is submitted; then the committee accepts
    it, or returns it for a `reply`, which is a draft until `returned_at`. Its `guidance` is a draft in `advice`.

    `reasons`: why it is owed, as the publication found it, from `owed_on`; empty for what no result asks for.
    """

    __tablename__ = "rectification"
    __table_args__ = (
        sa.UniqueConstraint("branch_id", "term_id"),
        sa.Index("ix_rectification_committee_id_term_id", "committee_id", "term_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    branch_id: int = Field(foreign_key="branch.id")
    term_id: int = Field(foreign_key="term.id", index=True)
    reasons: str = _json(_object)
    owed_on: date | None = None
    submitted_at: datetime | None = _time(nullable=True)
    submitted_by: int | None = Field(default=None, foreign_key="person.id")
    reply: str = _text()
    returned_at: datetime | None = _time(nullable=True)
    accepted_at: datetime | None = _time(nullable=True)
    accepted_by: int | None = Field(default=None, foreign_key="person.id")
    guidance: str = _text()
    guided_by: int | None = Field(default=None, foreign_key="person.id")
    advice: str = _text()


class MeasureRow(SQLModel, table=True):
    """整改措施 for an item (0: of none): what is done about it, by whom (a post, never a name) and by when.

    The branch says how it went (`report`) and closes it; the committee accepts that (销号), or sends it back for a
    `reply`, which is a draft until `returned_at`. `suggested`: by the committee; the branch sees it once the term is
    published.
    """

    __tablename__ = "measure"
    __table_args__ = (sa.Index("ix_measure_branch_id_rectification_id", "branch_id", "rectification_id"),)
    id: int | None = Field(default=None, primary_key=True)
    branch_id: int = Field(foreign_key="branch.id")
    rectification_id: int = Field(foreign_key="rectification.id")
    item: int = _usual(0, range(1000).__contains__, sa_type=sa.SmallInteger)
    text: str = _text()
    post: str = _text(40)
    due: date | None = None
    suggested: bool = _usual(False)
    made_by: int = Field(foreign_key="person.id")
    made_at: datetime = _time()
    dropped_at: datetime | None = _time(nullable=True)
    report: str = _text()
    reported_at: datetime | None = _time(nullable=True)
    closed_at: datetime | None = _time(nullable=True)
    closed_by: int | None = Field(default=None, foreign_key="person.id")
    reply: str = _text()
    returned_at: datetime | None = _time(nullable=True)
    accepted_at: datetime | None = _time(nullable=True)
    accepted_by: int | None = Field(default=None, foreign_key="person.id")


class MeasureFileRow(SQLModel, table=True):
    """A file that shows how a measure went. It stands behind no item: its evidence has item 0."""

    __tablename__ = "measure_file"
    measure_id: int = Field(foreign_key="measure.id", primary_key=True)
    evidence_id: int = Field(foreign_key="evidence.id", primary_key=True)
    branch_id: int = Field(foreign_key="branch.id", index=True)


class ReviewRow(SQLModel, table=True):
    """年度评议 of a school year, named by the year in which it begins: a draft until it is opened.

    By the number of a group: `voters`, how many codes it gets (应到); `present` and `issued`, as an office counted them
    (实到, 发出); `returned`, how many codes were used (收回), known once it is closed; `weights` in percent. `branches`
    are those on the ballot. `own`: whether one's own branch may be marked. `voided_at`: it counts for nothing.
    """

    __tablename__ = "review"
    __table_args__ = (sa.Index("ix_review_committee_id_year", "committee_id", "year"),)
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    year: int = Field(sa_type=sa.SmallInteger, sa_column_kwargs=_fit(range(1999, 2101).__contains__))
    edition: str = _edition()
    branches: str = _usual("", _numbers, sa_type=sa.Text())
    own: bool = _usual(True)
    voters: str = _json(_counts)
    present: str = _json(_counts)
    issued: str = _json(_counts)
    returned: str = _json(_counts)
    weights: str = _json(_counts)
    made_by: int = Field(foreign_key="person.id")
    made_at: datetime = _time()
    opened_at: datetime | None = _time(nullable=True)
    closed_at: datetime | None = _time(nullable=True)
    closed_on: date | None = None  # the same where the committee is, from which 评选 falls due
    voided_at: datetime | None = _time(nullable=True)


class VoterRow(SQLModel, table=True):
    """A code that gives one ballot, of which group, and whether it was used: while the round is open, and no longer.

    Nothing here leads to a person, and nothing to a ballot. On SQLite the rows stand in the order of their codes.
    """

    __tablename__ = "voter"
    __table_args__ = (sa.Index("ix_voter_review_id", "review_id"), {"sqlite_with_rowid": False})
    code: str = Field(sa_type=sa.String(16), primary_key=True)
    review_id: int = Field(foreign_key="review.id")
    group: int = _one_of(tuple(Electorate))
    used: bool = _usual(False)


class BallotRow(SQLModel, table=True):
    """评议票: the marks of one voter, under a random key. No time, no person, no order: keys alone give one."""

    __tablename__ = "ballot"
    __table_args__ = {"sqlite_with_rowid": False}
    review_id: int = Field(foreign_key="review.id", primary_key=True)
    key: str = Field(sa_type=sa.String(32), primary_key=True)
    group: int = _one_of((0, *Electorate))  # 0: of one that is shown together with others, once it is closed
    marks: str = _json(_votes, empty=False)


class BallotOpinionRow(SQLModel, table=True):
    """What a ballot said of a branch in words, under a random key of its own, which leads to no ballot and no group."""

    __tablename__ = "ballot_opinion"
    __table_args__ = {"sqlite_with_rowid": False}
    review_id: int = Field(foreign_key="review.id", primary_key=True)
    key: str = Field(sa_type=sa.String(32), primary_key=True)
    branch_id: int = Field(foreign_key="branch.id")
    text: str = _text()


class PaperBallotsRow(SQLModel, table=True):
    """Paper ballots of a group that were counted by hand: how many, and by branch the counts of each category."""

    __tablename__ = "paper_ballots"
    review_id: int = Field(foreign_key="review.id", primary_key=True)
    group: int = Field(
        sa_type=sa.SmallInteger, primary_key=True, sa_column_kwargs=_fit(tuple(Electorate).__contains__)
    )
    ballots: int = Field(sa_column_kwargs=_fit(range(1, LARGEST + 1).__contains__))
    tally: str = _json(_tallies)
    person_id: int = Field(foreign_key="person.id")
    at: datetime = _time()


class ExpertOpinionRow(SQLModel, table=True):
    """What an expert says of a branch over their own name, as somebody of the committee wrote it down."""

    __tablename__ = "expert_opinion"
    __table_args__ = (sa.Index("ix_expert_opinion_review_id", "review_id"),)
    id: int | None = Field(default=None, primary_key=True)
    review_id: int = Field(foreign_key="review.id")
    branch_id: int = Field(foreign_key="branch.id")
    name: str = _text(40)
    text: str = _text()
    person_id: int = Field(foreign_key="person.id")
    at: datetime = _time()


class AwardRow(SQLModel, table=True):
    """优秀党支部 of a school year, with the reason for it: a draft until `decided_at`.

    `note`: what next year's budget is to do for it. `noted_at`: since when somebody has seen to that.
    """

    __tablename__ = "award"
    __table_args__ = (sa.UniqueConstraint("committee_id", "year"),)
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    year: int = Field(sa_type=sa.SmallInteger, sa_column_kwargs=_fit(range(1999, 2101).__contains__))
    branch_id: int = Field(foreign_key="branch.id")
    reason: str = _text()
    note: str = _text()
    made_by: int = Field(foreign_key="person.id")
    made_at: datetime = _time()
    decided_at: datetime | None = _time(nullable=True)
    decided_on: date | None = None  # the same where the committee is
    noted_at: datetime | None = _time(nullable=True)


class DraftRow(SQLModel, table=True):
    """A typed text that waits for its confirmation: where it was typed, and the reason for a line's other points.

    `shown`: what stood in the sheet, where the text would change it, when the person was asked.
    """

    __tablename__ = "draft"
    id: int | None = Field(default=None, primary_key=True)
    sheet_id: int = Field(foreign_key="sheet.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    item: int = _usual(0, sa_type=sa.SmallInteger)  # 0: not typed on a card
    text: str = _text()
    reason: str = _text()
    at: datetime = _time()
    saved: bool = _usual(False)
    shown: str = _text()


class ReturnedRow(SQLModel, table=True):
    """退回 of one item (0: the whole sheet), with its reason: a draft of its person until `change_id` says in which
    change of the sheet it was given.

    `was`: the marks that it asks to look at again, as they were submitted, by item. `ended_at`: when it was answered by
    a new submission; of a draft, when it was taken out of it.
    """

    __tablename__ = "returned"
    __table_args__ = (sa.UniqueConstraint("sheet_id", "person_id", "item", "change_id"),)
    id: int | None = Field(default=None, primary_key=True)
    sheet_id: int = Field(foreign_key="sheet.id")
    person_id: int = Field(foreign_key="person.id")
    item: int = _usual(0, range(1000).__contains__, sa_type=sa.SmallInteger)
    change_id: int = _usual(0)
    reason: str = _text()
    was: str = _json(_marks)
    at: datetime = _time()
    ended_at: datetime | None = _time(nullable=True)


class FactRow(SQLModel, table=True):
    """台账: a number of a branch in a term, for a month (2026-09) or the whole term (empty period), typed by hand.

    It stands in the place of what the answers to duties say of the same kind and period.
    """

    __tablename__ = "fact"
    __table_args__ = (sa.UniqueConstraint("branch_id", "term_id", "kind", "period"),)
    id: int | None = Field(default=None, primary_key=True)
    branch_id: int = Field(foreign_key="branch.id")
    term_id: int = Field(foreign_key="term.id", index=True)
    kind: str = _text(40)
    period: str = _text(7)
    count: int
    of: int | None = None
    person_id: int = Field(foreign_key="person.id")
    at: datetime = _time()


class ReportedRow(SQLModel, table=True):
    """A number that the answer to a duty says, as the answer is now: what several say of one kind is added up."""

    __tablename__ = "reported"
    __table_args__ = (sa.Index("ix_reported_branch_id_term_id", "branch_id", "term_id"),)
    occurrence_id: int = Field(foreign_key="occurrence.id", primary_key=True)
    kind: str = Field(sa_type=sa.String(40), primary_key=True)
    branch_id: int = Field(foreign_key="branch.id")
    term_id: int = Field(foreign_key="term.id", index=True)
    period: str = _text(7)
    count: int
    of: int | None = None


class EvidenceRow(SQLModel, table=True):
    """依据材料 of an item, by the side that attached it: the file lies under its SHA-256 in DATA_DIR/evidence."""

    __tablename__ = "evidence"
    __table_args__ = (sa.Index("ix_evidence_branch_id_term_id_item", "branch_id", "term_id", "item"),)
    id: int | None = Field(default=None, primary_key=True)
    branch_id: int = Field(foreign_key="branch.id")
    term_id: int = Field(foreign_key="term.id", index=True)
    item: int = _item(least=0)  # 0: of a measure (整改), behind no item
    rater: int = _one_of(tuple(Rater))
    name: str = _text(120)
    mime: str = _usual("", _mime, sa_type=sa.String(100))
    size: int
    sha256: str = _text(64)
    person_id: int = Field(foreign_key="person.id")
    at: datetime = _time()
    removed_at: datetime | None = _time(nullable=True)


class HistoryRow(SQLModel, table=True):
    """Who changed what, when, through which channel, from what to what. Rows are only ever added."""

    __tablename__ = "history"
    __table_args__ = (
        sa.Index("ix_history_committee_id_at", "committee_id", "at"),
        sa.Index("ix_history_branch_id_subject_subject_id", "branch_id", "subject", "subject_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    branch_id: int | None = Field(default=None, foreign_key="branch.id")
    person_id: int | None = Field(default=None, foreign_key="person.id")
    channel: str = _text(16)
    at: datetime = _time()
    subject: str = _text(16)
    subject_id: int
    item: int | None = Field(default=None, sa_type=sa.SmallInteger)
    before: str = _json(_change)
    after: str = _json(_change)
    batch: int | None = None


class FeedbackRow(SQLModel, table=True):
    """What somebody told the administrator, and the answer: a draft until `answered_at`."""

    __tablename__ = "feedback"
    __table_args__ = (
        sa.Index("ix_feedback_committee_id_at", "committee_id", "at"),
        sa.Index("ix_feedback_person_id", "person_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    person_id: int = Field(foreign_key="person.id")
    at: datetime = _time()
    text: str = _text()
    answer: str = _text()
    answered_by: int | None = Field(default=None, foreign_key="person.id")
    answered_at: datetime | None = _time(nullable=True)


class WebLineRow(SQLModel, table=True):
    """A frozen line of a web chat: what was typed, a receipt. The web page's own memory, as Telegram has its own."""

    __tablename__ = "web_line"
    __table_args__ = (sa.Index("ix_web_line_external_id", "external", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    external: str = _text(128)
    at: datetime = _time()
    mine: bool = Field(nullable=False)
    body: str = _json(_bubble, empty=False)


class OccurrenceRow(SQLModel, table=True):
    """期次: a duty that one body owes for one period. `body` is the branch, or 0 for the committee itself."""

    __tablename__ = "occurrence"
    __table_args__ = (
        sa.UniqueConstraint("committee_id", "body", "duty", "period"),
        sa.Index("ix_occurrence_committee_id_due", "committee_id", "due"),
        sa.Index("ix_occurrence_committee_id_assignment_id", "committee_id", "assignment_id"),
        sa.Index("ix_occurrence_branch_id_term_id", "branch_id", "term_id"),
        _open("ix_occurrence_open_of_branch", "branch_id", "due"),
        _open(  # how 提醒 and 催办 find what branches owe alike, and count them
            "ix_occurrence_open",
            *("committee_id", "due", "duty", "period", "told_on", "branch_id", "done_at", "cancelled"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    branch_id: int | None = Field(default=None, foreign_key="branch.id")
    body: int = _usual(0)
    term_id: int = Field(foreign_key="term.id", index=True)
    duty: str = _text(40)
    period: str = _text(40)
    opens: date
    due: date
    answer: str = _text()  # what was understood
    waiting: str = _text()  # a typed text that waits for how it is meant
    answered_at: datetime | None = _time(
        nullable=True
    )  # first; what was answered with too little is still open
    done_at: datetime | None = _time(nullable=True)  # when it was first answered, of what is closed
    done_by: int | None = Field(default=None, foreign_key="person.id")
    cancelled: bool = _usual(False)
    assignment_id: int | None = Field(default=None, foreign_key="assignment.id")
    changes: int = _usual(0)  # how often its day was moved: SEQUENCE of its calendar entry
    told_on: date | None = None  # when its day is said beside the weekly digests, as none comes in time


class TaskFileRow(SQLModel, table=True):
    """A file that was sent as the answer to a task which the committee gave."""

    __tablename__ = "task_file"
    occurrence_id: int = Field(foreign_key="occurrence.id", primary_key=True)
    evidence_id: int = Field(foreign_key="evidence.id", primary_key=True)
    branch_id: int = Field(foreign_key="branch.id", index=True)


class AssignmentRow(SQLModel, table=True):
    """交办任务: what the committee asks of its branches by a day. A draft until it is given."""

    __tablename__ = "assignment"
    __table_args__ = (sa.Index("ix_assignment_committee_id_due", "committee_id", "due"),)
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    title: str = _text(200)
    due: date
    hour: str = _text(10)  # until when on that day, as it is shown: 17:00, 下班前; empty: until it ends
    branches: str = _usual("", _numbers, sa_type=sa.Text())
    """Numbers of the branches that are asked, comma between them; empty: all, 0: none."""
    made_by: int = Field(foreign_key="person.id")
    made_at: datetime = _time()
    given_at: datetime | None = _time(nullable=True)


class ExchangeRow(SQLModel, table=True):
    """交流汇报 of the school year that begins in the autumn of `year`: its day, and the task that asks for materials.

    `minutes_at`: when somebody said that there are minutes (会议记录).
    """

    __tablename__ = "exchange"
    __table_args__ = (sa.UniqueConstraint("committee_id", "year"),)
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    year: int = _one_of(YEARS)
    held_on: date | None = None
    hour: str = _text(10)  # as of a task: 14:30; empty: none is set
    order: str = _usual("", _numbers, sa_type=sa.Text())
    """Numbers of the branches in the order in which they speak, comma between them; empty: that of the roll."""
    assignment_id: int | None = Field(default=None, foreign_key="assignment.id")
    minutes_at: datetime | None = _time(nullable=True)
    minutes_by: int | None = Field(default=None, foreign_key="person.id")


class DutyChoiceRow(SQLModel, table=True):
    """What a committee (body 0) or a branch chose otherwise for a duty. Empty: as it was before this choice."""

    __tablename__ = "duty_choice"
    committee_id: int = Field(foreign_key="committee.id", primary_key=True)
    body: int = Field(primary_key=True)
    duty: str = Field(sa_type=sa.String(40), primary_key=True)
    active: bool | None = None
    rule: str = _text()
    leads: str = _text()
    """Written by earlier versions; nobody reads it any more."""


class DayRow(SQLModel, table=True):
    """A day an administrator declared to be one of work or of rest."""

    __tablename__ = "day"
    committee_id: int = Field(foreign_key="committee.id", primary_key=True)
    day: date = Field(primary_key=True)
    works: bool = Field(nullable=False)


class PreferenceRow(SQLModel, table=True):
    """提醒设置 of a person: the minute of the day, silence until a day, a weekly digest, the calendar's secret.

    `in_words` is 文字模式.
    """

    __tablename__ = "preference"
    __table_args__ = (sa.UniqueConstraint("calendar_key"),)
    person_id: int = Field(foreign_key="person.id", primary_key=True)
    minute: int | None = Field(default=None, sa_column_kwargs=_fit(range(24 * 60).__contains__))
    muted_until: date | None = None
    weekly: bool = _usual(False)
    calendar_key: str | None = Field(default=None, sa_type=sa.String(64))
    in_words: bool = _usual(False)


class MailCodeRow(SQLModel, table=True):
    """A code that is mailed to an address, so that whoever reads it there may have a person's reminders sent there.

    Kept for a day. `state` goes asked → sending → sent, or ends as refused (by that address) or over (used, given up).
    `tries`: wrong codes typed for it; `failures`: how often it could not be sent.
    """

    __tablename__ = "mail_code"
    __table_args__ = (sa.Index("ix_mail_code_person_id", "person_id"),)
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    address: str = _text(128)
    code: str = _text(8)
    made_at: datetime = _time()
    send_at: datetime = _time()
    state: str = _usual("asked", CODE_STATES.__contains__, sa_type=sa.String(10))
    tries: int = _usual(0)
    failures: int = _usual(0)


class SnoozeRow(SQLModel, table=True):
    """明天再提醒: a person wants to hear of an occurrence again on a day, and not before."""

    __tablename__ = "snooze"
    person_id: int = Field(foreign_key="person.id", primary_key=True)
    occurrence_id: int = Field(foreign_key="occurrence.id", primary_key=True)
    until: date


class NoticeRow(SQLModel, table=True):
    """提醒: what the bot owes a person (the outbox). `action` draws it, `key` makes it one of its kind.

    `state` goes waiting → claimed → sending → sent, or ends as uncertain, failed, expired or void. Where nothing rings
    it is unseen until somebody saw it on a page, and sent then. A claim belongs to `owner` until `lease`; whoever comes
    later may take it. `last`: if its answer is lost it is sent once more.
    """

    __tablename__ = "notice"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "key"),
        sa.Index("ix_notice_state_send_at", "state", "send_at"),
        sa.Index("ix_notice_committee_id_state", "committee_id", "state"),
        sa.Index("ix_notice_address_id_message", "address_id", "message"),
    )
    id: int | None = Field(default=None, primary_key=True)
    committee_id: int = Field(foreign_key="committee.id")
    person_id: int = Field(foreign_key="person.id")
    key: str = _text(40)
    action: str = _text(64)
    said: str = _text(200)
    state: str = _usual("waiting", STATES.__contains__, sa_type=sa.String(10))
    send_at: datetime = _time()
    expires_at: datetime = _time()
    last: bool = _usual(False)
    again: bool = _usual(False)
    owner: str = _text(40)
    lease: datetime | None = _time(nullable=True)
    tries: int = _usual(0)
    address_id: int | None = Field(default=None, foreign_key="address.id")
    message: str | None = Field(default=None, sa_type=sa.String(64))  # what the channel calls it there
    at: datetime | None = _time(nullable=True)
    problem: str = _text(200)


class SayingRow(SQLModel, table=True):
    """What was typed: so that it can be asked where it belongs, and an edited message can be understood.

    `places`: where it was heard or, until then, may belong, as JSON of (screen, words) pairs. `was`: what it corrects.
    `files`: what was sent with it and waits with it, as JSON of (name, type, SHA-256). A file without a text has an
    empty one. Only the last few of each chat are kept.
    """

    __tablename__ = "saying"
    __table_args__ = (sa.Index("ix_saying_address_id_message", "address_id", "message"),)
    id: int | None = Field(default=None, primary_key=True)
    address_id: int = Field(foreign_key="address.id")
    message: str | None = Field(default=None, sa_type=sa.String(64))
    text: str = _text()
    was: str = _text()
    places: str = _json(lambda value: _rows(value, 2), empty=False)
    files: str = _json(lambda value: _rows(value, 3))
    heard: bool = _usual(False)
    at: datetime = _time()


class HeartbeatRow(SQLModel, table=True):
    """When something that should happen all the time last happened."""

    __tablename__ = "heartbeat"
    name: str = Field(sa_type=sa.String(20), primary_key=True)
    at: datetime = _time()


class LeaseRow(SQLModel, table=True):
    """Which process does what only one may do, and until when; its number grows with each new holder."""

    __tablename__ = "lease"
    name: str = Field(sa_type=sa.String(20), primary_key=True)
    holder: str = Field(sa_type=sa.String(32))
    until: datetime = _time()
    number: int


class JobRunRow(SQLModel, table=True):
    """How a nightly job went when it last ended, and for which day that was.

    `told`: what the administrators of each committee heard of it and still holds, as JSON by the committee's number.
    """

    __tablename__ = "job_run"
    name: str = Field(sa_type=sa.String(20), primary_key=True)
    day: date
    at: datetime = _time()
    failed: bool = _usual(False)
    result: str = _text()
    told: str = _json(_by_number)


METADATA = SQLModel.metadata
"""All tables, for what goes through them: migrations and backups."""


def _table(row: type[SQLModel]) -> sa.Table:
    return METADATA.tables[str(row.__tablename__)]


COMMITTEE = _table(CommitteeRow)
EDITION = _table(EditionRow)
BRANCH = _table(BranchRow)
TERM = _table(TermRow)
ROLL = _table(RollRow)
PERSON = _table(PersonRow)
ADDRESS = _table(AddressRow)
GROUP_CHAT = _table(GroupChatRow)
SEAT = _table(SeatRow)
INVITATION = _table(InvitationRow)
ENTRY = _table(EntryRow)
SHEET = _table(SheetRow)
MARK = _table(MarkRow)
OBJECTION = _table(ObjectionRow)
AMENDMENT = _table(AmendmentRow)
RECTIFICATION = _table(RectificationRow)
MEASURE = _table(MeasureRow)
MEASURE_FILE = _table(MeasureFileRow)
REVIEW = _table(ReviewRow)
VOTER = _table(VoterRow)
BALLOT = _table(BallotRow)
BALLOT_OPINION = _table(BallotOpinionRow)
PAPER_BALLOTS = _table(PaperBallotsRow)
EXPERT_OPINION = _table(ExpertOpinionRow)
AWARD = _table(AwardRow)
DRAFT = _table(DraftRow)
RETURNED = _table(ReturnedRow)
FACT = _table(FactRow)
REPORTED = _table(ReportedRow)
EVIDENCE = _table(EvidenceRow)
HISTORY = _table(HistoryRow)
FEEDBACK = _table(FeedbackRow)
WEB_LINE = _table(WebLineRow)
OCCURRENCE = _table(OccurrenceRow)
TASK_FILE = _table(TaskFileRow)
ASSIGNMENT = _table(AssignmentRow)
EXCHANGE = _table(ExchangeRow)
DUTY_CHOICE = _table(DutyChoiceRow)
DAY = _table(DayRow)
PREFERENCE = _table(PreferenceRow)
MAIL_CODE = _table(MailCodeRow)
SNOOZE = _table(SnoozeRow)
NOTICE = _table(NoticeRow)
SAYING = _table(SayingRow)
HEARTBEAT = _table(HeartbeatRow)
LEASE = _table(LeaseRow)
JOB_RUN = _table(JobRunRow)
