"""年度评议: who may vote, opening and closing a round, and what came of it (regulation, part 二, 2)."""

import re
from collections.abc import Mapping, Sequence
from typing import assert_never

from bot.actions import (
    AskCloseReview,
    AskVoidReview,
    BallotCodes,
    BallotOpinions,
    BallotSlide,
    BranchReview,
    CloseReview,
    OpenReview,
    PrepareReview,
    ReviewCard,
    Reviewing,
    SetOwnBranch,
    TypedCounts,
    VoidReview,
    YearEnd,
)
from bot.dialogue.work import NotUnderstood, Work
from bot.message import Attachment, Message, Reply
from bot.paper import charts, slips
from bot.paper.reviewed import Outcome
from bot.paper.texts import file_name, inert
from bot.permissions import Role, hold_review, see_review
from bot.screens import review as screens
from bot.screens import reviewed
from bot.store import ballots, duties, laying_out, roll, terms
from bot.store import review as store
from bot.store.database import Session
from bot.values import Branch, Review, Term
from jobs.duties.calendar import school_year, year_name
from scoring.numerals import halfwidth, whole
from scoring.pattern import pattern
from scoring.refusal import Refused
from scoring.review import Box, Electorate, Shown, shown

VOTERS_MOST = 2000  # codes of a round
_GROUPS = {
    Electorate.EXPERTS: "党建专家|专家",
    Electorate.OFFICERS: "支部委员|支委会?",
    Electorate.PARTIES: "民主党派代表|民主党派|党派代表|党派",
    Electorate.MEMBERS: "党员",
    Electorate.MASSES: "群众",
}
_COUNT = pattern(
    "(?:" + "|".join(f"(?P<g{group}>{words})" for group, words in _GROUPS.items()) + ")"
    r"[代表组]*[\s:是有为]*(?P<count>[0-9]{1,5}|[〇零一二两三四五六七八九十百]{1,6})(?![0-9.〇零一二两三四五六七八九十百]|,[0-9])"
    r"\s*[人名位张票%]*"
)
_TOTAL = pattern(r"(?:一共|总共|合计|共计|共)\s*:?\s*([0-9]{1,5})\s*[人名位张票]*\s*$")
_KINDS = {"实到": "present", "发出": "issued", "发票": "issued", "发": "issued", "应到": "voters"}


def respond(work: Work, action: Reviewing) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case YearEnd(committee, year):
            return Reply(_year_end(work, committee, year))
        case PrepareReview(committee, year):
            return _prepare(work, committee, year)
        case ReviewCard(review):
            return Reply(card(work, _seen(work, review)))
        case TypedCounts(review, text):
            return _typed(work, review, text)
        case SetOwnBranch(review, may):
            return _set_own(work, review, bool(may))
        case OpenReview(review, revision):
            return _open(work, review, revision)
        case BallotCodes(review):
            return Reply(_codes(work, _under_way(work, review)))
        case BallotSlide(review):
            return Reply(_slide(work, _under_way(work, review)))
        case AskCloseReview(review):
            found = _under_way(work, review)
            return Reply(screens.ask_close(found, ballots.used(work.session, found.id)))
        case CloseReview(review):
            return _close(work, review)
        case AskVoidReview(review):
            return Reply(screens.ask_void(_not_decided(work, review)))
        case VoidReview(review):
            return _void(work, review)
        case BranchReview(review, branch):
            return Reply(_of_branch(work, review, branch))
        case BallotOpinions(review, branch, page):
            return Reply(_opinions_of(work, review, branch, page))
        case _:
            assert_never(action)


# --- the end of a school year -------------------------------------------------------------------------------------


def terms_of_year(every: Sequence[Term], year: int) -> list[Term]:
    """The terms of a school year, the first one first."""
    return sorted((t for t in every if t.year == year), key=lambda term: term.starts)


def which_year(work: Work, every: Sequence[Term], year: int) -> int:
    """A school year; 0 is the one whose results were published last, or else this one. Raises Refused."""
    if year:
        if not any(term.year == year for term in every):
            raise Refused("这个学年没有设置学期。请在「学期」里核对。")
        return year
    ended = [term.year for term in every if term.published and term.dates.half == 2]
    begun = [term.year for term in every if term.starts <= work.today]
    return max(ended or begun or [school_year(work.today)])


def counting(rounds: Sequence[Review]) -> Review | None:
    """The round of a year that counts: the last one that is not void."""
    return next((one for one in reversed(rounds) if one.voided_at is None), None)


