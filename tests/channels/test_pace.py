"""How fast a channel sends: evenly over all chats, slowly to each, and what was taken first goes first."""

import asyncio

from bot.channels.pace import Pace


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
