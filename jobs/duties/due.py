"""The day of a task as it is typed: 「请各支部于12月20日（星期日）17:00前报送工会活动小结」.

A text is gone through from left to right. What names a day is a *mention*: the day, its weekday and hour, the day
on which a span begins, and the word that makes it a deadline (前, 截止) or a beginning (起, 之后). One mention is
taken, whole, and what is left is the task. A number that may be a date or something else (3.2, 12/18) is a date only
where no day is written plainly. What leaves two days to choose from is refused: nobody guesses.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from dateutil.relativedelta import relativedelta

from jobs.duties.calendar import WEEKDAYS, full_day, month_day
from jobs.duties.days import (
    ALONE,
    BEFORE,
    COUNT,
    NEAR,
    TO,
    WEEK,
    WITHIN,
    Named,
    Past,
    agreed,
    clock,
    hour_at,
    named_at,
    span_begins,
    span_ends,
)
from scoring.numerals import halfwidth, quoted
from scoring.pattern import pattern
from scoring.refusal import Refused, Unread

TASK_LONGEST = 500
FURTHEST_YEARS = 3
LEAD_LONGEST = 14
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
    typed, mentions, chosen, day = _deadline(text, today)
    apart = None if chosen.hour else _hour_apart(mentions, chosen, typed)
    hour = apart.hour if apart else chosen.hour
    cuts = [] if chosen.since and not chosen.by and _OF_THAT_TIME.match(typed, chosen.end) else [chosen.place]
    cuts += [apart.place] if apart else []
    return Deadline(day, clock(hour) if hour else "", _rest(text, sorted(cuts)))


def parse_period(text: str, today: date) -> tuple[date, date]:
    """The days from a first to a last one: today to the day that `parse_due` finds, or the span that is named."""
    _, _, chosen, day = _deadline(text, today)
    return (span_begins(chosen.since, day, today) if chosen.since else today), day


def says_until(text: str) -> bool:
    """Whether a text names a day, plainly or not, as the last one for something: 12月20日前, 月底前, 截止下周五."""
    return len(text) <= TASK_LONGEST and any(mention.by for mention in _mentions(halfwidth(text)))


# Going through a text -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mention:
    """What is said of days at one place of a text: `text` from `start` to `end`, with all that belongs to it.

    day     names a deadline, maybe: `by` when it says so (前, 截止)
    begins  names a day on which something begins, or around which it is: 起, 之后, 前后
    vague   names no day that the calendar knows without asking: 12月中旬, 元旦前, 农历
    beyond  is counted from a day, or leaves two to choose from: 12月18日前3天, 会后3天内, 12月18日/20日
    again   comes round again and again: 每月20日
    hour    an hour with no day beside it
    """

    kind: Literal["day", "begins", "vague", "beyond", "again", "hour"]
    start: int
    end: int
    text: str
    by: bool = False
    hour: str = ""
    names: tuple[Named, ...] = ()
    since: tuple[Named, ...] = ()
    """The day on which the span begins, where it is one."""

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands."""
        return self.start, self.end

    @property
    def plain(self) -> bool:
        """Whether it is a day for certain."""
        return any(name.form.plain for name in self.names)

    @property
    def dated(self) -> bool:
        """Whether it names a day of its own, from which others may be counted."""
        return self.plain and not all(name.relative for name in self.names)

    @property
    def counted(self) -> bool:
        """Whether it is counted from another day."""
        return bool(self.names) and all(name.relative for name in self.names)

    def day(self, today: date) -> date:
        """The day, the end of a span. Raises Refused."""
        day = agreed(self.names, today)
        if self.since and span_begins(self.since, day, today) > day:
            raise Refused(f"{quoted(self.text)}的起止日期不对，请核对。")
        return day


