"""整改: a branch's plan from what its result asks for to the committee's agreement, and the 整改台账."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

from bot.actions import (
    AcceptPlan,
    AskGuidance,
    AskReturnPlan,
    AskSubmitPlan,
    FromItem,
    NewMeasure,
    Proposals,
    Rectify,
    Rectifying,
    Register,
    ReturnPlan,
    ReturnPlanFor,
    SendGuidance,
    SubmitPlan,
    TakeProposals,
    TypedGuidance,
    TypedMeasure,
    TypedPlanReply,
    fingerprint,
)
from bot.dialogue import measures
from bot.dialogue.opening import to_see
from bot.dialogue.publishing import newest
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import (
    Rater,
    may_review_rectification,
    plan_rectification,
    review_rectification,
    see_branch,
    see_standings,
    submit_rectification,
)
from bot.screens import measures as measure_screens
from bot.screens import rectifying as screens
from bot.screens import wording
from bot.store import duties, rectifications, results, terms
from bot.store.arrangements import working_days
from bot.values import Branch, Rectification, Term
from jobs.duties.due import parse_due
from scoring.rectification import Problem, Reasons, problem, problems
from scoring.refusal import Refused

AGAIN = 3  # working days to submit a returned plan


def respond(work: Work, action: Rectifying) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Rectify(branch, term):
            return Reply(show(work, _plan(work, branch, term)))
        case Register(term, page):
            return Reply(_register(work, term, page))
        case Proposals(branch, term, page):
            found = _to_edit(work, branch, term)
            return Reply(screens.proposals(found, _proposed(work, found), page))
        case TakeProposals(branch, term, item):
            return _take(work, _to_edit(work, branch, term, begin=True), item)
        case NewMeasure(branch, term):
            found = _to_edit(work, branch, term)
            return Reply(screens.new_measure(found.branch, found.term))
        case TypedMeasure(branch, term, text):
            return _add(work, _to_edit(work, branch, term, begin=True), measures.paragraph(text))
        case FromItem(sheet, item):
            return _from_item(work, sheet, item)
        case AskSubmitPlan(plan):
            found = _to_submit(work, plan)
            return Reply(screens.ask_submit(found, revision(found), work.today))
        case SubmitPlan(plan, seen):
            return _submit(work, plan, seen)
        case AcceptPlan(plan, seen):
            return _accept(work, _to_review(work, plan), seen)
        case AskReturnPlan(plan):
            return Reply(_ask_return(_awaiting(_to_review(work, plan))))
        case TypedPlanReply(plan, text):
            found = _awaiting(_to_review(work, plan))
            rectifications.draft(work.session, plan=found, reply=measures.paragraph(text))
            return Reply(_ask_return(_to_review(work, plan)))
        case ReturnPlan(plan):
            return _return(work, _to_review(work, plan), None)
        case ReturnPlanFor(plan, reason):
            return _return(work, _to_review(work, plan), reason)
        case AskGuidance(plan):
            return Reply(_ask_guidance(_guided(work, plan)))
        case TypedGuidance(plan, text):
            found = replace(_guided(work, plan), advice=measures.paragraph(text))
            rectifications.advise(work.session, plan=found, advice=found.advice)
            return Reply(_ask_guidance(found))
        case SendGuidance(plan, seen):
            return _guide(work, _guided(work, plan), seen)
        case _:
            return measures.respond(work, action)


# --- seeing -----------------------------------------------------------------------------------------------------


def _where(work: Work, branch_id: int, term_id: int) -> tuple[Branch, Term]:
    """A branch that one may see, and a term; 0 is the newest that was published, else the current one."""
    of = terms.of_branch(work.session, branch_id)
    see_branch(work.me, of.branch.committee_id, of.branch.id)
    published = next((term.id for term, name in of.terms if term.published and name is not None), 0)
    return of.rated_in(term_id or published, work.today)


def _plan(work: Work, branch_id: int, term_id: int) -> Rectification:
    branch, term = _where(work, branch_id, term_id)
    return rectifications.of_branch(work.session, branch=branch, term=term)


def revision(plan: Rectification) -> int:
    """A fingerprint of what a plan says: what was seen by who confirms (31 bits)."""
    said = [(one.id, one.text, one.post, str(one.due)) for one in plan.measures]
    return fingerprint(json.dumps([said, plan.handed_in, str(plan.returned_at)]))


def show(work: Work, plan: Rectification) -> Message:
    """A plan as whoever looks may see it, with what is theirs to do."""
    me, branch = work.me, plan.branch
    found = plan.seen(me)
    edits = me.in_branch(branch.id) and not plan.handed_in
    proposed = _proposed(work, found) if edits else ()
    following = bool(found.measures) and plan.term.published
    after = None
    if following:
        after = rectifications.next_marks(work.session, branch_id=branch.id, term_id=plan.term.id)
    view = screens.PlanView(
        plan=found,
        edits=edits,
        submits=edits and _submits(work, branch),
        reviews=may_review_rectification(me, branch.committee_id, branch.id, plan.submitted_by),
        of_committee=me.in_committee(branch.committee_id),
        revision=revision(plan),
        proposed=proposed,
        unset=sum(not one.post or one.due is None for one in found.measures),
        after=after,
    )
    return screens.plan(me, view)


def _submits(work: Work, branch: Branch) -> bool:
    try:
        submit_rectification(work.me, branch.committee_id, branch.id)
    except Refused:
        return False
    return True


def _proposed(work: Work, plan: Rectification) -> tuple[Problem, ...]:
    """What the plan has to answer and does not yet."""
    if not plan.reasons:
        return ()
    rated = results.of_branch(work.session, term_id=plan.term.id, branch_id=plan.branch.id)
    sheet = rated.get((plan.branch.id, Rater.COMMITTEE))
    have = {one.item for one in plan.measures}
    found = problems(sheet, plan.reasons) if sheet is not None else ()
    return tuple(one for one in found if one.item.number not in have)


def _register(work: Work, term_id: int, page: int) -> Message:
    if term_id:
        term = terms.any_term(work.session, term_id)
        see_standings(work.me, term.committee_id)
    else:
        committee_id = next((s.committee_id for s in work.me.seats if s.branch_id is None), 0)
        see_standings(work.me, committee_id)
        term = newest(work, committee_id, 0)
    every = rectifications.of_committee(work.session, committee_id=term.committee_id, term_id=term.id)
    seen = [plan.seen(work.me) for plan in every]
    told = [plan for plan in seen if plan.reasons or plan.handed_in or plan.measures]
    return screens.register(term, told, page, work.today)


# --- planning ---------------------------------------------------------------------------------------------------


def _to_edit(work: Work, branch_id: int, term_id: int, *, begin: bool = False) -> Rectification:
    """A plan that its branch still works on, as it sees it; begun and locked where it is changed. Raises Refused."""
    branch, term = _where(work, branch_id, term_id)
    plan_rectification(work.me, branch.committee_id, branch.id)
    if begin:
        found = rectifications.begin(work.session, branch=branch, term=term)
    else:
        found = rectifications.of_branch(work.session, branch=branch, term=term)
    if found.handed_in:
        raise Refused(measures.LOCKED)
    return found.seen(work.me)


def _usual_day(work: Work) -> date:
    return parse_due("一个月内", work.today).day


def _take(work: Work, plan: Rectification, item: int) -> Reply:
    proposed = _proposed(work, plan)
    wanted = [one for one in proposed if not item or one.item.number == item]
    if item and not wanted:
        raise Refused(f"第 {item} 项没有建议，或已经在整改里了。")
    usual: dict[str, Any] = {"post": measure_screens.POSTS[0], "due": _usual_day(work)}
    said = [(one.item.number, measure_screens.drafted(one)) for one in wanted]
    rectifications.add_measures(work.session, me=work.me, plan=plan, said=said, **usual)
    unset = [one for one in plan.measures if not item and not (one.post and one.due)]
    for have in unset:
        rectifications.change_measure(
            work.session,
            me=work.me,
            plan=plan,
            measure=have,
            post=have.post or usual["post"],
            due=have.due or usual["due"],
        )
    now = rectifications.one(work.session, plan.id)
    toast = f"已采用 {len(wanted)} 条建议" if wanted else "没有要定的，没有改动"
    toast = f"已定好 {len(unset)} 条的责任人和时限" if unset and not wanted else toast
    if item and len(proposed) > 1:
        left = _proposed(work, now.seen(work.me))
        return Reply(screens.proposals(now, left, 0), toast=toast)
    return Reply(show(work, now), toast=toast)


def _add(work: Work, plan: Rectification, text: str) -> Reply:
    [number] = rectifications.add_measures(
        work.session,
        me=work.me,
        plan=plan,
        said=[(0, text)],
        post=measure_screens.POSTS[0],
        due=_usual_day(work),
    )
    return Reply(measures.show(work, number), toast="已记下，责任人和时限可以再改")


def _from_item(work: Work, sheet_id: int, item: int) -> Reply:
    """A measure for an item that is not 优秀: of the branch's own, or suggested by the committee till it publishes."""
    file = to_see(work, sheet_id)
    branch, suggested = file.branch, file.rater is Rater.COMMITTEE
    if suggested:
        review_rectification(work.me, branch.committee_id, branch.id)
        if file.term.published:
            raise Refused("结果已经公布。要指导支部整改，请在「整改」里写指导意见。")
    else:
        plan_rectification(work.me, branch.committee_id, branch.id)
    found = problem(file.sheet, item)
    if found is None:
        raise Refused(f"第 {item} 项没有评为合格或不合格，不用记整改措施。")
    plan = rectifications.begin(work.session, branch=branch, term=file.term)
    have = next((one for one in plan.measures if one.item == item and one.suggested is suggested), None)
    if have is not None:
        return Reply(measures.show(work, have.id, sheet=file.id), toast="这一项已经记过，可以再改")
    if plan.handed_in:
        raise Refused(measures.LOCKED)
    text = measure_screens.drafted(found)
    [number] = rectifications.add_measures(
        work.session, me=work.me, plan=plan, said=[(item, text)], suggested=suggested
    )
    return Reply(
        measures.show(work, number, sheet=file.id), toast=f"第 {item} 项已记下一条整改措施，可以再改"
    )


