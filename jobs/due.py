"""The day of a task as it is typed: 「请各支部于12月20日（星期日）17:00前报送工会活动小结」.

A text is gone through from left to right. What names a day is a *mention*: the day, its weekday and hour, the day
on which a span begins, and the word that makes it a deadline (前, 截止) or a beginning (起, 之后). One mention is
taken, whole, and what is left is the task. A number that may be a date or something else (3.2, 12/18) is a date only
where no day is written plainly. What leaves two days to choose from is refused: nobody guesses.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from dateutil.relativedelta import relativedelta

from jobs.calendar import WEEKDAYS, existing, full_day, month_day, weekday_word
from jobs.rules import whole
from scoring.numerals import halfwidth, quoted
from scoring.refusal import Refused

TASK_LONGEST = 500
FURTHEST_YEARS = 3
LEAD_LONGEST = 14
LATELY = timedelta(days=90)  # a day that passed since then, without its year, is a slip and not next year's
NO_DAY = "没有看到截止日期，例如 12月20日前、下周五、月底。"


class Deadline(NamedTuple):
    """A day; the hour, where one is named ("17:00", "下班前", or empty); and what is to be done until then."""

    day: date
    hour: str
    task: str


def parse_due(text: str, today: date) -> Deadline:
    """The deadline a text names: 「12月20日前交工会活动小结」, 「下周五下班前」, 「12.15-12.20完成走访」, 「两周内」.

    What is left out is inferred: the next such day, today included; but not a year, for a day that passed lately. Of a
    span the end counts; of several days the one that says 前 or 截止, or the only one that is not past. Refused: no day
    found, or several, one that does not exist, is past, or years away, a mere beginning, and a wrong weekday.
    """
    if len(text) > TASK_LONGEST:
        raise Refused(f"任务写得太长了，请不要超过 {TASK_LONGEST} 个字。")
    typed = halfwidth(text)
    mentions = tuple(_mentions(typed))
    chosen = _chosen(mentions, today)
    day = chosen.day(today)
    if day < today:
        raise Refused(f"{full_day(day)}已经过去，请填今天（{full_day(today)}）或以后的日期。")
    if day > today + relativedelta(years=FURTHEST_YEARS):
        raise Refused(f"{full_day(day)}太远了，请填 {FURTHEST_YEARS} 年以内的日期。")
    apart = None if chosen.hour else _hour_apart(mentions, chosen, typed)
    hour = apart.hour if apart else chosen.hour
    cuts = [(chosen.start, chosen.end)] + ([(apart.start, apart.end)] if apart else [])
    return Deadline(day, _clock(hour) if hour else "", _rest(text, sorted(cuts)))


# How a day is written -----------------------------------------------------------------------------------------

Fields = Mapping[str, str | None]
_NEAR = {"前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "今": 0}
_NEAR |= {"明天": 1, "明日": 1, "明": 1, "后天": 2, "后日": 2, "大后天": 3}
_WEEKS = {"上": -1, "本": 0, "这": 0, "下": 1, "下下": 2}
_MONTHS = {"上": -1, "本": 0, "这": 0, "当": 0, "下": 1, "次": 1}
_YEARS = {"去年": -1, "今年": 0, "本年": 0, "明年": 1, "次年": 1, "翌年": 1, "后年": 2}
_DIGITS = {**{digit: n for n, digit in enumerate("零一二三四五六七八九")}, "〇": 0, "○": 0}
_WRITTEN = str.maketrans({"廿": "二十", "卅": "三十", "两": "二", "元": "一"})


class _Past(Refused):
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
        raise _Past(f"{full_day(passed)}已经过去，请核对日期；如果是明年的，请写明年份。")
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
class _Form:
    """A way to write a day. Where it is not `plain` it may be another number. `after`: what may not stand before it."""

    pattern: re.Pattern[str]
    read: Callable[[Fields, date], date]
    after: re.Pattern[str]
    plain: bool


def _form(
    pattern: str, read: Callable[[Fields, date], date], after: str = "0-9", plain: bool = True
) -> _Form:
    return _Form(re.compile(pattern), read, re.compile(f"(?<![{after}])"), plain)


_COUNT = r"(?:[0-9]{1,2}|[一二三四五六七八九十两廿卅]{1,3})"
_DAY, _MONTH = rf"(?P<day>{_COUNT})", rf"(?P<month>{_COUNT}|元)"
_NEARBY = rf"(?P<nearby>{'|'.join(_YEARS)})"
_IN_YEAR = rf"(?:(?P<year>(?:20)?[0-9]{{2}}|[{''.join(_DIGITS)}]{{4}})\s*年\s*|{_NEARBY}\s*的?\s*)?"
_LOOSE = "0-9A-Za-z./:¥￥$第-"
_BEFORE = r"(?:之前|以前|前(?![往去夕言后]))"
_WITHIN = r"(?:之内|以内|内(?![部容外勤审控涵]))"
_GOES_ON = (  # what follows a day whose 日 is left out, or a number that might be no day
    r"(?=\s|$|[,。;、:!?()~—–-]|前|之前|以前|截|为?止|之?内|以内|起|开始|至|到|交|报|完成|[上提]交|上报|填|开|发|送|传|办|做|走访|组织|召开|举|参加|整理|收|汇|检查|统计|准备|领|请|将|各"
    r"|下班|放学|[上下中]午|早|晚|凌晨|周[一二三四五六日天]|星期|礼拜|[0-9]{1,2}\s*[:点时])"
)

_WEEK = _form(
    r"(?P<which>上|本|这|下下|下)?\s*一?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])",
    _of_week,
    after="每逢第单双一二两三四五六七八九十0-9",
)
_BARE = "月0-9一二三四五六七八九十廿卅第周./"
_ALONE = _form(
    rf"(?P<day>[0-9]{{1,2}})\s*(?:日(?![常游程记志报子语本历均光用期夜])|号{_GOES_ON})",
    _of_any_month,
    after=_BARE,
)
_NEAR_FORM = _form(
    r"(?P<near>大后天|[前昨今明后]天|[昨今明后]日(?!头条|之星)|今(?=晚)|明(?=[早晚]|[上下中]午))",
    _near,
    after="大",
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
        rf"(?P<number>{_COUNT}|半)\s*(?:个?\s*(?P<unit>天|周|星期|礼拜|(?<=半)年|(?<=[个两半])月)(?:{_WITHIN}|之后|以后|后)"
        rf"|日{_WITHIN})",
        _in_a_while,
        after="0-9月第一二三四五六七八九十",
    ),
    _form(
        rf"{_IN_YEAR}(?:{_MONTH}\s*|(?P<which>[上本这当下次])个?)?月份?(?:[底末]|{_WITHIN})",
        _month_end,
        after="0-9每",
    ),
    _form(rf"(?:(?:{_NEARBY}|(?P<year>20[0-9]{{2}})年)年?|年)(?:[底末]|{_WITHIN})", _year_end, after="0-9每"),
    _ALONE,
    _form(rf"(?P<day>[一二三四五六七八九十廿卅]{{1,3}})[日号]{_GOES_ON}", _of_any_month, after=_BARE),
    _WEEK,
    _NEAR_FORM,
    _form("农历|阴历|旧历", _lunar),
)


class _Named(NamedTuple):
    """A day as it is written somewhere."""

    form: _Form
    fields: Fields
    text: str

    @property
    def weekday_alone(self) -> bool:
        return self.form is _WEEK and not self.fields["which"]


def _named(typed: str, at: int, *, anywhere: bool = False) -> tuple[_Named, int] | None:
    """The day that is written at a place, and where it ends. `anywhere`: whatever stands before it."""
    for form in _FORMS:
        if (anywhere or form.after.match(typed, at)) and (match := form.pattern.match(typed, at)):
            return _Named(form, match.groupdict(), match[0].strip()), match.end()
    return None


def _agreed(names: Sequence[_Named], today: date) -> date:
    """The day that is named, once or in several ways: 12月20日（星期日）. Refused where they contradict each other."""
    first = next((name for name in names if not name.weekday_alone), names[0])
    day = first.form.read(first.fields, today)
    for name in names:
        if name.form is _WEEK and _weekday(name.fields) != day.weekday():
            raise Refused(
                f"{full_day(day)}是{weekday_word(day)}，不是周{WEEKDAYS[_weekday(name.fields)]}，请核对日期。"
            )
        if not name.weekday_alone and name.form.read(name.fields, today) != day:
            raise Refused(f"{first.text}与{name.text}不是同一天，请核对日期。")
    return day


# The hour -----------------------------------------------------------------------------------------------------

_LATER = ("午后", "下午", "傍晚", "晚上", "晚间", "夜间", "夜里", "晚")
_PERIOD = rf"(?:凌晨|清晨|早上|早晨|早|上午|中午|正午|{'|'.join(_LATER)})"
_HOUR = re.compile(
    rf"(?P<period>{_PERIOD})?\s*(?:(?P<hour>[0-9]{{1,2}})\s*:\s*(?P<minute>[0-9]{{2}})(?![0-9:])"
    rf"|(?P<count>{_COUNT}|零)\s*(?:点(?![建意要体感收内名评子心击位题赞])|时(?![间候期代常刻段事政装光效分节令]))"
    rf"(?:整|钟|(?P<half>半)|(?P<quarters>[一三])刻|\s*(?:(?P<and>[0-9]{{2}})(?:\s*分)?|(?P<written>{_COUNT})\s*分))?)"
)
_HOUR_WORD = re.compile(
    rf"上午|下午|中午|晚上|傍晚|早上|凌晨|晚(?![会宴餐自辈报点婚霞间])|早(?={_BEFORE})|(?:下班|放学|上班|上课)(?={_BEFORE})"
)
_TO = re.compile(r"\s*(?:起\s*,?\s*)?(?:至|到|[~—–―─-]+)\s*")
_MAY_BE_HOUR = re.compile(r"(?<![0-9.:/最不])")


def _hour(typed: str, at: int) -> tuple[str, int] | None:
    """The hour that is written at a place, the last of a span, and where it ends."""
    if not _MAY_BE_HOUR.match(typed, at):
        return None
    if not (match := _HOUR.match(typed, at)):
        word = _HOUR_WORD.match(typed, at)
        return (word[0], word.end()) if word else None
    if (to := _TO.match(typed, match.end())) and (last := _HOUR.match(typed, to.end())):
        return ("" if last["period"] else match["period"] or "") + last[0].strip(), last.end()
    return match[0], match.end()


def _clock(written: str) -> str:
    """The hour as it is shown: 17:00, 8:30, 下午, 下班前. Refused where there is no such hour."""
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
    return f"{hour}:{minute:02d}"


# Going through a text -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mention:
    """What is said of days at one place of a text: `text` from `start` to `end`, with all that belongs to it.

    day     names a deadline, maybe: `by` when it says so (前, 截止)
    begins  names a day on which something begins, or around which it is: 起, 之后, 前后
    vague   names no day that the calendar knows without asking: 12月中旬, 元旦前, 农历
    again   comes round again and again: 每月20日
    hour    an hour with no day beside it
    """

    kind: Literal["day", "begins", "vague", "again", "hour"]
    start: int
    end: int
    text: str
    by: bool = False
    hour: str = ""
    names: tuple[_Named, ...] = ()
    since: tuple[_Named, ...] = ()
    """The day on which the span begins, where it is one."""

    @property
    def plain(self) -> bool:
        """Whether it is a day for certain."""
        return any(name.form.plain for name in self.names)

    def day(self, today: date) -> date:
        """The day, the end of a span. Raises Refused."""
        day = _agreed(self.names, today)
        if self.since and _begins(self.since, day, today) > day:
            raise Refused(f"{quoted(self.text)}的起止日期不对，请核对。")
        return day


def _begins(names: Sequence[_Named], end: date, today: date) -> date:
    """The day on which a span begins that ends on a day: what is left out is found from there, backwards."""
    first = names[0]
    if first.weekday_alone:
        return end
    if first.form.read is _of_any_month:
        return existing(end.year, end.month, _number(first.fields, "day"))
    if first.fields.get("month") and not _written_year(first.fields, today):
        later = _number(first.fields, "month") > end.month
        names = (first._replace(fields={**first.fields, "year": str(end.year - later)}), *names[1:])
    return _agreed(names, today)


_BRACKET = re.compile(r"\s*\(([^()]*)\)")
_SHORT_WEEKDAYS = tuple(f"{WEEKDAYS}天")
_FILLER = re.compile(r"[\s,、;·/]+|含?当[天日]|含|暂定|即|也就是")
_BY = re.compile(rf"\s*(?:{_BEFORE}|截[止至]|为止|止|{_WITHIN})(?:\s*\(不?[含包][^()]*\))?")
_BEGINS = re.compile(r"\s*(?:起(?![草身步立])|开始|之后|以后|过后|后(?![勤续期备台])|前后|左右|以来)")
_SPACE = re.compile(r"[\s,]*")
_SAME_WEEK = re.compile(
    r"(?:(?P<which>上|本|这|下下|下)?\s*个?(?:周|星期|礼拜))?(?P<weekday>[一二三四五六日天])" + _GOES_ON
)
_SAME = re.compile(rf"{_DAY}(?:\s*[日号]|(?![0-9]){_GOES_ON})")
_DAYS_ALONE = re.compile(r"(?P<first>[0-9]{1,2})\s*(?P<to>至|到|[~—–―─-]+)\s*(?P<day>[0-9]{1,2})\s*[日号]")
_LEAD_BY = re.compile(
    r"(?:截[止至](?:日期|时间|日|期限)?|最[迟晚]|不[晚迟]于|期限|(?<![有权年上下])限|赶在|ddl|deadline)[\s:为是到至于在]*$",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:请?(?:务必|尽量)?(?:(?<![关由鉴对基])于|(?<![存现正实内])在|定于|拟于)|(?:时间|日期)\s*[:为]?|从|(?<![亲各独])自"
    r"|(?<![报签收达看学找做])到|(?<![甚乃])至)\s*$"
)
_AGAIN = re.compile(
    rf"(?:每\s*(?:个|{_COUNT}\s*个?)?(?:工作日|月|周|星期|礼拜|年|季度|学期|学年|天|日)(?:的)?|逢)"
    rf"(?P<on>(?:(?:第{_COUNT}|最后一)个)?(?:(?:周|星期|礼拜)?[一二三四五六日天](?:、[一二三四五六日天])*(?![0-9月次个])"
    rf"|(?:{_COUNT}月)?{_COUNT}\s*[日号]|[底末初]))?"
)
_IN_MONTH = rf"(?:(?:{_COUNT}|元)\s*月份?|[上本这当下次]个?月)"
_VAGUE = re.compile(
    rf"{_IN_MONTH}?[上中下]旬|(?:{_IN_MONTH}|月|年)初(?![级步中审稿任心])|(?:[本这下]个?)?周末"
    r"|(?:本|这|下下|下)一?个?(?:周|星期|礼拜)(?![一二三四五六日天末])(?:之?内)?"
    rf"|{_COUNT}\s*个?\s*(?:工作日|小时|学时)(?:{_WITHIN}|之后|以后|后)"
    rf"|(?:{_IN_MONTH}的?)?第\s*{_COUNT}\s*个?(?:教学)?(?:周|星期|礼拜)(?:的?(?:周|星期|礼拜)?[一二三四五六日天])?"
    rf"|(?:(?:农历|阴历|旧历)\s*(?:(?:[正腊冬]|{_COUNT})\s*月)?|[正腊冬]月)(?:初?{_COUNT}日?)?|{_IN_MONTH}(?={_BEFORE})"
    r"|(?:元旦|春节|国庆节?|五一|七一|十一|清明节?|端午节?|中秋节?|劳动节|教师节|寒假|暑假|放假|开学|期中|期末|学期末|学期结束)"
    rf"(?={_BEFORE})"
)
_NOISE = re.compile(r"第\s*[0-9]+(?:[./-][0-9]+)*|[vV][0-9]+(?:\.[0-9]+)*")


def _mentions(typed: str) -> Iterator[_Mention]:
    at = 0
    while at < len(typed):
        mention = _mention(typed, at)
        if mention:
            yield mention
        noise = None if mention else _NOISE.match(typed, at)
        at = mention.end if mention else noise.end() if noise else at + 1


def _mention(typed: str, at: int) -> _Mention | None:
    if again := _AGAIN.match(typed, at):
        return _Mention("again", at, again.end(), again[0] if again["on"] else "")
    if vague := _VAGUE.match(typed, at):
        by = _BY.match(typed, vague.end())
        end = by.end() if by else vague.end()
        return _Mention("vague", at, end, typed[at:end], bool(by))
    day = _day_at(typed, at)
    if day is None and (hour := _hour(typed, at)):
        by = _BY.match(typed, hour[1])
        end = by.end() if by else hour[1]
        return _Mention("hour", at, end, typed[at:end], bool(by), hour[0])
    return day


def _day_at(typed: str, at: int) -> _Mention | None:
    """The mention of a day that begins at a place, with the words that lead to it."""
    if (days := _DAYS_ALONE.match(typed, at)) and _ALONE.after.match(typed, at):
        if "-" in days["to"] and int(days["first"]) <= 12:  # 5-20日: from the 5th to the 20th, or 20 May
            return _Mention("vague", at, days.end(), days[0], by=True)
        first, last = (_Named(_ALONE, {"day": days[name]}, days[0]) for name in ("first", "day"))
        return _finished(typed, at, (first,), *_with_asides(typed, last, days.end()))
    if not (found := _named(typed, at)):
        return None
    names, end, hour, by = _with_asides(typed, *found)
    to = None if by else _TO.match(typed, end)
    if to and (vague := _VAGUE.match(typed, to.end())):
        return _Mention("vague", at, vague.end(), typed[at : vague.end()], by=True)
    if to and (ending := _ending(typed, to.end(), names[0])):
        return _finished(typed, at, names, *_with_asides(typed, *ending))
    if to and not names[0].form.plain:
        return None
    return _finished(typed, at, (), names, end, hour, by)


def _ending(typed: str, at: int, first: _Named) -> tuple[_Named, int] | None:
    """The day on which a span ends that begins with `first`: its month, or its week, may be left out."""
    day, weekday = _SAME.match(typed, at), _SAME_WEEK.match(typed, at)
    if day and "day" in first.fields:
        fields = {**first.fields, "day": day["day"]}
        return first._replace(fields=fields, text=day[0]), day.end()
    if weekday and first.form is _WEEK and not weekday["which"]:
        fields = {**first.fields, "weekday": weekday["weekday"]}
        return first._replace(fields=fields, text=weekday[0]), weekday.end()
    return _named(typed, at, anywhere=True)


def _with_asides(typed: str, name: _Named, at: int) -> tuple[tuple[_Named, ...], int, str, bool]:
    """A day with all that stands around it: its weekday, in brackets or not, its hour, 前; and where that ends."""
    names, hour, by = [name], "", False
    while not by:
        place = _SPACE.match(typed, at).end()  # type: ignore[union-attr]
        if (bracket := _BRACKET.match(typed, at)) and (inside := _inside(bracket[1])):
            names += inside[0]
            hour, by, at = hour or inside[1], inside[2], bracket.end()
        elif mark := _BY.match(typed, at):
            by, at = True, mark.end()
        elif confirming := _confirming(typed, at, place, name):
            names.append(confirming[0])
            at = confirming[1]
        elif not hour and (written := _hour(typed, place)):
            hour, at = written
        else:
            break
    return tuple(names), at, hour, by


def _confirming(typed: str, at: int, place: int, name: _Named) -> tuple[_Named, int] | None:
    """A weekday right after a day, or the day right after a weekday or 明天."""
    if name.form not in (_WEEK, _NEAR_FORM):
        week = _WEEK.pattern.match(typed, place)
        return (_Named(_WEEK, week.groupdict(), week[0]), week.end()) if week else None
    found = _named(typed, at)
    return found if found and found[0].form.read is _of_month else None


def _inside(text: str) -> tuple[list[_Named], str, bool] | None:
    """What stands in brackets after a day, when all of it belongs to that day."""
    if text.strip() in _SHORT_WEEKDAYS:  # 12月18日（五）
        return [_Named(_WEEK, {"which": None, "weekday": text.strip()}, text)], "", False
    names: list[_Named] = []
    hour, by, at = "", False, 0
    while at < len(text):
        if (mark := _BY.match(text, at)) or (filler := _FILLER.match(text, at)):
            by = by or mark is not None
            at = (mark or filler).end()  # type: ignore[union-attr]
        elif named := _named(text, at, anywhere=True):
            names.append(named[0])
            at = named[1]
        elif written := _hour(text, at):
            hour, at = written
        else:
            return None
    return names, hour, by


def _finished(
    typed: str,
    at: int,
    since: tuple[_Named, ...],
    names: tuple[_Named, ...],
    end: int,
    hour: str,
    by: bool,
) -> _Mention:
    """The mention of a day with the words that lead to it, and those that make it a beginning."""
    before = typed[max(0, at - LEAD_LONGEST) : at]
    marked = _LEAD_BY.search(before)
    by = by or marked is not None or names[0].text.endswith("内")
    lead = marked or _LEAD.search(before)
    start = at - len(before) + lead.start() if lead else at
    begins = None if by else _BEGINS.match(typed, end)
    if begins:
        return _Mention("begins", start, begins.end(), typed[at : begins.end()])
    return _Mention("day", start, end, typed[at:end], by, hour, names, since)


# Taking one of them -------------------------------------------------------------------------------------------


def _chosen(mentions: Sequence[_Mention], today: date) -> _Mention:
    """The one mention that is the deadline. Refused where there is none, or more than one could be."""
    days = [mention for mention in mentions if mention.kind == "day"]
    if marked := [mention for mention in days if mention.by]:
        return _only(marked, today, "请只写一个，其他的请分开交办。")
    plain = [mention for mention in days if mention.plain] or days
    unclear = [mention for mention in mentions if mention.kind == "vague" and mention.by]
    if plain and unclear:
        _ask([mention.text for mention in (*unclear, *plain)], "请在截止的那一天后面写「前」。")
    if plain:
        return _only(plain, today, "请在截止的那一天后面写「前」。")
    raise Refused(_none(mentions))


def _only(mentions: Sequence[_Mention], today: date, how: str) -> _Mention:
    """The mention whose day alone may still come."""
    if len(mentions) == 1:
        return mentions[0]
    coming: dict[date, _Mention] = {}
    for mention in mentions:
        try:
            day = mention.day(today)
        except _Past:
            continue
        if day >= today:
            coming.setdefault(day, mention)
    if len(coming) > 1:
        _ask([month_day(day) for day in sorted(coming)], how)
    return next(iter(coming.values()), mentions[0])


def _ask(days: Sequence[str], how: str) -> None:
    raise Refused(f"有 {len(days)} 个日期（{'、'.join(days)}），{how}")


def _none(mentions: Sequence[_Mention]) -> str:
    """Why no day was found."""
    said = {mention.kind: mention.text.strip() for mention in reversed(mentions) if mention.text}
    if begins := said.get("begins"):
        return f"{quoted(begins)}没有说到哪一天截止，请写明，例如 12月20日前。"
    if vague := said.get("vague"):
        return f"{quoted(vague)}不能确定是哪一天，请写明几月几日，例如 12月20日前。"
    if again := said.get("again"):
        return f"{quoted(again)}是经常性的工作，请管理员在「工作安排」里设置；交办任务请写一个日期。"
    if hour := said.get("hour"):
        return f"只看到时间{quoted(hour)}，没有看到日期，例如「12月20日17:00前」。"
    return NO_DAY


def _hour_apart(mentions: Sequence[_Mention], chosen: _Mention, typed: str) -> _Mention | None:
    """The hour that stands beside the day, or somewhere else and says 前."""
    hours = [m for m in mentions if m.kind == "hour" and (m.by or _beside(m, chosen, typed))]
    return hours[0] if len(hours) == 1 else None


def _beside(hour: _Mention, chosen: _Mention, typed: str) -> bool:
    between = typed[hour.end : chosen.start] + typed[chosen.end : hour.start]
    return not between.strip(" (,")


_EDGES = " \t\r\n\u3000,，、。；;：:—–~～|·"
_LISTED = re.compile(
    r"^\s*(?:[(（]?[0-9０-９]{1,2}\s*[、)）:：.．](?![0-9])|[①-⑳]|[一二三四五六七八九十]{1,3}、)\s*"
)
_SECOND = re.compile(r"(?:[\s;；。,，(（]2\s*[.．、)）:：])|②|二、")
_EMPTY = re.compile(r"[(（【\[「]\s*[)）】\]」]")


def _rest(text: str, cuts: Sequence[tuple[int, int]]) -> str:
    """The text without the places that are cut out and, if it is the only one, without its number in a list."""
    several = _SECOND.search(text)
    task, at = "", 0
    for start, end in (*cuts, (len(text), len(text))):
        part = text[at:start] if several or task else _LISTED.sub("", text[at:start])
        left, right = task.rstrip(_EDGES), part.lstrip(_EDGES)
        apart = " " if left and right and (left, right) != (task, part) else ""
        task, at = left + apart + right, end
    return _EMPTY.sub("", task).strip(_EDGES)
