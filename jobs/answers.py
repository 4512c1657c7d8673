"""What a person types in answer to a duty: a text in; numbers, facts and the words in which it was understood out.

An attendance is a ratio that stands alone, `17/18`, or is told in words, 应到18实到17. Digits, points and letters that
touch a ratio make it unreadable; one that may be a date is taken for an attendance only where no other number stands
beside it. Whatever can be read in several ways is `Unclear`, and asked.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from jobs.duties import Duty, is_typed
from scoring.facts import LARGEST, Fact, parse_fact
from scoring.numerals import halfwidth, percent, plain, quoted
from scoring.refusal import Refused
from scoring.rubric import FactKind

ANSWER_LONGEST, THEME_LONGEST = 120, 60
READINGS_MOST = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was understood: a number for each of the duty's `asks`, and the words beside them.

    The words are the theme of a party day, and a remark elsewhere.
    """

    numbers: tuple[tuple[int, int | None], ...]
    words: str = ""


class Unclear(Refused):
    """An answer that can be read in several ways, or in one that is doubtful: `readings`."""

    def __init__(self, sentence: str, readings: Sequence[Answer]) -> None:
        super().__init__(sentence)
        self.readings = tuple(readings)


def example(duty: Duty) -> str:
    """What to type, by example."""
    if duty.closes == "numbers":
        return "应交18 上交18 合格17 优秀6"
    if duty.closes == "party_day":
        return "17/18 参观红色教育基地 志愿"
    if duty.closes in ("tick", "file"):
        return " ".join("是" for _ in duty.asks) or "是"
    return " ".join(kind.example for kind in duty.asks)


def read_answer(duty: Duty, text: str) -> Answer:
    """What a person typed, or what `in_words` made of it before. Refused with one sentence; Unclear where it asks."""
    if not is_typed(duty):
        raise Refused(f"「{duty.title}」不用填写，完成后会自动记录。")
    if said := _in_our_words(duty, text):
        return said
    typed = halfwidth(text).strip().strip("。,;!.").strip()
    if not typed:
        raise Refused(f"请填「{duty.title}」，例如 {example(duty)}。")
    if len(typed) > ANSWER_LONGEST:
        raise Refused(f"「{duty.title}」写得太长了，例如 {example(duty)}。")
    match duty.closes:
        case "numbers":
            return Answer(_handbook(duty, typed))
        case "party_day":
            return _attended(duty, text)
        case "tick":
            return Answer(_ticks(duty, typed))
        case "file":
            _finished(duty, typed)
            return Answer(tuple((1, None) for _ in duty.asks))
        case "ratio" if len(duty.asks) == 1:
            return _attended(duty, text)
        case _:
            return Answer(_numbers(duty, typed))


def facts_of(duty: Duty, answer: Answer, period: str = "", on_time: bool = True) -> tuple[Fact, ...]:
    """An answer as the facts of one occurrence: its share, added up with those of others over a term.

    `period` is the occurrence's: a monthly number is recorded for its month, others for the term. A tick that stands
    for a file handed in says whether it was `on_time`.
    """
    numbers = tuple((int(on_time), None) for _ in duty.asks) if duty.closes == "file" else answer.numbers
    month = period[:7] if re.fullmatch(r"[0-9]{4}-[0-9]{2}(/[0-9]+)?", period) else ""
    return tuple(
        Fact(kind.key, count, of, month if kind.monthly else "")
        for kind, (count, of) in zip(duty.facts, (*numbers, *((1, None) for _ in duty.adds)), strict=True)
    )


def in_words(duty: Duty, answer: Answer) -> str:
    """What was understood, as `read_answer` reads it again: 出勤 17/18，94.4 % · 志愿服务 是 · 主题 参观香山."""
    if duty.closes == "file":
        return "是"
    if duty.closes == "numbers":
        whole = answer.numbers[0][1]
        named = zip(_HANDBOOK, (whole, *(count for count, _ in answer.numbers)), strict=True)
        return _JOINT.join(f"{name} {number} 本" for name, number in named)
    said = [
        f"{label} {_number(kind, count, of)}"
        for (label, kind), (count, of) in zip(_labels(duty), answer.numbers, strict=True)
    ]
    if answer.words:
        said.append(f"{_words_label(duty)} {answer.words}")
    return _JOINT.join(said) or "是"


