"""An attendance in a typed text, and the words beside it: how many came, volunteer service or not, the theme.

An attendance is a ratio that stands alone, `17/18`, or is told in words, 应到18实到17. Digits, points and letters that
touch a ratio make it unreadable; one that may be a date is taken for an attendance only where no other number stands
beside it. Every other number of people must agree with it: 17/18，1人请假. A number told in words is one of people only
before 人, a mark or the end of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from scoring.facts import parse_fact
from scoring.numerals import halfwidth, percent, plain, quoted, whole
from scoring.pattern import pattern
from scoring.refusal import Refused
from scoring.rubric import FactKind

_CHINESE = "一二三四五六七八九十"
_ONE = "[一二三四五六七八九]"
DIGITS = rf"(?:[0-9]+|(?<![{_CHINESE}百千万])(?:[二三四五六七八九]?十{_ONE}?|{_ONE})(?![{_CHINESE}百千万]))"
_PERSON = r"(?:个?人(?!次)|名|位)"
_UNIT = rf"(?:\s*(?:{_PERSON}(?:党员)?|人次|[篇本份]))"
# What begins the theme of an activity and may therefore touch the number before it.
ACT = r"(?=全[勤员体部到]|志愿|参观|学习|观看|开展|植树|慰问|主题|讨论|座谈|走访|听取|举行|召开|重温|缅怀|祭扫|清扫)"
_APART = r"[\s,、;。/·]*"
CALLED_OFF = r"请了?假|[病事产公休]假|缺席|缺勤|缺|(?:未|没有?)(?:能|有)?(?:到会?|来|参加|参会|出席|出勤)"
_ABSENT = (
    rf"(?:(?P<none>无人?|没有人?|零)\s*(?:{CALLED_OFF})"
    rf"|(?<![含括])(?:{CALLED_OFF})(?:的|了|有|共)?\s*:?\s*(?P<named>{DIGITS}|两)(?!\s*[/%.0-9])(?:\s*{_PERSON}|(?!\w))"
    rf"|(?P<counted>{DIGITS}|两)\s*{_PERSON}(?:党员)?\s*(?:因[公病事])?\s*(?:{CALLED_OFF}))"
)
_INCLUDED = rf"(?:含|其中|包括)[^\d\s,、;。()]{{0,8}}{DIGITS}\s*{_PERSON}"
_ASIDE = rf"(?:{_APART}(?:{re.sub(r'[?]P<[a-z]+>', '?:', _ABSENT)}|\(\s*{_INCLUDED}[^()\d]*\)))*"
WHOLE = (
    r"(?:应(?:到|出勤|出席|参加|参会|交)?|总人?数|全[体部](?:党员)?|(?:本?支部)?一?共有?|在册(?:党员)?"
    r"|党员(?:总数)?)"
)
THERE = r"(?:签到|实际?(?:到会?|出勤|出席|参加|参会|交)?|[到参]会|出勤|出席|参加|已交|上交|到)了?"
_CAME = r"(?:实到|[到参]会|到了?|出勤|出席|参加)"
_OF = rf"(?:党员)?(?:人数)?\s*:?\s*(?P<of>{DIGITS})"
_COUNT = _OF.replace("of", "count")
_MISSED = rf"(?=(?:{CALLED_OFF})\s*:?\s*{DIGITS})"
_TOLD_ENDS = rf"(?:{_UNIT}\s*{_CAME}?)?(?:(?![0-9/%]|[.:-]\s*[0-9])(?=\W|$)|{ACT}|{_MISSED})"
_ALONE = rf"(?<![0-9./第{_CHINESE}百千万])"
_TOLD = (
    pattern(rf"{WHOLE}{_OF}{_UNIT}?(?P<aside>{_ASIDE}){_APART}{THERE}{_COUNT}{_TOLD_ENDS}"),
    pattern(rf"{THERE}{_COUNT}{_UNIT}?(?P<aside>{_ASIDE}){_APART}{WHOLE}{_OF}{_TOLD_ENDS}"),
    pattern(
        rf"(?:{WHOLE}|{_ALONE}){_OF}{_UNIT}(?P<aside>{_ASIDE}){_APART}(?P<count>{DIGITS}){_UNIT}\s*{_CAME}{_TOLD_ENDS}"
    ),
    pattern(
        rf"{_ALONE}(?P<of>{DIGITS})\s*{_PERSON}(?:党员)?[中里]?有?(?P<aside>{_ASIDE}){_APART}{_CAME}"
        rf"{_COUNT}{_TOLD_ENDS}"
    ),
    pattern(
        rf"{_ALONE}(?P<of>{DIGITS})\s*{_PERSON}(?:党员)?中有?(?P<aside>{_ASIDE})\s*(?P<count>{DIGITS})\s*{_PERSON}"
        rf"\s*{_CAME}{_TOLD_ENDS}"
    ),
)
_RATIO = pattern(r"(?P<count>-?[0-9]+)\s*(?P<unit>[人名篇]?)\s*/\s*(?P<of>-?[0-9]+)")
_SLASHED = pattern(
    r"(?:(?<!\S)-|第\s*|[0-9]+\s*[年月]\s*)?(?:[0-9A-Za-z]|(?<=[0-9A-Za-z])[.:-](?=[0-9A-Za-z]))*[0-9]\s*[人名篇]?\s*/"
    r"\s*-?[0-9](?:[0-9A-Za-z]|[.:/-](?=[0-9A-Za-z]))*(?:[期号页版元日周次楼层室]|[学课]时)?"
)
_FULL_DATE = pattern(r"20[0-9]{2}/[0-9]{1,2}/[0-9]{1,2}[日号]?")
_BEFORE = pattern(r"(?P<word>[0-9.:/-]*(?<![0-9])(?P<number>[0-9]+))\s+$")
_AFTER = pattern(r"\s+[0-9]+(?=\s|$|[,。;、!?)])")
_CALLED = pattern(r"(?:(?:出勤|到会|参会|出席|实到|签到|已交|实交|满意)(?:率|人数|情况)?|人数|考勤)\s*:?\s*$")
_NOT_THERE = pattern(rf"(?<![人名位])(?:{CALLED_OFF}|迟到|早退)(?:率|人数|情况)?\s*:?\s*$")
_FOLLOWED = pattern(rf"\s*(?:{_PERSON}|[篇本份])(?:党员)?(?:参加|出席|到会|出勤)?(?:(?!\w)|{ACT})")
_GLUED = pattern(rf"(?!{ACT})\w")
_RATE = pattern(r"\s*[,(]?\s*(?:出勤率)?\s*:?\s*(?P<rate>[0-9]+(?:\.[0-9]+)?)\s*%\s*\)?")
_RATE_APART = pattern(
    r"(?P<called>(?:出勤|到会|参会|满意|上交|完成)率)?\s*[:为是约达=≈]*\s*(?P<rate>[0-9]+(?:\.[0-9]+)?)\s*%"
)
_PEOPLE = pattern(rf"[0-9]|(?:{DIGITS}|[两几多])\s*{_PERSON}|全[体员勤部]|大家")
EVERYBODY = r"全勤|全到齐?|全(?:体|员|部)(?:党员)?(?:都|均)?(?:到|参加|出席|出勤)|都到|无一(?:人)?缺"
_NO_COUNT = pattern(
    r"20[0-9]{2}\s*年?(?:/[0-9]{1,2}/[0-9]{1,2})?|[0-9]{1,2}\s*[月./-]\s*[0-9]{1,2}\s*[日号]?(?![\d.])|[0-9]{1,2}[月日号点]份?"
    rf"|[0-9]{{1,2}}:[0-9]{{2}}|第\s*(?:[0-9]+|[{_CHINESE}]+)[次届期章季轮批讲课个场]?|[0-9]+\s*周年|[0-9]+大"
)
_PEOPLE_IN_WORDS = rf"(?:[{_CHINESE}]+|[两几多])\s*(?:个?人(?![民大生工文物次一])|[名位])"
_COUNTED_PEOPLE = pattern(
    rf"[0-9]+(?=\s*{_PERSON}|\s*人次|(?!\s*[个件部期场本次项家所座条处届周章节组层楼室号](?!人))\W|$)"
    rf"|[应实](?:到|交|出勤|出席)?\s*[0-9]|{_PEOPLE_IN_WORDS}"
)
_NUMBER = pattern(rf"[0-9]|{_PEOPLE_IN_WORDS}")
_TAKEN_BACK = pattern(
    r"(?<!\w)(?:不|不是|不对|错|错了|no|NO|No)(?!\w)|不对|写错|打错|填错|记错|错了|更正|有误|改为|改成|应为|应该是|实际是"
    r"|预计|大概|大约|(?<!\w)约(?!\w)|左右|估计|差不多|可能|[?]|[吗么](?!\w)"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """An attendance in a text, which stands at `places`; `bare` when nothing says that it is one, `told` in words."""

    places: tuple[tuple[int, int], ...]
    count: int
    of: int
    bare: bool = False
    told: bool = False
    glued: bool = False
    """Whether other words touch it: 17/18楼."""
    asked: bool = False
    """Whether it may well be meant otherwise: 18/17, 17:18."""

    @property
    def may_be_date(self) -> bool:
        """12/25 is also Christmas; 17/18 is no day."""
        return self.bare and is_day(self.count, self.of)


def number_of(digits: str) -> int:
    return int(digits) if digits.isdecimal() else whole(digits.replace("两", "二"))


def is_day(month: int, day: int) -> bool:
    try:
        date(2024, month, day)
    except ValueError:
        return False
    return True


def is_doubtful(seen: Seen, left: str, theme: str) -> bool:
    """Whether what stands beside an attendance speaks of other people than it does, or takes it back."""
    if seen.glued or seen.asked or _TAKEN_BACK.search(left) or (seen.may_be_date and _PEOPLE.search(left)):
        return True
    absent, others = absences(theme)
    if absent is not None and absent != seen.of - seen.count:
        return True
    if re.search(CALLED_OFF if seen.count == seen.of else EVERYBODY, others):
        return True
    others = re.sub(_INCLUDED, " ", _NO_COUNT.sub(" ", others))
    return bool((_NUMBER if seen.told else _COUNTED_PEOPLE).search(others))


def absences(typed: str) -> tuple[int | None, str]:
    """How many were absent, by what a text says of it, and the text without that."""
    found = list(re.finditer(_ABSENT, typed))
    numbers = [number_of(match["named"] or match["counted"] or "0") for match in found]
    return (sum(numbers) if found else None), re.sub(_ABSENT, " ", typed)


def attendances(kind: FactKind, text: str) -> Iterator[tuple[Seen, str]]:
    """Each attendance that a text can mean, with the text that is left beside it.

    Refused: one that digits or letters touch, more people there than there are.
    """
    typed = halfwidth(text)
    seen = sorted((*_told(typed), *_ratios(kind, typed)), key=lambda one: one.places)
    possible = [one for one in seen if one.count <= one.of and (one.of or kind.of_zero)]
    for one in seen:
        if one in possible or not (possible and one.may_be_date):
            parse_fact(f"{one.count}/{one.of}", kind)
    for value in dict.fromkeys((one.count, one.of) for one in possible):
        same = [one for one in possible if (one.count, one.of) == value]
        letters = list(text)
        for start, end in (place for one in same for place in one.places):
            letters[start:end] = " " * (end - start)
        yield same[0], "".join(letters)


def _told(typed: str) -> Iterator[Seen]:
    every = [match for told in _TOLD for match in told.finditer(typed)]
    widest = [m for m in every if not any(_within(m.span(), other.span()) for other in every)]
    for match in widest:
        count, of = number_of(match["count"]), number_of(match["of"])
        if not _runs_on(match["count"], typed[match.end("count") :], of):
            end = _with_rate(typed, match.end(), count, of)
            aside, goes_on = match.span("aside")
            yield Seen(((match.start(), aside), (goes_on, end)), count, of, told=True)


def _within(place: tuple[int, int], other: tuple[int, int]) -> bool:
    return place != other and other[0] <= place[0] and place[1] <= other[1]


def _runs_on(count: str, after: str, of: int) -> bool:
    """Whether a number goes on behind a space: 1 7 for 17."""
    more = re.match(r"\s+([0-9]+)", after)
    return bool(more) and int(f"{number_of(count)}{more[1]}") <= of  # type: ignore[index]


def _ratios(kind: FactKind, typed: str) -> Iterator[Seen]:
    for slashed in _SLASHED.finditer(typed):
        if _FULL_DATE.fullmatch(slashed[0]):
            continue
        start, end = slashed.span()
        ratio, after = _RATIO.fullmatch(slashed[0]), _AFTER.match(typed, end)
        before = _BEFORE.search(typed[:start])
        if (
            before and ratio and before["word"] != before["number"]
        ):  # a day or an hour, as long as that can be
            joined = int(f"{before['number']}{ratio['count'].lstrip('-')}")
            before = before if joined <= int(ratio["of"]) else None
        if not ratio or before or after:
            touched = typed[before.start() if before else start : after.end() if after else end]
            raise Refused(f"没有看清{quoted(touched)}，请把「{kind.title}」单独写，例如 {kind.example}。")
        if absent := _NOT_THERE.search(typed[:start]):
            said = quoted(typed[absent.start() : end])
            raise Refused(f"{said}说的不是到了几人，请填「{kind.title}」，例如 {kind.example}。")
        if "-" in slashed[0]:
            parse_fact(f"{ratio['count']}/{ratio['of']}", kind)
        count, of = int(ratio["count"]), int(ratio["of"])
        called, people = _CALLED.search(typed[:start]), _FOLLOWED.match(typed, end)
        alone = people.end() if people else end
        end = _with_rate(typed, alone, count, of)
        bare = not (called or people or ratio["unit"] or end > alone)
        place = (called.start() if called else start, end)
        yield Seen((place,), count, of, bare, glued=end == alone and bool(_GLUED.match(typed, end)))


def _with_rate(typed: str, end: int, count: int, of: int) -> int:
    """Where an attendance ends together with its rate, 94.4 %. Refused when that is another one's."""
    rate = _RATE.match(typed, end)
    if not rate or not of:
        return end
    _check_rate(rate["rate"], count, of)
    return rate.end()


