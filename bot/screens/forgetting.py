"""The screens of 删除个人资料: who left, and what goes and what stays when somebody is deleted."""

from collections.abc import Sequence

from bot.actions import AskForget, AskForgetMe, Departed, Forget, ForgetMe, People, PersonCard, Privacy
from bot.message import Button, Line, Message
from bot.permissions import Me, Seat
from bot.screens.layout import back, grid, turning
from bot.screens.staffing import LISTED as LISTED
from bot.screens.staffing import day, short, unled
from bot.values import FORGOTTEN, Holder, Page

_GOES = "称呼、聊天和登录、提醒和邮箱、日历订阅、没用的码、草稿、最近说过的话；意见和记录上的署名，所发材料的名称。"
_STAYS = f"评分、结果、记录和材料本身，原来写称呼的地方改成「{FORGOTTEN}」。别人写的文字里提到的称呼不改。"


def departed(me: Me, committee: Seat, found: Page[Holder], first: int) -> Message:
    """A page of who held a seat and holds none any more; `first`: the place of the first one on it."""
    numbered = list(enumerate(found.shown, start=first))
    lines: list[Line] = [(f"{n}. {one.name}", _held(me, one)) for n, one in numbered]
    lines.append("点姓名可以删除这位同志的个人资料，删除前会再问一次。" if numbered else "还没有人离任。")
    buttons = [
        Button(f"{n}. {short(one.name)}", AskForget(committee.committee_id, one.person))
        for n, one in numbered
    ]
    return Message(
        title=f"已离任 · {committee.committee}",
        lines=tuple(lines),
        rows=(
            *grid(buttons, 2),
            *turning(found, lambda number: Departed(committee.committee_id, number)),
            back(People(committee.committee_id, 0), "人员"),
        ),
        here=Departed(committee.committee_id, 0 if found.newer is None else found.newer + 1),
    )


def _held(me: Me, one: Holder) -> str:
    """常营主校区党支部 支部书记，2026年12月28日止: what they held last."""
    last = one.seats[0]
    until = f"，{day(last.until, me.now)}止" if last.until else ""
    return f"{last.seat.words}{until}"


def ask_forget(me: Me, committee_id: int, one: Holder, backups: int, alone: Sequence[Seat]) -> Message:
    """Somebody's data is deleted for good, so it is asked once; seats that they hold go first.

    `alone`: those of them without which a branch has no secretary.
    """
    held = [seat.seat.words for seat in one.seats if seat.until is None]
    lines: list[Line] = [("称呼", one.name)]
    if held:
        lines += [("先移除职务", "；".join(held)), *unled(alone)]
    else:
        lines.append(("离任", _held(me, one)))
    to = PersonCard(committee_id, one.person) if held else Departed(committee_id, 0)
    return Message(
        title="删除个人资料？",
        lines=(*lines, *_what(backups)),
        rows=((Button("确认删除", Forget(committee_id, one.person)), Button("不删除", to, main=True)),),
        here=AskForget(committee_id, one.person),
    )


def ask_forget_me(me: Me, backups: int) -> Message:
    """My data is deleted for good, so I am asked once."""
    return Message(
        title="删除我的资料？",
        lines=(("称呼", me.name), *_what(backups), "删除后这里不认识您了；再来要用新的邀请码。"),
        rows=((Button("确认删除", ForgetMe()), Button("不删除", Privacy(), main=True)),),
        here=AskForgetMe(),
    )


def _what(backups: int) -> tuple[Line, ...]:
    """What goes, what stays, what a backup holds still."""
    kept = (
        f"删除前做的夜间备份里还有，最多留 {backups} 份，每晚一份新的替换最旧的。维护人员另存的备份，请他们处理。"
        if backups
        else "维护人员以前做的备份里还有，要由他们处理。"
    )
    return (
        ("删除", _GOES),
        ("保留", _STAYS),
        ("备份", kept),
        "已经发到各人聊天里的消息和文件收不回来。删除后不能恢复。",
    )