_BRACKET = pattern(r"\s*\(([^()]*)\)")
_SHORT_WEEKDAYS = tuple(f"{WEEKDAYS}天")
_FILLER = pattern(r"[\s,、;·/]+|含?当[天日]|含|暂定|即|也就是")
_BY = pattern(rf"\s*(?:{BEFORE}|截[止至]|为止|止|{WITHIN})(?:\s*\(不?[含包][^()]*\))?")
_BEGINS = pattern(r"\s*(?:起(?![草身步立])|开始|之后|以后|过后|后(?![勤续期备台])|前后|左右|以来)")
_SPACE = pattern(r"[\s,]*")
_DAYS_ALONE = pattern(r"(?P<first>[0-9]{1,2})\s*(?P<to>至|到|[~—–―─-]+)\s*(?P<day>[0-9]{1,2})\s*[日号]")
_LEAD_BY = pattern(
    r"(?:截[止至](?:日期|时间|日|期限)?|最[迟晚]|不[晚迟]于|期限|(?<![有权年上下])限|赶在|ddl|deadline)[\s:为是到至于在]*$",
    re.IGNORECASE,
)
_LEAD = pattern(
    r"(?:(?:从|自)?(?:即日|现在)起|请?(?:务必|尽量)?(?:(?<![关由鉴对基])于|(?<![存现正实内])在|定于|拟于)|(?:时间|日期)\s*[:为]?|从|(?<![亲各独])自"
    r"|(?<![报签收达看学找做])到|(?<![甚乃])至)\s*$"
)
_AGAIN = pattern(
    rf"(?:每\s*(?:个|{COUNT}\s*个?)?(?:工作日|月|周|星期|礼拜|年|季度|学期|学年|天|日)(?:的)?|逢)"
    rf"(?P<on>(?:(?:第{COUNT}|最后一)个)?(?:(?:周|星期|礼拜)?[一二三四五六日天](?:、[一二三四五六日天])*(?![0-9月次个])"
    rf"|(?:(?<=年){COUNT}月)?{COUNT}\s*[日号]|[底末初]))?"
)
_IN_MONTH = rf"(?:(?:{COUNT}|元)\s*月份?|[上本这当下次]个?月)"
_VAGUE = pattern(
    rf"{_IN_MONTH}?[上中下]旬|(?:{_IN_MONTH}|月|年)初(?![级步中审稿任心])|(?:[本这下]个?)?周末"
    r"|(?:本|这|下下|下)一?个?(?:周|星期|礼拜)(?![一二三四五六日天末])(?:之?内)?"
    rf"|{COUNT}\s*个?\s*(?:工作日|小时|学时)(?:{WITHIN}|之后|以后|后)"
    rf"|(?:{_IN_MONTH}的?)?第\s*{COUNT}\s*个?(?:教学)?(?:周|星期|礼拜)(?:的?(?:周|星期|礼拜)?[一二三四五六日天])?"
    rf"|(?:(?:农历|阴历|旧历)\s*(?:(?:[正腊冬]|{COUNT})\s*月)?|[正腊冬]月)(?:初?{COUNT}日?)?|{_IN_MONTH}(?={BEFORE})"
    r"|(?:元旦|春节|国庆节?|五一|七一|十一|清明节?|端午节?|中秋节?|劳动节|教师节|寒假|暑假|放假|开学|期中|期末|学期末|学期结束)"
    rf"(?={BEFORE})"
)
_SO_MANY = rf"(?:{COUNT}(?:\s*[-~至到、]\s*{COUNT})?|[半几数多])"
_PERIOD = (
    rf"{_SO_MANY}\s*(?:个?(?:天|周(?![年一二三四五六日天末])|星期|礼拜|工作日|小时|半月)|个月"
    r"|日(?![常捐游程记志报子语本历均]))"
)
_BEYOND = pattern(
    rf"(?:的|之)?(?:[前后]\s*{_PERIOD}|第{_PERIOD}|[次翌隔][天日]|前[夕夜]|头[一两]天|再过?|{_PERIOD}|[前下那当]一?周|所在的?周"
    r"|(?:周|星期|礼拜)[一二三四五六日天])"
)
_BEYOND_BY = pattern(rf"\s*(?:[的第]\s*)?(?:{_PERIOD}|[一两]晚)")
_EARLIER = pattern(rf"[次翌]日(?!的)|提前\s*{_PERIOD}|(?<!最)[前后]\s*{_PERIOD}(?:{WITHIN}|(?!的|{WITHIN}))")
_FROM_THERE = pattern(r"(?<!今)(?:后|(?<!即日)(?<!今[天日])(?<!现在)起|前|结束|次|再过?)的?[\s,]*$")
_GAP = pattern(r"[\s,的之]*")
_OR = pattern(r"\s*/\s*")
_DAY_LISTED = pattern(r"(?<![0-9月])[123][0-9]\s*[、,]\s*$")
_OTHER_HOUR = pattern(r"\s*或")
_NUMBERED = pattern(r"20[0-9]{2}\)\s*$")
_OF_THAT_TIME = pattern(
    r"的|(?:统计|检查|整理|汇总|报名|参加)\w{0,2}表"
    r"|(?!前|交|报|上[报交传]|提交|完成|开|发|送|传|办|做|走访|组织|召|举|参|整|收|汇|检|统|准|领|请|将|各|填|进行|慰问)\w"
)
_THAT_DAY = pattern(r"\s*(?:当[天日]|那[天日])")
_LABEL = pattern(
    r"(?:附[件表录]|出勤|到会|[学编工文序证]号|号码|版本?|得分|评分|成绩|满意度|比例|学分|[图章节])\s*:?\s*$"
)
_NOISE = pattern(r"第\s*[0-9]+(?:[./-][0-9]+)*|[vV][0-9]+(?:\.[0-9]+)*")


