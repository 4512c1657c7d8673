"""支部: an administrator adds branches, renames them, says on which campus they are."""

import re
from typing import assert_never

from bot.actions import (
    AskCampus,
    AskName,
    BranchCard,
    BranchList,
    NewBranch,
    Organizing,
    TypedBranchName,
    TypedCampus,
    TypedNewBranch,
)
from bot.dialogue.work import NotUnderstood, Work
from bot.message import Message, Reply
from bot.permissions import arrange
from bot.screens import organizing as screens
from bot.screens.layout import part
from bot.store import branches as store
from bot.store import people, seats, terms
from scoring.refusal import Refused

LONGEST = 40  # characters of a name, or of a campus
_NAME = re.compile(r"(?!增加|新增|添加|新建|加|删|合并|撤|取消|改|哪|各|全部|所有|下一?个|我的?).+支部")


def respond(work: Work, action: Organizing) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    if isinstance(action, BranchList | NewBranch | TypedNewBranch):
        arrange(work.me, action.committee)
    else:
        arrange(work.me, terms.branch(work.session, action.branch).committee_id)
    match action:
        case BranchList(committee, number):
            return Reply(_list(work, committee, number))
        case BranchCard(branch):
            return Reply(_card(work, branch))
        case AskName(branch):
            return Reply(screens.ask_name(terms.branch(work.session, branch)))
        case AskCampus(branch):
            return Reply(
                screens.ask_campus(terms.branch(work.session, branch), store.campus(work.session, branch))
            )
        case NewBranch(committee):
            return Reply(screens.new_branch(committee))
        case TypedNewBranch(committee, text):
            name = _name(text)
            made = store.add(work.session, me=work.me, committee_id=committee, name=name)
            return Reply(_card(work, made), toast=f"已新增{name}，请邀请书记")
        case TypedBranchName(branch, text):
            name = _name(text)
            changed = store.rename(work.session, me=work.me, branch_id=branch, name=name)
            return Reply(
                _card(work, branch), toast=f"已改名为{name}" if changed else "本来就是这样，没有改动"
            )
        case TypedCampus(branch, text):
            campus = people.clean_name(text)
            if not campus or len(campus) > LONGEST:
                raise Refused(f"校区请用 1 到 {LONGEST} 个字，例如：东坝校区。")
            changed = store.move(work.session, me=work.me, branch_id=branch, campus=campus)
            return Reply(_card(work, branch), toast="校区已改" if changed else "本来就是这样，没有改动")
        case _:
            assert_never(action)


def _name(text: str) -> str:
    """A branch's full name. Raises NotUnderstood for a text that is none: it may be a word that is known everywhere."""
    name = people.clean_name(text)
    if not _NAME.fullmatch(name):
        raise NotUnderstood(text, "支部名称请写全，以「支部」结尾，例如：东坝校区党支部。")
    if len(name) > LONGEST:
        raise Refused(f"支部名称最多 {LONGEST} 个字，请写短一些。")
    return name


def _list(work: Work, committee_id: int, number: int) -> Message:
    every = terms.branches_and_campuses(work.session, [committee_id])
    page = part(every, number, screens.LISTED, screens.LISTED)
    return screens.branch_list(
        committee_id, terms.committee_name(work.session, committee_id), page, len(every)
    )


def _card(work: Work, branch_id: int) -> Message:
    branch = terms.branch(work.session, branch_id)
    led = seats.secretaries(work.session, branch.committee_id).get(branch_id, "")
    former = store.former_names(work.session, branch.committee_id)
    return screens.branch_card(
        branch,
        store.campus(work.session, branch_id),
        led,
        [name for name, whose in former.items() if whose == branch_id and name != branch.name],
    )
