"""试算: what other rules would make of real sheets; nothing is saved.

A typed line is a row of pieces, read whole or refused whole:
    合格75%  优秀0.95      the share of an item's points that a grade earns
    五星85分  90以上五星     the least total of a star
    思想建设1.5倍           how many times a category counts; the total is brought back to the table's own (100)
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum
from typing import NamedTuple

from scoring.numerals import halfwidth, percent, plain, quoted
from scoring.pattern import pattern
from scoring.refusal import EditionRefused, Refused, Unread
from scoring.rubric import STARS_MOST, Category, Edition, Grade, Item
from scoring.standings import Entry, trial
from scoring.stars import StarResult, stars_of

RULES_MOST = 4  # at once: what a button carries
ADVICE = "可以写成：合格75% 五星85，或：思想建设1.5倍。"
_STARS = ("", "一星", "二星", "三星", "四星", "五星")


class Part(IntEnum):
    """What a rule is about. The numbers travel in buttons and are kept for ever."""

    SHARE = 1
    STARS = 2
    WEIGHT = 3

    @property
    def scale(self) -> int:
        """By what a value becomes whole: a thousandth of a share, a tenth of a point, a hundredth of a weight."""
        return (0, 1000, 10, 100)[self]

    @property
    def most(self) -> Decimal:
        """The largest value."""
        return (Decimal(0), Decimal(1), Decimal(100), Decimal("9.99"))[self]


class Rule(NamedTuple):
    """One other rule: of a grade, a number of stars, or the category of that number, the `value`."""

    part: Part
    number: int
    value: Decimal

    @property
    def code(self) -> int:
        """As a button carries it, for ever: the number, the part, four digits of the value."""
        return (self.number * 10 + self.part) * 10_000 + int(self.value * self.part.scale)


def rule_of(code: int, edition: Edition) -> Rule:
    """The rule behind such a number. Refused when it is none of this edition."""
    head, value = divmod(code, 10_000)
    number, part = divmod(head, 10)
    if part not in tuple(Part):
        raise Refused("这个按钮已经失效，请重新输入要试的规则。")
    return checked(Rule(Part(part), number, Decimal(value) / Part(part).scale), edition)


def checked(rule: Rule, edition: Edition) -> Rule:
    """The rule, if it is one of this edition and in range. Refused otherwise."""
    name = named(rule, edition)
    if not 0 <= rule.value <= rule.part.most or rule.value * rule.part.scale % 1:
        said = {
            Part.SHARE: "得分比例请写 0% 到 100%，最多一位小数，例如：合格75%。",
            Part.STARS: "分数线请写 0 到 100，最多一位小数，例如：五星85。",
            Part.WEIGHT: "倍数请写 0 到 9.99，最多两位小数，例如：思想建设1.5倍。",
        }
        raise Refused(f"{name}这样写不行，{said[rule.part]}")
    return rule


def named(rule: Rule, edition: Edition) -> str:
    """What a rule is about: 合格, 五星, 思想建设. Refused when the edition has no such thing."""
    match rule.part:
        case Part.SHARE if rule.number in tuple(Grade):
            return Grade(rule.number).word
        case Part.STARS if rule.number in dict(edition.stars):
            return _STARS[rule.number]
        case Part.STARS if 0 < rule.number <= STARS_MOST:
            word, have = _STARS[rule.number], "、".join(_STARS[stars] for stars, _ in edition.stars)
            raise Refused(f"{word}没有分数线，" + (f"可以试：{have}。" if have else ADVICE))
        case Part.WEIGHT if found := [one for one in edition.categories if one.number == rule.number]:
            return found[0].name
    raise Refused("这个按钮已经失效，请重新输入要试的规则。")


def standing_value(rule: Rule, edition: Edition) -> Decimal:
    """What the edition has in the place of a rule."""
    match rule.part:
        case Part.SHARE:
            return edition.shares[Grade(rule.number)]
        case Part.STARS:
            return dict(edition.stars)[rule.number]
    return Decimal(1)


def in_words(rule: Rule, value: Decimal) -> str:
    """A value of a rule: 75 %, 85 分, 1.5 倍."""
    match rule.part:
        case Part.SHARE:
            return percent(value)
        case Part.STARS:
            return f"{plain(value)} 分"
    return f"{plain(value)} 倍"


# --- what is typed ------------------------------------------------------------------------------------------------

_NUMBER = r"(?P<number>[0-9]{1,3}(?:\.[0-9]{1,4})?)"
_UNIT = r"(?:\s*(?P<unit>%|倍))?\s*(?:分)?(?:及以上|以上|起)?(?:就?算|计)?"
_PIECE = pattern(rf"(?P<name>[^0-9\s,;、。.%]+)[\s]*{_NUMBER}{_UNIT}")
_STAR_LAST = pattern(rf"{_NUMBER}\s*分?\s*(?:以上|起|及以上|就是|算|为|是)*\s*(?P<name>[一二三四五]星)级?")
_BETWEEN = pattern(r"[\s,;、。.]*")
_BEFORE = pattern(
    "^(?:如果|要是|假如|假设|试算一下|试算|试一下|试试|试|把|将|让|和|与|及|再|还有|并且|并|都|给|线|分数)+"
)
_AFTER = pattern(
    "(?:得分|得|按|改成|改为|改到|改|调到|调成|调|降到|降|升到|提到|定在|定为|设为|为|是|占|算|的|权重|分数线|线|"
    "到|要|满|乘以|乘|给|级|:|=|×|x|X|\\*)+$"
)


def read_rules(text: str, edition: Edition) -> tuple[Rule, ...]:
    """The rules that a typed line says of an edition.

    Unread: a text that is no such line; Refused: one that names what the edition does not have, a value out of range,
    the same thing twice, too many rules.
    """
    typed, at, found = halfwidth(text).strip(), 0, list[Rule]()
    while at < len(typed):
        piece = _STAR_LAST.match(typed, at) or _PIECE.match(typed, at)
        if piece is None:
            raise Unread(f"没看懂{quoted(text.strip())}。{ADVICE}")
        found.append(_read(piece, text, edition))
        at = _BETWEEN.match(typed, piece.end()).end()  # type: ignore[union-attr]
    if not found:
        raise Unread(f"请写要试的规则。{ADVICE}")
    if len(found) > RULES_MOST:
        raise Refused(f"一次最多试 {RULES_MOST} 处，请分几次试。")
    for rule in found:
        if sum((one.part, one.number) == (rule.part, rule.number) for one in found) > 1:
            raise Refused(f"{named(rule, edition)}写了两次，请只保留一个。")
    return tuple(found)


def _read(piece: re.Match[str], text: str, edition: Edition) -> Rule:
    parts = piece.groupdict()
    name = _AFTER.sub("", _BEFORE.sub("", parts["name"]))
    value, unit = Decimal(parts["number"]), parts.get("unit")
    if (grade := Grade.read(name)) is not None and unit != "倍":
        share = value / 100 if unit == "%" or value > 1 else value
        return checked(Rule(Part.SHARE, grade, share), edition)
    if name in _STARS[1:] and unit is None:
        return checked(Rule(Part.STARS, _STARS.index(name), value), edition)
    if category := _category(name, edition):
        return checked(Rule(Part.WEIGHT, category.number, value / 100 if unit == "%" else value), edition)
    raise Unread(f"没看懂{quoted(text.strip())}。{ADVICE}")


def _category(name: str, edition: Edition) -> Category | None:
    """The one category in whose name these words stand."""
    found = [one for one in edition.categories if len(name) > 1 and name in one.name]
    exact = [one for one in found if one.name == name]
    return (exact or found)[0] if len(exact or found) == 1 else None


# --- what it would change -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tried:
    """A branch's total and stars now, and under the other rules."""

    key: int
    name: str
    total: Decimal
    stars: int
    new_total: Decimal
    new_stars: int