def enough(duty: Duty, facts: Iterable[Fact]) -> bool:
    """Whether these facts close the duty, or more is owed (信息上报: at least two a month)."""
    asked = {kind.key for kind in duty.asks}
    return sum(fact.count for fact in facts if fact.kind in asked) >= duty.least


def added_up(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """One fact for every kind and period: the sum of all answers that bear on it."""
    sums: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        so_far = sums.get((fact.kind, fact.period))
        if so_far:
            of = None if fact.of is None else (so_far.of or 0) + fact.of
            fact = replace(fact, count=so_far.count + fact.count, of=of)
        sums[fact.kind, fact.period] = fact
    return tuple(sums.values())


# Our own words ------------------------------------------------------------------------------------------------

_JOINT = " · "
VOLUNTEER = FactKind("volunteer", "志愿服务", "次", "tick", "是")


def _labels(duty: Duty) -> list[tuple[str, FactKind]]:
    """What each number is called, and what form it has."""
    if duty.closes == "party_day":
        return [("出勤", duty.asks[0]), (VOLUNTEER.title, VOLUNTEER)]
    return [(kind.title, kind) for kind in duty.asks]


def _words_label(duty: Duty) -> str:
    return "主题" if duty.closes == "party_day" else "说明"


def _number(kind: FactKind, count: int, of: int | None) -> str:
    if of is not None:
        return f"{count}/{of}，{percent(Decimal(count) / of)}" if of else f"{count}/{of}"
    return ("否", "是")[count] if kind.form == "tick" else f"{count} {kind.unit}"


def _in_our_words(duty: Duty, text: str) -> Answer | None:
    """The answer behind a text that `in_words` wrote; None for any other."""
    labels = _labels(duty)
    pieces = text.split(_JOINT, len(labels))
    numbers = []
    try:
        for (label, kind), piece in zip(labels, pieces, strict=False):
            numbers.append(parse_fact(piece.removeprefix(label).partition("，")[0], kind))
    except Refused:
        return None
    words = pieces[len(labels)].removeprefix(f"{_words_label(duty)} ") if len(pieces) > len(labels) else ""
    answer = Answer(tuple(numbers), words)
    return answer if len(numbers) == len(labels) > 0 and in_words(duty, answer) == text else None


# Several numbers, ticks, the handbook -------------------------------------------------------------------------

_DONE = {"已交", "已上交", "上交", "已办", "交了"}


def _numbers(duty: Duty, typed: str) -> tuple[tuple[int, int | None], ...]:
    if len(duty.asks) == 1:
        return (parse_fact(typed, duty.asks[0]),)
    parts = _parts(typed)
    _expect(duty, len(parts))
    return tuple(parse_fact(part, kind) for part, kind in zip(parts, duty.asks, strict=True))


def _parts(typed: str) -> list[str]:
    return [part for part in re.split(r"[\s、,;]+", re.sub(r"\s*/\s*", "/", typed)) if part]


def _expect(duty: Duty, found: int) -> None:
    if found != len(duty.asks):
        titles = "、".join(kind.title for kind in duty.asks)
        raise Refused(f"请依次填{titles}，用空格隔开，例如 {example(duty)}。")


def _finished(duty: Duty, typed: str) -> None:
    kind = FactKind(duty.key, duty.title, "次", "tick", "是")
    if not parse_fact("是" if typed in _DONE else typed, kind)[0]:
        raise Refused(f"「{duty.title}」还没有完成时不用填，完成后请填 是。")


def _ticks(duty: Duty, typed: str) -> tuple[tuple[int, int | None], ...]:
    """One 是 for all, or one word for each; a ratio kind ticked is 1/1, and may be typed as a ratio."""
    parts = _parts(typed)
    if len(duty.asks) > 1 and len(parts) > 1:
        _expect(duty, len(parts))
        return tuple(parse_fact(part, kind) for kind, part in zip(duty.asks, parts, strict=True))
    if "/" in typed and [kind.form for kind in duty.asks] == ["ratio"]:
        return (parse_fact(typed, duty.asks[0]),)
    _finished(duty, typed)
    return tuple((1, 1 if kind.form == "ratio" else None) for kind in duty.asks)


_HANDBOOK = ("应交", "上交", "合格", "优秀")
_NAMED = rf"({'|'.join(_HANDBOOK)})\s*:?\s*([0-9]+)\s*本?"


def _handbook(duty: Duty, typed: str) -> tuple[tuple[int, int | None], ...]:
    """应交, 上交, 合格, 优秀 with their names in any order, or the four numbers in this one."""
    spread = re.sub(_NAMED, r" \1:\2 ", typed)
    parts = [part.removesuffix("本") for part in re.split(r"[\s、,;/·]+", spread) if part]
    pairs = [part.partition(":")[::2] if ":" in part else ("", part) for part in parts]
    names = tuple(name for name, _ in pairs)
    numbers = [number for _, number in pairs]
    if (names != ("",) * 4 and sorted(names) != sorted(_HANDBOOK)) or not all(map(str.isdecimal, numbers)):
        raise Refused(f"没有看懂{quoted(typed)}，「{duty.title}」请填四个数，例如 {example(duty)}。")
    told = dict(zip(_HANDBOOK if names == ("",) * 4 else names, map(int, numbers), strict=True))
    if told["应交"] == 0 or told["应交"] > LARGEST:
        raise Refused(f"「{duty.title}」的应交本数应在 1 到 {LARGEST} 之间。")
    for less, more in (("上交", "应交"), ("合格", "上交"), ("优秀", "合格")):
        if told[less] > told[more]:
            raise Refused(f"{less} {told[less]} 本不能多于{more} {told[more]} 本，请核对。")
    return tuple((told[name], told["应交"]) for name in _HANDBOOK[1:])


# An attendance and the words beside it ------------------------------------------------------------------------

_UNIT = r"(?:人次|人|名|篇|本|次)?(?:党员)?"
_COUNTED = "周年月日号点时期节章届大件场项元分天岁个级"  # what a number counts that does not count people
_COUNT = (
    r"(?:党员)?(?:人数)?\s*:?\s*(?P<{}>[0-9]+)"
    rf"(?![0-9/%]|\.[0-9]|\s*[{_COUNTED}])\s*{_UNIT}"
)
_WHOLE = r"(?:应(?:到|出勤|出席|参加|参会|交)?|总人?数|全体党员|共有?|在册(?:党员)?|党员(?:总数)?)"
_THERE = r"(?:实际?(?:到会?|出勤|出席|参加|参会|交)?|到会|出勤|出席|参会|参加|已交|到)"
_APART = r"[\s,、;。/·]*"
_TOLD = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_WHOLE}{_COUNT.format('of')}{_APART}{_THERE}{_COUNT.format('count')}",
        rf"{_THERE}{_COUNT.format('count')}{_APART}{_WHOLE}{_COUNT.format('of')}",
        rf"(?<![0-9./])(?P<of>[0-9]+)\s*[人名](?:党员)?[中里]?有?{_APART}(?:实到|到会|到|出勤|出席|参加){_COUNT.format('count')}",
        r"(?<![0-9./])(?P<of>[0-9]+)\s*[人名](?:党员)?中有?\s*(?P<count>[0-9]+)\s*[人名](?:参加|到会|出勤|出席|到)?",
    )
)
_RATIO = re.compile(r"(?P<count>-?[0-9]+)\s*(?P<unit>[人名篇]?)\s*/\s*(?P<of>-?[0-9]+)")
_SLASHED = re.compile(
    r"(?:(?<!\S)-|第\s*)?(?:[0-9A-Za-z]|(?<=[0-9A-Za-z])[.:-](?=[0-9A-Za-z]))*[0-9]\s*[人名篇]?\s*/"
    r"\s*-?[0-9](?:[0-9A-Za-z]|[.:/-](?=[0-9A-Za-z]))*[期号页版元]?"
)
_FULL_DATE = re.compile(r"20[0-9]{2}/[0-9]{1,2}/[0-9]{1,2}[日号]?")
_BEFORE = re.compile(r"(?<![0-9./])[0-9]+\s+$")
_AFTER = re.compile(r"\s+[0-9]+(?=\s|$|[,。;、!?)])")
_CALLED = re.compile(r"(?:(?:出勤|到会|参会|出席)(?:率|人数|情况)?|人数|考勤)\s*:?\s*$")
_FOLLOWED = re.compile(r"\s*[人名篇](?:党员)?(?:参加|出席|到会|出勤)?")
_RATE = re.compile(r"\s*[,(]?\s*(?:出勤率)?\s*:?\s*(?P<rate>[0-9]+(?:\.[0-9]+)?)\s*%\s*\)?")
_PEOPLE = re.compile(r"[0-9]|[一二三四五六七八九十]+\s*[人名]")


