"""The due day of a task, typed naturally. Today is Thursday 10 September 2026 unless the test says otherwise."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.duties.due import TASK_LONGEST, parse_due
from scoring.refusal import Refused
from tests.jobs.refusals import refusal

TODAY = date(2026, 9, 10)


@pytest.mark.parametrize(
    ("text", "due", "rest"),
    [
        ("12月20日前交工会活动小结", date(2026, 12, 20), "交工会活动小结"),
        ("交工会活动小结，12月20日前", date(2026, 12, 20), "交工会活动小结"),
        ("请在12月20号之前交工会活动小结", date(2026, 12, 20), "交工会活动小结"),
        ("交小结，截止到12月20日", date(2026, 12, 20), "交小结"),
        ("十二月二十日 交小结", date(2026, 12, 20), "交小结"),
        ("１２月２０日前：交小结", date(2026, 12, 20), "交小结"),
        ("2026-12-20 交小结", date(2026, 12, 20), "交小结"),
        ("2027年1月5日前交小结", date(2027, 1, 5), "交小结"),
        ("2026/12/20", date(2026, 12, 20), ""),
        ("12.20", date(2026, 12, 20), ""),
        ("12/20 交", date(2026, 12, 20), "交"),
        ("3月8日", date(2027, 3, 8), ""),  # this year's has passed
        ("9月10日", date(2026, 9, 10), ""),  # today counts
        ("6月11日", date(2027, 6, 11), ""),
        ("20日前交表", date(2026, 9, 20), "交表"),
        ("5日前交表", date(2026, 10, 5), "交表"),
        ("二十五号交表", date(2026, 9, 25), "交表"),
        ("本月15日", date(2026, 9, 15), ""),
        ("下月5日交表", date(2026, 10, 5), "交表"),
        ("下个月5号交表", date(2026, 10, 5), "交表"),
        ("月底", date(2026, 9, 30), ""),
        ("本月底前交表", date(2026, 9, 30), "交表"),
        ("下月底", date(2026, 10, 31), ""),
        ("12月底前交表", date(2026, 12, 31), "交表"),
        ("2月末", date(2027, 2, 28), ""),
        ("年底前完成", date(2026, 12, 31), "完成"),
        ("今天", TODAY, ""),
        ("明天", date(2026, 9, 11), ""),
        ("后天", date(2026, 9, 12), ""),
        ("大后天交", date(2026, 9, 13), "交"),
        ("周五前", date(2026, 9, 11), ""),
        ("周四", TODAY, ""),
        ("周三", date(2026, 9, 16), ""),
        ("星期天", date(2026, 9, 13), ""),
        ("本周日", date(2026, 9, 13), ""),
        ("这周五", date(2026, 9, 11), ""),
        ("下周五", date(2026, 9, 18), ""),
        ("下个星期一交", date(2026, 9, 14), "交"),
        ("下下周五", date(2026, 9, 25), ""),
        ("3天内回复", date(2026, 9, 13), "回复"),
        ("两周总结 三天后交", date(2026, 9, 13), "两周总结 交"),
        ("2周内", date(2026, 9, 24), ""),
        ("1个月后", date(2026, 10, 10), ""),
        ("整理每周一升旗照片，明天交", date(2026, 9, 11), "整理每周一升旗照片 交"),
        ("周一升旗仪式总结，12月20日前交", date(2026, 12, 20), "周一升旗仪式总结 交"),
    ],
)
def test_a_due_day_is_found_and_the_rest_is_the_task(text: str, due: date, rest: str) -> None:
    assert parse_due(text, TODAY)[::2] == (due, rest)


@pytest.mark.parametrize(
    ("text", "today", "due"),
    [
        ("月底", date(2026, 9, 30), date(2026, 9, 30)),
        ("31日", date(2026, 12, 31), date(2026, 12, 31)),
        ("1日", date(2026, 12, 31), date(2027, 1, 1)),
        ("下月底", date(2026, 1, 31), date(2026, 2, 28)),
        ("2月29日", date(2027, 12, 1), date(2028, 2, 29)),
        ("1月1日", date(2026, 12, 31), date(2027, 1, 1)),
        ("下周一", date(2026, 12, 31), date(2027, 1, 4)),
    ],
)
def test_months_and_years_turn_over(text: str, today: date, due: date) -> None:
    assert parse_due(text, today)[0] == due


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "没有看到截止日期，例如 12月20日前、下周五、月底。"),
        ("交工会活动小结", "没有看到截止日期，例如 12月20日前、下周五、月底。"),
        ("每周五交", "「每周五」是经常性的工作，由管理员在「工作安排」里设置；交办任务请写一个日期。"),
        ("完成率 3.5.2", "没有看到截止日期，例如 12月20日前、下周五、月底。"),
        ("交" * (TASK_LONGEST + 1), f"任务写得太长了，请不要超过 {TASK_LONGEST} 个字。"),
        ("2月30日前交", "没有2月30日，请核对日期。"),
        ("2026-02-30", "2026年没有2月30日，请核对日期。"),
        ("2月29日前交", "2027年没有2月29日，请核对日期。"),
        ("13.20 交", "没有13月20日，请核对日期。"),
        ("一二月二十日", "没有一二月二十日，请核对日期。"),
        ("31日前交", "2026年没有9月31日，请核对日期。"),
        ("下月32日", "2026年没有10月32日，请核对日期。"),
        ("13月底", "没有13月，请核对日期。"),
        ("2026-09-09 交", "2026年9月9日已经过去，请填今天（2026年9月10日）或以后的日期。"),
        ("昨天", "2026年9月9日已经过去，请填今天（2026年9月10日）或以后的日期。"),
        ("本周一交", "2026年9月7日已经过去，请填今天（2026年9月10日）或以后的日期。"),
        ("上周五", "2026年9月4日已经过去，请填今天（2026年9月10日）或以后的日期。"),
        ("本月1日", "2026年9月1日已经过去，请填今天（2026年9月10日）或以后的日期。"),
        ("9月9日前交", "2026年9月9日已经过去，请核对日期；如果是明年的，请写明年份。"),
        ("6月12日前交", "2026年6月12日已经过去，请核对日期；如果是明年的，请写明年份。"),
        ("8月底前交", "2026年8月31日已经过去，请核对日期；如果是明年的，请写明年份。"),
        ("2031年1月1日", "2031年1月1日太远了，请填 3 年以内的日期。"),
        ("99个月后", "2034年12月10日太远了，请填 3 年以内的日期。"),
    ],
)
def test_what_is_no_due_day_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    assert refusal(lambda: parse_due(text, TODAY)) == sentence


SURE = settings(max_examples=150, deadline=None, derandomize=True, database=None)
DAYS = st.dates(date(2010, 1, 1), date(2035, 12, 31))


@pytest.mark.slow
@SURE
@given(DAYS, st.integers(0, 270))
def test_a_month_and_day_mean_the_next_such_day(today: date, ahead: int) -> None:
    due = today + timedelta(days=ahead)
    for text in (f"{due.month}月{due.day}日", f"{due.month}.{due.day}", f"{due:%Y-%m-%d}"):
        if (due.month, due.day) != (2, 29):
            assert parse_due(f"{text}前交小结", today)[::2] == (due, "交小结")


@SURE
@given(DAYS, st.sampled_from("一二三四五六日天"))
def test_a_weekday_means_one_of_the_next_seven_days(today: date, weekday: str) -> None:
    due, *_ = parse_due(f"周{weekday}前", today)
    assert 0 <= (due - today).days < 7
    assert "一二三四五六日"[due.weekday()] == weekday.replace("天", "日")
    assert (
        parse_due(f"下周{weekday}", today)[0].isocalendar().week
        == (today + timedelta(days=7)).isocalendar().week
    )


@SURE
@given(
    st.text(
        alphabet="0123456789月日号前周下一十二五底年.-/天个后内 交请在至到起（）：点午第每旬", max_size=14
    ),
    DAYS,
)
def test_any_text_is_a_day_from_today_on_or_refused(text: str, today: date) -> None:
    try:
        due, _, rest = parse_due(text, today)
    except Refused:
        return
    assert today <= due
    assert len(rest) <= len(text)
