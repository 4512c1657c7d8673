"""交办任务: the tasks a committee gives, as duties, and what is counted from them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from jobs.duties.catalogue import AHEAD, COMPLETION, COUNTED, TIMELINESS, Duty, read_duties
from scoring.facts import Fact
from scoring.refusal import Refused
from scoring.rubric import FactKind, read_edition

ASSIGNED = "assignment"


@lru_cache
def assigned(title: str, edition: str) -> Duty:
    """A task the committee gave, as a duty: 已完成 or a file closes it. It serves the items that count such tasks."""
    table = read_edition(edition)
    items = tuple(sorted({item for fact in COUNTED for item in table.feeds(fact)}))
    return Duty(
        number=0,
        key=ASSIGNED,
        title=title,
        rules=(),
        opens=None,
        source=table.item(items[0]).standard if items else "",
        decision="这是党总支交办的任务。",
        ahead=AHEAD,
        held=False,
        eve=False,
        who="branch",
        closes="file",
        asks=(),
        things=(),
        adds=(),
        least=0,
        items=items,
        item=items[0] if items else 0,
        event=None,
        on=True,
    )


def duty_of(key: str, title: str, edition: str) -> Duty | None:
    """The duty behind an occurrence: the catalogue's or, with a title of its own, a task that was given.

    None when the catalogue knows it no more, or does not fit the edition: administrators hear of that (bot/health.py).
    """
    try:
        return assigned(title, edition) if key == ASSIGNED else read_duties(edition).get(key)
    except Refused:
        return None


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


def with_counted(typed: Iterable[Fact], given: Iterable[Given], now: datetime) -> tuple[Fact, ...]:
    """The facts of a branch: what is counted from the given tasks stands in the place of what was typed."""
    counted = kept(given, now)
    kinds = {fact.kind for fact in counted}
    return (*(fact for fact in typed if fact.kind not in kinds), *counted)


def check_typed(kind: FactKind, given: Collection[Given]) -> None:
    """Refused when a fact is counted from the tasks that were given, and therefore not typed."""
    if given and kind.key in COUNTED:
        raise Refused(f"「{kind.title}」由交办任务自动统计，不用填写。")
