"""Joining by a code, inviting, handing a seat over, leaving."""

from datetime import datetime
from typing import assert_never

from bot.actions import (
    AddDevice,
    AskLeave,
    AskSignOut,
    CancelInvitation,
    DeadCode,
    Devices,
    EnterCode,
    HandOver,
    Home,
    Invite,
    InviteMenu,
    Joining,
    Leave,
    Newcomers,
    OpenInvitations,
    Rename,
    Seats,
    SeeNewcomers,
    ShowInvitation,
    SignOut,
    ThisMonth,
    TypedInvited,
    TypedName,
    UseCode,
    wire,
)
from bot.dialogue import starting
from bot.dialogue.branches import one_named
from bot.dialogue.home import home
from bot.dialogue.pages import page
from bot.dialogue.work import Work
from bot.message import Line, Message, Offer, Reply
from bot.paper.slips import qr
from bot.permissions import (
    Me,
    Role,
    Seat,
    cancel_invitation,
    hand_over,
    invite,
    may_see_invitations,
    own_invitation,
    own_seat,
    see_invitations,
)
from bot.screens import joining as screens
from bot.screens import wording
from bot.screens.home import NO_SEAT, welcome
from bot.store import (
    ballots,
    calendars,
    chats,
    codes,
    invitations,
    joining,
    logins,
    notices,
    people,
    seats,
    terms,
)
from bot.values import FORGOTTEN, Branch, Invitation
from scoring.refusal import Refused

PAGE = 8  # open invitations of a page


def respond(work: Work, action: Joining) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    me = work.me
    match action:
        case EnterCode():
            return Reply(screens.enter_code())
        case DeadCode():
            return Reply(_dead(work, action))
        case UseCode(text):
            return _join(work, text)
        case Seats():
            return Reply(_seats(work))
        case Rename():
            return Reply(screens.rename(me))
        case TypedName(text):
            return _rename(work, text)
        case InviteMenu(committee, branch):
            chosen = terms.branch(work.session, branch) if branch else None
            if chosen is not None and chosen.committee_id != committee:
                raise Refused("没有找到这个支部。请回首页重新选择。")
            invite(me, committee, branch or None, Role.SECRETARY if branch else Role.MEMBER)
            branches = () if branch else terms.branches_of(work.session, committee, limit=40)
            return Reply(screens.invite_menu(committee, branches, chosen))
        case TypedInvited(committee, text):
            invite(me, committee, None, Role.MEMBER)
            return Reply(screens.invite_menu(committee, (), one_named(work, committee, text)))
        case Invite():
            return Reply(_invite(work, action))
        case HandOver(seat_id):
            return Reply(shown(work, invitations.hand_over(work.session, me=me, seat=hand_over(me, seat_id))))
        case ShowInvitation(invitation):
            made = invitations.invitation(work.session, invitation_id=invitation, now=me.now)
            own_invitation(me, made.made_by)
            return Reply(shown(work, made))
        case Newcomers():
            return Reply(_newcomers(work))
        case SeeNewcomers(entry):
            joining.see(work.session, me=me, entry=entry)
            return Reply(_newcomers(work))
        case OpenInvitations(committee, branch, before):
            return Reply(_open_invitations(work, committee, branch, before))
        case CancelInvitation(invitation):
            return _cancel(work, invitations.invitation(work.session, invitation_id=invitation, now=me.now))
        case AskLeave(seat_id):
            seat = own_seat(me, seat_id)
            alone = bool(seats.leading_alone(work.session, [seat]))
            return Reply(screens.ask_leave(seat, last=len(me.seats) == 1, alone=alone))
        case Leave(seat_id):
            return _leave(work, own_seat(me, seat_id))
        case Devices():
            return Reply(_devices(work))
        case AddDevice():
            return Reply(shown(work, invitations.log_in_code(work.session, me=me)))
        case AskSignOut(others):
            return Reply(screens.ask_sign_out(me, bool(others)))
        case SignOut(others):
            return _sign_out_elsewhere(work) if others else _sign_out(work)
        case _:
            assert_never(action)


