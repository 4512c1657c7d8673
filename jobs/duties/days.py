"""Days and hours as people write them: 12月18日, 12.18, 元月18日, 下周五, 两周内; 17:00, 下午5点半, 下班前.

Each way to write a day is a `Form`. What stands at one place of a text is found by `named_at` and `hour_at`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from jobs.duties.calendar import WEEKDAYS, existing, full_day, weekday_word
from scoring.numerals import whole
from scoring.pattern import pattern
from scoring.refusal import Refused

LATELY = timedelta(days=90)  # a day that passed since then, without its year, is a slip and not next year's

Fields = Mapping[str, str | None]
_NEAR = {"前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "今": 0}
_NEAR |= {"明天": 1, "明日": 1, "明": 1, "后天": 2, "后日": 2, "大后天": 3}
_WEEKS = {"上": -1, "本": 0, "这": 0, "下": 1, "下下": 2}
_MONTHS = {"上": -1, "本": 0, "这": 0, "当": 0, "下": 1, "次": 1}
_YEARS = {"去年": -1, "今年": 0, "本年": 0, "明年": 1, "次年": 1, "翌年": 1, "后年": 2}
_DIGITS = {**{digit: n for n, digit in enumerate("零一二三四五六七八九")}, "〇": 0, "○": 0}
_WRITTEN = str.maketrans({"廿": "二十", "卅": "三十", "两": "二", "元": "一"})


class Past(Refused):
    """A day that passed lately, written without its year."""


def _number(fields: Fields, name: str) -> int:
    """18, 十八, 廿五, 两, or 元 (of 元月); 0 for what is no number."""
    return whole((fields.get(name) or "").translate(_WRITTEN))


def _written_year(fields: Fields, today: date) -> int | None:
    """The year, written in full, with two digits or as 明年; None where it is left out."""
    if nearby := fields.get("nearby"):
        return today.year + _YEARS[nearby]
    if not (year := fields.get("year")):
        return None
    number = int("".join(str(_DIGITS.get(digit, digit)) for digit in year))
    return number + 2000 * (number < 100)


def _year(passed: date, today: date) -> int:
    """This year, or the next one for a day that passed long ago. Refused when it was lately: nobody means next year."""
    if passed >= today:
        return today.year
    if today - passed <= LATELY:
        raise Past(f"{full_day(passed)}已经过去，请核对日期；如果是明年的，请写明年份。")
    return today.year + 1


def _of_month(fields: Fields, today: date) -> date:
    month, day = _number(fields, "month"), _number(fields, "day")
    if written := _written_year(fields, today):
        return existing(written, month, day)
    try:
        once = date(2024, month, day)  # a leap year: 29 February is a day
    except ValueError:
        raise Refused(f"没有{fields['month']}月{fields['day']}日，请核对日期。") from None
    return existing(_year(once + relativedelta(year=today.year), today), month, day)


def _of_eight_digits(fields: Fields, _: date) -> date:
    digits = fields["digits"] or ""
    return existing(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def _of_this_month(fields: Fields, today: date) -> date:
    month = today + relativedelta(months=_MONTHS[fields["which"] or ""], day=1)
    return existing(month.year, month.month, _number(fields, "day"))


def _of_any_month(fields: Fields, today: date) -> date:
    day = _number(fields, "day")
    month = today if day >= today.day else today + relativedelta(months=1, day=1)
    return existing(month.year, month.month, day)


def _month_end(fields: Fields, today: date) -> date:
    if not fields["month"]:
        return today + relativedelta(months=_MONTHS[fields["which"] or "本"], day=31)
    month = _number(fields, "month")
    if not 1 <= month <= 12:
        raise Refused(f"没有{fields['month']}月，请核对日期。")
    last = date(today.year, month, 1) + relativedelta(day=31)
    return date(_written_year(fields, today) or _year(last, today), month, 1) + relativedelta(day=31)


def _year_end(fields: Fields, today: date) -> date:
    return date(_written_year(fields, today) or today.year, 12, 31)


def _of_week(fields: Fields, today: date) -> date:
    day = _weekday(fields)
    if not fields["which"]:
        return today + timedelta(days=(day - today.weekday()) % 7)
    return today + timedelta(days=day - today.weekday(), weeks=_WEEKS[fields["which"]])


def _weekday(fields: Fields) -> int:
    return WEEKDAYS.index((fields["weekday"] or "").replace("天", "日"))


def _in_a_while(fields: Fields, today: date) -> date:
    number, unit = _number(fields, "number"), fields["unit"]
    if fields["number"] == "半":
        return today + (relativedelta(months=6) if unit == "年" else timedelta(days=15))
    if unit == "月":
        return today + relativedelta(months=number)
    return today + timedelta(days=number * (1 if unit in ("天", None) else 7))


def _near(fields: Fields, today: date) -> date:
    return today + timedelta(_NEAR[fields["near"] or ""])


def _lunar(_: Fields, __: date) -> date:
    raise Refused("农历的日期请换成公历的几月几日。")


@dataclass(frozen=True, slots=True)
class Form:
    """A way to write a day. Where it is not `plain` it may be another number. `after`: what may not stand before it."""

    pattern: re.Pattern[str]
    read: Callable[[Fields, date], date]
    after: re.Pattern[str]
    plain: bool


def _form(written: str, read: Callable[[Fields, date], date], after: str = "0-9", plain: bool = True) -> Form:
    return Form(pattern(written), read, pattern(f"(?<![{after}])"), plain)


COUNT = r"(?:[0-9]{1,2}|[一二三四五六七八九十两廿卅]{1,3})"
_DAY, _MONTH = rf"(?P<day>{COUNT})", rf"(?P<month>{COUNT}|元)"
_NEARBY = rf"(?P<nearby>{'|'.join(_YEARS)})"
_IN_YEAR = rf"(?:(?P<year>(?:20)?[0-9]{{2}}|[{''.join(_DIGITS)}]{{4}})\s*年\s*|{_NEARBY}\s*的?\s*)?"
_LOOSE = "0-9A-Za-z./:¥￥$第-"
BEFORE = r"(?:之前|以前|前(?![往去夕言后]|夜(?!间)))"
WITHIN = r"(?:之内|以内|内(?![部容外勤审控涵]))"
_GOES_ON = (  # what follows a day whose 日 is left out, or a number that might be no day
    r"(?=\s|$|[,。;、:!?()~/—–-]|[或和与及]|前|之前|以前|截|为?止|之?内|以内|起|开始|至|到|交|报|完成|[上提]交|上报|填|开|发|送|传|办|做|走访|组织|召开|举|参加|整理|收|汇|检查|统计|准备|领|请|将|各"
    r"|下班|放学|[上下中]午|早|晚|凌晨|周[一二三四五六日天]|星期|礼拜|[0-9]{1,2}\s*[:点时])"
)

WEEK = _form(
    r"(?P<which>上|本|这|下下|下)?\s*一?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])",
    _of_week,
    after="每逢第单双一二两三四五六七八九十0-9",
)
_BARE = "月0-9一二三四五六七八九十廿卅第周./"
ALONE = _form(
    rf"(?P<day>[0-9]{{1,2}})\s*(?:日(?![常游程记志报子语本历均光用期夜])|号{_GOES_ON})",
    _of_any_month,
    after=_BARE,
)
NEAR = _form(
    r"(?P<near>大后天|[前昨今明后]天|[昨今明后]日(?!头条|之星)|今(?=晚)|明(?=[早晚]|[上下中]午))",
    _near,
    after="大明今这",
)
_FORMS = (
    _form(
        r"(?P<year>20[0-9]{2})\s*[-/.年]\s*(?P<month>[0-9]{1,2})\s*[-/.]\s*(?P<day>[0-9]{1,2})(?![0-9])[日号]?",
        _of_month,
        after="0-9A-Za-z",
    ),
    _form(rf"{_IN_YEAR}{_MONTH}\s*月(?:份的?)?\s*{_DAY}(?:\s*[日号]|(?![0-9]){_GOES_ON})", _of_month),
    _form(r"(?P<digits>20[0-9]{6})(?![0-9A-Za-z])", _of_eight_digits, after="0-9A-Za-z", plain=False),
    _form(
        rf"(?P<month>[0-9]{{1,2}})[./](?P<day>[0-9]{{1,2}})\s*(?:日|号{_GOES_ON})", _of_month, after=_LOOSE
    ),
    _form(
        rf"(?P<month>[0-9]{{1,2}})(?P<point>[./-])(?P<day>[0-9]{{1,2}}){_GOES_ON}(?!(?P=point)[0-9])",
        _of_month,
        after=_LOOSE,
        plain=False,
    ),
    _form(rf"(?P<which>[上本这当下次])个?月(?:份的?)?\s*{_DAY}\s*[日号]", _of_this_month),
    _form(
        rf"(?P<number>{COUNT}|半)\s*(?:个?\s*(?P<unit>天|周|星期|礼拜|(?<=半)年|(?<=[个两半])月)(?:{WITHIN}|之后|以后|后)"
        rf"|日{WITHIN})",
        _in_a_while,
        after="0-9月第一二三四五六七八九十",
    ),
    _form(
        rf"{_IN_YEAR}(?:{_MONTH}\s*|(?P<which>[上本这当下次])个?)?月份?(?:[底末]|{WITHIN})",
        _month_end,
        after="0-9每",
    ),
    _form(rf"(?:(?:{_NEARBY}|(?P<year>20[0-9]{{2}})年)年?|年)(?:[底末]|{WITHIN})", _year_end, after="0-9每"),
    ALONE,
    _form(rf"(?P<day>[一二三四五六七八九十廿卅]{{1,3}})[日号]{_GOES_ON}", _of_any_month, after=_BARE),
    WEEK,
    NEAR,
    _form("农历|阴历|旧历", _lunar),
)


class Named(NamedTuple):
    """A day as it is written somewhere."""

    form: Form
    fields: Fields
    text: str

    @property
    def dated(self) -> bool:
        """Whether it is a month and a day."""
        return self.form.read is _of_month

    @property
    def relative(self) -> bool:
        """Whether it is counted from another day, which is today where none is named: 周五, 三天内, 明天."""
        return self.weekday_alone or self.form is NEAR or self.form.read is _in_a_while

    @property
    def weekday_alone(self) -> bool:
        """Whether it is a weekday of no week: 周五."""
        return self.form is WEEK and not self.fields["which"]


def named_at(typed: str, at: int, *, anywhere: bool = False) -> tuple[Named, int] | None:
    """The day that is written at a place, and where it ends. `anywhere`: whatever stands before it."""
    for form in _FORMS:
        if (anywhere or form.after.match(typed, at)) and (match := form.pattern.match(typed, at)):
            return Named(form, match.groupdict(), match[0].strip()), match.end()
    return None


def agreed(names: Sequence[Named], today: date) -> date:
    """The day that is named, once or in several ways: 12月20日（星期日）. Refused where they contradict each other."""
    first = next((name for name in names if not name.weekday_alone), names[0])
    day = first.form.read(first.fields, today)
    for name in names:
        if name.form is WEEK and _weekday(name.fields) != day.weekday():
            raise Refused(
                f"{full_day(day)}是{weekday_word(day)}，不是周{WEEKDAYS[_weekday(name.fields)]}，请核对日期。"
            )
        if not name.weekday_alone and name.form.read(name.fields, today) != day:
            raise Refused(f"{first.text}与{name.text}不是同一天，请核对日期。")
    return day


# A span of days -----------------------------------------------------------------------------------------------

_SAME_WEEK = pattern(
    r"(?:(?P<which>上|本|这|下下|下)?\s*个?(?:周|星期|礼拜))?(?P<weekday>[一二三四五六日天])" + _GOES_ON
)
_SAME = pattern(rf"{_DAY}(?:\s*[日号]|(?![0-9/]){_GOES_ON})")


def span_ends(typed: str, at: int, first: Named) -> tuple[Named, int] | None:
    """The day on which a span ends that begins with `first`: its month, or its week, may be left out."""
    day, weekday = _SAME.match(typed, at), _SAME_WEEK.match(typed, at)
    if day and "day" in first.fields:
        fields = {**first.fields, "day": day["day"]}
        return first._replace(fields=fields, text=day[0]), day.end()
    if weekday and first.form is WEEK and not weekday["which"]:
        fields = {**first.fields, "weekday": weekday["weekday"]}
        return first._replace(fields=fields, text=weekday[0]), weekday.end()
    return named_at(typed, at, anywhere=True)


def span_begins(names: Sequence[Named], end: date, today: date) -> date:
    """The day on which a span begins that ends on a day: what is left out is found from there, backwards."""
    first = names[0]
    if first.weekday_alone:
        return end
    if first.form.read is _of_any_month:
        return existing(end.year, end.month, _number(first.fields, "day"))
    if first.fields.get("month") and not _written_year(first.fields, today):
        later = _number(first.fields, "month") > end.month
        names = (first._replace(fields={**first.fields, "year": str(end.year - later)}), *names[1:])
    return agreed(names, today)


# The hour -----------------------------------------------------------------------------------------------------

_LATER = ("午后", "下午", "傍晚", "晚上", "晚间", "夜间", "夜里", "晚")
_PERIOD = rf"(?:凌晨|清晨|早上|早晨|早|上午|中午|正午|{'|'.join(_LATER)})"
_HOUR = pattern(
    rf"(?P<period>{_PERIOD})?\s*(?:(?P<hour>[0-9]{{1,2}})\s*:\s*(?P<minute>[0-9]{{2}})(?![0-9:月])"
    rf"|(?P<count>{COUNT}|零)\s*(?:点(?![建意要体感收内名评子心击位题赞])|时(?![间候期代常刻段事政装光效分节令]))"
    rf"(?:整|钟|(?P<half>半)|(?P<quarters>[一三])刻|\s*(?:(?P<and>[0-9]{{2}})(?:\s*分)?|(?P<written>{COUNT})\s*分))?)"
)
_HOUR_WORD = pattern(
    rf"上午|下午|中午|晚上|傍晚|早上|凌晨|晚(?![会宴餐自辈报点婚霞间])|早(?={BEFORE})|(?:下班|放学|上班|上课)(?={BEFORE})"
)
TO = pattern(r"\s*(?:起\s*,?\s*)?(?:至|到|[~—–―─-]+)\s*")
_MAY_BE_HOUR = pattern(r"(?<![0-9.:/最不])")


_POINTED = pattern(
    rf"(?:1[3-9]|2[0-4]|[0-9](?=.[0-9]{{2}}\s*{BEFORE})|1[0-2](?=.[034]0))\.[0-5][0-9](?![0-9.])"
)


def hour_at(typed: str, at: int, *, after_day: bool = False) -> tuple[str, int] | None:
    """The hour that is written at a place, the last of a span, and where it ends. `after_day`: 17.00 is one too."""
    if after_day and (pointed := _POINTED.match(typed, at)):
        return pointed[0].replace(".", ":"), pointed.end()
    if not _MAY_BE_HOUR.match(typed, at):
        return None
    if not (match := _HOUR.match(typed, at)):
        word = _HOUR_WORD.match(typed, at)
        return (word[0], word.end()) if word else None
    if (to := TO.match(typed, match.end())) and (last := _HOUR.match(typed, to.end())):
        return ("" if last["period"] else match["period"] or "") + last[0].strip(), last.end()
    return match[0], match.end()


def clock(written: str) -> str:
    """The hour as it is shown: 17:00, 8:30, 下午, 下班前. Refused where there is none, or two: 5点."""
    match = _HOUR.match(written)
    if not match:
        words = {"早": "早上", "晚": "晚上"}
        return f"{written}前" if written[-1] in "班学课" else words.get(written, written)
    hour = int(match["hour"]) if match["hour"] else _number(match.groupdict(), "count")
    minute = int(match["minute"] or match["and"] or 0) or _number(match.groupdict(), "written")
    minute = 30 if match["half"] else {"一": 15, "三": 45}.get(match["quarters"] or "", minute)
    if (match["period"] in _LATER and hour < 12) or (match["period"] in ("中午", "正午") and hour < 3):
        hour += 12
    elif match["period"] in _LATER[2:] and hour == 12:
        hour = 24
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise Refused(f"没有「{hour}:{minute:02d}」这个时间，请核对。")
    if not match["period"] and 1 <= hour <= 6 and not written.startswith("0"):
        later = f"{hour + 12}:{minute:02d}"
        raise Refused(
            f"「{written}」不能确定是上午还是下午，请写「{later}」；如果是早上，请写「早上{written}」。"
        )
    return f"{hour}:{minute:02d}"
