"""整改措施: wording a measure, saying how it went, and closing it (销号)."""

import json
from dataclasses import replace
from datetime import date
from typing import assert_never

from bot.actions import (
    AcceptMeasure,
    AddMeasureFile,
    AskSendBack,
    CloseMeasure,
    DropMeasure,
    DueBy,
    MeasureCard,
    MeasureFile,
    OnMeasure,
    Rectify,
    ReopenMeasure,
    Responsible,
    RestoreMeasure,
    SendBack,
    SendBackFor,
    TypedOnMeasure,
    TypedSendBack,
    Upload,
    fingerprint,
    number_day,
    wire,
)
from bot.dialogue.publishing import tell
from bot.dialogue.work import Work
from bot.dialogue.written import written
from bot.message import Filed, Message, Reply
from bot.permissions import (
    Rater,
    may_review_rectification,
    plan_rectification,
    review_rectification,
    see_branch,
)
from bot.screens import measures as screens
from bot.screens import wording
from bot.store import duties, evidence, laying_out, rectifications, seats, terms
from bot.values import Measure, Rectification
from jobs.duties.due import parse_due, says_until
from scoring.numerals import quoted
from scoring.pattern import pattern
from scoring.refusal import Refused, Unread

SHORT = 12  # characters up to which a text that names a day is meant as one, and a question is none of what was done
_POST = pattern(r"(?:责任人)?[：:\s]*(?P<post>\S{0,8}(?:书记|委员|支委|组长)|\S{0,3}小组|(?:本|党)?支部)")
_POST_AND_DAY = pattern(_POST.pattern + r"[，,、；;\s]+(?P<day>\S.*)")
_DAY_AND_POST = pattern(r"(?P<day>\S.*?)[，,、；;\s]+" + _POST.pattern)
_ONLY_DAYS = pattern(r"[\d\s年月日号天周前后内之/.－—–-]+")  # nothing that could be a measure
_ASKS = pattern(".*[?？吗呢么]|(?:我们|本支部|这)?(?:怎|如何|谁|什么|哪|几|多少|为什么|为何).*")
SHORTEST = 4  # characters of a measure
REASON_CHANGED = "退回的原因有改动，还没有退回，请再核对"
LOCKED = "整改已经提交，审核前不能再改。"


def respond(work: Work, action: OnMeasure) -> Reply:
    """Answer an action on one measure. Raises Refused."""
    match action:
        case MeasureCard(measure):
            return Reply(show(work, measure))
        case TypedOnMeasure(measure, text):
            return _typed(work, measure, paragraph(text))
        case Responsible(measure, post):
            if post >= len(screens.POSTS):
                raise Refused("没有这个职务，请重新选择或直接输入。")
            return _set(work, measure, f"责任人：{screens.POSTS[post]}", post=screens.POSTS[post])
        case DueBy(measure, day):
            return _set_day(work, measure, number_day(day))
        case DropMeasure(measure):
            return _set(work, measure, "已删除，可以恢复", dropped_at=work.me.now)
        case RestoreMeasure(measure):
            return _set(work, measure, "已恢复", dropped_at=None)
        case AddMeasureFile(measure, upload):
            return _attach(work, measure, upload)
        case MeasureFile(measure, number):
            return Reply(_file(work, measure, number))
        case CloseMeasure(measure):
            return _close(work, measure)
        case ReopenMeasure(measure):
            return _reopen(work, measure)
        case AcceptMeasure(measure, seen):
            return _accept(work, measure, seen)
        case AskSendBack(measure):
            return Reply(_ask_send_back(*_closed(*_to_review(work, measure))))
        case TypedSendBack(measure, text):
            plan, one = _closed(*_to_review(work, measure))
            rectifications.draft(work.session, plan=plan, measure=one, reply=paragraph(text))
            return Reply(_ask_send_back(plan, replace(one, reply=paragraph(text), returned_at=None)))
        case SendBack(measure):
            return _send_back(work, measure, None)
        case SendBackFor(measure, reason):
            return _send_back(work, measure, reason)
        case _:
            assert_never(action)


def paragraph(text: str) -> str:
    """What was typed, in one paragraph. Raises Refused when it is nothing, or too long."""
    return written(" ".join(text.split()))


# --- seeing -----------------------------------------------------------------------------------------------------


def _seen(work: Work, measure_id: int, *, to_write: bool = False) -> tuple[Rectification, Measure]:
    """A measure that one may see, with its plan. Raises Refused, the same for what is hidden and what is not there."""
    plan, one = rectifications.of_measure(work.session, measure_id, to_write=to_write)
    see_branch(work.me, plan.branch.committee_id, plan.branch.id)
    plan = plan.seen(work.me)
    for found in (*plan.measures, *plan.dropped):
        if found.id == one.id:
            return plan, found
    raise Refused(rectifications.NO_MEASURE)


