"""The rubric as data: an Edition of Categories of Items; a wrong one is refused in one clear sentence.

Nothing here is particular to a school: texts, points, thresholds, grade shares and stars come from
`editions/*.toml`. What the regulation leaves open is decided in that file and can be changed per committee.
"""

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, Protocol, Self, cast, get_args
from weakref import WeakSet

from scoring.numerals import plain, quoted
from scoring.refusal import EditionRefused, Refused
from scoring.table import Table

Form = Literal["ratio", "count", "tick"]
How = Literal["rate", "count", "at_most", "monthly", "points_each", "shown"]

ITEMS_MOST = 90  # 目录 has a button for each, and a message has a hundred at most
TITLE_MOST, NAME_MOST = 10, 20  # letters of an item's short title; of what a category or a 台账 is called
WORDS_MOST = (
    500  # letters of a standard or a sentence outside the table: a row of the printed form holds no more
)
SOURCE_MOST, METHODS_MOST, WORD_MOST = (
    200,
    100,
    12,
)  # of a source, of all methods of an item, of a unit or an example
CLAUSES_MOST, FACTS_MOST, MEASURES_MOST = 30, 90, 8
STARS_MOST = 5


class Grade(IntEnum):
    """What a rater says of an item. The integers travel in buttons and rows: they are for ever."""

    FAILED = 0
    PASSED = 1
    EXCELLENT = 2

    @property
    def word(self) -> str:
        """不合格, 合格 or 优秀."""
        return ("不合格", "合格", "优秀")[self]

    @classmethod
    def read(cls, word: str) -> Self | None:
        """The grade a typed word means, short forms included (优, 合, 不); None for any other word."""
        number = {"优秀": 2, "优": 2, "合格": 1, "合": 1, "不合格": 0, "不合": 0, "不": 0}.get(word.strip())
        return None if number is None else cls(number)


@dataclass(frozen=True, slots=True)
class FactKind:
    """A number that is typed once (台账): attendance as a ratio, talks as a count, a plan as a tick."""

    key: str
    title: str
    unit: str
    form: Form
    example: str
    of_zero: bool = False
    """Whether 0/0 has a meaning: there was nothing to do, and that counts as done."""
    monthly: bool = False
    """Whether it is reported month by month."""
    number: int = 0
    """What buttons call it, for ever; 0 for what stands in no edition."""
    parts: tuple[str, ...] = ()
    """What the two numbers of a ratio are called: 实到, 应到; empty where the edition does not say."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number that an item's standard names: which fact, how it is counted, what 合格 and 优秀 ask for.

    Rates are 0..1, other thresholds whole numbers. None: the standard of that grade gives no number. What is only
    `shown` has neither: it stands beside the item and decides nothing.
    """

    fact: str
    how: How
    passed: Decimal | None = None
    excellent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One of the 24 测评点. Standards and methods are the regulation's words; the short title is ours."""

    number: int
    category: str
    title: str
    standard: str
    """工作内容及目标要求: what 合格 asks for."""
    excellent: str
    """优秀支部评价指标."""
    methods: tuple[str, ...]
    points: Decimal
    measures: tuple[Measure, ...] = ()
    typed: str | None = None
    """The fact that `17:16/18` means for this item; None when no ratio decides it."""
    unasked: tuple[str, ...] = ()
    """Words of `excellent` for deeds and records that no measure asks about: they keep 优秀 from being suggested."""

    @property
    def method(self) -> str:
        """测评方式, its sources joined by 、."""
        return "、".join(self.methods)


