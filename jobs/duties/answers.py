"""What a person types in answer to a duty: a text in; numbers, facts and the words in which it was understood out.

How an attendance is found is in `attendance`. Whatever can be read in several ways, or is half taken back, is
`Unclear`, and asked.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from jobs.duties.attendance import DIGITS, is_day, is_doubtful, number_of, tidy, volunteering
from jobs.duties.catalogue import Duty, is_typed
from jobs.duties.ratios import Doubtful, ratios, read_number
from scoring.facts import LARGEST, Fact, parse_fact
from scoring.numerals import halfwidth, percent, quoted
from scoring.pattern import pattern
from scoring.refusal import Refused, Unread
from scoring.rubric import FactKind

ANSWER_LONGEST, THEME_LONGEST = 120, 60
TEXT_LONGEST = 500  # of the answer in words to a task that was given
READINGS_MOST = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was understood: a number for each of the duty's `asks`, and the words beside them.

    The words are the theme of a party day, and a remark elsewhere.
    """

    numbers: tuple[tuple[int, int | None], ...]
    words: str = ""
    done: bool = True
    """Whether it was done at all: an honest no to what is only ticked or handed in."""


class Untold(Refused):
    """Done, it says; but not what is asked of it, whether there are minutes, summaries …: each is to be asked."""


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
        return " ".join("有" for _ in duty.things) or "是"
    return " ".join(kind.example for kind in duty.asks)


def read_answer(duty: Duty, text: str) -> Answer:
    """What a person typed, or what `in_words` made of it before.

    Refused with one sentence; Unclear where it can be read in several ways, Untold where it leaves open what is asked.
    """
    if not is_typed(duty):
        raise Refused(f"「{duty.title}」不用填写，完成后会自动记录。")
    if said := _in_our_words(duty, text):
        return said
    typed = halfwidth(text).strip().strip("。,;!.").strip()
    if not typed:
        raise Refused(f"请填「{duty.title}」，例如 {example(duty)}。")
    if len(typed) > (ANSWER_LONGEST if duty.number else TEXT_LONGEST):
        raise Refused(f"「{duty.title}」写得太长了，例如 {example(duty)}。")
    if _is_no(duty, typed):
        return Answer(tuple((0, None) for _ in duty.asks), done=False)
    match duty.closes:
        case "numbers":
            return Answer(_handbook(duty, typed))
        case "party_day":
            return _attended(duty, text)
        case "tick":
            return Answer(_ticks(duty, typed))
        case "file":
            if not duty.number:
                _told(duty, text, typed)
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
    numbers = answer.numbers
    if duty.closes == "file":
        numbers = tuple((int(on_time and answer.done), None) for _ in duty.asks)
    added = ((int(answer.done), None) for _ in duty.adds)
    month = period[:7] if re.fullmatch(r"[0-9]{4}-[0-9]{2}(/[0-9]+)?", period) else ""
    return tuple(
        Fact(kind.key, count, of, month if kind.monthly else "")
        for kind, (count, of) in zip(duty.facts, (*numbers, *added), strict=True)
    )


def in_words(duty: Duty, answer: Answer) -> str:
    """What was understood, as `read_answer` reads it again: 出勤 17/18，94.4 % · 志愿服务 是 · 主题 参观香山."""
    if not answer.done:
        return NOT_DONE
    if duty.closes == "file":
        return answer.words or "是"
    if duty.closes == "numbers":
        whole = answer.numbers[0][1]
        named = zip(_HANDBOOK, (whole, *(count for count, _ in answer.numbers)), strict=True)
        return _JOINT.join(f"{name} {number} 本" for name, number in named)
    return _said(duty, answer, _labels(duty))


def _said(duty: Duty, answer: Answer, labels: list[tuple[str, FactKind]]) -> str:
    said = [
        _piece(label, kind, count, of)
        for (label, kind), (count, of) in zip(labels, answer.numbers, strict=True)
    ]
    if answer.words:
        said.append(f"{_words_label(duty)} {answer.words}")
    return _JOINT.join(said) or "是"


def ticked(duty: Duty, answers: Sequence[bool]) -> Answer:
    """The answer to a duty that asks for ticks: whether there is each of its `things`."""
    forms = [kind.form for kind in duty.asks]
    return Answer(
        tuple((int(yes), 1 if form == "ratio" else None) for yes, form in zip(answers, forms, strict=True))
    )


def lacking(duty: Duty, said: str) -> int:
    """How much an answer, in our own words, is below what the duty asks for; 0 where it is enough."""
    return max(0, duty.least - sum(count for count, _ in read_answer(duty, said).numbers))


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


