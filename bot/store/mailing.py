"""邮件提醒: where a person's reminders go by mail, and the codes by which an address is confirmed.

A confirmed address is one of the person's addresses, on the channel "mail": there it is refused, reached and counted as
any other. A code is a row of its own, kept for a day: as long as what it is measured by.
"""

import re
import secrets
import unicodedata
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.actions import ByMail, wire
from bot.permissions import Me
from bot.store import chats, notices, seats
from bot.store.database import Database, Session, insert, lock
from bot.store.tables import ADDRESS, MAIL_CODE, PERSON
from bot.values import Mailbox, MailedCode
from scoring.refusal import Refused

CHANNEL = "mail"
VALID = timedelta(minutes=30)  # a code
KEPT = timedelta(days=1)  # a code that is of no use any more: so long its like are counted
APART = timedelta(minutes=1)  # two codes for one person
CODES_A_DAY, ADDRESSES_A_DAY = 6, 3  # of one person
TO_ONE_A_DAY = 4  # codes to one address, whoever asks
WRONG = 5  # tries at one code
BACK_OFF = (10, 60, 300, 600)  # seconds until a code that was surely not sent is tried again
LONGEST = 100  # characters of an address
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"({_LOCAL})@((?:{_LABEL}\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9])")
_a, _c = ADDRESS.c, MAIL_CODE.c


def clean_address(text: str) -> str:
    """An address as it is kept: plain letters, its domain in lower case. Raises Refused."""
    plain = unicodedata.normalize("NFKC", text).strip().strip("<>。，,;；")
    found = _ADDRESS.fullmatch(plain)
    if found is None or len(plain) > LONGEST or len(found[1]) > 64:
        raise Refused("这个邮箱地址不完整，请核对后再输入，例如：name@example.com")
    return f"{found[1]}@{found[2].lower()}"


_SAID = re.compile(r"(?:我的|绑定|换|改)?(?:电子)?(?:邮箱|邮件)(?:地址)?[是为:：\s]*")


def address_in(text: str) -> str:
    """The address of which a text consists, perhaps called one (我的邮箱是 …); empty when there is none or more."""
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        return clean_address(_SAID.sub("", plain, count=1))
    except Refused:
        return ""


def code_in(text: str) -> str:
    """The code in a text; empty when there is none."""
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text))
    return digits if re.fullmatch("[0-9]{4,8}", digits) else ""


_LAST = (
    sa.select(sa.func.max(_c.id))
    .where(_c.person_id == sa.bindparam("person"), _c.made_at > sa.bindparam("since", type_=_c.made_at.type))
    .scalar_subquery()
)
_MAILBOX = (
    sa.select(_a.external, _a.refused_at, _c.address, _c.state)
    .select_from(PERSON)
    .outerjoin(ADDRESS, (_a.person_id == PERSON.c.id) & (_a.channel == CHANNEL))
    .outerjoin(MAIL_CODE, (_c.person_id == PERSON.c.id) & (_c.state != "over") & (_c.id == _LAST))
    .where(PERSON.c.id == sa.bindparam("person"))
)


def mailbox(session: Session, person_id: int, *, now: datetime) -> Mailbox:
    """Where a person's mail goes. One query."""
    row = session.execute(_MAILBOX, {"person": person_id, "since": now - VALID}).first()
    if row is None:
        return Mailbox()
    address, refused_at, asked, state = row
    return Mailbox(address or "", refused_at is not None, asked or "", state == "sent", state == "refused")


_COUNTS = sa.select(_c.person_id, _c.address, _c.made_at, _c.state).where(
    (_c.person_id == sa.bindparam("person")) | (_c.address == sa.bindparam("address")),
    _c.made_at > sa.bindparam("since", type_=_c.made_at.type),
)
_END = (
    sa.update(MAIL_CODE)
    .where(_c.person_id == sa.bindparam("person"), _c.state != "over")
    .values(state="over")
)
_REPLACE = _END.where(_c.state != "refused")


def ask(session: Session, *, me: Me, address: str) -> None:
    """Have a code mailed to an address, which takes the place of any before it. Raises Refused when it is too often.

    Another address need not wait, and neither need one that took no code.
    """
    person = me.person_id or 0
    lock(session, PERSON, person)
    asked = {"person": person, "address": address, "since": me.now - KEPT}
    rows = session.execute(_COUNTS, asked).all()
    mine = [row for row in rows if row.person_id == person]
    if any(
        row.address == address and row.state != "refused" and me.now - row.made_at < APART for row in mine
    ):
        raise Refused("验证码刚刚发到过这个邮箱。请等一分钟，没有收到再试一次。")
    others = {row.address for row in mine} - {address}
    if len(others) >= ADDRESSES_A_DAY:
        raise Refused("今天试过的邮箱太多了，请明天再来，并先核对地址。")
    if len(mine) >= CODES_A_DAY or sum(row.address == address for row in rows) >= TO_ONE_A_DAY:
        raise Refused("今天发到这里的验证码已经够多了，请明天再试；先看看邮箱的垃圾箱。")
    session.execute(_REPLACE, {"person": person})
    code = f"{secrets.randbelow(10**6):06d}"
    insert(session, MAIL_CODE, person_id=person, address=address, code=code, made_at=me.now, send_at=me.now)