def other(edition: Edition, rules: Sequence[Rule]) -> Edition:
    """The edition under other shares and thresholds. Refused where they contradict one another."""
    shares = {Grade(rule.number): rule.value for rule in rules if rule.part is Part.SHARE}
    least = {rule.number: rule.value for rule in rules if rule.part is Part.STARS}
    try:
        return edition.with_rules(
            shares, tuple((count, least.get(count, now)) for count, now in edition.stars)
        )
    except EditionRefused as wrong:
        raise Refused(f"{wrong}请把有关的一起写，例如：五星75 四星65。") from wrong


def adopted(edition: Edition, rules: Sequence[Rule]) -> Edition:
    """The edition as these rules would have it: other shares and thresholds, and for a weight other points of items.

    Refused where they contradict one another, and where an item would have points that nobody can give.
    """
    changed = other(edition, rules)
    weights = {rule.number: rule.value for rule in rules if rule.part is Part.WEIGHT}
    if not weights:
        return changed
    counted = [(weights.get(one.number, Decimal(1)), one.points) for one in edition.categories]
    whole = sum((weight * points for weight, points in counted), Decimal(0))
    if not whole:
        raise Refused("倍数不能都是 0，请至少给一类大于 0 的倍数。")
    categories = [
        replace(
            one, items=tuple(_weighted(item, weight * edition.total / whole, edition) for item in one.items)
        )
        for one, (weight, _) in zip(edition.categories, counted, strict=True)
    ]
    return replace(changed, categories=tuple(categories))


def _weighted(item: Item, times: Decimal, edition: Edition) -> Item:
    """An item whose points are so many times what they are, brought back to the table's own total."""
    points = item.points * times
    if not points or points % Decimal("0.1"):
        said = f"第 {item.number} 项要由 {plain(item.points)} 分改为 {plain(points.quantize(Decimal('0.01')))} 分"
        raise Refused(
            f"按这个倍数，{said}，合计仍是 {plain(edition.total)}；分值应大于 0，最多一位小数。"
            "请换一个倍数，或改好测评表的分值再发来。"
        )
    return replace(item, points=points)


def tried(entries: Iterable[Entry], rules: Sequence[Rule]) -> tuple[Tried, ...]:
    """Every official result now and under other rules, the best new total first, then by name.

    Refused: rules that contradict one another, or by which nothing counts.
    """
    weights = {rule.number: rule.value for rule in rules if rule.part is Part.WEIGHT}
    found = []
    for entry in entries:
        if not (entry.official and entry.told):
            continue
        edition = other(entry.sheet.edition, rules)
        ((_, now, then),) = trial([entry], edition)
        total = weighted(then, edition, weights)
        found.append(
            Tried(entry.key, entry.name, now.least, now.stars_least, total, stars_of(edition, total))
        )
    return tuple(sorted(found, key=lambda one: (-one.new_total, one.name)))


def weighted(worth: StarResult, edition: Edition, weights: Mapping[int, Decimal]) -> Decimal:
    """A total in which categories (by number) count so many times, of the edition's own total, to a hundredth.

    Rounded half up, and stars follow from what is shown. Without weights it is the total itself. Refused: all are 0.
    """
    if not weights:
        return worth.least
    counted = [(weights.get(one.number, Decimal(1)), one.points) for one in edition.categories]
    whole = sum((weight * points for weight, points in counted), Decimal(0))
    if not whole:
        raise Refused("倍数不能都是 0，请至少给一类大于 0 的倍数。")
    pairs = zip(counted, worth.categories, strict=True)
    earned = sum((weight * category.least for (weight, _), category in pairs), Decimal(0))
    return (edition.total * earned / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)
