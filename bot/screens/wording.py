"""How points, stars, days and progress read on screen."""

import re
from datetime import date, datetime
from decimal import Decimal

from bot.values import COUNTED, Term
from scoring.numerals import plain
from scoring.rubric import STARS_MOST, Edition, FactKind
from scoring.sheet import Mark
from scoring.standings import Place
from scoring.stars import StarResult

_NARROW = re.compile(r"(?<=[\u4e00-\u9fff%])[,:;]")


def points(value: Decimal) -> str:
    """4 分, 3.2 分."""
    return f"{plain(value)} 分"


def stars(count: int) -> str:
    """★★★★☆ 四星."""
    return f"{'★' * count}{'☆' * (STARS_MOST - count)} {star(count)}"


def star(count: int) -> str:
    """四星."""
    return f"{'〇一二三四五'[count]}星"


def star_span(result: StarResult) -> str:
    """The stars, or both ends while items are open."""
    if result.stars is not None:
        return stars(result.stars)
    if result.stars_least == result.stars_most:
        return f"{stars(result.stars_most)}（无论其余项如何）"
    return f"{star(result.stars_least)}至{star(result.stars_most)}"


def total(result: StarResult) -> str:
    """The total, or the interval while items are open."""
    if result.total is not None:
        return points(result.total)
    return f"{plain(result.least)}–{plain(result.most)} 分"


def worth(result: StarResult) -> str:
    """A total with its stars: 80 分 ★★★★☆ 四星."""
    return f"{total(result)} {star_span(result)}"


def number(kind: FactKind, count: int, of: int | None) -> str:
    """A number of 台账 as people write it: 17/18, 5 人, 是."""
    if kind.form == "ratio":
        return f"{count}/{of}"
    if kind.form == "tick":
        return "是" if count else "否"
    return f"{count} {kind.unit}"


def many(*counts: int, unit: str) -> str:
    """How many together, as far as each was counted: 3 项, 640 项, 500 多项."""
    number = sum(min(count, COUNTED) for count in counts)
    return f"{number} 多{unit}" if max(counts) > COUNTED else f"{number} {unit}"


def parts(kind: FactKind) -> str:
    """What the numbers of a ratio are: 实到/应到; empty for what is none, or where the edition does not say."""
    return "/".join(kind.parts)


def asked(kind: FactKind, count: int, of: int) -> str:
    """A ratio with what its numbers are: 实到 17，应到 18."""
    part, whole = kind.parts or ("前一个数", "后一个数")
    return f"{part} {count}，{whole} {of}"


def scored(mark: Mark) -> str:
    """优秀 4 分, or with its reason 合格 3.5 分（缺一次记录）."""
    words = f"{mark.grade.word} {points(mark.points)}"
    return f"{words}（{mark.reason}）" if mark.reason else words


def month(period: str) -> str:
    """2026-09 as 9月; the whole term as 本学期."""
    return f"{int(period[5:])}月" if period else "本学期"


def change(difference: Decimal) -> str:
    """How a total moved: 升 1.2, 降 0.8, 持平."""
    if not difference:
        return "持平"
    return f"{'升' if difference > 0 else '降'} {plain(abs(difference))}"


def place(value: Place) -> str:
    """第 2 名, 并列第 2 名."""
    return f"{'并列' * value.shared}第 {value.rank} 名"


def rank(value: Place | None) -> str:
    """A place as it stands in a table: 2, 并列 2; 预计 where there is none yet."""
    return f"{'并列 ' * value.shared}{value.rank}" if value else "预计"


def place_of(value: Place) -> str:
    """第 2 名，共 6 个支部; while only some have a place: 第 2 名，共 6 个支部，已评 3 个."""
    rated = f"，已评 {value.ranked} 个" if value.ranked < value.of else ""
    return f"{place(value)}，共 {value.of} 个支部{rated}"


def day(value: date) -> str:
    """12月3日."""
    return f"{value.month}月{value.day}日"


def day_and_hour(value: date, hour: str) -> str:
    """12月3日 17:00; 12月3日 alone where no hour is set."""
    return f"{day(value)} {hour}".rstrip()


def short(text: str, most: int = 32) -> str:
    """The text, cut where it is too long for a button or a title."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def moment(value: datetime, local: datetime) -> str:
    """12月3日 09:05, in the time zone of `local`."""
    there = value.astimezone(local.tzinfo)
    return f"{there.month}月{there.day}日 {there:%H:%M}"


def bar(done: int, of: int, width: int = 8) -> str:
    """A progress bar of text: ■■■□□□□□."""
    full = -(-done * width // of) if of else 0
    return "■" * full + "□" * (width - full)


def marked(filled: int, edition: Edition) -> str:
    """已评 9/24 ■■■□□□□□."""
    every = len(edition.items)
    return f"已评 {filled}/{every} {bar(filled, every)}"


def window(term: Term, today: date) -> str:
    """Where today stands against a term's self-evaluation."""
    if today < term.opens:
        return f"自评 {day(term.opens)}开始，{day(term.closes)}截止；现在可以先填"
    left = (term.closes - today).days
    if left < 0:
        return f"自评已于 {day(term.closes)}截止，请尽快补交"
    return f"自评 {day(term.closes)}截止，{'今天是最后一天' if left == 0 else f'还有 {left} 天'}"


def typeset(text: str) -> str:
    """A text of the regulation with full-width commas and colons, as it reads best; the edition keeps its words."""
    return _NARROW.sub(lambda found: {",": "，", ":": "：", ";": "；"}[found[0]], text)
