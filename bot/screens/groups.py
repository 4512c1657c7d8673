"""群聊: which group chats may see 排名, for the administrator; and what a group chat is shown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.actions import Arrange, AskOpenness, ForgetGroupChat, GroupChats, SwitchGroupChat
from bot.message import Button, Line, Message, Row
from bot.permissions import Openness
from bot.screens import publishing, wording
from bot.screens.layout import back
from bot.values import GroupChat

SHORT = 8  # characters of a name on a button
UNNAMED = "没有名称的群"


def group_chats(committee_id: int, known: Sequence[GroupChat], openness: Openness, now: datetime) -> Message:
    """The group chats that a committee knows, each with its switch; and what is shown where it is on."""
    names, asking = _apart(known), [group for group in known if not group.posted_to]
    lines: list[Line] = [(names[group.id], _state(group, now)) for group in known]
    if not asking:
        lines.append(
            "还没有登记的群。先把机器人加进群里，再在群里发 /standings（总支委员和管理员都可以），群就会列在这里。"
        )
        lines.append("网页聊天里没有群。")
    if known and openness is Openness.OWN:
        lines.append("现在各支部只看本支部的结果，所以打开了，群里也看不到。要改，请点「各支部可以看什么」。")
    elif asking:
        lines.append(
            ("打开后", f"总支委员或管理员在群里发 /standings，群里就能{openness.word}，只限已公布的。")
        )
    lines += [
        (names[group.id], "群机器人在的群。打开后，公布的结果可以由管理员在「公示和公开」里发到群里。")
        for group in known
        if group.posted_to
    ]
    rows: list[Row] = [
        (
            Button(
                f"{'关闭' if group.shows else '打开'} {called}",
                SwitchGroupChat(group.id, int(not group.shows)),
            ),
            *[Button(f"删去 {called}", ForgetGroupChat(group.id))] * (not group.posted_to),
        )
        for group in known
        for called in (_short(names[group.id]),)
    ]
    if known:
        rows.append((Button("各支部可以看什么", AskOpenness(committee_id), short="公开什么"),))
    return Message(
        title="群聊",
        lines=tuple(lines),
        rows=(*rows, back(Arrange(committee_id), main=True)),
        here=GroupChats(committee_id),
    )


def _apart(known: Sequence[GroupChat]) -> dict[int, str]:
    """What each is called; of those that look alike on a button, a number in front tells which."""
    names = {group.id: group.name or UNNAMED for group in known}
    short = [_short(name) for name in names.values()]
    return {
        number: name if short.count(_short(name)) == 1 else f"{at}. {name}"
        for at, (number, name) in enumerate(names.items(), start=1)
    }


def _short(name: str) -> str:
    return name if len(name) <= SHORT else f"{name[: SHORT - 1]}…"


def _state(group: GroupChat, now: datetime) -> str:
    state = f"{'可以' if group.shows else '不能'}{'发' if group.posted_to else '看'}排名"
    if group.switched_at is None:
        return f"{state}，还没有打开过"
    done = "打开" if group.shows else "关闭"
    return f"{state}，{wording.moment(group.switched_at, now)} 由{group.switched_by}{done}"


# --- in a group chat ----------------------------------------------------------------------------------------------


def sentence(text: str) -> Message:
    """One sentence, without a title or a button."""
    return Message("", (text,))


def closed() -> Message:
    """For a group chat that is not switched on."""
    return sentence("这个群还不能看排名。管理员可以在私聊的「群聊」里打开。")


def nothing_open() -> Message:
    """Where the committee's branches see nothing of one another, a group chat does not, either."""
    return sentence(
        "各支部的结果没有公开，群里看不到。管理员可以在私聊里输入「公布」，点「各支部可以看什么」来改。"
    )


def nothing_published() -> Message:
    """Before the first publication."""
    return sentence("还没有公布过结果，公布后群里才能看到。")


def standings(view: publishing.OpenedView) -> Message:
    """A published term as branches see it, without buttons."""
    return replace(publishing.table(view), rows=())