def _join(work: Work, text: str) -> Reply:
    """Use a code. Wrong codes are counted, so the refusal is a screen and not an exception."""
    found = invitations.invitation_with(work.session, text=text, now=work.me.now)
    if found is not None and found.closed and _has(work.me, found):
        return Reply(home(work), toast=f"您已经{'登录' if found.person_id else '加入'}了，不用再输入")
    try:
        made = usable(work, text)
        if work.fresh and work.me.person_id is not None:
            return Reply(screens.enter_code(), opens=made.code)
        now, receipt = enter(work, made, fresh=work.fresh)
    except invitations.WrongCode as wrong:
        guessed(work)
        return Reply(screens.enter_code(str(wrong), here=DeadCode(0, 0)))
    except Refused as refused:
        if work.me.person_id is None and codes.looks_like_code(text):
            work.strangers.guessed(work.network, work.me.now)  # a used one must not make rows without end
        dead = refused.made if isinstance(refused, invitations.Closed) else None
        here = DeadCode(dead.id, codes.proof_of(dead.code)) if dead else None
        gone = (NO_SEAT,) if work.me.person_id is not None and not work.me.known else ()
        return Reply(screens.enter_code(*gone, *why(refused, work.me.now), here=here))
    return Reply(_first(work.by(now), made), receipt=receipt, commands=commands(now), at=work.fresh)


def begins(work: Work, made: Invitation) -> Home | ThisMonth:
    """What somebody sees first who came in by a code: a secretary what is most urgent, with what was handed over."""
    leads = made.person_id is None and made.role is Role.SECRETARY
    if made.branch_id is None or not leads or not terms.terms_of(work.session, [made.committee_id]):
        return Home()
    return ThisMonth(made.branch_id, int(made.moves))


def _first(work: Work, made: Invitation) -> Message:
    there = begins(work, made)
    return starting.respond(work, there).screen if isinstance(there, ThisMonth) else home(work)


def _dead(work: Work, here: DeadCode) -> Message:
    """Why a code gives nothing, said again where the page is drawn again; to nobody who has not given that code."""
    if here == DeadCode(0, 0):
        return screens.enter_code(invitations.NO_CODE, here=here)
    try:
        made = invitations.invitation(work.session, invitation_id=here.invitation, now=work.me.now)
        if here.proof == codes.proof_of(made.code):
            invitations.check(work.session, made)
    except invitations.Closed as closed:
        return screens.enter_code(*why(closed, work.me.now), here=here)
    except Refused:
        pass
    return screens.enter_code()


def why(refused: Refused, now: datetime) -> tuple[Line, ...]:
    """Why a code gives nothing, and what to do."""
    if isinstance(refused, invitations.Closed):
        return (str(refused), *screens.used(refused.made, now))
    return (str(refused),)


def _has(me: Me, made: Invitation) -> bool:
    """Whether I have here what a code gives."""
    mine = made.person_id is not None and made.person_id == me.person_id
    return mine or joining.holds(me, made) is not None


def usable(work: Work, text: str) -> Invitation:
    """What a code gives, if it may be tried here now and can be used. Raises Refused, and WrongCode for a guess."""
    if not codes.looks_like_code(text):
        raise Refused(f"{_unlike(text)}请核对后再输入，或请给您邀请码的同志重新发。")
    blocks = (
        ("这个聊天", codes.blocked_until(work.session, me=work.me)),
        ("您所在的网络", work.strangers.blocked_until(work.network, work.me.now)),
    )
    for where, until in blocks:
        if until is not None:
            moment = wording.moment(until, work.me.now)
            raise Refused(
                f"{where}试错的次数太多了，请在 {moment} 后再试。刚才的邀请码没有用掉，到时再输入一次即可。"
            )
    try:
        return invitations.usable(work.session, text=text, now=work.me.now)
    except invitations.WrongCode:
        if ballots.is_code(work.session, codes.clean_code(text)):
            raise Refused(f"这是年度评议的选票码，不是邀请码。请打开 {work.polls} 投票。") from None
        if host := codes.host_in(text, [url for _, url in work.links("")]):
            raise invitations.WrongCode(
                f"这个链接是 {host} 的，这里没有找到这个邀请码。请直接点开那个链接。"
            ) from None
        raise