@dataclass(frozen=True, slots=True)
class Category:
    """One of the six 工作内容, with its items. Its number travels in buttons and is kept for ever."""

    number: int
    name: str
    items: tuple[Item, ...]

    @property
    def points(self) -> Decimal:
        """The sum of its items' points (分值)."""
        return sum((item.points for item in self.items), Decimal(0))


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of the rating table (评价表版本). Old sheets keep the edition they were scored under."""

    key: str
    name: str
    source: str
    categories: tuple[Category, ...]
    shares: Mapping[Grade, Decimal]
    """The share of an item's points that a grade earns, 0..1 (product decision: 1, 0.8, 0)."""
    stars: tuple[tuple[int, Decimal], ...]
    """(stars, least total), best first; 以上 includes the number (regulation, part 二, 5)."""
    lowest: int
    """The stars below every threshold: three, there is no two or one (regulation, part 二, 5)."""
    weak_below: Decimal
    """A category below this share of its points is weak (product decision: 0.8)."""
    clauses: tuple[str, ...] = ()
    """Sentences outside the table (条款) that ask for something."""
    facts: Mapping[str, FactKind] = field(default_factory=dict)
    items: tuple[Item, ...] = field(init=False, repr=False, compare=False)
    """Every item, in the order of its number."""

    def __post_init__(self) -> None:
        every = tuple(item for category in self.categories for item in category.items)
        object.__setattr__(self, "items", every)

    @property
    def total(self) -> Decimal:
        """The points of all items: 100."""
        return sum((category.points for category in self.categories), Decimal(0))

    def item(self, number: int) -> Item:
        """The item of that number; Refused when there is none."""
        items = self.items
        if not 1 <= number <= len(items):
            raise Refused(f"没有第 {number} 项，请填 1–{len(items)}。")
        return items[number - 1]

    def fact(self, number: int) -> FactKind:
        """The 台账 of that number; Refused when there is none."""
        for kind in self.facts.values():
            if kind.number == number:
                return kind
        raise Refused("没有这个台账。请从「全部台账」里选择。")

    def category(self, number: int) -> Category:
        """The category of that number; Refused when there is none."""
        for category in self.categories:
            if category.number == number:
                return category
        raise Refused("没有这一类。请从「全部台账」里选择。")

    def points(self, number: int, grade: Grade) -> Decimal:
        """What a grade earns on an item: share × points, exact; a third decimal place is rounded half up."""
        earned = self.shares[grade] * self.item(number).points
        return Decimal(plain(earned.quantize(Decimal("0.01"), ROUND_HALF_UP)))

    def grade_of(self, number: int, points: Decimal) -> Grade | None:
        """The grade that earns exactly these points on an item; None for points between the grades."""
        order = (Grade.EXCELLENT, Grade.FAILED, Grade.PASSED)
        return next((grade for grade in order if self.points(number, grade) == points), None)

    def column(self, number: int, points: Decimal) -> Grade:
        """The column points stand in: the paper has only 优秀 and 合格, and nothing stands in neither."""
        if points >= self.points(number, Grade.EXCELLENT):
            return Grade.EXCELLENT
        return Grade.PASSED if points else Grade.FAILED

    def feeds(self, fact: str) -> tuple[int, ...]:
        """The numbers of the items a fact suggests a grade for, or is shown beside."""
        return tuple(i.number for i in self.items if any(m.fact == fact for m in i.measures))

    def quoting(self, sentence: str) -> tuple[int, ...]:
        """The numbers of the items in whose words a sentence stands."""
        return tuple(i.number for i in self.items if sentence in i.standard or sentence in i.excellent)

    def says(self, words: str) -> bool:
        """Whether these words stand in an item or outside the table."""
        return bool(self.quoting(words)) or any(words in clause for clause in self.clauses)

    def with_rules(
        self,
        shares: Mapping[Grade, Decimal] | None = None,
        stars: tuple[tuple[int, Decimal], ...] | None = None,
    ) -> "Edition":
        """The same items under other shares or star thresholds (试算); grades not named keep their share.

        EditionRefused when the rules contradict themselves.
        """
        merged = MappingProxyType({**self.shares, **(shares or {})})
        changed = replace(self, shares=merged, stars=self.stars if stars is None else stars)
        _check_rules(changed)
        return changed


def read_edition(key: str) -> Edition:
    """The edition of a key, read once; EditionRefused for an unknown one.

    It comes with the program, or is a committee's own: then its text is asked for where these are kept.
    """
    find = _alone.get()
    if find is not None and key.startswith(OWN) and find(key) is None:
        raise EditionRefused(_MISSING.format(key))
    return _read(key)


EDITIONS = files("scoring") / "editions"
OWN = "own_"
"""How the keys of a committee's own editions begin; what follows is reckoned from the text, which never changes."""


class Shelf(Protocol):
    """Where the texts of committees' own editions are kept."""

    def edition_text(self, key: str) -> str | None:
        """The text behind a key, if it is here."""


