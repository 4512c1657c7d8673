"""How fast a channel sends: evenly over all chats, slowly to each, and what was taken first goes first."""

import asyncio

import pytest

from bot.channels.pace import Pace, Quota


async def test_turns_come_evenly_and_in_the_order_of_asking() -> None:
    pace, came = Pace(100, 0.0), list[str]()
    clock = asyncio.get_running_loop().time

    async def ask(chat: str) -> None:
        await pace.turn(chat)
        came.append(chat)

    start = clock()
    await asyncio.gather(*(ask(str(number)) for number in range(6)))
    assert came == [str(number) for number in range(6)]
    assert clock() - start >= 0.05 - 0.005


async def test_a_chat_waits_for_itself_and_others_do_not_wait_for_it() -> None:
    pace, came = Pace(1000, 0.1), list[str]()

    async def ask(chat: str) -> None:
        await pace.turn(chat)
        came.append(chat)

    await asyncio.gather(ask("a"), ask("a"), ask("b"), ask("c"))
    assert came == ["a", "b", "c", "a"]


async def test_a_member_gets_so_many_at_once_and_then_one_as_another_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop, now, came = asyncio.get_running_loop(), [100.0], list[float]()

    async def sleep(seconds: float) -> None:
        now[0] += max(seconds, 0)

    monkeypatch.setattr(loop, "time", lambda: now[0])
    monkeypatch.setattr(asyncio, "sleep", sleep)
    quota = Quota((3, 60.0), (5, 3600.0))
    for _ in range(7):
        async with quota.call("a"):
            came.append(now[0])
        now[0] += 1
    assert came == [100, 101, 102, 160, 161, 3700, 3701]
    now[0] -= 1
    assert (quota.wait("a"), quota.wait("b")) == (1, 0)


async def test_a_call_counts_from_its_answer_on(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, now = asyncio.get_running_loop(), [100.0]
    monkeypatch.setattr(loop, "time", lambda: now[0])
    quota = Quota((1, 60.0))
    async with quota.call("a"):
        now[0] += 10
    assert quota.wait("a") == 60


async def test_turns_are_in_the_order_of_asking() -> None:
    quota, came = Quota((1, 0.01)), list[int]()

    async def ask(number: int) -> None:
        async with quota.call("a"):
            came.append(number)

    await asyncio.gather(*(ask(number) for number in range(5)))
    assert came == [0, 1, 2, 3, 4]
