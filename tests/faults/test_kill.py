"""kill -9 at random moments: what was answered is stored, what was sent before still works."""

import asyncio
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic, sleep
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot import demo
from bot.actions import Contents, Mark, read, wire
from bot.permissions import Me, Role
from bot.store import invitations, schema, terms
from bot.store.database import Database
from tests.botapi import TOKEN, BotApi, Phone
from tests.channels.web_fakes import Visitor
from tests.conftest import trials
from tests.nursery import Child, Nursery, free_port

KILLS, WEB_KILLS = trials(100), trials(10)
LIFE = 0.1  # seconds, the longest that a web chat lives, and a bot that is killed while it starts
CALLS = 24  # that a bot makes once it polls, at most
WITHIN = 0.01  # seconds that it lives after the last of them, at most
EARLY = 0.1  # the share of bots that are killed while they start
SEED = 20171101


@dataclass(frozen=True)
class Stored:
    """What the database says about one sheet: its marks, and each change of one, oldest first."""

    marks: dict[int, int]
    changes: list[int]


def stored(file: Path, sheet: int) -> Stored:
    """Read a copy: the file itself and its write-ahead log are left as the kill left them."""
    copy = file.parent / "copy"
    copy.mkdir(exist_ok=True)
    for ending in ("", "-wal"):
        (copy / f"db{ending}").unlink(missing_ok=True)
        if Path(f"{file}{ending}").exists():
            shutil.copy(f"{file}{ending}", copy / f"db{ending}")
    with closing(sqlite3.connect(copy / "db")) as connection:
        connection.execute("PRAGMA synchronous = OFF")  # it is a copy
        marks = connection.execute("SELECT item, grade FROM mark WHERE sheet_id = ?", (sheet,)).fetchall()
        changes = connection.execute(
            "SELECT item FROM history WHERE subject = 'mark' AND subject_id = ? ORDER BY id", (sheet,)
        ).fetchall()
    return Stored(dict(marks), [item for (item,) in changes])


@dataclass
class Ledger:
    """What a phone was told, and the one mark that it waits for."""

    sheet: int
    marks: dict[int, int]
    changes: list[int]
    waiting: Mark | None = None

    def wait_for(self, data: str) -> Mark:
        """The button with this data is pressed now."""
        mark = read(data)
        assert isinstance(mark, Mark)
        self.waiting = mark
        return mark

    def told(self) -> None:
        """The mark that was waited for is answered."""
        if self.waiting is not None:
            if self.marks.get(self.waiting.item) != self.waiting.grade:
                self.changes.append(self.waiting.item)
            self.marks[self.waiting.item] = self.waiting.grade
            self.waiting = None

    def check(self, file: Path) -> Stored:
        """All that was told is stored, once, and nothing else but perhaps the one that is waited for."""
        found = stored(file, self.sheet)
        possible = [Stored(dict(self.marks), list(self.changes))]
        if (mark := self.waiting) is not None and self.marks.get(mark.item) != mark.grade:
            possible.append(Stored({**self.marks, mark.item: mark.grade}, [*self.changes, mark.item]))
        assert found in possible, f"told {possible[0]}, waiting for {mark}"
        return found