SHELVES: WeakSet[Shelf] = WeakSet()
"""Those that are open: whoever keeps texts puts itself here. One key means the same text on all of them."""
_MISSING = "没有自定的评价表「{}」，请从备份恢复。"
_alone: ContextVar[Callable[[str], str | None] | None] = ContextVar("alone", default=None)


@contextmanager
def reading_only(find: Callable[[str], str | None]) -> Iterator[None]:
    """Here texts are asked for nowhere else, as those that are kept already say nothing yet, or are not to be asked."""
    token = _alone.set(find)
    try:
        yield
    finally:
        _alone.reset(token)


@lru_cache
def _read(key: str) -> Edition:
    if key.startswith(OWN):
        return _read_own(key)
    file = EDITIONS / f"{key}.toml"
    if not re.fullmatch(r"[a-z0-9_]+", key) or not file.is_file():
        raise EditionRefused(f"没有评价表版本「{key}」，请核对名称，或先把它的文件放进 scoring/editions。")
    edition = load_edition(file.read_text(encoding="utf-8"))
    if edition.key != key:  # rows have the name of the file
        raise EditionRefused(f"评价表文件 {key}.toml 里的 key 是 {edition.key}，应与文件名相同。")
    return edition


def _read_own(key: str) -> Edition:
    alone = _alone.get()
    for find in [alone] if alone else [shelf.edition_text for shelf in tuple(SHELVES)]:
        if (text := find(key)) is not None:
            if own_key(text) != key:
                raise EditionRefused(f"自定的评价表「{key}」被改动过，请从备份恢复。")
            return load_edition(text, key)
    raise EditionRefused(_MISSING.format(key))


def own_key(text: str) -> str:
    """What a committee's own edition is called, by its text: another text is another edition."""
    return OWN + hashlib.sha256(text.encode()).hexdigest()[:32]


def packaged() -> tuple[str, ...]:
    """The keys of the editions that come with the program."""
    return tuple(sorted(file.name.removesuffix(".toml") for file in EDITIONS.iterdir()))


def load_edition(text: str, key: str = "") -> Edition:
    """The edition written in a TOML text; EditionRefused with one sentence naming the first thing wrong.

    `key`: what it is called, whatever the text says of that.
    """
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as wrong:
        raise EditionRefused(f"评价表不是有效的 TOML 文件：{_place(wrong)}。") from wrong
    top = Table(raw, "评价表")
    kinds, shares = top.table("facts"), top.table("shares")
    facts = {name: _fact(name, kinds.table(name)) for name in kinds.keys}
    called = top.text("key") if not key or "key" in top.keys else ""
    edition = Edition(
        key=key or called,
        name=top.text("name"),
        source=top.text("source"),
        categories=tuple(_category(table, facts) for table in top.tables("categories")),
        shares=MappingProxyType({grade: shares.number(grade.name.lower()) for grade in Grade}),
        stars=tuple(_star(row) for row in top.tables("stars")),
        lowest=top.whole("lowest"),
        weak_below=top.number("weak_below"),
        clauses=top.texts("clauses") if "clauses" in top.keys else (),
        facts=MappingProxyType(facts),
    )
    shares.nothing_more()
    top.nothing_more()
    _check_numbers(edition)
    _check_rules(edition)
    _check_lengths(edition)
    return edition


def _place(wrong: Exception) -> str:
    """Where a TOML text cannot be read, as tomllib says it."""
    found = re.search(r"at line (\d+), column (\d+)", str(wrong))
    if found:
        return f"第 {found[1]} 行第 {found[2]} 个字符看不懂"
    return "文件没有写完" if "end of document" in str(wrong) else "里面有读不了的数或结构"


def _star(table: Table) -> tuple[int, Decimal]:
    star = table.whole("stars"), table.number("least")
    table.nothing_more()
    return star


def _fact(key: str, table: Table) -> FactKind:
    if not re.fullmatch(r"[a-z][a-z_]{0,23}", key):
        raise EditionRefused(f"台账名 {key} 只能用小写字母和下划线，最多 24 个。")
    table.where = f"台账 {key} "
    form = table.text("form")
    if form not in get_args(Form):
        raise EditionRefused(f"{table.where}的 form 是 {form}，只能是 {'、'.join(get_args(Form))}。")
    kind = FactKind(
        key=key,
        title=_named(table.where, table.text("title")),
        unit=table.text("unit"),
        form=cast(Form, form),
        example=table.text("example"),
        of_zero=table.flag("of_zero"),
        monthly=table.flag("monthly"),
        number=table.whole("number"),
        parts=table.texts("parts") if "parts" in table.keys else (),
    )
    table.nothing_more()
    if kind.parts and (form != "ratio" or len(kind.parts) != 2):
        raise EditionRefused(f"{table.where}的 parts 是比例前后两个数的名称，应是两个词。")
    return kind


