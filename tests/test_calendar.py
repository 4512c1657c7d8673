"""School years and terms: what is proposed, which months count, when self-evaluation is open."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from jobs.duties.calendar import MONTH_COUNTS_FROM, TermDates, months_expected, months_of, propose_terms

days = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@st.composite
def spans(draw: st.DrawFn) -> tuple[date, date]:
    """The first and last day of a term of four weeks to ten months."""
    starts = draw(days)
    return starts, starts + timedelta(days=draw(st.integers(28, 300)))


def test_the_school_year_2026_is_proposed_with_its_two_terms() -> None:
    first, second = propose_terms(2026)
    assert first == TermDates("2026–2027学年第一学期", date(2026, 9, 1), date(2027, 1, 22))
    assert second == TermDates("2026–2027学年第二学期", date(2027, 2, 22), date(2027, 7, 10))


def term_of(starts: date, ends: date) -> TermDates:
    return TermDates("", starts, ends)


def test_self_evaluation_opens_four_weeks_before_the_term_ends_and_closes_two_weeks_before() -> None:
    first, second = propose_terms(2026)
    assert (first.opens, first.closes) == (date(2026, 12, 25), date(2027, 1, 8))
    assert (second.opens, second.closes) == (date(2027, 6, 12), date(2027, 6, 26))


def test_it_closes_earlier_where_holidays_take_from_the_ten_working_days_after_it() -> None:
    early = term_of(date(2026, 9, 1), date(2027, 1, 13))  # a Wednesday; 1 January is off
    assert (early.opens, early.closes) == (date(2026, 12, 15), date(2026, 12, 29))
    assert early.usual
    short = term_of(date(2026, 12, 1), date(2026, 12, 29))
    assert (short.opens, short.closes) == (date(2026, 12, 1), date(2026, 12, 15))


def test_the_second_term_is_the_one_that_begins_with_the_year() -> None:
    assert [term.half for term in propose_terms(2026)] == [1, 2]
    assert term_of(date(2026, 8, 25), date(2027, 1, 20)).half == 1


@given(st.integers(2000, 2100))
def test_proposed_terms_follow_one_another_without_overlap_year_after_year(year: int) -> None:
    first, second = propose_terms(year)
    following = propose_terms(year + 1)[0]
    ordered = [
        day
        for term in (first, second, following)
        for day in (term.starts, term.opens, term.closes, term.ends)
    ]
    assert ordered == sorted(set(ordered))
    assert (first.starts.month, second.ends.month) == (9, 7)


def test_a_term_touches_every_month_from_its_first_to_its_last_across_the_new_year() -> None:
    assert months_of(date(2026, 9, 1), date(2027, 1, 22)) == (
        "2026-09",
        "2026-10",
        "2026-11",
        "2026-12",
        "2027-01",
    )
    assert months_of(date(2026, 9, 30), date(2026, 9, 30)) == ("2026-09",)
    assert months_of(date(2026, 12, 31), date(2027, 1, 1)) == ("2026-12", "2027-01")


@given(spans())
def test_a_term_touches_exactly_the_months_of_its_days(span: tuple[date, date]) -> None:
    starts, ends = span
    every = {f"{starts + timedelta(days=n):%Y-%m}" for n in range((ends - starts).days + 1)}
    assert months_of(starts, ends) == tuple(sorted(every))


def test_a_month_is_expected_when_it_is_over() -> None:
    first = propose_terms(2026)[0]
    assert months_expected(first, date(2026, 9, 30)) == ()
    assert months_expected(first, date(2026, 10, 1)) == ("2026-09",)
    assert months_expected(first, date(2026, 12, 28)) == ("2026-09", "2026-10", "2026-11")


def test_the_last_month_is_expected_once_the_term_is_over() -> None:
    first = propose_terms(2026)[0]
    assert months_expected(first, first.ends)[-1] == "2026-12"
    assert months_expected(first, first.ends + timedelta(days=1))[-1] == "2027-01"


def test_a_month_with_too_few_weekdays_in_the_term_is_not_expected() -> None:
    second = propose_terms(2026)[1]  # from 22 February to 10 July 2027: 5 and 8 weekdays at its ends
    assert months_expected(second, date(2027, 12, 31)) == (
        "2027-03",
        "2027-04",
        "2027-05",
        "2027-06",
    )
    tenth = date(2026, 9, 17)  # with this first day ten weekdays of September remain, with the next nine
    over, last = date(2027, 1, 1), date(2026, 12, 31)
    assert "2026-09" in months_expected(term_of(tenth, last), over)
    assert "2026-09" not in months_expected(term_of(tenth + timedelta(days=1), last), over)
    assert MONTH_COUNTS_FROM == 10


def test_a_month_that_self_evaluation_hardly_sees_is_not_expected() -> None:
    later = date(2027, 3, 1)
    assert "2027-01" in months_expected(
        term_of(date(2026, 9, 1), date(2027, 1, 22)), later
    )  # it closes on the 8th
    assert "2027-01" not in months_expected(term_of(date(2026, 9, 1), date(2027, 1, 20)), later)  # on the 6th


@given(spans(), days)
def test_what_is_expected_is_of_the_term_in_order_over_and_only_ever_grows(
    span: tuple[date, date], today: date
) -> None:
    starts, ends = span
    term = term_of(starts, ends)
    expected = months_expected(term, today)
    touched = months_of(starts, ends)
    assert list(expected) == [month for month in touched if month in expected]
    assert today > ends or all(month < f"{today:%Y-%m}" for month in expected)
    assert today >= starts or expected == ()
    later = months_expected(term, today + timedelta(days=1))
    assert later[: len(expected)] == expected
    closes = f"{term.closes:%Y-%m}"
    inner = {
        month for month in touched[1:-1] if month < closes
    }  # whole months always count, once they are over
    assert inner <= set(months_expected(term, ends + timedelta(days=1)))


def test_a_term_that_ends_before_it_begins_expects_nothing() -> None:
    assert months_expected(term_of(date(2026, 9, 2), date(2026, 9, 1)), date(2030, 1, 1)) == ()
    assert months_of(date(2026, 10, 1), date(2026, 9, 1)) == ()
