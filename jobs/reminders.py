"""What each body owes and what its people are told: laid out and owed once a day, from what the database says.

The database is the truth: each committee carries the last day on which it was laid out and the last one for which
its people were reminded, so a tick that finds today everywhere does nothing more, and one that comes late, after days
of downtime, reminds once of everything that fell in between. Nothing is sent here: notices go into the outbox.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from time import sleep

import structlog

from bot.actions import Reminder, day_number, number_day, read, wire
from bot.permissions import Me, Role
from bot.store import (
    chats,
    duties,
    heartbeat,
    joining,
    laying_out,
    notices,
    outbox,
    rectifications,
    review,
    roll,
    seats,
    terms,
)
from bot.store.arrangements import Arrangements, arrangements
from bot.store.database import Database, Session
from bot.store.laying_out import Share, Wanted
from bot.store.notices import DIGEST, Owed
from bot.store.preferences import Preference, preferences, silent_until, snoozed_in
from jobs import earlier_results
from jobs.duties import hours
from jobs.duties.assignments import duty_of
from jobs.duties.catalogue import Duty, read_duties
from jobs.duties.occurrences import Occurrence, occurrences
from jobs.duties.telling import (
    LOOK_AHEAD,
    LOOK_BACK,
    Rhythm,
    asks_for_term,
    is_last,
    named,
    sums_up,
    tells,
    tells_committee,
    told_late,
)

ONE_DAY = timedelta(days=1)
LARGE = 100  # branches, up to which all is laid out in a few hundredths of a second
AT_ONCE = 1000  # rows that are written in one unit of work, so that nobody waits long for it
HOURLY = timedelta(hours=1)
BREATH = 0.01  # seconds between two units of work, in which those who wait for the database get it

log = structlog.get_logger()


def tick(database: Database, now: datetime) -> None:
    """Lay out and remind where today has not been; once an hour, forget strangers.

    Costs four short queries and a heartbeat when all is done. A last tick that is to come says that the clock was set
    back meanwhile.
    """
    today = now.date()
    try:
        earlier_results.owe_plans(database, now)
    except Exception:  # the next tick tries again
        log.exception("results that were published before could not be asked for plans")
    with database.read() as session:
        waiting = laying_out.waiting(session, today=today)
        forgot = heartbeat.last(session, "strangers")
        last = heartbeat.last(session, "tick")
    if last is not None and last > now + heartbeat.AHEAD:
        with database.write() as session:
            outbox.set_back(session, now=now)
    quiet = now >= hours.closing(today, now)
    for committee_id, laid_out, told in waiting:
        try:
            if not laid_out:
                _close_short(database, committee_id, now)
                _lay_out(database, committee_id, today)
            if not told and not quiet:
                _remind(database, committee_id, now)
        except Exception:  # the next tick tries again; the other committees do not wait for it
            log.exception("a committee could not be laid out or reminded", committee=committee_id)
    if forgot is None or not timedelta(0) <= now - forgot < HOURLY:
        try:
            forget_strangers(database, now)
        except Exception:
            log.exception("strangers could not be forgotten")
    with database.write() as session:
        heartbeat.beat(session, "tick", now)


def forget_strangers(database: Database, now: datetime) -> None:
    """Delete the addresses that are nobody's and said nothing for a day, a number of them at a time."""
    found = AT_ONCE
    while found == AT_ONCE:
        with database.write() as session:
            found = chats.forget_strangers(session, before=now - ONE_DAY, limit=AT_ONCE)
            heartbeat.beat(session, "strangers", now)
        sleep(BREATH)


def _close_short(database: Database, committee_id: int, now: datetime) -> None:
    """What was answered with too little was waited for till its day: now it is done, as it was answered."""
    today = now.date()
    with database.write() as session:
        duties.close_short(
            session,
            committee_id=committee_id,
            since=today - LOOK_BACK,
            until=today - ONE_DAY,
            me=Me(0, "", now),
        )


