"""The grammar of what people type: words with meanings, and phrases that need some of them (words.toml).

A text is read whole, or else by its clauses. What nobody knows and what a phrase has no room for must be little beside
what it is about; so a sentence about something else is not taken for a command.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from importlib.resources import files

from bot.words.names import Names
from scoring.numerals import halfwidth, whole
from scoring.pattern import pattern
from scoring.table import Table

LONGEST = 40  # characters of a text, or a clause of it, that may be a command
LONGEST_TOLD = 120  # characters of a text that may be a command with its reasons
CLAUSES = 6  # of a text that are read, from its first
COURTESIES = ("home", "thanks", "nod")
_NEAR = 0.34  # from which likeness on a phrase is near enough to be offered
_WORD = 10  # what a word costs where a text is cut; of a letter that nobody knows more than any word
_MARK, _UNKNOWN = frozenset({"mark"}), frozenset({"unknown"})
_WEIGHTS = {_MARK: 0, _UNKNOWN: 8 * _WORD}
_LETTERS_FOR_ONE = 4  # that fit, for each that does not; fewer beside a name, which small talk has none of
_LETTERS_BESIDE_A_NAME = 2
_NAMED = {"branch", "duty", "fact", "item"}

_NUMBER = r"([0-9]{1,2}|[一二三四五六七八九十]{1,3})"
_SURNAME = "[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕]"
_SLOTS = tuple(
    (meaning, pattern(written))
    for meaning, written in (
        (
            "item",
            rf"第{_NUMBER}(?:项|条|题|个|道)?(?:测评点|指标|项目)?(?![学支党])|{_NUMBER}(?:项|号项|题)(?![多几])",
        ),
        ("ordinal", rf"第?{_NUMBER}(?:党?支部|支)"),
        ("filler", rf"[老小]{_SURNAME}(?!师)|{_SURNAME}(?:老师|书记|主任|校长|同志)"),
        ("who", rf"{_NUMBER}(?:个(?:党?支部|校区)|家)"),
        ("month", rf"{_NUMBER}月份?(?:的)?"),
        ("day", rf"(?:{_NUMBER}月)?{_NUMBER}[日号](?:之?前|以前|开始|起)?"),
        (
            "number",
            r"[0-9][0-9./%:：]*(?:人次|[人次篇本份项个分点%日号]|个人)?|[一二三四五六七八九十两]{1,3}(?:人|点半?|次|篇|本|份)",
        ),
    )
)
_TERMS = {
    "previous": "上学期 上个学期 上一学期 上一个学期 上期 前一学期 前一个学期",
    "current": "本学期 这学期 这个学期 当前学期 现学期 该学期 这一学期 本期",
    "next": "下学期 下个学期 下一学期 下一个学期",
    "first": "第一学期 上半学年",
    "second": "第二学期 下半学年",
    "before": "去年 上学年 去年的",
}
_MONTHS = {"0": "本月 这个月 这月 当月", "-1": "上月 上个月", "1": "下月 下个月"}
_TERM_WORDS = {word: value for value, words in _TERMS.items() for word in words.split()}
_MONTH_WORDS = {word: value for value, words in _MONTHS.items() for word in words.split()}
_MONTH = pattern(
    rf"(?:(?P<number>{_NUMBER[1:-1]})月份?(?:[0-9]{{1,2}}[日号])?|(?P<word>{'|'.join(_MONTH_WORDS)}))的?(?![0-9]*[日号])"
)
_TIME = pattern(rf"第{_NUMBER}次的?")
_GOES_ON = pattern("(?![应实到共出来有全缺的了是为做报交收开搞谈参均都])[\u4e00-\u9fff](?![人次篇本份个])")
_LEAD = pattern(
    r"^(?:[\s，,：:。、]|请|帮我?|我们?|咱们?|支部|报一下|填一下|记一下|(?:做|开|搞|收|报|交|写|组织|完成|进行|开展|谈|记|填|录)了?|今天|刚才|今年|本学期|的|了|是|为|有|一共|总共|共|次数|人数|情况|活动)+"
)
_TELLS = pattern(r"[0-9]|[一二三四五六七八九十两]\s*(?:人|次|篇|本|份|项|个|比)|全[到勤员体]|都到")
_BETWEEN = pattern(r"[\s，。；！？：,;!?:]+")
_ASKED = pattern("谁|哪|几|吗|什么|怎么|多少")
_IGNORED = pattern(r"[\s，。！？；：、,.!?;:~～…·（）()「」《》“”\"'—\-]+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One thing that can be asked (words.toml says what the fields are). `room`: what it needs or takes."""

    means: str
    needs: tuple[frozenset[str], ...]
    room: frozenset[str]
    who: str
    example: str
    also: tuple[str, ...]
    label: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Grammar:
    """The words by what they mean, and the phrases in their order."""

    words: Mapping[str, frozenset[str]]
    duty: Names[str]
    fact: Names[str]
    phrases: tuple[Phrase, ...]

    @property
    def longest(self) -> int:
        """Letters of its longest word."""
        return max(map(len, self.words))


