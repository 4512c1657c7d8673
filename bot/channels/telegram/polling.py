"""Receiving updates by asking for them, https://core.telegram.org/bots/api#getupdates"""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from telegram.error import NetworkError

from bot.channels.telegram.api import Api
from bot.channels.telegram.http import READ
from bot.channels.telegram.trouble import Trouble
from bot.channels.telegram.updates import KINDS, chat_of, number_of

LONG_POLL = 25  # seconds
PAUSE = 0.5  # seconds after an answer in which there was nothing to take
MOST_IN_FLIGHT = 64  # chats of which something was taken and is not committed

log = structlog.get_logger()

Take = Callable[[int, dict[str, Any]], asyncio.Task[None]]


async def poll(api: Api, trouble: Trouble, take: Take) -> None:
    """Receive updates until cancelled; what `take` gives for one is done when that is committed.

    The offset is the oldest update that is not committed. Telegram delivers that and all later ones again
    at each call, so those in flight are skipped, and one that brings no other is not repeated at once.
    A place in flight is a chat's: what else it sends waits behind its own, and takes no place from others.
    """
    taken: dict[int, asyncio.Task[None]] = {}
    chats: dict[int, int | None] = {}  # of what is taken
    offset, newest, failures, strange = 0, -1, 0, False
    while True:
        try:
            sent = await _updates(api, offset)
        except Exception as error:  # a TelegramError, or whatever an answer that is none leads to
            await trouble.pause(error, failures)
            failures += 1
            continue
        failures = 0
        trouble.is_over()
        in_flight = {task for task in taken.values() if not task.done()}
        numbered = {number: one for one in sent if (number := number_of(one)) is not None}
        busy = {chats[number] for number, task in taken.items() if not task.done()}
        fresh = []
        for number in (number for number in numbered if number not in taken):
            chat = chat_of(numbered[number])
            if chat in busy or len(busy) < MOST_IN_FLIGHT:
                busy.add(chat)
                chats[number], taken[number] = chat, take(number, numbered[number])
                fresh.append(number)
        before, strange = strange, any(number_of(one) is None for one in sent)
        if strange and not before:
            log.warning("an update without a number came from Telegram and is passed over")
        if fresh:  # most are committed in a moment: then the next call need not bring them again
            await asyncio.wait([taken[number] for number in fresh], timeout=0.25)
        elif in_flight:
            await asyncio.wait(in_flight, timeout=0.3, return_when=asyncio.FIRST_COMPLETED)
        elif strange:
            await asyncio.sleep(PAUSE)
        newest = max([newest, *taken])
        later = [number for number in numbered if number not in taken]
        offset = min([*later, *(n for n, task in taken.items() if not task.done())], default=newest + 1)
        if strange and not (fresh or in_flight):  # what comes alone has the next number, if it has one
            offset = newest + 2
        taken = {number: task for number, task in taken.items() if number >= offset}
        chats = {number: chats[number] for number in taken}


async def _updates(api: Api, offset: int) -> list[Any]:
    """What getUpdates brings, as it was sent: PTB would read all of it or nothing."""
    sent = await api.send(
        "getUpdates", read=READ + LONG_POLL, offset=offset, timeout=LONG_POLL, allowed_updates=KINDS
    )
    if not isinstance(sent, list):
        raise NetworkError("getUpdates brought no list")
    return sent
