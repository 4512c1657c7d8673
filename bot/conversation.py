"""One inbound event, from any channel: unit of work, who is it, respond, remember the screen, commit.

The rules of this file:

* What a reply says is stored: it is returned only after the commit.
* The same event, delivered again, changes nothing: an address remembers the last events it was answered.
* Refused means that nothing is kept: the transaction is rolled back, and the screen that stood is shown again.
* Where a person is, is the action that draws their screen, in the database: any process can go on from there.
* A stranger costs nothing: until a code is tried, what is kept of them is in memory.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.actions import Action, EnterCode, Home, Say, Send, Unreadable, Upload, read, wire
from bot.dialogue import respond
from bot.dialogue.calendar import feed
from bot.dialogue.reminding import overtaken
from bot.dialogue.strangers import Strangers
from bot.dialogue.words import command
from bot.dialogue.work import Links, NotUnderstood, Work
from bot.message import TYPED_LIMIT, Button, Message, Reply, heard
from bot.permissions import Me, Role
from bot.store import notices, people, preferences
from bot.store.database import Database, Session
from bot.store.evidence import Evidence
from bot.store.notices import Address
from bot.store.people import Chat
from scoring.rubric import Refused

log = structlog.get_logger()

STILL_TYPING = timedelta(minutes=10)  # after an event, during which a screen that waits for a text is kept

Listener = Callable[[str, str, frozenset[str]], None]


@dataclass(frozen=True, slots=True)
class Event:
    """What arrived from a channel: exactly one of press (a button's data), text, upload or unreadable is set.

    `address` is the chat on its channel; `key` names the event and is the same when the channel delivers it again;
    `unreadable` is the kind of a message the bot cannot use: voice, sticker, large (a file over UPLOAD_LIMIT), lost
    (a file that did not arrive), other. `name` is what the channel calls the person. `digits`: the channel shows the
    buttons as a numbered list (`bot.message.numbered`). `network` names where it came from, if the channel knows.
    """

    channel: str
    address: str
    key: str
    press: str | None = None
    text: str | None = None
    upload: Upload | None = None
    unreadable: str | None = None
    name: str = ""
    digits: bool = False
    network: str = ""


class Conversation:
    """The one conversation behind all channels. Its methods block: a channel calls them with asyncio.to_thread."""

    def __init__(
        self,
        database: Database,
        evidence: Evidence,
        clock: Callable[[], datetime],
        links: Links,
        calendars: str = "",
    ) -> None:
        self._database = database
        self._evidence = evidence
        self._clock = clock
        self._links = links
        self._calendars = calendars
        self._strangers = Strangers()
        self._listeners: list[Listener] = []

    def hear(self, event: Event) -> Reply:
        """Answer one event. When this returns, what the reply says is stored; it never raises."""
        touched: set[tuple[int, int]] = set()
        try:
            with self._database.write() as session:
                reply = self._answer(session, event, touched)
        except Refused as refused:
            return replace(self.look(event.channel, event.address), toast=str(refused))
        except Exception:
            log.exception("broken", channel=event.channel, press=event.press, typed=event.text is not None)
            self._tell_administrators(event)
            return Reply(_apology(), toast="出错了，请再试一次")
        topics = frozenset(f"b{branch}" for _, branch in touched) | frozenset(
            f"c{body}" for body, _ in touched
        )
        if topics:
            for listener in self._listeners:
                listener(event.channel, event.address, topics)
        return reply

    def _tell_administrators(self, event: Event) -> None:
        """Something broke: the administrators hear of it once a day; the log says what it was."""
        try:
            with self._database.write() as session:
                me = self._chat(session, event.channel, event.address).me
                for committee_id in sorted({seat.committee_id for seat in me.seats}):
                    notices.tell(
                        session,
                        committee_id=committee_id,
                        persons=people.in_committee(session, committee_id, Role.ADMINISTRATOR),
                        key=f"x:{me.now:%Y-%m-%d}",
                        action=wire(Home()),
                        said=f"{me.name}的一次操作出错了，没有保存。请在运行日志里查看原因。",
                        now=me.now,
                    )
        except Exception:
            log.exception("the administrators cannot be told")

    def _answer(self, session: Session, event: Event, touched: set[tuple[int, int]]) -> Reply:
        chat = self._chat(session, event.channel, event.address, create=self._tries_a_code(event))
        work = Work(
            session,
            chat.me,
            self._evidence,
            self._links,
            event.name,
            touched,
            self._calendars,
            event.network,
            self._strangers,
        )
        if event.key in chat.seen:
            return Reply(_standing(work, chat.screen))
        try:
            reply = respond(work, _meaning(work, event, chat.screen))
        except NotUnderstood as puzzled:
            try:
                reply = respond(work, Say(puzzled.text))
            except NotUnderstood:
                if puzzled.offer is None:
                    raise puzzled from None
                reply = puzzled.offer()
        screen = wire(reply.screen.here)
        if chat.me.address_id:
            people.remember(
                session,
                address_id=chat.me.address_id,
                screen=screen,
                seen=(*chat.seen, event.key),
                at=chat.me.now,
            )
        else:
            self._strangers.stand(event.channel, event.address, screen, event.key)
        return reply

    def _chat(self, session: Session, channel: str, address: str, *, create: bool = False) -> Chat:
        """Who is at an address, and where they stand; a stranger, as far as it is remembered."""
        now = self._clock()
        chat = people.chat_at(session, channel=channel, external=address, now=now, create=create)
        if chat.me.address_id:
            return chat
        screen, seen = self._strangers.standing(channel, address)
        return replace(chat, screen=screen, seen=seen)

    def _tries_a_code(self, event: Event) -> bool:
        """Whether an event makes a row for its address: only there the wrong codes of a chat are counted."""
        text = event.text or ""
        return (
            len(text) <= TYPED_LIMIT
            and people.looks_like_code(text)
            and self._strangers.blocked_until(event.network, self._clock()) is None
        )

    def look(self, channel: str, address: str) -> Reply:
        """The screen that stands at an address now, with nothing changed; it never raises."""
        try:
            with self._database.read() as session:
                chat = self._chat(session, channel, address)
                work = Work(session, chat.me, self._evidence, self._links, calendars=self._calendars)
                return Reply(_standing(work, chat.screen))
        except Exception:
            log.exception("broken", channel=channel)
            return Reply(_apology())

    def draw(self, session: Session, person_id: int, chat: Address, action: str, said: str) -> Message | None:
        """What a notice shows in a chat now, and from then on stands there; None when there is nothing to say.

        Somebody in the middle of typing something keeps the screen that waits for it, and a chat in which nothing
        was said yet begins at Home.
        """
        at = self._chat(session, chat.channel, chat.external)
        work = Work(session, at.me, self._evidence, self._links, calendars=self._calendars)
        asked = read(action)
        wish = preferences.preference(session, person_id)
        if asked is None or at.me.person_id != person_id or not at.me.known or wish.muted(work.today):
            return None
        try:
            message = None if overtaken(work, asked) else respond(work, asked).screen
        except Refused:
            return None
        if message is None:
            return None
        recently = at.heard_at is not None and at.me.now - at.heard_at < STILL_TYPING
        if at.screen and not (recently and _standing(work, at.screen).hears):
            people.stand(session, address_id=at.me.address_id, screen=wire(message.here))
        return message.headed(said)

    def watches(self, channel: str, address: str) -> frozenset[str]:
        """The topics ("b3" a branch, "c1" a whole committee) whose changes this address may want to see at once."""
        with self._database.read() as session:
            me = self._chat(session, channel, address).me
        return frozenset(f"b{s.branch_id}" if s.branch_id else f"c{s.committee_id}" for s in me.seats)

    def calendar(self, key: str) -> bytes | None:
        """What a phone's calendar gets under this secret, or None when it opens nothing."""
        with self._database.read() as session:
            return feed(session, key, self._clock())

    def subscribe(self, listener: Listener) -> None:
        """Call listener(channel, address, topics) after each commit that changed something, from the worker thread."""
        self._listeners.append(listener)


def _meaning(work: Work, event: Event, screen: str) -> Action:
    """The action an event asks for, given the screen that stands at its address."""
    if event.press is not None:
        return read(event.press) or Home()
    if event.upload is not None:
        takes = _standing(work, screen).takes
        return takes(event.upload) if takes else Send(event.upload)
    if event.text is None:
        return Unreadable(event.unreadable or "other")
    if len(event.text) > TYPED_LIMIT:
        raise Refused(f"内容太长了，请控制在 {TYPED_LIMIT} 字以内，可以分几次发。")
    text = "".join(c for c in event.text if c == "\n" or c.isprintable() or c.isspace())
    return command(work.me, text) or heard(text, _standing(work, screen), event.digits) or Say(text)


def _standing(work: Work, screen: str) -> Message:
    """The screen that stands at an address, drawn as it looks now; Home when it may no longer be seen."""
    try:
        return respond(work, read(screen) or _first(work.me)).screen
    except Refused:
        return respond(work, _first(work.me)).screen


def _first(me: Me) -> Action:
    return Home() if me.known else EnterCode()


def _apology() -> Message:
    """For what should not have happened: nothing was changed, and there is a way on."""
    return Message(
        title="抱歉，出了点问题",
        lines=("刚才的操作没有保存，请再试一次。如果还不行，请联系管理员。",),
        rows=((Button("首页", Home(), main=True),),),
    )
