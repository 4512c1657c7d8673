"""Numbers typed once (台账) become suggested grades, with the figures and the reason in words.

Each measure of an item turns its fact into the interval of grades it allows, worst to best:
    reached 优秀's number      [优秀, 优秀]      no number for 优秀: this measure does not stand in its way
    reached 合格's number      [合格, 合格]      no number for 合格: missing 优秀's number still leaves 合格
    reached neither            [不合格, 不合格]
    not known yet              everything it could still become
An item is as good as its worst measure, so its interval is the minimum of both ends. Where the ends meet,
the grade is suggested; a known failure therefore decides, whatever is missing. 优秀 is suggested only where all that
its text names was asked: what nobody asked is named instead (优秀还要看). The last word is the person's.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from scoring.numerals import halfwidth, month_word, percent, plain, quoted
from scoring.refusal import Refused, Unread
from scoring.rubric import Edition, FactKind, Grade, Item, Measure

LARGEST = 100_000
_YES = {"是", "有", "已完成", "完成", "1", "√", "✓", "对"}
_NO = {"否", "没有", "无", "未完成", "0", "×", "不是"}

Outcome = Literal["suggested", "not_enough", "judgement", "not_countable"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A reported number: 17 of 18, 5 talks, a tick (1 or 0), for the `period` "2026-09" or, "", the term."""

    kind: str
    count: int
    of: int | None = None
    period: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the facts say of an item.

    suggested      `grade` and `points`
    not_enough     `missing` facts; `at_most` is the best grade still possible
    judgement      the numbers are in, and the regulation leaves the grade (up to `at_most`) to the person
    not_countable  the regulation gives no number for this item, and none is shown beside it
    """

    outcome: Outcome
    grade: Grade | None = None
    points: Decimal | None = None
    reasons: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    at_most: Grade | None = None


def parse_fact(text: str, kind: FactKind) -> tuple[int, int | None]:
    """(count, of) as typed: `17/18` for a ratio; without an `of`, `3次` for a count, `是` or `否` for a tick.

    Refused, each in its own sentence: nothing, too long, unreadable, negative, above 100,000, more than the
    whole, or 0/0 where it has no meaning.
    """
    typed = halfwidth(text).strip()
    like = f"例如 {kind.example}"
    if not typed:
        raise Refused(f"请填「{kind.title}」，{like}。")
    if len(typed) > 30:
        raise Refused(f"「{kind.title}」写得太长了，{like}。")
    if kind.form == "tick":
        if typed not in _YES | _NO:
            raise Unread(f"没有看懂{quoted(text.strip())}，「{kind.title}」请填 是 或 否。")
        return int(typed in _YES), None
    number, unit = r"(-?[0-9]+)\s*", rf"(?:{re.escape(kind.unit)}|次|个)?"
    match = re.fullmatch(rf"{number}/\s*{number}" if kind.form == "ratio" else number + unit, typed)
    if not match:
        raise Unread(f"没有看懂{quoted(text.strip())}，「{kind.title}」请填数字，{like}。")
    numbers = [int(number) for number in match.groups()]
    if min(numbers) < 0:
        raise Refused(f"「{kind.title}」不能是负数，{like}。")
    if max(numbers) > LARGEST:
        raise Refused(f"「{kind.title}」的数字太大了，最多 {LARGEST}，{like}。")
    if kind.form == "count":
        return numbers[0], None
    count, of = numbers
    if count > of:
        raise Refused(f"「{kind.title}」{count}/{of} 的前一个数不能大于后一个数，{like}。")
    if of == 0 and not kind.of_zero:
        raise Refused(f"「{kind.title}」的总数不能是 0，{like}。")
    return count, of


def suggest(
    edition: Edition, number: int, facts: Iterable[Fact], months: tuple[str, ...] = (), final: bool = True
) -> Suggestion:
    """What the facts of a term say of an item; Refused when there is no such item.

    Several facts of a kind are added up: a rate is the sum of the counts over the sum of the wholes. `months`
    ("2026-09", …) are those in which something due every month is due; a month nobody reported is not known,
    never zero. `final`: self-evaluation has begun, so that a number that must stay low is the term's; until then
    it can still grow, and nothing it bears on is suggested as 优秀.
    """
    item = edition.item(number)
    facts = tuple(facts)
    told = [(m, edition.facts[m.fact], [f for f in facts if f.kind == m.fact]) for m in item.measures]
    shown = tuple(_beside(kind, mine) for m, kind, mine in told if m.how == "shown" and mine)
    deciding = [one for one in told if one[0].how != "shown"]
    if not deciding and shown:
        return Suggestion("judgement", reasons=(*shown, "优秀、合格由您判断。"), at_most=Grade.EXCELLENT)
    if not deciding:
        return Suggestion("not_countable", reasons=("制度对本项没有数字要求，由您判断。",))
    if deciding[0][0].how == "points_each":
        return _per_piece(edition, item, *deciding[0][1:])
    measures = [measure for measure, _, _ in deciding]
    findings = [_weigh(item, measure, kind, mine, months) for measure, kind, mine in deciding]
    low, high = min(finding.low for finding in findings), min(finding.high for finding in findings)
    reasons = (*(finding.reason for finding in findings if finding.reason), *shown)
    without_passed = all(measure.passed is None for measure in measures)
    if high is not Grade.EXCELLENT and without_passed:
        return Suggestion("judgement", reasons=(*reasons, "合格与否由您判断。"), at_most=high)
    if low is not high:
        open_titles = dict.fromkeys(finding.title for finding in findings if finding.low is not finding.high)
        return Suggestion("not_enough", reasons=reasons, missing=tuple(open_titles), at_most=high)
    if high is Grade.EXCELLENT:
        if all(measure.excellent is None for measure in measures):
            return Suggestion("judgement", reasons=(*reasons, "优秀与否由您判断。"), at_most=high)
        if unseen := _unseen(item, deciding, findings, final):
            reasons += (f"优秀还要看：{unseen}",)
            if without_passed:
                return Suggestion("judgement", reasons=reasons, at_most=high)
            high = Grade.PASSED
    return Suggestion("suggested", high, edition.points(number, high), reasons)


_Told = tuple[Measure, FactKind, list[Fact]]


def _unseen(item: Item, deciding: list[_Told], findings: "list[_Finding]", final: bool) -> str:
    """What 优秀 asks for that no number has shown: deeds nobody asked, and what may grow until self-evaluation."""
    unasked = () if all(finding.idle for finding in findings) else item.unasked
    growing = [] if final else [kind.title for measure, kind, _ in deciding if measure.how == "at_most"]
    return "，".join(
        ["、".join(unasked)] * bool(unasked) + [f"{title}（自评开始后再看）" for title in growing]
    )


def _per_piece(edition: Edition, item: Item, kind: FactKind, facts: list[Fact]) -> Suggestion:
    """每项一分: a point for each, up to the item's points (regulation, item 23)."""
    if not facts:
        return Suggestion("not_enough", missing=(kind.title,), at_most=Grade.EXCELLENT)
    count = sum(fact.count for fact in facts)
    points = min(item.points, Decimal(count))
    reason = f"{kind.title} {count} {kind.unit}，每{kind.unit} 1 分，最多 {plain(item.points)} 分"
    return Suggestion("suggested", edition.column(item.number, points), points, (reason,))


