"""Who is told what: one rule, and the same answer for what is owed to people and for what they are shown."""

from datetime import date, timedelta

import sqlalchemy as sa

from bot.actions import Reminder, day_number
from bot.dialogue.reminding import tasks_in
from bot.dialogue.work import Work
from bot.store import duties, preferences
from bot.store.arrangements import arrangements
from bot.store.tables import OCCURRENCE
from jobs import reminders
from jobs.duties.calendar import propose_terms
from jobs.duties.catalogue import read_duties
from jobs.duties.telling import LOOK_BACK, Rhythm, sums_up, tells, tells_committee
from jobs.duties.workdays import WorkDays
from tests.conftest import Clock
from tests.phone import World

RHYTHM = Rhythm(WorkDays(), tuple((term.starts, term.ends) for term in propose_terms(2026)))
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def test_who_put_it_off_hears_of_it_then_and_not_before() -> None:
    assert tells(5, None, MONDAY)
    assert tells(0, None, MONDAY)
    assert not tells(None, None, MONDAY)
    assert not tells(5, TUESDAY, MONDAY)
    assert tells(None, TUESDAY, TUESDAY)


def test_the_committee_hears_of_what_is_three_weeks_late_and_weekly_if_it_wants() -> None:
    plan, before = read_duties("jinsong_2017")["plan"], MONDAY - timedelta(days=3)
    assert sums_up(RHYTHM, before, MONDAY, weekly=True)
    assert not sums_up(RHYTHM, before, MONDAY, weekly=False)
    assert not sums_up(RHYTHM, MONDAY, TUESDAY, weekly=True)
    assert sums_up(RHYTHM, before, TUESDAY, weekly=True), "on Monday nothing could be said"
    late, soon = TUESDAY - timedelta(weeks=3), TUESDAY + timedelta(days=2)
    assert tells_committee(plan, late, RHYTHM, before, MONDAY, weekly=False)
    assert not tells_committee(plan, late, RHYTHM, MONDAY, TUESDAY, weekly=False)
    assert not tells_committee(plan, soon, RHYTHM, MONDAY, TUESDAY, weekly=True)
    assert tells_committee(plan, soon, RHYTHM, before, MONDAY, weekly=True)


def test_what_somebody_is_owed_is_what_their_screen_shows(world: World, clock: Clock) -> None:
    reminders.tick(world.database, clock())
    me = world.me("secretary of 新源里")
    with world.database.write() as session:
        put_off = [
            owed.id for owed, _ in tasks_in(_work(world, session, "secretary of 新源里"), _reminder(28, 25))
        ]
        assert len(put_off) > 3
        preferences.snooze(
            session, person_id=me.person_id or 0, occurrences=put_off[:2], until=date(2026, 12, 30)
        )
    seen = 0
    for day in (28, 29, 30, 31):
        with world.database.read() as session:
            arranged = arrangements(session, 1)
            owed = reminders.digests(session, 1, arranged, date(2026, 12, day - 3), date(2026, 12, day))
            for who in world.PERSONAS:
                person = world.me(who).person_id
                told = {one.number for one in owed[person].told} if person in owed else set()
                shown = {one.id for one, _ in tasks_in(_work(world, session, who), _reminder(day, day - 3))}
                assert told == shown, (day, who)
                seen += len(shown)
    assert seen > 50


def _reminder(day: int, since: int) -> Reminder:
    return Reminder(day_number(date(2026, 12, day)), day_number(date(2026, 12, since)))


def _work(world: World, session: object, who: str) -> Work:
    return Work(session, world.me(who), world.evidence, lambda code: [])  # type: ignore[arg-type]


def test_what_was_put_off_is_told_and_shown_however_late_it_is(world: World, clock: Clock) -> None:
    reminders.tick(world.database, clock())
    who, branch, term = "secretary of 新源里", world.branches[3], world.terms[0]
    me = world.me(who)
    with world.database.write() as session:
        oldest = duties.of_branch(session, branch_id=branch.id, term_id=term.id)[0]
        assert not oldest.done
        long_ago = date(2026, 12, 28) - LOOK_BACK
        session.execute(sa.update(OCCURRENCE).where(OCCURRENCE.c.id == oldest.id).values(due=long_ago))
        until = date(2026, 12, 29)
        preferences.snooze(session, person_id=me.person_id or 0, occurrences=[oldest.id], until=until)
    with world.database.read() as session:
        owed = reminders.digests(session, 1, arrangements(session, 1), date(2026, 12, 28), until)
        assert oldest.id in {one.number for one in owed[me.person_id or 0].told}
        shown = tasks_in(_work(world, session, who), _reminder(29, 28))
        assert oldest.id in {one.id for one, _ in shown}