def _year_end(work: Work, committee: int, year: int) -> Message:
    committee = committee or next(iter(work.me.committees), 0)
    see_review(work.me, committee)
    every = terms.terms_of(work.session, [committee])
    year = which_year(work, every, year)
    rounds = store.of_year(work.session, committee_id=committee, year=year)
    review = counting(rounds)
    used = ballots.used(work.session, review.id) if review and review.state == "open" else {}
    awards = {award.year: award for award in store.awards(work.session, committee)}
    view = screens.YearView(
        committee=committee,
        year=year,
        terms=terms_of_year(every, year),
        review=review,
        used=used,
        voided=sum(one.opened_at is not None and one.voided_at is not None for one in rounds),
        award=store.award(work.session, committee_id=committee, year=year),
        last=awards.get(year - 1),
        manages=work.me.in_committee(committee, Role.ADMINISTRATOR),
        others=[one for one in (year - 1, year + 1) if any(term.year == one for term in every)],
    )
    return screens.year_end(view)


# --- setting up ---------------------------------------------------------------------------------------------------


def _check_year(work: Work, committee: int, year: int) -> list[Term]:
    """The terms of a year that may be reviewed: 自评 and 总支评价 come first. Raises Refused."""
    every = terms_of_year(terms.terms_of(work.session, [committee]), year)
    if not any(term.dates.half == 2 for term in every):
        raise Refused(f"{year_name(year)}第二学期还没有设置。请先在「学期」里新增，评价公布以后再评议。")
    if waits := next((term for term in every if not term.published), None):
        raise Refused(f"{waits.name}的结果还没有公布。自评和总支评价公布以后，才能评议。")
    return every


def _prepare(work: Work, committee: int, year: int) -> Reply:
    hold_review(work.me, committee)
    laying_out.hold_plan(work.session, committee_id=committee)
    last = _check_year(work, committee, year)[-1]
    there = counting(store.of_year(work.session, committee_id=committee, year=year))
    if there is not None:
        return Reply(card(work, there))
    number = store.prepare(work.session, me=work.me, committee_id=committee, year=year, edition=last.edition)
    return Reply(card(work, store.one(work.session, number)))


def _seen(work: Work, number: int) -> Review:
    found = store.one(work.session, number)
    see_review(work.me, found.committee_id)
    return found


def managed(work: Work, number: int) -> Review:
    """A round of whoever opens and closes it, locked. Raises Refused."""
    found = store.one(work.session, number)
    hold_review(work.me, found.committee_id)
    laying_out.hold_plan(work.session, committee_id=found.committee_id)  # and whoever gives the award waits
    return store.one(work.session, number, to_write=True)


def _draft(work: Work, number: int) -> Review:
    found = managed(work, number)
    if found.state != "draft":
        raise Refused("评议已经打开，人数和设置不能再改。要改只能作废重来，用新的码。")
    return found


def card(work: Work, found: Review) -> Message:
    """A round as it is now."""
    manages = work.me.in_committee(found.committee_id, Role.ADMINISTRATOR)
    if found.state == "void":
        return screens.void(found)
    if found.state == "draft":
        hold_review(work.me, found.committee_id)
        return screens.draft(found)
    if found.state == "open":
        return screens.under_way(found, ballots.used(work.session, found.id), work.polls, manages)
    branches = store.on_ballot(work.session, found)
    paper = store.paper(work.session, found.id)
    return reviewed.results(
        reviewed.ResultView(
            review=found,
            shown=outcome(work.session, found, paper),
            branches=branches,
            manages=manages,
            open=not is_decided(work, found),
            unfinished=[box.groups[0] for box in paper if not complete(box, found)],
        )
    )


def read_counts(text: str) -> dict[Electorate, int]:
    """What a text says of groups: 专家3 支委12. Empty where it says nothing, or something besides."""
    form = halfwidth(text)
    found = {}
    for match in _COUNT.finditer(form):
        group = next(group for group in Electorate if match[f"g{group}"])
        if group in found:
            raise Refused(f"{group.word}写了两次，请每组只写一个数。")
        found[group] = count_in(match["count"])
    rest, total = _COUNT.sub("", form), None
    if said := _TOTAL.search(rest):
        rest, total = rest[: said.start()], int(said[1])
    if re.sub(r"[\s,、;。:和与]+", "", rest):
        return {}
    if total not in (None, sum(found.values())):
        raise Refused(f"各组加起来是 {sum(found.values())}，和您写的合计 {total} 不一样，请核对。")
    return dict(sorted(found.items()))


def count_in(text: str) -> int:
    """A number in digits or in words up to 999: 一百二十. Raises Refused for what is none."""
    head, hundreds, tail = text.rpartition("百")
    tail = tail.lstrip("零〇").replace("两", "二")
    number = whole(tail) if tail else 0
    if hundreds:
        number += 100 * (whole(head.replace("两", "二")) if head else 1)
    if (not number and text not in ("0", "零", "〇")) or (tail and not whole(tail) and tail != "0"):
        raise Refused(f"没看懂「{text}」是多少，请用数字再写一遍，例如：党员40。")
    return number


