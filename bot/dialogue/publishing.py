"""公布: the check list, publishing, what branches hear of it, 公示, 异议 and its answer, 更正."""

import json
import zlib
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import assert_never

from bot.actions import (
    Amend,
    AmendItem,
    AmendItems,
    AmendTo,
    AskObjection,
    AskOpenness,
    CheckList,
    Objections,
    Outcome,
    PublicNotice,
    Publish,
    Publishing,
    Result,
    SendAnswer,
    SendObjection,
    SetOpenness,
    ShowAmendment,
    ShowObjection,
    TypedAmended,
    TypedAmendment,
    TypedAnswer,
    TypedObjection,
    wire,
)
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import (
    NOT_YOURS,
    Me,
    Openness,
    Rater,
    Role,
    answer_objection,
    fill_sheet,
    object_to,
    publish,
    see_branch,
    see_published,
    see_standings,
)
from bot.screens import publishing as screens
from bot.screens import wording
from bot.store import notices, results, returns, seats, sheets, terms
from bot.store import publishing as store
from bot.store.arrangements import working_days
from bot.store.results import Sheets
from bot.values import Amendment, Branch, Objection, SheetFile, Term
from scoring import stars
from scoring.refusal import Refused
from scoring.sheet import Sheet, parse_points
from scoring.standings import Entry, Standing, standings

LONGEST = 500  # characters of an objection, of its answer and of the reason of an amendment
NOT_PUBLISHED = "的结果还没有公布。"


def respond(work: Work, action: Publishing) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case CheckList(term):
            return Reply(_check_list(work, _to_publish(work, term)))
        case Publish(term, revision):
            return _publish(work, term, revision)
        case Outcome(term):
            return Reply(_outcome(work, term))
        case AskOpenness(committee):
            publish(work.me, committee)
            return Reply(_openness(work, committee))
        case SetOpenness(committee, openness):
            return _set_openness(work, committee, openness)
        case PublicNotice(term):
            return Reply(_public_notice(work, term))
        case (
            Objections()
            | AskObjection()
            | TypedObjection()
            | ShowObjection()
            | SendObjection()
            | TypedAnswer()
            | SendAnswer()
        ):
            return _objecting(work, action)
        case (
            AmendItems()
            | AmendItem()
            | TypedAmended()
            | AmendTo()
            | TypedAmendment()
            | ShowAmendment()
            | Amend()
        ):
            return _amending(work, action)
        case _:
            assert_never(action)


# --- publishing -------------------------------------------------------------------------------------------------


def _to_publish(work: Work, term_id: int) -> Term:
    """A term (0: the current one) of whoever publishes it. Raises Refused."""
    if term_id:
        term = terms.any_term(work.session, term_id)
        publish(work.me, term.committee_id)
        return term
    own = next((s.committee_id for s in work.me.seats if s.role is Role.ADMINISTRATOR), 0)
    publish(work.me, own)
    return terms.term(work.session, 0, own, work.today)


def _check_list(work: Work, term: Term) -> Message:
    if term.published:
        return screens.published(_published(work, term))
    found = results.of_committee(work.session, term_id=term.id, committee_id=term.committee_id)
    branches = terms.branches_of(work.session, term.committee_id)
    heard = seats.in_branches(work.session, term.committee_id)
    returned = returns.open_in(
        work.session, branch_ids=[branch.id for branch in branches], term_ids=[term.id]
    )
    checked = [
        _checked(work.me, branch, found, branch.id in heard, (branch.id, term.id) in returned)
        for branch in branches
    ]
    openness = terms.openness(work.session, term.committee_id)
    return screens.check_list(term, checked, openness, _revision(branches, found))


def _checked(me: Me, branch: Branch, found: Sheets, heard: bool, returned: bool) -> screens.Checked:
    rated, own = found.get((branch.id, Rater.COMMITTEE)), found.get((branch.id, Rater.SELF))
    return screens.Checked(
        branch=branch,
        worth=stars.result(rated) if rated is not None and rated.submitted else None,
        filled=rated.filled if rated else 0,
        self_submitted=own is not None and own.submitted,
        returned=returned,
        heard=heard,
        mine=me.in_branch(branch.id),
    )


def _revision(branches: Sequence[Branch], found: Sheets) -> int:
    """A fingerprint of all that would be published: what was seen by who confirms (31 bits)."""
    said = [
        (branch.id, rated.submitted, rated.revision) if rated else (branch.id,)
        for branch in branches
        for rated in (found.get((branch.id, Rater.COMMITTEE)),)
    ]
    return zlib.crc32(json.dumps(said).encode()) & 0x7FFFFFFF


