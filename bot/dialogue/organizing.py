"""支部: an administrator adds branches, renames them, says on which campus they are, closes and merges them."""

import re
from collections.abc import Sequence
from typing import assert_never

from bot.actions import (
    AskCampus,
    AskClose,
    AskInto,
    AskName,
    BranchCard,
    BranchList,
    CloseBranch,
    Home,
    NewBranch,
    Organizing,
    ReopenBranch,
    TypedBranchName,
    TypedCampus,
    TypedNewBranch,
    wire,
)
from bot.dialogue.work import NotUnderstood, Work
from bot.message import Message, Reply
from bot.permissions import arrange
from bot.screens import organizing as screens
from bot.screens.layout import part
from bot.store import branches as store
from bot.store import notices, people, seats, terms
from bot.values import Branch
from scoring.pattern import pattern
from scoring.refusal import Refused

_NUMBER = pattern(r"^\s*(?:[0-9]{1,2}|[（(][0-9一二三四五六七八九十]{1,3}[）)])\s*[.、．)）]?\s*(?=\D)")
_ADDS = pattern(  # 新增支部：东坝校区党支部
    r"\s*(?:请|帮我)?(?:新增|增加|添加|新建|加)(?:[一两]?个)?(?:党?支部[\s:：,，]*|[\s:：,，]+)(?=[^的\s].*(?:支部|校区)\s*\Z)",
    re.DOTALL,
)
_BETWEEN = pattern(r"[\n、，,;；]+|(?<=支部)[\s/／和与及]+(?=\S)")
LONGEST = 40  # characters of a name, or of a campus
_NAME = pattern(
    r"(?!增加|新增|添加|新建|加|删|合并|撤|取消|改|各|全部|所有|下一?个|我的?|请|帮我|想)"
    r"(?!.*(?:怎么|怎样|如何|什么|哪|谁|吗)).+支部"
)


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
                screens.ask_campus(terms.branch(work.session, branch), store.state(work.session, branch)[0])
            )
        case NewBranch(committee):
            return Reply(screens.new_branch(committee))
        case TypedNewBranch(committee, text):
            return _add(work, committee, _names(text))
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
        case AskClose(branch, into):
            return Reply(_ask_close(work, branch, into))
        case AskInto(branch, number):
            return Reply(_ask_into(work, branch, number))
        case CloseBranch(branch, into, term):
            return _close(work, branch, into, term)
        case ReopenBranch(branch):
            return _reopen(work, terms.branch(work.session, branch))
        case _:
            assert_never(action)


def _add(work: Work, committee_id: int, names: Sequence[str]) -> Reply:
    """One new branch, or several that were typed together; all of them or none."""
    made = [store.add(work.session, me=work.me, committee_id=committee_id, name=name) for name in names]
    if len(made) == 1:
        return Reply(_card(work, made[0]), toast=f"已新增{names[0]}，请邀请书记")
    return Reply(_list(work, committee_id, 0), toast=f"已新增 {len(made)} 个支部，请邀请书记")


def added(text: str) -> str:
    """What is to be added, of a text that says so and names it; empty for any other."""
    found = _ADDS.match(text)
    return text[found.end() :] if found else ""


def _names(text: str) -> list[str]:
    """The names in a text: one a line, numbered or not, or with something between them; each once."""
    text = added(text) or text
    lines = (_NUMBER.sub("", line) for line in text.splitlines())
    parts = (part.strip() for line in lines for part in _BETWEEN.split(line))
    return [_name(part) for part in dict.fromkeys(filter(None, parts))] or [_name(text)]


def _name(text: str) -> str:
    """A branch's full name. Raises NotUnderstood for a text that is none: it may be a word that is known everywhere."""
    name = people.clean_name(text)
    if not _NAME.fullmatch(name):
        raise NotUnderstood(text, "支部名称请写全，以「支部」结尾，例如：东坝校区党支部。")
    if len(name) > LONGEST:
        raise Refused(f"支部名称最多 {LONGEST} 个字，请写短一些。")
    return name


