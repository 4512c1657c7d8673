"""Date rules: read, said, and asked for every term from 2010 to 2035."""

from calendar import monthcalendar, monthrange
from datetime import date, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.duties.calendar import TermDates, months_expected, months_of, propose_terms
from jobs.duties.catalogue import read_duties
from jobs.duties.occurrences import occurrences
from jobs.duties.rule_words import RULES_LONGEST, read_rules, words
from jobs.duties.rules import (
    EVERY_MONTH,
    LAST,
    AfterEvent,
    Due,
    FromTerm,
    MidTerm,
    MonthDay,
    Monthly,
    MonthWeekday,
    MonthWorkday,
    Rule,
    Shift,
    TermWeek,
    Yearly,
    cadence,
    due,
    shifted,
)
from jobs.duties.workdays import WorkDays, read_overrides
from tests.jobs.notices import INVENTED_2027
from tests.jobs.refusals import refusal

DAYS = WorkDays()
TERMS = [(f"{year}-{year + 1}-{n + 1}", propose_terms(year)[n]) for year in range(2010, 2035) for n in (0, 1)]
SHIFTS: tuple[Shift, ...] = ("before", "after", "none")
SURE = settings(max_examples=120, deadline=None, derandomize=True, database=None)

AUTUMN = propose_terms(2026)[0]
SPRING = propose_terms(2026)[1]


def dues(text: str, term: TermDates = AUTUMN, event: date | None = None, days: WorkDays = DAYS) -> list[str]:
    """The due days of one rule as MM-DD."""
    return [f"{one.day:%m-%d}" for one in due(read_rules(text)[0], term, "t", days, event)]


# Read and said


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("每月25日，遇休息日提前", MonthDay(25, "before")),
        ("每月15日", MonthDay(15, "before")),
        ("每月第2个周三", MonthWeekday(2, 2, "before")),
        ("第二学期期末后7天", FromTerm("end", 7, "before", 2)),
        ("第一学期自评截止前29天，遇休息日顺延", FromTerm("closes", -29, "after", 1)),
        ("寒假前3天", FromTerm("end", -3, "before", 1)),
        ("暑假后3天，遇休息日顺延", FromTerm("start", 3, "after", 1)),
        ("每月 25 号 顺延", MonthDay(25, "after")),
        ("每月二十五日不调整", MonthDay(25, "none")),
        ("每月最后一天，遇节假日提前", MonthDay(31, "before")),
        ("12、6月20日，遇休息日提前", MonthDay(20, "before", (6, 12))),
        ("每月第1个周五，遇休息日顺延", MonthWeekday(1, 4, "after")),
        ("每月第一个星期天 不调整", MonthWeekday(1, 6, "none")),
        ("每月最后一个周五，遇非工作日提前", MonthWeekday(LAST, 4, "before")),
        ("每月第3个工作日", MonthWorkday(3)),
        ("3、6月最后一个工作日", MonthWorkday(LAST, (3, 6))),
        ("开学当天，遇休息日顺延", FromTerm("start", 0, "after")),
        ("开学后10天，遇休息日顺延", FromTerm("start", 10, "after")),
        ("期末前21天，遇休息日提前", FromTerm("end", -21, "before")),
        ("第3周周五，遇休息日提前", TermWeek(3, 4, "before")),
        ("第十二周星期一，遇休息日顺延", TermWeek(12, 0, "after")),
        ("期中，遇休息日提前", MidTerm("before")),
        ("每年2月29日，遇休息日提前", Yearly(2, 29, "before")),
        ("每3年10月31日（2026年起），遇休息日提前", Yearly(10, 31, "before", 3, 2026)),
        ("事件后14天，遇休息日提前", AfterEvent(14, 0, "before")),
        ("事件后1个月，遇休息日顺延", AfterEvent(0, 1, "after")),
        ("事件后14天起每月共6次，遇休息日提前", AfterEvent(14, 0, "before", 6)),
    ],
)
def test_a_rule_is_read_from_the_words_people_use(text: str, rule: Rule) -> None:
    assert read_rules(text) == (rule,)
    assert read_rules(words((rule,))) == (rule,)


def test_several_rules_are_joined_by_a_semicolon() -> None:
    text = "期中，遇休息日提前；期末前21天，遇休息日提前"
    assert read_rules(text) == (MidTerm("before"), FromTerm("end", -21, "before"))
    assert words(read_rules(text)) == text