def _publish(work: Work, term_id: int, revision: int) -> Reply:
    term = terms.any_term(work.session, term_id)
    publish(work.me, term.committee_id)
    term = terms.to_publish(
        work.session, term.id
    )  # what is marked meanwhile comes before this line, or is refused
    if term.published:
        return Reply(_check_list(work, term), toast="已经公布过了")
    found = results.of_committee(work.session, term_id=term.id, committee_id=term.committee_id)
    branches = terms.branches_of(work.session, term.committee_id)
    rated = [found.get((branch.id, Rater.COMMITTEE)) for branch in branches]
    if not branches or not all(sheet is not None and sheet.submitted for sheet in rated):
        raise Refused("还有支部的总支评价没有提交，都提交了才能公布。请看「公布」里缺什么。")
    if revision != _revision(branches, found):
        raise Refused("评价在您确认前有改动，没有公布。请在「公布」里重新核对。")
    terms.publish(work.session, me=work.me, term=term, revision=revision)
    persons = {p for sits in seats.in_branches(work.session, term.committee_id).values() for p in sits}
    notices.tell(
        work.session,
        committee_id=term.committee_id,
        persons=sorted(persons),
        key=f"p:{term.id}",
        action=wire(Outcome(term.id)),
        said="总支评价已公布。",
        now=work.me.now,
    )
    term = terms.any_term(work.session, term.id)
    return Reply(_check_list(work, term), toast=f"已公布，{len(branches)} 个支部马上收到结果")


def _period(work: Work, term: Term, at: datetime) -> tuple[date, date]:
    """The day on which a term was published, and the last one of its 公示."""
    on = at.astimezone(work.me.now.tzinfo).date()
    return on, working_days(work.session, term.committee_id).working_after(on, screens.OPEN_DAYS)


def _since(work: Work, term: Term) -> datetime:
    """When a term was published. Raises Refused while it is not."""
    at = terms.published_at(work.session, term.id)
    if at is None:
        raise Refused(f"{term.name}{NOT_PUBLISHED}")
    return at


def _published(work: Work, term: Term) -> screens.PublishedView:
    at = _since(work, term)
    return screens.PublishedView(
        term=term,
        at=at,
        until=_period(work, term, at)[1],
        objections=store.objections(work.session, committee_id=term.committee_id, term_id=term.id),
        openness=terms.openness(work.session, term.committee_id),
        now=work.me.now,
    )


def _newest(work: Work, committee_id: int, term_id: int) -> Term:
    """A published term of a committee; 0 is the newest. Raises Refused when it is none."""
    if term_id:
        term = terms.term(work.session, term_id, committee_id, work.today)
        if not term.published:
            raise Refused(f"{term.name}{NOT_PUBLISHED}")
        return term
    found = terms.terms_of(work.session, [committee_id])
    if newest := next((term for term in found if term.published), None):
        return newest
    raise Refused("还没有公布过结果。")


# --- what branches hear and see -----------------------------------------------------------------------------------


def own_outcome(work: Work, term_id: int) -> Term:
    """A term that was published, for people of a branch. Raises Refused."""
    term = terms.any_term(work.session, term_id)
    if not any(s.committee_id == term.committee_id and s.branch_id for s in work.me.seats):
        raise Refused("各支部的结果请看「排名」。" if work.me.in_committee(term.committee_id) else NOT_YOURS)
    if not term.published:
        raise Refused(f"{term.name}{NOT_PUBLISHED}")
    return term


def _outcome(work: Work, term_id: int) -> Message:
    term = own_outcome(work, term_id)
    found = results.of_committee(work.session, term_id=term.id, committee_id=term.committee_id)
    own = [
        (branch, sheet)
        for branch in terms.branches_of(work.session, term.committee_id)
        if work.me.in_branch(branch.id)
        and (sheet := found.get((branch.id, Rater.COMMITTEE)))
        and sheet.submitted
    ]
    until = _period(work, term, _since(work, term))[1]
    return screens.outcome(term, own, until, bool(own) and work.today <= until)


def for_branches(work: Work, term_id: int) -> Message | None:
    """排名 as people of a branch see it once it is published and opened; None for the committee's. Raises Refused."""
    me = work.me
    own = next((s.committee_id for s in me.seats if s.branch_id), 0)
    if not own or (not term_id and any(me.in_committee(s.committee_id) for s in me.seats)):
        return None
    committee_id = terms.any_term(work.session, term_id).committee_id if term_id else own
    if me.in_committee(committee_id):
        return None
    openness = terms.openness(work.session, committee_id)
    see_published(me, committee_id, openness)
    term = _newest(work, committee_id, term_id)
    rows = _official(work, term)
    if openness is not Openness.TOTALS:
        rows = tuple(sorted(rows, key=lambda row: row.key))  # no order tells who is first
    mine = frozenset(s.branch_id for s in me.seats if s.branch_id)
    return screens.table(term, rows, openness, mine)


