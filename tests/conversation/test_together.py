"""What several chats say at once is heard together: one commit, and for each what it would have been alone."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog

from bot.actions import Home, Mark, OpenSheet, Overview, Undo, wire
from bot.conversation import Event
from bot.message import Reply
from bot.store.database import Database
from bot.together import Together
from tests.conftest import Clock, sqlite_database, trials
from tests.everything import everything
from tests.phone import World
from tests.store.test_faults import APOLOGY, with_pragma

SECRETARIES = ("secretary", "secretary of 劲松", "secretary of 双龙", "secretary of 新源里")


@pytest.fixture
def logged() -> Iterator[list[structlog.typing.EventDict]]:
    """What was logged, kept off the screen."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@contextmanager
def counted(database: Database) -> Iterator[list[int]]:
    """A number for each commit of the database."""
    commits: list[int] = []

    def count(_: sa.Connection) -> None:
        commits.append(len(commits))

    sa.event.listen(database.engine, "commit", count)
    try:
        yield commits
    finally:
        sa.event.remove(database.engine, "commit", count)


async def said(world: World, *events: Event) -> list[Reply]:
    """What is answered to events that come at once."""
    return await asyncio.gather(*map(world.conversation.hear_soon, events))


def mark(world: World, who: int, item: int, grade: int = 0) -> Event:
    """A secretary's tap on a card, which was opened before."""
    phone = world.phone(SECRETARIES[who])
    phone.press(OpenSheet(world.branches[who].id, world.terms[0].id, 0))
    file = world.sheet(who)
    assert file is not None
    return phone.event(press=wire(Mark(file.id, item, grade)))


async def test_what_comes_at_once_is_stored_by_one_commit(desk: World) -> None:
    told: list[str] = []
    desk.conversation.subscribe(lambda channel, address, topics: told.append(address))
    events = [mark(desk, who, 24) for who in (0, 1, 3)]
    told.clear()
    with counted(desk.database) as commits:
        replies = await said(desk, *events)
    assert ["第 24 项 已存" in reply.toast for reply in replies] == [True] * 3
    assert len(commits) == 1
    assert told == [event.address for event in events]
    assert [24 in file.sheet.marks for n in (0, 1, 3) if (file := desk.sheet(n))] == [True] * 3


async def test_what_comes_at_once_is_answered_on_both_databases(world: World) -> None:
    events = [mark(world, who, 24) for who in (0, 1, 3)]
    replies = await said(world, *events, *(world.phone("member").event(text="首页") for _ in range(30)))
    assert ["第 24 项 已存" in reply.toast for reply in replies[:3]] == [True] * 3
    assert {reply.screen.title for reply in replies[3:]} == {replies[3].screen.title}
    assert replies[3].screen.title != APOLOGY


async def test_one_persons_refusal_and_a_failure_undo_nothing_of_anybody_else(
    desk: World, monkeypatch: pytest.MonkeyPatch, logged: list[structlog.typing.EventDict]
) -> None:
    file = desk.sheet(2)
    assert file is not None
    first, last = mark(desk, 0, 24), mark(desk, 3, 24)
    told: list[str] = []
    desk.conversation.subscribe(lambda channel, address, topics: told.append(address))
    before = everything(desk.database)
    events = [
        first,
        desk.phone("secretary of 劲松").event(press=wire(Mark(file.id, 24, 0))),  # not theirs
        mark(desk, 1, 24),
        last,
    ]
    respond = desk.conversation._answer.__func__  # type: ignore[attr-defined]

    def broken(self: object, session: object, event: Event) -> Reply:
        reply: Reply = respond(self, session, event)
        if event is events[2]:
            raise RuntimeError("a fault of ours, after all was written")
        return reply

    monkeypatch.setattr(type(desk.conversation), "_answer", broken)
    replies = await said(desk, *events)
    assert [bool(reply.toast) and "已存" in reply.toast for reply in replies] == [True, False, False, True]
    assert replies[2].screen.title == APOLOGY
    assert logged[0]["event"] == "broken"
    assert told[:2] == [events[0].address, events[3].address]
    now = everything(desk.database)
    assert len(now["mark"]) - len(before["mark"]) == 2
    assert len(now["history"]) - len(before["history"]) == 2
    monkeypatch.undo()
    again = await said(desk, *events)  # delivered once more
    assert len(everything(desk.database)["history"]) == len(now["history"]) + 1  # what was broken
    assert "已存" in again[2].toast
    assert [reply.screen.title for reply in again[::3]] == [reply.screen.title for reply in replies[::3]]


