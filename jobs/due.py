"""A due day as it is typed in a task: 「12月20日前交工会活动小结」."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from jobs.calendar import WEEKDAYS, existing, full_day
from jobs.rules import check_day, whole
from scoring.numerals import halfwidth
from scoring.refusal import Refused

TASK_LONGEST = 500
FURTHEST_YEARS = 3
LATELY = timedelta(days=90)  # a day that passed since then, without its year, is a slip and not next year's
_TWO = r"(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})"
_BY = r"(?P<by>\s*(?:之前|以前|前|截止|为止|止|之内|内))?"
_LEAD_IN = re.compile(r"(?:请?[于在]|截[止至]到?)\s*$")
_EDGES = " \t\n\u3000,，。、:：;；"
_NEAR = {"前天": -2, "昨天": -1, "今天": 0, "明天": 1, "后天": 2, "大后天": 3}
_WEEKS = {"上": -1, "本": 0, "这": 0, "下": 1, "下下": 2}


def parse_due(text: str, today: date) -> tuple[date, str]:
    """The due day a task names, and the rest of it: 「12月20日前交工会活动小结」, 「下周五」, 「月底」, 「12.20」.

    What is left out is inferred: the next such day, today included; but not a year, for a day that passed lately. Of
    several days the one that says 前 or 截止 counts, else the first. Refused: no day found, one that does not exist, is
    past, or is years away.
    """
    if len(text) > TASK_LONGEST:
        raise Refused(f"任务写得太长了，请不要超过 {TASK_LONGEST} 个字。")
    typed = halfwidth(text)
    found = [(match, read) for pattern, read in _TYPED for match in pattern.finditer(typed)]
    if not found:
        raise Refused("没有看到截止日期，例如 12月20日前、下周五、月底。")
    match, read = min(found, key=lambda pair: (not pair[0]["by"], pair[0].start()))
    day = read(match, today)
    if day < today:
        raise Refused(f"{full_day(day)}已经过去，请填今天（{full_day(today)}）或以后的日期。")
    if day > today + relativedelta(years=FURTHEST_YEARS):
        raise Refused(f"{full_day(day)}太远了，请填 {FURTHEST_YEARS} 年以内的日期。")
    before = _LEAD_IN.sub("", text[: match.start()]).strip(_EDGES)
    after = text[match.end() :].strip(_EDGES)
    return day, " ".join(part for part in (before, after) if part)


def _dated(match: re.Match[str], _: date) -> date:
    return existing(int(match["year"]), int(match["month"]), int(match["day"]))


def _of_year(match: re.Match[str], today: date) -> date:
    month, day = whole(match["month"]), whole(match["day"])
    check_day(month, day)
    passed = date(today.year, month, 1) + relativedelta(day=day)
    return existing(_year(passed, today), month, day)


def _year(passed: date, today: date) -> int:
    """This year, or the next one for a day that passed long ago. Refused when it was lately: nobody means next year."""
    if passed >= today:
        return today.year
    if today - passed <= LATELY:
        raise Refused(f"{full_day(passed)}已经过去，请核对日期；如果是明年的，请写明年份。")
    return today.year + 1


def _of_month(match: re.Match[str], today: date) -> date:
    month = today + relativedelta(months=match["which"] == "下", day=1)
    return existing(month.year, month.month, whole(match["day"]))


def _of_any_month(match: re.Match[str], today: date) -> date:
    day = whole(match["day"])
    month = today if day >= today.day else today + relativedelta(months=1, day=1)
    return existing(month.year, month.month, day)


def _month_end(match: re.Match[str], today: date) -> date:
    if match["month"] is None:
        return today + relativedelta(months=match["which"] == "下", day=31)
    number = whole(match["month"])
    check_day(number, 1)
    month = date(today.year, number, 1)
    return month + relativedelta(year=_year(month + relativedelta(day=31), today), day=31)


def _of_week(match: re.Match[str], today: date) -> date:
    day = WEEKDAYS.index(match["weekday"].replace("天", "日"))
    if match["which"] is None:
        return today + timedelta(days=(day - today.weekday()) % 7)
    return today + timedelta(days=day - today.weekday(), weeks=_WEEKS[match["which"]])


def _in_a_while(match: re.Match[str], today: date) -> date:
    number = whole(match["number"])
    if match["unit"] == "个月":
        return today + relativedelta(months=number)
    return today + timedelta(days=number * (1 if match["unit"] == "天" else 7))


_TYPED: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], date]], ...] = tuple(
    (re.compile(pattern + _BY), read)
    for pattern, read in (
        (
            r"(?P<year>20[0-9]{2})\s*[-/.年]\s*(?P<month>[0-9]{1,2})\s*[-/.月]\s*(?P<day>[0-9]{1,2})(?![0-9])[日号]?",
            _dated,
        ),
        (rf"(?P<month>{_TWO})\s*月\s*(?P<day>{_TWO})\s*[日号]", _of_year),
        (r"(?<![0-9./-])(?P<month>[0-9]{1,2})[./-](?P<day>[0-9]{1,2})(?![0-9./-])", _of_year),
        (rf"(?P<which>[本这下])个?月\s*(?P<day>{_TWO})\s*[日号]", _of_month),
        (rf"(?<![月0-9一二三四五六七八九十第])(?P<day>{_TWO})[日号]", _of_any_month),
        (rf"(?:(?P<month>{_TWO})\s*|(?P<which>[本这下])个?)?月[底末]", _month_end),
        (
            r"(?<![每一二两三四五六七八九十0-9])(?P<which>上|本|这|下下|下)?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])",
            _of_week,
        ),
        (rf"(?P<number>{_TWO})\s*(?P<unit>天|周|个?星期|个月)[后内]", _in_a_while),
        (
            r"(?P<near>大后天|后天|明天|今天|昨天|前天)",
            lambda match, today: today + timedelta(_NEAR[match["near"]]),
        ),
        ("年底", lambda _, today: today.replace(month=12, day=31)),
    )
)