def _official(work: Work, term: Term) -> tuple[Standing, ...]:
    """All branches in the order of their 总支评价 alone: what nobody published is told to nobody."""
    found = results.of_committee(work.session, term_id=term.id, committee_id=term.committee_id)
    return standings(
        Entry(branch.id, branch.name, rated if rated and rated.submitted else Sheet(term.table), True)
        for branch in terms.branches_of(work.session, term.committee_id)
        for rated in (found.get((branch.id, Rater.COMMITTEE)),)
    )


def beside(work: Work, branch: Branch, term: Term) -> screens.Beside | None:
    """What stands beside a branch's published result for whoever looks."""
    if not term.published:
        return None
    after = store.after(work.session, branch_id=branch.id, term_id=term.id)
    if after is None:
        return None
    me = work.me
    return screens.Beside(
        after=after,
        branch=branch,
        term=term,
        until=_period(work, term, after.published_at)[1],
        now=me.now,
        may_object=me.in_branch(branch.id, Role.SECRETARY),
        may_amend=me.in_committee(branch.committee_id) and not me.in_branch(branch.id),
        of_branch=me.in_branch(branch.id),
    )


def _openness(work: Work, committee_id: int) -> Message:
    chosen = terms.openness(work.session, committee_id)
    return screens.openness(committee_id, chosen, terms.term(work.session, 0, committee_id, work.today))


def _set_openness(work: Work, committee_id: int, openness: int) -> Reply:
    publish(work.me, committee_id)
    if openness not in tuple(Openness):
        raise Refused("没有这种选择。请从「各支部可以看什么」里选。")
    changed = terms.open_to_branches(
        work.session, me=work.me, committee_id=committee_id, chosen=Openness(openness)
    )
    return Reply(_openness(work, committee_id), toast="已保存" if changed else "本来就是这样，没有改动")


def _public_notice(work: Work, term_id: int) -> Message:
    if term_id:
        committee_id = terms.any_term(work.session, term_id).committee_id
    else:
        committee_id = next((s.committee_id for s in work.me.seats if s.role is Role.ADMINISTRATOR), 0)
    publish(work.me, committee_id)
    term = _newest(work, committee_id, term_id)
    days = _period(work, term, _since(work, term))
    rows = sorted(_official(work, term), key=lambda row: row.key)
    name, openness = (
        terms.committee_name(work.session, committee_id),
        terms.openness(work.session, committee_id),
    )
    return screens.public_notice(term, name, rows, openness, days)


# --- objections -------------------------------------------------------------------------------------------------

_Objecting = (
    Objections | AskObjection | TypedObjection | ShowObjection | SendObjection | TypedAnswer | SendAnswer
)


def _objecting(work: Work, action: _Objecting) -> Reply:
    match action:
        case Objections(term):
            return Reply(_objections(work, term))
        case AskObjection(branch, term):
            return Reply(_ask_objection(work, branch, term))
        case TypedObjection(branch, term, text):
            where, when = _may_object(work, branch, term)
            number = store.draft_objection(
                work.session, me=work.me, branch=where, term=when, text=_written(text)
            )
            return Reply(_objection(work, number))
        case ShowObjection(number):
            return Reply(_objection(work, number))
        case SendObjection(number):
            return _send_objection(work, number)
        case TypedAnswer(number, text):
            found = _to_answer(work, number)
            store.draft_answer(work.session, me=work.me, found=found, text=_written(text))
            return Reply(_objection(work, number))
        case SendAnswer(number):
            return _send_answer(work, number)
        case _:
            assert_never(action)


def _written(text: str) -> str:
    said = text.strip()
    if not said:
        raise Refused("内容是空的，请输入后再发。")
    if len(said) > LONGEST:
        raise Refused(f"写得太长了，请控制在 {LONGEST} 字以内。")
    return said


def _objections(work: Work, term_id: int) -> Message:
    if term_id:
        committee_id = terms.any_term(work.session, term_id).committee_id
    else:
        committee_id = next((s.committee_id for s in work.me.seats if s.branch_id is None), 0)
    see_standings(work.me, committee_id)
    term = _newest(work, committee_id, term_id)
    found = store.objections(work.session, committee_id=committee_id, term_id=term.id)
    return screens.objections(term, found, work.me.now)


