"""Days as an administrator types them: those of a term, those of work and rest; and how they are listed."""

from datetime import date

import pytest

from jobs.duties.calendar import TermDates, propose_terms, read_term
from jobs.duties.rule_words import read_rules
from jobs.duties.rules import due
from jobs.duties.workdays import Holiday, WorkDays, read_days
from scoring.refusal import Refused
from tests.jobs.notices import INVENTED_2027, NOTICES, named_days

FIRST, SECOND = propose_terms(2026)
TODAY = date(2026, 12, 28)


@pytest.mark.parametrize(
    ("text", "starts", "ends"),
    [
        ("2026-09-01 至 2027-01-22", date(2026, 9, 1), date(2027, 1, 22)),
        ("2026年9月1日至2027年1月22日", date(2026, 9, 1), date(2027, 1, 22)),
        ("9月1日至1月22日", date(2026, 9, 1), date(2027, 1, 22)),
        ("8月31日 到 1月15日", date(2026, 8, 31), date(2027, 1, 15)),
        ("2026.9.1-2027.1.20", date(2026, 9, 1), date(2027, 1, 20)),
        ("２０２６／９／２　～　２０２７／１／２０", date(2026, 9, 2), date(2027, 1, 20)),
        ("9月1号起至1月22号止", date(2026, 9, 1), date(2027, 1, 22)),
    ],
)
def test_a_terms_days_are_read_and_self_evaluation_follows(text: str, starts: date, ends: date) -> None:
    assert read_term(text, FIRST) == TermDates(FIRST.name, starts, ends)


def test_a_second_terms_days_need_no_year_either() -> None:
    changed = read_term("2月20日至7月5日", SECOND)
    assert (changed.starts, changed.ends) == (date(2027, 2, 20), date(2027, 7, 5))


def test_self_evaluation_may_be_typed_alone_or_with_the_term() -> None:
    alone = read_term("自评 12月25日至1月8日", FIRST)
    assert (alone.starts, alone.ends) == (FIRST.starts, FIRST.ends)
    assert alone.window == (date(2026, 12, 25), date(2027, 1, 8))
    both = read_term("2026-09-02 至 2027-01-20，自评：2026-12-21 至 2027-01-05", FIRST)
    assert both.starts == date(2026, 9, 2)
    assert both.window == (date(2026, 12, 21), date(2027, 1, 5))


def test_self_evaluation_that_was_typed_stays_when_the_term_moves_and_fits() -> None:
    typed = read_term("自评 2026-12-28 至 2027-01-06", FIRST)
    assert read_term("9月1日至1月20日", typed).window == typed.window
    with pytest.raises(Refused, match="自评"):
        read_term("9月1日至1月10日", typed)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2027-01-22 至 2026-09-01", "之后"),
        ("2026-09-01 至 2026-09-01", "之后"),
        ("1999-09-01 至 2000-01-20", "2000 年到 2100 年"),
        ("2100-09-01 至 2101-01-20", "2000 年到 2100 年"),
        ("9月1日至9月20日", "4 周到 300 天"),
        ("9月1日至8月20日", "4 周到 300 天"),
        ("2月30日至7月1日", "没有2月30日"),
        ("2026-09-01 至 2027-02-29", "2027年没有2月29日"),
        ("自评 2027-01-15 至 2027-01-01", "一并写上"),
        ("自评 2027-03-01 至 2027-03-15", "一并写上"),
        ("自评", "没有看懂"),
        ("下学期", "没有看懂"),
        ("2026-09-01", "没有看懂"),
        ("", "没有看懂"),
        ("9" * 200, "太长"),
    ],
)
def test_wrong_days_of_a_term_are_one_sentence(text: str, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        read_term(text, FIRST)
    assert str(refused.value).count("。") == 1


def test_a_duty_may_hang_on_self_evaluation() -> None:
    [rule] = read_rules("自评截止当天，遇休息日提前")
    [usual] = due(rule, FIRST, "t", WorkDays())
    assert usual.day == date(2027, 1, 8)
    [typed] = due(rule, read_term("自评 12月12日至12月26日", FIRST), "t", WorkDays())
    assert typed.day == date(2026, 12, 25), "the 26th is a Saturday"
    [before] = due(read_rules("自评开始前1天，遇休息日提前")[0], FIRST, "t", WorkDays())
    assert before.day == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("10月10日 上班", date(2027, 10, 10)),
        ("12月31日 放假", date(2026, 12, 31)),
        ("2026年10月10日 上班", date(2026, 10, 10)),
        ("2028年5月6日 上班", date(2028, 5, 6)),
    ],
)
def test_a_day_without_a_year_is_the_coming_one(text: str, day: date) -> None:
    assert list(read_days(text, TODAY)) == [day]


def test_next_years_notice_is_read_for_its_year_with_or_without_saying_so() -> None:
    assert read_days(INVENTED_2027, date(2026, 11, 5)) == read_days(
        f"关于2027年部分节假日安排的通知\n{INVENTED_2027}", date(2026, 11, 5)
    )
    assert read_days(NOTICES[2026], date(2025, 11, 5)) == named_days(2026)


@pytest.mark.parametrize("text", ["2035年10月1日 放假", "2月30日 上班", "天气", ""])
def test_a_wrong_day_is_one_sentence(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_days(text, TODAY)
    assert str(refused.value).count("。") == 1


def test_holidays_are_listed_with_their_weekends_and_the_weekends_that_pay_for_them() -> None:
    plain = WorkDays()
    since, until = date(2026, 9, 1), date(2026, 12, 31)
    assert plain.holidays(since, until) == (
        Holiday("中秋节", date(2026, 9, 25), date(2026, 9, 27)),
        Holiday("国庆节", date(2026, 10, 1), date(2026, 10, 7)),
    )
    assert plain.weekends_worked(since, until) == (date(2026, 9, 20), date(2026, 10, 10))


def test_an_entered_holiday_is_listed_and_an_entered_day_of_work_splits_one() -> None:
    days = WorkDays({date(2026, 11, 4): False, date(2026, 10, 3): True})
    listed = days.holidays(date(2026, 9, 28), date(2026, 11, 30))
    assert [(h.first.day, h.last.day) for h in listed] == [(1, 2), (4, 7), (4, 4)]
    assert listed[-1].name == "放假"
    assert days.weekends_worked(date(2026, 10, 1), date(2026, 10, 9)) == (date(2026, 10, 3),)
