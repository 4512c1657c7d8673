"""Carries what is owed in the outbox to each person's chat, within what each channel allows.

A notice is claimed, drawn as it looks now and marked as being sent in one transaction, and only then is the channel
called. So a process that dies leaves either a claim, which another one takes over, or a call of which nobody knows
whether it arrived. What a channel says is sorted by cause: arrived, surely not sent (again later), limited (again
when the channel says), refused (this chat takes nothing any more: another chat of the person, or the people beside
them are told), undeliverable, and everything else: uncertain. Where nothing rings, on the web page, it
is unseen (等待查看) until somebody saw it there.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol
from weakref import WeakValueDictionary

import structlog
from prometheus_client import Counter
from sqlalchemy.exc import DBAPIError

from bot.actions import read
from bot.conversation import Conversation, Drawn
from bot.dialogue.mailing import MAILED, tell_of_address
from bot.dialogue.posting import tell_of_trouble
from bot.dialogue.reminding import tell_of_silence
from bot.message import Message
from bot.store import chats, groups, notices, outbox
from bot.store.chats import Address
from bot.store.database import Database, Session
from bot.store.notices import Owed
from bot.store.outbox import Claimed, Route
from bot.values import refusal

LANES = 32  # notices on their way at the same time
PAUSE = 2.0  # seconds between two looks at an outbox that has nothing due
LETTER_AFTER = timedelta(seconds=20)  # a page that is open has shown by then what a letter would be about
BACK_OFF = (20, 60, 180, 600)  # seconds until a notice that was surely not sent is tried again

log = structlog.get_logger()
OUTCOMES = Counter("notices", "Notices carried, by what became of them", ["outcome"])


class NotArrivedError(Exception):
    """The message surely did not arrive; each cause is an error of its own."""


class NotSentError(NotArrivedError):
    """The channel could not be reached."""


class LimitedError(NotArrivedError):
    """The channel wants to be left alone for some seconds; the message did not arrive."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"limited for {wait} s")
        self.wait = wait


class RefusedError(NotArrivedError):
    """The channel takes nothing for this chat: blocked, deleted, unknown."""