def one_number(typed: Iterable[Fact], reported: Iterable[Fact]) -> tuple[Fact, ...]:
    """The one number of every kind and period: what was typed by hand or, without that, what the answers add up to."""
    numbers = {(fact.kind, fact.period): fact for fact in (*added_up(reported), *typed)}
    return tuple(numbers[key] for key in sorted(numbers))


# Our own words ------------------------------------------------------------------------------------------------

_JOINT = " · "
VOLUNTEER = FactKind("volunteer", "志愿服务", "次", "tick", "是")
THING = FactKind("thing", "", "", "tick", "有")
# Of one time a thing is there or not, of several so many times.
THINGS = FactKind("things", "", "次", "ratio", "1/1")
_THERE = ("没有", "有")


def _labels(duty: Duty) -> list[tuple[str, FactKind]]:
    """What each number is called, and what form it has."""
    if duty.closes == "party_day":
        return [("出勤", duty.asks[0]), (VOLUNTEER.title, VOLUNTEER)]
    if duty.things:
        forms = {"tick": THING, "ratio": THINGS}
        return [(thing, forms[kind.form]) for thing, kind in zip(duty.things, duty.asks, strict=True)]
    return _titled(duty)


def _titled(duty: Duty) -> list[tuple[str, FactKind]]:
    return [(kind.title, kind) for kind in duty.asks]


def _words_label(duty: Duty) -> str:
    return "主题" if duty.closes == "party_day" else "说明"


def _piece(label: str, kind: FactKind, count: int, of: int | None) -> str:
    """出勤 17/18，94.4 %; 有会议记录, 没有党员总结."""
    there = kind is THING or (kind is THINGS and of == 1)
    return f"{_THERE[count]}{label}" if there else f"{label} {_number(kind, count, of)}"


def _number(kind: FactKind, count: int, of: int | None) -> str:
    if of is not None:
        return f"{count}/{of}，{percent(Decimal(count) / of)}" if of else f"{count}/{of}"
    return ("否", "是")[count] if kind.form == "tick" else f"{count} {kind.unit}"


def _in_our_words(duty: Duty, text: str) -> Answer | None:
    """The answer behind a text that `in_words` wrote, now or before it named `things`; None for any other."""
    answer = _behind(duty, text, _labels(duty))
    return answer or (_behind(duty, text, _titled(duty)) if duty.things else None)


def _behind(duty: Duty, text: str, labels: list[tuple[str, FactKind]]) -> Answer | None:
    pieces = text.split(_JOINT, len(labels))
    numbers = []
    try:
        for (label, kind), piece in zip(labels, pieces, strict=False):
            there = piece.removesuffix(label) if kind in (THING, THINGS) else piece
            said = piece.removeprefix(f"{label} ").partition("，")[0]
            known = there in _THERE
            numbers.append(
                (_THERE.index(there), 1 if kind is THINGS else None) if known else parse_fact(said, kind)
            )
    except Refused:
        return None
    words = pieces[len(labels)].removeprefix(f"{_words_label(duty)} ") if len(pieces) > len(labels) else ""
    answer = Answer(tuple(numbers), words)
    return answer if len(numbers) == len(labels) > 0 and _alike(_said(duty, answer, labels), text) else None


_RATE = pattern(r"，([0-9]+(?:\.[0-9]+)?) %")


def _alike(now: str, stored: str) -> bool:
    """Whether both say the same; rates in stored answers may be rounded down, as they once were: 88.8 for 88.9."""
    pieces = list(zip(_RATE.split(now), _RATE.split(stored), strict=False))
    near = (abs(Decimal(x) - Decimal(y)) <= Decimal("0.1") for x, y in pieces[1::2])
    return _RATE.sub("", now) == _RATE.sub("", stored) and all(near)


# Several numbers, ticks, the handbook -------------------------------------------------------------------------

