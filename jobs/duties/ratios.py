"""A ratio as people tell it: 17/18, 17比18, 到17缺1, 全到（18）, 满意45参评50; one reading for every screen.

What stands as a ratio, or as 应到 and 实到, is found by `attendance`. What is told otherwise is a run of *claims*: how
many there should be, how many there are, how many are missing, or that all are there. Two of them make a ratio, and a
third must agree. What may be meant otherwise (17:18, 18/17, 18人缺1人) is read, too, and asked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from jobs.duties.attendance import (
    ACT,
    CALLED_OFF,
    DIGITS,
    EVERYBODY,
    THERE,
    WHOLE,
    Seen,
    absences,
    attendances,
    check_rate,
    is_day,
    is_doubtful,
    number_of,
    tidy,
)
from scoring.facts import parse_fact
from scoring.numerals import halfwidth, quoted
from scoring.pattern import pattern
from scoring.refusal import Refused
from scoring.rubric import FactKind


class Doubtful(Refused):
    """A ratio that may be meant otherwise: the `readings` to ask about, each (count, of)."""

    def __init__(self, sentence: str, readings: Sequence[tuple[int, int]]) -> None:
        super().__init__(sentence)
        self.readings = tuple(readings)


def read_number(kind: FactKind, text: str) -> tuple[int, int | None]:
    """(count, of) of a fact as it is typed, a ratio in any of the ways in which people tell one.

    Refused as `parse_fact`, and where words stand beside a ratio; Doubtful where it is to be asked.
    """
    try:
        return parse_fact(text, kind)
    except Refused as refused:
        if kind.form != "ratio" or not text.strip():
            raise
        readings, sure = _alone(kind, text, refused)
    if sure:
        return readings[0]
    raise Doubtful(f"{quoted(text.strip())}不能确定是几比几，请写成 {kind.example}。", readings)


def _alone(kind: FactKind, text: str, refused: Refused) -> tuple[list[tuple[int, int]], bool]:
    """The readings of a text that is a ratio and nothing else, and whether it needs no question."""
    try:
        found = list(ratios(kind, text))
    except Refused:
        raise refused from None
    sure = len(found) == 1
    for seen, left in found:
        beside = halfwidth(tidy(left))
        missing, others = absences(beside)
        others = _MERE.sub(" ", re.sub(EVERYBODY if seen.count == seen.of else CALLED_OFF, " ", others))
        if re.search(r"\w", others) or (missing is not None and missing != seen.of - seen.count):
            raise refused
        sure = sure and not seen.asked and not is_doubtful(seen, halfwidth(left), beside)
    if not found:
        raise refused
    return [(seen.count, seen.of) for seen, _ in found], sure


def ratios(kind: FactKind, text: str) -> Iterator[tuple[Seen, str]]:
    """Each ratio that a text can mean, with the text that is left beside it. Refused as `attendances`."""
    if _ALL_BUT.search(halfwidth(text)):
        return
    text = _written(kind, text)
    try:
        found = [(seen, check_rate(seen, left)) for seen, left in attendances(kind, text)]
    except Refused:
        found = list(_turned(kind, text))
        if not found:
            raise
    yield from found or _told(kind, text)


_ALL_BUT = pattern(rf"除.*(?:{EVERYBODY})")  # 除1人请假外全到: who is left out is not counted in it
_MERE = pattern("今[天日]|本[月次]|这次|(?:我们?|全|本)?支部|党员")
"""Words beside a ratio that add nothing to it."""

# Other signs, and another order ---------------------------------------------------------------------------------

_CHINESE = "一二三四五六七八九十"
_UNIT = r"(?:\s*(?:个?人|[名位篇本份次项个]))?"
_OVER = pattern(rf"(?<=[0-9人名])(\s*)[÷⁄\\比](?=\s*[0-9])(?!\s*[0-9]+\s*{_UNIT}\s*[大小多少高低])")
_EACH = pattern(
    r"([0-9]+)\s*(?:人次|位|个人?|[本份次项])(\s*[/／]\s*)([0-9]+)\s*(?:人次|位|个人?|[本份次项])"
)
_WRITTEN_OUT = pattern(
    rf"(?<![{_CHINESE}百千万第])(?P<count>[{_CHINESE}]{{1,3}})(?P<unit>[人名]?)\s*[/比]\s*"
    rf"(?P<of>[{_CHINESE}]{{1,3}})(?![{_CHINESE}百千万])"
)
_GAME = pattern("比分|[球决比竞]赛|[胜负输赢]|得分|战平")
_PAIR = pattern(
    r"(?P<called>(?:出勤|到会|参会|出席|人数|考勤)(?:人数|情况)?\s*:?)?\s*(?P<count>[0-9]+)(?P<unit>\s*[人名])?"
    r"\s*(?P<sign>[:,、]|\s|\((?=.*\)$))\s*(?P<of>[0-9]+)(?P<people>\s*[人名])?\s*\)?"
)
_SLASHED = pattern(r"(?<![0-9./:-])([0-9]+)(\s*[人名]?\s*)/(\s*)([0-9]+)(?![0-9./:-])")


def _written(kind: FactKind, text: str) -> str:
    """The text with its ratio written as one: 17比18, 17÷18, 十七/十八 as 17/18; 应到/实到 18/17 as 应到18 实到17."""
    form = halfwidth(text)
    if len(form) != len(text) or _GAME.search(form):
        return text
    every, there = _words(kind)
    for first, second in ((every, there), (there, every)):
        text = re.sub(
            rf"(?P<one>{first})(?:人数)?\s*[/、,，和与比]\s*(?P<two>{second})(?:人数)?\s*[:：为是]*\s*(?P<first>[0-9]+)"
            rf"(?P<unit>\s*[人名篇本份次项]?)\s*[/、,，比:：／]\s*(?P<second>[0-9]+)",
            r"\g<one>\g<first>\g<unit> \g<two>\g<second>",
            text,
        )
    text = _EACH.sub(r"\1\2\3", _WRITTEN_OUT.sub(_in_digits, text))
    letters = list(text)
    for sign in _OVER.finditer(halfwidth(text)):
        letters[sign.end() - 1] = "/"
    return "".join(letters)


def _in_digits(found: re.Match[str]) -> str:
    count, of = number_of(found["count"]), number_of(found["of"])
    plain = count and of and ("十" in found["of"] or found["unit"])
    return f"{count}{found['unit']}/{of}" if plain else found[0]


def _turned(kind: FactKind, text: str) -> Iterator[tuple[Seen, str]]:
    """18/17, which nobody means as it stands: turned round, to be asked. A day (12/5) is none."""
    form = halfwidth(text)
    found = list(_SLASHED.finditer(form))
    if len(found) != 1:
        return
    count, unit, space, of = found[0].groups()
    if int(count) <= int(of) or not int(of) or is_day(int(count), int(of)):
        return
    start, end = found[0].span()
    if re.search("[0-9]", form[:start] + form[end:]):
        return
    turned = f"{text[:start]}{of}{unit}/{space}{count}{text[end:]}"
    try:
        seen = list(attendances(kind, turned))
    except Refused:
        return
    if len(seen) == 1 and not seen[0][0].told and len(seen[0][0].places) == 1:
        yield replace(seen[0][0], asked=True), seen[0][1]


def _pair(kind: FactKind, text: str) -> Iterator[tuple[Seen, str]]:
    """Two numbers and nothing else: 17:18, which may be an hour, 17，18, 17（18）."""
    form = halfwidth(text).strip(" 。.,;")
    if came := re.fullmatch(r"(?P<of>[0-9]+)\s*[到来]了?\s*(?P<count>[0-9]+)", form):
        count, of = int(came["count"]), int(came["of"])
        if count <= of:  # 17到18 is a span
            yield Seen(((0, len(text)),), count, of, asked=True), ""
        return
    pair = _PAIR.fullmatch(form)
    if not pair:
        return
    count, of = sorted((int(pair["count"]), int(pair["of"])))
    ordered = (count, of) == (int(pair["count"]), int(pair["of"]))
    hour = int(pair["count"]) <= 24 and int(pair["of"]) <= 59 and len(pair["of"]) == 2
    if pair["sign"] == ":" and hour and pair["of"] in ("00", "30") and not (pair["called"] or pair["people"]):
        return
    colon = pair["sign"] == ":" and (not hour or pair["called"] or pair["people"] or pair["unit"])
    parse_fact(f"{count}/{of}", kind)
    yield Seen(((0, len(text)),), count, of, asked=not (ordered and colon)), ""


# Claims ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Claim:
    """What is said of one number: `whole`, `there`, `missing`, `all` (of so many, if it says), `people`, `rate`."""

    role: str
    number: int | None
    start: int
    end: int


_MORE_WHOLE = "应到会|应来|总(?=[0-9])|总共|合计|总计|全员|全体|全支部"
_MORE_THERE = "来了?|签到|到场|在场|出席了|参加了"
_MORE_MISSING = "出差|外出|住院|生病|公出|差|少了?"
_THERE_BEHIND = "实到|到会|到场|到齐|到了?|来了?|参加了?|出席了?|出勤|参会|在场|签到"
_ALL = (
    r"全勤|满勤|全齐|全(?:部|员|体|都)?(?:党员|人员)?(?:都|均|已)*(?:到(?:齐|会|场|位)?|参加|出席|出勤|来)了?"
    r"|(?:都|均)(?:已|到齐|到会|到场|到|来|参加|出席)+了?|到齐了?|一个(?:不|没|都?不)少|一[人个]不[缺少]"
)
_NOBODY = r"(?:无人?|没有人?|零|无一人?)\s*"
_GAP = pattern(r"(?:[\s,、;。!/·:()\[\]=-]|其中|[中里有但只就仅另还和的是为]|因[公病事]|目前|今天|本次)*")
_RATE = pattern(
    r"(?:(?:出勤|到会|参会|满意|上交|完成|按时|及时)?率)?\s*[:为是约达=≈]*\s*(?P<rate>[0-9]+(?:\.[0-9]+)?)\s*%"
)


@lru_cache
def _words(kind: FactKind) -> tuple[str, str]:
    """What stands before the whole of a ratio, and before its part, as patterns."""
    part, whole = map(re.escape, kind.parts or ("实到", "应到"))
    return f"(?:{whole}|{WHOLE}|{_MORE_WHOLE})", f"(?:{part}|{THERE}|{_MORE_THERE})"


@lru_cache
def _claims(kind: FactKind) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The ways in which something is said of a number, the surest first."""
    whole, there = _words(kind)
    part = kind.parts[0] if kind.parts else "实到"
    stem = re.escape(part.lstrip("已实有") or part)
    counted = f"{kind.unit}|" if kind.unit in "次项" else ""
    unit = rf"(?:\s*(?:{counted}人次|(?:个?人|个|名|位)(?:党员|同志)?|[篇本份]))?"
    told = rf"(?P<number>{DIGITS}|两)(?!\s*[./:~-]?\s*[0-9]|\s*%|成)"
    number = rf"\s*(?:党员)?(?:人数)?\s*[:=为是(]*\s*{told}{unit}(?:\s*\))?"
    called_off = rf"(?:无故|因故)?(?:{CALLED_OFF}|{_MORE_MISSING}|(?:未|没有?|不|欠|缺|漏){stem})"
    behind = rf"(?:{_THERE_BEHIND}|(?:已|有)?{stem}了?)"
    every = rf"(?:{_ALL}|全(?:部|都|体)?{stem}[了齐]?|都{stem}了?|{stem}[齐全]了?)"
    more = rf"(?>了?\s*:?\s*(?:{DIGITS}|两){unit})"
    people = rf"(?P<number>{DIGITS}|两)\s*(?:人次|个?人(?!次)|个|名|位)(?:党员|同志)?"
    patterns = (
        ("rate", _RATE.pattern),
        ("all", rf"{every}\s*[:(,]*\s*(?:共)?{told}{unit}\s*\)?"),
        ("all", rf"{told}{unit}\s*,?\s*(?:党员)?{every}"),
        ("all", rf"全[体部员]\s*(?:党员)?{told}{unit}\s*(?:都|均|已)*{behind}(?!{more})"),
        ("all", rf"{_NOBODY}{called_off}了?"),
        ("all", every),
        ("whole", rf"{whole}{number}(?:\s*党员)?"),
        ("whole", rf"{told}{unit}\s*应[到交]"),
        ("missing", rf"{called_off}(?:的|了|有|共)?{number}"),
        ("missing", rf"{told}{unit}\s*(?:因[公病事])?\s*{called_off}了?(?!{more}(?!\s*{behind}))"),
        ("there", rf"{told}{unit}\s*(?:都|已)?{behind}(?!{more}(?!\s*{called_off}))"),
        ("there", rf"{there}(?:的|了|有)?{number}"),
        ("there", rf"{told}(?=\s*\(\s*{whole}\s*[0-9])"),
        ("people", people),
    )
    return tuple((role, re.compile(written)) for role, written in patterns)