def _mentions(typed: str) -> Iterator[_Mention]:
    at = 0
    while at < len(typed):
        mention = _mention(typed, at)
        if mention:
            yield mention
        noise = None if mention else _NOISE.match(typed, at)
        at = mention.end if mention else noise.end() if noise else at + 1


def _together(typed: str, mentions: Iterable[_Mention]) -> tuple[_Mention, ...]:
    """The mentions, each one that is counted from the one right before it as one with that: 12月18日起，3天内."""
    found: list[_Mention] = []
    for mention in mentions:
        last = found[-1] if found else None
        counted = mention.kind == "beyond" or (mention.kind == "day" and mention.counted)
        if last and last.dated and counted and _GAP.fullmatch(typed, last.end, mention.start):
            text = typed[last.start : mention.end]
            found[-1] = _Mention("beyond", last.start, mention.end, text, names=last.names)
        else:
            found.append(mention)
    return tuple(found)


def _mention(typed: str, at: int) -> _Mention | None:
    if again := _AGAIN.match(typed, at):
        return _Mention("again", at, again.end(), again[0] if again["on"] else "")
    if vague := _VAGUE.match(typed, at):
        by = _BY.match(typed, vague.end())
        end = by.end() if by else vague.end()
        return _Mention("vague", at, end, typed[at:end], bool(by))
    if earlier := _EARLIER.match(typed, at):
        return _Mention("beyond", at, earlier.end(), earlier[0])
    day = _day_mentioned(typed, at)
    if day is None and (hour := hour_at(typed, at)):
        by = _BY.match(typed, hour[1])
        end = by.end() if by else hour[1]
        return _Mention("hour", at, end, typed[at:end], bool(by), hour[0])
    return day


