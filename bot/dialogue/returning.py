"""退回: the committee returns a branch's sheet with reasons, and takes its own submission back."""

import json
import re
from collections.abc import Mapping
from typing import assert_never

from bot.actions import (
    AskTakeBack,
    DropReturn,
    Overview,
    Return,
    Returning,
    ReturnItem,
    ReturnSheet,
    TakeBack,
    TypedReturn,
    TypedReturnReason,
    fingerprint,
    wire,
)
from bot.dialogue import card
from bot.dialogue.opening import to_return, to_take_back
from bot.dialogue.work import NotUnderstood, Work
from bot.message import Message, Reply
from bot.permissions import Rater
from bot.screens import returning as screens
from bot.screens import wording
from bot.store import duties, notices, returns, seats, sheets
from bot.store.arrangements import working_days
from bot.values import Returned, SheetFile
from scoring.numerals import halfwidth
from scoring.pattern import pattern
from scoring.refusal import Refused
from scoring.sheet import REASON_LENGTH
from scoring.stars import result

AGAIN = 3  # working days that a branch has at least to submit again
_WITH_REASON = pattern(r"\s*第?\s*([0-9]{1,3})\s*项?[\s,，:：、.。]*(\S.*)", re.DOTALL)


def respond(work: Work, action: Returning) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    match action:
        case Return(sheet):
            file = to_return(work, sheet)
            if file.returned is not None and file.returned.open:
                return Reply(screens.given(work.me, file))
            return Reply(_draft(work, _submitted(work, file)))
        case ReturnItem(sheet, item):
            file = _submitted(work, to_return(work, sheet))
            return Reply(_reason(work, file, item))
        case TypedReturn(sheet, text):
            return _typed(work, _submitted(work, to_return(work, sheet)), text)
        case TypedReturnReason(sheet, item, text):
            return _propose(work, _submitted(work, to_return(work, sheet)), item, text)
        case DropReturn(sheet, item):
            file = _submitted(work, to_return(work, sheet))
            returns.drop(work.session, me=work.me, sheet_id=file.id, item=item)
            return Reply(_draft(work, file))
        case ReturnSheet(sheet, revision):
            return _give(work, to_return(work, sheet), revision)
        case AskTakeBack(sheet):
            return _ask_take_back(work, sheet)
        case TakeBack(sheet, revision):
            return _take_back(work, to_take_back(work, sheet), revision)
        case _:
            assert_never(action)


def _submitted(work: Work, file: SheetFile) -> SheetFile:
    """A sheet that can be returned now. Raises Refused."""
    if (back := file.returned) is not None and back.open:
        raise Refused(_is_back(work, back))
    if not file.sheet.submitted:
        raise Refused(f"{file.branch.name}的自评还没有提交，不需要退回。")
    return file


def _is_back(work: Work, back: Returned) -> str:
    when = wording.moment(back.at, work.me.now)
    return f"这份自评已由{back.by}在 {when} 退回，支部正在修改；重新提交后可以再退回。"


# --- what is to be returned -------------------------------------------------------------------------------------


def _draft(work: Work, file: SheetFile) -> Message:
    reasons = returns.draft(work.session, me=work.me, sheet_id=file.id)
    return screens.draft(file, reasons, _revision(file, reasons))


def _revision(file: SheetFile, reasons: Mapping[int, str]) -> int:
    """A fingerprint of what is returned and why: what a person saw who confirms (31 bits)."""
    said = json.dumps([file.sheet.revision, sorted(reasons.items())])
    return fingerprint(said)


def _reason(work: Work, file: SheetFile, number: int) -> Message:
    item = file.sheet.edition.item(number) if number else None
    written = returns.draft(work.session, me=work.me, sheet_id=file.id).get(number, "")
    return screens.reason(file, item, written)


