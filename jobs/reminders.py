"""What each body owes and what its people are told: laid out and owed once a day, from what the database says.

The database is the truth: each committee carries the last day on which it was laid out and the last one for which
its people were reminded, so a tick that finds today everywhere does nothing more, and one that comes late, after days
of downtime, reminds once of everything that fell in between. Nothing is sent here: notices go into the outbox.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from sqlmodel import Session

from bot.actions import Reminder, day_number, number_day, read, wire
from bot.store import duties, heartbeat, notices, people, terms
from bot.store.arrangements import Arrangements, arrangements
from bot.store.database import Database
from bot.store.duties import Wanted
from bot.store.notices import DIGEST, Owed
from bot.store.preferences import Preference, preferences, snoozed_in
from jobs import hours
from jobs.duties import Duty, Occurrence, duty_of, escalates, occurrences, read_duties, reminded
from jobs.hours import begins_week

LOOK_BACK = timedelta(weeks=9)  # overdue work is asked for during eight weeks
LOOK_AHEAD = timedelta(days=220)  # the longest lead, and the rest days it may be moved over
ONE_DAY = timedelta(days=1)
log = structlog.get_logger()
SNOOZED = -1000  # the lead of what is said only because somebody put it off


def tick(database: Database, now: datetime) -> None:
    """Lay out and remind where today has not been. Costs one short query and a heartbeat when all is done."""
    today = now.date()
    with database.read() as session:
        waiting = duties.waiting(session, today=today)
    quiet = now >= hours.closing(today, now)
    for committee_id, laid_out, told in waiting:
        if laid_out and quiet:
            continue
        try:
            with database.write() as session:
                duties.hold_plan(session, committee_id=committee_id)
                if not laid_out:
                    lay_out(session, committee_id, today)
                if not told and not quiet:
                    remind(session, committee_id, now)
        except Exception:  # the next tick tries again; the other committees do not wait for it
            log.exception("a committee could not be laid out or reminded", committee=committee_id)
    with database.write() as session:
        heartbeat.beat(session, "tick", now)


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


# Reminding ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that falls to be said on a day: the occurrence, its branch (None: the committee's own), its lead.

    `title` is that of a task the committee gave.
    """

    number: int
    branch_id: int | None
    occurrence: Occurrence
    title: str
    lead: int


@dataclass(frozen=True, slots=True)
class Digest:
    """What one person is told on a day, and whether it is the last reminder before something is overdue."""

    person_id: int
    told: tuple[Told, ...]
    last: bool


def remind(session: Session, committee_id: int, now: datetime) -> None:
    """Owe everybody in a committee today's digest: what falls to be said since the last one, and what was missed."""
    today = now.date()
    since = duties.reminded_on(session, committee_id) or today - ONE_DAY
    if since >= today:
        return
    arranged = arrangements(session, committee_id, read_duties())
    since = min(since, arranged.days.previous_working(today - ONE_DAY))  # nothing was said on days of rest
    if arranged.days.works(today):
        missed = notices.take_missed(session, committee_id=committee_id, now=now)
        begun = {person: min(map(_since, actions)) for person, actions in missed.items()}
        found = digests(session, committee_id, arranged, since, today)
        for earlier in sorted(set(begun.values()), reverse=True):
            again = digests(session, committee_id, arranged, min(earlier, since), today)
            found |= {person: digest for person, digest in again.items() if begun.get(person) == earlier}
        wishes = preferences(session, found)
        notices.owe(
            session,
            committee_id=committee_id,
            notices=[
                _owed(digest, wishes.get(person, Preference()), min(begun.get(person, since), since), now)
                for person, digest in found.items()
                if not wishes.get(person, Preference()).muted(today)
            ],
        )
    duties.reminded(session, committee_id=committee_id, today=today)


def _since(action: str) -> date:
    match read(action):
        case Reminder(_, since):
            return number_day(since)
    raise ValueError(f"{action} is no digest")