def _typed(work: Work, number: int, text: str) -> Reply:
    found = managed(work, number)
    form = halfwidth(text).strip()
    word = next((word for word in _KINDS if form.startswith(word)), "")
    counts = read_counts(form.removeprefix(word))
    what = _KINDS[word] if word else "voters" if found.state == "draft" else ""
    if not counts or not what or found.state == "void":
        such = screens.COUNTS_HINT if found.state == "draft" else "例如：实到 党员38 群众18"
        raise NotUnderstood(text, f"请写明哪一组多少，{such}。")
    if what == "voters":
        found = _draft(work, number)
        if sum(counts.values()) > VOTERS_MOST:
            raise Refused(f"一次评议最多 {VOTERS_MOST} 人，请核对人数。")
    else:
        _check_counted(work, found, counts)
        counts = {**getattr(found, what), **counts}  # what was said of other groups stays
    store.keep(work.session, me=work.me, review=found, what=what, counts=counts)
    said = screens.groups_said(counts) or "没有人"
    return Reply(card(work, store.one(work.session, number)), toast=f"已登记：{said}")


def _check_counted(work: Work, found: Review, counts: Mapping[Electorate, int]) -> None:
    """What an office counted may not be more than there are codes, nor be changed once the award is given."""
    if found.opened_at is None:
        raise Refused("评议还没有打开。请先填各组人数，打开评议。")
    if is_decided(work, found):
        raise Refused("优秀党支部已经评出，评议结果不能再改。")
    on_paper = {box.groups[0]: box.ballots for box in store.paper(work.session, found.id)}
    for group, count in counts.items():
        most = found.voters.get(group, 0) + on_paper.get(group, 0)
        if most and count > most:
            raise Refused(f"{group.word}一共 {most} 人，不能登记 {count}。请核对。")


def _set_own(work: Work, number: int, may: bool) -> Reply:
    found = _draft(work, number)
    store.set_own(work.session, me=work.me, review=found, own=may)
    return Reply(card(work, store.one(work.session, number)))


# --- open and closed ----------------------------------------------------------------------------------------------


def _open(work: Work, number: int, revision: int) -> Reply:
    found = managed(work, number)
    if found.state == "open":
        return Reply(card(work, found), toast="已经打开了")
    found = _draft(work, number)
    if screens.opened_as(found) != revision:
        return Reply(card(work, found), toast="人数刚有改动，还没有打开，请再核对。")
    if sum(found.voters.values()) and not work.polls:
        raise Refused("投票要用网页，这里没有开通网页聊天。请运维同志开通，或者都用纸质票。")
    last = _check_year(work, found.committee_id, found.year)[-1]
    branches = [branch.id for branch in roll.of_term(work.session, last)]
    if not branches:
        raise Refused(f"{last.name}没有参评的支部，不能评议。")
    store.open_round(work.session, me=work.me, review=found, branches=branches, edition=last.edition)
    return Reply(card(work, store.one(work.session, number)), toast="已打开")


def _under_way(work: Work, number: int) -> Review:
    found = store.one(work.session, number)
    hold_review(work.me, found.committee_id)
    if found.state != "open":
        raise Refused("这次评议没有在进行。请在「年度评议与评选」里查看。")
    return found


def _codes(work: Work, found: Review) -> Message:
    made = ballots.codes(work.session, found.id)
    if not made:
        raise Refused("这次评议没有网页投票，没有码可打印。")
    committee = inert(terms.committee_name(work.session, found.committee_id))
    printed = [
        charts.Slip(
            committee=committee,
            whom=(group.word, f"{year_name(found.year)} 年度评议"),
            code=code,
            until="一个码投一次，不记名",
            ways=(f"打开 {work.polls}，输入码",),
            leads=f"{work.polls}/{code}",
            scan="扫码投票",
            what="选票码",
        )
        for code, group in made
    ]
    name = file_name(year_name(found.year), "评议码单", ending="docx")
    file = Attachment(name, slips.MIME, slips.sheet(printed, "评议码单", work.me.now))
    return screens.code_sheet(found, len(made), file)


def _slide(work: Work, found: Review) -> Message:
    if not work.polls or not found.voters:
        raise Refused("这次评议没有网页投票，没有二维码。")
    picture = Attachment("评议二维码.png", charts.MIME, slips.qr(work.polls), wide=True)
    return screens.slide(found, work.polls, picture)


