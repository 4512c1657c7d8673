"""How much WeCom is sent, counted by a strict stand-in on a clock of its own: 30 frames a minute and 1,000 an hour."""

import asyncio
from statistics import median

import pytest

from bot.channels.wecom.bot.allowance import Allowance
from bot.channels.wecom.frames import SEND, UPDATE
from bot.message import Message
from tests.main_job import invited, main_job
from tests.phone import World
from tests.wecom import Phone, Time, at_home, running, tenant


async def test_24_marks_cost_one_card_and_24_updates(desk: World) -> None:
    async with tenant(time := Time()) as there, running(desk.conversation, there):
        phone = Phone(there, "liming")
        steps = list(main_job(code := invited(desk)))
        first = next(n for n, (_, _, then) in enumerate(steps) if then.startswith("第 2 项"))
        for verb, what, then in steps[: first - 2]:
            await getattr(phone, verb)(f"绑定 {what}" if what == code else what)
            await phone.until(then)
        there.frames.clear()
        for verb, what, then in steps[first : first + 24]:
            await getattr(phone, verb)(what)
            await phone.until(then)
        sent = [frame["cmd"] for frame in there.frames if frame["cmd"] != "ping"]
    assert sent == [UPDATE] * 24
    assert (there.refused, time.waited) == ([], 0.0)
    assert len(phone.shown[-1].versions) >= 25, "one card, changed in place"


async def test_whoever_taps_without_end_is_slowed_down_and_never_refused(desk: World) -> None:
    async with tenant(time := Time()) as there, running(desk.conversation, there):
        phone = at_home(desk, "secretary of 新源里", there, "liming")
        await phone.say("第1项")
        await phone.until("第 1 项")
        for number in range(120):
            time.now -= 1.8  # they take a fifth of a second
            await phone.tap("›" if number % 2 else "‹")
        print(f"120 taps in 24 s: {time.waited:.0f} s of waiting")
    assert there.refused == []
    assert time.waited > 0.0


@pytest.mark.slow
async def test_a_thousand_reminders_go_out_and_none_is_refused(desk: World) -> None:
    reminder = Message("提醒 · 12月主题党日", ("请在 12月25日 前回复到会人数，例如 17/18。",))
    async with tenant(time := Time()) as there, running(desk.conversation, there) as bot:
        delays = []

        async def remind(chat: str) -> None:
            asked = time.now
            await bot.turn(chat)
            delays.append(time.now - asked)
            await bot.push(chat, reminder, stands=True)

        for number in range(1000):
            there.person(f"u{number}").chat.opened = True
        for start in range(0, 1000, 32):
            await asyncio.gather(*(remind(f"u{number}") for number in range(start, min(start + 32, 1000))))
        print(f"1,000 reminders to 1,000 chats: {max(delays):.0f} s at most")
        assert max(delays) == 0.0
        delays.clear()
        for _ in range(1000):
            await remind("u0")
        print(f"1,000 to one chat: median {median(delays):.1f} s, longest {max(delays):.0f} s")
        assert sum(frame["cmd"] == SEND for frame in there.frames) == 1000, "the last that are kept"
    assert there.refused == []


async def test_a_chat_is_counted_by_itself_and_what_cannot_wait_goes_before() -> None:
    time = Time()
    allowance = Allowance(time, time.sleep)
    for _ in range(25):
        await allowance.turn("one")
    await allowance.turn("other")
    assert time.waited == 0.0
    assert [allowance.take("one") for _ in range(5)] == [True] * 4 + [False]
    await allowance.turn("one")
    assert time.waited == 60.0
    allowance.block("other", 30.0)
    assert not allowance.take("other")
    await allowance.turn("other")
    assert time.waited == 90.0
