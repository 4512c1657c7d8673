"""A small conversation and a log in memory for the tests of the web chat, and a visitor who speaks HTTP."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
from starlette.applications import Starlette

from bot.actions import Card, Help, Home, Mark, Privacy, Send, read
from bot.channels.web.pages import Persona
from bot.conversation import Entered, Entry, Event
from bot.message import Attachment, Button, Line, Message, Offer, Reply, Way
from bot.permissions import Me, Role, Seat
from bot.values import LogLine
from tests.browser import web_app
from tests.channels.made_up import MadeUp

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PEOPLE = (Persona("demo-1", "张敏", "常营主校区 · 支部书记"), Persona("demo-2", "王芳", "总支委员"))


def card(item: int) -> Message:
    """The card of an item, with three grades and a way home."""
    grades = tuple(
        Button(label, Mark(1, item, grade), grade == 2)
        for grade, label in enumerate(("不合格", "合格", "优秀"))
    )
    return Message(
        f"第 {item} 项",
        (("合格", "有计划"), "已填 2/24"),
        (grades[::-1], (Button("首页", Home()),)),
        here=Card(1, item),
    )


HOME = Message(
    "首页",
    ("您好。",),
    ((Button("开始", Card(1, 1), True),),),
    takes=lambda upload: Send(upload),
    hint="如 16/18",
)

ASKED = Message(
    "请确认",
    ("哪一个是出勤？",),
    tuple((Button(f"出勤 {n}", Card(1, n)),) for n in (1, 2, 3)),
    here=Privacy(),
    hint="例如：17/18 参观红色教育基地 志愿",
)


class Talk(MadeUp):
    """A mark leads to the next card; a text is repeated in a toast, 「提交」 has a receipt."""

    def __init__(self) -> None:
        self.heard: list[Event] = []
        self.entries: list[Entry] = []
        self.screens: dict[str, Message] = {}
        self.calendars: dict[str, bytes] = {}
        self.topics: frozenset[str] = frozenset({"b1"})
        self.looks = 0
        self.known = True
        self.tell: Callable[[str, str, frozenset[str]], None] = lambda *_: None
        self.gate = threading.Event()  # cleared: an answer waits
        self.gate.set()

    def hear(self, event: Event) -> Reply:
        """Answer, and keep what was heard."""
        self.heard.append(event)
        self.gate.wait(10)
        screen, toast, receipt = self.screens.get(event.address, HOME), "", None
        match read(event.press) if event.press else None:
            case Mark(item=item):
                screen, toast = card(item + 1), f"第{item}项 已存"
            case Card(item=item):
                screen = card(item)
            case Home():
                screen = HOME
        if event.text is not None:
            toast = f"收到 {event.text}"[:60]
            receipt = Message("已提交", ("88.6 分",)) if event.text == "提交" else None
            if event.text == "12/25 17/18":
                screen = ASKED
            if event.text.startswith("show "):
                screen = Message(
                    "您说了", (event.text[5:], ("标签 " + event.text[5:], event.text[5:])), here=Help()
                )
        if event.upload is not None:
            file = event.upload
            screen = Message("依据", (), HOME.rows, attachment=Attachment(file.name, file.mime, file.data))
        if event.unreadable is not None:
            toast = "文件太大了，最多 20 MB。"
        self.screens[event.address] = screen
        self.tell("web", event.address, frozenset({"b1"}))
        return Reply(screen, receipt, toast, stranger=not self.known)

    def look(self, channel: str, address: str, message: str | None = None) -> Reply:
        """The screen that stands."""
        self.looks += 1
        return Reply(self.screens.get(address, HOME))

    def who(self, channel: str, address: str) -> Me:
        """Everybody has a seat, unless a test says otherwise."""
        seats = (Seat(1, Role.SECRETARY, 1, "总支", 1, "支部"),) if self.known else ()
        return Me(1, channel, START, None, "", seats)

    def offer(self, channel: str, address: str, code: str, *, network: str, expired: bool) -> Offer:
        """The same for everybody."""
        return Offer("您收到了一份邀请", (("职务", "支部书记"),), (Way("加入", new=True),), uses=code)

    def enter(self, entry: Entry) -> Entered:
        """Let everybody in."""
        self.entries.append(entry)
        return Entered(entry.fresh or entry.address)

    def watches(self, channel: str, address: str) -> frozenset[str]:
        """The same for everybody."""
        return self.topics

    def calendar(self, key: str) -> bytes | None:
        """The calendar that a test put there."""
        return self.calendars.get(key)

    def subscribe(self, listener: Callable[[str, str, frozenset[str]], None]) -> None:
        """Keep the one listener."""
        self.tell = listener


@dataclass
class Log:
    """The log in memory."""

    said: dict[str, list[LogLine]] = field(default_factory=dict)
    looked: list[tuple[str, datetime]] = field(default_factory=list)

    def append(self, address: str, mine: bool, title: str, lines: Sequence[Line], at: datetime) -> None:
        """Add one bubble."""
        self.said.setdefault(address, []).append(LogLine(mine, title, tuple(lines), at))

    def recent(self, address: str, limit: int = 50) -> Sequence[LogLine]:
        """The newest bubbles."""
        return self.said.get(address, [])[-limit:]

    def shown(self, address: str, looked: datetime, now: datetime) -> int:
        """Keep when a page of an address looked."""
        self.looked.append((address, looked))
        return 0


@dataclass
class Place:
    """One web chat with everything it stands on; a test changes what it needs."""

    talk: Talk = field(default_factory=Talk)
    log: Log = field(default_factory=Log)
    time: datetime = START
    wrong: list[str] = field(default_factory=list)
    ailing: list[str] = field(default_factory=list)

    def app(self, **changed: Any) -> Starlette:
        """The application."""
        options: dict[str, Any] = {
            "secret_key": "a secret of the tests only",
            "secure_cookies": False,
            "personas": None,
            "chat": True,
            "ready": lambda: self.wrong,
            "ailing": lambda: self.ailing,
            "now": lambda: self.time,
        }
        return web_app(self.talk, self.log, **options | changed)


class Visitor:
    """A browser without a screen: keeps its cookie and the token of the page it opened."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False, verify=False, timeout=10)  # noqa: S501  loopback
        self.url = url
        self.token = ""
        self.turn = 0  # of the state that came last

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def open(self, path: str = "/") -> httpx.Response:
        """Open a page and remember its token."""
        page = self.http.get(path, headers={"Accept": "text/html"})
        found = re.search(r'(?:chat-token" content|token" value)="([^"]+)"', page.text)
        self.token = found[1] if found else ""
        return page

    @property
    def headers(self) -> dict[str, str]:
        """What the page's script sends along."""
        return {"X-Chat-Token": self.token, "Origin": self.url, "Sec-Fetch-Site": "same-origin"}

    def say(self, headers: dict[str, str] | None = None, **body: object) -> httpx.Response:
        """Post one event; the key is new unless given."""
        return self.http.post(
            "/say", json={"key": str(uuid4()), **body}, headers=self.headers if headers is None else headers
        )

    def upload(self, name: str, mime: str, data: bytes, group: str = "") -> httpx.Response:
        """Post one file."""
        headers = {"X-Chat-Key": str(uuid4()), "X-Chat-Group": group or str(uuid4()), "X-File-Name": name}
        headers["Content-Type"] = mime
        return self.http.post("/upload", content=data, headers=self.headers | headers)

    @contextmanager
    def events(self, tab: str = "t1", quiet: float = 5) -> Iterator[Iterator[dict[str, Any]]]:
        """The states that are pushed; reading raises httpx.ReadTimeout after `quiet` seconds of silence."""
        with self.http.stream("GET", f"/events?tab={tab}", timeout=quiet) as stream:
            yield self._states(stream.iter_lines())

    def _states(self, lines: Iterator[str]) -> Iterator[dict[str, Any]]:
        for line in lines:
            if line.startswith("id: "):
                self.turn = int(line[4:])
            if line.startswith("data: {"):
                yield json.loads(line[6:])

    def look(self, tab: str = "t1") -> httpx.Response:
        """Say that somebody sees the state that came last."""
        return self.http.post("/seen", json={"turn": self.turn}, headers=self.headers | {"X-Chat-Tab": tab})