SHIFT = st.sampled_from(SHIFTS)
MONTHS = st.one_of(
    st.just(EVERY_MONTH),
    st.lists(st.integers(1, 12), min_size=1, max_size=11, unique=True).map(
        lambda months: tuple(sorted(months))
    ),
)
NTH = st.integers(1, 5) | st.just(LAST)
EVENT_RULES = st.builds(AfterEvent, st.integers(1, 400), st.just(0), SHIFT, st.integers(1, 12)) | st.builds(
    AfterEvent, st.just(0), st.integers(1, 24), SHIFT, st.integers(1, 12)
)
RULES: st.SearchStrategy[Rule] = st.one_of(
    st.builds(MonthDay, st.integers(1, 31), SHIFT, MONTHS),
    st.builds(MonthWeekday, NTH, st.integers(0, 6), SHIFT, MONTHS),
    st.builds(MonthWorkday, st.integers(1, 15) | st.just(LAST), MONTHS),
    st.builds(FromTerm, st.sampled_from(("start", "end")), st.integers(-200, 200), SHIFT, st.integers(0, 2)),
    st.builds(TermWeek, st.integers(1, 30), st.integers(0, 6), SHIFT),
    st.builds(MidTerm, SHIFT),
    st.builds(Yearly, st.integers(1, 12), st.integers(1, 28), SHIFT),
    st.builds(
        Yearly, st.integers(1, 12), st.integers(1, 28), SHIFT, st.integers(2, 10), st.integers(2000, 2100)
    ),
    EVENT_RULES,
)


@SURE
@given(RULES)
def test_every_rule_can_be_said_and_read_back(rule: Rule) -> None:
    assert read_rules(words((rule,))) == (rule,)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "没有看懂日期规则「」，例如 每月25日，遇休息日提前。"),
        ("每天", "没有看懂日期规则「每天」，例如 每月25日，遇休息日提前。"),
        ("第三个星期日", "没有看懂日期规则「第三个星期日」，例如 每月25日，遇休息日提前。"),
        ("每" * (RULES_LONGEST + 1), f"日期规则太长了，请不要超过 {RULES_LONGEST} 个字。"),
        ("寒假", "「寒假」请写明假期前后第几天，例如 寒假前3天、暑假后3天。"),
        (
            "放暑假那天，遇休息日提前",
            "「放暑假那天，遇休息日提前」请写明假期前后第几天，例如 寒假前3天、暑假后3天。",
        ),
        ("每月第3个工作日，遇休息日提前", "「每月第3个工作日，遇休息…」已经是工作日，不用再写提前。"),
        ("每月32日提前", "「每月32日」里的 32 应在 1 到 31 之间。"),
        ("每月一一日提前", "「每月一一日」里的 一一 应在 1 到 31 之间。"),
        ("13月1日提前", "「13月1日」里的月份应在 1 到 12 之间，不重复。"),
        ("6、6月1日提前", "「6、6月1日」里的月份应在 1 到 12 之间，不重复。"),
        ("每月第6个周五提前", "「每月第6个周五」里的 6 应在 1 到 5 之间。"),
        ("每月第16个工作日", "「每月第16个工作日」里的 16 应在 1 到 15 之间。"),
        ("期末前201天提前", "「期末前201天」里的 201 应在 1 到 200 之间。"),
        ("第31周周五提前", "「第31周周五」里的 31 应在 1 到 30 之间。"),
        ("每年2月30日提前", "没有2月30日，请核对日期。"),
        ("每3年10月31日提前", "「每3年10月31日」请写明从哪一年算起，例如 每3年10月31日（2026年起）。"),
        ("每3年10月31日（1926年起）提前", "「每3年10月31日(19…」里的 1926 应在 2000 到 2100 之间。"),
        ("每0年10月31日提前", "「每0年10月31日」里的 0 应在 1 到 10 之间。"),
        ("事件后401天提前", "「事件后401天」里的 401 应在 1 到 400 之间。"),
        ("事件后25个月提前", "「事件后25个月」里的 25 应在 1 到 24 之间。"),
        ("事件后1天起每月共13次提前", "「事件后1天起每月共13次」里的 13 应在 2 到 12 之间。"),
        ("期中提前；每月25日提前", "几条日期规则应同为每月、每学期或每年，事件后的只能有一条。"),
        ("事件后1天提前；事件后2天提前", "几条日期规则应同为每月、每学期或每年，事件后的只能有一条。"),
        ("期中提前；期中 提前", "同一条日期规则写了两次。"),
    ],
)
def test_a_wrong_rule_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    assert refusal(lambda: read_rules(text)) == sentence