# Laying out ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """What the bodies of a committee are to owe in its terms."""

    committee_id: int
    term_ids: tuple[int, ...]
    shares: tuple[Share, ...]
    branches: Mapping[int, frozenset[int]]
    """Who is asked for anything, by term."""
    rhythm: Rhythm
    said: date | None
    """The last day on which anything was said: what is new since then is told of late; None: nothing ever was."""

    def steps(self, session: Session) -> tuple[Callable[[Session], object], ...]:
        """What makes it so: units of work that are short in a committee of any size and may be repeated."""
        number = self.committee_id
        standing = laying_out.standing(session, committee_id=number, term_ids=self.term_ids)
        gone = laying_out.outdated(session, committee_id=number, term_ids=self.term_ids, shares=self.shares)
        asked_after = {share.duty for share in self.shares if share.event}
        gone += laying_out.done_with(session, committee_id=number, but=sorted(asked_after))
        return (
            *(
                partial(laying_out.withdraw, occurrences=gone[start : start + AT_ONCE])
                for start in range(0, len(gone), AT_ONCE)
            ),
            *(
                partial(
                    laying_out.lay_out,
                    committee_id=number,
                    share=share,
                    wanted=wanted,
                    told_on=told_late(wanted.due, self.rhythm, self.said) if self.said else None,
                )
                for share in self.shares
                for wanted in share.wanted
                if not self._stands(share, wanted, standing)
            ),
        )

    def _stands(self, share: Share, wanted: Wanted, standing: Counter[tuple[bool, str, Wanted]]) -> bool:
        """Whether everybody owes this already; of those who chose for themselves nobody knows."""
        own = share.bodies == (0,)
        if not own and share.bodies is not None:
            return False
        done = replace(wanted, opens=date.min, due=date.min)
        count = standing[own, share.duty, wanted] + standing[own, share.duty, done]
        chose = (s.bodies for s in self.shares if s.duty == share.duty and s.bodies)
        return count >= (1 if own else len(self.branches[wanted.term_id].difference(*chose)))


def lay_out(session: Session, committee_id: int, today: date) -> None:
    """Make a committee's open occurrences what its terms, calendar and choices ask for, in one unit of work."""
    laying_out.hold_plan(session, committee_id=committee_id)
    for step in plan(session, committee_id, today).steps(session):
        step(session)
    laying_out.laid_out(session, committee_id=committee_id, today=today)


def _lay_out(database: Database, committee_id: int, today: date) -> None:
    """As lay_out(), but in a large committee letting others write in between.

    What they changed is found at the end: then today is not noted, and the next tick does it again.
    """
    with database.read() as session:
        large = terms.count_branches(session, committee_id) > LARGE
        wanted = plan(session, committee_id, today) if large else None
        steps = wanted.steps(session) if wanted else ()
    if wanted is None:
        with database.write() as session:
            lay_out(session, committee_id, today)
        return
    for step in steps:
        with database.write() as session:
            laying_out.hold_plan(session, committee_id=committee_id)
            step(session)
        sleep(BREATH)
    with database.write() as session:
        laying_out.hold_plan(session, committee_id=committee_id)
        if plan(session, committee_id, today) == wanted:
            laying_out.laid_out(session, committee_id=committee_id, today=today)


def plan(session: Session, committee_id: int, today: date) -> Plan:
    """What a committee's terms, calendar and choices ask for."""
    current = [t for t in terms.terms_of(session, [committee_id]) if t.ends >= today - LOOK_BACK]
    begins = terms.begins_on(session, committee_id) or date.min
    found: dict[tuple[str, tuple[int, ...] | None], dict[str, Wanted]] = {}
    arranged = arrangements(session, committee_id)
    for term in current:
        for duty in read_duties(term.edition).values():
            if duty.event is not None:
                continue
            for bodies, choices in arranged.shares(duty):
                coming = occurrences(duty, term.dates, term.key, arranged.days, *choices)
                wanted = found.setdefault((duty.key, bodies), {})
                wanted |= {
                    o.period: Wanted(term.id, o.period, o.opens, o.due) for o in coming if o.due >= begins
                }
    shares = tuple(Share(duty, bodies, tuple(wanted.values())) for (duty, bodies), wanted in found.items())
    shares += tuple(_after_results(session, committee_id, arranged, begins))
    shares += tuple(_after_review(session, committee_id, arranged, begins))
    branches = roll.asked_in(session, [term.id for term in current])
    reminded = laying_out.reminded_on(session, committee_id)
    said = max(min(reminded, today), today - ONE_DAY) if reminded else None
    return Plan(committee_id, tuple(t.id for t in current), shares, branches, arranged.rhythm, said)