class UndeliverableError(NotArrivedError):
    """The channel does not take this message."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """What `push` gives back for a message that lies where its person has yet to look, as nothing rings there.

    The channel says so to the outbox when it showed it.
    """


class Channel(Protocol):
    """What a channel offers. `push` raises one of the errors above; any other one means that nobody knows."""

    @property
    def way(self) -> str | None:
        """How a notice can be answered that is not the screen which hears what is typed, in a sentence.

        None where nothing is answered at all: the channel only tells (mail). It gets one letter a day, of what no chat
        has rung for, and a shorter text.
        """

    def sends(self) -> bool:
        """Whether this process can send now: it has the connection that this takes, if one is kept at all.

        What it cannot bring waits for the process that can.
        """

    async def turn(self, address: str) -> None:
        """Wait until this chat may get a message."""

    async def push(self, address: str, message: Message, *, stands: bool) -> str | Unseen | None:
        """Put a new message into a chat that asked for none; what the channel calls it, where messages have names.

        `stands`: it is the screen of this chat from now on.
        """


class Delivery:
    """The postman. `channels` in the order in which a person's chats are tried; `owner` names this process.

    What no chat rings for is owed once more for the channels that only tell: one letter a day, a notice of its own.

    A notice goes through `claim`, `find_chats` and `begin`, and ends in one of the steps after them. Each is one unit
    of work, after which a process may die; whoever lost its claim meanwhile changes nothing with any of them.
    """

    def __init__(
        self,
        database: Database,
        conversation: Conversation,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        owner: str,
    ) -> None:
        self._database, self._conversation, self._channels = database, conversation, channels
        self._clock, self._owner, self._claims = clock, owner, count(1)
        self._posts = {name for name, channel in channels.items() if channel.way is None}
        # By person, and one for groups: what is owed to one comes in the order it was owed.
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def run(self) -> None:
        """Carry until cancelled; a slow chat holds up no other."""
        flying: set[asyncio.Task[None]] = set()
        try:
            while True:
                taken = await self._take(LANES - len(flying)) if len(flying) <= LANES // 2 else ()
                flying |= {asyncio.create_task(self.carry(notice)) for notice in taken}
                if flying:
                    _, flying = await asyncio.wait(flying, timeout=PAUSE, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.sleep(PAUSE)
        finally:
            await asyncio.gather(*flying, return_exceptions=True)

    async def round(self) -> int:
        """Carry what is due now, once; how many notices that were."""
        taken = await self._take(LANES)
        await asyncio.gather(*(self.carry(notice) for notice in taken))
        return len(taken)

    async def _take(self, room: int) -> tuple[Claimed, ...]:
        try:
            return await asyncio.to_thread(self.claim, room)
        except DBAPIError:
            log.exception("the outbox cannot be read")
            return ()

    async def carry(self, notice: Claimed) -> None:
        """Bring one notice to its person. Whatever goes wrong is in the outbox; here it is only logged."""
        turn = self._turns.setdefault(0 if _is_posting(notice) else notice.person_id, asyncio.Lock())
        try:
            async with turn:
                outcome = await self._try(notice)
        except DBAPIError:  # who claims it when its lease is over goes on from what the database says
            log.exception("the outbox cannot be written", notice=notice.id)
            outcome = "left"
        except Exception:
            log.exception("a notice is broken", notice=notice.id)
            outcome = await asyncio.to_thread(self.give_up, notice, "程序出错，请查看日志", "claimed")
        OUTCOMES.labels(outcome).inc()

    async def _try(self, notice: Claimed) -> str:
        chats = await asyncio.to_thread(self.find_chats, notice)
        for chat in chats:
            if not self._channels[chat.channel].sends():
                await asyncio.to_thread(self.leave, notice)
                return "left"
            await self._channels[chat.channel].turn(chat.external)
            if outcome := await self._bring(notice, chat):
                return outcome
        if await asyncio.to_thread(self.forgo, notice, bool(chats)):
            return "void"
        why = await asyncio.to_thread(self.why_not, notice)
        return await asyncio.to_thread(self.give_up, notice, why, "claimed")

    async def _bring(self, notice: Claimed, chat: Address) -> str:
        """Draw a notice for one chat and call the channel; what became of it, empty when another chat may do."""
        channel = self._channels[chat.channel]
        drawn = await asyncio.to_thread(self.begin, notice, chat)
        if drawn is None:
            return "void"
        try:
            message = await channel.push(chat.external, drawn.message, stands=drawn.stands)
        except NotArrivedError as error:
            await asyncio.to_thread(self._take_back, notice, chat, drawn)
            return await asyncio.to_thread(self._not_arrived, notice, chat, error)
        except Exception as error:
            return await asyncio.to_thread(self.hold, notice, type(error).__name__)
        return await asyncio.to_thread(self.confirm, notice, chat, message, drawn.asks)

    # --- each step is one unit of work ---------------------------------------------------------------------

    def claim(self, room: int) -> tuple[Claimed, ...]:
        """Take up to so many notices that are due for this process alone, and those whose process died."""
        now, route = self._clock(), self._route()
        with self._database.read() as session:
            if not outbox.due(session, now=now, route=route):
                return ()
        with self._database.write() as session:
            owner = f"{self._owner}-{next(self._claims)}"
            outbox.recover(session, now=now, route=route)
            return outbox.claim(session, owner=owner, now=now, limit=room, route=route)

    def _route(self) -> Route:
        order = tuple(name for name in self._channels if name not in self._posts)
        return Route(order, frozenset(name for name in order if not self._channels[name].sends()))

    def leave(self, notice: Claimed) -> None:
        """Its chat is on a channel by which another process sends, or this one later."""
        with self._database.write() as session:
            outbox.leave(session, notice_id=notice.id, owner=notice.owner)

    def find_chats(self, notice: Claimed) -> list[Address]:
        """The person's chats on the channels that run here, best first; for a letter, where letters go.

        Of what goes into a group chat that alone, which is nobody's address: its number is 0.
        """
        with self._database.read() as session:
            if _is_posting(notice):
                group = groups.webhook(session, notice.committee_id)
                there = group is not None and group.channel in self._channels
                return [Address(0, group.channel, group.address)] if group and there else []
            found = chats.addresses(session, notice.person_id)
        order = list(self._channels)
        usable = [chat for chat in found if self._goes_by(notice, chat.channel)]
        return sorted(usable, key=lambda chat: order.index(chat.channel))

    def why_not(self, notice: Claimed) -> str:
        """Why no chat of its person takes it."""
        with self._database.read() as session:
            found = chats.refusing(session, notice.person_id)
        theirs = [channel for channel in found if self._goes_by(notice, channel)]
        return _refusal(notice, theirs[0]) if theirs else "没有可用的聊天渠道"

    def _goes_by(self, notice: Claimed, channel: str) -> bool:
        """Whether a channel runs here and is for notices of this kind."""
        return channel in self._channels and (channel in self._posts) == _is_letter(notice)

    def begin(self, notice: Claimed, chat: Address) -> Drawn | None:
        """What is to be sent, now that the outbox says so; None when there is nothing to say or it is not ours."""
        now, owner, at = self._clock(), notice.owner, chat.id or None
        with self._database.write() as session:
            if not outbox.sending(session, notice_id=notice.id, owner=owner, address_id=at, now=now):
                return None
            drawn = self._draw(session, notice, chat, now)
            if drawn is None:
                outbox.void(session, notice_id=notice.id, owner=owner, now=now)
            return drawn

    def _draw(self, session: Session, notice: Claimed, chat: Address, now: datetime) -> Drawn | None:
        person, action, way = notice.person_id, notice.action, self._channels[chat.channel].way
        if _is_posting(notice):
            return self._conversation.draw_posting(session, action)
        shows = [action]
        if way is None:  # whatever came today and was not seen, whichever of it the letter was owed for
            since = now.replace(hour=0, minute=0, second=0, microsecond=0)
            shows = outbox.awaited(session, person_id=person, action=action, since=since)
        said = "（补发）" + notice.said if notice.again else notice.said
        return self._conversation.draw(session, person, chat, shows, said, way)

    def confirm(self, notice: Claimed, chat: Address, message: str | Unseen | None, asks: bool) -> str:
        """It arrived, under the name that the channel gave it, or lies there; `asks`: it asks for an answer."""
        now, owner, lies = self._clock(), notice.owner, isinstance(message, Unseen)
        with self._database.write() as session:
            if isinstance(message, Unseen):
                ours = outbox.unseen(session, notice_id=notice.id, owner=owner, now=now)
            else:
                ours = outbox.sent(session, notice_id=notice.id, owner=owner, now=now, message=message)
            if ours and chat.id:  # an answer may have come before it
                chats.arrive(session, address_id=chat.id, screen=notice.action, asks=asks)
                if lies:
                    self._owe_letter(session, notice, now)
        return ("unseen" if lies else "sent") if ours else "late"

    def _take_back(self, notice: Claimed, chat: Address, drawn: Drawn) -> None:
        """It did not arrive, so it does not stand there either."""
        if not chat.id:
            return
        with self._database.write() as session:
            if outbox.is_sending(session, notice_id=notice.id, owner=notice.owner):
                chats.stay_away(session, address_id=chat.id, screen=notice.action, stood=drawn.stood)

    def _not_arrived(self, notice: Claimed, chat: Address, error: NotArrivedError) -> str:
        match error:
            case RefusedError():
                self.mark_refused(notice, chat, str(error))
                return ""
            case LimitedError():
                return self.postpone(notice, error.wait, "渠道限制了发送速度", 0)
            case NotSentError():
                wait = BACK_OFF[min(notice.tries, len(BACK_OFF) - 1)]
                where = "连不上邮件服务器" if _is_letter(notice) else outbox.UNREACHED
                return self.postpone(notice, wait, where, 1)
            case _:
                return self.give_up(notice, f"渠道不接受这条消息：{error}", "sending")

    def postpone(self, notice: Claimed, wait: float, why: str, failures: int) -> str:
        """It surely did not arrive: it is due again in some seconds, with so many failures more."""
        at = self._clock() + timedelta(seconds=wait)
        with self._database.write() as session:
            outbox.later(
                session,
                notice_id=notice.id,
                owner=notice.owner,
                at=at,
                problem=why,
                tries=notice.tries + failures,
            )
        return "later"

    def hold(self, notice: Claimed, error: str) -> str:
        """Nobody knows whether it arrived."""
        log.warning("nobody knows whether a notice arrived", notice=notice.id, error=error)
        with self._database.write() as session:
            outbox.uncertain(
                session,
                notice_id=notice.id,
                owner=notice.owner,
                now=self._clock(),
                problem="没有收到渠道的回答，不知道是否送达",
            )
            self._tell_of_trouble(session, notice)
        return "uncertain"

    def give_up(self, notice: Claimed, why: str, state: str) -> str:
        """It did not arrive and will not; `state` is the one that it was in."""
        with self._database.write() as session:
            outbox.failed(
                session,
                notice_id=notice.id,
                owner=notice.owner,
                state=state,
                now=self._clock(),
                problem=why[:200],
            )
            self._tell_of_trouble(session, notice)
        return "failed"

    def _tell_of_trouble(self, session: Session, notice: Claimed) -> None:
        """Nobody misses what should be in a group chat but who had it sent."""
        if _is_posting(notice):
            person, key, now = notice.person_id, notice.key, self._clock()
            tell_of_trouble(session, notice.committee_id, person_id=person, key=key, now=now)

    def forgo(self, notice: Claimed, tried: bool) -> bool:
        """Whether nobody need see to what no chat took: it is mailed instead, or is a letter whose address is gone.

        `tried`: an address was there.
        """
        now = self._clock()
        with self._database.write() as session:
            mailed = self._owe_letter(session, notice, now)
            if not mailed and (tried or not _is_letter(notice)):
                return False
            why = outbox.BY_MAIL if mailed else "邮箱已删除"
            outbox.dropped(session, notice_id=notice.id, owner=notice.owner, now=now, problem=why)
        return True

    def _owe_letter(self, session: Session, notice: Claimed, now: datetime) -> bool:
        """Owe the letter of the day about a notice that rang nowhere; whether one will leave that has it in."""
        if _is_letter(notice) or not isinstance(read(notice.action), MAILED):
            return False
        if not any(one.channel in self._posts for one in chats.addresses(session, notice.person_id)):
            return False
        letter = Owed(
            notice.person_id,
            f"{outbox.LETTER}{now:%Y-%m-%d}",
            notice.action,
            now + LETTER_AFTER,
            notice.expires_at,
        )
        return notices.leaves(session, person_id=letter.person_id, key=letter.key) or bool(
            notices.owe(session, committee_id=notice.committee_id, notices=[letter], anew=True)
        )

    def mark_refused(self, notice: Claimed, chat: Address, error: str) -> None:
        """Mark the chat, and tell the people beside its person, or else the administrators, once a day.

        Of an address for letters its person is told, in the chat.
        """
        log.info("a chat takes nothing any more", address=chat.id, error=error)
        now = self._clock()
        tell = tell_of_address if _is_letter(notice) else tell_of_silence
        with self._database.write() as session:
            outbox.refused(
                session,
                notice_id=notice.id,
                owner=notice.owner,
                address_id=chat.id,
                now=now,
                problem=_refusal(notice, chat.channel),
            )
            tell(session, notice.committee_id, person_id=notice.person_id, chat=chat, now=now)


def _refusal(notice: Claimed, channel: str) -> str:
    return "邮箱收不到信" if _is_letter(notice) else refusal(channel)


def _is_posting(notice: Claimed) -> bool:
    """Whether it goes into a group chat."""
    return notice.key.startswith(outbox.POSTING)


def _is_letter(notice: Claimed) -> bool:
    """Whether it goes where nothing can be answered."""
    return notice.key.startswith(outbox.LETTER)