def test_every_one_year_is_yearly() -> None:
    assert read_rules("每1年6月20日提前") == (Yearly(6, 20, "before"),)


@pytest.mark.parametrize(
    ("text", "how_often"),
    [
        ("每月25日提前", "monthly"),
        ("每月第1个周五提前", "monthly"),
        ("每月第1个工作日", "monthly"),
        ("期中提前", "term"),
        ("第1周周一提前", "term"),
        ("开学当天提前", "term"),
        ("每年6月20日提前", "yearly"),
        ("事件后14天提前", "event"),
    ],
)
def test_a_rule_says_how_often_it_comes_round(text: str, how_often: str) -> None:
    assert cadence(read_rules(text)[0]) == how_often


# Monthly rules, every month of 25 school years


def nominal(rule: Monthly, year: int, month: int) -> date:
    """The day a monthly rule names, found another way: by looking at the calendar sheet."""
    last = monthrange(year, month)[1]
    match rule:
        case MonthDay(day, _, _):
            return date(year, month, min(day, last))
        case MonthWeekday(nth, weekday, _, _):
            column = [week[weekday] for week in monthcalendar(year, month) if week[weekday]]
            return date(year, month, column[-1] if nth == LAST else (column + column[-1:])[nth - 1])
        case MonthWorkday(nth, _):
            working = [d for n in range(1, last + 1) if DAYS.works(d := date(year, month, n))]
            return working[-1] if nth == LAST else working[nth - 1]


FIXED = [MonthDay(day, shift) for day, shift in product((1, 5, 10, 15, 25, 29, 30, 31), SHIFTS)]
WEEKDAYS_OF_MONTH = [MonthWeekday(n, w, s) for n, w, s in product((1, 3, 5, LAST), (0, 4, 5, 6), SHIFTS)]
WORKDAYS_OF_MONTH = [MonthWorkday(n) for n in (1, 3, 15, LAST)]


@pytest.mark.parametrize(
    "rules", [FIXED, WEEKDAYS_OF_MONTH, WORKDAYS_OF_MONTH], ids=["day", "weekday", "workday"]
)
def test_every_long_month_has_one_due_day_inside_the_month_and_the_term(rules: list[Monthly]) -> None:
    for rule, (key, term) in product(rules, TERMS):
        found = due(rule, term, key, DAYS)
        assert [one.period for one in found] == list(months_expected(term, date(2099, 1, 1)))
        for one in found:
            year, month = int(one.period[:4]), int(one.period[5:])
            named = nominal(rule, year, month)
            assert f"{one.day:%Y-%m}" == one.period
            assert term.starts < one.day < term.closes
            if not term.starts + timedelta(days=5) < named < term.closes - timedelta(days=5):
                continue  # maybe squeezed into the days of the term before self-evaluation closes
            if getattr(rule, "shift", "before") == "none":
                assert one.day == named
                continue
            assert DAYS.works(one.day), "there is work in every month of these years"
            assert (one.day.month, one.day.day) != (12, 31)
            low, high = min(named, one.day), max(named, one.day)
            between = [low + timedelta(days=n) for n in range((high - low).days + 1)]
            nearer = [day for day in between if day != one.day and (day.month, day.day) != (12, 31)]
            assert not any(map(DAYS.works, nearer)), "nearer days have no work"


def test_off_holidays_onwards_and_backwards() -> None:
    assert dues("每月第1个周五，遇休息日顺延") == ["09-04", "10-08", "11-06", "12-04", "01-04"]
    assert dues("每月第1个周五，遇休息日提前") == ["09-04", "10-08", "11-06", "12-04", "01-04"]
    assert dues("每月第1个周五，遇休息日不调整") == ["09-04", "10-02", "11-06", "12-04", "01-01"]
    assert dues("每月25日，遇休息日提前") == ["09-24", "10-23", "11-25", "12-25", "01-06"]
    assert dues("每月25日，遇休息日顺延") == ["09-28", "10-26", "11-25", "12-25", "01-06"]


def test_the_month_in_which_self_evaluation_closes_is_squeezed_into_the_days_before() -> None:
    """It closes on Friday 8 January 2027; 4 to 7 January are the working days before."""
    rules = ("每月第1个周五，遇休息日顺延", "每月10日", "每月第3个周五", "每月25日", "每月最后一个工作日")
    assert [dues(rule)[-1] for rule in rules] == ["01-04", "01-04", "01-05", "01-06", "01-06"]
    july = TermDates("晚放假", date(2027, 2, 22), date(2027, 7, 25))  # it closes on Sunday the 11th
    assert dues("每月25日", july)[-1] == "07-07"
    assert july.closes == date(2027, 7, 11)


