"""人员: an administrator sees who holds which seat, takes one away, passes it on, cuts a lost phone off."""

from typing import assert_never

from bot.actions import (
    AskCutOff,
    AskRemove,
    CutOff,
    PassOn,
    People,
    PersonCard,
    RemoveSeat,
    SeatEnded,
    Staffing,
    TypedPerson,
)
from bot.dialogue.joining import shown
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import remove_seat, staff
from bot.screens import staffing as screens
from bot.screens.layout import part
from bot.store import invitations, joining, logins, seats
from bot.store import staffing as store
from bot.values import HeldSeat, Holder
from scoring.numerals import quoted
from scoring.refusal import Refused, Unread


def respond(work: Work, action: Staffing) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case People(committee, number):
            staff(work.me, committee)
            return Reply(_people(work, committee, store.holders(work.session, committee), number))
        case TypedPerson(committee, text):
            staff(work.me, committee)
            return Reply(_named(work, committee, text))
        case PersonCard(committee, person):
            staff(work.me, committee)
            return Reply(_card(work, committee, person))
        case AskRemove(seat):
            held, person, name = _seat(work, seat)
            alone = seats.leading_alone(work.session, [held.seat])
            return Reply(screens.ask_remove(work.me, held, person, name, alone))
        case RemoveSeat(seat):
            return _remove(work, seat)
        case SeatEnded(seat):
            return Reply(_ended(work, seat))
        case PassOn(seat):
            held, _, _ = _seat(work, seat)
            return Reply(shown(work, invitations.hand_over(work.session, me=work.me, seat=held.seat)))
        case AskCutOff(committee, person):
            return Reply(screens.ask_cut_off(work.me, committee, _other(work, committee, person)))
        case CutOff(committee, person, address):
            return _cut_off(work, committee, person, address)
        case _:
            assert_never(action)


def _people(work: Work, committee_id: int, found: tuple[Holder, ...], number: int) -> Message:
    committee = next(seat for seat in work.me.seats if seat.committee_id == committee_id)
    page = part(found, number, screens.LISTED, screens.LISTED)
    first = found.index(page.shown[0]) + 1 if page.shown else 1
    return screens.people(work.me, committee, page, first, len(found))


def _named(work: Work, committee_id: int, text: str) -> Message:
    """The one who is called so, or all whose name or seat holds the text. Raises Unread when there is none."""
    part_of = text.strip()
    found = tuple(
        one
        for one in store.holders(work.session, committee_id)
        if part_of and (part_of in one.name or any(part_of in held.seat.words for held in one.seats))
    )
    if not found:
        raise Unread(f"没有找到称呼含{quoted(part_of)}的同志，请核对后再输入。")
    if len(found) == 1:
        return screens.person(work.me, committee_id, found[0])
    return _people(work, committee_id, found, 0)


def named_in(work: Work, committee_id: int, text: str) -> tuple[Holder, ...]:
    """Whose name stands in a longer text; of names that lie in one another, the longest."""
    found = [one for one in store.holders(work.session, committee_id) if one.name in text]
    longest = max((len(one.name) for one in found), default=0)
    return tuple(one for one in found if len(one.name) == longest)


def _card(work: Work, committee_id: int, person_id: int) -> Message:
    return screens.person(work.me, committee_id, store.holder(work.session, committee_id, person_id))


def _seat(work: Work, seat_id: int) -> tuple[HeldSeat, int, str]:
    """A seat that I may take from its holder, who holds it still. Raises Refused."""
    held, person, name = store.seat(work.session, seat_id)
    remove_seat(work.me, held.seat)
    if held.until is not None:
        raise Refused(store.ENDED)
    return held, person, name


def _remove(work: Work, seat_id: int) -> Reply:
    held, person, name = _seat(work, seat_id)
    seat = held.seat
    joining.remove(work.session, me=work.me, seat=seat)
    toast = f"已移除 {name}（{seat.words}），并通知本人"
    if any(left.committee_id == seat.committee_id for left in seats.held_by(work.session, person)):
        return Reply(_card(work, seat.committee_id, person), toast=toast)
    return Reply(
        _people(work, seat.committee_id, store.holders(work.session, seat.committee_id), 0), toast=toast
    )


def _ended(work: Work, seat_id: int) -> Message:
    """What became of a seat of mine. Raises Refused where it is held still, or was another one's."""
    held, person, _ = store.seat(work.session, seat_id)
    if person != work.me.person_id or held.until is None:
        raise Refused(store.ENDED)
    by, removed = store.ended_by(work.session, held.seat)
    return screens.seat_ended(held, by, removed, work.me.now)


def _other(work: Work, committee_id: int, person_id: int) -> Holder:
    """Somebody else of a committee, by an administrator of it. Raises Refused."""
    staff(work.me, committee_id)
    if person_id == work.me.person_id:
        raise Refused("这是您自己，请在「登录的设备」里退出其他设备。")
    return store.holder(work.session, committee_id, person_id)


def _cut_off(work: Work, committee_id: int, person_id: int, address_id: int) -> Reply:
    one = _other(work, committee_id, person_id)
    if address_id and address_id not in [login.id for login in one.logins]:
        return Reply(_card(work, committee_id, person_id), toast="那里已经退出了")
    count = logins.cut_off(
        work.session,
        me=work.me,
        committee_id=committee_id,
        person_id=person_id,
        address_id=address_id,
        kept=work.kept,
    )
    return Reply(
        _card(work, committee_id, person_id),
        toast=f"已退出 {one.name} 的 {count} 处登录，原来的码也作废了" if count else "没有可以退出的登录",
    )
