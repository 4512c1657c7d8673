"""On which days an occurrence is spoken of, and in which colour."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.duties.occurrences import OVERDUE_WEEKS, Occurrence, colour, reminder_days
from jobs.duties.workdays import WorkDays

DAYS = WorkDays()


def said(opens: date, due: date, *leads: int) -> list[tuple[date, int]]:
    return [(day, n) for day, n in reminder_days(Occurrence("x", "p", opens, due), leads, DAYS) if n >= 0]


def test_a_lead_day_without_work_moves_to_the_day_before() -> None:
    assert said(date(2026, 10, 1), date(2026, 11, 6), 5, 1) == [
        (date(2026, 10, 30), 5),  # 1 November is a Sunday
        (date(2026, 11, 5), 1),
        (date(2026, 11, 6), 0),
    ]


def test_leads_that_meet_on_a_day_are_one_and_the_smallest_stays() -> None:
    assert said(date(2026, 9, 1), date(2026, 10, 8), 5, 3, 1) == [
        (date(2026, 9, 30), 1),
        (date(2026, 10, 8), 0),
    ]


def test_nothing_is_said_before_it_opens() -> None:
    assert said(date(2026, 9, 12), date(2026, 9, 18), 14, 7, 1) == [
        (date(2026, 9, 14), 7),  # opens on a Saturday
        (date(2026, 9, 17), 1),
        (date(2026, 9, 18), 0),
    ]


def test_a_due_day_without_work_is_said_on_the_last_working_day_before() -> None:
    assert said(date(2026, 9, 1), date(2026, 10, 4), 1) == [(date(2026, 9, 30), 0)]
    assert said(date(2026, 10, 2), date(2026, 10, 4), 1) == [(date(2026, 9, 30), 0)]


def test_overdue_it_is_said_weekly_for_eight_weeks() -> None:
    late = [
        x
        for x in reminder_days(Occurrence("x", "p", date(2026, 11, 2), date(2026, 11, 6)), (), DAYS)
        if x[1] < 0
    ]
    assert late == [(date(2026, 11, 6) + timedelta(weeks=n), -7 * n) for n in range(1, 8)] + [
        (date(2027, 1, 4), -56)  # eight weeks later is 元旦
    ]


def test_two_overdue_weeks_that_end_in_one_holiday_are_one() -> None:
    # 春节 2026: 15 to 23 February. Tuesday 10 February plus one and two weeks both lead to the 24th.
    late = reminder_days(Occurrence("x", "p", date(2026, 2, 2), date(2026, 2, 9)), (), DAYS)
    assert [x for x in late if x[0] == date(2026, 2, 24)] == [(date(2026, 2, 24), -14)]
    assert len(late) == OVERDUE_WEEKS


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    st.dates(date(2010, 1, 1), date(2035, 12, 31)),
    st.integers(0, 200),
    st.lists(st.integers(0, 200), max_size=8).map(tuple),
)
def test_reminders_keep_to_working_days_and_to_the_due_day(
    due: date, open_for: int, leads: tuple[int, ...]
) -> None:
    occurrence = Occurrence("x", "p", due - timedelta(days=open_for), due)
    found = reminder_days(occurrence, leads, DAYS)
    ahead = [(day, n) for day, n in found if n >= 0]
    assert [day for day, _ in found] == sorted({day for day, _ in found})
    assert all(DAYS.works(day) for day, _ in found)
    assert all(
        day <= due - timedelta(days=n) or day == DAYS.next_working(occurrence.opens) for day, n in ahead
    )
    assert ahead[-1] == (DAYS.previous_working(due), 0)
    assert all(day >= min(occurrence.opens, ahead[-1][0]) for day, _ in ahead)
    assert all(0 <= (day - due).days + n < 14 for day, n in found if n < 0)


@pytest.mark.parametrize(
    ("left", "expected"),
    [(30, "🟢"), (8, "🟢"), (7, "🟡"), (3, "🟡"), (2, "🟠"), (1, "🟠"), (0, "🟠"), (-1, "🔴"), (-60, "🔴")],
)
def test_the_colour_says_how_much_time_is_left(left: int, expected: str) -> None:
    today = date(2026, 10, 8)
    assert colour(today, today + timedelta(days=left)) == expected