_STARTS_BADLY = pattern(rf"[0-9./:第{_CHINESE}百千万-]$")


def _told(kind: FactKind, text: str) -> Iterator[tuple[Seen, str]]:
    """The ratio that one run of claims makes; none where it makes none, where it contradicts itself, or has others."""
    typed = halfwidth(text)
    if _GAME.search(typed):
        return
    runs = [run for run in _runs(kind, typed) if len(run) > 1 or run[0].role == "all"]
    readings = [(run, reading) for run in runs if (reading := _meant(run, typed))]
    if not readings:
        yield from _pair(kind, text)
        return
    if len(readings) > 1:
        return
    ((run, pairs),) = readings
    for count, of in pairs:
        parse_fact(f"{count}/{of}", kind)
        seen = Seen(
            ((run[0].start, run[-1].end),), count, of, told=True, asked=len(pairs) > 1 or _loose(run, typed)
        )
        left = text[: run[0].start] + " " * (run[-1].end - run[0].start) + text[run[-1].end :]
        rate = next((claim for claim in run if claim.role == "rate"), None)
        if rate:
            check_rate(seen, typed[rate.start : rate.end])
        yield seen, left


def _runs(kind: FactKind, typed: str) -> Iterator[list[_Claim]]:
    """The claims of a text that stand beside each other, with no more than signs between."""
    run: list[_Claim] = []
    at = 0
    while at < len(typed):
        claim = _claim(kind, typed, at)
        if claim is None:
            at += 1
            continue
        if run and not _GAP.fullmatch(typed, run[-1].end, claim.start):
            if _ends(typed, run):
                yield run
            run = []
        run.append(claim)
        at = claim.end
    if run and _ends(typed, run):
        yield run


