"""kill -9 of a process between a callback and its answer: WeCom tells another one, and a mark counts once."""

from datetime import datetime
from pathlib import Path

import httpx
import pytest

from tests.channels.test_wecom_check import app_settings
from tests.channels.test_wecom_faults import WHO, one_mark
from tests.conftest import ZONE, sqlite_database
from tests.faults.test_mail_kill import wait_for
from tests.nursery import Nursery, free_port
from tests.phone import World
from tests.wecom_api import Fault, WeComApi
from tests.wecom_app import Tencent, at_home


@pytest.mark.slow
async def test_what_was_pressed_is_stored_once_and_told_by_whoever_hears_it_again(
    tmp_path: Path, nursery: Nursery
) -> None:
    database = sqlite_database(tmp_path / "bot.db", "demo")
    world = World(database, tmp_path, lambda: datetime.now(ZONE))
    async with WeComApi() as api:
        ports = free_port(), free_port()
        settings = {
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}",
            "WEB_CHAT": "demo",
            "LOG_LEVEL": "DEBUG",
            **app_settings(api),
        }
        first, second = (nursery.start(tmp_path, "run", WEB_PORT=str(port), **settings) for port in ports)
        await wait_for(lambda: api.calls["menu/create"] == 2, lambda: first.err + second.err)
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        async with (
            httpx.AsyncClient(base_url=urls[0], trust_env=False, timeout=20) as one,
            httpx.AsyncClient(base_url=urls[1], trust_env=False, timeout=20) as other,
        ):
            side = Tencent(api, one, world.clock)
            phone = at_home(world, WHO, side, "LiMing")
            await phone.say("第7项")
            await phone.until("第 7 项")
            card = phone.shown[-1]
            key = next(key for name, key in card.buttons.items() if "优秀" in name)
            with one_mark(world):
                told = phone.me.pressed(card, key)
                await side.tell(told)  # its answer never arrives at WeCom
                first.kill()
                side.http = other
                await phone.me.tell(told, card)
                await phone.until("第 8 项")
            api.fail("message/send", Fault(60020, "not allow to access, from ip: 203.0.113.7"))
            await phone.me.say("帮助")
            await wait_for(lambda: "did not take an answer" in second.out + second.err, lambda: second.err)
        second.kill()
        for said in (first.out, first.err, second.out, second.err):
            for secret in ("an-app-secret", "token-that-no-log", "QDG6eK", "jWmYm7qr5", "LiMing", "第7项"):
                assert secret not in said
    database.close()
