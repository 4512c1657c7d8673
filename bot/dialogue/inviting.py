"""一次邀请多人: an administrator makes codes for many seats at once, and prints them (邀请码单)."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import assert_never
from urllib.parse import urlsplit

from bot.actions import (
    CodeCard,
    CodeSheet,
    InviteesDraft,
    InviteMany,
    Inviting,
    MakeCodes,
    MakeListed,
    TypedInvitees,
    wire,
)
from bot.dialogue.invitees import read_invitees, wrong
from bot.dialogue.work import Work
from bot.message import Attachment, Message, Reply
from bot.paper import charts, slips
from bot.paper.texts import file_name, inert
from bot.permissions import Role, invite, own_invitation
from bot.screens import inviting as screens
from bot.screens import wording
from bot.screens.layout import part
from bot.store import invitations, sayings, seats, terms
from bot.values import Branch, Invitation, Invitee, Saying
from scoring.refusal import Refused

_CHANNELS = {
    "网页": ({"web"}, "扫码加入", "打开网页，输入邀请码"),
    "Telegram": ({"telegram"}, "扫码开始", "打开机器人，发邀请码"),
    "企业微信": ({"wecom", "wecom_app"}, "扫码，复制发送", "打开机器人，发邀请码"),
}
"""Which channels people call so, and how one comes in there: by the link of the QR code, or by the code alone."""


def respond(work: Work, action: Inviting) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    if isinstance(action, CodeCard):
        return Reply(_card(work, action.invitation))
    committee = action.committee
    invite(work.me, committee, None, Role.MEMBER)
    match action:
        case InviteMany():
            return Reply(_many(work, committee))
        case TypedInvitees(_, text):
            return Reply(_typed(work, committee, text))
        case InviteesDraft(_, saying):
            _, invitees = _draft(work, committee, saying)
            return Reply(screens.listed(committee, saying, invitees))
        case MakeCodes():
            return _make(work, committee)
        case MakeListed(_, saying):
            return _make_listed(work, committee, saying)
        case CodeSheet(_, number):
            return Reply(_sheet(work, committee, number))
        case _:
            assert_never(action)


# --- for whom -----------------------------------------------------------------------------------------------------


def _many(work: Work, committee: int) -> Message:
    branches = terms.branches_of(work.session, committee)
    without = _without(work, committee, branches)
    such = next(iter([*without, *branches])).name if branches else ""
    mine = invitations.mine(work.session, me=work.me, committee_id=committee)
    return screens.many(committee, without, such, len(mine))


def _without(work: Work, committee: int, branches: Sequence[Branch]) -> list[Branch]:
    """The branches that have no secretary, and no code that makes one."""
    led = seats.secretaries(work.session, committee)
    awaited = invitations.awaited(work.session, committee_id=committee, now=work.me.now)
    return [branch for branch in branches if branch.id not in led and branch.id not in awaited]


def _typed(work: Work, committee: int, text: str) -> Message:
    invitees = _read(work, committee, text)
    number = sayings.add(
        work.session, me=work.me, text=text, places=[(wire(InviteMany(committee)), "")], heard=False
    )
    return screens.listed(committee, number, invitees)


def _read(work: Work, committee: int, text: str) -> tuple[Invitee, ...]:
    """Whom a text invites to seats that are free. Raises Unread."""
    branches = terms.branches_of(work.session, committee)
    invitees = read_invitees(text, branches)
    free = {branch.id for branch in _without(work, committee, branches)}
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for n, (line, one) in enumerate(zip(lines, invitees, strict=True), start=1):
        if one.role is Role.SECRETARY and one.branch is not None:
            if one.branch.id not in free:
                raise wrong(n, line, f"：{one.branch.name}已有书记或没用的书记邀请码，换人请在「人员」里办")
            free.remove(one.branch.id)
    return invitees


def _draft(work: Work, committee: int, number: int) -> tuple[Saying, tuple[Invitee, ...]]:
    """A list that I typed and that is not made into codes yet. Raises Refused."""
    saying = sayings.read(work.session, me=work.me, saying_id=number)
    if saying.heard:
        raise Refused("这份名单的邀请码已经生成了，请打印或在「未用的邀请码」里看。")
    return saying, _read(work, committee, saying.text)


# --- making -------------------------------------------------------------------------------------------------------


def _make(work: Work, committee: int) -> Reply:
    invitations.alone(work.session, committee)
    without = _without(work, committee, terms.branches_of(work.session, committee))
    return _made(work, committee, [Invitee(Role.SECRETARY, branch) for branch in without])


def _make_listed(work: Work, committee: int, number: int) -> Reply:
    invitations.alone(work.session, committee)
    saying, invitees = _draft(work, committee, number)
    sayings.heard(work.session, me=work.me, saying_id=saying.id, place=saying.places[0])
    return _made(work, committee, invitees)


def _made(work: Work, committee: int, invitees: Sequence[Invitee]) -> Reply:
    invitations.invite_all(work.session, me=work.me, committee_id=committee, invitees=invitees)
    toast = f"已生成 {len(invitees)} 个邀请码" if invitees else "没有缺书记的支部，没有生成"
    return Reply(_sheet(work, committee, 0), toast=toast)


# --- on paper -----------------------------------------------------------------------------------------------------


def _sheet(work: Work, committee: int, number: int) -> Message:
    made = invitations.mine(work.session, me=work.me, committee_id=committee)
    called = invitations.whom(work.session, made)
    named = [(one, called.get(one.id, "")) for one in made]
    page = part(named, number, screens.CODES, screens.CODES)
    file = None
    if named:
        name = file_name(f"{work.today}", named[0][0].committee, "邀请码单", ending="docx")
        printed = slips.sheet([_slip(work, *one) for one in named], "邀请码单", work.me.now)
        file = Attachment(name, slips.MIME, printed)
    first = named.index(page.shown[0]) + 1 if page.shown else 1
    view = screens.SheetView(committee=committee, codes=page, first=first, count=len(named), file=file)
    return screens.sheet(work.me, view)


def _card(work: Work, number: int) -> Message:
    made = invitations.invitation(work.session, invitation_id=number, now=work.me.now)
    own_invitation(work.me, made.made_by)
    if made.closed:
        raise Refused(f"这个{made.kind}{made.closed}，没有图可发。")
    if made.kind != "邀请码":
        raise Refused(f"{made.kind}请直接发给本人，没有转发图。")
    name = invitations.whom(work.session, [made]).get(made.id, "")
    picture = Attachment("邀请码.png", charts.MIME, _slip(work, made, name), wide=True)
    return screens.card(work.me, made, name, picture)


def _slip(work: Work, made: Invitation, name: str) -> charts.Slip:
    """A code as it is handed on: its QR code leads to where people can come in from outside, or says the code."""
    word, link = next(((word, link) for word, link in work.links(made.code) if _is_outside(link)), ("", ""))
    ways = [
        f"{called}：{by_link if called == word.removesuffix('应用') else by_code}"
        for called, (names, by_link, by_code) in _CHANNELS.items()
        if work.channels is None or names & work.channels
    ]
    whom = (name, made.branch, made.role.word)
    return charts.Slip(
        committee=inert(made.committee),
        whom=tuple(inert(text) for text in whom if text),
        code=made.code,
        until=f"有效期到 {wording.moment(made.expires_at, work.me.now)}，用一次",
        ways=tuple(ways),
        leads=link or made.code,
        scan="扫码加入" if link else "扫码得到邀请码",
    )


def _is_outside(link: str) -> bool:
    """Whether others than this machine can open a link: an address of its own is no address on paper."""
    host = urlsplit(link).hostname or ""
    try:
        there = ip_address(host)
    except ValueError:
        return host != "localhost"
    return not (there.is_loopback or there.is_unspecified)