def _check_rate(rate: str, count: int, of: int) -> None:
    said, right = Decimal(rate), Decimal(count) / of
    if abs(said - 100 * right) >= 1:
        raise Refused(f"{count}/{of} 是 {percent(right)}，不是 {plain(said)} %，请核对。")


def check_rate(seen: Seen, left: str) -> str:
    """The text beside an attendance without its rate: 94.4%（17/18）. Refused when that is another one's."""
    letters = list(left)
    for rate in _RATE_APART.finditer(halfwidth(left)) if seen.of else ():
        beside = halfwidth(left[rate.end() : seen.places[0][0]])
        try:
            _check_rate(rate["rate"], seen.count, seen.of)
        except Refused:
            if rate["called"] or (rate.end() <= seen.places[0][0] and not beside.strip(" (,:=")):
                raise
            continue
        letters[rate.start() : rate.end()] = " " * len(rate[0])
    return "".join(letters)


# Volunteer service, and the theme -----------------------------------------------------------------------------

_NO = r"(?:没有|没|未|无|非|不是|不算|不属于|不含|否)"
_DONE_SO = r"(?:开展|参加|组织|进行|安排|做|搞|有)?了?过?"
_VOLUNTEER = pattern(
    rf"(?<!\w)(?:(?P<no>{_NO}{_DONE_SO})|(?P<whether>是否)(?:是|为|属于)?|(?:是|有|属于|含|包括|{_DONE_SO}))\s*"
    r"(?:党员)?志\s*愿\s*者?\s*(?:服务)?(?:活动)?"
    rf"(?:[\s:=(,;、/—-]*(?:(?P<not>{_NO}|未开展|×|✗|✘|❌|0\s*次?)|(?P<yes>是|有|√|✓|✔|☑|✅|1|[1-9][0-9]*\s*次))(?!\w)\)?)?(?!\w)"
)
_OTHER_WILL = pattern(r"志愿军|入党志愿书|志愿书|第[一二三]志愿|高考志愿|填报志愿|志愿填报")
_YES_OR_NO = {"是", "否", "有", "无", "没有", "不是", "√", "✓", "✔", "×", "✗", "✘"}
_HARMLESS = pattern(
    r"不忘初心|永不|不断|不懈|不负|不怕|无障碍|无私|无偿|无悔|无锡|非遗|非公|非凡|未成年人?|未来|下沉|下乡|下基层|下社区|没有共产党"
)
_NOT_PLAIN = pattern(
    r"[不没未无否非莫勿暂缓待?吗呢×✗✘❌]|取消|推迟|延期|改期|改天|下[次周个月学回]|明[天年日]|后天|将|拟|打算|准备|预|可能|也许|零次"
    r"|(?<![0-9A-Za-z])(?:[Nn][Oo]|[Xx]|0)(?![A-Za-z.])|[0-9]+\s*(?:人(?!参加|到会|出席)|名|位|次|小时|个小时|学时)|[零两几]\s*(?:人|名|位|次)"
)
_EDGES = " \t\r\n\u3000,，、。.;；:：·|/／—–-~～!！"
_EMPTY = pattern(r"[(（【\[「“\"]\s*[)）】\]」”\"]")
_TWICE = pattern(r"\s*([,，、;；。])[\s,，、;；。]+|\s+")
_THEME = pattern(r"^(?:活动)?(?:主题|内容)(?:是|为)?(?:\s*[:：]|\s)\s*")