def revision(one: Measure, files: int) -> int:
    """A fingerprint of what was reported: what was seen by who accepts it (31 bits)."""
    return fingerprint(json.dumps([one.report, str(one.closed_at), files]))


def show(work: Work, measure_id: int, *, sheet: int = 0) -> Message:
    """A measure as whoever looks may see it, with what is theirs to do; `sheet`: where it was taken down."""
    plan, one = _seen(work, measure_id)
    me, branch = work.me, plan.branch
    files = evidence.files_of_measure(work.session, branch=branch, measure=one.id) if plan.accepted else ()
    edits = _may_edit(work, plan, one)
    why_not = ""
    try:
        review_rectification(me, branch.committee_id, branch.id, one.closed_by)
    except Refused as refused:
        why_not = str(refused) if me.in_committee(branch.committee_id) else ""
    view = screens.MeasureView(
        plan=plan,
        one=one,
        files=files,
        edits=edits,
        reports=me.in_branch(branch.id) and plan.accepted and not one.accepted,
        reviews=may_review_rectification(me, branch.committee_id, branch.id, one.closed_by),
        why_not=why_not,
        days=_days(work, plan) if edits else (),
        sheet=sheet,
        revision=revision(one, len(files)),
    )
    return screens.measure(me, view)


def _days(work: Work, plan: Rectification) -> tuple[tuple[str, date], ...]:
    """What may be chosen as the day of a measure."""
    every = terms.terms_of(work.session, [plan.branch.committee_id])
    ends = min((term.ends for term in every if term.ends > work.today), default=None)
    days = tuple((word, parse_due(word, work.today).day) for word in ("两周内", "一个月内"))
    return (*days, ("期末前", ends)) if ends else days


# --- wording ------------------------------------------------------------------------------------------------------


def _check_edit(work: Work, plan: Rectification, one: Measure) -> None:
    branch = plan.branch
    if one.suggested and not plan.term.published:
        review_rectification(work.me, branch.committee_id, branch.id)
        return
    plan_rectification(work.me, branch.committee_id, branch.id)
    if plan.accepted:
        raise Refused("整改已经党总支同意，措施不能再改；进展和完成情况可以直接输入。")
    if plan.handed_in:
        raise Refused(LOCKED)
    if one.closed:  # the plan came back to be added to
        raise Refused("这条措施已经报完成，不能再改。")


def _may_edit(work: Work, plan: Rectification, one: Measure) -> bool:
    try:
        _check_edit(work, plan, one)
    except Refused:
        return False
    return True


def _set(work: Work, measure_id: int, said: str, **values: object) -> Reply:
    """Change a measure that is still planned."""
    plan, one = _seen(work, measure_id, to_write=True)
    _check_edit(work, plan, one)
    if all(getattr(one, name) == value for name, value in values.items()):
        return Reply(show(work, one.id), toast="本来就是这样，没有改动")
    rectifications.change_measure(work.session, me=work.me, plan=plan, measure=one, **values)
    return Reply(show(work, one.id), toast=said)


def _check_day(work: Work, day: date) -> None:
    if day < work.today:
        raise Refused("这一天已经过去，请重新选择或直接输入。")


def _set_day(work: Work, measure_id: int, day: date) -> Reply:
    _check_day(work, day)
    return _set(work, measure_id, f"整改时限：{wording.day(day)}前", due=day)


def _typed(work: Work, measure_id: int, text: str) -> Reply:
    """Other words, a post or a day for a planned measure; how one went that is carried out."""
    plan, one = _seen(work, measure_id)
    if plan.accepted:
        return _report(work, measure_id, text)
    _check_edit(work, plan, one)
    if not (one.suggested and not plan.term.published):
        if (post := _POST.fullmatch(text)) is not None:
            _check_post(work, plan, post["post"])
            return _set(work, measure_id, f"责任人：{post['post']}", post=post["post"])
        if both := _POST_AND_DAY.fullmatch(text) or _DAY_AND_POST.fullmatch(text):
            day = _day(both["day"], work.today)
            if day is not None:
                _check_day(work, day)
                _check_post(work, plan, both["post"])
                said = f"责任人：{both['post']}，整改时限：{wording.day(day)}前"
                return _set(work, measure_id, said, post=both["post"], due=day)
        if text.startswith(("责任人", "负责人")):
            raise Refused(f"没看懂{quoted(text)}。责任人请写职务，不写姓名，例如：组织委员。")
        if (day := _day(text, work.today)) is not None:
            return _set_day(work, measure_id, day)
        if _ONLY_DAYS.fullmatch(text) or (len(text) <= SHORT and says_until(text)):
            raise Refused(f"没看懂{quoted(text)}是哪一天。时限请写 3 年以内的一天，例如：1月15日前。")
    if len(text) < SHORTEST:
        raise Refused(f"没看懂{quoted(text)}。措施请写一句完整的话；也可以输入责任人的职务或时限。")
    return _set(work, measure_id, "措施已改", text=text)