def _unlike(text: str) -> str:
    """What is wrong with letters that are no code."""
    wrong, count = codes.unlike(text)
    if wrong:
        return f"这不像邀请码：邀请码里没有 {'、'.join(wrong)} 这样容易看错的字母和数字，可能抄错了。"
    if count:
        return f"这不像邀请码：邀请码是 8 位字母和数字，这里有 {count} 位，可能没有复制完整。"
    return "这不像邀请码。邀请码是 8 位字母和数字。"


def guessed(work: Work) -> None:
    """Count a wrong code, against the chat and against the network."""
    if work.me.address_id:
        codes.count_try(work.session, me=work.me)
    work.strangers.guessed(work.network, work.me.now)


def offer(work: Work, text: str, *, expired: bool) -> Offer:
    """What a code would give here, for a page that asks before it is used. Changes nothing. Raises as usable().

    `expired`: the login here is over, and a code is what renews it.
    """
    made = invitations.invitation_with(work.session, text=text, now=work.me.now)
    if made is not None and not expired and _has(work.me, made):
        return screens.held(work.me, made)
    made = usable(work, text)
    login = seats.held_by(work.session, made.person_id) if made.person_id else ()
    return screens.offer(work.me, made, login, expired=expired)


def enter(work: Work, made: Invitation, *, fresh: str = "", spend: bool = False) -> tuple[Me, Message]:
    """Use a code: who is there now, and the receipt. Raises Refused.

    A `fresh` address is for somebody new: whoever was at this one is there no longer. With `spend` the code is used up
    though it gives nothing new.
    """
    session, me = work.session, work.me
    if fresh:
        me = chats.chat_at(session, channel=me.channel, external=fresh, now=me.now).me
        logins.log_out(session, me=work.me, others=False, kept=work.kept)
    if made.person_id is None:
        seat = joining.join(session, me=me, text=made.code, name=work.name, spend=spend)
        return chats.chat_of(session, me), screens.joined(seat)
    logins.log_in(session, me=me, text=made.code, spend=spend)
    now = chats.chat_of(session, me)
    return now, screens.logged_in(now)


def _rename(work: Work, text: str) -> Reply:
    name = people.clean_name(text)
    if not name or len(name) > people.NAME_LENGTH:
        raise Refused(f"称呼请用 1 到 {people.NAME_LENGTH} 个字，看不见的字符不算。")
    if name == FORGOTTEN:
        raise Refused("这个称呼用来表示已删除的人，请换一个。")
    people.rename(work.session, me=work.me, name=name)
    return Reply(_seats(work.by(chats.chat_of(work.session, work.me))), toast="称呼已改")


def _seats(work: Work) -> Message:
    counts = invitations.count_open(
        work.session, committee_ids=sorted({s.committee_id for s in work.me.seats}), now=work.me.now
    )
    unused = {}
    for seat in work.me.seats:
        if seat.role is Role.ADMINISTRATOR:
            unused[seat.id] = sum(n for (body, _), n in counts.items() if body == seat.committee_id)
        elif seat.role is Role.SECRETARY:
            unused[seat.id] = counts.get((seat.committee_id, seat.branch_id), 0)
    return screens.seats(work.me, unused)


def _open_invitations(work: Work, committee: int, branch: int, before: int) -> Message:
    see_invitations(work.me, committee, branch or None)
    where = terms.branch(work.session, branch) if branch else None
    if where is not None and where.committee_id != committee:
        raise Refused("没有找到这个支部。请回首页重新选择。")
    found = page(
        before,
        lambda newer: invitations.open_invitations(
            work.session,
            committee_id=committee,
            branch_id=branch or None,
            now=work.me.now,
            before=before,
            newer=newer,
            limit=PAGE + 1,
        ),
        lambda made: made[:PAGE],
    )
    name = where.name if where else terms.committee_name(work.session, committee)
    here = OpenInvitations(committee, branch, before)
    without: list[Branch] = []
    if not branch and not before:
        led = seats.secretaries(work.session, committee)
        without = [one for one in terms.branches_of(work.session, committee) if one.id not in led]
    return screens.open_invitations(work.me, name, here, found, without)


