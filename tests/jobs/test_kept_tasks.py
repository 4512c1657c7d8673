"""完成率 and 及时率: what the tasks given to a branch say, day by day."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from jobs.duties.assignments import Given, check_typed, kept
from jobs.duties.catalogue import COMPLETION, TIMELINESS
from scoring.facts import Fact
from scoring.refusal import Refused
from scoring.rubric import read_edition

ZONE = ZoneInfo("Asia/Shanghai")
DUE = date(2026, 12, 20)


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=ZONE)


def said(given: list[Given], now: datetime) -> tuple[tuple[int, int | None], ...]:
    facts = kept(given, now)
    assert [fact.kind for fact in facts] in ([], [COMPLETION, TIMELINESS])
    return tuple((fact.count, fact.of) for fact in facts)


def test_without_tasks_or_before_anything_is_due_nothing_is_known() -> None:
    assert kept([], at(21)) == ()
    assert kept([Given(DUE, None)], at(20, 23, 59)) == (), "the due day itself is not past"


def test_an_open_task_counts_from_the_day_after_its_due_day() -> None:
    assert said([Given(DUE, None)], at(21, 0, 0)) == ((0, 1), (0, 1))


def test_a_task_done_early_counts_at_once() -> None:
    assert said([Given(DUE, at(1)), Given(DUE, None)], at(2)) == ((1, 1), (1, 1))


@pytest.mark.parametrize(
    ("done", "on_time"), [(at(20, 23, 59), 1), (at(21, 0, 0), 0), (at(20, 0, 0), 1), (at(25), 0)]
)
def test_a_day_ends_at_midnight_where_the_committee_is(done: datetime, on_time: int) -> None:
    for written in (done, done.astimezone(UTC), done.astimezone(ZoneInfo("America/New_York"))):
        assert said([Given(DUE, written)], at(28)) == ((1, 1), (on_time, 1))


def test_two_of_three_done_and_one_of_them_late() -> None:
    given = [Given(DUE, at(19)), Given(DUE, at(21)), Given(DUE, None)]
    assert kept(given, at(28)) == (Fact(COMPLETION, 2, 3), Fact(TIMELINESS, 1, 3))


def test_only_what_is_counted_is_not_typed_and_only_where_tasks_were_given() -> None:
    kinds = read_edition("jinsong_2017").facts
    for key, kind in kinds.items():
        check_typed(kind, ())
        if key not in (COMPLETION, TIMELINESS):
            check_typed(kind, [Given(DUE, None)])
    for key in (COMPLETION, TIMELINESS):
        with pytest.raises(Refused, match="由交办任务自动统计，不用填写。"):
            check_typed(kinds[key], [Given(DUE, None)])