# --- submitting, and the committee's answer -----------------------------------------------------------------------


def _to_submit(work: Work, plan_id: int) -> Rectification:
    """A plan that may be submitted as it is, locked. Raises Refused."""
    plan = rectifications.one(work.session, plan_id, to_write=True)
    submit_rectification(work.me, plan.branch.committee_id, plan.branch.id)
    if plan.handed_in:
        raise Refused("整改已经提交，不用再次提交。")
    if not plan.term.published:
        raise Refused(f"{plan.term.name}的结果公布以后才能提交。写好的措施已经保存。")
    if not plan.measures:
        raise Refused("还没有措施。请先采用建议，或写一条措施。")
    for n, one in enumerate(plan.measures, start=1):
        if not one.post or one.due is None:
            lacks = "整改时限" if one.post else "责任人"
            raise Refused(
                f"第 {n} 条（{measure_screens.headed(plan, one)}）还没有定{lacks}，请点这一条补上。"
            )
        if one.due < work.today and not one.closed:
            past = f"第 {n} 条（{measure_screens.headed(plan, one)}）的时限 {wording.day(one.due)}已经过去"
            raise Refused(f"{past}，请点这一条改到以后。")
    return plan


def _submit(work: Work, plan_id: int, seen: int) -> Reply:
    before = rectifications.one(work.session, plan_id, to_write=True)
    if before.handed_in and work.me.in_branch(before.branch.id):
        return Reply(show(work, before), toast="已经提交过了")
    plan = _to_submit(work, plan_id)
    if seen != revision(plan):
        raise Refused("措施在您确认前有改动，还没有提交。请核对后再提交。")
    done = {"submitted_at": work.me.now, "submitted_by": work.me.person_id, "reply": "", "returned_at": None}
    change = rectifications.change(work.session, me=work.me, plan=plan, **done)
    for owed in duties.of_branch(work.session, branch_id=plan.branch.id, term_id=plan.term.id):
        if owed.duty == "rectification" and not owed.done:
            duties.close(work.session, me=work.me, owed=owed, answer="")  # the first: they come by their days
            break
    measures.tell_committee(work, plan, change, f"{plan.branch.name}提交了整改措施，请审核。")
    return Reply(show(work, rectifications.one(work.session, plan.id)), toast="已提交，党总支马上收到")


