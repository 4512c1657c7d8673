"""The screens of 支部: the list, one branch, a new one."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.actions import (
    Arrange,
    AskCampus,
    AskClose,
    AskInto,
    AskName,
    BranchCard,
    BranchList,
    CloseBranch,
    InviteMenu,
    NewBranch,
    People,
    ReopenBranch,
    TypedBranchName,
    TypedCampus,
    TypedNewBranch,
)
from bot.message import Button, Line, Message
from bot.screens.layout import back, column, turning
from bot.values import Branch, Page, Term

LATER = "现有学期评完后"
LISTED = 12  # branches of a page
NAME_HINT = "例如：东坝校区党支部"


def branch_list(
    committee_id: int, committee: str, found: Page[tuple[Branch, str, bool]], count: int
) -> Message:
    """A page of a committee's branches, each with its campus; `count` of all are open."""
    rows = column(
        Button(
            f"{branch.name}{f'（{campus}）' if campus else ''}{'（已撤销）' if closed else ''}",
            BranchCard(branch.id),
        )
        for branch, campus, closed in found.shown
    )
    return Message(
        title=f"支部 · {committee}",
        lines=(f"共 {count} 个支部。点开一个，可以改名、填校区、撤销或合并。",),
        rows=(
            *rows,
            *turning(found, lambda number: BranchList(committee_id, number)),
            (Button("新增支部", NewBranch(committee_id)),),
            back(Arrange(committee_id), main=True),
        ),
        here=BranchList(committee_id, 0 if found.newer is None else found.newer + 1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchView:
    """A branch as its administrator sees it, with the names it had and of those that were merged into it.

    A closed one with the term from which on it is not rated (empty: the ones that were not set then), and into which
    one it was merged, if any.
    """

    branch: Branch
    campus: str
    secretaries: str
    former: tuple[str, ...]
    took_in: tuple[str, ...]
    closed: bool
    since: str
    into: str


def branch_card(view: BranchView) -> Message:
    """One branch."""
    branch = view.branch
    lines: list[Line] = []
    if view.closed:
        what = f"并入{view.into}" if view.into else "撤销"
        lines.append((f"从{view.since}起" if view.since else LATER, what))
    lines.append(("校区", view.campus or "没有填"))
    lines.append(("书记", view.secretaries or ("没有" if view.closed else "还没有，请点「邀请」")))
    lines += [("曾用名", "、".join(view.former))] if view.former else []
    lines += [("并入的支部", "、".join(view.took_in))] if view.took_in else []
    if view.closed:
        lines.append("以前的成绩和记录都保留。都评完以后，请在「人员」里移除还在任的同志。")
    rows = (
        (Button("恢复", ReopenBranch(branch.id)), Button("人员", People(branch.committee_id, 0)))
        if view.closed
        else (
            Button("改名", AskName(branch.id)),
            Button("改校区", AskCampus(branch.id)),
            Button("邀请", InviteMenu(branch.committee_id, branch.id)),
            Button("撤销或合并", AskClose(branch.id, 0), short="撤并"),
        )
    )
    return Message(
        title=branch.name,
        lines=tuple(lines),
        rows=(rows, back(BranchList(branch.committee_id, 0), main=True)),
        here=BranchCard(branch.id),
    )


def ask_close(branch: Branch, into: Branch | None, free: Sequence[Term], *, running: bool) -> Message:
    """From which term on a branch is closed, or merged into another one; this is asked once, and can be undone.

    `running`: it is rated in a term that is neither over nor published.
    """
    what = f"并入{into.name}" if into else "撤销"
    number = into.id if into else 0
    lines: list[Line] = [
        f"从哪个学期起{what}？从那时起不再评价和提醒；以前的成绩、台账和记录都保留，也可以恢复。",
        "书记和支委的职务不会自动取消，之后请在「人员」里移除。有关同志会收到通知。",
    ]
    if running and not free:
        lines.append("现有的学期已经开始填测评表，要先评完。")
    rows = column(Button(f"从{term.name}起", CloseBranch(branch.id, number, term.id)) for term in free)
    rows.append((Button(LATER, CloseBranch(branch.id, number, 0), short="评完后"),))
    if not into:
        rows.append((Button("并入别的支部", AskInto(branch.id, 0), short="并入"),))
    return Message(
        title=f"{branch.name}{what}？" if into else f"撤销{branch.name}？",
        lines=tuple(lines),
        rows=(*rows, back(BranchCard(branch.id), "不改", main=True)),
        here=AskClose(branch.id, number),
    )


def ask_into(branch: Branch, others: Page[Branch]) -> Message:
    """Into which branch this one is merged."""
    return Message(
        title=f"{branch.name}并入哪个支部？",
        lines=("选好以后再选从哪个学期起，现在不会改动。",),
        rows=(
            *column(Button(other.name, AskClose(branch.id, other.id)) for other in others.shown),
            *turning(others, lambda number: AskInto(branch.id, number)),
            back(AskClose(branch.id, 0), main=True),
        ),
        here=AskInto(branch.id, 0 if others.newer is None else others.newer + 1),
    )


def ask_name(branch: Branch) -> Message:
    """What a branch is called from now on; what became of it stays with it."""
    return Message(
        title=f"改名 · {branch.name}",
        lines=(
            f"请输入新的全名，{NAME_HINT}。",
            "成绩、台账、人员和记录都跟着这个支部；已公布和已结束的学期仍显示原来的名称。",
        ),
        rows=(back(BranchCard(branch.id), "不改", main=True),),
        here=AskName(branch.id),
        hears=lambda text: TypedBranchName(branch.id, text),
        hint=NAME_HINT,
    )


def ask_campus(branch: Branch, campus: str) -> Message:
    """On which campus a branch is: 排名 can be seen by campus."""
    return Message(
        title=f"校区 · {branch.name}",
        lines=(("现在", campus or "没有填"), "请输入校区，例如：东坝校区。排名可以按校区看。"),
        rows=(back(BranchCard(branch.id), main=True),),
        here=AskCampus(branch.id),
        hears=lambda text: TypedCampus(branch.id, text),
        hint="例如：东坝校区",
    )


def new_branch(committee_id: int) -> Message:
    """What a new branch is called."""
    return Message(
        title="新增支部",
        lines=(
            f"请输入支部的全名，{NAME_HINT}；几个一起，用顿号隔开。新增后从本学期起一起自评和排名；写错了可以改名，也可以撤销。",
        ),
        rows=(back(BranchList(committee_id, 0), main=True),),
        here=NewBranch(committee_id),
        hears=lambda text: TypedNewBranch(committee_id, text),
        hint=NAME_HINT,
    )