@dataclass(frozen=True, slots=True)
class Called:
    """What is called by names here: branches and, by their numbers, duties and numbers of 台账."""

    branch: Names[int]
    duty: Names[str]
    fact: Names[str]


def called_so(branches: Mapping[int, Sequence[str]]) -> Called:
    """What is called by these branches' names, any part of which will do, and by the names of words.toml."""
    known = grammar()
    return Called(Names(branches, parts=True), known.duty, known.fact)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: where it stands, what it can mean, and what a slot holds by its meaning."""

    start: int
    end: int
    meanings: frozenset[str]
    holds: object = None


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text means: the phrases that fit, the best one first, and its words. `whole`: each of them is known."""

    phrases: tuple[Phrase, ...]
    words: tuple[Word, ...]
    whole: bool

    def slot(self, meaning: str) -> object:
        """What the slot of this meaning holds; None when the text has none."""
        return next((w.holds for w in self.words if meaning in w.meanings and w.holds is not None), None)

    def has(self, meaning: str) -> bool:
        """Whether a word of the text has this meaning."""
        return any(meaning in word.meanings for word in self.words)


@lru_cache
def grammar() -> Grammar:
    """The table that comes with the program. Raises EditionRefused when it is no such table."""
    raw = tomllib.loads(files("bot.words").joinpath("words.toml").read_text(encoding="utf-8"))
    words: dict[str, set[str]] = {}
    for meaning, said in raw["words"].items():
        for word in said.split():
            words.setdefault(halfwidth(word).lower(), set()).add(meaning)
    phrases = []
    for table in Table({"phrases": raw["phrases"]}, "words.toml ").tables("phrases"):
        needs = tuple(frozenset(part.split("|")) for part in table.text("needs").split())
        phrases.append(
            Phrase(
                means=table.text("means"),
                needs=needs,
                room=frozenset((table.maybe_text("takes") or "").split()).union(*needs),
                who=table.maybe_text("who") or "",
                example=table.text("example"),
                also=table.texts("also") if "also" in table.keys else (),
                label=table.maybe_text("label") or "",
                shown=table.flag("shown"),
            )
        )
    duty, fact = (
        Names({key: tuple(names.split()) for key, names in raw[part].items()}) for part in ("duties", "facts")
    )
    return Grammar({word: frozenset(m) for word, m in words.items()}, duty, fact, tuple(phrases))


def understand(text: str, called: Called, roles: Collection[str]) -> Understood | None:
    """What a text means to somebody of these roles (branch, committee …), or None when it means nothing.

    It is read whole, or else by the first of its clauses that means more than a greeting or thanks. The phrases of
    one's own roles come first; those of others follow, for there the answer is who may.
    """
    said = halfwidth(text).lower().strip()
    if not said or len(said) > LONGEST_TOLD:
        return None
    if heard := _understand(said, called, roles):
        return heard
    clauses = [clause for clause in _BETWEEN.split(said) if clause]
    read = (_understand(clause, called, roles) for clause in clauses[: CLAUSES if clauses[1:] else 0])
    heard = next((one for one in read if one and one.phrases[0].means not in COURTESIES), None)
    return replace(heard, whole=False) if heard else None


