"""发到群里: what would be sent of a published term into the group chat, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.actions import AskOpenness, AskPost, CheckList, GroupChats, Post, PostedPart
from bot.message import Attachment, Button, Line, Message, Row
from bot.permissions import Openness
from bot.screens import groups, wording
from bot.screens.layout import back
from bot.screens.publishing import OpenedView
from bot.values import GroupChat, Part, Posted, Term

OPEN = ("waiting", "claimed", "sending")
SHOW = {Part.PICTURE: "看图", Part.FILE: "看文件"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostView:
    """A published term before a group chat: the `table` that would be sent first and all `parts`, as they are at this
    `revision`; what was `posted` of them, and how many attempts there were."""

    term: Term
    group: GroupChat
    openness: Openness
    table: Message
    parts: Sequence[Part]
    revision: int
    posted: Sequence[Posted]
    attempts: int
    now: datetime


def ask(view: PostView) -> Message:
    """What would be sent, to be confirmed; afterwards how far each part of it has come."""
    term, group = view.term, view.group
    way = _way(term)
    if not group.shows:
        return _not_yet(
            term,
            f"「{group.name}」还没有打开，不能发。请先在「群聊」里打开。",
            (Button("群聊", GroupChats(term.committee_id), main=True),),
        )
    if view.openness is Openness.OWN:
        return _not_yet(
            term,
            "各支部的结果没有公开，群里也不能发。要改，请点「各支部可以看什么」。",
            (Button("各支部可以看什么", AskOpenness(term.committee_id), main=True, short="公开什么"),),
        )
    lines: list[Line] = [(one.part.word, _said(one, view.now)) for one in view.posted]
    rows: list[Row] = []
    left = [part for part in view.parts if not _arrived(view, part)]
    if any(one.state in OPEN for one in view.posted):
        rows.append((Button("看发送结果", AskPost(term.id), main=True, short="发送结果"),))
    elif left:
        label = "再发一次" if view.posted else "确认发送"
        rows.append((Button(label, Post(term.id, view.revision, view.attempts), main=True),))
    if not view.posted:
        lines.append((f"发到{group.name}", "群里的人都能看到，发出后机器人不能收回。会发下面的内容："))
    shows = [Button(SHOW[part], PostedPart(term.id, view.revision, part)) for part in view.parts[1:]]
    rows += [tuple(shows), way]
    return replace(
        view.table,
        title=f"发到群里 · {term.name}",
        lines=(*lines, *view.table.lines),
        rows=tuple(rows),
        here=AskPost(term.id),
    )


def _not_yet(term: Term, why: str, way: Row) -> Message:
    return Message(
        title=f"发到群里 · {term.name}",
        lines=(why,),
        rows=(way, _way(term)),
        here=AskPost(term.id),
    )


def _way(term: Term) -> Row:
    return back(CheckList(term.id), "公示和公开", short="公示公开")


def _arrived(view: PostView, part: Part) -> bool:
    return any(one.part is part and one.state == "sent" for one in view.posted)


def _said(one: Posted, now: datetime) -> str:
    """How far a part has come, by whom."""
    if one.state == "sent":
        return f"已发到群里，{wording.moment(one.at, now)} 由{one.by}发送"
    if one.state in OPEN:
        return f"还没有发出：{one.why}，会自动再试" if one.why else "正在发送"
    if one.state == "uncertain":
        return "不知道有没有发到。请先到群里看一眼，没有再点「再发一次」"
    return f"没有发出：{one.why or '发送以前，内容有改动或群已关闭'}"


# --- what is sent -------------------------------------------------------------------------------------------------


def table(view: OpenedView, committee: str, on: date, parts: Sequence[Part], *, again: bool) -> Message:
    """The first message: all branches as far as they are opened, when it was published, and what comes after it.

    `again`: something else was sent before.
    """
    shown = groups.standings(view)
    above = ["有改动，请以这一次为准。"] if again else []
    after = "、".join(part.word for part in parts[1:])
    return replace(
        shown, lines=(*above, f"{committee}，{wording.day(on)}公布。", *shown.lines, f"随后是{after}。")
    )


def part(term: Term, revision: int, which: Part, file: Attachment) -> Message:
    """A picture or a file as it is sent."""
    return Message(
        title=f"{which.word} · {term.name}",
        lines=("发到群里的就是这一份。",),
        rows=(back(AskPost(term.id), "发到群里", main=True),),
        here=PostedPart(term.id, revision, which),
        attachment=file,
    )