@dataclass(frozen=True, slots=True)
class _Seen:
    """A ratio in a text, from `start` to `end`; `bare` when nothing says that it is an attendance."""

    start: int
    end: int
    count: int
    of: int
    bare: bool

    @property
    def may_be_date(self) -> bool:
        """12/25 is also Christmas; 17/18 is no day."""
        try:
            date(2024, self.count, self.of)
        except ValueError:
            return False
        return self.bare


def _attended(duty: Duty, text: str) -> Answer:
    """The attendance with its theme or remark, and whether a party day was volunteer service. Raises Unclear."""
    readings: list[Answer] = []
    doubtful = False
    for seen, left in _attendances(duty, text):
        doubtful = doubtful or (seen.may_be_date and _PEOPLE.search(halfwidth(left)) is not None)
        number = (seen.count, seen.of)
        if duty.closes == "party_day":
            served, theme = _volunteering(left)
            readings += [Answer((number, (int(yes), None)), theme) for yes in served]
        else:
            readings.append(Answer((number,), _tidy(left)))
    if max(len(reading.words) for reading in readings) > THEME_LONGEST:
        raise Refused(f"{_words_label(duty)}太长了，请不要超过 {THEME_LONGEST} 个字。")
    if len(readings) > 1 or doubtful:
        sentence = f"{quoted(text.strip())}有几种读法，请写明，例如 {example(duty)}。"
        raise Unclear(sentence, readings[:READINGS_MOST])
    return readings[0]


