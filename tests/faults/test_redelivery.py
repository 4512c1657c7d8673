"""The same update delivered again, under its own and under a new id, changes nothing in the database."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from bot.channels.telegram.channel import Telegram
from tests.botapi import TOKEN, BotApi, Phone
from tests.everything import everything
from tests.main_job import invited
from tests.phone import World

CHANGES = (
    "我的职务",
    "自评",
    "优秀",  # presses on cards
    "合格",
    "不合格",
    "撤销",
    "备注",
    "请看会议记录",  # typed on the note's screen
    "16/18",  # a fact
    "3.5 材料不全",  # other points with a reason
    "6优 7合 8:1.5(部分完成)",  # a line, and its confirmation
    "保存",
    "撤销",
    " ".join(f"{number}优" for number in range(1, 25)),
    "保存",
    "提交",
    "确认提交",
)


@pytest.fixture
async def api(world: World) -> AsyncIterator[BotApi]:
    """A Bot API server that the conversation polls."""
    async with BotApi() as server:
        telegram = Telegram(world.conversation, TOKEN, server.url)
        await telegram.start()
        polling = asyncio.create_task(telegram.run())
        yield server
        polling.cancel()
        with suppress(asyncio.CancelledError):
            await polling
        await telegram.close()


def do(phone: Phone, words: str) -> int:
    """Press the button that says so, or type it; the number of the update."""
    shown = phone.newest.buttons if phone.messages else []
    labels = [label for label in shown if re.fullmatch(rf"[⭐✓]?{re.escape(words)}( [\d.]+)?", label)]
    return phone.tap(labels[0]) if labels else phone.say(words)


@pytest.mark.slow
async def test_an_update_that_comes_again_changes_nothing(api: BotApi, world: World) -> None:
    phone = api.phone(1)
    for step, words in enumerate((f"/start {invited(world)}", *CHANGES)):
        start = everything(world.database)
        update = do(phone, words)
        await phone.settle()
        before = everything(world.database)
        assert before != start, f"step {step}, {words}, did nothing: {phone.newest.text}"
        api.redeliver(update)
        await phone.settle()
        assert everything(world.database) == before, f"step {step}, {words}, under its own id"
        api.redeliver(update, new_id=True)
        await phone.settle()
        assert everything(world.database) == before, f"step {step}, {words}, under a new id"
    stored = world.sheet(3)
    assert stored is not None
    assert stored.sheet.submitted


async def test_an_update_that_comes_twice_at_once_is_done_once(api: BotApi, world: World) -> None:
    phone = api.phone(1)
    for words in (f"/start {invited(world)}", "自评"):
        phone.say(words)
        await phone.settle()
    for words in ("优秀", "合格", "16/18", "3.5 材料不全", "6优 7合"):
        start = everything(world.database)
        update = do(phone, words)
        api.redeliver(update, new_id=True)
        api.redeliver(update, new_id=True)
        await phone.settle()
        end = everything(world.database)
        for table in ("history", "draft", "fact"):
            assert len(end[table]) - len(start[table]) <= 1, f"{words} in {table}"
        assert end != start