NOT_DONE = "没有完成"
_NO = {"否", "无", "没", "没有", "没做", "没有做", "没交", "没有交", "没开展", "没有开展", "✗", "×"}
_NO |= {NOT_DONE, "没完成", "未完成"}
_NONE = {"没有", "无", "都没有", "零"}
_DONE = {"已交", "已上交", "上交", "已办", "交了"}
_HELD = {*_DONE, "完成", "已完成", "完成了", "办了", "开了", "已开", "已召开", "开过了", "做了"}
_MARKS = str.maketrans(dict.fromkeys("✓✔☑✅", "是") | dict.fromkeys("✗✘❌×", "否"))
_ALL = pattern(r"(?:[全都均]|全部|每[项样]|都已|均已)+(?:是|有|有了|完成|做了|齐|齐全)")
_ALL_LACKING = pattern(r"(?:[全都均]|全部|每[项样])*(?:都没有?|均没有?|全没有?|全无|都无)")
_TWO_NUMBERS = pattern(rf"/|{DIGITS}.*[^0-9一二三四五六七八九十]+{DIGITS}")
_SO_MANY = pattern(r"([两二三四五六])[项样]")
_ALSO_COUNTED = {"篇": "篇|条|份|则", "人": "人次|名|位|人"}
_TOLD_COUNT = r"(?:一?共|共?计|合计|总共|已?上报|报送?|报送|投稿|发表|(?:谈心)?谈话?|谈心)?了?\s*"


def _is_no(duty: Duty, typed: str) -> bool:
    """Whether a text says that what is only ticked or handed in was not done. A task that was given stays open."""
    return duty.closes in ("tick", "file") and not duty.things and duty.number > 0 and typed in _NO


def denies(text: str) -> bool:
    """Whether what was written beside a file says that something is still lacking."""
    return re.search("没|未|否|还差|还缺|不齐|不全|待补", text) is not None


def _numbers(duty: Duty, typed: str) -> tuple[tuple[int, int | None], ...]:
    if typed in _NONE and all(kind.form == "count" for kind in duty.asks):
        return tuple((0, None) for _ in duty.asks)
    if len(duty.asks) == 1:
        return (_one_number(typed, duty.asks[0]),)
    parts = _parts(typed)
    _expect(duty, len(parts))
    return tuple(_one_of_several(part, kind) for part, kind in zip(parts, duty.asks, strict=True))


def _one_of_several(part: str, kind: FactKind) -> tuple[int, int | None]:
    try:
        return read_number(kind, part)
    except Doubtful:
        return parse_fact(part, kind)  # which says what is wrong


def _one_number(typed: str, kind: FactKind) -> tuple[int, int | None]:
    """A number alone, or as it is told: 上报3篇, 共三条."""
    units = _ALSO_COUNTED.get(kind.unit, re.escape(kind.unit))
    told = re.fullmatch(rf"{_TOLD_COUNT}(?P<number>{DIGITS}|两)\s*个?(?:{units})", typed)
    return parse_fact(str(number_of(told["number"])) if told and kind.form == "count" else typed, kind)


def _parts(typed: str) -> list[str]:
    return [part for part in re.split(r"[\s、,;]+", re.sub(r"\s*/\s*", "/", typed)) if part]


def _expect(duty: Duty, found: int) -> None:
    if found != len(duty.asks) == 1:
        raise Refused(f"「{duty.title}」只要一个回答，例如 {example(duty)}。")
    if found != len(duty.asks):
        titles = "、".join(duty.things or (kind.title for kind in duty.asks))
        raise Refused(f"请依次填{titles}，用空格隔开，例如 {example(duty)}。")


def _finished(duty: Duty, typed: str) -> None:
    kind = FactKind(duty.key, duty.title, "次", "tick", "是")
    if not parse_fact("是" if typed in _DONE else typed, kind)[0]:
        raise Refused(f"好的，「{duty.title}」还没有完成，先不记；完成后请点「已完成」，或填 是。")


def _told(duty: Duty, text: str, typed: str) -> None:
    """Unclear where the answer to a task that was given is in words: whether it is one is asked."""
    kind = FactKind(duty.key, duty.title, "次", "tick", "是")
    try:
        parse_fact("是" if typed in _DONE | _NO else typed, kind)
    except Refused:
        raise _unclear(duty, text, [Answer((), " ".join(text.split()))]) from None


