"""One inbound event, from any channel: unit of work, who is it, respond, remember the screen, commit.

The rules of this file:

* What a reply says is stored: it is returned only after the commit. Several events may share one.
* The same event, delivered again, changes nothing: an address remembers the last events it was answered.
* Refused means that nothing is kept: the transaction is rolled back, and the screen that stood is shown again.
* What is answered to something typed or sent of which nothing came stays in the chat; what a press does is seen.
* Who says something is there: their chat takes notices again, whatever the answer is.
* Where a person is, is the action that draws their screen, in the database: any process can go on from there.
* A stranger costs nothing: until a code is tried, what is kept of them is in memory.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot import files
from bot.actions import Home, PostedPart, Reminder, SeatEnded, Upload, read, wire
from bot.dialogue import groups, joining, posting, respond
from bot.dialogue.calendar import feed
from bot.dialogue.groups import Group as Group
from bot.dialogue.hearing import edited
from bot.dialogue.mailing import letter
from bot.dialogue.meant import clean, hear, hear_spoken, standing, visible
from bot.dialogue.reminding import overtaken, tell_of_silence
from bot.dialogue.sent import Album, Sent, receive
from bot.dialogue.strangers import Strangers
from bot.dialogue.work import Links, Work
from bot.message import TYPED_LIMIT, Button, Line, Message, Offer, Reply
from bot.permissions import Me, Role
from bot.screens.groups import sentence
from bot.screens.joining import no_offer
from bot.store import chats, codes, history, invitations, notices, preferences, sayings, seats
from bot.store.chats import Address, Chat
from bot.store.database import AllUndoneError, Database, Session, is_deadlock
from bot.store.evidence import Evidence
from bot.together import Together
from bot.values import WEBHOOK
from scoring.refusal import EditionRefused, Refused

log = structlog.get_logger()

VISITS_APART = timedelta(days=1)  # a visit sooner after the last event is not noted
STILL_TYPING = timedelta(minutes=10)  # after an event, during which a screen that waits for a text is kept

Listener = Callable[[str, str, frozenset[str]], None]


@dataclass(frozen=True, slots=True)
class Event:
    """What arrived from a channel: a press (a button's data), a text, an upload or something unreadable.

    Only a text may come along with an upload or something unreadable: it is the caption. `address` is the chat on its
    channel; `key` names the event and is the same when the channel delivers it again; `unreadable` is the kind of a
    message the bot cannot use: voice, sticker, large (a file over UPLOAD_LIMIT), lost (a file that did not arrive),
    early (a stranger's, left where it is), other. `name` is what the channel calls the person. `marked`: the channel
    shows the marks of buttons (see pressing); `file_limit`: how many bytes it carries in one file (None: any).
    `network` names where it came from, if the channel knows. `fresh` is the address at which a newcomer joins, for a
    channel whose addresses somebody else may have put there; it asks others who joins.

    `spoken`: the text is what the channel understood of a voice message; what it would change is asked first.

    What a channel calls messages, where it has names for them: `message` is the one that came, or whose button was
    pressed; `quotes` the one that is answered; `edits` an earlier one that now says `text`; `screen` the one that shows
    what stands, where every answer so far was shown. Events of one `group` were sent together.
    """

    channel: str
    address: str
    key: str
    press: str | None = None
    text: str | None = None
    upload: Upload | None = None
    unreadable: str | None = None
    name: str = ""
    marked: bool = False
    spoken: bool = False
    file_limit: int | None = None
    message: str | None = None
    quotes: str | None = None
    edits: str | None = None
    screen: str | None = None
    group: str | None = None
    network: str = ""
    fresh: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who comes in by a code, after a page said what it gives.

    As whoever is at `address` or, if one is given, as somebody new at the address `fresh`. `expired`: the login at
    `address` is over, and the code is what renews it. `key` and `network` as of an Event.
    """

    channel: str
    address: str
    key: str
    code: str
    fresh: str = ""
    expired: bool = False
    network: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """Where the person is now, with a receipt the first time; or why they could not come in."""

    address: str = ""
    receipt: Message | None = None
    refusal: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A notice as it goes out: whether it asks for an answer, whether it stands in its chat from now on, and what stood
    there before."""

    message: Message
    asks: bool
    stands: bool
    stood: str


class Conversation:
    """The one conversation behind all channels. Its methods block: a channel calls them with asyncio.to_thread.

    What is said goes to `hear_soon`, which does that itself.

    Nobody is logged out of addresses that begin with `kept`: anybody may be there, in the demo. `channels`: those that
    run here, as far as they are made by then (None: all there are). `backups`: how many nights one is kept.
    `polls`: where ballots are cast.
    """

    def __init__(
        self,
        database: Database,
        evidence: Evidence,
        clock: Callable[[], datetime],
        links: Links,
        calendars: str = "",
        kept: str = "",
        channels: Set[str] | None = None,
        backups: int = 0,
        polls: str = "",
    ) -> None:
        self._database = database
        self._evidence = evidence
        self._clock = clock
        self._links = links
        self._calendars, self._polls = calendars, polls
        self._kept, self._running, self._backups = kept, channels, backups
        self._strangers = Strangers()
        self._listeners: list[Listener] = []
        self._together = Together(self._hear_all)

    async def hear_soon(self, event: Event) -> Reply:
        """As hear(), in a thread. On SQLite, what comes meanwhile from other chats is heard together with it."""
        if event.upload is None and self._database.sqlite:
            return await self._together.ask(event)
        return await asyncio.to_thread(self.hear, event)

    def hear(self, event: Event) -> Reply:
        """Answer one event. When this returns, what the reply says is stored; it never raises."""
        try:
            return self._heard(self._decoded(event))
        except Exception as error:
            return self._failed(event, error)

    def _heard(self, event: Event) -> Reply:
        try:
            with self._change(event.channel, event.address) as session:
                return self._answer(session, event)
        except Exception as error:
            if not is_deadlock(error):
                raise
        # The other one was let through: now it is seen what is left to do.
        with self._change(event.channel, event.address) as session:
            return self._answer(session, event)

    def _failed(self, event: Event, error: Exception) -> Reply:
        """What is answered to an event of which nothing is kept."""
        if isinstance(error, Refused):
            self._keep_refused(event)
            self._is_there(event)
            stood = self.look(event.channel, event.address)
            return replace(stood, toast=str(error), stays=event.press is None)
        log.error(
            "broken", channel=event.channel, press=event.press, typed=event.text is not None, exc_info=error
        )
        self._tell_administrators(event)
        self._is_there(event)
        in_words = self.look(event.channel, event.address).screen.in_words
        return Reply(replace(_apology(), in_words=in_words), toast="出错了，请再试一次")

    def _hear_all(self, events: Sequence[Event]) -> list[Reply]:
        """As hear(), with one commit for all: each is kept or not by itself (docs/decisions/0075). It never raises."""
        if len(events) > 1:
            try:
                found = self._heard_together(events)
                return [
                    one if isinstance(one, Reply) else self._failed(event, one)
                    for event, one in zip(events, found, strict=True)
                ]
            except Exception:  # nothing of them is stored: whoever cannot be heard alone is told so
                log.warning("not heard together", exc_info=True)
        return [self.hear(event) for event in events]

    def _heard_together(self, events: Sequence[Event]) -> list[Reply | Exception]:
        """What is answered to each, once that is stored; an exception for those of which nothing is."""
        found: list[Reply | Exception] = []
        changed: list[tuple[Event, frozenset[str]]] = []
        with self._database.write() as session:
            for event in events:
                try:
                    with session.part() as part:
                        found.append(self._answer(part, event))
                    changed.append((event, history.changed(part)))
                except AllUndoneError:
                    raise
                except Exception as error:
                    found.append(error)
        for event, topics in changed:
            self._announce(event.channel, event.address, topics)
        return found

    def offer(self, channel: str, address: str, code: str, *, network: str, expired: bool) -> Offer:
        """What a code would give to whoever is at an address (empty: to somebody new), with nothing used up.

        A wrong code is counted as a typed one is. `expired`: as of an Entry. It never raises.
        """
        try:
            with self._database.read() as session:
                chat = self._chat(session, channel, address)
                work = self._work(session, chat.me, network=network)
                return joining.offer(work, code, expired=expired)
        except invitations.WrongCode as wrong:
            with self._change(channel, address) as session:
                chat = self._chat(session, channel, address, create=bool(address))
                joining.guessed(self._work(session, chat.me, network=network))
            return no_offer(str(wrong))
        except Refused as refused:
            return no_offer(*joining.why(refused, self._clock()))
        except Exception:
            log.exception("broken", channel=channel)
            return no_offer("出错了，请再打开一次。如果还不行，请告诉发链接给您的同志。")

    def enter(self, entry: Entry) -> Entered:
        """Let somebody in by a code. When this returns, it is stored; it never raises."""
        try:
            with self._change(entry.channel, entry.address) as session:
                return self._enter(session, entry)
        except Refused as refused:
            return Entered(refusal=joining.why(refused, self._clock()))
        except Exception:
            log.exception("broken", channel=entry.channel)
            sorry = "出错了，没有加入成功。请再试一次；如果还不行，请告诉发邀请给您的同志。"
            return Entered(refusal=(sorry,))

    def _enter(self, session: Session, entry: Entry) -> Entered:
        if entry.fresh and self._chat(session, entry.channel, entry.fresh).me.person_id is not None:
            return Entered(entry.fresh)  # the answer to the same form was lost
        tried = self._may_try(entry.code, entry.network)
        chat = self._chat(session, entry.channel, entry.address, create=tried)
        if not entry.fresh and entry.key in chat.seen:
            return Entered(entry.address)
        if not entry.fresh and chat.me.person_id is None:
            raise Refused("这里的登录已经变了，没有加入。请重新打开邀请链接。")
        work = self._work(session, chat.me, network=entry.network)
        try:
            made = joining.usable(work, entry.code)
        except invitations.WrongCode as wrong:
            joining.guessed(work)
            return Entered(refusal=(str(wrong),))
        _, receipt = joining.enter(work, made, fresh=entry.fresh, spend=entry.expired)
        address = entry.fresh or entry.address
        there = self._chat(session, entry.channel, address)
        chats.remember(
            session,
            chat=replace(there, seen=(*there.seen, entry.key), below=()),
            screen=wire(joining.begins(work, made)),
        )
        return Entered(address, receipt)

    @contextmanager
    def _change(self, channel: str, address: str) -> Iterator[Session]:
        """A unit of work that begins at an address; once it is stored, the listeners hear what it changed."""
        with self._database.write() as session:
            yield session
            topics = history.changed(session)
        self._announce(channel, address, topics)

    def _announce(self, channel: str, address: str, topics: frozenset[str]) -> None:
        """The listeners hear what is stored now."""
        for listener in self._listeners if topics else ():
            try:
                listener(channel, address, topics)
            except Exception:  # what was answered is stored all the same
                log.exception("a listener failed")

    def _work(self, session: Session, me: Me, **more: Any) -> Work:
        return Work(
            session,
            me,
            self._evidence,
            self._links,
            calendars=self._calendars,
            polls=self._polls,
            reading=self._database.read,
            kept=self._kept,
            backups=self._backups,
            channels=None if self._running is None else frozenset(self._running),
            strangers=self._strangers,
            **more,
        )

    def reaches(self, channel: str, address: str, takes: bool) -> None:
        """A channel says whether a chat takes messages from now on. Nobody is answered; it never raises."""
        try:
            with self._database.read() as session:
                if takes and not self._chat(session, channel, address).refuses:
                    return
            with self._change(channel, address) as session:
                chat = chats.chat_at(
                    session, channel=channel, external=address, now=self._clock(), create=False
                )
                if takes:
                    chats.is_there(session, chat=chat)
                elif chats.has_gone(session, address_id=chat.me.address_id, now=chat.me.now):
                    if chats.addresses(session, chat.me.person_id or 0):
                        return  # another chat of this person does
                    for committee_id in sorted({seat.committee_id for seat in chat.me.seats}):
                        tell_of_silence(
                            session,
                            committee_id,
                            person_id=chat.me.person_id or 0,
                            chat=Address(chat.me.address_id, channel, address),
                            now=chat.me.now,
                        )
        except Exception:
            log.exception("broken", channel=channel, takes=takes)

    # --- group chats ----------------------------------------------------------------------------------------

    def ask_in_group(self, group: Group, person: str, text: str) -> Message | None:
        """What a group chat is shown after a command of whoever is at the address `person`; it never raises.

        None: what everybody is told there, to write in private. Only a committee's own people are heard, and of nobody
        else anything is stored.
        """
        try:
            with self._database.read() as session:
                work = self._work(session, self._chat(session, group.channel, person).me)
                if not groups.may_ask(work, text):
                    return None
                if found := groups.known(work, group):
                    return groups.standings(work, found)
            with self._change(group.channel, person) as session:
                work = self._work(session, self._chat(session, group.channel, person).me)
                return groups.standings(work, groups.meet(work, group))
        except Refused as refused:
            return sentence(str(refused))
        except Exception:
            log.exception("broken", channel=group.channel)
            return None

    def group_moved(self, channel: str, address: str, to: str) -> None:
        """A group chat has another address from now on. It never raises."""
        self._of_group(channel, address, lambda work: groups.move(work, Group(channel, address), to))

    def group_left(self, channel: str, address: str) -> None:
        """The bot is no longer in a group chat, which is forgotten: whoever lets it in again begins anew. It never
        raises."""
        self._of_group(channel, address, lambda work: groups.leave(work, Group(channel, address)))

    def _of_group(self, channel: str, address: str, do: Callable[[Work], None]) -> None:
        """Do something to a group chat that is known; of any other nothing is written."""
        try:
            with self._database.read() as session:
                if not groups.is_known(
                    self._work(session, Me(0, channel, self._clock())), Group(channel, address)
                ):
                    return
            with self._change(channel, address) as session:
                do(self._work(session, Me(0, channel, self._clock())))
        except Exception:
            log.exception("broken", channel=channel)

    def _is_there(self, event: Event) -> None:
        """What was said is not kept, but that something was said is: the chat takes messages again."""
        try:
            with self._database.read() as session:
                chat = chats.chat_at(
                    session, channel=event.channel, external=event.address, now=self._clock(), create=False
                )
            if chat.refuses and event.key not in chat.seen:
                self.reaches(event.channel, event.address, takes=True)
        except Exception:
            log.exception("broken", channel=event.channel)

    def _keep_refused(self, event: Event) -> None:
        """A text that was refused may be edited too: remember where it was heard."""
        if event.message is None or event.text is None or event.edits is not None:
            return
        try:
            with self._change(event.channel, event.address) as session:
                chat = chats.chat_at(
                    session,
                    channel=event.channel,
                    external=event.address,
                    now=self._clock(),
                    about=event.quotes,
                )
                work = self._work(session, chat.me, message=event.message)
                if not sayings.of_message(session, me=chat.me, message=event.message):
                    _keep(work, event, _places(work, event, _showing(event, chat))[0][0])
        except Exception:
            log.exception("a refused text cannot be kept")

    def _decoded(self, event: Event) -> Event:
        """The event with a picture that had to be decoded; who waits for the database does not wait for that."""
        sent = event.upload
        if sent is None or not files.needs_decoding(sent.data):
            return event
        with self._database.read() as session:
            chat = chats.chat_at(
                session, channel=event.channel, external=event.address, now=self._clock(), create=False
            )
        if not chat.me.known or event.key in chat.seen:
            return event
        try:
            return replace(event, upload=Upload(*files.take(sent.name, sent.data)))
        except Refused:  # the reason is said where it is known where the file belongs
            return event

    def _tell_administrators(self, event: Event) -> None:
        """Something broke: the administrators hear of it once a day; the log says what it was."""
        try:
            with self._change(event.channel, event.address) as session:
                me = self._chat(session, event.channel, event.address).me
                for committee_id in sorted({seat.committee_id for seat in me.seats}):
                    notices.tell(
                        session,
                        committee_id=committee_id,
                        persons=seats.in_committee(session, committee_id, Role.ADMINISTRATOR),
                        key=f"x:{me.now:%Y-%m-%d}",
                        action=wire(Home()),
                        said=f"{me.name}的一次操作出错了，没有保存。请在运行日志里查看原因。",
                        now=me.now,
                    )
        except Exception:
            log.exception("the administrators cannot be told")

    def _answer(self, session: Session, event: Event) -> Reply:
        about = event.message if event.press is not None else event.quotes
        chat = self._chat(
            session,
            event.channel,
            event.address,
            create=self._tries_a_code(event),
            about=about,
            to_write=True,
        )
        work = self._work(
            session,
            chat.me,
            name=event.name,
            marked=event.marked,
            file_limit=event.file_limit,
            message=None if event.press is not None else event.message,
            network=event.network,
            fresh=event.fresh,
        )
        if event.fresh and chat.me.person_id is None and self._tries_a_code(event):
            there = self._chat(session, event.channel, event.fresh)
            if there.me.person_id is not None:  # the answer to the same event was lost
                return Reply(standing(work.by(there.me), there.screen, respond), at=event.fresh)
        album = Album.read(chat.album, event.group)
        together = bool(album.group)
        if event.key in chat.seen:
            stands = _for(chat.me, standing(work, chat.screen, respond))
            return Reply(stands, toast=album.words if together else "")
        chat = _showing(event, chat)
        after = replace(chat, seen=(*chat.seen, event.key), below=())
        if event.press is not None:
            reply = respond(work, read(event.press) or Home())
            after = replace(after, below=_still_below(event, chat), shown=_shown(event, chat, reply))
            if chat.notice and chat.notice[1] != wire(reply.screen.here):
                notices.reused(session, chat.notice[0])
        elif event.edits is not None and chat.me.known:
            reply = edited(work, event.edits, clean(event.text or ""), respond)
        elif event.text is not None and not (event.upload or event.unreadable or event.group):
            text, (places, sure) = clean(event.text), _places(work, event, chat)
            hears = hear_spoken if event.spoken else hear
            reply, place = hears(work, text, places, respond, sure=sure)
            _keep(work, event, place)
        else:
            if not together:
                album = Album(event.group or "", *_places(work, event, chat))
            sent = Sent(event.text, event.upload, event.unreadable)
            reply, album, place = receive(work, album, chat.screen, respond, sent)
            _keep(work, event, place)
            after = replace(after, album=album.kept(chat.album))
        if reply.opens:
            return reply
        screen = wire(reply.screen.here)
        if reply.at:
            there = self._chat(session, event.channel, reply.at)
            chats.remember(session, chat=replace(after, me=there.me), screen=screen)
        elif chat.me.address_id:
            chats.remember(session, chat=after, screen=screen)
        else:
            self._strangers.stand(event.channel, event.address, screen, event.key)
        stranger = not chat.me.known and reply.commands is None
        return replace(
            reply,
            screen=_for(chat.me, reply.screen, stranger=stranger),
            receipt=reply.receipt and _for(chat.me, reply.receipt, stranger=stranger),
            stays=event.press is None and not history.changed(session),
            stranger=stranger,
        )

    def _chat(
        self,
        session: Session,
        channel: str,
        address: str,
        *,
        create: bool = False,
        about: str | None = None,
        to_write: bool = False,
    ) -> Chat:
        """Who is at an address, and where they stand; a stranger, as far as it is remembered.

        `to_write`: nobody ends their seats until the unit of work does.
        """
        chat = chats.chat_at(
            session,
            channel=channel,
            external=address,
            now=self._clock(),
            create=create,
            about=about,
            to_write=to_write,
        )
        if chat.me.address_id:
            return chat
        screen, seen = self._strangers.standing(channel, address)
        return replace(chat, screen=screen, seen=seen)

    def _tries_a_code(self, event: Event) -> bool:
        """Whether an event makes a row for its address: only there the wrong codes of a chat are counted."""
        return self._may_try(event.text or "", event.network)

    def _may_try(self, text: str, network: str) -> bool:
        return (
            len(text) <= TYPED_LIMIT
            and codes.looks_like_code(text)
            and self._strangers.blocked_until(network, self._clock()) is None
        )

    def look(self, channel: str, address: str, message: str | None = None) -> Reply:
        """The screen that stands at an address now, with nothing changed; it never raises.

        Or the one that a message there shows, if that is known.
        """
        try:
            with self._database.read() as session:
                chat = self._chat(session, channel, address, about=message)
                work = self._work(session, chat.me)
                place = chat.notice[1] if chat.notice else chat.shown.get(message or "", chat.screen)
                screen = _for(chat.me, standing(work, place, respond))
                return Reply(screen, stranger=not chat.me.known, person=chat.me.person_id)
        except EditionRefused:  # a rating table in use is gone: health tells the administrators
            return Reply(_without_table())
        except Exception:
            log.exception("broken", channel=channel)
            return Reply(_apology())

    def draw(
        self,
        session: Session,
        person_id: int,
        chat: Address,
        shows: Sequence[str],
        said: str,
        way: str | None,
    ) -> Drawn | None:
        """What a notice shows in a chat now, and from then on stands there; None when there is nothing to say.

        `shows`: the one action that draws it; of a letter, all that it tells of, and perhaps none.

        Somebody in the middle of typing something keeps the screen that waits for it, and a chat in which nothing
        was said yet begins at Home. Then the notice invites nobody to type and says the `way` to it instead. Without a
        way nothing stands there and nothing is asked: it is a letter.
        """
        at = self._chat(session, chat.channel, chat.external)
        work = self._work(session, at.me)
        actions = [asked for asked in map(read, shows) if asked is not None]
        wish = preferences.preference(session, person_id)
        if not actions or at.me.person_id != person_id or wish.muted(work.today):
            return None
        if not at.me.known and not isinstance(actions[0], SeatEnded):
            return None
        try:
            if way is None:
                mailed = letter(work, actions)
                return Drawn(mailed, False, False, at.screen) if mailed else None
            [asked], [action] = actions, shows
            message = None if overtaken(work, asked) else respond(work, asked).screen
        except Refused:
            return None
        if message is None:
            return None
        recently = at.heard_at is not None and abs(at.me.now - at.heard_at) < STILL_TYPING
        stands = bool(at.screen) and not (recently and standing(work, at.screen, respond).waits)
        asks = bool(message.hears or message.takes) or isinstance(asked, Reminder)
        chats.arrive(session, address_id=at.me.address_id, screen=action, asks=asks, stands=stands)
        message = (message if stands else message.aside(way)).headed(said)
        return Drawn(_for(at.me, message), asks, stands, at.screen)

    def draw_posting(self, session: Session, action: str) -> Drawn | None:
        """A part of what goes into a group chat, as it is now; None when it is not to go there any more."""
        asked = read(action)
        work = self._work(session, Me(0, WEBHOOK, self._clock()))
        message = posting.drawn(work, asked) if isinstance(asked, PostedPart) else None
        return Drawn(message, asks=False, stands=False, stood="") if message else None

    def watches(self, channel: str, address: str) -> frozenset[str]:
        """The topics whose changes this address may want to see at once, by the seats that are held there now."""
        return history.watched(self.who(channel, address))

    def who(self, channel: str, address: str) -> Me:
        """Who is at this address."""
        with self._database.read() as session:
            return self._chat(session, channel, address).me

    def visited(self, channel: str, address: str) -> None:
        """Somebody opened the page, which renews the login: noted once a day. It never raises."""
        try:
            with self._database.read() as session:
                chat = self._chat(session, channel, address)
            if chat.heard_at is not None and abs(chat.me.now - chat.heard_at) >= VISITS_APART:
                with self._change(channel, address) as session:
                    chats.visited(session, address_id=chat.me.address_id, now=chat.me.now)
        except Exception:
            log.exception("broken", channel=channel)

    def calendar(self, key: str) -> bytes | None:
        """What a phone's calendar gets under this secret, or None when it opens nothing."""
        with self._database.read() as session:
            return feed(session, key, self._clock())

    def subscribe(self, listener: Listener) -> None:
        """Call listener(channel, address, topics) after each commit that changed something, from the worker thread."""
        self._listeners.append(listener)


def _for(me: Me, message: Message, *, stranger: bool | None = None) -> Message:
    """The message for whoever reads it: in words where they chose that, and for strangers, who may not see a card."""
    stranger = not me.known if stranger is None else stranger
    return message if message.in_words is not None else replace(message, in_words=me.in_words or stranger)


def _still_below(event: Event, chat: Chat) -> tuple[str, ...]:
    """The notices that are under the screen after a press: a press changes the message it was pressed on.

    Where messages have no names there is one screen, which is the newest thing in the chat.
    """
    if event.message is None:
        return ()
    gone = chat.notice[1] if chat.notice else ""
    return tuple(one for one in chat.below if one != gone)


def _showing(event: Event, chat: Chat) -> Chat:
    """The chat, with the name of the message that shows what stands; only a press changes what a message shows."""
    if event.screen is None or not chat.screen or event.screen in chat.shown:
        return chat
    return replace(chat, shown={**chat.shown, event.screen: chat.screen})


def _shown(event: Event, chat: Chat, reply: Reply) -> dict[str, str]:
    """What messages show after a press: it changes the one it was pressed on, unless it leaves a receipt or a file."""
    if event.message is None or reply.screen.attachment is not None:
        return chat.shown
    others = {name: screen for name, screen in chat.shown.items() if name != event.message}
    return others if reply.receipt else {**others, event.message: wire(reply.screen.here)}


def _places(work: Work, event: Event, chat: Chat) -> tuple[tuple[str, ...], bool]:
    """The screens, as actions, that what was said may be meant for, and whether it is surely meant for one of them."""
    if event.quotes is not None and chat.notice:
        return (chat.notice[1],), True
    said = sayings.of_message(work.session, me=work.me, message=event.quotes) if event.quotes else ()
    for one in said:
        if one.heard:
            return (one.places[0][0],), True
    if event.quotes in chat.shown:
        return (chat.shown[event.quotes],), True
    others = () if chat.below[-1:] == (chat.screen,) else tuple(reversed(chat.below))
    sure = event.quotes is None or not chat.me.known
    return (chat.screen, *(place for place in others if place != chat.screen)), sure


def _keep(work: Work, event: Event, place: str | None) -> None:
    """Remember where a text was heard or a file taken: it may be edited afterwards, the file be given a caption."""
    if event.message and (event.text or event.upload) and place is not None and work.me.known:
        sayings.add(
            work.session,
            me=work.me,
            text=visible(event.text or "")[:TYPED_LIMIT],
            places=[(place, "")],
            heard=True,
            message=event.message,
        )


def _without_table() -> Message:
    """For when not even Home can be drawn: nothing is lost, and somebody sees to it."""
    return Message(
        title="暂时打不开",
        lines=("评价表的文件有问题，填报和结果暂时看不了；已经填写的都在。管理员会收到通知，请稍后再试。",),
        rows=((Button("首页", Home(), main=True),),),
    )


def _apology() -> Message:
    """For what should not have happened: nothing was changed, and there is a way on."""
    return Message(
        title="抱歉，出了点问题",
        lines=("刚才的操作没有保存，请再试一次。如果还不行，请过一会儿再来。",),
        rows=((Button("首页", Home(), main=True),),),
    )