def _day_mentioned(typed: str, at: int) -> _Mention | None:
    """The mention of a day that begins at a place, with the words that lead to it."""
    if (days := _DAYS_ALONE.match(typed, at)) and ALONE.after.match(typed, at):
        if "-" in days["to"] and int(days["first"]) <= 12:  # 5-20日: from the 5th to the 20th, or 20 May
            return _Mention("vague", at, days.end(), days[0], by=True)
        first, last = (Named(ALONE, {"day": days[name]}, days[0]) for name in ("first", "day"))
        return _finished(typed, at, (first,), *_with_asides(typed, last, days.end()))
    found = named_at(typed, at)
    label = _LABEL if found and not found[0].form.plain else _NUMBERED
    if not found or label.search(typed[:at]):
        return None
    names, end, hour, by = _with_asides(typed, *found)
    space = _SPACE.match(typed, found[1]).end()  # type: ignore[union-attr]
    touched = at > 0 and typed[at - 1].isalpha() and not _LEAD.search(typed[:at])
    if touched and space > found[1] and not found[0].form.plain and WEEK.pattern.match(typed, space):
        return _Mention("beyond", at, end, typed[at:end], names=names)
    to = None if by else TO.match(typed, end)
    if to and (vague := _VAGUE.match(typed, to.end())):
        return _Mention("vague", at, vague.end(), typed[at : vague.end()], by=True)
    if to and (ending := span_ends(typed, to.end(), names[0])):
        return _finished(typed, at, names, *_with_asides(typed, *ending))
    if to and not names[0].form.plain:
        return None
    return _finished(typed, at, (), names, end, hour, by)


def _with_asides(typed: str, name: Named, at: int) -> tuple[tuple[Named, ...], int, str, bool]:
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
        elif that := _THAT_DAY.match(typed, at):
            at = that.end()
        elif not hour and (written := hour_at(typed, place, after_day=True)):
            hour, at = written
        else:
            break
    return tuple(names), at, hour, by


def _confirming(typed: str, at: int, place: int, name: Named) -> tuple[Named, int] | None:
    """A weekday right after a day, or the day right after a weekday or 明天."""
    if name.form not in (WEEK, NEAR):
        week = WEEK.pattern.match(typed, place)
        return (Named(WEEK, week.groupdict(), week[0]), week.end()) if week else None
    found = named_at(typed, at)
    return found if found and found[0].dated else None


def _inside(text: str) -> tuple[list[Named], str, bool] | None:
    """What stands in brackets after a day, when all of it belongs to that day."""
    if text.strip() in _SHORT_WEEKDAYS:  # 12月18日（五）
        return [Named(WEEK, {"which": None, "weekday": text.strip()}, text)], "", False
    names: list[Named] = []
    hour, by, at = "", False, 0
    while at < len(text):
        if (mark := _BY.match(text, at)) or (filler := _FILLER.match(text, at)):
            by = by or mark is not None
            at = (mark or filler).end()  # type: ignore[union-attr]
        elif named := named_at(text, at, anywhere=True):
            names.append(named[0])
            at = named[1]
        elif written := hour_at(text, at):
            hour, at = written
        else:
            return None
    return names, hour, by


