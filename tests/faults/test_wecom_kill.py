"""kill -9 of a process that holds WeCom's connection: what was pressed is stored, and another process goes on."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.channels.wecom.frames import UPDATE
from bot.channels.wecom.tenant import ABORT, Fault
from bot.store.tables import LEASE
from tests.channels.test_wecom_faults import WHO, one_mark
from tests.conftest import ZONE, sqlite_database
from tests.faults.test_mail_kill import wait_for
from tests.nursery import Nursery, free_port
from tests.phone import World
from tests.wecom import at_home, tenant


@pytest.mark.slow
async def test_what_was_pressed_is_stored_once_and_the_other_process_takes_over(
    tmp_path: Path, nursery: Nursery
) -> None:
    database = sqlite_database(tmp_path / "bot.db", "demo")
    world = World(database, tmp_path, lambda: datetime.now(ZONE))
    async with tenant() as there:
        settings = {
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}",
            "WEB_CHAT": "demo",
            "WECOM_BOT_ID": "demo-bot",
            "WECOM_BOT_SECRET": "demo-secret",
            "WECOM_BOT_URL": there.url,
        }
        first = nursery.start(tmp_path, "run", WEB_PORT=str(free_port()), **settings)
        await wait_for(lambda: there.subscriptions == 1, lambda: first.err)
        second = nursery.start(tmp_path, "run", WEB_PORT=str(free_port()), **settings)
        phone = at_home(world, WHO, there, "liming")
        await phone.say("第7项")
        await phone.until("第 7 项")
        card = phone.shown[-1]
        key = next(key for name, key in card.buttons.items() if "优秀" in name)
        with one_mark(world):
            there.fail(UPDATE, Fault(drop=ABORT))  # its answer does not arrive, and then it is dead
            await phone.person.press(card, key)
            await wait_for(lambda: there.pending(UPDATE) == 0, lambda: first.err)
            first.kill()
            taken = there.subscriptions
            with database.write() as session:  # its lease is over
                session.execute(sa.update(LEASE).values(until=world.clock() - timedelta(seconds=1)))
            await wait_for(lambda: there.subscriptions > taken, lambda: second.err)
            await phone.answered(phone.person.press(card, key))
            await phone.until("第 8 项")
        second.kill()
    database.close()