def _ends(typed: str, run: Sequence[_Claim]) -> bool:
    """Whether nothing touches a run that could make its numbers other ones: 到3家企业, 9点到17缺1."""
    after = re.compile(rf"\W|$|了(?!\w)|{ACT}")
    return bool(after.match(typed, run[-1].end)) and not _STARTS_BADLY.search(typed[: run[0].start])


def _claim(kind: FactKind, typed: str, at: int) -> _Claim | None:
    if at and typed[at].isdecimal() and _STARTS_BADLY.search(typed[:at]):
        return None
    for role, written in _claims(kind):
        if match := written.match(typed, at):
            number = match.groupdict().get("number")
            said = number_of(number) if number else 0 if role == "missing" else None
            return _Claim(role, said, at, match.end())
    return None


def _meant(run: Sequence[_Claim], typed: str) -> list[tuple[int, int]]:
    """What the claims of a run say together; nothing where they do not make a ratio, or one contradicts the others."""
    said = {role: [c.number for c in run if c.role == role and c.number is not None] for role in _ROLES}
    everybody = any(claim.role == "all" for claim in run)
    whole, there, people = said["whole"], said["there"], said["people"]
    missing = sum(said["missing"]) if said["missing"] else None
    if len(whole) > 1 or len(there) > 1 or len(people) > 1:
        return []
    if everybody:
        named = {*whole, *there, *people, *said["all"]}
        return [(n, n) for n in named] if len(named) == 1 and not missing else []
    of = next(iter(whole), None)
    count = next(iter(there), None)
    if people and (of is None) != (count is None):
        of, count = (people[0], count) if of is None else (of, people[0])
    elif people and missing is not None and of is None:
        inside = (people[0] - missing, people[0])
        if missing > people[0]:
            return []
        among = re.search("[中里就只仅有]", "".join(typed[a.end : b.start] for a, b in pairwise(run)))
        return [inside] if among else [inside, (people[0], people[0] + missing)]
    elif people:
        return []
    if of is not None and count is None and missing is not None:
        count = of - missing
    elif count is not None and of is None and missing is not None:
        of = count + missing
    agree = of is not None and count is not None and (missing is None or of - count == missing)
    return [(count, of)] if agree and 0 <= count <= of else []  # type: ignore[operator,list-item]


_ROLES = ("whole", "there", "missing", "all", "people")


def _loose(run: Sequence[_Claim], typed: str) -> bool:
    """Whether people without a word of their own stand for one side of it, behind the other: 应到18，17人; or it may be
    a span: 缺3到5人."""
    for one, other in pairwise(run):
        if one.role == "missing" and one.end == other.start and typed[other.start] == "到":
            return True
    roles = [claim.role for claim in run if claim.role != "rate"]
    first = bool(roles) and roles[0] == "people"
    return "people" in roles and "all" not in roles and (not first or "missing" in roles)