def _category(table: Table, facts: Mapping[str, FactKind]) -> Category:
    table.where = name = table.text("name")
    _named("类别", name)
    number = table.whole("number")
    category = Category(number, name, tuple(_item(name, item, facts) for item in table.tables("items")))
    table.nothing_more()
    if not category.items:
        raise EditionRefused(f"{name}没有测评点，请至少写一项。")
    return category


def _named(where: str, name: str) -> str:
    if len(name) > NAME_MOST:
        raise EditionRefused(f"{where}的名称{quoted(name)}超过 {NAME_MOST} 个字。")
    return name


def _item(category: str, table: Table, facts: Mapping[str, FactKind]) -> Item:
    number = table.whole("number")
    table.where = where = f"第 {number} 项"
    title = table.text("title")
    if len(title) > TITLE_MOST:
        raise EditionRefused(f"{where}的短标题{quoted(title)}超过 {TITLE_MOST} 个字。")
    points = table.number("points")
    if points <= 0 or points % Decimal("0.1"):
        raise EditionRefused(f"{where}的分值 {plain(points)} 应大于 0，最多一位小数。")
    measures = tuple(_measure(where, measure, facts) for measure in table.tables("measures"))
    if len(measures) > 1 and any(measure.how == "points_each" for measure in measures):
        raise EditionRefused(f"{where}按数量计分，不能再有别的指标。")
    ratios = [m.fact for m in measures if m.how != "shown" and facts[m.fact].form == "ratio"]
    typed = table.maybe_text("typed") or (ratios[0] if ratios else None)
    if typed and typed not in ratios:
        raise EditionRefused(f"{where}的 typed 是 {typed}，应是本项的一个比例台账。")
    item = Item(
        number=number,
        category=category,
        title=title,
        standard=table.text("standard"),
        excellent=table.text("excellent"),
        methods=table.texts("methods"),
        points=points,
        measures=measures,
        typed=typed,
        unasked=table.texts("unasked") if "unasked" in table.keys else (),
    )
    table.nothing_more()
    for words in item.unasked:
        if words not in item.excellent:
            raise EditionRefused(f"{where}的 unasked {quoted(words)}不在本项优秀的原文里，请照原文写。")
    return item


def _measure(where: str, table: Table, facts: Mapping[str, FactKind]) -> Measure:
    table.where = f"{where}的指标"
    fact, how = table.text("fact"), table.text("how")
    if fact not in facts:
        raise EditionRefused(f"{where}用到的台账 {fact} 没有定义。")
    kind = facts[fact]
    fitting = {
        "rate": kind.form == "ratio",
        "count": kind.form != "ratio",
        "at_most": kind.form == "count",
        "monthly": kind.form != "tick" and kind.monthly,
        "points_each": kind.form == "count",
        "shown": True,
    }
    if how not in fitting:
        raise EditionRefused(f"{where}的 how 是 {how}，只能是 {'、'.join(fitting)}。")
    if not fitting[how]:
        raise EditionRefused(f"{where}的台账 {fact} 不能用 {how} 计算。")
    measure = Measure(fact, cast(How, how), table.maybe_number("passed"), table.maybe_number("excellent"))
    table.nothing_more()
    _check_thresholds(where, measure, kind)
    return measure


def _check_thresholds(where: str, measure: Measure, kind: FactKind) -> None:
    named = [limit for limit in (measure.passed, measure.excellent) if limit is not None]
    if bool(named) == (measure.how in ("points_each", "shown")):
        raise EditionRefused(
            f"{where}的台账 {measure.fact} {'不需要' if named else '缺少'}合格或优秀的数值。"
        )
    if kind.form == "ratio":
        if any(limit > 1 for limit in named):
            raise EditionRefused(f"{where}的台账 {measure.fact} 是比例，数值应在 0 到 1 之间。")
    elif any(limit % 1 for limit in named):
        raise EditionRefused(f"{where}的台账 {measure.fact} 按数量计算，数值应是整数。")
    # 优秀 asks for more than 合格, or for less where the number must stay low.
    if named != sorted(named, reverse=measure.how == "at_most"):
        raise EditionRefused(f"{where}的台账 {measure.fact} 合格要求高于优秀要求。")