def test_nothing_falls_due_on_the_last_day_of_the_year() -> None:
    assert dues("每月31日，遇休息日提前")[3] == "12-30"
    assert dues("每月31日，遇休息日顺延")[3] == "12-30", "January is another month"
    assert dues("每月最后一个工作日")[3] == "12-30"
    assert dues("期末前22天") == ["12-30"]
    assert dues("期末前22天，遇休息日顺延") == ["01-04"]
    assert dues("每年12月31日，遇休息日不调整") == ["12-31"], "as it is written"


def test_what_would_leave_its_month_goes_the_other_way() -> None:
    assert dues("每月31日，遇休息日顺延")[1] == "10-30"  # 31 October is a Saturday, 2 November another month
    assert dues("每月31日，遇休息日顺延", SPRING) == ["03-31", "04-30", "05-31", "06-24"]
    assert dues("每月1日，遇休息日提前", SPRING) == ["03-01", "04-01", "05-05", "06-01"]  # 1 to 4 May are off


def test_a_month_in_which_nobody_works_keeps_the_day_as_written() -> None:
    idle = WorkDays({date(2026, 11, n): False for n in range(1, 31)})
    assert dues("每月10日，遇休息日提前", days=idle)[2] == "11-10"
    assert dues("每月第2个工作日", days=idle)[2] == "11-30"


def test_days_before_and_after_the_term_are_drawn_into_it() -> None:
    late = TermDates("晚开学", date(2026, 9, 9), date(2027, 1, 22))
    assert dues("每月1日，遇休息日提前", late)[0] == "09-10", "the first day names it"
    assert dues("每月5日，遇休息日提前", late)[0] == "09-11"
    assert dues("每月最后一天，遇休息日提前", late)[-1] == "01-07"


def test_a_month_short_of_ten_weekdays_has_no_due_day() -> None:
    assert months_of(SPRING.starts, SPRING.ends) == tuple(f"2027-{month:02}" for month in range(2, 8))
    assert [one.period for one in due(MonthDay(10, "before"), SPRING, "t", DAYS)] == [
        "2027-03",
        "2027-04",
        "2027-05",
        "2027-06",
    ]


def test_some_months_only() -> None:
    quarterly = read_rules("3、6、9、12月最后一个周五，遇休息日提前")[0]
    assert [one.period for one in due(quarterly, AUTUMN, "t", DAYS)] == ["2026-09", "2026-12"]
    assert [one.day for one in due(quarterly, AUTUMN, "t", DAYS)] == [date(2026, 9, 24), date(2026, 12, 25)]
    assert [one.period for one in due(quarterly, SPRING, "t", DAYS)] == ["2027-03", "2027-06"]


def test_due_days_are_planned_anew_when_the_notice_is_entered() -> None:
    entered = WorkDays(read_overrides(INVENTED_2027, 2027))
    assert dues("每月8日，遇休息日提前", SPRING) == ["03-08", "04-08", "05-07", "06-08"]
    assert dues("每月8日，遇休息日提前", SPRING, days=entered) == ["03-08", "04-08", "05-08", "06-08"]
    assert dues("每月5日，遇休息日顺延", SPRING)[2] == "05-05"
    assert dues("每月5日，遇休息日顺延", SPRING, days=entered)[2] == "05-06"


# Once a term


@pytest.mark.parametrize("shift", SHIFTS)
def test_days_from_either_end_of_every_term(shift: Shift) -> None:
    for (key, term), edge, distance in product(TERMS, ("start", "end"), (-28, -21, -14, -7, -1, 0, 1, 30)):
        rule = FromTerm("start" if edge == "start" else "end", distance, shift)
        written = (term.starts if edge == "start" else term.ends) + timedelta(days=distance)
        [one] = due(rule, term, key, DAYS)
        moved = shifted(written, shift, DAYS)
        if term.starts <= written <= term.ends and not term.starts <= moved <= term.ends:
            assert DAYS.works(one.day), "the other way, within the term"
            assert term.starts <= one.day <= term.ends
        else:
            assert one == Due(key, moved)