_OPEN = sa.select(_c.id, _c.address, _c.code, _c.tries).where(
    _c.person_id == sa.bindparam("person"),
    _c.state.in_(("asked", "sending", "sent")),
    _c.made_at > sa.bindparam("since", type_=_c.made_at.type),
)
_WRONG = sa.update(MAIL_CODE).where(_c.id == sa.bindparam("code_id")).values(tries=_c.tries + 1)


def confirm(session: Session, *, me: Me, code: str) -> str:
    """Let the address to which this code was mailed be the person's; empty, or why not. A wrong one is counted."""
    person = me.person_id or 0
    lock(session, PERSON, person)
    found = session.execute(_OPEN, {"person": person, "since": me.now - VALID}).first()
    if found is None:
        return "验证码已经失效，请重新输入邮箱地址。"
    if found.tries >= WRONG:
        return "验证码已经失效，请点「重新发送」。"
    if not secrets.compare_digest(found.code, code):
        session.execute(_WRONG, {"code_id": found.id})
        left = WRONG - found.tries - 1
        return (
            f"验证码不对，请核对最新一封邮件；还可以试 {left} 次。"
            if left
            else "验证码错了太多次，请点「重新发送」。"
        )
    there = chats.chat_at(session, channel=CHANNEL, external=found.address, now=me.now, create=False)
    if there.me.person_id not in (None, person):
        session.execute(_END, {"person": person})
        return "这个邮箱已经是另一位同志的提醒邮箱，一个邮箱只能给一位同志用，请换一个。"
    forget(session, person)
    there = chats.chat_at(session, channel=CHANNEL, external=found.address, now=me.now)
    chats.belongs(session, address_id=there.me.address_id, person_id=person)
    return ""


_FORGET = (
    sa.update(ADDRESS)
    .where(_a.person_id == sa.bindparam("person"), _a.channel == CHANNEL)
    .values(person_id=None, external=sa.literal("gone ") + sa.cast(_a.id, sa.String), heard_at=None)
)


def forget(session: Session, person_id: int) -> None:
    """Keep no address of a person, confirmed or asked for: what is left of it has no name, and goes with strangers."""
    session.execute(_FORGET, {"person": person_id})
    session.execute(_END, {"person": person_id})


class MailedCodes:
    """The codes that are to be mailed, for the channel that does. Its methods block and are units of work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, now: datetime) -> list[MailedCode]:
        """The codes to be mailed now, each for one process alone; what is of no use any more is deleted."""
        times = {"at": now, "valid": now - VALID, "kept": now - KEPT}
        with self._database.read() as session:
            if not session.execute(_ANY, times).scalar():
                return []
        with self._database.write() as session:
            session.execute(_DELETE, times)
            return [MailedCode(*row) for row in session.execute(_TAKE, times).all()]

    def sent(self, code: MailedCode) -> None:
        """It arrived, or may have: nobody but its person would know."""
        self._becomes(code, state="sent")

    def later(self, code: MailedCode, now: datetime) -> None:
        """It surely did not arrive, and is tried again in a while."""
        wait = timedelta(seconds=BACK_OFF[min(code.failures, len(BACK_OFF) - 1)])
        self._becomes(code, state="asked", send_at=now + wait, failures=code.failures + 1)

    def refused(self, code: MailedCode, now: datetime) -> None:
        """Its address takes nothing: it is not tried again, and the person is told where they are."""
        self._becomes(code, state="refused")
        with self._database.write() as session:
            for seat in seats.held_by(session, code.person_id)[:1]:
                notices.tell(
                    session,
                    committee_id=seat.committee_id,
                    persons=[code.person_id],
                    key=f"e:{code.id}",
                    action=wire(ByMail()),
                    said="",  # the screen says it
                    now=now,
                )

    def _becomes(self, code: MailedCode, **change: object) -> None:
        with self._database.write() as session:
            which = (_c.id == code.id, _c.state == "sending")
            session.execute(sa.update(MAIL_CODE).where(*which).values(**change))


_AT = sa.bindparam("at", type_=_c.made_at.type)
_VALID = sa.bindparam("valid", type_=_c.made_at.type)
_OLD = _c.made_at < sa.bindparam("kept", type_=_c.made_at.type)
_READY = (_c.state == "asked") & (_c.send_at <= _AT) & (_c.made_at > _VALID)
_ANY = sa.select(sa.select(_c.id).where(_READY).exists() | sa.select(_c.id).where(_OLD).exists())
_DELETE = sa.delete(MAIL_CODE).where(_OLD)
_TAKE = (
    sa.update(MAIL_CODE)
    .where(_READY)
    .values(state="sending")
    .returning(_c.id, _c.person_id, _c.address, _c.code, _c.failures)
)
