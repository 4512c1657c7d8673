"""kill -9 between a letter and its answer, of a real process: nobody knows whether it arrived, and it goes once."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.store import chats, notices
from bot.store.notices import Owed
from bot.store.tables import NOTICE, OCCURRENCE
from tests.conftest import ZONE, sqlite_database
from tests.nursery import Nursery, free_port
from tests.phone import World
from tests.smtpd import post_office


async def wait_for(true: Callable[[], bool], what: Callable[[], str]) -> None:
    """Wait until something is so."""
    try:
        async with asyncio.timeout(40):
            while not true():  # noqa: ASYNC110  another process does it
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(what()) from None


@pytest.mark.slow
async def test_a_letter_whose_process_was_killed_before_the_answer_is_never_sent_twice(
    tmp_path: Path, nursery: Nursery
) -> None:
    database = sqlite_database(tmp_path / "bot.db", "demo")
    world = World(database, tmp_path, lambda: datetime.now(ZONE))
    now = world.clock()

    def owe(who: str, address: str, day: str) -> None:
        person = world.me(who).person_id or 0
        with database.write() as session:
            chat = chats.chat_at(session, channel="mail", external=address, now=now)
            chats.belongs(session, address_id=chat.me.address_id, person_id=person)
            branch = next(seat.branch_id for seat in world.me(who).seats)
            still = (OCCURRENCE.c.branch_id == branch) & OCCURRENCE.c.done_at.is_(None)
            task = session.execute(sa.select(OCCURRENCE.c.id).where(still).limit(1)).scalar_one()
            both = [
                Owed(person, key, f"tk:{task}", now, now + timedelta(hours=1))
                for key in (f"n1:{day}", f"m:{day}")
            ]
            notices.owe(session, committee_id=1, notices=both)
            lies = NOTICE.c.key == f"n1:{day}"
            session.execute(sa.update(NOTICE).where(lies).values(state="unseen", at=now))

    def state(day: str) -> str:
        with database.read() as session:
            found = session.execute(sa.select(NOTICE.c.state).where(NOTICE.c.key == f"m:{day}"))
            return str(found.scalar_one())

    async with post_office(login=("bot@example.cn", "a code 42")) as office:
        settings = {
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}",
            "WEB_PORT": str(free_port()),
            "SMTP_URL": f"smtp://bot@example.cn:a%20code%2042@127.0.0.1:{office.port}",
            "LOG_LEVEL": "DEBUG",
        }
        office.hold = asyncio.Event()
        owe("secretary", "reader@example.com", "one")
        first = await asyncio.to_thread(lambda: nursery.start(tmp_path, "run", **settings))
        await wait_for(lambda: bool(office.letters), lambda: first.err)
        assert state("one") == "sending"
        await asyncio.to_thread(first.kill)
        office.hold.set()
        office.hold = None
        with database.write() as session:  # its lease is over
            session.execute(
                sa.update(NOTICE).where(NOTICE.c.key == "m:one").values(lease=now - timedelta(seconds=1))
            )
        owe("officer", "other@example.com", "two")
        second = await asyncio.to_thread(lambda: nursery.start(tmp_path, "run", **settings))
        await wait_for(lambda: state("two") == "sent", lambda: second.err)
        await wait_for(lambda: state("one") == "uncertain", lambda: second.err)
        await asyncio.to_thread(second.kill)
    assert [address for address, _ in office.letters] == ["reader@example.com", "other@example.com"]
    for said in (first.out + first.err, second.out + second.err):
        assert "example.com" not in said
        assert "code 42" not in said
        assert "code%2042" not in said
    database.close()
