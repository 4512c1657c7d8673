"""Joining by a code, inviting, handing a seat over, leaving."""

import io
from typing import assert_never

import segno

from bot.actions import (
    AskLeave,
    EnterCode,
    HandOver,
    Invite,
    InviteMenu,
    Leave,
    Rename,
    Seats,
    ShowInvitation,
    TypedName,
    UseCode,
)
from bot.dialogue.home import home
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import Me, Role, Seat, hand_over, invite, own_seat
from bot.screens import joining as screens
from bot.screens import wording
from bot.screens.home import welcome
from bot.store import people, terms
from bot.values import Invitation
from scoring.rubric import Refused

Joining = (
    EnterCode
    | UseCode
    | Seats
    | Invite
    | InviteMenu
    | ShowInvitation
    | HandOver
    | AskLeave
    | Leave
    | Rename
    | TypedName
)
NAME_LENGTH = 20


def respond(work: Work, action: Joining) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    me = work.me
    match action:
        case EnterCode():
            return Reply(screens.enter_code())
        case UseCode(text):
            return _join(work, text)
        case Seats():
            return Reply(screens.seats(me))
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
        case Invite():
            return Reply(_invite(work, action))
        case HandOver(seat_id):
            return Reply(_shown(work, people.hand_over(work.session, me=me, seat=hand_over(me, seat_id))))
        case ShowInvitation(invitation):
            return Reply(_shown(work, people.invitation(work.session, me=me, invitation_id=invitation)))
        case AskLeave(seat_id):
            return Reply(screens.ask_leave(own_seat(me, seat_id)))
        case Leave(seat_id):
            return _leave(work, own_seat(me, seat_id))
        case _:
            assert_never(action)


def _join(work: Work, text: str) -> Reply:
    """Take a seat by a code. Wrong codes are counted, so the refusal is a screen and not an exception."""
    me = work.me
    until = people.blocked_until(work.session, me=me)
    if until is not None:
        return Reply(screens.enter_code(f"试的次数太多了，请在 {wording.moment(until, me.now)} 后再试。"))
    if not people.looks_like_code(text):
        return Reply(screens.enter_code("这不像邀请码。邀请码是 8 位字母和数字，请核对后再输入。"))
    try:
        seat = people.join(work.session, me=me, text=text, name=work.name)
    except Refused as refused:
        people.count_try(work.session, me=me)
        return Reply(screens.enter_code(str(refused)))
    now = people.chat_of(work.session, me)
    work.touched.add((seat.committee_id, seat.branch_id or 0))
    return Reply(home(work.by(now)), receipt=screens.joined(seat), commands=commands(now))


def _rename(work: Work, text: str) -> Reply:
    name = " ".join(text.split())
    if not name or len(name) > NAME_LENGTH:
        raise Refused(f"称呼请用 1 到 {NAME_LENGTH} 个字。")
    people.rename(work.session, me=work.me, name=name)
    return Reply(screens.seats(people.chat_of(work.session, work.me)), toast="称呼已改")


def _invite(work: Work, asked: Invite) -> Message:
    if asked.role not in (Role.SECRETARY, Role.OFFICER, Role.MEMBER, Role.ADMINISTRATOR):
        raise Refused("没有这个职务，请重新选择。")
    role = Role(asked.role)
    if asked.branch and terms.branch(work.session, asked.branch).committee_id != asked.committee:
        raise Refused("没有找到这个支部。请回首页重新选择。")
    invite(work.me, asked.committee, asked.branch or None, role)
    made = people.invite(
        work.session,
        committee_id=asked.committee,
        branch_id=asked.branch or None,
        role=role,
        now=work.me.now,
        made_by=work.me.person_id,
        channel=work.me.channel,
        besides=asked.besides,
    )
    return _shown(work, made)


def _shown(work: Work, made: Invitation) -> Message:
    links = work.links(made.code)
    return screens.invitation(work.me, made, links, _qr(links[0][1]) if links and made.open else None)


def _qr(url: str) -> bytes:
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="png", scale=8, border=3)
    return out.getvalue()


def _leave(work: Work, seat: Seat) -> Reply:
    people.leave(work.session, me=work.me, seat=seat)
    now = people.chat_of(work.session, work.me)
    screen = home(work.by(now)) if now.known else welcome(now)
    return Reply(screen, toast=f"已退出 {seat.words}", commands=commands(now))


def commands(me: Me) -> tuple[tuple[str, str], ...]:
    """At most five commands for the roles one has; a reminder of what can be typed, never a permission."""
    found = [("start", "首页")]
    if any(s.role.of_branch for s in me.seats):
        found += [("score", "自评"), ("todo", "待办")]
    if any(s.role in (Role.MEMBER, Role.ADMINISTRATOR) for s in me.seats):
        found.append(("standings", "排名"))
    return (*found, ("help", "帮助"))
