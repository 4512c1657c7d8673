"""Working days: the State Council's days, an administrator's corrections, and years nobody has announced yet."""

import sys
from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.duties.official import official
from jobs.duties.workdays import WorkDays, read_overrides
from tests.jobs.notices import INVENTED_2027, NOTICES, named_days

PLAIN = WorkDays()
SURE = settings(max_examples=80, deadline=None, derandomize=True, database=None)
DAYS = st.dates(date(2010, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_day_of_an_announced_year_is_as_the_notice_says(year: int) -> None:
    named = named_days(year)
    day = date(year, 1, 1)
    while day.year == year:
        assert PLAIN.works(day) is named.get(day, day.weekday() < 5), day
        day += timedelta(days=1)
    assert not PLAIN.provisional(year)


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_a_pasted_notice_gives_the_same_days(year: int) -> None:
    assert read_overrides(NOTICES[year], year) == named_days(year)


@pytest.mark.parametrize("year", range(2010, 2024))
def test_the_years_since_2010_were_announced(year: int) -> None:
    assert not PLAIN.provisional(year)
    first_of_october = date(year, 10, 1)
    assert not PLAIN.works(first_of_october)
    assert PLAIN.why(first_of_october).startswith(("国庆节", "中秋节"))


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 10, 1), "国庆节放假"),
        (date(2026, 10, 5), "国庆节放假"),  # in lieu of the Saturday
        (date(2026, 10, 7), "国庆节放假"),  # paid for by Saturday the 10th
        (date(2026, 10, 10), "调休上班"),
        (date(2026, 10, 11), "周日"),
        (date(2026, 10, 8), "周四"),
        (date(2026, 1, 2), "元旦放假"),
        (date(2026, 2, 16), "农历除夕放假"),
        (date(2024, 9, 16), "中秋节放假"),  # paid for, and before its festival
        (date(2020, 10, 1), "中秋节、国庆节放假"),
        (date(2026, 9, 19), "周六"),
    ],
)
def test_why_says_what_kind_of_day_it_is(day: date, why: str) -> None:
    assert PLAIN.why(day) == why


def test_a_day_off_at_the_end_of_a_year_belongs_to_the_new_year() -> None:
    assert PLAIN.why(date(2018, 12, 31)) == "元旦放假"


def test_what_an_administrator_entered_wins() -> None:
    days = WorkDays({date(2026, 10, 10): False, date(2026, 10, 11): True})
    assert not days.works(date(2026, 10, 10))
    assert days.works(date(2026, 10, 11))
    assert days.why(date(2026, 10, 10)) == "管理员调整"
    assert PLAIN.works(date(2026, 10, 10))


def test_2027_is_provisional_until_its_notice_is_entered() -> None:
    # When the library learns the real notice of 2027, take the next year here.
    assert PLAIN.provisional(2027)
    assert not PLAIN.works(date(2027, 2, 6)), "festivals themselves are known without a notice"
    days = WorkDays(read_overrides(INVENTED_2027, 2027))
    assert not days.provisional(2027)
    assert days.works(date(2027, 5, 8))
    assert not PLAIN.works(date(2027, 5, 8))
    assert days.provisional(2028)


@pytest.mark.parametrize("text", ["10月9日 上班", "10月8日 放假", "6月1日 上班"])
def test_one_corrected_day_does_not_make_a_year_announced(text: str) -> None:
    assert WorkDays(read_overrides(text, 2027)).provisional(2027)


@pytest.mark.parametrize("year", [1951, 2036, 2100, 2200])
def test_a_far_year_is_provisional_and_never_an_error(year: int) -> None:
    assert PLAIN.provisional(year)
    assert PLAIN.works(PLAIN.next_working(date(year, 1, 1)))


@SURE
@given(DAYS)
def test_the_nearest_working_days_enclose_the_day_with_none_between(day: date) -> None:
    before, after = PLAIN.previous_working(day), PLAIN.next_working(day)
    assert before <= day <= after
    assert PLAIN.works(before)
    assert PLAIN.works(after)
    assert (before == day) == (after == day) == PLAIN.works(day)
    between = [before + timedelta(days=n) for n in range(1, (after - before).days)]
    assert not any(PLAIN.works(d) for d in between)


def test_the_nth_working_day_of_every_month_has_n_working_days_up_to_it() -> None:
    for year in range(2010, 2036):
        for month in range(1, 13):
            working = [
                day
                for n in range(1, monthrange(year, month)[1] + 1)
                if PLAIN.works(day := date(year, month, n))
            ]
            assert [PLAIN.nth_working(year, month, n) for n in (1, 3, 15)] == [
                working[n - 1] for n in (1, 3, 15)
            ]
            assert PLAIN.nth_working(year, month, 40) == PLAIN.last_working(year, month) == working[-1]


def test_a_month_in_which_nobody_works_still_has_a_last_day() -> None:
    days = WorkDays({date(2027, 8, n): False for n in range(1, 32)})
    assert days.last_working(2027, 8) == days.nth_working(2027, 8, 1) == date(2027, 8, 31)


def test_the_nth_working_day_after_a_day_does_not_count_that_day() -> None:
    on = date(2026, 12, 28)
    assert [PLAIN.working_after(on, n) for n in (0, 1, 3)] == [on, date(2026, 12, 29), date(2026, 12, 31)]
    saturday = date(2026, 12, 26)
    assert PLAIN.working_after(saturday, 1) == on


def test_of_all_countries_one_is_loaded() -> None:
    official(2026)
    assert {name for name in sys.modules if name.startswith("holidays.countries.")} == {
        "holidays.countries.china"
    }