def _owed(digest: Digest, wish: Preference, since: date, now: datetime) -> Owed:
    today = now.date()
    return Owed(
        digest.person_id,
        f"{DIGEST}{today.isoformat()}",
        wire(Reminder(day_number(today), day_number(since))),
        max(now, hours.at(today, wish.minute, digest.person_id, now)),
        hours.closing(today, now),
        last=digest.last,
    )


def digests(
    session: Session, committee_id: int, arranged: Arrangements, since: date, today: date
) -> dict[int, Digest]:
    """Who hears what today: everything still open that has a reminder after `since`, by person."""
    snoozed = snoozed_in(session, committee_id, since)
    branches = people.in_branches(session, committee_id)
    committee = people.in_committee(session, committee_id)
    found: dict[int, list[Told]] = {}
    for told in _told(session, committee_id, arranged, snoozed, since, today):
        hearers = branches.get(told.branch_id, ()) if told.branch_id else committee
        wishes = snoozed.get(told.number, {})
        for person in hearers:
            until = wishes.get(person)
            if (until is None and told.lead != SNOOZED) or (until is not None and until <= today):
                found.setdefault(person, []).append(told)
        if told.branch_id and escalates(told.occurrence.due, arranged.days, since, today):
            for person in committee:
                found.setdefault(person, [])
    if begins_week(today, arranged.days):
        weekly = preferences(session, committee)
        for person in committee:
            if weekly.get(person, Preference()).weekly:
                found.setdefault(person, [])
    return {
        person: Digest(person, tuple(all_told), any(told.lead == 0 for told in all_told))
        for person, all_told in found.items()
    }


def _told(
    session: Session,
    committee_id: int,
    arranged: Arrangements,
    snoozed: Mapping[int, object],
    since: date,
    today: date,
) -> Iterator[Told]:
    """Every open occurrence with a reminder after `since`, and those that somebody put off; each with its lead."""
    catalogue = read_duties()
    leads = _Leads(catalogue, arranged, since, today)
    groups = duties.open_groups(
        session,
        committee_id=committee_id,
        since=today - LOOK_BACK,
        until=today + LOOK_AHEAD,
        committee_too=True,
    )
    bodies = (None, *arranged.own_choices)
    speaking = [
        (g.duty, g.period, g.due)
        for g in groups
        if any(leads.of(body, Occurrence(g.duty, g.period, g.opens, g.due)) is not None for body in bodies)
    ]
    if not speaking and not snoozed:
        return
    rows = duties.open_alike(session, committee_id=committee_id, groups=speaking, also=snoozed)
    titles = {(g.duty, g.period): g.assigned for g in groups}
    for number, branch_id, duty, period, opens, due in rows:
        occurrence = Occurrence(duty, period, opens, due)
        lead = leads.of(branch_id, occurrence)
        if lead is None and number in snoozed:
            lead = SNOOZED
        if lead is not None:
            yield Told(number, branch_id, occurrence, titles.get((duty, period), ""), lead)


class _Leads:
    """The lead of the last reminder of an occurrence in a span of days; each kind is worked out once."""

    def __init__(
        self, catalogue: Mapping[str, Duty], arranged: Arrangements, since: date, until: date
    ) -> None:
        self._catalogue, self._arranged = catalogue, arranged
        self._since, self._until = since, until
        self._found: dict[tuple[date, date, tuple[int, ...]], int | None] = {}

    def of(self, branch_id: int | None, occurrence: Occurrence) -> int | None:
        duty = duty_of(occurrence.duty, "", self._catalogue)
        if duty is None:
            return None
        leads = self._arranged.of(duty, branch_id).leads
        key = (occurrence.opens, occurrence.due, leads)
        if key not in self._found:
            self._found[key] = reminded(occurrence, leads, self._arranged.days, self._since, self._until)
        return self._found[key]
