"""The screens of 一次邀请多人: which codes are made, the sheet of them to print, and one as a picture to send on."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.actions import (
    CodeCard,
    CodeSheet,
    InviteesDraft,
    InviteMany,
    InviteMenu,
    MakeCodes,
    MakeListed,
    OpenInvitations,
    ShowInvitation,
    TypedInvitees,
)
from bot.message import Attachment, Button, Line, Message, Row
from bot.permissions import Me
from bot.screens import wording
from bot.screens.layout import back, grid, turning
from bot.values import Branch, Invitation, Invitee, Page

LISTED = 12  # branches, or invitees, that are named
CODES = 8  # of a page on screen, as on paper
LABEL = 16  # characters of a name on a button


def many(committee_id: int, without: Sequence[Branch], such: str, unused: int) -> Message:
    """Which branches wait for a secretary's code, and how others are listed; `such`: the name of a branch.

    `unused`: how many codes of one's own can be printed.
    """
    lines: list[Line] = []
    rows: list[Row] = []
    if without:
        named = "、".join(branch.name for branch in without[:LISTED])
        more = f"等 {len(without)} 个支部" if len(without) > LISTED else ""
        lines.append(("没有书记，也没有码", named + more))
        label = f"给这 {len(without)} 个支部的书记生成邀请码"
        rows.append((Button(label, MakeCodes(committee_id), main=True, short="生成"),))
    elif such:
        lines.append("各支部都有书记，或已有没用的书记邀请码。")
    else:
        lines.append("还没有支部。请先在「工作安排」的「支部」里新增。")
    such = such or "第一党支部"
    first = "书记" if without else "支委"
    lines.append("邀请其他人：输入名单，一行一个，写称呼、职务、支部；核对后才生成。例如：")
    lines.append(f"王芳 {first} {such}\n李明 支委 {such}\n张华 总支委员")
    if unused:
        rows.append((Button(f"打印未用的 {unused} 个邀请码", CodeSheet(committee_id, 0), short="打印"),))
    rows.append(back(InviteMenu(committee_id, 0), "邀请人员"))
    return Message(
        title="一次邀请多人",
        lines=tuple(lines),
        rows=tuple(rows),
        here=InviteMany(committee_id),
        hears=lambda text: TypedInvitees(committee_id, text),
        hint=f"每行一个，例如：王芳 {first} {such}",
    )


def listed(committee_id: int, saying: int, invitees: Sequence[Invitee]) -> Message:
    """What was typed, as it was understood; nothing is made yet."""
    lines: list[Line] = [(f"{n}", one.words) for n, one in enumerate(invitees, start=1)]
    lines.append("还没有生成。要改，请把整个名单重新输入。")
    label = f"生成 {len(invitees)} 个邀请码"
    return Message(
        title="核对名单",
        lines=tuple(lines),
        rows=(
            (Button(label, MakeListed(committee_id, saying), main=True, short="生成"),),
            back(InviteMany(committee_id), "不生成"),
        ),
        here=InviteesDraft(committee_id, saying),
        hears=lambda text: TypedInvitees(committee_id, text),
        hint="可重新输入整个名单",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetView:
    """邀请码单: a page of the codes with the names that were said for them, how many there are, and the file of all.

    `first`: the place of the first code of the page.
    """

    committee: int
    codes: Page[tuple[Invitation, str]]
    first: int
    count: int
    file: Attachment | None


def sheet(me: Me, view: SheetView) -> Message:
    """All of one's own unused codes as a file to print, and each as a picture to send on."""

    def to(number: int) -> CodeSheet:
        return CodeSheet(view.committee, number)

    numbered = list(enumerate(view.codes.shown, start=view.first))
    lines: list[Line] = [
        (f"{n}. {name or made.words}", _until(me, made, f"{made.words}，" if name else ""))
        for n, (made, name) in numbered
    ]
    if view.count:
        lines.append(f"共 {view.count} 个，每页 8 张，打印后沿虚线剪开。码是凭证，请只交给本人。")
    else:
        lines.append("没有您发的、还没用的邀请码。")
    pictures = [
        Button(f"图 {n}. {wording.short(name or _brief(made), LABEL)}", CodeCard(made.id))
        for n, (made, name) in numbered
    ]
    return Message(
        title="邀请码单",
        lines=tuple(lines),
        rows=(
            *grid(pictures, 2),
            *turning(view.codes, to),
            (Button("取消邀请码", OpenInvitations(view.committee, 0, 0), short="取消"),),
            back(InviteMany(view.committee), "再邀请", main=True),
        ),
        here=to(0 if view.codes.newer is None else view.codes.newer + 1),
        attachment=view.file,
    )


def _until(me: Me, made: Invitation, seat: str) -> str:
    return f"{seat}到 {wording.moment(made.expires_at, me.now)}"


def _brief(made: Invitation) -> str:
    """双龙校区支部书记."""
    return f"{made.branch.removesuffix('党支部')}{made.role.word}"


def card(me: Me, made: Invitation, name: str, picture: Attachment) -> Message:
    """One code as a picture that can be sent on."""
    whom: list[Line] = [("给", name)] if name else []
    return Message(
        title="邀请码转发图",
        lines=(
            *whom,
            ("用途", made.words),
            ("有效期", f"到 {wording.moment(made.expires_at, me.now)}"),
            "长按图片转发，请只发给本人。",
        ),
        rows=(
            (Button("看这个邀请码", ShowInvitation(made.id), short="看码"),),
            back(
                OpenInvitations(made.committee_id, made.branch_id or 0, 0), "未用的邀请码", short="未用的码"
            ),
        ),
        here=CodeCard(made.id),
        attachment=picture,
    )
