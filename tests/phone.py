"""A phone on the conversation itself: what a person taps, types and sends, by label, without a channel."""

import itertools
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import ClassVar

from PIL import Image

from bot.actions import Action, Upload, wire
from bot.conversation import Conversation, Event
from bot.message import Message, Reply, plain
from bot.permissions import Me, Rater, Role
from bot.polls import Polls
from bot.store import chats, invitations, sheets, terms
from bot.store.database import Database
from bot.store.evidence import Evidence
from bot.values import Branch, SheetFile, Term


def picture(number: int = 0) -> bytes:
    """A small PNG that shows a number, in its colour."""
    out = BytesIO()
    Image.new("RGB", (2, 2), number).save(out, "PNG")
    return out.getvalue()


PNG = picture()

_count = itertools.count()


class Phone:
    """One address on one channel."""

    def __init__(
        self, conversation: Conversation, address: str, channel: str = "web", name: str = ""
    ) -> None:
        self.conversation, self.address, self.channel, self.name = conversation, address, channel, name

    @cached_property
    def reply(self) -> Reply:
        """What came last; before anything did, what stands when it is asked for."""
        return self.conversation.look(self.channel, self.address)

    def event(self, **content: object) -> Event:
        """A new event of this phone."""
        return Event(self.channel, self.address, f"event-{next(_count)}", name=self.name, **content)  # type: ignore[arg-type]

    def send(self, event: Event) -> "Phone":
        """Deliver an event."""
        self.reply = self.conversation.hear(event)
        return self

    def tap(self, label: str) -> "Phone":
        """Press the button that carries this label, whatever stands around it."""
        for button in self.screen.buttons:
            if button.label == label:
                return self.press(button.action)
        for button in self.screen.buttons:
            if label in button.label:
                return self.press(button.action)
        raise AssertionError(f"no button 「{label}」 among {self.labels}")

    def turn_to(self, label: str) -> "Phone":
        """Turn the pages of a list until a button carries this label."""
        while not any(label in one for one in self.labels):
            on = next((one for one in self.labels if one.startswith("还有") or one == "下一页"), None)
            assert on, f"no button 「{label}」 on any page, at last among {self.labels}"
            self.tap(on)
        return self

    def press(self, action: Action) -> "Phone":
        """Press a button that carries this action, whether it is shown or not."""
        return self.send(self.event(press=wire(action)))

    def say(self, text: str, *, message: str | None = None, quotes: str | None = None) -> "Phone":
        """Type a text, which the channel may call something, and which may quote a message."""
        return self.send(self.event(text=text, message=message, quotes=quotes))

    def edit(self, message: str, text: str) -> "Phone":
        """Let a message say something else."""
        return self.send(self.event(edits=message, text=text))

    def attach(
        self,
        name: str,
        data: bytes = PNG,
        mime: str = "image/png",
        *,
        caption: str | None = None,
        message: str | None = None,
        group: str | None = None,
        quotes: str | None = None,
    ) -> "Phone":
        """Send a file, which may have a caption, belong to a group of files, and quote a message."""
        upload = Upload(name, mime, data)
        return self.send(self.event(upload=upload, text=caption, message=message, group=group, quotes=quotes))

    @property
    def screen(self) -> Message:
        """The screen that stands."""
        return self.reply.screen

    def at(self, name: str) -> int:
        """The number of what stands here: the sheet, the task, the saying of the screen's action."""
        return int(getattr(self.screen.here, name))

    @property
    def text(self) -> str:
        """What it says."""
        return plain(self.screen)

    @property
    def toast(self) -> str:
        """The passing message of the last answer."""
        return self.reply.toast

    @property
    def labels(self) -> list[str]:
        """What its buttons say."""
        return [button.label for button in self.screen.buttons]


class World:
    """The demo committee: its people's phones, and a look into the database behind them."""

    PERSONAS: ClassVar[dict[str, str]] = {
        "administrator": "demo-0",
        "member": "demo-1",
        "other member": "demo-2",
        "secretary": "demo-3",
        "secretary of 劲松": "demo-4",
        "secretary of 双龙": "demo-5",
        "secretary of 新源里": "demo-6",
        "officer": "demo-7",
        "stranger": "nobody",
    }

    def __init__(self, database: Database, folder: Path, clock: Callable[[], datetime]) -> None:
        self.database, self.clock, self.folder = database, clock, folder
        self.evidence = Evidence(folder / "evidence")
        self.conversation = Conversation(
            database,
            self.evidence,
            clock,
            lambda code: [("网页", f"http://127.0.0.1:8000/join/{code}")],
            "http://127.0.0.1:8000/calendar/",
            polls="http://127.0.0.1:8000/vote",
        )
        self.polls = Polls(database)

    def phone(self, who: str) -> Phone:
        """The phone of a persona."""
        return Phone(self.conversation, self.PERSONAS[who])

    @property
    def branches(self) -> tuple[Branch, ...]:
        """常营, 劲松, 双龙, 新源里."""
        with self.database.read() as session:
            return terms.branches_of(session, 1)

    @property
    def terms(self) -> tuple[Term, ...]:
        """This term and the one before."""
        with self.database.read() as session:
            return terms.terms_of(session, [1])

    def sheet(self, branch: int, rater: Rater = Rater.SELF, term: int = 0) -> SheetFile | None:
        """The sheet of the n-th branch, this term or (1) the last, as the database has it."""
        with self.database.read() as session:
            found = sheets.find(
                session, branch_id=self.branches[branch].id, term_id=self.terms[term].id, rater=rater
            )
            return sheets.open_file(session, found) if found else None

    def me(self, who: str) -> Me:
        """A persona as the permissions see them."""
        with self.database.read() as session:
            return chats.chat_at(
                session, channel="web", external=self.PERSONAS[who], now=self.clock(), create=False
            ).me


def code_for(world: World, role: Role, branch: int | None = None, uses: int = 1) -> str:
    """A code that invites to a role of the committee, or of the branch of this number."""
    with world.database.write() as session:
        return invitations.invite(
            session, me=Me(0, "", world.clock()), committee_id=1, branch_id=branch, role=role, uses=uses
        ).code
