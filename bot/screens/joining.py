"""The screens of joining, inviting, handing over and leaving."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.actions import (
    AskLeave,
    CancelInvitation,
    EnterCode,
    HandOver,
    Help,
    Home,
    Invite,
    InviteMenu,
    Leave,
    OpenInvitations,
    Rename,
    Seats,
    ShowInvitation,
    TypedName,
    UseCode,
)
from bot.message import Attachment, Button, Line, Message, Row
from bot.permissions import Me, Role, Seat, may_cancel_invitation
from bot.screens import wording
from bot.values import Branch, Invitation


def enter_code(sentence: str = "") -> Message:
    """Ask for an invitation code."""
    return Message(
        title="输入邀请码",
        lines=(sentence, "请输入 8 位邀请码，大小写都可以。")
        if sentence
        else ("请输入 8 位邀请码，大小写都可以。",),
        rows=((Button("帮助", Help()), Button("首页", Home())),),
        here=EnterCode(),
        hears=UseCode,
        hint="请输入邀请码",
    )


def joined(seat: Seat) -> Message:
    """The receipt of having joined."""
    return Message(title="✅ 加入成功", lines=(("职务", seat.words), "称呼可以在「我的职务」里修改。"))


def seats(me: Me, unused: Mapping[int, int]) -> Message:
    """My seats, and what I may do with each; `unused`: how many invitations are open behind a seat."""
    lines: list[Line] = [("称呼", me.name)]
    rows: list[Row] = []
    for seat in me.seats:
        lines.append(("职务", seat.words))
        name = seat.words if len(me.seats) > 1 else ""
        if seat.role is Role.ADMINISTRATOR:
            rows.append((Button(f"邀请人员 {name}".strip(), InviteMenu(seat.committee_id, 0), main=True),))
        if seat.role is Role.SECRETARY:
            rows.append(
                (
                    Button(
                        f"邀请支委 {name}".strip(),
                        Invite(seat.committee_id, seat.branch_id or 0, int(Role.OFFICER), 0),
                        main=True,
                    ),
                )
            )
        if unused.get(seat.id):
            label = f"未用的邀请码 {unused[seat.id]} 个 {name}".strip()
            rows.append((Button(label, OpenInvitations(seat.committee_id, seat.branch_id or 0, 0)),))
        own = [Button(f"退出 {name}".strip(), AskLeave(seat.id))]
        if seat.role is not Role.OFFICER:
            own.insert(0, Button(f"移交 {name}".strip(), HandOver(seat.id)))
        rows.append(tuple(own))
    rows.append((Button("改称呼", Rename()), Button("输入邀请码", EnterCode())))
    rows.append((Button("首页", Home()),))
    return Message(title="我的职务", lines=tuple(lines), rows=tuple(rows), here=Seats())


def rename(me: Me) -> Message:
    """Ask how a person wants to be called."""
    return Message(
        title="改称呼",
        lines=(("现在", me.name), "请输入新的称呼，例如：李老师。"),
        rows=((Button("返回", Seats()),),),
        here=Rename(),
        hears=TypedName,
        hint="请输入称呼",
    )


def invite_menu(committee_id: int, branches: Sequence[Branch], chosen: Branch | None) -> Message:
    """Whom to invite: committee roles and branches, then the roles of one branch."""
    if chosen is not None:
        rows: list[Row] = [
            tuple(
                Button(role.word, Invite(committee_id, chosen.id, int(role), 0))
                for role in (Role.SECRETARY, Role.OFFICER)
            ),
            (Button("返回", InviteMenu(committee_id, 0)), Button("首页", Home())),
        ]
        return Message(
            title=f"邀请到{chosen.name}",
            lines=("请选择职务。",),
            rows=tuple(rows),
            here=InviteMenu(committee_id, chosen.id),
        )
    roles = tuple(
        Button(role.word, Invite(committee_id, 0, int(role), 0)) for role in (Role.MEMBER, Role.ADMINISTRATOR)
    )
    rows = [roles, *((Button(b.name, InviteMenu(committee_id, b.id)),) for b in branches)]
    rows.append((Button("返回", Seats()), Button("首页", Home())))
    return Message(
        title="邀请人员",
        lines=("邀请总支委员、管理员，或选择支部邀请书记、支委。",),
        rows=tuple(rows),
        here=InviteMenu(committee_id, 0),
    )


def kind(made: Invitation) -> str:
    """What its code is called."""
    return "移交码" if made.moves else "邀请码"


def open_invitations(
    me: Me,
    where: str,
    here: OpenInvitations,
    found: Sequence[Invitation],
    newer: int | None,
    older: int | None,
) -> Message:
    """Invitations that can still be used, newest first; the pages on either side go by their numbers.

    A code that one could not have made oneself is not shown whole.
    """
    lines: list[Line] = []
    rows: list[Row] = []
    for made in found:
        mine = made.made_by is not None and made.made_by == me.person_id
        may = may_cancel_invitation(me, made.committee_id, made.branch_id, made.role, made.made_by)
        code = made.code if mine or (may and not made.moves) else f"{made.code[:4]}····"
        lines.append(
            (
                f"{kind(made)} {code}",
                f"{made.words}，{made.by or '维护人员'} {wording.moment(made.made_at, me.now)}生成，"
                f"到 {wording.moment(made.expires_at, me.now)}，还可用 {made.uses_left} 次",
            )
        )
        if may:
            rows.append((Button(f"取消 {code}", CancelInvitation(made.id)),))
    if any(rows):
        lines.append("点「取消」后那个码马上作废；需要时可以重新生成。")
    turning = [Button("上一页", replace(here, before=newer))] if newer is not None else []
    turning += [Button("下一页", replace(here, before=older))] if older is not None else []
    rows += [tuple(turning)] if turning else []
    rows.append((Button("我的职务", Seats()), Button("首页", Home())))
    return Message(
        title=f"未用的邀请码 · {where}",
        lines=tuple(lines) or ("没有未用的邀请码。",),
        rows=tuple(rows),
        here=here,
    )


def invitation(me: Me, made: Invitation, links: Sequence[tuple[str, str]], qr: bytes | None) -> Message:
    """A code, its links and the QR of the first one; or that it is used up."""
    name = kind(made)
    rows: list[Row] = [(Button("我的职务", Seats()), Button("首页", Home()))]
    if not made.moves:
        more = Invite(made.committee_id, made.branch_id or 0, int(made.role), made.id)
        rows.insert(0, (Button("再要一个", more),))
    here = ShowInvitation(made.id)
    if made.closed:
        return Message(
            title=f"{name}{made.closed}",
            lines=(("用途", made.words),),
            rows=tuple(rows),
            here=here,
        )
    rows.insert(-1, (Button(f"取消这个{name}", CancelInvitation(made.id)),))
    lines: list[Line] = [
        (name, made.code),
        ("用途", made.words),
        ("有效期", f"到 {wording.moment(made.expires_at, me.now)}"),
        *((f"{channel}链接", url) for channel, url in links),
        "对方用这个码加入后，您的职务随即移交给对方。请只发给接任的同志。"
        if made.moves
        else "请把邀请码或链接只发给本人。",
    ]
    return Message(
        title="移交职务" if made.moves else "邀请",
        lines=tuple(lines),
        rows=tuple(rows),
        here=here,
        attachment=Attachment(f"{name}二维码.png", "image/png", qr) if qr else None,
    )


def ask_leave(seat: Seat) -> Message:
    """Leaving cannot be taken back by oneself, so it is asked once."""
    return Message(
        title="退出职务？",
        lines=(("职务", seat.words), "退出后不能再查看和填写；需要时可以重新邀请您。已填的内容保留。"),
        rows=((Button("确认退出", Leave(seat.id)), Button("不退出", Seats(), main=True)),),
        here=AskLeave(seat.id),
    )
