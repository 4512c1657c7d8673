"""A committee's branches as an administrator keeps them: added, renamed, put on a campus, closed, opened again.

What changes is changed in the terms that are neither over nor published; the others keep what they said.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import history, laying_out, roll, terms
from bot.store.database import Session, lock
from bot.store.history import About
from bot.store.tables import BRANCH, COMMITTEE, HISTORY, SHEET, TERM
from bot.values import Branch, Term
from scoring.numerals import quoted
from scoring.refusal import Refused

CLOSED = "已撤销的支部不能改。要改，请先恢复。"
_CHANGES = (
    sa.select(HISTORY.c.subject_id, HISTORY.c.before, HISTORY.c.after)
    .where(HISTORY.c.committee_id == sa.bindparam("committee"), HISTORY.c.subject == "branch")
    .order_by(HISTORY.c.id)
)
_ONE = sa.select(BRANCH.c.campus, BRANCH.c.closed_at).where(BRANCH.c.id == sa.bindparam("branch"))
_EVERY = (
    sa.select(BRANCH.c.id, BRANCH.c.name, BRANCH.c.campus, BRANCH.c.closed_at.is_not(None))
    .where(BRANCH.c.committee_id == sa.bindparam("committee"))
    .order_by(BRANCH.c.closed_at.is_not(None), BRANCH.c.id)
)


@dataclass(frozen=True, slots=True)
class Past:
    """What was said of a committee's branches: whose each name was that was given up, and, by their numbers, which one
    was merged into which, and (0: none that was set then) from which term on a closed one is not rated."""

    names: dict[str, int]
    into: dict[int, int]
    since: dict[int, int]


def past(session: Session, committee_id: int) -> Past:
    """What is on record of a committee's branches. One query."""
    found = Past({}, {}, {})
    for branch, before, after in session.execute(_CHANGES, {"committee": committee_id}).all():
        was, now = json.loads(before or "{}"), json.loads(after or "{}")
        if "name" in was:
            found.names[was["name"]] = branch
        if "closed" in now:
            found.into.pop(branch, None)
            found.since.pop(branch, None)
            if now["closed"]:
                found.since[branch] = now["from"]
                if now["into"]:
                    found.into[branch] = now["into"]
    return found


def every(session: Session, committee_id: int) -> tuple[tuple[Branch, str, bool], ...]:
    """All branches of a committee with their campus and whether they are closed, those that are open first."""
    rows = session.execute(_EVERY, {"committee": committee_id}).all()
    return tuple(
        (Branch(number, committee_id, name), campus, closed) for number, name, campus, closed in rows
    )


def state(session: Session, branch_id: int) -> tuple[str, bool]:
    """On which campus a branch is (empty: nobody said), and whether it is closed."""
    row = session.execute(_ONE, {"branch": branch_id}).one()
    return row.campus, row.closed_at is not None


def add(session: Session, *, me: Me, committee_id: int, name: str) -> int:
    """A new branch, laid out at the next tick; returns its number. Raises Refused for a name that is taken."""
    _free(session, committee_id, name)
    number = terms.add_branch(session, committee_id=committee_id, name=name, campus="", since=me.now.date())
    history.add(session, me, About("branch", number, committee_id, number), after={"name": name})
    return number


def rename(session: Session, *, me: Me, branch_id: int, name: str) -> bool:
    """Call a branch otherwise; False when it is called so. Raises Refused for a name that is another one's, or was."""
    found = terms.branch(session, branch_id)
    _free(session, found.committee_id, name, branch_id)
    return _change(session, me, branch_id, "name", name)


def move(session: Session, *, me: Me, branch_id: int, campus: str) -> bool:
    """Put a branch on another campus; False when it is there."""
    return _change(session, me, branch_id, "campus", campus)


def _change(session: Session, me: Me, branch_id: int, what: str, value: str) -> bool:
    lock(session, BRANCH, branch_id)
    found = terms.branch(session, branch_id)
    at, closed = state(session, branch_id)
    if closed:
        raise Refused(CLOSED)
    before = found.name if what == "name" else at
    if before == value:
        return False
    session.execute(sa.update(BRANCH).where(BRANCH.c.id == branch_id).values({what: value}))
    roll.join(session, branch_id, me.now.date())
    about = About("branch", branch_id, found.committee_id, branch_id)
    history.add(session, me, about, before={what: before}, after={what: value})
    return True


