"""The duty catalogue, `duties.toml`: what is owed again and again. Committee and branch may choose otherwise."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, cast, get_args

from jobs.duties.rule_words import read_rules, words
from jobs.duties.rules import Rule, cadence
from scoring.refusal import Refused
from scoring.rubric import Edition, FactKind, read_edition
from scoring.table import Table

Who = Literal["branch", "committee"]
Closes = Literal["ratio", "count", "tick", "numbers", "party_day", "file", "sheet", "sheets", "none"]
Trigger = Literal["result", "review", "award"]

AHEAD, AHEAD_LONGEST = 11, 200  # days
COMPLETION, TIMELINESS = "completion", "timeliness"
COUNTED = (COMPLETION, TIMELINESS)
"""The facts that are counted from the tasks given to a branch, and not typed."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One line of the catalogue (工作任务)."""

    number: int
    """What buttons call it, for ever."""
    key: str
    title: str
    rules: tuple[Rule, ...]
    opens: Rule | None
    """When it can first be done, where that is not simply when it is first named."""
    source: str
    """A sentence of the edition, word for word; empty where it has none."""
    decision: str
    """What the edition leaves open and how we chose; empty where nothing is open."""
    ahead: int
    """Days before the due day from which it is named: AHEAD, or more for what needs long to prepare."""
    held: bool
    """Whether it happens on its day: it is announced before and reported after it."""
    eve: bool
    """Whether it is named once more on the working day before its day."""
    who: Who
    """branch: its secretary and officers; committee: its members."""
    closes: Closes
    """How it is answered. sheet, sheets and none: not by typing, the bot sees it done."""
    asks: tuple[FactKind, ...]
    """The numbers a person types, in this order."""
    things: tuple[str, ...]
    """What each tick that a person is asked for is of: 会议记录, 党员总结 …; a tick stands for no more than that."""
    adds: tuple[FactKind, ...]
    """What counts one each time the duty is answered."""
    least: int
    """The count below which the duty stays open (信息上报: 2)."""
    items: tuple[int, ...]
    """The items of the edition that it serves: those its facts feed and those its source is taken from."""
    item: int
    """The item whose sentence it quotes, or else the first it serves; 0 for none. What is sent for it stands there."""
    event: Trigger | None
    """What must have happened for it to come about."""
    on: bool

    @property
    def facts(self) -> tuple[FactKind, ...]:
        """Everything an answer records."""
        return self.asks + self.adds

    @property
    def rule(self) -> str:
        """Its rules in words."""
        return words(self.rules)


@dataclass(frozen=True, slots=True)
class DutyChoice:
    """What a committee or a branch chose otherwise; None leaves what was there."""

    on: bool | None = None
    rules: tuple[Rule, ...] | None = None


# The catalogue ------------------------------------------------------------------------------------------------


@lru_cache
def read_duties(edition: str) -> Mapping[str, Duty]:
    """The catalogue that comes with the program, by key and in its order, for an edition's items and facts.

    Refused, naming what is missing, where the edition does not define what the duties ask for.
    """
    return duties_under(read_edition(edition))


def duties_under(edition: Edition) -> Mapping[str, Duty]:
    """As read_duties(), for an edition that perhaps nobody keeps."""
    text = files("jobs.duties").joinpath("duties.toml").read_text(encoding="utf-8")
    return load_duties(text, edition)


def check_edition(edition: str) -> None:
    """Refused with one sentence when there is no such edition, or the catalogue does not fit it."""
    read_edition(edition)
    try:
        read_duties(edition)
    except Refused as wrong:
        raise Refused(f"评价表「{edition}」与任务目录不配套：{wrong}请在评价表里改正。") from wrong


def numbered(catalogue: Mapping[str, Duty], number: int) -> Duty:
    """The duty of that number; Refused when there is none."""
    for duty in catalogue.values():
        if duty.number == number:
            return duty
    raise Refused("目录里没有这项任务。请从「任务目录」里选择。")


