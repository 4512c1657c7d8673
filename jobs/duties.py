"""The duty catalogue: what is owed again and again, and when it falls due.

Pure: `duties.toml` in; occurrences and reminder days out. Committee and branch may choose otherwise.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, cast, get_args

from jobs.calendar import TermDates, WorkDays
from jobs.rules import Rule, cadence, due, numbered, read_rules, words
from scoring.facts import Fact
from scoring.numerals import halfwidth, quoted, whole
from scoring.refusal import Refused
from scoring.rubric import Edition, FactKind, read_edition
from scoring.table import Table

Who = Literal["branch", "committee"]
Closes = Literal["ratio", "count", "tick", "numbers", "party_day", "file", "sheet", "sheets", "none"]
Trigger = Literal["result", "review", "award"]

OVERDUE_WEEKS = 8
LOOK_BACK = timedelta(weeks=OVERDUE_WEEKS + 1)  # what was due before is not asked for any more
ESCALATED_AFTER = timedelta(weeks=3)  # with the third weekly reminder the committee sees what is overdue
LONGEST_REST = 14  # days without work in a row, at most: a lead day in them moves before them
LEADS_MOST, LEAD_LONGEST = 8, 200


@dataclass(frozen=True, slots=True)
class Duty:
    """One line of the catalogue (工作任务)."""

    key: str
    title: str
    rules: tuple[Rule, ...]
    opens: Rule | None
    """When it can first be done, where that is not simply when it is first reminded of."""
    source: str
    """The regulation's sentence, word for word; empty where it has none."""
    decision: str
    """What the regulation leaves open and how we chose; empty where nothing is open."""
    leads: tuple[int, ...]
    """Days before the due day on which it is reminded of; the due day itself always."""
    who: Who
    """branch: its secretary and officers; committee: its members."""
    closes: Closes
    """How it is answered. sheet, sheets and none: not by typing, the bot sees it done."""
    asks: tuple[FactKind, ...]
    """The numbers a person types, in this order."""
    adds: tuple[FactKind, ...]
    """What counts one each time the duty is answered."""
    least: int
    """The count below which the duty stays open (信息上报: 2)."""
    items: tuple[int, ...]
    """The items it serves: at least those its facts feed."""
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
    leads: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time a duty comes round (期次): `duty` is its key, `period` what it stands for."""

    duty: str
    period: str
    opens: date
    due: date


# The catalogue ------------------------------------------------------------------------------------------------


@lru_cache
def read_duties(edition: str = "jinsong_2017") -> Mapping[str, Duty]:
    """The catalogue that comes with the program, by key and in its order, for an edition's items and facts."""
    text = files("jobs").joinpath("duties.toml").read_text(encoding="utf-8")
    return load_duties(text, read_edition(edition))


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
        duties[duty.key] = duty
    top.nothing_more()
    if not duties:
        raise Refused("任务目录是空的。")
    return MappingProxyType(duties)


def _duty(table: Table, edition: Edition) -> Duty:
    table.where = "任务"
    key = table.text("key")
    if not re.fullmatch(r"[a-z][a-z_]{0,23}", key):
        raise Refused(f"任务名 {key} 只能用小写字母和下划线，最多 24 个。")
    table.where = f"任务 {key} "
    opens = table.maybe_text("opens")
    duty = Duty(
        key=key,
        title=table.text("title"),
        rules=_rules(table.where, table.text("rule")),
        opens=_rules(table.where, opens)[0] if opens else None,
        source=table.maybe_text("source") or "",
        decision=table.maybe_text("decision") or "",
        leads=_leads(table),
        who=cast(Who, _one_of(table, "who", get_args(Who))),
        closes=cast(Closes, _one_of(table, "closes", get_args(Closes))),
        asks=_facts(table, "asks", edition),
        adds=_facts(table, "adds", edition),
        least=table.whole("least") if "least" in table.keys else 0,
        items=_items(table, edition),
        event=cast(Trigger, _one_of(table, "event", get_args(Trigger))) if "event" in table.keys else None,
        on=table.flag("on"),
    )
    table.nothing_more()
    _check(table.where, duty, edition)
    return duty


def _rules(where: str, text: str) -> tuple[Rule, ...]:
    try:
        return read_rules(text)
    except Refused as wrong:
        raise Refused(f"{where}的日期规则有误：{wrong}") from wrong


def _leads(table: Table) -> tuple[int, ...]:
    try:
        return read_leads(table.text("leads"))
    except Refused as wrong:
        raise Refused(f"{table.where}的 leads 有误：{wrong}") from wrong


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