def _may_object(work: Work, branch_id: int, term_id: int) -> tuple[Branch, Term]:
    """The branch and the published term to whose result its secretary may object now. Raises Refused."""
    branch = terms.branch(work.session, branch_id)
    object_to(work.me, branch.id)
    term = _newest(work, branch.committee_id, term_id)
    until = _period(work, term, _since(work, term))[1]
    if work.today > until:
        raise Refused(f"{term.name}的公示期到 {wording.day(until)}为止，已经结束，不能再提异议。")
    return branch, term


def _ask_objection(work: Work, branch_id: int, term_id: int) -> Message:
    branch, term = _may_object(work, branch_id, term_id)
    last = store.last_objection(work.session, branch=branch, term_id=term.id)
    if last is not None and last.answered_at is None:
        return _objection(work, last.id)
    return screens.ask_objection(branch, term, _period(work, term, _since(work, term))[1])


def _objection(work: Work, number: int) -> Message:
    me, found = work.me, store.objection(work.session, number)
    branch = found.branch
    see_branch(me, branch.committee_id, branch.id)
    mine = me.in_branch(branch.id)
    if found.sent_at is None and not mine:
        raise Refused("这条异议还没有提出。")
    of_committee, why_not = me.in_committee(branch.committee_id), ""
    if of_committee and found.sent_at is not None and found.answered_at is None:
        try:
            _check_answering(work, found)
        except Refused as refused:
            why_not = str(refused)
    answers = of_committee and found.sent_at is not None and found.answered_at is None and not why_not
    sheet = (
        sheets.find(work.session, branch_id=branch.id, term_id=found.term_id, rater=Rater.COMMITTEE)
        if answers
        else None
    )
    view = screens.ObjectionView(
        found=found,
        now=me.now,
        may_send=found.sent_at is None and me.in_branch(branch.id, Role.SECRETARY),
        may_answer=answers,
        why_not=why_not,
        of_committee=of_committee and not mine,
        sheet=sheet or 0,
    )
    return screens.objection(view)


def _check_answering(work: Work, found: Objection) -> None:
    branch = found.branch
    evaluated = store.evaluated(work.session, branch_id=branch.id, term_id=found.term_id)
    sits = seats.in_branches(work.session, branch.committee_id, [branch.id]).get(branch.id, ())
    others = frozenset(seats.in_committee(work.session, branch.committee_id)) - frozenset(sits)
    answer_objection(work.me, branch.committee_id, branch.id, evaluated, others)


def _send_objection(work: Work, number: int) -> Reply:
    found = store.objection(work.session, number, to_write=True)
    object_to(work.me, found.branch.id)
    if found.sent_at is not None:
        return Reply(_objection(work, number), toast="已经提出过了")
    _, term = _may_object(work, found.branch.id, found.term_id)
    store.send_objection(work.session, me=work.me, found=found)
    _tell(
        work,
        seats.in_committee(work.session, found.branch.committee_id),
        found.branch,
        (f"q:{number}", wire(ShowObjection(number))),
        f"{found.branch.name}对{term.name}的结果提出异议。",
    )
    return Reply(_objection(work, number), toast="已提出，党总支马上收到")


def _to_answer(work: Work, number: int) -> Objection:
    """An objection to answer, locked until the unit of work ends. Raises Refused."""
    found = store.objection(work.session, number, to_write=True)
    _check_answering(work, found)
    if found.sent_at is None:
        raise Refused("这条异议还没有提出。")
    if found.answered_at is not None:
        raise Refused("这条异议已经答复了。")
    return found


def _send_answer(work: Work, number: int) -> Reply:
    found = store.objection(work.session, number, to_write=True)
    _check_answering(work, found)
    if found.answered_at is not None:
        return Reply(_objection(work, number), toast="已经答复过了")
    if not found.answer:
        raise Refused("还没有写答复，请先输入。")
    store.send_answer(work.session, me=work.me, found=found)
    persons = seats.in_branches(work.session, found.branch.committee_id, [found.branch.id])
    _tell(
        work,
        persons.get(found.branch.id, ()),
        found.branch,
        (f"qa:{number}", wire(ShowObjection(number))),
        f"党总支答复了{found.branch.name}的异议。",
    )
    return Reply(_objection(work, number), toast="已答复，支部马上收到")


def _tell(work: Work, persons: Sequence[int], branch: Branch, notice: tuple[str, str], said: str) -> None:
    """Owe persons a notice (its key, and what draws it), but not whoever does it."""
    key, action = notice
    notices.tell(
        work.session,
        committee_id=branch.committee_id,
        persons=[person for person in persons if person != work.me.person_id],
        key=key,
        action=action,
        said=said,
        now=work.me.now,
    )