def _after_results(
    session: Session, committee_id: int, arranged: Arrangements, begins: date
) -> Iterator[Share]:
    """What follows from published results: which branches owe 整改, from the day on which theirs asked for it.

    A plan is followed beyond its term, for as long as it is not done.
    """
    found: dict[tuple[str, int], list[Wanted]] = {}
    for owed in rectifications.owing(session, committee_id):
        term = owed.term
        for duty in read_duties(term.edition).values():
            if duty.event != "result":
                continue
            choices = arranged.choices_for(owed.branch_id, duty.key)
            coming = occurrences(duty, term.dates, term.key, arranged.days, *choices, event=owed.since)
            found.setdefault((duty.key, owed.branch_id), []).extend(
                Wanted(term.id, o.period, o.opens, o.due)
                for n, o in enumerate(coming)
                if o.due >= begins and (n or not owed.submitted)  # the first asks for the plan itself
            )
    for (key, branch), wanted in found.items():
        yield Share(key, (branch,), tuple(wanted), event=True)


def _after_review(
    session: Session, committee_id: int, arranged: Arrangements, begins: date
) -> Iterator[Share]:
    """What follows from a school year's end: 评选 once a round is closed, 展示交流 of the winner in the term after."""
    every = sorted(terms.terms_of(session, [committee_id]), key=lambda term: term.starts)
    for event in review.events(session, committee_id):
        of_year = [term for term in every if term.year == event.year]
        later = [term for term in every if term.year > event.year and term.ends >= event.on]
        for term in (later if event.branch_id else of_year[-1:])[:1]:
            for duty in read_duties(term.edition).values():
                if duty.event != event.kind:
                    continue
                choices = arranged.choices_for(event.branch_id, duty.key)
                coming = occurrences(duty, term.dates, term.key, arranged.days, *choices, event=event.on)
                wanted = tuple(
                    # An award that is given late in the term leaves it until the term ends.
                    Wanted(term.id, o.period, o.opens, o.due if o.due >= event.on else term.ends)
                    for o in coming
                    if o.due >= begins
                )
                yield Share(duty.key, (event.branch_id,), wanted, event=True)


