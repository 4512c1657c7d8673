"""Secretaries who tap through their sheets as fast as they are answered, beside a Bot API server."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bench.crowd import ITEMS
from tests.botapi import BotApi, Call, Phone, Shown

ANSWER, EDIT = "answerCallbackQuery", "editMessageText"


class _Notes(list[Call]):
    """Passes each call on and keeps none."""

    def __init__(self, note: Callable[[Call], None]) -> None:
        super().__init__()
        self._note = note

    def append(self, call: Call) -> None:
        self._note(call)


class Ignored(list[Call]):
    """Keeps no call."""

    def append(self, call: Call) -> None:
        """Nothing."""


@dataclass
class _Tap:
    """A press under way: what must still arrive until it is answered, and when the last of it did."""

    missing: set[str]
    done: asyncio.Event
    at: float = 0.0


class Phones:
    """All phones of one bot. A press is answered when each of `answers` (method names) has arrived."""

    def __init__(self, api: BotApi, *answers: str) -> None:
        self._api, self._answers = api, answers
        self._taps: dict[str, _Tap] = {}  # by query id, and by chat
        api.calls = _Notes(self._arrived)

    def _arrived(self, call: Call) -> None:
        key = call.sent.get("callback_query_id") if call.method == ANSWER else str(call.sent.get("chat_id"))
        tap = self._taps.get(f"{call.method} {key}")
        if tap is not None:
            tap.missing.discard(call.method)
            if not tap.missing:
                tap.at = time.perf_counter()
                tap.done.set()

    async def open_sheets(self, chats: Iterable[int], opening: Callable[[int], str]) -> None:
        """Bring each chat to its first card: say /start and press what opens its sheet."""
        phones = [self._api.phone(chat) for chat in chats]
        for phone in phones:
            phone.say("/start")
        await asyncio.gather(*(phone.settle() for phone in phones))
        for phone in phones:
            phone.press(phone.newest, opening(phone.chat_id))
        await asyncio.gather(*(phone.settle() for phone in phones))

    def show(self, chats: Iterable[int], card: Shown) -> None:
        """Let each chat have a card that another bot showed."""
        for chat in chats:
            self._api.phone(chat).messages.append(replace(card, message_id=self._api.next_message()))

    def card(self, chat: int) -> Shown:
        """The card that a chat shows."""
        return self._api.phone(chat).newest

    async def mark(self, chats: Iterable[int], at_once: int) -> tuple[list[float], float]:
        """Each chat gives 24 marks, some at once; the seconds of each tap, and of all together."""
        waiting, seconds = iter(chats), list[float]()
        began = time.perf_counter()
        await asyncio.gather(*(self._work(waiting, seconds) for _ in range(at_once)))
        return seconds, time.perf_counter() - began

    async def _work(self, waiting: Iterable[int], seconds: list[float]) -> None:
        for chat in waiting:
            phone = self._api.phone(chat)
            for number in range(ITEMS):
                seconds.append(await self._tap(phone, number))

    async def _tap(self, phone: Phone, number: int) -> float:
        grades = [
            button["callback_data"]
            for row in phone.newest.rows
            for button in row
            if button["callback_data"].startswith("m:")
        ]
        return await self.press(phone.chat_id, grades[number % 3])

    async def press(self, chat: int, data: str) -> float:
        """Press this on the newest message of a chat; the seconds until that is answered."""
        phone, tap = self._api.phone(chat), _Tap(set(self._answers), asyncio.Event())
        began = time.perf_counter()
        phone.press(phone.newest, data)
        (query,) = phone.open_queries
        keys = f"{ANSWER} {query}", f"{EDIT} {phone.chat_id}"
        for key in keys:
            self._taps[key] = tap
        async with asyncio.timeout(30):
            await tap.done.wait()
        for key in keys:
            del self._taps[key]
        return tap.at - began