def volunteering(text: str) -> tuple[tuple[bool, ...], str]:
    """Whether a text says that it was volunteer service, both where it is not plain; and the theme that is left.

    It is plain where 志愿 stands as a word of its own, with no more than a yes or no beside it, and nothing else in the
    text denies it, puts it off, asks or counts.
    """
    said, letters, plainly = set(), list(text), False
    for match in _VOLUNTEER.finditer(halfwidth(text)):
        if match["whether"] and not (match["yes"] or match["not"]):
            said |= {True, False}
        else:
            said.add(not (match["no"] or match["not"]))
        plainly = plainly or bool(match["no"] or match["not"] or match["yes"])
        letters[match.start() : match.end()] = " " * len(match[0])
    left = "".join(letters)
    theme = tidy(left)
    beside = _HARMLESS.sub(" ", absences(_NO_COUNT.sub(" ", halfwidth(left)))[1])
    named = "志愿" in _OTHER_WILL.sub("", theme)
    answered = any(word in _YES_OR_NO for word in re.split(r"[\s,，、;；。:：]+", theme))
    if (named and not plainly) or answered or (said and _NOT_PLAIN.search(beside)):
        said = {True, False}
    if theme in _YES_OR_NO:
        theme = ""
    return tuple(sorted(said or {False}, reverse=True)), _THEME.sub("", theme).strip(_EDGES)


def tidy(text: str) -> str:
    """The words without what stood around those that were taken out."""
    words = _EMPTY.sub(" ", _TWICE.sub(lambda gap: gap[1] or " ", _EMPTY.sub(" ", text))).strip(_EDGES)
    return words if words.strip("()（）") else ""