# Reminding ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that falls to be said on a day: the occurrence, its branch (None: the committee's own), its lead.

    Without a lead it is said only to who put it off.
    """

    number: int
    branch_id: int | None
    occurrence: Occurrence
    duty: Duty
    lead: int | None


@dataclass(frozen=True, slots=True)
class Digest:
    """What one person is told on a day, and whether it is the last reminder before something is overdue."""

    person_id: int
    told: tuple[Told, ...]
    last: bool


def _remind(database: Database, committee_id: int, now: datetime) -> None:
    """Owe everybody in a committee today's digest: what falls to be said since the last one, and what was missed.

    In short units of work, a number of persons each: what was missed is taken away where what holds it is put.
    """
    today = now.date()
    with database.read() as session:
        since = laying_out.reminded_on(session, committee_id)
        if since is not None and since > today:  # the clock was wrong that day
            since = today - ONE_DAY
        if since == today:
            return
        due = _due(session, committee_id, since, now)
    if due is None:
        return
    found, begun, since = due
    persons = sorted(found.keys() | begun.keys())
    for start in range(0, len(persons), AT_ONCE):
        if start:
            sleep(BREATH)
        some = persons[start : start + AT_ONCE]
        with database.write() as session:
            laying_out.hold_plan(session, committee_id=committee_id)
            notices.void_missed(session, committee_id=committee_id, person_ids=some, now=now)
            wishes = preferences(session, some)
            notices.owe(
                session,
                committee_id=committee_id,
                notices=[
                    _owed(found[person], wish, min(begun.get(person, since), since), now)
                    for person, wish in ((person, wishes.get(person, Preference())) for person in some)
                    if person in found and not wish.muted(today)
                ],
            )
    with database.write() as session:
        laying_out.reminded(session, committee_id=committee_id, today=today)


def _due(
    session: Session, committee_id: int, since: date | None, now: datetime
) -> tuple[dict[int, Digest], dict[int, date], date] | None:
    """Today's digests by person, since when those lack one who missed some, and since when all others.

    Nobody hears on a day of rest or between terms. None: back on such a day, the next that is not has to look back as
    far. A committee that was never reminded is told what its week's digest would have said.
    """
    today = now.date()
    arranged = arrangements(session, committee_id)
    before = arranged.rhythm.spoke(today)
    if since is None:
        begins_week = arranged.rhythm.weekly(before, today)
        since = before if begins_week else arranged.rhythm.begun(today) - ONE_DAY
    if not arranged.rhythm.speaks(today):
        return None if since < before else ({}, {}, since)
    since = min(since, before)  # nothing was said on days of rest
    begun = silenced(session, committee_id, arranged, since, now)
    for person, actions in notices.missed(session, committee_id=committee_id, now=now).items():
        begun[person] = min(begun.get(person, since), *map(_since, actions))
    return all_digests(session, committee_id, arranged, since, today, begun), begun, since


def silenced(
    session: Session, committee_id: int, arranged: Arrangements, since: date, now: datetime
) -> dict[int, date]:
    """Since when those have heard nothing who missed the last weekly digest: they were silent, and may hear again since
    the day `since`, or took their seat since that day."""
    rhythm, today = arranged.rhythm, now.date()
    weekly = rhythm.begun(today)
    heard = (f"{DIGEST}{weekly.isoformat()}", f"{DIGEST}{(today - ONE_DAY).isoformat()}")
    persons = silent_until(session, committee_id, since - ONE_DAY, today, heard)
    if not rhythm.weekly(today - ONE_DAY, today):
        midnight = datetime.combine(since, time(), now.tzinfo)
        persons += seats.new_in(session, committee_id, since=midnight, now=now, heard=heard)
    return dict.fromkeys(persons, weekly - ONE_DAY)


def all_digests(
    session: Session,
    committee_id: int,
    arranged: Arrangements,
    since: date,
    today: date,
    begun: Mapping[int, date],
) -> dict[int, Digest]:
    """Who hears what today: what falls to be said after `since`, or for some after a day on which it has `begun`."""
    found = digests(session, committee_id, arranged, since, today)
    for earlier in sorted(set(begun.values()), reverse=True):
        again = digests(session, committee_id, arranged, min(earlier, since), today)
        found |= {person: digest for person, digest in again.items() if begun.get(person) == earlier}
    return found


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
    """Who hears what today: everything still open that is named after `since`, by person."""
    snoozed = snoozed_in(session, committee_id, since)
    branches = seats.in_branches(session, committee_id)
    committee = seats.in_committee(session, committee_id)
    rhythm = arranged.rhythm
    weekly, ask_for_term = rhythm.weekly(since, today), asks_for_term(rhythm, since, today)
    late: dict[tuple[Duty, date], bool] = {}
    found: dict[int, list[Told]] = {}
    for told in _told(session, committee_id, arranged, snoozed, since, today):
        hearers = branches.get(told.branch_id, ()) if told.branch_id else committee
        wishes = snoozed.get(told.number, {})
        for person in hearers:
            if tells(told.lead, wishes.get(person), today):
                found.setdefault(person, []).append(told)
        what = (told.duty, told.occurrence.counts_from)
        if told.branch_id and what not in late:
            late[what] = tells_committee(*what, rhythm, since, today, weekly=False)
    asked = seats.in_committee(session, committee_id, Role.ADMINISTRATOR) if ask_for_term else ()
    news = joining.hear_of_newcomers(session, committee_id=committee_id, day=today) if weekly else ()
    for person in (*asked, *news):
        found.setdefault(person, [])
    wanted = preferences(session, committee) if sums_up(rhythm, since, today, weekly=True) else {}
    for person in committee:
        if any(late.values()) or wanted.get(person, Preference()).weekly:
            found.setdefault(person, [])
    return {
        person: Digest(
            person, tuple(all_told), any(is_last(t.occurrence, t.duty, rhythm, today) for t in all_told)
        )
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
    """Every open occurrence that is named after `since`, and those that somebody put off; each with its lead."""
    groups = duties.open_groups(
        session,
        committee_id=committee_id,
        since=today - LOOK_BACK,
        until=today + LOOK_AHEAD,
        committee_too=True,
    )
    alike = {(g.duty, g.period): g for g in groups}

    @cache  # many branches owe alike
    def lead(occurrence: Occurrence) -> tuple[Duty | None, int | None]:
        group = alike.get((occurrence.duty, occurrence.period))
        duty = duty_of(occurrence.duty, group.assigned if group else "", arranged.edition)
        return duty, named(occurrence, duty, arranged.rhythm, since, today) if duty else None

    usual = ((Occurrence(g.duty, g.period, g.opens, g.due, g.closes), g.told_on) for g in groups)
    # Where some are told on days of their own, each is looked at.
    speaking = [(o.duty, o.period, o.due) for o, told in usual if told or lead(o)[1] is not None]
    if not speaking and not snoozed:
        return
    rows = duties.open_alike(session, committee_id=committee_id, groups=speaking, also=snoozed)
    for number, branch_id, key, period, opens, due, told_on in rows:
        group = alike.get((key, period))
        occurrence = Occurrence(key, period, opens, due, group.closes if group else date.max, told_on)
        duty, days = lead(occurrence)
        if duty and (days is not None or number in snoozed):
            yield Told(number, branch_id, occurrence, duty, days)
