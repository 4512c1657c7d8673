"""What each body owes, laid out from the catalogue, the terms and the calendar.

The database is the truth: each committee carries the last day on which it was laid out, and a tick that finds today
everywhere does nothing more.
"""

from datetime import date, datetime, timedelta

from sqlmodel import Session

from bot.store import duties, terms
from bot.store.arrangements import arrangements
from bot.store.database import Database
from bot.store.duties import Wanted
from jobs.duties import occurrences, read_duties

LOOK_BACK = timedelta(weeks=9)  # overdue work is asked for during eight weeks


def tick(database: Database, now: datetime) -> None:
    """Lay out what is not laid out today. Costs one short query when all is."""
    today = now.date()
    with database.read() as session:
        unlaid = duties.unlaid(session, today=today)
    for committee_id in unlaid:
        with database.write() as session:
            lay_out(session, committee_id, today)


def lay_out(session: Session, committee_id: int, today: date) -> None:
    """Make a committee's open occurrences what its terms, calendar and choices ask for."""
    duties.hold_plan(session, committee_id=committee_id)
    current = [t for t in terms.terms_of(session, [committee_id]) if t.ends >= today - LOOK_BACK]
    branches = terms.branches_of(session, committee_id)
    wanted: list[Wanted] = []
    for term in current:
        catalogue = read_duties(term.edition)
        arranged = arrangements(session, committee_id, catalogue)
        for duty in catalogue.values():
            usual = occurrences(
                duty, term.dates, f"T{term.id}", arranged.days, *arranged.choices_for(None, duty.key)
            )
            for body in [None] if duty.who == "committee" else [branch.id for branch in branches]:
                found = usual
                if (body, duty.key) in arranged.choices:
                    chosen = arranged.choices_for(body, duty.key)
                    found = occurrences(duty, term.dates, f"T{term.id}", arranged.days, *chosen)
                wanted += [Wanted(body, term.id, o.duty, o.period, o.opens, o.due) for o in found]
    duties.lay_out(session, committee_id=committee_id, term_ids=[t.id for t in current], wanted=wanted)
    duties.laid_out(session, committee_id=committee_id, today=today)
