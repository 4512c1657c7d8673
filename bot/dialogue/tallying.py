"""What is entered by hand beside the ballots of 年度评议: paper ballots, weights, what experts say over their names."""

import re
from typing import assert_never

from bot.actions import (
    AskDropExpert,
    AskDropPaper,
    DropExpert,
    DropPaper,
    Experts,
    PaperBallots,
    PaperOfBranch,
    PaperOfGroup,
    ReviewWeights,
    Tallying,
    TypedExpert,
    TypedPaperBallots,
    TypedPaperCounts,
    TypedWeights,
)
from bot.dialogue import review
from bot.dialogue.work import NotUnderstood, Work
from bot.dialogue.written import written
from bot.message import Message, Reply
from bot.permissions import hold_review
from bot.screens import tallying as screens
from bot.store import review as store
from bot.values import Review
from scoring.numerals import halfwidth
from scoring.pattern import pattern
from scoring.refusal import Refused
from scoring.review import LEAST, WEIGHTS_MOST, Box, Count, Electorate

NAME_MOST = 20  # characters of an expert's name
_BALLOTS = pattern(r"(?:一?共|合计|有效)?\s*([0-9]{1,5}|[〇零一二两三四五六七八九十百]{1,6})\s*[张票份]*")
_SAID = pattern(rf"\s*([^\s:,。]{{1,{NAME_MOST}}})\s*:\s*(.+)", re.DOTALL)
_NUMBER = pattern(r"(?<![0-9.-])[0-9]{1,5}(?![0-9.])")


def respond(work: Work, action: Tallying) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case PaperBallots(number):
            found = _open_to_entry(work, number)
            return Reply(screens.paper_ballots(found, store.paper(work.session, number)))
        case PaperOfGroup(number, group):
            return Reply(_of_group(work, _open_to_entry(work, number), _group(group)))
        case TypedPaperBallots(number, group, text):
            return _typed_ballots(work, number, _group(group), text)
        case PaperOfBranch(number, group, branch):
            found, where = _open_to_entry(work, number), review.branch_of(work, number, branch)
            return Reply(screens.paper_of_branch(found, _box(work, found, _group(group)), where))
        case TypedPaperCounts(number, group, branch, text):
            return _typed_counts(work, number, _group(group), branch, text)
        case AskDropPaper(number, group):
            found = _open_to_entry(work, number)
            return Reply(screens.ask_drop_paper(found, _box(work, found, _group(group))))
        case DropPaper(number, group):
            found = _open_to_entry(work, number, to_write=True)
            store.drop_paper(work.session, me=work.me, review=found, group=_group(group))
            return Reply(screens.paper_ballots(found, store.paper(work.session, number)), toast="已删去")
        case ReviewWeights(number):
            return Reply(screens.weights(_open_to_entry(work, number)))
        case TypedWeights(number, text):
            return _typed_weights(work, number, text)
        case Experts(number, branch):
            return Reply(_experts(work, _open_to_entry(work, number), branch))
        case TypedExpert(number, branch, text):
            return _typed_expert(work, number, branch, text)
        case AskDropExpert(number, opinion):
            return Reply(_ask_drop_expert(work, _open_to_entry(work, number), opinion))
        case DropExpert(number, opinion):
            found = _open_to_entry(work, number, to_write=True)
            store.drop_expert(work.session, me=work.me, review=found, opinion_id=opinion)
            return Reply(_experts(work, found, 0), toast="已删去")
        case _:
            assert_never(action)


def _open_to_entry(work: Work, number: int, *, to_write: bool = False) -> Review:
    """A closed round to which something may still be added by hand. Raises Refused."""
    found = review.managed(work, number) if to_write else store.one(work.session, number)
    hold_review(work.me, found.committee_id)
    if found.state != "closed":
        raise Refused("评议结束以后才能录入。")
    if review.is_decided(work, found):
        raise Refused("优秀党支部已经评出，评议结果不能再改。")
    return found


# --- paper ballots ------------------------------------------------------------------------------------------------


def _group(number: int) -> Electorate:
    if number not in tuple(Electorate):
        raise Refused("没有这一组。请在「录纸质票」里重新选择。")
    return Electorate(number)


def _entered(work: Work, found: Review, group: Electorate) -> Box | None:
    return next((box for box in store.paper(work.session, found.id) if box.groups == (group,)), None)


def _box(work: Work, found: Review, group: Electorate) -> Box:
    box = _entered(work, found, group)
    if box is None:
        raise Refused(f"请先输入{group.word}的纸质票一共多少张。")
    return box


def _of_group(work: Work, found: Review, group: Electorate) -> Message:
    branches = store.on_ballot(work.session, found)
    return screens.paper_of_group(found, group, _entered(work, found, group), branches)


