"""Adding a branch, its name and campus, and what it was called before."""

import json

import sqlalchemy as sa

from bot.permissions import Me
from bot.store import history, terms
from bot.store.database import Session, lock
from bot.store.history import About
from bot.store.tables import BRANCH, COMMITTEE, HISTORY
from scoring.numerals import quoted
from scoring.refusal import Refused

_FORMER = (
    sa.select(HISTORY.c.subject_id, HISTORY.c.before)
    .where(
        HISTORY.c.committee_id == sa.bindparam("committee"),
        HISTORY.c.subject == "branch",
        HISTORY.c.before != "",
    )
    .order_by(HISTORY.c.id)
)
_CAMPUS = sa.select(BRANCH.c.campus).where(BRANCH.c.id == sa.bindparam("branch"))


def former_names(session: Session, committee_id: int) -> dict[str, int]:
    """The branch that was called so before, by each name that a branch of a committee gave up."""
    rows = session.execute(_FORMER, {"committee": committee_id}).all()
    said = ((json.loads(before), branch) for branch, before in rows)
    return {before["name"]: branch for before, branch in said if "name" in before}


def campus(session: Session, branch_id: int) -> str:
    """On which campus a branch is; empty where nobody said."""
    return str(session.execute(_CAMPUS, {"branch": branch_id}).scalar_one() or "")


def add(session: Session, *, me: Me, committee_id: int, name: str) -> int:
    """A new branch, laid out at the next tick; returns its number. Raises Refused for a name that is taken."""
    _free(session, committee_id, name)
    number = terms.add_branch(session, committee_id=committee_id, name=name, campus="")
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
    before = found.name if what == "name" else campus(session, branch_id)
    if before == value:
        return False
    session.execute(sa.update(BRANCH).where(BRANCH.c.id == branch_id).values({what: value}))
    about = About("branch", branch_id, found.committee_id, branch_id)
    history.add(session, me, about, before={what: before}, after={what: value})
    return True


def _free(session: Session, committee_id: int, name: str, branch_id: int = 0) -> None:
    """Let a name pass that no other branch of a committee has or had; nobody else takes it meanwhile."""
    lock(session, COMMITTEE, committee_id)
    if any(one.name == name and one.id != branch_id for one in terms.branches_of(session, committee_id)):
        raise Refused(f"已经有{quoted(name)}了，请用别的名称。")
    whose = former_names(session, committee_id).get(name, branch_id)
    if whose != branch_id:
        now = terms.branch(session, whose).name
        raise Refused(f"{quoted(name)}是{now}的曾用名，会弄混，请用别的名称。")
