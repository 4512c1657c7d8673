"""What another edition changes, item by item and word by word: for whoever decides whether it shall hold."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from scoring.numerals import percent, plain
from scoring.pattern import pattern
from scoring.rubric import Edition, FactKind, Grade, Item, Measure

AROUND = 8  # letters that are told before and after what was changed
SAME = 0.5  # of two texts that are told word by word; less, and one stands in the place of the other
_WORDS = pattern(r"[0-9]+(?:\.[0-9]+)?%?|[A-Za-z_]+|\s+|.", re.S)
_STARS = ("", "一星", "二星", "三星", "四星", "五星")


class Said(NamedTuple):
    """One thing that is otherwise: what it is of, and how it was changed."""

    of: str
    words: str


@dataclass(frozen=True, slots=True)
class Difference:
    """All that is otherwise in one item, as it is numbered in the new edition, or of the table as a whole (number 0).

    `unmeasured`: its words are others, and no number suggests a grade for it any more.
    """

    number: int
    title: str
    said: tuple[Said, ...]
    unmeasured: bool = False


def differences(old: Edition, new: Edition) -> tuple[Difference, ...]:
    """What is otherwise in the new edition: the rules of the whole table first, then its items in their order."""
    whole = Difference(0, "整张表", tuple(_of_all(old, new)))
    numbers = range(1, max(len(old.items), len(new.items)) + 1)
    return tuple(one for one in (whole, *(_at(number, old, new) for number in numbers)) if one.said)


def _at(number: int, old: Edition, new: Edition) -> Difference:
    """What is otherwise in the item of a number, or that one of them has none."""
    if number > len(old.items):
        more = new.item(number)
        return Difference(number, more.title, tuple(_added(more, new)))
    was = old.item(number)
    if number > len(new.items):
        gone = f"删〔{was.title}，{plain(was.points)} 分，{was.category}〕"
        return Difference(number, was.title, (Said("删除", gone),))
    now = new.item(number)
    said = tuple(_of_both(was, now, old, new))
    return Difference(number, now.title, said, _decides(was) and not _decides(now))


def _decides(item: Item) -> bool:
    return any(measure.how != "shown" for measure in item.measures)


def _of_all(old: Edition, new: Edition) -> Iterator[Said]:
    if old.name != new.name:
        yield Said("名称", changed(old.name, new.name))
    if old.source != new.source:
        yield Said("来源", changed(old.source, new.source))
    for grade in reversed(Grade):
        if old.shares[grade] != new.shares[grade]:
            yield Said(f"{grade.word}得分", _instead(percent(old.shares[grade]), percent(new.shares[grade])))
    if (old.stars, old.lowest) != (new.stars, new.lowest):
        yield Said("星级", _instead(_stars(old), _stars(new)))
    if old.weak_below != new.weak_below:
        yield Said("薄弱环节", _instead(f"低于 {percent(old.weak_below)}", f"低于 {percent(new.weak_below)}"))
    yield from _of_categories(old, new)
    yield from _of_facts(old.facts, new.facts)
    gone = [clause for clause in old.clauses if clause not in new.clauses]
    more = [clause for clause in new.clauses if clause not in old.clauses]
    yield from (Said("条款", f"删〔{clause}〕") for clause in gone)
    yield from (Said("条款", f"增〔{clause}〕") for clause in more)


def _of_categories(old: Edition, new: Edition) -> Iterator[Said]:
    was, now = ({one.number: one for one in edition.categories} for edition in (old, new))
    for number in dict.fromkeys((*was, *now)):
        if number not in now:
            yield Said("类别", f"删〔{was[number].name}〕")
        elif number not in was:
            yield Said("类别", f"增〔{now[number].name}〕")
        elif was[number].name != now[number].name:
            yield Said("类别", changed(was[number].name, now[number].name))
        if number in was and number in now and was[number].points != now[number].points:
            sums = _instead(f"{plain(was[number].points)} 分", f"{plain(now[number].points)} 分")
            yield Said(now[number].name + "合计", sums)


def _of_facts(old: Mapping[str, FactKind], new: Mapping[str, FactKind]) -> Iterator[Said]:
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key), new.get(key)
        if was is None and now is not None:
            yield Said("台账", f"增〔{_kind(now)}〕")
        elif now is None and was is not None:
            yield Said("台账", f"删〔{was.title}〕")
        elif was is not None and now is not None and was != now:
            yield Said("台账", _instead(_kind(was), _kind(now)))


def _kind(kind: FactKind) -> str:
    """党员活动出勤（人次，比例：实到/应到，按月）."""
    form = {"ratio": "比例", "count": "数量", "tick": "是否"}[kind.form]
    parts = f"：{'/'.join(kind.parts)}" if kind.parts else ""
    more = "，按月" * kind.monthly + "，可以是 0/0" * kind.of_zero
    return f"{kind.title}（{kind.unit}，{form}{parts}{more}，例如 {kind.example}，编号 {kind.number}）"


def _added(item: Item, new: Edition) -> Iterator[Said]:
    yield Said("新增", f"增〔{item.title}，{plain(item.points)} 分，{item.category}〕")
    yield Said("合格", f"增〔{item.standard}〕")
    yield Said("优秀", f"增〔{item.excellent}〕")
    yield Said("测评方式", f"增〔{item.method}〕")
    if item.measures:
        yield Said("依据", f"增〔{measures(item, new)}〕")


def _of_both(was: Item, now: Item, old: Edition, new: Edition) -> Iterator[Said]:
    if was.points != now.points:
        yield Said("分值", _instead(f"{plain(was.points)} 分", f"{plain(now.points)} 分"))
    for of, before, after in (
        ("短标题", was.title, now.title),
        ("类别", was.category, now.category),
        ("合格", was.standard, now.standard),
        ("优秀", was.excellent, now.excellent),
        ("测评方式", was.method, now.method),
    ):
        if before != after:
            yield Said(of, changed(before, after))
    if (was.measures, was.typed) != (now.measures, now.typed):
        yield Said("依据", _instead(measures(was, old), measures(now, new)))
    gone = [words for words in was.unasked if words not in now.unasked]
    more = [words for words in now.unasked if words not in was.unasked]
    if gone or more:
        said = "".join([*(f"删〔{words}〕" for words in gone), *(f"增〔{words}〕" for words in more)])
        yield Said("不由数字决定的", said)


def _instead(before: str, after: str) -> str:
    return f"删〔{before}〕增〔{after}〕"


def _stars(edition: Edition) -> str:
    """五星 90 分，四星 80 分，其余三星."""
    above = [f"{_STARS[count]} {plain(least)} 分" for count, least in edition.stars]
    return "，".join([*above, f"其余{_STARS[edition.lowest]}"])


def measures(item: Item, edition: Edition) -> str:
    """By which numbers a grade is suggested, in words; 没有 where there is none."""
    said = "；".join(_measure(one, edition) for one in item.measures) or "没有"
    typed = f"；直接输入的是{edition.facts[item.typed].title}" if item.typed else ""
    return said + typed


def _measure(measure: Measure, edition: Edition) -> str:
    """党员活动出勤 合格 80 %，优秀 90 %."""
    kind = edition.facts[measure.fact]
    how = {
        "at_most": "（不超过）",
        "monthly": "（每月）",
        "points_each": "（每项一分）",
        "shown": "（只显示）",
    }
    limits = (("合格", measure.passed), ("优秀", measure.excellent))
    said = [
        f"{word} {percent(limit) if kind.form == 'ratio' else f'{plain(limit)} {kind.unit}'}"
        for word, limit in limits
        if limit is not None
    ]
    return kind.title + how.get(measure.how, "") + (f" {'，'.join(said)}" if said else "")


def changed(before: str, after: str) -> str:
    """How a text was changed: …合格率达到删〔80%〕增〔85%〕。优秀率…, with a little of what stands around it."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    compared = SequenceMatcher(None, old, new, autojunk=False)
    if compared.ratio() < SAME:
        return _instead(before, after)
    said = []
    for tag, a, b, c, d in compared.get_opcodes():
        if tag == "equal":
            said.append(_around(old[a:b], first=a == 0 and c == 0, last=b == len(old) and d == len(new)))
        else:
            gone, more = "".join(old[a:b]), "".join(new[c:d])
            said.append(f"删〔{gone}〕" * bool(gone) + f"增〔{more}〕" * bool(more))
    return "".join(said)


def _around(same: Sequence[str], *, first: bool, last: bool) -> str:
    """What stands between two changes, or before the first and after the last: no more than shows where that is."""
    text = "".join(same)
    before, after = _beginning(same), _beginning(same[::-1])[::-1]
    if first:
        return text if len(after) == len(same) else f"…{''.join(after)}"
    if last:
        return text if len(before) == len(same) else f"{''.join(before)}…"
    return text if len(before) + len(after) >= len(same) else f"{''.join(before)}…{''.join(after)}"


def _beginning(words: Sequence[str]) -> Sequence[str]:
    """As many of the first words as show where they stand; none is cut."""
    letters = 0
    for n, word in enumerate(words):
        if letters >= AROUND:
            return words[:n]
        letters += len(word)
    return words
