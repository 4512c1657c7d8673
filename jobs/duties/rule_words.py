"""Date rules as people write them.

A rule is one line of Chinese; the catalogue, the chat and the screen use the same words (`read_rules`, `words`):
    每月25日，遇休息日提前              a fixed day; 31日 is the last day of every month
    每月第1个周五，遇休息日顺延          the n-th weekday; the fifth, or 最后一个, is the last one
    每月第3个工作日                     also 每月最后一个工作日; a working day needs no shift
    6、12月20日，遇休息日提前            the same in some months only
    期末前21天，遇休息日提前             also 开学当天, 开学后10天, 期末当天, 自评开始前1天, 自评截止当天
    第二学期期末后7天，遇休息日提前       once a year; 寒假前3天 is 第一学期期末前3天, 暑假后3天 第一学期开学后3天
    第3周周五，遇休息日提前              week 1 holds the first day of term from Monday to Friday
    期中，遇休息日提前                  half-way between the first and the last day of term
    每年6月20日，遇休息日提前            also 每3年10月31日（2026年起）
    事件后14天，遇休息日提前             also 事件后1个月, 事件后14天起每月共6次: a result, a review, an award
遇休息日 is followed by 提前, 顺延 or 不调整; without it, 提前 is meant. Two rules of a kind are joined by ；.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import assert_never

from jobs.duties.calendar import WEEKDAYS
from jobs.duties.rules import (
    EVERY_MONTH,
    LAST,
    AfterEvent,
    Edge,
    FromTerm,
    MidTerm,
    MonthDay,
    MonthWeekday,
    MonthWorkday,
    Rule,
    Shift,
    TermWeek,
    Yearly,
    cadence,
)
from scoring.numerals import halfwidth, quoted, whole
from scoring.pattern import pattern
from scoring.refusal import Refused, Unread

RULES_LONGEST = 100
_EDGE_WORDS: dict[str, Edge] = {"开学": "start", "期末": "end", "自评开始": "opens", "自评截止": "closes"}
_HALVES = ("", "第一学期", "第二学期")
_VACATION = pattern("[寒暑]假")
_SHIFTS: dict[str, Shift] = {"提前": "before", "顺延": "after", "不调整": "none"}
_SHIFTED = pattern(r"(?:遇(?:休息|节假|非工作)日)?(提前|顺延|不调整)$")
_NUMBER = r"(?:[0-9]{1,4}|[一二三四五六七八九十]{1,3})"
_MONTHS = r"(?:每月|(?P<months>[0-9]{1,2}(?:、[0-9]{1,2})*)月)"
_WEEKDAY = rf"周(?P<weekday>[{WEEKDAYS}])"


def check_day(month: int, day: int) -> None:
    """Refused when no year has such a day."""
    try:
        date(2024, month, day)  # a leap year: 29 February is a day; a rule takes the 28th in other years
    except ValueError:
        raise Refused(f"没有{month}月{day}日，请核对日期。") from None


def read_rules(text: str, such: str = "每月25日，遇休息日提前") -> tuple[Rule, ...]:
    """The rules a text states, joined by ；; Refused with one sentence saying what cannot be read.

    `such` is an example of what can be.

    Several rules must come round equally often: both monthly, both once a term.
    """
    if len(text) > RULES_LONGEST:
        raise Refused(f"日期规则太长了，请不要超过 {RULES_LONGEST} 个字。")
    rules = tuple(_read_rule(part, such) for part in re.split("[;；\n]", text.strip(";；\n ")))
    if len(rules) > 1 and (len({cadence(rule) for rule in rules}) > 1 or cadence(rules[0]) == "event"):
        raise Refused("几条日期规则应同为每月、每学期或每年，事件后的只能有一条。")
    if len(set(rules)) < len(rules):
        raise Refused("同一条日期规则写了两次。")
    return rules


def _read_rule(part: str, such: str) -> Rule:
    compact = re.sub(r"\s|,", "", halfwidth(part))
    compact = re.sub("星期|礼拜", "周", compact).replace("周天", "周日").replace("号", "日")
    shift = _SHIFTED.search(compact)
    when = compact[: shift.start()] if shift else compact
    for written, workday, build in _WRITTEN:
        match = re.fullmatch(written, when)
        if match and workday and shift:
            raise Refused(f"{quoted(part.strip())}已经是工作日，不用再写{shift[1]}。")
        if match:
            return build(match, _SHIFTS[shift[1] if shift else "提前"])
    if _VACATION.search(when):
        raise Refused(f"{quoted(part.strip())}请写明假期前后第几天，例如 寒假前3天、暑假后3天。")
    raise Unread(f"没有看懂日期规则{quoted(part.strip())}，例如 {such}。")


def _between(match: re.Match[str], group: str, low: int, high: int) -> int:
    number = whole(match[group])
    if not low <= number <= high:
        raise Refused(f"{quoted(match[0])}里的 {match[group]} 应在 {low} 到 {high} 之间。")
    return number


def _months(match: re.Match[str]) -> tuple[int, ...]:
    if match["months"] is None:
        return EVERY_MONTH
    months = tuple(int(month) for month in match["months"].split("、"))
    if not all(1 <= month <= 12 for month in months) or len(set(months)) < len(months):
        raise Refused(f"{quoted(match[0])}里的月份应在 1 到 12 之间，不重复。")
    return tuple(sorted(months))


def _month_day(match: re.Match[str], shift: Shift) -> Rule:
    return MonthDay(31 if match["last"] else _between(match, "day", 1, 31), shift, _months(match))


def _month_weekday(match: re.Match[str], shift: Shift) -> Rule:
    nth = LAST if match["last"] else _between(match, "nth", 1, 5)
    return MonthWeekday(nth, WEEKDAYS.index(match["weekday"]), shift, _months(match))


def _month_workday(match: re.Match[str], _: Shift) -> Rule:
    return MonthWorkday(LAST if match["last"] else _between(match, "nth", 1, 15), _months(match))


def _from_term(match: re.Match[str], shift: Shift) -> Rule:
    edge, half = _EDGE_WORDS[match["edge"]], _HALVES.index(match["half"] or "")
    if match["side"] is None:
        return FromTerm(edge, 0, shift, half)
    distance = _between(match, "days", 1, 200)
    return FromTerm(edge, distance if match["side"] == "后" else -distance, shift, half)


def _from_vacation(match: re.Match[str], shift: Shift) -> Rule:
    """Before a vacation is before the end of a term; after it, after the beginning of the next."""
    distance = _between(match, "days", 1, 200)
    winter = match["vacation"] == "寒"
    if match["side"] == "前":
        return FromTerm("end", -distance, shift, 1 if winter else 2)
    return FromTerm("start", distance, shift, 2 if winter else 1)


def _term_week(match: re.Match[str], shift: Shift) -> Rule:
    return TermWeek(_between(match, "week", 1, 30), WEEKDAYS.index(match["weekday"]), shift)


def _yearly(match: re.Match[str], shift: Shift) -> Rule:
    month, day = whole(match["month"]), whole(match["day"])
    check_day(month, day)
    every = _between(match, "every", 1, 10) if match["every"] else 1
    if every == 1:
        return Yearly(month, day, shift)
    if not match["since"]:
        raise Refused(f"{quoted(match[0])}请写明从哪一年算起，例如 每3年10月31日（2026年起）。")
    return Yearly(month, day, shift, every, _between(match, "since", 2000, 2100))


def _event(match: re.Match[str], shift: Shift) -> Rule:
    days = _between(match, "days", 1, 400) if match["days"] else 0
    months = _between(match, "months", 1, 24) if match["months"] else 0
    return AfterEvent(days, months, shift, _between(match, "times", 2, 12) if match["times"] else 1)


_WRITTEN: tuple[tuple[str, bool, Callable[[re.Match[str], Shift], Rule]], ...] = (
    # how it is written, whether it names a working day, what it builds
    (rf"{_MONTHS}(?:(?P<last>最后[一1][日天])|(?P<day>{_NUMBER})日)", False, _month_day),
    (rf"{_MONTHS}(?:(?P<last>最后[一1]个)|第(?P<nth>{_NUMBER})个){_WEEKDAY}", False, _month_weekday),
    (rf"{_MONTHS}(?:(?P<last>最后[一1]个)|第(?P<nth>{_NUMBER})个)工作日", True, _month_workday),
    (
        rf"(?P<half>第[一二]学期)?(?P<edge>{'|'.join(_EDGE_WORDS)})(?:当[天日]|(?P<side>[前后])(?P<days>{_NUMBER})天)",
        False,
        _from_term,
    ),
    (
        rf"(?P<vacation>[寒暑])假(?P<side>[前后])(?P<days>{_NUMBER})天",
        False,
        _from_vacation,
    ),
    (rf"第(?P<week>{_NUMBER})周{_WEEKDAY}", False, _term_week),
    ("期中", False, lambda _, shift: MidTerm(shift)),
    (
        rf"每(?P<every>{_NUMBER})?年(?P<month>{_NUMBER})月(?P<day>{_NUMBER})日(?:\((?P<since>[0-9]{{4}})年起\))?",
        False,
        _yearly,
    ),
    (
        rf"事件后(?:(?P<days>{_NUMBER})天|(?P<months>{_NUMBER})个月)(?:起每月共(?P<times>{_NUMBER})次)?",
        False,
        _event,
    ),
)


def words(rules: tuple[Rule, ...]) -> str:
    """The rules in the words that `read_rules` reads."""
    return "；".join(_say(rule) for rule in rules)


def _say(rule: Rule) -> str:
    if isinstance(rule, MonthWorkday):
        return f"{_say_months(rule.months)}{_say_nth(rule.nth)}工作日"
    shift = next(word for word, shift in _SHIFTS.items() if shift == rule.shift)
    return f"{_say_when(rule)}，遇休息日{shift}"


def _say_when(rule: MonthDay | MonthWeekday | FromTerm | TermWeek | MidTerm | Yearly | AfterEvent) -> str:
    match rule:
        case MonthDay(day, _, months):
            return f"{_say_months(months)}{day}日"
        case MonthWeekday(nth, day_of_week, _, months):
            return f"{_say_months(months)}{_say_nth(nth)}周{WEEKDAYS[day_of_week]}"
        case FromTerm(edge, distance, _, half):
            side = f"{'后' if distance > 0 else '前'}{abs(distance)}天" if distance else "当天"
            return _HALVES[half] + next(word for word, known in _EDGE_WORDS.items() if known == edge) + side
        case TermWeek(week, day_of_week, _):
            return f"第{week}周周{WEEKDAYS[day_of_week]}"
        case MidTerm():
            return "期中"
        case Yearly(month, day, _, every, since):
            return f"每年{month}月{day}日" if every == 1 else f"每{every}年{month}月{day}日（{since}年起）"
        case AfterEvent(distance, months, _, times):
            after = f"事件后{distance}天" if distance else f"事件后{months}个月"
            return after if times == 1 else f"{after}起每月共{times}次"
        case _:
            assert_never(rule)


def _say_months(months: tuple[int, ...]) -> str:
    return "每月" if months == EVERY_MONTH else "、".join(map(str, months)) + "月"


def _say_nth(nth: int) -> str:
    return "最后一个" if nth == LAST else f"第{nth}个"
