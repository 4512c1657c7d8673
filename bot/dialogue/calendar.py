"""日历: one task as a file, and a person's deadlines at an address of their own."""

import hashlib
from datetime import datetime, timedelta
from typing import assert_never

from bot.actions import LARGEST, CalendarLink, NewCalendarLink, Noting, TaskCalendar
from bot.dialogue.answering import duty_behind
from bot.dialogue.duties import see
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.paper import ics
from bot.permissions import Me
from bot.screens import calendar as screens
from bot.screens.duties import behind, title
from bot.store import calendars, duties
from bot.store.database import Session
from bot.values import Owing
from jobs.duties.catalogue import Duty

NAME = "党支部待办"
LOOK_BACK = timedelta(days=60)


def respond(work: Work, action: Noting) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case TaskCalendar(task):
            owed = see(work, task)
            duty = duty_behind(owed)
            file = ics.single(_entry(work.me, owed, duty))
            return Reply(screens.task_file(owed, duty, ics.MIME, file))
        case CalendarLink():
            return Reply(_link(work))
        case NewCalendarLink(besides):
            return _renew(work, besides)
        case _:
            assert_never(action)


def feed(session: Session, key: str, now: datetime) -> bytes | None:
    """The calendar that a secret opens, as its person's seats allow now; None when nobody has that secret."""
    me = calendars.holder(session, key=key, now=now)
    if me is None:
        return None
    bodies, since = _bodies(me), now.date() - LOOK_BACK
    branches, committees = {b for _, b in bodies if b}, {c for c, b in bodies if not b}
    owing = duties.due_since(session, branch_ids=branches, committee_ids=committees, since=since)
    return ics.subscription(NAME, [_entry(me, owed, duty) for owed, duty in behind(owing)])


def _bodies(me: Me) -> set[tuple[int, int]]:
    """Whose duties are mine: (committee, branch), with 0 for a committee's own."""
    return {
        (seat.committee_id, seat.branch_id or 0)
        for seat in me.seats
        if seat.branch_id or me.in_committee(seat.committee_id)
    }


def _entry(me: Me, owed: Owing, duty: Duty) -> ics.Entry:
    """A task in somebody's calendar; it names the branch where that is not plain."""
    name, branch = title(owed, duty), owed.branch.removesuffix("党支部")
    if branch and len(_bodies(me) | {(owed.committee_id, owed.branch_id or 0)}) > 1:
        name = f"{name} · {branch}"
    return ics.Entry(owed.uid, owed.due, name, screens.about(owed, duty), owed.changes, owed.done_at)


def _link(work: Work) -> Message:
    key = calendars.key_of(work.session, work.me.person_id)
    url = (f"{work.calendars}{key}.ics" if key else "") if work.calendars else None
    return screens.link(work.me, url, _number(key))


def _renew(work: Work, besides: int) -> Reply:
    key = calendars.key_of(work.session, work.me.person_id)
    changed = _number(key) == besides and calendars.renew(work.session, me=work.me, old=key)
    toast = ("地址已换，旧的已作废" if key else "地址已生成") if changed else "现在的地址是这一个"
    return Reply(_link(work), toast=toast)


def _number(key: str | None) -> int:
    """Stands for a secret in a button without telling it; 0 for none."""
    return 1 + int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % LARGEST if key else 0