def _close(work: Work, number: int) -> Reply:
    found = managed(work, number)
    if found.state == "closed":
        return Reply(card(work, found), toast="已经结束了")
    if found.state != "open":
        raise Refused("这次评议没有在进行。请在「年度评议与评选」里查看。")
    ballots.hold(work.session)
    store.close_round(work.session, me=work.me, review=found)
    settle(work, found.committee_id, found.year, "review")
    laying_out.lay_out_again(work.session, committee_id=found.committee_id)
    return Reply(card(work, store.one(work.session, number)), toast="已结束，结果在这里")


def settle(work: Work, committee: int, year: int, duty: str) -> None:
    """What the committee owed of the year's end is done."""
    for term in terms_of_year(terms.terms_of(work.session, [committee]), year)[-1:]:
        duties.close_committees(work.session, me=work.me, committee_id=committee, term_id=term.id, duty=duty)


def _not_decided(work: Work, number: int) -> Review:
    found = managed(work, number)
    if is_decided(work, found):
        raise Refused("优秀党支部已经评出，这次评议不能作废。")
    return found


def _void(work: Work, number: int) -> Reply:
    found = _not_decided(work, number)
    if found.state != "void":
        ballots.hold(work.session)
        store.void_round(work.session, me=work.me, review=found)
        _owe_again(work, found)
        laying_out.lay_out_again(work.session, committee_id=found.committee_id)
    return Reply(_year_end(work, found.committee_id, found.year), toast="已作废")


def _owe_again(work: Work, found: Review) -> None:
    """The review of a year is to be held once more, and nobody is to choose before."""
    for term in terms_of_year(terms.terms_of(work.session, [found.committee_id]), found.year)[-1:]:
        of = {"committee_id": found.committee_id, "term_id": term.id}
        duties.open_committees_again(work.session, me=work.me, **of, duty="review")
        laying_out.cancel(work.session, **of, duty="award")


def is_decided(work: Work, found: Review) -> bool:
    """Whether the award of its year is given: then nothing of it is changed any more."""
    award = store.award(work.session, committee_id=found.committee_id, year=found.year)
    return award is not None and award.decided_at is not None


# --- what came of it ----------------------------------------------------------------------------------------------


def complete(box: Box, found: Review) -> bool:
    """Whether paper ballots are entered for all branches on the ballot."""
    return set(found.branches) <= box.tally.keys()


def outcome(session: Session, found: Review, paper: Sequence[Box] | None = None) -> Shown:
    """What may be shown of a closed round; nobody sees anything of one that is open."""
    if found.state != "closed":
        return Shown((), 0)
    paper = store.paper(session, found.id) if paper is None else paper
    entered = [box for box in paper if complete(box, found)]
    cast = ballots.ballots(session, found.id)
    return shown(cast, found.returned, found.branches, found.table, paper=entered)


def on_record(session: Session, committee: int) -> list[Outcome]:
    """What came of all rounds of a committee that were closed, for its records."""
    return [recorded(session, found) for found in store.closed(session, committee)]


def recorded(session: Session, found: Review) -> Outcome:
    """What came of a round, for its records."""
    said = store.experts(session, found.id)
    return Outcome(found, outcome(session, found), store.on_ballot(session, found), said)


def closed(work: Work, number: int) -> Review:
    """A round whose results may be seen. Raises Refused."""
    found = _seen(work, number)
    if found.state != "closed":
        raise Refused("评议结束以后才有结果。")
    return found


def branch_of(work: Work, number: int, branch_id: int) -> Branch:
    """A branch that is on the ballot of a round. Raises Refused."""
    on_ballot = store.on_ballot(work.session, store.one(work.session, number))
    branch = next((one for one in on_ballot if one.id == branch_id), None)
    if branch is None:
        raise Refused("这个支部不在这次评议里。请在评议结果里重新选择。")
    return branch


def _opinions(work: Work, found: Review, came: Shown) -> dict[int, tuple[str, ...]]:
    """What ballots said in words, once there are enough that may be shown."""
    enough = any(not box.paper for box in came.boxes)
    return ballots.opinions(work.session, found.id) if enough else {}


def _opinions_of(work: Work, number: int, branch_id: int, page: int) -> Message:
    found, branch = closed(work, number), branch_of(work, number, branch_id)
    said = _opinions(work, found, outcome(work.session, found)).get(branch_id, ())
    return reviewed.opinions(found, branch, said, page)


def _of_branch(work: Work, number: int, branch_id: int) -> Message:
    found, branch = closed(work, number), branch_of(work, number, branch_id)
    came = outcome(work.session, found)
    view = reviewed.BranchView(
        review=found,
        branch=branch,
        shown=came,
        opinions=len(_opinions(work, found, came).get(branch_id, ())),
        experts=[one for one in store.experts(work.session, number) if one.branch_id == branch_id],
    )
    return reviewed.of_branch(view)
