"""What the bot says, and what it keeps, when its database cannot write or cannot be reached."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from bot.actions import Home, Mark, wire
from bot.conversation import Conversation, Event
from bot.store.database import Database
from bot.store.evidence import Evidence
from tests.everything import everything
from tests.phone import World


@contextmanager
def with_pragma(database: Database, pragma: str) -> Iterator[None]:
    """The database as SQLite has it under a pragma, on every connection."""

    def under(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA {pragma}").close()

    sa.event.listen(database.engine, "checkout", under)
    try:
        yield
    finally:
        sa.event.remove(database.engine, "checkout", under)
        database.close()  # the connections that have it


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[structlog.typing.EventDict]]:
    """What was logged, kept off the screen."""
    with structlog.testing.capture_logs() as lines:
        yield lines


APOLOGY = "抱歉，出了点问题"


def kept(database: Database) -> dict[str, list[Any]]:
    """Everything but the notice that something broke, which may find room where more does not."""
    found = everything(database)
    found["notice"] = [row for row in found["notice"] if not row.key.startswith("x:")]
    return found


def test_on_a_full_disk_a_person_gets_an_apology_and_nothing_is_half_saved(
    desk: World, logged: list[structlog.typing.EventDict]
) -> None:
    phone = desk.phone("secretary")
    with with_pragma(desk.database, "max_page_count=1"):  # 1: as large as it is now
        for _ in range(100):
            phone.say("提意见")
            before = kept(desk.database)
            if phone.say("这件事说来话长。" * 100).screen.title == APOLOGY:
                break
        assert phone.screen.title == APOLOGY
        assert "没有保存" in phone.text
        assert logged[0]["event"] == "broken"
        assert phone.labels == ["首页"]
        assert kept(desk.database) == before
    phone.say("提意见").say("现在可以了。")
    assert phone.screen.title != APOLOGY
    assert "现在可以了。" in str(everything(desk.database)["feedback"][-1])


def test_on_a_database_that_only_reads_every_tap_is_answered_and_nothing_changes(desk: World) -> None:
    phone, stranger = desk.phone("secretary"), desk.phone("stranger")
    file = desk.sheet(0)
    assert file is not None
    before = everything(desk.database)
    with with_pragma(desk.database, "query_only=ON"):
        for press in (Mark(file.id, 24, 0), Home()):
            phone.send(phone.event(press=wire(press)))
            assert phone.screen.title == APOLOGY
        stranger.say("你好")
        assert stranger.screen.title == APOLOGY
        assert desk.conversation.look("web", phone.address).screen.title != APOLOGY  # reading goes on
    assert everything(desk.database) == before
    phone.send(phone.event(press=wire(Mark(file.id, 24, 0))))
    assert "第 24 项 已存" in phone.toast


def test_a_database_that_cannot_be_reached_is_answered_with_an_apology(desk: World) -> None:
    database = Database("postgresql://bot:x@127.0.0.1:1/bot")
    conversation = Conversation(database, Evidence(desk.folder), desk.clock, lambda _: [])
    reply = conversation.hear(Event("web", "phone", "1", text="首页"))
    assert reply.screen.title == APOLOGY
    assert conversation.look("web", "phone").screen.title == APOLOGY
    database.close()