def _attendances(duty: Duty, text: str) -> Iterator[tuple[_Seen, str]]:
    """Each attendance that a text can mean, with the text that is left beside it.

    Refused: none, one that digits or letters touch, more people there than there are.
    """
    kind, typed = duty.asks[0], halfwidth(text)
    seen = sorted((*_told(typed), *_ratios(kind, typed)), key=lambda one: one.start)
    if not seen:
        label = _labels(duty)[0][0]
        raise Refused(f"没有看懂{quoted(text.strip())}，「{duty.title}」请填{label}，例如 {example(duty)}。")
    possible = [one for one in seen if one.count <= one.of and (one.of or kind.of_zero)]
    for one in seen:
        if one in possible or not (possible and one.may_be_date):
            parse_fact(f"{one.count}/{one.of}", kind)
    for value in dict.fromkeys((one.count, one.of) for one in possible):
        same = [one for one in possible if (one.count, one.of) == value]
        letters = list(text)
        for one in same:
            letters[one.start : one.end] = " " * (one.end - one.start)
        yield same[0], "".join(letters)


def _told(typed: str) -> Iterator[_Seen]:
    for match in (match for pattern in _TOLD for match in pattern.finditer(typed)):
        count, of = int(match["count"]), int(match["of"])
        yield _Seen(match.start(), _with_rate(typed, match.end(), count, of), count, of, bare=False)


