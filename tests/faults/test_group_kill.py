"""kill -9 of a process that sends into a group chat: what it may have sent is not sent again, the rest still is."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.settings import Settings
from bot.store.tables import COMMITTEE, NOTICE
from tests.conftest import ZONE, Clock, sqlite_database
from tests.nursery import Nursery, free_port
from tests.phone import World
from tests.posted import asked, switched_on
from tests.published import published
from tests.wecom_api import Fault
from tests.wecom_group import KEY, GroupApi


@pytest.mark.slow
async def test_what_was_being_sent_is_not_sent_again_and_the_rest_is(
    tmp_path: Path, nursery: Nursery
) -> None:
    database, held = sqlite_database(tmp_path / "bot.db", "demo"), asyncio.Event()
    world = World(database, tmp_path, Clock())
    with database.write() as session:
        session.execute(sa.update(COMMITTEE).values(demo=False))
    address = Settings.model_validate({"wecom_group_key": KEY, "web_chat": "on"}).wecom_group
    published(world)
    switched_on(world, address=address)
    asked(world).tap("确认发送")
    parts = NOTICE.c.key.startswith("g:")
    now = datetime.now(ZONE)
    with database.write() as session:
        session.execute(sa.delete(NOTICE).where(~parts))
        session.execute(sa.update(NOTICE).values(send_at=now, expires_at=now + timedelta(hours=1)))
    async with GroupApi() as api:
        settings = {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}",
            "WEB_CHAT": "on",
            "WECOM_GROUP_KEY": KEY,
            "WECOM_API_URL": api.url,
        }
        api.fail(Fault(until=held))
        first = nursery.start(tmp_path, "run", WEB_PORT=str(free_port()), **settings)
        await api.until(lambda: api.calls["send"])
        first.kill()
        held.set()
        await api.until(lambda: api.seen)
        before = [one.kind for one in api.seen]
        with database.write() as session:  # its leases are over
            session.execute(sa.update(NOTICE).where(parts).values(lease=now - timedelta(seconds=1)))
        second = nursery.start(tmp_path, "run", WEB_PORT=str(free_port()), **settings)
        await api.until(lambda: len(api.seen) == 3)
        second.kill()
        assert sorted(one.kind for one in api.seen) == ["file", "image", "markdown_v2"]
        assert KEY not in first.err + first.out + second.err + second.out
    with database.read() as session:
        rows = session.execute(sa.select(NOTICE.c.state).where(parts).order_by(NOTICE.c.id)).scalars()
        assert "uncertain" in list(rows), before
    database.close()