@dataclass(frozen=True, slots=True)
class _Finding:
    """What one measure allows, from `low` to `high`. idle: there was nothing to do."""

    title: str
    low: Grade
    high: Grade
    reason: str = ""
    idle: bool = False


@dataclass(frozen=True, slots=True)
class _Sum:
    """The facts of a kind added up: of a month, or of the term."""

    kind: FactKind
    count: int
    of: int

    @property
    def known(self) -> bool:
        """Whether it says anything: a ratio of nothing does only where there may be nothing to do."""
        return self.kind.form != "ratio" or self.of > 0 or self.kind.of_zero

    @property
    def value(self) -> Fraction:
        """What is held against a requirement: the share of a ratio, the number of anything else."""
        if self.kind.form != "ratio":
            return Fraction(self.count)
        return Fraction(self.count, self.of) if self.of else Fraction(1)

    def figure(self, *limits: Decimal | None) -> str:
        """17/18 = 94.4 %, 5 人, 是; a rate stands on that side of the limits on which it is."""
        match self.kind.form:
            case "ratio":
                rate = percent(self.value, *(limit for limit in limits if limit is not None))
                return f"{self.count}/{self.of} = {rate}" if self.of else "没有需要做的，视为做到"
            case "tick":
                return ("否", "是")[self.count > 0]
            case _:
                return f"{self.count} {self.kind.unit}"