def _items(table: Table, edition: Edition) -> tuple[int, ...]:
    text = table.maybe_text("items")
    every = tuple(item.number for item in edition.items)
    if text is None or text == "全部":
        return every if text else ()
    items = tuple(whole(part) for part in text.split("、"))
    for item in items:
        if item not in every:
            raise Refused(f"{table.where}的 items 里没有这一项：{quoted(text)}。")
    return items


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


def _check(where: str, duty: Duty, edition: Edition) -> None:
    if not duty.source and not duty.decision:
        raise Refused(f"{where}缺少 source 或 decision。")
    shape = "".join(kind.form[0] for kind in duty.asks)
    if not re.fullmatch(_SHAPES[duty.closes], shape):
        raise Refused(f"{where}的 asks 与 closes = {duty.closes} 不符。")
    if any(kind.form != "count" for kind in duty.adds) or (duty.adds and not is_typed(duty)):
        raise Refused(f"{where}的 adds 只能是计数的台账，并且要有人填报。")
    keys = [kind.key for kind in duty.facts]
    if len(set(keys)) < len(keys):
        raise Refused(f"{where}的台账写重复了。")
    if duty.least and duty.closes != "count":
        raise Refused(f"{where}的 least 只用于 closes = count。")
    for kind in duty.facts:
        for item in edition.feeds(kind.key):
            if item not in duty.items:
                raise Refused(f"{where}的台账 {kind.key} 用于第{item}项，items 里没有写。")
    if cadence(duty.rules[0]) == "event" and duty.event is None:
        raise Refused(f"{where}的日期从事件算起，缺少 event。")
    if duty.opens and cadence(duty.opens) != "term":
        raise Refused(f"{where}的 opens 应是学期内的日期，例如 期末前21天，遇休息日不调整。")


def is_typed(duty: Duty) -> bool:
    """Whether somebody answers it; what is not the bot sees done."""
    return duty.closes not in ("sheet", "sheets", "none")


def read_leads(text: str) -> tuple[int, ...]:
    """Lead days as typed, most first: 「5、1」; 「0」 for the due day alone. Refused when not descending."""
    parts = re.split(r"[、,\s]+", halfwidth(text).strip())
    if not all(re.fullmatch(r"[0-9]{1,3}", part) for part in parts) or len(parts) > LEADS_MOST:
        raise Refused(f"提前天数请填 1 到 {LEADS_MOST} 个数字，例如 14、7、3、1。")
    leads = tuple(int(part) for part in parts)
    if max(leads) > LEAD_LONGEST:
        raise Refused(f"提前天数最多 {LEAD_LONGEST} 天。")
    if any(more <= less for more, less in pairwise(leads)):
        raise Refused("提前天数应从大到小，不重复，例如 14、7、3、1。")
    return tuple(lead for lead in leads if lead)


def choose(duty: Duty, *, on: bool | None = None, rule: str = "", leads: str = "") -> DutyChoice:
    """A choice as typed. Refused when it cannot be read, or would change how often the duty comes round."""
    rules = read_rules(rule) if rule else None
    if rules and cadence(rules[0]) != cadence(duty.rules[0]):
        raise Refused(f"「{duty.title}」的日期规则应与原来同类：{duty.rule}。")
    return DutyChoice(on, rules, read_leads(leads) if leads else None)


def settled(duty: Duty, *choices: DutyChoice) -> Duty:
    """The duty as chosen: the committee's choice first, then the branch's, each where it says something."""
    for choice in choices:
        duty = replace(
            duty,
            on=duty.on if choice.on is None else choice.on,
            rules=duty.rules if choice.rules is None else choice.rules,
            leads=duty.leads if choice.leads is None else choice.leads,
        )
    return duty


ASSIGNED = "assignment"
_ASSIGNED_LEADS = (14, 7, 3, 1)


def assigned(title: str) -> Duty:
    """A task the committee gave (交办任务), as a duty: 已完成 or a file closes it."""
    return Duty(
        key=ASSIGNED,
        title=title,
        rules=(),
        opens=None,
        source="完成率达到90%以上,上报及时率达到80%以上。",
        decision="这是党总支交办的任务。",
        leads=_ASSIGNED_LEADS,
        who="branch",
        closes="file",
        asks=(),
        adds=(),
        least=0,
        items=(4,),
        event=None,
        on=True,
    )


def duty_of(key: str, title: str, catalogue: Mapping[str, Duty]) -> Duty | None:
    """The duty behind an occurrence: the catalogue's or, with a title of its own, a task that was given."""
    return assigned(title) if key == ASSIGNED else catalogue.get(key)