def _to_review(work: Work, plan_id: int) -> Rectification:
    """A plan to answer, locked. Raises Refused."""
    plan = rectifications.one(work.session, plan_id, to_write=True)
    review_rectification(work.me, plan.branch.committee_id, plan.branch.id, plan.submitted_by)
    return plan


def _awaiting(plan: Rectification) -> Rectification:
    if plan.accepted:
        raise Refused("这份整改已经同意了。某一条要改的，等支部报完成后退回那一条。")
    if not plan.handed_in:
        raise Refused("支部还没有提交整改。")
    return plan


def _accept(work: Work, plan: Rectification, seen: int) -> Reply:
    if plan.accepted:
        return Reply(show(work, plan), toast="已经同意过了")
    if revision(_awaiting(plan)) != seen:
        return Reply(show(work, plan), toast="措施有改动，还没有同意，请再核对")
    done = {"accepted_at": work.me.now, "accepted_by": work.me.person_id}
    change = rectifications.change(work.session, me=work.me, plan=plan, **done)
    measures.tell_branch(work, plan, change, "党总支同意了整改措施，请按时限落实，每月报一次进展。")
    return Reply(show(work, rectifications.one(work.session, plan.id)), toast="已同意，支部马上收到")


def _ask_return(plan: Rectification) -> Message:
    return screens.return_plan(plan, measures.reason_seen(plan.reply))


