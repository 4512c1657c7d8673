"""What a person types in answer to a duty: a text in; numbers, facts and the words in which it was understood out.

An attendance is a ratio that stands alone, `17/18`, or is told in words, 应到18实到17. Digits, points and letters that
touch a ratio make it unreadable; one that may be a date is taken for an attendance only where no other number stands
beside it. Every other number of people must agree with it: 17/18，1人请假. A number told in words is one of people only
before 人, a mark or the end of the text. Whatever can be read in several ways, or is half taken back, is `Unclear`, and
asked.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from jobs.duties.catalogue import Duty, is_typed
from scoring.facts import LARGEST, Fact, parse_fact
from scoring.numerals import halfwidth, percent, plain, quoted, whole
from scoring.refusal import Refused
from scoring.rubric import FactKind

ANSWER_LONGEST, THEME_LONGEST = 120, 60
READINGS_MOST = 8
_CHINESE = "一二三四五六七八九十"
_ONE = "[一二三四五六七八九]"
_DIGITS = rf"(?:[0-9]+|(?<![{_CHINESE}百千万])(?:[二三四五六七八九]?十{_ONE}?|{_ONE})(?![{_CHINESE}百千万]))"


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


def taken_back(sum_: Fact, fact: Fact) -> Fact | None:
    """What is left of a sum without one of its answers; None where nothing is: not known, and not zero."""
    count = max(0, sum_.count - fact.count)
    of = None if fact.of is None else max(0, (sum_.of or 0) - fact.of)
    return replace(sum_, count=count, of=of) if count or of else None


def _number_of(digits: str) -> int:
    return int(digits) if digits.isdecimal() else whole(digits.replace("两", "二"))


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
_MARKS = str.maketrans(dict.fromkeys("✓✔☑✅", "是") | dict.fromkeys("✗✘❌×", "否"))
_ALL = re.compile(r"(?:三项|[全都均]|全部|每项|都已|均已)+(?:是|有|有了|完成|做了|齐|齐全)")
_ALSO_COUNTED = {"篇": "篇|条|份|则", "人": "人次|名|位|人"}
_TOLD_COUNT = r"(?:一?共|共?计|合计|总共|已?上报|报送?|报送|投稿|发表|(?:谈心)?谈话?|谈心)?了?\s*"


def _numbers(duty: Duty, typed: str) -> tuple[tuple[int, int | None], ...]:
    if len(duty.asks) == 1:
        return (_one_number(typed, duty.asks[0]),)
    parts = _parts(typed)
    _expect(duty, len(parts))
    return tuple(parse_fact(part, kind) for part, kind in zip(parts, duty.asks, strict=True))


def _one_number(typed: str, kind: FactKind) -> tuple[int, int | None]:
    """A number alone, or as it is told: 上报3篇, 共三条."""
    units = _ALSO_COUNTED.get(kind.unit, re.escape(kind.unit))
    told = re.fullmatch(rf"{_TOLD_COUNT}(?P<number>{_DIGITS}|两)\s*个?(?:{units})", typed)
    return parse_fact(str(_number_of(told["number"])) if told and kind.form == "count" else typed, kind)


def _parts(typed: str) -> list[str]:
    return [part for part in re.split(r"[\s、,;]+", re.sub(r"\s*/\s*", "/", typed)) if part]


def _expect(duty: Duty, found: int) -> None:
    if found != len(duty.asks):
        titles = "、".join(kind.title for kind in duty.asks)
        raise Refused(f"请依次填{titles}，用空格隔开，例如 {example(duty)}。")


def _finished(duty: Duty, typed: str) -> None:
    kind = FactKind(duty.key, duty.title, "次", "tick", "是")
    if not parse_fact("是" if typed in _DONE else typed, kind)[0]:
        raise _not_done(duty)


def _not_done(duty: Duty) -> Refused:
    return Refused(f"「{duty.title}」还没有完成时不用填，完成后请填 是。")


def _ticks(duty: Duty, typed: str) -> tuple[tuple[int, int | None], ...]:
    """One 是 for all, or one word for each; a ratio kind ticked is 1/1, and may be typed as a ratio. Raises Unclear."""
    marked = typed.translate(_MARKS)
    parts = list(marked) if re.fullmatch("[是否有无]{2,}", marked) else _parts(marked)
    if len(duty.asks) > 1 and len(parts) > 1:
        _expect(duty, len(parts))
        ticks = tuple(parse_fact(part, kind) for kind, part in zip(duty.asks, parts, strict=True))
        if not any(count for count, _ in ticks):
            raise _not_done(duty)
        return ticks
    if "/" in typed and [kind.form for kind in duty.asks] == ["ratio"]:
        return (_held(duty, typed),)
    _finished(duty, "是" if _ALL.fullmatch(marked) else marked)
    return tuple((1, 1 if kind.form == "ratio" else None) for kind in duty.asks)


def _held(duty: Duty, typed: str) -> tuple[int, int | None]:
    """How many of those held have minutes. Unclear where it may be the day of the meeting: 12/10."""
    match = re.fullmatch(r"([0-9]+)\s*/\s*([0-9]+)", typed)
    if match and _is_day(int(match[1]), int(match[2])):
        count, of = int(match[1]), int(match[2])
        possible = dict.fromkeys(((1, 1), (count, of)) if count <= of else ((1, 1),))
        raise _unclear(duty, typed, [Answer((number,)) for number in possible])
    return parse_fact(typed, duty.asks[0])


_HANDBOOK = ("应交", "上交", "合格", "优秀")
_NAMED = r"(应交|[上实]交|合格|优秀)\s*:?\s*([0-9]+)(?:\s*/\s*([0-9]+))?\s*[本份]?"


def _handbook(duty: Duty, typed: str) -> tuple[tuple[int, int | None], ...]:
    """应交, 上交, 合格, 优秀 with their names in any order, or four numbers in this one; also 上交18/18 …"""
    wholes = {of for _, _, of in re.findall(_NAMED, typed) if of}
    spread = re.sub(_NAMED, r" \1:\2 ", typed).replace("实交:", "上交:")
    if len(wholes) == 1 and "应交" not in spread:
        spread = f"应交:{wholes.pop()} {spread}"
    parts = [part.removesuffix("本") for part in re.split(r"[\s、,;/·]+", spread) if part]
    pairs = [part.partition(":")[::2] if ":" in part else ("", part) for part in parts]
    names = tuple(name for name, _ in pairs)
    numbers = [number for _, number in pairs]
    if (names != ("",) * 4 and sorted(names) != sorted(_HANDBOOK)) or not all(map(str.isdecimal, numbers)):
        raise Refused(f"没有看懂{quoted(typed)}，「{duty.title}」请填四个数，例如 {example(duty)}。")
    told = dict(zip(_HANDBOOK if names == ("",) * 4 else names, map(int, numbers), strict=True))
    if wholes - {str(told["应交"])}:
        raise Refused(f"{quoted(typed)}里的应交本数前后不同，请核对。")
    if told["应交"] == 0 or told["应交"] > LARGEST:
        raise Refused(f"「{duty.title}」的应交本数应在 1 到 {LARGEST} 之间。")
    for less, more in (("上交", "应交"), ("合格", "上交"), ("优秀", "合格")):
        if told[less] > told[more]:
            raise Refused(f"{less} {told[less]} 本不能多于{more} {told[more]} 本，请核对。")
    return tuple((told[name], told["应交"]) for name in _HANDBOOK[1:])


# An attendance and the words beside it ------------------------------------------------------------------------

_PERSON = r"(?:个?人(?!次)|名|位)"
_UNIT = rf"(?:\s*(?:{_PERSON}(?:党员)?|人次|[篇本份]))"
# What begins the theme of an activity and may therefore touch the number before it.
_ACT = r"(?=全[勤员体部]|志愿|参观|学习|观看|开展|植树|慰问|主题|讨论|座谈|走访|听取|举行|召开|重温|缅怀|祭扫|清扫)"
_APART = r"[\s,、;。/·]*"
_CALLED_OFF = r"请了?假|[病事产公休]假|缺席|缺勤|缺|(?:未|没有?)(?:能|有)?(?:到会?|来|参加|参会|出席|出勤)"
_ABSENT = (
    rf"(?:(?P<none>无人?|没有人?|零)\s*(?:{_CALLED_OFF})"
    rf"|(?<![含括])(?:{_CALLED_OFF})(?:的|了|有|共)?\s*:?\s*(?P<named>{_DIGITS}|两)(?!\s*[/%.0-9])(?:\s*{_PERSON}|(?!\w))"
    rf"|(?P<counted>{_DIGITS}|两)\s*{_PERSON}(?:党员)?\s*(?:因[公病事])?\s*(?:{_CALLED_OFF}))"
)
_INCLUDED = rf"(?:含|其中|包括)[^\d\s,、;。()]{{0,8}}{_DIGITS}\s*{_PERSON}"
_ASIDE = rf"(?:{_APART}(?:{re.sub(r'[?]P<[a-z]+>', '?:', _ABSENT)}|\(\s*{_INCLUDED}[^()\d]*\)))*"
_WHOLE = r"(?:应(?:到|出勤|出席|参加|参会|交)?|总人?数|全体党员|一?共有?|在册(?:党员)?|党员(?:总数)?)"
_THERE = r"(?:实际?(?:到会?|出勤|出席|参加|参会|交)?|[到参]会|出勤|出席|参加|已交|上交|到)了?"
_CAME = r"(?:实到|[到参]会|到了?|出勤|出席|参加)"
_OF = rf"(?:党员)?(?:人数)?\s*:?\s*(?P<of>{_DIGITS})"
_COUNT = _OF.replace("of", "count")
_MISSED = rf"(?=(?:{_CALLED_OFF})\s*:?\s*{_DIGITS})"
_TOLD_ENDS = rf"(?:{_UNIT}\s*{_CAME}?)?(?:(?![0-9/%]|[.:-]\s*[0-9])(?=\W|$)|{_ACT}|{_MISSED})"
_ALONE = rf"(?<![0-9./第{_CHINESE}百千万])"
_TOLD = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_WHOLE}{_OF}{_UNIT}?(?P<aside>{_ASIDE}){_APART}{_THERE}{_COUNT}{_TOLD_ENDS}",
        rf"{_THERE}{_COUNT}{_UNIT}?(?P<aside>{_ASIDE}){_APART}{_WHOLE}{_OF}{_TOLD_ENDS}",
        rf"(?:{_WHOLE}|{_ALONE}){_OF}{_UNIT}(?P<aside>{_ASIDE}){_APART}(?P<count>{_DIGITS}){_UNIT}\s*{_CAME}{_TOLD_ENDS}",
        rf"{_ALONE}(?P<of>{_DIGITS})\s*{_PERSON}(?:党员)?[中里]?有?(?P<aside>{_ASIDE}){_APART}{_CAME}"
        rf"{_COUNT}{_TOLD_ENDS}",
        rf"{_ALONE}(?P<of>{_DIGITS})\s*{_PERSON}(?:党员)?中有?(?P<aside>{_ASIDE})\s*(?P<count>{_DIGITS})\s*{_PERSON}"
        rf"\s*{_CAME}{_TOLD_ENDS}",
    )
)
_RATIO = re.compile(r"(?P<count>-?[0-9]+)\s*(?P<unit>[人名篇]?)\s*/\s*(?P<of>-?[0-9]+)")
_SLASHED = re.compile(
    r"(?:(?<!\S)-|第\s*|[0-9]+\s*[年月]\s*)?(?:[0-9A-Za-z]|(?<=[0-9A-Za-z])[.:-](?=[0-9A-Za-z]))*[0-9]\s*[人名篇]?\s*/"
    r"\s*-?[0-9](?:[0-9A-Za-z]|[.:/-](?=[0-9A-Za-z]))*(?:[期号页版元日周次楼层室]|[学课]时)?"
)
_FULL_DATE = re.compile(r"20[0-9]{2}/[0-9]{1,2}/[0-9]{1,2}[日号]?")
_BEFORE = re.compile(r"(?P<word>[0-9.:/-]*(?<![0-9])(?P<number>[0-9]+))\s+$")
_AFTER = re.compile(r"\s+[0-9]+(?=\s|$|[,。;、!?)])")
_CALLED = re.compile(r"(?:(?:出勤|到会|参会|出席)(?:率|人数|情况)?|人数|考勤)\s*:?\s*$")
_NOT_THERE = re.compile(rf"(?<![人名位])(?:{_CALLED_OFF}|迟到|早退)(?:率|人数|情况)?\s*:?\s*$")
_FOLLOWED = re.compile(rf"\s*(?:{_PERSON}|[篇本份])(?:党员)?(?:参加|出席|到会|出勤)?(?:(?!\w)|{_ACT})")
_GLUED = re.compile(rf"(?!{_ACT})\w")
_RATE = re.compile(r"\s*[,(]?\s*(?:出勤率)?\s*:?\s*(?P<rate>[0-9]+(?:\.[0-9]+)?)\s*%\s*\)?")
_PEOPLE = re.compile(rf"[0-9]|(?:{_DIGITS}|[两几多])\s*{_PERSON}|全[体员勤部]|大家")
_EVERYBODY = r"全勤|全(?:体|员|部)(?:党员)?(?:都|均)?(?:到|参加|出席|出勤)|都到|无一(?:人)?缺"
_NO_COUNT = re.compile(
    r"20[0-9]{2}\s*年?(?:/[0-9]{1,2}/[0-9]{1,2})?|[0-9]{1,2}\s*[月./-]\s*[0-9]{1,2}\s*[日号]?(?![\d.])|[0-9]{1,2}[月日号点]份?"
    rf"|[0-9]{{1,2}}:[0-9]{{2}}|第\s*(?:[0-9]+|[{_CHINESE}]+)[次届期章季轮批讲课个场]?|[0-9]+\s*周年|[0-9]+大"
)
_PEOPLE_IN_WORDS = rf"(?:[{_CHINESE}]+|[两几多])\s*(?:个?人(?![民大生工文物次一])|[名位])"
_COUNTED_PEOPLE = re.compile(
    rf"[0-9]+(?=\s*{_PERSON}|\s*人次|(?!\s*[个件部期场本次项家所座条处届周章节组层楼室号](?!人))\W|$)"
    rf"|[应实](?:到|交|出勤|出席)?\s*[0-9]|{_PEOPLE_IN_WORDS}"
)
_NUMBER = re.compile(rf"[0-9]|{_PEOPLE_IN_WORDS}")
_TAKEN_BACK = re.compile(
    r"(?<!\w)(?:不|不是|不对|错|错了|no|NO|No)(?!\w)|不对|写错|打错|填错|记错|错了|更正|有误|改为|改成|应为|应该是|实际是"
    r"|预计|大概|大约|左右|估计|差不多|可能|[?]|[吗么](?!\w)"
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """An attendance in a text, which stands at `places`; `bare` when nothing says that it is one, `told` in words."""

    places: tuple[tuple[int, int], ...]
    count: int
    of: int
    bare: bool = False
    told: bool = False
    glued: bool = False
    """Whether other words touch it: 17/18楼."""

    @property
    def may_be_date(self) -> bool:
        """12/25 is also Christmas; 17/18 is no day."""
        return self.bare and _is_day(self.count, self.of)


def _is_day(month: int, day: int) -> bool:
    try:
        date(2024, month, day)
    except ValueError:
        return False
    return True


def _attended(duty: Duty, text: str) -> Answer:
    """The attendance with its theme or remark, and whether a party day was volunteer service. Raises Unclear."""
    readings: list[Answer] = []
    doubtful = False
    for seen, left in _attendances(duty, text):
        number = (seen.count, seen.of)
        if duty.closes == "party_day":
            served, theme = _volunteering(left)
            readings += [Answer((number, (int(yes), None)), theme) for yes in served]
        else:
            theme = _tidy(left)
            readings.append(Answer((number,), theme))
        doubtful = doubtful or _doubtful(seen, halfwidth(left), halfwidth(theme))
    if max(len(reading.words) for reading in readings) > THEME_LONGEST:
        raise Refused(f"{_words_label(duty)}太长了，请不要超过 {THEME_LONGEST} 个字。")
    if len(readings) > 1 or doubtful:
        raise _unclear(duty, text, readings)
    return readings[0]


def _unclear(duty: Duty, text: str, readings: Sequence[Answer]) -> Unclear:
    sentence = f"{quoted(text.strip())}有几种读法，请写明，例如 {example(duty)}。"
    return Unclear(sentence, readings[:READINGS_MOST])


def _doubtful(seen: _Seen, left: str, theme: str) -> bool:
    """Whether what stands beside an attendance speaks of other people than it does, or takes it back."""
    if seen.glued or _TAKEN_BACK.search(left) or (seen.may_be_date and _PEOPLE.search(left)):
        return True
    absent, others = _absences(theme)
    if absent is not None and absent != seen.of - seen.count:
        return True
    if re.search(_CALLED_OFF if seen.count == seen.of else _EVERYBODY, others):
        return True
    others = re.sub(_INCLUDED, " ", _NO_COUNT.sub(" ", others))
    return bool((_NUMBER if seen.told else _COUNTED_PEOPLE).search(others))


def _absences(typed: str) -> tuple[int | None, str]:
    """How many were absent, by what a text says of it, and the text without that."""
    found = list(re.finditer(_ABSENT, typed))
    numbers = [_number_of(match["named"] or match["counted"] or "0") for match in found]
    return (sum(numbers) if found else None), re.sub(_ABSENT, " ", typed)


def _attendances(duty: Duty, text: str) -> Iterator[tuple[_Seen, str]]:
    """Each attendance that a text can mean, with the text that is left beside it.

    Refused: none, one that digits or letters touch, more people there than there are.
    """
    kind, typed = duty.asks[0], halfwidth(text)
    seen = sorted((*_told(typed), *_ratios(kind, typed)), key=lambda one: one.places)
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
        for start, end in (place for one in same for place in one.places):
            letters[start:end] = " " * (end - start)
        yield same[0], "".join(letters)


def _told(typed: str) -> Iterator[_Seen]:
    every = [match for pattern in _TOLD for match in pattern.finditer(typed)]
    widest = [m for m in every if not any(_within(m.span(), other.span()) for other in every)]
    for match in widest:
        count, of = _number_of(match["count"]), _number_of(match["of"])
        if not _runs_on(match["count"], typed[match.end("count") :], of):
            end = _with_rate(typed, match.end(), count, of)
            aside, goes_on = match.span("aside")
            yield _Seen(((match.start(), aside), (goes_on, end)), count, of, told=True)


def _within(place: tuple[int, int], other: tuple[int, int]) -> bool:
    return place != other and other[0] <= place[0] and place[1] <= other[1]


def _runs_on(count: str, after: str, of: int) -> bool:
    """Whether a number goes on behind a space: 1 7 for 17."""
    more = re.match(r"\s+([0-9]+)", after)
    return bool(more) and int(f"{_number_of(count)}{more[1]}") <= of  # type: ignore[index]


def _ratios(kind: FactKind, typed: str) -> Iterator[_Seen]:
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
        yield _Seen((place,), count, of, bare, glued=end == alone and bool(_GLUED.match(typed, end)))


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
    r"(?:党员)?志\s*愿\s*者?\s*(?:服务)?(?:活动)?"
    rf"(?:[\s:=(,;、/—-]*(?:(?P<not>{_NO}|未开展|×|✗|✘|❌|0\s*次?)|(?P<yes>是|有|√|✓|✔|☑|✅|1|[1-9][0-9]*\s*次))(?!\w)\)?)?(?!\w)"
)
_OTHER_WILL = re.compile(r"志愿军|入党志愿书|志愿书|第[一二三]志愿|高考志愿|填报志愿|志愿填报")
_YES_OR_NO = {"是", "否", "有", "无", "没有", "不是", "√", "✓", "✔", "×", "✗", "✘"}
_HARMLESS = re.compile(
    r"不忘初心|永不|不断|不懈|不负|不怕|无障碍|无私|无偿|无悔|无锡|非遗|非公|非凡|未成年人?|未来|下沉|下乡|下基层|下社区|没有共产党"
)
_NOT_PLAIN = re.compile(
    r"[不没未无否非莫勿暂缓待?吗呢×✗✘❌]|取消|推迟|延期|改期|改天|下[次周个月学回]|明[天年日]|后天|将|拟|打算|准备|预|可能|也许|零次"
    r"|(?<![0-9A-Za-z])(?:[Nn][Oo]|[Xx]|0)(?![A-Za-z.])|[0-9]+\s*(?:人(?!参加|到会|出席)|名|位|次|小时|个小时|学时)|[零两几]\s*(?:人|名|位|次)"
)
_EDGES = " \t\r\n\u3000,，、。.;；:：·|/／—–-~～!！"
_EMPTY = re.compile(r"[(（【\[「“\"]\s*[)）】\]」”\"]")
_TWICE = re.compile(r"\s*([,，、;；。])[\s,，、;；。]+|\s+")
_THEME = re.compile(r"^(?:活动)?(?:主题|内容)(?:是|为)?(?:\s*[:：]|\s)\s*")


def _volunteering(text: str) -> tuple[tuple[bool, ...], str]:
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
    theme = _tidy(left)
    beside = _HARMLESS.sub(" ", _absences(_NO_COUNT.sub(" ", halfwidth(left)))[1])
    named = "志愿" in _OTHER_WILL.sub("", theme)
    answered = any(word in _YES_OR_NO for word in re.split(r"[\s,，、;；。:：]+", theme))
    if (named and not plainly) or answered or (said and _NOT_PLAIN.search(beside)):
        said = {True, False}
    if theme in _YES_OR_NO:
        theme = ""
    return tuple(sorted(said or {False}, reverse=True)), _THEME.sub("", theme).strip(_EDGES)


def _tidy(text: str) -> str:
    """The words without what stood around those that were taken out."""
    return _EMPTY.sub(" ", _TWICE.sub(lambda gap: gap[1] or " ", _EMPTY.sub(" ", text))).strip(_EDGES)
