"""The screens of joining, inviting, handing over and leaving."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from bot.actions import (
    AddDevice,
    AskLeave,
    AskSignOut,
    CancelInvitation,
    CodeCard,
    DeadCode,
    Devices,
    EnterCode,
    HandOver,
    Help,
    Home,
    Invite,
    InviteMany,
    InviteMenu,
    Leave,
    Newcomers,
    OpenInvitations,
    Rename,
    Seats,
    SeeNewcomers,
    ShowInvitation,
    SignOut,
    TypedInvited,
    TypedName,
    UseCode,
)
from bot.message import Attachment, Button, Line, Message, Offer, Row, ToCopy, Way
from bot.permissions import Me, Role, Seat, may_cancel_invitation
from bot.screens import wording
from bot.screens.layout import HOME, back, column, home_row, turning
from bot.values import Branch, Invitation, Newcomer, Page

HERE_TOO = "在那里的「我的职务」—「登录的设备」要一个登录码，输入到这里。"
ELSEWHERE = f"如果您已经在微信、QQ 或别的浏览器里加入过：{HERE_TOO}"


def enter_code(*why: Line, here: EnterCode | DeadCode | None = None) -> Message:
    """Ask for an invitation code; `why` the one that was given is of no use, which `here` says again."""
    return Message(
        title="输入邀请码",
        lines=(*why, "请输入 8 位邀请码，大小写都可以。", *(() if why else (ELSEWHERE,))),
        rows=((Button("帮助", Help()), HOME),),
        here=here or EnterCode(),
        hears=UseCode,
        hint="请输入邀请码",
    )


def joined(seat: Seat) -> Message:
    """The receipt of having joined."""
    return Message(title="✅ 加入成功", lines=(("职务", seat.words), "称呼可以在「我的职务」里修改。"))


def logged_in(me: Me) -> Message:
    """The receipt of having logged in by a 登录码."""
    return Message(
        title="✅ 登录成功", lines=(("您是", me.name), ("职务", "；".join(s.words for s in me.seats)))
    )


def offer(me: Me, made: Invitation, login: Sequence[Seat], *, expired: bool) -> Offer:
    """What a code that can be used gives, and who may join by it here; `expired`: the login here is over.

    `login`: the seats of the person who logs in by a 登录码.
    """
    title = "登录" if made.person_id else "您收到了一份邀请"
    lines = _given(made, login)
    lines.append(("有效期", f"到 {wording.moment(made.expires_at, me.now)}"))
    if made.moves:
        lines.append("加入后，这个职务随即移交给您。")
    if me.person_id is None:
        label = f"以{made.person}的身份登录" if made.person_id else "加入"
        return Offer(title, tuple(lines), (Way(label, new=True),), uses=made.code)
    lines.append(("这个浏览器现在是", _who(me)))
    mine = made.person_id == me.person_id
    ways = []
    if expired and (mine or not made.person_id):
        ways.append(
            Way(f"以{me.name}的身份继续", new=False, words=f"{me.name}在这里的登录已过期，继续后照常使用。")
        )
    elif not made.person_id:
        ways.append(
            Way(f"以{me.name}的身份加入", new=False, words=f"职务加到{me.name}名下，原有的职务不变。")
        )
    if not mine:
        ways.append(_another(me, f"换成{made.person}登录" if made.person_id else "换一个人加入"))
    return Offer(title, tuple(lines), tuple(ways), uses=made.code)


def _given(made: Invitation, login: Sequence[Seat]) -> list[Line]:
    """Of which school a code is, what it gives there, and who made it."""
    by = made.by or "系统管理员"
    lines: list[Line] = [("党总支", made.committee)]
    if made.person_id:
        held = "；".join(seat.words for seat in login)
        return [*lines, ("您将登录为", made.person), ("职务", held), ("登录码由", f"{made.person}自己生成")]
    return [*lines, ("职务", made.words), ("移交人" if made.moves else "邀请人", by)]


def held(me: Me, made: Invitation) -> Offer:
    """The code gives what one has here already."""
    if made.person_id:
        return Offer("您已经登录了", (("这个浏览器现在是", _who(me)),))
    lines: tuple[Line, ...] = (*_given(made, ()), ("这个浏览器现在是", _who(me)))
    if made.closed:
        return Offer("您已经加入了", lines)
    lines += ("不用再加入。如果这份邀请是给别人的，请选「换一个人加入」。",)
    return Offer("您已经有这个职务", lines, (_another(me, "换一个人加入"),), uses=made.code)


def _another(me: Me, label: str) -> Way:
    words = f"{me.name}在这个浏览器上退出登录，职务和已填的内容保留；要再进来，需要新的邀请码或登录码。"
    return Way(label, new=True, words=words)


def no_offer(*why: Line) -> Offer:
    """A code that gives nothing, and why."""
    return Offer("这个邀请码不能用", why, code=True)


def used(made: Invitation, now: datetime) -> tuple[Line, ...]:
    """What somebody may not know who comes with a code that was used: they may have used it themselves, elsewhere."""
    if made.uses_left:
        return ()
    when = wording.moment(made.used_at, now) if made.used_at else ""
    lines: tuple[Line, ...] = (("用过的时间", when),) if when else ()
    if made.person_id:
        return (*lines, "如果是您自己在微信、QQ 或别的浏览器里用的，那里已经登录，请回到那里继续。")
    own = "如果是您自己用的（例如先在微信、QQ 里打开过链接），您已经加入了：请回到那里继续；"
    return (*lines, f"{own}要在这里也用，{HERE_TOO}")


def in_messenger(name: str) -> str:
    """What to know before a code is used in the browser that is part of a messenger."""
    return (
        f"您正在{name}里打开。在哪里点按钮加入，以后就在哪里用；想用别的浏览器，请先在{name}右上角的菜单里选用浏览器打开。"
        "只看不点，邀请码不会用掉。"
    )


def expired(name: str) -> Offer:
    """The login here is over; the person is remembered."""
    lines = (
        ("这个浏览器是", f"{name}的"),
        "已有 180 天没有打开，为了安全，登录已过期。职务和已填的内容都在。",
        f"请要一个新的邀请链接（管理员和支部书记可以发），用这个浏览器打开，就能以{name}的身份继续。也可以在下面输入邀请码。",
    )
    return Offer("登录已过期", lines, code=True)


def _who(me: Me) -> str:
    held = "；".join(seat.words for seat in me.seats)
    return f"{me.name}（{held}）" if held else me.name


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
            short = "" if name else "未用的码"
            rows.append(
                (Button(label, OpenInvitations(seat.committee_id, seat.branch_id or 0, 0), short=short),)
            )
        own = [Button(f"退出 {name}".strip(), AskLeave(seat.id))]
        if seat.role is not Role.OFFICER:
            own.insert(0, Button(f"移交 {name}".strip(), HandOver(seat.id)))
        rows.append(tuple(own))
    rows.append((Button("改称呼", Rename()), Button("输入邀请码", EnterCode(), short="邀请码")))
    rows.append((Button("登录的设备", Devices(), short="设备"), Button("退出登录", AskSignOut(0))))
    rows.append(home_row())
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
            back(InviteMenu(committee_id, 0)),
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
    every = (Button("一次邀请多人", InviteMany(committee_id), short="邀请多人"),)
    rows = [roles, every, *column(Button(b.name, InviteMenu(committee_id, b.id)) for b in branches)]
    rows.append(back(Seats()))
    return Message(
        title="邀请人员",
        lines=("邀请总支委员、管理员，或选择支部邀请书记、支委。找支部，可直接输入名称的一部分。",),
        rows=tuple(rows),
        here=InviteMenu(committee_id, 0),
        hears=lambda text: TypedInvited(committee_id, text),
        hint="可输入支部名称的一部分",
    )


def open_invitations(
    me: Me, where: str, here: OpenInvitations, found: Page[Invitation], without: Sequence[Branch] = ()
) -> Message:
    """Invitations that can still be used, newest first; the pages on either side go by their numbers.

    A code that one could not have made oneself is not shown whole. `without`: the branches that have no secretary.
    """
    lines: list[Line] = []
    rows: list[Row] = []
    cancels = False
    if without:
        more = f"等 {len(without)} 个支部" if len(without) > WITHOUT else ""
        lines.append(("没有书记", "、".join(branch.name for branch in without[:WITHOUT]) + more))
        rows += column(
            Button(
                f"邀请 {branch.name.removesuffix('党支部')} 书记",
                Invite(branch.committee_id, branch.id, int(Role.SECRETARY), 0),
            )
            for branch in without[:WITHOUT]
        )
    for made in found.shown:
        mine = made.made_by is not None and made.made_by == me.person_id
        may = may_cancel_invitation(me, made.committee_id, made.branch_id, made.role, made.made_by)
        code = made.code if mine or (may and made.kind == "邀请码") else f"{made.code[:4]}····"
        lines += (
            (made.kind, ToCopy(code) if code == made.code else code),
            (
                "用途",
                f"{made.words}，{made.by or '维护人员'} {wording.moment(made.made_at, me.now)}生成，"
                f"到 {wording.moment(made.expires_at, me.now)}，还可用 {made.uses_left} 次",
            ),
        )
        if may:
            rows.append((Button(f"取消 {code}", CancelInvitation(made.id)),))
            cancels = True
    if cancels:
        lines.append("点「取消」后那个码马上作废；需要时可以重新生成。")
    rows += turning(found, lambda before: structs.replace(here, before=before))
    rows.append((Button("谁加入了", Newcomers()),))
    rows.append(back(Seats(), "我的职务"))
    return Message(
        title=f"未用的邀请码 · {where}",
        lines=tuple(lines if found.shown else [*lines, "没有未用的邀请码。"]),
        rows=tuple(rows),
        here=here,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeView:
    """A code, its links as (channel, address), the QR of the first one, and who took a seat by it."""

    made: Invitation
    links: Sequence[tuple[str, str]]
    qr: bytes | None
    joined: Sequence[Newcomer]


def invitation(me: Me, view: CodeView) -> Message:
    """A code, its links and the QR of the first one; or that it is used up; and who joined by it."""
    made, links, qr = view.made, view.links, view.qr
    joined: list[Line] = [
        ("已加入", f"{one.words}，{wording.moment(one.at, me.now)}") for one in view.joined[:NEWCOMERS]
    ]
    name = made.kind
    rows: list[Row] = [back(Seats(), "我的职务")]
    if made.kind == "邀请码":
        more = Invite(made.committee_id, made.branch_id or 0, int(made.role), made.id)
        rows.insert(0, (Button("再要一个", more),))
    here = ShowInvitation(made.id)
    if made.closed:
        return Message(
            title=f"{name}{made.closed}",
            lines=(("您是" if made.person_id else "用途", made.words), *joined),
            rows=tuple(rows),
            here=here,
        )
    picture = (Button("转发图", CodeCard(made.id)),) if name == "邀请码" else ()
    rows.insert(-1, (*picture, Button(f"取消这个{name}", CancelInvitation(made.id), short="取消")))
    lines: list[Line] = [
        (name, ToCopy(made.code)),
        ("您是" if made.person_id else "用途", made.words),
        ("有效期", f"到 {wording.moment(made.expires_at, me.now)}"),
        *((f"{channel}链接", ToCopy(url)) for channel, url in links),
        *joined,
        {
            "移交码": "对方用这个码加入后，您的职务随即移交给对方。请只发给接任的同志。",
            "登录码": "请在您的另一台设备上打开链接，或输入登录码，只能用一次。不要发给别人：用它的人就是您。",
        }.get(name, "请把邀请码或链接只发给本人。"),
    ]
    return Message(
        title={"移交码": "移交职务", "登录码": "在另一台设备上登录"}.get(name, "邀请"),
        lines=tuple(lines),
        rows=tuple(rows),
        here=here,
        attachment=Attachment(f"{name}二维码.png", "image/png", qr) if qr else None,
    )


WITHOUT = 6  # branches without a secretary that are named
NEWCOMERS, NAMED = 20, 3  # who joined: on the screen, and by name in a line


def joined_line(found: Sequence[Newcomer]) -> list[Line]:
    """Who took a seat by one's codes, in one line; none where nobody did."""
    if not found:
        return []
    more = f"等 {len(found)} 人" if len(found) > NAMED else ""
    return [("新加入", "、".join(one.words for one in found[:NAMED]) + more)]


