"""Days off and worked as an administrator types or pastes them."""

from datetime import date

import pytest

from jobs.duties.workdays import read_overrides
from tests.jobs.refusals import refusal


def days(month: int, first: int, last: int) -> set[date]:
    return {date(2026, month, n) for n in range(first, last + 1)}


@pytest.mark.parametrize(
    ("text", "off", "worked"),
    [
        ("10月10日 上班", set(), days(10, 10, 10)),
        ("10月1日至8日 放假", days(10, 1, 8), set()),
        ("10月1日-10月8日放假", days(10, 1, 8), set()),
        ("１０月１日～３日　放假", days(10, 1, 3), set()),
        (
            "10月1日(周四)至7日(周三)放假调休,共7天。9月27日(周日)、10月10日(周六)上班。",
            days(10, 1, 7),
            days(9, 27, 27) | days(10, 10, 10),
        ),
        ("国庆节：10月1日放假\n10月10日、11日 补班", days(10, 1, 1), days(10, 10, 11)),
        ("10月1日和2日休息，10月10日上班", days(10, 1, 2), days(10, 10, 10)),
        ("10月11日（星期天）上班；", set(), days(10, 11, 11)),
        ("七、国庆节：\n10月1日放假1天，不调休", days(10, 1, 1), set()),
        ("10月1日放假\n10月1日放假", days(10, 1, 1), set()),
        ("经国务院批准，现将放假安排通知如下：七、国庆节：10月1日至7日放假。", days(10, 1, 7), set()),
        ("（国办发明电〔2025〕7号）\n10月10日上班", set(), days(10, 10, 10)),
    ],
)
def test_days_are_read_as_written(text: str, off: set[date], worked: set[date]) -> None:
    read = read_overrides(text, 2026)
    assert {day for day, works in read.items() if not works} == off
    assert {day for day, works in read.items() if works} == worked


def test_a_holiday_that_begins_in_the_year_before_names_its_year() -> None:
    read = read_overrides("元旦：2022年12月31日至2023年1月2日放假调休，共3天。", 2023)
    assert sorted(read) == [date(2022, 12, 31), date(2023, 1, 1), date(2023, 1, 2)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" \n", "请粘贴放假安排，例如 10月10日 上班。"),
        ("国务院办公厅", "没有看到放假或上班的日期，例如 10月1日至7日 放假。"),
        ("2025年11月4日", "没有看到放假或上班的日期，例如 10月1日至7日 放假。"),
        ("10月10日 上班\n随便写写", "没有看懂「随便写写」，请写成 10月10日 上班 或 10月1日至7日 放假。"),
        ("十月十日 上班", "没有看懂「十月十日上班」，请写成 10月10日 上班 或 10月1日至7日 放假。"),
        ("10月10日", "没有看懂「10月10日」，请写成 10月10日 上班 或 10月1日至7日 放假。"),
        ("放假", "没有看懂「放假」，请写成 10月10日 上班 或 10月1日至7日 放假。"),
        ("10月1日放假吧", "没有看懂「10月1日放假吧」，请写成 10月10日 上班 或 10月1日至7日 放假。"),
        ("2月30日 放假", "2026年没有2月30日，请核对日期。"),
        ("10月1日至32日 放假", "2026年没有10月32日，请核对日期。"),
        ("10月10日（周日）上班", "10月10日是周六，不是周日，请核对年份和日期。"),
        ("1月1日（星期五）放假", "1月1日是周四，不是周五，请核对年份和日期。"),
        ("10日 上班", "「10日」没有写月份，请核对。"),
        ("10月8日至1日 放假", "「10月8日至1日」的起止日期不对，请核对。"),
        ("1月1日至3月1日 放假", "「1月1日至3月1日」的起止日期不对，请核对。"),
        ("10月1日至7日放假，共8天", "10月1日起写的是 7 天，不是 8 天，请核对。"),
        ("10月1日放假。10月1日上班", "10月1日既写了放假又写了上班，请核对。"),
        ("2030年10月1日放假", "「2030年10月1日」不在2026年前后，请核对年份。"),
        ("0000年10月1日放假", "0年没有10月1日，请核对日期。"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    assert refusal(lambda: read_overrides(text, 2026)) == sentence
