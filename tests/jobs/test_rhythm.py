"""The rhythm of digests, and the order of the school year: for the terms that are usual, and for any others."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pytest

from jobs.duties.calendar import COMMITTEE_NEEDS, TermDates, propose_terms
from jobs.duties.catalogue import Duty, read_duties
from jobs.duties.occurrences import Occurrence, answer_by, colour, occurrences
from jobs.duties.telling import ESCALATED, OVERDUE_TIMES, Rhythm, escalates, is_last, named
from jobs.duties.workdays import WorkDays
from tests.conftest import trials

CATALOGUE = read_duties("jinsong_2017")
DAYS = WorkDays()
DAY = timedelta(days=1)
AUTUMN, SPRING = propose_terms(2026)
ON_TIME, ON_TIME_AT_THE_END, BEHIND = 6, 8, 10  # digests a month, at most
DUE_ON_A_DAY = 3

Owed = tuple[Occurrence, Duty]
Digests = Mapping[date, Sequence[tuple[Owed, int]]]


def rhythm_of(*terms: TermDates) -> Rhythm:
    return Rhythm(DAYS, tuple((term.starts, term.ends) for term in terms))


def owed_in(*terms: TermDates, who: str = "branch") -> list[Owed]:
    """What a branch, or the committee itself, owes in these terms without that anything happened."""
    found = [
        (occurrence, duty)
        for n, term in enumerate(terms, start=1)
        for duty in CATALOGUE.values()
        if duty.who == who and not duty.event
        for occurrence in occurrences(duty, term, f"T{n}", DAYS)
    ]
    return sorted(found, key=lambda one: one[0].due)


def digests_of(*terms: TermDates, late: bool = False) -> Digests:
    """What a branch is told on each day, with its lead, that does everything on its day or (late) nothing."""
    rhythm, owed = rhythm_of(*terms), owed_in(*terms)
    found: dict[date, list[tuple[Owed, int]]] = {}
    for n in range((terms[-1].ends - terms[0].starts).days + 60):
        day = terms[0].starts + n * DAY
        if not rhythm.speaks(day):
            continue
        for occurrence, duty in owed:
            lead = named(occurrence, duty, rhythm, rhythm.spoke(day), day)
            if lead is not None and (late or lead >= 0):
                found.setdefault(day, []).append(((occurrence, duty), lead))
    return found


def of(key: str, due: date, opens: date | None = None) -> Owed:
    return Occurrence(key, "p", opens or due - timedelta(days=11), due), CATALOGUE[key]


def said(key: str, due: date, *, opens: date | None = None, until: date | None = None) -> list[str]:
    """The days on which something is named that is not done, from its opening on."""
    occurrence, duty = of(key, due, opens)
    rhythm = rhythm_of(AUTUMN, SPRING)
    days = [due - timedelta(days=n) for n in range(200, -200, -1)]
    return [
        f"{day:%m-%d}"
        for day in days
        if day <= (until or due)
        and rhythm.speaks(day)
        and named(occurrence, duty, rhythm, rhythm.spoke(day), day) is not None
    ]


# The rhythm -----------------------------------------------------------------------------------------------------


def test_what_falls_due_is_named_on_the_first_working_day_of_a_week_from_eleven_days_before() -> None:
    assert said("reports", date(2026, 11, 25)) == ["11-16", "11-23"]  # a Wednesday
    assert said("reports", date(2026, 11, 27)) == [
        "11-16",
        "11-23",
    ]  # a Friday: Monday the 16th is 11 days before
    assert said("reports", date(2026, 10, 8)) == ["09-28", "10-08"]  # 1 to 7 October are off


def test_a_party_day_is_named_once_more_on_the_eve_unless_it_just_was() -> None:
    assert said("party_day", date(2026, 11, 6)) == ["10-26", "11-02", "11-05"]
    assert said("party_day", date(2026, 11, 4)) == ["10-26", "11-02"]  # Monday says enough for Wednesday
    assert said("study", date(2026, 11, 20)) == ["11-09", "11-16"], "no other day of the duties has an eve"


def test_a_party_day_that_is_moved_off_a_holiday_is_named_before_it() -> None:
    for due in (date(2026, 10, 8), date(2027, 1, 4), date(2027, 5, 7)):
        assert len(said("party_day", due, until=due - DAY)) >= 1
    first = occurrences(CATALOGUE["party_day"], AUTUMN, "t", DAYS)[1]
    assert first.due == date(2026, 10, 8), "2 October is off"
    assert said("party_day", first.due, opens=first.opens) == ["09-28", "10-08"]


def test_what_is_overdue_is_named_by_eight_weekly_digests() -> None:
    late = said("plan", date(2026, 9, 18), until=date(2027, 1, 22))
    assert late[:2] == ["09-07", "09-14"]
    assert late[2:] == ["09-21", "09-28", "10-08", "10-12", "10-19", "10-26", "11-02", "11-09"]
    assert len(late[2:]) == OVERDUE_TIMES


def test_nobody_hears_anything_between_terms_and_the_first_digest_names_what_is_left() -> None:
    late = said("summary", date(2027, 1, 7), until=date(2027, 3, 8))
    assert late[2:] == ["01-11", "01-18", "02-22", "03-01", "03-08"]
    assert not rhythm_of(AUTUMN, SPRING).speaks(date(2027, 2, 17)), "a Wednesday"


def test_before_a_vacation_all_is_named_that_falls_due_in_it() -> None:
    review = occurrences(CATALOGUE["review"], SPRING, "t", DAYS)[0]
    assert review.due == date(2027, 7, 16), "a week after the term"
    rhythm = rhythm_of(AUTUMN, SPRING, propose_terms(2027)[0])
    last = rhythm.weekly(date(2027, 7, 1), date(2027, 7, 31))
    assert list(last) == [date(2027, 7, 5)]
    task = of("reports", date(2027, 8, 20), opens=date(2027, 7, 2))
    assert named(*task, rhythm, date(2027, 7, 2), last[0]) == 46


def test_what_needs_long_is_named_at_once_and_then_near_its_day() -> None:
    election = CATALOGUE["election"]
    assert election.ahead == 180
    due = date(2027, 6, 30)
    assert said("election", due, opens=due - timedelta(days=180)) == ["01-04", "06-21", "06-28"]


def test_what_was_held_is_asked_for_before_it_is_overdue() -> None:
    duty, due = CATALOGUE["party_day"], date(2026, 12, 4)  # a Friday
    by = answer_by(duty, due)
    assert by == date(2026, 12, 13), "until the end of the week in which it is asked for"
    assert [colour(day, due, by) for day in (due, due + 3 * DAY, by, by + DAY)] == ["🟠", "🟡", "🟠", "🔴"]
    assert answer_by(CATALOGUE["reports"], due) == due
    assert said("party_day", due, until=date(2026, 12, 21))[-3:] == ["12-07", "12-14", "12-21"]


def test_the_third_weekly_digest_that_names_something_as_overdue_shows_the_committee() -> None:
    rhythm = rhythm_of(AUTUMN, SPRING)
    for key, day in (
        ("plan", date(2026, 10, 8)),
        ("party_day", date(2026, 10, 12)),
    ):  # 28 September, and 8 October
        due = date(2026, 9, 18)
        assert escalates(CATALOGUE[key], due, rhythm, day - DAY, day), key
        assert not escalates(CATALOGUE[key], due, rhythm, due, day - DAY), key
    assert ESCALATED == 3


def test_the_last_word_before_something_is_due_is_known_as_such() -> None:
    party, rhythm = of("party_day", date(2026, 11, 6)), rhythm_of(AUTUMN, SPRING)
    assert [is_last(*party, rhythm, date(2026, 11, day)) for day in (2, 5, 9)] == [False, True, False]
    assert is_last(*of("reports", date(2026, 11, 25)), rhythm, date(2026, 11, 23))


def test_what_is_held_just_before_self_evaluation_closes_is_asked_for_before_it_closes() -> None:
    rhythm, closes = rhythm_of(AUTUMN, SPRING), date(2027, 1, 8)
    assert AUTUMN.closes == closes
    for key in ("party_day", "committee_meeting", "study"):
        held = occurrences(CATALOGUE[key], AUTUMN, "t", DAYS)[-1]
        assert held.due in (date(2027, 1, 4), date(2027, 1, 5))
        assert answer_by(CATALOGUE[key], held.due, held.closes) == closes
        assert named(held, CATALOGUE[key], rhythm, date(2027, 1, 6), date(2027, 1, 7)) == (
            (held.due - date(2027, 1, 7)).days
        ), "with the eve of 学期自评"
    study = CATALOGUE["study"]
    assert answer_by(study, date(2026, 12, 25), closes) == date(2027, 1, 3), "as ever, where there is time"
    assert answer_by(study, date(2027, 1, 12), closes) == date(2027, 1, 24), "held after it closed"


# The school year, for any terms ---------------------------------------------------------------------------------


def calendar(rng: random.Random) -> tuple[TermDates, TermDates]:
    """Two terms as a school may have them; the second begins after 春节."""
    year = rng.randrange(2012, 2036)

    def between(first: date, last: date) -> date:
        return first + timedelta(days=rng.randrange((last - first).days + 1))

    first = TermDates("一", between(date(year, 8, 25), date(year, 9, 12)), between(*_january(year + 1)))
    begins = between(date(year + 1, 2, 24), date(year + 1, 3, 8))
    return first, TermDates("二", begins, between(date(year + 1, 6, 28), date(year + 1, 7, 22)))


def _january(year: int) -> tuple[date, date]:
    return date(year, 1, 8), date(year, 1, 31)


def in_order(terms: tuple[TermDates, TermDates]) -> None:
    """自评 → 总支评价 → 年度评议 → 评选, with time for each, and all that feeds 自评 before it closes."""
    for term in terms:
        [own] = occurrences(CATALOGUE["self_sheet"], term, "t", DAYS)
        [rated] = occurrences(CATALOGUE["committee_sheets"], term, "t", DAYS)
        assert term.opens < own.due <= term.closes < rated.due <= term.ends
        between = [own.due + n * DAY for n in range(1, (rated.due - own.due).days + 1)]
        assert sum(map(DAYS.works, between)) >= COMMITTEE_NEEDS
        for occurrence, duty in owed_in(term):
            assert occurrence.duty == "self_sheet" or occurrence.due <= own.due, (occurrence, term)
            if duty.rule.startswith("每月"):
                assert occurrence.due < own.due, (occurrence, term)
    second = terms[1]
    [review] = occurrences(CATALOGUE["review"], second, "t", DAYS)
    assert review.due > rated.due
    assert review.due < date(second.ends.year, 8, 31), "within the school year"
    assert not occurrences(CATALOGUE["review"], terms[0], "t", DAYS)
    [award] = occurrences(CATALOGUE["award"], second, "t", DAYS, event=review.due)
    assert award.due > review.due


def calm(terms: tuple[TermDates, TermDates]) -> None:
    """At most three things on a day, none on 31 December or in the vacation, and all on working days."""
    owed = owed_in(*terms)
    assert max(Counter(occurrence.due for occurrence, _ in owed).values()) <= DUE_ON_A_DAY, terms
    for occurrence, _ in owed:
        assert DAYS.works(occurrence.due)
        assert (occurrence.due.month, occurrence.due.day) != (12, 31)
        assert any(term.starts < occurrence.due <= term.ends for term in terms), occurrence


def not_forgotten(terms: tuple[TermDates, TermDates]) -> None:
    """Everything is named one to eleven days before its day; nobody who does it on its day hears of it later."""
    heard: dict[Occurrence, list[int]] = {}
    for told in digests_of(*terms).values():
        for (occurrence, _), lead in told:
            heard.setdefault(occurrence, []).append(lead)
    for occurrence, _ in owed_in(*terms):
        assert any(1 <= lead <= 11 for lead in heard[occurrence]), (occurrence, heard[occurrence], terms)


def asked_in_time(terms: tuple[TermDates, TermDates]) -> None:
    """What is held is asked for, or was just announced, before it is late and before the self-evaluation closes."""
    rhythm = rhythm_of(*terms)
    for occurrence, duty in owed_in(*terms):
        if duty.held:
            by = answer_by(duty, occurrence.due, occurrence.closes)
            assert occurrence.due <= by <= occurrence.closes
            told = [named(occurrence, duty, rhythm, occurrence.due, by)]
            told.append(named(occurrence, duty, rhythm, occurrence.due - 4 * DAY, occurrence.due))
            assert any(lead is not None for lead in told), (occurrence, terms)


def few(terms: tuple[TermDates, TermDates]) -> None:
    """So many digests a month, and not more."""
    last = {f"{day:%Y-%m}" for term in terms for day in (DAYS.previous_working(term.closes), term.ends)}
    for late in (False, True):
        months = Counter(f"{day:%Y-%m}" for day in digests_of(*terms, late=late))
        for month, count in months.items():
            assert count <= (BEHIND if late else ON_TIME_AT_THE_END if month in last else ON_TIME), (
                month,
                terms,
            )


@pytest.mark.random
@pytest.mark.parametrize("seed", range(trials(100)))
def test_the_year_is_in_order_and_calm_and_nothing_is_forgotten_whatever_its_terms(seed: int) -> None:
    terms = calendar(random.Random(seed))
    in_order(terms)
    calm(terms)
    not_forgotten(terms)
    asked_in_time(terms)
    few(terms)


def test_the_proposed_terms_are_in_order_and_calm() -> None:
    for year in range(2020, 2040):
        in_order(propose_terms(year))
        calm(propose_terms(year))