def load_duties(text: str, edition: Edition) -> Mapping[str, Duty]:
    """The catalogue written in a TOML text; Refused with one sentence naming the first thing wrong."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise Refused(f"任务目录不是有效的 TOML 文件：{wrong}。") from wrong
    top = Table(raw, "任务目录")
    duties: dict[str, Duty] = {}
    for table in top.tables("duties"):
        duty = _duty(table, edition)
        if duty.key in duties:
            raise Refused(f"任务 {duty.key} 出现了不止一次。")
        if duty.number < 1 or any(duty.number == other.number for other in duties.values()):
            raise Refused(f"任务 {duty.key} 的编号 {duty.number} 应大于 0，不重复。")
        duties[duty.key] = duty
    top.nothing_more()
    if not duties:
        raise Refused("任务目录是空的。")
    for fact in COUNTED:
        kind = edition.facts.get(fact)
        if kind and (kind.form != "ratio" or kind.monthly):
            raise Refused(f"台账 {fact} 由交办任务统计，只能是 ratio，不能按月。")
    return MappingProxyType(duties)


def _duty(table: Table, edition: Edition) -> Duty:
    table.where = "任务"
    key = table.text("key")
    if not re.fullmatch(r"[a-z][a-z_]{0,23}", key):
        raise Refused(f"任务名 {key} 只能用小写字母和下划线，最多 24 个。")
    table.where = f"任务 {key} "
    opens = table.maybe_text("opens")
    quoted_from = table.maybe_text("source") or ""
    duty = Duty(
        number=table.whole("number"),
        key=key,
        title=table.text("title"),
        rules=_rules(table.where, table.text("rule")),
        opens=_rules(table.where, opens)[0] if opens else None,
        source="",
        decision=table.maybe_text("decision") or "",
        ahead=table.whole("ahead") if "ahead" in table.keys else AHEAD,
        held=table.flag("held"),
        eve=table.flag("eve"),
        who=cast(Who, _one_of(table, "who", get_args(Who))),
        closes=cast(Closes, _one_of(table, "closes", get_args(Closes))),
        asks=_facts(table, "asks", edition),
        things=table.texts("things") if "things" in table.keys else (),
        adds=_facts(table, "adds", edition),
        least=table.whole("least") if "least" in table.keys else 0,
        items=(),
        item=0,
        event=cast(Trigger, _one_of(table, "event", get_args(Trigger))) if "event" in table.keys else None,
        on=table.flag("on"),
    )
    table.nothing_more()
    _check(table.where, duty, quoted_from)
    return _under(edition, duty, quoted_from)


def _under(edition: Edition, duty: Duty, source: str) -> Duty:
    """A duty with the items it serves under an edition, and that edition's words for it."""
    said = edition.quoting(source) if source else ()
    if duty.closes in ("sheet", "sheets"):
        items = {item.number for item in edition.items}
    else:
        items = {*said, *(item for kind in duty.facts for item in edition.feeds(kind.key))}
    served = tuple(sorted(items))
    known = edition.says(source) if source else not edition.says(duty.title)
    if source and not known:
        source = edition.item(served[0]).standard if served and is_typed(duty) else ""
    decision = re.sub(r"\{(.*?)\}", r"\1" if known else "", duty.decision)
    item = min(said, default=served[0] if served else 0)
    return replace(duty, items=served, item=item, source=source, decision=decision)


def _rules(where: str, text: str) -> tuple[Rule, ...]:
    try:
        return read_rules(text)
    except Refused as wrong:
        raise Refused(f"{where}的日期规则有误：{wrong}") from wrong


def _one_of(table: Table, key: str, known: tuple[str, ...]) -> str:
    word = table.text(key)
    if word not in known:
        raise Refused(f"{table.where}的 {key} 是 {word}，只能是 {'、'.join(known)}。")
    return word


def _facts(table: Table, key: str, edition: Edition) -> tuple[FactKind, ...]:
    named = table.texts(key) if key in table.keys else ()
    for fact in named:
        if fact not in edition.facts:
            raise Refused(f"{table.where}用到的台账 {fact} 没有定义。")
    return tuple(edition.facts[fact] for fact in named)


_SHAPES: Mapping[Closes, str] = {
    # what the numbers asked for must be: r a ratio, c a count, t a tick
    "ratio": "r+",
    "count": "c+",
    "tick": "[rt]*",
    "numbers": "rrr",
    "party_day": "rc",
    "file": "t*",
    "sheet": "",
    "sheets": "",
    "none": "",
}


def _check(where: str, duty: Duty, source: str) -> None:
    if not source and not duty.decision:
        raise Refused(f"{where}缺少 source 或 decision。")
    shape = "".join(kind.form[0] for kind in duty.asks)
    if not re.fullmatch(_SHAPES[duty.closes], shape):
        raise Refused(f"{where}的 asks 与 closes = {duty.closes} 不符。")
    if any(kind.form != "count" for kind in duty.adds) or (duty.adds and not is_typed(duty)):
        raise Refused(f"{where}的 adds 只能是计数的台账，并且要有人填报。")
    if len(duty.things) != (len(duty.asks) if duty.closes == "tick" else 0):
        raise Refused(f"{where}的 things 应说明每个要打勾的是什么，只用于 closes = tick。")
    keys = [kind.key for kind in duty.facts]
    if len(set(keys)) < len(keys):
        raise Refused(f"{where}的台账写重复了。")
    if duty.least and duty.closes != "count":
        raise Refused(f"{where}的 least 只用于 closes = count。")
    if not AHEAD <= duty.ahead <= AHEAD_LONGEST:
        raise Refused(f"{where}的 ahead 应在 {AHEAD} 到 {AHEAD_LONGEST} 之间。")
    if duty.held and not is_typed(duty):
        raise Refused(f"{where}的 held 只用于要填报的任务。")
    if cadence(duty.rules[0]) == "event" and duty.event is None:
        raise Refused(f"{where}的日期从事件算起，缺少 event。")
    if duty.opens and cadence(duty.opens) != "term":
        raise Refused(f"{where}的 opens 应是学期内的日期，例如 期末前21天，遇休息日不调整。")


def is_typed(duty: Duty) -> bool:
    """Whether somebody answers it; what is not the bot sees done."""
    return duty.closes not in ("sheet", "sheets", "none")


def choose(duty: Duty, *, on: bool | None = None, rule: str = "") -> DutyChoice:
    """A choice as typed. Refused when it cannot be read, or would change how often the duty comes round."""
    rules = read_rules(rule, duty.rule) if rule else None
    if rules and cadence(rules[0]) != cadence(duty.rules[0]):
        often = "每学期都有，" if cadence(duty.rules[0]) == "term" else "的"
        raise Refused(f"「{duty.title}」{often}日期规则应与原来同类：{duty.rule}。")
    return DutyChoice(on, rules)


def settled(duty: Duty, *choices: DutyChoice) -> Duty:
    """The duty as chosen: the committee's choice first, then the branch's, each where it says something."""
    for choice in choices:
        duty = replace(
            duty,
            on=duty.on if choice.on is None else choice.on,
            rules=duty.rules if choice.rules is None else choice.rules,
        )
    return duty