def joined_row(found: Sequence[Newcomer]) -> list[Row]:
    """The way to all of them, which keeps them from being named again."""
    return [(Button("看新加入的", SeeNewcomers(found[0].entry), short="新人"),)] if found else []


def newcomers(me: Me, found: Sequence[Newcomer]) -> Message:
    """Who took a seat by one's codes, the newest first."""
    lines: list[Line] = [(wording.moment(one.at, me.now), one.words) for one in found[:NEWCOMERS]]
    if len(found) > NEWCOMERS:
        lines.append(f"这里列出最近的 {NEWCOMERS} 人。")
    return Message(
        title="谁加入了",
        lines=tuple(lines) or ("还没有人用您的邀请码加入。",),
        rows=(back(Seats(), "我的职务", main=True),),
        here=Newcomers(),
    )


def ask_leave(seat: Seat, *, last: bool, alone: bool) -> Message:
    """Leaving cannot be taken back by oneself, so it is asked once; `last`: no other seat is left then; `alone`: their
    branch has no secretary then."""
    kept = "已填的内容保留，这里显示的对话会删除。" if last else "已填的内容保留。"
    return Message(
        title="退出职务？",
        lines=(
            ("职务", seat.words),
            *([f"退出后，{seat.branch}就没有书记了。有人接任的，请先点「移交」。"] if alone else []),
            f"退出后不能再查看和填写；需要时可以重新邀请您。{kept}",
        ),
        rows=((Button("确认退出", Leave(seat.id)), Button("不退出", Seats(), main=True)),),
        here=AskLeave(seat.id),
    )