def _newcomers(work: Work) -> Message:
    return screens.newcomers(
        work.me, joining.newcomers(work.session, me=work.me, limit=screens.NEWCOMERS + 1)
    )


def _cancel(work: Work, made: Invitation) -> Reply:
    """Make an invitation void, and show what is left of those that one sees."""
    cancel_invitation(work.me, made.committee_id, made.branch_id, made.role, made.made_by)
    invitations.cancel(work.session, me=work.me, made=made)
    if made.moves and made.made_by not in (None, work.me.person_id):
        notices.tell(
            work.session,
            committee_id=made.committee_id,
            persons=[made.made_by or 0],
            key=f"h:{made.id}",
            action=wire(Seats()),
            said=f"您的移交码已由{work.me.name}取消，职务没有变。",
            now=work.me.now,
        )
    toast = f"已取消：{made.words}的{made.kind}。需要时可以重新生成"
    for branch in (None, made.branch_id):
        if may_see_invitations(work.me, made.committee_id, branch):
            return Reply(_open_invitations(work, made.committee_id, branch or 0, 0), toast=toast)
    return Reply(_seats(work), toast=toast)


def _invite(work: Work, asked: Invite) -> Message:
    if asked.role not in (Role.SECRETARY, Role.OFFICER, Role.MEMBER, Role.ADMINISTRATOR):
        raise Refused("没有这个职务，请重新选择。")
    role = Role(asked.role)
    if asked.branch and terms.branch(work.session, asked.branch).committee_id != asked.committee:
        raise Refused("没有找到这个支部。请回首页重新选择。")
    invite(work.me, asked.committee, asked.branch or None, role)
    made = invitations.invite(
        work.session,
        me=work.me,
        committee_id=asked.committee,
        branch_id=asked.branch or None,
        role=role,
        besides=asked.besides,
    )
    return shown(work, made)


def shown(work: Work, made: Invitation) -> Message:
    """A code with its links and QR code, for who made it."""
    links = work.links(made.code)
    view = screens.CodeView(
        made=made,
        links=links,
        qr=qr(links[0][1]) if links and not made.closed else None,
        joined=joining.came_by(work.session, made=made),
    )
    return screens.invitation(work.me, view)


def _leave(work: Work, seat: Seat) -> Reply:
    joining.leave(work.session, me=work.me, seat=seat)
    now = chats.chat_of(work.session, work.me)
    screen = home(work.by(now)) if now.known else welcome(now)
    return Reply(screen, toast=f"已退出 {seat.words}", commands=commands(now))


def _devices(work: Work) -> Message:
    found = logins.devices(work.session, me=work.me)
    return screens.devices(work.me, [(one.channel, one.heard_at, one.here) for one in found])


def _sign_out(work: Work) -> Reply:
    """Nobody is at this address any more; the person keeps the seats."""
    if not logins.log_out(work.session, me=work.me, others=False, kept=work.kept):
        raise Refused("演示里的身份一直保留，不用退出。请点页面上方的「换个身份」。")
    now = chats.chat_of(work.session, work.me)
    return Reply(welcome(now), toast="已退出登录", commands=commands(now))


def _sign_out_elsewhere(work: Work) -> Reply:
    """The person is here alone; the phone that is lost follows no calendar, either."""
    count = logins.log_out(work.session, me=work.me, others=True, kept=work.kept)
    if key := calendars.key_of(work.session, work.me.person_id):
        calendars.renew(work.session, me=work.me, old=key)
    toast = f"已退出其他 {count} 处登录" if count else "没有其他登录"
    return Reply(_devices(work), toast=f"{toast}；日历订阅换了新地址" if key else toast)


def commands(me: Me) -> tuple[tuple[str, str], ...]:
    """At most five commands for the roles one has; a reminder of what can be typed, never a permission."""
    found = [("start", "首页")]
    if any(s.role.of_branch for s in me.seats):
        found += [("score", "自评"), ("todo", "待办")]
    if any(s.role in (Role.MEMBER, Role.ADMINISTRATOR) for s in me.seats):
        found.append(("standings", "排名"))
    return (*found, ("help", "帮助"))
