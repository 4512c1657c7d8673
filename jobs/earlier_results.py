"""整改 after results that were published before this program knew of it: asked for once, from today on."""

from datetime import datetime, timedelta
from typing import Final

from bot.permissions import Me, Rater
from bot.store import heartbeat, laying_out, rectifications, results, roll, terms
from bot.store.database import Database, Session
from bot.values import Term
from scoring.rectification import reasons

FOLLOWED: Final = timedelta(days=14 + 6 * 30)
"""How long a result is followed by 整改 (decision: fourteen days for the plan, six months); older ones are past."""
_DONE = "plans_owed"


def owe_plans(database: Database, now: datetime) -> None:
    """Ask for a plan where the newest published result of a branch asks for one and nobody did; once in a database's
    life, for publication does it ever since.

    The days of a plan are counted from today, so that nothing is late that nobody was told of. What was asked for, or
    asked for and no longer, stays as it is.
    """
    with database.read() as session:
        if heartbeat.last(session, _DONE) is not None:
            return
        found = terms.newest_published(session, since=now - FOLLOWED)
    for term in found:
        _owe(database, term, now)
    with database.write() as session:
        need_none(session, now)


def need_none(session: Session, now: datetime) -> None:
    """Note that no result of this database is to be asked for a plan that was not."""
    heartbeat.beat(session, _DONE, now)


def _owe(database: Database, term: Term, now: datetime) -> None:
    """In one unit of work: what is amended meanwhile comes before or after it."""
    me, committee = Me(0, "", now), term.committee_id
    with database.write() as session:
        terms.to_publish(session, term.id)
        plans = rectifications.of_committee(session, committee_id=committee, term_id=term.id)
        asked = {plan.branch.id for plan in plans if plan.owed_on is not None}
        rated = results.of_committee(session, term_id=term.id, committee_id=committee)
        owed = [
            rectifications.owe(session, me=me, branch=branch, term=term, why=reasons(sheet), on=now.date())
            for branch in roll.of_term(session, term)
            if branch.id not in asked
            and (sheet := rated.get((branch.id, Rater.COMMITTEE)))
            and sheet.submitted
        ]
        if any(owed):
            laying_out.lay_out_again(session, committee_id=committee)