def _typed_ballots(work: Work, number: int, group: Electorate, text: str) -> Reply:
    found = _open_to_entry(work, number, to_write=True)
    match = _BALLOTS.fullmatch(halfwidth(text).strip())
    if match is None:
        raise NotUnderstood(text, "请输入张数，例如：共12票。")
    count = review.count_in(match[1])
    if count < LEAST:
        raise Refused(f"一组满 {LEAST} 张才能录：太少了，看结果就知道是谁投的。{count} 张没有录。")
    if count > review.VOTERS_MOST:
        raise Refused(f"最多 {review.VOTERS_MOST} 张，请核对张数。")
    before = _entered(work, found, group)
    tally = before.tally if before else {}
    if any(one.marks > count for counts in tally.values() for one in counts):
        raise Refused(f"已经录的有一类超过 {count} 票。请先改支部的票数，再改张数。")
    counted = {
        branch: tuple(Count(*one[:3], count - one.marks) for one in counts)
        for branch, counts in tally.items()
    }
    box = Box((group,), count, counted, paper=True)
    store.keep_paper(work.session, me=work.me, review=found, box=box)
    return Reply(_of_group(work, found, group), toast=f"已记：{group.word} {count} 张")


def _typed_counts(work: Work, number: int, group: Electorate, branch_id: int, text: str) -> Reply:
    found = _open_to_entry(work, number, to_write=True)
    branch, box = review.branch_of(work, number, branch_id), _box(work, found, group)
    categories = found.table.categories
    form = halfwidth(text)
    numbers = [int(one) for one in _NUMBER.findall(form)]
    if re.search("[0-9-]", _NUMBER.sub("", form)):
        raise Refused("票数请用 0 或以上的整数，中间用 / 或空格隔开。没有录，请核对。")
    if len(numbers) != 3 * len(categories):
        wanted = f"要 {len(categories)} 组优秀/合格/不合格，共 {3 * len(categories)} 个数"
        raise NotUnderstood(text, f"{wanted}，这里有 {len(numbers)} 个。")
    counts = []
    for n, category in enumerate(categories):
        best, good, bad = numbers[3 * n : 3 * n + 3]
        given = best + good + bad
        if given > box.ballots:
            raise Refused(f"{category.name}合计 {given} 票，超过 {box.ballots} 张。没有录，请核对。")
        counts.append(Count(best, good, bad, box.ballots - given))
    tally = {**box.tally, branch.id: tuple(counts)}
    box = Box((group,), box.ballots, tally, paper=True)
    store.keep_paper(work.session, me=work.me, review=found, box=box)
    return Reply(screens.paper_of_branch(found, box, branch), toast="已录")


# --- weights and experts ------------------------------------------------------------------------------------------


def _typed_weights(work: Work, number: int, text: str) -> Reply:
    found = _open_to_entry(work, number, to_write=True)
    none = halfwidth(text).strip() in ("不计", "不计入", "供参考", "0")
    weights = {} if none else review.read_counts(text)
    if not weights and not none:
        raise NotUnderstood(text, "请写明哪一组占百分之几，例如：专家5 党员10；不计入总分的，输入：不计。")
    kept = {**found.weights, **weights}  # what was set for other groups stays
    if sum(kept.values()) > WEIGHTS_MOST:
        raise Refused(f"各组合计 {sum(kept.values())} %，不能超过 {WEIGHTS_MOST} %。没有改，请重新输入。")
    store.keep(work.session, me=work.me, review=found, what="weights", counts={} if none else kept)
    return Reply(screens.weights(store.one(work.session, number)), toast="已设置")


def _experts(work: Work, found: Review, branch_id: int) -> Message:
    said = store.experts(work.session, found.id)
    if not branch_id:
        return screens.experts(found, store.on_ballot(work.session, found), said)
    branch = review.branch_of(work, found.id, branch_id)
    return screens.expert_of(found, branch, [one for one in said if one.branch_id == branch_id])


def _ask_drop_expert(work: Work, found: Review, opinion: int) -> Message:
    said = next((one for one in store.experts(work.session, found.id) if one.id == opinion), None)
    if said is None:
        raise Refused("这条意见已经删去了。")
    return screens.ask_drop_expert(found, review.branch_of(work, found.id, said.branch_id), said)


def _typed_expert(work: Work, number: int, branch_id: int, text: str) -> Reply:
    found = _open_to_entry(work, number, to_write=True)
    branch = review.branch_of(work, number, branch_id)
    match = _SAID.fullmatch(halfwidth(text))
    if match is None:
        raise NotUnderstood(text, "先写姓名，再写意见，例如：王建国：党日活动有特色。")
    said = written(text[match.start(2) :])  # as it was typed: positions are the same
    store.add_expert(work.session, me=work.me, review=found, branch_id=branch.id, name=match[1], text=said)
    return Reply(_experts(work, found, branch_id), toast=f"已记：{match[1]}")