# --- amendments -------------------------------------------------------------------------------------------------

_Amending = AmendItems | AmendItem | TypedAmended | AmendTo | TypedAmendment | ShowAmendment | Amend


def _amending(work: Work, action: _Amending) -> Reply:
    match action:
        case AmendItems(sheet):
            return Reply(screens.amend_items(_published_file(work, sheet)))
        case AmendItem(sheet, item):
            file = _published_file(work, sheet)
            file.sheet.edition.item(item)
            return Reply(screens.amend_item(file, item))
        case TypedAmended(sheet, item, text):
            file = _published_file(work, sheet)
            points = parse_points(text, file.sheet.edition.item(item))
            return Reply(_why(file, item, points))
        case AmendTo(sheet, item, hundredths):
            return Reply(_why(_published_file(work, sheet), item, Decimal(hundredths) / 100))
        case TypedAmendment(sheet, item, hundredths, text):
            file, reason = _published_file(work, sheet), _reason(text)
            after = file.sheet.amended(item, Decimal(hundredths) / 100, reason)
            number = store.draft_amendment(
                work.session, me=work.me, file=file, item=item, mark=after.marks[item], reason=reason
            )
            return Reply(_amendment(work, store.amendment(work.session, number), file))
        case ShowAmendment(number):
            found = store.amendment(work.session, number)
            file = _published_file(work, found.sheet_id)
            _check_mine(work, found)
            return Reply(_amendment(work, found, file))
        case Amend(number):
            return _amend(work, number)
        case _:
            assert_never(action)


def _published_file(work: Work, sheet_id: int, *, to_write: bool = False) -> SheetFile:
    """A published 总支评价 that I may amend. Raises Refused."""
    file = sheets.open_file(work.session, sheet_id, to_write=to_write)
    fill_sheet(work.me, file.branch.committee_id, file.branch.id, Rater.COMMITTEE)
    if file.rater is not Rater.COMMITTEE or not file.term.published or not file.sheet.submitted:
        raise Refused("只有已公布的总支评价可以更正；没有公布的，请直接修改。")
    return file


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not reason:
        raise Refused("请写一句更正的原因。")
    return reason


def _why(file: SheetFile, item: int, points: Decimal) -> Message:
    before = file.sheet.marks[file.sheet.edition.item(item).number]
    file.sheet.amended(item, points, "原因")  # refused where it could not be decided
    change = f"{wording.points(before.points)} → {wording.points(points)}"
    return screens.amend_to(file, item, int(points * 100), change)


def _after(file: SheetFile, found: Amendment) -> Sheet:
    """The sheet with the amendment. Raises Refused where the mark is another one than was shown."""
    if file.sheet.marks[found.item].points != found.was:
        raise Refused("这一项在您确认前有改动，没有更正。请重新选择。")
    return file.sheet.amended(found.item, found.points, found.reason)


def _check_mine(work: Work, found: Amendment) -> None:
    if found.decided_at is None and found.person_id != work.me.person_id:
        raise Refused("这条更正由写下它的同志确认。")


def _amendment(work: Work, found: Amendment, file: SheetFile) -> Message:
    after = file.sheet if found.decided_at else _after(file, found)
    return screens.amendment(file, found, after, work.me.now)


def _amend(work: Work, number: int) -> Reply:
    found = store.amendment(work.session, number)
    file = _published_file(work, found.sheet_id, to_write=True)
    found = store.amendment(work.session, number)  # as it is while nobody else writes on its sheet
    _check_mine(work, found)
    if found.decided_at is not None:
        return Reply(_amendment(work, found, file), toast="已经更正过了")
    after, branch, term = _after(file, found), file.branch, file.term
    every = terms.branches_of(work.session, branch.committee_id)
    now = store.amend(
        work.session,
        me=work.me,
        file=file,
        found=found,
        after=after,
        branches=[other.id for other in every],
    )
    sits = seats.in_branches(work.session, branch.committee_id, [branch.id]).get(branch.id, ())
    persons = {*sits, *seats.in_committee(work.session, branch.committee_id)}
    change = f"第 {found.item} 项 {wording.points(found.was)} → {wording.points(found.points)}"
    _tell(
        work,
        sorted(persons),
        branch,
        (f"qm:{number}", wire(Result(branch.id, term.id))),
        f"{term.name}{branch.name}的结果有更正：{change}。",
    )
    return Reply(
        _amendment(work, store.amendment(work.session, number), now), toast="已更正，支部和党总支都会收到"
    )
