"""删除个人资料: by an administrator for who left, and by whoever left for themselves."""

from typing import assert_never

from bot.actions import AskForget, AskForgetMe, Departed, Forget, ForgetMe, Forgetting
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import Me, forget, staff
from bot.screens import forgetting as screens
from bot.screens.home import welcome
from bot.screens.layout import part
from bot.store import forgetting as store
from bot.store import seats, staffing
from bot.values import Holder
from scoring.refusal import Refused


def respond(work: Work, action: Forgetting) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Departed(committee, number):
            staff(work.me, committee)
            return Reply(_departed(work, committee, number))
        case AskForget(committee, person):
            one = _other(work, committee, person)
            alone = seats.leading_alone(work.session, (s.seat for s in one.seats if s.until is None))
            return Reply(screens.ask_forget(work.me, committee, one, work.backups, alone))
        case Forget(committee, person):
            _other(work, committee, person)
            store.forget(work.session, me=work.me, person_id=person, committee_id=committee, kept=work.kept)
            return Reply(_departed(work, committee, 0), toast="已删除这位同志的个人资料")
        case AskForgetMe():
            return Reply(_ask_myself(work))
        case ForgetMe():
            store.forget(work.session, me=work.me, person_id=_myself(work), kept=work.kept)
            return Reply(welcome(Me(0, work.me.channel, work.me.now)), toast="已删除您的个人资料")
        case _:
            assert_never(action)


def _departed(work: Work, committee_id: int, number: int) -> Message:
    committee = next(seat for seat in work.me.seats if seat.committee_id == committee_id)
    found = staffing.departed(work.session, committee_id)
    page = part(found, number, screens.LISTED, screens.LISTED)
    first = found.index(page.shown[0]) + 1 if page.shown else 1
    return screens.departed(work.me, committee, page, first)


def _other(work: Work, committee_id: int, person_id: int) -> Holder:
    """Somebody else who is or was in a committee, by an administrator of it. Raises Refused."""
    forget(work.me, committee_id, person_id)
    return store.whom(work.session, committee_id=committee_id, person_id=person_id)


def _ask_myself(work: Work) -> Message:
    _myself(work)
    return screens.ask_forget_me(work.me, work.backups)


def _myself(work: Work) -> int:
    """Who I am, without a seat. Raises Refused."""
    if work.me.person_id is None or work.me.known:
        raise Refused(store.STILL_SEATED)
    return work.me.person_id