def _sum(kind: FactKind, facts: Iterable[Fact]) -> _Sum:
    facts = tuple(facts)
    return _Sum(kind, sum(fact.count for fact in facts), sum(fact.of or 0 for fact in facts))


def _beside(kind: FactKind, facts: list[Fact]) -> str:
    """A number that stands beside an item and decides nothing."""
    return f"{kind.title} {_sum(kind, facts).figure()}（供参考）"


def _weigh(
    item: Item, measure: Measure, kind: FactKind, facts: list[Fact], months: tuple[str, ...]
) -> _Finding:
    bottom = Grade.FAILED if measure.passed is not None else Grade.PASSED
    limits = (measure.passed, measure.excellent)
    periods = {fact.period for fact in facts}
    # One report for the whole term stands for all its months.
    coming = kind.monthly and "" not in periods and not (months and periods.issuperset(months))
    sums = {
        month: _sum(kind, (f for f in facts if f.period == month)) for month in months if month in periods
    }
    reported = [month for month, one in sums.items() if one.known]
    total = _sum(kind, facts)
    if not facts or not (reported if measure.how == "monthly" else total.known):
        return _Finding(kind.title, bottom, Grade.EXCELLENT)
    figure = total.figure(*limits)
    match measure.how:
        case "rate":
            low = high = _grade(measure, lambda limit: total.value >= Fraction(limit))
        case "monthly":
            worst = min(reported, key=lambda month: sums[month].value)
            high = _grade(measure, lambda limit: sums[worst].value >= Fraction(limit))
            low = high if len(reported) == len(months) else bottom
            seen = "中" if len(reported) == len(months) else f"报了 {len(reported)} 个月，"
            figure = f"{len(months)} 个月{seen}最少 {sums[worst].figure(*limits)}（{month_word(worst)}）"
        case "at_most":  # a month still to come can only spoil it
            high = _grade(measure, lambda limit: total.count <= limit)
            low = bottom if coming else high
        case _:  # a month still to come can only add to a count
            low = _grade(measure, lambda limit: total.count >= limit)
            high = Grade.EXCELLENT if coming else low
    grade = low if measure.how == "count" else high
    so_far = "目前" if low is not high or (measure.how == "rate" and coming) else ""
    reason = f"{kind.title} {figure}，{so_far}{_verdict(item, measure, kind, grade)}"
    return _Finding(kind.title, low, high, reason, idle=kind.form == "ratio" and not total.of)


def _grade(measure: Measure, reached: Callable[[Decimal], bool]) -> Grade:
    if measure.excellent is not None and reached(measure.excellent):
        return Grade.EXCELLENT
    if measure.passed is None:
        return Grade.PASSED
    if not reached(measure.passed):
        return Grade.FAILED
    return Grade.EXCELLENT if measure.excellent is None else Grade.PASSED


def _verdict(item: Item, measure: Measure, kind: FactKind, grade: Grade) -> str:
    """Which requirement a figure reaches and which one it misses."""
    named = (
        (Grade.PASSED, measure.passed, item.standard),
        (Grade.EXCELLENT, measure.excellent, item.excellent),
    )
    reached = [(g, limit, text) for g, limit, text in named if limit is not None and g <= grade]
    missed = [(g, limit, text) for g, limit, text in named if limit is not None and g > grade]
    words = [f"达到{g.word}要求{_limit(measure, kind, limit, text)}" for g, limit, text in reached[-1:]]
    words += [f"未达到{g.word}要求{_limit(measure, kind, limit, text)}" for g, limit, text in missed[:1]]
    return "，".join(words)


def _limit(measure: Measure, kind: FactKind, limit: Decimal, text: str) -> str:
    """A requirement in words; 100 % only where the regulation's text says so, all (全部) where it says each."""
    every = limit == 1 and "100%" not in text
    match measure.how:
        case "rate":
            return "（全部）" if every else f" {percent(limit)}"
        case "monthly" if kind.form == "ratio":
            return "（每月全部）" if every else f"（每月 {percent(limit)}）"
        case "monthly":
            return f"（每月 {plain(limit)} {kind.unit}）"
        case "at_most":
            return f"（不超过 {plain(limit)} {kind.unit}）"
        case _:
            return "" if kind.form == "tick" else f" {plain(limit)} {kind.unit}"
