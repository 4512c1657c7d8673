"""The web page's memory: the newest lines of each address, in order."""

from datetime import UTC

import pytest
from sqlmodel import func, select

from bot.store.database import Database
from bot.store.tables import WebLineRow
from bot.store.weblog import KEPT, WebLog
from bot.values import LogLine
from tests.conftest import NOW
from tests.objects import objects


def count(database: Database, address: str) -> int:
    with database.read() as session:
        return objects(session).exec(select(func.count()).where(WebLineRow.external == address)).one()


def test_what_was_said_comes_back_in_order_and_at_its_own_address(empty: Database) -> None:
    log = WebLog(empty)
    log.append("甲", True, "6优", (), NOW)
    log.append("甲", False, "已存", ("一行", ("得分", "4")), NOW)
    log.append("乙", True, "别人的", (), NOW)
    at = NOW.astimezone(UTC)
    assert log.recent("甲") == [
        LogLine(True, "6优", (), at),
        LogLine(False, "已存", ("一行", ("得分", "4")), at),
    ]
    assert [line.title for line in log.recent("甲", limit=1)] == ["已存"]
    assert log.recent("丙") == []


@pytest.mark.slow
def test_a_long_chat_keeps_its_newest_lines_and_spares_the_others(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from bot.store import schema

    database = Database(f"sqlite:///{tmp_path_factory.mktemp('log') / 'log.db'}")
    schema.migrate(database)
    log = WebLog(database)
    log.append("短", True, "一句", (), NOW)
    for number in range(KEPT + 120):
        log.append("长", True, str(number), (), NOW)
    assert KEPT <= count(database, "长") <= KEPT + 50
    assert [line.title for line in log.recent("长", limit=2)] == [str(KEPT + 118), str(KEPT + 119)]
    assert count(database, "短") == 1
    database.close()