@lru_cache
def _taught() -> frozenset[str]:
    every = [phrase for phrase in grammar().phrases if not any(need & _NAMED for need in phrase.needs)]
    asked = (also for phrase in every for also in phrase.also if _ASKED.search(also))
    return frozenset(
        _IGNORED.sub("", halfwidth(text).lower()) for text in (*(phrase.example for phrase in every), *asked)
    )


def taught(text: str) -> bool:
    """Whether a text is an example of words.toml that names nothing (催办, 整改台账), or a question there (谁没交)."""
    return _IGNORED.sub("", halfwidth(text).lower()) in _taught()


def courteous(text: str) -> bool:
    """Whether a text is a greeting, thanks or a nod and hardly more."""
    said = halfwidth(text).lower().strip()
    heard = _understand(said, called_so({}), ())
    if heard is None or not heard.whole or heard.phrases[0].means not in COURTESIES:
        return False
    fits, _ = _letters(heard.phrases[0], heard.words)
    return 3 * fits >= 2 * len(_IGNORED.sub("", said))


def _understand(said: str, called: Called, roles: Collection[str]) -> Understood | None:
    if len(said) > LONGEST:
        return None
    words = _cut(said, called)
    named = any(word.meanings & _NAMED for word in words)
    least = _LETTERS_BESIDE_A_NAME if named else _LETTERS_FOR_ONE
    fitting = []
    for phrase in grammar().phrases:
        fits, odd = _letters(phrase, words)
        if fits and fits >= least * odd and _needed(phrase.needs, words):
            fitting.append((odd, bool(phrase.who) and phrase.who not in roles, -len(phrase.needs), phrase))
    if not fitting:
        return None
    fitting.sort(key=lambda one: one[:3])
    return Understood(tuple(one[-1] for one in fitting), words, whole=not fitting[0][0])


@dataclass(frozen=True, slots=True)
class Told:
    """A number with the name of what it is of: duties and numbers of 台账 that are called so, and the rest of the text.

    `month` as the slot holds it: its number, or a step from this one ("-1"); None where none is named. `time`: 2 of
    第2次, 0 where it is not said. `first`: nothing but these stands before the name, and no word goes on behind it.
    """

    duties: frozenset[str]
    facts: frozenset[str]
    month: object
    time: int
    rest: str
    first: bool


def told(text: str, called: Called) -> Told | None:
    """What a text tells of a duty or a number of 台账 by its name: 11月党日 17/18; None when it tells no number so."""
    said = halfwidth(text).lower()
    found = [
        (end - start, -start, meaning, things)
        for start in range(min(len(said), LONGEST))
        for meaning, names in (("duty", called.duty), ("fact", called.fact))
        for end, things in names.at(said, start)
    ]
    if not found:
        return None
    length, at, _, _ = longest = max(found, key=lambda one: one[:2])
    start = -at
    things = {meaning: held for size, place, meaning, held in found if (size, place) == longest[:2]}
    before, after = said[:start], said[start + length :]
    month: object = None
    if named := _MONTH.search(before) or _MONTH.match(after):
        month = whole(named["number"]) if named["number"] else _MONTH_WORDS[named["word"]]
        before, after = (part.replace(named[0], "", 1) for part in (before, after))
    time = 0
    if again := _TIME.search(before) or _TIME.match(after):
        time = whole(again[1])
        before, after = (part.replace(again[0], "", 1) for part in (before, after))
    goes_on = _GOES_ON.match(after)
    before = _LEAD.sub("", before)
    rest = f"{before} {_LEAD.sub('', after)}".strip()
    if not _TELLS.search(rest):
        return None
    first = not before and not goes_on
    return Told(things.get("duty", frozenset()), things.get("fact", frozenset()), month, time, rest, first)


def examples(roles: Collection[str]) -> tuple[str, ...]:
    """What 帮助 shows of the phrases of these roles, in their order."""
    return tuple(p.example for p in grammar().phrases if p.shown and p.who in roles)


