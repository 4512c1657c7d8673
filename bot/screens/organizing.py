"""The screens of 支部: the list, one branch, a new one."""

from collections.abc import Sequence

from bot.actions import (
    Arrange,
    AskCampus,
    AskName,
    BranchCard,
    BranchList,
    InviteMenu,
    NewBranch,
    TypedBranchName,
    TypedCampus,
    TypedNewBranch,
)
from bot.message import Button, Line, Message
from bot.screens.layout import back, column, turning
from bot.values import Branch, Page

LISTED = 12  # branches of a page
NAME_HINT = "例如：东坝校区党支部"


def branch_list(committee_id: int, committee: str, found: Page[tuple[Branch, str]], count: int) -> Message:
    """A page of a committee's branches, each with its campus."""
    rows = column(
        Button(f"{branch.name}{f'（{campus}）' if campus else ''}", BranchCard(branch.id))
        for branch, campus in found.shown
    )
    return Message(
        title=f"支部 · {committee}",
        lines=(f"共 {count} 个支部。点开一个，可以改名、填校区。",),
        rows=(
            *rows,
            *turning(found, lambda number: BranchList(committee_id, number)),
            (Button("新增支部", NewBranch(committee_id)),),
            back(Arrange(committee_id), main=True),
        ),
        here=BranchList(committee_id, 0 if found.newer is None else found.newer + 1),
    )


def branch_card(branch: Branch, campus: str, secretaries: str, former: Sequence[str]) -> Message:
    """One branch."""
    lines: list[Line] = [
        ("校区", campus or "没有填"),
        ("书记", secretaries or "还没有，请点「邀请」"),
    ]
    if former:
        lines.append(("曾用名", "、".join(former)))
    return Message(
        title=branch.name,
        lines=tuple(lines),
        rows=(
            (
                Button("改名", AskName(branch.id)),
                Button("改校区", AskCampus(branch.id)),
                Button("邀请", InviteMenu(branch.committee_id, branch.id)),
            ),
            back(BranchList(branch.committee_id, 0), main=True),
        ),
        here=BranchCard(branch.id),
    )


def ask_name(branch: Branch) -> Message:
    """What a branch is called from now on; what became of it stays with it."""
    return Message(
        title=f"改名 · {branch.name}",
        lines=(
            f"请输入新的全名，{NAME_HINT}。",
            "成绩、台账、人员和记录都跟着这个支部；以前的学期也显示新名称。",
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
        lines=(f"请输入支部的全名，{NAME_HINT}。新增后从本学期起一起自评和排名；写错了可以改名，不能删除。",),
        rows=(back(BranchList(committee_id, 0), main=True),),
        here=NewBranch(committee_id),
        hears=lambda text: TypedNewBranch(committee_id, text),
        hint=NAME_HINT,
    )