COMPLETION, TIMELINESS = "completion", "timeliness"
COUNTED = (COMPLETION, TIMELINESS)
"""The facts that are counted from the tasks given to a branch, and not typed."""


@dataclass(frozen=True, slots=True)
class Given:
    """A task as it was given to one branch: its due day and, once it is done, the moment."""

    due: date
    done_at: datetime | None

    def on_time(self, now: datetime) -> bool:
        """Whether it was done by the end of its due day, in the time zone of `now`."""
        return self.done_at is not None and self.done_at.astimezone(now.tzinfo).date() <= self.due


def kept(given: Iterable[Given], now: datetime) -> tuple[Fact, ...]:
    """完成率 and 及时率 as facts, over the tasks that are done or whose due day is past; none where there are none."""
    counted = [task for task in given if task.done_at or task.due < now.date()]
    if not counted:
        return ()
    return (
        Fact(COMPLETION, sum(task.done_at is not None for task in counted), len(counted)),
        Fact(TIMELINESS, sum(task.on_time(now) for task in counted), len(counted)),
    )


def check_typed(kind: FactKind, given: Collection[Given]) -> None:
    """Refused when a fact is counted from the tasks that were given, and therefore not typed."""
    if given and kind.key in COUNTED:
        raise Refused(f"「{kind.title}」由交办任务自动统计，不用填写。")


# When ---------------------------------------------------------------------------------------------------------


def occurrences(
    duty: Duty,
    term: TermDates,
    term_key: str,
    days: WorkDays,
    *choices: DutyChoice,
    event: date | None = None,
) -> tuple[Occurrence, ...]:
    """Every time the duty comes round in a term, by due day; none while it is off.

    A duty that follows an event has occurrences only when its day is given; one without ignores it. An occurrence
    opens when it is first reminded of, within the term, unless the duty says when.
    """
    duty = settled(duty, *choices)
    if not duty.on or (duty.event and event is None):
        return ()
    found = [
        Occurrence(duty.key, numbered(one.period, n), _opens(duty, one.day, term, days, event), one.day)
        for n, rule in enumerate(duty.rules)
        for one in due(rule, term, term_key, days, event)
    ]
    return tuple(sorted(found, key=lambda occurrence: (occurrence.due, occurrence.period)))


def _opens(duty: Duty, day: date, term: TermDates, days: WorkDays, event: date | None) -> date:
    if duty.opens:
        return min(due(duty.opens, term, "", days)[0].day, day)
    first = days.previous_working(day - timedelta(days=max(duty.leads, default=0)))
    kind = cadence(duty.rules[0])
    if kind == "event" and event:
        return min(max(first, event), day)
    if kind == "yearly" or day < term.starts:
        return first
    return max(first, term.starts)


def reminder_days(
    occurrence: Occurrence, leads: tuple[int, ...], days: WorkDays
) -> tuple[tuple[date, int], ...]:
    """The working days on which an occurrence is reminded of while it is open, each with its lead.

    A lead day without work moves to the working day before; one before the opening to the first working day from
    then on; none comes after the due day. Where leads meet on a day the smallest stays. After the due day, weekly
    for eight weeks on the next working day: leads -7, -14 …
    """
    last = days.previous_working(occurrence.due)
    first = min(days.next_working(occurrence.opens), last)
    found = {
        max(first, days.previous_working(occurrence.due - timedelta(days=lead))): lead
        for lead in sorted({*leads, 0}, reverse=True)
    }
    for week in range(1, OVERDUE_WEEKS + 1):
        found[days.next_working(occurrence.due + timedelta(weeks=week))] = -7 * week
    return tuple(sorted(found.items()))


def reminded(
    occurrence: Occurrence, leads: tuple[int, ...], days: WorkDays, since: date, until: date
) -> int | None:
    """The lead of the last reminder that falls after `since` and no later than `until`; None when none does."""
    if until < occurrence.opens or until < occurrence.due - timedelta(
        days=max(leads, default=0) + LONGEST_REST
    ):
        return None
    found = [lead for day, lead in reminder_days(occurrence, leads, days) if since < day <= until]
    return found[-1] if found else None


def escalates(due_day: date, days: WorkDays, since: date, until: date) -> bool:
    """Whether the third weekly reminder of what was due on a day falls after `since` and no later than `until`."""
    return since < days.next_working(due_day + ESCALATED_AFTER) <= until


def colour(today: date, due_day: date) -> str:
    """🟢 more than seven days left, 🟡 at most seven, 🟠 at most two, 🔴 overdue."""
    left = (due_day - today).days
    if left < 0:
        return "🔴"
    return "🟠" if left <= 2 else "🟡" if left <= 7 else "🟢"