def _ratios(kind: FactKind, typed: str) -> Iterator[_Seen]:
    for slashed in _SLASHED.finditer(typed):
        if _FULL_DATE.fullmatch(slashed[0]):
            continue
        start, end = slashed.span()
        ratio, before, after = (
            _RATIO.fullmatch(slashed[0]),
            _BEFORE.search(typed[:start]),
            _AFTER.match(typed, end),
        )
        if not ratio or before or after:
            touched = typed[before.start() if before else start : after.end() if after else end]
            raise Refused(f"没有看清{quoted(touched)}，请把「{kind.title}」单独写，例如 {kind.example}。")
        if "-" in slashed[0]:
            parse_fact(f"{ratio['count']}/{ratio['of']}", kind)
        count, of = int(ratio["count"]), int(ratio["of"])
        called, people = _CALLED.search(typed[:start]), _FOLLOWED.match(typed, end)
        alone = people.end() if people else end
        end = _with_rate(typed, alone, count, of)
        bare = not (called or people or ratio["unit"] or end > alone)
        yield _Seen(called.start() if called else start, end, count, of, bare)


def _with_rate(typed: str, end: int, count: int, of: int) -> int:
    """Where an attendance ends together with its rate, 94.4 %. Refused when that is another one's."""
    rate = _RATE.match(typed, end)
    if not rate or not of:
        return end
    said, right = Decimal(rate["rate"]), Decimal(count) / of
    if abs(said - 100 * right) >= 1:
        raise Refused(f"{count}/{of} 是 {percent(right)}，不是 {plain(said)} %，请核对。")
    return rate.end()


# Volunteer service, and the theme -----------------------------------------------------------------------------

_NO = r"(?:没有|没|未|无|非|不是|不算|不属于|不含|否)"
_DONE_SO = r"(?:开展|参加|组织|进行|安排|做|搞|有)?了?过?"
_VOLUNTEER = re.compile(
    rf"(?<!\w)(?:(?P<no>{_NO}{_DONE_SO})|(?P<whether>是否)(?:是|为|属于)?|(?:是|有|属于|含|包括|{_DONE_SO}))\s*"
    r"(?:党员)?志愿者?(?:服务)?(?:活动)?"
    rf"(?:[\s:=(,;、/—-]*(?:(?P<not>{_NO}|未开展|×|✗|✘|❌|0\s*次?)|(?P<yes>是|有|√|✓|✔|☑|✅|1|[1-9][0-9]*\s*次))(?!\w)\)?)?(?!\w)"
)
_OTHER_WILL = re.compile(r"志愿军|入党志愿书|志愿书|第[一二三]志愿|高考志愿|填报志愿|志愿填报")
_YES_OR_NO = {"是", "否", "有", "无", "没有", "不是"}
_EDGES = " \t\r\n\u3000,，、。.;；:：·|/／—–-~～!！"
_EMPTY = re.compile(r"[(（【\[「“\"]\s*[)）】\]」”\"]")
_TWICE = re.compile(r"\s*([,，、;；。])[\s,，、;；。]+|\s+")
_THEME = re.compile(r"^(?:活动)?(?:主题|内容)(?:是|为)?(?:\s*[:：]|\s)\s*")


def _volunteering(text: str) -> tuple[tuple[bool, ...], str]:
    """Whether a text says that it was volunteer service, both where it is not plain; and the theme that is left."""
    said, letters = set(), list(text)
    for match in _VOLUNTEER.finditer(halfwidth(text)):
        if match["whether"] and not (match["yes"] or match["not"]):
            said |= {True, False}
        else:
            said.add(not (match["no"] or match["not"]))
        letters[match.start() : match.end()] = " " * len(match[0])
    left = "".join(letters)
    theme = _tidy(left)
    named = "志愿" in _OTHER_WILL.sub("", theme)
    if not said and (named or theme in _YES_OR_NO):
        said = {True, False}
    if theme in _YES_OR_NO:
        theme = ""
    return tuple(sorted(said or {False}, reverse=True)), _THEME.sub("", theme).strip(_EDGES)


def _tidy(text: str) -> str:
    """The words without what stood around those that were taken out."""
    return _EMPTY.sub(" ", _TWICE.sub(lambda gap: gap[1] or " ", _EMPTY.sub(" ", text))).strip(_EDGES)