def _finished(
    typed: str,
    at: int,
    since: tuple[Named, ...],
    names: tuple[Named, ...],
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
    beyond = _BEYOND_BY.match(typed, end) if by and marked is None else _BEYOND.match(typed, end)
    either = _OR.match(typed, end)
    if names[0].form is ALONE and (listed := _DAY_LISTED.search(before)):  # 18、20日
        return _Mention("beyond", at, end, listed[0] + typed[at:end], names=names)
    if beyond or (names[0].relative and _FROM_THERE.search(before)):
        end = beyond.end() if beyond else end
        return _Mention("beyond", at, end, typed[at if beyond else max(0, at - 2) : end], names=names)
    if either and (other := span_ends(typed, either.end(), names[-1])):
        return _Mention("beyond", start, other[1], typed[at : other[1]], names=names)
    if hour and _OTHER_HOUR.match(typed, end):
        return _Mention("beyond", at, end, typed[at : end + 1], names=names)
    begins = None if by else _BEGINS.match(typed, end)
    if begins:
        return _Mention("begins", start, begins.end(), typed[at : begins.end()], names=names)
    return _Mention("day", start, end, typed[at:end], by, hour, names, since)


# Taking one of them -------------------------------------------------------------------------------------------


def _deadline(text: str, today: date) -> tuple[str, tuple[_Mention, ...], _Mention, date]:
    """What is mentioned in a text, made half-width, and the deadline among it with its day. Raises Refused."""
    if len(text) > TASK_LONGEST:
        raise Refused(f"任务写得太长了，请不要超过 {TASK_LONGEST} 个字。")
    typed = halfwidth(text)
    mentions = _together(typed, _mentions(typed))
    chosen = _chosen(mentions, today)
    day = chosen.day(today)
    if day < today:
        raise Refused(f"{full_day(day)}已经过去，请填今天（{full_day(today)}）或以后的日期。")
    if day > today + relativedelta(years=FURTHEST_YEARS):
        raise Refused(f"{full_day(day)}太远了，请填 {FURTHEST_YEARS} 年以内的日期。")
    return typed, mentions, chosen, day


def _chosen(mentions: Sequence[_Mention], today: date) -> _Mention:
    """The one mention that is the deadline. Refused where there is none, or more than one could be."""
    days = [mention for mention in mentions if mention.kind == "day"]
    plain = [mention for mention in days if mention.plain]
    marked = [mention for mention in days if mention.by]
    sure = [mention for mention in marked if mention.plain or not plain]
    last = max(
        (mention.start for mention in sure if plain), default=-1
    )  # what follows it is not settled by it
    beyond = [
        m.text
        for m in mentions
        if m.kind == "beyond" and m.start > last and (not m.names or m.plain or not plain)
    ]
    if beyond:
        raise Refused(f"{quoted(beyond[0].strip())}不能确定是哪一天，请写明截止的那一天，例如 12月20日前。")
    unclear = [
        mention for mention in mentions if mention.kind == "vague" and mention.by and mention.start > last
    ]
    if (
        sure
        and not unclear
        and not (all(mention.counted for mention in sure) and _rivals(plain, sure, today))
    ):
        return _only(sure, today, "请只写一个，其他的请分开交办。")
    if days and unclear:
        _ask([mention.text for mention in (*unclear, *(plain or days))], "请在截止的那一天后面写「前」。")
    if days:
        return _only([*plain, *marked] if plain else days, today, "请在截止的那一天后面写「前」。")
    raise Unread(_none(mentions))


def _rivals(plain: Sequence[_Mention], sure: Sequence[_Mention], today: date) -> bool:
    """Whether a weekday says 前 beside a whole date that may still come: 12月18日交表，周五前."""
    if not any(name.weekday_alone for mention in sure for name in mention.names):
        return False
    return any(m.names[0].dated and m not in sure and _may_come(m, today) for m in plain)


def _may_come(mention: _Mention, today: date) -> bool:
    try:
        return mention.day(today) >= today
    except Past:
        return False


def _only(mentions: Sequence[_Mention], today: date, how: str) -> _Mention:
    """The mention whose day alone may still come."""
    if len(mentions) == 1:
        return mentions[0]
    coming: dict[date, _Mention] = {}
    for mention in mentions:
        if _may_come(mention, today):
            coming.setdefault(mention.day(today), mention)
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
        return f"{quoted(again)}是经常性的工作，由管理员在「工作安排」里设置；交办任务请写一个日期。"
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
_LISTED = pattern(
    r"^\s*(?:[(（]?[0-9０-９]{1,2}\s*[、)）:：.．](?![0-9])|[①-⑳]|[一二三四五六七八九十]{1,3}、)\s*"
)
_SECOND = pattern(r"(?:[\s;；。,，(（]2\s*[.．、)）:：])|②|二、")
_EMPTY = pattern(r"[(（【\[「]\s*[)）】\]」]")


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