def test_of_one_half_of_the_year_it_comes_once() -> None:
    rule = read_rules("第二学期期末后7天")[0]
    assert cadence(rule) == "yearly"
    assert due(rule, AUTUMN, "t", DAYS) == ()
    assert due(rule, SPRING, "t", DAYS) == (Due("2027", date(2027, 7, 16)),)
    assert dues("暑假前3天", SPRING) == ["07-07"]
    assert dues("寒假前3天") == ["01-19"]
    assert dues("寒假后3天", SPRING) == ["02-25"]
    assert dues("暑假后3天") == ["09-04"]


def test_a_week_of_term_is_counted_from_its_first_weekday() -> None:
    for key, term in TERMS:
        previous = None
        for week, weekday in product(range(1, 20), range(7)):
            [one] = due(TermWeek(week, weekday, "none"), term, key, DAYS)
            assert one.day.weekday() == weekday
            assert previous is None or one.day - previous == timedelta(days=1)
            previous = one.day
        monday = due(TermWeek(1, 0, "none"), term, key, DAYS)[0].day
        weekdays = [monday + timedelta(days=n) for n in range(5)]
        first = next(d for n in range(7) if (d := term.starts + timedelta(days=n)).weekday() < 5)
        assert first in weekdays


def test_half_way_is_as_far_from_both_ends_to_a_day() -> None:
    for key, term in TERMS:
        [one] = due(MidTerm("none"), term, key, DAYS)
        assert 0 <= (term.ends - one.day).days - (one.day - term.starts).days <= 1


# Once a year, and after an event


def test_a_yearly_day_lies_in_one_term_of_the_year_or_in_the_holidays() -> None:
    rule = Yearly(6, 20, "before")
    for key, term in TERMS:
        found = due(rule, term, key, DAYS)
        if key.endswith("1"):
            assert found == ()
        else:
            assert found == (Due(str(term.ends.year), DAYS.previous_working(date(term.ends.year, 6, 20))),)


def test_29_february_is_the_28th_in_other_years() -> None:
    rule = Yearly(2, 29, "none")
    assert [due(rule, term, key, DAYS)[0].day.day for key, term in TERMS if key.endswith("2")] == [
        29 if year % 4 == 0 else 28 for year in range(2011, 2036)
    ]


def test_every_three_years_counts_from_its_first_year() -> None:
    rule = Yearly(10, 31, "before", 3, 2023)
    found = [one.period for key, term in TERMS for one in due(rule, term, key, DAYS)]
    assert found == ["2023", "2026", "2029", "2032"]


def test_after_an_event_there_is_a_due_day_and_then_one_a_month() -> None:
    rule = AfterEvent(14, 0, "before", 3)
    assert due(rule, AUTUMN, "t", DAYS) == ()
    assert due(rule, AUTUMN, "t", DAYS, date(2027, 1, 25)) == (
        Due("2027-01-25", date(2027, 2, 4)),  # 8 February is 春节
        Due("2027-01-25/2", date(2027, 3, 8)),
        Due("2027-01-25/3", date(2027, 4, 8)),
    )


def test_a_month_after_the_31st_is_the_last_day_of_a_shorter_month() -> None:
    assert due(AfterEvent(0, 1, "none"), AUTUMN, "t", DAYS, date(2027, 1, 31))[0].day == date(2027, 2, 28)


@SURE
@given(EVENT_RULES, st.dates(date(2010, 1, 1), date(2030, 12, 31)))
def test_due_days_after_an_event_come_in_order_under_periods_of_their_own(
    rule: AfterEvent, event: date
) -> None:
    found = due(rule, AUTUMN, "t", DAYS, event)
    assert len(found) == rule.times == len({one.period for one in found})
    assert all(first.day <= second.day for first, second in pairwise(found))
    assert rule.shift == "none" or all(DAYS.works(one.day) for one in found)


@pytest.mark.parametrize("weeks", [8, 9, 10, 11, 16])
@pytest.mark.parametrize("early", [False, True])
def test_in_a_term_of_any_length_nothing_falls_due_before_it_or_after_what_it_feeds(
    weeks: int, early: bool
) -> None:
    starts = date(2026, 9, 7)
    ends = starts + timedelta(weeks=weeks, days=-3)
    window = (starts + timedelta(days=10), starts + timedelta(days=20)) if early else None
    term = TermDates("短学期", starts, ends, window)
    for duty in read_duties("jinsong_2017").values():
        if duty.event or duty.who != "branch" or duty.key == "self_sheet":
            continue
        for one in occurrences(duty, term, "t", WorkDays()):
            assert starts <= one.due, (duty.key, one.due)
            if cadence(duty.rules[0]) == "term":
                assert one.due <= term.closes, (duty.key, one.due)
