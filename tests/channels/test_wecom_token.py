"""The access_token of an app: fetched once for all who need it, and before it ends."""

import asyncio

from bot.channels.wecom.app.token import EARLY, Token


async def test_a_token_is_renewed_before_it_ends() -> None:
    given = 0

    async def fetch() -> tuple[str, float]:
        nonlocal given
        given += 1
        return str(given), EARLY + 0.05 if given == 1 else 7200.0

    token = Token(fetch)
    assert [await token.get(), await token.get()] == ["1", "1"]
    loop = asyncio.get_running_loop()
    end = loop.time() + (EARLY + 0.05) / 2
    loop.time = lambda: end + 1  # type: ignore[method-assign]
    assert await token.get() == "2"
    token.drop("1")  # long gone
    assert await token.get() == "2"


async def test_whoever_gives_up_waiting_leaves_the_token_to_the_others() -> None:
    go = asyncio.Event()

    async def fetch() -> tuple[str, float]:
        await go.wait()
        return "it", 7200.0

    token = Token(fetch)
    first, second = (asyncio.create_task(token.get()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    go.set()
    assert await second == "it"
