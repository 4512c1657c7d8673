"""The ballots of 年度评议: who may still vote, and what was voted, in tables that nothing joins.

A voter is a code. Codes lead to no person, ballots to no code: a ballot has a random key, no time and no order. While
a round is open the database itself could tell which row was written with which, by its own row versions and its log.
So closing rewrites what stays in the order of the keys, and the codes are gone with it (docs/decisions/0072).
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bot.store.codes import new_code
from bot.store.database import Session, shreds
from bot.store.tables import BALLOT, BALLOT_OPINION, COMMITTEE, REVIEW, VOTER
from scoring.refusal import Refused
from scoring.review import Ballot, Electorate, Few, Marks
from scoring.rubric import Grade

_BOX = (BALLOT, BALLOT_OPINION)
USED = "这个码已经投过票了，一个码只能投一次。"
UNKNOWN = "没有找到这个码，或者评议已经结束。请核对纸条上的码。"


class UnknownCode(Refused):
    """No round that is open has this code: it may be a guess."""


def new_key() -> str:
    """The key of a ballot: 128 random bits."""
    return secrets.token_hex(16)


# --- voting -------------------------------------------------------------------------------------------------------

_VOTER = (
    sa.select(VOTER.c.review_id, VOTER.c.group, VOTER.c.used, COMMITTEE.c.name)
    .join(REVIEW, REVIEW.c.id == VOTER.c.review_id)
    .join(COMMITTEE, COMMITTEE.c.id == REVIEW.c.committee_id)
    .where(VOTER.c.code == sa.bindparam("code"))
)
_BURN = (
    sa.update(VOTER)
    .where(VOTER.c.code == sa.bindparam("by"), VOTER.c.used.is_(False))
    .values(used=True)
    .returning(VOTER.c.review_id, VOTER.c.group)
)


def voter(session: Session, code: str) -> tuple[int, Electorate, str]:
    """The round that a code votes in, its group, and the committee's name. Raises Refused."""
    row = session.execute(_VOTER, {"code": code}).first()
    if row is None:
        raise UnknownCode(UNKNOWN)
    if row.used:
        raise Refused(USED)
    return row.review_id, Electorate(row.group), row.name


def is_code(session: Session, code: str) -> bool:
    """Whether a code gives a ballot, used or not, in a round that is open."""
    return session.execute(_VOTER, {"code": code}).first() is not None


def cast(
    session: Session,
    code: str,
    marks: Mapping[int, Marks],
    opinions: Mapping[int, str],
    key: Callable[[], str] = new_key,
) -> None:
    """Use a code up and put its ballot into the box. Raises Refused for a code that gives none (any more)."""
    row = session.execute(_BURN, {"by": code}).first()
    if row is None:
        voter(session, code)
        raise UnknownCode(UNKNOWN)
    session.execute(
        sa.insert(BALLOT),
        {"review_id": row.review_id, "key": key(), "group": row.group, "marks": _written(marks)},
    )
    said = [
        {"review_id": row.review_id, "key": key(), "branch_id": branch, "text": text}
        for branch, text in sorted(opinions.items())
    ]
    if said:
        session.execute(sa.insert(BALLOT_OPINION), said)


def _written(marks: Mapping[int, Marks]) -> str:
    letters = {
        str(branch): "".join("-" if mark is None else str(int(mark)) for mark in of_branch)
        for branch, of_branch in sorted(marks.items())
    }
    return json.dumps(letters)


def _read(marks: str) -> dict[int, Marks]:
    return {
        int(branch): tuple(None if letter == "-" else Grade(int(letter)) for letter in letters)
        for branch, letters in json.loads(marks).items()
    }


# --- before and after ---------------------------------------------------------------------------------------------

_CODES = (
    sa.select(VOTER.c.code, VOTER.c.group)
    .where(VOTER.c.review_id == sa.bindparam("review"))
    .order_by(VOTER.c.group, VOTER.c.code)
)
_PROGRESS = (
    sa.select(VOTER.c.group, sa.func.count())
    .where(VOTER.c.review_id == sa.bindparam("review"), VOTER.c.used)
    .group_by(VOTER.c.group)
)
_BALLOTS = (
    sa.select(BALLOT.c.group, BALLOT.c.marks)
    .where(BALLOT.c.review_id == sa.bindparam("review"))
    .order_by(BALLOT.c.key)
)
_OPINIONS = (
    sa.select(BALLOT_OPINION.c.branch_id, BALLOT_OPINION.c.text)
    .where(BALLOT_OPINION.c.review_id == sa.bindparam("review"))
    .order_by(BALLOT_OPINION.c.key)
)