def _check_numbers(edition: Edition) -> None:
    for what, called in (
        ("台账", [kind.number for kind in edition.facts.values()]),
        ("类别", [category.number for category in edition.categories]),
    ):
        for one in called:
            if called.count(one) > 1 or one < 1:
                raise EditionRefused(f"{what}的编号 {one} 应大于 0，不重复。")
    for what, names in (
        ("台账", [kind.title for kind in edition.facts.values()]),
        ("类别", [category.name for category in edition.categories]),
    ):
        for name in names:
            if names.count(name) > 1:
                raise EditionRefused(f"有两个{what}都叫「{name}」，请改用不同的名称。")
    if len(edition.items) > ITEMS_MOST:
        raise EditionRefused(f"测评点有 {len(edition.items)} 项，最多 {ITEMS_MOST} 项，请合并一些。")
    numbers = [item.number for item in edition.items]
    for number in numbers:
        if numbers.count(number) > 1:
            raise EditionRefused(f"第 {number} 项出现了不止一次。")
    for expected in range(1, len(numbers) + 1):
        if expected not in numbers:
            raise EditionRefused(f"缺少第 {expected} 项。")
    if numbers != sorted(numbers):
        raise EditionRefused("各项应按编号从小到大排列。")
    if edition.total != 100:
        raise EditionRefused(f"各项分值合计 {plain(edition.total)}，应为 100。")


def _check_rules(edition: Edition) -> None:
    shares = [edition.shares[grade] for grade in Grade]
    if not all(_within(share, 1) for share in (*shares, edition.weak_below)):
        raise EditionRefused("得分比例应在 0 到 1 之间。")
    if shares != sorted(shares):
        raise EditionRefused("得分比例应从不合格到优秀依次不降。")
    stars = [stars for stars, _ in edition.stars] + [edition.lowest]
    if not all(1 <= one <= STARS_MOST for one in stars):
        raise EditionRefused(f"星级应在 1 到 {STARS_MOST} 之间。")
    if stars != sorted(set(stars), reverse=True):
        raise EditionRefused("星级应从高到低排列，不重复，最低星级在最后。")
    least = [least for _, least in edition.stars]
    if not all(_within(total, 100) for total in least) or least != sorted(set(least), reverse=True):
        raise EditionRefused("星级分数线应从高到低排列，在 0 到 100 之间。")


def _check_lengths(edition: Edition) -> None:
    """What no screen could show, and no page of the printed form."""
    said = [
        ("评价表的 name ", edition.name, SOURCE_MOST),
        ("评价表的 source ", edition.source, SOURCE_MOST),
        *((f"条款第 {n} 句", clause, WORDS_MOST) for n, clause in enumerate(edition.clauses, start=1)),
    ]
    for item in edition.items:
        where = f"第 {item.number} 项的"
        said += [
            (f"{where}合格要求", item.standard, WORDS_MOST),
            (f"{where}优秀指标", item.excellent, WORDS_MOST),
        ]
        said.append((f"{where}测评方式", item.method, METHODS_MOST))
    for kind in edition.facts.values():
        words = (kind.unit, kind.example, *kind.parts)
        said += [(f"台账 {kind.key} 的单位、例子或两个数的名称", word, WORD_MOST) for word in words]
    for where, text, most in said:
        if len(text) > most:
            raise EditionRefused(f"{where}有 {len(text)} 个字，最多 {most} 个，请写短一些。")
    counted = [
        ("条款", len(edition.clauses), CLAUSES_MOST),
        ("台账", len(edition.facts), FACTS_MOST),
        *((f"第 {item.number} 项的指标", len(item.measures), MEASURES_MOST) for item in edition.items),
    ]
    for where, count, most in counted:
        if count > most:
            raise EditionRefused(f"{where}有 {count} 个，最多 {most} 个，请减少一些。")


def _within(number: Decimal, most: int) -> bool:
    return number.is_finite() and 0 <= number <= most