def _list(work: Work, committee_id: int, number: int) -> Message:
    every = store.every(work.session, committee_id)
    page = part(every, number, screens.LISTED, screens.LISTED)
    name = terms.committee_name(work.session, committee_id)
    return screens.branch_list(committee_id, name, page, sum(not closed for _, _, closed in every))


def _card(work: Work, branch_id: int) -> Message:
    branch = terms.branch(work.session, branch_id)
    led = seats.secretaries(work.session, branch.committee_id).get(branch_id, "")
    known = store.every(work.session, branch.committee_id)
    campus, closed = next((campus, closed) for one, campus, closed in known if one.id == branch_id)
    past = store.past(work.session, branch.committee_id)
    names = {one.id: one.name for one, _, _ in known}
    every = {term.id: term.name for term in terms.terms_of(work.session, [branch.committee_id])}
    return screens.branch_card(
        screens.BranchView(
            branch=branch,
            campus=campus,
            secretaries=led,
            former=tuple(
                name for name, whose in past.names.items() if whose == branch_id and name != branch.name
            ),
            took_in=tuple(names[one] for one, into in past.into.items() if into == branch_id),
            closed=closed,
            since=every.get(past.since.get(branch_id, 0), ""),
            into=names.get(past.into.get(branch_id, 0), ""),
        )
    )


# --- the end of a branch ------------------------------------------------------------------------------------------


def _other(work: Work, branch: Branch, into: int) -> Branch | None:
    """The branch into which another one is merged; None for 0. Raises Refused for one that cannot be."""
    if not into:
        return None
    open_ones = terms.branches_of(work.session, branch.committee_id)
    found = next((one for one in open_ones if one.id == into != branch.id), None)
    if found is None:
        raise Refused("不能并入这个支部，请另选一个。")
    return found


def _ask_close(work: Work, branch_id: int, into: int) -> Message:
    branch = terms.branch(work.session, branch_id)
    if store.state(work.session, branch_id)[1]:
        return _card(work, branch_id)
    other = _other(work, branch, into)
    free = store.may_end_from(work.session, branch, work.today)
    running = bool(store.still_rated(work.session, branch, work.today))
    return screens.ask_close(branch, other, free, running=running)


def _ask_into(work: Work, branch_id: int, number: int) -> Message:
    branch = terms.branch(work.session, branch_id)
    others = [one for one in terms.branches_of(work.session, branch.committee_id) if one.id != branch_id]
    return screens.ask_into(branch, part(others, number, screens.LISTED, screens.LISTED))


def _close(work: Work, branch_id: int, into: int, term_id: int) -> Reply:
    branch = terms.branch(work.session, branch_id)
    other = _other(work, branch, into)
    store.close(work.session, me=work.me, branch=branch, into=other, term_id=term_id)
    done = f"已并入{other.name}" if other else "已撤销"
    since = f"从{terms.any_term(work.session, term_id).name}起" if term_id else screens.LATER
    concerned = [branch_id, other.id] if other else [branch_id]
    said = f"{since}，{branch.name}{done.removeprefix('已')}。以前的成绩和记录都保留。"
    return Reply(_card(work, branch_id), toast=done + _tell(work, branch, concerned, said))


def _reopen(work: Work, branch: Branch) -> Reply:
    if not store.reopen(work.session, me=work.me, branch=branch):
        return Reply(_card(work, branch.id), toast="没有撤销，不用恢复")
    told = _tell(work, branch, [branch.id], f"{branch.name}恢复了，照常评价和提醒。")
    return Reply(_card(work, branch.id), toast=f"已恢复{told}，请看人员齐不齐")


def _tell(work: Work, branch: Branch, concerned: Sequence[int], said: str) -> str:
    """Let the people of these branches know what becomes of one; what is said of that, empty where nobody is there."""
    sits = seats.in_branches(work.session, branch.committee_id, concerned)
    persons = {person for persons in sits.values() for person in persons}
    if persons:
        notices.tell(
            work.session,
            committee_id=branch.committee_id,
            persons=persons,
            key=f"e:{branch.id}:{work.me.now.timestamp():.0f}",
            action=wire(Home()),
            said=said,
            now=work.me.now,
        )
    return "，并通知了有关同志" if persons else ""