def _ticks(duty: Duty, typed: str) -> tuple[tuple[int, int | None], ...]:
    """One word for each thing that is asked for, or that all are there. Raises Unclear, and Untold."""
    if not duty.asks:
        _finished(duty, typed)
        return ()
    marked = typed.translate(_MARKS)
    if len(duty.asks) == 1 and duty.asks[0].form == "ratio" and _TWO_NUMBERS.search(typed):
        return (_held(duty, typed),)
    counted = _SO_MANY.match(marked)
    rest = marked[counted.end() :] if counted else marked
    if counted and "〇一二三四五六".find(counted[1].replace("两", "二")) != len(duty.asks):
        raise Untold(f"「{duty.title}」还要知道：{_wanted(duty)}。请逐项回答，例如 {example(duty)}。")
    every = _ALL.fullmatch(rest) or (counted and rest in ("有", "齐", "齐全"))
    if every or re.fullmatch(rf"有{_named(duty)}|{_named(duty)}[全都均]*(?:有|齐全?)了?", marked):
        return ticked(duty, [True] * len(duty.asks)).numbers
    lacking = rf"(?:没有?|无){_named(duty)}|{_named(duty)}(?:不齐全?|没有|无)"
    if _ALL_LACKING.fullmatch(rest) or re.fullmatch(lacking, marked):
        return ticked(duty, [False] * len(duty.asks)).numbers
    parts = list(marked) if re.fullmatch("[是否有无]{2,}", marked) else _parts(marked)
    if len(parts) == len(duty.asks):
        try:
            said = [parse_fact(part, THING)[0] for part in parts]
        except Refused:
            said = []
        if said and not (len(parts) == 1 and typed in _HELD):
            return ticked(duty, list(map(bool, said))).numbers
    if typed in _HELD or marked in "是有否无" or typed in ("没有", "1", "0"):
        raise Untold(f"「{duty.title}」还要知道：{_wanted(duty)}。请逐项回答，例如 {example(duty)}。")
    if len(parts) > 1:
        _expect(duty, len(parts))
    raise Unread(f"没有看懂{quoted(typed)}，「{duty.title}」请回答{_wanted(duty)}，例如 {example(duty)}。")


def _named(duty: Duty) -> str:
    return "[、,和 ]*".join(re.escape(thing) for thing in duty.things)


def _wanted(duty: Duty) -> str:
    return "、".join(f"有没有{thing}" for thing in duty.things)


def _held(duty: Duty, typed: str) -> tuple[int, int | None]:
    """How many of those held have minutes. Unclear where it may be the day of the meeting: 12/10."""
    match = re.fullmatch(r"([0-9]+)\s*/\s*([0-9]+)", typed)
    if match and is_day(int(match[1]), int(match[2])):
        count, of = int(match[1]), int(match[2])
        possible = dict.fromkeys(((1, 1), (count, of)) if count <= of else ((1, 1),))
        raise _unclear(duty, typed, [Answer((number,)) for number in possible])
    try:
        return read_number(duty.asks[0], typed)
    except Doubtful as doubtful:
        raise _unclear(duty, typed, [Answer((number,)) for number in doubtful.readings]) from None


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
        raise Unread(f"没有看懂{quoted(typed)}，「{duty.title}」请填四个数，例如 {example(duty)}。")
    told = dict(zip(_HANDBOOK if names == ("",) * 4 else names, map(int, numbers), strict=True))
    if wholes - {str(told["应交"])}:
        raise Refused(f"{quoted(typed)}里的应交本数前后不同，请核对。")
    if told["应交"] == 0 or told["应交"] > LARGEST:
        raise Refused(f"「{duty.title}」的应交本数应在 1 到 {LARGEST} 之间。")
    for less, more in (("上交", "应交"), ("合格", "上交"), ("优秀", "合格")):
        if told[less] > told[more]:
            raise Refused(f"{less} {told[less]} 本不能多于{more} {told[more]} 本，请核对。")
    return tuple((told[name], told["应交"]) for name in _HANDBOOK[1:])


# An attendance -----------------------------------------------------------------------------------------------


def _attended(duty: Duty, text: str) -> Answer:
    """The attendance with its theme or remark, and whether a party day was volunteer service. Raises Unclear."""
    readings: list[Answer] = []
    doubtful = False
    found = list(ratios(duty.asks[0], text))
    if not found:
        label = _labels(duty)[0][0]
        raise Unread(f"没有看懂{quoted(text.strip())}，「{duty.title}」请填{label}，例如 {example(duty)}。")
    for seen, left in found:
        number = (seen.count, seen.of)
        if duty.closes == "party_day":
            served, theme = volunteering(left)
            readings += [Answer((number, (int(yes), None)), theme) for yes in served]
        else:
            theme = tidy(left)
            readings.append(Answer((number,), theme))
        doubtful = doubtful or is_doubtful(seen, halfwidth(left), halfwidth(theme))
    if max(len(reading.words) for reading in readings) > THEME_LONGEST:
        raise Refused(f"{_words_label(duty)}太长了，请不要超过 {THEME_LONGEST} 个字。")
    if len(readings) > 1 or doubtful:
        raise _unclear(duty, text, readings)
    return readings[0]


def _unclear(duty: Duty, text: str, readings: Sequence[Answer]) -> Unclear:
    sentence = f"{quoted(text.strip())}有几种读法，请写明，例如 {example(duty)}。"
    return Unclear(sentence, readings[:READINGS_MOST])