def _free(session: Session, committee_id: int, name: str, branch_id: int = 0) -> None:
    """Let a name pass that no other branch of a committee has or had; nobody else takes it meanwhile."""
    lock(session, COMMITTEE, committee_id)
    for one, _, closed in every(session, committee_id):
        if one.name == name and one.id != branch_id:
            if closed:
                raise Refused(f"{quoted(name)}已经撤销。要继续用，请在「支部」里点开它恢复。")
            raise Refused(f"已经有{quoted(name)}了，请用别的名称。")
    whose = past(session, committee_id).names.get(name, branch_id)
    if whose != branch_id:
        now = terms.branch(session, whose).name
        raise Refused(f"{quoted(name)}是{now}的曾用名，会弄混，请用别的名称。")


# --- the end of a branch ------------------------------------------------------------------------------------------

_BEGUN = sa.select(SHEET.c.term_id).where(SHEET.c.branch_id == sa.bindparam("branch"), roll.is_begun(SHEET))


def may_end_from(session: Session, branch: Branch, today: date, *, to_write: bool = False) -> list[Term]:
    """The terms that are set and from which on a branch may be closed, the earliest first: nothing is written on its
    sheets in it or later. `to_write`: nothing that counts is before the unit of work ends."""
    open_terms = still_rated(session, branch, today)
    if to_write:
        for term in sorted(open_terms, key=lambda one: one.id):
            lock(session, TERM, term.id)
    begun = set(session.execute(_BEGUN, {"branch": branch.id}).scalars())
    found: list[Term] = []
    for term in open_terms:  # the newest first
        if term.id in begun:
            break
        found.insert(0, term)
    return found


def still_rated(session: Session, branch: Branch, today: date) -> list[Term]:
    """The terms in which a branch is rated and that are neither over nor published, the newest first."""
    rated = terms.of_branch(session, branch.id).terms
    return [t for t, name in rated if name is not None and not t.published and t.ends >= today]


def close(session: Session, *, me: Me, branch: Branch, into: Branch | None, term_id: int) -> None:
    """A branch is not rated from a term on (0: in those that are not set yet), and owes nothing in them.

    Raises Refused when it is closed, the last one, or rated in that term already.
    """
    lock(session, COMMITTEE, branch.committee_id)
    lock(session, BRANCH, branch.id)
    if state(session, branch.id)[1]:
        raise Refused("这个支部已经撤销了。")
    if terms.count_branches(session, branch.committee_id) == 1:
        raise Refused("这是最后一个支部，不能撤销。")
    free = may_end_from(session, branch, me.now.date(), to_write=True)
    gone: list[int] = []
    if term_id:
        start = next((term for term in free if term.id == term_id), None)
        if start is None:
            raise Refused("这个学期已经开始填测评表，不能从这个学期起撤销。请重新选择。")
        gone = [term.id for term in free if term.starts >= start.starts]
    session.execute(sa.update(BRANCH).where(BRANCH.c.id == branch.id).values(closed_at=me.now))
    roll.leave(session, branch.id, gone)
    laying_out.end(session, branch_id=branch.id, term_ids=gone)
    said = {"closed": True, "from": term_id, "into": into.id if into else 0}
    _say(session, me, branch, {"closed": False}, said)


def reopen(session: Session, *, me: Me, branch: Branch) -> bool:
    """A branch that was closed is rated again, in all that is neither over nor published; False when it is open."""
    lock(session, COMMITTEE, branch.committee_id)
    lock(session, BRANCH, branch.id)
    if not state(session, branch.id)[1]:
        return False
    session.execute(sa.update(BRANCH).where(BRANCH.c.id == branch.id).values(closed_at=None))
    roll.join(session, branch.id, me.now.date())
    _say(session, me, branch, {"closed": True}, {"closed": False})
    return True


def _say(session: Session, me: Me, branch: Branch, before: dict[str, Any], after: dict[str, Any]) -> None:
    laying_out.lay_out_again(session, committee_id=branch.committee_id)
    about = About("branch", branch.id, branch.committee_id, branch.id)
    history.add(session, me, about, before=before, after=after)