def enrol(session: Session, review_id: int, voters: Mapping[Electorate, int]) -> None:
    """A code for each voter of each group."""
    rows = [
        {"code": new_code(), "review_id": review_id, "group": int(group)}
        for group, count in voters.items()
        for _ in range(count)
    ]
    if rows:
        session.execute(sa.insert(VOTER), sorted(rows, key=lambda row: str(row["code"])))


def codes(session: Session, review_id: int) -> tuple[tuple[str, Electorate], ...]:
    """The codes of a round by group, in the order of their letters; none once it is closed."""
    rows = session.execute(_CODES, {"review": review_id})
    return tuple((code, Electorate(group)) for code, group in rows)


def used(session: Session, review_id: int) -> dict[Electorate, int]:
    """How many codes of each group were used, of a round that is open."""
    return {Electorate(group): count for group, count in session.execute(_PROGRESS, {"review": review_id})}


def ballots(session: Session, review_id: int) -> tuple[Ballot, ...]:
    """The ballots of a closed round, in the order of their keys."""
    rows = session.execute(_BALLOTS, {"review": review_id})
    return tuple(Ballot(Electorate(group) if group else None, _read(marks)) for group, marks in rows)


def opinions(session: Session, review_id: int) -> dict[int, tuple[str, ...]]:
    """What ballots of a closed round said of each branch in words, in the order of their random keys."""
    found: dict[int, tuple[str, ...]] = {}
    for branch, text in session.execute(_OPINIONS, {"review": review_id}):
        found[branch] = (*found.get(branch, ()), text)
    return found


def hold(session: Session) -> None:
    """Whoever votes is let through first, and nobody votes until this unit of work ends."""
    if session.dialect != "sqlite":  # there, who writes holds everything
        session.execute(sa.text("LOCK TABLE voter, ballot, ballot_opinion IN ACCESS EXCLUSIVE MODE"))


def pool(session: Session, review_id: int, small: Few) -> None:
    """Of ballots that are shown together it is not kept of which group they were; those that do not count are deleted.

    Behind `hold()`, before `seal()`.
    """
    theirs = (BALLOT.c.review_id == review_id, BALLOT.c.group.in_([int(group) for group in small.groups]))
    if small.counts:
        session.execute(sa.update(BALLOT).where(*theirs).values(group=0))
    else:
        session.execute(sa.delete(BALLOT).where(*theirs))


def seal(session: Session, review_id: int) -> None:
    """Delete the codes of a round, and leave nothing in the files that says in which order its ballots came.

    SQLite's file is written anew behind this unit of work; on PostgreSQL the tables get new files, in which all rows
    have the version of this one. Behind `hold()`.
    """
    session.execute(sa.delete(VOTER).where(VOTER.c.review_id == review_id))
    shreds(session)
    if session.dialect != "sqlite":
        for table in (VOTER, *_BOX):
            _rewrite(session, table)


def drop(session: Session, review_id: int) -> None:
    """Delete the codes and ballots of a round that counts for nothing. Behind `hold()`."""
    for table in _BOX:
        session.execute(sa.delete(table).where(table.c.review_id == review_id))
    seal(session, review_id)


def void_open(connection: sa.Connection) -> None:
    """After a restore: rounds that were open are void, as neither their codes nor their ballots are in a backup."""
    _r = REVIEW.c
    still = (_r.opened_at.is_not(None), _r.closed_at.is_(None), _r.voided_at.is_(None))
    connection.execute(sa.update(REVIEW).where(*still).values(voided_at=_r.opened_at))
    connection.execute(sa.delete(VOTER))


def _rewrite(session: Session, table: sa.Table) -> None:
    """A table's rows in the order of its key, in a file of their own: the old one is gone with the commit.

    https://www.postgresql.org/docs/current/sql-truncate.html
    """
    rows: Sequence[Any] = session.execute(sa.select(table).order_by(*table.primary_key)).mappings().all()
    session.execute(sa.text(f"TRUNCATE {table.name}"))
    if rows:
        session.execute(sa.insert(table), [dict(row) for row in rows])