def _return(work: Work, plan: Rectification, seen: int | None) -> Reply:
    if not plan.handed_in and plan.returned_at is not None:
        return Reply(show(work, plan), toast="已经退回了")
    if not _awaiting(plan).reply:
        raise Refused("还没有写退回的原因，请先输入。")
    if seen != measures.reason_seen(plan.reply):  # another member has written another one since
        return Reply(_ask_return(plan), toast=measures.REASON_CHANGED)
    again = {"submitted_at": None, "submitted_by": None, "returned_at": work.me.now}
    change = rectifications.change(work.session, me=work.me, plan=plan, **again)
    until = working_days(work.session, plan.branch.committee_id).working_after(work.today, AGAIN)
    _ask_again(work, plan, until)
    measures.tell_branch(work, plan, change, f"党总支退回了整改措施：{plan.reply}")
    return Reply(show(work, rectifications.one(work.session, plan.id)), toast="已退回，支部马上收到")


def ask_for_more(work: Work, before: Rectification, why: Reasons) -> None:
    """A plan that was submitted goes back to its branch where a corrected result asks for more than it answers.

    What is carried out already stays as it is.
    """
    more = why.beyond(before.reasons)
    if not (more and before.handed_in):
        return
    plan = rectifications.one(work.session, before.id, to_write=True)
    said = screens.asked_for_more(replace(plan, reasons=more))
    back = {
        **dict.fromkeys(("submitted_at", "submitted_by", "accepted_at", "accepted_by")),
        "reply": said,
        "returned_at": work.me.now,
    }
    change = rectifications.change(work.session, me=work.me, plan=plan, **back)
    _ask_again(
        work, plan, working_days(work.session, plan.branch.committee_id).working_after(work.today, AGAIN)
    )
    measures.tell_branch(work, plan, change, f"整改要补充：{said}")


def _ask_again(work: Work, plan: Rectification, until: date) -> None:
    """The duty to submit is open again, and not late before a day."""
    duties.open_again(
        work.session,
        me=work.me,
        branch_id=plan.branch.id,
        term_id=plan.term.id,
        duty="rectification",
        until=until,
    )


def _guided(work: Work, plan_id: int) -> Rectification:
    plan = _to_review(work, plan_id)
    if not plan.term.published:
        raise Refused("结果公布以后才能写指导意见。")
    return plan


def _ask_guidance(plan: Rectification) -> Message:
    return screens.guidance(plan, fingerprint(plan.advice))


def _guide(work: Work, plan: Rectification, seen: int) -> Reply:
    if not plan.advice:
        return Reply(show(work, plan), toast="已经发过了，以现在的为准")
    if seen != fingerprint(plan.advice):  # another member has written another one since
        return Reply(_ask_guidance(plan), toast="指导意见有改动，还没有发出，请再核对")
    said = {"guidance": plan.advice, "guided_by": work.me.person_id}
    change = rectifications.change(work.session, me=work.me, plan=plan, **said)
    rectifications.advise(work.session, plan=plan, advice="")
    measures.tell_branch(work, plan, change, f"党总支对整改有指导意见：{plan.advice}")
    return Reply(show(work, rectifications.one(work.session, plan.id)), toast="已发出，支部马上收到")