def _typed(work: Work, file: SheetFile, text: str) -> Reply:
    """An item by its number, with its reason or without."""
    form = halfwidth(text)
    if form.strip().isdecimal() and len(form.strip()) <= 3:
        return Reply(_reason(work, file, file.sheet.edition.item(int(form)).number))
    found = _WITH_REASON.fullmatch(form)
    if found is None:
        raise NotUnderstood(text, f"请输入项号和原因，例如：7 {screens.SUCH}；或点下面的一项。")
    number = int(found[1])
    file.sheet.edition.item(number)  # 0 stands for the whole sheet in a button, never in what is typed
    return _propose(work, file, number, text[-len(found[2]) :])


def _propose(work: Work, file: SheetFile, number: int, text: str) -> Reply:
    reason = " ".join(text.split())
    if number:
        file.sheet.edition.item(number)
    if not reason or reason.isdecimal():
        raise Refused("请写一句退回的原因；不退回了，请点「返回」。")
    if len(reason) > REASON_LENGTH:
        raise Refused(f"原因请控制在 {REASON_LENGTH} 字以内，现在是 {len(reason)} 字。")
    returns.propose(work.session, me=work.me, sheet_id=file.id, item=number, reason=reason)
    return Reply(_draft(work, file), toast=f"已记下{f'第 {number} 项' if number else '整张'}的原因")


# --- giving it back ---------------------------------------------------------------------------------------------


def _give(work: Work, file: SheetFile, revision: int) -> Reply:
    if (back := file.returned) is not None and back.open:
        return Reply(screens.given(work.me, file), toast=_is_back(work, back), stays=True)
    reasons = returns.draft(work.session, me=work.me, sheet_id=_submitted(work, file).id)
    if not reasons:
        raise Refused("还没有选要退回的项。请先点一项，写一句原因。")
    if revision != _revision(file, reasons):
        return Reply(_draft(work, file), toast="期间有改动，还没有退回，请再核对", stays=True)
    change = returns.give(work.session, me=work.me, file=file, reasons=reasons)
    branch, term = file.branch, file.term
    by = duties.open_again(
        work.session,
        me=work.me,
        branch_id=branch.id,
        term_id=term.id,
        duty="self_sheet",
        until=working_days(work.session, branch.committee_id).working_after(work.today, AGAIN),
    )
    persons = seats.in_branches(work.session, branch.committee_id, [branch.id]).get(branch.id, ())
    notices.tell(
        work.session,
        committee_id=branch.committee_id,
        persons=persons,
        key=f"b:{change}",
        action=wire(Overview(file.id)),
        said=screens.told(reasons, f"在 {wording.day(by)}前" if by else "然后"),
        now=work.me.now,
    )
    now = sheets.open_file(work.session, file.id)
    toast = "已退回，并通知支部" if persons else "已退回。这个支部还没有人加入，请另外告诉他们"
    return Reply(screens.given(work.me, now), toast=toast)


ASKS = "自评由总支委员退回后才能改。要改哪一项、为什么，请告诉党总支。"
NOT_SUBMITTED = "自评没有提交，可以直接改。"


def take_back(work: Work, file: SheetFile) -> Reply:
    """撤回提交 typed on a sheet: the committee's own is asked about again; a branch hears who returns its.

    Raises Refused.
    """
    if file.rater is Rater.SELF and work.me.in_branch(file.branch.id):
        raise Refused(ASKS if file.sheet.submitted else NOT_SUBMITTED)
    return _ask_take_back(work, file.id)


def _ask_take_back(work: Work, sheet_id: int) -> Reply:
    file = to_take_back(work, sheet_id)
    return Reply(screens.ask_take_back(file, result(file.sheet)))


def _take_back(work: Work, file: SheetFile, revision: int) -> Reply:
    if revision != file.sheet.revision:
        raise Refused("测评表在您确认前有改动，请查看后再撤回。")
    sheets.reopen(work.session, me=work.me, file=file)
    duties.open_committees_again(
        work.session,
        me=work.me,
        committee_id=file.branch.committee_id,
        term_id=file.term.id,
        duty="committee_sheets",
    )
    return Reply(card.overview(work, sheets.open_file(work.session, file.id)), toast="已撤回，可以再改")