def nearest(text: str, roles: Collection[str]) -> Iterator[tuple[str, Phrase]]:
    """The phrases of these roles of which an example is like a text, with that example, the nearest first."""
    said = halfwidth(text).lower()[:LONGEST]
    likely: dict[str, tuple[float, str, Phrase]] = {}
    for phrase in grammar().phrases:
        if phrase.who and phrase.who not in roles:
            continue
        for example in (phrase.example, *phrase.also):
            alike = _likeness(said, example.lower())
            if alike >= _NEAR and alike > likely.get(phrase.means, (0.0,))[0]:
                likely[phrase.means] = (alike, example, phrase)
    for _, example, phrase in sorted(likely.values(), key=lambda one: -one[0]):
        yield example, phrase


def _likeness(said: str, example: str) -> float:
    """How like an example a text is, up to 1; 0 where the letters that both have are too few to be near.

    To count them takes a tenth of the time in which their order is compared.
    """
    both = sum(min(said.count(letter), example.count(letter)) for letter in set(said))
    if max(2 * both / (len(said) + len(example)), 0.9 * both / len(example)) < _NEAR:
        return 0.0
    match = SequenceMatcher(None, said, example, autojunk=False)
    shared = sum(block.size for block in match.get_matching_blocks())
    return max(match.ratio(), 0.9 * shared / len(example) if shared >= 2 else 0.0)


# --- words ----------------------------------------------------------------------------------------------------


def _cut(text: str, called: Called) -> tuple[Word, ...]:
    """A text cut into known words, as few as possible; a letter that is in none of them is a word nobody knows."""
    best: list[tuple[int, tuple[Word, ...]] | None] = [(0, ()), *([None] * len(text))]
    for start in range(len(text)):
        cost, before = best[start] or (0, ())
        for word in (*_words_at(text, start, called), Word(start, start + 1, _UNKNOWN)):
            weight = _WEIGHTS.get(word.meanings, _WORD - (word.holds is not None))
            there = best[word.end]
            if there is None or cost + weight < there[0]:
                best[word.end] = (cost + weight, (*before, word))
    _, words = best[-1] or (0, ())
    return tuple(word for word in words if word.meanings != _MARK)


def _words_at(text: str, start: int, called: Called) -> Iterator[Word]:
    """The known words that begin there; what can be several things at once is one word with all their meanings."""
    if mark := _IGNORED.match(text, start):
        yield Word(start, mark.end(), _MARK)
    found: dict[int, tuple[frozenset[str], object]] = {}

    def add(end: int, meanings: Collection[str], holds: object = None) -> None:
        before, held = found.get(end, (frozenset[str](), None))
        found[end] = (before | frozenset(meanings), holds if held is None else held)

    known = grammar()
    for end in range(start + 1, min(len(text), start + known.longest) + 1):
        piece = text[start:end]
        if meanings := known.words.get(piece):
            add(end, meanings)
        if piece in _TERM_WORDS:
            add(end, {"term"}, _TERM_WORDS[piece])
        if piece in _MONTH_WORDS:
            add(end, {"month"}, _MONTH_WORDS[piece])
    for meaning, written in _SLOTS:
        if slot := written.match(text, start):
            number = next((whole(group) for group in slot.groups() if group), 0)
            means = {"branch", "ordinal"} if meaning == "ordinal" else {meaning}
            add(slot.end(), means, slot[0] if meaning == "number" else number)
    for meaning, names in (("branch", called.branch), ("duty", called.duty), ("fact", called.fact)):
        for end, things in names.at(text, start):
            add(end, {meaning}, things)
    for end, (meanings, holds) in found.items():
        yield Word(start, end, meanings, holds)


# --- phrases --------------------------------------------------------------------------------------------------


def _letters(phrase: Phrase, words: Sequence[Word]) -> tuple[int, int]:
    """How many letters of a text say what a phrase is about, and how many something that it has no room for."""
    fits = odd = 0
    for word in words:
        if word.meanings & phrase.room:
            fits += word.end - word.start
        elif "filler" not in word.meanings:
            odd += word.end - word.start
    return fits, odd


def _needed(needs: Sequence[frozenset[str]], words: Sequence[Word]) -> bool:
    """Whether each of these needs is met by a word of its own."""
    if not needs:
        return True
    return any(
        word.meanings & needs[0] and _needed(needs[1:], [*words[:n], *words[n + 1 :]])
        for n, word in enumerate(words)
    )
