"""Filling a sheet: opening it, every action of its cards, the overview and submitting."""

from dataclasses import replace
from decimal import Decimal
from typing import assert_never

from bot.actions import (
    AskReason,
    AskSubmit,
    Card,
    ClearNote,
    Contents,
    KeepAsNote,
    KeepAsPoints,
    LineDraft,
    Mark,
    Note,
    OpenSheet,
    OtherPoints,
    OverNote,
    Overview,
    Points,
    Remark,
    ReplaceNote,
    SaveLine,
    Scoring,
    Submit,
    TypedLineReason,
    TypedNote,
    TypedOnCard,
    TypedReason,
    Undo,
    WhyItem,
)
from bot.dialogue import card, noting, numbers, typed
from bot.dialogue.opening import may_fill, see, to_fill, to_see, to_submit
from bot.dialogue.place import place
from bot.dialogue.work import Work
from bot.message import Message, Reply
from bot.permissions import Rater, fill_sheet, see_sheet
from bot.screens import card as card_screens
from bot.screens import returning as returning_screens
from bot.screens import scoring as screens
from bot.store import duties, results, sheets
from bot.values import SheetFile
from scoring.refusal import Refused
from scoring.rubric import Grade
from scoring.stars import result


def respond(work: Work, action: Scoring) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case OpenSheet(branch, term, rater):
            return Reply(_begin(work, branch, term, rater))
        case Card(sheet, item):
            return Reply(card.show(work, to_see(work, sheet), item))
        case Contents(sheet):
            return Reply(screens.contents(to_see(work, sheet)))
        case Overview(sheet):
            return Reply(_overview(work, sheet))
        case Mark(sheet, item, grade):
            file = to_fill(work, sheet, item)
            if grade not in tuple(Grade):
                raise Refused("没有这个等级，请选择优秀、合格或不合格。")
            return card.save(work, file, file.sheet.graded(item, Grade(grade)), item)
        case OtherPoints(sheet, item):
            file = to_fill(work, sheet, item)
            return Reply(card_screens.other_points(file, file.sheet.edition.item(item)))
        case AskReason(sheet, item, tenths):
            return card.ask_reason(work, to_fill(work, sheet, item), item, Decimal(tenths) / 10)
        case Points(sheet, item, tenths, reason):
            if reason >= len(card_screens.REASONS):
                raise Refused("没有这个原因，请重新选择或直接输入。")
            return card.pointed(
                work, to_fill(work, sheet), item, Decimal(tenths) / 10, card_screens.REASONS[reason]
            )
        case TypedReason(sheet, item, tenths, text):
            return typed.reason_for(work, to_fill(work, sheet), item, Decimal(tenths) / 10, text)
        case TypedOnCard(sheet, item, text):
            return typed.on_card(work, sheet, item, text)
        case Remark(sheet, draft):
            return Reply(typed.remark(work, to_fill(work, sheet), draft))
        case KeepAsPoints(sheet, draft):
            return typed.keep_as_points(work, to_fill(work, sheet), draft)
        case KeepAsNote(sheet, draft):
            return typed.keep_as_note(work, to_fill(work, sheet), draft)
        case LineDraft(sheet, draft):
            return Reply(typed.line_draft(work, to_fill(work, sheet), draft))
        case TypedLineReason(sheet, draft, text):
            return typed.line_reason(work, to_fill(work, sheet), draft, text)
        case SaveLine(sheet, draft):
            return typed.save_line(work, to_fill(work, sheet), draft)
        case Undo(sheet, change):
            file = to_fill(work, sheet)
            reply = card.undo(work, file, change)
            undone = numbers.take_back(work, file.branch, file.term, change, strict=False)
            return replace(reply, toast=f"{reply.toast}，还有{undone}") if undone else reply
        case Note(sheet, item):
            file = to_fill(work, sheet, item)
            return Reply(card_screens.note(file, file.sheet.edition.item(item)))
        case TypedNote(sheet, item, text):
            return noting.write(work, to_fill(work, sheet), item, text)
        case ClearNote(sheet, item):
            return noting.write(work, to_fill(work, sheet), item, "")
        case OverNote(sheet, draft):
            return Reply(noting.question(work, to_fill(work, sheet), draft))
        case ReplaceNote(sheet, draft):
            return noting.replace(work, to_fill(work, sheet), draft)
        case WhyItem(sheet, item):
            return Reply(card.why(work, to_see(work, sheet), item))
        case AskSubmit(sheet):
            file = to_submit(work, sheet)
            file.sheet.submit(file.sheet.revision)
            return Reply(screens.ask_submit(file, result(file.sheet), card.taken(work, file)))
        case Submit(sheet, revision):
            return _submit(work, to_submit(work, sheet), revision)
        case _:
            assert_never(action)


def _begin(work: Work, branch_id: int, term_id: int, rater: int) -> Message:
    if rater not in tuple(Rater):
        raise Refused("没有这种测评表。请回首页重新选择。")
    fill = Rater(rater)
    branch, term = place(work, branch_id, term_id)
    sheet_id = sheets.find(work.session, branch_id=branch.id, term_id=term.id, rater=fill)
    if sheet_id is None:
        see_sheet(work.me, branch.committee_id, branch.id, fill, submitted=False, published=term.published)
        fill_sheet(work.me, branch.committee_id, branch.id, fill)
        if term.published:
            raise Refused(f"{term.name}的结果已公布，没有这张测评表。")
        sheet_id = sheets.begin(work.session, branch_id=branch.id, term=term, rater=fill)
    file = to_see(work, sheet_id)
    if may_fill(work, file) and (first := card.following(work, file, 0)):
        return card.show(work, file, first)
    return card.overview(work, file)


def _overview(work: Work, sheet_id: int) -> Message:
    """A sheet as a whole; to the committee, of one that it returned, what that was, until it is submitted again."""
    file = sheets.open_file(work.session, sheet_id)
    at, returned = file.branch, file.rater is Rater.SELF and file.returned is not None and file.returned.open
    if returned and work.me.in_committee(at.committee_id) and not work.me.in_branch(at.id):
        return returning_screens.given(work.me, file)
    see(work, file)
    return card.overview(work, file)


def _close_rating(work: Work, file: SheetFile) -> None:
    """总支评价 is done when the committee has rated every branch."""
    committee, term = file.branch.committee_id, file.term.id
    count, _, rated = results.counts(work.session, term_id=term)
    if rated == count:
        duties.close_committees(
            work.session, me=work.me, committee_id=committee, term_id=term, duty="committee_sheets"
        )


def _submit(work: Work, file: SheetFile, revision: int) -> Reply:
    if file.sheet.submitted:
        return Reply(card.overview(work, file), toast="已经提交过了")
    file.sheet.submit(revision)
    sheets.submit(work.session, me=work.me, file=file)
    if file.rater is Rater.SELF:
        branch, term = file.branch.id, file.term.id
        duties.close_duty(work.session, me=work.me, branch_id=branch, term_id=term, duty="self_sheet")
    else:
        _close_rating(work, file)
    now = sheets.open_file(work.session, file.id)
    return Reply(
        card.overview(work, now), receipt=screens.receipt(work.me, now, result(now.sheet)), toast="已提交"
    )