def _check_post(work: Work, plan: Rectification, post: str) -> None:
    """Raises Refused for a post with the name of somebody who sits in the committee or in one of its branches."""
    for name in seats.names(work.session, plan.branch.committee_id):
        if len(name) > 1 and name in post and not _POST.fullmatch(name):  # some are called 支部书记
            raise Refused(f"「{name}」是姓名。责任人请写职务，不写姓名，例如：组织委员。")


def _day(text: str, today: date) -> date | None:
    """The day that a text names, where it says nothing else. Raises Refused for a short one whose day cannot be."""
    try:
        found = parse_due(text.removeprefix("时限").lstrip("：: "), today)
    except Unread:
        return None
    except Refused:
        if len(text) <= SHORT:
            raise
        return None
    return None if found.task else found.day


# --- carrying out ---------------------------------------------------------------------------------------------------


def _to_report(work: Work, measure_id: int) -> tuple[Rectification, Measure]:
    """A measure that its branch carries out, locked. Raises Refused."""
    plan, one = _seen(work, measure_id, to_write=True)
    plan_rectification(work.me, plan.branch.committee_id, plan.branch.id)
    if not plan.accepted:
        raise Refused("整改还没有经党总支同意，同意以后再报进展。")
    if one.accepted:
        raise Refused("这条措施已经销号，不用再报。")
    if one.closed:
        raise Refused("这条措施已报完成，等总支销号。要改，请先点「撤回，还没有完成」。")
    return plan, one


def _report(work: Work, measure_id: int, text: str) -> Reply:
    plan, one = _to_report(work, measure_id)
    if len(text) <= SHORT and (_ASKS.fullmatch(text) or not any(c.isalpha() for c in text)):
        raise Unread(f"没有记下{quoted(text)}。请写这条措施做了什么，例如：已建立台账。")
    values = {"report": text, "reported_at": work.me.now}
    rectifications.change_measure(work.session, me=work.me, plan=plan, measure=one, **values)
    _close_check(work, plan)
    return Reply(show(work, one.id), toast="已记下完成情况")


def _close_check(work: Work, plan: Rectification) -> None:
    """What was reported closes the check of the month, if one is open now."""
    for owed in duties.of_branch(work.session, branch_id=plan.branch.id, term_id=plan.term.id):
        if owed.duty == "rectification" and not owed.done and owed.opens <= work.today:
            duties.close(work.session, me=work.me, owed=owed, answer="")
            return


def _attach(work: Work, measure_id: int, upload: Upload) -> Reply:
    plan, one = _to_report(work, measure_id)
    new = work.evidence.attach(
        work.session,
        me=work.me,
        branch=plan.branch,
        term=plan.term,
        rater=Rater.SELF,
        item=0,
        upload=upload,
        measure=one.id,
    )
    count = len(evidence.files_of_measure(work.session, branch=plan.branch, measure=one.id))
    return Reply(show(work, one.id), filed=Filed(screens.headed(plan, one), count, new))


def _file(work: Work, measure_id: int, number: int) -> Message:
    plan, one = _seen(work, measure_id)
    for file in evidence.files_of_measure(work.session, branch=plan.branch, measure=one.id):
        if file.id == number:
            return screens.one_file(work.me, one, file, work.evidence.where(file))
    raise Refused("这份材料已被移除。")


def _close(work: Work, measure_id: int) -> Reply:
    plan, one = _seen(work, measure_id)
    if one.closed and work.me.in_branch(plan.branch.id):
        return Reply(show(work, one.id), toast="已经报过了")
    plan, one = _to_report(work, measure_id)
    if not one.report:
        raise Refused("请先输入完成情况，再报销号。")
    done = {"closed_at": work.me.now, "closed_by": work.me.person_id, "reply": "", "returned_at": None}
    change = rectifications.change_measure(work.session, me=work.me, plan=plan, measure=one, **done)
    said = f"{plan.branch.name}报一条整改措施已完成，请核对销号。"
    tell_committee(work, plan, change, said, one)
    return Reply(show(work, one.id), toast="已报完成，等总支销号")