async def test_when_sqlite_undoes_everything_each_is_heard_alone(
    desk: World, logged: list[structlog.typing.EventDict]
) -> None:
    with desk.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER undo BEFORE INSERT ON feedback BEGIN SELECT RAISE(ROLLBACK, 'all of it'); END"
        )
    third = desk.phone(SECRETARIES[1]).say("提意见")
    replies = await said(desk, mark(desk, 0, 24), third.event(text="这里有一个问题。"), mark(desk, 3, 24))
    assert ["已存" in reply.toast for reply in replies] == [True, False, True]
    assert replies[1].screen.title == APOLOGY
    assert [24 in file.sheet.marks for n in (0, 3) if (file := desk.sheet(n))] == [True, True]
    assert [line["event"] for line in logged] == ["not heard together", "broken"]


async def test_on_a_full_disk_what_is_answered_is_what_is_stored(
    desk: World, logged: list[structlog.typing.EventDict]
) -> None:
    phones = [desk.phone(who) for who in SECRETARIES]
    thanked = 0
    with with_pragma(desk.database, "max_page_count=1"):  # 1: as large as it is now
        for _ in range(100):
            await said(desk, *(phone.event(text="提意见") for phone in phones))
            replies = await said(desk, *(phone.event(text="这件事说来话长。" * 100) for phone in phones))
            thanked += sum("谢谢" in reply.toast for reply in replies)
            if any(reply.screen.title == APOLOGY for reply in replies):
                break
        assert [reply for reply in replies if reply.screen.title == APOLOGY]
        assert thanked == len(everything(desk.database)["feedback"])


@pytest.mark.random
def test_heard_together_or_one_after_the_other_everything_is_the_same(tmp_path: Path) -> None:
    for seed in range(trials(10)):
        found = []
        for how in ("alone", "together"):
            clock = Clock()
            database = sqlite_database(tmp_path / f"{how}{seed}.db", "demo")
            world = World(database, tmp_path / how, clock)
            replies = asyncio.run(_play(world, random.Random(seed), how == "together"))
            found.append((replies, everything(database)))
            database.close()
        assert found[0] == found[1], seed


async def _play(world: World, chance: random.Random, together: bool) -> list[tuple[str, str]]:
    """Five people tap, type and are refused at once, again and again; what each of them was told."""
    told = []
    sheets = [file.id for n in range(4) if (file := world.sheet(n))]
    for turn in range(8):
        events = []
        for n, who in enumerate((*SECRETARIES, "member")):
            sheet, item = chance.choice(sheets), chance.randint(1, 24)
            mark = Mark(sheet, item, chance.randint(0, 3))
            press = wire(chance.choice((mark, mark, Overview(sheet), Undo(sheet, turn), Home())))
            text = chance.choice(("首页", "3.2", "前6项优秀", "帮助"))
            content = chance.choice(({"press": press}, {"text": text}))
            events.append(Event("web", world.phone(who).address, f"{turn}-{n}", **content))  # type: ignore[arg-type]
        if together:
            replies = await said(world, *events)
        else:
            replies = [world.conversation.hear(event) for event in events]
        told += [(reply.toast, wire(reply.screen.here)) for reply in replies]
    return told


async def test_what_is_asked_while_something_is_done_is_done_together() -> None:
    batches: list[list[int]] = []

    def do(numbers: object) -> list[int]:
        batches.append(list(numbers))  # type: ignore[call-overload]
        if 13 in batches[-1]:
            raise ValueError("thirteen")
        return [2 * number for number in batches[-1]]

    together: Together[int, int] = Together(do)
    assert await asyncio.gather(*map(together.ask, range(50, 100))) == [2 * n for n in range(50, 100)]
    assert [number for batch in batches for number in batch] == list(range(50, 100))
    assert len(batches) == 3
    results = await asyncio.gather(*map(together.ask, (12, 13)), return_exceptions=True)
    assert [type(result) for result in results] == [ValueError, ValueError]
    impatient = asyncio.create_task(together.ask(1))
    patient = asyncio.create_task(together.ask(2))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 4
    assert batches[-1] == [1, 2]