@dataclass
class Secretary:
    """Somebody who taps all the time: on the card that stands, or on a button from an earlier life of the bot."""

    phone: Phone
    ledger: Ledger
    random: Random
    known: set[str] = field(default_factory=set)  # buttons seen
    old: list[str] = field(default_factory=list)  # those of them seen before the last kill
    revived: bool = False  # the bot was restarted since the last tap
    lost: bool = False  # a kill took the answer away, and the update will not come again
    tired: bool = False
    update: int = 0
    taps: int = 0
    old_taps: int = 0

    async def tap_on(self, api: BotApi) -> None:
        """Tap until tired."""
        while not self.tired:
            await self.tap(api, self.choose())

    def choose(self) -> str:
        """A grade on the card that is shown; right after a restart, or when no card is, an old button."""
        shown: list[str] = [button["callback_data"] for row in self.phone.newest.rows for button in row]
        shown = [data for data in shown if isinstance(read(data), Mark)]
        self.known.update(shown)
        if self.revived or not shown:
            shown = self.old or sorted(self.known)
            self.old_taps += 1
        self.revived = False
        return self.random.choice(shown)

    async def tap(self, api: BotApi, data: str) -> None:
        """Press until it is answered: again, as a person does, when the answer was lost."""
        mark = self.ledger.wait_for(data)
        while self.ledger.waiting:
            self.lost, self.phone.owed = False, 0
            self.phone.open_queries.clear()
            toasts = len(self.phone.toasts)
            self.update = self.phone.press(self.phone.newest, data)
            await api.until(lambda: self.lost or self.settled, f"{data} is not answered")
            self.listen()
            for toast in self.phone.toasts[toasts:]:  # none when it was answered as a repetition
                assert toast.startswith(f"第 {mark.item} 项 已存")
        self.taps += 1
        assert not self.phone.alerts

    @property
    def settled(self) -> bool:
        """Whether the press got its answer and its screen."""
        return self.phone.owed <= 0 and not self.phone.open_queries

    def listen(self) -> None:
        """Take note of an answer that has arrived."""
        if not self.phone.open_queries:
            self.ledger.told()

    def check(self, file: Path) -> None:
        """What was answered is stored, and what is shown counts no more than what is stored."""
        self.listen()
        found = self.ledger.check(file)
        if shown := re.search(r"已评 (\d+)/24", self.phone.newest.text):
            assert int(shown[1]) <= len(found.marks)

    def see_restart(self, pending: set[int]) -> None:
        """The bot polls again: what is not pending any more will not be answered."""
        self.lost = self.update not in pending
        self.old, self.revived = sorted(self.known), True


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A Bot API server."""
    async with BotApi() as server:
        yield server


def prepared(folder: Path, *branches: int) -> list[str]:
    """A demo in a folder, and a code for a new secretary of each of these branches."""
    database, now = Database(f"sqlite:///{folder / 'demo.db'}"), datetime.now(ZoneInfo("Asia/Shanghai"))
    schema.migrate(database)
    demo.build(database, now, fresh=True)
    with database.write() as session:
        found = terms.branches_of(session, 1)
        codes = [
            invitations.invite(
                session, me=Me(0, "", now), committee_id=1, branch_id=found[number].id, role=Role.SECRETARY
            ).code
            for number in branches
        ]
    database.close()
    return codes


def opened(file: Path, buttons: Iterable[str]) -> Ledger:
    """What is stored of the sheet that these buttons are about."""
    actions = map(read, buttons)
    sheet = next(action.sheet for action in actions if isinstance(action, Mark | Contents))
    found = stored(file, sheet)
    return Ledger(sheet, found.marks, found.changes)


async def joined(api: BotApi, chat: int, code: str, file: Path) -> Secretary:
    """A secretary who has joined and opened the sheet."""
    phone = api.phone(chat)
    for words in (f"/start {code}", "自评"):
        phone.say(words)
        await phone.settle()
    ledger = opened(file, [button["callback_data"] for row in phone.newest.rows for button in row])
    long_ago = {wire(Mark(ledger.sheet, 1, grade)) for grade in range(3)}  # a card that is still in the chat
    return Secretary(phone, ledger, Random(SEED + chat), long_ago)


async def polling(api: BotApi) -> None:
    """Wait until a bot that was just started polls."""
    await api.until(lambda: any(call.method == "setMyCommands" for call in api.calls), "it does not start")


def _called(api: BotApi, times: int, tapping: list[asyncio.Task[None]]) -> bool:
    """Whether the bot has made so many calls in this life, or nobody asks it for any more."""
    return len(api.calls) >= times or any(task.done() for task in tapping)


@pytest.mark.random
async def test_whatever_was_answered_outlives_kill_9_at_random_moments(
    api: BotApi, nursery: Nursery, tmp_path: Path
) -> None:
    print(f"seed {SEED}")
    random, file = Random(SEED), tmp_path / "demo.db"
    codes = prepared(tmp_path, 0, 1, 3)
    settings = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url, "WEB_PORT": str(free_port())}
    begin = partial(nursery.start, tmp_path, "run", DATA_DIR=".", WEB_CHAT="demo", **settings)
    bot = begin()
    secretaries = [await joined(api, chat, code, file) for chat, code in enumerate(codes, start=1)]
    tapping = [asyncio.create_task(secretary.tap_on(api)) for secretary in secretaries]
    for _ in range(KILLS):
        if random.random() < EARLY:
            await asyncio.sleep(random.uniform(0, LIFE))
        else:
            await polling(api)
            pending = {update["update_id"] for update in api.pending}
            for secretary in secretaries:
                secretary.see_restart(pending)
            enough = partial(_called, api, len(api.calls) + random.randrange(CALLS), tapping)
            await api.until(enough, "nobody taps")
            await asyncio.sleep(random.uniform(0, WITHIN))
        bot.kill()
        for secretary in secretaries:
            secretary.check(file)
        for task in tapping:
            if task.done():
                task.result()
        api.calls.clear()
        bot = begin()
    await polling(api)
    pending = {update["update_id"] for update in api.pending}
    for secretary in secretaries:
        secretary.see_restart(pending)
        secretary.tired = True
    await asyncio.gather(*tapping)
    for secretary in secretaries:
        for data in secretary.old[:9]:  # cards of long ago
            await secretary.tap(api, data)
        secretary.check(file)
    bot.kill()
    taps, old = sum(s.taps for s in secretaries), sum(s.old_taps for s in secretaries)
    print(f"{KILLS} kills, {taps} taps, {old} of them on buttons from before a kill")
    assert old >= KILLS


@pytest.mark.random
def test_the_web_chat_keeps_what_it_answered_when_it_is_killed(nursery: Nursery, tmp_path: Path) -> None:
    print(f"seed {SEED}")
    random, file, port = Random(SEED), tmp_path / "demo.db", free_port()
    prepared(tmp_path)
    begin = partial(nursery.start, tmp_path, "run", DATA_DIR=".", WEB_CHAT="demo", WEB_PORT=str(port))
    with (
        Visitor(f"http://127.0.0.1:{port}") as visitor,
        ThreadPoolExecutor(1) as killer,
    ):
        bot = begin()
        _patiently(lambda: visitor.open("/demo"))
        form = {"token": visitor.token, "key": uuid4().hex}
        visitor.http.post("/demo/3", data=form, headers=visitor.headers)
        visitor.open()
        shown = pressable(visitor.say(text="自评"))
        ledger = opened(file, shown)
        known = {data for data in shown if isinstance(read(data), Mark)}
        for _ in range(WEB_KILLS):
            death = killer.submit(_kill_after, bot, random.uniform(0, LIFE))
            while True:
                data = random.choice(sorted(known))  # of this life or an earlier one
                ledger.wait_for(data)
                say = partial(_unhurried, visitor, uuid4().hex, data)
                try:
                    known |= heard(ledger, say())
                except httpx.TransportError:
                    break
            death.result()
            ledger.check(file)
            bot = begin()
            known |= heard(ledger, _patiently(say))
            ledger.check(file)
        bot.kill()


def heard(ledger: Ledger, answer: httpx.Response) -> set[str]:
    """Take note of an answer; the marks that can be given on its screen."""
    assert answer.status_code == 200, answer.text
    assert ledger.waiting is not None
    toast = answer.json()["toast"]
    assert not toast or toast.startswith(f"第 {ledger.waiting.item} 项 已存")
    ledger.told()
    return {data for data in pressable(answer) if isinstance(read(data), Mark)}


def pressable(answer: httpx.Response) -> list[str]:
    """The buttons on the screen of an answer."""
    return [button["press"] for row in answer.json()["screen"]["rows"] for button in row]


def _kill_after(bot: Child, seconds: float) -> None:
    sleep(seconds)
    bot.kill()


def _unhurried(visitor: Visitor, key: str, data: str) -> httpx.Response:
    """A press, and again when the page was told to wait: nobody's thumb is quicker than twenty taps a second."""
    while (answer := visitor.say(key=key, press=data)).status_code == 429:
        sleep(float(answer.headers["Retry-After"]))
    return answer


def _patiently(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """Ask until there is an answer: the bot may not listen yet, or not any more."""
    deadline = monotonic() + 60
    while True:
        try:
            return ask()
        except httpx.TransportError:
            assert monotonic() < deadline
            sleep(0.01)