CHANNELS = {"web": "网页", "telegram": "Telegram", "wecom": "企业微信"}


def devices(me: Me, found: Sequence[tuple[str, datetime | None, bool]]) -> Message:
    """Where I am logged in, as (channel, when something last came from there, whether it is here)."""
    lines: list[Line] = []
    for channel, heard_at, here in found[:10]:
        last = f"，最近使用 {wording.moment(heard_at, me.now)}" if heard_at and not here else ""
        lines.append(("这里" if here else "其他", f"{CHANNELS.get(channel, channel)}{last}"))
    others = len(found) - 1
    lines.append("换手机，或在另一处也要用，请点「在另一台设备上登录」。")
    rows: list[Row] = [(Button("在另一台设备上登录", AddDevice(), main=True, short="添设备"),)]
    if others > 0:
        lines.append("手机丢了，或在别人的设备上登录过，请点「退出其他设备」。")
        rows.append((Button("退出其他设备", AskSignOut(1), short="退出其他"),))
    rows.append((Button("退出登录", AskSignOut(0)),))
    rows.append(back(Seats(), "我的职务"))
    return Message(title="登录的设备", lines=tuple(lines), rows=tuple(rows), here=Devices())


def ask_sign_out(me: Me, others: bool) -> Message:
    """Logging out cannot be taken back without a code, so it is asked once."""
    if others:
        return Message(
            title="退出其他设备？",
            lines=(
                ("您是", me.name),
                "除了这里，您在其他浏览器和聊天里都会退出登录。退出后要用新的邀请码或登录码才能再进来。",
                "职务和已填的内容保留；日历订阅会换新地址，原来的地址作废。",
            ),
            rows=(
                (
                    Button("确认退出其他设备", SignOut(1), short="确认退出"),
                    Button("不退出", Devices(), main=True),
                ),
            ),
            here=AskSignOut(1),
        )
    if not me.known:
        return Message(
            title="退出登录？",
            lines=(
                ("您是", me.name),
                "退出后要用新的邀请码才能再进来。已填的内容保留，这里显示的对话会删除。",
            ),
            rows=(
                (Button("确认退出登录", SignOut(0), short="确认退出"), Button("不退出", Home(), main=True)),
            ),
            here=AskSignOut(0),
        )
    return Message(
        title="退出登录？",
        lines=(
            ("您是", me.name),
            "退出后要用新的邀请码才能再进来。职务和已填的内容保留，这里显示的对话会删除。",
            "如果是换手机，请先点「在另一台设备上登录」，拿到登录码再退出。",
        ),
        rows=(
            (Button("在另一台设备上登录", AddDevice(), short="添设备"),),
            (Button("确认退出登录", SignOut(0), short="确认退出"), Button("不退出", Seats(), main=True)),
        ),
        here=AskSignOut(0),
    )