def _reopen(work: Work, measure_id: int) -> Reply:
    plan, one = _seen(work, measure_id, to_write=True)
    plan_rectification(work.me, plan.branch.committee_id, plan.branch.id)
    if one.accepted:
        raise Refused("这条措施已经销号，不能撤回。确实没有完成的，请告诉党总支。")
    if one.closed:
        values = {"closed_at": None, "closed_by": None}
        rectifications.change_measure(work.session, me=work.me, plan=plan, measure=one, **values)
        return Reply(show(work, one.id), toast="已撤回，可以再改")
    return Reply(show(work, one.id), toast="这条还没有报完成，不用撤回")


# --- 销号 ---------------------------------------------------------------------------------------------------------


def _to_review(work: Work, measure_id: int) -> tuple[Rectification, Measure]:
    """A measure to accept or to send back, locked. Raises Refused."""
    plan, one = _seen(work, measure_id, to_write=True)
    review_rectification(work.me, plan.branch.committee_id, plan.branch.id, one.closed_by)
    return plan, one


def _closed(plan: Rectification, one: Measure) -> tuple[Rectification, Measure]:
    if not one.closed:
        raise Refused("支部还没有报这条措施完成。")
    return plan, one


def _accept(work: Work, measure_id: int, seen: int) -> Reply:
    plan, one = _closed(*_to_review(work, measure_id))
    if one.accepted:
        return Reply(show(work, one.id), toast="已经销号了")
    files = evidence.files_of_measure(work.session, branch=plan.branch, measure=one.id)
    if seen != revision(one, len(files)):
        return Reply(show(work, one.id), toast="完成情况有改动，还没有销号，请再核对")
    done = {"accepted_at": work.me.now, "accepted_by": work.me.person_id}
    change = rectifications.change_measure(work.session, me=work.me, plan=plan, measure=one, **done)
    now = rectifications.one(work.session, plan.id)
    said = "整改措施全部销号，整改完成。" if now.done else "党总支销号了一条整改措施。"
    if now.done:
        end_checks(work, now)
    tell_branch(work, plan, change, said, one)
    return Reply(show(work, one.id), toast="已销号，整改全部完成" if now.done else "已销号")


def end_checks(work: Work, plan: Rectification) -> None:
    """Nothing is asked of a plan any more."""
    owing = duties.of_branch(work.session, branch_id=plan.branch.id, term_id=plan.term.id)
    left = [owed.id for owed in owing if owed.duty == "rectification" and not owed.done]
    laying_out.withdraw(work.session, occurrences=left)


def reason_seen(reply: str) -> int:
    """A fingerprint of why something is returned, as it was shown to who confirms (31 bits)."""
    return fingerprint(reply)


def _ask_send_back(plan: Rectification, one: Measure) -> Message:
    return screens.send_back(plan, one, reason_seen(one.reply))


def _send_back(work: Work, measure_id: int, seen: int | None) -> Reply:
    plan, one = _to_review(work, measure_id)
    if not one.closed and one.returned_at is not None:
        return Reply(show(work, one.id), toast="已经退回了")
    _closed(plan, one)
    if not one.reply:
        raise Refused("还没有写退回的原因，请先输入。")
    if seen != reason_seen(one.reply):  # another member has written another one since
        return Reply(_ask_send_back(plan, one), toast=REASON_CHANGED)
    again = dict.fromkeys(("closed_at", "closed_by", "accepted_at", "accepted_by"))
    change = rectifications.change_measure(
        work.session, me=work.me, plan=plan, measure=one, **again, returned_at=work.me.now
    )
    if plan.done:  # its checks are asked for again
        laying_out.lay_out_again(work.session, committee_id=plan.branch.committee_id)
    tell_branch(work, plan, change, f"党总支退回了一条整改措施：{one.reply}", one)
    return Reply(show(work, one.id), toast="已退回，支部马上收到")


# --- who hears of it ------------------------------------------------------------------------------------------------


def tell_committee(
    work: Work, plan: Rectification, change: int, said: str, one: Measure | None = None
) -> None:
    """Owe the committee a notice of what a branch did; whoever sits in the branch, too, answers nothing of it."""
    branch = plan.branch
    sits = seats.in_branches(work.session, branch.committee_id, [branch.id]).get(branch.id, ())
    persons = [p for p in seats.in_committee(work.session, branch.committee_id) if p not in sits]
    tell(work, persons, branch, _notice(plan, change, one), said)


def tell_branch(work: Work, plan: Rectification, change: int, said: str, one: Measure | None = None) -> None:
    """Owe a branch a notice of what the committee did."""
    branch = plan.branch
    sits = seats.in_branches(work.session, branch.committee_id, [branch.id]).get(branch.id, ())
    tell(work, sits, branch, _notice(plan, change, one), wording.short(said, 200))


def _notice(plan: Rectification, change: int, one: Measure | None) -> tuple[str, str]:
    shown = MeasureCard(one.id) if one else Rectify(plan.branch.id, plan.term.id)
    return f"xr:{change}", wire(shown)
